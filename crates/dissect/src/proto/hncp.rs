//! HNCP, the Home Networking Control Protocol (RFC 7788), over DNCP (RFC 7787).
//!
//! ```text
//! | type (2) | length (2) | value .. | padding to four bytes | ..
//! ```
//! Most values end in TLVs of their own.

use crate::prelude::*;

mod dhcp;
mod value;

/// HNCP.
pub static HNCP: Protocol = Protocol { name: "hncp", dissect };

/// How deep TLVs are looked for in TLVs.
const MAX_NESTING: usize = 100;
/// Bytes before a value.
const HEADER: usize = 4;

/// Types, and kinds of types that have no name, counted from 0x10000 on.
const NAMES: NameTable = &[
    (1, "Request network state"),
    (2, "Request node state"),
    (3, "Node endpoint"),
    (4, "Network state"),
    (5, "Node state"),
    (8, "Peer"),
    (9, "Keep-alive interval"),
    (10, "Trust-Verdict"),
    (32, "HNCP-Version"),
    (33, "External-Connection"),
    (34, "Delegated-Prefix"),
    (43, "Prefix-Policy"),
    (37, "DHCPv4-Data"),
    (38, "DHCPv6-Data"),
    (35, "Assigned-Prefix"),
    (36, "Node-Address"),
    (39, "DNS-Delegated-Zone"),
    (40, "Domain-Name"),
    (41, "Node-Name"),
    (42, "Managed-PSK"),
    (RESERVED, "Reserved"),
    (UNASSIGNED, "Unassigned"),
    (PRIVATE, "Private use"),
    (FUTURE, "Future use"),
];
const RESERVED: u32 = 0x10000;
const UNASSIGNED: u32 = 0x10001;
const PRIVATE: u32 = 0x10002;
const FUTURE: u32 = 0x10003;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("hncp (").num("length", p.claimed()).say(")");
    records(cx, p, 1, out)
}

/// How a run of TLVs came to its end.
enum End {
    Whole,
    Cut,
    Lie,
}

/// A run of TLVs, `indent` tabs from the left; or, deeper than the user wants to look, what it consists of.
fn records(cx: &mut Cx, p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    let verbose = usize::from(cx.verbose());
    let end = if indent > MAX_NESTING {
        End::Lie
    } else if verbose < 3 && indent > verbose {
        summary(p, indent, out)
    } else {
        out.list("tlvs", |out| each(cx, p, indent, out))?
    };
    match end {
        End::Whole => Ok(()),
        End::Cut => cx.soft_cut(out),
        End::Lie => {
            invalid(out);
            Ok(())
        }
    }
}

fn invalid(out: &mut Out) {
    out.say(" (invalid)").note_that("invalid", true);
}

fn new_line(indent: usize, out: &mut Out) {
    out.say("\n");
    for _ in 0..indent {
        out.say("\t");
    }
}

fn each(cx: &mut Cx, mut p: Cursor, indent: usize, out: &mut Out) -> Dissect<End> {
    while p.claimed() > 0 {
        new_line(indent, out);
        let (kind, value) = match next(&mut p) {
            Ok(tlv) => tlv,
            Err(end) => return Ok(end),
        };
        let held = out.item(|out| {
            let name = name_of(kind);
            out.note("type", kind).aloud(|out| {
                out.name("", name, NAMES, "");
                if name >= RESERVED {
                    out.say(": type=").num("", kind);
                }
                out.say(" (").num("", value.claimed() + HEADER).say(")");
            });
            out.note("length", value.claimed());
            value::dissect(cx, kind, value, indent, out)
        })?;
        if !held {
            return Ok(End::Lie);
        }
    }
    Ok(End::Whole)
}

/// The next TLV: its type and its value.
fn next<'p>(p: &mut Cursor<'p>) -> Result<(u16, Cursor<'p>), End> {
    let whole = p.claimed();
    let mut tlv = *p;
    let (Ok(kind), Ok(stated)) = (tlv.be16(), tlv.be16()) else { return Err(End::Cut) };
    let length = usize::from(stated);
    if whole < HEADER {
        return Err(End::Lie);
    }
    if tlv.need(length).is_err() && tlv.captured() < length {
        return Err(End::Cut);
    }
    if whole < HEADER + length {
        return Err(End::Lie);
    }
    p.pass(HEADER + length.next_multiple_of(4));
    Ok((kind, tlv.claiming(length)))
}

/// The number under which a type has its name.
fn name_of(kind: u16) -> u32 {
    match kind {
        0 => RESERVED,
        _ if crate::out::lookup(NAMES, kind.into()).is_some() => kind.into(),
        44..=511 => UNASSIGNED,
        768..=1023 => PRIVATE,
        _ => FUTURE,
    }
}

/// The types of a run of TLVs in one line, equal ones behind each other counted. Only text is ever so short.
fn summary(mut p: Cursor, indent: usize, out: &mut Out) -> End {
    let (mut last, mut count, mut first) = (0, 0u32, true);
    while p.claimed() > 0 {
        let kind = match next(&mut p) {
            Ok((kind, _)) => name_of(kind),
            Err(end) => return end,
        };
        if kind != last {
            counted(last, count, indent, &mut first, out);
            (last, count) = (kind, 0);
        }
        count += 1;
    }
    counted(last, count, indent, &mut first, out);
    End::Whole
}

fn counted(kind: u32, count: u32, indent: usize, first: &mut bool, out: &mut Out) {
    if count == 0 {
        return;
    }
    match (std::mem::take(first), indent) {
        (true, 1) => drop(out.say(" ")),
        (true, _) => new_line(indent, out),
        _ => drop(out.say(", ")),
    }
    out.aloud(|out| {
        out.name("", kind, NAMES, "");
        if count > 1 {
            out.say(" (x").num("", count).say(")");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const STATE: &str = "0005 0020 01020304 00000007 000003e8 0000000000000009  0020 0006 00000123 6162 0000";

    fn said(hex: &str, args: &str, words: &str) {
        let length = crate::testing::bytes(hex).len();
        check(&HNCP, hex, args, &format!("hncp ({length}){words}"));
    }

    #[test]
    fn from_short_to_long() {
        let hex = format!("0001 0000 0001 0000 {STATE}");
        said(&hex, "", " Request network state (x2), Node state");
        let state = "\n\tRequest network state (4)\n\tRequest network state (4)\
                     \n\tNode state (36) NID: 01:02:03:04 seqno: 7 1.000s hash: 0000000000000009";
        said(&hex, "-v", &format!("{state}\n\t\tHNCP-Version"));
        said(&hex, "-vvv", &format!("{state}\n\t\tHNCP-Version (10) M: 0 P: 1 H: 2 L: 3 User-agent: ab"));
    }

    #[test]
    fn prefixes_and_addresses() {
        said(
            "0021 0014 0022 0010 000003e8 000007d0 30 20010db80001 00",
            "-vvv",
            "\n\tExternal-Connection (24)\n\t\tDelegated-Prefix (20) VLSO: 1.000s PLSO: 2.000s Prefix: 2001:db8:1::/48",
        );
        said(
            "0023 0016 00000001 02 78 00000000000000000000ffff 0a0001 0000",
            "-vvv",
            "\n\tAssigned-Prefix (26) EPID: 00000001 Prty: 2 Prefix: 10.0.1.0/24",
        );
        said("0023 0007 00000001 02 81 00 00", "-vvv", "\n\tAssigned-Prefix (11) (invalid)");
        said(
            "0024 0014 00000001 00000000000000000000ffff0a000001",
            "-vvv",
            "\n\tNode-Address (24) EPID: 00000001 IP Address: 10.0.0.1",
        );
        said(
            "002b 0001 00 000000 002b 0006 81 03616263 00 0000",
            "-vvv",
            "\n\tPrefix-Policy (5) type: Internet connectivity\n\tPrefix-Policy (10) type: DNS domain: abc",
        );
    }

    #[test]
    fn names_and_secrets() {
        said(
            "0029 0013 20010db8000000000000000000000001 02 7231 00",
            "-vvv",
            "\n\tNode-Name (23) IP-Address: 2001:db8::1 Name: \"r1\"",
        );
        said(
            "0027 0016 20010db8000000000000000000000001 05 03616263 00 0000",
            "-vvv",
            "\n\tDNS-Delegated-Zone (26) IP-Address: 2001:db8::1 l-s abc",
        );
        said("0028 0003 046162 00", "-vvv", "\n\tDomain-Name (7) Domain: ab[|DNS]");
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        said(&format!("002a 0020 {key}"), "-vvv", &format!("\n\tManaged-PSK (36) PSK: {key}"));
    }

    #[test]
    fn dhcp_data() {
        said("0025 0006 06 04 0a000001 0000", "-vvv", "\n\tDHCPv4-Data (10)\n\t\tDNS-server (6) 10.0.0.1");
        said("0025 0002 06 05 0000", "-vvv", "\n\tDHCPv4-Data (6)\n\t\tDNS-server (7) (invalid)");
        said(
            "0026 0014 0017 0010 20010db8000000000000000000000001",
            "-vvv",
            "\n\tDHCPv6-Data (24)\n\t\tDNS-server (20) 2001:db8::1",
        );
        said(
            "0026 0009 0018 0005 03616263 00 000000",
            "-vvv",
            "\n\tDHCPv6-Data (13)\n\t\tDNS-search-list (9) abc.",
        );
    }

    #[test]
    fn lies() {
        said("0000 0000 01fe 0000", "-v", "\n\tReserved: type=0 (4)\n\tUnassigned: type=510 (4)");
        said("0001 0008", "-v", "\n\t [|hncp]");
        said("0001 0004 00000000", "-v", "\n\tRequest network state (8) (invalid)");
        said("0002 0000", "", " Request node state");
        said("0002 0000", "-v", "\n\tRequest node state (4) (invalid)");
        let deep =
            format!("{}00210000", (1..300).rev().map(|n| format!("0021{:04x}", n * 4)).collect::<String>());
        let said = crate::testing::conversation(&HNCP, &[deep], "-vvv").remove(0);
        assert!(said.ends_with(" (invalid)"), "{said}");
    }

    #[test]
    fn values_of_a_state() {
        assert_eq!(
            values(&HNCP, STATE),
            "{\"hncp\":{\"length\":36,\"tlvs\":[{\"type\":5,\"length\":32,\"node\":\"01:02:03:04\",\"seqno\":7,\
             \"interval_ms\":1000,\"hash\":9,\"nested\":{\"tlvs\":[{\"type\":32,\"length\":6,\"capabilities\":291,\
             \"user_agent\":\"ab\"}]}}]}}"
        );
    }
}
