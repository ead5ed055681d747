//! DCBX, the Data Centre Bridging Exchange, before IEEE 802.1Qaz (source: "DCB Capability Exchange Protocol Base
//! Specification", revision 1.01).
//!
//! ```text
//! | subtype (1) | TLVs: type (7 bits), length (9 bits), value .. |
//! control:   | version (1) | highest version (1) | sequence (4) | acknowledgement (4) |
//! features:  | version (1) | highest version (1) | enable, willing, error .. (1) | subtype (1) | ..
//! ```

use super::subtype;
use crate::prelude::*;

/// Revision 1.0, which nobody explains.
const OLD: u8 = 1;
const SUBTYPES: NameTable =
    &[(1, "DCB Capability Exchange Protocol Rev 1"), (2, "DCB Capability Exchange Protocol Rev 1.01")];
const CONTROL: u8 = 1;
const GROUPS: u8 = 2;
const FLOW_CONTROL: u8 = 3;
const APPLICATIONS: u8 = 4;
const TLVS: NameTable = &[
    (1, "Control - Protocol Control"),
    (2, "Feature - Priority Group"),
    (3, "Feature - Priority Flow Control"),
    (4, "Feature - Application"),
];
/// Bytes of an application.
const APPLICATION: usize = 6;

/// Says what follows the organisation; `false` if nobody knows it.
pub(super) fn say(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    if subtype(&mut p, SUBTYPES, out)? == OLD {
        return Ok(false);
    }
    out.list("features", |out| {
        let mut known = true;
        while p.claimed() >= 2 {
            let head = p.be16()?;
            let (kind, length) = ((head >> 9) as u8, usize::from(head & 0x1ff));
            known = true;
            if kind == 0 || length == 0 {
                break;
            }
            let value = p.part(length)?;
            known = out.item(|out| feature(cx, kind, value, out))?;
        }
        Ok(known)
    })
}

fn feature(cx: &Cx, kind: u8, p: Cursor, out: &mut Out) -> Dissect<bool> {
    let length = p.claimed();
    let (known, least) = match kind {
        CONTROL => (true, 10),
        GROUPS => (true, 17),
        FLOW_CONTROL => (true, 6),
        APPLICATIONS => (true, 4),
        _ => (false, 0),
    };
    if length < least {
        return Err(Stop::Invalid);
    }
    if !known {
        out.note("type", kind).note("length", length);
        out.dump_hex("data", p.rest(), "\n\t    ");
        return Ok(false);
    }
    out.say("\n\t    ").named_as("type", kind, TLVS, "", " (type 0x%x").say(", length ");
    out.num("length", length).say(")");
    value(kind, p, out)?;
    if cx.verbose() > 1 {
        out.aloud(|out| {
            out.dump_hex("", p.rest(), "\n\t    ");
        });
    }
    Ok(true)
}

fn value(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let [version, highest] = p.array()?;
    out.say("\n\t      Oper_Version: ").num("version", version);
    out.say("\n\t      Max_Version: ").num("max_version", highest);
    if kind == CONTROL {
        let (sequence, acknowledged) = (p.be32()?, p.be32()?);
        out.say("\n\t      Sequence Number: ").num("sequence", sequence);
        out.say("\n\t      Acknowledgement Number: ").num("acknowledged", acknowledged);
        return Ok(());
    }
    let [information, subtype] = p.array()?;
    write!(out, "\n\t      Info block(0x{information:02X}): ");
    out.say("Enable bit: ").num("enable", information >> 7);
    out.say(", Willing bit: ").num("willing", information >> 6 & 1);
    out.say(", Error Bit: ").num("error", information >> 5 & 1);
    out.say("\n\t      SubType: ").num("subtype", subtype);
    match kind {
        GROUPS => groups(p, out),
        FLOW_CONTROL => flow_control(p, out),
        _ => applications(p, out),
    }
}

fn groups(mut p: Cursor, out: &mut Out) -> Dissect {
    let (groups, shares, classes) = (p.be32()?, p.array::<8>()?, p.u8()?);
    out.say("\n\t      Priority Allocation");
    out.list("groups", |out| {
        for i in 0..8 {
            write!(out, "\n\t          PgId_{i}: ").num("", groups >> (28 - 4 * i) & 0xf);
        }
        Ok(())
    })?;
    out.say("\n\t      Priority Group Allocation");
    out.list("shares", |out| {
        for (i, share) in shares.into_iter().enumerate() {
            write!(out, "\n\t          Pg percentage[{i}]: ").num("", share);
        }
        Ok(())
    })?;
    out.say("\n\t      NumTCsSupported: ").num("classes", classes);
    Ok(())
}

fn flow_control(mut p: Cursor, out: &mut Out) -> Dissect {
    let [bits, classes] = p.array()?;
    write!(out, "\n\t      PFC Config (0x{bits:02X})");
    out.note("priorities", bits);
    for i in 0..8 {
        let enabled = bits >> i & 1 != 0;
        write!(out, "\n\t          Priority Bit {i}: ").say(if enabled { "Enabled" } else { "Disabled" });
    }
    out.say("\n\t      NumTCPFCSupported: ").num("classes", classes);
    Ok(())
}

fn applications(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("applications", |out| {
        while p.claimed() >= APPLICATION {
            let (protocol, selector, map) = (p.be16()?, p.be24()?, p.u8()?);
            out.item(|out| {
                out.say("\n\t      Application Value\n\t          Application Protocol ID: 0x");
                out.hex0("protocol", protocol, 4).say("\n\t          SF (0x");
                let socket = selector >> 22;
                out.hex("selector", socket).say(") Application Protocol ID is ");
                out.say(if socket != 0 { "Socket Number" } else { "L2 EtherType" });
                out.say("\n\t          OUI: 0x").hex0("oui", selector & 0x3f_ffff, 6);
                out.say("\n\t          User Priority Map: 0x").hex0("priorities", map, 2);
                Ok(())
            })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::proto::lldp::ethernet::tests::private;

    fn tlv(value: &str, words: &str) {
        private("001b21", "DCBX", value, words);
    }

    const REVISION: &str = "\n\t  DCB Capability Exchange Protocol Rev 1.01 Subtype (2)";
    const HEAD: &str = "\n\t      Oper_Version: 0\n\t      Max_Version: 0\
                        \n\t      Info block(0x80): Enable bit: 1, Willing bit: 0, Error Bit: 0\n\t      SubType: 0";

    #[test]
    fn features() {
        tlv(
            "02 020a 0000 00000001 00000002",
            &format!(
                "{REVISION}\n\t    Control - Protocol Control (type 0x1, length 10)\n\t      Oper_Version: 0\
                 \n\t      Max_Version: 0\n\t      Sequence Number: 1\n\t      Acknowledgement Number: 2"
            ),
        );
        let bits: String = (0..8)
            .map(|i| {
                format!("\n\t          Priority Bit {i}: {}", if i == 3 { "Enabled" } else { "Disabled" })
            })
            .collect();
        tlv(
            "02 0606 0000 80 00 08 08",
            &format!(
                "{REVISION}\n\t    Feature - Priority Flow Control (type 0x3, length 6){HEAD}\
                 \n\t      PFC Config (0x08){bits}\n\t      NumTCPFCSupported: 8"
            ),
        );
        tlv(
            "02 080a 0000 80 00 8906 001b21 08",
            &format!(
                "{REVISION}\n\t    Feature - Application (type 0x4, length 10){HEAD}\n\t      Application Value\
                 \n\t          Application Protocol ID: 0x8906\
                 \n\t          SF (0x0) Application Protocol ID is L2 EtherType\
                 \n\t          OUI: 0x001b21\n\t          User Priority Map: 0x08"
            ),
        );
        let ids: String = (0..8).map(|i| format!("\n\t          PgId_{i}: {i}")).collect();
        let shares: String = (0..8).map(|i| format!("\n\t          Pg percentage[{i}]: 12")).collect();
        tlv(
            "02 0411 0000 80 00 01234567 0c0c0c0c0c0c0c0c 08",
            &format!(
                "{REVISION}\n\t    Feature - Priority Group (type 0x2, length 17){HEAD}\
                 \n\t      Priority Allocation{ids}\n\t      Priority Group Allocation{shares}\
                 \n\t      NumTCsSupported: 8"
            ),
        );
    }

    #[test]
    fn others() {
        tlv(
            "01",
            "\n\t  DCB Capability Exchange Protocol Rev 1 Subtype (1)\
             \n\t  0x0000:  001b 2101",
        );
        tlv("02 0209", REVISION);
        tlv("02 0000", REVISION);
    }
}
