//! TCP options (RFC 9293 section 3.1 and those named below; IANA, TCP Option Kind Numbers).
//!
//! Reading is bounded by the packet, and each option by what is left of the header; an option that says
//! another length than its kind has is read at its kind's, and its own is said behind it.

use super::{Origin, mptcp};
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

const EOL: u8 = 0;
const NOP: u8 = 1;
const MSS: u8 = 2;
const WSCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const ECHO: u8 = 6;
const ECHO_REPLY: u8 = 7;
const TIMESTAMPS: u8 = 8;
const CC: u8 = 11;
const CC_NEW: u8 = 12;
const CC_ECHO: u8 = 13;
const MD5: u8 = 19;
const SCPS: u8 = 20;
const USER_TIMEOUT: u8 = 28;
const AO: u8 = 29;
const MPTCP: u8 = 30;
const FAST_OPEN: u8 = 34;
const EXPERIMENT_2: u8 = 254;

const KINDS: NameTable = &[
    (0, "eol"),
    (1, "nop"),
    (2, "mss"),
    (3, "wscale"),
    (4, "sackOK"),
    (5, "sack"),
    (6, "echo"),
    (7, "echoreply"),
    (8, "TS"),
    (11, "cc"),
    (12, "ccnew"),
    (13, ""),
    (19, "md5"),
    (20, "scps"),
    (28, "uto"),
    (29, "tcp-ao"),
    (30, "mptcp"),
    (34, "tfo"),
    (254, "exp"),
];

/// RFC 7413 before it had a kind of its own (RFC 6994).
const FAST_OPEN_EXPERIMENT: u16 = 0xf989;
/// The digest of RFC 2385.
const DIGEST: usize = 16;
/// The header without options.
const HEADER: usize = 20;

/// The options of one header.
pub(super) struct Options<'a> {
    /// Bytes of options not yet read.
    pub(super) left: usize,
    /// The flags of the header.
    pub(super) flags: u16,
    /// What sequence numbers are relative to.
    pub(super) origin: &'a Origin,
    /// The header and what follows.
    pub(super) segment: Cursor<'a>,
}

impl Options<'_> {
    /// Says them all; `false` if they contradict themselves, and the segment with them.
    pub(super) fn say(&mut self, cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
        out.say(", options [");
        let mut first = true;
        let done = out.list("options", |out| {
            while self.left > 0 {
                if !first {
                    out.say(",");
                }
                if out.item(|out| self.option(cx, p, out))? == EOL {
                    break;
                }
                first = false;
            }
            Ok(())
        });
        if done == Err(Stop::Invalid) {
            out.say("[bad opt]").note_that("bad_option", true).say(if first { "" } else { "]" });
            return Ok(false);
        }
        done?;
        out.say("]");
        Ok(true)
    }

    /// Says one option and gives its kind.
    fn option(&mut self, cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect<u8> {
        let kind = p.u8()?;
        if matches!(kind, EOL | NOP) {
            self.left -= 1;
            out.name("kind", kind, KINDS, "");
            return Ok(kind);
        }
        let length = usize::from(p.u8()?);
        if length < 2 || length > self.left {
            return Err(Stop::Invalid);
        }
        self.left -= 2;
        out.name("kind", kind, KINDS, "unknown-%u");
        let read = self.body(cx, kind, length - 2, p, out)?;
        self.left = self.left.saturating_sub(read);
        if read + 2 != length {
            out.say("[len ").num("length", length).say("]");
        }
        Ok(kind)
    }

    /// `n` bytes are in the header and were captured.
    fn need(&self, p: &Cursor, n: usize) -> Dissect {
        if n > self.left { Err(Stop::Invalid) } else { p.need(n) }
    }

    /// What is behind the length, which says `n` bytes; how many there are of this kind.
    fn body(&self, cx: &mut Cx, kind: u8, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect<usize> {
        match kind {
            SACK_PERMITTED => return Ok(0),
            MSS => {
                self.need(p, 2)?;
                let mss = p.be16()?;
                out.say(" ").num("mss", mss);
                return Ok(2);
            }
            WSCALE => {
                self.need(p, 1)?;
                let shift = p.u8()?;
                out.say(" ").num("shift", shift);
                return Ok(1);
            }
            ECHO | ECHO_REPLY | CC | CC_NEW | CC_ECHO => {
                self.need(p, 4)?;
                let value = p.be32()?;
                out.say(" ").num("value", value);
                return Ok(4);
            }
            TIMESTAMPS => {
                self.need(p, 8)?;
                let (value, echo_reply) = (p.be32()?, p.be32()?);
                out.say(" val ").num("value", value).say(" ecr ").num("echo_reply", echo_reply);
                return Ok(8);
            }
            MD5 => return self.md5(cx, p, out),
            SCPS => {
                self.need(p, 2)?;
                let (capabilities, id) = (p.u8()?, p.u8()?);
                out.say(" cap ").hex0("capabilities", capabilities, 2).say(" id ").num("id", id);
                return Ok(2);
            }
            USER_TIMEOUT => return self.user_timeout(p, out),
            SACK => self.sack(n, p, out)?,
            AO => self.authentication(cx, n, p, out)?,
            EXPERIMENT_2 => self.experiment(cx, n, p, out)?,
            MPTCP => {
                self.need(p, n)?;
                mptcp::say(cx, self.flags, &mut Cursor::new(p.take(n)?, n), out)?;
            }
            FAST_OPEN => {
                self.need(p, n)?;
                out.say(" ");
                fast_open(cx, p.take(n)?, out)?;
            }
            _ => {
                if n > 0 {
                    out.say(" 0x").bytes_of("data", p, n)?;
                }
            }
        }
        Ok(n)
    }

    /// Blocks that arrived out of order (RFC 2018).
    fn sack(&self, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
        if !n.is_multiple_of(8) {
            out.say(" invalid sack").note_that("invalid", true);
            // A cut in what nobody reads shows only in what follows.
            p.pass(n);
            return Ok(());
        }
        out.say(" ");
        out.aloud(|out| {
            out.num("", n / 8);
        });
        out.say(" ").list("blocks", |out| {
            for _ in 0..n / 8 {
                p.need(8)?;
                let (from, to) = (p.be32()?, p.be32()?);
                out.item(|out| {
                    out.note("from", from).note("to", to);
                    out.aloud(|out| {
                        out.say("{").num("", self.origin.selective(from));
                        out.say(":").num("", self.origin.selective(to)).say("}");
                    });
                    Ok(())
                })?;
            }
            Ok(())
        })
    }

    /// A digest over segment and secret (RFC 2385); without a secret it cannot be checked.
    fn md5(&self, cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect<usize> {
        self.need(p, DIGEST)?;
        out.say(" ");
        let digest = p.take(DIGEST)?;
        let Some(segment) = self.segment.whole() else {
            out.say("snaplen too short, can't check - ").bytes("digest", digest);
            return Ok(DIGEST);
        };
        let Some(expected) = self.digest(cx, segment) else {
            out.say("shared secret not supplied with -M, can't check - ").bytes("digest", digest);
            return Ok(DIGEST);
        };
        out.aside(|out| _ = out.bytes("digest", digest));
        match expected == digest {
            true => out.say("valid").note_that("valid", true),
            false => out.say(" (invalid)").note_that("valid", false),
        };
        Ok(DIGEST)
    }

    /// Of the pseudo-header, the header without its options and its checksum, the payload (RFC 2385 section 2.0), and a
    /// secret, if there is one.
    fn digest(&self, cx: &Cx, segment: &[u8]) -> Option<[u8; DIGEST]> {
        let (header, _) = segment.split_first_chunk::<HEADER>()?;
        let payload = segment.get(usize::from(header[12] >> 4) * 4..)?;
        let mut header = *header;
        header[16..18].fill(0);
        let length = u32::try_from(segment.len()).ok()?.to_be_bytes();
        let number = ip_proto::TCP;
        match (cx.ip.src, cx.ip.final_dst) {
            (Addr::V4(src), Addr::V4(dst)) => {
                let [_, _, high, low] = length;
                cx.options.keys?.md5(&[
                    &src.octets(),
                    &dst.octets(),
                    &[0, number, high, low],
                    &header,
                    payload,
                ])
            }
            (Addr::V6(src), Addr::V6(dst)) => cx.options.keys?.md5(&[
                &src.octets(),
                &dst.octets(),
                &length,
                &[0, 0, 0, number],
                &header,
                payload,
            ]),
            _ => None,
        }
    }

    /// RFC 5925 section 2.2.
    fn authentication(&self, cx: &mut Cx, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
        if n < 2 {
            cx.attempt(out, |_, _| Err(Stop::Invalid))?;
            p.pass(n);
            return Ok(());
        }
        self.need(p, 1)?;
        let key_id = p.u8()?;
        out.say(" keyid ").num("key_id", key_id);
        self.need(p, 1)?;
        let next_key_id = p.u8()?;
        out.say(" rnextkeyid ").num("next_key_id", next_key_id);
        if n > 2 {
            out.say(" mac 0x").bytes_of("mac", p, n - 2)?;
        }
        Ok(())
    }

    /// RFC 5482: a bit for minutes or seconds, and how many.
    fn user_timeout(&self, p: &mut Cursor, out: &mut Out) -> Dissect<usize> {
        self.need(p, 2)?;
        let raw = p.be16()?;
        let minutes = raw & 1 != 0;
        let seconds = u32::from(raw >> 1) * if minutes { 60 } else { 1 };
        out.say(" 0x").hex("raw", raw).say(" ").num("seconds", seconds);
        Ok(2)
    }

    /// Shared by experiments that each have a number (RFC 6994).
    fn experiment(&self, cx: &mut Cx, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
        self.need(p, n)?;
        let rest = n.checked_sub(2).ok_or(Stop::Invalid)?;
        let id = p.be16()?;
        let body = p.take(rest)?;
        out.say("-");
        if id == FAST_OPEN_EXPERIMENT {
            out.say("tfo").note("experiment", id);
            return fast_open(cx, body, out);
        }
        out.hex0("experiment", id, 4);
        Ok(())
    }
}

/// A cookie, or a request for one (RFC 7413 section 4.1.1).
fn fast_open(cx: &mut Cx, cookie: &[u8], out: &mut Out) -> Dissect {
    if cookie.is_empty() {
        out.say(" cookiereq").note_that("cookie_request", true);
        return Ok(());
    }
    cx.attempt(out, |_, out| {
        if !cookie.len().is_multiple_of(2) || !(4..=16).contains(&cookie.len()) {
            return Err(Stop::Invalid);
        }
        out.say(" cookie ").bytes("cookie", cookie);
        Ok(())
    })
    .map(drop)
}
