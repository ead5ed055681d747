//! VXLAN, Virtual eXtensible Local Area Network (RFC 7348).
//!
//! ```text
//! |R|R|R|R|I|R|R|R|            reserved                           |
//! |      VXLAN network identifier (VNI)           |   reserved    |
//! | Ethernet frame ..
//! ```

use crate::prelude::*;

/// VXLAN.
pub static VXLAN: Protocol = Protocol { name: "vxlan", dissect };

const HEADER: usize = 8;
const VNI_VALID: u8 = 0x08;
const TRANSPARENT_ETHERNET: u16 = 0x6558;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("VXLAN");
    if p.claimed() < HEADER {
        return Err(Stop::Invalid);
    }
    let flags = p.u8()?;
    out.say(", flags [").say(if flags & VNI_VALID != 0 { "I" } else { "." });
    out.say("] (0x").hex0("flags", flags, 2).say("), ");
    p.skip(3)?;
    let vni = p.be24()?;
    p.skip(1)?;
    out.say("vni ").num("vni", vni).say("\n");
    cx.next(Space::EtherType(TRANSPARENT_ETHERNET), p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ARP: &str = "020000000001 020000000002 0806 0001 0800 06 04 0001 \
                       020000000002 0a000001 000000000000 0a000002";

    #[test]
    fn a_frame_in_a_segment() {
        let packet = format!("08 000000 000064 00 {ARP}");
        let said = "VXLAN, flags [I] (0x08), vni 100\nARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28";
        check(&VXLAN, &packet, "", said);
        check(
            &VXLAN,
            &packet,
            "-v",
            "VXLAN, flags [I] (0x08), vni 100\nARP, Ethernet (len 6), IPv4 (len 4), \
             Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
        );
        check(
            &VXLAN,
            &packet,
            "-e",
            "VXLAN, flags [I] (0x08), vni 100\n02:00:00:00:00:02 > 02:00:00:00:00:01, \
             ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
        );
    }

    #[test]
    fn no_frame() {
        check(&VXLAN, "00 000000 000007 00", "", "VXLAN, flags [.] (0x00), vni 7\n [|ether]");
        check(&VXLAN, "08 0000", "", "VXLAN (invalid)");
    }

    #[test]
    fn values_of_a_segment() {
        let said = values(&VXLAN, &format!("08 000000 000064 00 {ARP}"));
        assert!(said.starts_with(r#"{"vxlan":{"flags":8,"vni":100,"ether":{"dst":"#), "{said}");
    }
}
