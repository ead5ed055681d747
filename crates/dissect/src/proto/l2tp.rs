//! L2TP, the Layer Two Tunneling Protocol (RFC 2661; attribute 46: RFC 3145).
//!
//! ```text
//! |T|L|  |S|  |O|P|    | version | length (2, if L) | tunnel (2) | session (2) |
//! | Ns (2), Nr (2), if S | offset (2, if O) | padding .. | T: attributes .. or PPP ..
//! attribute:  |M|H|    | length (10 bits) | vendor (2) | type (2) | value .. |
//! ```

use crate::prelude::*;

mod attributes;

/// L2TP.
pub static L2TP: Protocol = Protocol { name: "l2tp", dissect };

/// What OSI calls PPP.
const PPP: u8 = 0xcf;
const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const FLAGS: Flags = &[
    (CONTROL as u32, "T"),
    (LENGTH as u32, "L"),
    (SEQUENCE as u32, "S"),
    (OFFSET as u32, "O"),
    (0x0100, "P"),
];
const L2F: u16 = 1;
const VERSION_2: u16 = 2;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let packet = p;
    let flags = p.be16()?;
    out.note("version", flags & 0x0f);
    match flags & 0x0f {
        VERSION_2 => _ = out.say(" l2tp:[").letters("flags", flags & 0xfff0, FLAGS, "").say("]"),
        L2F => {
            out.say(" l2f:");
            return Ok(());
        }
        _ => {
            out.say(" Unknown Version, neither L2F(1) nor L2TP(2)");
            return Ok(());
        }
    }
    let length = if flags & LENGTH != 0 { Some(p.be16()?) } else { None };
    header(flags, &mut p, out)?;
    let read = p.since(&packet);
    let p = match length.map(usize::from) {
        Some(length) => {
            out.note("length", length);
            if packet.claimed() < length {
                write!(out, " Length {length} larger than packet");
                return Err(Stop::Invalid);
            }
            if length < read {
                write!(out, " Length {length} smaller than header length");
                return Err(Stop::Invalid);
            }
            p.claiming(length - read)
        }
        None if packet.claimed() < read => {
            write!(out, " Length {} smaller than header length", packet.claimed());
            return Err(Stop::Invalid);
        }
        None => p,
    };
    if flags & CONTROL == 0 {
        out.say(" {");
        cx.next(Space::Nlpid(PPP), p, out)?;
        out.say("}");
        return Ok(());
    }
    if length.is_none() {
        out.say(" No length");
        return Err(Stop::Invalid);
    }
    if p.claimed() == 0 {
        out.say(" ZLB");
        return Ok(());
    }
    out.list("attributes", |out| attributes::say(p, out))
}

fn header(flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    let tunnel = p.be16()?;
    out.say("(").num("tunnel", tunnel).say("/");
    let session = p.be16()?;
    out.num("session", session).say(")");
    if flags & SEQUENCE != 0 {
        let ns = p.be16()?;
        out.say("Ns=").num("ns", ns).say(",");
        let nr = p.be16()?;
        out.say("Nr=").num("nr", nr);
    }
    if flags & OFFSET != 0 {
        let offset = p.be16()?;
        out.note("offset", offset);
        p.skip(offset.into())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn control() {
        check(&L2TP, "c802 000c 0001 0002 0003 0004", "", " l2tp:[TLS](1/2)Ns=3,Nr=4 ZLB");
        let hello = "c802 0014 0001 0000 0003 0004 8008 0000 0000 0006";
        let said = " l2tp:[TLS](1/0)Ns=3,Nr=4 *MSGTYPE(HELLO)";
        check(&L2TP, hello, "", said);
        check(&L2TP, hello, "-v", said);
        assert_eq!(
            values(&L2TP, hello),
            r#"{"l2tp":{"version":2,"flags":51200,"tunnel":1,"session":0,"ns":3,"nr":4,"length":20,"attributes":[{"mandatory":true,"hidden":false,"length":8,"vendor":0,"type":0,"value":6}]}}"#
        );
    }

    #[test]
    fn data() {
        check(
            &L2TP,
            "0002 0001 0002 c021 09 01 0008 00000007",
            "",
            " l2tp:[](1/2) {LCP, Echo-Request (0x09), id 1, length 10}",
        );
        check(
            &L2TP,
            "4302 0016 0001 0002 0002 6869 c021 09 01 0008 00000007",
            "",
            " l2tp:[LOP](1/2) {LCP, Echo-Request (0x09), id 1, length 10}",
        );
    }

    #[test]
    fn lies() {
        check(&L2TP, "0001 0000", "", " l2f:");
        check(&L2TP, "0003 0000", "", " Unknown Version, neither L2F(1) nor L2TP(2)");
        check(&L2TP, "c002 0009 0001 0002", "", " l2tp:[TL](1/2) Length 9 larger than packet (invalid)");
        check(
            &L2TP,
            "c002 0007 0001 0002",
            "",
            " l2tp:[TL](1/2) Length 7 smaller than header length (invalid)",
        );
        check(&L2TP, "8002 0001 0002", "", " l2tp:[T](1/2) No length (invalid)");
        check(&L2TP, "c002 000a 0001 0002 8005", "", " l2tp:[TL](1/2)  [AVP length 5 < 6] (invalid)");
        check(&L2TP, "c002 000a 0001 0002 8008", "", " l2tp:[TL](1/2)  (len > 2) (invalid)");
        check(&L2TP, "c802 000c 0001", "", " l2tp:[TLS](1/ [|l2tp]");
        check(&L2TP, "0202 0001 0002 0002 68", "", " l2tp:[O](1/2) [|l2tp]");
    }
}
