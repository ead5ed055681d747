//! Auto-RP, with which Cisco's routers tell each other the rendezvous points of PIM (pim-autorp-spec01, version 1+).
//!
//! ```text
//! | type | rendezvous points | hold time (2) | reserved (4) |
//! | address (4) | PIM versions | groups | flags | mask length | group (4) | .. | ..
//! ```

use super::soften;
use crate::parts::duration;
use crate::prelude::*;

/// Cisco's Auto-RP.
pub static AUTORP: Protocol = Protocol { name: "cisco_autorp", dissect };

/// Bytes before the first rendezvous point.
const HEADER: usize = 8;
const TYPES: NameTable = &[(0x11, "candidate-advert"), (0x12, "mapping")];
const VERSIONS: NameTable = &[(0, " PIMv?"), (1, " PIMv1"), (2, " PIMv2"), (3, " PIMv1+2")];
const NEGATIVE: u8 = 0x01;
const BIDIRECTIONAL: u8 = 0x02;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        return cx.soft_cut(out);
    }
    out.say(" auto-rp ");
    let kind = p.u8()?;
    out.name("type", kind, TYPES, "type-0x%02x");
    let count = p.u8()?;
    out.say(" Hold ");
    let hold_time = p.be16()?;
    if hold_time == 0 {
        out.say("FOREVER").note("hold_time_s", hold_time);
    } else {
        duration::say(out, "hold_time_s", hold_time.into());
    }
    p.pass(4);
    let done = out.list("points", |out| {
        for _ in 0..count {
            out.item(|out| point(&mut p, out))?;
        }
        Ok(())
    });
    soften(cx, p.captured() >= p.claimed(), done, out)
}

fn point(p: &mut Cursor, out: &mut Out) -> Dissect {
    let address: [u8; 4] = p.array()?;
    out.say(" RP ").ip4("address", address);
    let versions = p.u8()?;
    out.name("versions", versions & 3, VERSIONS, "");
    reserved(" [rsvd=0x", versions & 0xfc, out);
    let count = p.u8()?;
    out.list("groups", |out| {
        for i in 0..count {
            out.item(|out| {
                let ([flags, length], group) = (p.array()?, p.array::<4>()?);
                out.say(if i == 0 { " " } else { "," });
                out.say(if flags & NEGATIVE != 0 { "!" } else { "" }).note("flags", flags);
                out.ip4("group", group).say("/").num("prefix_length", length);
                out.say(if flags & BIDIRECTIONAL != 0 { " bidir" } else { "" });
                reserved("[rsvd=0x", flags & 0xfc, out);
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn reserved(words: &str, bits: u8, out: &mut Out) {
    if bits != 0 {
        out.say(words).hex0("reserved", bits, 2).say("]");
    }
}
