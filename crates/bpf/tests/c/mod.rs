//! What is written as C does what the machine does.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use gannet_bpf::{Instruction, Limits, Metadata, Program, Vm, ancillary, check, listing, opcode::*};

use crate::data;
use crate::draw::{Dice, packet, program};
use crate::plain::Packet;

/// How many programs stand in one file.
const BATCH: usize = 400;
const PACKETS: usize = 24;

/// Calls each function with what it reads: the number of the function, the length on the wire, the facts, the length
/// of the bytes and the bytes; writes the verdicts.
const MAIN: &str = r"
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    uint32_t head[3 + 18];
    while (fread(head, 4, 21, stdin) == 21) {
        struct packet_facts facts;
        /* Not a byte more than there is, so that a checker of memory would see a read beyond. */
        uint8_t *bytes = malloc(head[2] ? head[2] : 1);
        uint32_t verdict;
        facts.known = head[3];
        memcpy(facts.value, head + 4, sizeof facts.value);
        if (bytes == NULL || fread(bytes, 1, head[2], stdin) != head[2])
            return 1;
        verdict = functions[head[0]](bytes, head[1], head[2], &facts);
        fwrite(&verdict, 4, 1, stdout);
        free(bytes);
    }
    return 0;
}
";

#[test]
fn c_gives_the_verdicts_of_the_machine() {
    if Command::new("gcc").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("SKIPPED: no gcc here");
        return;
    }
    let mut dice = Dice(0xda94_2042_e4dd_58b5);
    // A third is enough to see every instruction in every place, and gcc takes its time.
    let mut programs: Vec<_> = data::programs().into_iter().step_by(3).collect();
    programs.extend((0..150).map(|_| program(&mut dice)));
    programs.push(attributes(ancillary::NLATTR, 4));
    programs.push(attributes(ancillary::NLATTR_NEST, 12));
    programs.push(endless());
    programs.extend([ancillary::NET_OFF, ancillary::LL_OFF, ancillary::AD_OFF, 1 << 31].map(header_length));
    let mut accepted = 0;
    for (n, batch) in programs.chunks(BATCH).enumerate() {
        accepted += judge(n, batch, &mut dice);
    }
    assert!(accepted > 800, "only {accepted} packets accepted");
    println!("{} programs, {accepted} packets accepted", programs.len());
}

/// Loads a length from a header's offset.
fn header_length(k: u32) -> Program {
    let list = vec![
        Instruction::stmt(LDX | B | MSH, k),
        Instruction::stmt(MISC | TXA, 0),
        Instruction::stmt(ALU | ADD | K, 1),
        Instruction::stmt(RET | A, 0),
    ];
    check(list, Limits::KERNEL).expect("a sound program")
}

/// Goes round until the machine has had enough.
fn endless() -> Program {
    let list = vec![
        Instruction::stmt(ALU | ADD | K, 1),
        Instruction::jump(JMP | JEQ | K, 1_060, 1, 0),
        Instruction::stmt(JMP | JA, -3i32 as u32),
        Instruction::stmt(RET | A, 0),
    ];
    check(list, Limits::USER).expect("a sound program")
}

/// Searches for the netlink attribute of a type that depends on the packet.
fn attributes(fact: u32, from: u32) -> Program {
    let list = vec![
        Instruction::stmt(LD | B | ABS, 0),
        Instruction::stmt(MISC | TAX, 0),
        Instruction::stmt(LD, from),
        Instruction::stmt(LD | W | ABS, ancillary::AD_OFF + fact),
        Instruction::stmt(RET | A, 0),
    ];
    check(list, Limits::KERNEL).expect("a sound program")
}

/// Compiles the programs, runs them on packets, and counts what they accept.
fn judge(n: usize, programs: &[Program], dice: &mut Dice) -> usize {
    let binary = compile(n, programs);
    let (mut input, mut expected) = (Vec::new(), Vec::new());
    for (number, program) in programs.iter().enumerate() {
        let vm = Vm::new(program);
        let reads_facts = listing::reads_facts(program.instructions());
        for _ in 0..PACKETS {
            let packet = likely(program.instructions(), dice);
            let meta = if reads_facts { packet.meta } else { Metadata::default() };
            expected.push((number, vm.run(&packet.bytes, packet.wire_len, &meta), packet.clone()));
            put(&mut input, number, &packet);
        }
    }
    let mut child = Command::new(&binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("runs");
    let mut stdin = child.stdin.take().expect("its input");
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("ends");
    feeder.join().expect("a thread").expect("takes its input");
    let verdicts = output.stdout.as_chunks::<4>().0;
    assert_eq!(verdicts.len(), expected.len());
    for (verdict, (number, expected, packet)) in verdicts.iter().zip(&expected) {
        let list = programs[*number].instructions();
        assert_eq!(u32::from_ne_bytes(*verdict), *expected, "{}{packet:?}", listing::text(list));
    }
    expected.iter().filter(|row| row.1 != 0).count()
}

fn compile(n: usize, programs: &[Program]) -> std::path::PathBuf {
    let mut source = String::new();
    let mut table = String::new();
    for (number, program) in programs.iter().enumerate() {
        listing::c_function(program, &format!("f{number}"), &mut source).unwrap();
        let facts = if listing::reads_facts(program.instructions()) { ", facts" } else { "" };
        writeln!(
            table,
            "static uint32_t c{number}(const uint8_t *p, uint32_t w, uint32_t n, const struct packet_facts *facts)\n\
             {{ (void)facts; return f{number}(p, w, n{facts}); }}"
        )
        .unwrap();
    }
    if !source.contains("struct packet_facts") {
        source.push_str("struct packet_facts { uint32_t known; uint32_t value[17]; };\n");
    }
    source.push_str(&table);
    source.push_str("static uint32_t (*const functions[])(const uint8_t *, uint32_t, uint32_t, const struct packet_facts *) = {\n");
    (0..programs.len()).for_each(|number| writeln!(source, "c{number},").unwrap());
    source.push_str("};\n");
    source.push_str(MAIN);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (file, binary) = (folder.join(format!("filters{n}.c")), folder.join(format!("filters{n}")));
    std::fs::write(&file, source).expect("a file");
    // Some warnings need the optimiser, which takes its time.
    let effort = if n == 0 { "-O1" } else { "-O0" };
    let flags = ["-std=gnu11", effort, "-Wall", "-Wextra", "-Werror", "-o"];
    let done = Command::new("gcc").args(flags).arg(&binary).arg(&file).output().expect("gcc");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    binary
}

/// A packet as `MAIN` reads it.
fn put(input: &mut Vec<u8>, number: usize, packet: &Packet) {
    let mut words = [0; 21];
    words[..3].copy_from_slice(&[number as u32, packet.wire_len, packet.bytes.len() as u32]);
    let facts = (0..16).map(|n| packet.meta.fact(4 * n)).chain([packet.meta.network_offset]);
    for (n, fact) in facts.enumerate().filter_map(|(n, fact)| Some((n, fact?))) {
        words[3] |= 1 << n;
        words[4 + n] = fact;
    }
    input.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
    input.extend(&packet.bytes);
}

/// A packet that has a good chance of getting somewhere: where the program compares bytes with a constant, it often
/// stands there.
fn likely(list: &[Instruction], dice: &mut Dice) -> Packet {
    let mut packet = packet(dice);
    if dice.below(4) == 0 {
        return packet;
    }
    packet.bytes.resize(40 + dice.below(60) as usize, 0);
    let mut load = None;
    for i in list {
        match i.class() {
            LD => {
                load = (i.code & 0xe0 == ABS && i.k < 90).then(|| (i.k as usize, 4usize >> (i.code >> 3 & 3)))
            }
            JMP if i.code == JMP | JEQ | K && dice.below(2) == 0 => {
                let Some((at, size)) = load else { continue };
                let bytes = i.k.to_be_bytes();
                let place = packet.bytes.get_mut(at..at + size);
                place.into_iter().for_each(|place| place.copy_from_slice(&bytes[4 - size..]));
            }
            _ => {}
        }
    }
    if dice.below(3) == 0 {
        packet.bytes.truncate(dice.below(100) as usize);
    }
    packet.wire_len = packet.bytes.len() as u32 + dice.below(9);
    packet
}
