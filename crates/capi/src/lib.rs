//! libpcap's C interface: every function that `libpcap.so.1` exports on Linux, over `gannet-pcap`.
//!
//! - [`handle`] what a `pcap_t` is;
//! - [`edge`] what passes between C and Rust: texts, error buffers, lists; [`stdio`] the files of the C library;
//! - [`status`] the numbers that functions return, and their words;
//! - [`open`], [`savefile`] handles for interfaces, for nothing, for files; [`capture`] an open interface;
//! - [`read`] packets out of a handle; [`filter`] programs; [`dump`] packets into a file; [`send`] onto a wire;
//! - [`devices`], [`links`], [`stamps`], [`names`], [`error`] what there is to ask besides.
//!
//! Functions of the interface are thin: arguments are checked and what they ask for is done in safe code. Pointers
//! arrive as what C promises them to be (`Option<&Handle>` is a `pcap_t *` that may be null), so that most functions have
//! no `unsafe` block at all. A panic ends the process at the edge: none may unwind into C.
//!
//! # Contract
//! Nothing is printed but by the two functions that are there to print. A handle is used by one thread at a time, but for
//! `pcap_breakloop`, which any thread and any signal handler may call. A callback may call any function on its handle,
//! `pcap_close` too. What `pcap_compile` allocates is the C library's memory; `pcap_freecode` frees what others
//! allocated so.
//!
//! Source: pcap(3PCAP) and the manual pages that it names; pcap/pcap.h, pcap/bpf.h and pcap/namedb.h for the layouts.

mod capture;
mod devices;
mod dump;
mod edge;
mod error;
mod filter;
mod handle;
mod links;
mod names;
mod open;
mod read;
mod savefile;
mod send;
mod stamps;
mod status;
mod stdio;
