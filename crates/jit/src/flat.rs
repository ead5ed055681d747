//! Short programs as one formula, for packets of which every byte that it asks for is there.
//!
//! A processor foresees where jumps go; where traffic is mixed it errs once or twice in each packet, and an error costs more
//! than a whole short filter. So such a filter is put as a formula without jumps: the answer of a test is the answer
//! of one of the two ways behind it, which were answered before; the tests are asked from the last to the first.
//!
//! That asks tests that a run would never get to, and so it is done only where that can neither fail nor differ:
//! - loads at constants, and behind one header whose length one constant place tells; if the packet is too short
//!   for any of them, the ordinary code runs in place of the formula, which is decided first;
//! - at every test what is in A was computed in the same way on all ways there, by constants from one load;
//! - nothing else is done, and whatever is accepted has the same answer.

use crate::guards::Guard;
use crate::lower::{Alu, Branch, Op, Operand, Place, Reg, Size, Test};
use crate::plan::{Plan, Step};

/// With more tests than this a run, which asks few of them, is over sooner for all the errors.
const MOST: usize = 16;
/// So many answers can wait for the tests that choose between them.
pub(crate) const SLOTS: usize = 3;

/// A program as a formula.
#[derive(Debug)]
pub(crate) struct Flat {
    /// The packet must have so many bytes.
    pub packet: u32,
    /// Where the byte is whose low nibble tells the length of a header in words: this is X.
    pub header: Option<u32>,
    /// The packet must have so many bytes behind X.
    pub behind: u32,
    /// What acceptance is.
    pub accept: u32,
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
    /// What the answer to it all is.
    pub root: Answer,
}

/// A test, and what its answer is to be.
#[derive(Debug)]
pub(crate) struct Question {
    pub value: Value,
    pub test: Test,
    /// What the value is compared with; in the packet's order if the value is.
    pub by: u32,
    pub yes: Answer,
    pub no: Answer,
    /// Where the answer goes. An answer that nobody wants any more may be there before.
    pub slot: u8,
}

/// An answer that is known before a test is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Reject,
    Accept,
    /// That of this question.
    Of(usize),
}

/// How a value is computed: what is loaded, and what is done with it one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Value {
    pub source: Source,
    pub changes: Vec<(Alu, u32)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    Packet(u32, Size, Order),
    Behind(u32, Size, Order),
    /// The length on the wire.
    Length,
}

/// In which order of bytes a value is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Host,
    Packet,
}

/// What is known of the registers before a step.
#[derive(Clone, PartialEq, Eq, Debug)]
struct State {
    /// How A was computed; `None` if not in the same way on all ways, or in no way of ours.
    a: Option<Value>,
    /// X is the length of the header on all ways.
    x: bool,
}

impl Flat {
    /// The formula of a plan, if it has one.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        if !plan.tables.is_empty() || plan.facts != 0 {
            return None;
        }
        let mut flat = Self {
            packet: 0,
            header: None,
            behind: 0,
            accept: 0,
            questions: Vec::new(),
            root: Answer::Reject,
        };
        for step in plan.steps.iter().flatten() {
            flat.need(step)?;
        }
        flat.ask(plan, &states(plan)?)?;
        flat.settle()?;
        Some(flat)
    }

    /// Whether the step is one of ours; notes what it needs of the packet.
    fn need(&mut self, step: &Step) -> Option<()> {
        match step.guard {
            Guard::None => {}
            Guard::Packet(n) => self.packet = self.packet.max(n),
            Guard::Behind(n) => self.behind = self.behind.max(n),
        }
        match step.op {
            Op::Load(Place::Packet(k), size) => self.packet = self.packet.max(k.checked_add(size.bytes())?),
            Op::Load(Place::Behind(k), size) => self.behind = self.behind.max(k.checked_add(size.bytes())?),
            Op::HeaderLength(Place::Packet(k)) if self.header.is_none_or(|header| header == k) => {
                self.header = Some(k);
                self.packet = self.packet.max(k.checked_add(1)?);
            }
            Op::Return(k) if self.accept == 0 || self.accept == k => self.accept = k,
            Op::Alu(Alu::Div | Alu::Mod, _) => return None,
            Op::Alu(_, Operand::K(_)) | Op::Branch(Branch { by: Operand::K(_), .. }) => {}
            Op::Length(Reg::A) | Op::Reject | Op::Jump(_) => {}
            _ => return None,
        }
        // Offsets stay small where they are added up.
        (self.packet.max(self.behind) < 1 << 30).then_some(())
    }

    /// Asks all tests, from the last to the first.
    fn ask(&mut self, plan: &Plan, states: &[Option<State>]) -> Option<()> {
        let mut answers = vec![Answer::Reject; plan.steps.len()];
        for (at, step) in plan.steps.iter().enumerate().rev() {
            let Some(step) = step else { continue };
            let of = |to: u32| answers.get(to as usize).copied().unwrap_or(Answer::Reject);
            let answer = match step.op {
                Op::Return(_) => Answer::Accept,
                Op::Reject => Answer::Reject,
                Op::Jump(to) => of(to),
                Op::Branch(Branch { yes, no, .. }) if of(yes) == of(no) => of(yes),
                Op::Branch(Branch { test, by: Operand::K(by), yes, no }) => {
                    let value = states.get(at)?.as_ref()?.a.clone()?;
                    self.questions.push(Question { value, test, by, yes: of(yes), no: of(no), slot: 0 });
                    Answer::Of(self.questions.len() - 1)
                }
                _ => of(step.next),
            };
            if let Some(slot) = answers.get_mut(at) {
                *slot = answer;
            }
        }
        self.root = answers.first().copied()?;
        (1..=MOST).contains(&self.questions.len()).then_some(())
    }

    /// Finds a slot for every answer, as long as somebody wants it.
    fn settle(&mut self) -> Option<()> {
        let mut wanted = vec![0usize; self.questions.len()];
        let all = self.questions.iter().flat_map(|question| [question.yes, question.no]);
        for answer in all.chain([self.root]) {
            if let Answer::Of(number) = answer {
                *wanted.get_mut(number)? += 1;
            }
        }
        let mut free: Vec<u8> = (0..SLOTS as u8).rev().collect();
        for at in 0..self.questions.len() {
            let question = self.questions.get(at)?;
            for answer in [question.yes, question.no] {
                let Answer::Of(number) = answer else { continue };
                let left = wanted.get_mut(number)?;
                *left -= 1;
                if *left == 0 {
                    free.push(self.questions.get(number)?.slot);
                }
            }
            self.questions.get_mut(at)?.slot = free.pop()?;
        }
        Some(())
    }
}

/// What is known before every step that a run can get to; `None` if something is read that is not ours.
fn states(plan: &Plan) -> Option<Vec<Option<State>>> {
    let mut states: Vec<Option<State>> = vec![None; plan.steps.len()];
    *states.first_mut()? = Some(State { a: None, x: false });
    for (at, step) in plan.steps.iter().enumerate() {
        let (Some(step), Some(state)) = (step, states.get(at).cloned().flatten()) else { continue };
        let after = state.after(step)?;
        for to in step.op.next(at).into_iter().flatten() {
            let there = states.get_mut(to)?;
            *there = Some(match there.take() {
                None => after.clone(),
                Some(there) => there.meet(&after),
            });
        }
    }
    Some(states)
}

impl State {
    fn after(self, step: &Step) -> Option<Self> {
        let order = if step.packet_order { Order::Packet } else { Order::Host };
        let value = |source| Some(Value { source, changes: Vec::new() });
        Some(match step.op {
            Op::Load(Place::Packet(k), size) => Self { a: value(Source::Packet(k, size, order)), ..self },
            Op::Load(Place::Behind(_), _) if !self.x => return None,
            Op::Load(Place::Behind(k), size) => Self { a: value(Source::Behind(k, size, order)), ..self },
            Op::Length(_) => Self { a: value(Source::Length), ..self },
            Op::HeaderLength(_) => Self { x: true, ..self },
            Op::Alu(alu, Operand::K(k)) => Self { a: self.a.and_then(|a| a.changed(alu, k)), ..self },
            _ => self,
        })
    }

    fn meet(self, other: &Self) -> Self {
        Self { a: self.a.filter(|a| other.a.as_ref() == Some(a)), x: self.x && other.x }
    }
}

impl Value {
    fn changed(mut self, alu: Alu, k: u32) -> Option<Self> {
        /// As many as an expression that is worth it has.
        const CHANGES: usize = 4;
        self.changes.push((alu, k));
        (self.changes.len() <= CHANGES).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Jit;
    use gannet_bpf::{Instruction, Limits, Metadata, Program, Semantics, Vm, check, opcode::*};

    /// Numbers by chance, the same in every run.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: u32) -> u32 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 33) as u32 % n
        }

        /// Loads, changes and tests in the shape of filters, with jumps forward to anywhere.
        fn program(&mut self) -> Program {
            let mut list = Vec::new();
            let length = 4 + self.below(26);
            if self.below(2) == 0 {
                list.push(Instruction::stmt(LDX | B | MSH, self.below(20)));
            }
            let way = |dice: &mut Self, left: u32| (dice.below(4) * dice.below(4)).min(left) as u8;
            for left in (0..length).rev() {
                let width = [B, H, W][self.below(3) as usize];
                list.push(match self.below(10) {
                    0 | 1 => Instruction::stmt(LD | width | ABS, self.below(30)),
                    2 => Instruction::stmt(LD | width | IND, self.below(30)),
                    3 => Instruction::stmt(ALU | AND | K, 1 << self.below(16) | self.below(8)),
                    4 => Instruction::stmt(
                        ALU | [ADD, SUB, RSH, OR][self.below(4) as usize] | K,
                        self.below(4),
                    ),
                    5 => Instruction::stmt(LD | W | LEN, 0),
                    n => {
                        let test = [JEQ, JEQ, JGT, JGE, JSET][self.below(5) as usize];
                        let by =
                            [self.below(4), self.below(256), 0x101 * self.below(3), 0x1_0000][n as usize - 6];
                        // Both ways may end at once.
                        let ends = |dice: &mut Self| (left + dice.below(2)) as u8;
                        let (yes, no) = match self.below(3) {
                            0 => (ends(self), way(self, left)),
                            1 => (way(self, left), ends(self)),
                            _ => (way(self, left), way(self, left)),
                        };
                        Instruction::jump(JMP | test | K, by, yes, no)
                    }
                });
            }
            list.extend([0, 77].map(|value| Instruction::stmt(RET, value)));
            check(list, Limits::KERNEL).expect("a sound program")
        }

        /// Few different bytes, so that tests hold now and then; any length.
        fn packet(&mut self) -> Vec<u8> {
            let length = self.below(70);
            (0..length).map(|_| [0, 0, 1, 2, 5, 0x45, 255][self.below(7) as usize]).collect()
        }
    }

    fn formula(program: &Program, semantics: Semantics) -> Option<Flat> {
        Flat::of(&Plan::new(program, semantics).expect("a plan"))
    }

    #[test]
    fn formulas_say_what_the_interpreter_says() {
        let (mut dice, mut formulas, mut accepted) = (Dice(0x9e37_79b9_7f4a_7c15), 0, 0);
        while formulas < 3000 {
            let program = dice.program();
            let semantics = [Semantics::Libpcap, Semantics::Linux][dice.below(2) as usize];
            if formula(&program, semantics).is_none() {
                continue;
            }
            formulas += 1;
            let vm = Vm::with_semantics(&program, semantics);
            let Ok(jit) = Jit::for_mixed_traffic(&program, semantics) else {
                eprintln!("SKIPPED: no machine code here");
                return;
            };
            for _ in 0..40 {
                let (packet, length) = (dice.packet(), dice.below(70));
                let expected = vm.run(&packet, length, &Metadata::default());
                let listing = || gannet_bpf::listing::text(program.instructions());
                assert_eq!(
                    jit.run(&packet, length, &Metadata::default()),
                    expected,
                    "{}{packet:?}",
                    listing()
                );
                accepted += u32::from(expected != 0);
            }
        }
        assert!(accepted > 10_000, "{accepted}");
    }

    /// `tcp port 80` on Ethernet, as libpcap puts it.
    #[test]
    fn everyday_filters_are_formulas() {
        let text = "(000) ldh [12]\n(001) jeq #0x86dd jt 2 jf 8\n(002) ldb [20]\n(003) jeq #0x6 jt 4 jf 19\n\
            (004) ldh [54]\n(005) jeq #0x50 jt 18 jf 6\n(006) ldh [56]\n(007) jeq #0x50 jt 18 jf 19\n\
            (008) jeq #0x800 jt 9 jf 19\n(009) ldb [23]\n(010) jeq #0x6 jt 11 jf 19\n(011) ldh [20]\n\
            (012) jset #0x1fff jt 19 jf 13\n(013) ldxb 4*([14]&0xf)\n(014) ldh [x + 14]\n\
            (015) jeq #0x50 jt 18 jf 16\n(016) ldh [x + 16]\n(017) jeq #0x50 jt 18 jf 19\n\
            (018) ret #262144\n(019) ret #0\n";
        let list = gannet_bpf::parse::human(text).expect("a listing");
        let program = check(list, Limits::KERNEL).expect("a sound program");
        let flat = formula(&program, Semantics::Libpcap).expect("a formula");
        assert_eq!((flat.packet, flat.header, flat.behind, flat.accept), (58, Some(14), 18, 262_144));
        assert_eq!(flat.questions.len(), 9);
    }
}
