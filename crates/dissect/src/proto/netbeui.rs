//! NetBEUI, the frames of NetBIOS without a network layer (source: IBM, "LAN Technical Reference: IEEE 802.2 and
//! NetBIOS", SC30-3587, chapter 5).
//!
//! ```text
//! | length of the header (2) | 0xff 0xef | command | data | more data (2) | correlators (2 * 2) | names or sessions ..
//! ```
//! Numbers begin with their least significant byte.

use crate::parts::fields::{Field, Int::*, Kind, Layout, Message, line, part, words};
use crate::parts::smb_message;
use crate::prelude::*;

/// NetBEUI.
pub static NETBEUI: Protocol = Protocol { name: "netbeui", dissect };

/// How much the user wants to hear before messages are told field by field.
const TALKATIVE: u8 = 2;
const HEADER: usize = 5;
/// Commands that may carry an SMB message.
const CARRIERS: &[u8] = &[0x08, 0x09, 0x15, 0x16];

/// A command.
struct Command {
    number: u8,
    name: &'static str,
    /// What those hear who want to hear little.
    brief: &'static [Field],
    /// What the others hear.
    full: Option<Layout>,
}

const fn command(number: u8, name: &'static str, brief: &'static [Field], full: &'static [Field]) -> Command {
    let full = if full.is_empty() { None } else { Some(Layout::of(full)) };
    Command { number, name, brief, full }
}

const fn skip(n: usize) -> Field {
    part("", "", Kind::Skip(n))
}

const DATA1: Field = line("data1", "Data1=", Kind::Hex(U8));
const DATA2: Field = line("data2", "Data2=", Kind::Hex(U16));
const TRANSMIT: Field = line("transmit_correlator", "TransmitCorrelator=", Kind::Hex(U16));
const RESPONSE: Field = line("response_correlator", "ResponseCorelator=", Kind::Hex(U16));
const REMOTE: Field = line("remote_session", "RemoteSessionNumber=", Kind::Hex(U8));
const LOCAL: Field = line("local_session", "LocalSessionNumber=", Kind::Hex(U8));
const DESTINATION: Field = line("destination", "Destination=", Kind::Name);
const SOURCE: Field = line("source", "Source=", Kind::Name);
const NAME_TO_ADD: Field = line("name", "Name to add=", Kind::Name);
/// Another way to write the correlator of the one who asks.
const ASKED: Field = line("response_correlator", "ResponseCorrelator=", Kind::Hex(U16));
const ACCEPTED: Field = part("accepted", "DataBytesAccepted=", Kind::Dec(U8));
const RESYNC: Field = part("resync", "ResyncIndicator=", Kind::Hex(U16));
/// The end of a line whose last bytes nobody reads.
const fn rest_of_line(n: usize) -> Field {
    line("", "", Kind::Skip(n))
}

const ADD: &[Field] = &[part("", ", ", Kind::Skip(23)), part("name", "Name to add=", Kind::Name)];
const ADD_FULL: &[Field] = &[skip(5), ASKED, skip(16), NAME_TO_ADD];
const DATAGRAM: &[Field] = &[skip(7), DESTINATION, SOURCE];
const SESSION: &[Field] = &[DATA1, DATA2, TRANSMIT, RESPONSE, REMOTE, LOCAL];
const FIRST_FLAGS: Flags =
    &[(0x01, "RECEIVE_CONTINUE "), (0x02, "NO_ACK "), (0x08, "PIGGYBACK_ACK_INCLUDED ")];
const LAST_FLAGS: Flags =
    &[(0x02, "NO_ACK "), (0x04, "PIGGYBACK_ACK_ALLOWED "), (0x08, "PIGGYBACK_ACK_INCLUDED ")];

const COMMANDS: &[Command] = &[
    command(0x00, "Add Group Name Query", ADD, ADD_FULL),
    command(0x01, "Add Name Query", ADD, ADD_FULL),
    command(0x02, "Name In Conflict", &[], &[]),
    command(0x03, "Status Query", &[], &[]),
    command(0x07, "Terminate Trace", &[], &[]),
    command(0x08, "Datagram", &[], DATAGRAM),
    command(0x09, "Broadcast Datagram", &[], DATAGRAM),
    command(
        0x0a,
        "Name Query",
        &[part("", ", ", Kind::Skip(7)), part("name", "Name=", Kind::Name)],
        &[
            skip(1),
            line("session", "SessionNumber=", Kind::Hex(U8)),
            part("name_type", "NameType=", Kind::Hex(U8)),
            rest_of_line(2),
            ASKED,
            line("name", "Name=", Kind::Name),
            line("sender", "Name of sender=", Kind::Name),
        ],
    ),
    command(
        0x0d,
        "Add Name Response",
        &[
            part("", ", ", Kind::Skip(1)),
            Field { key: "group", label: "GroupName=", kind: Kind::Hex(U16), end: " " },
            skip(4),
            Field { key: "destination", label: "Destination=", kind: Kind::Name, end: " " },
            part("source", "Source=", Kind::Name),
        ],
        &[
            line("in_process", "AddNameInProcess=", Kind::Hex(U8)),
            line("group", "GroupName=", Kind::Hex(U16)),
            part("transmit_correlator", "TransmitCorrelator=", Kind::Hex(U16)),
            rest_of_line(2),
            DESTINATION,
            SOURCE,
        ],
    ),
    command(0x0e, "Name Recognized", &[], &[skip(1), DATA2, TRANSMIT, RESPONSE, DESTINATION, SOURCE]),
    command(0x0f, "Status Response", &[], &[]),
    command(0x13, "Terminate Trace", &[], &[]),
    command(
        0x14,
        "Data Ack",
        &[],
        &[
            skip(3),
            part("transmit_correlator", "TransmitCorrelator=", Kind::Hex(U16)),
            rest_of_line(2),
            REMOTE,
            LOCAL,
        ],
    ),
    command(
        0x15,
        "Data First/Middle",
        &[],
        &[line("flags", "Flags=", Kind::Bits(FIRST_FLAGS)), RESYNC, rest_of_line(2), RESPONSE, REMOTE, LOCAL],
    ),
    command(
        0x16,
        "Data Only/Last",
        &[],
        &[line("flags", "Flags=", Kind::Bits(LAST_FLAGS)), RESYNC, rest_of_line(2), RESPONSE, REMOTE, LOCAL],
    ),
    command(0x17, "Session Confirm", &[], SESSION),
    command(
        0x18,
        "Session End",
        &[],
        &[skip(1), part("data2", "Data2=", Kind::Hex(U16)), rest_of_line(4), REMOTE, LOCAL],
    ),
    command(0x19, "Session Initialize", &[], SESSION),
    // Its flag has a name that tcpdump never says.
    command(
        0x1a,
        "No Receive",
        &[],
        &[line("flags", "Flags=", Kind::Bits(&[])), ACCEPTED, rest_of_line(4), REMOTE, LOCAL],
    ),
    command(0x1b, "Receive Outstanding", &[], &[skip(1), ACCEPTED, rest_of_line(4), REMOTE, LOCAL]),
    command(0x1c, "Receive Continue", &[], &[skip(2), TRANSMIT, skip(2), REMOTE, LOCAL]),
    command(0x1f, "Session Alive", &[], &[]),
];

const HEADER_FULL: &[Field] = &[
    Field { key: "length", label: "Length=", kind: Kind::Dec(U16), end: " " },
    Field { key: "signature", label: "Signature=", kind: Kind::Hex(U16), end: " " },
    line("command", "Command=", Kind::Hex(U8)),
];
const UNKNOWN: Layout = Layout::of(&[words("Unknown NBF Command\n")]);

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let captured = p.claimed().min(p.captured());
    let length = usize::from(p.at(0).le16()?);
    let number = p.at(4).u8()?;
    let command = COMMANDS.iter().find(|command| command.number == number);
    let mut message = Message::new(p);
    if cx.verbose() < TALKATIVE {
        return briefly(cx, command, length.min(captured), &mut message, captured, out);
    }
    let control = cx.llc_control;
    write!(out, "\n>>> NBF Packet\nType=0x{control:X} ");
    let walked = message.say_fields(cx, "header", HEADER_FULL, 0, captured, out)?;
    let Some(at) = walked else { return Ok(()) };
    let end = length.min(captured);
    let walked = match command {
        None => message.say(cx, "message", &UNKNOWN, at, end, out)?,
        Some(command) => {
            out.say(command.name).say(":\n");
            match &command.full {
                Some(layout) => message.say(cx, "message", layout, at, end, out)?,
                None => {
                    out.say("\n");
                    Some(at)
                }
            }
        }
    };
    if walked.is_some() && length < captured && CARRIERS.contains(&number) {
        return carried(cx, message.between(length, captured), out);
    }
    Ok(())
}

fn briefly(
    cx: &mut Cx,
    command: Option<&Command>,
    end: usize,
    message: &mut Message,
    captured: usize,
    out: &mut Out,
) -> Dissect {
    out.say("NBF Packet: ");
    if message.say_fields(cx, "header", &[skip(HEADER)], 0, captured, out)?.is_none() {
        return Ok(());
    }
    let Some(command) = command else {
        out.say("Unknown NBF Command");
        return Ok(());
    };
    out.say(command.name);
    message.say_fields(cx, "message", command.brief, HEADER.min(captured), end, out).map(drop)
}

/// The SMB message that a frame carries, somewhere.
fn carried(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let Some(at) = smb_message::find(p) else { return Ok(()) };
    if at > 0 {
        writeln!(out, "found SMB packet at {at}");
    }
    cx.next(Space::NetBios, p.at(at), out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `GANNET`, of a workstation.
    const GANNET: &str = "47414e4e4554 202020202020202020 00";

    #[test]
    fn names_are_added() {
        let packet = format!("2c00 ffef 01 00 0000 0000 0500 00000000000000000000000000000000 {GANNET}");
        check(
            &NETBEUI,
            &packet,
            "",
            "NBF Packet: Add Name Query, Name to add=GANNET          NameType=0x00 (Workstation)",
        );
        check(
            &NETBEUI,
            &packet,
            "-vv",
            "\n>>> NBF Packet\nType=0x0 Length=44 (0x2c) Signature=0xEFFF Command=0x1\nAdd Name Query:\n\
             ResponseCorrelator=0x5\nName to add=GANNET          NameType=0x00 (Workstation)\n",
        );
        assert_eq!(
            values(&NETBEUI, &packet),
            r#"{"netbeui":{"header":{"length":44,"signature":61439,"command":1},"message":{"response_correlator":5,"name":{"name":"GANNET         ","type":0}}}}"#
        );
    }

    #[test]
    fn sessions() {
        check(
            &NETBEUI,
            "0e00 ffef 16 0c 0000 0000 0100 02 03 ff",
            "-vv",
            "\n>>> NBF Packet\nType=0x0 Length=14 (0xe) Signature=0xEFFF Command=0x16\nData Only/Last:\n\
             Flags=PIGGYBACK_ACK_ALLOWED PIGGYBACK_ACK_INCLUDED \nResyncIndicator=0x0\nResponseCorelator=0x1\n\
             RemoteSessionNumber=0x2\nLocalSessionNumber=0x3\n",
        );
        check(
            &NETBEUI,
            "0e00 ffef 1f 00 0000 0000 0000 02 03",
            "-vv",
            "\n>>> NBF Packet\nType=0x0 Length=14 (0xe) Signature=0xEFFF Command=0x1F\nSession Alive:\n\n",
        );
        check(&NETBEUI, "0e00 ffef 16 0c 0000", "", "NBF Packet: Data Only/Last");
    }

    #[test]
    fn unknown_and_short() {
        check(&NETBEUI, "0600 ffef 30 41", "", "NBF Packet: Unknown NBF Command");
        check(
            &NETBEUI,
            "0600 ffef 30 41",
            "-vv",
            "\n>>> NBF Packet\nType=0x0 Length=6 (0x6) Signature=0xEFFF Command=0x30\nUnknown NBF Command\n\
             Data: (1 bytes)\n[000] 41                                                A \n",
        );
        check(&NETBEUI, "0600 ffef", "", " [|netbeui]");
    }

    #[test]
    fn an_smb_message_is_looked_for() {
        let header = "0e00 ffef 16 00 0000 0000 0100 02 03";
        let smb = "ff534d42 71 00000000 00 0000 000000000000000000000000 0000 0100 0000 0000 00 0000";
        let brief = "\n>>> NBF Packet\nType=0x0 Length=14 (0xe) Signature=0xEFFF Command=0x16\nData Only/Last:\nFlags=\n\
                     ResyncIndicator=0x0\nResponseCorelator=0x1\nRemoteSessionNumber=0x2\nLocalSessionNumber=0x3\n";
        let message = "\nSMB PACKET: SMBtdis (REQUEST)\nSMB Command   =  0x71\nError class   =  0x0\n\
                       Error code    =  0 (0x0)\nFlags1        =  0x0\nFlags2        =  0x0\nTree ID       =  0 (0x0)\n\
                       Proc ID       =  1 (0x1)\nUID           =  0 (0x0)\nMID           =  0 (0x0)\n\
                       Word Count    =  0 (0x0)\nsmb_bcc=0\n";
        check(&NETBEUI, &format!("{header} {smb}"), "-vv", &format!("{brief}{message}"));
        let found = format!("{brief}found SMB packet at 2\n{message}");
        check(&NETBEUI, &format!("{header} 0000 {smb}"), "-vv", &found);
    }
}
