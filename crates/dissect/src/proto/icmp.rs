//! ICMP, the Internet Control Message Protocol (RFC 792), with router discovery (RFC 1256), path MTU discovery
//! (RFC 1191), address masks (RFC 950), objects behind the message (RFC 4884) and extended echo (RFC 8335).
//!
//! ```text
//! |   type   |   code   |      checksum       |
//! |         what the type says it is          |
//! | the packet that caused it, or data ..
//! ```

use crate::parts::icmp_multipart as multipart;
use crate::parts::internet_checksum;
use crate::prelude::*;
use gannet_wire::numbers::{ethertype, ip_proto};

/// ICMP.
pub static ICMP: Protocol = Protocol { name: "icmp", dissect };

const ECHO_REPLY: u8 = 0;
const UNREACHABLE: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
const REDIRECT: u8 = 5;
const ECHO: u8 = 8;
const ROUTER_ADVERTISEMENT: u8 = 9;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;
const TIMESTAMP: u8 = 13;
const TIMESTAMP_REPLY: u8 = 14;
const MASK_REPLY: u8 = 18;
const EXTENDED_ECHO: u8 = 42;
const EXTENDED_ECHO_REPLY: u8 = 43;
/// Types of which nothing is told but the name.
const TYPES: NameTable = &[
    (4, "source quench"),
    (10, "router solicitation"),
    (15, "information request"),
    (16, "information reply"),
    (17, "address mask request"),
];

/// All types, for the structured ear.
const TYPE_NAMES: NameTable = &[
    (0, "echo reply"),
    (3, "unreachable"),
    (4, "source quench"),
    (5, "redirect"),
    (8, "echo request"),
    (9, "router advertisement"),
    (10, "router solicitation"),
    (11, "time exceeded"),
    (12, "parameter problem"),
    (13, "timestamp request"),
    (14, "timestamp reply"),
    (15, "information request"),
    (16, "information reply"),
    (17, "address mask request"),
    (18, "address mask reply"),
    (42, "extended echo request"),
    (43, "extended echo reply"),
];
/// What a message of type 3 says could not be reached, or why (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section
/// 5.2.7.1).
const UNREACHABLE_NAMES: [&str; 16] = [
    "net",
    "host",
    "protocol",
    "port",
    "fragmentation needed",
    "source route failed",
    "net unknown",
    "host unknown",
    "source host isolated",
    "net prohibited",
    "host prohibited",
    "net for tos",
    "host for tos",
    "filtered",
    "host precedence violation",
    "precedence cutoff",
];
const REDIRECT_NAMES: [&str; 4] = ["net", "host", "net for tos", "host for tos"];
const EXCEEDED_NAMES: [&str; 2] = ["in transit", "reassembly"];

const BAD_PROTOCOL: u8 = 2;
const BAD_PORT: u8 = 3;
const TOO_BIG: u8 = 4;
/// What is said before and after the address that could not be reached.
const UNREACHABLE_CODES: &[(u8, &str, &str)] = &[
    (0, "net ", " unreachable"),
    (1, "host ", " unreachable"),
    (5, "", " unreachable - source route failed"),
    (6, "net ", " unreachable - unknown"),
    (7, "host ", " unreachable - unknown"),
    (8, "", " unreachable - source host isolated"),
    (9, "net ", " unreachable - admin prohibited"),
    (10, "host ", " unreachable - admin prohibited"),
    (11, "net ", " unreachable - tos prohibited"),
    (12, "host ", " unreachable - tos prohibited"),
    (13, "host ", " unreachable - admin prohibited filter"),
    (14, "host ", " unreachable - host precedence violation"),
    (15, "host ", " unreachable - precedence cutoff"),
];
/// What is said before the two addresses of a redirect, and between them.
const REDIRECT_CODES: &[(&str, &str)] = &[
    ("redirect ", " to net "),
    ("redirect ", " to host "),
    ("redirect-tos ", " to net "),
    ("redirect-tos ", " to host "),
];

/// Words of 32 bits that a router takes in its advertisement: its address, and how much it is preferred.
const ADVERTISED_WORDS: u8 = 2;

const HEADER: usize = 8;
/// A packet that objects may follow is padded to this length.
const PADDED: usize = 128;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut head = p;
    let [kind, code] = head.array()?;
    out.aside(|out| {
        out.name("type", kind, TYPE_NAMES, "").num("code", code).called("code", code_name(kind, code));
    });
    sentence(p, kind, code, out)?;
    out.say(", length ").num("length", p.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    if !cx.ip.more_fragments {
        say_checksum(p, out)?;
    }
    if matches!(kind, UNREACHABLE | SOURCE_QUENCH | REDIRECT | TIME_EXCEEDED | PARAMETER_PROBLEM) {
        offender(cx, p, out)?;
    }
    if matches!(kind, UNREACHABLE | TIME_EXCEEDED | PARAMETER_PROBLEM) && p.claimed() > HEADER + PADDED {
        objects(p, out)?;
    }
    if matches!(kind, EXTENDED_ECHO | EXTENDED_ECHO_REPLY) {
        let mut body = p;
        body.skip(HEADER - 1)?;
        let info = body.u8()?;
        multipart::extended_echo(body, info, kind == EXTENDED_ECHO, code, out)?;
    }
    Ok(())
}

/// What a code is called that has a name; empty for others.
fn code_name(kind: u8, code: u8) -> &'static str {
    let names: &[&str] = match kind {
        UNREACHABLE => &UNREACHABLE_NAMES,
        REDIRECT => &REDIRECT_NAMES,
        TIME_EXCEEDED => &EXCEEDED_NAMES,
        _ => &[],
    };
    names.get(usize::from(code)).copied().unwrap_or_default()
}

/// The words before the length. None is said unless all of them can be.
fn sentence(p: Cursor, kind: u8, code: u8, out: &mut Out) -> Dissect {
    match kind {
        ECHO => echo(p, "ICMP echo request", out),
        ECHO_REPLY => echo(p, "ICMP echo reply", out),
        EXTENDED_ECHO => echo(p, "ICMP extended echo request", out),
        EXTENDED_ECHO_REPLY => echo(p, "ICMP extended echo reply", out),
        UNREACHABLE => unreachable(p, code, out),
        REDIRECT => redirect(p, code, out),
        ROUTER_ADVERTISEMENT => router_advertisement(p, out),
        TIMESTAMP | TIMESTAMP_REPLY => timestamp(p, kind, out),
        TIME_EXCEEDED => time_exceeded(p, code, out),
        PARAMETER_PROBLEM if code != 0 => {
            write!(out, "ICMP parameter problem - code {code}");
            Ok(())
        }
        PARAMETER_PROBLEM => {
            let octet = p.at(4).u8()?;
            out.say("ICMP parameter problem - octet ").num("octet", octet);
            Ok(())
        }
        MASK_REPLY => {
            let mask = p.at(HEADER).be32()?;
            out.say("ICMP address mask is 0x").hex0("mask", mask, 8);
            Ok(())
        }
        _ => {
            out.say("ICMP ").aloud(|out| {
                out.name("", kind, TYPES, "type-#%u");
            });
            Ok(())
        }
    }
}

fn echo(p: Cursor, words: &str, out: &mut Out) -> Dissect {
    let mut body = p.at(4);
    let id = body.be16()?;
    let seq = if words.contains("extended") { body.u8()?.into() } else { body.be16()? };
    out.say(words).say(", id ").num("id", id).say(", seq ").num("seq", seq);
    Ok(())
}

fn unreachable(p: Cursor, code: u8, out: &mut Out) -> Dissect {
    let key = "original_dst";
    let original = p.at(HEADER);
    let dst = original.at(16).array()?;
    match code {
        BAD_PROTOCOL => {
            let protocol = original.at(9).u8()?;
            out.say("ICMP ").ip4(key, dst).say(" protocol ").num("original_protocol", protocol);
            out.say(" unreachable");
        }
        BAD_PORT => {
            let header = 4 * usize::from(original.peek()? & 0x0f);
            let port = original.at(header + 2).be16()?;
            let protocol = original.at(9).u8()?;
            out.note("original_protocol", protocol).say("ICMP ").ip4(key, dst);
            match protocol {
                ip_proto::TCP => out.say(" tcp port ").port("original_port", Transport::Tcp, port),
                ip_proto::UDP => out.say(" udp port ").port("original_port", Transport::Udp, port),
                _ => write!(out, " protocol {protocol} port ").num("original_port", port),
            };
            out.say(" unreachable");
        }
        TOO_BIG => {
            let mtu = p.at(6).be16()?;
            out.say("ICMP ").ip4(key, dst).say(" unreachable - need to frag");
            if mtu != 0 {
                out.say(" (mtu ").num("mtu", mtu).say(")");
            }
        }
        _ => match UNREACHABLE_CODES.iter().find(|row| row.0 == code) {
            Some((_, before, after)) => {
                out.say("ICMP ").say(before).ip4(key, dst).say(after);
            }
            None => {
                write!(out.say("ICMP ").ip4(key, dst), " unreachable - #{code}");
            }
        },
    }
    Ok(())
}

fn redirect(p: Cursor, code: u8, out: &mut Out) -> Dissect {
    let gateway = p.at(4).array()?;
    let dst = p.at(HEADER + 16).array()?;
    out.say("ICMP ");
    let between = match REDIRECT_CODES.get(usize::from(code)) {
        Some((before, between)) => {
            out.say(before);
            between
        }
        None => {
            write!(out, "redirect-#{code} ");
            " to "
        }
    };
    out.ip4("original_dst", dst).say(between).ip4("gateway", gateway);
    Ok(())
}

fn router_advertisement(p: Cursor, out: &mut Out) -> Dissect {
    let mut body = p.at(4);
    let ([count, size], lifetime) = (body.array()?, body.be16()?);
    if size == ADVERTISED_WORDS {
        body.need(usize::from(count) * 4 * usize::from(size))?;
    }
    out.say("ICMP router advertisement lifetime ").note("lifetime_s", lifetime);
    match lifetime {
        0..60 => write!(out, "{lifetime}"),
        60..3600 => write!(out, "{}:{:02}", lifetime / 60, lifetime % 60),
        _ => write!(out, "{}:{:02}:{:02}", lifetime / 3600, lifetime % 3600 / 60, lifetime % 60),
    };
    out.say(" ").num("count", count).say(":");
    if size != ADVERTISED_WORDS {
        out.say(" [size ").num("size", size).say("]");
        return Ok(());
    }
    out.list("routers", |out| {
        for _ in 0..count {
            let (addr, preference) = (body.array()?, body.be32()?);
            out.item(|out| {
                out.say(" {").ip4("address", addr).say(" ").num("preference", preference).say("}");
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn timestamp(p: Cursor, kind: u8, out: &mut Out) -> Dissect {
    let mut body = p.at(4);
    let (id, seq) = (body.be16()?, body.be16()?);
    let what = if kind == TIMESTAMP { "query" } else { "reply" };
    if kind == TIMESTAMP_REPLY {
        body.need(12)?;
    }
    out.say("ICMP time stamp ").say(what).say(" id ").num("id", id).say(" seq ").num("seq", seq);
    if kind == TIMESTAMP_REPLY {
        time_of_day(": org ", "originated_ms", body.be32()?, out);
        time_of_day(", recv ", "received_ms", body.be32()?, out);
        time_of_day(", xmit ", "transmitted_ms", body.be32()?, out);
    }
    Ok(())
}

/// Milliseconds since midnight UTC.
fn time_of_day(words: &str, key: &str, ms: u32, out: &mut Out) {
    let seconds = ms / 1000;
    out.say(words).note(key, ms);
    write!(out, "{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, ms % 1000);
}

fn time_exceeded(p: Cursor, code: u8, out: &mut Out) -> Dissect {
    p.need(HEADER + 20)?;
    match code {
        0 => out.say("ICMP time exceeded in-transit"),
        1 => out.say("ICMP ip reassembly time exceeded"),
        _ => write!(out, "ICMP time exceeded-#{code}"),
    };
    Ok(())
}

/// Judges the checksum; a message that is too short for one is wrong, unless its bytes add up.
fn say_checksum(p: Cursor, out: &mut Out) -> Dissect {
    let Some(bytes) = p.whole() else { return Ok(()) };
    let sum = checksum::of(bytes);
    if sum == 0 && bytes.len() < 4 {
        return Ok(());
    }
    let found = p.at(2).be16()?;
    if let Some(right) = internet_checksum::judge(found, sum, out) {
        write!(out, " (wrong icmp cksum {found:x} (->{right:x})!)");
    }
    Ok(())
}

/// The packet that caused this one, as long as it says it was; objects may follow.
fn offender(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t");
    let original = p.at(HEADER);
    let length = usize::from(original.at(2).be16()?);
    let original = original.sub(length).claiming(length);
    cx.next(Space::EtherType(ethertype::IP), original, out).map(drop)
}

/// Objects behind the padded packet. Older routers do not say how long it is: then the checksum must tell
/// whether there are objects.
fn objects(p: Cursor, out: &mut Out) -> Dissect {
    p.need(HEADER + PADDED + multipart::HEADER + 1)?;
    let length = p.claimed().saturating_sub(HEADER + PADDED);
    let mut structure = p.at(HEADER + PADDED).claiming(length);
    let whole = structure.whole();
    if p.at(5).u8()? == 0 && whole.is_some_and(|bytes| checksum::of(bytes) != 0) {
        return Ok(());
    }
    out.nest("extension", |out| {
        let ([version, _], sum) = (structure.array()?, structure.be16()?);
        out.say("\n\tICMP Multi-Part extension v").num("version", version >> 4);
        if version >> 4 != multipart::VERSION {
            out.say(" packet not supported");
            return Ok(());
        }
        if let Some(bytes) = whole {
            multipart::say_checksum(sum, bytes, out.say(", "));
        }
        multipart::objects(structure, out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// 10.0.0.1 to 10.0.0.2, UDP from port 1024 to port 53.
    const ORIGINAL: &str = "45000020 00010000 4011 66c9 0a000001 0a000002  0400 0035 000c 0000 00000000";

    #[test]
    fn echo() {
        check(&ICMP, "0800 f7f9 0001 0005", "", "ICMP echo request, id 1, seq 5, length 8");
        check(&ICMP, "0800 f7f9 0001 0005", "-v", "ICMP echo request, id 1, seq 5, length 8");
        check(
            &ICMP,
            "0000 1234 0001 0005",
            "-v",
            "ICMP echo reply, id 1, seq 5, length 8 (wrong icmp cksum 1234 (->fff9)!)",
        );
        check(&ICMP, "0000 1234 0001 00", "", " [|icmp]");
        assert_eq!(
            values(&ICMP, "0800 f7f9 0001 0005"),
            r#"{"icmp":{"type":8,"code":0,"id":1,"seq":5,"length":8,"checksum":63481,"checksum_ok":true}}"#
        );
    }

    #[test]
    fn unreachable() {
        for (code, words) in [
            ("00", "net 10.0.0.2 unreachable"),
            ("02", "10.0.0.2 protocol 17 unreachable"),
            ("03", "10.0.0.2 udp port 53 unreachable"),
            ("04", "10.0.0.2 unreachable - need to frag (mtu 1400)"),
            ("08", "10.0.0.2 unreachable - source host isolated"),
            ("0d", "host 10.0.0.2 unreachable - admin prohibited filter"),
            ("63", "10.0.0.2 unreachable - #99"),
        ] {
            let hex = format!("03{code} 0000 0000 0578 {ORIGINAL}");
            check(&ICMP, &hex, "", &format!("ICMP {words}, length 40"));
        }
        let tcp = ORIGINAL.replace("4011", "4006");
        check(
            &ICMP,
            &format!("0303 0000 00000000 {tcp}"),
            "",
            "ICMP 10.0.0.2 tcp port 53 unreachable, length 40",
        );
        let gre = ORIGINAL.replace("4011", "402f");
        check(
            &ICMP,
            &format!("0303 0000 00000000 {gre}"),
            "",
            "ICMP 10.0.0.2 protocol 47 port 53 unreachable, length 40",
        );
        check(&ICMP, "0300 0000 00000000 45000020", "", " [|icmp]");
    }

    #[test]
    fn redirects() {
        for (code, words) in [
            ("00", "redirect 10.0.0.2 to net 10.0.0.9"),
            ("03", "redirect-tos 10.0.0.2 to host 10.0.0.9"),
            ("07", "redirect-#7 10.0.0.2 to 10.0.0.9"),
        ] {
            let hex = format!("05{code} 0000 0a000009 {ORIGINAL}");
            check(&ICMP, &hex, "", &format!("ICMP {words}, length 40"));
        }
    }

    #[test]
    fn router_advertisements() {
        let hex = "0900 0000 02 02 0708 0a000001 00000000 0a000002 80000000";
        check(
            &ICMP,
            hex,
            "",
            "ICMP router advertisement lifetime 30:00 2: {10.0.0.1 0} {10.0.0.2 2147483648}, length 24",
        );
        check(
            &ICMP,
            "0900 0000 01 03 003b",
            "",
            "ICMP router advertisement lifetime 59 1: [size 3], length 8",
        );
        check(&ICMP, "0900 0000 00 02 ffff", "", "ICMP router advertisement lifetime 18:12:15 0:, length 8");
        check(&ICMP, "0900 0000 02 02 0708 0a000001 00000000", "", " [|icmp]");
    }

    #[test]
    fn timestamps_and_masks() {
        check(&ICMP, "0d00 0000 0001 0002", "", "ICMP time stamp query id 1 seq 2, length 8");
        check(
            &ICMP,
            "0e00 0000 0001 0002 00000001 0036ee80 05265bff",
            "",
            "ICMP time stamp reply id 1 seq 2: org 00:00:00.001, recv 01:00:00.000, xmit 23:59:59.999, length 20",
        );
        check(&ICMP, "1200 0000 0001 0002 ffffff00", "", "ICMP address mask is 0xffffff00, length 12");
        check(&ICMP, "1100 0000", "", "ICMP address mask request, length 4");
        check(&ICMP, "fd00", "", "ICMP type-#253, length 2");
        check(&ICMP, "0c01 0000", "", "ICMP parameter problem - code 1, length 4");
        check(&ICMP, "0c00 0000 14", "", "ICMP parameter problem - octet 20, length 5");
    }

    #[test]
    fn extended_echo() {
        check(&ICMP, "2a00 0000 0001 05 01", "", "ICMP extended echo request, id 1, seq 5, length 8");
        check(
            &ICMP,
            "2a00 d0fd 0001 05 01  2000 0f4e 000c 0301 65746830 00000000",
            "-v",
            "ICMP extended echo request, id 1, seq 5, length 24\
             \n\tLocal Interface, checksum 0x0f4e (correct), length 16\
             \n\t  Interface Identification Object (3), Class-Type: 1, length 12\
             \n\t    Interface Name, length 8: eth0",
        );
        check(
            &ICMP,
            "2b02 c49c 0001 05 47 ",
            "-v",
            "ICMP extended echo reply, id 1, seq 5, length 8 (wrong icmp cksum c49c (->cfb5)!)\
             \n\tCode 2 (No Such Interface), State 2 (Reachable), active 1 ipv4 1 ipv6 1",
        );
        check(
            &ICMP,
            "2a00 d0fe 0001 05 00  0000",
            "-v",
            "ICMP extended echo request, id 1, seq 5, length 10\
             \n\tRemote Interface (invalid)",
        );
    }
}
