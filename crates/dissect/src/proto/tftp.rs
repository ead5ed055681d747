//! TFTP, the Trivial File Transfer Protocol (RFC 1350; options: RFC 2347).
//!
//! ```text
//! read, write:      | operation (2) | file name, NUL | mode, NUL | options: name, NUL, value, NUL ..
//! data, ack:        | operation (2) | block (2) | data ..
//! error:            | operation (2) | code (2) | message, NUL |
//! options agreed:   | operation (2) | options ..
//! ```

use crate::prelude::*;

/// TFTP.
pub static TFTP: Protocol = Protocol { name: "tftp", dissect };

const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;
const ACK: u16 = 4;
const ERROR: u16 = 5;
const OPTIONS_AGREED: u16 = 6;
const OPERATIONS: NameTable = &[(1, "RRQ"), (2, "WRQ"), (3, "DATA"), (4, "ACK"), (5, "ERROR"), (6, "OACK")];

const ERRORS: NameTable = &[
    (0, "EUNDEF"),
    (1, "ENOTFOUND"),
    (2, "EACCESS"),
    (3, "ENOSPACE"),
    (4, "EBADOP"),
    (5, "EBADID"),
    (6, "EEXISTS"),
    (7, "ENOUSER"),
];

fn dissect(_: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("TFTP, length ").num("length", p.claimed());
    let mut p = Bounded(p);
    let operation = p.be16()?;
    out.say(", ").name("operation", operation, OPERATIONS, "tftp-#%u");
    match operation {
        READ | WRITE => {
            if p.left() == 0 {
                return Err(Stop::Truncated);
            }
            quoted("file", &mut p, out.say(" "))?;
            if p.left() == 0 {
                return Err(Stop::Truncated);
            }
            out.say(" ");
            let mode = p.text("mode", out)?;
            mode?;
            options(&mut p, out)
        }
        OPTIONS_AGREED => options(&mut p, out),
        DATA | ACK => {
            let block = p.be16()?;
            out.say(" block ").num("block", block);
            out.aside(|out| _ = out.note("data_length", p.left()));
            Ok(())
        }
        ERROR => {
            let code = p.be16()?;
            out.say(" ").name("error", code, ERRORS, "tftp-err-#%u \"");
            if p.left() == 0 {
                return Err(Stop::Truncated);
            }
            quoted("message", &mut p, out.say(" "))
        }
        _ => Ok(()),
    }
}

/// The packet; to read past its claimed end is as good as past its capture.
struct Bounded<'p>(Cursor<'p>);

impl Bounded<'_> {
    fn left(&self) -> usize {
        self.0.claimed()
    }

    fn be16(&mut self) -> Dissect<u16> {
        if self.left() < 2 { Err(Stop::Truncated) } else { self.0.be16() }
    }

    /// Says a text as far as it goes. It must end in a NUL: what is inside says how it ended.
    fn text(&mut self, key: &str, out: &mut Out) -> Dissect<Dissect> {
        let field = self.0.sub(self.left()).rest();
        let end = field.iter().position(|c| *c == 0);
        out.chars(key, field.get(..end.unwrap_or(field.len())).unwrap_or(field));
        match end {
            Some(end) => self.0.skip(end + 1).map(Ok),
            None => Ok(Err(Stop::Truncated)),
        }
    }
}

/// A text in quotation marks, which are closed even if the text is not.
fn quoted(key: &str, p: &mut Bounded, out: &mut Out) -> Dissect {
    let done = p.text(key, out.say("\""))?;
    out.say("\"");
    done
}

/// Names and values, one like the other.
fn options(p: &mut Bounded, out: &mut Out) -> Dissect {
    out.list("options", |out| {
        while p.left() > 0 {
            if p.0.peek()? != 0 {
                out.say(" ");
            }
            p.text("", out)??;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn messages() {
        check(&TFTP, "0001 6162 00 6f6374657400", "", "TFTP, length 11, RRQ \"ab\" octet");
        let options = "0002 61 00 6f00 626c6b00 3900";
        check(&TFTP, options, "-v", "TFTP, length 12, WRQ \"a\" o blk 9");
        check(&TFTP, "0006 626c6b00 3900", "", "TFTP, length 8, OACK blk 9");
        check(&TFTP, "0003 0007 616263", "", "TFTP, length 7, DATA block 7");
        check(&TFTP, "0005 0001 6e6f00", "", "TFTP, length 7, ERROR ENOTFOUND \"no\"");
        check(&TFTP, "0005 0063 6e6f00", "", "TFTP, length 7, ERROR tftp-err-#99 \" \"no\"");
        check(&TFTP, "0009", "", "TFTP, length 2, tftp-#9");
        assert_eq!(
            values(&TFTP, options),
            r#"{"tftp":{"length":12,"operation":2,"file":"a","mode":"o","options":["blk","9"]}}"#
        );
    }

    #[test]
    fn what_does_not_end() {
        check(&TFTP, "00", "", "TFTP, length 1 [|tftp]");
        check(&TFTP, "0001", "", "TFTP, length 2, RRQ [|tftp]");
        check(&TFTP, "0001 61", "", "TFTP, length 3, RRQ \"a\" [|tftp]");
        check(&TFTP, "0001 6100", "", "TFTP, length 4, RRQ \"a\" [|tftp]");
        check(&TFTP, "0001 6100 6f", "", "TFTP, length 5, RRQ \"a\" o [|tftp]");
        check(&TFTP, "0005 0001", "", "TFTP, length 4, ERROR ENOTFOUND [|tftp]");
    }
}
