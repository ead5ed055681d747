//! Programs: compiling, running, checking, showing them.

use crate::edge::{Static, Text, allocated_list, free};
use crate::handle::{Handle, PacketHeader, Source};
use crate::open::open;

use crate::savefile::of_file;
use crate::status::ERROR;
use crate::stdio::Stream;
use gannet_pcap::bpf::{Instruction, Metadata, Semantics, Vm, listing, opcode};
use gannet_pcap::code::checked;
use gannet_pcap::{Code, Names, Target, expression};
use libc::{c_char, c_int, c_uint};
use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::sync::{Arc, LazyLock};
use std::{ptr, slice};

/// A program as C has it: `struct bpf_program`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Program {
    length: c_uint,
    instructions: *mut Instruction,
}

const _: () = assert!(size_of::<Instruction>() == 8 && align_of::<Instruction>() == 4);
const _: () =
    assert!(std::mem::offset_of!(Instruction, jt) == 2 && std::mem::offset_of!(Instruction, k) == 4);

impl Program {
    /// Its instructions; `None` if it has none.
    fn list(&self) -> Option<&[Instruction]> {
        if self.instructions.is_null() || self.length == 0 {
            return None;
        }
        // SAFETY: the caller promises as many instructions as it says, laid out as ours (asserted above).
        Some(unsafe { slice::from_raw_parts(self.instructions, self.length as usize) })
    }
}

/// The names that filters use.
pub fn names() -> &'static Arc<Names> {
    static NAMES: LazyLock<Arc<Names>> = LazyLock::new(Names::system);
    &NAMES
}

/// A network's mask, in host byte order; `None` if it is not known. Half of all programs give it in network byte order,
/// as `pcap_lookupnet` has it, and to libpcap they mean another mask. A mask is ones and then zeroes, so that the two can
/// be told apart.
fn mask_of(mask: u32) -> Option<u32> {
    let is_mask = |mask: u32| mask.leading_ones() + mask.trailing_zeros() >= u32::BITS;
    let other = u32::from_be(mask);
    let meant = if !is_mask(mask) && is_mask(other) { other } else { mask };
    (mask != u32::MAX).then_some(meant)
}

/// Compiles an expression for what the handle reads. The mask is that of the network; all ones if it is not known.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_compile(
    p: Option<&Handle>,
    to: Option<&mut MaybeUninit<Program>>,
    text: Text,
    optimise: c_int,
    mask: u32,
) -> c_int {
    let (Some(p), Some(to)) = (p, to) else { return ERROR };
    to.write(Program { length: 0, instructions: ptr::null_mut() });
    let linux_extensions = match &p.inner().source {
        Source::Inactive => {
            return p.fail("not-yet-activated pcap_t passed to pcap_compile");
        }
        Source::Live(capture) => capture.extensions,
        _ => false,
    };
    let Some(link) = p.link_type() else {
        return p.fail(format!("unknown data link type {}", p.link.get()));
    };
    let snaplen = match p.snapshot.get() {
        0 => return p.fail("snaplen of 0 rejects all packets"),
        // What is below 0 is as much as there can be.
        bytes => bytes.cast_unsigned(),
    };
    let target = Target {
        snaplen,
        netmask: mask_of(mask),
        linux_extensions,
        swapped: of_file(p, |file| file.is_swapped()),
        optimise: optimise != 0,
        ..Target::new(link)
    };
    match expression::compile(&text.lossy(), &target, names().as_ref()) {
        Err(diagnostic) => p.fail(diagnostic.message()),
        Ok(compiled) => {
            let list = compiled.program.instructions();
            let instructions = allocated_list(list);
            if instructions.is_null() {
                return p.fail("out of memory");
            }
            to.write(Program { length: list.len() as c_uint, instructions });
            0
        }
    }
}

/// Compiles an expression for packets that begin with a link type, of which so many bytes are kept.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_compile_nopcap(
    snaplen: c_int,
    link: c_int,
    to: Option<&mut MaybeUninit<Program>>,
    text: Text,
    optimise: c_int,
    mask: u32,
) -> c_int {
    let handle = Handle::new(Source::Dead, String::new(), link, snaplen, false);
    pcap_compile(Some(&handle), to, text, optimise, mask)
}

/// Frees what `pcap_compile` allocated; the program is empty then.
///
/// # Safety
/// The instructions are in the C library's memory, and not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_freecode(program: Option<&mut Program>) {
    let Some(program) = program else { return };
    let instructions = std::mem::replace(&mut program.instructions, ptr::null_mut());
    program.length = 0;
    // SAFETY: promised by the caller; nothing points to it any more.
    unsafe { free(instructions) };
}

/// Puts a program in force: in the kernel where it takes it, else here.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_setfilter(p: Option<&Handle>, program: Option<&Program>) -> c_int {
    open(p, |p| {
        let Some(program) = program else { return p.fail("setfilter: No filter specified") };
        let mut inner = p.inner();
        let inner = &mut *inner;
        if matches!(inner.source, Source::Dead) {
            return p.fail("A filter cannot be set on a pcap_open_dead pcap_t");
        }
        let list = program.list().unwrap_or_default().to_vec();
        let Ok(code) = Code::new(list) else { return p.fail("BPF program is not valid") };
        match &mut inner.source {
            Source::Live(capture) => match capture.set_filter(code) {
                Ok(here) => inner.filter = here,
                Err(error) => return p.fail(error.to_string()),
            },
            _ => inner.filter = Some(code),
        }
        0
    })
}

/// Runs a program on a packet: 0 rejects it.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_offline_filter(
    program: Option<&Program>,
    header: Option<&PacketHeader>,
    bytes: *const u8,
) -> c_int {
    let (Some(program), Some(header)) = (program, header) else { return 0 };
    // SAFETY: the caller promises as many bytes as the header says.
    let packet = unsafe { packet(bytes, header.caplen) };
    run(program.list().unwrap_or_default(), packet, header.len).cast_signed()
}

/// Runs a program, which ends where no instruction leads on, on the first bytes of a packet; null accepts all of it.
#[unsafe(no_mangle)]
pub extern "C" fn bpf_filter(
    program: *const Instruction,
    bytes: *const u8,
    length: c_uint,
    captured: c_uint,
) -> c_uint {
    if program.is_null() {
        return c_uint::MAX;
    }
    // SAFETY: the caller promises a program that is sound, so every instruction that another leads to is there.
    let list = unsafe { slice::from_raw_parts(program, extent(program)) };
    // SAFETY: the caller promises as many bytes as it says.
    run(list, unsafe { packet(bytes, captured) }, length)
}

/// The bytes of a packet.
///
/// # Safety
/// So many bytes are there, and stay as they are for as long as they are used.
unsafe fn packet<'p>(bytes: *const u8, captured: u32) -> &'p [u8] {
    if bytes.is_null() || captured == 0 {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { slice::from_raw_parts(bytes, captured as usize) }
}

/// How many instructions a program has of which only the start is known.
fn extent(program: *const Instruction) -> usize {
    let (mut at, mut furthest) = (0, 0);
    loop {
        // SAFETY: each before it either leads on to this one, or an earlier one jumps to it or beyond.
        let i = unsafe { *program.add(at) };
        let class = i.class();
        let next = at + 1;
        let (leads_on, target) = match class {
            opcode::RET => (false, at),
            opcode::JMP if i.code == opcode::JMP | opcode::JA => {
                (false, next.saturating_add_signed(i.k.cast_signed() as isize))
            }
            opcode::JMP => (false, next + usize::from(i.jt.max(i.jf))),
            _ => (true, next),
        };
        furthest = furthest.max(target);
        if !leads_on && furthest <= at {
            return next;
        }
        at = next;
    }
}

/// Runs a list of instructions, if it is a program, on a packet. What was run last is kept ready.
fn run(list: &[Instruction], packet: &[u8], length: u32) -> u32 {
    /// A list, and its program if it is one.
    type Ready = (Vec<Instruction>, Option<Vm>);
    /// How many are kept.
    const KEPT: usize = 8;
    thread_local! {
        static READY: RefCell<Vec<Ready>> = const { RefCell::new(Vec::new()) };
    }
    READY.with_borrow_mut(|ready| {
        let at = ready.iter().position(|(known, _)| known == list).unwrap_or_else(|| {
            let vm = checked(list.to_vec()).ok();
            let vm = vm.map(|program| Vm::with_semantics(&program, Semantics::Libpcap));
            if ready.len() >= KEPT {
                ready.remove(0);
            }
            ready.push((list.to_vec(), vm));
            ready.len() - 1
        });
        let vm = ready.get(at).and_then(|(_, vm)| vm.as_ref());
        vm.map_or(0, |vm| vm.run(packet, length, &Metadata::default()))
    })
}

/// Whether a list of instructions is a program.
#[unsafe(no_mangle)]
pub extern "C" fn bpf_validate(list: *mut Instruction, length: c_int) -> c_int {
    let program = Program { length: c_uint::try_from(length).unwrap_or(0), instructions: list };
    checked(program.list().unwrap_or_default().to_vec()).is_ok().into()
}

/// The line that shows an instruction, with its number. It stays until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn bpf_image(instruction: Option<&Instruction>, at: c_int) -> *mut c_char {
    static LINE: Static<256> = Static::new();
    let mut line = String::new();
    if let (Some(instruction), Ok(at)) = (instruction, usize::try_from(at)) {
        // Writing to a string cannot fail.
        let _ = listing::line(at, *instruction, &mut line);
    }
    LINE.say(&line)
}

/// Writes a program to standard output: for people, as C (2), or as numbers (3 and more).
#[unsafe(no_mangle)]
pub extern "C" fn bpf_dump(program: Option<&Program>, form: c_int) {
    let (Some(program), Some(output)) = (program, Stream::stdout()) else { return };
    let list = program.list().unwrap_or_default();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = match form {
        3.. => listing::decimal(list, &mut text),
        2 => listing::c_array(list, &mut text),
        _ => listing::human(list, &mut text),
    };
    output.write(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_known_in_either_order() {
        for mask in [0xffff_ff00, 0x00ff_ffff_u32] {
            assert_eq!(mask_of(mask), Some(0xffff_ff00));
        }
        assert_eq!((mask_of(0), mask_of(u32::MAX)), (Some(0), None));
        assert_eq!(mask_of(0x00ff_ff00), Some(0x00ff_ff00));
    }

    #[test]
    fn a_program_ends_where_no_instruction_leads_on() {
        let list = [
            Instruction::jump(opcode::JMP | opcode::JEQ, 1, 0, 1),
            Instruction::stmt(opcode::RET, 1),
            Instruction::stmt(opcode::RET, 2),
            Instruction::stmt(opcode::RET, 3),
        ];
        assert_eq!(extent(list.as_ptr()), 3);
        assert_eq!(extent(list[1..].as_ptr()), 1);
        let far = [Instruction::stmt(opcode::JMP | opcode::JA, 1), list[1], list[2], list[3]];
        assert_eq!(extent(far.as_ptr()), 3);
    }
}
