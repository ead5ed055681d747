//! Route distinguishers: whose of several equal routes one is (RFC 4364 section 4.2).

use crate::prelude::*;

/// As [`say_alone`], with a comma behind it.
pub fn say(bytes: [u8; 8], asdot: bool, out: &mut Out) {
    say_alone(bytes, asdot, out);
    out.say(", ");
}

/// Says a distinguisher; `asdot` writes the AS as two numbers.
pub fn say_alone(bytes: [u8; 8], asdot: bool, out: &mut Out) {
    let [kind_high, kind_low, a, b, c, d, e, f] = bytes;
    out.say("RD: ");
    let _ = out.phrase("distinguisher", |out| {
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([e, f]));
        match u16::from_be_bytes([kind_high, kind_low]) {
            0 => write!(out, "{high}:{} (= {c}.{d}.{e}.{f})", u32::from_be_bytes([c, d, e, f])),
            1 => write!(out, "{a}.{b}.{c}.{d}:{low}"),
            2 if asdot && high > 0 => {
                write!(out, "{high}.{}:{low} ({a}.{b}.{c}.{d}:{low})", u16::from_be_bytes([c, d]))
            }
            2 => write!(out, "{}:{low} ({a}.{b}.{c}.{d}:{low})", u32::from_be_bytes([a, b, c, d])),
            _ => out.say("unknown RD format"),
        };
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;

    #[test]
    fn three_kinds() {
        let hear_as = |bytes, asdot| {
            let mut buf = Vec::new();
            say(bytes, asdot, &mut Out::new(Ear::Text, &mut buf, None));
            String::from_utf8(buf).unwrap()
        };
        let hear = |bytes| hear_as(bytes, false);
        assert_eq!(hear([0, 0, 0, 1, 0, 0, 0, 2]), "RD: 1:2 (= 0.0.0.2), ");
        assert_eq!(hear([0, 1, 10, 0, 0, 1, 0, 2]), "RD: 10.0.0.1:2, ");
        assert_eq!(hear([0, 2, 0, 1, 0, 0, 0, 2]), "RD: 65536:2 (0.1.0.0:2), ");
        assert_eq!(hear_as([0, 2, 0, 1, 0, 0, 0, 2], true), "RD: 1.0:2 (0.1.0.0:2), ");
        assert_eq!(hear([0, 9, 0, 1, 0, 0, 0, 2]), "RD: unknown RD format, ");
    }
}
