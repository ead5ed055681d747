//! Initialisers of C arrays.

use alloc::{borrow::ToOwned, vec::Vec};

use super::{ParseError, c_number};
use crate::instruction::Instruction;

/// Reads every `{ CODE, JT, JF, K }` of a text (`-dd`), whatever stands around them.
///
/// # Errors
/// The line of the first pair of braces that holds anything else, or of the end if there is none at all.
pub fn array(text: &str) -> Result<Vec<Instruction>, ParseError> {
    let mut list = Vec::new();
    let mut line = 1;
    let mut open = None;
    for (at, c) in text.char_indices() {
        match c {
            '\n' => line += 1,
            // The innermost pair counts: the array has braces too.
            '{' => open = Some((at + 1, line)),
            '}' => {
                let Some((from, line)) = open.take() else { continue };
                let inside = text.get(from..at).unwrap_or_default();
                list.push(one(inside).ok_or_else(|| error(text, line))?);
            }
            _ => {}
        }
    }
    if list.is_empty() { Err(error(text, line)) } else { Ok(list) }
}

fn error(text: &str, line: usize) -> ParseError {
    ParseError { line, text: text.lines().nth(line - 1).unwrap_or_default().to_owned() }
}

fn one(inside: &str) -> Option<Instruction> {
    let mut numbers = inside.split(',').map(|number| c_number(number.trim()));
    let instruction = Instruction {
        code: numbers.next()??.try_into().ok()?,
        jt: numbers.next()??.try_into().ok()?,
        jf: numbers.next()??.try_into().ok()?,
        k: numbers.next()??,
    };
    numbers.next().is_none().then_some(instruction)
}
