//! What every protocol imports, and nothing else from this crate but `parts`.
pub use crate::cx::{Addr, Cx, Ip, PortPair, Space};
pub use crate::engine::Protocol;
pub use crate::out::{Flags, NameTable, Out, Transport};
pub use gannet_wire::{Cursor, Dissect, Stop, checksum};
