//! Tags of Marvell's switches, between the addresses and the type of an Ethernet frame (source: Linux, net/dsa/tag_dsa.c).
//!
//! ```text
//! EDSA only: | ethertype, as configured (2) | 0 (2) |
//! | mode (2), tagged, device (5) | port or trunk (5), trunk/code/sniff, code, CFI | priority (3), code, VLAN (12) |
//! ```

use super::ether;
use crate::parts::ethertypes;
use crate::prelude::*;

/// An Ethernet frame with a DSA tag.
pub static DSA: Protocol =
    Protocol { name: "dsa", dissect: |cx, p, out| ether::tagged(cx, &DSA_TAG, p, out) };
/// An Ethernet frame with a DSA tag behind an ethertype.
pub static EDSA: Protocol =
    Protocol { name: "edsa", dissect: |cx, p, out| ether::tagged(cx, &EDSA_TAG, p, out) };

const DSA_TAG: ether::Tag = ether::Tag { length: 4, say: dsa };
const EDSA_TAG: ether::Tag = ether::Tag { length: 8, say: edsa };

const TO_CPU: u8 = 0;
const FROM_CPU: u8 = 1;
const TO_SNIFFER: u8 = 2;
const MODES: NameTable = &[
    (TO_CPU as u32, "To CPU"),
    (FROM_CPU as u32, "From CPU"),
    (TO_SNIFFER as u32, "To Sniffer"),
    (3, "Forward"),
];
/// Why a frame goes to the CPU.
const CODES: NameTable = &[
    (0, "BPDU (MGMT) Trap"),
    (1, "Frame2Reg"),
    (2, "IGMP/MLD Trap"),
    (3, "Policy Trap"),
    (4, "ARP Mirror"),
    (5, "Policy Mirror"),
];

fn dsa(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(if cx.options.link_header { "Marvell DSA " } else { "DSA " });
    tag(cx, p, out)
}

fn edsa(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let (kind, [a, b]) = (p.be16()?, p.array()?);
    out.note("ethertype", kind);
    out.aloud(|out| {
        if cx.options.link_header {
            out.say("Marvell EDSA ethertype 0x").hex0("", kind, 4);
            out.say(" (").name("", kind, ethertypes::NAMES, "Unknown").say("), ");
            write!(out, "rsvd {a} {b}, ");
        } else {
            out.say("EDSA 0x").hex0("", kind, 4).say(", ");
        }
    });
    tag(cx, p, out)
}

/// The four bytes that both have.
struct Tag {
    mode: u8,
    tagged: bool,
    device: u8,
    port: u8,
    /// Of a frame that is forwarded: it came from a trunk. Of one to a sniffer: it came in.
    third: bool,
    cfi: bool,
    code: u8,
    priority: u16,
    vlan: u16,
}

fn tag(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let [first, second] = p.array()?;
    let tci = p.be16()?;
    let tag = Tag {
        mode: first >> 6,
        tagged: first & 0x20 != 0,
        device: first & 0x1f,
        port: second >> 3,
        third: second & 0x04 != 0,
        cfi: second & 0x01 != 0,
        code: second & 0x06 | u8::from(tci & 0x1000 != 0),
        priority: tci >> 13,
        vlan: tci & 0x0fff,
    };
    out.note("mode", tag.mode)
        .note_that("tagged", tag.tagged)
        .note("device", tag.device)
        .note("port", tag.port);
    match tag.mode {
        TO_CPU => _ = out.note("code", tag.code),
        FROM_CPU => {}
        TO_SNIFFER => _ = out.note_that("ingress", tag.third),
        _ => _ = out.note_that("trunk", tag.third),
    }
    out.note_that("cfi", tag.cfi).note("vlan", tag.vlan).note("priority", tag.priority);
    out.aloud(|out| if cx.options.link_header { tag.at_length(out) } else { tag.in_short(out) });
    Ok(())
}

impl Tag {
    fn at_length(&self, out: &mut Out) {
        let Tag { device, port, .. } = self;
        out.say("mode ").name("", self.mode, MODES, "unknown").say(", ");
        match self.mode {
            TO_CPU => {
                write!(out, "source dev {device}, port {port}, code ");
                out.name("", self.code, CODES, "reserved").say(", ");
            }
            FROM_CPU => _ = write!(out, "target dev {device}, port {port}, "),
            TO_SNIFFER => {
                write!(out, "source dev {device}, port {port}, ");
                out.say(if self.third { "ingress sniff, " } else { "egress sniff, " });
            }
            _ => {
                let what = if self.third { "trunk" } else { "port" };
                write!(out, "dev {device}, {what} {port}, ");
            }
        }
        out.say(if self.tagged { "tagged, " } else { "untagged, " }).say(if self.cfi { "CFI, " } else { "" });
        write!(out, "VID {}, FPri {}, ", self.vlan, self.priority);
    }

    fn in_short(&self, out: &mut Out) {
        let Tag { device, port, .. } = self;
        match self.mode {
            TO_CPU => write!(out, "port {device}.{port} > CPU, "),
            FROM_CPU => write!(out, "CPU > port {device}.{port}, "),
            TO_SNIFFER => {
                write!(out, "port {device}.{port} > {} Sniffer, ", if self.third { "Rx" } else { "Tx" })
            }
            _ => write!(out, "Forward {} {device}.{port}, ", if self.third { "trunk" } else { "port" }),
        };
        write!(out, "VLAN {}{}, ", self.vlan, if self.tagged { 't' } else { 'u' });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MACS: &str = "020000000001 020000000002";
    const SAID: &str = "02:00:00:00:00:02 > 02:00:00:00:00:01, ";
    const IP: &str = "ethertype IPv4 (0x0800), ";

    #[test]
    fn modes() {
        let frame = |tag: &str| format!("{MACS} {tag} 0800 40");
        let rest = "IP  [length 1 < 20] (invalid)";
        check(&DSA, &frame("c108 0000"), "", &format!("DSA Forward port 1.1, VLAN 0u, {rest}"));
        check(&DSA, &frame("e10c a539"), "", &format!("DSA Forward trunk 1.1, VLAN 1337t, {rest}"));
        check(&DSA, &frame("4108 0001"), "-v", &format!("DSA CPU > port 1.1, VLAN 1u, {rest}"));
        check(&DSA, &frame("010a 0001"), "", &format!("DSA port 1.1 > CPU, VLAN 1u, {rest}"));
        check(&DSA, &frame("810c 0001"), "", &format!("DSA port 1.1 > Rx Sniffer, VLAN 1u, {rest}"));
        check(
            &DSA,
            &frame("010b 1001"),
            "-e",
            &format!(
                "{SAID}Marvell DSA mode To CPU, source dev 1, port 1, code Policy Trap, untagged, CFI, VID 1, FPri 0, {IP}length 19:  [length 1 < 20] (invalid)"
            ),
        );
        assert_eq!(
            values(&DSA, &format!("{MACS} c10c a539 1234")),
            r#"{"dsa":{"dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","mode":3,"tagged":false,"device":1,"port":1,"trunk":true,"cfi":false,"vlan":1337,"priority":5,"type":4660}}"#
        );
    }

    #[test]
    fn behind_an_ethertype() {
        let frame = format!("{MACS} dada 0000 4108 0001 0800 40");
        check(&EDSA, &frame, "", "EDSA 0xdada, CPU > port 1.1, VLAN 1u, IP  [length 1 < 20] (invalid)");
        check(
            &EDSA,
            &frame,
            "-e",
            &format!(
                "{SAID}Marvell EDSA ethertype 0xdada (Unknown), rsvd 0 0, mode From CPU, target dev 1, port 1, untagged, VID 1, FPri 0, {IP}length 23:  [length 1 < 20] (invalid)"
            ),
        );
        check(&EDSA, &format!("{MACS} dada 0000 4108"), "-e", " [|edsa]");
    }
}
