//! The assembler: the language of Linux's `bpf_asm`, and what [`crate::listing::assembly`] writes.
//!
//! ```
//! use gannet_bpf::{Limits, Metadata, Vm, asm, check};
//! let source = "
//!         ldh [12]
//!         jne #0x800, drop        ; not IPv4
//!         ldb [23]
//!         jneq #6, drop           /* not TCP */
//!         ret #-1
//! drop:   ret #0
//! ";
//! let program = check(asm::assemble(source)?, Limits::KERNEL)?;
//! assert_eq!(Vm::new(&program).run(&[0; 60], 60, &Metadata::default()), 0);
//! let wrong = asm::assemble("ldh [12\nret #0").unwrap_err();
//! assert_eq!(wrong.to_string(), "2:1: expected ']', found 'ret'");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An instruction is a word and its operands; where lines end means nothing. `NAME:` before an instruction names it for
//! jumps. Words may be written in either case, names may not. Registers may be written `%a` and `%x`, extensions
//! with `#` or without; numbers are decimal, `0x` hexadecimal, `0b` binary or octal after a `0`, and may be negative.
//! Comments go from `;` to the end of the line, from a `#` that begins a line to its end, and from `/*` to `*/`.
//! Beyond `bpf_asm`, `jne`, `jlt` and `jle` may name two targets, and `.insn CODE, JT, JF, K` is any
//! instruction at all.

mod lex;

use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

use crate::ancillary::AD_OFF;
use crate::instruction::{Instruction, opcode::*};
use crate::listing::EXTENSIONS;
use lex::{Kind, Token};

/// What is wrong with the source, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// The line's number, from 1.
    pub line: usize,
    /// The character's number in its line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Something else should stand here.
    Expected {
        /// What should.
        expected: &'static str,
        /// What does; empty at the end.
        found: String,
    },
    /// No token begins with this character.
    Character(char),
    /// This is no number of 32 bits.
    Number(String),
    /// This comment does not end.
    OpenComment,
    /// No instruction is called this.
    NoSuchLabel(String),
    /// Two instructions are called this.
    SecondLabel(String),
    /// A conditional jump can skip 255 instructions forward and none backward; this is how far the label is.
    TooFar(String, i64),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match &self.reason {
            Reason::Expected { expected, found } if found.is_empty() => {
                write!(f, "expected {expected}, found the end")
            }
            Reason::Expected { expected, found } => write!(f, "expected {expected}, found '{found}'"),
            Reason::Character(c) => write!(f, "unknown character {c:?}"),
            Reason::Number(text) => write!(f, "'{text}' is no number of 32 bits"),
            Reason::OpenComment => write!(f, "this comment has no end"),
            Reason::NoSuchLabel(name) => write!(f, "no instruction is labelled '{name}'"),
            Reason::SecondLabel(name) => write!(f, "the label '{name}' is taken"),
            Reason::TooFar(name, distance @ 0..) => write!(
                f,
                "'{name}' is {distance} instructions ahead, of which a conditional jump can skip 255: jump there with 'ja'"
            ),
            Reason::TooFar(name, _) => {
                write!(f, "'{name}' lies behind; only 'ja' jumps backward")
            }
        }
    }
}

impl core::error::Error for Error {}

/// Makes the instructions of a source text.
///
/// # Errors
/// The first place at which the text is wrong. The list is not checked further: see [`crate::check()`].
pub fn assemble(text: &str) -> Result<Vec<Instruction>, Error> {
    let mut source = Source { tokens: lex::tokens(text)?, at: 0, list: Vec::new(), jumps: Vec::new() };
    let mut labels = BTreeMap::new();
    loop {
        let token = source.next();
        let Kind::Word(word) = token.kind else {
            if token.kind == Kind::End && !source.list.is_empty() {
                break;
            }
            return Err(token.expected("an instruction"));
        };
        if source.eat(':') {
            if labels.insert(word, source.list.len()).is_some() {
                return Err(token.wrong(Reason::SecondLabel(word.to_owned())));
            }
            // A label belongs to an instruction.
            match source.peek().kind {
                Kind::End => return Err(source.peek().expected("an instruction")),
                _ => continue,
            }
        }
        source.instruction(&token, word)?;
    }
    source.resolve(&labels)
}

/// Which field of an instruction a label fills in.
#[derive(Clone, Copy)]
enum Field {
    True,
    False,
    Always,
}

struct Source<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    list: Vec<Instruction>,
    /// The labels that instructions name, to be found when all are known.
    jumps: Vec<(usize, Field, Token<'t>)>,
}

/// Arithmetic by its word.
const OPERATIONS: [(&str, u16); 10] = [
    ("add", ADD),
    ("sub", SUB),
    ("mul", MUL),
    ("div", DIV),
    ("mod", MOD),
    ("and", AND),
    ("or", OR),
    ("xor", XOR),
    ("lsh", LSH),
    ("rsh", RSH),
];

/// Conditional jumps by their word, and whether it says the opposite of what the machine tests.
const JUMPS: [(&str, u16, bool); 8] = [
    ("jeq", JEQ, false),
    ("jneq", JEQ, true),
    ("jne", JEQ, true),
    ("jgt", JGT, false),
    ("jle", JGT, true),
    ("jge", JGE, false),
    ("jlt", JGE, true),
    ("jset", JSET, false),
];

impl<'t> Source<'t> {
    fn instruction(&mut self, token: &Token<'t>, word: &str) -> Result<(), Error> {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if let Some((_, op)) = OPERATIONS.iter().find(|(name, _)| is(name)) {
            let (source, k) = self.operand()?;
            return self.put(ALU | op | source, k);
        }
        if let Some((_, test, opposite)) = JUMPS.iter().find(|(name, ..)| is(name)) {
            return self.conditional(JMP | test, *opposite);
        }
        match word.to_ascii_lowercase().as_str() {
            "ld" => self.load(W),
            "ldh" => self.load(H),
            "ldb" => self.load(B),
            "ldi" => self.immediate(LD | IMM),
            "ldxi" => self.immediate(LDX | IMM),
            "ldx" => self.load_x(),
            "ldxb" => self.header_length(),
            "st" => self.slot().and_then(|k| self.put(ST, k)),
            "stx" => self.slot().and_then(|k| self.put(STX, k)),
            "ja" | "jmp" => {
                self.label(Field::Always)?;
                self.put(JMP | JA, 0)
            }
            "ret" => self.give_back(),
            "tax" => self.put(MISC | TAX, 0),
            "txa" => self.put(MISC | TXA, 0),
            "neg" => self.put(ALU | NEG, 0),
            ".insn" => self.any(),
            _ => Err(token.expected("an instruction")),
        }
    }

    fn put(&mut self, code: u16, k: u32) -> Result<(), Error> {
        self.list.push(Instruction::stmt(code, k));
        Ok(())
    }

    /// `ld`, `ldh`, `ldb`: packet bytes and facts in every size, all else in words.
    fn load(&mut self, size: u16) -> Result<(), Error> {
        if self.eat('[') {
            let indirect = self.eat_register("x");
            let k = if indirect { self.sum()? } else { self.number()? };
            self.need(']', "']'")?;
            return self.put(LD | size | if indirect { IND } else { ABS }, k);
        }
        if let Some(k) = self.eat_extension() {
            return self.put(LD | size | ABS, k);
        }
        if size != W {
            return Err(self.peek().expected("'[' or the name of an extension"));
        }
        if self.peek().is_word("m") {
            let k = self.slot()?;
            return self.put(LD | MEM, k);
        }
        if self.eat_length() {
            return self.put(LD | LEN, 0);
        }
        self.need('#', "'[', 'M[', '#' or the name of an extension")?;
        let k = self.number()?;
        self.put(LD | IMM, k)
    }

    fn load_x(&mut self) -> Result<(), Error> {
        if self.peek().is_word("m") {
            let k = self.slot()?;
            return self.put(LDX | MEM, k);
        }
        if self.eat_length() {
            return self.put(LDX | LEN, 0);
        }
        if matches!(self.peek().kind, Kind::Number(_)) {
            return self.header_length();
        }
        self.need('#', "'M[', '#' or '4*('")?;
        let k = self.number()?;
        self.put(LDX | IMM, k)
    }

    /// `4*([k]&0xf)`.
    fn header_length(&mut self) -> Result<(), Error> {
        const SHAPE: &str = "4*([OFFSET]&0xf)";
        let exactly = |source: &mut Self, number: u32| {
            let token = source.next();
            if token.kind == Kind::Number(number) { Ok(()) } else { Err(token.expected(SHAPE)) }
        };
        exactly(self, 4)?;
        "*([".chars().try_for_each(|sign| self.need(sign, SHAPE))?;
        let k = self.number()?;
        "]&".chars().try_for_each(|sign| self.need(sign, SHAPE))?;
        exactly(self, 15)?;
        self.need(')', SHAPE)?;
        self.put(LDX | B | MSH, k)
    }

    fn immediate(&mut self, code: u16) -> Result<(), Error> {
        self.eat('#');
        let k = self.number()?;
        self.put(code, k)
    }

    /// `M[k]`.
    fn slot(&mut self) -> Result<u32, Error> {
        let token = self.next();
        if !token.is_word("m") {
            return Err(token.expected("'M['"));
        }
        self.need('[', "'['")?;
        let k = self.number()?;
        self.need(']', "']'")?;
        Ok(k)
    }

    /// `#k` or `x`.
    fn operand(&mut self) -> Result<(u16, u32), Error> {
        if self.eat_register("x") {
            return Ok((X, 0));
        }
        self.need('#', "'#' and a number, or 'x'")?;
        Ok((K, self.number()?))
    }

    fn conditional(&mut self, code: u16, opposite: bool) -> Result<(), Error> {
        let (source, k) = self.operand()?;
        let (first, second) =
            if opposite { (Field::False, Field::True) } else { (Field::True, Field::False) };
        self.need(',', "',' and a label")?;
        self.label(first)?;
        if self.eat(',') {
            self.label(second)?;
        }
        self.put(code | source, k)
    }

    fn give_back(&mut self) -> Result<(), Error> {
        if self.eat_register("a") {
            return self.put(RET | A, 0);
        }
        // Neither the kernel nor our checker knows it, but it is a word of the language.
        if self.eat_register("x") {
            return self.put(RET | X, 0);
        }
        self.need('#', "'#' and a number, 'a' or 'x'")?;
        let k = self.number()?;
        self.put(RET | K, k)
    }

    /// The four numbers of `.insn`.
    fn any(&mut self) -> Result<(), Error> {
        let code = self.limited(u16::MAX.into())? as u16;
        self.need(',', "','")?;
        let jt = self.limited(u8::MAX.into())? as u8;
        self.need(',', "','")?;
        let jf = self.limited(u8::MAX.into())? as u8;
        self.need(',', "','")?;
        let k = self.number()?;
        self.list.push(Instruction { code, jt, jf, k });
        Ok(())
    }

    fn limited(&mut self, limit: u32) -> Result<u32, Error> {
        let token = self.peek();
        let number = self.number()?;
        if number > limit {
            return Err(token.expected(if limit > 255 {
                "a number of 16 bits"
            } else {
                "a number of 8 bits"
            }));
        }
        Ok(number)
    }

    fn label(&mut self, field: Field) -> Result<(), Error> {
        let token = self.next();
        match token.kind {
            Kind::Word(_) => self.jumps.push((self.list.len(), field, token)),
            _ => return Err(token.expected("a label")),
        }
        Ok(())
    }

    /// Puts distances in the place of labels.
    fn resolve(mut self, labels: &BTreeMap<&str, usize>) -> Result<Vec<Instruction>, Error> {
        for (at, field, token) in self.jumps {
            let Kind::Word(name) = token.kind else { continue };
            let to = *labels.get(name).ok_or_else(|| token.wrong(Reason::NoSuchLabel(name.to_owned())))?;
            let distance = to as i64 - at as i64 - 1;
            let short =
                u8::try_from(distance).map_err(|_| token.wrong(Reason::TooFar(name.to_owned(), distance)));
            let Some(i) = self.list.get_mut(at) else { continue };
            match field {
                Field::Always => i.k = distance as u32,
                Field::True => i.jt = short?,
                Field::False => i.jf = short?,
            }
        }
        Ok(self.list)
    }
}

/// Reading tokens.
impl<'t> Source<'t> {
    /// The token that comes next; the last one is the end, for ever.
    fn peek(&self) -> Token<'t> {
        self.tokens.get(self.at).or(self.tokens.last()).copied().unwrap_or(Token::END)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn eat(&mut self, sign: char) -> bool {
        let eaten = self.peek().kind == Kind::Sign(sign);
        self.at += usize::from(eaten);
        eaten
    }

    fn need(&mut self, sign: char, expected: &'static str) -> Result<(), Error> {
        let token = self.peek();
        if self.eat(sign) { Ok(()) } else { Err(token.expected(expected)) }
    }

    /// `x` or `%x`.
    fn eat_register(&mut self, name: &str) -> bool {
        let before = self.at;
        self.eat('%');
        if self.next().is_word(name) {
            return true;
        }
        self.at = before;
        false
    }

    /// A word, with a `#` before it or without.
    fn eat_named<T>(&mut self, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
        let before = self.at;
        self.eat('#');
        if let Kind::Word(word) = self.next().kind
            && let Some(meant) = meaning(&word.to_ascii_lowercase())
        {
            return Some(meant);
        }
        self.at = before;
        None
    }

    fn eat_length(&mut self) -> bool {
        self.eat_named(|word| matches!(word, "len" | "pktlen").then_some(())).is_some()
    }

    fn eat_extension(&mut self) -> Option<u32> {
        self.eat_named(|word| {
            let word = if word == "vlan_pr" { "vlan_avail" } else { word };
            let number = EXTENSIONS.iter().position(|name| *name == word)?;
            Some(AD_OFF + 4 * number as u32)
        })
    }

    /// What is added to X: `+ k`, or `- k`.
    fn sum(&mut self) -> Result<u32, Error> {
        if self.peek().kind != Kind::Sign('-') {
            self.need('+', "'+'")?;
        }
        self.number()
    }

    fn number(&mut self) -> Result<u32, Error> {
        let negative = self.eat('-');
        if !negative {
            self.eat('+');
        }
        let token = self.next();
        match token.kind {
            Kind::Number(n) if negative => Ok(n.wrapping_neg()),
            Kind::Number(n) => Ok(n),
            _ => Err(token.expected("a number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn one(text: &str) -> Instruction {
        let list = assemble(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(list.len(), 1, "{text}");
        list[0]
    }

    #[test]
    fn every_form_of_every_word() {
        for (text, code, k) in [
            ("ld #1", 0x00, 1),
            ("ldi 0x10", 0x00, 16),
            ("ldi #010", 0x00, 8),
            ("LD #len", 0x80, 0),
            ("ld len", 0x80, 0),
            ("ld M[3]", 0x60, 3),
            ("ld [12]", 0x20, 12),
            ("ldh [x+12]", 0x48, 12),
            ("ldb [ %x + 0b11 ]", 0x50, 3),
            ("ld [x-4]", 0x40, -4i32 as u32),
            ("ldb #vlan_pr", 0x30, AD_OFF + 48),
            ("ld vlan_tci", 0x20, AD_OFF + 44),
            ("ld #rand", 0x20, AD_OFF + 56),
            ("ldh proto", 0x28, AD_OFF),
            ("ldx #5", 0x01, 5),
            ("ldxi 5", 0x01, 5),
            ("ldx #len", 0x81, 0),
            ("ldx M[15]", 0x61, 15),
            ("ldxb 4*([14]&0xf)", 0xb1, 14),
            ("ldx 4 * ( [14] & 15 )", 0xb1, 14),
            ("st M[0]", 0x02, 0),
            ("stx m[1]", 0x03, 1),
            ("add #1", 0x04, 1),
            ("add x", 0x0c, 0),
            ("xor %x", 0xac, 0),
            ("mod #7", 0x94, 7),
            ("rsh #31", 0x74, 31),
            ("neg", 0x84, 0),
            ("tax", 0x07, 0),
            ("txa", 0x87, 0),
            ("ret #-1", 0x06, u32::MAX),
            ("ret a", 0x16, 0),
            ("ret %a", 0x16, 0),
            ("ret x", 0x0e, 0),
            (".insn 0xc7, 0, 0, 5", 0xc7, 5),
        ] {
            assert_eq!(one(text), Instruction::stmt(code, k), "{text}");
        }
    }

    #[test]
    fn jumps_find_their_labels() {
        let list = assemble(
            "# a comment
            jeq #1, l2, l3 jneq x, l3
            l2: jlt #2, l3 jle #2, l3, l2b
            l2b: jset #0x80, l3 /* and * another */ l3: l4: jge %x, l5
            jmp l2  ; back
            l5: ret #0",
        );
        let expected = [
            Instruction::jump(0x15, 1, 1, 4),
            Instruction::jump(0x1d, 0, 0, 3),
            Instruction::jump(0x35, 2, 0, 2),
            Instruction::jump(0x25, 2, 0, 1),
            Instruction::jump(0x45, 0x80, 0, 0),
            Instruction::jump(0x3d, 0, 1, 0),
            Instruction::stmt(0x05, -5i32 as u32),
            Instruction::stmt(0x06, 0),
        ];
        assert_eq!(list.unwrap(), expected);
    }

    #[test]
    fn mistakes_have_a_place_and_say_what_was_expected() {
        let far = "ja l\n".repeat(256);
        for (text, words) in [
            ("", "1:1: expected an instruction, found the end"),
            ("ret #0\nfoo", "2:1: expected an instruction, found 'foo'"),
            ("ldh M[3]", "1:5: expected '[' or the name of an extension, found 'M'"),
            ("ld [x 4]", "1:7: expected '+', found '4'"),
            ("ldb #pktlen", "1:5: expected '[' or the name of an extension, found '#'"),
            ("jeq 1, a", "1:5: expected '#' and a number, or 'x', found '1'"),
            ("jeq #1, nowhere", "1:9: no instruction is labelled 'nowhere'"),
            ("a1: tax a1: ret #0", "1:9: the label 'a1' is taken"),
            ("a1: tax jeq #0, a1", "1:17: 'a1' lies behind; only 'ja' jumps backward"),
            ("ldxb 4*([14]&7)", "1:14: expected 4*([OFFSET]&0xf), found '7'"),
            ("ld #4294967296", "1:5: '4294967296' is no number of 32 bits"),
            ("ld #08", "1:5: '08' is no number of 32 bits"),
            ("ret #0 /* or", "1:8: this comment has no end"),
            ("ret #0 \u{fc}", "1:8: unknown character 'ü'"),
            ("tax l1:", "1:8: expected an instruction, found the end"),
            (".insn 1, 256, 0, 0", "1:10: expected a number of 8 bits, found '256'"),
            (
                &std::format!("jeq #0, l\n{far}l: ret #0"),
                "1:9: 'l' is 256 instructions ahead, of which a conditional jump can skip 255: jump there with 'ja'",
            ),
        ] {
            assert_eq!(assemble(text).unwrap_err().to_string(), words, "{text}");
        }
    }
}
