//! Comparisons of A with constants, of which the machine does many at once, against one at a time.

use std::collections::BTreeSet;

use gannet_bpf::{Instruction, Limits, Metadata, Program, Semantics, Vm, check, listing, opcode::*};

use super::draw::Dice;
use super::plain::{self, Packet};

const LOAD: Instruction = Instruction::stmt(LD | W | ABS, 0);

fn checked(list: Vec<Instruction>) -> Program {
    check(list, Limits::USER).expect("a sound program")
}

/// Compares the machine with the plain one for packets that begin with these values; the verdicts.
fn compare(program: &Program, values: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
    let vm = Vm::new(program);
    let list = program.instructions();
    let mut seen = vec![0; list.len()];
    let verdicts = values.into_iter().map(|value| {
        let bytes = [value.to_be_bytes(), value.rotate_left(13).to_be_bytes()].concat();
        let packet = Packet { bytes, wire_len: 8, meta: Metadata::default() };
        let expected = plain::run(list, Semantics::Linux, &packet, &mut seen);
        let got = vm.run(&packet.bytes, 8, &packet.meta);
        // A million lines would help nobody.
        let text = || if list.len() < 1000 { listing::text(list) } else { String::new() };
        assert_eq!(got, expected, "{value:#x}\n{}", text());
        got
    });
    verdicts.collect()
}

/// Values at and beside the constants that a program compares with.
fn near(program: &Program) -> BTreeSet<u32> {
    let keys = program.instructions().iter().filter(|i| i.class() == JMP).map(|i| i.k);
    keys.flat_map(|k| [k, k.wrapping_add(1), k.wrapping_sub(1)])
        .flat_map(|value| [value, value << 16, value << 24])
        .chain([0, u32::MAX, 1 << 31])
        .collect()
}

/// Comparisons with ways in from aside, ways out at all places, keys that come again, and keys at both ends.
#[test]
fn comparisons_together_do_what_they_do_one_by_one() {
    const EXITS: u32 = 6;
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let mut verdicts = BTreeSet::new();
    for _ in 0..3000 {
        let width = dice.pick(&[B, H, W]);
        let most = if width == W { u32::MAX } else { dice.pick(&[0xff, 0xffff, u32::MAX]) };
        let pool = [1, 3, 8, 1000][dice.below(4) as usize];
        let scatter = dice.pick(&[1, 1, 7, 0x0101_0101]);
        let keys: Vec<u32> =
            (0..pool).map(|n: u32| n.wrapping_mul(scatter) & most).chain([0, most, u32::MAX]).collect();
        let length = 1 + dice.below(60);
        let straight = dice.below(4);
        let mut list = vec![
            Instruction::stmt(LD | B | ABS, 5),
            Instruction::jump(JMP | JGT | K, 200, dice.below(length) as u8, 0),
            Instruction::stmt(LD | width | ABS, 0),
        ];
        for left in (0..length).rev() {
            let exit = |dice: &mut Dice| left + dice.below(EXITS);
            let inside = |dice: &mut Dice| dice.below((left + 1).min(6));
            let mut way = || if dice.below(4) < straight { exit(&mut dice) } else { inside(&mut dice) };
            let (jt, jf) = (way() as u8, way() as u8);
            let jf = if dice.below(3) == 0 { jf } else { 0 };
            list.push(match dice.below(40) {
                0 => Instruction::jump(JMP | JSET | K, dice.pick(&keys), jt, jf),
                1 => Instruction::stmt(JMP | JA, inside(&mut dice)),
                2 => Instruction::stmt(ALU | ADD | K, dice.below(2)),
                3 => Instruction::jump(JMP | JEQ | X, 0, jt, jf),
                n => Instruction::jump(
                    JMP | dice.pick(&[JEQ, JGT, JGE][n as usize % 2..]),
                    dice.pick(&keys),
                    jt,
                    jf,
                ),
            });
        }
        let exits = list.len();
        list.extend((0..EXITS).map(|value| Instruction::stmt(RET, dice.pick(&[0, 9, value + 1]))));
        if dice.below(3) == 0 {
            // One of the exits goes back into the midst of the comparisons, with another value.
            let exit = exits + dice.below(EXITS) as usize;
            list[exit] = Instruction::stmt(JMP | JA, (list.len() - exit - 1) as u32);
            list.push(Instruction::stmt(ALU | ADD | K, 1 + dice.below(300)));
            let back = 2 + dice.below(length + 1);
            list.push(Instruction::stmt(JMP | JA, back.wrapping_sub(list.len() as u32 + 1)));
            list.push(Instruction::stmt(RET, 9));
        }
        let program = checked(list);
        verdicts.extend(compare(&program, near(&program)));
    }
    assert_eq!(verdicts, (0..=EXITS).chain([9]).collect(), "all exits were taken");
}

/// Accepts the keys with different numbers, as a tree of comparisons with leaves of up to three.
fn tree(keys: &[(u32, u32)], list: &mut Vec<Instruction>) {
    if keys.len() <= 3 {
        for (key, verdict) in keys {
            list.push(Instruction::jump(JMP | JEQ | K, *key, 0, 1));
            list.push(Instruction::stmt(RET, *verdict));
        }
        list.push(Instruction::stmt(RET, 0));
        return;
    }
    let (low, high) = keys.split_at(keys.len() / 2);
    list.push(Instruction::jump(JMP | JGE | K, high[0].0, 0, 1));
    let at = list.len();
    list.push(Instruction::stmt(JMP | JA, 0));
    tree(low, list);
    list[at].k = (list.len() - at - 1) as u32;
    tree(high, list);
}

/// Of the values near the keys, each leads where its key says: keys in a row, in clusters, spread, and at the ends.
#[test]
fn a_tree_finds_every_key() {
    let mut dice = Dice(5);
    for count in [4, 7, 30, 100, 3000] {
        let row: Vec<u32> = (0..count).map(|n| u32::MAX - n).collect();
        let clusters = (0..count).map(|n| ((n % 3) << 30) | (dice.next() % (3 * count))).collect();
        let spread = (0..count).map(|_| dice.next()).collect();
        let doubling = (0..32).map(|bit| 1 << bit).chain([0, u32::MAX]).collect();
        for keys in [row, clusters, spread, doubling] {
            let keys: BTreeSet<u32> = keys.into_iter().collect();
            let keys: Vec<(u32, u32)> = keys.into_iter().zip((1..7).cycle()).collect();
            let mut list = vec![LOAD];
            tree(&keys, &mut list);
            let vm = Vm::new(&checked(list));
            for value in keys.iter().flat_map(|(key, _)| [*key, key.wrapping_add(1), key.wrapping_sub(1)]) {
                let found = keys.binary_search_by_key(&value, |(key, _)| *key);
                let expected = found.map_or(0, |at| keys[at].1);
                let got = vm.run(&value.to_be_bytes(), 4, &Metadata::default());
                assert_eq!(got, expected, "{value:#x} in {count} keys");
            }
        }
    }
}

/// What took time with the square of the length would take hours, and what called itself would die.
#[test]
fn a_million_instructions_take_no_time() {
    // Without an optimiser the machines take their time.
    const LENGTH: u32 = if cfg!(debug_assertions) { 200_000 } else { 990_000 };
    let mut dice = Dice(17);
    let mut by_three = |make: &mut dyn FnMut(&mut Dice, u32) -> [Instruction; 3]| {
        let list = (0..LENGTH / 3).flat_map(|n| make(&mut dice, n));
        [LOAD].into_iter().chain(list).chain([Instruction::stmt(RET, 5)]).collect::<Vec<_>>()
    };
    let chain = by_three(&mut |dice, n| {
        let key = dice.next();
        [
            Instruction::jump(JMP | JEQ | K, key, 1, 0),
            Instruction::jump(JMP | JEQ | K, !key, 0, 1),
            Instruction::stmt(RET, n % 3),
        ]
    });
    let ranges = by_three(&mut |dice, n| {
        let low = dice.next();
        let high = low.saturating_add(dice.below(10_000));
        [
            Instruction::jump(JMP | JGE | K, low, 0, 2),
            Instruction::jump(JMP | JGT | K, high, 1, 0),
            Instruction::stmt(RET, n % 3),
        ]
    });
    let crossing = by_three(&mut |dice, _| {
        let mut any = |test| {
            let (jt, jf) = (dice.below(3) as u8, dice.below(3) as u8);
            Instruction::jump(JMP | test | K, dice.next(), jt, jf)
        };
        [any(JGE), any(JGT), any(JEQ)]
    });
    let small = by_three(&mut |dice, _| {
        let low = dice.below(u32::MAX - 8);
        [Instruction::jump(JMP | JGT | K, low, 0, 1), Instruction::jump(JMP | JGE | K, low + 8, 0, 1), LOAD]
    });
    let jumps = by_three(&mut |_, _| [Instruction::stmt(JMP | JA, 0); 3]);
    let mut leaves = vec![LOAD];
    let keys: BTreeSet<u32> = (0..LENGTH / 3).map(|_| dice.next()).collect();
    tree(&keys.into_iter().zip((1..4).cycle()).collect::<Vec<_>>(), &mut leaves);
    for mut list in [chain, ranges, crossing, small, jumps, leaves] {
        // The last comparisons may lead two beyond the end.
        list.extend([Instruction::stmt(RET, 6); 2]);
        let program = checked(list);
        let keys = program.instructions().iter().filter(|i| i.class() == JMP).map(|i| i.k);
        let some: Vec<u32> = keys.step_by(LENGTH as usize / 3).collect();
        compare(&program, some);
    }
}
