//! CDP, the Cisco Discovery Protocol (source: Cisco, "Frame Formats", and its bytes on the wire).
//!
//! ```text
//! | version (1) | time to live (1) | checksum (2) |
//! TLVs:  | type (2) | length, all of the TLV (2) | value .. |
//! ```

use crate::prelude::*;

mod addresses;

/// CDP.
pub static CDP: Protocol = Protocol { name: "cdp", dissect };

const HEADER: usize = 4;
const TLV_HEADER: usize = 4;
const DEVICE_ID: u16 = 0x01;

/// What a value is.
#[derive(Clone, Copy)]
enum Value {
    Chars,
    Addresses,
    Capabilities,
    Version,
    Prefixes,
    /// Not told, not even in hex.
    Silent,
    Number,
    Duplex,
    VoiceVlan,
    Power,
    Mtu,
    Hex,
    Place,
    PowerOffer,
}

/// Type, name, what it is, least and most bytes.
type Row = (u16, &'static str, Value, usize, usize);

const ANY: usize = usize::MAX;
const TLVS: &[Row] = &[
    (0x01, "Device-ID", Value::Chars, 0, ANY),
    (0x02, "Address", Value::Addresses, 4, ANY),
    (0x03, "Port-ID", Value::Chars, 0, ANY),
    (0x04, "Capability", Value::Capabilities, 4, 4),
    (0x05, "Version String", Value::Version, 0, ANY),
    (0x06, "Platform", Value::Chars, 0, ANY),
    (0x07, "Prefixes", Value::Prefixes, 0, ANY),
    (0x08, "Protocol-Hello option", Value::Silent, 0, ANY),
    (0x09, "VTP Management Domain", Value::Chars, 0, ANY),
    (0x0a, "Native VLAN ID", Value::Number, 2, 2),
    (0x0b, "Duplex", Value::Duplex, 1, 1),
    (0x0e, "ATA-186 VoIP VLAN assignment", Value::VoiceVlan, 3, 3),
    (0x0f, "ATA-186 VoIP VLAN request", Value::VoiceVlan, 2, 3),
    (0x10, "power consumption", Value::Power, 1, 3),
    (0x11, "MTU", Value::Mtu, 4, 4),
    (0x12, "AVVID trust bitmap", Value::Hex, 1, 1),
    (0x13, "AVVID untrusted ports CoS", Value::Hex, 1, 1),
    (0x14, "System Name", Value::Chars, 0, ANY),
    (0x15, "System Object ID (not decoded)", Value::Silent, 0, ANY),
    (0x16, "Management Addresses", Value::Addresses, 4, ANY),
    (0x17, "Physical Location", Value::Place, 1, ANY),
    (0x1a, "Power available", Value::PowerOffer, 8, ANY),
    // Below 0x1a tcpdump knows of types without a name: they are not told in hex, but without -v too.
    (0x00, UNNAMED, Value::Silent, 0, ANY),
    (0x0c, UNNAMED, Value::Silent, 0, ANY),
    (0x0d, UNNAMED, Value::Silent, 0, ANY),
    (0x18, UNNAMED, Value::Silent, 0, ANY),
    (0x19, UNNAMED, Value::Silent, 0, ANY),
];
const UNNAMED: &str = "unknown field type";
const CAPABILITIES: Flags = &[
    (0x01, "Router"),
    (0x02, "Transparent Bridge"),
    (0x04, "Source Route Bridge"),
    (0x08, "L2 Switch"),
    (0x10, "L3 capable"),
    (0x20, "IGMP snooping"),
    (0x40, "L1 capable"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let done = message(cx, &mut p, out);
    cx.close(done, &p, out)
}

fn message(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if length < HEADER {
        return Err(too_short(out, " (packet length ", length, HEADER));
    }
    let [version, ttl] = p.array()?;
    out.say("CDPv").num("version", version).say(", ttl: ").num("ttl", ttl).say("s");
    let sum = p.be16()?;
    if cx.verbose() > 0 {
        out.say(", checksum: 0x").hex0("checksum", sum, 4);
        out.say(" (unverified), length ").num("length", length);
    }
    out.list("tlvs", |out| {
        while p.claimed() > 0 {
            if p.claimed() < TLV_HEADER {
                return Err(too_short(out, " (remaining packet length ", p.claimed(), TLV_HEADER));
            }
            out.item(|out| tlv(cx, p, out))?;
        }
        Ok(())
    })?;
    if cx.verbose() == 0 {
        out.say(", length ").num("length", length);
    }
    Ok(())
}

fn too_short(out: &mut Out, words: &str, n: usize, least: usize) -> Stop {
    out.aloud(|out| {
        out.say(words).num("", n).say(" < ").num("", least).say(")");
    });
    Stop::Invalid
}

fn tlv(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let left = p.claimed();
    let start = *p;
    let (kind, length) = (p.be16()?, usize::from(p.be16()?));
    let row = TLVS.iter().find(|row| row.0 == kind);
    let name = row.map_or(UNNAMED, |row| row.1);
    let talkative = cx.verbose() > 0;
    let Some(n) = length.checked_sub(TLV_HEADER) else {
        out.note("type", kind);
        say_lengthless(talkative, name, kind, length, out);
        return Err(Stop::Invalid);
    };
    if length > left {
        *p = start;
        out.aloud(|out| {
            out.say(" (TLV length ").num("", length).say(" > ").num("", left).say(")");
        });
        return Err(Stop::Invalid);
    }
    out.note("type", kind);
    let told = talkative || row.is_some_and(|row| row.0 == DEVICE_ID || row.1 == UNNAMED);
    if talkative {
        say_name(name, kind, out);
        out.say(", value length: ").num("length", n).say(plural(n)).say(": ");
    } else if told {
        out.say(", ").say(name).say(" ");
    }
    let mut p = p.part(n)?;
    match row {
        Some(row) if !(row.3..=row.4).contains(&n) => _ = out.say(" (malformed TLV)"),
        Some(row) if told => return value(row.2, n, &mut p, out),
        _ => {}
    }
    if talkative {
        let value = p.take(n)?;
        out.dump_hex("data", value, "\n\t  ");
    }
    Ok(())
}

fn say_name(name: &str, kind: u16, out: &mut Out) {
    out.say("\n\t").say(name).aloud(|out| {
        out.say(" (0x").hex0("", kind, 4).say(")");
    });
}

fn say_lengthless(talkative: bool, name: &str, kind: u16, length: usize, out: &mut Out) {
    if talkative {
        say_name(name, kind, out);
        out.say(", TLV length: ").num("length", length).say(plural(length)).say(" (too short)");
    } else {
        out.say(", ").say(name).say(" TLV length ").num("length", length).say(" too short");
    }
}

fn plural(bytes: usize) -> &'static str {
    if bytes == 1 { " byte" } else { " bytes" }
}

/// A value of `n` bytes: as many as its kind allows.
fn value(what: Value, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    match what {
        Value::Chars => {
            out.say("'").chars_of("value", p, n)?.say("'");
        }
        Value::Addresses => return addresses::addresses(p, out),
        Value::Prefixes => return addresses::prefixes(p, out),
        Value::Version => return version(n, p, out),
        Value::Silent => p.skip(n)?,
        Value::Capabilities => {
            let bits = p.be32()?;
            out.say("(0x").aloud(|out| {
                out.hex0("", bits, 8);
            });
            out.say("): ").flags("value", bits, CAPABILITIES, "none");
        }
        Value::Number => {
            let number = p.be16()?;
            out.num("value", number);
        }
        Value::Duplex => {
            let full = p.u8()? != 0;
            out.say(if full { "full" } else { "half" }).note_that("full_duplex", full);
        }
        Value::VoiceVlan if n == 2 => {
            let value = p.be16()?;
            out.say("unknown 0x").hex0("value", value, 4);
        }
        Value::VoiceVlan => {
            let (application, vlan) = (p.u8()?, p.be16()?);
            out.say("app ").num("application", application).say(", vlan ").num("vlan", vlan);
        }
        Value::Power => {
            let milliwatts = p.take(n)?.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
            out.fraction("watts", f64::from(milliwatts) / 1000.0, 2).say("W");
        }
        Value::Mtu => {
            let mtu = p.be32()?;
            out.num("value", mtu).say(" bytes");
        }
        Value::Hex => {
            let value = p.u8()?;
            out.say("0x").hex0("value", value, 2);
        }
        Value::Place => {
            let first = p.u8()?;
            out.say("0x").hex0("first", first, 2);
            if n > 1 {
                out.say("/").chars_of("place", p, n - 1)?;
            }
        }
        Value::PowerOffer => return power_offer(p, out),
    }
    Ok(())
}

/// Several lines of text, each of which begins a line of its own.
fn version(n: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    let text = p.sub(n).rest();
    out.aside(|out| {
        out.chars("value", text);
    });
    out.aloud(|out| {
        for line in text.split(|c| *c == b'\n') {
            out.say("\n\t  ").chars("", line);
        }
    });
    p.skip(n)
}

fn power_offer(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (request, management) = (p.be16()?, p.be16()?);
    out.say("reqid ").num("request", request).say(", mgmtid ").num("management", management);
    out.say(", pwravail");
    out.list("milliwatts", |out| {
        while p.claimed() >= 4 {
            let milliwatts = p.be32()?;
            out.say(" ").num("", milliwatts).say(" mW");
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn tlvs() {
        let hex = "02 b4 0bea 0001 0006 5331 0005 0007 610a62 0004 0008 00000028 000a 0006 0001 000b 0005 01
                   0012 0005 00 0010 0006 1770 0011 0008 000005dc 000e 0007 01 0002 000f 0006 2000
                   0017 0006 01 61 001a 0010 0000 0001 00000000 ffffffff 0008 0005 ff";
        check(&CDP, hex, "", "CDPv2, ttl: 180s, Device-ID 'S1', length 95");
        check(
            &CDP,
            hex,
            "-v",
            "CDPv2, ttl: 180s, checksum: 0x0bea (unverified), length 95\
             \n\tDevice-ID (0x0001), value length: 2 bytes: 'S1'\
             \n\tVersion String (0x0005), value length: 3 bytes: \n\t  a\n\t  b\
             \n\tCapability (0x0004), value length: 4 bytes: (0x00000028): L2 Switch, IGMP snooping\
             \n\tNative VLAN ID (0x000a), value length: 2 bytes: 1\
             \n\tDuplex (0x000b), value length: 1 byte: full\
             \n\tAVVID trust bitmap (0x0012), value length: 1 byte: 0x00\
             \n\tpower consumption (0x0010), value length: 2 bytes: 6.00W\
             \n\tMTU (0x0011), value length: 4 bytes: 1500 bytes\
             \n\tATA-186 VoIP VLAN assignment (0x000e), value length: 3 bytes: app 1, vlan 2\
             \n\tATA-186 VoIP VLAN request (0x000f), value length: 2 bytes: unknown 0x2000\
             \n\tPhysical Location (0x0017), value length: 2 bytes: 0x01/a\
             \n\tPower available (0x001a), value length: 12 bytes: reqid 0, mgmtid 1, pwravail 0 mW 4294967295 mW\
             \n\tProtocol-Hello option (0x0008), value length: 1 byte: ",
        );
        assert!(
            values(&CDP, hex).contains(r#"{"type":5,"length":3,"value":"a\nb"}"#),
            "{}",
            values(&CDP, hex)
        );
    }

    #[test]
    fn odd_tlvs() {
        check(&CDP, "02 b4 0000 000c 0004", "", "CDPv2, ttl: 180s, unknown field type , length 8");
        let head = "CDPv2, ttl: 180s, checksum: 0x0000 (unverified), length";
        check(
            &CDP,
            "02 b4 0000 000b 0006 0100 0099 0005 61",
            "-v",
            &format!(
                "{head} 15\n\tDuplex (0x000b), value length: 2 bytes:  (malformed TLV)\
                 \n\t  0x0000:  0100\
                 \n\tunknown field type (0x0099), value length: 1 byte: \
                 \n\t  0x0000:  61"
            ),
        );
    }

    #[test]
    fn lies() {
        let head = "CDPv2, ttl: 180s, checksum: 0x0000 (unverified), length";
        check(&CDP, "02 b4 00", "", " (packet length 3 < 4) (invalid)");
        check(&CDP, "02 b4 0000 00", "-v", &format!("{head} 5 (remaining packet length 1 < 4) (invalid)"));
        check(&CDP, "02 b4 0000 0001 0009", "-v", &format!("{head} 8 (TLV length 9 > 4) (invalid)"));
        check(
            &CDP,
            "02 b4 0000 0001 0001",
            "-v",
            &format!("{head} 8\n\tDevice-ID (0x0001), TLV length: 1 byte (too short) (invalid)"),
        );
        check(
            &CDP,
            "02 b4 0000 0001 0003",
            "",
            "CDPv2, ttl: 180s, Device-ID TLV length 3 too short (invalid)",
        );
    }
}
