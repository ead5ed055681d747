//! BOOTP (RFC 951) and what became of it, DHCP (RFC 2131).
//!
//! ```text
//! | operation | hardware type | hardware length | hops | transaction (4) |
//! | seconds (2) | flags (2) | addresses (4 each): client, your, server, gateway |
//! | client's hardware address (16) | server's name (64) | boot file (128) | magic (4) | options ..
//! ```

use crate::prelude::*;

mod options;

/// BOOTP and DHCP.
pub static BOOTP: Protocol = Protocol { name: "bootp", dissect };

const REQUEST: u8 = 1;
const OPERATIONS: NameTable = &[(1, "Request"), (2, "Reply")];
const ETHERNET: u8 = 1;
const FLAGS: Flags = &[(0x8000, "Broadcast")];

const HARDWARE_ADDRESS: usize = 28;
const SERVER_NAME: usize = 44;
const BOOT_FILE: usize = 108;
const VENDOR: usize = 236;

/// RFC 1497 section 3.
const OPTIONS_MAGIC: [u8; 4] = [99, 130, 83, 99];
const CMU_MAGIC: [u8; 4] = *b"CMU\0";

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    let operation = p.u8()?;
    out.say("BOOTP/DHCP, ").name("operation", operation, OPERATIONS, "unknown (0x%02x)");
    let [hardware, length] = p.array()?;
    let over_ethernet = (hardware, length) == (ETHERNET, 6);
    let client = message.at(HARDWARE_ADDRESS);
    if over_ethernet && operation == REQUEST {
        let address = { client }.array()?;
        out.say(" from ").aloud(|out| _ = out.mac("", address));
    }
    out.say(", length ").num("length", message.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    p.at(5).need(2)?;
    if hardware != ETHERNET {
        write!(out, ", htype {hardware}");
    }
    if !over_ethernet {
        write!(out, ", hlen {length}");
    }
    out.note("hardware", hardware).note("hardware_length", length);
    numbers(cx, &mut p, out)?;
    for (words, key) in [
        ("\n\t  Client-IP ", "client"),
        ("\n\t  Your-IP ", "your"),
        ("\n\t  Server-IP ", "server"),
        ("\n\t  Gateway-IP ", "gateway"),
    ] {
        let address: [u8; 4] = p.array()?;
        if address != [0; 4] {
            out.say(words).ip4(key, address);
        }
    }
    if over_ethernet {
        let address = p.array()?;
        out.say("\n\t  Client-Ethernet-Address ").mac("client_hardware", address);
    }
    field("\n\t  sname \"", "server_name", message.at(SERVER_NAME), 64, out)?;
    field("\n\t  file \"", "boot_file", message.at(BOOT_FILE), 128, out)?;
    vendor(cx, message.at(VENDOR), out)
}

/// Hops, transaction, seconds and flags: to the ear of text only where they tell something.
fn numbers(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (hops, transaction, seconds) = (p.u8()?, p.be32()?, p.be16()?);
    out.note("hops", hops).note("transaction", transaction).note("seconds", seconds);
    if hops != 0 {
        write!(out, ", hops {hops}");
    }
    if transaction != 0 {
        write!(out, ", xid 0x{transaction:x}");
    }
    if seconds != 0 {
        write!(out, ", secs {seconds}");
    }
    let flags = p.be16()?;
    out.say(", Flags [").flags("flags", flags, FLAGS, "none").say("]");
    if cx.verbose() > 1 {
        write!(out, " (0x{flags:04x})");
    }
    Ok(())
}

/// A text in a field of `n` bytes, which a NUL must end.
fn field(words: &str, key: &str, p: Cursor, n: usize, out: &mut Out) -> Dissect {
    if p.peek()? == 0 {
        return Ok(());
    }
    let rest = p.rest();
    let field = rest.get(..n).unwrap_or(rest);
    let end = field.iter().position(|c| *c == 0);
    out.say(words).chars(key, field.get(..end.unwrap_or(field.len())).unwrap_or(field));
    if end.is_none() && field.len() < n {
        return Err(Stop::Truncated);
    }
    out.say("\"");
    end.map(drop).ok_or(Stop::Invalid)
}

fn vendor(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let magic = p.array()?;
    let number = u32::from_be_bytes(magic);
    out.note("magic", number);
    match magic {
        OPTIONS_MAGIC => {
            write!(out, "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x{number:08x}");
            options::say(cx, p, out)?;
        }
        CMU_MAGIC => carnegie_mellon(p, out)?,
        [0, 0, 0, 0] => {}
        _ => _ = write!(out, "\n\t  Vendor-#0x{number:x}"),
    }
    Ok(())
}

/// What a BOOTP server of Carnegie Mellon University tells.
fn carnegie_mellon(p: Cursor, out: &mut Out) -> Dissect {
    out.say(" vend-cmu");
    p.need(4)?;
    let flags = p.peek()?;
    out.note("vendor_flags", flags);
    if flags & !1 != 0 {
        write!(out, " F:0x{flags:x}");
    }
    let mask = if flags & 1 != 0 { " SM:" } else { " SM*:" };
    for (offset, words, key) in [
        (8, " DG:", "default_gateway"),
        (4, mask, "subnet_mask"),
        (12, " NS1:", "name_server_1"),
        (16, " NS2:", "name_server_2"),
        (20, " IEN1:", "ien_server_1"),
        (24, " IEN2:", "ien_server_2"),
        (28, " TS1:", "time_server_1"),
        (32, " TS2:", "time_server_2"),
    ] {
        let address: [u8; 4] = p.at(offset).array()?;
        if address != [0; 4] {
            out.say(words).ip4(key, address);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    fn message(head: &str, server: &str, vendor: &str) -> String {
        let padded = |hex: &str, bytes: usize| format!("{hex}{}", "0".repeat(bytes * 2 - hex.len()));
        format!(
            "{head} 00000007 0001 8000 00000000 0a000002 00000000 00000000 {} {} {} {vendor}",
            padded("021122334455", 16),
            padded(server, 64),
            padded("", 128)
        )
    }

    #[test]
    fn a_client_asks() {
        let hex = message("01010600", "6162", "00000000");
        let head = "BOOTP/DHCP, Request from 02:11:22:33:44:55, length 240";
        check(&BOOTP, &hex, "", head);
        let more = "\n\t  Your-IP 10.0.0.2\n\t  Client-Ethernet-Address 02:11:22:33:44:55\n\t  sname \"ab\"";
        check(&BOOTP, &hex, "-v", &format!("{head}, xid 0x7, secs 1, Flags [Broadcast]{more}"));
        check(&BOOTP, &hex, "-vv", &format!("{head}, xid 0x7, secs 1, Flags [Broadcast] (0x8000){more}"));
        assert_eq!(
            values(&BOOTP, &hex),
            r#"{"bootp":{"operation":1,"length":240,"hardware":1,"hardware_length":6,"hops":0,"transaction":7,"seconds":1,"flags":32768,"your":"10.0.0.2","client_hardware":"02:11:22:33:44:55","server_name":"ab","magic":0}}"#
        );
    }

    #[test]
    fn a_server_answers() {
        let says = |hex: &str, words: &str| {
            let head = "BOOTP/DHCP, Reply, length";
            let more = "htype 2, hlen 6, hops 3, xid 0x7, secs 1, Flags [Broadcast]\n\t  Your-IP 10.0.0.2";
            let length = crate::testing::bytes(hex).len();
            check(&BOOTP, hex, "-v", &format!("{head} {length}, {more}{words}"));
        };
        says(&message("02020603", "", "01020304"), "\n\t  Vendor-#0x1020304");
        let cmu = "434d5500 02000000 ffffff00 0a000001 0a000003 00000000 00000000 00000000 00000000 0a000004";
        says(
            &message("02020603", "", cmu),
            " vend-cmu F:0x2 DG:10.0.0.1 SM*:255.255.255.0 NS1:10.0.0.3 TS2:10.0.0.4",
        );
        let endless = "61".repeat(64);
        says(
            &message("02020603", &endless, "00000000"),
            &format!("\n\t  sname \"{}\" (invalid)", "a".repeat(64)),
        );
        says(
            &message("02020603", "", "63825363 35 01 02 ff"),
            "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x63825363\n\t    DHCP-Message (53), length 1: Offer",
        );
    }

    #[test]
    fn what_is_cut() {
        check(&BOOTP, "", "", " [|bootp]");
        check(&BOOTP, "01", "", "BOOTP/DHCP, Request [|bootp]");
        check(&BOOTP, "05 0106 00", "-v", "BOOTP/DHCP, unknown (0x05), length 4 [|bootp]");
    }
}
