//! ERSPAN: what a switch saw, sent on to be looked at (draft-foschiano-erspan).
//!
//! ```text
//! type I:   Ethernet frame ..
//! type II:  | Ver=1 |      VLAN       | COS | En|T|    session    |
//!           |    reserved     |            port index             |
//! type III: | Ver=2 |      VLAN       | COS |BSO|T|    session    |
//!           |                       timestamp                     |
//!           |   security group tag  |P|  frame  | HW ID |D|Gra|O| |
//!           | if O: eight bytes of the platform's own
//! ```

use crate::prelude::*;

/// Type I: nothing but a frame.
pub static ERSPAN_I: Protocol = Protocol { name: "erspan", dissect: type1 };
/// Type II.
pub static ERSPAN_II: Protocol = Protocol { name: "erspan", dissect: type2 };
/// Type III.
pub static ERSPAN_III: Protocol = Protocol { name: "erspan", dissect: type3 };

const TRANSPARENT_ETHERNET: u16 = 0x6558;
/// What the VLAN of type II was taken from: ISL, 802.1Q, or it is left in the frame.
const ISL: u32 = 1;
const DOT1Q: u32 = 2;
const IN_FRAME: u32 = 3;
const QUALITIES: NameTable = &[(0, "Good/unknown"), (1, "Short"), (2, "Oversized"), (3, "Bad")];
const ETHERNET: u16 = 0;
const FRAMES: NameTable = &[(0, "Ethernet"), (2, "IP")];
/// Bytes of the platform's own header.
const PLATFORM: usize = 8;

fn type1(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("erspan type1: ");
    frame(cx, p, out)
}

fn type2(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("erspan");
    let Some(word) = first(cx, &mut p, 1, " type2", out)? else { return Ok(()) };
    let (vlan, source) = (word >> 16 & 0xfff, word >> 11 & 3);
    out.note("vlan_source", source);
    match source {
        ISL => _ = out.say(" isl ").num("vlan", vlan),
        DOT1Q => _ = out.say(" vlan ").num("vlan", vlan),
        IN_FRAME => _ = out.say(" vlan payload").note("vlan", vlan),
        _ => _ = out.note("vlan", vlan),
    }
    class(cx, word, out);
    out.enough("len", &p, 4)?;
    let index = p.be32()? & 0xfffff;
    if cx.verbose() > 0 {
        out.say(" index ").num("index", index);
    }
    out.say(": ");
    frame(cx, p, out)
}

fn type3(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("erspan");
    let Some(word) = first(cx, &mut p, 2, " type3", out)? else { return Ok(()) };
    out.note("vlan", word >> 16 & 0xfff);
    out.say(" bso ").name("bso", word >> 11 & 3, QUALITIES, "unknown %x");
    class(cx, word, out);
    out.enough("len", &p, 4)?;
    p.pass(4);
    out.enough("len", &p, 2)?;
    p.pass(2);
    out.enough("len", &p, 2)?;
    let last = p.be16()?;
    let kind = last >> 10 & 0x1f;
    out.say(" ft ").name("frame_type", kind, FRAMES, "unknown %x");
    if last & 1 != 0 {
        out.enough("len", &p, PLATFORM)?;
        p.skip(PLATFORM)?;
    }
    out.say(": ");
    if kind == ETHERNET {
        return frame(cx, p, out);
    }
    out.say("Frame type unknown");
    Ok(())
}

/// The first word as far as the types agree on it; `None` if it is of another version.
fn first(cx: &Cx, p: &mut Cursor, version: u32, words: &str, out: &mut Out) -> Dissect<Option<u32>> {
    out.enough("len", p, 4)?;
    let word = p.be32()?;
    if word >> 28 != version {
        out.say(" erspan-unknown-version-").hex("version", word >> 28);
        return Ok(None);
    }
    out.note("version", version);
    if cx.verbose() > 0 {
        out.say(words);
    }
    out.say(" session ").num("session", word & 0x3ff);
    Ok(Some(word))
}

fn class(cx: &Cx, word: u32, out: &mut Out) {
    if cx.verbose() > 0 {
        let truncated = word & 0x400 != 0;
        out.say(" cos ").num("cos", word >> 13 & 7);
        out.say(if truncated { " truncated" } else { "" }).note_that("frame_truncated", truncated);
    }
}

fn frame(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    cx.next(Space::EtherType(TRANSPARENT_ETHERNET), p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ARP: &str = "020000000001 020000000002 0806 0001 0800 06 04 0001 \
                       020000000002 0a000001 000000000000 0a000002";
    const SAID: &str = "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28";

    #[test]
    fn three_types() {
        check(&ERSPAN_I, ARP, "", &format!("erspan type1: {SAID}"));
        let second = format!("1064d405 00000007 {ARP}");
        check(&ERSPAN_II, &second, "", &format!("erspan session 5 vlan 100: {SAID}"));
        let loud = SAID.replace("Request", "Ethernet (len 6), IPv4 (len 4), Request");
        let said = format!("erspan type2 session 5 vlan 100 cos 6 truncated index 7: {loud}");
        check(&ERSPAN_II, &second, "-v", &said);
        let third = format!("20640805 00000000 0000 0001 0000000000000000 {ARP}");
        check(&ERSPAN_III, &third, "", &format!("erspan session 5 bso Short ft Ethernet: {SAID}"));
        let said = format!("erspan type3 session 5 bso Short cos 0 ft Ethernet: {loud}");
        check(&ERSPAN_III, &third, "-v", &said);
    }

    #[test]
    fn headers_that_cannot_be() {
        check(&ERSPAN_II, "106400", "", "erspan [len 3 < 4] (invalid)");
        check(&ERSPAN_II, "20640005", "", "erspan erspan-unknown-version-2");
        check(&ERSPAN_II, "10641805 0000", "", "erspan session 5 vlan payload [len 2 < 4] (invalid)");
        let said = "erspan session 5 bso Good/unknown ft unknown 7: Frame type unknown";
        check(&ERSPAN_III, "20640005 00000000 0000 1c00", "", said);
        let said = "erspan session 5 bso Good/unknown ft Ethernet [len 0 < 8] (invalid)";
        check(&ERSPAN_III, "20640005 00000000 0000 0001", "", said);
    }

    #[test]
    fn values_of_a_session() {
        let said = values(&ERSPAN_II, "10640005 00000007");
        let head = r#"{"erspan":{"version":1,"session":5,"vlan_source":0,"vlan":100,"cos":0,"frame_truncated":false,"index":7,"ether":{"#;
        assert!(said.starts_with(head), "{said}");
    }
}
