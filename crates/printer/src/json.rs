//! A packet as one JSON object on one line, for programs.
//!
//! `doc/json.md` says what a reader may rely on. The envelope is written here; what stands in the packet is what
//! its dissectors say to the structured ear.

use crate::{Dump, Printer, Wrong, packet, time, wrongs};
use gannet_dissect::{Ear, Out};
use gannet_wire::{Direction, Record, Timestamp, VlanTag};
use std::collections::HashMap;
use std::sync::Arc;

/// The version of the promise. It grows when a key changes its meaning or goes away, not when one is added.
pub const VERSION: u8 = 1;

const SECOND: u64 = 1_000_000_000;

/// The names of interfaces, by the numbers that records have.
#[derive(Clone, Debug, Default)]
pub struct Interfaces {
    names: Arc<HashMap<u32, Option<String>>>,
}

impl Interfaces {
    /// An interface and its name, if it has one.
    pub fn add(&mut self, number: u32, name: Option<String>) {
        Arc::make_mut(&mut self.names).insert(number, name.filter(|name| !name.is_empty()));
    }

    /// Whether it is known what an interface is called, or that it has no name.
    pub fn knows(&self, number: u32) -> bool {
        self.names.contains_key(&number)
    }

    /// How many are known.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Forgets them: the numbers mean others from now on.
    pub fn clear(&mut self) {
        self.names = Arc::default();
    }

    /// Whether nothing was added to either since one was a copy of the other.
    pub(crate) fn is(&self, other: &Interfaces) -> bool {
        Arc::ptr_eq(&self.names, &other.names)
    }

    fn name(&self, number: u32) -> Option<&str> {
        self.names.get(&number)?.as_deref()
    }
}

/// What is kept from packet to packet.
#[derive(Debug, Default)]
pub(crate) struct Keeps {
    pub(crate) interfaces: Interfaces,
    /// Room for a time.
    time: Vec<u8>,
    /// Room for the names of layers.
    layers: Vec<&'static str>,
}

impl Printer {
    /// Appends the object of one packet, the new line included.
    pub(crate) fn object(&mut self, record: &Record<'_>, number: u64, text: &mut Vec<u8>) {
        let mut layers = std::mem::take(&mut self.json.layers);
        layers.clear();
        // The structured ear asks for no names.
        let mut out = Out::new(Ear::Json, text, None).noting_layers(&mut layers);
        let _ = out.item(|out| {
            out.num("v", VERSION).num("number", number);
            self.json.envelope(record, out);
            if wrongs(record).next().is_none() {
                self.explain(record, out);
            } else {
                invalid_header(record, out);
            }
            Ok(())
        });
        self.json.layers = layers;
        text.push(b'\n');
    }

    fn explain(&mut self, record: &Record<'_>, out: &mut Out<'_>) {
        let outcome = gannet_dissect::packet(packet(record), self.options, &mut self.memory, out);
        out.note_layers("protocols");
        let bytes = self.dumped(record, outcome.link_header);
        if self.layout.dump != Dump::None && !bytes.is_empty() {
            out.bytes("bytes", bytes);
        }
    }
}

impl Keeps {
    /// For another printer that goes on from here.
    pub(crate) fn share(&self) -> Self {
        Keeps { interfaces: self.interfaces.clone(), ..Keeps::default() }
    }

    /// What is known of a packet without looking into it.
    fn envelope(&mut self, record: &Record<'_>, out: &mut Out<'_>) {
        self.time(record.time, out);
        out.num("caplen", record.bytes.len()).num("length", record.length);
        out.num("link_type", record.link.0);
        if let Some(name) = record.link.name() {
            out.chars("link_type_name", name.as_bytes());
        }
        if let Some(name) = self.interfaces.name(record.interface) {
            out.chars("interface", name.as_bytes());
        }
        if let Some(direction) = direction(record.direction) {
            out.chars("direction", direction.as_bytes());
        }
        if let Some(tag) = record.vlan {
            kernel_vlan(tag, out);
        }
    }

    /// The time as a number and in words; neither where there is no way to write it.
    fn time(&mut self, time: Timestamp, out: &mut Out<'_>) {
        let Some(seconds) = i64::try_from(time.nanos / SECOND).ok().and_then(|n| time.seconds.checked_add(n))
        else {
            return;
        };
        let nanos = (time.nanos % SECOND) as u32;
        let whole = i128::from(seconds) * i128::from(SECOND) + i128::from(nanos);
        if let Ok(whole) = i64::try_from(whole) {
            out.int("time_ns", whole);
        }
        self.time.clear();
        if time::rfc3339(seconds, nanos, &mut self.time) {
            out.chars("time", &self.time);
        }
    }
}

fn direction(direction: Direction) -> Option<&'static str> {
    Some(match direction {
        Direction::Unknown => return None,
        Direction::Host => "in",
        Direction::Broadcast => "broadcast",
        Direction::Multicast => "multicast",
        Direction::OtherHost => "other_host",
        Direction::Outgoing => "out",
    })
}

/// The tag that the kernel had taken out of the frame. It is back in its place, so its layer tells of it too.
fn kernel_vlan(tag: VlanTag, out: &mut Out<'_>) {
    let _ = out.nest("kernel_vlan", |out| {
        out.num("tpid", tag.tpid).num("id", tag.tci & 0xfff).num("priority", tag.tci >> 13);
        out.note_that("dei", tag.tci & 0x1000 != 0);
        Ok(())
    });
}

/// Lengths that no capture can have; such a packet is not looked into.
fn invalid_header(record: &Record<'_>, out: &mut Out<'_>) {
    let _ = out.list("invalid_header", |out| {
        for wrong in wrongs(record) {
            let what = match wrong {
                Wrong::NoCaplen => "caplen_zero",
                Wrong::NoLength => "length_zero",
                Wrong::LengthBelowCaplen => "length_below_caplen",
                Wrong::CaplenAboveMost => "caplen_above_262144",
                Wrong::LengthAboveMost => "length_above_262144",
            };
            out.chars("", what.as_bytes());
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Layout, Options, Precision, Style, time::Zone};
    use gannet_wire::LinkType;

    /// An ARP request, and what it is in.
    const FRAME: [u8; 42] = *b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01\
        \x02\0\0\0\0\x01\x0a\0\0\x01\0\0\0\0\0\0\x0a\0\0\x02";

    const ARP: &str = r#""ether":{"dst":"ff:ff:ff:ff:ff:ff","src":"02:00:00:00:00:01","type":2054,"type_name":"ARP","arp":{"#;

    fn record(bytes: &[u8], length: u32) -> Record<'_> {
        Record {
            bytes,
            length,
            time: Timestamp { seconds: 3661, nanos: 5_000 },
            link: LinkType::ETHERNET,
            interface: 3,
            direction: Direction::Unknown,
            vlan: None,
        }
    }

    fn object(dump: Dump, record: &Record<'_>) -> String {
        let layout = Layout { json: true, dump, number: true, lengths: true, ..Layout::default() };
        let clock = Clock::new(Style::Epoch, Precision::Micro, Zone::utc());
        let mut text = Vec::new();
        let mut printer = Printer::new(layout, Options::default(), clock, None);
        printer.interfaces().add(3, Some("eth\"0".into()));
        printer.print(record, 7, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_envelope_stands_before_the_layers() {
        let said = object(Dump::None, &record(&FRAME, 60));
        let envelope = r#"{"v":1,"number":7,"time_ns":3661000005000,"time":"1970-01-01T01:01:01.000005000Z","caplen":42,"length":60,"link_type":1,"link_type_name":"EN10MB","interface":"eth\"0","#;
        assert!(said.starts_with(&format!("{envelope}{ARP}")), "{said}");
        assert!(said.ends_with("}},\"protocols\":[\"ether\",\"arp\"]}\n"), "{said}");
    }

    #[test]
    fn what_the_kernel_knew() {
        let vlan = Some(VlanTag { tpid: 0x8100, tci: 0x7005 });
        let said = object(Dump::None, &Record { direction: Direction::Outgoing, vlan, ..record(&FRAME, 60) });
        let known =
            r#""direction":"out","kernel_vlan":{"tpid":33024,"id":5,"priority":3,"dei":true},"ether":"#;
        assert!(said.contains(known), "{said}");
    }

    #[test]
    fn a_dump_adds_the_bytes_that_text_would_show() {
        let said = object(Dump::Hex, &record(&FRAME, 60));
        assert!(
            said.ends_with("\"bytes\":\"00010800060400010200000000010a0000010000000000000a000002\"}\n"),
            "{said}"
        );
    }

    #[test]
    fn lengths_that_cannot_be_are_values() {
        let said = object(Dump::Hex, &record(b"", 0));
        assert!(said.ends_with("\"invalid_header\":[\"caplen_zero\",\"length_zero\"]}\n"), "{said}");
        assert!(object(Dump::None, &record(&FRAME, 20)).contains("[\"length_below_caplen\"]"));
    }

    #[test]
    fn a_cut_is_named_where_the_object_ends() {
        let said = object(Dump::None, &record(&FRAME[..30], 60));
        assert!(said.ends_with("\"truncated\":\"arp\",\"protocols\":[\"ether\",\"arp\"]}\n"), "{said}");
    }

    #[test]
    fn a_time_that_cannot_be_written_is_missing() {
        let far = Timestamp { seconds: i64::MAX, nanos: 1 };
        let said = object(Dump::None, &Record { time: far, ..record(&FRAME, 60) });
        assert!(said.starts_with("{\"v\":1,\"number\":7,\"caplen\""), "{said}");
        let odd = Timestamp { seconds: 1, nanos: 1_500_000_000 };
        let said = object(Dump::None, &Record { time: odd, ..record(&FRAME, 60) });
        assert!(
            said.contains("\"time_ns\":2500000000,\"time\":\"1970-01-01T00:00:02.500000000Z\""),
            "{said}"
        );
    }
}
