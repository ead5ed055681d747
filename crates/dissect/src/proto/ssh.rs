//! SSH, as far as it is not encrypted: the line with which each side begins (RFC 4253 section 4.2).
//!
//! ```text
//! | SSH-protoversion-softwareversion SP comments CR LF
//! ```

use crate::prelude::*;

/// SSH.
pub static SSH: Protocol = Protocol { name: "ssh", dissect };

const MAGIC: [u8; 4] = *b"SSH-";

fn dissect(_cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut rest = p;
    for expected in MAGIC {
        if rest.u8()? != expected {
            return Ok(());
        }
    }
    while rest.claimed() > 0 {
        let length = rest.since(&p);
        match rest.u8()? {
            b'\n' => return line(p.sub(length), out),
            b'\r' if rest.claimed() > 0 && rest.peek()? == b'\n' => return line(p.sub(length), out),
            c if c.is_ascii_graphic() || c == b' ' => {}
            // No line of text, so not this line.
            _ => return Ok(()),
        }
    }
    Ok(())
}

fn line(line: Cursor, out: &mut Out) -> Dissect {
    out.say(": SSH: ").chars("version", line.rest());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn version() {
        for end in ["0d0a", "0a", "0a00"] {
            let hex = format!("5353482d 322e302d 61 20 62 {end}");
            check(&SSH, &hex, "", ": SSH: SSH-2.0-a b");
            check(&SSH, &hex, "-v", ": SSH: SSH-2.0-a b");
        }
        assert_eq!(values(&SSH, "5353482d31 0a"), r#"{"ssh":{"version":"SSH-1"}}"#);
    }

    #[test]
    fn other_bytes_are_passed_over_in_silence() {
        for hex in ["00000010", "5353482d 32", "5353482d 01 0a", "5353482d 0d 61", "5353482d 0d"] {
            check(&SSH, hex, "-v", "");
        }
        check(&SSH, "5353", "", " [|ssh]");
    }
}
