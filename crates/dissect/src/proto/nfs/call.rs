//! Calls of NFS (RFC 1094, RFC 1813).

use super::attributes::{TYPES, ToSet, all};
use super::handle::handle;
use super::{PROCEDURES, STABILITY, V3, close, common_procedure, name, procedure};
use crate::memory::nfs::Call;
use crate::prelude::*;

/// Bytes before the credentials.
const HEADER: usize = 24;

/// What a client may do with a file; all of them together have a name of their own.
const ACCESS: &[(u32, &str)] = &[
    (0x01, "NFS_ACCESS_READ"),
    (0x02, "NFS_ACCESS_LOOKUP"),
    (0x04, "NFS_ACCESS_MODIFY"),
    (0x08, "NFS_ACCESS_EXTEND"),
    (0x10, "NFS_ACCESS_DELETE"),
    (0x20, "NFS_ACCESS_EXECUTE"),
];
const ACCESS_FULL: u32 = 0x3f;

const BLOCK_DEVICE: u32 = 3;
const CHARACTER_DEVICE: u32 = 4;

/// A call, from its number on.
pub(super) fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.num("length", p.claimed());
    let done = call(cx, p, out);
    close(cx, done, out)
}

fn call(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    all(p.need(HEADER))?;
    let (xid, _, rpc_version, program) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    let (version, number) = (p.be32()?, p.be32()?);
    let (client, server) = (cx.ip.src, cx.ip.dst);
    cx.memory.nfs.insert(Call { xid, client, server, version, procedure: number });
    out.note("rpc_version", rpc_version).note("program", program).note("version", version);
    let number = common_procedure(version, number);
    out.say(" ").name("procedure", number, PROCEDURES, "proc-%u");
    let arguments = Arguments { cx, v3: version == V3 };
    if arguments.known(number) {
        authentication(length, &mut p, out)?;
        arguments.say(number, &mut p, out)?;
    }
    Ok(())
}

/// Steps over credentials and verifier. As much as the length of the whole call is taken for what they may have.
fn authentication(length: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    let left = opaque("credentials", "credentials_flavor", length, p, out)?;
    let left = left.ok_or(Stop::Invalid)?;
    let left = opaque("verifier", "verifier_flavor", left, p, out)?;
    if left.is_some_and(|left| left > 0) { Ok(()) } else { Err(Stop::Invalid) }
}

/// Steps over one of them; what is left of the length behind it.
fn opaque(what: &str, key: &str, length: usize, p: &mut Cursor, out: &mut Out) -> Dissect<Option<usize>> {
    if length < 8 {
        return Err(Stop::Invalid);
    }
    let n = p.at(4).be32()? as usize;
    let flavor = p.be32()?;
    p.skip(4)?;
    out.note(key, flavor);
    if n > length {
        out.say(" [").say(what).say(" length ");
        out.aloud(|out| _ = out.num("", n).say(" > ").num("", length));
        out.say("] (invalid)").note_that("invalid", true);
        return Err(Stop::Invalid);
    }
    let padded = n.next_multiple_of(4);
    all(p.skip(padded))?;
    Ok(length.checked_sub(8 + padded))
}

/// The arguments of a call.
struct Arguments<'a, 'c> {
    cx: &'a Cx<'c>,
    v3: bool,
}

impl Arguments<'_, '_> {
    /// Whether the procedure has arguments that are said.
    fn known(&self, number: u32) -> bool {
        matches!(number, procedure::GETATTR..=procedure::COMMIT)
    }

    fn say(&self, number: u32, p: &mut Cursor, out: &mut Out) -> Dissect {
        self.handle("file", p, out)?;
        match number {
            procedure::LOOKUP
            | procedure::CREATE
            | procedure::MKDIR
            | procedure::REMOVE
            | procedure::RMDIR => self.name("name", p, out),
            procedure::ACCESS => access(p, out),
            procedure::READ => self.read(p, out),
            procedure::WRITE => self.write(p, out),
            procedure::SYMLINK => self.symlink(p, out),
            procedure::MKNOD => self.mknod(p, out),
            procedure::RENAME => {
                self.name("name", p, out)?;
                out.say(" ->");
                self.handle("to_file", p, out)?;
                self.name("to_name", p, out)
            }
            procedure::LINK => {
                out.say(" ->");
                self.handle("to_file", p, out)?;
                self.name("to_name", p, out)
            }
            procedure::READDIR if !self.v3 => {
                let (cookie, count) = (p.be32()?, p.be32()?);
                out.say(" ").num("count", count).say(" bytes @ ").num("cookie", cookie);
                Ok(())
            }
            procedure::READDIR | procedure::READDIRPLUS => self.readdir(number, p, out),
            procedure::COMMIT => {
                let (offset, count) = (p.be64()?, p.be32()?);
                out.say(" ").num("count", count).say(" bytes @ ").num("offset", offset);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn handle(&self, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
        handle(self.cx, key, p, self.v3, out)
    }

    fn name(&self, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
        name(key, p, out.say(" "))
    }

    fn read(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        let (offset, count) = if self.v3 { (p.be64()?, p.be32()?) } else { (p.be32()?.into(), p.be32()?) };
        out.say(" ").num("count", count).say(" bytes @ ").num("offset", offset);
        Ok(())
    }

    fn write(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        if !self.v3 {
            let (begin, offset, total, count) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
            out.say(" ").num("data_length", count).say(" (").num("total", total).say(") bytes @ ");
            out.num("offset", offset).say(" (").num("begin", begin).say(")");
            return Ok(());
        }
        let (offset, count) = (p.be64()?, p.be32()?);
        let stable = p.be32()?;
        let data = p.be32()?;
        out.say(" ").num("data_length", data).say(" (").num("count", count).say(") bytes @ ");
        out.num("offset", offset);
        if self.cx.verbose() > 0 {
            out.say(" <").name("stability", stable, STABILITY, "#%u").say(">");
        }
        Ok(())
    }

    fn symlink(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        self.name("name", p, out)?;
        out.say(" ->");
        let to_set = if self.v3 { ToSet::read(p)? } else { ToSet::default() };
        name("target", p, out)?;
        if self.v3 { to_set.say(self.cx.verbose(), out) } else { Ok(()) }
    }

    fn mknod(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        self.name("name", p, out)?;
        let kind = p.be32()?;
        let to_set = ToSet::read(p)?;
        out.say(" ").name("type", kind, TYPES, "unk-ft %u");
        if self.cx.verbose() > 0 && matches!(kind, BLOCK_DEVICE | CHARACTER_DEVICE) {
            let (major, minor) = (p.be32()?, p.be32()?);
            out.say(" ").num("major", major).say("/").num("minor", minor);
        }
        to_set.say(self.cx.verbose(), out)
    }

    /// Reading a directory on from where the cookie says, if the verifier is the one that came with it.
    fn readdir(&self, number: u32, p: &mut Cursor, out: &mut Out) -> Dissect {
        let (cookie, verifier, count) = (p.be64()?, p.be64()?, p.be32()?);
        out.say(" ").num("count", count).say(" bytes @ ").int("cookie", cookie as i64);
        if self.cx.verbose() == 0 {
            return Ok(());
        }
        if number == procedure::READDIRPLUS {
            let most = p.be32()?;
            out.say(" max ").num("most", most);
        }
        out.say(" verf ").hex0("verifier", verifier, 16);
        Ok(())
    }
}

fn access(p: &mut Cursor, out: &mut Out) -> Dissect {
    let access = p.be32()?;
    if access & !ACCESS_FULL != 0 {
        out.say(" ").hex0("access", access, 4);
    } else if access == ACCESS_FULL {
        out.say(" NFS_ACCESS_FULL").note("access", access);
    } else {
        out.note("access", access);
        let mut between = " ";
        for (bit, name) in ACCESS {
            if access & bit != 0 {
                out.say(std::mem::replace(&mut between, "|")).say(name);
            }
        }
    }
    Ok(())
}
