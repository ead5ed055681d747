//! Frames of every kind, with bytes of our own.

use super::*;
use crate::testing::{bytes, check, hear, values};

/// A frame with its check sequence of two bytes behind it.
fn checked(frame: &str) -> String {
    let [low, high] = (crc(&bytes(frame), 0x8408) as u16).to_le_bytes();
    format!("{frame} {low:02x}{high:02x}")
}

#[test]
fn check_sequences() {
    assert_eq!(crc(b"123456789", 0x8408), 0x2189);
    check(
        &IEEE802_15_4,
        &checked("6188 05 3412 0200 0100 6869"),
        "-vvv",
        "IEEE 802.15.4 Data packet v0 AR, PAN ID Compression, seq 05 1234:0002 < -:0001 FCS fb42 \
         \n\t0x0000:  6869                                     hi",
    );
    check(
        &IEEE802_15_4,
        "0100 05 0000",
        "-vvv",
        "IEEE 802.15.4 Data packet v0 seq 05 -:none < -:none wrong FCS 0 vs d71 (assume no FCS stored) \
         \n\t0x0000:  0000                                     ..",
    );
    let long = crc(&bytes("0100 05 68"), 0xedb8_8320).to_le_bytes();
    let long: String = long.iter().map(|b| format!("{b:02x}")).collect();
    let (said, ..) = hear(
        &IEEE802_15_4,
        &bytes(&format!("0100 05 68 {long}")),
        8,
        crate::cx::Options { no_default_dump: true, ..Default::default() },
        crate::out::Ear::Text,
    );
    assert_eq!(said, "IEEE 802.15.4 Data packet v0 -:none < -:none ");
}

#[test]
fn addresses_of_every_kind() {
    let a = "0102030405060708";
    for (frame, said) in [
        ("0188 05 3412 0200 7856 0100", "v0 1234:0002 < 5678:0001 "),
        ("018c 05 3412 0807060504030201 7856 0100", "v0 1234:01:02:03:04:05:06:07:08 < 5678:0001 "),
        ("0108 05 3412 0200", "v0 1234:0002 < -:none "),
        (
            "4108 05 3412 0200",
            "v0 [ERROR: PAN ID Compression != 0, and only one address with frame version < 2]1234:0002 < -:none ",
        ),
        ("4120 05 3412", "v2 1234:none < -:none "),
        ("4128 05 0200", "v2 -:0002 < -:none "),
        ("41a8 05 3412 0200 0100", "v2 1234:0002 < -:0001 "),
        ("01a8 05 3412 0200 7856 0100", "v2 1234:0002 < 5678:0001 "),
        ("0121 3412", "v2 -:none < -:none "),
        ("0101 05", "v0 [ERROR: Sequence number suppressed on frames where version < 2]-:none < -:none "),
        ("0104 05", "v0 [ERROR: Invalid dst address mode]"),
        ("0140 05", "v0 [ERROR: Invalid src address mode]"),
        ("0108 05 34", "v0 [ERROR: Truncated before dst_pan]"),
        ("0108 05 3412 02", "v0 1234:[ERROR: Truncated before dst_addr]"),
        ("0188 05 3412 0200 78", "v0 1234:0002 < [ERROR: Truncated before dst_pan]"),
        ("01", " [|802.15.4]"),
        ("0100", "v0  [|802.15.4]"),
    ] {
        let said = if frame == "01" { said.to_string() } else { format!("IEEE 802.15.4 Data packet {said}") };
        check(&IEEE802_15_4, frame, "-q", &said);
    }
    for (frame, said) in [
        (format!("41ec 05 {a} {a}"), "v2 -:08:07:06:05:04:03:02:01 < -:08:07:06:05:04:03:02:01 "),
        (format!("01ec 05 3412 {a} {a}"), "v2 1234:08:07:06:05:04:03:02:01 < -:08:07:06:05:04:03:02:01 "),
        (format!("01e8 05 3412 0200 {a}"), "v2 1234:0002 < -:08:07:06:05:04:03:02:01 "),
    ] {
        check(&IEEE802_15_4, &frame, "-q", &format!("IEEE 802.15.4 Data packet {said}"));
    }
}

#[test]
fn security() {
    let said = "IEEE 802.15.4 Data packet v1 Security Enabled, seq 05 1234:0002 < -:none ";
    let head = "0918 05 3412 0200";
    check(
        &IEEE802_15_4,
        &checked(&format!("{head} 05 07000000 6869 01020304")),
        "-vvvq",
        &format!(
            "{said}\n\tSecurity Level 5, Key Id Mode 0, Frame Counter 0x00000007 Implicit\n\tMIC 01020304 FCS 92de "
        ),
    );
    check(
        &IEEE802_15_4,
        &checked(&format!("{head} 34 3412 1200 09")),
        "-vvvq",
        &format!(
            "{said}\n\tSecurity Level 4, Key Id Mode 2, KeySource 0x1234:124x, KeyIndex 0x09, FCS e4c9 "
        ),
    );
    check(
        &IEEE802_15_4,
        &checked(&format!("{head} 38 0102030405060708 09")),
        "-vvvq",
        &format!(
            "{said}\n\tSecurity Level 0, Key Id Mode 3, KeySource 08:07:06:05:04:03:02:01, KeyIndex 0x05, FCS 891c "
        ),
    );
    let said = "IEEE 802.15.4 Data packet v1 1234:0002 < -:none ";
    for (security, words) in [
        ("", "Truncated before Aux Security Header"),
        ("00 000000", "Truncated before Frame Counter"),
        ("30 000000", "Truncated before Key Source"),
        ("28", "Truncated before Key Index"),
        ("21 00", "Truncated before MIC"),
    ] {
        check(&IEEE802_15_4, &format!("{head} {security}"), "-q", &format!("{said}[ERROR: {words}]"));
    }
}

#[test]
fn beacons() {
    let frame = "0080 05 3412 0100 ffcf 02 01 0200 93 11 0300 0807060504030201 6869";
    let said = "IEEE 802.15.4 Beacon packet v0 ";
    check(&IEEE802_15_4, frame, "-q", &format!("{said}-:none < 1234:0001 "));
    let superframe = "\n\tBeacon order = 15, Superframe order = 15, Final CAP Slot = 15, PAN Coordinator, Association Permit";
    let short = "0080 05 3412 0100 ffcf 00 00";
    check(
        &IEEE802_15_4,
        short,
        "-vq",
        &format!(
            "{said}seq 05 -:none < 1234:0001 {superframe}\n\tGTS Descriptor Count = 0, \
             \n\tPending address list, # short addresses = 0, # extended addresses = 0"
        ),
    );
    let frame = "0080 05 3412 0100 ffcf 01 01 0293 93 11 0300 0807060504030201 6869";
    check(
        &IEEE802_15_4,
        frame,
        "-vv",
        &format!(
            "{said}seq 05 -:none < 1234:0001 {superframe}GTS Descriptor Count = 1, GTS Directions Mask = 01, \
             [ [ 9302, Start slot = 3, Length = 9 ] ]\
             \n\tPending address list, # short addresses = 1, # extended addresses = 1, \
             Short address list = [ 0003 ], Extended address list = [ 01:02:03:04:05:06:07:08 ]\
             \n\t0x0000:  6869                                     hi"
        ),
    );
    assert!(values(&IEEE802_15_4, frame).contains(
        r#""beacon":{"superframe":53247,"slot_count":1,"directions":1,"slots":[{"address":37634,"start":3,"length":9}],"pending_short_count":1,"pending_extended_count":1,"pending_short":[3],"pending_extended":["01:02:03:04:05:06:07:08"]},"data":"6869""#
    ));
    for (body, words) in [
        ("ff", "[ERROR: Truncated before beacon information]"),
        ("ffcf", "[ERROR: Truncated before GTS info]"),
        ("ffcf 01 01", " [ERROR: Truncated GTS Info List]"),
        ("ffcf 00", "[ERROR: Truncated before pending addresses]"),
        ("ffcf 00 01", " [ERROR: Pending address list truncated]"),
    ] {
        check(&IEEE802_15_4, &format!("0000 05 {body}"), "", &format!("{said}-:none < -:none {words}"));
    }
}

#[test]
fn commands() {
    let said = "IEEE 802.15.4 Command packet v0 -:none < -:none ";
    for (body, words) in [
        ("01 8e", "Association Request command FFD, AC powered, Receiver on when idle, Allocate address, "),
        ("02 0500 01", "Association Response command Short address = 0005, PAN at capacity"),
        ("02 0500 09", "Association Response command Short address = 0005, Status = 0x09"),
        ("03 02", "Disassociation Notification command Reason = The device wishes to leave the PAN"),
        ("04", "Data Request command "),
        (
            "08 3412 0100 0b 0200 81",
            "Coordinator realignment command Pan ID = 0x1234, Coordinator short address = 0001, \
             Channel Number = 267, Short address = 0002",
        ),
        (
            "08 3412 0100 0b 0200 01",
            "Coordinator realignment command Pan ID = 0x1234, Coordinator short address = 0001, \
             Channel Number = 11, page = 1, Short address = 0002",
        ),
        ("09 31", "GTS request command GTS Length = 1, Receive-only GTS, GTS allocation"),
        ("24 0102", "Vendor Specific command Command Data = 01 02 "),
        ("77", "Reserved 0x77 "),
        ("01 0000", "Association Request command Invalid Association request command length"),
        ("08 0000", "Coordinator realignment command Invalid Coordinator Realignment command length"),
    ] {
        check(&IEEE802_15_4, &format!("0300 05 {body}"), "-q", &format!("{said}Command ID = {words}"));
    }
    check(&IEEE802_15_4, "0300 05", "", &format!("{said}[ERROR: Truncated before Command ID]"));
}

/// A frame whose header has these elements, and what is said of it behind the addresses.
#[track_caller]
fn with_elements(elements: &str, args: &str, said: &str) {
    let head = "IEEE 802.15.4 Data packet v2 Sequence Number Suppression, IE present, seq suppressed -:none < -:none ";
    check(&IEEE802_15_4, &checked(&format!("0123 {elements}")), args, &format!("{head}{said}"));
}

#[test]
fn header_elements() {
    with_elements(
        "040d 01000200 803f",
        "-vvvq",
        "\n\tLE CSL IE [ length = 4, IE Data = 01 00 02 00 ] \n\tHeader Termination 2 IE [] FCS 4d6d ",
    );
    for (element, said) in [
        ("040d 01000200", "LE CSL IE [ length = 4, CSL Phase = 1, CSL Period = 2] "),
        (
            "050d 0100020003",
            "LE CSL IE [ length = 5, CSL Phase = 1, CSL Period = 2 [ERROR: CSL IE length wrong]] ",
        ),
        ("0500 0102030405", "Vendor Specific Header IE [ length = 5, OUI = 0x010203, Data = 04 05 ] "),
        ("0100 01", "Vendor Specific Header IE [ length = 1, [ERROR: Vendor OUI missing]] "),
        ("8400 01020304", "Reserved 0x01 [ length = 4, IE Data = 01 02 03 04 ] "),
        ("020f ff8f", "Time Correction IE [ length = 2, Negative Ack time correction = -1, ] "),
        ("020f 0500", "Time Correction IE [ length = 2, Ack time correction = 5, ] "),
        ("840e 01000200", "Rendezvous Time IE [ length = 4, Rendezvous time = 1, Wake-up Interval = 2] "),
        (
            "8480 01020304",
            "[ERROR: Header IE with type 1] \n\tReserved 0x01 [ length = 4, IE Data = 01 02 03 04 ] ",
        ),
        ("010f 00", "Time Correction IE [ length = 1, [ERROR: Length != 2]] "),
        ("0440 01020304", "Reserved Element ID 80, length = 4 IE Data = 01 02 03 04 ] "),
    ] {
        let frame = checked(&format!("0123 {element} 803f"));
        let (text, ..) =
            hear(&IEEE802_15_4, &bytes(&frame), bytes(&frame).len(), talkative(), crate::out::Ear::Text);
        let body = text.split_once("none < -:none ").unwrap().1;
        let body = body.split_once("\n\tHeader Termination 2 IE [] FCS").unwrap().0;
        assert_eq!(body.trim_start_matches("\n\t"), said, "{element}");
        check(&IEEE802_15_4, &frame, "-vvvvq", &text);
    }
    with_elements("84", "-vvvq", "[ERROR: Truncated header IE]");
    with_elements("040d 0100", "-vvvq", "\n\tLE CSL IE [ length = 4, [ERROR: Truncated IE data]");
}

fn talkative() -> crate::cx::Options {
    crate::cx::Options { verbose: 4, quiet: 1, no_default_dump: true, numeric: true, ..Default::default() }
}

#[test]
fn pan_descriptors() {
    let rest = "010203000000 0500 0100 0100 aa 07 08 0900 0100 bb";
    let said = "\n\tBeacon order = 1, Superframe order = 2, Final CAP Slot = 3\
                \n\tPending address list, # short addresses = 0, # extended addresses = 0\
                Multi-superframe Order = 5, Channel hopping mode, CAP reduction enabled\
                Beacon timestamp = 197121, offset = 5SD Index = 1, Bitmap len = 1,  SD Bitmap = aa \
                Hopping Seq ID = 7, PAN Coordinator BSN = 8, Channel offset = 9, Bitmap length = 1,  \
                Channel offset bitmap = 00 ] \n\tHeader Termination 2 IE [] FCS ";
    let frame = checked(&format!("0123 180e 2103 00 55 {rest} 803f"));
    let (text, ..) =
        hear(&IEEE802_15_4, &bytes(&frame), bytes(&frame).len(), talkative(), crate::out::Ear::Text);
    assert!(text.contains(said), "{text}");
    check(&IEEE802_15_4, &frame, "-vvvvq", &text);
    let frame = checked(&format!("0123 9d10 2103 00 0515 {rest} 02 0b00 0c 803f"));
    let (text, ..) =
        hear(&IEEE802_15_4, &bytes(&frame), bytes(&frame).len(), talkative(), crate::out::Ear::Text);
    assert!(
        text.contains(
            "Channel hopping mode, CAP reduction enabled, Hopping Sequence PresentBeacon timestamp"
        ),
        "{text}"
    );
    check(&IEEE802_15_4, &frame, "-vvvvq", &text);
}

#[test]
fn payload_elements() {
    let frame = checked("0123 003f 0690 0102030405 06 0398 010203 02a8 0768 00f8 6869");
    check(
        &IEEE802_15_4,
        &frame,
        "-vvvvq",
        "IEEE 802.15.4 Data packet v2 Sequence Number Suppression, IE present, seq suppressed -:none < -:none \
         \n\tHeader Termination 1 IE [] \
         \n\tVendor Specific Nested IE [ length = 6, OUI = 0x010203, Data = 04 05 06 ]\n\t\
         \n\tMultiplexed IE (802.15.9) [ length = 3, Type = Full upper layer fragment with small Multiplex ID, \
         Multiplex ID = 0x0000, Upper layer data = 02 03 ]\n\t\
         \n\tIETF IE [ length = 2, Subtype ID = 0x07, Subtype content = 68 ]\n\t\
         \n\tList termination []\n\tFCS e94c ",
    );
    for (data, said) in [
        (
            "08 3412 68",
            "Type = Full upper layer fragment, tid = 0x01, Multiplex ID = 0x1234, Upper layer data = 68 ",
        ),
        ("08 34", "Type = Full upper layer fragment, [ERROR: Multiplex ID missing]"),
        (
            "0a 00 0500 3412 68",
            "Type = First fragment, tid = 0x01, fragment = 0x00, Total upper layer size = 0x0005, \
             Multiplex ID = 0x1234, Upper layer data = 68 ",
        ),
        ("0a 02 68", "Type = Middle fragment, tid = 0x01, fragment = 0x02, Upper layer data = 68 "),
        ("0c 02 68", "Type = Last fragment, tid = 0x01, fragment = 0x02, Upper layer data = 68 "),
        ("0e", "Type = Abort, tid = 0x01, no max size given"),
        ("0e 3412", "Type = Abort, tid = 0x01, max size = 0x1234"),
        ("0e 34", "Type = Abort, tid = 0x01, invalid length = 2 (not 1 or 3)Abort data = 34 "),
        ("0b 34", "Type = 3 (Reserved), tid = 0x01, Upper layer data = 34 "),
    ] {
        let n = bytes(data).len();
        let frame = checked(&format!("0123 003f {n:02x}98 {data}"));
        let (text, ..) =
            hear(&IEEE802_15_4, &bytes(&frame), bytes(&frame).len(), talkative(), crate::out::Ear::Text);
        assert!(text.contains(&format!("[ length = {n}, {said}]\n\t")), "{text}");
        check(&IEEE802_15_4, &frame, "-vvvvq", &text);
    }
}

#[test]
fn elements_of_the_mac() {
    for (element, said) in [
        ("061a 0102030405 06", "TSCH Synchronization IE [ length = 6, ASN = 0504030201, Join Metric = 6 ] "),
        (
            "0a1b 01 02 0300 01 0400 0500 0f",
            "TSCH Slotframe and Link IE [ length = 10, Slotframes = 1 \n\t\t\t[ Handle 2, size = 3, links = 1 \
             \n\t\t\t\t[ Timeslot =  4, Offset = 5, Options = TX RX Shared Timekeeping ] ] ] ",
        ),
        ("011c 05", "TSCH Timeslot IE [ length = 1, Time slot ID = 5 ] "),
        (
            "191c 05 0100 0200 0300 0400 0500 0600 0700 0800 0900 0a00 0b00 0c00",
            "TSCH Timeslot IE [ length = 25, Time slot ID = 5, CCA Offset = 1, CCA = 2, TX Offset = 3, RX Offset = 4, \
             RX Ack Delay = 5, TX Ack Delay = 6, RX Wait = 7, Ack Wait = 8, RX TX = 9, Max Ack = 10, Max TX = 11, \
             Time slot Length = 12 ] ",
        ),
        (
            "1b1c 05 0100 0200 0300 0400 0500 0600 0700 0800 0900 0a00 0b0001 0c0000",
            "TSCH Timeslot IE [ length = 27, Time slot ID = 5, CCA Offset = 1, CCA = 2, TX Offset = 3, RX Offset = 4, \
             RX Ack Delay = 5, TX Ack Delay = 6, RX Wait = 7, Ack Wait = 8, RX TX = 9, Max Ack = 10, Max TX = 65547, \
             Time slot Length = 12 ] ",
        ),
        (
            "021c 0506",
            "TSCH Timeslot IE [ length = 2, [ERROR: Length not 1, 25, or 27]\n\t\t\tIE Data = 05 06 ] ",
        ),
        ("01c8 05", "Channel Hopping IE [ length = 1, Hopping Sequence ID = 5] "),
        (
            "0ec8 05 00 1000 04000000 0100 0b00 0700",
            "Channel Hopping IE [ length = 14, Hopping Sequence ID = 5Channel Page = 0, Number of Channels = 16, \
             Phy Configuration = 0x00000004, Hopping Seq length = 1 [ 0b ]Current hop = 7] ",
        ),
        ("04c0 010203 04", "Vendor Specific MLME Nested IE [ length = 4, OUI = 0x010203, Data = 04 ] "),
        ("0133 05", "Timestamp IE [ length = 1, IE Data = 05 ] "),
        ("0105 05", "Reserved for long format 0x5 [ length = 1, IE Data = 05 ] "),
        ("011a", "TSCH Synchronization IE [ length = 1, [ERROR: Truncated IE data]"),
    ] {
        let n = bytes(element).len();
        let frame = checked(&format!("0123 003f {n:02x}88 {element}"));
        let (text, ..) =
            hear(&IEEE802_15_4, &bytes(&frame), bytes(&frame).len(), talkative(), crate::out::Ear::Text);
        assert!(text.contains(&format!("MLME IE [ length = {n}, \n\t\t{said}]\n\t")), "{text}");
        check(&IEEE802_15_4, &frame, "-vvvvq", &text);
    }
}

#[test]
fn multipurpose() {
    check(
        &IEEE802_15_4,
        &checked("a5 05 0200 0100 6869"),
        "-vvvq",
        "IEEE 802.15.4 Multipurpose packet seq 05 -:0002 <  -:0001 FCS 5b6f ",
    );
    check(
        &IEEE802_15_4,
        &checked("ad29 05 3412 0200 0100 6869"),
        "-vvvq",
        "IEEE 802.15.4 Multipurpose packet v2 Frame Pending, PAN ID Present, seq 05 1234:0002 <  -:0001 FCS 64c7 ",
    );
    check(&IEEE802_15_4, "0500 0102", "-q", "IEEE 802.15.4 Multipurpose packet -:none <  -:none ");
    check(&IEEE802_15_4, "0600", "", "IEEE 802.15.4 Fragment packet ");
}

#[test]
fn taps() {
    let frame = "0000 0800 01020304 0101 05";
    check(
        &TAP,
        frame,
        "",
        "IEEE 802.15.4 Data packet v0 [ERROR: Sequence number suppressed on frames where version < 2]-:none < -:none \n\t0x0000:  05                                       .",
    );
    assert!(
        values(&TAP, frame).starts_with(r#"{"802.15.4_tap":{"version":0,"length":8,"802.15.4":{"type":1,"#)
    );
    check(&TAP, "0100 0400", "", " (invalid)");
    check(&TAP, "0000 0300", "", " (invalid)");
    check(&TAP, "0000 0500", "", " [|802.15.4_tap]");
    check(&TAP, "0000 04", "", " [|802.15.4_tap]");
}
