//! ATP, the AppleTalk Transaction Protocol (source: "Inside AppleTalk", chapter 9).
//!
//! ```text
//! | control | bitmap or sequence | transaction (2) | user data (4) | data ..
//! ```

use crate::prelude::*;

const HEADER: usize = 8;
const FUNCTION: u8 = 0xc0;
const REQUEST: u8 = 0x40;
const RESPONSE: u8 = 0x80;
const RELEASE: u8 = 0xc0;
/// Exactly once.
const XO: u8 = 0x20;
const EOM: u8 = 0x10;
const STS: u8 = 0x08;
const FLAGS: &[(u8, &str)] = &[(XO, "XO"), (EOM, "EOM"), (STS, "STS")];

pub(super) fn say(mut p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < HEADER {
        return Err(out.lie("ATP length", p.claimed(), "<", HEADER));
    }
    let user_data = p.at(4);
    let length = p.claimed() - HEADER;
    let control = p.u8()?;
    out.note("control", control).note("length", length);
    let (transaction, map) = (p.at(1).be16()?, p.peek()?);
    let say_length = |out: &mut Out| {
        if length != 0 {
            out.aloud(|out| _ = out.say(" [len=").num("", length).say("]"));
        }
    };
    match control & FUNCTION {
        REQUEST => {
            out.say(if control & XO != 0 { " atp-req  " } else { " atp-req* " });
            bitmap(map, out.num("transaction", transaction));
            say_length(out);
            flags(control & (EOM | STS), " [", out);
        }
        RESPONSE => {
            out.say(if control & EOM != 0 { " atp-resp*" } else { " atp-resp " });
            out.num("transaction", transaction).say(":").num("sequence", map);
            out.aloud(|out| _ = out.say(" (").num("", length).say(")"));
            flags(control & (XO | STS), " [", out);
        }
        RELEASE => {
            bitmap(map, out.say(" atp-rel  ").num("transaction", transaction));
            say_length(out);
            flags(control & (XO | EOM | STS), "[", out);
        }
        _ => {
            out.say(" atp-0x").aloud(|out| _ = out.hex("", control));
            out.say("  ").num("transaction", transaction);
            out.aloud(|out| _ = out.say(" (").num("", length).say(")"));
        }
    }
    let data = user_data.at(0).be32()?;
    if data != 0 {
        out.say(" 0x").hex("user_data", data);
    }
    Ok(())
}

/// Flags in brackets, if there are any.
fn flags(set: u8, open: &str, out: &mut Out) {
    let mut between = open;
    for (flag, name) in FLAGS {
        if set & flag != 0 {
            out.say(std::mem::replace(&mut between, ",")).say(name);
        }
    }
    out.say(if set == 0 { "" } else { "]" });
}

/// The packets that are asked for: the first ones, or each by its number.
fn bitmap(map: u8, out: &mut Out) {
    out.note("bitmap", map);
    let count = map.trailing_ones();
    out.aloud(|out| {
        if map & map.wrapping_add(1) != 0 {
            let mut between = "<";
            for at in (0..8u32).filter(|at| map >> at & 1 != 0) {
                out.say(std::mem::replace(&mut between, ",")).num("", at);
            }
        } else if count > 1 {
            out.say("<0-").num("", count - 1);
        } else {
            out.say("<0");
        }
        out.say(">");
    });
}

#[cfg(test)]
mod tests {
    use crate::proto::atalk::ATALK;
    use crate::testing::{check, values};

    #[track_caller]
    fn says(message: &str, words: &str) {
        let hex = format!("0000 0000 0002 0001 04 03 04 05 03 {message}");
        check(&ATALK, &hex, "", &format!("AT 1.3.5 > 2.4.4: {words}"));
    }

    #[test]
    fn transactions() {
        says("60 07 0009 00000000", " atp-req  9<0-2>");
        says("58 05 0009 00000010 aabb", " atp-req* 9<0,2> [len=2] [EOM,STS] 0x10");
        says("90 02 0009 00000000 aa", " atp-resp*9:2 (1)");
        says("a8 02 0009 00000000", " atp-resp 9:2 (0) [XO,STS]");
        says("c0 00 0009 00000000", " atp-rel  9<0>");
        says("f8 ff 0009 00000000 aa", " atp-rel  9<0-7> [len=1][XO,EOM,STS]");
        says("00 00 0009 00000000", " atp-0x0  9 (0)");
        let hex = "0000 0000 0002 0001 04 03 04 05 03 60 07 0009 00000010";
        assert!(
            values(&ATALK, hex)
                .ends_with(r#""type":3,"control":96,"length":0,"transaction":9,"bitmap":7,"user_data":16}}"#)
        );
    }

    #[test]
    fn lies() {
        says("60 07", " [ATP length 2 < 8] (invalid)");
    }
}
