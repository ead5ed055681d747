//! Tokens to a tree, by the grammar that libpcap accepts.
//!
//! # The grammar, where it surprises
//! - `and` and `or` bind equally, from left to right; `not` binds to the next term alone.
//! - After `and` or `or` a bare literal, or a list of them in parentheses, is for the qualifiers of the term before:
//!   `port 80 or 443`, `host a and not (b or c)`. Once a list in parentheses has begun with a literal, nothing but literals can
//!   follow, and lists do not nest at their beginning: `port ((80 or 443))` is wrong, `port (22 or (80 or 443))` is not.
//! - Whether `(80` begins a list, a sum or an expression is seen only later, so an open parenthesis says what may stand
//!   in it ([`Expect`]), and a finished operand says what it is ([`Value`]).
//! - `%` and `^` have no precedence at all: they wait for whatever comes after them, and whatever comes before waits for them.
//!
//! The stack is a list of [`Frame`]s of our own, one for each thing that waits for an operand; nothing recurses.

mod hint;
mod primitive;

use crate::ast::{ArithId, ArithKind, Literal, LiteralKind, Node, NodeId, PrimitiveKind, Tree, push};
use crate::diag::{Diagnostic, Span};
use crate::hir::{BinaryOp, CompareOp};
use crate::lex::words::{Proto, Word};
use crate::lex::{Sign, Token, TokenKind};

/// Something that waits for the operand after it.
#[derive(Clone, Copy, Debug)]
enum Frame {
    /// `not`, and what may stand after it.
    Not(Expect),
    /// An open parenthesis and what may stand in it.
    Paren(Expect, Span),
    /// `and`, `or` and what is left of it: an expression, or else a list of literals.
    Join {
        word: Word,
        left: NodeId,
        is_list: bool,
    },
    /// Qualifiers, by their position in the tree's list.
    Qualifiers(u32),
    Relation(CompareOp, ArithId),
    Binary(BinaryOp, ArithId),
    Minus(Span),
    /// `proto[`
    Index(Proto, Span),
}

/// What may stand at some place. A number may stand at any, if only in the end it turns out to be one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Expect {
    /// A term.
    term: bool,
    /// A value, or the beginning of a relation.
    value: bool,
    /// A bare literal.
    literal: bool,
    /// A list of literals in parentheses.
    list: bool,
}

const TERM: Expect = Expect { term: true, value: true, literal: false, list: false };
const TERM_OR_LITERAL: Expect = Expect { term: true, value: true, literal: true, list: true };
const LITERAL: Expect = Expect { term: false, value: false, literal: true, list: true };
const VALUE: Expect = Expect { term: false, value: true, literal: false, list: false };

impl Expect {
    /// What may stand in parentheses that stand here.
    fn in_parentheses(self) -> Self {
        Self { literal: self.list, list: false, ..self }
    }

    /// What may stand after a `not` that stands here.
    fn after_not(self) -> Self {
        Self { value: self.term, list: self.literal, ..self }
    }
}

/// A finished operand.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// A number, perhaps in parentheses: a literal or a value, whatever is needed.
    Number(u32, Span),
    Arith(ArithId),
    /// A term or more.
    Expression(NodeId),
    /// A literal, or several of them; `complete` if it is a list with its parentheses.
    Literals {
        node: NodeId,
        complete: bool,
    },
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Token],
    next: usize,
    tree: Tree,
    stack: Vec<Frame>,
}

/// The tree of `tokens`, which are those of `text`.
///
/// # Errors
/// A [`Diagnostic`] about the first token that nothing can make sense of.
pub(crate) fn expression(text: &str, tokens: &[Token]) -> Result<Tree, Diagnostic> {
    let mut parser = Parser { text, tokens, next: 0, tree: Tree::default(), stack: Vec::new() };
    if matches!(parser.peek(), TokenKind::End) {
        return Ok(parser.tree);
    }
    loop {
        let value = parser.operand()?;
        if let Some(root) = parser.operators(value)? {
            parser.tree.root = Some(root);
            return Ok(parser.tree);
        }
    }
}

impl Parser<'_> {
    fn peek(&self) -> &TokenKind {
        self.peek_after(0)
    }

    /// The token `count` tokens after the next one.
    fn peek_after(&self, count: usize) -> &TokenKind {
        self.tokens.get(self.next.saturating_add(count)).map_or(&TokenKind::End, |token| &token.kind)
    }

    /// The span of the next token.
    fn span(&self) -> Span {
        let end = || Span::new(self.text.len(), self.text.len());
        self.tokens.get(self.next).map_or_else(end, |token| token.span)
    }

    /// Takes the next token and gives its span.
    fn take(&mut self) -> Span {
        let span = self.span();
        self.next += 1;
        span
    }

    /// Takes the next token if it is that sign.
    fn take_sign(&mut self, sign: Sign) -> bool {
        let is = *self.peek() == TokenKind::Sign(sign);
        self.next += usize::from(is);
        is
    }

    /// The span of the last token that was taken.
    fn last_span(&self) -> Span {
        self.next
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(Span::default(), |token| token.span)
    }

    /// What may stand at the next token, where an operand is awaited.
    fn expect(&self) -> Expect {
        match self.stack.last() {
            None => TERM,
            Some(Frame::Not(expect) | Frame::Paren(expect, _)) => *expect,
            Some(Frame::Join { is_list: false, .. }) => TERM_OR_LITERAL,
            Some(Frame::Join { is_list: true, .. } | Frame::Qualifiers(_)) => LITERAL,
            Some(Frame::Relation(..) | Frame::Binary(..) | Frame::Minus(_) | Frame::Index(..)) => VALUE,
        }
    }

    /// Reads up to and with the next operand; whatever stands before it goes on the stack.
    fn operand(&mut self) -> Result<Value, Diagnostic> {
        loop {
            let expect = self.expect();
            match self.peek() {
                TokenKind::Number(number) => {
                    let number = *number;
                    return Ok(Value::Number(number, self.take()));
                }
                TokenKind::Sign(Sign::Open) => {
                    let span = self.take();
                    self.stack.push(Frame::Paren(expect.in_parentheses(), span));
                }
                TokenKind::Word(Word::Not) if expect.term || expect.literal => {
                    self.take();
                    self.stack.push(Frame::Not(expect.after_not()));
                }
                TokenKind::Sign(Sign::Minus) if expect.value => {
                    let span = self.take();
                    self.stack.push(Frame::Minus(span));
                }
                TokenKind::Word(Word::Length) if expect.value => {
                    let span = self.take();
                    return Ok(Value::Arith(self.tree.add_arith(ArithKind::Length, span)));
                }
                TokenKind::Proto(proto)
                    if expect.value && *self.peek_after(1) == TokenKind::Sign(Sign::OpenBracket) =>
                {
                    let proto = *proto;
                    let span = self.take();
                    self.take();
                    self.stack.push(Frame::Index(proto, span));
                }
                _ => {
                    if let Some(value) = self.literal_or_term(expect)? {
                        return Ok(value);
                    }
                }
            }
        }
    }

    /// A literal or a term that is no relation; `None` if these were only qualifiers, now on the stack.
    fn literal_or_term(&mut self, expect: Expect) -> Result<Option<Value>, Diagnostic> {
        if expect.literal
            && let Some(literal) = self.literal()?
        {
            let node = self.tree.add_literal(literal);
            return Ok(Some(Value::Literals { node, complete: false }));
        }
        if expect.term {
            return self.term();
        }
        if expect.value && matches!(self.peek(), TokenKind::Proto(_)) {
            // A value would have to be `proto[..]`: what is wrong is what stands in the bracket's place.
            self.take();
        }
        Err(self.unexpected())
    }

    /// Goes on after an operand, until the next one is needed (`None`) or the text is at its end (the root).
    fn operators(&mut self, mut value: Value) -> Result<Option<NodeId>, Diagnostic> {
        loop {
            match self.peek() {
                TokenKind::Sign(Sign::Close) => value = self.close(value)?,
                TokenKind::Sign(Sign::CloseBracket | Sign::Colon) => value = self.close_index(value)?,
                TokenKind::Word(word @ (Word::And | Word::Or)) => {
                    let word = *word;
                    self.join(word, value)?;
                    return Ok(None);
                }
                TokenKind::End => {
                    let value = self.finish(value);
                    return match (value, self.stack.is_empty()) {
                        (Value::Expression(root), true) => Ok(Some(root)),
                        _ => Err(self.unexpected()),
                    };
                }
                TokenKind::Sign(sign) => {
                    let sign = *sign;
                    self.arithmetic(sign, value)?;
                    return Ok(None);
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// `and` or `or` after `value`.
    fn join(&mut self, word: Word, value: Value) -> Result<(), Diagnostic> {
        let frame = match self.finish(value) {
            Value::Expression(left) => Frame::Join { word, left, is_list: false },
            Value::Literals { node, complete: false } => Frame::Join { word, left: node, is_list: true },
            Value::Number(number, span) if self.expect().literal => {
                Frame::Join { word, left: self.number_literal(number, span), is_list: true }
            }
            _ => return Err(self.unexpected()),
        };
        self.take();
        self.stack.push(frame);
        Ok(())
    }

    /// `)` after `value`.
    fn close(&mut self, value: Value) -> Result<Value, Diagnostic> {
        let value = self.finish(value);
        let Some(Frame::Paren(inside, open)) = self.stack.last().copied() else {
            return Err(self.unexpected());
        };
        self.stack.pop();
        let value = match value {
            Value::Number(number, span) => Value::Number(number, span),
            Value::Arith(arith) if inside.value => Value::Arith(arith),
            Value::Expression(node) if inside.term => Value::Expression(self.tree.add(Node::Group(node))),
            Value::Literals { node, complete: false } if self.expect().list => {
                Value::Literals { node, complete: true }
            }
            _ => {
                self.stack.push(Frame::Paren(inside, open));
                return Err(self.unexpected());
            }
        };
        let close = self.take();
        Ok(match value {
            Value::Number(number, _) => Value::Number(number, open.to(close)),
            value => value,
        })
    }

    /// `]`, or `:` and a size and `]`, after `value`.
    fn close_index(&mut self, value: Value) -> Result<Value, Diagnostic> {
        let Some(index) = self.finish_arith(value) else { return Err(self.unexpected()) };
        let Some(Frame::Index(proto, start)) = self.stack.last().copied() else {
            return Err(self.unexpected());
        };
        let mut size = 1;
        if self.take_sign(Sign::Colon) {
            let TokenKind::Number(number) = *self.peek() else { return Err(self.unexpected()) };
            size = number;
            self.take();
        }
        if !self.take_sign(Sign::CloseBracket) {
            return Err(self.unexpected());
        }
        self.stack.pop();
        let span = start.to(self.last_span());
        Ok(Value::Arith(self.tree.add_arith(ArithKind::Load { proto, index, size }, span)))
    }

    /// An operator of arithmetic, or a relation, after `value`.
    fn arithmetic(&mut self, sign: Sign, value: Value) -> Result<(), Diagnostic> {
        let frame = if let Some(op) = binary_op(sign) {
            let expect = self.expect();
            let mut left = match value {
                Value::Arith(arith) => arith,
                Value::Number(number, span) if expect.value => {
                    self.tree.add_arith(ArithKind::Number(number), span)
                }
                _ => return Err(self.unexpected()),
            };
            while self.stack.last().is_some_and(|frame| reduces_before(frame, op)) {
                left = self.reduce_arith(left);
            }
            Frame::Binary(op, left)
        } else if let Some(op) = compare_op(sign) {
            let Some(left) = self.finish_arith(value) else { return Err(self.unexpected()) };
            if !self.expect().term {
                return Err(self.unexpected());
            }
            Frame::Relation(op, left)
        } else {
            return Err(self.unexpected());
        };
        self.take();
        self.stack.push(frame);
        Ok(())
    }

    /// Gives `value` to everything that waits for it, up to the nearest parenthesis or the start.
    fn finish(&mut self, mut value: Value) -> Value {
        loop {
            let Some(frame) = self.stack.last().copied() else { return value };
            value = match (frame, value) {
                (Frame::Binary(..) | Frame::Minus(_) | Frame::Relation(..), Value::Number(number, span)) => {
                    Value::Arith(self.tree.add_arith(ArithKind::Number(number), span))
                }
                (Frame::Binary(..) | Frame::Minus(_), Value::Arith(arith)) => {
                    Value::Arith(self.reduce_arith(arith))
                }
                (Frame::Relation(op, left), Value::Arith(right)) => {
                    self.stack.pop();
                    let span = self.tree.arith_span(left).to(self.tree.arith_span(right));
                    let kind = PrimitiveKind::Relation { op, left, right };
                    Value::Expression(self.tree.add_primitive(kind, span))
                }
                (
                    Frame::Qualifiers(_) | Frame::Join { .. } | Frame::Not(Expect { literal: true, .. }),
                    Value::Number(number, span),
                ) => Value::Literals { node: self.number_literal(number, span), complete: false },
                (Frame::Qualifiers(qualifiers), Value::Literals { node, .. }) => {
                    self.stack.pop();
                    Value::Expression(self.tree.add(Node::Qualified { qualifiers, operand: node }))
                }
                (Frame::Not(expect), Value::Expression(node)) if expect.term => {
                    self.stack.pop();
                    Value::Expression(self.tree.add(Node::Not(node)))
                }
                (Frame::Not(_), Value::Literals { node, .. }) => {
                    self.stack.pop();
                    Value::Literals { node: self.tree.add(Node::Not(node)), complete: false }
                }
                (
                    Frame::Join { word, left, is_list },
                    Value::Expression(right) | Value::Literals { node: right, .. },
                ) => {
                    self.stack.pop();
                    let node = match word {
                        Word::And => Node::And(left, right),
                        _ => Node::Or(left, right),
                    };
                    let node = self.tree.add(node);
                    if is_list { Value::Literals { node, complete: false } } else { Value::Expression(node) }
                }
                _ => return value,
            };
        }
    }

    /// `value` as a value of arithmetic, with all operators before it done; `None` if it is none.
    fn finish_arith(&mut self, value: Value) -> Option<ArithId> {
        let mut arith = match value {
            Value::Arith(arith) => arith,
            Value::Number(number, span) if self.expect().value => {
                self.tree.add_arith(ArithKind::Number(number), span)
            }
            _ => return None,
        };
        while let Some(Frame::Binary(..) | Frame::Minus(_)) = self.stack.last() {
            arith = self.reduce_arith(arith);
        }
        Some(arith)
    }

    /// Gives `right` to the operator on top of the stack.
    fn reduce_arith(&mut self, right: ArithId) -> ArithId {
        let end = self.tree.arith_span(right);
        match self.stack.pop() {
            Some(Frame::Binary(op, left)) => {
                let span = self.tree.arith_span(left).to(end);
                self.tree.add_arith(ArithKind::Binary(op, left, right), span)
            }
            Some(Frame::Minus(start)) => self.tree.add_arith(ArithKind::Negate(right), start.to(end)),
            other => {
                self.stack.extend(other);
                right
            }
        }
    }

    fn number_literal(&mut self, number: u32, span: Span) -> NodeId {
        self.tree.add_literal(Literal { kind: LiteralKind::Number(number), span })
    }

    /// Adds qualifiers, which wait for their literals.
    fn push_qualifiers(&mut self, qualifiers: crate::ast::Qualifiers) {
        let position = push(&mut self.tree.qualifiers, qualifiers);
        self.stack.push(Frame::Qualifiers(position));
    }
}

/// Whether the operator on the stack is done before `next` is. Those of no precedence never are, nor is any before them.
fn reduces_before(frame: &Frame, next: BinaryOp) -> bool {
    let Some(next) = precedence(next) else { return false };
    match frame {
        Frame::Binary(op, _) => precedence(*op).is_some_and(|own| own >= next),
        Frame::Minus(_) => true,
        _ => false,
    }
}

/// The precedence of an operator, the loosest first; `%` and `^` have none.
fn precedence(op: BinaryOp) -> Option<u8> {
    match op {
        BinaryOp::Or => Some(1),
        BinaryOp::And => Some(2),
        BinaryOp::ShiftLeft | BinaryOp::ShiftRight => Some(3),
        BinaryOp::Add | BinaryOp::Subtract => Some(4),
        BinaryOp::Multiply | BinaryOp::Divide => Some(5),
        BinaryOp::Modulo | BinaryOp::Xor => None,
    }
}

fn binary_op(sign: Sign) -> Option<BinaryOp> {
    Some(match sign {
        Sign::Plus => BinaryOp::Add,
        Sign::Minus => BinaryOp::Subtract,
        Sign::Star => BinaryOp::Multiply,
        Sign::Slash => BinaryOp::Divide,
        Sign::Percent => BinaryOp::Modulo,
        Sign::Ampersand => BinaryOp::And,
        Sign::Bar => BinaryOp::Or,
        Sign::Caret => BinaryOp::Xor,
        Sign::ShiftLeft => BinaryOp::ShiftLeft,
        Sign::ShiftRight => BinaryOp::ShiftRight,
        _ => return None,
    })
}

fn compare_op(sign: Sign) -> Option<CompareOp> {
    Some(match sign {
        Sign::Equal => CompareOp::Equal,
        Sign::NotEqual => CompareOp::NotEqual,
        Sign::Less => CompareOp::Less,
        Sign::LessOrEqual => CompareOp::LessOrEqual,
        Sign::Greater => CompareOp::Greater,
        Sign::GreaterOrEqual => CompareOp::GreaterOrEqual,
        _ => return None,
    })
}
