//! RESP, the protocol of Redis (source: redis.io, "Redis serialization protocol specification", version 2).
//!
//! ```text
//! + string CR LF   - error CR LF   : integer CR LF   $ length CR LF bytes CR LF   * count CR LF values ..
//! inline:  words, CR or LF or both
//! ```

use crate::prelude::*;

/// RESP.
pub static RESP: Protocol = Protocol { name: "resp", dissect };

/// Arrays in arrays; tcpdump would go on until its stack is full.
const MAX_NESTING: usize = 32;

/// A length before CR LF.
enum Length {
    Is(usize),
    /// -1.
    Null,
    TooLarge,
    Negative,
    Invalid,
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        return Ok(());
    }
    out.say(": RESP");
    let done = out.list("values", |out| {
        while p.claimed() > 0 {
            value(&mut p, 0, out)?;
        }
        Ok(())
    });
    // A value that ends nowhere is taken for a cut, which ends RESP and not the packet.
    if done == Err(Stop::Invalid) { cx.soft_cut(out) } else { done }
}

fn value(p: &mut Cursor, nesting: usize, out: &mut Out) -> Dissect {
    match claimed(p, p.peek())? {
        b'+' | b'-' | b':' => {
            p.skip(1)?;
            let end = line_end(p)?;
            segment(p.take(end)?, out);
            p.skip(2)
        }
        b'$' => {
            p.skip(1)?;
            bulk(p, out)
        }
        b'*' if nesting < MAX_NESTING => {
            p.skip(1)?;
            array(p, nesting, out)
        }
        b'*' => Err(Stop::Invalid),
        _ => inline(p, out),
    }
}

/// A read that failed past the claim is no cut.
fn claimed<T>(p: &Cursor, read: Dissect<T>) -> Dissect<T> {
    if read.is_err() && p.claimed() == 0 { Err(Stop::Invalid) } else { read }
}

/// Where the next CR LF is.
fn line_end(p: &Cursor) -> Dissect<usize> {
    let end = p.rest().windows(2).position(|pair| pair == b"\r\n");
    end.ok_or(if p.captured() < p.claimed() { Stop::Truncated } else { Stop::Invalid })
}

fn segment(chars: &[u8], out: &mut Out) {
    out.say(" \"").chars("", chars).say("\"");
}

fn bulk(p: &mut Cursor, out: &mut Out) -> Dissect {
    match length(p)? {
        Length::Is(0) => _ = out.say(" empty"),
        Length::Is(n) => {
            if p.claimed() < n {
                return Err(Stop::Invalid);
            }
            segment(p.take(n)?, out);
        }
        other => {
            say_length(&other, out);
            return Ok(());
        }
    }
    let end = line_end(p)?;
    p.skip(end + 2)
}

fn array(p: &mut Cursor, nesting: usize, out: &mut Out) -> Dissect {
    match length(p)? {
        Length::Is(0) => _ = out.say(" empty"),
        Length::Is(n) => {
            return out.list("", |out| {
                for _ in 0..n {
                    value(p, nesting + 1, out)?;
                }
                Ok(())
            });
        }
        other => say_length(&other, out),
    }
    Ok(())
}

fn say_length(length: &Length, out: &mut Out) {
    out.say(match length {
        Length::Is(_) => "",
        Length::Null => " null",
        Length::TooLarge => " length too large",
        Length::Negative => " length negative and not -1",
        Length::Invalid => " invalid",
    });
}

fn inline(p: &mut Cursor, out: &mut Out) -> Dissect {
    ends(p)?;
    let line = p.rest().iter().position(|c| is_end(*c));
    let line = line.ok_or(if p.captured() < p.claimed() { Stop::Truncated } else { Stop::Invalid })?;
    segment(p.take(line)?, out);
    ends(p)
}

fn is_end(c: u8) -> bool {
    c == b'\r' || c == b'\n'
}

/// Steps over all CR and LF; where nothing is left, there has to have been one.
fn ends(p: &mut Cursor) -> Dissect {
    let n = p.rest().iter().take_while(|c| is_end(**c)).count();
    if n == 0 && p.is_empty() {
        return Err(Stop::Invalid);
    }
    p.skip(n)
}

/// A number and CR LF. What is no number is read too, to where tcpdump gives it up.
fn length(p: &mut Cursor) -> Dissect<Length> {
    let negative = claimed(p, p.peek())? == b'-';
    p.skip(usize::from(negative))?;
    let mut n = Some(0u32);
    let mut digits = false;
    loop {
        let c = claimed(p, p.peek())?;
        let Some(digit) = char::from(c).to_digit(10) else { break };
        p.skip(1)?;
        digits = true;
        n = n.and_then(|n| n.checked_mul(10)?.checked_add(digit)).filter(|n| *n <= i32::MAX as u32);
    }
    for expected in [b'\r', b'\n'] {
        let c = claimed(p, p.peek())?;
        p.skip(1)?;
        if !digits || c != expected {
            return Ok(Length::Invalid);
        }
    }
    Ok(match (n, negative) {
        (None, false) => Length::TooLarge,
        (Some(1), true) => Length::Null,
        (_, true) => Length::Negative,
        (Some(n), false) => Length::Is(n as usize),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    fn say(text: &str, words: &str) {
        let hex: String = text.bytes().map(|c| format!("{c:02x}")).collect();
        check(&RESP, &hex, "", words);
        check(&RESP, &hex, "-v", words);
    }

    #[test]
    fn all_values() {
        say("+OK\r\n:7\r\n-ERR x\r\n", ": RESP \"OK\" \"7\" \"ERR x\"");
        say("$0\r\n\r\n$-1\r\n*0\r\n*-1\r\n", ": RESP empty null empty null");
        say("*2\r\n$4\r\nINCR\r\n$1\r\nz\r\n", ": RESP \"INCR\" \"z\"");
        say("PING\r\nPING\n", ": RESP \"PING\" \"PING\"");
        let hex = "2a320d0a 2b610d0a 3a310d0a";
        assert_eq!(values(&RESP, hex), r#"{"resp":{"values":[["a","1"]]}}"#);
    }

    #[test]
    fn lies() {
        say("$-2\r\n", ": RESP length negative and not -1");
        say("$2147483648\r\n", ": RESP length too large");
        say("*x+a\r\n", ": RESP invalid \"a\"");
        say("+OK", ": RESP [|resp]");
        say("$9\r\nab\r\n", ": RESP [|resp]");
        say("PING", ": RESP [|resp]");
        say(&"*1\r\n".repeat(MAX_NESTING + 1), ": RESP [|resp]");
    }
}
