//! LISP control messages: which locators lead to which identifiers (RFC 6830; RFC 9301).
//!
//! ```text
//! |Type=3 |P|S|I|R|      reserved               |M| record count  |   Map-Register
//! |Type=4 |I|R|          reserved                 | record count  |   Map-Notify
//! |                       nonce (8 bytes)                         |
//! |            key ID             |  authentication data length   | authentication data ..
//! record:   |                      record TTL                     |
//!           | locators  | EID mask  | ACT |A|      reserved       |
//!           | rsvd|  map version    |     family of the EID       | EID ..
//! locator:  | priority  |  weight   |  M priority  |   M weight   |
//!           |      unused     |L|p|R|  family of the locator      | locator ..
//! ```

use crate::prelude::*;

/// LISP.
pub static LISP: Protocol = Protocol { name: "lisp", dissect };

const REGISTER: u8 = 3;
const NOTIFY: u8 = 4;
/// The one that encapsulates is misspelt, and scripts know it so.
const TYPES: NameTable = &[
    (0, "-Reserved"),
    (1, "-Map-Request"),
    (2, "-Map-Reply"),
    (REGISTER as u32, "-Map-Register"),
    (NOTIFY as u32, "-Map-Notify"),
    (8, "-Encapsulated-Contol-Message"),
];
const REGISTER_FLAGS: Flags = &[
    (0x0800_0000, "P-Proxy-Map-Reply"),
    (0x0400_0000, "S-LISP-SEC-Capable"),
    (0x0200_0000, "I-xTR-ID-Present"),
    (0x0100_0000, "R-Build-For-RTR"),
    (0x0000_0100, "M-Want-Map-Notify"),
];
const NOTIFY_FLAGS: Flags = &[(0x0800_0000, "I-xTR-ID-Present"), (0x0400_0000, "R-Build-For-RTR")];
const AUTH: NameTable = &[(0, "None"), (1, "SHA1"), (2, "SHA256")];
const ACTIONS: NameTable = &[(0, "No-Action"), (1, "Natively-Forward"), (2, "Send-Map-Request"), (3, "Drop")];
const LOCATOR_FLAGS: Flags = &[(4, "Local-Locator"), (2, "RLoc-Probed"), (1, "Reachable")];

const IPV4: u16 = 1;
const IPV6: u16 = 2;
const HEADER: usize = 16;
const RECORD: usize = 12;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("LISP");
    out.enough("length", &p, HEADER)?;
    p.need(HEADER)?;
    let first = p.peek()?;
    let kind = first >> 4;
    out.name("type", kind, TYPES, "-unknown-type-%u").say(",");
    let word = p.be32()?;
    let flags = match kind {
        REGISTER => REGISTER_FLAGS,
        NOTIFY => NOTIFY_FLAGS,
        _ => return Ok(()),
    };
    if cx.verbose() > 0 {
        out.say(" flags [").flags("flags", word & 0x0fff_ff00, flags, "none").say("],");
    }
    let records = word & 0xff;
    let (nonce, key, length) = (p.be64()?, p.be16()?, p.be16()?);
    out.note("nonce", nonce);
    if cx.verbose() > 0 {
        out.say("\n    ").num("record_count", records).say(" record(s), Authentication ");
        out.name("key_id", key, AUTH, "unknown-type").say(",");
    } else {
        out.say(" ").num("record_count", records).say(" record(s),");
    }
    let length = usize::from(length);
    if length > p.claimed() {
        return Err(out.lie("authentication data length", length, ">", p.claimed()));
    }
    if cx.verbose() > 0 {
        out.dump_hex("authentication", p.sub(length).rest(), "\n    Authentication-Data: ");
        p.skip(length)?;
    } else {
        p.pass(length);
    }
    if records == 0 {
        return Err(Stop::Invalid);
    }
    if !out.list("records", |out| all(cx, &mut p, records, out))? {
        return Ok(());
    }
    let sender = word & if kind == REGISTER { 0x0200_0000 } else { 0x0800_0000 } != 0;
    if !sender {
        if p.captured() > 0 {
            out.dump_hex("data", p.rest(), "\n    Data: ");
        }
        return Ok(());
    }
    let (sender, site) = (p.take(16)?, p.be64()?);
    out.dump_hex("xtr_id", sender, "\n    xTR-ID: ");
    out.say("\n    SITE-ID: ").num("site_id", site);
    Ok(())
}

/// The records; `false` if what follows one of them cannot be found.
fn all(cx: &Cx, p: &mut Cursor, count: u32, out: &mut Out) -> Dissect<bool> {
    for _ in 0..count {
        if p.claimed() == 0 {
            break;
        }
        p.need(RECORD)?;
        if !out.item(|out| record(cx, p, out))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn record(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let (ttl, [locators, mask, bits, _]) = (p.be32()?, p.array()?);
    let (version, family) = (p.be16()? & 0x0fff, p.be16()?);
    out.say("\n");
    if cx.verbose() > 0 {
        let authoritative = bits >> 4 & 1 == 1;
        out.say("      Record TTL ").num("ttl", ttl).note_that("authoritative", authoritative);
        out.say(if authoritative { ", Authoritative, " } else { ", Non-Authoritative, " });
        out.name("action", bits >> 5, ACTIONS, "unknown").say(", Map Version: ").num("map_version", version);
        out.say(",");
    }
    match family {
        IPV4 => {
            let eid = p.array()?;
            out.say(" EID ").ip4("eid", eid);
        }
        IPV6 => {
            let eid = p.array()?;
            out.say(" EID ").ip6("eid", eid);
        }
        _ => {
            out.say(" [unsupported address family identifier ").num("family", family).say("]");
            return Ok(false);
        }
    }
    out.say("/").num("mask", mask).say(", ").num("locator_count", locators).say(" locator(s)");
    out.list("locators", |out| {
        for _ in 0..locators {
            if !out.item(|out| locator(cx, p, out))? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

fn locator(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let ([priority, weight, m_priority, m_weight], flags, family) = (p.array()?, p.be16()?, p.be16()?);
    if cx.verbose() > 0 {
        out.say("\n       ");
    }
    match family {
        IPV4 => {
            let addr = p.array()?;
            out.say(" LOC ").ip4("locator", addr);
        }
        IPV6 => {
            let addr = p.array()?;
            out.say(" LOC ").ip6("locator", addr);
        }
        _ => {
            out.say(" [unsupported address family identifier ").num("family", family).say("]");
            return Ok(false);
        }
    }
    if cx.verbose() > 0 {
        out.say("\n          Priority/Weight ").num("priority", priority).say("/").num("weight", weight);
        out.say(", Multicast Priority/Weight ").num("multicast_priority", m_priority).say("/");
        out.num("multicast_weight", m_weight);
        out.say(", flags [").flags("flags", flags, LOCATOR_FLAGS, "none").say("],");
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const REGISTRATION: &str = "32 00 01 01 0000000000000001 0001 0004 01020304 \
                                000005a0 02 20 10 00 0007 0001 0a000001 \
                                01 64 02 c8 0005 0001 0a000002 01 64 ff 00 0000 0002 \
                                20010db8000000000000000000000001 \
                                000102030405060708090a0b0c0d0e0f 0000000000000009";
    const SENT: &str = "\n    xTR-ID: 0x0000:  0001 0203 0405 0607 0809 0a0b 0c0d 0e0f\n    SITE-ID: 9";

    #[test]
    fn a_registration() {
        check(
            &LISP,
            REGISTRATION,
            "",
            &format!(
                "LISP-Map-Register, 1 record(s),\n EID 10.0.0.1/32, 2 locator(s) LOC 10.0.0.2 \
                 LOC 2001:db8::1{SENT}"
            ),
        );
        check(
            &LISP,
            REGISTRATION,
            "-v",
            &format!(
                "LISP-Map-Register, flags [I-xTR-ID-Present, M-Want-Map-Notify],\
                 \n    1 record(s), Authentication SHA1,\n    Authentication-Data: 0x0000:  0102 0304\
                 \n      Record TTL 1440, Authoritative, No-Action, Map Version: 7, EID 10.0.0.1/32, \
                 2 locator(s)\n        LOC 10.0.0.2\
                 \n          Priority/Weight 1/100, Multicast Priority/Weight 2/200, \
                 flags [Local-Locator, Reachable],\n        LOC 2001:db8::1\
                 \n          Priority/Weight 1/100, Multicast Priority/Weight 255/0, flags [none],{SENT}"
            ),
        );
        let said = values(&LISP, REGISTRATION);
        let locator = r#"{"locator":"10.0.0.2","priority":1,"weight":100,"multicast_priority":2,"multicast_weight":200,"flags":5}"#;
        assert!(said.contains(locator), "{said}");
    }

    #[test]
    fn messages_that_cannot_be() {
        check(&LISP, "10 00 00", "", "LISP [length 3 < 16] (invalid)");
        check(&LISP, "10 00 00 00 0000000000000001 0001 0000", "", "LISP-Map-Request,");
        check(
            &LISP,
            "40 00 00 01 0000000000000001 0001 0005 01",
            "",
            "LISP-Map-Notify, 1 record(s), [authentication data length 5 > 1] (invalid)",
        );
        check(
            &LISP,
            "40 00 00 00 0000000000000001 0007 0000",
            "-v",
            "LISP-Map-Notify, flags [none],\n    0 record(s), Authentication unknown-type, (invalid)",
        );
        check(
            &LISP,
            "40 00 00 01 0000000000000001 0001 0000 000005a0 01 20 10 00 0007 4003",
            "",
            "LISP-Map-Notify, 1 record(s),\n [unsupported address family identifier 16387]",
        );
    }
}
