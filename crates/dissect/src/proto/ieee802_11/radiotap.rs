//! Radiotap: how an IEEE 802.11 frame was received, or is to be sent (radiotap.org; the registered fields).
//!
//! ```text
//! | version | padding | length (2) | present (4) | while its highest bit is set: more of it (4) | fields ..
//! ```
//! Each set bit is a field, in the order of the bits; each number in it is aligned to its own size, counted
//! from the start of the header. Two bits switch to fields of a vendor, and back.

use super::{Reception, inner};
use crate::prelude::*;

const HEADER: usize = 8;
/// More bits follow.
const EXTENDED: u32 = 1 << 31;
/// The bits that follow are those of a vendor.
const VENDOR: u32 = 1 << 30;
/// The bits that follow are the registered ones.
const REGISTERED: u32 = 1 << 29;
/// The first bit that is no field.
const NO_FIELD: u32 = 29;

const MCS: u32 = 1 << 19;
const EXTENDED_CHANNEL: u32 = 1 << 18;

const WITH_CHECK: u8 = 0x10;
const PADDED: u8 = 0x20;
const FLAGS: Flags =
    &[(0x01, "cfp "), (0x02, "short preamble "), (0x04, "wep "), (0x08, "fragmented "), (0x40, "bad-fcs ")];

const TURBO: u32 = 0x0010;
const CHANNEL_A: u32 = 0x0140;
const CHANNEL_B: u32 = 0x00a0;
const CHANNEL_G: u32 = 0x0480;
const CHANNEL_PURE_G: u32 = 0x00c0;
const CHANNEL_FHSS: u32 = 0x0880;
const HALF: u32 = 0x4000;
const QUARTER: u32 = 0x8000;
const HT20: u32 = 0x1_0000;
const HT40_ABOVE: u32 = 0x2_0000;
const HT40_BELOW: u32 = 0x4_0000;

const HT_WIDTHS: NameTable = &[(0, "20 MHz"), (1, "40 MHz"), (2, "20 MHz (L)"), (3, "20 MHz (U)")];
const VHT_WIDTHS: NameTable = &[
    (0, "20 MHz"),
    (1, "40 MHz"),
    (2, "20 MHz (L)"),
    (3, "20 MHz (U)"),
    (4, "80 MHz"),
    (5, "80 MHz (L)"),
    (6, "80 MHz (U)"),
    (7, "80 MHz (LL)"),
    (8, "80 MHz (LU)"),
    (9, "80 MHz (UL)"),
    (10, "80 MHz (UU)"),
    (11, "160 MHz"),
    (12, "160 MHz (L)"),
    (13, "160 MHz (U)"),
    (14, "160 MHz (LL)"),
    (15, "160 MHz (LU)"),
    (16, "160 MHz (UL)"),
    (17, "160 MHz (UU)"),
    (18, "160 MHz (LLL)"),
    (19, "160 MHz (LLU)"),
    (20, "160 MHz (LUL)"),
    (21, "160 MHz (UUU)"),
    (22, "160 MHz (ULL)"),
    (23, "160 MHz (ULU)"),
    (24, "160 MHz (UUL)"),
    (25, "160 MHz (UUU)"),
];

/// Data bits of modulations 0 to 7 with one stream, in units of the slowest.
const EQUAL: [u16; 8] = [1, 2, 3, 4, 6, 8, 9, 10];
/// The same of modulations 33 to 76, whose streams are not modulated equally.
const UNEQUAL: [u16; 44] = [
    6, 8, 10, 9, 12, 15, 8, 10, 10, 12, 14, 14, 16, 12, 15, 15, 18, 21, 21, 24, 10, 12, 14, 12, 14, 16, 18,
    16, 18, 20, 20, 22, 15, 18, 21, 18, 21, 24, 27, 24, 27, 30, 30, 33,
];

/// A radiotap header and the frame behind it.
pub(super) fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let Ok((header, words)) = extent(p) else {
        cx.link_header_is(p.captured());
        return cx.soft_cut(out);
    };
    let mut fields = Fields { header, at: 4 + 4 * words, flags: 0 };
    out.nest("radio", |out| match namespaces(&mut fields, header.at(4), words, out) {
        Err(Stop::Invalid) => Ok(()),
        done => cx.soften(done, out),
    })?;
    cx.link_header_is(header.captured());
    let check = if fields.flags & WITH_CHECK != 0 { 4 } else { 0 };
    let how = Reception { padded: fields.flags & PADDED != 0, check };
    inner(cx, p.at(header.captured()), how, out)
}

/// The header, and how many words of present bits it has.
fn extent(p: Cursor) -> Dissect<(Cursor, usize)> {
    let length = usize::from(p.at(2).le16()?);
    if p.captured() < HEADER || length < HEADER || length > p.captured() {
        return Err(Stop::Truncated);
    }
    let header = p.sub(length);
    Ok((header, present(header.at(4))?))
}

/// How many words of present bits there are.
fn present(mut p: Cursor) -> Dissect<usize> {
    let mut words = 1;
    while p.le32()? & EXTENDED != 0 {
        words += 1;
    }
    Ok(words)
}

/// The fields that are still to be read.
struct Fields<'p> {
    header: Cursor<'p>,
    at: usize,
    flags: u8,
}

impl Fields<'_> {
    /// The next number of `N` bytes, aligned to a multiple of `N` of them.
    fn aligned<const N: usize>(&mut self) -> Dissect<[u8; N]> {
        let start = self.at.next_multiple_of(N.max(1));
        let bytes = self.header.at(start).array()?;
        self.at = start + N;
        Ok(bytes)
    }

    fn u8(&mut self) -> Dissect<u8> {
        self.aligned().map(|[b]| b)
    }

    fn i8(&mut self) -> Dissect<i8> {
        self.aligned().map(i8::from_le_bytes)
    }

    fn u16(&mut self) -> Dissect<u16> {
        self.aligned().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Dissect<u32> {
        self.aligned().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Dissect<u64> {
        self.aligned().map(u64::from_le_bytes)
    }
}

/// All fields; [`Stop::Invalid`] at one whose length nobody knows, behind which nothing can be found.
fn namespaces(fields: &mut Fields, mut bits: Cursor, words: usize, out: &mut Out) -> Dissect {
    let mut first = 0;
    let mut skip = None;
    for _ in 0..words {
        let present = bits.le32()?;
        match skip.take() {
            Some(length) => {
                fields.at += usize::from(length);
                if fields.at > fields.header.captured() {
                    return Err(Stop::Invalid);
                }
                skip = Some(0);
            }
            None => namespace(fields, present, first, out)?,
        }
        match present & (REGISTERED | VENDOR) {
            0 => first += 32,
            REGISTERED => (first, skip) = (0, None),
            VENDOR => {
                fields.at = fields.at.next_multiple_of(2);
                let (_, _): ([u8; 4], _) = ([fields.u8()?, fields.u8()?, fields.u8()?, fields.u8()?], ());
                (first, skip) = (0, Some(fields.u16()?));
            }
            _ => {}
        }
    }
    Ok(())
}

fn namespace(fields: &mut Fields, present: u32, first: u32, out: &mut Out) -> Dissect {
    for bit in (0..NO_FIELD).filter(|bit| present & 1 << bit != 0) {
        if !field(fields, first + bit, present, out)? {
            write!(out, "[bit {}] ", first + bit);
            return Err(Stop::Invalid);
        }
    }
    Ok(())
}

/// One field; `false` if its length is not known.
fn field(fields: &mut Fields, bit: u32, present: u32, out: &mut Out) -> Dissect<bool> {
    match bit {
        0 => drop(out.num("tsft_us", fields.u64()?).say("us tsft ")),
        1 => {
            fields.flags = fields.u8()?;
            out.letters("flags", fields.flags, FLAGS, "");
        }
        2 => rate(fields.u8()?, out),
        3 => {
            let (frequency, flags) = (fields.u16()?, fields.u16()?);
            if present & EXTENDED_CHANNEL == 0 {
                channel(frequency, flags.into(), present, out);
            }
        }
        4 => {
            let (set, pattern) = (fields.u8()?, fields.u8()?);
            out.say("fhset ").num("hop_set", set).say(" fhpat ").num("hop_pattern", pattern).say(" ");
        }
        5 => drop(out.int("signal_dbm", fields.i8()?.into()).say("dBm signal ")),
        6 => drop(out.int("noise_dbm", fields.i8()?.into()).say("dBm noise ")),
        7 => drop(out.num("quality", fields.u16()?).say(" sq ")),
        8 => {
            let attenuation = i16::from_le_bytes(fields.aligned()?);
            out.int("tx_attenuation", -i64::from(attenuation)).say(" tx power ");
        }
        9 => drop(out.int("tx_attenuation_db", -i64::from(fields.i8()?)).say("dB tx attenuation ")),
        10 => drop(out.int("tx_power_dbm", fields.i8()?.into()).say("dBm tx power ")),
        11 => {
            let antenna = fields.u8()?;
            out.say("antenna ").num("antenna", antenna).say(" ");
        }
        12 => drop(out.num("signal_db", fields.u8()?).say("dB signal ")),
        13 => drop(out.num("noise_db", fields.u8()?).say("dB noise ")),
        14 => drop(out.note("rx_flags", fields.u16()?)),
        18 => {
            let (flags, frequency, [_, _]) = (fields.u32()?, fields.u16()?, [fields.u8()?, fields.u8()?]);
            channel(frequency, flags, present, out);
        }
        19 => high_throughput([fields.u8()?, fields.u8()?, fields.u8()?], out),
        20 => drop((fields.u32()?, fields.u16()?, fields.u8()?, fields.u8()?)),
        21 => very_high_throughput(fields, out)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn rate(rate: u8, out: &mut Out) {
    match rate {
        0x80..=0x8f => out.say("MCS ").num("rate_mcs", rate & 0x7f).say(" "),
        _ => out.fraction("rate_mbps", f64::from(rate) * 0.5, 1).say(" Mb/s "),
    };
}

fn channel(frequency: u16, flags: u32, present: u32, out: &mut Out) {
    let is = |bits: u32| flags & bits == bits;
    let width = || match (is(HALF), is(QUARTER)) {
        (true, _) => "/10Mhz",
        (_, true) => "/5Mhz",
        _ => "",
    };
    out.num("frequency_mhz", frequency).note("channel_flags", flags).say(" MHz");
    if present & MCS != 0 {
        out.say(" 11n");
    } else {
        out.say(if is(CHANNEL_FHSS) { " FHSS" } else { "" });
        if is(CHANNEL_A) {
            out.say(" 11a").say(width());
        }
        if is(CHANNEL_PURE_G) || is(CHANNEL_G) {
            out.say(" 11g").say(width());
        } else if is(CHANNEL_B) {
            out.say(" 11b");
        }
        out.say(if is(TURBO) { " Turbo" } else { "" });
    }
    out.say(match (is(HT20), is(HT40_BELOW), is(HT40_ABOVE)) {
        (true, ..) => " ht/20",
        (_, true, _) => " ht/40-",
        (_, _, true) => " ht/40+",
        _ => "",
    });
    out.say(" ");
}

/// A modulation of 802.11n; what is known of it, its flags and its index.
fn high_throughput([known, flags, index]: [u8; 3], out: &mut Out) {
    let knows = |bits: u8| known & bits != 0;
    out.note("mcs_known", known).note("mcs_flags", flags);
    if knows(0x02) {
        let rate = if knows(0x01 | 0x04) { ht_rate(index, flags & 3 == 1, flags & 4 != 0) } else { None };
        if let Some(rate) = rate {
            out.fraction("ht_rate_mbps", rate, 1).say(" Mb/s ");
        }
        out.say("MCS ").num("mcs", index).say(" ");
    }
    out.aloud(|out| {
        if knows(0x01) {
            out.name("", flags & 3, HT_WIDTHS, "").say(" ");
        }
        if knows(0x04) {
            out.say(if flags & 0x04 != 0 { "short GI " } else { "long GI " });
        }
        if knows(0x08) {
            out.say(if flags & 0x08 != 0 { "greenfield " } else { "mixed " });
        }
        if knows(0x10) {
            out.say(if flags & 0x10 != 0 { "LDPC FEC " } else { "BCC FEC " });
        }
        if knows(0x20) {
            out.say("RX-STBC").num("", flags >> 5 & 3).say(" ");
        }
    });
}

/// Megabits per second of a modulation (IEEE 802.11-2020 section 19.5), wide or not, with a short guard interval
/// or not.
fn ht_rate(index: u8, wide: bool, short: bool) -> Option<f64> {
    let streams = u16::from(index / 8) + 1;
    let rate = match index {
        0..32 => f64::from(EQUAL.get(usize::from(index % 8))? * streams) * if wide { 13.5 } else { 6.5 },
        32 if wide => 6.0,
        32 => return None,
        _ => f64::from(*UNEQUAL.get(usize::from(index) - 33)?) * if wide { 13.5 } else { 6.5 },
    };
    Some(if short { rate / 0.9 } else { rate })
}

fn very_high_throughput(fields: &mut Fields, out: &mut Out) -> Dissect {
    let (known, flags, width) = (fields.u16()?, fields.u8()?, fields.u8()?);
    let users = [fields.u8()?, fields.u8()?, fields.u8()?, fields.u8()?];
    let (coding, group, partial_aid) = (fields.u8()?, fields.u8()?, fields.u16()?);
    out.note("vht_known", known).note("vht_flags", flags).note("vht_width", width & 0x1f);
    out.note("vht_coding", coding).note("vht_group", group).note("vht_partial_aid", partial_aid);
    out.list("vht_users", |out| {
        for (i, user) in users.into_iter().enumerate().filter(|(_, user)| user & 0x0f != 0) {
            out.item(|out| {
                out.note("streams", user & 0x0f);
                out.say("User ").num("user", i).say(" MCS ").num("mcs", user >> 4).say(" ");
                out.say(if coding & 1 << i != 0 { "LDPC FEC " } else { "BCC FEC " });
                Ok(())
            })?;
        }
        Ok(())
    })?;
    out.aloud(|out| {
        if known & 0x40 != 0 {
            out.name("", width & 0x1f, VHT_WIDTHS, "unknown (%u)").say(" ");
        }
        if known & 0x04 != 0 {
            out.say(if flags & 0x04 != 0 { "short GI " } else { "long GI " });
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::RADIOTAP;
    use super::*;
    use crate::testing::{check, values};

    const ACK: &str = "d400 0000 020000000001";
    const SAID: &str = "Acknowledgment RA:02:00:00:00:00:01 ";

    #[test]
    fn fields_are_aligned() {
        // The byte behind the flags is padding.
        let hex = format!("0000 1700 2b000000 0000000000000100 02 ff 6c09 a000 ce {ACK}");
        check(
            &RADIOTAP,
            &hex,
            "",
            &format!("281474976710656us tsft short preamble 2412 MHz 11b -50dBm signal {SAID}"),
        );
        assert!(values(&RADIOTAP, &hex).starts_with(
            r#"{"802.11_radio":{"radio":{"tsft_us":281474976710656,"flags":2,"frequency_mhz":2412,"channel_flags":160,"signal_dbm":-50},"802.11":{"kind":1"#
        ));
    }

    #[test]
    fn a_check_sequence_is_no_part_of_the_frame() {
        check(&RADIOTAP, &format!("0000 0900 02000000 10 {ACK} 01020304"), "", SAID);
        check(&RADIOTAP, "0000 0900 02000000 10 0102", "", " [|802.11]");
    }

    #[test]
    fn modulations() {
        check(
            &RADIOTAP,
            &format!("0000 0b00 00000800 27 25 07 {ACK}"),
            "",
            &format!("150.0 Mb/s MCS 7 40 MHz short GI RX-STBC1 {SAID}"),
        );
        for (index, wide, short, rate) in [
            (3, false, true, "28.9"),
            (32, true, true, "6.7"),
            (76, true, false, "445.5"),
            (31, true, true, "600.0"),
        ] {
            assert_eq!(format!("{:.1}", ht_rate(index, wide, short).unwrap()), rate);
        }
        assert_eq!(ht_rate(32, false, false), None);
        assert_eq!(ht_rate(77, false, false), None);
    }

    #[test]
    fn unknown_fields_and_cuts() {
        check(&RADIOTAP, &format!("0000 0900 04008000 02 {ACK}"), "", &format!("1.0 Mb/s [bit 23] {SAID}"));
        check(&RADIOTAP, &format!("0000 0900 09000000 02 {ACK}"), "", &format!(" [|802.11_radio]{SAID}"));
        check(&RADIOTAP, "0000 0700 00000000", "", " [|802.11_radio]");
        check(&RADIOTAP, "0000 0800 00000080", "", " [|802.11_radio]");
    }
}
