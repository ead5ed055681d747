//! Protocols of text lines, as HTTP, SMTP, SIP: a request or a reply in the first line, more lines behind it.
//!
//! Text hears the first line; the talkative hear all lines, up to the first that is not printable ASCII.

use crate::prelude::*;

/// A protocol of text lines.
pub struct Text {
    /// What it is called on the line.
    pub name: &'static str,
    /// The words its requests begin with. Other lines than requests, and replies with a code of three digits
    /// as their second word, are not said. A protocol without a list has nothing but lines worth saying.
    pub requests: Option<&'static [&'static str]>,
}

/// Longer words than this begin no request and no reply.
const MAX_WORD: usize = 128;

/// Says the protocol's name, then the lines that are worth it.
pub fn say(text: &Text, cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if cx.ports.over == Transport::Tcp {
        out.say(": ");
    }
    out.say(text.name);
    let worth_saying = text.requests.is_none_or(|requests| begins_message(requests, &p));
    if cx.verbose() == 0 {
        if worth_saying && let Some(line) = Line::read(&mut p)? {
            out.say(": ").say(line.text);
        }
        return Ok(());
    }
    if !worth_saying {
        out.note("length", p.claimed());
        return Ok(());
    }
    out.say(", length: ").num("length", p.claimed());
    if let Some(requests) = text.requests {
        out.aside(|out| note_first(requests, &p, out));
    }
    out.list("lines", |out| lines(p, out))
}

/// What the first line asks, of what if a version stands behind that, or the status of a reply: for the structured
/// ear. All lines follow.
fn note_first(requests: &[&str], p: &Cursor, out: &mut Out) {
    let Some((first, rest)) = word(p) else { return };
    let second = word(&rest);
    if !is_request(requests, first) {
        let status = second.and_then(|(code, _)| std::str::from_utf8(code).ok()?.parse::<u16>().ok());
        if let Some(status) = status {
            out.num("status", status);
        }
        return;
    }
    out.chars("request", first);
    if let Some((target, rest)) = second
        && word(&rest).is_some()
    {
        out.chars("target", target);
    }
}

fn lines(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let Some(line) = Line::read(&mut p)? else { break };
        out.say("\n\t").say(line.text);
        out.aside(|out| _ = out.chars("", line.text.as_bytes()));
        if !line.ended {
            break;
        }
    }
    Ok(())
}

/// One line, without its end.
struct Line<'p> {
    text: &'p str,
    ended: bool,
}

impl<'p> Line<'p> {
    /// Reads a line: printable ASCII and tabs, up to LF, or CR LF, or the end of the payload. Anything else is
    /// no line.
    fn read(p: &mut Cursor<'p>) -> Dissect<Option<Self>> {
        let rest = p.rest();
        let end = rest.iter().position(|c| !is_printable(*c) && *c != b'\t');
        let chars = p.take(end.unwrap_or(rest.len()))?;
        let Ok(text) = std::str::from_utf8(chars) else { return Ok(None) };
        if p.claimed() == 0 {
            return Ok(Some(Line { text, ended: false }));
        }
        let first = p.u8()?;
        if first == b'\r' && p.claimed() == 0 {
            return Ok(None);
        }
        let ended = first == b'\n' || (first == b'\r' && p.u8()? == b'\n');
        Ok(ended.then_some(Line { text, ended }))
    }
}

/// Whether a payload begins with a request, or with a reply: a word, and a code of three digits behind it.
fn begins_message(requests: &[&str], p: &Cursor) -> bool {
    let Some((first, rest)) = word(p) else { return false };
    is_request(requests, first)
        || word(&rest).is_some_and(|(code, _)| code.len() == 3 && code.iter().all(u8::is_ascii_digit))
}

fn is_request(requests: &[&str], word: &[u8]) -> bool {
    requests.iter().any(|request| request.as_bytes().eq_ignore_ascii_case(word))
}

/// The next word, and what follows it and the blanks behind it; a word whose end was not captured is none.
fn word<'p>(p: &Cursor<'p>) -> Option<(&'p [u8], Cursor<'p>)> {
    let mut p = *p;
    let rest = p.rest();
    let end = rest.iter().position(|c| !is_printable(*c) || *c == b' ');
    let length = match end {
        Some(end) => rest.get(end).filter(|c| b" \t\r\n".contains(c)).map(|_| end)?,
        None => p.whole()?.len(),
    };
    if !(1..=MAX_WORD).contains(&length) {
        return None;
    }
    let word = p.take_up_to(length);
    let blanks = p.rest().iter().take_while(|c| **c == b' ').count();
    p.take_up_to(blanks);
    Some((word, p))
}

fn is_printable(c: u8) -> bool {
    c.is_ascii_graphic() || c == b' '
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    static FREE: Protocol = Protocol {
        name: "free",
        dissect: |cx, p, out| say(&Text { name: "FREE", requests: None }, cx, p, out),
    };
    static ASKING: Protocol = Protocol {
        name: "asking",
        dissect: |cx, p, out| say(&Text { name: "ASKING", requests: Some(&["ASK", "TELL"]) }, cx, p, out),
    };

    fn hex(text: &str) -> String {
        text.bytes().map(|c| format!("{c:02x}")).collect()
    }

    fn says(who: &'static Protocol, text: &str, args: &str, expected: &str) {
        check(who, &hex(text), args, expected);
    }

    #[test]
    fn the_first_line_or_all() {
        says(&FREE, "a b\r\nc\n\nd", "", "FREE: a b");
        says(&FREE, "a b\r\nc\n\nd", "-v", "FREE, length: 9\n\ta b\n\tc\n\t\n\td");
        says(&FREE, "a\tb\n", "-v", "FREE, length: 4\n\ta\tb");
        assert_eq!(values(&FREE, &hex("a\r\n\"\tc")), r#"{"free":{"length":6,"lines":["a","\"\tc"]}}"#);
    }

    #[test]
    fn what_is_no_line() {
        says(&FREE, "a\x01b\n", "", "FREE");
        says(&FREE, "a\rb\n", "", "FREE");
        says(&FREE, "a\r", "", "FREE");
        says(&FREE, "a\nb\x7f\nc\n", "-v", "FREE, length: 7\n\ta");
        says(&FREE, "é\n", "-v", "FREE, length: 3");
    }

    #[test]
    fn requests_and_replies() {
        for line in ["ASK x", "ask", "Tell\tx", "V/1 200 fine", "V/1  404", "? 000"] {
            says(&ASKING, &format!("{line}\r\n"), "", &format!("ASKING: {line}"));
        }
        for line in
            ["", " ASK", "ASKS", "ASK\x01", "200 fine", "V/1 20 x", "V/1 2000 x", "V/1\t200", "V/1 20x"]
        {
            says(&ASKING, &format!("{line}\r\n"), "", "ASKING");
            says(&ASKING, &format!("{line}\r\n"), "-v", "ASKING");
        }
        says(&ASKING, &format!("{} 200", "x".repeat(129)), "", "ASKING");
        assert_eq!(values(&ASKING, "0102"), r#"{"asking":{"length":2}}"#);
    }

    #[test]
    fn cuts() {
        use crate::out::Ear;
        let hear = |who, text: &str, length, verbose| {
            let options = crate::cx::Options { verbose, ..Default::default() };
            crate::testing::hear(who, text.as_bytes(), length, options, Ear::Text).0
        };
        assert_eq!(hear(&ASKING, "AS", 9, 0), "ASKING");
        assert_eq!(hear(&ASKING, "ASK ", 9, 0), "ASKING [|asking]");
        assert_eq!(hear(&ASKING, "ASK x\r", 9, 0), "ASKING [|asking]");
        assert_eq!(hear(&ASKING, "ASK x\r\n", 9, 0), "ASKING: ASK x");
        assert_eq!(hear(&ASKING, "ASK x\r\ny", 9, 1), "ASKING, length: 9\n\tASK x [|asking]");
    }
}
