//! Domain names on the wire (RFC 1035 section 4.1.4): labels, and pointers to labels said before. Bit labels
//! (RFC 2673) are gone from the Internet, but not from captures.
//!
//! Positions count from the start of `bytes` and may lie past its end, where nothing can be read.

use crate::out::Out;
use gannet_wire::{Dissect, Stop};

/// The longest name that is said, in characters.
const MAX_CHARS: usize = 255;
/// Labels of one name, after which its end is not looked for.
const MAX_LABELS: usize = 1 << 14;

/// Step over this name, wherever it points; the position behind it. Reads nothing behind a pointer.
pub fn skip(bytes: &[u8], mut at: usize) -> Dissect<usize> {
    loop {
        let length = byte(bytes, at)?;
        at += 1;
        match Label::of(length) {
            Label::Chars(0) => return Ok(at),
            Label::Chars(n) => at += n,
            Label::Pointer => return Ok(at + 1),
            Label::Bits => at += 1 + bits_in(byte(bytes, at)?).div_ceil(8),
            Label::Unknown(_) | Label::Reserved => return Err(Stop::Truncated),
        }
    }
}

/// Says the name at `at`, whose pointers count from `base`; the position behind it.
///
/// Pointers lead only to what was said before them. A name that breaks this, or another rule, is said as far as
/// it goes with what is wrong, and is as good as cut.
pub fn say(out: &mut Out, bytes: &[u8], base: usize, mut at: usize) -> Dissect<usize> {
    let mut before = at.checked_sub(base).unwrap_or(usize::MAX);
    let mut after = None;
    let mut chars = 0;
    let mut length = checked_label(out, bytes, at)?;
    at += 1;
    match Label::of(length) {
        Label::Chars(0) => {
            out.say(".");
            return Ok(at);
        }
        Label::Pointer => byte(bytes, at).map(drop)?,
        _ => {}
    }
    for _ in 0..MAX_LABELS {
        if at >= bytes.len() {
            // Nothing is here of this label, and of the name no more than was said.
            return too_long(out, chars, after.unwrap_or(at + 1));
        }
        match Label::of(length) {
            Label::Pointer => {
                let target = usize::from(u16::from_be_bytes([length, byte(bytes, at)?]) & 0x3fff);
                after.get_or_insert(at + 1);
                if target >= before {
                    out.say("<BAD PTR>");
                    return Err(Stop::Truncated);
                }
                before = target;
                at = base + target;
                length = checked_label(out, bytes, at)?;
                at += 1;
                if length == 0 {
                    return too_long(out, chars, after.unwrap_or(at));
                }
                continue;
            }
            Label::Bits => at += say_bits(out, bytes, at)?,
            _ => {
                say_chars(out, bytes, at, length.into(), chars)?;
                at += usize::from(length);
                chars += usize::from(length);
            }
        }
        if chars <= MAX_CHARS {
            out.say(".");
        }
        chars += 1;
        length = checked_label(out, bytes, at)?;
        at += 1;
        if length == 0 {
            return too_long(out, chars, after.unwrap_or(at));
        }
    }
    Err(Stop::Truncated)
}

fn too_long(out: &mut Out, chars: usize, after: usize) -> Dissect<usize> {
    if chars > MAX_CHARS {
        out.say("<DOMAIN NAME TOO LONG>");
    }
    Ok(after)
}

/// What the first byte of a label makes it.
enum Label {
    /// So many characters; none end the name.
    Chars(usize),
    /// The rest of the name is elsewhere.
    Pointer,
    /// A count of bits, and the bits.
    Bits,
    /// An extended label type that nobody uses.
    Unknown(u8),
    /// Neither.
    Reserved,
}

impl Label {
    fn of(length: u8) -> Self {
        match length {
            0..=0x3f => Label::Chars(length.into()),
            0x41 => Label::Bits,
            0x40..=0x7f => Label::Unknown(length & 0x3f),
            0x80..=0xbf => Label::Reserved,
            0xc0.. => Label::Pointer,
        }
    }
}

fn byte(bytes: &[u8], at: usize) -> Dissect<u8> {
    bytes.get(at).copied().ok_or(Stop::Truncated)
}

/// The first byte of a label, if such labels exist.
fn checked_label(out: &mut Out, bytes: &[u8], at: usize) -> Dissect<u8> {
    let length = byte(bytes, at)?;
    match Label::of(length) {
        Label::Unknown(kind) => {
            out.say("<ELT ").num("", kind).say(">");
            Err(Stop::Truncated)
        }
        Label::Reserved => {
            out.say("<BAD LABEL TYPE>");
            Err(Stop::Truncated)
        }
        Label::Bits => byte(bytes, at + 1).map(|_| length),
        Label::Chars(_) | Label::Pointer => Ok(length),
    }
}

/// Characters of a label, as far as they are here and the name is not too long.
fn say_chars(out: &mut Out, bytes: &[u8], at: usize, length: usize, before: usize) -> Dissect {
    let wanted = length.min(MAX_CHARS.saturating_sub(before));
    let rest = bytes.get(at..).unwrap_or_default();
    let present = rest.get(..wanted).unwrap_or(rest);
    out.chars("", present);
    if present.len() < wanted { Err(Stop::Truncated) } else { Ok(()) }
}

fn bits_in(count: u8) -> usize {
    if count == 0 { 256 } else { count.into() }
}

/// Says a label of bits in hex, and gives how many bytes it has behind its type.
fn say_bits(out: &mut Out, bytes: &[u8], at: usize) -> Dissect<usize> {
    let count = bits_in(byte(bytes, at)?);
    let (whole, odd) = (count / 8, count % 8);
    let bits = bytes.get(at + 1..).unwrap_or_default();
    out.say("\\[x").bytes("", bits.get(..whole).unwrap_or(bits));
    if odd > 0 || bits.len() < whole {
        let last = bits.get(whole).copied().ok_or(Stop::Truncated)?;
        match odd {
            5.. => out.hex0("", last & (0xff << (8 - odd)), 2),
            _ => out.hex("", last >> 4 & (0x0f << (4 - odd)) & 0x0f),
        };
    }
    out.say("/").num("", count).say("]");
    Ok(1 + count.div_ceil(8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;
    use crate::testing::bytes;

    fn hear(hex: &str, at: usize) -> (String, Dissect<usize>) {
        let bytes = bytes(hex);
        let mut buf = Vec::new();
        let after = say(&mut Out::new(Ear::Text, &mut buf, None), &bytes, 0, at);
        (String::from_utf8(buf).unwrap(), after)
    }

    #[test]
    fn labels_and_pointers() {
        let message = "03777777 02 6465 00 0161 c004 00 c004 00";
        assert_eq!(hear(message, 0), ("www.de.".into(), Ok(8)));
        assert_eq!(hear(message, 8), ("a.de.".into(), Ok(12)));
        assert_eq!(hear(message, 12), (".".into(), Ok(13)));
        assert_eq!(hear(message, 13), ("de.".into(), Ok(15)));
        for (at, after) in [(0, 8), (8, 12), (12, 13), (13, 15)] {
            assert_eq!(skip(&bytes(message), at), Ok(after));
        }
    }

    #[test]
    fn names_that_lie() {
        let cut = Err(Stop::Truncated);
        assert_eq!(hear("c000", 0), ("<BAD PTR>".into(), cut));
        assert_eq!(hear("0161 c002 00", 0), ("a.<BAD PTR>".into(), cut));
        assert_eq!(hear("0161 8000", 0), ("a.<BAD LABEL TYPE>".into(), cut));
        assert_eq!(hear("0161 4200", 0), ("a.<ELT 2>".into(), cut));
        assert_eq!(hear("036161", 0), ("aa".into(), cut));
        assert_eq!(hear("0161", 0), ("a.".into(), cut));
        assert_eq!(hear("", 0), ("".into(), cut));
        assert_eq!(hear("03", 0), ("".into(), Ok(2)));
        assert_eq!(hear("c0", 0), ("".into(), cut));
        assert_eq!(skip(&bytes("8000"), 0), cut);
        assert_eq!(skip(&bytes("0361"), 0), cut);
    }

    #[test]
    fn bit_labels() {
        assert_eq!(hear("410c abc0 00", 0), ("\\[xabc/12].".into(), Ok(5)));
        assert_eq!(hear("410e abcf 00", 0), ("\\[xabcc/14].".into(), Ok(5)));
        assert_eq!(hear("4108 ab 00", 0), ("\\[xab/8].".into(), Ok(4)));
        assert_eq!(hear("4118 ab", 0), ("\\[xab".into(), Err(Stop::Truncated)));
        assert_eq!(skip(&bytes("410c abc0 00"), 0), Ok(5));
    }

    #[test]
    fn long_names_are_said_up_to_a_bound() {
        let label = format!("3f{}", "61".repeat(63));
        let (said, after) = hear(&format!("{}00", label.repeat(5)), 0);
        assert_eq!(after, Ok(5 * 64 + 1));
        assert_eq!(said.len(), 255 + "<DOMAIN NAME TOO LONG>".len() + 1, "{said}");
        assert!(said.ends_with("a.<DOMAIN NAME TOO LONG>"), "{said}");
    }
}
