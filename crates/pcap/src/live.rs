//! Packets from an interface.
