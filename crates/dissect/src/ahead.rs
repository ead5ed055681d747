//! What a packet leaves behind, when nobody wants to hear of it: at a fraction of a deaf pass where headers tell it.
//!
//! Most packets are TCP or UDP, in plain IP in Ethernet. Of those a connection is remembered, or nothing. Whatever is
//! out of the ordinary (an option of IPv4, an extension header, a fragment, a cut, a payload that somebody may
//! remember) is left to the deaf pass.
//!
//! # Contract
//! [`skip`] leaves the same memory behind as [`packet`](crate::packet) does for any ear, under the same options.

use crate::cx::{Options, Packet, Space};
use crate::engine::explain;
use crate::memory::Memory;
use crate::memory::tcp::{self, Numbers};
use crate::out::{Ear, Out};
use crate::proto::{find, is_forgetful};
use gannet_wire::numbers::{ethertype, ip_proto};
use gannet_wire::{Cursor, LinkType};
use std::net::IpAddr;

/// Two addresses of Ethernet.
const ADDRESSES: usize = 12;
/// Bytes of headers without options.
const IPV4: usize = 20;
const IPV6: usize = 40;
const UDP: usize = 8;
/// More fragments follow, or the packet is one that is not the first.
const FRAGMENT: u16 = 0x3fff;

/// Lets a packet leave behind what it would have.
pub fn skip(packet: Packet<'_>, options: Options, memory: &mut Memory) {
    if everyday(packet, options, memory).is_none() {
        deaf(packet, options, memory);
    }
}

fn deaf(packet: Packet<'_>, options: Options, memory: &mut Memory) {
    explain(find, packet, options, memory, &mut Out::new(Ear::Deaf, &mut Vec::new(), None));
}

/// The same from headers alone; `None`, and nothing is left behind, if they do not tell.
fn everyday(packet: Packet<'_>, options: Options, memory: &mut Memory) -> Option<()> {
    if packet.link != LinkType::ETHERNET {
        return None;
    }
    let mut p = Cursor::new(packet.bytes, packet.length as usize);
    p.skip(ADDRESSES).ok()?;
    let mut kind = p.be16().ok()?;
    if kind == ethertype::VLAN {
        p.skip(2).ok()?;
        kind = p.be16().ok()?;
    }
    let inside = match kind {
        ethertype::IP => Inside::ipv4(p)?,
        ethertype::IPV6 => Inside::ipv6(p)?,
        _ => return None,
    };
    match inside.protocol {
        ip_proto::TCP => inside.segment(options, memory),
        ip_proto::UDP => inside.datagram(options),
        _ => None,
    }
}

/// What is inside an IP packet all of which was captured.
struct Inside<'p> {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    p: Cursor<'p>,
}

impl<'p> Inside<'p> {
    fn ipv4(packet: Cursor<'p>) -> Option<Self> {
        let mut p = packet;
        let [first, _] = p.array().ok()?;
        let (total, _, fragment) = (usize::from(p.be16().ok()?), p.be16().ok()?, p.be16().ok()?);
        let [_, protocol, _, _] = p.array().ok()?;
        let (src, dst) = (p.array::<4>().ok()?, p.array::<4>().ok()?);
        if first != 0x45 || fragment & FRAGMENT != 0 || total < IPV4 || total > packet.captured() {
            return None;
        }
        Some(Inside { src: src.into(), dst: dst.into(), protocol, p: p.sub(total - IPV4) })
    }

    fn ipv6(packet: Cursor<'p>) -> Option<Self> {
        let mut p = packet;
        let (word, length) = (p.be32().ok()?, usize::from(p.be16().ok()?));
        let [protocol, _] = p.array().ok()?;
        let (src, dst) = (p.array::<16>().ok()?, p.array::<16>().ok()?);
        if word >> 28 != 6 || length == 0 || IPV6 + length > packet.captured() {
            return None;
        }
        Some(Inside { src: src.into(), dst: dst.into(), protocol, p: p.sub(length) })
    }

    fn segment(&self, options: Options, memory: &mut Memory) -> Option<()> {
        let mut p = self.p;
        let (src, dst) = (p.be16().ok()?, p.be16().ok()?);
        let (seq, ack, head) = (p.be32().ok()?, p.be32().ok()?, p.be16().ok()?);
        let header = usize::from(head >> 12) * 4;
        let rest = self.p.rest();
        if header < tcp::HEADER || rest.len() < tcp::HEADER {
            return None;
        }
        let payload = rest.get(header..)?;
        let ignored = payload.is_empty() || options.quiet > 0;
        if !ignored {
            let plain = options.payload.is_none() && head & tcp::RST == 0;
            if !plain || find(Space::Tcp { src, dst }, payload).is_some_and(|who| !is_forgetful(who)) {
                return None;
            }
        }
        let numbers = Numbers { flags: head, seq, ack };
        if !options.absolute_seq {
            tcp::origin(&mut memory.tcp, (self.src, src), (self.dst, dst), numbers);
        }
        Some(())
    }

    fn datagram(&self, options: Options) -> Option<()> {
        let mut p = self.p;
        let (src, dst) = (p.be16().ok()?, p.be16().ok()?);
        let length = usize::from(p.be16().ok()?);
        let payload = self.p.rest().get(UDP..length)?;
        if options.payload.is_some() {
            return None;
        }
        let remembers = |space| find(space, payload).is_some_and(|who| !is_forgetful(who));
        let remembered =
            options.quiet == 0 && (remembers(Space::Rpc { src, dst }) || remembers(Space::Udp { src, dst }));
        (!remembered).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::bytes;
    use gannet_wire::Timestamp;

    /// Numbers without rhyme.
    struct Dice(u64);

    impl Dice {
        fn throw(&mut self, sides: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % sides
        }
    }

    fn frames() -> Vec<Vec<u8>> {
        let ether = "020000000001 020000000002";
        let ip4 =
            |protocol, length| format!("0800 4500 {length} 0001 4000 40{protocol} 0000 0a000001 0a000002");
        let ip6 = |protocol, length| {
            let hosts = "20010db8000000000000000000000001 20010db8000000000000000000000002";
            format!("86dd 60000000 {length} {protocol}40 {hosts}")
        };
        let tcp = |ports, offset| format!("{ports} 00000064 000001f5 {offset}18 ffff 0000 0000");
        let texts = [
            format!("{} {} 6869", ip4("06", "002a"), tcp("c001 0009", "50")),
            format!("{} {} 01010101 6869", ip4("06", "002e"), tcp("c001 0050", "60")),
            format!("8100 0005 {} {}", ip4("06", "0028"), tcp("c001 0801", "50")),
            format!("{} {} 80000028 00000007 00000000", ip4("06", "0034"), tcp("c001 0801", "50")),
            format!("{} {} 0000002c ff534d42 32 00000000 00 0000", ip4("06", "0038"), tcp("c001 01bd", "50")),
            format!("{} {} 474554202f", ip6("06", "0019"), tcp("c001 0050", "50")),
            format!("{} c001 0801 0018 0000 00000007 00000000 00000002 00000000", ip4("11", "002c")),
            format!(
                "{} c001 01f4 0024 0000 1122334455667788 0000000000000000 01100200 00000000 0000001c",
                ip6("11", "0024")
            ),
            format!("{} 01bb c001 001c 0000 c0 00000001 08 1122334455667788 00 00 0000", ip4("11", "0030")),
            format!("{} c001 0035 000c 0000 00000000", ip4("11", "0020")),
            format!(
                "{} 0b00 0000 00000000 4500 0028 0001 0000 0106 0000 0a000002 0a000003 {}",
                ip4("01", "0044"),
                tcp("0400 0050", "50")
            ),
        ];
        texts.iter().map(|text| bytes(&format!("{ether} {text}"))).collect()
    }

    /// Everyday packets with some bytes wrong, and cut, and with bytes behind them.
    #[test]
    fn the_same_is_left_behind_as_by_a_deaf_pass() {
        let frames = frames();
        let mut dice = Dice(1);
        let (mut told, mut total) = (0, 0);
        for (verbose, quiet, absolute_seq) in [(0, 0, false), (2, 0, false), (1, 1, false), (0, 0, true)] {
            let options = Options { verbose, quiet, absolute_seq, numeric: true, ..Options::default() };
            let (mut ahead, mut behind) = (Memory::default(), Memory::default());
            for n in 0..8000 {
                let mut frame = frames[dice.throw(frames.len())].clone();
                for _ in 0..dice.throw(4) {
                    let at = 12 + dice.throw(frame.len() - 12);
                    frame[at] = [0, 1, 0x50, 0x45, 0xff, dice.throw(256) as u8][dice.throw(6)];
                }
                let length = frame.len() as u32 + [0, 0, 0, 9][dice.throw(4)];
                frame.truncate(frame.len() - [0, 0, 0, dice.throw(frame.len())][dice.throw(4)]);
                let time = Timestamp::default();
                let packet = Packet { bytes: &frame, length, time, link: LinkType::ETHERNET };
                let before = ahead.clone();
                match everyday(packet, options, &mut ahead) {
                    Some(()) => told += 1,
                    None => {
                        assert!(ahead == before);
                        deaf(packet, options, &mut ahead);
                    }
                }
                total += 1;
                deaf(packet, options, &mut behind);
                assert!(ahead == behind, "{n}: {frame:02x?} of {length} under {options:?}");
            }
            assert!(absolute_seq || ahead != Memory::default());
        }
        assert!(told > total / 4 && told < total, "{told} of {total}");
    }
}
