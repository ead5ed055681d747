//! Fields of fixed length, one behind the other, as data; and what messages of all versions say alike (source:
//! OpenFlow Switch Specification 1.0.0 and 1.3.3).

use crate::parts::ouis;
use crate::prelude::*;

/// What a number of one to eight bytes is, or what stands instead of one.
pub(super) enum Kind {
    Dec,
    /// Said only if it is not 0.
    NonZero,
    /// In as many digits as it has bytes for.
    Hex,
    /// By name; or as these words say it.
    Named(NameTable, &'static str),
    Bits(&'static Bits),
    Mac,
    Ip4,
    /// Characters up to a NUL, between quotes.
    Chars,
    /// Nobody reads it.
    Pad,
    /// Nobody says it, but the message ends there.
    End,
}

/// The words in front of a field, its key, its length in bytes, and what it is.
pub(super) type Field = (&'static str, &'static str, usize, Kind);

/// Bits that have names, and those that have a meaning: others are bogus.
pub(super) struct Bits {
    pub names: Flags,
    pub assigned: u32,
}

/// Reads and says fields.
pub(super) fn say(fields: &[Field], p: &mut Cursor, out: &mut Out) -> Dissect {
    fields.iter().try_for_each(|field| say_one(field, p, out))
}

fn say_one((words, key, length, kind): &Field, p: &mut Cursor, out: &mut Out) -> Dissect {
    match kind {
        Kind::Pad => p.pass(*length),
        Kind::End => p.skip(*length)?,
        Kind::Chars => {
            out.say(words).say("'").padded_chars_of(key, p, *length)?.say("'");
        }
        Kind::Mac => {
            let mac = p.array()?;
            out.say(words).mac(key, mac);
        }
        Kind::Ip4 => {
            let ip = p.array()?;
            out.say(words).ip4(key, ip);
        }
        _ => {
            let n = p.take(*length)?.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
            number(words, key, n, *length, kind, out);
        }
    }
    Ok(())
}

fn number(words: &str, key: &str, n: u64, length: usize, kind: &Kind, out: &mut Out) {
    match kind {
        Kind::NonZero if n == 0 => drop(out.note(key, n)),
        Kind::Hex => drop(out.say(words).say("0x").hex0(key, n, 2 * length)),
        Kind::Named(names, otherwise) => drop(out.say(words).name(key, n, names, otherwise)),
        Kind::Bits(bits) => {
            out.say(words).say("0x").hex0(key, n, 2 * length);
            bits.say(n as u32, out);
        }
        _ => drop(out.say(words).num(key, n)),
    }
}

impl Bits {
    /// Bits all of which have names.
    pub(super) const fn named(names: Flags) -> Self {
        let (mut assigned, mut rest) = (0, names);
        while let [(bit, _), more @ ..] = rest {
            assigned |= *bit;
            rest = more;
        }
        Bits { names, assigned }
    }

    fn say(&self, n: u32, out: &mut Out) {
        if n & self.assigned != 0 {
            out.aloud(|out| _ = out.say(" (").flags("", n, self.names, "").say(")"));
        }
        if n & !self.assigned != 0 {
            out.say(" (bogus)");
        }
    }
}

/// Bytes that only those who sent them understand.
pub(super) fn data(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length == 0 {
        return Ok(());
    }
    out.aloud(|out| _ = out.say("\n\t data (").num("", length).say(" octets)"));
    if cx.verbose() > 1 {
        out.dump_indented("data", p.sub(length).rest(), "\n\t  ");
    }
    p.skip(length)
}

/// Who extends the protocol, by what the ONF gave out; with a leading zero it is the IEEE's number of an organisation.
const EXPERIMENTERS: NameTable = &[
    (0x4f4e4600, "ONF Extensions"),
    (0xff000001, "Budapest University of Technology and Economics"),
    (0xff000002, "NoviFlow"),
    (0xff000003, "L3+ Extensions, Vendor Neutral"),
    (0xff000004, "L4-L7 Extensions"),
    (0xff000005, "Wireless and Mobility Extensions"),
    (0xff000006, "Forwarding Abstractions Extensions"),
    (0xff000007, "Optical Transport Extensions"),
    (0xff000008, "Network Benchmarking Lab, NCTU"),
    (0xff000009, "Mobile Packet Core Extensions"),
    (0xff00000a, "MPLS-TP OpenFlow Extensions for SPTN"),
];

/// Says who extends the protocol, and gives the number.
pub(super) fn experimenter(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect<u32> {
    let number = p.be32()?;
    let names = if number >> 24 == 0 { ouis::NAMES } else { EXPERIMENTERS };
    out.say(words).say("0x").hex0(key, number, 8);
    out.aloud(|out| _ = out.say(" (").name("", number, names, "unknown").say(")"));
    Ok(number)
}

/// What went wrong, and what the words for it are: names of the types, and of the codes of each type.
pub(super) struct Errors {
    pub types: NameTable,
    pub codes: &'static [(u16, NameTable)],
}

/// An error message: its type, its code, and the message that it is about.
pub(super) fn error(errors: &Errors, cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let kind = p.be16()?;
    out.say("\n\t type ").name("error_type", kind, errors.types, "invalid (0x%04x)");
    let code = p.be16()?;
    let codes = errors.codes.iter().find(|row| row.0 == kind).map_or(&[][..], |row| row.1);
    out.say(", code ").name("code", code, codes, "invalid (0x%04x)");
    data(cx, p, out)
}
