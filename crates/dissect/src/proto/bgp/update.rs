//! Updates (RFC 4271 section 4.3): routes withdrawn, and routes announced with the attributes they share.
//!
//! ```text
//! | length (2) | withdrawn routes .. | length (2) | attributes .. | routes, to the end of the message
//! attribute:  | flags | type | length (1, or 2 if a flag says so) | value ..
//! ```

use super::families::{Route, Wrong, has_paths, say_route};
use super::{attributes, want};
use crate::prelude::*;

const FLAGS: Flags = &[(0x80, "O"), (0x40, "T"), (0x20, "P"), (0x10, "E")];
/// The length takes two bytes.
const EXTENDED: u8 = 0x10;

pub(super) fn dissect(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    want(&p, 2)?;
    let withdrawn = usize::from(p.be16()?);
    want(&p, withdrawn)?;
    if withdrawn > 1 {
        out.say("\n\t  Withdrawn routes:");
        routes(cx, "withdrawn", p.claiming(withdrawn), out)?;
    }
    p.skip(withdrawn)?;
    want(&p, 2)?;
    let length = usize::from(p.be16()?);
    if withdrawn != 1 && length == 0 && p.claimed() == 0 {
        out.say("\n\t  End-of-Rib Marker (empty NLRI)");
        return Ok(());
    }
    want(&p, length)?;
    let mut list = p.claiming(length);
    out.list("attributes", |out| {
        while list.claimed() > 0 {
            if list.claimed() < 2 {
                out.say("\n\t  [path attrs too short]");
                break;
            }
            if !out.item(|out| attribute(cx, &mut list, 0, out))? {
                break;
            }
        }
        Ok(())
    })?;
    p.skip(length)?;
    if p.claimed() > 0 {
        out.say("\n\t  Updated routes:");
        routes(cx, "announced", p, out)?;
    }
    Ok(())
}

/// Routes to the end of `p`.
fn routes(cx: &Cx, key: &str, mut p: Cursor, out: &mut Out) -> Dissect {
    let with_paths = has_paths(p, false);
    out.list(key, |out| {
        while p.claimed() > 0 {
            match say_route(cx, &mut p, (Route::Plain, false), with_paths, "\n\t    ", out) {
                Ok(()) => {}
                Err(Wrong::TooLong | Wrong::Told) => {
                    out.say("\n\t    (illegal prefix length)");
                    break;
                }
                Err(Wrong::Cut(stop)) => return Err(stop),
            }
        }
        Ok(())
    })
}

/// One attribute, `level` sets deep; `false` if the others cannot be found behind it.
pub(super) fn attribute(cx: &Cx, list: &mut Cursor, level: u8, out: &mut Out) -> Dissect<bool> {
    let set = level > 0;
    let [flags, kind] = list.array()?;
    let size = if flags & EXTENDED != 0 { 2 } else { 1 };
    list.need(size)?;
    if list.claimed() < size {
        out.say(if set { " [path attr too short]" } else { "\n\t  [path attrs too short]" });
        return Ok(false);
    }
    let length = if size == 2 { usize::from(list.be16()?) } else { usize::from(list.u8()?) };
    out.say(if set { "\n\t      " } else { "\n\t  " });
    out.named("type", kind, attributes::TYPES, "Unknown Attribute");
    out.say(", length: ").num("length", length).note("flags", flags);
    if flags != 0 {
        out.say(", Flags [").aloud(|out| {
            out.letters("", flags, FLAGS, "");
            if flags & 0x0f != 0 {
                out.say("+").hex("", flags & 0x0f);
            }
        });
        out.say(if set { "]" } else { "]: " });
    }
    out.say(if set { ": " } else { "" });
    if list.claimed() < length {
        out.say(if set { " [path attr too short]" } else { " [path attrs too short]" });
        return Ok(false);
    }
    let body = list.claiming(length);
    list.pass(length);
    if level > attributes::MAX_LEVEL {
        out.say("(too many nested levels, not recursing)");
    } else {
        attributes::dissect(cx, kind, body, level, out)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::BGP;
    use crate::testing::{bytes, check};

    /// What is said with `-v` of an update with this body, behind its own words.
    #[track_caller]
    pub fn update(body: &str, expected: &str) {
        let length = 19 + bytes(body).len();
        check(
            &BGP,
            &format!("ffffffffffffffffffffffffffffffff {length:04x} 02 {body}"),
            "-v",
            &format!(": BGP\n\tUpdate Message (2), length: {length}{expected}"),
        );
    }

    #[test]
    fn routes() {
        update("0000 0000", "\n\t  End-of-Rib Marker (empty NLRI)");
        update(
            "0004 18 0a0001 0000",
            "\n\t  Withdrawn routes:\n\t    10.0.1.0/24\n\t  End-of-Rib Marker (empty NLRI)",
        );
        update(
            "0000 0004 40010100 14 0afff0",
            "\n\t  Origin (1), length: 1, Flags [T]: IGP\n\t  Updated routes:\n\t    10.255.240.0/20",
        );
        update(
            "0000 0004 40010100 21 0afff0ff",
            "\n\t  Origin (1), length: 1, Flags [T]: IGP\n\t  Updated routes:\n\t    (illegal prefix length)",
        );
        update(
            "0000 0004 40010100 18 0aff",
            "\n\t  Origin (1), length: 1, Flags [T]: IGP\n\t  Updated routes: [|bgp]",
        );
        update(
            "0000 0004 40010100 00000001 18 0a0001 00000002 18 0a0002",
            "\n\t  Origin (1), length: 1, Flags [T]: IGP\n\t  Updated routes:\
             \n\t    10.0.1.0/24   Path Id: 1\n\t    10.0.2.0/24   Path Id: 2",
        );
    }

    #[test]
    fn plain_attributes() {
        for (hex, words) in [
            ("400200", "AS Path (2), length: 0, Flags [T]: empty"),
            ("400206 0202 0001 0002", "AS Path (2), length: 6, Flags [T]: 1 2 "),
            ("400206 0101 00010000", "AS Path (2), length: 6, Flags [T]: { 65536 }"),
            ("400304 0a000001", "Next Hop (3), length: 4, Flags [T]: 10.0.0.1"),
            ("800404 00000064", "Multi Exit Discriminator (4), length: 4, Flags [O]: 100"),
            ("400600", "Atomic Aggregate (6), length: 0, Flags [T]: "),
            (
                "c00708 00010000 0a000001",
                "Aggregator (7), length: 8, Flags [OT]:  AS #65536, origin 10.0.0.1",
            ),
            ("c00808 00010002 ffffff01", "Community (8), length: 8, Flags [OT]: 1:2,  NO_EXPORT"),
            ("800a08 0a000001 0a000002", "Cluster List (10), length: 8, Flags [O]: 10.0.0.1, 10.0.0.2"),
            (
                "c01008 0002 fde8 00000001",
                "Extended Community (16), length: 8, Flags [OT]: \n\t    target (0x0002), Flags [none]: 65000:1 (= 0.0.0.1)",
            ),
            (
                "c0200c 00000001 00000002 00000003",
                "Large Community (32), length: 12, Flags [OT]: \n\t    1:2:3",
            ),
            ("410102 0001", "Origin (1), length: 2, Flags [T+1]: invalid len"),
            (
                "c0fd01 aa",
                "Unknown Attribute (253), length: 1, Flags [OT]: \n\t    no Attribute 253 decoder\n\t    0x0000:  aa",
            ),
        ] {
            let length = bytes(hex).len();
            update(&format!("0000 {length:04x} {hex}"), &format!("\n\t  {words}"));
        }
        update("0000 0003 400105", "\n\t  Origin (1), length: 5, Flags [T]:  [path attrs too short]");
    }

    #[test]
    fn other_families() {
        update(
            "0000 001b 800e18 0002 01 10 fe800000000000000000000000000001 00 10 fd00",
            "\n\t  Multi-Protocol Reach NLRI (14), length: 24, Flags [O]: \
             \n\t    AFI: IPv6 (2), SAFI: Unicast (1)\n\t    nexthop: fe80::1, nh-length: 16, no SNPA\
             \n\t      fd00::/16",
        );
        update(
            "0000 0015 800f12 0001 80 70 000011 0000fde800000001 0a0001",
            "\n\t  Multi-Protocol Unreach NLRI (15), length: 18, Flags [O]: \
             \n\t    AFI: IPv4 (1), SAFI: labeled VPN Unicast (128)\
             \n\t      RD: 65000:1 (= 0.0.0.1), 10.0.1.0/24, label:1 (bottom)",
        );
    }
}
