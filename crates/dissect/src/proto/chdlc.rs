//! Cisco HDLC and its keepalives, SLARP (RFC 1547 section 4.3.1).
//!
//! ```text
//! | address | 00 (control) | type (2): an ethertype, or 8035 for SLARP | payload ..
//! SLARP: | code (4) | address, my sequence (4) | mask, your sequence (4) | reliability (2) | uptime (4) |
//! ```

use crate::parts::ethertypes;
use crate::prelude::*;

/// Cisco HDLC.
pub static CHDLC: Protocol = Protocol { name: "chdlc", dissect };
static SLARP: Protocol = Protocol { name: "chdlc_slarp", dissect: slarp };

const HEADER: usize = 4;
const ADDRESSES: NameTable = &[(0x0f, "unicast"), (0x8f, "bcast")];
const ETHERTYPE_SLARP: u16 = 0x8035;
const OSI: u16 = 0xfefe;

/// Bytes of SLARP without, and with the uptime.
const SLARP_LEAST: usize = 14;
const SLARP_MOST: usize = 18;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(Stop::Truncated);
    }
    p.need(HEADER)?;
    let [address, control] = p.array()?;
    let kind = p.be16()?;
    cx.link_header_is(HEADER);
    out.note("address", address).note("control", control).note("type", kind);
    if cx.options.link_header {
        out.aloud(|out| {
            out.name("", address, ADDRESSES, "0x%02x").say(", ethertype ");
            out.named_as("", kind, ethertypes::NAMES, "Unknown", " (0x%04x)");
            out.say(", length ").num("", length).say(": ");
        });
    }
    match kind {
        0x0800 | 0x86dd | 0x8847 | 0x8848 if cx.next(Space::EtherType(kind), p, out)? => Ok(()),
        ETHERTYPE_SLARP => cx.hand_to(&SLARP, p, out),
        OSI => {
            // A byte of padding may stand before what OSI calls its protocols by.
            if p.claimed() < 2 {
                return Err(Stop::Truncated);
            }
            let [_, second] = p.at(0).array()?;
            if matches!(second, 0x81..=0x83) {
                p.skip(1)?;
            }
            cx.next(Space::Sap(0xfe), p, out).map(drop)
        }
        _ => {
            if !cx.options.link_header {
                write!(out, "unknown CHDLC protocol (0x{kind:04x})");
            }
            Ok(())
        }
    }
}

fn slarp(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let whole = p;
    let length = p.claimed();
    out.say("SLARP (length: ").num("length", length).say("), ");
    if length < SLARP_LEAST {
        return Err(Stop::Truncated);
    }
    p.need(SLARP_LEAST)?;
    let code = p.be32()?;
    out.note("code", code);
    match code {
        0 => _ = out.say("request"),
        1 => {
            let (addr, mask) = (p.array()?, p.array()?);
            out.say("reply ").ip4("addr", addr).say("/").ip4("mask", mask);
        }
        2 => keepalive(p, length, out)?,
        _ => {
            write!(out, "0x{code:02x} unknown");
            if cx.verbose() <= 1 {
                out.dump_hex("data", whole.at(4).rest(), "\n\t");
            }
        }
    }
    if length > SLARP_MOST && cx.verbose() > 0 {
        write!(out, ", (trailing junk: {} bytes)", length - SLARP_MOST);
    }
    if cx.verbose() > 1 {
        let data = whole.at(4).rest();
        match code {
            0..=2 => out.aloud(|out| _ = out.dump_hex("", data, "\n\t")),
            _ => out.dump_hex("data", data, "\n\t"),
        };
    }
    Ok(())
}

fn keepalive(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let (mine, yours, reliability) = (p.be32()?, p.be32()?, p.be16()?);
    out.say("keepalive: mineseen=0x").hex0("mine_seen", mine, 8);
    out.say(", yourseen=0x").hex0("yours_seen", yours, 8);
    out.say(", reliability=0x").hex0("reliability", reliability, 4);
    if length >= SLARP_MOST {
        let uptime = p.be32()?;
        out.note("uptime", uptime);
        let seconds = uptime / 1000;
        let (days, hours) = (seconds / 86400, seconds / 3600 % 24);
        write!(out, ", link uptime={days}d{hours}h{}m{}s", seconds / 60 % 60, seconds % 60);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn keepalives() {
        let packet = "0f00 8035 00000002 00000001 00000003 ffff 05265c00";
        let said = "SLARP (length: 18), keepalive: mineseen=0x00000001, yourseen=0x00000003, reliability=0xffff, \
                    link uptime=1d0h0m0s";
        check(&CHDLC, packet, "", said);
        check(&CHDLC, packet, "-e", &format!("unicast, ethertype Reverse ARP (0x8035), length 22: {said}"));
        check(
            &CHDLC,
            &format!("{packet} 0000"),
            "-v",
            &format!("{}, (trailing junk: 2 bytes)", said.replace("18", "20")),
        );
        assert_eq!(
            values(&CHDLC, "0f00 8035 00000001 0a000001 ffffff00 0000"),
            r#"{"chdlc":{"address":15,"control":0,"type":32821,"chdlc_slarp":{"length":14,"code":1,"addr":"10.0.0.1","mask":"255.255.255.0"}}}"#
        );
    }

    #[test]
    fn other_messages() {
        check(&CHDLC, "8f00 8035 00000000 00000000 00000000 0000", "", "SLARP (length: 14), request");
        check(
            &CHDLC,
            "8f00 8035 00000001 0a000001 ffffff00 0000",
            "",
            "SLARP (length: 14), reply 10.0.0.1/255.255.255.0",
        );
        let dump = "\n\t0x0000:  6869 0000 0000 0000 0000";
        check(
            &CHDLC,
            "8f00 8035 00000007 6869 0000 00000000 0000",
            "-v",
            &format!("SLARP (length: 14), 0x07 unknown{dump}"),
        );
        check(&CHDLC, "8f00 8035 00000007", "", "SLARP (length: 4),  [|chdlc_slarp]");
    }

    #[test]
    fn payloads() {
        check(&CHDLC, "0f00 0800 40", "", "IP  [length 1 < 20] (invalid)");
        check(&CHDLC, "0f00 1234 40", "", "unknown CHDLC protocol (0x1234)");
        check(&CHDLC, "0f00 fefe 00", "", " [|chdlc]");
        check(&CHDLC, "0f00", "", " [|chdlc]");
    }
}
