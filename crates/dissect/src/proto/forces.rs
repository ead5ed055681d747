//! ForCES, the protocol between forwarding and control elements (RFC 5810), over SCTP (RFC 5811).
//!
//! ```text
//! | version, reserved (4 bits each) | type | length (2), in 4 bytes |
//! | source (4) | destination (4) | correlator (8) |
//! | ack (2 bits), priority (3), 3, execution (2), atomic (1), transaction (2), 19 | TLVs ..
//! ```

use crate::prelude::*;
use tlv::{Tlv, blanks};

mod operations;
mod path_data;
mod redirect;
mod tlv;

/// ForCES.
pub static FORCES: Protocol = Protocol { name: "forces", dissect };

const HEADER: usize = 24;
/// How far the words of a top-level TLV's contents are from the margin.
const INDENT: usize = 9;

/// How many TLVs a message has.
enum Count {
    None,
    /// None, or up to so many.
    UpTo(u8),
    /// One, or up to so many.
    From1To(u8),
}

enum Contents {
    Nothing,
    /// Operations on logical function blocks: those that the message may hold.
    Operations(&'static [u16]),
    Teardown,
    Response,
    Packets,
}

struct Message {
    kind: u8,
    name: &'static str,
    count: Count,
    contents: Contents,
}

const MESSAGES: &[Message] = {
    use operations::*;
    &[
        message(1, "Association Setup", Count::UpTo(2), Contents::Operations(&[REPORT])),
        message(2, "Association TearDown", Count::From1To(1), Contents::Teardown),
        message(
            3,
            "Config",
            Count::From1To(15),
            Contents::Operations(&[SET, SET_PROPERTY, DELETE, COMMIT, COMPLETE]),
        ),
        message(4, "Query", Count::From1To(15), Contents::Operations(&[GET, GET_PROPERTY])),
        message(5, "Event Notification", Count::From1To(1), Contents::Operations(&[REPORT])),
        message(6, "Packet Redirect", Count::From1To(15), Contents::Packets),
        message(0x0f, "HeartBeat", Count::None, Contents::Nothing),
        message(0x11, "Association Response", Count::From1To(1), Contents::Response),
        message(
            0x13,
            "Config Response",
            Count::From1To(15),
            Contents::Operations(&[SET_RESPONSE, SET_PROPERTY_RESPONSE, DELETE_RESPONSE, COMMIT_RESPONSE]),
        ),
        message(
            0x14,
            "Query Response",
            Count::From1To(15),
            Contents::Operations(&[GET_RESPONSE, GET_PROPERTY_RESPONSE]),
        ),
    ]
};

const fn message(kind: u8, name: &'static str, count: Count, contents: Contents) -> Message {
    Message { kind, name, count, contents }
}

const ACKS: NameTable = &[(0, "NoACK"), (1, "SuccessACK"), (2, "FailureACK"), (3, "AlwaysACK")];
const EXECUTIONS: NameTable = &[
    (0, "EMReserved"),
    (1, "execute-all-or-none"),
    (2, "execute-until-failure"),
    (3, "continue-execute-on-failure"),
];
const ATOMIC: NameTable = &[(0, "Standalone"), (1, "2PCtransaction")];
const TRANSACTIONS: NameTable =
    &[(0, "StartofTransaction"), (1, "MiddleofTransaction"), (2, "EndofTransaction"), (3, "abort")];
const TEARDOWNS: NameTable = &[
    (0, "Normal Teardown"),
    (1, "Loss of Heartbeats"),
    (2, "Out of bandwidth"),
    (3, "Out of Memory"),
    (4, "Application Crash"),
];
const LAST_TEARDOWN: u32 = 255;
const RESPONSES: NameTable = &[(0, "Success"), (1, "FE ID invalid"), (2, "permission denied")];
const LAST_RESPONSE: u32 = 3;

/// What tcpdump's checks make of a function that failed.
const FAILED: u32 = u32::MAX;
/// How often the words of failed parts are said again in one message.
const REPEATS: u32 = 256;

/// How much is wanted, and what was spent.
struct Walk {
    verbose: u8,
    /// How deep path data nests.
    depth: usize,
    repeats: u32,
}

impl Walk {
    /// The contents of TLVs are for the talkative.
    fn talks(&self) -> bool {
        self.verbose > 2
    }
}

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    p.need(HEADER)?;
    let mut fields = p;
    let ([version, kind], words) = (fields.array()?, fields.be16()?);
    if !matches!(kind, 1..=6 | 0x0f | 0x11..=0x14) {
        out.say("Invalid ForCES message type ").num("type", kind).say("\n");
        return Err(Stop::Invalid);
    }
    let Some(message) = MESSAGES.iter().find(|message| message.kind == kind) else {
        out.say("\n\tUnknown ForCES message type=0x").hex("type", kind);
        return Err(Stop::Invalid);
    };
    out.say("\n\tForCES ").say(message.name).say(" ").note("type", kind);
    let (length, present) = (usize::from(words) * 4, p.claimed());
    if length < HEADER || length != present {
        out.note("length", length);
        write!(out, "Illegal ForCES pkt len - min {HEADER}, total recvd {present}, advertised {length} ");
        return Err(Stop::Invalid);
    }
    header(cx, version >> 4, length, fields, out)?;
    let mut walk = Walk { verbose: cx.verbose(), depth: 0, repeats: REPEATS };
    match tlvs(&mut walk, message, p.at(HEADER), out) {
        Err(Stop::Invalid) => return Err(out.lie("rc", FAILED, "<", 0u8)),
        done => done?,
    }
    if cx.verbose() > 3 {
        let whole = p.sub(length).rest();
        out.aloud(|out| {
            out.say("\n\t  Raw ForCES message\n\t [").dump_hex("", whole, "\n\t ").say("\n\t ]");
        });
    }
    Ok(())
}

fn header(cx: &Cx, version: u8, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    let (src, dst, correlator, flags) = (p.be32()?, p.be32()?, p.be64()?, p.be32()?);
    if cx.verbose() == 0 {
        return Ok(());
    }
    out.say("\n\tForCES Version ")
        .num("version", version)
        .say(" len ")
        .num("length", length)
        .say("B flags 0x");
    out.aloud(|out| _ = out.hex0("", flags, 8));
    out.say(" \n\tSrcID 0x").hex("src_id", src).say("(").say(element(src));
    out.say(") DstID 0x").hex("dst_id", dst).say("(").say(element(dst));
    out.say(") Correlator 0x").hex("correlator", correlator);
    if cx.verbose() == 1 {
        return Ok(());
    }
    let bits = |shift: u32, mask: u32| flags >> shift & mask;
    let say = |words: &str, key: &str, n: u32, names, out: &mut Out| {
        out.say(words).name(key, n, names, "").aloud(|out| _ = out.say("(0x").hex("", n).say(")"));
    };
    say("\n\tForCES flags:\n\t  ", "ack", bits(30, 3), ACKS, out);
    out.say(", prio=").num("priority", bits(27, 7));
    say(", ", "execution", bits(22, 3), EXECUTIONS, out);
    say(",\n\t  ", "atomic", bits(21, 1), ATOMIC, out);
    say(", ", "transaction", bits(19, 3), TRANSACTIONS, out);
    out.say("\n\t  Extra flags: rsv(b5-7) 0x").hex("reserved1", bits(24, 7));
    out.say(" rsv(b13-31) 0x").hex("reserved2", bits(0, 0x7_ffff)).say("\n");
    Ok(())
}

/// What kind of element has an identifier.
fn element(id: u32) -> &'static str {
    match id {
        0..=0x3fff_ffff => "FE",
        0x4000_0000..=0x7fff_ffff => "CE",
        0xc000_0000..=0xffff_ffef => "AllMulticast",
        0xffff_fffd => "AllCEsBroadcast",
        0xffff_fffe => "AllFEsBroadcast",
        0xffff_ffff => "AllBroadcast",
        _ => "ForCESreserved",
    }
}

/// The TLVs of a message, no more than it may have.
fn tlvs(walk: &mut Walk, message: &Message, mut p: Cursor, out: &mut Out) -> Dissect {
    let some = p.claimed() > tlv::HEADER;
    let most = match message.count {
        Count::None if some => {
            out.say("<0x1>Illegal Top level TLV!\n");
            return Err(Stop::Invalid);
        }
        Count::From1To(_) if !some => {
            out.say("\tTop level TLV Data missing!\n");
            return Err(Stop::Invalid);
        }
        Count::From1To(most) | Count::UpTo(most) if some => most,
        _ => return Ok(()),
    };
    out.list("tlvs", |out| {
        for _ in 0..most {
            if p.claimed() == 0 {
                break;
            }
            let tlv = Tlv::read(&p)?;
            if tlv.fault.is_some() {
                break;
            }
            if !tlv::may_be_top(tlv.kind) {
                write!(out, "\n\tInvalid ForCES Top TLV type=0x{:x}", tlv.kind);
                return Err(Stop::Invalid);
            }
            match out.item(|out| top(walk, message, &tlv, out)) {
                Err(Stop::Invalid) => return Err(out.lie("rc", FAILED, "<", 0u8)),
                done => done?,
            }
            p.pass(tlv.padded());
        }
        if p.claimed() == 0 {
            return Ok(());
        }
        let (left, advertised) = (p.claimed(), p.at(2).be16()?);
        write!(out, "\tMess TopTLV header: min {}, total {left} advertised {advertised} ", tlv::HEADER);
        Err(Stop::Invalid)
    })
}

fn top(walk: &mut Walk, message: &Message, tlv: &Tlv, out: &mut Out) -> Dissect {
    if walk.talks() {
        out.say("\t").name("type", tlv.kind, tlv::NAMES, "#%u").say(", length ").num("length", tlv.length);
        write!(out, " (data length {} Bytes)", tlv.value.claimed());
    }
    match message.contents {
        Contents::Nothing => Ok(()),
        Contents::Operations(may) => operations::select(walk, may, tlv.value, out),
        Contents::Teardown => teardown(walk, tlv.value, out),
        Contents::Response => response(walk, tlv.value, out),
        Contents::Packets => redirect::say(walk, tlv.value, out),
    }
}

fn teardown(walk: &Walk, p: Cursor, out: &mut Out) -> Dissect {
    let reason = code("AST", LAST_TEARDOWN, p, out)?;
    if walk.talks() {
        out.say("Teardown reason:\n").say(blanks(INDENT)).name("reason", reason, TEARDOWNS, "unknown (%u)");
        write!(out, "({reason:x})\n{}", blanks(INDENT));
    }
    Ok(())
}

fn response(walk: &Walk, p: Cursor, out: &mut Out) -> Dissect {
    let result = code("ASR", LAST_RESPONSE, p, out)?;
    if walk.talks() {
        out.say("\n").say(blanks(INDENT)).name("result", result, RESPONSES, "Unknown");
        write!(out, " ({result:x})\n{}", blanks(INDENT));
    }
    Ok(())
}

/// A TLV that holds one number, which is no more than `last`.
fn code(name: &str, last: u32, mut p: Cursor, out: &mut Out) -> Dissect<u32> {
    let length = p.claimed();
    if length != 4 {
        writeln!(out, "illegal {name}result-TLV: {length} bytes!");
        return Err(Stop::Invalid);
    }
    let code = p.be32()?;
    if code > last {
        writeln!(out, "illegal {name}result result code: {code}!");
        return Err(Stop::Invalid);
    }
    Ok(code)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// A message of a type with what follows its header, in whole words.
    pub fn packet(kind: &str, rest: &str) -> String {
        let words = 6 + rest.split_whitespace().collect::<String>().len() / 8;
        format!("10 {kind} {words:04x} 00000002 40000001 0000000000000007 38400000 {rest}")
    }

    pub const HEAD: &str = "SrcID 0x2(FE) DstID 0x40000001(CE) Correlator 0x7\
        \n\tForCES flags:\n\t  NoACK(0x0), prio=7, execute-all-or-none(0x1),\
        \n\t  Standalone(0x0), StartofTransaction(0x0)\n\t  Extra flags: rsv(b5-7) 0x0 rsv(b13-31) 0x0\n";

    /// What is said at `-vvv` behind the header of a message.
    #[track_caller]
    pub fn says(kind: &str, rest: &str, name: &str, words: &str) {
        let hex = packet(kind, rest);
        let length = crate::testing::bytes(&hex).len();
        let head =
            format!("\n\tForCES {name} \n\tForCES Version 1 len {length}B flags 0x38400000 \n\t{HEAD}");
        check(&FORCES, &hex, "-vvv", &format!("{head}{words}"));
    }

    #[test]
    fn headers() {
        let heartbeat = packet("0f", "");
        check(&FORCES, &heartbeat, "", "\n\tForCES HeartBeat ");
        check(
            &FORCES,
            &heartbeat.replace("00000002 40000001", "fffffffd c0000001"),
            "-v",
            "\n\tForCES HeartBeat \n\tForCES Version 1 len 24B flags 0x38400000 \
             \n\tSrcID 0xfffffffd(AllCEsBroadcast) DstID 0xc0000001(AllMulticast) Correlator 0x7",
        );
        says("0f", "", "HeartBeat", "");
        says("01", "", "Association Setup", "");
        let said = crate::testing::hear(
            &FORCES,
            &crate::testing::bytes(&heartbeat),
            24,
            crate::cx::Options { verbose: 4, ..Default::default() },
            crate::out::Ear::Text,
        )
        .0;
        assert!(
            said.ends_with(
                "\n\t  Raw ForCES message\n\t [\n\t 0x0000:  100f 0006 0000 0002 4000 0001 0000 0000\
                 \n\t 0x0010:  0000 0007 3840 0000\n\t ]"
            ),
            "{said}"
        );
    }

    #[test]
    fn associations() {
        says(
            "11",
            "0010 0008 00000000",
            "Association Response",
            "\tASResult TLV, length 8 (data length 4 Bytes)\n         Success (0)\n         ",
        );
        says(
            "02",
            "0011 0008 00000009",
            "Association TearDown",
            "\tASTreason TLV, length 8 (data length 4 Bytes)Teardown reason:\n         unknown (9)(9)\n         ",
        );
        let rc = " [rc 4294967295 < 0]";
        says(
            "11",
            "0010 0008 00000004",
            "Association Response",
            &format!(
                "\tASResult TLV, length 8 (data length 4 Bytes)illegal ASRresult result code: 4!\n{rc}{rc} (invalid)"
            ),
        );
        says(
            "02",
            "0011 000c 00000004 00000000",
            "Association TearDown",
            &format!(
                "\tASTreason TLV, length 12 (data length 8 Bytes)illegal ASTresult-TLV: 8 bytes!\n{rc}{rc} (invalid)"
            ),
        );
    }

    #[test]
    fn messages_that_lie() {
        let rc = " [rc 4294967295 < 0] (invalid)";
        check(&FORCES, &packet("07", ""), "", "Invalid ForCES message type 7\n (invalid)");
        check(&FORCES, &packet("12", ""), "", "\n\tUnknown ForCES message type=0x12 (invalid)");
        check(
            &FORCES,
            &packet("0f", "").replace("0006", "0007"),
            "",
            "\n\tForCES HeartBeat Illegal ForCES pkt len - min 24, total recvd 24, advertised 28  (invalid)",
        );
        says("04", "", "Query", &format!("\tTop level TLV Data missing!\n{rc}"));
        says("0f", "1000 0008 00000000", "HeartBeat", &format!("<0x1>Illegal Top level TLV!\n{rc}"));
        says("04", "0002 0008 00000000", "Query", &format!("\n\tInvalid ForCES Top TLV type=0x2{rc}"));
        says(
            "04",
            "1000 000c 00000000",
            "Query",
            &format!("\tMess TopTLV header: min 4, total 8 advertised 12 {rc}"),
        );
        check(&FORCES, "100f 0006", "", " [|forces]");
    }

    #[test]
    fn values_of_a_message() {
        assert_eq!(
            values(&FORCES, &packet("11", "0010 0008 00000002")),
            r#"{"forces":{"type":17,"version":1,"length":32,"src_id":2,"dst_id":1073741825,"correlator":7,"ack":0,"priority":7,"execution":1,"atomic":0,"transaction":0,"reserved1":0,"reserved2":0,"tlvs":[{"type":16,"length":8,"result":2}]}}"#
        );
    }
}
