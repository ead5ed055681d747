//! Beacons and commands (IEEE 802.15.4-2015 clauses 7.3.1 and 7.5), and what is not explained.

use super::{enough, long_address, names, short_address, wrong};
use crate::prelude::*;

const BEACON: u16 = 0;
const COMMAND: u16 = 3;

/// The payload of a frame of this type and version.
pub(super) fn say(cx: &Cx, kind: u16, version: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let told = match kind {
        BEACON if version < 2 => out.nest("beacon", |out| beacon(cx, &mut p, out)),
        COMMAND => out.nest("command", |out| command(&mut p, out)),
        _ => Ok(()),
    };
    match told {
        // What follows in a beacon that is wrong is not looked at; a command has been read or not.
        Err(Stop::Invalid) if kind == BEACON => {
            out.note_that("invalid", true);
            Ok(())
        }
        Err(Stop::Invalid) => {
            out.note_that("invalid", true);
            rest(cx, p, out)
        }
        told => told.and_then(|()| rest(cx, p, out)),
    }
}

/// What nobody explains.
pub(super) fn rest(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    if cx.options.no_default_dump || p.claimed() == 0 {
        return Ok(());
    }
    out.dump("data", p.sub(p.claimed()).rest());
    p.need(p.claimed())
}

fn beacon(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    enough(p, 2, "Truncated before beacon information", out)?;
    superframe(cx, p.le16()?, out);
    enough(p, 1, "Truncated before GTS info", out)?;
    guaranteed_slots(cx, p, out)?;
    enough(p, 1, "Truncated before pending addresses", out)?;
    let start = *p;
    pending(cx, p, out)?;
    start.need(start.claimed() - p.claimed())
}

/// How time is divided until the next beacon.
pub(super) fn superframe(cx: &Cx, n: u16, out: &mut Out) {
    if cx.verbose() == 0 {
        return;
    }
    out.note("superframe", n).aloud(|out| {
        out.say("\n\tBeacon order = ").num("", n & 0xf).say(", Superframe order = ").num("", n >> 4 & 0xf);
        out.say(", Final CAP Slot = ").num("", n >> 8 & 0xf);
        const FLAGS: Flags =
            &[(0x1000, ", BLE enabled"), (0x4000, ", PAN Coordinator"), (0x8000, ", Association Permit")];
        out.letters("", n, FLAGS, "");
    });
}

/// The time slots that belong to one device each.
fn guaranteed_slots(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let start = *p;
    let count = p.u8()? & 7;
    if count == 0 {
        if cx.verbose() > 0 {
            out.say("\n\tGTS Descriptor Count = ").num("slot_count", count).say(", ");
        }
        return Ok(());
    }
    let length = 2 + 3 * usize::from(count);
    if start.claimed() < length {
        return Err(wrong("Truncated GTS Info List", out.say(" ")));
    }
    if cx.verbose() < 2 {
        *p = start.at(length);
        return Ok(());
    }
    out.say("GTS Descriptor Count = ").num("slot_count", count).say(", ");
    let directions = p.u8()?;
    out.say("GTS Directions Mask = ").hex0("directions", directions & 0x7f, 2).say(", [ ");
    out.list("slots", |out| {
        for _ in 0..count {
            out.say("[ ");
            out.item(|out| {
                // tcpdump takes the slots out of the address.
                let slots = p.at(1);
                short_address("address", p, out)?;
                let slots = { slots }.u8()?;
                out.say(", Start slot = ").num("start", slots & 0x0f);
                out.say(", Length = ").num("length", slots >> 4).say(" ] ");
                p.pass(1);
                Ok(())
            })?;
        }
        Ok(())
    })?;
    out.say("]");
    Ok(())
}

/// The devices for which the coordinator has data.
pub(super) fn pending(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let start = *p;
    let counts = p.u8()?;
    let (short, long) = (counts & 7, counts >> 4 & 7);
    let length = 1 + 2 * usize::from(short) + 8 * usize::from(long);
    if cx.verbose() > 0 {
        out.say("\n\tPending address list, # short addresses = ").num("pending_short_count", short);
        out.say(", # extended addresses = ").num("pending_extended_count", long);
    }
    if start.claimed() < length {
        return Err(wrong("Pending address list truncated", out.say(" ")));
    }
    if cx.verbose() > 1 {
        pending_list("pending_short", ", Short address list = [ ", short, short_address, p, out)?;
        pending_list("pending_extended", ", Extended address list = [ ", long, long_address, p, out)?;
    }
    *p = start.at(length);
    Ok(())
}

fn pending_list(
    key: &str,
    words: &str,
    count: u8,
    say: fn(&str, &mut Cursor, &mut Out) -> Dissect,
    p: &mut Cursor,
    out: &mut Out,
) -> Dissect {
    if count == 0 {
        return Ok(());
    }
    out.say(words);
    out.list(key, |out| {
        for _ in 0..count {
            say("", p, out)?;
            out.say(" ");
        }
        Ok(())
    })?;
    out.say("]");
    Ok(())
}

fn command(p: &mut Cursor, out: &mut Out) -> Dissect {
    enough(p, 1, "Truncated before Command ID", out)?;
    let id = p.u8()?;
    out.say("Command ID = ").name("id", id, names::COMMANDS, "Reserved 0x%02x").say(" ");
    if p.claimed() == 0 {
        return Ok(());
    }
    match id {
        0x01 => association_request(p, out)?,
        0x02 => association_response(p, out)?,
        0x03 => disassociation(p, out)?,
        0x04..=0x07 => return Ok(()),
        0x08 => realignment(p, out)?,
        0x09 => slot_request(p, out)?,
        _ => {
            // It is dumped once more.
            out.say("Command Data = ");
            return all_octets("arguments", *p, out);
        }
    }
    p.pass(p.claimed());
    Ok(())
}

/// The next `n` bytes as far as they were captured, and then the cut.
pub(super) fn octets(key: &str, p: &mut Cursor, n: usize, out: &mut Out) -> Dissect {
    let some = p.sub(n).rest();
    if !some.is_empty() {
        out.octets(key, some, b' ').say(" ");
    }
    p.skip(n)
}

/// All that is claimed, see [`octets`].
pub(super) fn all_octets(key: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    let n = p.claimed();
    octets(key, &mut p, n, out)
}

/// Fails unless the command has so many bytes.
fn exactly(p: &Cursor, needs: std::ops::RangeInclusive<usize>, what: &str, out: &mut Out) -> Dissect {
    if needs.contains(&p.claimed()) {
        return Ok(());
    }
    out.say("Invalid ").say(what).say(" command length");
    Err(Stop::Invalid)
}

fn association_request(p: &mut Cursor, out: &mut Out) -> Dissect {
    exactly(p, 1..=1, "Association request", out)?;
    let capabilities = p.peek()?;
    const CAPABILITIES: Flags = &[
        (0x04, "AC powered, "),
        (0x08, "Receiver on when idle, "),
        (0x10, "Fast association, "),
        (0x40, "Security supported, "),
        (0x80, "Allocate address, "),
    ];
    out.say(if capabilities & 2 != 0 { "FFD, " } else { "RFD, " });
    out.letters("capabilities", capabilities, CAPABILITIES, "");
    Ok(())
}

fn association_response(p: &mut Cursor, out: &mut Out) -> Dissect {
    exactly(p, 3..=3, "Association response", out)?;
    const STATUS: NameTable = &[
        (0x00, "Association successful"),
        (0x01, "PAN at capacity"),
        (0x02, "PAN access denied"),
        (0x03, "Hooping sequence offset duplication"),
        (0x80, "Fast association successful"),
    ];
    let mut body = *p;
    out.say("Short address = ");
    short_address("address", &mut body, out)?;
    let status = body.u8()?;
    out.say(", ").name("status", status, STATUS, "Status = 0x%02x");
    Ok(())
}

fn disassociation(p: &mut Cursor, out: &mut Out) -> Dissect {
    exactly(p, 1..=1, "Disassociation Notification", out)?;
    let reason = p.peek()?;
    out.note("reason", reason);
    match reason {
        0 => out.say("Reserved"),
        1 => out.say("Reason = The coordinator wishes the device to leave PAN"),
        2 => out.say("Reason = The device wishes to leave the PAN"),
        _ => {
            // tcpdump says what stands two bytes further on.
            let other = p.at(2).u8()?;
            out.say("Reason = 0x").aloud(|out| _ = out.hex0("", other, 2))
        }
    };
    Ok(())
}

fn realignment(p: &mut Cursor, out: &mut Out) -> Dissect {
    exactly(p, 7..=8, "Coordinator Realignment", out)?;
    let mut body = *p;
    let pan = body.le16()?;
    out.say("Pan ID = 0x").hex0("pan", pan, 4).say(", Coordinator short address = ");
    short_address("coordinator", &mut body, out)?;
    let low = body.u8()?;
    let page = if body.claimed() == 3 { body.at(2).u8()? } else { 0x80 };
    let paged = page & 0x80 == 0;
    let high = if paged { 0 } else { page & 0x7f };
    out.say(", Channel Number = ").num("channel", u16::from_be_bytes([high, low]));
    if paged {
        out.say(", page = ").num("page", page);
    }
    out.say(", Short address = ");
    short_address("address", &mut body, out)
}

fn slot_request(p: &mut Cursor, out: &mut Out) -> Dissect {
    exactly(p, 1..=1, "GTS Request", out)?;
    let slots = p.peek()?;
    out.say("GTS Length = ").num("length", slots & 0xf);
    let (receive, allocate) = (slots & 0x10 != 0, slots & 0x20 != 0);
    out.say(if receive { ", Receive-only GTS" } else { ", Transmit-only GTS" }).note_that("receive", receive);
    out.say(if allocate { ", GTS allocation" } else { ", GTS deallocations" })
        .note_that("allocate", allocate);
    Ok(())
}
