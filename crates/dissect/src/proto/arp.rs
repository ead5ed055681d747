//! ARP, the Address Resolution Protocol (RFC 826), with its reverse (RFC 903), its inverse (RFC 2390) and
//! ATM's own (RFC 2225).
//!
//! ```text
//! |    hardware type    |    protocol type    |
//! | hw len   | prot len |      operation      |
//! | sender's hardware, protocol address | target's hardware, protocol address
//! ```
//! ATM's hardware addresses are a number and a subaddress, and every address has a length of its own.

use crate::parts::ethertypes;
use crate::prelude::*;
use gannet_wire::numbers::ethertype;

/// ARP.
pub static ARP: Protocol = Protocol { name: "arp", dissect };

const FRAME_RELAY: u16 = 15;
const ATM: u16 = 19;
const HARDWARE: NameTable = &[
    (1, "Ethernet"),
    (6, "TokenRing"),
    (7, "ArcNet"),
    (15, "FrameRelay"),
    (19, "ATM"),
    (23, "Strip"),
    (24, "IEEE 1394"),
    (32, "InfiniBand"),
];

const REQUEST: u16 = 1;
const REPLY: u16 = 2;
const REVERSE_REQUEST: u16 = 3;
const REVERSE_REPLY: u16 = 4;
const INVERSE_REQUEST: u16 = 8;
const INVERSE_REPLY: u16 = 9;
const NAK: u16 = 10;
const OPERATIONS: NameTable = &[
    (1, "Request"),
    (2, "Reply"),
    (3, "Reverse Request"),
    (4, "Reverse Reply"),
    (8, "Inverse Request"),
    (9, "Inverse Reply"),
    (10, "NACK Reply"),
];

/// Trailer encapsulation (RFC 893): its ARP asks for IPv4 addresses too.
const TRAILERS: u16 = 0x1000;
/// What of an ATM length byte is a length; the rest says how the number is written.
const ATM_LENGTH: u8 = 0x3f;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let message = Message::read(p)?;
    out.aside(|out| message.values(out));
    if !cx.options.link_header {
        out.say("ARP, ");
    }
    let talkative = cx.verbose() > 0;
    if !message.is_plain() || talkative {
        out.aloud(|out| message.say_formats(out));
    }
    if message.is_plain() || talkative {
        out.say(if talkative { ", " } else { "" });
        out.aloud(|out| {
            out.name("", message.operation, OPERATIONS, "Unknown (%u)").say(" ");
        });
        let known = if message.hardware == ATM { message.say_atm(out) } else { message.say_it(out) };
        if !known {
            // Even to those who do not want what is unknown dumped.
            out.dump("data", p.rest());
            return Ok(());
        }
    }
    out.say(", length ").num("length", p.claimed());
    Ok(())
}

struct Message<'p> {
    hardware: u16,
    protocol: u16,
    operation: u16,
    sender: Party<'p>,
    target: Party<'p>,
}

/// One of the two whom a message is about.
struct Party<'p> {
    hardware: &'p [u8],
    /// ATM: the subaddress.
    sub: &'p [u8],
    protocol: &'p [u8],
}

impl<'p> Message<'p> {
    fn read(mut p: Cursor<'p>) -> Dissect<Self> {
        let (hardware, protocol, [a, b], operation) = (p.be16()?, p.be16()?, p.array()?, p.be16()?);
        let lengths = if hardware == ATM {
            let [sender_protocol, number, sub, target_protocol] = p.array()?;
            let length = |n| n & ATM_LENGTH;
            [[length(a), length(b), sender_protocol], [length(number), length(sub), target_protocol]]
        } else {
            [[a, 0, b]; 2]
        };
        p.need(lengths.iter().flatten().map(|n| usize::from(*n)).sum())?;
        let mut party = |[hardware, sub, protocol]: [u8; 3]| -> Dissect<Party<'p>> {
            Ok(Party {
                hardware: p.take(hardware.into())?,
                sub: p.take(sub.into())?,
                protocol: p.take(protocol.into())?,
            })
        };
        let [sender, target] = lengths;
        Ok(Message { hardware, protocol, operation, sender: party(sender)?, target: party(target)? })
    }

    /// IPv4 addresses are sought: the only kind that is explained to those who do not ask for more.
    fn is_plain(&self) -> bool {
        let resolvable = self.hardware == ATM || !self.sender.hardware.is_empty();
        self.is_ip() && self.sender.protocol.len() == 4 && self.target.protocol.len() == 4 && resolvable
    }

    fn is_ip(&self) -> bool {
        matches!(self.protocol, ethertype::IP | TRAILERS)
    }

    fn values(&self, out: &mut Out) {
        out.name("hardware", self.hardware, HARDWARE, "").name(
            "protocol",
            self.protocol,
            ethertypes::NAMES,
            "",
        );
        out.name("operation", self.operation, OPERATIONS, "");
        let parties = [
            (&self.sender, "sender_hardware", "sender_subaddress", "sender_protocol"),
            (&self.target, "target_hardware", "target_subaddress", "target_protocol"),
        ];
        for (party, hardware, sub, protocol) in parties {
            out.octets(hardware, party.hardware, b':');
            if self.hardware == ATM {
                out.octets(sub, party.sub, b':');
            }
            match <[u8; 4]>::try_from(party.protocol) {
                Ok(addr) if self.is_ip() => out.ip4(protocol, addr),
                _ => out.octets(protocol, party.protocol, b':'),
            };
        }
    }

    fn say_formats(&self, out: &mut Out) {
        let (sender, target) = (&self.sender, &self.target);
        out.name("", self.hardware, HARDWARE, "Unknown Hardware (%u)");
        if self.hardware != ATM {
            out.say(" (len ").num("", sender.hardware.len()).say(")");
        }
        out.say(", ").name("", self.protocol, ethertypes::NAMES, "Unknown Protocol (0x%04x)");
        out.say(" (len ").num("", sender.protocol.len());
        if self.hardware == ATM {
            out.say("/").num("", target.protocol.len());
        }
        out.say(")");
    }

    /// Says what the operation is about; `false` if it is none that is known.
    fn say_it(&self, out: &mut Out) -> bool {
        let (sender, target) = (&self.sender, &self.target);
        out.aloud(|out| match self.operation {
            REQUEST => {
                self.say_ip(out.say("who-has "), target, "<wrong len>");
                if target.hardware.iter().any(|b| *b != 0) {
                    self.say_hardware(out.say(" ("), target);
                    out.say(")");
                }
                self.say_ip(out.say(" tell "), sender, "<wrong len>");
            }
            REPLY => {
                self.say_ip(out, sender, "<wrong len>");
                self.say_hardware(out.say(" is-at "), sender);
            }
            REVERSE_REQUEST | INVERSE_REQUEST => {
                self.say_hardware(out.say("who-is "), target);
                self.say_hardware(out.say(" tell "), sender);
            }
            REVERSE_REPLY => {
                self.say_hardware(out, target);
                self.say_ip(out.say(" at "), target, "<wrong len>");
            }
            INVERSE_REPLY => {
                self.say_hardware(out, sender);
                self.say_ip(out.say(" at "), sender, "<wrong len>");
            }
            _ => {}
        });
        matches!(self.operation, REQUEST..=REVERSE_REPLY | INVERSE_REQUEST | INVERSE_REPLY)
    }

    /// As [`Message::say_it`], of ATM, which knows no reverse.
    fn say_atm(&self, out: &mut Out) -> bool {
        let (sender, target) = (&self.sender, &self.target);
        out.aloud(|out| match self.operation {
            REQUEST => {
                self.say_ip(out.say("who-has "), target, "<wrong tplen>");
                if !target.hardware.is_empty() {
                    say_number(out.say(" ("), target);
                    out.say(")");
                }
                self.say_ip(out.say(" tell "), sender, "<wrong splen>");
            }
            REPLY => {
                self.say_ip(out, sender, "<wrong splen>");
                say_number(out.say(" is-at "), sender);
            }
            INVERSE_REQUEST => {
                say_number(out.say("who-is "), target);
                say_number(out.say(" tell "), sender);
            }
            INVERSE_REPLY => {
                say_number(out, sender);
                self.say_ip(out.say("at "), sender, "<wrong splen>");
            }
            NAK => self.say_ip(out.say("for "), sender, "<wrong splen>"),
            _ => {}
        });
        matches!(self.operation, REQUEST | REPLY | INVERSE_REQUEST..=NAK)
    }

    fn say_ip(&self, out: &mut Out, party: &Party, wrong_length: &str) {
        match <[u8; 4]>::try_from(party.protocol) {
            _ if !self.is_ip() => out.say("<wrong proto type>"),
            Ok(addr) => out.ip4("", addr),
            Err(_) => out.say(wrong_length),
        };
    }

    fn say_hardware(&self, out: &mut Out, party: &Party) {
        if party.hardware.is_empty() {
            out.say("<empty>");
        } else if self.hardware == FRAME_RELAY {
            match dlci(party.hardware) {
                Ok(dlci) => out.say("DLCI ").num("", dlci),
                Err(Stop::Invalid) => out.say("<Invalid DLCI>"),
                Err(Stop::Truncated) => out.say("<Truncated>"),
            };
        } else {
            match party.hardware.try_into() {
                Ok(addr) => out.mac("", addr),
                Err(_) => out.octets("", party.hardware, b':'),
            };
        }
    }
}

fn say_number(out: &mut Out, party: &Party) {
    if party.hardware.is_empty() {
        out.say("<No address>");
        return;
    }
    out.octets("", party.hardware, b':');
    if !party.sub.is_empty() {
        out.say(",").octets("", party.sub, b':');
    }
}

/// The number in a Frame Relay address of two to four bytes (ITU-T Q.922): the last bit of each byte says
/// whether it is the last one.
fn dlci(addr: &[u8]) -> Dissect<u32> {
    let mut p = Cursor::new(addr, addr.len());
    let mut next = || p.u8().map(|b| (u32::from(b), b & 1 == 1));
    let (first, false) = next()? else { return Err(Stop::Invalid) };
    let (second, last) = next()?;
    let two = (first & 0xfc) << 2 | second >> 4;
    if last {
        return Ok(two);
    }
    let (third, last) = next()?;
    if last {
        return Ok(two << 6 | third >> 2);
    }
    let (fourth, true) = next()? else { return Err(Stop::Invalid) };
    Ok((two << 7 | third >> 1) << 6 | fourth >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const WHO_HAS: &str = "0001 0800 06 04 0001  020000000001 0a000001  000000000000 0a000002";

    #[test]
    fn a_request() {
        check(&ARP, WHO_HAS, "", "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
        check(
            &ARP,
            WHO_HAS,
            "-ev",
            "Ethernet (len 6), IPv4 (len 4), Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
        );
        assert_eq!(
            values(&ARP, WHO_HAS),
            r#"{"arp":{"hardware":1,"protocol":2048,"operation":1,"sender_hardware":"02:00:00:00:00:01","sender_protocol":"10.0.0.1","target_hardware":"00:00:00:00:00:00","target_protocol":"10.0.0.2","length":28}}"#
        );
    }

    #[test]
    fn a_request_that_believes_it_knows() {
        let hex = WHO_HAS.replace("000000000000", "02000000ffff");
        check(&ARP, &hex, "", "ARP, Request who-has 10.0.0.2 (02:00:00:00:ff:ff) tell 10.0.0.1, length 28");
    }

    #[test]
    fn answers_and_reverses() {
        for (operation, words) in [
            ("0002", "ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28"),
            ("0003", "ARP, Reverse Request who-is 00:00:00:00:00:00 tell 02:00:00:00:00:01, length 28"),
            ("0004", "ARP, Reverse Reply 00:00:00:00:00:00 at 10.0.0.2, length 28"),
            ("0008", "ARP, Inverse Request who-is 00:00:00:00:00:00 tell 02:00:00:00:00:01, length 28"),
            ("0009", "ARP, Inverse Reply 02:00:00:00:00:01 at 10.0.0.1, length 28"),
        ] {
            check(&ARP, &WHO_HAS.replacen("0001  02", &format!("{operation}  02"), 1), "", words);
        }
    }

    #[test]
    fn an_unknown_operation_is_dumped() {
        let hex = "0001 0800 01 04 0007 02 0a000001 00 0a000002";
        let dump = "\n\t0x0000:  0001 0800 0104 0007 020a 0000 0100 0a00  ................\
                    \n\t0x0010:  0002                                     ..";
        check(&ARP, hex, "", &format!("ARP, Unknown (7) {dump}"));
        check(&ARP, hex, "-q", &format!("ARP, Unknown (7) {dump}"));
    }

    #[test]
    fn addresses_of_other_kinds() {
        let odd = "0025 0000 02 04 0001  0001 0a000001  0000 0a000002";
        check(
            &ARP,
            odd,
            "",
            "ARP, Unknown Hardware (37) (len 2), Unknown Protocol (0x0000) (len 4), length 20",
        );
        check(
            &ARP,
            odd,
            "-v",
            "ARP, Unknown Hardware (37) (len 2), Unknown Protocol (0x0000) (len 4), \
             Request who-has <wrong proto type> tell <wrong proto type>, length 20",
        );
        let short = "0001 0800 02 02 0002  0001 0a01  0000 0a02";
        check(
            &ARP,
            short,
            "-v",
            "ARP, Ethernet (len 2), IPv4 (len 2), Reply <wrong len> is-at 00:01, length 16",
        );
        let empty = "0001 0800 00 04 0002  0a000001  0a000002";
        check(
            &ARP,
            empty,
            "-v",
            "ARP, Ethernet (len 0), IPv4 (len 4), Reply 10.0.0.1 is-at <empty>, length 16",
        );
    }

    #[test]
    fn frame_relay() {
        let hex = "000f 0800 02 04 0009  0461 0a000001  0000 0a000002";
        check(&ARP, hex, "", "ARP, Inverse Reply DLCI 22 at 10.0.0.1, length 20");
        assert_eq!(dlci(&[0x04, 0x60, 0x05]), Ok(22 << 6 | 1));
        assert_eq!(dlci(&[0x04, 0x60, 0x02, 0x05]), Ok((22 << 7 | 1) << 6 | 1));
        assert_eq!(dlci(&[0x05, 0x61]), Err(Stop::Invalid));
        assert_eq!(dlci(&[0x04, 0x60]), Err(Stop::Truncated));
    }

    #[test]
    fn atm() {
        let hex = "0013 0800 02 01 0001 04 00 00 04  4700 99  0a000001  0a000002";
        check(&ARP, hex, "", "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 23");
        check(&ARP, hex, "-v", "ARP, ATM, IPv4 (len 4/4), Request who-has 10.0.0.2 tell 10.0.0.1, length 23");
        check(&ARP, &hex.replace("0001 04", "0002 04"), "", "ARP, Reply 10.0.0.1 is-at 47:00,99, length 23");
        check(&ARP, &hex.replace("0001 04", "000a 04"), "", "ARP, NACK Reply for 10.0.0.1, length 23");
        check(
            &ARP,
            &hex.replace("0001 04", "0008 04"),
            "",
            "ARP, Inverse Request who-is <No address> tell 47:00,99, length 23",
        );
    }

    #[test]
    fn lengths_beyond_the_packet() {
        check(&ARP, "0001 0800 20 04 0001  020000000001 0a000001", "", " [|arp]");
        check(&ARP, "0001 0800 06", "", " [|arp]");
    }
}
