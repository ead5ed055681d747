//! What a savefile holds, as lines for people.

use super::Told;
use gannet_edit::info::{About, Count, Seen, nanos};
use gannet_pcap::LinkType;
use gannet_pcap::savefile::{ByteOrder, Format};
use gannet_pcap::wire::Timestamp;
use gannet_printer::time::{Clock, Precision, Style, Zone};
use std::fmt::Write as _;

/// Writes the lines.
pub fn write(told: &Told, text: &mut Vec<u8>) {
    let mut lines = Lines(String::new());
    file(told, &mut lines);
    packets(told, &mut lines);
    times(told, &mut lines);
    for (at, seen) in told.summary.interfaces.iter().enumerate() {
        lines.add(&format!("interface {at}"), &interface(seen));
    }
    if told.summary.more_interfaces > 0 {
        lines.add("interfaces", &format!("{} more, not listed", grouped(told.summary.more_interfaces)));
    }
    extras(told, &mut lines);
    text.extend_from_slice(lines.0.as_bytes());
}

/// Lines of a name and what it is.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, what: &str) {
        let _ = writeln!(self.0, "{name:<14} {}", escaped(what));
    }
}

fn file(told: &Told, lines: &mut Lines) {
    let summary = &told.summary;
    lines.add("file", &told.name);
    let mut format = format!("{} {}.{}", summary.format, summary.version.0, summary.version.1);
    let order = match summary.order {
        ByteOrder::Little => "little-endian",
        ByteOrder::Big => "big-endian",
    };
    let _ = write!(format, ", {order}");
    if summary.format == Format::Pcapng && summary.sections != 1 {
        let _ = write!(format, ", {} sections", grouped(summary.sections));
    }
    if let Some(codec) = &told.codec {
        let _ = write!(format, ", compressed with {codec}");
    }
    lines.add("format", &format);
    lines.add(
        "size",
        &match (told.disk, &told.codec) {
            (Some(disk), Some(_)) => format!("{} bytes, {} unpacked", grouped(disk), grouped(summary.size)),
            (Some(disk), None) => format!("{} bytes", grouped(disk)),
            (None, _) => format!("{} bytes read", grouped(summary.size)),
        },
    );
    lines.add("snaplen", &grouped(summary.snaplen.into()));
    for About { hardware, os, application, comments } in &summary.about {
        let by = [("hardware", hardware), ("os", os), ("written by", application)];
        by.into_iter().for_each(|(name, what)| what.iter().for_each(|what| lines.add(name, what)));
        comments.iter().for_each(|comment| lines.add("comment", comment));
    }
}

fn packets(told: &Told, lines: &mut Lines) {
    let total = &told.summary.total;
    let cut = match total.cut {
        0 => String::new(),
        cut => format!(", {} of them cut", grouped(cut)),
    };
    lines.add("packets", &(grouped(total.packets) + &cut));
    let links: Vec<_> = told.summary.links.iter().collect();
    let named = |number: u16| {
        let link = LinkType(number);
        link.name().map_or_else(|| link.dlt().to_string(), str::to_owned)
    };
    let words: Vec<_> = match links.as_slice() {
        [(link, _)] => vec![named(**link)],
        several => several.iter().map(|(link, n)| format!("{} {}", named(**link), grouped(**n))).collect(),
    };
    lines.add("link type", &if words.is_empty() { "none".to_owned() } else { words.join(", ") });
    lines.add(
        "captured",
        &format!("{} bytes of {} on the wire", grouped(total.captured), grouped(total.wire)),
    );
    if total.lost > 0 {
        lines.add("lost", &format!("{} packets, as packets say", grouped(total.lost)));
    }
}

fn times(told: &Told, lines: &mut Lines) {
    let summary = &told.summary;
    if summary.total.untimed.0 > 0 {
        lines.add("without a time", &format!("{} packets", grouped(summary.total.untimed.0)));
    }
    let Some((first, last)) = summary.total.span else { return };
    let mut clock = Clock::new(Style::Date, Precision::Nano, Zone::local());
    let mut shown = |time: Timestamp| {
        let mut text = Vec::new();
        clock.write(time, &mut text);
        String::from_utf8_lossy(&text).trim().to_owned()
    };
    lines.add("first", &shown(first));
    lines.add("last", &shown(last));
    lines.add("lasting", &rates(&summary.total));
    lines.add(
        "in order",
        if summary.ordered { "yes" } else { "no: some packets are earlier than the one before" },
    );
    // What is no longer than usual is no hole.
    let usual = summary.total.nanos() / i128::from(summary.total.timed().0.max(2) - 1);
    for gap in summary.gaps.iter().filter(|gap| gap.nanos > 2 * usual) {
        let after = grouped(gap.after);
        lines.add(
            "no packets",
            &format!("for {} after packet {after}, {}", seconds(gap.nanos), shown(gap.begin)),
        );
    }
    debug_assert!(nanos(last) >= nanos(first));
}

fn rates(total: &Count) -> String {
    let nanos = total.nanos();
    let mut words = seconds(nanos);
    let (packets, wire) = total.timed();
    if nanos > 0 {
        let per_second = |n: u64| n as f64 * 1e9 / nanos as f64;
        let _ = write!(
            words,
            ": {} packets/s, {} bit/s, packets of {} bytes on average",
            grouped(per_second(packets).round() as u64),
            grouped((per_second(wire) * 8.0).round() as u64),
            grouped((total.wire as f64 / total.packets.max(1) as f64).round() as u64)
        );
    }
    words
}

fn interface(seen: &Seen) -> String {
    let mut words = Vec::new();
    match &seen.interface {
        None => words.push("makes no sense".to_owned()),
        Some(interface) => {
            let link = interface.link;
            words.extend(interface.name.clone());
            words.extend(interface.description.as_ref().map(|description| format!("\"{description}\"")));
            words.push(link.name().map_or_else(|| link.dlt().to_string(), str::to_owned));
            words.push(format!("snaplen {}", interface.snaplen));
            words.extend(interface.filter.as_ref().map(|filter| format!("filter '{filter}'")));
            words.extend(interface.os.clone());
        }
    }
    words.push(format!("{} packets", grouped(seen.count.packets)));
    let counted = &seen.counted;
    let said = [
        (counted.received, "received"),
        (counted.accepted, "accepted"),
        (counted.delivered, "delivered"),
        (counted.dropped, "dropped by the interface"),
        (counted.lost_by_system, "dropped by the kernel"),
        (Some(seen.count.lost).filter(|lost| *lost > 0), "lost, as packets say"),
    ];
    words.extend(said.into_iter().filter_map(|(n, what)| n.map(|n| format!("{} {what}", grouped(n)))));
    words.join(", ")
}

fn extras(told: &Told, lines: &mut Lines) {
    let summary = &told.summary;
    let said = [
        (summary.packet_comments, "comments on packets"),
        (summary.names, "names of addresses"),
        (summary.secrets, "blocks of secrets"),
        (summary.others, "other blocks"),
    ];
    let words: Vec<_> =
        said.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", grouped(*n))).collect();
    if !words.is_empty() {
        lines.add("also", &words.join(", "));
    }
}

/// `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.5 s`, without zeroes that say nothing.
fn seconds(nanos: i128) -> String {
    let (whole, part) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let text = format!("{whole}.{part:09}");
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What a file says, fit for a terminal.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let (plain, code) =
                if c.is_control() { (None, Some(c.escape_default())) } else { (Some(c), None) };
            plain.into_iter().chain(code.into_iter().flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_for_people() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(grouped), ["0", "12", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 12_500_000_000].map(seconds), ["0 s", "0.000000001 s", "12.5 s"]);
    }

    #[test]
    fn what_a_file_says_does_not_reach_the_terminal_raw() {
        assert_eq!(escaped("a\u{1b}[2Jb\n\u{9b}c"), "a\\u{1b}[2Jb\\n\\u{9b}c");
    }
}
