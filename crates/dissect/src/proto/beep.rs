//! BEEP, the Blocks Extensible Exchange Protocol (RFC 3080): what a segment begins with.

use crate::prelude::*;

/// BEEP.
pub static BEEP: Protocol = Protocol { name: "beep", dissect };

/// The first and the last have a NUL where the others have a blank, as tcpdump looks for them.
const WORDS: &[([u8; 4], &str)] = &[
    (*b"MSG\0", "MSG"),
    (*b"RPY ", "RPY"),
    (*b"ERR ", "ERR"),
    (*b"ANS ", "ANS"),
    (*b"NUL ", "NUL"),
    (*b"SEQ ", "SEQ"),
    (*b"END\0", "END"),
];

fn dissect(_: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let start = p.rest().first_chunk();
    let word = WORDS.iter().find(|row| Some(&row.0) == start).map(|row| row.1);
    out.say(" BEEP ").say(word.unwrap_or("(payload or undecoded)"));
    out.aside(|out| _ = out.chars("type", word.unwrap_or_default().as_bytes()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn words() {
        check(&BEEP, "52505920 30", "", " BEEP RPY");
        check(&BEEP, "454e4400", "-v", " BEEP END");
        check(&BEEP, "454e4420", "", " BEEP (payload or undecoded)");
        check(&BEEP, "525059", "", " BEEP (payload or undecoded)");
        assert_eq!(values(&BEEP, "4e554c20"), r#"{"beep":{"type":"NUL"}}"#);
    }
}
