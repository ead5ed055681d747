//! What routes have in common (RFC 4271 section 5 and the registry of path attributes).

use super::families::{FAMILIES, Route, SUBSEQUENT, Wrong, has_paths, known, say_distinguisher, say_route};
use super::{bgpsec, communities, say_as, update, want};
use crate::parts::nsap;
use crate::prelude::*;

const ORIGIN: u8 = 1;
const AS_PATH: u8 = 2;
const NEXT_HOP: u8 = 3;
const EXIT_DISCRIMINATOR: u8 = 4;
const LOCAL_PREFERENCE: u8 = 5;
const ATOMIC_AGGREGATE: u8 = 6;
const AGGREGATOR: u8 = 7;
const COMMUNITIES: u8 = 8;
const ORIGINATOR: u8 = 9;
const CLUSTERS: u8 = 10;
const REACH: u8 = 14;
const UNREACH: u8 = 15;
const EXTENDED_COMMUNITIES: u8 = 16;
const AS4_PATH: u8 = 17;
const AGGREGATOR4: u8 = 18;
const TUNNEL: u8 = 22;
const METRIC: u8 = 26;
const LARGE_COMMUNITIES: u8 = 32;
const SIGNED_PATH: u8 = 33;
const ONLY_TO_CUSTOMER: u8 = 35;
const SET: u8 = 128;
pub(super) const TYPES: NameTable = &[
    (1, "Origin"),
    (2, "AS Path"),
    (3, "Next Hop"),
    (4, "Multi Exit Discriminator"),
    (5, "Local Preference"),
    (6, "Atomic Aggregate"),
    (7, "Aggregator"),
    (8, "Community"),
    (9, "Originator ID"),
    (10, "Cluster List"),
    (14, "Multi-Protocol Reach NLRI"),
    (15, "Multi-Protocol Unreach NLRI"),
    (16, "Extended Community"),
    (17, "AS4 Path"),
    (18, "Aggregator4"),
    (22, "PMSI Tunnel"),
    (23, "Tunnel Encapsulation"),
    (24, "Traffic Engineering"),
    (25, "IPv6 Extended Community"),
    (26, "Accumulated IGP Metric"),
    (27, "PE Distinguisher Label"),
    (28, "Entropy Label"),
    (32, "Large Community"),
    (33, "BGPsec Path"),
    (35, "Only to Customer (OTC)"),
    (128, "Attribute Set"),
    (255, "Reserved for development"),
];

const ORIGINS: NameTable = &[(0, "IGP"), (1, "EGP"), (2, "Incomplete")];
const SEGMENT_OPENS: NameTable = &[(1, "{ "), (2, ""), (3, "( "), (4, "({ ")];
const SEGMENT_CLOSES: NameTable = &[(1, "}"), (2, ""), (3, ")"), (4, "})")];
const TUNNELS: NameTable = &[
    (1, "RSVP-TE P2MP LSP"),
    (2, "LDP P2MP LSP"),
    (3, "PIM-SSM Tree"),
    (4, "PIM-SM Tree"),
    (5, "PIM-Bidir Tree"),
    (6, "Ingress Replication"),
    (7, "LDP MP2MP LSP"),
];
const TUNNEL_FLAGS: Flags = &[(0x01, "Leaf Information required")];
const WELL_KNOWN: NameTable =
    &[(0xffff_ff01, " NO_EXPORT"), (0xffff_ff02, " NO_ADVERTISE"), (0xffff_ff03, " NO_EXPORT_SUBCONFED")];
/// Sets may hold sets; nobody needs more of them.
pub(super) const MAX_LEVEL: u8 = 10;

/// The value of an attribute, as far as it claims.
pub(super) fn dissect(cx: &Cx, kind: u8, p: Cursor, level: u8, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let right = match kind {
        ORIGIN => length == 1,
        AS_PATH | AS4_PATH => length % 2 == 0,
        NEXT_HOP | EXIT_DISCRIMINATOR | LOCAL_PREFERENCE | ORIGINATOR => length == 4,
        ATOMIC_AGGREGATE => length == 0,
        AGGREGATOR => matches!(length, 6 | 8),
        AGGREGATOR4 => length == 8,
        COMMUNITIES | CLUSTERS => length % 4 == 0,
        EXTENDED_COMMUNITIES => length % 8 == 0,
        LARGE_COMMUNITIES => length > 0 && length % 12 == 0,
        ONLY_TO_CUSTOMER => length >= 4,
        _ => true,
    };
    let mut dumped = length;
    if right {
        dumped = value(cx, kind, p, level, out)?;
    } else {
        out.say("invalid len").note_that("invalid", true);
    }
    if cx.verbose() > 1 && dumped > 0 {
        p.need(length)?;
        out.dump_hex("data", p.sub(dumped).rest(), "\n\t    ");
    }
    Ok(())
}

/// The value in words; how much of it the most talkative dump beside them.
fn value(cx: &Cx, kind: u8, mut p: Cursor, level: u8, out: &mut Out) -> Dissect<usize> {
    let length = p.claimed();
    match kind {
        ORIGIN => drop(out.name("origin", p.u8()?, ORIGINS, "Unknown Origin Typecode")),
        AS_PATH | AS4_PATH => as_path(cx, kind, p, out)?,
        NEXT_HOP => drop(out.ip4("next_hop", p.array()?)),
        EXIT_DISCRIMINATOR | LOCAL_PREFERENCE => drop(out.num("value", p.be32()?)),
        ATOMIC_AGGREGATE => {}
        AGGREGATOR | AGGREGATOR4 => {
            let number = if p.claimed() == 6 { p.be16()?.into() } else { p.be32()? };
            let origin = p.array()?;
            say_as(cx, "as", number, out.say(" AS #"));
            out.say(", origin ").ip4("origin", origin);
        }
        COMMUNITIES => communities(p, out)?,
        ORIGINATOR => drop(out.ip4("originator", p.array()?)),
        CLUSTERS => clusters(p, out)?,
        REACH => reach(cx, p, out)?,
        UNREACH => unreach(cx, p, out)?,
        EXTENDED_COMMUNITIES => extended_communities(cx, p, out)?,
        METRIC => metric(cx, p, out)?,
        LARGE_COMMUNITIES => {
            large_communities(p, out)?;
            return Ok(0);
        }
        TUNNEL => tunnel(cx, p, out)?,
        SIGNED_PATH => bgpsec::dissect(p, out)?,
        ONLY_TO_CUSTOMER => {
            let number = p.be32()?;
            out.say("\n\t    OTC ").num("as", number);
        }
        SET => return set(cx, p, level, out),
        _ => {
            p.need(p.claimed())?;
            write!(out, "\n\t    no Attribute {kind} decoder");
            if cx.verbose() <= 1 {
                out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t    ");
            }
        }
    }
    Ok(length)
}

/// Segments of AS numbers, of two bytes if that makes sense, else of four.
fn as_path(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        out.say("empty");
        return Ok(());
    }
    let wide = kind == AS4_PATH || !is_narrow(p)?;
    out.list("segments", |out| {
        while p.claimed() > 0 {
            out.item(|out| segment(cx, &mut p, wide, out))?;
        }
        Ok(())
    })
}

fn segment(cx: &Cx, p: &mut Cursor, wide: bool, out: &mut Out) -> Dissect {
    let kind = p.u8()?;
    out.note("kind", kind);
    out.aloud(|out| {
        out.name("", kind, SEGMENT_OPENS, "?");
    });
    let count = p.u8()?;
    out.list("as", |out| {
        for _ in 0..count {
            let number = if wide { p.be32()? } else { p.be16()?.into() };
            say_as(cx, "", number, out);
            out.say(" ");
        }
        Ok(())
    })?;
    out.aloud(|out| {
        out.name("", kind, SEGMENT_CLOSES, "?");
    });
    Ok(())
}

/// Whether the segments fill the attribute if their numbers have two bytes.
fn is_narrow(p: Cursor) -> Dissect<bool> {
    let mut offset = 0;
    while offset < p.claimed() {
        let mut segment = p.at(offset);
        if !matches!(segment.u8()?, 1..=4) {
            return Ok(false);
        }
        offset += 2 + 2 * usize::from(segment.u8()?);
    }
    Ok(offset == p.claimed())
}

fn communities(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("communities", |out| {
        while p.claimed() > 0 {
            want(&p, 4)?;
            let community = p.be32()?;
            let more = p.claimed() > 0;
            out.phrase("", |out| {
                match crate::out::lookup(WELL_KNOWN, community.into()) {
                    Some(name) => out.say(name),
                    None => write!(out, "{}:{}", community >> 16, community & 0xffff),
                };
                Ok(())
            })?;
            let well_known = crate::out::lookup(WELL_KNOWN, community.into()).is_some();
            out.say(if more && !well_known { ", " } else { "" });
        }
        Ok(())
    })
}

fn clusters(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("clusters", |out| {
        while p.claimed() > 0 {
            want(&p, 4)?;
            let cluster = p.array()?;
            out.ip4("", cluster).say(if p.claimed() > 0 { ", " } else { "" });
        }
        Ok(())
    })
}

fn extended_communities(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("communities", |out| {
        while p.claimed() > 0 {
            let community = p;
            out.item(|out| communities::extended(cx, community, out))?;
            p.skip(8)?;
        }
        Ok(())
    })
}

fn large_communities(mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t    ");
    out.list("communities", |out| {
        while p.claimed() > 0 {
            let (global, first, second) = (p.be32()?, p.be32()?, p.be32()?);
            out.phrase("", |out| {
                write!(out, "{global}:{first}:{second}");
                Ok(())
            })?;
            out.say(if p.claimed() > 0 { ", " } else { "" });
        }
        Ok(())
    })
}

/// A family of routes that can be explained, or the words that it cannot.
fn family(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<Option<(Route, bool)>> {
    want(p, 3)?;
    let all = *p;
    let (family, subsequent) = (p.be16()?, p.u8()?);
    out.say("\n\t    AFI: ").named("afi", family, FAMILIES, "Unknown AFI");
    out.say(", ").say(if subsequent > 128 { "vendor specific " } else { "" });
    out.say("SAFI: ").named("safi", subsequent, SUBSEQUENT, "Unknown SAFI");
    let routes = known(family, subsequent);
    if routes.is_none() {
        all.need(all.claimed())?;
        write!(out, "\n\t    no AFI {family} / SAFI {subsequent} decoder");
        if cx.verbose() <= 1 {
            out.dump_hex("data", all.sub(all.claimed()).rest(), "\n\t    ");
        }
    }
    Ok(routes)
}

fn reach(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let all = p;
    let Some(routes) = family(cx, &mut p, out)? else { return Ok(()) };
    want(&p, 1)?;
    let length = p.u8()?;
    if length > 0 {
        if p.claimed() < length.into() {
            return Err(Stop::Truncated);
        }
        out.say("\n\t    nexthop: ");
        out.list("next_hops", |out| next_hops(cx, &mut p, length.into(), routes, out))?;
    }
    out.say(", nh-length: ").num("next_hop_length", length);
    want(&p, 1)?;
    match p.u8()? {
        0 => drop(out.say(", no SNPA")),
        count => {
            out.say("\n\t    ").num("snpa_count", count).say(" SNPA");
            for _ in 0..count {
                want(&p, 1)?;
                let length = p.u8()?;
                write!(out, "\n\t      {length} bytes");
                want(&p, length.into())?;
                p.skip(length.into())?;
            }
        }
    }
    announced(cx, all.claimed(), p, routes, out)
}

fn next_hops(cx: &Cx, p: &mut Cursor, length: usize, (route, wide): (Route, bool), out: &mut Out) -> Dissect {
    let after = p.claimed() - length;
    let in_vpn = matches!(route, Route::Vpn | Route::OsiVpn);
    let osi = matches!(route, Route::Osi | Route::OsiVpn);
    let size = if osi {
        1
    } else if wide {
        16
    } else {
        4
    } + if in_vpn { 8 } else { 0 };
    let mut first = true;
    while p.claimed() > after {
        out.say(if std::mem::take(&mut first) { "" } else { ", " });
        if p.claimed() - after < size {
            out.say("invalid len");
            return p.skip(p.claimed() - after);
        }
        out.item(|out| {
            if osi {
                p.need(p.claimed() - after)?;
            }
            if in_vpn {
                say_distinguisher(cx, p.array()?, out);
            }
            match wide {
                _ if osi => osi_address(in_vpn, p.take(p.claimed() - after)?, out),
                true => out.ip6("address", p.array()?),
                false => out.ip4("address", p.array()?),
            };
            Ok(())
        })?;
    }
    Ok(())
}

/// An NSAP, and the address of IP that it may hold (RFC 986, RFC 1888).
fn osi_address<'a, 'o>(in_vpn: bool, bytes: &[u8], out: &'a mut Out<'o>) -> &'a mut Out<'o> {
    nsap::say("address", bytes, out);
    match *bytes {
        [0x47, 0x00, 0x06, 0x01, a, b, c, d, ..] if in_vpn => out.say(" = ").ip4("ip", [a, b, c, d]),
        [0x35, 0x00, 0x00, ..] if in_vpn => match bytes.get(3..).and_then(<[u8]>::first_chunk) {
            Some(inside) => out.say(" = ").ip6("ip", *inside),
            None => out,
        },
        _ => out,
    }
}

fn unreach(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let all = p;
    p.need(3)?;
    let Some(routes) = family(cx, &mut p, out)? else { return Ok(()) };
    if p.claimed() == 0 {
        out.say("\n\t      End-of-Rib Marker (empty NLRI)");
    }
    announced(cx, all.claimed(), p, routes, out)
}

/// Routes to the end of `p`; a last one that is too long for it is read on, as far as the whole attribute is.
fn announced(cx: &Cx, limit: usize, mut p: Cursor, routes: (Route, bool), out: &mut Out) -> Dissect {
    let with_paths = has_paths(p, routes.1);
    out.list("routes", |out| {
        while p.claimed() > 0 {
            let start = p.claiming(limit);
            let mut route = start;
            match say_route(cx, &mut route, routes, with_paths, "\n\t      ", out) {
                Ok(()) => {}
                Err(Wrong::TooLong) => {
                    out.say("\n\t    (illegal prefix length)");
                    break;
                }
                Err(Wrong::Told) => break,
                Err(Wrong::Cut(stop)) => return Err(stop),
            }
            let read = route.since(&start);
            let left = p.claimed().saturating_sub(read);
            p = route.claiming(left);
        }
        Ok(())
    })
}

/// The accumulated IGP metric (RFC 7311).
fn metric(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("values", |out| {
        while p.claimed() >= 3 {
            out.item(|out| {
                let (kind, length) = (p.u8()?, usize::from(p.be16()?));
                out.say("\n\t    ").named_as("type", kind, &[(1, "AIGP")], "Unknown", " TLV (%u)");
                out.say(", length ").num("length", length);
                let length = length.checked_sub(3).ok_or(Stop::Truncated)?;
                if p.claimed() < length || kind == 1 && length < 8 {
                    return Err(Stop::Truncated);
                }
                if kind == 1 {
                    let metric = p.at(0).be64()?;
                    out.say(", metric ").num("metric", metric);
                } else if cx.verbose() <= 1 {
                    out.dump_hex("data", p.sub(length).rest(), "\n\t      ");
                }
                p.skip(length)
            })?;
        }
        Ok(())
    })
}

/// The tree that carries multicast for a VPN (RFC 6514 section 5).
fn tunnel(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    want(&p, 5)?;
    let ([flags, kind], label) = (p.array()?, p.be24()?);
    out.say("\n\t    Tunnel-type ").named("tunnel", kind, TUNNELS, "Unknown");
    out.say(", Flags [").flags("tunnel_flags", flags, TUNNEL_FLAGS, "none");
    out.say("], MPLS Label ").num("label", label >> 4);
    let (first, second) = match kind {
        1 => ("\n\t      Extended-Tunnel-ID ", ", P2MP-ID 0x"),
        2 | 7 => ("\n\t      Root-Node ", ", LSP-ID 0x"),
        3 => ("\n\t      Root-Node ", ", P-Group "),
        4 | 5 => ("\n\t      Sender ", ", P-Group "),
        6 => ("\n\t      Tunnel-Endpoint ", ""),
        _ => {
            if cx.verbose() <= 1 {
                out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t      ");
            }
            return Ok(());
        }
    };
    let address = p.array()?;
    match kind {
        6 => drop(out.say(first).ip4("endpoint", address)),
        3..=5 => {
            let group = p.array()?;
            out.say(first).ip4("endpoint", address).say(second).ip4("group", group);
        }
        _ => {
            let id = p.be32()?;
            out.say(first).ip4("endpoint", address).say(second).hex0("path_id", id, 8);
        }
    }
    Ok(())
}

/// Attributes inside an attribute: those that a route had at a customer's (RFC 6368). How many bytes were not
/// looked at in the end.
fn set(cx: &Cx, mut p: Cursor, level: u8, out: &mut Out) -> Dissect<usize> {
    want(&p, 4)?;
    let number = p.be32()?;
    say_as(cx, "origin_as", number, out.say("\n\t    Origin AS: "));
    out.list("attributes", |out| {
        while p.claimed() > 0 {
            p.need(2)?;
            if p.claimed() < 2 {
                out.say(" [path attr too short]");
                break;
            }
            if !out.item(|out| update::attribute(cx, &mut p, level + 1, out))? {
                break;
            }
        }
        Ok(())
    })?;
    Ok(p.claimed())
}
