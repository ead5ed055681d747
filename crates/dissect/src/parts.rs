//! Grammar that several protocols share. A part knows no protocol.

pub mod duration;
pub mod ethertypes;
