//! How a value is computed: which instructions bring it into A (and a second one into X).

use super::State;
use crate::graph::{Expr, ExprId, Exprs, Fact, Relation, Test};
use crate::hir::{BinaryOp, Size};
use gannet_bpf::{ancillary, opcode as o};

/// More values must be kept at once than there are memory slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

/// Instructions as code and constant.
pub(crate) type Steps = Vec<(u16, u32)>;

/// What brings the values of `test` into A and X, if the registers are as `state` says; and how they are then.
pub(crate) fn plan(
    exprs: &Exprs,
    slots: &[u8],
    test: &Test,
    state: State,
) -> Result<(Steps, State), TooMany> {
    if let (Relation::Chain { six, .. }, Expr::Load { at, .. }) = (test.relation, exprs.get(test.expr)) {
        let network = at.wrapping_sub(first_number(six));
        let place = if six { (o::LDX | o::W | o::IMM, 40) } else { (o::LDX | o::B | o::MSH, network) };
        return Ok((vec![(o::LD | o::B | o::ABS, at), place], State::default()));
    }
    if let (Relation::Keep(kept), Expr::Kept(slot)) = (test.relation, test_kept(exprs, test.relation)) {
        let plain = Test { relation: Relation::Loaded, ..*test };
        let (mut steps, after) = plan(exprs, slots, &plain, state)?;
        steps.push((o::ST, exprs.slot(slot)));
        return Ok((steps, State { a: Some(kept), ..after }));
    }
    if test.relation.right().is_none() && test.relation != Relation::Point {
        if state.a == Some(test.expr) {
            return Ok((Vec::new(), state));
        }
        if let Some(step) = into_a(exprs, test.expr) {
            return Ok((vec![step], State { a: Some(test.expr), ..state }));
        }
    }
    let mut work =
        Work { exprs, slots, state, out: Vec::new(), tasks: Vec::new(), used: 0, held: Vec::new() };
    match test.relation {
        Relation::Point => work.tasks.push(Task::IntoX(test.expr)),
        relation => match relation.right() {
            None => work.tasks.push(Task::Value(test.expr)),
            Some(right) => work.both(test.expr, right, matches!(relation, Relation::EqualTo(_))),
        },
    }
    work.run()?;
    Ok((work.out, work.state))
}

/// The value that a test keeps.
fn test_kept(exprs: &Exprs, relation: Relation) -> Expr {
    match relation {
        Relation::Keep(kept) => exprs.get(kept),
        _ => Expr::Never,
    }
}

/// Where in an IP header the number of the next one is.
pub(super) fn first_number(six: bool) -> u32 {
    if six { 6 } else { 9 }
}

/// For each value, how many memory slots it takes to compute it.
pub(crate) fn slots(exprs: &Exprs) -> Vec<u8> {
    let mut slots: Vec<u8> = Vec::with_capacity(exprs.len());
    for id in 0..exprs.len() {
        let of = |e: ExprId| slots.get(e.0 as usize).copied().unwrap_or(0);
        let need = match exprs.get(ExprId(u32::try_from(id).unwrap_or(u32::MAX))) {
            Expr::LoadAt { index, .. } => of(index),
            Expr::Negate(value) => of(value),
            Expr::Binary(_, left, right) if into_x(exprs, right).is_some() => of(left),
            Expr::Binary(_, left, right) if into_a(exprs, left).is_some() => of(right),
            Expr::Binary(_, left, right) => {
                let (more, less) = (of(left).max(of(right)), of(left).min(of(right)));
                more.max(less.saturating_add(1))
            }
            _ => 0,
        };
        slots.push(need);
    }
    slots
}

/// The instruction that loads a value into A without touching X, if there is one.
fn into_a(exprs: &Exprs, value: ExprId) -> Option<(u16, u32)> {
    Some(match exprs.get(value) {
        Expr::Const(k) => (o::LD | o::W | o::IMM, k),
        Expr::Length => (o::LD | o::W | o::LEN, 0),
        Expr::Load { size, at } => (o::LD | width(size) | o::ABS, at),
        Expr::Beside(fact) => beside(fact),
        Expr::Pointed { size, plus } => (o::LD | width(size) | o::IND, plus),
        Expr::Kept(number) => (o::LD | o::W | o::MEM, exprs.slot(number)),
        _ => return None,
    })
}

/// The instruction that loads a value into X without touching A, if there is one.
fn into_x(exprs: &Exprs, value: ExprId) -> Option<(u16, u32)> {
    Some(match exprs.get(value) {
        Expr::Const(k) => (o::LDX | o::W | o::IMM, k),
        Expr::Length => (o::LDX | o::W | o::LEN, 0),
        Expr::HeaderLength { at } => (o::LDX | o::B | o::MSH, at),
        Expr::Kept(number) => (o::LDX | o::W | o::MEM, exprs.slot(number)),
        _ => return None,
    })
}

/// Whether a value can be brought into A while X holds `x`, and stays as it is.
fn leaves_x(exprs: &Exprs, value: ExprId, x: ExprId) -> bool {
    let mut value = value;
    for _ in 0..DEEPEST {
        value = match exprs.get(value) {
            Expr::Binary(_, left, right) if right == x || exprs.constant(right).is_some() => left,
            Expr::Negate(inner) => inner,
            Expr::LoadAt { index, .. } => return index == x,
            _ => return into_a(exprs, value).is_some(),
        };
    }
    false
}

/// So many operations are looked through for a register that stays as it is.
const DEEPEST: usize = 64;

fn width(size: Size) -> u16 {
    match size {
        Size::Byte => o::B,
        Size::Half => o::H,
        Size::Word => o::W,
    }
}

/// The widths are those that libpcap loads these facts with.
fn beside(fact: Fact) -> (u16, u32) {
    let (size, number) = match fact {
        Fact::PacketType => (o::H, ancillary::PKTTYPE),
        Fact::Interface => (o::W, ancillary::IFINDEX),
        Fact::VlanPresent => (o::B, ancillary::VLAN_TAG_PRESENT),
        Fact::VlanTag => (o::H, ancillary::VLAN_TAG),
    };
    (o::LD | size | o::ABS, ancillary::AD_OFF.wrapping_add(number))
}

fn operation(op: BinaryOp) -> u16 {
    o::ALU
        | match op {
            BinaryOp::Add => o::ADD,
            BinaryOp::Subtract => o::SUB,
            BinaryOp::Multiply => o::MUL,
            BinaryOp::Divide => o::DIV,
            BinaryOp::Modulo => o::MOD,
            BinaryOp::And => o::AND,
            BinaryOp::Or => o::OR,
            BinaryOp::Xor => o::XOR,
            BinaryOp::ShiftLeft => o::LSH,
            BinaryOp::ShiftRight => o::RSH,
        }
}

/// What is still to be done; the last one comes first.
enum Task {
    /// Bring a value into A.
    Value(ExprId),
    /// Bring a value that can be loaded so into X, leaving A.
    IntoX(ExprId),
    /// A is this value: copy it into X.
    Copy(ExprId),
    /// Keep A in a slot.
    Keep,
    /// Load X from the slot kept last, which is this value, and give the slot back.
    FetchX(ExprId),
    /// Load A from the slot kept last, which is this value, and give the slot back.
    FetchA(ExprId),
    /// An instruction that makes A this value.
    Make((u16, u32), ExprId),
}

struct Work<'a> {
    exprs: &'a Exprs,
    slots: &'a [u8],
    state: State,
    out: Steps,
    tasks: Vec<Task>,
    used: u16,
    held: Vec<u32>,
}

impl Work<'_> {
    fn run(&mut self) -> Result<(), TooMany> {
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Value(value) => self.value(value),
                Task::IntoX(value) => {
                    if self.state.x != Some(value)
                        && let Some(step) = into_x(self.exprs, value)
                    {
                        self.out.push(step);
                        self.state.x = Some(value);
                    }
                }
                Task::Copy(value) => {
                    self.out.push((o::MISC | o::TAX, 0));
                    self.state.x = Some(value);
                }
                Task::Keep => self.keep()?,
                Task::FetchX(value) => {
                    let slot = self.fetch();
                    self.out.push((o::LDX | o::W | o::MEM, slot));
                    self.state.x = Some(value);
                }
                Task::FetchA(value) => {
                    let slot = self.fetch();
                    self.out.push((o::LD | o::W | o::MEM, slot));
                    self.state.a = Some(value);
                }
                Task::Make(step, value) => {
                    self.out.push(step);
                    self.state.a = Some(value);
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, value: ExprId) {
        if self.state.a == Some(value) {
            return;
        }
        if let Some(step) = into_a(self.exprs, value) {
            self.tasks.push(Task::Make(step, value));
            return;
        }
        match self.exprs.get(value) {
            Expr::HeaderLength { .. } => {
                self.tasks.push(Task::Make((o::MISC | o::TXA, 0), value));
                self.tasks.push(Task::IntoX(value));
            }
            Expr::LoadAt { size, index, plus } => {
                self.tasks.push(Task::Make((o::LD | width(size) | o::IND, plus), value));
                self.any_into_x(index);
            }
            Expr::Negate(inner) => {
                self.tasks.push(Task::Make((o::ALU | o::NEG, 0), value));
                self.tasks.push(Task::Value(inner));
            }
            Expr::Binary(op, left, right) => {
                if let Some(k) = self.exprs.constant(right) {
                    self.tasks.push(Task::Make((operation(op) | o::K, k), value));
                    self.tasks.push(Task::Value(left));
                    return;
                }
                self.tasks.push(Task::Make((operation(op) | o::X, 0), value));
                let either_way = matches!(
                    op,
                    BinaryOp::Add | BinaryOp::Multiply | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor
                );
                self.both(left, right, either_way);
            }
            _ => {}
        }
    }

    fn any_into_x(&mut self, value: ExprId) {
        if self.state.x == Some(value) {
            return;
        }
        if into_x(self.exprs, value).is_some() {
            self.tasks.push(Task::IntoX(value));
        } else {
            self.tasks.push(Task::Copy(value));
            self.tasks.push(Task::Value(value));
        }
    }

    /// Brings `left` into A and `right` into X, or the other way round where that is as good.
    fn both(&mut self, left: ExprId, right: ExprId, either_way: bool) {
        if self.state.a == Some(left) && into_x(self.exprs, right).is_some() {
            self.tasks.push(Task::IntoX(right));
            return;
        }
        if self.beside_x(left, right) || either_way && self.beside_x(right, left) {
            return;
        }
        let simple = |this: &Self, a: ExprId, x: ExprId| {
            into_x(this.exprs, x).is_some() || into_a(this.exprs, a).is_some()
        };
        let swap = either_way && !simple(self, left, right) && simple(self, right, left);
        let (left, right) = if swap { (right, left) } else { (left, right) };
        if into_x(self.exprs, right).is_some() {
            self.tasks.push(Task::IntoX(right));
            self.tasks.push(Task::Value(left));
        } else if into_a(self.exprs, left).is_some() {
            self.tasks.push(Task::Value(left));
            self.any_into_x(right);
        } else if either_way && self.can_wait(left, right) {
            self.tasks.extend([Task::FetchX(left), Task::Value(right), Task::Keep]);
        } else if !self.can_wait(left, right)
            && (self.can_wait(right, left) || self.slots_of(right) >= self.slots_of(left))
        {
            self.tasks.extend([Task::FetchX(right), Task::Value(left), Task::Keep, Task::Value(right)]);
        } else {
            self.tasks.extend([
                Task::FetchA(left),
                Task::Copy(right),
                Task::Value(right),
                Task::Keep,
                Task::Value(left),
            ]);
        }
    }

    /// Queues a value for A and another for X, if the first can be computed while X holds the second: then nothing is kept
    /// in memory.
    fn beside_x(&mut self, a: ExprId, x: ExprId) -> bool {
        if into_x(self.exprs, x).is_some() || !leaves_x(self.exprs, a, x) {
            return false;
        }
        self.tasks.push(Task::Value(a));
        self.any_into_x(x);
        true
    }

    /// Whether `first` is in A already, and there are slots enough to keep it there while `second` is computed.
    fn can_wait(&self, first: ExprId, second: ExprId) -> bool {
        let taken = self.used.count_ones() as usize + 1 + usize::from(self.slots_of(second));
        self.state.a == Some(first) && taken <= o::MEMORY_SLOTS.saturating_sub(self.exprs.reserved())
    }

    fn slots_of(&self, value: ExprId) -> u8 {
        self.slots.get(value.0 as usize).copied().unwrap_or(0)
    }

    fn keep(&mut self) -> Result<(), TooMany> {
        let slot = self.used.trailing_ones();
        if slot as usize >= o::MEMORY_SLOTS.saturating_sub(self.exprs.reserved()) {
            return Err(TooMany);
        }
        self.used |= 1 << slot;
        self.held.push(slot);
        self.out.push((o::ST, slot));
        Ok(())
    }

    fn fetch(&mut self) -> u32 {
        let slot = self.held.pop().unwrap_or(0);
        self.used &= !(1 << slot);
        slot
    }
}
