//! Leaves out the operations that nothing leads to: second halves of pairs, and the inside of what became a search.
//! A long program runs no faster than its operations come from memory.

use alloc::{vec, vec::Vec};

use super::Op;
use super::search::Search;

/// Keeps the operations that the first one leads to, in their order.
pub(super) fn compact(mut ops: Vec<Op>, searches: &mut [Search]) -> Vec<Op> {
    let alive = alive(&mut ops, searches);
    let mut count = 0;
    let numbers: Vec<u32> = alive
        .iter()
        .map(|is_alive| {
            let number = count;
            count += u32::from(*is_alive);
            number
        })
        .collect();
    let renumber = |to: &mut u32| *to = numbers.get(*to as usize).copied().unwrap_or(*to);
    ops.iter_mut().for_each(|op| each_target(op, renumber));
    searches.iter_mut().for_each(|search| search.each_target(renumber));
    ops.into_iter().zip(alive).filter_map(|(op, is_alive)| is_alive.then_some(op)).collect()
}

fn alive(ops: &mut [Op], searches: &mut [Search]) -> Vec<bool> {
    let mut alive = vec![false; ops.len()];
    let mark = |alive: &mut [bool], to: u32| {
        if let Some(slot) = alive.get_mut(to as usize) {
            *slot = true;
        }
    };
    mark(&mut alive, 0);
    // All ways but these lead forward, so that one pass meets every operation after all that lead to it.
    for op in ops.iter() {
        if let Op::JaBack(to) = op {
            mark(&mut alive, *to);
        }
    }
    for (op, at) in ops.iter_mut().zip(0..) {
        if alive.get(at as usize) != Some(&true) {
            continue;
        }
        match op {
            Op::Ret(_) | Op::RetA => {}
            Op::Search(number)
            | Op::LdWSearch(_, number)
            | Op::LdHSearch(_, number)
            | Op::LdIndHSearch(_, number) => {
                if let Some(search) = searches.get_mut(*number as usize) {
                    search.each_target(|to| mark(&mut alive, *to));
                }
            }
            // It goes over the next one, which so must be there.
            Op::LdBAnd(..) => (at + 1..at + 3).for_each(|to| mark(&mut alive, to)),
            _ => {
                let mut leads = false;
                each_target(op, |to| {
                    leads = true;
                    mark(&mut alive, *to);
                });
                if !leads {
                    mark(&mut alive, at + 1);
                }
            }
        }
    }
    alive
}

/// The targets that stand in an operation itself; if there are none, it leads to the next operation or returns or searches.
fn each_target(op: &mut Op, mut each: impl FnMut(&mut u32)) {
    let (jt, jf) = match op {
        Op::Ja(to) | Op::JaBack(to) => return each(to),
        Op::JeqK(b) | Op::JgtK(b) | Op::JgeK(b) | Op::JsetK(b) => (&mut b.jt, &mut b.jf),
        Op::AndJeq(_, b) | Op::LdWJeq(_, b) | Op::LdBJeq(_, b) | Op::LdHJset(_, b) => (&mut b.jt, &mut b.jf),
        Op::JeqX(jt, jf) | Op::JgtX(jt, jf) | Op::JgeX(jt, jf) | Op::JsetX(jt, jf) => (jt, jf),
        Op::In(b) => (&mut b.jt, &mut b.jf),
        Op::LdHIn(_, b) | Op::LdIndHIn(_, b) => (&mut b.jt, &mut b.jf),
        Op::OneOf(b) | Op::LdBOneOf(_, b) => (&mut b.jt, &mut b.jf),
        _ => return,
    };
    each(jt);
    each(jf);
}
