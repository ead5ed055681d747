//! Header fields that are compared with a number or a name: those of packet filter logs, ATM and SS7.

use std::fmt::{self, Display, Formatter};

/// A field of a header that stands at a fixed place, and is compared with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// ATM: virtual path identifier, eight bits.
    Vpi,
    /// ATM: virtual channel identifier, sixteen bits.
    Vci,
    /// ATM: the type of a signalling message, eight bits (Q.2931).
    AtmMessage,
    /// PF: what was decided.
    PfAction,
    /// PF: why it was decided.
    PfReason,
    /// PF: the number of the rule, 32 bits.
    PfRule,
    /// PF: the number of the rule in its rule set, 32 bits.
    PfSubrule,
    /// A field of SS7.
    Ss7 {
        /// Which one.
        field: Ss7Field,
        /// Where high-speed links have it, which count longer sequence numbers.
        high_speed: bool,
    },
}

/// A field of SS7: of MTP level 2 and of the routing label of MTP level 3 (Q.703, Q.704).
///
/// The routing label is little-endian, and `<` and `>` compare it as it stands on the wire, as libpcap does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ss7Field {
    /// Service information octet.
    Sio,
    /// Originating point code, fourteen bits.
    Opc,
    /// Destination point code, fourteen bits.
    Dpc,
    /// Signalling link selection, four bits.
    Sls,
}

/// The kinds of SS7 signal units, which differ in their length indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalUnit {
    /// Fill-in: 0.
    FillIn,
    /// Link status: 1 or 2.
    LinkStatus,
    /// Message: 3 and above.
    Message,
}

/// A name in a packet filter log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PfName {
    /// The interface.
    Interface,
    /// The rule set.
    Ruleset,
}

/// What PF decides, by the numbers that all its systems share. Source: `net/pfvar.h` of OpenBSD and FreeBSD.
pub(crate) const PF_ACTIONS: &[(&str, u32)] = &[
    ("pass", 0),
    ("accept", 0),
    ("block", 1),
    ("drop", 1),
    ("scrub", 2),
    ("noscrub", 3),
    ("nat", 4),
    ("nonat", 5),
    ("binat", 6),
    ("nobinat", 7),
    ("rdr", 8),
    ("nordr", 9),
    ("synproxy-drop", 10),
];

/// Why PF decides, by the numbers that all its systems share. Source: as above.
pub(crate) const PF_REASONS: &[(&str, u32)] = &[
    ("match", 0),
    ("bad-offset", 1),
    ("fragment", 2),
    ("short", 3),
    ("normalize", 4),
    ("memory", 5),
    ("bad-timestamp", 6),
    ("congestion", 7),
    ("ip-option", 8),
    ("proto-cksum", 9),
    ("state-mismatch", 10),
    ("state-insert", 11),
    ("state-limit", 12),
    ("src-limit", 13),
    ("synproxy", 14),
];

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (prefix, word) = match self {
            Self::Vpi => ("", "vpi"),
            Self::Vci => ("", "vci"),
            Self::AtmMessage => ("", "atm-message"),
            Self::PfAction => ("", "pf-action"),
            Self::PfReason => ("", "pf-reason"),
            Self::PfRule => ("", "pf-rule"),
            Self::PfSubrule => ("", "pf-subrule"),
            Self::Ss7 { field, high_speed } => {
                let word = match field {
                    Ss7Field::Sio => "sio",
                    Ss7Field::Opc => "opc",
                    Ss7Field::Dpc => "dpc",
                    Ss7Field::Sls => "sls",
                };
                (if *high_speed { "h" } else { "" }, word)
            }
        };
        write!(f, "{prefix}{word}")
    }
}

impl Display for SignalUnit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FillIn => "fisu",
            Self::LinkStatus => "lssu",
            Self::Message => "msu",
        })
    }
}

impl Display for PfName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interface => "pf-interface",
            Self::Ruleset => "pf-ruleset",
        })
    }
}
