//! TSP, the Time Synchronization Protocol of Berkeley UNIX (source: 4.4BSD System Manager's Manual, chapter 12).
//!
//! ```text
//! | type | version | sequence (2) | seconds (4), or hops (1) | microseconds (4) | name, NUL |
//! ```

use crate::prelude::*;

/// TSP.
pub static TIMED: Protocol = Protocol { name: "timed", dissect };

const ADJUST_TIME: u8 = 1;
const SET_TIME: u8 = 5;
const SET_DATE: u8 = 22;
const SET_DATE_REQUEST: u8 = 23;
const LOOP: u8 = 24;
const TYPES: NameTable = &[
    (0, "TSP_ANY"),
    (1, "TSP_ADJTIME"),
    (2, "TSP_ACK"),
    (3, "TSP_MASTERREQ"),
    (4, "TSP_MASTERACK"),
    (5, "TSP_SETTIME"),
    (6, "TSP_MASTERUP"),
    (7, "TSP_SLAVEUP"),
    (8, "TSP_ELECTION"),
    (9, "TSP_ACCEPT"),
    (10, "TSP_REFUSE"),
    (11, "TSP_CONFLICT"),
    (12, "TSP_RESOLVE"),
    (13, "TSP_QUIT"),
    (14, "TSP_DATE"),
    (15, "TSP_DATEREQ"),
    (16, "TSP_DATEACK"),
    (17, "TSP_TRACEON"),
    (18, "TSP_TRACEOFF"),
    (19, "TSP_MSITE"),
    (20, "TSP_MSITEREQ"),
    (21, "TSP_TEST"),
    (22, "TSP_SETDATE"),
    (23, "TSP_SETDATEREQ"),
    (24, "TSP_LOOP"),
];

const NAME: usize = 12;
const LONGEST_NAME: usize = 256;

fn dissect(_: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    let kind = p.u8()?;
    out.name("type", kind, TYPES, "(tsp_type 0x%x)");
    let version = p.u8()?;
    out.say(" vers ").num("version", version);
    let sequence = p.be16()?;
    out.say(" seq ").num("sequence", sequence);
    match kind {
        LOOP => {
            let hops = p.u8()?;
            out.say(" hopcnt ").num("hops", hops);
        }
        ADJUST_TIME | SET_TIME | SET_DATE | SET_DATE_REQUEST => {
            let (seconds, micros) = (p.be32()?.cast_signed(), p.be32()?.cast_signed());
            out.note("micros", micros.cast_unsigned());
            if micros < 0 {
                return Ok(());
            }
            time(seconds, micros, out.say(" time "));
        }
        _ => {}
    }
    out.say(" name ");
    let mut name = message.at(NAME).claiming(LONGEST_NAME);
    out.padded_chars_of("name", &mut name, LONGEST_NAME)?;
    Ok(())
}

/// Seconds and a positive part of one, as one number.
fn time(seconds: i32, micros: i32, out: &mut Out) {
    out.aside(|out| _ = out.int("seconds", seconds.into()));
    let (whole, part) = match (seconds, micros) {
        (..0, 1..) => (i64::from(seconds) + 1, 1_000_000 - i64::from(micros)),
        _ => (seconds.into(), micros.into()),
    };
    let sign = if seconds < 0 && whole == 0 { "-" } else { "" };
    write!(out, "{sign}{whole}.{part:06}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn messages() {
        let hops = "18 01 0007 05000000 00000000 6162 00";
        check(&TIMED, hops, "", "TSP_LOOP vers 1 seq 7 hopcnt 5 name ab");
        check(&TIMED, "02 01 0007 00000000 00000000 6162 00", "-v", "TSP_ACK vers 1 seq 7 name ab");
        let says = |time: &str, words: &str| {
            check(&TIMED, &format!("01 01 0007 {time} 00"), "", &format!("TSP_ADJTIME vers 1 seq 7{words}"));
        };
        says("00000005 0000000a", " time 5.000010 name ");
        says("ffffffff 000f423f", " time -0.000001 name ");
        says("fffffffe 0007a120", " time -1.500000 name ");
        says("00000000 80000000", "");
        assert_eq!(
            values(&TIMED, hops),
            r#"{"timed":{"type":24,"version":1,"sequence":7,"hops":5,"name":"ab"}}"#
        );
    }

    #[test]
    fn what_is_cut() {
        check(&TIMED, "30 30 3030 3030", "", "(tsp_type 0x30) vers 48 seq 12336 name  [|timed]");
        check(
            &TIMED,
            "18 01 0007 05000000 00000000 61",
            "",
            "TSP_LOOP vers 1 seq 7 hopcnt 5 name a [|timed]",
        );
        check(&TIMED, "", "", " [|timed]");
    }
}
