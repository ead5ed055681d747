//! RPKI to router: what a cache of the public key infrastructure tells a router (RFC 6810).
//!
//! ```text
//! | version | type | session, error code or 0 (2) | length, header included (4) | body ..
//! prefix:  | flags | prefix length | longest length | 0 | prefix | AS (4) |
//! error:   | length (4) | PDU .. | length (4) | text .. |
//! ```

use crate::prelude::*;

/// RPKI to router.
pub static RPKI_RTR: Protocol = Protocol { name: "rpki_rtr", dissect };

/// Bytes of a header.
const HEADER: usize = 8;
const TYPES: NameTable = &[
    (0, "Serial Notify"),
    (1, "Serial Query"),
    (2, "Reset Query"),
    (3, "Cache Response"),
    (4, "IPV4 Prefix"),
    (6, "IPV6 Prefix"),
    (7, "End of Data"),
    (8, "Cache Reset"),
    (10, "Error Report"),
];
const ERRORS: NameTable = &[
    (0, "Corrupt Data"),
    (1, "Internal Error"),
    (2, "No Data Available"),
    (3, "Invalid Request"),
    (4, "Unsupported Protocol Version"),
    (5, "Unsupported PDU Type"),
    (6, "Withdrawal of Unknown Record"),
    (7, "Duplicate Announcement Received"),
];
/// What lines of a PDU begin with, and of one inside an error report.
const INDENTS: [&str; 2] = ["\n\t  ", "\n\t    "];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() == 0 {
        out.say(", RPKI-RTR");
        return Ok(());
    }
    out.list("pdus", |out| {
        while p.claimed() > 0 {
            let length = out.item(|out| pdu(cx, p, 0, out))?;
            p.pass(length);
        }
        Ok(())
    })
}

/// A PDU, and how long it is; after a lie, nobody knows.
fn pdu(cx: &mut Cx, p: Cursor, depth: usize, out: &mut Out) -> Dissect<usize> {
    let mut length = p.claimed();
    let held = cx.attempt(out, |cx, out| {
        length = known_pdu(cx, p, depth, out)?;
        Ok(())
    })?;
    if !held {
        p.need(p.claimed())?;
    }
    Ok(length)
}

fn known_pdu(cx: &mut Cx, p: Cursor, depth: usize, out: &mut Out) -> Dissect<usize> {
    let left = p.claimed();
    if left < HEADER {
        write!(out, "({left} bytes is too few to decode)");
        return Err(Stop::Invalid);
    }
    let mut body = p;
    let version = body.u8()?;
    if version != 0 {
        out.say("\n\tRPKI-RTRv").num("version", version).say(" (unknown)");
        return Ok(left);
    }
    let kind = body.u8()?;
    let length = p.at(4).be32()?;
    out.say("\n\tRPKI-RTRv").num("version", version).say(", ");
    out.named_as("type", kind, TYPES, "Unknown", " PDU (%u)").say(", length: ").num("length", length);
    let length = length as usize;
    if !(HEADER..=left).contains(&length) {
        return Err(Stop::Invalid);
    }
    let session = body.be16()?;
    body.pass(4);
    let known = contents(cx, kind, session, body.claiming(length - HEADER), depth, out)?;
    if !known {
        p.need(length)?;
        out.dump_hex("data", p.sub(length).rest(), "\n\t  ");
    } else if cx.verbose() > 1 {
        out.aloud(|out| _ = out.dump_hex("", p.sub(length).rest(), "\n\t  "));
    }
    Ok(length)
}

/// What a PDU has behind its header; `false` if nobody knows.
fn contents(
    cx: &mut Cx,
    kind: u8,
    session: u16,
    mut p: Cursor,
    depth: usize,
    out: &mut Out,
) -> Dissect<bool> {
    let indent = INDENTS.get(depth).copied().unwrap_or_default();
    let left = p.claimed();
    match (kind, left) {
        (0 | 1 | 7, 4) => {
            let serial = p.be32()?;
            out.say(indent).say("Session ID: 0x").hex0("session", session, 4);
            out.say(", Serial: ").num("serial", serial);
        }
        (2 | 8, 0) => {}
        (3, 0) => drop(out.say(indent).say("Session ID: 0x").hex0("session", session, 4)),
        (4, 12) => {
            let (lengths, prefix, system) = (p.array()?, p.array::<4>()?, p.be32()?);
            prefix_of("IPv4", indent, lengths, prefix.into(), system, out);
        }
        (6, 24) => {
            let (lengths, prefix, system) = (p.array()?, p.array::<16>()?, p.be32()?);
            prefix_of("IPv6", indent, lengths, prefix.into(), system, out);
        }
        (10, 4..) => error(cx, session, p, depth, out)?,
        (0..=4 | 6..=8 | 10, _) => return Err(Stop::Invalid),
        _ => return Ok(false),
    }
    Ok(true)
}

fn prefix_of(family: &str, indent: &str, lengths: [u8; 4], prefix: Addr, system: u32, out: &mut Out) {
    let [flags, length, longest, _] = lengths;
    out.say(indent).say(family).say(" Prefix ").ip("prefix", prefix).say("/").num("prefix_length", length);
    out.say("-").num("max_length", longest).say(", origin-as ").num("as", system);
    out.say(", flags 0x").hex0("flags", flags, 2);
}

/// An error report, and the PDU that it is about. One inside another is not explained.
fn error(cx: &mut Cx, code: u16, mut p: Cursor, depth: usize, out: &mut Out) -> Dissect {
    let indent = INDENTS.get(depth).copied().unwrap_or_default();
    let length = p.be32()?;
    out.say(indent).say("Error code: ").named("error", code, ERRORS, "Unknown");
    out.say(", Encapsulated PDU length: ").num("encapsulated_length", length);
    let length = length as usize;
    if length > 0 {
        if p.claimed() < length {
            return Err(Stop::Invalid);
        }
        if depth > 0 {
            p.need(length)?;
        } else {
            out.say("\n\t    -----encapsulated PDU-----");
            out.nest("encapsulated", |out| pdu(cx, p.claiming(length), depth + 1, out))?;
        }
        p.pass(length);
    }
    if p.claimed() < 4 {
        return Err(Stop::Invalid);
    }
    let length = p.be32()? as usize;
    if length > 0 {
        if p.claimed() < length {
            return Err(Stop::Invalid);
        }
        out.say(indent).say("Error text: ").chars_of("text", &mut p, length)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const NOTIFY: &str = "00 00 0007 0000000c 00000005";

    #[test]
    fn plain_pdus() {
        check(&RPKI_RTR, NOTIFY, "", ", RPKI-RTR");
        check(
            &RPKI_RTR,
            &format!("{NOTIFY} 00 02 0000 00000008 00 03 0007 00000008"),
            "-v",
            "\n\tRPKI-RTRv0, Serial Notify PDU (0), length: 12\n\t  Session ID: 0x0007, Serial: 5\
             \n\tRPKI-RTRv0, Reset Query PDU (2), length: 8\
             \n\tRPKI-RTRv0, Cache Response PDU (3), length: 8\n\t  Session ID: 0x0007",
        );
        check(
            &RPKI_RTR,
            "00 04 0000 00000014 01 18 20 00 0a000000 0000fde8",
            "-vv",
            "\n\tRPKI-RTRv0, IPV4 Prefix PDU (4), length: 20\
             \n\t  IPv4 Prefix 10.0.0.0/24-32, origin-as 65000, flags 0x01\
             \n\t  0x0000:  0004 0000 0000 0014 0118 2000 0a00 0000\n\t  0x0010:  0000 fde8",
        );
        check(
            &RPKI_RTR,
            "00 09 0000 00000009 01",
            "-v",
            "\n\tRPKI-RTRv0, Unknown PDU (9), length: 9\n\t  0x0000:  0009 0000 0000 0009 01",
        );
    }

    #[test]
    fn errors() {
        check(
            &RPKI_RTR,
            "00 0a 0003 0000001b 00000008 00 02 0000 00000008 00000003 6e6f21",
            "-v",
            "\n\tRPKI-RTRv0, Error Report PDU (10), length: 27\
             \n\t  Error code: Invalid Request (3), Encapsulated PDU length: 8\
             \n\t    -----encapsulated PDU-----\n\tRPKI-RTRv0, Reset Query PDU (2), length: 8\n\t  Error text: no!",
        );
    }

    #[test]
    fn lies() {
        check(&RPKI_RTR, "01 00", "-v", "(2 bytes is too few to decode) (invalid)");
        check(&RPKI_RTR, &NOTIFY.replacen("00", "01", 1), "-v", "\n\tRPKI-RTRv1 (unknown)");
        check(
            &RPKI_RTR,
            "00 00 0007 0000000b 00000005",
            "-v",
            "\n\tRPKI-RTRv0, Serial Notify PDU (0), length: 11 (invalid)",
        );
    }

    #[test]
    fn values_of_a_pdu() {
        assert_eq!(
            values(&RPKI_RTR, NOTIFY),
            "{\"rpki_rtr\":{\"pdus\":[{\"version\":0,\"type\":0,\"length\":12,\"session\":7,\"serial\":5}]}}"
        );
    }
}
