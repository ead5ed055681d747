//! The first half of the compiler: from text to typed tests.

mod answers;
mod common;
mod conformance;
mod helpers;
mod mistakes;
mod printed;
mod scale;
