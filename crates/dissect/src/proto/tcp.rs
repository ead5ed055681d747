//! TCP, the Transmission Control Protocol (RFC 9293).
//!
//! ```text
//! +-------------------------------+-------------------------------+
//! |          source port          |       destination port        |
//! |                        sequence number                        |
//! |                     acknowledgment number                     |
//! | length |  0   |     flags     |            window             |
//! |           checksum            |        urgent pointer         |
//! |            options, padded to a multiple of 4 bytes           |
//! +---------------------------------------------------------------+
//! ```

mod mptcp;
mod options;
mod reset;

use crate::memory;
use crate::memory::tcp::{ACK, HEADER, Numbers, Origin, RST, SYN};
use crate::parts::internet_checksum;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;
use options::Options;

/// TCP.
pub static TCP: Protocol = Protocol { name: "tcp", dissect };

/// Where the length of the header is.
const OFFSET: usize = 12;

const URG: u16 = 0x020;
/// These flags count in sequence space, or end it: their segments always name their number.
const SPANNING: u16 = 0x001 | SYN | RST;
/// RFC 9293 section 3.1; E, W: RFC 3168; e: RFC 9768.
const FLAGS: Flags = &[
    (0x001, "F"),
    (0x002, "S"),
    (0x004, "R"),
    (0x008, "P"),
    (0x010, "."),
    (0x020, "U"),
    (0x040, "E"),
    (0x080, "W"),
    (0x100, "e"),
];

/// The same, for the structured ear.
const FLAG_NAMES: Flags = &[
    (0x001, "fin"),
    (0x002, "syn"),
    (0x004, "rst"),
    (0x008, "psh"),
    (0x010, "ack"),
    (0x020, "urg"),
    (0x040, "ece"),
    (0x080, "cwr"),
    (0x100, "ae"),
];

/// From this verbosity on, fields that should be zero are said if they are not.
const SUSPICIOUS: u8 = 2;

/// The `-T` words that TCP listens to; any other silences the payload.
const HONOURED: &[&str] = &["domain", "resp", "zmtp1"];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let segment = p;
    ports(cx, &mut p, out)?;
    let length = segment.claimed();
    let header_length = usize::from(p.at(OFFSET - 4).u8()? >> 4) * 4;
    if header_length < HEADER {
        return bad_length(header_length, length, out);
    }
    p.need(HEADER - 4)?;
    let header = Header::read(&mut p)?;
    let origin = origin(cx, &header);
    if cx.options.quiet > 0 {
        out.say("tcp ").num("length", past(length, header.length));
        return if header.length > length { too_long(&header, length, out) } else { Ok(()) };
    }
    out.say("Flags [").aloud(|out| _ = out.letters("", header.flags, FLAGS, "none")).say("]");
    out.note_flags("flags", header.flags, FLAG_NAMES);
    if header.length > length {
        return too_long(&header, length, out);
    }
    checksum(cx, &header, segment, out);
    let payload_length = length - header.length;
    numbers(cx, &header, &origin, payload_length, out);
    if header.length > HEADER {
        let mut options =
            Options { left: header.length - HEADER, flags: header.flags, origin: &origin, segment };
        if !options.say(cx, &mut p, out)? {
            return Ok(());
        }
    }
    out.say(", length ").num("length", payload_length);
    if payload_length == 0 {
        return Ok(());
    }
    if segment.captured() < header.length {
        out.say(" [remaining caplen(").num("remaining_caplen", segment.captured());
        out.say(") < header length(").num("header_length", header.length).say(")]");
    }
    let mut payload = segment;
    payload.skip(header.length)?;
    hand_on(cx, &header, payload, out)
}

/// Says addresses and ports: the IP layer leaves the addresses to us, unless extension headers came between.
fn ports(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (from, to, extended) = (cx.ip.src, cx.ip.dst, cx.ip.extended);
    let pair = p.array().map(|[a, b, c, d]| (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])));
    let Ok((src, dst)) = pair else {
        out.aloud(|out| {
            out.ip("", from).say(" > ").ip("", to).say(":");
        });
        return Err(Stop::Truncated);
    };
    cx.ports = PortPair { over: Transport::Tcp, src, dst };
    out.aloud(|out| {
        if !extended {
            out.ip("", from).say(".");
        }
    });
    out.port("src_port", Transport::Tcp, src).say(" > ");
    out.aloud(|out| {
        if !extended {
            out.ip("", to).say(".");
        }
    });
    out.port("dst_port", Transport::Tcp, dst).say(": ");
    Ok(())
}

/// What follows the ports.
struct Header {
    seq: u32,
    ack: u32,
    /// In bytes, options included.
    length: usize,
    flags: u16,
    window: u16,
    checksum: u16,
    urgent: u16,
}

impl Header {
    fn read(p: &mut Cursor) -> Dissect<Self> {
        let (seq, ack, head) = (p.be32()?, p.be32()?, p.be16()?);
        let (window, checksum, urgent) = (p.be16()?, p.be16()?, p.be16()?);
        let length = usize::from(head >> 12) * 4;
        Ok(Header { seq, ack, length, flags: head & 0x1ff, window, checksum, urgent })
    }
}

/// Looks the connection up, if numbers are to be relative.
fn origin(cx: &mut Cx, header: &Header) -> Origin {
    if cx.options.absolute_seq {
        return Origin::default();
    }
    let (src, dst) = ((cx.ip.src, cx.ports.src), (cx.ip.dst, cx.ports.dst));
    let numbers = Numbers { flags: header.flags, seq: header.seq, ack: header.ack };
    memory::tcp::origin(&mut cx.memory.tcp, src, dst, numbers)
}

fn bad_length(header: usize, length: usize, out: &mut Out) -> Dissect {
    out.say(" tcp ").num("length", past(length, header));
    out.say(" [bad hdr length ").num("header_length", header).say(" - too short, < 20]");
    Err(Stop::Invalid)
}

fn too_long(header: &Header, length: usize, out: &mut Out) -> Dissect {
    out.say(" [bad hdr length ").num("header_length", header.length);
    out.say(" - too long, > ").num("segment_length", length).say("]");
    Err(Stop::Invalid)
}

/// The payload's length, as a header that claims too much makes it.
fn past(length: usize, header: usize) -> u32 {
    (length as u32).wrapping_sub(header as u32)
}

/// Judges the checksum, if the whole segment is here.
fn checksum(cx: &Cx, header: &Header, segment: Cursor, out: &mut Out) {
    let wanted = cx.verbose() > 0 && !cx.options.trust_checksums && !cx.ip.more_fragments;
    let Some(bytes) = segment.whole().filter(|_| wanted) else {
        out.note("checksum", header.checksum);
        return;
    };
    let sum = cx.ip.pseudo_header(ip_proto::TCP, bytes.len()).bytes(bytes).finish();
    out.aloud(|out| _ = out.say(", cksum 0x").hex0("", header.checksum, 4).say(" ("));
    match internet_checksum::judge(header.checksum, sum, out) {
        None => out.say("correct)"),
        Some(right) => write!(out, "incorrect -> 0x{right:04x})"),
    };
}

fn numbers(cx: &Cx, header: &Header, origin: &Origin, payload: usize, out: &mut Out) {
    let seq = header.seq.wrapping_sub(origin.seq);
    if cx.verbose() > 1 || payload > 0 || header.flags & SPANNING != 0 {
        out.say(", seq ").aloud(|out| _ = out.num("", seq));
        if payload > 0 {
            out.say(":").aloud(|out| _ = out.num("", seq.wrapping_add(payload as u32)));
        }
    }
    note_numbers(header, origin, payload, out);
    if header.flags & ACK != 0 {
        out.say(", ack ").aloud(|out| _ = out.num("", header.ack.wrapping_sub(origin.ack)));
    } else if cx.verbose() >= SUSPICIOUS && header.ack != 0 {
        out.say(", [ack ").num("ack", header.ack).say(" != 0 while ACK flag not set]");
    }
    out.say(", win ").num("window", header.window);
    if header.flags & URG != 0 {
        out.say(", urg ").num("urgent", header.urgent);
    } else if cx.verbose() >= SUSPICIOUS && header.urgent != 0 {
        out.say(", [urg ").num("urgent", header.urgent).say(" != 0 while URG flag not set]");
    }
}

/// The structured ear hears numbers as they are in the segment, and beside them what text makes of them.
fn note_numbers(header: &Header, origin: &Origin, payload: usize, out: &mut Out) {
    out.note("seq", header.seq);
    if payload > 0 {
        out.note("seq_end", header.seq.wrapping_add(payload as u32));
    }
    if origin.known {
        out.note("seq_relative", header.seq.wrapping_sub(origin.seq));
    }
    if header.flags & ACK != 0 {
        out.note("ack", header.ack);
        if origin.known {
            out.note("ack_relative", header.ack.wrapping_sub(origin.ack));
        }
    }
}

fn hand_on(cx: &mut Cx, header: &Header, payload: Cursor, out: &mut Out) -> Dissect {
    if header.flags & RST != 0 {
        return reset::say(cx, payload, out);
    }
    match cx.options.payload {
        Some(who) if HONOURED.contains(&who.name) => cx.hand_to(who, payload, out),
        Some(_) => Ok(()),
        None => {
            let PortPair { src, dst, .. } = cx.ports;
            cx.next(Space::Tcp { src, dst }, payload, out).map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_with_keys, values};

    const SYN_SEGMENT: &str = "c001 0050 00000064 00000000 a002 ffff 0000 0000
        0204 05b4 0402 080a 0000000a 00000000 0103 0307";
    const DATA: &str = "c001 0009 00000064 000001f5 5018 ffff 84fe 0000 6869";
    const RESET: &str = "c001 0050 00000064 00000000 5004 ffff 0000 0000 ";

    #[test]
    fn a_segment_that_opens() {
        check(
            &TCP,
            SYN_SEGMENT,
            "",
            "0.0.0.0.49153 > 0.0.0.0.80: Flags [S], seq 100, win 65535, \
             options [mss 1460,sackOK,TS val 10 ecr 0,nop,wscale 7], length 0",
        );
        check(&TCP, SYN_SEGMENT, "-q", "0.0.0.0.49153 > 0.0.0.0.80: tcp 0");
    }

    #[test]
    fn a_segment_with_data() {
        let expected = "0.0.0.0.49153 > 0.0.0.0.9: Flags [P.], seq 100:102, ack 501, win 65535, length 2";
        check(&TCP, DATA, "", expected);
        check(&TCP, DATA, "-S", expected);
    }

    #[test]
    fn checksums_are_judged_if_wanted() {
        let expected = |judged| {
            format!(
                "0.0.0.0.49153 > 0.0.0.0.9: Flags [P.]{judged}, seq 100:102, ack 501, win 65535, length 2"
            )
        };
        check(&TCP, DATA, "-v", &expected(", cksum 0x84fe (correct)"));
        check(&TCP, DATA, "-vK", &expected(""));
        let wrong = DATA.replace("84fe", "0001");
        check(&TCP, &wrong, "-v", &expected(", cksum 0x0001 (incorrect -> 0x84fe)"));
    }

    #[test]
    fn numbers_without_their_flags_are_suspicious() {
        let hex = "c001 0050 00000064 00000005 5002 ffff 0000 0007";
        let line = "0.0.0.0.49153 > 0.0.0.0.80: Flags [S], seq 100";
        check(&TCP, hex, "-vK", &format!("{line}, win 65535, length 0"));
        check(
            &TCP,
            hex,
            "-vvK",
            &format!(
                "{line}, [ack 5 != 0 while ACK flag not set], win 65535, \
                 [urg 7 != 0 while URG flag not set], length 0"
            ),
        );
    }

    #[test]
    fn a_header_that_lies() {
        check(
            &TCP,
            "c001 0050 00000064 00000000 4002 ffff 0000 0000",
            "",
            "0.0.0.0.49153 > 0.0.0.0.80:  tcp 4 [bad hdr length 16 - too short, < 20] (invalid)",
        );
        let long = "c001 0050 00000064 00000000 7002 ffff 0000 0000";
        check(
            &TCP,
            long,
            "",
            "0.0.0.0.49153 > 0.0.0.0.80: Flags [S] [bad hdr length 28 - too long, > 20] (invalid)",
        );
        check(
            &TCP,
            long,
            "-q",
            "0.0.0.0.49153 > 0.0.0.0.80: tcp 4294967288 [bad hdr length 28 - too long, > 20] (invalid)",
        );
    }

    #[test]
    fn options_that_lie_end_the_segment() {
        let says = |options: &str, expected: &str| {
            let words = options.split_whitespace().collect::<String>().len() / 8 + 5;
            let hex = format!("c001 0050 00000064 00000000 {words:x}002 ffff 0000 0000 {options}");
            let line =
                format!("0.0.0.0.49153 > 0.0.0.0.80: Flags [S], seq 100, win 65535, options [{expected}");
            check(&TCP, &hex, "", &line);
        };
        says("02010000", "[bad opt]");
        says("01010209", "nop,nop,[bad opt]]");
        says("01010108", "nop,nop,nop, [|tcp]");
        says("0202 05b4", "mss 1460[len 2]], length 0");
        says("0303 0700", "wscale 7,eol], length 0");
        says("0506 00000000 0101", "sack invalid sack,nop,nop], length 0");
        says("2206 aabbccdd 0101", "tfo  cookie aabbccdd,nop,nop], length 0");
        says("2203 aa 00", "tfo  (invalid),eol], length 0");
        says("fe04 f989", "exp-tfo cookiereq], length 0");
        says("fe04 1234", "exp-1234], length 0");
        says("fe03 12 00", "exp[bad opt]");
        says("1d04 0102", "tcp-ao keyid 1 rnextkeyid 2], length 0");
        says("1d06 0102 aabb 0101", "tcp-ao keyid 1 rnextkeyid 2 mac 0xaabb,nop,nop], length 0");
        says("1d03 01 00", "tcp-ao (invalid),eol], length 0");
        says("1c04 8003", "uto 0x8003 983100], length 0");
        says("1404 8001", "scps cap 80 id 1], length 0");
        says("6304 aabb", "unknown-99 0xaabb], length 0");
        says("6302 0101", "unknown-99,nop,nop], length 0");
    }

    #[test]
    fn digests_cannot_be_checked() {
        check(
            &TCP,
            "c001 0050 00000064 00000000 a010 ffff 0000 0000
             1312 000102030405060708090a0b0c0d0e0f 0000",
            "-S",
            "0.0.0.0.49153 > 0.0.0.0.80: Flags [.], ack 0, win 65535, options [md5 shared secret not supplied \
             with -M, can't check - 000102030405060708090a0b0c0d0e0f,eol], length 0",
        );
    }

    #[test]
    fn who_has_the_secret_checks_digests() {
        // Pseudo-header, header, two bytes of payload.
        let digest = "22".repeat(16);
        let says = |digest: &str, words: &str| {
            check_with_keys(
                &TCP,
                &format!("c001 0050 00000064 00000000 a010 ffff 0000 0000 1312 {digest} 0000 6869"),
                "-S",
                &format!(
                    "0.0.0.0.49153 > 0.0.0.0.80: Flags [.], seq 100:102, ack 0, win 65535, \
                     options [md5 {words},eol], length 2: HTTP"
                ),
            );
        };
        says(&digest, "valid");
        says(&digest.replacen("22", "23", 1), " (invalid)");
    }

    #[test]
    fn multipath_options() {
        let says = |flags: &str, options: &str, expected: &str| {
            let words = options.split_whitespace().collect::<String>().len() / 8 + 5;
            let hex = format!("c001 0050 00000000 00000000 {words:x}0{flags} ffff 0000 0000 {options}");
            let line = format!(" win 65535, options [{expected}");
            let bytes = crate::testing::bytes(&hex);
            let text =
                crate::testing::hear(&TCP, &bytes, bytes.len(), Default::default(), crate::out::Ear::Text).0;
            assert!(text.ends_with(&line), "{text}\n{line}");
            check(&TCP, &hex, "", &text);
        };
        says("02", "1e04 0181", "mptcp 4 capable v1 flags [AH] csum], length 0");
        says("02", "1e04 0281", "mptcp 4 capable Unknown Version (2)], length 0");
        says("02", "1e05 0181 00 000000", "mptcp 5 capable[bad opt]");
        says(
            "10",
            "1e16 0101 0000000000000001 0000000000000002 0010 0101",
            "mptcp 22 capable v1 flags [H] {0x1,0x2,data_len=16},nop,nop], length 0",
        );
        says("02", "1e0c 1102 00000003 00000004", "mptcp 12 join backup id 2 token 0x3 nonce 0x4], length 0");
        says("10", "1e08 2001 00000005", "mptcp 8 dss ack 5], length 0");
        says(
            "10",
            "1e14 2005 00000005 00000006 00000007 0008 0009",
            "mptcp 20 dss ack 5 seq 6 subseq 7 len 8 csum 0x9], length 0",
        );
        says("10", "1e08 3401 0a000001", "mptcp 8 add-addr v0-ip4 id 1 10.0.0.1], length 0");
        says(
            "10",
            "1e0a 3001 0a000001 0050 0101",
            "mptcp 10 add-addr v1 id 1 10.0.0.1:80,nop,nop], length 0",
        );
        says("10", "1e05 4001 02 010101", "mptcp 5 rem-addr id 1 2,nop,nop,nop], length 0");
        says("10", "1e03 51 01", "mptcp 3 prio backup,nop], length 0");
        says("10", "1e0c 6000 0000000000000001", "mptcp 12 fail seq 1], length 0");
        says("10", "1e0c 7000 0000000000000001", "mptcp 12 fast-close key 0x1], length 0");
        says("10", "1e04 8106", "mptcp 4 tcprst flags [T] reason Middlebox interference], length 0");
        says("10", "1e04 f000", "mptcp 4 unknown], length 0");
    }

    #[test]
    fn a_reset_tells_why() {
        let line = "0.0.0.0.49153 > 0.0.0.0.80: Flags [R], seq 100:";
        let text = format!("{RESET} 6e6f206d6f7265");
        check(&TCP, &text, "", &format!("{line}107, win 65535, length 7"));
        check(&TCP, &text, "-vK", &format!("{line}107, win 65535, length 7 [RST no more]"));
        let coded = format!("{RESET} 33aa 0009 00000000");
        check(&TCP, &coded, "-vK", &format!("{line}108, win 65535, length 8 [RST: code 9, pen 0]"));
        check(&TCP, &coded, "-vvK", &format!("{line}108, win 65535, length 8 [RST: Not authorized]"));
    }

    #[test]
    fn values_of_a_segment() {
        assert_eq!(
            values(&TCP, DATA),
            r#"{"tcp":{"src_port":49153,"dst_port":9,"flags":24,"checksum":34046,"checksum_ok":true,"seq":100,"seq_end":102,"ack":501,"window":65535,"length":2}}"#
        );
    }

    #[test]
    fn numbers_are_relative_to_the_first_seen() {
        let there =
            |flags: &str, seq: &str, ack: &str| format!("0005 0050 {seq} {ack} 50{flags} ffff 0000 0000");
        let back = |flags: &str, seq: &str, ack: &str, options: &str| {
            format!("0050 0005 {seq} {ack} {}0{flags} ffff 0000 0000 {options}", 5 + options.len() / 8)
        };
        let packets = [
            there("02", "00000064", "00000000"),
            back("12", "000001f4", "00000065", ""),
            there("11", "00000065", "000001f5"),
            back("10", "000001f5", "00000066", "0101050a0000006900000070"),
        ];
        let lines = crate::testing::conversation(&TCP, &packets, "");
        let flags: Vec<&str> = lines.iter().map(|line| line.split_once("Flags ").unwrap().1).collect();
        assert_eq!(
            flags,
            [
                "[S], seq 100, win 65535, length 0",
                "[S.], seq 500, ack 101, win 65535, length 0",
                "[F.], seq 1, ack 1, win 65535, length 0",
                "[.], ack 2, win 65535, options [nop,nop,sack 1 {5:12}], length 0",
            ]
        );
        let absolute = crate::testing::conversation(&TCP, &packets, "-S");
        assert!(absolute[2].ends_with("[F.], seq 101, ack 501, win 65535, length 0"));
    }
}
