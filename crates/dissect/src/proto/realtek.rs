//! Realtek's protocols: remote control (RRCP), echo (REP), loop detection (RLDP), and tags of switches (source:
//! Realtek's data sheets of the RTL8306, RTL8324 and RTL8326).
//!
//! ```text
//! | protocol | RRCP: | reply, operation | key (2) |
//!   get, set: | register (2) | data (4) | cookie (8) |
//!   hello:    | port down | port up | address up (6) | chip (2) | vendor (4) |
//! ```

use crate::prelude::*;

/// Realtek's protocols.
pub static REALTEK: Protocol = Protocol { name: "rtl", dissect };

const RRCP: u8 = 0x01;
const REPLY: u8 = 0x80;
const HELLO: u8 = 0;
const GET: u8 = 1;
const SET: u8 = 2;
const OPERATIONS: NameTable = &[(HELLO as u32, "hello"), (GET as u32, "get"), (SET as u32, "set")];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if let (Some(src), Some(dst)) = (cx.link.src, cx.link.dst) {
        out.aloud(|out| _ = out.mac("", src).say(" > ").mac("", dst).say(", "));
    }
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
    };
    Ok(())
}

fn rrcp(p: Cursor, out: &mut Out) -> Dissect {
    let first = p.at(1).u8()?;
    let (reply, operation) = (first & REPLY != 0, first & !REPLY);
    out.say(if reply { "RRCP reply: " } else { "RRCP query: " }).note_that("reply", reply);
    out.name("operation", operation, OPERATIONS, "unknown opcode (0x%02x)");
    let configures = matches!(operation, GET | SET);
    if configures {
        let mut body = p.at(4);
        let (register, data) = (body.le16()?, body.le32()?);
        out.say(" addr=0x").hex0("register", register, 4).say(", data=0x").hex0("data", data, 8);
    }
    let key = p.at(2).be16()?;
    out.say(", auth=0x").hex0("key", key, 4);
    if configures {
        let mut body = p.at(10);
        let (low, high) = (body.be32()?, body.be32()?);
        let cookie = u64::from(high) << 32 | u64::from(low);
        out.say(", cookie=0x").hex0("cookie", cookie, 16).say(" ");
    } else if operation == HELLO && reply {
        hello(p.at(4), out)?;
    }
    Ok(())
}

fn hello(mut p: Cursor, out: &mut Out) -> Dissect {
    let ([down, up], address, chip, vendor) = (p.array()?, p.array()?, p.be16()?, p.be32()?);
    out.say(" downlink_port=").num("downlink_port", down).say(", uplink_port=").num("uplink_port", up);
    out.say(", uplink_mac=").mac("uplink", address).say(", vendor_id=").hex0("vendor", vendor, 8);
    out.say(" ,chip_id=").hex0("chip", chip, 4).say(" ");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
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
    }
}
