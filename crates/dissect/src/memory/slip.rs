//! What the compression of headers on serial lines refers back to (RFC 1144).

/// Of what a number is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// The connection that was named last.
    Connection,
    /// The bytes of data in the last segment of a connection, one way (0 in, 1 out).
    Segment(u8, u8),
}
