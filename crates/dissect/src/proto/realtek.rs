<<<<<<< HEAD
//! Realtek's protocols: remote control (RRCP), echo (REP), loop detection (RLDP), and tags of switches (source:
//! Realtek's data sheets of the RTL8306, RTL8324 and RTL8326).
//!
//! ```text
//! | protocol | RRCP: | reply, operation | key (2) |
//!   get, set: | register (2) | data (4) | cookie (8) |
//!   hello:    | port down | port up | address up (6) | chip (2) | vendor (4) |
//! ```
=======
//! What switches of Realtek send to each other and to their hosts (source: Realtek, "RTL8326 Datasheet", sections 7.22
//! to 7.24, and "RTL8306SD Datasheet", section 8.10).
//!
//! ```text
//! | protocol | ..
//! remote control: | 1 | R operation (7) | key (2) | register (2) | data (4) | cookie (4 + 4)
//! hello's reply:  | 1 | 0x80 | key (2) | downlink, uplink port | uplink address (6) | chip (2) | vendor (4)
//! ```
//! Registers and their data begin with the least significant byte.
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)

use crate::prelude::*;

/// Realtek's protocols.
pub static REALTEK: Protocol = Protocol { name: "rtl", dissect };
<<<<<<< HEAD

const RRCP: u8 = 0x01;
const REPLY: u8 = 0x80;
const HELLO: u8 = 0;
const GET: u8 = 1;
const SET: u8 = 2;
const OPERATIONS: NameTable = &[(HELLO as u32, "hello"), (GET as u32, "get"), (SET as u32, "set")];
=======
/// Remote control of switches.
static REMOTE_CONTROL: Protocol = Protocol { name: "rrcp", dissect: remote_control };

const PROTOCOLS: NameTable = &[(2, "REP"), (3, "RLDP"), (0x23, "RLDP"), (4, "Realtek 8-byte DSA tag")];
/// These leave the lower half of the byte to what follows.
const TAGS: NameTable = &[(0x9, "Realtek RTL8306 4-byte DSA tag"), (0xa, "Realtek RTL8366RB 4-byte DSA tag")];
const HELLO: u8 = 0;
const OPERATIONS: NameTable = &[(0, "hello"), (1, "get"), (2, "set")];
const REPLY: u8 = 0x80;
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if let (Some(src), Some(dst)) = (cx.link.src, cx.link.dst) {
        out.aloud(|out| _ = out.mac("", src).say(" > ").mac("", dst).say(", "));
    }
<<<<<<< HEAD
    let protocol = p.peek()?;
    out.note("protocol", protocol);
    match protocol {
        RRCP => {
            cx.speaking = "rrcp";
            return rrcp(p, out);
        }
        0x02 => out.say("REP"),
        0x03 | 0x23 => out.say("RLDP"),
        0x04 => out.say("Realtek 8-byte DSA tag"),
        0x90..=0x9f => out.say("Realtek RTL8306 4-byte DSA tag"),
        0xa0..=0xaf => out.say("Realtek RTL8366RB 4-byte DSA tag"),
        _ => write!(out, "Realtek unknown type 0x{protocol:02x}"),
=======
    match p.peek()? {
        1 => return cx.hand_to(&REMOTE_CONTROL, p, out),
        tag if matches!(tag >> 4, 0x9 | 0xa) => out.name("tag", tag >> 4, TAGS, ""),
        protocol => out.name("protocol", protocol, PROTOCOLS, "Realtek unknown type 0x%02x"),
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)
    };
    Ok(())
}

<<<<<<< HEAD
fn rrcp(p: Cursor, out: &mut Out) -> Dissect {
    let first = p.at(1).u8()?;
    let (reply, operation) = (first & REPLY != 0, first & !REPLY);
    out.say(if reply { "RRCP reply: " } else { "RRCP query: " }).note_that("reply", reply);
    out.name("operation", operation, OPERATIONS, "unknown opcode (0x%02x)");
    let configures = matches!(operation, GET | SET);
    if configures {
        let mut body = p.at(4);
        let (register, data) = (body.le16()?, body.le32()?);
=======
fn remote_control(_: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let byte = p.at(1).u8()?;
    let (operation, reply) = (byte & !REPLY, byte & REPLY != 0);
    out.say(if reply { "RRCP reply: " } else { "RRCP query: " }).note_that("reply", reply);
    out.name("operation", operation, OPERATIONS, "unknown opcode (0x%02x)");
    let on_register = matches!(operation, 1 | 2);
    if on_register {
        let (register, data) = (p.at(4).le16()?, p.at(6).le32()?);
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)
        out.say(" addr=0x").hex0("register", register, 4).say(", data=0x").hex0("data", data, 8);
    }
    let key = p.at(2).be16()?;
    out.say(", auth=0x").hex0("key", key, 4);
<<<<<<< HEAD
    if configures {
        let mut body = p.at(10);
        let (low, high) = (body.be32()?, body.be32()?);
        let cookie = u64::from(high) << 32 | u64::from(low);
        out.say(", cookie=0x").hex0("cookie", cookie, 16).say(" ");
    } else if operation == HELLO && reply {
        hello(p.at(4), out)?;
=======
    if operation == HELLO && reply {
        let mut body = p.at(4);
        let ([down, up], uplink) = (body.array()?, body.array()?);
        let (chip, vendor) = (body.be16()?, body.be32()?);
        out.say(" downlink_port=").num("downlink_port", down).say(", uplink_port=").num("uplink_port", up);
        out.say(", uplink_mac=").mac("uplink_mac", uplink).say(", vendor_id=").hex0("vendor", vendor, 8);
        out.say(" ,chip_id=").hex0("chip", chip, 4).say(" ");
    } else if on_register {
        let cookie = u64::from(p.at(14).be32()?) << 32 | u64::from(p.at(10).be32()?);
        out.say(", cookie=0x").hex0("cookie", cookie, 16).say(" ");
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)
    }
    Ok(())
}

<<<<<<< HEAD
fn hello(mut p: Cursor, out: &mut Out) -> Dissect {
    let ([down, up], address, chip, vendor) = (p.array()?, p.array()?, p.be16()?, p.be32()?);
    out.say(" downlink_port=").num("downlink_port", down).say(", uplink_port=").num("uplink_port", up);
    out.say(", uplink_mac=").mac("uplink", address).say(", vendor_id=").hex0("vendor", vendor, 8);
    out.say(" ,chip_id=").hex0("chip", chip, 4).say(" ");
    Ok(())
}

=======
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)
#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
<<<<<<< HEAD
    fn protocols() {
        check(&REALTEK, "02", "", "REP");
        check(&REALTEK, "23 00", "-v", "RLDP");
        check(&REALTEK, "04", "", "Realtek 8-byte DSA tag");
        check(&REALTEK, "95", "", "Realtek RTL8306 4-byte DSA tag");
        check(&REALTEK, "a5", "", "Realtek RTL8366RB 4-byte DSA tag");
        check(&REALTEK, "25", "", "Realtek unknown type 0x25");
        check(&REALTEK, "", "", " [|rtl]");
    }

    #[test]
    fn remote_control() {
        check(
            &REALTEK,
            "01 81 2379 0200 78563412 00000001 00000002",
            "",
            "RRCP reply: get addr=0x0002, data=0x12345678, auth=0x2379, cookie=0x0000000200000001 ",
        );
        check(
            &REALTEK,
            "01 80 2379 01 02 020000000001 1234 00000005",
            "",
            "RRCP reply: hello, auth=0x2379 downlink_port=1, uplink_port=2, uplink_mac=02:00:00:00:00:01, \
             vendor_id=00000005 ,chip_id=1234 ",
        );
        check(&REALTEK, "01 00 2379", "", "RRCP query: hello, auth=0x2379");
        check(&REALTEK, "01 07 23", "", "RRCP query: unknown opcode (0x07) [|rrcp]");
        assert_eq!(
            values(&REALTEK, "01 00 2379"),
            r#"{"rtl":{"protocol":1,"reply":false,"operation":0,"key":9081}}"#
        );
=======
    fn remote_control() {
        check(&REALTEK, "01 00 2379 00000000", "", "RRCP query: hello, auth=0x2379");
        check(
            &REALTEK,
            "01 80 2379 05 06 020000000001 8366 0000ad5e",
            "",
            "RRCP reply: hello, auth=0x2379 downlink_port=5, uplink_port=6, uplink_mac=02:00:00:00:00:01, \
             vendor_id=0000ad5e ,chip_id=8366 ",
        );
        let get = "01 81 2379 0102 01020304 11121314 21222324";
        check(
            &REALTEK,
            get,
            "",
            "RRCP reply: get addr=0x0201, data=0x04030201, auth=0x2379, cookie=0x2122232411121314 ",
        );
        check(&REALTEK, "01 05 2379", "", "RRCP query: unknown opcode (0x05), auth=0x2379");
        check(&REALTEK, "01 02 2379 0102", "", "RRCP query: set [|rrcp]");
        assert_eq!(
            values(&REALTEK, get),
            r#"{"rtl":{"rrcp":{"reply":true,"operation":1,"register":513,"data":67305985,"key":9081,"cookie":2387509390271976212}}}"#
        );
    }

    #[test]
    fn others() {
        check(&REALTEK, "02", "", "REP");
        check(&REALTEK, "23", "", "RLDP");
        check(&REALTEK, "97", "", "Realtek RTL8306 4-byte DSA tag");
        check(&REALTEK, "a0", "", "Realtek RTL8366RB 4-byte DSA tag");
        check(&REALTEK, "25", "", "Realtek unknown type 0x25");
        check(&REALTEK, "", "", " [|rtl]");
>>>>>>> d97be34 (Explain NetBIOS names, datagrams and sessions, NetBEUI, SMB, and Realtek's protocols)
    }
}
