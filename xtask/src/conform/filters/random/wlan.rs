//! The words of 802.11.

use super::grammar::{Dice, Leaf};

/// Types and their values.
const TYPES: [(&str, u32); 9] = [
    ("mgt", 0),
    ("management", 0),
    ("ctl", 4),
    ("control", 4),
    ("data", 8),
    ("DATA", 8),
    ("0", 0),
    ("8", 8),
    ("0x04", 4),
];

/// Subtypes with their types.
const SUBTYPES: [(&str, u32, u32); 42] = [
    ("assoc-req", 0, 0x00),
    ("assocreq", 0, 0x00),
    ("assoc-resp", 0, 0x10),
    ("assocresp", 0, 0x10),
    ("reassoc-req", 0, 0x20),
    ("reassocreq", 0, 0x20),
    ("reassoc-resp", 0, 0x30),
    ("reassocresp", 0, 0x30),
    ("probe-req", 0, 0x40),
    ("probereq", 0, 0x40),
    ("probe-resp", 0, 0x50),
    ("proberesp", 0, 0x50),
    ("beacon", 0, 0x80),
    ("atim", 0, 0x90),
    ("disassoc", 0, 0xa0),
    ("disassociation", 0, 0xa0),
    ("auth", 0, 0xb0),
    ("authentication", 0, 0xb0),
    ("deauth", 0, 0xc0),
    ("deauthentication", 0, 0xc0),
    ("bar", 4, 0x80),
    ("ba", 4, 0x90),
    ("ps-poll", 4, 0xa0),
    ("rts", 4, 0xb0),
    ("cts", 4, 0xc0),
    ("ack", 4, 0xd0),
    ("cf-end", 4, 0xe0),
    ("cf-end-ack", 4, 0xf0),
    ("data", 8, 0x00),
    ("data-cf-ack", 8, 0x10),
    ("data-cf-poll", 8, 0x20),
    ("data-cf-ack-poll", 8, 0x30),
    ("null", 8, 0x40),
    ("cf-ack", 8, 0x50),
    ("cf-poll", 8, 0x60),
    ("cf-ack-poll", 8, 0x70),
    ("qos-data", 8, 0x80),
    ("qos-data-cf-ack", 8, 0x90),
    ("qos-data-cf-poll", 8, 0xa0),
    ("qos", 8, 0xc0),
    ("qos-cf-poll", 8, 0xe0),
    ("qos-cf-ack-poll", 8, 0xf0),
];

const DIRECTIONS: [(&str, u32); 7] =
    [("nods", 0), ("tods", 1), ("fromds", 2), ("dstods", 3), ("2", 2), ("3", 3), ("9", 9)];

/// Whether packets of the link have an 802.11 header.
pub fn is(link: &str) -> bool {
    link.starts_with("IEEE802_11") || matches!(link, "PRISM_HEADER" | "PPI")
}

/// A type, a direction, an address.
pub fn draw(dice: &mut Dice, link: &str) -> Leaf {
    let behind_ppi = |leaf: Leaf, at: u32, mask: u32, value: u32| match link {
        "PPI" => leaf.with(format!("link[{at}] & {mask} = {value}"), "1.11 knows 802.11 behind PPI"),
        _ => leaf,
    };
    let kind = TYPES[dice.below(TYPES.len())];
    let sub = SUBTYPES[dice.below(SUBTYPES.len())];
    match dice.below(6) {
        0 => behind_ppi(format!("type {}", kind.0).into(), 0, 0x0c, kind.1),
        1 if dice.chance(3) => {
            format!("type {} subtype {}", kind.0, dice.of(&["0x10", "0", "0x41", "beacon"])).into()
        }
        1 => {
            let of = ["mgt", "", "", "", "ctl", "", "", "", "data"][sub.1 as usize];
            let leaf = behind_ppi(format!("type {of} subtype {}", sub.0).into(), 0, 0xfc, sub.1 | sub.2);
            block_acknowledgement(leaf, sub.0)
        }
        2 => {
            let leaf = behind_ppi(format!("subtype {}", sub.0).into(), 0, 0xfc, sub.1 | sub.2);
            block_acknowledgement(leaf, sub.0)
        }
        3 => {
            let way = DIRECTIONS[dice.below(DIRECTIONS.len())];
            behind_ppi(format!("{} {}", dice.of(&["dir", "direction"]), way.0).into(), 1, 3, way.1)
        }
        _ => {
            let place = dice.of(&[
                "addr1",
                "address1",
                "addr2",
                "address2",
                "addr3",
                "addr4",
                "address4",
                "ra",
                "ta",
                "src",
                "dst",
                "src or dst",
                "src and dst",
            ]);
            let host = dice.of(&["host ", ""]);
            let mac = dice.of(&["02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "1:2:3:4:5:6"]);
            format!("{} {place} {host}{mac}", dice.of(&["wlan", "wlan", "ether", "link"])).into()
        }
    }
}

/// A subtype that is new.
fn block_acknowledgement(leaf: Leaf, subtype: &str) -> Leaf {
    match (subtype, &leaf.old) {
        ("ba" | "bar", None) => {
            let value = if subtype == "ba" { "0x90" } else { "0x80" };
            leaf.with(format!("type ctl subtype {value}"), "1.11 knows the subtypes ba and bar")
        }
        _ => leaf,
    }
}
