//! Token Ring (IEEE 802.5).
//!
//! ```text
//! | access control | frame control | destination (6) | source (6) | route (if the source's first bit is set) .. |
//! route:  | kind (3 bits), length (5 bits) | direction, largest frame (3 bits) | ring (12 bits), bridge (4 bits) .. |
//! ```

use crate::parts::unexplained::unexplained;
use crate::prelude::*;

/// Token Ring.
pub static TOKEN: Protocol = Protocol { name: "token-ring", dissect };

const HEADER: usize = 14;
/// The two highest bits of the frame control: what follows is LLC.
const LLC_FRAME: u8 = 0x40;
const BROADCASTS: [&str; 8] = [
    "Non-Broadcast",
    "Non-Broadcast",
    "Non-Broadcast",
    "Non-Broadcast",
    "All-routes",
    "All-routes",
    "Single-route",
    "Single-route",
];
const LARGEST: [&str; 8] = ["516", "1500", "2052", "4472", "8144", "11407", "17800", "??"];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    let Some((header, routed)) = Header::read(&mut p) else {
        cx.link_header_is(HEADER);
        return cx.soft_cut(out);
    };
    header.note(out);
    if cx.options.link_header {
        header.say(cx, out);
    }
    let mut length = HEADER;
    if routed {
        let Ok(control) = p.at(0).be16() else {
            cx.link_header_is(HEADER);
            return cx.soft_cut(out);
        };
        let route = usize::from(control >> 8 & 0x1f);
        length += route;
        cx.link_header_is(length);
        if p.need(route).is_err() {
            return cx.soft_cut(out);
        }
        out.nest("route", |out| say_route(cx, control, p.at(2), out))?;
    }
    cx.link_header_is(length);
    let p = frame.at(length);
    cx.link = crate::cx::Link { src: Some(header.src), dst: Some(header.dst) };
    if header.control & 0xc0 == LLC_FRAME {
        return cx.next(Space::Llc, p, out).map(drop);
    }
    unexplained(cx, p, out, |cx, out| header.say(cx, out));
    Ok(())
}

struct Header {
    access: u8,
    control: u8,
    dst: [u8; 6],
    src: [u8; 6],
    length: usize,
}

impl Header {
    /// The header, and whether a route is behind it.
    fn read(p: &mut Cursor) -> Option<(Header, bool)> {
        let length = p.claimed();
        p.need(HEADER).ok()?;
        let ([access, control], dst) = (p.array().ok()?, p.array().ok()?);
        let mut src: [u8; 6] = p.array().ok()?;
        let [first, ..] = &mut src;
        let routed = *first & 0x80 != 0;
        *first &= 0x7f;
        Some((Header { access, control, dst, src, length }, routed))
    }

    fn note(&self, out: &mut Out) {
        out.note("access_control", self.access).note("frame_control", self.control);
        out.aside(|out| {
            out.mac("dst", self.dst).mac("src", self.src);
        });
    }

    fn say(&self, cx: &Cx, out: &mut Out) {
        out.aloud(|out| {
            if cx.options.quiet == 0 {
                out.hex0("", self.access, 2).say(" ").hex0("", self.control, 2).say(" ");
            }
            out.mac("", self.src).say(" > ").mac("", self.dst);
            out.say(", length ").num("", self.length).say(": ");
        });
    }
}

/// The bridges to pass, or passed so far.
fn say_route(cx: &Cx, control: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let count = usize::from(control >> 8 & 0x1f).saturating_sub(2) / 2;
    let word =
        |words: [&'static str; 8], bits: u16| words.get(usize::from(bits & 7)).copied().unwrap_or_default();
    out.note("control", control);
    if cx.verbose() > 0 {
        out.say(word(BROADCASTS, control >> 13));
        out.say(if control & 0x80 == 0 { " Forward" } else { " Backward" });
    } else {
        out.say("rt = ").aloud(|out| _ = out.hex("", control));
    }
    out.list("segments", |out| {
        for _ in 0..count {
            let segment = p.be16()?;
            if cx.verbose() > 0 {
                out.note("", segment).aloud(|out| {
                    out.say(" [").num("", segment >> 4).say(":").num("", segment & 0xf).say("]");
                });
            } else {
                out.say(":").hex("", segment);
            }
        }
        Ok(())
    })?;
    out.say(" (").say(word(LARGEST, control >> 4)).say(") ");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MACS: &str = "020000000001 020000000002";
    const SAID: &str = "02:00:00:00:00:02 > 02:00:00:00:00:01";

    #[test]
    fn frames() {
        let frame = format!("10 40 {MACS} aaaa03 000000 0800 40");
        check(&TOKEN, &frame, "-v", "IP  [length 1 < 20] (invalid)");
        let said = "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: oui Ethernet (0x000000), \
                    ethertype IPv4 (0x0800), length 1:  [length 1 < 20] (invalid)";
        check(&TOKEN, &frame, "-e", &format!("10 40 {SAID}, length 23: {said}"));
        check(
            &TOKEN,
            &format!("10 40 {MACS} aa"),
            "",
            " [|llc]\n\t0x0000:  aa                                       .",
        );
    }

    #[test]
    fn routes() {
        let frame = "10 40 020000000001 820000000002 8690 0012 0023 aaaa03 000000 0800 40";
        check(&TOKEN, frame, "", "rt = 8690:12:23 (1500) IP  [length 1 < 20] (invalid)");
        check(&TOKEN, frame, "-v", "All-routes Backward [1:2] [2:3] (1500) IP  [length 1 < 20] (invalid)");
        assert!(values(&TOKEN, frame).contains(
            r#""dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","route":{"control":34448,"segments":[18,35]},"llc":{"#
        ));
        check(&TOKEN, "10 40 020000000001 820000000002 8690 0012", "", " [|token-ring]");
        check(&TOKEN, "10 40 020000000001 820000000002 86", "", " [|token-ring]");
    }

    #[test]
    fn what_is_not_llc_is_dumped() {
        let frame = format!("10 00 {MACS} 6869");
        let dump = "\n\t0x0000:  6869                                     hi";
        check(&TOKEN, &frame, "", &format!("10 00 {SAID}, length 16: {dump}"));
        check(&TOKEN, &frame, "-q", &format!("{SAID}, length 16: "));
        check(&TOKEN, &format!("10 00 {}", &MACS[..21]), "", " [|token-ring]");
    }
}
