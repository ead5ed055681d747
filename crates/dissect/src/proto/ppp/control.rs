//! Control protocols of PPP: LCP, IPCP, CCP and their like (RFC 1661 section 5, RFC 1570, RFC 1962, RFC 2153).
//!
//! ```text
//! | code | identifier | length (2) | data, or options ..
//! ```

use super::{BACP, CCP, Frame, IPCP, IPV6CP, LCP, MPLSCP, OSICP, PROTOCOLS, options};
use crate::parts::ouis;
use crate::prelude::*;

const CODES: NameTable = &[
    (0, "Vendor-Extension"),
    (1, "Conf-Request"),
    (2, "Conf-Ack"),
    (3, "Conf-Nack"),
    (4, "Conf-Reject"),
    (5, "Term-Request"),
    (6, "Term-Ack"),
    (7, "Code-Reject"),
    (8, "Prot-Reject"),
    (9, "Echo-Request"),
    (10, "Echo-Reply"),
    (11, "Disc-Req"),
    (12, "Ident"),
    (13, "Time-Rem"),
    (14, "Reset-Req"),
    (15, "Reset-Ack"),
];

/// The protocols that are explained here, as keys.
const KEYS: NameTable = &[
    (LCP as u32, "lcp"),
    (IPCP as u32, "ipcp"),
    (OSICP as u32, "osicp"),
    (MPLSCP as u32, "mplscp"),
    (IPV6CP as u32, "ip6cp"),
    (CCP as u32, "ccp"),
    (BACP as u32, "bacp"),
];

/// Says a packet of a control protocol.
pub fn say(cx: &mut Cx, frame: Frame, out: &mut Out) -> Dissect {
    let key = crate::out::lookup(KEYS, frame.protocol.into()).unwrap_or("control");
    out.nest(key, |out| packet(cx, frame, out))
}

fn packet(cx: &mut Cx, frame: Frame, out: &mut Out) -> Dissect {
    let Frame { protocol, start, mut p } = frame;
    let name = crate::out::lookup(PROTOCOLS, protocol.into()).unwrap_or("");
    let room = p.claimed();
    out.say(name).say(", ");
    if room < 4 {
        out.say("[|").say(name).say("]").note_that("cut", true);
        return Ok(());
    }
    let [code, id] = p.array()?;
    out.named_as("code", code, CODES, "Unknown Opcode", " (0x%02x)").say(", id ").num("id", id);
    out.aloud(|out| {
        out.say(", length ").num("", room.saturating_add(2));
    });
    if cx.verbose() == 0 {
        return Ok(());
    }
    let length = usize::from(p.be16()?);
    out.note("length", length);
    write!(out, "\n\tencoded length {length} ");
    if length < 4 {
        out.say("(< 4))");
        return Ok(());
    }
    if length > room {
        write!(out, "(> packet length {room}))");
        return Ok(());
    }
    write!(out, "(=Option(s) length {})", length - 4);
    if length == 4 {
        return Ok(());
    }
    if cx.verbose() > 1 {
        out.aloud(|out| _ = out.dump_hex("", start.rest().get(..6).unwrap_or_default(), "\n\t"));
    }
    // Options and data are read as far as they were captured, whatever their lengths claim.
    let p = p.claiming(p.claimed().max(p.captured()));
    match code {
        1..=4 => options::list(cx, protocol, p, length, out),
        5..=7 => Ok(()),
        0 | 8..=13 => data(code, name, p, length, out),
        _ => {
            if cx.verbose() <= 1 || out.hears_values() {
                out.dump_hex("data", start.claiming(length + 2).sub(length + 2).rest(), "\n\t  ");
            }
            Ok(())
        }
    }
}

/// The data of a packet without options, of `length` bytes with its header.
fn data(code: u8, name: &str, mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let least = match code {
        0 => 11,
        8 => 6,
        13 => 12,
        _ => 8,
    };
    if length < least {
        return Ok(());
    }
    if code == 8 {
        let rejected = p.be16()?;
        out.say("\n\t  Rejected ").named_as("rejected", rejected, PROTOCOLS, "unknown", " Protocol (0x%04x)");
        if length > least {
            out.say("\n\t  Rejected Packet").dump_hex("packet", p.sub(length - 2).rest(), "\n\t    ");
        }
        return Ok(());
    }
    let magic = p.be32()?;
    out.say("\n\t  Magic-Num 0x").hex0("magic", magic, 8);
    match code {
        0 => {
            let vendor = p.be24()?;
            out.say(" Vendor: ").named("vendor", vendor, ouis::NAMES, "Unknown");
        }
        13 => {
            let seconds = p.be32()?;
            out.say(", Seconds-Remaining ").num("seconds_remaining", seconds).say("s");
        }
        12 if length > 8 => {
            // The text is taken to end four bytes late.
            let text = p.take_up_to(length - 4);
            out.say("\n\t  Message\n\t    ").chars("message", text);
            if text.len() < length - 4 {
                out.say("[|").say(name).say("]").note_that("cut", true);
            }
        }
        _ if length > 8 => {
            out.say("\n\t  -----trailing data-----");
            p.need(length - 8)?;
            out.dump_hex("data", p.sub(length - 8).rest(), "\n\t  ");
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::PPP;
    use crate::testing::check;

    #[test]
    fn echoes() {
        let said = "LCP, Echo-Reply (0x0a), id 1, length 14\n\tencoded length 12 (=Option(s) length 8)";
        let tail = "\n\t  Magic-Num 0x00000007\n\t  -----trailing data-----\n\t  0x0000:  6869 6869";
        check(&PPP, "c021 0a01 000c 00000007 68696869", "-v", &format!("{said}{tail}"));
        let dump = "\n\t0x0000:  c021 0a01 000c";
        check(&PPP, "c021 0a01 000c 00000007 68696869", "-vv", &format!("{said}{dump}{tail}"));
    }

    #[test]
    fn rejections_and_extensions() {
        let said = |head: &str, tail: &str| format!("LCP, {head}\n\t{tail}");
        check(
            &PPP,
            "c021 0801 0008 80fd 0101",
            "-v",
            &said(
                "Prot-Reject (0x08), id 1, length 10",
                "encoded length 8 (=Option(s) length 4)\n\t  Rejected CCP Protocol (0x80fd)\
                 \n\t  Rejected Packet\n\t    0x0000:  0101",
            ),
        );
        check(
            &PPP,
            "c021 0001 000b 00000007 00000c",
            "-v",
            &said(
                "Vendor-Extension (0x00), id 1, length 13",
                "encoded length 11 (=Option(s) length 7)\n\t  Magic-Num 0x00000007 Vendor: Cisco (12)",
            ),
        );
        check(
            &PPP,
            "c021 0d01 000c 00000007 0000003c",
            "-v",
            &said(
                "Time-Rem (0x0d), id 1, length 14",
                "encoded length 12 (=Option(s) length 8)\n\t  Magic-Num 0x00000007, Seconds-Remaining 60s",
            ),
        );
        check(
            &PPP,
            "c021 1101 0006 6869",
            "-v",
            &said(
                "Unknown Opcode (0x11), id 1, length 8",
                "encoded length 6 (=Option(s) length 2)\n\t  0x0000:  c021 1101 0006 6869",
            ),
        );
    }

    #[test]
    fn lengths_that_cannot_be() {
        check(
            &PPP,
            "c021 0901 0003",
            "-v",
            "LCP, Echo-Request (0x09), id 1, length 6\n\tencoded length 3 (< 4))",
        );
        check(
            &PPP,
            "8021 0101 0009",
            "-v",
            "IPCP, Conf-Request (0x01), id 1, length 6\n\tencoded length 9 (> packet length 4))",
        );
        check(&PPP, "8281 0101", "", "MPLSCP, [|MPLSCP]");
        check(
            &PPP,
            "c021 0901 0008 0000",
            "-v",
            "LCP, Echo-Request (0x09), id 1, length 8\n\tencoded length 8 (> packet length 6))",
        );
    }
}
