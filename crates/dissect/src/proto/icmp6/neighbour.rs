//! Neighbour discovery (RFC 4861) and its options: routes (RFC 4191), DNS (RFC 8106), nonces (RFC 3971), NAT64
//! prefixes (RFC 8781) and mobility (RFC 6275), which also advertises prefixes of its own.
//!
//! ```text
//! |  type, code, checksum  | flags or timers, addresses .. |  options: | type | length / 8 | value ..
//! ```

use super::{HEADER, say_id};
use crate::parts::dns_name;
use crate::prelude::*;

const SOURCE_LINK: u8 = 1;
const TARGET_LINK: u8 = 2;
const PREFIX: u8 = 3;
const REDIRECTED: u8 = 4;
const MTU: u8 = 5;
const INTERVAL: u8 = 7;
const HOME_AGENT: u8 = 8;
const NONCE: u8 = 14;
const ROUTE: u8 = 24;
const DNS_SERVERS: u8 = 25;
const DNS_DOMAINS: u8 = 31;
const NAT64_PREFIX: u8 = 38;
const OPTIONS: NameTable = &[
    (1, "source link-address"),
    (2, "destination link-address"),
    (3, "prefix info"),
    (4, "redirected header"),
    (5, "mtu"),
    (7, "advertisement interval"),
    (8, "homeagent information"),
    (14, "nonce"),
    (24, "route info"),
    (25, "rdnss"),
    (31, "dnssl"),
    (38, "pref64"),
];
/// What the lengths of options are counted in.
const UNIT: usize = 8;

const ROUTER_FLAGS: Flags =
    &[(0x80, "managed"), (0x40, "other stateful"), (0x20, "home agent"), (0x02, "ipv6 only")];
const NEIGHBOUR_FLAGS: Flags =
    &[(0x8000_0000, "router"), (0x4000_0000, "solicited"), (0x2000_0000, "override")];
const PREFIX_FLAGS: Flags = &[(0x80, "onlink"), (0x40, "auto"), (0x20, "router")];
const MOBILE_FLAGS: Flags = &[(0x8000, "M"), (0x4000, "O")];
/// How much a router is preferred, by two bits of its flags.
const PREFERENCES: NameTable = &[(0, "medium"), (1, "high"), (2, "rsv"), (3, "low")];
/// Lengths of NAT64 prefixes, by their code.
const NAT64_LENGTHS: NameTable = &[(0, "96"), (1, "64"), (2, "56"), (3, "48"), (4, "40"), (5, "32")];

/// Who routes here?
pub fn router_solicitation(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    options(cx, p.at(HEADER), out)
}

/// I do.
pub fn router_advertisement(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() == 0 {
        return Ok(());
    }
    let mut body = p.at(4);
    let ([hop_limit, flags], lifetime) = (body.array()?, body.be16()?);
    let (reachable, retransmit) = (body.be32()?, body.be32()?);
    out.say("\n\thop limit ").num("hop_limit", hop_limit);
    out.say(", Flags [").flags("flags", flags, ROUTER_FLAGS, "none").say("], pref ");
    out.name("preference", flags >> 3 & 3, PREFERENCES, "%u");
    out.say(", router lifetime ").num("lifetime_s", lifetime).say("s, reachable time ");
    out.num("reachable_ms", reachable).say("ms, retrans timer ").num("retransmit_ms", retransmit).say("ms");
    options(cx, body, out)
}

/// Who has this address?
pub fn solicitation(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut body = p.at(HEADER);
    let target = body.array()?;
    out.say(", who has ").ip6("target", target);
    options(cx, body, out)
}

/// I have it.
pub fn advertisement(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut body = p.at(HEADER);
    let target = body.array()?;
    out.say(", tgt is ").ip6("target", target);
    if cx.verbose() > 0 {
        let flags = p.at(4).be32()?;
        out.say(", Flags [").flags("flags", flags, NEIGHBOUR_FLAGS, "none").say("]");
    }
    options(cx, body, out)
}

/// There is a better way.
pub fn redirect(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    let dst = p.at(HEADER + 16).array()?;
    out.say(", ").ip6("dst", dst);
    let mut body = p.at(HEADER);
    let target = body.array()?;
    out.say(" to ").ip6("target", target);
    options(cx, body.at(16), out)
}

/// Prefixes for a mobile node that is away (RFC 6275 section 6.8).
pub fn prefix_advertisement(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() == 0 {
        return Ok(());
    }
    say_id(p, out)?;
    let flags = p.at(6).be16()?;
    out.say(if flags & 0xc000 != 0 { " " } else { "" }).letters("flags", flags, MOBILE_FLAGS, "");
    options(cx, p.at(HEADER), out)
}

fn options(cx: &Cx, options: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() == 0 {
        return Ok(());
    }
    let mut p = options;
    out.list("options", |out| {
        while !p.is_empty() {
            let [kind, units] = p.at(0).array()?;
            let length = usize::from(units) * UNIT;
            if length == 0 || length > p.captured() {
                return Err(Stop::Truncated);
            }
            if !out.item(|out| option(cx, options, p, kind, length, out))? {
                break;
            }
            p.skip(length)?;
        }
        Ok(())
    })
}

/// One option; `false` if nothing is said of those behind it.
fn option(cx: &Cx, all: Cursor, p: Cursor, kind: u8, length: usize, out: &mut Out) -> Dissect<bool> {
    out.say("\n\t  ").name("type", kind, OPTIONS, "unknown").note("length", length);
    write!(out, " option ({kind}), length {length} ({}): ", length / UNIT);
    let mut body = p;
    body.skip(2)?;
    let value = body.rest().get(..length - 2).unwrap_or_default();
    match kind {
        SOURCE_LINK | TARGET_LINK => drop(out.octets("address", value, b':')),
        PREFIX => prefix(body, length, out)?,
        REDIRECTED => drop(out.dump_hex("redirected", all.sub(length).rest(), "\n\t    ")),
        MTU => {
            let mtu = body.at(2).be32()?;
            out.say(" ").num("mtu", mtu).say(if length == UNIT { "" } else { "bad option length" });
        }
        INTERVAL => {
            let interval = body.at(2).be32()?;
            out.say(" ").num("interval_ms", interval).say("ms");
        }
        HOME_AGENT => {
            let mut agent = body.at(2);
            let (preference, lifetime) = (agent.be16()?, agent.be16()?);
            out.say(" preference ")
                .num("preference", preference)
                .say(", lifetime ")
                .num("lifetime_s", lifetime);
        }
        NONCE => drop(out.octets("nonce", value, b' ')),
        ROUTE => route(body, length, out)?,
        DNS_SERVERS => dns_servers(body, length, out)?,
        DNS_DOMAINS => dns_domains(all, body, length, out)?,
        NAT64_PREFIX => nat64_prefix(body, length, out)?,
        _ if cx.verbose() <= 1 => {
            out.dump_hex("data", value, "\n\t  ");
            return Ok(false);
        }
        _ => {}
    }
    if cx.verbose() > 1 {
        out.dump_hex("data", value, "\n\t    ");
    }
    Ok(true)
}

fn prefix(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let ([bits, flags], valid, preferred) = (p.array()?, p.be32()?, p.be32()?);
    let prefix = p.at(4).array()?;
    out.ip6("prefix", prefix).say("/").num("prefix_length", bits);
    out.say(if length == 4 * UNIT { "" } else { "badlen" });
    out.say(", Flags [").flags("flags", flags, PREFIX_FLAGS, "none");
    say_lifetime("], valid time ", "valid_s", valid, out);
    say_lifetime(", pref. time ", "preferred_s", preferred, out);
    Ok(())
}

fn say_lifetime(words: &str, key: &str, seconds: u32, out: &mut Out) {
    out.say(words);
    match seconds {
        u32::MAX => out.say("infinity").note(key, seconds),
        _ => out.num(key, seconds).say("s"),
    };
}

fn route(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let ([bits, flags], lifetime) = (p.array()?, p.be32()?);
    let bytes = match length / UNIT {
        1 => 0,
        2 => 8,
        3 => 16,
        _ => return Err(Stop::Truncated),
    };
    let prefix = p.padded(bytes)?;
    out.say(" ").ip6("prefix", prefix).say("/").num("prefix_length", bits);
    out.say(", pref=").name("preference", flags >> 3 & 3, PREFERENCES, "%u");
    say_lifetime(", lifetime=", "lifetime_s", lifetime, out);
    Ok(())
}

fn dns_servers(p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let mut p = p.at(2);
    let lifetime = p.be32()?;
    out.say(" lifetime ").num("lifetime_s", lifetime).say("s,");
    out.list("servers", |out| {
        for _ in 0..(length / UNIT - 1) / 2 {
            let server = p.array()?;
            out.say(" addr: ").ip6("", server);
        }
        Ok(())
    })
}

/// Domains to search; pointers in their names count from the first of all options.
fn dns_domains(all: Cursor, p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let mut p = p.at(2);
    let lifetime = p.be32()?;
    out.say(" lifetime ").num("lifetime_s", lifetime).say("s, domain(s):");
    let mut offset = p.since(&all);
    let end = offset + length - UNIT;
    out.list("domains", |out| {
        while offset < end && all.at(offset).peek()? != 0 {
            out.say(" ");
            offset = out.phrase("", |out| dns_name::say(out, all.rest(), 0, offset))?;
        }
        Ok(())
    })
}

fn nat64_prefix(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    out.say(if length == 2 * UNIT { "" } else { "bad option length! " });
    let scaled = p.be16()?;
    let prefix = p.padded(12)?;
    let code = scaled & 7;
    out.ip6("prefix", prefix).say("/").aloud(|out| {
        out.name("", code, NAT64_LENGTHS, "??");
    });
    out.say(" (plc ").num("prefix_length_code", code);
    out.say("), lifetime ").num("lifetime_s", scaled & !7).say("s");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ICMP6;
    use crate::testing::{check, hear, values};

    const ADDR: &str = "fe80000000000000 0000000000000009";

    /// What is said with `-v` of a router solicitation with options, behind its own words.
    #[track_caller]
    fn options(hex: &str, args: &str, expected: &str) {
        let bytes = crate::testing::bytes(&format!("8500 0000 00000000 {hex}"));
        let words = format!("ICMP6, router solicitation, length {}", bytes.len());
        check(&ICMP6, &format!("8500 0000 00000000 {hex}"), "", &words);
        let (said, _, _) = hear(
            &ICMP6,
            &bytes,
            bytes.len(),
            crate::Options { verbose: args.len() as u8, numeric: true, ..Default::default() },
            crate::Ear::Text,
        );
        let (_, said) = said.split_once(&words).unwrap();
        assert_eq!(said, expected);
        values(&ICMP6, &format!("8500 0000 00000000 {hex}"));
    }

    #[test]
    fn routers() {
        let hex = "8600 0000 40 e8 0708 00000001 00000002";
        check(&ICMP6, hex, "", "ICMP6, router advertisement, length 16");
        check(
            &ICMP6,
            hex,
            "-v",
            "[bad icmp6 cksum 0x0000 -> 0x31c2!] ICMP6, router advertisement, length 16\
             \n\thop limit 64, Flags [managed, other stateful, home agent], pref high, \
             router lifetime 1800s, reachable time 1ms, retrans timer 2ms",
        );
    }

    #[test]
    fn neighbours() {
        let solicitation = format!("8700 0000 00000000 {ADDR}");
        check(&ICMP6, &solicitation, "", "ICMP6, neighbor solicitation, who has fe80::9, length 24");
        let advertisement = format!("8800 7829 e0000000 {ADDR}");
        check(&ICMP6, &advertisement, "", "ICMP6, neighbor advertisement, tgt is fe80::9, length 24");
        check(
            &ICMP6,
            &format!("{advertisement} 0201 0200 0000 0009"),
            "-v",
            "[bad icmp6 cksum 0x7829 -> 0x9510!] ICMP6, neighbor advertisement, length 32, tgt is fe80::9, \
             Flags [router, solicited, override]\
             \n\t  destination link-address option (2), length 8 (1): 02:00:00:00:00:09",
        );
        let redirect = format!("8900 0000 00000000 {ADDR} {ADDR}");
        check(&ICMP6, &redirect, "", "ICMP6, redirect, fe80::9 to fe80::9, length 40");
    }

    #[test]
    fn prefixes_and_routes() {
        options(
            &format!("0304 40c0 ffffffff 00000e10 00000000 {ADDR}"),
            "v",
            "\n\t  prefix info option (3), length 32 (4): fe80::9/64, Flags [onlink, auto], \
             valid time infinity, pref. time 3600s",
        );
        options(
            "1802 4018 00000e10 fd00000000000000",
            "v",
            "\n\t  route info option (24), length 16 (2):  fd00::/64, pref=low, lifetime=3600s",
        );
        options(
            "2602 0709 0064ff9b0000000000000000",
            "v",
            "\n\t  pref64 option (38), length 16 (2): 64:ff9b::/64 (plc 1), lifetime 1800s",
        );
    }

    #[test]
    fn dns() {
        options(
            &format!("1903 0000 00000e10 {ADDR}"),
            "v",
            "\n\t  rdnss option (25), length 24 (3):  lifetime 3600s, addr: fe80::9",
        );
        options(
            "1f02 0000 00000e10 0361626300 000000",
            "v",
            "\n\t  dnssl option (31), length 16 (2):  lifetime 3600s, domain(s): abc.",
        );
    }

    #[test]
    fn other_options() {
        options(
            "0501 0000 000005dc",
            "vv",
            "\n\t  mtu option (5), length 8 (1):  1500\n\t    0x0000:  0000 0000 05dc",
        );
        options("0701 0000 00001388", "v", "\n\t  advertisement interval option (7), length 8 (1):  5000ms");
        options(
            "0801 0000 0001 000f",
            "v",
            "\n\t  homeagent information option (8), length 8 (1):  preference 1, lifetime 15",
        );
        options("0e01 010203040506", "v", "\n\t  nonce option (14), length 8 (1): 01 02 03 04 05 06");
        options(
            "fd01 010203040506 0501 0000 000005dc",
            "v",
            "\n\t  unknown option (253), length 8 (1): \n\t  0x0000:  0102 0304 0506",
        );
    }

    #[test]
    fn options_that_cannot_be() {
        options("0500 0000", "v", " [|icmp6]");
        options("0502 0000", "v", " [|icmp6]");
        options(
            "1804 4018 00000e10 fd00000000000000 0000000000000000 0000000000000000",
            "v",
            "\n\t  route info option (24), length 32 (4):  [|icmp6]",
        );
    }

    #[test]
    fn prefixes_from_home() {
        check(&ICMP6, "9300 0000 1234 c000", "", "ICMP6, mobile router advertisement, length 8");
        check(
            &ICMP6,
            "9300 9a81 1234 c000",
            "-v",
            "[bad icmp6 cksum 0x9a81 -> 0x9a88!] ICMP6, mobile router advertisement, length 8, id 0x1234 MO",
        );
    }
}
