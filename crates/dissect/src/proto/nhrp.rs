//! NHRP, the Next Hop Resolution Protocol (RFC 2332; traffic indication: draft-detienne-dmvpn).
//!
//! ```text
//! |   link-layer address family   |         protocol type         |
//! |              protocol SNAP (5)                |   hop count   |
//! |         packet size           |           checksum            |
//! |      extension offset         |    version    |     type      |
//! | source address| subaddress    |   (types and lengths)
//! | source proto  |  dest. proto  |             flags             |
//! |            request identifier, or code and offset             |
//! | source link-layer address, subaddress, protocol address, destination protocol address
//! client:  | code | prefix | unused (2) | MTU (2) | holding time (2)
//!          | address | subaddress | protocol address (types and lengths) | preference | addresses
//! ```

use crate::prelude::*;

/// NHRP.
pub static NHRP: Protocol = Protocol { name: "nhrp", dissect };

const HEADER: usize = 20;
/// Bytes of the mandatory part before the addresses.
const MANDATORY: usize = 8;
/// Bytes of a client before the addresses.
const CLIENT: usize = 12;
const VERSION: u8 = 1;
const ERROR: u8 = 7;
const TRAFFIC: u8 = 8;
const TYPES: NameTable = &[
    (1, "res request"),
    (2, "res reply"),
    (3, "reg request"),
    (4, "reg reply"),
    (5, "purge request"),
    (6, "purge reply"),
    (ERROR as u32, "error indication"),
    (TRAFFIC as u32, "traffic indication"),
];
const ERRORS: NameTable = &[
    (1, "unrecognized extension"),
    (3, "NHRP loop detected"),
    (6, "protocol address unreachable"),
    (7, "protocol error"),
    (8, "NHRP SDU size exceeded"),
    (9, "invalid extension"),
    (10, "invalid NHRP resolution reply received"),
    (11, "authentication failure"),
    (15, "hop count exceeded"),
];
const INDICATIONS: NameTable = &[(0, "NHRP traffic redirect/indirection")];
/// In the type of a link-layer address.
const E164: u8 = 0x40;
const LEFT: &str = "remaining mandatory part length";

/// What the header says addresses are.
#[derive(Clone, Copy)]
struct Families {
    link: u16,
    protocol: u16,
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("NHRP: ");
    out.enough("length", &p, HEADER)?;
    let version = p.at(16).u8()?;
    if version != VERSION {
        out.say("unknown-version-").hex0("version", version, 2);
        return Ok(());
    }
    let families = Families { link: p.at(0).be16()?, protocol: p.at(2).be16()? };
    let size = usize::from(p.at(10).be16()?);
    if size < HEADER {
        return Err(out.lie("pktsz", size, "<", HEADER));
    }
    let extensions = usize::from(p.at(14).be16()?);
    let kind = p.at(17).u8()?;
    out.note("link_family", families.link).note("protocol_type", families.protocol).note("size", size);
    out.name("type", kind, TYPES, "unknown-op-type-%04x");
    if extensions > size {
        return Err(out.lie("extoff", extensions, ">", size));
    }
    if extensions > 0 && extensions < HEADER {
        return Err(out.lie("extoff", extensions, "<", HEADER));
    }
    let end = if extensions == 0 { size } else { extensions };
    p.need(HEADER)?;
    let body = p.at(HEADER);
    let body = body.claiming((end - HEADER).min(body.claimed()));
    out.enough("mand_part_len", &body, MANDATORY)?;
    mandatory(cx, p, body, kind, families, out)
}

fn mandatory(cx: &Cx, header: Cursor, mut p: Cursor, kind: u8, families: Families, out: &mut Out) -> Dissect {
    p.need(MANDATORY)?;
    let ([source, destination], flags, id) = (p.array()?, p.be16()?, p.be32()?);
    match kind {
        1..=6 => _ = out.say(", id ").num("id", id),
        ERROR => _ = out.say(", error <").name("error", id >> 16, ERRORS, "unknown-err-code-%u").say(">"),
        TRAFFIC => {
            out.say(", code <").name("code", id >> 16, INDICATIONS, "unknown-traffic-code-%u").say(">");
        }
        _ => {}
    }
    out.note("flags", flags);
    let (hops, [link, sub]) = (header.at(9).u8()?, header.at(18).array()?);
    if cx.verbose() > 0 {
        out.say(", hopcnt ").num("hop_count", hops);
        out.say(if link & 0x80 != 0 { " (shtl bit 7 set)" } else { "" });
        out.say(if link & E164 != 0 { " (nbma E.154)" } else { "" });
    }
    if link != 0 {
        out.enough("mand_part_len", &p, link.into())?;
        nbma(&mut p, families.link, link, ", src nbma ", "src_nbma", out)?;
    }
    if sub != 0 {
        out.enough("mand_part_len", &p, sub.into())?;
        p.skip(sub.into())?;
    }
    out.say(", ");
    if source != 0 {
        out.enough("mand_part_len", &p, source.into())?;
        if !matches!(families.protocol, IPV4 | IPV6) {
            write!(out, "proto type {:04x} ", families.protocol);
        }
        address(&mut p, families.protocol, source, "src", out)?;
        out.say(" ");
    }
    out.say("->");
    if destination != 0 {
        out.enough("mand_part_len", &p, destination.into())?;
        out.say(" ");
        address(&mut p, families.protocol, destination, "dst", out)?;
    }
    if matches!(kind, 1..=6) { out.list("clients", |out| clients(cx, p, families, out)) } else { Ok(()) }
}

/// The entries of clients. One that lies is the last.
fn clients(cx: &Cx, mut p: Cursor, families: Families, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        match out.item(|out| client(cx, &mut p, families, out)) {
            Err(Stop::Invalid) => return Err(Stop::Invalid),
            done => done?,
        }
    }
    Ok(())
}

fn client(cx: &Cx, p: &mut Cursor, families: Families, out: &mut Out) -> Dissect {
    out.enough(LEFT, p, CLIENT)?;
    let ([code, prefix, _, _], mtu, holding) = (p.array()?, p.be16()?, p.be16()?);
    let [link, sub, protocol, preference] = p.array()?;
    out.say(" (code ").num("code", code);
    if cx.verbose() > 0 {
        out.say(", pl ").num("prefix_length", prefix).say(", mtu ").num("mtu", mtu);
        out.say(", htime ").num("holding_time", holding).say(", pref ").num("preference", preference);
    }
    out.say(if link & E164 != 0 { ", nbma E.154" } else { "" });
    if link != 0 {
        out.enough(LEFT, p, link.into())?;
        nbma(p, families.link, link, ", nbma ", "nbma", out)?;
    }
    if sub != 0 {
        out.enough(LEFT, p, sub.into())?;
        out.say(", unknown-nbma-saddr-family");
        p.skip(sub.into())?;
    }
    if protocol != 0 {
        out.enough(LEFT, p, protocol.into())?;
        match families.protocol {
            IPV4 | IPV6 => {
                out.say(", proto ");
                address(p, families.protocol, protocol, "protocol", out)?;
            }
            unknown => {
                write!(out, ", unknown-proto-family-{unknown:04x} (");
                address(p, unknown, protocol, "protocol", out)?;
                out.say(")");
            }
        }
    }
    out.say(")");
    Ok(())
}

/// Ethertypes that tell what a protocol address is.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

/// An address on the link layer, by its family number.
fn nbma(p: &mut Cursor, family: u16, length: u8, words: &str, key: &str, out: &mut Out) -> Dissect {
    match family {
        1 => {
            out.say(words);
            address(p, IPV4, length, key, out)
        }
        2 => {
            out.say(words);
            address(p, IPV6, length, key, out)
        }
        6 => {
            out.say(words);
            match length {
                6 => {
                    let addr = p.array()?;
                    out.mac(key, addr);
                }
                _ => address(p, 0, length, key, out)?,
            }
            Ok(())
        }
        _ => {
            write!(out, ", unknown-nbma-addr-family-{family:04x} (");
            address(p, 0, length, key, out)?;
            out.say(")");
            Ok(())
        }
    }
}

/// An address of `length` bytes; one that does not have the length of its kind is so many bytes.
fn address(p: &mut Cursor, kind: u16, length: u8, key: &str, out: &mut Out) -> Dissect {
    match (kind, length) {
        (IPV4, 4) => {
            let addr = p.array()?;
            out.ip4(key, addr);
        }
        (IPV6, 16) => {
            let addr = p.array()?;
            out.ip6(key, addr);
        }
        _ => {
            let addr = p.take(length.into())?;
            out.octets(key, addr, b':');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const REQUEST: &str = "0001 0800 0000000000 ff 0034 0000 0034 01 03 04 00 \
                           04 04 8002 00000005 0a000001 c0a80002 c0a80001 \
                           00 ff 0000 05ea 001e 00 00 00 00";

    #[test]
    fn a_registration() {
        check(
            &NHRP,
            REQUEST,
            "",
            "NHRP: reg request, id 5, src nbma 10.0.0.1, 192.168.0.2 -> 192.168.0.1 (code 0)",
        );
        check(
            &NHRP,
            REQUEST,
            "-v",
            "NHRP: reg request, id 5, hopcnt 255, src nbma 10.0.0.1, 192.168.0.2 -> 192.168.0.1 \
             (code 0, pl 255, mtu 1514, htime 30, pref 0)",
        );
        let said = values(&NHRP, REQUEST);
        let clients = r#""src_nbma":"10.0.0.1","src":"192.168.0.2","dst":"192.168.0.1","clients":[{"code":0,"prefix_length":255,"mtu":1514,"holding_time":30,"preference":0}]"#;
        assert!(said.contains(clients), "{said}");
    }

    #[test]
    fn other_addresses() {
        check(
            &NHRP,
            "0006 1234 0000000000 07 0025 0000 0000 01 07 06 00 02 01 0000 00060000 020000000001 6768 69",
            "",
            "NHRP: error indication, error <protocol address unreachable>, src nbma 02:00:00:00:00:01, \
             proto type 1234 67:68 -> 69",
        );
    }

    #[test]
    fn sizes_that_cannot_be() {
        check(&NHRP, "0001", "", "NHRP: [length 2 < 20] (invalid)".replace(": [", ":  [").as_str());
        let lie = REQUEST.replacen("0034", "0013", 1);
        check(&NHRP, &lie, "", "NHRP:  [pktsz 19 < 20] (invalid)");
        let lie = REQUEST.replacen("0034 01", "0035 01", 1);
        check(&NHRP, &lie, "", "NHRP: reg request [extoff 53 > 52] (invalid)");
        let lie = REQUEST.replacen("0034 01", "0030 01", 1);
        check(
            &NHRP,
            &lie,
            "",
            "NHRP: reg request, id 5, src nbma 10.0.0.1, 192.168.0.2 -> 192.168.0.1 \
             [remaining mandatory part length 8 < 12] (invalid)",
        );
        check(&NHRP, &REQUEST.replacen("01 03", "02 03", 1), "", "NHRP: unknown-version-02");
    }
}
