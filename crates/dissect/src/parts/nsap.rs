//! Addresses of OSI: NSAPs and network entity titles (ISO/IEC 8348).

use crate::prelude::*;

/// The longest address.
const LONGEST: usize = 20;

/// Says an address: a byte, and then pairs of bytes with dots between.
pub fn say(key: &str, addr: &[u8], out: &mut Out) {
    let _ = out.phrase(key, |out| {
        if addr.is_empty() || addr.len() > LONGEST {
            out.say("isonsap_string: illegal length");
            return Ok(());
        }
        let (area, pairs) = addr.split_at(1);
        out.bytes("", area);
        for pair in pairs.chunks(2) {
            out.say(".").bytes("", pair);
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;

    fn text(addr: &[u8]) -> String {
        let mut buf = Vec::new();
        say("", addr, &mut Out::new(Ear::Text, &mut buf, None));
        String::from_utf8(buf).unwrap()
    }

    #[test]
    fn pairs() {
        assert_eq!(text(&[0x49]), "49");
        assert_eq!(text(&[0x49, 0, 1]), "49.0001");
        assert_eq!(text(&[0x49, 0, 1, 2]), "49.0001.02");
        assert_eq!(text(&[]), "isonsap_string: illegal length");
    }
}
