//! What a savefile holds, as one JSON object on a line.
//!
//! Times are seconds since 1970 with nine digits behind the point, as strings, so that nothing is lost in a reader
//! whose numbers are floating.

use super::Told;
use gannet_edit::info::{About, Count, Gap, Seen};
use gannet_pcap::LinkType;
use gannet_pcap::savefile::ByteOrder;
use gannet_pcap::wire::Timestamp;
use std::fmt::Write as _;

/// Writes the object and a new line.
pub fn write(told: &Told, text: &mut Vec<u8>) {
    let summary = &told.summary;
    let mut all = Object::new();
    all.text("file", &told.name);
    all.text("format", &summary.format.to_string());
    all.text("version", &format!("{}.{}", summary.version.0, summary.version.1));
    all.text("byte_order", if summary.order == ByteOrder::Little { "little" } else { "big" });
    all.maybe("compression", told.codec.as_deref());
    all.maybe_number("file_bytes", told.disk);
    all.number("data_bytes", summary.size);
    all.number("sections", summary.sections);
    all.number("snaplen", summary.snaplen);
    count(&summary.total, &mut all);
    let links = summary.links.iter().map(|(link, n)| {
        let link = LinkType(*link);
        let mut one = Object::new();
        one.maybe("name", link.name());
        one.number("number", link.dlt());
        one.number("packets", n);
        one.end()
    });
    all.raw("link_types", &list(links));
    all.raw("ordered", if summary.ordered { "true" } else { "false" });
    all.raw("gaps", &list(summary.gaps.iter().map(gap)));
    all.raw("interfaces", &list(summary.interfaces.iter().map(interface)));
    all.number("more_interfaces", summary.more_interfaces);
    all.raw("about", &list(summary.about.iter().map(about)));
    all.number("packet_comments", summary.packet_comments);
    all.number("names", summary.names);
    all.number("secrets", summary.secrets);
    all.number("other_blocks", summary.others);
    all.maybe("fault", told.fault.as_deref());
    text.extend_from_slice(all.end().as_bytes());
    text.push(b'\n');
}

fn count(count: &Count, into: &mut Object) {
    into.number("packets", count.packets);
    into.number("captured_bytes", count.captured);
    into.number("wire_bytes", count.wire);
    into.number("cut_packets", count.cut);
    into.number("lost_packets", count.lost);
    if count.untimed.0 > 0 {
        into.number("untimed_packets", count.untimed.0);
    }
    if let Some((first, last)) = count.span {
        into.text("first", &time(first));
        into.text("last", &time(last));
        into.text("seconds", &seconds(count.nanos()));
    }
}

fn gap(gap: &Gap) -> String {
    let mut one = Object::new();
    one.text("seconds", &seconds(gap.nanos));
    one.number("after_packet", gap.after);
    one.text("begin", &time(gap.begin));
    one.end()
}

fn interface(seen: &Seen) -> String {
    let mut one = Object::new();
    if let Some(interface) = &seen.interface {
        one.maybe("name", interface.name.as_deref());
        one.maybe("description", interface.description.as_deref());
        one.maybe("link_type", interface.link.name());
        one.number("link_number", interface.link.dlt());
        one.number("snaplen", interface.snaplen);
        one.maybe("filter", interface.filter.as_deref());
        one.maybe("hardware", interface.hardware.as_deref());
        one.maybe("os", interface.os.as_deref());
        one.maybe_number("speed", interface.speed);
        one.number("ticks_per_second", interface.resolution.ticks_per_second());
    }
    count(&seen.count, &mut one);
    one.maybe_number("received", seen.counted.received);
    one.maybe_number("accepted", seen.counted.accepted);
    one.maybe_number("delivered", seen.counted.delivered);
    one.maybe_number("interface_dropped", seen.counted.dropped);
    one.maybe_number("kernel_dropped", seen.counted.lost_by_system);
    one.end()
}

fn about(about: &About) -> String {
    let mut one = Object::new();
    one.maybe("hardware", about.hardware.as_deref());
    one.maybe("os", about.os.as_deref());
    one.maybe("application", about.application.as_deref());
    one.raw("comments", &list(about.comments.iter().map(|comment| quoted(comment))));
    one.end()
}

/// An object that is being written.
struct Object(String);

impl Object {
    fn new() -> Self {
        Object("{".to_owned())
    }

    fn raw(&mut self, key: &str, value: &str) {
        let comma = if self.0.len() > 1 { "," } else { "" };
        let _ = write!(self.0, "{comma}\"{key}\":{value}");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &quoted(value));
    }

    fn number(&mut self, key: &str, value: impl std::fmt::Display) {
        self.raw(key, &value.to_string());
    }

    fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    fn maybe_number(&mut self, key: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.number(key, value);
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// RFC 8259, section 7.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            // DEL and C1 too: a terminal may be listening.
            c if c.is_control() => drop(write!(quoted, "\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn time(time: Timestamp) -> String {
    seconds(gannet_edit::info::nanos(time))
}

fn seconds(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}
