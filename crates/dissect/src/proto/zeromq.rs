//! ZMTP 1.0, the message transport of ZeroMQ, over TCP and in PGM (ZeroMQ RFC 13; zmq_pgm(7)).
//!
//! ```text
//! frame:       | length: flags and body, 1..254 | flags | body .. |
//!              | 255 | length (8) | flags | body .. |
//! PGM:         | offset of the first frame that begins a message (2), or ffff | frames .. |
//! ```

use crate::prelude::*;

/// ZMTP in a stream. It is told by no port: users ask for it, of TCP only.
pub static ZMTP1: Protocol = Protocol { name: "zmtp1", dissect: stream };
/// ZMTP in the data of PGM.
pub static IN_PGM: Protocol = Protocol { name: "zmtp1", dissect: datagram };

/// A length that says that a longer one follows.
const LONG: u8 = 0xff;
/// An offset that says that no message begins here.
const NONE: u16 = 0xffff;
/// How much of a body is dumped at the first `-v`.
const SHOWN: u64 = 128;
const FLAGS: Flags = &[
    (0x01, "MORE"),
    (0x02, "R1"),
    (0x04, "R2"),
    (0x08, "R3"),
    (0x10, "R4"),
    (0x20, "R5"),
    (0x40, "R6"),
    (0x80, "R7"),
];

fn stream(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if cx.ports.over != Transport::Tcp {
        return Ok(());
    }
    out.say(": ZMTP/1.0");
    frames(cx, &mut p, out)
}

fn datagram(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed() as u32;
    let offset = p.be16()?;
    out.say("\n\t frame offset 0x").hex0("offset", offset, 4);
    let size = match offset {
        NONE => length.wrapping_sub(2),
        _ if u32::from(offset) + 2 > length => {
            out.say(" (exceeds datagram declared length)");
            return Err(Stop::Truncated);
        }
        _ => offset.into(),
    };
    if size > 0 {
        out.aloud(|out| _ = out.say("\n\t frame intermediate part, ").num("", size).say(" bytes"));
        let captured = p.captured();
        if u64::from(size) > captured as u64 {
            out.say(" (").num("intermediate_captured", captured).say(" captured)");
        }
        let size = u64::from(size).min(captured as u64);
        // A single byte is not worth a dump.
        if size > 1 {
            dump(cx, "intermediate", p, size, " byte(s):", out)?;
        }
    }
    p.pass(usize::try_from(size).unwrap_or(usize::MAX));
    frames(cx, &mut p, out)
}

/// Frames, up to the end of what is claimed or captured.
fn frames(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("frames", |out| {
        while p.claimed() > 0 && p.captured() > 0 {
            out.item(|out| frame(cx, p, out))?;
        }
        Ok(())
    })
}

fn frame(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let end = p.captured().min(p.claimed());
    out.say("\n\t frame flags+body ");
    let first = p.u8()?;
    let header = if first == LONG { 9 } else { 1 };
    let length = if first == LONG {
        out.say("(64-bit) length");
        p.be64()?
    } else {
        out.say(" (8-bit) length");
        first.into()
    };
    out.say(" ").num("length", length);
    if length == 0 {
        return Ok(());
    }
    let mut body = *p;
    let flags = body.u8()?;
    // Tcpdump counts below zero where a header passes the end of what is claimed.
    let captured = (end as u64).wrapping_sub(header);
    if length > captured {
        out.say(" (").num("captured", captured).say(" captured)");
    }
    out.say(", flags 0x");
    out.aloud(|out| _ = out.hex0("", flags, 2));
    if cx.verbose() > 0 {
        out.say(" (").flags("flags", flags, FLAGS, "none").say(")");
        dump(cx, "body", body, length.min(captured).saturating_sub(1), " byte(s) of body:", out)?;
    }
    p.skip(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Dumps the first of `size` bytes: all of them from the second `-v` on.
fn dump(cx: &Cx, key: &str, p: Cursor, size: u64, words: &str, out: &mut Out) -> Dissect {
    let shown = if cx.verbose() > 1 { size } else { size.min(SHOWN) };
    if cx.verbose() == 0 || shown == 0 {
        return Ok(());
    }
    out.aloud(|out| _ = out.say(", first ").num("", shown).say(words));
    let shown = usize::try_from(shown).unwrap_or(usize::MAX);
    out.dump_indented(key, p.claiming(shown).sub(shown).rest(), "\n\t ");
    p.need(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cx::Options;
    use crate::out::Ear;
    use crate::testing::{bytes, check, hear, values};

    /// A segment of TCP that brings these bytes.
    fn segment(data: &str) -> String {
        format!("c001 80e8 00000064 00000000 5008 ffff 0000 0000 {data}")
    }

    #[track_caller]
    fn says(verbose: u8, data: &str, words: &str) {
        let tcp = crate::proto::find(Space::IpProto(6), &[]).unwrap();
        let segment = bytes(&segment(data));
        let options = Options { verbose, trust_checksums: true, payload: Some(&ZMTP1), ..Options::default() };
        let said = hear(tcp, &segment, segment.len(), options, Ear::Text).0;
        let (_, said) = said.split_once(": ZMTP/1.0").unwrap();
        assert_eq!(said, words);
        for cut in 20..segment.len() {
            for ear in [Ear::Json, Ear::Text] {
                hear(tcp, &segment[..cut], segment.len(), options, ear);
            }
        }
    }

    #[test]
    fn frames_of_a_stream() {
        let line = "\n\t frame flags+body ";
        says(
            0,
            "01 00 02 01 41",
            &format!("{line} (8-bit) length 1, flags 0x00{line} (8-bit) length 2, flags 0x01"),
        );
        says(0, "00 01 ff", &format!("{line} (8-bit) length 0{line} (8-bit) length 1, flags 0xff"));
        let dump = "\n\t 0x0000:  4142                                     AB";
        says(
            1,
            "03 01 4142",
            &format!("{line} (8-bit) length 3, flags 0x01 (MORE), first 2 byte(s) of body:{dump}"),
        );
        says(
            1,
            "ff 0000000000000003 80 4142",
            &format!("{line}(64-bit) length 3, flags 0x80 (R7), first 2 byte(s) of body:{dump}"),
        );
        says(
            1,
            "05 00 4142",
            &format!(
                "{line} (8-bit) length 5 (3 captured), flags 0x00 (none), first 2 byte(s) of body:{dump} [|zmtp1]"
            ),
        );
        says(
            0,
            "ff fffffffffffffff7 01 41",
            &format!("{line}(64-bit) length 18446744073709551607 (2 captured), flags 0x01 [|zmtp1]"),
        );
        says(0, "ff 00", &format!("{line}(64-bit) length [|zmtp1]"));
        says(0, "05", &format!("{line} (8-bit) length 5 [|zmtp1]"));
        let long = format!("fe 00 {}", "41".repeat(253));
        let tcp = |verbose| {
            let options = Options { verbose, ..Options::default() };
            let bytes = bytes(&format!("0000 {long}"));
            hear(&IN_PGM, &bytes, bytes.len(), options, Ear::Text).0
        };
        assert!(tcp(1).contains("first 128 byte(s) of body"), "{}", tcp(1));
        assert!(tcp(2).contains("first 253 byte(s) of body"));
    }

    #[test]
    fn parts_of_a_message_in_datagrams() {
        let frame = "\n\t frame flags+body  (8-bit) length 1, flags 0x00";
        check(&IN_PGM, "0000 01 00", "", &format!("\n\t frame offset 0x0000{frame}"));
        let part = "\n\t frame offset 0x0002\n\t frame intermediate part, 2 bytes";
        check(&IN_PGM, "0002 4142 01 00", "", &format!("{part}{frame}"));
        check(
            &IN_PGM,
            "0002 4142 01 00",
            "-v",
            &format!(
                "{part}, first 2 byte(s):\n\t 0x0000:  4142                                     AB{frame} (none)"
            ),
        );
        check(&IN_PGM, "ffff 4142 43", "", "\n\t frame offset 0xffff\n\t frame intermediate part, 3 bytes");
        check(&IN_PGM, "0002 41", "", "\n\t frame offset 0x0002 (exceeds datagram declared length) [|zmtp1]");
        let bytes = bytes("ffff 4142");
        let said = hear(&IN_PGM, &bytes, 9, Options::default(), Ear::Text).0;
        assert_eq!(said, "\n\t frame offset 0xffff\n\t frame intermediate part, 7 bytes (2 captured)");
    }

    #[test]
    fn values_of_frames() {
        assert_eq!(
            values(&IN_PGM, "0002 4142 03 01 4344"),
            r#"{"zmtp1":{"offset":2,"intermediate":"4142","frames":[{"length":3,"flags":1,"body":"4344"}]}}"#
        );
    }
}
