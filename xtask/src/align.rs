//! Lays two texts of numbered packets side by side, and finds what differs.

/// A line as it is in the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'t> {
    /// In both.
    Same(&'t [u8]),
    /// Only in the expected text.
    Missing(&'t [u8]),
    /// Only in ours.
    Extra(&'t [u8]),
}

/// The two texts, line by line in the order of the packets.
pub fn align<'t>(expected: &'t [u8], got: &'t [u8]) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    pairs(expected, got, |a, b| compare(a, b, &mut lines));
    lines
}

/// Calls `with` for each packet with its lines in either text: one of the two may be empty.
pub fn pairs<'t>(expected: &'t [u8], got: &'t [u8], mut with: impl FnMut(&[&'t [u8]], &[&'t [u8]])) {
    let (expected, got) = (lines(expected), lines(got));
    let (mut a, mut b) = (packets(&expected).peekable(), packets(&got).peekable());
    loop {
        match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(x), Some(y)) if x.0 == y.0 => {
                with(x.1, y.1);
                a.next();
                b.next();
            }
            (Some(x), y) if y.is_none_or(|y| x.0 < y.0) => {
                with(x.1, &[]);
                a.next();
            }
            (_, Some(y)) => {
                with(&[], y.1);
                b.next();
            }
            (Some(_), None) => break,
        }
    }
}

/// The first word of a packet that is not as expected, and what stands there in ours. Numbers are masked, so
/// that what has one cause has one name.
pub fn first_wrong_word(expected: &[&[u8]], got: &[&[u8]]) -> Option<String> {
    let at = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
    let (a, b) = (expected.get(at), got.get(at));
    if a.is_none() && b.is_none() {
        return None;
    }
    let text = |line: Option<&&[u8]>| String::from_utf8_lossy(line.copied().unwrap_or(b"")).into_owned();
    let (a, b) = (text(a), text(b));
    let (a, b): (Vec<_>, Vec<_>) = (a.split_whitespace().collect(), b.split_whitespace().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let part = |words: &[&str]| match words.get(same..) {
        None | Some([]) => "(end)".to_string(),
        Some(rest) => rest.iter().take(3).map(|word| mask(word)).collect::<Vec<_>>().join(" "),
    };
    let before = same.checked_sub(1).and_then(|i| a.get(i)).map_or(String::new(), |word| mask(word));
    Some(format!("{before} | {} | not {}", part(&a), part(&b)))
}

/// A word with each run of digits replaced by `9`.
fn mask(word: &str) -> String {
    let mut masked = String::new();
    for c in word.chars() {
        let digit = c.is_ascii_digit();
        if !digit || !masked.ends_with('9') {
            masked.push(if digit { '9' } else { c });
        }
    }
    masked
}

/// The lines of a text; one that lacks its newline counts.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = text.split(|b| *b == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

/// The lines in packets, with their numbers; what comes before the first has number 0.
fn packets<'l, 't>(lines: &'l [&'t [u8]]) -> impl Iterator<Item = (u64, &'l [&'t [u8]])> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let (first, others) = rest.split_first()?;
        let length = 1 + others.iter().position(|line| number(line).is_some()).unwrap_or(others.len());
        let (packet, more) = rest.split_at(length);
        rest = more;
        Some((number(first).unwrap_or(0), packet))
    })
}

/// The number that `-#` puts in front of a packet: five columns or more, then two blanks.
fn number(line: &[u8]) -> Option<u64> {
    let text = line.trim_ascii_start();
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let at = line.len() - text.len() + digits;
    if digits == 0 || at < 5 || !line.get(at..)?.starts_with(b"  ") || line.starts_with(b"\t") {
        return None;
    }
    std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()
}

/// The longest common subsequence of two short lists of lines.
fn compare<'t>(expected: &[&'t [u8]], got: &[&'t [u8]], out: &mut Vec<Line<'t>>) {
    let same = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
    out.extend(expected.iter().take(same).map(|line| Line::Same(line)));
    let (a, b) = (expected.get(same..).unwrap_or_default(), got.get(same..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, end) = a.split_at(a.len() - tail);
    let (b, _) = b.split_at(b.len() - tail);
    if a.len().saturating_mul(b.len()) > 4_000_000 {
        out.extend(a.iter().map(|line| Line::Missing(line)));
        out.extend(b.iter().map(|line| Line::Extra(line)));
    } else {
        subsequence(a, b, out);
    }
    out.extend(end.iter().map(|line| Line::Same(line)));
}

fn subsequence<'t>(a: &[&'t [u8]], b: &[&'t [u8]], out: &mut Vec<Line<'t>>) {
    let width = b.len() + 1;
    let mut longest = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(Line::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            out.push(Line::Missing(a[i]));
            i += 1;
        } else {
            out.push(Line::Extra(b[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_the_same() {
        let text = b"    1  a\n\tb\n    2  c\n";
        assert!(align(text, text).iter().all(|line| matches!(line, Line::Same(_))));
        assert_eq!(align(text, text).len(), 3);
    }

    #[test]
    fn a_missing_packet_does_not_shift_the_rest() {
        let got = align(b"    1  a\n    2  b\n    3  c\n", b"    1  a\n    3  c\n");
        assert_eq!(got, [Line::Same(b"    1  a"), Line::Missing(b"    2  b"), Line::Same(b"    3  c")]);
        let got = align(b"    2  b\n", b"    1  a\n    2  b\n");
        assert_eq!(got, [Line::Extra(b"    1  a"), Line::Same(b"    2  b")]);
    }

    #[test]
    fn within_a_packet_the_longest_common_part_counts() {
        let got = align(b"    1  a\n\tb\n\tc\n\td\n", b"    1  a\n\tx\n\tc\n");
        let wanted: [Line; 5] = [
            Line::Same(b"    1  a"),
            Line::Missing(b"\tb"),
            Line::Extra(b"\tx"),
            Line::Same(b"\tc"),
            Line::Missing(b"\td"),
        ];
        assert_eq!(got, wanted);
    }

    #[test]
    fn what_is_a_number() {
        assert_eq!(number(b"    1  00:00"), Some(1));
        assert_eq!(number(b"123456  00:00"), Some(123456));
        assert_eq!(number(b"\t123456  x"), None);
        assert_eq!(number(b"    192.168.5.44.59571 > 224.0.0.252.5355: x"), None);
        assert_eq!(number(b"1  x"), None);
    }

    #[test]
    fn wrong_words_of_one_cause_have_one_name() {
        let word = |a: &str, b: &str| first_wrong_word(&[a.as_bytes()], &[b.as_bytes()]);
        let one = word(
            "1  1.2.3.4.67 > 5.6.7.8.68: BOOTP/DHCP, Reply",
            "1  1.2.3.4.67 > 5.6.7.8.68: UDP, length 9",
        );
        let two = word(
            "2  9.9.9.9.67 > 5.6.7.8.68: BOOTP/DHCP, Reply",
            "2  9.9.9.9.67 > 5.6.7.8.68: UDP, length 77",
        );
        assert_eq!(one, two);
        assert_eq!(one.as_deref(), Some("9.9.9.9.9: | BOOTP/DHCP, Reply | not UDP, length 9"));
        assert_eq!(word("a b", "a b"), None);
        assert_eq!(word("a b", "a").as_deref(), Some("a | b | not (end)"));
    }
}
