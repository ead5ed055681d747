//! The interpreter.
//!
//! A program is decoded once into dense operations with absolute jump targets; common pairs (a load and the
//! comparison that follows it) become one operation and chains of comparisons with constants become one sorted
//! table. Operations keep the numbers of the instructions they come from, so that a jump into the middle of a
//! pair finds its plain second half. Running allocates nothing.

mod decode;
pub(crate) mod rare;

use alloc::vec::Vec;

use crate::metadata::Metadata;
use crate::program::Program;

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
    /// The tables of all [`Op::Switch`], each sorted by key.
    table: Vec<Case>,
    semantics: Semantics,
    loops: bool,
}

/// One line of a switch: where to go if A equals the key.
#[derive(Clone, Copy, Debug)]
struct Case {
    key: u32,
    target: u32,
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
    JeqK(Branch),
    JgtK(Branch),
    JgeK(Branch),
    JsetK(Branch),
    JeqX(u32, u32),
    JgtX(u32, u32),
    JgeX(u32, u32),
    JsetX(u32, u32),
    /// Load at the number, then keep the bits of the mask.
    LdBAnd(u32, u32),
    /// Load at the first number, then compare.
    LdWJeq(u32, Branch),
    LdHJeq(u32, Branch),
    LdBJeq(u32, Branch),
    LdHJset(u32, Branch),
    LdIndHJeq(u32, Branch),
    AndJeq(u32, Branch),
    /// Where A goes is in `table[first..last]`, else it goes to `default`.
    Switch {
        first: u32,
        last: u32,
        default: u32,
    },
    Rare(rare::Rare),
}

/// A comparison of A with `k`, and where it leads.
#[derive(Clone, Copy, Debug)]
struct Branch {
    k: u32,
    jt: u32,
    jf: u32,
}

impl Branch {
    /// Where it leads.
    ///
    /// Without the hint the two targets become a conditional move, and then the next operation waits for this
    /// comparison where a predicted branch would not: that costs up to half of the time.
    #[inline(always)]
    fn on(self, holds: bool) -> usize {
        if holds {
            cold();
            self.jt as usize
        } else {
            self.jf as usize
        }
    }
}

impl Vm {
    /// Decodes a program for the kernel's semantics; [`Vm::with_semantics`] can have libpcap's.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        Self::with_semantics(program, Semantics::Linux)
    }

    /// Decodes a program for either semantics. Time and memory are linear in its length, but for sorting the
    /// constants of long chains of comparisons.
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
        // No filter at all is the most frequent filter.
        if let Some(Op::Ret(k)) = self.ops.first() {
            return *k;
        }
        let verdict = match (self.semantics, self.loops) {
            (Semantics::Linux, false) => self.execute::<false, false>(packet, wire_len, meta),
            (Semantics::Linux, true) => self.execute::<false, true>(packet, wire_len, meta),
            (Semantics::Libpcap, false) => self.execute::<true, false>(packet, wire_len, meta),
            (Semantics::Libpcap, true) => self.execute::<true, true>(packet, wire_len, meta),
        };
        verdict.unwrap_or(0)
    }

    /// `None` is a rejection by a failed load or division.
    fn execute<const LIBPCAP: bool, const LOOPS: bool>(
        &self,
        packet: &[u8],
        wire_len: u32,
        meta: &Metadata,
    ) -> Option<u32> {
        let (mut a, mut x, mut pc) = (0u32, 0u32, 0usize);
        let mut m = [0u32; 16];
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
                Op::LdIndW(k) => a = indirect::<LIBPCAP, 4>(packet, x, k, meta)?,
                Op::LdIndH(k) => a = indirect::<LIBPCAP, 2>(packet, x, k, meta)?,
                Op::LdIndB(k) => a = indirect::<LIBPCAP, 1>(packet, x, k, meta)?,
                Op::LdImm(k) => a = k,
                Op::LdLen => a = wire_len,
                Op::LdMem(k) => a = *m.get(k as usize)?,
                Op::LdxImm(k) => x = k,
                Op::LdxLen => x = wire_len,
                Op::LdxMem(k) => x = *m.get(k as usize)?,
                Op::LdxMsh(k) => x = (byte(packet, k)? & 0xf) << 2,
                Op::LdxMshFrom(k) => x = (rare::from_header(packet, k, 1, meta)? & 0xf) << 2,
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
                Op::Ja(to) => {
                    if LOOPS && (to as usize) < pc {
                        fuel = fuel.checked_sub(1)?;
                    }
                    pc = to as usize;
                }
                Op::JeqK(b) => pc = b.on(a == b.k),
                Op::JgtK(b) => pc = b.on(a > b.k),
                Op::JgeK(b) => pc = b.on(a >= b.k),
                Op::JsetK(b) => pc = b.on(a & b.k != 0),
                Op::JeqX(jt, jf) => pc = if a == x { jt } else { jf } as usize,
                Op::JgtX(jt, jf) => pc = if a > x { jt } else { jf } as usize,
                Op::JgeX(jt, jf) => pc = if a >= x { jt } else { jf } as usize,
                Op::JsetX(jt, jf) => pc = if a & x != 0 { jt } else { jf } as usize,
                Op::LdBAnd(k, mask) => {
                    a = byte(packet, k)? & mask;
                    pc += 1;
                }
                Op::LdWJeq(k, b) => (a, pc) = word(packet, k).map(|v| (v, b.on(v == b.k)))?,
                Op::LdHJeq(k, b) => (a, pc) = half(packet, k).map(|v| (v, b.on(v == b.k)))?,
                Op::LdBJeq(k, b) => (a, pc) = byte(packet, k).map(|v| (v, b.on(v == b.k)))?,
                Op::LdHJset(k, b) => (a, pc) = half(packet, k).map(|v| (v, b.on(v & b.k != 0)))?,
                Op::LdIndHJeq(k, b) => {
                    a = indirect::<LIBPCAP, 2>(packet, x, k, meta)?;
                    pc = b.on(a == b.k);
                }
                Op::AndJeq(k, b) => {
                    a &= k;
                    pc = b.on(a == b.k);
                }
                Op::Switch { first, last, default } => pc = self.switch(first, last, default, a),
                Op::Rare(rare) => a = rare.run::<LIBPCAP>(a, x, packet, meta)?,
            }
        }
    }

    fn switch(&self, first: u32, last: u32, default: u32, a: u32) -> usize {
        let cases = self.table.get(first as usize..last as usize).unwrap_or_default();
        let found = cases.binary_search_by_key(&a, |case| case.key).ok().and_then(|i| cases.get(i));
        found.map_or(default, |case| case.target) as usize
    }
}

#[cold]
#[inline(always)]
fn cold() {}

#[inline(always)]
pub(crate) fn word(packet: &[u8], offset: u32) -> Option<u32> {
    Some(u32::from_be_bytes(*packet.get(offset as usize..)?.first_chunk()?))
}

#[inline(always)]
pub(crate) fn half(packet: &[u8], offset: u32) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(*packet.get(offset as usize..)?.first_chunk()?)))
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
    match SIZE {
        4 => word(packet, offset),
        2 => half(packet, offset),
        _ => byte(packet, offset),
    }
}

#[cfg(test)]
mod tests;
