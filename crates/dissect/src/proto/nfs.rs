//! NFS, the Network File System, versions 2 and 3 (RFC 1094, RFC 1813), in ONC RPC (RFC 5531).
//!
//! ```text
//! over TCP:  | last fragment (1 bit), length (31 bits) |  before each message
//! call:      | xid | 0 | RPC version | program | version | procedure | credentials .. | verifier .. | arguments ..
//! reply:     | xid | 1 | 0 | verifier .. | accepted | results ..        or  | 1 | why it was denied ..
//! ```
//! All words have four bytes. tcpdump's printer ends in two ways: a word that was not captured ends the packet, a
//! part that is not all there, or that lies, only NFS. Inside NFS, [`Stop::Invalid`] is the second.

mod attributes;
mod call;
mod handle;
mod reply;

use crate::prelude::*;
pub(super) use reply::dissect as reply;

/// NFS, over UDP and TCP.
pub static NFS: Protocol = Protocol { name: "nfs", dissect };

const PORT: u16 = 2049;
/// What says whether a message is a call or a reply.
const DIRECTION: usize = 4;
const CALL: u32 = 0;
const REPLY: u32 = 1;

const V3: u32 = 3;

/// Procedures as version 3 numbers them.
mod procedure {
    pub const GETATTR: u32 = 1;
    pub const SETATTR: u32 = 2;
    pub const LOOKUP: u32 = 3;
    pub const ACCESS: u32 = 4;
    pub const READLINK: u32 = 5;
    pub const READ: u32 = 6;
    pub const WRITE: u32 = 7;
    pub const CREATE: u32 = 8;
    pub const MKDIR: u32 = 9;
    pub const SYMLINK: u32 = 10;
    pub const MKNOD: u32 = 11;
    pub const REMOVE: u32 = 12;
    pub const RMDIR: u32 = 13;
    pub const RENAME: u32 = 14;
    pub const LINK: u32 = 15;
    pub const READDIR: u32 = 16;
    pub const READDIRPLUS: u32 = 17;
    pub const FSSTAT: u32 = 18;
    pub const FSINFO: u32 = 19;
    pub const PATHCONF: u32 = 20;
    pub const COMMIT: u32 = 21;
    /// Procedures of version 2 that were never in use.
    pub const NOP: u32 = 25;
}

const PROCEDURES: NameTable = &[
    (0, "null"),
    (procedure::GETATTR, "getattr"),
    (procedure::SETATTR, "setattr"),
    (procedure::LOOKUP, "lookup"),
    (procedure::ACCESS, "access"),
    (procedure::READLINK, "readlink"),
    (procedure::READ, "read"),
    (procedure::WRITE, "write"),
    (procedure::CREATE, "create"),
    (procedure::MKDIR, "mkdir"),
    (procedure::SYMLINK, "symlink"),
    (procedure::MKNOD, "mknod"),
    (procedure::REMOVE, "remove"),
    (procedure::RMDIR, "rmdir"),
    (procedure::RENAME, "rename"),
    (procedure::LINK, "link"),
    (procedure::READDIR, "readdir"),
    (procedure::READDIRPLUS, "readdirplus"),
    (procedure::FSSTAT, "fsstat"),
    (procedure::FSINFO, "fsinfo"),
    (procedure::PATHCONF, "pathconf"),
    (procedure::COMMIT, "commit"),
    (procedure::NOP, "nop"),
];

/// The procedures of version 2, by number, as version 3 numbers them; what is behind them was never in use.
const V2_PROCEDURES: &[u32] = &[
    0,
    procedure::GETATTR,
    procedure::SETATTR,
    procedure::NOP,
    procedure::LOOKUP,
    procedure::READLINK,
    procedure::READ,
    procedure::NOP,
    procedure::WRITE,
    procedure::CREATE,
    procedure::REMOVE,
    procedure::RENAME,
    procedure::LINK,
    procedure::SYMLINK,
    procedure::MKDIR,
    procedure::RMDIR,
    procedure::READDIR,
    procedure::FSSTAT,
];

/// How safe data is that was written.
const STABILITY: NameTable = &[(0, "unstable"), (1, "datasync"), (2, "filesync")];

/// Whether a datagram between these ports is of NFS.
pub(super) fn in_datagram(src: u16, dst: u16, payload: &[u8]) -> bool {
    speaks(src, dst, &Cursor::new(payload, payload.len())).is_some()
}

/// Whether this is a call (`false`) or a reply (`true`).
fn speaks(src: u16, dst: u16, message: &Cursor) -> Option<bool> {
    match message.at(DIRECTION).be32() {
        Ok(CALL) if dst == PORT => Some(false),
        Ok(REPLY) if src == PORT => Some(true),
        _ => None,
    }
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let PortPair { over, src, dst } = cx.ports;
    if over == Transport::Tcp {
        if p.claimed() < 4 {
            return Ok(());
        }
        // Whose message begins here, if any, is TCP's question.
        let name = std::mem::replace(&mut cx.speaking, "tcp");
        let length = p.be32()? & 0x7fff_ffff;
        cx.speaking = name;
        p = p.claiming(p.claimed().min(length as usize));
    }
    let Some(is_reply) = speaks(src, dst, &p) else { return Ok(()) };
    let xid = p.at(0).be32()?;
    out.say(if over == Transport::Tcp { ": " } else { "" });
    out.say(if is_reply { "NFS reply xid " } else { "NFS request xid " });
    out.num("xid", xid).say(" ").note_that("reply", is_reply);
    if is_reply { reply(cx, p, out) } else { call::dissect(cx, p, out) }
}

/// The end of NFS: a part that was not all there is marked as a cut.
fn close(cx: &Cx, done: Dissect, out: &mut Out) -> Dissect {
    if done == Err(Stop::Invalid) { cx.soft_cut(out) } else { done }
}

/// The procedure of a call or its reply, as version 3 numbers it.
fn common_procedure(version: u32, number: u32) -> u32 {
    match usize::try_from(number) {
        Ok(at) if version != V3 && number <= procedure::NOP => {
            V2_PROCEDURES.get(at).copied().unwrap_or(procedure::NOP)
        }
        _ => number,
    }
}

/// The next `n` bytes and their padding: the end of NFS if they were not captured.
fn opaque<'p>(p: &mut Cursor<'p>, n: u32) -> Dissect<&'p [u8]> {
    let n = n as usize;
    let padded = n.checked_next_multiple_of(4).ok_or(Stop::Invalid)?;
    let bytes = p.take(padded).map_err(|_| Stop::Invalid)?;
    bytes.get(..n).ok_or(Stop::Invalid)
}

/// A name, in quotation marks.
fn name(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = p.be32()?;
    if length.checked_add(3).is_none() {
        out.say("[cannot pad to 32-bit boundaries] (invalid)").note_that("invalid", true);
        return Err(Stop::Invalid);
    }
    let name = opaque(p, length)?;
    out.say("\"").chars(key, name).say("\"");
    Ok(())
}

/// A time, whose digits behind the point count whatever the version counts.
fn time(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let (seconds, fraction) = (p.be32()?, p.be32()?);
    out.phrase(key, |out| {
        write!(out, "{seconds}.{fraction:06}");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, conversation, values};

    static UDP: &Protocol = &crate::proto::udp::UDP;
    const V2_HANDLE: &str = "0000000000000102 0000000000000007 00000000000000000000000000000000";
    const V3_HANDLE: &str = "00000010 0000000000000102 0000000000000007";
    const NO_CREDENTIALS: &str = "00000000 00000000 00000000 00000000";

    /// A datagram between client and server.
    fn datagram(to_server: bool, message: &str) -> String {
        let ports = if to_server { "03ff 0801" } else { "0801 03ff" };
        format!("{ports} {:04x} 0000 {message}", 8 + bytes(message).len())
    }

    fn call(version: u32, number: u32, arguments: &str) -> String {
        let head = format!("0000000a 00000000 00000002 000186a3 {version:08x} {number:08x}");
        datagram(true, &format!("{head} {NO_CREDENTIALS} {arguments}"))
    }

    fn reply(results: &str) -> String {
        datagram(false, &format!("0000000a 00000001 00000000 00000000 00000000 00000000 {results}"))
    }

    #[track_caller]
    fn calls(version: u32, number: u32, arguments: &str, args: &str, words: &str) {
        let hex = call(version, number, arguments);
        let length = bytes(&hex).len() - 8;
        check(UDP, &hex, args, &format!("0.0.0.0.1023 > 0.0.0.0.2049: NFS request xid 10 {length} {words}"));
    }

    /// What a reply to a call says.
    #[track_caller]
    fn replies(version: u32, number: u32, results: &str, args: &str, words: &str) {
        let said = conversation(UDP, &[call(version, number, ""), reply(results)], args);
        let length = bytes(&reply(results)).len() - 8;
        let head = format!("0.0.0.0.2049 > 0.0.0.0.1023: NFS reply xid 10 reply ok {length} ");
        assert_eq!(said[1], format!("{head}{words}"));
    }

    #[test]
    fn calls_of_version_2() {
        calls(2, 0, "", "", "null");
        calls(2, 1, V2_HANDLE, "", "getattr fh 1,2/7");
        calls(2, 4, &format!("{V2_HANDLE} 00000002 68690000"), "", "lookup fh 1,2/7 \"hi\"");
        calls(2, 6, &format!("{V2_HANDLE} 00000100 00000200 00000200"), "", "read fh 1,2/7 512 bytes @ 256");
        calls(
            2,
            8,
            &format!("{V2_HANDLE} 00000001 00000100 00000200 00000200"),
            "",
            "write fh 1,2/7 512 (512) bytes @ 256 (1)",
        );
        calls(2, 16, &format!("{V2_HANDLE} 00000001 00000200"), "", "readdir fh 1,2/7 512 bytes @ 1");
        calls(2, 3, "", "", "nop");
        calls(2, 30, "", "", "proc-30");
    }

    #[test]
    fn calls_of_version_3() {
        let with = |rest: &str| format!("{V3_HANDLE} {rest}");
        calls(3, 1, V3_HANDLE, "", "getattr fh 1,2/7");
        calls(3, 4, &with("00000003"), "", "access fh 1,2/7 NFS_ACCESS_READ|NFS_ACCESS_LOOKUP");
        calls(3, 4, &with("0000003f"), "", "access fh 1,2/7 NFS_ACCESS_FULL");
        calls(3, 4, &with("00000041"), "", "access fh 1,2/7 0041");
        calls(3, 6, &with("0000000100000000 00000200"), "", "read fh 1,2/7 512 bytes @ 4294967296");
        let write = with("0000000000000010 00000200 00000002 00000200");
        calls(3, 7, &write, "", "write fh 1,2/7 512 (512) bytes @ 16");
        calls(3, 7, &write, "-v", "write fh 1,2/7 512 (512) bytes @ 16 <filesync>");
        let directory = with("ffffffffffffffff 0102030405060708 00000200 00000400");
        calls(3, 16, &directory, "-v", "readdir fh 1,2/7 512 bytes @ -1 verf 0102030405060708");
        calls(3, 17, &directory, "-v", "readdirplus fh 1,2/7 512 bytes @ -1 max 1024 verf 0102030405060708");
        calls(3, 21, &with("0000000000000010 00000200"), "", "commit fh 1,2/7 512 bytes @ 16");
        calls(
            3,
            14,
            &with(&format!("00000001 61000000 {V3_HANDLE} 00000001 62000000")),
            "",
            "rename fh 1,2/7 \"a\" -> fh 1,2/7 \"b\"",
        );
        calls(3, 15, &with(&format!("{V3_HANDLE} 00000001 62000000")), "", "link fh 1,2/7 -> fh 1,2/7 \"b\"");
    }

    #[test]
    fn attributes_to_be_set() {
        let to_set =
            "00000001 000001a4 00000000 00000001 00000007 00000000 00000002 00000005 00000006 00000000";
        let symlink = format!("{V3_HANDLE} 00000001 61000000 {to_set} 00000001 62000000");
        calls(3, 10, &symlink, "", "symlink fh 1,2/7 \"a\" ->\"b\"");
        calls(3, 10, &symlink, "-vv", "symlink fh 1,2/7 \"a\" ->\"b\" mode 644 gid 7 atime 5.000006");
        let device = format!("{V3_HANDLE} 00000001 61000000 00000004 {to_set} 00000001 00000002");
        calls(3, 11, &device, "", "mknod fh 1,2/7 \"a\" CHR");
        calls(3, 11, &device, "-v", "mknod fh 1,2/7 \"a\" CHR 1/2 mode 644 gid 7");
    }

    #[test]
    fn replies_of_version_2() {
        let file = "00000002 000041ed 00000001 fffffffe 00000001 00000200 00000200 00000000 00000001
                    00000003 00000004 00000005 00000006 00000007 00000008 00000009 0000000a";
        replies(2, 1, &format!("00000000 {file}"), "", "getattr DIR 40755 ids -2/1 sz 512");
        replies(2, 4, &format!("00000000 {V2_HANDLE} {file}"), "", "lookup fh 1,2/7");
        replies(
            2,
            4,
            &format!("00000000 {V2_HANDLE} {file}"),
            "-vv",
            "lookup fh 1,2/7 DIR 40755 ids -2/1 sz 512 nlink 1 rdev 0x0 fsid 0x3 nodeid 0x4 \
             a/m/ctime 5.000006 7.000008 9.000010",
        );
        replies(2, 4, "00000002", "", "lookup ERROR: No such file or directory");
        replies(2, 16, "00000000 00000001 00000002 00000001", "", "readdir offset 0x1 size 2  eof");
        replies(
            2,
            17,
            "00000000 00002000 00000400 00000005 00000004 00000003",
            "",
            "fsstat tsize 8192 bsize 1024 blocks 5 bfree 4 bavail 3",
        );
        replies(2, 5, "00000000 00000001 61000000", "", "readlink \"a\"");
    }

    const FILE: &str = "00000001 000081a4 00000001 00000000 00000001 0000000000000003 0000000000001000
        00000000 00000000 0000000000000005 0000000000000006 00000007 00000008 00000009 0000000a 0000000b 0000000c";
    const SAID: &str = "REG 100644 ids 0/1 sz 3";
    const MORE: &str = " nlink 1 rdev 0/0 fsid 5 fileid 6 a/m/ctime 7.000008 9.000010 11.000012";
    const BEFORE: &str = "00000001 0000000000000002 00000001 00000002 00000003 00000004";

    #[test]
    fn replies_of_version_3() {
        let after = format!("00000001 {FILE}");
        replies(3, 1, &format!("00000000 {FILE}"), "", &format!("getattr {SAID}"));
        replies(3, 3, &format!("00000000 {V3_HANDLE} {after} {after}"), "", "lookup fh 1,2/7");
        replies(
            3,
            3,
            &format!("00000000 {V3_HANDLE} {after} {after}"),
            "-vv",
            &format!("lookup fh 1,2/7 {SAID}{MORE} post dattr: {SAID}{MORE}"),
        );
        replies(
            3,
            7,
            &format!("00000000 {BEFORE} {after} 00000003 00000002 00000000000000ff"),
            "-vv",
            &format!(
                "write PRE: sz 2 mtime 1.000002 ctime 3.000004 POST: {SAID}{MORE} 3 bytes <filesync> verf ff"
            ),
        );
        replies(3, 6, "00000000 00000000 00000003 00000001", "-v", "read 3 bytes EOF");
        replies(3, 4, "00000000 00000000 0000001f", "-v", "access attr: c 001f");
        replies(3, 2, "0000000d 00000000 00000000", "-v", "setattr ERROR: Permission denied POST:");
        replies(
            3,
            8,
            &format!("00000000 00000001 {V3_HANDLE} 00000000 00000000 00000000"),
            "-vv",
            "create fh 1,2/7 dir attr: PRE: POST:",
        );
        replies(3, 14, "00000000 00000000 00000000 00000000 00000000", "-v", "rename from: POST: to: POST:");
        replies(3, 15, "00000000 00000000 00000000 00000000", "-v", "link file POST: dir: POST:");
        replies(3, 17, "00000000 00000000 0102030405060708", "-v", "readdirplus POST: verf 0102030405060708");
        replies(3, 21, "00000000 00000000 00000000 0000000000000001", "-vv", "commit PRE: POST: verf 1");
    }

    #[test]
    fn what_a_server_can() {
        replies(
            3,
            19,
            "00000000 00000000 00000001 00000002 00000003 00000004 00000005 00000006 00000007
             0000000000000008 00000000 00000001 0000001b",
            "-v",
            "fsinfo POST: rtmax 1 rtpref 2 wtmax 4 wtpref 5 dtpref 7 rtmult 3 wtmult 6 maxfsz 8 delta 0.000001 ",
        );
        replies(
            3,
            20,
            "00000000 00000000 00000001 000000ff 00000001 00000001 00000000 00000001",
            "",
            "pathconf linkmax 1 namemax 255 notrunc chownres  keepcase",
        );
        replies(
            3,
            18,
            "00000000 00000000 0000000000000001 0000000000000002 0000000000000003 0000000000000004
             0000000000000005 0000000000000006 00000007",
            "-v",
            "fsstat POST: tbytes 1 fbytes 2 abytes 3 tfiles 4 ffiles 5 afiles 6 invar 7",
        );
    }

    #[test]
    fn replies_without_results() {
        check(UDP, &reply("00000000"), "", "0.0.0.0.2049 > 0.0.0.0.1023: NFS reply xid 10 reply ok 28");
        let denied = |why: &str, words: &str| {
            check(
                UDP,
                &datagram(false, &format!("0000000a 00000001 {why}")),
                "",
                &format!("0.0.0.0.2049 > 0.0.0.0.1023: NFS reply xid 10 reply {words}"),
            );
        };
        denied("00000001 00000001 00000005", "ERR 20: Auth Credentials are too weak");
        denied("00000001 00000002", "ERR 16: Unknown reason for rejecting rpc message 2");
        denied("00000002", "Unknown rpc response code=2 12");
        let said = conversation(UDP, &[call(3, 1, ""), reply("00000000")], "");
        assert!(said[1].ends_with("getattr [|nfs]"), "{}", said[1]);
        let unavailable = datagram(false, "0000000a 00000001 00000000 00000000 00000000 00000003");
        assert!(conversation(UDP, &[call(3, 1, ""), unavailable], "")[1].ends_with("getattr PROC_UNAVAIL"));
    }

    #[test]
    fn lies() {
        calls(3, 1, "", "", "getattr [|nfs]");
        calls(3, 1, "00000020 0000", "", "getattr [|nfs]");
        calls(
            2,
            4,
            &format!("{V2_HANDLE} ffffffff"),
            "",
            "lookup fh 1,2/7 [cannot pad to 32-bit boundaries] (invalid) [|nfs]",
        );
        check(
            UDP,
            &call(3, 1, V3_HANDLE).replace("00000001 00000000 00000000", "00000001 00000000 000000ff"),
            "",
            "0.0.0.0.1023 > 0.0.0.0.2049: NFS request xid 10 60 getattr [credentials length 255 > 60] (invalid) [|nfs]",
        );
    }

    #[test]
    fn over_tcp() {
        let segment = |message: &str| format!("03ff 0801 00000001 00000000 5008 0001 0000 0000 {message}");
        let head = "0.0.0.0.1023 > 0.0.0.0.2049: Flags [P], seq 1";
        check(
            &crate::proto::tcp::TCP,
            &segment("80000018 0000000a 00000000 00000002 000186a3 00000003 00000000"),
            "",
            &format!("{head}:29, win 1, length 28: NFS request xid 10 24 null"),
        );
        check(
            &crate::proto::tcp::TCP,
            &segment("80000018 0000000a 00000001"),
            "",
            &format!("{head}:13, win 1, length 12"),
        );
    }

    #[test]
    fn values_of_a_call() {
        let hex = call(3, 6, &format!("{V3_HANDLE} 0000000000000010 00000200"));
        assert_eq!(values(&NFS, &hex[20..]), r#"{"nfs":{}}"#, "ports are needed");
        assert_eq!(
            values(UDP, &hex),
            "{\"udp\":{\"src_port\":1023,\"dst_port\":2049,\"length\":72,\"nfs\":{\"xid\":10,\"reply\":false,\
             \"length\":72,\"rpc_version\":2,\"program\":100003,\"version\":3,\"procedure\":6,\
             \"credentials_flavor\":0,\"verifier_flavor\":0,\"file\":\"00000000000001020000000000000007\",\
             \"count\":512,\"offset\":16},\"checksum\":0}}"
        );
    }
}
