//! How packets are saved: the options of rotation, of names, of limits.

use gannet_pcap::savefile::codec::{Codec, Encoder};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// What the options say about savefiles.
#[derive(Clone, Debug, Default)]
pub struct Saving {
    /// `-C`, in bytes.
    pub size: Option<u64>,
    /// `-G`; 0 is none.
    pub seconds: u64,
    /// `-W`.
    pub files: Option<u64>,
    /// `--rotate-packets`.
    pub packets: Option<u64>,
    /// `--rotate-idle`: slices of time end without a packet.
    pub idle: bool,
    /// `--align`: slices of time end where the clock shows a multiple.
    pub align: bool,
    /// `--max-total`, in bytes.
    pub total: Option<u64>,
    /// `-z`.
    pub command: Option<OsString>,
    /// `--postrotate-last`.
    pub command_last: bool,
    /// `--on-full`.
    pub on_full: OnFull,
    /// `--atomic`.
    pub atomic: bool,
    /// `--fsync`.
    pub fsync: bool,
    /// `--compress`: the format and how hard to try, or not at all; else the name tells.
    pub compress: Option<Option<(Codec, Option<u32>)>>,
    /// `--stop-after`.
    pub stop_after: Option<Duration>,
    /// `-Z`.
    pub user: Option<OsString>,
}

/// What is done when the disk is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// The run ends.
    #[default]
    Stop,
    /// It waits for room.
    Wait,
    /// The oldest files of the run are removed.
    Remove,
}

impl Saving {
    /// Several files a slice of time, so that they are numbered.
    pub fn numbered(&self) -> bool {
        self.size.is_some() || self.packets.is_some()
    }

    /// There may be a second file.
    pub fn rotates(&self) -> bool {
        self.numbered() || self.seconds > 0
    }

    /// How a file of this name is compressed.
    pub fn packing(&self, name: &OsStr) -> Option<(Codec, Option<u32>)> {
        let by_name = || crate::run::savefile::sink::codec_of(name.as_bytes()).map(|codec| (codec, None));
        self.compress.unwrap_or_else(by_name)
    }

    /// What does not go together among tcpdump's options, in its order.
    pub fn check(&self, writes: bool) -> [(bool, &'static str); 2] {
        [(self.size.is_some() && !writes, "-C requires -w"), (self.seconds > 0 && !writes, "-G requires -w")]
    }

    /// The same for `-z`, which stands further back.
    pub fn check_command(&self, writes: bool) -> (bool, &'static str) {
        let other = self.packets.is_some() || self.command_last;
        let idle = self.command.is_some() && !(writes && (self.rotates() || other));
        (idle, "-z requires -w and at least one of -C and -G")
    }

    /// The same for our own.
    pub fn check_own(&self, write: Option<&OsStr>) -> Vec<(bool, &'static str)> {
        let lost = write.is_none();
        let once = self.seconds > 0 && self.files == Some(1) && !self.numbered();
        let stream = write == Some(OsStr::new("-"));
        vec![
            (
                stream && self.rotates() && !once,
                "-C, -G and --rotate-packets require -w with the name of a file: standard output cannot be rotated",
            ),
            (self.packets.is_some() && lost, "--rotate-packets requires -w"),
            (self.idle && self.seconds == 0, "--rotate-idle requires -G"),
            (self.align && self.seconds == 0, "--align requires -G"),
            (self.total.is_some() && !self.rotates(), "--max-total requires -C, -G or --rotate-packets"),
            (self.command_last && self.command.is_none(), "--postrotate-last requires -z"),
            (self.atomic && lost, "--atomic requires -w"),
            (self.atomic && stream, "--atomic requires -w with the name of a file"),
            (self.fsync && lost, "--fsync requires -w"),
            (self.on_full != OnFull::Stop && lost, "--on-full requires -w"),
            (self.compress.is_some() && lost, "--compress requires -w"),
        ]
    }
}

/// A number of bytes: bare in millions, as tcpdump always counted; with `k`, `m` or `g` behind it in powers of 1024.
pub fn size(what: &str, text: &OsStr) -> Result<u64, String> {
    let shown = text.to_string_lossy();
    let number = shown.trim_start();
    let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
    let unit = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    if unit.len() == digits.len() {
        return Err(format!("invalid {what} \"{shown}\" (not a valid number)"));
    }
    let count = number.get(..number.len() - unit.len()).unwrap_or_default();
    let unit = match unit {
        "" => 1_000_000,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        _ => return Err(format!("invalid {what} {shown} (invalid units)")),
    };
    // What has no place in 64 bits is too much in any case.
    let count = match count.parse::<i64>() {
        Ok(count @ 1..) => count.unsigned_abs(),
        _ => return Err(format!("invalid {what} {shown} (must be >= 1 and <= {})", i64::MAX)),
    };
    match count.checked_mul(unit).filter(|bytes| *bytes <= i64::MAX as u64) {
        Some(bytes) => Ok(bytes),
        None => Err(format!("{what} {shown} is too large")),
    }
}

/// What is done when the disk is full.
pub fn on_full(text: &OsStr) -> Result<OnFull, String> {
    match text.to_str() {
        Some("stop") => Ok(OnFull::Stop),
        Some("wait") => Ok(OnFull::Wait),
        Some("remove") => Ok(OnFull::Remove),
        _ => Err(format!("invalid --on-full \"{}\" (must be stop, wait or remove)", text.to_string_lossy())),
    }
}

/// A compressed format, and behind a colon how hard to try: `zstd`, `gzip:9`, `none`.
pub fn compression(text: &OsStr) -> Result<Option<(Codec, Option<u32>)>, String> {
    let shown = text.to_string_lossy();
    let wrong = || {
        format!(
            "invalid compression \"{shown}\" (must be none, gzip or gzip:0 to gzip:9, zstd or zstd:1 to zstd:4, lz4)"
        )
    };
    if shown == "none" {
        return Ok(None);
    }
    let (name, level) = match shown.split_once(':') {
        Some((name, level)) => (name, Some(level.parse().map_err(|_| wrong())?)),
        None => (shown.as_ref(), None),
    };
    let codec = Codec::of_name(name).ok_or_else(wrong)?;
    match Encoder::new(codec, std::io::sink(), level) {
        Ok(_) => Ok(Some((codec, level))),
        Err(error) => Err(format!("invalid compression \"{shown}\" ({error})")),
    }
}

/// A length of time: `90`, `30s`, `1h30m`, `250ms`, `2d`. A bare number is seconds.
pub fn duration(what: &str, text: &OsStr) -> Result<Duration, String> {
    let shown = text.to_string_lossy();
    let wrong = || format!("invalid {what} \"{shown}\" (must be a length of time such as 30s, 5m, 1h30m)");
    let mut total = Duration::ZERO;
    let mut rest = shown.as_ref();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let (count, tail) = rest.split_at_checked(rest.len() - behind.len()).unwrap_or((rest, ""));
        let count: u64 = count.parse().map_err(|_| wrong())?;
        let next = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(next).unwrap_or((tail, ""));
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "" if tail.is_empty() && total.is_zero() => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let more = Duration::from_millis(count.checked_mul(millis).ok_or_else(wrong)?);
        total = total.checked_add(more).ok_or_else(wrong)?;
        rest = tail;
    }
    if total.is_zero() { Err(wrong()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let read = |text: &str| size("file size", OsStr::new(text));
        assert_eq!(read("1"), Ok(1_000_000));
        assert_eq!(read("010"), Ok(10_000_000));
        assert_eq!((read("3k"), read("3M"), read("2g")), (Ok(3072), Ok(3 << 20), Ok(2 << 30)));
        for (text, words) in [
            ("", "invalid file size \"\" (not a valid number)"),
            ("k", "invalid file size \"k\" (not a valid number)"),
            ("1x", "invalid file size 1x (invalid units)"),
            ("1kk", "invalid file size 1kk (invalid units)"),
            ("1.5", "invalid file size 1.5 (invalid units)"),
            ("0", "invalid file size 0 (must be >= 1 and <= 9223372036854775807)"),
            ("-1k", "invalid file size -1k (must be >= 1 and <= 9223372036854775807)"),
            (
                "9223372036854775808",
                "invalid file size 9223372036854775808 (must be >= 1 and <= 9223372036854775807)",
            ),
            ("9223372036854775807", "file size 9223372036854775807 is too large"),
            ("9007199254740992k", "file size 9007199254740992k is too large"),
        ] {
            assert_eq!(read(text), Err(words.to_owned()));
        }
    }

    #[test]
    fn lengths_of_time() {
        let read = |text: &str| duration("duration", OsStr::new(text)).map(|d| d.as_millis());
        assert_eq!(
            (read("90"), read("30s"), read("250ms"), read("2d")),
            (Ok(90_000), Ok(30_000), Ok(250), Ok(172_800_000))
        );
        assert_eq!((read("1h30m"), read("1m1s")), (Ok(5_400_000), Ok(61_000)));
        for text in
            ["", "0", "s", "5x", "1m30", "-1s", "1.5s", "99999999999999999999s", "18446744073709551615d"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
