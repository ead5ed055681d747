//! How the fields of such messages are read and said.

use super::{Int, Item};
use crate::parts::date;
use crate::prelude::*;

/// Characters of a string that are told; the rest is left out.
const STRING: usize = 1000;
/// Characters of a NetBIOS name, without its type.
const NAME: usize = 15;
/// What the first byte of a domain name has set when another place in the message has the name.
pub const POINTER: u8 = 0xc0;
/// Bytes on one line of a dump.
const LINE: usize = 16;
/// Bytes in each half of a line.
const HALF: usize = 8;

/// File attributes (MS-CIFS section 2.2.1.2.4).
pub const ATTRIBUTES: Flags = &[
    (0x01, "READONLY "),
    (0x02, "HIDDEN "),
    (0x04, "SYSTEM "),
    (0x08, "VOLUME "),
    (0x10, "DIR "),
    (0x20, "ARCHIVE "),
];

/// What the last byte of a NetBIOS name says of who bears it.
const NAME_TYPES: NameTable = &[
    (0x00, "Workstation"),
    (0x03, "Client?"),
    (0x1b, "Domain Controller"),
    (0x1d, "Master Browser"),
    (0x1e, "Browser Server"),
    (0x20, "Server"),
];

/// Reads a whole number.
pub fn int(int: Int, p: &mut Cursor) -> Dissect<u64> {
    Ok(match int {
        Int::U8 => p.u8()?.into(),
        Int::U16 => p.le16()?.into(),
        Int::U32 => p.le32()?.into(),
        Int::U64 => p.le64()?,
        Int::Be16 => p.be16()?.into(),
        Int::Be32 => p.be32()?.into(),
    })
}

/// Reads a whole number and says it.
pub fn item(key: &str, item: Item, p: &mut Cursor, out: &mut Out) -> Dissect {
    match item {
        Item::Hex(width) => {
            let n = int(width, p)?;
            write!(out, "0x{n:X}").note(key, n);
        }
        Item::Dec(width) => decimal(key, int(width, p)?, out),
    }
    Ok(())
}

/// Says a number twice, in decimal and in hexadecimal.
pub fn decimal(key: &str, n: u64, out: &mut Out) {
    out.num(key, n).aloud(|out| _ = out.say(" (0x").hex("", n).say(")"));
}

/// Says a number that may be negative.
pub fn signed(key: &str, n: u32, out: &mut Out) {
    out.int(key, n.cast_signed().into()).aloud(|out| _ = out.say(" (0x").hex("", n).say(")"));
}

/// Bytes that nobody explains, as far as they were captured, and then the cut.
pub fn dump(key: &str, p: Cursor, out: &mut Out) -> Dissect {
    let bytes = p.sub(p.claimed()).rest();
    out.aloud(|out| lines(bytes, p.claimed(), out));
    out.aside(|out| _ = out.bytes(key, bytes));
    p.need(p.claimed())
}

/// The lines of a dump of `claimed` bytes. A line has its characters once all of its bytes have been told.
fn lines(bytes: &[u8], claimed: usize, out: &mut Out) {
    let mut offset = 0;
    for line in bytes.chunks(LINE) {
        write!(out, "[{offset:03X}] ");
        for (i, byte) in line.iter().enumerate() {
            write!(out, "{byte:02X} ").say(if i % HALF == HALF - 1 { " " } else { "" });
        }
        offset += line.len();
        if line.len() < LINE && offset < claimed {
            return;
        }
        if line.len() < LINE {
            let left = LINE - line.len();
            // A blank behind the bytes, one for the gap between halves if that was not reached, three for each byte.
            let blanks = 1 + usize::from(left > HALF) + 3 * left;
            write!(out, "{:blanks$}", "");
        }
        let (first, second) = line.split_at(HALF.min(line.len()));
        out.chars("", first).say(" ").chars("", second).say("\n");
    }
    if offset < claimed && offset % LINE == 0 {
        write!(out, "[{offset:03X}] ");
    }
}

/// A string of so many bytes, or up to a NUL. `false` if a NUL ends it early and what should follow that was not
/// captured.
pub fn string(key: &str, p: &mut Cursor, counted: Option<usize>, wide: bool, out: &mut Out) -> Dissect<bool> {
    let width = 1 + usize::from(wide);
    let mut text = [b'.'; STRING];
    let mut said = 0;
    let mut left = counted.unwrap_or(usize::MAX);
    let mut whole = true;
    while left >= width {
        let c = if wide { p.le16()? } else { p.u8()?.into() };
        left -= width;
        if c == 0 {
            whole = counted.is_none() || p.skip(left).is_ok();
            left = 0;
        } else if let Some(to) = text.get_mut(said) {
            *to = u8::try_from(c).ok().filter(|c| matches!(c, b' '..=b'~')).unwrap_or(b'.');
            said += 1;
        }
    }
    // Half a character.
    whole &= p.skip(left).is_ok();
    out.chars(key, text.get(..said).unwrap_or_default());
    Ok(whole)
}

/// Characters up to a NUL, in a column as wide as their field.
pub fn padded(key: &str, chars: &[u8], out: &mut Out) {
    let used = chars.iter().position(|c| *c == 0).unwrap_or(chars.len());
    let blanks = chars.len() - used;
    out.plain_chars(key, chars.get(..used).unwrap_or_default());
    write!(out, "{:blanks$}", "");
}

/// A name and its type.
pub fn name(key: &str, [name @ .., kind]: [u8; NAME + 1], out: &mut Out) {
    say_name(key, &name, kind, out);
}

/// A name in 15 columns, and its type.
pub fn say_name(key: &str, name: &[u8; NAME], kind: u8, out: &mut Out) {
    // A value of its own, as a name is told in two parts.
    let said = out.nest(key, |out| {
        padded("name", name, out);
        write!(out, " NameType=0x{kind:02X} (");
        out.name("type", kind, NAME_TYPES, "Unknown").say(")");
        Ok(())
    });
    debug_assert!(said.is_ok());
}

/// A name of letters, each of which has four bits of it (RFC 1001 section 14.1), and its type; `None` if it does not end
/// within `limit` bytes.
pub fn decode(mut p: Cursor, limit: usize) -> Option<([u8; NAME], u8)> {
    /// The longest name, with types and scopes that nobody writes.
    const LONGEST: usize = 30;
    let mut name = [0; NAME];
    let mut kind = 0;
    if limit == 0 {
        return None;
    }
    let length = usize::from(p.u8().ok()?) / 2;
    if length > LONGEST {
        return Some((name, 0));
    }
    for i in 0..length {
        let [high, low] = p.array().ok()?;
        if 2 * i + 2 >= limit {
            return None;
        }
        let letters = b'A'..=b'P';
        if !letters.contains(&high) || !letters.contains(&low) {
            return Some((name, 0));
        }
        kind = (high - b'A') << 4 | (low - b'A');
        if let Some(to) = name.get_mut(i) {
            *to = kind;
        }
    }
    // Types count from zero: what would be negative is none.
    (kind < 0x80).then_some((name, kind))
}

/// A DOS clock, in the lower half, and calendar: local time, of which nobody here knows the zone.
pub fn dos_time(key: &str, packed: u32, out: &mut Out) {
    if packed == 0 || packed == u32::MAX {
        return moment(key, 0, out);
    }
    let bits = |from: u32, count: u32| i64::from(packed >> from & ((1 << count) - 1));
    let day = date::days(1980 + bits(25, 7), bits(21, 4), bits(16, 5));
    moment(key, day * 86_400 + bits(11, 5) * 3_600 + bits(5, 6) * 60 + bits(0, 5) * 2, out);
}

/// 100 nanoseconds since 1601. Text has what tcpdump 5.0 makes of it, which takes them for seconds since 1970.
pub fn file_time(key: &str, ticks: u64, out: &mut Out) {
    /// Seconds from 1601 to 1970.
    const TO_1970: i64 = 11_644_473_600;
    let seconds = if ticks == 0 { 0 } else { (ticks / 10_000_000).cast_signed() - TO_1970 };
    out.aside(|out| _ = out.int(key, seconds));
    say_moment(ticks.cast_signed(), out);
}

/// A moment in seconds since 1970, on a line of its own.
fn moment(key: &str, seconds: i64, out: &mut Out) {
    out.aside(|out| _ = out.int(key, seconds));
    say_moment(seconds, out);
}

fn say_moment(seconds: i64, out: &mut Out) {
    /// The last second of the last year that the C library knows, and as long before 1970.
    const LAST: u64 = 67_768_036_191_676_799;
    if seconds == 0 {
        out.say("NULL\n");
    } else if seconds.unsigned_abs() > LAST {
        out.say("[localtime() or gmtime() couldn't convert the date and time]\n");
    } else {
        let at = date::of(seconds);
        let (year, month, day, hour, minute, second) =
            (at.year, at.month, at.day, at.hour, at.minute, at.second);
        writeln!(out, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    }
}
