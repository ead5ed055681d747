//! ARCNET (RFC 1051, RFC 1201), with the headers of BSD and of Linux.
//!
//! ```text
//! BSD:    | source | destination | type |                        RFC 1201: | flag | sequence (2) |
//! Linux:  | source | destination | offset (2) | type |           RFC 1201: | flag | sequence (2) |
//! An exception has flag ff, and the type, the flag and the sequence once more.
//! ```

use crate::prelude::*;

/// ARCNET as BSD captures it.
pub static ARCNET: Protocol = Protocol { name: "arcnet", dissect: bsd };
/// ARCNET as Linux captures it: packets, put together from their fragments.
pub static ARCNET_LINUX: Protocol = Protocol { name: "arcnet", dissect: linux };

const TYPES: NameTable = &[
    (IP_OLD as u32, "oldip"),
    (ARP_OLD as u32, "oldarp"),
    (IP as u32, "ip"),
    (ARP as u32, "arp"),
    (REVARP as u32, "rarp"),
    (APPLETALK as u32, "atalk"),
    (247, "banyan"),
    (IPX as u32, "ipx"),
    (IPV6 as u32, "ipv6"),
    (DIAGNOSE as u32, "diag"),
];
const IP_OLD: u8 = 240;
const ARP_OLD: u8 = 241;
const IP: u8 = 212;
const ARP: u8 = 213;
const REVARP: u8 = 214;
const APPLETALK: u8 = 221;
const IPX: u8 = 250;
/// What LLC calls it; it has no header of its own either.
const IPX_SAP: u8 = 0xe0;
const IPV6: u8 = 196;
const DIAGNOSE: u8 = 128;
/// Flag of a frame that is only there to say where the next one splits.
const EXCEPTION: u8 = 0xff;

/// What both headers begin with, and what fragments have.
struct Header {
    src: u8,
    dst: u8,
    /// The third byte, which on Linux is not the type.
    third: u8,
    fragment: Option<(u8, u16)>,
    length: usize,
}

fn bsd(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    p.need(3)?;
    let [src, dst, kind] = p.array()?;
    let mut header = Header { src, dst, third: kind, fragment: None, length: frame.claimed() };
    out.note("src", src).note("dst", dst).note("type", kind);
    if !is_old(kind) {
        match fragment(&mut p) {
            Ok(fragment) => header.fragment = Some(fragment),
            Err(mark) => {
                header.say(cx, out);
                out.say(mark).note_that("cut", true);
                return Ok(());
            }
        }
    }
    cx.link_header_is(p.since(&frame));
    if let Some((flag, sequence)) = header.fragment {
        out.note("flag", flag).note("sequence", sequence);
    }
    if cx.options.link_header {
        header.say(cx, out);
    }
    match header.fragment {
        Some((flag, _)) if flag != 0 && flag & 1 == 0 => Ok(()),
        _ => payload(cx, kind, p, out),
    }
}

fn linux(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    p.need(5)?;
    let [src, dst, offset, second, kind] = p.array()?;
    if !is_old(kind) {
        p.skip(3)?;
    }
    cx.link_header_is(p.since(&frame));
    out.note("src", src)
        .note("dst", dst)
        .note("offset", u16::from_be_bytes([offset, second]))
        .note("type", kind);
    if cx.options.link_header {
        Header { src, dst, third: offset, fragment: None, length: frame.claimed() }.say(cx, out);
    }
    payload(cx, kind, p, out)
}

/// Types of RFC 1051, whose packets are never split.
fn is_old(kind: u8) -> bool {
    matches!(kind, IP_OLD | ARP_OLD | DIAGNOSE)
}

/// Flag and sequence; if they are cut off, the mark to say so.
fn fragment(p: &mut Cursor) -> Result<(u8, u16), &'static str> {
    p.need(3).map_err(|_| "[|phds]")?;
    let mut read = || -> Dissect<(u8, u16)> {
        let (flag, sequence) = (p.u8()?, p.be16()?);
        if flag != EXCEPTION {
            return Ok((flag, sequence));
        }
        p.need(4)?;
        let _type = p.u8()?;
        Ok((p.u8()?, p.be16()?))
    };
    read().map_err(|_| "[|phds extended]")
}

impl Header {
    fn say(&self, cx: &Cx, out: &mut Out) {
        out.aloud(|out| {
            out.hex0("", self.src, 2).say(" ").hex0("", self.dst, 2).say(" ");
            if cx.options.quiet == 0 {
                out.name("", self.third, TYPES, "%02x").say(" ");
                match self.fragment {
                    Some((0, sequence)) => _ = write!(out, "seqid {sequence:04x} "),
                    Some((flag, sequence)) if flag & 1 != 0 => {
                        write!(
                            out,
                            "seqid {sequence:04x} (first of {} fragments) ",
                            (u16::from(flag) + 3) / 2
                        );
                    }
                    Some((flag, sequence)) => {
                        write!(out, "seqid {sequence:04x} (fragment {}) ", flag / 2 + 1);
                    }
                    None => {}
                }
            }
            out.num("", self.length).say(": ");
        });
    }
}

fn payload(cx: &mut Cx, kind: u8, p: Cursor, out: &mut Out) -> Dissect {
    let kind = match kind {
        IP_OLD | IP => 0x0800,
        IPV6 => 0x86dd,
        ARP_OLD | ARP | REVARP => 0x0806,
        APPLETALK => crate::parts::ethertypes::APPLETALK,
        IPX => return cx.next(Space::Sap(IPX_SAP), p, out).map(drop),
        _ => {
            out.dump("data", p.rest());
            return Ok(());
        }
    };
    if !cx.next(Space::EtherType(kind), p, out)? {
        out.dump("data", p.rest());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const CUT: &str = "IP  [length 1 < 20] (invalid)";

    #[test]
    fn frames_of_bsd() {
        check(&ARCNET, "0102 f0 40", "", CUT);
        check(&ARCNET, "0102 f0 40", "-e", "01 02 oldip 4:  [length 1 < 20] (invalid)");
        check(&ARCNET, "0102 d4 00 0007 40", "-e", "01 02 ip seqid 0007 7:  [length 1 < 20] (invalid)");
        check(
            &ARCNET,
            "0102 d4 03 0007 40",
            "-ev",
            "01 02 ip seqid 0007 (first of 3 fragments) 7:  [length 1 < 20] (invalid)",
        );
        check(&ARCNET, "0102 d4 02 0007 40", "-e", "01 02 ip seqid 0007 (fragment 2) 7: ");
        check(&ARCNET, "0102 d4 ff ffff d4 00 0007 40", "-eq", "01 02 11:  [length 1 < 20] (invalid)");
        check(&ARCNET, "0102 d4 00", "", "01 02 ip 4: [|phds]");
        check(&ARCNET, "0102 d4 ff ffff d4", "", "01 02 ip 7: [|phds extended]");
        check(&ARCNET, "0102", "", " [|arcnet]");
        assert_eq!(
            values(&ARCNET, "0102 77 00 0007 40"),
            r#"{"arcnet":{"src":1,"dst":2,"type":119,"flag":0,"sequence":7,"data":"40"}}"#
        );
    }

    #[test]
    fn frames_of_linux() {
        check(&ARCNET_LINUX, "0102 0000 f0 40", "", CUT);
        check(&ARCNET_LINUX, "0102 ea00 d4 000007 40", "-e", "01 02 ea 9:  [length 1 < 20] (invalid)");
        check(
            &ARCNET_LINUX,
            "0102 ea00 77 000007 40",
            "-v",
            "\n\t0x0000:  40                                       @",
        );
        check(&ARCNET_LINUX, "0102 ea00 d4 00", "", " [|arcnet]");
    }
}
