//! The attributes of RADIUS (RFC 2865 section 5, and others as named below; numbers: IANA, RADIUS types).

use super::values::*;
use crate::parts::{date, eap_message, enterprises, ntp_time::Time};
use crate::prelude::*;

/// How a value is said.
#[derive(Clone, Copy)]
enum Form {
    /// Not at all.
    Silent,
    Text,
    /// A text with a tag in front, if its first byte is one (RFC 2868).
    TaggedText,
    Number,
    /// A number of seconds.
    Span,
    /// A number that says nothing where it is this one.
    NumberUnless(u32, &'static str),
    /// A number with a name.
    Named(NameTable),
    /// The same, behind a tag.
    TaggedNamed(NameTable),
    Address,
    /// An address that the NAS, or the user, may choose.
    ChosenAddress,
    Address6,
    Special(fn(&Cx, Cursor, &mut Out) -> Dissect),
}
use Form::{
    Address, Address6, ChosenAddress, Named, Number, NumberUnless, Silent, Span, Special, TaggedNamed,
    TaggedText, Text,
};

/// By type, from 1 on.
const TYPES: &[(&str, Form)] = &[
    ("User-Name", Text),
    ("User-Password", Silent),
    ("CHAP-Password", Silent),
    ("NAS-IP-Address", Address),
    ("NAS-Port", Number),
    ("Service-Type", Named(SERVICES)),
    ("Framed-Protocol", Named(FRAMED_PROTOCOLS)),
    ("Framed-IP-Address", ChosenAddress),
    ("Framed-IP-Netmask", Address),
    ("Framed-Routing", Named(ROUTING)),
    ("Filter-Id", Text),
    ("Framed-MTU", Number),
    ("Framed-Compression", Named(COMPRESSION)),
    ("Login-IP-Host", ChosenAddress),
    ("Login-Service", Named(LOGIN_SERVICES)),
    ("Login-TCP-Port", Number),
    ("Unassigned", Silent),
    ("Reply-Message", Text),
    ("Callback-Number", Text),
    ("Callback-Id", Text),
    ("Unassigned", Silent),
    ("Framed-Route", Text),
    ("Framed-IPX-Network", NumberUnless(0xfffffffe, "NAS Select")),
    ("State", Text),
    ("Class", Text),
    ("Vendor-Specific", Special(vendor)),
    ("Session-Timeout", Span),
    ("Idle-Timeout", Span),
    ("Termination-Action", Named(TERMINATION)),
    ("Called-Station-Id", Text),
    ("Calling-Station-Id", Text),
    ("NAS-Identifier", Text),
    ("Proxy-State", Text),
    ("Login-LAT-Service", Text),
    ("Login-LAT-Node", Text),
    ("Login-LAT-Group", Text),
    ("Framed-AppleTalk-Link", NumberUnless(0, "Unnumbered")),
    ("Framed-AppleTalk-Network", NumberUnless(0, "NAS assigned")),
    ("Framed-AppleTalk-Zone", Text),
    ("Acct-Status-Type", Named(ACCOUNTING)),
    ("Acct-Delay-Time", Span),
    ("Acct-Input-Octets", Number),
    ("Acct-Output-Octets", Number),
    ("Acct-Session-Id", Text),
    ("Acct-Authentic", Named(AUTHENTIC)),
    ("Acct-Session-Time", Span),
    ("Acct-Input-Packets", Number),
    ("Acct-Output-Packets", Number),
    ("Acct-Terminate-Cause", Named(CAUSES)),
    ("Acct-Multi-Session-Id", Text),
    ("Acct-Link-Count", Number),
    ("Acct-Input-Gigawords", Number),
    ("Acct-Output-Gigawords", Number),
    ("Unassigned", Silent),
    ("Event-Timestamp", Special(moment)),
    ("Egress-VLANID", Special(egress_vlan)),
    ("Ingress-Filters", Named(INGRESS_FILTERS)),
    ("Egress-VLAN-Name", Special(egress_name)),
    ("User-Priority-Table", Silent),
    ("CHAP-Challenge", Text),
    ("NAS-Port-Type", Named(PORTS)),
    ("Port-Limit", Number),
    ("Login-LAT-Port", Text),
    ("Tunnel-Type", TaggedNamed(TUNNELS)),
    ("Tunnel-Medium-Type", TaggedNamed(MEDIA)),
    ("Tunnel-Client-Endpoint", TaggedText),
    ("Tunnel-Server-Endpoint", TaggedText),
    ("Acct-Tunnel-Connection", Text),
    ("Tunnel-Password", Special(tunnel_password)),
    ("ARAP-Password", Special(arap_password)),
    ("ARAP-Features", Special(arap_features)),
    ("ARAP-Zone-Access", Named(ZONES)),
    ("ARAP-Security", Text),
    ("ARAP-Security-Data", Text),
    ("Password-Retry", Number),
    ("Prompt", Named(PROMPT)),
    ("Connect-Info", Text),
    ("Configuration-Token", Text),
    ("EAP-Message", Special(|_, p, out| out.nest("eap", |out| eap_message::say(p, out)))),
    ("Message-Authenticator", Text),
    ("Tunnel-Private-Group-ID", TaggedText),
    ("Tunnel-Assignment-ID", TaggedText),
    ("Tunnel-Preference", Special(preference)),
    ("ARAP-Challenge-Response", Special(arap_response)),
    ("Acct-Interim-Interval", Span),
    ("Acct-Tunnel-Packets-Lost", Number),
    ("NAS-Port-Id", Text),
    ("Framed-Pool", Text),
    ("CUI", Text),
    ("Tunnel-Client-Auth-ID", TaggedText),
    ("Tunnel-Server-Auth-ID", TaggedText),
    ("NAS-Filter-Rule", Text),
    ("Unassigned", Silent),
    ("Originating-Line-Info", Silent),
    ("NAS-IPv6-Address", Address6),
    ("Framed-Interface-ID", Silent),
    ("Framed-IPv6-Prefix", Special(prefix)),
    ("Login-IPv6-Host", Address6),
    ("Framed-IPv6-Route", Text),
    ("Framed-IPv6-Pool", Text),
    ("Error-Cause", Special(error_cause)),
    ("EAP-Key-Name", Silent),
    ("Digest-Response", Text),
    ("Digest-Realm", Text),
    ("Digest-Nonce", Text),
    ("Digest-Response-Auth", Text),
    ("Digest-Nextnonce", Text),
    ("Digest-Method", Text),
    ("Digest-URI", Text),
    ("Digest-Qop", Text),
    ("Digest-Algorithm", Text),
    ("Digest-Entity-Body-Hash", Text),
    ("Digest-CNonce", Text),
    ("Digest-Nonce-Count", Text),
    ("Digest-Username", Text),
    ("Digest-Opaque", Text),
    ("Digest-Auth-Param", Text),
    ("Digest-AKA-Auts", Text),
    ("Digest-Domain", Text),
    ("Digest-Stale", Text),
    ("Digest-HA1", Text),
    ("SIP-AOR", Text),
    ("Delegated-IPv6-Prefix", Special(prefix)),
    ("MIP6-Feature-Vector", Special(mobility_features)),
    ("MIP6-Home-Link-Prefix", Special(home_link_prefix)),
    ("Operator-Name", Special(operator)),
    ("Location-Information", Special(location)),
    ("Location-Data", Special(location_data)),
    ("Basic-Location-Policy-Rules", Special(location_policy)),
];

const HEADER: usize = 2;
/// RFC 4675 section 2.1.
const VLAN_TAGS: NameTable = &[(0x31, "Tagged"), (0x32, "Untagged")];

/// Attributes up to the end that the message claims.
pub fn say(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("attributes", |out| {
        while p.claimed() > 0 {
            out.item(|out| attribute(cx, &mut p, out))?;
        }
        Ok(())
    })
}

fn attribute(cx: &mut Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    let present = p.claimed();
    if present < HEADER {
        return Err(out.lie("length", present, "<", HEADER));
    }
    let [kind, length] = p.array()?;
    let row = usize::from(kind).checked_sub(1).and_then(|at| TYPES.get(at));
    let (name, form) = row.copied().unwrap_or(("Unknown", Silent));
    out.say("\n\t  ")
        .say(name)
        .say(" Attribute (")
        .num("type", kind)
        .say("), length: ")
        .num("length", length);
    if usize::from(length) < HEADER {
        return Err(out.lie("length", length, "<", HEADER));
    }
    if usize::from(length) > present {
        return Err(out.lie("length", length, ">", present));
    }
    out.say(", Value: ");
    let length = usize::from(length) - HEADER;
    let value = p.claiming(length);
    if length > 0 {
        cx.attempt(out, |cx, out| {
            // What lies behind the attribute is not part of it.
            say_value(cx, form, value.sub(length), out)
        })?;
    }
    if cx.verbose() > 1 {
        out.dump_hex("value", value.sub(length).rest(), "\n\t    ");
    }
    p.skip(length)
}

fn say_value(cx: &Cx, form: Form, mut p: Cursor, out: &mut Out) -> Dissect {
    match form {
        Silent => {}
        Special(say) => return say(cx, p, out),
        Text => return text(p, out),
        TaggedText => {
            if p.peek()? <= 0x1f {
                tag(p.u8()?, out);
            }
            return text(p, out);
        }
        Number => {
            let n = number(&mut p, out)?;
            out.num("number", n);
        }
        NumberUnless(special, words) => {
            let n = number(&mut p, out)?;
            out.note("number", n);
            out.aloud(|out| _ = if n == special { out.say(words) } else { out.num("", n) });
        }
        Span => {
            let n = number(&mut p, out)?;
            out.note("seconds", n);
            let (hours, minutes, seconds) = (n / 3600, n / 60 % 60, n % 60);
            match n {
                ..60 => write!(out, "{seconds:02} secs"),
                60..3600 => write!(out, "{minutes:02}:{seconds:02} min"),
                _ => write!(out, "{hours:02}:{minutes:02}:{seconds:02} hours"),
            };
        }
        Named(names) => {
            let n = number(&mut p, out)?;
            out.name("number", n, names, "#%u");
        }
        TaggedNamed(names) => {
            exactly(&p, 4, out)?;
            let (of, n) = (p.u8()?, p.be24()?);
            tag(of, out);
            out.name("number", n, names, "#%u");
        }
        Address | ChosenAddress => {
            exactly(&p, 4, out)?;
            let address = p.array()?;
            match (form, u32::from_be_bytes(address)) {
                (ChosenAddress, 0xffffffff) => _ = out.say("User Selected"),
                (ChosenAddress, 0xfffffffe) => _ = out.say("NAS Select"),
                _ => _ = out.ip4("address", address),
            }
        }
        Address6 => {
            exactly(&p, 16, out)?;
            let address = p.array()?;
            out.ip6("address", address);
        }
    }
    Ok(())
}

fn exactly(p: &Cursor, n: usize, out: &mut Out) -> Dissect {
    if p.claimed() == n { Ok(()) } else { Err(out.lie("length", p.claimed(), "!=", n)) }
}

fn at_least(p: &Cursor, n: usize, out: &mut Out) -> Dissect {
    if p.claimed() >= n { Ok(()) } else { Err(out.lie("length", p.claimed(), "<", n)) }
}

fn number(p: &mut Cursor, out: &mut Out) -> Dissect<u32> {
    exactly(p, 4, out)?;
    p.be32()
}

fn tag(of: u8, out: &mut Out) {
    out.note("tag", of);
    match of {
        0 => out.say("Tag[Unused] "),
        _ => write!(out, "Tag[{of}] "),
    };
}

/// Characters up to a NUL; those that cannot be printed are dots.
fn text(p: Cursor, out: &mut Out) -> Dissect {
    let chars = p.rest().split(|c| *c == 0).next().unwrap_or_default();
    dotted("text", chars, out);
    let all_here = chars.len() < p.captured();
    if all_here { Ok(()) } else { p.need(p.claimed()) }
}

fn dotted(key: &str, chars: &[u8], out: &mut Out) {
    out.aside(|out| _ = out.chars(key, chars));
    out.aloud(|out| {
        for c in chars {
            let printed = c.is_ascii_graphic() || *c == b' ';
            out.chars("", if printed { std::slice::from_ref(c) } else { b"." });
        }
    });
}

/// RFC 2865 section 5.26: attributes of somebody else.
fn vendor(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(&p, 4, out)?;
    let id = p.be32()?;
    out.say("Vendor: ").named("vendor", id, enterprises::NAMES, "Unknown");
    out.list("vendor_attributes", |out| {
        while p.claimed() >= HEADER {
            out.item(|out| {
                let present = p.claimed();
                let [kind, length] = p.array()?;
                out.say("\n\t    Vendor Attribute: ").num("type", kind);
                out.say(", length: ").num("length", length);
                if usize::from(length) < HEADER {
                    return Err(out.lie("length", length, "<", HEADER));
                }
                if usize::from(length) > present {
                    return Err(out.lie("length", length, ">", present));
                }
                let value = p.take(usize::from(length) - HEADER)?;
                dotted("value", value, out.say(", value: "));
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// RFC 2869 section 5.3.
fn moment(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = number(&mut p, out)?;
    let d = date::of(seconds.into());
    let name =
        |names: &[&'static str], at: i64| usize::try_from(at).ok().and_then(|at| names.get(at).copied());
    let (day, month) = (name(&DAYS, d.weekday), name(&MONTHS, d.month - 1));
    out.note("time", seconds).say(day.unwrap_or_default()).say(" ").say(month.unwrap_or_default());
    write!(out, " {:2} {:02}:{:02}:{:02} {}", d.day, d.hour, d.minute, d.second, d.year);
    Ok(())
}

fn vlan_tag(of: u8, out: &mut Out) {
    out.name("vlan_tag", of, VLAN_TAGS, "Unknown tag");
    write!(out, " (0x{of:02x}) ");
}

fn egress_vlan(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    exactly(&p, 4, out)?;
    let (of, vlan) = (p.u8()?, p.be24()?);
    vlan_tag(of, out);
    out.num("vlan", vlan);
    Ok(())
}

fn egress_name(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let of = p.u8()?;
    vlan_tag(of, out);
    text(p, out)
}

fn tunnel_password(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(&p, 3, out)?;
    let (of, salt) = (p.u8()?, p.be16()?);
    tag(if of <= 0x1f { of } else { 0 }, out);
    out.say("Salt ").num("salt", salt).say(" ");
    text(p, out)
}

fn preference(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    exactly(&p, 4, out)?;
    let (of, n) = (p.u8()?, p.be24()?);
    tag(of, out);
    out.num("number", n);
    Ok(())
}

/// Bytes in hex, as this protocol always wrote them.
fn capitals(key: &str, p: &mut Cursor, n: usize, out: &mut Out) -> Dissect {
    let bytes = p.take(n)?;
    out.aside(|out| _ = out.bytes(key, bytes));
    for byte in bytes {
        write!(out, "{byte:02X}");
    }
    Ok(())
}

/// RFC 2869 section 5.4.
fn arap_password(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    exactly(&p, 16, out)?;
    capitals("challenge", &mut p, 8, out.say("User_challenge ("))?;
    capitals("response", &mut p, 8, out.say(") User_resp("))?;
    out.say(")");
    Ok(())
}

/// RFC 2869 section 5.5.
fn arap_features(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    exactly(&p, 14, out)?;
    let may = p.u8()?;
    out.say(if may != 0 { "User can change password" } else { "User cannot change password" });
    let least = p.u8()?;
    out.note("may_change", may).say(", Min password length: ").num("least_length", least);
    capitals("created", &mut p, 4, out.say(", created at: "))?;
    capitals("expires", &mut p, 4, out.say(", expires in: "))?;
    capitals("now", &mut p, 4, out.say(", Current Time: "))
}

fn arap_response(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(&p, 8, out)?;
    capitals("response", &mut p, 8, out)
}

fn error_cause(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let n = number(&mut p, out)?;
    out.say("Error cause ").num("error", n).say(": ");
    out.aloud(|out| _ = out.name("", n, ERRORS, "Error-Cause %u not known"));
    Ok(())
}

/// RFC 3162 section 2.3.
fn prefix(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(&p, 2, out)?;
    if p.claimed() > 18 {
        return Err(out.lie("length", p.claimed(), ">", 18u8));
    }
    let [_, width] = p.array()?;
    if width > 128 {
        return Err(out.lie("prefix length", width, ">", 128u8));
    }
    let bytes = p.claimed();
    let prefix = p.padded(bytes)?;
    out.ip6("prefix", prefix).say("/").num("prefix_length", width);
    if usize::from(width) > 8 * bytes {
        out.say(" (inconsistent prefix length)").note_that("inconsistent", true);
    }
    Ok(())
}

fn home_link_prefix(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    exactly(&p, 17, out)?;
    let width = p.u8()?;
    if width > 128 {
        return Err(out.lie("prefix length", width, ">", 128u8));
    }
    let prefix = p.array()?;
    out.ip6("prefix", prefix).say("/").num("prefix_length", width);
    Ok(())
}

fn mobility_features(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    exactly(&p, 8, out)?;
    let features = p.be64()?;
    out.note("features", features).say("[");
    let mut before = "";
    for (bit, name) in MOBILITY_FEATURES {
        if features >> bit & 1 != 0 {
            out.say(std::mem::replace(&mut before, ", ")).say(name);
        }
    }
    out.say("]");
    Ok(())
}

/// RFC 5580 section 4.1.
fn operator(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    const NAMESPACES: NameTable = &[(0x30, "TADIG"), (0x31, "REALM"), (0x32, "E212"), (0x33, "ICC")];
    at_least(&p, 2, out)?;
    p.need(p.claimed())?;
    let namespace = p.u8()?;
    out.say("[").name("namespace", namespace, NAMESPACES, "unknown namespace %u").say("] ");
    out.chars("operator", p.rest());
    Ok(())
}

/// RFC 5580 section 4.2.
fn location(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(&p, 21, out)?;
    p.need(p.claimed())?;
    let (index, code, entity) = (p.be16()?, p.u8()?, p.u8()?);
    out.say("index ").num("index", index);
    out.say(", code ").name("code", code, &[(0, "Civic"), (1, "Geospatial")], "Unknown (%u)");
    out.say(", entity ").name("entity", entity, &[(0, "User"), (1, "RADIUS")], "Unknown (%u)");
    let (sighting, live) = (Time::read(&mut p)?, Time::read(&mut p)?);
    sighting.say("sighting_time", out.say(", sighting time "));
    live.say("time_to_live", out.say(", time to live "));
    out.say(", method \"").chars("method", p.rest()).say("\"");
    Ok(())
}

/// RFC 5580 section 4.3. What the location means is told by another attribute.
fn location_data(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    at_least(&p, 3, out)?;
    p.need(p.claimed())?;
    let index = p.be16()?;
    out.say("index ").num("index", index).say(", location");
    out.dump_indented("location", p.rest(), "\n\t    ");
    Ok(())
}

/// RFC 5580 section 4.4.
fn location_policy(_: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    const FLAGS: Flags = &[
        (0x0001, "MBZ-15"),
        (0x0002, "MBZ-14"),
        (0x0004, "MBZ-13"),
        (0x0008, "MBZ-12"),
        (0x0010, "MBZ-11"),
        (0x0020, "MBZ-10"),
        (0x0040, "MBZ-9"),
        (0x0080, "MBZ-8"),
        (0x0100, "MBZ-7"),
        (0x0200, "MBZ-6"),
        (0x0400, "MBZ-5"),
        (0x0800, "MBZ-4"),
        (0x1000, "MBZ-3"),
        (0x2000, "MBZ-2"),
        (0x4000, "MBZ-1"),
        (0x8000, "Retransmission Allowed"),
    ];
    at_least(&p, 10, out)?;
    p.need(p.claimed())?;
    let flags = p.be16()?;
    out.say("flags [").flags("flags", flags, FLAGS, "none");
    let expires = Time::read(&mut p)?;
    expires.say("expires", out.say("], retention expires "));
    if !p.is_empty() {
        out.say(", note well \"").chars("note_well", p.rest()).say("\"");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    static ATTRIBUTES: Protocol = Protocol { name: "radius", dissect: say };

    fn says(hex: &str, words: &str) {
        check(&ATTRIBUTES, hex, "-v", &format!("\n\t  {words}"));
    }

    #[test]
    fn numbers_and_names() {
        says("05 06 0000c35c", "NAS-Port Attribute (5), length: 6, Value: 50012");
        says("3d 06 0000000f", "NAS-Port-Type Attribute (61), length: 6, Value: Ethernet");
        says("3d 06 000000ff", "NAS-Port-Type Attribute (61), length: 6, Value: #255");
        says("1b 06 00000e10", "Session-Timeout Attribute (27), length: 6, Value: 01:00:00 hours");
        says("1b 06 0000003d", "Session-Timeout Attribute (27), length: 6, Value: 01:01 min");
        says("1b 06 00000005", "Session-Timeout Attribute (27), length: 6, Value: 05 secs");
        says("25 06 00000000", "Framed-AppleTalk-Link Attribute (37), length: 6, Value: Unnumbered");
        says("40 06 0100000d", "Tunnel-Type Attribute (64), length: 6, Value: Tag[1] VLAN");
        says("38 06 3100007b", "Egress-VLANID Attribute (56), length: 6, Value: Tagged (0x31) 123");
        says("53 06 00000007", "Tunnel-Preference Attribute (83), length: 6, Value: Tag[Unused] 7");
        says(
            "65 06 000000c9",
            "Error-Cause Attribute (101), length: 6, Value: Error cause 201: Residual Session Context Removed",
        );
        says("37 06 5b22a0e4", "Event-Timestamp Attribute (55), length: 6, Value: Thu Jun 14 17:07:48 2018");
        says(
            "7c 0a 0000020000000001",
            "MIP6-Feature-Vector Attribute (124), length: 10, Value: [MIP6_INTEGRATED, IP4_HOA_SUPPORTED]",
        );
    }

    #[test]
    fn addresses() {
        says("04 06 0a000001", "NAS-IP-Address Attribute (4), length: 6, Value: 10.0.0.1");
        says("08 06 ffffffff", "Framed-IP-Address Attribute (8), length: 6, Value: User Selected");
        says(
            "61 0c 0040 20010db800000000",
            "Framed-IPv6-Prefix Attribute (97), length: 12, Value: 2001:db8::/64",
        );
        says(
            "61 04 0020",
            "Framed-IPv6-Prefix Attribute (97), length: 4, Value: ::/32 (inconsistent prefix length)",
        );
        says(
            "61 04 0081",
            "Framed-IPv6-Prefix Attribute (97), length: 4, Value:  [prefix length 129 > 128] (invalid)",
        );
        says("04 03 00", "NAS-IP-Address Attribute (4), length: 3, Value:  [length 1 != 4] (invalid)");
    }

    #[test]
    fn texts() {
        says("01 05 620162", "User-Name Attribute (1), length: 5, Value: b.b");
        says("01 05 620062", "User-Name Attribute (1), length: 5, Value: b");
        says("42 05 016162", "Tunnel-Client-Endpoint Attribute (66), length: 5, Value: Tag[1] ab");
        says("42 04 6162", "Tunnel-Client-Endpoint Attribute (66), length: 4, Value: ab");
        says("45 06 21 0001 61", "Tunnel-Password Attribute (69), length: 6, Value: Tag[Unused] Salt 1 a");
        says("02 04 6162", "User-Password Attribute (2), length: 4, Value: ");
        says("7e 04 3061", "Operator-Name Attribute (126), length: 4, Value: [TADIG] a");
        says(
            "80 05 0001 61",
            &format!(
                "Location-Data Attribute (128), length: 5, Value: index 1, location\n\t    0x0000:  61{}a",
                " ".repeat(39)
            ),
        );
        says("4f 06 03010004", "EAP-Message Attribute (79), length: 6, Value: Success (3), id 1, len 4");
        check(
            &ATTRIBUTES,
            "02 04 6162",
            "-vv",
            "\n\t  User-Password Attribute (2), length: 4, Value: \n\t    0x0000:  6162",
        );
    }

    #[test]
    fn vendors() {
        says(
            "1a 0a 00000009 01 04 6162",
            "Vendor-Specific Attribute (26), length: 10, Value: Vendor: Cisco (9)\
             \n\t    Vendor Attribute: 1, length: 4, value: ab",
        );
        says(
            "1a 0a 00000063 01 05 6162",
            "Vendor-Specific Attribute (26), length: 10, Value: Vendor: Unknown (99)\
             \n\t    Vendor Attribute: 1, length: 5 [length 5 > 4] (invalid)",
        );
    }

    #[test]
    fn lengths_that_lie() {
        says("c8 01", "Unknown Attribute (200), length: 1 [length 1 < 2] (invalid)");
        says("00 09 01", "Unknown Attribute (0), length: 9 [length 9 > 3] (invalid)");
    }
}
