//! PPTP, the Point-to-Point Tunneling Protocol: its control connection (RFC 2637).
//!
//! ```text
//! |            length             |       PPTP message type       |
//! |                         magic cookie                          |
//! |     control message type      |            zero               | fields ..
//! ```

use crate::prelude::*;

/// PPTP.
pub static PPTP: Protocol = Protocol { name: "pptp", dissect };

const MAGIC: u32 = 0x1a2b_3c4d;
const TYPES: NameTable = &[(1, " CTRL-MSG"), (2, " MGMT-MSG")];
const ANALOG_DIGITAL: Flags = &[(2, "D"), (1, "A")];
const ASYNC_SYNC: Flags = &[(1, "A"), (2, "S")];
const BEARERS: NameTable = &[(1, "A"), (2, "D"), (3, "Any")];
const FRAMINGS: NameTable = &[(1, "A"), (2, "S"), (3, "E")];
const REASONS: NameTable = &[(1, "None"), (2, "Stop-Protocol"), (3, "Stop-Local-Shutdown")];
const ERRORS: NameTable = &[
    (0, "None"),
    (1, "Not-Connected"),
    (2, "Bad-Format"),
    (3, "Bad-Value"),
    (4, "No-Resource"),
    (5, "Bad-Call-ID"),
    (6, "PAC-Error"),
];
const STARTED: NameTable = &[
    (1, "Successful channel establishment"),
    (2, "General error"),
    (3, "Command channel already exists"),
    (4, "Requester is not authorized to establish a command channel"),
    (5, "The protocol version of the requester is not supported"),
];
const ECHOED: NameTable = &[(1, "OK"), (2, "General Error")];
const DIALLED: NameTable = &[
    (1, "Connected"),
    (2, "General Error"),
    (3, "No Carrier"),
    (4, "Busy"),
    (5, "No Dial Tone"),
    (6, "Time-out"),
    (7, "Do Not Accept"),
];
const TAKEN: NameTable = &[(1, "Connect"), (2, "General Error"), (3, "Do Not Accept")];
const HUNG_UP: NameTable =
    &[(1, "Lost Carrier"), (2, "General Error"), (3, "Admin Shutdown"), (4, "Request")];

/// A field of a control message, in the order of the wire.
enum Field {
    /// Major and minor version.
    Version,
    /// Two bytes.
    Short(&'static str, &'static str),
    /// Four bytes.
    Long(&'static str, &'static str),
    /// Four bytes, in hex.
    Hex(&'static str, &'static str),
    /// One byte, whose meaning the talkative hear.
    Code(&'static str, &'static str, NameTable),
    /// Four bytes with a name.
    Name(&'static str, &'static str, NameTable),
    /// Four bytes of bits.
    Bits(&'static str, &'static str, Flags),
    /// Characters, as many as there is room for.
    Text(&'static str, &'static str, usize),
    /// One byte that must be zero.
    ReservedByte,
    /// Two bytes that must be zero.
    Reserved,
}

use Field::{Bits, Code, Hex, Long, Name, Reserved, ReservedByte, Short, Text, Version};

const CALL: Field = Short(" CALL_ID(", "call_id");
const PEER_CALL: Field = Short(" PEER_CALL_ID(", "peer_call_id");
const SERIAL: Field = Short(" CALL_SER_NUM(", "call_serial");
const CAUSE: Field = Short(" CAUSE_CODE(", "cause");
const WINDOW: Field = Short(" RECV_WIN(", "window");
const DELAY: Field = Short(" PROC_DELAY(", "delay");
const CHANNELS: Field = Short(" MAX_CHAN(", "max_channels");
const FIRMWARE: Field = Short(" FIRM_REV(", "firmware");
const SPEED: Field = Long(" CONN_SPEED(", "speed");
const PHYSICAL: Field = Long(" PHY_CHAN_ID(", "physical_channel");
const ID: Field = Long(" ID(", "id");
const ERROR: Field = Code(" ERR_CODE(", "error", ERRORS);
const FRAME_CAPS: Field = Bits(" FRAME_CAP(", "framing", ASYNC_SYNC);
const BEARER_CAPS: Field = Bits(" BEARER_CAP(", "bearer", ANALOG_DIGITAL);
const BEARER: Field = Name(" BEARER_TYPE(", "bearer", BEARERS);
const FRAMING: Field = Name(" FRAME_TYPE(", "framing", FRAMINGS);
const HOST: Field = Text(" HOSTNAME(", "hostname", 64);
const VENDOR: Field = Text(" VENDOR(", "vendor", 64);
const SUBADDRESS: Field = Text(" SUB_ADDR(", "subaddress", 64);

const fn result(names: NameTable) -> Field {
    Code(" RESULT_CODE(", "result", names)
}

/// Control messages, from number 0 on.
const MESSAGES: &[(&str, &[Field])] = &[
    ("NOT_DEFINED", &[]),
    ("SCCRQ", &[Version, Reserved, FRAME_CAPS, BEARER_CAPS, CHANNELS, FIRMWARE, HOST, VENDOR]),
    ("SCCRP", &[Version, result(STARTED), ERROR, FRAME_CAPS, BEARER_CAPS, CHANNELS, FIRMWARE, HOST, VENDOR]),
    ("StopCCRQ", &[Code(" REASON(", "reason", REASONS), ReservedByte, Reserved]),
    ("StopCCRP", &[result(ECHOED), ERROR, Reserved]),
    ("ECHORQ", &[ID]),
    ("ECHORP", &[ID, result(ECHOED), ERROR, Reserved]),
    (
        "OCRQ",
        &[
            CALL,
            SERIAL,
            Long(" MIN_BPS(", "min_bps"),
            Long(" MAX_BPS(", "max_bps"),
            BEARER,
            FRAMING,
            WINDOW,
            DELAY,
            Short(" PHONE_NO_LEN(", "number_length"),
            Reserved,
            Text(" PHONE_NO(", "number", 64),
            SUBADDRESS,
        ],
    ),
    ("OCRP", &[CALL, PEER_CALL, result(DIALLED), ERROR, CAUSE, SPEED, WINDOW, DELAY, PHYSICAL]),
    (
        "ICRQ",
        &[
            CALL,
            SERIAL,
            BEARER,
            PHYSICAL,
            Short(" DIALED_NO_LEN(", "dialed_length"),
            Short(" DIALING_NO_LEN(", "dialing_length"),
            Text(" DIALED_NO(", "dialed", 64),
            Text(" DIALING_NO(", "dialing", 64),
            SUBADDRESS,
        ],
    ),
    ("ICRP", &[CALL, PEER_CALL, result(TAKEN), ERROR, WINDOW, DELAY, Reserved]),
    ("ICCN", &[PEER_CALL, Reserved, SPEED, WINDOW, DELAY, FRAMING]),
    ("CCRQ", &[CALL, Reserved]),
    ("CDN", &[CALL, result(HUNG_UP), ERROR, CAUSE, Reserved, Text(" CALL_STATS(", "statistics", 128)]),
    (
        "WEN",
        &[
            PEER_CALL,
            Reserved,
            Long(" CRC_ERR(", "crc_errors"),
            Long(" FRAMING_ERR(", "framing_errors"),
            Long(" HARDWARE_OVERRUN(", "hardware_overruns"),
            Long(" BUFFER_OVERRUN(", "buffer_overruns"),
            Long(" TIMEOUT_ERR(", "timeouts"),
            Long(" ALIGN_ERR(", "alignment_errors"),
        ],
    ),
    ("SLI", &[PEER_CALL, Reserved, Hex(" SEND_ACCM(0x", "send_accm"), Hex(" RECV_ACCM(0x", "receive_accm")]),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(": pptp");
    let talkative = cx.verbose() > 0;
    if talkative {
        let length = p.at(0).be16()?;
        out.say(" Length=").num("length", length);
        let kind = p.at(2).be16()?;
        out.name("type", kind, TYPES, " UNKNOWN-MSG-TYPE");
    }
    p.pass(4);
    let cookie = p.be32()?;
    out.note("cookie", cookie);
    out.aloud(|out| {
        if cookie != MAGIC {
            out.say(" UNEXPECTED Magic-Cookie!!(").hex0("", cookie, 8).say(")");
        }
        if talkative || cookie != MAGIC {
            out.say(" Magic-Cookie=").hex0("", cookie, 8);
        }
    });
    let control = p.be16()?;
    out.note("message", control);
    let message = MESSAGES.get(usize::from(control));
    match message {
        Some((name, _)) => _ = out.say(" CTRL_MSGTYPE=").say(name),
        None => _ = write!(out, " UNKNOWN_CTRL_MSGTYPE({control})"),
    }
    reserved(p.be16()?, out);
    for field in message.map_or(&[][..], |message| message.1) {
        say(field, talkative, &mut p, out)?;
    }
    Ok(())
}

fn say(field: &Field, talkative: bool, p: &mut Cursor, out: &mut Out) -> Dissect {
    match *field {
        Version => {
            let [major, minor] = p.array()?;
            out.say(" PROTO_VER(").num("version", major).say(".").num("revision", minor).say(")");
        }
        Short(words, key) => {
            let n = p.be16()?;
            out.say(words).num(key, n).say(")");
        }
        Long(words, key) => {
            let n = p.be32()?;
            out.say(words).num(key, n).say(")");
        }
        Hex(words, key) => {
            let n = p.be32()?;
            out.say(words).hex0(key, n, 8).say(")");
        }
        Code(words, key, names) => {
            let n = p.u8()?;
            out.say(words).num(key, n);
            if talkative {
                out.say(":").aloud(|out| _ = out.name("", n, names, "?"));
            }
            out.say(")");
        }
        Name(words, key, names) => {
            let n = p.be32()?;
            out.say(words).name(key, n, names, "?").say(")");
        }
        Bits(words, key, names) => {
            let n = p.be32()?;
            out.say(words).letters(key, n, names, "").say(")");
        }
        Text(words, key, room) => {
            out.say(words);
            out.padded_chars_of(key, p, room)?;
            out.say(")");
        }
        ReservedByte => reserved(p.u8()?.into(), out),
        Reserved => reserved(p.be16()?, out),
    }
    Ok(())
}

fn reserved(n: u16, out: &mut Out) {
    if n != 0 {
        write!(out, " [ERROR: reserved={n} must be zero]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const LINK: &str = "0018 0001 1a2b3c4d 000f 0000 0007 0000 ffffffff 00000001";

    #[test]
    fn a_link() {
        let said = ": pptp CTRL_MSGTYPE=SLI PEER_CALL_ID(7) SEND_ACCM(0xffffffff) RECV_ACCM(0x00000001)";
        check(&PPTP, LINK, "", said);
        check(
            &PPTP,
            LINK,
            "-v",
            ": pptp Length=24 CTRL-MSG Magic-Cookie=1a2b3c4d CTRL_MSGTYPE=SLI PEER_CALL_ID(7) \
             SEND_ACCM(0xffffffff) RECV_ACCM(0x00000001)",
        );
        assert_eq!(
            values(&PPTP, LINK),
            r#"{"pptp":{"length":24,"type":1,"cookie":439041101,"message":15,"peer_call_id":7,"send_accm":4294967295,"receive_accm":1}}"#
        );
    }

    #[test]
    fn a_start() {
        let hex = format!(
            "009c 0001 1a2b3c4d 0002 0000 0100 01 00 00000001 00000003 0001 0002 6869 {} 62 {}",
            "00".repeat(62),
            "00".repeat(63)
        );
        check(
            &PPTP,
            &hex,
            "-v",
            ": pptp Length=156 CTRL-MSG Magic-Cookie=1a2b3c4d CTRL_MSGTYPE=SCCRP PROTO_VER(1.0) \
             RESULT_CODE(1:Successful channel establishment) ERR_CODE(0:None) FRAME_CAP(A) BEARER_CAP(DA) \
             MAX_CHAN(1) FIRM_REV(2) HOSTNAME(hi) VENDOR(b)",
        );
    }

    #[test]
    fn what_should_not_be() {
        check(
            &PPTP,
            "0018 0003 1a2b3c4e 0063 0001",
            "-v",
            ": pptp Length=24 UNKNOWN-MSG-TYPE UNEXPECTED Magic-Cookie!!(1a2b3c4e) Magic-Cookie=1a2b3c4e \
             UNKNOWN_CTRL_MSGTYPE(99) [ERROR: reserved=1 must be zero]",
        );
        check(
            &PPTP,
            "0010 0002 1a2b3c4d 0003 0000 04 01 0002",
            "-v",
            ": pptp Length=16 MGMT-MSG Magic-Cookie=1a2b3c4d CTRL_MSGTYPE=StopCCRQ REASON(4:?) \
             [ERROR: reserved=1 must be zero] [ERROR: reserved=2 must be zero]",
        );
    }
}
