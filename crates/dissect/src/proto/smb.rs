//! SMB, the server message block protocol of the first generation (source: Microsoft, "MS-CIFS").
//!
//! ```text
//! | 0xff "SMB" | command | error class | 0 | code (2) | flags | flags 2 (2) | signature .. (12) | tree (2)
//! | process (2) | user (2) | multiplex (2) | count of words | words .. | count of bytes (2) | bytes ..
//! ```
//! Commands whose names end in X begin their words with the next command of a chain and its offset.

use crate::parts::fields::{Int::*, Item, Kind, Layout, Message, line, part, text};
use crate::parts::smb_message;
use crate::prelude::*;
use commands::{Command, Layouts};

mod commands;
mod errors;
mod rpc_statuses;
mod statuses;
mod transactions;

/// SMB messages.
pub static SMB: Protocol = Protocol { name: "smb", dissect };
/// SMB over TCP, without NetBIOS: the header is that of a NetBIOS session message, with a longer length.
pub static OVER_TCP: Protocol = Protocol { name: "smb_tcp", dissect: over_tcp };

const OVER_TCP_HEADER: usize = 4;
/// How much the user wants to hear before messages are told field by field.
const TALKATIVE: u8 = 2;

/// Where in the header what is.
const COMMAND: usize = 4;
const ERROR: usize = 5;
const CODE: usize = 7;
const FLAGS1: usize = 9;
const FLAGS2: usize = 10;
const WORDS: usize = 32;
const REPLY: u8 = 0x80;
const WIDE: u16 = 0x8000;
const NT_STATUS: u16 = 0x4000;
/// So many commands may be in a chain: each could tell of all the bytes behind it.
const LONGEST_CHAIN: usize = 64;
/// No further command in a chain.
const NONE: u8 = 0xff;

const HEADER: Layout = Layout::of(&[
    part("", "", Kind::Skip(4)),
    line("command", "SMB Command   =  ", Kind::Hex(U8)),
    line("error_class", "Error class   =  ", Kind::Padded(Item::Hex(U8), 1)),
    line("error_code", "Error code    =  ", Kind::Dec(U16)),
    line("flags1", "Flags1        =  ", Kind::Hex(U8)),
    part("flags2", "Flags2        =  ", Kind::Hex(U8)),
    line("", "", Kind::Skip(13)),
    line("tree", "Tree ID       =  ", Kind::Dec(U16)),
    line("process", "Proc ID       =  ", Kind::Dec(U16)),
    line("user", "UID           =  ", Kind::Dec(U16)),
    line("multiplex", "MID           =  ", Kind::Dec(U16)),
    line("words", "Word Count    =  ", Kind::Dec(U8)),
]);

fn over_tcp(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < OVER_TCP_HEADER || p.captured() < OVER_TCP_HEADER {
        return cx.soft_cut(out);
    }
    let length = p.at(1).be24()? as usize;
    let p = p.at(OVER_TCP_HEADER);
    if length < 4 || !smb_message::begins(p) {
        out.say(" SMB-over-TCP packet:(raw data or continuation?)\n");
        return Ok(());
    }
    if length <= p.captured() {
        out.say(" ");
    }
    smb_message::warn_of_the_rest(length, p, " WARNING", out);
    cx.hand_to(&SMB, p.claiming(length.min(p.captured())), out)
}

/// What one who tells of a message knows of it.
struct Told<'p> {
    message: Message<'p>,
    /// Where the message ends.
    end: usize,
    request: bool,
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let request = p.at(FLAGS1).u8()? & REPLY == 0;
    let command = Command::of(p.at(COMMAND).u8()?);
    out.say(if cx.verbose() >= TALKATIVE { "\n" } else { "" });
    out.say("SMB PACKET: ").say(command.name).say(if request { " (REQUEST)" } else { " (REPLY)" });
    out.note_that("request", request);
    if cx.verbose() < TALKATIVE {
        return Ok(());
    }
    out.say("\n");
    let flags = p.at(FLAGS2).le16()?;
    let mut message = Message { bytes: p, wide: flags & WIDE != 0, counted: None };
    message.say(cx, "header", &HEADER, 0, WORDS + 1, out)?;
    error(&message, flags & NT_STATUS != 0, out)?;
    let mut told = Told { message, end: p.claimed(), request };
    out.list("commands", |out| told.chain(cx, command, out))
}

fn error(message: &Message, is_status: bool, out: &mut Out) -> Dissect {
    let class = message.at(ERROR).u8()?;
    if is_status {
        let status = message.at(ERROR).le32()?;
        if status != 0 {
            let of_rpc = rpc_statuses::NAMES.iter().any(|(known, _)| *known == status);
            let names = if of_rpc { rpc_statuses::NAMES } else { statuses::NAMES };
            out.say("NTError = ").name("status", status, names, "0x%08x").say("\n");
        }
    } else if class != 0 {
        let code = message.at(CODE).le16()?;
        out.aloud(|out| errors::say(class, code, out.say("SMBError = ")));
        out.say("\n");
    }
    Ok(())
}

impl Told<'_> {
    /// A command and those that follow it.
    fn chain(&mut self, cx: &mut Cx, first: &'static Command, out: &mut Out) -> Dissect {
        let (mut command, mut at) = (first, WORDS);
        for _ in 0..LONGEST_CHAIN {
            let count = out.item(|out| {
                out.note("command", command.number);
                self.command(cx, command, at, out)
            })?;
            if !command.chained || count == 0 {
                return Ok(());
            }
            let number = self.message.at(at + 1).u8()?;
            if number == NONE {
                return Ok(());
            }
            let next = usize::from(self.message.at(at + 3).le16()?);
            command = Command::of(number);
            out.say("\nSMB PACKET: ").say(command.name);
            out.say(if self.request { " (REQUEST) (CHAINED)\n" } else { " (REPLY) (CHAINED)\n" });
            if next <= at {
                writeln!(out, "Bad andX offset: {next} <= {at}");
                return Ok(());
            }
            at = next;
        }
        Err(Stop::Invalid)
    }

    /// A command whose words begin at `at`; their count.
    fn command(&mut self, cx: &mut Cx, command: &Command, at: usize, out: &mut Out) -> Dissect<u8> {
        let count = self.message.at(at).u8()?;
        let data = at + 1 + 2 * usize::from(count);
        self.message.counted = None;
        let parts = Parts { words: at + 1, count, data };
        match command.layouts {
            Layouts::Fields { request, reply } => {
                let [words, bytes] = if self.request { request } else { reply };
                self.plain(cx, &parts, words, bytes, out)
            }
            Layouts::Negotiate => self.negotiate(cx, &parts, out),
            Layouts::Setup => self.setup(cx, &parts, out),
            Layouts::Locking => self.locking(cx, &parts, out),
            Layouts::Transaction => self.transaction(cx, &parts, out),
            Layouts::Transaction2 => self.transaction2(cx, &parts, out),
        }?;
        Ok(count)
    }

    fn plain(
        &mut self,
        cx: &Cx,
        parts: &Parts,
        words: Option<&Layout>,
        bytes: Option<&Layout>,
        out: &mut Out,
    ) -> Dissect {
        match words {
            _ if parts.count == 0 => {}
            Some(layout) => _ = self.message.say(cx, "words", layout, parts.words, parts.data, out)?,
            None => self.number_words(parts, out)?,
        }
        let length = self.count_bytes(parts, out)?;
        match bytes {
            _ if length == 0 => Ok(()),
            Some(layout) => {
                let at = parts.bytes();
                self.message.say(cx, "bytes", layout, at, at + length, out).map(drop)
            }
            None => {
                out.say("smb_buf[]=\n");
                self.dump_bytes(parts, length, out)
            }
        }
    }

    /// Words that nobody explains.
    fn number_words(&self, parts: &Parts, out: &mut Out) -> Dissect {
        let end = parts.data.min(self.end);
        let mut p = self.message.between(parts.words, end);
        out.list("words", |out| {
            let mut i = 0;
            while parts.words + 2 * i < end {
                let word = p.le16()?;
                writeln!(out, "smb_vwv[{i}]={word} (0x{word:X})").note("", word);
                i += 1;
            }
            Ok(())
        })
    }

    fn count_bytes(&self, parts: &Parts, out: &mut Out) -> Dissect<usize> {
        let length = self.message.at(parts.data).le16()?;
        out.say("smb_bcc=").num("length", length).say("\n");
        Ok(length.into())
    }

    fn dump_bytes(&self, parts: &Parts, length: usize, out: &mut Out) -> Dissect {
        let at = parts.bytes();
        text::dump("data", self.message.between(at, self.end.min(at + length)), out)
    }

    /// Words that a layout explains or nobody, and bytes likewise, all of them within the message.
    fn bounded(
        &mut self,
        cx: &Cx,
        parts: &Parts,
        words: Option<&Layout>,
        bytes: Option<&Layout>,
        out: &mut Out,
    ) -> Dissect {
        let end = parts.data.min(self.end);
        match words {
            Some(layout) => _ = self.message.say(cx, "words", layout, parts.words, end, out)?,
            None => text::dump("words", self.message.between(parts.words, end), out)?,
        }
        self.bounded_bytes(cx, parts, bytes, out)
    }

    fn bounded_bytes(&mut self, cx: &Cx, parts: &Parts, bytes: Option<&Layout>, out: &mut Out) -> Dissect {
        let length = self.count_bytes(parts, out)?;
        match bytes {
            _ if length == 0 => Ok(()),
            Some(layout) => {
                let at = parts.bytes();
                self.message.say(cx, "bytes", layout, at, self.end.min(at + length), out).map(drop)
            }
            None => self.dump_bytes(parts, length, out),
        }
    }

    fn negotiate(&mut self, cx: &Cx, parts: &Parts, out: &mut Out) -> Dissect {
        let words = match (self.request, parts.count) {
            (true, _) => None,
            (_, 1) => Some(&commands::CORE),
            (_, 13) => Some(&commands::LANMAN),
            (_, 17) => Some(&commands::NT1),
            _ => None,
        };
        self.bounded(cx, parts, words, self.request.then_some(&commands::DIALECTS), out)
    }

    fn setup(&mut self, cx: &Cx, parts: &Parts, out: &mut Out) -> Dissect {
        let (words, bytes) = match (self.request, parts.count) {
            (true, 10) => (Some(&commands::SETUP_LANMAN), None),
            (true, _) => (Some(&commands::SETUP_NT), None),
            (false, 3) => (Some(&commands::SETUP_DONE), None),
            (false, 13) => (Some(&commands::SETUP_DONE_NT), Some(&commands::SETUP_SYSTEM)),
            _ => (None, None),
        };
        self.bounded(cx, parts, words, bytes, out)
    }

    fn locking(&mut self, cx: &Cx, parts: &Parts, out: &mut Out) -> Dissect {
        /// Offsets and lengths have 64 bits.
        const LARGE: u8 = 0x10;
        let bytes = if !self.request {
            None
        } else if self.message.at(parts.words + 6).u8()? & LARGE != 0 {
            Some(&commands::LARGE_LOCKS)
        } else {
            Some(&commands::LOCKS)
        };
        let words = if self.request { &commands::LOCKING } else { &commands::CHAINED };
        if parts.count > 0 {
            self.message.say(cx, "words", words, parts.words, parts.data.min(self.end), out)?;
        }
        self.bounded_bytes(cx, parts, bytes, out)
    }
}

/// Where the parts of a command are.
struct Parts {
    /// Where the words begin.
    words: usize,
    /// How many there are.
    count: u8,
    /// Where the count of bytes is.
    data: usize,
}

impl Parts {
    /// Where the bytes begin.
    fn bytes(&self) -> usize {
        self.data + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, conversation, values};

    /// A header up to its words; the rest of it is zeros but for the process.
    fn message(command: &str, error: &str, flags: &str, rest: &str) -> String {
        format!("ff534d42 {command} {error} {flags} 000000000000000000000000 0000 0100 0000 0000 {rest}")
    }

    /// What is said of such a header.
    fn header(command: &str, flags: &str, words: &str) -> String {
        format!(
            "SMB Command   =  {command}\nError class   =  0x0\nError code    =  0 (0x0)\n{flags}\nTree ID       =  0 (0x0)\n\
             Proc ID       =  1 (0x1)\nUID           =  0 (0x0)\nMID           =  0 (0x0)\nWord Count    =  {words}\n"
        )
    }

    const PLAIN: &str = "Flags1        =  0x0\nFlags2        =  0x0";

    #[test]
    fn dialects() {
        let packet = message("72", "00000000", "00 0000", "00 0600 02 4142 00 02 00");
        check(&SMB, &packet, "-v", "SMB PACKET: SMBnegprot (REQUEST)");
        let said = header("0x72", PLAIN, "0 (0x0)");
        check(
            &SMB,
            &packet,
            "-vv",
            &format!("\nSMB PACKET: SMBnegprot (REQUEST)\n{said}smb_bcc=6\nDialect=AB\nDialect=\n"),
        );
        assert_eq!(
            values(&SMB, &packet),
            r#"{"smb":{"request":true,"header":{"command":114,"error_class":0,"error_code":0,"flags1":0,"flags2":0,"tree":0,"process":1,"user":0,"multiplex":0,"words":0},"commands":[{"command":114,"length":6,"bytes":{"entries":[{"dialect":"AB"},{"dialect":""}]}}]}}"#
        );
    }

    #[test]
    fn errors() {
        let packet = message("10", "01 00 0300", "80 0000", "00 0000");
        let said = header("0x10", "Flags1        =  0x80\nFlags2        =  0x0", "0 (0x0)")
            .replace("class   =  0x0", "class   =  0x1")
            .replace("code    =  0 (0x0)", "code    =  3 (0x3)");
        check(
            &SMB,
            &packet,
            "-vv",
            &format!(
                "\nSMB PACKET: SMBchkpth (REPLY)\n{said}SMBError = ERRDOS - ERRbadpath (Directory invalid.)\nsmb_bcc=0\n"
            ),
        );
        let packet = message("10", "22 00 00c0", "80 0040", "00 0000");
        let said = header("0x10", "Flags1        =  0x80\nFlags2        =  0x0", "0 (0x0)")
            .replace("class   =  0x0", "class   =  0x22")
            .replace("code    =  0 (0x0)", "code    =  49152 (0xc000)");
        check(
            &SMB,
            &packet,
            "-vv",
            &format!("\nSMB PACKET: SMBchkpth (REPLY)\n{said}NTError = STATUS_ACCESS_DENIED\nsmb_bcc=0\n"),
        );
    }

    #[test]
    fn chains() {
        let said = header("0x74", PLAIN, "2 (0x2)");
        check(
            &SMB,
            &message("74", "00000000", "00 0000", "02 71000000 0000"),
            "-vv",
            &format!(
                "\nSMB PACKET: SMBulogoffX (REQUEST)\n{said}smb_vwv[0]=113 (0x71)\nsmb_vwv[1]=0 (0x0)\nsmb_bcc=0\n\n\
                 SMB PACKET: SMBtdis (REQUEST) (CHAINED)\nBad andX offset: 0 <= 32\n"
            ),
        );
        check(
            &SMB,
            &message("74", "00000000", "00 0000", "02 71002700 0000 00 0100 41"),
            "-vv",
            &format!(
                "\nSMB PACKET: SMBulogoffX (REQUEST)\n{said}smb_vwv[0]=113 (0x71)\nsmb_vwv[1]=39 (0x27)\nsmb_bcc=0\n\n\
                 SMB PACKET: SMBtdis (REQUEST) (CHAINED)\nsmb_bcc=1\nsmb_buf[]=\n\
                 [000] 41                                                A \n"
            ),
        );
    }

    #[test]
    fn wide_strings_begin_at_even_offsets() {
        let packet = message("2d", "00000000", "00 0080", "00 0700 00 4100 4200 0000");
        let said = header("0x2D", "Flags1        =  0x0\nFlags2        =  0x0", "0 (0x0)");
        check(&SMB, &packet, "-vv", &format!("\nSMB PACKET: SMBopenX (REQUEST)\n{said}smb_bcc=7\nPath=AB\n"));
    }

    #[test]
    fn times() {
        let said = header("0x4", PLAIN, "3 (0x3)");
        check(
            &SMB,
            &message("04", "00000000", "00 0000", "03 0100 6228 2362 0000"),
            "-vv",
            &format!(
                "\nSMB PACKET: SMBclose (REQUEST)\n{said}Handle=1 (0x1)\nTime=2000-03-02 12:17:06\nsmb_bcc=0\n"
            ),
        );
    }

    #[test]
    fn a_reply_is_taken_for_that_to_the_last_request() {
        let request = message(
            "32",
            "00000000",
            "00 0000",
            "0f 0200 0000 0000 0000 00 00 0000 00000000 0000 0200 4100 0000 0000 01 00 0300 0200 0100",
        );
        let reply = message(
            "32",
            "00000000",
            "80 0000",
            "0a 0000 0200 0000 0000 3700 0000 0200 3700 0000 00 00 0200 4142",
        );
        let said = conversation(&SMB, &[reply.clone(), request, reply], "-vv");
        assert!(said[0].contains("\nTRANSACT2_OPEN param_length=0 data_length=2\n"), "{}", said[0]);
        assert!(said[1].ends_with("smb_bcc=2\nInfoLevel=1 (0x1)\n"), "{}", said[1]);
        assert!(said[2].contains("\nTRANSACT2_QFSINFO param_length=0 data_length=2\n"), "{}", said[2]);
        assert!(said[2].ends_with("smb_bcc=2\nidFileSystem= [|smb]"), "{}", said[2]);
    }

    #[test]
    fn over_tcp() {
        check(&OVER_TCP, "00 000004 fe534d42", "-vv", " SMB-over-TCP packet:(raw data or continuation?)\n");
        check(&OVER_TCP, "00 0000", "", " [|smb_tcp]");
        let packet = message("71", "00000000", "00 0000", "00 0000");
        check(
            &OVER_TCP,
            &format!("00 000024 {packet}"),
            "",
            " WARNING: Packet is continued in later TCP segments\nSMB PACKET: SMBtdis (REQUEST)",
        );
        check(&OVER_TCP, &format!("00 000023 {packet}"), "", " SMB PACKET: SMBtdis (REQUEST)");
    }
}
