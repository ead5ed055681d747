//! M3UA, the user adaptation layer of SS7's MTP3 over IP (RFC 4666).
//!
//! ```text
//! | version | reserved | class | type | length (4), all of it | parameters ..
//! parameter: | tag (2) | length (2), all of it | value .. | zeros, to a multiple of 4 bytes |
//! ```

use crate::prelude::*;

/// M3UA.
pub static M3UA: Protocol = Protocol { name: "m3ua", dissect };

const VERSION: u8 = 1;
const HEADER: usize = 8;
/// Bytes of a parameter before its value.
const PARAMETER: usize = 4;

const CLASSES: NameTable =
    &[(0, "Management"), (1, "Transfer"), (2, "SS7"), (3, "ASP"), (4, "ASP"), (9, "Routing Key Management")];

const ROUTING_CONTEXT: u16 = 0x0006;
const CORRELATION_ID: u16 = 0x0013;
const NETWORK_APPEARANCE: u16 = 0x0200;
const PARAMETERS: NameTable = &[
    (0x0004, "INFO String"),
    (ROUTING_CONTEXT as u32, "Routing Context"),
    (0x0007, "Diagnostic Info"),
    (0x0009, "Heartbeat Data"),
    (0x000b, "Traffic Mode Type"),
    (0x000c, "Error Code"),
    (0x000d, "Status"),
    (0x0011, "ASP Identifier"),
    (0x0012, "Affected Point Code"),
    (CORRELATION_ID as u32, "Correlation ID"),
    (NETWORK_APPEARANCE as u32, "Network Appearance"),
    (0x0204, "User/Cause"),
    (0x0205, "Congestion Indications"),
    (0x0206, "Concerned Destination"),
    (0x0207, "Routing Key"),
    (0x0208, "Registration Result"),
    (0x0209, "Deregistration Result"),
    (0x020a, "Local Routing Key Identifier"),
    (0x020b, "Destination Point Code"),
    (0x020c, "Service Indicators"),
    (0x020e, "Originating Point Code List"),
    (0x0210, "Protocol Data"),
    (0x0212, "Registration Status"),
    (0x0213, "Deregistration Status"),
];

/// What the types of a class are called.
fn types(class: u8) -> Option<NameTable> {
    Some(match class {
        0 => &[(0, "Error"), (1, "Notify")],
        1 => &[(1, "Data")],
        2 => &[
            (1, "Destination Unavailable"),
            (2, "Destination Available"),
            (3, "Destination State Audit"),
            (4, "Signalling Congestion"),
            (5, "Destination User Part Unavailable"),
            (6, "Destination Restricted"),
        ],
        3 => &[
            (1, "Up"),
            (2, "Down"),
            (3, "Heartbeat"),
            (4, "Up Acknowledgement"),
            (5, "Down Acknowledgement"),
            (6, "Heartbeat Acknowledgement"),
        ],
        4 => {
            &[(1, "Active"), (2, "Inactive"), (3, "Active Acknowledgement"), (4, "Inactive Acknowledgement")]
        }
        9 => &[
            (1, "Registration Request"),
            (2, "Registration Response"),
            (3, "Deregistration Request"),
            (4, "Deregistration Response"),
        ],
        _ => return None,
    })
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let done = message(cx, p, out);
    cx.close(done, &p, out)
}

fn message(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let present = p.claimed();
    if present < HEADER {
        return Err(Stop::Invalid);
    }
    p.need(HEADER)?;
    let ([version, _, class, kind], length) = (p.array()?, p.be32()?);
    out.note("version", version);
    if version != VERSION {
        return Ok(());
    }
    out.say("\n\t\t").name("class", class, CLASSES, "Unknown message class %u");
    match types(class) {
        Some(names) => _ = out.say(" ").name("type", kind, names, "Unknown (0x%02x)").say(" Message"),
        None => _ = out.note("type", kind),
    }
    if usize::try_from(length) != Ok(present) {
        out.say("\n\t\t\t@@@@@@ Corrupted length ").num("length", length).say(" of message @@@@@@");
        return Ok(());
    }
    out.note("length", length);
    out.list("parameters", |out| parameters(cx, p, out))
}

fn parameters(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        if p.claimed() < PARAMETER {
            return Err(Stop::Invalid);
        }
        let length = out.item(|out| parameter(cx, p, out))?;
        p.skip(length)?;
    }
    Ok(())
}

/// One parameter: its length with the zeros behind it. Those need not be part of the message.
fn parameter(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<usize> {
    let mut value = p;
    let tag = value.be16()?;
    out.say("\n\t\t\t").name("tag", tag, PARAMETERS, "Unknown Parameter (0x%04x)").say(": ");
    let stated = value.be16()?;
    let length = usize::from(stated);
    if length < PARAMETER {
        out.note("length", stated);
        return Err(Stop::Invalid);
    }
    let padded = length.next_multiple_of(4);
    p.need(padded)?;
    let is_number = matches!(tag, ROUTING_CONTEXT | CORRELATION_ID | NETWORK_APPEARANCE);
    if !is_number {
        out.say("(length ").num("length", stated).say(")");
        let size = length - PARAMETER;
        out.aside(|out| _ = out.bytes("value", value.claiming(size).sub(size).rest()));
        return Ok(padded);
    }
    out.note("length", stated);
    cx.attempt(out, |_, out| {
        if length < PARAMETER + 4 {
            return Err(Stop::Invalid);
        }
        // Where a reader expects the value, tcpdump has the tag and the length.
        let words = { p }.be32()?;
        let number = value.be32()?;
        write!(out, "0x{words:08x}").note("value", number);
        Ok(())
    })?;
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[track_caller]
    fn says(hex: &str, words: &str) {
        check(&M3UA, hex, "-vv", words);
        check(&M3UA, hex, "", words);
    }

    const DATA: &str = "01 00 01 01 00000018 0200 0008 00000005 0210 0005 aa 000000";

    #[test]
    fn messages_and_parameters() {
        says(
            DATA,
            "\n\t\tTransfer Data Message\n\t\t\tNetwork Appearance: 0x02000008\
             \n\t\t\tProtocol Data: (length 5)",
        );
        says("01 00 00 01 00000008", "\n\t\tManagement Notify Message");
        says("01 00 02 05 00000008", "\n\t\tSS7 Destination User Part Unavailable Message");
        says("01 00 03 06 00000008", "\n\t\tASP Heartbeat Acknowledgement Message");
        says("01 00 04 07 00000008", "\n\t\tASP Unknown (0x07) Message");
        says("01 00 09 02 00000008", "\n\t\tRouting Key Management Registration Response Message");
        says(
            "01 00 05 01 0000000c 7777 0004",
            "\n\t\tUnknown message class 5\n\t\t\tUnknown Parameter (0x7777): (length 4)",
        );
        says("02 00 01 01 00000008", "");
    }

    #[test]
    fn lengths_that_lie() {
        says("01 00 01 01 0000", " (invalid)");
        let head = "\n\t\tTransfer Data Message";
        says("01 00 01 01 0000000c", &format!("{head}\n\t\t\t@@@@@@ Corrupted length 12 of message @@@@@@"));
        says("01 00 01 01 0000000a 0210", &format!("{head} (invalid)"));
        says("01 00 01 01 0000000c 0210 0003", &format!("{head}\n\t\t\tProtocol Data:  (invalid)"));
        says(
            "01 00 01 01 00000014 0006 0006 0001 0000 0210 0004",
            &format!("{head}\n\t\t\tRouting Context:  (invalid)\n\t\t\tProtocol Data: (length 4)"),
        );
        says("01 00 01 01 0000000c 0210 0010", &format!("{head}\n\t\t\tProtocol Data:  [|m3ua]"));
    }

    #[test]
    fn values_of_a_message() {
        assert_eq!(
            values(&M3UA, DATA),
            r#"{"m3ua":{"version":1,"class":1,"type":1,"length":24,"parameters":[{"tag":512,"length":8,"value":5},{"tag":528,"length":5,"value":"aa"}]}}"#
        );
    }
}
