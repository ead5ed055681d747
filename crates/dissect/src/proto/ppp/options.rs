//! Options of PPP's control protocols: LCP (RFC 1661, RFC 1570, RFC 1990), IPCP (RFC 1332, RFC 1877, RFC 3544),
//! IPV6CP (RFC 5072), CCP (RFC 1962 and those of the algorithms) and BACP (RFC 2125).
//!
//! ```text
//! | type | length, header included | value ..
//! ```

use super::{BACP, CCP, CHAP, EAP, IPCP, IPV6CP, LCP, LQM, OLD_SPAP, PAP, PROTOCOLS, SPAP, VJC};
use crate::parts::ouis;
use crate::prelude::*;

const LCP_OPTIONS: NameTable = &[
    (0, "Vend-Ext"),
    (1, "MRU"),
    (2, "ACCM"),
    (3, "Auth-Prot"),
    (4, "Qual-Prot"),
    (5, "Magic-Num"),
    (6, "deprecated(6)"),
    (7, "PFC"),
    (8, "ACFC"),
    (9, "FCS-Alt"),
    (10, "SDP"),
    (11, "Num-Mode"),
    (12, "deprecated(12)"),
    (13, "Call-Back"),
    (14, "deprecated(14)"),
    (15, "deprecated(15)"),
    (16, "deprecated(16)"),
    (17, "MRRU"),
    (18, "12-Bit seq #"),
    (19, "End-Disc"),
    (20, "Proprietary"),
    (21, "DCE-Id"),
    (22, "MP+"),
    (23, "Link-Disc"),
    (24, "LCP-Auth-Opt"),
    (25, "COBS"),
    (26, "Prefix-elision"),
    (27, "Multilink-header-Form"),
    (28, "I18N"),
    (29, "SDL-over-SONET/SDH"),
    (30, "PPP-Muxing"),
];
const IPCP_OPTIONS: NameTable = &[
    (1, "IP-Addrs"),
    (2, "IP-Comp"),
    (3, "IP-Addr"),
    (4, "Home-Addr"),
    (129, "Pri-DNS"),
    (130, "Pri-NBNS"),
    (131, "Sec-DNS"),
    (132, "Sec-NBNS"),
];
const IPV6CP_OPTIONS: NameTable = &[(1, "Interface-ID")];
const CCP_OPTIONS: NameTable = &[
    (0, "OUI"),
    (1, "Pred-1"),
    (2, "Pred-2"),
    (3, "Puddle"),
    (16, "HP-PPC"),
    (17, "Stac-LZS"),
    (18, "MPPC"),
    (19, "Gand-FZA"),
    (20, "V.42bis"),
    (21, "BSD-Comp"),
    (23, "LZS-DCP"),
    (24, "MVRCA"),
    (25, "DEC"),
    (26, "Deflate"),
    (255, "Reserved"),
];
const BACP_OPTIONS: NameTable = &[(1, "Favored-Peer")];
const ALGORITHMS: NameTable = &[(5, "MD5"), (128, "MS-CHAPv1"), (129, "MS-CHAPv2")];
const CALLBACKS: NameTable =
    &[(0, "UserAuth"), (1, "DialString"), (2, "LocalID"), (3, "E.164"), (4, "X.500"), (6, "CBCP")];
const COMPRESSIONS: NameTable =
    &[(VJC as u32, "VJ-Comp"), (HEADER_COMPRESSION as u32, "IP Header Compression")];
const SUBOPTIONS: NameTable = &[(1, "RTP-Compression"), (2, "Enhanced RTP-Compression")];

/// Compression by RFC 2507 or RFC 2508.
const HEADER_COMPRESSION: u16 = 0x61;
/// Bytes of the option for it without suboptions.
const HEADER_COMPRESSION_LEAST: usize = 14;

/// What became of an option's value.
enum Value {
    /// It was said.
    Said,
    /// Nobody explains it.
    Unknown,
    /// It has not the length that it should have: nothing more is said of it, ..
    Bogus(&'static str),
    /// .. nor of the options behind it.
    BogusEnd(&'static str),
    /// Suboptions were said, and with them this many bytes behind the fixed part.
    Suboptions(usize),
}

use Value::{Bogus, BogusEnd, Said, Suboptions, Unknown};

/// The options of one protocol.
struct Set {
    names: NameTable,
    unknown: &'static str,
    value: fn(u8, usize, Cursor, &mut Out) -> Dissect<Value>,
}

/// The options of a packet of `length` bytes with its header of four, of which `p` begins with the first option.
pub fn list(cx: &Cx, protocol: u16, mut p: Cursor, length: usize, out: &mut Out) -> Dissect {
    let set = match protocol {
        LCP => Set { names: LCP_OPTIONS, unknown: "", value: lcp },
        IPCP => Set { names: IPCP_OPTIONS, unknown: "unknown", value: ipcp },
        IPV6CP => Set { names: IPV6CP_OPTIONS, unknown: "unknown", value: ipv6cp },
        CCP => Set { names: CCP_OPTIONS, unknown: "Unknown", value: ccp },
        BACP => Set { names: BACP_OPTIONS, unknown: "Unknown", value: bacp },
        _ => return Ok(()),
    };
    let mut room = length.saturating_sub(4);
    out.list("options", |out| {
        while room > 0 {
            let Some(size) = out.item(|out| set.option(cx, p, length, out))? else { break };
            if room < size {
                out.aloud(|out| _ = write!(out, " [remaining options length {room} < {size}] (invalid)"));
                break;
            }
            room -= size;
            p.pass(size);
        }
        Ok(())
    })
}

impl Set {
    /// One option; its size, unless what is behind it cannot be found.
    fn option(&self, cx: &Cx, mut p: Cursor, limit: usize, out: &mut Out) -> Dissect<Option<usize>> {
        if limit < 2 {
            return Ok(None);
        }
        let whole = p;
        let [kind, size] = p.array()?;
        let size = usize::from(size);
        if limit < size {
            return Ok(None);
        }
        let known = crate::out::lookup(self.names, kind.into()).is_some();
        if !known && self.unknown.is_empty() {
            out.say("\n\tunknown LCP option 0x").hex0("type", kind, 2).note("length", size);
            return Ok(Some(size).filter(|size| *size >= 2));
        }
        out.say("\n\t  ").named_as("type", kind, self.names, self.unknown, " Option (0x%02x)");
        out.say(", length ").num("length", size);
        if size < 2 {
            out.say(" (length bogus, should be >= 2)");
            return Ok(None);
        }
        let value = (self.value)(kind, size, whole, out)?;
        let size_behind = size - 2;
        let repeated = cx.verbose() > 1;
        match value {
            Bogus(should) | BogusEnd(should) => {
                out.say(" (length bogus, should be ").say(should).say(")").note_that("invalid", true);
                return Ok(Some(size).filter(|_| matches!(value, Bogus(_))));
            }
            Unknown => _ = out.dump_hex("data", p.sub(size_behind).rest(), "\n\t    "),
            Said if repeated => {
                out.aloud(|out| _ = out.dump_hex("", p.sub(size_behind).rest(), "\n\t    "));
            }
            // tcpdump dumps from where the suboptions ended.
            Suboptions(behind) if repeated && p.captured() >= behind.saturating_add(size_behind) => {
                out.aloud(|out| _ = out.dump_hex("", p.at(behind).sub(size_behind).rest(), "\n\t    "));
            }
            Said | Suboptions(_) => {}
        }
        Ok(Some(size))
    }
}

/// The value of an option whose header `p` still holds, of `size` bytes in all.
fn lcp(kind: u8, size: usize, whole: Cursor, out: &mut Out) -> Dissect<Value> {
    let mut p = whole.at(2);
    match (kind, size) {
        (0, ..6) => return Ok(Bogus(">= 6")),
        (0, _) => {
            let vendor = p.be24()?;
            out.say(": Vendor: ").named("vendor", vendor, ouis::NAMES, "Unknown");
        }
        (1 | 17, 4) => {
            let unit = p.be16()?;
            out.say(": ").num("value", unit);
        }
        (2 | 5, 6) => {
            let value = p.be32()?;
            out.say(": 0x").hex0("value", value, 8);
        }
        (3, 4..) => return authentication(size, whole, out).map(|()| Said),
        (4, 4..) => {
            let protocol = p.be16()?;
            out.note("protocol", protocol).say(if protocol == LQM { ": LQR" } else { ": unknown" });
        }
        (23, 4) => {
            let discriminator = p.be16()?;
            out.say(": 0x").hex0("value", discriminator, 4);
        }
        (13, 3..) => {
            let operation = p.u8()?;
            out.say(": Callback Operation ").named("operation", operation, CALLBACKS, "Unknown");
        }
        (19, 3..) => return endpoint(size, p, out),
        (1, _) => return Ok(Bogus("= 4")),
        (2, _) => return Ok(Bogus("= 6")),
        (3, _) => return Ok(Bogus(">= 4")),
        (4, _) => return Ok(BogusEnd(">= 4")),
        (5, _) => return Ok(BogusEnd("= 6")),
        (17 | 23, _) => return Ok(BogusEnd("= 4")),
        (13 | 19, _) => return Ok(BogusEnd(">= 3")),
        (7 | 8, _) => {}
        _ => return Ok(Unknown),
    }
    Ok(Said)
}

/// How a peer is to prove who it is.
fn authentication(size: usize, whole: Cursor, out: &mut Out) -> Dissect {
    let mut p = whole.at(2);
    let protocol = p.be16()?;
    out.say(": ").name("protocol", protocol, PROTOCOLS, "Unknown Auth Proto (0x%04x)");
    match protocol {
        CHAP => {
            let algorithm = p.u8()?;
            out.say(", ").name("algorithm", algorithm, ALGORITHMS, "Unknown Auth Alg %u");
        }
        PAP | EAP | SPAP | OLD_SPAP => {}
        _ => {
            out.dump_hex("data", whole.sub(size).rest(), "\n\t");
        }
    }
    Ok(())
}

/// Who the endpoint of a multilink bundle is (RFC 1990 section 5.1.3).
fn endpoint(size: usize, mut p: Cursor, out: &mut Out) -> Dissect<Value> {
    let class = p.u8()?;
    out.note("class", class);
    match (class, size) {
        (2, 7) => {
            let addr = p.array()?;
            out.say(": IPv4 ").ip4("addr", addr);
        }
        (3, 9) => {
            let addr = p.array()?;
            out.say(": MAC ").mac("addr", addr);
        }
        (2, _) => return Ok(BogusEnd("= 7")),
        (3, _) => return Ok(BogusEnd("= 9")),
        _ => {
            const CLASSES: NameTable = &[(0, "Null"), (1, "Local"), (4, "Magic-Num-Block"), (5, "PSNDN")];
            out.aloud(|out| _ = out.say(": ").name("", class, CLASSES, "Unknown class %u"));
        }
    }
    Ok(Said)
}

fn ipcp(kind: u8, size: usize, whole: Cursor, out: &mut Out) -> Dissect<Value> {
    let mut p = whole.at(2);
    match (kind, size) {
        (1, 10) => {
            let (src, dst) = (p.array()?, p.array()?);
            out.say(": src ").ip4("src", src).say(", dst ").ip4("dst", dst);
        }
        (2, 4..) => return compression(size, p, out),
        (3 | 4 | 129..=132, 6) => {
            let addr = p.array()?;
            out.say(": ").ip4("addr", addr);
        }
        (1, _) => return Ok(Bogus("= 10")),
        (2, _) => return Ok(BogusEnd(">= 4")),
        (3 | 4 | 129..=132, _) => return Ok(BogusEnd("= 6")),
        _ => return Ok(Unknown),
    }
    Ok(Said)
}

/// How headers are compressed.
fn compression(size: usize, mut p: Cursor, out: &mut Out) -> Dissect<Value> {
    let protocol = p.be16()?;
    out.say(": ").named_as("protocol", protocol, COMPRESSIONS, "Unknown", " (0x%02x):");
    if protocol != HEADER_COMPRESSION {
        return Ok(Said);
    }
    let Some(mut room) = size.checked_sub(HEADER_COMPRESSION_LEAST) else { return Ok(BogusEnd(">= 14")) };
    p.need(HEADER_COMPRESSION_LEAST - 2)?;
    let (tcp, other, period) = (p.be16()?, p.be16()?, p.be16()?);
    let (time, header) = (p.be16()?, p.be16()?);
    out.say("\n\t    TCP Space ").num("tcp_space", tcp).say(", non-TCP Space ").num("non_tcp_space", other);
    out.say(", maxPeriod ").num("max_period", period).say(", maxTime ").num("max_time", time);
    out.say(", maxHdr ").num("max_header", header);
    if room == 0 {
        return Ok(Said);
    }
    write!(out, "\n\t      Suboptions, length {room}");
    let mut passed = HEADER_COMPRESSION_LEAST;
    out.list("suboptions", |out| {
        while room >= 2 {
            let [kind, size] = p.at(0).array()?;
            let size = usize::from(size);
            if kind == 0 || size == 0 {
                break;
            }
            out.say("\n\t\t");
            out.item(|out| {
                out.named_as("type", kind, SUBOPTIONS, "Unknown", " Suboption #%u");
                out.say(", length ").num("length", size);
                Ok(())
            })?;
            if room < size {
                write!(out, " [remaining suboptions length {room} < {size}] (invalid)");
                break;
            }
            room -= size;
            passed += size;
            p.pass(size);
        }
        Ok(())
    })?;
    Ok(Suboptions(passed))
}

fn ipv6cp(kind: u8, size: usize, whole: Cursor, out: &mut Out) -> Dissect<Value> {
    let mut p = whole.at(2);
    match (kind, size) {
        (1, 10) => {
            let id = p.array::<8>()?;
            out.say(": ").phrase("interface_id", |out| {
                for (i, pair) in id.chunks(2).enumerate() {
                    out.say(if i > 0 { ":" } else { "" }).bytes("", pair);
                }
                Ok(())
            })?;
        }
        (1, _) => return Ok(Bogus("= 10")),
        _ => return Ok(Unknown),
    }
    Ok(Said)
}

fn ccp(kind: u8, size: usize, whole: Cursor, out: &mut Out) -> Dissect<Value> {
    let mut p = whole.at(2);
    match (kind, size) {
        (21, 3..) => {
            let byte = p.u8()?;
            out.say(": Version: ").num("version", byte >> 5);
            out.say(", Dictionary Bits: ").num("dictionary_bits", byte & 0x1f);
        }
        (24, 4..) => {
            let [byte, contexts] = p.array()?;
            let pxp = byte & 0x20 != 0;
            out.say(": Features: ").num("features", byte >> 6);
            out.say(", PxP: ").say(if pxp { "Enabled" } else { "Disabled" }).note_that("pxp", pxp);
            out.say(", History: ").num("history", byte & 0x1f).say(", #CTX-ID: ").num("contexts", contexts);
        }
        (26, 4..) => {
            let [byte, check] = p.array()?;
            out.say(": Window: ").num("window", byte >> 4).say("K, Method: ");
            out.named_as("method", byte & 0x0f, &[(8, "zlib")], "unknown", " (0x%x)");
            out.say(", MBZ: ").num("zero", check >> 2).say(", CHK: ").num("check", check & 0x03);
        }
        (21, _) => return Ok(Bogus(">= 3")),
        (24 | 26, _) => return Ok(Bogus(">= 4")),
        _ => return Ok(Unknown),
    }
    Ok(Said)
}

fn bacp(kind: u8, size: usize, whole: Cursor, out: &mut Out) -> Dissect<Value> {
    let mut p = whole.at(2);
    match (kind, size) {
        (1, 6) => {
            let magic = p.be32()?;
            out.say(": Magic-Num 0x").hex0("magic", magic, 8);
            Ok(Said)
        }
        (1, _) => Ok(Bogus("= 6")),
        _ => Ok(Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::super::PPP;
    use crate::testing::{check, values};

    /// A request of a protocol with these options, and what is said of them.
    #[track_caller]
    fn request(protocol: &str, name: &str, options: &str, said: &str) {
        let bytes = options.chars().filter(|c| !c.is_whitespace()).count() / 2;
        let packet = format!("{protocol} 0101 {:04x} {options}", bytes + 4);
        let head = format!(
            "{name}, Conf-Request (0x01), id 1, length {}\n\tencoded length {} (=Option(s) length {bytes})",
            bytes + 6,
            bytes + 4
        );
        check(&PPP, &packet, "-v", &format!("{head}{said}"));
    }

    #[test]
    fn options_of_the_link() {
        request(
            "c021",
            "LCP",
            "0104 05dc 0206 000a0000 0305 c22305 0506 00000007 0702 1307 02 0a000001",
            "\n\t  MRU Option (0x01), length 4: 1500\
             \n\t  ACCM Option (0x02), length 6: 0x000a0000\
             \n\t  Auth-Prot Option (0x03), length 5: CHAP, MD5\
             \n\t  Magic-Num Option (0x05), length 6: 0x00000007\
             \n\t  PFC Option (0x07), length 2\
             \n\t  End-Disc Option (0x13), length 7: IPv4 10.0.0.1",
        );
        request(
            "c021",
            "LCP",
            "4503 01 1203 ff",
            "\n\tunknown LCP option 0x45\n\t  12-Bit seq # Option (0x12), length 3\n\t    0x0000:  ff",
        );
        request(
            "c021",
            "LCP",
            "0103 05 0506",
            "\n\t  MRU Option (0x01), length 3 (length bogus, should be = 4)\n\t  Magic-Num Option (0x05), length 6 [|ppp]",
        );
        request(
            "c021",
            "LCP",
            "0503 05 0506",
            "\n\t  Magic-Num Option (0x05), length 3 (length bogus, should be = 6)",
        );
    }

    #[test]
    fn options_of_networks() {
        request(
            "8021",
            "IPCP",
            "0306 0a000001 0206 002d 0f01 7702",
            "\n\t  IP-Addr Option (0x03), length 6: 10.0.0.1\
             \n\t  IP-Comp Option (0x02), length 6: VJ-Comp (0x2d):\
             \n\t  unknown Option (0x77), length 2",
        );
        request(
            "8021",
            "IPCP",
            "0210 0061 0001 0002 0003 0004 0005 0102",
            "\n\t  IP-Comp Option (0x02), length 16: IP Header Compression (0x61):\
             \n\t    TCP Space 1, non-TCP Space 2, maxPeriod 3, maxTime 4, maxHdr 5\
             \n\t      Suboptions, length 2\n\t\tRTP-Compression Suboption #1, length 2",
        );
        request(
            "8057",
            "IP6CP",
            "010a 0001020304050607",
            "\n\t  Interface-ID Option (0x01), length 10: 0001:0203:0405:0607",
        );
        request(
            "80fd",
            "CCP",
            "1503 2f 1a04 7800",
            "\n\t  BSD-Comp Option (0x15), length 3: Version: 1, Dictionary Bits: 15\n\t  Deflate Option (0x1a), length 4: Window: 7K, Method: zlib (0x8), MBZ: 0, CHK: 0",
        );
        request(
            "c02b",
            "BACP",
            "0106 0000000a",
            "\n\t  Favored-Peer Option (0x01), length 6: Magic-Num 0x0000000a",
        );
    }

    #[test]
    fn lengths_that_cannot_be() {
        request(
            "80fd",
            "CCP",
            "1501",
            "\n\t  BSD-Comp Option (0x15), length 1 (length bogus, should be >= 2)",
        );
        request(
            "80fd",
            "CCP",
            "1803 00",
            "\n\t  MVRCA Option (0x18), length 3 (length bogus, should be >= 4)",
        );
        request(
            "8057",
            "IP6CP",
            "0902 0904",
            "\n\t  unknown Option (0x09), length 2\n\t  unknown Option (0x09), length 4 [remaining options length 2 < 4] (invalid)",
        );
    }

    #[test]
    fn values_of_options() {
        assert_eq!(
            values(&PPP, "8021 0101 000a 0306 0a000001"),
            r#"{"ppp":{"protocol":32801,"length":12,"ipcp":{"code":1,"id":1,"length":10,"options":[{"type":3,"length":6,"addr":"10.0.0.1"}]}}}"#
        );
        let dump = "\n\t0x0000:  8021 0101 000a\n\t  IP-Addr Option (0x03), length 6: 10.0.0.1\n\t    0x0000:  0a00 0001";
        let head = "IPCP, Conf-Request (0x01), id 1, length 12\n\tencoded length 10 (=Option(s) length 6)";
        check(&PPP, "8021 0101 000a 0306 0a000001", "-vv", &format!("{head}{dump}"));
    }
}
