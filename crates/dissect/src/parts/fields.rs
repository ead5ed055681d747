//! Messages described by tables: a row for each field, and one walker for all of them.
//!
//! Servers of PC networks send hundreds of messages that are nothing but fields in a row. A row has the words before the
//! field, what kind of field it is, and the words behind it. A message is a view of a packet with an end: fields begin
//! before the end, but a field that begins there may be read past it, as far as the packet was captured.
//!
//! # Contract
//! A walk ends: each row is walked once, and what is repeated is repeated only while it gets further.

use crate::prelude::*;

pub mod text;

/// A whole number in a message.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Int {
    U8,
    U16,
    U32,
    U64,
    /// Most significant byte first, as all that follow.
    Be16,
    Be32,
}

/// Of what kind a field is, and how text has it.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Words only.
    Words,
    /// The message may well end here.
    MayEnd,
    /// So many bytes that nobody reads.
    Skip(usize),
    /// `0xFF`.
    Hex(Int),
    /// `255 (0xff)`.
    Dec(Int),
    /// 32 bits: `-1 (0xffffffff)`.
    Signed,
    /// 64 bits, as [`Kind::Dec`]; the more significant half comes first.
    Halves,
    /// The length of a string that comes later.
    Length(Int),
    /// File attributes, in 8 bits.
    Attributes8,
    /// File attributes, in 16 bits.
    Attributes,
    /// Bits that have names, in 8 bits.
    Bits(Flags),
    /// A string that ends at a NUL; characters are as wide as the message has them.
    Text,
    /// The same, always of one byte each.
    Ascii,
    /// A string behind a byte that says that it is one.
    TypedText,
    /// The same, always of one byte each.
    TypedAscii,
    /// A field of so many characters that a NUL may end early.
    Chars(usize),
    /// The same; a [`Kind::Length`] had how many.
    CountedChars,
    /// A string of as many bytes as a [`Kind::Length`] had.
    CountedText,
    /// A NetBIOS name of 15 bytes and its type.
    Name,
    /// The same as a domain name has it (RFC 1001 section 14).
    EncodedName,
    /// A clock and a calendar as DOS has them, 16 bits each.
    ClockDate,
    /// The same with the calendar first.
    DateClock,
    /// 100 nanoseconds since 1601, in 64 bits.
    FileTime,
    /// As many numbers as there are words before each, and words behind the last.
    Row(&'static [&'static str], Item, &'static str),
    /// A number, and so many bytes that nobody reads.
    Padded(Item, usize),
}

/// A number within a field of several parts.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Item {
    Hex(Int),
    Dec(Int),
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key of the value.
    pub key: &'static str,
    /// Words before the field.
    pub label: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Words behind it.
    pub end: &'static str,
}

/// A field on a line of its own.
pub const fn line(key: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { key, label, kind, end: "\n" }
}

/// A field after which the line goes on, or that ends the line itself.
pub const fn part(key: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { key, label, kind, end: "" }
}

/// Words that belong to no field.
pub const fn words(label: &'static str) -> Field {
    Field { key: "", label, kind: Kind::Words, end: "" }
}

/// The message may well end before what follows.
pub const MAY_END: Field = Field { key: "", label: "", kind: Kind::MayEnd, end: "" };

/// What a message has once, and then again and again to its end.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Fields that come once.
    pub once: &'static [Field],
    /// Fields that come again and again.
    pub each: &'static [Field],
}

impl Layout {
    /// Fields that come once.
    pub const fn of(once: &'static [Field]) -> Self {
        Layout { once, each: &[] }
    }
}

/// How a walk came out: where it ended, or nowhere when a field was cut off and the walk given up.
pub type Walked = Dissect<Option<usize>>;

/// A message. Offsets count from its first byte, and so do those that its names refer to.
#[derive(Clone, Copy, Debug)]
pub struct Message<'p> {
    /// The message and all that was captured behind it.
    pub bytes: Cursor<'p>,
    /// Strings have characters of two bytes, at even offsets.
    pub wide: bool,
    /// What the last [`Kind::Length`] had.
    pub counted: Option<usize>,
}

/// Why a walk is given up.
enum Short {
    /// The packet ends: this ends all of it.
    Cut(Stop),
    /// A part of the message was cut off, around which things go on.
    Part,
}

impl From<Stop> for Short {
    fn from(stop: Stop) -> Self {
        Short::Cut(stop)
    }
}

impl<'p> Message<'p> {
    /// A message of one-byte characters.
    pub fn new(bytes: Cursor<'p>) -> Self {
        Message { bytes, wide: false, counted: None }
    }

    /// The message from `at` on.
    pub fn at(&self, at: usize) -> Cursor<'p> {
        self.bytes.at(at)
    }

    /// The bytes from `at` to before `end`.
    pub fn between(&self, at: usize, end: usize) -> Cursor<'p> {
        self.at(at).claiming(end.saturating_sub(at))
    }

    /// Says the fields from `at` to before `end`, and the bytes that they leave over.
    pub fn say(
        &mut self,
        cx: &Cx,
        key: &str,
        layout: &Layout,
        at: usize,
        end: usize,
        out: &mut Out,
    ) -> Walked {
        out.nest(key, |out| {
            let Some((at, ended)) = self.fields(cx, layout.once, at, end, out)? else { return Ok(None) };
            if ended {
                return Ok(Some(at));
            }
            if !layout.each.is_empty() {
                return self.repeat(cx, layout.each, at, end, out);
            }
            if at < end {
                let left = end - at;
                writeln!(out, "Data: ({left} bytes)");
                text::dump("rest", self.between(at, end), out)?;
            }
            Ok(Some(at.max(end)))
        })
    }

    /// Says the fields from `at` to before `end`, and no more.
    pub fn say_fields(
        &mut self,
        cx: &Cx,
        key: &str,
        fields: &[Field],
        at: usize,
        end: usize,
        out: &mut Out,
    ) -> Walked {
        out.nest(key, |out| Ok(self.fields(cx, fields, at, end, out)?.map(|(at, _)| at)))
    }

    fn repeat(&mut self, cx: &Cx, fields: &[Field], start: usize, end: usize, out: &mut Out) -> Walked {
        out.list("entries", |out| {
            let mut at = start;
            while at < end {
                let walked = out.item(|out| self.fields(cx, fields, at, end, out))?;
                match walked {
                    None => return Ok(None),
                    Some((next, _)) if next == at => break,
                    Some((next, _)) => at = next,
                }
            }
            Ok(Some(at))
        })
    }

    /// Where the walk ended, and whether the message ended before its fields did.
    fn fields(
        &mut self,
        cx: &Cx,
        fields: &[Field],
        mut at: usize,
        end: usize,
        out: &mut Out,
    ) -> Dissect<Option<(usize, bool)>> {
        for field in fields {
            out.say(field.label);
            if !matches!(field.kind, Kind::Words) && at >= end {
                return Ok(Some((at, true)));
            }
            match self.field(field, at, end, out) {
                Ok(next) => at = next,
                Err(Short::Cut(stop)) => return Err(stop),
                Err(Short::Part) => {
                    cx.soft_cut(out)?;
                    out.say(if field.end.starts_with('\n') { "\n" } else { "" });
                    return Ok(None);
                }
            }
            out.say(field.end);
        }
        Ok(Some((at, false)))
    }

    fn field(&mut self, field: &Field, at: usize, end: usize, out: &mut Out) -> Result<usize, Short> {
        let key = field.key;
        let mut p = self.at(at);
        match field.kind {
            Kind::Words | Kind::MayEnd => return Ok(at),
            Kind::Skip(n) => skip(&mut p, n)?,
            Kind::Hex(int) => text::item(key, Item::Hex(int), &mut p, out)?,
            Kind::Dec(int) => text::item(key, Item::Dec(int), &mut p, out)?,
            Kind::Signed => text::signed(key, p.le32()?, out),
            Kind::Halves => {
                let [high, low] = p.array().map(halves).map_err(|_| Short::Part)?;
                text::decimal(key, u64::from(high) << 32 | u64::from(low), out);
            }
            Kind::Length(int) => {
                let n = text::int(int, &mut p)?;
                self.counted = Some(n as usize);
                out.num(key, n);
            }
            Kind::Attributes8 => _ = out.letters(key, p.u8()?, text::ATTRIBUTES, ""),
            Kind::Attributes => _ = out.letters(key, p.le16()?, text::ATTRIBUTES, ""),
            Kind::Bits(names) => _ = out.letters(key, p.u8()?, names, ""),
            Kind::Name => text::name(key, p.array()?, out),
            Kind::ClockDate => text::dos_time(key, p.le32()?, out),
            Kind::DateClock => text::dos_time(key, p.le32()?.rotate_left(16), out),
            Kind::FileTime => text::file_time(key, p.le64().map_err(|_| Short::Part)?, out),
            Kind::Row(before, item, behind) => return self.row(key, (before, item, behind), at, end, out),
            Kind::Padded(item, n) => {
                text::item(key, item, &mut p, out)?;
                if self.is_over(&p, at, end, out) {
                    return Ok(at + p.since(&self.at(at)));
                }
                skip(&mut p, n)?;
            }
            Kind::EncodedName => {
                return self.encoded_name(key, at, end, out).ok_or(Short::Part)?.map_err(Short::Cut);
            }
            _ => return self.string(field, at, end, out),
        }
        Ok(at + p.since(&self.at(at)))
    }

    /// Whether the message ended in the middle of a field.
    fn is_over(&self, p: &Cursor, at: usize, end: usize, out: &mut Out) -> bool {
        let over = at + p.since(&self.at(at)) >= end;
        if over {
            out.say("END OF BUFFER\n");
        }
        over
    }

    fn row(
        &self,
        key: &str,
        (before, item, behind): (&[&str], Item, &str),
        at: usize,
        end: usize,
        out: &mut Out,
    ) -> Result<usize, Short> {
        let mut p = self.at(at);
        out.list(key, |out| {
            for (i, words) in before.iter().enumerate() {
                if i > 0 && self.is_over(&p, at, end, out) {
                    return Ok(());
                }
                out.say(words);
                text::item("", item, &mut p, out)?;
            }
            if !behind.is_empty() && !self.is_over(&p, at, end, out) {
                out.say(behind);
            }
            Ok(())
        })?;
        Ok(at + p.since(&self.at(at)))
    }

    fn string(&self, field: &Field, at: usize, end: usize, out: &mut Out) -> Result<usize, Short> {
        let key = field.key;
        let typed = matches!(field.kind, Kind::TypedText | Kind::TypedAscii);
        let wide = self.wide && !matches!(field.kind, Kind::Ascii | Kind::TypedAscii);
        let mut p = self.at(at);
        if typed {
            let kind = p.u8()?;
            if !matches!(kind, 2 | 4) {
                out.say("Error! ASCIIZ buffer of type ").num(key, kind);
                return Ok(end);
            }
        }
        let counted = match field.kind {
            Kind::Chars(n) => Some(n),
            Kind::CountedChars | Kind::CountedText => {
                if self.counted.is_none() {
                    out.say("{stringlen not set}");
                    return Err(Short::Part);
                }
                self.counted
            }
            _ => None,
        };
        match (field.kind, counted) {
            (Kind::Chars(_) | Kind::CountedChars, Some(n)) => {
                let chars = p.take(n).map_err(|_| Short::Part)?;
                text::padded(key, chars, out);
            }
            _ => {
                if wide && !(at + usize::from(typed)).is_multiple_of(2) {
                    skip(&mut p, 1)?;
                }
                let whole = text::string(key, &mut p, counted, wide, out)?;
                if !whole {
                    return Err(Short::Part);
                }
            }
        }
        Ok(at + p.since(&self.at(at)))
    }

    /// A NetBIOS name in the form of a domain name; `None` when it does not end in the message.
    fn encoded_name(&self, key: &str, at: usize, end: usize, out: &mut Out) -> Option<Dissect<usize>> {
        let first = match self.at(at).u8() {
            Ok(first) => first,
            Err(stop) => return Some(Err(stop)),
        };
        let refers = first & text::POINTER == text::POINTER;
        let mut name_at = at;
        if refers {
            name_at = usize::from(self.at(at).be16().ok()? & 0x3fff);
            if at + 1 >= end || name_at == 0 || name_at >= end {
                return None;
            }
        }
        let (decoded, kind) = text::decode(self.at(name_at), end.saturating_sub(name_at))?;
        let mut next = at + 2;
        if !refers {
            next = at;
            loop {
                let n = usize::from(self.at(next).u8().ok()?);
                if n == 0 {
                    next += 1;
                    break;
                }
                if next >= end {
                    return None;
                }
                next += n + 1;
            }
        }
        text::say_name(key, &decoded, kind, out);
        Some(Ok(next))
    }
}

fn skip(p: &mut Cursor, n: usize) -> Result<(), Short> {
    p.skip(n).map_err(|_| Short::Part)
}

fn halves([a, b, c, d, e, f, g, h]: [u8; 8]) -> [u32; 2] {
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    const FIELDS: Layout = Layout {
        once: &[
            line("bits", "Bits=", Kind::Bits(&[(1, "ONE "), (4, "FOUR ")])),
            line("row", "Row=", Kind::Row(&["(", ", "], Item::Hex(Int::U8), ")")),
            line("padded", "Padded=", Kind::Padded(Item::Dec(Int::U8), 2)),
            line("signed", "Signed=", Kind::Signed),
            line("halves", "Halves=", Kind::Halves),
            part("length", "Length=", Kind::Length(Int::U8)),
            line("text", " Text=", Kind::CountedText),
            line("chars", "Chars=", Kind::Chars(4)),
            part("time", "Time=", Kind::ClockDate),
            part("file_time", "FileTime=", Kind::FileTime),
        ],
        each: &[line("text", "Text=", Kind::TypedText)],
    };

    /// The first byte tells where the message ends.
    static MESSAGE: Protocol = Protocol {
        name: "message",
        dissect: |cx, p, out| {
            let end = usize::from(p.peek()?);
            let mut message = Message { wide: cx.options.quiet > 0, ..Message::new(p) };
            message.say(cx, "fields", &FIELDS, 1, end, out).map(drop)
        },
    };

    #[test]
    fn fields_of_all_kinds() {
        let first = "05 0aff 01 0000 ffffffff 01000000 02000000";
        let said = "Bits=ONE FOUR \nRow=(0xA, 0xFF)\nPadded=1 (0x1)\nSigned=-1 (0xffffffff)\nHalves=4294967298 (0x100000002)\n";
        check(
            &MESSAGE,
            &format!(
                "36 {first} 05 41 1f 43 00 45 46470048 0100 2128 0000000000000000 04 4142 00 02 43 00 07"
            ),
            "",
            &format!(
                "{said}Length=5 Text=A.C\nChars=FG  \nTime=2000-01-01 00:00:02\nFileTime=NULL\nText=AB\nText=C\n\
                 Text=Error! ASCIIZ buffer of type 7\n"
            ),
        );
        // Wide characters.
        check(
            &MESSAGE,
            &format!("28 {first} 04 4100 4e26 46470048 0100 2128 0000000000000080"),
            "-q",
            &format!(
                "{said}Length=4 Text=A.\nChars=FG  \nTime=2000-01-01 00:00:02\n\
                 FileTime=[localtime() or gmtime() couldn't convert the date and time]\n"
            ),
        );
    }

    #[test]
    fn messages_that_end_early() {
        check(&MESSAGE, "01 05", "", "Bits=");
        check(&MESSAGE, "02 05 0aff", "", "Bits=ONE FOUR \nRow=");
        check(&MESSAGE, "03 05 0aff", "", "Bits=ONE FOUR \nRow=(0xAEND OF BUFFER\n\nPadded=");
        check(
            &MESSAGE,
            "05 05 0aff 01",
            "",
            "Bits=ONE FOUR \nRow=(0xA, 0xFF)\nPadded=1 (0x1)END OF BUFFER\n\nSigned=",
        );
        check(
            &MESSAGE,
            "06 05 0aff 01 00",
            "",
            "Bits=ONE FOUR \nRow=(0xA, 0xFF)\nPadded=1 (0x1) [|message]\n",
        );
        check(
            &MESSAGE,
            "09 05 0aff 01 0000 ff",
            "",
            "Bits=ONE FOUR \nRow=(0xA, 0xFF)\nPadded=1 (0x1)\nSigned= [|message]",
        );
    }
}
