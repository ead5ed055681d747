//! Calls of RX, whose replies do not say what they reply to.

use std::net::IpAddr;

/// What is remembered of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The number that the reply has too.
    pub number: u32,
    /// Who called.
    pub client: IpAddr,
    /// Who is to reply.
    pub server: IpAddr,
    /// The server's UDP port.
    pub port: u16,
    /// The service at that port.
    pub service: u16,
    /// What was called.
    pub opcode: u32,
}
