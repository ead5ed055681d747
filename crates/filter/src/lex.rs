//! Text to tokens, each with its span.
//!
//! As in libpcap's scanner the longest piece wins, and among equally long ones the shape that is named first below. A piece
//! that is wrong in itself becomes a [`TokenKind::Bad`] and ends the list: the parser reports it when it gets there, so that
//! a mistake before it is reported instead.

mod shape;
pub(crate) mod words;

use crate::diag::{Diagnostic, Kind, Span};
use words::{Proto, Word};

/// One word, literal or sign.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// The name of a protocol, as a keyword.
    Proto(Proto),
    /// Any other keyword.
    Word(Word),
    /// A number, or a name that stands for one.
    Number(u32),
    /// Two to four numbers with dots.
    Ipv4,
    /// An IPv6 address.
    Ipv6(std::net::Ipv6Addr),
    /// A link-layer address of six bytes.
    Mac48([u8; 6]),
    /// A link-layer address of one byte.
    Mac8,
    /// A name that is no keyword.
    Name,
    /// A name behind a backslash, which is not part of it.
    Escaped,
    /// An operator or bracket.
    Sign(Sign),
    /// Not a token; the last one of its list.
    Bad(Diagnostic),
    /// Behind the last one.
    End,
}

/// Operators and brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Colon,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    Bar,
    Caret,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The tokens of `text`, with an [`TokenKind::End`] or [`TokenKind::Bad`] last.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.as_bytes().get(at..).unwrap_or(&[]);
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        at += blanks;
        let rest = rest.get(blanks..).unwrap_or(&[]);
        if rest.is_empty() {
            tokens.push(Token { kind: TokenKind::End, span: Span::new(at, at) });
            return tokens;
        }
        let (length, kind) = token(text, at, rest);
        tokens.push(Token { kind, span: Span::new(at, at + length) });
        if matches!(tokens.last(), Some(Token { kind: TokenKind::Bad(_), .. })) {
            return tokens;
        }
        at += length.max(1);
    }
}

/// A literal's shape, in the order in which equally long ones are preferred.
#[derive(Clone, Copy)]
enum Shape {
    Mac8,
    Mac48,
    Number,
    Ipv4,
    Ipv6,
    BrokenMac48,
    Name,
}

/// The first token of `rest`, which begins at `at` of `text`, and its length.
fn token(text: &str, at: usize, rest: &[u8]) -> (usize, TokenKind) {
    if let Some(escaped) = rest.strip_prefix(b"\\").and_then(shape::escaped) {
        return (escaped + 1, TokenKind::Escaped);
    }
    if let Some((length, sign)) = sign(rest)
        && !rest.starts_with(b"::")
    {
        return (length, sign);
    }
    let shapes = [
        (Shape::Mac8, shape::mac8(rest)),
        (Shape::Mac48, shape::mac48(rest)),
        (Shape::Number, shape::number(rest)),
        (Shape::Ipv4, shape::ipv4(rest)),
        (Shape::Ipv6, shape::ipv6(rest)),
        (Shape::BrokenMac48, shape::broken_mac48(rest)),
        (Shape::Name, shape::name(rest)),
    ];
    let mut longest: Option<(Shape, usize)> = None;
    for (shape, length) in shapes {
        if let Some(length) = length
            && longest.is_none_or(|(_, best)| length > best)
        {
            longest = Some((shape, length));
        }
    }
    let Some((shape, length)) = longest else {
        return bad_character(text, at);
    };
    // What is meant as an Ethernet address and is none is shown whole.
    let broken = matches!(shape, Shape::BrokenMac48);
    let of_address = |byte: &&u8| broken && (byte.is_ascii_alphanumeric() || **byte == b':');
    let length = length + rest.iter().skip(length).take_while(of_address).count();
    let span = Span::new(at, at + length);
    (length, literal(shape, span.of(text), span))
}

fn literal(shape: Shape, word: &str, span: Span) -> TokenKind {
    match shape {
        Shape::Mac8 => TokenKind::Mac8,
        Shape::Mac48 => TokenKind::Mac48(mac48_value(word)),
        Shape::Number => match number(word) {
            Ok(value) => TokenKind::Number(value),
            Err(wrong) => TokenKind::Bad(wrong.diagnostic(word, span)),
        },
        Shape::Ipv4 => TokenKind::Ipv4,
        Shape::Ipv6 => match word.parse() {
            Ok(address) => TokenKind::Ipv6(address),
            Err(_) => TokenKind::Bad(
                Diagnostic::new(Kind::Syntax, span, format!("invalid IPv6 address {word}"))
                    .because("the four numbers at the end of an IPv6 address are decimal and at most 255"),
            ),
        },
        Shape::BrokenMac48 => TokenKind::Bad(
            Diagnostic::new(Kind::Syntax, span, format!("invalid Ethernet address {word}"))
                .because("an Ethernet address is six bytes in hexadecimal")
                .suggest("ether host 01:23:45:67:89:ab"),
        ),
        Shape::Name => named(word),
    }
}

fn named(word: &str) -> TokenKind {
    if let Some(proto) = Proto::from_word(word) {
        TokenKind::Proto(proto)
    } else if let Some(word) = Word::from_word(word) {
        TokenKind::Word(word)
    } else if let Some(number) = words::number(word) {
        TokenKind::Number(number)
    } else {
        TokenKind::Name
    }
}

fn sign(rest: &[u8]) -> Option<(usize, TokenKind)> {
    let word = |length, word| Some((length, TokenKind::Word(word)));
    let sign = |length, sign| Some((length, TokenKind::Sign(sign)));
    match rest {
        [b'&', b'&', ..] => word(2, Word::And),
        [b'|', b'|', ..] => word(2, Word::Or),
        [b'!', b'=', ..] => sign(2, Sign::NotEqual),
        [b'!', ..] => word(1, Word::Not),
        [b'=', b'=', ..] => sign(2, Sign::Equal),
        [b'>', b'=', ..] => sign(2, Sign::GreaterOrEqual),
        [b'<', b'=', ..] => sign(2, Sign::LessOrEqual),
        [b'<', b'<', ..] => sign(2, Sign::ShiftLeft),
        [b'>', b'>', ..] => sign(2, Sign::ShiftRight),
        [b'=', ..] => sign(1, Sign::Equal),
        [b'>', ..] => sign(1, Sign::Greater),
        [b'<', ..] => sign(1, Sign::Less),
        [b'(', ..] => sign(1, Sign::Open),
        [b')', ..] => sign(1, Sign::Close),
        [b'[', ..] => sign(1, Sign::OpenBracket),
        [b']', ..] => sign(1, Sign::CloseBracket),
        [b':', ..] => sign(1, Sign::Colon),
        [b'+', ..] => sign(1, Sign::Plus),
        [b'-', ..] => sign(1, Sign::Minus),
        [b'*', ..] => sign(1, Sign::Star),
        [b'/', ..] => sign(1, Sign::Slash),
        [b'%', ..] => sign(1, Sign::Percent),
        [b'&', ..] => sign(1, Sign::Ampersand),
        [b'|', ..] => sign(1, Sign::Bar),
        [b'^', ..] => sign(1, Sign::Caret),
        _ => None,
    }
}

fn bad_character(text: &str, at: usize) -> (usize, TokenKind) {
    let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('?');
    let length = character.len_utf8();
    let diagnostic = Diagnostic::syntax(Span::new(at, at + length));
    let diagnostic = match character {
        '#' => diagnostic.because("a filter has no comments (a file given with -F may have them)"),
        ',' => diagnostic.because("lists are joined by \"or\"").suggest(joined(text, at)),
        '"' | '\'' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => {
            diagnostic.because("a filter has no quotation marks")
        }
        '\u{2013}' | '\u{2014}' | '\u{2212}' => {
            diagnostic.because("this is a dash, not the minus sign of the keyboard").suggest("-")
        }
        '\\' => diagnostic.because("a backslash stands before a name, without a blank"),
        _ => diagnostic.because(format!("{character:?} is no part of the language")),
    };
    (length, TokenKind::Bad(diagnostic))
}

/// The word around the comma at `at`, with every comma in it made an "or".
fn joined(text: &str, at: usize) -> String {
    let blank = |character: char| character.is_whitespace() || matches!(character, '(' | ')');
    let before = text.get(..at).unwrap_or("").rsplit(blank).next().unwrap_or("");
    let after = text.get(at + 1..).unwrap_or("").trim_start().split(blank).next().unwrap_or("");
    let all = format!("{before},{after}");
    all.split(',').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" or ")
}

/// What can be wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadNumber {
    /// Not a number at all, but could be a name.
    Not(&'static str),
    /// More than 32 bits.
    Overflow(&'static str),
}

impl BadNumber {
    /// libpcap's words for it.
    pub(crate) fn diagnostic(self, word: &str, span: Span) -> Diagnostic {
        match self {
            Self::Not(base) => {
                let diagnostic =
                    Diagnostic::new(Kind::Syntax, span, format!("number {word} contains non-{base} digit"));
                let plain = word.trim_start_matches('0');
                if base == "octal" && !plain.is_empty() {
                    diagnostic.because("a leading 0 makes a number octal").suggest(plain)
                } else {
                    diagnostic
                }
            }
            Self::Overflow(base) => {
                Diagnostic::new(Kind::Syntax, span, format!("{base} number {word} overflows 32 bits"))
                    .because("the largest number is 4294967295, 0xffffffff")
            }
        }
    }
}

/// The value of a number: `0x` hexadecimal, leading `0` octal, else decimal. Stops at the first thing wrong.
pub(crate) fn number(word: &str) -> Result<u32, BadNumber> {
    let (digits, radix, base) =
        if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            (digits, 16, "hexadecimal")
        } else if word.starts_with('0') {
            (word, 8, "octal")
        } else {
            (word, 10, "decimal")
        };
    let mut value = 0u32;
    for character in digits.chars() {
        let digit =
            character.to_digit(radix).ok_or(BadNumber::Not(if radix == 16 { "hex" } else { base }))?;
        value = value
            .checked_mul(radix)
            .and_then(|value| value.checked_add(digit))
            .ok_or(BadNumber::Overflow(base))?;
    }
    Ok(value)
}

/// The address of six bytes that `text` is, if it is one.
pub(crate) fn mac48(text: &str) -> Option<[u8; 6]> {
    (shape::mac48(text.as_bytes()) == Some(text.len())).then(|| mac48_value(text))
}

/// The bytes of something that has the shape of six of them.
fn mac48_value(word: &str) -> [u8; 6] {
    let mut bytes = [0; 6];
    let groups: Vec<&str> = word.split([':', '-', '.']).collect();
    if groups.len() == 6 {
        for (byte, group) in bytes.iter_mut().zip(groups) {
            *byte = u8::from_str_radix(group, 16).unwrap_or(0);
        }
    } else {
        let value = u64::from_str_radix(&groups.concat(), 16).unwrap_or(0);
        for (byte, value) in bytes.iter_mut().zip(value.to_be_bytes().into_iter().skip(2)) {
            *byte = value;
        }
    }
    bytes
}
