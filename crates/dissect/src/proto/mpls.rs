//! MPLS: a stack of labels before a packet (RFC 3032, RFC 5462).
//!
//! ```text
//! | label (20 bits) | traffic class (3) | bottom of stack (1) | TTL (8) |, any number of times
//! ```

use crate::prelude::*;

/// MPLS.
pub static MPLS: Protocol = Protocol { name: "mpls", dissect };

const ENTRY: usize = 4;
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
/// The labels that have a meaning of their own; the rest below 16 is reserved.
const SPECIAL: NameTable =
    &[(0, "IPv4 explicit NULL"), (1, "router alert"), (2, "IPv6 explicit NULL"), (3, "implicit NULL")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("MPLS");
    let label = out.list("labels", |out| stack(cx, &mut p, out))?;
    let space = match label {
        0 | 3 => Space::EtherType(IPV4),
        2 => Space::EtherType(IPV6),
        _ => {
            if p.claimed() == 0 {
                return Ok(());
            }
            match p.peek()? {
                0x45..=0x4f => Space::EtherType(IPV4),
                0x60..=0x6f => Space::EtherType(IPV6),
                0x81..=0x83 => Space::Sap(0xfe),
                _ => {
                    if !cx.options.no_default_dump {
                        out.dump("data", p.rest());
                        p.need(p.claimed())?;
                    }
                    return Ok(());
                }
            }
        }
    };
    out.say(if cx.verbose() > 0 { "\n\t" } else { " " });
    cx.next(space, p, out).map(drop)
}

/// The entries down to the bottom of the stack, and the label there.
fn stack(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<u32> {
    let mut first = true;
    loop {
        if p.claimed() < ENTRY {
            return Err(Stop::Invalid);
        }
        let entry = p.be32()?;
        let (label, bottom) = (entry >> 12, entry & 0x100 != 0);
        out.say(if first || cx.verbose() == 0 { " " } else { "\n\t" });
        first = false;
        out.item(|out| {
            out.say("(label ").num("label", label);
            if cx.verbose() > 0 && label < 16 {
                out.aloud(|out| _ = out.say(" (").name("", label, SPECIAL, "rsvd").say(")"));
            }
            out.say(", tc ").num("traffic_class", entry >> 9 & 7);
            out.say(if bottom { ", [S]" } else { "" }).note_that("bottom", bottom);
            out.say(", ttl ").num("ttl", entry & 0xff).say(")");
            Ok(())
        })?;
        if bottom {
            return Ok(label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn stacks() {
        check(
            &MPLS,
            "00010 0 40 00020 5 3f 40",
            "",
            "MPLS (label 16, tc 0, ttl 64) (label 32, tc 2, [S], ttl 63)\n\t0x0000:  40                                       @",
        );
        check(
            &MPLS,
            "00001 0 40 00000 1 3f 40",
            "-v",
            "MPLS (label 1 (router alert), tc 0, ttl 64)\n\t(label 0 (IPv4 explicit NULL), tc 0, [S], ttl 63)\n\tIP  [length 1 < 20] (invalid)",
        );
        check(&MPLS, "00002 1 40 60", "-e", "MPLS (label 2, tc 0, [S], ttl 64)  [length 1 < 40] (invalid)");
        check(&MPLS, "00010 1 40", "", "MPLS (label 16, tc 0, [S], ttl 64)");
        assert_eq!(
            values(&MPLS, "00010 1 40 99"),
            r#"{"mpls":{"labels":[{"label":16,"traffic_class":0,"bottom":true,"ttl":64}],"data":"99"}}"#
        );
    }

    #[test]
    fn a_stack_without_bottom() {
        check(&MPLS, "00010 0 40 0002", "", "MPLS (label 16, tc 0, ttl 64) (invalid)");
    }
}
