//! Kerberos, of which version 4 is explained (source: Miller, Neuman, Schiller and Saltzer, "Kerberos Authentication
//! and Authorization System", Athena Technical Plan, section E.2.1, appendix I) and version 5 is named (RFC 4120).
//!
//! ```text
//! | version (1) | type, and in the lowest bit the order of bytes (1) | fields ..   text ends with a NUL
//! request:      | name | instance | realm | time (4) | lifetime (1) | service | instance |
//! reply:        | name | instance | realm | time (4) | n (1) | expiry (4) | key version (1) | length (2) | ..
//! application:  | key version (1) | realm | ticket length (1) | authenticator length (1) | ..
//! error:        | name | instance | realm | time (4) | code (4) | text |
//! ```

use crate::prelude::*;

/// Kerberos.
pub static KRB: Protocol = Protocol { name: "kerberos", dissect };

const V4: u8 = 4;
/// The tags that an initial request of version 5 and its reply begin with.
const V5: &[u8] = &[106, 107];

const REQUEST: u8 = 2;
const REPLY: u8 = 4;
const APPLICATION: u8 = 6;
const ERROR: u8 = 10;
const TYPES: NameTable = &[
    (REQUEST as u32, "KDC_REQUEST"),
    (REPLY as u32, "KDC_REPLY"),
    (APPLICATION as u32, "APPL_REQUEST"),
    (8, "APPL_REQUEST_MUTUAL"),
    (ERROR as u32, "ERR_REPLY"),
    (12, "PRIVATE"),
    (14, "SAFE"),
    (16, "APPL_ERR"),
    (126, "DIE"),
];
const ERRORS: NameTable = &[
    (0, "OK"),
    (1, "NAME_EXP"),
    (2, "SERVICE_EXP"),
    (3, "AUTH_EXP"),
    (4, "PKT_VER"),
    (5, "NAME_MAST_KEY_VER"),
    (6, "SERV_MAST_KEY_VER"),
    (7, "BYTE_ORDER"),
    (8, "PRINCIPAL_UNKNOWN"),
    (9, "PRINCIPAL_NOT_UNIQUE"),
    (10, "NULL_KEY"),
];
/// Minutes in a unit of lifetime.
const LIFETIME: u16 = 5;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("kerberos");
    let version = p.u8()?;
    match version {
        1..=3 => {
            out.say(" v").num("version", version);
        }
        V4 => {
            out.say(" v").num("version", version);
            let done = version_4(p, out);
            // Text that does not end is a cut, which does not end the packet.
            if done == Err(Stop::Invalid) {
                return cx.soft_cut(out);
            }
            return done;
        }
        _ if V5.contains(&version) => {
            out.say(" v5").note("version", 5u8);
        }
        _ => {}
    }
    Ok(())
}

fn version_4(mut p: Cursor, out: &mut Out) -> Dissect {
    let byte = p.u8()?;
    let (kind, little) = (byte & !1, byte & 1 != 0);
    out.say(if little { " le " } else { " be " }).note_that("little_endian", little);
    out.name("type", kind, TYPES, "#%u").say(": ");
    let short = |p: &mut Cursor| if little { p.le16() } else { p.be16() };
    match kind {
        REQUEST => {
            principal(&mut p, out)?;
            p.pass(4);
            let lifetime = p.u8()?;
            out.say(" ").num("lifetime", u16::from(lifetime) * LIFETIME).say("min ");
            text("service", &mut p, out)?;
            text("service_instance", &mut p, out.say("."))
        }
        REPLY => {
            principal(&mut p, out)?;
            p.pass(10);
            let length = short(&mut p)?;
            out.say(" (").num("length", length).say(")");
            Ok(())
        }
        APPLICATION => {
            let version = p.u8()?;
            out.say("v").num("key_version", version).say(" ");
            text("realm", &mut p, out)?;
            let ticket = p.u8()?;
            out.say(" (").num("ticket_length", ticket).say(")");
            let authenticator = p.u8()?;
            out.say(" (").num("authenticator_length", authenticator).say(")");
            Ok(())
        }
        ERROR => {
            principal(&mut p, out)?;
            p.pass(4);
            let code = short(&mut p)?;
            out.say(" ").name("error", code, ERRORS, "#%u").say(" ");
            p.pass(2);
            text("error_text", &mut p, out)
        }
        _ => {
            out.say("(unknown)");
            Ok(())
        }
    }
}

/// Who asks.
fn principal(p: &mut Cursor, out: &mut Out) -> Dissect {
    text("name", p, out)?;
    text("instance", p, out.say("."))?;
    text("realm", p, out.say("@"))
}

/// Characters up to a NUL.
fn text(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let rest = p.rest();
    let Some(end) = rest.iter().position(|c| *c == 0) else {
        out.chars(key, rest);
        return Err(Stop::Invalid);
    };
    out.chars(key, p.take(end)?);
    p.skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// ann.@R
    const ANN: &str = "616e6e00 00 5200";

    #[test]
    fn messages_of_version_4() {
        check(
            &KRB,
            &format!("04 03 {ANN} 00000001 60 6b726200 5200"),
            "",
            "kerberos v4 le KDC_REQUEST: ann.@R 480min krb.R",
        );
        check(
            &KRB,
            &format!("04 04 {ANN} 00000001 01 00000002 03 0010"),
            "-v",
            "kerberos v4 be KDC_REPLY: ann.@R (16)",
        );
        check(&KRB, "04 06 01 5200 10 20", "", "kerberos v4 be APPL_REQUEST: v1 R (16) (32)");
        let error = format!("04 0b {ANN} 00000001 08000000 6e6f00");
        check(&KRB, &error, "", "kerberos v4 le ERR_REPLY: ann.@R PRINCIPAL_UNKNOWN no");
        check(&KRB, "04 0c", "", "kerberos v4 be PRIVATE: (unknown)");
        check(&KRB, "04 20", "", "kerberos v4 be #32: (unknown)");
        assert_eq!(
            values(&KRB, &error),
            "{\"kerberos\":{\"version\":4,\"little_endian\":true,\"type\":10,\"name\":\"ann\",\"instance\":\"\",\
             \"realm\":\"R\",\"error\":8,\"error_text\":\"no\"}}"
        );
    }

    #[test]
    fn other_versions() {
        check(&KRB, "02", "", "kerberos v2");
        check(&KRB, "6a 81", "", "kerberos v5");
        check(&KRB, "7e 81", "", "kerberos");
    }

    #[test]
    fn cuts() {
        check(&KRB, "", "", "kerberos [|kerberos]");
        check(&KRB, "04 02 616e6e", "", "kerberos v4 be KDC_REQUEST: ann [|kerberos]");
        check(&KRB, &format!("04 02 {ANN} 0000"), "", "kerberos v4 be KDC_REQUEST: ann.@R [|kerberos]");
        check(&KRB, "04 06 01 52", "", "kerberos v4 be APPL_REQUEST: v1 R [|kerberos]");
    }
}
