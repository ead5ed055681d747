//! LDP, the Label Distribution Protocol (RFC 5036; fault tolerance: RFC 3479; MTU: RFC 3988; pseudowires: RFC 4447,
//! RFC 5085; typed wildcards: RFC 5918; two stacks: RFC 7552).
//!
//! ```text
//! PDU:      |     version     |   length   |    LSR identifier (4)     |  label space  |  messages ..
//! message:  |U|     type      |   length   |         identifier        |  parameters ..
//! TLV:      |U|F|   type      |   length   |  value ..
//! ```

use crate::parts::address_families;
use crate::prelude::*;

mod fec;

/// LDP.
pub static LDP: Protocol = Protocol { name: "ldp", dissect };

const VERSION: u16 = 1;
/// Bytes of a PDU that its length does not count.
const UNCOUNTED: usize = 4;
const PDU_HEADER: usize = 10;
const MESSAGE_HEADER: usize = 8;
const MESSAGES: NameTable = &[
    (0x0001, "Notification"),
    (0x0100, "Hello"),
    (0x0200, "Initialization"),
    (0x0201, "Keepalive"),
    (0x0300, "Address"),
    (0x0301, "Address Withdraw"),
    (0x0400, "Label Mapping"),
    (0x0401, "Label Request"),
    (0x0402, "Label Withdraw"),
    (0x0403, "Label Release"),
    (0x0404, "Label Abort Request"),
];

const FEC: u16 = 0x0100;
const ADDRESSES: u16 = 0x0101;
const HOPS: u16 = 0x0103;
const PATH: u16 = 0x0104;
const LABEL: u16 = 0x0200;
const STATUS: u16 = 0x0300;
const HELLO: u16 = 0x0400;
const TRANSPORT_IPV4: u16 = 0x0401;
const SEQUENCE: u16 = 0x0402;
const TRANSPORT_IPV6: u16 = 0x0403;
const SESSION: u16 = 0x0500;
const FAULT_TOLERANCE: u16 = 0x0503;
const WILDCARDS: u16 = 0x050b;
const MTU: u16 = 0x0601;
const TWO_STACKS: u16 = 0x0701;
const TLVS: NameTable = &[
    (FEC as u32, "FEC"),
    (ADDRESSES as u32, "Address List"),
    (HOPS as u32, "Hop Count"),
    (PATH as u32, "Path Vector"),
    (LABEL as u32, "Generic Label"),
    (0x0201, "ATM Label"),
    (0x0202, "Frame-Relay Label"),
    (STATUS as u32, "Status"),
    (0x0301, "Extended Status"),
    (0x0302, "Returned PDU"),
    (0x0303, "Returned Message"),
    (HELLO as u32, "Common Hello Parameters"),
    (TRANSPORT_IPV4 as u32, "IPv4 Transport Address"),
    (SEQUENCE as u32, "Configuration Sequence Number"),
    (TRANSPORT_IPV6 as u32, "IPv6 Transport Address"),
    (SESSION as u32, "Common Session Parameters"),
    (0x0501, "ATM Session Parameters"),
    (0x0502, "Frame-Relay Session Parameters"),
    (FAULT_TOLERANCE as u32, "Fault-Tolerant Session Parameters"),
    (WILDCARDS as u32, "Typed Wildcard FEC Capability"),
    (0x0600, "Label Request Message ID"),
    (MTU as u32, "MTU"),
    (TWO_STACKS as u32, "Dual-Stack Capability"),
];
/// One is misspelt, and scripts know it so.
const STATUSES: NameTable = &[
    (0x00, "Success"),
    (0x01, "Bad LDP Identifier"),
    (0x02, "Bad Protocol Version"),
    (0x03, "Bad PDU Length"),
    (0x04, "Unknown Message Type"),
    (0x05, "Bad Message Length"),
    (0x06, "Unknown TLV"),
    (0x07, "Bad TLV Length"),
    (0x08, "Malformted TLV Value"),
    (0x09, "Hold Timer Expired"),
    (0x0a, "Shutdown"),
    (0x0b, "Loop Detected"),
    (0x0c, "Unknown FEC"),
    (0x0d, "No Route"),
    (0x0e, "No Label Resources"),
    (0x0f, "Label Resources/Available"),
    (0x10, "Session Rejected/No Hello"),
    (0x11, "Session Rejected/Parameters Advertisement Mode"),
    (0x12, "Session Rejected/Parameters Max PDU Length"),
    (0x13, "Session Rejected/Parameters Label Range"),
    (0x14, "KeepAlive Timer Expired"),
    (0x15, "Label Request Aborted"),
    (0x16, "Missing Message Parameters"),
    (0x17, "Unsupported Address Family"),
    (0x18, "Session Rejected/Bad KeepAlive Time"),
    (0x19, "Internal Error"),
];
const PREFERENCES: NameTable = &[(0x40, "IPv4"), (0x60, "IPv6")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("pdus", |out| {
        while p.claimed() > PDU_HEADER + MESSAGE_HEADER {
            let Some(length) = out.item(|out| pdu(cx, p, out))? else { break };
            if p.claimed() < length {
                return Err(out.lie("remaining length", p.claimed(), "<", length));
            }
            p.skip(length)?;
        }
        Ok(())
    })
}

/// One PDU: its length, or `None` if nothing behind it can be told.
fn pdu(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    let indent = if cx.verbose() > 0 { "\n\t" } else { "" };
    p.need(PDU_HEADER)?;
    let (version, length) = (p.be16()?, p.be16()?);
    if version != VERSION {
        out.say(indent).say("LDP version ").num("version", version).say(" packet not supported");
        return Ok(None);
    }
    let Some(mut left) = usize::from(length).checked_sub(PDU_HEADER - UNCOUNTED) else {
        out.say(indent).say("LDP, pdu-length: ").num("length", length);
        write!(out, " (too short, < {})", PDU_HEADER - UNCOUNTED);
        return Ok(None);
    };
    let (router, space) = (p.array()?, p.be16()?);
    out.say(indent).say("LDP, Label-Space-ID: ").ip4("lsr", router).say(":").num("label_space", space);
    out.say(", pdu-length: ").num("length", length);
    if cx.verbose() == 0 {
        return Ok(None);
    }
    out.list("messages", |out| {
        while left > 0 {
            let Some(length) = out.item(|out| message(cx, p, out))? else { return Ok(None) };
            p.skip(length + UNCOUNTED)?;
            // A message that goes past the end of its PDU is told to its own end.
            left = left.saturating_sub(length + UNCOUNTED);
        }
        Ok(Some(usize::from(length) + UNCOUNTED))
    })
}

/// One message: its length, or `None` if nothing behind it can be told.
fn message(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    let mut body = p;
    body.need(MESSAGE_HEADER)?;
    let (word, length, id) = (body.be16()?, body.be16()?, body.be32()?);
    let kind = word & 0x7fff;
    out.say("\n\t  ").name("type", kind, MESSAGES, "Unknown").say(" Message (0x");
    out.aloud(|out| {
        out.hex0("", kind, 4);
    });
    out.say("), length: ").num("length", length);
    let length = usize::from(length);
    let Some(parameters) = length.checked_sub(MESSAGE_HEADER - UNCOUNTED) else {
        write!(out, " (too short, < {})", MESSAGE_HEADER - UNCOUNTED);
        return Ok(None);
    };
    let unknown = word & 0x8000 != 0;
    out.say(", Message ID: 0x").hex0("id", id, 8).say(", Flags: [");
    out.say(if unknown { "continue processing" } else { "ignore" }).say(" if unknown]");
    out.note_that("skip_if_unknown", unknown);
    p.need(length)?;
    let known = MESSAGES.iter().any(|row| row.0 == u32::from(kind));
    if known {
        out.list("tlvs", |out| tlvs(cx, body.claiming(parameters), out))?;
    }
    if cx.verbose() > 1 {
        out.aloud(|out| {
            out.dump_hex("", body.sub(length).rest(), "\n\t  ");
        });
    }
    if !known {
        let data = body.sub(parameters).rest();
        if cx.verbose() == 1 {
            out.dump_hex("data", data, "\n\t  ");
        } else {
            out.aside(|out| {
                out.bytes("data", data);
            });
        }
    }
    Ok(Some(length))
}

fn tlvs(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() >= 4 {
        let (word, length) = (p.be16()?, p.be16()?);
        if usize::from(length) > p.claimed() {
            out.say("\n\t\t TLV contents go past end of message");
            break;
        }
        let value = p.claiming(length.into());
        out.item(|out| {
            head(word, length, out);
            match tlv(cx, word & 0x3fff, value, out) {
                Err(Stop::Invalid) => {
                    out.say(" (invalid)").note_that("invalid", true);
                    Ok(())
                }
                done => done,
            }
        })?;
        p.pass(length.into());
    }
    Ok(())
}

fn head(word: u16, length: u16, out: &mut Out) {
    let (kind, unknown, forward) = (word & 0x3fff, word & 0x8000 != 0, word & 0x4000 != 0);
    out.say("\n\t    ").name("type", kind, TLVS, "Unknown").say(" TLV (0x");
    out.aloud(|out| {
        out.hex0("", kind, 4);
    });
    out.say("), length: ").num("length", length).say(", Flags: [");
    out.say(if unknown { "continue processing" } else { "ignore" }).say(" and ");
    out.say(if forward { "do" } else { "don't" }).say(" forward if unknown]");
    out.note_that("skip_if_unknown", unknown).note_that("forward_if_unknown", forward);
}

/// The value of a parameter. To end in it is a lie.
fn tlv(cx: &Cx, kind: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let least = |n: usize, out: &mut Out| out.enough("tlv length", &p, n);
    match kind {
        HELLO => least(4, out)?,
        TRANSPORT_IPV4 | SEQUENCE | PATH | LABEL | TWO_STACKS => least(4, out)?,
        TRANSPORT_IPV6 => least(16, out)?,
        ADDRESSES | MTU => least(2, out)?,
        HOPS | WILDCARDS | FEC => least(1, out)?,
        SESSION => least(14, out)?,
        STATUS => least(10, out)?,
        FAULT_TOLERANCE => least(12, out)?,
        _ => {}
    }
    match kind {
        HELLO => hello(p, out),
        TRANSPORT_IPV4 => {
            let addr = p.array()?;
            out.say("\n\t      IPv4 Transport Address: ").ip4("transport", addr);
            Ok(())
        }
        TRANSPORT_IPV6 => {
            let addr = p.array()?;
            out.say("\n\t      IPv6 Transport Address: ").ip6("transport", addr);
            Ok(())
        }
        SEQUENCE => {
            let number = p.be32()?;
            out.say("\n\t      Sequence Number: ").num("sequence", number);
            Ok(())
        }
        ADDRESSES => addresses(p, out),
        HOPS => {
            let hops = p.u8()?;
            out.say("\n\t      Hop Count: ").num("hops", hops);
            Ok(())
        }
        PATH => path(p, out),
        SESSION => session(p, out),
        FEC => fec::say(p, out),
        LABEL => {
            let label = p.be32()? & 0xfffff;
            out.say("\n\t      Label: ").num("label", label);
            Ok(())
        }
        STATUS => status(p, out),
        FAULT_TOLERANCE => fault_tolerance(p, out),
        WILDCARDS => {
            let supported = p.u8()? & 0x80 != 0;
            out.say(if supported { "\n\t      Support" } else { "\n\t      No Support" });
            out.note_that("supported", supported);
            Ok(())
        }
        MTU => {
            let mtu = p.be16()?;
            out.say("\n\t      MTU: ").num("mtu", mtu);
            Ok(())
        }
        TWO_STACKS => {
            let preference = p.u8()?;
            out.say("\n\t      Transport Connection Preference: ");
            out.name("preference", preference, PREFERENCES, "Unknown");
            Ok(())
        }
        _ => {
            let data = p.sub(p.claimed()).rest();
            if cx.verbose() == 1 {
                out.dump_hex("data", data, "\n\t      ");
            } else {
                out.aside(|out| {
                    out.bytes("data", data);
                });
            }
            Ok(())
        }
    }
}

fn hello(mut p: Cursor, out: &mut Out) -> Dissect {
    let (hold, flags) = (p.be16()?, p.be16()?);
    out.say("\n\t      Hold Time: ").num("hold_s", hold).say("s, Flags: [").note("flags", flags);
    out.say(if flags & 0x8000 != 0 { "Targeted Hello" } else { "Link Hello" });
    out.say(if flags & 0x4000 != 0 { ", Request for targeted Hellos]" } else { "]" });
    Ok(())
}

fn addresses(mut p: Cursor, out: &mut Out) -> Dissect {
    let family = p.be16()?;
    out.say("\n\t      Address Family: ").name("family", family, address_families::NAMES, "Unknown (%u)");
    out.say(", addresses");
    let length = match family {
        address_families::IPV4 => 4,
        address_families::IPV6 => 16,
        _ => return Ok(()),
    };
    out.list("addresses", |out| {
        while p.claimed() >= length {
            if length == 4 {
                let addr = p.array()?;
                out.say(" ").ip4("", addr);
            } else {
                let addr = p.array()?;
                out.say(" ").ip6("", addr);
            }
        }
        Ok(())
    })
}

fn path(mut p: Cursor, out: &mut Out) -> Dissect {
    let mut before = "\n\t      Path Vector: ";
    out.list("path", |out| {
        while p.claimed() >= 4 {
            let router = p.array()?;
            out.say(std::mem::replace(&mut before, ", ")).ip4("", router);
        }
        Ok(())
    })
}

fn session(mut p: Cursor, out: &mut Out) -> Dissect {
    let (version, keepalive) = (p.be16()?, p.be16()?);
    let flags = p.be16()?;
    out.say("\n\t      Version: ").num("version", version).say(", Keepalive: ").num("keepalive_s", keepalive);
    out.say("s, Flags: [Downstream ").note("flags", flags >> 8);
    out.say(if flags & 0x8000 != 0 { "On Demand" } else { "Unsolicited" }).say(", Loop Detection ");
    out.say(if flags & 0x4000 != 0 { "Enabled]" } else { "Disabled]" });
    let (longest, router, space) = (p.be16()?, p.array()?, p.be16()?);
    out.say("\n\t      Path Vector Limit ").num("path_limit", flags & 0xff);
    out.say(", Max-PDU length: ").num("max_pdu", longest);
    out.say(", Receiver Label-Space-ID ").ip4("receiver", router).say(":").num("receiver_space", space);
    Ok(())
}

fn status(mut p: Cursor, out: &mut Out) -> Dissect {
    let word = p.be32()?;
    let (fatal, forward) = (word & 0x8000_0000 != 0, word & 0x4000_0000 != 0);
    out.say("\n\t      Status Code: ").name("status", word & 0x3fff_ffff, STATUSES, "Unknown");
    out.say(if fatal { ", Flags: [Fatal error and " } else { ", Flags: [Advisory Notification and " });
    out.say(if forward { "do forward]" } else { "don't forward]" });
    out.note_that("fatal", fatal).note_that("forward", forward);
    match p.be32()? {
        0 => _ = out.note("cause_id", 0u8),
        id => _ = out.say(", causing Message ID: 0x").hex0("cause_id", id, 8),
    }
    match p.be16()? {
        0 => _ = out.note("cause_type", 0u8),
        kind => _ = out.say(", Message Type: ").name("cause_type", kind, MESSAGES, "Unknown"),
    }
    Ok(())
}

fn fault_tolerance(mut p: Cursor, out: &mut Out) -> Dissect {
    let flags = p.be16()?;
    let bit = |bits: u16, unset: &'static str| if flags & bits != 0 { "" } else { unset };
    out.say("\n\t      Flags: [").note("flags", flags).say(bit(0x8000, "No ")).say("Reconnect, ");
    out.say(bit(8, "Don't ")).say("Save State, ").say(bit(4, "No ")).say("All-Label Protection, ");
    out.say(if flags & 2 != 0 { "Sequence Numbered Label" } else { "All Labels" });
    out.say(" Checkpoint, ").say(bit(1, "Don't ")).say("Re-Learn State]");
    p.pass(2);
    match p.be32()? {
        0 => _ = out.note("reconnect_ms", 0u8),
        time => _ = out.say(", Reconnect Timeout: ").num("reconnect_ms", time).say("ms"),
    }
    match p.be32()? {
        0 => _ = out.note("recovery_ms", 0u8),
        time => _ = out.say(", Recovery Time: ").num("recovery_ms", time).say("ms"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HELLO: &str = "0001 001e 0a000001 0000 0100 0014 00000007 \
                         0400 0004 000f 0000 0401 0004 0a000001";
    const HEAD: &str = "\n\tLDP, Label-Space-ID: 10.0.0.1:0, pdu-length: ";
    const PLAIN: &str = "Flags: [ignore and don't forward if unknown]";

    #[test]
    fn a_hello() {
        check(&LDP, HELLO, "", "LDP, Label-Space-ID: 10.0.0.1:0, pdu-length: 30");
        check(
            &LDP,
            HELLO,
            "-v",
            &format!(
                "{HEAD}30\n\t  Hello Message (0x0100), length: 20, Message ID: 0x00000007, \
                 Flags: [ignore if unknown]\n\t    Common Hello Parameters TLV (0x0400), length: 4, {PLAIN}\
                 \n\t      Hold Time: 15s, Flags: [Link Hello]\
                 \n\t    IPv4 Transport Address TLV (0x0401), length: 4, {PLAIN}\
                 \n\t      IPv4 Transport Address: 10.0.0.1"
            ),
        );
        let said = values(&LDP, HELLO);
        assert!(said.contains(r#""hold_s":15,"flags":0},{"type":1025,"length":4"#), "{said}");
    }

    #[test]
    fn a_mapping() {
        let tlvs = "0100 0008 02 0001 18 cb007100 0200 0004 00000010 0104 0008 0a000001 0a000002";
        let hex = format!("0001 002e 0a000001 0000 8400 0024 00000008 {tlvs}");
        check(
            &LDP,
            &hex,
            "-v",
            &format!(
                "{HEAD}46\n\t  Label Mapping Message (0x0400), length: 36, Message ID: 0x00000008, \
                 Flags: [continue processing if unknown]\n\t    FEC TLV (0x0100), length: 8, {PLAIN}\
                 \n\t      Prefix FEC (0x02): IPv4 prefix 203.0.113.0/24\
                 \n\t    Generic Label TLV (0x0200), length: 4, {PLAIN}\n\t      Label: 16\
                 \n\t    Path Vector TLV (0x0104), length: 8, {PLAIN}\
                 \n\t      Path Vector: 10.0.0.1, 10.0.0.2"
            ),
        );
    }

    #[test]
    fn lengths_that_lie() {
        let said = "LDP version 2 packet not supported";
        check(&LDP, &HELLO.replacen("0001", "0002", 1), "", said);
        let said = "LDP, pdu-length: 5 (too short, < 6)";
        check(&LDP, &HELLO.replacen("001e", "0005", 1), "", said);
        let message = "\n\t  Hello Message (0x0100), length: ";
        let said = format!("{HEAD}30{message}3 (too short, < 4)");
        check(&LDP, &HELLO.replacen("0014", "0003", 1), "-v", &said);
        let short = "0001 0012 0a000001 0000 0100 0008 00000007 0503 0000 ff";
        check(
            &LDP,
            short,
            "-v",
            &format!(
                "{HEAD}18{message}8, Message ID: 0x00000007, Flags: [ignore if unknown]\
                 \n\t    Fault-Tolerant Session Parameters TLV (0x0503), length: 0, {PLAIN} \
                 [tlv length 0 < 12] (invalid)"
            ),
        );
        check(
            &LDP,
            &short.replace("0503 0000", "0503 0001"),
            "-v",
            &format!(
                "{HEAD}18{message}8, Message ID: 0x00000007, Flags: [ignore if unknown]\
                 \n\t\t TLV contents go past end of message"
            ),
        );
    }
}
