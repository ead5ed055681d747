//! What the kernel can be asked for: seccomp, two lists.
//!
//! What is on neither list the kernel does not know, as far as this process can tell: a C library that tries a system
//! call of tomorrow does without, as it would on an older kernel. What is on [`REFUSED`] is not permitted. Nothing
//! ends the process: no packet is to be lost for a call that nobody has thought of.

use super::{Layer, Needs};
use nix::libc::{self, c_long};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};
use std::collections::BTreeMap;

/// `TIOCLINUX` of `asm-generic/ioctls.h`: pastes to a virtual terminal.
const TIOCLINUX: u64 = 0x541c;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Leaves what is needed.
pub fn restrict(needs: &Needs) -> Layer {
    let known = compiled(known(needs), libc::ENOSYS, true);
    let refused = compiled(refused(needs), libc::EPERM, false);
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let (known, refused) = (known.map_err(|e| words(&e))?, refused.map_err(|e| words(&e))?);
    apply_filter(&known).map_err(|error| words(&error))?;
    // The last one that is put in force has the word.
    apply_filter(&refused).map_err(|error| words(&error))?;
    Ok("on".to_owned())
}

/// Calls that match, and only they, go `through`; all others fail with this error, or the other way round.
fn compiled(
    rules: Result<Rules, BackendError>,
    error: i32,
    through: bool,
) -> Result<BpfProgram, BackendError> {
    let fails = SeccompAction::Errno(error.unsigned_abs());
    let (others, these) = if through { (fails, SeccompAction::Allow) } else { (SeccompAction::Allow, fails) };
    SeccompFilter::new(rules?, others, these, std::env::consts::ARCH.try_into()?)?.try_into()
}

/// What is let through, all of it or with these arguments.
fn known(needs: &Needs) -> Result<Rules, BackendError> {
    let mut rules: Rules = KNOWN.iter().chain(OLD).map(|call| (*call, Vec::new())).collect();
    if !needs.write.is_empty() {
        rules.extend(NAMING.iter().map(|call| (*call, Vec::new())));
    }
    if needs.captures || needs.hosts || needs.interfaces {
        rules.insert(libc::SYS_bind, Vec::new());
    }
    if needs.hosts {
        rules.insert(libc::SYS_connect, Vec::new());
    }
    let sockets = sockets(needs)?;
    if !sockets.is_empty() {
        rules.insert(libc::SYS_socket, sockets);
    }
    // Pages are never writable and executable at once.
    let code = |not: i32| rule(&[(2, MaskedEq(not as u64), 0)]);
    let refused = if needs.compiles || needs.hosts { libc::PROT_WRITE } else { libc::PROT_EXEC };
    let pages = vec![code(libc::PROT_EXEC)?, code(refused)?];
    rules.insert(libc::SYS_mmap, pages.clone());
    rules.insert(libc::SYS_mprotect, pages);
    let threads = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, vec![rule(&[(0, MaskedEq(threads), threads)])?]);
    // Nobody types on the terminal but who sits before it.
    rules.insert(libc::SYS_ioctl, vec![rule(&[(1, Ne, libc::TIOCSTI as u64), (1, Ne, TIOCLINUX)])?]);
    let own = u64::from(std::process::id());
    let mine = || Ok::<_, BackendError>(vec![rule(&[(0, Eq, own)])?]);
    rules.insert(libc::SYS_kill, mine()?);
    rules.insert(libc::SYS_tgkill, mine()?);
    rules.insert(libc::SYS_prlimit64, vec![rule(&[(0, Eq, 0)])?, rule(&[(0, Eq, own)])?]);
    let this = rule(&[(0, Eq, u64::from(libc::PRIO_PROCESS)), (1, Eq, 0)])?;
    rules.insert(libc::SYS_setpriority, vec![this]);
    Ok(rules)
}

/// The sockets that may be made yet.
fn sockets(needs: &Needs) -> Result<Vec<SeccompRule>, BackendError> {
    let mut sockets = Vec::new();
    if needs.hosts {
        for family in [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK] {
            sockets.push(rule(&[(0, Eq, family as u64)])?);
        }
    } else if needs.interfaces {
        // One to ask for names, which connects to nobody, and one to ask for addresses.
        let kind = (1, MaskedEq(0xf), libc::SOCK_DGRAM as u64);
        sockets.push(rule(&[(0, Eq, libc::AF_UNIX as u64), kind])?);
        let routes = (2, Eq, libc::NETLINK_ROUTE as u64);
        sockets.push(rule(&[(0, Eq, libc::AF_NETLINK as u64), routes])?);
    }
    Ok(sockets)
}

/// What is not permitted, and is known to be none of what is let through.
fn refused(needs: &Needs) -> Result<Rules, BackendError> {
    let mut rules: Rules = REFUSED.iter().chain(OLD_REFUSED).map(|call| (*call, Vec::new())).collect();
    if needs.write.is_empty() {
        rules.extend(NAMING.iter().map(|call| (*call, Vec::new())));
    }
    if !needs.hosts {
        rules.insert(libc::SYS_connect, Vec::new());
    }
    if !needs.hosts && !needs.interfaces {
        rules.insert(libc::SYS_socket, Vec::new());
    }
    let (code, both) = (libc::PROT_EXEC as u64, (libc::PROT_EXEC | libc::PROT_WRITE) as u64);
    let bad = if needs.compiles || needs.hosts { both } else { code };
    let pages = vec![rule(&[(2, MaskedEq(bad), bad)])?];
    rules.insert(libc::SYS_mmap, pages.clone());
    rules.insert(libc::SYS_mprotect, pages);
    rules.insert(libc::SYS_clone, vec![rule(&[(0, MaskedEq(libc::CLONE_THREAD as u64), 0)])?]);
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_kill, vec![rule(&[(0, Ne, own)])?]);
    Ok(rules)
}

/// Arguments, by their places, that are all so. The kernel looks at 32 bits of each of these.
fn rule(arguments: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule, BackendError> {
    let condition = |(place, how, value): &(u8, SeccompCmpOp, u64)| {
        SeccompCondition::new(*place, SeccompCmpArgLen::Dword, how.clone(), *value)
    };
    SeccompRule::new(arguments.iter().map(condition).collect::<Result<_, _>>()?)
}

/// What a run needs or its C library may come to need: for the files that are open or may be opened, for memory, time,
/// signals and threads.
const KNOWN: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_fstatfs,
    libc::SYS_statfs,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_splice,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync_file_range,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_msync,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_mincore,
    libc::SYS_mlock,
    libc::SYS_munlock,
    libc::SYS_membarrier,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_capget,
    libc::SYS_getpriority,
    libc::SYS_getrlimit,
    libc::SYS_getrusage,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getcpu,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrandom,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_prctl,
    libc::SYS_seccomp,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_restart_syscall,
    libc::SYS_setitimer,
    libc::SYS_getitimer,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    libc::SYS_timer_gettime,
    libc::SYS_timer_delete,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_socketpair,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_shutdown,
];

/// Those of the same that newer processors never had.
#[cfg(target_arch = "x86_64")]
const OLD: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_getdents,
    libc::SYS_getpgrp,
    libc::SYS_time,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[c_long] = &[];

/// For who writes files: to name and to remove them.
#[cfg(target_arch = "x86_64")]
const NAMING: &[c_long] =
    &[libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_unlinkat, libc::SYS_rename, libc::SYS_unlink];
#[cfg(not(target_arch = "x86_64"))]
const NAMING: &[c_long] = &[libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_unlinkat];

/// Other programs, other processes, other users, other names for things and other machines; and what the kernel is made
/// to do by code.
const REFUSED: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_tkill,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_setrlimit,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_umask,
    libc::SYS_truncate,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_inotify_init1,
    libc::SYS_quotactl,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_memfd_create,
    libc::SYS_pkey_mprotect,
    libc::SYS_remap_file_pages,
    libc::SYS_personality,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
];

/// Those of the same that newer processors never had.
#[cfg(target_arch = "x86_64")]
const OLD_REFUSED: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_mknod,
    libc::SYS_symlink,
    libc::SYS_link,
    libc::SYS_creat,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_inotify_init,
    libc::SYS_modify_ldt,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_REFUSED: &[c_long] = &[];
