//! How a time is written, and where local time comes from.

use gannet_wire::Timestamp;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};

/// `-t` once, twice, ..; none is the time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Hours, minutes, seconds, local time.
    #[default]
    TimeOfDay,
    /// `-t`: nothing.
    None,
    /// `-tt`: seconds since 1970.
    Epoch,
    /// `-ttt`: since the packet before.
    SincePrevious,
    /// `-tttt`: date and time of day, local time.
    Date,
    /// `-ttttt`: since the first packet.
    SinceFirst,
}

/// How fine the fraction of a second is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Six digits.
    #[default]
    Micro,
    /// Nine digits.
    Nano,
}

impl Precision {
    /// The fraction of a second in this precision's units; one second or more only if the source said so.
    fn fraction(self, time: Timestamp) -> u64 {
        match self {
            Precision::Micro => time.nanos / 1000,
            Precision::Nano => time.nanos,
        }
    }

    fn units(self) -> u64 {
        match self {
            Precision::Micro => 1_000_000,
            Precision::Nano => 1_000_000_000,
        }
    }

    fn digits(self) -> usize {
        match self {
            Precision::Micro => 6,
            Precision::Nano => 9,
        }
    }
}

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone(Option<Arc<tz::TimeZone>>);

impl Zone {
    /// Universal time.
    pub fn utc() -> Self {
        Zone(None)
    }

    /// The zone that the `TZ` variable names, else the machine's; universal time if neither can be read. It is read
    /// once, for whoever asks again may not open files any more.
    pub fn local() -> Self {
        static LOCAL: OnceLock<Zone> = OnceLock::new();
        let read = || match std::env::var("TZ") {
            Ok(name) if name.is_empty() => Zone::utc(),
            Ok(name) => Zone(tz::TimeZone::from_posix_tz(&name).ok().map(Arc::new)),
            Err(_) => Zone(tz::TimeZone::local().ok().map(Arc::new)),
        };
        LOCAL.get_or_init(read).clone()
    }

    /// The zone that a value of `TZ` stands for: a name such as `Europe/Paris`, or a rule.
    pub fn named(name: &str) -> Option<Self> {
        tz::TimeZone::from_posix_tz(name).ok().map(|zone| Zone(Some(Arc::new(zone))))
    }

    /// Seconds that local time is ahead of universal time, so many seconds after 1970.
    pub fn offset(&self, seconds: i64) -> i64 {
        self.local_type(seconds).map_or(0, |local| local.ut_offset().into())
    }

    /// What local time is called at that second: `CET`, `UTC`.
    pub fn designation(&self, seconds: i64) -> String {
        self.local_type(seconds).map_or("UTC", |local| local.time_zone_designation()).to_owned()
    }

    fn local_type(&self, seconds: i64) -> Option<&tz::LocalTimeType> {
        self.0.as_ref()?.find_local_time_type(seconds).ok()
    }
}

/// Writes times one after the other.
#[derive(Clone, Debug)]
pub struct Clock {
    style: Style,
    precision: Precision,
    zone: Zone,
    /// The packet that the next one is measured from.
    reference: Option<Timestamp>,
    /// The quarter of an hour that `offset` holds for: no zone changes within one.
    quarter: Option<i64>,
    offset: i64,
    /// The second that `words` are for.
    second: Option<i64>,
    words: Vec<u8>,
}

const QUARTER: i64 = 900;
const DAY: i64 = 86_400;

impl Clock {
    /// A clock that has seen no packet.
    pub fn new(style: Style, precision: Precision, zone: Zone) -> Self {
        Clock {
            style,
            precision,
            zone,
            reference: None,
            quarter: None,
            offset: 0,
            second: None,
            words: Vec::new(),
        }
    }

    /// Appends `time` and a blank, or nothing if no time is wanted.
    pub fn write(&mut self, time: Timestamp, text: &mut Vec<u8>) {
        match self.style {
            Style::None => return,
            Style::Epoch => epoch(time, text),
            Style::TimeOfDay | Style::Date => self.local(time, text),
            Style::SincePrevious | Style::SinceFirst => return self.since(time, text),
        }
        self.fraction(self.precision.fraction(time), text);
        text.push(b' ');
    }

    /// Lets a packet of that time pass without a word.
    pub fn skip(&mut self, time: Timestamp) {
        if self.style == Style::SincePrevious {
            self.reference = Some(time);
        }
        self.reference.get_or_insert(time);
    }

    fn local(&mut self, time: Timestamp, text: &mut Vec<u8>) {
        if self.second != Some(time.seconds) {
            let quarter = time.seconds.div_euclid(QUARTER);
            if self.quarter != Some(quarter) {
                self.quarter = Some(quarter);
                self.offset = self.zone.offset(time.seconds);
            }
            self.second = Some(time.seconds);
            self.words.clear();
            let local = time.seconds.saturating_add(self.offset);
            if self.style == Style::Date {
                date(local.div_euclid(DAY), &mut self.words);
            }
            time_of_day(local.rem_euclid(DAY), &mut self.words);
        }
        text.extend_from_slice(&self.words);
    }

    fn since(&mut self, time: Timestamp, text: &mut Vec<u8>) {
        let units = i128::from(self.precision.units());
        let whole = |t: Timestamp| i128::from(t.seconds) * units + i128::from(self.precision.fraction(t));
        let delta = whole(time) - whole(self.reference.unwrap_or(time));
        self.skip(time);
        text.push(if delta < 0 { b'-' } else { b' ' });
        let size = delta.unsigned_abs();
        let seconds = i64::try_from(size / units.unsigned_abs()).unwrap_or(i64::MAX);
        time_of_day(seconds.rem_euclid(DAY), text);
        self.fraction((size % units.unsigned_abs()) as u64, text);
        text.push(b' ');
    }

    fn fraction(&self, fraction: u64, text: &mut Vec<u8>) {
        text.push(b'.');
        digits(fraction, self.precision.digits(), text);
        if fraction >= self.precision.units() {
            text.extend_from_slice(match self.precision {
                Precision::Micro => b" (invalid us)",
                Precision::Nano => b" (invalid ns)",
            });
        }
    }
}

fn epoch(time: Timestamp, text: &mut Vec<u8>) {
    if time.seconds < 0 {
        text.extend_from_slice(b"[timestamp overflow]");
    } else {
        digits(time.seconds as u64, 1, text);
    }
}

/// The years that RFC 3339 can write: 0 to 9999, in seconds since 1970.
const WRITABLE: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

/// A time as RFC 3339 writes it, universal and to the nanosecond: `2026-11-22T18:30:00.000000005Z`. `false`, and
/// nothing, in years that it has no way to write.
pub(crate) fn rfc3339(seconds: i64, nanos: u32, text: &mut Vec<u8>) -> bool {
    if !WRITABLE.contains(&seconds) {
        return false;
    }
    date(seconds.div_euclid(DAY), text);
    text.pop();
    text.push(b'T');
    time_of_day(seconds.rem_euclid(DAY), text);
    text.push(b'.');
    digits(nanos.into(), 9, text);
    text.push(b'Z');
    true
}

/// `HH:MM:SS` of the seconds since midnight.
fn time_of_day(seconds: i64, text: &mut Vec<u8>) {
    for (i, part) in [seconds / 3600, seconds / 60 % 60, seconds % 60].into_iter().enumerate() {
        if i > 0 {
            text.push(b':');
        }
        digits(part as u64, 2, text);
    }
}

/// `YYYY-MM-DD ` of the days since 1970-01-01, in the Gregorian calendar: in eras of 400 years that begin in
/// March, so that the leap day is the last of its year.
fn date(days: i64, text: &mut Vec<u8>) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let _ = write!(text, "{year:04}-{month:02}-{:02} ", day - (153 * march + 2) / 5 + 1);
}

/// `n` in decimal, with zeros in front up to `width` digits.
fn digits(mut n: u64, width: usize, text: &mut Vec<u8>) {
    let start = text.len();
    loop {
        text.push(b'0' + (n % 10) as u8);
        n /= 10;
        if n == 0 && text.len() - start >= width {
            break;
        }
    }
    if let Some(written) = text.get_mut(start..) {
        written.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(style: Style, precision: Precision, zone: Zone, times: &[(i64, u64)]) -> String {
        let mut clock = Clock::new(style, precision, zone);
        let mut text = Vec::new();
        for &(seconds, nanos) in times {
            clock.write(Timestamp { seconds, nanos }, &mut text);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn every_style() {
        let seen = [(951_868_799, 1_999), (951_868_800, 0), (951_868_799, 999_999_999)];
        let write = |style| times(style, Precision::Micro, Zone::utc(), &seen);
        assert_eq!(write(Style::None), "");
        assert_eq!(write(Style::TimeOfDay), "23:59:59.000001 00:00:00.000000 23:59:59.999999 ");
        assert_eq!(write(Style::Epoch), "951868799.000001 951868800.000000 951868799.999999 ");
        assert_eq!(
            write(Style::Date),
            "2000-02-29 23:59:59.000001 2000-03-01 00:00:00.000000 2000-02-29 23:59:59.999999 "
        );
        assert_eq!(write(Style::SincePrevious), " 00:00:00.000000  00:00:00.999999 -00:00:00.000001 ");
        assert_eq!(write(Style::SinceFirst), " 00:00:00.000000  00:00:00.999999  00:00:00.999998 ");
    }

    #[test]
    fn universal_time_to_the_nanosecond() {
        let write = |seconds, nanos| {
            let mut text = Vec::new();
            rfc3339(seconds, nanos, &mut text).then(|| String::from_utf8(text).unwrap())
        };
        assert_eq!(write(951_868_799, 1).as_deref(), Some("2000-02-29T23:59:59.000000001Z"));
        assert_eq!(write(-1, 999_999_999).as_deref(), Some("1969-12-31T23:59:59.999999999Z"));
        assert_eq!(write(253_402_300_799, 0).as_deref(), Some("9999-12-31T23:59:59.000000000Z"));
        assert_eq!(write(-62_167_219_200, 0).as_deref(), Some("0000-01-01T00:00:00.000000000Z"));
        assert_eq!((write(253_402_300_800, 0), write(i64::MIN, 0)), (None, None));
    }

    #[test]
    fn a_fraction_of_more_than_a_second_is_named() {
        assert_eq!(
            times(Style::Epoch, Precision::Micro, Zone::utc(), &[(1, 1_000_000_000)]),
            "1.1000000 (invalid us) "
        );
        assert_eq!(
            times(Style::Epoch, Precision::Nano, Zone::utc(), &[(1, 2_147_483_648)]),
            "1.2147483648 (invalid ns) "
        );
    }

    #[test]
    fn beyond_2106_and_before_1970() {
        assert_eq!(
            times(Style::Date, Precision::Micro, Zone::utc(), &[(4_294_967_296, 0), (-1, 0)]),
            "2106-02-07 06:28:16.000000 1969-12-31 23:59:59.000000 "
        );
    }

    #[test]
    fn local_time_changes_with_the_season() {
        let zone = Zone::named("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(
            times(Style::TimeOfDay, Precision::Micro, zone, &[(1_585_443_599, 0), (1_585_443_600, 0)]),
            "01:59:59.000000 03:00:00.000000 "
        );
    }
}
