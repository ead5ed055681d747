//! VTP, Cisco's VLAN Trunking Protocol (source: Cisco, "Understanding VLAN Trunk Protocol", document 10558).
//!
//! ```text
//! | version (1) | code (1) | followers, or sequence (1) | name length (1) | domain name (32) |
//! summary:  | revision (4) | updater (4) | time (12) | MD5 digest (16) |
//! subset:   | revision (4) | VLANs: | length (1) | status (1) | type (1) | name length (1) |
//!                                   | VLAN (2) | MTU (2) | SAID (4) | name, to a multiple of 4 | TLVs |
//! request:  | start value (4) |
//! ```

use crate::prelude::*;

/// VTP.
pub static VTP: Protocol = Protocol { name: "vtp", dissect };

const HEADER: usize = 36;
const DOMAIN: usize = 32;
const SUMMARY: u8 = 1;
const SUBSET: u8 = 2;
const REQUEST: u8 = 3;
const CODES: NameTable = &[
    (1, "Summary advertisement"),
    (2, "Subset advertisement"),
    (3, "Advertisement request"),
    (4, "Join message"),
];
/// What the third byte of the header is, by the code.
const THIRDS: NameTable = &[(1, "Followers"), (2, "Seq number"), (3, "Rsvd"), (4, "Rsvd")];

/// Of a VLAN, before its name.
const VLAN_FIXED: usize = 12;
const STATUSES: NameTable = &[(0, "Operational"), (1, "Suspended")];
const TYPES: NameTable = &[(1, "Ethernet"), (2, "FDDI"), (3, "TrCRF"), (4, "FDDI-net"), (5, "TrBRF")];

const STP_TYPE: u8 = 3;
const PRUNING: u8 = 6;
const BRIDGE_TYPE: u8 = 7;
const STE_HOPS: u8 = 9;
const BACKUP_CRF: u8 = 10;
const TLVS: NameTable = &[
    (1, "Source-Routing Ring Number TLV"),
    (2, "Source-Routing Bridge Number TLV"),
    (3, "STP type TLV"),
    (4, "Parent VLAN TLV"),
    (5, "Translationally bridged VLANs TLV"),
    (6, "Pruning TLV"),
    (7, "Bridge Type TLV"),
    (8, "Max ARP Hop Count TLV"),
    (9, "Max STE Hop Count TLV"),
    (10, "Backup CRF Mode TLV"),
];
const STP_TYPES: NameTable = &[(1, "SRT"), (2, "SRB"), (3, "Auto")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("VTP");
    let done = message(cx, &mut p, out);
    cx.close(done, &p, out)
}

fn message(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(out.lie("length", length, "<", HEADER));
    }
    p.need(HEADER)?;
    let whole = *p;
    let [version, code, third, name] = p.array()?;
    if version < 1 {
        return Err(out.lie("version", version, "<", 1u8));
    }
    if version > 3 {
        return Err(out.lie("version", version, ">", 3u8));
    }
    out.say("v").num("version", version).say(", Message ");
    out.named_as("code", code, CODES, "Unknown message type", " (0x%02x)");
    out.say(", length ").num("length", length);
    if cx.verbose() == 0 {
        return whole.need(length);
    }
    out.say("\n\tDomain name: ");
    if !(1..=DOMAIN).contains(&name.into()) {
        out.aloud(|out| {
            out.say(" [MgmtD Len ").num("", name).say("]");
        });
        return Err(Stop::Invalid);
    }
    let mut domain = p.sub(name.into());
    out.padded_chars_of("domain", &mut domain, name.into())?;
    p.skip(DOMAIN)?;
    out.say(", ").aloud(|out| {
        out.name("", code, THIRDS, "Unknown");
    });
    out.say(": ").num("third", third);
    match code {
        SUMMARY => summary(p, out),
        SUBSET => subset(p, out),
        REQUEST => {
            let start = p.be32()?;
            out.say("\n\tStart value: ").num("start", start);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn summary(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (revision, updater) = (p.be32()?, p.array()?);
    out.say("\n\t  Config Rev ").hex("revision", revision).say(", Updater ").ip4("updater", updater);
    let time: [u8; 12] = p.array()?;
    out.say(", Timestamp");
    out.phrase("time", |out| {
        for word in time.as_chunks::<4>().0 {
            out.say(" 0x").bytes("", word);
        }
        Ok(())
    })?;
    let digest: [u8; 16] = p.array()?;
    out.say(", MD5 digest: ").bytes("digest", &digest);
    Ok(())
}

fn subset(p: &mut Cursor, out: &mut Out) -> Dissect {
    let revision = p.be32()?;
    out.say(", Config Rev ").hex("revision", revision);
    out.list("vlans", |out| {
        while p.claimed() > 0 {
            let length = usize::from(p.peek()?);
            if length == 0 {
                break;
            }
            p.need(length)?;
            let mut vlan_info = p.part(length)?;
            out.item(|out| vlan(&mut vlan_info, out))?;
        }
        Ok(())
    })
}

fn vlan(p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < VLAN_FIXED {
        return Err(Stop::Invalid);
    }
    let [_, status, kind, name] = p.array()?;
    let (id, mtu, said) = (p.be16()?, p.be16()?, p.be32()?);
    out.say("\n\tVLAN info status ").name("status", status, STATUSES, "Unknown");
    out.say(", type ").name("type", kind, TYPES, "Unknown");
    out.say(", VLAN-id ").num("vlan", id).say(", MTU ").num("mtu", mtu);
    out.say(", SAID 0x").hex0("said", said, 8).say(", Name ");
    let name = usize::from(name);
    let mut padded = p.part(name.next_multiple_of(4))?;
    out.padded_chars_of("name", &mut padded, name)?;
    out.list("tlvs", |out| {
        while p.claimed() > 0 {
            out.item(|out| tlv(p, out))?;
        }
        Ok(())
    })
}

/// A TLV, whose length counts units of two bytes behind its header.
fn tlv(p: &mut Cursor, out: &mut Out) -> Dissect {
    let start = *p;
    let [kind, units] = p.array()?;
    out.say("\n\t\t").named_as("type", kind, TLVS, "Unknown", " (0x%04x)").say(" TLV");
    if p.claimed() < usize::from(units) * 2 {
        out.say(" (TLV goes past the end of the packet)");
        return Err(Stop::Invalid);
    }
    if units != 1 {
        return Err(out.lie("TLV length", units, "!=", 1u8));
    }
    let value = p.be16()?;
    let one_of = |out: &mut Out, one: &str, other: &str| {
        out.say(", ").say(if value == 1 { one } else { other });
        out.say(" (").num("value", value).say(")");
    };
    match kind {
        STE_HOPS => _ = out.say(", ").num("value", value),
        PRUNING => one_of(out, "Enabled", "Disabled"),
        STP_TYPE => _ = out.say(", ").named("value", value, STP_TYPES, "Unknown"),
        BRIDGE_TYPE => one_of(out, "SRB", "SRT"),
        BACKUP_CRF => one_of(out, "Backup", "Not backup"),
        _ => _ = out.dump_hex("value", start.sub(4).rest(), "\n\t\t  "),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    fn message(code: &str, third: &str, body: &str) -> String {
        format!("01 {code} {third} 03 4c6162 {} {body}", "00".repeat(29))
    }

    #[test]
    fn summary() {
        let digest = "000102030405060708090a0b0c0d0e0f";
        let hex = message("01", "02", &format!("00000010 0a000001 393033303130313030393030 {digest}"));
        let words = "VTPv1, Message Summary advertisement (0x01), length 72";
        check(&VTP, &hex, "", words);
        check(
            &VTP,
            &hex,
            "-v",
            &format!(
                "{words}\n\tDomain name: Lab, Followers: 2\n\t  Config Rev 10, Updater 10.0.0.1, \
                 Timestamp 0x39303330 0x31303130 0x30393030, MD5 digest: {digest}"
            ),
        );
        assert!(values(&VTP, &hex).starts_with(
            r#"{"vtp":{"version":1,"code":1,"length":72,"domain":"Lab","third":2,"revision":16"#
        ));
    }

    #[test]
    fn subset() {
        let vlan = "18 00 01 04 0001 05dc 000186a1 61626364 06 01 0001 08 01 0002 00";
        let hex = message("02", "01", &format!("00000001 {vlan}"));
        check(
            &VTP,
            &hex,
            "-v",
            "VTPv1, Message Subset advertisement (0x02), length 65\n\tDomain name: Lab, Seq number: 1, \
             Config Rev 1\n\tVLAN info status Operational, type Ethernet, VLAN-id 1, MTU 1500, \
             SAID 0x000186a1, Name abcd\n\t\tPruning TLV (0x0006) TLV, Enabled (1)\
             \n\t\tMax ARP Hop Count TLV (0x0008) TLV\n\t\t  0x0000:  0801 0002",
        );
    }

    #[test]
    fn requests_and_lies() {
        let words = "VTPv1, Message Advertisement request (0x03), length 40";
        let hex = message("03", "00", "00000007");
        check(&VTP, &hex, "-v", &format!("{words}\n\tDomain name: Lab, Rsvd: 0\n\tStart value: 7"));
        check(&VTP, "01", "", "VTP [length 1 < 36] (invalid)");
        check(&VTP, &format!("09 {}", "00".repeat(35)), "", "VTP [version 9 > 3] (invalid)");
        let long = hex.replacen("03 4c", "21 4c", 1);
        check(&VTP, &long, "-v", &format!("{words}\n\tDomain name:  [MgmtD Len 33] (invalid)"));
        let short = message("02", "01", "00000001 0b 00 01 04 0001 05dc 000186");
        assert!(values(&VTP, &short).ends_with(r#""vlans":[{}],"invalid":true}}"#));
    }
}
