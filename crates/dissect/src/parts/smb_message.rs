//! How an SMB message is known, and where it is looked for (source: Microsoft, "MS-CIFS", section 2.2.3.1).

use crate::prelude::*;

/// What a message begins with.
pub const MAGIC: &[u8] = b"\xffSMB";
/// How far into a frame a message is looked for.
pub const FAR: usize = 128;

/// Whether a message begins here.
pub fn begins(p: Cursor) -> bool {
    p.rest().starts_with(MAGIC)
}

/// Where, in what is claimed of a frame, a message begins.
pub fn find(p: Cursor) -> Option<usize> {
    let starts = (p.claimed() + 1).saturating_sub(MAGIC.len());
    (0..FAR.min(starts)).find(|at| begins(p.at(*at)))
}

/// Warns that only a part of a message of so many bytes was captured, or sent in this segment.
pub fn warn_of_the_rest(length: usize, p: Cursor, warning: &str, out: &mut Out) {
    if length <= p.captured() {
        return;
    }
    out.say(warning);
    if length > p.claimed() {
        out.say(": Packet is continued in later TCP segments\n");
    } else {
        let missing = length - p.captured();
        writeln!(out, ": Short packet. Try increasing the snap length by {missing}");
    }
}
