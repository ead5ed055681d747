//! The opening of a session (RFC 4271 section 4.2) and what the speakers are able to do (RFC 5492).
//!
//! ```text
//! | version | AS (2) | hold time (2) | identifier (4) | length of parameters |  or: | 255 | 255 | length (2) |
//! parameter:   | type | length (1, or 2) | value ..
//! capability:  | code | length | value ..
//! ```

use super::families::{self, FAMILIES};
use super::{say_as, want};
use crate::prelude::*;

const CAPABILITIES: u8 = 2;
const PARAMETERS: NameTable = &[(1, "Authentication Information"), (2, "Capabilities Advertisement")];
/// The type of parameter that says: lengths take two bytes (RFC 9072).
const EXTENDED: u8 = 255;

const MULTIPROTOCOL: u8 = 1;
const BGPSEC: u8 = 7;
const MULTIPLE_LABELS: u8 = 8;
const ROLE: u8 = 9;
const GRACEFUL_RESTART: u8 = 64;
const FOUR_BYTE_AS: u8 = 65;
const PATHS: u8 = 69;
const CODES: NameTable = &[
    (1, "Multiprotocol Extensions"),
    (2, "Route Refresh"),
    (3, "Cooperative Route Filtering"),
    (4, "Multiple Routes to a Destination"),
    (5, "Extended Next Hop Encoding"),
    (6, "BGP Extended Message"),
    (7, "BGPsec"),
    (8, "Multiple Labels"),
    (9, "Role Capability"),
    (64, "Graceful Restart"),
    (65, "32-Bit AS Number"),
    (67, "Dynamic Capability"),
    (68, "Multisession BGP"),
    (69, "Multiple Paths"),
    (70, "Enhanced Route Refresh"),
    (71, "Long-lived Graceful Restart"),
    (128, "Route Refresh (Cisco)"),
];
const ROLES: NameTable = &[(0, "Provider"), (1, "RS"), (2, "RS-Client"), (3, "Customer"), (4, "Peer")];
const RESTART_FLAGS: Flags = &[(8, "R"), (4, "N")];
const DIRECTIONS: NameTable = &[(1, "Receive"), (2, "Send"), (3, "Both")];

pub(super) fn dissect(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    want(&p, 10)?;
    let (version, number, hold, id, mut length) =
        (p.u8()?, p.be16()?, p.be16()?, p.array()?, usize::from(p.u8()?));
    out.say("\n\t  Version ").num("version", version).say(", my AS ");
    say_as(cx, "as", number.into(), out);
    out.say(", Holdtime ").num("hold_time_s", hold).say("s, ID ").ip4("id", id);
    let extended = p.peek()? == EXTENDED;
    if extended {
        p.skip(1)?;
        length = p.be16()?.into();
    }
    out.say("\n\t  Optional parameters").say(if extended { " (Extended)" } else { "" });
    out.say(", length: ").num("parameters_length", length);
    let (mut left, mut p) = (p.claimed(), p.claiming(length));
    let head = if extended { 3 } else { 2 };
    out.list("parameters", |out| {
        while p.claimed() > 0 {
            p.need(head)?;
            if left < head {
                return Err(Stop::Truncated);
            }
            let start = p;
            if !out.item(|out| parameter(cx, &mut p, extended, out))? {
                break;
            }
            left = left.saturating_sub(p.since(&start));
        }
        Ok(())
    })
}

/// One parameter; `false` if it claims to be longer than all of them.
fn parameter(cx: &Cx, p: &mut Cursor, extended: bool, out: &mut Out) -> Dissect<bool> {
    let kind = p.u8()?;
    let length = if extended { usize::from(p.be16()?) } else { usize::from(p.u8()?) };
    if length > p.claimed() {
        out.note("type", kind).note("length", length);
        write!(out, "\n\t     Option {kind}, length: {length}, goes past the end of the options");
        return Ok(false);
    }
    out.say("\n\t    Option ").named("type", kind, PARAMETERS, "Unknown");
    out.say(", length: ").num("length", length);
    if kind == CAPABILITIES {
        let done = capabilities(cx, p.claiming(length), out);
        cx.soften(done, out)?;
    } else {
        write!(out, "\n\t      no decoder for option {kind}");
    }
    p.pass(length);
    Ok(true)
}

fn capabilities(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("capabilities", |out| {
        while p.claimed() > 0 {
            let [code, length] = p.array()?;
            let length = usize::from(length);
            if !out.item(|out| capability(cx, code, p.claiming(length), out))? {
                break;
            }
            let left = p.claimed().saturating_sub(length);
            p.skip(length)?;
            p = p.claiming(left);
        }
        Ok(())
    })
}

/// One capability; `false` if it is too short for what it should say.
fn capability(cx: &Cx, code: u8, p: Cursor, out: &mut Out) -> Dissect<bool> {
    let length = p.claimed();
    out.say("\n\t      ").named("code", code, CODES, "Unknown").say(", length: ").num("length", length);
    p.need(length)?;
    let mut body = p;
    let least = match code {
        MULTIPROTOCOL | FOUR_BYTE_AS => 4,
        GRACEFUL_RESTART => 2,
        ROLE => 1,
        _ => 0,
    };
    if length < least {
        write!(out, " (too short, < {least})");
        return Ok(false);
    }
    match code {
        MULTIPROTOCOL => {
            let (family, [_, subsequent]) = (body.be16()?, body.array()?);
            families::say("\n\t\tAFI ", family, ", SAFI ", subsequent, out);
        }
        BGPSEC if length != 3 => {
            write!(out, " [{length} != 3]");
            return Ok(false);
        }
        BGPSEC => {
            let (flags, family) = (body.u8()?, body.be16()?);
            let sends = flags & 8 != 0;
            out.say("\n\t\tVersion ").num("version", flags & 0xf0).say(", Direction ");
            out.say(if sends { "Send (1)" } else { "Receive (0)" }).note_that("sends", sends);
            out.say(", AFI ").named("afi", family, FAMILIES, "Unknown");
        }
        MULTIPLE_LABELS | PATHS | GRACEFUL_RESTART => by_family(code, body, out)?,
        ROLE => {
            let role = body.u8()?;
            out.say("\n\t\tRole name ").named("role", role, ROLES, "Unassigned");
        }
        FOUR_BYTE_AS => {
            let number = body.be32()?;
            say_as(cx, "as", number, out.say("\n\t\t 4 Byte AS "));
        }
        2 | 6 | 70 | 71 | 128 => {}
        _ => {
            write!(out, "\n\t\tno decoder for Capability {code}");
            if cx.verbose() <= 1 {
                out.dump_hex("data", p.sub(length).rest(), "\n\t\t");
            }
        }
    }
    if cx.verbose() > 1 && length > 0 {
        out.dump_hex("data", p.sub(length).rest(), "\n\t\t");
    }
    Ok(true)
}

/// What is told of one family after the other.
fn by_family(code: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    if code == GRACEFUL_RESTART {
        let word = p.be16()?;
        out.say("\n\t\tRestart Flags: [").flags("flags", word >> 12, RESTART_FLAGS, "none");
        out.say("], Restart Time ").num("restart_time_s", word & 0xfff).say("s");
    }
    if code == PATHS && p.claimed() == 0 {
        out.say(" (bogus)");
    }
    out.list("families", |out| {
        while p.claimed() >= 4 {
            let (family, [subsequent, last]) = (p.be16()?, p.array()?);
            let before = if code == GRACEFUL_RESTART { "\n\t\t  AFI " } else { "\n\t\tAFI " };
            out.item(|out| {
                families::say(before, family, ", SAFI ", subsequent, out);
                match code {
                    GRACEFUL_RESTART => {
                        let kept = last & 0x80 != 0;
                        out.say(", Forwarding state preserved: ").say(if kept { "yes" } else { "no" });
                        out.note_that("forwarding_preserved", kept);
                    }
                    PATHS => {
                        out.say(", Send/Receive: ").name("direction", last, DIRECTIONS, "Bogus (0x%02x)");
                    }
                    _ => drop(out.say(", Count: ").num("count", last)),
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    if code == PATHS && p.claimed() > 0 {
        out.say(" (invalid)").note_that("invalid", true);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::BGP;
    use crate::testing::check;

    #[test]
    fn a_session_opens() {
        let hex = "ffffffffffffffffffffffffffffffff 003d 01 04 fde8 00b4 0a000001 20
            02 1e 0104 00010001 0200 4006 c12c 00010180 4104 00010000 4504 00010103 fd00";
        let words = ": BGP\n\tOpen Message (1), length: 61\n\t  Version 4, my AS 65000, Holdtime 180s, ID 10.0.0.1\
             \n\t  Optional parameters, length: 32\n\t    Option Capabilities Advertisement (2), length: 30\
             \n\t      Multiprotocol Extensions (1), length: 4\n\t\tAFI IPv4 (1), SAFI Unicast (1)\
             \n\t      Route Refresh (2), length: 0\
             \n\t      Graceful Restart (64), length: 6\n\t\tRestart Flags: [R, N], Restart Time 300s\
             \n\t\t  AFI IPv4 (1), SAFI Unicast (1), Forwarding state preserved: yes\
             \n\t      32-Bit AS Number (65), length: 4\n\t\t 4 Byte AS 65536\
             \n\t      Multiple Paths (69), length: 4\n\t\tAFI IPv4 (1), SAFI Unicast (1), Send/Receive: Both\
             \n\t      Unknown (253), length: 0\n\t\tno decoder for Capability 253";
        check(&BGP, hex, "-v", words);
    }
}
