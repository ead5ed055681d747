//! One row an option: what it is called, what its value is called, what it sets.
//!
//! The letters `k`, `o` and `P` stay free: other systems' tcpdumps have given them meanings of their own.

use super::getopt::Shape;
use super::number::{any_base, decimal};
use super::{Direction, Flags, Mode, saving};
use gannet_pcap::LinkType;
use gannet_pcap::capture::Stamp;
use gannet_printer::{MAX_SNAPLEN, Precision, dissect};
use std::ffi::OsStr;

/// An option.
pub struct Row {
    /// What it is called.
    pub shape: Shape,
    /// What its value is called where the usage is shown; empty if it has none.
    pub value: &'static str,
    /// Sets it, or says why not.
    pub set: fn(&mut Flags, &OsStr) -> Result<(), String>,
}

const MOST: u64 = i32::MAX as u64;

const fn letter(short: char, set: fn(&mut Flags, &OsStr) -> Result<(), String>) -> Row {
    Row { shape: Shape { short: Some(short), long: None, value: false, ours: false }, value: "", set }
}

const fn word(long: &'static str, set: fn(&mut Flags, &OsStr) -> Result<(), String>) -> Row {
    Row { shape: Shape { short: None, long: Some(long), value: false, ours: false }, value: "", set }
}

impl Row {
    const fn or(mut self, long: &'static str) -> Row {
        self.shape.long = Some(long);
        self
    }

    /// Not tcpdump's.
    const fn ours(mut self) -> Row {
        self.shape.ours = true;
        self
    }

    const fn takes(mut self, value: &'static str) -> Row {
        self.shape.value = true;
        self.value = value;
        self
    }
}

/// Adds one to how often an option was given.
fn more(times: &mut u8) -> Result<(), String> {
    *times = times.saturating_add(1);
    Ok(())
}

fn yes(flag: &mut bool) -> Result<(), String> {
    *flag = true;
    Ok(())
}

/// All options, in the order of their letters.
pub const ROWS: &[Row] = &[
    letter('a', |_, _| Ok(())),
    letter('A', |f, _| more(&mut f.ascii)),
    word("align", |f, _| yes(&mut f.saving.align)).ours(),
    word("atomic", |f, _| yes(&mut f.saving.atomic)).ours(),
    letter('b', |f, _| yes(&mut f.options.asdot)),
    letter('B', buffer).or("buffer-size").takes("size"),
    letter('c', |f, v| decimal("packet count", v, 1, MOST).map(|n| f.count = Some(n))).takes("count"),
    word("comment", comment).takes("text").ours(),
    word("compress", |f, v| saving::compression(v).map(|how| f.saving.compress = Some(how)))
        .takes("format")
        .ours(),
    word("count", |f, _| yes(&mut f.only_count)),
    letter('C', |f, v| saving::size("file size", v).map(|n| f.saving.size = Some(n))).takes("file_size"),
    letter('d', |f, _| more(&mut f.dump_code)),
    word("dump", |f, v| crate::tool::bpf::form(v).map(|form| f.dump = Some(form))).takes("form").ours(),
    letter('D', |f, _| yes(&mut f.list_interfaces)).or("list-interfaces"),
    letter('e', |f, _| yes(&mut f.options.link_header)),
    letter('E', |f, v| add(&mut f.keys, v)).takes("algo:secret"),
    letter('f', |f, _| yes(&mut f.foreign_numeric)),
    letter('F', |f, v| set(&mut f.filter_file, v)).takes("file"),
    word("fsync", |f, _| yes(&mut f.saving.fsync)).ours(),
    letter('g', |f, _| yes(&mut f.options.one_line)).or("ip-oneline"),
    letter('G', |f, v| decimal("number of seconds", v, 0, MOST).map(|n| f.saving.seconds = n))
        .takes("seconds"),
    letter('h', |f, _| set_mode(f, Mode::Help)).or("help"),
    letter('H', |f, _| yes(&mut f.options.mesh_header)),
    letter('i', |f, v| set(&mut f.interface, v)).or("interface").takes("interface"),
    letter('I', |f, _| yes(&mut f.monitor)).or("monitor-mode"),
    word("immediate-mode", |f, _| yes(&mut f.immediate)),
    letter('j', stamp).or("time-stamp-type").takes("tstamptype"),
    letter('J', |f, _| yes(&mut f.list_stamps)).or("list-time-stamp-types"),
    word("json", |f, _| yes(&mut f.layout.json)).ours(),
    letter('K', |f, _| yes(&mut f.options.trust_checksums)).or("dont-verify-checksums"),
    letter('l', |f, _| yes(&mut f.by_line)),
    letter('L', |f, _| yes(&mut f.list_link_types)).or("list-data-link-types"),
    word("lengths", |f, _| yes(&mut f.layout.lengths)),
    letter('m', module).takes("module"),
    letter('M', |f, v| set(&mut f.secret, v)).takes("secret"),
    word("max-total", |f, v| saving::size("total size", v).map(|n| f.saving.total = Some(n)))
        .takes("size")
        .ours(),
    word("micro", |f, _| set_precision(f, Precision::Micro)),
    letter('n', |f, _| yes(&mut f.options.numeric)),
    word("nano", |f, _| set_precision(f, Precision::Nano)),
    letter('N', |f, _| yes(&mut f.short_names)),
    word("no-sandbox", |f, _| yes(&mut f.no_sandbox)).ours(),
    letter('#', |f, _| yes(&mut f.layout.number)).or("number"),
    letter('O', |f, _| yes(&mut f.plain_code)).or("no-optimize"),
    word("on-full", |f, v| saving::on_full(v).map(|how| f.saving.on_full = how))
        .takes("stop|wait|remove")
        .ours(),
    letter('p', |f, _| yes(&mut f.polite)).or("no-promiscuous-mode"),
    word("pcapng", |f, _| yes(&mut f.pcapng)).ours(),
    word("postrotate-last", |f, _| yes(&mut f.saving.command_last)).ours(),
    word("print", |f, _| yes(&mut f.print)),
    word("print-sampling", sampling).takes("nth"),
    letter('q', |f, _| more(&mut f.options.quiet)),
    letter('Q', direction).or("direction").takes("in|out|inout"),
    letter('r', |f, v| one(&mut f.read, v)).takes("file"),
    word("recover", |f, _| yes(&mut f.recover)).ours(),
    word("rotate-idle", |f, _| yes(&mut f.saving.idle)).ours(),
    word("rotate-packets", rotate_packets).takes("count").ours(),
    letter('s', snaplen).or("snapshot-length").takes("snaplen"),
    word("sandbox-status", |f, _| set_mode(f, Mode::Sandbox)).ours(),
    letter('S', |f, _| yes(&mut f.options.absolute_seq)).or("absolute-tcp-sequence-numbers"),
    word("skip", |f, v| any_base("packet skip count", v, 0, MOST).map(|n| f.skip = n)).takes("count"),
    word("stop-after", stop_after).takes("duration").ours(),
    letter('t', |f, _| more(&mut f.time)),
    letter('T', payload).takes("type"),
    word("threads", |f, v| decimal("number of threads", v, 0, 256).map(|n| f.threads = Some(n as usize)))
        .takes("count")
        .ours(),
    word("time-stamp-precision", precision).takes("precision"),
    letter('u', |f, _| yes(&mut f.options.raw_handles)),
    letter('U', |f, _| yes(&mut f.unbuffered)).or("packet-buffered"),
    letter('v', |f, _| more(&mut f.options.verbose)),
    word("version", |f, _| set_mode(f, Mode::Version)),
    letter('V', |f, v| set(&mut f.list, v)).takes("file"),
    letter('w', |f, v| set(&mut f.write, v)).takes("file"),
    letter('W', files).takes("filecount"),
    letter('x', |f, _| more(&mut f.hex)),
    letter('X', |f, _| more(&mut f.hex_ascii)),
    letter('y', link_type).or("linktype").takes("datalinktype"),
    letter('z', |f, v| set(&mut f.saving.command, v)).takes("postrotate-command"),
    letter('Z', |f, v| set(&mut f.saving.user, v)).or("relinquish-privileges").takes("user"),
];

fn set(place: &mut Option<std::ffi::OsString>, value: &OsStr) -> Result<(), String> {
    *place = Some(value.to_owned());
    Ok(())
}

/// Modules of SNMP's names are not loaded, as in most tcpdumps there are.
fn module(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let words =
        format_args!("ignoring option `-m {}' (no libsmi support)", value.to_string_lossy()).to_string();
    crate::run::note(format_args!("{}: {words}", flags.name()));
    Ok(())
}

fn one(places: &mut Vec<std::ffi::OsString>, value: &OsStr) -> Result<(), String> {
    *places = vec![value.to_owned()];
    Ok(())
}

fn add(places: &mut Vec<std::ffi::OsString>, value: &OsStr) -> Result<(), String> {
    places.push(value.to_owned());
    Ok(())
}

/// Who does not see all segments cannot count from the first.
fn sampling(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    flags.sampling = decimal("print sampling", value, 1, MOST)?;
    (flags.print, flags.options.absolute_seq) = (true, true);
    Ok(())
}

fn set_mode(flags: &mut Flags, mode: Mode) -> Result<(), String> {
    flags.at_once = Some(mode);
    Ok(())
}

fn set_precision(flags: &mut Flags, precision: Precision) -> Result<(), String> {
    flags.precision = Some(precision);
    Ok(())
}

fn buffer(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let kib = decimal("packet buffer size", value, 1, MOST)?;
    if kib > MOST / 1024 {
        return Err(format!("packet buffer size {} is too large", value.to_string_lossy()));
    }
    flags.buffer = Some(kib as usize * 1024);
    Ok(())
}

fn comment(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    const MOST: usize = 65_535;
    let text = value.to_string_lossy().into_owned();
    if text.len() > MOST {
        return Err(format!("a comment of {} bytes is too long: {MOST} is the most", text.len()));
    }
    flags.comments.push(text);
    Ok(())
}

fn files(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    decimal("number of output files", value, 1, MOST).map(|n| flags.saving.files = Some(n))
}

fn rotate_packets(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    decimal("number of packets", value, 1, u64::MAX).map(|n| flags.saving.packets = Some(n))
}

fn stop_after(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    saving::duration("duration", value).map(|length| flags.saving.stop_after = Some(length))
}

fn snaplen(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    flags.snaplen = any_base("snaplen", value, 0, MAX_SNAPLEN.into())? as u32;
    Ok(())
}

fn direction(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let shown = value.to_string_lossy();
    flags.direction = match shown.to_ascii_lowercase().as_str() {
        "in" => Direction::In,
        "out" => Direction::Out,
        "inout" => Direction::Both,
        _ => return Err(format!("unknown capture direction '{shown}'")),
    };
    Ok(())
}

fn stamp(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let shown = value.to_string_lossy();
    flags.stamp = Some(Stamp::from_name(&shown).ok_or_else(|| format!("invalid time stamp type {shown}"))?);
    Ok(())
}

/// Any beginning of the two words will do.
fn precision(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let shown = value.to_string_lossy();
    let begins = |word: &str| !shown.is_empty() && word.starts_with(&*shown);
    flags.precision = Some(match () {
        () if begins("micro") => Precision::Micro,
        () if begins("nano") => Precision::Nano,
        () => return Err("unsupported time stamp precision".to_owned()),
    });
    Ok(())
}

fn payload(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let shown = value.to_string_lossy();
    flags.options.payload = dissect::proto::by_word(&shown);
    match flags.options.payload {
        Some(_) => Ok(()),
        None => Err(format!("unknown packet type '{shown}'")),
    }
}

fn link_type(flags: &mut Flags, value: &OsStr) -> Result<(), String> {
    let shown = value.to_string_lossy();
    flags.link_type = LinkType::from_name(&shown);
    match flags.link_type {
        Some(_) => Ok(()),
        None => Err(format!("invalid data link type {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice() {
        for (i, row) in ROWS.iter().enumerate() {
            for other in &ROWS[i + 1..] {
                assert!(row.shape.short.is_none() || row.shape.short != other.shape.short);
                assert!(row.shape.long.is_none() || row.shape.long != other.shape.long);
            }
        }
    }

    /// Beginnings of tcpdump's words that are clear there are clear here.
    #[test]
    fn words_cut_short_as_in_tcpdump() {
        let theirs: Vec<_> =
            ROWS.iter().filter(|row| !row.shape.ours).filter_map(|row| row.shape.long).collect();
        let known = [
            "absolute-tcp-sequence-numbers",
            "buffer-size",
            "count",
            "direction",
            "dont-verify-checksums",
            "help",
            "immediate-mode",
            "interface",
            "ip-oneline",
            "lengths",
            "linktype",
            "list-data-link-types",
            "list-interfaces",
            "list-time-stamp-types",
            "micro",
            "monitor-mode",
            "nano",
            "no-optimize",
            "no-promiscuous-mode",
            "number",
            "packet-buffered",
            "print",
            "print-sampling",
            "relinquish-privileges",
            "skip",
            "snapshot-length",
            "time-stamp-precision",
            "time-stamp-type",
            "version",
        ];
        for word in theirs {
            assert!(known.contains(&word), "{word} is ours: say so in its row");
        }
    }

    #[test]
    fn letters_of_other_systems_stay_free() {
        assert!(ROWS.iter().all(|row| !matches!(row.shape.short, Some('k' | 'o' | 'P'))));
    }
}
