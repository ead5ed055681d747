//! CFM, Connectivity Fault Management (IEEE 802.1Q clause 21).
//!
//! ```text
//! | level (3 bits), version (5 bits) | opcode (1) | flags (1) | offset of the TLVs, from here (1) |
//! continuity:       | sequence (4) | end point (2) | names (48) | ITU-T Y.1731 (16) |
//! linktrace:        | transaction (4) | time to live (1) | from (6) | target (6) |
//! linktrace reply:  | transaction (4) | time to live (1) | action (1) |
//! TLVs:             | type (1); 0 is the last, and ends here | length (2) | value .. |
//! ```

use crate::prelude::*;

mod continuity;
mod tlv;

/// CFM.
pub static CFM: Protocol = Protocol { name: "cfm", dissect };

const HEADER: usize = 4;
const VERSION: u8 = 0;
const CONTINUITY: u8 = 1;
const TRACE_REPLY: u8 = 4;
const TRACE: u8 = 5;
const OPCODES: NameTable = &[
    (1, "Continuity Check Message"),
    (2, "Loopback Reply"),
    (3, "Loopback Message"),
    (4, "Linktrace Reply"),
    (5, "Linktrace Message"),
];
const TRACE_LENGTH: usize = 17;
const TRACE_FLAGS: Flags = &[(0x80, "Use Forwarding-DB only")];
const REPLY_LENGTH: usize = 6;
const REPLY_FLAGS: Flags = &[(0x80, "UseFDB Only"), (0x40, "FwdYes"), (0x20, "Terminal MEP")];
const REPLY_ACTIONS: NameTable = &[(1, "Exact Match"), (2, "Filtering DB"), (3, "MIP CCM DB")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return too_short(out);
    }
    p.need(HEADER)?;
    let [first, opcode, flags, offset] = p.array()?;
    let version = first & 0x1f;
    out.say("CFMv").num("version", version);
    if version != VERSION {
        out.say(" not supported, length ").num("length", length);
        return Ok(());
    }
    out.say(" ").name("opcode", opcode, OPCODES, "unknown (%u)");
    out.say(", MD Level ").num("level", first >> 5).say(", length ").num("length", length);
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.say("\n\tFirst TLV offset ").num("offset", offset);
    let offset = usize::from(offset);
    if offset > p.claimed() {
        return too_large(p.claimed(), out);
    }
    let done = body(opcode, flags, offset, p, out)?;
    if !done {
        return Ok(());
    }
    p.pass(offset);
    tlv::all(cx, p, out)
}

fn too_short(out: &mut Out) -> Dissect {
    out.say("\n\t\t packet is too short").note_that("too_short", true);
    Ok(())
}

fn too_large(most: usize, out: &mut Out) -> Dissect {
    out.say(" (too large, must be <= ").aloud(|out| {
        out.num("", most);
    });
    out.say(")").note_that("invalid", true);
    Ok(())
}

/// Whether `offset` leaves room for what has to stand before the TLVs; tcpdump counts its complaints.
fn room(offset: usize, least: usize, which: &str, p: &Cursor, out: &mut Out) -> Dissect<bool> {
    if offset < least {
        out.say(" (too small ").say(which).say(", must be >= ").aloud(|out| {
            out.num("", least);
        });
        out.say(")").note_that("invalid", true);
        return Ok(false);
    }
    p.need(least)?;
    Ok(true)
}

/// Says what stands before the TLVs; `false` if they cannot be found.
fn body(opcode: u8, flags: u8, offset: usize, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match opcode {
        CONTINUITY => {
            if !room(offset, continuity::LENGTH, "1", &p, out)? {
                return Ok(false);
            }
            return continuity::say(flags, p, out);
        }
        TRACE => {
            if !room(offset, TRACE_LENGTH, "4", &p, out)? {
                return Ok(false);
            }
            let (transaction, ttl, from, target) = (p.be32()?, p.u8()?, p.array()?, p.array()?);
            out.say(", Flags [").flags("flags", flags, TRACE_FLAGS, "none");
            out.say("]\n\t  Transaction-ID 0x").hex0("transaction", transaction, 8);
            out.say(", ttl ").num("ttl", ttl);
            out.say("\n\t  Original-MAC ").mac("from", from).say(", Target-MAC ").mac("target", target);
        }
        TRACE_REPLY => {
            if !room(offset, REPLY_LENGTH, "5", &p, out)? {
                return Ok(false);
            }
            let (transaction, ttl, action) = (p.be32()?, p.u8()?, p.u8()?);
            out.say(", Flags [").flags("flags", flags, REPLY_FLAGS, "none");
            out.say("]\n\t  Transaction-ID 0x").hex0("transaction", transaction, 8);
            out.say(", ttl ").num("ttl", ttl);
            out.say("\n\t  Replay-Action ").named("action", action, REPLY_ACTIONS, "Unknown");
        }
        // As tcpdump has it: as many bytes as stand behind the offset, of those before it.
        _ => _ = out.dump_hex("data", p.sub(p.claimed() - offset).rest(), "\n\t  "),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn traces() {
        let hex = "20 05 80 11 00000007 40 020000000001 020000000002 00";
        let words = "CFMv0 Linktrace Message, MD Level 1, length 22";
        check(&CFM, hex, "", words);
        check(
            &CFM,
            hex,
            "-v",
            &format!(
                "{words}\n\tFirst TLV offset 17, Flags [Use Forwarding-DB only]\n\t  Transaction-ID 0x00000007, ttl 64\
                 \n\t  Original-MAC 02:00:00:00:00:01, Target-MAC 02:00:00:00:00:02\n\tEnd TLV (0x00)"
            ),
        );
        check(
            &CFM,
            "20 04 60 06 00000007 3f 01 00",
            "-v",
            "CFMv0 Linktrace Reply, MD Level 1, length 11\n\tFirst TLV offset 6, Flags [FwdYes, Terminal MEP]\
             \n\t  Transaction-ID 0x00000007, ttl 63\n\t  Replay-Action Exact Match (1)\n\tEnd TLV (0x00)",
        );
        assert!(values(&CFM, hex).starts_with(
            r#"{"cfm":{"version":0,"opcode":5,"level":1,"length":22,"offset":17,"flags":128,"transaction":7"#
        ));
    }

    #[test]
    fn others_and_lies() {
        check(&CFM, "20 05 80", "", "\n\t\t packet is too short");
        check(&CFM, "01 05 80 00", "", "CFMv1 not supported, length 4");
        check(
            &CFM,
            "00 03 00 05 00000001",
            "-v",
            "CFMv0 Loopback Message, MD Level 0, length 8\n\tFirst TLV offset 5 (too large, must be <= 4)",
        );
        check(
            &CFM,
            "00 05 00 04 00000001",
            "-v",
            "CFMv0 Linktrace Message, MD Level 0, length 8\n\tFirst TLV offset 4 (too small 4, must be >= 17)",
        );
        check(
            &CFM,
            "00 03 00 04 00000001 00",
            "-v",
            "CFMv0 Loopback Message, MD Level 0, length 9\n\tFirst TLV offset 4\
             \n\t  0x0000:  00\n\tEnd TLV (0x00)",
        );
    }
}
