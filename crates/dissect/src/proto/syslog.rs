//! Syslog over UDP (RFC 3164).
//!
//! ```text
//! "<" priority ">" text
//! priority = facility * 8 + severity, in one to three digits
//! ```

use crate::prelude::*;

/// Syslog.
pub static SYSLOG: Protocol = Protocol { name: "syslog", dissect };

const MAX_DIGITS: usize = 3;
const UNKNOWN: &str = "unknown (%u)";

/// RFC 3164 section 4.1.1.
const FACILITIES: NameTable = &[
    (0, "kernel"),
    (1, "user"),
    (2, "mail"),
    (3, "daemon"),
    (4, "auth"),
    (5, "syslog"),
    (6, "lpr"),
    (7, "news"),
    (8, "uucp"),
    (9, "cron"),
    (10, "authpriv"),
    (11, "ftp"),
    (12, "ntp"),
    (13, "security"),
    (14, "console"),
    (15, "cron"),
    (16, "local0"),
    (17, "local1"),
    (18, "local2"),
    (19, "local3"),
    (20, "local4"),
    (21, "local5"),
    (22, "local6"),
    (23, "local7"),
];

/// RFC 3164 section 4.1.1.
const SEVERITIES: NameTable = &[
    (0, "emergency"),
    (1, "alert"),
    (2, "critical"),
    (3, "error"),
    (4, "warning"),
    (5, "notice"),
    (6, "info"),
    (7, "debug"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    let priority = priority(&mut p)?;
    let (facility, severity) = (priority >> 3, priority & 7);
    out.say("SYSLOG");
    if cx.verbose() == 0 {
        out.say(" ").name("facility", facility, FACILITIES, UNKNOWN);
        out.say(".").name("severity", severity, SEVERITIES, UNKNOWN);
        out.say(", length: ").num("length", message.claimed());
        return Ok(());
    }
    out.say(", length: ").num("length", message.claimed());
    out.say("\n\tFacility ").named("facility", facility, FACILITIES, UNKNOWN);
    out.say(", Severity ").named("severity", severity, SEVERITIES, UNKNOWN);
    let length = p.claimed();
    out.say("\n\tMsg: ").chars_of("message", &mut p, length)?;
    if cx.verbose() > 1 {
        out.aloud(|out| _ = out.dump_hex("", message.rest(), "\n\t"));
    }
    Ok(())
}

/// The priority in its brackets; no digits make zero.
fn priority(p: &mut Cursor) -> Dissect<u16> {
    if p.u8()? != b'<' {
        return Err(Stop::Invalid);
    }
    let mut priority = 0;
    for _ in 0..MAX_DIGITS {
        let digit = p.peek()?;
        if !digit.is_ascii_digit() {
            break;
        }
        priority = priority * 10 + u16::from(digit - b'0');
        p.skip(1)?;
    }
    if p.u8()? == b'>' { Ok(priority) } else { Err(Stop::Invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `<13>hi`, then a NUL.
    const MESSAGE: &str = "3c 3133 3e 6869 00";

    #[test]
    fn messages() {
        let talkative = "SYSLOG, length: 7\n\tFacility user (1), Severity notice (5)\n\tMsg: hi^@";
        check(&SYSLOG, MESSAGE, "", "SYSLOG user.notice, length: 7");
        check(&SYSLOG, MESSAGE, "-v", talkative);
        let dump = "\n\t0x0000:  3c31 333e 6869 00";
        check(&SYSLOG, MESSAGE, "-vv", &format!("{talkative}{dump}"));
        assert_eq!(
            values(&SYSLOG, MESSAGE),
            r#"{"syslog":{"length":7,"facility":1,"severity":5,"message":"hi\u0000"}}"#
        );
    }

    #[test]
    fn priorities_at_the_edge() {
        check(&SYSLOG, "3c3e", "", "SYSLOG kernel.emergency, length: 2");
        check(&SYSLOG, "3c3939393e", "", "SYSLOG unknown (124).debug, length: 5");
    }

    #[test]
    fn what_is_no_message() {
        check(&SYSLOG, "6869", "", " (invalid)");
        check(&SYSLOG, "3c313233343e", "", " (invalid)");
        check(&SYSLOG, "3c31", "", " [|syslog]");
        check(&SYSLOG, "", "", " [|syslog]");
    }
}
