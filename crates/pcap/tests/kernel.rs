//! The kernel itself against our machines: programs attached to UNIX datagram sockets, which needs no privilege.
//!
//! What comes through is what the filter returned, at most the datagram. `GANNET_KERNEL_PROGRAMS` sets how many
//! programs are drawn; 2,000 if it is not set.
//!
//! A packet on a UNIX socket has no interface, so a run that asks for something of it proves nothing about a capture
//! and is left out: `ifindex` and the hardware type (there the kernel returns A as it is), and offsets from the link
//! header, of which there is none (it rejects). Left out, too, are the processor and random numbers, which we cannot
//! know before. All other facts are 0, and the network header is where the packet starts.

#[path = "../../jit/tests/dice/mod.rs"]
mod dice;
#[path = "../../bpf/tests/draw/mod.rs"]
mod draw;
#[path = "../../bpf/tests/plain/mod.rs"]
mod plain;

use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;

use gannet_bpf::{
    Instruction, Limits, Metadata, Packet, Program, Semantics, Stepper, Vm, ancillary, check, listing,
    opcode::*, parse,
};
use gannet_capture::testing;
use gannet_jit::Compiled;

/// What the kernel knows about a packet on a UNIX socket.
const FACTS: Metadata = Metadata {
    protocol: Some(0),
    packet_type: Some(0),
    interface: None,
    mark: Some(0),
    queue: Some(0),
    hardware_type: None,
    flow_hash: Some(0),
    cpu: None,
    vlan_present: Some(false),
    vlan_tag: Some(0),
    vlan_tpid: Some(0),
    payload_offset: Some(0),
    random: None,
    network_offset: Some(0),
};

/// Two connected sockets; filters are attached to the second.
struct Kernel {
    from: UnixDatagram,
    to: UnixDatagram,
}

impl Kernel {
    /// `None`, after saying so, where no filter can be attached.
    fn new(test: &str) -> Option<Self> {
        let start = || {
            let (from, to) = UnixDatagram::pair()?;
            to.set_nonblocking(true)?;
            testing::attach(&to, &[Instruction::stmt(RET, 1)])?;
            Ok(Self { from, to })
        };
        let said = |e: &io::Error| {
            let _ = writeln!(io::stderr(), "SKIPPED {test}: no filters on UNIX sockets here: {e}");
        };
        start().inspect_err(said).ok()
    }

    /// Whether the kernel takes a program; `None` if it has no room for it now.
    fn takes(&self, list: &[Instruction]) -> Option<bool> {
        match testing::attach(&self.to, list) {
            Ok(()) => Some(true),
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => Some(false),
            Err(e) if e.kind() == io::ErrorKind::OutOfMemory => None,
            Err(e) => panic!("{e}\n{}", listing::text(list)),
        }
    }

    /// How many bytes of a packet come through the filter, if it does.
    fn passes(&self, packet: &[u8]) -> Option<usize> {
        assert_eq!(self.from.send(packet).expect("to send"), packet.len());
        let mut buffer = [0; 512];
        match self.to.recv(&mut buffer) {
            Ok(size) => {
                assert_eq!(buffer.get(..size), packet.get(..size), "the start of the packet");
                Some(size)
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => None,
            Err(e) => panic!("to receive: {e}"),
        }
    }
}

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    programs: usize,
    packets: usize,
    accepted: usize,
    /// Runs that asked for what a UNIX socket has otherwise.
    left_out: usize,
    /// Programs that neither our checker nor the kernel takes.
    refused: usize,
    /// Programs for which the kernel had no memory.
    no_room: usize,
}

/// A program that the kernel runs now, and ours.
struct Judges<'p> {
    kernel: &'p Kernel,
    program: &'p Program,
    vm: Vm,
    compiled: Compiled,
}

impl<'p> Judges<'p> {
    /// `None` if the kernel has no room for it.
    fn new(kernel: &'p Kernel, program: &'p Program) -> Option<Self> {
        let list = program.instructions();
        let taken = kernel.takes(list)?;
        assert!(taken, "the kernel refuses what our checker passes:\n{}", listing::text(list));
        Some(Self { kernel, program, vm: Vm::new(program), compiled: Compiled::new(program) })
    }

    fn compare(&self, bytes: &[u8], tally: &mut Tally) {
        let list = self.program.instructions();
        let length = bytes.len() as u32;
        if asks_otherwise(self.program, bytes) {
            tally.left_out += 1;
            return;
        }
        let verdict = self.vm.run(bytes, length, &FACTS);
        let through = (verdict != 0).then(|| bytes.len().min(verdict as usize));
        let context = || format!("{}{bytes:?}", listing::text(list));
        assert_eq!(self.kernel.passes(bytes), through, "kernel, interpreter\n{}", context());
        assert_eq!(self.compiled.run(bytes, length, &FACTS), verdict, "compiled, interpreter\n{}", context());
        if !list.iter().any(|i| searches(*i)) {
            let packet = plain::Packet { bytes: bytes.to_vec(), wire_len: length, meta: FACTS };
            let plain = plain::run(list, Semantics::Linux, &packet, &mut vec![0; list.len()]);
            assert_eq!(plain, verdict, "plain, interpreter\n{}", context());
        }
        tally.packets += 1;
        tally.accepted += usize::from(verdict != 0);
    }
}

/// Whether it searches netlink attributes, of which the plain machine knows nothing.
fn searches(i: Instruction) -> bool {
    const NLATTR: u32 = ancillary::AD_OFF + ancillary::NLATTR;
    const NEST: u32 = ancillary::AD_OFF + ancillary::NLATTR_NEST;
    i.class() == LD && i.code & 0xe0 == ABS && matches!(i.k, NLATTR | NEST)
}

/// Whether the run of a program asks for what is otherwise on a UNIX socket.
fn asks_otherwise(program: &Program, bytes: &[u8]) -> bool {
    const LINK: std::ops::Range<u32> = ancillary::LL_OFF..ancillary::NET_OFF;
    let packet = Packet { bytes, wire_length: bytes.len() as u32, meta: FACTS };
    let mut stepper = Stepper::new(program, packet, Semantics::Linux);
    loop {
        let i = stepper.instruction();
        let asks = match (i.class(), i.code & 0xe0) {
            (LD, ABS) if i.k >= ancillary::AD_OFF => matches!(
                i.k - ancillary::AD_OFF,
                ancillary::IFINDEX | ancillary::HATYPE | ancillary::CPU | ancillary::RANDOM
            ),
            (LD, ABS) | (LDX, MSH) => LINK.contains(&i.k),
            (LD, IND) => LINK.contains(&stepper.state().x.wrapping_add(i.k)),
            _ => false,
        };
        if asks || !stepper.forward() || stepper.state().end.is_some() {
            return asks;
        }
    }
}

/// Lengths and netlink attributes at places that chance seldom finds.
#[test]
fn header_lengths_and_attributes_agree() {
    let Some(kernel) = Kernel::new("header_lengths_and_attributes_agree") else { return };
    let mut lists = Vec::new();
    for base in [0, 1 << 31, ancillary::NET_OFF, ancillary::AD_OFF, u32::MAX - 12] {
        for k in base..base + 12 {
            lists.push(vec![Instruction::stmt(LDX | B | MSH, k), Instruction::stmt(MISC | TXA, 0)]);
        }
    }
    for fact in [ancillary::NLATTR, ancillary::NLATTR_NEST] {
        for (from, kind) in (0..28).flat_map(|from| [0, 1, 2, 3, 0x1_0003, u32::MAX].map(|kind| (from, kind)))
        {
            let search = Instruction::stmt(LD | W | ABS, ancillary::AD_OFF + fact);
            lists.push(vec![Instruction::stmt(LD, from), Instruction::stmt(LDX, kind), search]);
        }
    }
    let mut packet = Vec::new();
    for (length, kind) in [(5u16, 1u16), (0x41, 0), (12, 0x8002), (8, 3), (4, 2), (8, 3), (4, 4)] {
        packet.extend([length.to_ne_bytes(), kind.to_ne_bytes()].concat());
    }
    let mut tally = Tally::default();
    for mut list in lists {
        // One more, for a load of 0 that rejects nothing.
        list.extend([Instruction::stmt(ALU | ADD | K, 1), Instruction::stmt(RET | A, 0)]);
        let program = check(list, Limits::KERNEL).expect("a sound program");
        let judges = Judges::new(&kernel, &program).expect("room");
        (0..=packet.len()).for_each(|cut| judges.compare(&packet[..cut], &mut tally));
    }
    println!("{tally:?}");
    assert!(tally.accepted > 1_000, "{tally:?}");
}

fn count() -> usize {
    std::env::var("GANNET_KERNEL_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

#[test]
fn drawn_programs_agree() {
    let Some(kernel) = Kernel::new("drawn_programs_agree") else { return };
    let mut dice = draw::Dice(0x51_7cc1_b727_220a);
    let mut tally = Tally::default();
    for _ in 0..count() {
        let program = draw::program(&mut dice);
        let Some(judges) = Judges::new(&kernel, &program) else {
            tally.no_room += 1;
            continue;
        };
        tally.programs += 1;
        for _ in 0..3 {
            let packet = draw::packet(&mut dice).bytes;
            for cut in [packet.len(), packet.len() / 2, packet.len().saturating_sub(1)] {
                judges.compare(packet.get(..cut).unwrap_or_default(), &mut tally);
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.programs * 10 > count() * 9, "{tally:?}");
    // Programs that reject everything would prove nothing.
    assert!(tally.accepted > tally.programs, "{tally:?}");
}

/// Sound programs with one thing changed: the kernel takes what our checker passes, and nothing else.
#[test]
fn the_checker_refuses_what_the_kernel_refuses() {
    let Some(kernel) = Kernel::new("the_checker_refuses_what_the_kernel_refuses") else { return };
    let mut dice = draw::Dice(0x2127_599b_f432_5c37);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..count() {
        let mut list = draw::program(&mut dice).instructions().to_vec();
        let at = dice.below(list.len() as u32) as usize;
        let any = dice.next();
        match (dice.below(6), list.get_mut(at)) {
            (0, Some(i)) => i.code = any as u16 & 0xff,
            (1, Some(i)) => i.code ^= 1 << (any % 16),
            (2, Some(i)) => i.k = ancillary::AD_OFF + any % 80,
            (3, Some(i)) => i.k = any % 40,
            (4, Some(i)) => i.jt = any as u8,
            _ => drop(list.remove(at)),
        }
        let ours = check(list.clone(), Limits::KERNEL);
        let Some(theirs) = kernel.takes(&list) else { continue };
        assert_eq!(ours.is_ok(), theirs, "{:?}\n{list:x?}", ours.err());
        *(if theirs { &mut taken } else { &mut refused }) += 1;
    }
    println!("{taken} taken, {refused} refused");
    assert!(taken > count() / 10 && refused > count() / 10, "{taken} taken, {refused} refused");
}

/// Both listings of every case that libpcap accepts.
#[test]
fn libpcap_s_programs_agree() {
    let Some(kernel) = Kernel::new("libpcap_s_programs_agree") else { return };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let root = std::env::var_os("GANNET_CONFORMANCE").map_or(root, Into::into);
    let Ok(text) = std::fs::read_to_string(root.join("libpcap/accept.json")) else {
        let _ = writeln!(io::stderr(), "SKIPPED libpcap_s_programs_agree: no {}", root.display());
        return;
    };
    let cases: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut dice = dice::Dice(0x6c8e_9cf5_7093_2bd5);
    let mut tally = Tally::default();
    for case in cases.as_array().expect("a list") {
        for which in ["optimized", "unoptimized"] {
            let Some(list) = case[which].as_str().and_then(|text| parse::human(text).ok()) else { continue };
            let program = match check(list.clone(), Limits::KERNEL) {
                Ok(program) => program,
                Err(error) => {
                    let taken = kernel.takes(&list) == Some(true);
                    assert!(!taken, "{}: the kernel takes what our checker refuses: {error}", case["name"]);
                    tally.refused += 1;
                    continue;
                }
            };
            let Some(judges) = Judges::new(&kernel, &program) else {
                tally.no_room += 1;
                continue;
            };
            tally.programs += 1;
            for _ in 0..4 {
                let packet = dice.packet_for(&program).bytes;
                for cut in [0, 1, 14, 23, 34, 38, 54, 80, packet.len()] {
                    judges.compare(packet.get(..cut).unwrap_or_default(), &mut tally);
                }
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.programs > 400 && tally.accepted > tally.programs, "{tally:?}");
}
