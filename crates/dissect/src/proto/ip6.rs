//! IPv6, the Internet Protocol, Version 6 (RFC 8200), and the headers that extend it.
//!
//! ```text
//! |Version| Traffic class |              Flow label               |
//! |        Payload length         |  Next header  |   Hop limit   |
//! |                        Source (16 bytes)                      |
//! |                     Destination (16 bytes)                    |
//! ```

use crate::parts::{ip_payload, ip_protocols};
use crate::prelude::*;
use gannet_wire::numbers::ip_proto;

mod fragment;
mod options;
mod routing;

/// IPv6.
pub static IP6: Protocol = Protocol { name: "ip6", dissect };

const HEADER: usize = 40;
/// A longer packet needs a jumbo payload option, or came from inside a host.
const LONGEST: usize = 65535;
/// The mobility header of the drafts before RFC 6275.
const MOBILITY_OLD: u8 = 62;

fn dissect(cx: &mut Cx, packet: Cursor, out: &mut Out) -> Dissect {
    if !cx.options.link_header {
        out.say("IP6 ");
    }
    let length = packet.claimed();
    if length < HEADER {
        return Err(out.lie("length", length, "<", HEADER));
    }
    let first = packet.peek()?;
    if first >> 4 != 6 {
        return Err(out.lie("version", first >> 4, "!=", 6u8));
    }
    let mut p = packet;
    let mut header = Header::read(&mut p, length, out)?;
    if cx.verbose() > 0 {
        header.traffic(out);
        header.hop_limit = p.u8()?;
        header.explain(out);
    } else {
        header.hop_limit = p.u8()?;
    }
    packet.need(HEADER)?;
    let (src, dst) = (p.array::<16>()?, p.array::<16>()?);
    out.aside(|out| {
        out.ip6("src", src).ip6("dst", dst);
    });
    if !ip_payload::says_addresses(header.next) {
        out.aloud(|out| {
            out.ip6("", src).say(" > ").ip6("", dst).say(": ");
        });
    }
    let ip = Ip {
        version: 6,
        src: src.into(),
        dst: dst.into(),
        final_dst: dst.into(),
        ttl: header.hop_limit,
        more_fragments: false,
        extended: false,
    };
    let outer = std::mem::replace(&mut cx.ip, ip);
    let done = Chain::new(packet, &header).walk(cx, out);
    cx.ip = outer;
    done
}

struct Header {
    class: u8,
    flow: u32,
    /// Of the payload, as the header states it.
    stated: u16,
    next: u8,
    hop_limit: u8,
    /// Of the whole packet, when the header could not state it.
    presumed: Option<usize>,
}

impl Header {
    fn read(p: &mut Cursor, length: usize, out: &mut Out) -> Dissect<Self> {
        let (word, stated) = (p.be32()?, p.be16()?);
        let total = usize::from(stated) + HEADER;
        if stated != 0 && total > length {
            overlong(total, length, out);
        }
        let next = p.u8()?;
        let big = stated == 0 && length > LONGEST && matches!(next, ip_proto::TCP | ip_proto::UDP);
        Ok(Header {
            class: (word >> 20) as u8,
            flow: word & 0xf_ffff,
            stated,
            next,
            hop_limit: 0,
            presumed: big.then_some(length),
        })
    }

    /// The beginning of the header in parentheses.
    fn traffic(&self, out: &mut Out) {
        out.say("(");
        match self.class {
            0 => out.note("class", 0u8),
            class => out.say("class 0x").hex0("class", class, 2).say(", "),
        };
        out.note("dscp", self.class >> 2).note("ecn", self.class & 3);
        match self.flow {
            0 => out.note("flow_label", 0u8),
            flow => out.say("flowlabel 0x").hex0("flow_label", flow, 5).say(", "),
        };
    }

    fn explain(&self, out: &mut Out) {
        out.say("hlim ").num("hop_limit", self.hop_limit);
        out.say(", next-header ").named("next_header", self.next, ip_protocols::NAMES, "unknown");
        out.say(", payload length ").num("payload_length", self.stated).say(") ");
        if let Some(presumed) = self.presumed {
            out.say("[real length ").num("real_length", presumed).say(", presumed BIG TCP] ");
        }
    }
}

fn overlong(total: usize, length: usize, out: &mut Out) {
    write!(out, "[header+payload length {total} > length {length}] (invalid) ");
    out.note_that("overlong", true);
}

/// Headers that stand between the IPv6 header and its payload; mobility headers are payload.
fn is_extension(number: u8) -> bool {
    use ip_proto::{DESTINATION, FRAGMENT, HOP_BY_HOP, ROUTING};
    matches!(number, HOP_BY_HOP | DESTINATION | FRAGMENT | ROUTING)
}

/// What one extension header leads to.
struct Next {
    /// The number of the next header.
    header: u8,
    /// How long this one is.
    length: usize,
}

/// The walk from the IPv6 header to what it carries.
struct Chain<'p> {
    packet: Cursor<'p>,
    /// What is left of it.
    p: Cursor<'p>,
    /// What the next bytes are.
    next: u8,
    /// As the IPv6 header states it.
    stated: u16,
    presumed: bool,
    /// Of the payload, as a jumbo payload option states it.
    jumbo: Option<u32>,
    /// Extension headers seen.
    seen: usize,
    routed: bool,
    hop_by_hop: bool,
}

impl<'p> Chain<'p> {
    fn new(packet: Cursor<'p>, header: &Header) -> Self {
        let total = match header.stated {
            0 => packet.claimed(),
            stated => usize::from(stated) + HEADER,
        };
        let packet = packet.sub(total);
        Chain {
            packet,
            p: packet.at(HEADER),
            next: header.next,
            stated: header.stated,
            presumed: header.presumed.is_some(),
            jumbo: None,
            seen: 0,
            routed: false,
            hop_by_hop: false,
        }
    }

    fn walk(mut self, cx: &mut Cx, out: &mut Out) -> Dissect {
        if is_extension(self.next) && !out.list("extensions", |out| self.extensions(cx, out))? {
            return Ok(());
        }
        match self.next {
            ip_proto::MOBILITY | MOBILITY_OLD => self.mobility(cx, out),
            _ => self.payload(cx, out),
        }
    }

    /// Steps over extension headers; `false` if nothing behind them can be explained.
    fn extensions(&mut self, cx: &mut Cx, out: &mut Out) -> Dissect<bool> {
        loop {
            let name = cx.speaking;
            let step = out.item(|out| {
                Ok(match self.next {
                    ip_proto::HOP_BY_HOP => self.hop_by_hop(cx, out)?,
                    ip_proto::DESTINATION => Some(options::destination(cx, self.p, out)?),
                    ip_proto::FRAGMENT => self.fragment(cx, out)?,
                    _ => Some(self.routing(cx, out)?),
                })
            })?;
            let Some(step) = step else { return Ok(false) };
            cx.speaking = name;
            self.next = step.header;
            self.seen += 1;
            cx.ip.extended = true;
            if step.length > self.p.claimed() {
                return Err(Stop::Truncated);
            }
            self.p.pass(step.length);
            if !is_extension(self.next) {
                return Ok(true);
            }
        }
    }

    /// Hop-by-hop options; `None` if one of them lied, and said so.
    fn hop_by_hop(&mut self, cx: &mut Cx, out: &mut Out) -> Dissect<Option<Next>> {
        if std::mem::replace(&mut self.hop_by_hop, true) {
            out.say("[The Hop-by-Hop Options header was already found]");
            return Err(Stop::Invalid);
        }
        if self.seen > 0 {
            out.say("[The Hop-by-Hop Options header don't follow the IPv6 header]");
            return Err(Stop::Invalid);
        }
        let mut step = None;
        let (p, stated) = (self.p, self.stated);
        let jumbo = &mut self.jumbo;
        cx.attempt(out, |cx, out| {
            step = Some(options::hop_by_hop(cx, p, stated, jumbo, out)?);
            Ok(())
        })?;
        if stated == 0 && self.jumbo.is_none() {
            out.say("[No valid Jumbo Payload Hop-by-Hop option found]");
            return Err(Stop::Invalid);
        }
        Ok(step)
    }

    /// A fragment header; `None` if nothing behind it can be explained.
    fn fragment(&mut self, cx: &mut Cx, out: &mut Out) -> Dissect<Option<Next>> {
        let headers = self.p.since(&self.packet) + fragment::HEADER;
        let payload = (HEADER + usize::from(self.stated)).checked_sub(headers);
        let (step, first) = fragment::say(cx, self.p, payload, out)?;
        cx.ip.more_fragments = true;
        Ok((first && self.p.captured() > fragment::HEADER).then_some(step))
    }

    fn routing(&mut self, cx: &mut Cx, out: &mut Out) -> Dissect<Next> {
        self.p.need(1)?;
        let first = !std::mem::replace(&mut self.routed, true);
        if let Some(last) = routing::destination(self.p).filter(|_| first) {
            cx.ip.final_dst = last.into();
        }
        routing::say(cx, self.p, out)
    }

    fn mobility(self, cx: &mut Cx, out: &mut Out) -> Dissect {
        if !cx.next(Space::IpProto(self.next), self.p, out)? {
            ip_payload::hand_on(cx, self.next, self.p, out)?;
        }
        Ok(())
    }

    fn payload(self, cx: &mut Cx, out: &mut Out) -> Dissect {
        let headers = self.p.since(&self.packet);
        if let Some(jumbo) = self.jumbo {
            let (total, length) = (jumbo as usize + HEADER, self.packet.claimed());
            let Some(left) = total.checked_sub(headers) else { return Err(Stop::Truncated) };
            if total > length {
                overlong(total, length, out);
            }
            return ip_payload::hand_on(cx, self.next, self.p.sub(left).claiming(left), out);
        }
        if self.stated == 0 && !self.presumed {
            // A header without payload has no room for extension headers either.
            if self.seen > 0 {
                return Err(Stop::Truncated);
            }
            return ip_payload::hand_on(cx, self.next, self.p.sub(0), out);
        }
        ip_payload::hand_on(cx, self.next, self.p, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ADDRS: &str = "20010db8000000000000000000000001 20010db8000000000000000000000002";
    const SAID: &str = "2001:db8::1 > 2001:db8::2: ";

    fn packet(next: &str, payload: &str) -> String {
        let length = crate::testing::bytes(payload).len();
        format!("6a512345 {length:04x} {next} 40 {ADDRS} {payload}")
    }

    #[test]
    fn the_header() {
        let plain = packet("fd", "01020304");
        check(&IP6, &plain, "", &format!("IP6 {SAID} ip-proto-253 4"));
        check(
            &IP6,
            &plain,
            "-v",
            &format!(
                "IP6 (class 0xa5, flowlabel 0x12345, hlim 64, next-header unknown (253), payload length 4) \
                 {SAID} ip-proto-253 4"
            ),
        );
        check(&IP6, &packet("3b", ""), "", &format!("IP6 {SAID}no next header"));
        assert_eq!(
            values(&IP6, &plain),
            "{\"ip6\":{\"class\":165,\"dscp\":41,\"ecn\":1,\"flow_label\":74565,\"hop_limit\":64,\"next_header\":253,\
             \"payload_length\":4,\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\"}}"
        );
    }

    #[test]
    fn lengths_that_cannot_be() {
        check(&IP6, "60000000", "", "IP6  [length 4 < 40] (invalid)");
        check(&IP6, &packet("fd", "00").replacen("6a", "5a", 1), "", "IP6  [version 5 != 6] (invalid)");
        check(
            &IP6,
            &packet("fd", "0000").replacen("0002", "0009", 1),
            "",
            &format!("IP6 [header+payload length 49 > length 42] (invalid) {SAID} ip-proto-253 2"),
        );
    }

    #[test]
    fn options() {
        let alert = packet("00", "3c00 0502 0000 0100 3b02 c910 20010db8000000000000000000000009 01020000");
        check(&IP6, &alert, "", &format!("IP6 {SAID}HBH DSTOPT no next header"));
        check(
            &IP6,
            &alert,
            "-v",
            &format!(
                "IP6 (class 0xa5, flowlabel 0x12345, hlim 64, next-header HBH (0), payload length 32) {SAID}\
                 HBH (rtalert: 0x0000) (padn) DSTOPT (homeaddr: 2001:db8::9)(padn) no next header"
            ),
        );
        let short = packet("00", "3b00 0503 0000 0000");
        check(&IP6, &short, "", &format!("IP6 {SAID}HBH  [(rtalert) length 3 != 2] (invalid)"));
        let twice = packet("00", "0000 0104 00000000 3b00 0104 00000000");
        check(
            &IP6,
            &twice,
            "",
            &format!("IP6 {SAID}HBH [The Hop-by-Hop Options header was already found] (invalid)"),
        );
    }

    #[test]
    fn the_same_header_twice() {
        let twice = packet("3c", "3c00 0104 00000000 3b00 0104 00000000");
        check(&IP6, &twice, "", &format!("IP6 {SAID}DSTOPT DSTOPT no next header"));
        assert!(values(&IP6, &twice).contains(r#""extensions":[{"dstopt":{"next_header":60,"#));
    }

    #[test]
    fn a_jumbo_payload_is_too_long_for_what_carries_it() {
        let jumbo = packet("00", "fd00 c204 00010000").replacen("0008", "0000", 1);
        check(
            &IP6,
            &jumbo,
            "",
            &format!("IP6 {SAID}HBH [header+payload length 65576 > length 48] (invalid)  ip-proto-253 65528"),
        );
        let none = packet("00", "fd00 0104 00000000").replacen("0008", "0000", 1);
        check(
            &IP6,
            &none,
            "",
            &format!("IP6 {SAID}HBH [No valid Jumbo Payload Hop-by-Hop option found] (invalid)"),
        );
    }

    #[test]
    fn fragments() {
        let first = packet("2c", "fd00 0001 12345678 6162");
        check(&IP6, &first, "", &format!("IP6 {SAID}frag (0|2)  ip-proto-253 2"));
        let later = packet("2c", "fd00 0010 12345678 6162");
        check(&IP6, &later, "", &format!("IP6 {SAID}frag (16|2)"));
        let lie = later.replacen("000a", "0000", 1);
        check(&IP6, &lie, "", &format!("IP6 {SAID}frag (16|[length < 0] (invalid))"));
    }

    #[test]
    fn routes() {
        let route = packet("2b", "fd02 0001 00000000 20010db8000000000000000000000009");
        check(
            &IP6,
            &route,
            "",
            &format!("IP6 {SAID}RT6 (len=2, type=0 [Deprecated], segleft=1, [0]2001:db8::9)  ip-proto-253 0"),
        );
        let segments =
            packet("2b", "3b03 0400 00000000 20010db8000000000000000000000009 0001 0400 0000 0000");
        check(
            &IP6,
            &segments,
            "",
            &format!(
                "IP6 {SAID}RT6 (len=3, type=4, segleft=0, last-entry=0, tag=0, [0]2001:db8::9, \
                 TLV-type=Pad1(0), TLV-type=Unknown(1), TLV-len=4) no next header"
            ),
        );
        let odd = packet("2b", "fd01 0201 00000000 0000000000000000");
        check(
            &IP6,
            &odd,
            "",
            &format!("IP6 {SAID}RT6 (len=1, type=2, segleft=1 (invalid length 1) (invalid)"),
        );
        let last = |hex: &str| routing::destination(Cursor::new(&crate::testing::bytes(hex), 99));
        let nine = Some([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!(last("fd02 0001 00000000 20010db8000000000000000000000009"), nine);
        assert_eq!(last("fd02 0401 00000000 20010db8000000000000000000000009"), nine);
        assert_eq!(last("fd01 0201 00000000 0000000000000000"), None);
    }
}
