//! Solaris's IP observability (LINKTYPE_IPNET of the pcap format).
//!
//! ```text
//! | version | family | hook (2) | length (4) | interface (4) | group (4) | source zone (4) | destination zone (4) |
//! ```

use crate::parts::unexplained::unexplained;
use crate::prelude::*;

/// An IP packet with Solaris's pseudo-header.
pub static IPNET: Protocol = Protocol { name: "ipnet", dissect };

const HEADER: usize = 24;
const FAMILIES: NameTable = &[(2, "IPv4"), (26, "IPv6")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(HEADER)?;
    let ([version, family], _hook, _length) = (p.array()?, p.be16()?, p.be32()?);
    let (interface, group, src, dst) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    cx.link_header_is(HEADER);
    out.note("version", version).note("family", family).note("interface", interface).note("group", group);
    out.note("src_zone", src).note("dst_zone", dst);
    let header = |cx: &Cx, out: &mut Out| {
        out.aloud(|out| {
            out.num("", src).say(" > ").num("", dst).say(", ");
            if cx.options.quiet > 0 {
                out.name("", family, FAMILIES, "Unknown Ethertype (0x%04x)");
            } else {
                out.say("family ").named("", family, FAMILIES, "Unknown");
            }
            out.say(", length ").num("", length).say(": ");
        });
    };
    if cx.options.link_header {
        header(cx, out);
    }
    match family {
        2 => cx.next(Space::EtherType(0x0800), p, out).map(drop),
        26 => cx.next(Space::EtherType(0x86dd), p, out).map(drop),
        _ => {
            unexplained(cx, p, out, header);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn families() {
        let header = "0000 00000001 00000002 00000000 ffffffff 00000000";
        check(&IPNET, &format!("0102 {header} 40"), "-v", "IP  [length 1 < 20] (invalid)");
        check(
            &IPNET,
            &format!("011a {header} 60"),
            "-e",
            "4294967295 > 0, family IPv6 (26), length 25:  [length 1 < 40] (invalid)",
        );
        let dump = "\n\t0x0000:  6869                                     hi";
        check(
            &IPNET,
            &format!("0103 {header} 6869"),
            "",
            &format!("4294967295 > 0, family Unknown (3), length 26: {dump}"),
        );
        check(
            &IPNET,
            &format!("0103 {header} 6869"),
            "-q",
            "4294967295 > 0, Unknown Ethertype (0x0003), length 26: ",
        );
        check(&IPNET, "0102", "", " [|ipnet]");
        assert_eq!(
            values(&IPNET, &format!("0103 {header} 6869")),
            r#"{"ipnet":{"version":1,"family":3,"interface":2,"group":0,"src_zone":4294967295,"dst_zone":0,"data":"6869"}}"#
        );
    }
}
