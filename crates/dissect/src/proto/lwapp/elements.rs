//! The elements of control messages: what they are called, how long they are at the least, and in which messages
//! they may be (RFC 5412 with errata 8460, 8536 to 8549).

use crate::prelude::*;

const HEADER: usize = 3;

/// Types, the fewest bytes that a value of the type has, and names. Where the RFC gives a number to two types, the
/// first has it.
const ELEMENTS: &[(u8, usize, &str)] = &[
    (2, 7, "AC Address"),
    (3, 16, "WTP Descriptor"),
    (4, 2, "WTP Radio Information"),
    (5, 1, "WTP Name"),
    (6, 18, "AC Descriptor"),
    (7, 298, "IEEE 802.11 Add WLAN"),
    (8, 21, "IEEE 802.11 WTP WLAN Radio Configuration"),
    (10, 8, "IEEE 802.11 Multi-Domain Capability"),
    (11, 16, "IEEE 802.11 MAC Operation"),
    (12, 4, "IEEE 802.11 Tx Power"),
    (13, 4, "IEEE 802.11 Tx Power Level"),
    (14, 8, "IEEE 802.11 Direct Sequence Control"),
    (15, 8, "IEEE 802.11 OFDM Control"),
    (16, 4, "IEEE 802.11 Rate Set"),
    (18, 1, "Test"),
    (26, 3, "Change State Event"),
    (27, 2, "Administrative State"),
    (28, 3, "IEEE 802.11 Delete WLAN"),
    (29, 36, "Add Mobile"),
    (30, 7, "Delete Mobile"),
    (31, 1, "AC Name"),
    (33, 3, "Image Data"),
    (34, 43, "IEEE 802.11 Update WLAN"),
    (35, 1, "Location Data"),
    (37, 2, "Statistics Timer"),
    (38, 3, "Decryption Error Report Period"),
    (39, 8, "Decryption Error Report"),
    (41, 8, "IEEE 802.11 Antenna"),
    (44, 1, "Certificate"),
    (45, 4, "Session ID"),
    (48, 2, "IEEE 802.11 CFP Status"),
    (50, 26, "WTP Board Data"),
    (51, 1, "IEEE 802.11 Broadcast Probe Mode"),
    (52, 1, "Data Transfer Mode"),
    (53, 3, "Data Transfer Data"),
    (54, 2, "IEEE 802.11 WTP Mode and Type"),
    (57, 52, "IEEE 802.11 WTP Quality of Service"),
    (58, 1, "Discovery Type"),
    (59, 4, "AC IPv4 List"),
    (60, 1, "Status"),
    (61, 8, "IEEE 802.11 MIC Countermeasures"),
    (65, 7, "Add Blacklist Entry"),
    (66, 7, "Delete Blacklist Entry"),
    (67, 7, "WTP Reboot Statistics"),
    (68, 2, "LWAPP Timers"),
    (70, 7, "Add Static Blacklist Entry"),
    (71, 7, "Delete Static Blacklist Entry"),
    (77, 10, "Duplicate IPv4 Address"),
    (79, 14, "IEEE 802.11 MIC Error Report From Mobile"),
    (82, 13, "WTP Static IP Address Information"),
    (90, 2, "AC Name with Index"),
    (91, 1, "WTP Fallback"),
    (95, 4, "WTP Radio Fail Alarm Indication"),
    (97, 4, "Idle Timeout"),
    (99, 6, "WTP Manager Control IPv4 Address"),
    (104, 7, "Vendor Specific"),
    (105, 11, "IEEE 802.11 Mobile Session Key"),
    (106, 14, "IEEE 802.11 Update Mobile QoS"),
    (107, 16, "WNonce"),
    (108, 16, "ANonce"),
    (109, 2, "PSK-MIC"),
    (111, 16, "XNonce"),
    (137, 18, "WTP Manager Control IPv6 Address"),
    (138, 4, "WTP Manager Data IPv4 Address"),
    (139, 16, "WTP Manager Data IPv6 Address"),
    (140, 8, "IEEE 802.11 Station QoS Profile"),
    (141, 16, "AC IPv6 List"),
];

/// Messages, and the elements that they may have.
const PERMITTED: &[(u8, &[u8])] = &[
    (1, &[3, 4, 58]),
    (2, &[2, 6, 31, 99, 137]),
    (3, &[2, 3, 4, 5, 18, 35, 44, 45, 111]),
    (4, &[44, 59, 60, 108, 109, 138, 139, 141]),
    (5, &[45, 107, 109]),
    (6, &[45, 109]),
    (10, &[8, 10, 11, 12, 13, 14, 15, 27, 31, 37, 41, 48, 50, 54, 67, 82, 90]),
    (11, &[8, 10, 11, 12, 14, 15, 16, 26, 38, 41, 51, 57, 59, 68, 91, 97, 141]),
    (
        12,
        &[
            5, 8, 10, 11, 12, 14, 15, 16, 26, 27, 35, 37, 38, 41, 48, 51, 54, 57, 59, 65, 66, 68, 70, 71, 79,
            90, 91, 97, 141,
        ],
    ),
    (14, &[39, 77]),
    (16, &[26]),
    (24, &[33]),
    (30, &[45, 111]),
    (31, &[45, 108, 109]),
    (32, &[3, 4, 58]),
    (33, &[6, 31, 99, 137]),
    (34, &[52, 53]),
    (37, &[7, 28, 34]),
    (39, &[29, 30, 105, 106, 140]),
];

/// The elements of a message.
pub(super) fn say(message: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let permitted = PERMITTED.iter().find(|row| row.0 == message).map_or(&[][..], |row| row.1);
    let mut number = 0u32;
    while p.claimed() > 0 {
        out.enough("remaining length", &p, HEADER)?;
        out.item(|out| element(permitted, number, &mut p, out))?;
        number += 1;
    }
    Ok(())
}

fn element(permitted: &[u8], number: u32, p: &mut Cursor, out: &mut Out) -> Dissect {
    let kind = p.u8()?;
    let known = ELEMENTS.iter().find(|row| row.0 == kind);
    let (least, name) = known.map_or((0, "Unknown"), |row| (row.1, row.2));
    out.aloud(|out| _ = out.say("\n\t  Msg Elem ").num("", number));
    out.say(" Type: ").num("type", kind).say(" (").say(name).say(")");
    if !permitted.contains(&kind) {
        out.say(" [unexpected!]").note_that("unexpected", true);
    }
    let length = usize::from(p.be16()?);
    out.say(", Length: ").num("length", length);
    if length < least {
        out.say(" [too short!]").note_that("too_short", true);
    }
    if length > p.claimed() {
        return Err(out.lie("elem_len", length, ">", p.claimed()));
    }
    let value = p.take(length)?;
    out.aside(|out| _ = out.bytes("value", value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::LWAPP;
    use super::*;
    use crate::testing::check;

    #[test]
    fn elements_and_lies() {
        let says = |elements: &str, words: &str| {
            let n = elements.chars().filter(|c| !c.is_whitespace()).count() / 2;
            let hex = format!("04 00 {:04x} 0000 02 07 {n:04x} 01020304 {elements}", n + 8);
            let head = "LWAPPv0, Control frame, Radio-id 0, Flags [Control], Frag-id 0, length ";
            let message = "\n\t  Msg type: Discovery resp (2), Seqnum: 7, Msg len: ";
            check(&LWAPP, &hex, "-v", &format!("{head}{}{message}{n}, Session: 0x01020304{words}", n + 8));
        };
        says(
            "1f 0001 41 ff 0000 63 0001 00",
            "\n\t  Msg Elem 0 Type: 31 (AC Name), Length: 1\
             \n\t  Msg Elem 1 Type: 255 (Unknown) [unexpected!], Length: 0\
             \n\t  Msg Elem 2 Type: 99 (WTP Manager Control IPv4 Address), Length: 1 [too short!]",
        );
        says("1f 0002 41", "\n\t  Msg Elem 0 Type: 31 (AC Name), Length: 2 [elem_len 2 > 1] (invalid)");
        says("1f00", " [remaining length 2 < 3] (invalid)");
    }

    #[test]
    fn what_messages_may_have_is_known() {
        for (message, elements) in PERMITTED {
            for kind in *elements {
                assert!(ELEMENTS.iter().any(|row| row.0 == *kind), "{kind} of {message}");
            }
            assert!(elements.is_sorted());
        }
    }
}
