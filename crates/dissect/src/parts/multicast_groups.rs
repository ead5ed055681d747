//! Group records: to which multicast groups a host listens, and how. IGMPv3 (RFC 9776 section 4.2) and MLDv2
//! (RFC 9777 section 5.2) tell them alike, save for how long an address is.
//!
//! ```text
//! | type, aux words | sources (2) | group | source ..
//! ```

use crate::prelude::*;

/// Bytes of a record beside its addresses.
const HEADER: usize = 4;
const KINDS: NameTable =
    &[(1, "is_in"), (2, "is_ex"), (3, "to_in"), (4, "to_ex"), (5, "allow"), (6, "block")];

/// The addresses of one version of IP.
#[derive(Clone, Copy)]
pub struct Family {
    /// Bytes of an address.
    pub length: usize,
    /// Reads one.
    pub addr: fn(&mut Cursor) -> Dissect<Addr>,
    /// What is said of a record of an unknown kind.
    pub unknown: &'static str,
}

/// Addresses in IGMP.
pub const IPV4: Family =
    Family { length: 4, addr: |p| p.array::<4>().map(Addr::from), unknown: " [v3-report-#%u]" };
/// Addresses in MLD.
pub const IPV6: Family =
    Family { length: 16, addr: |p| p.array::<16>().map(Addr::from), unknown: " [v2-report-#%u]" };

/// `count` records.
pub fn records(cx: &Cx, family: Family, mut p: Cursor, count: u16, out: &mut Out) -> Dissect {
    out.list("records", |out| {
        for _ in 0..count {
            if p.claimed() < HEADER + family.length {
                out.say(" [invalid number of groups]");
                break;
            }
            if !out.item(|out| record(cx, family, &mut p, out))? {
                break;
            }
        }
        Ok(())
    })
}

/// One group and how its members listen; `false` if the report ends before its sources.
fn record(cx: &Cx, family: Family, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let ([kind, _], count, group) = (p.array()?, p.be16()?, (family.addr)(p)?);
    out.say(" [gaddr ").ip("group", group).say(" ").name("kind", kind, KINDS, family.unknown);
    if p.claimed() < family.length * usize::from(count) {
        out.say(" [invalid number of sources ").num("sources_claimed", count).say("]");
        return Ok(false);
    }
    sources(cx, family, p, count, out)?;
    out.say("]");
    Ok(true)
}

/// The sources that a query asks for: as many as are claimed, if the message has room for them.
pub fn asked(cx: &Cx, family: Family, p: &mut Cursor, out: &mut Out) -> Dissect {
    let count = p.be16()?;
    if p.claimed() < family.length * usize::from(count) {
        out.say(" [invalid number of sources]").note("sources_claimed", count);
    } else if count > 0 {
        sources(cx, family, p, count, out)?;
    }
    Ok(())
}

fn sources(cx: &Cx, family: Family, p: &mut Cursor, count: u16, out: &mut Out) -> Dissect {
    if cx.verbose() < 2 {
        write!(out, ", {count} source(s)");
        p.pass(family.length * usize::from(count));
        return Ok(());
    }
    out.say(" {");
    out.list("sources", |out| {
        for _ in 0..count {
            let source = (family.addr)(p)?;
            out.say(" ").ip("", source);
        }
        Ok(())
    })?;
    out.say(" }");
    Ok(())
}
