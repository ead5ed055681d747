//! The continuity check message of CFM (IEEE 802.1Q section 21.6).
//!
//! ```text
//! names:  | format of the domain's name (1) | length (1) | name .. |    no length, no name in format 1
//!         | format of the association's (1) | length (1) | name .. |
//! ```

use super::too_large;
use crate::prelude::*;

/// Bytes before the TLVs.
pub(super) const LENGTH: usize = 70;
const NAMES: usize = 48;
const INTERVAL: u8 = 0x07;
const REMOTE_DEFECT: u8 = 0x80;
/// In seconds, by the code; 0 is reserved.
const INTERVALS: [f32; 8] = [0.0, 0.003333, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0];
/// How long silence is taken for life, in intervals.
const LIFETIMES: [f64; 2] = [3.25, 3.5];

const DOMAIN_NONE: u8 = 1;
const DOMAIN_DNS: u8 = 2;
const DOMAIN_MAC: u8 = 3;
const DOMAIN_CHARS: u8 = 4;
const DOMAIN_FORMATS: NameTable = &[
    (0, "IEEE 802.1"),
    (1, "No MD Name present"),
    (2, "DNS string"),
    (3, "MAC + 16Bit Integer"),
    (4, "Character string"),
];
const ASSOCIATION_CHARS: u8 = 2;
const ASSOCIATION_FORMATS: NameTable = &[
    (0, "IEEE 802.1"),
    (1, "Primary VID"),
    (2, "Character string"),
    (3, "16Bit Integer"),
    (4, "RFC2685 VPN-ID"),
];

/// Says the message; `false` if its names do not fit.
pub(super) fn say(flags: u8, mut p: Cursor, out: &mut Out) -> Dissect<bool> {
    let interval = flags & INTERVAL;
    let defect = flags & REMOTE_DEFECT != 0;
    out.say(", Flags [CCM Interval ").num("interval", interval).say(if defect { ", RDI]" } else { "]" });
    out.note_that("remote_defect", defect);
    if let Some(&seconds) = INTERVALS.get(usize::from(interval)).filter(|_| interval > 0) {
        let seconds = f64::from(seconds);
        let [least, most] = LIFETIMES.map(|times| seconds * times);
        out.say("\n\t  CCM Interval ").fraction("interval_s", seconds, 3);
        out.say("s, min CCM Lifetime ").fraction("min_lifetime_s", least, 3);
        out.say("s, max CCM Lifetime ").fraction("max_lifetime_s", most, 3).say("s");
    }
    let (sequence, end_point) = (p.be32()?, p.be16()?);
    out.say("\n\t  Sequence Number 0x").hex0("sequence", sequence, 8);
    out.say(", MA-End-Point-ID 0x").hex0("end_point", end_point, 4);
    let mut names = p.part(NAMES)?;
    Ok(out.nest("domain", |out| domain(&mut names, out))?
        && out.nest("association", |out| association(&mut names, out))?)
}

fn domain(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let format = p.u8()?;
    out.say("\n\t  MD Name Format ").named("format", format, DOMAIN_FORMATS, "Unknown");
    if format == DOMAIN_NONE {
        return Ok(true);
    }
    let length = p.u8()?;
    out.say(", MD Name length ").num("length", length);
    let n = usize::from(length);
    // Format and length of the other name have to follow, and one byte of it.
    if n + 3 > p.claimed() {
        too_large(p.claimed() - 2, out)?;
        return Ok(false);
    }
    let mut name = p.part(n)?;
    out.say("\n\t  MD Name: ");
    match format {
        DOMAIN_DNS | DOMAIN_CHARS => _ = out.padded_chars_of("name", &mut name, n)?,
        DOMAIN_MAC if n == 6 => {
            let address = name.array()?;
            out.say("\n\t  MAC ").mac("name", address);
        }
        DOMAIN_MAC => _ = out.say("\n\t  MAC (length invalid)"),
        _ => _ = out.dump_hex("name", name.rest(), "\n\t    "),
    }
    Ok(true)
}

fn association(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let [format, length] = p.array()?;
    out.say("\n\t  MA Name-Format ").named("format", format, ASSOCIATION_FORMATS, "Unknown");
    out.say(", MA name length ").num("length", length);
    let n = usize::from(length);
    if n > p.claimed() {
        too_large(p.claimed(), out)?;
        return Ok(false);
    }
    let mut name = p.part(n)?;
    out.say("\n\t  MA Name: ");
    if format == ASSOCIATION_CHARS {
        out.padded_chars_of("name", &mut name, n)?;
    } else {
        out.dump_hex("name", name.rest(), "\n\t    ");
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::proto::cfm::CFM;
    use crate::testing::{check, values};

    fn message(names: &str) -> String {
        let blanks = 48 - names.split_whitespace().collect::<String>().len() / 2;
        format!("a0 01 84 46 0000000b 0001 {names} {} {}", "00".repeat(blanks), "00".repeat(17))
    }

    fn words(names: &str) -> String {
        format!(
            "CFMv0 Continuity Check Message, MD Level 5, length 75\n\tFirst TLV offset 70, \
             Flags [CCM Interval 4, RDI]\
             \n\t  CCM Interval 1.000s, min CCM Lifetime 3.250s, max CCM Lifetime 3.500s\
             \n\t  Sequence Number 0x0000000b, MA-End-Point-ID 0x0001{names}"
        )
    }

    #[test]
    fn names() {
        let hex = message("04 02 4142 02 02 4344");
        check(
            &CFM,
            &hex,
            "-v",
            &words(
                "\n\t  MD Name Format Character string (4), MD Name length 2\n\t  MD Name: AB\
                 \n\t  MA Name-Format Character string (2), MA name length 2\n\t  MA Name: CD\n\tEnd TLV (0x00)",
            ),
        );
        assert!(values(&CFM, &hex).contains(r#""association":{"format":2,"length":2,"name":"CD"}"#));
        check(
            &CFM,
            &message("01 03 02 0007"),
            "-v",
            &words(
                "\n\t  MD Name Format No MD Name present (1)\
                 \n\t  MA Name-Format 16Bit Integer (3), MA name length 2\n\t  MA Name: \
                 \n\t    0x0000:  0007\n\tEnd TLV (0x00)",
            ),
        );
        check(
            &CFM,
            &message("03 06 020000000001 02 01 43"),
            "-v",
            &words(
                "\n\t  MD Name Format MAC + 16Bit Integer (3), MD Name length 6\n\t  MD Name: \
                 \n\t  MAC 02:00:00:00:00:01\n\t  MA Name-Format Character string (2), MA name length 1\
                 \n\t  MA Name: C\n\tEnd TLV (0x00)",
            ),
        );
    }

    #[test]
    fn names_that_do_not_fit() {
        check(
            &CFM,
            &message("04 2c"),
            "-v",
            &words("\n\t  MD Name Format Character string (4), MD Name length 44 (too large, must be <= 44)"),
        );
        check(
            &CFM,
            &message("01 02 2e"),
            "-v",
            &words(
                "\n\t  MD Name Format No MD Name present (1)\
                 \n\t  MA Name-Format Character string (2), MA name length 46 (too large, must be <= 45)",
            ),
        );
    }
}
