//! VRRP, the Virtual Router Redundancy Protocol (RFC 3768: v2; RFC 5798, RFC 9568: v3).
//!
//! ```text
//! | version, type |      VRID      |   priority    |   addresses   |
//! | auth. (v2)    |   interval     |           checksum            |
//! | address ..                     | v2: password (8)              |
//! ```

use crate::parts::internet_checksum;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

/// VRRP.
pub static VRRP: Protocol = Protocol { name: "vrrp", dissect };

const ADVERTISEMENT: u8 = 1;
const TYPES: NameTable = &[(1, "Advertisement")];
const SIMPLE: u8 = 1;
const AUTHENTICATIONS: NameTable = &[(0, "none"), (1, "simple"), (2, "ah")];
/// Bytes of the password field.
const PASSWORD: usize = 8;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if let Some(carp) = cx.options.payload.filter(|who| who.name == "carp") {
        return cx.hand_to(carp, p, out);
    }
    let message = p;
    out.say("VRRP");
    let head = p.u8()?;
    let (version, kind) = (head >> 4, head & 0x0f);
    out.say("v").num("version", version).say(", ").name("type", kind, TYPES, "unknown type (%u)");
    if cx.ip.ttl != 255 {
        out.say(", (ttl ").num("ttl", cx.ip.ttl).say(")");
    }
    if !matches!(version, 2 | 3) || kind != ADVERTISEMENT {
        return Ok(());
    }
    let [vrid, priority] = p.array()?;
    out.say(", vrid ").num("vrid", vrid).say(", prio ").num("priority", priority);
    let [count, first] = p.array()?;
    if version == 2 {
        out.say(", authtype ").name("auth", first, AUTHENTICATIONS, "#%u");
        let interval = p.u8()?;
        out.say(", intvl ").num("interval_s", interval).say("s");
    } else {
        let interval = u16::from_be_bytes([first & 0x0f, p.u8()?]);
        out.say(", intvl ").num("interval_cs", interval).say("cs");
    }
    out.say(", length ").num("length", message.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    judge(cx, version, message, out)?;
    out.say(", addrs");
    if count > 1 {
        out.say("(").num("count", count).say(")");
    }
    out.say(":");
    p.pass(2);
    addresses(cx, &mut p, count, out)?;
    if version == 2 && first == SIMPLE {
        out.say(" auth \"").padded_chars_of("password", &mut p, PASSWORD)?.say("\"");
    }
    Ok(())
}

/// Judges the checksum, if the whole message is here. Version 3 covers the pseudo-header too.
fn judge(cx: &Cx, version: u8, message: Cursor, out: &mut Out) -> Dissect {
    let Some(bytes) = message.whole() else { return Ok(()) };
    let sum = match version {
        2 => checksum::of(bytes),
        _ => cx.ip.pseudo_header(ip_proto::VRRP, bytes.len()).bytes(bytes).finish(),
    };
    let found = match message.at(6).be16() {
        Ok(found) => found,
        Err(_) if sum == 0 => return Ok(()),
        Err(stop) => return Err(stop),
    };
    if internet_checksum::judge(found, sum, out).is_some() {
        write!(out, ", (bad vrrp cksum {found:x})");
    }
    Ok(())
}

fn addresses(cx: &Cx, p: &mut Cursor, count: u8, out: &mut Out) -> Dissect {
    out.list("addresses", |out| {
        for i in 0..count {
            let address = match cx.ip.version {
                4 => p.array::<4>().map(Addr::from),
                _ => p.array::<16>().map(Addr::from),
            }?;
            out.say(if i == 0 { " " } else { "," }).ip("", address);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const V2: &str = "21 01 64 01 00 01 ba52 c0a80001 0000000000000000";

    #[test]
    fn version_2() {
        let head = "VRRPv2, Advertisement, (ttl 0), vrid 1, prio 100, authtype none, intvl 1s, length 20";
        check(&VRRP, V2, "", head);
        check(&VRRP, V2, "-v", &format!("{head}, addrs: 192.168.0.1"));
        let bad = V2.replace("ba52", "0001");
        check(&VRRP, &bad, "-v", &format!("{head}, (bad vrrp cksum 1), addrs: 192.168.0.1"));
        check(
            &VRRP,
            "21 01 64 01 01 01 0000 c0a80001 6162630000000000",
            "-v",
            "VRRPv2, Advertisement, (ttl 0), vrid 1, prio 100, authtype simple, intvl 1s, length 20, \
             (bad vrrp cksum 0), addrs: 192.168.0.1 auth \"abc\"",
        );
        check(
            &VRRP,
            "21 01 64 01 09",
            "",
            "VRRPv2, Advertisement, (ttl 0), vrid 1, prio 100, authtype #9 [|vrrp]",
        );
    }

    #[test]
    fn version_3() {
        check(
            &VRRP,
            "31 01 64 02 0f ff 0000 c0a80001 c0a80002",
            "-v",
            "VRRPv3, Advertisement, (ttl 0), vrid 1, prio 100, intvl 4095cs, length 16, \
             (bad vrrp cksum 0), addrs(2): 192.168.0.1,192.168.0.2",
        );
        check(
            &VRRP,
            "31 01 64 02 0f ff 00",
            "-v",
            "VRRPv3, Advertisement, (ttl 0), vrid 1, prio 100, intvl 4095cs, length 7 [|vrrp]",
        );
        check(&VRRP, "45", "", "VRRPv4, unknown type (5), (ttl 0)");
    }

    #[test]
    fn values_of_an_advertisement() {
        assert_eq!(
            values(&VRRP, V2),
            "{\"vrrp\":{\"version\":2,\"type\":1,\"ttl\":0,\"vrid\":1,\"priority\":100,\"auth\":0,\"interval_s\":1,\
             \"length\":20,\"checksum\":47698,\"checksum_ok\":true,\"addresses\":[\"192.168.0.1\"]}}"
        );
    }
}
