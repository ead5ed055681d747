//! What NFS says of a file (RFC 1094, RFC 1813): its attributes, those to be set, and what they were before and after an
//! operation.
use super::time;
use crate::prelude::*;

/// Types of files.
pub(super) const TYPES: NameTable =
    &[(0, "NON"), (1, "REG"), (2, "DIR"), (3, "BLK"), (4, "CHR"), (5, "LNK"), (7, "FIFO")];

const V2: usize = 68;
const V3: usize = 84;
/// As far as this, attributes must have been captured, whatever of them is said.
const NEEDED: usize = 20;
/// The last of them, which the talkative want too.
const V2_CHANGED: usize = 60;
const V3_CHANGED: usize = 76;
/// Bytes of what is told of a file as it was before.
const BEFORE: usize = 24;

/// The attributes of a file. `verbose` is how much the caller wants to hear of them.
pub(super) fn attributes(verbose: u8, v3: bool, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = if v3 { V3 } else { V2 };
    let body = *p;
    all(body.need(NEEDED))?;
    p.pass(length);
    if verbose == 0 {
        return Ok(());
    }
    out.nest("attributes", |out| {
        common(body, out)?;
        if v3 { version_3(verbose, body, out) } else { version_2(verbose, body, out) }
    })
}

/// What both versions begin with.
fn common(mut p: Cursor, out: &mut Out) -> Dissect {
    let (kind, mode, links, uid, gid) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    out.say(" ").name("type", kind, TYPES, "unk-ft %u ");
    out.say(" ");
    octal("mode", mode, out);
    out.note("links", links).say(" ids ").int("uid", (uid as i32).into());
    out.say("/").int("gid", (gid as i32).into());
    Ok(())
}

fn version_2(verbose: u8, body: Cursor, out: &mut Out) -> Dissect {
    let mut p = body.at(NEEDED);
    let size = p.be32()?;
    out.say(" sz ").num("size", size);
    if verbose < 2 {
        return Ok(());
    }
    all(body.at(V2_CHANGED).need(8))?;
    let links = body.at(8).be32()?;
    out.aloud(|out| _ = out.say(" nlink ").num("", links));
    let (block_size, rdev, blocks, fsid, inode) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    out.note("block_size", block_size).note("blocks", blocks);
    out.say(" rdev 0x").hex("rdev", rdev).say(" fsid 0x").hex("fsid", fsid);
    out.say(" nodeid 0x").hex("file", inode);
    times(&mut p, out)
}

fn version_3(verbose: u8, body: Cursor, out: &mut Out) -> Dissect {
    let mut p = body.at(NEEDED);
    let size = p.be64()?;
    out.say(" sz ").num("size", size);
    if verbose < 2 {
        return Ok(());
    }
    all(body.at(V3_CHANGED).need(8))?;
    let links = body.at(8).be32()?;
    out.aloud(|out| _ = out.say(" nlink ").num("", links));
    let (used, major, minor, fsid, inode) = (p.be64()?, p.be32()?, p.be32()?, p.be64()?, p.be64()?);
    out.note("used", used).say(" rdev ").num("major", major).say("/").num("minor", minor);
    out.say(" fsid ").hex("fsid", fsid).say(" fileid ").hex("file", inode);
    times(&mut p, out)
}

fn times(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(" a/m/ctime ");
    time("accessed", p, out)?;
    out.say(" ");
    time("modified", p, out)?;
    out.say(" ");
    time("changed", p, out)
}

/// The attributes of a file after an operation, if the server told them.
pub(super) fn after(verbose: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.be32()? == 0 {
        return Ok(());
    }
    if verbose == 0 {
        p.pass(V3);
        return Ok(());
    }
    attributes(verbose, true, p, out)
}

/// What a file was before an operation and is after it, as far as the server told.
pub(super) fn before_and_after(key: &str, verbose: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.nest(key, |out| {
        out.say(if verbose > 1 { " PRE:" } else { "" });
        before(verbose, p, out)?;
        out.say(if verbose > 0 { " POST:" } else { "" });
        after(verbose, p, out)
    })
}

fn before(verbose: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.be32()? == 0 {
        return Ok(());
    }
    let mut body = *p;
    all(body.need(BEFORE))?;
    p.skip(BEFORE)?;
    if verbose < 2 {
        return Ok(());
    }
    out.nest("before", |out| {
        let size = body.be64()?;
        out.say(" sz ").num("size", size).say(" mtime ");
        time("modified", &mut body, out)?;
        out.say(" ctime ");
        time("changed", &mut body, out)
    })
}

/// The attributes that a new file is to have. They are read where they stand, and said later.
#[derive(Default)]
pub(super) struct ToSet {
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
    size: Option<u32>,
    accessed: Option<[u32; 2]>,
    modified: Option<[u32; 2]>,
}

impl ToSet {
    pub(super) fn read(p: &mut Cursor) -> Dissect<Self> {
        let mut word =
            || -> Dissect<Option<u32>> { if p.be32()? == 0 { Ok(None) } else { p.be32().map(Some) } };
        let (mode, uid, gid, size) = (word()?, word()?, word()?, word()?);
        // Times are set to the client's only if the word before them is 2.
        let mut time = || -> Dissect<Option<[u32; 2]>> {
            if p.be32()? == 2 { Ok(Some([p.be32()?, p.be32()?])) } else { Ok(None) }
        };
        let (accessed, modified) = (time()?, time()?);
        Ok(ToSet { mode, uid, gid, size, accessed, modified })
    }

    pub(super) fn say(&self, verbose: u8, out: &mut Out) -> Dissect {
        if verbose == 0 {
            return Ok(());
        }
        out.nest("to_set", |out| {
            if let Some(mode) = self.mode {
                octal("mode", mode, out.say(" mode "));
            }
            if let Some(uid) = self.uid {
                out.say(" uid ").num("uid", uid);
            }
            if let Some(gid) = self.gid {
                out.say(" gid ").num("gid", gid);
            }
            if let Some(size) = self.size {
                out.note("size", size);
            }
            for (words, key, time) in
                [(" atime ", "accessed", self.accessed), (" mtime ", "modified", self.modified)]
            {
                if let Some([seconds, nanos]) = time.filter(|_| verbose > 1) {
                    out.say(words).phrase(key, |out| {
                        write!(out, "{seconds}.{nanos:06}");
                        Ok(())
                    })?;
                }
            }
            Ok(())
        })
    }
}

/// A number that text writes in octal.
fn octal(key: &str, n: u32, out: &mut Out) {
    write!(out, "{n:o}").note(key, n);
}

/// A part that has to be there as a whole, or NFS ends.
pub(super) fn all(done: Dissect) -> Dissect {
    done.map_err(|_| Stop::Invalid)
}
