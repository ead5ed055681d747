//! A program ready to be encoded for any processor.

use gannet_bpf::{Program, Semantics};

use crate::JitError;
use crate::chains::{self, Table};
use crate::guards::{self, Guard};
use crate::lower::{NETWORK_ROW, Op, Place, lower};
use crate::order::{self, LIVE_A, Live};
use crate::ranges;

/// One operation and how to encode it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    pub op: Op,
    /// What to check first.
    pub guard: Guard,
    /// For a load: its value stays in the packet's byte order.
    pub packet_order: bool,
    /// Nobody reads its result: only what may reject is left to do.
    pub idle: bool,
    /// The number of the next step, in the order of the code.
    pub next: u32,
}

/// All operations that a run can get to, under the numbers of their instructions.
pub(crate) struct Plan {
    pub steps: Vec<Option<Step>>,
    /// The tables of [`Op::Switch`].
    pub tables: Vec<Table>,
    /// What is read before it is written, and so must start as 0.
    pub zeroed: Live,
    /// The rows of [`crate::Facts`] that the program may read, as bits.
    pub facts: u16,
    /// A formula is wanted where there can be one.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "only x86-64 has formulas"))]
    pub mixed: bool,
}

impl Plan {
    pub(crate) fn new(program: &Program, semantics: Semantics) -> Result<Self, JitError> {
        let mut ops = lower(program, semantics)?;
        let bounds = ranges::bound(&mut ops);
        let guards = guards::place(&mut ops, &bounds);
        let live = order::live(&ops);
        let kept = order::keep_packet_order(&mut ops, &live);
        let idle: Vec<bool> = ops.iter().enumerate().map(|(at, op)| is_idle(*op, at, &live)).collect();
        let (tables, absorbed) = chains::find(&mut ops);
        let facts = ops.iter().fold(0, |all, op| all | facts_of(*op));
        let mut steps = vec![None; ops.len()];
        let mut next = ops.len() as u32;
        for (at, op) in ops.iter().enumerate().rev() {
            let (Some(guard), Some(false)) = (guards.get(at).copied().flatten(), absorbed.get(at)) else {
                continue;
            };
            let is = |list: &[bool]| list.get(at) == Some(&true);
            if let Some(slot) = steps.get_mut(at) {
                *slot = Some(Step { op: *op, guard, packet_order: is(&kept), idle: is(&idle), next });
            }
            next = at as u32;
        }
        Ok(Self { steps, tables, zeroed: live.first().copied().unwrap_or(0), facts, mixed: false })
    }
}

fn is_idle(op: Op, at: usize, live: &[Live]) -> bool {
    let results = if matches!(op, Op::Alu(..)) { LIVE_A } else { order::writes(op) };
    results != 0 && live.get(at + 1).is_none_or(|after| after & results == 0)
}

fn facts_of(op: Op) -> u16 {
    match op {
        Op::Fact(row) => 1 << (row & 15),
        Op::Load(Place::Network(_) | Place::Wrapping(_), _) | Op::HeaderLength(Place::Network(_)) => {
            1 << NETWORK_ROW
        }
        _ => 0,
    }
}
