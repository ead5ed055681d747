//! Router renumbering (RFC 2894).
//!
//! ```text
//! |  type, code, checksum  | sequence number | segment | flags | max delay (2) | reserved (4) |
//! command:  | op | length | ordinal | match length | min | max | reserved (2) | prefix (16) |  and then, often:
//!           | use length | keep length | flag mask | flags | valid, preferred lifetime | flags | prefix (16) |
//! ```

use crate::prelude::*;
use std::net::IpAddr;

const COMMAND: u8 = 0;
const CODES: NameTable = &[(0, "command"), (1, "result"), (255, "sequence number reset")];
const FLAGS: Flags = &[(0x80, "T"), (0x40, "R"), (0x20, "A"), (0x10, "S"), (0x08, "P")];
const OPERATIONS: NameTable = &[(1, "add"), (2, "change"), (3, "setglobal")];
const USE_FLAGS: Flags = &[(0x80, "V"), (0x40, "P")];

const HEADER: usize = 16;
/// Bytes of the part that says which prefixes are meant.
const MATCH: usize = 24;
/// Bytes of a part that says what becomes of them.
const USE: usize = 32;

/// A message, told apart by its code.
pub fn dissect(cx: &Cx, p: Cursor, code: u8, out: &mut Out) -> Dissect {
    if p.captured() < HEADER {
        return cx.soft_cut(out);
    }
    let mut body = p.at(4);
    let sequence = body.be32()?;
    out.aloud(|out| {
        out.say(", ").name("", code, CODES, "code-#%u");
    });
    out.say(", seq=").num("sequence", sequence);
    let ([segment, flags], delay, reserved) = (body.array()?, body.be16()?, body.be32()?);
    if cx.verbose() > 0 {
        out.say("[");
        if flags != 0 {
            out.letters("flags", flags, FLAGS, "none").say(",");
        }
        out.say("seg=").num("segment", segment).say(",maxdelay=").num("max_delay_ms", delay);
        if reserved != 0 {
            out.say("rsvd=0x").hex("reserved", reserved);
        }
        out.say("]");
    }
    if code == COMMAND { command(cx, body, out) } else { Ok(()) }
}

fn command(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.captured() < MATCH {
        return cx.soft_cut(out);
    }
    let [operation, length, ordinal, bits, min, max, _, _] = p.array()?;
    let prefix = p.array::<16>()?;
    begin(cx, out);
    out.nest("match", |out| {
        out.say("match(").name("operation", operation, OPERATIONS, "#%u");
        if cx.verbose() > 0 {
            out.say(",ord=").num("ordinal", ordinal).say(",min=").num("min_length", min);
            out.say(",max=").num("max_length", max);
        }
        out.say(",").ip_digits("prefix", IpAddr::from(prefix)).say("/").num("match_length", bits).say(")");
        Ok(())
    })?;
    // The length counts in units of 8 bytes, 3 for the match and 4 for each use.
    let Some(units) = length.checked_sub(3).filter(|units| units % 4 == 0) else { return cx.soft_cut(out) };
    let all = out.list("uses", |out| {
        for _ in 0..units / 4 {
            if p.captured() < USE {
                return Ok(false);
            }
            out.item(|out| one_use(cx, &mut p, out))?;
        }
        Ok(true)
    })?;
    if all { Ok(()) } else { cx.soft_cut(out) }
}

fn one_use(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let ([use_length, keep_length, mask, router_flags], valid, preferred) =
        (p.array()?, p.be32()?, p.be32()?);
    let ([flags, _, _, _], prefix) = (p.array()?, p.array::<16>()?);
    begin(cx, out);
    out.say("use(");
    if flags != 0 {
        out.letters("flags", flags, USE_FLAGS, "").say(",");
    }
    if cx.verbose() > 0 {
        out.say("mask=0x").hex("flag_mask", mask).say(",raflags=0x").hex("router_flags", router_flags);
        say_time(",vltime=", "valid_s", valid, out);
        say_time(",pltime=", "preferred_s", preferred, out);
        out.say(",");
    }
    out.ip_digits("prefix", IpAddr::from(prefix)).say("/").num("use_length", use_length);
    out.say("/").num("keep_length", keep_length).say(")");
    Ok(())
}

fn begin(cx: &Cx, out: &mut Out) {
    out.say(if cx.verbose() > 1 { "\n\t" } else { " " });
}

fn say_time(words: &str, key: &str, seconds: u32, out: &mut Out) {
    out.say(words);
    match seconds {
        u32::MAX => out.say("infty").note(key, seconds),
        _ => out.num(key, seconds),
    };
}

#[cfg(test)]
mod tests {
    use super::super::ICMP6;
    use crate::testing::check;

    const HEAD: &str = "00000007 01 90 0002 00000000";
    const PREFIX: &str = "fec00000000000000000000000000000";

    #[test]
    fn commands() {
        let hex = format!(
            "8a00 0000 {HEAD} 01 07 00 30 00 80 0000 {PREFIX} 30 10 00 c0 ffffffff 00000e10 80000000 {PREFIX}"
        );
        check(
            &ICMP6,
            &hex,
            "",
            "ICMP6, router renumbering, command, seq=7 match(add,fec0::/48) use(V,fec0::/48/16), length 72",
        );
        check(
            &ICMP6,
            &hex,
            "-vv",
            "[bad icmp6 cksum 0x0000 -> 0xb5ca!] ICMP6, router renumbering, command, seq=7[TS,seg=1,maxdelay=2]\
             \n\tmatch(add,ord=0,min=0,max=128,fec0::/48)\
             \n\tuse(V,mask=0x0,raflags=0xc0,vltime=infty,pltime=3600,fec0::/48/16)",
        );
        check(
            &ICMP6,
            &format!("8a00 0000 {HEAD} 01 05 00 30 00 80 0000 {PREFIX}"),
            "",
            "ICMP6, router renumbering, command, seq=7 match(add,fec0::/48) [|icmp6], length 40",
        );
    }

    #[test]
    fn other_codes() {
        check(
            &ICMP6,
            &format!("8a01 0000 {HEAD}"),
            "",
            "ICMP6, router renumbering, result, seq=7, length 16",
        );
        check(
            &ICMP6,
            &format!("8a09 0000 {HEAD}"),
            "",
            "ICMP6, router renumbering, code-#9, seq=7, length 16",
        );
        check(&ICMP6, "8a00 0000 00000007", "", "ICMP6, router renumbering [|icmp6], length 8");
    }
}
