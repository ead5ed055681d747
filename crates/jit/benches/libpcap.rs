//! Machine code and the interpreter beside the installed libpcap's `bpf_filter`, on programs from `tcpdump -ddd`.
//!
//! `cargo bench -p gannet-jit`, or `cargo bench -p gannet-jit --bench libpcap -- tree port` for the rows with one of
//! the words, needs gcc, tcpdump and libpcap's headers. All three run in turn; what counts is the median of their
//! processor time per packet. Nothing fails for being slow: the numbers are for people.

mod peer;

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use gannet_bpf::{Instruction, Limits, Metadata, Vm, check, listing, opcode::*, parse};
use gannet_jit::Jit;
use peer::Peer;
use peer::clock::{median, processor_time, time};

const ROUNDS: usize = 15;

fn main() {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("skipped: this is for cargo bench");
        return;
    }
    let packets = packets();
    let Some(mut peer) = Peer::start(Path::new(env!("CARGO_TARGET_TMPDIR")), &packets) else {
        println!("SKIPPED: no gcc, or no libpcap to build against");
        return;
    };
    println!("{} packets, median of {ROUNDS}: ns/packet", packets.len());
    println!(
        "{:<30} {:>5} {:>9} {:>9} {:>6} {:>9} {:>6} {:>11} {:>6}",
        "filter", "insns", "libpcap", "ours", "of it", "machine", "of it", "compile us", "bytes"
    );
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    for (name, expression) in rows().into_iter().filter(|(name, _)| is_wanted(name)) {
        match Command::new("tcpdump").args(["-y", "EN10MB", "-ddd", &expression]).output() {
            Ok(output) if output.status.success() => {
                row(&name, &String::from_utf8_lossy(&output.stdout), &packets, &mut peer);
            }
            _ => println!("{name:<30} SKIPPED: tcpdump gives no program"),
        }
    }
    for count in [100, 1000, 2000] {
        let name = format!("tree of {count} hosts");
        if is_wanted(&name) {
            row(&name, &tree_of_hosts(count), &packets, &mut peer);
        }
    }
}

fn rows() -> Vec<(String, String)> {
    let plain = ["", "ip", "tcp", "tcp port 80", "tcp port 80 and host 10.0.0.5", "portrange 0-5"];
    let list = |count: u32, word: &str, value: fn(u32) -> String| {
        let terms: Vec<String> = (0..count).map(|n| format!("{word} {}", value(n))).collect();
        (format!("{count} x {word}"), terms.join(" or "))
    };
    let address = |n: u32| format!("172.16.{}.{}", n / 7, n * 37 % 251);
    let port = |n: u32| (20_000 + n * 7).to_string();
    plain
        .iter()
        .map(|text| ((*text).to_owned(), (*text).to_owned()))
        .chain([list(10, "host", address), list(100, "host", address), list(100, "port", port)])
        .chain([list(1000, "ip src", address)])
        .collect()
}

/// "host a or host b or .." as a tree of comparisons over the sorted addresses: `-ddd` text.
fn tree_of_hosts(count: u32) -> String {
    const REJECT: Instruction = Instruction::stmt(RET, 0);
    // Most are not in the packets, but some are.
    let keys: Vec<u32> = (0..count).map(|n| 0x0a00_0000 + n * 37).collect();
    let destination = tree(&keys, &[REJECT]);
    // Where the source is not found, jump over the rest of its tree; how far is known when all of it is.
    let mut source = tree(&keys, &[Instruction::stmt(JMP | JA, u32::MAX)]);
    let length = source.len() as u32;
    for (at, i) in source.iter_mut().enumerate() {
        if *i == Instruction::stmt(JMP | JA, u32::MAX) {
            i.k = length - at as u32 - 1;
        }
    }
    let mut list = vec![
        Instruction::stmt(LD | H | ABS, 12),
        Instruction::jump(JMP | JEQ | K, 0x800, 1, 0),
        REJECT,
        Instruction::stmt(LD | W | ABS, 26),
    ];
    list.extend(source);
    list.push(Instruction::stmt(LD | W | ABS, 30));
    list.extend(destination);
    let mut text = String::new();
    listing::decimal(&list, &mut text).expect("a string takes all");
    text
}

/// Accepts if A is one of the keys, else comes to `otherwise`.
fn tree(keys: &[u32], otherwise: &[Instruction]) -> Vec<Instruction> {
    if keys.len() <= 3 {
        let over = |left: usize| (left + otherwise.len()) as u8;
        let tests = keys.iter().zip((0..keys.len()).rev());
        let mut list: Vec<Instruction> =
            tests.map(|(key, left)| Instruction::jump(JMP | JEQ | K, *key, over(left), 0)).collect();
        list.extend(otherwise);
        list.push(Instruction::stmt(RET, 262_144));
        return list;
    }
    let (low, high) = keys.split_at(keys.len() / 2);
    let (low, high) = (tree(low, otherwise), tree(high, otherwise));
    let middle = keys[keys.len() / 2];
    let mut list = match u8::try_from(low.len()) {
        Ok(over) => vec![Instruction::jump(JMP | JGE | K, middle, over, 0)],
        Err(_) => vec![
            Instruction::jump(JMP | JGE | K, middle, 0, 1),
            Instruction::stmt(JMP | JA, low.len() as u32),
        ],
    };
    list.extend(low);
    list.extend(high);
    list
}

fn row(name: &str, text: &str, packets: &[Vec<u8>], peer: &mut Peer) {
    let list = parse::decimal(text).expect("tcpdump's own text");
    let program = check(list, Limits::USER).expect("tcpdump's own program");
    let (vm, jit) = (Vm::new(&program), Jit::new(&program).expect("machine code"));
    let meta = Metadata::default();
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let (theirs, their_hits) = peer.time(text).expect("the peer answers");
        let (ours, hits) = time(packets, |p| black_box(&vm).run(p, p.len() as u32, &meta));
        let (machine, machine_hits) = time(packets, |p| black_box(&jit).run(p, p.len() as u32, &meta));
        assert_eq!((hits, machine_hits), (their_hits, their_hits), "{name}");
        let begin = processor_time();
        for _ in 0..100 {
            let _ = black_box(Jit::new(black_box(&program)));
        }
        let compile = (processor_time() - begin) as f64 / 1e5;
        for (list, value) in times.iter_mut().zip([theirs, ours, machine, compile]) {
            list.push(value);
        }
    }
    let [theirs, ours, machine, compile] = times.map(median);
    let insns = program.instructions().len();
    println!(
        "{name:<30} {insns:>5} {theirs:>9.1} {ours:>9.1} {:>6.3} {machine:>9.1} {:>6.3} {compile:>11.1} {:>6}",
        ours / theirs,
        machine / theirs,
        jit.size()
    );
}

/// 60% TCP, 25% UDP and 5% ICMP over IPv4, 8% TCP over IPv6, 2% ARP; addresses and ports drawn from small sets.
fn packets() -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut dice = |limit: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u32 % limit
    };
    (0..1024)
        .map(|_| {
            let kind = dice(100);
            let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
            let mut payload = 20 + dice(400) as usize;
            let ports = [[80, 443, 22, 53][dice(4) as usize], 1024 + dice(60_000) as u16];
            match kind {
                0..90 => {
                    let protocol = [6, 17, 1][usize::from(kind >= 60) + usize::from(kind >= 85)];
                    packet.extend([8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0]);
                    packet.extend([10, 0, 0, dice(64) as u8, 10, 0, dice(4) as u8, dice(64) as u8]);
                }
                90..98 => {
                    packet.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6, 64]);
                    packet.extend((0..32).map(|_| dice(256) as u8));
                }
                _ => {
                    packet.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1]);
                    payload = 22;
                }
            }
            packet.extend(ports.iter().flat_map(|port: &u16| port.to_be_bytes()));
            packet.extend(std::iter::repeat_n(0, payload));
            packet
        })
        .collect()
}
