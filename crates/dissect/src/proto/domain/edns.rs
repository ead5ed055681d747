//! EDNS0 options (RFC 6891 section 6.1.2).

use super::Message;
use super::names::{ALGORITHMS, DIGESTS, HASHES, OPTIONS};
use crate::parts::dns_name;
use crate::prelude::*;

const DAU: u16 = 5;
const DHU: u16 = 6;
const N3U: u16 = 7;
const CLIENT_SUBNET: u16 = 8;
const EXPIRE: u16 = 9;
const COOKIE: u16 = 10;
const KEEPALIVE: u16 = 11;
const PADDING: u16 = 12;
const CHAIN: u16 = 13;
const KEY_TAG: u16 = 14;

/// The client's part of a cookie (RFC 7873 section 4).
const CLIENT_COOKIE: usize = 8;

/// Says the options between `at` and `end`.
pub(super) fn say(cx: &mut Cx, message: Message, mut at: usize, end: usize, out: &mut Out) -> Dissect {
    if at >= end {
        return Ok(());
    }
    out.say(" [").list("options", |out| {
        while at < end {
            at = out.item(|out| option(cx, message, at, out))?;
            if at < end {
                out.say(",");
            }
        }
        Ok(())
    })?;
    out.say("]");
    Ok(())
}

/// Says one option; the position behind it.
fn option(cx: &mut Cx, message: Message, at: usize, out: &mut Out) -> Dissect<usize> {
    let code = message.be16(at)?;
    out.name("code", code, OPTIONS, "Opt%u");
    let length = usize::from(message.be16(at + 2)?);
    let (at, end) = (at + 4, at + 4 + length);
    let data = message.slice(at, length)?;
    if length > 0 {
        out.say(" ");
        if code == CHAIN {
            return chain(message, at, end, out);
        }
        cx.attempt(out, |_, out| body(code, data, out))?;
    }
    Ok(end)
}

fn body(code: u16, data: &[u8], out: &mut Out) -> Dissect {
    match code {
        CLIENT_SUBNET => client_subnet(data, out),
        COOKIE => cookie(data, out),
        KEEPALIVE => {
            let tenths = u16::from_be_bytes(exactly(data)?);
            out.fraction("seconds", f64::from(tenths) / 10.0, 1).say(" sec");
            Ok(())
        }
        EXPIRE => {
            out.num("seconds", u32::from_be_bytes(exactly(data)?)).say(" sec");
            Ok(())
        }
        PADDING => {
            out.say("(").num("length", data.len()).say(")");
            Ok(())
        }
        KEY_TAG => key_tags(data, out),
        DAU => algorithms(data, ALGORITHMS, out),
        DHU => algorithms(data, DIGESTS, out),
        N3U => algorithms(data, HASHES, out),
        _ => {
            out.bytes("data", data);
            Ok(())
        }
    }
}

fn exactly<const N: usize>(data: &[u8]) -> Dissect<[u8; N]> {
    data.try_into().map_err(|_| Stop::Invalid)
}

/// The network that the question comes from (RFC 7871 section 6): as many bytes as the prefix needs.
fn client_subnet(data: &[u8], out: &mut Out) -> Dissect {
    let (head, prefix) = data.split_first_chunk::<4>().ok_or(Stop::Invalid)?;
    let [family_high, family_low, source, scope] = *head;
    let bits = match [family_high, family_low] {
        [0, 1] => 32,
        [0, 2] => 128,
        _ => return Err(Stop::Invalid),
    };
    let fits = source <= bits && scope <= bits && usize::from(source.div_ceil(8)) == prefix.len();
    if !fits {
        return Err(Stop::Invalid);
    }
    let mut padded = [0; 16];
    padded.iter_mut().zip(prefix).for_each(|(to, from)| *to = *from);
    let addr = match padded {
        [a, b, c, d, ..] if bits == 32 => Addr::from([a, b, c, d]),
        _ => Addr::from(padded),
    };
    out.ip_digits("addr", addr).say("/").num("source_prefix", source).say("/").num("scope_prefix", scope);
    Ok(())
}

fn cookie(data: &[u8], out: &mut Out) -> Dissect {
    if !matches!(data.len(), 8 | 16..=40) {
        return Err(Stop::Invalid);
    }
    let (client, server) = data.split_at_checked(CLIENT_COOKIE).ok_or(Stop::Invalid)?;
    out.bytes("client", client);
    if !server.is_empty() {
        out.say(" ").bytes("server", server);
    }
    Ok(())
}

fn key_tags(data: &[u8], out: &mut Out) -> Dissect {
    if !data.len().is_multiple_of(2) {
        return Err(Stop::Invalid);
    }
    out.list("key_tags", |out| {
        for (i, tag) in data.chunks_exact(2).enumerate() {
            let tag = tag.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
            out.say(if i > 0 { " " } else { "" }).num("", tag);
        }
        Ok(())
    })
}

fn algorithms(data: &[u8], names: NameTable, out: &mut Out) -> Dissect {
    out.list("algorithms", |out| {
        for (i, number) in data.iter().enumerate() {
            out.say(if i > 0 { " " } else { "" }).name("", *number, names, "Alg_%u");
        }
        Ok(())
    })
}

/// The closest trust point (RFC 7901), whose pointers, should it have any, count from behind the option.
fn chain(message: Message, at: usize, end: usize, out: &mut Out) -> Dissect<usize> {
    // What is wrong with the name has been said, and the option's length still leads on.
    let _ = out.phrase("trust_point", |out| dns_name::say(out, message.bytes, end, at));
    Ok(end)
}
