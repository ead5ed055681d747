//! Frames with what the capturing hardware knew of them (LINKTYPE_PPI; CACE Technologies, "Per-Packet Information
//! Header Specification", version 1.0.7). Everything is little-endian.
//!
//! ```text
//! | version | flags | length of this (2) | DLT_ value (4) | fields .. | frame ..
//! ```

use crate::parts::unexplained::unexplained;
use crate::prelude::*;
use gannet_wire::LinkType;

/// A frame of a link type of its own behind per-packet information.
pub static PPI: Protocol = Protocol { name: "ppi", dissect };

const HEADER: usize = 8;
/// The length is a multiple of 4 that has 16 bits.
const LONGEST: usize = 65532;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let mut header = p;
    header.need(HEADER)?;
    let ([version, flags], size, dlt) = (header.array()?, usize::from(header.le16()?), header.le32()?);
    if !(HEADER..=LONGEST).contains(&size) {
        write!(out, " [length {size} < {HEADER} or > {LONGEST}]");
        return Err(Stop::Invalid);
    }
    p.skip(size)?;
    out.note("version", version).note("flags", flags).note("header_length", size).note("dlt", dlt);
    let link = LinkType::from_dlt(dlt);
    let say = |cx: &Cx, out: &mut Out| {
        let name = link.and_then(LinkType::name).unwrap_or("UNKNOWN");
        match cx.options.quiet {
            0 => write!(out, "V.{version} DLT {name} ({dlt}) len {size}, length {length}: "),
            _ => write!(out, "{name}, length {length}: "),
        };
    };
    if cx.options.link_header {
        say(cx, out);
    }
    cx.link_header_is(size);
    cx.link_header_goes_on();
    let known = match link {
        Some(link) => {
            let outer = std::mem::replace(&mut cx.packet.link, link);
            let done = cx.next(Space::Within(link), p, out);
            cx.packet.link = outer;
            done?
        }
        None => false,
    };
    if !known {
        unexplained(cx, p, out, say);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn frames() {
        let frame = "0000 0c00 0c000000 00000000 45";
        check(&PPI, frame, "", "IP  [length 1 < 20] (invalid)");
        check(&PPI, frame, "-ev", "V.0 DLT RAW (12) len 12, length 13: IP  [length 1 < 20] (invalid)");
        let dump = "\n\t0x0000:  6869                                     hi";
        check(
            &PPI,
            "0000 0800 ffff0000 6869",
            "",
            &format!("V.0 DLT UNKNOWN (65535) len 8, length 10: {dump}"),
        );
        check(&PPI, "0000 0800 ffff0000 6869", "-q", "UNKNOWN, length 10: ");
        check(&PPI, "0000 0700 ffff0000", "", " [length 7 < 8 or > 65532] (invalid)");
        check(&PPI, "0000 0c00 0c000000", "", " [|ppi]");
        assert_eq!(
            values(&PPI, "0000 0800 ffff0000 6869"),
            r#"{"ppi":{"version":0,"flags":0,"header_length":8,"dlt":65535,"data":"6869"}}"#
        );
    }
}
