//! What arguments and results are made of (source: OpenAFS, fsint/common.xg and the like).

use super::acl;
use crate::parts::date;
use crate::prelude::*;

/// A field, in the order of the wire. The first of the two words stands before it, the second is its key.
pub(super) enum Field {
    /// Words alone.
    Words(&'static str),
    /// A signed number.
    Int(&'static str, &'static str),
    /// A number.
    Uint(&'static str, &'static str),
    /// A number of eight bytes.
    Wide(&'static str, &'static str),
    /// A number that text leaves out.
    Silent(&'static str),
    /// Seconds since 1970.
    Date(&'static str, &'static str),
    /// A file: volume, vnode and what makes it unique.
    Fid(&'static str, &'static str),
    /// Characters behind their length, of which there may be so many.
    Name(&'static str, &'static str, u32),
    /// So many characters, each of which takes four bytes.
    Wordy(&'static str, &'static str, usize),
    /// Attributes that a file is to have.
    Status,
    /// A version of a database, or a transaction: when it began, and which one it is.
    Version(&'static str, &'static str),
    /// The identity of a host, each part of which takes four bytes.
    Uuid(&'static str, &'static str),
    /// Which kind a volume is of, if it is a kind that has a name.
    VolumeType,
    /// Where a volume goes to.
    Server,
    /// Who may do what.
    Acl,
    /// Whether something holds.
    Truth(&'static str, &'static str),
    /// Bytes behind their length, which text leaves out.
    Opaque(&'static str),
    /// A number whose name is that of an error.
    Error(NameTable),
    /// Fields, as often as the number before them says, and what stands between them.
    Many(&'static str, &'static [Field], &'static str),
    /// As [`Field::Many`], behind a semicolon if there are any.
    More(&'static str, &'static [Field]),
    /// The servers of a volume.
    Servers(Servers),
    /// So many bytes that must be there, and that text leaves out.
    Gap(usize),
    /// So many that need not be there.
    Unseen(usize),
}

/// How a volume's servers are told.
pub(super) struct Servers {
    /// There is room for so many.
    pub places: u32,
    /// They are told by who they are, and not by where.
    pub by_uuid: bool,
}

const VOLUME_TYPES: NameTable = &[(0, "read-write"), (1, "read-only"), (2, "backup")];
const UUID: usize = 44;

pub(super) fn say_all(fields: &[Field], p: &mut Cursor, out: &mut Out) -> Dissect {
    fields.iter().try_for_each(|field| field.say(p, out))
}

/// A part that has to be there as a whole, or the service ends.
fn all(p: &Cursor, n: usize) -> Dissect {
    p.need(n).map_err(|_| Stop::Invalid)
}

impl Field {
    fn say(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        match *self {
            Field::Words(words) => _ = out.say(words),
            Field::Int(words, key) => {
                out.say(words);
                let n = p.be32()? as i32;
                out.say(" ").int(key, n.into());
            }
            Field::Uint(words, key) => {
                out.say(words);
                let n = p.be32()?;
                out.say(" ").num(key, n);
            }
            Field::Wide(words, key) => {
                out.say(words);
                let n = p.be64()?;
                out.say(" ").num(key, n);
            }
            Field::Silent(key) => {
                let n = p.be32()?;
                out.note(key, n);
            }
            Field::Date(words, key) => return moment(words, key, p, out),
            Field::Fid(words, key) => return triple(words, " fid ", "/", key, p, out),
            Field::Server => return triple("", " server ", ":", "server", p, out),
            Field::Name(words, key, most) => return name(words, key, most, p, out),
            Field::Wordy(words, key, n) => return wordy(words, key, n, p, out),
            Field::Status => return status(p, out),
            Field::Version(words, key) => return version(words, key, p, out),
            Field::Uuid(words, key) => return uuid(words, key, p, out),
            Field::VolumeType => {
                let kind = p.be32()?;
                match crate::out::lookup(VOLUME_TYPES, kind.into()) {
                    Some(_) => out.say(" type ").name("type", kind, VOLUME_TYPES, ""),
                    None => out.note("type", kind),
                };
            }
            Field::Truth(words, key) => {
                let holds = p.be32()? != 0;
                out.say(words).say(if holds { " yes" } else { " no" }).note_that(key, holds);
            }
            _ => return self.say_compound(p, out),
        }
        Ok(())
    }

    /// Fields whose length is their own, or whose bytes nobody reads.
    fn say_compound(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        match *self {
            Field::Acl => {
                let length = p.be32()? as usize;
                all(p, length)?;
                acl::say(p.take(length)?, out)
            }
            Field::Opaque(key) => {
                let length = p.be32()? as usize;
                all(p, length)?;
                let bytes = p.take(length)?;
                out.aside(|out| _ = out.bytes(key, bytes));
                Ok(())
            }
            Field::Error(names) => {
                let error = p.be32()?;
                out.say(" error ");
                match crate::out::lookup(names, error.into()) {
                    Some(name) => out.say(name).note("error", error),
                    None => out.say("#").int("error", (error as i32).into()),
                };
                Ok(())
            }
            Field::Many(key, fields, between) => {
                let count = p.be32()?;
                out.say(if count == 0 { " <none!>" } else { "" });
                many(count, key, fields, between, p, out)
            }
            Field::More(key, fields) => {
                let count = p.be32()?;
                out.say(if count == 0 { "" } else { ";" });
                many(count, key, fields, "", p, out)
            }
            Field::Servers(ref servers) => servers.say(p, out),
            Field::Gap(n) => {
                all(p, n)?;
                p.skip(n)
            }
            Field::Unseen(n) => {
                p.pass(n);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn many(count: u32, key: &str, fields: &[Field], between: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list(key, |out| {
        for at in 0..count {
            out.say(if at > 0 { between } else { "" });
            out.item(|out| say_all(fields, p, out))?;
        }
        Ok(())
    })
}

impl Servers {
    fn say(&self, p: &mut Cursor, out: &mut Out) -> Dissect {
        out.say(" numservers");
        let count = p.be32()?;
        out.say(" ").num("servers_count", count).say(" servers");
        out.list("servers", |out| {
            for at in 0..self.places {
                if self.by_uuid && at < count {
                    uuid(" afsuuid", "", p, out)?;
                } else if self.by_uuid {
                    Field::Gap(UUID).say(p, out)?;
                } else {
                    all(p, 4)?;
                    let address: [u8; 4] = p.array()?;
                    if at < count {
                        out.say(" ").ip_digits("", address.into());
                    }
                }
            }
            Ok(())
        })?;
        let flags = 4 * self.places as usize;
        if self.by_uuid {
            Field::Gap(flags).say(p, out)?;
        }
        out.say(" partitions");
        out.list("partitions", |out| {
            for at in 0..self.places {
                let partition = p.be32()?;
                if at < count {
                    out.say(" ");
                    partition_name(partition, out);
                }
            }
            Ok(())
        })?;
        Field::Gap(flags).say(p, out)
    }
}

/// Partitions have letters, and a number if there are too many of them.
fn partition_name(partition: u32, out: &mut Out) {
    match u8::try_from(partition) {
        Ok(n @ 0..=26) if out.hears_words() => out.chars("", &[b'a' + n]),
        _ => out.num("", partition),
    };
}

fn moment(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    let seconds = i64::from(p.be32()? as i32);
    let date = date::of(seconds);
    out.aloud(|out| {
        write!(out, " {}-{:02}-{:02}", date.year, date.month, date.day);
        write!(out, " {:02}:{:02}:{:02}", date.hour, date.minute, date.second);
    });
    out.aside(|out| _ = out.int(key, seconds));
    Ok(())
}

/// Three numbers.
fn triple(words: &str, more: &str, between: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    all(p, 12)?;
    let (a, b, c) = (p.be32()?, p.be32()?, p.be32()?);
    out.say(more).phrase(key, |out| {
        out.num("", a).say(between).num("", b).say(between).num("", c);
        Ok(())
    })
}

fn name(words: &str, key: &str, most: u32, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    let length = p.be32()?;
    if length > most {
        return Err(Stop::Invalid);
    }
    out.say(" \"");
    if out.chars_of(key, p, length as usize).is_err() {
        return Err(Stop::Invalid);
    }
    out.say("\"");
    p.pass((length as usize).next_multiple_of(4) - length as usize);
    Ok(())
}

fn wordy(words: &str, key: &str, n: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    all(p, 4 * n)?;
    let name = p.take(4 * n)?;
    out.say(" \"").phrase(key, |out| {
        for [.., c] in name.as_chunks::<4>().0.iter().take_while(|[.., c]| *c != 0) {
            out.chars("", &[*c]);
        }
        Ok(())
    })?;
    out.say("\"");
    Ok(())
}

fn status(p: &mut Cursor, out: &mut Out) -> Dissect {
    all(p, 24)?;
    let mask = p.be32()?;
    out.say(if mask != 0 { " StoreStatus" } else { "" });
    out.nest("status", |out| {
        out.note("mask", mask);
        if mask & 1 != 0 {
            moment(" date", "date", p, out)?;
        } else {
            p.skip(4)?;
        }
        let (owner, group, mode, segment) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
        if mask & 2 != 0 {
            out.say(" owner ").num("owner", owner);
        }
        if mask & 4 != 0 {
            out.say(" group ").num("group", group);
        }
        if mask & 8 != 0 {
            let mode = mode & 0o7777;
            write!(out, " mode {mode:o}").note("mode", mode);
        }
        if mask & 16 != 0 {
            out.say(" segsize ").num("segment_size", segment);
        }
        out.say(if mask & 1024 != 0 { " fsync" } else { "" });
        Ok(())
    })
}

fn version(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    all(p, 8)?;
    let (epoch, counter) = (p.be32()?, p.be32()?);
    out.say(" ").phrase(key, |out| {
        out.num("", epoch).say(".").num("", counter);
        Ok(())
    })
}

fn uuid(words: &str, key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.say(words);
    all(p, UUID)?;
    let (a, b, c, rest) = (p.be32()?, p.be32()?, p.be32()?, p.take(UUID - 12)?);
    out.say(" ").phrase(key, |out| {
        write!(out, "{a:08x}{b:04x}{c:04x}");
        for [.., byte] in rest.as_chunks::<4>().0 {
            out.hex0("", *byte, 2);
        }
        Ok(())
    })
}
