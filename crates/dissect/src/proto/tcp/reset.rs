//! What the payload of a reset says about its cause: text (RFC 9293 section 3.5.3), or a code
//! (draft-ietf-tcpm-rst-diagnostic-payload).

use crate::prelude::*;

/// Longer texts are said up to here.
const MAX_TEXT: usize = 30;
/// What a coded cause begins with, and how long it is.
const CODED: [u8; 2] = [0x33, 0xaa];
const CODED_LENGTH: usize = 8;

const CAUSES: NameTable = &[
    (1, "Illegal option length"),
    (2, "Desynchronized state"),
    (3, "New data is received after CLOSE is called"),
    (4, "ABORT process"),
    (5, "Unexpected ACK received by non-synchronized state connection"),
    (6, "Unexpected SYN in the window"),
    (7, "Unexpected security compartment"),
    (8, "Malformed message"),
    (9, "Not authorized"),
    (10, "Resource exceeded"),
    (11, "Network failure"),
    (12, "Reset received from the peer"),
    (13, "Destination unreachable"),
    (14, "Connection timeout"),
    (15, "Too much outstanding data"),
    (16, "Unacceptable performance"),
    (17, "Middlebox interference"),
];

/// Says the cause, if the user wants details.
pub(super) fn say(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if cx.verbose() == 0 {
        return p.skip(p.claimed());
    }
    out.say(" [RST");
    if p.claimed() == CODED_LENGTH && p.rest().starts_with(&CODED) {
        out.say(": ");
        return coded(cx, p, out);
    }
    let length = p.claimed();
    if length > MAX_TEXT {
        out.say("+");
    }
    out.say(" ").chars_of("reset_cause", &mut p, length.min(MAX_TEXT))?.say("]");
    p.skip(p.claimed())
}

fn coded(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(CODED_LENGTH)?;
    let (_, code, enterprise) = (p.be16()?, p.be16()?, p.be32()?);
    if cx.verbose() > 1 && enterprise == 0 {
        out.name("reset_code", code, CAUSES, "code %u, pen 0").note("reset_enterprise", 0u8).say("]");
        return Ok(());
    }
    out.say("code ").num("reset_code", code).say(", pen ").num("reset_enterprise", enterprise).say("]");
    Ok(())
}
