//! NTP, the Network Time Protocol: versions 1 to 4 (RFC 5905), its extension fields (RFC 7822) and control messages
//! (RFC 9327).
//!
//! ```text
//! | leap (2 bits), version (3), mode (3) | stratum | poll | precision |
//! | root delay (4) | root dispersion (4) | reference (4) |
//! | times (8 each): reference, origin, receive, transmit | extension fields .. | key (4) | digest .. |
//! extension: | type (2) | length (2), all of it | value ..
//! control:   | as above | response, error, more (3 bits), operation (5) | sequence (2) | status (2) |
//!            | association (2) | offset (2) | count (2) | data ..
//! ```

use crate::parts::ntp_time::Time;
use crate::prelude::*;

/// NTP.
pub static NTP: Protocol = Protocol { name: "ntp", dissect };

const BROADCAST: u8 = 5;
const CONTROL: u8 = 6;
const MODES: NameTable = &[
    (0, "unspecified"),
    (1, "symmetric active"),
    (2, "symmetric passive"),
    (3, "Client"),
    (4, "Server"),
    (5, "Broadcast"),
    (6, "Control Message"),
    (7, "Reserved"),
];
const LEAPS: NameTable = &[(0x00, ""), (0x40, "+1s"), (0x80, "-1s"), (0xc0, "clock unsynchronized")];

const UNSPECIFIED: u8 = 0;
const PRIMARY: u8 = 1;
const STRATA: NameTable = &[(0, "unspecified"), (1, "primary reference")];
/// Strata that some implementations used for questions about others.
const INFO: NameTable = &[(62, " INFO_QUERY"), (63, " INFO_REPLY")];

const EXTENSIONS: NameTable = &[
    (0x0104, "Unique Identifier"),
    (0x0204, "NTS Cookie"),
    (0x0304, "NTS Cookie Placeholder"),
    (0x0404, "NTS Authenticator and Encrypted Extension Fields"),
];
const EXTENSION_HEADER: usize = 4;
/// Bytes of the last extension field at least; less are a proof (RFC 7822 section 7.5.1.2).
const LAST_EXTENSION: usize = 28;

/// Bytes of a time message without anything behind it.
const TIME_MESSAGE: usize = 48;
const CONTROL_MESSAGE: usize = 12;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    let status = p.u8()?;
    let mode = status & 7;
    out.say("NTPv").num("version", status >> 3 & 7);
    out.say(", ").name("mode", mode, MODES, "Unknown mode").say(", length ").num("length", message.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.say("\n\tLeap indicator: ").aloud(|out| _ = out.name("", status & 0xc0, LEAPS, "Unknown"));
    write!(out, " ({})", status & 0xc0);
    out.note("leap", status >> 6)
        .called("leap", crate::out::lookup(LEAPS, (status & 0xc0).into()).unwrap_or_default());
    let held = cx.attempt(out, |cx, out| match mode {
        ..=BROADCAST => time_message(cx, message, out),
        CONTROL => control_message(message, out),
        _ => Ok(()),
    })?;
    if held { Ok(()) } else { message.need(message.claimed()) }
}

fn time_message(cx: &mut Cx, message: Cursor, out: &mut Out) -> Dissect {
    out.enough("length", &message, TIME_MESSAGE)?;
    let mut p = message.at(1);
    let stratum = p.u8()?;
    let otherwise = if (2..=15).contains(&stratum) { "secondary reference" } else { "reserved" };
    out.say(", Stratum ").num("stratum", stratum);
    out.aloud(|out| _ = out.say(" (").name("", stratum, STRATA, otherwise).say(")"));
    let poll = p.u8()?.cast_signed();
    out.say(", poll ").int("poll", poll.into());
    match poll {
        0..32 => _ = write!(out, " ({}s)", 1u32 << poll),
        -31..0 => _ = write!(out, " (1/{}s)", 1u32 << -poll),
        _ => {}
    }
    let precision = p.u8()?.cast_signed();
    out.say(", precision ").int("precision", precision.into());
    say_root("\n\tRoot Delay: ", "root_delay_s", &mut p, out)?;
    say_root(", Root dispersion: ", "root_dispersion_s", &mut p, out)?;
    if !say_reference(stratum, &mut p, out)? {
        return Ok(());
    }
    let mut time = |words: &str, key: &str, out: &mut Out| -> Dissect<Time> {
        out.say(words);
        let time = Time::read(&mut p)?;
        time.say(key, out);
        Ok(time)
    };
    time("\n\t  Reference Timestamp:  ", "reference_time", out)?;
    let origin = time("\n\t  Origin Timestamp:     ", "origin_time", out)?;
    let receive = time("\n\t  Receive Timestamp:    ", "receive_time", out)?;
    let transmit = time("\n\t  Transmit Timestamp:   ", "transmit_time", out)?;
    say_delta("\n\t    Originator - Receive Timestamp:  ", origin, receive, out);
    say_delta("\n\t    Originator - Transmit Timestamp: ", origin, transmit, out);
    behind_times(cx, message.peek()? >> 3 & 7, p, out)
}

/// A span of seconds, half of its 32 bits behind the point.
fn say_root(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    let (seconds, fraction) = (p.be16()?, p.be16()?);
    write!(out, "{seconds}.{:06}", (u64::from(fraction) * 1_000_000) >> 16);
    out.aside(|out| _ = out.fraction(key, f64::from(seconds) + f64::from(fraction) / 65_536.0, 6));
    Ok(())
}

/// What the sender's clock follows, which has a meaning for each stratum; `false` if that ends the message.
fn say_reference(stratum: u8, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    out.say(", Reference-ID: ");
    match stratum {
        UNSPECIFIED => {
            // A server that will not serve says why in letters.
            if matches!(p.peek()?, b' '..=b'~') {
                out.chars_of("reference", p, 4)?;
            } else {
                out.say("(unspec)");
                let reference = p.be32()?;
                out.note("reference_number", reference);
            }
        }
        PRIMARY => _ = out.chars_of("reference", p, 4)?,
        62 | 63 => {
            let reference = p.array()?;
            out.ip4("reference_addr", reference);
            out.aloud(|out| _ = out.name("", stratum, INFO, ""));
            return Ok(false);
        }
        _ => {
            let reference = p.be32()?;
            out.say("0x").hex0("reference_number", reference, 8);
        }
    }
    Ok(true)
}

/// How much later `to` is than `from`; if there is no `from`, `to` itself.
fn say_delta(words: &str, from: Time, to: Time, out: &mut Out) {
    out.say(words);
    if from == Time::default() {
        out.aloud(|out| to.say("", out));
        return;
    }
    let units = |time: Time| (u64::from(time.seconds) << 32) | u64::from(time.fraction);
    let later = units(to) > units(from);
    let delta = units(to).abs_diff(units(from));
    let span = Time { seconds: (delta >> 32) as u32, fraction: delta as u32 };
    write!(out, "{}{}.{:09}", if later { "+" } else { "-" }, span.seconds, span.nanos());
}

/// Fields of extension, and the proof of who sent the message, which its length gives away.
fn behind_times(cx: &mut Cx, version: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if version == 4 && p.claimed() >= LAST_EXTENSION {
        let done = out.list("extensions", |out| extensions(cx, &mut p, out));
        cx.attempt(out, |_, _| done)?;
    }
    let digest = match p.claimed() {
        0 => return Ok(()),
        4 => 0,
        20 => 16,
        24 => 20,
        left => {
            write!(out, "\n\t({left} more bytes after the header and extension fields)");
            return Ok(());
        }
    };
    let key = p.be32()?;
    out.say("\n\tKey id: ").num("key_id", key);
    if digest > 0 {
        let digest = p.take(digest)?;
        out.say("\n\tAuthentication: ").bytes("digest", digest);
    }
    Ok(())
}

/// Takes extension fields off `p`, up to one that contradicts itself, or that is too short to be the last.
fn extensions(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut first = true;
    while p.claimed() >= LAST_EXTENSION {
        let mut field = *p;
        let (kind, length) = (field.be16()?, field.be16()?);
        let whole = usize::from(length);
        if whole > p.claimed() || whole < EXTENSION_HEADER || !whole.is_multiple_of(4) {
            return Err(Stop::Invalid);
        }
        out.say(if std::mem::take(&mut first) { "\n\tExtension fields:" } else { "" });
        out.item(|out| {
            out.say("\n\t  ").named_as("type", kind, EXTENSIONS, "Unknown type", " (0x%04x)");
            out.say(", length ").num("length", length);
            if cx.verbose() > 2 {
                out.dump_hex("value", field.sub(whole - EXTENSION_HEADER).rest(), "\n\t    ");
            }
            p.skip(whole)
        })?;
    }
    Ok(())
}

fn control_message(message: Cursor, out: &mut Out) -> Dissect {
    out.enough("length", &message, CONTROL_MESSAGE)?;
    let mut p = message.at(1);
    let control = p.u8()?;
    let bit = |mask, set, clear| if control & mask != 0 { set } else { clear };
    out.say(", ").say(bit(0x80, "Response", "Request")).note_that("response", control & 0x80 != 0);
    out.say(", ").say(bit(0x40, "Error", "OK")).note_that("error", control & 0x40 != 0);
    out.say(", ").say(bit(0x20, "More", "Last")).note_that("more", control & 0x20 != 0);
    out.say(", OpCode=").num("operation", control & 0x1f);
    out.say("\n");
    let sequence = p.be16()?;
    out.say("\tSequence=").num("sequence", sequence);
    let status = p.be16()?;
    out.say(", Status=").say(if status == 0 { "" } else { "0x" }).hex("status", status);
    let association = p.be16()?;
    out.say(", Assoc.=").num("association", association);
    let offset = p.be16()?;
    out.say(", Offset=").num("offset", offset);
    let count = p.be16()?;
    out.say(", Count=").num("count", count);
    out.enough("length", &message, CONTROL_MESSAGE + usize::from(count))?;
    if count != 0 {
        let data = p.take(count.into())?;
        out.say("\n\tTO-BE-DONE: data not interpreted").aside(|out| _ = out.chars("data", data));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const NOTHING: &str = "0000000000000000";
    const IN_2017: &str = "dcf34c80 80000000";

    fn server(behind: &str) -> String {
        format!(
            "24 02 06 e8 00008000 00010000 0a000001 {NOTHING} {NOTHING} {IN_2017} dcf34c81 c0000000 {behind}"
        )
    }

    #[test]
    fn a_server_answers() {
        check(&NTP, &server(""), "", "NTPv4, Server, length 48");
        let said = "\n\tLeap indicator:  (0), Stratum 2 (secondary reference), poll 6 (64s), precision -24\
             \n\tRoot Delay: 0.500000, Root dispersion: 1.000000, Reference-ID: 0x0a000001\
             \n\t  Reference Timestamp:  0.000000000\
             \n\t  Origin Timestamp:     0.000000000\
             \n\t  Receive Timestamp:    3706932352.500000000 (2017-06-20T07:25:52Z)\
             \n\t  Transmit Timestamp:   3706932353.750000000 (2017-06-20T07:25:53Z)\
             \n\t    Originator - Receive Timestamp:  3706932352.500000000 (2017-06-20T07:25:52Z)\
             \n\t    Originator - Transmit Timestamp: 3706932353.750000000 (2017-06-20T07:25:53Z)";
        check(&NTP, &server(""), "-v", &format!("NTPv4, Server, length 48{said}"));
        let key = format!("NTPv4, Server, length 52{said}\n\tKey id: 7");
        check(&NTP, &server("00000007"), "-v", &key);
        let digest = "000102030405060708090a0b0c0d0e0f";
        let key = format!("NTPv4, Server, length 68{said}\n\tKey id: 7\n\tAuthentication: {digest}");
        check(&NTP, &server(&format!("00000007 {digest}")), "-v", &key);
        let value = "00".repeat(24);
        let cookie = format!(
            "NTPv4, Server, length 76{said}\n\tExtension fields:\n\t  NTS Cookie (0x0204), length 28"
        );
        check(&NTP, &server(&format!("0204 001c {value}")), "-v", &cookie);
        let dump =
            "\n\t    0x0000:  0000 0000 0000 0000 0000 0000 0000 0000\n\t    0x0010:  0000 0000 0000 0000";
        check(&NTP, &server(&format!("0204 001c {value}")), "-vvv", &format!("{cookie}{dump}"));
        let lie = format!(
            "NTPv4, Server, length 76{said} (invalid)\n\t(28 more bytes after the header and extension fields)"
        );
        check(&NTP, &server(&format!("0900 0002 {value}")), "-v", &lie);
        let few =
            format!("NTPv4, Server, length 56{said}\n\t(8 more bytes after the header and extension fields)");
        check(&NTP, &server("0204 0008 01020304"), "-v", &few);
        let unknown = format!(
            "NTPv4, Server, length 80{said}\n\tExtension fields:\n\t  Unknown type (0x0900), length 28\n\tKey id: 7"
        );
        check(&NTP, &server(&format!("0900 001c {value} 00000007")), "-v", &unknown);
    }

    #[test]
    fn a_server_that_will_not_serve() {
        let said = |reference: &str| {
            let packet = server("").replace("24 02", "24 00").replace("0a000001", reference);
            values(&NTP, &packet)
        };
        assert!(said("44454e59").contains(r#""reference":"DENY""#));
        assert!(said("00000000").contains(r#""reference_number":0"#));
    }

    #[test]
    fn times_apart() {
        let say = |from, to| {
            let mut buf = Vec::new();
            let mut out = Out::new(crate::out::Ear::Text, &mut buf, None);
            let time = |(seconds, fraction)| Time { seconds, fraction };
            say_delta("", time(from), time(to), &mut out);
            String::from_utf8(buf).unwrap()
        };
        assert_eq!(say((5, 0), (6, 1 << 31)), "+1.500000000");
        assert_eq!(say((5, 1 << 31), (6, 0)), "+0.500000000");
        assert_eq!(say((6, 0), (5, 1 << 31)), "-0.500000000");
        assert_eq!(say((6, 0), (6, 0)), "-0.000000000");
    }

    #[test]
    fn messages_of_other_modes() {
        let control = "16 82 0005 0618 0001 0000 0002 6869";
        let said = "NTPv2, Control Message, length 14\n\tLeap indicator:  (0), Response, OK, Last, OpCode=2\
             \n\tSequence=5, Status=0x618, Assoc.=1, Offset=0, Count=2\n\tTO-BE-DONE: data not interpreted";
        check(&NTP, control, "-v", said);
        check(&NTP, "97 00", "-v", "NTPv2, Reserved, length 2\n\tLeap indicator: -1s (128)");
        check(
            &NTP,
            "1b 00",
            "-v",
            "NTPv3, Client, length 2\n\tLeap indicator:  (0) [length 2 < 48] (invalid)",
        );
        check(&NTP, "", "", " [|ntp]");
        assert_eq!(
            values(&NTP, control),
            r#"{"ntp":{"version":2,"mode":6,"length":14,"leap":0,"response":true,"error":false,"more":false,"operation":2,"sequence":5,"status":1560,"association":1,"offset":0,"count":2,"data":"hi"}}"#
        );
    }
}
