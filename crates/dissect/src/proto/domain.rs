//! DNS, the Domain Name System (RFC 1035), over UDP and TCP, and multicast DNS (RFC 6762).
//!
//! ```text
//! +-------------------------------+--+--------+--+--+--+--+-----+-------+
//! |              id               |QR| opcode |AA|TC|RD|RA|0 AD CD| rcode |
//! |        question count         |            answer count             |
//! |        authority count        |          additional count           |
//! |                 questions, then records of each kind                |
//! +---------------------------------------------------------------------+
//! over TCP: the length (2) in front
//! ```

mod edns;
mod names;
mod record;

use crate::parts::dns_name;
use crate::prelude::*;
use names::{CLASSES, OPCODES, RCODES, TYPES};

/// DNS.
pub static DOMAIN: Protocol = Protocol { name: "domain", dissect: |cx, p, out| dissect(cx, p, false, out) };

/// Multicast DNS: the highest bit of a class has meanings of its own.
pub static MDNS: Protocol = Protocol { name: "domain", dissect: |cx, p, out| dissect(cx, p, true, out) };

const HEADER: usize = 12;

const RESPONSE: u16 = 0x8000;
const AUTHORITATIVE: u16 = 0x0400;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const RECURSION_AVAILABLE: u16 = 0x0080;
const AUTHENTIC: u16 = 0x0020;
const CHECKING_DISABLED: u16 = 0x0010;
/// Bits that a question has no use for.
const ODD_IN_QUERY: u16 = 0x06cf;

const INVERSE_QUERY: u16 = 1;

const CLASS_IN: u16 = 1;
/// Multicast DNS: of a question, that the answer may come by unicast; of a record, that it replaces others.
const TOP_BIT: u16 = 0x8000;

fn dissect(cx: &mut Cx, mut p: Cursor, mdns: bool, out: &mut Out) -> Dissect {
    if cx.ports.over == Transport::Tcp {
        length_in_front(&mut p, out)?;
    }
    let length = p.claimed();
    if length < HEADER {
        out.say("domain [length ").num("length", length).say(" < 12]");
        return Err(Stop::Invalid);
    }
    p.need(HEADER)?;
    let message = Message { bytes: p.rest(), mdns };
    let header = Header::read(message)?;
    header.values(out);
    if header.flags & RESPONSE != 0 {
        response(cx, message, &header, out)?;
    } else {
        query(cx, message, &header, out)?;
    }
    out.say(" (").num("length", length).say(")");
    Ok(())
}

/// TCP has no datagrams, so messages say how long they are (RFC 1035 section 4.2.2).
fn length_in_front(p: &mut Cursor, out: &mut Out) -> Dissect {
    let Some(length) = p.claimed().checked_sub(2) else {
        out.say(" [DNS over TCP: length ").num("segment_length", p.claimed()).say(" < 2]");
        return Err(Stop::Invalid);
    };
    let said = p.be16()?;
    if usize::from(said) != length {
        out.say(" [prefix length(").num("prefix_length", said).say(") != length(");
        out.num("segment_length", length).say(")]");
        return Err(Stop::Invalid);
    }
    out.say(" ").note("prefix_length", said);
    Ok(())
}

/// A message, as far as it was captured; positions in it may lie past its end.
#[derive(Clone, Copy)]
struct Message<'p> {
    bytes: &'p [u8],
    mdns: bool,
}

impl<'p> Message<'p> {
    fn slice(self, at: usize, length: usize) -> Dissect<&'p [u8]> {
        let rest = self.bytes.get(at..).ok_or(Stop::Truncated)?;
        rest.get(..length).ok_or(Stop::Truncated)
    }

    fn array<const N: usize>(self, at: usize) -> Dissect<[u8; N]> {
        let rest = self.bytes.get(at..).ok_or(Stop::Truncated)?;
        rest.first_chunk().copied().ok_or(Stop::Truncated)
    }

    fn u8(self, at: usize) -> Dissect<u8> {
        self.array(at).map(|[byte]| byte)
    }

    fn be16(self, at: usize) -> Dissect<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    fn be32(self, at: usize) -> Dissect<u32> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// Says the name at `at`; the position behind it.
    fn name(self, out: &mut Out, key: &str, at: usize) -> Dissect<usize> {
        out.phrase(key, |out| dns_name::say(out, self.bytes, 0, at))
    }

    /// Says characters as far as they are here, and then the cut.
    fn chars(self, out: &mut Out, key: &str, at: usize, length: usize) -> Dissect {
        let rest = self.bytes.get(at..).unwrap_or_default();
        out.chars(key, rest.get(..length).unwrap_or(rest));
        if length > rest.len() { Err(Stop::Truncated) } else { Ok(()) }
    }
}

struct Header {
    id: u16,
    flags: u16,
    /// With the bits that EDNS0 adds to it.
    rcode: u16,
    questions: u16,
    answers: u16,
    authorities: u16,
    additionals: u16,
}

impl Header {
    fn read(message: Message) -> Dissect<Self> {
        let flags = message.be16(2)?;
        let mut header = Header {
            id: message.be16(0)?,
            flags,
            rcode: flags & 0xf,
            questions: message.be16(4)?,
            answers: message.be16(6)?,
            authorities: message.be16(8)?,
            additionals: message.be16(10)?,
        };
        // Without an OPT record, or if it cannot be found, the header's bits are all there are.
        header.rcode |= header.extended_rcode(message).unwrap_or(0);
        Ok(header)
    }

    /// The bits of the response code that the OPT record holds (RFC 6891 section 6.1.3).
    fn extended_rcode(&self, message: Message) -> Dissect<u16> {
        let mut at = HEADER;
        let here = |at| message.slice(at, 1).map(|_| at);
        for _ in 0..self.questions {
            at = here(dns_name::skip(message.bytes, at)? + 4)?;
        }
        for _ in 0..u32::from(self.answers) + u32::from(self.authorities) {
            let fixed = dns_name::skip(message.bytes, at)?;
            at = here(fixed + 10 + usize::from(message.be16(fixed + 8)?))?;
        }
        for _ in 0..self.additionals {
            let fixed = dns_name::skip(message.bytes, at)?;
            if message.be16(fixed)? == record::OPT {
                return message.u8(fixed + 4).map(|bits| u16::from(bits) << 4);
            }
            at = here(fixed + 10 + usize::from(message.be16(fixed + 8)?))?;
        }
        Ok(0)
    }

    fn opcode(&self) -> u16 {
        self.flags >> 11 & 0xf
    }

    fn values(&self, out: &mut Out) {
        out.aside(|out| {
            out.num("id", self.id).note_that("response", self.flags & RESPONSE != 0);
            out.name("opcode", self.opcode(), OPCODES, "");
            // What text is silent about.
            if self.opcode() == 0 {
                out.called("opcode", "query");
            }
            out.name("rcode", self.rcode, RCODES, "");
            if self.rcode == 0 {
                out.called("rcode", "NoError");
            }
            for (key, flag) in [
                ("aa", AUTHORITATIVE),
                ("tc", TRUNCATED),
                ("rd", RECURSION_DESIRED),
                ("ra", RECURSION_AVAILABLE),
                ("ad", AUTHENTIC),
                ("cd", CHECKING_DISABLED),
            ] {
                out.note_that(key, self.flags & flag != 0);
            }
            out.num("question_count", self.questions).num("answer_count", self.answers);
            out.num("authority_count", self.authorities).num("additional_count", self.additionals);
        });
    }

    /// A word if a flag is set.
    fn if_set(&self, flag: u16, word: &'static str) -> &'static str {
        if self.flags & flag != 0 { word } else { "" }
    }
}

fn response(cx: &mut Cx, message: Message, header: &Header, out: &mut Out) -> Dissect {
    out.aloud(|out| {
        out.num("", header.id).name("", header.opcode(), OPCODES, "").name(
            "",
            header.rcode,
            RCODES,
            " Resp%u",
        );
        out.say(header.if_set(AUTHORITATIVE, "*"));
        out.say(if header.flags & RECURSION_AVAILABLE == 0 { "-" } else { "" });
        out.say(header.if_set(TRUNCATED, "|")).say(header.if_set(AUTHENTIC, "$"));
        count(header.questions, 1, "q]", out);
    });
    let details = cx.verbose() > 1;
    let mut at = HEADER;
    out.list("questions", |out| {
        for i in 0..header.questions {
            out.say(if i > 0 { "," } else { "" });
            if details {
                out.say(" q:");
                at = question(message, at, out)?;
            } else {
                at = dns_name::skip(message.bytes, at)? + 4;
            }
        }
        Ok(())
    })?;
    out.aloud(|out| {
        out.say(" ").num("", header.answers).say("/").num("", header.authorities);
        out.say("/").num("", header.additionals);
    });
    sections(cx, message, header, at, true, out)
}

fn query(cx: &mut Cx, message: Message, header: &Header, out: &mut Out) -> Dissect {
    out.aloud(|out| {
        out.num("", header.id).name("", header.opcode(), OPCODES, "");
        out.say(header.if_set(RECURSION_DESIRED, "+")).say(header.if_set(CHECKING_DISABLED, "%"));
        if header.flags & ODD_IN_QUERY != 0 {
            out.say(" [b2&3=0x").hex("", header.flags).say("]");
        }
        if header.opcode() == INVERSE_QUERY {
            count(header.questions, 0, "q]", out);
            count(header.answers, 1, "a]", out);
        } else {
            count(header.answers, 0, "a]", out);
            count(header.questions, 1, "q]", out);
        }
        count(header.authorities, 0, "n]", out);
        count(header.additionals, 0, "au]", out);
    });
    let mut at = HEADER;
    out.list("questions", |out| {
        for i in 0..header.questions {
            if i > 0 && at >= message.bytes.len() {
                return Err(Stop::Truncated);
            }
            at = question(message, at, out)?;
        }
        Ok(())
    })?;
    sections(cx, message, header, at, cx.verbose() > 1, out)
}

/// Says a count that is not the usual one.
fn count(n: u16, usual: u16, what: &str, out: &mut Out) {
    if n != usual {
        out.say(" [").num("", n).say(what);
    }
}

/// Says the question at `at`; the position behind it.
fn question(message: Message, at: usize, out: &mut Out) -> Dissect<usize> {
    out.item(|out| {
        let fixed = dns_name::skip(message.bytes, at)?;
        let (kind, class) = (message.be16(fixed)?, message.be16(fixed + 2)?);
        out.say(" ").name("type", kind, TYPES, "Type%u");
        let unicast = class & TOP_BIT != 0;
        if message.mdns {
            self::class(class & !TOP_BIT, out);
            out.say(if unicast { " (QU)" } else { " (QM)" }).note_that("unicast", unicast);
        } else {
            self::class(class, out);
        }
        out.say("? ");
        message.name(out, "name", at).map(|after| after + 4)
    })
}

/// Text leaves out the class that nearly all have.
fn class(class: u16, out: &mut Out) {
    if class == CLASS_IN {
        out.aside(|out| _ = out.name("class", class, CLASSES, ""));
    } else {
        out.say(" ").name("class", class, CLASSES, "(Class %u)");
    }
}

/// Says the records: of a response, the answers always, and the others if the user wants details.
fn sections(
    cx: &mut Cx,
    message: Message,
    header: &Header,
    at: usize,
    answers: bool,
    out: &mut Out,
) -> Dissect {
    if !answers {
        return Ok(());
    }
    let at = section(cx, message, ("answers", ""), header.answers, at, out)?;
    if cx.verbose() > 1 {
        let at = section(cx, message, ("authorities", " ns:"), header.authorities, at, out)?;
        section(cx, message, ("additionals", " ar:"), header.additionals, at, out)?;
    }
    Ok(())
}

/// Says the records of one section; the position behind them.
fn section(
    cx: &mut Cx,
    message: Message,
    (key, words): (&str, &str),
    count: u16,
    mut at: usize,
    out: &mut Out,
) -> Dissect<usize> {
    let end = message.bytes.len();
    out.list(key, |out| {
        for i in 0..count {
            // The first answer is tried even where nothing is left.
            if at >= end && (i > 0 || !words.is_empty()) {
                return Err(Stop::Truncated);
            }
            out.say(if i > 0 { "," } else { words });
            at = out.item(|out| record::say(cx, message, at, out))?;
        }
        Ok(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const QUERY: &str = "0001 0100 0001 0000 0000 0000 0377777702646500 0001 0001";
    const RESPONSE: &str = "0001 8580 0001 0002 0000 0001 0377777702646500 0001 0001
        c00c 0005 0001 0000012c 0004 0161c010
        0161c010 0001 0001 0000012c 0004 0a000001
        00 0029 1000 01008000 000c 000a 0008 0102030405060708";

    /// A response with one answer, of this type and with this data.
    fn answer(kind: &str, data: &str) -> String {
        let length = data.split_whitespace().collect::<String>().len() / 2;
        format!("0001 8400 0000 0001 0000 0000 00 {kind} 0001 00000000 {length:04x} {data}")
    }

    fn says(hex: &str, args: &str, expected: &str) {
        check(&DOMAIN, hex, args, expected);
    }

    #[test]
    fn a_query() {
        says(QUERY, "", "1+ A? www.de. (24)");
        says(QUERY, "-vvv", "1+ A? www.de. (24)");
        says("0001 0930 0002 0001 0001 0001", "", "1 inv_q+% [2q] [1n] [1au] [|domain]");
        says("0001 0001 0000 0000 0000 0000", "", "1 [b2&3=0x1] [0q] (12)");
    }

    #[test]
    fn a_response() {
        says(RESPONSE, "", "1 BadVers* 2/0/1 CNAME a.de., A 10.0.0.1 (81)");
        says(RESPONSE, "-v", "1 BadVers* 2/0/1 www.de. CNAME a.de., a.de. A 10.0.0.1 (81)");
        says(
            RESPONSE,
            "-vvv",
            "1 BadVers* q: A? www.de. 2/0/1 www.de. [5m] CNAME a.de., a.de. [5m] A 10.0.0.1 \
             ar: . OPT UDPsize=4096 DO [COOKIE 0102030405060708] (81)",
        );
    }

    #[test]
    fn data_of_records() {
        let record = |kind: &str, data: &str, args: &str, expected: &str| {
            let hex = answer(kind, data);
            let length = crate::testing::bytes(&hex).len();
            says(&hex, args, &format!("1*- [0q] 1/0/0 {expected} ({length})"));
        };
        record("001c", "20010db8000000000000000000000001", "", "AAAA 2001:db8::1");
        record("000f", "000a 016100", "", "MX a. 10");
        record("0010", "026869 0121", "", r#"TXT "hi" "!""#);
        record("0021", "0001 0002 0035 016100", "", "SRV a.:53 1 2");
        record("0006", "016100 016200 00000001 00000002 00000003 00000004 00000005", "", "SOA");
        record(
            "0006",
            "016100 016200 00000001 00000002 00000003 00000004 00000005",
            "-v",
            ". SOA a. b. 1 2 3 4 5",
        );
        record("0026", "80 016100", "", "A6 a.");
        record("0026", "78 01 016100", "", "A6 120 ::1 a.");
        record("0026", "81", "", "A6 129(bad plen)");
        record("0100", "000a 0001 6874", "", "URI 10 1 ht");
        record("00fa", "0161 00 000000000000 012c 0001 ff 0001 0000 0000", "", "TSIG");
        record(
            "00fa",
            "0161 00 000000000000 012c 0001 ff 0001 0000 0000",
            "-v",
            ". TSIG a. fudge=300 maclen=1 origid=1 error=0 otherlen=0",
        );
        record("0041", "0001 00", "", "HTTPS");
        record("ff00", "00", "", "Type65280");
    }

    #[test]
    fn options_of_edns() {
        let option = |data: &str, expected: &str| {
            let length = data.split_whitespace().collect::<String>().len() / 2;
            let hex = format!("0001 0000 0000 0000 0000 0001 00 0029 1000 00000000 {length:04x} {data}");
            let total = crate::testing::bytes(&hex).len();
            says(&hex, "-vv", &format!("1 [0q] [1au] ar: . OPT UDPsize=4096 [{expected}] ({total})"));
        };
        option("0008 0007 0001 18 00 0a0001", "ECS 10.0.1.0/24/0");
        option("0008 0006 0002 10 00 2001", "ECS 2001::/16/0");
        option("0008 0007 0001 21 00 0a0001", "ECS  (invalid)");
        option("0008 0002 0001", "ECS  (invalid)");
        option("000a 0010 0102030405060708 1112131415161718", "COOKIE 0102030405060708 1112131415161718");
        option("000a 0001 01", "COOKIE  (invalid)");
        option("000b 0002 000f", "KEEPALIVE 1.5 sec");
        option("0009 0004 00000e10", "EXPIRE 3600 sec");
        option("000c 0002 0000", "PADDING (2)");
        option("000e 0004 0001 0002", "KEY-TAG 1 2");
        option("0005 0002 08 63", "DAU RSASHA256 Alg_99");
        option("0006 0001 02 0007 0001 01", "DHU SHA-256,N3U SHA-1");
        option("000d 0003 016100", "CHAIN a.");
        option("0003 0000 ffff 0001 aa", "NSID,Opt65535 aa");
    }

    #[test]
    fn multicast() {
        let question =
            "0000 0000 0001 0001 0000 0000 016100 0001 8001 016100 0001 8001 00000078 0004 0a000001";
        check(&MDNS, question, "", "0 [1a] A (QU)? a. (36)");
        check(&MDNS, question, "-vv", "0 [1a] A (QU)? a. a. (Cache flush) A 10.0.0.1 (36)");
    }

    #[test]
    fn messages_that_lie() {
        says("0001 0100", "", "domain [length 4 < 12] (invalid)");
        says(
            &QUERY.replace("0377777702646500", "c00c000000000000"),
            "",
            "1+ Type0 (Class 0)? <BAD PTR> [|domain]",
        );
        says("0001 8180 0001 0000 0000 0000 8000", "", "1 [|domain]");
        says("0001 8180 0000 0002 0000 0000", "", "1 [0q] 2/0/0 [|domain]");
        says("0001 8180 0000 0001 0000 0000", "", "1 [0q] 1/0/0 (12)");
    }

    #[test]
    fn values_of_a_response() {
        assert_eq!(
            values(&DOMAIN, RESPONSE),
            concat!(
                r#"{"domain":{"id":1,"response":true,"opcode":0,"rcode":16,"aa":true,"tc":false,"rd":true,"ra":true,"#,
                r#""ad":false,"cd":false,"question_count":1,"answer_count":2,"authority_count":0,"additional_count":1,"#,
                r#""questions":[{"type":1,"class":1,"name":"www.de."}],"#,
                r#""answers":[{"name":"www.de.","class":1,"ttl":300,"type":5,"target":"a.de."},"#,
                r#"{"name":"a.de.","class":1,"ttl":300,"type":1,"addr":"10.0.0.1"}],"authorities":[],"#,
                r#""additionals":[{"name":".","type":41,"extended_rcode":1,"version":0,"udp_size":4096,"dnssec_ok":true,"#,
                r#""options":[{"code":10,"client":"0102030405060708"}]}],"length":81}}"#
            )
        );
    }
}
