//! AoE, ATA over Ethernet (source: S. Hopkins and B. Coile, "AoE (ATA over Ethernet)", AoEr11).
//!
//! ```text
//! | version, flags (1) | error (1) | shelf (2) | slot (1) | command (1) | tag (4) | argument ..
//! ATA:      | flags | error or feature | sectors | command or status | LBA (6) | reserved (2) | data ..
//! query:    | buffers (2) | firmware (2) | sectors | AoE, command | length (2) | configuration ..
//! masks:    | reserved | command | error | directives |  then  | reserved | directive | address (6) | ..
//! reserve:  | command | addresses |  then  | address (6) | ..
//! ```

use crate::prelude::*;

/// AoE.
pub static AOE: Protocol = Protocol { name: "aoe", dissect };

const VERSION: u8 = 1;
const HEADER: usize = 10;
const FLAGS: Flags = &[(0x08, "Response"), (ERROR as u32, "Error"), (0x02, "MBZ-1"), (0x01, "MBZ-0")];
/// The request failed, and the error says why.
const ERROR: u8 = 0x04;
const ERRORS: NameTable = &[
    (1, "Unrecognized command code"),
    (2, "Bad argument parameter"),
    (3, "Device unavailable"),
    (4, "Config string present"),
    (5, "Unsupported version"),
    (6, "Target is reserved"),
];
const COMMANDS: NameTable = &[
    (ATA as u32, "Issue ATA Command"),
    (QUERY as u32, "Query Config Information"),
    (MASKS as u32, "MAC Mask List"),
    (RESERVE as u32, "Reserve/Release"),
];
const ATA: u8 = 0;
const QUERY: u8 = 1;
const MASKS: u8 = 2;
const RESERVE: u8 = 3;

const ATA_FLAGS: Flags = &[
    (0x80, "MBZ-7"),
    (0x40, "Ext48"),
    (0x20, "MBZ-5"),
    (0x10, "Device"),
    (0x08, "MBZ-3"),
    (0x04, "MBZ-2"),
    (0x02, "Async"),
    (0x01, "Write"),
];
const ATA_HEADER: usize = 12;

const QUERY_HEADER: usize = 8;
/// The longest configuration.
const CONFIGURATION: usize = 1024;
const QUERY_COMMANDS: NameTable = &[
    (0, "read config string"),
    (1, "test config string"),
    (2, "test config string prefix"),
    (3, "set config string"),
    (4, "force set config string"),
];

const MASK_HEADER: usize = 4;
const DIRECTIVE: usize = 8;
const MASK_COMMANDS: NameTable = &[(0, "Read Mac Mask List"), (1, "Edit Mac Mask List")];
const MASK_ERRORS: NameTable = &[(1, "Unspecified Error"), (2, "Bad DCmd directive"), (3, "Mask list full")];
const DIRECTIVES: NameTable =
    &[(0, "No Directive"), (1, "Add mac address to mask list"), (2, "Delete mac address from mask list")];

const RESERVE_HEADER: usize = 2;
const ADDRESS: usize = 6;
const RESERVE_COMMANDS: NameTable =
    &[(0, "Read reserve list"), (1, "Set reserve list"), (2, "Force set reserve list")];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("AoE length ").num("length", p.claimed());
    let done = message(cx, &mut p, out);
    cx.close(done, &p, out)
}

fn message(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == 0 {
        return Err(Stop::Invalid);
    }
    let version = p.peek()? >> 4;
    out.say(", Ver ").num("version", version);
    if version != VERSION {
        return Ok(());
    }
    if p.claimed() < HEADER {
        return Err(Stop::Invalid);
    }
    let flags = p.u8()? & 0x0f;
    out.say(", Flags: [").flags("flags", flags, FLAGS, "none").say("]");
    if cx.verbose() == 0 {
        return Ok(());
    }
    if flags & ERROR != 0 {
        let error = p.peek()?;
        out.say("\n\tError: ").name("error", error, ERRORS, "Invalid (%u)");
    }
    p.pass(1);
    let shelf = p.be16()?;
    out.say("\n\tMajor: 0x").hex0("major", shelf, 4);
    let slot = p.u8()?;
    out.say(", Minor: 0x").hex0("minor", slot, 2);
    let command = p.u8()?;
    out.say(", Command: ").name("command", command, COMMANDS, "Unknown (0x%02x)");
    let tag = p.be32()?;
    out.say(", Tag: 0x").hex0("tag", tag, 8);
    match command {
        ATA => ata(p, out),
        QUERY => query(p, out),
        MASKS => masks(p, out),
        RESERVE => reserve(p, out),
        _ => Ok(()),
    }
}

/// A command for the device, or what became of it.
fn ata(p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < ATA_HEADER {
        return Err(Stop::Invalid);
    }
    let flags = p.u8()?;
    out.say("\n\tAFlags: [").flags("ata_flags", flags, ATA_FLAGS, "none").say("]");
    for (words, key) in [
        (", Err/Feature: ", "error_feature"),
        (", Sector Count: ", "sectors"),
        (", Cmd/Status: ", "command_status"),
        ("\n\tlba0: ", "lba0"),
        (", lba1: ", "lba1"),
        (", lba2: ", "lba2"),
        (", lba3: ", "lba3"),
        (", lba4: ", "lba4"),
        (", lba5: ", "lba5"),
    ] {
        let value = p.u8()?;
        out.say(words).num(key, value);
    }
    p.skip(2)?;
    if p.claimed() > 0 {
        out.say("\n\tData: ").num("data_length", p.claimed()).say(" bytes");
    }
    Ok(())
}

/// What the server has room for, and the string that its owner gave it.
fn query(p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < QUERY_HEADER {
        return Err(Stop::Invalid);
    }
    let buffers = p.be16()?;
    out.say("\n\tBuffer Count: ").num("buffers", buffers);
    let firmware = p.be16()?;
    out.say(", Firmware Version: ").num("firmware", firmware);
    let sectors = p.u8()?;
    out.say(", Sector Count: ").num("sectors", sectors);
    let both = p.u8()?;
    out.say(", AoE: ").num("aoe", both >> 4).say(", CCmd: ");
    out.name("query_command", both & 0x0f, QUERY_COMMANDS, "Unknown (0x02x)");
    let length = usize::from(p.be16()?);
    if length > CONFIGURATION || length > p.claimed() {
        return Err(Stop::Invalid);
    }
    if length > 0 {
        out.say("\n\tConfig String (length ").num("configuration_length", length).say("): ");
        out.chars_of("configuration", p, length)?;
    }
    Ok(())
}

/// Who may speak to the server.
fn masks(p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < MASK_HEADER {
        return Err(Stop::Invalid);
    }
    p.pass(1);
    let command = p.u8()?;
    out.say("\n\tMCmd: ").name("mask_command", command, MASK_COMMANDS, "Unknown (0x%02x)");
    let error = p.u8()?;
    out.say(", MError: ").name("mask_error", error, MASK_ERRORS, "Unknown (0x%02x)");
    let count = p.u8()?;
    out.say(", Dir Count: ").num("count", count);
    if usize::from(count) * DIRECTIVE > p.claimed() {
        return Err(Stop::Invalid);
    }
    out.list("directives", |out| {
        for _ in 0..count {
            out.item(|out| {
                p.pass(1);
                let directive = p.u8()?;
                out.say("\n\t DCmd: ").name("directive", directive, DIRECTIVES, "Unknown (0x%02x)");
                let address = p.array()?;
                out.say(", Ethernet Address: ").mac("address", address);
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// For whom the server is reserved.
fn reserve(p: &mut Cursor, out: &mut Out) -> Dissect {
    let held = p.claimed().checked_sub(RESERVE_HEADER).is_some_and(|n| n % ADDRESS == 0);
    if !held {
        return Err(Stop::Invalid);
    }
    let command = p.u8()?;
    out.say("\n\tRCmd: ").name("reserve_command", command, RESERVE_COMMANDS, "Unknown (0x%02x)");
    let count = p.u8()?;
    out.say(", NMacs: ").num("count", count);
    if usize::from(count) * ADDRESS != p.claimed() {
        return Err(Stop::Invalid);
    }
    out.list("addresses", |out| {
        for at in 0..count {
            let address = p.array()?;
            write!(out, "\n\tEthernet Address {at}: ").mac("", address);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEAD: &str = "10 00 0001 02 ";

    #[test]
    fn commands_for_the_device() {
        let hex = "18 00 0001 02 00 00000007 41 00 04 24 010203040506 0000 abcd";
        check(&AOE, hex, "", "AoE length 24, Ver 1, Flags: [Response]");
        check(
            &AOE,
            hex,
            "-v",
            "AoE length 24, Ver 1, Flags: [Response]\
             \n\tMajor: 0x0001, Minor: 0x02, Command: Issue ATA Command, Tag: 0x00000007\
             \n\tAFlags: [Ext48, Write], Err/Feature: 0, Sector Count: 4, Cmd/Status: 36\
             \n\tlba0: 1, lba1: 2, lba2: 3, lba3: 4, lba4: 5, lba5: 6\
             \n\tData: 2 bytes",
        );
    }

    #[test]
    fn queries() {
        let hex = format!("{HEAD} 01 00000007 0010 4001 02 13 0002 6869");
        check(
            &AOE,
            &hex,
            "-v",
            "AoE length 20, Ver 1, Flags: [none]\
             \n\tMajor: 0x0001, Minor: 0x02, Command: Query Config Information, Tag: 0x00000007\
             \n\tBuffer Count: 16, Firmware Version: 16385, Sector Count: 2, AoE: 1, CCmd: set config string\
             \n\tConfig String (length 2): hi",
        );
        assert_eq!(
            values(&AOE, &hex),
            "{\"aoe\":{\"length\":20,\"version\":1,\"flags\":0,\"major\":1,\"minor\":2,\"command\":1,\"tag\":7,\
             \"buffers\":16,\"firmware\":16385,\"sectors\":2,\"aoe\":1,\"query_command\":3,\
             \"configuration_length\":2,\"configuration\":\"hi\"}}"
        );
        check(
            &AOE,
            &hex.replace("13 0002", "1f 0003"),
            "-v",
            "AoE length 20, Ver 1, Flags: [none]\
             \n\tMajor: 0x0001, Minor: 0x02, Command: Query Config Information, Tag: 0x00000007\
             \n\tBuffer Count: 16, Firmware Version: 16385, Sector Count: 2, AoE: 1, CCmd: Unknown (0x02x) (invalid)",
        );
    }

    #[test]
    fn lists_of_addresses() {
        check(
            &AOE,
            &format!("{HEAD} 02 00000007 00 01 00 01 00 01 020000000001"),
            "-v",
            "AoE length 22, Ver 1, Flags: [none]\
             \n\tMajor: 0x0001, Minor: 0x02, Command: MAC Mask List, Tag: 0x00000007\
             \n\tMCmd: Edit Mac Mask List, MError: Unknown (0x00), Dir Count: 1\
             \n\t DCmd: Add mac address to mask list, Ethernet Address: 02:00:00:00:00:01",
        );
        check(
            &AOE,
            "14 06 0001 02 03 00000007 01 01 020000000001",
            "-v",
            "AoE length 18, Ver 1, Flags: [Error]\n\tError: Target is reserved\
             \n\tMajor: 0x0001, Minor: 0x02, Command: Reserve/Release, Tag: 0x00000007\
             \n\tRCmd: Set reserve list, NMacs: 1\n\tEthernet Address 0: 02:00:00:00:00:01",
        );
    }

    #[test]
    fn lies() {
        check(&AOE, "20", "-v", "AoE length 1, Ver 2");
        check(&AOE, "10 00", "-v", "AoE length 2, Ver 1 (invalid)");
        check(
            &AOE,
            &format!("{HEAD} 03 00000007 00 02 020000000001"),
            "-v",
            "AoE length 18, Ver 1, Flags: [none]\
             \n\tMajor: 0x0001, Minor: 0x02, Command: Reserve/Release, Tag: 0x00000007\
             \n\tRCmd: Read reserve list, NMacs: 2 (invalid)",
        );
        check(
            &AOE,
            &format!("{HEAD} 09 00000007"),
            "-v",
            "AoE length 10, Ver 1, Flags: [none]\
             \n\tMajor: 0x0001, Minor: 0x02, Command: Unknown (0x09), Tag: 0x00000007",
        );
    }
}
