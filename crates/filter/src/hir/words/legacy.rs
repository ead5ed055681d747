//! The words of 802.11, LLC, the ISO protocols, packet filter logs, ATM and SS7.
//!
//! Source of the names: IEEE 802.11-2020, clause 9.2.4.1; IEEE 802.2, clause 5; ISO/IEC 10589, clause 9; ITU-T I.361, Q.2931, Q.703, Q.704.

use super::super::field::{PF_ACTIONS, PF_REASONS};
use crate::hir::{CompareOp, Dir, Field, Llc, PfName, SignalUnit, Ss7Field};

/// A frame of 802.11 whose first byte has this value under this mask: four bits of subtype, two of type, two of version.
pub(super) fn wlan_type(mask: u8, value: u8) -> String {
    let of_type = mask & 0x0c == 0x0c;
    let kind = match value & 0x0c {
        _ if !of_type => "frame",
        0x00 => "management frame",
        0x04 => "control frame",
        0x08 => "data frame",
        _ => "frame of the reserved type",
    };
    let number = value >> 4;
    match mask & 0xf0 == 0xf0 {
        false => format!("it is an 802.11 {kind}"),
        true => match subtype(value & 0xfc).filter(|_| of_type) {
            Some(name) => format!("it is an 802.11 {kind}: {name}"),
            None => format!("it is an 802.11 {kind} of subtype {number}"),
        },
    }
}

/// What type and subtype stand for together.
fn subtype(value: u8) -> Option<&'static str> {
    const MANAGEMENT: [&str; 13] = [
        "association request",
        "association response",
        "reassociation request",
        "reassociation response",
        "probe request",
        "probe response",
        "",
        "",
        "beacon",
        "announcement of traffic (ATIM)",
        "disassociation",
        "authentication",
        "deauthentication",
    ];
    const CONTROL: [&str; 16] = [
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "request for a block acknowledgement",
        "block acknowledgement",
        "PS-Poll",
        "request to send (RTS)",
        "clear to send (CTS)",
        "acknowledgement",
        "CF-End",
        "CF-End with acknowledgement",
    ];
    const DATA: [&str; 8] = [
        "data",
        "data with CF-Ack",
        "data with CF-Poll",
        "data with CF-Ack and CF-Poll",
        "no data",
        "CF-Ack without data",
        "CF-Poll without data",
        "CF-Ack and CF-Poll without data",
    ];
    const QOS: [&str; 8] = [
        "QoS data",
        "QoS data with CF-Ack",
        "QoS data with CF-Poll",
        "QoS data with CF-Ack and CF-Poll",
        "QoS without data",
        "",
        "QoS CF-Poll without data",
        "QoS CF-Ack and CF-Poll without data",
    ];
    let number = usize::from(value >> 4);
    let name = match value & 0x0c {
        0x00 => MANAGEMENT.get(number),
        0x04 => CONTROL.get(number),
        0x08 => DATA.iter().chain(&QOS).nth(number),
        _ => None,
    };
    name.copied().filter(|name| !name.is_empty())
}

/// The two bits that say whether an 802.11 frame goes to or comes from the distribution system.
pub(super) fn wlan_direction(bits: u8) -> &'static str {
    match bits & 3 {
        0 => "it is an 802.11 frame from station to station",
        1 => "it is an 802.11 frame to the distribution system (from a station to its access point)",
        2 => "it is an 802.11 frame from the distribution system (from an access point to its station)",
        _ => "it is an 802.11 frame inside the distribution system (between access points)",
    }
}

/// The addresses that only 802.11 has.
pub(super) fn wlan_address(dir: Dir) -> Option<&'static str> {
    Some(match dir {
        Dir::Addr1 => "its first 802.11 address",
        Dir::Addr2 => "its second 802.11 address",
        Dir::Addr3 => "its third 802.11 address",
        Dir::Addr4 => "its fourth 802.11 address (of a frame between access points)",
        Dir::Receiver => "its 802.11 receiver address",
        Dir::Transmitter => "its 802.11 transmitter address",
        Dir::Src | Dir::Dst | Dir::Either | Dir::Both => return None,
    })
}

/// Which LLC frame.
pub(super) fn llc(which: Llc) -> String {
    let frame = match which {
        Llc::Any => return "it has an IEEE 802.2 LLC header".to_string(),
        Llc::Information => "an information frame".to_string(),
        Llc::Supervisory(None) => "a supervisory frame".to_string(),
        Llc::Unnumbered(None) => "an unnumbered frame".to_string(),
        Llc::Supervisory(Some(control)) => match control & 0x0f {
            0x01 => "a supervisory frame, receive ready (RR)".to_string(),
            0x05 => "a supervisory frame, receive not ready (RNR)".to_string(),
            0x09 => "a supervisory frame, reject (REJ)".to_string(),
            other => format!("a supervisory frame with control byte {other:#04x}"),
        },
        Llc::Unnumbered(Some(control)) => {
            let name = match control & 0xef {
                0x03 => "unnumbered information (UI)",
                0x63 => "unnumbered acknowledgement (UA)",
                0x43 => "disconnect (DISC)",
                0x0f => "disconnected mode (DM)",
                0x6f => "set asynchronous balanced mode (SABME)",
                0xe3 => "test (TEST)",
                0xaf => "exchange of identification (XID)",
                0x87 => "frame reject (FRMR)",
                _ => "of another kind",
            };
            format!("an unnumbered frame, {name}")
        }
    };
    format!("it has an IEEE 802.2 LLC header of {frame}")
}

/// A protocol of the ISO network layer.
pub(super) fn iso(number: u8) -> String {
    match number {
        0x81 => "it is CLNP, of the ISO protocols".to_string(),
        0x82 => "it is ES-IS, of the ISO protocols".to_string(),
        0x83 => "it is IS-IS, of the ISO protocols".to_string(),
        _ => format!("it is of the ISO network protocol {number:#04x}"),
    }
}

/// A PDU of IS-IS.
pub(super) fn isis(number: u8) -> String {
    let name = match number {
        15 => "a hello on a LAN, level 1",
        16 => "a hello on a LAN, level 2",
        17 => "a hello on a point-to-point link",
        18 => "a link state, level 1",
        20 => "a link state, level 2",
        24 => "a complete sequence of numbers, level 1",
        25 => "a complete sequence of numbers, level 2",
        26 => "a partial sequence of numbers, level 1",
        27 => "a partial sequence of numbers, level 2",
        _ => return format!("it is an IS-IS PDU of type {number}"),
    };
    format!("it is an IS-IS PDU of type {number}: {name}")
}

/// A field of a packet filter log, ATM or SS7, and a number.
pub(super) fn field(field: Field, op: CompareOp, value: u32) -> String {
    let named = |names: &[(&str, u32)]| match (op, names.iter().find(|row| row.1 == value)) {
        (CompareOp::Equal, Some((name, _))) => format!("is {name}"),
        _ => relation(op, value),
    };
    let (what, rest) = match field {
        Field::Vpi => ("its ATM virtual path identifier".to_string(), relation(op, value)),
        Field::Vci => ("its ATM virtual channel identifier".to_string(), relation(op, value)),
        Field::AtmMessage => ("the type of its ATM signalling message".to_string(), named(MESSAGES)),
        Field::PfAction => ("what the packet filter did with it".to_string(), named(PF_ACTIONS)),
        Field::PfReason => ("the packet filter's reason".to_string(), named(PF_REASONS)),
        Field::PfRule => ("the number of the packet filter's rule".to_string(), relation(op, value)),
        Field::PfSubrule => {
            ("the number of the packet filter's rule in its rule set".to_string(), relation(op, value))
        }
        Field::Ss7 { field, high_speed } => {
            let name = match field {
                Ss7Field::Sio => "service information octet",
                Ss7Field::Opc => "originating point code",
                Ss7Field::Dpc => "destination point code",
                Ss7Field::Sls => "signalling link selection",
            };
            let link = if high_speed { " of a high-speed link" } else { "" };
            let order = match field {
                Ss7Field::Opc | Ss7Field::Dpc if !matches!(op, CompareOp::Equal | CompareOp::NotEqual) => {
                    ", byte by byte as they stand on the wire"
                }
                _ => "",
            };
            (format!("its SS7 {name}{link}"), relation(op, value) + order)
        }
    };
    format!("{what} {rest}")
}

/// The messages that begin and end a connection. Source: ITU-T Q.2931, table 4-2.
const MESSAGES: &[(&str, u32)] = &[
    ("call proceeding", 0x02),
    ("set-up", 0x05),
    ("connect", 0x07),
    ("connect acknowledge", 0x0f),
    ("release", 0x4d),
    ("release complete", 0x5a),
];

fn relation(op: CompareOp, value: u32) -> String {
    let words = match op {
        CompareOp::Equal => "is",
        CompareOp::NotEqual => "is not",
        CompareOp::Less => "is less than",
        CompareOp::LessOrEqual => "is at most",
        CompareOp::Greater => "is greater than",
        CompareOp::GreaterOrEqual => "is at least",
    };
    format!("{words} {value}")
}

/// A name in a packet filter log.
pub(super) fn pf_name(of: PfName, name: &[u8]) -> String {
    let what = match of {
        PfName::Interface => "the packet filter's interface",
        PfName::Ruleset => "the packet filter's rule set",
    };
    format!("the name of {what} begins with {}", String::from_utf8_lossy(name).escape_debug())
}

/// A signal unit of SS7.
pub(super) fn signal_unit(unit: SignalUnit, high_speed: bool) -> String {
    let name = match unit {
        SignalUnit::FillIn => "a fill-in signal unit (length 0)",
        SignalUnit::LinkStatus => "a link status signal unit (length 1 or 2)",
        SignalUnit::Message => "a message signal unit (length 3 or more)",
    };
    format!("it is {name} of SS7{}", if high_speed { " on a high-speed link" } else { "" })
}

#[cfg(test)]
mod tests {
    use crate::names::NoNames;
    use crate::{LinkType, Target, tests};

    fn check(link: LinkType, cases: &[(&str, &[&str])]) {
        for (text, expected) in cases {
            let filter = tests(text, &Target::new(link), &NoNames, &mut Vec::new()).expect(text);
            let words: Vec<_> = filter.tests.iter().map(|test| filter.in_words(test)).collect();
            assert_eq!(words, *expected, "{text}");
        }
    }

    #[test]
    fn frames_of_802_11() {
        check(
            LinkType::IEEE802_11_RADIOTAP,
            &[
                ("type mgt", &["it is an 802.11 management frame"]),
                ("type ctl subtype rts", &["it is an 802.11 control frame: request to send (RTS)"]),
                ("subtype beacon", &["it is an 802.11 management frame: beacon"]),
                ("subtype qos", &["it is an 802.11 data frame: QoS without data"]),
                ("type data subtype 0xd0", &["it is an 802.11 data frame of subtype 13"]),
                ("type 0x0c", &["it is an 802.11 frame of the reserved type"]),
                (
                    "dir tods",
                    &[
                        "it is an 802.11 frame to the distribution system (from a station to its access point)",
                    ],
                ),
                ("dir 0", &["it is an 802.11 frame from station to station"]),
                ("wlan ra 2:0:0:0:0:1", &["its 802.11 receiver address is 02:00:00:00:00:01"]),
                (
                    "wlan addr4 2:0:0:0:0:1",
                    &["its fourth 802.11 address (of a frame between access points) is 02:00:00:00:00:01"],
                ),
            ],
        );
    }

    #[test]
    fn frames_of_llc_and_the_iso_protocols() {
        check(
            LinkType::ETHERNET,
            &[
                ("llc", &["it has an IEEE 802.2 LLC header"]),
                ("llc s", &["it has an IEEE 802.2 LLC header of a supervisory frame"]),
                (
                    "llc rnr",
                    &["it has an IEEE 802.2 LLC header of a supervisory frame, receive not ready (RNR)"],
                ),
                (
                    "llc xid",
                    &[
                        "it has an IEEE 802.2 LLC header of an unnumbered frame, exchange of identification (XID)",
                    ],
                ),
                ("clnp", &["it is CLNP, of the ISO protocols"]),
                ("isis proto 18", &["it is an IS-IS PDU of type 18: a link state, level 1"]),
                ("isis proto 3", &["it is an IS-IS PDU of type 3"]),
                ("decnet src 1.2", &["its source address is 1.2, in DECnet"]),
                ("lat", &["the link layer carries LAT"]),
            ],
        );
    }

    #[test]
    fn packet_filter_logs() {
        check(
            LinkType::PFLOG,
            &[
                ("on eth0", &["the name of the packet filter's interface begins with eth0"]),
                ("ruleset w", &["the name of the packet filter's rule set begins with w"]),
                ("action block", &["what the packet filter did with it is block"]),
                ("reason short", &["the packet filter's reason is short"]),
                ("reason 99", &["the packet filter's reason is 99"]),
                ("rnr 7", &["the number of the packet filter's rule is 7"]),
                ("srnr 7", &["the number of the packet filter's rule in its rule set is 7"]),
            ],
        );
    }

    #[test]
    fn atm() {
        let path = "its ATM virtual path identifier is 0";
        check(
            LinkType::SUNATM,
            &[
                ("vpi 3", &["its ATM virtual path identifier is 3"]),
                ("vci > 31", &["its ATM virtual channel identifier is greater than 31"]),
                ("metac", &[path, "its ATM virtual channel identifier is 1"]),
                ("lane", &["it is of ATM LAN emulation; what follows looks inside"]),
                (
                    "lane and ip",
                    &[
                        "it is of ATM LAN emulation; what follows looks inside",
                        "the link layer carries IPv4, inside the emulated LAN's frame",
                    ],
                ),
            ],
        );
    }

    #[test]
    fn ss7() {
        check(
            LinkType::MTP2,
            &[
                ("fisu", &["it is a fill-in signal unit (length 0) of SS7"]),
                ("hmsu", &["it is a message signal unit (length 3 or more) of SS7 on a high-speed link"]),
                ("sio 3", &["its SS7 service information octet is 3"]),
                ("hsls < 2", &["its SS7 signalling link selection of a high-speed link is less than 2"]),
                (
                    "opc > 1",
                    &[
                        "its SS7 originating point code is greater than 1, byte by byte as they stand on the wire",
                    ],
                ),
            ],
        );
    }

    #[test]
    fn addresses_of_one_byte() {
        check(
            LinkType::ARCNET_BSD,
            &[
                ("link src $1f", &["its source address on the link is $1f"]),
                ("link host $2", &["its source or destination address on the link is $02"]),
            ],
        );
    }
}
