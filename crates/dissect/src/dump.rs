//! Bytes in hex and ASCII, sixteen to a line.

use crate::out::Number;

/// Bytes on one line of a dump.
const LINE: usize = 16;
/// Columns that the hex half of a full line takes, for the ASCII half to begin at.
const HEX_COLUMNS: usize = 40;

/// Appends a dump in hex; each line begins with `indent`.
pub fn hex(buf: &mut Vec<u8>, bytes: &[u8], indent: &str) {
    for (i, line) in bytes.chunks(LINE).enumerate() {
        begin(buf, i * LINE, indent);
        groups(buf, line);
    }
}

/// Appends a dump in hex with the characters beside it; each line begins with `indent`.
pub fn hex_and_ascii(buf: &mut Vec<u8>, bytes: &[u8], indent: &str) {
    for (i, line) in bytes.chunks(LINE).enumerate() {
        begin(buf, i * LINE, indent);
        let start = buf.len();
        groups(buf, line);
        buf.resize(start + HEX_COLUMNS, b' ');
        buf.extend_from_slice(b"  ");
        buf.extend(line.iter().map(|&c| if c.is_ascii_graphic() { c } else { b'.' }));
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
    crate::out::hexadecimal(buf, offset.wide(), 4);
    buf.extend_from_slice(b": ");
}

fn groups(buf: &mut Vec<u8>, line: &[u8]) {
    for group in line.chunks(2) {
        buf.push(b' ');
        for byte in group {
            crate::out::hexadecimal(buf, (*byte).into(), 2);
        }
    }
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
