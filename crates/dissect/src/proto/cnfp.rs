//! Cisco NetFlow, versions 1, 5 and 6 (source: Cisco, NetFlow Collection Engine User Guide 3.6, export formats).
//!
//! ```text
//! | version (2) | records (2) | uptime (4) | seconds (4) | nanoseconds (4) | 5, 6: sequence (4) | more (4) |
//! record:  | source, destination, next hop (4 each) | interfaces (2, 2) | packets (4) | octets (4) | first (4) | last (4) |
//! 1:       | ports (2, 2) | 0 (2) | protocol | TOS | TCP flags | 0 (7) |
//! 5, 6:    | ports (2, 2) | 0 | TCP flags | protocol | TOS | AS (2, 2) | masks | 6: encapsulations (2) | next hop (4) |
//! ```

use crate::prelude::*;

/// NetFlow.
pub static CNFP: Protocol = Protocol { name: "cnfp", dissect };

const TCP: u8 = 6;
const TCP_FLAGS: Flags =
    &[(0x01, "F"), (0x02, "S"), (0x04, "R"), (0x08, "P"), (0x10, "."), (0x20, "U"), (0x40, "E"), (0x80, "W")];

fn dissect(_: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let version = p.at(0).be16()?;
    if !matches!(version, 1 | 5 | 6) {
        out.say("NetFlow v").hex("version", version);
        return Ok(());
    }
    // tcpdump takes the upper half of the uptime for the lower half of the number of records.
    let count = p.at(2).be32()?;
    let mut body = p.at(4);
    let (uptime, seconds, nanos) = (body.be32()?, body.be32()?, body.be32()?);
    out.say("NetFlow v").hex("version", version).say(", ");
    say_ms("uptime_ms", uptime, out);
    out.say(" uptime, ").num("time_s", seconds).say(".").aside(|out| _ = out.num("time_ns", nanos));
    write!(out, "{nanos:09}, ");
    if version != 1 {
        let sequence = body.be32()?;
        out.say("#").num("sequence", sequence).say(", ");
        body.skip(4)?;
    }
    out.right(2, |out| _ = out.num("count", count)).say(" recs");
    out.list("records", |out| {
        for _ in 0..count {
            out.item(|out| record(version, body, out))?;
            body.skip(if version == 1 { 48 } else { 52 })?;
        }
        Ok(())
    })
}

/// Thousandths of a second, as seconds.
fn say_ms(key: &str, ms: u32, out: &mut Out) {
    out.note(key, ms);
    write!(out, "{}.{:03}", ms / 1000, ms % 1000);
}

fn record(version: u16, p: Cursor, out: &mut Out) -> Dissect {
    let mut times = p.at(24);
    let (first, last) = (times.be32()?, times.be32()?);
    say_ms("first_ms", first, out.say("\n  started "));
    say_ms("last_ms", last, out.say(", last "));
    end(version, p, ["src", "src_mask", "src_as", "src_port"], 0, out.say("\n    "))?;
    end(version, p, ["dst", "dst_mask", "dst_as", "dst_port"], 1, out.say("> "))?;
    let hop: [u8; 4] = p.at(8).array()?;
    out.say(">> ").ip_digits("next_hop", hop.into()).say("\n    ");
    let protocol = p.at(38).u8()?;
    out.ip_protocol("protocol", protocol, "%u").say(" ");
    if protocol == TCP {
        let flags = p.at(if version == 1 { 40 } else { 37 }).u8()?;
        out.letters("tcp_flags", flags, TCP_FLAGS, "").say(if flags != 0 { " " } else { "" });
    }
    let tos = p.at(39).u8()?;
    let mut counts = p.at(16);
    let (packets, octets) = (counts.be32()?, counts.be32()?);
    let encapsulations: [u8; 2] = if version == 6 { p.at(46).array()? } else { [0; 2] };
    out.say("tos ").num("tos", tos).say(", ").num("packets", packets);
    out.say(" (").num("octets", octets).say(" octets)");
    if version == 6 {
        let [inside, outside] = encapsulations;
        out.say(" (").num("in_encapsulation", inside).say("<>").num("out_encapsulation", outside);
        out.say(" encaps)");
    }
    Ok(())
}

/// One end of a flow: its address, from version 5 on with its network and AS, and its port.
fn end(version: u16, p: Cursor, keys: [&str; 4], which: usize, out: &mut Out) -> Dissect {
    let [address, mask, number, port] = keys;
    let ip: [u8; 4] = p.at(4 * which).array()?;
    let said_port = p.at(32 + 2 * which).be16()?;
    if version == 1 {
        out.ip_digits(address, ip.into()).say(":").num(port, said_port).say(" ");
        return Ok(());
    }
    let (bits, number_of) = (p.at(44 + which).u8()?, p.at(40 + 2 * which).be16()?);
    out.ip_digits(address, ip.into()).say("/").num(mask, bits).say(":").num(number, number_of);
    out.say(":").num(port, said_port).say(" ");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const FLOW: &str = "0a000001 0a000002 0a000003 0001 0002 00000005 00000064 000003e8 000007d1 0400 0050";

    #[test]
    fn version_1() {
        let hex = format!("0001 0000 0001 86a0 00000009 00000001 {FLOW} 0000 06 00 12 000000 00000000");
        check(
            &CNFP,
            &hex,
            "",
            "NetFlow v1, 100.000 uptime, 9.000000001,  1 recs\n  started 1.000, last 2.001\
             \n    10.0.0.1:1024 > 10.0.0.2:80 >> 10.0.0.3\n    6 S. tos 0, 5 (100 octets)",
        );
        assert!(values(&CNFP, &hex).contains(r#""tcp_flags":18,"tos":0,"packets":5,"octets":100}]"#));
        check(&CNFP, "0009", "", "NetFlow v9");
        check(&CNFP, "0001 0000 0001 86a0", "-v", " [|cnfp]");
    }

    #[test]
    fn versions_5_and_6() {
        let record = format!("{FLOW} 00 00 11 08 0007 0009 18 10 0102 00000000");
        let hex = format!("0006 0000 0001 86a0 00000009 00000001 0000000b 00000000 {record}");
        let said = "NetFlow v6, 100.000 uptime, 9.000000001, #11,  1 recs\n  started 1.000, last 2.001\
                    \n    10.0.0.1/24:7:1024 > 10.0.0.2/16:9:80 >> 10.0.0.3\n    17 tos 8, 5 (100 octets)";
        check(&CNFP, &hex, "", &format!("{said} (1<>2 encaps)"));
        check(&CNFP, &format!("0005{}", &hex[4..]), "", &said.replace("v6", "v5"));
    }
}
