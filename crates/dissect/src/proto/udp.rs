//! UDP, the User Datagram Protocol (RFC 768; jumbograms: RFC 2675).
//!
//! ```text
//! +-------------------------------+-------------------------------+
//! |          source port          |       destination port        |
//! |            length             |           checksum            |
//! +-------------------------------+-------------------------------+
//! ```

use crate::parts::internet_checksum;
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

/// UDP.
pub static UDP: Protocol = Protocol { name: "udp", dissect };

const HEADER: usize = 8;

/// Protocols of `-T` words that say the addresses themselves, with something else in place of the ports.
const ADDRESSING: &[&str] = &["sunrpc"];
/// Protocols of `-T` words that are not meant for UDP, which they silence.
const SILENCING: &[&str] = &["carp", "resp", "zmtp1"];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let datagram = p;
    let Ok([a, b, c, d]) = p.array() else {
        hosts(cx, out);
        return Err(Stop::Truncated);
    };
    let (src, dst) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    cx.ports = PortPair { over: Transport::Udp, src, dst };
    if datagram.claimed() < HEADER {
        ports(cx, out);
        out.say("truncated-udp ").num("length", datagram.claimed());
        return Ok(());
    }
    let Ok(said) = p.be16() else {
        ports(cx, out);
        return Err(Stop::Truncated);
    };
    let length = match usize::from(said) {
        0 if datagram.claimed() > usize::from(u16::MAX) => datagram.claimed(),
        length => length,
    };
    let Some(length) = length.checked_sub(HEADER) else {
        ports(cx, out);
        out.say("truncated-udplength ").num("length", length);
        return Ok(());
    };
    let forced = |names: &[&str]| cx.options.payload.is_some_and(|who| names.contains(&who.name));
    if forced(SILENCING) {
        out.note("src_port", src).note("dst_port", dst).note("length", length);
        return Ok(());
    }
    if forced(ADDRESSING) {
        out.note("src_port", src).note("dst_port", dst);
    } else {
        ports(cx, out);
    }
    let sum = p.be16()?;
    out.note("length", length);
    let payload = p.claiming(length.min(datagram.claimed() - HEADER));
    if let Some(who) = cx.options.payload {
        out.note("checksum", sum);
        return cx.hand_to(who, payload, out);
    }
    if cx.options.quiet == 0 && cx.next(Space::Rpc { src, dst }, payload, out)? {
        out.note("checksum", sum);
        return Ok(());
    }
    checksum(cx, sum, datagram.claiming(payload.claimed() + HEADER), out);
    if cx.options.quiet > 0 || !cx.next(Space::Udp { src, dst }, payload, out)? {
        plain(cx, length, payload.claimed(), out);
    }
    Ok(())
}

/// Says the addresses of a datagram whose ports are not here.
fn hosts(cx: &Cx, out: &mut Out) {
    if !cx.ip.extended {
        out.aloud(|out| {
            out.ip("", cx.ip.src).say(" > ").ip("", cx.ip.dst).say(": ");
        });
    }
}

/// Says addresses and ports: the IP layer leaves the addresses to us, unless extension headers came between.
fn ports(cx: &Cx, out: &mut Out) {
    let PortPair { src, dst, .. } = cx.ports;
    out.aloud(|out| {
        if !cx.ip.extended {
            out.ip("", cx.ip.src).say(".");
        }
    });
    out.port("src_port", Transport::Udp, src).say(" > ");
    out.aloud(|out| {
        if !cx.ip.extended {
            out.ip("", cx.ip.dst).say(".");
        }
    });
    out.port("dst_port", Transport::Udp, dst).say(": ");
}

/// Judges the checksum, if the whole datagram is here. IPv4 lets senders leave it out; IPv6 does not, and
/// there it is judged at less verbosity.
fn checksum(cx: &Cx, found: u16, datagram: Cursor, out: &mut Out) {
    let over_ipv4 = cx.ip.version == 4;
    let wanted = cx.verbose() > u8::from(over_ipv4) && !cx.options.trust_checksums && !cx.ip.more_fragments;
    if wanted && over_ipv4 && found == 0 {
        out.say("[no cksum] ").note("checksum", 0u8);
        return;
    }
    let Some(bytes) = datagram.whole().filter(|_| wanted) else {
        out.note("checksum", found);
        return;
    };
    let sum = cx.ip.pseudo_header(ip_proto::UDP, bytes.len()).bytes(bytes).finish();
    match internet_checksum::judge(found, sum, out) {
        None => out.say("[udp sum ok] "),
        Some(right) => write!(out, "[bad udp cksum 0x{found:04x} -> 0x{right:04x}!] "),
    };
}

/// A datagram that nobody explains.
fn plain(cx: &Cx, length: usize, present: usize, out: &mut Out) {
    out.aloud(|out| {
        if length > present && !cx.ip.more_fragments {
            out.say("UDP, bad length ").num("", length).say(" > ").num("", present);
        } else {
            out.say("UDP, length ").num("", length);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const PLAIN: &str = "c001 0009 000a 3ed0 0100";
    const SUMLESS: &str = "c001 0009 000a 0000 0100";

    #[test]
    fn a_datagram_that_nobody_explains() {
        let says = |hex: &str, args: &str, words: &str| {
            check(&UDP, hex, args, &format!("0.0.0.0.49153 > 0.0.0.0.9: {words}"));
        };
        says(PLAIN, "", "UDP, length 2");
        says(PLAIN, "-v", "UDP, length 2");
        says(PLAIN, "-q", "UDP, length 2");
        says(SUMLESS, "-vv", "[no cksum] UDP, length 2");
        says(&PLAIN.replace("3ed0", "0001"), "-vv", "[bad udp cksum 0x0001 -> 0x3ed0!] UDP, length 2");
        says(PLAIN, "-vv", "[udp sum ok] UDP, length 2");
        says(&PLAIN.replace("3ed0", "0001"), "-vvK", "UDP, length 2");
    }

    #[test]
    fn lengths_that_lie() {
        let says =
            |hex: &str, words: &str| check(&UDP, hex, "", &format!("0.0.0.0.49153 > 0.0.0.0.9: {words}"));
        says("c001 0009 00", "truncated-udp 5");
        says("c001 0009 0007 0000", "truncated-udplength 7");
        says("c001 0009 000c 0000 0100", "UDP, bad length 4 > 2");
        says("c001 0009 0009 0000 0100", "UDP, length 1");
    }

    #[test]
    fn values_of_a_datagram() {
        assert_eq!(
            values(&UDP, SUMLESS),
            r#"{"udp":{"src_port":49153,"dst_port":9,"length":2,"checksum":0}}"#
        );
    }

    #[test]
    fn a_word_that_is_not_for_udp_silences_it() {
        let options =
            |word| crate::cx::Options { payload: crate::proto::by_word(word), ..Default::default() };
        let says = |word| {
            crate::testing::hear(
                &UDP,
                &crate::testing::bytes(PLAIN),
                10,
                options(word),
                crate::out::Ear::Text,
            )
            .0
        };
        assert_eq!([says("carp"), says("resp"), says("zmtp1")], [""; 3]);
        assert_eq!(says("vxlan"), "0.0.0.0.49153 > 0.0.0.0.9: VXLAN (invalid)");
    }
}
