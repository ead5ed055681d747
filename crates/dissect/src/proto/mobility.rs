//! The mobility header, by which nodes say where they are (RFC 6275).
//!
//! ```text
//! | payload proto |   length / 8  |    type       |   reserved    |
//! |           checksum            | what the type says it is ..
//! option:  |     type      |    length     | data ..
//! ```

use crate::prelude::*;

/// Mobility.
pub static MOBILITY: Protocol = Protocol { name: "mobility", dissect };

const NO_NEXT_HEADER: u8 = 59;
const REQUEST: u8 = 0;
const HOME_TEST_INIT: u8 = 1;
const CARE_OF_TEST_INIT: u8 = 2;
const HOME_TEST: u8 = 3;
const CARE_OF_TEST: u8 = 4;
const UPDATE: u8 = 5;
const ACK: u8 = 6;
const ERROR: u8 = 7;
const TYPES: NameTable = &[
    (REQUEST as u32, "BRR"),
    (HOME_TEST_INIT as u32, "HoTI"),
    (CARE_OF_TEST_INIT as u32, "CoTI"),
    (HOME_TEST as u32, "HoT"),
    (CARE_OF_TEST as u32, "CoT"),
    (UPDATE as u32, "BU"),
    (ACK as u32, "BA"),
    (ERROR as u32, "BE"),
];
/// Bytes before the options, by type.
const HEADERS: [usize; 8] = [8, 16, 16, 24, 24, 12, 12, 24];
/// Of an update: acknowledge, home registration, link-local, key management.
const UPDATE_FLAGS: Flags = &[(0x80, "A"), (0x40, "H"), (0x20, "L"), (0x10, "K")];

const PAD1: u8 = 0;
const PADN: u8 = 1;
const REFRESH: u8 = 2;
const ALTERNATE: u8 = 3;
const NONCES: u8 = 4;
const AUTH: u8 = 5;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut head = p;
    out.say("mobility: ");
    let payload = head.u8()?;
    out.note("payload_protocol", payload);
    if payload != NO_NEXT_HEADER {
        write!(out, "(payload protocol {payload} should be {NO_NEXT_HEADER}) ");
    }
    let units = head.u8()?;
    let length = (usize::from(units) + 1) * 8;
    let kind = head.u8()?;
    let header = HEADERS.get(usize::from(kind)).copied();
    out.name("type", kind, TYPES, "type-#%u");
    if let Some(least) = header.map(|header| header.next_multiple_of(8))
        && length < least
    {
        write!(out, " (header length {length} < {least})");
        return Err(Stop::Invalid);
    }
    let Some(header) = header else {
        out.say(" len=").num("units", units);
        return Ok(());
    };
    out.note("length", length);
    match kind {
        HOME_TEST_INIT | CARE_OF_TEST_INIT | HOME_TEST | CARE_OF_TEST => test(cx, p, kind, out)?,
        UPDATE => update(p, out)?,
        ACK => ack(p, out)?,
        ERROR => {
            let status = p.at(6).u8()?;
            out.say(" status=").num("status", status);
            let home = p.at(8).array()?;
            out.say(" homeaddr ").ip6("home", home);
        }
        _ => {}
    }
    if cx.verbose() > 0 {
        return out.list("options", |out| options(p.at(header).claiming(length - header), out));
    }
    Ok(())
}

/// Whether a node can be reached at home, or where it says it is.
fn test(cx: &Cx, p: Cursor, kind: u8, out: &mut Out) -> Dissect {
    let answer = matches!(kind, HOME_TEST | CARE_OF_TEST);
    let path = if matches!(kind, HOME_TEST | HOME_TEST_INIT) { " Home" } else { " Care-of" };
    if answer {
        let nonce = p.at(6).be16()?;
        out.say(" nonce id=0x").hex("nonce", nonce);
    }
    if cx.verbose() > 0 {
        halves(p.at(8), path, " Init Cookie=", "cookie", out)?;
    }
    if cx.verbose() > 0 && answer {
        halves(p.at(16), path, " Keygen Token=", "token", out)?;
    }
    Ok(())
}

fn halves(mut p: Cursor, path: &str, words: &str, key: &str, out: &mut Out) -> Dissect {
    let (high, low) = (p.be32()?, p.be32()?);
    out.say(path).say(words);
    out.phrase(key, |out| {
        out.hex0("", high, 8).say(":").hex0("", low, 8);
        Ok(())
    })
}

fn update(p: Cursor, out: &mut Out) -> Dissect {
    let mut body = p.at(6);
    let sequence = body.be16()?;
    out.say(" seq#=").num("seq", sequence);
    let flags = body.u8()?;
    out.say(if flags & 0xf0 != 0 { " " } else { "" }).letters("flags", flags, UPDATE_FLAGS, "");
    body.skip(1)?;
    let lifetime = body.be16()?;
    out.say(" lifetime=").num("lifetime_s", u32::from(lifetime) * 4);
    Ok(())
}

fn ack(p: Cursor, out: &mut Out) -> Dissect {
    let mut body = p.at(6);
    let status = body.u8()?;
    out.say(" status=").num("status", status);
    let key_management = body.u8()? & 0x80 != 0;
    out.say(if key_management { " K" } else { "" }).note_that("key_management", key_management);
    let sequence = body.be16()?;
    out.say(" seq#=").num("seq", sequence);
    let lifetime = body.be16()?;
    out.say(" lifetime=").num("lifetime_s", u32::from(lifetime) * 4);
    Ok(())
}

fn options(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let mut body = p;
        let kind = body.u8()?;
        let length = if kind == PAD1 {
            1
        } else {
            out.enough("remaining length", &p, 2)?;
            usize::from(body.u8()?) + 2
        };
        out.enough("remaining length", &p, length)?;
        p.need(length)?;
        out.item(|out| option(p, body, kind, length, out))?;
        p.pass(length);
    }
    Ok(())
}

/// One option of `length` bytes, in what is left for it and all others; `body` is behind its header.
fn option(left: Cursor, mut body: Cursor, kind: u8, length: usize, out: &mut Out) -> Dissect {
    out.note("type", kind);
    if kind != PAD1 {
        out.note("length", length - 2);
    }
    let least = |bytes: usize, out: &mut Out| out.enough("remaining length", &left, bytes);
    match kind {
        PAD1 => _ = out.say("(pad1)"),
        PADN => _ = out.say("(padn)"),
        REFRESH => {
            out.say("(refresh: ");
            least(4, out)?;
            let interval = body.be16()?;
            out.num("refresh_s", u32::from(interval) * 4).say(")");
        }
        ALTERNATE => {
            out.say("(alt-CoA: ");
            least(18, out)?;
            let addr = body.array()?;
            out.ip6("care_of", addr).say(")");
        }
        NONCES => {
            out.say("(ni: ");
            least(6, out)?;
            let (home, care_of) = (body.be16()?, body.be16()?);
            out.say("ho=0x").hex0("home_nonce", home, 4).say(" co=0x").hex0("care_of_nonce", care_of, 4);
            out.say(")");
        }
        AUTH => {
            out.say("(auth)");
            least(12, out)?;
        }
        _ => _ = write!(out, "(unknown: type-#{kind} len={})", length - 2),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn tests_of_where_a_node_is() {
        check(&MOBILITY, "3b 01 01 00 0000 0000 0000000100000002", "", "mobility: HoTI");
        let said = "mobility: HoTI Home Init Cookie=00000001:00000002";
        check(&MOBILITY, "3b 01 01 00 0000 0000 0000000100000002", "-v", said);
        check(
            &MOBILITY,
            "3b 02 04 00 0000 00ff 0000000100000002 0000000300000004",
            "-v",
            "mobility: CoT nonce id=0xff Care-of Init Cookie=00000001:00000002 \
             Care-of Keygen Token=00000003:00000004",
        );
    }

    #[test]
    fn an_update_with_options() {
        let update = "3b 07 05 00 0000 03e8 a000 0384 00 01 01 00 02 02 0708 \
                      03 10 20010db8000000000000000000000001 04 04 04d2 162e \
                      05 0a 00000000000000000000 63 01 00 00 00 00 00 00";
        check(&MOBILITY, update, "", "mobility: BU seq#=1000 AL lifetime=3600");
        let lie = update.replace("63 01", "63 07");
        check(
            &MOBILITY,
            update,
            "-v",
            "mobility: BU seq#=1000 AL lifetime=3600(pad1)(padn)(refresh: 7200)(alt-CoA: 2001:db8::1)\
             (ni: ho=0x04d2 co=0x162e)(auth)(unknown: type-#99 len=1)(pad1)(pad1)(pad1)(pad1)(pad1)",
        );
        check(
            &MOBILITY,
            &lie,
            "-v",
            "mobility: BU seq#=1000 AL lifetime=3600(pad1)(padn)(refresh: 7200)(alt-CoA: 2001:db8::1)\
             (ni: ho=0x04d2 co=0x162e)(auth) [remaining length 8 < 9] (invalid)",
        );
        let said = values(&MOBILITY, update);
        let option = r#"{"type":4,"length":4,"home_nonce":1234,"care_of_nonce":5678}"#;
        assert!(said.contains(option), "{said}");
    }

    #[test]
    fn answers() {
        let said = "mobility: BA status=7 K seq#=1 lifetime=4";
        check(&MOBILITY, "3b 01 06 00 0000 07 80 0001 0001 0102 0000", "", said);
        check(
            &MOBILITY,
            "06 02 07 00 0000 01 00 20010db8000000000000000000000001",
            "",
            "mobility: (payload protocol 6 should be 59) BE status=1 homeaddr 2001:db8::1",
        );
        check(&MOBILITY, "3b 01 20 00", "", "mobility: type-#32 len=1");
        let said = "mobility: HoT (header length 8 < 24) (invalid)";
        check(&MOBILITY, "3b 00 03 00", "", said);
    }
}
