//! From text to tokens.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{Error, Reason};

/// A token and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind<'t>,
    text: &'t str,
    line: usize,
    column: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind<'t> {
    /// An instruction, a register, a name.
    Word(&'t str),
    Number(u32),
    /// One of `: , # % [ ] ( ) + - * &`.
    Sign(char),
    End,
}

impl Token<'_> {
    pub(super) const END: Self = Token { kind: Kind::End, text: "", line: 1, column: 1 };

    /// Whether this is the word, in either case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word(found) if found.eq_ignore_ascii_case(word))
    }

    pub(super) fn wrong(&self, reason: Reason) -> Error {
        Error { line: self.line, column: self.column, reason }
    }

    pub(super) fn expected(&self, expected: &'static str) -> Error {
        // What was found is somebody's input: a screenful of it helps nobody.
        let mut found: String = self.text.chars().take(40).collect();
        if found.len() < self.text.len() {
            found = format!("{found}..");
        }
        self.wrong(Reason::Expected { expected, found })
    }
}

/// Takes a text apart. The last token is the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    let mut lexer = Lexer { rest: text, line: 1, column: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip()?;
        let (line, column) = (lexer.line, lexer.column);
        let token = |kind, text| Token { kind, text, line, column };
        let Some(first) = lexer.rest.chars().next() else {
            tokens.push(token(Kind::End, ""));
            return Ok(tokens);
        };
        tokens.push(match first {
            'a'..='z' | 'A'..='Z' | '_' | '.' => {
                let word = lexer.take_while(is_word);
                token(Kind::Word(word), word)
            }
            '0'..='9' => {
                let text = lexer.take_while(is_word);
                let number = number(text)
                    .ok_or_else(|| token(Kind::End, "").wrong(Reason::Number(text.to_owned())))?;
                token(Kind::Number(number), text)
            }
            ':' | ',' | '#' | '%' | '[' | ']' | '(' | ')' | '+' | '-' | '*' | '&' => {
                let text = lexer.take(1);
                token(Kind::Sign(first), text)
            }
            _ => return Err(token(Kind::End, "").wrong(Reason::Character(first))),
        });
    }
}

struct Lexer<'t> {
    rest: &'t str,
    line: usize,
    column: usize,
}

impl<'t> Lexer<'t> {
    /// Skips spaces and comments.
    fn skip(&mut self) -> Result<(), Error> {
        loop {
            let before = self.rest.len();
            self.take_while(char::is_whitespace);
            if self.rest.starts_with(';') || self.column == 1 && self.rest.starts_with('#') {
                self.take_while(|c| c != '\n');
            } else if let Some(inside) = self.rest.strip_prefix("/*") {
                let (line, column) = (self.line, self.column);
                let open = Error { line, column, reason: Reason::OpenComment };
                let length = inside.find("*/").ok_or(open)?;
                self.take(length.saturating_add(4));
            }
            if self.rest.len() == before {
                return Ok(());
            }
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        self.take(self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len()))
    }

    /// So many bytes, which end at the end of a character.
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        for c in taken.chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        taken
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '.'
}

/// Hexadecimal after `0x`, binary after `0b`, octal after `0`, else decimal.
fn number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match (lower.strip_prefix("0x"), lower.strip_prefix("0b"), lower.strip_prefix('0'))
    {
        (Some(digits), ..) => (digits, 16),
        (_, Some(digits), _) => (digits, 2),
        (.., Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (lower.as_str(), 10),
    };
    u32::from_str_radix(digits, radix).ok()
}
