//! What the files of a run are called: as tcpdump calls them, and never the same twice by accident.
//!
//! With `-G` the name is written anew for each slice of time; `-C` adds a number that counts the files of the
//! slice, and `-W` makes it a ring. A name with a time in it comes again when its cycle is round (`%a` each
//! week), and then the new file takes the place of the old one, as tcpdump's users expect. It comes again by
//! accident when the clock on the wall was put back, by hand or at the end of summer, or when it is coarser than
//! the slices are long; then the file gets a number, as if by `-C`, and nothing is lost.

use super::clock::Moment;
use super::date::expand;
use gannet_printer::time::Zone;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How many names of the past are remembered. At one file a minute that is a month and a half.
const REMEMBERED: usize = 65_536;

/// Makes names.
#[derive(Clone, Debug)]
pub struct Naming {
    /// As it was typed, without its directory.
    pattern: Vec<u8>,
    /// What every name ends in, behind the number.
    ending: Vec<u8>,
    /// There is a time in it (`-G`).
    timed: bool,
    /// At least so many digits; with none the number 0 is not written.
    width: usize,
    /// So many files a slice; then the first is overwritten.
    ring: Option<u64>,
    zone: Zone,
    slice: Slice,
    count: u64,
    /// Slices of the past: when they ended, and their highest number.
    past: HashMap<Vec<u8>, (i64, u64)>,
    /// The same, oldest first.
    order: VecDeque<Vec<u8>>,
}

/// The slice of time that is being written.
#[derive(Clone, Debug)]
struct Slice {
    text: Vec<u8>,
    /// What the clock on the wall showed at its start, in milliseconds.
    civil: i64,
    steady: Duration,
}

/// What the options say about names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// `-G`.
    pub timed: bool,
    /// `-C`, or another limit that is not time.
    pub numbered: bool,
    /// `-W`.
    pub files: Option<u64>,
}

impl Naming {
    /// For a first slice that begins `now`. The number stands before `ending`.
    pub fn new(pattern: &[u8], ending: &[u8], rules: Rules, zone: Zone, now: Moment) -> Self {
        let text = if rules.timed { expand(pattern, now.seconds(), &zone) } else { pattern.to_vec() };
        let last = rules.files.filter(|_| rules.numbered).map_or(0, |files| files.saturating_sub(1));
        Naming {
            pattern: pattern.to_vec(),
            ending: ending.to_vec(),
            timed: rules.timed,
            width: if last == 0 { 0 } else { last.to_string().len() },
            ring: rules.files.filter(|_| rules.numbered),
            slice: Slice { text, civil: now.civil(&zone), steady: now.steady },
            zone,
            count: 0,
            past: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// The name of the present file.
    pub fn name(&self) -> Vec<u8> {
        let mut name = self.slice.text.clone();
        if self.count > 0 || self.width > 0 {
            name.extend_from_slice(format!("{:0width$}", self.count, width = self.width).as_bytes());
        }
        name.extend_from_slice(&self.ending);
        name
    }

    /// The next file of this slice.
    pub fn next_file(&mut self) {
        self.count = match self.ring {
            Some(files) if self.count + 1 >= files => 0,
            _ => self.count + 1,
        };
    }

    /// A new slice begins now, named after `label`, which is now or a moment away.
    pub fn next_slice(&mut self, now: Moment, label: Moment) {
        if !self.timed {
            return self.next_file();
        }
        let text = expand(&self.pattern, label.seconds(), &self.zone);
        let lasted = now.steady.saturating_sub(self.slice.steady);
        let ended = self.slice.civil.saturating_add(i64::try_from(lasted.as_millis()).unwrap_or(i64::MAX));
        let civil = label.civil(&self.zone);
        let taken = match self.past.get(&text) {
            _ if self.ring.is_some() || !self.varies() => None,
            _ if text == self.slice.text => Some(self.count),
            Some((end, count)) if civil < *end => Some(*count),
            _ => None,
        };
        let before = std::mem::replace(&mut self.slice, Slice { text, civil, steady: now.steady });
        self.remember(before.text, ended);
        self.count = taken.map_or(0, |count| count + 1);
    }

    /// The pattern gives different names at different times.
    pub fn varies(&self) -> bool {
        let mut rest = self.pattern.as_slice();
        while let [first, behind @ ..] = rest {
            rest = match (first, behind) {
                (b'%', [b'%' | b'n' | b't', behind @ ..]) => behind,
                (b'%', [_, ..]) => return true,
                _ => behind,
            };
        }
        false
    }

    fn remember(&mut self, text: Vec<u8>, ended: i64) {
        if self.past.insert(text.clone(), (ended, self.count)).is_none() {
            self.order.push_back(text);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.past.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn moment(steady: u64, wall: i64) -> Moment {
        Moment { steady: Duration::from_secs(steady), wall: wall * 1000 }
    }

    fn naming(pattern: &str, rules: Rules, wall: i64) -> Naming {
        Naming::new(pattern.as_bytes(), b"", rules, Zone::utc(), moment(0, wall))
    }

    fn name(naming: &Naming) -> String {
        String::from_utf8(naming.name()).unwrap()
    }

    /// The names of files that follow each other by size.
    fn by_size(files: Option<u64>, times: usize) -> Vec<String> {
        let mut naming = naming("f", Rules { numbered: true, files, timed: false }, 0);
        (0..times)
            .map(|_| {
                let name = name(&naming);
                naming.next_file();
                name
            })
            .collect()
    }

    #[test]
    fn numbers_as_tcpdump_writes_them() {
        assert_eq!(by_size(None, 12).join(" "), "f f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11");
        assert_eq!(by_size(Some(1), 3).join(" "), "f f f");
        assert_eq!(by_size(Some(3), 5).join(" "), "f0 f1 f2 f0 f1");
        assert_eq!(by_size(Some(10), 11).join(" "), "f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f0");
        assert_eq!(by_size(Some(12), 13).join(" "), "f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f00");
        assert_eq!(by_size(Some(101), 2).join(" "), "f000 f001");
    }

    #[test]
    fn numbers_begin_anew_in_each_slice() {
        let mut naming = naming("f%M-", Rules { numbered: true, files: None, timed: true }, 0);
        naming.next_file();
        naming.next_file();
        assert_eq!(name(&naming), "f00-2");
        naming.next_slice(moment(60, 60), moment(60, 60));
        assert_eq!(name(&naming), "f01-");
    }

    #[test]
    fn the_number_stands_before_the_ending() {
        let rules = Rules { numbered: true, ..Rules::default() };
        let mut naming = Naming::new(b"f.pcap", b".gz", rules, Zone::utc(), moment(0, 0));
        naming.next_file();
        assert_eq!(name(&naming), "f.pcap1.gz");
    }

    const TIMED: Rules = Rules { timed: true, numbered: false, files: None };

    /// Names of slices of a minute, where the wall clock shows what `wall` makes of the steady one.
    fn by_minute(pattern: &str, minutes: u64, zone: Zone, wall: impl Fn(u64) -> i64) -> Vec<String> {
        let mut naming = Naming::new(pattern.as_bytes(), b"", TIMED, zone, moment(0, wall(0)));
        let mut names = vec![name(&naming)];
        for minute in 1..minutes {
            let now = moment(minute * MINUTE, wall(minute * MINUTE));
            naming.next_slice(now, now);
            names.push(name(&naming));
        }
        names
    }

    fn distinct(names: &[String]) -> usize {
        names.iter().collect::<std::collections::HashSet<_>>().len()
    }

    #[test]
    fn a_clock_put_back_overwrites_nothing() {
        // 200 minutes; after 100 of them the clock goes back by three hours.
        let back = |steady: u64| 1_700_000_000 + steady as i64 - if steady >= 6000 { 10_800 } else { 0 };
        let names = by_minute("%H%M", 500, Zone::utc(), back);
        assert_eq!(distinct(&names), 500);
        // It began at 22:13.
        assert_eq!((names[0].as_str(), names[100].as_str(), names[180].as_str()), ("2213", "2053", "22131"));
    }

    #[test]
    fn a_cycle_that_is_round_begins_anew() {
        let names = by_minute("%H%M", 3000, Zone::utc(), |steady| 1_700_000_000 + steady as i64);
        assert_eq!(distinct(&names), 1440);
        assert_eq!(names[0], names[1440]);
        // Also on the day after the clock was put back.
        let back = |steady: u64| 1_700_000_000 + steady as i64 - if steady >= 6000 { 3600 } else { 0 };
        let names = by_minute("%H%M", 3000, Zone::utc(), back);
        assert_eq!(distinct(&names), 1440 + 60);
    }

    #[test]
    fn a_name_that_is_too_coarse_gets_numbers() {
        let names = by_minute("h%H", 3, Zone::utc(), |steady| steady as i64);
        assert_eq!(names, ["h00", "h001", "h002"]);
    }

    #[test]
    fn a_name_without_a_time_is_overwritten() {
        assert_eq!(by_minute("f%%", 3, Zone::utc(), |steady| steady as i64), ["f%", "f%", "f%"]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut naming = naming("%s", TIMED, 0);
        for second in 1..70_000 {
            naming.next_slice(moment(second, second as i64), moment(second, second as i64));
        }
        assert!(naming.past.len() <= REMEMBERED && naming.order.len() <= REMEMBERED);
    }
}
