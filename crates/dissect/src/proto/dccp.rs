//! DCCP, the Datagram Congestion Control Protocol (RFC 4340).
//!
//! ```text
//! | source port (2) | destination port (2) |
//! | offset of the data, in 4 bytes | CCVal, coverage (4 bits each) | checksum (2) |
//! | reserved (3 bits), type (4), extended (1) | sequence (3), or if extended: reserved (1), sequence (6) |
//! | reserved (1), acknowledgment (3), or if extended: reserved (2), acknowledgment (6) | by type .. |
//! option:    | type | from 32 on: length, all of it | value .. |
//! ```

use crate::parts::internet_checksum;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

/// DCCP.
pub static DCCP: Protocol = Protocol { name: "dccp", dissect };

const HEADER: usize = 12;
const EXTENDED_HEADER: usize = 16;

const REQUEST: u8 = 0;
const RESPONSE: u8 = 1;
const DATA: u8 = 2;
const RESET: u8 = 7;
const TYPES: NameTable = &[
    (REQUEST as u32, "DCCP-Request"),
    (RESPONSE as u32, "DCCP-Response"),
    (DATA as u32, "DCCP-Data"),
    (3, "DCCP-Ack"),
    (4, "DCCP-DataAck"),
    (5, "DCCP-CloseReq"),
    (6, "DCCP-Close"),
    (RESET as u32, "DCCP-Reset"),
    (8, "DCCP-Sync"),
    (9, "DCCP-SyncAck"),
];

const RESET_CODES: NameTable = &[
    (0, "unspecified"),
    (1, "closed"),
    (2, "aborted"),
    (3, "no_connection"),
    (4, "packet_error"),
    (5, "option_error"),
    (6, "mandatory_error"),
    (7, "connection_refused"),
    (8, "bad_service_code"),
    (9, "too_busy"),
    (10, "bad_init_cookie"),
    (11, "aggression_penalty"),
];

/// From here on options have a length.
const LONG_OPTION: u8 = 32;
/// From here on options belong to the congestion control.
const CCID_OPTION: u8 = 128;
const CHANGE_L: u8 = 32;
const CONFIRM_L: u8 = 33;
const CHANGE_R: u8 = 34;
const CONFIRM_R: u8 = 35;
const INIT_COOKIE: u8 = 36;
const NDP_COUNT: u8 = 37;
const ACK_VECTOR_0: u8 = 38;
const ACK_VECTOR_1: u8 = 39;
const DATA_DROPPED: u8 = 40;
const TIMESTAMP: u8 = 41;
const TIMESTAMP_ECHO: u8 = 42;
const ELAPSED_TIME: u8 = 43;
const DATA_CHECKSUM: u8 = 44;
const OPTIONS: NameTable = &[
    (0, "nop"),
    (1, "mandatory"),
    (2, "slowreceiver"),
    (CHANGE_L as u32, "change_l"),
    (CONFIRM_L as u32, "confirm_l"),
    (CHANGE_R as u32, "change_r"),
    (CONFIRM_R as u32, "confirm_r"),
    (INIT_COOKIE as u32, "initcookie"),
    (NDP_COUNT as u32, "ndp_count"),
    (ACK_VECTOR_0 as u32, "ack_vector0"),
    (ACK_VECTOR_1 as u32, "ack_vector1"),
    (DATA_DROPPED as u32, "data_dropped"),
    (TIMESTAMP as u32, "timestamp"),
    (TIMESTAMP_ECHO as u32, "timestamp_echo"),
    (ELAPSED_TIME as u32, "elapsed_time"),
    (DATA_CHECKSUM as u32, "data_checksum"),
];
const FEATURES: NameTable = &[
    (0, "reserved"),
    (1, "ccid"),
    (2, "allow_short_seqno"),
    (3, "sequence_window"),
    (4, "ecn_incapable"),
    (5, "ack_ratio"),
    (6, "send_ack_vector"),
    (7, "send_ndp_count"),
    (8, "minimum_checksum_coverage"),
    (9, "check_data_checksum"),
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    out.enough("length", &p, HEADER)?;
    let extended = p.at(8).u8()? & 1 != 0;
    let fixed = if extended { EXTENDED_HEADER } else { HEADER };
    out.enough("length", &p, fixed)?;
    p.need(fixed)?;
    let header = Header::read(p, extended)?;
    let (from, to) = (cx.ip.src, cx.ip.dst);
    out.aloud(|out| _ = out.ip("", from).say("."));
    out.num("src_port", header.src).say(" > ");
    out.aloud(|out| _ = out.ip("", to).say("."));
    out.num("dst_port", header.dst).say(": DCCP");
    if cx.options.quiet > 0 {
        out.enough("length", &p, header.length)?;
        out.say(" ").num("length", length - header.length);
        return Ok(());
    }
    out.note("header_length", header.length);
    if cx.verbose() > 0 {
        out.say(" (CCVal ").num("ccval", header.cover >> 4);
        out.say(", CsCov ").num("checksum_coverage", header.cover & 0xf);
        checksum(cx, &header, p, out);
        out.say(")");
    }
    out.say(" ").name("type", header.kind, TYPES, "packet-type-%u").say(" ");
    let fixed = fixed + by_type(&header, p.at(fixed), out)?;
    if cx.verbose() < 2 {
        return Ok(());
    }
    out.say("seq ").num("seq", header.seq);
    let left = header.length.saturating_sub(fixed);
    if left == 0 {
        return Ok(());
    }
    out.say(" <");
    out.list("options", |out| options(p.at(fixed), left, out))?;
    out.say(">");
    Ok(())
}

struct Header {
    src: u16,
    dst: u16,
    /// In bytes, options included.
    length: usize,
    /// The congestion control's own value, and how much the checksum covers.
    cover: u8,
    checksum: u16,
    kind: u8,
    extended: bool,
    seq: u64,
}

impl Header {
    fn read(mut p: Cursor, extended: bool) -> Dissect<Self> {
        let (src, dst, [offset, cover], checksum) = (p.be16()?, p.be16()?, p.array()?, p.be16()?);
        let kind = p.u8()? >> 1 & 0xf;
        let seq = if extended { number_48(p.at(1))? } else { p.be24()?.into() };
        Ok(Header { src, dst, length: usize::from(offset) * 4, cover, checksum, kind, extended, seq })
    }
}

fn number_48(mut p: Cursor) -> Dissect<u64> {
    p.array().map(|[a, b, c, d, e, f]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// Judges the checksum, if the whole packet is here: it may cover the header alone, and some of the data.
fn checksum(cx: &Cx, header: &Header, packet: Cursor, out: &mut Out) {
    let Some(bytes) = packet.whole() else {
        out.note("checksum", header.checksum);
        return;
    };
    let covered = match usize::from(header.cover & 0xf) {
        0 => bytes.len(),
        words => (header.length + (words - 1) * 4).min(bytes.len()),
    };
    let covered = bytes.get(..covered).unwrap_or(bytes);
    let sum = cx.ip.pseudo_header(ip_proto::DCCP, bytes.len()).bytes(covered).finish();
    out.aloud(|out| _ = out.say(", cksum 0x").hex0("", header.checksum, 4).say(" "));
    match internet_checksum::judge(header.checksum, sum, out) {
        None => _ = out.say("(correct)"),
        Some(right) => _ = write!(out, "(incorrect -> 0x{right:04x})"),
    }
}

/// What stands between the sequence number and the options: its length.
fn by_type(header: &Header, p: Cursor, out: &mut Out) -> Dissect<usize> {
    // Tcpdump takes 8 bytes for every acknowledgment.
    let size = match header.kind {
        REQUEST => 4,
        RESPONSE | RESET => 12,
        DATA => 0,
        3..=6 | 8 | 9 => 8,
        _ => return Err(Stop::Invalid),
    };
    let packet = p.claimed();
    let before = if header.extended { EXTENDED_HEADER } else { HEADER };
    if packet < size {
        return Err(out.lie("length", packet + before, "<", size + before));
    }
    match header.kind {
        REQUEST => service(p, out)?,
        RESPONSE => service(p.at(8), out)?,
        RESET => {
            p.need(size)?;
            let [code, data @ ..]: [u8; 4] = p.at(8).array()?;
            out.say("(code=").name("code", code, RESET_CODES, "reset-code-%u (invalid)").say(") ");
            out.aside(|out| _ = out.bytes("reset_data", &data));
        }
        _ => {}
    }
    if !matches!(header.kind, REQUEST | DATA) {
        let ack = if header.extended { number_48(p.at(2))? } else { p.at(1).be24()?.into() };
        out.say("(ack=").num("ack", ack).say(") ");
    }
    Ok(size)
}

fn service(mut p: Cursor, out: &mut Out) -> Dissect {
    let service = p.be32()?;
    out.say("(service=").num("service", service).say(") ");
    Ok(())
}

fn options(mut p: Cursor, mut left: usize, out: &mut Out) -> Dissect {
    loop {
        let length = out.item(|out| option(p, left, out))?;
        if left <= length {
            return Ok(());
        }
        left -= length;
        p.skip(length)?;
        out.say(", ");
    }
}

/// One option: its length.
fn option(p: Cursor, left: usize, out: &mut Out) -> Dissect<usize> {
    let mut value = p;
    let kind = value.u8()?;
    if kind >= CCID_OPTION {
        out.say("CCID option ").num("type", kind);
    } else {
        out.name("type", kind, OPTIONS, "option-type-%u");
    }
    let length = if kind < LONG_OPTION { 1 } else { usize::from(value.u8()?) };
    if kind >= LONG_OPTION && length < 2 {
        return Err(out.lie("optlen", length, "<", 2u8));
    }
    if left < length {
        return Err(out.lie("remaining length", left, "<", length));
    }
    if kind < LONG_OPTION {
        return if kind <= 2 { Ok(length) } else { Err(Stop::Invalid) };
    }
    out.note("length", length);
    long_option(kind, length, value, out)?;
    Ok(length)
}

/// The value of an option that has a length.
fn long_option(kind: u8, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    let size = length - 2;
    let (least, most) = match kind {
        CHANGE_L | CHANGE_R => (4, usize::MAX),
        CONFIRM_L | CONFIRM_R | INIT_COOKIE | ACK_VECTOR_0 | ACK_VECTOR_1 | DATA_DROPPED => (3, usize::MAX),
        NDP_COUNT => (3, 8),
        _ => (2, usize::MAX),
    };
    if length < least {
        return Err(out.lie("optlen", length, "<", least));
    }
    if length > most {
        return Err(out.lie("optlen", length, ">", most));
    }
    if matches!(kind, TIMESTAMP | DATA_CHECKSUM) && length != 6 {
        return Err(out.lie("optlen", length, "!=", 6u8));
    }
    match (kind, length) {
        (CHANGE_L..=CONFIRM_R, _) => {
            let feature = p.u8()?;
            out.say(" ").name("feature", feature, FEATURES, "feature-number-%u (invalid)");
            numbers(p, size - 1, out)
        }
        (NDP_COUNT, _) => numbers(p, size, out),
        (INIT_COOKIE | ACK_VECTOR_0 | ACK_VECTOR_1 | DATA_DROPPED | DATA_CHECKSUM, _) => bytes(p, size, out),
        (TIMESTAMP_ECHO, 6 | 8 | 10) => echo(p, length, out),
        (TIMESTAMP_ECHO, _) => {
            out.say(" [optlen != 6 or 8 or 10]");
            Err(Stop::Invalid)
        }
        (TIMESTAMP | ELAPSED_TIME | CCID_OPTION.., 4 | 6) => {
            let number = number(&mut p, size)?;
            out.say(" ").num("value", number);
            Ok(())
        }
        (ELAPSED_TIME, _) => {
            out.say(" [optlen != 4 or 6]");
            Err(Stop::Invalid)
        }
        (CCID_OPTION.., _) => bytes(p, size, out),
        _ => Err(Stop::Invalid),
    }
}

/// A number of 2 or 4 bytes.
fn number(p: &mut Cursor, size: usize) -> Dissect<u32> {
    if size == 2 { p.be16().map(u32::from) } else { p.be32() }
}

fn echo(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let stamp = p.be32()?;
    out.say(" ").num("value", stamp);
    if length > 6 {
        let elapsed = number(&mut p, length - 6)?;
        out.say(" (elapsed time ").num("elapsed_time", elapsed).say(")");
    }
    Ok(())
}

fn numbers(mut p: Cursor, count: usize, out: &mut Out) -> Dissect {
    out.list("numbers", |out| {
        for _ in 0..count {
            let n = p.u8()?;
            out.say(" ").num("", n);
        }
        Ok(())
    })
}

fn bytes(mut p: Cursor, size: usize, out: &mut Out) -> Dissect {
    out.say(" 0x").bytes_of("value", &mut p, size).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// A packet with 48-bit numbers: its type, its length in words, and what follows the sequence number.
    fn packet(kind: u8, words: usize, rest: &str) -> String {
        format!("0400 1389 {words:02x} 00 0000 {:02x} 00 000000000009 {rest}", kind << 1 | 1)
    }

    const ACK: &str = "0000 000000000007";

    #[track_caller]
    fn says(hex: &str, args: &str, words: &str) {
        check(&DCCP, hex, args, &format!("0.0.0.0.1024 > 0.0.0.0.5001: DCCP{words}"));
    }

    /// What is said of a request with these options, at most 16 bytes of them.
    #[track_caller]
    fn option_says(options: &str, words: &str) {
        let digits: String = options.split_whitespace().collect();
        let size = digits.len() / 2;
        let hex = packet(
            0,
            5 + size.div_ceil(4),
            &format!("00000001 {digits:0<width$}", width = size.next_multiple_of(4) * 2),
        );
        let bytes = crate::testing::bytes(&hex);
        let text = crate::testing::hear(
            &DCCP,
            &bytes,
            bytes.len(),
            crate::cx::Options { verbose: 2, ..Default::default() },
            crate::out::Ear::Text,
        )
        .0;
        check(&DCCP, &hex, "-vv", &text);
        let (_, said) = text.split_once(" seq 9 <").or(text.split_once("seq 9 <")).unwrap();
        assert_eq!(said, words);
    }

    #[test]
    fn packets_of_each_type() {
        says(&packet(0, 5, "0000002a"), "", " DCCP-Request (service=42) ");
        says(&packet(0, 5, "0000002a"), "-q", " 0");
        says(&packet(1, 7, &format!("{ACK} 0000002a")), "", " DCCP-Response (service=42) (ack=7) ");
        says(&packet(2, 4, "6869"), "", " DCCP-Data ");
        says(&packet(3, 6, ACK), "", " DCCP-Ack (ack=7) ");
        says(&packet(7, 7, &format!("{ACK} 03000000")), "", " DCCP-Reset (code=no_connection) (ack=7) ");
        says(
            &packet(7, 7, &format!("{ACK} 63000000")),
            "",
            " DCCP-Reset (code=reset-code-99 (invalid)) (ack=7) ",
        );
        says(&packet(9, 6, ACK), "", " DCCP-SyncAck (ack=7) ");
        says(&packet(10, 6, ACK), "", " packet-type-10  (invalid)");
        says("0400 1389 05 00 0000 06 000009 00 000007 00000000", "", " DCCP-Ack (ack=7) ");
    }

    #[test]
    fn checksums_may_cover_the_header_alone() {
        let data = |cover: &str, sum: &str| format!("0400 1389 04 {cover} {sum} 05 00 000000000009 6869");
        let line =
            |judged: &str, cover: u8| format!(" (CCVal 1, CsCov {cover}, cksum 0x{judged}) DCCP-Data seq 9");
        says(&data("11", "df29"), "-vv", &line("df29 (correct)", 1));
        says(&data("10", "76c1"), "-vv", &line("76c1 (correct)", 0));
        says(&data("12", "df29"), "-vv", &line("df29 (incorrect -> 0x76bf)", 2));
    }

    #[test]
    fn options_of_each_kind() {
        option_says(
            "00 01 02 2907 00000001 00",
            "nop, mandatory, slowreceiver, timestamp [optlen 7 != 6] (invalid)",
        );
        option_says("2004 0502 2304 6303", "change_l ack_ratio 2, confirm_r feature-number-99 (invalid) 3>");
        option_says(
            "2103 01 2403 aa 2503 05 2604 aabb",
            "confirm_l ccid, initcookie 0xaa, ndp_count 5, ack_vector0 0xaabb, nop, nop, nop>",
        );
        option_says(
            "2703 01 2803 02 2c06 01020304",
            "ack_vector1 0x01, data_dropped 0x02, data_checksum 0x01020304>",
        );
        option_says("2906 00000005 2a06 00000006", "timestamp 5, timestamp_echo 6>");
        option_says(
            "2a08 00000006 0007 2b04 0008 00 00",
            "timestamp_echo 6 (elapsed time 7), elapsed_time 8, nop, nop, nop, nop>",
        );
        option_says(
            "2a0a 00000006 00000007 2b06 00000008",
            "timestamp_echo 6 (elapsed time 7), elapsed_time 8>",
        );
        option_says(
            "8004 0005 8106 00000006 8203 07 00",
            "CCID option 128 5, CCID option 129 6, CCID option 130 0x07, nop, nop, nop>",
        );
    }

    #[test]
    fn options_that_lie() {
        option_says("00 03 00 00", "nop, option-type-3 (invalid)");
        option_says("2d04 0000", "option-type-45 (invalid)");
        option_says("2001 0000", "change_l [optlen 1 < 2] (invalid)");
        option_says("2003 0000", "change_l [optlen 3 < 4] (invalid)");
        option_says("2102 0000", "confirm_l [optlen 2 < 3] (invalid)");
        option_says("2509 00000000000000", "ndp_count [optlen 9 > 8] (invalid)");
        option_says("2a05 000000", "timestamp_echo [optlen != 6 or 8 or 10] (invalid)");
        option_says("2b05 000000", "elapsed_time [optlen != 4 or 6] (invalid)");
        option_says(
            "2404 aabb 2409 cccc",
            "initcookie 0xaabb, initcookie [remaining length 4 < 9] (invalid)",
        );
    }

    #[test]
    fn packets_that_end_early() {
        check(&DCCP, "0400 1389", "", " [length 4 < 12] (invalid)");
        check(&DCCP, "0400 1389 04 00 0000 05 000000", "", " [length 12 < 16] (invalid)");
        says(&packet(0, 5, ""), "", " DCCP-Request  [length 16 < 20] (invalid)");
        says(&packet(2, 9, ""), "-q", " [length 16 < 36] (invalid)");
        says(&packet(7, 9, ACK), "", " DCCP-Reset  [length 24 < 28] (invalid)");
        says(
            &packet(0, 6, "00000001"),
            "-vv",
            " (CCVal 0, CsCov 0, cksum 0x0000 (incorrect -> 0xe137)) DCCP-Request (service=1) seq 9 < [|dccp]",
        );
    }

    #[test]
    fn values_of_a_packet() {
        assert_eq!(
            values(&DCCP, &packet(0, 7, "0000002a 2004 0502 2403 aa 00")),
            r#"{"dccp":{"src_port":1024,"dst_port":5001,"header_length":28,"ccval":0,"checksum_coverage":0,"checksum":0,"checksum_ok":false,"checksum_expected":60668,"type":0,"service":42,"seq":9,"options":[{"type":32,"length":4,"feature":5,"numbers":[2]},{"type":36,"length":3,"value":"aa"},{"type":0}]}}"#
        );
    }
}
