//! Address families and what they announce (RFC 4760): prefixes, with a path (RFC 7911), a label (RFC 8277) or a
//! VPN (RFC 4364, RFC 4659) before them.
//!
//! ```text
//! | path (4) | bits | label (3) | route distinguisher (8) | prefix, as many bytes as it has bits for
//! ```

use super::{others, want};
use crate::parts::route_distinguisher;
use crate::prelude::*;

pub(super) use crate::parts::address_families::NAMES as FAMILIES;

pub(super) const SUBSEQUENT: NameTable = &[
    (0, "Reserved"),
    (1, "Unicast"),
    (2, "Multicast"),
    (3, "Unicast+Multicast"),
    (4, "labeled Unicast"),
    (5, "Multicast VPN"),
    (64, "Tunnel"),
    (65, "VPLS"),
    (66, "MDT"),
    (70, "EVPN"),
    (128, "labeled VPN Unicast"),
    (129, "labeled VPN Multicast"),
    (130, "labeled VPN Unicast+Multicast"),
    (132, "Route Target Routing Information"),
];

/// Bits of a label before a prefix.
const LABEL: u8 = 24;
/// Bits of a label and a route distinguisher.
const LABEL_AND_RD: u8 = 24 + 64;

/// The words for a family and a subsequent family.
pub(super) fn say(before: &str, family: u16, between: &str, subsequent: u8, out: &mut Out) {
    out.say(before).named("afi", family, FAMILIES, "Unknown");
    out.say(between).named("safi", subsequent, SUBSEQUENT, "Unknown");
}

/// Which addresses a route has, and what stands before them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Plain,
    Labelled,
    Vpn,
    Osi,
    OsiVpn,
    Target,
    MulticastVpn,
    Tree,
    Layer2,
}

/// The kind of routes that is explained of a family, and whether their addresses are of version 6.
pub(super) fn known(family: u16, subsequent: u8) -> Option<(Route, bool)> {
    let route = match (family, subsequent) {
        (1 | 2, 1..=3) => Route::Plain,
        (1 | 2, 4) => Route::Labelled,
        (1 | 2, 128..=130) => Route::Vpn,
        (1, 5) => Route::MulticastVpn,
        (1, 66) => Route::Tree,
        (1, 132) => Route::Target,
        (3, 1..=3) => Route::Osi,
        (3, 128..=130) => Route::OsiVpn,
        (25, 65) | (196, 128..=130) => Route::Layer2,
        _ => return None,
    };
    Some((route, family == 2))
}

/// Says a route distinguisher, and a comma behind it.
pub(super) fn say_distinguisher(cx: &Cx, bytes: [u8; 8], out: &mut Out) {
    route_distinguisher::say(bytes, cx.options.asdot, out);
}

/// Says the label behind a prefix.
pub(super) fn say_label(label: u32, out: &mut Out) {
    let bottom = label & 1 != 0;
    out.say(", label:").num("label", label >> 4).note_that("bottom", bottom);
    out.say(if bottom { " (bottom)" } else { " (BOGUS: Bottom of Stack NOT set!)" });
}

/// Why a prefix is none.
pub(super) enum Wrong {
    /// It has more bits than an address.
    TooLong,
    /// As it has been told already.
    Told,
    Cut(Stop),
}

impl From<Stop> for Wrong {
    fn from(stop: Stop) -> Self {
        Wrong::Cut(stop)
    }
}

/// An address of which only the first bits count.
struct Prefix {
    bytes: [u8; 16],
    bits: u8,
    wide: bool,
}

impl Prefix {
    fn read(p: &mut Cursor, bits: u8, wide: bool) -> Result<Self, Wrong> {
        if bits > if wide { 128 } else { 32 } {
            return Err(Wrong::TooLong);
        }
        let length = usize::from(bits).div_ceil(8);
        want(p, length)?;
        let beyond = u128::MAX.checked_shr(bits.into()).unwrap_or(0);
        let bytes = (u128::from_be_bytes(p.padded(length)?) & !beyond).to_be_bytes();
        Ok(Prefix { bytes, bits, wide })
    }

    fn say(&self, out: &mut Out) {
        match (self.wide, self.bytes) {
            (true, bytes) => out.ip6("prefix", bytes),
            (false, [a, b, c, d, ..]) => out.ip4("prefix", [a, b, c, d]),
        };
        out.say("/").num("bits", self.bits);
    }
}

/// One route behind `indent`.
pub(super) fn say_route(
    cx: &Cx,
    p: &mut Cursor,
    (route, wide): (Route, bool),
    with_path: bool,
    indent: &str,
    out: &mut Out,
) -> Result<(), Wrong> {
    if !matches!(route, Route::Plain | Route::Labelled | Route::Vpn) {
        return others::say(cx, route, p, out);
    }
    let path = if with_path && route == Route::Plain {
        want(p, 4)?;
        Some(p.be32()?)
    } else {
        None
    };
    want(p, 1)?;
    let bits = p.u8()?;
    let before = match route {
        Route::Labelled => LABEL,
        Route::Vpn => LABEL_AND_RD,
        _ => 0,
    };
    let Some(bits) = bits.checked_sub(before) else { return Err(Wrong::TooLong) };
    let label = if route == Route::Plain { None } else { Some(p.be24()?) };
    let distinguisher = if route == Route::Vpn { Some(p.array()?) } else { None };
    let prefix = Prefix::read(p, bits, wide)?;
    let _ = out.item(|out| {
        out.say(indent);
        if let Some(distinguisher) = distinguisher {
            say_distinguisher(cx, distinguisher, out);
        }
        prefix.say(out);
        if let Some(label) = label {
            say_label(label, out);
        }
        if let Some(path) = path {
            out.say("   Path Id: ").num("path", path);
        }
        Ok(())
    });
    Ok(())
}

/// Whether each route has a path before it (RFC 7911). Only the opening of the session says so; without having
/// heard it, a list is taken to have paths if it makes sense with them, and none without.
pub(super) fn has_paths(p: Cursor, wide: bool) -> bool {
    let longest = if wide { 128 } else { 32 };
    let length = p.claimed();
    let bits = |offset: usize| p.rest().get(offset).copied();
    let mut offset = 0;
    while offset < length {
        match bits(offset + 4) {
            Some(bits) if bits > longest => return false,
            Some(bits) => offset += 5 + usize::from(bits).div_ceil(8),
            None => {
                offset += 4;
                break;
            }
        }
    }
    if length < 5 || offset > length {
        return false;
    }
    let mut offset = 0;
    while offset < length {
        match bits(offset) {
            Some(bits) if bits == 0 || bits > longest => return true,
            Some(bits) => offset += 1 + usize::from(bits).div_ceil(8),
            None => break,
        }
    }
    offset > length
}
