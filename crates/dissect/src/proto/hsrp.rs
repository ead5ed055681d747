//! HSRP, Cisco's Hot Standby Router Protocol (RFC 2281).
//!
//! ```text
//! |   version   |   op code    |    state    |  hello time  |
//! |  hold time  |   priority   |    group    |   reserved   |
//! |          authentication (8)              | address (4)  |
//! ```

use crate::parts::duration;
use crate::prelude::*;

/// HSRP.
pub static HSRP: Protocol = Protocol { name: "hsrp", dissect };

const OP_CODES: NameTable = &[(0, "hello"), (1, "coup"), (2, "resign")];
const STATES: NameTable =
    &[(0, "initial"), (1, "learn"), (2, "listen"), (4, "speak"), (8, "standby"), (16, "active")];
/// Bytes of the authentication data.
const AUTHENTICATION: usize = 8;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    let version = p.u8()?;
    out.say("HSRPv").num("version", version);
    if version != 0 {
        return Ok(());
    }
    out.say("-");
    let op_code = p.u8()?;
    out.name("op_code", op_code, OP_CODES, "unknown (%u)").say(" ").num("length", length).say(": ");
    let state = p.u8()?;
    out.say("state=").name("state", state, STATES, "Unknown (%u)").say(" ");
    let group = p.at(3).u8()?;
    out.say("group=").num("group", group).say(" ");
    let reserved = p.at(4).u8()?;
    if reserved != 0 {
        out.say("[reserved=").num("reserved", reserved).say("!] ");
    }
    let address: [u8; 4] = p.at(5 + AUTHENTICATION).array()?;
    out.say("addr=").ip4("address", address);
    if cx.verbose() == 0 {
        return Ok(());
    }
    let [hello, hold, priority] = p.array()?;
    out.say(" hellotime=");
    duration::say(out, "hello_time_s", hello.into());
    out.say(" holdtime=");
    duration::say(out, "hold_time_s", hold.into());
    out.say(" priority=").num("priority", priority).say(" auth=\"");
    p.skip(2)?;
    out.padded_chars_of("authentication", &mut p, AUTHENTICATION)?.say("\"");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HELLO: &str = "00 00 10 03 0a 78 01 00 636973636f000000 c0a80001";

    #[test]
    fn hellos() {
        let head = "HSRPv0-hello 20: state=active group=1 addr=192.168.0.1";
        check(&HSRP, HELLO, "", head);
        let tail = " hellotime=3s holdtime=10s priority=120 auth=\"cisco\"";
        check(&HSRP, HELLO, "-v", &format!("{head}{tail}"));
        check(&HSRP, "02", "", "HSRPv2");
        check(
            &HSRP,
            "00 07 03 03 0a 78 01 05 00",
            "",
            "HSRPv0-unknown (7) 9: state=Unknown (3) group=1 [reserved=5!]  [|hsrp]",
        );
    }

    #[test]
    fn values_of_a_hello() {
        assert_eq!(
            values(&HSRP, HELLO),
            "{\"hsrp\":{\"version\":0,\"op_code\":0,\"length\":20,\"state\":16,\"group\":1,\"address\":\"192.168.0.1\",\
             \"hello_time_s\":3,\"hold_time_s\":10,\"priority\":120,\"authentication\":\"cisco\"}}"
        );
    }
}
