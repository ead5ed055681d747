//! Replies of NFS (RFC 1094, RFC 1813), which only what is remembered of the call explains.

use super::attributes::{after, all, attributes, before_and_after};
use super::handle::handle;
use super::{PROCEDURES, STABILITY, V3, close, common_procedure, name, procedure, time};
use crate::prelude::*;

const ACCEPTED: u32 = 0;
const DENIED: u32 = 1;
const MISMATCH: u32 = 0;
const UNAUTHENTIC: u32 = 1;
const AUTHENTICATION: NameTable = &[
    (0, "OK"),
    (1, "Bogus Credentials (seal broken)"),
    (2, "Rejected Credentials (client should begin new session)"),
    (3, "Bogus Verifier (seal broken)"),
    (4, "Verifier expired or was replayed"),
    (5, "Credentials are too weak"),
    (6, "Bogus response verifier"),
    (7, "Unknown failure"),
];
/// Why there are no results.
const NO_RESULTS: NameTable =
    &[(1, "PROG_UNAVAIL"), (2, "PROG_MISMATCH"), (3, "PROC_UNAVAIL"), (4, "GARBAGE_ARGS"), (5, "SYSTEM_ERR")];

/// RFC 1094, RFC 1813, and what BSD calls the errors of its own that servers send.
const ERRORS: NameTable = &[
    (1, "Operation not permitted"),
    (2, "No such file or directory"),
    (5, "Input/output error"),
    (6, "Device not configured"),
    (11, "Resource deadlock avoided"),
    (12, "Cannot allocate memory"),
    (13, "Permission denied"),
    (17, "File exists"),
    (18, "Cross-device link"),
    (19, "Operation not supported by device"),
    (20, "Not a directory"),
    (21, "Is a directory"),
    (22, "Invalid argument"),
    (26, "Text file busy"),
    (27, "File too large"),
    (28, "No space left on device"),
    (30, "Read-only file system"),
    (31, "Too many links"),
    (45, "Operation not supported"),
    (62, "Too many levels of symbolic links"),
    (63, "File name too long"),
    (66, "Directory not empty"),
    (69, "Disc quota exceeded"),
    (70, "Stale NFS file handle"),
    (71, "Too many levels of remote in path"),
    (99, "Write cache flushed to disk"),
    (10001, "Illegal NFS file handle"),
    (10002, "Update synchronization mismatch"),
    (10003, "READDIR/READDIRPLUS cookie is stale"),
    (10004, "Operation not supported"),
    (10005, "Buffer or request is too small"),
    (10006, "Unspecified error on server"),
    (10007, "Object of that type not supported"),
    (10008, "Request couldn't be completed in time"),
];

const V2_STATFS: usize = 20;
const V3_STATFS: usize = 52;
const FSINFO: usize = 48;
const PATHCONF: usize = 24;

/// A reply, from its number on.
pub(in crate::proto) fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let done = reply(cx, p, out);
    close(cx, done, out)
}

fn reply(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    all(p.need(12))?;
    let (xid, _, status) = (p.be32()?, p.be32()?, p.be32()?);
    out.note("status", status);
    match status {
        ACCEPTED => {
            out.say("reply ok ").num("length", length);
            let (client, server) = (cx.ip.dst, cx.ip.src);
            let call = |call: &crate::memory::nfs::Call| {
                call.xid == xid && call.client == client && call.server == server
            };
            match cx.memory.nfs.find(call) {
                Some(call) => accepted(cx, call.version, call.procedure, length, p, out),
                None => Ok(()),
            }
        }
        DENIED => {
            out.say("reply ERR ").num("length", length).say(": ");
            denied(p, out)
        }
        _ => {
            out.aloud(|out| _ = out.say("reply Unknown rpc response code=").num("", status).say(" "));
            out.num("length", length);
            Ok(())
        }
    }
}

fn denied(mut p: Cursor, out: &mut Out) -> Dissect {
    all(p.need(4))?;
    let why = p.be32()?;
    out.note("reason", why);
    match why {
        MISMATCH => {
            all(p.need(8))?;
            let (low, high) = (p.be32()?, p.be32()?);
            out.say("RPC Version mismatch (").num("low", low).say("-").num("high", high).say(")");
        }
        UNAUTHENTIC => {
            all(p.need(4))?;
            let failure = p.be32()?;
            out.say("Auth ").name("failure", failure, AUTHENTICATION, "Invalid failure code %u");
        }
        _ => {
            out.say("Unknown reason for rejecting rpc message ").aloud(|out| _ = out.num("", why));
        }
    }
    Ok(())
}

/// The reply to a call that is remembered. Behind an error, nobody misses the results.
fn accepted(cx: &Cx, version: u32, number: u32, length: usize, p: Cursor, out: &mut Out) -> Dissect {
    let number = common_procedure(version, number);
    out.note("version", version);
    out.say(" ").name("procedure", number, PROCEDURES, "proc-%u");
    if !matches!(number, procedure::GETATTR..=procedure::COMMIT) {
        return Ok(());
    }
    let verbose = cx.verbose();
    let mut results = Results { cx, verbose, v3: version == V3, error: 0, failed: false, p };
    match results.say(number, length, out) {
        Err(Stop::Invalid) if results.failed => Ok(()),
        done => done,
    }
}

/// The results of a call.
struct Results<'a, 'c, 'p> {
    cx: &'a Cx<'c>,
    verbose: u8,
    v3: bool,
    /// What NFS says became of the call; 0: nothing bad.
    error: u32,
    /// Some layer says that something bad became of it.
    failed: bool,
    p: Cursor<'p>,
}

impl Results<'_, '_, '_> {
    fn say(&mut self, number: u32, length: usize, out: &mut Out) -> Dissect {
        self.verifier(length, out)?;
        self.status(out)?;
        if self.v3 { self.version_3(number, out) } else { self.version_2(number, out) }
    }

    /// Steps over the verifier, to the results if there are any.
    fn verifier(&mut self, length: usize, out: &mut Out) -> Dissect {
        let n = self.p.at(4).be32()? as usize;
        let flavor = self.p.be32()?;
        out.note("verifier_flavor", flavor);
        if n >= length {
            return Err(Stop::Invalid);
        }
        self.p.pass(4 + n.next_multiple_of(4));
        let accepted = self.p.be32()?;
        if accepted != 0 {
            out.say(" ").name("no_results", accepted, NO_RESULTS, "ar_stat %u");
            self.failed = true;
            return Err(Stop::Invalid);
        }
        Ok(())
    }

    fn status(&mut self, out: &mut Out) -> Dissect {
        self.error = self.p.be32()?;
        if self.error != 0 {
            self.failed = true;
            if self.cx.options.quiet == 0 {
                out.say(" ERROR: ").name("error", self.error, ERRORS, "unk %u");
            }
        }
        Ok(())
    }

    fn version_2(&mut self, number: u32, out: &mut Out) -> Dissect {
        if self.error != 0 {
            return Ok(());
        }
        let loud = u8::from(self.cx.options.quiet == 0);
        match number {
            procedure::GETATTR | procedure::SETATTR => self.attributes(loud, out),
            procedure::READ | procedure::WRITE => self.attributes(self.verbose, out),
            procedure::LOOKUP | procedure::CREATE | procedure::MKDIR => {
                handle(self.cx, "file", &mut self.p, false, out)?;
                self.attributes(self.verbose, out)
            }
            procedure::READLINK => name("target", &mut self.p, out.say(" ")),
            procedure::READDIR => self.directory(out),
            procedure::FSSTAT => self.statfs(out),
            _ => Ok(()),
        }
    }

    fn version_3(&mut self, number: u32, out: &mut Out) -> Dissect {
        let held = self.error == 0;
        match number {
            procedure::GETATTR if held => self.attributes(u8::from(self.cx.options.quiet == 0), out),
            procedure::LOOKUP => self.lookup(out),
            procedure::ACCESS => self.access(out),
            procedure::READLINK if held => {
                after(self.verbose, &mut self.p, out)?;
                name("target", &mut self.p, out.say(" "))
            }
            procedure::READ => self.read(out),
            procedure::WRITE => self.write(out),
            procedure::CREATE | procedure::MKDIR | procedure::SYMLINK | procedure::MKNOD => self.create(out),
            procedure::SETATTR | procedure::REMOVE | procedure::RMDIR => self.changes("changes", out),
            procedure::RENAME if self.verbose > 0 => {
                out.say(" from:");
                self.changes("from", out)?;
                out.say(" to:");
                self.changes("to", out)
            }
            procedure::LINK if self.verbose > 0 => {
                out.say(" file POST:");
                after(self.verbose, &mut self.p, out)?;
                out.say(" dir:");
                self.changes("directory", out)
            }
            procedure::READDIR | procedure::READDIRPLUS => self.entries(out),
            procedure::FSSTAT => self.statfs(out),
            procedure::FSINFO => self.fsinfo(out),
            procedure::PATHCONF => self.pathconf(out),
            procedure::COMMIT => self.commit(out),
            _ => Ok(()),
        }
    }

    fn attributes(&mut self, verbose: u8, out: &mut Out) -> Dissect {
        attributes(verbose, self.v3, &mut self.p, out)
    }

    fn changes(&mut self, key: &str, out: &mut Out) -> Dissect {
        before_and_after(key, self.verbose, &mut self.p, out)
    }

    /// What the file is now.
    fn post(&mut self, out: &mut Out) -> Dissect {
        out.say(if self.verbose > 0 { " POST:" } else { "" });
        after(self.verbose, &mut self.p, out)
    }

    fn lookup(&mut self, out: &mut Out) -> Dissect {
        if self.error == 0 {
            handle(self.cx, "file", &mut self.p, true, out)?;
            after(self.verbose, &mut self.p, out)?;
        }
        if self.verbose < 2 {
            return Ok(());
        }
        out.say(" post dattr:");
        out.nest("directory", |out| after(self.verbose, &mut self.p, out))
    }

    fn access(&mut self, out: &mut Out) -> Dissect {
        out.say(if self.verbose > 0 { " attr:" } else { "" });
        after(self.verbose, &mut self.p, out)?;
        if self.error == 0 {
            let access = self.p.be32()?;
            out.say(" c ").hex0("access", access, 4);
        }
        Ok(())
    }

    fn read(&mut self, out: &mut Out) -> Dissect {
        after(self.verbose, &mut self.p, out)?;
        if self.error != 0 || self.verbose == 0 {
            return Ok(());
        }
        let count = self.p.be32()?;
        out.say(" ").num("count", count).say(" bytes");
        let end = self.p.be32()? != 0;
        out.say(if end { " EOF" } else { "" }).note_that("end", end);
        Ok(())
    }

    fn write(&mut self, out: &mut Out) -> Dissect {
        self.changes("changes", out)?;
        if self.error != 0 || self.verbose == 0 {
            return Ok(());
        }
        let count = self.p.be32()?;
        out.say(" ").num("count", count).say(" bytes");
        if self.verbose > 1 {
            let stable = self.p.be32()?;
            out.say(" <").name("stability", stable, STABILITY, "#%u").say(">");
            let verifier = self.p.be64()?;
            out.say(" verf ").hex("verifier", verifier);
        }
        Ok(())
    }

    fn create(&mut self, out: &mut Out) -> Dissect {
        if self.error != 0 {
            return self.changes("changes", out);
        }
        if self.p.be32()? == 0 {
            return Ok(());
        }
        handle(self.cx, "file", &mut self.p, true, out)?;
        if self.verbose == 0 {
            return Ok(());
        }
        after(self.verbose, &mut self.p, out)?;
        if self.verbose > 1 {
            out.say(" dir attr:");
            self.changes("directory", out)?;
        }
        Ok(())
    }

    /// What version 2 says of a directory that was read.
    fn directory(&mut self, out: &mut Out) -> Dissect {
        if self.cx.options.quiet > 0 {
            return Ok(());
        }
        let (offset, size) = (self.p.be32()?, self.p.be32()?);
        out.say(" offset 0x").hex("offset", offset).say(" size ").num("size", size).say(" ");
        let end = self.p.be32()? != 0;
        out.say(if end { " eof" } else { "" }).note_that("end", end);
        Ok(())
    }

    /// What version 3 says of one.
    fn entries(&mut self, out: &mut Out) -> Dissect {
        self.post(out)?;
        if self.error == 0 && self.verbose > 0 {
            let (high, low) = (self.p.be32()?, self.p.be32()?);
            let verifier = u64::from(high) << 32 | u64::from(low);
            out.say(" verf ").hex0("verifier", verifier, 16);
        }
        Ok(())
    }

    fn statfs(&mut self, out: &mut Out) -> Dissect {
        if self.cx.options.quiet > 0 {
            return Ok(());
        }
        if self.v3 {
            self.post(out)?;
        }
        let p = &mut self.p;
        all(p.need(if self.v3 { V3_STATFS } else { V2_STATFS }))?;
        if !self.v3 {
            return words(
                &[
                    (" tsize ", "transfer_size"),
                    (" bsize ", "block_size"),
                    (" blocks ", "blocks"),
                    (" bfree ", "free_blocks"),
                    (" bavail ", "available_blocks"),
                ],
                p,
                out,
            );
        }
        for (at, (words, key)) in [
            (" tbytes ", "total_bytes"),
            (" fbytes ", "free_bytes"),
            (" abytes ", "available_bytes"),
            (" tfiles ", "total_files"),
            (" ffiles ", "free_files"),
            (" afiles ", "available_files"),
        ]
        .iter()
        .enumerate()
        {
            if at == 3 && self.verbose == 0 {
                return Ok(());
            }
            let value = p.be64()?;
            out.say(words).num(key, value);
        }
        words(&[(" invar ", "invariant_seconds")], p, out)
    }

    fn fsinfo(&mut self, out: &mut Out) -> Dissect {
        self.post(out)?;
        if self.error != 0 {
            return Ok(());
        }
        let p = &mut self.p;
        all(p.need(FSINFO))?;
        let (read_most, read_best, read_unit) = (p.be32()?, p.be32()?, p.be32()?);
        let (write_most, write_best, write_unit) = (p.be32()?, p.be32()?, p.be32()?);
        let directory_best = p.be32()?;
        out.say(" rtmax ").num("read_most", read_most).say(" rtpref ").num("read_best", read_best);
        out.say(" wtmax ").num("write_most", write_most).say(" wtpref ").num("write_best", write_best);
        out.say(" dtpref ").num("directory_best", directory_best);
        if self.verbose > 0 {
            let largest = p.be64()?;
            out.say(" rtmult ").num("read_unit", read_unit).say(" wtmult ").num("write_unit", write_unit);
            out.say(" maxfsz ").num("largest_file", largest).say(" delta ");
            time("time_unit", p, out)?;
            let properties = p.be32()?;
            out.say(" ").note("properties", properties);
        }
        Ok(())
    }

    fn pathconf(&mut self, out: &mut Out) -> Dissect {
        self.post(out)?;
        if self.error != 0 {
            return Ok(());
        }
        let p = &mut self.p;
        all(p.need(PATHCONF))?;
        words(&[(" linkmax ", "links_most"), (" namemax ", "name_most")], p, out)?;
        for (word, key) in [
            ("notrunc", "no_truncation"),
            ("chownres", "chown_restricted"),
            ("igncase", "case_insensitive"),
            ("keepcase", "case_preserving"),
        ] {
            let set = p.be32()? != 0;
            out.say(" ").say(if set { word } else { "" }).note_that(key, set);
        }
        Ok(())
    }

    fn commit(&mut self, out: &mut Out) -> Dissect {
        self.changes("changes", out)?;
        if self.verbose > 1 {
            let verifier = self.p.be64()?;
            out.say(" verf ").hex("verifier", verifier);
        }
        Ok(())
    }
}

/// Numbers of four bytes each, one after the other.
fn words(keys: &[(&str, &str)], p: &mut Cursor, out: &mut Out) -> Dissect {
    for (words, key) in keys {
        let value = p.be32()?;
        out.say(words).num(key, value);
    }
    Ok(())
}
