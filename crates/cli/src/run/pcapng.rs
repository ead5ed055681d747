//! What a savefile begins with: every file of a run begins with the same.

use gannet_pcap::savefile::{Error, Header, Writer};
use std::io::Write;

/// How a savefile begins, and with it its format.
#[derive(Clone, Debug)]
pub enum Preamble {
    /// The classic format.
    Pcap(Header),
}

impl Preamble {
    /// Begins a file. The sink must stand at its start.
    pub fn begin<W: Write>(&self, sink: W) -> Result<Writer<W>, Error> {
        match self {
            Preamble::Pcap(header) => Ok(Writer::new(sink, *header)),
        }
    }

    /// Ends a file that began so: called before each one is closed.
    pub fn end<W: Write>(&self, _writer: &mut Writer<W>) -> Result<(), Error> {
        match self {
            Preamble::Pcap(_) => Ok(()),
        }
    }
}
