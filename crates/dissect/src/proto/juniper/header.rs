//! Juniper's pseudo-header, and the cookies of its cards (source: tcpdump's own captures).

use super::{Pic, extensions, guess_ip};
use crate::prelude::*;

const MAGIC: [u8; 3] = [0x4d, 0x47, 0x43];
const RECEIVED: u8 = 0x01;
const NO_LINK: u8 = 0x02;
const EXTENDED: u8 = 0x80;
const FLAGS: Flags = &[
    (EXTENDED as u32, "Ext"),
    (0x40, "Filter"),
    (0x04, "IIF"),
    (NO_LINK as u32, "no-L2"),
    (RECEIVED as u32, "In"),
];
/// Bytes of a cookie at most.
const COOKIE: usize = 8;
/// What the cookies of link and adaptive services begin with.
const LINK_SERVICES: u8 = 0x54;
const ADAPTIVE_SERVICES: u8 = 0x47;
/// Of the last byte of an ATM2 cookie: a cell, not a packet.
pub const ATM2_CELL: u8 = 0x70;

/// What is known of a frame, and the frame.
pub struct Header<'p> {
    whole: Cursor<'p>,
    /// The frame behind it.
    pub p: Cursor<'p>,
    /// The router received it.
    pub received: bool,
    /// The cookie, and how much of it there is.
    pub cookie: [u8; COOKIE],
    pub cookie_length: usize,
    pub bundle: u8,
    /// What the cookie says that the frame is, or its first two bytes.
    pub protocol: u16,
}

impl<'p> Header<'p> {
    /// The frame with `n` bytes of what is before it.
    pub fn back(&self, n: usize) -> Cursor<'p> {
        let passed = self.p.since(&self.whole).saturating_sub(n);
        self.whole.at(passed).claiming(self.p.claimed() + n)
    }
}

/// Says the header; `None` if nothing is to be said behind it.
pub fn read<'p>(cx: &mut Cx, pic: Pic, whole: Cursor<'p>, out: &mut Out) -> Dissect<Option<Header<'p>>> {
    let mut p = whole;
    p.need(4)?;
    let (magic, flags) = (p.array()?, p.u8()?);
    if magic != MAGIC {
        out.say("no magic-number found!").note_that("invalid", true);
        return Ok(None);
    }
    let received = flags & RECEIVED != 0;
    out.note("flags", flags);
    if cx.options.link_header {
        out.say(if received { " In " } else { "Out " });
    }
    if cx.verbose() > 1 {
        out.aloud(|out| _ = out.say("\n\tJuniper PCAP Flags [").flags("", flags, FLAGS, "none").say("]"));
    }
    if flags & EXTENDED != 0 {
        extended(cx, &mut p, out)?;
    }
    if flags & NO_LINK != 0 {
        if cx.options.link_header {
            out.say("no-L2-hdr, ");
        }
        p.pass(4);
        cx.link_header_is(p.since(&whole));
        if !guess_ip(cx, p, out)? {
            out.say("no IP-hdr found!");
        }
        return Ok(None);
    }
    p.need(1)?;
    let mut header =
        Header { whole, p, received, cookie: [0; COOKIE], cookie_length: 0, bundle: 0, protocol: 0 };
    let kind = match card(pic) {
        Some((length, name)) => header.cookie(cx, pic, length, name, out)?,
        None => 0,
    };
    header.card(cx, pic, kind, out)?;
    let length = header.p.since(&whole);
    out.note("header_length", length);
    cx.link_header_is(length);
    Ok(Some(header))
}

fn extended(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = usize::from(p.be16()?);
    let talk = cx.verbose() > 1;
    if talk {
        write!(out, ", PCAP Extension(s) total length {length}");
    }
    p.need(length)?;
    out.list("extensions", |out| extensions::list(cx, p.sub(length), out))?;
    p.skip(length)?;
    if talk {
        out.say("\n\t-----original packet-----\n\t");
    }
    Ok(())
}

/// How long the cookie of a card is, and what the card is called.
fn card(pic: Pic) -> Option<(usize, &'static str)> {
    Some(match pic {
        Pic::Atm1 => (4, "ATM1"),
        Pic::Atm2 => (8, "ATM2"),
        Pic::Mlppp => (2, "MLPPP"),
        Pic::Mlfr => (2, "MLFR"),
        Pic::Mfr => (4, "MFR"),
        Pic::Pppoe => (0, "PPPoE"),
        Pic::PppoeAtm => (0, "PPPoE ATM"),
        Pic::Ggsn => (8, "GGSN"),
        Pic::Monitor => (8, "MONITOR"),
        Pic::Services => (8, "AS"),
        Pic::Es => (0, "ES"),
        Pic::Ether | Pic::Ppp | Pic::Frelay | Pic::Chdlc => return None,
    })
}

impl Header<'_> {
    /// Takes the cookie off; gives the kind that it says it has.
    fn cookie(&mut self, cx: &Cx, pic: Pic, length: usize, name: &str, out: &mut Out) -> Dissect<u8> {
        let first = self.p.peek()?;
        let (kind, mut length) = match first {
            LINK_SERVICES => (first, length + 2),
            ADAPTIVE_SERVICES => (first, COOKIE),
            _ => (0, length),
        };
        // A link of a bundle has no cookie: the frame begins and ends a fragment.
        if pic == Pic::Mfr && first & 0xc0 == 0xc0 {
            length = 0;
        }
        if length > COOKIE {
            return Err(out.lie("cookie length", length, ">", COOKIE));
        }
        self.cookie_length = length;
        if cx.options.link_header {
            write!(out, "{name}-PIC, cookie-len {length}");
        }
        let cookie = self.p.sub(length).rest();
        if length > 0 {
            self.p.need(length)?;
            self.cookie.iter_mut().zip(cookie).for_each(|(to, from)| *to = *from);
            if cx.options.link_header {
                out.say(", cookie 0x").bytes("cookie", cookie);
            }
        }
        if cx.options.link_header {
            out.say(": ");
        }
        self.p.skip(length)?;
        self.protocol = self.p.at(0).be16()?;
        Ok(kind)
    }

    /// What each card has behind the cookie, or in it.
    fn card(&mut self, cx: &Cx, pic: Pic, kind: u8, out: &mut Out) -> Dissect {
        let [first, second, _, _, _, sixth, seventh, last] = self.cookie;
        match pic {
            Pic::Mlppp | Pic::Mlfr | Pic::Mfr => {
                let relay = pic != Pic::Mlppp;
                match kind {
                    LINK_SERVICES => {
                        self.bundle = second;
                        if relay {
                            self.protocol = self.p.be16()?;
                        }
                    }
                    ADAPTIVE_SERVICES => {
                        self.bundle = (u16::from_be_bytes([seventh, last]) >> 3) as u8;
                        self.protocol = u16::from(sixth & 0x70);
                    }
                    _ => {
                        self.bundle = first;
                        if pic == Pic::Mlfr {
                            self.p.pass(2);
                        }
                    }
                }
            }
            Pic::Atm2 => {
                self.p.need(4)?;
                if last & ATM2_CELL != 0 {
                    let length = self.p.claimed();
                    let word = self.p.at(0).be32()?;
                    if matches!(word, 0 | 0x0800_0000 | 0x0838_0000) {
                        self.p.pass(4);
                        self.p = self.p.claiming(length);
                    }
                    if cx.options.link_header {
                        out.say("control-word 0x").hex0("control_word", word, 8).say(" ");
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
