//! IP over serial lines, with compressed TCP headers (RFC 1055, RFC 1144), behind the pseudo-header of BSD
//! (LINKTYPE_SLIP of the pcap format).
//!
//! ```text
//! | direction | the header as it was on the line (15) | IP packet ..
//! compressed: | 80, changes (7 bits) | connection, if C | checksum (2) | U | W | A | S | I, those that changed |
//! ```

use crate::memory::slip::Of;
use crate::prelude::*;

/// An IP packet of a serial line.
pub static SLIP: Protocol = Protocol { name: "slip", dissect };
/// An IP packet of a serial line, as BSD/OS captured it.
pub static SLIP_BSDOS: Protocol = Protocol { name: "slip_bsdos", dissect: bsdos };

const HEADER: usize = 16;
const IN: u8 = 0;
const OUT: u8 = 1;
/// Kinds of headers: the upper half of the first byte, or its highest bit.
const IP: u8 = 0x40;
const UNCOMPRESSED: u8 = 0x70;
const COMPRESSED: u8 = 0x80;
/// Where the header of the line has the connection, in place of IP's protocol.
const CONNECTION: usize = 9;
/// What changed in a compressed header.
const CONNECTION_CHANGED: u8 = 0x40;
const ID_CHANGED: u8 = 0x20;
/// Changes that stand for whole headers: interactive traffic that is echoed, and data one way.
const SPECIALS: u8 = 0x0f;
const ECHOED: u8 = 0x0b;
const ONE_WAY: u8 = 0x0f;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        return Err(Stop::Truncated);
    }
    p.need(HEADER)?;
    let packet = p.at(HEADER);
    cx.link_header_is(HEADER);
    if cx.options.link_header {
        Line { header: p.at(1), packet }.say(cx, p.peek()?, out)?;
    }
    if packet.claimed() == 0 {
        return Err(Stop::Truncated);
    }
    match packet.peek()? >> 4 {
        4 => cx.next(Space::EtherType(0x0800), packet, out).map(drop),
        6 => cx.next(Space::EtherType(0x86dd), packet, out).map(drop),
        version => {
            out.say("ip v").num("version", version);
            Ok(())
        }
    }
}

fn bsdos(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    p.skip(HEADER)?;
    cx.link_header_is(HEADER);
    cx.next(Space::EtherType(0x0800), p, out).map(drop)
}

/// What was on the line.
struct Line<'p> {
    header: Cursor<'p>,
    packet: Cursor<'p>,
}

impl Line<'_> {
    fn say(&self, cx: &mut Cx, direction: u8, out: &mut Out) -> Dissect {
        let length = self.packet.claimed();
        let kind = self.header.peek()?;
        out.note("direction", direction).note("kind", kind);
        match direction {
            IN => _ = out.say("I "),
            OUT => _ = out.say("O "),
            _ => _ = write!(out, "Invalid direction {direction} "),
        }
        let known = matches!(direction, IN | OUT);
        match kind & 0xf0 {
            IP => _ = write!(out, "ip {}: ", length + HEADER),
            UNCOMPRESSED => {
                let connection = self.header.at(CONNECTION).u8()?;
                out.say("utcp ").num("connection", connection).say(": ");
                cx.memory.slip.insert(Of::Connection, connection.into());
                if known {
                    let data = self.data()?;
                    cx.memory.slip.insert(Of::Segment(direction, connection), data);
                }
            }
            _ if !known => {}
            _ if kind & COMPRESSED != 0 => {
                self.compressed(cx, direction, out)?;
                out.say(": ");
            }
            _ => _ = write!(out, "slip-{kind}!: "),
        }
        Ok(())
    }

    /// How many bytes of data the segment has behind its headers, which were put back.
    fn data(&self) -> Dissect<u32> {
        let ip = usize::from(self.packet.peek()? & 0x0f);
        let tcp = usize::from(self.packet.at(ip * 4 + 12).u8()? >> 4);
        Ok((self.packet.claimed() as u32).wrapping_sub((ip + tcp) as u32 * 4))
    }

    fn compressed(&self, cx: &mut Cx, direction: u8, out: &mut Out) -> Dissect {
        let mut p = self.header;
        let changes = p.u8()?;
        let connection = if changes & CONNECTION_CHANGED != 0 {
            let connection = p.u8()?;
            out.say("ctcp ").num("connection", connection);
            cx.memory.slip.insert(Of::Connection, connection.into());
            connection
        } else {
            out.say("ctcp *");
            cx.memory.slip.get(&Of::Connection).map_or(u8::MAX, |connection| *connection as u8)
        };
        let _checksum = p.be16()?;
        let segment = Of::Segment(direction, connection);
        let last = cx.memory.slip.get(&segment).map_or(0, |data| *data);
        match changes & SPECIALS {
            ECHOED => _ = out.say(" *SA+").num("sequence_acknowledgment_change", last),
            ONE_WAY => _ = out.say(" *S+").num("sequence_change", last),
            _ => each(changes, &mut p, out)?,
        }
        if changes & ID_CHANGED != 0 {
            let change = delta(&mut p)?;
            out.say(" I+").num("id_change", change);
        }
        let data = self.data()?;
        cx.memory.slip.insert(segment, data);
        out.say(" ").num("data_length", data).say(" (").num("header_length", p.since(&self.header)).say(")");
        Ok(())
    }
}

/// The fields that changed, one by one.
fn each(changes: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    if changes & 0x01 != 0 {
        let urgent = delta(p)?;
        out.say(" U=").num("urgent", urgent);
    }
    if changes & 0x02 != 0 {
        let window = delta(p)? as i16;
        out.say(if window < 0 { " W" } else { " W+" }).int("window_change", window.into());
    }
    if changes & 0x04 != 0 {
        let change = delta(p)?;
        out.say(" A+").num("acknowledgment_change", change);
    }
    if changes & 0x08 != 0 {
        let change = delta(p)?;
        out.say(" S+").num("sequence_change", change);
    }
    Ok(())
}

/// A change: one byte, or two behind a zero.
fn delta(p: &mut Cursor) -> Dissect<u16> {
    match p.u8()? {
        0 => p.be16(),
        short => Ok(short.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, conversation, values};

    /// Headers of IP and TCP, of which only the lengths count.
    fn headers() -> String {
        format!("45{}50{}", "00".repeat(31), "00".repeat(7))
    }

    #[test]
    fn packets() {
        let line = |header: &str| format!("{header}{}", "00".repeat(16 - header.len() / 2));
        check(&SLIP, &format!("{} 40", line("0045")), "", "IP  [length 1 < 20] (invalid)");
        check(&SLIP, &format!("{} 60", line("0160")), "-e", "O slip-96!:  [length 1 < 40] (invalid)");
        check(&SLIP, &format!("{} 60", line("0045")), "-e", "I ip 17:  [length 1 < 40] (invalid)");
        check(&SLIP, &format!("{} e0", line("07ff")), "-ev", "Invalid direction 7 ip v14");
        check(&SLIP, &line("00"), "", " [|slip]");
        check(&SLIP_BSDOS, &format!("{} 40", line("00")), "", "IP  [length 1 < 20] (invalid)");
        assert_eq!(
            values(&SLIP, &format!("{} e0", line("07ff"))),
            r#"{"slip":{"direction":7,"kind":255,"version":14}}"#
        );
    }

    #[test]
    fn a_compressed_header_refers_to_the_last() {
        let headers = headers();
        let line = |header: &str| format!("{header}{}", "00".repeat(16 - header.len() / 2));
        let first = format!("0070 000000000000000007 0000000000 {headers} 01020304");
        let second = format!("{} {headers} 0102030405", line("008f1234"));
        let third = format!("{} {headers}", line("006f12340001050203"));
        let fourth = format!("{} {headers}", line("00f01234070102"));
        let said = conversation(&SLIP, &[first, second, third, fourth].map(|hex| hex.replace(' ', "")), "-e");
        let begin = |text: &String| text.split(':').next().unwrap_or("").to_string();
        assert_eq!(begin(&said[0]), "I utcp 7");
        assert_eq!(begin(&said[1]), "I ctcp * *S+4 5 (3)");
        assert!(said[2].starts_with("I slip-111!"), "{}", said[2]);
        assert_eq!(begin(&said[3]), "I ctcp 18 I+1 0 (5)");
    }
}
