//! The shapes of literals: how many bytes at the start of some text have the shape of a number, an address, ..
//!
//! Each function answers with the length of the longest start of `text` that fits, or `None`; [`crate::lex`] takes the
//! shape that fits the longest piece, as libpcap's scanner does.

/// Decimal or octal digits, or `0x` and hexadecimal ones.
pub(super) fn number(text: &[u8]) -> Option<usize> {
    let hex = match text {
        [b'0', b'x' | b'X', rest @ ..] => run(rest, u8::is_ascii_hexdigit),
        _ => 0,
    };
    if hex > 0 {
        return Some(hex + 2);
    }
    some(run(text, u8::is_ascii_digit))
}

/// Two to four numbers with dots between them.
pub(super) fn ipv4(text: &[u8]) -> Option<usize> {
    let mut length = number(text)?;
    for parts in 1..4 {
        match skip(text, length, b".").and_then(|dot| Some(dot + number(text.get(dot..)?)?)) {
            Some(longer) => length = longer,
            None if parts == 1 => return None,
            None => break,
        }
    }
    Some(length)
}

/// Four numbers with three dots between them, no fewer.
fn dotted_quad(text: &[u8]) -> Option<usize> {
    let mut length = number(text)?;
    for _ in 0..3 {
        let dot = skip(text, length, b".")?;
        length = dot + number(text.get(dot..)?)?;
    }
    Some(length)
}

/// Six bytes: `x:x:x:x:x:x` (or with `-`, or with `.`), `xxxx.xxxx.xxxx`, or twelve hexadecimal digits.
pub(super) fn mac48(text: &[u8]) -> Option<usize> {
    let spelled = [b":", b"-", b"."].into_iter().filter_map(|between| bytes_between(text, between)).max();
    let grouped = hex_groups(text, 4, 3, b".");
    let bare = (text.len() >= 12 && run(text, u8::is_ascii_hexdigit) >= 12).then_some(12);
    spelled.max(grouped).max(bare)
}

/// Six groups of one or two digits.
fn bytes_between(text: &[u8], between: &[u8]) -> Option<usize> {
    let mut at = 0;
    for group in 0..6 {
        if group > 0 {
            at = skip(text, at, between)?;
        }
        at += some(run(text.get(at..)?, u8::is_ascii_hexdigit).min(2))?;
    }
    Some(at)
}

/// `count` groups of exactly `digits` digits.
fn hex_groups(text: &[u8], digits: usize, count: usize, between: &[u8]) -> Option<usize> {
    let mut at = 0;
    for group in 0..count {
        if group > 0 {
            at = skip(text, at, between)?;
        }
        if run(text.get(at..)?, u8::is_ascii_hexdigit) < digits {
            return None;
        }
        at += digits;
    }
    Some(at)
}

/// Two or more groups of one or two digits, each with colons after it: the start of something meant as an Ethernet address.
pub(super) fn broken_mac48(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut groups = 0;
    while let Some(rest) = text.get(at..) {
        let digits = run(rest, u8::is_ascii_hexdigit);
        if !(1..=2).contains(&digits) {
            break;
        }
        let colons = rest.get(digits..).map_or(0, |rest| run(rest, |byte| *byte == b':'));
        if colons == 0 {
            break;
        }
        at += digits + colons;
        groups += 1;
    }
    (groups >= 2).then_some(at)
}

/// `$` and one or two digits.
pub(super) fn mac8(text: &[u8]) -> Option<usize> {
    let digits = run(text.strip_prefix(b"$")?, u8::is_ascii_hexdigit).min(2);
    some(digits).map(|digits| digits + 1)
}

/// A letter or digit, then letters, digits, dots, hyphens and underscores, of which hyphens and underscores cannot be last.
pub(super) fn name(text: &[u8]) -> Option<usize> {
    if !text.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let all = run(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let tail = text.get(..all)?.iter().rev().take_while(|byte| matches!(byte, b'-' | b'_')).count();
    Some(all - tail)
}

/// What follows a backslash: anything but a blank, a line end, a tab, `!` and parentheses.
pub(super) fn escaped(text: &[u8]) -> Option<usize> {
    some(run(text, |byte| !matches!(byte, b' ' | b'!' | b'(' | b')' | b'\n' | b'\t')))
}

/// Any spelling of an IPv6 address by its form alone: eight groups, or fewer with one `::`, the last two of which may be a
/// dotted quad.
pub(super) fn ipv6(text: &[u8]) -> Option<usize> {
    let mut best = None;
    let mut at = 0;
    let mut groups = 0;
    let mut gap = false;
    if text.starts_with(b"::") {
        (at, gap, best) = (2, true, Some(2));
    }
    loop {
        let rest = text.get(at..)?;
        // Here a group or the dotted quad at the end may begin.
        if groups == 6 && !gap || groups <= 5 && gap {
            best = best.max(dotted_quad(rest).map(|length| at + length));
        }
        let digits = run(rest, u8::is_ascii_hexdigit);
        if digits == 0 || groups == if gap { 7 } else { 8 } {
            return best;
        }
        groups += 1;
        let end = at + digits.min(4);
        if gap || groups == 8 {
            best = best.max(Some(end));
        }
        if digits > 4 {
            return best;
        }
        if !gap && groups <= 7 && skip(text, end, b"::").is_some() {
            at = end + 2;
            gap = true;
            best = best.max(Some(at));
        } else if let Some(next) = skip(text, end, b":") {
            at = next;
        } else {
            return best;
        }
    }
}

/// Where `text` goes on after `what`, if it stands at `at`.
fn skip(text: &[u8], at: usize, what: &[u8]) -> Option<usize> {
    text.get(at..)?.starts_with(what).then_some(at + what.len())
}

fn run(text: &[u8], mut fits: impl FnMut(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| fits(byte)).count()
}

fn some(length: usize) -> Option<usize> {
    (length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ipv6_prefix_is_found() {
        for (text, length) in [
            ("::", 2),
            ("::1", 3),
            ("1::", 3),
            ("fe80::1%eth0", 7),
            ("2001:db8::/32", 10),
            ("1:2:3:4:5:6:7:8", 15),
            ("1:2:3:4:5:6:7:8:9", 15),
            ("1:2:3:4:5:6:7::", 15),
            ("::1:2:3:4:5:6:7", 15),
            ("1:2:3:4:5:6:1.2.3.4", 19),
            ("::ffff:10.20.30.40", 18),
            ("::1.2.3.4", 9),
            ("1::2::3", 4),
            ("1::23456", 7),
            ("fe80:0:0:0:0:0:0:0:0", 18),
        ] {
            assert_eq!(ipv6(text.as_bytes()), Some(length), "{text}");
        }
        for text in ["1:2:3:4:5:6:7", "1:2", "12345::", "x", "", ":", ":1"] {
            assert_eq!(ipv6(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn names_do_not_end_in_hyphens() {
        for (text, length) in [("a-b-", 3), ("80-90", 5), ("a_", 1), ("www.example.com)", 15), ("a.", 2)] {
            assert_eq!(name(text.as_bytes()), Some(length), "{text}");
        }
        assert_eq!(name(b"-a"), None);
    }
}
