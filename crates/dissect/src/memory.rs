//! What one packet leaves behind for the next: one named table each, all of them bounded.
//!
//! Memory is `Clone` and does not depend on who listens, so that a deaf pass can run ahead of a talking one. It can be
//! shared: then a copy costs little, however much is remembered. The structured ear goes where the text ear does
//! not, and what it meets there must not be remembered: it listens with frozen memory.

pub mod isakmp;
pub mod nfs;
pub mod quic;
mod ring;
pub mod rx;
pub mod slip;
pub mod smb;
mod table;
pub mod tcp;

pub use ring::Ring;
pub use table::{Freeze, Table};

/// All that is remembered between packets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The first sequence numbers of TCP connections.
    pub tcp: Table<tcp::Connection, tcp::First>,
    /// Compressed headers on serial lines.
    pub slip: Table<slip::Of, u32>,
    /// Who began a key exchange.
    pub isakmp: isakmp::Exchanges,
    /// Connection identifiers.
    pub quic: quic::Ids,
    /// Calls of NFS.
    pub nfs: Ring<nfs::Call>,
    /// Calls of RX.
    pub rx: Ring<rx::Call>,
    /// Transactions of SMB.
    pub smb: Table<smb::Of, u16>,
}

impl Memory {
    /// A copy, at little cost: large tables are in common, until one of both remembers more.
    pub fn share(&mut self) -> Self {
        Memory {
            tcp: self.tcp.share(),
            slip: self.slip.share(),
            isakmp: self.isakmp.share(),
            quic: self.quic.clone(),
            nfs: self.nfs.clone(),
            rx: self.rx.clone(),
            smb: self.smb.share(),
        }
    }

    /// Every table.
    fn tables(&mut self) -> [&mut dyn Freeze; 7] {
        [
            &mut self.tcp,
            &mut self.slip,
            &mut self.isakmp,
            &mut self.quic,
            &mut self.nfs,
            &mut self.rx,
            &mut self.smb,
        ]
    }
}

impl Freeze for Memory {
    fn freeze(&mut self) {
        self.tables().into_iter().for_each(Freeze::freeze);
    }

    fn thaw(&mut self) {
        self.tables().into_iter().for_each(Freeze::thaw);
    }
}
