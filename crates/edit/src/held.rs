//! A packet that is kept while others are read.

use gannet_savefile::{ByteOrder, Options};
use gannet_wire::{Direction, LinkType, Record, Timestamp, VlanTag};

/// A copy of a packet and its options. Holding another reuses its memory.
#[derive(Clone, Debug)]
pub struct Held {
    bytes: Vec<u8>,
    options: Vec<u8>,
    order: ByteOrder,
    length: u32,
    time: Timestamp,
    link: LinkType,
    interface: u32,
    direction: Direction,
    vlan: Option<VlanTag>,
}

impl Default for Held {
    fn default() -> Self {
        Held {
            bytes: Vec::new(),
            options: Vec::new(),
            order: ByteOrder::NATIVE,
            length: 0,
            time: Timestamp::default(),
            link: LinkType::ETHERNET,
            interface: 0,
            direction: Direction::Unknown,
            vlan: None,
        }
    }
}

impl Held {
    /// Copies a packet in the place of the one before.
    pub fn hold(&mut self, record: &Record<'_>, options: Options<'_>) {
        self.bytes.clear();
        self.bytes.extend_from_slice(record.bytes);
        self.options.clear();
        self.options.extend_from_slice(options.raw());
        self.order = options.order();
        (self.length, self.time, self.link) = (record.length, record.time, record.link);
        (self.interface, self.direction, self.vlan) = (record.interface, record.direction, record.vlan);
    }

    /// The packet.
    pub fn record(&self) -> Record<'_> {
        Record {
            bytes: &self.bytes,
            length: self.length,
            time: self.time,
            link: self.link,
            interface: self.interface,
            direction: self.direction,
            vlan: self.vlan,
        }
    }

    /// Its bytes, to be changed.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What else was said of it.
    pub fn options(&self) -> Options<'_> {
        Options::new(&self.options, self.order)
    }
}
