//! Capabilities, and the promise to gain none.

use std::io;

use gannet_bpf::Instruction;

use super::checked;

/// `struct __user_cap_header_struct` of `linux/capability.h`.
#[repr(C)]
struct Header {
    version: u32,
    pid: libc::c_int,
}

/// `struct __user_cap_data_struct`: the low or the high 32 of the three sets.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Half {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// The version whose sets have 64 bits.
const VERSION_3: u32 = 0x2008_0522;

/// Promises that nothing that is started gains privileges.
pub fn no_new() -> io::Result<()> {
    let none: libc::c_ulong = 0;
    // SAFETY: takes no pointers.
    checked(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1 as libc::c_ulong, none, none, none) }).map(drop)
}

/// The capabilities that the thread may use.
pub fn permitted() -> io::Result<u64> {
    let mut header = Header { version: VERSION_3, pid: 0 };
    let mut sets = [Half::default(); 2];
    // SAFETY: the header names version 3, for which two halves are written; both are alive and writable.
    let done = unsafe { libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr()) };
    checked(done.clamp(-1, 0) as libc::c_int)?;
    let [low, high] = sets;
    Ok(u64::from(high.permitted) << 32 | u64::from(low.permitted))
}

/// Leaves the thread these capabilities, of which it has all, and hands none on.
pub fn set(left: u64) -> io::Result<()> {
    let header = Header { version: VERSION_3, pid: 0 };
    let half = |set: u32| Half { effective: set, permitted: set, inheritable: 0 };
    let sets = [half(left as u32), half((left >> 32) as u32)];
    // SAFETY: the header names version 3, for which two halves are read; both are alive.
    let done = unsafe { libc::syscall(libc::SYS_capset, &raw const header, sets.as_ptr()) };
    checked(done.clamp(-1, 0) as libc::c_int).map(drop)
}

/// No program that is started later gets others than these. Where that is not allowed, nothing changes.
pub fn bound(left: u64) {
    for number in (0..u64::BITS).filter(|number| left >> number & 1 == 0) {
        // SAFETY: takes no pointers.
        let done = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(number)) };
        // The last of them was the one before.
        if done != 0 {
            return;
        }
    }
}

/// Puts a program in force that answers each system call of the thread, beside those that are in force.
pub fn restrict_calls(program: &[Instruction]) -> io::Result<()> {
    let too_long = |_| io::Error::from_raw_os_error(libc::EINVAL);
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(too_long)?,
        filter: program.as_ptr().cast_mut().cast(),
    };
    // Old kernels would switch a way of guessing off that costs all code time; what is guarded against there is foreign
    // code in the process. Still older ones do not know the flag.
    let guessing = libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW as libc::c_ulong;
    let put = |flags: libc::c_ulong| {
        let mode = libc::SECCOMP_SET_MODE_FILTER as libc::c_ulong;
        // SAFETY: `program` points to `len` live instructions laid out as `sock_filter` (asserted in `socket`), which
        // the kernel copies and does not write.
        let done = unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) };
        checked(done.clamp(-1, 0) as libc::c_int).map(drop)
    };
    put(guessing).or_else(|_| put(0))
}
