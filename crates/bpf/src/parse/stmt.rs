//! Macros of `linux/filter.h`, in C source and in what strace prints.

use alloc::{borrow::ToOwned, vec::Vec};

use super::ParseError;
use crate::instruction::Instruction;
use crate::listing::{AREAS, CODES, FACT_NAMES};

/// Reads every `BPF_STMT(CODE, K)` and `BPF_JUMP(CODE, K, JT, JF)` of a text, whatever stands around them: the listing
/// of [`crate::listing::macros`], C source, or a line of strace. Parts of a code are joined by `|` or `+`; what stands
/// between `/*` and `*/` is skipped.
///
/// # Errors
/// The line of the first macro that cannot be read, or of the end if there is none at all.
pub fn macros(text: &str) -> Result<Vec<Instruction>, ParseError> {
    let mut list = Vec::new();
    let mut rest = text;
    while let Some((at, jump)) = next(rest) {
        let tail = rest.get(at..).unwrap_or_default();
        let read = one(tail, jump);
        let (instruction, length) = read.ok_or_else(|| {
            let line = text.len().saturating_sub(tail.len());
            error(text, line)
        })?;
        list.push(instruction);
        rest = tail.get(length..).unwrap_or_default();
    }
    if list.is_empty() { Err(error(text, text.len())) } else { Ok(list) }
}

/// The lines of a trace by strace that show a program each, and their numbers from 1.
pub fn traced(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| line.contains("filter=[")).map(|(n, line)| (n + 1, line))
}

/// The line that holds the byte `at`.
fn error(text: &str, at: usize) -> ParseError {
    let line = text.get(..at).unwrap_or(text).matches('\n').count();
    ParseError { line: line + 1, text: text.lines().nth(line).unwrap_or_default().to_owned() }
}

/// Where the next macro begins, and whether it is a jump.
fn next(text: &str) -> Option<(usize, bool)> {
    text.match_indices("BPF_").find_map(|(at, _)| match text.get(at + 4..at + 8) {
        Some("STMT") => Some((at, false)),
        Some("JUMP") => Some((at, true)),
        _ => None,
    })
}

/// One macro, and how many bytes of the text it is.
fn one(text: &str, jump: bool) -> Option<(Instruction, usize)> {
    let open = text.find('(')?;
    let close = text.find(')')?;
    let inside = text.get(open + 1..close)?;
    let mut operands = inside.split(',');
    let code = u16::try_from(sum(operands.next()?)?).ok()?;
    let k = sum(operands.next()?)?;
    let mut distance = || u8::try_from(sum(operands.next()?)?).ok();
    let (jt, jf) = if jump { (distance()?, distance()?) } else { (0, 0) };
    operands.next().is_none().then_some((Instruction { code, jt, jf, k }, close + 1))
}

/// Names and numbers joined by `|` or `+`.
fn sum(text: &str) -> Option<u32> {
    let mut total = 0u32;
    for part in text.split(['|', '+']) {
        // strace puts a comment behind a number that it has no name for, or was told to show the names of.
        let bare = part.split("/*").next().unwrap_or_default();
        total = total.wrapping_add(term(bare.trim())?);
    }
    Some(total)
}

fn term(text: &str) -> Option<u32> {
    if let Some(name) = text.strip_prefix("BPF_") {
        return CODES.iter().find(|row| row.0 == name).map(|row| row.1.into());
    }
    if let Some(name) = text.strip_prefix("SKF_AD_").filter(|name| *name != "OFF") {
        return FACT_NAMES.iter().position(|fact| *fact == name).map(|n| 4 * n as u32);
    }
    let area = AREAS.iter().find(|row| row.0 == text).map(|row| row.1);
    area.or_else(|| super::c_number(text))
}
