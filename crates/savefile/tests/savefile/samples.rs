//! Small files, built here byte by byte.

use gannet_savefile::{Block, ByteOrder, Error, Item, Reader};
use gannet_wire::{Direction, LinkType};

/// A record that owns its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    pub bytes: Vec<u8>,
    pub length: u32,
    pub time: (i64, u64),
    pub link: LinkType,
    pub interface: u32,
    pub direction: Direction,
}

/// Reads a file to its end, through all errors that the reader goes on behind.
pub fn read(file: &[u8]) -> Result<(Vec<Packet>, Vec<Error>), Error> {
    let mut reader = Reader::open(file)?;
    let (mut packets, mut errors) = (Vec::new(), Vec::new());
    loop {
        assert!(reader.offset() <= file.len() as u64);
        match reader.next() {
            Ok(Some(p)) => packets.push(Packet {
                bytes: p.bytes.to_vec(),
                length: p.length,
                time: (p.time.seconds, p.time.nanos),
                link: p.link,
                interface: p.interface,
                direction: p.direction,
            }),
            Ok(None) => return Ok((packets, errors)),
            Err(e) => errors.push(e),
        }
    }
}

/// Reads a file in every way there is. Every step goes forward or is the last; nothing is asked twice.
pub fn read_every_way(file: &[u8]) {
    let _ = read(file);
    for recover in [false, true] {
        let open = || if recover { Reader::open_damaged(file) } else { Reader::open(file) };
        walk(file, open(), |reader| Ok(reader.next()?.map(|p| p.bytes.len())));
        walk(file, open(), |reader| Ok(reader.next_item()?.map(|item| ask(&item))));
        walk(file, open(), |reader| Ok(reader.next_block()?.map(|block| ask(&Item::Block(block)))));
    }
}

fn walk(
    file: &[u8],
    reader: Result<Reader<&[u8]>, Error>,
    mut step: impl FnMut(&mut Reader<&[u8]>) -> Result<Option<usize>, Error>,
) {
    let Ok(mut reader) = reader else { return };
    loop {
        let before = reader.offset();
        let local = match step(&mut reader) {
            Ok(Some(_)) => true,
            Ok(None) => return,
            Err(e) => {
                assert!(!e.to_string().is_empty() && e.offset().is_none_or(|at| at <= file.len() as u64));
                e.is_local()
            }
        };
        let after = reader.offset();
        assert!(after <= file.len() as u64 && (after > before || !local), "{before} to {after}");
        if !local {
            return;
        }
    }
}

/// Looks at all that a block holds.
fn ask(item: &Item<'_>) -> usize {
    match item {
        Item::Packet { options, .. } => options.iter().count(),
        Item::Block(Block::Section(s)) => s.options.comments().count(),
        Item::Block(Block::Interface(i)) => i.parse().map_or(0, |i| i.other.len()),
        Item::Block(Block::Enhanced(p)) => p.options.iter().count(),
        Item::Block(Block::Old(p)) => p.options.iter().count(),
        Item::Block(Block::Names(n)) => n.records().count() + n.options.iter().count(),
        Item::Block(Block::Statistics(s)) => s.start().and(s.end()).map_or(0, |_| 1),
        Item::Block(Block::Secrets(s)) => s.options.iter().count(),
        _ => 0,
    }
}

/// A pcapng file with one of every other block.
pub fn all_blocks(order: ByteOrder) -> Vec<u8> {
    let f = File::new(order);
    let body = f.body().u32(0x1a2b3c4d).u16(1).u16(0).raw(&[0xff; 8]).option(4, b"by hand").option(0, &[]);
    let f = f.block(0x0a0d0d0a, body);
    let idb = f.body().u16(220).u16(0).u32(0).option(2, b"usbmon0").option(9, &[9]).option(0, &[]);
    let usb = [&[0; 8][..], b"C\0\x81", &[0; 49], &[0, 0, 0, 1], &[0; 16]].concat();
    let nrb = f.body().option(1, b"\x01\x02\x03\x04x\0").option(0, &[]).option(2, b"ns");
    let isb = f.body().u32s(&[0, 0, 1]).option(2, &[0; 8]).option(3, &[1; 8]).option(0, &[]);
    let dsb = f.body().u32s(&[0x544c534b, 3]).raw(b"key\0").option(1, b"?");
    let (custom, journal, none) = (f.body().u32(32473).raw(b"own"), f.body().raw(b"A=b\n"), f.body());
    f.block(4, nrb)
        .block(1, idb)
        .enhanced(0, 7, &usb, none.clone().option(4, &[0; 8]).option(1, b"note"))
        .block(5, isb)
        .block(10, dsb)
        .block(0x0bad, custom.clone())
        .block(0x4000_0bad, custom)
        .block(9, journal)
        .enhanced(0, 8, &usb, none)
        .bytes
}

/// Reads a file in which nothing is wrong.
pub fn read_well(file: &[u8]) -> Vec<Packet> {
    let (packets, errors) = read(file).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    packets
}

/// A file in the making.
#[derive(Clone)]
pub struct File {
    pub order: ByteOrder,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn new(order: ByteOrder) -> Self {
        Self { order, bytes: Vec::new() }
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub fn u16(self, n: u16) -> Self {
        let b = if self.order == ByteOrder::Big { n.to_be_bytes() } else { n.to_le_bytes() };
        self.raw(&b)
    }

    pub fn u32(self, n: u32) -> Self {
        let b = if self.order == ByteOrder::Big { n.to_be_bytes() } else { n.to_le_bytes() };
        self.raw(&b)
    }

    pub fn u32s(self, ns: &[u32]) -> Self {
        ns.iter().fold(self, |file, n| file.u32(*n))
    }

    /// A pcap file header.
    pub fn pcap(self, magic: u32, version: (u16, u16), snaplen: u32, link: u32) -> Self {
        self.u32(magic).u16(version.0).u16(version.1).u32s(&[0, 0, snaplen, link])
    }

    /// A pcapng block.
    pub fn block(self, kind: u32, body: File) -> Self {
        let body = body.pad();
        let length = body.bytes.len() as u32 + 12;
        self.u32(kind).u32(length).raw(&body.bytes).u32(length)
    }

    /// An option of a pcapng block.
    pub fn option(self, code: u16, value: &[u8]) -> Self {
        self.u16(code).u16(value.len() as u16).raw(value).pad()
    }

    pub fn section(self) -> Self {
        let body = self.body().u32(0x1a2b3c4d).u16(1).u16(0).raw(&[0xff; 8]);
        self.block(0x0a0d0d0a, body)
    }

    pub fn interface(self, link: u16, snaplen: u32) -> Self {
        let body = self.body().u16(link).u16(0).u32(snaplen);
        self.block(1, body)
    }

    pub fn enhanced(self, interface: u32, ticks: u64, bytes: &[u8], options: File) -> Self {
        let caplen = bytes.len() as u32;
        let body = self.body().u32s(&[interface, (ticks >> 32) as u32, ticks as u32, caplen, caplen + 9]);
        self.block(6, body.raw(bytes).pad().raw(&options.bytes))
    }

    /// An empty one in the same byte order.
    pub fn body(&self) -> Self {
        Self::new(self.order)
    }

    fn pad(mut self) -> Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }
}

pub const ORDERS: [ByteOrder; 2] = [ByteOrder::Little, ByteOrder::Big];

/// A pcap file of three packets.
pub fn pcap(order: ByteOrder) -> Vec<u8> {
    File::new(order)
        .pcap(0xa1b2c3d4, (2, 4), 262144, 1)
        .u32s(&[1, 2, 4, 60])
        .raw(&[1, 2, 3, 4])
        .u32s(&[1, 3, 0, 0])
        .u32s(&[2, 999_999, 5, 5])
        .raw(&[9, 8, 7, 6, 5])
        .bytes
}

/// A pcapng file with a bit of everything: two sections, three interfaces, the three kinds of packets.
pub fn pcapng(order: ByteOrder) -> Vec<u8> {
    let f = File::new(order).section().interface(1, 0).interface(101, 64);
    let none = f.body();
    let outbound = f.body().option(2, &f.body().u32(2).bytes).option(0, &[]);
    let old = f.body().u16(1).u16(7).u32s(&[0, 5_000_000, 3, 3]).raw(b"old");
    let other = match order {
        ByteOrder::Little => ByteOrder::Big,
        ByteOrder::Big => ByteOrder::Little,
    };
    let second = File::new(other).section().interface(113, 8);
    let simple = second.body().u32(10).raw(b"simple: ");
    let second = second.block(3, simple).enhanced(0, 1, b"late", second_options(other));
    f.enhanced(0, 1_000_001, b"first", none.clone())
        .block(0x0bad, none.clone().raw(b"not for us"))
        .enhanced(1, 2_000_000, b"second", outbound)
        .block(2, old)
        .raw(&second.bytes)
        .bytes
}

fn second_options(order: ByteOrder) -> File {
    File::new(order).option(1, b"a comment")
}
