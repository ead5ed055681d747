//! A number of seconds in the largest units that fit: `1w2d`, `5m`, `0s`.

use crate::out::Out;

const UNITS: [(u32, &str); 6] =
    [(31_536_000, "y"), (604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];

/// Says a number of seconds: text hears units, the structured ear the number.
pub fn say(out: &mut Out, key: &str, seconds: u32) {
    out.aside(|out| {
        out.num(key, seconds);
    });
    out.aloud(|out| {
        let mut left = seconds;
        for (unit, letter) in UNITS {
            if left >= unit {
                out.num("", left / unit).say(letter);
                left %= unit;
            }
        }
        if seconds == 0 {
            out.say("0s");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;

    #[test]
    fn seconds_in_units() {
        let hear = |ear, seconds| {
            let mut buf = Vec::new();
            let mut out = Out::new(ear, &mut buf, None);
            let _ = out.item(|out| {
                say(out, "ttl", seconds);
                Ok(())
            });
            String::from_utf8(buf).unwrap()
        };
        assert_eq!(hear(Ear::Text, 0), "0s");
        assert_eq!(hear(Ear::Text, 300), "5m");
        assert_eq!(hear(Ear::Text, 90_061), "1d1h1m1s");
        assert_eq!(hear(Ear::Text, u32::MAX), "136y10w6h28m15s");
        assert_eq!(hear(Ear::Json, 300), r#"{"ttl":300}"#);
    }
}
