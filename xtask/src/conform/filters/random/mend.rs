//! Programs of libpcap 1.10 as 1.11 would have made them, where the two are known to differ in single instructions; and without
//! the harm that registers do which are used for two things.
//!
//! Each change is bound to the instructions that only one cause makes, so that whatever else differs still shows.

use super::peer::{Setting, Source};
use gannet_bpf::opcode as o;
use gannet_bpf::{Instruction, Limits, Program, check};

/// A program as 1.11 would have made it, and what was changed; `None` where that is nothing.
pub fn mend(link: &str, setting: Setting, program: &Program) -> Option<(Program, Vec<&'static str>)> {
    let mut reasons = Vec::new();
    let mut flat = program.instructions().to_vec();
    if let Some(renamed) = registers(&flat) {
        reasons.push("libpcap's arithmetic overwrites registers that hold offsets");
        flat = renamed;
    }
    let mut list = List::new(&flat);
    let saved = matches!(setting.source, Source::Saved | Source::Swapped);
    let bsds = "1.11 knows the families of all systems in a savefile";
    let changes: [Change; 10] = [
        ("1.10 takes the $ of a one-byte address for a digit", link.starts_with("ARCNET"), dollars),
        ("1.11 looks for the IS-IS PDU type in C_HDLC one byte farther on", link == "C_HDLC", pdu_types_hdlc),
        ("1.11 loads only the words that a mask covers", true, masks),
        ("1.11 takes 224.0.0.0/4 alone for IPv4 groups", true, groups),
        ("1.10 counts what the kernel knows from an inner header", setting.source == Source::Live, beside),
        ("1.11 masks the IS-IS PDU type", true, pdu_types),
        ("1.11 loads two bytes of PPPoE's session number", true, sessions),
        ("1.11 does not take ARCnet's old types for IPv4 and ARP", link.starts_with("ARCNET"), old_types),
        (bsds, saved && FAMILY.contains(&link), families),
        (bsds, saved && link == "PFLOG", log_families),
    ];
    for (reason, applies, change) in changes {
        if applies && change(&mut list) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let program = check(list.instructions()?, Limits { unwritten: true, ..Limits::USER }).ok()?;
    Some((program, reasons))
}

/// Whether a program reads a register that nothing has written, or arithmetic alone.
pub fn reads_unwritten(link: &str, setting: Setting, program: &Program) -> bool {
    let reads = |program: &Program| check(program.instructions().to_vec(), Limits::USER).is_err();
    reads(program) || mend(link, setting, program).is_some_and(|(program, _)| reads(&program))
}

/// What 1.11 does, whether it can matter, and how to do it.
type Change = (&'static str, bool, fn(&mut List) -> bool);

/// Links whose first four bytes are an address family in the byte order of whoever captured.
const FAMILY: [&str; 2] = ["NULL", "ENC"];

/// Where a jump goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    /// The first instruction that this one of the old program has become.
    Old(usize),
    /// The one after it.
    Next,
}

#[derive(Clone, Copy)]
struct Step {
    code: u16,
    k: u32,
    ways: [To; 2],
}

/// A program whose instructions can become several, or none.
struct List {
    steps: Vec<Vec<Step>>,
}

impl List {
    fn new(list: &[Instruction]) -> Self {
        let step = |(at, one): (usize, &Instruction)| {
            let to = |skip: usize| To::Old(at.wrapping_add(1).wrapping_add(skip));
            let ways = match one.code == o::JMP | o::JA {
                true => [to(one.k as i32 as isize as usize); 2],
                false => [to(one.jt.into()), to(one.jf.into())],
            };
            vec![Step { code: one.code, k: one.k, ways }]
        };
        Self { steps: list.iter().enumerate().map(step).collect() }
    }

    /// The instruction at a place where there is still one.
    fn at(&self, at: usize) -> Option<Step> {
        match self.steps.get(at)?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    fn is(&self, at: usize, code: u16, k: u32) -> bool {
        self.at(at).is_some_and(|step| step.code == code && step.k == k)
    }

    fn set(&mut self, at: usize, steps: Vec<Step>) {
        if let Some(place) = self.steps.get_mut(at) {
            *place = steps;
        }
    }

    /// All jumps if equal, with what they compare with.
    fn equals(&self) -> Vec<(usize, u32, [To; 2])> {
        let equal =
            |at| self.at(at).filter(|step| step.code == o::JMP | o::JEQ | o::K).map(|s| (at, s.k, s.ways));
        (0..self.steps.len()).filter_map(equal).collect()
    }

    /// The jump at `at` holds for any of these numbers.
    fn any(&mut self, at: usize, numbers: &[u32], ways: [To; 2]) {
        let last = numbers.len().saturating_sub(1);
        let one = |(n, &k): (usize, &u32)| Step {
            code: o::JMP | o::JEQ | o::K,
            k,
            ways: [ways[0], if n == last { ways[1] } else { To::Next }],
        };
        self.set(at, numbers.iter().enumerate().map(one).collect());
    }

    /// The program, with long jumps where short ones do not reach.
    fn instructions(&self) -> Option<Vec<Instruction>> {
        let mut long = vec![false; self.steps.iter().map(Vec::len).sum()];
        loop {
            let (list, more) = self.laid_out(&long);
            if more.is_empty() {
                return Some(list);
            }
            more.into_iter().for_each(|step| long[step] = true);
        }
    }

    /// The program with these long jumps, and which others have to be.
    fn laid_out(&self, long: &[bool]) -> (Vec<Instruction>, Vec<usize>) {
        let size = |step: usize| if long.get(step) == Some(&true) { 3 } else { 1 };
        let (mut starts, mut count, mut step) = (Vec::new(), 0_usize, 0);
        for steps in &self.steps {
            starts.push(count);
            count += (step..step + steps.len()).map(size).sum::<usize>();
            step += steps.len();
        }
        let (mut list, mut more) = (Vec::with_capacity(count), Vec::new());
        for (n, step) in self.steps.iter().flatten().enumerate() {
            let end = list.len() + size(n);
            let target = |to| match to {
                To::Next => end,
                To::Old(at) => starts.get(at).copied().unwrap_or(end),
            };
            let skip = |way: usize, from: usize| target(step.ways[way]).wrapping_sub(from);
            let from = list.len() + 1;
            match step.code {
                code if code == o::JMP | o::JA => list.push(Instruction::stmt(code, skip(0, from) as u32)),
                code if code & 7 == o::JMP && size(n) == 3 => list.extend([
                    Instruction::jump(code, step.k, 0, 1),
                    Instruction::stmt(o::JMP | o::JA, skip(0, from + 1) as u32),
                    Instruction::stmt(o::JMP | o::JA, skip(1, from + 2) as u32),
                ]),
                code if code & 7 == o::JMP => {
                    let [yes, no] = [0, 1].map(|way| u8::try_from(skip(way, from)));
                    if yes.is_err() || no.is_err() {
                        more.push(n);
                    }
                    list.push(Instruction::jump(code, step.k, yes.unwrap_or(0), no.unwrap_or(0)));
                }
                code => list.push(Instruction::stmt(code, step.k)),
            }
        }
        (list, more)
    }
}

const LOAD_BYTE: [u16; 2] = [o::LD | o::B | o::ABS, o::LD | o::B | o::IND];

/// The byte that a jump at `at` looks at: which load, and its constant.
fn byte_before(list: &List, at: usize) -> Option<(u16, u32)> {
    let load = list.at(at.checked_sub(1)?)?;
    LOAD_BYTE.contains(&load.code).then_some((load.code, load.k))
}

fn pdu_types(list: &mut List) -> bool {
    pdu_types_at(list, 4)
}

fn pdu_types_hdlc(list: &mut List) -> bool {
    pdu_types_at(list, 3)
}

/// A byte so far behind the one that said IS-IS; four it should be.
fn pdu_types_at(list: &mut List, distance: u32) -> bool {
    let equals = list.equals();
    let mut found = false;
    for &(at, k, ways) in &equals {
        let (0x83, Some((code, first)), To::Old(next)) = (k & 0xff, byte_before(list, at), ways[0]) else {
            // Frame relay has the protocol in two bytes.
            continue;
        };
        let jump = if code == LOAD_BYTE[0] { next + 1 } else { next + 2 };
        let Some(&(_, number, ways)) = equals.iter().find(|equal| equal.0 == jump) else { continue };
        let kind = first.wrapping_add(distance);
        if byte_before(list, jump) == Some((code, kind)) {
            let right = Step { code, k: first.wrapping_add(4), ways: [To::Next; 2] };
            list.set(jump - 1, vec![right]);
            let mask = Step { code: o::ALU | o::AND | o::K, k: 0x1f, ways: [To::Next; 2] };
            list.set(jump, vec![mask, Step { code: o::JMP | o::JEQ | o::K, k: number, ways }]);
            found = true;
        }
    }
    found | frame_relay_types(list, &equals)
}

/// The same behind frame relay's half word.
fn frame_relay_types(list: &mut List, equals: &[(usize, u32, [To; 2])]) -> bool {
    let mut found = false;
    for &(at, k, ways) in equals {
        let (0x0383, To::Old(next)) = (k, ways[0]) else { continue };
        let Some(&(jump, number, ways)) = equals.iter().find(|equal| equal.0 == next + 1) else { continue };
        if list.is(at.wrapping_sub(1), o::LD | o::H | o::ABS, 2)
            && byte_before(list, jump) == Some((LOAD_BYTE[0], 4))
        {
            let mask = Step { code: o::ALU | o::AND | o::K, k: 0x1f, ways: [To::Next; 2] };
            list.set(jump, vec![mask, Step { code: o::JMP | o::JEQ | o::K, k: number, ways }]);
            found = true;
        }
    }
    found
}

/// A word of which no bit counts.
fn masks(list: &mut List) -> bool {
    let mut found = false;
    for (at, k, ways) in list.equals() {
        let mask = at.wrapping_sub(1);
        if k == 0 && list.is(mask, o::ALU | o::AND | o::K, 0) {
            list.set(at.wrapping_sub(2), Vec::new());
            list.set(mask, Vec::new());
            list.set(at, vec![Step { code: o::JMP | o::JA, k: 0, ways: [ways[0]; 2] }]);
            found = true;
        }
    }
    found
}

/// A first byte of 224 or more.
fn groups(list: &mut List) -> bool {
    let mut found = false;
    for at in 0..list.steps.len() {
        let Some(jump) = list.at(at) else { continue };
        if list.is(at, o::JMP | o::JGE | o::K, 224) && byte_before(list, at).is_some() {
            let mask = Step { code: o::ALU | o::AND | o::K, k: 0xf0, ways: [To::Next; 2] };
            list.set(at, vec![mask, Step { code: o::JMP | o::JEQ | o::K, ..jump }]);
            found = true;
        }
    }
    found
}

/// The packet's type and the interface, at offsets that are 2^32 - 4096 and more.
fn beside(list: &mut List) -> bool {
    const START: u32 = 0xffff_f000;
    let mut found = false;
    for at in 0..list.steps.len() {
        let Some(load) = list.at(at) else { continue };
        let size = load.code & 0x18;
        let k = START + if size == o::H { 4 } else { 8 };
        let is_load = load.code & !0x18 == o::LD | o::ABS || load.code & !0x18 == o::LD | o::IND;
        if is_load && size != o::B && load.k >= START && load.k.wrapping_add(64) > 64 && load.k != k {
            list.set(at, vec![Step { code: o::LD | size | o::ABS, k, ..load }]);
            found = true;
        } else if load.code == o::LD | size | o::IND && load.k == k {
            list.set(at, vec![Step { code: o::LD | size | o::ABS, ..load }]);
            found = true;
        }
    }
    found
}

/// A word of which the lower half counts.
fn sessions(list: &mut List) -> bool {
    let mut found = false;
    for at in 0..list.steps.len() {
        let Some(load) = list.at(at) else { continue };
        let word = load.code == o::LD | o::W | o::ABS || load.code == o::LD | o::W | o::IND;
        if word && list.is(at + 1, o::ALU | o::AND | o::K, 0xffff) {
            list.set(at, vec![Step { code: load.code & !0x18 | o::H, k: load.k.wrapping_add(2), ..load }]);
            list.set(at + 1, Vec::new());
            found = true;
        }
    }
    found
}

/// 240 and 241 are IPv4 and ARP of RFC 1051.
fn old_types(list: &mut List) -> bool {
    let mut found = false;
    for (at, k, ways) in list.equals() {
        if matches!(k, 240 | 241)
            && matches!(byte_before(list, at), Some((code, 2 | 4)) if code == LOAD_BYTE[0])
        {
            list.any(at, &[k], [ways[1]; 2]);
            found = true;
        }
    }
    found
}

/// `$1a`, the only one-byte address that is drawn: the lowest bits of `$` less `a`, plus ten, are 13, and the second digit is lost.
fn dollars(list: &mut List) -> bool {
    let mut found = false;
    for (at, k, ways) in list.equals() {
        if k == 0xd1 && matches!(byte_before(list, at), Some((code, 0 | 1)) if code == LOAD_BYTE[0]) {
            list.any(at, &[0x1a], ways);
            found = true;
        }
    }
    found
}

/// An address family in either byte order, of IPv4 or of one system's IPv6.
fn families(list: &mut List) -> bool {
    let mut found = false;
    for (at, k, ways) in list.equals() {
        if !list.is(at.wrapping_sub(1), o::LD | o::W | o::ABS, 0) {
            continue;
        }
        let swapped = k.swap_bytes();
        if matches!(k.min(swapped), 2 | 24 | 28 | 30) {
            list.any(at, &[k, swapped], ways);
            found = true;
        }
    }
    found
}

/// The same in the byte of a packet filter log.
fn log_families(list: &mut List) -> bool {
    let mut found = false;
    for (at, k, ways) in list.equals() {
        if k == 10 && byte_before(list, at) == Some((LOAD_BYTE[0], 1)) {
            list.any(at, &[30, 24, 28], ways);
            found = true;
        }
    }
    found
}

/// Gives the values of arithmetic slots of their own, where they share one with an offset. They live within a block; a slot that
/// is read where its block has not written it holds an offset.
fn registers(list: &[Instruction]) -> Option<Vec<Instruction>> {
    let starts = starts(list);
    let is_start = |at: usize| starts.get(at).copied().unwrap_or(true);
    let mut offsets = [false; 16];
    let mut written = [false; 16];
    for (at, one) in list.iter().enumerate() {
        if is_start(at) {
            written = [false; 16];
        }
        let slot = (one.k & 15) as usize;
        match access(one.code) {
            Access::Write if holds_offset(list, at) => (offsets[slot], written[slot]) = (true, false),
            Access::Write => written[slot] = true,
            Access::Read => offsets[slot] |= !written[slot],
            Access::None => {}
        }
    }
    let mut new = list.to_vec();
    let (mut names, mut used) = ([None; 16], [false; 16]);
    for at in 0..list.len() {
        if is_start(at) {
            (names, used) = ([None; 16], offsets);
            let block = list.iter().enumerate().skip(at).take_while(|(n, _)| *n == at || !is_start(*n));
            let slots = block.filter(|(_, one)| access(one.code) != Access::None);
            slots.for_each(|(_, one)| used[(one.k & 15) as usize] = true);
        }
        let slot = (list[at].k & 15) as usize;
        match access(list[at].code) {
            Access::Write if holds_offset(list, at) => names[slot] = None,
            Access::Write if offsets[slot] => {
                if names[slot].is_none() {
                    let free = used.iter().position(|used| !used)?;
                    used[free] = true;
                    names[slot] = Some(free as u32);
                }
                new[at].k = names[slot]?;
            }
            Access::Read => new[at].k = names[slot].unwrap_or(new[at].k),
            _ => {}
        }
    }
    (new != list).then_some(new)
}

/// Where blocks begin: behind jumps, and where they go to.
fn starts(list: &[Instruction]) -> Vec<bool> {
    let mut starts = vec![false; list.len()];
    let mut mark = |at: usize| starts.get_mut(at).into_iter().for_each(|start| *start = true);
    mark(0);
    for (at, one) in list.iter().enumerate().filter(|(_, one)| one.class() == o::JMP) {
        let skips = match one.code == o::JMP | o::JA {
            true => [one.k as i32 as isize as usize; 2],
            false => [one.jt.into(), one.jf.into()],
        };
        mark(at + 1);
        skips.into_iter().for_each(|skip| mark((at + 1).wrapping_add(skip)));
    }
    starts
}

#[derive(PartialEq, Eq)]
enum Access {
    None,
    Read,
    Write,
}

fn access(code: u16) -> Access {
    match code & 7 {
        o::ST | o::STX => Access::Write,
        o::LD | o::LDX if code & 0xe0 == o::MEM => Access::Read,
        _ => Access::None,
    }
}

/// Whether the store at `at` is not one of arithmetic, which stores what it has loaded, or computed with X out of a slot.
fn holds_offset(list: &[Instruction], at: usize) -> bool {
    let code = |at: usize| list.get(at).map_or(o::RET, |one| one.code);
    if code(at) & 7 == o::STX {
        return true;
    }
    match code(at.wrapping_sub(1)) {
        before if before == o::ALU | o::NEG => false,
        before if before & 7 == o::ALU && before & o::X == 0 => true,
        before if before & 7 == o::ALU => access(code(at.wrapping_sub(2))) != Access::Read,
        before if before & 0xe7 == o::LD | o::ABS || before & 7 == o::ST => true,
        _ => code(at + 1) == o::MISC | o::TAX || code(at + 1) & 7 == o::ST,
    }
}
