//! Points in time as people type them, and packets by their numbers.
//!
//! `1700000000.25` seconds since 1970; `2026-03-01`, `2026-03-01 09:05`, `2026-03-01T09:05:07.5` in local time, or
//! in universal time with a `Z` behind it; `09:05:07` on the day of the first packet; `+90s`, `+1h30m` after the
//! first packet.

use crate::flags::saving::duration;
use gannet_pcap::wire::Timestamp;
use gannet_printer::time::Zone;
use std::ffi::OsStr;

/// A point in time, some of it known only when the first packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A time.
    At(Timestamp),
    /// So many nanoseconds after midnight, on the day of the first packet.
    OnDay(u64),
    /// So many nanoseconds after the first packet.
    After(u64),
}

const DAY: i64 = 86_400;
const NANOS: u64 = 1_000_000_000;

impl When {
    /// Reads what was typed.
    pub fn parse(text: &OsStr, zone: &Zone) -> Result<Self, String> {
        let wrong = || {
            let shown = text.to_string_lossy();
            let forms = "2026-03-01 09:05:07.5, 09:05:07, 1772355907.5 (seconds since 1970) or +1h30m";
            format!("'{shown}' is no point in time\n(type one like {forms})")
        };
        let typed = text.to_str().ok_or_else(wrong)?.trim();
        if let Some(after) = typed.strip_prefix('+') {
            let after = duration("time after the first packet", OsStr::new(after))?;
            return u64::try_from(after.as_nanos()).map(When::After).map_err(|_| wrong());
        }
        let (typed, universal) = match typed.strip_suffix(['Z', 'z']) {
            Some(typed) => (typed, true),
            None => (typed, false),
        };
        let (date, clock) = match typed.split_once(['T', 't', ' ']) {
            Some((date, clock)) => (Some(date), Some(clock.trim())),
            None if typed.contains(':') => (None, Some(typed)),
            None if typed.contains('-') => (Some(typed), None),
            None => return seconds(typed).map(When::At).ok_or_else(wrong),
        };
        let nanos = clock.map_or(Some(0), time_of_day).ok_or_else(wrong)?;
        let Some(date) = date else { return Ok(When::OnDay(nanos)) };
        let local = days(date).ok_or_else(wrong)? * DAY + (nanos / NANOS) as i64;
        let seconds = if universal { local } else { from_local(local, zone) };
        Ok(When::At(Timestamp { seconds, nanos: nanos % NANOS }))
    }

    /// The time that is meant, for a first packet of that time.
    pub fn settle(self, first: Timestamp, zone: &Zone) -> Timestamp {
        match self {
            When::At(time) => time,
            When::OnDay(nanos) => {
                let local = first.seconds.saturating_add(zone.offset(first.seconds));
                let midnight = local.div_euclid(DAY) * DAY;
                let seconds = from_local(midnight.saturating_add((nanos / NANOS) as i64), zone);
                Timestamp { seconds, nanos: nanos % NANOS }
            }
            When::After(nanos) => {
                let all = u128::from(first.nanos) + u128::from(nanos);
                let whole = i64::try_from(all / u128::from(NANOS)).unwrap_or(i64::MAX);
                let nanos = (all % u128::from(NANOS)) as u64;
                Timestamp { seconds: first.seconds.saturating_add(whole), nanos }
            }
        }
    }

    /// The same for the end of a span: a time of day that is not later than its beginning is meant of the next day.
    pub fn settle_behind(self, from: Option<Timestamp>, first: Timestamp, zone: &Zone) -> Timestamp {
        let time = self.settle(first, zone);
        match self {
            When::OnDay(_) if from.is_some_and(|from| time <= from) => {
                let tomorrow = Timestamp { seconds: first.seconds.saturating_add(DAY), ..first };
                self.settle(tomorrow, zone)
            }
            _ => time,
        }
    }
}

/// Seconds since 1970 with a fraction.
fn seconds(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Some(Timestamp { seconds: whole.parse().ok()?, nanos: fraction_of(fraction)? })
}

/// Nanoseconds, of the digits behind the point.
fn fraction_of(digits: &str) -> Option<u64> {
    if digits.len() > 9 || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<9}").parse().ok()
}

/// Nanoseconds after midnight, of `hours:minutes[:seconds[.fraction]]`.
fn time_of_day(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let good = parts.next().is_none() && hours < 24 && minutes < 60 && seconds <= 60;
    good.then_some(((hours * 60 + minutes) * 60 + seconds) * NANOS + fraction_of(fraction)?)
}

/// Days since 1970, of `year-month-day`.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month).ok()?.checked_sub(1)?;
    let good =
        parts.next().is_none() && (1..=9999).contains(&year) && (1..=*lengths.get(month)?).contains(&day);
    let before = year - 1;
    let years = 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477;
    good.then(|| years + lengths.iter().take(month).sum::<i64>() + day - 1)
}

/// The second at which a clock in that zone shows this.
fn from_local(local: i64, zone: &Zone) -> i64 {
    let guess = local - zone.offset(local);
    local - zone.offset(guess)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(i64, u64)> {
        match When::parse(OsStr::new(text), &Zone::utc()) {
            Ok(When::At(time)) => Some((time.seconds, time.nanos)),
            _ => None,
        }
    }

    #[test]
    fn dates_and_seconds() {
        for (text, seconds, nanos) in [
            ("1700000000.25", 1_700_000_000, 250_000_000),
            ("0", 0, 0),
            ("1970-01-01", 0, 0),
            ("2026-03-01 09:05:07.5", 1_772_355_907, 500_000_000),
            ("2026-03-01T09:05:07Z", 1_772_355_907, 0),
            ("2024-02-29 00:00", 1_709_164_800, 0),
            ("2000-12-31T23:59:59.999999999", 978_307_199, 999_999_999),
        ] {
            assert_eq!(at(text), Some((seconds, nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "x",
            "2026-13-01",
            "2026-02-29",
            "2026-03-01 25:00",
            "1:2:3:4",
            "1.2.3",
            "+",
            "+5x",
            "1.0000000001",
        ] {
            let Err(words) = When::parse(OsStr::new(text), &Zone::utc()) else { panic!("{text}") };
            assert!(words.contains(text.trim_start_matches('+')), "{words}");
        }
    }

    #[test]
    fn some_times_depend_on_the_first_packet() {
        let first = Timestamp { seconds: 1_772_355_907, nanos: 600_000_000 };
        let settled = |text| {
            let time = When::parse(OsStr::new(text), &Zone::utc()).unwrap().settle(first, &Zone::utc());
            (time.seconds, time.nanos)
        };
        assert_eq!(settled("10:00"), (1_772_359_200, 0));
        assert_eq!(settled("+1m"), (1_772_355_967, 600_000_000));
        let between = |from, to| {
            let when = |text| When::parse(OsStr::new(text), &Zone::utc()).unwrap();
            let from = when(from).settle(first, &Zone::utc());
            when(to).settle_behind(Some(from), first, &Zone::utc()).seconds - from.seconds
        };
        assert_eq!(between("10:00", "10:30"), 1800);
        assert_eq!(between("23:30", "00:30"), 3600);
    }
}
