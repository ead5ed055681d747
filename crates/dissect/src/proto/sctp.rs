//! SCTP, the Stream Control Transmission Protocol (RFC 9260; partial reliability: RFC 3758).
//!
//! ```text
//! | source port (2) | destination port (2) | verification tag (4) | checksum (4) | chunks ..
//! chunk: | type | flags | length (2), all of it | value .. | zeros, to a multiple of 4 bytes |
//! data:  | TSN (4) | stream (2) | sequence in it (2) | payload protocol (4) | payload .. |
//! init:  | tag (4) | window (4) | streams out (2) | streams in (2) | TSN (4) | parameters .. |
//! sack:  | TSN (4) | window (4) | gaps (2) | duplicates (2) | gaps: from, to (2 each) .. | TSNs .. |
//! ```

use crate::prelude::*;

/// SCTP.
pub static SCTP: Protocol = Protocol { name: "sctp", dissect };

const HEADER: usize = 12;
/// Bytes of a chunk before its value.
const CHUNK: usize = 4;
const DATA_HEADER: usize = 12;
const INIT_HEADER: usize = 16;
const SACK_HEADER: usize = 12;

const DATA: u8 = 0;
const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const SACK: u8 = 3;
const CHUNKS: NameTable = &[
    (DATA as u32, "DATA"),
    (INIT as u32, "INIT"),
    (INIT_ACK as u32, "INIT ACK"),
    (SACK as u32, "SACK"),
    (4, "HB REQ"),
    (5, "HB ACK"),
    (6, "ABORT"),
    (7, "SHUTDOWN"),
    (8, "SHUTDOWN ACK"),
    (9, "OP ERR"),
    (10, "COOKIE ECHO"),
    (11, "COOKIE ACK"),
    (12, "ECN ECHO"),
    (13, "ECN CWR"),
    (14, "SHUTDOWN COMPLETE"),
    (0xc0, "FOR CUM TSN"),
    (0xc1, "REL CTRL"),
    (0xc2, "REL CTRL ACK"),
];

/// Unordered, first and last part of a message.
const DATA_FLAGS: Flags = &[(0x04, "(U)"), (0x02, "(B)"), (0x01, "(E)")];

/// The ports of ForCES, by the priority of what they carry.
const FORCES_PORTS: NameTable = &[(6704, "ForCES HP"), (6705, "ForCES MP"), (6706, "ForCES LP")];
const FORCES: u32 = 21;
const FORCES_LAST: u32 = 23;
const PAYLOADS: NameTable = &[
    (1, "ISDN Q.921"),
    (2, "M2UA"),
    (3, "M3UA"),
    (4, "SUA"),
    (5, "M2PA"),
    (6, "V5.2"),
    (7, "H.248"),
    (8, "BICC"),
    (9, "TALI"),
    (10, "DUA"),
    (11, "ASAP"),
    (12, "ENRP"),
    (13, "H.323"),
    (14, "Q.IPC"),
    (15, "SIMCO"),
    (16, "DDPSC"),
    (17, "DDPSSC"),
    (18, "S1AP"),
    (19, "RUA"),
    (20, "HNBAP"),
    (FORCES, "ForCES HP"),
    (22, "ForCES MP"),
    (FORCES_LAST, "ForCES LP"),
    (24, "SBc-AP"),
    (25, "NBAP"),
    (27, "X2AP"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.enough("length", &p, HEADER)?;
    p.need(HEADER)?;
    let (src, dst, tag, sum) = (p.be16()?, p.be16()?, p.be32()?, p.be32()?);
    let (from, to) = (cx.ip.src, cx.ip.dst);
    out.aloud(|out| _ = out.ip("", from).say("."));
    out.num("src_port", src).say(" > ");
    out.aloud(|out| _ = out.ip("", to).say("."));
    out.num("dst_port", dst).say(": sctp").note("verification_tag", tag).note("checksum", sum);
    let mut forces = false;
    for (_, name) in
        [src, dst].iter().filter_map(|port| FORCES_PORTS.iter().find(|row| row.0 == u32::from(*port)))
    {
        out.say("[").say(name).say("]");
        forces = true;
    }
    out.list("chunks", |out| chunks(cx, p, forces, out))
}

/// All chunks, each with its number before it. Once ForCES was seen, all data is ForCES.
fn chunks(cx: &mut Cx, mut p: Cursor, mut forces: bool, out: &mut Out) -> Dissect {
    let talkative = cx.verbose() > 1;
    for number in 1u32.. {
        if p.claimed() == 0 {
            break;
        }
        let mark = match number {
            _ if talkative => "\n\t",
            1 => " (",
            _ => ", (",
        };
        let Some(length) = length(&p, mark, number, out)? else { break };
        out.item(|out| {
            out.aloud(|out| _ = out.say(mark).num("", number).say(") "));
            chunk(cx, p.claiming(length), &mut forces, out)
        })?;
        p.skip(length)?;
        let padding = length.next_multiple_of(4) - length;
        p.skip(padding)?;
    }
    Ok(())
}

/// How long the next chunk is, all of which was captured; `None` if it cannot be told.
fn length(p: &Cursor, mark: &str, number: u32, out: &mut Out) -> Dissect<Option<usize>> {
    if p.claimed() < CHUNK {
        write!(out, "{mark}{number}) [chunk descriptor cut off at end of packet]");
        return Ok(None);
    }
    p.need(CHUNK)?;
    let length = usize::from(p.at(2).be16()?);
    if length < CHUNK {
        write!(out, "{mark}{number}) [Bad chunk length {length}, < size of chunk descriptor]");
        return Ok(None);
    }
    p.need(length)?;
    Ok(Some(length))
}

/// One chunk, all of which is here. What is in its payload may look at what is behind it.
fn chunk(cx: &mut Cx, mut p: Cursor, forces: &mut bool, out: &mut Out) -> Dissect {
    let ([kind, flags], length) = (p.array()?, p.be16()?);
    out.say("[").name("type", kind, CHUNKS, "Unknown chunk type: 0x%x").say("] ");
    out.note("flags", flags).note("length", length);
    match kind {
        DATA => data(cx, flags, p, forces, out),
        INIT | INIT_ACK => init(p, out),
        SACK => sack(p, out),
        _ => {
            out.aside(|out| _ = out.bytes("value", claimed(&p)));
            Ok(())
        }
    }
}

fn data(cx: &mut Cx, flags: u8, mut p: Cursor, forces: &mut bool, out: &mut Out) -> Dissect {
    for (_, letter) in DATA_FLAGS.iter().filter(|row| u32::from(flags) & row.0 != 0) {
        out.say(letter);
    }
    if flags & 0x07 != 0 {
        out.say(" ");
    }
    out.enough("chunk length", &p, DATA_HEADER)?;
    let (tsn, stream, sequence, protocol) = (p.be32()?, p.be16()?, p.be16()?, p.be32()?);
    out.say("[TSN: ").num("tsn", tsn).say("] [SID: ").num("stream", stream);
    out.say("] [SSEQ ").num("stream_seq", sequence);
    out.say("] [PPID ").name("ppid", protocol, PAYLOADS, "0x%x").say("] ");
    *forces |= (FORCES..=FORCES_LAST).contains(&protocol);
    if p.claimed() == 0 {
        return Err(out.lie("chunk length", 0u8, "==", 0u8));
    }
    if *forces {
        return cx.next(Space::Sctp(FORCES), p, out).map(drop);
    }
    if cx.verbose() < 2 || cx.next(Space::Sctp(protocol), p, out)? {
        return Ok(());
    }
    out.say("[Payload");
    if !cx.options.no_default_dump {
        out.say(":").dump("payload", claimed(&p));
    }
    out.say("]");
    Ok(())
}

fn init(mut p: Cursor, out: &mut Out) -> Dissect {
    out.enough("chunk length", &p, INIT_HEADER)?;
    let (tag, window, outbound, inbound, tsn) = (p.be32()?, p.be32()?, p.be16()?, p.be16()?, p.be32()?);
    out.say("[init tag: ").num("init_tag", tag).say("] [rwnd: ").num("window", window);
    out.say("] [OS: ").num("outbound_streams", outbound).say("] [MIS: ").num("max_inbound_streams", inbound);
    out.say("] [init TSN: ").num("init_tsn", tsn).say("] ");
    out.aside(|out| _ = out.bytes("parameters", claimed(&p)));
    Ok(())
}

fn sack(mut p: Cursor, out: &mut Out) -> Dissect {
    out.enough("chunk length", &p, SACK_HEADER)?;
    let (tsn, window, gaps, duplicates) = (p.be32()?, p.be32()?, p.be16()?, p.be16()?);
    out.say("[cum ack ").num("cumulative_tsn", tsn).say("] [a_rwnd ").num("window", window);
    out.say("] [#gap acks ").num("gap_count", gaps);
    out.say("] [#dup tsns ").num("duplicate_count", duplicates).say("] ");
    out.list("gaps", |out| {
        for number in 1..=gaps {
            if p.claimed() == 0 {
                break;
            }
            out.enough("chunk length", &p, 4)?;
            let (start, end) = (p.be16()?, p.be16()?);
            out.item(|out| {
                out.aloud(|out| _ = out.say("\n\t\t[gap ack block #").num("", number).say(": start = "));
                out.num("start", tsn.wrapping_add(start.into())).say(", end = ");
                out.num("end", tsn.wrapping_add(end.into())).say("] ");
                Ok(())
            })?;
        }
        Ok(())
    })?;
    out.list("duplicates", |out| {
        for number in 1..=duplicates {
            if p.claimed() == 0 {
                break;
            }
            out.enough("chunk length", &p, 4)?;
            let tsn = p.be32()?;
            out.aloud(|out| _ = out.say("\n\t\t[dup TSN #").num("", number).say(": "));
            out.num("", tsn).say("] ");
        }
        Ok(())
    })
}

fn claimed<'p>(p: &Cursor<'p>) -> &'p [u8] {
    p.sub(p.claimed()).rest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[track_caller]
    fn says(chunks: &str, args: &str, words: &str) {
        let hex = format!("0b59 0b5a 00000007 00000000 {chunks}");
        check(&SCTP, &hex, args, &format!("0.0.0.0.2905 > 0.0.0.0.2906: sctp{words}"));
    }

    const TEXT: &str = "00 03 0012 00000001 0002 0003 00000007 6869 0000";
    const COOKIE_ACK: &str = "0b 00 0004";

    #[test]
    fn data_chunks() {
        let line = "1) [DATA] (B)(E) [TSN: 1] [SID: 2] [SSEQ 3] [PPID H.248] ";
        says(TEXT, "", &format!(" ({line}"));
        says(&format!("{TEXT} {COOKIE_ACK}"), "-v", &format!(" ({line}, (2) [COOKIE ACK] "));
        let dump = "0x0000:  6869                                     hi";
        says(TEXT, "-vv", &format!("\n\t{line}[Payload:\n\t{dump}]"));
        says(TEXT, "-vvq", &format!("\n\t{line}[Payload]"));
        says(
            "00 04 0011 00000001 0002 0003 0000001a 41 000000",
            "",
            " (1) [DATA] (U) [TSN: 1] [SID: 2] [SSEQ 3] [PPID 0x1a] ",
        );
    }

    #[test]
    fn chunks_that_open_and_acknowledge() {
        let init = "00000005 00010000 000a 000b 00000009";
        let said = "[init tag: 5] [rwnd: 65536] [OS: 10] [MIS: 11] [init TSN: 9] ";
        says(&format!("01 00 0014 {init}"), "", &format!(" (1) [INIT] {said}"));
        says(&format!("02 00 0018 {init} 80000004"), "-vv", &format!("\n\t1) [INIT ACK] {said}"));
        says(
            "03 00 0018 00000064 00000800 0001 0001 0002 0003 00000063",
            "",
            " (1) [SACK] [cum ack 100] [a_rwnd 2048] [#gap acks 1] [#dup tsns 1] \
             \n\t\t[gap ack block #1: start = 102, end = 103] \n\t\t[dup TSN #1: 99] ",
        );
        says("40 00 0006 0000 0000", "", " (1) [Unknown chunk type: 0x40] ");
        says("c0 00 0008 00000001 0e 00 0004", "", " (1) [FOR CUM TSN] , (2) [SHUTDOWN COMPLETE] ");
    }

    #[test]
    fn forces_is_known_by_port_and_by_payload() {
        let data = "00 03 0014 00000001 0002 0003 00000000 00000000";
        let line = "[DATA] (B)(E) [TSN: 1] [SID: 2] [SSEQ 3] [PPID 0x0]  [|forces]";
        check(
            &SCTP,
            &format!("1a30 1a32 00000007 00000000 {data}"),
            "",
            &format!("0.0.0.0.6704 > 0.0.0.0.6706: sctp[ForCES HP][ForCES LP] (1) {line}"),
        );
        says(
            &data.replace("00000000 00000000", "00000016 00000000"),
            "",
            &format!(" (1) {}", line.replace("0x0", "ForCES MP")),
        );
    }

    #[test]
    fn lengths_that_lie() {
        check(&SCTP, "0b59 0b59", "", " [length 4 < 12] (invalid)");
        let head = " (1) [COOKIE ACK] , (2) ";
        says("0b 00 0004 0b 00", "", &format!("{head}[chunk descriptor cut off at end of packet]"));
        says("0b 00 0004 0b 00 0003", "", &format!("{head}[Bad chunk length 3, < size of chunk descriptor]"));
        says("0b 00 0004 0b 00 0009 00", "", " (1) [COOKIE ACK]  [|sctp]");
        says("0b 00 0005 00", "", " (1) [COOKIE ACK]  [|sctp]");
        says("00 00 0008 00000001", "", " (1) [DATA]  [chunk length 4 < 12] (invalid)");
        says(
            "00 01 0010 00000001 0002 0003 00000003",
            "",
            " (1) [DATA] (E) [TSN: 1] [SID: 2] [SSEQ 3] [PPID M3UA]  [chunk length 0 == 0] (invalid)",
        );
        says("01 00 0008 00000001", "", " (1) [INIT]  [chunk length 4 < 16] (invalid)");
        says(
            "03 00 0012 00000064 00000800 0001 0000 0002 0000",
            "",
            " (1) [SACK] [cum ack 100] [a_rwnd 2048] [#gap acks 1] [#dup tsns 0]  [chunk length 2 < 4] (invalid)",
        );
    }

    #[test]
    fn values_of_a_packet() {
        assert_eq!(
            values(&SCTP, &format!("0b59 0b5a 00000007 00000000 {TEXT} {COOKIE_ACK}")),
            r#"{"sctp":{"src_port":2905,"dst_port":2906,"verification_tag":7,"checksum":0,"chunks":[{"type":0,"flags":3,"length":18,"tsn":1,"stream":2,"stream_seq":3,"ppid":7,"payload":"6869"},{"type":11,"flags":0,"length":4}]}}"#
        );
    }
}
