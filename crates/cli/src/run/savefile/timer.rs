//! When it is time for the next file: by the clock that only goes forward.

use super::clock::Moment;
use gannet_printer::time::Zone;
use std::time::Duration;

/// So close to a boundary, on either side, is on it: clocks are adjusted by small steps all the time.
const CLOSE: i64 = 500;

/// `-G`.
#[derive(Clone, Debug)]
pub struct Timer {
    every: Duration,
    /// Rotate where the clock on the wall shows a multiple of `every`.
    align: Option<Zone>,
    deadline: Duration,
}

impl Timer {
    /// A first slice begins now. With a zone its end, and that of all others, is a multiple of `every` on the
    /// clock on the wall, counted from midnight if `every` divides a day.
    pub fn new(every: Duration, align: Option<Zone>, now: Moment) -> Self {
        let mut timer = Timer { every, align, deadline: Duration::ZERO };
        timer.deadline = match &timer.align {
            Some(zone) => now.steady + timer.until_boundary(now.civil(zone)),
            // As tcpdump, which knows whole seconds only: what is left of the present one counts.
            None => (now.steady + timer.every).saturating_sub(fraction(now)),
        };
        timer
    }

    /// The slice is over.
    pub fn due(&self, steady: Duration) -> bool {
        steady >= self.deadline
    }

    /// When the slice is over, on the steady clock.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The next slice begins: sets its end, and gives the moment that it is to be named after.
    pub fn restart(&mut self, now: Moment) -> Moment {
        let Some(zone) = &self.align else {
            // Whole seconds behind the old end, so that what ends late by a moment begins no later.
            let late = now.steady.saturating_sub(self.deadline).subsec_nanos();
            self.deadline = now.steady.saturating_sub(Duration::from_nanos(late.into())) + self.every;
            return now;
        };
        let left = self.until_boundary(now.civil(zone));
        self.deadline = now.steady + left;
        // Early by a moment: the slice that begins is the one behind the boundary.
        let missing = left.saturating_sub(self.every);
        Moment { wall: now.wall.saturating_add(i64::try_from(missing.as_millis()).unwrap_or(0)), ..now }
    }

    /// From a moment in milliseconds to the end of its slice.
    fn until_boundary(&self, civil: i64) -> Duration {
        let every = i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX).max(1);
        let left = every - civil.rem_euclid(every);
        let left = if left <= CLOSE.min(every / 4) { left.saturating_add(every) } else { left };
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    }
}

/// What of the second on the wall has passed.
fn fraction(now: Moment) -> Duration {
    Duration::from_millis(u64::try_from(now.wall.rem_euclid(1000)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(steady_ms: u64, wall_ms: i64) -> Moment {
        Moment { steady: Duration::from_millis(steady_ms), wall: wall_ms }
    }

    fn utc() -> Option<Zone> {
        Some(Zone::utc())
    }

    const TEN: Duration = Duration::from_secs(10);

    #[test]
    fn by_whole_seconds_without_drift() {
        let mut timer = Timer::new(TEN, None, moment(0, 5_700));
        assert_eq!(timer.deadline(), Duration::from_millis(9_300));
        assert!(!timer.due(Duration::from_millis(9_299)) && timer.due(Duration::from_millis(9_300)));
        timer.restart(moment(9_312, 15_012));
        assert_eq!(timer.deadline(), Duration::from_millis(19_300));
        // A packet came three seconds and a bit too late.
        timer.restart(moment(22_900, 28_600));
        assert_eq!(timer.deadline(), Duration::from_millis(32_300));
    }

    #[test]
    fn a_clock_that_is_set_changes_nothing() {
        let mut timer = Timer::new(TEN, None, moment(0, 1_000_000));
        for slice in 1..20 {
            assert_eq!(timer.deadline(), TEN * slice);
            timer.restart(moment(u64::from(slice) * 10_000, 1_000_000 - 3_600_000 * i64::from(slice)));
        }
    }

    #[test]
    fn aligned_to_the_wall() {
        let mut timer = Timer::new(TEN, utc(), moment(0, 5_700));
        assert_eq!(timer.deadline(), Duration::from_millis(4_300));
        assert_eq!(timer.restart(moment(4_301, 10_001)).wall, 10_001);
        assert_eq!(timer.deadline(), Duration::from_millis(14_300));
        // The wall clock was put back by a fifth of a second: no slice of a fifth of a second.
        let label = timer.restart(moment(14_300, 19_800));
        assert_eq!((label.wall, timer.deadline()), (20_000, Duration::from_millis(24_500)));
        // It was put forward by three seconds: the next slice is shorter.
        assert_eq!(timer.restart(moment(24_500, 33_000)).wall, 33_000);
        assert_eq!(timer.deadline(), Duration::from_millis(31_500));
    }

    #[test]
    fn aligned_slices_of_a_second() {
        let mut timer = Timer::new(Duration::from_secs(1), utc(), moment(0, 900));
        assert_eq!(timer.deadline(), Duration::from_millis(1_100).min(timer.deadline()));
        for n in 1..50u64 {
            let now = timer.deadline();
            let wall = 900 + now.as_millis() as i64;
            assert!(timer.due(now));
            let label = timer.restart(Moment { steady: now, wall });
            assert_eq!(label.wall % 1000, 0, "{n}");
        }
    }
}
