//! OSI's connectionless network service: CLNP (ISO/IEC 8473-1), ES-IS (ISO 9542) and IS-IS (ISO/IEC 10589),
//! told apart by the first byte (ISO/IEC TR 9577).
//!
//! ```text
//! |     NLPID     |  header ..
//! ```

use crate::parts::nlpids;
use crate::prelude::*;

mod clnp;
mod esis;
mod isis;

/// A packet of OSI, beginning with its NLPID.
pub static ISOCLNS: Protocol = Protocol { name: "isoclns", dissect };

/// The same, behind the byte of padding that ethertype 0xfefe has.
pub static PADDED: Protocol = Protocol { name: "isoclns", dissect: padded };

const NULL: u8 = 0x00;
const Q933: u8 = 0x08;
const CLNP: u8 = 0x81;
const ESIS: u8 = 0x82;
const ISIS: u8 = 0x83;
const IPV6: u8 = 0x8e;
const IPV4: u8 = 0xcc;
const PPP: u8 = 0xcf;

fn padded(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    p.skip(1)?;
    dissect(cx, p, out)
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut behind = p;
    let nlpid = behind.u8()?;
    let length = p.claimed();
    out.note("nlpid", nlpid);
    if cx.options.link_header {
        out.aloud(|out| {
            out.say("OSI NLPID ").name("", nlpid, nlpids::NAMES, "Unknown").say(" (0x");
            out.hex0("", nlpid, 2).say("): ");
        });
    }
    let explained = match nlpid {
        CLNP => clnp::say(cx, p, out)?,
        ESIS => return esis::say(cx, p, out),
        ISIS => isis::say(cx, p, out)?,
        NULL => {
            out.say(comma(cx)).say("length: ").num("length", length);
            true
        }
        Q933 | PPP if cx.next(Space::Nlpid(nlpid), behind, out)? => true,
        IPV4 if cx.next(Space::EtherType(0x0800), behind, out)? => true,
        IPV6 if cx.next(Space::EtherType(0x86dd), behind, out)? => true,
        _ => {
            if !cx.options.link_header {
                out.aloud(|out| {
                    out.say("OSI NLPID 0x").hex0("", nlpid, 2).say(" unknown");
                });
            }
            out.say(comma(cx)).say("length: ").num("length", length);
            length <= 1
        }
    };
    if !explained {
        out.dump_hex("data", p.rest(), "\n\t");
    }
    Ok(())
}

/// What stands between the name of a protocol and what is said of it: the name stands far away under `-e`.
fn comma(cx: &Cx) -> &'static str {
    if cx.options.link_header { "" } else { ", " }
}

/// A length indicator that is too short for the header: text hears all the bytes.
fn too_short(indicator: u8, p: Cursor, out: &mut Out) {
    out.aloud(|out| {
        out.say(" length indicator ").num("", indicator).say(" < min PDU size:");
        for byte in p.rest() {
            write!(out, "{byte:02X}");
        }
    });
}

/// Judges the checksum that stands at `offset` of the first `length` bytes of `p`, and says the verdict.
fn judge(p: Cursor, offset: usize, length: usize, found: u16, out: &mut Out) {
    let pdu = p.rest().get(..length).filter(|_| found != 0 && offset <= length);
    match pdu.filter(|_| p.captured() >= offset + 2) {
        None => {
            out.say(" (unverified)");
        }
        Some(pdu) => {
            let right = checksum::iso(pdu, offset);
            out.note_that("checksum_ok", right == found);
            if right == found {
                out.say(" (correct)");
            } else {
                write!(out, " (incorrect should be 0x{right:04x})");
            }
        }
    }
}

/// A list of network layer protocols.
fn nlpids(mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("protocols", |out| {
        while p.claimed() > 0 {
            let nlpid = p.u8()?;
            out.named_as("", nlpid, nlpids::NAMES, "unknown", " (0x%02x)");
            if p.claimed() > 0 {
                out.say(", ");
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_with_keys, values};

    const LSP: &str = "83 1b 01 00 12 01 00 00 003c 04b0 111111111111 0000 00000007 0000 01 \
                       01 04 03 490001 81 01 cc 84 04 c0000201 89 02 5231 02 0c 00 0a808080 222222222222 00";

    /// Neither lifetime nor the digest itself counts.
    #[test]
    fn a_digest() {
        let says = |digest: &str, words: &str| {
            let hex = format!(
                "83 1b 01 00 12 01 00 00 002e 04b0 111111111111 0000 00000007 0000 01 0a 11 36 {digest}"
            );
            let said = format!(
                "IS-IS, length 46\n\tL1 LSP, hlen: 27, v: 1, pdu-v: 1, sys-id-len: 6 (0), max-area: 3 (0)\
                 \n\t  lsp-id: 1111.1111.1111.00-00, seq: 0x00000007, lifetime:  1200s\
                 \n\t  chksum: 0x0000 (unverified), PDU length: 46, Flags: [ L1 IS ]\
                 \n\t    Authentication TLV #10, length: 17\n\t      HMAC-MD5 password: {digest} ({words})"
            );
            check_with_keys(&ISOCLNS, &hex, "-v", &said);
        };
        let digest = "11".repeat(16);
        says(&digest, "valid");
        says(&digest.replacen("11", "12", 1), "invalid");
    }

    #[test]
    fn a_link_state_pdu() {
        let lsp = LSP;
        check(
            &ISOCLNS,
            lsp,
            "",
            "IS-IS, L1 LSP, lsp-id 1111.1111.1111.00-00, seq 0x00000007, lifetime  1200s, length 60",
        );
        check(
            &ISOCLNS,
            lsp,
            "-v",
            "IS-IS, length 60\n\tL1 LSP, hlen: 27, v: 1, pdu-v: 1, sys-id-len: 6 (0), max-area: 3 (0)\
             \n\t  lsp-id: 1111.1111.1111.00-00, seq: 0x00000007, lifetime:  1200s\
             \n\t  chksum: 0x0000 (unverified), PDU length: 60, Flags: [ L1 IS ]\
             \n\t    Area address(es) TLV #1, length: 4\
             \n\t      Area address (length: 3): 49.0001\
             \n\t    Protocols supported TLV #129, length: 1\
             \n\t      NLPID(s): IPv4 (0xcc)\
             \n\t    IPv4 Interface address(es) TLV #132, length: 4\
             \n\t      IPv4 interface address: 192.0.2.1\
             \n\t    Hostname TLV #137, length: 2\
             \n\t      Hostname: R1\
             \n\t    IS Reachability TLV #2, length: 12\
             \n\t      IsNotVirtual\
             \n\t      IS Neighbor: 2222.2222.2222.00, Default Metric: 10, Internal",
        );
        let values = values(&ISOCLNS, lsp);
        assert!(
            values.contains(r#""lsp":"1111.1111.1111.00-00","sequence":7,"lifetime_s":1200"#),
            "{values}"
        );
        assert!(values.contains(r#"{"type":137,"length":2,"name":"R1"}"#), "{values}");
    }

    #[test]
    fn sub_tlvs_of_links_and_prefixes() {
        let hello = "83 11 01 00 1b 01 00 00 0038 111111111111 00";
        let links = "16 11 222222222222 00 00000a 06 09 04 4cee6b28";
        let prefixes = "87 12 0000000a 58 cb0071 09 01 04 00000063 03 01 c0";
        check(
            &ISOCLNS,
            &format!("{hello} {links} {prefixes}"),
            "-v",
            "IS-IS, length 56\n\tL2 PSNP, hlen: 17, v: 1, pdu-v: 1, sys-id-len: 6 (0), max-area: 3 (0)\
             \n\t  source-id:    1111.1111.1111.00, PDU length: 56\
             \n\t    Extended IS Reachability TLV #22, length: 17\
             \n\t      IS Neighbor: 2222.2222.2222.00, Metric: 10, sub-TLVs present (6)\
             \n\t        Maximum link bandwidth subTLV #9, length: 4, 1000.000 Mbps\
             \n\t    Extended IPv4 Reachability TLV #135, length: 18\
             \n\t      IPv4 prefix:     203.0.113.0/24, Distribution: up, Metric: 10, sub-TLVs present (9)\
             \n\t        32-Bit Administrative tag subTLV #1, length: 4, 0x00000063 (=99)\
             \n\t        Prefix SID subTLV #3, length: 1 [|isis]",
        );
    }

    #[test]
    fn lengths_that_contradict_each_other() {
        let header = "IS-IS, length 60\n\tL1 LSP, hlen: 27, v: 1, pdu-v: 1, sys-id-len: 6 (0), max-area: 3 (0)\
                      \n\t  lsp-id: 1111.1111.1111.00-00, seq: 0x00000007, lifetime:  1200s";
        let summed = |length| {
            format!("{header}\n\t  chksum: 0x0000 (unverified), PDU length: {length}, Flags: [ L1 IS ]")
        };
        check(
            &ISOCLNS,
            &LSP.replacen("01 04 03", "01 40 03", 1),
            "-v",
            &format!("{}\n\t    Area address(es) TLV #1, length: 64 [|isis]", summed(60)),
        );
        check(
            &ISOCLNS,
            &LSP.replacen("003c", "0014", 1),
            "-v",
            &format!("{} [packet length 20 < 27] (invalid)", summed(20)),
        );
    }

    #[test]
    fn end_systems() {
        let ish = "82 13 01 00 04 001e 0000 03 490001 c6 02 0258 81 00";
        check(&ISOCLNS, ish, "", "ES-IS, ISH, length 19");
        check(
            &ISOCLNS,
            ish,
            "-v",
            "ES-IS, length 19\n\tISH (4), v: 1, checksum: 0x0000 (unverified), holding time: 30s, length indicator: 19\
             \n\t  NET (length: 3): 49.0001\
             \n\t  ES Configuration Time Option #198, length 2, value: 600s\
             \n\t  Protocols supported Option #129, length 0, value: ",
        );
        check(&ISOCLNS, "8203", "", "ES-ISno header at all!");
    }

    #[test]
    fn clnp_data() {
        let data = "81 11 01 07 1c 0015 0000 03 490001 03 490002 aabbccdd";
        check(&ISOCLNS, data, "", "CLNP, 49.0002 > 49.0001, Data, length 21");
        check(
            &ISOCLNS,
            data,
            "-v",
            "CLNP, length 21\n\tData PDU, hlen: 17, v: 1, lifetime: 3.5s, Segment PDU length: 21, checksum: 0x0000 (unverified)\
             \n\tFlags [none]\n\tsource address (length 3): 49.0002\n\tdest   address (length 3): 49.0001\
             \n\t  undecoded non-header data, length 4\n\t  0x0000:  aabb ccdd",
        );
    }

    #[test]
    fn nobody_knows_the_rest() {
        check(&ISOCLNS, "fe 01", "", "OSI NLPID 0xfe unknown, length: 2\n\t0x0000:  fe01");
        check(&ISOCLNS, "00", "-e", "OSI NLPID NULL (0x00): length: 1");
        check(&ISOCLNS, "", "", " [|isoclns]");
    }
}
