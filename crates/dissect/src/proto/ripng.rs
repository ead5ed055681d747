//! RIPng, the Routing Information Protocol for IPv6 (RFC 2080).
//!
//! ```text
//! | command | version | reserved (2) |
//! | prefix (16) | route tag (2) | prefix length | metric | ..
//! ```

use crate::prelude::*;

/// RIPng.
pub static RIPNG: Protocol = Protocol { name: "ripng", dissect };

const VERSION: u8 = 1;
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
/// Bytes before the routes.
const HEADER: usize = 4;
/// Bytes of a route.
const ROUTE: usize = 20;
const INFINITY: u8 = 16;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let version = p.at(1).u8()?;
    if version != VERSION {
        out.say("ripng").say(" [version ").num("version", version).say(", must be 1]");
        return Err(Stop::Invalid);
    }
    let command = p.u8()?;
    let words = match command {
        REQUEST => " ripng-req ",
        RESPONSE => " ripng-resp ",
        _ => {
            out.say(" ripng-").num("command", command).say(" ?? ").num("length", length);
            return Err(Stop::Invalid);
        }
    };
    out.note("command", command).note("length", length);
    if length < HEADER {
        return Err(Stop::Invalid);
    }
    p.pass(HEADER - 1);
    let count = p.claimed() / ROUTE;
    if command == REQUEST && count == 1 && asks_for_all(p)? {
        out.say(" ripng-req dump");
        return Ok(());
    }
    out.say(words);
    out.aloud(|out| {
        out.num("", count);
        if p.claimed() % ROUTE != 0 {
            out.say("[").num("", length).say("]");
        }
        out.say(":");
    });
    out.list("routes", |out| {
        while p.claimed() >= ROUTE {
            out.say(if cx.verbose() > 1 { "\n\t" } else { " " });
            out.item(|out| route(&mut p, command == RESPONSE, out))?;
        }
        Ok(())
    })?;
    if p.claimed() > 0 { Err(Stop::Invalid) } else { Ok(()) }
}

/// One route to anywhere at infinity asks for the whole table.
fn asks_for_all(mut p: Cursor) -> Dissect<bool> {
    let metric = p.at(ROUTE - 1).u8()?;
    let prefix: [u8; 16] = p.array()?;
    Ok(metric == INFINITY && prefix == [0; 16])
}

fn route(p: &mut Cursor, with_metric: bool, out: &mut Out) -> Dissect {
    let (prefix, tag, [length, metric]) = (p.array::<16>()?, p.be16()?, p.array()?);
    out.ip6("prefix", prefix).say("/").num("prefix_length", length);
    if tag != 0 {
        out.say(" [").num("tag", tag).say("]");
    }
    if metric != 0 && with_metric {
        out.say(" (").num("metric", metric).say(")");
    } else {
        out.note("metric", metric);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ANYWHERE: &str = "00000000000000000000000000000000 0000 00 10";
    const NET: &str = "20010db8000000000000000000000000 0007 20 01";

    #[test]
    fn requests_and_responses() {
        check(&RIPNG, &format!("01 01 0000 {ANYWHERE}"), "", " ripng-req dump");
        check(&RIPNG, &format!("01 01 0000 {NET}"), "", " ripng-req 1: 2001:db8::/32 [7]");
        let both = format!("02 01 0000 {NET} {ANYWHERE}");
        check(&RIPNG, &both, "", " ripng-resp 2: 2001:db8::/32 [7] (1) ::/0 (16)");
        check(&RIPNG, &both, "-vv", " ripng-resp 2:\n\t2001:db8::/32 [7] (1)\n\t::/0 (16)");
    }

    #[test]
    fn lies() {
        check(&RIPNG, "01 02 0000", "", "ripng [version 2, must be 1] (invalid)");
        check(&RIPNG, "09 01 0000", "", " ripng-9 ?? 4 (invalid)");
        check(
            &RIPNG,
            &format!("02 01 0000 {NET} 00"),
            "",
            " ripng-resp 1[25]: 2001:db8::/32 [7] (1) (invalid)",
        );
        check(&RIPNG, "01", "", " [|ripng]");
    }

    #[test]
    fn values_of_a_response() {
        assert_eq!(
            values(&RIPNG, &format!("02 01 0000 {NET}")),
            "{\"ripng\":{\"command\":2,\"length\":24,\
             \"routes\":[{\"prefix\":\"2001:db8::\",\"prefix_length\":32,\"tag\":7,\"metric\":1}]}}"
        );
    }
}
