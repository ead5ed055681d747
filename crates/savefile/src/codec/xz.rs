//! The .xz format: streams of blocks of LZMA2 data, each stream with an index of its blocks at the end.
//!
//! Source: <https://tukaani.org/xz/xz-file-format.txt> 1.2.1. A SHA-256 of the content, which hardly anybody
//! asks for, is stepped over; CRC-32 and CRC-64 are verified.

use super::decoder::{Fault, Step};
use crate::window::Window;
use flate2::Crc;
use lzma_rust2::{Action, FilterConfig, Lzma2Stream, Status};
use std::io::{ErrorKind, Read};

/// How long the header of a stream is, and its footer, in bytes.
const STREAM_HEADER: usize = 12;

/// Decompresses one stream.
pub(super) struct Unpacker {
    max_dictionary: u32,
    stage: Stage,
    /// The flags of the stream: a zero, and which check follows each block.
    flags: [u8; 2],
    lzma: Option<Lzma2Stream>,
    crc32: Crc,
    crc64: Crc64,
    block: Block,
    /// The lengths of all blocks, summed up as they came: how many, and a CRC over them.
    blocks: (u64, Crc),
    /// The same as the index has it, and the index itself: how long it is, and its CRC.
    indexed: (u64, Crc),
    index: (u64, Crc),
}

enum Stage {
    StreamHeader,
    BlockHeader,
    Data,
    /// What follows the output that was given is a fault.
    Damage(Option<Fault>),
    Check,
    Record,
    IndexEnd,
    Footer,
}

/// What is known of a block.
#[derive(Default)]
struct Block {
    /// How long its header is, its data, and its content; the latter as claimed and as seen.
    header: u64,
    compressed: (Option<u64>, u64),
    content: (Option<u64>, u64),
}

impl Unpacker {
    pub(super) fn new(max_dictionary: u32) -> Self {
        Self {
            max_dictionary,
            stage: Stage::StreamHeader,
            flags: [0; 2],
            lzma: None,
            crc32: Crc::new(),
            crc64: Crc64::new(),
            block: Block::default(),
            blocks: (0, Crc::new()),
            indexed: (0, Crc::new()),
            index: (0, Crc::new()),
        }
    }

    pub(super) fn step<R: Read>(&mut self, input: &mut Window<R>, out: &mut [u8]) -> Result<Step, Fault> {
        match &mut self.stage {
            Stage::StreamHeader => self.stream_header(input),
            Stage::BlockHeader => self.block_header(input),
            Stage::Data => self.data(input, out),
            Stage::Damage(fault) => Err(fault.take().unwrap_or(Fault::Early)),
            Stage::Check => self.check(input),
            Stage::Record => self.record(input),
            Stage::IndexEnd => self.index_end(input),
            Stage::Footer => self.footer(input),
        }
    }

    fn stream_header<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let &[_, _, _, _, _, _, a, b, ref crc @ ..] = input.look(STREAM_HEADER)? else {
            return Err(Fault::Early);
        };
        let &[c, d, e, f] = crc else { return Err(Fault::Early) };
        if crc32(&[a, b]) != u32::from_le_bytes([c, d, e, f]) {
            return Err(wrong("the checksum of the stream header"));
        }
        if a != 0 || b > 0x0f {
            return Err(Fault::Refused("it is of a newer version of the format".to_owned()));
        }
        self.flags = [a, b];
        input.consume(STREAM_HEADER);
        self.stage = Stage::BlockHeader;
        Ok(Step::More)
    }

    /// A block, or where its header would be, the index.
    fn block_header<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let &[size] = input.look(1)? else { return Err(Fault::Early) };
        if size == 0 {
            return self.index_begins(input);
        }
        let size = (usize::from(size) + 1) * 4;
        let header = input.look(size)?;
        if header.len() < size {
            return Err(Fault::Early);
        }
        let Some((fields, crc)) = header.split_last_chunk::<4>() else { return Err(Fault::Early) };
        if crc32(fields) != u32::from_le_bytes(*crc) {
            return Err(wrong("the checksum of a block header"));
        }
        let (block, dictionary, filter) = parse_block(fields)?;
        if dictionary > self.max_dictionary {
            return Err(Fault::Refused(format!(
                "it was made with a dictionary of {} MiB, and {} MiB is the most that is given",
                dictionary.div_ceil(1 << 20),
                self.max_dictionary >> 20
            )));
        }
        let mut lzma = Lzma2Stream::new(dictionary);
        if let Some(filter) = filter {
            lzma.set_filters(&[filter]).map_err(|error| Fault::Refused(error.to_string()))?;
        }
        input.consume(size);
        self.block = block;
        self.crc32 = Crc::new();
        self.crc64 = Crc64::new();
        self.lzma = Some(lzma);
        self.stage = Stage::Data;
        Ok(Step::More)
    }

    fn data<R: Read>(&mut self, input: &mut Window<R>, out: &mut [u8]) -> Result<Step, Fault> {
        let Some(lzma) = &mut self.lzma else { return Err(Fault::Early) };
        let (taken, given) = (lzma.total_in(), lzma.total_out());
        let bytes = input.look_far(0)?;
        let there = bytes.len();
        let mut result = lzma.process(bytes, out, Action::Run);
        let mut early = false;
        if matches!(&result, Ok(now) if now.bytes_consumed + now.bytes_produced == 0 && now.status == Status::Ok)
        {
            if input.look_far(there + 1)?.len() > there {
                return Ok(Step::More);
            }
            // The input is over: what the decoder holds back for more of it comes out now.
            early = true;
            result = lzma.process(&[], out, Action::Finish);
        }
        let taken = (lzma.total_in() - taken) as usize;
        let given = (lzma.total_out() - given) as usize;
        input.consume(taken.min(there));
        self.block.compressed.1 += taken as u64;
        self.block.content.1 += given as u64;
        match result {
            Ok(now) if now.status == Status::StreamEnd => self.stage = Stage::Check,
            Ok(_) if early && given == 0 => return Err(Fault::Early),
            Ok(_) => {}
            Err(error) if early && error.kind() == ErrorKind::UnexpectedEof => {
                self.stage = Stage::Damage(Some(Fault::Early));
            }
            Err(error) => self.stage = Stage::Damage(Some(Fault::damaged(error))),
        }
        if given == 0 {
            return Ok(Step::More);
        }
        let content = out.get(..given).unwrap_or_default();
        match self.flags {
            [_, 1] => self.crc32.update(content),
            [_, 4] => self.crc64.update(content),
            _ => {}
        }
        Ok(Step::Data(given))
    }

    /// The end of a block: zeros until its length is a multiple of four, and the check.
    fn check<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let padding = padding(self.block.compressed.1);
        // None, 4, 4, 4, 8, 8, 8, 16, .. for the checks 0 to 15.
        let size = match self.flags[1] {
            0 => 0,
            n => 4usize << ((n - 1) / 3).min(4),
        };
        let end = input.look(padding + size)?;
        if end.len() < padding + size {
            return Err(Fault::Early);
        }
        let (zeros, check) = end.split_at_checked(padding).unwrap_or_default();
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(wrong("the padding of a block"));
        }
        let right = match (self.flags[1], check) {
            (1, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]) == self.crc32.sum(),
            (4, &[a, b, c, d, e, f, g, h]) => {
                u64::from_le_bytes([a, b, c, d, e, f, g, h]) == self.crc64.sum()
            }
            _ => true,
        };
        if !right {
            return Err(wrong("the checksum of a block"));
        }
        input.consume(padding + size);
        let Block { header, compressed, content } = &self.block;
        if [compressed, content].iter().any(|(claimed, seen)| claimed.is_some_and(|claimed| claimed != *seen))
        {
            return Err(wrong("the length of a block"));
        }
        let unpadded = header + compressed.1 + size as u64;
        add_record(&mut self.blocks, unpadded, content.1);
        self.lzma = None;
        self.stage = Stage::BlockHeader;
        Ok(Step::More)
    }

    fn index_begins<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let head = input.look(10)?;
        let (count, size) = vli(head.get(1..).unwrap_or_default())?;
        let bytes = head.get(..1 + size).unwrap_or_default();
        self.index.0 += bytes.len() as u64;
        self.index.1.update(bytes);
        input.consume(1 + size);
        if count != self.blocks.0 {
            return Err(wrong("the number of blocks in the index"));
        }
        self.stage = Stage::Record;
        Ok(Step::More)
    }

    /// The lengths of one block in the index.
    fn record<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        if self.indexed.0 == self.blocks.0 {
            self.stage = Stage::IndexEnd;
            return Ok(Step::More);
        }
        let record = input.look(18)?;
        let (unpadded, first) = vli(record)?;
        let (content, second) = vli(record.get(first..).unwrap_or_default())?;
        let bytes = record.get(..first + second).unwrap_or_default();
        self.index.0 += bytes.len() as u64;
        self.index.1.update(bytes);
        input.consume(first + second);
        add_record(&mut self.indexed, unpadded, content);
        Ok(Step::More)
    }

    fn index_end<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let padding = padding(self.index.0);
        let end = input.look(padding + 4)?;
        let Some((zeros, crc)) = end.split_last_chunk::<4>().filter(|(zeros, _)| zeros.len() == padding)
        else {
            return Err(Fault::Early);
        };
        self.index.0 += padding as u64;
        self.index.1.update(zeros);
        if zeros.iter().any(|byte| *byte != 0) || self.index.1.sum() != u32::from_le_bytes(*crc) {
            return Err(wrong("the checksum of the index"));
        }
        if self.indexed.1.sum() != self.blocks.1.sum() {
            return Err(wrong("the length of a block in the index"));
        }
        input.consume(padding + 4);
        self.stage = Stage::Footer;
        Ok(Step::More)
    }

    fn footer<R: Read>(&mut self, input: &mut Window<R>) -> Result<Step, Fault> {
        let &[a, b, c, d, e, f, g, h, i, j, k, l] = input.look(STREAM_HEADER)? else {
            return Err(Fault::Early);
        };
        let index = (u64::from(u32::from_le_bytes([e, f, g, h])) + 1) * 4;
        let right = crc32(&[e, f, g, h, i, j]) == u32::from_le_bytes([a, b, c, d])
            && [i, j] == self.flags
            && [k, l] == *b"YZ"
            && index == self.index.0 + 4;
        if !right {
            return Err(wrong("the end of the stream"));
        }
        input.consume(STREAM_HEADER);
        Ok(Step::End)
    }
}

fn wrong(what: &str) -> Fault {
    Fault::Damaged(format!("{what} is wrong"))
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// How many bytes are missing to a multiple of four.
fn padding(length: u64) -> usize {
    (length.wrapping_neg() & 3) as usize
}

fn add_record((count, crc): &mut (u64, Crc), unpadded: u64, content: u64) {
    *count += 1;
    crc.update(&unpadded.to_le_bytes());
    crc.update(&content.to_le_bytes());
}

/// A number of one to nine bytes, seven bits in each, the lowest first; and how many bytes it takes.
fn vli(bytes: &[u8]) -> Result<(u64, usize), Fault> {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return if *byte == 0 && i > 0 { Err(wrong("a number")) } else { Ok((value, i + 1)) };
        }
    }
    if bytes.len() < 9 { Err(Fault::Early) } else { Err(wrong("a number")) }
}

/// The same of a header that is there as a whole; the rest of it is left.
fn take_vli(bytes: &mut &[u8]) -> Result<u64, Fault> {
    let (value, size) = vli(bytes).map_err(|_| wrong("a block header"))?;
    *bytes = bytes.get(size..).unwrap_or_default();
    Ok(value)
}

/// Reads the header of a block, without the CRC at its end: the block, the size of its dictionary in bytes, and
/// what was done to the content before.
fn parse_block(header: &[u8]) -> Result<(Block, u32, Option<FilterConfig>), Fault> {
    let &[_, flags, ref rest @ ..] = header else { return Err(wrong("a block header")) };
    let mut rest = rest;
    if flags & 0x3c != 0 {
        return Err(Fault::Refused("it is of a newer version of the format".to_owned()));
    }
    let mut block = Block { header: header.len() as u64 + 4, ..Block::default() };
    if flags & 0x40 != 0 {
        block.compressed.0 = Some(take_vli(&mut rest)?);
    }
    if flags & 0x80 != 0 {
        block.content.0 = Some(take_vli(&mut rest)?);
    }
    let mut filter = None;
    for left in (0..=flags & 3).rev() {
        let id = take_vli(&mut rest)?;
        let size = usize::try_from(take_vli(&mut rest)?).unwrap_or(usize::MAX);
        let (properties, behind) = rest.split_at_checked(size).ok_or_else(|| wrong("a block header"))?;
        rest = behind;
        match (id, left, properties) {
            (0x21, 0, &[bits]) => {
                let zeros = rest.iter().all(|byte| *byte == 0);
                return if zeros {
                    Ok((block, dictionary(bits)?, filter))
                } else {
                    Err(wrong("a block header"))
                };
            }
            (_, 1.., _) if filter.is_none() => filter = Some(filter_config(id, properties)?),
            _ => return Err(Fault::Refused("it uses a chain of filters".to_owned())),
        }
    }
    Err(wrong("a block header"))
}

/// The size of a dictionary, of which the header gives a mantissa of one bit and an exponent.
fn dictionary(bits: u8) -> Result<u32, Fault> {
    match bits {
        0..40 => Ok((2 | u32::from(bits & 1)) << (bits / 2 + 11)),
        40 => Ok(u32::MAX),
        _ => Err(wrong("the size of the dictionary")),
    }
}

fn filter_config(id: u64, properties: &[u8]) -> Result<FilterConfig, Fault> {
    let start = match *properties {
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    };
    Ok(match (id, properties) {
        (3, &[distance]) => FilterConfig::new_delta(u32::from(distance) + 1),
        (4, [] | [_, _, _, _]) => FilterConfig::new_bcj_x86(start),
        (7, [] | [_, _, _, _]) => FilterConfig::new_bcj_arm(start),
        (8, [] | [_, _, _, _]) => FilterConfig::new_bcj_arm_thumb(start),
        (10, [] | [_, _, _, _]) => FilterConfig::new_bcj_arm64(start),
        _ => return Err(Fault::Refused(format!("it uses filter {id:#x}"))),
    })
}

/// The CRC-64 of ECMA-182, bits reversed, eight bytes at a time.
struct Crc64 {
    state: u64,
}

/// What each byte does to the sum, seen from one to eight bytes away.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it, and would say so")]
static CRC64: [[u64; 256]; 8] = {
    let mut tables = [[0u64; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut sum = i as u64;
        let mut bit = 0;
        while bit < 8 {
            sum = sum >> 1 ^ if sum & 1 != 0 { 0xc96c_5795_d787_0f42 } else { 0 };
            bit += 1;
        }
        tables[0][i] = sum;
        i += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut i = 0;
        while i < 256 {
            let sum = tables[table - 1][i];
            tables[table][i] = sum >> 8 ^ tables[0][(sum & 0xff) as usize];
            i += 1;
        }
        table += 1;
    }
    tables
};

impl Crc64 {
    fn new() -> Self {
        Self { state: !0 }
    }

    fn update(&mut self, bytes: &[u8]) {
        let look = |table: &[u64; 256], byte: u64| table.get((byte & 0xff) as usize).copied().unwrap_or(0);
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let word = self.state ^ u64::from_le_bytes(*eight);
            let sums = CRC64.iter().rev().enumerate().map(|(i, table)| look(table, word >> (8 * i)));
            self.state = sums.fold(0, |sum, part| sum ^ part);
        }
        for byte in rest {
            self.state = self.state >> 8 ^ look(&CRC64[0], self.state ^ u64::from(*byte));
        }
    }

    fn sum(&self) -> u64 {
        !self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc64_of_the_digits() {
        let mut crc = Crc64::new();
        crc.update(b"12345678901");
        let mut same = Crc64::new();
        b"12345678901".iter().for_each(|byte| same.update(&[*byte]));
        assert_eq!(crc.sum(), same.sum());
        let mut crc = Crc64::new();
        crc.update(b"123456789");
        assert_eq!(crc.sum(), 0x995d_c9bb_df19_39fa);
    }

    #[test]
    fn dictionaries_as_the_format_lists_them() {
        let size = |bits| dictionary(bits).map_err(drop);
        assert_eq!([size(0), size(1), size(2)], [Ok(4096), Ok(6144), Ok(8192)]);
        assert_eq!([size(39), size(40), size(41)], [Ok(3 << 30), Ok(u32::MAX), Err(())]);
    }
}
