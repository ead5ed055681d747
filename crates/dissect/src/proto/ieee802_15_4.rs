//! Frames of low-rate wireless networks (IEEE 802.15.4-2015 clause 7), and the TAP header before them
//! (github.com/jkcko/ieee802.15.4-tap).
//!
//! ```text
//! | frame control (2) | sequence | destination: PAN (2), address (2, 8) | source: PAN (2), address (2, 8) |
//! | security header .. | header elements .. | payload elements .. | payload .. | integrity code | check (2, 4) |
//! multipurpose:  | frame control (1, 2) | sequence | PAN (2) | destination | source | .. as above
//! TAP:  | version | 0 | length (2) | TLVs .. | frame ..
//! ```
//! Numbers are least significant byte first. Whether a check sequence was captured is told by whether it is right.

use crate::prelude::*;

mod elements;
mod names;
mod payload;

/// Frames, with their check sequence or without.
pub static IEEE802_15_4: Protocol = Protocol { name: NAME, dissect: record };
/// Frames behind a TAP header.
pub static TAP: Protocol = Protocol { name: "802.15.4_tap", dissect: tap };

const NAME: &str = "802.15.4";
const TYPES: [&str; 8] =
    ["Beacon", "Data", "ACK", "Command", "Reserved", "Multipurpose", "Fragment", "Extended"];
const MULTIPURPOSE: u16 = 5;

const SECURED: u16 = 0x0008;
const COMPRESSED: u16 = 0x0040;
const NOT_NUMBERED: u16 = 0x0100;
const WITH_ELEMENTS: u16 = 0x0200;
const FLAGS: Flags = &[
    (SECURED as u32, "Security Enabled, "),
    (0x0010, "Frame Pending, "),
    (0x0020, "AR, "),
    (COMPRESSED as u32, "PAN ID Compression, "),
    (NOT_NUMBERED as u32, "Sequence Number Suppression, "),
    (WITH_ELEMENTS as u32, "IE present, "),
];

/// The frame control of a multipurpose frame has two bytes, and the flags below.
const LONG: u16 = 0x0008;
const MULTI_PAN: u16 = 0x0100;
const MULTI_SECURED: u16 = 0x0200;
const MULTI_NOT_NUMBERED: u16 = 0x0400;
const MULTI_WITH_ELEMENTS: u16 = 0x8000;
const MULTI_FLAGS: Flags = &[
    (MULTI_SECURED as u32, "Security Enabled, "),
    (0x0800, "Frame Pending, "),
    (0x4000, "AR, "),
    (MULTI_PAN as u32, "PAN ID Present, "),
    (MULTI_NOT_NUMBERED as u32, "Sequence Number Suppression, "),
    (MULTI_WITH_ELEMENTS as u32, "IE present, "),
];

fn record(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let read = frame(cx, p.claiming(p.captured()), out)?;
    cx.link_header_is(read.into());
    Ok(())
}

fn tap(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let start = p;
    let Ok([version, _, low, high]) = p.array() else {
        cx.link_header_is(start.captured());
        return cx.soft_cut(out);
    };
    let length = usize::from(u16::from_le_bytes([low, high]));
    out.note("version", version).note("length", length);
    if version != 0 || length < 4 {
        return Err(Stop::Invalid);
    }
    if start.need(length).is_err() {
        cx.link_header_is(start.captured());
        return cx.soft_cut(out);
    }
    let p = start.at(length);
    let read = within(cx, p.claiming(p.captured()), out)?;
    cx.link_header_is(length + usize::from(read));
    Ok(())
}

/// A frame behind a header of another protocol: see [`frame`].
pub(super) fn within(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    cx.speaking = NAME;
    out.nest(NAME, |out| frame(cx, p, out))
}

/// A frame that takes as many bytes as it claims; `false` if it was not understood up to its end. This is also
/// what tcpdump takes for the length of its header.
fn frame(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 2 {
        cx.soft_cut(out)?;
        return Ok(p.claimed() > 0);
    }
    let control = p.at(0).le16()?;
    let kind = control & 7;
    let name = TYPES.get(usize::from(kind)).copied().unwrap_or_default();
    out.note("type", kind).say("IEEE 802.15.4 ").say(name).say(" packet ");
    let done = match kind {
        ..=3 => standard(cx, control, p, out),
        MULTIPURPOSE => multipurpose(cx, control, p, out),
        _ => Err(Stop::Invalid),
    };
    match done {
        Err(Stop::Invalid) => {
            out.note_that("invalid", true);
            Ok(false)
        }
        done => done.map(|()| true),
    }
}

/// Says what is wrong; what contradicts itself here is not called invalid.
fn wrong(words: &str, out: &mut Out) -> Stop {
    out.say("[ERROR: ").say(words).say("]");
    Stop::Invalid
}

/// Fails unless `p` claims `need` bytes.
fn enough(p: &Cursor, need: usize, words: &str, out: &mut Out) -> Dissect {
    if p.claimed() < need { Err(wrong(words, out)) } else { Ok(()) }
}

/// Fails where the header ends early.
fn cut(cx: &Cx, p: &Cursor, need: usize, out: &mut Out) -> Dissect {
    if p.claimed() >= need {
        return Ok(());
    }
    cx.soft_cut(out)?;
    Err(Stop::Invalid)
}

fn standard(cx: &Cx, control: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let check = Check::take(&mut p, 4, 4)?;
    let version = control >> 12 & 3;
    out.say("v").num("version", version).say(" ");
    if cx.verbose() > 2 {
        out.letters("control", control, FLAGS, "");
    }
    if control & NOT_NUMBERED != 0 {
        if version < 2 {
            wrong("Sequence number suppressed on frames where version < 2", out);
        }
        out.say(if cx.verbose() > 0 { "seq suppressed " } else { "" });
        cut(cx, &p, 2, out)?;
        p.pass(2);
    } else {
        numbered(cx, &mut p, 2, out)?;
    }
    addresses(control, version, &mut p, out)?;
    let parts = Parts { secured: control & SECURED != 0, elements: control & WITH_ELEMENTS != 0 };
    parts.say(cx, &check, &mut p, out)?;
    payload::say(cx, control & 7, version, p, out)
}

/// The number of a frame at `offset`, and what is before it.
fn numbered(cx: &Cx, p: &mut Cursor, offset: usize, out: &mut Out) -> Dissect {
    let number = p.at(offset).u8()?;
    if cx.verbose() > 0 {
        out.say("seq ").hex0("sequence", number, 2).say(" ");
    }
    cut(cx, p, offset + 1, out)?;
    p.pass(offset + 1);
    Ok(())
}

fn multipurpose(cx: &Cx, mut control: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let check = Check::take(&mut p, 5, 3)?;
    if control & LONG != 0 {
        out.say("v").num("version", control >> 12 & 3).say(" ");
        if cx.verbose() > 2 {
            out.letters("control", control, MULTI_FLAGS, "");
        }
        if control & MULTI_NOT_NUMBERED != 0 {
            cut(cx, &p, 2, out)?;
            p.pass(2);
        } else {
            numbered(cx, &mut p, 2, out)?;
        }
    } else {
        control &= 0xff;
        numbered(cx, &mut p, 1, out)?;
    }
    let (dst, src) = lengths(control >> 4, control >> 6, out)?;
    address(["dst_pan", "dst"], control & MULTI_PAN != 0, dst, &mut p, out)?;
    out.say(" <  ");
    address(["src_pan", "src"], false, src, &mut p, out)?;
    out.say(" ");
    let parts = Parts { secured: control & MULTI_SECURED != 0, elements: control & MULTI_WITH_ELEMENTS != 0 };
    parts.say(cx, &check, &mut p, out)?;
    payload::rest(cx, p, out)
}

/// How long the addresses of these modes are.
fn lengths(dst: u16, src: u16, out: &mut Out) -> Dissect<(usize, usize)> {
    let length = |mode: u16| [Some(0), None, Some(2), Some(8)].get(usize::from(mode & 3)).copied().flatten();
    let Some(src) = length(src) else { return Err(wrong("Invalid src address mode", out)) };
    let Some(dst) = length(dst) else { return Err(wrong("Invalid dst address mode", out)) };
    Ok((dst, src))
}

fn addresses(control: u16, version: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (dst, src) = lengths(control >> 10, control >> 14, out)?;
    let compressed = control & COMPRESSED != 0;
    let (dst_pan, src_pan) = match (compressed, dst, src) {
        (true, ..) if version < 2 => {
            if dst == 0 || src == 0 {
                wrong("PAN ID Compression != 0, and only one address with frame version < 2", out);
            }
            (dst > 0, false)
        }
        (true, 0, 0) => (true, false),
        (true, 0, _) | (true, _, 0) | (true, 8, 8) => (false, false),
        (true, ..) => (true, false),
        // The second is a fault of implementations of 6TiSCH that has to be lived with.
        (false, 8, 8) | (false, 2, 8) if version >= 2 => (true, false),
        (false, ..) => (dst > 0, src > 0),
    };
    address(["dst_pan", "dst"], dst_pan, dst, p, out)?;
    out.say(" < ");
    address(["src_pan", "src"], src_pan, src, p, out)?;
    out.say(" ");
    Ok(())
}

/// A network and an address of so many bytes in it. Both sides share their words for what is missing.
fn address(keys: [&str; 2], pan: bool, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    if pan {
        enough(p, 2, "Truncated before dst_pan", out)?;
        let pan = p.le16()?;
        out.hex0(keys[0], pan, 4).say(":");
    } else {
        out.say("-:");
    }
    enough(p, length, "Truncated before dst_addr", out)?;
    match length {
        0 => _ = out.say("none"),
        2 => short_address(keys[1], p, out)?,
        _ => long_address(keys[1], p, out)?,
    }
    Ok(())
}

fn short_address(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let address = p.le16()?;
    out.hex0(key, address, 4);
    Ok(())
}

fn long_address(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut address: [u8; 8] = p.array()?;
    address.reverse();
    out.octets(key, &address, b':');
    Ok(())
}

/// The check sequence that was found, and the one that would be right: both 0 where there is no room for one.
#[derive(Default)]
struct Check {
    found: u32,
    right: u32,
}

impl Check {
    /// Takes the check sequence off the end of a frame, if it is right. One of four bytes is looked for in frames
    /// of at least `four` bytes, one of two in those of at least `two`.
    fn take(p: &mut Cursor, four: usize, two: usize) -> Dissect<Check> {
        let n = p.claimed();
        let mut check = Check::default();
        if n >= four {
            let tail = p.at(n - 4).le32()?;
            check = Check { found: tail, right: crc(p.sub(n - 4).rest(), 0xedb8_8320) };
            if check.found == check.right {
                *p = p.claiming(n - 4);
                return Ok(check);
            }
        }
        if n >= two {
            let tail = p.at(n - 2).le16()?;
            check = Check { found: tail.into(), right: crc(p.sub(n - 2).rest(), 0x8408) };
            if check.found == check.right {
                *p = p.claiming(n - 2);
            }
        }
        Ok(check)
    }

    fn say(&self, out: &mut Out) {
        if self.found == self.right {
            out.say("FCS ").hex("check", self.found).say(" ");
        } else {
            out.say("wrong FCS ").hex("check", self.found).say(" vs ").hex("right_check", self.right);
            out.say(" (assume no FCS stored) ");
        }
    }
}

/// The remainder by a polynomial, whose bits are reversed here, as are those of the bytes.
fn crc(bytes: &[u8], polynomial: u32) -> u32 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { polynomial } else { 0 })
    })
}

/// What may stand between the addresses and the payload.
struct Parts {
    secured: bool,
    elements: bool,
}

impl Parts {
    fn say(&self, cx: &Cx, check: &Check, p: &mut Cursor, out: &mut Out) -> Dissect {
        let level = if self.secured { out.nest("security", |out| security(cx, p, out))? } else { 0 };
        let code = [0, 4, 8, 16].get(usize::from(level & 3)).copied().unwrap_or(0);
        enough(p, code, "Truncated before MIC", out)?;
        let length = p.claimed() - code;
        let mut behind = p.at(length);
        *p = p.claiming(length);
        let more = self.elements && out.list("header_elements", |out| elements::header(cx, p, out))?;
        if more && level & 4 != 0 {
            out.say("Payload IEs present, but encrypted, cannot print ");
        } else if more {
            out.list("payload_elements", |out| elements::payload(cx, p, out))?;
        }
        if cx.verbose() > 2 {
            if code > 0 {
                out.say("\n\tMIC ").bytes_of("integrity_code", &mut behind, code)?.say(" ");
            }
            check.say(out);
        }
        Ok(())
    }
}

/// The auxiliary security header; gives the level of security.
fn security(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<u8> {
    let start = *p;
    enough(p, 1, "Truncated before Aux Security Header", out)?;
    let control = p.u8()?;
    let (level, mode) = (control & 7, control >> 3 & 3);
    if cx.verbose() > 0 {
        out.say("\n\tSecurity Level ")
            .num("level", level)
            .say(", Key Id Mode ")
            .num("key_mode", mode)
            .say(", ");
    }
    let talkative = cx.verbose() > 1;
    if control & 0x20 == 0 {
        enough(p, 4, "Truncated before Frame Counter", out)?;
        if talkative {
            let counter = p.at(0).le32()?;
            out.say("Frame Counter 0x").hex0("counter", counter, 8).say(" ");
        }
        p.pass(4);
    }
    if mode == 0 {
        out.say(if talkative { "Implicit" } else { "" });
    } else {
        key(mode, talkative, p, out)?;
    }
    start.need(start.claimed() - p.claimed())?;
    Ok(level)
}

/// Who knows the key, and which of his keys it is.
fn key(mode: u8, talkative: bool, p: &mut Cursor, out: &mut Out) -> Dissect {
    if mode > 1 {
        enough(p, if mode == 2 { 4 } else { 8 }, "Truncated before Key Source", out)?;
        let mut source = *p;
        if talkative && mode == 2 {
            let (pan, address) = (source.le16()?, source.le16()?);
            // tcpdump ends the second number in a 4.
            out.say("KeySource 0x").hex0("key_pan", pan, 4).say(":").hex("key_address", address).say("4x, ");
        } else if talkative {
            out.say("KeySource ");
            long_address("key_address", &mut source, out)?;
            out.say(", ");
        }
        // As does tcpdump, whatever the mode.
        p.pass(4);
    }
    enough(p, 1, "Truncated before Key Index", out)?;
    if talkative {
        let index = p.peek()?;
        out.say("KeyIndex 0x").hex0("key_index", index, 2).say(", ");
    }
    p.pass(1);
    Ok(())
}

#[cfg(test)]
mod tests;
