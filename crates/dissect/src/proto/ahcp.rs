//! AHCP, the Ad-Hoc Configuration Protocol, version 1 (draft-chroboczek-ahcp-00).
//!
//! ```text
//! | 43 | version | hop count | original hop count | nonce (4) | source (8) | destination (8) |
//! | type | 0 | length (2) | option ..          option:  | type | length | value .. |
//! ```

use crate::prelude::*;

/// AHCP.
pub static AHCP: Protocol = Protocol { name: "ahcp", dissect };

const MAGIC: u8 = 43;
/// Bytes of the header behind magic number and version.
const HEADER: usize = 22;
const TYPES: NameTable =
    &[(0, "Discover"), (1, "Offer"), (2, "Request"), (3, "Ack"), (4, "Nack"), (5, "Release")];
const PAD: u8 = 0;
const MANDATORY: u8 = 1;
const OPTIONS: NameTable = &[
    (0, "Pad"),
    (1, "Mandatory"),
    (2, "Origin Time"),
    (3, "Expires"),
    (4, "My-IPv6-Address"),
    (5, "My-IPv4-Address"),
    (6, "IPv6 Prefix"),
    (7, "IPv4 Prefix"),
    (8, "IPv6 Address"),
    (9, "IPv4 Address"),
    (10, "IPv6 Prefix Delegation"),
    (11, "IPv4 Prefix Delegation"),
    (12, "Name Server"),
    (13, "NTP Server"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("AHCP");
    whole(cx, &mut p, out, |cx, p, out| {
        if p.claimed() < 2 || p.u8()? != MAGIC {
            return Err(Stop::Invalid);
        }
        let version = p.u8()?;
        out.say(" Version ").num("version", version);
        if version != 1 {
            out.say(" (unknown)");
            return p.need(p.claimed());
        }
        if p.claimed() < HEADER {
            return Err(Stop::Invalid);
        }
        if cx.verbose() == 0 {
            p.skip(HEADER)?
        } else {
            header(p, out)?
        }
        whole(cx, p, out, body)
    })
}

/// A part whose lie is settled at once, after which the rest that is claimed must have been captured.
fn whole(
    cx: &mut Cx,
    p: &mut Cursor,
    out: &mut Out,
    part: impl FnOnce(&mut Cx, &mut Cursor, &mut Out) -> Dissect,
) -> Dissect {
    let held = cx.attempt(out, |cx, out| part(cx, p, out))?;
    if held { Ok(()) } else { p.need(p.claimed()) }
}

fn header(p: &mut Cursor, out: &mut Out) -> Dissect {
    let hops = p.u8()?;
    out.say("\n\tHopcount ").num("hops", hops);
    let original = p.u8()?;
    out.say(", Original Hopcount ").num("original_hops", original);
    let nonce = p.be32()?;
    out.say(", Nonce 0x").hex0("nonce", nonce, 8);
    let source = p.take(8)?;
    out.say(", Source Id ").octets("source", source, b':');
    let destination = p.take(8)?;
    out.say(", Destination Id ").octets("destination", destination, b':');
    Ok(())
}

fn body(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 4 {
        return Err(Stop::Invalid);
    }
    let ([kind, zero], length) = (p.array()?, p.be16()?);
    if cx.verbose() > 0 {
        out.say("\n\t").name("type", kind, TYPES, "Unknown-%u");
        if zero != 0 {
            out.say(", MBZ ").num("zero", zero);
        }
        out.say(", Length ").num("length", length);
    }
    if usize::from(length) > p.claimed() {
        return Err(Stop::Invalid);
    }
    let mut options = p.claiming(length.into());
    if cx.verbose() < 2 {
        return p.need(length.into());
    }
    out.nest("body", |out| {
        whole(cx, &mut options, out, |cx, p, out| {
            out.list("options", |out| {
                while p.claimed() > 0 {
                    out.item(|out| option(cx, p, out))?;
                }
                Ok(())
            })
        })
    })
}

fn option(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let kind = p.u8()?;
    out.say("\n\t ").name("option", kind, OPTIONS, "Unknown-%u");
    if matches!(kind, PAD | MANDATORY) {
        return Ok(());
    }
    if p.claimed() == 0 {
        return Err(Stop::Invalid);
    }
    let length = p.u8()?;
    if usize::from(length) > p.claimed() {
        return Err(Stop::Invalid);
    }
    let mut value = p.claiming(length.into());
    whole(cx, &mut value, out, |_, value, out| option_value(kind, value, out))?;
    p.pass(length.into());
    Ok(())
}

fn option_value(kind: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    match kind {
        2 | 3 => {
            if p.claimed() != 4 {
                return Err(Stop::Invalid);
            }
            let seconds = p.be32()?;
            out.say(": ");
            if kind == 2 {
                out.note("time", seconds).aloud(|out| date(seconds, out));
            } else {
                out.num("seconds", seconds).say("s");
            }
            Ok(())
        }
        4 | 8 | 12 | 13 => addresses(16, false, p, out),
        5 | 9 => addresses(4, false, p, out),
        6 | 10 => addresses(16, true, p, out),
        11 => addresses(4, true, p, out),
        _ => {
            out.say(" (Length ").num("length", p.claimed()).say(")");
            p.need(p.claimed())
        }
    }
}

/// Addresses of so many bytes, or prefixes with their lengths behind them.
fn addresses(bytes: usize, prefixes: bool, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut between = ": ";
    out.list("addresses", |out| {
        while p.claimed() > 0 {
            if p.claimed() < bytes + usize::from(prefixes) {
                return Err(Stop::Invalid);
            }
            let address = match bytes {
                4 => p.array::<4>().map(Addr::from),
                _ => p.array::<16>().map(Addr::from),
            }?;
            if prefixes {
                let length = p.u8()?;
                out.phrase("", |out| {
                    out.say(between).ip("", address).say("/").num("", length);
                    Ok(())
                })?;
            } else {
                out.say(between).ip("", address);
            }
            between = ", ";
        }
        Ok(())
    })
}

/// Says a time since 1970 as a date (the algorithm of days is Howard Hinnant's `civil_from_days`).
fn date(seconds: u32, out: &mut Out) {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u32::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEAD: &str = "2b 01 01 02 00000007 0102030405060708 ffffffffffffffff";
    const SAID: &str = "AHCP Version 1\n\tHopcount 1, Original Hopcount 2, Nonce 0x00000007, \
                        Source Id 01:02:03:04:05:06:07:08, Destination Id ff:ff:ff:ff:ff:ff:ff:ff";

    #[test]
    fn offers() {
        let hex =
            format!("{HEAD} 01 00 001a 02 04 527f3cee 03 04 000001a2 01 09 04 0a000001 0b 05 0a00000008");
        check(&AHCP, &hex, "", "AHCP Version 1");
        check(&AHCP, &hex, "-v", &format!("{SAID}\n\tOffer, Length 26"));
        check(
            &AHCP,
            &hex,
            "-vv",
            &format!(
                "{SAID}\n\tOffer, Length 26\n\t Origin Time: 2013-11-10 07:59:42 UTC\n\t Expires: 418s\
                 \n\t Mandatory\n\t IPv4 Address: 10.0.0.1\n\t IPv4 Prefix Delegation: 10.0.0.0/8"
            ),
        );
    }

    #[test]
    fn lies() {
        check(&AHCP, "2c 01", "", "AHCP (invalid)");
        check(&AHCP, "2b 02", "", "AHCP Version 2 (unknown)");
        check(&AHCP, "2b 01 00", "", "AHCP Version 1 (invalid)");
        check(
            &AHCP,
            &format!("{HEAD} 09 01 0005"),
            "-v",
            &format!("{SAID}\n\tUnknown-9, MBZ 1, Length 5 (invalid)"),
        );
        check(
            &AHCP,
            &format!("{HEAD} 00 00 0008 03 01 00 63 02 0102 02"),
            "-vv",
            &format!(
                "{SAID}\n\tDiscover, Length 8\n\t Expires (invalid)\n\t Unknown-99 (Length 2)\n\t Origin Time (invalid)"
            ),
        );
    }

    #[test]
    fn dates() {
        let says = |seconds: u32| {
            let mut buf = Vec::new();
            date(seconds, &mut Out::new(crate::out::Ear::Text, &mut buf, None));
            String::from_utf8(buf).unwrap()
        };
        assert_eq!(says(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(says(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(says(u32::MAX), "2106-02-07 06:28:15 UTC");
    }

    #[test]
    fn values_of_an_offer() {
        assert_eq!(
            values(&AHCP, &format!("{HEAD} 01 00 0006 03 04 000001a2")),
            "{\"ahcp\":{\"version\":1,\"hops\":1,\"original_hops\":2,\"nonce\":7,\"source\":\"01:02:03:04:05:06:07:08\",\
             \"destination\":\"ff:ff:ff:ff:ff:ff:ff:ff\",\"type\":1,\"length\":6,\
             \"body\":{\"options\":[{\"option\":3,\"seconds\":418}]}}}"
        );
    }
}
