//! The elements within an element of the MAC's (IEEE 802.15.4-2015 clause 7.4.4).

use super::{all_octets, break_off, channels, data, enough, enough_more, names, vendor, wrong};
use crate::prelude::*;

const LONG: u16 = 0x8000;
/// What the fields of a time slot are called on the line, and their keys. The last two may have three bytes.
const SLOT: [(&str, &str); 12] = [
    (", CCA Offset = ", "cca_offset"),
    (", CCA = ", "cca"),
    (", TX Offset = ", "tx_offset"),
    (", RX Offset = ", "rx_offset"),
    (", RX Ack Delay = ", "rx_ack_delay"),
    (", TX Ack Delay = ", "tx_ack_delay"),
    (", RX Wait = ", "rx_wait"),
    (", Ack Wait = ", "ack_wait"),
    (", RX TX = ", "rx_tx"),
    (", Max Ack = ", "max_ack"),
    (", Max TX = ", "max_tx"),
    (", Time slot Length = ", "length"),
];
const LINKS: Flags =
    &[(0x01, "TX "), (0x02, "RX "), (0x04, "Shared "), (0x08, "Timekeeping "), (0x10, "Priority ")];

/// Says the elements that all of `p` is; what is wrong with one is the end of them.
pub(super) fn say(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    loop {
        let done = enough(&p, 2, "Truncated MLME IE", out).and_then(|()| element(cx, &mut p, out));
        match done {
            Err(Stop::Invalid) => return Ok(()),
            done => done?,
        }
        if p.claimed() == 0 {
            return Ok(());
        }
    }
}

fn element(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.item(|out| {
        let first = p.le16()?;
        let long = first & LONG != 0;
        let (id, length) =
            if long { (first >> 11 & 0x0f, first & 0x3ff) } else { (first >> 8 & 0x7f, first & 0xff) };
        let (table, otherwise) = match (long, id) {
            (true, _) => (names::LONG, "Reserved 0x%02x"),
            (false, ..=0x0f) => (&[] as NameTable, "Reserved for long format 0x%x"),
            _ => (names::SHORT, "Reserved 0x%02x"),
        };
        out.note_that("long", long).say("\n\t\t").name("id", id, table, otherwise);
        out.say(" [ length = ").num("length", length).say(", ");
        let length = usize::from(length);
        enough(p, length, "Truncated IE data", out)?;
        if length > 0 && cx.verbose() > 3 {
            let done = out.nest("content", |out| value(id, p.claiming(length), out));
            break_off(done, out)?;
        }
        out.say("] ");
        p.pass(length);
        Ok(())
    })
}

/// Long and short elements have no identifier in common.
fn value(id: u16, p: Cursor, out: &mut Out) -> Dissect {
    match id {
        0x08 => vendor(p, out),
        0x09 => hopping(p, out),
        0x1a => synchronization(p, out),
        0x1b => slotframes(p, out),
        0x1c => time_slot(p, out),
        _ => data(p, out),
    }
}

fn hopping(mut p: Cursor, out: &mut Out) -> Dissect {
    let sequence = p.u8()?;
    out.say("Hopping Sequence ID = ").num("sequence", sequence);
    if p.claimed() == 0 {
        return Ok(());
    }
    enough(&p, 7, "IE truncated", out)?;
    let (page, count) = (p.u8()?, p.le16()?);
    out.say("Channel Page = ").num("page", page).say(", Number of Channels = ").num("channel_count", count);
    out.say(", ");
    let configuration = p.le32()?;
    out.say("Phy Configuration = 0x").hex0("phy_configuration", configuration, 8).say(", ");
    if page == 9 || page == 10 {
        let length = usize::from(count).div_ceil(8);
        enough(&p, length, "IE truncated", out)?;
        out.say("Extended bitmap = 0x").bytes_of("bitmap", &mut p, length)?.say(", ");
    }
    enough(&p, 2, "IE truncated", out)?;
    let length = p.le16()?;
    out.say("Hopping Seq length = ").num("hopping_length", length).say(" [ ");
    enough_more(&p, 2 * usize::from(length), "IE truncated", out)?;
    channels(length.into(), &mut p, out)?;
    enough(&p, 2, "IE truncated", out)?;
    let hop = p.le16()?;
    out.say("Current hop = ").num("hop", hop);
    Ok(())
}

fn synchronization(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 6 {
        wrong("Length != 6", out);
    }
    let [a, b, c, d, e, metric] = p.array()?;
    let number = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
    out.say("ASN = ").hex0("slot_number", number, 10);
    out.say(", Join Metric = ").num("join_metric", metric).say(" ");
    Ok(())
}

fn slotframes(mut p: Cursor, out: &mut Out) -> Dissect {
    let count = p.u8()?;
    out.say("Slotframes = ").num("count", count).say(" ");
    out.list("slotframes", |out| {
        for _ in 0..count {
            enough(&p, 4, "Truncated IE before slotframes", out)?;
            out.item(|out| slotframe(&mut p, out))?;
        }
        Ok(())
    })
}

fn slotframe(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (handle, size, count) = (p.u8()?, p.le16()?, p.u8()?);
    out.say("\n\t\t\t[ Handle ").num("handle", handle).say(", size = ").num("size", size);
    out.say(", links = ").num("count", count).say(" ");
    out.list("links", |out| {
        for _ in 0..count {
            if p.claimed() < 5 {
                wrong("Truncated IE links", out);
                break;
            }
            out.item(|out| {
                let (slot, offset, options) = (p.le16()?, p.le16()?, p.u8()?);
                out.say("\n\t\t\t\t[ Timeslot =  ")
                    .num("slot", slot)
                    .say(", Offset = ")
                    .num("offset", offset);
                out.say(", Options = ").letters("options", options, LINKS, "").say("] ");
                Ok(())
            })?;
        }
        Ok(())
    })?;
    out.say("] ");
    Ok(())
}

fn time_slot(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if !matches!(length, 1 | 25 | 27) {
        wrong("Length not 1, 25, or 27", out);
        out.say("\n\t\t\tIE Data = ");
        return all_octets("value", p, out);
    }
    p.need(length)?;
    let id = p.u8()?;
    out.say("Time slot ID = ").num("slot", id);
    if length > 1 {
        let wide = |i: usize| length == 27 && i >= 10;
        for (i, (words, key)) in SLOT.into_iter().enumerate() {
            let [a, b, c] = if wide(i) { p.array()? } else { p.array().map(|[a, b]| [a, b, 0])? };
            out.say(words).num(key, u32::from_le_bytes([a, b, c, 0]));
        }
    }
    out.say(" ");
    Ok(())
}
