//! PIM version 1, whose messages are IGMP messages (draft-ietf-idmr-pim-spec).
//!
//! ```text
//! | 0x14 | type | checksum | version, reserved (4) | message ..
//! join, prune:  | upstream (4) | reserved (2) | hold time (2) | reserved | mask length | address length | groups |
//!               | group (4) | mask (4) | joins (2) | prunes (2) | flags (2), source (4) | .. | ..
//! ```

use crate::parts::duration;
use crate::prelude::*;

/// PIM version 1.
pub static PIM_V1: Protocol = Protocol { name: "pimv1", dissect };

const TYPES: NameTable = &[
    (0, "Query"),
    (1, "Register"),
    (2, "Register-Stop"),
    (3, "Join/Prune"),
    (4, "RP-reachable"),
    (5, "Assert"),
    (6, "Graft"),
    (7, "Graft-ACK"),
];
const QUERY: u8 = 0;
const REGISTER: u8 = 1;
const REGISTER_STOP: u8 = 2;
const JOIN_PRUNE: u8 = 3;
const REACHABLE: u8 = 4;
const ASSERT: u8 = 5;
const GRAFT: u8 = 6;
const GRAFT_ACK: u8 = 7;
const MODES: NameTable = &[(0, " Dense-mode"), (1, " Sparse-mode"), (2, " Sparse-Dense-mode")];

/// Bytes before the message.
const HEADER: usize = 8;
/// A mask that leaves one address.
const HOST: u32 = 0xffff_ffff;
const USUAL_HOLD_TIME: u16 = 180;
const WILDCARD: u8 = 0x80;
const RP_TREE: u8 = 0x40;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let kind = p.at(1).u8()?;
    out.say(" ").name("type", kind, TYPES, "[type %u]");
    let mut held = true;
    match kind {
        QUERY => query(cx, p, out)?,
        REGISTER => {
            if p.at(HEADER).need(20).is_err() {
                return cx.soft_cut(out);
            }
            sender_and_group(p.at(20), p.at(24), out)?;
        }
        REGISTER_STOP => sender_and_group(p.at(8), p.at(12), out)?,
        REACHABLE if cx.verbose() > 0 => reachable(p.at(HEADER), out)?,
        ASSERT => assert(p.at(HEADER), out)?,
        JOIN_PRUNE | GRAFT | GRAFT_ACK if cx.verbose() > 0 => {
            if p.claimed() < HEADER {
                return cx.soft_cut(out);
            }
            held = join_prune(cx, p.at(HEADER), out)?;
        }
        _ => {}
    }
    if !held {
        cx.soft_cut(out)?;
    }
    let version = p.at(4).u8()? >> 4;
    if version != 1 {
        out.say(" [v").num("version", version).say("]");
    } else {
        out.note("version", version);
    }
    Ok(())
}

fn query(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    if let Ok(mode) = p.at(HEADER).u8() {
        out.name("mode", mode >> 4, MODES, " mode-%u");
    }
    if cx.verbose() > 0 {
        out.say(" (Hold-time ");
        let hold_time = p.at(10).be16()?;
        duration::say(out, "hold_time_s", hold_time.into());
        out.say(")");
    }
    Ok(())
}

fn sender_and_group(mut one: Cursor, mut other: Cursor, out: &mut Out) -> Dissect {
    let (one, other): ([u8; 4], [u8; 4]) = (one.array()?, other.array()?);
    out.say(" for ").ip4("from", one).say(" > ").ip4("to", other);
    Ok(())
}

fn mask(mask: u32, out: &mut Out) {
    if mask == HOST {
        out.note("mask", mask);
    } else {
        out.say("/").ip4("mask", mask.to_be_bytes());
    }
}

fn reachable(mut p: Cursor, out: &mut Out) -> Dissect {
    let group: [u8; 4] = p.array()?;
    out.say(" group ").ip4("group", group);
    let bits = p.be32()?;
    mask(bits, out);
    let point: [u8; 4] = p.array()?;
    out.say(" RP ").ip4("point", point).say(" hold ");
    let hold_time = p.at(2).be16()?;
    duration::say(out, "hold_time_s", hold_time.into());
    Ok(())
}

fn assert(mut p: Cursor, out: &mut Out) -> Dissect {
    let (group, bits, source): ([u8; 4], _, [u8; 4]) = (p.array()?, p.be32()?, p.array()?);
    out.say(" for ").ip4("source", source).say(" > ").ip4("group", group);
    mask(bits, out);
    let (preference, metric) = (p.be32()?, p.be32()?);
    out.say(if preference >> 31 != 0 { " RP-tree" } else { " SPT" });
    out.note_that("rp_tree", preference >> 31 != 0);
    out.say(" pref ").num("preference", preference & 0x7fff_ffff).say(" metric ").num("metric", metric);
    Ok(())
}

/// `false` if the message ends before its last source.
fn join_prune(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let (message, [mut body, _]) = (p, [p, p]);
    let upstream: Dissect<[u8; 4]> = p.array();
    if single(message).unwrap_or(false) {
        return alone(body, out).map(|()| true);
    }
    if body.claimed() < 4 {
        return Ok(false);
    }
    let line = if cx.verbose() > 1 { "\n" } else { "" };
    let upstream = upstream?;
    out.say(line).say(" Upstream Nbr: ").ip4("upstream", upstream);
    body.pass(4);
    if body.claimed() < 4 {
        return Ok(false);
    }
    out.say(line).say(" Hold time: ");
    let hold_time = body.at(2).be16()?;
    duration::say(out, "hold_time_s", hold_time.into());
    if cx.verbose() < 2 {
        return Ok(true);
    }
    body.pass(4);
    if body.claimed() < 4 {
        return Ok(false);
    }
    body.pass(3);
    let count = body.u8()?;
    out.list("groups", |out| {
        for _ in 0..count {
            if !out.item(|out| group(&mut body, out))? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// Whether there is one group, and one source in it, and all of it captured.
fn single(mut p: Cursor) -> Dissect<bool> {
    p.need(30)?;
    let groups = p.at(11).u8()?;
    p.pass(20);
    let (joins, prunes) = (p.be16()?, p.be16()?);
    Ok(groups == 1 && u32::from(joins) + u32::from(prunes) == 1)
}

fn alone(mut p: Cursor, out: &mut Out) -> Dissect {
    let (upstream, _, hold_time): ([u8; 4], _, _) = (p.array()?, p.be16()?, p.be16()?);
    p.skip(4)?;
    let (group, bits, joins): ([u8; 4], _, _) = (p.array()?, p.be32()?, p.be16()?);
    p.skip(2)?;
    let ([kind, flags], source) = (p.array()?, p.array::<4>()?);
    out.say(" RPF ").ip4("upstream", upstream).say(" ");
    if hold_time == USUAL_HOLD_TIME {
        out.note("hold_time_s", hold_time);
    } else {
        out.say("Hold ");
        duration::say(out, "hold_time_s", hold_time.into());
    }
    out.say(if joins != 0 { "Join" } else { "Prune" }).note_that("join", joins != 0);
    out.say(" (").ip4("source", source).say("/").num("prefix_length", flags & 0x3f);
    out.say(", ").ip4("group", group);
    mask(bits, out);
    out.say(if kind & 1 != 0 { ") Sparse" } else { ") Dense" }).note_that("sparse", kind & 1 != 0);
    out.say(if flags & WILDCARD != 0 { " WC" } else { "" });
    out.say(if flags & RP_TREE != 0 { " RP" } else { " SPT" }).note("flags", flags);
    Ok(())
}

fn group(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 4 {
        return Ok(false);
    }
    let address: [u8; 4] = p.array()?;
    out.say("\n\tGroup: ").ip4("group", address);
    if p.claimed() < 4 {
        return Ok(false);
    }
    let bits = p.be32()?;
    mask(bits, out);
    if p.claimed() < 4 {
        return Ok(false);
    }
    let (joins, prunes) = (p.be16()?, p.be16()?);
    out.say(" joined: ").num("joins", joins).say(" pruned: ").num("prunes", prunes);
    out.list("sources", |out| {
        for i in 0..u32::from(joins) + u32::from(prunes) {
            if p.claimed() < 6 {
                return Ok(false);
            }
            out.item(|out| source(p, i < joins.into(), out))?;
        }
        Ok(true)
    })
}

fn source(p: &mut Cursor, join: bool, out: &mut Out) -> Dissect {
    let ([kind, flags], source) = (p.array()?, p.array::<4>()?);
    out.say(if join { "\n\tJoin  " } else { "\n\tPrune " }).note_that("join", join);
    out.say(if kind & 1 != 0 { "Sparse " } else { "Dense " }).note_that("sparse", kind & 1 != 0);
    out.say(if flags & WILDCARD != 0 { "WC " } else { "" });
    out.say(if flags & RP_TREE != 0 { "RP " } else { "SPT " }).note("flags", flags);
    out.ip4("source", source).say("/").num("prefix_length", flags & 0x3f);
    Ok(())
}
