//! Timestamps of Arista's switches, between the addresses and the type of an Ethernet frame (source: Arista,
//! "Timestamping on the 7500E, 7280E/R and 7500R series").
//!
//! ```text
//! | subtype = 1 (2) | timescale | format, hardware | seconds (2 or 4) | nanoseconds (4) |
//! ```

use crate::prelude::*;

const TIMESTAMP: u16 = 1;
const SUBTYPES: NameTable = &[(TIMESTAMP as u32, "Timestamp")];
const TIMESCALES: NameTable = &[(0, "TAI"), (1, "UTC")];
const BITS_64: u8 = 1;
const BITS_48: u8 = 2;
const FORMATS: NameTable = &[(BITS_64 as u32, "64-bit"), (BITS_48 as u32, "48-bit")];
const HARDWARE: NameTable = &[(0, "R/R2"), (1, "R3")];
const BILLION: u32 = 1_000_000_000;

/// Takes a timestamp off `p` and says it; `false` if it is something else.
pub fn say(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let (subtype, [timescale, format]) = (p.be16()?, p.array()?);
    out.say("SubType ").named_as("subtype", subtype, SUBTYPES, "Unknown", " (0x%04x), ");
    if subtype != TIMESTAMP {
        return Ok(false);
    }
    let (format, hardware) = (format >> 4, format & 0x0f);
    out.say("Timescale ").named("timescale", timescale, TIMESCALES, "Unknown");
    out.say(", Format ").named("format", format, FORMATS, "Unknown");
    out.say(", HwInfo ").named("hardware", hardware, HARDWARE, "Unknown").say(", ");
    let seconds = match format {
        BITS_64 => p.be32()?,
        BITS_48 => p.be16()?.into(),
        _ => return Ok(false),
    };
    let nanos = p.be32()?;
    let (seconds, nanos) = (u64::from(seconds) + u64::from(nanos / BILLION), nanos % BILLION);
    out.say("Timestamp ").note("seconds", seconds).note("nanoseconds", nanos);
    if format == BITS_64 {
        date(seconds, out);
    } else {
        write!(out, "{seconds}");
    }
    write!(out, ".{nanos:09}: ");
    Ok(true)
}

/// A time of day in UTC, counted from 1970 on, that is before 2107.
fn date(seconds: u64, out: &mut Out) {
    let (mut days, second) = (seconds / 86400, seconds % 86400);
    let leap = |year: u64| year.is_multiple_of(4) && year != 2100;
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    write!(out, "{year}-{month:02}-{:02} ", days + 1);
    write!(out, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, ether, values};

    const MACS: &str = "020000000001 020000000002";

    #[test]
    fn timestamps() {
        let head = |length| {
            format!(
                "ethertype Arista Vendor Specific Protocol (0xd28b), length {length}: SubType Timestamp (0x0001), "
            )
        };
        let frame = format!("{MACS} d28b 0001 0010 5cf00000 00000007 0800 40");
        let said = "Timescale TAI (0), Format 64-bit (1), HwInfo R/R2 (0), Timestamp 2019-05-30 16:08:32.000000007: ";
        check(ether(), &frame, "", &format!("{}{said}IP  [length 1 < 20] (invalid)", head(29)));
        check(
            ether(),
            &format!("{MACS} d28b 0001 0121 0005 3b9aca01 8100 0007 0800 40"),
            "-e",
            &format!(
                "02:00:00:00:00:02 > 02:00:00:00:00:01, {}Timescale UTC (1), Format 48-bit (2), HwInfo R3 (1), Timestamp 6.000000001: \
                 ethertype 802.1Q (0x8100), length 31: vlan 7, p 0, ethertype IPv4 (0x0800),  [length 1 < 20] (invalid)",
                head(31)
            ),
        );
        assert_eq!(
            values(ether(), &format!("{MACS} d28b 0001 0020 0005 00000001 1234 6869")),
            r#"{"ether":{"dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","type":53899,"arista":{"subtype":1,"timescale":0,"format":2,"hardware":0,"seconds":5,"nanoseconds":1,"type":4660,"data":"6869"}}}"#
        );
    }

    #[test]
    fn what_is_no_timestamp() {
        let head = "ethertype Arista Vendor Specific Protocol (0xd28b), length 18: ";
        let said = format!("{head}SubType Unknown (0x0002), 02:00:00:00:00:02 > 02:00:00:00:00:01, {head}");
        check(
            ether(),
            &format!("{MACS} d28b 0002 0010"),
            "-q",
            &said.replace(
                "ethertype Arista Vendor Specific Protocol (0xd28b)",
                "Arista Vendor Specific Protocol",
            ),
        );
        check(ether(), &format!("{MACS} d28b 0001"), "", &format!("{} [|arista]", head.replace("18", "16")));
    }

    #[test]
    fn dates() {
        let said = |seconds| {
            let mut buf = Vec::new();
            date(seconds, &mut Out::new(crate::Ear::Text, &mut buf, None));
            String::from_utf8(buf).unwrap()
        };
        assert_eq!(said(0), "1970-01-01 00:00:00");
        assert_eq!(said(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(said(4_294_967_295), "2106-02-07 06:28:15");
    }
}
