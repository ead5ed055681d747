//! LLDP of bridges (IEEE 802.1Q annex D; IEEE 802.1AX annex F for link aggregation).
//!
//! ```text
//! | subtype (1) | ..
//! 9, 10: | .. (1) | class of each priority (8 of 4 bits) | share of each class (8) | algorithm of each class (8) |
//! 12:    | .. (1) | applications: | priority, selector (1) | protocol (2) |
//! 14:    | .. (2) | channels (2) | pairs: | SCID (12 bits), SVID (12 bits) |
//! ```

use super::ethernet::aggregation;
use super::{bits, subtype};
use crate::prelude::*;

const SUBTYPES: NameTable = &[
    (1, "Port VLAN Id"),
    (2, "Port and Protocol VLAN ID"),
    (3, "VLAN name"),
    (4, "Protocol Identity"),
    (7, "Link aggregation"),
    (8, "Congestion Notification"),
    (9, "ETS Configuration"),
    (10, "ETS Recommendation"),
    (11, "Priority Flow Control Configuration"),
    (12, "Application Priority"),
    (13, "EVB"),
    (14, "CDCP"),
];
const PROTOCOL_VLAN: Flags = &[(2, "supported"), (4, "enabled")];
const EVB_MODES: NameTable =
    &[(0, "Not Supported"), (1, "EVB Bridge"), (2, "EVB Staion"), (3, "Reserved for future Standardization")];

/// Says what follows the organisation; `false` if nobody knows it.
pub(super) fn say(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match subtype(&mut p, SUBTYPES, out)? {
        1 => {
            let vlan = p.be16()?;
            out.say("\n\t    port vlan id (PVID): ").num("vlan", vlan);
        }
        2 => {
            let (flags, vlan) = (p.u8()?, p.be16()?);
            out.say("\n\t    port and protocol vlan id (PPVID): ").num("vlan", vlan).say(", flags ");
            bits("flags", flags.into(), PROTOCOL_VLAN, "none", 2, out);
        }
        3 => {
            let vlan = p.be16()?;
            out.say("\n\t    vlan id (VID): ").num("vlan", vlan);
            counted("\n\t    vlan name: ", "name", p, out)?;
        }
        4 => counted("\n\t    protocol identity: ", "identity", p, out)?,
        7 => aggregation(p, out)?,
        8 => congestion(p, out)?,
        9 => {
            want(&p, 21)?;
            let bits = p.u8()?;
            out.say("\n\t    Willing:").num("willing", bits >> 7).say(", CBS:").num("cbs", bits >> 6 & 2);
            out.say(", RES:").num("reserved", bits >> 3 & 7).say(", Max TCs:").num("classes", bits & 7);
            transmission(p, out)?;
        }
        10 => {
            want(&p, 21)?;
            let reserved = p.u8()?;
            out.say("\n\t    RES: ").num("reserved", reserved);
            transmission(p, out)?;
        }
        11 => flow_control(p, out)?,
        12 => applications(p, out)?,
        13 => virtual_bridging(p, out)?,
        14 => channels(p, out)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Nothing of a value is told that is shorter than this.
fn want(p: &Cursor, n: usize) -> Dissect {
    if p.claimed() < n { Err(Stop::Invalid) } else { Ok(()) }
}

/// Characters behind their number.
fn counted(words: &str, key: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    let n = usize::from(p.u8()?);
    let mut chars = p.part(n)?;
    out.say(words).padded_chars_of(key, &mut chars, n)?;
    Ok(())
}

/// A line of values beneath the numbers 0 to 7, each in three columns.
fn columns(key: &str, values: [u8; 8], between: &str, out: &mut Out) -> Dissect {
    out.list(key, |out| {
        for (i, value) in values.into_iter().enumerate() {
            out.say(if i > 0 { between } else { "" });
            out.aside(|out| {
                out.num("", value);
            });
            write!(out, "{value:<3}");
        }
        Ok(())
    })
}

fn each_bit(key: &str, bits: u8, out: &mut Out) -> Dissect {
    out.say("\n\t     Priority : 0  1  2  3  4  5  6  7\n\t     Value    : ");
    columns(key, std::array::from_fn(|i| bits >> i & 1), "", out)
}

fn congestion(mut p: Cursor, out: &mut Out) -> Dissect {
    let [priorities, ready] = p.array()?;
    out.say("\n\t    Pre-Priority CNPV Indicator");
    each_bit("priorities", priorities, out)?;
    out.say("\n\t    Pre-Priority Ready Indicator");
    each_bit("ready", ready, out)
}

fn transmission(mut p: Cursor, out: &mut Out) -> Dissect {
    let nibbles = p.be32()?;
    out.say("\n\t    Priority Assignment Table\n\t     Priority : 0   1   2   3   4   5   6   7");
    out.say("\n\t     Value    : ");
    columns(
        "classes_of_priorities",
        std::array::from_fn(|i| (nibbles >> (28 - 4 * i) & 0xf) as u8),
        " ",
        out,
    )?;
    let shares = p.array()?;
    out.say("\n\t    TC Bandwidth Table\n\t     TC%   : 0   1   2   3   4   5   6   7\n\t     Value : ");
    columns("shares", shares, " ", out)?;
    let algorithms = p.array()?;
    out.say("\n\t    TSA Assignment Table\n\t     Traffic Class: 0   1   2   3   4   5   6   7");
    out.say("\n\t     Value        : ");
    columns("algorithms", algorithms, " ", out)
}

fn flow_control(mut p: Cursor, out: &mut Out) -> Dissect {
    let [bits, enabled] = p.array()?;
    out.say("\n\t    Willing: ").num("willing", bits >> 7).say(", MBC: ").num("mbc", bits >> 6 & 1);
    out.say(", RES: ").num("reserved", bits >> 4 & 3).say(", PFC cap:").num("capability", bits & 0xf);
    out.say(" \n\t    PFC Enable");
    each_bit("enabled", enabled, out)
}

fn applications(mut p: Cursor, out: &mut Out) -> Dissect {
    let reserved = p.u8()?;
    out.say("\n\t    RES: ").num("reserved", reserved);
    if p.claimed() == 0 || !p.claimed().is_multiple_of(3) {
        return Ok(());
    }
    out.say("\n\t    Application Priority Table");
    out.list("applications", |out| {
        while p.claimed() > 0 {
            out.item(|out| {
                let (bits, protocol) = (p.u8()?, p.be16()?);
                out.say("\n\t      Priority: ").num("priority", bits >> 5);
                out.say(", RES: ").num("reserved", bits >> 3 & 3).say(", Sel: ").num("selector", bits & 7);
                out.say(", Protocol ID: ").num("protocol", protocol);
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn virtual_bridging(mut p: Cursor, out: &mut Out) -> Dissect {
    let [bridge, station, retries, mode, keep] = p.array()?;
    out.say("\n\t    EVB Bridge Status\n\t      RES: ").num("bridge_reserved", bridge >> 3);
    out.say(", BGID: ").num("bgid", bridge >> 2 & 1).say(", RRCAP: ").num("rrcap", bridge >> 1 & 1);
    out.say(", RRCTR: ").num("rrctr", bridge & 1);
    out.say("\n\t    EVB Station Status\n\t      RES: ").num("station_reserved", station >> 4);
    out.say(", SGID: ").num("sgid", station >> 3 & 1).say(", RRREQ: ").num("rrreq", station >> 2 & 1);
    out.say(",RRSTAT: ").num("rrstat", station & 3);
    out.say("\n\t    R: ").num("retries", retries >> 5).say(", RTE: ").num("rte", retries & 0x1f);
    out.say(", EVB Mode: ").named_as("mode", mode >> 6, EVB_MODES, "unknown", " [%u]");
    out.say("\n\t    ROL: ").num("rol", mode >> 5 & 1).say(", RWD: ").num("rwd", mode & 0x1f);
    out.say(", RES: ").num("reserved", keep >> 6).say(", ROL: ").num("keep_rol", keep >> 5 & 1);
    out.say(", RKA: ").num("rka", keep & 0x1f);
    Ok(())
}

fn channels(mut p: Cursor, out: &mut Out) -> Dissect {
    let [bits, _] = p.array()?;
    let capability = p.be16()?;
    out.say("\n\t    Role: ").num("role", bits >> 7).say(", RES: ").num("reserved", bits >> 4 & 7);
    out.say(", Scomp: ").num("scomp", bits >> 3 & 1);
    out.say(" ChnCap: ").num("capability", capability & 0xfff);
    if !p.claimed().is_multiple_of(3) {
        return Ok(());
    }
    out.list("channels", |out| {
        while p.claimed() > 0 {
            out.item(|out| {
                let pair = p.be24()?;
                out.say("\n\t    SCID: ").num("scid", pair >> 12).say(", SVID: ").num("svid", pair & 0xfff);
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
        private("0080c2", "Ethernet bridged", value, words);
    }

    #[test]
    fn vlans() {
        tlv("01 0001", "\n\t  Port VLAN Id Subtype (1)\n\t    port vlan id (PVID): 1");
        tlv(
            "02 06 0002",
            "\n\t  Port and Protocol VLAN ID Subtype (2)\
             \n\t    port and protocol vlan id (PPVID): 2, flags [supported, enabled] (0x06)",
        );
        tlv("03 0003 02 6162", "\n\t  VLAN name Subtype (3)\n\t    vlan id (VID): 3\n\t    vlan name: ab");
        tlv("03 0003 03 6162", "\n\t  VLAN name Subtype (3)\n\t    vlan id (VID): 3");
        tlv("04 02 6162", "\n\t  Protocol Identity Subtype (4)\n\t    protocol identity: ab");
        tlv(
            "07 01 00000002",
            "\n\t  Link aggregation Subtype (7)\n\t    aggregation status [supported], aggregation port ID 2",
        );
    }

    #[test]
    fn data_centres() {
        let numbers = "0  1  2  3  4  5  6  7";
        let wide = "0   1   2   3   4   5   6   7";
        tlv(
            "08 01 80",
            &format!(
                "\n\t  Congestion Notification Subtype (8)\n\t    Pre-Priority CNPV Indicator\
                 \n\t     Priority : {numbers}\n\t     Value    : 1  0  0  0  0  0  0  0  \
                 \n\t    Pre-Priority Ready Indicator\
                 \n\t     Priority : {numbers}\n\t     Value    : 0  0  0  0  0  0  0  1  "
            ),
        );
        let tables = format!(
            "\n\t    Priority Assignment Table\n\t     Priority : {wide}\n\t     Value    : 0   1   2   3   4   5   6   7  \
             \n\t    TC Bandwidth Table\n\t     TC%   : {wide}\n\t     Value : 100 0   0   0   0   0   0   0  \
             \n\t    TSA Assignment Table\n\t     Traffic Class: {wide}\n\t     Value        : 2   2   2   2   2   2   2   2  "
        );
        let body = "01234567 6400000000000000 0202020202020202";
        tlv(
            &format!("09 83 {body}"),
            &format!("\n\t  ETS Configuration Subtype (9)\n\t    Willing:1, CBS:2, RES:0, Max TCs:3{tables}"),
        );
        tlv(
            &format!("0a 00 {body}"),
            &format!("\n\t  ETS Recommendation Subtype (10)\n\t    RES: 0{tables}"),
        );
        tlv("0a 00 00", "\n\t  ETS Recommendation Subtype (10)");
        tlv(
            "0b 88 08",
            &format!(
                "\n\t  Priority Flow Control Configuration Subtype (11)\
                 \n\t    Willing: 1, MBC: 0, RES: 0, PFC cap:8 \n\t    PFC Enable\
                 \n\t     Priority : {numbers}\n\t     Value    : 0  0  0  1  0  0  0  0  "
            ),
        );
        tlv(
            "0c 00 61 8906",
            "\n\t  Application Priority Subtype (12)\n\t    RES: 0\n\t    Application Priority Table\
             \n\t      Priority: 3, RES: 0, Sel: 1, Protocol ID: 35078",
        );
    }

    #[test]
    fn virtual_bridges() {
        tlv(
            "0d 02 00 f5 5e 0f",
            "\n\t  EVB Subtype (13)\n\t    EVB Bridge Status\n\t      RES: 0, BGID: 0, RRCAP: 1, RRCTR: 0\
             \n\t    EVB Station Status\n\t      RES: 0, SGID: 0, RRREQ: 0,RRSTAT: 0\
             \n\t    R: 7, RTE: 21, EVB Mode: EVB Bridge [1]\n\t    ROL: 0, RWD: 30, RES: 0, ROL: 0, RKA: 15",
        );
        tlv(
            "0e 80 00 00a7 001001",
            "\n\t  CDCP Subtype (14)\n\t    Role: 1, RES: 0, Scomp: 0 ChnCap: 167\n\t    SCID: 1, SVID: 1",
        );
    }
}
