//! OSPF, Open Shortest Path First: version 2 for IPv4 in [`v2`] (RFC 2328), version 3 for IPv6 in [`v3`] (RFC 5340).
//!
//! ```text
//! | version | type | length (2) | router (4) | area (4) | checksum | by version ..
//! ```

use crate::prelude::*;

mod tlvs;
mod v2;
mod v3;

/// OSPF, of the version that belongs to the version of IP.
pub static OSPF: Protocol = Protocol { name: "ospf", dissect };

const TYPES: NameTable =
    &[(1, "Hello"), (2, "Database Description"), (3, "LS-Request"), (4, "LS-Update"), (5, "LS-Ack")];
const HELLO: u8 = 1;
const DATABASE: u8 = 2;
const REQUEST: u8 = 3;
const UPDATE: u8 = 4;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    match cx.ip.version {
        4 => v2::packet(cx, p, out),
        _ => v3::packet(cx, p, out),
    }
}
