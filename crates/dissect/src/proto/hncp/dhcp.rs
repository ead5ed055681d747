//! Options of DHCP that HNCP carries (RFC 7788 section 10.4): those of IPv4 (RFC 2132, RFC 3397), and those of IPv6
//! (RFC 3646, RFC 4075).

use super::new_line;
use crate::parts::dns_name;
use crate::prelude::*;

const V4: NameTable = &[(6, "DNS-server"), (42, "NTP-server"), (119, "DNS-search")];
const V6: NameTable = &[(23, "DNS-server"), (24, "DNS-search-list"), (31, "SNTP-servers")];

/// Options of IPv4; `false` if one lies.
pub fn v4(mut p: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    out.list("options", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 2 {
                return Ok(false);
            }
            let [kind, length] = p.array()?;
            new_line(indent, out);
            let held = out.item(|out| {
                out.name("option", kind, V4, "Unknown").aloud(|out| {
                    out.say(" (").num("", u16::from(length) + 2).say(")");
                });
                if p.claimed() < length.into() {
                    return Ok(false);
                }
                let value = p.claiming(length.into());
                match kind {
                    6 | 42 if length < 4 || length % 4 != 0 => Ok(false),
                    6 | 42 => addresses(4, value, out).map(|()| true),
                    119 => names(value, out),
                    _ => Ok(true),
                }
            })?;
            if !held {
                return Ok(false);
            }
            p.pass(length.into());
        }
        Ok(true)
    })
}

/// Options of IPv6; `false` if one lies.
pub fn v6(mut p: Cursor, indent: usize, out: &mut Out) -> Dissect<bool> {
    out.list("options", |out| {
        while p.claimed() > 0 {
            if p.claimed() < 4 {
                return Ok(false);
            }
            let (kind, length) = (p.be16()?, p.be16()?);
            new_line(indent, out);
            let held = out.item(|out| {
                out.name("option", kind, V6, "Unknown").aloud(|out| {
                    out.say(" (").num("", u32::from(length) + 4).say(")");
                });
                if p.claimed() < length.into() {
                    return Ok(false);
                }
                let value = p.claiming(length.into());
                match kind {
                    23 | 31 if length % 16 != 0 => {
                        super::invalid(out);
                        Ok(false)
                    }
                    23 | 31 => addresses(16, value, out).map(|()| true),
                    24 => names(value, out),
                    _ => Ok(true),
                }
            })?;
            if !held {
                return Ok(false);
            }
            p.pass(length.into());
        }
        Ok(true)
    })
}

fn addresses(bytes: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("addresses", |out| {
        while p.claimed() > 0 {
            let address = match bytes {
                4 => p.array::<4>().map(Addr::from),
                _ => p.array::<16>().map(Addr::from),
            }?;
            out.say(" ").ip("", address);
        }
        Ok(())
    })
}

/// Domain names. Pointers in them count from the end of the option, of all places.
fn names(p: Cursor, out: &mut Out) -> Dissect<bool> {
    let (bytes, length) = (p.rest(), p.claimed());
    out.list("names", |out| {
        let mut at = 0;
        while at < length {
            out.say(" ");
            match out.phrase("", |out| dns_name::say(out, bytes, length, at)) {
                Ok(next) if next > at => at = next,
                _ => return Ok(false),
            }
        }
        Ok(true)
    })
}
