//! The elements that SNMP is made of: ASN.1 in its basic encoding (ITU-T X.690, RFC 2578 section 2).
//!
//! ```text
//! | class (2 bits), constructed (1), number (5) | length: below 128, or 128 + the count of its bytes | contents ..
//! ```

use super::mib;
use crate::prelude::*;

/// The number that says the real one follows.
const LONG_NUMBER: u8 = 0x1f;
const MORE: u8 = 0x80;

const UNIVERSAL: u8 = 0;
const APPLICATION: u8 = 1;
const CONTEXT: u8 = 2;

const UNIVERSAL_TYPES: &[&str] = &[
    "U-0",
    "Boolean",
    "Integer",
    "Bitstring",
    "String",
    "Null",
    "ObjID",
    "ObjectDes",
    "U-8",
    "U-9",
    "U-10",
    "U-11",
    "U-12",
    "U-13",
    "U-14",
    "U-15",
    "Sequence",
    "Set",
];
const APPLICATION_TYPES: &[&str] =
    &["IpAddress", "Counter", "Gauge", "TimeTicks", "Opaque", "C-5", "Counter64"];
const PDU_TYPES: &[&str] = &[
    "GetRequest",
    "GetNextRequest",
    "GetResponse",
    "SetRequest",
    "Trap",
    "GetBulk",
    "Inform",
    "V2Trap",
    "Report",
];
const PRIVATE_TYPES: &[&str] = &["P-0"];
const EXCEPTIONS: NameTable = &[(0, "noSuchObject"), (1, "noSuchInstance"), (2, "endOfMibView")];

/// What an element is.
#[derive(Clone, Copy)]
pub enum Value<'p> {
    /// Bytes that are not explained.
    Octets(&'p [u8]),
    Null,
    ObjectId(&'p [u8]),
    Integer(i32),
    Unsigned(u32),
    Wide(u64),
    String(&'p [u8]),
    Address(&'p [u8]),
    Sequence(Cursor<'p>),
    /// A message, by its number.
    Pdu(u8, Cursor<'p>),
    /// Why there is no value.
    Exception(u8),
    Unknown,
}

/// An element.
pub struct Element<'p> {
    /// Its contents.
    pub value: Value<'p>,
    length: u32,
}

/// The next element. What is wrong with it is said, and [`Stop::Invalid`].
pub fn read<'p>(p: &mut Cursor<'p>, out: &mut Out) -> Dissect<Element<'p>> {
    let head = head(p, out)?;
    let names = match head.class {
        UNIVERSAL => UNIVERSAL_TYPES,
        APPLICATION => APPLICATION_TYPES,
        CONTEXT => PDU_TYPES,
        _ => PRIVATE_TYPES,
    };
    let Some(name) = names.get(usize::from(head.number)) else {
        let form = if head.constructed { "C" } else { "P" };
        write!(out, "[id?{form}/x/{}]", head.number);
        return Err(Stop::Invalid);
    };
    let start = *p;
    let contents = p.take(head.length as usize)?;
    let inside = start.claiming(contents.len());
    let value = match (head.constructed, head.class, head.number) {
        (false, UNIVERSAL, 2) => Value::Integer(integer(contents, out)?),
        (false, UNIVERSAL, 4) => Value::String(contents),
        (false, UNIVERSAL, 5) => Value::Null,
        (false, UNIVERSAL, 6) => Value::ObjectId(contents),
        (false, APPLICATION, 0) => Value::Address(contents),
        (false, APPLICATION, 1..=3) => Value::Unsigned(unsigned(contents) as u32),
        (false, APPLICATION, 6) => Value::Wide(unsigned(contents)),
        (false, CONTEXT, exception @ 0..=2) => Value::Exception(exception),
        (false, CONTEXT, _) => Value::Unknown,
        (true, UNIVERSAL, 16) => Value::Sequence(inside),
        (true, CONTEXT, kind) => Value::Pdu(kind, inside),
        (constructed, class, _) => {
            let [open, close] = if constructed { ["C/", ""] } else { ["[P/", "]"] };
            out.say(open).say(match class {
                UNIVERSAL => "U/",
                APPLICATION if !constructed => "A/",
                _ => "x/",
            });
            out.say(name).say(close);
            Value::Octets(contents)
        }
    };
    Ok(Element { value, length: head.length })
}

struct Head {
    class: u8,
    constructed: bool,
    number: u8,
    length: u32,
}

fn head(p: &mut Cursor, out: &mut Out) -> Dissect<Head> {
    if p.claimed() < 1 {
        out.say("[nothing to parse]");
        return Err(Stop::Invalid);
    }
    let tag = p.u8()?;
    let mut number = tag & LONG_NUMBER;
    if number == LONG_NUMBER {
        number = long_number(p, out)?;
    }
    if p.claimed() < 1 {
        out.say("[no asnlen]");
        return Err(Stop::Invalid);
    }
    let first = p.u8()?;
    let mut length = u32::from(first);
    if first & MORE != 0 {
        let bytes = usize::from(first & !MORE);
        if p.claimed() < bytes {
            write!(out, "[asnlen? {}<{bytes}]", p.claimed());
            return Err(Stop::Invalid);
        }
        length = p.take(bytes)?.iter().fold(0, |length, byte| length << 8 | u32::from(*byte));
    }
    if p.claimed() < length as usize {
        write!(out, "[len{}<asnlen{length}]", p.claimed());
        return Err(Stop::Invalid);
    }
    Ok(Head { class: tag >> 6, constructed: tag & 0x20 != 0, number, length })
}

/// A number of seven bits a byte, of which the last eight count.
fn long_number(p: &mut Cursor, out: &mut Out) -> Dissect<u8> {
    let mut number = 0;
    loop {
        let byte = p.peek()?;
        if p.claimed() < 1 {
            out.say("[Xtagfield?]");
            return Err(Stop::Invalid);
        }
        p.skip(1)?;
        number = number << 7 | byte & !MORE;
        if byte & MORE == 0 {
            return Ok(number);
        }
    }
}

/// A number with a sign, of which the last 32 bits count.
fn integer(contents: &[u8], out: &mut Out) -> Dissect<i32> {
    let Some(first) = contents.first() else {
        out.say("[asnlen=0]");
        return Err(Stop::Invalid);
    };
    let sign = if first & MORE != 0 { u32::MAX } else { 0 };
    Ok(contents.iter().fold(sign, |n, byte| n << 8 | u32::from(*byte)).cast_signed())
}

fn unsigned(contents: &[u8]) -> u64 {
    contents.iter().fold(0, |n, byte| n << 8 | u64::from(*byte))
}

impl Element<'_> {
    /// Says what it is.
    pub fn say(&self, key: &str, out: &mut Out) {
        match self.value {
            Value::Octets(bytes) => say_octets(key, bytes, out),
            Value::Null => {}
            Value::ObjectId(bytes) => say_object_id(key, bytes, out),
            Value::Integer(n) => _ = out.int(key, n.into()),
            Value::Unsigned(n) => _ = out.num(key, n),
            Value::Wide(n) => _ = out.num(key, n),
            Value::String(chars) => say_string(key, chars, out),
            Value::Address(bytes) => say_address(key, bytes, out),
            Value::Sequence(_) => _ = write!(out, "Seq({})", self.length),
            Value::Pdu(kind, _) => {
                out.note(key, kind).say(PDU_TYPES.get(usize::from(kind)).copied().unwrap_or_default());
                write!(out, "({})", self.length);
            }
            Value::Exception(why) => _ = out.say("[").name(key, why, EXCEPTIONS, "%u").say("]"),
            Value::Unknown => _ = out.say("[BE_ANY!?]"),
        }
    }
}

/// Bytes in hex, each behind a line.
pub fn say_octets(key: &str, bytes: &[u8], out: &mut Out) {
    out.aside(|out| _ = out.bytes(key, bytes));
    out.aloud(|out| {
        for byte in bytes {
            out.say("_").hex0("", *byte, 2);
        }
    });
}

/// Characters in quotation marks, or bytes in hex if not all of them can be printed.
pub fn say_string(key: &str, chars: &[u8], out: &mut Out) {
    out.aside(|out| _ = out.chars(key, chars));
    out.aloud(|out| {
        if chars.iter().all(|c| c.is_ascii_graphic() || *c == b' ') {
            out.say("\"").chars("", chars).say("\"");
        } else {
            out.octets("", chars, b'_');
        }
    });
}

fn say_address(key: &str, bytes: &[u8], out: &mut Out) {
    out.say(if bytes.len() == 4 { "" } else { "[inetaddr len!=4]" });
    let _ = out.phrase(key, |out| {
        let mut before = "";
        for byte in bytes {
            out.say(std::mem::replace(&mut before, ".")).num("", *byte);
        }
        Ok(())
    });
}

/// Names or numbers behind points; the first two share a byte.
pub(super) fn say_object_id(key: &str, bytes: &[u8], out: &mut Out) {
    let _ = out.phrase(key, |out| {
        let short = if out.wants_names() { mib::shorten(bytes) } else { None };
        let (mut place, rest, mut point, mut first) = match short {
            Some((words, place, rest)) => {
                out.say(words);
                (Some(place), rest, "", false)
            }
            None => (out.wants_names().then_some(mib::ROOT), bytes, ".", true),
        };
        let mut number = 0u32;
        for byte in rest {
            number = number << 7 | u32::from(byte & !MORE);
            if byte & MORE != 0 {
                continue;
            }
            if std::mem::replace(&mut first, false) {
                let root = (number / 40).min(2);
                place = say_part(place, root, point, out);
                number -= root * 40;
            }
            place = say_part(place, std::mem::take(&mut number), std::mem::replace(&mut point, "."), out);
        }
        Ok(())
    });
}

/// One number of an identifier, by its name if it has one in its place. Gives that: it is the place of the next.
fn say_part(place: Option<&str>, number: u32, point: &str, out: &mut Out) -> Option<&'static str> {
    let name = place.and_then(|place| mib::below(place, number));
    out.say(point);
    match name {
        Some(name) => out.say(name),
        None => out.num("", number),
    };
    name
}
