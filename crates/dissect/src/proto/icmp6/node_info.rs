//! Node information queries (RFC 4620).
//!
//! ```text
//! |  type, code, checksum  | query type (2) | flags (2) | nonce (8) |
//! query:  | subject: an address or a name, as the code says
//! reply:  | names or addresses, each with its time to live
//! ```

use crate::prelude::*;

const NO_OPERATION: u16 = 0;
const NAME: u16 = 2;
const ADDRESSES: u16 = 3;
const IPV4_ADDRESSES: u16 = 4;
const TYPES: NameTable = &[(0, "noop"), (2, "node name"), (3, "node addresses"), (4, "ipv4 addresses")];

/// The codes of queries: what the subject is.
const SUBJECT_IPV6: u8 = 0;
const SUBJECT_NAME: u8 = 1;
const SUBJECT_IPV4: u8 = 2;
/// The codes of replies.
const SUCCESS: u8 = 0;
const REFUSED: u8 = 1;
const UNKNOWN: u8 = 2;

const TRUNCATED: u16 = 0x0001;
const TTL_VALID: u16 = 0x0001;
const ADDRESS_FLAGS: Flags = &[(0x01, "T"), (0x02, "A"), (0x04, "C"), (0x08, "L"), (0x10, "S"), (0x20, "G")];
const IPV4_FLAGS: Flags = &[(0x01, "T"), (0x02, "A")];

/// Bytes before the subject or the answer.
const HEADER: usize = 16;
/// Bytes of the query that came before this protocol.
const WHO_ARE_YOU: usize = 12;

/// What is asked.
pub fn query(cx: &Cx, p: Cursor, code: u8, out: &mut Out) -> Dissect {
    if p.captured() == WHO_ARE_YOU {
        out.say(" who-are-you request");
        return Ok(());
    }
    if p.captured() < HEADER {
        return cx.soft_cut(out);
    }
    let (kind, flags) = (p.at(4).be16()?, p.at(6).be16()?);
    let nonce = p.at(8).be64()?;
    out.say(" (").name("query_type", kind, TYPES, "unknown").note("nonce", nonce);
    if matches!(kind, ADDRESSES | IPV4_ADDRESSES) {
        say_flags(flags, if kind == ADDRESSES { ADDRESS_FLAGS } else { IPV4_FLAGS }, out);
        if flags & TRUNCATED != 0 {
            out.say(" [invalid flag Truncate present]");
        }
    }
    if kind == NO_OPERATION {
        let odd = p.captured() != HEADER && cx.verbose() > 0;
        out.say(if odd { ", invalid len)" } else { ")" });
        return Ok(());
    }
    subject(cx, p.at(HEADER), code, out)?;
    out.say(")");
    Ok(())
}

fn subject(cx: &Cx, mut p: Cursor, code: u8, out: &mut Out) -> Dissect {
    let length = match code {
        SUBJECT_IPV6 => 16,
        SUBJECT_IPV4 => 4,
        SUBJECT_NAME => return dns_name(p, out.say(", subject=DNS name"), "subject"),
        _ => {
            out.say(", unknown subject");
            return Ok(());
        }
    };
    if p.captured() > length && cx.verbose() > 0 {
        out.say(", invalid subject len");
    }
    if p.captured() == length {
        out.say(", subject=");
        match length {
            4 => out.ip4("subject", p.array()?),
            _ => out.ip6("subject", p.array()?),
        };
    }
    Ok(())
}

/// What is answered.
pub fn reply(cx: &Cx, p: Cursor, code: u8, out: &mut Out) -> Dissect {
    if p.claimed() > p.captured() || p.captured() < HEADER {
        return cx.soft_cut(out);
    }
    let comma = if code == SUCCESS && cx.verbose() > 0 { ", " } else { "" };
    out.say(" (").say(match code {
        SUCCESS if cx.verbose() > 0 => "success",
        REFUSED => "refused",
        UNKNOWN => "unknown",
        _ => "",
    });
    let odd = p.captured() != HEADER && cx.verbose() > 0;
    if code != SUCCESS {
        let odd = odd && matches!(code, REFUSED | UNKNOWN);
        out.say(if odd { ", invalid length)" } else { ")" });
        return Ok(());
    }
    let (kind, flags) = (p.at(4).be16()?, p.at(6).be16()?);
    let nonce = p.at(8).be64()?;
    out.say(comma).name("query_type", kind, TYPES, "unknown").note("nonce", nonce);
    let body = p.at(HEADER);
    match kind {
        NO_OPERATION if odd => drop(out.say(", invalid length")),
        NAME => {
            dns_name(body.at(4), out, "name")?;
            if flags & TTL_VALID != 0 {
                let ttl = p.at(HEADER).be32()?;
                out.say(" [TTL=").num("ttl", ttl).say("]");
            }
        }
        ADDRESSES => addresses(body, flags, out)?,
        IPV4_ADDRESSES => ipv4_addresses(body, flags, out)?,
        _ => {}
    }
    out.say(")");
    Ok(())
}

fn say_flags(flags: u16, letters: Flags, out: &mut Out) {
    out.note("flags", flags);
    if flags != 0 {
        out.say(" [").aloud(|out| {
            out.letters("", flags, letters, "none");
        });
        out.say("]");
    }
}

fn addresses(mut p: Cursor, flags: u16, out: &mut Out) -> Dissect {
    say_flags(flags, ADDRESS_FLAGS, out);
    out.list("addresses", |out| {
        while p.captured() >= 20 {
            let (ttl, addr) = (p.be32()?, p.array()?);
            out.item(|out| {
                out.say(" ").ip6("address", addr).say("(").num("ttl", ttl).say(")");
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn ipv4_addresses(mut p: Cursor, flags: u16, out: &mut Out) -> Dissect {
    say_flags(flags, ADDRESS_FLAGS, out);
    out.list("addresses", |out| {
        while !p.is_empty() {
            let (ttl, addr) = (p.be32()?, p.array()?);
            out.item(|out| {
                out.say(" ").ip4("address", addr).say("(").num("ttl", ttl).say(")");
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// A name that fills the rest: labels, and one zero at the end of a full name or two at that of a short one.
fn dns_name(mut p: Cursor, out: &mut Out, key: &str) -> Dissect {
    out.say(", \"");
    out.phrase(key, |out| {
        while let Ok(length) = p.u8() {
            if length == 0 {
                out.say(match p.rest() {
                    [] => ".",
                    [0] => "",
                    _ => "???",
                });
                break;
            }
            let Ok(label) = p.take(length.into()) else {
                out.say("???");
                break;
            };
            out.chars("", label);
            if matches!(p.rest(), [1..=u8::MAX, _, ..]) {
                out.say(".");
            }
        }
        Ok(())
    })?;
    out.say("\"");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ICMP6;
    use crate::testing::{check, values};

    const NONCE: &str = "0102030405060708";

    #[test]
    fn queries() {
        let words = "ICMP6, node information query";
        for (code, kind, subject, said) in [
            (
                "02",
                "0004 0003",
                "c0000201",
                " (ipv4 addresses [TA] [invalid flag Truncate present], subject=192.0.2.1), length 20",
            ),
            (
                "00",
                "0003 0020",
                "fe800000000000000000000000000001",
                " (node addresses [G], subject=fe80::1), length 32",
            ),
            (
                "01",
                "0002 0000",
                "03616263 03646566 00",
                " (node name, subject=DNS name, \"abc.def.\"), length 25",
            ),
            ("01", "0002 0000", "03616263 0000", " (node name, subject=DNS name, \"abc\"), length 22"),
            ("01", "0002 0000", "09616263 0000", " (node name, subject=DNS name, \"???\"), length 22"),
            ("09", "0009 0000", "", " (unknown, unknown subject), length 16"),
            ("00", "0000 0000", "", " (noop), length 16"),
        ] {
            check(&ICMP6, &format!("8b{code} 0000 {kind} {NONCE} {subject}"), "", &format!("{words}{said}"));
        }
        check(&ICMP6, "8b00 0000 0000 0000 01020304", "", &format!("{words} who-are-you request, length 12"));
        check(&ICMP6, "8b00 0000 0000", "", &format!("{words} [|icmp6], length 6"));
    }

    #[test]
    fn replies() {
        let words = "ICMP6, node information reply";
        for (code, kind, answer, said) in [
            ("00", "0004 0000", "00000005 c0000201", " (ipv4 addresses 192.0.2.1(5)), length 24"),
            ("00", "0002 0001", "00000005 0361626300", " (node name, \"abc.\" [TTL=5]), length 25"),
            ("01", "0002 0000", "", " (refused), length 16"),
            ("07", "0002 0000", "", " (), length 16"),
            ("00", "0000 0000", "", " (noop), length 16"),
        ] {
            check(&ICMP6, &format!("8c{code} 0000 {kind} {NONCE} {answer}"), "", &format!("{words}{said}"));
        }
        let v6 = format!("8c00 0000 0003 0002 {NONCE} 00000005 fe800000000000000000000000000001 00");
        check(&ICMP6, &v6, "", &format!("{words} (node addresses [A] fe80::1(5)), length 37"));
        assert!(values(&ICMP6, &v6).contains(r#""addresses":[{"address":"fe80::1","ttl":5}]"#));
        check(
            &ICMP6,
            &format!("8c01 6248 0002 0000 {NONCE} 00"),
            "-v",
            &format!("[bad icmp6 cksum 0x6248 -> 0x639d!] {words} (refused, invalid length)"),
        );
    }
}
