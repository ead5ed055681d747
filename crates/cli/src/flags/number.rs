//! Numbers as options take them, and what is said of those that they do not.

use std::ffi::OsStr;

/// A decimal number from `low` to `high`.
pub fn decimal(what: &str, text: &OsStr, low: u64, high: u64) -> Result<u64, String> {
    bounded(what, text, low, high, &|text| text.parse().ok())
}

/// A number from `low` to `high`: decimal, octal with a leading 0 or hexadecimal with a leading 0x.
pub fn any_base(what: &str, text: &OsStr, low: u64, high: u64) -> Result<u64, String> {
    bounded(what, text, low, high, &|text| {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
        let size = match (hex, digits.strip_prefix('0')) {
            (Some(hex), _) => i128::from(u64::from_str_radix(hex, 16).ok()?),
            (None, Some(octal)) if !octal.is_empty() => i128::from(u64::from_str_radix(octal, 8).ok()?),
            _ => i128::from(digits.parse::<u64>().ok()?),
        };
        Some(if negative { -size } else { size })
    })
}

fn bounded(
    what: &str,
    text: &OsStr,
    low: u64,
    high: u64,
    read: &dyn Fn(&str) -> Option<i128>,
) -> Result<u64, String> {
    let shown = text.to_string_lossy();
    let Some(n) = text.to_str().map(str::trim_start).and_then(read) else {
        return Err(format!("invalid {what} \"{shown}\" (not a valid number)"));
    };
    match u64::try_from(n) {
        Ok(n) if (low..=high).contains(&n) => Ok(n),
        _ => Err(format!("invalid {what} {shown} (must be >= {low} and <= {high})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_and_bounds() {
        let read = |text: &str| any_base("snaplen", OsStr::new(text), 0, 1000);
        assert_eq!(read("0x10"), Ok(16));
        assert_eq!(read("010"), Ok(8));
        assert_eq!(read("0"), Ok(0));
        assert_eq!(read("-1"), Err("invalid snaplen -1 (must be >= 0 and <= 1000)".to_owned()));
        assert_eq!(read(""), Err("invalid snaplen \"\" (not a valid number)".to_owned()));
        assert!(decimal("packet count", OsStr::new("0x10"), 1, 1000).is_err());
    }
}
