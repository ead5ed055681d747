//! FDDI, the Fiber Distributed Data Interface (ISO 9314-2).
//!
//! ```text
//! | frame control | destination (6) | source (6) | LLC ..
//! ```

use crate::parts::unexplained::unexplained;
use crate::prelude::*;

/// FDDI.
pub static FDDI: Protocol = Protocol { name: "fddi", dissect };

const HEADER: usize = 13;
const CONTROLS: NameTable = &[
    (0x40, "void "),
    (0x80, "nrt "),
    (0xc0, "rt "),
    (0x41, "info "),
    (0x4f, "nsa "),
    (0xc2, "beacon "),
    (0xc3, "claim "),
];
/// Of what the high four bits say, the low four tell the number.
const KINDS: NameTable = &[
    (0xc0, "mac"),
    (SMT as u32, "smt"),
    (LLC_ASYNC as u32, "async"),
    (0xd0, "sync"),
    (0x60, "imp_async"),
    (0xe0, "imp_sync"),
];
const KIND: u8 = 0xf0;
const SMT: u8 = 0x40;
const LLC_ASYNC: u8 = 0x50;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if p.need(HEADER).is_err() {
        cx.link_header_is(p.captured());
        return cx.soft_cut(out);
    }
    let (control, dst, src) = (p.u8()?, p.array()?, p.array()?);
    cx.link_header_is(HEADER);
    out.note("frame_control", control).aside(|out| {
        out.mac("dst", dst).mac("src", src);
    });
    let header = |cx: &Cx, out: &mut Out| {
        out.aloud(|out| {
            if cx.options.quiet == 0 {
                say_control(control, out);
            }
            out.mac("", src).say(" > ").mac("", dst).say(", length ").num("", length).say(": ");
        });
    };
    if cx.options.link_header {
        header(cx, out);
    }
    cx.link = crate::cx::Link { src: Some(src), dst: Some(dst) };
    match control & KIND {
        LLC_ASYNC => return cx.next(Space::Llc, p, out).map(drop),
        SMT => _ = out.say("<SMT printer not yet implemented>"),
        _ => unexplained(cx, p, out, header),
    }
    Ok(())
}

fn say_control(control: u8, out: &mut Out) {
    if let Some(name) = crate::out::lookup(CONTROLS, control.into()) {
        out.say(name);
    } else if let Some(name) = crate::out::lookup(KINDS, (control & KIND).into()) {
        write!(out, "{name}{:x} ", control & !KIND);
    } else {
        write!(out, "{control:02x} ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MACS: &str = "020000000001 020000000002";
    const SAID: &str = "02:00:00:00:00:02 > 02:00:00:00:00:01";

    #[test]
    fn frames() {
        let frame = format!("57 {MACS} aaaa03 000000 0800 40");
        check(&FDDI, &frame, "-v", "IP  [length 1 < 20] (invalid)");
        let said = "LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: oui Ethernet (0x000000), \
                    ethertype IPv4 (0x0800), length 1:  [length 1 < 20] (invalid)";
        check(&FDDI, &frame, "-e", &format!("async7 {SAID}, length 22: {said}"));
        assert!(values(&FDDI, &frame).starts_with(
            r#"{"fddi":{"frame_control":87,"dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","llc":{"#
        ));
    }

    #[test]
    fn what_is_not_llc() {
        let dump = "\n\t0x0000:  6869                                     hi";
        for (control, said) in [
            ("c2", "beacon"),
            ("c5", "mac5"),
            ("d1", "sync1"),
            ("61", "imp_async1"),
            ("e1", "imp_sync1"),
            ("80", "nrt"),
            ("30", "30"),
        ] {
            check(&FDDI, &format!("{control} {MACS} 6869"), "", &format!("{said} {SAID}, length 15: {dump}"));
        }
        check(
            &FDDI,
            &format!("41 {MACS} 6869"),
            "-e",
            &format!("info {SAID}, length 15: <SMT printer not yet implemented>"),
        );
        check(&FDDI, &format!("c2 {MACS} 6869"), "-q", &format!("{SAID}, length 15: "));
        check(&FDDI, "50 0200", "", " [|fddi]");
    }
}
