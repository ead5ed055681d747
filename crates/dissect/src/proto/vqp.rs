//! VQP, Cisco's VLAN Query Protocol (source: its bytes on the wire; Cisco documents none of it).
//!
//! ```text
//! | version (1) | type (1) | error (1) | items (1) | sequence (4) |
//! items:  | type (4) | length (2) | value .. |
//! ```

use crate::prelude::*;

/// VQP.
pub static VQP: Protocol = Protocol { name: "vqp", dissect };

const HEADER: usize = 8;
const VERSION: u8 = 1;
const TYPES: NameTable = &[
    (1, "Request, Join Port"),
    (2, "Response, VLAN"),
    (3, "Request, Reconfirm"),
    (4, "Response, Reconfirm"),
];
const ERRORS: NameTable =
    &[(0, "No error"), (3, "Access denied"), (4, "Shutdown port"), (5, "Wrong VTP domain")];

const ITEM_HEADER: usize = 6;
const IP_ADDRESS: u32 = 0x0c01;
const PORT_NAME: u32 = 0x0c02;
const VLAN_NAME: u32 = 0x0c03;
const VTP_DOMAIN: u32 = 0x0c04;
const ETHERNET_PACKET: u32 = 0x0c05;
const MAC_NULL: u32 = 0x0c06;
const MAC_ADDRESS: u32 = 0x0c08;
const ITEMS: NameTable = &[
    (IP_ADDRESS, "Client IP Address"),
    (PORT_NAME, "Port Name"),
    (VLAN_NAME, "VLAN Name"),
    (VTP_DOMAIN, "VTP Domain"),
    (ETHERNET_PACKET, "Ethernet Packet"),
    (MAC_NULL, "MAC Null"),
    (MAC_ADDRESS, "MAC Address"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(HEADER)?;
    if length < HEADER {
        return Err(Stop::Invalid);
    }
    let [version, kind, error, items] = p.array()?;
    let sequence = p.be32()?;
    if version != VERSION {
        out.say("VQP version ").num("version", version).say(" packet not supported");
        return Ok(());
    }
    let talkative = cx.verbose() > 0;
    out.say(if talkative { "\n\tVQPv" } else { "VQPv" }).num("version", version);
    out.say(if talkative { ", " } else { " " }).name("type", kind, TYPES, "unknown (%u)");
    out.say(" Message, error-code ").named("error", error, ERRORS, "unknown");
    if talkative {
        out.say(", seq 0x").hex0("sequence", sequence, 8).say(", items ").num("count", items);
    }
    out.say(", length ").num("length", length);
    if !talkative {
        return Ok(());
    }
    out.list("items", |out| {
        for _ in 0..items {
            if p.claimed() == 0 {
                break;
            }
            p.need(ITEM_HEADER)?;
            if p.claimed() < ITEM_HEADER {
                return Err(Stop::Invalid);
            }
            let (kind, n) = (p.be32()?, p.be16()?);
            if !out.item(|out| item(cx, kind, n.into(), &mut p, out))? {
                break;
            }
        }
        Ok(())
    })
}

/// An item of `n` bytes behind its header; `false` if nothing can follow it.
fn item(cx: &Cx, kind: u32, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    out.say("\n\t  ").named_as("type", kind, ITEMS, "Unknown", " Object (0x%08x)");
    out.say(", length ").num("length", n).say(", value: ");
    if kind == 0 || n == 0 {
        return Ok(false);
    }
    p.need(n)?;
    if p.claimed() < n {
        return Err(Stop::Invalid);
    }
    match kind {
        IP_ADDRESS if n == 4 => {
            let address: [u8; 4] = p.array()?;
            out.ip4("value", address).say(" (0x").aloud(|out| {
                out.bytes("", &address).say(")");
            });
        }
        PORT_NAME | VLAN_NAME | VTP_DOMAIN | ETHERNET_PACKET => {
            out.padded_chars_of("value", p, n)?;
        }
        MAC_ADDRESS | MAC_NULL if n == 6 => {
            let address = p.array()?;
            out.mac("value", address);
        }
        IP_ADDRESS | MAC_ADDRESS | MAC_NULL => return Err(Stop::Invalid),
        _ => {
            let value = p.take(n)?;
            if cx.verbose() == 1 {
                out.dump_hex("value", value, "\n\t    ");
            } else {
                out.aside(|out| {
                    out.bytes("value", value);
                });
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEX: &str = "01 01 00 04 00000005 00000c01 0004 0a000001 00000c02 0003 467830
                       00000c08 0006 020000000001 00000c09 0002 abcd";

    #[test]
    fn items() {
        check(&VQP, HEX, "", "VQPv1 Request, Join Port Message, error-code No error (0), length 47");
        check(
            &VQP,
            HEX,
            "-v",
            "\n\tVQPv1, Request, Join Port Message, error-code No error (0), seq 0x00000005, items 4, length 47\
             \n\t  Client IP Address Object (0x00000c01), length 4, value: 10.0.0.1 (0x0a000001)\
             \n\t  Port Name Object (0x00000c02), length 3, value: Fx0\
             \n\t  MAC Address Object (0x00000c08), length 6, value: 02:00:00:00:00:01\
             \n\t  Unknown Object (0x00000c09), length 2, value: \
             \n\t    0x0000:  abcd",
        );
        assert!(values(&VQP, HEX).ends_with(
            r#"{"type":3080,"length":6,"value":"02:00:00:00:00:01"},{"type":3081,"length":2,"value":"abcd"}]}}"#
        ));
    }

    #[test]
    fn lies() {
        check(&VQP, "02 01 00 01 00000005", "", "VQP version 2 packet not supported");
        check(
            &VQP,
            "01 7f 09 01 00000005 00000c01 0003 0a0000",
            "-v",
            "\n\tVQPv1, unknown (127) Message, error-code unknown (9), seq 0x00000005, items 1, length 17\
             \n\t  Client IP Address Object (0x00000c01), length 3, value:  (invalid)",
        );
        check(&VQP, "01 01 00", "", " [|vqp]");
    }
}
