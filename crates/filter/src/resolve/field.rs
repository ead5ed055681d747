//! The fields of packet filter logs, ATM and SS7, and the words that stand for a few of them.

use super::Resolver;
use super::legal::at_most;
use super::link::Family;
use crate::ast::Number;
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::field::{PF_ACTIONS, PF_REASONS};
use crate::hir::{CompareOp, Field, LayerKind, Node, NodeId, PfName, SignalUnit, Ss7Field, TestKind};
use crate::lex::words::Word;

impl Resolver<'_> {
    /// A field and the numbers that it is compared with: any of them.
    pub(super) fn field(
        &mut self,
        word: Word,
        op: CompareOp,
        numbers: &[Number],
        span: Span,
    ) -> Result<NodeId, Diagnostic> {
        self.check_family(word, span)?;
        let Some((field, what, maximum)) = field(word) else {
            return Err(Diagnostic::unsupported(span, format_args!("'{}'", word.name())));
        };
        for number in numbers {
            at_most(what, number.value, maximum, number.span)?;
        }
        let tests = numbers.iter().map(|number| TestKind::Field { field, op, value: number.value });
        Ok(self.any(tests, span).unwrap_or_default())
    }

    /// A field of PF and a name.
    pub(super) fn field_name(&mut self, word: Word, name: Span, span: Span) -> Result<NodeId, Diagnostic> {
        let text = name.of(self.text);
        let text = text.strip_prefix('\\').unwrap_or(text);
        let value = match word {
            Word::Action => known(PF_ACTIONS, "action", text, name)?,
            Word::Reason => known(PF_REASONS, "reason", text, name)?,
            _ => 0,
        };
        self.check_family(word, span)?;
        let (field, op) = (Field::PfAction, CompareOp::Equal);
        let kind = match word {
            Word::Action => TestKind::Field { field, op, value },
            Word::Reason => TestKind::Field { field: Field::PfReason, op, value },
            _ => {
                let (of, what) = match word {
                    Word::Rset => (PfName::Ruleset, "ruleset names"),
                    _ => (PfName::Interface, "ifname interface names"),
                };
                if text.len() > PF_NAME {
                    let text = format!("{what} can only be {PF_NAME} characters");
                    return Err(Diagnostic::new(Kind::Meaning, name, text));
                }
                TestKind::PfName { of, name: text.as_bytes().to_vec() }
            }
        };
        Ok(self.test(kind, span))
    }

    /// A word of ATM or SS7 that needs no number.
    pub(super) fn field_word(&mut self, word: Word, span: Span) -> Result<NodeId, Diagnostic> {
        self.check_family(word, span)?;
        if let Some((unit, high_speed)) = signal_unit(word) {
            return Ok(self.test(TestKind::SignalUnit { unit, high_speed }, span));
        }
        Ok(match word {
            Word::Lane => self.open(LayerKind::Lane, TestKind::Lane, span),
            Word::Metac => self.circuit(&[META_SIGNALLING], &[], span),
            Word::Bcc => self.circuit(&[2], &[], span),
            Word::Oam | Word::Oamf4 => self.circuit(&[3, 4], &[], span),
            Word::Oamf4sc => self.circuit(&[3], &[], span),
            Word::Oamf4ec => self.circuit(&[4], &[], span),
            Word::Sc => self.circuit(&[SIGNALLING], &[], span),
            Word::Ilmic => self.circuit(&[16], &[], span),
            Word::Connectmsg => self.circuit(&[SIGNALLING], &CONNECTION, span),
            Word::Metaconnect => self.circuit(&[META_SIGNALLING], &META_CONNECTION, span),
            _ => return Err(Diagnostic::unsupported(span, format_args!("'{}'", word.name()))),
        })
    }

    /// Path 0 and one of these channels, and one of these messages if there are any.
    fn circuit(&mut self, channels: &[u32], messages: &[u32], span: Span) -> NodeId {
        let equal = |field, value: u32| TestKind::Field { field, op: CompareOp::Equal, value };
        let path = self.test(equal(Field::Vpi, 0), span);
        let channels = channels.iter().map(|&channel| equal(Field::Vci, channel));
        let messages = messages.iter().map(|&message| equal(Field::AtmMessage, message));
        let parts = [self.any(channels, span), self.any(messages, span)];
        parts.into_iter().flatten().fold(path, |left, right| self.node(Node::And(left, right)))
    }

    /// Refuses a word where the link layer is of another family.
    fn check_family(&self, word: Word, span: Span) -> Result<(), Diagnostic> {
        let (family, only) = match word {
            Word::Ifname | Word::Rset | Word::Rnr | Word::Srnr | Word::Reason | Word::Action => {
                (Family::Pflog, "PFLOG linktype")
            }
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
            | Word::Vpi
            | Word::Vci => (Family::Atm, "SUNATM"),
            _ => (Family::Ss7, "SS7"),
        };
        if self.encap.link().is_of(family) {
            return Ok(());
        }
        let text = format!("'{}' supported only on {only}", word.name());
        Err(Diagnostic::new(Kind::Meaning, span, text))
    }
}

/// A field, libpcap's word for it in refusals, and its greatest value.
fn field(word: Word) -> Option<(Field, &'static str, u32)> {
    use Ss7Field::{Dpc, Opc, Sio, Sls};
    let (field, high_speed, maximum) = match word {
        Word::Vpi => return Some((Field::Vpi, "VPI", 0xff)),
        Word::Vci => return Some((Field::Vci, "VCI", 0xffff)),
        Word::Reason => return Some((Field::PfReason, "reason", u32::MAX)),
        Word::Rnr => return Some((Field::PfRule, "rnr", u32::MAX)),
        Word::Srnr => return Some((Field::PfSubrule, "srnr", u32::MAX)),
        Word::Sio => (Sio, false, 0xff),
        Word::Hsio => (Sio, true, 0xff),
        Word::Opc => (Opc, false, 0x3fff),
        Word::Hopc => (Opc, true, 0x3fff),
        Word::Dpc => (Dpc, false, 0x3fff),
        Word::Hdpc => (Dpc, true, 0x3fff),
        Word::Sls => (Sls, false, 0xf),
        Word::Hsls => (Sls, true, 0xf),
        _ => return None,
    };
    Some((Field::Ss7 { field, high_speed }, word.name(), maximum))
}

fn signal_unit(word: Word) -> Option<(SignalUnit, bool)> {
    Some(match word {
        Word::Fisu => (SignalUnit::FillIn, false),
        Word::Lssu => (SignalUnit::LinkStatus, false),
        Word::Msu => (SignalUnit::Message, false),
        Word::Hfisu => (SignalUnit::FillIn, true),
        Word::Hlssu => (SignalUnit::LinkStatus, true),
        Word::Hmsu => (SignalUnit::Message, true),
        _ => return None,
    })
}

/// The number of a name, whatever its case.
fn known(names: &[(&str, u32)], what: &str, name: &str, span: Span) -> Result<u32, Diagnostic> {
    if let Some((_, number)) = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Ok(*number);
    }
    let known: Vec<&str> = names.iter().map(|(known, _)| *known).collect();
    Err(Diagnostic::new(Kind::Name, span, format!("unknown PF {what} \"{name}\""))
        .because(format!("what is known is {}", known.join(", "))))
}

/// Longest name in a packet filter log, in bytes: sixteen with the zero that ends it.
const PF_NAME: usize = 15;

/// The channel of meta-signalling on path 0 (ITU-T I.361), and that of signalling.
const META_SIGNALLING: u32 = 1;
const SIGNALLING: u32 = 5;

/// The messages that begin and end a connection (Q.2931): call proceeding, set-up, connect, connect acknowledge, release, release
/// complete.
const CONNECTION: [u32; 6] = [0x02, 0x05, 0x07, 0x0f, 0x4d, 0x5a];
/// The same without connect acknowledge.
const META_CONNECTION: [u32; 5] = [0x02, 0x05, 0x07, 0x4d, 0x5a];
