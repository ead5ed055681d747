//! Classic BPF programs as machine code.
