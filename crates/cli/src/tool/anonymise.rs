//! `gannet anonymise`: a savefile that can be given away: other addresses, no payload.

use super::files::meter::Meter;
use super::files::{self, Beginning, Output, format_of, one, target};
use super::{Row, flag, option, options};
use crate::failure::{Failure, Program, reason};
use crate::flags::shown;
use crate::run::confine;
use crate::run::note;
use gannet_edit::anonymise::prefix::Manner;
use gannet_edit::anonymise::{Anonymiser, Rules, Unknown, anonymise};
use gannet_edit::headers::Payload;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;

const USAGE: &str = "Usage: gannet anonymise -w output [ --key key ] [ --payload cut|zero|keep ] [ --keep-vendors ]
                        [ --crypto-pan ] savefile

Changes the addresses in all headers, those in tunnels and in quoted packets too, and cuts off what is behind the
headers. IP addresses that share leading bits share as many afterwards. The same address becomes the same in every
run with the same --key: 64 hexadecimal digits, or @FILE, a file of 32 bytes or of such digits. Kept are times,
lengths, ports, VLAN numbers, and addresses that everybody knows: loopback, multicast, broadcast, the prefix of
link-local ones. Right checksums stay right, and wrong ones wrong.
--payload zero keeps the length of the payload, keep its bytes, with all that is said in them.
--keep-vendors keeps the first half of hardware addresses.
--crypto-pan changes ordinary addresses as Crypto-PAn does with the same key: some then look like special ones,
and a few stay as they are.
Nothing else of a pcapng file is kept: no names, secrets and remarks, nothing of the machine and its interfaces.
";

/// How long a key is, in bytes.
const KEY: usize = 32;

#[derive(Default)]
struct Given {
    write: Option<OsString>,
    key: Option<[u8; KEY]>,
    rules: Rules,
}

const ROWS: &[Row<Given>] = &[
    option(Some('w'), Some("write"), |given, value| {
        given.write = Some(value.to_owned());
        Ok(())
    }),
    option(None, Some("key"), |given, value| {
        given.key = Some(key(value)?);
        Ok(())
    }),
    option(None, Some("payload"), |given, value| {
        given.rules.payload = match value.as_bytes() {
            b"cut" => Payload::Cut,
            b"zero" => Payload::Zero,
            b"keep" => Payload::Keep,
            _ => return Err(format!("invalid payload '{}' (type cut, zero or keep)", shown(value))),
        };
        Ok(())
    }),
    flag("keep-vendors", |given, _| {
        given.rules.keep_vendors = true;
        Ok(())
    }),
    flag("crypto-pan", |given, _| {
        given.rules.manner = Manner::CryptoPan;
        Ok(())
    }),
];

/// Anonymises.
pub fn run(program: &Program, args: Vec<OsString>) -> Result<(), Failure> {
    let mut given = Given::default();
    let names = options(args, ROWS, &mut given, USAGE)?;
    let name = one(&names, USAGE)?;
    let write = target(given.write, &names, USAGE)?;
    let key = match given.key {
        Some(key) => key,
        None => random(program)?,
    };
    let mut meter = Meter::new()?;
    confine::tool(&names, Some(&write));
    let mut input = files::open(&name, &meter)?;
    let beginning = Beginning::like(&input, format_of(&write).unwrap_or(input.format()));
    let mut output = Output::create(&write, &beginning)?;
    let mut anonymiser = Anonymiser::new(&key, given.rules);
    let mut unknown = Unknown::default();
    let watch = &mut |progress| meter.watch(progress);
    let done = anonymise(&mut input, &mut output.bare_carrier(), &mut anonymiser, &mut unknown, watch);
    if let Some(link) = unknown.link {
        let link = link.name().map_or_else(|| link.dlt().to_string(), str::to_owned);
        note(format_args!(
            "{}: {} packets of link type {link} were emptied: where addresses are in them is not known",
            program.name, unknown.packets
        ));
    }
    output.settle(done, &names, &mut meter).map(drop)
}

/// A key as it is typed, or as it stands in a file.
fn key(text: &OsStr) -> Result<[u8; KEY], String> {
    let wrong = || format!("invalid key (type {} hexadecimal digits, or @FILE)", 2 * KEY);
    let Some(path) = text.as_bytes().strip_prefix(b"@").map(OsStr::from_bytes) else {
        return digits(text.as_bytes()).ok_or_else(wrong);
    };
    let mut bytes = Vec::new();
    // No key is longer, and a device need not end.
    let most = 2 * KEY as u64 + 64;
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| format!("{}: {}", shown(path), reason(&error)))?;
    let key = <[u8; KEY]>::try_from(bytes.as_slice()).ok().or_else(|| digits(bytes.trim_ascii()));
    key.ok_or_else(|| {
        format!("{}: is no key: it has neither {KEY} bytes nor {} hexadecimal digits", shown(path), 2 * KEY)
    })
}

fn digits(text: &[u8]) -> Option<[u8; KEY]> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let digit = |c: u8| char::from(c).to_digit(16).map(|digit| digit as u8);
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[a, b]| Some(digit(*a)? << 4 | digit(*b)?)).collect();
    bytes?.try_into().ok()
}

/// A key for this run.
fn random(program: &Program) -> Result<[u8; KEY], Failure> {
    const SOURCE: &str = "/dev/urandom";
    let mut key = [0; KEY];
    File::open(SOURCE)
        .and_then(|mut file| file.read_exact(&mut key))
        .map_err(|error| Failure::new(format!("{SOURCE}: {}", reason(&error))))?;
    note(format_args!(
        "{}: the key is random: another run changes addresses into others (name a --key to repeat it)",
        program.name
    ));
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_as_long_as_they_have_to_be() {
        let typed = "00ff".repeat(16);
        assert_eq!(key(OsStr::new(&typed)).unwrap()[..4], [0, 0xff, 0, 0xff]);
        for wrong in ["", "00", "@", &"0g".repeat(32), &"00".repeat(33), &"0".repeat(63)] {
            assert!(key(OsStr::new(wrong)).is_err(), "{wrong}");
        }
    }
}
