//! What Linux's netfilter logs (LINKTYPE_NFLOG of the pcap format; linux/netfilter/nfnetlink_log.h).
//!
//! ```text
//! | family | version = 0 | resource (2) | attributes, each on a multiple of 4: | length (2) | type (2) | value ..
//! ```
//! Lengths and types are in the byte order of the machine; it is taken to be a little-endian one.

use crate::prelude::*;

/// A packet among the attributes of netfilter's log.
pub static NFLOG: Protocol = Protocol { name: "nflog", dissect };

const HEADER: usize = 4;
const ATTRIBUTE: usize = 4;
const PAYLOAD: u16 = 9;
const FAMILIES: NameTable = &[(2, "IPv4"), (10, "IPv6")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    p.need(HEADER)?;
    let ([family, version], resource) = (p.array()?, p.be16()?);
    cx.link_header_is(HEADER);
    out.note("family", family).note("resource", resource);
    if version != 0 {
        out.say("version ").num("version", version).say(" (unknown)");
        return Ok(());
    }
    let header = |cx: &Cx, length: usize, out: &mut Out| {
        out.aloud(|out| {
            out.say("version 0, resource ID ").num("", resource).say(", ");
            if cx.options.quiet > 0 {
                out.name("", family, FAMILIES, "Unknown NFLOG (0x%02x)");
            } else {
                out.say("family ").named("", family, FAMILIES, "Unknown");
            }
            out.say(", length ").num("", length).say(": ");
        });
    };
    if cx.options.link_header {
        header(cx, frame.claimed(), out);
    }
    payload(&mut p)?;
    cx.link_header_is(p.since(&frame));
    match family {
        2 => cx.next(Space::EtherType(0x0800), p, out).map(drop),
        10 => cx.next(Space::EtherType(0x86dd), p, out).map(drop),
        _ => {
            if !cx.options.link_header {
                header(cx, p.claimed() + HEADER, out);
            }
            if !cx.options.no_default_dump {
                out.dump("data", p.rest());
            }
            Ok(())
        }
    }
}

/// Steps over attributes to the value of the one that holds the packet; that ends with the frame.
fn payload(p: &mut Cursor) -> Dissect {
    while p.claimed() > 0 {
        let mut attribute = *p;
        let (length, kind) = (usize::from(attribute.le16()?), attribute.le16()?);
        // What does not fit 16 bits when it is rounded up is 0.
        let length = usize::from(length.next_multiple_of(4) as u16);
        if length < ATTRIBUTE {
            return Err(Stop::Truncated);
        }
        p.need(length)?;
        if kind == PAYLOAD {
            *p = attribute;
            break;
        }
        p.skip(length)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets_among_attributes() {
        let packet = "0200 0014 0600 0a00 6d00 0000 0500 0900 40 000000";
        check(
            &NFLOG,
            packet,
            "",
            "IP  [total length 0 < 20] (invalid)".replace("total length 0", "length 4").as_str(),
        );
        check(
            &NFLOG,
            packet,
            "-e",
            "version 0, resource ID 20, family IPv4 (2), length 20:  [length 4 < 20] (invalid)",
        );
        check(&NFLOG, "0201 0014", "", "version 1 (unknown)");
        let dump = "\n\t0x0000:  6869 2121                                hi!!";
        let other = "0c00 0014 0800 0900 68692121";
        check(
            &NFLOG,
            other,
            "-v",
            &format!("version 0, resource ID 20, family Unknown (12), length 8: {dump}"),
        );
        check(&NFLOG, other, "-q", "version 0, resource ID 20, Unknown NFLOG (0x0c), length 8: ");
        assert_eq!(values(&NFLOG, other), r#"{"nflog":{"family":12,"resource":20,"data":"68692121"}}"#);
    }

    #[test]
    fn attributes_that_cannot_be() {
        check(&NFLOG, "0200 0014 0000 0900 40", "", " [|nflog]");
        check(&NFLOG, "0200 0014 0900 0900 40", "", " [|nflog]");
        check(&NFLOG, "0200 00", "", " [|nflog]");
    }
}
