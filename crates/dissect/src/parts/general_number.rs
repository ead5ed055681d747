//! Floating-point numbers as C's `%.10g` writes them: ten digits that count, without zeros at the end, and with an
//! exponent where the number is very large or small.

use crate::out::Out;
use std::fmt::Write as _;

/// Digits that count.
const PRECISION: i32 = 10;
/// Room for the longest of them.
const ROOM: usize = 40;

struct Digits {
    bytes: [u8; ROOM],
    length: usize,
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        for byte in s.bytes() {
            *self.bytes.get_mut(self.length).ok_or(std::fmt::Error)? = byte;
            self.length += 1;
        }
        Ok(())
    }
}

impl Digits {
    fn new() -> Self {
        Digits { bytes: [0; ROOM], length: 0 }
    }

    fn text(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }
}

/// Says a number; the structured ear hears all its digits.
pub fn say(key: &str, n: f32, out: &mut Out) {
    let n = f64::from(n);
    out.aside(|out| _ = out.fraction(key, n, 0));
    out.aloud(|out| {
        if !n.is_finite() {
            out.say(if n.is_sign_negative() { "-" } else { "" }).say(if n.is_nan() { "nan" } else { "inf" });
            return;
        }
        let mut scientific = Digits::new();
        let _ = write!(scientific, "{n:.9e}");
        let (mantissa, exponent) = scientific.text().split_once('e').unwrap_or(("0", "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        if (-4..PRECISION).contains(&exponent) {
            let decimals = usize::try_from(PRECISION - 1 - exponent).unwrap_or(0);
            let mut plain = Digits::new();
            let _ = write!(plain, "{n:.decimals$}");
            out.say(trimmed(plain.text()));
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(out.say(trimmed(mantissa)), "e{sign}{:02}", exponent.unsigned_abs());
        }
    });
}

/// Without zeros behind the point, and without the point if nothing is behind it.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Ear;

    #[test]
    fn as_c_writes_them() {
        let hear = |n| {
            let mut buf = Vec::new();
            say("", n, &mut Out::new(Ear::Text, &mut buf, None));
            String::from_utf8(buf).unwrap()
        };
        assert_eq!(hear(0.0), "0");
        assert_eq!(hear(10.0), "10");
        assert_eq!(hear(0.1), "0.1000000015");
        assert_eq!(hear(-2.5), "-2.5");
        assert_eq!(hear(1e10), "1e+10");
        assert_eq!(hear(1.5e-7), "1.500000053e-07");
        assert_eq!(hear(f32::INFINITY), "inf");
        assert_eq!(hear(123456.79), "123456.7891");
    }
}
