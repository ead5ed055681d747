//! Frames of Juniper's routers, behind a pseudo-header and the cookie of the card that took them (the LINKTYPE_JUNIPER_
//! entries of the pcap format; source: tcpdump's own captures).
//!
//! ```text
//! | 4d4743 | flags | length of extensions (2), if any | extensions: type, length, value .. | cookie .. | frame ..
//! ```

mod extensions;
mod header;

use crate::parts::ethertypes;
use crate::prelude::*;
use gannet_wire::LinkType;
use header::Header;

/// Declares the protocol of each kind of card.
macro_rules! cards {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $pic:ident;)*) => {
        $($(#[$doc])* pub static $constant: Protocol =
            Protocol { name: $name, dissect: |cx, p, out| dissect(cx, Pic::$pic, p, out) };)*
    };
}

cards! {
    /// Multilink PPP.
    MLPPP = "juniper_mlppp", Mlppp;
    /// Multilink frame relay.
    MLFR = "juniper_mlfr", Mlfr;
    /// Bundles of frame relay links.
    MFR = "juniper_mfr", Mfr;
    /// Encryption services.
    ES = "juniper_es", Es;
    /// A gateway of mobile networks.
    GGSN = "juniper_ggsn", Ggsn;
    /// Services.
    SERVICES = "juniper_services", Services;
    /// Passive monitoring.
    MONITOR = "juniper_monitor", Monitor;
    /// ATM, first generation.
    ATM1 = "juniper_atm1", Atm1;
    /// ATM, second generation.
    ATM2 = "juniper_atm2", Atm2;
    /// PPPoE.
    PPPOE = "juniper_pppoe", Pppoe;
    /// PPPoE over ATM.
    PPPOE_ATM = "juniper_pppoe_atm", PppoeAtm;
    /// Ethernet.
    ETHER = "juniper_ether", Ether;
    /// PPP.
    PPP = "juniper_ppp", Ppp;
    /// Frame relay.
    FRELAY = "juniper_frelay", Frelay;
    /// Cisco HDLC.
    CHDLC = "juniper_chdlc", Chdlc;
}

/// The kinds of cards.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pic {
    Mlppp,
    Mlfr,
    Es,
    Ggsn,
    Mfr,
    Atm2,
    Services,
    Atm1,
    Monitor,
    Pppoe,
    PppoeAtm,
    Ether,
    Ppp,
    Frelay,
    Chdlc,
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const MPLS: u16 = 0x8847;
const OSI: Space = Space::Sap(0xfe);
/// What OSI calls PPP by.
const PPP_NLPID: u8 = 0xcf;
/// The beginnings of LLC headers of OSI and SNAP.
const LLC: [[u8; 3]; 2] = [[0xfe, 0xfe, 0x03], [0xaa, 0xaa, 0x03]];
const UI: u8 = 0x03;

fn dissect(cx: &mut Cx, pic: Pic, p: Cursor, out: &mut Out) -> Dissect {
    let Some(header) = header::read(cx, pic, p, out)? else { return Ok(()) };
    let p = header.p;
    match pic {
        Pic::Mlppp => multilink_ppp(cx, &header, out),
        Pic::Mlfr | Pic::Mfr => multilink_relay(cx, pic, &header, out),
        Pic::Es => encryption(cx, p, out),
        Pic::Ggsn => gateway(cx, &header, out),
        Pic::Services => services(cx, p, out),
        Pic::Monitor => monitor(cx, p, out),
        Pic::Atm1 | Pic::Atm2 => atm(cx, pic, &header, out),
        Pic::Pppoe | Pic::Ether => next(cx, Space::EtherType(ethertypes::BRIDGED_ETHERNET), p, out),
        Pic::PppoeAtm => {
            let kind = p.at(0).be16()?;
            out.note("type", kind);
            if !cx.next(Space::EtherType(kind), p.at(2), out)? {
                write!(out, "unknown ethertype 0x{kind:04x}");
            }
            Ok(())
        }
        Pic::Ppp => next(cx, Space::Nlpid(PPP_NLPID), p, out),
        Pic::Frelay => next(cx, Space::Within(LinkType::FRELAY), p, out),
        Pic::Chdlc => next(cx, Space::Within(LinkType::C_HDLC), p, out),
    }
}

fn next(cx: &mut Cx, space: Space, p: Cursor, out: &mut Out) -> Dissect {
    cx.next(space, p, out).map(drop)
}

/// What the cookie of a services card says that the packet is.
fn by_cookie(protocol: u16) -> Option<Space> {
    match protocol {
        0x00 => Some(Space::EtherType(IPV4)),
        0x10 => Some(Space::EtherType(IPV6)),
        0x20 => Some(Space::EtherType(MPLS)),
        0x30 => Some(OSI),
        _ => None,
    }
}

/// What a packet is that begins as IP does.
fn guess_ip(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    match p.peek()? {
        0x45..=0x4f => cx.next(Space::EtherType(IPV4), p, out),
        0x60..=0x6f => cx.next(Space::EtherType(IPV6), p, out),
        _ => Ok(false),
    }
}

fn multilink_ppp(cx: &mut Cx, header: &Header, out: &mut Out) -> Dissect {
    const PPP_OSI: u16 = 0x0023;
    const PPP_ADDRESS: u16 = 0xff03;
    /// An IS-IS packet for the router itself, inside PPP.
    const TO_ROUTER: u8 = 0x03;
    let [first, second, _, _, fifth, ..] = header.cookie;
    let first = u16::from_be_bytes([first, second]);
    if cx.options.link_header && first != PPP_OSI && first != PPP_ADDRESS {
        out.say("Bundle-ID ").num("bundle", header.bundle).say(": ");
    }
    match by_cookie(header.protocol) {
        Some(Space::EtherType(IPV4)) if fifth == TO_ROUTER => {
            next(cx, Space::Nlpid(PPP_NLPID), header.p, out)
        }
        Some(space) => next(cx, space, header.p, out),
        // No cookie at all: it was the beginning of the frame.
        None if first == PPP_OSI => next(cx, Space::Nlpid(PPP_NLPID), header.back(2), out),
        None => next(cx, Space::Nlpid(PPP_NLPID), header.p, out),
    }
}

fn multilink_relay(cx: &mut Cx, pic: Pic, header: &Header, out: &mut Out) -> Dissect {
    let p = header.p;
    if pic == Pic::Mfr {
        match header.cookie_length {
            0 => return next(cx, Space::Within(LinkType::MFR), p, out),
            8 => {
                return match by_cookie(header.protocol) {
                    Some(space) => next(cx, space, p, out),
                    None => Ok(()),
                };
            }
            _ => {}
        }
    }
    let [a, b, c, d, ..] = header.cookie;
    if cx.options.link_header && [a, b, c, d] != [0, 0, 0, 1] {
        out.say("Bundle-ID ").num("bundle", header.bundle).say(", ");
    }
    match (pic, header.protocol) {
        (Pic::Mfr, 0xfefe) => next(cx, OSI, p.at(1), out),
        (Pic::Mlfr, 0x0003 | 0x0300) => next(cx, OSI, p, out),
        (_, 0x0308 | 0x03cc | 0x038e) => next(cx, OSI, header.back(1), out),
        (_, protocol) => {
            write!(out, "unknown protocol 0x{protocol:04x}, length {}", p.claimed());
            Ok(())
        }
    }
}

fn atm(cx: &mut Cx, pic: Pic, header: &Header, out: &mut Out) -> Dissect {
    let p = header.p;
    let [first, _, _, fourth, .., last] = header.cookie;
    let cell = if pic == Pic::Atm1 { first == 0x80 } else { last & header::ATM2_CELL != 0 };
    if cell {
        return out.nest("oam", |out| super::atm::oam(cx, 0, p, out));
    }
    if LLC.contains(&p.at(0).array()?) {
        return cx.next(Space::Llc, p, out).map(drop);
    }
    let second = pic == Pic::Atm2;
    if second && !header.received && fourth & 0x3f != 0 {
        return next(cx, Space::EtherType(ethertypes::BRIDGED_ETHERNET), p, out);
    }
    if p.peek()? == UI {
        return next(cx, OSI, p.at(1), out);
    }
    if second && is_ppp(p.at(0).be16()?) {
        return next(cx, Space::Nlpid(PPP_NLPID), p, out);
    }
    guess_ip(cx, p, out).map(drop)
}

/// Numbers of PPP that these routers know.
fn is_ppp(protocol: u16) -> bool {
    let known = [
        0x0021, 0x0023, 0x003d, 0x0057, 0x0281, 0x0283, 0x8021, 0x8023, 0x8057, 0x8281, 0xc021, 0xc023,
        0xc223,
    ];
    known.contains(&protocol)
}

fn gateway(cx: &mut Cx, header: &Header, out: &mut Out) -> Dissect {
    const PROTOCOLS: NameTable = &[(1, "Null"), (2, "IPv4"), (6, "IPv6")];
    let [_, _, protocol, _, high, low, ..] = header.cookie;
    out.note("protocol", protocol).note("vlan", u16::from_be_bytes([high, low]));
    if cx.options.link_header {
        out.aloud(|out| {
            out.say("proto ").named("", protocol, PROTOCOLS, "Unknown").say(", vlan ");
            out.num("", u16::from_be_bytes([high, low])).say(": ");
        });
    }
    match protocol {
        2 => next(cx, Space::EtherType(IPV4), header.p, out),
        6 => next(cx, Space::EtherType(IPV6), header.p, out),
        _ => {
            if !cx.options.link_header {
                write!(out, "unknown GGSN proto ({protocol})");
            }
            Ok(())
        }
    }
}

fn encryption(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    const KINDS: NameTable =
        &[(1, "ESP ENCR-AUTH"), (2, "ESP ENCR-AH AUTH"), (3, "ESP AUTH"), (4, "AH AUTH"), (5, "ESP ENCR")];
    const HEADER: usize = 16;
    let mut ipsec = p;
    ipsec.need(HEADER)?;
    let (index, [ttl, kind], spi) = (ipsec.be16()?, ipsec.array()?, ipsec.be32()?);
    let (src, dst) = (ipsec.array()?, ipsec.array()?);
    out.note("index", index).note("ttl", ttl).note("kind", kind);
    let tunnel = match kind {
        1 | 2 => false,
        3..=5 => true,
        _ => {
            write!(out, "ES Invalid type {kind}, length {}", p.claimed());
            return Ok(());
        }
    };
    let p = if tunnel { ipsec } else { p };
    if cx.options.link_header {
        write!(out, "ES SA, index {index}, ttl {ttl} type ");
        out.aloud(|out| _ = out.named("", kind, KINDS, "Unknown"));
        if tunnel {
            out.say(", spi ").num("spi", spi).say(", Tunnel ").ip4("src", src).say(" > ").ip4("dst", dst);
        }
        write!(out, ", length {}", p.claimed()).say("\n");
    }
    next(cx, Space::EtherType(IPV4), p, out)
}

/// The header is told, and then taken for the packet, as tcpdump does.
fn services(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut header = p;
    header.need(8)?;
    let ([service, flags], set, _) = (header.array()?, header.be16()?, header.u8()?);
    let interface = header.be24()?;
    if cx.options.link_header {
        out.say("service-id ").num("service", service).say(" flags 0x").hex0("service_flags", flags, 2);
        out.say(" service-set-id 0x")
            .hex0("service_set", set, 4)
            .say(" iif ")
            .num("interface", interface)
            .say(": ");
    }
    guess_ip(cx, p, out).map(drop)
}

/// As in [`services`].
fn monitor(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let mut header = p;
    header.need(8)?;
    let ([kind, _], interface, service) = (header.array()?, header.be16()?, header.be32()?);
    if cx.options.link_header {
        out.say("service-id ").num("service", service).say(", iif ").num("interface", interface);
        out.say(", pkt-type ").num("packet_type", kind).say(": ");
    }
    guess_ip(cx, p, out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const MAGIC: &str = "4d4743";
    const CUT: &str = " [length 1 < 20] (invalid)";

    #[test]
    fn headers() {
        let frame = format!("{MAGIC}81 0006 0401 07 0301 01 020000000001 020000000002 0800 40");
        check(&ETHER, &frame, "", &format!("IP {CUT}"));
        let macs = "02:00:00:00:00:02 > 02:00:00:00:00:01, ethertype IPv4 (0x0800), length 15: ";
        check(&ETHER, &frame, "-e", &format!(" In {macs}{CUT}"));
        let said = "\n\tJuniper PCAP Flags [Ext, In], PCAP Extension(s) total length 6\
                    \n\t  Logical Interface Index Extension TLV #4, length 1, value 7\
                    \n\t  Device Media Type Extension TLV #3, length 1, value Ethernet (1)\
                    \n\t-----original packet-----\n\t";
        check(&ETHER, &frame, "-vv", &format!("{said}IP {CUT}"));
        check(&ETHER, "4d4744 00 40", "", "no magic-number found!");
        check(&ETHER, &format!("{MAGIC}80 0003 0402 07"), "", " [extension_length 3 < 4] (invalid)");
        check(&ETHER, &format!("{MAGIC}02 00000000 45"), "-e", &format!("Out no-L2-hdr, {CUT}"));
        check(&ETHER, &format!("{MAGIC}02 00000000 00"), "", "no IP-hdr found!");
        check(&ETHER, MAGIC, "", " [|juniper_ether]");
        assert_eq!(
            values(&PPP, &format!("{MAGIC}80 0003 0401 07 c021 0901 0004")),
            r#"{"juniper_ppp":{"flags":128,"extensions":[{"type":4,"length":1,"value":7}],"header_length":9,"ppp":{"protocol":49185,"length":6,"lcp":{"code":9,"id":1,"length":4}}}}"#
        );
    }

    #[test]
    fn cookies() {
        check(
            &ATM1,
            &format!("{MAGIC}00 00010203 45 0000"),
            "-e",
            "Out ATM1-PIC, cookie-len 4, cookie 0x00010203:  [length 3 < 20] (invalid)",
        );
        check(
            &MLPPP,
            &format!("{MAGIC}01 5401 0203 0021 40"),
            "-e",
            " In MLPPP-PIC, cookie-len 4, cookie 0x54010203: Bundle-ID 1: IP (0x0021), length 3:  [length 1 < 20] (invalid)",
        );
        check(
            &MFR,
            &format!("{MAGIC}01 c107 1841 03cc 40"),
            "",
            &format!("FRF.16 Frag, seq 7, Flags [Begin, End], IP {CUT}"),
        );
        check(
            &GGSN,
            &format!("{MAGIC}01 0000 0200 0007 0000 4000"),
            "-e",
            " In GGSN-PIC, cookie-len 8, cookie 0x0000020000070000: proto IPv4 (2), vlan 7:  [length 2 < 20] (invalid)",
        );
        check(&MONITOR, &format!("{MAGIC}00 54 00"), "", " [cookie length 10 > 8] (invalid)");
        check(&ATM2, &format!("{MAGIC}00 0000"), "", " [|juniper_atm2]");
    }
}
