//! sFlow, samples of what goes through a switch, version 5 (source: https://sflow.org/sflow_version_5.txt; InMon's
//! version 4: RFC 3176).
//!
//! ```text
//! | version (4) | address family (4): 1 IPv4, 2 IPv6 | agent (4 or 16) | sub-agent (4) | sequence (4) |
//! | uptime in ms (4) | samples (4) |
//! sample:  | enterprise (20 bits), format (12 bits) | length (4) | .. records (4) |
//! record:  | enterprise (20 bits), format (12 bits) | length (4) | ..
//! ```

use crate::prelude::*;

mod records;

/// sFlow.
pub static SFLOW: Protocol = Protocol { name: "sflow", dissect };

const VERSION: u32 = 5;
const IPV4: u32 = 1;
const IPV6: u32 = 2;
/// Bytes of a header with an IPv4 agent, and with an IPv6 agent.
const HEADER: usize = 28;
const HEADER_V6: usize = 40;

const SAMPLE_HEADER: usize = 8;
const FLOW: u32 = 1;
const COUNTER: u32 = 2;
const EXPANDED_FLOW: u32 = 3;
const EXPANDED_COUNTER: u32 = 4;
const SAMPLES: NameTable = &[
    (FLOW, "flow sample"),
    (COUNTER, "counter sample"),
    (EXPANDED_FLOW, "expanded flow sample"),
    (EXPANDED_COUNTER, "expanded counter sample"),
];

/// A number on a line: the words in front of it, its key, and how many bytes it has.
type Field = (&'static str, &'static str, usize);
/// Numbers that are on one line.
type Phrase = &'static [Field];

const FLOW_SAMPLE: Phrase = &[
    (" seqnum ", "sequence", 4),
    (", type ", "source_type", 1),
    (", idx ", "source_index", 3),
    (", rate ", "rate", 4),
    (", pool ", "pool", 4),
    (", drops ", "drops", 4),
    (", input ", "input", 4),
    (" output ", "output", 4),
];
const COUNTER_SAMPLE: Phrase =
    &[(" seqnum ", "sequence", 4), (", type ", "source_type", 1), (", idx ", "source_index", 3)];
/// The ends of the flow follow, see [`expanded_ends`].
const EXPANDED_FLOW_SAMPLE: Phrase = &[
    (" seqnum ", "sequence", 4),
    (", type ", "source_type", 4),
    (", idx ", "source_index", 4),
    (", rate ", "rate", 4),
    (", pool ", "pool", 4),
    (", drops ", "drops", 4),
];
const EXPANDED_COUNTER_SAMPLE: Phrase =
    &[(" seqnum ", "sequence", 4), (", type ", "source_type", 4), (", idx ", "source_index", 4)];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let mut start = p;
    start.skip(4)?;
    let family = start.be32()?;
    let version = p.be32()?;
    let header = if family == IPV4 { HEADER } else { HEADER_V6 };
    if matches!(family, IPV4 | IPV6) && length < header {
        out.say("sFlowv").num("version", version);
        write!(out, " [length {length} < {HEADER}]");
        return Err(Stop::Invalid);
    }
    p.need(HEADER - 4)?;
    if version != VERSION {
        out.say("sFlow version ").num("version", version).say(" packet not supported");
        return Ok(());
    }
    p.skip(4)?;
    let agent = if family == IPV4 { Addr::from(p.array::<4>()?) } else { Addr::from(p.array::<16>()?) };
    let id = p.be32()?;
    let say_agent = |out: &mut Out| {
        out.say("sFlowv").num("version", version);
        out.say(if family == IPV4 { ", IPv4 agent " } else { ", IPv6 agent " }).ip("agent", agent);
        out.say(", agent-id ").num("agent_id", id);
    };
    if cx.verbose() == 0 {
        say_agent(out);
        out.say(", length ").num("length", length);
        return Ok(());
    }
    let (sequence, uptime, count) = (p.be32()?, p.be32()?, p.be32()?);
    say_agent(out);
    out.say(", seqnum ").num("sequence", sequence).say(", uptime ").num("uptime_ms", uptime);
    out.say(", samples ").num("count", count).say(", length ").num("length", length);
    if length < header {
        return Err(out.lie("tlen", length, "<", header));
    }
    let done = out.list("samples", |out| samples(cx, count, &mut p, out));
    cx.close(done, &p, out)
}

/// The samples; behind one of no kind or of no length nothing can be told.
fn samples(cx: &Cx, count: u32, p: &mut Cursor, out: &mut Out) -> Dissect {
    for _ in 0..count {
        if p.claimed() == 0 || !out.item(|out| sample(cx, p, out))? {
            break;
        }
    }
    Ok(())
}

/// One sample: `false` if it is the last. It may lie about its length: its records end where the packet does.
fn sample(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let mut body = *p;
    let (format, length) = (body.be32()?, body.be32()?);
    if p.claimed() < SAMPLE_HEADER {
        return Err(Stop::Invalid);
    }
    *p = body;
    let kind = format & 0xfff;
    out.say("\n\t").named("format", kind, SAMPLES, "Unknown").say(", length ").num("length", length).say(",");
    out.note("enterprise", format >> 12);
    let length = length as usize;
    if kind == 0 || length == 0 {
        return Ok(false);
    }
    if p.claimed() < length {
        return Err(Stop::Invalid);
    }
    p.need(length)?;
    match kind {
        FLOW => {
            let count = head(&mut body, FLOW_SAMPLE, 0, out)?;
            out.say(" records ").num("count", count);
            records::flows(cx, count, body, out)?;
        }
        EXPANDED_FLOW => {
            let mut ends = body.at(size(EXPANDED_FLOW_SAMPLE));
            let count = head(&mut body, EXPANDED_FLOW_SAMPLE, EXPANDED_ENDS, out)?;
            expanded_ends(&mut ends, out)?;
            out.say(", records ").num("count", count);
            records::flows(cx, count, body, out)?;
        }
        COUNTER | EXPANDED_COUNTER => {
            let fields = if kind == COUNTER { COUNTER_SAMPLE } else { EXPANDED_COUNTER_SAMPLE };
            let count = head(&mut body, fields, 0, out)?;
            out.say(", records ").num("count", count);
            records::counters(cx, count, body, out)?;
        }
        _ => unknown(cx, "\n\t    ", p.sub(length), out),
    }
    p.pass(length);
    Ok(true)
}

/// Says the numbers that a sample begins with, steps over `more` bytes, and gives the number of its records.
fn head(p: &mut Cursor, fields: Phrase, more: usize, out: &mut Out) -> Dissect<u32> {
    let length = size(fields) + more;
    if p.claimed() < length + 4 {
        return Err(Stop::Invalid);
    }
    p.need(length + 4)?;
    phrase(p, fields, out)?;
    p.pass(more);
    p.be32()
}

/// Bytes of two interfaces with the kind of each.
const EXPANDED_ENDS: usize = 16;

fn expanded_ends(p: &mut Cursor, out: &mut Out) -> Dissect {
    let (in_format, input, out_format, output) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    out.say(", input ").num("input", input).say(" (").num("input_format", in_format).say(")");
    out.say(", output ").num("output", output).say(" (").num("output_format", out_format).say(")");
    Ok(())
}

fn size(fields: Phrase) -> usize {
    fields.iter().map(|field| field.2).sum()
}

/// Reads the numbers of a line, and says them.
fn phrase(p: &mut Cursor, fields: Phrase, out: &mut Out) -> Dissect {
    p.need(size(fields))?;
    for (words, key, width) in fields {
        let n = p.take(*width)?.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        out.say(words).num(key, n);
    }
    Ok(())
}

/// What nobody explains; the very talkative do not hear it.
fn unknown(cx: &Cx, indent: &str, data: Cursor, out: &mut Out) {
    if cx.verbose() == 1 {
        out.dump_hex("data", data.rest(), indent);
    } else {
        out.aside(|out| _ = out.bytes("data", data.rest()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    fn datagram(samples: &[&str]) -> String {
        let count = samples.len();
        format!("00000005 00000001 0a000001 00000002 00000003 00000004 {count:08x} {}", samples.concat())
    }

    const HEAD: &str = "sFlowv5, IPv4 agent 10.0.0.1, agent-id 2, ";
    const SAID: &str = "sFlowv5, IPv4 agent 10.0.0.1, agent-id 2, seqnum 3, uptime 4, samples 1, length ";
    const FLOWS: &str = "00000001 00000048 00000007 00000009 00000064 00000065 00000000 0000000a 0000000b 00000001
                         00000001 00000020 00000001 0000003e 00000004 0000000c 020000000001020000000002 0800 0000";

    #[test]
    fn flow_samples() {
        let hex = datagram(&[FLOWS]);
        check(&SFLOW, &hex, "", &format!("{HEAD}length 108"));
        check(
            &SFLOW,
            &hex,
            "-v",
            &format!(
                "{SAID}108\n\tflow sample (1), length 72, seqnum 7, type 0, idx 9, rate 100, pool 101, drops 0, \
                 input 10 output 11 records 1\n\t    enterprise 0 Raw packet (1) length 32\
                 \n\t      protocol Ethernet (1), length 62, stripped bytes 4, header_size 12"
            ),
        );
        let said = values(&SFLOW, &hex);
        let record = r#""count":1,"records":[{"enterprise":0,"format":1,"length":32,"protocol":1,"frame_length":62,"stripped":4,"header_size":12}]"#;
        assert!(said.contains(record), "{said}");
    }

    #[test]
    fn expanded_samples() {
        let flow = "00000003 0000003c 00000007 00000001 00000009 00000064 00000065 00000000 00000000 0000000a
                    00000001 0000000b 00000001 000003e9 00000010 00000001 00000002 00000003 00000004";
        check(
            &SFLOW,
            &datagram(&[flow]),
            "-v",
            &format!(
                "{SAID}104\n\texpanded flow sample (3), length 60, seqnum 7, type 1, idx 9, rate 100, pool 101, \
                 drops 0, input 10 (0), output 11 (1), records 1\
                 \n\t    enterprise 0 Extended Switch data (1001) length 16\
                 \n\t      src vlan 1, src pri 2, dst vlan 3, dst pri 4"
            ),
        );
        let counters =
            "00000004 00000020 00000007 00000001 00000009 00000001 80000123 00000004 00000000 00000000";
        check(
            &SFLOW,
            &datagram(&[counters]),
            "-vvv",
            &format!(
                "{SAID}68\n\texpanded counter sample (4), length 32, seqnum 7, type 1, idx 9, records 1\
                 \n\t    enterprise 2048, Unknown (291) length 4"
            ),
        );
    }

    #[test]
    fn agents_and_versions() {
        let v6 = "00000005 00000002 20010db8000000000000000000000001 00000002 00000003 00000004 00000000";
        check(&SFLOW, v6, "", "sFlowv5, IPv6 agent 2001:db8::1, agent-id 2, length 40");
        check(
            &SFLOW,
            v6,
            "-v",
            "sFlowv5, IPv6 agent 2001:db8::1, agent-id 2, seqnum 3, uptime 4, samples 0, length 40",
        );
        check(&SFLOW, &v6.replacen('5', "4", 1), "", "sFlow version 4 packet not supported");
        check(&SFLOW, "00000005 00000001", "", "sFlowv5 [length 8 < 28] (invalid)");
    }

    #[test]
    fn samples_that_lie() {
        let says = |sample: &str, args: &str, length: usize, words: &str| {
            check(&SFLOW, &datagram(&[sample]), args, &format!("{SAID}{length}{words}"));
        };
        says("00000009 00000002 abcd", "-v", 38, "\n\tUnknown (9), length 2,\n\t    0x0000:  abcd");
        says("00000009 00000002 abcd", "-vv", 38, "\n\tUnknown (9), length 2,");
        says("00000009 00000000 abcd", "-v", 38, "\n\tUnknown (9), length 0,");
        says("00000002 00000003 abcd", "-v", 38, "\n\tcounter sample (2), length 3, (invalid)");
        says("00000002 00000002 abcd", "-v", 38, "\n\tcounter sample (2), length 2, (invalid)");
        let short = "00000002 0000000c 00000001 00000002 00000001";
        says(
            short,
            "-v",
            48,
            "\n\tcounter sample (2), length 12, seqnum 1, type 0, idx 2, records 1 (invalid)",
        );
    }
}
