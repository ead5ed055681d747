//! Transactions of SMB: named pipes, mailslots with what browsers announce (source: Microsoft, "MS-BRWS"), and the second
//! kind, for files.

use super::{Parts, Told};
use crate::memory::smb::Of;
use crate::parts::fields::{Field, Int::*, Item, Kind, Layout, MAY_END, line, part, text, words};
use crate::prelude::*;

const REQUEST: Layout = Layout::of(&[
    line("total_parameters", "TotParamCnt=", Kind::Dec(U16)),
    line("total_data", "TotDataCnt=", Kind::Dec(U16)),
    line("max_parameters", "MaxParmCnt=", Kind::Dec(U16)),
    line("max_data", "MaxDataCnt=", Kind::Dec(U16)),
    line("max_setup", "MaxSCnt=", Kind::Dec(U16)),
    line("flags", "TransFlags=", Kind::Hex(U16)),
    line("reserved1", "Res1=", Kind::Hex(U16)),
    line("reserved2", "Res2=", Kind::Hex(U16)),
    line("reserved3", "Res3=", Kind::Hex(U16)),
    line("parameters", "ParamCnt=", Kind::Dec(U16)),
    line("parameters_offset", "ParamOff=", Kind::Dec(U16)),
    line("data", "DataCnt=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
    line("setup", "SUCnt=", Kind::Dec(U16)),
]);
const REPLY: Layout = Layout::of(&[
    line("total_parameters", "TotParamCnt=", Kind::Dec(U16)),
    line("total_data", "TotDataCnt=", Kind::Dec(U16)),
    line("reserved1", "Res1=", Kind::Dec(U16)),
    line("parameters", "ParamCnt=", Kind::Dec(U16)),
    line("parameters_offset", "ParamOff=", Kind::Dec(U16)),
    line("reserved2", "Res2=", Kind::Dec(U16)),
    line("data", "DataCnt=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
    line("reserved3", "Res3=", Kind::Dec(U16)),
    line("setup", "Lsetup=", Kind::Dec(U16)),
]);
const NAME: Layout = Layout::of(&[MAY_END, line("name", "Name=", Kind::Text)]);
const UNKNOWN: Layout = Layout::of(&[MAY_END, words("Unknown ")]);
const PARAMETERS: Layout = Layout::of(&[MAY_END, words("Param ")]);
const DATA: Layout = Layout::of(&[MAY_END, words("Data ")]);

const BROWSE: &[u8] = b"\\MAILSLOT\\BROWSE\0";
const LANMAN: &[u8] = b"\\PIPE\\LANMAN\0";
const PIPE_PARAMETERS: Layout = Layout::of(&[
    line("command", "Command=", Kind::Hex(U16)),
    line("string1", "Str1=", Kind::Text),
    line("string2", "Str2=", Kind::Text),
]);
const PIPE_DATA: Layout = Layout::of(&[words("IPC ")]);

/// Where the parameters and the data of a transaction are.
struct Places {
    parameters: usize,
    parameters_length: usize,
    data: usize,
    data_length: usize,
}

impl Told<'_> {
    /// The places that the words of a transaction name; `None` if word `last` was not captured.
    fn places(&self, parts: &Parts, [lengths, last]: [usize; 2]) -> Option<Places> {
        let word = |n: usize| self.message.at(parts.words + 2 * n).le16().ok().map(usize::from);
        word(last)?;
        // Requests have them next to each other, replies leave one word between.
        let second = if self.request { lengths + 2 } else { lengths + 3 };
        Some(Places {
            parameters_length: word(lengths)?,
            parameters: word(lengths + 1)?,
            data_length: word(second)?,
            data: word(second + 1)?,
        })
    }

    /// A transaction of a named pipe or a mailslot.
    pub(super) fn transaction(&mut self, cx: &Cx, parts: &Parts, out: &mut Out) -> Dissect {
        let which = if self.request { [9, 12] } else { [3, 7] };
        let Some(places) = self.places(parts, which) else { return cx.soft_cut(out) };
        let layout = if self.request { &REQUEST } else { &REPLY };
        self.message.say(cx, "words", layout, parts.words, parts.data.min(self.end), out)?;
        if self.count_bytes(parts, out)? == 0 {
            return Ok(());
        }
        let at = parts.bytes();
        let end = self.end.saturating_sub(places.parameters_length + places.data_length);
        let layout = if self.request { &NAME } else { &UNKNOWN };
        self.message.say(cx, "bytes", layout, at, end, out)?;
        for (name, is_browse) in [(BROWSE, true), (LANMAN, false)] {
            match self.message.at(at).take(name.len()) {
                Err(_) => return cx.soft_cut(out),
                Ok(named) if named == name && is_browse => return self.browse(cx, &places, out),
                Ok(named) if named == name => return self.pipe(cx, &places, out),
                Ok(_) => {}
            }
        }
        let Places { parameters, parameters_length, data, data_length } = places;
        if parameters_length > 0 {
            let end = self.end.min(parameters + parameters_length);
            self.message.say(cx, "parameters", &PARAMETERS, parameters, end, out)?;
        }
        if data_length > 0 {
            self.message.say(cx, "data", &DATA, data, self.end.min(data + data_length), out)?;
        }
        Ok(())
    }

    /// LAN Manager's remote administration.
    fn pipe(&mut self, cx: &Cx, places: &Places, out: &mut Out) -> Dissect {
        let Places { parameters, parameters_length, data, data_length } = *places;
        if parameters_length > 0 {
            let end = parameters + parameters_length;
            self.message.say(cx, "parameters", &PIPE_PARAMETERS, parameters, end, out)?;
        }
        if data_length > 0 {
            self.message.say(cx, "data", &PIPE_DATA, data, data + data_length, out)?;
        }
        Ok(())
    }

    fn browse(&mut self, cx: &Cx, places: &Places, out: &mut Out) -> Dissect {
        let Places { parameters, parameters_length, data, data_length } = *places;
        let frame = self.message.at(data).u8()?;
        let end = parameters + parameters_length;
        self.message.say(cx, "parameters", &BROWSE_PARAMETERS, parameters, end, out)?;
        let layout = FRAMES.iter().find(|known| known.0 == frame).map_or(&UNKNOWN_FRAME, |known| &known.1);
        self.message.say(cx, "browse", layout, data, data + data_length, out).map(drop)
    }
}

const BROWSE_PARAMETERS: Layout = Layout::of(&[words("BROWSE PACKET\n"), MAY_END, words("Param ")]);
const UNKNOWN_FRAME: Layout = Layout::of(&[words("Unknown Browser Frame ")]);

/// The first field of each frame, and what that makes it.
const fn frame(name: &'static str) -> Field {
    Field { key: "type", label: "BROWSE PACKET:\nType=", kind: Kind::Hex(U8), end: name }
}
const UPDATES: Field = line("update_count", "UpdateCount=", Kind::Hex(U16));
const RESERVED: Field = line("reserved", "Res1=", Kind::Hex(U8));
const INTERVAL: Field = line("interval", "AnnounceInterval=", Kind::Dec(U16));
const BEARER: Field = line("name", "Name=", Kind::Name);
const MAJOR: Field = line("major_version", "MajorVersion=", Kind::Hex(U8));
const MINOR: Field = line("minor_version", "MinorVersion=", Kind::Hex(U8));
const SERVER_TYPE: Field = line("server_type", "ServerType=", Kind::Hex(U32));
const SERVER_NAME: Field = line("server_name", "ServerName=", Kind::Text);
const ELECTION: Field = line("election_version", "ElectionVersion=", Kind::Hex(U16));
const CONSTANT: Field = line("constant", "BrowserConstant=", Kind::Hex(U16));
const TOKEN: Field = line("token", "Token=", Kind::Hex(U32));

/// By the first byte.
const FRAMES: &[(u8, Layout)] = &[
    (
        0x01,
        Layout::of(&[
            frame(" (HostAnnouncement)\n"),
            UPDATES,
            RESERVED,
            INTERVAL,
            BEARER,
            MAJOR,
            MINOR,
            SERVER_TYPE,
            ELECTION,
            CONSTANT,
        ]),
    ),
    (
        0x02,
        Layout::of(&[
            frame(" (AnnouncementRequest)\n"),
            line("flags", "Flags=", Kind::Hex(U8)),
            line("name", "ReplySystemName=", Kind::Text),
        ]),
    ),
    (
        0x08,
        Layout::of(&[
            frame(" (ElectionFrame)\n"),
            line("election_version", "ElectionVersion=", Kind::Hex(U8)),
            line("os_summary", "OSSummary=", Kind::Hex(U32)),
            line("uptime", "Uptime=", Kind::Row(&["(", ", "], Item::Hex(U32), ")")),
            SERVER_NAME,
        ]),
    ),
    (0x09, Layout::of(&[frame(" (GetBackupList)\n"), line("count", "ListCount?=", Kind::Hex(U8)), TOKEN])),
    (
        0x0a,
        Layout {
            once: &[frame(" (BackupListResponse)\n"), line("count", "ServerCount?=", Kind::Hex(U8)), TOKEN],
            each: &[line("name", "Name=", Kind::Text)],
        },
    ),
    (0x0b, Layout::of(&[frame(" (BecomeBackupBrowser)\n"), line("name", "Name=", Kind::Text)])),
    (
        0x0c,
        Layout::of(&[
            frame(" (WorkgroupAnnouncement)\n"),
            UPDATES,
            RESERVED,
            INTERVAL,
            BEARER,
            MAJOR,
            MINOR,
            SERVER_TYPE,
            line("comment", "CommentPointer=", Kind::Hex(U32)),
            SERVER_NAME,
        ]),
    ),
    (0x0d, Layout::of(&[frame(" (MasterAnnouncement)\n"), line("name", "MasterName=", Kind::Text)])),
    (0x0e, Layout::of(&[frame(" (ResetBrowser)\n"), line("options", "Options=", Kind::Hex(U8))])),
    (
        0x0f,
        Layout::of(&[
            frame(" (LocalMasterAnnouncement)\n"),
            UPDATES,
            RESERVED,
            INTERVAL,
            BEARER,
            MAJOR,
            MINOR,
            SERVER_TYPE,
            ELECTION,
            CONSTANT,
        ]),
    ),
];

/// What a transaction of the second kind does.
const SUBCOMMANDS: NameTable = &[
    (0, "TRANSACT2_OPEN"),
    (1, "TRANSACT2_FINDFIRST"),
    (2, "TRANSACT2_FINDNEXT"),
    (3, "TRANSACT2_QFSINFO"),
    (4, "TRANSACT2_SETFSINFO"),
    (5, "TRANSACT2_QPATHINFO"),
    (6, "TRANSACT2_SETPATHINFO"),
    (7, "TRANSACT2_QFILEINFO"),
    (8, "TRANSACT2_SETFILEINFO"),
    (9, "TRANSACT2_FSCTL"),
    (10, "TRANSACT2_IOCTL"),
    (11, "TRANSACT2_FINDNOTIFYFIRST"),
    (12, "TRANSACT2_FINDNOTIFYNEXT"),
    (13, "TRANSACT2_MKDIR"),
];
const OPEN: u16 = 0;
const FIND_FIRST: u16 = 1;
const QUERY_VOLUME: u16 = 3;
/// Words of a request that goes on with a transaction.
const SECONDARY: u8 = 8;

const REQUEST2: Layout = Layout::of(&[
    line("total_parameters", "TotParam=", Kind::Dec(U16)),
    line("total_data", "TotData=", Kind::Dec(U16)),
    line("max_parameters", "MaxParam=", Kind::Dec(U16)),
    line("max_data", "MaxData=", Kind::Dec(U16)),
    part("max_setup", "MaxSetup=", Kind::Dec(U8)),
    line("", "", Kind::Skip(1)),
    line("flags", "Flags=", Kind::Hex(U16)),
    line("timeout", "TimeOut=", Kind::Signed),
    line("reserved", "Res1=", Kind::Hex(U16)),
    line("parameters", "ParamCnt=", Kind::Dec(U16)),
    line("parameters_offset", "ParamOff=", Kind::Dec(U16)),
    line("data", "DataCnt=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
    part("setup", "SetupCnt=", Kind::Dec(U8)),
    line("", "", Kind::Skip(1)),
]);
const SECONDARY2: Layout = Layout::of(&[
    words("Trans2Secondary\n"),
    line("total_parameters", "TotParam=", Kind::Dec(U16)),
    line("total_data", "TotData=", Kind::Dec(U16)),
    line("parameters", "ParamCnt=", Kind::Dec(U16)),
    line("parameters_offset", "ParamOff=", Kind::Dec(U16)),
    line("parameters_displacement", "ParamDisp=", Kind::Dec(U16)),
    line("data", "DataCnt=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
    line("data_displacement", "DataDisp=", Kind::Dec(U16)),
    line("handle", "Handle=", Kind::Dec(U16)),
]);
const REPLY2: Layout = Layout::of(&[
    line("total_parameters", "TotParam=", Kind::Dec(U16)),
    line("total_data", "TotData=", Kind::Dec(U16)),
    line("reserved", "Res1=", Kind::Hex(U16)),
    line("parameters", "ParamCnt=", Kind::Dec(U16)),
    line("parameters_offset", "ParamOff=", Kind::Dec(U16)),
    line("parameters_displacement", "ParamDisp", Kind::Dec(U16)),
    line("data", "DataCnt=", Kind::Dec(U16)),
    line("data_offset", "DataOff=", Kind::Dec(U16)),
    line("data_displacement", "DataDisp=", Kind::Dec(U16)),
    part("setup", "SetupCnt=", Kind::Dec(U8)),
    line("", "", Kind::Skip(1)),
]);

const UNKNOWN_PARAMETERS: Layout = Layout::of(&[words("Parameters=\n")]);
const UNKNOWN_DATA: Layout = Layout::of(&[words("Data=\n")]);
const FIVE_WORDS: Kind = Kind::Row(&["", ", ", ", ", ", ", ", "], Item::Hex(U16), "");
const OPEN_REQUEST: Layout = Layout::of(&[
    line("flags2", "Flags2=", Kind::Hex(U16)),
    line("mode", "Mode=", Kind::Hex(U16)),
    line("search_attributes", "SearchAttrib=", Kind::Attributes),
    line("attributes", "Attrib=", Kind::Attributes),
    line("time", "Time=", Kind::DateClock),
    line("open_function", "OFun=", Kind::Hex(U16)),
    line("size", "Size=", Kind::Dec(U32)),
    Field { key: "reserved", label: "Res=(", kind: FIVE_WORDS, end: ")\n" },
    part("path", "Path=", Kind::Text),
]);
const OPEN_REPLY: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Dec(U16)),
    line("attributes", "Attrib=", Kind::Attributes),
    line("time", "Time=", Kind::DateClock),
    line("size", "Size=", Kind::Dec(U32)),
    line("access", "Access=", Kind::Hex(U16)),
    line("type", "Type=", Kind::Hex(U16)),
    line("state", "State=", Kind::Hex(U16)),
    line("action", "Action=", Kind::Hex(U16)),
    line("inode", "Inode=", Kind::Hex(U32)),
    line("error_offset", "OffErr=", Kind::Dec(U16)),
    MAY_END,
    line("attributes_length", "EALength=", Kind::Dec(U16)),
]);
const FIND_REQUEST: Layout = Layout::of(&[
    line("attributes", "Attribute=", Kind::Attributes),
    line("count", "SearchCount=", Kind::Dec(U16)),
    line("flags", "Flags=", Kind::Hex(U16)),
    line("level", "Level=", Kind::Padded(Item::Dec(U16), 4)),
    line("file", "File=", Kind::Text),
]);
const FIND_REPLY: Layout = Layout::of(&[
    line("handle", "Handle=", Kind::Hex(U16)),
    line("count", "Count=", Kind::Dec(U16)),
    line("end_of_search", "EOS=", Kind::Hex(U16)),
    line("error_offset", "Eoffset=", Kind::Dec(U16)),
    line("last_name", "LastNameOfs=", Kind::Hex(U16)),
]);
const VOLUME_REQUEST: Layout = Layout::of(&[line("level", "InfoLevel=", Kind::Dec(U16))]);
const VOLUME_UNKNOWN: Layout = Layout::of(&[words("UnknownLevel\n")]);
/// By the level of information that was asked for.
const VOLUMES: &[(u16, Layout)] = &[
    (
        0x001,
        Layout::of(&[
            line("id", "idFileSystem=", Kind::Hex(U32)),
            line("sectors_per_unit", "SectorUnit=", Kind::Dec(U32)),
            line("units", "Unit=", Kind::Dec(U32)),
            line("available", "Avail=", Kind::Dec(U32)),
            line("sector_size", "SectorSize=", Kind::Dec(U16)),
        ]),
    ),
    (
        0x002,
        Layout::of(&[
            part("created", "CreationTime=", Kind::DateClock),
            line("label_length", "VolNameLength=", Kind::Length(U8)),
            line("label", "VolumeLabel=", Kind::CountedChars),
        ]),
    ),
    (
        0x105,
        Layout::of(&[
            line("capabilities", "Capabilities=", Kind::Hex(U32)),
            line("max_name", "MaxFileLen=", Kind::Dec(U32)),
            line("label_length", "VolNameLen=", Kind::Length(U32)),
            line("label", "Volume=", Kind::CountedText),
        ]),
    ),
];

impl Told<'_> {
    /// A transaction of the second kind. A reply does not say what it replies to: it is taken for the reply to the
    /// last request that was seen.
    pub(super) fn transaction2(&mut self, cx: &mut Cx, parts: &Parts, out: &mut Out) -> Dissect {
        let Some((places, subcommand)) = self.begin(cx, parts, out)? else { return Ok(()) };
        let (parameters, data) = (places.parameters_length, places.data_length);
        out.say(name_of(subcommand)).note("subcommand", subcommand);
        writeln!(out, " param_length={parameters} data_length={data}");
        if self.request && parts.count == SECONDARY {
            return self.message.say(cx, "words", &SECONDARY2, parts.words, self.end, out).map(drop);
        }
        let (layout, count) = if self.request { (&REQUEST2, 14) } else { (&REPLY2, 10) };
        self.message.say(cx, "words", layout, parts.words, parts.words + 2 * count, out)?;
        self.count_bytes(parts, out)?;
        match subcommand {
            FIND_FIRST => {
                let layout = if self.request { &FIND_REQUEST } else { &FIND_REPLY };
                self.parameters(cx, layout, &places, out)?;
                self.data(&places, out)
            }
            QUERY_VOLUME => self.volume(cx, &places, out),
            _ => {
                let layout = match (subcommand, self.request) {
                    (OPEN, true) => &OPEN_REQUEST,
                    (OPEN, false) => &OPEN_REPLY,
                    _ => &UNKNOWN_PARAMETERS,
                };
                self.parameters(cx, layout, &places, out)?;
                let end = places.data + places.data_length;
                self.message.say(cx, "data", &UNKNOWN_DATA, places.data, end, out).map(drop)
            }
        }
    }

    /// The places of a transaction and what it does; `None` if that is all there is to tell.
    fn begin(&self, cx: &mut Cx, parts: &Parts, out: &mut Out) -> Dissect<Option<(Places, u16)>> {
        if self.request {
            let places = self.places(parts, [9, 14]);
            let Some(places) = places else { return cx.soft_cut(out).map(|()| None) };
            let subcommand = self.message.at(parts.words + 2 * 14).le16()?;
            let known = SUBCOMMANDS.iter().any(|(known, _)| *known == u32::from(subcommand));
            let subcommand = if known { subcommand } else { OPEN };
            cx.memory.smb.insert(Of::Subcommand, subcommand);
            return Ok(Some((places, subcommand)));
        }
        let subcommand = cx.memory.smb.get(&Of::Subcommand).map_or(OPEN, |last| *last);
        if parts.count == 0 {
            out.say(name_of(subcommand)).say("\nTrans2Interim\n").note("subcommand", subcommand);
            return Ok(None);
        }
        match self.places(parts, [3, 7]) {
            Some(places) => Ok(Some((places, subcommand))),
            None => cx.soft_cut(out).map(|()| None),
        }
    }

    fn parameters(&mut self, cx: &Cx, layout: &Layout, places: &Places, out: &mut Out) -> Dissect {
        let Places { parameters, parameters_length, .. } = *places;
        self.message.say(cx, "parameters", layout, parameters, parameters + parameters_length, out).map(drop)
    }

    fn data(&mut self, places: &Places, out: &mut Out) -> Dissect {
        if places.data_length == 0 {
            return Ok(());
        }
        out.say("data:\n");
        let end = places.data + places.data_length;
        text::dump("data", self.message.between(places.data, end), out)
    }

    fn volume(&mut self, cx: &mut Cx, places: &Places, out: &mut Out) -> Dissect {
        if self.request {
            let level = self.message.at(places.parameters).le16()?;
            cx.memory.smb.insert(Of::Level, level);
            self.parameters(cx, &VOLUME_REQUEST, places, out)?;
        } else {
            let level = cx.memory.smb.get(&Of::Level).map_or(0, |last| *last);
            let layout =
                VOLUMES.iter().find(|known| known.0 == level).map_or(&VOLUME_UNKNOWN, |known| &known.1);
            self.message.say(cx, "volume", layout, places.data, places.data + places.data_length, out)?;
        }
        self.data(places, out)
    }
}

fn name_of(subcommand: u16) -> &'static str {
    let known = SUBCOMMANDS.iter().find(|(known, _)| *known == u32::from(subcommand));
    known.map_or("", |(_, name)| *name)
}
