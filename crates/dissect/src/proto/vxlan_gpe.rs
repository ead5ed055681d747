//! VXLAN with the generic protocol extension (draft-ietf-nvo3-vxlan-gpe).
//!
//! ```text
//! |R|R|Ver|I|P|R|O|       reserved                | next protocol |
//! |      VXLAN network identifier (VNI)           |   reserved    |
//! | payload ..
//! ```

use crate::prelude::*;

/// VXLAN-GPE.
pub static VXLAN_GPE: Protocol = Protocol { name: "vxlan-gpe", dissect };

const HEADER: usize = 8;
const FLAGS: Flags = &[(0x08, "I"), (0x04, "P"), (0x01, "O")];
/// Next protocols, as ethertypes.
const NEXT: &[(u8, u16)] = &[(1, 0x0800), (2, 0x86dd), (3, 0x6558), (4, 0x894f), (5, 0x8847)];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("VXLAN-GPE, ");
    if p.claimed() < HEADER {
        write!(out, " (len {} < {HEADER})", p.claimed());
        return Err(Stop::Invalid);
    }
    let flags = p.u8()?;
    out.say("flags [").letters("flags", flags, FLAGS, "none").say("], ");
    p.skip(2)?;
    let (next, vni) = (p.u8()?, p.be24()?);
    out.note("next_protocol", next).say("vni ").num("vni", vni);
    p.skip(1)?;
    out.say(if cx.verbose() > 0 { "\n    " } else { ": " });
    let known = NEXT.iter().find(|row| row.0 == next);
    let said = match known {
        Some((_, ethertype)) => cx.next(Space::EtherType(*ethertype), p, out)?,
        None => false,
    };
    if !said {
        out.say("ERROR: unknown-next-protocol");
        return Err(Stop::Invalid);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const IP: &str = "4500 0016 0000 0000 40fd 0000 0a000001 0a000002 6869";

    #[test]
    fn a_packet() {
        let packet = format!("0c 0000 01 000005 00 {IP}");
        check(
            &VXLAN_GPE,
            &packet,
            "",
            "VXLAN-GPE, flags [IP], vni 5: IP 10.0.0.1 > 10.0.0.2:  ip-proto-253 2",
        );
        check(
            &VXLAN_GPE,
            &packet,
            "-vK",
            "VXLAN-GPE, flags [IP], vni 5\n    IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], \
             proto unknown (253), length 22)\n    10.0.0.1 > 10.0.0.2:  ip-proto-253 2",
        );
        assert!(
            values(&VXLAN_GPE, &packet)
                .starts_with(r#"{"vxlan-gpe":{"flags":12,"next_protocol":1,"vni":5,"ip":{"#)
        );
    }

    #[test]
    fn unknown_and_short() {
        let said = "VXLAN-GPE, flags [none], vni 5: ERROR: unknown-next-protocol (invalid)";
        check(&VXLAN_GPE, "00 0000 77 000005 00", "", said);
        check(&VXLAN_GPE, "00 0000", "", "VXLAN-GPE,  (len 3 < 8) (invalid)");
    }
}
