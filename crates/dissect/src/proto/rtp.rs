//! RTP, the Real-time Transport Protocol (RFC 3550; version 1: draft-ietf-avt-rtp-04).
//!
//! ```text
//! +---+-+-+-------+-+-------------+-------------------------------+
//! | 2 |P|X| sources|M|    type    |           sequence            |
//! |                           timestamp                           |
//! |                     synchronization source                    |
//! +---------------------------------------------------------------+
//! ```

use crate::prelude::*;

/// RTP.
pub static RTP: Protocol = Protocol { name: "rtp", dissect };

const HEADER: usize = 12;
/// Version 1 has no source.
const HEADER_V1: usize = 8;
/// H.261 (RFC 4587), whose own header begins with what is worth saying.
const H261: u32 = 31;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER_V1 {
        return too_short(length, HEADER_V1, out);
    }
    let (head, timestamp) = (p.be32()?, p.be32()?);
    let behind = p;
    let version_1 = head >> 30 == 1;
    if !version_1 && length < HEADER {
        return too_short(length, HEADER, out);
    }
    let (kind, marker, header) = if version_1 {
        (head >> 16 & 0x3f, head & 0x40_0000 != 0, HEADER_V1)
    } else {
        (head >> 16 & 0x7f, head & 0x80_0000 != 0, HEADER)
    };
    let options = version_1 && head & 0x80_0000 != 0;
    let extended = !version_1 && head & 0x1000_0000 != 0;
    out.note("version", head >> 30).say(if version_1 { "udp/rtpv1 " } else { "udp/rtp " });
    out.num("length", length - header).say(" c").num("payload_type", kind).say(" ");
    out.say(if options || extended { "+" } else { "" }).say(if marker { "*" } else { "" });
    out.note_that("extended", options || extended).note_that("marker", marker);
    out.say(" ").num("seq", head & 0xffff).say(" ").num("timestamp", timestamp);
    if cx.verbose() == 0 {
        return Ok(());
    }
    let word = p.be32()?;
    out.say(" ").num(if version_1 { "word" } else { "source" }, word);
    if version_1 {
        // What text says of it is, of version 1, no part of the header.
        p = behind;
    }
    let mut words = length / 4 - header / 4;
    let held = if options {
        skip_options(&mut p, &mut words, out)?
    } else {
        !extended || skip_extension(&mut p, words, out)?
    };
    if held && kind == H261 {
        let h261 = p.be32()? >> 16;
        out.say(" 0x").hex0("h261", h261, 4);
    }
    Ok(())
}

fn too_short(length: usize, least: usize, out: &mut Out) -> Dissect {
    out.say("udp/rtp, length ").num("length", length).say(" < ");
    out.aloud(|out| {
        out.num("", least);
    });
    Ok(())
}

/// Steps over the options of version 1, counted in words; `false` if they lie.
fn skip_options(p: &mut Cursor, words: &mut usize, out: &mut Out) -> Dissect<bool> {
    loop {
        let mut ahead = *p;
        let head = ahead.be32()?;
        let length = (head >> 16 & 0xff) as usize;
        if length == 0 || length > *words {
            out.say(" !opt").note_that("bad_options", true);
            return Ok(false);
        }
        *words -= length;
        p.pass(length * 4);
        if head >> 31 != 0 {
            return Ok(true);
        }
    }
}

/// Steps over the header extension of version 2; `false` if it lies.
fn skip_extension(p: &mut Cursor, words: usize, out: &mut Out) -> Dissect<bool> {
    let mut ahead = *p;
    let length = (ahead.be32()? & 0xffff) as usize + 1;
    if length > words {
        out.say(" !ext").note_that("bad_extension", true);
        return Ok(false);
    }
    p.pass(length * 4);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn version_2() {
        check(&RTP, "8085 0007 00000064 00000001 aabb", "", "udp/rtp 2 c5 * 7 100");
        check(&RTP, "8005 0007 00000064 00000001 aabb", "", "udp/rtp 2 c5  7 100");
        check(&RTP, "9005 0007 00000064 00000001 00000000", "-v", "udp/rtp 4 c5 + 7 100 1");
        check(&RTP, "9005 0007 00000064 00000001 00000001", "-v", "udp/rtp 4 c5 + 7 100 1 !ext");
        check(&RTP, "801f 0007 00000064 00000001 12345678", "-v", "udp/rtp 4 c31  7 100 1 0x1234");
        check(&RTP, "8085 0007 00000064", "-v", "udp/rtp, length 8 < 12");
        check(&RTP, "8085", "-v", "udp/rtp, length 2 < 8");
    }

    #[test]
    fn version_1() {
        check(&RTP, "4005 0007 00000064 00000003", "-v", "udp/rtpv1 4 c5  7 100 3");
        check(&RTP, "4085 0007 00000064 80010000", "-v", "udp/rtpv1 4 c5 + 7 100 2147549184");
        check(&RTP, "4085 0007 00000064 80000000", "-v", "udp/rtpv1 4 c5 + 7 100 2147483648 !opt");
        check(&RTP, "4085 0007 00000064 00010000", "-v", "udp/rtpv1 4 c5 + 7 100 65536 [|rtp]");
    }

    #[test]
    fn values_of_a_packet() {
        assert_eq!(
            values(&RTP, "8085 0007 00000064 00000001 aabb"),
            r#"{"rtp":{"version":2,"length":2,"payload_type":5,"extended":false,"marker":true,"seq":7,"timestamp":100,"source":1}}"#
        );
    }
}
