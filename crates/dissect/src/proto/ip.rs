//! IPv4, the Internet Protocol (RFC 791), with the lengths that segmentation offload leaves behind.
//!
//! ```text
//! |Version|  IHL  |      TOS      |         Total length          |
//! |        Identification         |flags|    Fragment offset      |
//! |      TTL      |   Protocol    |       Header checksum         |
//! |                            Source                             |
//! |                          Destination                          |
//! |                    Options (IHL - 5 words)                    |
//! ```

use crate::parts::{internet_checksum, ip_payload, ip_protocols};
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

mod options;

/// IPv4.
pub static IP: Protocol = Protocol { name: "ip", dissect };

const HEADER: usize = 20;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;
const FLAGS: Flags = &[(0x2000, "+"), (0x4000, "DF"), (0x8000, "rsvd")];
/// The same, for the structured ear.
const FLAG_NAMES: Flags = &[(0x2000, "mf"), (0x4000, "df"), (0x8000, "rsvd")];
const ECN: NameTable = &[(0, ""), (1, ",ECT(1)"), (2, ",ECT(0)"), (3, ",CE")];
/// The longest packet whose length fits the header: a longer one can only have come from inside a host.
const LONGEST: usize = 65535;

fn dissect(cx: &mut Cx, packet: Cursor, out: &mut Out) -> Dissect {
    if !cx.options.link_header {
        out.say("IP ");
    }
    let lengths = lengths(packet, out)?;
    packet.need(HEADER)?;
    let mut p = packet.sub(lengths.total);
    let header = Header::read(&mut p)?;
    out.aside(|out| {
        out.ip4("src", header.src).ip4("dst", header.dst);
    });
    if cx.verbose() > 0 && !header.explain(cx, packet.sub(lengths.total), p, &lengths, out)? {
        header.addresses(out);
        out.say(" [|ip]").note_that("options_cut", true);
        return Ok(());
    }
    let outer = std::mem::replace(&mut cx.ip, header.context(p, &lengths));
    let done = payload(cx, packet.sub(lengths.total), &header, &lengths, out);
    cx.ip = outer;
    done
}

/// What the header and the layers around it say about lengths.
struct Lengths {
    /// Of the header, options included.
    header: usize,
    /// As the header states it.
    stated: u16,
    /// Of the packet, if that can be believed.
    total: usize,
    presumed: Option<&'static str>,
}

fn lengths(packet: Cursor, out: &mut Out) -> Dissect<Lengths> {
    let length = packet.claimed();
    if length < HEADER {
        return Err(out.lie("length", length, "<", HEADER));
    }
    let mut p = packet;
    let first = p.peek()?;
    if first >> 4 != 4 {
        return Err(out.lie("version", first >> 4, "!=", 4u8));
    }
    let header = usize::from(first & 0x0f) * 4;
    if header < HEADER {
        return Err(out.lie("header length", header, "<", HEADER));
    }
    p.skip(2)?;
    let stated = p.be16()?;
    let total = usize::from(stated);
    if total > length {
        write!(out, "[total length {total} > length {length}] (invalid) ");
        out.note_that("overlong", true);
    }
    if stated == 0 {
        p.skip(5)?;
        if matches!(p.u8()?, ip_proto::TCP | ip_proto::UDP) {
            let presumed = Some(if length > LONGEST { "BIG TCP" } else { "TSO" });
            return checked(Lengths { header, stated, total: length, presumed }, out);
        }
    }
    checked(Lengths { header, stated, total, presumed: None }, out)
}

fn checked(lengths: Lengths, out: &mut Out) -> Dissect<Lengths> {
    if lengths.total < lengths.header {
        write!(out, "[total length {} < header length {}]", lengths.total, lengths.header);
        return Err(Stop::Invalid);
    }
    Ok(lengths)
}

struct Header {
    tos: u8,
    id: u16,
    fragment: u16,
    ttl: u8,
    protocol: u8,
    checksum: u16,
    src: [u8; 4],
    dst: [u8; 4],
}

impl Header {
    fn read(p: &mut Cursor) -> Dissect<Self> {
        let ([_, tos], _length, id, fragment) = (p.array()?, p.be16()?, p.be16()?, p.be16()?);
        let ([ttl, protocol], checksum, src, dst) = (p.array()?, p.be16()?, p.array()?, p.array()?);
        Ok(Header { tos, id, fragment, ttl, protocol, checksum, src, dst })
    }

    fn context(&self, options: Cursor, lengths: &Lengths) -> Ip {
        let dst = Addr::from(self.dst);
        Ip {
            version: 4,
            src: self.src.into(),
            dst,
            final_dst: options::destination(options, lengths.header - HEADER).map_or(dst, Addr::from),
            ttl: self.ttl,
            more_fragments: self.fragment & MORE_FRAGMENTS != 0,
            extended: false,
        }
    }

    fn addresses(&self, out: &mut Out) {
        out.aloud(|out| {
            out.ip4("", self.src).say(" > ").ip4("", self.dst).say(": ");
        });
    }

    /// The header in parentheses; `false` if an option reaches beyond what was captured.
    fn explain(
        &self,
        cx: &Cx,
        packet: Cursor,
        options: Cursor,
        lengths: &Lengths,
        out: &mut Out,
    ) -> Dissect<bool> {
        out.say("(tos 0x").hex("tos", self.tos).aloud(|out| {
            out.name("", self.tos & 3, ECN, "");
        });
        out.note("dscp", self.tos >> 2).note("ecn", self.tos & 3);
        if self.ttl > 0 {
            out.say(", ttl ").num("ttl", self.ttl);
        } else {
            out.note("ttl", self.ttl);
        }
        out.say(", id ").num("id", self.id).say(", offset ").num("offset", (self.fragment & OFFSET) * 8);
        out.say(", flags [").aloud(|out| _ = out.flags("", self.fragment & !OFFSET, FLAGS, "none"));
        out.note_flags("flags", self.fragment & !OFFSET, FLAG_NAMES);
        out.say("], proto ").named("protocol", self.protocol, ip_protocols::NAMES, "unknown");
        self.length(lengths, out);
        let mut whole = true;
        if lengths.header > HEADER {
            out.say(", options (");
            whole = options::say(options, lengths.header - HEADER, out)?;
            if !whole {
                out.say(" [truncated-option]");
            }
            out.say(")");
        }
        self.judge(cx, packet.rest().get(..lengths.header), out);
        out.say(if cx.options.one_line { ") " } else { ")\n    " });
        Ok(whole)
    }

    fn length(&self, lengths: &Lengths, out: &mut Out) {
        out.say(", length ");
        match lengths.presumed {
            Some(why) => {
                out.num("length", lengths.total).say(" [was 0, presumed ").say(why).say("]");
                out.note_that("offload", true);
            }
            None => {
                out.num("length", lengths.stated);
            }
        }
    }

    /// Judges the checksum, if the header is there to the end.
    fn judge(&self, cx: &Cx, header: Option<&[u8]>, out: &mut Out) {
        let Some(whole) = header else {
            out.note("checksum", self.checksum);
            return;
        };
        if let Some(right) = internet_checksum::judge(self.checksum, checksum::of(whole), out)
            && !cx.options.trust_checksums
        {
            write!(out, ", bad cksum {:x} (->{right:x})!", self.checksum);
        }
    }
}

fn payload(cx: &mut Cx, packet: Cursor, header: &Header, lengths: &Lengths, out: &mut Out) -> Dissect {
    if header.fragment & OFFSET != 0 {
        if cx.options.quiet < 2 {
            out.aloud(|out| {
                out.ip4("", header.src).say(" > ").ip4("", header.dst).say(":");
            });
            ip_payload::name(header.protocol, out);
        }
        return Ok(());
    }
    if !ip_payload::says_addresses(header.protocol) {
        header.addresses(out);
    }
    let mut p = packet;
    if p.skip(lengths.header).is_err() {
        write!(out, " [remaining caplen({}) < header length({})]", p.captured(), lengths.header);
        return Err(Stop::Truncated);
    }
    ip_payload::hand_on(cx, header.protocol, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// Protocol 253, reserved for experiments: nobody explains it.
    const PLAIN: &str = "4500 0018 1234 4000 40fd 1498 c0000201 c0000202 61626364";
    const ROUTED: &str = "4700 001c 0001 0000 40fd 9e7b c0000201 c0000202 83 07 04 cb007109 00";

    #[test]
    fn addresses_protocol_and_length() {
        check(&IP, PLAIN, "", "IP 192.0.2.1 > 192.0.2.2:  ip-proto-253 4");
        check(&IP, PLAIN, "-e", "192.0.2.1 > 192.0.2.2:  ip-proto-253 4");
    }

    #[test]
    fn the_header_in_parentheses() {
        let head = "IP (tos 0x0, ttl 64, id 4660, offset 0, flags [DF], proto unknown (253), length 24";
        let tail = "192.0.2.1 > 192.0.2.2:  ip-proto-253 4";
        check(&IP, PLAIN, "-vg", &format!("{head}, bad cksum 1498 (->a3b1)!) {tail}"));
        check(&IP, PLAIN, "-vK", &format!("{head})\n    {tail}"));
        check(&IP, &PLAIN.replace("1498", "a3b1"), "-v", &format!("{head})\n    {tail}"));
    }

    #[test]
    fn options_and_where_a_source_route_leads() {
        check(
            &IP,
            ROUTED,
            "-vK",
            "IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto unknown (253), length 28, \
             options (LSRR 203.0.113.9,EOL))\n    192.0.2.1 > 192.0.2.2:  ip-proto-253 0",
        );
        let bytes = crate::testing::bytes(ROUTED);
        let options = Cursor::new(&bytes[HEADER..], 8);
        assert_eq!(options::destination(options, 8), Some([203, 0, 113, 9]));
        assert_eq!(options::destination(options, 4), None, "the route does not fit");
    }

    #[test]
    fn an_option_that_was_cut() {
        let bytes = crate::testing::bytes(ROUTED);
        let (text, ..) = crate::testing::hear(
            &IP,
            &bytes[..24],
            28,
            crate::cx::Options { verbose: 1, numeric: true, ..Default::default() },
            crate::out::Ear::Text,
        );
        assert!(
            text.ends_with("options (LSRR [truncated-option]))\n    192.0.2.1 > 192.0.2.2:  [|ip]"),
            "{text}"
        );
    }

    #[test]
    fn timestamps() {
        check(
            &IP,
            "4900 0024 0001 0000 40fd 0000 c0000201 c0000202 44 0c 0d 01 cb007109 00000064 07 03 04 00",
            "-vK",
            "IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto unknown (253), length 36, \
             options (timestamp TS{TS+ADDR 100@203.0.113.9 ^ },RR,EOL))\n    \
             192.0.2.1 > 192.0.2.2:  ip-proto-253 0",
        );
    }

    #[test]
    fn a_later_fragment_has_no_payload_to_explain() {
        let later = "4500 0018 1234 0010 4006 0000 c0000201 c0000202 61626364";
        check(&IP, later, "", "IP 192.0.2.1 > 192.0.2.2: ip-proto-6");
        check(&IP, later, "-qq", "IP ");
    }

    #[test]
    fn lengths_that_cannot_be() {
        check(&IP, "4400 0014", "", "IP  [length 4 < 20] (invalid)");
        check(&IP, &PLAIN.replacen("45", "65", 1), "", "IP  [version 6 != 4] (invalid)");
        check(&IP, &PLAIN.replacen("45", "44", 1), "", "IP  [header length 16 < 20] (invalid)");
        check(
            &IP,
            &PLAIN.replacen("0018", "0013", 1),
            "",
            "IP [total length 19 < header length 20] (invalid)",
        );
        check(
            &IP,
            &PLAIN.replacen("0018", "0019", 1),
            "",
            "IP [total length 25 > length 24] (invalid) 192.0.2.1 > 192.0.2.2:  ip-proto-253 4",
        );
    }

    #[test]
    fn a_protocol_of_the_other_version() {
        let icmp6 = PLAIN.replace("40fd", "403a");
        check(&IP, &icmp6, "", "IP 192.0.2.1 > 192.0.2.2: [ICMPv6 requires IPv6] (invalid)");
    }

    #[test]
    fn values_of_the_header() {
        assert_eq!(
            values(&IP, PLAIN),
            "{\"ip\":{\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"tos\":0,\"dscp\":0,\"ecn\":0,\"ttl\":64,\"id\":4660,\"offset\":0,\
             \"flags\":16384,\"protocol\":253,\"length\":24,\"checksum\":5272,\"checksum_ok\":false,\"checksum_expected\":41905}}"
        );
    }
}
