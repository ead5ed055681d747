//! The interpreter.
//!
//! A program is decoded once into dense operations with absolute jump targets; common pairs (a load and the
//! comparison that follows it) become one operation, and so do whole chains and trees of comparisons with constants
//! ([`regions`], [`search`]). Operations stand in the order of the instructions that they come from, and what is
//! never reached is left out ([`compact`]). Running allocates nothing.

mod compact;
mod decode;
pub(crate) mod rare;
mod regions;
mod search;

use alloc::vec::Vec;

use crate::instruction::opcode::MEMORY_SLOTS;
use crate::metadata::Metadata;
use crate::program::Program;
use rare::Rare;
use search::Search;

/// Whose machine to be where the two differ.
///
/// | | Linux | libpcap |
/// |---|---|---|
/// | shift by X, where X is 32 or more | by the low five bits of X | gives 0 |
/// | load at X + k, where the sum is 2^32 or more | at the sum modulo 2^32 | rejects the packet |
/// | offset (constant, or X + k) from `0xfff0_0000` on | counts from the network header ([`crate::ancillary::NET_OFF`]) | is past the end: rejects |
/// | offset from `0xffe0_0000` on, below that | counts from the link header, the first byte ([`crate::ancillary::LL_OFF`]) | is past the end: rejects |
///
/// In all else they agree, also where a program of ours means more than libpcap's machine can say: a constant offset
/// from [`crate::ancillary::AD_OFF`] on names a fact in both (libpcap knows only the VLAN tag and its presence), and
/// X + k never does. Offsets from `0x8000_0000` up to those of the headers reject in both.
///
/// Three differences are no matter of semantics. The kernel refuses programs that [`crate::Limits::KERNEL`] does, and
/// libpcap runs them. Loads of facts that are not in [`Metadata`] reject here; the kernel knows all facts of a packet
/// that came through an interface. And the kernel cuts what a filter returns to the packet, which is left to the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Semantics {
    /// The Linux kernel (`net/core/filter.c`).
    #[default]
    Linux,
    /// libpcap (`bpf_filter.c`), whose machine defines what the filter language means.
    Libpcap,
}

/// A program made ready to run.
///
/// ```
/// use gannet_bpf::{Limits, Metadata, Vm, asm, check};
/// let list = asm::assemble("ldh [12]  jeq #0x86dd, yes  ret #0  yes: ret #-1")?;
/// let vm = Vm::new(&check(list, Limits::KERNEL)?);
/// let mut packet = [0; 60];
/// assert_eq!(vm.run(&packet, 60, &Metadata::default()), 0);
/// packet[12..14].copy_from_slice(&[0x86, 0xdd]);
/// assert_eq!(vm.run(&packet, 60, &Metadata::default()), u32::MAX);
/// // A load past the captured end rejects the packet.
/// assert_eq!(vm.run(&packet[..13], 60, &Metadata::default()), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vm {
    ops: Vec<Op>,
    searches: Vec<Search>,
    semantics: Semantics,
    has_memory: bool,
}

/// One operation. Jump targets are operation numbers.
#[derive(Clone, Copy, Debug)]
enum Op {
    Ret(u32),
    RetA,
    LdW(u32),
    LdH(u32),
    LdB(u32),
    LdIndW(u32),
    LdIndH(u32),
    LdIndB(u32),
    LdImm(u32),
    LdLen,
    LdMem(u32),
    LdxImm(u32),
    LdxLen,
    LdxMem(u32),
    LdxMsh(u32),
    /// The same at an offset of the upper half, which counts from a header.
    LdxMshFrom(u32),
    St(u32),
    Stx(u32),
    Tax,
    Txa,
    AddK(u32),
    AddX,
    SubK(u32),
    SubX,
    MulK(u32),
    AndK(u32),
    OrK(u32),
    LshK(u32),
    RshK(u32),
    Ja(u32),
    /// The only way backward, and counted.
    JaBack(u32),
    JeqK(Branch),
    JgtK(Branch),
    JgeK(Branch),
    JsetK(Branch),
    JeqX(u32, u32),
    JgtX(u32, u32),
    JgeX(u32, u32),
    JsetX(u32, u32),
    /// Comparisons with several constants.
    In(Between),
    OneOf(Bytes),
    /// To where the search of this number leads A.
    Search(u32),
    /// Load at the number, then keep the bits of the mask.
    LdBAnd(u32, u32),
    /// Keep the bits of the mask, then compare.
    AndJeq(u32, Branch),
    /// Load at the first number, then compare.
    LdWJeq(u32, Branch),
    LdBJeq(u32, Branch),
    LdHJset(u32, Branch),
    LdHIn(u32, HalfBetween),
    LdIndHIn(u32, HalfBetween),
    LdBOneOf(u32, Bytes),
    LdWSearch(u32, u32),
    LdHSearch(u32, u32),
    LdIndHSearch(u32, u32),
    Rare(Rare),
}

/// A comparison of A with `k`, and where it leads.
#[derive(Clone, Copy, Debug)]
struct Branch {
    k: u32,
    jt: u32,
    jf: u32,
}

impl Branch {
    #[inline(always)]
    fn on(self, holds: bool) -> usize {
        choose(holds, self.jt, self.jf)
    }
}

/// Whether A is one of the `width + 1` values from `low` on.
#[derive(Clone, Copy, Debug)]
struct Between {
    low: u32,
    width: u32,
    jt: u32,
    jf: u32,
}

/// The same of half a word, so that there is room for a load's offset.
#[derive(Clone, Copy, Debug)]
struct HalfBetween {
    low: u16,
    width: u16,
    jt: u32,
    jf: u32,
}

impl HalfBetween {
    #[inline(always)]
    fn on(self, a: u32) -> usize {
        choose(a.wrapping_sub(self.low.into()) <= self.width.into(), self.jt, self.jf)
    }
}

/// Whether A is one of a few bytes.
#[derive(Clone, Copy, Debug)]
struct Bytes {
    keys: [u8; 4],
    jt: u32,
    jf: u32,
}

impl Bytes {
    /// Asks for all at once: one branch is foreseen more easily than four.
    #[inline(always)]
    fn on(self, a: u32) -> usize {
        choose(self.keys.iter().fold(false, |any, key| any | (u32::from(*key) == a)), self.jt, self.jf)
    }
}

/// Where a comparison leads.
///
/// Without the hint the two targets become a conditional move, and then the next operation waits for this
/// comparison where a predicted branch would not: that costs up to half of the time.
#[inline(always)]
fn choose(holds: bool, jt: u32, jf: u32) -> usize {
    if holds {
        cold();
        jt as usize
    } else {
        jf as usize
    }
}

impl Vm {
    /// Decodes a program for the kernel's semantics; [`Vm::with_semantics`] can have libpcap's.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        Self::with_semantics(program, Semantics::Linux)
    }

    /// Decodes a program for either semantics. Time and memory are linear in its length, but for sorting the
    /// constants that it compares with.
    ///
    /// [`Semantics`] lists all that differs. Two of these, for the packet that begins with the byte 33:
    ///
    /// ```
    /// use gannet_bpf::{Limits, Metadata, Semantics, Vm, asm, check};
    /// let verdicts = |text| -> Result<_, Box<dyn std::error::Error>> {
    ///     let program = check(asm::assemble(text)?, Limits::KERNEL)?;
    ///     let run = |of| Vm::with_semantics(&program, of).run(&[33; 60], 60, &Metadata::default());
    ///     Ok([Semantics::Linux, Semantics::Libpcap].map(run))
    /// };
    /// // 1 << 33: Linux shifts by 1, libpcap shifts everything out.
    /// assert_eq!(verdicts("ldb [0]  tax  ld #1  lsh x  ret a")?, [2, 0]);
    /// // At 33 - 32: Linux wraps around, libpcap is past the end.
    /// assert_eq!(verdicts("ldb [0]  tax  ldb [x + 0xffffffe0]  ret a")?, [33, 0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_semantics(program: &Program, semantics: Semantics) -> Self {
        decode::decode(program, semantics)
    }

    /// Runs the program on the captured bytes of one packet: 0 rejects it, anything else is how many bytes to
    /// keep. `wire_len` is the packet's length in bytes before the snaplen cut it.
    ///
    /// A load past the end, the load of an absent fact and a division by zero reject the packet. A program with
    /// loops may go back once per captured byte and 1,024 times more; then it rejects the packet.
    #[must_use]
    pub fn run(&self, packet: &[u8], wire_len: u32, meta: &Metadata) -> u32 {
        self.start(packet, wire_len, meta).unwrap_or(0)
    }

    /// Asks the first question, most often for the protocol in the link header; it may be the last one.
    #[inline(always)]
    fn start(&self, packet: &[u8], wire_len: u32, meta: &Metadata) -> Option<u32> {
        let (mut a, mut pc) = (0, 0);
        if let Some(Op::LdHIn(k, b)) = self.ops.first() {
            a = half(packet, *k)?;
            pc = b.on(a);
        }
        match self.ops.get(pc)? {
            Op::Ret(k) => Some(*k),
            _ if self.has_memory => self.execute::<MEMORY_SLOTS>(a, pc, packet, wire_len, meta),
            _ => self.execute::<0>(a, pc, packet, wire_len, meta),
        }
    }

    /// The rest, from there on. `None` is a rejection by a failed load or division.
    #[inline(never)]
    fn execute<const SLOTS: usize>(
        &self,
        mut a: u32,
        mut pc: usize,
        packet: &[u8],
        wire_len: u32,
        meta: &Metadata,
    ) -> Option<u32> {
        let mut x = 0u32;
        let mut m = [0u32; SLOTS];
        let mut fuel = packet.len().saturating_add(1024);
        loop {
            let op = self.ops.get(pc)?;
            pc += 1;
            match *op {
                Op::Ret(k) => return Some(k),
                Op::RetA => return Some(a),
                Op::LdW(k) => a = word(packet, k)?,
                Op::LdH(k) => a = half(packet, k)?,
                Op::LdB(k) => a = byte(packet, k)?,
                Op::LdIndW(k) => a = self.indirect::<4>(packet, x, k, meta)?,
                Op::LdIndH(k) => a = self.indirect::<2>(packet, x, k, meta)?,
                Op::LdIndB(k) => a = self.indirect::<1>(packet, x, k, meta)?,
                Op::LdImm(k) => a = k,
                Op::LdLen => a = wire_len,
                Op::LdMem(k) => a = *m.get(k as usize)?,
                Op::LdxImm(k) => x = k,
                Op::LdxLen => x = wire_len,
                Op::LdxMem(k) => x = *m.get(k as usize)?,
                Op::LdxMsh(k) => x = (byte(packet, k)? & 0xf) << 2,
                Op::LdxMshFrom(k) => {
                    x = (self.odd(Rare::FromHeader(k, 1), a, x, packet, meta)? & 0xf) << 2;
                }
                Op::St(k) => *m.get_mut(k as usize)? = a,
                Op::Stx(k) => *m.get_mut(k as usize)? = x,
                Op::Tax => x = a,
                Op::Txa => a = x,
                Op::AddK(k) => a = a.wrapping_add(k),
                Op::AddX => a = a.wrapping_add(x),
                Op::SubK(k) => a = a.wrapping_sub(k),
                Op::SubX => a = a.wrapping_sub(x),
                Op::MulK(k) => a = a.wrapping_mul(k),
                Op::AndK(k) => a &= k,
                Op::OrK(k) => a |= k,
                Op::LshK(k) => a = a.wrapping_shl(k),
                Op::RshK(k) => a = a.wrapping_shr(k),
                Op::Ja(to) => pc = to as usize,
                Op::JaBack(to) => (fuel, pc) = (fuel.checked_sub(1)?, to as usize),
                Op::JeqK(b) => pc = b.on(a == b.k),
                Op::JgtK(b) => pc = b.on(a > b.k),
                Op::JgeK(b) => pc = b.on(a >= b.k),
                Op::JsetK(b) => pc = b.on(a & b.k != 0),
                Op::JeqX(jt, jf) => pc = if a == x { jt } else { jf } as usize,
                Op::JgtX(jt, jf) => pc = if a > x { jt } else { jf } as usize,
                Op::JgeX(jt, jf) => pc = if a >= x { jt } else { jf } as usize,
                Op::JsetX(jt, jf) => pc = if a & x != 0 { jt } else { jf } as usize,
                Op::In(b) => pc = choose(a.wrapping_sub(b.low) <= b.width, b.jt, b.jf),
                Op::OneOf(bytes) => pc = bytes.on(a),
                Op::Search(number) => (a, pc) = self.search_for(a, number)?,
                Op::LdBAnd(k, mask) => (a, pc) = (byte(packet, k)? & mask, pc + 1),
                Op::AndJeq(k, b) => (a, pc) = (a & k, b.on(a & k == b.k)),
                Op::LdWJeq(k, b) => (a, pc) = word(packet, k).map(|v| (v, b.on(v == b.k)))?,
                Op::LdBJeq(k, b) => (a, pc) = byte(packet, k).map(|v| (v, b.on(v == b.k)))?,
                Op::LdHJset(k, b) => (a, pc) = half(packet, k).map(|v| (v, b.on(v & b.k != 0)))?,
                Op::LdHIn(k, b) => (a, pc) = half(packet, k).map(|v| (v, b.on(v)))?,
                Op::LdIndHIn(k, b) => {
                    (a, pc) = self.indirect::<2>(packet, x, k, meta).map(|v| (v, b.on(v)))?
                }
                Op::LdBOneOf(k, bytes) => (a, pc) = byte(packet, k).map(|v| (v, bytes.on(v)))?,
                Op::LdWSearch(k, number) => (a, pc) = self.search_for(word(packet, k)?, number)?,
                Op::LdHSearch(k, number) => (a, pc) = self.search_for(half(packet, k)?, number)?,
                Op::LdIndHSearch(k, number) => {
                    (a, pc) = self.search_for(self.indirect::<2>(packet, x, k, meta)?, number)?;
                }
                Op::Rare(rare) => a = self.odd(rare, a, x, packet, meta)?,
            }
        }
    }

    /// A, and where a search leads it.
    #[inline(always)]
    fn search_for(&self, a: u32, number: u32) -> Option<(u32, usize)> {
        Some((a, self.searches.get(number as usize)?.find(a)?))
    }

    /// A load at X + k. Where the two machines differ is far from any packet.
    #[inline(always)]
    fn indirect<const SIZE: u32>(&self, packet: &[u8], x: u32, k: u32, meta: &Metadata) -> Option<u32> {
        match x.checked_add(k) {
            Some(offset @ 0..0x8000_0000) => load::<SIZE>(packet, offset),
            _ => self.far(packet, x, k, SIZE, meta),
        }
    }

    /// A load at X + k, where that is beyond the lower half of the offsets or even wraps around.
    #[cold]
    #[inline(never)]
    fn far(&self, packet: &[u8], x: u32, k: u32, size: u32, meta: &Metadata) -> Option<u32> {
        if self.semantics == Semantics::Libpcap {
            return None;
        }
        match (x.wrapping_add(k), size) {
            (offset @ 0x8000_0000.., _) => self.odd(Rare::FromHeader(offset, size), 0, 0, packet, meta),
            (offset, 4) => word(packet, offset),
            (offset, 2) => half(packet, offset),
            (offset, _) => byte(packet, offset),
        }
    }

    /// Never inlined, as it would keep the common operations from the registers.
    #[inline(never)]
    fn odd(&self, rare: Rare, a: u32, x: u32, packet: &[u8], meta: &Metadata) -> Option<u32> {
        match self.semantics {
            Semantics::Linux => rare.run::<false>(a, x, packet, meta),
            Semantics::Libpcap => rare.run::<true>(a, x, packet, meta),
        }
    }
}

#[cold]
#[inline(always)]
fn cold() {}

#[inline(always)]
pub(crate) fn word(packet: &[u8], offset: u32) -> Option<u32> {
    let at = offset as usize;
    let bytes = packet.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(*bytes.first_chunk()?))
}

#[inline(always)]
pub(crate) fn half(packet: &[u8], offset: u32) -> Option<u32> {
    let at = offset as usize;
    let bytes = packet.get(at..at.checked_add(2)?)?;
    Some(u32::from(u16::from_be_bytes(*bytes.first_chunk()?)))
}

#[inline(always)]
pub(crate) fn byte(packet: &[u8], offset: u32) -> Option<u32> {
    packet.get(offset as usize).map(|b| u32::from(*b))
}

/// A load of `SIZE` bytes at X plus k.
#[inline(always)]
pub(crate) fn indirect<const LIBPCAP: bool, const SIZE: u32>(
    packet: &[u8],
    x: u32,
    k: u32,
    meta: &Metadata,
) -> Option<u32> {
    let offset = if LIBPCAP { x.checked_add(k)? } else { x.wrapping_add(k) };
    if !LIBPCAP && offset >= 0x8000_0000 {
        return rare::from_header(packet, offset, SIZE, meta);
    }
    load::<SIZE>(packet, offset)
}

#[inline(always)]
fn load<const SIZE: u32>(packet: &[u8], offset: u32) -> Option<u32> {
    match SIZE {
        4 => word(packet, offset),
        2 => half(packet, offset),
        _ => byte(packet, offset),
    }
}

#[cfg(test)]
mod tests;
