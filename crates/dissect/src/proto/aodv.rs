//! AODV, Ad hoc On-Demand Distance Vector Routing (RFC 3561; for IPv6: draft-perkins-manet-aodv6).
//!
//! ```text
//! request:  | 1 | flags | 0 | hops | id (4) | destination | sequence (4) | originator | sequence (4) | extension ..
//! reply:    | 2 | flags | prefix size | hops | destination | sequence (4) | originator | lifetime (4) | extension ..
//! error:    | 3 | flags | 0 | destinations | destination | sequence (4) | ..
//! ```

use crate::prelude::*;

/// AODV.
pub static AODV: Protocol = Protocol { name: "aodv", dissect };

const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const ERROR: u8 = 3;
const TYPES: NameTable = &[(1, "rreq"), (2, "rrep"), (3, "rerr"), (4, "rrep-ack")];
const NO_DELETE: u8 = 0x80;
/// The extension that says when the next hello is due.
const HELLO: u8 = 1;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(" aodv");
    let kind = p.peek()?;
    out.say(" ").name("type", kind, TYPES, "type %u");
    match kind {
        REQUEST => request(cx, p, out),
        REPLY => reply(cx, p, out),
        ERROR => error(cx, p, out),
        _ => {
            out.say(" ").num("length", p.claimed());
            Ok(())
        }
    }
}

/// Bytes of an address.
fn address_length(cx: &Cx) -> usize {
    if cx.ip.version == 4 { 4 } else { 16 }
}

fn address(cx: &Cx, p: &mut Cursor) -> Dissect<Addr> {
    match cx.ip.version {
        4 => p.array::<4>().map(Addr::from),
        _ => p.array::<16>().map(Addr::from),
    }
}

fn long_enough(least: usize, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < least { Err(out.lie("message length", p.claimed(), "<", least)) } else { Ok(()) }
}

/// tcpdump looks for the flags in the type, where there are none; text does as if there never were any.
fn request(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    long_enough(16 + 2 * address_length(cx), p, out)?;
    let ([_, flags, _, hops], id, destination, sequence) =
        (p.array()?, p.be32()?, address(cx, &mut p)?, p.be32()?);
    let (originator, own_sequence) = (address(cx, &mut p)?, p.be32()?);
    out.say(" ").num("length", length).say("  hops ").note("flags", flags).num("hops", hops);
    out.say(" id 0x").hex0("id", id, 8).say("\n\tdst ").ip("destination", destination);
    out.say(" seq ").num("destination_sequence", sequence).say(" src ").ip("originator", originator);
    out.say(" seq ").num("originator_sequence", own_sequence);
    extension(p, out)
}

fn reply(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    long_enough(12 + 2 * address_length(cx), p, out)?;
    let ([_, flags, prefix, hops], destination, sequence) = (p.array()?, address(cx, &mut p)?, p.be32()?);
    let (originator, lifetime) = (address(cx, &mut p)?, p.be32()?);
    out.say(" ")
        .num("length", length)
        .say("  prefix ")
        .note("flags", flags)
        .num("prefix_size", prefix & 0x1f);
    out.say(" hops ").num("hops", hops).say("\n\tdst ").ip("destination", destination);
    out.say(" dseq ").num("destination_sequence", sequence).say(" src ").ip("originator", originator);
    out.say(" ").num("lifetime_ms", lifetime).say(" ms");
    extension(p, out)
}

fn error(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    long_enough(4, p, out)?;
    let [_, flags, _, count] = p.array()?;
    out.note("flags", flags).say(if flags & NO_DELETE != 0 { " [D] [items " } else { "  [items " });
    out.num("count", count).say("] [").num("length", length).say("]:");
    let each = address_length(cx) + 4;
    out.list("destinations", |out| {
        for _ in 0..count {
            if p.claimed() < each {
                return Err(out.lie("remaining length", p.claimed(), "<", each));
            }
            let (destination, sequence) = (address(cx, &mut p)?, p.be32()?);
            out.item(|out| {
                out.say(" {").ip("destination", destination).say("}(").num("sequence", sequence).say(")");
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn extension(mut p: Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    if left < 2 {
        return Ok(());
    }
    out.nest("extension", |out| {
        let [kind, length] = p.array()?;
        if kind != HELLO {
            out.say("\n\text ").num("type", kind).say(" ").num("length", length);
            return Ok(());
        }
        if left < 6 {
            return Err(out.lie("ext data length", left, "<", 6u8));
        }
        if length < 4 {
            out.say("\n\text HELLO - bad length ").num("length", length);
            return Err(Stop::Invalid);
        }
        let interval = p.be32()?;
        out.note("type", kind).note("length", length);
        out.say("\n\text HELLO ").num("interval_ms", interval).say(" ms");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const REQUEST_HEX: &str = "01 a0 00 02 00000007 0a000001 00000001 0a000002 00000002";

    #[test]
    fn requests_and_replies() {
        check(
            &AODV,
            REQUEST_HEX,
            "",
            " aodv rreq 24  hops 2 id 0x00000007\n\tdst 10.0.0.1 seq 1 src 10.0.0.2 seq 2",
        );
        check(
            &AODV,
            "02 00 20 03 0a000001 00000001 0a000002 00000bb8 01 04 000003e8",
            "-v",
            " aodv rrep 26  prefix 0 hops 3\n\tdst 10.0.0.1 dseq 1 src 10.0.0.2 3000 ms\n\text HELLO 1000 ms",
        );
        check(&AODV, "04 00", "", " aodv rrep-ack 2");
        check(&AODV, "12 00 00", "", " aodv type 18 3");
    }

    #[test]
    fn errors_and_lies() {
        check(&AODV, "03 80 00 01 0a000001 00000001", "", " aodv rerr [D] [items 1] [12]: {10.0.0.1}(1)");
        check(&AODV, "03 00 00 01 0a", "", " aodv rerr  [items 1] [5]: [remaining length 1 < 8] (invalid)");
        check(&AODV, "01 00", "", " aodv rreq [message length 2 < 24] (invalid)");
        check(
            &AODV,
            &format!("{REQUEST_HEX} 01 03 00000000"),
            "",
            " aodv rreq 30  hops 2 id 0x00000007\n\tdst 10.0.0.1 seq 1 src 10.0.0.2 seq 2\
             \n\text HELLO - bad length 3 (invalid)",
        );
    }

    #[test]
    fn values_of_a_request() {
        assert_eq!(
            values(&AODV, REQUEST_HEX),
            "{\"aodv\":{\"type\":1,\"length\":24,\"flags\":160,\"hops\":2,\"id\":7,\"destination\":\"10.0.0.1\",\
             \"destination_sequence\":1,\"originator\":\"10.0.0.2\",\"originator_sequence\":2}}"
        );
    }
}
