//! BSD loopback: LINKTYPE_NULL and LINKTYPE_LOOP (the LINKTYPE_ registry of the pcap format).
//!
//! ```text
//! | protocol family (4, in the byte order of whoever captured; LOOP: network order) | packet ..
//! ```

use crate::prelude::*;

/// A packet behind a protocol family.
pub static NULL: Protocol = Protocol { name: "null", dissect };

/// The BSDs agree on no number for IPv6.
const FAMILIES: NameTable = &[
    (2, "IPv4"),
    (6, "NS"),
    (7, "ISO"),
    (16, "Appletalk"),
    (23, "IPX"),
    (24, "IPv6"),
    (28, "IPv6"),
    (30, "IPv6"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let bytes = p.array()?;
    cx.link_header_is(bytes.len());
    // No family needs more than 16 bits: one that seems to was written in the other order.
    let family = match u32::from_le_bytes(bytes) {
        little @ 0..=0xffff => little,
        _ => u32::from_be_bytes(bytes),
    };
    out.note("family", family);
    if cx.options.link_header {
        header(cx, family, length, out);
    }
    let space = match family {
        2 => Some(Space::EtherType(0x0800)),
        24 | 28 | 30 => Some(Space::EtherType(0x86dd)),
        7 => Some(Space::Sap(0xfe)),
        16 => Some(Space::EtherType(0x809b)),
        23 => Some(Space::Sap(0xff)),
        _ => None,
    };
    let known = match space {
        Some(space) => cx.next(space, p, out)?,
        None => false,
    };
    if !known {
        if !cx.options.link_header {
            header(cx, family, length, out);
        }
        if !cx.options.no_default_dump {
            out.dump("data", p.rest());
        }
    }
    Ok(())
}

fn header(cx: &Cx, family: u32, length: usize, out: &mut Out) {
    out.aloud(|out| {
        if cx.options.quiet > 0 {
            out.name("", family, FAMILIES, "Unknown AF %u");
        } else {
            out.say("AF ").named("", family, FAMILIES, "Unknown");
        }
        out.say(", length ").num("", length).say(": ");
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn the_byte_order_does_not_matter() {
        check(&NULL, "02000000 40", "", "IP  [length 1 < 20] (invalid)");
        check(&NULL, "00000002 40", "", "IP  [length 1 < 20] (invalid)");
        check(&NULL, "1e000000 60", "-e", "AF IPv6 (30), length 5:  [length 1 < 40] (invalid)");
    }

    #[test]
    fn an_unknown_family_is_dumped() {
        let dump = "\n\t0x0000:  6869                                     hi";
        check(&NULL, "63000000 6869", "", &format!("AF Unknown (99), length 6: {dump}"));
        check(&NULL, "63000000 6869", "-q", "Unknown AF 99, length 6: ");
        assert_eq!(values(&NULL, "63000000 6869"), r#"{"null":{"family":99,"data":"6869"}}"#);
    }

    #[test]
    fn a_cut() {
        check(&NULL, "0200", "-e", " [|null]");
    }
}
