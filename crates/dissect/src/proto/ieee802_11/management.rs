//! Management frames (IEEE 802.11-2020 section 9.3.3): who is here, who may join, and who leaves.
//!
//! ```text
//! beacon, probe response:  | timestamp (8) | interval (2) | capabilities (2) | elements ..
//! (re)association request: | capabilities (2) | listen interval (2) | again: current access point | elements ..
//! (re)association response:| capabilities (2) | status (2) | association id (2) | elements ..
//! authentication:          | algorithm (2) | number (2) | status (2) | elements ..
//! element:                 | id | length | value ..
//! ```

use super::codes::{REASONS, STATUSES};
use super::{Frame, PROTECTED, wep};
use crate::prelude::*;

const TYPES: NameTable = &[
    (0, "Assoc Request"),
    (1, "Assoc Response"),
    (2, "ReAssoc Request"),
    (3, "ReAssoc Response"),
    (4, "Probe Request"),
    (5, "Probe Response"),
    (8, "Beacon"),
    (9, "ATIM"),
    (10, "Disassociation"),
    (11, "Authentication"),
    (12, "DeAuthentication"),
    (13, "Action"),
];

/// Bits of the capabilities.
const ESS: u16 = 0x0001;
const PRIVACY: u16 = 0x0010;

const SSID: u8 = 0;
const RATES: u8 = 1;
const CHANNEL: u8 = 3;
const TRAFFIC_MAP: u8 = 5;
const CHALLENGE: u8 = 16;
const MESH_ID: u8 = 114;

const ALGORITHMS: NameTable = &[(0, "Open System"), (1, "Shared Key"), (2, "EAP")];
const SHARED_KEY: u16 = 1;

const CATEGORIES: NameTable = &[
    (0, "Spectrum Management"),
    (1, "QoS"),
    (2, "DLS"),
    (3, "BA"),
    (7, "HT"),
    (13, "MeshAction"),
    (14, "MultihopAction"),
    (15, "SelfprotectAction"),
    (127, "Vendor"),
];
const BLOCK_ACK_ACTIONS: NameTable = &[(0, "ADDBA Request"), (1, "ADDBA Response"), (2, "DELBA")];
const HT_ACTIONS: NameTable = &[(0, "TxChWidth"), (1, "MIMOPwrSave")];
const MESH_ACTIONS: NameTable = &[
    (0, "MeshLink"),
    (1, "HWMP"),
    (2, "Gate Announcement"),
    (3, "Congestion Control"),
    (4, "MCCA Setup Request"),
    (5, "MCCA Setup Reply"),
    (6, "MCCA Advertisement Request"),
    (7, "MCCA Advertisement"),
    (8, "MCCA Teardown"),
    (9, "TBTT Adjustment Request"),
    (10, "TBTT Adjustment Response"),
];
const MULTIHOP_ACTIONS: NameTable = &[(0, "Proxy Update"), (1, "Proxy Update Confirmation")];
const SELFPROTECT_ACTIONS: NameTable = &[
    (1, "Peering Open"),
    (2, "Peering Confirm"),
    (3, "Peering Close"),
    (4, "Group Key Inform"),
    (5, "Group Key Acknowledge"),
];

/// A management frame.
pub(super) fn dissect(cx: &Cx, frame: &Frame, out: &mut Out) -> Dissect {
    out.aloud(|out| {
        out.name("", frame.subtype(), TYPES, "Unhandled Management subtype(%x)");
    });
    if frame.has(PROTECTED) {
        return wep(frame.body, out);
    }
    let p = frame.body;
    match frame.subtype() {
        0 => association_request(p, out),
        2 => reassociation_request(p, out),
        1 | 3 => association_response(p, out),
        4 => Elements::read(p).say(|elements, out| elements.say_rates(out), out),
        5 => beacon(p, false, out),
        8 => beacon(p, true, out),
        10 => farewell(p, None, out),
        11 => authentication(p, out),
        12 => farewell(p, sender(cx, frame)?, out),
        13 => action(p, sender(cx, frame)?, out),
        _ => Ok(()),
    }
}

/// Who sent the frame, if that was not said before.
fn sender(cx: &Cx, frame: &Frame) -> Dissect<Option<[u8; 6]>> {
    if cx.options.link_header { Ok(None) } else { frame.address(2).map(Some) }
}

fn say_sender(sender: Option<[u8; 6]>, out: &mut Out) {
    if let Some(src) = sender {
        out.say(" (").mac("src", src).say(")");
    }
}

/// The first element of each kind that is told.
#[derive(Default)]
struct Elements<'p> {
    ssid: Option<&'p [u8]>,
    rates: Option<&'p [u8]>,
    channel: Option<u8>,
    mesh_id: Option<&'p [u8]>,
    /// There were elements behind these, which cannot be what they claim.
    cut: bool,
}

impl<'p> Elements<'p> {
    fn read(mut p: Cursor<'p>) -> Self {
        let mut elements = Elements::default();
        while p.claimed() > 0 {
            if elements.read_one(&mut p).is_err() {
                elements.cut = true;
                break;
            }
        }
        elements
    }

    fn read_one(&mut self, p: &mut Cursor<'p>) -> Dissect {
        let [id, length] = p.array()?;
        let value = p.take(length.into())?;
        match (id, length) {
            (SSID | MESH_ID, 33..) | (RATES, 17..) | (CHALLENGE, 254..) | (TRAFFIC_MAP, 255) => {
                return Err(Stop::Truncated);
            }
            (SSID, _) => drop(self.ssid.get_or_insert(value)),
            (MESH_ID, _) => drop(self.mesh_id.get_or_insert(value)),
            (RATES, 1..) => drop(self.rates.get_or_insert(value)),
            (CHANNEL, 1) => self.channel = self.channel.or(value.first().copied()),
            _ => {}
        }
        Ok(())
    }

    /// Says the network's name and `more`, and then the cut if there was one.
    fn say(self, more: impl FnOnce(&Self, &mut Out), out: &mut Out) -> Dissect {
        say_name(" (", "ssid", self.ssid, out);
        more(&self, out);
        if self.cut { Err(Stop::Truncated) } else { Ok(()) }
    }

    /// In halves of a megabit per second; those that everybody must support have a star.
    fn say_rates(&self, out: &mut Out) {
        let Some(rates) = self.rates else { return };
        let _ = out.list("rates_mbps", |out| {
            for (i, rate) in rates.iter().enumerate() {
                out.say(if i == 0 { " [" } else { " " }).fraction("", f64::from(rate & 0x7f) * 0.5, 1);
                out.say(if rate & 0x80 != 0 { "*" } else { "" });
            }
            Ok(())
        });
        out.say(" Mbit]");
    }

    fn say_place(&self, capabilities: u16, out: &mut Out) {
        if let Some(channel) = self.channel {
            out.say(" CH: ").num("channel", channel);
        }
        out.say(if capabilities & PRIVACY != 0 { ", PRIVACY" } else { "" });
        say_name(" (MESHID: ", "mesh_id", self.mesh_id, out);
    }
}

fn say_name(words: &str, key: &str, name: Option<&[u8]>, out: &mut Out) {
    if let Some(name) = name {
        let end = name.iter().position(|c| *c == 0).unwrap_or(name.len());
        out.say(words).chars(key, name.get(..end).unwrap_or(name)).say(")");
    }
}

fn beacon(mut p: Cursor, is_beacon: bool, out: &mut Out) -> Dissect {
    let (timestamp, interval, capabilities) = (p.le64()?, p.le16()?, p.le16()?);
    out.note("timestamp_us", timestamp).note("interval", interval).note("capabilities", capabilities);
    let more = |elements: &Elements, out: &mut Out| {
        elements.say_rates(out);
        if is_beacon {
            out.say(if capabilities & ESS != 0 { " ESS" } else { " IBSS" });
        }
        elements.say_place(capabilities, out);
    };
    Elements::read(p).say(more, out)
}

fn association_request(mut p: Cursor, out: &mut Out) -> Dissect {
    let (capabilities, interval) = (p.le16()?, p.le16()?);
    out.note("capabilities", capabilities).note("listen_interval", interval);
    Elements::read(p).say(|elements, out| elements.say_rates(out), out)
}

fn reassociation_request(mut p: Cursor, out: &mut Out) -> Dissect {
    let (capabilities, interval, access_point) = (p.le16()?, p.le16()?, p.array()?);
    out.note("capabilities", capabilities).note("listen_interval", interval);
    let more = |_: &Elements, out: &mut Out| {
        out.say(" AP : ").mac("access_point", access_point);
    };
    Elements::read(p).say(more, out)
}

fn association_response(mut p: Cursor, out: &mut Out) -> Dissect {
    let (capabilities, status, aid) = (p.le16()?, p.le16()?, p.le16()?);
    let elements = Elements::read(p);
    out.note("capabilities", capabilities);
    out.say(" AID(").hex("aid", aid & 0x3fff).say(") :");
    out.say(if capabilities & PRIVACY != 0 { " PRIVACY " } else { "" }).say(": ");
    say_code("status", status, STATUSES, "n/a", out);
    if elements.cut { Err(Stop::Truncated) } else { Ok(()) }
}

fn say_code(key: &str, code: u16, names: &[&str], otherwise: &str, out: &mut Out) {
    out.note(key, code).say(names.get(usize::from(code)).unwrap_or(&otherwise));
}

fn authentication(mut p: Cursor, out: &mut Out) -> Dissect {
    let (algorithm, number, status) = (p.le16()?, p.le16()?, p.le16()?);
    let elements = Elements::read(p);
    out.say(" (").name("algorithm", algorithm, ALGORITHMS, "Reserved").say(")-").hex("number", number);
    let challenged = algorithm == SHARED_KEY && matches!(number, 2 | 3);
    out.say(if challenged { " [Challenge Text] " } else { ": " });
    match number % 2 {
        0 => drop(out.note("status", status)),
        _ => say_code("status", status, STATUSES, "n/a", out),
    }
    if elements.cut { Err(Stop::Truncated) } else { Ok(()) }
}

fn farewell(mut p: Cursor, sender: Option<[u8; 6]>, out: &mut Out) -> Dissect {
    let reason = p.le16()?;
    say_sender(sender, out);
    say_code("reason", reason, REASONS, "Reserved", out.say(": "));
    Ok(())
}

fn action(mut p: Cursor, sender: Option<[u8; 6]>, out: &mut Out) -> Dissect {
    let [category, action] = p.array()?;
    say_sender(sender, out);
    out.say(": ").name("category", category, CATEGORIES, "Reserved(%u)").say(" ");
    let actions = match category {
        3 => BLOCK_ACK_ACTIONS,
        7 => HT_ACTIONS,
        13 => MESH_ACTIONS,
        14 => MULTIHOP_ACTIONS,
        15 => SELFPROTECT_ACTIONS,
        _ => &[],
    };
    out.name("action", action, actions, "Act#%u");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::IEEE802_11;
    use crate::testing::{check, values};

    /// From the duration to the sequence number.
    const HEAD: &str = "3000 020000000001 020000000002 020000000003 0000";

    #[test]
    fn beacons() {
        let hex = format!("8000 {HEAD} 0100000000000000 6400 1100 0003616263 010282 6c 030106");
        check(&IEEE802_11, &hex, "", "Beacon (abc) [1.0* 54.0 Mbit] ESS CH: 6, PRIVACY");
        check(
            &IEEE802_11,
            &hex,
            "-ev",
            "48us BSSID:02:00:00:00:00:03 DA:02:00:00:00:00:01 SA:02:00:00:00:00:02 \
             Beacon (abc) [1.0* 54.0 Mbit] ESS CH: 6, PRIVACY",
        );
        assert!(
            values(&IEEE802_11, &hex).contains(r#""ssid":"abc","rates_mbps":[1,54],"channel":6"#),
            "{}",
            values(&IEEE802_11, &hex)
        );
        check(
            &IEEE802_11,
            &format!("8000 {HEAD} 0100000000000000 6400 0000 0009616263"),
            "",
            "Beacon IBSS [|802.11]",
        );
        check(&IEEE802_11, &format!("8000 {HEAD} 01000000"), "", "Beacon [|802.11]");
    }

    #[test]
    fn joining() {
        for (hex, words) in [
            (format!("4000 {HEAD} 0000"), "Probe Request ()"),
            (format!("0000 {HEAD} 1100 0a00 0003616263"), "Assoc Request (abc)"),
            (format!("1000 {HEAD} 1100 0000 01c0"), "Assoc Response AID(1) : PRIVACY : Successful"),
            (format!("2000 {HEAD} 1100 0a00 020000000009 0000"), "ReAssoc Request () AP : 02:00:00:00:00:09"),
            (format!("b000 {HEAD} 0000 0100 0000"), "Authentication (Open System)-1: Successful"),
            (format!("b000 {HEAD} 0100 0200 0000"), "Authentication (Shared Key)-2 [Challenge Text] "),
        ] {
            check(&IEEE802_11, &hex, "", words);
        }
    }

    #[test]
    fn leaving() {
        let reason = "Unspecified reason";
        check(&IEEE802_11, &format!("a000 {HEAD} 0100"), "", &format!("Disassociation: {reason}"));
        check(
            &IEEE802_11,
            &format!("c000 {HEAD} 0100"),
            "",
            &format!("DeAuthentication (02:00:00:00:00:02): {reason}"),
        );
        check(
            &IEEE802_11,
            &format!("c000 {HEAD} ff00"),
            "",
            "DeAuthentication (02:00:00:00:00:02): Reserved",
        );
    }

    #[test]
    fn actions() {
        check(&IEEE802_11, &format!("d000 {HEAD} 0301"), "", "Action (02:00:00:00:00:02): BA ADDBA Response");
        check(&IEEE802_11, &format!("d000 {HEAD} 0909"), "", "Action (02:00:00:00:00:02): Reserved(9) Act#9");
        check(&IEEE802_11, &format!("f000 {HEAD}"), "", "Unhandled Management subtype(f)");
    }
}
