//! What a user is told: where the mistake is, why it is one, and what to type instead.
//!
//! The first line is libpcap's wording wherever libpcap has one, so that scripts that look for it go on working;
//! the rest is ours.

use std::fmt;

/// A range of bytes in the text of a filter: `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to but not including `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: saturate(start), end: saturate(end) }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The part of `text` that is meant; empty if the span lies outside it.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

fn saturate(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// What sort of news a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The words do not form a filter.
    Syntax,
    /// A filter by its form, that has no meaning on this link type or with these values.
    Meaning,
    /// A name that nobody knows.
    Name,
    /// libpcap compiles it and this compiler does not yet.
    Unsupported,
    /// Legal, and probably not what was meant.
    Warning,
}

/// One mistake in a filter, or one warning about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: Kind,
    span: Span,
    message: String,
    why: Option<String>,
    suggestion: Option<String>,
}

impl Diagnostic {
    /// A diagnostic of one line about the text under `span`.
    pub fn new(kind: Kind, span: Span, message: impl Into<String>) -> Self {
        Self(Box::new(Parts { kind, span, message: message.into(), why: None, suggestion: None }))
    }

    /// libpcap's text for whatever does not parse, about the text under `span`.
    pub fn syntax(span: Span) -> Self {
        Self::new(Kind::Syntax, span, "can't parse filter expression: syntax error")
    }

    /// Something that libpcap can do and this compiler cannot yet.
    pub fn unsupported(span: Span, what: impl fmt::Display) -> Self {
        Self::new(Kind::Unsupported, span, format!("{what} is not supported yet"))
    }

    /// Adds why it is wrong, or what was expected in its place.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.0.why = Some(why.into());
        self
    }

    /// Moves the diagnostic to other words.
    #[must_use]
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.0.span = span;
        self
    }

    /// Adds what to type instead.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.0.suggestion = Some(suggestion.into());
        self
    }

    /// What sort of news this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Where in the text it is.
    pub fn span(&self) -> Span {
        self.0.span
    }

    /// The first line: libpcap's wording where it has one.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Why it is wrong, or what was expected.
    pub fn why(&self) -> Option<&str> {
        self.0.why.as_deref()
    }

    /// What to type instead.
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }
}

/// Widest piece of a filter that is shown, in characters.
const WINDOW: usize = 100;

impl Diagnostic {
    /// The whole story in a few lines, for a person: the message, the place in `text`, why, and what to type instead.
    /// `text` is what was compiled. Bytes that a terminal could act upon are shown as blanks.
    ///
    /// ```text
    /// can't parse filter expression: syntax error
    ///     tcp port 80,443
    ///                ^
    ///     lists are joined by "or"
    ///     try: 80 or 443
    /// ```
    pub fn render(&self, text: &str) -> String {
        let mut out = format!("{}\n", printable(self.message()));
        let (line, start, length) = self.window(text);
        if !line.trim().is_empty() {
            out.push_str(&format!("    {line}\n    {}{}\n", " ".repeat(start), "^".repeat(length.max(1))));
        }
        if let Some(why) = self.why() {
            out.push_str(&format!("    {}\n", printable(why)));
        }
        if let Some(suggestion) = self.suggestion() {
            out.push_str(&format!("    try: {}\n", printable(suggestion)));
        }
        out
    }

    /// The piece of `text` around the span, where the span begins in it, and how long it is there; in characters.
    fn window(&self, text: &str) -> (String, usize, usize) {
        let before = text.get(..self.span().start as usize).unwrap_or(text);
        let within = self.span().of(text);
        let after = text.get(self.span().end as usize..).unwrap_or("");
        let length = within.chars().count().min(WINDOW / 2);
        let room = WINDOW - length;
        let skipped = before.chars().count().saturating_sub(room / 2);
        let mut line = String::new();
        if skipped > 0 {
            line.push_str("..");
        }
        line.extend(before.chars().skip(skipped));
        let start = line.chars().count();
        line.extend(within.chars().take(length));
        let shown = line.chars().count();
        line.extend(after.chars().take(WINDOW.saturating_sub(shown)));
        if after.chars().nth(WINDOW.saturating_sub(shown)).is_some() {
            line.push_str("..");
        }
        (printable(line.trim_end()), start, length)
    }
}

/// `text` with everything that is not plainly visible made a blank.
fn printable(text: &str) -> String {
    let plain =
        |character: char| character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric();
    text.chars().map(|character| if plain(character) { character } else { ' ' }).collect()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Diagnostic {}
