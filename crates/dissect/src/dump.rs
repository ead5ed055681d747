//! Bytes in hex and ASCII, sixteen to a line.

use crate::out::{hexadecimal, pair};

/// Bytes on one line of a dump.
const LINE: usize = 16;
/// Columns that a group of two bytes takes, with the blank before it.
const GROUP: usize = 5;
/// Columns that the hex half of a full line takes.
const HEX: usize = LINE / 2 * GROUP;
/// Between the halves.
const GAP: usize = 2;

/// Appends a dump in hex; each line begins with `indent`.
pub fn hex(buf: &mut Vec<u8>, bytes: &[u8], indent: &str) {
    for (i, line) in bytes.chunks(LINE).enumerate() {
        begin(buf, i * LINE, indent);
        let columns = 2 * line.len() + line.len().div_ceil(2);
        buf.extend_from_slice(halves(line).get(..columns).unwrap_or_default());
    }
}

/// Appends a dump in hex with the characters beside it; each line begins with `indent`.
pub fn hex_and_ascii(buf: &mut Vec<u8>, bytes: &[u8], indent: &str) {
    for (i, line) in bytes.chunks(LINE).enumerate() {
        begin(buf, i * LINE, indent);
        let mut text = halves(line);
        let columns = 2 * line.len() + line.len().div_ceil(2);
        text.iter_mut().take(HEX).skip(columns).for_each(|column| *column = b' ');
        buf.extend_from_slice(text.get(..HEX + GAP + line.len()).unwrap_or_default());
    }
}

/// Appends a new line and the bytes as characters: tabs, blanks and ends of line are kept, a carriage return
/// before an end of line is dropped, what cannot be printed is a dot.
pub fn ascii(buf: &mut Vec<u8>, bytes: &[u8]) {
    buf.push(b'\n');
    let mut rest = bytes.iter().peekable();
    while let Some(&c) = rest.next() {
        match (c, rest.peek()) {
            (b'\r', None | Some(b'\n')) => {}
            (b'\n' | b'\t' | b' ', _) => buf.push(c),
            _ => buf.push(if c.is_ascii_graphic() { c } else { b'.' }),
        }
    }
}

fn begin(buf: &mut Vec<u8>, offset: usize, indent: &str) {
    buf.extend_from_slice(indent.as_bytes());
    buf.extend_from_slice(b"0x");
    match u16::try_from(offset) {
        Ok(offset) => offset.to_be_bytes().into_iter().for_each(|byte| buf.extend_from_slice(&pair(byte))),
        Err(_) => hexadecimal(buf, offset as u64, 4),
    }
    buf.extend_from_slice(b": ");
}

/// The hex half of a line, and its characters. A line that is not full is filled up with zeros: to write all of
/// one size is twice as fast.
fn halves(line: &[u8]) -> [u8; HEX + GAP + LINE] {
    let mut full = [0; LINE];
    full.iter_mut().zip(line).for_each(|(to, from)| *to = *from);
    let mut text = [b' '; HEX + GAP + LINE];
    let (hex, rest) = text.split_at_mut(HEX);
    for ([first, second], group) in full.as_chunks().0.iter().zip(hex.as_chunks_mut::<GROUP>().0) {
        let ([a, b], [c, d]) = (pair(*first), pair(*second));
        *group = [b' ', a, b, c, d];
    }
    for (c, column) in full.iter().zip(rest.iter_mut().skip(GAP)) {
        *column = if c.is_ascii_graphic() { *c } else { b'.' };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut buf = Vec::new();
        write(&mut buf);
        String::from_utf8(buf).unwrap()
    }

    #[test]
    fn lines_of_sixteen() {
        let bytes: Vec<u8> = (0x3a..0x4b).collect();
        assert_eq!(
            text(|buf| hex_and_ascii(buf, &bytes, "\n\t")),
            "\n\t0x0000:  3a3b 3c3d 3e3f 4041 4243 4445 4647 4849  :;<=>?@ABCDEFGHI\
             \n\t0x0010:  4a                                       J"
        );
        assert_eq!(text(|buf| hex(buf, &bytes[..3], "\n\t")), "\n\t0x0000:  3a3b 3c");
    }

    #[test]
    fn ascii_keeps_lines() {
        assert_eq!(text(|buf| ascii(buf, b"GET /\r\n\tx\ry\x01\r")), "\nGET /\n\tx.y.");
    }
}
