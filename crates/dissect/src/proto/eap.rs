//! EAPOL: the Extensible Authentication Protocol over a LAN (IEEE 802.1X-2020 clause 11; EAP: RFC 3748).
//!
//! ```text
//! | version | type | length (2) | body ..
//! ```

use crate::parts::eap_message;
use crate::prelude::*;

/// EAPOL.
pub static EAP: Protocol = Protocol { name: "eap", dissect };

const PACKET: u8 = 0;
const TYPES: NameTable = &[
    (0, "EAP packet"),
    (1, "EAPOL start"),
    (2, "EAPOL logoff"),
    (3, "EAPOL key"),
    (4, "Encapsulated ASF alert"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let ([version, kind], length) = (p.array()?, p.be16()?);
    out.named("type", kind, TYPES, "unknown").say(" v").num("version", version);
    out.say(", len ").num("length", length);
    if cx.verbose() == 0 || kind != PACKET {
        return Ok(());
    }
    if length == 0 {
        return Err(Stop::Invalid);
    }
    out.say(", ");
    out.nest("packet", |out| eap_message::say(p.claiming(length.into()), out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn frames() {
        check(&EAP, "0101 0000", "-v", "EAPOL start (1) v1, len 0");
        check(&EAP, "0109 0002 0000", "", "unknown (9) v1, len 2");
        check(&EAP, "0100 0004 03010004", "", "EAP packet (0) v1, len 4");
        let packet = "EAP packet (0) v1, len 4, Success (3), id 1, len 4";
        check(&EAP, "0100 0004 03010004 0000", "-v", packet);
        check(&EAP, "0100 0000", "-v", "EAP packet (0) v1, len 0 (invalid)");
        check(&EAP, "0100 00", "", " [|eap]");
        assert_eq!(
            values(&EAP, "0100 0004 03010004"),
            r#"{"eap":{"type":0,"version":1,"length":4,"packet":{"code":3,"id":1,"length":4}}}"#
        );
    }
}
