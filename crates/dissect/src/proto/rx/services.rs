//! What the services of AFS can do, and what that takes and gives (source: OpenAFS, fsint/afsint.xg, afscbint.xg,
//! ptserver/ptint.xg, vlserver/vldbint.xg, kauth/kauth.rg, volser/volint.xg, bozo/bosint.xg, ubik/ubik_int.xg).

mod names;

use super::fields::Field::{
    Acl, Date, Error, Fid, Gap, Int, Many, More, Name, Opaque, Server, Servers, Silent, Status, Truth, Uint,
    Unseen, Uuid, Version, VolumeType, Wide, Words, Wordy,
};
use super::fields::{self, Field};
use crate::prelude::*;

/// A service.
pub(super) struct Service {
    pub name: &'static str,
    port: u16,
    /// It keeps a database, for which it has the help of [`UBIK`].
    database: bool,
    /// Its replies are told even if there is nothing in them.
    pub empty_replies: bool,
    pub operations: NameTable,
    calls: Rows,
    replies: Rows,
    errors: Rows,
    /// What an error is, if not otherwise said.
    error: &'static [Field],
}

/// Operations, and the fields that they all have.
type Rows = &'static [(&'static [u32], &'static [Field])];

impl Service {
    /// The service at a UDP port.
    pub fn at(port: u16) -> Option<&'static Service> {
        SERVICES.iter().find(|service| service.port == port)
    }

    /// Who really does it.
    pub fn helper(&self, opcode: u32) -> Option<&'static Service> {
        (self.database && matches!(opcode, 10000..=10007 | 20000..=20013)).then_some(&UBIK)
    }

    pub fn arguments(&self, opcode: u32) -> &'static [Field] {
        row(self.calls, opcode).unwrap_or_default()
    }

    pub fn results(&self, opcode: u32) -> &'static [Field] {
        row(self.replies, opcode).unwrap_or_default()
    }

    pub fn error(&self, opcode: u32) -> &'static [Field] {
        row(self.errors, opcode).unwrap_or(self.error)
    }
}

fn row(rows: Rows, opcode: u32) -> Option<&'static [Field]> {
    rows.iter().find(|row| row.0.contains(&opcode)).map(|row| row.1)
}

const CODE: &[Field] = &[Int(" errcode", "error")];
const FS_ERRORS: NameTable = &[
    (101, "salvage volume"),
    (102, "no such vnode"),
    (103, "no such volume"),
    (104, "volume exist"),
    (105, "no service"),
    (106, "volume offline"),
    (107, "voline online"),
    (108, "diskfull"),
    (109, "diskquota exceeded"),
    (110, "volume busy"),
    (111, "volume moved"),
    (112, "AFS IO error"),
    // -100, as the wire has it.
    (0xffff_ff9c, "restarting fileserver"),
];

/// The longest names, in bytes.
const FILE: u32 = 256;
const PRINCIPAL: u32 = 64;
const PROTECTED: u32 = 64;
const VOLUME: u32 = 65;
const BOS: u32 = 256;

const FID: Field = Fid("", "fid");
const FILE_NAME: Field = Name("", "name", FILE);
const FIDS: Field = Many("fids", &[FID], ",");

/// Of each operation of the file service.
const FS_CALLS: Rows = &[
    (&[130], &[FID, Uint(" offset", "offset"), Uint(" length", "length")]),
    (&[131, 132, 143, 144, 145, 156, 157, 158], &[FID]),
    (&[135], &[FID, Status]),
    (
        &[133],
        &[FID, Status, Uint(" offset", "offset"), Uint(" length", "length"), Uint(" flen", "file_length")],
    ),
    (&[134], &[FID, Acl]),
    (&[137, 141], &[FID, FILE_NAME, Status]),
    (&[136, 142], &[FID, FILE_NAME]),
    (
        &[138],
        &[
            Fid(" old", "old_fid"),
            Name("", "old_name", FILE),
            Fid(" new", "new_fid"),
            Name("", "new_name", FILE),
        ],
    ),
    (&[139], &[FID, FILE_NAME, Name(" link to", "target", FILE)]),
    (&[140], &[FID, FILE_NAME, Fid(" link to", "target")]),
    (&[148], &[FILE_NAME]),
    (&[149, 150], &[Uint(" volid", "volume")]),
    (&[154], &[Name(" volname", "name", FILE)]),
    (&[155, 65536], &[FIDS]),
    (&[65537], &[FID, Wide(" offset", "offset"), Wide(" length", "length")]),
    (
        &[65538],
        &[FID, Status, Wide(" offset", "offset"), Wide(" length", "length"), Wide(" flen", "file_length")],
    ),
    (&[65541], &[Uint(" addr", "address")]),
];
const FS_REPLIES: Rows = &[
    (&[131], &[Acl]),
    (&[137, 141], &[Fid(" new", "fid")]),
    (&[151], &[Name(" root volume", "volume", FILE)]),
    (&[153], &[Date("", "time")]),
];

const CB_CALLS: Rows = &[
    (
        &[204],
        &[FIDS, More("callbacks", &[Int(" ver", "version"), Date(" expires", "expires"), Silent("type")])],
    ),
    (&[214], &[Uuid(" afsuuid", "uuid")]),
];
const CB_REPLIES: Rows = &[(&[213], &[Uuid("", "uuid")])];

const ID: Field = Int(" id", "id");
const PT_NAME: Field = Name("", "name", PROTECTED);
const NAMES: Field = Many("names", &[Wordy("", "name", PROTECTED as usize)], "");
const IDS: Field = Many("ids", &[Int("", "id")], "");
const PT_CALLS: Rows = &[
    (&[500], &[PT_NAME, ID, Int(" oldid", "old_id")]),
    (&[501, 506, 508, 512, 514, 517, 518, 519, 530], &[ID]),
    (&[502], &[Int(" pos", "position")]),
    (&[503, 507, 515], &[Int(" uid", "uid"), Int(" gid", "gid")]),
    (&[504], &[NAMES]),
    (&[505], &[Words(" ids:"), IDS]),
    (&[509], &[PT_NAME, Int(" flag", "flag"), Int(" oid", "owner")]),
    (&[511], &[ID, Int(" gflag", "flag")]),
    (&[513], &[ID, PT_NAME, Int(" oldid", "old_id"), Int(" newid", "new_id")]),
    (&[520], &[ID, PT_NAME]),
];
const PT_REPLIES: Rows = &[
    (&[504], &[Words(" ids:"), IDS]),
    (&[505], &[NAMES]),
    (&[508, 514, 517, 518, 519], &[IDS]),
    (&[510], &[Int(" maxuid", "uid_most"), Int(" maxgid", "gid_most")]),
];

const VOLUME_NAME: Field = Wordy("", "name", VOLUME as usize);
const VOLUME_ID: Field = Int(" volid", "volume");
const VLDB_CALLS: Rows = &[
    (&[501, 517], &[VOLUME_NAME]),
    (&[502, 503, 507, 508, 509, 518], &[VOLUME_ID, VolumeType]),
    (&[504, 519, 524, 527], &[Name("", "name", VOLUME)]),
    (&[505], &[Int(" bump", "bump")]),
    (&[506, 520], &[VOLUME_ID, VolumeType, VOLUME_NAME]),
    (&[510, 521], &[Int(" index", "index")]),
];
const COUNT: Field = Int(" count", "count");
const NEXT: Field = Int(" nextindex", "next_index");
const SERVERS: Field = Servers(fields::Servers { places: 8, by_uuid: false });
const SERVERS_N: Field = Servers(fields::Servers { places: 13, by_uuid: false });
const SERVERS_U: Field = Servers(fields::Servers { places: 13, by_uuid: true });
const WRITABLE: Field = Uint(" rwvol", "writable");
const READABLE: Field = Uint(" rovol", "readable");
const BACKUP: Field = Uint(" backup", "backup");
const VLDB_REPLIES: Rows = &[
    (&[510], &[COUNT, NEXT, VOLUME_NAME, Gap(4), SERVERS, WRITABLE, READABLE, BACKUP]),
    (&[503, 504], &[VOLUME_NAME, Gap(4), SERVERS, WRITABLE, READABLE, BACKUP]),
    (&[505], &[Uint(" newvol", "volume")]),
    (&[521, 529], &[COUNT, NEXT, VOLUME_NAME, SERVERS_N, WRITABLE, READABLE, BACKUP]),
    (&[518, 519], &[VOLUME_NAME, SERVERS_N, WRITABLE, READABLE, BACKUP]),
    (&[526, 527], &[VOLUME_NAME, SERVERS_U, WRITABLE, READABLE, BACKUP]),
];

const USER: Field = Name(" principal", "principal", PRINCIPAL);
const INSTANCE: Field = Name("", "instance", PRINCIPAL);
const KEY_VERSION: Field = Int(" kvno", "key_version");
const KAUTH_CALLS: Rows = &[
    (&[1, 21, 22, 2, 5, 6, 7, 8, 14, 15], &[USER, INSTANCE]),
    (&[3, 23], &[KEY_VERSION, Name(" domain", "domain", PRINCIPAL), Opaque("ticket"), USER, INSTANCE]),
    (&[4], &[USER, INSTANCE, KEY_VERSION]),
    (&[12], &[Name(" name", "name", PRINCIPAL)]),
];

const TRANSACTION: Field = Uint(" trans", "transaction");
const TID: Field = Uint(" tid", "transaction");
const FROM: Field = Uint(" fromtrans", "from_transaction");
const SINCE: Field = Date(" fromdate", "from_date");
const VOL_FLAGS: Field = Uint(" flags", "flags");
const VOL_NAME: Field = Name(" name", "name", FILE);
const VOL_TYPE: Field = Uint(" type", "type");
const PARTITION: Field = Uint(" partition", "partition");
const PARENT: Field = Uint(" pid", "parent");
const VOL_CALLS: Rows = &[
    (&[100], &[PARTITION, VOL_NAME, VOL_TYPE, Uint(" parent", "parent")]),
    (&[101, 104, 107], &[TRANSACTION]),
    (&[102], &[Uint(" totrans", "to_transaction"), VOL_FLAGS]),
    (&[103], &[FROM, SINCE, Server, Int(" desttrans", "to_transaction")]),
    (
        &[105],
        &[TRANSACTION, Uint(" purgevol", "purged"), Uint(" newtype", "type"), Name(" newname", "name", FILE)],
    ),
    (&[106], &[TRANSACTION, VOL_FLAGS]),
    (&[108], &[Uint(" vol", "volume"), PARTITION, VOL_FLAGS]),
    // The second number is the operation 65537 as tcpdump looks for it.
    (&[109, 655_537], &[FROM, SINCE]),
    (&[110], &[Uint(" index", "index")]),
    (&[111], &[TID, Uint(" newsite", "site")]),
    (&[112, 113], &[Words(" tid")]),
    (&[114], &[VOL_NAME, VOL_TYPE, PARENT, Uint(" cloneid", "clone")]),
    (&[116], &[PARTITION, VOL_FLAGS]),
    (&[117], &[TID, VOL_NAME, VOL_TYPE, PARENT, Uint(" clone", "clone"), BACKUP]),
    (&[119], &[VOL_NAME]),
    (&[120, 126], &[TID]),
    (&[121, 122, 124, 125, 65536], &[Uint(" partid", "partition"), Uint(" volid", "volume")]),
    (&[123], &[TID, Date(" date", "date")]),
    (&[128], &[FROM, SINCE, Many("servers", &[Server], ",")]),
    (&[65538], &[FROM, SINCE, VOL_FLAGS]),
];
const VOL_REPLIES: Rows = &[
    (&[100], &[Uint(" volid", "volume"), TRANSACTION]),
    (&[104, 107], &[Uint("", "value")]),
    (&[105], &[Uint(" newvol", "volume")]),
    (&[108], &[TRANSACTION]),
    (&[110], &[Uint(" volume", "volume"), PARTITION]),
    (&[112], &[FILE_NAME]),
    (
        &[113],
        &[
            Uint(" volid", "volume"),
            Uint(" nextuniq", "next_unique"),
            VOL_TYPE,
            Uint(" parentid", "parent"),
            Uint(" clone", "clone"),
            BACKUP,
            Uint(" restore", "restored_from"),
            Uint(" maxquota", "quota_most"),
            Uint(" minquota", "quota_least"),
            Uint(" owner", "owner"),
            Date(" create", "created"),
            Date(" access", "accessed"),
            Date(" update", "updated"),
            Date(" expire", "expires"),
            Date(" backup", "backed_up"),
            Date(" copy", "copied"),
        ],
    ),
    (
        &[116, 121],
        &[Many(
            "volumes",
            &[Wordy(" name", "name", 32), Uint(" volid", "volume"), Words(" type"), Unseen(84)],
            ",",
        )],
    ),
];

const BOS_NAME: Field = Name("", "name", BOS);
const BOS_CALLS: Rows = &[
    (&[80], &[Name(" type", "type", BOS), Name(" instance", "instance", BOS)]),
    (&[81, 83, 85, 87, 88, 93, 96, 97, 104, 106, 108, 112, 114], &[BOS_NAME]),
    (&[82, 98], &[BOS_NAME, Int(" status", "status")]),
    (&[86], &[BOS_NAME, Int(" num", "number")]),
    (&[84, 89, 90, 91, 92, 95], &[Int("", "number")]),
    (&[105], &[BOS_NAME, Int(" size", "size"), Int(" flags", "flags"), Int(" date", "date")]),
];

const UBIK_TID: Field = Version(" tid", "transaction");
const UBIK_FILE: Field = Int(" file", "file");
const POSITION: Field = Int(" pos", "position");
const LENGTH: Field = Int(" length", "length");
const DATABASE: Field = Version(" dbversion", "version");
const UBIK_CALLS: Rows = &[
    (&[10000], &[Truth(" syncsite", "sync_site"), Date(" votestart", "vote_start"), DATABASE, UBIK_TID]),
    (&[10003], &[Uint(" site", "site")]),
    (&[20000, 20001, 20007, 20008, 20010], &[UBIK_TID]),
    (&[20002], &[UBIK_TID, UBIK_FILE, POSITION, LENGTH, Silent("type")]),
    (&[20003], &[UBIK_TID, UBIK_FILE, POSITION]),
    (&[20005], &[UBIK_FILE]),
    (&[20006], &[UBIK_FILE, LENGTH, DATABASE]),
    (&[20009], &[UBIK_TID, UBIK_FILE, LENGTH]),
    (&[20012], &[UBIK_TID, Version(" oldversion", "old_version"), Version(" newversion", "new_version")]),
];
const UBIK_REPLIES: Rows = &[(&[10000], &[Words(" vote no")]), (&[20004], &[DATABASE])];
/// A vote for the one that asked comes as an error: the time until which it holds.
const UBIK_ERRORS: Rows = &[(&[10000], &[Date(" vote yes until", "vote_until")])];

const SERVICE: Service = Service {
    name: "",
    port: 0,
    database: false,
    empty_replies: false,
    operations: &[],
    calls: &[],
    replies: &[],
    errors: &[],
    error: CODE,
};

/// The services that have a port.
pub(super) static SERVICES: &[Service] = &[
    Service {
        name: "fs",
        port: 7000,
        operations: names::FS,
        calls: FS_CALLS,
        replies: FS_REPLIES,
        error: &[Error(FS_ERRORS)],
        ..SERVICE
    },
    Service {
        name: "cb",
        port: 7001,
        operations: names::CB,
        calls: CB_CALLS,
        replies: CB_REPLIES,
        ..SERVICE
    },
    Service {
        name: "pt",
        port: 7002,
        database: true,
        empty_replies: true,
        operations: names::PT,
        calls: PT_CALLS,
        replies: PT_REPLIES,
        ..SERVICE
    },
    Service {
        name: "vldb",
        port: 7003,
        database: true,
        empty_replies: true,
        operations: names::VLDB,
        calls: VLDB_CALLS,
        replies: VLDB_REPLIES,
        ..SERVICE
    },
    Service {
        name: "kauth",
        port: 7004,
        database: true,
        operations: names::KAUTH,
        calls: KAUTH_CALLS,
        ..SERVICE
    },
    Service {
        name: "vol",
        port: 7005,
        operations: names::VOL,
        calls: VOL_CALLS,
        replies: VOL_REPLIES,
        ..SERVICE
    },
    Service { name: "bos", port: 7007, operations: names::BOS, calls: BOS_CALLS, ..SERVICE },
];

/// What keeps the copies of a database alike.
static UBIK: Service = Service {
    name: "ubik",
    operations: names::UBIK,
    calls: UBIK_CALLS,
    replies: UBIK_REPLIES,
    errors: UBIK_ERRORS,
    ..SERVICE
};
