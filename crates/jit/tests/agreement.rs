//! Machine code against the interpreter, on programs and packets drawn by chance (the same in every run).
//!
//! `GANNET_JIT_PROGRAMS` sets how many programs are drawn; 20,000 if it is not set.

mod dice;

use dice::{Dice, Packet};
use gannet_bpf::{Instruction, parse};
use gannet_bpf::{Limits, Metadata, Program, Semantics, Vm, ancillary, check, listing, opcode::*};
use gannet_jit::{Compiled, Jit, JitError};

/// Compiles, or says why not.
fn compile(program: &Program, semantics: Semantics) -> Jit {
    match Jit::with_semantics(program, semantics) {
        Ok(jit) => jit,
        Err(e) => panic!("{e}\n{}", listing::text(program.instructions())),
    }
}

/// The code of both kinds.
fn both(program: &Program, semantics: Semantics) -> [Jit; 2] {
    [
        compile(program, semantics),
        Jit::for_mixed_traffic(program, semantics).expect("the same for mixed traffic"),
    ]
}

fn compare(program: &Program, vm: &Vm, jit: &Jit, packet: &Packet) -> u32 {
    let expected = vm.run(&packet.bytes, packet.wire_len, &packet.meta);
    let got = jit.run(&packet.bytes, packet.wire_len, &packet.meta);
    assert_eq!(got, expected, "{}{packet:?}", listing::text(program.instructions()));
    expected
}

fn supported() -> bool {
    let here = cfg!(all(unix, any(target_arch = "x86_64", target_arch = "aarch64")));
    if !here {
        eprintln!("skipped: no compiler for this processor");
    }
    here
}

#[test]
fn machine_code_agrees_with_the_interpreter() {
    if !supported() {
        return;
    }
    let count = dice::count(20_000);
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut accepted = 0;
    for number in 0..count {
        let program = dice.program();
        let semantics = if number % 4 == 3 { Semantics::Libpcap } else { Semantics::Linux };
        let (vm, [jit, mixed]) = (Vm::with_semantics(&program, semantics), both(&program, semantics));
        let hints = dice::lengths(&program);
        for _ in 0..8 {
            let packet = dice.packet(&hints);
            compare(&program, &vm, &mixed, &packet);
            accepted += u32::from(compare(&program, &vm, &jit, &packet) != 0);
        }
    }
    // Programs that reject everything would prove nothing.
    assert!(accepted > 2 * count, "only {accepted} packets accepted");
}

#[test]
fn long_chains_agree() {
    if !supported() {
        return;
    }
    let mut dice = Dice(99);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let width = dice.pick(&[B, H, W]);
        let mut list = vec![Instruction::stmt(LD | width | ABS, 0)];
        let length = 1 + dice.below(200);
        // Of half of the lists the values have bits in common.
        let (same, bits) = (dice.next() | dice.next() & dice.pick(&[0, u32::MAX]), dice.next());
        let same = if dice.below(2) == 0 { same } else { 0 };
        let values: Vec<u32> = (0..64).map(|_| dice.next() & !same | bits & same).collect();
        for left in (0..length).rev() {
            // Some keys come twice, some links are entered from the side; the ways out differ.
            let key = dice.pick(&values) & if width == H { 0xffff } else { u32::MAX };
            let out = left + 1 + dice.below(8);
            let to = if dice.below(8) == 0 { dice.below(left + 1) } else { out };
            list.push(Instruction::jump(JMP | JEQ | K, key, to as u8, 0));
        }
        list.extend((1..10).map(|value| Instruction::stmt(RET, value)));
        let program = check(list, Limits::KERNEL).expect("a sound program");
        let (vm, jit) = (Vm::new(&program), compile(&program, Semantics::Linux));
        for value in values.iter().copied().chain([0, u32::MAX]) {
            for value in [value, value << 16, value << 24, value ^ 1, value ^ 1 << dice.below(32)] {
                let bytes = value.to_be_bytes().into();
                let packet = Packet { bytes, wire_len: 4, meta: Metadata::default() };
                seen.insert(compare(&program, &vm, &jit, &packet));
            }
        }
    }
    assert_eq!(seen.len(), 9, "all ways out were taken: {seen:?}");
}

#[test]
fn header_lengths_count_from_headers_too() {
    if !supported() {
        return;
    }
    let bytes: Vec<u8> = (0x41..0x49).collect();
    let mut seen = std::collections::BTreeSet::new();
    let bases = [ancillary::NET_OFF, ancillary::LL_OFF, ancillary::AD_OFF, 1 << 31, 0];
    for k in bases.iter().flat_map(|base| (0..10).map(move |n| base + n)) {
        // Once for its result and once for the packets that it rejects alone.
        for last in [Instruction::stmt(RET | A, 0), Instruction::stmt(RET, 3)] {
            let load = [Instruction::stmt(LDX | B | MSH, k), Instruction::stmt(LD, 1)];
            let list = [&load[..], &[Instruction::stmt(ALU | ADD | X, 0), last]].concat();
            let program = check(list, Limits::KERNEL).expect("sound");
            for semantics in [Semantics::Linux, Semantics::Libpcap] {
                let (vm, jit) = (Vm::with_semantics(&program, semantics), compile(&program, semantics));
                for network_offset in [None, Some(0), Some(5), Some(u32::MAX)] {
                    let meta = Metadata { network_offset, ..Metadata::default() };
                    let packet = Packet { bytes: bytes.clone(), wire_len: 8, meta };
                    seen.insert(compare(&program, &vm, &jit, &packet));
                }
            }
        }
    }
    // Rejected, the constant, and the eight lengths.
    assert_eq!(seen.len(), 10, "{seen:?}");
}

/// Both listings of every case that libpcap accepts, at every cut of packets that lead deep into them.
#[test]
fn libpcap_s_programs_agree() {
    if !supported() {
        return;
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let root = std::env::var_os("GANNET_CONFORMANCE").map_or(root, Into::into);
    let Ok(text) = std::fs::read_to_string(root.join("libpcap/accept.json")) else {
        eprintln!("skipped: no conformance data in {}", root.display());
        return;
    };
    let cases: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut dice = Dice(4711);
    let (mut programs, mut accepted) = (0, 0);
    for case in cases.as_array().expect("a list") {
        for which in ["optimized", "unoptimized"] {
            let Some(text) = case[which].as_str() else { continue };
            let Ok(list) = parse::human(text) else { continue };
            let Ok(program) = check(list, Limits { unwritten: true, ..Limits::USER }) else { continue };
            let [jit, mixed] = match Jit::new(&program) {
                Ok(_) => both(&program, Semantics::Linux),
                Err(JitError::Loops | JitError::Netlink) => continue,
                Err(e) => panic!("{e}"),
            };
            programs += 1;
            let vm = Vm::new(&program);
            for _ in 0..12 {
                let mut packet = dice.packet_for(&program);
                accepted += usize::from(compare(&program, &vm, &jit, &packet) != 0);
                while packet.bytes.pop().is_some() {
                    compare(&program, &vm, &jit, &packet);
                    compare(&program, &vm, &mixed, &packet);
                }
            }
        }
    }
    assert!(programs > 400, "only {programs} programs");
    assert!(accepted > programs, "only {accepted} packets accepted");
}

#[test]
fn what_has_no_machine_code_is_interpreted() {
    let back =
        vec![Instruction::stmt(RET, 3), Instruction::stmt(JMP | JA, -2i32 as u32), Instruction::stmt(RET, 0)];
    let loops = check(back, Limits::USER).expect("sound");
    assert!(matches!(Jit::new(&loops), Err(JitError::Loops | JitError::Unsupported)));
    let compiled = Compiled::new(&loops);
    assert_eq!((compiled.kind(), compiled.run(&[], 0, &Metadata::default())), ("interpreter", 3));

    let search = Instruction::stmt(LD | W | ABS, ancillary::AD_OFF + ancillary::NLATTR);
    let netlink = check(vec![search, Instruction::stmt(RET | A, 0)], Limits::KERNEL).expect("sound");
    assert!(matches!(Jit::new(&netlink), Err(JitError::Netlink | JitError::Unsupported)));

    let endless = check(vec![Instruction::stmt(RET, 5); 1 << 19], Limits::USER).expect("sound");
    assert!(matches!(Jit::new(&endless), Err(JitError::TooLong | JitError::Unsupported)));

    let plain = check(vec![Instruction::stmt(RET, 5)], Limits::KERNEL).expect("sound");
    let expected = if supported() { "machine code" } else { "interpreter" };
    assert_eq!(Compiled::new(&plain).kind(), expected);
}

#[test]
fn code_runs_on_many_threads() {
    let list = parse::decimal("4\n40 0 0 12\n21 0 1 2048\n6 0 0 96\n6 0 0 0\n").expect("parses");
    let compiled = Compiled::new(&check(list, Limits::KERNEL).expect("sound"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut packet = [0u8; 14];
                for round in 0..1000u32 {
                    packet[12] = (round % 16) as u8;
                    let expected = if round % 16 == 8 { 96 } else { 0 };
                    assert_eq!(compiled.run(&packet, 14, &Metadata::default()), expected);
                }
            });
        }
    });
}

/// Pages that are writable and executable at once would show here.
#[cfg(target_os = "linux")]
#[test]
fn no_page_is_writable_and_executable() {
    let plain = check(vec![Instruction::stmt(RET, 5)], Limits::KERNEL).expect("sound");
    let _compiled = Compiled::new(&plain);
    let maps = std::fs::read_to_string("/proc/self/maps").expect("proc");
    assert!(!maps.lines().any(|line| line.split(' ').nth(1).is_some_and(|p| p.starts_with("rwx"))), "{maps}");
}
