//! The signed path of BGPsec (RFC 8205 section 3).
//!
//! ```text
//! | length, itself included (2) | then: | count | flags | AS (4) |
//! | length, itself included (2) | algorithm | then: | key identifier (20) | length (2) | signature .. |
//! ```

use crate::prelude::*;

const FLAGS: Flags = &[
    (0x01, "MBZ-0"),
    (0x02, "MBZ-1"),
    (0x04, "MBZ-2"),
    (0x08, "MBZ-3"),
    (0x10, "MBZ-4"),
    (0x20, "MBZ-5"),
    (0x40, "MBZ-6"),
    (0x80, "C"),
];
/// Bytes of a segment of the path.
const SEGMENT: usize = 6;
const KEY: usize = 20;

pub(super) fn dissect(p: Cursor, out: &mut Out) -> Dissect {
    match path(p, out) {
        Err(Stop::Invalid) => {
            out.say(" (invalid)").note_that("invalid", true);
            Ok(())
        }
        done => done,
    }
}

fn path(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = usize::from(p.be16()?);
    if length < 8 {
        return Err(out.lie("secure path length", length, "<", 8u8));
    }
    out.say("\n\t    Secure Path Length: ").num("path_length", length);
    let segments = length - 2;
    if segments % SEGMENT != 0 {
        write!(out, " [total segments length {segments} != N x 6]");
        return Err(Stop::Invalid);
    }
    out.list("path", |out| {
        for _ in 0..segments / SEGMENT {
            let ([count, flags], number) = (p.array()?, p.be32()?);
            out.item(|out| {
                out.say("\n\t      Secure Path Segment: pCount: ").num("count", count).say(", Flags: [");
                out.flags("flags", flags, FLAGS, "none");
                write!(out, "] (0x{flags:02x}), AS: ").num("as", number);
                Ok(())
            })?;
        }
        Ok(())
    })?;
    let (length, algorithm) = (p.be16()?, p.u8()?);
    out.say("\n\t    Signature Block: Length: ").num("block_length", length);
    out.say(", Algo ID: ").num("algorithm", algorithm);
    let Some(mut left) = length.checked_sub(3) else { return Err(out.lie("length", length, "<", 3u8)) };
    out.list("signatures", |out| {
        while left > 0 {
            out.item(|out| signature(&mut p, &mut left, out))?;
        }
        Ok(())
    })
}

fn signature(p: &mut Cursor, left: &mut u16, out: &mut Out) -> Dissect {
    out.say("\n\t      Signature Segment:\n\t        SKI: ");
    take(left, KEY as u16, out)?;
    out.dump_hex("key", p.take(KEY)?, "\n\t          ");
    take(left, 2, out)?;
    let length = p.be16()?;
    out.say("\n\t        Length: ").num("length", length);
    take(left, length, out)?;
    out.say("\n\t        Signature:");
    out.dump_hex("signature", p.take(length.into())?, "\n\t          ");
    Ok(())
}

fn take(left: &mut u16, n: u16, out: &mut Out) -> Dissect {
    match left.checked_sub(n) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(out.lie("remaining length", *left, "<", n)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::BGP;
    use crate::testing::check;

    #[test]
    fn a_signed_path() {
        let key = "11".repeat(20);
        let hex = format!(
            "ffffffffffffffffffffffffffffffff 003d 02 0000 0026
             c02123 0008 0180 00010000 001b 01 {key} 0002 abcd"
        );
        check(
            &BGP,
            &hex,
            "-v",
            ": BGP\n\tUpdate Message (2), length: 61\n\t  BGPsec Path (33), length: 35, Flags [OT]: \
             \n\t    Secure Path Length: 8\
             \n\t      Secure Path Segment: pCount: 1, Flags: [C] (0x80), AS: 65536\
             \n\t    Signature Block: Length: 27, Algo ID: 1\n\t      Signature Segment:\n\t        SKI: \
             \n\t          0x0000:  1111 1111 1111 1111 1111 1111 1111 1111\n\t          0x0010:  1111 1111\
             \n\t        Length: 2\n\t        Signature:\n\t          0x0000:  abcd",
        );
    }
}
