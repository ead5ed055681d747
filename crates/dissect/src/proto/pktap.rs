//! Frames with Apple's pseudo-header (LINKTYPE_PKTAP; xnu, bsd/net/pktap.h). Everything is little-endian.
//!
//! ```text
//! | length of this (4) | record type (4) | DLT_ value (4) | interface (24) | flags (4) | family (4) | header (4) |
//! | trailer (4) | process (4) | command (20) | service class (4) | type (2) | unit (2) | process (4) | command (20) |
//! ```

use crate::prelude::*;
use gannet_wire::LinkType;

/// A frame of a link type of its own behind Apple's pseudo-header.
pub static PKTAP: Protocol = Protocol { name: "pktap", dissect };

const HEADER: usize = 108;
/// Nothing follows the header.
const NOTHING: u32 = 0;
const PACKET: u32 = 1;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(wrong(out, "packet too short", length, '<', HEADER));
    }
    let mut header = p;
    p.need(12)?;
    let (size, kind, dlt) = (header.le32()? as usize, header.le32()?, header.le32()?);
    if size < HEADER {
        return Err(wrong(out, "pkt_len too small", size, '<', HEADER));
    }
    if size > length {
        return Err(wrong(out, "pkt_len too big", size, '>', length));
    }
    p.skip(size)?;
    out.note("header_length", size).note("record_type", kind).note("dlt", dlt);
    out.aside(|out| _ = values(header, out));
    let link = LinkType::from_dlt(dlt);
    let say = |cx: &Cx, out: &mut Out| {
        let name = link.and_then(LinkType::name).unwrap_or("UNKNOWN");
        out.aloud(|out| {
            match cx.options.quiet {
                0 => write!(out, "DLT {name} ({dlt}) len {size}"),
                _ => out.say(name),
            }
            .say(", length ")
            .num("", length)
            .say(": ");
        });
    };
    if cx.options.link_header {
        say(cx, out);
    }
    cx.link_header_is(size);
    match kind {
        NOTHING => _ = out.say("no data"),
        PACKET => {
            cx.link_header_goes_on();
            if !within(cx, link, p, out)? {
                if !cx.options.link_header {
                    say(cx, out);
                }
                if !cx.options.no_default_dump {
                    out.dump("data", p.rest());
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The frame behind the header: it is to know its own link type; `false` if nobody knows it.
fn within(cx: &mut Cx, link: Option<LinkType>, p: Cursor, out: &mut Out) -> Dissect<bool> {
    let Some(link) = link else { return Ok(false) };
    let outer = std::mem::replace(&mut cx.packet.link, link);
    let done = cx.next(Space::Within(link), p, out);
    cx.packet.link = outer;
    done
}

/// What text never says.
fn values(mut p: Cursor, out: &mut Out) -> Dissect {
    out.padded_chars_of("interface", &mut p, 24)?;
    out.note("flags", p.le32()?).note("family", p.le32()?).note("frame_header_length", p.le32()?);
    out.note("frame_trailer_length", p.le32()?).note("pid", p.le32()?);
    out.padded_chars_of("command", &mut p, 20)?;
    out.note("service_class", p.le32()?).note("interface_type", p.le16()?).note("unit", p.le16()?);
    out.note("effective_pid", p.le32()?);
    out.padded_chars_of("effective_command", &mut p, 20).map(drop)
}

/// Words a length that cannot be.
fn wrong(out: &mut Out, what: &str, a: usize, op: char, b: usize) -> Stop {
    write!(out, " ({what}, {a} {op} {b})");
    Stop::Invalid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, values};

    /// A header for a frame of a link type.
    fn header(size: u32, kind: u32, dlt: u32) -> String {
        let words: Vec<String> =
            [size, kind, dlt].iter().map(|n| n.to_le_bytes().map(|b| format!("{b:02x}")).concat()).collect();
        format!("{} 656e3000 {}", words.concat(), "00".repeat(HEADER - 16))
    }

    #[test]
    fn frames() {
        let frame = format!("{} 40", header(108, 1, 12));
        assert_eq!(bytes(&frame).len(), 109);
        check(&PKTAP, &frame, "", "IP  [length 1 < 20] (invalid)");
        check(&PKTAP, &frame, "-e", "DLT RAW (12) len 108, length 109: IP  [length 1 < 20] (invalid)");
        check(&PKTAP, &frame, "-eq", "RAW, length 109: IP  [length 1 < 20] (invalid)");
        let dump = "\n\t0x0000:  40                                       @";
        check(
            &PKTAP,
            &format!("{} 40", header(108, 1, 70000)),
            "",
            &format!("DLT UNKNOWN (70000) len 108, length 109: {dump}"),
        );
        check(&PKTAP, &header(108, 0, 12), "-v", "no data");
        assert!(values(&PKTAP, &frame).contains(r#""dlt":12,"interface":"en0","flags":0,"family":0"#));
    }

    #[test]
    fn lengths_that_cannot_be() {
        check(&PKTAP, "6c00", "", " (packet too short, 2 < 108) (invalid)");
        check(&PKTAP, &header(7, 1, 12), "", " (pkt_len too small, 7 < 108) (invalid)");
        check(&PKTAP, &header(109, 1, 12), "", " (pkt_len too big, 109 > 108) (invalid)");
    }
}
