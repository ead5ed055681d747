//! PTP, the Precision Time Protocol, version 2 and its revision 2.1 (IEEE 1588-2008, IEEE 1588-2019).
//!
//! ```text
//! | SDO, type (4 bits each) | minor version, version (4 bits each) | length (2) |
//! | domain | reserved | flags (2) |
//! | correction (8): nanoseconds, and 16 bits behind the point     |
//! | reserved (4) | clock (8) | port (2) | sequence (2) | control | log interval |
//! | by type: time (6 + 4 bytes), clock and port, announcement, hops ..
//! ```

use crate::prelude::*;

/// PTP.
pub static PTP: Protocol = Protocol { name: "ptp", dissect };

/// Bytes before what depends on the type.
const HEADER: usize = 34;
const NANOS_PER_SECOND: u32 = 1_000_000_000;

const SYNC: u8 = 0x0;
const DELAY_REQUEST: u8 = 0x1;
const PEER_DELAY_REQUEST: u8 = 0x2;
const PEER_DELAY_RESPONSE: u8 = 0x3;
const FOLLOW_UP: u8 = 0x8;
const DELAY_RESPONSE: u8 = 0x9;
const PEER_DELAY_FOLLOW_UP: u8 = 0xa;
const ANNOUNCE: u8 = 0xb;
const SIGNALING: u8 = 0xc;
const MANAGEMENT: u8 = 0xd;
const TYPES: NameTable = &[
    (SYNC as u32, "sync msg"),
    (DELAY_REQUEST as u32, "delay req msg"),
    (PEER_DELAY_REQUEST as u32, "peer delay req msg"),
    (PEER_DELAY_RESPONSE as u32, "peer delay resp msg"),
    (FOLLOW_UP as u32, "follow up msg"),
    (DELAY_RESPONSE as u32, "delay resp msg"),
    (PEER_DELAY_FOLLOW_UP as u32, "pdelay resp fup msg"),
    (ANNOUNCE as u32, "announce msg"),
    (SIGNALING as u32, "signaling msg"),
    (MANAGEMENT as u32, "management msg"),
];
/// What version 1 called the types.
const CONTROLS: NameTable =
    &[(0, "Sync"), (1, "Delay_Req"), (2, "Follow_Up"), (3, "Delay_Resp"), (4, "Management"), (5, "Other")];
const FLAGS: Flags = &[
    (0x0001, "l1 61"),
    (0x0002, "l1 59"),
    (0x0004, "utc reasonable"),
    (0x0008, "timescale"),
    (0x0010, "time tracable"),
    (0x0020, "frequency tracable"),
    (0x0100, "alternate master"),
    (0x0200, "two step"),
    (0x0400, "unicast"),
    (0x1000, "profile specific 1"),
    (0x2000, "profile specific 2"),
    (0x4000, "security mask"),
    (0x18c0, "unknown"),
];

fn dissect(_: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("PTP");
    out.enough("length", &p, HEADER)?;
    let [first, versions] = p.array()?;
    let (version, minor) = (versions & 0x0f, versions >> 4);
    out.say("v").num("version", version);
    if minor > 0 {
        out.say(".").num("minor_version", minor);
    }
    match version {
        1 => _ = out.say(" (not implemented)"),
        2 => return version_2(first, p, out),
        _ => _ = out.say(" (unsupported)"),
    }
    Ok(())
}

/// A message of version 2, behind its first two bytes.
fn version_2(first: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let kind = first & 0x0f;
    out.say(", majorSdoId: 0x").hex("major_sdo_id", first >> 4);
    out.say(", msg type: ").name("type", kind, TYPES, "Reserved");
    let length = p.be16()?;
    out.say(", length: ").num("length", length);
    let [domain, reserved] = p.array()?;
    out.say(", domain: ").num("domain", domain).say(", reserved1: ").num("reserved1", reserved);
    let flags = p.be16()?;
    out.say(", Flags [").flags("flags", flags, FLAGS, "none").say("]");
    let correction = be48(&mut p)?;
    out.say(", NS correction: ").num("correction_ns", correction);
    let fraction = p.be16()?;
    out.say(", sub NS correction: ").num("correction_fraction", fraction);
    let reserved = p.be32()?;
    out.say(", reserved2: ").num("reserved2", reserved);
    clock(", clock identity: 0x", "clock_identity", "port_id", &mut p, out)?;
    let sequence = p.be16()?;
    out.say(", seq id: ").num("seq_id", sequence);
    let control = p.u8()?;
    out.say(", control: ");
    out.aloud(|out| _ = out.num("", control).say(" ("));
    out.name("control", control, CONTROLS, "Reserved").say(")");
    let interval = p.u8()?;
    out.say(", log message interval: ").num("log_interval", interval);
    body(kind, p, out)
}

fn body(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        SYNC | DELAY_REQUEST => time("originTimeStamp", "origin_time", &mut p, out),
        FOLLOW_UP => time("preciseOriginTimeStamp", "precise_origin_time", &mut p, out),
        PEER_DELAY_REQUEST | PEER_DELAY_FOLLOW_UP => {
            time("preciseOriginTimeStamp", "precise_origin_time", &mut p, out)?;
            target(&mut p, out)
        }
        PEER_DELAY_RESPONSE | DELAY_RESPONSE => {
            time("receiveTimeStamp", "receive_time", &mut p, out)?;
            target(&mut p, out)
        }
        ANNOUNCE => announcement(p, out),
        SIGNALING => target(&mut p, out),
        MANAGEMENT => management(p, out),
        _ => Ok(()),
    }
}

fn announcement(mut p: Cursor, out: &mut Out) -> Dissect {
    time("originTimeStamp", "origin_time", &mut p, out)?;
    let offset = p.be16()?;
    out.say(", origin cur utc:").num("utc_offset", offset);
    byte(", rsvd: ", "reserved3", &mut p, out)?;
    byte(", gm priority_1: ", "gm_priority_1", &mut p, out)?;
    byte(", gm clock class: ", "gm_clock_class", &mut p, out)?;
    byte(", gm clock accuracy: ", "gm_clock_accuracy", &mut p, out)?;
    let variance = p.be16()?;
    out.say(", gm clock variance: ").num("gm_clock_variance", variance);
    byte(", gm priority_2: ", "gm_priority_2", &mut p, out)?;
    let identity = p.be64()?;
    out.say(", gm clock id: 0x").hex("gm_clock_id", identity);
    let steps = p.be16()?;
    out.say(", steps removed: ").num("steps_removed", steps);
    let source = p.u8()?;
    out.say(", time source: 0x").hex("time_source", source);
    Ok(())
}

fn management(mut p: Cursor, out: &mut Out) -> Dissect {
    target(&mut p, out)?;
    byte(", start boundary hops: ", "start_boundary_hops", &mut p, out)?;
    byte(", boundary hops: ", "boundary_hops", &mut p, out)?;
    let action = p.u8()?;
    out.say(", flags: 0x").hex("management_flags", action);
    let reserved = p.u8()?;
    out.say(", reserved: 0x").hex("reserved3", reserved);
    Ok(())
}

fn byte(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let n = p.u8()?;
    out.say(words).num(key, n);
    Ok(())
}

/// Whom the message is about: a clock and one of its ports.
fn target(p: &mut Cursor, out: &mut Out) -> Dissect {
    clock(", port identity: 0x", "target_clock_identity", "target_port_id", p, out)
}

fn clock(words: &str, key: &str, port_key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let identity = p.be64()?;
    out.say(words).hex(key, identity);
    let port = p.be16()?;
    out.say(", port id: ").num(port_key, port);
    Ok(())
}

/// A time: 48 bits of seconds, 32 bits of nanoseconds.
fn time(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(", ").say(words).say(":");
    out.nest(key, |out| {
        let seconds = be48(p)?;
        out.say(" ").num("seconds", seconds).say(".");
        let nanos = p.be32()?;
        write!(out, "{nanos:09}").note("nanoseconds", nanos).say(" seconds");
        if nanos >= NANOS_PER_SECOND {
            out.say(" (invalid ns)").note_that("invalid", true);
        }
        Ok(())
    })
}

fn be48(p: &mut Cursor) -> Dissect<u64> {
    p.array().map(|[a, b, c, d, e, f]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// A message of a type, with flags, up to its control field: 42 ns too early, from port 1, the 7th.
    fn message(first: &str, flags: &str, body: &str) -> String {
        format!(
            "{first} 02 0040 05 00 {flags} 00000000002a 8000 00000000 0a0b0c0d0e0f1011 0001 0007 05 7f {body}"
        )
    }

    const HEAD: &str = "length: 64, domain: 5, reserved1: 0, Flags";
    const TAIL: &str = "NS correction: 42, sub NS correction: 32768, reserved2: 0, \
        clock identity: 0xa0b0c0d0e0f1011, port id: 1, seq id: 7, control: 5 (Other), \
        log message interval: 127";

    #[track_caller]
    fn says(first: &str, flags: &str, body: &str, kind: &str, flag_words: &str, words: &str) {
        let text = format!("PTPv2, majorSdoId: {kind}, {HEAD} [{flag_words}], {TAIL}{words}");
        let hex = message(first, flags, body);
        check(&PTP, &hex, "", &text);
        check(&PTP, &hex, "-v", &text);
    }

    #[test]
    fn times() {
        let time = "000000000064 0000000a";
        let peer = "1122334455667788 0009";
        let whom = ", port identity: 0x1122334455667788, port id: 9";
        says(
            "00",
            "0000",
            time,
            "0x0, msg type: sync msg",
            "none",
            ", originTimeStamp: 100.000000010 seconds",
        );
        says(
            "11",
            "0208",
            "000000000064 3b9aca00",
            "0x1, msg type: delay req msg",
            "timescale, two step",
            ", originTimeStamp: 100.1000000000 seconds (invalid ns)",
        );
        let precise = ", preciseOriginTimeStamp: 100.000000010 seconds";
        let receive = ", receiveTimeStamp: 100.000000010 seconds";
        says("08", "18c0", time, "0x0, msg type: follow up msg", "profile specific 1, unknown", precise);
        for (first, kind, words) in [
            ("02", "peer delay req msg", precise),
            ("03", "peer delay resp msg", receive),
            ("09", "delay resp msg", receive),
            ("0a", "pdelay resp fup msg", precise),
        ] {
            let kind = format!("0x0, msg type: {kind}");
            says(first, "0000", &format!("{time} {peer}"), &kind, "none", &format!("{words}{whom}"));
        }
        says("0c", "0000", peer, "0x0, msg type: signaling msg", "none", whom);
        says(
            "0d",
            "0400",
            &format!("{peer} 03 02 01 00"),
            "0x0, msg type: management msg",
            "unicast",
            &format!("{whom}, start boundary hops: 3, boundary hops: 2, flags: 0x1, reserved: 0x0"),
        );
        says("04", "0000", "00", "0x0, msg type: Reserved", "none", "");
    }

    #[test]
    fn an_announcement() {
        says(
            "0b",
            "0000",
            "000000000000 00000000 0025 00 80 f8 fe ffff 7f 0102030405060708 0002 a0",
            "0x0, msg type: announce msg",
            "none",
            ", originTimeStamp: 0.000000000 seconds, origin cur utc:37, rsvd: 0, gm priority_1: 128, \
             gm clock class: 248, gm clock accuracy: 254, gm clock variance: 65535, gm priority_2: 127, \
             gm clock id: 0x102030405060708, steps removed: 2, time source: 0xa0",
        );
    }

    #[test]
    fn versions_and_ends() {
        let rest = "00".repeat(32);
        check(&PTP, &format!("0001 {rest}"), "", "PTPv1 (not implemented)");
        check(&PTP, &format!("0013 {rest}"), "", "PTPv3.1 (unsupported)");
        check(&PTP, "0012 002c", "", "PTP [length 4 < 34] (invalid)");
        let short = message("00", "0000", "000000000064 0000");
        let end = ", originTimeStamp: 100. [|ptp]";
        check(
            &PTP,
            &short,
            "",
            &format!("PTPv2, majorSdoId: 0x0, msg type: sync msg, {HEAD} [none], {TAIL}{end}"),
        );
    }

    #[test]
    fn values_of_a_message() {
        assert_eq!(
            values(&PTP, &message("00", "0200", "000000000064 0000000a")),
            r#"{"ptp":{"version":2,"major_sdo_id":0,"type":0,"length":64,"domain":5,"reserved1":0,"flags":512,"correction_ns":42,"correction_fraction":32768,"reserved2":0,"clock_identity":723685415333072913,"port_id":1,"seq_id":7,"control":5,"log_interval":127,"origin_time":{"seconds":100,"nanoseconds":10}}}"#
        );
    }
}
