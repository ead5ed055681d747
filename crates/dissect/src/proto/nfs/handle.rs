//! File handles. Only the server knows what is in them; tcpdump guesses by the zeros which server made one, and
//! takes the device and the file from where such a server puts them (source: J. Mogul's layouts).

use crate::prelude::*;

/// What version 2's have, in bytes.
const V2: usize = 32;
/// Fewer bytes are never explained.
const EXPLAINED: usize = 16;
/// What nobody made is written down as far as this.
const WRITTEN: usize = 32;

/// What is in a handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Contents {
    File {
        major: u32,
        minor: u32,
        inode: u32,
    },
    /// The name of the device takes the place of its number.
    Named {
        inode: u32,
    },
    Unknown,
}

/// A handle, of a length of its own (version 3) or not.
pub(super) fn handle(cx: &Cx, key: &str, p: &mut Cursor, v3: bool, out: &mut Out) -> Dissect {
    let length = if v3 { p.be32()? as usize / 4 * 4 } else { V2 };
    let bytes = p.take(length).map_err(|_| Stop::Invalid)?;
    if cx.options.raw_handles {
        return raw(key, bytes, out);
    }
    out.aside(|out| {
        out.bytes(key, bytes);
    });
    out.aloud(|out| explain(bytes, out));
    Ok(())
}

fn raw(key: &str, bytes: &[u8], out: &mut Out) -> Dissect {
    out.say(" fh[");
    out.phrase(key, |out| {
        for (i, word) in bytes.as_chunks().0.iter().enumerate() {
            out.say(if i > 0 { ":" } else { "" }).hex("", u32::from_be_bytes(*word));
        }
        Ok(())
    })?;
    out.say("]");
    Ok(())
}

fn explain(bytes: &[u8], out: &mut Out) {
    // Where the device has a name, as many of its characters are said as the handle has words.
    let words = bytes.len() / 4;
    match contents(bytes) {
        Contents::File { major, minor, inode } => {
            write!(out, " fh {major},{minor}/{inode}");
        }
        Contents::Named { inode } => {
            let name = bytes.get(1..).unwrap_or_default();
            let end = name.iter().take(words.min(64)).position(|c| matches!(c, 0 | b' '));
            let name = name.get(..end.unwrap_or(words.min(64))).unwrap_or(name);
            out.say(" fh ").chars("", name).say("/").num("", inode);
        }
        Contents::Unknown => {
            out.say(" fh ").say("Unknown".get(..words).unwrap_or("Unknown")).say("/");
            for byte in bytes.iter().take(WRITTEN) {
                write!(out, "{byte:02X}");
            }
        }
    }
}

fn contents(bytes: &[u8]) -> Contents {
    let Some(&start) = bytes.first_chunk::<EXPLAINED>() else { return Contents::Unknown };
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = start;
    let file = |major: u32, minor: u32, inode: u32| Contents::File { major, minor, inode };
    let fourth = u32::from_be_bytes([m, n, o, p]);
    let fourth_swapped = fourth.swap_bytes();
    let osf = || {
        let device = u32::from_le_bytes([a, b, c, d]);
        file(device >> 20, device & 0xf_ffff, fourth_swapped)
    };
    match start {
        [0, 0, 0, 0, ..] => file(g.into(), h.into(), fourth),
        [0, 0, _, _, 1..=255, 0, _, _, 12, 0, ..] => osf(),
        [0, 0, _, _, 0, 8, 0, 0, ..] => file(c.into(), d.into(), u32::from_be_bytes([i, j, k, l])),
        [0, 0, ..] => file(c.into(), d.into(), fourth),
        [_, _, 0, 0, _, _, 0, 0, ..] => file(b.into(), a.into(), fourth_swapped),
        [_, _, 0, 0, ..] if matches!(bytes.get(20..24), Some([_, 0, _, 0])) => {
            file(b.into(), a.into(), u32::from_le_bytes([e, f, g, h]))
        }
        [_, _, 0, 0, _, _, _, _, _, 10, ..] => solaris(a, b, c, d, fourth),
        [_, _, 0, 0, ..] => Contents::Unknown,
        [_, _, _, _, _, _, _, _, 12, 0, ..] => osf(),
        [_, _, _, _, 0, 0, 0, 0, 0, 10, ..] => file(a.into(), u32::from_be_bytes([0, b, c, d]), fourth),
        [_, _, _, _, _, _, _, _, 0, 10, ..] => solaris(a, b, c, d, fourth),
        _ => vms(bytes),
    }
}

/// Fourteen bits of major number, eighteen of minor.
fn solaris(a: u8, b: u8, c: u8, d: u8, inode: u32) -> Contents {
    let device = u32::from_be_bytes([a, b, c, d]);
    Contents::File { major: device >> 18, minor: device & 0x3_ffff, inode }
}

/// A code, and the name of the device: graphic characters, and zeros behind them.
fn vms(bytes: &[u8]) -> Contents {
    let Some(start) = bytes.first_chunk::<28>() else { return Contents::Unknown };
    let [_, name @ ..] = start;
    let name = name.first_chunk::<13>().unwrap_or(&[0; 13]);
    let end = name.iter().position(|c| !(c.is_ascii_graphic() || *c == b' ')).unwrap_or(name.len());
    if name.iter().skip(end).any(|c| *c != 0) {
        return Contents::Unknown;
    }
    let [.., c22, c23, _, _, c26, c27] = *start;
    Contents::Named { inode: u32::from_be_bytes([c26, c27, c23, c22]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::bytes;

    #[test]
    fn servers_are_told_apart() {
        let file = |major, minor, inode| Contents::File { major, minor, inode };
        for (hex, what) in [
            ("00000000 00000102 00000000 0000000a", file(1, 2, 10)),
            ("0000 0102 05000000 0c000000 0a000000", file(0x20, 0x10000, 10)),
            ("0000 0102 00080000 0000000b 0000000a", file(1, 2, 11)),
            ("0000 0102 00000007 0000000b 0000000a", file(1, 2, 10)),
            ("0201 0000 00000000 00000000 0a000000", file(1, 2, 10)),
            ("0201 0000 0b000100 00000000 00000000 00000000 00000000", file(1, 2, 0x1000b)),
            ("0201 0000 00000001 000a0000 0000000a 01010101", file(128, 65536, 10)),
            ("0201 0000 00000001 00000000 0000000a 01010101", Contents::Unknown),
            ("0102 0304 00000001 0c000000 0a000000", file(64, 0x30201, 10)),
            ("0102 0304 00000000 000a0000 0000000a", file(1, 0x20304, 10)),
            ("0102 0304 00000002 000a0000 0000000a", file(64, 0x20304, 10)),
            ("0102 0304 00000002 010a0000 0000000a", Contents::Unknown),
            ("0102 0304 00000002 010a0000", Contents::Unknown),
        ] {
            assert_eq!(contents(&bytes(hex)), what, "{hex}");
        }
        let named = "01 44534b31202000000000000000 0000 00000000 0000 0203 0000 0405 00000000";
        assert_eq!(contents(&bytes(named)), Contents::Named { inode: 0x04050302 });
    }
}
