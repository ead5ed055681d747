//! LWAPP, the Lightweight Access Point Protocol, over UDP (RFC 5412).
//!
//! ```text
//! access point's MAC address (6), to port 12223 only
//! | version (2 bits), radio (3 bits), C F L | fragment | length (2), of what follows the header | status, WLANs (2) |
//! control:  | type | sequence | length of the elements (2) | session (4) | elements ..
//! element:  | type | length (2) | value ..
//! ```

use crate::prelude::*;

mod elements;

/// LWAPP of data, and control messages from a controller.
pub static LWAPP: Protocol = Protocol { name: "lwapp", dissect };
/// Messages to a controller: the access point says first who it is, of which the RFC knows nothing.
pub static TO_CONTROLLER: Protocol = Protocol { name: "lwapp", dissect: to_controller };

const HEADER: usize = 6;
const MAC: usize = 6;
const VERSION: u8 = 0;
const CONTROL: u8 = 0x04;
/// Over UDP there are no fragments.
const FRAGMENTED: u8 = 0x03;
const FLAGS: Flags = &[(0x01, "Not Last"), (0x02, "Fragment"), (0x04, "Control")];

const CONTROL_HEADER: usize = 8;
const TYPES: NameTable = &[
    (1, "Discovery req"),
    (2, "Discovery resp"),
    (3, "Join req"),
    (4, "Join resp"),
    (5, "Join ack"),
    (6, "Join confirm"),
    (10, "Configure req"),
    (11, "Configure resp"),
    (12, "Update req"),
    (13, "Update resp"),
    (14, "WTP event req"),
    (15, "WTP event resp"),
    (16, "Change state event req"),
    (17, "Change state event resp"),
    (22, "Echo req"),
    (23, "Echo resp"),
    (24, "Image data req"),
    (25, "Image data resp"),
    (26, "Channel status req"),
    (27, "Channel status resp"),
    (30, "Key update req"),
    (31, "Key update resp"),
    (32, "Primary discovery req"),
    (33, "Primary discovery resp"),
    (34, "Data transfer req"),
    (35, "Data transfer resp"),
    (36, "Clear config ind"),
    (37, "Wlan config req"),
    (38, "Wlan config resp"),
    (39, "Mobile config req"),
    (40, "Mobile config resp"),
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("LWAPP");
    out.enough("UDP payload length", &p, HEADER)?;
    frame(cx, p, None, out)
}

fn to_controller(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("LWAPP");
    out.enough("UDP payload length", &p, HEADER + MAC)?;
    frame(cx, p.at(MAC), Some(p), out)
}

/// The frame behind the address of the access point, if it has one.
fn frame(cx: &Cx, mut p: Cursor, identity: Option<Cursor>, out: &mut Out) -> Dissect {
    let present = p.claimed().saturating_sub(HEADER);
    let bits = p.u8()?;
    let (version, radio, flags) = (bits >> 6, bits >> 3 & 7, bits & 7);
    if version != VERSION {
        return Err(out.lie("version", version, "!=", VERSION));
    }
    let kind = if flags & CONTROL != 0 { "Control" } else { "Data" };
    out.say("v").num("version", version).say(", ").say(kind).say(" frame");
    if cx.verbose() > 0 {
        out.say(", Radio-id ").num("radio", radio);
    }
    out.say(", Flags [").flags("flags", flags, FLAGS, "none").say("]");
    if flags & FRAGMENTED != 0 {
        out.say(" (bogus)");
    }
    let mut rest = p;
    rest.pass(1);
    if cx.verbose() > 0 {
        let fragment = p.u8()?;
        out.say(", Frag-id ").num("fragment", fragment).say(if fragment == 0 { "" } else { " (MBZ!)" });
    }
    let length = usize::from(rest.be16()?);
    out.say(", length ").num("length", length);
    if length != present {
        return Err(out.lie("LWAPP payload length", length, "!=", present));
    }
    if cx.verbose() == 0 || length == 0 {
        return Ok(());
    }
    if let Some(mut identity) = identity {
        let mac = identity.array()?;
        out.say("\n\tAP identity: ").mac("identity", mac);
    }
    let status = rest.be16()?;
    out.note("status", status);
    if flags & CONTROL != 0 {
        return control(rest.claiming(length), out);
    }
    out.dump_hex("data", rest.sub(length).rest(), "\n\t");
    Ok(())
}

fn control(mut p: Cursor, out: &mut Out) -> Dissect {
    out.enough("transport payload length", &p, CONTROL_HEADER)?;
    let present = p.claimed() - CONTROL_HEADER;
    let kind = p.u8()?;
    out.say("\n\t  Msg type: ").named("type", kind, TYPES, "Unknown");
    let sequence = p.u8()?;
    out.say(", Seqnum: ").num("sequence", sequence);
    let length = usize::from(p.be16()?);
    out.say(", Msg len: ").num("elements_length", length);
    if length != present {
        return Err(out.lie("msg_elem_len", length, "!=", present));
    }
    let session = p.be32()?;
    out.say(", Session: 0x").hex0("session", session, 8);
    out.list("elements", |out| elements::say(kind, p, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn data() {
        check(&LWAPP, "08 05 0002 0001 abcd", "", "LWAPPv0, Data frame, Flags [none], length 2");
        check(
            &LWAPP,
            "0b 05 0002 0001 abcd",
            "-v",
            "LWAPPv0, Data frame, Radio-id 1, Flags [Not Last, Fragment] (bogus), Frag-id 5 (MBZ!), length 2\
             \n\t0x0000:  abcd",
        );
        check(
            &LWAPP,
            "00 00 0000 0000",
            "-v",
            "LWAPPv0, Data frame, Radio-id 0, Flags [none], Frag-id 0, length 0",
        );
    }

    #[test]
    fn control_messages() {
        let hex = "020000000001 04 00 000e 0000 0c 07 0006 01020304 05 0003 414241";
        let head = "LWAPPv0, Control frame, Radio-id 0, Flags [Control], Frag-id 0, length 14\
                    \n\tAP identity: 02:00:00:00:00:01\
                    \n\t  Msg type: Update req (12), Seqnum: 7, Msg len: 6, Session: 0x01020304";
        check(&TO_CONTROLLER, hex, "-v", &format!("{head}\n\t  Msg Elem 0 Type: 5 (WTP Name), Length: 3"));
        check(&TO_CONTROLLER, hex, "", "LWAPPv0, Control frame, Flags [Control], length 14");
        assert_eq!(
            values(&TO_CONTROLLER, hex),
            "{\"lwapp\":{\"version\":0,\"radio\":0,\"flags\":4,\"fragment\":0,\"length\":14,\
             \"identity\":\"02:00:00:00:00:01\",\"status\":0,\"type\":12,\"sequence\":7,\"elements_length\":6,\
             \"session\":16909060,\"elements\":[{\"type\":5,\"length\":3,\"value\":\"414241\"}]}}"
        );
    }

    #[test]
    fn lies() {
        check(&LWAPP, "00 00 0000 00", "", "LWAPP [UDP payload length 5 < 6] (invalid)");
        check(&TO_CONTROLLER, "02 00 0000 00", "", "LWAPP [UDP payload length 5 < 12] (invalid)");
        check(&LWAPP, "40 00 0000 0000", "", "LWAPP [version 1 != 0] (invalid)");
        check(
            &LWAPP,
            "00 00 0003 0000 abcd",
            "",
            "LWAPPv0, Data frame, Flags [none], length 3 [LWAPP payload length 3 != 2] (invalid)",
        );
        let head = "LWAPPv0, Control frame, Radio-id 0, Flags [Control], Frag-id 0, length ";
        check(
            &LWAPP,
            "04 00 0002 0000 0c07",
            "-v",
            &format!("{head}2 [transport payload length 2 < 8] (invalid)"),
        );
        check(
            &LWAPP,
            "04 00 0008 0000 0c 07 0006 01020304",
            "-v",
            &format!(
                "{head}8\n\t  Msg type: Update req (12), Seqnum: 7, Msg len: 6 [msg_elem_len 6 != 0] (invalid)"
            ),
        );
    }
}
