//! The time of NTP (RFC 5905 section 6): seconds since 1900 and their fraction, 32 bits each. The era is told by
//! the highest bit (RFC 4330 section 3): where it is not set, the time is after 2036.

use super::date;
use crate::prelude::*;

/// From the beginning of 1900 to that of 1970, in seconds.
const FROM_1900_TO_1970: i64 = 2_208_988_800;

/// A moment, or a span, as NTP writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Whole seconds since the beginning of the era.
    pub seconds: u32,
    /// In units of 2^-32 seconds.
    pub fraction: u32,
}

impl Time {
    /// The next eight bytes.
    pub fn read(p: &mut Cursor) -> Dissect<Self> {
        Ok(Time { seconds: p.be32()?, fraction: p.be32()? })
    }

    /// Billionths of a second, rounded down.
    pub fn nanos(self) -> u32 {
        ((u64::from(self.fraction) * 1_000_000_000) >> 32) as u32
    }

    /// Seconds since the beginning of 1970.
    pub fn unix(self) -> i64 {
        let era = if self.seconds & (1 << 31) == 0 { 1i64 << 32 } else { 0 };
        i64::from(self.seconds) + era - FROM_1900_TO_1970
    }

    /// Says the number of seconds, and the date unless there is none. The structured ear hears the date to the
    /// nanosecond, as RFC 3339 writes it, or nothing.
    pub fn say(self, key: &str, out: &mut Out) {
        self.say_with(key, ["T", "Z"], out);
    }

    /// As [`Time::say`], with what is between date and clock and what is behind them.
    pub fn say_with(self, key: &str, [between, behind]: [&str; 2], out: &mut Out) {
        out.aloud(|out| {
            write!(out, "{}.{:09}", self.seconds, self.nanos());
        });
        if self.seconds == 0 {
            return;
        }
        let d = date::of(self.unix());
        let (date, clock) = ((d.year, d.month, d.day), (d.hour, d.minute, d.second));
        let written = |out: &mut Out, between: &str| {
            write!(out, "{:04}-{:02}-{:02}{between}", date.0, date.1, date.2);
            write!(out, "{:02}:{:02}:{:02}", clock.0, clock.1, clock.2);
        };
        out.aloud(|out| {
            written(out.say(" ("), between);
            out.say(behind).say(")");
        });
        out.aside(|out| {
            let _ = out.phrase(key, |out| {
                written(out, "T");
                write!(out, ".{:09}Z", self.nanos());
                Ok(())
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;

    fn hear(seconds: u32, fraction: u32) -> String {
        let mut buf = Vec::new();
        Time { seconds, fraction }.say("time", &mut Out::new(Ear::Text, &mut buf, None));
        String::from_utf8(buf).unwrap()
    }

    #[test]
    fn times_of_both_eras() {
        assert_eq!(hear(0, 0), "0.000000000");
        assert_eq!(hear(0, 1 << 31), "0.500000000");
        assert_eq!(hear(2_208_988_800, 1 << 30), "2208988800.250000000 (1970-01-01T00:00:00Z)");
        assert_eq!(hear(u32::MAX, u32::MAX), "4294967295.999999999 (2036-02-07T06:28:15Z)");
        assert_eq!(hear(1, 0), "1.000000000 (2036-02-07T06:28:17Z)");
        let mut buf = Vec::new();
        let mut out = Out::new(Ear::Text, &mut buf, None);
        Time { seconds: 1, fraction: 0 }.say_with("time", [" ", ""], &mut out);
        assert_eq!(buf, b"1.000000000 (2036-02-07 06:28:17)");
    }
}
