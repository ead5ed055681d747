//! Which loads check the packet's length, and how far one check may look ahead.
//!
//! The law. A program has no effect but its result, and a load past the end makes the result 0. So at a point of
//! the program let *need* be the greatest n such that, whatever the registers hold, every run from there on a
//! packet shorter than n bytes ends in 0. There a check for n bytes that rejects shorter packets changes nothing.
//! It is found backward:
//!
//! - a return of 0: infinite (every run from there ends in 0, whatever the length);
//! - any other return: 0;
//! - a test: the lesser need of its two ways, for a run may take either;
//! - a load of s bytes at the constant k: the greater of k + s and the need after it, for a packet shorter than
//!   either dies here or there;
//! - anything else, also what may itself reject (a division, an absent fact): the need after it.
//!
//! *Need behind X* is the same relative to X: the greatest n such that every run from there with
//! `X + n > length` ends in 0 (a sum without wrapping; only loads whose sum cannot wrap count). It is lost where X
//! is set; as X is never negative, the need before that is at least the need behind X after it.
//!
//! Forward, *known* is the length proven by the checks that every way to a point has passed (and known behind X
//! likewise). A load that known covers needs no check; any other gets one, for the whole need of its point: never
//! less than the load itself, and all that later loads would have checked one by one. An infinite need is a
//! rejection on the spot. So a check stands only where a load stood that could fail, no way has more checks than
//! loads, and an accept that a short packet can reach before the next load is never cut off.

use crate::lower::{LONGEST, Op, Operand, Place, REJECT, Reg};
use crate::ranges::Bounds;

/// What an operation checks before it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Guard {
    #[default]
    None,
    /// The packet has so many bytes.
    Packet(u32),
    /// The packet has so many bytes behind X.
    Behind(u32),
}

/// A need that no packet meets.
const NEVER: u32 = u32::MAX;

/// Lengths in bytes, from the start of the packet and from X.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Lengths {
    packet: u32,
    behind: u32,
}

impl Lengths {
    const NEVER: Self = Self { packet: NEVER, behind: NEVER };

    fn least(self, other: Self) -> Self {
        Self { packet: self.packet.min(other.packet), behind: self.behind.min(other.behind) }
    }

    fn greatest(self, other: Self) -> Self {
        Self { packet: self.packet.max(other.packet), behind: self.behind.max(other.behind) }
    }
}

/// The guard of every operation; `None` where no run gets.
///
/// Rewrites to rejections what can only reject or never runs, and the ways of branches into it.
pub(crate) fn place(ops: &mut [Op], bounds: &[Option<Bounds>]) -> Vec<Option<Guard>> {
    let needs = needs(ops, bounds);
    for (op, need) in ops.iter_mut().zip(&needs) {
        *op = prune(*op, need.packet, &needs);
    }
    let guards = forward(ops, bounds, &needs);
    for (op, guard) in ops.iter_mut().zip(&guards) {
        if guard.is_none() {
            *op = Op::Reject;
        }
    }
    guards
}

fn needs(ops: &[Op], bounds: &[Option<Bounds>]) -> Vec<Lengths> {
    let mut needs = vec![Lengths::NEVER; ops.len()];
    for (at, op) in ops.iter().enumerate().rev() {
        // Where nothing leads, nothing is needed of anyone.
        if bounds.get(at).copied().flatten().is_none() {
            continue;
        }
        let after =
            op.next(at).into_iter().flatten().fold(Lengths::NEVER, |least, to| {
                least.least(needs.get(to).copied().unwrap_or(Lengths::NEVER))
            });
        if let Some(need) = needs.get_mut(at) {
            *need = need_before(*op, after);
        }
    }
    needs
}

fn need_before(op: Op, after: Lengths) -> Lengths {
    match op {
        Op::Reject => Lengths::NEVER,
        Op::Return(_) | Op::ReturnA => Lengths::default(),
        _ if after.packet == NEVER => Lengths::NEVER,
        Op::Load(..) => after.greatest(own(op)),
        Op::HeaderLength(_) => {
            let packet = after.packet.max(after.behind).max(own(op).packet);
            Lengths { packet, behind: 0 }
        }
        Op::Set(Reg::X, k) => {
            // A need of 0 behind X asks for nothing, not for X bytes. A sum beyond any packet is left to the loads.
            let sum = after.behind.checked_add(k).filter(|sum| after.behind != 0 && *sum <= LONGEST);
            Lengths { packet: after.packet.max(sum.unwrap_or(after.behind)), behind: 0 }
        }
        _ if sets_x(op) => Lengths { packet: after.packet.max(after.behind), behind: 0 },
        _ => after,
    }
}

/// What the operation itself reads.
fn own(op: Op) -> Lengths {
    match op {
        Op::Load(Place::Packet(k), size) => Lengths { packet: k.saturating_add(size.bytes()), behind: 0 },
        Op::Load(Place::Behind(k), size) => {
            let end = k.saturating_add(size.bytes());
            Lengths { packet: end, behind: end }
        }
        Op::HeaderLength(Place::Packet(k)) => Lengths { packet: k.saturating_add(1), behind: 0 },
        _ => Lengths::default(),
    }
}

fn sets_x(op: Op) -> bool {
    matches!(
        op,
        Op::HeaderLength(_)
            | Op::Set(Reg::X, _)
            | Op::Length(Reg::X)
            | Op::Recall(Reg::X, _)
            | Op::Copy(Reg::X)
    )
}

fn prune(op: Op, need: u32, needs: &[Lengths]) -> Op {
    let way = |to: u32| match needs.get(to as usize) {
        Some(need) if need.packet != NEVER => to,
        _ => REJECT,
    };
    match op {
        _ if need == NEVER => Op::Reject,
        Op::Branch(mut branch) => {
            (branch.yes, branch.no) = (way(branch.yes), way(branch.no));
            Op::Branch(branch)
        }
        _ => op,
    }
}

fn forward(ops: &[Op], bounds: &[Option<Bounds>], needs: &[Lengths]) -> Vec<Option<Guard>> {
    let mut known: Vec<Option<Lengths>> = vec![None; ops.len()];
    if let Some(first) = known.first_mut() {
        *first = Some(Lengths::default());
    }
    let mut guards = vec![None; ops.len()];
    for (at, op) in ops.iter().enumerate() {
        let facts = (known.get(at).copied().flatten(), bounds.get(at).copied().flatten(), needs.get(at));
        let (Some(here), Some(bounds), Some(need)) = facts else { continue };
        let guard = guard(*op, here, bounds, *need);
        if let Some(slot) = guards.get_mut(at) {
            *slot = Some(guard);
        }
        let after = known_after(*op, guard, here);
        for to in op.next(at).into_iter().flatten() {
            if let Some(slot) = known.get_mut(to) {
                *slot = Some(slot.map_or(after, |k| k.least(after)));
            }
        }
    }
    guards
}

fn guard(op: Op, known: Lengths, bounds: Bounds, need: Lengths) -> Guard {
    let own = own(op);
    match op {
        Op::Load(Place::Packet(_), _) | Op::HeaderLength(_) if known.packet < own.packet => {
            Guard::Packet(need.packet)
        }
        Op::Load(Place::Behind(_), _) => {
            let at_most = u64::from(bounds.x) + u64::from(own.behind);
            let covered = known.behind >= own.behind || u64::from(known.packet) >= at_most;
            if covered { Guard::None } else { Guard::Behind(need.behind) }
        }
        _ => Guard::None,
    }
}

fn known_after(op: Op, guard: Guard, mut known: Lengths) -> Lengths {
    match guard {
        Guard::None => {}
        Guard::Packet(n) => known.packet = known.packet.max(n),
        Guard::Behind(n) => {
            known.behind = known.behind.max(n);
            known.packet = known.packet.max(n);
        }
    }
    match op {
        Op::Set(Reg::X, k) => known.behind = known.packet.saturating_sub(k),
        _ if sets_x(op) => known.behind = 0,
        _ => {}
    }
    known
}

/// Whether the operation reads X.
pub(crate) fn reads_x(op: Op) -> bool {
    match op {
        Op::Load(Place::Behind(_) | Place::Wrapping(_), _) | Op::Store(Reg::X, _) | Op::Copy(Reg::A) => true,
        Op::Alu(_, by) => by == Operand::X,
        Op::Branch(branch) => branch.by == Operand::X,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use gannet_bpf::{Limits, Semantics, check, parse};

    /// The guards of a program, with the numbers of their instructions.
    fn guards(text: &str) -> Vec<(usize, Guard)> {
        let program = check(parse::human(text).expect("parses"), Limits::KERNEL).expect("sound");
        let plan = Plan::new(&program, Semantics::Linux).expect("a plan");
        let steps = plan.steps.iter().enumerate();
        let guards = steps.filter_map(|(at, step)| step.as_ref().map(|step| (at, step.guard)));
        guards.filter(|(_, guard)| *guard != Guard::None).collect()
    }

    #[test]
    fn one_guard_for_all_that_an_accept_needs() {
        // ip and tcp and not a fragment: all three loads lie on the one way to the accept.
        let text = "(000) ldh [12]\n(001) jeq #0x800 jt 2 jf 7\n(002) ldb [23]\n(003) jeq #0x6 jt 4 jf 7\n\
                    (004) ldh [40]\n(005) jset #0x1fff jt 7 jf 6\n(006) ret #262144\n(007) ret #0\n";
        assert_eq!(guards(text), [(0, Guard::Packet(42))]);
    }

    #[test]
    fn an_accept_within_reach_of_a_short_packet_is_not_cut_off() {
        let text = "(000) ldb [0]\n(001) jeq #0x1 jt 4 jf 2\n(002) ldb [99]\n(003) jeq #0x1 jt 4 jf 5\n\
                    (004) ret #1\n(005) ret #0\n";
        assert_eq!(guards(text), [(0, Guard::Packet(1)), (2, Guard::Packet(100))]);
        // A negated test accepts where the load is not reached.
        let text = "(000) ldb [0]\n(001) jeq #0x1 jt 2 jf 4\n(002) ldb [99]\n(003) jeq #0x1 jt 5 jf 4\n\
                    (004) ret #1\n(005) ret #0\n";
        assert_eq!(guards(text), [(0, Guard::Packet(1)), (2, Guard::Packet(100))]);
    }

    #[test]
    fn loads_behind_x_share_a_guard_while_x_stays() {
        let text = "(000) ldxb 4*([14]&0xf)\n(001) ldh [x + 14]\n(002) jeq #0x50 jt 3 jf 8\n(003) ldh [x + 20]\n\
                    (004) jeq #0x50 jt 5 jf 8\n(005) ldx #0x8\n(006) ldb [x + 30]\n(007) ret #1\n(008) ret #0\n";
        // X becomes 8, so byte 38 is needed from the start on.
        assert_eq!(guards(text), [(0, Guard::Packet(39)), (1, Guard::Behind(22))]);
    }

    #[test]
    fn what_can_only_reject_rejects_at_once() {
        let text = "(000) ldh [12]\n(001) jeq #0x800 jt 2 jf 4\n(002) ldb [23]\n(003) jeq #0x6 jt 4 jf 4\n(004) ret #0\n";
        assert_eq!(guards(text), []);
    }
}
