//! JSON's own manners: what a string must escape, how a number looks (RFC 8259).

/// Appends `bytes` as the inside of a JSON string. Bytes that are not ASCII are escaped one by one, as the
/// characters U+0080 to U+00FF, so that nothing is lost and the result is always valid.
pub fn escape(buf: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'"' => buf.extend_from_slice(b"\\\""),
            b'\\' => buf.extend_from_slice(b"\\\\"),
            b'\n' => buf.extend_from_slice(b"\\n"),
            b'\t' => buf.extend_from_slice(b"\\t"),
            0x20..=0x7e => buf.push(byte),
            _ => {
                buf.extend_from_slice(b"\\u00");
                super::number::hexadecimal(buf, byte.into(), 2);
            }
        }
    }
}

/// A name without the signs that join it to its sentence: blanks, commas, the parentheses around it, or the one before it
/// together with what its colon announces. Empty if nothing is left that is a word.
pub fn bare(name: &str) -> &str {
    let name = name.trim_matches([' ', ',', ':', '/']);
    let name = match name.strip_prefix('(') {
        Some(open) => open.split([')', ':']).next().unwrap_or(open),
        None => name,
    };
    let name = match name.strip_prefix('-') {
        Some(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) => word,
        _ => name,
    };
    if name.contains(|c: char| c.is_ascii_alphanumeric()) { name } else { "" }
}

/// Appends a finite number.
pub fn float(buf: &mut Vec<u8>, n: f64) {
    use std::io::Write;
    let _ = write!(buf, "{n}");
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn names_out_of_their_sentences() {
        for (name, word) in [
            ("Advertisement", "Advertisement"),
            (" NXDomain", "NXDomain"),
            ("Session Reject, ", "Session Reject"),
            (",ECT(1)", "ECT(1)"),
            ("(reserved)", "reserved"),
            ("(padn)", "padn"),
            ("(rtalert: 0x", "rtalert"),
            ("-Map-Request", "Map-Request"),
            ("-1s", "-1s"),
            ("/prefix", "prefix"),
            ("({ ", ""),
            ("+", ""),
        ] {
            assert_eq!(bare(name), word);
        }
    }
}
