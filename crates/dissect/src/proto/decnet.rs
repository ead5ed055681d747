//! DECnet phase IV (source: DECnet Digital Network Architecture, Routing Layer Functional Specification, 2.0.0, AA-X435A-TK,
//! section 10). All numbers have the least significant byte first.
//!
//! ```text
//! | length (2) | pad: 80 + n | n - 1 bytes | message
//! data, short: | flags | destination (2) | source (2) | visits |
//! data, long:  | flags | 2 | destination (6) | 2 | source (6) | next router | visits | service | type |
//! control:     | flags, odd | ..
//! ```

mod nsp;

use crate::prelude::*;

/// DECnet.
pub static DECNET: Protocol = Protocol { name: "decnet", dissect };

const LENGTH: usize = 2;
const SHORT: usize = 6;
const LONG: usize = 21;

const PAD: u8 = 0x80;
const FUTURE: u8 = 0x40;
const CONTROL: u8 = 0x01;
const FORMAT: u8 = 0x07;
const SHORT_FORMAT: u8 = 2;
const LONG_FORMAT: u8 = 6;
/// Return to the sender if asked; returning; never left the Ethernet.
const FLAGS: Flags = &[(0x08, "RQR "), (0x10, "RTS "), (0x20, "IE ")];

const ROUTES_HEADER: usize = 4;
const ROUTE: usize = 6;
/// Routing messages that tell of more than this in one go are not believed.
const MOST: u16 = 1024;

/// What a node is.
const TYPES: NameTable = &[(0, "reserved-ntype? "), (1, "l2rout "), (2, "l1rout "), (3, "endnode ")];
const LINK_INFO: Flags = &[(0x04, "verif "), (0x08, "blo ")];
const ETHERNET_INFO: Flags = &[(0x04, "verif "), (0x20, "nomcast "), (0x40, "blo ")];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < SHORT {
        return Err(shorter("length", length, SHORT, out));
    }
    let said = usize::from(p.at(0).le16()?);
    if said < SHORT {
        return Err(shorter("pktlen", said, SHORT, out));
    }
    if said > length {
        out.aloud(|out| _ = out.say(" (pktlen ").num("", said).say(" > ").num("", length).say(")"));
        return Err(Stop::Invalid);
    }
    out.note("length", said);
    let mut message = p.at(LENGTH).claiming(said);
    let mut start = p;
    let mut flags = message.peek()?;
    if flags & PAD != 0 {
        let pad = usize::from(flags & !PAD);
        if cx.verbose() > 0 {
            out.say("[pad:").num("pad", pad).say("] ");
        }
        if said < pad + 2 {
            return Err(shorter("length", said, pad + 2, out));
        }
        start.pass(pad);
        message.skip(pad)?;
        flags = message.peek()?;
    }
    let length = message.claimed();
    let rest = start.rest().get(..length).unwrap_or(start.rest());
    out.note("flags", flags);
    if flags & FUTURE != 0 {
        out.say("future-version-decnet").dump("data", rest);
        return Ok(());
    }
    if flags & CONTROL != 0 {
        return control(flags, message, rest.len(), out);
    }
    data(cx, flags, said, message, rest, out)
}

/// A message of two nodes. Who reads past `length` bytes finds them if they were captured.
fn data(cx: &Cx, flags: u8, said: usize, message: Cursor, rest: &[u8], out: &mut Out) -> Dissect {
    let length = message.claimed();
    let (src, dst, hops, header) = match flags & FORMAT {
        LONG_FORMAT => {
            if length < LONG {
                return Err(shorter("length", length, LONG, out));
            }
            message.need(LONG)?;
            (message.at(15).le16()?, message.at(7).le16()?, message.at(18).u8()?, LONG)
        }
        SHORT_FORMAT => {
            let (dst, src) = (message.at(1).le16()?, message.at(3).le16()?);
            (src, dst, (message.at(5).u8()? & 0x3f) + 1, SHORT)
        }
        _ => {
            out.say("unknown message flags under mask").dump("data", rest);
            return Ok(());
        }
    };
    node("src", src, out)?;
    out.say(" > ");
    node("dst", dst, out)?;
    out.aloud(|out| _ = out.say(" ").num("", said).say(" "));
    if cx.verbose() > 0 {
        out.aloud(|out| _ = out.letters("", flags, FLAGS, ""));
        out.num("hops", hops).say(" hops ");
    }
    let payload = message.at(header).claiming(length.saturating_sub(header));
    nsp::say(payload, out)
}

/// A message of the routing layer. `rest` is how many bytes are dumped of one that nobody knows: as many as were
/// captured, the length before the message included.
fn control(flags: u8, mut p: Cursor, rest: usize, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let whole = p;
    p.pass(1);
    let (name, least, say): (&str, usize, fn(&mut Cursor, &mut Out) -> Dissect) = match flags & 0x0f {
        0x01 => ("init ", 12, init),
        0x03 => ("verification ", 4, verification),
        0x05 => ("test ", 4, test),
        0x07 => ("lev-1-routing ", ROUTES_HEADER, |p, out| routes("{ids ", p, out)),
        0x09 => ("lev-2-routing ", ROUTES_HEADER, |p, out| routes("{areas ", p, out)),
        0x0b => ("router-hello ", 18, router_hello),
        0x0d => ("endnode-hello ", 32, endnode_hello),
        _ => {
            let bytes = whole.rest();
            out.say("unknown control message").dump("data", bytes.get(..rest).unwrap_or(bytes));
            return whole.need(rest);
        }
    };
    out.say(name);
    if length < least {
        return Err(Stop::Invalid);
    }
    say(&mut p, out)
}

fn init(p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(11)?;
    let (src, info, block_size) = (p.le16()?, p.u8()?, p.le16()?);
    let [version, eco, user_eco] = p.array()?;
    let hello = p.le16()?;
    info_bits(info, LINK_INFO, out);
    out.say("src ");
    node("src", src, out)?;
    out.say("blksize ").num("block_size", block_size);
    version_words(version, eco, user_eco, out.say(" "));
    out.say(" hello ").num("hello", hello);
    Ok(())
}

fn verification(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (src, value) = (p.le16()?, p.u8()?);
    out.say("src ");
    node("src", src, out)?;
    write!(out, " fcnval {value:o}").note("value", value);
    Ok(())
}

fn test(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (src, value) = (p.le16()?, p.u8()?);
    out.say("src ");
    node("src", src, out)?;
    write!(out, " data {value:o}").note("value", value);
    Ok(())
}

/// Costs and hops to nodes, or to areas; a checksum comes last.
fn routes(words: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(ROUTES_HEADER - 1)?;
    let src = p.le16()?;
    p.pass(1);
    out.say("src ");
    node("src", src, out)?;
    out.say(" ");
    out.list("routes", |out| {
        while p.claimed() > ROUTE {
            p.need(ROUTE)?;
            let (count, first, info) = (p.le16()?, p.le16()?, p.le16()?);
            if count > MOST {
                break;
            }
            out.item(|out| {
                out.say(words).num("first", first).say("-");
                out.num("last", u32::from(first) + u32::from(count));
                out.say(" cost ").num("cost", info & 0x1ff).say(" hops ").num("hops", info >> 10 & 0x1f);
                out.say("} ");
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn router_hello(p: &mut Cursor, out: &mut Out) -> Dissect {
    p.need(17)?;
    let [version, eco, user_eco] = p.array()?;
    let src = ethernet_node(p)?;
    let (info, block_size, priority, area) = (p.u8()?, p.le16()?, p.u8()?, p.u8()?);
    let hello = p.le16()?;
    info_bits(info, ETHERNET_INFO, out);
    version_words(version, eco, user_eco, out);
    out.say(" src ");
    node("src", src, out)?;
    out.say(" blksize ").num("block_size", block_size).say(" pri ").num("priority", priority);
    out.note("area", area).say(" hello ").num("hello", hello);
    Ok(())
}

fn endnode_hello(p: &mut Cursor, out: &mut Out) -> Dissect {
    let [version, eco, user_eco] = p.array()?;
    let src = ethernet_node(p)?;
    let (info, block_size) = (p.u8()?, p.le16()?);
    p.pass(9);
    let router = ethernet_node(p)?;
    let hello = p.le16()?;
    p.pass(1);
    let data = p.u8()?;
    info_bits(info, ETHERNET_INFO, out);
    version_words(version, eco, user_eco, out);
    out.say(" src ");
    node("src", src, out)?;
    out.say(" blksize ").num("block_size", block_size).say(" rtr ");
    node("router", router, out)?;
    out.say(" hello ").num("hello", hello);
    write!(out, " data {data:o}").note("data", data);
    Ok(())
}

/// The node in an Ethernet address, of which it is the end.
fn ethernet_node(p: &mut Cursor) -> Dissect<u16> {
    p.pass(4);
    p.le16()
}

fn version_words(version: u8, eco: u8, user_eco: u8, out: &mut Out) {
    out.say("vers ")
        .num("version", version)
        .say(" eco ")
        .num("eco", eco)
        .say(" ueco ")
        .num("user_eco", user_eco);
}

fn info_bits(info: u8, flags: Flags, out: &mut Out) {
    out.note("info", info).aloud(|out| {
        out.name("", info & 3, TYPES, "").letters("", info, flags, "");
    });
}

/// A node: its area, and its number there.
fn node(key: &str, address: u16, out: &mut Out) -> Dissect {
    out.phrase(key, |out| {
        out.num("", address >> 10).say(".").num("", address & 0x3ff);
        Ok(())
    })
}

fn shorter(what: &str, have: usize, need: usize, out: &mut Out) -> Stop {
    out.aloud(|out| {
        out.say(" (").say(what).say(" ").num("", have).say(" < ").num("", need).say(")");
    });
    Stop::Invalid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn hellos() {
        let hex = "2000 0d 020001 aa0004000104 03 db05 00 0000000000000000 aa0004000204 0a00 00 02";
        check(
            &DECNET,
            hex,
            "",
            "endnode-hello endnode vers 2 eco 0 ueco 1 src 1.1 blksize 1499 rtr 1.2 hello 10 data 2",
        );
        check(
            &DECNET,
            "1200 0b 020000 aa0004000104 22 db05 40 00 0f00 00",
            "-v",
            "router-hello l1rout nomcast vers 2 eco 0 ueco 0 src 1.1 blksize 1499 pri 64 hello 15",
        );
        assert_eq!(
            values(&DECNET, hex),
            "{\"decnet\":{\"length\":32,\"flags\":13,\"info\":3,\"version\":2,\"eco\":0,\"user_eco\":1,\
             \"src\":\"1.1\",\"block_size\":1499,\"router\":\"1.2\",\"hello\":10,\"data\":2}}"
        );
    }

    #[test]
    fn other_messages_of_the_routing_layer() {
        check(
            &DECNET,
            "0c00 01 0104 0c db05 020000 0f00 00",
            "",
            "init reserved-ntype? verif blo src 1.1blksize 1499 vers 2 eco 0 ueco 0 hello 15",
        );
        check(&DECNET, "0600 03 0104 09 0000", "", "verification src 1.1 fcnval 11");
        check(&DECNET, "0600 05 0104 aa 0000", "", "test src 1.1 data 252");
        check(
            &DECNET,
            "1200 07 0104 00 0100 0500 0308 ffff 0000 0000 0000",
            "",
            "lev-1-routing src 1.1 {ids 5-6 cost 3 hops 2} ",
        );
        check(
            &DECNET,
            "0c00 09 0104 00 0100 0500 0308 0000",
            "",
            "lev-2-routing src 1.1 {areas 5-6 cost 3 hops 2} ",
        );
        check(
            &DECNET,
            "0600 0f 0000 0000 00",
            "",
            "unknown control message\n\t0x0000:  0f00 0000 0000                           ......",
        );
    }

    #[test]
    fn data() {
        let ack = "04 0100 0200 0180 0000";
        check(&DECNET, &format!("0f00 02 0104 0204 00 {ack}"), "", "1.2 > 1.1 15 data-ack 2>1 ack 1 ");
        check(
            &DECNET,
            &format!("1100 82 00 3a 0104 0204 02 {ack}"),
            "-v",
            "[pad:2] 1.2 > 1.1 17 RQR RTS IE 3 hops data-ack 2>1 ack 1 ",
        );
        check(
            &DECNET,
            &format!("1e00 06 0000 aa0004000104 0000 aa0004000204 00 05 00 00 {ack}"),
            "-v",
            "1.2 > 1.1 30 5 hops data-ack 2>1 ack 1 ",
        );
    }

    #[test]
    fn lies() {
        check(&DECNET, "0600 0200", "", " (length 4 < 6) (invalid)");
        check(&DECNET, "0500 02000000", "", " (pktlen 5 < 6) (invalid)");
        check(&DECNET, "0900 02000000", "", " (pktlen 9 > 6) (invalid)");
        check(&DECNET, "0600 85000000", "", " (length 6 < 7) (invalid)");
        check(&DECNET, "0600 06000000", "", " (length 6 < 21) (invalid)");
        check(&DECNET, "0600 0d000000", "", "endnode-hello  (invalid)");
        check(
            &DECNET,
            "0600 42000000",
            "",
            "future-version-decnet\n\t0x0000:  0600 4200 0000                           ..B...",
        );
        check(
            &DECNET,
            "0600 04000000",
            "",
            "unknown message flags under mask\n\t0x0000:  0600 0400 0000                           ......",
        );
    }
}
