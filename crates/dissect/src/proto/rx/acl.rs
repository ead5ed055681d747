//! Access control lists, which AFS writes as text (source: OpenAFS, venus/fs.c).
//!
//! ```text
//! positive entries, new line, negative entries, new line
//! who, blank, rights in decimal, new line            once for each
//! ```

use crate::prelude::*;

/// As much of a list is read.
const LONGEST: usize = 1024;
/// In the order of the command `fs listacl`.
const RIGHTS: Flags =
    &[(0x01, "r"), (0x08, "l"), (0x04, "i"), (0x10, "d"), (0x02, "w"), (0x20, "k"), (0x40, "a")];

/// Says the entries, until one makes no sense.
pub(super) fn say(bytes: &[u8], out: &mut Out) -> Dissect {
    let text = bytes.get(..LONGEST).unwrap_or(bytes);
    let mut words = text.split(|c| *c == 0).next().unwrap_or_default();
    let (Some(positive), Some(negative)) = (number(&mut words), number(&mut words)) else { return Ok(()) };
    let counts = [(" +{", "positive", positive), (" -{", "negative", negative)];
    for (sign, key, count) in counts {
        let complete = out.list(key, |out| {
            for _ in 0..count.max(0) {
                let Some((who, rights)) = entry(&mut words) else { return Ok(false) };
                out.item(|out| {
                    out.say(sign).chars("who", who).say(" ").letters("rights", rights as u32, RIGHTS, "");
                    out.say("}");
                    Ok(())
                })?;
            }
            Ok(true)
        })?;
        if !complete {
            break;
        }
    }
    Ok(())
}

fn entry<'a>(words: &mut &'a [u8]) -> Option<(&'a [u8], i32)> {
    let who = word(words)?;
    Some((who, number(words)?))
}

/// The next word: what is between blanks.
fn word<'a>(words: &mut &'a [u8]) -> Option<&'a [u8]> {
    let rest = trim(words);
    let end = rest.iter().position(|c| blank(*c)).unwrap_or(rest.len());
    let (word, rest) = rest.split_at_checked(end)?;
    *words = rest;
    (!word.is_empty()).then_some(word)
}

/// The next number, which ends where its digits end.
fn number(words: &mut &[u8]) -> Option<i32> {
    let rest = trim(words);
    let (negative, rest) = match rest {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let end = rest.iter().position(|c| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    *words = rest;
    let n = digits.iter().fold(0i64, |n, c| n.saturating_mul(10).saturating_add(i64::from(c - b'0')));
    Some(if negative { n.saturating_neg() } else { n } as i32)
}

fn trim(words: &[u8]) -> &[u8] {
    let start = words.iter().position(|c| !blank(*c)).unwrap_or(words.len());
    words.get(start..).unwrap_or_default()
}

fn blank(c: u8) -> bool {
    matches!(c, b' ' | b'\t'..=b'\r')
}
