//! Who a peer says that it is: PAP (RFC 1334) and CHAP (RFC 1994).
//!
//! ```text
//! | code | identifier | length (2) | data ..
//! ```

use crate::prelude::*;

const CHAP: Kind = Kind {
    key: "chap",
    name: "CHAP, ",
    codes: &[(1, "Challenge"), (2, "Response"), (3, "Success"), (4, "Fail")],
};
const PAP: Kind =
    Kind { key: "pap", name: "PAP, ", codes: &[(1, "Auth-Req"), (2, "Auth-ACK"), (3, "Auth-NACK")] };

struct Kind {
    key: &'static str,
    name: &'static str,
    codes: NameTable,
}

/// A packet behind its header.
struct Packet<'p> {
    code: u8,
    /// What the packet says of its own length.
    length: usize,
    /// What the frame leaves for it behind the header.
    room: usize,
    p: Cursor<'p>,
}

/// A challenge, or an answer to one; what is inside depends on an algorithm that was agreed on before.
pub fn chap(p: Cursor, out: &mut Out) -> Dissect {
    out.nest(CHAP.key, |out| {
        let Some(Packet { code, length, room, mut p }) = CHAP.header(p, out)? else { return Ok(()) };
        match code {
            1 | 2 if room > 0 => {
                let size = usize::from(p.u8()?);
                if room - 1 < size {
                    return Ok(());
                }
                out.say(", Value ").bytes_of("value", &mut p, size)?;
                out.say(", Name ").chars_of("name", &mut p, before(length, 5 + size))?;
            }
            3 | 4 => {
                out.say(", Msg ").chars_of("message", &mut p, before(length, 4))?;
            }
            _ => {}
        }
        Ok(())
    })
}

/// A name and a password, or an answer to them.
pub fn pap(p: Cursor, out: &mut Out) -> Dissect {
    out.nest(PAP.key, |out| {
        let Some(Packet { code, length, room, mut p }) = PAP.header(p, out)? else { return Ok(()) };
        if length > room + 4 {
            write!(out, ", length {length} > packet size");
            return Ok(());
        }
        if length < 4 {
            write!(out, ", length {length} < PAP header length");
            return Ok(());
        }
        let least = match code {
            1 => 6,
            2 | 3 => 5,
            _ => return Ok(()),
        };
        if length < least {
            out.say("[|pap]").note_that("cut", true);
            return Ok(());
        }
        let mut room = length - 4;
        if code != 1 {
            return field(", Msg ", "message", &mut p, &mut room, out).map(drop);
        }
        if field(", Peer ", "peer", &mut p, &mut room, out)? {
            field(", Name ", "password", &mut p, &mut room, out)?;
        }
        Ok(())
    })
}

/// Characters behind their number, if there is room for them.
fn field(words: &str, key: &str, p: &mut Cursor, room: &mut usize, out: &mut Out) -> Dissect<bool> {
    if *room == 0 {
        return Ok(false);
    }
    let size = usize::from(p.u8()?);
    let Some(rest) = room.checked_sub(1 + size) else { return Ok(false) };
    *room = rest;
    out.say(words).chars_of(key, p, size)?;
    Ok(true)
}

/// What a length leaves behind `header` bytes. One that does not reach so far leaves more than was ever captured.
fn before(length: usize, header: usize) -> usize {
    length.checked_sub(header).unwrap_or(usize::MAX)
}

impl Kind {
    /// Says the header; `None` if there is no room for one.
    fn header<'p>(&self, p: Cursor<'p>, out: &mut Out) -> Dissect<Option<Packet<'p>>> {
        // How far to read is said by the packet itself, not by what is around it.
        let mut p = p.claiming(p.claimed().max(p.captured()));
        let Some(room) = p.claimed().checked_sub(4) else {
            out.note_that("cut", true);
            if p.claimed() > 0 {
                let code = p.u8()?;
                out.say("[|").say(self.key).say(" 0x").hex0("code", code, 2).say("]");
            } else {
                out.say("[|").say(self.key).say("]");
            }
            return Ok(None);
        };
        let code = p.u8()?;
        out.say(self.name).named_as("code", code, self.codes, "unknown", " (0x%02x)");
        let id = p.u8()?;
        out.say(", id ").num("id", id);
        let length = usize::from(p.be16()?);
        out.note("length", length);
        Ok(Some(Packet { code, length, room, p }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::PPP;
    use crate::testing::{check, values};

    #[test]
    fn challenges() {
        let challenge = "c223 01 05 000a 02 beef 6c6e73";
        check(&PPP, challenge, "", "CHAP, Challenge (0x01), id 5, Value beef, Name lns");
        check(&PPP, "c223 03 05 0006 6f6b", "-v", "CHAP, Success (0x03), id 5, Msg ok");
        check(&PPP, "c223 09 05 0006 6f6b", "", "CHAP, unknown (0x09), id 5");
        check(&PPP, "c223 01 05 000a 09 beef", "", "CHAP, Challenge (0x01), id 5");
        check(&PPP, "c223 04 05 0003 6f6b", "", "CHAP, Fail (0x04), id 5, Msg ok [|ppp]");
        check(&PPP, "c223 01 05", "", "[|chap 0x01]");
        assert_eq!(
            values(&PPP, challenge),
            r#"{"ppp":{"protocol":49699,"length":12,"chap":{"code":1,"id":5,"length":10,"value":"beef","name":"lns"}}}"#
        );
    }

    #[test]
    fn passwords() {
        check(&PPP, "c023 01 05 000a 02 6d65 02 6f6b", "", "PAP, Auth-Req (0x01), id 5, Peer me, Name ok");
        check(
            &PPP,
            "c023 02 05 0007 02 6f6b",
            "-e",
            "PAP (0xc023), length 9: PAP, Auth-ACK (0x02), id 5, Msg ok",
        );
        check(&PPP, "c023 02 05 0004", "", "PAP, Auth-ACK (0x02), id 5[|pap]");
        check(&PPP, "c023 03 05 0009 01", "", "PAP, Auth-NACK (0x03), id 5, length 9 > packet size");
        check(&PPP, "c023 03 05 0003 01", "", "PAP, Auth-NACK (0x03), id 5, length 3 < PAP header length");
        check(&PPP, "c023 01 05 0006 04 6d", "", "PAP, Auth-Req (0x01), id 5");
    }
}
