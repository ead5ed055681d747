//! Information elements, of the header and of the payload (IEEE 802.15.4-2015 clause 7.4; IEEE 802.15.9).
//!
//! ```text
//! header:        | 0 | id (8 bits)    | length (7 bits)  | value ..
//! payload:       | 1 | group (4 bits) | length (11 bits) | value ..
//! MAC's, short:  | 0 | id (7 bits)    | length (8 bits)  | value ..   long: as payload
//! ```

use super::payload::{all_octets, octets, pending, superframe};
use super::{enough, names, wrong};
use crate::prelude::*;

mod mac;

const TYPE: u16 = 0x8000;
/// Ends the elements of the header; elements of the payload follow.
const TERMINATION_1: u8 = 0x7e;
/// Ends the elements of the header; the payload follows.
const TERMINATION_2: u8 = 0x7f;
const LAST: u8 = 0xf;

/// Elements of the header; `true` if elements of the payload follow.
pub(super) fn header(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    loop {
        enough(p, 2, "Truncated header IE", out)?;
        let id = out.item(|out| header_element(cx, p, out))?;
        if id == TERMINATION_1 || id == TERMINATION_2 || p.claimed() == 0 {
            return Ok(id == TERMINATION_1);
        }
    }
}

fn header_element(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<u8> {
    let first = p.le16()?;
    let (id, length) = ((first >> 7 & 0xff) as u8, usize::from(first & 0x7f));
    if first & TYPE != 0 {
        wrong("Header IE with type 1", out);
        out.say(" ");
    }
    if id < 0x80 {
        begin(id, names::HEADER, length, out);
    } else {
        out.say("Reserved Element ID ").hex0("id", id, 2);
        out.say(", length = ").num("length", length).say(" ");
    }
    enough(p, length, "Truncated IE data", out)?;
    let body = p.claiming(length);
    if cx.verbose() > 3 && length > 0 {
        break_off(header_value(cx, id, body, out), out)?;
    } else {
        data(body, out)?;
    }
    out.say("] ");
    p.skip(length)?;
    Ok(id)
}

/// The name of an element, and its length.
fn begin(id: u8, table: NameTable, length: usize, out: &mut Out) {
    out.say("\n\t").name("id", id, table, "Reserved 0x%02x").say(" [");
    if length > 0 {
        out.say(" length = ").num("length", length).say(", ");
    }
}

/// What is wrong with a value ends the value alone.
fn break_off(done: Dissect, out: &mut Out) -> Dissect {
    if done == Err(Stop::Invalid) {
        out.note_that("invalid", true);
        return Ok(());
    }
    done
}

/// A value that is not explained.
fn data(p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        return Ok(());
    }
    out.say("IE Data = ");
    all_octets("value", p, out)
}

/// A value that begins with an organisation.
fn vendor(mut p: Cursor, out: &mut Out) -> Dissect {
    enough(&p, 3, "Vendor OUI missing", out)?;
    let oui: [u8; 3] = p.array()?;
    out.say("OUI = 0x").bytes("oui", &oui).say(", Data = ");
    all_octets("value", p, out)
}

fn header_value(cx: &Cx, id: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    match id {
        0x00 => vendor(p, out),
        0x1a => coordinated_listening(p, out),
        0x1b => {
            enough(&p, 4, "Truncated RIT IE", out)?;
            let ([first, repeats], interval) = (p.array()?, p.le16()?);
            out.say("Time to First Listen = ").num("first_listen", first);
            out.say(", # of Repeat Listen = ").num("repeats", repeats);
            out.say(", Repeat Listen Interval = ").num("interval", interval);
            Ok(())
        }
        0x1c => pan_descriptor(cx, false, p, out),
        0x21 => pan_descriptor(cx, true, p, out),
        0x1d => {
            if p.claimed() != 4 {
                return Err(wrong("Length != 2", out));
            }
            let (time, interval) = (p.le16()?, p.le16()?);
            out.say("Rendezvous time = ").num("rendezvous_time", time);
            out.say(", Wake-up Interval = ").num("wake_up_interval", interval);
            Ok(())
        }
        0x1e => {
            if p.claimed() != 2 {
                return Err(wrong("Length != 2", out));
            }
            let n = p.le16()?;
            // The correction has twelve bits, of which the highest is the sign.
            let correction = i16::from_be_bytes((n << 4).to_be_bytes()) >> 4;
            let negative = n & 0x8000 != 0;
            out.say(if negative { "Negative " } else { "" }).note_that("negative", negative);
            out.say("Ack time correction = ").int("correction", correction.into()).say(", ");
            Ok(())
        }
        _ => data(p, out),
    }
}

fn coordinated_listening(mut p: Cursor, out: &mut Out) -> Dissect {
    enough(&p, 4, "Truncated CSL IE", out)?;
    let length = p.claimed();
    let (phase, period) = (p.le16()?, p.le16()?);
    out.say("CSL Phase = ").num("phase", phase).say(", CSL Period = ").num("period", period);
    if length >= 6 {
        let time = p.le16()?;
        out.say(", Rendezvous time = ").num("rendezvous_time", time);
    }
    if length == 4 || length == 6 { Ok(()) } else { Err(wrong("CSL IE length wrong", out.say(" "))) }
}

/// What a network with deterministic synchronous multi-channel extension tells newcomers.
fn pan_descriptor(cx: &Cx, extended: bool, mut p: Cursor, out: &mut Out) -> Dissect {
    enough(&p, 2, "Truncated DSME PAN IE", out)?;
    superframe(cx, p.le16()?, out);
    enough(&p, 1, "Truncated before pending addresses field", out)?;
    pending(cx, &mut p, out)?;
    let sequence_follows = multi_superframe(extended, &mut p, out)?;
    enough_more(&p, 8, "Truncated before Time synchronization specification", out)?;
    let ([a, b, c, d, e, f], offset) = (p.array()?, p.le16()?);
    let time = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
    out.say("Beacon timestamp = ").num("timestamp", time).say(", offset = ").num("offset", offset);
    enough_more(&p, 4, "Truncated before Beacon Bitmap", out)?;
    let (index, length) = (p.le16()?, p.le16()?);
    out.say("SD Index = ").num("index", index).say(", Bitmap len = ").num("bitmap_length", length).say(", ");
    enough_more(&p, length.into(), "Truncated in SD bitmap", out)?;
    octets("bitmap", &mut p, length.into(), out.say(" SD Bitmap = "))?;
    enough_more(&p, 5, "Truncated before Channel hopping specification", out)?;
    let length = p.at(4).le16()?;
    let ([sequence, number], channel) = (p.array()?, p.le16()?);
    out.say("Hopping Seq ID = ").num("hopping_sequence", sequence);
    out.say(", PAN Coordinator BSN = ").num("coordinator_sequence", number);
    out.say(", Channel offset = ").num("channel_offset", channel);
    out.say(", Bitmap length = ").num("channel_bitmap_length", length).say(", ");
    // tcpdump takes the second byte of the length for the first of the bitmap.
    p.skip(1)?;
    enough_more(&p, length.into(), "Truncated in Channel offset bitmap", out)?;
    octets("channel_bitmap", &mut p, length.into(), out.say(" Channel offset bitmap = "))?;
    if !sequence_follows {
        return Ok(());
    }
    enough_more(&p, 1, "Truncated in Hopping Sequence length", out)?;
    let length = p.u8()?;
    out.say("Hopping Seq length = ").num("hopping_length", length).say(" [ ");
    enough_more(&p, 2 * usize::from(length), "Truncated in Channel offset bitmap", out)?;
    channels(length.into(), &mut p, out)
}

/// As [`enough`], with a blank before the words.
fn enough_more(p: &Cursor, need: usize, words: &str, out: &mut Out) -> Dissect {
    if p.claimed() < need { Err(wrong(words, out.say(" "))) } else { Ok(()) }
}

/// How superframes are put together; `true` if a hopping sequence ends the descriptor.
fn multi_superframe(extended: bool, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    const SHORT: Flags = &[(0x40, ", CAP reduction enabled"), (0x80, ", Deferred beacon enabled")];
    const LONG: Flags = &[
        (0x400, ", CAP reduction enabled"),
        (0x800, ", Deferred beacon enabled"),
        (0x1000, ", Hopping Sequence Present"),
    ];
    enough(p, if extended { 2 } else { 1 }, "Truncated before DSME Superframe Specification", out)?;
    let (n, order, hopping, flags) = if extended {
        let n = p.le16()?;
        (n, n & 0xff, n & 0x100 != 0, LONG)
    } else {
        let n = u16::from(p.u8()?);
        (n, n & 0x0f, n & 0x10 != 0, SHORT)
    };
    out.say("Multi-superframe Order = ").num("multi_superframe_order", order);
    out.say(if hopping { ", Channel hopping mode" } else { ", Channel adaptation mode" });
    out.letters("multi_superframe", n, flags, "");
    Ok(extended && n & 0x1000 != 0)
}

/// So many channels, and the bracket behind them.
fn channels(count: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("channels", |out| {
        for _ in 0..count {
            let channel = p.le16()?;
            out.hex0("", channel, 2).say(" ");
        }
        Ok(())
    })?;
    out.say("]");
    Ok(())
}

/// Elements of the payload.
pub(super) fn payload(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    loop {
        enough(p, 2, "Truncated header IE", out)?;
        let group = out.item(|out| payload_element(cx, p, out))?;
        if group == LAST || p.claimed() == 0 {
            return Ok(());
        }
    }
}

fn payload_element(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<u8> {
    let first = p.le16()?;
    if first & TYPE == 0 {
        wrong("Payload IE with type 0", out);
        out.say(" ");
    }
    let (group, length) = ((first >> 11 & 0xf) as u8, usize::from(first & 0x3ff));
    begin(group, names::PAYLOAD, length, out);
    enough(p, length, "Truncated IE data", out)?;
    let body = p.claiming(length);
    if cx.verbose() > 3 && length > 0 {
        break_off(payload_value(cx, group, body, out), out)?;
    } else {
        data(body, out)?;
    }
    out.say("]\n\t");
    p.skip(length)?;
    Ok(group)
}

fn payload_value(cx: &Cx, group: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    match group {
        1 => out.list("elements", |out| mac::say(cx, p, out)),
        2 => vendor(p, out),
        3 => multiplexed(p, out),
        5 => {
            let subtype = p.u8()?;
            out.say("Subtype ID = 0x").hex0("subtype", subtype, 2).say(", Subtype content = ");
            all_octets("value", p, out)
        }
        _ => data(p, out),
    }
}

/// A piece of what another protocol sends in elements (IEEE 802.15.9).
fn multiplexed(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let first = p.u8()?;
    let (kind, id) = (first & 7, first >> 3);
    out.note("transfer_type", kind);
    match kind {
        0 => {
            out.say("Type = Full upper layer fragment, ");
            enough(&p, 2, "Multiplex ID missing", out)?;
            let multiplex = p.le16()?;
            out.say("tid = 0x").hex0("transaction", id, 2);
            out.say(", Multiplex ID = 0x").hex0("multiplex", multiplex, 4).say(", ");
        }
        1 => {
            out.say("Type = Full upper layer fragment with small Multiplex ID, Multiplex ID = 0x");
            out.hex0("multiplex", id, 4).say(", ");
        }
        2 | 4 => fragment(kind, id, &mut p, out)?,
        6 => return abort(length, id, p, out),
        _ => {
            out.say("Type = ").aloud(|out| _ = out.num("", kind));
            out.say(" (Reserved), tid = 0x").hex0("transaction", id, 2).say(", ");
        }
    }
    out.say("Upper layer data = ");
    all_octets("value", p, out)
}

fn fragment(kind: u8, id: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    enough(p, 1, "fragment number missing", out)?;
    let number = p.u8()?;
    out.say(match (kind, number) {
        (2, 0) => "Type = First fragment",
        (2, _) => "Type = Middle fragment",
        _ => "Type = Last fragment",
    });
    out.say(", tid = 0x").hex0("transaction", id, 2).say(", fragment = 0x").hex0("fragment", number, 2);
    out.say(", ");
    if number == 0 {
        enough(p, 4, "Total upper layer size or multiplex ID missing", out)?;
        let (size, multiplex) = (p.le16()?, p.le16()?);
        out.say("Total upper layer size = 0x").hex0("size", size, 4);
        out.say(", Multiplex ID = 0x").hex0("multiplex", multiplex, 4).say(", ");
    }
    Ok(())
}

fn abort(length: usize, id: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("Type = Abort, tid = 0x").hex0("transaction", id, 2);
    match length {
        1 => out.say(", no max size given"),
        3 => {
            let most = p.le16()?;
            out.say(", max size = 0x").hex0("max_size", most, 4)
        }
        _ => {
            write!(out, ", invalid length = {length} (not 1 or 3)Abort data = ");
            return all_octets("value", p, out);
        }
    };
    Ok(())
}
