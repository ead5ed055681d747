//! A filter that came as a program, from another compiler or another process.

use crate::filter::as_in_kernel;
use crate::metadata::metadata;
use gannet_bpf::{CheckError, Instruction, Limits, Program, Semantics, check};
use gannet_jit::Compiled as Machine;
use gannet_wire::Record;

/// What a program may be to be run here: sound, and no more than that. What libpcap's checker does not ask for is not
/// asked for either, since programs that it lets pass are about.
const LIMITS: Limits = Limits { unwritten: true, ..Limits::USER };

/// A program, ready to run with libpcap's semantics.
#[derive(Debug)]
pub struct Code {
    program: Program,
    machine: Machine,
}

impl Code {
    /// Checks a list of instructions, and makes machine code of it where there can be some.
    ///
    /// # Errors
    /// Why the list is no program.
    pub fn new(list: Vec<Instruction>) -> Result<Self, CheckError> {
        let program = checked(list)?;
        let machine = Machine::for_mixed_traffic(&program, Semantics::Libpcap);
        Ok(Code { program, machine })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Whether the packet is wanted.
    #[inline]
    pub fn accepts(&self, record: &Record<'_>) -> bool {
        self.machine.run(record.bytes, record.length, &metadata(record)) != 0
    }

    /// The same for a packet of a live capture: the program is shown it as the kernel would.
    #[inline]
    pub fn accepts_live(&self, record: &Record<'_>) -> bool {
        as_in_kernel(record, |record| self.accepts(record))
    }
}

/// A list of instructions as a program that can be run here.
///
/// # Errors
/// Why it is none.
pub fn checked(list: Vec<Instruction>) -> Result<Program, CheckError> {
    check(list, LIMITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_bpf::asm::assemble;
    use gannet_wire::{Direction, LinkType, Timestamp, VlanTag};

    fn record(bytes: &[u8], vlan: Option<VlanTag>) -> Record<'_> {
        Record {
            bytes,
            length: bytes.len() as u32,
            time: Timestamp::default(),
            link: LinkType::ETHERNET,
            interface: 1,
            direction: Direction::Unknown,
            vlan,
        }
    }

    #[test]
    fn a_program_for_the_kernel_does_not_see_the_tag_that_was_put_back() {
        let code = Code::new(assemble("ldh [12]  jeq #0x800, yes  ret #0  yes: ret #-1").unwrap()).unwrap();
        let tagged = [[0; 12].as_slice(), &[0x81, 0, 0, 5, 8, 0, 0x45]].concat();
        let tag = Some(VlanTag { tpid: 0x8100, tci: 5 });
        assert!(!code.accepts(&record(&tagged, tag)));
        assert!(code.accepts_live(&record(&tagged, tag)));
    }

    #[test]
    fn what_is_no_program_is_refused_and_slots_may_be_read_unwritten() {
        assert!(Code::new(Vec::new()).is_err());
        assert!(Code::new(vec![Instruction::stmt(0xffff, 0)]).is_err());
        let code = Code::new(assemble("ld M[3]  jeq #0, yes  ret #0  yes: ret #1").unwrap()).unwrap();
        assert!(code.accepts(&record(&[], None)));
    }
}
