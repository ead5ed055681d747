//! The options of PGM (RFC 3208 section 9): the first holds the length of them all.

use super::address;
use crate::prelude::*;

/// An option has at least this many bytes.
const LEAST: usize = 4;
/// The option with this bit is the last.
const END: u8 = 0x80;

const LENGTH: u8 = 0x00;
const FRAGMENT: u8 = 0x01;
const NAK_LIST: u8 = 0x02;
const JOIN: u8 = 0x03;
const BACKOFF_INTERVAL: u8 = 0x04;
const BACKOFF_RANGE: u8 = 0x05;
const REDIRECT: u8 = 0x07;
const PARITY_PARAMETERS: u8 = 0x08;
const PARITY_GROUP: u8 = 0x09;
const CURRENT_SIZE: u8 = 0x0a;
const NEIGHBOUR_UNREACHABLE: u8 = 0x0b;
const PATH: u8 = 0x0c;
const SYN: u8 = 0x0d;
const FIN: u8 = 0x0e;
const RST: u8 = 0x0f;
const CR: u8 = 0x10;
const CRQST: u8 = 0x11;
const PGMCC_DATA: u8 = 0x12;
const PGMCC_FEEDBACK: u8 = 0x13;

/// What the options are called that have one length only, and that length.
const FIXED: &[(u8, &str, usize)] = &[
    (LENGTH, "OPT_LENGTH", 4),
    (FRAGMENT, "OPT_FRAGMENT", 16),
    (JOIN, "OPT_JOIN", 8),
    (BACKOFF_INTERVAL, "OPT_NAK_BO_IVL", 12),
    (BACKOFF_RANGE, "OPT_NAK_BO_RNG", 12),
    (PARITY_PARAMETERS, "OPT_PARITY_PRM", 8),
    (PARITY_GROUP, "OPT_PARITY_GRP", 8),
    (CURRENT_SIZE, "OPT_CURR_TGSIZE", 8),
    (NEIGHBOUR_UNREACHABLE, "OPT_NBR_UNREACH", 4),
    (SYN, "OPT_SYN", 4),
    (FIN, "OPT_FIN", 4),
    (RST, "OPT_RST", 4),
    (CRQST, "OPT_CRQST", 4),
];

/// What is said of options whose number, or whose being there, is all.
const PLAIN: NameTable = &[
    (LENGTH as u32, " OPTS LEN (extra?)"),
    (JOIN as u32, " JOIN"),
    (PARITY_PARAMETERS as u32, " PARITY MAXTGS"),
    (PARITY_GROUP as u32, " PARITY GROUP"),
    (CURRENT_SIZE as u32, " PARITY ATGS"),
    (NEIGHBOUR_UNREACHABLE as u32, " NBR_UNREACH"),
    (SYN as u32, " SYN"),
    (FIN as u32, " FIN"),
    (RST as u32, " RST"),
    (CRQST as u32, " CRQST"),
];

/// What became of an option.
enum Read {
    /// It counts for so many bytes of all.
    Counts(usize),
    /// It is not one, but what follows the options can still be told.
    Last,
    /// Nothing behind it can be told.
    Bad,
}

/// Says the options and steps over them; `false` if nothing behind them can be told.
pub(super) fn say(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    p.need(LEAST)?;
    let ([kind, length], total) = (p.array()?, p.be16()?);
    if kind & !END != LENGTH {
        write!(out, "[First option bad, should be PGM_OPT_LENGTH, is {}]", kind & !END);
        return Ok(false);
    }
    if length != 4 {
        write!(out, "[Bad OPT_LENGTH option, length {length} != 4]");
        return Ok(false);
    }
    let mut left = usize::from(total);
    if left < LEAST {
        write!(out, "[Bad total option length {left} < 4]");
        return Ok(false);
    }
    out.say(" OPTS LEN ").num("options_length", total);
    left -= LEAST;
    out.list("options", |out| {
        while left > 0 {
            if left < LEAST {
                return Ok(no_room(out));
            }
            let last = p.peek()? & END != 0;
            match out.item(|out| option(p, left, out))? {
                Read::Counts(size) => left = left.saturating_sub(size),
                Read::Last => break,
                Read::Bad => return Ok(false),
            }
            if last {
                break;
            }
        }
        Ok(true)
    })
}

/// The options are longer than all of them together are said to be.
fn no_room(out: &mut Out) -> bool {
    out.say("[Total option length leaves no room for final option]");
    false
}

fn option(p: &mut Cursor, left: usize, out: &mut Out) -> Dissect<Read> {
    let kind = p.u8()?;
    let stated = p.u8()?;
    let length = usize::from(stated);
    out.note("type", kind & !END).note("length", stated);
    if length < LEAST {
        write!(out, "[Bad option, length {length} < {LEAST}]");
        return Ok(Read::Last);
    }
    if left < length {
        no_room(out);
        return Ok(Read::Bad);
    }
    p.need(length - 2)?;
    let mut value = *p;
    p.skip(length - 2)?;
    let fixed = FIXED.iter().find(|row| row.0 == kind & !END);
    if let Some((_, name, right)) = fixed.filter(|row| row.2 != length) {
        write!(out, "[Bad {name} option, length {length} != {right}]");
        return Ok(Read::Bad);
    }
    if kind & !END == LENGTH {
        let total = value.be16()?;
        out.say(" OPTS LEN (extra?) ").num("total", total);
        return Ok(Read::Counts(length));
    }
    let size = length - LEAST;
    match kind & !END {
        NAK_LIST => {
            value.skip(2)?;
            return nak_list(value, size, out);
        }
        PATH => {
            out.say(" PATH_NLA [").aloud(|out| _ = out.num("", stated)).say("]");
            aside(value, length - 2, out);
        }
        CR => {
            out.say(" CR");
            aside(value, length - 2, out);
        }
        REDIRECT | PGMCC_DATA | PGMCC_FEEDBACK => {
            value.skip(2)?;
            return with_address(kind & !END, length, value, out);
        }
        _ if fixed.is_none() => {
            write!(out, " OPT_{kind:02X} [{length}] ");
            aside(value, length - 2, out);
        }
        known => {
            value.skip(2)?;
            numbers(known, size, value, out)?;
        }
    }
    Ok(Read::Counts(length))
}

/// The bytes of an option of which text says nothing.
fn aside(value: Cursor, size: usize, out: &mut Out) {
    out.aside(|out| _ = out.bytes("value", value.rest().get(..size).unwrap_or_default()));
}

/// An option that holds up to three numbers.
fn numbers(kind: u8, size: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        FRAGMENT => {
            let (sequence, offset, length) = (p.be32()?, p.be32()?, p.be32()?);
            out.say(" FRAG seq ").num("seq", sequence).say(" off ").num("offset", offset);
            out.say(" len ").num("fragment_length", length);
        }
        BACKOFF_INTERVAL => {
            let (interval, sequence) = (p.be32()?, p.be32()?);
            out.say(" BACKOFF ivl ").num("interval", interval).say(" ivlseq ").num("seq", sequence);
        }
        BACKOFF_RANGE => {
            let (most, least) = (p.be32()?, p.be32()?);
            out.say(" BACKOFF max ").num("max", most).say(" min ").num("min", least);
        }
        _ => {
            out.aloud(|out| _ = out.name("", kind, PLAIN, ""));
            if size > 0 {
                let number = p.be32()?;
                out.say(" ").num("number", number);
            }
        }
    }
    Ok(())
}

/// Sequence numbers; tcpdump forgets to count the option's header.
fn nak_list(mut p: Cursor, size: usize, out: &mut Out) -> Dissect<Read> {
    out.say(" NAK LIST");
    out.list("seqs", |out| {
        for _ in 0..size / 4 {
            let sequence = p.be32()?;
            out.say(" ").num("", sequence);
        }
        Ok(())
    })?;
    if size.is_multiple_of(4) {
        return Ok(Read::Counts(size));
    }
    out.say("[Option length not a multiple of 4]");
    Ok(Read::Bad)
}

/// An option that ends in an address: behind its header a number or not, the family and a reserved field.
fn with_address(kind: u8, length: usize, mut p: Cursor, out: &mut Out) -> Dissect<Read> {
    let (name, short_name, fixed) = match kind {
        REDIRECT => ("OPT_REDIRECT", "OPT_REDIRECT", 8),
        PGMCC_DATA => ("OPT_PGMCC_DATA", "OPT_PGMCC_DATA", 12),
        _ => ("OPT_PGMCC_FEEDBACK", "PGM_OPT_PGMCC_FEEDBACK", 12),
    };
    if length < fixed {
        write!(out, "[Bad {short_name} option, length {length} < {fixed}]");
        return Ok(Read::Bad);
    }
    let number = if kind == REDIRECT { None } else { Some(p.be32()?) };
    let family = p.be16()?;
    p.skip(2)?;
    let size = match family {
        crate::parts::address_families::IPV4 => 4,
        crate::parts::address_families::IPV6 => 16,
        _ => return Err(Stop::Invalid),
    };
    if length != fixed + size {
        write!(out, "[Bad {name} option, length {length} != {fixed} + address size]");
        return Ok(Read::Bad);
    }
    let addr = address(family, &mut p)?;
    out.say(match kind {
        REDIRECT => " REDIRECT",
        PGMCC_DATA => " PGMCC DATA",
        _ => " PGMCC FEEDBACK",
    });
    if let Some(number) = number {
        out.say(" ").num("number", number);
    }
    out.say(" ").ip_digits("addr", addr);
    Ok(Read::Counts(length))
}

#[cfg(test)]
mod tests {
    use super::super::PGM;
    use crate::testing::{check, values};

    const HEAD: &str = "03e8 07d0 0c 01 0000 0a0b0c0d0e0f 0005";
    const LINE: &str = "0.0.0.0.1000 > 0.0.0.0.2000: PGM, length 5 0x0a0b0c0d0e0f SPMR";

    #[track_caller]
    fn raw(options: &str, words: &str) {
        check(&PGM, &format!("{HEAD} {options}"), "-v", &format!("{LINE}{words}"));
    }

    /// What is said of options behind a right OPT_LENGTH.
    #[track_caller]
    fn says(options: &str, words: &str) {
        let size = options.split_whitespace().collect::<String>().len() / 2 + 4;
        raw(&format!("00 04 {size:04x} {options}"), &format!(" OPTS LEN {size}{words}"));
    }

    #[test]
    fn options_of_each_kind() {
        says("01 10 0000 00000001 00000002 00000003 0d 04 0000", " FRAG seq 1 off 2 len 3 SYN [40]");
        says("03 08 0000 00000001 8e 04 0000 0f 04 0000", " JOIN 1 FIN [36]");
        says("04 0c 0000 00000001 00000002", " BACKOFF ivl 1 ivlseq 2 [32]");
        says("05 0c 0000 00000001 00000002 0f 04 0000", " BACKOFF max 1 min 2 RST [36]");
        says("08 08 0000 00000001 09 08 0000 00000002", " PARITY MAXTGS 1 PARITY GROUP 2 [36]");
        says("0a 08 0000 00000001 0b 04 0000", " PARITY ATGS 1 NBR_UNREACH [32]");
        says("0c 05 00 0000 10 04 0000 11 04 0000", " PATH_NLA [5] CR CRQST [33]");
        says("07 0c 0000 0001 0000 0a000001", " REDIRECT 10.0.0.1 [32]");
        says("07 18 0000 0002 0000 20010db8000000000000000000000001", " REDIRECT 2001:db8::1 [44]");
        says("12 10 0000 00000005 0001 0000 0a000001", " PGMCC DATA 5 10.0.0.1 [36]");
        says("93 10 0000 00000005 0001 0000 0a000001", " PGMCC FEEDBACK 5 10.0.0.1 [36]");
        says("00 04 0009 2f 05 000000", " OPTS LEN (extra?) 9 OPT_2F [5]  [29]");
        says("82 0c 0000 00000001 00000002", " NAK LIST 1 2 [32]");
    }

    #[test]
    fn the_length_of_all_options() {
        raw("01 04 0008", "[First option bad, should be PGM_OPT_LENGTH, is 1]");
        raw("80 05 0008", "[Bad OPT_LENGTH option, length 5 != 4]");
        raw("00 04 0003", "[Bad total option length 3 < 4]");
        let no_room = "[Total option length leaves no room for final option]";
        raw("00 04 0006 0d04", &format!(" OPTS LEN 6{no_room}"));
        raw("00 04 0008 0d05 000000", &format!(" OPTS LEN 8{no_room}"));
        raw("00 04 0008 0d", " OPTS LEN 8 [|pgm]");
        raw("00 04 00", " [|pgm]");
        // The list's header is not counted, so an option seems to follow.
        raw("00 04 000c 02 08 0000 00000001 0d03", " OPTS LEN 12 NAK LIST 1[Bad option, length 3 < 4] [30]");
    }

    #[test]
    fn options_that_lie() {
        for (options, name, length, right) in [
            ("01 04 0000", "FRAGMENT", 4, 16),
            ("03 04 0000", "JOIN", 4, 8),
            ("04 04 0000", "NAK_BO_IVL", 4, 12),
            ("05 04 0000", "NAK_BO_RNG", 4, 12),
            ("08 04 0000", "PARITY_PRM", 4, 8),
            ("09 04 0000", "PARITY_GRP", 4, 8),
            ("0a 04 0000", "CURR_TGSIZE", 4, 8),
            ("0b 05 0000 00", "NBR_UNREACH", 5, 4),
            ("0d 05 0000 00", "SYN", 5, 4),
            ("0e 05 0000 00", "FIN", 5, 4),
            ("0f 05 0000 00", "RST", 5, 4),
            ("11 05 0000 00", "CRQST", 5, 4),
            ("00 05 0000 00", "LENGTH", 5, 4),
        ] {
            says(options, &format!("[Bad OPT_{name} option, length {length} != {right}]"));
        }
        says("02 05 0000 00", " NAK LIST[Option length not a multiple of 4]");
        says("07 04 0000", "[Bad OPT_REDIRECT option, length 4 < 8]");
        says("07 09 0000 0001 0000 00", "[Bad OPT_REDIRECT option, length 9 != 8 + address size]");
        says("07 08 0000 0003 0000", " (invalid)");
        says("12 04 0000", "[Bad OPT_PGMCC_DATA option, length 4 < 12]");
        says("13 04 0000", "[Bad PGM_OPT_PGMCC_FEEDBACK option, length 4 < 12]");
        says(
            "13 0c 0000 00000005 0002 0000",
            "[Bad OPT_PGMCC_FEEDBACK option, length 12 != 12 + address size]",
        );
    }

    #[test]
    fn values_of_options() {
        let said = values(&PGM, &format!("{HEAD} 00 04 0014 82 08 0000 00000001 0d 04 0000"));
        assert!(said.contains(r#""options":[{"type":2,"length":8,"seqs":[1]}]"#), "{said}");
    }
}
