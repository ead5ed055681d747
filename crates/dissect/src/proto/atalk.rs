//! AppleTalk: LLAP, DDP, and AARP (source: Sidhu, Andrews and Oppenheimer, "Inside AppleTalk", 2nd edition; over UDP: KIP).
//!
//! ```text
//! LLAP:         | destination node | source node | type |
//! DDP, short:   | length (2) | destination socket | source socket | type |
//! DDP, long:    | hops, length (2) | checksum (2) | destination network (2) | source network (2) |
//!               | destination node | source node | destination socket | source socket | type |
//! AARP:         | hardware (2) | protocol (2) | lengths | operation (2) | source: hardware (6), 0, network, node | target |
//! ```

mod atp;
mod nbp;

use crate::parts::ethertypes;
use crate::prelude::*;

/// AppleTalk on LocalTalk.
pub static LTALK: Protocol = Protocol { name: "llap", dissect: llap };
/// AppleTalk in UDP.
pub static KIP: Protocol = Protocol { name: "llap", dissect: kip };
/// AppleTalk in a frame that an ethertype announces.
pub static ETHERTALK: Protocol = Protocol { name: "atalk", dissect: ethertalk };
/// AppleTalk in others.
pub static ATALK: Protocol = Protocol { name: "atalk", dissect: atalk };
/// AppleTalk's address resolution.
pub static AARP: Protocol = Protocol { name: "aarp", dissect: aarp };

const LLAP: usize = 3;
const SHORT: usize = 5;
const LONG: usize = 13;
const LLAP_SHORT: u8 = 1;
const LLAP_LONG: u8 = 2;

const NBP: u8 = 2;
const ATP: u8 = 3;
const EIGRP: u8 = 88;
const TYPES: NameTable = &[(1, "rtmp"), (4, "echo"), (5, "rtmpReq"), (22, "IP"), (23, "ARP"), (0x4b, "KLAP")];
const SOCKETS: NameTable = &[(1, "rtmp"), (2, "nis"), (4, "echo"), (6, "zip")];
/// The node number that means all of them.
const EVERYBODY: u8 = 255;

const AARP_LENGTH: usize = 28;

/// Where a datagram is from, or goes to.
#[derive(Clone, Copy)]
struct Address {
    network: u16,
    node: u8,
    socket: u8,
}

/// Whether a datagram of UDP begins with the header of a long DDP packet.
pub(super) fn in_datagram(payload: &[u8]) -> bool {
    payload.get(2) == Some(&LLAP_LONG)
}

fn kip(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(if cx.verbose() > 0 { "kip " } else { "" });
    llap(cx, p, out)
}

fn llap(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let frame = p;
    if p.claimed() < LLAP {
        return Err(out.lie("LLAP length", p.claimed(), "<", LLAP));
    }
    p.pass(LLAP);
    let kind = frame.at(2).u8()?;
    out.note("llap_type", kind);
    match kind {
        LLAP_SHORT => {
            cx.speaking = "sddp";
            if p.claimed() < SHORT {
                return Err(out.lie("SDDP length", p.claimed(), "<", SHORT));
            }
            let address = |node: usize, socket: usize| -> Dissect<Address> {
                Ok(Address { network: 0, node: frame.at(node).u8()?, socket: p.at(socket).u8()? })
            };
            let source = address(1, 3)?;
            endpoint(cx, "src", source, out)?;
            let target = address(0, 2)?;
            endpoint(cx, "dst", target, out.say(" > "))?;
            out.say(":");
            let kind = p.at(4).u8()?;
            cx.link_header_is(LLAP + SHORT);
            ddp(cx, kind, source, p.at(SHORT), out)
        }
        LLAP_LONG => {
            cx.speaking = "ddp";
            if p.claimed() < LONG {
                return Err(out.lie("DDP length", p.claimed(), "<", LONG));
            }
            cx.link_header_is(LLAP + LONG);
            long(cx, ":", p, out)
        }
        _ => {
            let (dst, src) = (frame.at(0).u8()?, frame.at(1).u8()?);
            out.num("src", src).say(" > ").num("dst", dst).say(" at-lap#").aloud(|out| _ = out.num("", kind));
            out.say(" ").num("length", p.claimed());
            cx.link_header_is(LLAP);
            Ok(())
        }
    }
}

fn ethertalk(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(if cx.verbose() > 0 { "et1 " } else { "" });
    atalk(cx, p, out)
}

fn atalk(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say(if cx.options.link_header { "" } else { "AT " });
    if p.claimed() < LONG {
        return Err(out.lie("length", p.claimed(), "<", LONG));
    }
    long(cx, ": ", p, out)
}

/// A DDP packet with the long header.
fn long(cx: &mut Cx, behind: &str, p: Cursor, out: &mut Out) -> Dissect {
    let address = |network: usize, node: usize, socket: usize| -> Dissect<Address> {
        Ok(Address { network: p.at(network).be16()?, node: p.at(node).u8()?, socket: p.at(socket).u8()? })
    };
    let source = address(6, 9, 11)?;
    endpoint(cx, "src", source, out)?;
    let target = address(4, 8, 10)?;
    endpoint(cx, "dst", target, out.say(" > "))?;
    out.say(behind);
    let kind = p.at(12).u8()?;
    ddp(cx, kind, source, p.at(LONG), out)
}

fn endpoint(cx: &Cx, key: &str, address: Address, out: &mut Out) -> Dissect {
    out.phrase(key, |out| {
        host(address.network, address.node, out);
        // In a phrase even the structured ear hears words, but no names are wanted there.
        let names = if cx.options.numeric || out.hears_values() { &[] } else { SOCKETS };
        out.say(".").name("", address.socket, names, "%u");
        Ok(())
    })
}

fn host(network: u16, node: u8, out: &mut Out) {
    out.num("", network);
    if node != EVERYBODY {
        out.say(".").num("", node);
    }
}

/// What a DDP packet holds.
fn ddp(cx: &mut Cx, kind: u8, source: Address, p: Cursor, out: &mut Out) -> Dissect {
    out.note("type", kind);
    match kind {
        NBP => nbp::say(cx, source, p, out),
        ATP => {
            cx.speaking = "atp";
            atp::say(p, out)
        }
        EIGRP => cx.next(Space::IpProto(EIGRP), p, out).map(drop),
        _ => {
            out.say(" at-").aloud(|out| _ = out.name("", kind, TYPES, "#%u"));
            out.say(" ").num("length", p.claimed());
            Ok(())
        }
    }
}

fn aarp(_cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("aarp ");
    let length = p.claimed();
    if length < AARP_LENGTH {
        return Err(out.lie("length", length, "<", AARP_LENGTH));
    }
    p.need(AARP_LENGTH)?;
    let (hardware, protocol) = (p.be16()?, p.be16()?);
    let [hardware_length, protocol_length] = p.array()?;
    let operation = p.be16()?;
    out.note("operation", operation);
    let known =
        hardware == 1 && protocol == ethertypes::APPLETALK && (hardware_length, protocol_length) == (6, 4);
    if !known || !matches!(operation, 1..=3) {
        out.say("len ").num("length", length).say(" op ").aloud(|out| _ = out.num("", operation));
        out.say(" htype ").num("hardware", hardware).say(" ptype ");
        out.say(if protocol == 0 { "" } else { "0x" }).hex("protocol", protocol);
        out.say(" halen ").num("hardware_length", hardware_length);
        out.say(" palen ").num("protocol_length", protocol_length);
        return Ok(());
    }
    let (source_hardware, source, target_hardware, target) = (p.array()?, p.array()?, p.array()?, p.array()?);
    if operation == 2 {
        out.say("reply ");
        protocol_address("source", source, out)?;
        out.say(" is-at ").mac("source_hardware", source_hardware);
        out.aside(|out| _ = out.mac("target_hardware", target_hardware));
        return Ok(());
    }
    out.say(if operation == 1 { "who-has " } else { "probe " });
    protocol_address("target", target, out)?;
    out.say(" tell ");
    protocol_address("source", source, out)?;
    out.aside(|out| _ = out.mac("source_hardware", source_hardware));
    Ok(())
}

fn protocol_address(key: &str, [_, high, low, node]: [u8; 4], out: &mut Out) -> Dissect {
    out.phrase(key, |out| {
        host(u16::from_be_bytes([high, low]), node, out);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn packets_on_ethernet() {
        let hex = "0014 0000 0002 0001 04 03 04 05 16 0102";
        check(&ATALK, hex, "", "AT 1.3.5 > 2.4.4:  at-IP 2");
        check(&ATALK, hex, "-e", "1.3.5 > 2.4.4:  at-IP 2");
        check(&ATALK, "000d 0000 0000 0001 ff 03 04 05 63", "", "AT 1.3.5 > 0.4:  at-#99 0");
        check(&ETHERTALK, hex, "-v", "et1 AT 1.3.5 > 2.4.4:  at-IP 2");
        check(&ATALK, "000d 0000", "", "AT  [length 4 < 13] (invalid)");
        assert_eq!(values(&ATALK, hex), r#"{"atalk":{"src":"1.3.5","dst":"2.4.4","type":22,"length":2}}"#);
    }

    #[test]
    fn frames_of_localtalk() {
        check(&LTALK, "02 01 01 0006 04 05 04 00", "", "0.1.5 > 0.2.4: at-echo 1");
        check(&LTALK, "02 01 02 000d 0000 0002 0001 04 03 04 05 01", "", "1.3.5 > 2.4.4: at-rtmp 0");
        check(&LTALK, "02 01 81 00", "", "1 > 2 at-lap#129 1");
        check(&LTALK, "02 01", "", " [LLAP length 2 < 3] (invalid)");
        check(&LTALK, "02 01 01 0006", "", " [SDDP length 2 < 5] (invalid)");
        check(&LTALK, "02 01 02 0006", "", " [DDP length 2 < 13] (invalid)");
        check(&KIP, "02 01 02 000d 0000 0002 0001 04 03 04 05 01", "-v", "kip 1.3.5 > 2.4.4: at-rtmp 0");
        assert!(in_datagram(&[0, 0, 2]) && !in_datagram(&[0, 0, 1]));
    }

    #[test]
    fn address_resolution() {
        let packet = |operation: u8| {
            format!("0001 809b 06 04 000{operation} 020000000001 00000103 000000000000 00000104")
        };
        check(&AARP, &packet(1), "", "aarp who-has 1.4 tell 1.3");
        check(&AARP, &packet(2), "", "aarp reply 1.3 is-at 02:00:00:00:00:01");
        check(&AARP, &packet(3), "", "aarp probe 1.4 tell 1.3");
        check(&AARP, &packet(4), "", "aarp len 28 op 4 htype 1 ptype 0x809b halen 6 palen 4");
        check(&AARP, "0001", "", "aarp  [length 2 < 28] (invalid)");
        assert_eq!(
            values(&AARP, &packet(1)),
            r#"{"aarp":{"operation":1,"target":"1.4","source":"1.3","source_hardware":"02:00:00:00:00:01"}}"#
        );
    }
}
