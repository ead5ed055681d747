//! What Broadcom's switches send of intercepted traffic, over UDP (source: tcpdump's own captures).
//!
//! ```text
//! | direction (3) | 0 | type of the packet (4) | its tags (3) | identifier (22) | packet ..
//! ```

use crate::prelude::*;

/// Broadcom's lawful interception.
pub static BCM_LI: Protocol = Protocol { name: "bcm_li", dissect };

const SHIM: usize = 4;
const DIRECTIONS: NameTable = &[(1, "unused"), (2, "egress"), (3, "ingress")];
const UNDECIDED: u32 = 4;
const IPV4: u32 = 5;
const IPV6: u32 = 6;
const ETHERNET: u32 = 7;
const TYPES: NameTable = &[(UNDECIDED, "undecided"), (IPV4, "ipv4"), (IPV6, "ipv6"), (ETHERNET, "ethernet")];
const SUBTYPES: NameTable = &[(1, "single VLAN tag"), (2, "double VLAN tag"), (3, "untagged")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < SHIM {
        write!(out, " (length {} < {SHIM})", p.claimed());
        return Err(Stop::Invalid);
    }
    let shim = p.be32()?;
    let kind = shim >> 25 & 0xf;
    let line = if cx.verbose() > 0 { "\n    " } else { "" };
    out.say(line).say("BCM-LI-SHIM: direction ").name("direction", shim >> 29, DIRECTIONS, "unknown");
    out.say(", pkt-type ").name("type", kind, TYPES, "unknown");
    out.say(", pkt-subtype ").name("subtype", shim >> 22 & 7, SUBTYPES, "unknown");
    out.say(", li-id ").num("id", shim & 0x003f_ffff).say(line);
    if cx.verbose() == 0 {
        return p.need(p.claimed());
    }
    let space = match kind {
        ETHERNET => Space::EtherType(crate::parts::ethertypes::BRIDGED_ETHERNET),
        IPV4 => Space::EtherType(0x0800),
        IPV6 => Space::EtherType(0x86dd),
        UNDECIDED => match p.peek()? >> 4 {
            4 => Space::EtherType(0x0800),
            6 => Space::EtherType(0x86dd),
            _ => {
                out.say("unknown payload");
                return Ok(());
            }
        },
        _ => return Err(Stop::Invalid),
    };
    cx.next(space, p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets() {
        let said = "BCM-LI-SHIM: direction ingress, pkt-type undecided, pkt-subtype double VLAN tag, li-id 7";
        check(&BCM_LI, "68800007 40", "", said);
        check(&BCM_LI, "68800007 40", "-v", &format!("\n    {said}\n    IP  [length 1 < 20] (invalid)"));
        check(&BCM_LI, "68800007 20", "-ve", &format!("\n    {said}\n    unknown payload"));
        let other = "\n    BCM-LI-SHIM: direction egress, pkt-type unknown, pkt-subtype untagged, li-id 7\n     (invalid)";
        check(&BCM_LI, "52c00007 40", "-v", other);
        check(&BCM_LI, "688000", "", " (length 3 < 4) (invalid)");
        assert_eq!(
            values(&BCM_LI, "68800007 20"),
            r#"{"bcm_li":{"direction":3,"type":4,"subtype":2,"id":7}}"#
        );
    }
}
