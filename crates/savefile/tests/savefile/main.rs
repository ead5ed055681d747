//! Savefiles from outside: what is in a file comes out of it, whatever is wrong with it.

mod blocks;
mod conformance;
mod hostile;
mod pcap;
mod pcapng;
mod recover;
mod repair;
mod samples;
mod writer;
mod writer_pcapng;
