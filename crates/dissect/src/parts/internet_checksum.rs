//! The judgement of an Internet checksum (RFC 1071), as values: `checksum`, `checksum_ok`, and `checksum_expected`
//! if it is wrong. Every protocol has words of its own for it.

use crate::prelude::*;

/// Judges the checksum `found` by the `sum` over all that it covers, itself included. `None` if it is right, else
/// what it should be.
pub fn judge(found: u16, sum: u16, out: &mut Out) -> Option<u16> {
    out.note("checksum", found).note_that("checksum_ok", sum == 0);
    if sum == 0 {
        return None;
    }
    let right = checksum::should_be(found, sum);
    out.note("checksum_expected", right);
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;

    #[test]
    fn a_wrong_checksum_and_the_right_one() {
        let hear = |found: u16| {
            let header = [&[0x45, 0x00][..], &found.to_be_bytes()].concat();
            let mut buf = Vec::new();
            let mut out = Out::new(Ear::Json, &mut buf, None);
            let right = out.item(|out| Ok(judge(found, checksum::of(&header), out))).unwrap();
            (right, String::from_utf8(buf).unwrap())
        };
        assert_eq!(hear(0xbaff), (None, r#"{"checksum":47871,"checksum_ok":true}"#.to_string()));
        let wrong = r#"{"checksum":1,"checksum_ok":false,"checksum_expected":47871}"#;
        assert_eq!(hear(1), (Some(0xbaff), wrong.to_string()));
    }
}
