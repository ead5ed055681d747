//! Operations on a logical function block of a ForCES element (RFC 5810 section 7.6).
//!
//! ```text
//! | class (4) | instance (4) | operation TLVs ..
//! ```

use super::path_data::{self, FULL, RESULT, SPARSE};
use super::tlv::{self, Tlv, blanks, line};
use super::{INDENT, Walk};
use crate::prelude::*;

pub const SET: u16 = 1;
pub const SET_PROPERTY: u16 = 2;
pub const SET_RESPONSE: u16 = 3;
pub const SET_PROPERTY_RESPONSE: u16 = 4;
pub const DELETE: u16 = 5;
pub const DELETE_RESPONSE: u16 = 6;
pub const GET: u16 = 7;
pub const GET_PROPERTY: u16 = 8;
pub const GET_RESPONSE: u16 = 9;
pub const GET_PROPERTY_RESPONSE: u16 = 10;
pub const REPORT: u16 = 11;
pub const COMMIT: u16 = 12;
pub const COMMIT_RESPONSE: u16 = 13;
pub const COMPLETE: u16 = 14;
/// From here on operations are their vendors'.
const VENDORS: u16 = 0x8000;
const NAMES: NameTable = &[
    (SET as u32, " Set"),
    (SET_PROPERTY as u32, " SetProp"),
    (SET_RESPONSE as u32, " SetResp"),
    (SET_PROPERTY_RESPONSE as u32, " SetPropResp"),
    (DELETE as u32, " Del"),
    (DELETE_RESPONSE as u32, " DelResp"),
    (GET as u32, " Get"),
    (GET_PROPERTY as u32, " GetProp"),
    (GET_RESPONSE as u32, " GetResp"),
    (GET_PROPERTY_RESPONSE as u32, " GetPropResp"),
    (REPORT as u32, " Report"),
    (COMMIT as u32, " Commit"),
    (COMMIT_RESPONSE as u32, " RCommit"),
    (COMPLETE as u32, " RTRCOMP"),
];

const BLOCKS: NameTable = &[(0, "Invalid TLV"), (1, "FEObj LFB"), (2, "FEProtoObj LFB")];

/// Bytes of class, instance, and one operation's header.
const LEAST: usize = 12;
/// Bytes that an operation's contents have at least.
const LEAST_CONTENTS: usize = 8;

/// A block, and the operations on it, of which a message `may` hold some.
pub fn select(walk: &mut Walk, may: &[u16], mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() <= LEAST {
        write!(out, "\n\t\tundersized lfb selector: {} bytes missing! ", LEAST - p.claimed());
        return Err(Stop::Invalid);
    }
    let (class, instance) = (p.be32()?, p.be32()?);
    if walk.talks() {
        out.say("\n").say(blanks(INDENT)).note("class", class);
        out.aloud(|out| match BLOCKS.iter().find(|row| row.0 == class) {
            Some((_, name)) => _ = out.say(name),
            None => _ = out.say("#").int("", class.cast_signed().into()),
        });
        out.aloud(|out| _ = out.say("(Classid ").hex("", class).say(") instance "));
        out.hex("instance", instance).say("\n");
    }
    out.list("operations", |out| {
        while p.claimed() > 0 {
            let tlv = Tlv::read(&p)?;
            if tlv.fault.is_some() {
                break;
            }
            let known = may.contains(&tlv.kind) || tlv.kind >= VENDORS;
            let done = out.item(|out| {
                let done = if known { operation(walk, &tlv, out) } else { unknown(walk, &tlv, p, out) };
                if done == Err(Stop::Invalid) {
                    out.note_that("invalid", true);
                }
                done
            });
            // What is wrong inside an operation is not held against the others.
            if done == Err(Stop::Truncated) {
                return done;
            }
            p.pass(tlv.padded());
        }
        tlv::end("oper", p, out)
    })
}

/// An operation that has no place in its message, with all that follows it.
fn unknown(walk: &Walk, tlv: &Tlv, rest: Cursor, out: &mut Out) -> Dissect {
    if !walk.talks() {
        out.say("\n");
    }
    out.say("\t\tINValid oper-TLV type 0x").hex("type", tlv.kind).say(" length ").num("length", tlv.length);
    out.say(" for this ForCES message\n");
    invalid_data(walk, rest, INDENT + 1, out)
}

fn invalid_data(walk: &Walk, p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    if walk.talks() {
        let line = line(indent);
        out.say(blanks(indent - 1)).say("Data[");
        tlv::dump("data", p, line, out)?;
        out.say(line).say("]\n");
    }
    Err(Stop::Invalid)
}

fn operation(walk: &mut Walk, tlv: &Tlv, out: &mut Out) -> Dissect {
    const INNER: usize = INDENT + 1;
    let length = tlv.length;
    let name = |out: &mut Out| {
        out.name("", tlv.kind, NAMES, "Invalid OPTLV").say("(0x").hex("", tlv.kind).say(")");
    };
    out.note("type", tlv.kind).note("length", length);
    if walk.talks() {
        out.aloud(|out| {
            out.say(blanks(INNER)).say("Oper TLV ");
            name(out);
            writeln!(out, " length {length}");
        });
    }
    if tlv.value.claimed() < LEAST_CONTENTS {
        out.aloud(|out| {
            out.say("\t\tOper TLV ");
            name(out);
            write!(out, " length {length}\n\t\tTruncated data size {}", tlv.value.claimed());
            writeln!(out, " minimum required {LEAST_CONTENTS}");
        });
        return invalid_data(walk, tlv.value, INNER, out);
    }
    let may = match tlv.kind {
        SET | SET_PROPERTY | REPORT => FULL | SPARSE,
        SET_RESPONSE | SET_PROPERTY_RESPONSE | DELETE_RESPONSE => RESULT,
        DELETE | GET | GET_PROPERTY => 0,
        GET_RESPONSE => FULL | SPARSE | RESULT,
        GET_PROPERTY_RESPONSE => FULL | RESULT,
        COMMIT | COMPLETE => return Ok(()),
        COMMIT_RESPONSE => return path_data::generic(walk, tlv.value, RESULT, INNER + 1, out),
        _ => return invalid_data(walk, tlv.value, INNER + 1, out),
    };
    path_data::tables(walk, "path_data", tlv.value, may, INNER + 1, out)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{packet, says};
    use crate::testing::values;

    #[test]
    fn a_get_and_its_response() {
        let get = "1000 001c 00000001 00000001 0007 0010 0110 000c 0000 0001 00000002";
        let block =
            "\tLFBselect TLV, length 28 (data length 24 Bytes)\n         FEObj LFB(Classid 1) instance 1\n";
        says(
            "04",
            get,
            "Query",
            &format!(
                "{block}          Oper TLV  Get(0x7) length 16\
                 \n           PATH-DATA TLV, length 12 (data encapsulated 8 Bytes)\
                 \n            Pathdata: Flags 0x0 ID count 1\n            ID#01: 2\n"
            ),
        );
        let said = values(&super::super::FORCES, &packet("04", get));
        let expected = r#""tlvs":[{"type":4096,"length":28,"class":1,"instance":1,"operations":[{"type":7,"length":16,"path_data":[{"type":272,"length":12,"flags":0,"ids":[2]}]}]}]"#;
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn operations_out_of_place() {
        let head =
            "\tLFBselect TLV, length 28 (data length 24 Bytes)\n         #-1(Classid ffffffff) instance 1\n";
        says(
            "04",
            "1000 001c ffffffff 00000001 0001 0010 0110 000c 0000 0001 00000002",
            "Query",
            &format!(
                "{head}\t\tINValid oper-TLV type 0x1 length 16 for this ForCES message\
                 \n         Data[\n         0x0000:  0001 0010 0110 000c 0000 0001 0000 0002\n         ]\n"
            ),
        );
        let head =
            "\tLFBselect TLV, length 20 (data length 16 Bytes)\n         FEObj LFB(Classid 1) instance 1\n";
        says(
            "04",
            "1000 0014 00000001 00000001 8007 0008 01020304",
            "Query",
            &format!(
                "{head}          Oper TLV Invalid OPTLV(0x8007) length 8\n\t\tOper TLV Invalid OPTLV(0x8007) length 8\
                 \n\t\tTruncated data size 4 minimum required 8\
                 \n         Data[\n         0x0000:  0102 0304\n         ]\n"
            ),
        );
        let rc = " [rc 4294967295 < 0] [rc 4294967295 < 0] (invalid)";
        says(
            "04",
            "1000 0014 00000001 00000001 0007 000c 01020304",
            "Query",
            &format!("{head}\n\t\tMessy oper TLV header, type (0x7)\n\t\texcess of 4294967292 Bytes {rc}"),
        );
        says(
            "04",
            "1000 000c 00000001 00000001",
            "Query",
            &format!(
                "\tLFBselect TLV, length 12 (data length 8 Bytes)\n\t\tundersized lfb selector: 4 bytes missing! {rc}"
            ),
        );
    }

    #[test]
    fn operations_without_contents() {
        says(
            "03",
            "1000 0018 00000002 00000001 000c 000c 00000000 00000000",
            "Config",
            "\tLFBselect TLV, length 24 (data length 20 Bytes)\n         FEProtoObj LFB(Classid 2) instance 1\
             \n          Oper TLV  Commit(0xc) length 12\n",
        );
    }
}
