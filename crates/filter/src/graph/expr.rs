//! The values that tests ask about: pure, hash-consed, folded as they are made.

use super::Map;
use crate::hir::{BinaryOp, Size};

/// Position of a value in its list; operands have smaller ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ExprId(pub u32);

/// What the capture knows about a packet beside its bytes, as the kernel numbers it (`SKF_AD_*` in `linux/filter.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    /// To us, to all, to a group, to others, or sent (0 to 4).
    PacketType,
    /// Number of the interface.
    Interface,
    /// 1 if the kernel took a VLAN tag out of the packet.
    VlanPresent,
    /// That tag's priority and identifier.
    VlanTag,
}

/// One value of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Expr {
    /// A number.
    Const(u32),
    /// Bytes of the packet on the wire.
    Length,
    /// Bytes of the packet, big-endian. `at` plus the size is below 2^31.
    Load {
        /// How many.
        size: Size,
        /// Offset from the start of the packet.
        at: u32,
    },
    /// Bytes of the packet at a computed offset.
    LoadAt {
        /// How many.
        size: Size,
        /// The offset, to which `plus` is added modulo 2^32.
        index: ExprId,
        /// What is added.
        plus: u32,
    },
    /// Four times the low half of the byte at `at`: the length of an IPv4 header.
    HeaderLength {
        /// Offset from the start of the packet.
        at: u32,
    },
    /// Something known beside the bytes.
    Beside(Fact),
    /// Two values and what is done with them.
    Binary(BinaryOp, ExprId, ExprId),
    /// The two's complement.
    Negate(ExprId),
    /// Bytes at the offset that the last [`super::Relation::Point`] of the path has set.
    Pointed {
        /// How many.
        size: Size,
        /// How far behind it.
        plus: u32,
    },
    /// What [`super::Relation::Keep`] has put in a memory slot, by a number of its own. It is an offset: of a byte that is there, so less
    /// than 2^30, or of one that some load of the path does not find.
    Kept(u8),
    /// A load that no packet is long enough for.
    Never,
}

/// What is known of a value whatever the packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExprInfo {
    /// The packet must have this many captured bytes, or computing the value rejects it.
    pub need: u32,
    /// Computing it may reject for another reason: a load at a computed offset, a division by a computed number.
    pub shaky: bool,
    /// Computing it rejects always.
    pub never: bool,
    /// No value has another bit than these set.
    pub bits: u32,
}

/// The list of values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exprs {
    list: Vec<(Expr, ExprInfo)>,
    ids: Map<Expr, ExprId>,
    /// The numbers of the values that are kept, by their memory slots.
    slots: Vec<u8>,
    /// Whether questions about what is computed with constants stay as they are, and do not become questions about what it is
    /// computed from.
    pub as_computed: bool,
    /// Whether a load at an offset that no packet has is one like any other, as libpcap's optimiser takes it.
    pub boundless: bool,
}

/// The last memory slot.
const LAST_SLOT: u32 = 15;

/// The first offset that no packet has.
pub(crate) const HALF: u32 = 1 << 31;

/// How many bytes a load takes.
pub(crate) fn bytes(size: Size) -> u32 {
    match size {
        Size::Byte => 1,
        Size::Half => 2,
        Size::Word => 4,
    }
}

impl Exprs {
    /// The value `id`.
    pub fn get(&self, id: ExprId) -> Expr {
        self.list.get(id.0 as usize).map_or(Expr::Never, |entry| entry.0)
    }

    /// What is known of the value `id`.
    pub fn info(&self, id: ExprId) -> ExprInfo {
        self.list.get(id.0 as usize).map(|entry| entry.1).unwrap_or_default()
    }

    /// Whether `id` is in this list.
    pub fn holds(&self, id: ExprId) -> bool {
        (id.0 as usize) < self.list.len()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The number, if the value is one and needs no load.
    pub fn constant(&self, id: ExprId) -> Option<u32> {
        match self.get(id) {
            Expr::Const(k) => Some(k),
            _ => None,
        }
    }

    /// A number.
    pub fn number(&mut self, k: u32) -> ExprId {
        self.intern(Expr::Const(k))
    }

    /// The length on the wire.
    pub fn length(&mut self) -> ExprId {
        self.intern(Expr::Length)
    }

    /// Bytes at a fixed offset; offsets from 2^31 on are past the end of every packet.
    pub fn load(&mut self, size: Size, at: u32) -> ExprId {
        self.intern_within(at, Expr::Load { size, at })
    }

    /// Four times the low half of a byte.
    pub fn header_length(&mut self, at: u32) -> ExprId {
        self.intern_within(at, Expr::HeaderLength { at })
    }

    /// Something known beside the bytes.
    pub fn beside(&mut self, fact: Fact) -> ExprId {
        self.intern(Expr::Beside(fact))
    }

    /// The value that is kept under this number.
    pub fn kept(&mut self, number: u8) -> ExprId {
        self.intern(Expr::Kept(number))
    }

    /// Gives a value that is kept a memory slot, if it has none: the last ones come first.
    pub fn keep(&mut self, value: ExprId) {
        if let Expr::Kept(number) = self.get(value)
            && !self.slots.contains(&number)
        {
            self.slots.push(number);
        }
    }

    /// The slot of the value that is kept under this number.
    pub fn slot(&self, number: u8) -> u32 {
        let from_last = self.slots.iter().position(|&kept| kept == number).unwrap_or(0);
        LAST_SLOT.saturating_sub(u32::try_from(from_last).unwrap_or(LAST_SLOT))
    }

    /// How many memory slots, the last ones, have kept values in them. May be more than there are.
    pub fn reserved(&self) -> usize {
        self.slots.len()
    }

    /// Bytes at the offset that was set last.
    pub fn pointed(&mut self, size: Size, plus: u32) -> ExprId {
        self.intern(Expr::Pointed { size, plus })
    }

    /// Bytes at a computed offset. Constants that are added to it move into `plus` where no sum can wrap around, since
    /// libpcap's machine rejects a packet where it does and Linux's goes on.
    pub fn load_at(&mut self, size: Size, index: ExprId, plus: u32) -> ExprId {
        match self.get(index) {
            Expr::Const(k) => match k.checked_add(plus) {
                Some(at) => self.load(size, at),
                None => self.intern_within(u32::MAX, Expr::LoadAt { size, index, plus }),
            },
            Expr::Binary(BinaryOp::Add, inner, by) if !self.is_wide(inner) => {
                let sum = self.constant(by).and_then(|by| by.checked_add(plus));
                let farthest = below(self.info(inner).bits);
                match sum {
                    Some(plus) if plus < HALF => self.intern(Expr::LoadAt { size, index: inner, plus }),
                    // Past the end of every packet, and not around.
                    Some(sum) if sum.checked_add(farthest).is_some() => {
                        self.intern_within(sum, Expr::LoadAt { size, index, plus })
                    }
                    _ => self.intern(Expr::LoadAt { size, index, plus }),
                }
            }
            _ => self.intern(Expr::LoadAt { size, index, plus }),
        }
    }

    /// Whether a value can be 2^31 or more: as an offset it is past the end of every packet for libpcap's machine,
    /// and means something else for Linux's.
    pub fn is_wide(&self, id: ExprId) -> bool {
        self.info(id).bits >= HALF
    }

    /// Whether bits of any value are masked.
    pub fn has_masks(&self) -> bool {
        self.list.iter().any(|(expr, _)| matches!(expr, Expr::Binary(BinaryOp::And, ..)))
    }

    /// Whether any load counts from this value.
    pub fn is_offset(&self, base: ExprId) -> bool {
        let is_part = |index: ExprId| match self.get(index) {
            _ if index == base => true,
            Expr::Binary(_, left, right) => left == base || right == base,
            _ => false,
        };
        self.list.iter().any(|(expr, _)| matches!(expr, Expr::LoadAt { index, .. } if is_part(*index)))
    }

    /// The offsets in a value that can be 2^31 or more.
    pub fn wide_offsets(&self, root: ExprId) -> Vec<ExprId> {
        let mut wide = Vec::new();
        let mut seen: Map<ExprId, ()> = Map::default();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            // A value that only loads at fixed offsets has nothing to find in it.
            if !self.info(id).shaky || seen.insert(id, ()).is_some() {
                continue;
            }
            match self.get(id) {
                Expr::LoadAt { index, .. } => {
                    if self.is_wide(index) && self.constant(index).is_none() {
                        wide.push(index);
                    }
                    stack.push(index);
                }
                Expr::Binary(_, left, right) => stack.extend([left, right]),
                Expr::Negate(inner) => stack.push(inner),
                _ => {}
            }
        }
        wide
    }

    /// The two's complement.
    pub fn negate(&mut self, value: ExprId) -> ExprId {
        match self.get(value) {
            Expr::Const(k) => self.number(k.wrapping_neg()),
            _ => self.intern(Expr::Negate(value)),
        }
    }

    /// As [`Exprs::binary`], but a shift by a computed number is zero from 32 on whatever the machine: Linux looks at the
    /// lowest five bits only.
    pub fn guarded(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> ExprId {
        use BinaryOp::{And, Or, ShiftLeft, ShiftRight};
        let small = self.constant(right).is_some() || self.info(right).bits < 32;
        if small || !matches!(op, ShiftLeft | ShiftRight) {
            return self.binary(op, left, right);
        }
        let [five, last, minus_one, low] = [5, 31, u32::MAX, 31].map(|number| self.number(number));
        let high = self.binary(ShiftRight, right, five);
        let negative = self.negate(high);
        let any = self.binary(Or, high, negative);
        let flag = self.binary(ShiftRight, any, last);
        let mask = self.binary(BinaryOp::Add, flag, minus_one);
        let by = self.binary(And, right, low);
        let shifted = self.binary(op, left, by);
        self.binary(And, shifted, mask)
    }

    /// Two values and what is done with them. What is folded never drops a load.
    pub fn binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> ExprId {
        use BinaryOp::{Add, And, Divide, Modulo, Multiply, Or, ShiftLeft, ShiftRight, Subtract, Xor};
        let (mut left, mut right) = (left, right);
        if let (Some(a), Some(b)) = (self.constant(left), self.constant(right)) {
            return match apply(op, a, b) {
                Some(value) => self.number(value),
                None => self.intern(Expr::Never),
            };
        }
        if self.constant(left).is_some() && matches!(op, Add | Multiply | And | Or | Xor) {
            std::mem::swap(&mut left, &mut right);
        }
        match (op, self.constant(right)) {
            (Subtract, Some(k)) => return self.plus(left, k.wrapping_neg()),
            (Add, Some(k)) => return self.plus(left, k),
            (Multiply | Divide, Some(1))
            | (Or | Xor | ShiftLeft | ShiftRight, Some(0))
            | (And, Some(u32::MAX)) => {
                return left;
            }
            (Divide | Modulo, Some(0)) => return self.intern(Expr::Never),
            (Divide, Some(k)) if k.is_power_of_two() => {
                let by = self.number(k.trailing_zeros());
                return self.intern(Expr::Binary(ShiftRight, left, by));
            }
            (Modulo, Some(k)) if k.is_power_of_two() => {
                let mask = self.number(k - 1);
                return self.binary(And, left, mask);
            }
            (ShiftLeft | ShiftRight, Some(32..)) => {
                let zero = self.number(0);
                return self.binary(And, left, zero);
            }
            (And, Some(mask)) => return self.masked(left, mask),
            (Multiply, Some(0)) if self.is_free(left) => return right,
            _ => {}
        }
        self.intern(Expr::Binary(op, left, right))
    }

    /// `left + k`, with a constant that was added before taken along.
    fn plus(&mut self, left: ExprId, k: u32) -> ExprId {
        if k == 0 {
            return left;
        }
        if let Expr::Binary(BinaryOp::Add, inner, by) = self.get(left)
            && let Some(by) = self.constant(by)
        {
            return self.plus(inner, by.wrapping_add(k));
        }
        let by = self.number(k);
        self.intern(Expr::Binary(BinaryOp::Add, left, by))
    }

    /// `left & mask`, with a mask that was there before taken along; nothing where the mask hides nothing.
    fn masked(&mut self, left: ExprId, mask: u32) -> ExprId {
        let mut mask = mask & self.info(left).bits;
        let mut left = left;
        if let Expr::Binary(BinaryOp::And, inner, by) = self.get(left)
            && let Some(by) = self.constant(by)
        {
            (left, mask) = (inner, mask & by);
        }
        if mask == self.info(left).bits {
            return left;
        }
        if mask == 0 && self.is_free(left) {
            return self.number(0);
        }
        let by = self.number(mask);
        self.intern(Expr::Binary(BinaryOp::And, left, by))
    }

    /// Whether every packet has the value.
    fn is_free(&self, id: ExprId) -> bool {
        let ExprInfo { need, shaky, never, .. } = self.info(id);
        need == 0 && !shaky && !never
    }

    /// A load, unless no packet reaches as far as `at`.
    fn intern_within(&mut self, at: u32, load: Expr) -> ExprId {
        match at < 0x7fff_fffb || self.boundless {
            true => self.intern(load),
            false => self.intern(Expr::Never),
        }
    }

    fn intern(&mut self, expr: Expr) -> ExprId {
        if let Some(&id) = self.ids.get(&expr) {
            return id;
        }
        let id = ExprId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let info = self.describe(expr);
        self.list.push((expr, info));
        self.ids.insert(expr, id);
        id
    }

    fn describe(&self, expr: Expr) -> ExprInfo {
        let plain = ExprInfo { need: 0, shaky: false, never: false, bits: u32::MAX };
        match expr {
            Expr::Const(k) => ExprInfo { bits: k, ..plain },
            Expr::Length => plain,
            Expr::Load { size, at } => {
                ExprInfo { need: at.saturating_add(bytes(size)), bits: size_bits(size), ..plain }
            }
            Expr::LoadAt { size, index, .. } => {
                ExprInfo { shaky: true, bits: size_bits(size), ..self.info(index) }
            }
            Expr::HeaderLength { at } => ExprInfo { need: at.saturating_add(1), bits: 0x3c, ..plain },
            Expr::Beside(Fact::VlanPresent) => ExprInfo { bits: 1, ..plain },
            Expr::Beside(Fact::VlanTag) => ExprInfo { bits: 0xffff, ..plain },
            Expr::Beside(Fact::PacketType) => ExprInfo { bits: 7, ..plain },
            Expr::Beside(Fact::Interface) => plain,
            Expr::Binary(op, left, right) => self.describe_binary(op, left, right),
            Expr::Negate(value) => ExprInfo { bits: u32::MAX, ..self.info(value) },
            Expr::Pointed { size, .. } => ExprInfo { shaky: true, bits: size_bits(size), ..plain },
            Expr::Kept(_) => ExprInfo { bits: HALF / 2 - 1, ..plain },
            Expr::Never => ExprInfo { never: true, bits: 0, ..plain },
        }
    }

    fn describe_binary(&self, op: BinaryOp, left: ExprId, right: ExprId) -> ExprInfo {
        let (a, b) = (self.info(left), self.info(right));
        let by = self.constant(right);
        let divides = matches!(op, BinaryOp::Divide | BinaryOp::Modulo) && by.is_none();
        let bits = match (op, by) {
            (BinaryOp::And, _) => a.bits & b.bits,
            (BinaryOp::Or | BinaryOp::Xor, _) => a.bits | b.bits,
            (BinaryOp::ShiftLeft, Some(k)) => a.bits.checked_shl(k).unwrap_or(0),
            (BinaryOp::ShiftRight, Some(k)) => a.bits.checked_shr(k).unwrap_or(0),
            (BinaryOp::ShiftRight | BinaryOp::Divide | BinaryOp::Modulo, _) => below(a.bits),
            (BinaryOp::Add, _) => below(below(a.bits).saturating_add(below(b.bits))),
            (BinaryOp::Multiply, _) => below(below(a.bits).saturating_mul(below(b.bits))),
            (BinaryOp::Subtract | BinaryOp::ShiftLeft, _) => u32::MAX,
        };
        ExprInfo {
            need: a.need.max(b.need),
            shaky: a.shaky || b.shaky || divides,
            never: a.never || b.never,
            bits,
        }
    }
}

/// Every bit up to the highest of `bits`.
fn below(bits: u32) -> u32 {
    u32::MAX.checked_shr(bits.leading_zeros()).unwrap_or(0)
}

fn size_bits(size: Size) -> u32 {
    match size {
        Size::Byte => 0xff,
        Size::Half => 0xffff,
        Size::Word => u32::MAX,
    }
}

/// What the machine computes; `None` where it rejects.
fn apply(op: BinaryOp, a: u32, b: u32) -> Option<u32> {
    Some(match op {
        BinaryOp::Add => a.wrapping_add(b),
        BinaryOp::Subtract => a.wrapping_sub(b),
        BinaryOp::Multiply => a.wrapping_mul(b),
        BinaryOp::Divide => a.checked_div(b)?,
        BinaryOp::Modulo => a.checked_rem(b)?,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::ShiftLeft => a.checked_shl(b).unwrap_or(0),
        BinaryOp::ShiftRight => a.checked_shr(b).unwrap_or(0),
    })
}
