//! Geneve, Generic Network Virtualization Encapsulation (RFC 8926).
//!
//! ```text
//! |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
//! |        Virtual Network Identifier (VNI)       |    Reserved   |
//! option:  |          Class         |      Type     |R|R|R| Length | data ..
//! ```

use crate::parts::ethertypes;
use crate::prelude::*;

/// Geneve.
pub static GENEVE: Protocol = Protocol { name: "geneve", dissect };

const FLAGS: Flags = &[
    (0x80, "O"),
    (0x40, "C"),
    (0x20, "R1"),
    (0x10, "R2"),
    (0x08, "R3"),
    (0x04, "R4"),
    (0x02, "R5"),
    (0x01, "R6"),
];
const HEADER: usize = 8;
const CRITICAL: u8 = 0x80;
/// Who gives options their meaning, by ranges of classes, bounds included.
const CLASSES: &[(u16, u16, &str)] = &[
    (0x0000, 0x00ff, "Standard"),
    (0x0100, 0x0100, "Linux"),
    (0x0101, 0x0101, "Open vSwitch"),
    (0x0102, 0x0102, "Open Virtual Networking (OVN)"),
    (0x0103, 0x0103, "In-band Network Telemetry (INT)"),
    (0x0104, 0x0104, "VMware"),
    (0x0105, 0x0105, "Amazon"),
    (0x0106, 0x0106, "Cisco"),
    (0x0107, 0x0107, "Oracle"),
    (0x0108, 0x0110, "Amazon"),
    (0x0111, 0x0118, "IBM"),
    (0x0119, 0x0128, "Ericsson"),
    (0x0129, 0x0129, "Oxide"),
    (0x0130, 0x0131, "Cisco"),
    (0x0132, 0x0135, "Google"),
    (0x0136, 0x0136, "InfoQuick"),
    (0xfff0, 0xffff, "Experimental"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("Geneve");
    out.enough("length", &p, HEADER)?;
    let first = p.u8()?;
    if first >> 6 != 0 {
        out.say(" ERROR: unknown-version ").num("version", first >> 6);
        return Ok(());
    }
    let flags = p.u8()?;
    out.say(", Flags [").letters("flags", flags, FLAGS, "none").say("]");
    let (protocol, vni) = (p.be16()?, p.be24()?);
    out.say(", vni 0x").hex("vni", vni);
    match p.u8()? {
        0 => {}
        reserved => _ = out.say(", rsvd 0x").hex("reserved", reserved),
    }
    out.note("protocol", protocol);
    if cx.options.link_header {
        out.aloud(|out| {
            out.say(", proto ").named_as("", protocol, ethertypes::NAMES, "unknown", " (0x%04x)");
        });
    }
    let length = usize::from(first & 0x3f) * 4;
    if let Some(missing) = length.checked_sub(p.claimed()).filter(|missing| *missing > 0) {
        write!(out, " truncated-geneve - {missing} bytes missing");
        return Ok(());
    }
    if length > 0 {
        out.say(", options [");
        if cx.verbose() > 0 {
            out.list("options", |out| options(cx, p.sub(length), out))?;
        } else {
            write!(out, "{length} bytes");
        }
        out.say("]");
    }
    p.skip(length)?;
    out.say(if cx.verbose() > 0 { "\n\t" } else { ": " });
    if !cx.next(Space::EtherType(protocol), p, out)? {
        write!(out, "geneve-proto-0x{protocol:x}");
    }
    Ok(())
}

fn options(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut separator = "";
    while p.claimed() > 0 {
        out.say(std::mem::replace(&mut separator, ", "));
        let whole = out.item(|out| {
            let (class, kind, words) = (p.be16()?, p.u8()?, p.u8()? & 0x1f);
            let data = usize::from(words) * 4;
            let named = CLASSES.iter().find(|row| (row.0..=row.1).contains(&class));
            out.say("class ").say(named.map_or("Unknown", |row| row.2)).say(" (0x").hex("class", class);
            out.say(") type 0x").hex("type", kind).say(if kind & CRITICAL != 0 { "(C)" } else { "" });
            out.say(" len ").num("length", data + 4);
            if data > p.claimed() {
                out.say(" [bad length]").note_that("invalid", true);
                return Ok(false);
            }
            if cx.verbose() > 1 && data > 0 {
                out.say(" data");
                out.list("data", |out| words_of(p.sub(data), out))?;
            }
            p.skip(data)?;
            Ok(true)
        })?;
        if !whole {
            break;
        }
    }
    Ok(())
}

fn words_of(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let word = p.be32()?;
        out.say(" ").hex0("", word, 8);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const IP: &str = "4500 0016 0000 0000 40fd 0000 0a000001 0a000002 6869";
    const SAID: &str = "IP 10.0.0.1 > 10.0.0.2:  ip-proto-253 2";

    #[test]
    fn options_of_two_classes() {
        let packet = format!("05 40 0800 00000a 00 0132 01 02 80000001 00000002 0000 80 01 0000000c {IP}");
        check(&GENEVE, &packet, "", &format!("Geneve, Flags [C], vni 0xa, options [20 bytes]: {SAID}"));
        let options = "class Google (0x132) type 0x1 len 12 data 80000001 00000002, \
                       class Standard (0x0) type 0x80(C) len 8 data 0000000c";
        let ip = "IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto unknown (253), length 22)\
                  \n    10.0.0.1 > 10.0.0.2:  ip-proto-253 2";
        check(&GENEVE, &packet, "-vvK", &format!("Geneve, Flags [C], vni 0xa, options [{options}]\n\t{ip}"));
        let said = values(&GENEVE, &packet);
        let first = r#"{"flags":64,"vni":10,"protocol":2048,"options":[{"class":306,"type":1,"length":12,"data":[2147483649,2]}"#;
        assert!(said.contains(first), "{said}");
    }

    #[test]
    fn headers_that_cannot_be() {
        check(&GENEVE, "400000", "", "Geneve [length 3 < 8] (invalid)");
        check(&GENEVE, "40 00 0800 00000a 00", "", "Geneve ERROR: unknown-version 1");
        check(
            &GENEVE,
            "02 00 0800 00000a 07 0000 01 00",
            "",
            "Geneve, Flags [none], vni 0xa, rsvd 0x7 truncated-geneve - 4 bytes missing",
        );
        check(
            &GENEVE,
            "01 c1 1234 00000a 00 0000 01 01",
            "-ev",
            "Geneve, Flags [OCR6], vni 0xa, proto unknown (0x1234), \
             options [class Standard (0x0) type 0x1 len 8 [bad length]]\n\tgeneve-proto-0x1234",
        );
    }
}
