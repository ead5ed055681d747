//! NSH, the Network Service Header (RFC 8300).
//!
//! ```text
//! |Ver|O|U|    TTL    |   Length  |U|U|U|U|MD Type| Next Protocol |
//! |          Service Path Identifier (SPI)        | Service Index |
//! | context: four words (type 1), or  | class | type | length | value .. (type 2)
//! ```

use crate::prelude::*;

/// NSH.
pub static NSH: Protocol = Protocol { name: "nsh", dissect };

const HEADER: usize = 8;
/// The length counts words.
const WORD: usize = 4;
const FLAGS: Flags = &[(0x2, "O")];
const FIXED: u32 = 1;
const VARIABLE: u32 = 2;
const TYPES: NameTable = &[(0, "reserved"), (FIXED, "1"), (VARIABLE, "2"), (15, "experimental")];
const PROTOCOLS: NameTable = &[
    (1, "IPv4"),
    (2, "IPv6"),
    (3, "Ethernet"),
    (4, "NSH"),
    (5, "MPLS"),
    (0xfe, "Experiment 1"),
    (0xff, "Experiment 2"),
];
/// Next protocols that are explained, as ethertypes.
const NEXT: &[(u32, u16)] = &[(1, 0x0800), (2, 0x86dd), (3, 0x6558)];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let whole = p;
    if p.claimed() < HEADER {
        write!(out, " (packet length {} < {HEADER})", p.claimed());
        return Err(Stop::Invalid);
    }
    let base = p.be32()?;
    let (words, kind, next) = ((base >> 16 & 0x3f) as usize, base >> 8 & 0xf, base & 0xff);
    out.say("NSH, ");
    head(cx, base, out);
    if base >> 30 != 0 {
        return Ok(());
    }
    if whole.claimed() < words * WORD {
        write!(out, " (too many headers for packet length {})", whole.claimed());
        return Err(Stop::Invalid);
    }
    let path = p.be24()?;
    out.say("service-path-id 0x").hex0("service_path", path, 6).say(", ");
    let index = p.u8()?;
    out.say("service-index 0x").hex("service_index", index);
    let Some(context) = (words * WORD).checked_sub(HEADER) else {
        out.say(" (less than two headers)");
        return Err(Stop::Invalid);
    };
    if cx.verbose() > 2 && kind == FIXED {
        fixed(p.claiming(context), out)?;
    } else if cx.verbose() > 2 && kind == VARIABLE {
        out.list("context", |out| variable(p.claiming(context), out))?;
    }
    p.skip(context)?;
    out.say(if cx.verbose() > 0 { "\n    " } else { ": " });
    let said = match NEXT.iter().find(|row| row.0 == next) {
        Some((_, ethertype)) => cx.next(Space::EtherType(*ethertype), p, out)?,
        None => false,
    };
    if !said {
        out.say("ERROR: unknown-next-protocol");
    }
    Ok(())
}

/// The first word, each part of it to those who care.
fn head(cx: &Cx, base: u32, out: &mut Out) {
    let (version, ttl, words, kind, next) =
        (base >> 30, base >> 22 & 0x3f, base >> 16 & 0x3f, base >> 8 & 0xf, base & 0xff);
    if cx.verbose() > 1 {
        out.say("ver ").num("version", version).say(", ");
    }
    if version != 0 {
        return;
    }
    out.say("flags [").letters("flags", base >> 28 & 3, FLAGS, "none").say("], ");
    if cx.verbose() > 2 {
        out.say("TTL ").num("ttl", ttl).say(", length ").num("length", words);
        out.say(", md type ").name("md_type", kind, TYPES, "unknown (0x%02x)").say(", ");
    }
    if cx.verbose() > 1 {
        out.say("next-protocol ").name("next_protocol", next, PROTOCOLS, "unknown (0x%02x)").say(", ");
    }
}

/// Four words that mean what the path wants.
fn fixed(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() != 4 * WORD {
        out.say(" (length for the MD type)");
        return Err(Stop::Invalid);
    }
    out.list("context", |out| {
        for i in 0..4 {
            let word = p.be32()?;
            write!(out, "\n        Context[{i:02}]: 0x").hex0("", word, 8);
        }
        Ok(())
    })
}

/// Values of any length, padded to words.
fn variable(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        out.item(|out| {
            let (class, kind, length) = (p.be16()?, p.u8()?, p.u8()? & 0x7f);
            out.say("\n        TLV Class ").num("class", class).say(", Type ").num("type", kind);
            out.say(", Len ").num("length", length);
            let padded = usize::from(length).next_multiple_of(WORD);
            if p.claimed() < padded {
                out.say(" (length too big)");
                return Err(Stop::Invalid);
            }
            if length > 0 {
                out.say("\n            Value: ");
                let (value, whole) = (p.sub(length.into()).rest(), p.take(padded));
                if !value.is_empty() {
                    out.say("0x").octets("value", value, b':');
                }
                whole?;
            }
            Ok(())
        })?;
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
    fn a_path() {
        let packet = format!("0fc6 01 01 000309 07 00000001 00000002 00000003 00000004 {IP}");
        let short = format!("NSH, flags [none], service-path-id 0x000309, service-index 0x7: {SAID}");
        check(&NSH, &packet, "", &short);
        let said = values(&NSH, &packet);
        assert!(
            said.contains(r#""service_path":777,"service_index":7,"context":[1,2,3,4],"ip":{"#),
            "{said}"
        );
        let lie = packet.replacen("0fc6", "0fc7", 1);
        check(
            &NSH,
            &lie,
            "-vvv",
            "NSH, ver 0, flags [none], TTL 63, length 7, md type 1, next-protocol IPv4, \
             service-path-id 0x000309, service-index 0x7 (length for the MD type) (invalid)",
        );
    }

    #[test]
    fn values_of_any_length() {
        let head = "NSH, ver 0, flags [O], TTL 0, length 5, md type 2, next-protocol unknown (0x77), \
                    service-path-id 0x000001, service-index 0xff";
        check(
            &NSH,
            "2005 02 77 000001 ff 0001 02 03 61626300 0001 03 00",
            "-vvv",
            &format!(
                "{head}\n        TLV Class 1, Type 2, Len 3\n            Value: 0x61:62:63\
                 \n        TLV Class 1, Type 3, Len 0\n    ERROR: unknown-next-protocol"
            ),
        );
        check(
            &NSH,
            "2003 02 77 000001 ff 0001 02 03 61626300",
            "-vvv",
            &format!("{head}\n        TLV Class 1, Type 2, Len 3 (length too big) (invalid)")
                .replace("length 5", "length 3"),
        );
    }

    #[test]
    fn headers_that_cannot_be() {
        check(&NSH, "0fc6", "", " (packet length 2 < 8) (invalid)");
        let said = "NSH, flags [none],  (too many headers for packet length 8) (invalid)";
        check(&NSH, "0fc6 01 01 000309 07", "", said);
        let said = "NSH, flags [none], service-path-id 0x000309, service-index 0x7 (less than two headers) \
                    (invalid)";
        check(&NSH, "0fc1 01 01 000309 07", "-v", said);
        check(&NSH, "4fc6 01 01 000309 07", "-vv", "NSH, ver 1, ");
    }
}
