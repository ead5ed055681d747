//! Dates of the Gregorian calendar, in UTC.

/// Seconds of a day; there are no leap seconds here.
const DAY: i64 = 86_400;

/// A moment, as a calendar and a clock show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// The year, as 1970.
    pub year: i64,
    /// January is 1.
    pub month: i64,
    /// The first is 1.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
    /// Sunday is 0.
    pub weekday: i64,
}

/// The date of `seconds` since the beginning of 1970, or before it.
pub fn of(seconds: i64) -> Date {
    let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Years begin in March here, so that a leap day ends one, and are counted in eras of 400 that are all alike.
    let march = days + 719_468;
    let (era, of_era) = (march.div_euclid(146_097), march.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    Date {
        year: year + era * 400 + i64::from(month <= 2),
        month,
        day,
        hour: clock / 3_600,
        minute: clock / 60 % 60,
        second: clock % 60,
        weekday: (days + 4).rem_euclid(7),
    }
}

/// Days from the beginning of 1970 to a day of a calendar. Months and days may be out of their range: month 13 is the
/// next year's January, day 0 the last day of the month before.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, as in `of`.
    let months = year * 12 + month - 3;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(seconds: i64) -> String {
        let d = of(seconds);
        format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02} {}",
            d.year, d.month, d.day, d.hour, d.minute, d.second, d.weekday
        )
    }

    #[test]
    fn days_that_everybody_knows() {
        assert_eq!(iso(0), "1970-01-01 00:00:00 4");
        assert_eq!(iso(-1), "1969-12-31 23:59:59 3");
        assert_eq!(iso(951_782_400), "2000-02-29 00:00:00 2");
        assert_eq!(iso(1_709_251_199), "2024-02-29 23:59:59 4");
        assert_eq!(iso(4_107_542_400), "2100-03-01 00:00:00 1");
        assert_eq!(iso(2_085_978_496), "2036-02-07 06:28:16 4");
    }

    #[test]
    fn days_of_a_calendar() {
        for seconds in [0, -1, 951_782_400, 1_709_251_199, 4_107_542_400] {
            let at = of(seconds);
            assert_eq!(days(at.year, at.month, at.day), seconds.div_euclid(DAY), "{seconds}");
        }
        assert_eq!(days(1999, 14, 30), days(2000, 3, 1));
        assert_eq!(days(2000, 0, 0), days(1999, 11, 30));
    }
}
