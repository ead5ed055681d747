//! Addresses and prefixes in CDP (source: Cisco, "Frame Formats").
//!
//! ```text
//! addresses:  | count (4) | type (1) | length (1) | protocol .. | length (2) | address .. |
//! prefixes:   | IPv4 address (4) | bits (1) |
//! ```

use crate::prelude::*;

/// The protocol is an OSI network layer protocol identifier.
const NLPID: u8 = 1;
const NLPID_IP: [u8; 1] = [0xcc];
/// The protocol is an LLC header.
const LLC: u8 = 2;
const LLC_IP6: [u8; 8] = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd];

/// Says addresses; what contradicts itself ends the TLV, and not the packet.
pub(super) fn addresses(p: &mut Cursor, out: &mut Out) -> Dissect {
    let count = p.be32()?;
    let held = out.list("addresses", |out| {
        for number in (1..=count).rev() {
            if !out.item(|out| address(number, p, out))? {
                return Ok(false);
            }
            out.say(if number > 1 { " " } else { "" });
        }
        Ok(true)
    })?;
    let rest = p.claimed();
    if held && rest > 0 {
        out.say(" (").num("stray", rest).say(" bytes of stray data)");
    }
    if held { Ok(()) } else { p.need(rest) }
}

/// An address, counted backwards; `false` if there is no room for it.
fn address(number: u32, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    if p.claimed() < 2 {
        return Ok(no_room("PT+PL", out));
    }
    let [kind, length] = p.array()?;
    let length = usize::from(length);
    if p.claimed() < length + 2 {
        return Ok(no_room("P+AL", out));
    }
    let address_length = usize::from(p.at(length).be16()?);
    let protocol = p.take(length)?;
    let say_counted = |out: &mut Out, family: &str| {
        out.say(family).aloud(|out| {
            out.say(" (").num("", number).say(") ");
        });
    };
    let fits = p.claimed() >= address_length + 2;
    let v4 = kind == NLPID && protocol == NLPID_IP && address_length == 4;
    let v6 = kind == LLC && protocol == LLC_IP6 && address_length == 16;
    if !v4 && !v6 {
        out.say("pt=0x").hex0("type", kind, 2).say(", pl=").aloud(|out| {
            out.num("", length);
        });
        out.say(", pb=");
        spaced("protocol", protocol, out)?;
        out.say(", al=").aloud(|out| {
            out.num("", address_length);
        });
        out.say(", a=");
    }
    p.skip(2)?;
    if !fits {
        return Ok(no_room("A", out));
    }
    if v4 {
        let address = p.array()?;
        say_counted(out, "IPv4");
        out.ip4("address", address);
    } else if v6 {
        let address = p.array()?;
        say_counted(out, "IPv6");
        out.ip6("address", address);
    } else {
        spaced("address", p.sub(address_length).rest(), out)?;
        p.skip(address_length)?;
    }
    Ok(true)
}

fn no_room(what: &str, out: &mut Out) -> bool {
    out.say(" (not enough space for ").say(what).say(")").note_that("invalid", true);
    false
}

fn spaced(key: &str, bytes: &[u8], out: &mut Out) -> Dissect {
    out.phrase(key, |out| {
        for byte in bytes {
            out.say(" ").hex0("", *byte, 2);
        }
        Ok(())
    })
}

/// Says prefixes.
pub(super) fn prefixes(p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if !length.is_multiple_of(5) {
        out.say(" [length ").num("odd_length", length).say(" is not a multiple of 5]");
        return p.need(length);
    }
    out.say(" IPv4 Prefixes (").num("count", length / 5).say("):");
    out.list("prefixes", |out| {
        while p.claimed() > 0 {
            let [a, b, c, d, bits] = p.array()?;
            out.say(" ").phrase("", |out| {
                out.ip_digits("", [a, b, c, d].into()).say("/").num("", bits);
                Ok(())
            })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::proto::cdp::CDP;
    use crate::testing::{check, values};

    fn tlv(kind: &str, length: &str, body: &str, expected: &str) {
        let name = if kind == "02" { "Address" } else { "Prefixes" };
        let value = body.split_whitespace().collect::<String>().len() / 2;
        check(
            &CDP,
            &format!("02 b4 0000 00{kind} {length} {body}"),
            "-v",
            &format!(
                "CDPv2, ttl: 180s, checksum: 0x0000 (unverified), length {}\
                 \n\t{name} (0x00{kind}), value length: {value} bytes: {expected}",
                value + 8
            ),
        );
    }

    #[test]
    fn addresses() {
        let four = "01 01 cc 0004 0a000001";
        let six = "02 08 aaaa0300000086dd 0010 fe800000000000000000000000000001";
        tlv("02", "0011", &format!("00000001 {four}"), "IPv4 (1) 10.0.0.1");
        tlv("02", "002d", &format!("00000002 {four} {six}"), "IPv4 (2) 10.0.0.1 IPv6 (1) fe80::1");
        tlv("02", "0010", "00000001 03 02 abcd 0002 ef01", "pt=0x03, pl=2, pb= ab cd, al=2, a= ef 01");
        tlv("02", "0009", "00000000 ff", " (1 bytes of stray data)");
        let said = values(&CDP, &format!("02 b4 0000 0002 0011 00000001 {four}"));
        assert!(said.contains(r#"{"type":2,"length":13,"addresses":[{"address":"10.0.0.1"}]}"#), "{said}");
    }

    #[test]
    fn no_room() {
        tlv("02", "0009", "00000001 01", " (not enough space for PT+PL)");
        tlv("02", "000b", "00000001 01 01 cc", " (not enough space for P+AL)");
        tlv("02", "000d", "00000001 01 01 cc 0004", " (not enough space for A)");
    }

    #[test]
    fn prefixes() {
        tlv("07", "000e", "0a000000 08 c0a80000 10", " IPv4 Prefixes (2): 10.0.0.0/8 192.168.0.0/16");
        tlv("07", "0008", "0a000000", " [length 4 is not a multiple of 5]");
    }
}
