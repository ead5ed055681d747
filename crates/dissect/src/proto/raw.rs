//! Packets without a link-level header: LINKTYPE_RAW, LINKTYPE_IPV4 and LINKTYPE_IPV6 (the LINKTYPE_ registry
//! of the pcap format). Only the first says in the packet which version of IP it is.

use crate::prelude::*;
use gannet_wire::LinkType;

/// A packet of whatever version of IP.
pub static RAW: Protocol = Protocol { name: "raw", dissect };

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let kind = match (cx.packet.link, p.peek()? >> 4) {
        (LinkType::IPV4, _) | (LinkType::RAW, 4) => IPV4,
        (LinkType::IPV6, _) | (LinkType::RAW, 6) => IPV6,
        (_, version) => {
            out.say("IP").num("version", version);
            return Err(Stop::Invalid);
        }
    };
    // There is no link-level header to say which protocol this is.
    if cx.options.link_header {
        out.say(if kind == IPV4 { "IP " } else { "IP6 " });
    }
    cx.next(Space::EtherType(kind), p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;
    use crate::{Options, Packet};

    fn hear(link: LinkType, bytes: &[u8]) -> String {
        let mut buf = Vec::new();
        let mut out = crate::Out::new(crate::Ear::Text, &mut buf, None);
        let packet = Packet { bytes, length: bytes.len() as u32, time: Default::default(), link };
        crate::packet(
            packet,
            Options { numeric: true, ..Default::default() },
            &mut Default::default(),
            &mut out,
        );
        String::from_utf8(buf).unwrap()
    }

    #[test]
    fn only_raw_looks_at_the_version() {
        assert_eq!(hear(LinkType::RAW, b"\x40"), "IP  [length 1 < 20] (invalid)");
        assert_eq!(hear(LinkType::RAW, b"\x60"), "IP6  [length 1 < 40] (invalid)");
        assert_eq!(hear(LinkType::RAW, b"\x30"), "IP3 (invalid)");
        assert_eq!(hear(LinkType::IPV4, b"\x60"), "IP  [length 1 < 20] (invalid)");
        assert_eq!(hear(LinkType::IPV6, b"\x40"), "IP6  [length 1 < 40] (invalid)");
    }

    #[test]
    fn nothing_at_all() {
        check(&RAW, "", "", " [|raw]");
    }
}
