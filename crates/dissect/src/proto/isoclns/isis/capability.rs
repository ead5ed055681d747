//! Sub-TLVs of capabilities: of routers (RFC 7981, RFC 8667), of multi-topology ports (RFC 6165) and of shortest
//! path bridging (RFC 6329).

use crate::prelude::*;

const ROUTER: NameTable = &[(2, "SR-Capabilities")];
const SR_FLAGS: Flags = &[(0x80, "ipv4"), (0x40, "ipv6")];
const PORT: NameTable = &[(4, "SPB MCID"), (5, "SPB Digest"), (6, "SPB BVID")];
const TOPOLOGY: NameTable = &[(1, "SPB Instance"), (3, "SPBM Service Identifier and Unicast Address")];

/// Says what kind of sub-TLV follows.
fn begin(p: &mut Cursor, indent: &str, names: NameTable, out: &mut Out) -> Dissect<(u8, usize)> {
    let [kind, length] = p.array()?;
    out.say(indent).named_as("type", kind, names, "unknown", " subTLV #%u");
    out.say(", length: ").num("length", length);
    Ok((kind, length.into()))
}

/// What a router can do.
pub fn router(mut p: Cursor, out: &mut Out) -> Dissect {
    while p.claimed() >= 2 {
        let more = out.item(|out| {
            let (kind, length) = begin(&mut p, "\n\t\t", ROUTER, out)?;
            if length > p.claimed() || p.captured() < length {
                return Ok(false);
            }
            if kind == 2 {
                segment_routing(p, length, out)?;
            } else {
                out.dump_hex("data", p.sub(length).rest(), "\n\t\t");
            }
            p.skip(length)?;
            Ok(true)
        })?;
        if !more {
            break;
        }
    }
    Ok(())
}

fn segment_routing(mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let (flags, range) = (p.u8()?, p.be24()?);
    out.say(", Flags [").flags("flags", flags, SR_FLAGS, "None").say("], Range ").num("range", range);
    // The remainder is kept in a byte: a sub-TLV that is too short leaves a large one.
    let mut left = (length as u8).wrapping_sub(4);
    out.list("sids", |out| {
        while left >= 5 {
            let [kind, length] = p.array()?;
            left -= 2;
            if length > left {
                break;
            }
            let data = p.sub(length.into());
            match (kind, length) {
                (1, 3 | 4) => {
                    let sid = if length == 3 { data.at(0).be24()? } else { data.at(0).be32()? };
                    out.say(", SID value ").num("", sid)
                }
                (1, _) => out.say(", Unknown SID length").num("", length),
                _ => out.dump_hex("", data.rest(), "\n\t\t  "),
            };
            p.skip(length.into())?;
            left -= length;
        }
        Ok(())
    })
}

/// What stops a walk over sub-TLVs.
enum End {
    TooLong,
    TooShort,
    Cut,
}

/// What a bridge port can do.
pub fn port(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    walk(cx, p, "\n\t       ", PORT, out, |kind, p, out| match kind {
        4 => mcids(p, out),
        5 => digest(p, out),
        6 => bvids(p, out),
        _ => Ok(None),
    })
}

/// What a topology can do.
pub fn topology(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect {
    walk(cx, p, "\n\t      ", TOPOLOGY, out, |kind, p, out| match kind {
        1 => instance(p, out),
        3 => services(p, out),
        _ => Ok(None),
    })
}

fn walk(
    cx: &Cx,
    mut p: Cursor,
    indent: &str,
    names: NameTable,
    out: &mut Out,
    one: impl Fn(u8, Cursor, &mut Out) -> Dissect<Option<End>>,
) -> Dissect {
    while p.claimed() > 2 {
        let more = out.item(|out| {
            let (kind, length) = begin(&mut p, indent, names, out)?;
            let end = if p.claimed() < length {
                Some(End::TooLong)
            } else if p.captured() < length {
                Some(End::Cut)
            } else {
                let end = one(kind, p.sub(length), out)?;
                p.skip(length)?;
                end
            };
            match end {
                None => return Ok(true),
                Some(End::TooLong) => _ = out.say(" (> containing TLV length)"),
                Some(End::TooShort) => _ = out.say(" (too short)"),
                Some(End::Cut) => cx.soft_cut(out)?,
            }
            Ok(false)
        })?;
        if !more {
            break;
        }
    }
    Ok(())
}

fn mcids(mut p: Cursor, out: &mut Out) -> Dissect<Option<End>> {
    if p.claimed() < 102 {
        return Ok(Some(End::TooShort));
    }
    for (key, words) in [("mcid", "\n\t         MCID: "), ("aux_mcid", "\n\t         AUX-MCID: ")] {
        out.say(words);
        out.nest(key, |out| {
            let format = p.u8()?;
            out.say("ID: ").num("format", format).say(", Name: ");
            out.chars("name", until_null(p.take(32)?));
            let level = p.be16()?;
            out.say("\n\t              Lvl: ").num("level", level).say(", Digest: ");
            let digest = p.take(16)?;
            out.aloud(|out| {
                for byte in digest {
                    out.hex0("", *byte, 2).say(" ");
                }
            });
            out.aside(|out| _ = out.bytes("digest", digest));
            Ok(())
        })?;
    }
    Ok(None)
}

/// The characters before the first null.
pub fn until_null(chars: &[u8]) -> &[u8] {
    chars.split(|c| *c == 0).next().unwrap_or(chars)
}

fn digest(mut p: Cursor, out: &mut Out) -> Dissect<Option<End>> {
    if p.claimed() < 33 {
        return Ok(Some(End::TooShort));
    }
    let bits = p.u8()?;
    out.say("\n\t        RES: ").num("reserved", bits >> 5).say(" V: ").num("v", bits >> 4 & 1);
    out.say(" A: ").num("a", bits >> 2 & 3).say(" D: ").num("d", bits & 3).say("\n\t         Digest: ");
    out.list("digest", |out| {
        for i in 1..=8 {
            out.hex0("", p.be32()?, 8).say(" ");
            if i == 4 {
                out.say("\n\t                 ");
            }
        }
        Ok(None)
    })
}

fn bvids(mut p: Cursor, out: &mut Out) -> Dissect<Option<End>> {
    out.list("bvids", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 4 {
                return Ok(Some(End::TooShort));
            }
            let end = out.item(|out| {
                let ect = p.be32()?;
                out.say("\n\t           ECT: ").hex0("ect", ect, 8);
                if p.claimed() < 2 {
                    return Ok(Some(End::TooShort));
                }
                let word = p.be16()?;
                out.say(" BVID: ").num("bvid", word >> 4).say(", U:").hex("u", word >> 3 & 1);
                out.say(" M:").hex("m", word >> 2 & 1).say(" ");
                Ok(None)
            })?;
            if end.is_some() {
                return Ok(end);
            }
        }
        Ok(None)
    })
}

fn instance(mut p: Cursor, out: &mut Out) -> Dissect<Option<End>> {
    if p.claimed() < 19 {
        return Ok(Some(End::TooShort));
    }
    let root_high = p.be32()?;
    out.say("\n\t        CIST Root-ID: ").hex0("root_high", root_high, 8);
    let (root_low, path_cost) = (p.be32()?, p.be32()?);
    out.say(" ").hex0("root_low", root_low, 8).say(", Path Cost: ").hex0("path_cost", path_cost, 8);
    let priority = p.be16()?;
    out.say(", Prio: ").num("priority", priority);
    let word = p.be32()?;
    out.say("\n\t        RES: ").num("reserved", word >> 21).say(", V: ").num("v", word >> 20 & 1);
    out.say(", SPSource-ID: ").num("source", word & 0xf_ffff);
    let trees = p.u8()?;
    out.say(", No of Trees: ").hex("trees", trees);
    out.list("vlans", |out| {
        for _ in 0..trees {
            if p.claimed() < 8 {
                return Ok(Some(End::Cut));
            }
            out.item(|out| {
                let (bits, ect, ids) = (p.u8()?, p.be32()?, p.be24()?);
                out.say("\n\t         U:").num("u", bits >> 7).say(", M:").num("m", bits >> 6 & 1);
                out.say(", A:").num("a", bits >> 5 & 1).say(", RES:").num("reserved", bits & 0x1f);
                out.say(", ECT: ").hex0("ect", ect, 8).say(", BVID: ").num("bvid", ids >> 12 & 0xfff);
                out.say(", SPVID: ").num("spvid", ids & 0xfff);
                Ok(())
            })?;
        }
        Ok(None)
    })
}

fn services(mut p: Cursor, out: &mut Out) -> Dissect<Option<End>> {
    if p.claimed() < 8 {
        return Ok(Some(End::Cut));
    }
    let (mac, word) = (p.take(6)?, p.be16()?);
    out.say("\n\t        BMAC: ").bytes("bmac", mac);
    out.say(", RES: ").num("reserved", word >> 12).say(", VID: ").num("vid", word & 0xfff);
    out.list("services", |out| {
        while p.claimed() >= 4 {
            out.item(|out| {
                let word = p.be32()?;
                out.say("\n\t        T: ").num("t", word >> 31).say(", R: ").num("r", word >> 30 & 1);
                out.say(", RES: ")
                    .num("reserved", word >> 24 & 0x3f)
                    .say(", ISID: ")
                    .num("isid", word & 0xff_ffff);
                Ok(())
            })?;
        }
        Ok(None)
    })
}
