//! Two clocks: one that only goes forward, by which files are rotated, and one that people read, by which they
//! are named. They come from outside, so that a test can set them.

use gannet_printer::time::Zone;
use std::time::{Duration, Instant, SystemTime};

/// A moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since this clock was made; never set, never back.
    pub steady: Duration,
    /// Milliseconds since 1970, universal time, as the machine believes.
    pub wall: i64,
}

impl Moment {
    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.wall.div_euclid(1000)
    }

    /// Milliseconds of what the clock on the wall shows, as if there were no time zones.
    pub fn civil(&self, zone: &Zone) -> i64 {
        self.wall.saturating_add(zone.offset(self.seconds()).saturating_mul(1000))
    }
}

/// Who knows the time.
pub trait Clocks {
    /// The clock that only goes forward.
    fn steady(&self) -> Duration;
    /// Both.
    fn now(&self) -> Moment;
}

/// The machine's.
#[derive(Clone, Copy, Debug)]
pub struct System(Instant);

impl System {
    /// Begins now.
    pub fn new() -> Self {
        System(Instant::now())
    }
}

impl Clocks for System {
    fn steady(&self) -> Duration {
        self.0.elapsed()
    }

    fn now(&self) -> Moment {
        let wall = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Moment { steady: self.steady(), wall }
    }
}
