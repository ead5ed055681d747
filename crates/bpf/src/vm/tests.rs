//! What the machine promises.

use std::vec;
use std::vec::Vec;

use super::*;
use crate::check::{Limits, check};
use crate::instruction::{Instruction, opcode::*};
use crate::{ancillary, listing};

fn vm(list: &[Instruction]) -> Vm {
    Vm::new(&check(list.to_vec(), Limits::USER).expect("a sound program"))
}

fn run(list: &[Instruction], packet: &[u8]) -> u32 {
    vm(list).run(packet, packet.len() as u32, &Metadata::default())
}

const RET_A: Instruction = Instruction::stmt(RET | A, 0);

fn of(code: u16, k: u32) -> Instruction {
    Instruction::stmt(code, k)
}

#[test]
fn loads_are_big_endian_and_end_with_the_packet() {
    let packet = [1, 2, 3, 4, 5];
    assert_eq!(run(&[of(LD | W | ABS, 1), RET_A], &packet), 0x0203_0405);
    assert_eq!(run(&[of(LD | W | ABS, 2), RET_A], &packet), 0);
    assert_eq!(run(&[of(LD | H | ABS, 3), RET_A], &packet), 0x0405);
    assert_eq!(run(&[of(LD | H | ABS, 4), RET_A], &packet), 0);
    assert_eq!(run(&[of(LD | B | ABS, 4), RET_A], &packet), 5);
    assert_eq!(run(&[of(LD | B | ABS, u32::MAX >> 1), of(RET, 7)], &packet), 0);
    assert_eq!(run(&[of(LDX | B | MSH, 4), of(MISC | TXA, 0), RET_A], &packet), 20);
}

#[test]
fn the_two_machines_differ_where_they_should() {
    let list = vec![of(LD, 1), of(LDX, 33), of(ALU | LSH | X, 0), RET_A];
    let program = check(list, Limits::KERNEL).unwrap();
    let with = |semantics| Vm::with_semantics(&program, semantics).run(&[], 0, &Metadata::default());
    assert_eq!(with(Semantics::Linux), 2);
    assert_eq!(with(Semantics::Libpcap), 0);
    let list = vec![of(LDX, u32::MAX), of(LD | B | IND, 2), RET_A];
    let program = check(list, Limits::KERNEL).unwrap();
    let with = |semantics| Vm::with_semantics(&program, semantics).run(&[8, 9], 2, &Metadata::default());
    assert_eq!(with(Semantics::Linux), 9);
    assert_eq!(with(Semantics::Libpcap), 0);
}

#[test]
fn division_by_a_zero_register_rejects() {
    for op in [DIV, MOD] {
        assert_eq!(run(&[of(LD, 7), of(ALU | op | X, 0), of(RET, 5)], &[]), 0);
        assert_eq!(
            run(&[of(LD, 7), of(LDX, 4), of(ALU | op | X, 0), RET_A], &[]),
            if op == DIV { 1 } else { 3 }
        );
    }
}

#[test]
fn facts_come_from_the_capture_or_reject() {
    let load = |fact| vm(&[of(LD | B | ABS, ancillary::AD_OFF + fact), RET_A]);
    let meta = Metadata { vlan_tag: Some(0xabcd), interface: Some(70_000), ..Metadata::default() };
    assert_eq!(load(ancillary::VLAN_TAG).run(&[], 0, &meta), 0xabcd);
    assert_eq!(load(ancillary::IFINDEX).run(&[], 0, &meta), 70_000);
    assert_eq!(load(ancillary::MARK).run(&[], 0, &meta), 0);
    let network = vm(&[of(LD | B | ABS, ancillary::NET_OFF + 1), RET_A]);
    assert_eq!(network.run(&[1, 2, 3], 3, &Metadata { network_offset: Some(1), ..meta }), 3);
    assert_eq!(network.run(&[1, 2, 3], 3, &meta), 0);
}

#[test]
fn header_lengths_count_from_headers_too() {
    let packet = [0x11, 0x45, 0x46, 0x47];
    let meta = Metadata { network_offset: Some(2), ..Metadata::default() };
    let at = |k, semantics, meta: &Metadata| {
        let list = vec![of(LDX | B | MSH, k), of(MISC | TXA, 0), RET_A];
        let program = check(list, Limits::KERNEL).expect("a sound program");
        Vm::with_semantics(&program, semantics).run(&packet, 4, meta)
    };
    assert_eq!(at(ancillary::NET_OFF, Semantics::Linux, &meta), 4 * 6);
    assert_eq!(at(ancillary::NET_OFF + 2, Semantics::Linux, &meta), 0);
    assert_eq!(at(ancillary::NET_OFF, Semantics::Linux, &Metadata::default()), 0);
    assert_eq!(at(ancillary::LL_OFF + 3, Semantics::Linux, &meta), 4 * 7);
    assert_eq!(at(ancillary::LL_OFF - 1, Semantics::Linux, &meta), 0);
    // No header length is a fact, and this place is far behind the packet.
    let protocol = Metadata { protocol: Some(3), ..meta };
    assert_eq!(at(ancillary::AD_OFF, Semantics::Linux, &protocol), 0);
    assert_eq!(at(ancillary::NET_OFF, Semantics::Libpcap, &meta), 0);
}

#[test]
fn netlink_attributes_are_found() {
    let mut packet = vec![0; 4];
    let mut put = |length: u16, kind: u16, body: &[u8]| {
        packet.extend(length.to_ne_bytes());
        packet.extend(kind.to_ne_bytes());
        packet.extend(body);
    };
    put(5, 1, &[9, 0, 0, 0]);
    put(12, 2, &[]);
    put(8, 3, &[1, 2, 3, 4]);
    let find = |fact, from, kind| {
        run(&[of(LD, from), of(LDX, kind), of(LD | W | ABS, ancillary::AD_OFF + fact), RET_A], &packet)
    };
    assert_eq!(find(ancillary::NLATTR, 4, 2), 12);
    assert_eq!(find(ancillary::NLATTR, 4, 3), 0);
    assert_eq!(find(ancillary::NLATTR_NEST, 12, 3), 16);
    assert_eq!(find(ancillary::NLATTR, 400, 3), 0);
}

#[test]
fn a_loop_without_end_rejects() {
    let back = -2i32 as u32;
    assert_eq!(run(&[of(MISC | TAX, 0), of(JMP | JA, back), of(RET, 1)], &[0; 9]), 0);
}

#[test]
fn a_chain_of_comparisons_goes_where_its_first_match_goes() {
    let mut list = vec![of(LD | B | ABS, 0)];
    // The key 3 stands twice; the first wins. Jump distances grow toward the front.
    let keys = [9u32, 3, 7, 3, 1, 200];
    for (n, key) in keys.iter().enumerate() {
        list.push(Instruction::jump(JMP | JEQ | K, *key, (5 + n) as u8, 0));
    }
    list.extend((0..12).map(|n| of(RET, 100 + n)));
    let vm = vm(&list);
    assert!(vm.ops.iter().any(|op| matches!(op, Op::Search(_))), "{}", listing::text(&list));
    for value in 0..=255u8 {
        let expected = keys.iter().position(|k| *k == value.into()).map_or(100, |n| 100 + 2 * n);
        assert_eq!(vm.run(&[value], 1, &Metadata::default()), expected as u32, "value {value}");
    }
}

#[test]
fn a_jump_into_the_middle_of_a_pair_finds_its_second_half() {
    let list: Vec<_> = vec![
        of(LD | B | ABS, 0),
        Instruction::jump(JMP | JEQ | K, 5, 1, 0),
        of(LD | H | ABS, 1),
        Instruction::jump(JMP | JEQ | K, 5, 0, 1),
        of(RET, 1),
        of(RET, 2),
    ];
    assert_eq!(run(&list, &[5]), 1);
    assert_eq!(run(&list, &[4, 0, 5]), 1);
    assert_eq!(run(&list, &[4, 0, 6]), 2);
    assert_eq!(run(&list, &[4]), 0);
}

#[test]
fn operations_stay_small() {
    assert!(size_of::<Op>() <= 20, "{}", size_of::<Op>());
}

#[test]
fn a_list_of_protocols_and_a_range_of_ports_are_one_comparison_each() {
    let jump = Instruction::jump;
    let vm = vm(&[
        of(LD | B | ABS, 0),
        jump(JMP | JEQ | K, 132, 2, 0),
        jump(JMP | JEQ | K, 6, 1, 0),
        jump(JMP | JEQ | K, 17, 0, 3),
        of(LD | H | ABS, 1),
        jump(JMP | JGE | K, 80, 0, 1),
        jump(JMP | JGT | K, 90, 0, 1),
        of(RET, 0),
        of(RET, 1),
    ]);
    assert!(
        matches!(vm.ops.as_slice(), [Op::LdBOneOf(..), Op::LdHIn(..), Op::Ret(0), Op::Ret(1)]),
        "{:?}",
        vm.ops
    );
    for protocol in 0..=255u8 {
        for port in 0..256 {
            let [high, low] = u16::to_be_bytes(port);
            let expected = [6, 17, 132].contains(&protocol) && (80..=90).contains(&port);
            assert_eq!(vm.run(&[protocol, high, low], 3, &Metadata::default()), u32::from(expected));
        }
    }
}
