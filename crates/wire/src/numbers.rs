//! Numbers that the wire, savefiles and the kernel agree on, as open types: any value is legal.

pub mod ethertype;
pub mod ip_proto;
pub mod link_type;
