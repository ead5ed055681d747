//! The options of DHCP (RFC 2132, and others as named at the tables).
//!
//! ```text
//! | tag | length | value ..      but of padding (0) and the end (255) only the tag
//! ```

use crate::prelude::*;

const PAD: u8 = 0;
const END: u8 = 255;
const MESSAGE_TYPE: u8 = 53;
const PARAMETER_REQUEST: u8 = 55;

/// How a value is said.
#[derive(Clone, Copy)]
enum Form {
    /// IPv4 addresses.
    Addresses,
    /// Pairs of IPv4 addresses.
    Pairs,
    /// Numbers of 32 bits.
    Numbers,
    /// The same, with a sign.
    Signed,
    /// Numbers of 16 bits.
    Shorts,
    /// Numbers of 8 bits.
    Bytes,
    Text,
    /// Yes or no, a byte each.
    Switches,
    /// In a way of its own.
    Special(fn(&Cx, &mut Cursor, &mut Out) -> Dissect),
}
use Form::{Addresses, Bytes, Numbers, Pairs, Shorts, Signed, Special, Switches, Text};

/// IANA: BOOTP vendor extensions and DHCP options; the names are those that tcpdump always had for them.
const TAGS: &[(u8, &str, Form)] = &[
    (0, "PAD", Bytes),
    (1, "Subnet-Mask", Addresses),
    (2, "Time-Zone", Signed),
    (3, "Default-Gateway", Addresses),
    (4, "Time-Server", Addresses),
    (5, "IEN-Name-Server", Addresses),
    (6, "Domain-Name-Server", Addresses),
    (7, "LOG", Addresses),
    (8, "CS", Addresses),
    (9, "LPR-Server", Addresses),
    (10, "IM", Addresses),
    (11, "RL", Addresses),
    (12, "Hostname", Text),
    (13, "BS", Shorts),
    (14, "DP", Text),
    (15, "Domain-Name", Text),
    (16, "SS", Addresses),
    (17, "RP", Text),
    (18, "EP", Text),
    (19, "IPF", Switches),
    (20, "SRT", Switches),
    (21, "PF", Pairs),
    (22, "RSZ", Shorts),
    (23, "TTL", Bytes),
    (24, "MTU-Timeout", Numbers),
    (25, "MTU-Table", Shorts),
    (26, "MTU", Shorts),
    (27, "LSN", Switches),
    (28, "BR", Addresses),
    (29, "MD", Switches),
    (30, "MS", Switches),
    (31, "Router-Discovery", Switches),
    (32, "RSA", Addresses),
    (33, "Static-Route", Pairs),
    (34, "UT", Switches),
    (35, "AT", Numbers),
    (36, "IE", Switches),
    (37, "TT", Bytes),
    (38, "KI", Numbers),
    (39, "KG", Switches),
    (40, "YD", Text),
    (41, "YS", Addresses),
    (42, "NTP", Addresses),
    (43, "Vendor-Option", Bytes),
    (44, "Netbios-Name-Server", Addresses),
    (45, "WDD", Addresses),
    (46, "Netbios-Node", Special(netbios_node)),
    (47, "Netbios-Scope", Text),
    (48, "XFS", Addresses),
    (49, "XDM", Addresses),
    (50, "Requested-IP", Addresses),
    (51, "Lease-Time", Numbers),
    (52, "OO", Special(overload)),
    (53, "DHCP-Message", Bytes),
    (54, "Server-ID", Addresses),
    (55, "Parameter-Request", Bytes),
    (56, "MSG", Text),
    (57, "MSZ", Shorts),
    (58, "RN", Numbers),
    (59, "RB", Numbers),
    (60, "Vendor-Class", Text),
    (61, "Client-ID", Special(client_id)),
    (64, "N+D", Shorts),
    (65, "N+S", Addresses),
    (66, "TFTP", Text),
    (67, "BF", Text),
    (68, "MH", Addresses),
    (69, "SMTP", Addresses),
    (70, "POP3", Addresses),
    (71, "NNTP", Addresses),
    (72, "WWW", Addresses),
    (73, "FG", Addresses),
    (74, "IRC", Addresses),
    (75, "STS", Addresses),
    (76, "STDA", Addresses),
    (77, "User-Class", Special(user_class)),
    (78, "SLP-DA", Bytes),
    (79, "SLP-SCOPE", Bytes),
    (80, "SLP-NA", Text),
    (81, "FQDN", Special(client_name)),
    (82, "Agent-Information", Special(relay_agent)),
    (83, "ARMT", Bytes),
    (88, "TZSTR", Text),
    (89, "FQDNS", Bytes),
    (90, "AUTH", Bytes),
    (91, "Last-Transaction-Time", Signed),
    (92, "Associated-IP", Addresses),
    (93, "ARCH", Shorts),
    (94, "NDI", Bytes),
    (95, "LDAP", Text),
    (97, "GUID", Bytes),
    (98, "UAP", Text),
    (100, "POSIX-TZ", Text),
    (101, "TZ-Name", Text),
    (108, "IPv6-Only-Preferred", Numbers),
    (112, "NI", Addresses),
    (113, "NITAG", Text),
    (114, "URL", Text),
    (116, "Auto-Configure", Switches),
    (117, "NSSEARCH", Shorts),
    (118, "SUBNET", Addresses),
    (121, "Classless-Static-Route", Special(routes)),
    (143, "SZTP-Redirect", Special(bootstrap_servers)),
    (150, "TFTP-Server-Address", Addresses),
    (161, "MUD-URL", Text),
    (249, "Classless-Static-Route-Microsoft", Special(routes)),
    (255, "END", Bytes),
];

/// RFC 2132 section 9.6, RFC 4388 section 6.1.
const MESSAGE_TYPES: NameTable = &[
    (1, "Discover"),
    (2, "Offer"),
    (3, "Request"),
    (4, "Decline"),
    (5, "ACK"),
    (6, "NACK"),
    (7, "Release"),
    (8, "Inform"),
    (10, "LeaseQuery"),
    (11, "LeaseUnassigned"),
    (12, "LeaseUnknown"),
    (13, "LeaseActive"),
];

/// Options up to the end of what was captured: of this protocol, its own length does not bind the reader.
pub fn say(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("options", |out| {
        while let Ok(tag) = p.u8() {
            match tag {
                PAD | END if cx.verbose() < 3 => {
                    if tag == END {
                        break;
                    }
                }
                _ => out.item(|out| option(cx, tag, &mut p, out))?,
            }
        }
        Ok(())
    })
}

fn option(cx: &Cx, tag: u8, p: &mut Cursor, out: &mut Out) -> Dissect {
    let length = if matches!(tag, PAD | END) { 0 } else { p.u8()? };
    let (name, form) = row(tag);
    out.say("\n\t    ").say(name);
    out.say(" (")
        .num("tag", tag)
        .called("tag", if form.is_some() { name } else { "" })
        .say("), length ")
        .num("length", length);
    out.say(if length > 0 { ": " } else { "" });
    if tag == PAD {
        padding(p, out);
        return Ok(());
    }
    let value = p.take(length.into())?;
    let mut value = Cursor::new(value, value.len());
    match (tag, value.rest()) {
        (MESSAGE_TYPE, [kind]) => {
            out.name("message_type", *kind, MESSAGE_TYPES, "Unknown (%u)");
            return Ok(());
        }
        (PARAMETER_REQUEST, tags) => return requests(tags, out),
        _ => {}
    }
    let by_length = match length {
        n if n & 1 != 0 => Bytes,
        n if n & 2 != 0 => Shorts,
        _ => Numbers,
    };
    say_value(cx, form.unwrap_or(by_length), &mut value, out)?;
    if !value.is_empty() {
        out.say("\n\t  trailing data length ").num("trailing", value.captured());
    }
    Ok(())
}

fn row(tag: u8) -> (&'static str, Option<Form>) {
    match TAGS.iter().find(|row| row.0 == tag) {
        Some(row) => (row.1, Some(row.2)),
        None => ("Unknown", None),
    }
}

/// Padding in a row is said once.
fn padding(p: &mut Cursor, out: &mut Out) {
    let more = p.rest().iter().take_while(|b| **b == PAD).count();
    p.take_up_to(more);
    if more > 0 {
        out.say(", occurs ").num("count", more + 1);
    }
}

/// The options that a client asks for, four to a line.
fn requests(tags: &[u8], out: &mut Out) -> Dissect {
    out.list("requested", |out| {
        for line in tags.chunks(4) {
            let mut before = "\n\t      ";
            for tag in line {
                out.say(before).say(row(*tag).0).say(" (").num("", *tag).say(")");
                before = ", ";
            }
        }
        Ok(())
    })
}

fn say_value(cx: &Cx, form: Form, p: &mut Cursor, out: &mut Out) -> Dissect {
    match form {
        Text => {
            out.say("\"").chars("text", p.rest()).say("\"");
            *p = p.at(p.captured());
            Ok(())
        }
        Special(say) => say(cx, p, out),
        Addresses => each(p, ",", out, |addr, out| _ = out.ip4("", addr)),
        Pairs if p.is_empty() || !p.captured().is_multiple_of(8) => {
            let before = if p.is_empty() { " " } else { "" };
            out.say(before).say("[length != N x 8 bytes]").note_that("invalid", true);
            *p = p.at(p.captured());
            Ok(())
        }
        Pairs => each(p, ",", out, |[a, b, c, d, e @ ..]: [u8; 8], out| {
            let _ = out.phrase("", |out| {
                out.say("(").ip4("", [a, b, c, d]).say(":").ip4("", e).say(")");
                Ok(())
            });
        }),
        Numbers => each(p, ",", out, |n, out| _ = out.num("", u32::from_be_bytes(n))),
        Signed => each(p, ",", out, |n, out| _ = out.int("", i32::from_be_bytes(n).into())),
        Shorts => each(p, ",", out, |n, out| _ = out.num("", u16::from_be_bytes(n))),
        Bytes => each(p, ".", out, |[n], out| _ = out.num("", n)),
        Switches => each(p, ",", out, |[n], out| _ = out.name("", n, &[(0, "N"), (1, "Y")], "%u?")),
    }
}

/// Says values of `N` bytes until what is left is less than one.
fn each<const N: usize>(
    p: &mut Cursor,
    between: &str,
    out: &mut Out,
    say: impl Fn([u8; N], &mut Out),
) -> Dissect {
    out.list("values", |out| {
        let mut before = "";
        while let Ok(value) = p.array() {
            say(value, out.say(std::mem::replace(&mut before, between)));
        }
        Ok(())
    })
}

/// Says that a value is shorter than it can be, and passes over it.
fn too_short(least: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    write!(out, "[ERROR: length < {least} bytes]").note_that("invalid", true);
    *p = p.at(p.captured());
    Ok(())
}

/// RFC 2132 section 8.7.
fn netbios_node(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let Ok(node) = p.u8() else { return too_short(1, p, out) };
    out.name("node", node, &[(1, "b-node"), (2, "p-node"), (4, "m-node"), (8, "h-node")], "#%u");
    Ok(())
}

/// RFC 2132 section 9.3.
fn overload(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let Ok(fields) = p.u8() else { return too_short(1, p, out) };
    out.name("fields", fields, &[(1, "file"), (2, "sname"), (3, "file+sname")], "#%u");
    Ok(())
}

/// RFC 4702: flags, two obsolete return codes, and the name.
fn client_name(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    const FLAGS: Flags = &[(1, "S"), (2, "O"), (4, "E"), (8, "N")];
    let Ok([flags, first, second]) = p.array() else { return too_short(3, p, out) };
    if flags & 0xf0 != 0 {
        write!(out, "[ERROR: MBZ nibble 0x{:x} != 0] ", flags >> 4);
    }
    out.note("flags", flags).note("rcode_1", first).note("rcode_2", second);
    out.aloud(|out| {
        if flags & 0x0f != 0 {
            out.say("[").letters("", flags & 0x0f, FLAGS, "").say("] ");
        }
        if first != 0 || second != 0 {
            out.num("", first).say("/").num("", second).say(" ");
        }
    });
    out.say("\"").chars("name", p.rest()).say("\"");
    *p = p.at(p.captured());
    Ok(())
}

/// RFC 2132 section 9.14: a kind of hardware and an address, or a name.
fn client_id(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    const HARDWARE: NameTable =
        &[(1, "ether"), (6, "ieee802"), (7, "arcnet"), (15, "frelay"), (23, "strip"), (24, "ieee1394")];
    let Ok(kind) = p.u8() else { return too_short(1, p, out) };
    if kind == 0 {
        out.note("type", kind).say("\"").chars("name", p.rest()).say("\"");
    } else {
        out.name("type", kind, HARDWARE, "hardware-type %u,").say(" ").octets("id", p.rest(), b':');
    }
    *p = p.at(p.captured());
    Ok(())
}

/// RFC 3046, RFC 3993.
fn relay_agent(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    const SUBOPTIONS: NameTable = &[(1, "Circuit-ID"), (2, "Remote-ID"), (6, "Subscriber-ID")];
    out.list("suboptions", |out| {
        while let Ok([code, length]) = p.array() {
            out.item(|out| {
                out.say("\n\t      ").name("code", code, SUBOPTIONS, "Unknown");
                out.aloud(|out| _ = out.say(" SubOption ").num("", code));
                out.say(", length ").num("length", length).say(": ");
                match p.take(length.into()) {
                    Err(_) => {
                        out.say("length goes past end of option").note_that("invalid", true);
                        *p = p.at(p.captured());
                    }
                    Ok(value) if matches!(code, 1 | 2 | 6) => _ = out.chars("value", value),
                    Ok(value) => _ = out.dump_hex("value", value, "\n\t\t"),
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// RFC 3442: networks, of which only the bytes that matter are there, and routers.
fn routes(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.captured() < 5 {
        return too_short(5, p, out);
    }
    out.list("routes", |out| {
        let mut before = "";
        while let Ok(width) = p.u8() {
            out.say(std::mem::replace(&mut before, ","));
            let bytes = usize::from(width).div_ceil(8);
            if width > 32 {
                write!(out, "[ERROR: Mask width ({width}) > 32]");
            } else if p.captured() < bytes + 4 {
                write!(out, "[ERROR: Remaining length ({}) < {} bytes]", p.captured(), bytes + 4);
            } else {
                route(width, p.padded(bytes)?, p.array()?, out)?;
                continue;
            }
            *p = p.at(p.captured());
        }
        Ok(())
    })
}

fn route(width: u8, network: [u8; 4], router: [u8; 4], out: &mut Out) -> Dissect {
    out.phrase("", |out| {
        out.say("(");
        match width {
            0 => out.say("default"),
            // Of a network in text, names are not looked up.
            _ => out.ip_digits("", network.into()).say("/").num("", width),
        };
        out.say(":").ip4("", router).say(")");
        Ok(())
    })
}

/// RFC 3004.
fn user_class(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.captured() < 2 {
        return too_short(2, p, out);
    }
    out.list("classes", |out| {
        let mut number = 1;
        while let Ok(length) = p.u8() {
            write!(out, "\n\t      instance#{number}: ");
            number += 1;
            match p.take(length.into()) {
                Ok(class) if length > 0 => {
                    out.say("\"").chars("", class).say("\"");
                    write!(out, ", length {length}");
                    continue;
                }
                Ok(_) => out.say("[ERROR: suboption length must be non-zero]"),
                Err(_) => out.say("[ERROR: invalid option]"),
            };
            *p = p.at(p.captured());
        }
        Ok(())
    })
}

/// RFC 8572 section 8.3.
fn bootstrap_servers(_: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("servers", |out| {
        while let Ok(length) = p.be16() {
            write!(out, "\n\t\t    length {length}: ");
            match p.take(length.into()) {
                Ok(server) => _ = out.say("\"").chars("", server).say("\""),
                Err(_) => {
                    out.say("length goes past end of option");
                    *p = p.at(p.captured());
                }
            }
        }
        Ok(())
    })?;
    if !p.is_empty() {
        out.say("[ERROR: length < 2 bytes]").note_that("invalid", true);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    static OPTIONS: Protocol = Protocol { name: "bootp", dissect: say };

    #[test]
    fn values_of_every_form() {
        let says = |hex: &str, words: &str| check(&OPTIONS, hex, "-v", &format!("\n\t    {words}"));
        says("01 04 ffffff00", "Subnet-Mask (1), length 4: 255.255.255.0");
        says("03 08 0a0000010a000002 ff 01", "Default-Gateway (3), length 8: 10.0.0.1,10.0.0.2");
        says("02 04 fffffffe", "Time-Zone (2), length 4: -2");
        says("21 08 0a0000010a000002", "Static-Route (33), length 8: (10.0.0.1:10.0.0.2)");
        says("21 03 0a0000", "Static-Route (33), length 3: [length != N x 8 bytes]");
        says("21 00", "Static-Route (33), length 0 [length != N x 8 bytes]");
        says("33 05 0000000a 00", "Lease-Time (51), length 5: 10\n\t  trailing data length 1");
        says("39 02 05dc", "MSZ (57), length 2: 1500");
        says("13 03 000102", "IPF (19), length 3: N,Y,2?");
        says("0c 02 6869", "Hostname (12), length 2: \"hi\"");
        says("c8 03 010203", "Unknown (200), length 3: 1.2.3");
        says("c8 04 00010203", "Unknown (200), length 4: 66051");
        says("c8 02 0102 c8 00", "Unknown (200), length 2: 258\n\t    Unknown (200), length 0");
        says("35 01 01", "DHCP-Message (53), length 1: Discover");
        says("35 01 09", "DHCP-Message (53), length 1: Unknown (9)");
        says("35 02 0102", "DHCP-Message (53), length 2: 1.2");
        says("0c 02 68", "Hostname (12), length 2:  [|bootp]");
        says(
            "37 05 0103060f21",
            "Parameter-Request (55), length 5: \n\t      Subnet-Mask (1), Default-Gateway (3), \
             Domain-Name-Server (6), Domain-Name (15)\n\t      Static-Route (33)",
        );
    }

    #[test]
    fn values_of_their_own() {
        let says = |hex: &str, words: &str| check(&OPTIONS, hex, "-v", &format!("\n\t    {words}"));
        says("2e 01 08", "Netbios-Node (46), length 1: h-node");
        says("2e 00", "Netbios-Node (46), length 0[ERROR: length < 1 bytes]");
        says("34 01 05", "OO (52), length 1: #5");
        says("3d 07 01 021122334455", "Client-ID (61), length 7: ether 02:11:22:33:44:55");
        says("3d 03 00 6869", "Client-ID (61), length 3: \"hi\"");
        says("51 05 13 0102 6869", "FQDN (81), length 5: [ERROR: MBZ nibble 0x1 != 0] [SO] 1/2 \"hi\"");
        says(
            "52 09 01 02 6869 05 01 07 09 09",
            "Agent-Information (82), length 9: \n\t      Circuit-ID SubOption 1, length 2: hi\
             \n\t      Unknown SubOption 5, length 1: \n\t\t0x0000:  07\
             \n\t      Unknown SubOption 9, length 9: length goes past end of option",
        );
        says(
            "79 0d 00 0a000001 10 0a01 0a000002 21 00",
            "Classless-Static-Route (121), length 13: (default:10.0.0.1),(10.1.0.0/16:10.0.0.2),\
             [ERROR: Mask width (33) > 32]",
        );
        says(
            "4d 05 02 6869 03 61",
            "User-Class (77), length 5: \n\t      instance#1: \"hi\", length 2\
             \n\t      instance#2: [ERROR: invalid option]",
        );
        says(
            "8f 05 0002 6869 00",
            "SZTP-Redirect (143), length 5: \n\t\t    length 2: \"hi\"[ERROR: length < 2 bytes]\
             \n\t  trailing data length 1",
        );
    }

    #[test]
    fn padding_and_the_end() {
        let hex = "00 00 ff 00";
        let all = "\n\t    PAD (0), length 0, occurs 2\n\t    END (255), length 0\n\t    PAD (0), length 0";
        check(&OPTIONS, hex, "-v", "");
        check(&OPTIONS, hex, "-vvv", all);
        assert_eq!(
            values(&OPTIONS, "0c026869 ff"),
            r#"{"bootp":{"options":[{"tag":12,"length":2,"text":"hi"},{"tag":255,"length":0,"values":[]}]}}"#
        );
    }

    #[test]
    fn tags_are_named_once() {
        let mut tags: Vec<u8> = TAGS.iter().map(|row| row.0).collect();
        tags.dedup();
        assert_eq!(tags.len(), TAGS.len());
        assert!(tags.is_sorted());
        assert_eq!((row(53).0, row(200).0), ("DHCP-Message", "Unknown"));
    }
}
