//! The words of 802.11: types, subtypes, directions.
//!
//! Source: IEEE 802.11-2020, clause 9.2.4.1; the names are pcap-filter's, in any case.

use super::Resolver;
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::TestKind;

/// The bits of the type, and of the subtype, in the first byte.
const TYPE: u8 = 0x0c;
const SUBTYPE: u8 = 0xf0;

const MANAGEMENT: u8 = 0;
const CONTROL: u8 = 4;
const DATA: u8 = 8;

type Names = &'static [(&'static str, u8)];

const TYPES: Names = &[
    ("mgt", MANAGEMENT),
    ("management", MANAGEMENT),
    ("ctl", CONTROL),
    ("control", CONTROL),
    ("data", DATA),
];

/// The subtypes of each type, in the order in which a name without a type is looked for.
const SUBTYPES: &[(u8, Names)] = &[
    (
        MANAGEMENT,
        &[
            ("assocreq", 0x00),
            ("assoc-req", 0x00),
            ("assocresp", 0x10),
            ("assoc-resp", 0x10),
            ("reassocreq", 0x20),
            ("reassoc-req", 0x20),
            ("reassocresp", 0x30),
            ("reassoc-resp", 0x30),
            ("probereq", 0x40),
            ("probe-req", 0x40),
            ("proberesp", 0x50),
            ("probe-resp", 0x50),
            ("beacon", 0x80),
            ("atim", 0x90),
            ("disassoc", 0xa0),
            ("disassociation", 0xa0),
            ("auth", 0xb0),
            ("authentication", 0xb0),
            ("deauth", 0xc0),
            ("deauthentication", 0xc0),
        ],
    ),
    (
        CONTROL,
        &[
            ("bar", 0x80),
            ("ba", 0x90),
            ("ps-poll", 0xa0),
            ("rts", 0xb0),
            ("cts", 0xc0),
            ("ack", 0xd0),
            ("cf-end", 0xe0),
            ("cf-end-ack", 0xf0),
        ],
    ),
    (
        DATA,
        &[
            ("data", 0x00),
            ("data-cf-ack", 0x10),
            ("data-cf-poll", 0x20),
            ("data-cf-ack-poll", 0x30),
            ("null", 0x40),
            ("cf-ack", 0x50),
            ("cf-poll", 0x60),
            ("cf-ack-poll", 0x70),
            ("qos-data", 0x80),
            ("qos-data-cf-ack", 0x90),
            ("qos-data-cf-poll", 0xa0),
            ("qos-data-cf-ack-poll", 0xb0),
            ("qos", 0xc0),
            ("qos-cf-poll", 0xe0),
            ("qos-cf-ack-poll", 0xf0),
        ],
    ),
];

const DIRECTIONS: Names = &[("nods", 0), ("tods", 1), ("fromds", 2), ("dstods", 3)];

const ONLY_WLAN: &str = "only 802.11 frames have this; a wireless interface shows them in monitor mode (-I)";

/// A name or a number of the text.
enum Word<'t> {
    Name(&'t str),
    Number(u32),
}

impl Resolver<'_> {
    /// `type T`, `type T subtype S`, `subtype S`.
    pub(super) fn wlan_type(
        &self,
        kind: Option<Span>,
        subtype: Option<Span>,
        span: Span,
    ) -> Result<TestKind, Diagnostic> {
        let of_type = kind.map(|at| value(self.word(at), TYPES, (TYPE, "type"), at)).transpose()?;
        let (mask, value) = match (of_type, subtype) {
            (Some(of_type), None) => (TYPE, of_type),
            (Some(of_type), Some(at)) => {
                let names = SUBTYPES.iter().find(|row| row.0 == of_type).map(|row| row.1);
                let word = self.word(at);
                if names.is_none() && matches!(word, Word::Name(_)) {
                    return Err(Diagnostic::new(Kind::Name, at, "unknown 802.11 type")
                        .because("a reserved type has no subtypes with names; a number always works"));
                }
                (TYPE | SUBTYPE, of_type | value(word, names.unwrap_or(&[]), (SUBTYPE, "subtype"), at)?)
            }
            (None, at) => {
                let at = at.unwrap_or(span);
                let name = at.of(self.text).trim_start_matches('\\');
                let known = SUBTYPES.iter().find_map(|row| Some(row.0 | find(row.1, name)?));
                (
                    TYPE | SUBTYPE,
                    known.ok_or_else(|| unknown("unknown 802.11 type name".into(), every(), at))?,
                )
            }
        };
        if !self.encap.link().has_wlan() {
            return Err(self.encap.link().refuse("type/subtype", span).because(ONLY_WLAN));
        }
        Ok(TestKind::WlanType { mask, value })
    }

    /// `dir D`.
    pub(super) fn wlan_direction(&self, at: Span, span: Span) -> Result<TestKind, Diagnostic> {
        let value = match self.word(at) {
            Word::Name(name) => find(DIRECTIONS, name)
                .ok_or_else(|| unknown("unknown 802.11 direction".into(), words(DIRECTIONS), at))?,
            Word::Number(number @ 0..=3) => number as u8,
            Word::Number(_) => {
                return Err(Diagnostic::new(Kind::Meaning, at, "invalid 802.11 direction")
                    .because("directions are 0 to 3: nods, tods, fromds and dstods"));
            }
        };
        if !self.encap.link().has_wlan() {
            return Err(self.encap.link().refuse("dir", span).because(ONLY_WLAN));
        }
        Ok(TestKind::WlanDirection(value))
    }

    fn word(&self, at: Span) -> Word<'_> {
        let text = at.of(self.text);
        match crate::lex::number(text) {
            Ok(number) => Word::Number(number),
            Err(_) => Word::Name(text.trim_start_matches('\\')),
        }
    }
}

fn find(names: Names, wanted: &str) -> Option<u8> {
    names.iter().find(|row| row.0.eq_ignore_ascii_case(wanted)).map(|row| row.1)
}

/// A type or subtype by its name or number.
fn value(word: Word<'_>, names: Names, (mask, what): (u8, &str), at: Span) -> Result<u8, Diagnostic> {
    match word {
        Word::Number(number) => match u8::try_from(number) {
            Ok(number) if number & !mask == 0 => Ok(number),
            _ => {
                Err(Diagnostic::new(Kind::Meaning, at, format!("invalid 802.11 {what} value 0x{number:02x}"))
                    .because(format!(
                        "the value is that of its bits in the first byte of the header, {mask:#04x}"
                    )))
            }
        },
        Word::Name(name) => find(names, name)
            .ok_or_else(|| unknown(format!("unknown 802.11 {what} name \"{name}\""), words(names), at)),
    }
}

fn unknown(message: String, known: String, at: Span) -> Diagnostic {
    Diagnostic::new(Kind::Name, at, message).because(format!("known are {known}"))
}

fn words(names: Names) -> String {
    names.iter().map(|row| row.0).collect::<Vec<_>>().join(", ")
}

fn every() -> String {
    SUBTYPES.iter().map(|row| words(row.1)).collect::<Vec<_>>().join(", ")
}
