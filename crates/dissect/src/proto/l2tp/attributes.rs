//! The attributes of L2TP's control messages (RFC 2661 section 4.4).

use crate::prelude::*;

const HEADER: usize = 6;
const MANDATORY: u16 = 0x8000;
const HIDDEN: u16 = 0x4000;
const LENGTH: u16 = 0x03ff;

const TYPES: NameTable = &[
    (0, "MSGTYPE"),
    (1, "RESULT_CODE"),
    (2, "PROTO_VER"),
    (3, "FRAMING_CAP"),
    (4, "BEARER_CAP"),
    (5, "TIE_BREAKER"),
    (6, "FIRM_VER"),
    (7, "HOST_NAME"),
    (8, "VENDOR_NAME"),
    (9, "ASSND_TUN_ID"),
    (10, "RECV_WIN_SIZE"),
    (11, "CHALLENGE"),
    (12, "Q931_CC"),
    (13, "CHALLENGE_RESP"),
    (14, "ASSND_SESS_ID"),
    (15, "CALL_SER_NUM"),
    (16, "MINIMUM_BPS"),
    (17, "MAXIMUM_BPS"),
    (18, "BEARER_TYPE"),
    (19, "FRAMING_TYPE"),
    (20, "PACKET_PROC_DELAY"),
    (21, "CALLED_NUMBER"),
    (22, "CALLING_NUMBER"),
    (23, "SUB_ADDRESS"),
    (24, "TX_CONN_SPEED"),
    (25, "PHY_CHANNEL_ID"),
    (26, "INI_RECV_LCP"),
    (27, "LAST_SENT_LCP"),
    (28, "LAST_RECV_LCP"),
    (29, "PROXY_AUTH_TYPE"),
    (30, "PROXY_AUTH_NAME"),
    (31, "PROXY_AUTH_CHAL"),
    (32, "PROXY_AUTH_ID"),
    (33, "PROXY_AUTH_RESP"),
    (34, "CALL_ERRORS"),
    (35, "ACCM"),
    (36, "RANDOM_VECTOR"),
    (37, "PRIVATE_GRP_ID"),
    (38, "RX_CONN_SPEED"),
    (39, "SEQ_REQUIRED"),
    (46, "PPP_DISCON_CC"),
];
const MESSAGES: NameTable = &[
    (1, "SCCRQ"),
    (2, "SCCRP"),
    (3, "SCCCN"),
    (4, "StopCCN"),
    (6, "HELLO"),
    (7, "OCRQ"),
    (8, "OCRP"),
    (9, "OCCN"),
    (10, "ICRQ"),
    (11, "ICRP"),
    (12, "ICCN"),
    (14, "CDN"),
    (15, "WEN"),
    (16, "SLI"),
];
const FRAMING: Flags = &[(2, "A"), (1, "S")];
const BEARERS: Flags = &[(2, "A"), (1, "D")];
const AUTHENTICATIONS: NameTable =
    &[(0, "Reserved"), (1, "Textual"), (2, "CHAP"), (3, "PAP"), (4, "No Auth"), (5, "MS-CHAPv1")];
const DIRECTIONS: NameTable = &[(0, "global error"), (1, "at peer"), (2, "at local")];
/// What a count of errors is called on the line, and its key.
const ERRORS: [(&str, &str); 6] = [
    ("CRCErr=", "crc_errors"),
    ("FrameErr=", "framing_errors"),
    ("HardOver=", "hardware_overruns"),
    ("BufOver=", "buffer_overruns"),
    ("Timeout=", "timeouts"),
    ("AlignErr=", "alignment_errors"),
];
const MAPS: [(&str, &str); 2] = [("send=", "send"), ("recv=", "receive")];

/// Says the attributes that all of `p` is.
pub(super) fn say(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        out.say(" ");
        out.item(|out| attribute(&mut p, out))?;
    }
    Ok(())
}

fn attribute(p: &mut Cursor, out: &mut Out) -> Dissect {
    let start = *p;
    let first = p.be16()?;
    let length = usize::from(first & LENGTH);
    if length < HEADER {
        return Err(out.lie("AVP length", length, "<", HEADER));
    }
    if length > start.claimed() {
        write!(out, " (len > {})", start.claimed());
        return Err(Stop::Invalid);
    }
    start.need(length)?;
    let (mandatory, hidden) = (first & MANDATORY != 0, first & HIDDEN != 0);
    out.note_that("mandatory", mandatory).note_that("hidden", hidden).note("length", length);
    out.say(if mandatory { "*" } else { "" }).say(if hidden { "?" } else { "" });
    let (vendor, kind) = (p.be16()?, p.be16()?);
    let value = Cursor::new(p.take(length - HEADER)?, length - HEADER);
    if vendor != 0 {
        out.say("VENDOR").hex0("vendor", vendor, 4).say(":ATTR").hex0("type", kind, 4).say("(");
        out.bytes("value", value.rest()).say(")");
        return Ok(());
    }
    out.note("vendor", vendor).name("type", kind, TYPES, "AVP-#%u").say("(");
    let read = if hidden {
        out.say("???").aside(|out| _ = out.bytes("value", value.rest()));
        Ok(())
    } else {
        say_value(kind, value, out)
    };
    // What ends early here is the value, which was captured.
    if read.is_err() {
        out.say("AVP too short").note_that("short", true);
    }
    out.say(")");
    Ok(())
}

/// A value; it fails where it is too short for its type.
fn say_value(kind: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    const KEY: &str = "value";
    match kind {
        0 => _ = out.name(KEY, p.be16()?, MESSAGES, "MSGTYPE-#%u"),
        1 => result(p, out)?,
        2 => {
            let [version, revision] = p.array()?;
            out.num("version", version).say(".").num("revision", revision);
        }
        3 | 19 => _ = out.letters(KEY, p.be32()?, FRAMING, ""),
        4 | 18 => _ = out.letters(KEY, p.be32()?, BEARERS, ""),
        5 => _ = out.bytes(KEY, p.take(8)?),
        6 | 9 | 10 | 14 => _ = out.num(KEY, p.be16()?),
        7 | 8 | 21 | 22 | 23 | 30 | 37 => _ = out.chars(KEY, p.rest()),
        11 | 26 | 27 | 28 | 31 | 33 | 36 => _ = out.bytes(KEY, p.rest()),
        12 => cause(p, out)?,
        13 => _ = out.bytes(KEY, p.take(16)?),
        15 | 16 | 17 | 24 | 25 | 38 => _ = out.num(KEY, p.be32()?),
        20 => _ = out.say("obsolete"),
        29 => _ = out.name(KEY, p.be16()?, AUTHENTICATIONS, "AuthType-#%u"),
        32 => _ = out.num(KEY, p.be16()? & 0xff),
        34 => {
            p.skip(2)?;
            for (words, key) in ERRORS {
                let count = p.be32()?;
                out.say(words).num(key, count).say(" ");
            }
        }
        35 => {
            p.skip(2)?;
            for (words, key) in MAPS {
                let map = p.be32()?;
                out.say(words).hex0(key, map, 8).say(" ");
            }
        }
        46 => disconnected(p, out)?,
        _ => {}
    }
    Ok(())
}

/// A result code, maybe an error code, maybe a message.
fn result(mut p: Cursor, out: &mut Out) -> Dissect {
    let code = p.be16()?;
    out.num("result", code);
    if p.is_empty() {
        return Ok(());
    }
    if p.captured() < 2 {
        out.say(" ");
    }
    let error = p.be16()?;
    out.say("/").num("error", error);
    message(p, out);
    Ok(())
}

fn message(p: Cursor, out: &mut Out) {
    if !p.is_empty() {
        out.say(" ").chars("message", p.rest());
    }
}

/// A cause as Q.931 has it, and its message type.
fn cause(mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(3)?;
    let (cause, kind) = (p.be16()?, p.u8()?);
    out.num("cause", cause).say(", ").hex0("message_type", kind, 2);
    message(p, out);
    Ok(())
}

/// Why PPP ended.
fn disconnected(mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(5)?;
    let (code, protocol, direction) = (p.be16()?, p.be16()?, p.u8()?);
    out.hex0("code", code, 4).say(", ").hex0("protocol", protocol, 4).say(" ");
    out.name("direction", direction, DIRECTIONS, "Direction-#%u");
    message(p, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::L2TP;
    use crate::testing::{bytes, check, values};

    /// A message with one attribute of this type and value.
    fn message(first: u16, vendor: u16, kind: u16, value: &str) -> String {
        let n = bytes(value).len() + 6;
        format!("c002 {:04x} 0001 0002 {:04x} {vendor:04x} {kind:04x} {value}", n + 8, usize::from(first) + n)
    }

    #[test]
    fn values_of_every_kind() {
        for (kind, value, said) in [
            (0, "0001", "MSGTYPE(SCCRQ)"),
            (0, "0005", "MSGTYPE(MSGTYPE-#5)"),
            (0, "00", "MSGTYPE(AVP too short)"),
            (1, "0001", "RESULT_CODE(1)"),
            (1, "0001 00", "RESULT_CODE(1 AVP too short)"),
            (1, "0001 0002", "RESULT_CODE(1/2)"),
            (1, "0001 0002 6869", "RESULT_CODE(1/2 hi)"),
            (2, "0100", "PROTO_VER(1.0)"),
            (3, "00000003", "FRAMING_CAP(AS)"),
            (4, "00000003", "BEARER_CAP(AD)"),
            (5, "0102030405060708 09", "TIE_BREAKER(0102030405060708)"),
            (5, "01020304050607", "TIE_BREAKER(AVP too short)"),
            (6, "0120", "FIRM_VER(288)"),
            (7, "6c6163", "HOST_NAME(lac)"),
            (11, "abcd", "CHALLENGE(abcd)"),
            (12, "0010 45 6279", "Q931_CC(16, 45 by)"),
            (12, "0010", "Q931_CC(AVP too short)"),
            (13, "000102030405060708090a0b0c0d0e0f", "CHALLENGE_RESP(000102030405060708090a0b0c0d0e0f)"),
            (15, "00000007", "CALL_SER_NUM(7)"),
            (18, "00000001", "BEARER_TYPE(D)"),
            (19, "00000002", "FRAMING_TYPE(A)"),
            (20, "0000", "PACKET_PROC_DELAY(obsolete)"),
            (29, "0002", "PROXY_AUTH_TYPE(CHAP)"),
            (29, "0009", "PROXY_AUTH_TYPE(AuthType-#9)"),
            (32, "ff07", "PROXY_AUTH_ID(7)"),
            (34, "0000 00000001 00000002 0000", "CALL_ERRORS(CRCErr=1 FrameErr=2 AVP too short)"),
            (35, "0000 0000000f 000000ff", "ACCM(send=0000000f recv=000000ff )"),
            (39, "", "SEQ_REQUIRED()"),
            (46, "0003 c021 01 6279", "PPP_DISCON_CC(0003, c021 at peer by)"),
            (46, "0003 c021 09", "PPP_DISCON_CC(0003, c021 Direction-#9)"),
            (99, "0003", "AVP-#99()"),
        ] {
            check(&L2TP, &message(0, 0, kind, value), "", &format!(" l2tp:[TL](1/2) {said}"));
        }
    }

    #[test]
    fn vendors_and_secrets() {
        check(&L2TP, &message(0x8000, 9, 1, "abcd"), "", " l2tp:[TL](1/2) *VENDOR0009:ATTR0001(abcd)");
        check(&L2TP, &message(0xc000, 0, 7, "abcd"), "", " l2tp:[TL](1/2) *?HOST_NAME(???)");
        assert!(
            values(&L2TP, &message(0, 0, 34, "0000 00000001")).contains(r#""crc_errors":1,"short":true"#)
        );
    }
}
