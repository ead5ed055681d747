//! A program: a list of instructions that has passed the checker.

use alloc::{vec, vec::Vec};

use crate::instruction::{Instruction, opcode};

/// A checked program, made by [`crate::check`] only.
///
/// It holds at least one instruction and ends in a return; every opcode is known; every jump lands inside it,
/// forward unless the [`crate::Limits`] allowed loops; a memory slot is read only after it was written on every
/// path, unless the limits allowed else; no constant divisor is zero and no constant shift exceeds 31.
///
/// ```
/// use gannet_bpf::{Limits, asm, check};
/// // Asks where the packet ends by running off it.
/// let list = asm::assemble("ldx #0  next: ldb [x + 0]  txa  add #1  tax  ja next  ret #0")?;
/// assert!(check(list.clone(), Limits::KERNEL).is_err());
/// let program = check(list, Limits::USER)?;
/// assert!(program.has_loop());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Program {
    list: Vec<Instruction>,
}

impl Program {
    /// Wraps a list that the checker has passed.
    pub(crate) fn trusted(list: Vec<Instruction>) -> Self {
        Self { list }
    }

    /// The program that returns the same number for every packet.
    #[must_use]
    pub fn always(value: u32) -> Self {
        Self::trusted(vec![Instruction::stmt(opcode::RET | opcode::K, value)])
    }

    /// The instructions in order.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.list
    }

    /// The instructions, given away.
    #[must_use]
    pub fn into_instructions(self) -> Vec<Instruction> {
        self.list
    }

    /// Whether some jump goes backward: such a program needs a limit on its steps, and the kernel refuses it.
    #[must_use]
    pub fn has_loop(&self) -> bool {
        self.list.iter().any(|i| i.code == (opcode::JMP | opcode::JA) && i.k >= 0x8000_0000)
    }
}
