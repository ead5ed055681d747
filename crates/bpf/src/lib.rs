//! The classic BPF machine.
#![forbid(unsafe_code)]
