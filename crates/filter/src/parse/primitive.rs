//! Literals, qualifiers, and the tests that a keyword begins.

use super::{Parser, Value};
use crate::ast::{Kind, Literal, LiteralKind, PrimitiveKind, Qualifiers};
use crate::diag::{Diagnostic, Span};
use crate::hir::{ByteOp, CompareOp, Dir};
use crate::lex::words::{Proto, Word};
use crate::lex::{Sign, TokenKind};

impl Parser<'_> {
    /// A literal other than a number, if one is next.
    pub(super) fn literal(&mut self) -> Result<Option<Literal>, Diagnostic> {
        let kind = match self.peek() {
            TokenKind::Name => LiteralKind::Name { escaped: false },
            TokenKind::Escaped => LiteralKind::Name { escaped: true },
            TokenKind::Mac48(bytes) => LiteralKind::Mac48(*bytes),
            TokenKind::Mac8 => LiteralKind::Mac8,
            TokenKind::Ipv4 => return self.ipv4().map(Some),
            TokenKind::Ipv6(address) => {
                let address = *address;
                let start = self.take();
                return if self.take_sign(Sign::Slash) {
                    let (length, end) = self.number()?;
                    let kind = LiteralKind::Ipv6Prefix { address, length };
                    Ok(Some(Literal { kind, span: start.to(end) }))
                } else {
                    Ok(Some(Literal { kind: LiteralKind::Ipv6(address), span: start }))
                };
            }
            _ => return Ok(None),
        };
        Ok(Some(Literal { kind, span: self.take() }))
    }

    fn ipv4(&mut self) -> Result<Literal, Diagnostic> {
        let address = self.take();
        if self.take_sign(Sign::Slash) {
            let (length, end) = self.number()?;
            Ok(Literal { kind: LiteralKind::Ipv4Prefix { address, length }, span: address.to(end) })
        } else if *self.peek() == TokenKind::Word(Word::Mask) {
            self.take();
            if *self.peek() != TokenKind::Ipv4 {
                return Err(self.unexpected());
            }
            let mask = self.take();
            Ok(Literal { kind: LiteralKind::Ipv4Mask { address, mask }, span: address.to(mask) })
        } else {
            Ok(Literal { kind: LiteralKind::Ipv4, span: address })
        }
    }

    /// A number, which must be next.
    fn number(&mut self) -> Result<(u32, Span), Diagnostic> {
        match *self.peek() {
            TokenKind::Number(number) => Ok((number, self.take())),
            _ => Err(self.unexpected()),
        }
    }

    /// A term that begins with a keyword; `None` if these were qualifiers, now on the stack.
    pub(super) fn term(&mut self) -> Result<Option<Value>, Diagnostic> {
        match *self.peek() {
            TokenKind::Proto(proto) => {
                let span = self.take();
                self.after_proto(Some(proto), span)
            }
            TokenKind::Word(word) if begins_qualified(word) => {
                let span = Span { end: self.span().start, ..self.span() };
                self.after_proto(None, span)
            }
            TokenKind::Word(word) => {
                let start = self.span();
                let kind = self.keyword(word)?;
                let node = self.tree.add_primitive(kind, start.to(self.last_span()));
                Ok(Some(Value::Expression(node)))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// What comes after the name of a protocol, or without one: qualifiers, `broadcast`, .., or nothing at all.
    fn after_proto(&mut self, proto: Option<Proto>, start: Span) -> Result<Option<Value>, Diagnostic> {
        let word = match *self.peek() {
            TokenKind::Word(word) if begins_qualified(word) => word,
            _ => {
                let Some(proto) = proto else { return Err(self.unexpected()) };
                let node = self.tree.add_primitive(PrimitiveKind::Proto(proto), start);
                return Ok(Some(Value::Expression(node)));
            }
        };
        let kind = match word {
            Word::Broadcast => PrimitiveKind::Broadcast(proto),
            Word::Multicast => PrimitiveKind::Multicast(proto),
            Word::Type | Word::Subtype | Word::Dir => self.wlan(word)?,
            _ => {
                let (dir, kind) = self.direction_and_kind()?;
                let span = start.to(self.last_span());
                self.push_qualifiers(Qualifiers { proto, dir, kind, span });
                return Ok(None);
            }
        };
        if matches!(word, Word::Broadcast | Word::Multicast) {
            self.take();
        }
        let node = self.tree.add_primitive(kind, start.to(self.last_span()));
        Ok(Some(Value::Expression(node)))
    }

    /// `src or dst host` and the like; at least one word of it is next.
    fn direction_and_kind(&mut self) -> Result<(Option<Dir>, Option<Kind>), Diagnostic> {
        let dir = match *self.peek() {
            TokenKind::Word(word) => direction(word),
            _ => None,
        };
        if let Some(dir) = dir {
            self.take();
            let dir = self.second_direction(dir)?;
            let kind = match *self.peek() {
                TokenKind::Word(Word::Host) => Kind::Host,
                TokenKind::Word(Word::Net) => Kind::Net,
                TokenKind::Word(Word::Port) => Kind::Port,
                TokenKind::Word(Word::Portrange) => Kind::Portrange,
                _ => return Ok((Some(dir), None)),
            };
            self.take();
            return Ok((Some(dir), Some(kind)));
        }
        let kind = match *self.peek() {
            TokenKind::Word(Word::Host) => Kind::Host,
            TokenKind::Word(Word::Net) => Kind::Net,
            TokenKind::Word(Word::Port) => Kind::Port,
            TokenKind::Word(Word::Portrange) => Kind::Portrange,
            TokenKind::Word(Word::Proto) => Kind::Proto,
            TokenKind::Word(Word::Protochain) => Kind::Protochain,
            TokenKind::Word(Word::Gateway) => Kind::Gateway,
            _ => return Err(self.unexpected()),
        };
        self.take();
        Ok((None, Some(kind)))
    }

    /// `or dst` after `src`, and the three others.
    fn second_direction(&mut self, first: Dir) -> Result<Dir, Diagnostic> {
        let other = match first {
            Dir::Src => Word::Dst,
            Dir::Dst => Word::Src,
            _ => return Ok(first),
        };
        let both = match *self.peek() {
            TokenKind::Word(Word::Or) => Dir::Either,
            TokenKind::Word(Word::And) => Dir::Both,
            _ => return Ok(first),
        };
        self.take();
        if *self.peek() != TokenKind::Word(other) {
            return Err(self.unexpected());
        }
        self.take();
        Ok(both)
    }

    /// A test that is its keyword and perhaps a number or two.
    fn keyword(&mut self, word: Word) -> Result<PrimitiveKind, Diagnostic> {
        self.take();
        Ok(match word {
            Word::Less => PrimitiveKind::Less(self.number()?.0),
            Word::Greater => PrimitiveKind::Greater(self.number()?.0),
            Word::Byte => {
                let (offset, _) = self.number()?;
                let op = self.byte_op()?;
                PrimitiveKind::Byte { offset, op, value: self.number()?.0 }
            }
            Word::Inbound => PrimitiveKind::Inbound,
            Word::Outbound => PrimitiveKind::Outbound,
            Word::Ifindex => PrimitiveKind::Ifindex(self.number()?.0),
            Word::Vlan => PrimitiveKind::Vlan(self.optional_number()?),
            Word::Mpls => PrimitiveKind::Mpls(self.optional_number()?),
            Word::Pppoed => PrimitiveKind::Pppoed,
            Word::Pppoes => PrimitiveKind::Pppoes(self.optional_number()?),
            Word::Geneve => PrimitiveKind::Geneve(self.optional_number()?),
            Word::Vxlan => PrimitiveKind::Vxlan(self.optional_number()?),
            Word::Llc => {
                let named =
                    matches!(self.peek(), TokenKind::Name | TokenKind::Escaped | TokenKind::Word(Word::Rnr));
                PrimitiveKind::Llc(named.then(|| self.take()))
            }
            Word::Rnr | Word::Srnr => self.field_equals(word)?,
            Word::Reason if matches!(self.peek(), TokenKind::Number(_)) => self.field_equals(word)?,
            Word::Ifname | Word::Rset | Word::Reason | Word::Action => self.field_name(word)?,
            word if is_bare_special(word) => PrimitiveKind::Special(word),
            word if has_field_value(word) => self.field_value(word)?,
            _ => {
                self.next -= 1;
                return Err(self.unexpected());
            }
        })
    }

    fn byte_op(&mut self) -> Result<ByteOp, Diagnostic> {
        let op = match *self.peek() {
            TokenKind::Sign(Sign::Equal) => ByteOp::Equal,
            TokenKind::Sign(Sign::Less) => ByteOp::Less,
            TokenKind::Sign(Sign::Greater) => ByteOp::Greater,
            TokenKind::Sign(Sign::Ampersand) => ByteOp::And,
            TokenKind::Sign(Sign::Bar) => ByteOp::Or,
            _ => return Err(self.unexpected()),
        };
        self.take();
        Ok(op)
    }

    /// A number, perhaps in parentheses, if one is next.
    fn optional_number(&mut self) -> Result<Option<u32>, Diagnostic> {
        let mut open = 0usize;
        while self.take_sign(Sign::Open) {
            open += 1;
        }
        if open == 0 && !matches!(self.peek(), TokenKind::Number(_)) {
            return Ok(None);
        }
        let (number, _) = self.number()?;
        for _ in 0..open {
            if !self.take_sign(Sign::Close) {
                return Err(self.unexpected());
            }
        }
        Ok(Some(number))
    }

    /// The name that a field of PF is compared with.
    fn field_name(&mut self, word: Word) -> Result<PrimitiveKind, Diagnostic> {
        match self.peek() {
            TokenKind::Name | TokenKind::Escaped => Ok(PrimitiveKind::Named(word, self.take())),
            _ => Err(self.unexpected()),
        }
    }

    fn special_name(&mut self, word: Word, or_number: bool) -> Result<PrimitiveKind, Diagnostic> {
        match self.peek() {
            TokenKind::Name | TokenKind::Escaped => {}
            TokenKind::Number(_) if or_number => {}
            _ => return Err(self.unexpected()),
        }
        self.take();
        Ok(PrimitiveKind::Special(word))
    }

    /// `type T`, `type T subtype S`, `subtype S`, `dir D` of 802.11.
    fn wlan(&mut self, word: Word) -> Result<PrimitiveKind, Diagnostic> {
        self.take();
        self.special_name(word, word != Word::Subtype)?;
        let first = self.last_span();
        if word == Word::Dir {
            return Ok(PrimitiveKind::WlanDirection(first));
        }
        if word == Word::Subtype {
            return Ok(PrimitiveKind::WlanType { kind: None, subtype: Some(first) });
        }
        let mut subtype = None;
        if *self.peek() == TokenKind::Word(Word::Subtype) {
            self.take();
            self.special_name(word, true)?;
            subtype = Some(self.last_span());
        }
        Ok(PrimitiveKind::WlanType { kind: Some(first), subtype })
    }

    /// `vpi 1`, `vpi > 1`, `vpi (1 or 2)`, and so the fields of SS7.
    fn field_value(&mut self, word: Word) -> Result<PrimitiveKind, Diagnostic> {
        let mut op = CompareOp::Equal;
        let mut count = 1;
        let first;
        if self.take_sign(Sign::Open) {
            first = self.field_number()?;
            while *self.peek() == TokenKind::Word(Word::Or) {
                self.take();
                self.field_number()?;
                count += 1;
            }
            if !self.take_sign(Sign::Close) {
                return Err(self.unexpected());
            }
        } else {
            if let TokenKind::Sign(sign) = *self.peek()
                && let Some(said) = super::compare_op(sign)
            {
                self.take();
                op = said;
            }
            first = self.field_number()?;
        }
        Ok(PrimitiveKind::Field { word, op, first, count })
    }

    /// `rnr 1`: a field that is compared in one way only.
    fn field_equals(&mut self, word: Word) -> Result<PrimitiveKind, Diagnostic> {
        let first = self.field_number()?;
        Ok(PrimitiveKind::Field { word, op: CompareOp::Equal, first, count: 1 })
    }

    /// A number, which must be next, put into the list of the tree; gives its position there.
    fn field_number(&mut self) -> Result<u32, Diagnostic> {
        let (value, span) = self.number()?;
        Ok(crate::ast::push(&mut self.tree.numbers, crate::ast::Number { value, span }))
    }
}

/// The words that can stand after the name of a protocol.
fn begins_qualified(word: Word) -> bool {
    direction(word).is_some()
        || matches!(
            word,
            Word::Host
                | Word::Net
                | Word::Port
                | Word::Portrange
                | Word::Proto
                | Word::Protochain
                | Word::Gateway
                | Word::Broadcast
                | Word::Multicast
                | Word::Type
                | Word::Subtype
                | Word::Dir
        )
}

fn direction(word: Word) -> Option<Dir> {
    Some(match word {
        Word::Src => Dir::Src,
        Word::Dst => Dir::Dst,
        Word::Addr1 => Dir::Addr1,
        Word::Addr2 => Dir::Addr2,
        Word::Addr3 => Dir::Addr3,
        Word::Addr4 => Dir::Addr4,
        Word::Ra => Dir::Receiver,
        Word::Ta => Dir::Transmitter,
        _ => return None,
    })
}

/// ATM and SS7 tests that are a word.
fn is_bare_special(word: Word) -> bool {
    matches!(
        word,
        Word::Lane
            | Word::Metac
            | Word::Bcc
            | Word::Oam
            | Word::Oamf4
            | Word::Oamf4ec
            | Word::Oamf4sc
            | Word::Sc
            | Word::Ilmic
            | Word::Connectmsg
            | Word::Metaconnect
            | Word::Fisu
            | Word::Lssu
            | Word::Msu
            | Word::Hfisu
            | Word::Hlssu
            | Word::Hmsu
    )
}

/// ATM and SS7 fields, which are compared with numbers.
fn has_field_value(word: Word) -> bool {
    matches!(
        word,
        Word::Vpi
            | Word::Vci
            | Word::Sio
            | Word::Opc
            | Word::Dpc
            | Word::Sls
            | Word::Hsio
            | Word::Hopc
            | Word::Hdpc
            | Word::Hsls
    )
}
