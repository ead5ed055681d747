//! The lightweight resolver of BIND 9 (source: its library liblwres).
//!
//! ```text
//! | length (4) | version (2) | flags (2) | serial (4) | operation (4) | result (4) | received length (4) |
//! | authentication type (2) | its length (2) | a question or an answer, by the operation
//! name:     | length (2) | characters | NUL |
//! address:  | family (4) | length (2) | address |
//! ```

use crate::parts::{dns_types, duration};
use crate::prelude::*;

/// The lightweight resolver.
pub static LWRES: Protocol = Protocol { name: "lwres", dissect };

const HEADER: usize = 28;
const RESPONSE: u16 = 0x0001;

const NOOP: u32 = 0x00000;
const ADDRESSES_BY_NAME: u32 = 0x10001;
const NAME_BY_ADDRESS: u32 = 0x10002;
const DATA_BY_NAME: u32 = 0x10003;
const OPERATIONS: NameTable = &[
    (0x00000, "noop"),
    (0x10001, "getaddrsbyname"),
    (0x10002, "getnamebyaddr"),
    (0x10003, "getrdatabyname"),
];

const INTERNET: u16 = 1;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    p.need(HEADER)?;
    out.say(" lwres");
    let (length, version, flags) = (p.be32()?, p.be16()?, p.be16()?);
    out.note("length", length);
    if cx.verbose() > 0 || version != 0 {
        out.say(" v").num("version", version);
    }
    let end = if version == 0 {
        let serial = p.be32()?;
        let operation = p.be32()?;
        out.say(" ").name("operation", operation, OPERATIONS, "#0x%x");
        out.say(if flags & RESPONSE == 0 { "?" } else { "" }).note("flags", flags);
        if flags & !RESPONSE != 0 {
            write!(out, "[0x{flags:x}]");
        }
        header(cx, serial, &mut p, out)?;
        let known = match (operation, flags & RESPONSE != 0) {
            (NOOP, _) => true,
            (operation, false) => question(cx, operation, &mut p, out)?,
            (operation, true) => answer(cx, operation, &mut p, out)?,
        };
        known.then(|| p.since(&message))
    } else {
        // Nothing is known of other versions but that they are as long as they say.
        if length as usize > message.captured() {
            return Err(Stop::Truncated);
        }
        Some(length as usize)
    };
    let present = message.claimed();
    if length as usize != present {
        write!(out, " [len: {length} != {present}]");
    }
    out.say(if end.is_some_and(|end| end < length as usize) { "[extra]" } else { "" });
    Ok(())
}

fn header(cx: &Cx, serial: u32, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (result, received, [a, b, c, d]) = (p.be32()?, p.be32()?, p.array()?);
    if cx.verbose() < 2 {
        return Ok(());
    }
    out.say(" (serial:0x").hex("serial", serial).say(" result:0x").hex("result", result);
    out.say(" recvlen:").num("received_length", received);
    if cx.verbose() > 2 {
        out.say(" authtype:0x").hex("auth_type", u16::from_be_bytes([a, b]));
        out.say(" authlen:").num("auth_length", u16::from_be_bytes([c, d]));
    }
    out.say(")");
    Ok(())
}

fn say_flags(cx: &Cx, flags: u32, out: &mut Out) {
    if cx.verbose() > 2 {
        out.say(" flags:0x").hex("query_flags", flags);
    }
}

/// `false` if nobody knows the operation.
fn question(cx: &Cx, operation: u32, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    match operation {
        ADDRESSES_BY_NAME => {
            let (flags, types, length) = (p.be32()?, p.be32()?, p.be16()?);
            say_flags(cx, flags, out);
            out.note("address_types", types);
            out.say(["", " IPv4", " IPv6", " IPv4/6"].get((types & 3) as usize).copied().unwrap_or(""));
            if types & !3 != 0 {
                write!(out, "[0x{types:x}]");
            }
            name("name", length, p, out)?;
        }
        NAME_BY_ADDRESS => {
            let flags = p.be32()?;
            say_flags(cx, flags, out);
            address("address", p, out)?;
        }
        DATA_BY_NAME => {
            let (flags, class, kind, length) = (p.be32()?, p.be16()?, p.be16()?, p.be16()?);
            say_flags(cx, flags, out);
            say_type(class, kind, out);
            name("name", length, p, out)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// `false` if nobody knows the operation.
fn answer(cx: &Cx, operation: u32, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    match operation {
        ADDRESSES_BY_NAME => {
            let (flags, aliases, addresses, length) = (p.be32()?, p.be16()?, p.be16()?, p.be16()?);
            say_flags(cx, flags, out);
            write!(out, " {aliases}/{addresses}");
            name("name", length, p, out)?;
            names("aliases", aliases, p, out)?;
            out.list("addresses", |out| (0..addresses).try_for_each(|_| address("", p, out)))?;
        }
        NAME_BY_ADDRESS => {
            let (flags, aliases, length) = (p.be32()?, p.be16()?, p.be16()?);
            say_flags(cx, flags, out);
            write!(out, " {aliases}");
            name("name", length, p, out)?;
            names("aliases", aliases, p, out)?;
        }
        DATA_BY_NAME => {
            let (flags, class, kind, ttl) = (p.be32()?, p.be16()?, p.be16()?, p.be32()?);
            let (data, signatures) = (p.be16()?, p.be16()?);
            say_flags(cx, flags, out);
            say_type(class, kind, out);
            duration::say(out.say(" TTL "), "ttl", ttl);
            write!(out, " {data}/{signatures}");
            let length = p.be16()?;
            name("name", length, p, out)?;
            binaries("data", data, p, out)?;
            binaries("signatures", signatures, p, out)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn say_type(class: u16, kind: u16, out: &mut Out) {
    out.say(" ").name("type", kind, dns_types::TYPES, "Type%u").note("class", class);
    if class != INTERNET {
        out.say(" ").aloud(|out| _ = out.name("", class, dns_types::CLASSES, "Class%u"));
    }
}

/// A name, and the NUL behind it.
fn name(key: &str, length: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(" ").chars_of(key, p, length.into())?;
    if p.u8()? != 0 {
        out.say(" (not NUL-terminated!)");
    }
    Ok(())
}

fn names(key: &str, count: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list(key, |out| {
        for _ in 0..count {
            let length = p.be16()?;
            name("", length, p, out)?;
        }
        Ok(())
    })
}

fn binaries(key: &str, count: u16, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list(key, |out| {
        for _ in 0..count {
            let length = p.be16()?;
            out.bytes_of("", p, length.into())?;
        }
        Ok(())
    })
}

fn address(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (family, length) = (p.be32()?, usize::from(p.be16()?));
    p.need(length)?;
    match family {
        1 | 2 if length < if family == 1 { 4 } else { 16 } => return Err(Stop::Invalid),
        1 => {
            let address = p.array()?;
            out.say(" ").ip4(key, address);
        }
        2 => {
            let address = p.array()?;
            out.say(" ").ip6(key, address);
        }
        _ => _ = write!(out, " {family}/").bytes_of(key, p, length)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// A message of an operation, with what follows its header.
    fn message(flags: &str, operation: &str, rest: &str) -> String {
        let length = HEADER + crate::testing::bytes(rest).len();
        format!("{length:08x} 0000 {flags} 00000007 {operation} 00000000 00000400 0000 0000 {rest}")
    }

    #[test]
    fn questions() {
        let hex = message("0000", "00010001", "00000000 00000001 0002 6465 00");
        check(&LWRES, &hex, "", " lwres getaddrsbyname? IPv4 de");
        let all = "(serial:0x7 result:0x0 recvlen:1024 authtype:0x0 authlen:0) flags:0x0 IPv4 de";
        check(&LWRES, &hex, "-vvv", &format!(" lwres v0 getaddrsbyname? {all}"));
        let hex = message("0000", "00010002", "00000000 00000001 0004 0a000001");
        check(&LWRES, &hex, "", " lwres getnamebyaddr? 10.0.0.1");
        let short = message("0000", "00010002", "00000000 00000001 0002 0a00");
        check(&LWRES, &short, "", " lwres getnamebyaddr? (invalid)");
        assert_eq!(
            values(&LWRES, &hex),
            r#"{"lwres":{"length":42,"version":0,"operation":65538,"flags":0,"serial":7,"result":0,"received_length":1024,"auth_type":0,"auth_length":0,"query_flags":0,"address":"10.0.0.1"}}"#
        );
    }

    #[test]
    fn answers() {
        let hex =
            message("0001", "00010001", "00000000 0001 0001 0001 61 00 0001 62 00 00000001 0004 0a000001");
        check(&LWRES, &hex, "", " lwres getaddrsbyname 1/1 a b 10.0.0.1");
        let hex = message("0001", "00010003", "00000000 0001 0001 0000003c 0001 0000 0001 61 00 0001 ff");
        check(&LWRES, &hex, "", " lwres getrdatabyname A TTL 1m 1/0 aff");
        let hex = message("0003", "00000009", "00");
        check(&LWRES, &hex, "", " lwres #0x9[0x3]");
        check(&LWRES, &message("0000", "00000000", "00"), "", " lwres noop?[extra]");
        check(&LWRES, "0000", "", " [|lwres]");
    }
}
