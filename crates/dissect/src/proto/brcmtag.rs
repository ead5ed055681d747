//! Tags of Broadcom's switches, between the addresses and the type of an Ethernet frame, or before it (source:
//! Linux, net/dsa/tag_brcm.c).
//!
//! ```text
//! to the switch:   | opcode = 1 (3), TC (3), TE (2) | TS, 0 | destination ports (9) |
//! from the switch: | opcode = 0 (3) | 0 | client | reason | TC (3), port (5) |
//! ```

use super::ether::{Tag, tagged};
use crate::prelude::*;
use gannet_wire::LinkType;

/// An Ethernet frame with the tag behind the addresses.
pub static BRCM_TAG: Protocol = Protocol { name: "brcm-tag", dissect: |cx, p, out| tagged(cx, &TAG, p, out) };
/// An Ethernet frame behind the tag.
pub static BRCM_TAG_PREPEND: Protocol = Protocol { name: "brcm-tag-prepend", dissect: prepended };

const TAG: Tag = Tag { length: 4, say: |_, p, out| say(p, out) };

const ENFORCEMENTS: NameTable = &[(0, "None"), (1, "Untag"), (2, "Header"), (3, "Reserved")];
const REASONS: Flags = &[
    (0x01, "mirror"),
    (0x02, "MAC learning"),
    (0x04, "switching"),
    (0x08, "prot term"),
    (0x10, "prot snoop"),
    (0x20, "exception"),
];
const PORTS: Flags = &[
    (0x001, "port 0"),
    (0x002, "port 1"),
    (0x004, "port 2"),
    (0x008, "port 3"),
    (0x010, "port 4"),
    (0x020, "port 5"),
    (0x040, "port 6"),
    (0x080, "port 7"),
    (0x100, "port 8"),
];

fn prepended(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(TAG.length)?;
    if cx.options.link_header {
        say(p, out)?;
    }
    p.skip(TAG.length)?;
    cx.link_header_is(TAG.length);
    cx.link_header_goes_on();
    cx.next(Space::Within(LinkType::ETHERNET), p, out).map(drop)
}

fn say(mut p: Cursor, out: &mut Out) -> Dissect {
    let [opcode, second, third, fourth] = p.array()?;
    out.say("BRCM tag OP: ").say(if opcode != 0 { "IG" } else { "EG" }).note("opcode", opcode >> 5);
    if opcode & 0x20 != 0 {
        out.say(", TC: ").num("traffic_class", opcode >> 2 & 7);
        out.say(", TE: ").name("tag_enforcement", opcode & 3, ENFORCEMENTS, "unknown");
        out.say(", TS: ").num("timestamped", second >> 7);
        let ports = u16::from_be_bytes([third, fourth]) & 0x1ff;
        out.say(", DST map: [").flags("ports", ports, PORTS, "none").say("]");
    } else {
        out.say(", CID: ").num("client", second);
        out.say(", RC: [").flags("reason", third, REASONS, "reserved").say("]");
        out.say(", TC: ").num("traffic_class", fourth >> 5).say(", port: ").num("port", fourth & 0x1f);
    }
    out.say(", ");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MACS: &str = "020000000001 020000000002";
    const SAID: &str = "02:00:00:00:00:02 > 02:00:00:00:00:01, ";
    const CUT: &str = "IP  [length 1 < 20] (invalid)";

    #[test]
    fn behind_the_addresses() {
        let frame = format!("{MACS} 2e00 0082 0800 40");
        let said = "BRCM tag OP: IG, TC: 3, TE: Header, TS: 0, DST map: [port 1, port 7], ";
        check(&BRCM_TAG, &frame, "", &format!("{said}{CUT}"));
        let rest = "ethertype IPv4 (0x0800), length 19:  [length 1 < 20] (invalid)";
        check(&BRCM_TAG, &frame, "-ev", &format!("{SAID}{said}{rest}"));
        check(&BRCM_TAG, &format!("{MACS} 2c00"), "", " [|brcm-tag]");
    }

    #[test]
    fn before_the_frame() {
        let frame = format!("0001 2025 {MACS} 0800 40");
        check(&BRCM_TAG_PREPEND, &frame, "", CUT);
        let said = "BRCM tag OP: EG, CID: 1, RC: [exception], TC: 1, port: 5, ";
        let rest = "ethertype IPv4 (0x0800), length 15:  [length 1 < 20] (invalid)";
        check(&BRCM_TAG_PREPEND, &frame, "-e", &format!("{said}{SAID}{rest}"));
        check(&BRCM_TAG_PREPEND, "0001", "", " [|brcm-tag-prepend]");
        assert_eq!(
            values(&BRCM_TAG_PREPEND, &format!("0001 2025 {MACS} 1234")),
            r#"{"brcm-tag-prepend":{"opcode":0,"client":1,"reason":32,"traffic_class":1,"port":5,"ether":{"dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","type":4660}}}"#
        );
    }
}
