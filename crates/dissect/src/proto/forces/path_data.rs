//! Path data: what an operation of ForCES is about, and its values (RFC 5810 section 7.1, appendix B).
//!
//! ```text
//! path data: | flags (2) | count (2) | identifiers (4 each) .. | range, or key | data, or more path data ..
//! range:     | TLV header | first (4) | last (4) |
//! key:       | identifier (4) | TLV of data |
//! ```

use super::tlv::{self, Ilv, PATH_DATA, Tlv, blanks, line};
use super::{FAILED, Walk};
use crate::prelude::*;

/// What may stand in path data: whole values,
pub const FULL: u16 = 0x01;
/// components of values,
pub const SPARSE: u16 = 0x02;
/// results.
pub const RESULT: u16 = 0x04;
/// The path ends in a key,
const KEY: u16 = 0x08;
/// is appended to,
const APPEND: u16 = 0x10;
/// or ends in a range.
const RANGE: u16 = 0x20;

/// Bits of path data that announce these.
const FLAGS: &[(u16, u16)] = &[(0x1, KEY), (0x2, RANGE), (0x4, APPEND)];
/// Bytes of a range, or of a key at least.
const SELECTOR: usize = 12;
/// How deep path data may nest.
const DEEPEST: usize = 200;

const RESERVED_RESULTS: std::ops::RangeInclusive<u8> = 0x18..=0xfe;
const RESULTS: NameTable = &[
    (0x00, "SUCCESS"),
    (0x01, "INVALID HEADER"),
    (0x02, "LENGTH MISMATCH"),
    (0x03, "VERSION MISMATCH"),
    (0x04, "INVALID DESTINATION PID"),
    (0x05, "LFB UNKNOWN"),
    (0x06, "LFB NOT FOUND"),
    (0x07, "LFB INSTANCE ID NOT FOUND"),
    (0x08, "INVALID PATH"),
    (0x09, "COMPONENT DOES NOT EXIST"),
    (0x0a, "EXISTS ALREADY"),
    (0x0b, "NOT FOUND"),
    (0x0c, "READ ONLY"),
    (0x0d, "INVALID ARRAY CREATION"),
    (0x0e, "VALUE OUT OF RANGE"),
    (0x0f, "CONTENTS TOO LONG"),
    (0x10, "INVALID PARAMETERS"),
    (0x11, "INVALID MESSAGE TYPE"),
    (0x12, "INVALID FLAGS"),
    (0x13, "INVALID TLV"),
    (0x14, "EVENT ERROR"),
    (0x15, "NOT SUPPORTED"),
    (0x16, "MEMORY ERROR"),
    (0x17, "INTERNAL ERROR"),
    (0xff, "UNSPECIFIED ERROR"),
];

/// TLVs of path data, of which `may` says what they may hold.
pub fn tables(walk: &mut Walk, key: &str, p: Cursor, may: u16, indent: usize, out: &mut Out) -> Dissect {
    if walk.depth >= DEEPEST {
        return Err(Stop::Invalid);
    }
    walk.depth += 1;
    let done = out.list(key, |out| rows(walk, p, may, indent, out));
    walk.depth -= 1;
    done
}

fn rows(walk: &mut Walk, mut p: Cursor, may: u16, indent: usize, out: &mut Out) -> Dissect {
    while p.claimed() > 0 {
        let tlv = Tlv::read(&p)?;
        if tlv.fault.is_some() {
            break;
        }
        out.item(|out| {
            if walk.talks() {
                let (length, inside) = (tlv.length, tlv.value.claimed());
                out.say(blanks(indent)).name("type", tlv.kind, tlv::NAMES, "#%u");
                out.say(", length ").num("length", length);
                write!(out, " (data encapsulated {inside} Bytes)");
            }
            const CHECK: &str = "pdata_print(ndo, dp, tlvl - TLV_HDRL, op_msk, indent + 1)";
            twice(walk, CHECK, out, |walk, out| path(walk, tlv.value, may, indent + 1, out))
        })?;
        p.pass(tlv.padded());
    }
    tlv::end("PATHDATA", p, out)
}

/// Tcpdump checks some parts in a way that has it print those that fail a second time, and then says which
/// check it was. Parts in parts double that; there is an end to it here.
fn twice(
    walk: &mut Walk,
    check: &str,
    out: &mut Out,
    mut part: impl FnMut(&mut Walk, &mut Out) -> Dissect,
) -> Dissect {
    let done = part(walk, out);
    if done != Err(Stop::Invalid) {
        return done;
    }
    out.aloud(|out| {
        if let Some(left) = walk.repeats.checked_sub(1) {
            walk.repeats = left;
            _ = part(walk, out);
        }
    });
    Err(out.lie(check, FAILED, "==", FAILED))
}

/// What answers a commit: one TLV of path data, or of anything else.
pub fn generic(walk: &mut Walk, p: Cursor, may: u16, indent: usize, out: &mut Out) -> Dissect {
    let tlv = Tlv::read(&p)?;
    let (kind, length) = (tlv.kind, tlv.length);
    out.nest("tlv", |out| {
        out.say("genoptlvprint - ").name("type", kind, tlv::NAMES, "#%u");
        out.note("length", length);
        writeln!(out, " TLV type 0x{kind:x} len {length}");
        if tlv.fault.is_some() {
            write!(out, "\t\t\tInvalid ForCES TLV type={kind:x}");
            return Err(Stop::Invalid);
        }
        if !tlv::may_be_top(kind) {
            writeln!(out, "#0 TLV type 0x{kind:x} len {length}");
            return Err(Stop::Invalid);
        }
        if walk.talks() {
            out.say(blanks(indent)).aloud(|out| _ = out.name("", kind, tlv::NAMES, "#%u"));
            write!(out, ", length {length} (data length {} Bytes)", tlv.value.claimed());
        }
        path(walk, tlv.value, may, indent + 1, out)
    })
}

fn path(walk: &mut Walk, mut p: Cursor, may: u16, indent: usize, out: &mut Out) -> Dissect {
    p.need(4)?;
    out.enough("len", &p, 4)?;
    let (flags, count) = (p.be16()?, p.be16()?);
    if walk.talks() {
        out.say("\n").say(blanks(indent)).say("Pathdata: Flags 0x").hex("flags", flags);
        out.aloud(|out| _ = out.say(" ID count ").num("", count).say("\n"));
    }
    let announced = FLAGS.iter().filter(|row| flags & row.0 != 0).fold(0, |all, row| all | row.1);
    let may = may | announced;
    let (left, size) = (p.claimed(), usize::from(count) * 4);
    if left < size {
        writeln!(out, "\t\t\ttruncated IDs expected {size}B got {left}B");
        tlv::dump("data", p, "\t\t\tID Data[", out)?;
        out.say("]\n");
        return Err(Stop::Invalid);
    }
    if may & RANGE != 0 && may & KEY != 0 {
        out.say("\t\t\tIllegal to have both Table ranges and keys\n");
        return Err(Stop::Invalid);
    }
    selected(walk, &mut p, count, may, indent, out)?;
    if p.claimed() == 0 {
        return Ok(());
    }
    tables(walk, "more", p, may, indent + 1, out)
}

/// The identifiers, the range or the key behind them, and the data that they select.
fn selected(walk: &mut Walk, p: &mut Cursor, count: u16, may: u16, indent: usize, out: &mut Out) -> Dissect {
    let talks = walk.talks();
    if may & APPEND != 0 && talks {
        out.say(blanks(indent)).say("TABLE APPEND\n");
    }
    out.list("ids", |out| {
        for number in 1..=count {
            let id = p.be32()?;
            if talks {
                write!(out, "{}ID#{number:02}: ", blanks(indent)).num("", id).say("\n");
            }
        }
        Ok(())
    })?;
    if may & (RANGE | KEY) != 0 && p.claimed() < SELECTOR {
        writeln!(out, "pathlength {} with key/range too short {SELECTOR}", p.claimed());
        return Err(Stop::Invalid);
    }
    if may & RANGE != 0 {
        p.pass(tlv::HEADER);
        let (first, last) = (p.be32()?, p.be32()?);
        if talks {
            out.say(blanks(indent))
                .say("Table range: [")
                .num("first", first)
                .say(",")
                .num("last", last)
                .say("]\n");
        }
    }
    if may & KEY != 0 {
        selecting_key(p, out)?;
    }
    if p.claimed() == 0 { Ok(()) } else { data(walk, p, may, indent, out) }
}

fn selecting_key(p: &mut Cursor, out: &mut Out) -> Dissect {
    let id = p.be32()?;
    out.note("key", id);
    let length = usize::from(p.at(2).be16()?);
    p.pass(tlv::HEADER);
    let Some(size) = length.checked_sub(tlv::HEADER) else {
        writeln!(out, "key content length {length} < {}", tlv::HEADER);
        return Err(Stop::Invalid);
    };
    if p.claimed() < size {
        out.say("key content too short\n");
        return Err(Stop::Invalid);
    }
    out.aside(|out| _ = out.bytes("key_value", p.sub(size).rest()));
    p.pass(size);
    Ok(())
}

/// One TLV of data; its zeros count for it.
fn data(walk: &mut Walk, p: &mut Cursor, may: u16, indent: usize, out: &mut Out) -> Dissect {
    let tlv = Tlv::read(p)?;
    let (kind, length, size) = (tlv.kind, tlv.length, tlv.value.claimed());
    let holds = match kind {
        PATH_DATA | tlv::KEY => 0,
        tlv::FULL => FULL,
        tlv::SPARSE => SPARSE,
        tlv::RESULT => RESULT,
        _ if tlv.fault.is_none() => {
            writeln!(out, "Invalid path data content type 0x{kind:x} len {length}");
            return bad(&tlv, *p, out);
        }
        _ => 0,
    };
    if let Some(fault) = tlv.fault {
        let left = p.claimed();
        writeln!(out, "{fault} Outstanding bytes {left} for TLV type 0x{kind:x} TLV len {length}");
        return bad(&tlv, *p, out);
    }
    let padding = tlv.padded() - length;
    if walk.talks() && kind != PATH_DATA {
        out.say(blanks(indent)).say("  ").name("data_type", kind, tlv::NAMES, "");
        out.say(" (Length ").num("data_length", length);
        write!(out, " DataLen {size}");
        if padding > 0 {
            write!(out, " pad {padding}");
        }
        out.say(" Bytes)\n");
    }
    if kind != PATH_DATA {
        fits(kind, may, holds, out);
    }
    let whole = p.claiming(tlv.padded());
    const CHECK: &str = "ops->print(ndo, (const u_char *)pdtlv, tll + pad + TLV_HDRL, op_msk, indent + 2)";
    twice(walk, CHECK, out, |walk, out| match kind {
        PATH_DATA => tables(walk, "inner", whole, may, indent + 2, out),
        tlv::KEY => key_info(walk, whole, indent + 2, out),
        tlv::FULL => full(walk, whole, indent + 2, out),
        tlv::SPARSE => sparse(walk, whole, indent + 2, out),
        _ => result(walk, whole, indent + 2, out),
    })?;
    p.pass(tlv.padded());
    Ok(())
}

/// Data that cannot be told, unless it says that it is not there at all.
fn bad(tlv: &Tlv, p: Cursor, out: &mut Out) -> Dissect {
    if tlv.length == 0 {
        return Ok(());
    }
    tlv::dump("data", p, "Bad Data val\n\t  [", out)?;
    out.say("]\n");
    Err(Stop::Invalid)
}

/// Says what does not fit what was announced.
fn fits(kind: u16, may: u16, holds: u16, out: &mut Out) {
    if may & KEY != 0 {
        if kind != tlv::KEY {
            out.say("Based on flags expected KEYINFO TLV!\n");
        }
    } else if may & holds == 0 {
        writeln!(out, "Illegal DATA encoding for type 0x{kind:x} programmed {holds:x} got {may:x}");
    }
}

/// A TLV of a whole value, which `p` claims to the last zero.
fn full(walk: &Walk, mut p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    p.need(tlv::HEADER)?;
    let kind = p.be16()?;
    p.skip(2)?;
    if kind != tlv::FULL {
        out.say("Error: expecting FULLDATA!\n");
        return Err(Stop::Invalid);
    }
    if walk.talks() {
        let margin = blanks(indent + 1);
        out.say(margin).say("[");
        tlv::dump("value", p, line(indent + 2), out)?;
        out.say("\n").say(margin).say("]");
    }
    Ok(())
}

fn sparse(walk: &Walk, mut p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    p.skip(tlv::HEADER)?;
    if p.claimed() < tlv::ILV_HEADER {
        out.say("Error: BAD SPARSEDATA-TLV!\n");
        return Err(Stop::Invalid);
    }
    out.list("components", |out| {
        while p.claimed() > 0 {
            let ilv = match Ilv::read(&p)? {
                Ok(ilv) => ilv,
                Err(fault) => {
                    writeln!(out, "Error: {fault}, rlen {}", p.claimed());
                    return Err(Stop::Invalid);
                }
            };
            if walk.talks() {
                out.item(|out| {
                    out.say("\n").say(blanks(indent)).say(" ILV: type ").hex("id", ilv.id);
                    out.say(" length ").num("length", ilv.length).say("\n");
                    tlv::dump("value", ilv.value, "\t\t[", out)
                })?;
            }
            p.pass(ilv.padded());
        }
        Ok(())
    })
}

fn result(walk: &Walk, mut p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    p.pass(tlv::HEADER);
    if p.claimed() != 4 {
        writeln!(out, "illegal RESULT-TLV: {} bytes!", p.claimed());
        return Err(Stop::Invalid);
    }
    p.need(4)?;
    let code = p.u8()?;
    if RESERVED_RESULTS.contains(&code) {
        writeln!(out, "illegal reserved result code: 0x{code:x}!");
        return Err(Stop::Invalid);
    }
    if walk.talks() {
        out.say(blanks(indent)).say("  Result: ").name("result", code, RESULTS, "");
        writeln!(out, " (code 0x{code:x})");
    }
    Ok(())
}

/// A key and its value; tcpdump looks for the value's TLV inside that TLV.
fn key_info(walk: &Walk, p: Cursor, indent: usize, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let mut inner = p.at(tlv::HEADER);
    let id = inner.be32()?;
    out.say(blanks(indent)).say("Keyinfo: Key 0x").hex("key_info", id).say("\n");
    let tlv = Tlv::read(&inner)?;
    if let Some(fault) = tlv::fault(tlv::HEADER, tlv.length, length) {
        writeln!(out, "{fault} TLV type 0x{:x} len {}", tlv.kind, tlv.length);
        return Err(Stop::Invalid);
    }
    full(walk, tlv.value.claiming(tlv.length), indent, out)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{packet, says};
    use super::super::{FORCES, REPEATS};
    use crate::cx::Options;
    use crate::out::Ear;
    use crate::testing::{bytes, hear, values};

    /// A message with one operation, whose contents these are, in whole words.
    fn contents(operation: &str, contents: &str) -> String {
        let size = contents.split_whitespace().collect::<String>().len() / 2;
        format!("1000 {:04x} 00000001 00000001 {operation} {:04x} {contents}", size + 16, size + 4)
    }

    /// What is said of path data: its length and what it holds.
    #[track_caller]
    fn path_says(operation: &str, path: &str, words: &str) {
        let (message, name, word) = match operation {
            "0001" => ("03", "Config", " Set(0x1)"),
            "0003" => ("13", "Config Response", " SetResp(0x3)"),
            "000d" => ("13", "Config Response", " RCommit(0xd)"),
            _ => ("14", "Query Response", " GetResp(0x9)"),
        };
        let size = path.split_whitespace().collect::<String>().len() / 2;
        let head = format!(
            "\tLFBselect TLV, length {} (data length {} Bytes)\n         FEObj LFB(Classid 1) instance 1\
             \n          Oper TLV {word} length {}\n",
            size + 16,
            size + 12,
            size + 4
        );
        says(message, &contents(operation, path), name, &format!("{head}{words}"));
    }

    fn table(length: usize) -> String {
        format!("           PATH-DATA TLV, length {length} (data encapsulated {} Bytes)", length - 4)
    }

    const PATH: &str = "\n            Pathdata: Flags 0x0 ID count 1\n            ID#01: 7\n";

    #[test]
    fn values_and_results() {
        path_says(
            "0001",
            "0110 0014 0000 0001 00000007 0112 0007 aabbcc 00",
            &format!(
                "{}{PATH}              FULLDATA TLV (Length 7 DataLen 3 pad 1 Bytes)\
                 \n               [\n               0x0000:  aabb cc00\n               ]",
                table(20)
            ),
        );
        path_says(
            "0003",
            "0110 0014 0000 0001 00000007 0114 0008 0b000000",
            &format!(
                "{}{PATH}              RESULT TLV (Length 8 DataLen 4 Bytes)\n                Result: NOT FOUND (code 0xb)\n",
                table(20)
            ),
        );
        path_says(
            "0001",
            "0110 001c 0000 0001 00000007 0113 0010 00000009 0000000c 01020304",
            &format!(
                "{}{PATH}              SPARSEDATA TLV (Length 16 DataLen 12 Bytes)\
                 \n\n               ILV: type 9 length 12\n\t\t[0x0000:  0102 0304",
                table(28)
            ),
        );
        let said = values(
            &FORCES,
            &packet("03", &contents("0001", "0110 0014 0000 0001 00000007 0112 0008 aabbccdd")),
        );
        let expected = r#""path_data":[{"type":272,"length":20,"flags":0,"ids":[7],"data_type":274,"data_length":8,"value":"aabbccdd"}]"#;
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn ranges_and_keys() {
        path_says(
            "0009",
            "0110 0014 0002 0000 0117 000c 00000001 00000005",
            &format!(
                "{}\n            Pathdata: Flags 0x2 ID count 0\n            Table range: [1,5]\n",
                table(20)
            ),
        );
        path_says(
            "0001",
            "0110 0018 0005 0000 00000003 0112 0008 00000009 0112 0004",
            &format!(
                "{}\n            Pathdata: Flags 0x5 ID count 0\n            TABLE APPEND\
                 \n              FULLDATA TLV (Length 4 DataLen 0 Bytes)\nBased on flags expected KEYINFO TLV!\
                 \n               [\n               ]",
                table(24)
            ),
        );
        path_says(
            "0001",
            "0110 0014 0000 0000 0110 000c 0000 0001 00000009",
            &format!(
                "{}\n            Pathdata: Flags 0x0 ID count 0\
                 \n              PATH-DATA TLV, length 12 (data encapsulated 8 Bytes)\
                 \n               Pathdata: Flags 0x0 ID count 1\n               ID#01: 9\n",
                table(20)
            ),
        );
    }

    #[test]
    fn failures_are_said_twice() {
        const OPS: &str = " [ops->print(ndo, (const u_char *)pdtlv, tll + pad + TLV_HDRL, op_msk, indent + 2) 4294967295 == 4294967295]";
        const PDATA: &str =
            " [pdata_print(ndo, dp, tlvl - TLV_HDRL, op_msk, indent + 1) 4294967295 == 4294967295]";
        let result = "illegal reserved result code: 0x18!\n";
        let once =
            format!("{PATH}              RESULT TLV (Length 8 DataLen 4 Bytes)\n{result}{result}{OPS}");
        path_says(
            "0003",
            "0110 0014 0000 0001 00000007 0114 0008 18000000",
            &format!("{}{once}{once}{PDATA}", table(20)),
        );
        let ids = "\n            Pathdata: Flags 0x0 ID count 2\
            \n\t\t\ttruncated IDs expected 8B got 4B\n\t\t\tID Data[0x0000:  0000 0007]\n";
        let ids = ids.strip_prefix('\n').map(|ids| format!("\n{ids}")).unwrap();
        path_says("0001", "0110 000c 0000 0002 00000007", &format!("{}{ids}{ids}{PDATA}", table(12)));
        let both = "\n            Pathdata: Flags 0x3 ID count 0\n\t\t\tIllegal to have both Table ranges and keys\n";
        path_says("0001", "0110 0008 0003 0000", &format!("{}{both}{both}{PDATA}", table(8)));
        let kind = format!(
            "{PATH}Invalid path data content type 0x115 len 4\nBad Data val\n\t  [0x0000:  0115 0004]\n"
        );
        path_says(
            "0001",
            "0110 0010 0000 0001 00000007 0115 0004",
            &format!("{}{kind}{kind}{PDATA}", table(16)),
        );
        let long = format!(
            "{PATH}xLV too long Outstanding bytes 4 for TLV type 0x112 TLV len 8\nBad Data val\n\t  [0x0000:  0112 0008]\n"
        );
        path_says(
            "0001",
            "0110 0010 0000 0001 00000007 0112 0008",
            &format!("{}{long}{long}{PDATA}", table(16)),
        );
    }

    #[test]
    fn failures_in_failures_come_to_an_end() {
        let mut path = "0114 0004".to_owned();
        for depth in 1..100 {
            path = format!("0110 {:04x} 0000 0000 {path}", depth * 8 + 4);
        }
        let hex = bytes(&packet("03", &contents("0001", &path)));
        let options = Options { verbose: 3, ..Options::default() };
        let said = hear(&FORCES, &hex, hex.len(), options, Ear::Text).0;
        let times = said.matches("illegal RESULT-TLV: 0 bytes!").count();
        assert!(times > 1 && times <= 1 + REPEATS as usize, "{times}");
    }

    #[test]
    fn an_answer_to_a_commit() {
        path_says(
            "000d",
            "0110 0010 0000 0000 0114 0008 00000000",
            "genoptlvprint - PATH-DATA TLV TLV type 0x110 len 16\
             \n           PATH-DATA TLV, length 16 (data length 12 Bytes)\
             \n            Pathdata: Flags 0x0 ID count 0\n              RESULT TLV (Length 8 DataLen 4 Bytes)\
             \n                Result: SUCCESS (code 0x0)\n",
        );
        path_says(
            "000d",
            "0117 0008 00000000",
            "genoptlvprint - #279 TLV type 0x117 len 8\n#0 TLV type 0x117 len 8\n",
        );
        path_says(
            "000d",
            "0110 0010 00000000",
            "genoptlvprint - PATH-DATA TLV TLV type 0x110 len 16\n\t\t\tInvalid ForCES TLV type=110",
        );
    }
}
