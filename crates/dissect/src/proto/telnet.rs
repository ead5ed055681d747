//! Telnet: commands and options at the beginning of a segment (RFC 854, RFC 855; authentication: RFC 2941; encryption:
//! RFC 2946).
//!
//! ```text
//! | IAC 255 | command |                                   | IAC | will, won't, do, don't | option |
//! | IAC | SB 250 | option | qualifier | data .. | IAC | SE 240 |
//! ```

use crate::prelude::*;

/// Telnet.
pub static TELNET: Protocol = Protocol { name: "telnet", dissect };

const IAC: u8 = 255;
const SE: u8 = 240;
const SB: u8 = 250;
const COMMANDS: NameTable = &[
    (236, "EOF"),
    (237, "SUSP"),
    (238, "ABORT"),
    (239, "EOR"),
    (240, "SE"),
    (241, "NOP"),
    (242, "DMARK"),
    (243, "BRK"),
    (244, "IP"),
    (245, "AO"),
    (246, "AYT"),
    (247, "EC"),
    (248, "EL"),
    (249, "GA"),
    (250, "SB"),
    (251, "WILL"),
    (252, "WONT"),
    (253, "DO"),
    (254, "DONT"),
    (255, "IAC IAC"),
];
/// The commands that have an option behind them.
const OPTION_COMMANDS: std::ops::RangeInclusive<u8> = SB..=254;

const AUTHENTICATION: u8 = 37;
const ENCRYPT: u8 = 38;
const OPTIONS: NameTable = &[
    (0, "BINARY"),
    (1, "ECHO"),
    (2, "RCP"),
    (3, "SUPPRESS GO AHEAD"),
    (4, "NAME"),
    (5, "STATUS"),
    (6, "TIMING MARK"),
    (7, "RCTE"),
    (8, "NAOL"),
    (9, "NAOP"),
    (10, "NAOCRD"),
    (11, "NAOHTS"),
    (12, "NAOHTD"),
    (13, "NAOFFD"),
    (14, "NAOVTS"),
    (15, "NAOVTD"),
    (16, "NAOLFD"),
    (17, "EXTEND ASCII"),
    (18, "LOGOUT"),
    (19, "BYTE MACRO"),
    (20, "DATA ENTRY TERMINAL"),
    (21, "SUPDUP"),
    (22, "SUPDUP OUTPUT"),
    (23, "SEND LOCATION"),
    (24, "TERMINAL TYPE"),
    (25, "END OF RECORD"),
    (26, "TACACS UID"),
    (27, "OUTPUT MARKING"),
    (28, "TTYLOC"),
    (29, "3270 REGIME"),
    (30, "X.3 PAD"),
    (31, "NAWS"),
    (32, "TSPEED"),
    (33, "LFLOW"),
    (34, "LINEMODE"),
    (35, "XDISPLOC"),
    (36, "OLD-ENVIRON"),
    (37, "AUTHENTICATION"),
    (38, "ENCRYPT"),
    (39, "NEW-ENVIRON"),
];

/// What the first byte of a subnegotiation says.
const QUALIFIERS: NameTable = &[(0, "IS"), (1, "SEND"), (2, "INFO")];
const AUTHENTICATION_COMMANDS: NameTable = &[(0, "IS"), (1, "SEND"), (2, "REPLY"), (3, "NAME")];
const AUTHENTICATION_TYPES: NameTable = &[
    (0, "NULL"),
    (1, "KERBEROS_V4"),
    (2, "KERBEROS_V5"),
    (3, "SPX"),
    (4, "MINK"),
    (5, "SRP"),
    (6, "RSA"),
    (7, "SSL"),
    (10, "LOKI"),
    (11, "SSA"),
    (12, "KEA_SJ"),
    (13, "KEA_SJ_INTEG"),
    (14, "DSS"),
    (15, "NTLM"),
];
const ENCRYPTION_COMMANDS: NameTable = &[
    (0, "IS"),
    (1, "SUPPORT"),
    (2, "REPLY"),
    (3, "START"),
    (4, "END"),
    (5, "REQUEST-START"),
    (6, "REQUEST-END"),
    (7, "END_KEYID"),
    (8, "DEC_KEYID"),
];
const ENCRYPTION_TYPES: NameTable = &[
    (0, "NULL"),
    (1, "DES_CFB64"),
    (2, "DES_OFB64"),
    (3, "DES3_CFB64"),
    (4, "DES3_OFB64"),
    (6, "CAST5_40_CFB64"),
    (7, "CAST5_40_OFB64"),
    (8, "CAST128_CFB64"),
    (9, "CAST128_OFB64"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let dumped = cx.options.hex_ascii && cx.verbose() > 2;
    let start = p;
    let mut any = false;
    out.list("commands", |out| {
        while p.claimed() > 0 && p.peek()? == IAC {
            let before = p;
            let Some(command) = Command::read(&mut p)? else { break };
            if dumped {
                out.say(if any { "" } else { "\nTelnet:" });
                dump(before.since(&start), before.sub(p.since(&before)).rest(), command.open, out)?;
            } else {
                out.say(if any { ", " } else { " [telnet " });
            }
            any = true;
            out.item(|out| {
                command.say(out);
                if command.open { Err(Stop::Truncated) } else { Ok(()) }
            })?;
        }
        if any {
            out.say(if dumped { "\n" } else { "]" });
        }
        Ok(())
    })
}

/// A dump of a command, for those who want to see it all; its words stand right of it. Of a command that is open the
/// last byte is missing.
fn dump(offset: usize, command: &[u8], open: bool, out: &mut Out) -> Dissect {
    if !out.hears_words() {
        return Ok(());
    }
    for (i, line) in command.chunks(LINE).enumerate() {
        write!(out, "\n0x{:04x}: ", offset + i * LINE);
        for pair in line.chunks(2) {
            out.say(" ").bytes("", pair);
        }
    }
    match command.len() {
        _ if open => return Err(Stop::Truncated),
        short @ 0..=ONE_LINE => (short..ONE_LINE).for_each(|_| _ = out.say("   ")),
        _ => drop(out.say("\n\t\t\t")),
    }
    out.say("\t");
    Ok(())
}

/// Bytes on a line of a dump.
const LINE: usize = 16;
/// The words of a command of more bytes have a line of their own.
const ONE_LINE: usize = 8;

/// A whole command.
struct Command<'p> {
    code: u8,
    option: Option<u8>,
    /// What stands between the option and the end of its negotiation.
    negotiated: Option<&'p [u8]>,
    /// The segment ends where the end of the negotiation has only begun.
    open: bool,
}

impl<'p> Command<'p> {
    /// Reads one; none if what is here is not one, or not all of one.
    fn read(p: &mut Cursor<'p>) -> Dissect<Option<Self>> {
        let mut command = *p;
        command.skip(1)?;
        if command.claimed() == 0 {
            return Ok(None);
        }
        let code = command.u8()?;
        if crate::out::lookup(COMMANDS, code.into()).is_none() {
            return Ok(None);
        }
        let (mut option, mut negotiated, mut open) = (None, None, false);
        if OPTION_COMMANDS.contains(&code) {
            if command.claimed() == 0 {
                return Ok(None);
            }
            option = Some(command.u8()?);
        }
        if code == SB {
            let Some(length) = negotiation(command)? else { return Ok(None) };
            negotiated = Some(command.take(length)?);
            open = command.claimed() < 2;
            command.pass(2);
        }
        *p = command;
        Ok(Some(Command { code, option, negotiated, open }))
    }

    fn say(&self, out: &mut Out) {
        out.name("command", self.code, COMMANDS, "");
        let Some(option) = self.option else { return };
        out.say(" ").name("option", option, OPTIONS, "0x%x");
        let Some(data) = self.negotiated else { return };
        let (first, second) = match option {
            AUTHENTICATION => (AUTHENTICATION_COMMANDS, Some(AUTHENTICATION_TYPES)),
            ENCRYPT => (ENCRYPTION_COMMANDS, Some(ENCRYPTION_TYPES)),
            _ => (QUALIFIERS, None),
        };
        let data = named("qualifier", first, data, out);
        let data = match second {
            Some(types) => named("type", types, data, out),
            None => data,
        };
        if !data.is_empty() {
            out.aside(|out| _ = out.bytes("data", data));
        }
        for byte in data {
            out.aloud(|out| _ = out.say(" ").name("", *byte, ZERO, "0x%x"));
        }
        out.say(" SE");
    }
}

/// Zero has no prefix.
const ZERO: NameTable = &[(0, "0")];

/// Says the first byte, which has a name or none; gives those behind it.
fn named<'p>(key: &str, names: NameTable, data: &'p [u8], out: &mut Out) -> &'p [u8] {
    let Some((first, rest)) = data.split_first() else { return data };
    out.say(" ").name(key, *first, names, "0x%x");
    rest
}

/// How many bytes of `p` come before the end of the negotiation; none if there is no end.
fn negotiation(p: Cursor) -> Dissect<Option<usize>> {
    let mut at = 0;
    while at + 1 < p.claimed() {
        let [here, next] = p.at(at).array()?;
        if (here, next) == (IAC, SE) {
            break;
        }
        at += 1;
    }
    let last = p.at(at).peek()?;
    Ok((last == IAC).then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn commands_and_options() {
        check(
            &TELNET,
            "fff1 fffb01 fffd03 fffe63 ffff",
            "",
            " [telnet NOP, WILL ECHO, DO SUPPRESS GO AHEAD, DONT 0x63, IAC IAC]",
        );
        check(&TELNET, "fffd01 6c6f67696e", "-v", " [telnet DO ECHO]");
        check(&TELNET, "6c6f67696e fff1", "", "");
        check(&TELNET, "ff01 fff1", "", "");
    }

    #[test]
    fn negotiations() {
        let hex =
            "fffa 18 00 7874 fff0 fffa 25 02 05 00 ff fff0 fffa 26 03 05 fff0 fffa 63 09 fff0 fffa 1f fff0";
        let said = " [telnet SB TERMINAL TYPE IS 0x78 0x74 SE, SB AUTHENTICATION REPLY SRP 0 0xff SE, \
                    SB ENCRYPT START 0x5 SE, SB 0x63 0x9 SE, SB NAWS SE]";
        check(&TELNET, hex, "", said);
        assert_eq!(
            values(&TELNET, "fffa 18 00 7874 fff0 fff9"),
            r#"{"telnet":{"commands":[{"command":250,"option":24,"qualifier":0,"data":"7874"},{"command":249}]}}"#
        );
    }

    #[test]
    fn commands_are_dumped_for_those_who_want_it_all() {
        let hex = "fffd01 fff1 fffa 18 00 787465726d fff0 61";
        let words = "\nTelnet:\n0x0000:  fffd 01               \tDO ECHO\
                     \n0x0003:  fff1                  \tNOP\
                     \n0x0005:  fffa 1800 7874 6572 6dff f0\n\t\t\t\tSB TERMINAL TYPE IS 0x78 0x74 0x65 0x72 0x6d SE\n";
        check(&TELNET, hex, "-vvvX", words);
        check(&TELNET, "fffd01", "-vvX", " [telnet DO ECHO]");
        check(&TELNET, "fffa 18 01 ff", "-vvvX", "\nTelnet:\n0x0000:  fffa 1801 ff [|telnet]");
    }

    #[test]
    fn what_does_not_end_is_not_said() {
        check(&TELNET, "fff1 fffa 18 00 78", "", " [telnet NOP]");
        check(&TELNET, "fff1 ff", "", " [telnet NOP]");
        check(&TELNET, "fff1 fffd", "", " [telnet NOP]");
        check(&TELNET, "fff1 fffa18", "", " [telnet NOP [|telnet]");
        check(&TELNET, "fffa 18 01 ff", "", " [telnet SB TERMINAL TYPE SEND SE [|telnet]");
    }
}
