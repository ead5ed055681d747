//! MPCP, the Multi-Point Control Protocol of passive optical networks (IEEE 802.3 clause 64).
//!
//! ```text
//! | operation (2) | timestamp (4) |
//! gate:      | grants, flags | start (4), duration (2) .. | sync (2) |     report:  | sets | bitmap | duration (2) .. |
//! register:  | port (2) | flags | sync (2) | grants |    request:  | flags | grants |   ack: | flags | port (2) | sync (2) |
//! ```

use crate::prelude::*;

/// MPCP.
pub static MPCP: Protocol = Protocol { name: "mpcp", dissect };

const PAUSE: u16 = 1;
const GATE: u16 = 2;
const REPORT: u16 = 3;
const REQUEST: u16 = 4;
const REGISTER: u16 = 5;
const ACK: u16 = 6;
const OPERATIONS: NameTable = &[
    (PAUSE as u32, "Pause"),
    (GATE as u32, "Gate"),
    (REPORT as u32, "Report"),
    (REQUEST as u32, "Register Request"),
    (REGISTER as u32, "Register"),
    (ACK as u32, "Register ACK"),
];
const GATE_FLAGS: Flags = &[
    (0x08, "Discovery"),
    (0x10, "Force Grant #1"),
    (0x20, "Force Grant #2"),
    (0x40, "Force Grant #3"),
    (0x80, "Force Grant #4"),
];
const REQUEST_FLAGS: Flags = &[(1, "Register"), (3, "De-Register")];
const REGISTER_FLAGS: Flags = &[(1, "Re-Register"), (2, "De-Register"), (3, "ACK"), (4, "NACK")];
const ACK_FLAGS: Flags = &[(1, "ACK")];
const QUEUES: Flags = &[
    (0x01, "Q0"),
    (0x02, "Q1"),
    (0x04, "Q2"),
    (0x08, "Q3"),
    (0x10, "Q4"),
    (0x20, "Q5"),
    (0x40, "Q6"),
    (0x80, "Q7"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    let (operation, timestamp) = (p.be16()?, p.be32()?);
    out.say("MPCP, Opcode ").name("operation", operation, OPERATIONS, "Unknown (%u)");
    if operation != PAUSE {
        out.say(", Timestamp ").num("timestamp", timestamp).say(" ticks");
    }
    out.say(", length ").num("length", frame.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    match operation {
        PAUSE => Ok(()),
        GATE => gate(p, out),
        REPORT => report(p, out),
        REQUEST => {
            let [flags, grants] = p.array()?;
            out.say("\n\tFlags [ ").flags("flags", flags, REQUEST_FLAGS, "Reserved");
            out.say(" ], Pending-Grants ").num("pending_grants", grants);
            Ok(())
        }
        REGISTER => {
            let (port, flags, sync, grants) = (p.be16()?, p.u8()?, p.be16()?, p.u8()?);
            out.say("\n\tAssigned-Port ").num("port", port);
            out.say(", Flags [ ").flags("flags", flags, REGISTER_FLAGS, "Reserved");
            out.say(" ]\n\tSync-Time ").num("sync_time", sync);
            out.say(" ticks, Echoed-Pending-Grants ").num("pending_grants", grants);
            Ok(())
        }
        ACK => {
            let (flags, port, sync) = (p.u8()?, p.be16()?, p.be16()?);
            out.say("\n\tEchoed-Assigned-Port ").num("port", port);
            out.say(", Flags [ ").flags("flags", flags, ACK_FLAGS, "Reserved");
            out.say(" ]\n\tEchoed-Sync-Time ").num("sync_time", sync).say(" ticks");
            Ok(())
        }
        _ => {
            out.dump_hex("data", frame.rest(), "\n\t");
            Ok(())
        }
    }
}

/// When stations may send.
fn gate(mut p: Cursor, out: &mut Out) -> Dissect {
    let first = p.u8()?;
    let count = first & 7;
    out.say("\n\tGrant Numbers ").num("count", count);
    out.say(", Flags [ ").flags("flags", first & !7, GATE_FLAGS, "?").say(" ]");
    out.list("grants", |out| {
        for number in 1..=count {
            let (start, duration) = (p.be32()?, p.be16()?);
            out.item(|out| {
                write!(out, "\n\tGrant #{number}, Start-Time ").num("start", start);
                out.say(" ticks, duration ").num("duration", duration).say(" ticks");
                Ok(())
            })?;
        }
        Ok(())
    })?;
    let sync = p.be16()?;
    out.say("\n\tSync-Time ").num("sync_time", sync).say(" ticks");
    Ok(())
}

/// How much stations have to send. tcpdump leaves out the last set, and gives each the number of all.
fn report(mut p: Cursor, out: &mut Out) -> Dissect {
    let count = p.u8()?;
    out.say("\n\tTotal Queue-Sets ").num("count", count);
    out.list("sets", |out| {
        for _ in 1..count {
            let queues = p.u8()?;
            out.item(|out| {
                write!(out, "\n\t  Queue-Set #{count}, Report-Bitmap [ ");
                out.flags("queues", queues, QUEUES, "Unknown").say(" ]");
                out.list("durations", |out| {
                    for queue in (0..8).filter(|queue| queues >> queue & 1 == 1) {
                        let duration = p.be16()?;
                        write!(out, "\n\t    Q{} Report, Duration ", queue + 1);
                        out.num("", duration).say(" ticks");
                    }
                    Ok(())
                })
            })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn gates() {
        let hex = "0002 00000007 19 00000010 0005 0003";
        check(&MPCP, hex, "", "MPCP, Opcode Gate, Timestamp 7 ticks, length 15");
        check(
            &MPCP,
            hex,
            "-v",
            "MPCP, Opcode Gate, Timestamp 7 ticks, length 15\n\tGrant Numbers 1, Flags [ Discovery, Force Grant #1 ]\
             \n\tGrant #1, Start-Time 16 ticks, duration 5 ticks\n\tSync-Time 3 ticks",
        );
        assert!(values(&MPCP, hex).contains(r#""grants":[{"start":16,"duration":5}],"sync_time":3"#));
        check(&MPCP, "0001 00000007", "-v", "MPCP, Opcode Pause, length 6");
        check(&MPCP, "0001 0000", "-v", " [|mpcp]");
    }

    #[test]
    fn reports() {
        check(
            &MPCP,
            "0003 00000007 02 05 0010 0020",
            "-v",
            "MPCP, Opcode Report, Timestamp 7 ticks, length 12\n\tTotal Queue-Sets 2\
             \n\t  Queue-Set #2, Report-Bitmap [ Q0, Q2 ]\n\t    Q1 Report, Duration 16 ticks\
             \n\t    Q3 Report, Duration 32 ticks",
        );
    }

    #[test]
    fn registrations() {
        let said = |hex: &str, words: &str| check(&MPCP, hex, "-v", &format!("MPCP, Opcode {words}"));
        said(
            "0004 00000007 01 02",
            "Register Request, Timestamp 7 ticks, length 8\n\tFlags [ Register ], Pending-Grants 2",
        );
        said(
            "0005 00000007 0009 04 0003 02",
            "Register, Timestamp 7 ticks, length 12\n\tAssigned-Port 9, Flags [ NACK ]\
             \n\tSync-Time 3 ticks, Echoed-Pending-Grants 2",
        );
        said(
            "0006 00000007 01 0009 0003",
            "Register ACK, Timestamp 7 ticks, length 11\n\tEchoed-Assigned-Port 9, Flags [ ACK ]\
             \n\tEchoed-Sync-Time 3 ticks",
        );
        said("0007 00000007 01", "Unknown (7), Timestamp 7 ticks, length 7\n\t0x0000:  0007 0000 0007 01");
    }
}
