//! DHCPv6 (RFC 8415; lease queries: RFC 5007; zero touch: RFC 8572).
//!
//! ```text
//! message:  | type | transaction (3) | options ..
//! relayed:  | type | hops | link address (16) | peer address (16) | options ..
//! option:   | code (2) | length (2) | value ..
//! ```
//! Some options hold options, and a relayed message is an option of the message that relays it.

use crate::parts::dns_name;
use crate::prelude::*;

/// DHCPv6.
pub static DHCP6: Protocol = Protocol { name: "dhcp6", dissect };

const RELAY_FORWARD: u8 = 12;
const RELAY_REPLY: u8 = 13;
const MESSAGES: NameTable = &[
    (1, "solicit"),
    (2, "advertise"),
    (3, "request"),
    (4, "confirm"),
    (5, "renew"),
    (6, "rebind"),
    (7, "reply"),
    (8, "release"),
    (9, "decline"),
    (10, "reconfigure"),
    (11, "inf-req"),
    (12, "relay-fwd"),
    (13, "relay-reply"),
    (14, "leasequery"),
    (15, "leasequery-reply"),
];

const CLIENT_ID: u16 = 1;
const SERVER_ID: u16 = 2;
const IA_NA: u16 = 3;
const IA_TA: u16 = 4;
const IA_ADDR: u16 = 5;
const OPTION_REQUEST: u16 = 6;
const PREFERENCE: u16 = 7;
const ELAPSED_TIME: u16 = 8;
const RELAY_MESSAGE: u16 = 9;
const AUTHENTICATION: u16 = 11;
const STATUS_CODE: u16 = 13;
const USER_CLASS: u16 = 15;
const VENDOR_CLASS: u16 = 16;
const VENDOR_OPTIONS: u16 = 17;
const INTERFACE_ID: u16 = 18;
const RECONFIGURE_MESSAGE: u16 = 19;
const SIP_DOMAINS: u16 = 21;
const SIP_ADDRESSES: u16 = 22;
const DNS_SERVERS: u16 = 23;
const DOMAIN_LIST: u16 = 24;
const IA_PD: u16 = 25;
const IA_PREFIX: u16 = 26;
const NIS_SERVERS: u16 = 27;
const NISP_SERVERS: u16 = 28;
const SNTP_SERVERS: u16 = 31;
const LIFETIME: u16 = 32;
const BCMCS_ADDRESSES: u16 = 34;
const REMOTE_ID: u16 = 37;
const SUBSCRIBER_ID: u16 = 38;
const PANA_AGENT: u16 = 40;
const POSIX_TIMEZONE: u16 = 41;
const TZDB_TIMEZONE: u16 = 42;
const ECHO_REQUEST: u16 = 43;
const LEASE_QUERY: u16 = 44;
const CLIENT_DATA: u16 = 45;
const CLIENT_TIME: u16 = 46;
const RELAY_DATA: u16 = 47;
const CLIENT_LINK: u16 = 48;
const NTP_SERVER: u16 = 56;
const BOOTFILE_URL: u16 = 59;
const AFTR_NAME: u16 = 64;
const MUD_URL: u16 = 112;
const SZTP_REDIRECT: u16 = 136;
const OPTIONS: NameTable = &[
    (1, "client-ID"),
    (2, "server-ID"),
    (3, "IA_NA"),
    (4, "IA_TA"),
    (5, "IA_ADDR"),
    (6, "option-request"),
    (7, "preference"),
    (8, "elapsed-time"),
    (9, "relay-message"),
    (11, "authentication"),
    (12, "server-unicast"),
    (13, "status-code"),
    (14, "rapid-commit"),
    (15, "user-class"),
    (16, "vendor-class"),
    (17, "vendor-specific-info"),
    (18, "interface-ID"),
    (19, "reconfigure-message"),
    (20, "reconfigure-accept"),
    (21, "SIP-servers-domain"),
    (22, "SIP-servers-address"),
    (23, "DNS-server"),
    (24, "DNS-search-list"),
    (25, "IA_PD"),
    (26, "IA_PD-prefix"),
    (27, "NIS-server"),
    (28, "NIS+-server"),
    (29, "NIS-domain-name"),
    (30, "NIS+-domain-name"),
    (31, "SNTP-servers"),
    (32, "lifetime"),
    (33, "BCMCS-domain-name"),
    (34, "BCMCS-server"),
    (36, "Geoconf-Civic"),
    (37, "Remote-ID"),
    (38, "Subscriber-ID"),
    (39, "Client-FQDN"),
    (40, "PANA-agent"),
    (41, "POSIX-timezone"),
    (42, "POSIX-tz-database"),
    (43, "Echo-request-option"),
    (44, "Lease-query"),
    (45, "LQ-client-data"),
    (46, "Clt-time"),
    (47, "LQ-relay-data"),
    (48, "LQ-client-link"),
    (56, "NTP-server"),
    (59, "Bootfile-URL"),
    (64, "AFTR-Name"),
    (112, "MUD-URL"),
    (136, "SZTP-redirect"),
];
const UNKNOWN_OPTION: &str = "opt_%u";

const STATUSES: NameTable = &[
    (0, "Success"),
    (1, "UnspecFail"),
    (2, "NoAddrsAvail"),
    (3, "NoBinding"),
    (4, "NotOnLink"),
    (5, "UseMulticast"),
    (6, "NoPrefixAvail"),
    (7, "UnknownQueryType"),
    (8, "MalformedQuery"),
    (9, "NotConfigured"),
    (10, "NotAllowed"),
];

const DELAYED: u8 = 2;
const RECONFIGURE: u8 = 3;
const AUTH_PROTOCOLS: NameTable = &[(2, "delayed"), (3, "reconfigure")];

/// Of bytes whose meaning is unknown, so many are said to those who do not ask for more.
const FEW: usize = 10;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("dhcp6");
    let end = p.claimed();
    let message = p;
    let Ok([kind, a, b, c]) = p.array() else { return cx.soft_cut(out) };
    out.say(" ").name("type", kind, MESSAGES, "msgtype-%u");
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.say(" (");
    if matches!(kind, RELAY_FORWARD | RELAY_REPLY) {
        p = message.at(1);
        let (hops, link, peer) = (p.u8()?, p.array()?, p.array());
        out.note("hops", hops).say("linkaddr=").ip6("link", link);
        let peer = peer?;
        out.say(" peeraddr=").ip6("peer", peer);
    } else {
        out.say("xid=").hex("transaction", u32::from_be_bytes([0, a, b, c]));
    }
    let read = p.since(&message);
    options(cx, p.sub(end.saturating_sub(read)), out)?;
    out.say(")");
    Ok(())
}

/// What an option leads to.
enum End {
    /// The next option.
    Said,
    /// The end of what this option is one of: it contradicts itself.
    Cut,
}

/// Options up to the end of `p`, which may hold options.
fn options(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut end = End::Said;
    out.list("options", |out| {
        while matches!(end, End::Said) && !p.is_empty() {
            end = match take_option(&mut p) {
                Some(taken) => cx.deeper(|cx| out.item(|out| option(cx, taken, out)))?,
                None => End::Cut,
            };
        }
        Ok(())
    })?;
    match end {
        End::Said => Ok(()),
        End::Cut => cx.soft_cut(out),
    }
}

/// An option as it lies in the packet.
struct Taken<'p> {
    code: u16,
    value: Cursor<'p>,
    /// The value, and what follows it.
    after: &'p [u8],
}

fn take_option<'p>(p: &mut Cursor<'p>) -> Option<Taken<'p>> {
    let (code, length) = (p.be16().ok()?, p.be16().ok()?);
    let after = p.rest();
    let value = p.take(length.into()).ok()?;
    Some(Taken { code, value: Cursor::new(value, value.len()), after })
}

fn option(cx: &mut Cx, taken: Taken, out: &mut Out) -> Dissect<End> {
    let Taken { code, value: mut p, after } = taken;
    out.say(" (").name("code", code, OPTIONS, UNKNOWN_OPTION);
    let length = p.captured();
    if !fits(code, length) {
        out.note_that("invalid", true).say(" ?)");
        return Ok(End::Said);
    }
    match code {
        CLIENT_ID | SERVER_ID => duid(p, out)?,
        IA_NA | IA_PD => {
            let (id, t1, t2) = (p.be32()?, p.be32()?, p.be32()?);
            out.say(" IAID:").num("iaid", id).say(" T1:").num("t1", t1).say(" T2:").num("t2", t2);
            options(cx, p, out)?;
        }
        IA_TA => {
            let id = p.be32()?;
            out.say(" IAID:").num("iaid", id);
            options(cx, p, out)?;
        }
        IA_ADDR | IA_PREFIX => {
            address(code, &mut p, out)?;
            options(cx, p, out)?;
        }
        RELAY_MESSAGE => {
            cx.hand_to(&DHCP6, p, out.say(" ("))?;
        }
        LEASE_QUERY => {
            let (kind, link) = (p.u8()?, p.array()?);
            out.say(" ").name("query", kind, &[(1, "by-address"), (2, "by-clientID")], "type_%u");
            out.say(" ").ip6("link", link);
            options(cx, p, out)?;
        }
        CLIENT_DATA => options(cx, p, out)?,
        SIP_DOMAINS | DOMAIN_LIST | NTP_SERVER => {
            let end = if code == NTP_SERVER { ntp(p, after, out)? } else { names(p, after, out)? };
            if let End::Cut = end {
                return Ok(End::Cut);
            }
        }
        VENDOR_CLASS | VENDOR_OPTIONS => vendor(cx, code, p, out)?,
        AUTHENTICATION => authentication(p, out)?,
        _ => value(cx, code, p, out)?,
    }
    out.say(")");
    Ok(End::Said)
}

/// Whether an option may have a value of `n` bytes.
fn fits(code: u16, n: usize) -> bool {
    match code {
        PREFERENCE | RECONFIGURE_MESSAGE => n == 1,
        CLIENT_ID | SERVER_ID | STATUS_CODE => n >= 2,
        ELAPSED_TIME => n == 2,
        OPTION_REQUEST | ECHO_REQUEST => n.is_multiple_of(2),
        AFTR_NAME => n >= 3,
        LIFETIME | CLIENT_TIME => n == 4,
        IA_TA | REMOTE_ID | NTP_SERVER | VENDOR_CLASS | VENDOR_OPTIONS => n >= 4,
        POSIX_TIMEZONE | TZDB_TIMEZONE | MUD_URL => n >= 5,
        AUTHENTICATION => n >= 11,
        IA_NA | IA_PD => n >= 12,
        RELAY_DATA => n >= 16,
        LEASE_QUERY => n >= 17,
        IA_ADDR => n >= 24,
        IA_PREFIX => n >= 25,
        SIP_ADDRESSES | DNS_SERVERS | SNTP_SERVERS | NIS_SERVERS | NISP_SERVERS | BCMCS_ADDRESSES
        | PANA_AGENT | CLIENT_LINK => n.is_multiple_of(16),
        _ => true,
    }
}

/// Options that are one value, or a list of values.
fn value(cx: &Cx, code: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    match code {
        OPTION_REQUEST | ECHO_REQUEST => out.list("requested", |out| {
            while !p.is_empty() {
                let code = p.be16()?;
                out.say(" ").name("", code, OPTIONS, UNKNOWN_OPTION);
            }
            Ok(())
        })?,
        PREFERENCE => {
            let preference = p.u8()?;
            out.say(" ").num("preference", preference);
        }
        ELAPSED_TIME => {
            let elapsed = p.be16()?;
            out.say(" ").num("elapsed_cs", elapsed);
        }
        LIFETIME | CLIENT_TIME => {
            let seconds = p.be32()?;
            out.say(" ").num("seconds", seconds);
        }
        STATUS_CODE => {
            let status = p.be16()?;
            let otherwise = if status > 255 { "INVALID code" } else { "code%u" };
            out.say(" ").name("status", status, STATUSES, otherwise);
            out.aside(|out| _ = out.chars("message", p.rest()));
        }
        RECONFIGURE_MESSAGE => {
            let kind = p.u8()?;
            out.say(" for ").name("message_type", kind, &[(5, "renew"), (11, "inf-req")], "???(%02x)");
        }
        SIP_ADDRESSES | DNS_SERVERS | SNTP_SERVERS | NIS_SERVERS | NISP_SERVERS | BCMCS_ADDRESSES
        | PANA_AGENT | CLIENT_LINK => out.list("addresses", |out| {
            while !p.is_empty() {
                let address = p.array()?;
                out.say(" ").ip6("", address);
            }
            Ok(())
        })?,
        INTERFACE_ID | SUBSCRIBER_ID => hex(cx, p.rest(), out.say(" ")),
        REMOTE_ID => {
            let enterprise = p.be32()?;
            out.say(" ").num("enterprise", enterprise);
            hex(cx, p.rest(), out.say(" "));
        }
        RELAY_DATA => {
            let peer = p.array()?;
            out.say(" ").ip6("peer", peer);
            hex(cx, p.rest(), out.say(" "));
        }
        AFTR_NAME => labels(p, out),
        POSIX_TIMEZONE | TZDB_TIMEZONE | MUD_URL => {
            let length = p.claimed();
            out.say(" ").padded_chars_of("text", &mut p, length)?;
        }
        BOOTFILE_URL => _ = out.say(" ").chars("text", p.rest()),
        SZTP_REDIRECT | USER_CLASS => texts(p, out)?,
        _ => _ = out.aside(|out| _ = out.bytes("data", p.rest())),
    }
    Ok(())
}

/// Who somebody is (RFC 8415 section 11).
fn duid(mut p: Cursor, out: &mut Out) -> Dissect {
    let (kind, length) = (p.be16()?, p.claimed());
    out.note("duid_type", kind);
    match kind {
        1 if length >= 6 => {
            let (hardware, time) = (p.be16()?, p.be32()?);
            out.say(" hwaddr/time type ").num("hardware", hardware).say(" time ").num("time", time).say(" ");
        }
        2 if length >= 4 => {
            let enterprise = p.be32()?;
            out.say(" enterprise ").num("enterprise", enterprise).say(" ");
        }
        3 if length >= 2 => {
            let hardware = p.be16()?;
            out.say(" hwaddr type ").num("hardware", hardware).say(" ");
        }
        4 if length == 16 => _ = out.say(" uuid "),
        4 => {
            out.say(" uuid  ?");
            return Ok(());
        }
        1..=4 => {
            out.say(" ?");
            return Ok(());
        }
        _ => {
            write!(out, " type {kind}").aside(|out| _ = out.bytes("identifier", p.rest()));
            return Ok(());
        }
    }
    out.bytes("identifier", p.rest());
    Ok(())
}

/// An address or a prefix, and how long it may be used.
fn address(code: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (preferred, valid) = if code == IA_ADDR {
        let address = p.array()?;
        out.say(" ").ip6("address", address);
        (p.be32()?, p.be32()?)
    } else {
        let times = (p.be32()?, p.be32()?);
        let (length, prefix) = (p.u8()?, p.array()?);
        out.say(" ").ip6("prefix", prefix).say("/").num("prefix_length", length);
        times
    };
    out.say(" pltime:").num("preferred_lifetime", preferred).say(" vltime:").num("valid_lifetime", valid);
    Ok(())
}

/// Who speaks is proved (RFC 3315 section 21).
fn authentication(mut p: Cursor, out: &mut Out) -> Dissect {
    let [protocol, algorithm, method] = p.array()?;
    out.say(" proto: ").name("protocol", protocol, AUTH_PROTOCOLS, "%u");
    out.say(", alg: ").name("algorithm", algorithm, &[(1, "HMAC-MD5")], "%u");
    out.say(", RDM: ").name("replay_method", method, &[(0, "mono")], "%u");
    out.say(", RD:");
    groups(&mut p, "replay", 4, 2, out)?;
    match protocol {
        DELAYED if p.is_empty() => {}
        DELAYED if p.claimed() >= 20 => {
            let realm = p.take(p.claimed() - 20)?;
            if !realm.is_empty() {
                out.say(", realm: ").bytes("realm", realm);
            }
            let key = p.be32()?;
            out.say(", key ID: ").hex0("key_id", key, 8).say(", HMAC-MD5:");
            groups(&mut p, "digest", 4, 4, out)?;
        }
        RECONFIGURE if p.claimed() == 17 => {
            let kind = p.u8()?;
            let kinds = &[(1, " reconfig-key"), (2, " type: HMAC-MD5")];
            out.name("kind", kind, kinds, " type: ??").say(" value:");
            groups(&mut p, "digest", 4, 4, out)?;
        }
        _ => _ = out.say(" ??").aside(|out| _ = out.bytes("data", p.rest())),
    }
    Ok(())
}

/// So many groups of so many bytes in hex, a blank before each.
fn groups(p: &mut Cursor, key: &str, count: usize, bytes: usize, out: &mut Out) -> Dissect {
    out.phrase(key, |out| {
        for _ in 0..count {
            let group = p.take(bytes)?;
            out.say(" ").bytes("", group);
        }
        Ok(())
    })
}

/// What a vendor means (RFC 8415 sections 21.16 and 21.17): to a class belong texts, to options numbered values.
fn vendor(cx: &Cx, code: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let enterprise = p.be32()?;
    out.say(" enterprise ").num("enterprise", enterprise);
    let head = if code == VENDOR_CLASS { 2 } else { 4 };
    out.list("values", |out| {
        while p.captured() >= head {
            let number = if code == VENDOR_OPTIONS { Some(p.be16()?) } else { None };
            let length = usize::from(p.be16()?);
            let Ok(value) = p.take(length) else { break };
            out.item(|out| {
                out.say(" (");
                if let Some(number) = number {
                    out.say("code ").num("code", number).say(" ");
                }
                out.say("len ").num("length", length).say(" data ");
                match number {
                    Some(_) => hex(cx, value, out),
                    None => _ = out.chars("data", value),
                }
                out.say(")");
                Ok(())
            })?;
        }
        Ok(())
    })?;
    if !p.is_empty() {
        out.note_that("invalid", true).say(" ?");
    }
    Ok(())
}

/// Bytes that mean something to somebody else.
fn hex(cx: &Cx, bytes: &[u8], out: &mut Out) {
    match bytes.get(..FEW) {
        Some(few) if bytes.len() > FEW && cx.verbose() < 2 => out.bytes("data", few).say("..."),
        _ => out.bytes("data", bytes),
    };
}

/// Texts, each behind its length.
fn texts(mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" ");
    let mut whole = true;
    out.list("texts", |out| {
        let mut between = "";
        while whole && p.captured() >= 2 {
            out.say(std::mem::replace(&mut between, ","));
            let length = usize::from(p.at(0).be16()?);
            whole = length <= p.captured() - 2;
            if whole {
                p.skip(2)?;
                let text = p.take(length)?;
                out.chars("", text);
            }
        }
        Ok(())
    })?;
    if !p.is_empty() {
        out.note_that("invalid", true).say(" ?");
    }
    Ok(())
}

/// A name in labels without pointers.
fn labels(mut p: Cursor, out: &mut Out) {
    out.say(" ");
    let _ = out.phrase("name", |out| {
        while let Ok(length @ 1..) = p.u8() {
            if usize::from(length) >= p.captured() {
                out.say(" ?");
                break;
            }
            let label = p.take(length.into())?;
            out.chars("", label.split(|c| *c == 0).next().unwrap_or(label));
            if p.peek() != Ok(0) {
                out.say(".");
            }
        }
        Ok(())
    });
}

/// Domain names up to the end of the option. Pointers lead nowhere; a name that lies about its length may run on
/// into what follows.
fn names(p: Cursor, after: &[u8], out: &mut Out) -> Dissect<End> {
    out.list("names", |out| {
        let mut at = 0;
        while at < p.captured() {
            out.say(" ");
            match out.phrase("", |out| dns_name::say(out, after, p.captured(), at)) {
                Ok(next) => at = next,
                Err(_) => return Ok(End::Cut),
            }
        }
        Ok(End::Said)
    })
}

/// Servers of NTP (RFC 5908).
fn ntp(mut p: Cursor, after: &[u8], out: &mut Out) -> Dissect<End> {
    let start = p;
    out.list("servers", |out| {
        while p.captured() > 4 {
            let (code, length) = (p.be16()?, p.be16()?);
            let after = after.get(p.since(&start)..).unwrap_or_default();
            let Ok(value) = p.take(length.into()) else { return Ok(End::Cut) };
            let said = out.item(|out| {
                out.say(" subopt:").num("code", code).say(" ");
                match (code, <[u8; 16]>::try_from(value)) {
                    (1 | 2, Ok(address)) => _ = out.ip6("address", address),
                    (3, _) => {
                        let name = out.phrase("name", |out| dns_name::say(out, after, value.len(), 0));
                        return Ok(name.is_ok());
                    }
                    _ => _ = out.say("?").aside(|out| _ = out.bytes("data", value)),
                }
                Ok(true)
            })?;
            if !said {
                return Ok(End::Cut);
            }
        }
        Ok(End::Said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const SOLICIT: &str = "01 123456 0001 000a 0003 0001 021122334455 0006 0004 0017 0063 0008 0002 0064";

    #[test]
    fn a_client_asks() {
        check(&DHCP6, SOLICIT, "", "dhcp6 solicit");
        check(
            &DHCP6,
            SOLICIT,
            "-v",
            "dhcp6 solicit (xid=123456 (client-ID hwaddr type 1 021122334455) \
             (option-request DNS-server opt_99) (elapsed-time 100))",
        );
        assert_eq!(
            values(&DHCP6, SOLICIT),
            r#"{"dhcp6":{"type":1,"transaction":1193046,"options":[{"code":1,"duid_type":3,"hardware":1,"identifier":"021122334455"},{"code":6,"requested":[23,99]},{"code":8,"elapsed_cs":100}]}}"#
        );
    }

    #[test]
    fn a_server_answers() {
        let says = |hex: &str, args: &str, words: &str| {
            check(&DHCP6, &format!("07 000001 {hex}"), args, &format!("dhcp6 reply (xid=1{words})"));
        };
        let address = "0005 001c 20010db8 00000000 00000000 00000001 00000e10 00001c20 000d 0000";
        let ia = format!("0003 002c 00000007 00000001 00000002 {address}");
        let said = " (IA_NA IAID:7 T1:1 T2:2 (IA_ADDR 2001:db8::1 pltime:3600 vltime:7200 (status-code ?)))";
        says(&ia, "-v", said);
        let prefix = "001a 0019 00000001 00000002 30 20010db8 00000000 00000000 00000000";
        says(prefix, "-v", " (IA_PD-prefix 2001:db8::/48 pltime:1 vltime:2)");
        says("0018 0009 0161 026262 00 0163 00", "-v", " (DNS-search-list a.bb. c.)");
        says("0018 0004 0361 6263", "-v", " (DNS-search-list abc. [|dhcp6]");
        says("0038 0008 0003 0004 026465 00", "-v", " (NTP-server subopt:3 de.)");
        says("0040 0006 0161 026262 00", "-v", " (AFTR-Name a.bb)");
        says("000f 0008 0002 6869 0002 6f6b", "-v", " (user-class hi,ok)");
        says("000f 0005 0002 6869 00", "-v", " (user-class hi ?)");
        says("000d 0002 0006", "-v", " (status-code NoPrefixAvail)");
        says("0013 0001 05", "-v", " (reconfigure-message for renew)");
        says("00ff 0001 05", "-v", " (opt_255)");
    }

    #[test]
    fn vendors() {
        let hex =
            "01 000001 0011 0013 00000009 0001 000b 0102030405060708090a0b 0010 0008 00000009 0002 6869";
        let says = |args: &str, data: &str| {
            let options = format!("(vendor-specific-info enterprise 9 (code 1 len 11 data {data}))");
            let class = "(vendor-class enterprise 9 (len 2 data hi))";
            check(&DHCP6, hex, args, &format!("dhcp6 solicit (xid=1 {options} {class})"));
        };
        says("-v", "0102030405060708090a...");
        says("-vv", "0102030405060708090a0b");
    }

    #[test]
    fn a_proof() {
        let hex = "0a 000001 000b 001c 03 01 00 0000000000000001 01 00112233445566778899aabbccddeeff";
        check(
            &DHCP6,
            hex,
            "-v",
            "dhcp6 reconfigure (xid=1 (authentication proto: reconfigure, alg: HMAC-MD5, RDM: mono, \
             RD: 0000 0000 0000 0001 reconfig-key value: 00112233 44556677 8899aabb ccddeeff))",
        );
    }

    #[test]
    fn a_relay() {
        let head = "0c 00 20010db8000000000000000000000001 fe800000000000000000000000000002";
        let says = |hex: &str, words: &str| {
            let relay = "dhcp6 relay-fwd (linkaddr=2001:db8::1 peeraddr=fe80::2";
            check(&DHCP6, &format!("{head} {hex}"), "-v", &format!("{relay}{words})"));
        };
        says("0009 0004 0b000002", " (relay-message (dhcp6 inf-req (xid=2))");
        says("0009 0002 0b00", " (relay-message (dhcp6 [|dhcp6])");
        says("0009 0005 0b000002 00", " (relay-message (dhcp6 inf-req (xid=2 [|dhcp6]))");
        says("0009 0005", " [|dhcp6]");
    }
}
