//! LSP ping: whether a label switched path leads where it should (RFC 4379, RFC 8029; BFD: RFC 5884).
//!
//! ```text
//! |         version number        |         must be zero          |
//! |  message type |   reply mode  |  return code  | return subcode|
//! |                        sender's handle                        |
//! |                        sequence number                        |
//! |                      time sent (8 bytes)                      |
//! |                    time received (8 bytes)                    |
//! TLV, sub-TLV:   |      type     |     length    |  value, padded to four bytes
//! ```

use crate::parts::{enterprises, ntp_time, pseudowires, route_distinguisher};
use crate::prelude::*;

/// LSP ping.
pub static LSPPING: Protocol = Protocol { name: "lspping", dissect };

const VERSION: u16 = 1;
const HEADER: usize = 32;
const TLV: usize = 4;
const TYPES: NameTable = &[(1, "MPLS Echo Request"), (2, "MPLS Echo Reply")];
const MODES: NameTable = &[
    (1, "Do not reply"),
    (2, "Reply via an IPv4/IPv6 UDP packet"),
    (3, "Reply via an IPv4/IPv6 UDP packet with Router Alert"),
    (4, "Reply via application level control channel"),
];
const CODES: NameTable = &[
    (0, "No return code or return code contained in the Error Code TLV"),
    (1, "Malformed echo request received"),
    (2, "One or more of the TLVs was not understood"),
    (3, "Replying router is an egress for the FEC at stack depth"),
    (4, "Replying router has no mapping for the FEC at stack depth"),
    (5, "Reserved"),
    (6, "Reserved"),
    (7, "Reserved"),
    (8, "Label switched at stack-depth"),
    (9, "Label switched but no MPLS forwarding at stack-depth"),
    (10, "Mapping for this FEC is not the given label at stack depth"),
    (11, "No label entry at stack-depth"),
    (12, "Protocol not associated with interface at FEC stack depth"),
    (13, "Premature termination of ping due to label stack shrinking to a single label"),
];
/// Codes of which the subcode is the depth that their words end with.
const DEEP: &[u8] = &[3, 4, 8, 10, 11, 12];

const STACK: u16 = 1;
const DOWNSTREAM: u16 = 2;
const ENTERPRISE: u16 = 5;
const BFD: u16 = 15;
const TLVS: NameTable = &[
    (STACK as u32, "Target FEC Stack"),
    (DOWNSTREAM as u32, "Downstream Mapping"),
    (3, "Pad"),
    (ENTERPRISE as u32, "Vendor Enterprise Code"),
    (7, "Interface Label Stack"),
    (9, "Error Code"),
    (10, "Reply TOS Byte"),
    (BFD as u32, "BFD Discriminator"),
    (0xfc00, "Vendor Private Code"),
];
const CLASSES: NameTable = &[
    (1, "LDP IPv4 prefix"),
    (2, "LDP IPv6 prefix"),
    (3, "RSVP IPv4 Session Query"),
    (4, "RSVP IPv6 Session Query"),
    (5, "Reserved"),
    (6, "VPN IPv4 prefix"),
    (7, "VPN IPv6 prefix"),
    (8, "L2 VPN endpoint"),
    (9, "FEC 128 pseudowire (old)"),
    (10, "FEC 128 pseudowire"),
    (12, "BGP labeled IPv4 prefix"),
    (13, "BGP labeled IPv6 prefix"),
];
/// Classes that are told, and how long they must be.
const LENGTHS: &[(u16, u16)] =
    &[(1, 5), (2, 17), (3, 20), (4, 56), (6, 13), (7, 25), (8, 14), (9, 10), (10, 14), (12, 5), (13, 17)];
const ADDRESSES: NameTable = &[(1, "IPv4"), (2, "Unnumbered IPv4"), (3, "IPv6"), (4, "IPv6")];
/// Bytes of a downstream mapping before and behind its addresses.
const MAPPING: usize = 4;
const TOO_SHORT: &str = "\n\t      TLV is too short";

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return too_short(out);
    }
    p.need(HEADER)?;
    let (version, [_, _, kind, mode, code, subcode]) = (p.be16()?, p.array()?);
    let (handle, sequence) = (p.be32()?, p.be32()?);
    let (sent, received) = (ntp_time::Time::read(&mut p)?, ntp_time::Time::read(&mut p)?);
    if version != VERSION {
        out.say("LSP-PING version ").num("version", version).say(" packet not supported");
        return Ok(());
    }
    if cx.verbose() == 0 {
        out.say("LSP-PINGv").num("version", version).say(", ");
        out.name("type", kind, TYPES, "unknown (%u)").say(", seq ").num("seq", sequence);
        out.say(", length: ").num("length", length);
        return Ok(());
    }
    out.say("\n\tLSP-PINGv").num("version", version);
    out.say(", msg-type: ").named("type", kind, TYPES, "unknown").say(", length: ").num("length", length);
    out.say("\n\t  reply-mode: ").named("reply_mode", mode, MODES, "unknown");
    out.say("\n\t  Return Code: ").name("code", code, CODES, "unknown");
    out.aloud(|out| {
        if DEEP.contains(&code) {
            out.say(" ").num("", subcode);
        }
        out.say(" (").num("", code).say(")");
    });
    out.say("\n\t  Return Subcode: (").num("subcode", subcode).say(")");
    out.say("\n\t  Sender Handle: 0x").hex0("handle", handle, 8).say(", Sequence: ").num("seq", sequence);
    out.say("\n\t  TimeStamp Sent: ");
    sent.say("sent", out);
    out.say("\n\t  TimeStamp Received: ");
    if received == ntp_time::Time::default() {
        out.say("no timestamp");
    } else {
        received.say("received", out);
    }
    out.list("tlvs", |out| tlvs(cx, &mut p, out))?;
    Ok(())
}

fn too_short(out: &mut Out) -> Dissect {
    out.say("\n\t\t packet is too short").note_that("too_short", true);
    Ok(())
}

fn tlvs(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let whole = out.item(|out| {
            if p.claimed() < TLV {
                too_short(out)?;
                return Ok(false);
            }
            let (kind, length) = (p.be16()?, p.be16()?);
            out.say("\n\t  ").named_as("type", kind, TLVS, "Unknown", " TLV (%u)");
            out.say(", length: ").num("length", length);
            let (length, padded) = (usize::from(length), usize::from(length).next_multiple_of(4));
            if p.claimed() < length {
                too_short(out)?;
                return Ok(false);
            }
            p.need(length)?;
            if length > 0 && !tlv(cx, kind, p.claiming(length), out)? {
                return Ok(false);
            }
            if p.claimed() < padded {
                too_short(out)?;
                return Ok(false);
            }
            p.skip(padded)?;
            Ok(true)
        })?;
        if !whole {
            break;
        }
    }
    Ok(())
}

/// Says a value; `false` if nothing behind it can be told.
fn tlv(cx: &Cx, kind: u16, p: Cursor, out: &mut Out) -> Dissect<bool> {
    let data = p.sub(p.claimed()).rest();
    let mut body = p;
    // What is not told in full is dumped.
    let dumped = match kind {
        STACK => match out.list("classes", |out| stack(cx, p, out))? {
            Walk::Done => false,
            Walk::Short => {
                out.say(TOO_SHORT);
                true
            }
            Walk::Unpadded => {
                out.say("\n\t\t TLV is too short").note_that("too_short", true);
                return Ok(false);
            }
        },
        DOWNSTREAM => {
            downstream(p, out)?;
            true
        }
        BFD | ENTERPRISE if p.claimed() < 4 => {
            out.say(TOO_SHORT);
            true
        }
        BFD => {
            let discriminator = body.be32()?;
            out.say("\n\t    BFD Discriminator 0x").hex0("discriminator", discriminator, 8);
            false
        }
        ENTERPRISE => {
            let vendor = body.be32()?;
            out.say("\n\t    Vendor: ");
            out.named_as("vendor", vendor, enterprises::NAMES, "Unknown", " (0x%04x)");
            false
        }
        _ => true,
    };
    if dumped {
        out.aside(|out| _ = out.bytes("data", data));
    }
    if dumped || cx.verbose() > 1 {
        out.aloud(|out| _ = out.dump_hex("", data, "\n\t    "));
    }
    Ok(true)
}

/// How a stack of classes ended.
enum Walk {
    Done,
    /// In the middle of a class.
    Short,
    /// In the padding behind a class.
    Unpadded,
}

fn stack(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect<Walk> {
    while p.claimed() > 0 {
        if p.claimed() < TLV {
            return Ok(Walk::Short);
        }
        let (kind, length) = (p.be16()?, p.be16()?);
        let size = usize::from(length);
        if p.claimed() < size {
            return Ok(Walk::Short);
        }
        p.need(size)?;
        out.item(|out| {
            out.say("\n\t    ").named_as("type", kind, CLASSES, "Unknown", " subTLV (%u)");
            out.say(", length: ").num("length", length);
            let told = match LENGTHS.iter().find(|row| row.0 == kind) {
                Some((_, right)) if *right != length => {
                    write!(out, "\n\t      invalid subTLV length, should be {right}");
                    out.note_that("wrong_length", true);
                    false
                }
                Some(_) => {
                    class(cx, kind, p, out)?;
                    true
                }
                None => false,
            };
            let data = p.sub(size).rest();
            if !told {
                out.aside(|out| _ = out.bytes("data", data));
            }
            if !told || cx.verbose() > 1 {
                out.aloud(|out| _ = out.dump_hex("", data, "\n\t      "));
            }
            Ok(())
        })?;
        let padded = size.next_multiple_of(4);
        if p.claimed() < padded {
            return Ok(Walk::Unpadded);
        }
        p.pass(padded);
    }
    Ok(Walk::Done)
}

/// What the path is for.
fn class(cx: &Cx, kind: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("\n\t      ");
    match kind {
        1 | 12 => prefix(p.array::<4>()?.into(), p.u8()?, out),
        2 | 13 => prefix(p.array::<16>()?.into(), p.u8()?, out),
        3 => tunnel::<4>(p, out)?,
        4 => tunnel::<16>(p, out)?,
        6 => {
            let (rd, addr, bits) = (p.array()?, p.array::<4>()?, p.u8()?);
            route_distinguisher::say(rd, cx.options.asdot, out);
            prefix(addr.into(), bits, out);
        }
        7 => {
            let (rd, addr, bits) = (p.array()?, p.array::<16>()?, p.u8()?);
            route_distinguisher::say(rd, cx.options.asdot, out);
            prefix(addr.into(), bits, out);
        }
        8 => {
            let (rd, sender, receiver, wire) = (p.array()?, p.be16()?, p.be16()?, p.be16()?);
            route_distinguisher::say(rd, cx.options.asdot, out);
            out.say("Sender VE ID: ").num("sender", sender);
            out.say(", Receiver VE ID: ").num("receiver", receiver);
            out.say("\n\t      Encapsulation Type: ");
            out.named("encapsulation", wire, pseudowires::NAMES, "unknown");
        }
        _ => {
            if kind == 10 {
                let sender = p.array()?;
                out.say("Sender PE: ").ip4("sender", sender).say(", ");
            }
            let (remote, id, wire) = (p.array()?, p.be32()?, p.be16()?);
            out.say("Remote PE: ").ip4("remote", remote).say("\n\t      PW ID: 0x").hex0("pw_id", id, 8);
            out.say(", PW Type: ").named("pw_type", wire, pseudowires::NAMES, "unknown");
        }
    }
    Ok(())
}

fn prefix(addr: Addr, bits: u8, out: &mut Out) {
    out.ip("prefix", addr).say("/").num("bits", bits);
}

/// A session of RSVP, with addresses of `N` bytes.
fn tunnel<const N: usize>(mut p: Cursor, out: &mut Out) -> Dissect
where
    Addr: From<[u8; N]>,
{
    let (end, [_, _], tunnel, extended) = (p.array::<N>()?, p.array()?, p.be16()?, p.array::<N>()?);
    let (sender, [_, _], lsp) = (p.array::<N>()?, p.array()?, p.be16()?);
    out.say("tunnel end-point ").ip("endpoint", end.into());
    out.say(", tunnel sender ").ip("sender", sender.into()).say(", lsp-id 0x").hex0("lsp", lsp, 4);
    out.say("\n\t      tunnel-id 0x").hex0("tunnel", tunnel, 4);
    out.say(", extended tunnel-id ").ip("extended_tunnel", extended.into());
    Ok(())
}

/// Where a router sends on what comes in; the labels are left to the dump.
fn downstream(mut p: Cursor, out: &mut Out) -> Dissect {
    let short = |out: &mut Out| {
        out.say(TOO_SHORT);
        Ok(())
    };
    if p.claimed() < MAPPING {
        return short(out);
    }
    let (mtu, [kind, _]) = (p.be16()?, p.array()?);
    out.say("\n\t    MTU: ").num("mtu", mtu);
    out.say(", Address-Type: ").named("address_type", kind, ADDRESSES, "unknown");
    let length = match kind {
        1 | 2 => 4,
        3 | 4 => 16,
        _ => 0,
    };
    let interface = if kind == 4 { 4 } else { length };
    if p.claimed() < length + interface {
        return short(out);
    }
    p.need(length + interface)?;
    if length > 0 {
        out.say("\n\t    Downstream IP: ");
        address(&mut p, length, "downstream", out)?;
    }
    match kind {
        1 | 3 => {
            out.say("\n\t    Downstream Interface IP: ");
            address(&mut p, length, "interface", out)?;
        }
        2 | 4 => {
            let index = p.be32()?;
            out.say("\n\t    Downstream Interface Index: 0x").hex0("interface_index", index, 8);
        }
        _ => {}
    }
    if p.claimed() < MAPPING { short(out) } else { Ok(()) }
}

fn address(p: &mut Cursor, length: usize, key: &str, out: &mut Out) -> Dissect {
    if length == 4 {
        let addr = p.array()?;
        out.ip4(key, addr);
    } else {
        let addr = p.array()?;
        out.ip6(key, addr);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, values};

    const HEAD: &str = "0001 0000 01 02 03 05 00000001 00000002 c0000000 80000000 00000000 00000000";

    fn says(tlvs: &str, args: &str, words: &str) {
        check(
            &LSPPING,
            &format!("{HEAD} {tlvs}"),
            args,
            &format!(
                "\n\tLSP-PINGv1, msg-type: MPLS Echo Request (1), length: {}\
                 \n\t  reply-mode: Reply via an IPv4/IPv6 UDP packet (2)\
                 \n\t  Return Code: Replying router is an egress for the FEC at stack depth 5 (3)\
                 \n\t  Return Subcode: (5)\n\t  Sender Handle: 0x00000001, Sequence: 2\
                 \n\t  TimeStamp Sent: 3221225472.500000000 (2002-01-28T16:51:12Z)\
                 \n\t  TimeStamp Received: no timestamp{words}",
                32 + bytes(tlvs).len()
            ),
        );
    }

    #[test]
    fn headers() {
        check(&LSPPING, HEAD, "", "LSP-PINGv1, MPLS Echo Request, seq 2, length: 32");
        says("", "-v", "");
        let old = HEAD.replacen("0001", "0002", 1);
        check(&LSPPING, &old, "", "LSP-PING version 2 packet not supported");
        check(&LSPPING, "0001 0000", "", "\n\t\t packet is too short");
    }

    #[test]
    fn classes() {
        let stack = "0001 000c 0001 0005 0a000001 20 000000";
        let said = "\n\t  Target FEC Stack TLV (1), length: 12\n\t    LDP IPv4 prefix subTLV (1), length: 5\
                    \n\t      10.0.0.1/32";
        says(stack, "-v", said);
        let dumps = "\n\t      0x0000:  0a00 0001 20\n\t    0x0000:  0001 0005 0a00 0001 2000 0000";
        says(stack, "-vv", &format!("{said}{dumps}"));
        says(
            "0001 0018 0003 0014 0a000001 0000 5372 0a000002 0a000003 0000 0010",
            "-v",
            "\n\t  Target FEC Stack TLV (1), length: 24\
             \n\t    RSVP IPv4 Session Query subTLV (3), length: 20\
             \n\t      tunnel end-point 10.0.0.1, tunnel sender 10.0.0.3, lsp-id 0x0010\
             \n\t      tunnel-id 0x5372, extended tunnel-id 10.0.0.2",
        );
        says(
            "0001 0014 000a 000e 0a000001 0a000002 00000007 0005 0000 000d 0004 01020304",
            "-v",
            "\n\t  Target FEC Stack TLV (1), length: 20\n\t    FEC 128 pseudowire subTLV (10), length: 14\
             \n\t      Sender PE: 10.0.0.1, Remote PE: 10.0.0.2\
             \n\t      PW ID: 0x00000007, PW Type: Ethernet (5)\n\t  Unknown TLV (13), length: 4\
             \n\t    0x0000:  0102 0304",
        );
        let said = values(&LSPPING, &format!("{HEAD} {stack}"));
        let class = r#""classes":[{"type":1,"length":5,"prefix":"10.0.0.1","bits":32}]"#;
        assert!(said.contains(class), "{said}");
    }

    #[test]
    fn other_values() {
        says(
            "0002 0010 05dc 02 00 0a000001 00000009 00000000 000f 0004 deadbeef 0005 0004 00000009",
            "-v",
            "\n\t  Downstream Mapping TLV (2), length: 16\n\t    MTU: 1500, Address-Type: Unnumbered IPv4 (2)\
             \n\t    Downstream IP: 10.0.0.1\n\t    Downstream Interface Index: 0x00000009\
             \n\t    0x0000:  05dc 0200 0a00 0001 0000 0009 0000 0000\
             \n\t  BFD Discriminator TLV (15), length: 4\n\t    BFD Discriminator 0xdeadbeef\
             \n\t  Vendor Enterprise Code TLV (5), length: 4\n\t    Vendor: Cisco (0x0009)",
        );
    }

    #[test]
    fn lengths_that_lie() {
        says(
            "000f 0003 deadbe",
            "-v",
            "\n\t  BFD Discriminator TLV (15), length: 3\n\t      TLV is too short\n\t    0x0000:  dead be\
             \n\t\t packet is too short",
        );
        says(
            "0001 0008 000d 0004 01020304 0003 0009",
            "-v",
            "\n\t  Target FEC Stack TLV (1), length: 8\n\t    BGP labeled IPv6 prefix subTLV (13), length: 4\
             \n\t      invalid subTLV length, should be 17\n\t      0x0000:  0102 0304\
             \n\t  Pad TLV (3), length: 9\n\t\t packet is too short",
        );
    }
}
