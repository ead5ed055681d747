//! SNMP, the Simple Network Management Protocol: version 1 (RFC 1157), 2c (RFC 1901, RFC 3416) and 3 (RFC 3412, its
//! user-based security RFC 3414).
//!
//! ```text
//! message:   SEQUENCE { version, community, PDU }
//! version 3: SEQUENCE { version, SEQUENCE { id, size, flags, model }, security, SEQUENCE { engine, context, PDU } }
//! PDU:       [type] { request, error status, error index, SEQUENCE OF SEQUENCE { name, value } }
//! trap:      [4]    { enterprise, address, generic, specific, time, SEQUENCE OF SEQUENCE { name, value } }
//! ```
//! What is wrong is said in brackets, and ends the part that it is in; the parts around it close their braces.

use crate::prelude::*;
use ber::{Element, Value};

mod ber;
mod mib;

/// SNMP.
pub static SNMP: Protocol = Protocol { name: "snmp", dissect };

const VERSION_1: i32 = 0;
const VERSION_2C: i32 = 1;
const VERSION_3: i32 = 3;

const GET_REQUEST: u8 = 0;
const GET_NEXT_REQUEST: u8 = 1;
const GET_RESPONSE: u8 = 2;
const TRAP: u8 = 4;
const GET_BULK: u8 = 5;
const INFORM: u8 = 6;
const TRAP_2: u8 = 7;
const REPORT: u8 = 8;

/// RFC 3416 section 3.
const ERRORS: NameTable = &[
    (0, "noError"),
    (1, "tooBig"),
    (2, "noSuchName"),
    (3, "badValue"),
    (4, "readOnly"),
    (5, "genErr"),
    (6, "noAccess"),
    (7, "wrongType"),
    (8, "wrongLength"),
    (9, "wrongEncoding"),
    (10, "wrongValue"),
    (11, "noCreation"),
    (12, "inconsistentValue"),
    (13, "resourceUnavailable"),
    (14, "commitFailed"),
    (15, "undoFailed"),
    (16, "authorizationError"),
    (17, "notWritable"),
    (18, "inconsistentName"),
];

/// RFC 1157 section 4.1.6.
const GENERIC_TRAPS: NameTable = &[
    (0, "coldStart"),
    (1, "warmStart"),
    (2, "linkDown"),
    (3, "linkUp"),
    (4, "authenticationFailure"),
    (5, "egpNeighborLoss"),
    (6, "enterpriseSpecific"),
];
const ENTERPRISE_SPECIFIC: i32 = 6;

/// The community that nobody needs to be told.
const PUBLIC: &[u8] = b"public";

const USER_BASED: i32 = 3;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(" ");
    let done = message(cx, p, out);
    given_up(done, out)
}

/// What is wrong has been said, and the part that it is in is over.
fn given_up(done: Dissect, out: &mut Out) -> Dissect {
    match done {
        Err(Stop::Invalid) => {
            out.note_that("invalid", true);
            Ok(())
        }
        done => done,
    }
}

/// A part of a message, under its own key; the message goes on whatever is wrong in it.
fn part(key: &str, out: &mut Out, body: impl FnOnce(&mut Out) -> Dissect) -> Dissect {
    out.nest(key, |out| {
        let done = body(out);
        given_up(done, out)
    })
}

fn if_talkative(cx: &Cx, words: &str, out: &mut Out) {
    out.say(if cx.verbose() > 0 { words } else { "" });
}

fn message(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut inside = sequence(&mut p, "[!init SEQ]", out)?;
    say_extra(&p, "iSEQ", out);
    let version = integer(&mut inside, "[version!=INT]", out)?;
    out.aside(|out| _ = out.int("version", version.into()));
    let name = match version {
        VERSION_1 => "{ SNMPv1 ",
        VERSION_2C => "{ SNMPv2c ",
        VERSION_3 => "{ SNMPv3 ",
        _ => {
            write!(out, "SNMP [version = {version}]");
            return Ok(());
        }
    };
    if_talkative(cx, name, out);
    match version {
        VERSION_3 => part("message", out, |out| message_3(cx, inside, out))?,
        _ => part("message", out, |out| community(cx, inside, version, out))?,
    }
    if_talkative(cx, "} ", out);
    Ok(())
}

/// Says what lies behind an element that should be the last.
fn say_extra(p: &Cursor, what: &str, out: &mut Out) {
    if p.claimed() > 0 {
        write!(out, "[{} extra after {what}]", p.claimed());
    }
}

/// Says that an element is not what it should be, and what it is.
fn unexpected(wrong: &str, element: &Element, out: &mut Out) -> Stop {
    out.say(wrong);
    element.say("unexpected", out);
    Stop::Invalid
}

fn integer(p: &mut Cursor, wrong: &str, out: &mut Out) -> Dissect<i32> {
    let element = ber::read(p, out)?;
    match element.value {
        Value::Integer(n) => Ok(n),
        _ => Err(unexpected(wrong, &element, out)),
    }
}

fn string<'p>(p: &mut Cursor<'p>, wrong: &str, out: &mut Out) -> Dissect<&'p [u8]> {
    let element = ber::read(p, out)?;
    match element.value {
        Value::String(chars) => Ok(chars),
        _ => Err(unexpected(wrong, &element, out)),
    }
}

fn sequence<'p>(p: &mut Cursor<'p>, wrong: &str, out: &mut Out) -> Dissect<Cursor<'p>> {
    let element = ber::read(p, out)?;
    match element.value {
        Value::Sequence(inside) => Ok(inside),
        _ => Err(unexpected(wrong, &element, out)),
    }
}

/// The header of versions 1 and 2c.
fn community(cx: &mut Cx, mut p: Cursor, version: i32, out: &mut Out) -> Dissect {
    let community = string(&mut p, "[comm!=STR]", out)?;
    out.aside(|out| _ = out.chars("community", community));
    if community != PUBLIC {
        out.say("C=").aloud(|out| ber::say_string("", community, out));
        out.say(" ");
    }
    pdu(cx, p, version, out)
}

/// The header of version 3, and the message.
fn message_3(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let start = p;
    let mut header = sequence(&mut p, "[!message]", out)?;
    if_talkative(cx, "{ ", out);
    let id = integer(&mut header, "[msgID!=INT]", out)?;
    let size = integer(&mut header, "[msgMaxSize!=INT]", out)?;
    out.aside(|out| _ = out.int("id", id.into()).int("max_size", size.into()));
    let flags = match string(&mut header, "[msgFlags!=STR]", out)? {
        [flags @ (0 | 1 | 3 | 4 | 5 | 7)] => *flags,
        [flags] => {
            write!(out, "[msgFlags=0x{flags:02X}]");
            return Err(Stop::Invalid);
        }
        many => {
            write!(out, "[msgFlags size {}]", many.len());
            return Err(Stop::Invalid);
        }
    };
    out.say("F=").letters("flags", flags, &[(1, "a"), (2, "p"), (4, "r")], "").say(" ");
    let before = header;
    let model = integer(&mut header, "[msgSecurityModel!=INT]", out)?;
    out.aside(|out| _ = out.int("security_model", model.into()));
    say_more_than_last(header, before, "message SEQ", out);
    if_talkative(cx, "} ", out);
    if model != USER_BASED {
        write!(out, "[security model {model}]");
        return Err(Stop::Invalid);
    }
    if_talkative(cx, "{ USM ", out);
    // What follows begins where the header was read to.
    let mut rest = start.at(header.since(&start));
    let security = rest;
    let length = string(&mut rest, "[msgSecurityParameters!=STR]", out)?.len();
    let security = security.at(rest.since(&security) - length).claiming(length);
    part("security", out, |out| user_based(cx, security, out))?;
    if_talkative(cx, "} { ScopedPDU ", out);
    part("scoped", out, |out| scoped(cx, rest, out))?;
    if_talkative(cx, "} ", out);
    Ok(())
}

/// Says what lies behind the last element, but only if it is more than that was: so it has always been.
fn say_more_than_last(p: Cursor, before: Cursor, what: &str, out: &mut Out) {
    let last = p.since(&before);
    if last < p.claimed() {
        write!(out, "[{} extra after {what}]", p.claimed() - last);
    }
}

/// RFC 3414 section 2.4.
fn user_based(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut p = sequence(&mut p, "[!usm]", out)?;
    let engine = string(&mut p, "[msgAuthoritativeEngineID!=STR]", out)?;
    out.aside(|out| _ = out.bytes("engine", engine));
    for (words, key, wrong) in [
        ("B=", "boots", "[msgAuthoritativeEngineBoots!=INT]"),
        ("T=", "time", "[msgAuthoritativeEngineTime!=INT]"),
    ] {
        let n = integer(&mut p, wrong, out)?;
        if cx.verbose() > 0 {
            out.say(words).int(key, n.into()).say(" ");
        }
    }
    let user = string(&mut p, "[msgUserName!=STR]", out)?;
    ber::say_string("user", user, out.say("U="));
    out.say(" ");
    let proof = string(&mut p, "[msgAuthenticationParameters!=STR]", out)?;
    let before = p;
    let privacy = string(&mut p, "[msgPrivacyParameters!=STR]", out)?;
    out.aside(|out| _ = out.bytes("authentication", proof).bytes("privacy", privacy));
    say_more_than_last(p, before, "usm SEQ", out);
    Ok(())
}

/// RFC 3412 section 6.
fn scoped(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut p = sequence(&mut p, "[!scoped PDU]", out)?;
    let engine = string(&mut p, "[contextEngineID!=STR]", out)?;
    ber::say_octets("context_engine", engine, out.say("E="));
    out.say(" ");
    let name = string(&mut p, "[contextName!=STR]", out)?;
    ber::say_string("context", name, out.say("C="));
    out.say(" ");
    pdu(cx, p, VERSION_3, out)
}

fn pdu(cx: &mut Cx, mut p: Cursor, version: i32, out: &mut Out) -> Dissect {
    let element = ber::read(&mut p, out)?;
    let Value::Pdu(kind, inside) = element.value else {
        out.say("[no PDU]");
        return Err(Stop::Invalid);
    };
    say_extra(&p, "PDU", out);
    if_talkative(cx, "{ ", out);
    element.say("type", out);
    out.say(" ");
    match (version, kind) {
        (VERSION_1, GET_BULK | INFORM | TRAP_2 | REPORT) => {
            out.say("[v2 PDU in v1 message]");
            return Err(Stop::Invalid);
        }
        (VERSION_2C, TRAP) => {
            out.say("[v1 PDU in v2 message]");
            return Err(Stop::Invalid);
        }
        (_, TRAP) => part("pdu", out, |out| trap(cx, inside, out))?,
        _ => part("pdu", out, |out| request(cx, kind, inside, out))?,
    }
    if_talkative(cx, " } ", out);
    Ok(())
}

/// All but the trap of version 1.
fn request(cx: &Cx, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let id = integer(&mut p, "[reqId!=INT]", out)?;
    if cx.verbose() > 0 {
        out.say("R=").int("request", id.into()).say(" ");
    }
    // Of these, nobody has an error to tell.
    let asks = !matches!(kind, GET_RESPONSE | GET_BULK);
    let error = integer(&mut p, "[errorStatus!=INT]", out)?;
    let bulk = if kind == GET_BULK { ["non_repeaters", "max_repetitions"] } else { ["error", "error_index"] };
    let [first, second] = bulk;
    out.aside(|out| _ = out.int(first, error.into()));
    match (kind, error) {
        (GET_BULK, _) => _ = write!(out, " N={error}"),
        (_, 0) => {}
        _ if asks => {
            say_error(error, out.say("[errorStatus("));
            out.say(")!=0]");
        }
        _ => say_error(error, out.say(" ")),
    }
    let index = integer(&mut p, "[errorIndex!=INT]", out)?;
    out.aside(|out| _ = out.int(second, index.into()));
    match (kind, index) {
        (GET_BULK, _) => _ = write!(out, " M={index}"),
        (_, 0) if asks || error == 0 => {}
        (_, 0) => _ = out.say("[errorIndex==0]"),
        _ if asks => _ = write!(out, "[errorIndex({index})!=0]"),
        _ if error == 0 => _ = write!(out, "[errorIndex({index}) w/o errorStatus]"),
        _ => _ = write!(out, "@{index}"),
    }
    bindings(kind, p, out)
}

fn say_error(error: i32, out: &mut Out) {
    out.aloud(|out| _ = out.name("", error.cast_unsigned(), ERRORS, "err=%u"));
}

/// RFC 1157 section 4.1.6.
fn trap(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say(" ");
    let enterprise = ber::read(&mut p, out)?;
    if !matches!(enterprise.value, Value::ObjectId(_)) {
        return Err(unexpected("[enterprise!=OID]", &enterprise, out));
    }
    enterprise.say("enterprise", out);
    out.say(" ");
    let agent = ber::read(&mut p, out)?;
    if !matches!(agent.value, Value::Address(_)) {
        return Err(unexpected("[agent-addr!=INETADDR]", &agent, out));
    }
    agent.say("agent", out);
    let generic = integer(&mut p, "[generic-trap!=INT]", out)?;
    out.aside(|out| _ = out.int("generic", generic.into()));
    out.say(" ");
    out.aloud(|out| match crate::out::lookup(GENERIC_TRAPS, generic.cast_unsigned().into()) {
        Some(name) => _ = out.say(name),
        None => _ = write!(out, "gt={generic}"),
    });
    let specific = integer(&mut p, "[specific-trap!=INT]", out)?;
    out.aside(|out| _ = out.int("specific", specific.into()));
    match (generic, specific) {
        (ENTERPRISE_SPECIFIC, _) => _ = write!(out, " s={specific}"),
        (_, 0) => {}
        _ => _ = write!(out, "[specific-trap({specific})!=0]"),
    }
    out.say(" ");
    let time = ber::read(&mut p, out)?;
    if !matches!(time.value, Value::Unsigned(_)) {
        return Err(unexpected("[time-stamp!=TIMETICKS]", &time, out));
    }
    time.say("time", out);
    bindings(TRAP, p, out)
}

/// Names and values.
fn bindings(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut list = sequence(&mut p, "[!SEQ of varbind]", out)?;
    say_extra(&p, "SEQ of varbind", out);
    out.list("bindings", |out| {
        while list.claimed() > 0 {
            out.say(" ");
            out.item(|out| binding(kind, &mut list, out))?;
        }
        Ok(())
    })
}

fn binding(kind: u8, list: &mut Cursor, out: &mut Out) -> Dissect {
    let mut p = sequence(list, "[!varbind]", out)?;
    let name = ber::read(&mut p, out)?;
    if !matches!(name.value, Value::ObjectId(_)) {
        return Err(unexpected("[objName!=OID]", &name, out));
    }
    name.say("name", out);
    let question = matches!(kind, GET_REQUEST | GET_NEXT_REQUEST | GET_BULK);
    out.say(if question { "" } else { "=" });
    let value = ber::read(&mut p, out)?;
    if !matches!(value.value, Value::Null) {
        out.say(if question { "[objVal!=NULL]" } else { "" });
        value.say("value", out);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// An element of few bytes.
    fn tlv(tag: u8, inside: &str) -> String {
        let inside = inside.replace(' ', "");
        format!("{tag:02x}{:02x}{inside}", inside.len() / 2)
    }

    fn message(version: u8, community: &str, pdu: &str) -> String {
        let parts = [tlv(2, &format!("{version:02x}")), tlv(4, community), pdu.into()];
        tlv(0x30, &parts.concat())
    }

    fn request(kind: u8, numbers: [&str; 3], bindings: &str) -> String {
        let numbers: String = numbers.iter().map(|n| tlv(2, n)).collect();
        tlv(0xa0 | kind, &[numbers, tlv(0x30, bindings)].concat())
    }

    const NAME: &str = "06 08 2b06010201010500";
    const PUBLIC: &str = "7075626c6963";

    #[test]
    fn questions_and_answers() {
        let get = message(1, PUBLIC, &request(0, ["07", "00", "00"], &tlv(0x30, &format!("{NAME} 0500"))));
        check(&SNMP, &get, "", " GetRequest(25)  .1.3.6.1.2.1.1.5.0");
        check(&SNMP, &get, "-v", " { SNMPv2c { GetRequest(25) R=7  .1.3.6.1.2.1.1.5.0 } } ");
        let answer = |value: &str| {
            let bindings = tlv(0x30, &format!("{NAME} {value}"));
            message(0, "61", &request(2, ["07", "00", "00"], &bindings))
        };
        for (value, said) in [
            ("0402 6869", "\"hi\""),
            ("0402 6800", "68_00"),
            ("0202 ff00", "-256"),
            ("4101 05", "5"),
            ("4004 0a000001", "10.0.0.1"),
            ("4003 0a0000", "[inetaddr len!=4]10.0.0"),
            ("4609 000000000000000102", "258"),
            ("8000", "[noSuchObject]"),
            ("0603 2b8141", ".1.3.193"),
            ("0500", ""),
            ("0301 05", "[P/U/Bitstring]_05"),
            ("4401 05", "[P/A/Opaque]_05"),
            ("c001 05", "[P/x/P-0]_05"),
            ("3101 05", "C/U/Set_05"),
            ("3000", "Seq(0)"),
        ] {
            let hex = answer(value);
            let length = crate::testing::bytes(&hex).len() - 10;
            let words = format!(" C=\"a\" GetResponse({length})  .1.3.6.1.2.1.1.5.0={said}");
            check(&SNMP, &hex, "", &words);
        }
        assert_eq!(
            values(&SNMP, &answer("0402 6869")),
            r#"{"snmp":{"version":0,"message":{"community":"a","type":2,"pdu":{"request":7,"error":0,"error_index":0,"bindings":[{"name":".1.3.6.1.2.1.1.5.0","value":"hi"}]}}}}"#
        );
    }

    #[test]
    fn errors() {
        let says = |kind: u8, numbers, words: &str| {
            check(&SNMP, &message(1, PUBLIC, &request(kind, numbers, "")), "", words);
        };
        says(2, ["07", "02", "01"], " GetResponse(11)  noSuchName@1");
        says(2, ["07", "63", "00"], " GetResponse(11)  err=99[errorIndex==0]");
        says(2, ["07", "00", "01"], " GetResponse(11) [errorIndex(1) w/o errorStatus]");
        says(0, ["07", "02", "01"], " GetRequest(11) [errorStatus(noSuchName)!=0][errorIndex(1)!=0]");
        says(5, ["07", "02", "0a"], " GetBulk(11)  N=2 M=10");
    }

    #[test]
    fn a_trap() {
        let trap = |generic: &str, specific: &str| {
            let parts = [
                tlv(6, "2b0601040109"),
                tlv(0x40, "0a000001"),
                tlv(2, generic),
                tlv(2, specific),
                tlv(0x43, "64"),
                tlv(0x30, ""),
            ];
            message(0, PUBLIC, &tlv(0xa4, &parts.concat()))
        };
        let says = |generic, specific, words: &str| {
            let words = format!(" Trap(25)  .1.3.6.1.4.1.9 10.0.0.1 {words} 100");
            check(&SNMP, &trap(generic, specific), "", &words);
        };
        says("03", "00", "linkUp");
        says("06", "05", "enterpriseSpecific s=5");
        says("07", "05", "gt=7[specific-trap(5)!=0]");
        let wrong = message(1, PUBLIC, &tlv(0xa4, ""));
        check(&SNMP, &wrong, "-v", " { SNMPv2c { Trap(0) [v1 PDU in v2 message]} ");
    }

    #[test]
    fn version_3() {
        let header = tlv(0x30, "020107 020205dc 040105 020103");
        let security = tlv(4, &tlv(0x30, "0402aabb 020101 020202bc 040162 0400 0400"));
        let scoped = tlv(0x30, &["0402aabb 0400".into(), request(0, ["07", "00", "00"], "")].concat());
        let hex = tlv(0x30, &["020103".into(), header, security, scoped].concat());
        check(&SNMP, &hex, "", " F=ar U=\"b\" E=_aa_bb C=\"\" GetRequest(11) ");
        check(
            &SNMP,
            &hex,
            "-v",
            " { SNMPv3 { F=ar } { USM B=1 T=700 U=\"b\" } { ScopedPDU E=_aa_bb C=\"\" { GetRequest(11) R=7  } } } ",
        );
    }

    #[test]
    fn what_is_wrong() {
        check(&SNMP, "020105", "", " [!init SEQ]5");
        check(&SNMP, "3003 020109", "", " SNMP [version = 9]");
        check(&SNMP, "3003 040109", "", " [version!=INT]09");
        check(&SNMP, "3000 00", "", " [1 extra after iSEQ][nothing to parse]");
        check(&SNMP, "3005 020101", "", " [len3<asnlen5]");
        check(&SNMP, "30", "", " [no asnlen]");
        check(&SNMP, "3084 01", "", " [asnlen? 1<4]");
        check(&SNMP, "1f8005 00", "", " [!init SEQ]");
        check(&SNMP, "1500", "", " [id?P/x/21]");
        check(&SNMP, "", "", " [nothing to parse]");
    }
}
