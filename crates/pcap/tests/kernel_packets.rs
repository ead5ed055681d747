//! The kernel itself against our machines, on packets as a capture sees them: `AF_PACKET` sockets on a veth pair and
//! a tun interface in a network namespace of the test's own.
//!
//! Every frame is heard where it leaves and where it arrives. The facts beside it are first asked of the kernel, a
//! nibble at a time, and held against what a live capture is told; then programs that ask for them, and for bytes
//! from both headers, must give the kernel's verdict. What comes through is what the filter returned, at most the
//! packet. The processor and random numbers cannot be known before: programs that come to them are left out, but
//! for the one test that they run at all.
//!
//! `GANNET_KERNEL_PROGRAMS` sets how many programs are drawn for each frame; 60 if it is not set.

#[path = "../../bpf/tests/draw/mod.rs"]
mod draw;
#[path = "../../bpf/tests/plain/mod.rs"]
mod plain;

use std::fs;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use gannet_bpf::{
    Instruction, Limits, Metadata, Packet, Program, Semantics, Stepper, Vm, ancillary, check, listing,
    opcode::*,
};
use gannet_capture::testing::{self, Heard, Injector, Tap, ethernet, in_namespace};
use gannet_jit::Compiled;

const MARK: u32 = 0x89ab_cdef;
const NEAR: [u8; 6] = [2, 0, 0, 0, 0, 1];
const FAR: [u8; 6] = [2, 0, 0, 0, 0, 3];

/// A socket that hears everything, and one that programs are attached to.
struct Ear {
    all: Tap,
    filtered: Tap,
}

impl Ear {
    /// The socket that was bound last is served first: when `all` has a frame, `filtered` has seen it.
    fn on(name: &str) -> Self {
        let all = Tap::on(name);
        all.attach(&[Instruction::stmt(RET, u32::MAX)]).expect("a filter");
        Self { all, filtered: Tap::on(name) }
    }
}

type Send = Box<dyn Fn(&[u8])>;

/// Sends packets to where ears are.
struct Wire {
    send: Send,
    ears: Vec<Ear>,
}

/// What one ear got: all of the packet, and how much came through the filter, if it did.
struct Passed {
    heard: Heard,
    bytes: Vec<u8>,
    kept: Option<usize>,
}

/// A packet as one ear heard it, with all facts.
struct View {
    bytes: Vec<u8>,
    heard: Heard,
    meta: Metadata,
}

impl Wire {
    fn veth() -> Self {
        testing::add_veth("v0", "v1");
        testing::set_hardware_address("v0", NEAR);
        testing::set_hardware_address("v1", FAR);
        let injector = Injector::on("v0");
        injector.mark(MARK);
        Self { send: Box::new(move |frame| injector.send(frame)), ears: vec![Ear::on("v0"), Ear::on("v1")] }
    }

    /// Sends a packet; what each ear got of it.
    fn pass(&self, packet: &[u8]) -> Vec<Passed> {
        let mut buffer = vec![0; 2048];
        (self.send)(packet);
        let hear = |ear: &Ear| {
            let until = Instant::now() + Duration::from_secs(5);
            let heard = loop {
                match ear.all.hear(&mut buffer) {
                    Some(heard) => break heard,
                    None => assert!(Instant::now() < until, "the packet does not arrive"),
                }
                thread::yield_now();
            };
            let bytes = buffer[..heard.size].to_vec();
            let kept = ear.filtered.hear(&mut buffer).map(|heard| heard.size);
            assert_eq!(buffer.get(..kept.unwrap_or(0)), bytes.get(..kept.unwrap_or(0)), "the packet's start");
            Passed { heard, bytes, kept }
        };
        self.ears.iter().map(hear).collect()
    }

    /// The verdict of the kernel at each ear.
    fn verdicts(&self, list: &[Instruction], packet: &[u8]) -> Vec<Option<usize>> {
        for ear in &self.ears {
            if let Err(error) = ear.filtered.attach(list) {
                panic!("{error}\n{}", listing::text(list));
            }
        }
        self.pass(packet).into_iter().map(|passed| passed.kept).collect()
    }

    /// What A is in the kernel at each ear after these instructions, a nibble at a time.
    fn ask(&self, code: &[Instruction], packet: &[u8]) -> Vec<u32> {
        let mut sums = vec![0; self.ears.len()];
        for nibble in 0..8 {
            let tail = [
                Instruction::stmt(ALU | RSH | K, 4 * nibble),
                Instruction::stmt(ALU | AND | K, 15),
                Instruction::stmt(ALU | ADD | K, 1),
                Instruction::stmt(RET | A, 0),
            ];
            let sizes = self.verdicts(&[code, &tail].concat(), packet);
            for (sum, size) in sums.iter_mut().zip(sizes) {
                *sum |= (size.expect("a fact") as u32 - 1) << (4 * nibble);
            }
        }
        sums
    }

    fn ask_fact(&self, number: u32, packet: &[u8]) -> Vec<u32> {
        self.ask(&[fact(number)], packet)
    }

    /// The packet at each ear, with the facts beside it: those that the kernel tells a capture, the mark, and, from
    /// the kernel's own filter, those that it tells nobody else.
    fn views(&self, packet: &[u8], mark: u32) -> Vec<View> {
        let [queues, hashes, offsets] = [ancillary::QUEUE, ancillary::RXHASH, ancillary::PAY_OFFSET]
            .map(|number| self.ask_fact(number, packet));
        let view = |(at, passed): (usize, Passed)| {
            let Passed { heard, bytes, .. } = passed;
            let (tci, tpid) = heard.tag.unwrap_or_default();
            let meta = Metadata {
                protocol: Some(heard.protocol),
                packet_type: Some(heard.packet_type),
                interface: Some(heard.interface),
                mark: Some(mark),
                queue: Some(queues[at] as u16),
                hardware_type: Some(heard.hardware_type),
                flow_hash: Some(hashes[at]),
                cpu: None,
                vlan_present: Some(heard.tag.is_some()),
                vlan_tag: Some(tci),
                vlan_tpid: Some(tpid),
                payload_offset: Some(offsets[at]),
                random: None,
                network_offset: Some(heard.network_offset.into()),
            };
            View { bytes, heard, meta }
        };
        self.pass(packet).into_iter().enumerate().map(view).collect()
    }
}

fn fact(number: u32) -> Instruction {
    Instruction::stmt(LD | W | ABS, ancillary::AD_OFF + number)
}

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    programs: usize,
    packets: usize,
    accepted: usize,
    left_out: usize,
}

/// Holds interpreter, machine code and, where it can, the plain machine against the kernel.
fn compare(wire: &Wire, packet: &[u8], views: &[View], program: &Program, tally: &mut Tally) {
    let list = program.instructions();
    let (vm, compiled) = (Vm::new(program), Compiled::new(program));
    tally.programs += 1;
    for (view, through) in views.iter().zip(wire.verdicts(list, packet)) {
        let (bytes, length) = (&view.bytes, view.bytes.len() as u32);
        if asks_the_unknown(program, view) {
            tally.left_out += 1;
            continue;
        }
        let context = || format!("{}{:?}\n{:02x?}", listing::text(list), view.meta, bytes);
        let verdict = vm.run(bytes, length, &view.meta);
        let ours = (verdict != 0).then(|| bytes.len().min(verdict as usize));
        assert_eq!(through, ours, "kernel, interpreter\n{}", context());
        let machine = compiled.run(bytes, length, &view.meta);
        assert_eq!(machine, verdict, "compiled, interpreter\n{}", context());
        if !list.iter().any(|i| searches(*i)) {
            let packet = plain::Packet { bytes: bytes.clone(), wire_len: length, meta: view.meta };
            let plain = plain::run(list, Semantics::Linux, &packet, &mut vec![0; list.len()]);
            assert_eq!(plain, verdict, "plain, interpreter\n{}", context());
        }
        tally.packets += 1;
        tally.accepted += usize::from(verdict != 0);
    }
}

/// Whether it searches netlink attributes, of which the plain machine knows nothing.
fn searches(i: Instruction) -> bool {
    [ancillary::NLATTR, ancillary::NLATTR_NEST].iter().any(|number| i.k == ancillary::AD_OFF + number)
}

/// Whether the run of a program comes to the processor or a random number.
fn asks_the_unknown(program: &Program, view: &View) -> bool {
    const UNKNOWN: [u32; 2] = [ancillary::CPU, ancillary::RANDOM];
    let packet = Packet { bytes: &view.bytes, wire_length: view.bytes.len() as u32, meta: view.meta };
    let mut stepper = Stepper::new(program, packet, Semantics::Linux);
    loop {
        let i = stepper.instruction();
        let load = i.class() == LD && i.code & 0xe0 == ABS;
        let asks = load && UNKNOWN.iter().any(|number| i.k == ancillary::AD_OFF + number);
        if asks || !stepper.forward() || stepper.state().end.is_some() {
            return asks;
        }
    }
}

fn checked(list: Vec<Instruction>) -> Program {
    check(list, Limits::KERNEL).expect("a sound program")
}

/// An IPv4 packet of a protocol, with a fragment field.
fn ip(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((20 + payload.len() as u16).to_be_bytes());
    packet.extend([0x12, 0x34]);
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(payload);
    packet
}

fn udp() -> Vec<u8> {
    ip(17, 0, &[[0x12, 0x34, 0, 53, 0, 48, 0, 0].as_slice(), &[7; 40]].concat())
}

/// A TCP segment whose header has so many words.
fn tcp(words: u8) -> Vec<u8> {
    let mut segment = vec![0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, words << 4, 0x10, 1, 0, 0, 0, 0, 0];
    segment.resize(usize::from(words) * 4 + 9, 1);
    ip(6, 0, &segment)
}

fn udp6() -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 16, 17, 64];
    packet.extend((0..32).map(|n| n * 7));
    packet.extend([0x12, 0x34, 0, 53, 0, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    packet
}

/// Netlink attributes, one inside another.
fn attributes() -> Vec<u8> {
    let mut all = Vec::new();
    for (length, kind) in [(8u16, 1u16), (9, 2), (12, 0x8003), (8, 4), (4, 5), (8, 6), (4, 1)] {
        all.extend([length.to_ne_bytes(), kind.to_ne_bytes()].concat());
    }
    all
}

fn to(address: [u8; 6], mut frame: Vec<u8>) -> Vec<u8> {
    frame[..6].copy_from_slice(&address);
    frame
}

/// Frames, and where the payload of the transport begins if that is said here and not only asked.
fn frames() -> Vec<(Vec<u8>, Option<u32>)> {
    let icmp = ip(1, 0, &[8, 0, 0, 0, 0, 1, 0, 1, 9, 9]);
    let arp = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
    vec![
        (ethernet(&[], 0x800, &udp()), Some(14 + 20 + 8)),
        (to(FAR, ethernet(&[], 0x800, &tcp(5))), Some(14 + 20 + 20)),
        (ethernet(&[], 0x800, &tcp(9)), Some(14 + 20 + 36)),
        (to([1, 0, 0x5e, 0, 0, 1], ethernet(&[], 0x800, &icmp)), Some(14 + 20 + 8)),
        (ethernet(&[], 0x800, &ip(17, 100, &[5; 30])), Some(14 + 20)),
        (ethernet(&[], 0x86dd, &udp6()), Some(14 + 40 + 8)),
        (to([0xff; 6], ethernet(&[], 0x806, &arp)), None),
        (ethernet(&[(0x8100, 0x2064)], 0x800, &udp()), None),
        (ethernet(&[(0x8100, 0)], 0x800, &tcp(5)), None),
        (ethernet(&[(0x88a8, 0xffff), (0x8100, 7)], 0x86dd, &udp6()), None),
        (ethernet(&[(0x8100, 9)], 0x88b5, &attributes()), None),
        (ethernet(&[], 0x88b5, &attributes()), None),
        (ethernet(&[], 40, &[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &[6; 32][..]].concat()), None),
        (ethernet(&[], 0x800, &[0x45, 0]), None),
    ]
}

#[test]
fn a_capture_is_told_what_filters_are() {
    in_namespace("a_capture_is_told_what_filters_are", || {
        let wire = Wire::veth();
        let (mut types, mut tagged) = (Vec::new(), 0);
        for (frame, payload) in frames() {
            let views = wire.views(&frame, MARK);
            let known = (0..=ancillary::VLAN_TPID).step_by(4).filter(|n| views[0].meta.fact(*n).is_some());
            for number in known {
                let told: Vec<_> = views.iter().filter_map(|view| view.meta.fact(number)).collect();
                assert_eq!(wire.ask_fact(number, &frame), told, "fact {number} of {frame:02x?}");
            }
            let [near, far] = &views[..] else { panic!("two ears") };
            assert_eq!((near.heard.packet_type, &near.bytes), (4, &frame));
            assert_eq!(near.meta.interface, Some(testing::index("v0")));
            assert_eq!((far.meta.interface, far.meta.hardware_type), (Some(testing::index("v1")), Some(1)));
            assert_eq!(far.bytes.len(), frame.len() - if far.heard.tag.is_some() { 4 } else { 0 });
            if payload.is_some() {
                assert_eq!([near.meta.payload_offset, far.meta.payload_offset], [payload; 2], "{frame:02x?}");
            }
            types.push(far.heard.packet_type);
            tagged += usize::from(far.heard.tag.is_some());
        }
        types.sort_unstable();
        types.dedup();
        assert_eq!((types, tagged), (vec![0, 1, 2, 3], 4));
    });
}

#[test]
fn the_processor_and_random_numbers_are_asked_for() {
    in_namespace("the_processor_and_random_numbers_are_asked_for", || {
        let wire = Wire::veth();
        let frame = ethernet(&[], 0x800, &udp());
        let possible = fs::read_to_string("/sys/devices/system/cpu/possible").unwrap_or_default();
        let last = possible.trim().rsplit(['-', ',']).next().and_then(|n| n.parse().ok()).unwrap_or(4095);
        for value in wire.ask_fact(ancillary::CPU, &frame) {
            assert!(value <= last, "processor {value} of {last}");
        }
        for number in [ancillary::CPU, ancillary::RANDOM] {
            let list = vec![fact(number), Instruction::stmt(RET, 20)];
            assert_eq!(wire.verdicts(&list, &frame), [Some(20), Some(20)]);
            let meta = Metadata { cpu: Some(1), random: Some(5), ..Metadata::default() };
            let program = checked(list);
            assert_eq!(Vm::new(&program).run(&frame, 60, &meta), 20);
            assert_eq!(Compiled::new(&program).run(&frame, 60, &meta), 20);
        }
    });
}

/// Programs about each fact, loads from both headers around both ends, and searches for attributes.
fn about(view: &View) -> Vec<Program> {
    let pass = |list: &[Instruction], test: Instruction| {
        checked([list, &[test, Instruction::stmt(RET, 20), Instruction::stmt(RET, 13)]].concat())
    };
    let mut programs = Vec::new();
    for (number, value) in (0..=ancillary::VLAN_TPID).step_by(4).filter_map(|n| Some((n, view.meta.fact(n)?)))
    {
        for test in [JEQ, JGE, JGT, JSET] {
            programs.push(pass(&[fact(number)], Instruction::jump(JMP | test | K, value, 0, 1)));
        }
        programs.push(checked(vec![fact(number), Instruction::stmt(RET | A, 0)]));
    }
    let length = view.bytes.len() as u32;
    let network = view.meta.network_offset.unwrap_or(0);
    let places = [
        (ancillary::LL_OFF, length),
        (ancillary::NET_OFF, length.saturating_sub(network)),
        (ancillary::AD_OFF - 8, 6),
        (0, length),
    ];
    for (base, end) in places {
        for at in (0..8).chain(end.saturating_sub(5)..end + 2) {
            let k = base.wrapping_add(at);
            let back = [Instruction::stmt(MISC | TXA, 0), Instruction::stmt(ALU | ADD | K, 1)];
            programs.push(checked(
                [&[Instruction::stmt(LDX | B | MSH, k)], &back[..], &[Instruction::stmt(RET | A, 0)]]
                    .concat(),
            ));
            for size in [W, H, B] {
                let value = Vm::new(&checked(vec![
                    Instruction::stmt(LD | size | ABS, k),
                    Instruction::stmt(RET | A, 0),
                ]))
                .run(&view.bytes, length, &view.meta);
                let test = Instruction::jump(JMP | JEQ | K, value, 0, 1);
                programs.push(pass(&[Instruction::stmt(LD | size | ABS, k)], test));
                let behind = [Instruction::stmt(LDX | IMM, at), Instruction::stmt(LD | size | IND, base)];
                programs.push(pass(&behind, test));
            }
        }
    }
    for search in [ancillary::NLATTR, ancillary::NLATTR_NEST] {
        for (from, kind) in (12..26).flat_map(|from| [1, 3, 4, 6, 9].map(|kind| (from, kind))) {
            let list = [Instruction::stmt(LD | IMM, from), Instruction::stmt(LDX | IMM, kind), fact(search)];
            let end = [Instruction::stmt(ALU | ADD | K, 1), Instruction::stmt(RET | A, 0)];
            programs.push(checked([&list[..], &end].concat()));
        }
    }
    programs
}

fn count() -> usize {
    std::env::var("GANNET_KERNEL_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(60)
}

/// Both kinds of programs, on one packet at all ears.
fn judge(wire: &Wire, packet: &[u8], views: &[View], dice: &mut draw::Dice, tally: &mut Tally) {
    for program in views.iter().flat_map(about) {
        compare(wire, packet, views, &program, tally);
    }
    for _ in 0..count() {
        compare(wire, packet, views, &draw::program(dice), tally);
    }
}

#[test]
fn programs_agree_on_frames() {
    in_namespace("programs_agree_on_frames", || {
        let (wire, mut tally) = (Wire::veth(), Tally::default());
        let mut dice = draw::Dice(0x1d87_2b41_9c3e_5f60);
        for (frame, _) in frames() {
            judge(&wire, &frame, &wire.views(&frame, MARK), &mut dice, &mut tally);
        }
        for _ in 0..10 {
            // Bytes that drawn programs look for, under an ethertype that is nobody's.
            let frame = ethernet(&[], 0x88b5, &[draw::packet(&mut dice).bytes, vec![0; 8]].concat());
            let views = wire.views(&frame, MARK);
            for _ in 0..count() {
                compare(&wire, &frame, &views, &draw::program(&mut dice), &mut tally);
            }
        }
        println!("{tally:?}");
        assert!(tally.accepted * 2 > tally.packets, "{tally:?}");
    });
}

#[test]
fn programs_agree_without_a_link_header() {
    const TEST: &str = "programs_agree_without_a_link_header";
    in_namespace(TEST, || {
        let Some(tun) = testing::add_tun(TEST, "t0") else { return };
        let send = move |packet: &[u8]| (&tun).write_all(packet).expect("to send");
        let (wire, mut tally) = (Wire { send: Box::new(send), ears: vec![Ear::on("t0")] }, Tally::default());
        let mut dice = draw::Dice(0x3c6e_f372_fe94_f82b);
        for packet in [udp(), tcp(7), udp6()] {
            let views = wire.views(&packet, 0);
            assert_eq!((views[0].meta.network_offset, views[0].meta.hardware_type), (Some(0), Some(0xfffe)));
            judge(&wire, &packet, &views, &mut dice, &mut tally);
        }
        println!("{tally:?}");
        assert!(tally.accepted * 2 > tally.packets, "{tally:?}");
    });
}
