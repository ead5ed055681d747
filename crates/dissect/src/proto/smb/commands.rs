//! The commands of SMB, and what is in them (source: Microsoft, "MS-CIFS", section 2.2.4).

use crate::parts::fields::{Field, Int::*, Item, Kind, Layout, MAY_END, line, part, words};

/// A command.
#[derive(Debug)]
pub(super) struct Command {
    /// Its number.
    pub(super) number: u8,
    /// What it is called.
    pub(super) name: &'static str,
    /// Its words begin with the next command of a chain.
    pub(super) chained: bool,
    /// What is in it.
    pub(super) layouts: Layouts,
}

/// What explains a command.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layouts {
    /// The layouts of its words and of its bytes.
    Fields {
        /// In a request.
        request: [Option<&'static Layout>; 2],
        /// In a reply.
        reply: [Option<&'static Layout>; 2],
    },
    /// The choice of a dialect.
    Negotiate,
    /// The beginning of a session.
    Setup,
    /// Locks of ranges of a file.
    Locking,
    /// A transaction.
    Transaction,
    /// A transaction of the second kind.
    Transaction2,
}

impl Command {
    /// The command of a number.
    pub(super) fn of(number: u8) -> &'static Command {
        COMMANDS.iter().find(|command| command.number == number).unwrap_or(&UNKNOWN)
    }
}

/// A command, and the layouts of its words and bytes: in requests, in replies.
const fn plain(
    number: u8,
    name: &'static str,
    request: [Option<&'static Layout>; 2],
    reply: [Option<&'static Layout>; 2],
) -> Command {
    Command { number, name, chained: false, layouts: Layouts::Fields { request, reply } }
}

/// The same, of a command whose words begin with the next command.
const fn chained(
    number: u8,
    name: &'static str,
    request: [Option<&'static Layout>; 2],
    reply: [Option<&'static Layout>; 2],
) -> Command {
    Command { number, name, chained: true, layouts: Layouts::Fields { request, reply } }
}

const NOTHING: [Option<&Layout>; 2] = [None, None];
static UNKNOWN: Command = plain(0xff, "SMBunknown", NOTHING, NOTHING);

static COMMANDS: &[Command] = &[
    plain(0x00, "SMBmkdir", [None, Some(&PATH)], NOTHING),
    plain(0x01, "SMBrmdir", [None, Some(&PATH)], NOTHING),
    plain(0x02, "SMBopen", [Some(&OPEN_REQUEST), Some(&PATH)], [Some(&OPEN_REPLY), None]),
    plain(0x03, "SMBcreate", [Some(&CREATE), Some(&PATH)], [Some(&HANDLE), None]),
    plain(0x04, "SMBclose", [Some(&CLOSE_REQUEST), None], NOTHING),
    plain(0x05, "SMBflush", [Some(&HANDLE), None], NOTHING),
    plain(0x06, "SMBunlink", [Some(&UNLINK_REQUEST), Some(&PATH)], NOTHING),
    plain(0x07, "SMBmv", [Some(&MV_REQUEST), Some(&MV_REQUEST_BYTES)], NOTHING),
    plain(0x08, "SMBgetatr", [None, Some(&PATH)], [Some(&GETATR_REPLY), None]),
    plain(0x09, "SMBsetatr", [Some(&SETATR_REQUEST), Some(&PATH)], NOTHING),
    plain(0x0a, "SMBread", [Some(&TRANSFER), None], [Some(&TRANSFERRED), None]),
    plain(0x0b, "SMBwrite", [Some(&TRANSFER), None], [Some(&COUNT), None]),
    plain(0x0c, "SMBlock", [Some(&LOCK), None], NOTHING),
    plain(0x0d, "SMBunlock", [Some(&LOCK), None], NOTHING),
    plain(0x0e, "SMBctemp", NOTHING, NOTHING),
    plain(0x0f, "SMBmknew", [Some(&CREATE), Some(&PATH)], [Some(&HANDLE), None]),
    plain(0x10, "SMBchkpth", [None, Some(&PATH)], NOTHING),
    plain(0x11, "SMBexit", NOTHING, NOTHING),
    plain(0x12, "SMBlseek", [Some(&LSEEK_REQUEST), Some(&LSEEK_REQUEST_BYTES)], NOTHING),
    plain(0x13, "SMBlockread", [Some(&TRANSFER), None], [Some(&TRANSFERRED), None]),
    plain(0x14, "SMBwriteunlock", [Some(&TRANSFER), None], [Some(&COUNT), None]),
    plain(0x1a, "SMBreadbraw", [Some(&READBRAW_REQUEST), None], NOTHING),
    plain(0x1b, "SMBreadBmpx", [Some(&READ_BMPX_REQUEST), None], [Some(&READ_BMPX_REPLY), None]),
    plain(0x1c, "SMBreadBs", NOTHING, NOTHING),
    plain(0x1d, "SMBwritebraw", [Some(&WRITEBRAW_REQUEST), None], [None, Some(&WRITEBRAW_REPLY_BYTES)]),
    plain(0x1e, "SMBwriteBmpx", [Some(&WRITE_BMPX_REQUEST), None], [Some(&WRITE_BMPX_REPLY), None]),
    plain(0x1f, "SMBwriteBs", [Some(&WRITE_BS_REQUEST), None], [Some(&COUNT), None]),
    plain(0x20, "SMBwritec", NOTHING, [Some(&COUNT), None]),
    plain(0x22, "SMBsetattrE", [Some(&SETATTR_E_REQUEST), None], NOTHING),
    plain(0x23, "SMBgetattrE", [Some(&HANDLE), None], [Some(&GETATTR_E_REPLY), None]),
    Command { number: 0x24, name: "SMBlockingX", chained: true, layouts: Layouts::Locking },
    Command { number: 0x25, name: "SMBtrans", chained: false, layouts: Layouts::Transaction },
    plain(0x26, "SMBtranss", NOTHING, NOTHING),
    plain(0x27, "SMBioctl", NOTHING, NOTHING),
    plain(0x28, "SMBioctls", NOTHING, NOTHING),
    plain(0x29, "SMBcopy", [Some(&COPY), Some(&PATHS)], [Some(&COPY_REPLY), Some(&ERROR_TEXT)]),
    plain(0x2a, "SMBmove", [Some(&COPY), Some(&PATHS)], [Some(&MOVE_REPLY), Some(&ERROR_TEXT)]),
    plain(0x2b, "SMBecho", [Some(&ECHO_REQUEST), None], [Some(&ECHO_REPLY), None]),
    plain(0x2c, "SMBwriteclose", [Some(&WRITECLOSE_REQUEST), None], [Some(&COUNT), None]),
    chained(
        0x2d,
        "SMBopenX",
        [Some(&OPEN_X_REQUEST), Some(&OPEN_X_REQUEST_BYTES)],
        [Some(&OPEN_X_REPLY), None],
    ),
    chained(0x2e, "SMBreadX", [Some(&READ_X_REQUEST), None], [Some(&READ_X_REPLY), None]),
    chained(0x2f, "SMBwriteX", [Some(&WRITE_X_REQUEST), None], [Some(&WRITE_X_REPLY), None]),
    Command { number: 0x32, name: "SMBtrans2", chained: false, layouts: Layouts::Transaction2 },
    plain(0x33, "SMBtranss2", NOTHING, NOTHING),
    plain(0x34, "SMBfindclose", [Some(&HANDLE), None], NOTHING),
    plain(0x35, "SMBfindnclose", [Some(&HANDLE), None], NOTHING),
    plain(0x70, "SMBtcon", [None, Some(&TCON_REQUEST_BYTES)], [Some(&TCON_REPLY), None]),
    plain(0x71, "SMBtdis", NOTHING, NOTHING),
    Command { number: 0x72, name: "SMBnegprot", chained: false, layouts: Layouts::Negotiate },
    Command { number: 0x73, name: "SMBsesssetupX", chained: true, layouts: Layouts::Setup },
    chained(0x74, "SMBulogoffX", NOTHING, NOTHING),
    chained(0x75, "SMBtconX", [Some(&TCON_X_REQUEST), None], [Some(&CHAINED), Some(&TCON_X_REPLY_BYTES)]),
    plain(0x80, "SMBdskattr", NOTHING, [Some(&DSKATTR_REPLY), None]),
    plain(0x81, "SMBsearch", [Some(&SEARCH), Some(&SEARCH_REQUEST_BYTES)], [Some(&COUNT), Some(&FOUND)]),
    plain(0x82, "SMBffirst", [Some(&SEARCH), Some(&SEARCHED)], [Some(&COUNT), Some(&FOUND)]),
    plain(0x83, "SMBfunique", [Some(&SEARCH), Some(&SEARCHED)], [Some(&COUNT), Some(&FOUND)]),
    plain(0x84, "SMBfclose", [Some(&SEARCH), Some(&SEARCHED)], [Some(&COUNT), Some(&FOUND)]),
    plain(0xa0, "SMBnttrans", NOTHING, NOTHING),
    plain(0xa1, "SMBnttranss", NOTHING, NOTHING),
    chained(
        0xa2,
        "SMBntcreateX",
        [Some(&NTCREATE_X_REQUEST), Some(&NTCREATE_X_REQUEST_BYTES)],
        [Some(&NTCREATE_X_REPLY), None],
    ),
    plain(0xa4, "SMBntcancel", NOTHING, NOTHING),
    plain(0xc0, "SMBsplopen", [Some(&SPLOPEN_REQUEST), Some(&SPLOPEN_REQUEST_BYTES)], [Some(&HANDLE), None]),
    plain(0xc1, "SMBsplwr", [Some(&HANDLE), None], NOTHING),
    plain(0xc2, "SMBsplclose", [Some(&HANDLE), None], NOTHING),
    plain(
        0xc3,
        "SMBsplretq",
        [Some(&SPLRETQ_REQUEST), None],
        [Some(&SPLRETQ_REPLY), Some(&SPLRETQ_REPLY_BYTES)],
    ),
    plain(0xd0, "SMBsends", [None, Some(&SENT)], NOTHING),
    plain(0xd1, "SMBsendb", [None, Some(&SENT)], NOTHING),
    plain(0xd2, "SMBfwdname", NOTHING, NOTHING),
    plain(0xd3, "SMBcancelf", NOTHING, NOTHING),
    plain(0xd4, "SMBgetmac", NOTHING, NOTHING),
    plain(0xd5, "SMBsendstrt", [None, Some(&SENT)], [Some(&GROUP), None]),
    plain(0xd6, "SMBsendend", [Some(&GROUP), None], NOTHING),
    plain(0xd7, "SMBsendtxt", [Some(&GROUP), None], NOTHING),
];

const TWO: Kind = Kind::Row(&["", ","], Item::Hex(U16), "");
const FOUR: Kind = Kind::Row(&["", ",", ",", ","], Item::Hex(U16), "");
const FIVE: Kind = Kind::Row(&["", ",", ",", ",", ","], Item::Hex(U16), "");
const SIX: Kind = Kind::Row(&["", ",", ",", ",", ",", ","], Item::Hex(U16), "");

/// A path.
const PATH: Layout = Layout::of(&[line("path", "Path=", Kind::TypedText)]);
/// Two paths.
const PATHS: Layout =
    Layout::of(&[line("path", "Path=", Kind::Text), line("new_path", "NewPath=", Kind::Text)]);
/// A handle.
const HANDLE: Layout = Layout::of(&[line("handle", "Handle=", Kind::Dec(U16))]);
/// A count.
const COUNT: Layout = Layout::of(&[line("count", "Count=", Kind::Dec(U16))]);
/// What went wrong.
const ERROR_TEXT: Layout = Layout::of(&[MAY_END, line("error", "ErrStr=", Kind::Text)]);
/// A group of messages.
const GROUP: Layout = Layout::of(&[line("group", "GroupID=", Kind::Dec(U16))]);
/// Who sends to whom.
const SENT: Layout =
    Layout::of(&[line("source", "Source=", Kind::TypedText), line("dest", "Dest=", Kind::TypedText)]);
/// What is to be read or written.
const TRANSFER: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("byte_count", "ByteCount=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("count_left", "CountLeft=", Kind::Dec(U16)),
]);
/// What was read.
const TRANSFERRED: Layout = Layout::of(&[
    line("count", "Count=", Kind::Dec(U16)),
    Field { key: "reserved_words", label: "Res=(", kind: FOUR, end: ")\n" },
]);
/// What is to be locked.
const LOCK: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("count", "Count=", Kind::Dec(U32)),
    line("offset", "Offset=", Kind::Signed),
]);
/// What to look for.
const SEARCH: Layout =
    Layout::of(&[line("count", "Count=", Kind::Dec(U16)), line("attributes", "Attrib=", Kind::Attributes)]);
/// Where to look for it.
const SEARCHED: Layout = Layout::of(&[
    line("path", "Path=", Kind::TypedText),
    line("block_type", "BlkType=", Kind::Hex(U8)),
    line("block_length", "BlkLen=", Kind::Dec(U16)),
    MAY_END,
    line("reserved1", "Res1=", Kind::Hex(U8)),
    line("mask", "Mask=", Kind::Chars(11)),
    line("server1", "Srv1=", Kind::Hex(U8)),
    line("directory_index", "DirIndex=", Kind::Dec(U16)),
    line("server2", "Srv2=", Kind::Hex(U16)),
]);
/// What was found.
const FOUND: Layout = Layout {
    once: &[line("block_type", "BlkType=", Kind::Hex(U8)), line("block_length", "BlkLen=", Kind::Dec(U16))],
    each: &[
        line("reserved1", "\nRes1=", Kind::Hex(U8)),
        line("mask", "Mask=", Kind::Chars(11)),
        line("server1", "Srv1=", Kind::Hex(U8)),
        line("directory_index", "DirIndex=", Kind::Dec(U16)),
        line("server2", "Srv2=", Kind::Hex(U16)),
        line("reserved2", "Res2=", Kind::Hex(U32)),
        line("attributes", "Attrib=", Kind::Attributes8),
        part("time", "Time=", Kind::ClockDate),
        line("size", "Size=", Kind::Dec(U32)),
        line("name", "Name=", Kind::Chars(13)),
    ],
};
/// What is to be copied or moved.
const COPY: Layout = Layout::of(&[
    line("tree2", "TreeID2=", Kind::Dec(U16)),
    line("open_function", "OFun=", Kind::Hex(U16)),
    line("flags", "Flags=", Kind::Hex(U16)),
]);
/// What is to be created.
const CREATE: Layout =
    Layout::of(&[line("attributes", "Attrib=", Kind::Attributes), part("time", "Time=", Kind::DateClock)]);
/// The next command of a chain.
pub(super) const CHAINED: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
]);
const OPEN_REQUEST: Layout =
    Layout::of(&[line("mode", "Mode=", Kind::Hex(U16)), line("attributes", "Attribute=", Kind::Attributes)]);
const OPEN_REPLY: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("attributes", "OAttrib=", Kind::Attributes),
    part("time", "Time=", Kind::DateClock),
    line("size", "Size=", Kind::Dec(U32)),
    line("access", "Access=", Kind::Hex(U16)),
]);
const CLOSE_REQUEST: Layout =
    Layout::of(&[line("handle", "Handle=", Kind::Dec(U16)), part("time", "Time=", Kind::DateClock)]);
const UNLINK_REQUEST: Layout = Layout::of(&[line("attributes", "Attrib=", Kind::Attributes)]);
const MV_REQUEST: Layout = Layout::of(&[line("attributes", "Attrib=", Kind::Attributes)]);
const MV_REQUEST_BYTES: Layout = Layout::of(&[
    line("old_path", "OldPath=", Kind::TypedText),
    line("new_path", "NewPath=", Kind::TypedText),
]);
const GETATR_REPLY: Layout = Layout::of(&[
    line("attributes", "Attribute=", Kind::Attributes),
    part("time", "Time=", Kind::DateClock),
    line("size", "Size=", Kind::Dec(U32)),
    Field { key: "reserved_words", label: "Res=(", kind: FIVE, end: ")\n" },
]);
const SETATR_REQUEST: Layout = Layout::of(&[
    line("attributes", "Attribute=", Kind::Attributes),
    part("time", "Time=", Kind::DateClock),
    Field { key: "reserved_words", label: "Res=(", kind: FIVE, end: ")\n" },
]);
const LSEEK_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("mode", "Mode=", Kind::Hex(U16)),
    line("offset", "Offset=", Kind::Signed),
]);
const LSEEK_REQUEST_BYTES: Layout = Layout::of(&[line("offset", "Offset=", Kind::Signed)]);
const READBRAW_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("max_count", "MaxCount=", Kind::Dec(U16)),
    line("min_count", "MinCount=", Kind::Dec(U16)),
    line("timeout", "TimeOut=", Kind::Signed),
    line("reserved", "Res=", Kind::Dec(U16)),
]);
const READ_BMPX_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("max_count", "MaxCount=", Kind::Dec(U16)),
    line("min_count", "MinCount=", Kind::Dec(U16)),
    line("timeout", "TimeOut=", Kind::Signed),
    line("reserved", "Res=", Kind::Hex(U16)),
]);
const READ_BMPX_REPLY: Layout = Layout::of(&[
    line("offset", "Offset=", Kind::Signed),
    line("total_count", "TotCount=", Kind::Dec(U16)),
    line("remaining", "Remaining=", Kind::Dec(U16)),
    Field { key: "reserved_words", label: "Res=(", kind: TWO, end: ")\n" },
    line("data_size", "DataSize=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
]);
const WRITEBRAW_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("total_count", "TotalCount=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("timeout", "TimeOut=", Kind::Signed),
    line("write_mode", "WMode=", Kind::Hex(U16)),
    line("reserved2", "Res2=", Kind::Hex(U32)),
    MAY_END,
    line("data_size", "DataSize=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
]);
const WRITEBRAW_REPLY_BYTES: Layout = Layout::of(&[words("WriteRawAck")]);
const WRITE_BMPX_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("total_count", "TotCount=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("timeout", "TimeOut=", Kind::Signed),
    line("write_mode", "WMode=", Kind::Hex(U16)),
    line("reserved2", "Res2=", Kind::Hex(U32)),
    line("data_size", "DataSize=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
]);
const WRITE_BMPX_REPLY: Layout = Layout::of(&[line("remaining", "Remaining=", Kind::Dec(U16))]);
const WRITE_BS_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("total_count", "TotCount=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("reserved", "Res=", Kind::Hex(U32)),
    line("data_size", "DataSize=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
]);
const SETATTR_E_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    part("created", "CreationTime=", Kind::DateClock),
    part("accessed", "AccessTime=", Kind::DateClock),
    part("modified", "ModifyTime=", Kind::DateClock),
]);
const GETATTR_E_REPLY: Layout = Layout::of(&[
    part("created", "CreationTime=", Kind::DateClock),
    part("accessed", "AccessTime=", Kind::DateClock),
    part("modified", "ModifyTime=", Kind::DateClock),
    line("size", "Size=", Kind::Dec(U32)),
    line("alloc_size", "AllocSize=", Kind::Dec(U32)),
    line("attributes", "Attribute=", Kind::Attributes),
]);
const COPY_REPLY: Layout = Layout::of(&[line("copy_count", "CopyCount=", Kind::Dec(U16))]);
const MOVE_REPLY: Layout = Layout::of(&[line("move_count", "MoveCount=", Kind::Dec(U16))]);
const ECHO_REQUEST: Layout = Layout::of(&[line("reverberations", "ReverbCount=", Kind::Dec(U16))]);
const ECHO_REPLY: Layout = Layout::of(&[line("sequence", "SequenceNum=", Kind::Dec(U16))]);
const WRITECLOSE_REQUEST: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("count", "Count=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    part("time", "Time=", Kind::DateClock),
    Field { key: "reserved_words", label: "Res=(", kind: SIX, end: ")" },
]);
const OPEN_X_REQUEST: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("flags", "Flags=", Kind::Hex(U16)),
    line("mode", "Mode=", Kind::Hex(U16)),
    line("search_attributes", "SearchAttrib=", Kind::Attributes),
    line("attributes", "Attrib=", Kind::Attributes),
    part("time", "Time=", Kind::DateClock),
    line("open_function", "OFun=", Kind::Hex(U16)),
    line("size", "Size=", Kind::Dec(U32)),
    line("timeout", "TimeOut=", Kind::Signed),
    line("reserved", "Res=", Kind::Hex(U32)),
]);
const OPEN_X_REQUEST_BYTES: Layout = Layout::of(&[line("path", "Path=", Kind::Text)]);
const OPEN_X_REPLY: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("handle", "Handle=", Kind::Dec(U16)),
    line("attributes", "Attrib=", Kind::Attributes),
    part("time", "Time=", Kind::DateClock),
    line("size", "Size=", Kind::Dec(U32)),
    line("access", "Access=", Kind::Hex(U16)),
    line("type", "Type=", Kind::Hex(U16)),
    line("state", "State=", Kind::Hex(U16)),
    line("action", "Action=", Kind::Hex(U16)),
    line("file_id", "FileID=", Kind::Hex(U32)),
    line("reserved", "Res=", Kind::Hex(U16)),
]);
const READ_X_REQUEST: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("handle", "Handle=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("max_count", "MaxCount=", Kind::Dec(U16)),
    line("min_count", "MinCount=", Kind::Dec(U16)),
    line("timeout", "TimeOut=", Kind::Signed),
    line("count_left", "CountLeft=", Kind::Dec(U16)),
]);
const READ_X_REPLY: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("remaining", "Remaining=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U32)),
    line("data_size", "DataSize=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
    Field { key: "reserved_words", label: "Res=(", kind: FOUR, end: ")\n" },
]);
const WRITE_X_REQUEST: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("handle", "Handle=", Kind::Dec(U16)),
    line("offset", "Offset=", Kind::Signed),
    line("timeout", "TimeOut=", Kind::Signed),
    line("write_mode", "WMode=", Kind::Hex(U16)),
    line("count_left", "CountLeft=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U16)),
    line("data_size", "DataSize=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
]);
const WRITE_X_REPLY: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("count", "Count=", Kind::Dec(U16)),
    line("remaining", "Remaining=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U32)),
]);
const TCON_REQUEST_BYTES: Layout = Layout::of(&[
    line("path", "Path=", Kind::TypedText),
    line("password", "Password=", Kind::TypedText),
    line("device", "Device=", Kind::TypedText),
]);
const TCON_REPLY: Layout =
    Layout::of(&[line("max_transmit", "MaxXmit=", Kind::Dec(U16)), line("tree", "TreeId=", Kind::Dec(U16))]);
const TCON_X_REQUEST: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("flags", "Flags=", Kind::Hex(U16)),
    line("password_length", "PassLen=", Kind::Dec(U16)),
    words("Passwd&Path&Device=\n"),
]);
const TCON_X_REPLY_BYTES: Layout = Layout::of(&[line("service_type", "ServiceType=", Kind::Ascii)]);
const DSKATTR_REPLY: Layout = Layout::of(&[
    line("total_units", "TotalUnits=", Kind::Dec(U16)),
    line("blocks_per_unit", "BlocksPerUnit=", Kind::Dec(U16)),
    line("block_size", "BlockSize=", Kind::Dec(U16)),
    line("free_units", "FreeUnits=", Kind::Dec(U16)),
    line("media", "Media=", Kind::Hex(U16)),
]);
const SEARCH_REQUEST_BYTES: Layout = Layout::of(&[
    line("path", "Path=", Kind::TypedText),
    line("block_type", "BlkType=", Kind::Hex(U8)),
    line("block_length", "BlkLen=", Kind::Dec(U16)),
    MAY_END,
    line("reserved1", "Res1=", Kind::Hex(U8)),
    line("mask", "Mask=", Kind::Chars(11)),
    line("server1", "Srv1=", Kind::Hex(U8)),
    line("directory_index", "DirIndex=", Kind::Dec(U16)),
    line("server2", "Srv2=", Kind::Hex(U16)),
    line("reserved2", "Res2=", Kind::Hex(U32)),
]);
const NTCREATE_X_REQUEST: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Dec(U8)),
    line("name_length", "NameLen=", Kind::Length(U16)),
    line("flags", "Flags=", Kind::Hex(U32)),
    line("root_directory", "RootDirectoryFid=", Kind::Dec(U32)),
    line("access_mask", "AccessMask=", Kind::Hex(U32)),
    line("allocation_size", "AllocationSize=", Kind::Dec(U64)),
    line("attributes", "ExtFileAttributes=", Kind::Hex(U32)),
    line("share_access", "ShareAccess=", Kind::Hex(U32)),
    line("create_disposition", "CreateDisposition=", Kind::Hex(U32)),
    line("create_options", "CreateOptions=", Kind::Hex(U32)),
    line("impersonation_level", "ImpersonationLevel=", Kind::Hex(U32)),
    line("security_flags", "SecurityFlags=", Kind::Dec(U8)),
]);
const NTCREATE_X_REQUEST_BYTES: Layout = Layout::of(&[line("path", "Path=", Kind::CountedText)]);
const NTCREATE_X_REPLY: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("oplock", "OplockLevel=", Kind::Dec(U8)),
    line("fid", "Fid=", Kind::Dec(U16)),
    line("create_action", "CreateAction=", Kind::Hex(U32)),
    part("created", "CreateTime=", Kind::FileTime),
    part("accessed", "LastAccessTime=", Kind::FileTime),
    part("written", "LastWriteTime=", Kind::FileTime),
    part("changed", "ChangeTime=", Kind::FileTime),
    line("attributes", "ExtFileAttributes=", Kind::Hex(U32)),
    line("allocation_size", "AllocationSize=", Kind::Dec(U64)),
    line("end_of_file", "EndOfFile=", Kind::Dec(U64)),
    line("file_type", "FileType=", Kind::Hex(U16)),
    line("device_state", "DeviceState=", Kind::Hex(U16)),
    line("directory", "Directory=", Kind::Dec(U8)),
]);
const SPLOPEN_REQUEST: Layout =
    Layout::of(&[line("setup_len", "SetupLen=", Kind::Dec(U16)), line("mode", "Mode=", Kind::Hex(U16))]);
const SPLOPEN_REQUEST_BYTES: Layout = Layout::of(&[line("ident", "Ident=", Kind::TypedText)]);
const SPLRETQ_REQUEST: Layout = Layout::of(&[
    line("max_count", "MaxCount=", Kind::Dec(U16)),
    line("start_index", "StartIndex=", Kind::Dec(U16)),
]);
const SPLRETQ_REPLY: Layout =
    Layout::of(&[line("count", "Count=", Kind::Dec(U16)), line("index", "Index=", Kind::Dec(U16))]);
const SPLRETQ_REPLY_BYTES: Layout = Layout {
    once: &[],
    each: &[
        part("time", "Time=", Kind::DateClock),
        line("status", "Status=", Kind::Hex(U8)),
        line("job", "JobID=", Kind::Dec(U16)),
        line("size", "Size=", Kind::Dec(U32)),
        part("reserved", "Res=", Kind::Hex(U8)),
        line("name", "Name=", Kind::Chars(16)),
    ],
};

/// What the oldest servers answer.
pub(super) const CORE: Layout =
    Layout::of(&[part("dialect_index", "Core Protocol\nDialectIndex=", Kind::Dec(U16))]);
/// What those of LAN Manager answer.
pub(super) const LANMAN: Layout = Layout::of(&[
    line("dialect_index", "Coreplus/Lanman1/Lanman2 Protocol\nDialectIndex=", Kind::Dec(U16)),
    line("security_mode", "SecMode=", Kind::Hex(U16)),
    line("max_transmit", "MaxXMit=", Kind::Dec(U16)),
    line("max_multiplex", "MaxMux=", Kind::Dec(U16)),
    line("max_circuits", "MaxVcs=", Kind::Dec(U16)),
    line("block_mode", "BlkMode=", Kind::Hex(U16)),
    line("session_key", "SessionKey=", Kind::Hex(U32)),
    part("server_time", "ServerTime=", Kind::ClockDate),
    line("time_zone", "TimeZone=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U32)),
    words("CryptKey="),
]);
/// What those of NT answer.
pub(super) const NT1: Layout = Layout::of(&[
    line("dialect_index", "NT1 Protocol\nDialectIndex=", Kind::Dec(U16)),
    line("security_mode", "SecMode=", Kind::Hex(U8)),
    line("max_multiplex", "MaxMux=", Kind::Dec(U16)),
    line("max_circuits", "NumVcs=", Kind::Dec(U16)),
    line("max_buffer", "MaxBuffer=", Kind::Dec(U32)),
    line("raw_size", "RawSize=", Kind::Dec(U32)),
    line("session_key", "SessionKey=", Kind::Hex(U32)),
    line("capabilities", "Capabilities=", Kind::Hex(U32)),
    part("server_time", "ServerTime=", Kind::FileTime),
    line("time_zone", "TimeZone=", Kind::Dec(U16)),
    words("CryptKey="),
]);
/// Dialects to choose from.
pub(super) const DIALECTS: Layout =
    Layout { once: &[], each: &[MAY_END, line("dialect", "Dialect=", Kind::TypedAscii)] };
/// Who wants to begin a session with LAN Manager.
pub(super) const SETUP_LANMAN: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("max_buffer", "BufSize=", Kind::Dec(U16)),
    line("max_multiplex", "MpxMax=", Kind::Dec(U16)),
    line("circuit", "VcNum=", Kind::Dec(U16)),
    line("session_key", "SessionKey=", Kind::Hex(U32)),
    line("password_length", "PassLen=", Kind::Dec(U16)),
    line("encrypted_length", "CryptLen=", Kind::Dec(U16)),
    line("encrypted_offset", "CryptOff=", Kind::Dec(U16)),
    words("Pass&Name=\n"),
]);
/// Who wants to begin a session with NT.
pub(super) const SETUP_NT: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U8)),
    line("reserved1", "Res1=", Kind::Hex(U8)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("max_buffer", "MaxBuffer=", Kind::Dec(U16)),
    line("max_multiplex", "MaxMpx=", Kind::Dec(U16)),
    line("circuit", "VcNumber=", Kind::Dec(U16)),
    line("session_key", "SessionKey=", Kind::Hex(U32)),
    line("insensitive_password_length", "CaseInsensitivePasswordLength=", Kind::Dec(U16)),
    line("sensitive_password_length", "CaseSensitivePasswordLength=", Kind::Dec(U16)),
    line("reserved", "Res=", Kind::Hex(U32)),
    line("capabilities", "Capabilities=", Kind::Hex(U32)),
    words("Pass1&Pass2&Account&Domain&OS&LanMan=\n"),
]);
/// A session has begun.
pub(super) const SETUP_DONE: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("action", "Action=", Kind::Hex(U16)),
]);
/// A session has begun with NT.
pub(super) const SETUP_DONE_NT: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U8)),
    line("reserved", "Res=", Kind::Hex(U8)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("action", "Action=", Kind::Hex(U16)),
]);
/// Whose session it is.
pub(super) const SETUP_SYSTEM: Layout = Layout::of(&[
    line("os", "NativeOS=", Kind::Text),
    line("lan_manager", "NativeLanMan=", Kind::Text),
    line("primary_domain", "PrimaryDomain=", Kind::Text),
]);
/// What is to be locked and unlocked.
pub(super) const LOCKING: Layout = Layout::of(&[
    line("next_command", "Com2=", Kind::Hex(U16)),
    line("next_offset", "Off2=", Kind::Dec(U16)),
    line("handle", "Handle=", Kind::Dec(U16)),
    line("lock_type", "LockType=", Kind::Hex(U16)),
    line("timeout", "TimeOut=", Kind::Signed),
    line("unlock_count", "UnlockCount=", Kind::Dec(U16)),
    line("lock_count", "LockCount=", Kind::Dec(U16)),
]);
/// Ranges of small files.
pub(super) const LOCKS: Layout = Layout {
    once: &[],
    each: &[
        line("process", "Process=", Kind::Dec(U16)),
        line("offset", "Offset=", Kind::Signed),
        line("length", "Length=", Kind::Dec(U32)),
    ],
};
/// Ranges of large files.
pub(super) const LARGE_LOCKS: Layout = Layout {
    once: &[],
    each: &[
        line("process", "Process=", Kind::Dec(U16)),
        part("", "", Kind::Skip(2)),
        line("offset", "Offset=", Kind::Halves),
        line("length", "Length=", Kind::Halves),
    ],
};
