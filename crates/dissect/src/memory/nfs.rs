//! Calls of NFS, whose replies do not say what they reply to.

use std::net::IpAddr;

/// What is remembered of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The number that the reply has too.
    pub xid: u32,
    /// Who called.
    pub client: IpAddr,
    /// Who is to reply.
    pub server: IpAddr,
    /// Version of NFS.
    pub version: u32,
    /// What was called, as that version counts.
    pub procedure: u32,
}
