//! ZEP, the ZigBee Encapsulation Protocol (source: its bytes on the wire, and Wireshark's description of them).
//!
//! ```text
//! 1:       | "EX" | version | channel | device (2) | CRC, not LQI | LQI | reserved (7) | length | frame .. |
//! 2:       | "EX" | version | type | channel | device (2) | CRC, not LQI | LQI | time (8) | sequence (4) |
//!          | reserved (10) | length | frame .. |
//! 2, ack:  | "EX" | version | type | sequence (4) |
//! ```

use super::ieee802_15_4;
use crate::parts::ntp_time::Time;
use crate::prelude::*;

/// ZEP.
pub static ZEP: Protocol = Protocol { name: "zep", dissect };

const PREAMBLE: [u8; 2] = *b"EX";
const ACK: u8 = 2;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let packet = p;
    out.say("ZEP");
    if p.peek()? != PREAMBLE[0] || p.at(1).u8()? != PREAMBLE[1] {
        out.say(" [Preamble Code: ").chars_of("preamble", &mut p, 2)?.say("]");
        return Err(Stop::Invalid);
    }
    p.skip(2)?;
    let version = p.u8()?;
    out.say("v").num("version", version).say(" ");
    let kind = if version == 1 { 0 } else { p.peek()? };
    let (length, header) = match (version, kind) {
        (1, _) => (first(p, out)?, 16),
        (_, ACK) => (ack(p, out)?, 8),
        _ => (second(p, out)?, 32),
    };
    let p = packet.at(header);
    if length > 0 {
        out.say("\n\t");
        if ieee802_15_4::within(cx, p.claiming(length.into()), out)? {
            return p.need(p.claimed());
        }
    }
    if !cx.options.no_default_dump && p.claimed() > 0 {
        out.dump("data", p.rest());
        p.need(p.claimed())?;
    }
    Ok(())
}

/// Fails unless the packet has `need` bytes, of which `p` lacks the first three.
fn enough(p: &Cursor, need: usize, out: &mut Out) -> Dissect {
    let length = p.claimed() + 3;
    if length < need { Err(out.lie("len", length, "<", need)) } else { Ok(()) }
}

/// Gives the length of the frame inside, as do the others.
fn first(mut p: Cursor, out: &mut Out) -> Dissect<u8> {
    enough(&p, 16, out)?;
    radio(&mut p, out)?;
    let length = p.at(7).u8()?;
    out.say("inner len = ").num("inner_length", length);
    Ok(length)
}

fn ack(mut p: Cursor, out: &mut Out) -> Dissect<u8> {
    enough(&p, 8, out)?;
    p.pass(1);
    let sequence = p.be32()?;
    out.note("type", ACK).say("ACK, seq# = ").num("sequence", sequence);
    Ok(0)
}

fn second(mut p: Cursor, out: &mut Out) -> Dissect<u8> {
    enough(&p, 32, out)?;
    p.need(4)?;
    let kind = p.u8()?;
    out.say("Type ").num("type", kind).say(", ");
    radio(&mut p, out)?;
    Time::read(&mut p)?.say_with("time", [" ", ""], out);
    let (sequence, length) = (p.be32()?, p.at(10).u8()?);
    out.say(", seq# = ").num("sequence", sequence).say(", inner len = ").num("inner_length", length);
    Ok(length)
}

/// Where the frame was heard, and how well.
fn radio(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (channel, device) = (p.u8()?, p.be16()?);
    out.say("Channel ID ").num("channel", channel).say(", Device ID 0x").hex0("device", device, 4).say(", ");
    if p.u8()? != 0 {
        p.pass(1);
        out.say("CRC, ").note_that("crc", true);
    } else {
        let quality = p.u8()?;
        out.say("LQI ").num("quality", quality).say(", ");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// A beacon request, and its check sequence.
    const FRAME: &str = "0308 01 ffff ffff 07";
    const SAID: &str =
        "\n\tIEEE 802.15.4 Command packet v0 ffff:ffff < -:none Command ID = Beacon Request command ";

    #[test]
    fn frames() {
        let reserved = "00".repeat(7);
        let packet = format!("4558 01 0b 1234 00 64 {reserved} 08 {FRAME}");
        let said = "ZEPv1 Channel ID 11, Device ID 0x1234, LQI 100, inner len = 8";
        check(&ZEP, &packet, "", &format!("{said}{SAID}"));
        let reserved = "00".repeat(10);
        let packet = format!("4558 02 01 0b 1234 01 64 00000001 80000000 00000007 {reserved} 08 {FRAME}");
        let said = "ZEPv2 Type 1, Channel ID 11, Device ID 0x1234, CRC, 1.500000000 (2036-02-07 06:28:17), \
                    seq# = 7, inner len = 8";
        check(&ZEP, &packet, "", &format!("{said}{SAID}"));
        assert!(values(&ZEP, &packet).starts_with(
            r#"{"zep":{"version":2,"type":1,"channel":11,"device":4660,"crc":true,"time":"2036-02-07T06:28:17.500000000Z","sequence":7,"inner_length":8,"802.15.4":{"#
        ));
        check(&ZEP, "4558 02 02 00000009 6869", "-q", "ZEPv2 ACK, seq# = 9");
    }

    #[test]
    fn what_is_not_a_frame_is_dumped() {
        let packet = format!("4558 01 0b 1234 00 64 {} 02 0600", "00".repeat(7));
        check(
            &ZEP,
            &packet,
            "",
            "ZEPv1 Channel ID 11, Device ID 0x1234, LQI 100, inner len = 2\n\tIEEE 802.15.4 Fragment packet \
             \n\t0x0000:  0600                                     ..",
        );
    }

    #[test]
    fn lies_and_cuts() {
        check(&ZEP, "4559 01", "", "ZEP [Preamble Code: EY] (invalid)");
        check(&ZEP, "4558 01 0b", "", "ZEPv1  [len 4 < 16] (invalid)");
        check(&ZEP, "4558 02 02 00", "", "ZEPv2  [len 5 < 8] (invalid)");
        check(&ZEP, "4558 02 01 00", "", "ZEPv2  [len 5 < 32] (invalid)");
        check(&ZEP, "45", "", "ZEP [|zep]");
        check(&ZEP, "46", "", "ZEP [Preamble Code: F [|zep]");
    }
}
