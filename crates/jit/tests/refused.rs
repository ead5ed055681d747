//! Where the system refuses memory for code, the interpreter runs. Alone in its process, for it lowers a limit.

use gannet_bpf::{Limits, Metadata, check, parse};
use gannet_jit::{Compiled, Jit, JitError};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

#[cfg(target_os = "linux")]
#[test]
fn without_code_pages_the_interpreter_runs() {
    let list = parse::decimal("4\n40 0 0 12\n21 0 1 2048\n6 0 0 96\n6 0 0 0\n").expect("parses");
    let program = check(list, Limits::KERNEL).expect("sound");
    let (soft, hard) = getrlimit(Resource::RLIMIT_AS).expect("a limit");
    // No new mappings; what the allocator holds already serves the rest.
    setrlimit(Resource::RLIMIT_AS, 1, hard).expect("lowered");
    let refused = Jit::new(&program);
    let compiled = Compiled::new(&program);
    setrlimit(Resource::RLIMIT_AS, soft, hard).expect("raised again");
    assert!(matches!(refused, Err(JitError::Mapping(_) | JitError::Unsupported)), "{refused:?}");
    assert_eq!(compiled.kind(), "interpreter");
    let mut packet = [0u8; 14];
    assert_eq!(compiled.run(&packet, 14, &Metadata::default()), 0);
    packet[12] = 8;
    assert_eq!(compiled.run(&packet, 14, &Metadata::default()), 96);
}
