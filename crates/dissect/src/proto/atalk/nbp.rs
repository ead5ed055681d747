//! NBP, the Name Binding Protocol of AppleTalk (source: "Inside AppleTalk", chapter 7).
//!
//! ```text
//! | function, tuples | identifier |
//! tuple:  | network (2) | node | socket | enumerator | object | type | zone |   names behind their lengths
//! ```

use super::{Address, host};
use crate::prelude::*;

const HEADER: usize = 2;
/// Before the names of a tuple.
const TUPLE: usize = 5;
/// The least that names and what is before them take, as tcpdump has it.
const LEAST: usize = HEADER + 8;
const FUNCTIONS: NameTable = &[(BROADCAST as u32, "brRq"), (LOOKUP as u32, "lkup"), (REPLY as u32, "reply")];
const BROADCAST: u8 = 0x10;
const LOOKUP: u8 = 0x20;
const REPLY: u8 = 0x30;
const LONGEST_NAME: u8 = 32;

pub(super) fn say(_cx: &Cx, source: Address, mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < LEAST {
        return Err(out.lie("undersized-nbp", p.claimed(), "<", LEAST));
    }
    // The length that is claimed says nothing of where the names end.
    let length = p.claimed() - HEADER;
    p = p.claiming(p.captured());
    let control = p.u8()?;
    let (function, count) = (control & 0xf0, control & 0x0f);
    out.say(" nbp-").name("function", function, FUNCTIONS, "0x%x");
    let identifier = p.u8()?;
    out.say(" ").num("identifier", identifier).note("tuple_count", count);
    match function {
        BROADCAST | LOOKUP => {
            out.say(":");
            out.nest("tuple", |out| request(source, count, p, out))
        }
        REPLY => {
            out.say(":");
            out.list("tuples", |out| {
                for _ in 0..count {
                    if !out.item(|out| reply(source, &mut p, out))? {
                        break;
                    }
                }
                Ok(())
            })
        }
        _ => {
            out.say("  (").num("length", length).say(")");
            Ok(())
        }
    }
}

/// Where the named one is.
struct Tuple {
    network: u16,
    node: u8,
    socket: u8,
    enumerator: u8,
}

impl Tuple {
    fn read(mut p: Cursor, out: &mut Out) -> Dissect<Self> {
        let tuple = Tuple { network: p.be16()?, node: p.u8()?, socket: p.u8()?, enumerator: p.u8()? };
        out.note("network", tuple.network).note("node", tuple.node);
        out.note("socket", tuple.socket).note("enumerator", tuple.enumerator);
        Ok(tuple)
    }
}

/// What is asked for. There is one tuple, with the address of who asks; what is otherwise is said.
fn request(source: Address, count: u8, p: Cursor, out: &mut Out) -> Dissect {
    names(&mut p.at(TUPLE), out)?;
    let Tuple { network, node, socket, enumerator } = Tuple::read(p, out)?;
    out.aloud(|out| {
        if count != 1 {
            out.say(" [ntup=").num("", count).say("]");
        }
        if enumerator != 0 {
            out.say(" [enum=").num("", enumerator).say("]");
        }
        if (network, node, socket) != (source.network, source.node, source.socket) {
            host(network, node, out.say(" [addr="));
            out.say(".").num("", socket).say("]");
        }
    });
    Ok(())
}

/// What was found; `false` if its names are too long for another to follow.
fn reply(source: Address, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    let tuple = *p;
    p.pass(TUPLE);
    let more = names(p, out)?;
    let Tuple { network, node, socket, enumerator } = Tuple::read(tuple, out)?;
    out.aloud(|out| {
        if enumerator != 1 {
            out.say("(").num("", enumerator).say(")");
        }
        if socket != source.socket {
            out.say(" ").num("", socket);
        }
        if (network, node) != (source.network, source.node) {
            host(network, node, out.say(" [addr="));
            out.say("]");
        }
    });
    Ok(more)
}

/// Object, type and zone; `false` if one is too long to be one.
fn names(p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    out.say(" \"");
    for (key, behind) in [("object", ":"), ("kind", "@"), ("zone", "\"")] {
        let length = p.u8()?;
        if length > LONGEST_NAME {
            out.say("[len=").num("length", length).say("]");
            p.need(length.into())?;
            return Ok(false);
        }
        out.chars_of(key, p, length.into())?;
        out.say(behind);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::proto::atalk::ATALK;
    use crate::testing::{check, values};

    const HEAD: &str = "0000 0000 0002 0001 04 03 04 05 02 ";
    const NAMES: &str = "0161 0162 012a";

    #[track_caller]
    fn says(message: &str, words: &str) {
        check(&ATALK, &format!("{HEAD}{message}"), "", &format!("AT 1.3.5 > 2.4.4: {words}"));
    }

    #[test]
    fn requests() {
        says(&format!("21 09 0001 03 05 00 {NAMES}"), " nbp-lkup 9: \"a:b@*\"");
        says(&format!("12 09 0002 ff 06 01 {NAMES}"), " nbp-brRq 9: \"a:b@*\" [ntup=2] [enum=1] [addr=2.6]");
        says(&format!("41 09 0001 03 05 00 {NAMES}"), " nbp-0x40 9  (11)");
    }

    #[test]
    fn replies() {
        let hex = format!("32 09 0001 03 05 01 {NAMES} 0002 03 06 02 {NAMES}");
        says(&hex, " nbp-reply 9: \"a:b@*\" \"a:b@*\"(2) 6 [addr=2.3]");
        assert!(values(&ATALK, &format!("{HEAD}{hex}")).ends_with(
            "{\"object\":\"a\",\"kind\":\"b\",\"zone\":\"*\",\"network\":2,\"node\":3,\"socket\":6,\"enumerator\":2}]}}"
        ));
    }

    #[test]
    fn lies() {
        says("21 09 0001", " [undersized-nbp 4 < 10] (invalid)");
        says("21 09 0001 03 05 00 21 0162012a", " nbp-lkup 9: \"[len=33] [|atalk]");
    }
}
