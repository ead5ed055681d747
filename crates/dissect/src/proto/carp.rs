//! CARP, OpenBSD's Common Address Redundancy Protocol (ip_carp.h). It took the protocol number of VRRP, and speaks only
//! where the user says so.
//!
//! ```text
//! | version, type | VHID | advskew | auth. length | reserved | advbase | checksum | counter (8) | digest (20) |
//! ```

use crate::parts::internet_checksum;
use crate::prelude::*;

/// CARP.
pub static CARP: Protocol = Protocol { name: "carp", dissect };

const ADVERTISEMENT: u8 = 1;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    out.say("CARP");
    let head = p.u8()?;
    let (version, kind) = (head >> 4, head & 0x0f);
    out.say("v").num("version", version).say("-").name("type", kind, &[(1, "advertise")], "unknown");
    out.say(" ").num("length", message.claimed()).say(": ");
    if cx.ip.ttl != 255 {
        out.say("[ttl=").num("ttl", cx.ip.ttl).say("!] ");
    }
    if version != 2 || kind != ADVERTISEMENT {
        return Ok(());
    }
    let [id, skew, authentication, _, base] = p.array()?;
    out.say("vhid=").num("vhid", id).say(" advbase=").num("advbase", base);
    out.say(" advskew=").num("advskew", skew).say(" authlen=").num("authlen", authentication).say(" ");
    if cx.verbose() > 0
        && let Some(bytes) = message.whole()
    {
        let sum = checksum::of(bytes);
        let found = message.at(6).be16()?;
        if internet_checksum::judge(found, sum, out).is_some() {
            write!(out, " (bad carp cksum {found:x}!)");
        }
    }
    let counter = message.at(8).be64()?;
    out.say("counter=").num("counter", counter);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HEX: &str = "21 01 00 07 00 01 0000 0000000000000005";

    #[test]
    fn advertisements() {
        let head = "CARPv2-advertise 16: [ttl=0!] vhid=1 advbase=1 advskew=0 authlen=7 ";
        check(&CARP, HEX, "", &format!("{head}counter=5"));
        check(&CARP, HEX, "-v", &format!("{head} (bad carp cksum 0!)counter=5"));
        check(&CARP, "32", "", "CARPv3-unknown 1: [ttl=0!] ");
        check(&CARP, "21 01 00", "", "CARPv2-advertise 3: [ttl=0!]  [|carp]");
    }

    #[test]
    fn values_of_an_advertisement() {
        assert_eq!(
            values(&CARP, &HEX.replace("01 0000", "01 def1")),
            "{\"carp\":{\"version\":2,\"type\":1,\"length\":16,\"ttl\":0,\"vhid\":1,\"advbase\":1,\"advskew\":0,\
             \"authlen\":7,\"checksum\":57073,\"checksum_ok\":true,\"counter\":5}}"
        );
    }
}
