//! Network namespaces: entering another one, and, for tests, starting programs in new ones.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{checked, owned};

/// Moves the calling thread into the network namespace that `namespace` is open on.
pub fn enter(namespace: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes no pointers.
    checked(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) }).map(drop)
}

/// Moves the calling thread into a new network namespace, and gives the number of the thread.
pub fn leave() -> io::Result<u32> {
    // SAFETY: takes no pointers.
    checked(unsafe { libc::unshare(libc::CLONE_NEWNET) })?;
    // SAFETY: takes no pointers, cannot fail.
    Ok(unsafe { libc::gettid() }.unsigned_abs())
}

/// Makes `command` start in a new network namespace. With `user` it gets a new user namespace too, in which it is
/// root whoever it was, so that nobody's permission is needed. Starting it fails where the kernel refuses.
pub fn detach(command: &mut Command, user: bool) {
    // SAFETY: takes no pointers, cannot fail.
    let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
    let what = libc::CLONE_NEWNET | if user { libc::CLONE_NEWUSER } else { 0 };
    // Made before the fork: after it, nothing may be allocated.
    let files = if user {
        vec![
            (c"/proc/self/setgroups".to_owned(), b"deny".to_vec()),
            (c"/proc/self/uid_map".to_owned(), format!("0 {uid} 1").into_bytes()),
            (c"/proc/self/gid_map".to_owned(), format!("0 {gid} 1").into_bytes()),
        ]
    } else {
        Vec::new()
    };
    let prepare = move || {
        // SAFETY: takes no pointers.
        checked(unsafe { libc::unshare(what) })?;
        files.iter().try_for_each(|(path, text)| put(path, text))
    };
    // SAFETY: between fork and exec the closure makes system calls only: no allocation, no lock.
    unsafe { command.pre_exec(prepare) };
}

/// Makes `command` start without any capability, whoever starts it.
pub fn without_capabilities(command: &mut Command) {
    /// `struct __user_cap_header_struct` of `linux/capability.h`.
    #[repr(C)]
    struct Header {
        version: u32,
        pid: libc::c_int,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let prepare = || {
        // Root gets its capabilities back at exec unless this is set (SECBIT_NOROOT and its lock).
        // SAFETY: takes no pointers.
        checked(unsafe { libc::prctl(libc::PR_SET_SECUREBITS, 3, 0, 0, 0) })?;
        let header = Header { version: VERSION_3, pid: 0 };
        let none = [0u32; 6];
        // SAFETY: the header names version 3, for which the data is six words; both are alive.
        let done = unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) };
        checked(done.clamp(-1, 0) as libc::c_int).map(drop)
    };
    // SAFETY: between fork and exec the closure makes system calls only: no allocation, no lock.
    unsafe { command.pre_exec(prepare) };
}

/// Writes a small file of `/proc` in one piece.
fn put(path: &CString, text: &[u8]) -> io::Result<()> {
    // SAFETY: the path ends in a zero byte.
    let file = owned(unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) })?;
    // SAFETY: the text is live and of the length given.
    let written = unsafe { libc::write(file.as_raw_fd(), text.as_ptr().cast(), text.len()) };
    checked(written.clamp(-1, 0) as libc::c_int).map(drop)
}
