//! A file name with the time in it, as strftime(3) of the GNU C library writes it in the C locale.
//!
//! All conversions of the manual page, with the flags `_ - 0 ^ #`, a width, and the modifiers `E` and `O`, which
//! change nothing in this locale. What is none of them stays as it is.

use gannet_printer::time::Zone;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// No name is that long; a width beyond it is not believed.
const LONGEST: usize = 4096;
const DAY: i64 = 86_400;

/// A moment in local time, taken apart.
#[derive(Clone, Debug)]
struct Date {
    year: i64,
    /// From 1.
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// From Sunday, which is 0.
    weekday: i64,
    /// From 0.
    yearday: i64,
    /// Seconds ahead of universal time.
    offset: i64,
    zone: String,
    epoch: i64,
}

/// The pattern with the conversions in it replaced by that second, in that zone.
pub fn expand(pattern: &[u8], seconds: i64, zone: &Zone) -> Vec<u8> {
    if !pattern.contains(&b'%') {
        return pattern.to_vec();
    }
    let mut name = Vec::with_capacity(pattern.len() + 32);
    Date::at(seconds, zone).format(pattern, &mut name);
    name
}

/// What stands between the `%` and its letter.
#[derive(Clone, Copy, Default)]
struct How {
    /// `_`, `-` or `0`.
    pad: Option<u8>,
    upper: bool,
    swap: bool,
    width: usize,
}

impl Date {
    fn at(seconds: i64, zone: &Zone) -> Self {
        let offset = zone.offset(seconds);
        let local = seconds.saturating_add(offset);
        let (days, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        Date {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            weekday: (days + 4).rem_euclid(7),
            yearday: days - days_before(year),
            offset,
            zone: zone.designation(seconds),
            epoch: seconds,
        }
    }

    fn format(&self, pattern: &[u8], name: &mut Vec<u8>) {
        let mut rest = pattern;
        while let Some(at) = rest.iter().position(|&c| c == b'%') {
            let (text, conversion) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            name.extend_from_slice(text);
            let (how, length) = how(conversion);
            let letter = conversion.get(length).copied();
            let (whole, behind) = conversion.split_at_checked(length + 1).unwrap_or((conversion, &[]));
            if !letter.is_some_and(|letter| self.convert(letter, how, name)) {
                name.resize(name.len() + how.width.saturating_sub(whole.len()), b' ');
                name.extend_from_slice(whole);
            }
            rest = behind;
        }
        name.extend_from_slice(rest);
    }

    /// Writes one conversion; `false` if there is none of this letter.
    fn convert(&self, letter: u8, how: How, name: &mut Vec<u8>) -> bool {
        let twelve = (self.hour + 11) % 12 + 1;
        let (week_year, week) = self.iso_week();
        match letter {
            b'a' => text(day_name(self.weekday).get(..3).unwrap_or(""), how.swap_is_upper(), name),
            b'A' => text(day_name(self.weekday), how.swap_is_upper(), name),
            b'b' | b'h' => text(month_name(self.month).get(..3).unwrap_or(""), how.swap_is_upper(), name),
            b'B' => text(month_name(self.month), how.swap_is_upper(), name),
            b'c' => self.several(b"%a %b %e %H:%M:%S %Y", how, name),
            b'C' => number(self.year.div_euclid(100), 2, b'0', how, name),
            b'd' => number(self.day, 2, b'0', how, name),
            b'D' | b'x' => self.several(b"%m/%d/%y", how, name),
            b'e' => number(self.day, 2, b'_', how, name),
            b'F' => self.several(b"%Y-%m-%d", how, name),
            b'g' => number(week_year.rem_euclid(100), 2, b'0', how, name),
            b'G' => number(week_year, 1, b'0', how, name),
            b'H' => number(self.hour, 2, b'0', how, name),
            b'I' => number(twelve, 2, b'0', how, name),
            b'j' => number(self.yearday + 1, 3, b'0', how, name),
            b'k' => number(self.hour, 2, b'_', how, name),
            b'l' => number(twelve, 2, b'_', how, name),
            b'm' => number(self.month, 2, b'0', how, name),
            b'M' => number(self.minute, 2, b'0', how, name),
            b'n' => text("\n", how, name),
            b'p' => text(if self.hour < 12 { "AM" } else { "PM" }, how, name),
            b'P' => text(if self.hour < 12 { "am" } else { "pm" }, how, name),
            b'r' => self.several(b"%I:%M:%S %p", how, name),
            b'R' => self.several(b"%H:%M", how, name),
            b's' => number(self.epoch, 1, b'0', how, name),
            b'S' => number(self.second, 2, b'0', how, name),
            b't' => text("\t", how, name),
            b'T' | b'X' => self.several(b"%H:%M:%S", how, name),
            b'u' => number((self.weekday + 6) % 7 + 1, 1, b'0', how, name),
            b'U' => number((self.yearday - self.weekday + 7) / 7, 2, b'0', how, name),
            b'V' => number(week, 2, b'0', how, name),
            b'w' => number(self.weekday, 1, b'0', how, name),
            b'W' => number((self.yearday - (self.weekday + 6) % 7 + 7) / 7, 2, b'0', how, name),
            b'y' => number(self.year.rem_euclid(100), 2, b'0', how, name),
            b'Y' => number(self.year, 1, b'0', how, name),
            b'z' => self.zone_number(how, name),
            b'Z' => text(&self.zone, how, name),
            b'%' => text("%", how, name),
            _ => return false,
        }
        true
    }

    /// A conversion that stands for several. None of those does.
    fn several(&self, pattern: &[u8], how: How, name: &mut Vec<u8>) {
        let mut all = Vec::new();
        self.format(pattern, &mut all);
        text(&String::from_utf8_lossy(&all), how, name);
    }

    fn zone_number(&self, how: How, name: &mut Vec<u8>) {
        let minutes = self.offset.abs() / 60;
        let digits = format!("{:04}", minutes / 60 * 100 + minutes % 60);
        let sign = if self.offset < 0 { '-' } else { '+' };
        let missing = how.width.saturating_sub(1 + digits.len());
        match how.pad {
            Some(b'_') => text(&format!("{}{sign}{digits}", " ".repeat(missing)), How::default(), name),
            _ => text(&format!("{sign}{}{digits}", "0".repeat(missing)), How::default(), name),
        }
    }

    /// Year and week as ISO 8601 counts them: weeks begin on Monday and belong to the year of their Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let thursday = days_before(self.year) + self.yearday - (self.weekday + 6) % 7 + 3;
        let (year, ..) = civil(thursday);
        (year, (thursday - days_before(year)) / 7 + 1)
    }
}

/// Reads the flags, the width and the modifier of a conversion, and says where its letter stands.
fn how(conversion: &[u8]) -> (How, usize) {
    let mut how = How::default();
    let mut at = 1;
    while let Some(&flag) = conversion.get(at) {
        match flag {
            b'_' | b'-' | b'0' => how.pad = Some(flag),
            b'^' => how.upper = true,
            b'#' => how.swap = true,
            _ => break,
        }
        at += 1;
    }
    while let Some(digit) = conversion.get(at).filter(|c| c.is_ascii_digit()) {
        how.width = (how.width * 10 + usize::from(digit - b'0')).min(LONGEST);
        at += 1;
    }
    if matches!(conversion.get(at), Some(b'E' | b'O')) {
        at += 1;
    }
    (how, at)
}

impl How {
    /// Names of days and months are put in upper case where others are put in lower.
    fn swap_is_upper(mut self) -> Self {
        self.upper |= std::mem::take(&mut self.swap);
        self
    }
}

fn text(words: &str, how: How, name: &mut Vec<u8>) {
    let words = match how {
        How { swap: true, .. } => words.to_ascii_lowercase(),
        How { upper: true, .. } => words.to_ascii_uppercase(),
        _ => words.to_owned(),
    };
    let missing = how.width.saturating_sub(words.len());
    let pad = if how.pad == Some(b'0') { b'0' } else { b' ' };
    name.resize(name.len() + missing, pad);
    name.extend_from_slice(words.as_bytes());
}

fn number(n: i64, digits: usize, pad: u8, how: How, name: &mut Vec<u8>) {
    let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs().to_string());
    let missing = digits.max(how.width).saturating_sub(n.len() + sign.len());
    let words = match how.pad.unwrap_or(pad) {
        b'-' => format!("{sign}{n}"),
        b'_' => format!("{}{sign}{n}", " ".repeat(missing)),
        _ => format!("{sign}{}{n}", "0".repeat(missing)),
    };
    name.extend_from_slice(words.as_bytes());
}

fn day_name(weekday: i64) -> &'static str {
    usize::try_from(weekday).ok().and_then(|n| DAYS.get(n)).copied().unwrap_or("")
}

fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|n| MONTHS.get(n)).copied().unwrap_or("")
}

/// Days from 1970 to the first of January of that year.
fn days_before(year: i64) -> i64 {
    let last = year - 1;
    365 * (year - 1970) + (last.div_euclid(4) - 492) - (last.div_euclid(100) - 19)
        + (last.div_euclid(400) - 4)
}

/// Year, month and day, so many days after the first of January 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from the first of March of year 0 the leap day is the last of its year, and of every 400 years.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let yearday = day - (365 * year + year / 4 - year / 100);
    let march = (5 * yearday + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, yearday - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, pattern: &str) -> String {
        String::from_utf8(expand(pattern.as_bytes(), seconds, &Zone::utc())).unwrap()
    }

    #[test]
    fn as_strftime_writes_it() {
        // Sunday, 1 March 2026, 09:05:07.
        let t = 1_772_355_907;
        for (pattern, name) in [
            ("cap-%Y%m%d-%H%M%S.pcap", "cap-20260301-090507.pcap"),
            ("%a %A %b %B %h", "Sun Sunday Mar March Mar"),
            (
                "%c|%x|%X|%r|%R|%T|%D|%F",
                "Sun Mar  1 09:05:07 2026|03/01/26|09:05:07|09:05:07 AM|09:05|09:05:07|03/01/26|2026-03-01",
            ),
            ("%C %d %e %g %G %I %j %k %l", "20 01  1 26 2026 09 060  9  9"),
            ("%p %P %s %u %U %V %w %W %y %z %Z", "AM am 1772355907 7 09 09 0 08 26 +0000 UTC"),
            ("100%% %", "100% %"),
            ("%Q %5Q %E", "%Q   %5Q %E"),
            (
                "%_H %-H %3H %-d %_m %010s %^a %#Z %#p %8a %-8a",
                " 9 9 009 1  3 1772355907 SUN utc am      Sun      Sun",
            ),
            ("%EY %OH", "2026 09"),
        ] {
            assert_eq!(at(t, pattern), name, "{pattern}");
        }
    }

    #[test]
    fn days_of_all_kinds() {
        for (t, name) in [
            (0, "1970-01-01 001 Thu 01 1970"),
            (951_782_400, "2000-02-29 060 Tue 09 2000"),
            (1_735_603_200, "2024-12-31 366 Tue 01 2025"),
            (1_609_459_200, "2021-01-01 001 Fri 53 2020"),
            (-1, "1969-12-31 365 Wed 01 1970"),
            (4_107_542_400, "2100-03-01 060 Mon 09 2100"),
        ] {
            assert_eq!(at(t, "%F %j %a %V %G"), name);
        }
    }
}
