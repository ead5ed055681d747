//! Routes that are no prefixes of IP: to route targets (RFC 4684), multicast in VPNs (RFC 6514, RFC 6037), links of
//! layer 2 (RFC 4761, RFC 6074) and NSAPs.
//!
//! ```text
//! target:     | bits | AS (4) | extended community, as many bytes as it has bits for
//! multicast:  | type | length | what the type says ..
//! tree:       | bits | route distinguisher (8) | address (4) | group (4) |
//! layer 2:    | length (2) | route distinguisher (8) | site (2) | offset (2) | label (3) | TLVs ..
//! NSAP:       | bits | label (3) | route distinguisher (8) | prefix ..
//! ```

use super::families::{Route, Wrong, say_distinguisher};
use super::say_as;
use crate::parts::{nsap, route_distinguisher};
use crate::prelude::*;

const RD: usize = 8;

const INTRA_AS: u8 = 1;
const INTER_AS: u8 = 2;
const SELECTIVE: u8 = 3;
const SOURCE_ACTIVE: u8 = 5;
const SHARED_JOIN: u8 = 6;
const SOURCE_JOIN: u8 = 7;
const MULTICAST_TYPES: NameTable = &[
    (INTRA_AS as u32, "Intra-AS I-PMSI"),
    (INTER_AS as u32, "Inter-AS I-PMSI"),
    (SELECTIVE as u32, "S-PMSI"),
    (4, "Intra-AS Segment-Leaf"),
    (SOURCE_ACTIVE as u32, "Source-Active"),
    (SHARED_JOIN as u32, "Shared Tree Join"),
    (SOURCE_JOIN as u32, "Source Tree Join"),
];
/// Bits of a tree.
const TREE: u8 = 128;
/// Bits of the longest NSAP that is announced.
const LONGEST: u8 = 152;
/// Bits of a label and a route distinguisher.
const LABEL_AND_RD: u8 = 24 + 64;

/// Takes a route off `p` and says it.
pub(super) fn say(cx: &Cx, route: Route, p: &mut Cursor, out: &mut Out) -> Result<(), Wrong> {
    match route {
        Route::Target => target(cx, p, out),
        Route::MulticastVpn => Ok(out.item(|out| multicast(cx, p, out))?),
        Route::Tree => tree(cx, p, out),
        Route::Layer2 => Ok(out.item(|out| layer2(cx, p, out))?),
        _ => osi(cx, route == Route::OsiVpn, p, out),
    }
}

/// A route to those who want routes with this community, of which only the first bits count.
fn target(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Result<(), Wrong> {
    let bits = p.u8()?;
    if bits == 0 {
        out.item(|out| {
            out.say("\n\t      default route target").note("bits", bits);
            Ok(())
        })?;
        return Ok(());
    }
    let Some(bits) = bits.checked_sub(32) else { return Err(too_long(out)) };
    let number = p.be32()?;
    if bits > 64 {
        return Err(too_long(out));
    }
    let length = usize::from(bits).div_ceil(8);
    let beyond = u64::MAX.checked_shr(bits.into()).unwrap_or(0);
    let community = u64::from_be_bytes(p.padded(length)?) & !beyond;
    out.item(|out| {
        say_as(cx, "origin_as", number, out.say("\n\t      origin AS: "));
        out.say(", ").note("bits", bits).note("community", community);
        out.aloud(|out| say_target(cx, community.to_be_bytes(), bits, out));
        Ok(())
    })?;
    Ok(())
}

fn too_long(out: &mut Out) -> Wrong {
    out.say("\n\t      (illegal prefix length)");
    Wrong::Told
}

fn say_target(cx: &Cx, community: [u8; 8], bits: u8, out: &mut Out) {
    let hex = |out: &mut Out| {
        let length = usize::from(bits).div_ceil(8);
        for (i, pair) in community.get(..length).unwrap_or_default().chunks(2).enumerate() {
            out.say(if i > 0 { " " } else { "" }).bytes("", pair);
        }
    };
    let [_, _, a, b, c, d, e, f] = community;
    match (u16::from_be_bytes([community[0], community[1]]), bits) {
        (_, 0) => {
            out.say("route-target: 0:0/0");
            return;
        }
        (_, ..16) => {
            out.say("route-target: partial-type: (");
            hex(out);
            write!(out, "/{bits})");
            return;
        }
        (0x0002, _) => {
            write!(out, "route-target: {}:{}", u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]));
        }
        (0x0102, _) => {
            write!(out, "route-target: {a}.{b}.{c}.{d}:{}", u16::from_be_bytes([e, f]));
        }
        (0x0202, _) => {
            say_as(cx, "", u32::from_be_bytes([a, b, c, d]), out.say("route-target: "));
            write!(out, ":{}", u16::from_be_bytes([e, f]));
        }
        (kind, _) => {
            write!(out, "route target: unknown-type({kind:04x}) (");
            hex(out);
            write!(out, "/{bits})");
            return;
        }
    }
    write!(out, "/{bits} (");
    hex(out);
    out.say(")");
}

/// Who sends to whom in a VPN.
fn multicast(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let [kind, length] = p.array()?;
    out.say("\n\t      Route-Type: ").named("type", kind, MULTICAST_TYPES, "Unknown");
    out.say(", length: ").num("length", length);
    let length = usize::from(length);
    let mut body = *p;
    match kind {
        INTRA_AS => {
            let distinguisher = body.array()?;
            let length = length.checked_sub(RD).ok_or(Stop::Truncated)?;
            body.need(length)?;
            say_distinguisher(cx, distinguisher, out.say(", "));
            originator(body, length, "Originator ", out)?;
        }
        SELECTIVE => {
            route_distinguisher::say_alone(body.array()?, cx.options.asdot, out.say(", "));
            let start = body;
            sender_and_group(&mut body, out)?;
            // tcpdump looks for the originator where the source is, and takes all but the two for its length.
            let length = length.checked_sub(start.claimed() - body.claimed()).ok_or(Stop::Truncated)?;
            start.need(length)?;
            originator(start, length, ", Originator ", out)?;
        }
        SOURCE_ACTIVE => {
            route_distinguisher::say_alone(body.array()?, cx.options.asdot, out.say(", "));
            sender_and_group(&mut body, out)?;
        }
        INTER_AS | SHARED_JOIN | SOURCE_JOIN => {
            let (distinguisher, number) = (body.array()?, body.be32()?);
            say_distinguisher(cx, distinguisher, out.say(", "));
            say_as(cx, "source_as", number, out.say("Source-AS "));
            if kind != INTER_AS {
                sender_and_group(&mut body, out)?;
            }
        }
        _ => {}
    }
    p.pass(length);
    Ok(())
}

/// An address of so many bytes.
fn address(mut p: Cursor, key: &str, length: usize, out: &mut Out) -> Dissect {
    match length {
        4 => _ = out.ip4(key, p.array()?),
        16 => _ = out.ip6(key, p.array()?),
        _ => _ = write!(out, "bogus address length {}", length * 8),
    }
    Ok(())
}

fn originator(p: Cursor, length: usize, words: &str, out: &mut Out) -> Dissect {
    address(p, "originator", length, out.say(words))
}

/// A source and a group, each behind its bits; either may have none. What was not captured ends them.
fn sender_and_group(p: &mut Cursor, out: &mut Out) -> Dissect {
    for (words, key) in [(", Source ", "source"), (", Group ", "group")] {
        let start = *p;
        let bits = p.u8()?;
        let length = usize::from(bits / 8);
        if p.need(length).is_err() {
            *p = start;
            return Ok(());
        }
        if bits > 0 && bits % 8 == 0 {
            address(*p, key, length, out.say(words))?;
        } else if bits > 0 {
            write!(out.say(words), "bogus address length {bits}");
        }
        p.skip(length)?;
    }
    Ok(())
}

/// A tree in the provider's network for a VPN's multicast.
fn tree(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Result<(), Wrong> {
    if p.u8()? != TREE {
        return Err(Wrong::TooLong);
    }
    let (distinguisher, address, group) = (p.array()?, p.array()?, p.array()?);
    out.item(|out| {
        say_distinguisher(cx, distinguisher, out.say("\n\t      "));
        out.say("VPN IP Address: ").ip4("address", address).say(", MC Group Address: ").ip4("group", group);
        Ok(())
    })?;
    Ok(())
}

/// A site of a VPN that carries frames: who it is, or by which labels it is reached.
fn layer2(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = usize::from(p.be16()?);
    let mut body = *p;
    match length {
        12 => {
            let (distinguisher, address) = (body.array()?, body.array()?);
            say_distinguisher(cx, distinguisher, out.say("\n\t      "));
            out.say("BGPNH: ").ip4("address", address);
        }
        18.. => {
            let distinguisher = body.array()?;
            let (site, offset, label) = (body.be16()?, body.be16()?, body.be24()?);
            say_distinguisher(cx, distinguisher, out.say("\n\t      "));
            out.say("CE-ID: ").num("site", site).say(", Label-Block Offset: ").num("offset", offset);
            out.say(", Label Base ").num("label", label >> 4);
            out.list("tlvs", |out| tlvs(body, length - 15, out))?;
        }
        _ => return Err(Stop::Truncated),
    }
    p.pass(length);
    Ok(())
}

/// TLVs in `left` bytes, to which tcpdump does not count their headers; it does not step over those it does not know.
fn tlvs(mut p: Cursor, mut left: usize, out: &mut Out) -> Dissect {
    while left > 0 {
        if left < 3 {
            out.say("\n\t\tran past the end");
            break;
        }
        let (kind, bits) = (p.u8()?, p.be16()?);
        let length = usize::from(bits).div_ceil(8);
        let fits = out.item(|out| {
            out.note("type", kind).note("bits", bits);
            if kind == 1 {
                write!(out, "\n\t\tcircuit status vector ({kind}) length: {bits}: 0x");
                out.bytes_of("value", &mut p, length.min(left))?;
            } else {
                write!(out, "\n\t\tunknown TLV #{kind}, length: {bits}");
            }
            Ok(length <= left)
        })?;
        if !fits {
            out.say(" (ran past the end)");
            break;
        }
        left -= length;
    }
    Ok(())
}

/// A prefix of NSAPs.
fn osi(cx: &Cx, in_vpn: bool, p: &mut Cursor, out: &mut Out) -> Result<(), Wrong> {
    let start = *p;
    let bits = p.u8()?;
    let bits = if in_vpn { bits.checked_sub(LABEL_AND_RD) } else { Some(bits) };
    let bits = bits.filter(|bits| *bits <= LONGEST).ok_or(Wrong::TooLong)?;
    let length = usize::from(bits).div_ceil(8);
    // tcpdump looks for the prefix behind three bytes more, as if there were a label; it has to be there even
    // if it is empty.
    let offset = if in_vpn { 12 } else { 4 };
    start.need(offset + length)?;
    let mut prefix: [u8; 19] = start.at(offset).padded(length)?;
    if let Some(last) = length.checked_sub(1).and_then(|last| prefix.get_mut(last)) {
        *last &= !0u8.checked_shr((bits.wrapping_sub(1) % 8 + 1).into()).unwrap_or(0);
    }
    let prefix = prefix.get(..length).unwrap_or_default();
    let vpn = if in_vpn { Some((p.be24()?, p.array()?)) } else { None };
    out.item(|out| {
        out.say("\n\t      ");
        if let Some((_, distinguisher)) = vpn {
            say_distinguisher(cx, distinguisher, out);
        }
        nsap::say("prefix", prefix, out);
        out.say("/").num("bits", bits);
        if let Some((label, _)) = vpn {
            super::families::say_label(label, out);
        }
        Ok(())
    })?;
    p.pass(length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::BGP;
    use crate::testing::{bytes, check};

    /// What is said with `-v` of routes of a family behind a next hop.
    #[track_caller]
    fn reach(family: &str, hop: &str, words: &str, routes: &str, expected: &str) {
        let value = format!("{family} {:02x} {hop} 00 {routes}", bytes(hop).len());
        let attribute = format!("80 0e {:02x} {value}", bytes(&value).len());
        let body = format!("0000 {:04x} {attribute}", bytes(&attribute).len());
        check(
            &BGP,
            &format!("ffffffffffffffffffffffffffffffff {:04x} 02 {body}", 19 + bytes(&body).len()),
            "-v",
            &format!(
                ": BGP\n\tUpdate Message (2), length: {}\n\t  Multi-Protocol Reach NLRI (14), length: {}, Flags [O]: \
                 \n\t    AFI: {words}, nh-length: {}, no SNPA{expected}",
                19 + bytes(&body).len(),
                bytes(&value).len(),
                bytes(hop).len(),
            ),
        );
    }

    #[test]
    fn route_targets() {
        let words =
            "IPv4 (1), vendor specific SAFI: Route Target Routing Information (132)\n\t    nexthop: 10.0.0.1";
        for (route, said) in [
            ("00", "default route target"),
            ("20 00000016", "origin AS: 22, route-target: 0:0/0"),
            ("28 00000016 ff", "origin AS: 22, route-target: partial-type: (ff/8)"),
            ("60 00000016 0002 0001 00000002", "origin AS: 22, route-target: 1:2/64 (0002 0001 0000 0002)"),
            (
                "53 00000016 0102 01020304 ff",
                "origin AS: 22, route-target: 1.2.3.4:57344/51 (0102 0102 0304 e0)",
            ),
            (
                "60 00000016 0202 00010000 0007",
                "origin AS: 22, route-target: 65536:7/64 (0202 0001 0000 0007)",
            ),
            ("38 00000016 030405", "origin AS: 22, route target: unknown-type(0304) (0304 05/24)"),
            ("1f 00000016", "(illegal prefix length)"),
            ("61 00000016 0002 0001 00000002 00", "(illegal prefix length)"),
        ] {
            reach("0001 84", "0a000001", words, route, &format!("\n\t      {said}"));
        }
    }

    #[test]
    fn multicast() {
        let words = "IPv4 (1), SAFI: Multicast VPN (5)\n\t    nexthop: 10.0.0.1";
        let rd = "0000 0001 00000002";
        let said_rd = "RD: 1:2 (= 0.0.0.2)";
        for (route, said) in [
            (
                format!("01 0c {rd} 0a000002"),
                format!("Intra-AS I-PMSI (1), length: 12, {said_rd}, Originator 10.0.0.2"),
            ),
            (
                format!("01 0a {rd} 0a00"),
                format!("Intra-AS I-PMSI (1), length: 10, {said_rd}, Originator bogus address length 16"),
            ),
            ("01 00".into(), "Intra-AS I-PMSI (1), length: 0 [|bgp]".into()),
            (
                format!("02 0c {rd} 00000007"),
                format!("Inter-AS I-PMSI (2), length: 12, {said_rd}, Source-AS 7"),
            ),
            (
                format!("05 12 {rd} 20 0a000003 20 ef000001"),
                format!("Source-Active (5), length: 18, {said_rd}, Source 10.0.0.3, Group 239.0.0.1"),
            ),
            (
                format!("07 13 {rd} 00000007 00 1f ef0000"),
                format!(
                    "Source Tree Join (7), length: 19, {said_rd}, Source-AS 7, Group bogus address length 31"
                ),
            ),
            ("04 01 00".into(), "Intra-AS Segment-Leaf (4), length: 1".into()),
            ("09 00".into(), "Unknown (9), length: 0".into()),
        ] {
            reach("0001 05", "0a000001", words, &route, &format!("\n\t      Route-Type: {said}"));
        }
    }

    #[test]
    fn trees() {
        let words = "IPv4 (1), SAFI: MDT (66)\n\t    nexthop: 10.0.0.1";
        let said = "\n\t      RD: 10.0.0.1:2, VPN IP Address: 10.0.0.2, MC Group Address: 239.0.0.1";
        reach("0001 42", "0a000001", words, "80 0001 0a000001 0002 0a000002 ef000001", said);
        reach("0001 42", "0a000001", words, "40 00", "\n\t    (illegal prefix length)");
    }

    #[test]
    fn layer_2() {
        let words = "VPLS (25), SAFI: VPLS (65)\n\t    nexthop: 10.0.0.1";
        let rd = "0000 0001 00000002";
        let said = "\n\t      RD: 1:2 (= 0.0.0.2), ";
        reach(
            "0019 41",
            "0a000001",
            words,
            &format!("000c {rd} 0a000002"),
            &format!("{said}BGPNH: 10.0.0.2"),
        );
        reach(
            "0019 41",
            "0a000001",
            words,
            &format!("0013 {rd} 0003 0004 000051 01 0020 aabbccdd"),
            &format!(
                "{said}CE-ID: 3, Label-Block Offset: 4, Label Base 5\
                 \n\t\tcircuit status vector (1) length: 32: 0xaabbccdd [|bgp]"
            ),
        );
        reach(
            "0019 41",
            "0a000001",
            words,
            &format!("0012 {rd} 0003 0004 000051 07 0020"),
            &format!(
                "{said}CE-ID: 3, Label-Block Offset: 4, Label Base 5\
                 \n\t\tunknown TLV #7, length: 32 (ran past the end)"
            ),
        );
        reach("0019 41", "0a000001", words, "0001 00", " [|bgp]");
    }

    #[test]
    fn nsaps() {
        let words = "NSAP (3), SAFI: Unicast (1)\n\t    nexthop: 49.0001";
        reach("0003 01", "490001", words, "14 aabbcc 00 0000", "\n\t      00.0000/20 [|bgp]");
        let words = "NSAP (3), SAFI: labeled VPN Unicast (128)\n\t    nexthop: RD: 1:2 (= 0.0.0.2), 47.0006.010a.0000.01 = 10.0.0.1";
        let hop = "0000 0001 00000002 47000601 0a000001";
        let said = "\n\t      RD: 1:2 (= 0.0.0.2), 49.00/16, label:5 (bottom)";
        reach("0003 80", hop, words, "68 000051 0000 0001 00000002 4900", said);
    }
}
