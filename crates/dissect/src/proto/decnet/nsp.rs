//! NSP, the transport of DECnet (source: DECnet DNA, Network Services Protocol Functional Specification, AA-X439A-TK).
//!
//! ```text
//! | flags | destination link (2) | source link (2) | ..
//! data:     | acknowledged (2), if the highest bit is set | the other channel's, likewise | sequence (2) |
//! connect:  | services | info | segment size (2) | ..
//! ```

use crate::prelude::*;

const HEADER: usize = 5;
const TYPE: u8 = 0x0c;
const DATA: u8 = 0x00;
const ACKNOWLEDGEMENT: u8 = 0x04;
const CONTROL: u8 = 0x08;
const SUBTYPE: u8 = 0x70;

/// A field that acknowledges, and one that acknowledges what the other channel sent.
const ACK: u16 = 0x8000;
const OTHER: u16 = 0xa000;
/// It says that something was missed.
const MISSED: u16 = 0x1000;
const SEQUENCE: u16 = 0x0fff;
const ACKS: usize = 9;

/// What the other channel's acknowledgements are called.
type Words = [&'static str; 2];
const OTHER_WORDS: Words = ["oack ", "onak "];
const DATA_WORDS: Words = ["ackdat ", "nakdat "];

const SERVICES: NameTable = &[(4, "seg "), (8, "msg ")];
const VERSIONS: NameTable = &[(0, "ver 3.2 "), (1, "ver 3.1 "), (2, "ver 4.0 "), (3, "ver 4.1 ")];
const REASONS: NameTable = &[
    (0, "object rejected connect"),
    (1, "insufficient resources"),
    (2, "unrecognized node name"),
    (3, "node is shutting down"),
    (4, "unrecognized object"),
    (5, "invalid object name format"),
    (6, "object too busy"),
    (7, "protocol error discovered"),
    (8, "third party abort"),
    (9, "user abort"),
    (10, "invalid node name format"),
    (11, "local node shutting down"),
    (32, "insufficient local resources"),
    (33, "insufficient remote user resources"),
    (34, "invalid access control information"),
    (36, "bad ACCOUNT information"),
    (38, "no response from object"),
    (39, "node unreachable"),
    (41, "no link terminate"),
    (42, "disconnect complete"),
    (43, "bad image data in connect"),
    (54, "cryptographic service mismatch"),
];

/// A message, from its flags on. What it claims is judged here, what was captured by reading.
pub(super) fn say(p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(super::shorter("nsplen", length, HEADER, out));
    }
    let mut fields = p;
    let (flags, dst, src) = (fields.u8()?, fields.le16()?, fields.le16()?);
    out.note("nsp_flags", flags).note("dst_link", dst).note("src_link", src);
    let links = |out: &mut Out| {
        out.aloud(|out| _ = out.num("", src).say(">").num("", dst).say(" "));
    };
    let reserved = |words: &str, out: &mut Out| {
        out.say(words).aloud(|out| {
            out.hex("", flags).say(" ").num("", src).say(" > ").num("", dst);
        });
        Ok(())
    };
    match (flags & TYPE, flags & SUBTYPE) {
        (DATA, 0x00 | 0x20 | 0x40 | 0x60) => {
            out.say("data ");
            links(out);
            sequence(length, OTHER_WORDS, &mut fields, out)
        }
        (DATA, 0x30) => sequence(length, DATA_WORDS, &mut fields, out.say("intr ")),
        (DATA, 0x10) => {
            out.say("link-service ");
            links(out);
            link_service(p, out)
        }
        (DATA, _) => reserved("reserved-subtype? ", out),
        (ACKNOWLEDGEMENT, kind @ (0x00 | 0x10)) => {
            out.say(if kind == 0 { "data-ack " } else { "ils-ack " });
            links(out);
            if length < ACKS {
                return Err(Stop::Invalid);
            }
            p.need(ACKS)?;
            acknowledged(if kind == 0 { OTHER_WORDS } else { DATA_WORDS }, &mut fields, out)
        }
        (ACKNOWLEDGEMENT, 0x20) => {
            out.say("conn-ack ").aloud(|out| _ = out.num("", dst));
            Ok(())
        }
        (ACKNOWLEDGEMENT, _) => reserved("reserved-acktype? ", out),
        (CONTROL, kind @ (0x10 | 0x20 | 0x60)) => {
            out.say(match kind {
                0x10 => "conn-initiate ",
                0x20 => "conn-confirm ",
                _ => "retrans-conn-initiate ",
            });
            links(out);
            connect(kind == 0x20, length, &mut fields, out)
        }
        (CONTROL, kind @ (0x30 | 0x40)) => {
            out.say(if kind == 0x30 { "disconn-initiate " } else { "disconn-confirm " });
            links(out);
            disconnect(kind == 0x30, length, &mut fields, out)
        }
        (CONTROL, _) => reserved("reserved-ctltype? ", out),
        _ => reserved("reserved-type? ", out),
    }
}

/// The number of a segment, behind what it acknowledges.
fn sequence(length: usize, words: Words, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut at = HEADER;
    let mut next = |p: &mut Cursor| {
        at += 2;
        if length < at { Err(Stop::Invalid) } else { p.le16() }
    };
    let mut number = next(p)?;
    if number & ACK != 0 {
        ack(number, out);
        number = next(p)?;
        if number & OTHER != 0 {
            other(number, words, out);
            number = next(p)?;
        }
    }
    out.say("seg ").num("sequence", number & SEQUENCE).say(" ");
    Ok(())
}

fn acknowledged(words: Words, p: &mut Cursor, out: &mut Out) -> Dissect {
    let number = p.le16()?;
    if number & ACK != 0 {
        ack(number, out);
        let number = p.le16()?;
        if number & OTHER != 0 {
            other(number, words, out);
        }
    }
    Ok(())
}

fn ack(number: u16, out: &mut Out) {
    let missed = number & MISSED != 0;
    out.say(if missed { "nak " } else { "ack " }).num("ack", number & SEQUENCE).say(" ");
    out.note_that("missed", missed);
}

fn other(number: u16, [ack, nak]: Words, out: &mut Out) {
    let missed = number & (OTHER | MISSED) == OTHER | MISSED;
    out.say(if missed { nak } else { ack }).num("other_ack", number & SEQUENCE).say(" ");
    out.note_that("other_missed", missed);
}

/// How much the other may send. Its fields are where they are when everything is acknowledged.
fn link_service(p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 13 {
        return Err(Stop::Invalid);
    }
    sequence(p.claimed(), DATA_WORDS, &mut p.at(HEADER), out)?;
    let (flags, count) = (p.at(11).u8()?, p.at(12).u8()?);
    out.note("link_flags", flags);
    match flags & 0x0c {
        0x00 => {
            out.say("dat seg count ").num("count", count).say(" ");
            match flags & 3 {
                0 => {}
                1 => _ = out.say("donotsend-data "),
                2 => _ = out.say("send-data "),
                _ => _ = out.say("reserved-fcmod? ").aloud(|out| _ = out.hex("", flags)),
            }
        }
        0x04 => {
            out.say("intr req count ").num("count", count).say(" ");
        }
        _ => {
            out.note("count", count);
            out.say("reserved-fcval-int? ").aloud(|out| _ = out.hex("", flags));
        }
    }
    Ok(())
}

fn connect(confirm: bool, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    if length < 9 + usize::from(confirm) {
        return Err(Stop::Invalid);
    }
    let (services, info, segment) = (p.u8()?, p.u8()?, p.le16()?);
    let optional = if confirm { p.u8()? } else { 0 };
    out.note("services", services).note("info", info).aloud(|out| {
        out.name("", services & 0x0c, SERVICES, "").name("", info & 3, VERSIONS, "");
    });
    out.say("segsize ").num("segment_size", segment).say(" ");
    if optional != 0 {
        out.say("optlen ").num("optional_length", optional).say(" ");
    }
    Ok(())
}

fn disconnect(initiate: bool, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    if initiate && length < 8 {
        return Err(Stop::Invalid);
    }
    let reason = p.le16()?;
    let optional = if initiate { p.u8()? } else { 0 };
    out.name("reason", reason, REASONS, "reason-%u").say(" ");
    if optional != 0 {
        out.say("optlen ").num("optional_length", optional).say(" ");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::proto::decnet::DECNET;
    use crate::testing::{bytes, check, values};

    /// A message in a short packet.
    fn packet(message: &str) -> String {
        format!("{:02x}00 02 0104 0204 00 {message}", 6 + bytes(message).len())
    }

    #[track_caller]
    fn says(message: &str, words: &str) {
        let hex = packet(message);
        check(&DECNET, &hex, "", &format!("1.2 > 1.1 {} {words}", bytes(&hex).len() - 2));
    }

    #[test]
    fn data() {
        says("60 0100 0200 0300 6869", "data 2>1 seg 3 ");
        says("60 0100 0200 0190 02b0 0300", "data 2>1 nak 1 onak 2 seg 3 ");
        says("60 0100 0200 0180 02a0 0300", "data 2>1 ack 1 oack 2 seg 3 ");
        says("30 0100 0200 0180 02a0 0300", "intr ack 1 ackdat 2 seg 3 ");
        says("50 0100 0200", "reserved-subtype? 50 2 > 1");
        says(
            "10 0100 0200 0180 02a0 0300 02 05",
            "link-service 2>1 ack 1 ackdat 2 seg 3 dat seg count 5 send-data ",
        );
        says("10 0100 0200 0300 00000000 04 05", "link-service 2>1 seg 3 intr req count 5 ");
        says("10 0100 0200 0300 00000000 08 05", "link-service 2>1 seg 3 reserved-fcval-int? 8");
        says("10 0100 0200 0300 00000000 03 05", "link-service 2>1 seg 3 dat seg count 5 reserved-fcmod? 3");
    }

    #[test]
    fn acknowledgements() {
        says("14 0100 0200 0190 02b0", "ils-ack 2>1 nak 1 nakdat 2 ");
        says("04 0100 0200 0190 0200", "data-ack 2>1 nak 1 ");
        says("24 0100 0200", "conn-ack 1");
        says("34 0100 0200", "reserved-acktype? 34 2 > 1");
    }

    #[test]
    fn connections() {
        let initiate = "18 0000 0200 05 02 0501";
        says(initiate, "conn-initiate 2>0 seg ver 4.0 segsize 261 ");
        says("68 0000 0200 09 03 0501", "retrans-conn-initiate 2>0 msg ver 4.1 segsize 261 ");
        says("28 0100 0200 01 00 0501 03", "conn-confirm 2>1 ver 3.2 segsize 261 optlen 3 ");
        says("38 0100 0200 0900 01", "disconn-initiate 2>1 user abort optlen 1 ");
        says("48 0100 0200 2a00", "disconn-confirm 2>1 disconnect complete ");
        says("48 0100 0200 6300", "disconn-confirm 2>1 reason-99 ");
        says("08 0100 0200", "reserved-ctltype? 8 2 > 1");
        says("0c 0100 0200", "reserved-type? c 2 > 1");
        assert_eq!(
            values(&DECNET, &packet(initiate)),
            "{\"decnet\":{\"length\":15,\"flags\":2,\"src\":\"1.2\",\"dst\":\"1.1\",\"hops\":1,\"nsp_flags\":24,\
             \"dst_link\":0,\"src_link\":2,\"services\":5,\"info\":2,\"segment_size\":261}}"
        );
    }

    #[test]
    fn lies() {
        says("60 0100", " (nsplen 3 < 5) (invalid)");
        says("60 0100 0200 0180", "data 2>1 ack 1  (invalid)");
        says("04 0100 0200 0180", "data-ack 2>1  (invalid)");
        says("10 0100 0200 0300", "link-service 2>1  (invalid)");
        says("18 0000 0200 05", "conn-initiate 2>0  (invalid)");
        says("38 0000 0200 05", "disconn-initiate 2>0  (invalid)");
    }
}
