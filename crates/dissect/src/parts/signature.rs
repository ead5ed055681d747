//! The digest that a routing protocol's message bears (RFC 2747, RFC 5304): HMAC-MD5 with a secret of both sides, over
//! the message with zeroes in place of what changes on its way.

use crate::prelude::*;
use std::ops::Range;

/// Says whether `digest` is that of `message`, in brackets. `zeroed` are the places that do not count, the digest's own
/// among them.
pub fn judge(cx: &Cx, message: Cursor, zeroed: &[Range<usize>], digest: &[u8], out: &mut Out) {
    let right = message.whole().zip(cx.options.keys).and_then(|(message, keys)| {
        let mut signed = message.to_vec();
        for place in zeroed {
            signed.get_mut(place.clone())?.fill(0);
        }
        Some(keys.hmac_md5(&[&signed])? == digest)
    });
    out.say(match right {
        Some(true) => " (valid)",
        Some(false) => " (invalid)",
        None => " (unchecked)",
    });
    if let Some(right) = right {
        out.note_that("valid", right);
    }
}
