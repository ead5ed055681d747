//! DVMRP, the Distance Vector Multicast Routing Protocol, whose messages are IGMP messages (RFC 1075;
//! draft-ietf-idmr-dvmrp-v3).
//!
//! ```text
//! | 0x13 | code | checksum | reserved (2) | minor version | major version | message ..
//! report:      | mask without its first byte (3) | network, as long as its mask | metric, last? | .. | ..
//! neighbors2:  | address (4) | metric | threshold | flags | neighbors | neighbor (4) .. | ..
//! ```

use crate::parts::duration;
use crate::prelude::*;

/// DVMRP.
pub static DVMRP: Protocol = Protocol { name: "dvmrp", dissect };

/// Bytes before the message.
const HEADER: usize = 8;
const CODES: NameTable = &[
    (1, "Probe"),
    (2, "Report"),
    (3, "Ask-neighbors(old)"),
    (4, "Neighbors(old)"),
    (5, "Ask-neighbors2"),
    (6, "Neighbors2"),
    (7, "Prune"),
    (8, "Graft"),
    (9, "Graft-ACK"),
];
const NEIGHBOR_FLAGS: Flags =
    &[(0x01, "/tunnel"), (0x02, "/srcrt"), (0x40, "/querier"), (0x20, "/disabled"), (0x10, "/down")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    let code = p.at(1).u8()?;
    p.pass(HEADER);
    out.say(" ").name("code", code, CODES, "[type %u]");
    match code {
        1 if cx.verbose() > 0 => probe(cx, p, out),
        2 if cx.verbose() > 1 => report(p, out),
        4 => neighbors(p, out),
        6 => {
            let [minor, major] = message.at(6).array()?;
            out.say(" (v ").num("major", major).say(".").num("minor", minor).say("):");
            neighbors_2(p, out)
        }
        7 => {
            source_and_group(&mut p, out)?;
            out.say(" timer ");
            let timer = p.be32()?;
            duration::say(out, "timer_s", timer);
            Ok(())
        }
        8 | 9 => source_and_group(&mut p, out),
        _ => Ok(()),
    }
}

fn source_and_group(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (source, group): ([u8; 4], [u8; 4]) = (p.array()?, p.array()?);
    out.say(" src ").ip4("source", source).say(" grp ").ip4("group", group);
    Ok(())
}

fn probe(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Err(out.lie("full length", p.claimed(), "<", 4u8));
    }
    out.say(if cx.verbose() > 1 { "\n\t" } else { " " });
    let id = p.be32()?;
    out.say("genid ").num("generation_id", id);
    if cx.verbose() < 2 {
        return Ok(());
    }
    out.list("neighbors", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 4 {
                write!(out, "[remaining length {} < 4]", p.claimed());
                return Err(Stop::Invalid);
            }
            let neighbor: [u8; 4] = p.array()?;
            out.say("\n\tneighbor ").ip4("", neighbor);
        }
        Ok(())
    })
}

fn report(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("routes", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 3 {
                return Err(out.lie("length", p.claimed(), "<", 3u8));
            }
            let [b, c, d] = p.array()?;
            out.aloud(|out| _ = out.say("\n\tMask ").ip_digits("", Addr::from([255, b, c, d])));
            let width = match [b, c, d] {
                [_, _, 1..=255] => 4,
                [_, 1..=255, _] => 3,
                [1..=255, _, _] => 2,
                _ => 1,
            };
            while !out.item(|out| route([255, b, c, d], width, &mut p, out))? {}
        }
        Ok(())
    })
}

/// A route; `true` if it is the last under its mask.
fn route(mask: [u8; 4], width: usize, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < width + 1 {
        out.say("\n\t  [Truncated Report]");
        return Err(Stop::Invalid);
    }
    let (network, metric) = (p.padded::<4>(width)?, p.u8()?);
    out.aside(|out| _ = out.ip4("mask", mask));
    out.say("\n\t  ").ip_digits("network", Addr::from(network)).say(" metric ").num("metric", metric & 0x7f);
    Ok(metric & 0x80 != 0)
}

fn neighbors(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("neighbors", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 7 {
                return Err(out.lie("length", p.claimed(), "<", 7u8));
            }
            let (address, [metric, threshold, count]) = (p.array::<4>()?, p.array()?);
            for _ in 0..count {
                if p.claimed() < 4 {
                    return Err(out.lie("length", p.claimed(), "<", 4u8));
                }
                out.item(|out| {
                    out.say(" [").ip4("address", address).say(" ->");
                    let neighbor: [u8; 4] = p.array()?;
                    out.say(" ").ip4("neighbor", neighbor).say(", (").num("metric", metric);
                    out.say("/").num("threshold", threshold).say(")]");
                    Ok(())
                })?;
            }
        }
        Ok(())
    })
}

fn neighbors_2(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("neighbors", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 8 {
                return Err(out.lie("length", p.claimed(), "<", 8u8));
            }
            let (address, [metric, threshold, flags, count]) = (p.array::<4>()?, p.array()?);
            for i in 0..count {
                if p.claimed() == 0 {
                    // tcpdump has counted down once more before it looks.
                    write!(out, " [ncount {}]", count - i - 1);
                    return Err(Stop::Invalid);
                }
                if p.claimed() < 4 {
                    return Err(out.lie("length", p.claimed(), "<", 4u8));
                }
                out.item(|out| {
                    out.say(" [").ip4("address", address).say(" -> ");
                    let neighbor: [u8; 4] = p.array()?;
                    out.ip4("neighbor", neighbor).say(" (").num("metric", metric).say("/");
                    out.num("threshold", threshold).letters("flags", flags, NEIGHBOR_FLAGS, "").say(")]");
                    Ok(())
                })?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEAD: &str = "0000 0000 04 0c";

    fn said(code: u8, body: &str, args: &str, words: &str) {
        check(&DVMRP, &format!("13{code:02x} {HEAD} {body}"), args, words);
    }

    #[test]
    fn probes_and_reports() {
        said(1, "00000007 0a000001", "", " Probe");
        said(1, "00000007 0a000001", "-v", " Probe genid 7");
        said(1, "00000007 0a000001", "-vv", " Probe\n\tgenid 7\n\tneighbor 10.0.0.1");
        said(1, "0000", "-v", " Probe [full length 2 < 4] (invalid)");
        said(1, "00000007 0a", "-vv", " Probe\n\tgenid 7[remaining length 1 < 4] (invalid)");
        said(
            2,
            "ff0000 0a01 01 0a02 82",
            "-vv",
            " Report\n\tMask 255.255.0.0\n\t  10.1.0.0 metric 1\n\t  10.2.0.0 metric 2",
        );
        said(2, "000000 0a", "-vv", " Report\n\tMask 255.0.0.0\n\t  [Truncated Report] (invalid)");
        said(7, "0a000001 e1000001 00000e10", "", " Prune src 10.0.0.1 grp 225.0.0.1 timer 1h");
        said(8, "0a000001 e1", "", " Graft [|dvmrp]");
    }

    #[test]
    fn neighbors() {
        said(5, "", "", " Ask-neighbors2");
        said(4, "0a000001 01 02 01 0a000002", "", " Neighbors(old) [10.0.0.1 -> 10.0.0.2, (1/2)]");
        said(
            6,
            "0a000001 01 00 50 01 0a000002",
            "",
            " Neighbors2 (v 12.4): [10.0.0.1 -> 10.0.0.2 (1/0/querier/down)]",
        );
        said(6, "0a000001 01 00 00 02", "", " Neighbors2 (v 12.4): [ncount 1] (invalid)");
        said(10, "", "", " [type 10]");
    }

    #[test]
    fn values_of_neighbors() {
        assert_eq!(
            values(&DVMRP, &format!("1306 {HEAD} 0a000001 01 00 40 01 0a000002")),
            "{\"dvmrp\":{\"code\":6,\"major\":12,\"minor\":4,\"neighbors\":[{\"address\":\"10.0.0.1\",\
             \"neighbor\":\"10.0.0.2\",\"metric\":1,\"threshold\":0,\"flags\":64}]}}"
        );
    }
}
