//! ES-IS: how end systems and intermediate systems find each other (ISO 9542).
//!
//! ```text
//! | 82 | length indicator | version | 0 | type | holding time | checksum |  addresses ..  options ..
//! ```

use super::{comma, judge, too_short};
use crate::parts::nsap;
use crate::prelude::*;

const HEADER: u8 = 9;
const REDIRECT: u8 = 6;
const ESH: u8 = 2;
const ISH: u8 = 4;
const TYPES: NameTable = &[(6, "redirect"), (2, "ESH"), (4, "ISH")];

const PROTOCOLS: u8 = 129;
const CONFIGURATION_TIME: u8 = 198;
const OPTIONS: NameTable = &[
    (129, "Protocols supported"),
    (195, "QoS Maintenance"),
    (197, "Security"),
    (198, "ES Configuration Time"),
    (205, "Priority"),
    (225, "Addressk Mask"),
    (226, "SNPA Mask"),
];

/// Says a PDU.
pub fn say(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    cx.speaking = "esis";
    if !cx.options.link_header {
        out.say("ES-IS");
    }
    if p.claimed() <= 2 {
        out.say(if cx.options.quiet > 0 { "bad pkt!" } else { "no header at all!" });
        return Ok(());
    }
    out.nest("esis", |out| pdu(cx, p, out))
}

fn pdu(cx: &Cx, packet: Cursor, out: &mut Out) -> Dissect {
    let mut p = packet;
    p.need(HEADER.into())?;
    let length = p.claimed();
    let [_nlpid, indicator, version, _reserved, kind] = p.array()?;
    let (holding, found) = (p.be16()?, p.be16()?);
    if version != 1 {
        out.say(" version ").num("version", version).say(" packet not supported");
        return Ok(());
    }
    if usize::from(indicator) > length {
        write!(out, " length indicator({indicator}) > PDU size ({length})!");
        return Ok(());
    }
    if indicator < HEADER + 2 {
        too_short(indicator, packet, out);
        return Ok(());
    }
    let kind = kind & 0x1f;
    if cx.verbose() == 0 {
        out.say(comma(cx))
            .name("type", kind, TYPES, "unknown type (%u)")
            .say(", length ")
            .num("length", length);
        return Ok(());
    }
    out.say(comma(cx)).say("length ").num("length", length);
    out.say("\n\t").named("type", kind, TYPES, "unknown type: %u");
    out.say(", v: ").num("version", version).say(", checksum: 0x").hex0("checksum", found, 4);
    judge(packet, 7, indicator.into(), found, out);
    out.say(", holding time: ").num("holding_s", holding).say("s, length indicator: ");
    out.num("length_indicator", indicator);
    if cx.verbose() > 1 {
        out.aloud(|out| {
            out.dump_hex("", packet.sub(HEADER.into()).rest(), "\n\t");
        });
    }
    let mut p = p.claiming(usize::from(indicator - HEADER));
    let whole = match kind {
        REDIRECT => redirect(&mut p, out)?,
        ESH => end_system(&mut p, out)?,
        ISH => title(&mut p, ", bad ish/li", out)?,
        _ => {
            if cx.verbose() <= 1 && !p.is_empty() {
                out.dump_hex("data", p.rest(), "\n\t  ");
            }
            return Ok(());
        }
    };
    if whole { out.list("options", |out| options(cx, p, out)) } else { Ok(()) }
}

/// An address behind its length, if the length indicator has room for it.
fn address<'p>(p: &mut Cursor<'p>) -> Dissect<Option<&'p [u8]>> {
    let whole = *p;
    let length = p.u8()?.into();
    if whole.claimed() < 1 {
        return Ok(None);
    }
    p.need(length)?;
    if p.claimed() < length {
        return Ok(None);
    }
    p.take(length).map(Some)
}

fn redirect(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let bad = |out: &mut Out| {
        out.say(", bad redirect/li");
        Ok(false)
    };
    let Some(dst) = address(p)? else { return bad(out) };
    out.say("\n\t  ");
    nsap::say("dst", dst, out);
    let Some(snpa) = address(p)? else { return bad(out) };
    p.need(1)?;
    if p.claimed() < 1 {
        return bad(out);
    }
    // The length indicator is not charged with this last length: options are counted one byte too long.
    *p = p.claiming(p.claimed() + 1);
    let Some(net) = address(p)? else { return bad(out) };
    out.aloud(|out| {
        out.say("\n\t  SNPA (length: ").num("", snpa.len()).say("): ");
    });
    match snpa {
        [] => out.say("<empty>"),
        &[a, b, c, d, e, f] => out.mac("snpa", [a, b, c, d, e, f]),
        other => out.octets("snpa", other, b':'),
    };
    if !net.is_empty() {
        out.aloud(|out| {
            out.say("\n\t  NET (length: ").num("", net.len()).say(") ");
        });
        nsap::say("net", net, out);
    }
    Ok(true)
}

fn end_system(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let count = p.peek()?;
    if p.claimed() < 1 {
        out.say(", bad esh/li");
        return Ok(false);
    }
    p.skip(1)?;
    out.say("\n\t  Number of Source Addresses: ").num("sources", count);
    out.list("nets", |out| {
        for _ in 0..count {
            if !out.item(|out| title(p, ", bad esh/li", out))? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

fn title(p: &mut Cursor, otherwise: &str, out: &mut Out) -> Dissect<bool> {
    let Some(net) = address(p)? else {
        out.say(otherwise);
        return Ok(false);
    };
    out.aloud(|out| {
        out.say("\n\t  NET (length: ").num("", net.len()).say("): ");
    });
    nsap::say("net", net, out);
    Ok(true)
}

fn options(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        if p.claimed() < 2 {
            out.say(", bad opts/li");
            break;
        }
        let [kind, length] = p.array()?;
        if usize::from(length) > p.claimed() {
            write!(out, ", opt ({kind}) too long");
            break;
        }
        out.item(|out| option(cx, kind, p.claiming(length.into()), out))?;
        p.pass(length.into());
    }
    Ok(())
}

fn option(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let data = p.sub(p.claimed()).rest();
    out.say("\n\t  ").named_as("kind", kind, OPTIONS, "Unknown", " Option #%u");
    write!(out, ", length {}, value: ", p.claimed());
    match kind {
        CONFIGURATION_TIME if p.claimed() == 2 => {
            out.num("seconds", p.be16()?).say("s");
        }
        CONFIGURATION_TIME => {
            out.say("(bad length)");
        }
        PROTOCOLS => super::nlpids(p, out)?,
        _ => {
            out.dump_hex("data", data, "\n\t  ");
        }
    }
    if cx.verbose() > 1 {
        out.aloud(|out| {
            out.dump_hex("", data, "\n\t  ");
        });
    }
    Ok(())
}
