//! OAM of Ethernet links (IEEE 802.3 clause 57).
//!
//! ```text
//! | flags (2) | code (1) |
//! information:   TLVs: | type (1) | 16 (1) | version (1) | revision (2) | state (1) | configuration (1) |
//!                      | PDU configuration (2) | organisation (3) | vendor (4) |
//! event:         | sequence (2) | TLVs: | type (1) | 40 (1) | time (2) | window (8) | threshold (8) |
//!                | errors (8) | all errors (8) | all events (4) |
//! loopback:      | command (1) |
//! ```

use super::{Next, each, illegal, too_short, value};
use crate::parts::ouis;
use crate::prelude::*;

const HEADER: usize = 3;
const FLAGS: Flags = &[
    (0x01, "Link Fault"),
    (0x02, "Dying Gasp"),
    (0x04, "Critical Event"),
    (0x08, "Local Evaluating"),
    (0x10, "Local Stable"),
    (0x20, "Remote Evaluating"),
    (0x40, "Remote Stable"),
];
const INFORMATION: u8 = 0;
const EVENT: u8 = 1;
const LOOPBACK: u8 = 4;
const CODES: NameTable = &[
    (0, "Information"),
    (1, "Event Notification"),
    (2, "Variable Request"),
    (3, "Variable Response"),
    (4, "Loopback Control"),
    (0xfe, "Vendor Private"),
];

const END: u8 = 0;
const LOCAL: u8 = 1;
const REMOTE: u8 = 2;
const INFORMATION_TYPES: NameTable =
    &[(0, "End of TLV marker"), (1, "Local"), (2, "Remote"), (0xfe, "Organization specific")];
const INFORMATION_LENGTH: u8 = 16;
const PARSERS: NameTable = &[(0, "forwarding"), (1, "looping back"), (2, "discarding"), (3, "reserved")];
const MULTIPLEXER: u8 = 0x04;
const CONFIGURATION: Flags = &[
    (0x01, "Active"),
    (0x02, "Unidirectional"),
    (0x04, "Remote-Loopback"),
    (0x08, "Link-Events"),
    (0x10, "Variable-Retrieval"),
];
const MAX_PDU: u16 = 0x7ff;

const ERRORED_SYMBOLS: u8 = 1;
const ERRORED_SECONDS: u8 = 4;
const EVENT_TYPES: NameTable = &[
    (0, "End of TLV marker"),
    (1, "Errored Symbol Period Event"),
    (2, "Errored Frame Event"),
    (3, "Errored Frame Period Event"),
    (4, "Errored Frame Seconds Summary Event"),
    (0xfe, "Organization specific"),
];
const EVENT_LENGTH: u8 = 40;
const COMMANDS: NameTable = &[(1, "Enable OAM Remote Loopback"), (2, "Disable OAM Remote Loopback")];

/// Says a message of OAM, behind its subtype.
pub(super) fn oam(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        return too_short(true, out);
    }
    p.need(HEADER)?;
    let (flags, code) = (p.be16()?, p.u8()?);
    out.say("\n\tCode ").name("code", code, CODES, "Unknown (%u)");
    out.say(" OAM PDU, Flags [").flags("flags", flags, FLAGS, "none").say("]");
    match code {
        INFORMATION => each(&mut p, out, |p, out| {
            let like_information = |kind| matches!(kind, LOCAL | REMOTE);
            tlv(cx, INFORMATION_TYPES, " Information Type (%u)", like_information, p, out)
        }),
        EVENT => {
            if p.claimed() < 2 {
                return too_short(true, out);
            }
            let sequence = p.be16()?;
            out.say("\n\t  Sequence Number ").num("sequence", sequence);
            each(&mut p, out, |p, out| {
                let like_event = |kind| (ERRORED_SYMBOLS..=ERRORED_SECONDS).contains(&kind);
                tlv(cx, EVENT_TYPES, " Link Event Type (%u)", like_event, p, out)
            })
        }
        LOOPBACK => {
            if p.claimed() < 1 {
                return too_short(true, out);
            }
            let command = p.u8()?;
            out.say("\n\t  Command ").named("command", command, COMMANDS, "Unknown");
            Ok(())
        }
        _ if cx.verbose() == 1 => {
            out.dump_hex("data", p.rest(), "\n\t  ");
            Ok(())
        }
        _ => {
            out.aside(|out| {
                out.bytes("data", p.rest());
            });
            Ok(())
        }
    }
}

fn tlv(
    cx: &Cx,
    names: NameTable,
    number: &str,
    known: impl Fn(u8) -> bool,
    p: &mut Cursor,
    out: &mut Out,
) -> Dissect<Next> {
    let header = *p;
    let [kind, length] = p.array()?;
    out.say("\n\t  ").named_as("type", kind, names, "Reserved", number);
    out.say(", length ").num("length", length);
    let mut body = match value(length, kind == END, &header, p, out)? {
        Ok(body) => body,
        Err(next) => return Ok(next),
    };
    let whole = header.sub(length.into());
    let events = names.len() == EVENT_TYPES.len();
    let wanted = if events { EVENT_LENGTH } else { INFORMATION_LENGTH };
    if known(kind) && length == wanted {
        if events {
            event(&mut body, out)?
        } else {
            information(&mut body, out)?
        }
        if cx.verbose() > 1 {
            out.aloud(|out| {
                out.dump_hex("", whole.rest(), "\n\t  ");
            });
        }
        return Ok(Next::Tlv);
    }
    if known(kind) {
        illegal(out, "", wanted.into());
    }
    out.dump_hex("data", whole.rest(), "\n\t  ");
    Ok(Next::Tlv)
}

fn information(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (version, revision) = (p.u8()?, p.be16()?);
    out.say("\n\t    OAM-Version ").num("version", version).say(", Revision ").num("revision", revision);
    let [state, configuration] = p.array()?;
    out.say("\n\t    State-Parser-Action ").name("parser", state & 3, PARSERS, "");
    let discards = state & MULTIPLEXER != 0;
    out.say(", State-MUX-Action ").say(if discards { "discarding" } else { "forwarding" });
    out.note_that("multiplexer_discards", discards);
    let pdu = p.be16()?;
    out.say("\n\t    OAM-Config Flags [").flags("configuration", configuration, CONFIGURATION, "none");
    out.say("], OAM-PDU-Config max-PDU size ").num("max_pdu", pdu & MAX_PDU);
    let (oui, vendor) = (p.be24()?, p.be32()?);
    out.say("\n\t    OUI ").named_as("oui", oui, ouis::NAMES, "Unknown", " (0x%06x)");
    out.say(", Vendor-Private 0x").hex0("vendor", vendor, 8);
    Ok(())
}

fn event(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (time, window, threshold) = (p.be16()?, p.be64()?, p.be64()?);
    let (errors, all_errors, all_events) = (p.be64()?, p.be64()?, p.be32()?);
    out.say("\n\t    Timestamp ").num("time_ms", u32::from(time) * 100);
    out.say(" ms, Errored Window ").num("window", window);
    out.say("\n\t    Errored Threshold ").num("threshold", threshold);
    out.say("\n\t    Errors ").num("errors", errors);
    out.say("\n\t    Error Running Total ").num("all_errors", all_errors);
    out.say("\n\t    Event Running Total ").num("all_events", all_events);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::proto::slow::SLOW;
    use crate::testing::{check, values};

    #[test]
    fn information() {
        let hex = "03 0050 00 01 10 01 0001 05 09 05f6 00000c 00000001 00 00";
        check(&SLOW, hex, "", "OAM, length 22");
        check(
            &SLOW,
            hex,
            "-v",
            "OAM, length 22\n\tCode Information OAM PDU, Flags [Local Stable, Remote Stable]\
             \n\t  Local Information Type (1), length 16\n\t    OAM-Version 1, Revision 1\
             \n\t    State-Parser-Action looping back, State-MUX-Action discarding\
             \n\t    OAM-Config Flags [Active, Link-Events], OAM-PDU-Config max-PDU size 1526\
             \n\t    OUI Cisco (0x00000c), Vendor-Private 0x00000001\
             \n\t  End of TLV marker Information Type (0), length 0",
        );
        assert!(values(&SLOW, hex).contains(r#"{"type":1,"length":16,"version":1,"revision":1,"parser":1"#));
    }

    #[test]
    fn events() {
        let eight = |n: u8| format!("00000000000000{n:02x}");
        let counts = format!("{} {} {} {} 00000005", eight(1), eight(2), eight(3), eight(4));
        check(
            &SLOW,
            &format!("03 0000 01 0007 02 28 0010 {counts}"),
            "-v",
            "OAM, length 46\n\tCode Event Notification OAM PDU, Flags [none]\n\t  Sequence Number 7\
             \n\t  Errored Frame Event Link Event Type (2), length 40\
             \n\t    Timestamp 1600 ms, Errored Window 1\n\t    Errored Threshold 2\n\t    Errors 3\
             \n\t    Error Running Total 4\n\t    Event Running Total 5",
        );
    }

    #[test]
    fn others_and_lies() {
        let pdu = |code: &str| format!("\n\tCode {code} OAM PDU, Flags [none]");
        let start = "OAM, length";
        let command = "\n\t  Command Enable OAM Remote Loopback (1)";
        check(&SLOW, "03 0000 04 01", "-v", &format!("{start} 5{}{command}", pdu("Loopback Control")));
        let short = "\n\t\t packet is too short";
        check(&SLOW, "03 0000 04", "-v", &format!("{start} 4{}{short}", pdu("Loopback Control")));
        check(&SLOW, "03 00", "-v", &format!("{start} 2{short}"));
        let dump = "\n\t  0x0000:  ff";
        check(&SLOW, "03 0000 02 ff", "-v", &format!("{start} 5{}{dump}", pdu("Variable Request")));
        check(
            &SLOW,
            "03 0000 00 01 03 ff",
            "-v",
            &format!(
                "{start} 7{}\n\t  Local Information Type (1), length 3\
                 \n\t    ERROR: illegal length - should be 16\
                 \n\t  0x0000:  0103 ff",
                pdu("Information")
            ),
        );
    }
}
