//! EAP, the Extensible Authentication Protocol (RFC 3748): a message as it lies in EAPOL or in RADIUS.
//!
//! ```text
//! | code | identifier | length (2), all of it |  of a request or a response:  | type | data ..
//! ```

use crate::prelude::*;

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const CODES: NameTable = &[(1, "Request"), (2, "Response"), (3, "Success"), (4, "Failure")];

const IDENTITY: u8 = 1;
const NOTIFICATION: u8 = 2;
const NAK: u8 = 3;
const TLS: u8 = 13;
const SIM: u8 = 18;
const TTLS: u8 = 21;
const AKA: u8 = 23;
const FAST: u8 = 43;
const TYPES: NameTable = &[
    (0, "No proposed"),
    (1, "Identity"),
    (2, "Notification"),
    (3, "Nak"),
    (4, "MD5-challenge"),
    (5, "OTP"),
    (6, "GTC"),
    (13, "TLS"),
    (18, "SIM"),
    (21, "TTLS"),
    (23, "AKA"),
    (43, "FAST"),
    (254, "Expanded types"),
    (255, "Experimental"),
];

/// RFC 5216 section 3.1.
const TLS_FLAGS: Flags = &[(0x80, "L bit"), (0x40, "More fragments bit"), (0x20, "Start bit")];
const WITH_LENGTH: u8 = 0x80;
const TLS_VERSION: u8 = 0x07;

/// RFC 4187 section 11, RFC 4186 section 11.
const SUBTYPES: NameTable = &[
    (1, "Challenge"),
    (2, "Auth reject"),
    (4, "Sync failure"),
    (5, "Identity"),
    (10, "Start"),
    (11, "Challenge"),
    (12, "Notification"),
    (13, "Reauth"),
    (14, "Client error"),
];

/// Says the message that `p` claims to be. A message cut in pieces by whoever carries it is not put together.
pub fn say(mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    let ([code, id], length) = (p.array()?, p.be16()?);
    if usize::from(length) != message.claimed() {
        out.say("EAP fragment?").note_that("fragment", true);
        return Ok(());
    }
    out.named("code", code, CODES, "unknown").say(", id ").num("id", id).say(", len ").num("length", length);
    if length < 4 {
        out.say(" (too short for EAP header)").note_that("invalid", true);
        return Ok(());
    }
    p.need(p.claimed())?;
    let mut p = p.sub(p.claimed());
    if !matches!(code, REQUEST | RESPONSE) {
        return Ok(());
    }
    let Ok(kind) = p.u8() else { return too_short("", out) };
    out.say("\n\t\t Type ").named("type", kind, TYPES, "unknown");
    data(kind, p, out)
}

fn too_short(what: &str, out: &mut Out) -> Dissect {
    out.say(" (too short for EAP ").say(what).say("request/response)").note_that("invalid", true);
    Ok(())
}

fn data(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    match kind {
        IDENTITY if length > 0 => _ = out.say(", Identity: ").padded_chars_of("identity", &mut p, length)?,
        NOTIFICATION if length > 0 => {
            out.say(", Notification: ").padded_chars_of("notification", &mut p, length)?;
        }
        NOTIFICATION => return too_short("Notification ", out),
        NAK if length > 0 => out.list("wanted", |out| {
            let mut before = " ";
            while let Ok(kind) = p.u8() {
                out.say(std::mem::replace(&mut before, ", ")).named("", kind, TYPES, "unknown");
            }
            Ok(())
        })?,
        NAK => return too_short("Legacy NAK ", out),
        TLS => return tls("", "TLS/TTLS ", p, out),
        TTLS => return tls(" TTLSv", "TLS/TTLS ", p, out),
        FAST => return tls(" FASTv", "FAST ", p, out),
        AKA | SIM => {
            let Ok(subtype) = p.u8() else { return too_short("SIM/AKA ", out) };
            out.say(" subtype [").name("subtype", subtype, SUBTYPES, "unknown").say("]");
            write!(out, " 0x{subtype:02x}");
        }
        _ => {}
    }
    out.aside(|out| _ = out.bytes("data", p.rest()));
    Ok(())
}

/// The methods that carry TLS.
fn tls(version: &str, what: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    let Ok(flags) = p.u8() else { return too_short(what, out) };
    if !version.is_empty() {
        out.say(version).num("version", flags & TLS_VERSION);
    }
    out.say(" flags [").flags("flags", flags, TLS_FLAGS, "none").say("]");
    write!(out, " 0x{flags:02x}");
    if flags & WITH_LENGTH != 0 {
        let Ok(length) = p.be32() else {
            out.say(" (too short for EAP ").say(what).say("request/response with length)");
            out.note_that("invalid", true);
            return Ok(());
        };
        out.say(", len ").num("tls_length", length);
    }
    out.aside(|out| _ = out.bytes("data", p.rest()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    static MESSAGE: Protocol = Protocol { name: "eap", dissect: |_, p, out| say(p, out) };

    #[test]
    fn messages() {
        let says = |hex: &str, words: &str| check(&MESSAGE, hex, "-v", words);
        says("0301 0004", "Success (3), id 1, len 4");
        says("0201 0007 01 6869", "Response (2), id 1, len 7\n\t\t Type Identity (1), Identity: hi");
        says("0101 0006 02 21", "Request (1), id 1, len 6\n\t\t Type Notification (2), Notification: !");
        says("0201 0007 03 0d15", "Response (2), id 1, len 7\n\t\t Type Nak (3) TLS (13), TTLS (21)");
        says(
            "0101 000a 15 a1 00000010",
            "Request (1), id 1, len 10\n\t\t Type TTLS (21) TTLSv1 flags [L bit, Start bit] 0xa1, len 16",
        );
        says("0101 0006 17 01", "Request (1), id 1, len 6\n\t\t Type AKA (23) subtype [Challenge] 0x01");
        says("0101 0005 09", "Request (1), id 1, len 5\n\t\t Type unknown (9)");
    }

    #[test]
    fn what_is_too_short() {
        let says = |hex: &str, words: &str| check(&MESSAGE, hex, "-v", words);
        says("0301 0009", "EAP fragment?");
        says("0101 0004", "Request (1), id 1, len 4 (too short for EAP request/response)");
        says(
            "0101 0005 03",
            "Request (1), id 1, len 5\n\t\t Type Nak (3) (too short for EAP Legacy NAK request/response)",
        );
        says(
            "0101 0007 2b 80 00",
            "Request (1), id 1, len 7\n\t\t Type FAST (43) FASTv0 flags [L bit] 0x80 \
             (too short for EAP FAST request/response with length)",
        );
        says("0101", " [|eap]");
        assert_eq!(
            values(&MESSAGE, "0101 0006 01 61"),
            r#"{"eap":{"code":1,"id":1,"length":6,"type":1,"identity":"a"}}"#
        );
    }
}
