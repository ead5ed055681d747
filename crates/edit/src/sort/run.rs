//! Packets in order of time, on their way through scratch files.
//!
//! A scratch file is packets one after the other, each a [`Head`] of fixed length and its bytes and options. Nobody
//! else reads it, so numbers are in the order of this machine.

use crate::error::Error;
use gannet_savefile::{ByteOrder, Options};
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};

/// So many scratch files of the same rank become one of the next: a process may have a thousand files open, and each
/// that is read takes memory.
const FAN: usize = 64;
/// How much of a scratch file is read or written at once.
const PIECE: usize = 64 * 1024;

/// Who takes packets.
pub(super) type Take<'t> = &'t mut dyn FnMut(&Head, &[u8]) -> Result<(), Error>;

/// A packet without its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) time: Timestamp,
    caplen: u32,
    /// How many bytes of options there are.
    options: u32,
    length: u32,
    interface: u32,
    link: LinkType,
    order: ByteOrder,
    direction: Direction,
}

impl Head {
    pub(super) fn new(record: &Record<'_>, options: Options<'_>) -> Self {
        Head {
            time: record.time,
            caplen: record.bytes.len() as u32,
            options: options.raw().len() as u32,
            length: record.length,
            interface: record.interface,
            link: record.link,
            order: options.order(),
            direction: record.direction,
        }
    }

    /// How many bytes and options there are.
    pub(super) fn size(&self) -> usize {
        self.caplen as usize + self.options as usize
    }

    /// The packet: `data` is its bytes, then its options.
    pub(super) fn lend<'d>(&self, data: &'d [u8]) -> (Record<'d>, Options<'d>) {
        let (bytes, options) = data.split_at_checked(self.caplen as usize).unwrap_or_default();
        let Head { time, length, interface, link, direction, .. } = *self;
        let record = Record { bytes, length, time, link, interface, direction, vlan: None };
        (record, Options::new(options, self.order))
    }

    fn write(&self, data: &[u8], to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.time.seconds.to_ne_bytes())?;
        to.write_all(&self.time.nanos.to_ne_bytes())?;
        for number in [self.caplen, self.options, self.length, self.interface] {
            to.write_all(&number.to_ne_bytes())?;
        }
        let direction = DIRECTIONS.iter().position(|known| *known == self.direction);
        to.write_all(&self.link.0.to_ne_bytes())?;
        to.write_all(&[u8::from(self.order == ByteOrder::Big), direction.unwrap_or(0) as u8])?;
        to.write_all(data)
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        Ok(Head {
            time: Timestamp {
                seconds: i64::from_ne_bytes(array(from)?),
                nanos: u64::from_ne_bytes(array(from)?),
            },
            caplen: u32::from_ne_bytes(array(from)?),
            options: u32::from_ne_bytes(array(from)?),
            length: u32::from_ne_bytes(array(from)?),
            interface: u32::from_ne_bytes(array(from)?),
            link: LinkType(u16::from_ne_bytes(array(from)?)),
            order: if array(from)? == [1] { ByteOrder::Big } else { ByteOrder::Little },
            direction: DIRECTIONS
                .get(usize::from(u8::from_ne_bytes(array(from)?)))
                .copied()
                .unwrap_or_default(),
        })
    }
}

/// The place of a direction here is its number in a scratch file.
const DIRECTIONS: [Direction; 6] = [
    Direction::Unknown,
    Direction::Host,
    Direction::Broadcast,
    Direction::Multicast,
    Direction::OtherHost,
    Direction::Outgoing,
];

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Scratch files, in the order that they were made in.
pub(super) struct Runs<S, F> {
    scratch: F,
    /// Each with its rank: how often its packets went through a file. None is of a higher rank than the one before.
    files: Vec<(u32, S)>,
}

impl<S: Read + Write + Seek, F: FnMut() -> io::Result<S>> Runs<S, F> {
    /// None yet; `scratch` makes them.
    pub(super) fn new(scratch: F) -> Self {
        Runs { scratch, files: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Adds a scratch file of the packets that `fill` hands over in order.
    pub(super) fn add(&mut self, fill: impl FnOnce(Take<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let file = self.write(fill)?;
        self.files.push((0, file));
        while let Some(from) = self.files.len().checked_sub(FAN)
            && let (Some((rank, _)), Some((last, _))) = (self.files.get(from), self.files.last())
            && rank == last
        {
            let rank = *rank + 1;
            let full = self.files.split_off(from);
            let file = self.write(|take| {
                merge(full, |head, data| {
                    take(head, data)?;
                    Ok(true)
                })
            })?;
            self.files.push((rank, file));
        }
        Ok(())
    }

    /// Hands all packets over in order of time, those of the same time in the order of their files, until `take` says
    /// `false`.
    pub(super) fn merge(self, take: impl FnMut(&Head, &[u8]) -> Result<bool, Error>) -> Result<(), Error> {
        merge(self.files, take)
    }

    fn write(&mut self, fill: impl FnOnce(Take<'_>) -> Result<(), Error>) -> Result<S, Error> {
        let file = (self.scratch)().map_err(Error::Scratch)?;
        let mut to = BufWriter::with_capacity(PIECE, file);
        fill(&mut |head, data| head.write(data, &mut to).map_err(Error::Scratch))?;
        let mut file = to.into_inner().map_err(|error| Error::Scratch(error.into_error()))?;
        file.rewind().map_err(Error::Scratch)?;
        Ok(file)
    }
}

fn merge<S: Read>(
    files: Vec<(u32, S)>,
    mut take: impl FnMut(&Head, &[u8]) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut runs: Vec<_> = files.into_iter().map(|(_, file)| Run::new(file)).collect();
    let mut order = BinaryHeap::with_capacity(runs.len());
    for (at, run) in runs.iter_mut().enumerate() {
        order.extend(run.advance().map_err(Error::Scratch)?.map(|head| Reverse((head.time, at))));
    }
    while let Some(Reverse((_, at))) = order.pop() {
        let Some(run) = runs.get_mut(at) else { continue };
        let Some(head) = run.head else { continue };
        if !take(&head, &run.data)? {
            break;
        }
        order.extend(run.advance().map_err(Error::Scratch)?.map(|head| Reverse((head.time, at))));
    }
    Ok(())
}

/// A scratch file that is read, and its next packet.
struct Run<S> {
    source: BufReader<S>,
    head: Option<Head>,
    data: Vec<u8>,
}

impl<S: Read> Run<S> {
    fn new(file: S) -> Self {
        Run { source: BufReader::with_capacity(PIECE, file), head: None, data: Vec::new() }
    }

    /// Reads the next packet, if there is one.
    fn advance(&mut self) -> io::Result<Option<Head>> {
        self.head = None;
        self.data.clear();
        if !self.source.fill_buf()?.is_empty() {
            let head = Head::read(&mut self.source)?;
            let size = head.size() as u64;
            if (&mut self.source).take(size).read_to_end(&mut self.data)? as u64 != size {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.head = Some(head);
        }
        Ok(self.head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::io::{Cursor, SeekFrom};

    /// A scratch file that is counted as long as it is there.
    struct Counted<'c>(Cursor<Vec<u8>>, &'c Cell<[usize; 2]>);

    impl<'c> Counted<'c> {
        fn new(count: &'c Cell<[usize; 2]>) -> Self {
            let [now, most] = count.get();
            count.set([now + 1, most.max(now + 1)]);
            Counted(Cursor::new(Vec::new()), count)
        }
    }

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            let [now, most] = self.1.get();
            self.1.set([now - 1, most]);
        }
    }

    impl Read for Counted<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.0.read(to)
        }
    }

    impl Write for Counted<'_> {
        fn write(&mut self, from: &[u8]) -> io::Result<usize> {
            self.0.write(from)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Counted<'_> {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    /// The `n`th packet: no two say the same, and those of a hundred have the same time.
    fn packet(n: u32) -> (Head, Vec<u8>) {
        let head = Head {
            time: Timestamp { seconds: -i64::from(n / 100), nanos: u64::MAX - 1 },
            caplen: n % 7,
            options: 2,
            length: n,
            interface: !n,
            link: LinkType(n as u16),
            order: if n.is_multiple_of(2) { ByteOrder::Big } else { ByteOrder::Little },
            direction: DIRECTIONS[n as usize % DIRECTIONS.len()],
        };
        (head, vec![n as u8; n as usize % 7 + 2])
    }

    #[test]
    fn few_files_hold_all_packets_and_keep_their_order() {
        const ALL: u32 = 10_000;
        let count = Cell::new([0; 2]);
        let mut runs = Runs::new(|| Ok(Counted::new(&count)));
        for n in 0..ALL {
            runs.add(|take| {
                let (head, data) = packet(n);
                take(&head, &data)
            })
            .unwrap();
        }
        let [_, most] = count.get();
        assert!(most <= 3 * FAN, "{most} files at a time");
        let mut expected: Vec<_> = (0..ALL).map(packet).collect();
        expected.sort_by_key(|(head, _)| head.time);
        let mut expected = expected.into_iter();
        runs.merge(|head, data| {
            let (wanted, bytes) = expected.next().unwrap();
            assert_eq!((format!("{head:?}"), data), (format!("{wanted:?}"), &bytes[..]));
            Ok(true)
        })
        .unwrap();
        assert!(expected.next().is_none());
    }

    #[test]
    fn a_scratch_file_that_was_cut_is_a_fault() {
        let mut file = Cursor::new(Vec::new());
        let (head, data) = packet(6);
        head.write(&data, &mut file).unwrap();
        for length in 1..file.get_ref().len() {
            let cut = Cursor::new(file.get_ref()[..length].to_vec());
            let done = merge(vec![(0, cut)], |_, _| panic!("no packet is whole"));
            assert!(matches!(done, Err(Error::Scratch(_))), "{length}: {done:?}");
        }
    }
}
