//! Packets from an interface.

use crate::failure::Failure;
use crate::flags::Flags;
use gannet_pcap::Target;
use gannet_printer::Precision;

/// Captures until it is stopped.
pub fn capture(_flags: &Flags) -> Result<(), Failure> {
    Err(Failure::new("live capture is being built"))
}

/// What a filter for the interface is compiled for.
pub fn target(_flags: &Flags) -> Result<Target, Failure> {
    Err(Failure::new("live capture is being built"))
}

/// The precision of a file, for that of the times on a line.
pub fn file_precision(precision: Precision) -> gannet_pcap::savefile::Precision {
    match precision {
        Precision::Micro => gannet_pcap::savefile::Precision::Micro,
        Precision::Nano => gannet_pcap::savefile::Precision::Nano,
    }
}
