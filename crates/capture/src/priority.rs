//! How much of the machine a thread gets when others want it too: what runs beside a capture must not disturb it.

use crate::sys;

/// Puts the calling thread, and whatever it starts from now on, behind everybody else. Never fails: to ask for
/// less is always granted.
pub fn lowest() {
    sys::be_nice();
}
