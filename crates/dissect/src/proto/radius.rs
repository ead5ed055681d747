//! RADIUS, Remote Authentication Dial In User Service (RFC 2865, RFC 2866), and its attributes.
//!
//! ```text
//! message:    | code | identifier | length (2), all of it | authenticator (16) | attributes ..
//! attribute:  | type | length, all of it | value ..
//! ```

use crate::prelude::*;

mod attributes;
mod values;

/// RADIUS.
pub static RADIUS: Protocol = Protocol { name: "radius", dissect };

const CODES: NameTable = &[
    (1, "Access-Request"),
    (2, "Access-Accept"),
    (3, "Access-Reject"),
    (4, "Accounting-Request"),
    (5, "Accounting-Response"),
    (11, "Access-Challenge"),
    (12, "Status-Server"),
    (13, "Status-Client"),
    (40, "Disconnect-Request"),
    (41, "Disconnect-ACK"),
    (42, "Disconnect-NAK"),
    (43, "CoA-Request"),
    (44, "CoA-ACK"),
    (45, "CoA-NAK"),
    (255, "Reserved"),
];

/// Bytes of a message without attributes.
const HEADER: usize = 20;
/// RFC 2865 section 3.
const LONGEST: usize = 4096;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("RADIUS");
    let present = p.claimed();
    if present < HEADER {
        return Err(out.lie("length", present, "<", HEADER));
    }
    let (code, id, length) = (p.u8()?, p.u8()?, usize::from(p.be16()?));
    for (lies, op, limit) in
        [(length < HEADER, "<", HEADER), (length > LONGEST, ">", LONGEST), (length > present, ">", present)]
    {
        if lies {
            return Err(out.lie("length", length, op, limit));
        }
    }
    if cx.verbose() == 0 {
        out.say(", ").named("code", code, CODES, "Unknown Command");
        out.say(", id: 0x").hex0("id", id, 2).say(", length: ").num("length", length);
        return Ok(());
    }
    let authenticator: [u8; 16] = p.array()?;
    out.say(", length: ").num("length", length);
    out.say("\n\t").named("code", code, CODES, "Unknown Command");
    out.say(", id: 0x").hex0("id", id, 2);
    out.say(", Authenticator: ").bytes("authenticator", &authenticator);
    attributes::say(cx, p.claiming(length - HEADER), out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEAD: &str = "000102030405060708090a0b0c0d0e0f";

    #[test]
    fn messages() {
        let hex = format!("01 07 0019 {HEAD} 01 05 626f62");
        check(&RADIUS, &hex, "", "RADIUS, Access-Request (1), id: 0x07, length: 25");
        let said = format!(
            "RADIUS, length: 25\n\tAccess-Request (1), id: 0x07, Authenticator: {HEAD}\
             \n\t  User-Name Attribute (1), length: 5, Value: bob"
        );
        check(&RADIUS, &hex, "-v", &said);
        check(&RADIUS, &hex, "-vv", &format!("{said}\n\t    0x0000:  626f 62"));
        assert_eq!(
            values(&RADIUS, &hex),
            format!(
                r#"{{"radius":{{"length":25,"code":1,"id":7,"authenticator":"{HEAD}","attributes":[{{"type":1,"length":5,"text":"bob","value":"626f62"}}]}}}}"#
            )
        );
    }

    #[test]
    fn lengths_that_lie() {
        check(&RADIUS, "01", "", "RADIUS [length 1 < 20] (invalid)");
        check(&RADIUS, &format!("01 07 0010 {HEAD}"), "", "RADIUS [length 16 < 20] (invalid)");
        check(&RADIUS, &format!("01 07 1001 {HEAD}"), "", "RADIUS [length 4097 > 4096] (invalid)");
        check(&RADIUS, &format!("01 07 0015 {HEAD}"), "", "RADIUS [length 21 > 20] (invalid)");
    }
}
