//! RIP, the Routing Information Protocol (RFC 1058: v1; RFC 2453: v2; cryptographic authentication: RFC 4822).
//!
//! ```text
//! | command | version | unused (2) |
//! | family (2) | tag (2) | address (4) | mask (4) | next hop (4) | metric (4) | ..   v1: tag, mask, next hop are 0
//! |  0xffff    | type (2) | password (16) or a header of what follows the last route |
//! ```

use crate::prelude::*;

/// RIP.
pub static RIP: Protocol = Protocol { name: "rip", dissect };

const COMMANDS: NameTable = &[
    (1, "Request"),
    (2, "Response"),
    (3, "Trace on"),
    (4, "Trace off"),
    (6, "Triggered Request"),
    (7, "Triggered Response"),
    (8, "Triggered Acknowledgement"),
    (9, "Update Request"),
    (10, "Update Response"),
    (11, "Update Acknowledge"),
];
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;

/// Bytes before the entries.
const HEADER: usize = 4;
/// Bytes of an entry.
const ENTRY: usize = 20;
/// Bytes of an entry behind its family and tag.
const BODY: usize = 16;

const INET: u16 = 2;
const AUTHENTICATION: u16 = 0xffff;
/// Address families as BSD counts them.
const FAMILIES: NameTable = &[
    (2, "IPv4"),
    (7, "NS"),
    (20, "ISO"),
    (16, "Appletalk"),
    (23, "IPX"),
    (24, "IPv6"),
    (28, "IPv6"),
    (30, "IPv6"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    out.say(if cx.verbose() > 0 { "\n\tRIP" } else { "RIP" });
    let held = cx.attempt(out, |cx, out| {
        if length < HEADER {
            return Err(out.lie("packet length", length, "<", HEADER));
        }
        let version = p.at(1).u8()?;
        out.say("v").num("version", version);
        if !matches!(version, 1 | 2) {
            out.say(" [version != 1 && version != 2]");
            return Err(Stop::Invalid);
        }
        let command = p.peek()?;
        out.say(", ").name("command", command, COMMANDS, "unknown command (%u)");
        out.say(", length: ").num("length", length);
        p.need(HEADER)?;
        if cx.verbose() == 0 {
            return Ok(());
        }
        p.skip(HEADER)?;
        body(cx, version, command, &mut p, out)
    })?;
    if !held {
        p.need(p.claimed())?;
    }
    Ok(())
}

fn body(cx: &Cx, version: u8, command: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    match (command, version) {
        (REQUEST | RESPONSE, 1) => {
            out.aloud(|out| _ = out.say(", routes: ").num("", p.claimed() / ENTRY));
            entries(p, entry_v1, out)?;
        }
        (REQUEST | RESPONSE, _) => {
            out.aloud(|out| _ = out.say(", routes: ").num("", p.claimed() / ENTRY).say(" or less"));
            entries(p, entry_v2, out)?;
        }
        _ => {
            let known = crate::out::lookup(COMMANDS, command.into()).is_some();
            if !known && cx.verbose() < 2 {
                out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t");
            }
        }
    }
    if cx.verbose() > 1
        && p.claimed() > 0
        && let Some(bytes) = p.whole()
    {
        out.dump_hex("data", bytes, "\n\t");
    }
    Ok(())
}

type Entry = fn(Cursor, &mut Out) -> Dissect<usize>;

/// Entries until the end of the message; the cursor stays before one that lies.
fn entries(p: &mut Cursor, entry: Entry, out: &mut Out) -> Dissect {
    out.list("entries", |out| {
        while p.claimed() > 0 {
            let length = out.item(|out| entry(*p, out))?;
            if p.claimed() < length {
                return Err(out.lie("remaining entries length", p.claimed(), "<", length));
            }
            p.pass(length);
        }
        Ok(())
    })
}

fn entry_v1(mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    let entry = p;
    if p.claimed() < ENTRY {
        return Err(out.lie("remaining data length", p.claimed(), "<", ENTRY));
    }
    p.need(ENTRY)?;
    let (family, zero, address, zeros, metric) =
        (p.be16()?, p.be16()?, p.array::<4>()?, p.be64()?, p.be32()?);
    out.note("family", family);
    if family != INET && family != 0 {
        out.aloud(|out| _ = out.say("\n\t AFI ").name("", family, FAMILIES, "Unknown (%u)").say(", "));
        out.dump_hex("data", entry.at(ENTRY - BODY).sub(BODY).rest(), "\n\t  ");
        return Ok(ENTRY);
    }
    if zero != 0 || zeros != 0 {
        out.dump_hex("data", entry.sub(ENTRY).rest(), "\n\t  ");
        return Ok(ENTRY);
    }
    out.say(if family == 0 { "\n\t  AFI 0, " } else { "\n\t  " });
    out.ip4("address", address).say(", metric: ").num("metric", metric);
    Ok(ENTRY)
}

fn entry_v2(mut p: Cursor, out: &mut Out) -> Dissect<usize> {
    let entry = p;
    if p.claimed() < ENTRY - BODY {
        return Err(out.lie("remaining data length", p.claimed(), "<", ENTRY - BODY));
    }
    let (family, tag) = (p.be16()?, p.be16()?);
    out.note("family", family);
    if family == AUTHENTICATION {
        return authentication(p, tag, out);
    }
    if family != INET && family != 0 {
        out.aloud(|out| _ = out.say("\n\t  AFI ").name("", family, FAMILIES, "Unknown (%u)"));
        out.dump_hex("data", p.at(0).claiming(BODY).sub(BODY).rest(), "\n\t  ");
        return Ok(ENTRY);
    }
    if entry.claimed() < ENTRY {
        return Err(out.lie("remaining data length", entry.claimed(), "<", ENTRY));
    }
    let (address, mask, next_hop, metric) = (p.array::<4>()?, p.be32()?, p.array::<4>()?, p.be32()?);
    out.aloud(|out| _ = out.say("\n\t  AFI ").name("", family, FAMILIES, "%u").say(", "));
    out.right(15, |out| _ = out.ip4("address", address)).say("/");
    prefix_length(mask, out);
    out.say(", tag 0x").hex0("tag", tag, 4).say(", metric: ").num("metric", metric);
    out.say(", next-hop: ");
    if next_hop == [0; 4] {
        out.say("self");
    } else {
        out.ip4("next_hop", next_hop);
    }
    Ok(ENTRY)
}

/// The length of a mask in two columns, -1 if it has holes.
fn prefix_length(mask: u32, out: &mut Out) {
    let ones = mask.leading_ones();
    let length = if ones + mask.trailing_zeros() >= 32 { i64::from(ones) } else { -1 };
    out.int("prefix_length", length);
    if (0..10).contains(&length) {
        out.say(" ");
    }
}

/// Authentication in the place of a route; gives the length of the entry.
fn authentication(mut p: Cursor, kind: u16, out: &mut Out) -> Dissect<usize> {
    out.note("authentication", kind);
    let left = p.claimed();
    match kind {
        2 => {
            out.say("\n\t  Simple Text Authentication data: ");
            let mut field = p.claiming(BODY);
            out.padded_chars_of("password", &mut field, BODY)?;
        }
        3 => {
            if left < BODY {
                return Err(out.lie("remaining data length", left, "<", BODY));
            }
            out.say("\n\t  Auth header:");
            let length = p.be16()?;
            out.say(" Packet Len ").num("packet_length", length).say(",");
            let key_id = p.u8()?;
            out.say(" Key-ID ").num("key_id", key_id).say(",");
            let data_length = p.u8()?;
            out.say(" Auth Data Len ").num("data_length", data_length).say(",");
            let sequence = p.be32()?;
            out.say(" SeqNo ").num("sequence", sequence).say(",");
            let zero = p.be32()?;
            out.say(" MBZ ").num("zero_1", zero).say(",");
            let zero = p.be32()?;
            out.say(" MBZ ").num("zero_2", zero);
        }
        _ => {
            if kind == 1 {
                out.say("\n\t  Auth trailer:");
            } else {
                write!(out, "\n\t  Unknown ({kind}) Authentication data:");
            }
            out.dump_hex("data", p.sub(left).rest(), "\n\t  ");
            return Ok(ENTRY - BODY + left);
        }
    }
    Ok(ENTRY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ROUTE: &str = "0002 0007 0a010000 ffff0000 00000000 00000002";

    #[test]
    fn version_1() {
        check(&RIP, "0101 0000", "", "RIPv1, Request, length: 4");
        check(
            &RIP,
            "0201 0000 0002 0000 0a010000 00000000 00000000 00000001 0000 0000 00000000 00000000 00000000 00000010",
            "-v",
            "\n\tRIPv1, Response, length: 44, routes: 2\n\t  10.1.0.0, metric: 1\n\t  AFI 0, 0.0.0.0, metric: 16",
        );
        check(
            &RIP,
            &format!("0201 0000 {ROUTE} 0017 0000 00000000 00000000 00000000 00000001"),
            "-v",
            "\n\tRIPv1, Response, length: 44, routes: 2\n\t  0x0000:  0002 0007 0a01 0000 ffff 0000 0000 0000\
             \n\t  0x0010:  0000 0002\n\t AFI IPX, \n\t  0x0000:  0000 0000 0000 0000 0000 0000 0000 0001",
        );
    }

    #[test]
    fn version_2() {
        check(
            &RIP,
            &format!("0202 0000 {ROUTE} 0002 0000 0a000000 ff00ff00 0a000001 00000001"),
            "-v",
            "\n\tRIPv2, Response, length: 44, routes: 2 or less\
             \n\t  AFI IPv4,        10.1.0.0/16, tag 0x0007, metric: 2, next-hop: self\
             \n\t  AFI IPv4,        10.0.0.0/-1, tag 0x0000, metric: 1, next-hop: 10.0.0.1",
        );
        check(
            &RIP,
            "0202 0000 ffff 0003 0018 01 10 00000009 00000000 00000000 ffff 0001 00010203",
            "-v",
            "\n\tRIPv2, Response, length: 32, routes: 1 or less\
             \n\t  Auth header: Packet Len 24, Key-ID 1, Auth Data Len 16, SeqNo 9, MBZ 0, MBZ 0\
             \n\t  Auth trailer:\n\t  0x0000:  0001 0203",
        );
        check(
            &RIP,
            "0202 0000 ffff 0002 61626300000000000000000000000000",
            "-v",
            "\n\tRIPv2, Response, length: 24, routes: 1 or less\n\t  Simple Text Authentication data: abc",
        );
    }

    #[test]
    fn other_commands_and_lies() {
        check(&RIP, "0c02 0000 0102", "-v", "\n\tRIPv2, unknown command (12), length: 6\n\t0x0000:  0102");
        check(&RIP, "0902 0000 0102", "-v", "\n\tRIPv2, Update Request, length: 6");
        check(&RIP, "0902 0000 0102", "-vv", "\n\tRIPv2, Update Request, length: 6\n\t0x0000:  0102");
        check(&RIP, "0103 0000", "", "RIPv3 [version != 1 && version != 2] (invalid)");
        check(&RIP, "0102", "", "RIP [packet length 2 < 4] (invalid)");
        check(
            &RIP,
            "0202 0000 0002 0000 0a",
            "-v",
            "\n\tRIPv2, Response, length: 9, routes: 0 or less [remaining data length 5 < 20] (invalid)",
        );
    }

    #[test]
    fn values_of_a_response() {
        assert_eq!(
            values(&RIP, &format!("0202 0000 {ROUTE}")),
            "{\"rip\":{\"version\":2,\"command\":2,\"length\":24,\"entries\":[{\"family\":2,\"address\":\"10.1.0.0\",\
             \"prefix_length\":16,\"tag\":7,\"metric\":2}]}}"
        );
    }
}
