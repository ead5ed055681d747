//! The attributes of transforms (RFC 2408 section 3.3; their types: RFC 2407 section 4.5, RFC 2409 appendix A, RFC
//! 7296 section 3.3.5).
//!
//! ```text
//! | short (1 bit), type (15) | value (2)     or     | type (2) | length (2) | value ..
//! ```

use super::names::GROUPS;
use crate::prelude::*;

/// Types, what they are called, and what their values are called.
pub type Map = &'static [(u16, &'static str, NameTable)];

const LIFE_TYPES: NameTable = &[(1, "sec"), (2, "kb")];

pub const IPSEC: Map = &[
    (1, "lifetype", LIFE_TYPES),
    (2, "life", &[]),
    (3, "group desc", GROUPS_BUT_LAST),
    (4, "enc mode", &[(1, "tunnel"), (2, "transport")]),
    (5, "auth", &[(1, "hmac-md5"), (2, "hmac-sha1"), (3, "1des-mac"), (4, "keyed")]),
    (6, "keylen", &[]),
    (7, "rounds", &[]),
    (8, "dictsize", &[]),
    (9, "privalg", &[]),
];

pub const OAKLEY: Map = &[
    (
        1,
        "enc",
        &[(1, "1des"), (2, "idea"), (3, "blowfish"), (4, "rc5"), (5, "3des"), (6, "cast"), (7, "aes")],
    ),
    (2, "hash", &[(1, "md5"), (2, "sha1"), (3, "tiger"), (4, "sha2-256"), (5, "sha2-384"), (6, "sha2-512")]),
    (3, "auth", &[(1, "preshared"), (2, "dss"), (3, "rsa sig"), (4, "rsa enc"), (5, "rsa enc revised")]),
    (4, "group desc", GROUPS_BUT_LAST),
    (5, "group type", &[(1, "MODP"), (2, "ECP"), (3, "EC2N")]),
    (6, "group prime", &[]),
    (7, "group gen1", &[]),
    (8, "group gen2", &[]),
    (9, "group curve A", &[]),
    (10, "group curve B", &[]),
    (11, "lifetype", LIFE_TYPES),
    (12, "lifeduration", &[]),
    (13, "prf", &[]),
    (14, "keylen", &[]),
    (15, "field", &[]),
    (16, "order", &[]),
];

pub const ENCRYPTION: Map = &[(14, "keylen", &[])];

/// As values of attributes, groups were never named up to the last.
const GROUPS_BUT_LAST: NameTable = match GROUPS.split_last() {
    Some((_, groups)) => groups,
    None => &[],
};

const SHORT: u16 = 0x8000;

/// Says the attributes in the bytes from `at` up to `end`, which count from where `p` stands. The position behind
/// them, or nothing if one is cut.
pub fn say(map: Map, p: Cursor, mut at: usize, end: usize, out: &mut Out) -> Dissect<Option<usize>> {
    out.list("attributes", |out| {
        while at < p.captured() && at < end {
            let mut q = p.at(at);
            let short = q.peek()? & 0x80 != 0;
            let length = match short {
                true => 0,
                false => usize::from(p.at(at + 2).be16()?),
            };
            if end < at + 4 + length {
                out.say("[|attr]");
                at = end + 1;
                break;
            }
            let kind = q.be16()? & !SHORT;
            let value = q.be16()?;
            let row = map.iter().find(|row| row.0 == kind);
            let cut = out.item(|out| {
                out.say("(type=").say(row.map_or("", |row| row.1)).note("type", kind);
                if row.is_none() {
                    write!(out, "#{kind}");
                }
                out.say(" ");
                if short {
                    say_short(value, row.map_or(&[], |row| row.2), out.say("value="));
                    out.say(")");
                    return Ok(false);
                }
                out.say("len=").num("length", length).say(" value=");
                let Ok(value) = q.take(length) else {
                    out.say(")");
                    return Ok(true);
                };
                out.bytes("value", value).say(")");
                Ok(false)
            })?;
            if cut {
                return Ok(None);
            }
            at += 4 + length;
        }
        Ok(Some(at))
    })
}

fn say_short(value: u16, names: NameTable, out: &mut Out) {
    out.note("value", value);
    out.aloud(|out| match crate::out::lookup(names, value.into()) {
        Some(name) => _ = out.say(name),
        None => _ = out.hex0("", value, 4),
    });
}
