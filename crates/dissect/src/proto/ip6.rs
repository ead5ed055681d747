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
/// The longest payload whose length fits the header: a longer one needs a jumbo payload option, or came from
/// inside a host.
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
    /// Of the payload, when the header could not state it.
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
        let presumed = length - HEADER;
        let big = stated == 0 && presumed > LONGEST && matches!(next, ip_proto::TCP | ip_proto::UDP);
        Ok(Header {
            class: (word >> 20) as u8,
            flow: word & 0xf_ffff,
            stated,
            next,
            hop_limit: 0,
            presumed: big.then_some(presumed),
        })
    }

    /// The beginning of the header in parentheses.
    fn traffic(&self, out: &mut Out) {
        out.say("(");
        match self.class {
            0 => out.note("class", 0u8),
            class => out.say("class 0x").hex0("class", class, 2).say(", "),
        };
        match self.flow {
            0 => out.note("flow_label", 0u8),
            flow => out.say("flowlabel 0x").hex0("flow_label", flow, 5).say(", "),
        };
    }

    fn explain(&self, out: &mut Out) {
        out.say("hlim ").num("hop_limit", self.hop_limit);
        out.say(", next-header ").name("next_header", self.next, ip_protocols::NAMES, "unknown");
        out.aloud(|out| {
            out.say(" (").num("", self.next).say(")");
        });
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
        let mut p = packet;
        p.take_up_to(HEADER);
        Chain {
            packet,
            p,
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
        loop {
            let name = cx.speaking;
            let step = match self.next {
                ip_proto::HOP_BY_HOP => self.hop_by_hop(cx, out)?,
                ip_proto::DESTINATION => options::destination(cx, self.p, out)?,
                ip_proto::FRAGMENT => match self.fragment(cx, out)? {
                    Some(step) => step,
                    None => return Ok(()),
                },
                ip_proto::ROUTING => self.routing(cx, out)?,
                ip_proto::MOBILITY | MOBILITY_OLD => return self.mobility(cx, out),
                _ => return self.payload(cx, out),
            };
            cx.speaking = name;
            self.next = step.header;
            self.seen += 1;
            cx.ip.extended = true;
            if step.length > self.p.claimed() {
                return Err(Stop::Truncated);
            }
            let left = self.p.claimed() - step.length;
            self.p.take_up_to(step.length);
            self.p = self.p.claiming(left);
        }
    }

    fn hop_by_hop(&mut self, cx: &mut Cx, out: &mut Out) -> Dissect<Next> {
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
        // An option that lies has had its ` (invalid)`; nothing can be found behind it.
        step.ok_or(Stop::Invalid)
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
