//! What to say about a token that nothing can make sense of: what was expected in its place, and what to type instead.
//!
//! The first line stays libpcap's; here come the others. Rules look at the token, at its neighbours and at what waits on the
//! stack, the most telling first.

use super::{Frame, Parser};
use crate::ast::Kind;
use crate::diag::{Diagnostic, Span};
use crate::lex::words::{Proto, Word};
use crate::lex::{Sign, Token, TokenKind};

/// What to say: why, perhaps a suggestion, perhaps another place than the token's.
struct Hint {
    why: String,
    suggestion: Option<String>,
    span: Option<Span>,
}

impl Hint {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), suggestion: None, span: None }
    }

    fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
}

impl Parser<'_> {
    /// The diagnostic for the next token, where it cannot stand.
    pub(super) fn unexpected(&self) -> Diagnostic {
        if let TokenKind::Bad(diagnostic) = self.peek() {
            // A list with commas: the qualifiers before it belong to what should be typed.
            return match (self.word(), diagnostic.suggestion(), self.waiting()) {
                (",", Some(list), Some((words, _))) => diagnostic.clone().suggest(format!("{words} {list}")),
                _ => diagnostic.clone(),
            };
        }
        let hint = match self.peek() {
            TokenKind::End => self.at_the_end(),
            TokenKind::Sign(sign) => self.about_sign(*sign),
            TokenKind::Name => self.about_name(),
            TokenKind::Word(word) => self.about_word(*word),
            TokenKind::Proto(proto) => self.about_proto(*proto),
            TokenKind::Number(_) => self.about_number(),
            TokenKind::Mac48(_) => self.about_mac48(),
            _ => self.about_address(),
        };
        let hint = hint.unwrap_or_else(|| self.expected());
        let span = hint.span.unwrap_or_else(|| self.span());
        let diagnostic = Diagnostic::syntax(self.span()).at(span).because(hint.why);
        match hint.suggestion {
            Some(suggestion) => diagnostic.suggest(suggestion),
            None => diagnostic,
        }
    }

    fn last(&self) -> Option<&Token> {
        self.tokens.get(self.next.checked_sub(1)?)
    }

    fn last_kind(&self) -> Option<&TokenKind> {
        self.last().map(|token| &token.kind)
    }

    /// The words of the next token.
    fn word(&self) -> &str {
        self.span().of(self.text)
    }

    /// The next token and all that is typed without a blank after it.
    fn whole_word(&self) -> &str {
        let rest = self.text.get(self.span().start as usize..).unwrap_or("");
        rest.split([' ', '\t', '\r', '\n', '(', ')']).next().unwrap_or(rest)
    }

    /// What waits for literals, if that is what is waiting: its words and its kind.
    fn waiting(&self) -> Option<(&str, Option<Kind>)> {
        let qualifiers = self.stack.iter().rev().find_map(|frame| match frame {
            Frame::Qualifiers(position) => Some(*position),
            _ => None,
        })?;
        let top = self.stack.last()?;
        let qualifiers = self.tree.qualifiers.get(qualifiers as usize)?;
        (!matches!(top, Frame::Index(..) | Frame::Relation(..) | Frame::Binary(..)))
            .then(|| (qualifiers.span.of(self.text), qualifiers.kind))
    }

    /// What was expected, where no rule knows better.
    fn expected(&self) -> Hint {
        let operand = match self.last_kind() {
            None | Some(TokenKind::Word(_)) => true,
            Some(TokenKind::Sign(sign)) => !matches!(sign, Sign::Close | Sign::CloseBracket),
            _ => false,
        };
        let expect = self.expect();
        Hint::new(match () {
            _ if !operand => "expected \"and\", \"or\" or the end here",
            _ if expect.term && expect.literal => "expected a test, or something more for the test before",
            _ if expect.term => "expected a test here",
            _ if expect.literal => "expected a name, a number or an address here",
            _ => "expected a value here: a number, len, or bytes like tcp[13]",
        })
    }

    fn at_the_end(&self) -> Option<Hint> {
        match (self.last_kind()?, self.stack.last()) {
            (TokenKind::Word(word @ (Word::And | Word::Or)), _) => {
                Some(Hint::new(format!("after \"{}\" something is missing", word.name())))
            }
            (TokenKind::Word(Word::Not), _) => Some(Hint::new("after \"not\" something is missing")),
            (_, Some(Frame::Index(_, start))) => {
                let text = self.text.get(start.start as usize..).unwrap_or("").trim_end();
                Some(Hint::new("the bracket is not closed").suggest(format!("{text}]")).at(*start))
            }
            (last, Some(Frame::Qualifiers(_))) if !matches!(last, TokenKind::Number(_)) => {
                let (words, kind) = self.waiting()?;
                let ports = ["tcp ", "udp ", "sctp "].iter().any(|proto| words.starts_with(proto));
                let example = match kind {
                    None if ports => "port 80",
                    Some(Kind::Port) => "80",
                    Some(Kind::Portrange) => "8000-8080",
                    Some(Kind::Net) => "192.0.2.0/24",
                    Some(Kind::Proto | Kind::Protochain) => "\\tcp",
                    Some(Kind::Gateway) => "router",
                    Some(Kind::Host) | None => "192.0.2.1",
                };
                Some(
                    Hint::new(format!("what follows \"{words}\" is missing"))
                        .suggest(format!("{words} {example}")),
                )
            }
            (TokenKind::Number(_), None) => self.lone_number(),
            _ => self.unclosed().or_else(|| self.lone_value()),
        }
    }

    /// The innermost parenthesis that is still open.
    fn unclosed(&self) -> Option<Hint> {
        let open = self.stack.iter().rev().find_map(|frame| match frame {
            Frame::Paren(_, span) => Some(*span),
            _ => None,
        });
        let hint = Hint::new("this parenthesis is not closed").at(open?);
        let close = matches!(self.peek(), TokenKind::End) && self.stack.len() == 1;
        Some(if close { hint.suggest(format!("{})", self.text.trim_end())) } else { hint })
    }

    /// A value that is compared with nothing.
    fn lone_value(&self) -> Option<Hint> {
        let last = self.last()?;
        let value = matches!(last.kind, TokenKind::Sign(Sign::CloseBracket) | TokenKind::Word(Word::Length));
        value.then(|| {
            let text = self.text.trim();
            let hint = Hint::new("a value is no test until it is compared with another").at(last.span);
            if self.stack.is_empty() { hint.suggest(format!("{text} != 0")) } else { hint }
        })
    }

    fn lone_number(&self) -> Option<Hint> {
        let span = self.last()?.span;
        let number = span.of(self.text);
        Some(Hint::new("a number is no test by itself").suggest(format!("port {number}")).at(span))
    }

    fn about_sign(&self, sign: Sign) -> Option<Hint> {
        let last = self.last();
        let last_word = last.map_or("", |token| token.span.of(self.text));
        match (last.map(|token| &token.kind), sign) {
            (Some(TokenKind::Sign(Sign::Open)), Sign::Close) => {
                Some(Hint::new("there is nothing in these parentheses"))
            }
            (Some(TokenKind::Word(word @ (Word::And | Word::Or | Word::Not))), Sign::Close) => {
                Some(Hint::new(format!("after \"{}\" something is missing", word.name())))
            }
            (_, Sign::Close) if self.unclosed().is_none() => {
                Some(Hint::new("no parenthesis is open that this could close"))
            }
            (Some(TokenKind::Ipv4), Sign::Colon) => {
                let port = self.tokens.get(self.next + 1).map_or("", |token| token.span.of(self.text));
                let (side, _) = self.waiting()?;
                let side = side.trim_end_matches("host").trim();
                let (host, port) = match side {
                    "" => (format!("host {last_word}"), format!("port {port}")),
                    side => (format!("{side} host {last_word}"), format!("{side} port {port}")),
                };
                Some(Hint::new("an address and a port are two tests").suggest(format!("{host} and {port}")))
            }
            (Some(TokenKind::Ipv6(_)), Sign::Percent) => {
                Some(Hint::new("an address has no zone here").suggest(format!("host {last_word}")))
            }
            (Some(TokenKind::Number(_)), Sign::Slash) => Some(
                Hint::new("a prefix length goes with an address that has dots")
                    .suggest(format!("{last_word}.0{}", self.whole_word())),
            ),
            (Some(TokenKind::Number(_)), Sign::Minus) if self.waiting().is_some() => {
                Some(Hint::new("a range is two ports with a hyphen between, and no blanks"))
            }
            (Some(TokenKind::Proto(proto)), sign) if super::compare_op(sign).is_some() => {
                let name = proto.name();
                Some(
                    Hint::new(format!("\"{name}\" is a test and no value; its bytes are values"))
                        .suggest(format!("{name}[0] {} ..", self.word())),
                )
            }
            (Some(TokenKind::Number(_)), Sign::Open | Sign::OpenBracket) => None,
            _ => None,
        }
    }

    fn about_name(&self) -> Option<Hint> {
        let word = self.word();
        let lower = word.to_ascii_lowercase();
        if lower != word && is_word(&lower) {
            return Some(Hint::new("the words of a filter are in lower case").suggest(lower));
        }
        if let Some(hint) = self.display_filter(word) {
            return Some(hint);
        }
        if let Some(spaced) = spaced(word) {
            return Some(Hint::new("without blanks this is one name").suggest(spaced));
        }
        if word == "flags" && self.last_kind() == Some(&TokenKind::Proto(Proto::Tcp)) {
            let flag = self.tokens.get(self.next + 1).map_or("syn", |token| token.span.of(self.text));
            return Some(
                Hint::new("the flags of TCP are in the byte tcp[tcpflags]")
                    .suggest(format!("tcp[tcpflags] & tcp-{flag} != 0")),
            );
        }
        if let Some(known) = similar(word) {
            return Some(Hint::new(format!("did you mean \"{known}\"?")).suggest(known));
        }
        if let Some(hint) = self.after_proto_word(word) {
            return Some(hint);
        }
        let range = word
            .split_once('-')
            .is_some_and(|(low, high)| [low, high].iter().all(|end| end.parse::<u16>().is_ok()));
        if range {
            return Some(
                Hint::new("two ports with a hyphen are a range").suggest(format!("portrange {word}")),
            );
        }
        (self.expect().term && self.starts_operand())
            .then(|| Hint::new("a name alone does not say what it names").suggest(format!("host {word}")))
    }

    /// Whether the next token stands where an operand could.
    fn starts_operand(&self) -> bool {
        match self.last_kind() {
            None => true,
            Some(TokenKind::Word(word)) => matches!(word, Word::And | Word::Or | Word::Not),
            Some(TokenKind::Sign(sign)) => *sign == Sign::Open,
            _ => false,
        }
    }

    /// A field of Wireshark's display filters.
    fn display_filter(&self, word: &str) -> Option<Hint> {
        let ours = match word {
            "ip.addr" | "ipv6.addr" => "host",
            "ip.src" | "ipv6.src" => "src host",
            "ip.dst" | "ipv6.dst" => "dst host",
            "tcp.port" => "tcp port",
            "udp.port" => "udp port",
            "tcp.srcport" => "tcp src port",
            "tcp.dstport" => "tcp dst port",
            "udp.srcport" => "udp src port",
            "udp.dstport" => "udp dst port",
            "eth.addr" => "ether host",
            "eth.src" => "ether src",
            "eth.dst" => "ether dst",
            "eth.type" => "ether proto",
            "ip.proto" => "ip proto",
            "vlan.id" => "vlan",
            "frame.len" => "len =",
            _ => return None,
        };
        let value = match self.peek_after(1) {
            TokenKind::Sign(Sign::Equal) => {
                self.tokens.get(self.next + 2).map_or("..", |token| token.span.of(self.text))
            }
            _ => "..",
        };
        Some(
            Hint::new("this is a field of Wireshark's display filters, which are another language")
                .suggest(format!("{ours} {value}")),
        )
    }

    /// Something right after the name of a protocol that stands alone.
    fn after_proto_word(&self, literal: &str) -> Option<Hint> {
        let last = self.last()?;
        let TokenKind::Proto(proto) = last.kind else { return None };
        let kind = match proto {
            Proto::Tcp | Proto::Udp | Proto::Sctp => "port",
            _ if literal.contains('/') => "net",
            _ => "host",
        };
        let proto = last.span.of(self.text);
        Some(
            Hint::new(format!("after \"{proto}\" it must be said what this is"))
                .suggest(format!("{proto} {kind} {literal}")),
        )
    }

    fn about_number(&self) -> Option<Hint> {
        self.after_proto_word(self.whole_word())
    }

    fn about_address(&self) -> Option<Hint> {
        let literal = self.whole_word();
        let hint = self.after_proto_word(literal);
        if hint.is_some() {
            return hint;
        }
        let kind = if literal.contains('/') { "net" } else { "host" };
        self.starts_operand().then(|| {
            Hint::new("an address alone does not say what it is for").suggest(format!("{kind} {literal}"))
        })
    }

    fn about_mac48(&self) -> Option<Hint> {
        let word = self.word();
        if self.expect().value && !self.starts_operand() && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(
                Hint::new(
                    "twelve digits are an Ethernet address; one more zero before them makes them a number",
                )
                .suggest(format!("0{word}")),
            );
        }
        let hint = Hint::new("an Ethernet address must be said to be one");
        Some(hint.suggest(format!("ether host {word}")))
    }

    fn about_word(&self, word: Word) -> Option<Hint> {
        if word == Word::Gateway && self.waiting().is_some_and(|(_, kind)| kind.is_none()) {
            let name = self.tokens.get(self.next + 1).map_or("", |token| token.span.of(self.text));
            return Some(Hint::new("a gateway has no direction").suggest(format!("gateway {name}")));
        }
        if matches!(word, Word::Proto | Word::Protochain)
            && self.waiting().is_some_and(|(_, kind)| kind.is_none())
        {
            return Some(Hint::new("a protocol has no direction"));
        }
        if matches!(word, Word::And | Word::Or) {
            return match self.last_kind() {
                None => Some(Hint::new(format!("before \"{}\" something is missing", word.name()))),
                Some(TokenKind::Word(last @ (Word::And | Word::Or | Word::Not))) => Some(Hint::new(format!(
                    "between \"{}\" and \"{}\" something is missing",
                    last.name(),
                    word.name()
                ))),
                Some(TokenKind::Number(_)) if self.waiting().is_none() => self.lone_number(),
                _ => self.lone_value().or_else(|| {
                    self.waiting().map(|(words, _)| Hint::new(format!("what follows \"{words}\" is missing")))
                }),
            };
        }
        self.as_name()
    }

    fn about_proto(&self, proto: Proto) -> Option<Hint> {
        let last = self.last_kind();
        if matches!(last, Some(TokenKind::Proto(_))) {
            let both = format!("{} and {}", self.last_span().of(self.text), self.word());
            return Some(Hint::new("two tests are joined by \"and\" or \"or\"").suggest(both));
        }
        if self.waiting().is_none() && !self.expect().term {
            return Some(Hint::new(format!(
                "a value of this protocol is some of its bytes: {}[..]",
                proto.name()
            )));
        }
        self.as_name()
    }

    /// A word of the language where a name is wanted.
    fn as_name(&self) -> Option<Hint> {
        let (words, _) = self.waiting()?;
        let literal =
            matches!(self.stack.last(), Some(Frame::Qualifiers(_) | Frame::Not(_) | Frame::Paren(..)));
        literal.then(|| {
            let word = self.word();
            Hint::new(format!("\"{word}\" is a word of the language; as a name it has a backslash"))
                .suggest(format!("{words} \\{word}"))
        })
    }
}

fn is_word(text: &str) -> bool {
    Proto::from_word(text).is_some() || Word::from_word(text).is_some()
}

/// `len-14` as `len - 14`, if both sides make sense by themselves.
fn spaced(word: &str) -> Option<String> {
    let (left, right) = word.split_once('-')?;
    let value =
        |side: &str| matches!(side, "len" | "length") || side.bytes().all(|byte| byte.is_ascii_digit());
    let sum = value(left) && value(right) && !left.bytes().all(|byte| byte.is_ascii_digit());
    sum.then(|| format!("{left} - {right}"))
}

/// The word of the language that differs from `word` in one letter: one more, one less, another, or two exchanged.
fn similar(word: &str) -> Option<&'static str> {
    if word.len() < 3 || word.len() > 20 {
        return None;
    }
    let all = Proto::ALL.iter().chain(Word::ALL);
    all.filter(|known| known.len() >= 3)
        .find(|known| differs_by_one(word.as_bytes(), known.as_bytes()))
        .copied()
}

fn differs_by_one(left: &[u8], right: &[u8]) -> bool {
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) = (left.get(same..).unwrap_or(&[]), right.get(same..).unwrap_or(&[]));
    match (left, right) {
        ([a, b, left @ ..], [c, d, right @ ..]) if a == d && b == c && left == right => true,
        ([_, left @ ..], [_, right @ ..]) if left == right => true,
        ([_, left @ ..], right) if left == right => true,
        (left, [_, right @ ..]) => left == right,
        _ => false,
    }
}
