//! What a savefile holds: how many packets, of which interfaces, when, and where it has holes.

use crate::Progress;
use crate::Watch;
use crate::is_pause;
use gannet_savefile::block::{Block, Statistics};
use gannet_savefile::run::Plain;
use gannet_savefile::{self as savefile, ByteOrder, Format, Interface, Item, Reader};
use gannet_wire::{LinkType, Record, Timestamp};
use std::collections::BTreeMap;
use std::io::Read;

/// How many holes in time are kept, the longest.
pub const GAPS: usize = 5;
/// So many interfaces are kept, the first. A large machine has hundreds, files merged of its captures thousands; a list
/// of more nobody reads, and each takes half a kilobyte.
pub const INTERFACES: usize = 4096;
/// Nor are more kept when what they say of themselves comes to so many bytes: a thousand for each is generous.
const INTERFACE_BYTES: usize = 4 * 1024 * 1024;
/// No more comments than this are kept, and no more bytes of each.
const COMMENTS: usize = 64;

/// All that was counted.
#[derive(Debug)]
pub struct Summary {
    /// The format of the file.
    pub format: Format,
    /// Its version, before and after the dot.
    pub version: (u16, u16),
    /// The byte order of its first section.
    pub order: ByteOrder,
    /// Sections; 1 for pcap.
    pub sections: u64,
    /// The snapshot length of the file, or of its first interface.
    pub snaplen: u32,
    /// Bytes of the file that were read, decompressed.
    pub size: u64,
    /// All packets together.
    pub total: Count,
    /// Packets by link type.
    pub links: BTreeMap<u16, u64>,
    /// The interfaces of all sections, in their order, [so many](INTERFACES) at most. Empty for pcap.
    pub interfaces: Vec<Seen>,
    /// How many interfaces come after those. Their packets are counted in all other places.
    pub more_interfaces: u64,
    /// Whether no packet is earlier than the one before it, of those that have a time.
    pub ordered: bool,
    /// The longest times without a packet, longest first.
    pub gaps: Vec<Gap>,
    /// What the sections say of themselves.
    pub about: Vec<About>,
    /// Remarks on packets.
    pub packet_comments: u64,
    /// Names of addresses.
    pub names: u64,
    /// Blocks of secrets.
    pub secrets: u64,
    /// Blocks of other kinds.
    pub others: u64,
}

/// Packets counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub packets: u64,
    /// Captured bytes.
    pub captured: u64,
    /// Bytes on the wire.
    pub wire: u64,
    /// Packets of which less was captured than there was on the wire.
    pub cut: u64,
    /// The earliest and the latest of those that have a time.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Packets of which the file does not say when they were seen, and their bytes on the wire.
    pub untimed: (u64, u64),
    /// Packets that were lost before one of these, as their own notes say.
    pub lost: u64,
}

/// An interface and its packets.
#[derive(Debug, Default)]
pub struct Seen {
    /// What the file says of it; `None` if that makes no sense.
    pub interface: Option<Interface>,
    /// Its packets.
    pub count: Count,
    /// What it had counted itself, the last that was said of each; where it was begun anew, all together.
    pub counted: Counted,
    /// Since when it counts, in its own unit, and what it had counted before that.
    since: (Option<u64>, Counted),
}

/// What an interface had counted itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Packets received.
    pub received: Option<u64>,
    /// Packets lost by the interface.
    pub dropped: Option<u64>,
    /// Packets that the filter accepted.
    pub accepted: Option<u64>,
    /// Packets lost by the system.
    pub lost_by_system: Option<u64>,
    /// Packets given to the program.
    pub delivered: Option<u64>,
}

/// A time without a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How long it lasted, in nanoseconds.
    pub nanos: i128,
    /// The number of the packet before it, from 1.
    pub after: u64,
    /// When it began.
    pub begin: Timestamp,
}

/// What a section says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The machine that captured.
    pub hardware: Option<String>,
    /// Its operating system.
    pub os: Option<String>,
    /// The program that wrote.
    pub application: Option<String>,
    /// Remarks.
    pub comments: Vec<String>,
}

/// Reads all of `reader`. A fault is given beside what was counted before it, and behind it where it was local.
pub fn info<R: Read>(reader: &mut Reader<R>, watch: Watch<'_>) -> (Summary, Option<savefile::Error>) {
    let mut counter = Counter::new(reader);
    let precision = reader.precision();
    let mut failed = None;
    let mut progress = Progress::default();
    loop {
        if let Some(plain) = reader.plain(precision) {
            progress.read += counter.stretch(reader, plain);
            if !watch(progress) {
                break;
            }
        }
        match reader.next_item() {
            Ok(Some(Item::Packet { record, timed, options })) => {
                counter.packet(&record, timed);
                if !options.is_empty() {
                    counter.options(record.interface, &options);
                }
                if !progress.packet(watch) {
                    break;
                }
            }
            Ok(Some(Item::Block(block))) => counter.block(&block),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) if is_pause(&error) => {
                if !watch(progress) {
                    break;
                }
            }
            Err(error) => {
                counter.catch_up(reader.interfaces());
                let goes_on = error.is_local();
                failed.get_or_insert(error);
                if !goes_on {
                    break;
                }
            }
        }
    }
    let mut summary = counter.summary;
    summary.ordered = counter.pace.ordered;
    summary.size = reader.offset();
    summary.sections = reader.sections();
    if let Some((link, count)) = counter.present {
        *summary.links.entry(link.0).or_default() += count;
    }
    (summary, failed)
}

struct Counter {
    summary: Summary,
    /// How many interfaces there were before the present section.
    section: usize,
    /// How many bytes of interfaces are kept.
    kept: usize,
    pace: Pace,
    /// The link type of the packet before, and how many of them stand in no other place yet.
    present: Option<(LinkType, u64)>,
}

/// How packets follow each other.
#[derive(Clone, Copy)]
struct Pace {
    before: Option<Timestamp>,
    /// Only a longer gap can be one of the longest, in nanoseconds.
    notable: i64,
    ordered: bool,
}

impl Counter {
    fn new<R: Read>(reader: &Reader<R>) -> Self {
        let summary = Summary {
            format: reader.format(),
            version: reader.version(),
            order: reader.byte_order(),
            sections: 1,
            snaplen: reader.snaplen(),
            size: 0,
            total: Count::default(),
            links: BTreeMap::new(),
            interfaces: Vec::new(),
            more_interfaces: 0,
            ordered: true,
            gaps: Vec::new(),
            about: Vec::new(),
            packet_comments: 0,
            names: 0,
            secrets: 0,
            others: 0,
        };
        let pace = Pace { before: None, notable: 0, ordered: true };
        Counter { summary, section: 0, kept: 0, pace, present: None }
    }

    fn packet(&mut self, record: &Record<'_>, timed: bool) {
        let time = timed.then_some(record.time);
        let one = Count::of(time, record.bytes.len() as u64, record.length.into());
        if let Some(seen) = self.seen(record.interface) {
            seen.count.join(&one);
        }
        self.follows(record.link, 1);
        if timed {
            self.pace.step(record.time, self.summary.total.packets, &mut self.summary.gaps);
        }
        self.summary.total.join(&one);
    }

    /// An interface of the present section, if it is one of those that are kept.
    #[inline]
    fn seen(&mut self, interface: u32) -> Option<&mut Seen> {
        self.summary.interfaces.get_mut(self.section.saturating_add(interface as usize))
    }

    /// Counts the plain records that are at hand.
    fn stretch<R: Read>(&mut self, reader: &mut Reader<R>, plain: Plain) -> u64 {
        let link = reader.link();
        // In variables of their own: elsewhere each packet would wait for what the one before it has left in memory.
        let (mut count, mut pace) = (Count::default(), self.pace);
        let (mut first, mut before, mut last) = (i64::MAX, 0, i64::MIN);
        let (already, gaps) = (self.summary.total.packets, &mut self.summary.gaps);
        let read = reader.glance(plain, |glance| {
            let now = glance.nanos;
            if count.packets == 0 {
                pace.step(Timestamp::from_nanos(now), already, gaps);
            } else if !(0..=pace.notable).contains(&(now - before)) {
                pace.before = Some(Timestamp::from_nanos(before));
                pace.step(Timestamp::from_nanos(now), already + count.packets, gaps);
            }
            (first, before, last) = (first.min(now), now, last.max(now));
            count.packets += 1;
            count.captured += u64::from(glance.caplen);
            count.wire += u64::from(glance.length);
            count.cut += u64::from(glance.caplen < glance.length);
        });
        if read > 0 {
            let [first, before, last] = [first, before, last].map(Timestamp::from_nanos);
            self.pace = Pace { before: Some(before), ..pace };
            self.summary.total.join(&Count { span: Some((first, last)), ..count });
            self.follows(link, read);
        }
        read
    }

    /// So many packets of this link type come next.
    #[inline]
    fn follows(&mut self, link: LinkType, packets: u64) {
        match &mut self.present {
            Some((present, count)) if *present == link => *count += packets,
            other => {
                if let Some((link, count)) = other.replace((link, packets)) {
                    *self.summary.links.entry(link.0).or_default() += count;
                }
            }
        }
    }

    /// How many interfaces there were up to now, in all sections.
    fn interfaces(&self) -> usize {
        let more = usize::try_from(self.summary.more_interfaces).unwrap_or(usize::MAX);
        self.summary.interfaces.len().saturating_add(more)
    }

    /// One more interface, with so many bytes of options.
    fn add(&mut self, interface: Option<Interface>, bytes: usize) {
        let all = self.summary.interfaces.len() >= INTERFACES || self.summary.more_interfaces > 0;
        let kept = self.kept.saturating_add(bytes);
        if all || kept > INTERFACE_BYTES {
            self.summary.more_interfaces += 1;
            return;
        }
        self.kept = kept;
        self.summary.interfaces.push(Seen { interface, ..Seen::default() });
    }

    /// Counts the interfaces whose blocks the reader gave as faults: those have numbers too.
    fn catch_up(&mut self, known: &[Option<Interface>]) {
        let here = self.interfaces().saturating_sub(self.section);
        for interface in known.get(here..).unwrap_or_default() {
            self.add(interface.clone(), 0);
        }
    }

    fn options(&mut self, interface: u32, options: &savefile::Options<'_>) {
        use savefile::block::code;
        self.summary.packet_comments += options.comments().count() as u64;
        let Some(lost) = options.u64(code::EPB_DROPCOUNT) else { return };
        self.summary.total.lost = self.summary.total.lost.saturating_add(lost);
        if let Some(seen) = self.seen(interface) {
            seen.count.lost = seen.count.lost.saturating_add(lost);
        }
    }

    fn block(&mut self, block: &Block<'_>) {
        match block {
            Block::Section(section) => {
                self.section = self.interfaces();
                if self.summary.about.len() < COMMENTS {
                    self.summary.about.push(About::of(&section.options));
                }
            }
            Block::Interface(block) => self.add(block.parse().ok(), block.options.raw().len()),
            Block::Statistics(statistics) => {
                if let Some(seen) = self.seen(statistics.interface) {
                    seen.hear(statistics);
                }
            }
            Block::Names(names) => self.summary.names += names.records().count() as u64,
            Block::Secrets(_) => self.summary.secrets += 1,
            _ => self.summary.others += 1,
        }
    }
}

impl Pace {
    /// From one packet to the next, which is not counted yet among those before it. Remembers the gap between them if it
    /// is one of the longest.
    #[inline]
    fn step(&mut self, now: Timestamp, packets: u64, gaps: &mut Vec<Gap>) {
        let Some(before) = self.before.replace(now) else { return };
        if now < before {
            self.ordered = false;
            return;
        }
        let nanos = |time: Timestamp| i64::try_from(time.nanos).unwrap_or(i64::MAX);
        let seconds = now.seconds.saturating_sub(before.seconds).saturating_mul(1_000_000_000);
        let passed = seconds.saturating_add(nanos(now).saturating_sub(nanos(before)));
        if passed > self.notable || passed == i64::MAX {
            self.notable = gap(gaps, before, now, packets);
        }
    }
}

/// Remembers a gap that may be one of the longest, behind packet `after`; says how long one must be now to be one of them.
#[cold]
fn gap(gaps: &mut Vec<Gap>, begin: Timestamp, end: Timestamp, after: u64) -> i64 {
    let nanos = nanos(end) - nanos(begin);
    let at = gaps.partition_point(|gap| gap.nanos >= nanos);
    gaps.insert(at, Gap { nanos, after, begin });
    gaps.truncate(GAPS);
    gaps.get(GAPS - 1).map_or(0, |shortest| i64::try_from(shortest.nanos).unwrap_or(i64::MAX))
}

impl Count {
    /// Of one packet with so many bytes in the file, and so many on the wire.
    fn of(time: Option<Timestamp>, captured: u64, wire: u64) -> Self {
        let cut = u64::from(captured < wire);
        let untimed = if time.is_none() { (1, wire) } else { (0, 0) };
        Self { packets: 1, captured, wire, cut, span: time.map(|time| (time, time)), untimed, lost: 0 }
    }

    /// How many packets have a time, and their bytes on the wire.
    pub fn timed(&self) -> (u64, u64) {
        let (packets, wire) = self.untimed;
        (self.packets.saturating_sub(packets), self.wire.saturating_sub(wire))
    }

    fn join(&mut self, other: &Count) {
        self.packets += other.packets;
        self.captured += other.captured;
        self.wire += other.wire;
        self.cut += other.cut;
        self.lost = self.lost.saturating_add(other.lost);
        self.untimed.0 += other.untimed.0;
        self.untimed.1 += other.untimed.1;
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((begin, end))) => Some((first.min(begin), last.max(end))),
            (one, other) => one.or(other),
        };
    }

    /// The time from the earliest to the latest packet, in nanoseconds.
    pub fn nanos(&self) -> i128 {
        self.span.map_or(0, |(first, last)| nanos(last) - nanos(first))
    }
}

impl Seen {
    /// One more time it says what it has counted: more than before, unless another capture has begun.
    fn hear(&mut self, said: &Statistics<'_>) {
        let (since, before) = &mut self.since;
        if let Some(start) = said.start()
            && since.replace(start).is_some_and(|since| since != start)
        {
            *before = self.counted;
        }
        let before = *before;
        let hear = |counted: &mut Option<u64>, before: Option<u64>, new: Option<u64>| {
            *counted = new.map(|new| new.saturating_add(before.unwrap_or(0))).or(*counted);
        };
        let counted = &mut self.counted;
        hear(&mut counted.received, before.received, said.received());
        hear(&mut counted.dropped, before.dropped, said.dropped());
        hear(&mut counted.accepted, before.accepted, said.accepted());
        hear(&mut counted.lost_by_system, before.lost_by_system, said.lost_by_system());
        hear(&mut counted.delivered, before.delivered, said.delivered());
    }
}

impl About {
    fn of(options: &savefile::Options<'_>) -> Self {
        use savefile::block::code;
        let text = |code| options.text(code).map(|text| text.into_owned());
        About {
            hardware: text(code::SHB_HARDWARE),
            os: text(code::SHB_OS),
            application: text(code::SHB_USERAPPL),
            comments: options.comments().take(COMMENTS).map(|text| text.into_owned()).collect(),
        }
    }
}

/// Nanoseconds since 1970.
pub fn nanos(time: Timestamp) -> i128 {
    i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_savefile::{InterfaceStatistics, SectionInfo, Writer};
    use gannet_wire::Direction;

    /// A file of so many sections with three interfaces each, which say so many bytes; of each there is one packet.
    fn of_sections(sections: u64, length: usize) -> Summary {
        let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        for at in 0..sections {
            if at > 0 {
                writer.section(&SectionInfo::default()).unwrap();
            }
            for interface in 0..3 {
                let name = Some("x".repeat(length));
                writer.interface(&Interface { name, ..Interface::default() }).unwrap();
                let record = Record {
                    bytes: &[0; 60],
                    length: 100,
                    time: Timestamp { seconds: at as i64, nanos: 0 },
                    link: LinkType::ETHERNET,
                    interface,
                    direction: Direction::Unknown,
                    vlan: None,
                };
                writer.write(&record).unwrap();
                let received = Some(at);
                writer.statistics(&InterfaceStatistics { interface, received, ..<_>::default() }).unwrap();
            }
        }
        let file = writer.finish().unwrap();
        let (summary, fault) = info(&mut Reader::open(&file[..]).unwrap(), &mut |_| true);
        assert!(fault.is_none(), "{fault:?}");
        summary
    }

    #[test]
    fn of_very_many_interfaces_the_first_are_kept_and_all_packets_counted() {
        for (sections, length, kept) in [(10, 4, 30), (2000, 4, INTERFACES), (40, 60_000, 69)] {
            let summary = of_sections(sections, length);
            let all = sections * 3;
            assert_eq!(summary.sections, sections);
            assert_eq!((summary.interfaces.len(), summary.more_interfaces), (kept, all - kept as u64));
            let Count { packets, captured, wire, cut, span, .. } = summary.total;
            assert_eq!((packets, captured, wire, cut), (all, all * 60, all * 100, all));
            assert_eq!(span.unwrap().1.seconds, sections as i64 - 1);
            assert_eq!(summary.links.values().sum::<u64>(), all);
            for (at, seen) in (0..).zip(&summary.interfaces) {
                assert_eq!((seen.count.packets, seen.counted.received), (1, Some(at / 3)), "interface {at}");
            }
        }
    }

    /// The counters of parts of one capture go on; those of another capture begin at nothing.
    #[test]
    fn what_several_captures_have_counted_is_added_up() {
        let mut writer = Writer::pcapng(Vec::new(), &SectionInfo::default()).unwrap();
        writer.interface(&Interface::default()).unwrap();
        for (start, received, dropped) in
            [(100, 10, Some(1)), (100, 25, Some(2)), (200, 7, None), (200, 9, Some(5))]
        {
            let start = Some(Timestamp { seconds: start, nanos: 0 });
            let said = InterfaceStatistics { start, received: Some(received), dropped, ..<_>::default() };
            writer.statistics(&said).unwrap();
        }
        let file = writer.finish().unwrap();
        let (summary, _) = info(&mut Reader::open(&file[..]).unwrap(), &mut |_| true);
        let counted = summary.interfaces[0].counted;
        assert_eq!((counted.received, counted.dropped, counted.delivered), (Some(34), Some(7), None));
    }

    /// Records are looked at in two ways: those of a pcap file of this machine's byte order are seen in passing.
    #[test]
    fn packets_are_counted_alike_however_they_are_read() {
        let mut files = [0xa1b2_c3d4_u32, 0xd4c3_b2a1].map(|magic| magic.to_ne_bytes().to_vec());
        let [native, other] = &mut files;
        for half in [2u16, 4] {
            native.extend(half.to_ne_bytes());
            other.extend(half.swap_bytes().to_ne_bytes());
        }
        let mut add = |words: &[u32]| {
            native.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
            other.extend(words.iter().flat_map(|word| word.swap_bytes().to_ne_bytes()));
        };
        add(&[0, 0, 262_144, 1]);
        let mut random = 1u32;
        for n in 0..5000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Forward and sometimes back; now and then a fraction that is more than a second.
            let back = if random >> 26 == 0 { 3 } else { 0 };
            let fraction = if random >> 24 == 5 { 2_000_000 } else { random >> 13 };
            add(&[1_700_000_000 + n - back, fraction, 8, 8 + (random >> 28), n, random]);
        }
        let [native, other] = files;
        let count = |file: &[u8]| info(&mut Reader::open(file).unwrap(), &mut |_| true).0;
        let [one, two] = [count(&native), count(&other)];
        assert_eq!((one.total.packets, one.ordered), (5000, false));
        assert_eq!((one.total, one.ordered, one.gaps), (two.total, two.ordered, two.gaps));
    }
}
