//! The TLVs of CFM (IEEE 802.1Q section 21.5).
//!
//! ```text
//! sender:        | length of the chassis (1) | type (1) | chassis .. | length of the domain (1) | domain .. |
//!                | length of the address (1) | address .. |     each with what follows only if there is more
//! organisation:  | organisation (3) | subtype (1) | .. |
//! ```

use super::too_short;
use crate::parts::{address_families, ouis};
use crate::prelude::*;

const HEADER: usize = 3;
const END: u8 = 0;
const SENDER: u8 = 1;
const PORT_STATUS: u8 = 2;
const INTERFACE_STATUS: u8 = 3;
const ORGANIZATION: u8 = 31;
const TLVS: NameTable = &[
    (0, "End"),
    (1, "Sender ID"),
    (2, "Port status"),
    (3, "Interface status"),
    (4, "Data"),
    (5, "Reply Ingress"),
    (6, "Reply Egress"),
    (31, "Organization Specific"),
];
const PORT_STATUSES: NameTable = &[(1, "Blocked"), (2, "Up")];
const INTERFACE_STATUSES: NameTable =
    &[(1, "Up"), (2, "Down"), (3, "Testing"), (5, "Dormant"), (6, "not present"), (7, "lower Layer down")];

const CHASSIS_MAC: u8 = 4;
const CHASSIS_NETWORK: u8 = 5;
const CHASSIS: NameTable = &[
    (0, "Reserved"),
    (1, "Chassis component"),
    (2, "Interface alias"),
    (3, "Port component"),
    (4, "MAC address"),
    (5, "Network address"),
    (6, "Interface name"),
    (7, "Locally assigned"),
];

/// What follows a TLV.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// A dump of what is left of it.
    Dump,
    /// Nothing more of it.
    Next,
    /// Nothing at all.
    Stop,
}

/// Says all of them.
pub(super) fn all(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let short = out.list("tlvs", |out| {
        while p.claimed() > 0 {
            if let Some(short) = out.item(|out| one(cx, &mut p, out))? {
                return Ok(short);
            }
        }
        Ok(false)
    })?;
    if short { too_short(out) } else { Ok(()) }
}

/// Says one of them. If nothing can follow it: whether that is for want of room.
fn one(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<Option<bool>> {
    let kind = p.peek()?;
    out.say("\n\t").named_as("type", kind, TLVS, "Unknown", " TLV (0x%02x)");
    if kind == END {
        return Ok(Some(false));
    }
    if p.claimed() < HEADER {
        return Ok(Some(true));
    }
    p.need(HEADER)?;
    p.skip(1)?;
    let length = p.be16()?;
    out.say(", length ").num("length", length);
    let n = usize::from(length);
    if p.claimed() < n {
        return Ok(Some(true));
    }
    p.need(n)?;
    let value = p.part(n)?;
    let mut rest = value;
    let (unknown, then) = match kind {
        PORT_STATUS => (false, status(PORT_STATUSES, rest, out)?),
        INTERFACE_STATUS => (false, status(INTERFACE_STATUSES, rest, out)?),
        ORGANIZATION => organization(rest, out)?,
        SENDER => sender(&mut rest, out)?,
        _ => (true, Then::Dump),
    };
    match then {
        // As many bytes as were not read, of those from the start: so does tcpdump.
        Then::Dump if unknown => _ = out.dump_hex("data", value.sub(rest.claimed()).rest(), "\n\t  "),
        Then::Dump if cx.verbose() > 1 => {
            out.aloud(|out| {
                out.dump_hex("", value.sub(rest.claimed()).rest(), "\n\t  ");
            });
        }
        Then::Stop => return Ok(Some(false)),
        Then::Dump | Then::Next => {}
    }
    Ok(None)
}

fn least(n: usize, p: &Cursor, out: &mut Out) -> bool {
    let short = p.claimed() < n;
    if short {
        out.say(" (too short, must be >= ").aloud(|out| {
            out.num("", n);
        });
        out.say(")").note_that("invalid", true);
    }
    !short
}

fn status(names: NameTable, mut p: Cursor, out: &mut Out) -> Dissect<Then> {
    if !least(1, &p, out) {
        return Ok(Then::Stop);
    }
    let status = p.u8()?;
    out.say(", Status: ").named("status", status, names, "Unknown");
    Ok(Then::Dump)
}

fn organization(mut p: Cursor, out: &mut Out) -> Dissect<(bool, Then)> {
    if !least(4, &p, out) {
        return Ok((false, Then::Stop));
    }
    let (oui, subtype) = (p.be24()?, p.u8()?);
    out.say(", Vendor: ").named("oui", oui, ouis::NAMES, "Unknown");
    out.say(", Sub-Type ").num("subtype", subtype);
    Ok((true, Then::Dump))
}

/// Who sent it: whether something of that is unknown, and what follows.
fn sender(p: &mut Cursor, out: &mut Out) -> Dissect<(bool, Then)> {
    const SHORT: &str = "\n\t  (TLV too short)";
    if !least(1, p, out) {
        return Ok((false, Then::Next));
    }
    let length = usize::from(p.u8()?);
    let mut unknown = false;
    if length > 0 {
        if p.claimed() < 1 {
            out.say(SHORT);
            return Ok((false, Then::Next));
        }
        let kind = p.u8()?;
        out.say("\n\t  Chassis-ID Type ").named("chassis_type", kind, CHASSIS, "Unknown");
        out.say(", Chassis-ID length ").num("chassis_length", length);
        if p.claimed() < length {
            out.say(SHORT);
            return Ok((false, Then::Next));
        }
        unknown = chassis(kind, p.part(length)?, out)?;
    }
    if p.claimed() == 0 {
        return Ok((unknown, Then::Dump));
    }
    let length = usize::from(p.u8()?);
    out.say("\n\t  Management Address Domain Length ").num("domain_length", length);
    if length == 0 {
        return Ok((unknown, Then::Dump));
    }
    if p.claimed() < length {
        out.say(SHORT);
        return Ok((false, Then::Next));
    }
    out.dump_hex("domain", p.part(length)?.rest(), "\n\t  Management Address Domain: ");
    if p.claimed() < 1 {
        out.say(" (Management Address Length is missing)");
        return Ok((true, Then::Dump));
    }
    let length = usize::from(p.u8()?);
    out.say("\n\t  Management Address Length ").num("address_length", length);
    if p.claimed() < length {
        out.say(SHORT);
        return Ok((false, Then::Stop));
    }
    if length > 0 {
        out.dump_hex("address", p.part(length)?.rest(), "\n\t  Management Address: ");
    }
    Ok((unknown, Then::Dump))
}

/// Says a chassis, of at least one byte; `true` if nobody knows how.
fn chassis(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let n = p.claimed();
    match kind {
        CHASSIS_MAC if n == 6 => {
            let address = p.array()?;
            out.say("\n\t  MAC ").mac("chassis", address);
        }
        CHASSIS_MAC => {
            out.say(" (invalid MAC address length)");
            return Ok(true);
        }
        CHASSIS_NETWORK => return network_address(p, out),
        1..=7 => _ = out.padded_chars_of("chassis", &mut p, n)?,
        _ => return Ok(true),
    }
    Ok(false)
}

fn network_address(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let family = p.u8()?;
    let n = p.claimed();
    out.say("\n\t  Network Address Type ").named("family", family, address_families::NAMES, "Unknown");
    let wrong = match u16::from(family) {
        address_families::IPV4 if n == 4 => {
            let address = p.array()?;
            out.say(", ").ip4("chassis", address);
            return Ok(false);
        }
        address_families::IPV6 if n == 16 => {
            let address = p.array()?;
            out.say(", ").ip6("chassis", address);
            return Ok(false);
        }
        address_families::IPV4 => "(invalid IPv4 address length ",
        address_families::IPV6 => "(invalid IPv6 address length ",
        _ => return Ok(true),
    };
    out.say(wrong).aloud(|out| {
        out.num("", n);
    });
    out.say(")");
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::proto::cfm::CFM;
    use crate::testing::{check, values};

    fn hex(tlvs: &str) -> String {
        format!("00 04 00 06 00000007 3f 01 {tlvs}")
    }

    fn tlv(tlvs: &str, words: &str) {
        let hex = hex(tlvs);
        let length = hex.split_whitespace().collect::<String>().len() / 2;
        check(
            &CFM,
            &hex,
            "-v",
            &format!(
                "CFMv0 Linktrace Reply, MD Level 0, length {length}\n\tFirst TLV offset 6, Flags [none]\
                 \n\t  Transaction-ID 0x00000007, ttl 63\n\t  Replay-Action Exact Match (1){words}"
            ),
        );
    }

    #[test]
    fn statuses() {
        tlv(
            "02 0001 02 03 0001 05 00",
            "\n\tPort status TLV (0x02), length 1, Status: Up (2)\
             \n\tInterface status TLV (0x03), length 1, Status: Dormant (5)\n\tEnd TLV (0x00)",
        );
        tlv("02 0000", "\n\tPort status TLV (0x02), length 0 (too short, must be >= 1)");
        tlv("02 0002 00", "\n\tPort status TLV (0x02), length 2\n\t\t packet is too short");
        tlv("02", "\n\tPort status TLV (0x02)\n\t\t packet is too short");
        assert!(values(&CFM, &hex("02 0001 02")).contains(r#""tlvs":[{"type":2,"length":1,"status":2}]"#));
    }

    #[test]
    fn organizations() {
        tlv(
            "1f 0005 00000c 01 ff",
            "\n\tOrganization Specific TLV (0x1f), length 5, Vendor: Cisco (12), Sub-Type 1\
             \n\t  0x0000:  0000 0c01 ff",
        );
    }

    #[test]
    fn senders() {
        let sender = |n: u8| format!("\n\tSender ID TLV (0x01), length {n}");
        tlv(
            "01 0008 06 04 020000000001",
            &format!(
                "{}\n\t  Chassis-ID Type MAC address (4), Chassis-ID length 6\n\t  MAC 02:00:00:00:00:01",
                sender(8)
            ),
        );
        tlv(
            "01 0007 05 05 01 0a000001",
            &format!(
                "{}\n\t  Chassis-ID Type Network address (5), Chassis-ID length 5\
                 \n\t  Network Address Type IPv4 (1), 10.0.0.1",
                sender(7)
            ),
        );
        tlv(
            "01 0007 00 02 abcd 02 ef01",
            &format!(
                "{}\n\t  Management Address Domain Length 2\n\t  Management Address Domain: 0x0000:  abcd\
                 \n\t  Management Address Length 2\n\t  Management Address: 0x0000:  ef01",
                sender(7)
            ),
        );
        tlv("01 0001 01", &format!("{}\n\t  (TLV too short)", sender(1)));
    }
}
