//! BFD, Bidirectional Forwarding Detection (RFC 5880: v1; draft-ietf-bfd-base-01: v0), over one hop (RFC 5881), many
//! hops (RFC 5883), the members of a LAG (RFC 7130) and seamless (RFC 7881).
//!
//! ```text
//! | version (3 bits), diagnostic | state (2 bits), flags | multiplier | length |
//! |    my discriminator (4)      |            your discriminator (4)           |
//! |  desired min tx (4)  |  required min rx (4)  |  required min echo rx (4)   |
//! authentication, if flagged:  | type | length | key | password .. or reserved, sequence (4), digest ..
//! ```

use crate::prelude::*;

/// BFD.
pub static BFD: Protocol = Protocol { name: "bfd", dissect };

const ECHO: u16 = 3785;
const PORTS: NameTable = &[(3784, "Control"), (4784, "Multihop"), (6784, "LAG"), (7784, "S-BFD")];

/// Bytes of a control packet without authentication.
const HEADER: usize = 24;
const AUTHENTICATED: u8 = 0x04;
const STATES: NameTable = &[(0, "AdminDown"), (1, "Down"), (2, "Init"), (3, "Up")];
const FLAGS: Flags = &[
    (0x20, "Poll"),
    (0x10, "Final"),
    (0x08, "Control Plane Independent"),
    (0x04, "Authentication Present"),
    (0x02, "Demand"),
    (0x01, "Multipoint"),
];
/// Version 0 has no states.
const V0_FLAGS: Flags = &[
    (0x80, "I Hear You"),
    (0x40, "Demand"),
    (0x20, "Poll"),
    (0x10, "Final"),
    (0x08, "Control Plane Independent"),
    (0x04, "Authentication Present"),
    (0x02, "Reserved"),
    (0x01, "Reserved"),
];
const DIAGNOSTICS: NameTable = &[
    (0, "No Diagnostic"),
    (1, "Control Detection Time Expired"),
    (2, "Echo Function Failed"),
    (3, "Neighbor Signaled Session Down"),
    (4, "Forwarding Plane Reset"),
    (5, "Path Down"),
    (6, "Concatenated Path Down"),
    (7, "Administratively Down"),
    (8, "Reverse Concatenated Path Down"),
];

const AUTHENTICATIONS: NameTable = &[
    (1, "Simple Password"),
    (2, "Keyed MD5"),
    (3, "Meticulous Keyed MD5"),
    (4, "Keyed SHA1"),
    (5, "Meticulous Keyed SHA1"),
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let PortPair { src, dst, .. } = cx.ports;
    let by_destination = dst == ECHO || crate::out::lookup(PORTS, dst.into()).is_some();
    let port = if by_destination { dst } else { src };
    if port == ECHO {
        out.say("BFD, Echo, length: ").num("length", p.claimed());
        unexplained(cx, p, out);
        return Ok(());
    }
    control(cx, p, port, out)
}

fn unexplained(cx: &Cx, p: Cursor, out: &mut Out) {
    if cx.verbose() > 0 {
        out.dump_hex("data", p.sub(p.claimed()).rest(), "\n\t");
    }
}

fn control(cx: &Cx, mut p: Cursor, port: u16, out: &mut Out) -> Dissect {
    let packet = p;
    p.need(HEADER)?;
    let [head, flags] = p.array()?;
    let version = head >> 5;
    out.say("BFDv").num("version", version);
    if version > 1 {
        out.say(", Control, length: ").num("length", packet.claimed());
        unexplained(cx, packet, out);
        return Ok(());
    }
    if cx.verbose() == 0 {
        out.say(", ");
        state(version, flags, port, out);
        out.say(", length: ").num("length", packet.claimed());
        return Ok(());
    }
    out.say(", length: ").num("length", packet.claimed()).say("\n\t");
    state(version, flags, port, out);
    out.say(", Diagnostic: ").named_as("diagnostic", head & 0x1f, DIAGNOSTICS, "unknown", " (0x%02x)");
    timers(&mut p, out)?;
    if flags & AUTHENTICATED != 0 {
        out.nest("authentication", |out| authentication(p, out))?;
    }
    Ok(())
}

fn state(version: u8, flags: u8, port: u16, out: &mut Out) {
    if version == 0 {
        out.say("Control, Flags: [").flags("flags", flags, V0_FLAGS, "none").say("]");
        return;
    }
    out.aloud(|out| _ = out.name("", port, PORTS, "unknown (%u)"));
    out.say(", State ").name("state", flags >> 6, STATES, "unknown (%u)");
    out.say(", Flags: [").flags("flags", flags & 0x3f, FLAGS, "none").say("]");
}

/// What follows the flags.
fn timers(p: &mut Cursor, out: &mut Out) -> Dissect {
    let ([multiplier, length], mine, yours) = (p.array()?, p.be32()?, p.be32()?);
    let (tx, rx, echo) = (p.be32()?, p.be32()?, p.be32()?);
    out.say("\n\tDetection Timer Multiplier: ").num("multiplier", multiplier);
    out.aloud(|out| {
        let detection = u32::from(multiplier).wrapping_mul(tx) / 1000;
        out.say(" (").num("", detection).say(" ms Detection time)");
    });
    out.say(", BFD Length: ").num("bfd_length", length);
    out.say("\n\tMy Discriminator: 0x").hex0("my_discriminator", mine, 8);
    out.say(", Your Discriminator: 0x").hex0("your_discriminator", yours, 8);
    interval("\n\t  Desired min Tx Interval:    ", "desired_min_tx_us", tx, out);
    interval("\n\t  Required min Rx Interval:   ", "required_min_rx_us", rx, out);
    interval("\n\t  Required min Echo Interval: ", "required_min_echo_us", echo, out);
    Ok(())
}

/// Text rounds to milliseconds.
fn interval(words: &str, key: &str, us: u32, out: &mut Out) {
    out.note(key, us).aloud(|out| {
        out.say(words).right(4, |out| _ = out.num("", us / 1000)).say(" ms");
    });
}

fn authentication(mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(4)?;
    let [kind, length, key] = p.array()?;
    out.say("\n\tAuthentication: ").named("type", kind, AUTHENTICATIONS, "Unknown");
    out.say(", length: ").num("length", length).say("\n\t  Auth Key ID: ").num("key_id", key);
    match (kind, usize::from(length)) {
        (1, 4..=19) => {
            out.say(", Password: ").chars_of("password", &mut p, usize::from(length) - 3)?;
        }
        (2 | 3, 24) => digest("\n\t  Digest: ", 16, p, out)?,
        (4 | 5, 28) => digest("\n\t  Hash: ", 20, p, out)?,
        (1..=5, _) => {
            out.aloud(|out| _ = out.say("[invalid length ").num("", length).say("]"));
            out.note_that("invalid_length", true);
        }
        _ => {}
    }
    Ok(())
}

fn digest(words: &str, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    p.skip(1)?;
    let sequence = p.be32()?;
    out.say(", Sequence Number: 0x").hex0("sequence", sequence, 8);
    let digest = p.take(length)?;
    out.say(words).bytes("digest", digest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// Behind no UDP header the ports are 0: what is said of the port is checked by the suites.
    const UP: &str = "20 c0 03 18 00000001 00000002 000493e0 000493e0 00000000";

    #[test]
    fn control_packets() {
        check(&BFD, UP, "", "BFDv1, unknown (0), State Up, Flags: [none], length: 24");
        check(
            &BFD,
            UP,
            "-v",
            "BFDv1, length: 24\n\tunknown (0), State Up, Flags: [none], Diagnostic: No Diagnostic (0x00)\
             \n\tDetection Timer Multiplier: 3 (900 ms Detection time), BFD Length: 24\
             \n\tMy Discriminator: 0x00000001, Your Discriminator: 0x00000002\
             \n\t  Desired min Tx Interval:     300 ms\
             \n\t  Required min Rx Interval:    300 ms\
             \n\t  Required min Echo Interval:    0 ms",
        );
        check(&BFD, "20 c0 03 18 00000001", "", " [|bfd]");
        let v0 = UP.replacen("20 c0", "01 90", 1);
        check(&BFD, &v0, "", "BFDv0, Control, Flags: [I Hear You, Final], length: 24");
    }

    #[test]
    fn an_unknown_version_is_dumped() {
        let v2 = UP.replacen("20", "40", 1);
        check(&BFD, &v2, "", "BFDv2, Control, length: 24");
        check(
            &BFD,
            &v2,
            "-v",
            "BFDv2, Control, length: 24\n\t0x0000:  40c0 0318 0000 0001 0000 0002 0004 93e0\
             \n\t0x0010:  0004 93e0 0000 0000",
        );
    }

    #[test]
    fn authentication_by_password_and_digest() {
        let says = |more: &str, words: &str| {
            let hex = format!("{}{more}", UP.replacen("c0", "c4", 1));
            let said = crate::testing::conversation(&BFD, std::slice::from_ref(&hex), "-v").remove(0);
            let (_, tail) = said.split_once("\n\tAuthentication: ").unwrap();
            assert_eq!(tail, words);
            check(&BFD, &hex, "-v", &said);
        };
        says("01 09 02 736563726574", "Simple Password (1), length: 9\n\t  Auth Key ID: 2, Password: secret");
        says(
            "02 18 02 00 00000005 000102030405060708090a0b0c0d0e0f",
            "Keyed MD5 (2), length: 24\n\t  Auth Key ID: 2, Sequence Number: 0x00000005\
             \n\t  Digest: 000102030405060708090a0b0c0d0e0f",
        );
        says("05 18 02 00", "Meticulous Keyed SHA1 (5), length: 24\n\t  Auth Key ID: 2[invalid length 24]");
        says("09 18 02 00", "Unknown (9), length: 24\n\t  Auth Key ID: 2");
    }

    #[test]
    fn values_of_a_control_packet() {
        assert_eq!(
            values(&BFD, UP),
            "{\"bfd\":{\"version\":1,\"length\":24,\"state\":3,\"flags\":0,\"diagnostic\":0,\"multiplier\":3,\
             \"bfd_length\":24,\"my_discriminator\":1,\"your_discriminator\":2,\"desired_min_tx_us\":300000,\
             \"required_min_rx_us\":300000,\"required_min_echo_us\":0}}"
        );
    }
}
