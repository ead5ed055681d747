//! The objects of LMP (RFC 4204 section 13; OIF UNI 1.0 section 9.4.2): what is in each, by class and type.

use crate::parts::gmpls;
use crate::prelude::*;

const CHANNEL: u8 = 1;
const NODE: u8 = 2;
const LINK: u8 = 3;
const INTERFACE: u8 = 4;
const MESSAGE: u8 = 5;
const CONFIG: u8 = 6;
const HELLO: u8 = 7;
const VERIFY_BEGIN: u8 = 8;
const VERIFY_BEGIN_ACK: u8 = 9;
const VERIFY: u8 = 10;
const TE_LINK: u8 = 11;
const DATA_LINK: u8 = 12;
const STATUS: u8 = 13;
const STATUS_REQUEST: u8 = 14;
const ERROR: u8 = 20;
const SERVICE: u8 = 51;

/// The words for a class.
pub(super) const CLASSES: NameTable = &[
    (CHANNEL as u32, "Control Channel ID"),
    (NODE as u32, "Node ID"),
    (LINK as u32, "Link ID"),
    (INTERFACE as u32, "Interface ID"),
    (MESSAGE as u32, "Message ID"),
    (CONFIG as u32, "Configuration"),
    (HELLO as u32, "Hello"),
    (VERIFY_BEGIN as u32, "Verify Begin"),
    (VERIFY_BEGIN_ACK as u32, "Verify Begin ACK"),
    (VERIFY as u32, "Verify ID"),
    (TE_LINK as u32, "TE Link"),
    (DATA_LINK as u32, "Data Link"),
    (STATUS as u32, "Channel Status"),
    (STATUS_REQUEST as u32, "Channel Status Request"),
    (ERROR as u32, "Error Code"),
    (SERVICE as u32, "Service Config"),
];

/// The words for a class and a type, class first.
pub(super) const TYPES: NameTable = &[
    (0x0101, "Local"),
    (0x0102, "Remote"),
    (0x0201, "Local"),
    (0x0202, "Remote"),
    (0x0301, "IPv4 Local"),
    (0x0302, "IPv4 Remote"),
    (0x0303, "IPv6 Local"),
    (0x0304, "IPv6 Remote"),
    (0x0305, "Unnumbered Local"),
    (0x0306, "Unnumbered Remote"),
    (0x0401, "IPv4 Local"),
    (0x0402, "IPv4 Remote"),
    (0x0403, "IPv6 Local"),
    (0x0404, "IPv6 Remote"),
    (0x0405, "Unnumbered Local"),
    (0x0406, "Unnumbered Remote"),
    (0x0501, "1"),
    (0x0502, "2"),
    (0x0601, "1"),
    (0x0701, "1"),
    (0x0801, "1"),
    (0x0901, "1"),
    (0x0a01, "1"),
    (0x0b01, "IPv4"),
    (0x0b02, "IPv6"),
    (0x0b03, "Unnumbered"),
    (0x0c01, "IPv4"),
    (0x0c02, "IPv6"),
    (0x0c03, "Unnumbered"),
    (0x0d01, "IPv4"),
    (0x0d02, "IPv6"),
    (0x0d03, "Unnumbered"),
    (0x0e01, "IPv4"),
    (0x0e02, "IPv6"),
    (0x0e03, "Unnumbered"),
    (0x1401, "1"),
    (0x1402, "2"),
    (0x3301, "1"),
    (0x3302, "2"),
    (0x3303, "3"),
    (0x3304, "4"),
];

const TE_FLAGS: Flags = &[(1, "Fault Management Supported"), (2, "Link Verification Supported")];
const DATA_FLAGS: Flags = &[(1, "Data Link Port"), (2, "Allocated for user traffic"), (4, "Failed link")];
const STATUSES: NameTable = &[(1, "Signal Okay"), (2, "Signal Degraded"), (3, "Signal Fail")];
const VERIFY_FLAGS: Flags = &[(1, "Verify all links"), (2, "Data link type")];
const VERIFY_ERRORS: Flags = &[
    (0x01, "Link Verification Procedure Not supported"),
    (0x02, "Unwilling to verify"),
    (0x04, "Unsupported verification transport mechanism"),
    (0x08, "Link-Id configuration error"),
    (0x10, "Unknown object c-type"),
];
const SUMMARY_ERRORS: Flags = &[
    (0x01, "Unacceptable non-negotiable LINK-SUMMARY parameters"),
    (0x02, "Renegotiate LINK-SUMMARY parameters"),
    (0x04, "Invalid TE-LINK Object"),
    (0x08, "Invalid DATA-LINK Object"),
    (0x10, "Unknown TE-LINK Object c-type"),
    (0x20, "Unknown DATA-LINK Object c-type"),
];
const SIGNALLING: Flags = &[(1, "RSVP Supported"), (2, "LDP Supported")];
const CLIENT_TRANSPARENCY: Flags = &[
    (1, "Path/VC Overhead Transparency Supported"),
    (2, "Line/MS Overhead Transparency Supported"),
    (4, "Section/RS Overhead Transparency Supported"),
];
const CONCATENATION: Flags = &[(1, "Contiguous Concatenation Types Supported")];
const NETWORK_TRANSPARENCY: Flags =
    &[(1, "Standard SOH/RSOH Transparency Supported"), (2, "Standard LOH/MSOH Transparency Supported")];
const MONITORING: Flags = &[(1, "Transparent Tandem Connection Monitoring Supported")];
const DIVERSITY: Flags =
    &[(1, "Node Diversity Supported"), (2, "Link Diversity Supported"), (4, "SRLG Diversity Supported")];
const SDH: u8 = 5;
const SONET: u8 = 6;
const LINK_TYPES: NameTable = &[(SDH as u32, "SDH ITU-T G.707"), (SONET as u32, "SONET ANSI T1.105")];
const SDH_SIGNALS: NameTable = &[
    (5, "VC-3"),
    (6, "VC-4"),
    (7, "STM-0"),
    (8, "STM-1"),
    (9, "STM-4"),
    (10, "STM-16"),
    (11, "STM-64"),
    (12, "STM-256"),
];
const SONET_SIGNALS: NameTable = &[
    (5, "STS-1 SPE"),
    (6, "STS-3c SPE"),
    (7, "STS-1"),
    (8, "STM-3"),
    (9, "STM-12"),
    (10, "STM-48"),
    (11, "STM-192"),
    (12, "STM-768"),
];
const SWITCHING: u8 = 1;
const WAVELENGTH: u8 = 2;
const SUBOBJECTS: NameTable =
    &[(SWITCHING as u32, "Interface Switching Type"), (WAVELENGTH as u32, "Wavelength")];

/// How links and interfaces are named.
#[derive(Clone, Copy)]
enum By {
    Ipv4,
    Ipv6,
    Number,
}

impl By {
    /// For types 1 to 3.
    fn of(kind: u8) -> Option<By> {
        match kind {
            1 => Some(By::Ipv4),
            2 => Some(By::Ipv6),
            3 => Some(By::Number),
            _ => None,
        }
    }

    fn length(self) -> usize {
        if matches!(self, By::Ipv6) { 16 } else { 4 }
    }

    /// The next identifier behind some words, and its first four bytes in hex.
    fn say(self, key: &str, words: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
        let first = p.at(0).be32()?;
        match self {
            By::Ipv4 => {
                let addr = p.array()?;
                out.say(words).ip4(key, addr);
            }
            By::Ipv6 => {
                let addr = p.array()?;
                out.say(words).ip6(key, addr);
            }
            By::Number => {
                let number = p.be32()?;
                out.say(words).num(key, number);
            }
        }
        out.aloud(|out| _ = out.say(" (0x").hex0("", first, 8).say(")"));
        Ok(())
    }
}

/// Says an object; `false` if it is not known. An object of the wrong length is not told.
pub(super) fn say(class: u8, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let Some(wanted) = length(class, kind) else { return Ok(false) };
    if !wanted.contains(&p.claimed()) {
        out.say(" (not correct for object)").note_that("wrong_length", true);
        return Ok(true);
    }
    match class {
        CHANNEL => By::Number.say("channel", "\n\t    Control Channel ID: ", &mut p, out)?,
        NODE => By::Ipv4.say("node", "\n\t    Node ID: ", &mut p, out)?,
        LINK | INTERFACE => match kind {
            1 | 2 => By::Ipv4.say("link", "\n\t    IPv4 Link ID: ", &mut p, out)?,
            3 | 4 => By::Ipv6.say("link", "\n\t    IPv6 Link ID: ", &mut p, out)?,
            _ => By::Number.say("link", "\n\t    Link ID: ", &mut p, out)?,
        },
        MESSAGE if kind == 1 => By::Number.say("message", "\n\t    Message ID: ", &mut p, out)?,
        MESSAGE => By::Number.say("message_ack", "\n\t    Message ID Ack: ", &mut p, out)?,
        CONFIG => {
            let (hello, dead) = (p.be16()?, p.be16()?);
            out.say("\n\t    Hello Interval: ").num("hello_interval", hello);
            out.say("\n\t    Hello Dead Interval: ").num("dead_interval", dead);
        }
        HELLO => {
            let (tx, rx) = (p.be32()?, p.be32()?);
            out.say("\n\t    Tx Seq: ").num("tx_seq", tx).say(", Rx Seq: ").num("rx_seq", rx);
        }
        VERIFY_BEGIN => verify(p, out)?,
        VERIFY_BEGIN_ACK => {
            let (dead, response) = (p.be16()?, p.be16()?);
            out.say("\n\t    Verify Dead Interval: ").num("dead_interval", dead);
            out.say("\n\t    Verify Transport Response: ").num("response", response);
        }
        VERIFY => {
            let id = p.be32()?;
            out.say("\n\t    Verify ID: ").num("verify", id);
        }
        TE_LINK | DATA_LINK => return link(class, kind, p, out),
        STATUS | STATUS_REQUEST => channels(class, kind, p, out)?,
        ERROR => {
            let code = p.be32()?;
            let names = if kind == 1 { VERIFY_ERRORS } else { SUMMARY_ERRORS };
            out.say("\n\t    Error Code: ").flags("error", code, names, "none");
        }
        _ => service(kind, p, out)?,
    }
    Ok(true)
}

/// How long the contents of an object must be; `None` if nobody knows the object.
fn length(class: u8, kind: u8) -> Option<std::ops::RangeInclusive<usize>> {
    let exactly = |n: usize| Some(n..=n);
    match (class, kind) {
        (CHANNEL | NODE | MESSAGE, 1 | 2) => exactly(4),
        (LINK | INTERFACE, 1 | 2 | 5 | 6) => exactly(4),
        (LINK | INTERFACE, 3 | 4) => exactly(16),
        (CONFIG | VERIFY_BEGIN_ACK | VERIFY, 1) => exactly(4),
        (HELLO, 1) => exactly(8),
        (VERIFY_BEGIN, 1) => exactly(20),
        (TE_LINK, 1 | 3) => exactly(12),
        (TE_LINK, 2) => exactly(36),
        (DATA_LINK, 1 | 3) => Some(12..=usize::MAX),
        (DATA_LINK, 2) => Some(36..=usize::MAX),
        (STATUS | STATUS_REQUEST, 1..=3) => Some(0..=usize::MAX),
        (ERROR, 1 | 2) => exactly(4),
        (SERVICE, 1 | 4) => exactly(4),
        (SERVICE, 2) => exactly(16),
        (SERVICE, 3) => exactly(8),
        _ => None,
    }
}

fn verify(mut p: Cursor, out: &mut Out) -> Dissect {
    let (flags, interval, links) = (p.be16()?, p.be16()?, p.be32()?);
    out.say("\n\t    Flags: ").flags("flags", flags, VERIFY_FLAGS, "none");
    out.say("\n\t    Verify Interval: ").num("interval", interval);
    out.say("\n\t    Data links: ").num("data_links", links);
    let ([encoding, _], mechanism) = (p.array()?, p.be16()?);
    out.say("\n\t    Encoding type: ").name("encoding", encoding, gmpls::ENCODINGS, "Unknown");
    out.say("\n\t    Verify Transport Mechanism: ").num("mechanism", mechanism).say(" (0x");
    out.aloud(|out| _ = out.hex("", mechanism).say(")"));
    // The mask was meant to be 0x8000; that it is decimal has become what is said.
    out.say(if mechanism & 8000 != 0 { " (Payload test messages capable)" } else { "" });
    out.say("\n\t    Transmission Rate: ");
    gmpls::bandwidth("rate_mbps", &mut p, out)?;
    let wavelength = p.be32()?;
    out.say("\n\t    Wavelength: ").num("wavelength", wavelength);
    Ok(())
}

/// A link, and for data links what else there is to it; `false` if that is not all known.
fn link(class: u8, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let Some(by) = By::of(kind) else { return Ok(false) };
    let flags = p.u8()?;
    p.skip(3)?;
    let te = class == TE_LINK;
    let (local, remote, names) = match te {
        true => ("\n\t    Local Link-ID: ", "\n\t    Remote Link-ID: ", TE_FLAGS),
        false => ("\n\t    Local Interface ID: ", "\n\t    Remote Interface ID: ", DATA_FLAGS),
    };
    out.say("\n\t    Flags: [").flags("flags", flags, names, "none").say("]");
    by.say("local", local, &mut p, out)?;
    by.say("remote", remote, &mut p, out)?;
    if te { Ok(true) } else { out.list("subobjects", |out| subobjects(p, out)) }
}

fn subobjects(mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    while p.claimed() > 0 {
        let mut body = p;
        let (kind, length) = (body.u8()?, body.u8()?);
        let known = out.item(|out| {
            out.say("\n\t    Subobject, Type: ").named("type", kind, SUBOBJECTS, "Unknown");
            out.say(", Length: ").num("length", length);
            let wrong = match usize::from(length) {
                ..4 => " (too short)",
                length if !length.is_multiple_of(4) => " (not a multiple of 4)",
                length if p.claimed() < length => " (goes past the end of the object)",
                _ => return subobject(kind, body, out).map(Some),
            };
            out.say(wrong).note_that("invalid", true);
            Ok(None)
        })?;
        match known {
            Some(true) => p.pass(length.into()),
            Some(false) => return Ok(false),
            None => break,
        }
    }
    Ok(true)
}

fn subobject(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    match kind {
        SWITCHING => {
            let switching = p.u8()?;
            out.say("\n\t      Switching Type: ").named("switching", switching, gmpls::SWITCHING, "Unknown");
            let encoding = p.u8()?;
            out.say("\n\t      Encoding Type: ").named("encoding", encoding, gmpls::ENCODINGS, "Unknown");
            p.need(4)?;
            out.say("\n\t      Min Reservable Bandwidth: ");
            gmpls::bandwidth("min_mbps", &mut p, out)?;
            p.need(4)?;
            out.say("\n\t      Max Reservable Bandwidth: ");
            gmpls::bandwidth("max_mbps", &mut p, out)?;
        }
        WAVELENGTH => {
            let wavelength = p.at(2).be32()?;
            out.say("\n\t      Wavelength: ").num("wavelength", wavelength);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Interfaces, and how they are, unless somebody asks for that.
fn channels(class: u8, kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    let Some(by) = By::of(kind) else { return Ok(()) };
    let told = class == STATUS;
    out.list("channels", |out| {
        while p.claimed() >= by.length() + if told { 4 } else { 0 } {
            out.item(|out| {
                by.say("interface", "\n\t    Interface ID: ", &mut p, out)?;
                if told { channel(&mut p, out) } else { Ok(()) }
            })?;
        }
        Ok(())
    })
}

fn channel(p: &mut Cursor, out: &mut Out) -> Dissect {
    let word = p.be32()?;
    let (active, transmits, status) = (word >> 31, word >> 30 & 1, word & 0x03ff_ffff);
    out.say("\n\t\t    Active: ").say(if active == 1 { "Allocated (" } else { "Non-allocated (" });
    out.num("active", active).say(")\n\t\t    Direction: ");
    out.say(if transmits == 1 { "Transmit (" } else { "Receive (" }).num("transmits", transmits).say(")");
    out.say("\n\t\t    Channel Status: ").named("status", status, STATUSES, "Unknown");
    Ok(())
}

/// What a network offers its clients.
fn service(kind: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        1 => {
            let [protocols, version] = p.array()?;
            out.say("\n\t Flags: ").flags("protocols", protocols, SIGNALLING, "none");
            out.say("\n\t  UNI Version: ").num("uni_version", version);
        }
        2 => client_port(p, out)?,
        3 => {
            let (transparency, monitoring) = (p.be32()?, p.be32()? & 0xff);
            out.say("\n\t Transparency Flags: ");
            out.flags("transparency", transparency, NETWORK_TRANSPARENCY, "none");
            out.say("\n\t TCM Monitoring Flags: ").flags("monitoring", monitoring, MONITORING, "none");
        }
        _ => {
            let flags = p.be32()? & 0xff;
            out.say("\n\t Diversity: Flags: ").flags("diversity", flags, DIVERSITY, "none");
        }
    }
    Ok(())
}

fn client_port(mut p: Cursor, out: &mut Out) -> Dissect {
    let [kind, signal, transparency, concatenation] = p.array()?;
    out.say("\n\t Link Type: ").named("link_type", kind, LINK_TYPES, "Unknown");
    match kind {
        SDH => _ = out.say("\n\t Signal Type: ").named("signal", signal, SDH_SIGNALS, "Unknown"),
        SONET => _ = out.say("\n\t Signal Type: ").named("signal", signal, SONET_SIGNALS, "Unknown"),
        _ => _ = out.note("signal", signal),
    }
    out.say("\n\t Transparency: ").flags("transparency", transparency, CLIENT_TRANSPARENCY, "none");
    out.say("\n\t Contiguous Concatenation Types: ");
    out.flags("concatenation", concatenation, CONCATENATION, "none");
    let [min_ncc, max_ncc, min_nvc, max_nvc] = [p.be16()?, p.be16()?, p.be16()?, p.be16()?];
    out.say("\n\t Minimum NCC: ").num("min_ncc", min_ncc).say("\n\t Maximum NCC: ").num("max_ncc", max_ncc);
    out.say("\n\t Minimum NVC:").num("min_nvc", min_nvc).say("\n\t Maximum NVC:").num("max_nvc", max_nvc);
    By::Ipv4.say("interface", "\n\t    Local Interface ID: ", &mut p, out)
}

#[cfg(test)]
mod tests {
    use super::super::LMP;
    use crate::testing::{bytes, check};

    fn says(object: &str, words: &str) {
        let length = bytes(object).len();
        let hex = format!("1000 00 04 {:04x} 0000 {object}", length + 8);
        let head = format!("\n\tLMPv1, msg-type: Hello, Flags: [none], length: {}\n\t  ", length + 8);
        check(&LMP, &hex, "-v", &format!("{head}{words}"));
    }

    #[test]
    fn links() {
        says(
            "01 0c 0024 02000000 0a000001 0a000002 01 0c 96 08 49742400 49742400 02 08 0000 00000006",
            "Data Link Object (12), Class-Type: IPv4 (1) Flags: [non-negotiable], length: 36\
             \n\t    Flags: [Allocated for user traffic]\
             \n\t    Local Interface ID: 10.0.0.1 (0x0a000001)\
             \n\t    Remote Interface ID: 10.0.0.2 (0x0a000002)\
             \n\t    Subobject, Type: Interface Switching Type (1), Length: 12\
             \n\t      Switching Type: Lambda-Switch Capable (150)\
             \n\t      Encoding Type: Lambda (photonic) (8)\
             \n\t      Min Reservable Bandwidth: 8.000 Mbps\
             \n\t      Max Reservable Bandwidth: 8.000 Mbps\
             \n\t    Subobject, Type: Wavelength (2), Length: 8\n\t      Wavelength: 6",
        );
        let te = "TE Link Object (11), Class-Type: Unnumbered (3) Flags: [negotiable], length: 16";
        says(
            "83 0b 0010 03000000 00000001 00000002",
            &format!(
                "{te}\n\t    Flags: [Fault Management Supported, Link Verification Supported]\
                 \n\t    Local Link-ID: 1 (0x00000001)\n\t    Remote Link-ID: 2 (0x00000002)"
            ),
        );
        let short = te.replace("16", "8");
        says("83 0b 0008 03000000", &format!("{short} (not correct for object)"));
    }

    #[test]
    fn channels_and_what_goes_wrong() {
        says(
            "01 0d 000c 0a000001 c0000002",
            "Channel Status Object (13), Class-Type: IPv4 (1) Flags: [non-negotiable], length: 12\
             \n\t    Interface ID: 10.0.0.1 (0x0a000001)\n\t\t    Active: Allocated (1)\
             \n\t\t    Direction: Transmit (1)\n\t\t    Channel Status: Signal Degraded (2)",
        );
        says(
            "02 14 0008 00000003",
            "Error Code Object (20), Class-Type: 2 (2) Flags: [non-negotiable], length: 8\
             \n\t    Error Code: Unacceptable non-negotiable LINK-SUMMARY parameters, \
             Renegotiate LINK-SUMMARY parameters",
        );
    }

    #[test]
    fn services() {
        says(
            "02 33 0014 05 08 01 01 0001 0002 0003 0004 0a000001",
            "Service Config Object (51), Class-Type: 2 (2) Flags: [non-negotiable], length: 20\
             \n\t Link Type: SDH ITU-T G.707 (5)\n\t Signal Type: STM-1 (8)\
             \n\t Transparency: Path/VC Overhead Transparency Supported\
             \n\t Contiguous Concatenation Types: Contiguous Concatenation Types Supported\
             \n\t Minimum NCC: 1\n\t Maximum NCC: 2\n\t Minimum NVC:3\n\t Maximum NVC:4\
             \n\t    Local Interface ID: 10.0.0.1 (0x0a000001)",
        );
    }
}
