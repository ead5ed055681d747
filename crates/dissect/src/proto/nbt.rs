//! NetBIOS over TCP and UDP (RFC 1001, RFC 1002): names, datagrams and sessions.
//!
//! ```text
//! session:       | type | flags | length (2) | called name, calling name; or an SMB message ..
//! name service:  | id (2) | R opcode (4) flags (7) code (4) | counts of questions, answers, .. (4 * 2) | records ..
//! datagram:      | type | flags | id (2) | source address (4), port (2) | length (2) | offset (2) | names | SMB ..
//! ```

use crate::parts::fields::{Field, Int::*, Item, Kind, Layout, MAY_END, Message, line, part, text, words};
use crate::parts::smb_message;
use crate::prelude::*;

/// Sessions.
pub static SESSION: Protocol = Protocol { name: "nbt_tcp", dissect: session };
/// The name service.
pub static NAMES: Protocol = Protocol { name: "nbt_udp137", dissect: names };
/// Datagrams.
pub static DATAGRAMS: Protocol = Protocol { name: "nbt_udp138", dissect: datagram };

/// How much the user wants to hear before messages are told field by field.
const TALKATIVE: u8 = 2;

const HEADER: usize = 4;
const SESSION_MESSAGE: u8 = 0x00;
const SESSION_REJECT: u8 = 0x83;
const SESSIONS: NameTable = &[
    (0x00, "Session Message"),
    (0x81, "Session Request"),
    (0x82, "Session Granted"),
    (0x83, "Session Reject, "),
    (0x85, "Session Keepalive"),
];
const REJECTIONS: NameTable = &[
    (0x80, "Not listening on called name"),
    (0x81, "Not listening for calling name"),
    (0x82, "Called name not present"),
    (0x83, "Called name present, but insufficient resources"),
];
const UNSPECIFIED: &str = "Unspecified error 0x";

const FLAGS: Field = line("flags", "Flags=", Kind::Hex(U8));
const LENGTH: Field = line("length", "Length=", Kind::Dec(Be16));
const MESSAGE: Layout =
    Layout::of(&[part("", "", Kind::Skip(1)), words("NBT Session Message\n"), FLAGS, LENGTH]);
const REQUEST: Layout = Layout::of(&[
    part("", "", Kind::Skip(1)),
    words("NBT Session Request\n"),
    FLAGS,
    LENGTH,
    line("destination", "Destination=", Kind::EncodedName),
    line("source", "Source=", Kind::EncodedName),
]);
const GRANTED: Layout =
    Layout::of(&[part("", "", Kind::Skip(1)), words("NBT Session Granted\n"), FLAGS, LENGTH]);
const REJECT: Layout = Layout::of(&[
    part("", "", Kind::Skip(1)),
    words("NBT SessionReject\n"),
    FLAGS,
    LENGTH,
    line("reason", "Reason=", Kind::Hex(U8)),
]);
const KEEPALIVE: Layout =
    Layout::of(&[part("", "", Kind::Skip(1)), words("NBT Session Keepalive\n"), FLAGS, LENGTH]);
const UNKNOWN: Layout = Layout::of(&[line("type", "NBT - Unknown packet type\nType=", Kind::Hex(U8))]);
const UNKNOWN_BRIEFLY: Layout = Layout::of(&[part("type", "Unknown packet type ", Kind::Hex(U8))]);

fn session(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER || p.captured() < HEADER {
        return cx.soft_cut(out);
    }
    let (kind, length) = (p.at(0).u8()?, p.at(2).be16()?);
    let mut message = Message::new(p);
    if cx.verbose() < TALKATIVE {
        return briefly(cx, kind, length.into(), &mut message, out);
    }
    out.say("\n>>> NBT Session Packet\n").note("type", kind);
    let layout = match kind {
        SESSION_MESSAGE => &MESSAGE,
        0x81 => &REQUEST,
        0x82 => &GRANTED,
        SESSION_REJECT => &REJECT,
        0x85 => &KEEPALIVE,
        _ => &UNKNOWN,
    };
    let end = if kind == SESSION_MESSAGE { HEADER } else { p.captured() };
    let walked = message.say(cx, "header", layout, 0, end, out)?;
    let body = p.at(HEADER);
    match kind {
        SESSION_MESSAGE if walked.is_some() => carried(cx, length.into(), body, out),
        SESSION_REJECT if walked.is_some() && length > 0 && body.captured() > 0 => {
            let reason = body.at(0).u8()?;
            say_rejection("reason", reason, out);
            out.say("\n");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn briefly(cx: &mut Cx, kind: u8, length: usize, message: &mut Message, out: &mut Out) -> Dissect {
    out.say(" NBT Session Packet: ");
    if !SESSIONS.iter().any(|(known, _)| *known == u32::from(kind)) {
        let end = message.bytes.captured();
        return message.say(cx, "header", &UNKNOWN_BRIEFLY, 0, end, out).map(drop);
    }
    let body = message.at(HEADER);
    if kind == SESSION_REJECT && (length < 4 || body.claimed() < 4 || body.captured() < 4) {
        return cx.soft_cut(out);
    }
    out.name("type", kind, SESSIONS, "");
    if kind == SESSION_REJECT {
        say_rejection("reason", body.at(0).u8()?, out);
    }
    Ok(())
}

fn say_rejection(key: &str, reason: u8, out: &mut Out) {
    out.name(key, reason, REJECTIONS, UNSPECIFIED);
    if !REJECTIONS.iter().any(|(known, _)| *known == u32::from(reason)) {
        write!(out, "{reason:X}");
    }
}

/// What a session carries, of so many bytes.
fn carried(cx: &mut Cx, length: usize, p: Cursor, out: &mut Out) -> Dissect {
    if length < 4 || !smb_message::begins(p) {
        out.say("Session packet:(raw data or continuation?)\n");
        return Ok(());
    }
    smb_message::warn_of_the_rest(length, p, "WARNING", out);
    cx.next(Space::NetBios, p.claiming(length.min(p.captured())), out).map(drop)
}

const OPCODES: NameTable = &[
    (0, "QUERY"),
    (5, "REGISTRATION"),
    (6, "RELEASE"),
    (7, "WACK"),
    (8, "REFRESH(8)"),
    (9, "REFRESH"),
    (15, "MULTIHOMED REGISTRATION"),
];
const RESPONSE: u16 = 0x8000;
const BROADCAST: u16 = 0x01;
/// More records than any message has.
const CORRUPT: u16 = 100;
const NODE_STATUS: u16 = 0x21;
const ADDRESS: usize = 6;

const QUESTION: &[Field] = &[
    MAY_END,
    line("name", "Name=", Kind::EncodedName),
    line("type", "QuestionType=", Kind::Hex(Be16)),
    line("class", "QuestionClass=", Kind::Hex(Be16)),
];
const RECORD_NAME: &[Field] = &[line("name", "Name=", Kind::EncodedName)];
const RECORD: &[Field] = &[
    line("type", "ResType=", Kind::Hex(Be16)),
    line("class", "ResClass=", Kind::Hex(Be16)),
    line("ttl", "TTL=", Kind::Dec(Be32)),
];
const DOTTED: Kind = Kind::Row(&["", ".", ".", "."], Item::Dec(U8), "");
const RECORD_ADDRESS: &[Field] =
    &[line("type", "AddrType=", Kind::Hex(Be16)), line("octets", "Address=", DOTTED)];
const COUNT: &[Field] = &[line("names", "NumNames=", Kind::Hex(U8))];
const NODE_NAME: &[Field] = &[Field { key: "name", label: "Name=", kind: Kind::Name, end: "\t" }];
const ADDITIONAL: Layout = Layout::of(&[words("AdditionalData:\n")]);

const NODE_TYPES: [&str; 4] = ["B ", "P ", "M ", "_ "];
const NODE_FLAGS: Flags =
    &[(0x10, "<DEREGISTERING> "), (0x08, "<CONFLICT> "), (0x04, "<ACTIVE> "), (0x02, "<PERMANENT> ")];
const GROUP: u8 = 0x80;

fn names(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut header = p;
    let (id, flags) = (header.be16()?, header.be16()?);
    let counts = [header.be16()?, header.be16()?, header.be16()?, header.be16()?];
    let talkative = cx.verbose() >= TALKATIVE;
    let (opcode, bits, code) = (flags >> 11 & 0xf, flags >> 4 & 0x7f, flags & 0xf);
    out.say(if talkative { "\n>>> " } else { "" }).say("NBT UDP PACKET(137): ");
    out.name("opcode", opcode, OPCODES, "OPUNKNOWN").note_that("response", flags & RESPONSE != 0);
    if flags & RESPONSE != 0 {
        out.say(if code == 0 { "; POSITIVE; RESPONSE" } else { "; NEGATIVE; RESPONSE" });
    } else {
        out.say("; REQUEST");
    }
    out.say(if bits & BROADCAST != 0 { "; BROADCAST" } else { "; UNICAST" });
    if !talkative {
        return Ok(());
    }
    writeln!(out, "\nTrnID=0x{id:X}\nOpCode={opcode}\nNmFlags=0x{bits:X}").note("id", id).note("flags", bits);
    out.say("Rcode=").num("code", code);
    let [questions, answers, authorities, additional] = counts;
    out.say("\nQueryCount=").num("questions_count", questions).say("\nAnswerCount=").num("answers", answers);
    out.say("\nAuthorityCount=").num("authorities", authorities);
    out.say("\nAddressRecCount=").num("additional", additional).say("\n");
    let records = u32::from(answers) + u32::from(authorities) + u32::from(additional);
    if questions > CORRUPT || records > CORRUPT.into() {
        out.say("Corrupt packet??\n");
        return Ok(());
    }
    sections(cx, questions, records, Message::new(p), out)
}

fn sections(cx: &mut Cx, questions: u16, records: u32, mut message: Message, out: &mut Out) -> Dissect {
    let end = message.bytes.claimed();
    let mut at = Some(12);
    if questions > 0 {
        out.say("QuestionRecords:\n");
        out.list("questions", |out| {
            for _ in 0..questions {
                let Some(start) = at else { break };
                at = out.item(|out| message.say_fields(cx, "question", QUESTION, start, end, out))?;
            }
            Ok(())
        })?;
    }
    if records > 0 && at.is_some() {
        out.say("\nResourceRecords:\n");
        out.list("records", |out| {
            for _ in 0..records {
                let Some(start) = at else { break };
                at = out.item(|out| record(cx, &mut message, start, end, out))?;
            }
            Ok(())
        })?;
    }
    match at {
        Some(at) if at < end => message.say(cx, "rest", &ADDITIONAL, at, end, out).map(drop),
        _ => Ok(()),
    }
}

/// A resource record at `at`; where it ends, unless no more can follow.
fn record(
    cx: &mut Cx,
    message: &mut Message,
    at: usize,
    end: usize,
    out: &mut Out,
) -> Dissect<Option<usize>> {
    let Some(at) = message.say_fields(cx, "whose", RECORD_NAME, at, end, out)? else { return Ok(None) };
    let kind = message.at(at).be16()?;
    let Some(at) = message.say_fields(cx, "record", RECORD, at, at + 8, out)? else { return Ok(None) };
    let length = usize::from(message.at(at).be16()?);
    out.say("ResourceLength=").num("length", length).say("\nResourceData=\n");
    let at = at + 2;
    if length == ADDRESS {
        return message.say_fields(cx, "address", RECORD_ADDRESS, at, at + length, out);
    }
    if kind == NODE_STATUS {
        return status(cx, message, at, end, out);
    }
    if at >= end {
        return Ok(None);
    }
    text::dump("data", message.between(at, end.min(at + length)), out)?;
    Ok(Some(at + length))
}

/// The names of a node.
fn status(
    cx: &mut Cx,
    message: &mut Message,
    at: usize,
    end: usize,
    out: &mut Out,
) -> Dissect<Option<usize>> {
    let count = message.at(at).u8()?;
    let Some(mut at) = message.say_fields(cx, "status", COUNT, at, at + 1, out)? else { return Ok(None) };
    out.list("names", |out| {
        for _ in 0..count {
            let next = out.item(|out| {
                let next = message.say_fields(cx, "whose", NODE_NAME, at, end, out)?;
                let Some(next) = next else { return Ok(None) };
                let Ok(flags) = message.at(next).u8() else { return cx.soft_cut(out).map(|()| None) };
                if next >= end {
                    return Ok(None);
                }
                say_node(flags, out);
                Ok(Some(next + 2))
            })?;
            match next {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    })
}

fn say_node(flags: u8, out: &mut Out) {
    out.say(if flags & GROUP != 0 { "<GROUP> " } else { "" });
    out.say(NODE_TYPES.get(usize::from(flags >> 5 & 3)).copied().unwrap_or(""));
    out.letters("flags", flags, NODE_FLAGS, "").say("\n");
}

const DATAGRAM: &[Field] = &[
    Field { key: "type", label: "\n>>> NBT UDP PACKET(138) Res=", kind: Kind::Hex(Be16), end: " " },
    Field { key: "id", label: "ID=", kind: Kind::Hex(Be16), end: " " },
    Field { key: "ip", label: "IP=", kind: DOTTED, end: " " },
    Field { key: "port", label: "Port=", kind: Kind::Dec(Be16), end: " " },
    Field { key: "length", label: "Length=", kind: Kind::Dec(Be16), end: " " },
    line("offset", "Res2=", Kind::Hex(Be16)),
    line("source", "SourceName=", Kind::EncodedName),
    line("destination", "DestName=", Kind::EncodedName),
];

fn datagram(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let end = p.claimed().min(p.captured());
    if end == 0 {
        return Ok(());
    }
    if cx.verbose() < TALKATIVE {
        out.say("NBT UDP PACKET(138)");
        return Ok(());
    }
    let mut message = Message::new(p);
    let walked = message.say_fields(cx, "header", DATAGRAM, 0, end, out)?;
    match walked {
        Some(at) if at + 3 < end => cx.next(Space::NetBios, message.between(at, end), out).map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// The name `GANNET`, of a server, with the padding that names have.
    const GANNET: &str =
        "20 4548 4542 454f 454f 4546 4645 4341 4341 4341 4341 4341 4341 4341 4341 4341 4341 00";

    #[test]
    fn names_are_asked_for_and_told() {
        let query = format!("1234 0110 0001 0000 0000 0000 {GANNET} 0020 0001");
        check(&NAMES, &query, "", "NBT UDP PACKET(137): QUERY; REQUEST; BROADCAST");
        check(
            &NAMES,
            &query,
            "-vv",
            "\n>>> NBT UDP PACKET(137): QUERY; REQUEST; BROADCAST\nTrnID=0x1234\nOpCode=0\nNmFlags=0x11\nRcode=0\n\
             QueryCount=1\nAnswerCount=0\nAuthorityCount=0\nAddressRecCount=0\nQuestionRecords:\n\
             Name=GANNET          NameType=0x20 (Server)\nQuestionType=0x20\nQuestionClass=0x1\n",
        );
        check(
            &NAMES,
            &format!("1234 8580 0000 0001 0000 0000 {GANNET} 0020 0001 0000012c 0006 6000 0a000001 ff"),
            "-vv",
            "\n>>> NBT UDP PACKET(137): QUERY; POSITIVE; RESPONSE; UNICAST\nTrnID=0x1234\nOpCode=0\nNmFlags=0x58\n\
             Rcode=0\nQueryCount=0\nAnswerCount=1\nAuthorityCount=0\nAddressRecCount=0\n\nResourceRecords:\n\
             Name=GANNET          NameType=0x20 (Server)\nResType=0x20\nResClass=0x1\nTTL=300 (0x12c)\n\
             ResourceLength=6\nResourceData=\nAddrType=0x6000\nAddress=10 (0xa).0 (0x0).0 (0x0).1 (0x1)\n\
             AdditionalData:\nData: (1 bytes)\n[000] FF                                                M-^? \n",
        );
        assert_eq!(
            values(&NAMES, &query),
            r#"{"nbt_udp137":{"opcode":0,"response":false,"id":4660,"flags":17,"code":0,"questions_count":1,"answers":0,"authorities":0,"additional":0,"questions":[{"question":{"name":{"name":"GANNET         ","type":32},"type":32,"class":1}}]}}"#
        );
    }

    #[test]
    fn names_that_lie() {
        let said = "\n>>> NBT UDP PACKET(137): REFRESH; REQUEST; UNICAST\nTrnID=0x1\nOpCode=9\nNmFlags=0x0\nRcode=0\n";
        check(
            &NAMES,
            "0001 4800 0065 0000 0000 0000",
            "-vv",
            &format!(
                "{said}QueryCount=101\nAnswerCount=0\nAuthorityCount=0\nAddressRecCount=0\nCorrupt packet??\n"
            ),
        );
        // A pointer to itself, and a name that does not end.
        for name in ["c000 0020 0001", "02 4142 02"] {
            check(
                &NAMES,
                &format!("0001 4800 0001 0000 0000 0000 {name}"),
                "-vv",
                &format!(
                    "{said}QueryCount=1\nAnswerCount=0\nAuthorityCount=0\nAddressRecCount=0\nQuestionRecords:\n\
                     Name= [|nbt_udp137]\n"
                ),
            );
        }
        check(&NAMES, "0001 48", "", " [|nbt_udp137]");
    }

    #[test]
    fn names_of_a_node() {
        check(
            &NAMES,
            "0001 8400 0000 0001 0000 0000 c00c 0021 0001 00000000 0014 01 47414e4e4554202020202020202020 00 8400 aa",
            "-vv",
            "\n>>> NBT UDP PACKET(137): QUERY; POSITIVE; RESPONSE; UNICAST\nTrnID=0x1\nOpCode=0\nNmFlags=0x40\nRcode=0\n\
             QueryCount=0\nAnswerCount=1\nAuthorityCount=0\nAddressRecCount=0\n\nResourceRecords:\n\
             Name=                NameType=0x00 (Workstation)\nResType=0x21\nResClass=0x1\nTTL=0 (0x0)\n\
             ResourceLength=20\nResourceData=\nNumNames=0x1\n\
             Name=GANNET          NameType=0x00 (Workstation)\t<GROUP> B <ACTIVE> \n\
             AdditionalData:\nData: (1 bytes)\n[000] AA                                                M-* \n",
        );
    }

    #[test]
    fn sessions() {
        let request = format!("81 00 0044 {GANNET} {GANNET}");
        check(&SESSION, &request, "", " NBT Session Packet: Session Request");
        check(
            &SESSION,
            &request,
            "-vv",
            "\n>>> NBT Session Packet\nNBT Session Request\nFlags=0x0\nLength=68 (0x44)\n\
             Destination=GANNET          NameType=0x20 (Server)\nSource=GANNET          NameType=0x20 (Server)\n",
        );
        check(
            &SESSION,
            "82 00 0000",
            "-vv",
            "\n>>> NBT Session Packet\nNBT Session Granted\nFlags=0x0\nLength=0 (0x0)\n",
        );
        check(
            &SESSION,
            "83 00 0004 82 000000",
            "",
            " NBT Session Packet: Session Reject, Called name not present",
        );
        check(&SESSION, "83 00 0001 8f", "", " NBT Session Packet:  [|nbt_tcp]");
        check(
            &SESSION,
            "83 00 0001 8f",
            "-vv",
            "\n>>> NBT Session Packet\nNBT SessionReject\nFlags=0x0\nLength=1 (0x1)\nReason=0x8F\nUnspecified error 0x8F\n",
        );
        check(
            &SESSION,
            "00 00 0004 00010203",
            "-vv",
            "\n>>> NBT Session Packet\nNBT Session Message\nFlags=0x0\nLength=4 (0x4)\n\
             Session packet:(raw data or continuation?)\n",
        );
        check(&SESSION, "84 00", "", " [|nbt_tcp]");
        check(
            &SESSION,
            "84 000000",
            "",
            " NBT Session Packet: Unknown packet type 0x84Data: (3 bytes)\n\
             [000] 00 00 00                                          ^@^@^@ \n",
        );
    }

    /// tcpdump writes names as they are; what a terminal acts upon does not get there.
    #[test]
    fn names_drive_no_terminal() {
        let said = |name: &str| {
            format!(
                "\n>>> NBT UDP PACKET(138) Res=0x1102 ID=0x1 IP=10 (0xa).0 (0x0).0 (0x0).1 (0x1) Port=138 (0x8a) \
                 Length=68 (0x44) Res2=0x0\nSourceName={name} NameType=0x02 (Unknown)\nDestName="
            )
        };
        let header = "11 02 0001 0a000001 008a 0044 0000";
        // ESC, BEL and a byte that is not ASCII; then two that terminals leave alone.
        check(
            &DATAGRAMS,
            &format!("{header} 08 424c 4148 4e4d 4143 00"),
            "-vv",
            &said("^[^GM-\\\u{2}           "),
        );
        check(&DATAGRAMS, &format!("{header} 04 4142 4143 00"), "-vv", &said("\u{1}\u{2}             "));
    }

    #[test]
    fn datagrams() {
        let header = "11 02 0001 0a000001 008a 0044 0000";
        check(&DATAGRAMS, header, "-v", "NBT UDP PACKET(138)");
        check(
            &DATAGRAMS,
            &format!("{header} {GANNET} 02 4142 00"),
            "-vv",
            "\n>>> NBT UDP PACKET(138) Res=0x1102 ID=0x1 IP=10 (0xa).0 (0x0).0 (0x0).1 (0x1) Port=138 (0x8a) \
             Length=68 (0x44) Res2=0x0\nSourceName=GANNET          NameType=0x20 (Server)\n\
             DestName=\u{1}               NameType=0x01 (Unknown)\n",
        );
    }
}
