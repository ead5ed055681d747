//! What the kernel can be asked for: seccomp.
//!
//! What is on no list the kernel does not know, as far as this process can tell: a C library that tries a system call
//! of tomorrow does without, as it would on an older kernel. What is on [`REFUSED`] is not permitted. Nothing ends the
//! process: no packet is to be lost for a call that nobody has thought of.

use super::program::{Answer, Test, program};
use super::{Layer, Needs};
use crate::failure::reason;
use Test::{Bits, Is, Not};
use gannet_pcap::capture::privilege;
use nix::libc::{self, c_int, c_long};
use std::collections::BTreeMap;

/// `TIOCSTI` and `TIOCLINUX` of `asm-generic/ioctls.h`: types on a terminal, and pastes to a virtual one.
const TYPING: [u32; 2] = [0x5412, 0x541c];
/// Of the type of a socket, without its flags.
const KIND: u32 = 0xf;

/// Leaves what is needed.
pub fn restrict(needs: &Needs) -> Layer {
    let program = program(&answers(needs));
    privilege::restrict_calls(&program).map(|()| "on".to_owned()).map_err(|error| reason(&error))
}

/// What is answered to which call; all others are unknown.
fn answers(needs: &Needs) -> BTreeMap<c_long, Answer> {
    let refused = REFUSED.iter().chain(OLD_REFUSED).chain(NAMING).map(|call| (*call, Answer::Refuse));
    let mut answers: BTreeMap<_, _> = refused.collect();
    let mut allow = |calls: &[c_long]| answers.extend(calls.iter().map(|call| (*call, Answer::Allow)));
    allow(KNOWN);
    allow(OLD);
    if !needs.write.is_empty() {
        allow(NAMING);
    }
    if needs.captures || needs.hosts || needs.interfaces {
        allow(&[libc::SYS_bind]);
    }
    if needs.hosts {
        allow(&[libc::SYS_connect]);
    }
    answers.insert(libc::SYS_socket, sockets(needs));
    // Pages are never writable and executable at once.
    let compiles = needs.compiles || needs.hosts;
    let not = word(if compiles { libc::PROT_WRITE } else { libc::PROT_EXEC });
    let pages = Answer::If(vec![vec![(2, Bits(word(libc::PROT_EXEC), 0))], vec![(2, Bits(not, 0))]]);
    answers.insert(libc::SYS_mmap, pages.clone());
    answers.insert(libc::SYS_mprotect, pages);
    let thread = word(libc::CLONE_THREAD);
    answers.insert(libc::SYS_clone, Answer::If(vec![vec![(0, Bits(thread, thread))]]));
    answers.insert(libc::SYS_ioctl, Answer::If(vec![TYPING.map(|request| (1, Not(request))).to_vec()]));
    let own = std::process::id();
    let mine = Answer::If(vec![vec![(0, Is(own))]]);
    answers.insert(libc::SYS_kill, mine.clone());
    answers.insert(libc::SYS_tgkill, mine);
    answers.insert(libc::SYS_prlimit64, Answer::If(vec![vec![(0, Is(0))], vec![(0, Is(own))]]));
    answers.insert(libc::SYS_setpriority, Answer::If(vec![vec![(0, Is(libc::PRIO_PROCESS)), (1, Is(0))]]));
    answers
}

/// The sockets that may be made yet.
fn sockets(needs: &Needs) -> Answer {
    let family = |family: c_int| (0, Is(word(family)));
    if needs.hosts {
        let families = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
        return Answer::If(families.map(|known| vec![family(known)]).to_vec());
    }
    if needs.interfaces {
        // One to ask for names, which connects to nobody, and one to ask for addresses.
        let names = vec![family(libc::AF_UNIX), (1, Bits(KIND, word(libc::SOCK_DGRAM)))];
        let addresses = vec![family(libc::AF_NETLINK), (2, Is(word(libc::NETLINK_ROUTE)))];
        return Answer::If(vec![names, addresses]);
    }
    Answer::Refuse
}

/// An argument as the kernel sees it.
fn word(value: c_int) -> u32 {
    value.cast_unsigned()
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

/// Those of the same that x86-64 has in an older form, or alone.
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
    libc::SYS_getrlimit,
    libc::SYS_sync_file_range,
];
/// `getrlimit` and `sync_file_range` of `asm-generic/unistd.h`, which not every C library's headers name.
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[c_long] = &[163, 84];

/// For who writes files: to name and to remove them.
#[cfg(target_arch = "x86_64")]
const NAMING: &[c_long] =
    &[libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_unlinkat, libc::SYS_rename, libc::SYS_unlink];
/// The first is `renameat` of `asm-generic/unistd.h`.
#[cfg(not(target_arch = "x86_64"))]
const NAMING: &[c_long] = &[38, libc::SYS_renameat2, libc::SYS_unlinkat];

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

/// Those of the same that x86-64 has in an older form, or alone.
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
    libc::SYS_setrlimit,
];
/// `setrlimit` of `asm-generic/unistd.h`.
#[cfg(not(target_arch = "x86_64"))]
const OLD_REFUSED: &[c_long] = &[164];
