//! MPTCP, Multipath TCP: the TCP option that ties subflows together (RFC 6824: version 0; RFC 8684: version 1).
//!
//! ```text
//! +---------------+---------------+-------+-----------------------+
//! |   kind = 30   |    length     |subtype|  by subtype           |
//! +---------------+---------------+-------+-----------------------+
//! ```
//! The length decides what a subtype holds; one that it cannot have makes the options of the segment a lie.

use super::{ACK, SYN};
use crate::prelude::*;

/// What a cut in this option is called.
const NAME: &str = "mptcp";

const CAPABLE: u8 = 0;
const JOIN: u8 = 1;
const DSS: u8 = 2;
const ADD_ADDR: u8 = 3;
const REMOVE_ADDR: u8 = 4;
const PRIO: u8 = 5;
const FAIL: u8 = 6;
const FAST_CLOSE: u8 = 7;
const TCP_RST: u8 = 8;

const SUBTYPES: NameTable = &[
    (0, "capable"),
    (1, "join"),
    (2, "dss"),
    (3, "add-addr"),
    (4, "rem-addr"),
    (5, "prio"),
    (6, "fail"),
    (7, "fast-close"),
    (8, "tcprst"),
];

const CAPABLE_FLAGS: Flags =
    &[(0x80, "A"), (0x40, "B"), (0x20, "C"), (0x10, "D"), (0x08, "E"), (0x04, "F"), (0x02, "G"), (0x01, "H")];
const CHECKSUM_REQUIRED: u8 = 0x80;

const BACKUP: u8 = 0x1;

const DSS_FIN: u8 = 0x10;
const DSS_SEQ_8: u8 = 0x08;
const DSS_SEQ: u8 = 0x04;
const DSS_ACK_8: u8 = 0x02;
const DSS_ACK: u8 = 0x01;

/// Version 0 names the IP version here, version 1 whether this echoes an announcement.
const ADD_ADDR_FORMS: NameTable = &[(6, "v0-ip6"), (4, "v0-ip4"), (1, "v1-echo"), (0, "v1")];

const RST_FLAGS: Flags = &[(0x8, "U"), (0x4, "V"), (0x2, "W"), (0x1, "T")];
const RST_REASONS: NameTable = &[
    (0, "Unspecified error"),
    (1, "MPTCP-specific error"),
    (2, "Lack of resources"),
    (3, "Administratively prohibited"),
    (4, "Too much outstanding data"),
    (5, "Unacceptable performance"),
    (6, "Middlebox interference"),
];

/// Says the option, `p` being what follows its length, in a segment with these TCP flags.
pub(super) fn say(cx: &mut Cx, flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    cx.speaking = NAME;
    let length = p.claimed() + 2;
    if length < 3 {
        return Err(Stop::Invalid);
    }
    let head = p.u8()?;
    let subtype = head >> 4;
    out.say(" ").num("length", length).say(" ").name("subtype", subtype, SUBTYPES, "unknown");
    match subtype {
        CAPABLE => capable(head & 0xf, length, flags, p, out),
        JOIN => join(head & BACKUP != 0, length, flags, p, out),
        DSS => data_sequence(flags, p, out),
        ADD_ADDR => add_addr(head & 0xf, length, p, out),
        REMOVE_ADDR => remove_addr(p, out),
        PRIO => prio(head & BACKUP != 0, length, p, out),
        FAIL | FAST_CLOSE => one_number(subtype, length, p, out),
        TCP_RST => tcp_rst(head & 0xf, length, p, out),
        _ => Ok(()),
    }
}

fn holds(right: bool) -> Dissect {
    if right { Ok(()) } else { Err(Stop::Invalid) }
}

fn capable(version: u8, length: usize, flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    let opening = matches!(length, 4 | 12) && flags & SYN != 0;
    let third = matches!(length, 20 | 22 | 24) && flags & (SYN | ACK) == ACK;
    holds(opening || third)?;
    if version > 1 {
        out.say(" Unknown Version (").num("version", version).say(")");
        return Ok(());
    }
    out.say(" v").num("version", version);
    let bits = p.u8()?;
    out.say(" flags [").letters("flags", bits, CAPABLE_FLAGS, "none").say("]");
    let checksum = bits & CHECKSUM_REQUIRED != 0;
    if checksum {
        out.say(" csum");
    }
    if length >= 12 {
        let sender_key = p.be64()?;
        out.say(" {0x").hex("sender_key", sender_key);
        if length >= 20 {
            let receiver_key = p.be64()?;
            out.say(",0x").hex("receiver_key", receiver_key);
        }
        if (length == 22 && !checksum) || length == 24 {
            let data_length = p.be16()?;
            out.say(",data_len=").num("data_length", data_length);
        }
        out.say("}");
    }
    Ok(())
}

fn join(backup: bool, length: usize, flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    let syn = length == 12 && flags & SYN != 0;
    let syn_ack = length == 16 && flags & (SYN | ACK) == SYN | ACK;
    let third = length == 24 && flags & ACK != 0;
    holds(syn || syn_ack || third)?;
    let id = p.u8()?;
    if third {
        let hmac = p.take(20)?;
        out.say(" hmac 0x").bytes("hmac", hmac);
        return Ok(());
    }
    out.note_that("backup", backup).say(if backup { " backup" } else { "" }).say(" id ").num("id", id);
    if syn {
        let token = p.be32()?;
        out.say(" token 0x").hex("token", token);
    } else {
        let hmac = p.be64()?;
        out.say(" hmac 0x").hex("hmac", hmac);
    }
    let nonce = p.be32()?;
    out.say(" nonce 0x").hex("nonce", nonce);
    Ok(())
}

/// Data Sequence Signal: where the bytes of this subflow stand in the connection.
fn data_sequence(flags: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    holds(p.claimed() >= 1 && flags & SYN == 0)?;
    let bits = p.u8()?;
    if bits & DSS_FIN != 0 {
        out.say(" fin");
    }
    out.note_that("fin", bits & DSS_FIN != 0);
    if bits & DSS_ACK != 0 {
        out.say(" ack ");
        number("ack", bits & DSS_ACK_8 != 0, p, out)?;
    }
    if bits & DSS_SEQ != 0 {
        out.say(" seq ");
        number("seq", bits & DSS_SEQ_8 != 0, p, out)?;
        holds(p.claimed() >= 4)?;
        let subflow_seq = p.be32()?;
        out.say(" subseq ").num("subflow_seq", subflow_seq);
        holds(p.claimed() >= 2)?;
        let data_length = p.be16()?;
        out.say(" len ").num("data_length", data_length);
        if p.claimed() >= 2 {
            let checksum = p.be16()?;
            out.say(" csum 0x").hex("checksum", checksum);
        }
    }
    holds(p.claimed() == 0)
}

/// A data sequence number of 8 bytes or of 4.
fn number(key: &str, wide: bool, p: &mut Cursor, out: &mut Out) -> Dissect {
    holds(p.claimed() >= if wide { 8 } else { 4 })?;
    out.num(key, if wide { p.be64()? } else { u64::from(p.be32()?) });
    Ok(())
}

fn add_addr(form: u8, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    let v4 = matches!(length, 8 | 10 | 16 | 18);
    holds(v4 || matches!(length, 20 | 22 | 28 | 30))?;
    let id = p.u8()?;
    out.say(" ").name("form", form, ADD_ADDR_FORMS, "[bad version/echo]").say(" id ").num("id", id).say(" ");
    if v4 {
        out.ip4("addr", p.array()?);
    } else {
        out.ip6("addr", p.array()?);
    }
    if matches!(p.claimed(), 2 | 10) {
        let port = p.be16()?;
        out.say(":").num("port", port);
    }
    if p.claimed() == 8 {
        let hmac = p.be64()?;
        out.say(" hmac 0x").hex("hmac", hmac);
    }
    Ok(())
}

fn remove_addr(p: &mut Cursor, out: &mut Out) -> Dissect {
    holds(p.claimed() >= 1)?;
    out.say(" id").list("ids", |out| {
        for id in p.rest() {
            out.say(" ").num("", *id);
        }
        Ok(())
    })
}

fn prio(backup: bool, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    holds(matches!(length, 3 | 4))?;
    out.note_that("backup", backup).say(if backup { " backup" } else { " non-backup" });
    if length == 4 {
        let id = p.u8()?;
        out.say(" id ").num("id", id);
    }
    Ok(())
}

fn one_number(subtype: u8, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    holds(length == 12)?;
    p.skip(1)?;
    if subtype == FAIL {
        let seq = p.be64()?;
        out.say(" seq ").num("seq", seq);
    } else {
        let key = p.be64()?;
        out.say(" key 0x").hex("key", key);
    }
    Ok(())
}

fn tcp_rst(bits: u8, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    holds(length == 4)?;
    out.say(" flags [").letters("flags", bits, RST_FLAGS, "none").say("]");
    let reason = p.u8()?;
    out.say(" reason ").name("reason", reason, RST_REASONS, "unknown (0x%02x)");
    Ok(())
}
