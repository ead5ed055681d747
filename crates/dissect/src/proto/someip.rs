//! SOME/IP, by which the parts of a car call each other (source: AUTOSAR's SOME/IP Protocol
//! Specification R19-11).
//!
//! ```text
//! | service (2) | event, method or event (2) | length (4) | client (2) | session (2) |
//! | protocol version | interface version | message type | return code | payload ..
//! ```

use crate::prelude::*;

/// SOME/IP.
pub static SOMEIP: Protocol = Protocol { name: "someip", dissect };

const HEADER: usize = 16;
/// The number behind the service's is an event's, not a method's.
const EVENT: u16 = 0x8000;
const MESSAGES: NameTable = &[
    (0x00, "REQUEST"),
    (0x01, "REQUEST_NO_RETURN"),
    (0x02, "NOTIFICATION"),
    (0x80, "RESPONSE"),
    (0x81, "ERROR"),
    (0x20, "TP_REQUEST"),
    (0x21, "TP_REQUEST_NO_RETURN"),
    (0x22, "TP_NOTIFICATION"),
    (0xa0, "TP_RESPONSE"),
    (0xa1, "TP_ERROR"),
];
const CODES: NameTable = &[
    (0x00, "E_OK"),
    (0x01, "E_NOT_OK"),
    (0x02, "E_UNKNOWN_SERVICE"),
    (0x03, "E_UNKNOWN_METHOD"),
    (0x04, "E_NOT_READY"),
    (0x05, "E_NOT_REACHABLE"),
    (0x06, "E_TIMEOUT"),
    (0x07, "E_WRONG_PROTOCOL_VERSION"),
    (0x08, "E_WRONG_INTERFACE_VERSION"),
    (0x09, "E_MALFORMED_MESSAGE"),
    (0x0a, "E_WRONG_MESSAGE_TYPE"),
    (0x0b, "E_E2E_REPEATED"),
    (0x0c, "E_E2E_WRONG_SEQUENCE"),
    (0x0d, "E_E2E"),
    (0x0e, "E_E2E_NOT_AVAILABLE"),
    (0x0f, "E_E2E_NO_NEW_DATA"),
];

fn dissect(_: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("SOMEIP");
    out.enough("length", &p, HEADER)?;
    let (service, method) = (p.be16()?, p.be16()?);
    let event = method & EVENT != 0;
    out.say(", service ").num("service", service).say(if event { ", event " } else { ", method " });
    out.num(if event { "event" } else { "method" }, method & !EVENT);
    let length = p.be32()?;
    out.say(", len ").num("length", length);
    let (client, session) = (p.be16()?, p.be16()?);
    out.say(", client ").num("client", client).say(", session ").num("session", session);
    let version = p.u8()?;
    out.say(", pver ").num("protocol_version", version);
    let version = p.u8()?;
    out.say(", iver ").num("interface_version", version);
    let kind = p.u8()?;
    out.say(", msgtype ").name("type", kind, MESSAGES, "Unknown");
    let code = p.u8()?;
    out.say(", retcode ").name("code", code, CODES, "Unknown");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn messages() {
        let hex = "1234 0005 00000008 0007 0009 01 02 81 03";
        let said = "SOMEIP, service 4660, method 5, len 8, client 7, session 9, pver 1, iver 2, msgtype ERROR, \
                    retcode E_UNKNOWN_METHOD";
        check(&SOMEIP, hex, "", said);
        check(&SOMEIP, hex, "-v", said);
        let said = said
            .replace("method 5", "event 5")
            .replace("ERROR", "Unknown")
            .replace("E_UNKNOWN_METHOD", "Unknown");
        check(&SOMEIP, "1234 8005 00000008 0007 0009 01 02 82 10", "", &said);
        assert_eq!(
            values(&SOMEIP, hex),
            r#"{"someip":{"service":4660,"method":5,"length":8,"client":7,"session":9,"protocol_version":1,"interface_version":2,"type":129,"code":3}}"#
        );
    }

    #[test]
    fn short() {
        check(&SOMEIP, "1234 00", "", "SOMEIP [length 3 < 16] (invalid)");
    }
}
