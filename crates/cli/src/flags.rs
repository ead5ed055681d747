//! What was typed, as tcpdump's users type it.
//!
//! - [`getopt`] takes the words apart;
//! - [`table`] one row an option: what it is called, what it sets, what can be wrong with it;
//! - [`keys`] keys and secrets, typed or in files;
//! - [`saving`] what the options say about savefiles;
//! - [`usage`] how the program is used, from the same rows.
//!
//! Options act in the order in which they were typed, `-h` and `--version` at once; what does not go together
//! is found after the last.

pub mod getopt;
pub mod keys;
pub mod number;
pub mod saving;
pub mod table;
pub mod usage;

use crate::failure::{Failure, Program};
use gannet_pcap::LinkType;
use gannet_pcap::bpf::listing::Form;
use gannet_pcap::capture::Stamp;
use gannet_printer::{Layout, Options, Precision, Style};
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt;

/// The options of a run, all of them together.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// What the program was called as.
    pub program: Option<Program>,
    /// Act at once: `-h`, `--version`, `--sandbox-status`.
    pub at_once: Option<Mode>,
    /// `-D`.
    pub list_interfaces: bool,
    /// `-L`.
    pub list_link_types: bool,
    /// `-J`.
    pub list_stamps: bool,
    /// `-j`.
    pub stamp: Option<Stamp>,
    /// `-I`.
    pub monitor: bool,
    /// `-d`, `-dd`, `-ddd`.
    pub dump_code: u8,
    /// `--dump`, which is `-d` in one of our own forms.
    pub dump: Option<Form>,
    /// `-O`: leave the program as it was lowered.
    pub plain_code: bool,
    /// `-i`.
    pub interface: Option<OsString>,
    /// `-p`: not promiscuous.
    pub polite: bool,
    /// `-B`, in bytes.
    pub buffer: Option<usize>,
    /// `-s`; 0 is the longest.
    pub snaplen: u32,
    /// `-Q`.
    pub direction: Direction,
    /// `--immediate-mode`.
    pub immediate: bool,
    /// `-y`.
    pub link_type: Option<LinkType>,
    /// What is read, one file after the other: `-r`, or those that `-V` lists.
    pub read: Vec<OsString>,
    /// `-V`: where they are listed.
    pub list: Option<OsString>,
    /// `--recover`: read on behind damage.
    pub recover: bool,
    /// `-w`.
    pub write: Option<OsString>,
    /// `-U`.
    pub unbuffered: bool,
    /// How packets are saved.
    pub saving: saving::Saving,
    /// `--pcapng`.
    pub pcapng: bool,
    /// `--comment`, as often as it is given.
    pub comments: Vec<String>,
    /// `-c`.
    pub count: Option<u64>,
    /// `--skip`.
    pub skip: u64,
    /// `--threads`: how many copy or print a large file; 0 stands for as many as there are processors.
    pub threads: Option<usize>,
    /// `--no-sandbox`: give nothing up when all is open.
    pub no_sandbox: bool,
    /// `--count`: only say how many.
    pub only_count: bool,
    /// `--print`: print, although `-w` is given.
    pub print: bool,
    /// `--print-sampling`: print each of so many packets; 0 and 1 are all.
    pub sampling: u64,
    /// `-E`, as often as it is given.
    pub keys: Vec<OsString>,
    /// `-M`.
    pub secret: Option<OsString>,
    /// `-l`.
    pub by_line: bool,
    /// `-F`.
    pub filter_file: Option<OsString>,
    /// What is left: the filter, in words.
    pub words: Vec<OsString>,
    /// How often `-t` was given.
    pub time: u8,
    /// `--micro`, `--nano`.
    pub precision: Option<Precision>,
    /// `-x` once or more.
    pub hex: u8,
    /// `-X` once or more.
    pub hex_ascii: u8,
    /// `-A` once or more.
    pub ascii: u8,
    /// `-N`.
    pub short_names: bool,
    /// `-f`: only IPv4 hosts of the network that is captured from have names.
    pub foreign_numeric: bool,
    /// What the dissectors are told.
    pub options: Options,
    /// What stands around a packet's line.
    pub layout: Layout,
}

/// `-Q`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Only packets to this host.
    In,
    /// Only packets from it.
    Out,
    /// Both.
    #[default]
    Both,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Help,
    Version,
    Sandbox,
    Interfaces,
    Stamps,
    LinkTypes,
    Program,
    File,
    Live,
}

/// Reads the arguments behind the program's name.
pub fn parse(program: &Program, args: Vec<OsString>) -> Result<Flags, Failure> {
    let mut flags = Flags { program: Some(program.clone()), ..Flags::default() };
    let shapes: Vec<_> = table::ROWS.iter().map(|row| row.shape).collect();
    let posix = std::env::var_os("POSIXLY_CORRECT").is_some();
    let operands = getopt::parse(args, &shapes, posix, |given| {
        if flags.at_once.is_some() {
            return Ok(());
        }
        let given = given.map_err(|complaint| usage::wrong(program, Some(complaint)))?;
        match table::ROWS.get(given.row) {
            Some(row) => (row.set)(&mut flags, given.value.as_deref().unwrap_or(OsStr::new(""))),
            None => Ok(()),
        }
        .map_err(Failure::Message)
    })?;
    flags.words = operands;
    if flags.at_once.is_none() {
        flags.check().map_err(Failure::Message)?;
        flags.settle();
        flags.look_up()?;
        flags.options.keys = keys::ring(&program.name, &flags.keys, flags.secret.as_deref())?;
    }
    Ok(flags)
}

impl Flags {
    /// What there is to do.
    pub fn mode(&self) -> Mode {
        let code = self.dump_code > 0 || self.dump.is_some();
        // A program alone is for no interface unless one is named; of one that is, lists come first.
        let listed = self.read.is_empty() && (!code || self.interface.is_some());
        match self {
            Flags { at_once: Some(mode), .. } => *mode,
            Flags { list_interfaces: true, .. } => Mode::Interfaces,
            Flags { list_stamps: true, .. } if listed => Mode::Stamps,
            Flags { list_link_types: true, .. } if listed => Mode::LinkTypes,
            _ if code => Mode::Program,
            flags if !flags.read.is_empty() => Mode::File,
            _ => Mode::Live,
        }
    }

    /// The name that messages begin with.
    pub fn name(&self) -> &str {
        self.program.as_ref().map_or("gannet", |program| &program.name)
    }

    /// Packets are printed.
    pub fn prints(&self) -> bool {
        !self.only_count && (self.write.is_none() || self.print)
    }

    /// How times are written.
    pub fn style(&self) -> Style {
        match self.time {
            0 => Style::TimeOfDay,
            1 => Style::None,
            2 => Style::Epoch,
            3 => Style::SincePrevious,
            4 => Style::Date,
            _ => Style::SinceFirst,
        }
    }

    /// The filter's words, joined; or what the file holds that `-F` names, without comments.
    pub fn filter(&self) -> Result<String, Failure> {
        let Some(path) = &self.filter_file else {
            let words: Vec<_> = self.words.iter().map(|word| word.to_string_lossy()).collect();
            return Ok(words.join(" "));
        };
        let open = |error: std::io::Error| {
            Failure::new(format!("can't open {}: {}", path.to_string_lossy(), crate::failure::reason(&error)))
        };
        let text = if path == "-" {
            std::io::read_to_string(std::io::stdin()).map_err(open)?
        } else {
            String::from_utf8_lossy(&std::fs::read(path).map_err(open)?).into_owned()
        };
        Ok(without_comments(&text))
    }

    /// Reads the list of `-V`, a name in each line.
    fn look_up(&mut self) -> Result<(), Failure> {
        let Some(list) = &self.list else { return Ok(()) };
        let text = if list == "-" {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).map(|_| text)
        } else {
            std::fs::read(list)
        };
        let text = text.map_err(|error| {
            Failure::new(format!("can't open {}: {}", shown(list), crate::failure::reason(&error)))
        })?;
        let lines = text.split(|&c| c == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        self.read =
            lines.filter(|line| !line.is_empty()).map(|line| OsStr::from_bytes(line).to_owned()).collect();
        match self.read.is_empty() {
            true => Err(Failure::new(format!("Nothing in {}", shown(list)))),
            false => Ok(()),
        }
    }

    /// What does not go together, in tcpdump's order.
    fn check(&self) -> Result<(), String> {
        let writes = self.write.is_some();
        let [size, seconds] = self.saving.check(writes);
        let exclusive = [
            (self.ascii > 0 && self.hex > 0, "-A and -x[x] are mutually exclusive."),
            (self.ascii > 0 && self.hex_ascii > 0, "-A and -X[X] are mutually exclusive."),
            (self.hex > 0 && self.hex_ascii > 0, "-x[x] and -X[X] are mutually exclusive."),
            size,
            seconds,
            (self.only_count && self.read.is_empty() && self.list.is_none(), "--count requires -r or -V"),
            self.saving.check_command(writes),
            (
                self.count.is_some_and(|count| count + self.skip > i32::MAX as u64),
                "Overflow (-c count) + (--skip count)",
            ),
            (!self.read.is_empty() && self.list.is_some(), "-V and -r are mutually exclusive."),
            (
                self.foreign_numeric && !(self.read.is_empty() && self.list.is_none()),
                "-f can not be used with -V or -r",
            ),
            (self.time > 5, "only -t, -tt, -ttt, -tttt and -ttttt are supported"),
            (
                self.write.as_ref().is_some_and(|name| name.is_empty()),
                "an empty string is not a valid file name",
            ),
        ];
        let own = self.saving.check_own(self.write.as_deref());
        let writes_pcapng = writes && crate::run::pcapng::wanted(self);
        let pcapng = [
            (self.pcapng && !writes, "--pcapng requires -w"),
            (
                !self.comments.is_empty() && !writes_pcapng,
                "--comment requires -w and pcapng: --pcapng, or a name such as x.pcapng",
            ),
        ];
        let json = self.check_json();
        match exclusive.iter().chain(&own).chain(&pcapng).chain(&json).find(|(holds, _)| *holds) {
            Some((_, words)) => Err((*words).to_owned()),
            None => Ok(()),
        }
    }

    /// What `--json` does not go together with.
    fn check_json(&self) -> [(bool, &'static str); 4] {
        let json = self.layout.json;
        [
            (json && self.ascii > 0, "--json and -A are mutually exclusive: -x adds the bytes, in hex"),
            (
                json && self.only_count,
                "--json and --count are mutually exclusive: --count prints a number alone",
            ),
            (json && self.write.is_some() && !self.print, "--json with -w requires --print"),
            (
                json && (self.dump_code > 0
                    || self.dump.is_some()
                    || self.list_interfaces
                    || self.list_link_types),
                "--json is for packets: it does not go together with -d, --dump, -D and -L",
            ),
        ]
    }

    /// What follows from several options together.
    fn settle(&mut self) {
        use gannet_printer::Dump;
        let (dump, times) = match (self.hex, self.hex_ascii, self.ascii) {
            (_, times @ 1.., _) => (Dump::HexAscii, times),
            (times @ 1.., ..) => (Dump::Hex, times),
            (_, _, times @ 1..) => (Dump::Ascii, times),
            _ => (Dump::None, 0),
        };
        self.layout.dump = dump;
        self.layout.dump_link_header = times > 1;
        // Objects hold no names that somebody has to be asked for.
        self.options.numeric |= self.layout.json;
        self.options.interface_name = Some(crate::names::interface);
        self.options.hex_ascii = self.hex_ascii > 0;
        self.options.no_default_dump = self.hex > 0 || self.hex_ascii > 0 || self.options.quiet > 0;
    }
}

/// Blanks what stands behind a `#` on a line, so that what an error points at stays where it is.
fn without_comments(text: &str) -> String {
    let mut comment = false;
    let blank = |c: char| {
        comment = (comment || c == '#') && c != '\n';
        if comment { ' ' } else { c }
    };
    text.chars().map(blank).collect()
}

/// A path as messages show it.
pub fn shown(path: &OsStr) -> String {
    String::from_utf8_lossy(path.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> Result<Flags, String> {
        let program = Program::called("gannet".into());
        parse(&program, line.split_whitespace().map(OsString::from).collect()).map_err(
            |failure| match failure {
                Failure::Message(words) => words,
                Failure::Usage { complaint, .. } => complaint.unwrap_or_default(),
                Failure::Output(error) => error.to_string(),
                Failure::Said | Failure::Status(_) => String::new(),
            },
        )
    }

    #[test]
    fn options_and_words() {
        let flags = flags("-nnvvXs0 -c 5 tcp port 80 -e -w -").unwrap();
        assert!(flags.options.numeric && flags.options.link_header);
        assert_eq!((flags.options.verbose, flags.count, flags.snaplen), (2, Some(5), 0));
        assert_eq!(flags.filter().unwrap(), "tcp port 80");
        assert_eq!(flags.write.as_deref(), Some(OsStr::new("-")));
        assert!(!flags.prints());
    }

    #[test]
    fn what_is_refused_and_how() {
        for (line, words) in [
            ("-c 0", "invalid packet count 0 (must be >= 1 and <= 2147483647)"),
            ("-c 1x", "invalid packet count \"1x\" (not a valid number)"),
            ("-s 300000", "invalid snaplen 300000 (must be >= 0 and <= 262144)"),
            ("-B 2147483647", "packet buffer size 2147483647 is too large"),
            ("-Q sideways", "unknown capture direction 'sideways'"),
            ("-T nothing", "unknown packet type 'nothing'"),
            ("-j nothing", "invalid time stamp type nothing"),
            ("-y NOTHING", "invalid data link type NOTHING"),
            ("-C 1", "-C requires -w"),
            ("-G 1", "-G requires -w"),
            ("-z gzip -w x", "-z requires -w and at least one of -C and -G"),
            ("-z gzip -C 1 -x -A", "-A and -x[x] are mutually exclusive."),
            ("-z gzip -C 1 -G 5", "-C requires -w"),
            ("-G -1", "invalid number of seconds -1 (must be >= 0 and <= 2147483647)"),
            ("-W 0", "invalid number of output files 0 (must be >= 1 and <= 2147483647)"),
            ("-C 5y", "invalid file size 5y (invalid units)"),
            (
                "--stop-after soon",
                "invalid duration \"soon\" (must be a length of time such as 30s, 5m, 1h30m)",
            ),
            ("--align -w x", "--align requires -G"),
            ("--max-total 1g -w x", "--max-total requires -C, -G or --rotate-packets"),
            ("-A -x", "-A and -x[x] are mutually exclusive."),
            ("-V list -r x", "-V and -r are mutually exclusive."),
            ("-f -r x", "-f can not be used with -V or -r"),
            ("-x -X", "-x[x] and -X[X] are mutually exclusive."),
            ("--count", "--count requires -r or -V"),
            ("--json -A", "--json and -A are mutually exclusive: -x adds the bytes, in hex"),
            ("--json -w x", "--json with -w requires --print"),
            ("--json -d", "--json is for packets: it does not go together with -d, --dump, -D and -L"),
            ("-tttttt", "only -t, -tt, -ttt, -tttt and -ttttt are supported"),
            ("-k", "invalid option -- 'k'"),
            ("--time-stamp-precision=pico", "unsupported time stamp precision"),
        ] {
            assert_eq!(flags(line).map(|_| ()), Err(words.to_owned()), "{line}");
        }
    }

    #[test]
    fn lists_come_before_the_program_of_an_interface() {
        for (line, mode) in [
            ("-J", Mode::Stamps),
            ("-J -L -d -i lo", Mode::Stamps),
            ("-L -d -i lo", Mode::LinkTypes),
            ("-J -L -d", Mode::Program),
            ("-J -L -r x", Mode::File),
            ("-d -r x", Mode::Program),
            ("-J -D", Mode::Interfaces),
            ("-I -j ADAPTER", Mode::Live),
        ] {
            assert_eq!(flags(line).unwrap().mode(), mode, "{line}");
        }
    }

    #[test]
    fn help_acts_before_what_follows() {
        assert_eq!(flags("-h -c nonsense -k").unwrap().mode(), Mode::Help);
        assert!(flags("-c nonsense -h").is_err());
    }

    #[test]
    fn comments_leave_the_rest_in_its_place() {
        assert_eq!(without_comments("tcp # web\nport 80 #"), "tcp      \nport 80  ");
    }
}
