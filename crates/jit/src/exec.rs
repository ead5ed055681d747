//! Code in executable memory: the one place of this crate that is not safe Rust.
//!
//! Pages are written while they are not executable and made executable when they are no longer writable (W^X).

use dynasmrt::cache_control;
use dynasmrt::mmap::{ExecutableBuffer, MutableBuffer};

use crate::plan::Plan;
use crate::{Facts, JitError};

#[cfg(target_arch = "aarch64")]
use crate::aarch64::assemble;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::assemble;

/// Packet, its length, length on the wire, 0, facts.
#[cfg(target_arch = "x86_64")]
type Entry = unsafe extern "sysv64" fn(*const u8, usize, u32, usize, *const Facts) -> u32;
#[cfg(target_arch = "aarch64")]
type Entry = unsafe extern "C" fn(*const u8, usize, u32, usize, *const Facts) -> u32;

/// A function in memory of its own.
pub(crate) struct Code {
    entry: Entry,
    pages: ExecutableBuffer,
}

impl Code {
    /// Encodes and maps a plan.
    pub(crate) fn new(plan: &Plan) -> Result<Self, JitError> {
        let bytes = assemble(plan)?;
        let mut pages = MutableBuffer::new(bytes.len()).map_err(JitError::Mapping)?;
        pages.set_len(bytes.len());
        pages.copy_from_slice(&bytes);
        let pages = pages.make_exec().map_err(JitError::Mapping)?;
        cache_control::synchronize_icache(&pages);
        cache_control::prepare_for_execution(&pages);
        // SAFETY: the pages hold, from their first byte on, a whole function that this crate's encoder made for
        // `Entry`, and they live as long as the pointer: both are private fields of one value.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(pages.as_ptr()) };
        Ok(Self { entry, pages })
    }

    /// Runs the code, on the first [`crate::lower::LONGEST`] bytes of the packet.
    #[inline]
    pub(crate) fn call(&self, packet: &[u8], wire_len: u32, facts: &Facts) -> u32 {
        let packet = packet.get(..crate::lower::LONGEST as usize).unwrap_or(packet);
        // SAFETY: the code keeps to the calling convention, writes only to registers that belong to it and to its
        // own stack frame, and reads nothing but `facts` and the `packet.len()` bytes that it checks loads
        // against; both are borrowed for the whole call. `guards` holds the law of those checks.
        unsafe { (self.entry)(packet.as_ptr(), packet.len(), wire_len, 0, facts) }
    }

    /// The size of the code in bytes.
    pub(crate) fn size(&self) -> usize {
        self.pages.len()
    }
}
