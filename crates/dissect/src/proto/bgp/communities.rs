//! Extended communities (RFC 4360, RFC 7153): eight bytes, of which the first two are the type.

use super::say_as;
use crate::prelude::*;

const TYPES: NameTable = &[
    (0x0002, "target"),
    (0x0003, "origin"),
    (0x0005, "ospf-domain"),
    (0x0009, "source-AS"),
    (0x000a, "l2vpn-id"),
    (0x0102, "target"),
    (0x0103, "origin"),
    (0x0105, "ospf-domain"),
    (0x0107, "ospf-router-id"),
    (0x010b, "vrf-route-import"),
    (0x0202, "target"),
    (0x0203, "origin"),
    (0x0205, "ospf-domain"),
    (0x0306, "ospf-route-type"),
    (0x030c, "encapsulation"),
    (0x4004, "link-BW"),
    (0x4300, "origin-validation-state"),
    (0x8000, "ospf-route-type"),
    (0x8001, "ospf-router-id"),
    (0x8005, "ospf-domain"),
    (0x800a, "layer2-info"),
    (0x8800, "eigrp-general-route (flag, tag)"),
    (0x8801, "eigrp-route-metric (AS, delay)"),
    (0x8802, "eigrp-route-metric (reliability, nexthop, bandwidth)"),
    (0x8803, "eigrp-route-metric (load, MTU)"),
    (0x8804, "eigrp-external-route (remote-AS, remote-ID)"),
    (0x8805, "eigrp-external-route (remote-proto, remote-metric)"),
    (0xf10a, "l2vpn-id"),
];
const FLAGS: Flags = &[(0x8000, "vendor-specific"), (0x4000, "non-transitive")];
const VALIDITIES: NameTable = &[(0, "valid"), (1, "not found"), (2, "invalid")];
const TUNNELS: NameTable = &[
    (1, "L2TPv3 over IP"),
    (2, "GRE"),
    (3, "Transmit Tunnel"),
    (4, "IPsec"),
    (5, "IP in IP with IPsec"),
    (6, "MPLS in IP with IPsec"),
    (7, "IP in IP"),
    (8, "VXLAN"),
    (9, "NVGRE"),
    (10, "MPLS"),
    (11, "MPLS in GRE"),
    (12, "VXLAN GPE"),
    (13, "MPLS in UDP"),
    (14, "IPv6"),
    (15, "SR TE"),
    (16, "Bare"),
    (17, "SR"),
];

/// What a circuit of layer 2 carries (draft-kompella-ppvpn-l2vpn).
const LAYER_2: NameTable = &[
    (0, "Reserved"),
    (1, "Frame Relay"),
    (2, "ATM AAL5 SDU VCC transport"),
    (3, "ATM transparent cell transport"),
    (4, "Ethernet (VLAN) Tagged Mode"),
    (5, "Ethernet Raw Mode"),
    (6, "Cisco HDLC"),
    (7, "PPP"),
    (8, "SONET/SDH Circuit Emulation Service over MPLS"),
    (9, "ATM n-to-one VCC cell transport"),
    (10, "ATM n-to-one VPC cell transport"),
    (11, "IP layer 2 transport"),
    (15, "Frame Relay Port mode"),
    (17, "Structure-agnostic E1 over packet"),
    (18, "Structure-agnostic T1 (DS1) over packet"),
    (19, "VPLS"),
    (20, "Structure-agnostic T3 (DS3) over packet"),
    (21, "Nx64kbit/s Basic Service using Structure-aware"),
    (25, "Frame Relay DLCI"),
    (40, "Structure-agnostic E3 over packet"),
    (41, "Octet-aligned playload for Structure-agnostic DS1 circuits"),
    (42, "E1 Nx64kbit/s with CAS using Structure-aware"),
    (43, "DS1 (ESF) Nx64kbit/s with CAS using Structure-aware"),
    (44, "DS1 (SF) Nx64kbit/s with CAS using Structure-aware"),
];
const OSPF_ROUTES: NameTable = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Summary"),
    (5, "External"),
    (7, "NSSA External"),
    (129, "MPLS-VPN Sham"),
];

/// One community.
pub(super) fn extended(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let kind = p.be16()?;
    out.say("\n\t    ").name("type", kind, TYPES, "unknown extd community typecode");
    write!(out, " (0x{kind:04x}), Flags [");
    out.aloud(|out| {
        out.flags("", kind, FLAGS, "none");
    });
    out.say("]");
    let value: [u8; 6] = p.array()?;
    out.say(": ");
    let _ = out.phrase("value", |out| {
        say_value(cx, kind, value, out);
        Ok(())
    });
    Ok(())
}

fn say_value(cx: &Cx, kind: u16, value: [u8; 6], out: &mut Out) {
    let [a, b, c, d, e, f] = value;
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([e, f]));
    let number = u32::from_be_bytes([c, d, e, f]);
    match kind {
        0x0002 | 0x0003 | 0x000a => {
            write!(out, "{high}:{number} (= ").ip4("", [c, d, e, f]).say(")");
        }
        0x0102 | 0x0103 | 0x010b | 0xf10a => {
            write!(out.ip4("", [a, b, c, d]), ":{low}");
        }
        0x0202 | 0x0203 => {
            say_as(cx, "", u32::from_be_bytes([a, b, c, d]), out);
            write!(out, ":{low}");
        }
        0x0005 | 0x0105 | 0x0205 | 0x8005 | 0x0107 | 0x8001 => drop(out.ip4("", [a, b, c, d])),
        0x0009 => drop(write!(out, "AS {high}")),
        0x0306 | 0x8000 => {
            out.say("area:").ip4("", [a, b, c, d]);
            out.say(", router-type:").name("", e, OSPF_ROUTES, "unknown (0x%02x)");
            out.say(", metric-type:").say(if f & 1 != 0 { "E2" } else { "" });
            out.say(if matches!(e, 5 | 7) { "E1" } else { "" });
        }
        0x800a => {
            out.name("", a, LAYER_2, "unknown encaps");
            write!(out, " Control Flags [0x{b:02x}]:MTU {}", u16::from_be_bytes([c, d]));
        }
        0x030c => drop(out.say("Tunnel type: ").name("", low, TUNNELS, "unknown encaps")),
        0x4004 => {
            let bytes = f32::from_bits(number);
            write!(out, "bandwidth: {:.3} Mbps", bytes * 8.0 / 1_000_000.0);
        }
        0x4300 => {
            let reserved = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
            if reserved != 0 {
                write!(out, "[the reserved field 0x{reserved:x} MUST be 0] ");
            }
            out.say("ovs: ").name("", f, VALIDITIES, "unknown origin validation state");
        }
        _ => drop(out.bytes("", &value)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::BGP;
    use crate::testing::check;

    #[test]
    fn values() {
        for (community, said) in [
            (
                "8000 0a000001 03 01",
                "ospf-route-type (0x8000), Flags [vendor-specific]: area:10.0.0.1, router-type:Summary, metric-type:E2",
            ),
            (
                "0306 0a000001 07 00",
                "ospf-route-type (0x0306), Flags [none]: area:10.0.0.1, router-type:NSSA External, metric-type:E1",
            ),
            (
                "800a 05 02 05dc 0000",
                "layer2-info (0x800a), Flags [vendor-specific]: Ethernet Raw Mode Control Flags [0x02]:MTU 1500",
            ),
            (
                "4300 0000000001 00",
                "origin-validation-state (0x4300), Flags [non-transitive]: \
                 [the reserved field 0x1 MUST be 0] ovs: valid",
            ),
            ("030c 00000000 0063", "encapsulation (0x030c), Flags [none]: Tunnel type: unknown encaps"),
        ] {
            check(
                &BGP,
                &format!("ffffffffffffffffffffffffffffffff 0022 02 0000 000b c01008 {community}"),
                "-v",
                &format!(
                    ": BGP\n\tUpdate Message (2), length: 34\n\t  Extended Community (16), length: 8, Flags [OT]: \
                     \n\t    {said}"
                ),
            );
        }
    }
}
