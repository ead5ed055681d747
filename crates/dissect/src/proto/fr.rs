//! Frame relay (ITU-T Q.922, RFC 2427), its fragments (FRF.12, FRF.15) and bundles of links (FRF.16).
//!
//! ```text
//! | DLCI (6), C/R, EA | DLCI (4), FECN, BECN, DE, EA |  3 and 4 bytes: | DLCI (7), EA | DLCI (6), D/C, EA |
//! | 03 (control) | 00 (padding) or nothing | NLPID | payload ..      or: | ethertype (2) | payload ..
//! ```

mod mfr;
mod q933;

use crate::parts::{ethertypes, nlpids};
use crate::prelude::*;
pub use mfr::MFR;
pub use q933::Q933;

/// Frame relay.
pub static FR: Protocol = Protocol { name: "fr", dissect: record };

const UI: u8 = 0x03;
/// The last byte of an address.
const LAST: u8 = 0x01;
const FLAGS: Flags = &[
    (0x0200_0000, "C!"),
    (0x0002_0000, "DE"),
    (0x0004_0000, "BECN"),
    (0x0008_0000, "FECN"),
    (0x02, "sdlcore"),
];
/// Flags of fragments.
const FRAGMENT_FLAGS: Flags = &[(0x80, "Begin"), (0x40, "End"), (0x20, "Control")];
const FRAGMENT_MASK: u8 = 0xe0;

const SNAP: u8 = 0x80;
const FRF15: u8 = 0xb1;

fn record(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    p.need(4)?;
    say(cx, p, out)
}

/// A frame.
fn say(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    let Some(header) = Header::read(&mut p)? else {
        out.say("Q.922, invalid address").note_that("invalid", true);
        return Ok(());
    };
    out.note("dlci", header.dlci).note("address_length", header.length).note("frame_length", frame.claimed());
    out.aside(|out| _ = out.flags("flags", header.flags, FLAGS, ""));
    needed(&p, 1)?;
    let control = p.peek()?;
    if control != UI && header.dlci != 0 {
        if let Ok([high, low]) = needed(&p, 2).and_then(|()| p.at(0).array()) {
            let kind = u16::from_be_bytes([high, low]);
            if cx.options.link_header {
                header.say(cx, frame.claimed(), kind, out);
            }
            if cx.next(Space::EtherType(kind), p.at(2), out)? {
                out.note("type", kind);
                cx.link_header_is(header.length + 2);
                return Ok(());
            }
        }
        write!(out, "UI {control:02x}! ");
    }
    p.skip(1)?;
    needed(&p, 1)?;
    let padded = p.peek()? == 0;
    if padded != (header.length == 3) {
        out.say(if padded { "Pad! " } else { "No pad! " });
    }
    if padded {
        p.skip(1)?;
    }
    needed(&p, 1)?;
    let start = p;
    let nlpid = p.u8()?;
    cx.link_header_is(p.since(&frame));
    out.note("control", control).note("nlpid", nlpid);
    if cx.options.link_header {
        header.say(cx, frame.claimed(), nlpid.into(), out);
    }
    payload(cx, &header, nlpid, Payload { frame, start, p }, out)
}

struct Payload<'p> {
    frame: Cursor<'p>,
    /// From the NLPID on.
    start: Cursor<'p>,
    p: Cursor<'p>,
}

fn payload(cx: &mut Cx, header: &Header, nlpid: u8, at: Payload, out: &mut Out) -> Dissect {
    let Payload { frame, start, p } = at;
    let known = match nlpid {
        0xcc => cx.next(Space::EtherType(0x0800), p, out)?,
        0x8e => cx.next(Space::EtherType(0x86dd), p, out)?,
        0x81..=0x83 => cx.next(Space::Sap(0xfe), start, out)?,
        SNAP => {
            let known = out.nest("snap", |out| super::llc::snap(cx, 0, p, out))?;
            cx.speaking = FR.name;
            if !known {
                if !cx.options.link_header {
                    let length = p.since(&frame);
                    Header { length, ..*header }.say(cx, frame.claimed(), nlpid.into(), out);
                }
                if !cx.options.no_default_dump {
                    out.dump("data", frame.rest());
                    frame.need(frame.claimed())?;
                }
            }
            true
        }
        FRF15 => {
            fragment(p, out)?;
            true
        }
        _ => cx.next(Space::Nlpid(nlpid), p, out)?,
    };
    if !known {
        if !cx.options.link_header {
            header.say(cx, frame.claimed(), nlpid.into(), out);
        }
        if !cx.options.no_default_dump {
            out.dump("data", p.rest());
            p.need(p.claimed())?;
        }
    }
    Ok(())
}

/// Fails as a read of `n` bytes would, and where fewer are claimed.
fn needed(p: &Cursor, n: usize) -> Dissect {
    if p.claimed() < n { Err(Stop::Truncated) } else { p.need(n) }
}

/// An address of Q.922.
struct Header {
    length: usize,
    dlci: u32,
    flags: u32,
}

impl Header {
    /// Takes an address off `p`; `None` if it has 1 byte, or more than 4.
    fn read(p: &mut Cursor) -> Dissect<Option<Header>> {
        needed(p, 1)?;
        let first = p.u8()?;
        if first & LAST != 0 {
            return Ok(None);
        }
        needed(p, 1)?;
        let second = p.u8()?;
        let mut header = Header {
            length: 2,
            dlci: u32::from(first & 0xfc) << 2 | u32::from(second >> 4),
            flags: u32::from(first & 0x02) << 24 | u32::from(second & 0x0e) << 16,
        };
        if second & LAST != 0 {
            return Ok(Some(header));
        }
        needed(p, 1)?;
        let mut last = p.u8()?;
        header.length = 3;
        if last & LAST == 0 {
            header.dlci = header.dlci << 7 | u32::from(last >> 1);
            needed(p, 1)?;
            last = p.u8()?;
            header.length = 4;
        }
        header.dlci = header.dlci << 6 | u32::from(last >> 2);
        header.flags |= u32::from(last & 0x02);
        Ok(Some(header).filter(|_| last & LAST != 0))
    }

    /// The line's head; what does not fit an NLPID is an ethertype.
    fn say(&self, cx: &Cx, length: usize, kind: u16, out: &mut Out) {
        out.aloud(|out| {
            out.say("Q.922, ");
            if cx.options.quiet == 0 {
                out.say("hdr-len ").num("", self.length).say(", ");
            }
            out.say("DLCI ").num("", self.dlci).say(", ");
            if cx.options.quiet == 0 {
                out.say("Flags [").flags("", self.flags, FLAGS, "none").say("], ");
                if kind <= 0xff {
                    out.say("NLPID ").named_as("", kind, nlpids::NAMES, "unknown", " (0x%02x), ");
                } else {
                    out.say("cisco-ethertype ").named_as(
                        "",
                        kind,
                        ethertypes::NAMES,
                        "unknown",
                        " (0x%04x), ",
                    );
                }
            }
            out.say("length ").num("", length).say(": ");
        });
    }
}

/// A fragment's head (FRF.12, FRF.15).
fn fragment(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    needed(&p, 2)?;
    let [first, second] = p.array()?;
    out.say("FRF.15, seq 0x").hex0("sequence", sequence(first, second), 3);
    out.say(", Flags [").flags("fragment_flags", first & FRAGMENT_MASK, FRAGMENT_FLAGS, "none").say("],");
    let interface = first & 1 != 0;
    out.say(if interface { "Interface" } else { "End-to-End" }).note_that("interface", interface);
    out.say(" Fragmentation, length ").num("length", length);
    Ok(())
}

/// The number of a fragment: 4 bits in its first byte, 8 in the second.
fn sequence(first: u8, second: u8) -> u16 {
    u16::from(first & 0x1e) << 7 | u16::from(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn addresses() {
        check(&FR, "1841 03cc 40", "", "IP  [length 1 < 20] (invalid)");
        let said = "DLCI 100, Flags [none], NLPID IPv4 (0xcc), length 5:  [length 1 < 20] (invalid)";
        check(&FR, "1841 03cc 40", "-e", &format!("Q.922, hdr-len 2, {said}"));
        check(&FR, "1a4f 03cc 40", "-eq", "Q.922, DLCI 100, length 5:  [length 1 < 20] (invalid)");
        check(&FR, "0101 0304", "", "Q.922, invalid address");
        check(&FR, "0000 0002 03cc", "", "Q.922, invalid address");
        check(&FR, "184003 0300 cc40", "", "IP  [length 1 < 20] (invalid)");
        check(&FR, "184003 03cc 40", "", "No pad! IP  [length 1 < 20] (invalid)");
        check(&FR, "184e0003 03cc", "", "IP  [length 0 < 20] (invalid)");
        assert_eq!(
            values(&FR, "1a45 03b1 8101"),
            r#"{"fr":{"dlci":100,"address_length":2,"frame_length":6,"flags":33816576,"control":3,"nlpid":177,"sequence":1,"fragment_flags":128,"interface":true,"length":2}}"#
        );
    }

    #[test]
    fn payloads() {
        check(&FR, "1841 0800 40", "", "IP  [length 1 < 20] (invalid)");
        let dump = "\n\t0x0000:  6869                                     hi";
        let said = "Q.922, hdr-len 2, DLCI 100, Flags [none], NLPID unknown (0x77), length 6: ";
        check(&FR, "1841 0377 6869", "", &format!("{said}{dump}"));
        check(&FR, "1841 0377 6869", "-e", &format!("{said}{dump}"));
        check(&FR, "1841 1377 6869", "-q", "UI 13! Q.922, DLCI 100, length 6: ");
        check(
            &FR,
            "1841 03b1 40ff",
            "-v",
            "FRF.15, seq 0x0ff, Flags [End],End-to-End Fragmentation, length 2",
        );
        check(&FR, "1841 03b1 40", "", " [|fr]");
        check(&FR, "1841 03", "", " [|fr]");
        check(&FR, "1841 0380 000000 0800 40", "", "IP  [length 1 < 20] (invalid)");
        check(
            &FR,
            "1841 0300 0377",
            "",
            "Pad! Q.922, hdr-len 2, DLCI 100, Flags [none], NLPID unknown (0x03), length 6: \n\t0x0000:  77                                       w",
        );
    }
}
