//! Slow protocols of Ethernet: link aggregation control and markers (IEEE 802.1AX clause 6), OAM (IEEE 802.3 clause
//! 57), and those of organisations (IEEE 802.3 annex 57B).
//!
//! ```text
//! LACP, marker:  | subtype (1) | version (1) | TLVs: type (1), length with these two (1), value .. |
//! OAM:           | 3 (1) | flags (2) | code (1) | ..
//! OSSP:          | 10 (1) | organisation (3) | ..
//! ```

use crate::parts::ouis;
use crate::prelude::*;

mod oam;

/// Slow protocols.
pub static SLOW: Protocol = Protocol { name: "slow", dissect };

const LACP: u8 = 1;
const MARKER: u8 = 2;
const OAM: u8 = 3;
const OSSP: u8 = 10;
const SUBTYPES: NameTable = &[(1, "LACP"), (2, "MARKER"), (3, "OAM"), (10, "OSSP")];
/// The only version of LACP and of markers that is known.
const VERSION: u8 = 1;

const TLV_HEADER: usize = 2;
const TERMINATOR: u8 = 0;
const ACTOR: u8 = 1;
const PARTNER: u8 = 2;
const COLLECTOR: u8 = 3;
const MARKER_INFORMATION: u8 = 1;
const LACP_TLVS: NameTable =
    &[(0, "Terminator"), (1, "Actor Information"), (2, "Partner Information"), (3, "Collector Information")];
const MARKER_TLVS: NameTable = &[(0, "Terminator"), (1, "Marker Information")];
const STATE: Flags = &[
    (0x01, "Activity"),
    (0x02, "Timeout"),
    (0x04, "Aggregation"),
    (0x08, "Synchronization"),
    (0x10, "Collecting"),
    (0x20, "Distributing"),
    (0x40, "Default"),
    (0x80, "Expired"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let whole = p;
    let length = p.claimed();
    let talkative = cx.verbose() > 0;
    if length < 1 {
        return too_short(talkative, out);
    }
    let subtype = p.u8()?;
    if subtype == LACP || subtype == MARKER {
        if length < 2 {
            return too_short(talkative, out);
        }
        let version = p.u8()?;
        out.name("subtype", subtype, SUBTYPES, "");
        if version != VERSION {
            out.say(" version ").num("version", version).say(" packet not supported");
            return Ok(());
        }
        out.say("v").num("version", version);
    } else {
        out.name("subtype", subtype, SUBTYPES, "unknown (%u)");
    }
    out.say(", length ").num("length", length);
    match subtype {
        LACP | MARKER | OAM | OSSP if !talkative => Ok(()),
        LACP | MARKER => aggregation(cx, subtype, p, out),
        OAM => oam::oam(cx, p, out),
        OSSP => organisation(p, out),
        _ => {
            out.dump_hex("data", whole.rest(), "\n\t");
            Ok(())
        }
    }
}

/// Says that a packet ends before a field does: no lie for tcpdump, which goes on behind the packet.
fn too_short(talkative: bool, out: &mut Out) -> Dissect {
    out.say(if talkative { "\n\t\t packet is too short" } else { " (packet is too short)" });
    out.note_that("too_short", true);
    Ok(())
}

/// How reading a list of TLVs goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Tlv,
    /// Nothing follows, or nothing can be read of what does.
    End,
    TooShort,
}

/// Says TLVs one by one, to the end of the packet.
fn each(p: &mut Cursor, out: &mut Out, tlv: impl Fn(&mut Cursor, &mut Out) -> Dissect<Next>) -> Dissect {
    let next = out.list("tlvs", |out| {
        while p.claimed() > 0 {
            if p.claimed() < TLV_HEADER {
                return Ok(Next::TooShort);
            }
            let next = out.item(|out| tlv(p, out))?;
            if next != Next::Tlv {
                return Ok(next);
            }
        }
        Ok(Next::End)
    })?;
    if next == Next::TooShort { too_short(true, out) } else { Ok(()) }
}

/// What follows the header of a TLV of `length` bytes, or how else reading goes on.
fn value<'p>(
    length: u8,
    last: bool,
    header: &Cursor,
    p: &mut Cursor<'p>,
    out: &mut Out,
) -> Dissect<Result<Cursor<'p>, Next>> {
    if last {
        return Ok(Err(Next::End));
    }
    let Some(n) = usize::from(length).checked_sub(TLV_HEADER) else {
        illegal(out, ">= ", TLV_HEADER);
        return Ok(Err(Next::End));
    };
    if header.claimed() < length.into() {
        return Ok(Err(Next::TooShort));
    }
    header.need(length.into())?;
    Ok(p.part(n).map_err(|_| Next::TooShort))
}

fn illegal(out: &mut Out, than: &str, n: usize) {
    out.say("\n\t    ERROR: illegal length - should be ").say(than).aloud(|out| {
        out.num("", n);
    });
    out.note_that("illegal_length", true);
}

/// LACP or a marker.
fn aggregation(cx: &Cx, subtype: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let names = if subtype == LACP { LACP_TLVS } else { MARKER_TLVS };
    each(&mut p, out, |p, out| {
        let header = *p;
        let [kind, length] = p.array()?;
        out.say("\n\t").named_as("type", kind, names, "Unknown", " TLV (0x%02x)");
        out.say(", length ").num("length", length);
        let mut body = match value(length, kind == TERMINATOR, &header, p, out)? {
            Ok(body) => body,
            Err(next) => return Ok(next),
        };
        let whole = body;
        let wanted = match (subtype, kind) {
            (LACP, ACTOR | PARTNER) => 18,
            (LACP, COLLECTOR) => 14,
            (MARKER, MARKER_INFORMATION) => 14,
            _ => {
                out.dump_hex("data", whole.rest(), "\n\t  ");
                return Ok(Next::Tlv);
            }
        };
        if body.claimed() != wanted {
            illegal(out, "", wanted + TLV_HEADER);
        } else {
            match (subtype, kind) {
                (LACP, COLLECTOR) => {
                    let delay = body.be16()?;
                    out.say("\n\t  Max Delay ").num("max_delay", delay);
                }
                (LACP, _) => port(&mut body, out)?,
                _ => request(&mut body, out)?,
            }
        }
        if cx.verbose() > 1 {
            out.aloud(|out| {
                out.dump_hex("", whole.rest(), "\n\t  ");
            });
        }
        Ok(Next::Tlv)
    })
}

fn port(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (priority, system, key) = (p.be16()?, p.array()?, p.be16()?);
    let (port_priority, port, state) = (p.be16()?, p.be16()?, p.u8()?);
    out.say("\n\t  System ").mac("system", system).say(", System Priority ").num("system_priority", priority);
    out.say(", Key ").num("key", key).say(", Port ").num("port", port);
    out.say(", Port Priority ").num("port_priority", port_priority);
    out.say("\n\t  State Flags [").flags("state", state, STATE, "none").say("]");
    Ok(())
}

fn request(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (port, system, transaction) = (p.be16()?, p.array()?, p.be32()?);
    out.say("\n\t  Request System ").mac("system", system).say(", Request Port ").num("port", port);
    out.say(", Request Transaction ID 0x").hex0("transaction", transaction, 8);
    Ok(())
}

fn organisation(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 3 {
        return too_short(true, out);
    }
    let oui = p.be24()?;
    out.say("\n\tOUI: ").named_as("oui", oui, ouis::NAMES, "Unknown", " (0x%06x)");
    out.dump_hex("data", p.rest(), "\n\t");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const PORT: &str = "8000 020000000001 000d 8000 0016 85 000000";

    #[test]
    fn lacp() {
        let hex = format!("01 01 01 14 {PORT} 03 10 8000 {} 00 00 0000", "00".repeat(12));
        let words = "LACPv1, length 42";
        check(&SLOW, &hex, "", words);
        check(
            &SLOW,
            &hex,
            "-v",
            &format!(
                "{words}\n\tActor Information TLV (0x01), length 20\
                 \n\t  System 02:00:00:00:00:01, System Priority 32768, Key 13, Port 22, Port Priority 32768\
                 \n\t  State Flags [Activity, Aggregation, Expired]\
                 \n\tCollector Information TLV (0x03), length 16\n\t  Max Delay 32768\
                 \n\tTerminator TLV (0x00), length 0"
            ),
        );
        assert!(values(&SLOW, &hex).starts_with(
            r#"{"slow":{"subtype":1,"version":1,"length":42,"tlvs":[{"type":1,"length":20,"system":"02:00:00:00:00:01""#
        ));
    }

    #[test]
    fn marker() {
        check(
            &SLOW,
            "02 01 01 10 0005 020000000001 0000002a 0000 09 03 ff",
            "-v",
            "MARKERv1, length 21\n\tMarker Information TLV (0x01), length 16\
             \n\t  Request System 02:00:00:00:00:01, Request Port 5, Request Transaction ID 0x0000002a\
             \n\tUnknown TLV (0x09), length 3\n\t  0x0000:  ff",
        );
    }

    #[test]
    fn organisations() {
        let words = "OSSP, length 6\n\tOUI: ITU-T (0x0019a7)";
        check(&SLOW, "0a 0019a7 0001", "", "OSSP, length 6");
        check(&SLOW, "0a 0019a7 0001", "-v", &format!("{words}\n\t0x0000:  0001"));
        check(&SLOW, "0b 01", "", "unknown (11), length 2\n\t0x0000:  0b01");
    }

    #[test]
    fn lies() {
        check(&SLOW, "", "", " (packet is too short)");
        check(&SLOW, "01", "-v", "\n\t\t packet is too short");
        check(&SLOW, "01 02", "", "LACP version 2 packet not supported");
        let words = "LACPv1, length";
        let tlv = "\n\tActor Information TLV (0x01), length";
        check(&SLOW, "01 01 01", "-v", &format!("{words} 3\n\t\t packet is too short"));
        check(&SLOW, "01 01 01 14", "-v", &format!("{words} 4{tlv} 20\n\t\t packet is too short"));
        let error = "\n\t    ERROR: illegal length - should be";
        check(&SLOW, "01 01 01 01", "-v", &format!("{words} 4{tlv} 1{error} >= 2"));
        check(&SLOW, "01 01 01 03 00", "-v", &format!("{words} 5{tlv} 3{error} 20"));
    }
}
