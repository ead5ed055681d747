//! What a flow asks for, and what the path can give (RFC 2210, RFC 2215, RFC 2216).
//!
//! ```text
//! | Vers  |        reserved       |         length in words       |
//! service:    |    type   |B|  reserved |     length in words     |
//! parameter:  |     id    |   flags     |     length in words     | values ..
//! ```

use super::objects::Told;
use crate::parts::general_number;
use crate::prelude::*;

const SERVICES: NameTable =
    &[(1, "Default/Global Information"), (2, "Guaranteed Service"), (5, "Controlled Load")];
const PARAMETERS: NameTable = &[
    (4, "IS hop cnt"),
    (6, "Path b/w estimate"),
    (8, "Minimum path latency"),
    (10, "Composed MTU"),
    (127, "Token Bucket TSpec"),
    (130, "Guaranteed Service RSpec"),
    (133, "End-to-end composed value for C"),
    (134, "End-to-end composed value for D"),
    (135, "Since-last-reshaping point composed C"),
    (136, "Since-last-reshaping point composed D"),
];
/// Bytes of a parameter's header.
const HEADER: usize = 4;
/// Bytes per second in a megabit per second.
const MEGABIT: f32 = 125_000.0;

pub(super) fn say(cx: &Cx, mut p: Cursor, indent: &str, out: &mut Out) -> Dissect<Told> {
    let ([first, _], words) = (p.array()?, p.be16()?);
    out.say(indent).say("  Msg-Version: ").num("version", first >> 4);
    out.say(", length: ").num("body_length", u32::from(words) * 4);
    out.list("services", |out| {
        while p.claimed() >= HEADER {
            out.item(|out| {
                let ([kind, bits], words) = (p.array()?, p.be16()?);
                out.say(indent).say("  Service Type: ").named("service", kind, SERVICES, "unknown");
                out.say(if bits & 0x80 != 0 { ", break bit set" } else { ", break bit not set" });
                out.note_that("break", bits & 0x80 != 0);
                let mut left = usize::from(words) * 4;
                out.say(", Service length: ").num("service_length", left);
                out.list("parameters", |out| {
                    while left >= HEADER {
                        let Some(length) = out.item(|out| parameter(cx, &mut p, out))? else { break };
                        left = left.saturating_sub(length);
                    }
                    Ok(())
                })
            })?;
        }
        Ok(Told::All)
    })
}

/// One parameter: its length, or `None` if the object ends before it.
fn parameter(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    if p.claimed() < HEADER {
        return Ok(None);
    }
    let mut head = *p;
    let ([id, flags], words) = (head.array()?, head.be16()?);
    let length = usize::from(words) * 4;
    out.say("\n\t      Parameter ID: ").named("parameter", id, PARAMETERS, "unknown");
    out.say(", length: ").num("length", length).say(", Flags: [0x").hex0("flags", flags, 2).say("]");
    if head.claimed() < length {
        return Ok(None);
    }
    values(cx, id, length, head, out)?;
    p.skip(length + HEADER)?;
    Ok(Some(length + HEADER))
}

fn values(cx: &Cx, id: u8, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    match (id, length) {
        (4, 4) => number("\n\t\tIS hop count: ", "hops", "", &mut p, out)?,
        (6, 4) => rate("\n\t\tPath b/w estimate: ", "estimate_mbps", &mut p, out)?,
        (8, 4) => {
            out.say("\n\t\tMinimum path latency: ");
            match p.be32()? {
                u32::MAX => _ = out.say("don't care"),
                latency => _ = out.num("latency", latency),
            }
        }
        (10, 4) => number("\n\t\tComposed MTU: ", "mtu", " bytes", &mut p, out)?,
        (127, 20) => {
            rate("\n\t\tToken Bucket Rate: ", "rate_mbps", &mut p, out)?;
            let size = f32::from_bits(p.be32()?);
            out.say("\n\t\tToken Bucket Size: ");
            general_number::say("bucket_bytes", size, out);
            out.say(" bytes");
            rate("\n\t\tPeak Data Rate: ", "peak_mbps", &mut p, out)?;
            number("\n\t\tMinimum Policed Unit: ", "min_policed", " bytes", &mut p, out)?;
            number("\n\t\tMaximum Packet Size: ", "max_packet", " bytes", &mut p, out)?;
        }
        (130, 8) => {
            rate("\n\t\tRate: ", "rate_mbps", &mut p, out)?;
            number("\n\t\tSlack Term: ", "slack", "", &mut p, out)?;
        }
        (133..=136, 4) => number("\n\t\tValue: ", "value", "", &mut p, out)?,
        (4 | 6 | 8 | 10 | 127 | 130 | 133..=136, _) => {}
        _ => {
            let data = p.sub(length).rest();
            out.aside(|out| _ = out.bytes("data", data));
            if cx.verbose() == 1 {
                out.aloud(|out| _ = out.dump_hex("", data, "\n\t\t"));
            }
        }
    }
    Ok(())
}

fn number(words: &str, key: &str, unit: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let n = p.be32()?;
    out.say(words).num(key, n).say(unit);
    Ok(())
}

fn rate(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let rate = f32::from_bits(p.be32()?) / MEGABIT;
    out.say(words);
    general_number::say(key, rate, out);
    out.say(" Mbps");
    Ok(())
}
