//! RPL, routing for low-power and lossy networks (RFC 6550 section 6).
//!
//! ```text
//! |  type, code, checksum  |
//! DIO:      | instance | version | rank (2) | G, MOP, preference | DTSN | flags | reserved | DODAG id (16)
//! DAO:      | instance | K, D | reserved | sequence |  with D: | DODAG id (16)
//! DAO ACK:  | instance | D | sequence | status |      with D: | DODAG id (16)
//! then options:  | type | length | value ..            (a single zero pads one byte)
//! ```

use crate::prelude::*;

const SOLICITATION: u8 = 0;
const INFORMATION: u8 = 1;
const ADVERTISEMENT: u8 = 2;
const ACKNOWLEDGEMENT: u8 = 3;
/// The bit of the code that a secured message has.
const SECURED: u8 = 0x80;

/// Bytes of an information object without options.
const DIO: usize = 24;
/// Bytes of an advertisement, or its acknowledgement, without options and identifier.
const DAO: usize = 4;
const DODAG_ID: usize = 16;

const MODES: NameTable =
    &[(0, "nonstoring"), (1, "storing"), (2, "nonstoring-multicast"), (3, "storing-multicast")];
const OPTIONS: NameTable = &[
    (1, "padN"),
    (2, "metrics"),
    (3, "routinginfo"),
    (4, "config"),
    (5, "rpltarget"),
    (6, "transitinfo"),
    (8, "destprefix"),
    (9, "rpltargetdesc"),
];

/// A message, told apart by its code.
pub fn dissect(cx: &Cx, p: Cursor, code: u8, out: &mut Out) -> Dissect {
    if code & SECURED != 0 {
        out.say(", (SEC) [worktodo]");
        return Ok(());
    }
    out.say(", (CLR)");
    let (words, body): (_, fn(&Cx, Cursor, &mut Out) -> Dissect) = match code {
        SOLICITATION => ("DODAG Information Solicitation", |_, _, _| Ok(())),
        INFORMATION => ("DODAG Information Object", information),
        ADVERTISEMENT => ("Destination Advertisement Object", advertisement),
        ACKNOWLEDGEMENT => ("Destination Advertisement Object Ack", acknowledgement),
        _ => {
            write!(out, "RPL message, unknown code {code}");
            return Ok(());
        }
    };
    out.say(words);
    if cx.verbose() == 0 {
        return Ok(());
    }
    if p.claimed() < 4 {
        return Err(Stop::Truncated);
    }
    body(cx, p.at(4), out)
}

fn information(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < DIO {
        return Err(out.lie("length", p.claimed(), "<", DIO));
    }
    let ([instance, version], rank, [mode, sequence, _, _]) = (p.array()?, p.be16()?, p.array()?);
    let id = p.array()?;
    let grounded = mode & 0x80 != 0;
    out.say(" [dagid:").ip6("dodag_id", id).say(",seq:").num("sequence", sequence).note("version", version);
    out.say(",instance:").num("instance", instance).say(",rank:").num("rank", rank).say(",");
    out.say(if grounded { "grounded," } else { "" }).note_that("grounded", grounded);
    out.say("mop:").name("mode", mode >> 3 & 7, MODES, "mop%u").say(",prf:").num("preference", mode & 7);
    out.say("]");
    options(cx, p, out)
}

fn advertisement(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < DAO {
        return Err(out.lie("length", p.claimed(), "<", DAO));
    }
    let flags = p.at(1).u8()?;
    let acknowledge = flags & 0x80 != 0;
    let identified = flags & 0x40 != 0;
    let head = p;
    let id = dodag_id(&mut p, identified, out)?;
    let [instance, _, _, sequence] = head.at(0).array()?;
    say_dodag_id(id, out);
    out.say(",seq:").num("sequence", sequence).say(",instance:").num("instance", instance);
    out.say(if acknowledge { ",acK" } else { "" }).say(if identified { ",Dagid" } else { "" });
    out.say(",flags:").hex0("flags", flags, 2).say("]");
    options(cx, p, out)
}

fn acknowledgement(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < DAO {
        return Err(out.lie("length", p.claimed(), "<", DAO));
    }
    let identified = p.at(1).u8()? & 0x80 != 0;
    let head = p;
    let id = dodag_id(&mut p, identified, out)?;
    let [instance, _, sequence, status] = head.at(0).array()?;
    say_dodag_id(id, out);
    out.say(",seq:").num("sequence", sequence).say(",instance:").num("instance", instance);
    out.say(",status:").num("status", status).say("]");
    options(cx, p, out)
}

/// Steps over the fixed part, and reads the identifier behind it if there is one.
fn dodag_id(p: &mut Cursor, identified: bool, out: &mut Out) -> Dissect<Option<[u8; 16]>> {
    let left = p.claimed() - DAO;
    if identified && left < DODAG_ID {
        return Err(out.lie("length", left, "<", DODAG_ID));
    }
    p.skip(DAO)?;
    if identified { p.array().map(Some) } else { Ok(None) }
}

fn say_dodag_id(id: Option<[u8; 16]>, out: &mut Out) {
    out.say(" [dagid:");
    match id {
        Some(id) => out.ip6("dodag_id", id),
        None => out.say("<elided>"),
    };
}

fn options(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() <= 1 {
        return Ok(());
    }
    out.list("options", |out| {
        while p.claimed() > 0 {
            let kind = p.u8()?;
            out.item(|out| option(cx, &mut p, kind, out))?;
        }
        Ok(())
    })
}

fn option(cx: &Cx, p: &mut Cursor, kind: u8, out: &mut Out) -> Dissect {
    if kind == 0 {
        out.note("type", kind).say(" opt:pad1");
        return Ok(());
    }
    let length = p.u8()?;
    out.say(" opt:").name("type", kind, OPTIONS, "subopt:%u");
    out.say(" len:").num("length", u16::from(length) + 2).say(" ");
    let value = p.take(length.into())?;
    if cx.verbose() > 2 {
        out.dump_hex("value", value, " ");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ICMP6;
    use crate::testing::check;

    const ID: &str = "fd000000000000000000000000000001";

    #[test]
    fn information_objects() {
        let hex = format!("9b01 54a9 2a 01 0100 88 f0 0000 {ID} 00 08 01 ff");
        check(&ICMP6, &hex, "", "ICMP6, RPL, (CLR)DODAG Information Object, length 32");
        let words = "[bad icmp6 cksum 0x54a9 -> 0xb1a9!] ICMP6, RPL, (CLR)DODAG Information Object \
                     [dagid:fd00::1,seq:240,instance:42,rank:256,grounded,mop:storing,prf:0]";
        check(&ICMP6, &hex, "-v", words);
        check(&ICMP6, &hex, "-vv", &format!("{words} opt:pad1 opt:destprefix len:3 "));
        check(&ICMP6, &hex, "-vvv", &format!("{words} opt:pad1 opt:destprefix len:3  0x0000:  ff"));
        check(
            &ICMP6,
            "9b01 e3ae 2a01",
            "-v",
            "[bad icmp6 cksum 0xe3ae -> 0x3abd!] ICMP6, RPL, (CLR)DODAG Information Object [length 2 < 24] (invalid)",
        );
    }

    #[test]
    fn advertisements() {
        check(
            &ICMP6,
            &format!("9b02 0000 2a c0 00 05 {ID} 01 09"),
            "-vv",
            "[bad icmp6 cksum 0x0000 -> 0x3bd9!] ICMP6, RPL, (CLR)Destination Advertisement Object \
             [dagid:fd00::1,seq:5,instance:42,acK,Dagid,flags:c0] opt:padN len:11  [|icmp6]",
        );
        check(
            &ICMP6,
            "9b02 0000 2a 40 00 05",
            "-v",
            "[bad icmp6 cksum 0x0000 -> 0x3a76!] ICMP6, RPL, (CLR)Destination Advertisement Object \
             [length 0 < 16] (invalid)",
        );
        check(
            &ICMP6,
            "9b03 0000 2a 00 05 00",
            "-v",
            "[bad icmp6 cksum 0x0000 -> 0x35ba!] ICMP6, RPL, (CLR)Destination Advertisement Object Ack \
             [dagid:<elided>,seq:5,instance:42,status:0]",
        );
    }

    #[test]
    fn others() {
        check(&ICMP6, "9b00 0000", "", "ICMP6, RPL, (CLR)DODAG Information Solicitation, length 4");
        check(&ICMP6, "9b81 0000", "", "ICMP6, RPL, (SEC) [worktodo], length 4");
        check(&ICMP6, "9b0a 0000", "", "ICMP6, RPL, (CLR)RPL message, unknown code 10, length 4");
    }
}
