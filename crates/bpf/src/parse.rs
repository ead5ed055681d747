//! Reads the listings of [`crate::listing`] back into instructions.

mod any;
mod array;
mod stmt;

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

use crate::ancillary::AD_OFF;
use crate::instruction::{Instruction, opcode::*};
use crate::listing::{FACTS, mnemonic};

pub use any::{AnyError, Source, any, raw};
pub use array::array;
pub use stmt::{macros, traced};

/// A line that is not in the format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line's number, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line may be as long as the file; its beginning tells enough.
        let shown = self.text.char_indices().nth(80).and_then(|(end, _)| self.text.get(..end));
        let dots = if shown.is_some() { ".." } else { "" };
        write!(f, "line {} is no instruction: {:?}{dots}", self.line, shown.unwrap_or(&self.text))
    }
}

impl core::error::Error for ParseError {}

/// Reads a listing for people (`-d`). Empty lines are skipped, as is everything from a `;` to the end of a line.
///
/// # Errors
/// The first line that is no instruction, is out of order or jumps farther than an instruction can say. The
/// list is not checked further: see [`crate::check`].
pub fn human(text: &str) -> Result<Vec<Instruction>, ParseError> {
    let mut list = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let bare = line.split(';').next().unwrap_or_default().trim();
        if !bare.is_empty() {
            let error = || ParseError { line: number + 1, text: line.to_owned() };
            list.push(human_line(list.len(), bare).ok_or_else(error)?);
        }
    }
    Ok(list)
}

/// Reads a count and then so many lines of four decimal numbers (`-ddd`).
///
/// # Errors
/// The first line that is not of that form, or the line after the last if some are missing.
pub fn decimal(text: &str) -> Result<Vec<Instruction>, ParseError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let error = |number: usize, line: &str| ParseError { line: number + 1, text: line.to_owned() };
    let (number, first) = lines.next().unwrap_or_default();
    let count: usize = first.trim().parse().map_err(|_| error(number, first))?;
    let mut list = Vec::new();
    for (number, line) in lines {
        let instruction = (list.len() < count).then(|| decimal_line(line)).flatten();
        list.push(instruction.ok_or_else(|| error(number, line))?);
    }
    if list.len() == count { Ok(list) } else { Err(error(text.lines().count(), "")) }
}

fn decimal_line(line: &str) -> Option<Instruction> {
    let mut words = line.split_ascii_whitespace();
    let instruction = Instruction {
        code: words.next()?.parse().ok()?,
        jt: words.next()?.parse().ok()?,
        jf: words.next()?.parse().ok()?,
        k: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(instruction)
}

/// One line of a listing, which must have the number `at`.
fn human_line(at: usize, line: &str) -> Option<Instruction> {
    let (number, rest) = line.strip_prefix('(')?.split_once(')')?;
    if number.parse() != Ok(at) {
        return None;
    }
    let rest = rest.trim();
    let (word, operand) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let operand = operand.trim();
    match word {
        "jeq" | "jgt" | "jge" | "jset" => {
            let (value, targets) = operand.split_once("jt ")?;
            let (jt, jf) = targets.split_once("jf ")?;
            let plain = operation(word, value.trim())?;
            Some(Instruction { jt: distance(at, jt)?, jf: distance(at, jf)?, ..plain })
        }
        "ja" => {
            let to: i64 = operand.parse().ok()?;
            let skip = i32::try_from(to.checked_sub(i64::try_from(at).ok()?)?.checked_sub(1)?).ok()?;
            Some(Instruction::stmt(JMP | JA, skip as u32))
        }
        "ld" | "ldh" | "ldb" | "ldx" | "ldxb" | "st" | "stx" => access(word, operand),
        "ret" if operand.is_empty() => Some(Instruction::stmt(RET | A, 0)),
        "ret" => Some(Instruction::stmt(RET | K, value(operand.strip_prefix('#')?)?)),
        "tax" | "txa" | "neg" if !operand.is_empty() => None,
        "tax" => Some(Instruction::stmt(MISC | TAX, 0)),
        "txa" => Some(Instruction::stmt(MISC | TXA, 0)),
        "neg" => Some(Instruction::stmt(ALU | NEG, 0)),
        _ => operation(word, operand),
    }
}

fn distance(at: usize, target: &str) -> Option<u8> {
    let target: usize = target.trim().parse().ok()?;
    u8::try_from(target.checked_sub(at)?.checked_sub(1)?).ok()
}

/// Arithmetic and comparisons: their word and `x` or `#value`.
fn operation(word: &str, operand: &str) -> Option<Instruction> {
    let code = (0..=0xff).filter(|c| matches!(c & 0x0f, ALU | JMP)).find(|c| mnemonic(*c) == word)?;
    match operand {
        "x" => Some(Instruction::stmt(code | X, 0)),
        _ => Some(Instruction::stmt(code, value(operand.strip_prefix('#')?)?)),
    }
}

/// Loads and stores.
fn access(word: &str, operand: &str) -> Option<Instruction> {
    let slot = || value(operand.strip_prefix("M[")?.strip_suffix(']')?);
    let class = if word.starts_with("ldx") { LDX } else { LD };
    let size = match word {
        "ld" => W,
        "ldh" => H,
        "ldb" => B,
        "ldx" if operand == "#pktlen" => return Some(Instruction::stmt(LDX | LEN, 0)),
        "ldx" if operand.starts_with('M') => return Some(Instruction::stmt(LDX | MEM, slot()?)),
        "ldx" => return Some(Instruction::stmt(LDX | IMM, value(operand.strip_prefix('#')?)?)),
        "ldxb" => {
            let offset = operand.strip_prefix("4*([")?.strip_suffix("]&0xf)")?;
            return Some(Instruction::stmt(LDX | B | MSH, value(offset)?));
        }
        "st" => return Some(Instruction::stmt(ST, slot()?)),
        _ => return Some(Instruction::stmt(STX, slot()?)),
    };
    let inside = || operand.strip_prefix('[')?.strip_suffix(']');
    let (mode, k) = match operand.chars().next()? {
        '#' if operand == "#pktlen" => (LEN, 0),
        '#' => (IMM, value(operand.strip_prefix('#')?)?),
        'M' => (MEM, slot()?),
        _ => match inside()?.strip_prefix("x + ") {
            Some(offset) => (IND, value(offset)?),
            None => (ABS, offset(inside()?)?),
        },
    };
    // Only the packet itself is read in smaller pieces than a word.
    (size == W || matches!(mode, ABS | IND)).then(|| Instruction::stmt(class | size | mode, k))
}

/// A packet offset or the name of an ancillary load.
fn offset(text: &str) -> Option<u32> {
    match FACTS.iter().position(|name| *name == text) {
        Some(n) => Some(AD_OFF.wrapping_add(4 * n as u32)),
        None => value(text),
    }
}

/// A number as the listings write it: hexadecimal or signed decimal.
fn value(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse::<u32>().ok().or_else(|| text.parse::<i32>().ok().map(|v| v as u32)),
    }
}

/// A number as C writes it: hexadecimal, octal or decimal, perhaps negative, perhaps with a `U` or `L` behind it.
fn c_number(text: &str) -> Option<u32> {
    let bare = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let digits = bare.strip_prefix('-').unwrap_or(bare);
    let number = match (digits.strip_prefix("0x"), digits.strip_prefix('0')) {
        (Some(hex), _) => u32::from_str_radix(hex, 16),
        (None, Some(octal)) if !octal.is_empty() => u32::from_str_radix(octal, 8),
        _ => digits.parse(),
    };
    let number = number.ok()?;
    Some(if digits.len() < bare.len() { number.wrapping_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Limits, check};
    use crate::listing;

    /// Every instruction of the set with telling operands.
    fn every_instruction() -> Vec<Instruction> {
        let mut list = Vec::new();
        for code in 0..=0xffu16 {
            let jump = code & 7 == JMP && code != JMP | JA;
            for k in [1, 9, 0x7fff_ffff, AD_OFF + 44] {
                let i = if jump { Instruction::jump(code, k, 1, 2) } else { Instruction::stmt(code, k) };
                let end = Instruction::stmt(RET, 0);
                let k_unused = [Instruction { k: 0, ..i }, i];
                let write = Instruction::stmt(ST, k);
                if check([write, i, end, end, end].to_vec(), Limits::USER).is_ok() || jump {
                    list.extend(k_unused.iter().filter(|i| mnemonic(i.code) != "unimp"));
                }
            }
        }
        list
    }

    #[test]
    fn decimal_text_comes_back() {
        let list = every_instruction();
        let mut text = String::new();
        listing::decimal(&list, &mut text).unwrap();
        assert!(list.len() > 100);
        assert_eq!(decimal(&text).unwrap(), list);
    }

    #[test]
    fn a_listing_comes_back_as_far_as_it_tells() {
        let list = every_instruction();
        let text = listing::text(&list);
        let back = human(&text).unwrap();
        assert_eq!(listing::text(&back), text);
        for (was, is) in list.iter().zip(&back) {
            // The listing does not say k where it means nothing.
            assert_eq!((was.code, was.jt, was.jf), (is.code, is.jt, is.jf));
            assert!(was.k == is.k || is.k == 0, "{was:?} {is:?}");
        }
    }

    #[test]
    fn comments_are_skipped_and_nonsense_is_refused() {
        let text = "(000) ld       [15]                  ; 0x0020\n(001) ret      #15  ; 0x0006\n";
        let list = [Instruction::stmt(LD | W | ABS, 15), Instruction::stmt(RET, 15)];
        assert_eq!(human(text).unwrap(), list);
        for bad in [
            "(001) ret #1",
            "(000) ret 1",
            "(000) ldh M[3]",
            "(000) jeq #1 jt 0\tjf 1",
            "(000) foo",
            "ret #1",
        ] {
            assert_eq!(human(bad).map_err(|e| e.line), Err(1), "{bad}");
        }
        for bad in ["", "2\n6 0 0 1", "1\n6 0 0", "1\n6 0 0 1\n6 0 0 1", "1\n6 0 0 1 1", "x"] {
            assert!(decimal(bad).is_err(), "{bad:?}");
        }
    }
}
