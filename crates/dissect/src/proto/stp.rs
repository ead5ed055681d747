//! The spanning tree protocol (IEEE 802.1D-1998 clause 9), its rapid and multiple successors (IEEE 802.1Q-2018
//! clause 14) and shortest path bridging (IEEE 802.1aq).
//!
//! ```text
//! | protocol (2) | version | type | flags | root (8) | path cost (4) | bridge (8) | port (2) |
//! | message age (2) | max age (2) | hello time (2) | forward delay (2) | version 1 length |
//! multiple:  | version 3 length (2) | format | name (32) | revision (2) | digest (16) | internal cost (4) |
//!            | bridge (8) | hops |  then: | flags | regional root (8) | cost (4) | bridge, port priority | hops |
//! shortest:  | version 4 length (2) | format | name (32) | revision (2) | digest (16) | agreement ..
//! ```

use crate::prelude::*;

/// STP.
pub static STP: Protocol = Protocol { name: "stp", dissect };

const RAPID: u8 = 2;
const MULTIPLE: u8 = 3;
const SHORTEST: u8 = 4;
const VERSIONS: NameTable = &[(0, "802.1d"), (2, "802.1w"), (3, "802.1s"), (4, "802.1aq")];

const CONFIG: u8 = 0;
const RAPID_CONFIG: u8 = 2;
const TYPES: NameTable = &[(0, "Config"), (2, "Rapid STP"), (0x80, "Topology Change")];
const FLAGS: Flags = &[
    (0x01, "Topology change"),
    (0x02, "Proposal"),
    (0x10, "Learn"),
    (0x20, "Forward"),
    (0x40, "Agreement"),
    (0x80, "Topology change ACK"),
];
/// Two bits of the flags.
const ROLES: NameTable = &[(0, "Unknown"), (1, "Alternate"), (2, "Root"), (3, "Designated")];

/// Bytes of a configuration message; it may do without its last one.
const LENGTH: usize = 36;
/// Bytes of a message about multiple trees without any.
const MULTIPLE_LENGTH: usize = 102;
/// What of the version 3 length is not about a tree.
const WITHOUT_TREES: u16 = 64;
/// Bytes about one tree.
const TREE: u16 = 16;
/// The least that shortest path bridging adds, its length included.
const SHORTEST_LENGTH: usize = 87;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let message = p;
    out.note("length", p.claimed());
    if p.claimed() < 4 {
        return Err(Stop::Invalid);
    }
    if p.be16()? != 0 {
        write!(out, "unknown STP version, length {}", message.claimed());
        return Ok(());
    }
    let version = p.u8()?;
    out.say("STP ").name("version", version, VERSIONS, "Unknown STP protocol (0x%02x)");
    if crate::out::lookup(VERSIONS, version.into()).is_none() {
        return Ok(());
    }
    let kind = p.u8()?;
    out.say(", ").name("type", kind, TYPES, "Unknown BPDU Type (0x%02x)");
    match (kind, version) {
        (CONFIG, _) if message.claimed() < LENGTH - 1 => Err(Stop::Invalid),
        (RAPID_CONFIG, RAPID) if message.claimed() < LENGTH => Err(Stop::Invalid),
        (CONFIG, _) | (RAPID_CONFIG, RAPID) => config(cx, message, version == RAPID, out),
        (RAPID_CONFIG, MULTIPLE | SHORTEST) => multiple(cx, message, version == SHORTEST, out),
        _ => Ok(()),
    }
}

/// What every configuration message has behind its type.
struct Config<'p> {
    flags: u8,
    /// From the root's identifier on.
    body: Cursor<'p>,
}

impl<'p> Config<'p> {
    fn read(message: Cursor<'p>) -> Dissect<Self> {
        let mut body = message.at(4);
        Ok(Config { flags: body.u8()?, body })
    }

    fn say_root(&self, words: &str, cost: &str, out: &mut Out) -> Dissect {
        let mut p = self.body;
        let (root, path_cost) = (p.array()?, p.be32()?);
        say_bridge(words, "root", root, out);
        out.say(cost).num("path_cost", path_cost);
        Ok(())
    }

    fn say_timers(&self, out: &mut Out) -> Dissect {
        let mut p = self.body.at(22);
        let mut seconds = || p.be16().map(|n| f64::from(n) / 256.0);
        let [age, max, hello, delay] = [seconds()?, seconds()?, seconds()?, seconds()?];
        out.say("\n\tmessage-age ").fraction("message_age_s", age, 2);
        out.say("s, max-age ").fraction("max_age_s", max, 2);
        out.say("s, hello-time ").fraction("hello_time_s", hello, 2);
        out.say("s, forwarding-delay ").fraction("forward_delay_s", delay, 2).say("s");
        Ok(())
    }
}

fn say_bridge(words: &str, key: &str, id: [u8; 8], out: &mut Out) {
    let [a, b, address @ ..] = id;
    out.say(words);
    let _ = out.phrase(key, |out| {
        out.bytes("", &[a, b]).say(".").octets("", &address, b':');
        Ok(())
    });
}

fn say_role(words: &str, flags: u8, out: &mut Out) {
    out.say(words).name("role", flags >> 2 & 3, ROLES, "Unknown");
}

fn config(cx: &Cx, message: Cursor, with_role: bool, out: &mut Out) -> Dissect {
    let config = Config::read(message)?;
    out.say(", Flags [").flags("flags", config.flags, FLAGS, "none").say("]");
    let mut p = config.body.at(12);
    let (bridge, port) = (p.array()?, p.be16()?);
    say_bridge(", bridge-id ", "bridge", bridge, out);
    out.say(".").hex0("port", port, 4);
    write!(out, ", length {}", message.claimed());
    if cx.verbose() == 0 {
        return Ok(());
    }
    config.say_timers(out)?;
    config.say_root("\n\troot-id ", ", root-pathcost ", out)?;
    if with_role {
        say_role(", port-role ", config.flags, out);
    }
    Ok(())
}

fn multiple(cx: &Cx, message: Cursor, shortest: bool, out: &mut Out) -> Dissect {
    if message.claimed() < MULTIPLE_LENGTH || message.at(LENGTH - 1).u8()? != 0 {
        return Err(Stop::Invalid);
    }
    let v3_length = message.at(LENGTH).be16()?;
    let v3_end = LENGTH + 2 + usize::from(v3_length);
    if message.claimed() < v3_end {
        return Err(Stop::Invalid);
    }
    let config = Config::read(message)?;
    out.say(", CIST Flags [").flags("flags", config.flags, FLAGS, "none");
    write!(out, "], length {}", message.claimed());
    if cx.verbose() > 0 {
        common_tree(&config, message.at(LENGTH), out)?;
        trees(message.at(MULTIPLE_LENGTH), v3_length, out)?;
    }
    if !shortest {
        return Ok(());
    }
    let v4_length = usize::from(message.at(v3_end).be16()?) + 2;
    if message.claimed() < v3_end + v4_length || v4_length < SHORTEST_LENGTH {
        return Err(Stop::Invalid);
    }
    if cx.verbose() == 0 {
        Ok(())
    } else {
        out.nest("shortest", |out| shortest_path(message.at(v3_end), out))
    }
}

/// The common and internal spanning tree.
fn common_tree(config: &Config, mut p: Cursor, out: &mut Out) -> Dissect {
    say_role("\n\tport-role ", config.flags, out);
    config.say_root(", CIST root-id ", ", CIST ext-pathcost ", out)?;
    let mut body = config.body.at(12);
    say_bridge("\n\tCIST regional-root-id ", "regional_root", body.array()?, out);
    out.say(", ");
    let port = body.be16()?;
    out.say("CIST port-id ").hex0("port", port, 4).say(",");
    config.say_timers(out)?;
    let length = p.be16()?;
    out.say("\n\tv3len ").num("v3_length", length).say(", MCID Name ");
    p.skip(1)?;
    region(&mut p, ", rev ", out)?;
    let cost = p.be32()?;
    out.say(", CIST int-root-pathcost ").num("internal_path_cost", cost).say(",");
    say_bridge("\n\tCIST bridge-id ", "bridge", p.array()?, out);
    out.say(", ");
    let hops = p.u8()?;
    out.say("CIST remaining-hops ").num("hops", hops);
    Ok(())
}

/// The name of a region, and what its bridges have to agree upon.
fn region(p: &mut Cursor, words: &str, out: &mut Out) -> Dissect {
    let mut rest = p.at(32);
    out.padded_chars_of("region", p, 32)?;
    let (revision, digest) = (rest.be16()?, rest.array::<16>()?);
    out.say(words).num("revision", revision).say(",\n\t\tdigest ").bytes("digest", &digest);
    *p = rest;
    Ok(())
}

/// The trees beside the common one.
fn trees(mut p: Cursor, v3_length: u16, out: &mut Out) -> Dissect {
    out.list("trees", |out| {
        for _ in 0..v3_length.saturating_sub(WITHOUT_TREES) / TREE {
            out.item(|out| tree(&mut p, out))?;
        }
        Ok(())
    })
}

fn tree(p: &mut Cursor, out: &mut Out) -> Dissect {
    let number = p.at(1).be16()? & 0xfff;
    let flags = p.u8()?;
    out.say("\n\tMSTI ").num("number", number).say(", Flags [").flags("flags", flags, FLAGS, "none");
    say_role("], port-role ", flags, out);
    let (root, cost) = (p.array()?, p.be32()?);
    say_bridge("\n\t\tMSTI regional-root-id ", "regional_root", root, out);
    out.say(", pathcost ").num("path_cost", cost);
    let [bridge, port, hops] = p.array()?;
    out.say("\n\t\tMSTI bridge-prio ").num("bridge_priority", bridge >> 4);
    out.say(", port-prio ").num("port_priority", port >> 4).say(", hops ").num("hops", hops);
    Ok(())
}

fn shortest_path(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.be16()?;
    out.say("\n\tv4len ").num("v4_length", length).say(", AUXMCID Name ");
    p.skip(1)?;
    region(&mut p, ", Rev ", out)?;
    let ([agreement, _, format, convention], edges) = (p.array()?, p.be16()?);
    p.skip(8)?;
    let digest: [u8; 20] = p.array()?;
    out.say("\n\tAgreement num ").num("agreement", agreement >> 6);
    out.say(", Discarded Agreement num ").num("discarded_agreement", agreement >> 4 & 3);
    out.say(", Agreement valid-flag ").num("agreement_valid", agreement >> 3 & 1);
    out.say(",\n\tRestricted role-flag: ").num("restricted_role", agreement >> 2 & 1);
    out.say(", Format id ").num("format", format >> 4).say(" cap ").num("format_capabilities", format);
    out.say(", Convention id ").num("convention", convention >> 4);
    out.say(" cap ").num("convention_capabilities", convention);
    out.say(",\n\tEdge count ").num("edges", edges).say(", Agreement digest ");
    out.bytes("agreement_digest", &digest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// From the flags to the version 1 length.
    const BODY: &str = "3c 8001020000000001 00000004 8001020000000002 8005 0100 1400 0200 0f00 00";

    #[test]
    fn config() {
        let hex = format!("0000 00 00 {BODY}");
        let words =
            "STP 802.1d, Config, Flags [Learn, Forward], bridge-id 8001.02:00:00:00:00:02.8005, length 36";
        check(&STP, &hex, "", words);
        let timers = "\n\tmessage-age 1.00s, max-age 20.00s, hello-time 2.00s, forwarding-delay 15.00s";
        let root = "\n\troot-id 8001.02:00:00:00:00:01, root-pathcost 4";
        check(&STP, &hex, "-v", &format!("{words}{timers}{root}"));
        check(
            &STP,
            &format!("0000 02 02 {BODY}"),
            "-v",
            &format!(
                "{}{timers}{root}, port-role Designated",
                words.replace("802.1d, Config", "802.1w, Rapid STP")
            ),
        );
        assert!(values(&STP, &hex).starts_with(
            r#"{"stp":{"length":36,"version":0,"type":0,"flags":60,"bridge":"8001.02:00:00:00:00:02","port":32773,"message_age_s":1"#
        ));
    }

    #[test]
    fn multiple_trees() {
        let name = "616263".to_string() + &"00".repeat(29);
        let digest = "000102030405060708090a0b0c0d0e0f";
        let common = format!("0050 00 {name} 0001 {digest} 00000007 8000020000000003 14");
        let tree = "7c 8005020000000004 00000009 80 70 13";
        let hex = format!("0000 03 02 {BODY} {common} {tree}");
        let words = "STP 802.1s, Rapid STP, CIST Flags [Learn, Forward], length 118";
        check(&STP, &hex, "", words);
        check(
            &STP,
            &hex,
            "-v",
            &format!(
                "{words}\n\tport-role Designated, CIST root-id 8001.02:00:00:00:00:01, CIST ext-pathcost 4\
                 \n\tCIST regional-root-id 8001.02:00:00:00:00:02, CIST port-id 8005,\
                 \n\tmessage-age 1.00s, max-age 20.00s, hello-time 2.00s, forwarding-delay 15.00s\
                 \n\tv3len 80, MCID Name abc, rev 1,\n\t\tdigest {digest}, CIST int-root-pathcost 7,\
                 \n\tCIST bridge-id 8000.02:00:00:00:00:03, CIST remaining-hops 20\
                 \n\tMSTI 5, Flags [Learn, Forward, Agreement], port-role Designated\
                 \n\t\tMSTI regional-root-id 8005.02:00:00:00:00:04, pathcost 9\
                 \n\t\tMSTI bridge-prio 8, port-prio 7, hops 19"
            ),
        );
        check(&STP, &hex.replace("0050", "0060"), "", "STP 802.1s, Rapid STP (invalid)");
    }

    #[test]
    fn oddities() {
        check(&STP, "0000 00 80", "", "STP 802.1d, Topology Change");
        check(&STP, "0000 00 00 00", "", "STP 802.1d, Config (invalid)");
        check(&STP, "0001 00 00", "", "unknown STP version, length 4");
        check(&STP, "0000 09 00", "", "STP Unknown STP protocol (0x09)");
        check(&STP, "0000 00", "", " (invalid)");
    }
}
