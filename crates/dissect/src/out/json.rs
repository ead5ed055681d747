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

/// Appends a finite number.
pub fn float(buf: &mut Vec<u8>, n: f64) {
    use std::io::Write;
    let _ = write!(buf, "{n}");
}
