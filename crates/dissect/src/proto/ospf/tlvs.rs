//! What both versions of OSPF advertise in TLVs: graceful restarts (RFC 3623), traffic engineering (RFC 3630, RFC 4124,
//! RFC 4203); and how such TLVs are walked.
//!
//! ```text
//! | type (2) | length (2) | value .. | padding to four bytes |
//! ```

use crate::parts::gmpls;
use crate::prelude::*;

/// Bytes before a value.
const HEADER: usize = 4;

/// How a run of TLVs is said.
pub struct Shape {
    /// Before the name.
    pub lead: &'static str,
    /// Names of types.
    pub names: NameTable,
    /// Between the name and the length, with the number in it.
    pub number: &'static str,
    /// After the length.
    pub tail: &'static str,
    /// What a run is called that ends in a header.
    pub short: &'static str,
    /// What a run is called that ends in a value.
    pub long: &'static str,
    /// What type and length are called when they are 0.
    pub zero: [&'static str; 2],
    /// Type and length are judged before they are said.
    pub zero_first: bool,
}

const GRACE: Shape = Shape {
    lead: "\n\t    ",
    names: &[(1, "Grace Period"), (2, "Graceful restart Reason"), (3, "IPv4 interface address")],
    number: " TLV (%u), length ",
    tail: ", value: ",
    short: "remaining LS length",
    long: "remaining LS length",
    zero: ["tlv type", "tlv length"],
    zero_first: false,
};
const REASONS: NameTable = &[
    (0, "Unknown"),
    (1, "Software Restart"),
    (2, "Software Reload/Upgrade"),
    (3, "Control Processor Switch"),
];

const TE: Shape = Shape {
    lead: "\n\t    ",
    names: &[(1, "Router Address"), (2, "Link")],
    number: " TLV (%u), length: ",
    tail: "",
    short: "remaining LS length",
    long: "remaining LS length",
    zero: ["subtlv type", "subtlv length"],
    zero_first: false,
};
const LINK: Shape = Shape {
    lead: "\n\t      ",
    names: &[
        (1, "Link Type"),
        (2, "Link ID"),
        (3, "Local Interface IP address"),
        (4, "Remote Interface IP address"),
        (5, "Traffic Engineering Metric"),
        (6, "Maximum Bandwidth"),
        (7, "Maximum Reservable Bandwidth"),
        (8, "Unreserved Bandwidth"),
        (9, "Administrative Group"),
        (11, "Link Local/Remote Identifier"),
        (14, "Link Protection Type"),
        (15, "Interface Switching Capability"),
        (16, "Shared Risk Link Group"),
        (17, "Bandwidth Constraints"),
    ],
    number: " subTLV (%u), length: ",
    tail: "",
    short: "remaining TLV length",
    long: "remaining TLV length",
    zero: ["subtlv type", "subtlv length"],
    zero_first: true,
};
const LINK_TYPES: NameTable = &[(1, "Point-to-point"), (2, "Multi-Access")];

/// Explains all TLVs that are claimed; `false` if the body of one gave up. The body gets what is behind the header
/// under the claim of the length, which does not bound the reading.
pub fn walk(
    shape: &Shape,
    mut p: Cursor,
    out: &mut Out,
    mut body: impl FnMut(u16, Cursor, &mut Out) -> Dissect<bool>,
) -> Dissect<bool> {
    out.list("tlvs", |out| {
        while p.claimed() > 0 {
            if !out.item(|out| one(shape, &mut p, out, &mut body))? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

fn one(
    shape: &Shape,
    p: &mut Cursor,
    out: &mut Out,
    body: &mut impl FnMut(u16, Cursor, &mut Out) -> Dissect<bool>,
) -> Dissect<bool> {
    if p.claimed() < HEADER {
        return Err(out.lie(shape.short, p.claimed(), "<", HEADER));
    }
    let (kind, stated) = (p.be16()?, p.be16()?);
    let length = usize::from(stated);
    if shape.zero_first {
        shape.not_zero(kind, stated, out)?;
    }
    out.say(shape.lead).named_as("type", kind, shape.names, "unknown", shape.number);
    out.num("length", stated).say(shape.tail);
    if p.claimed() < length {
        return Err(out.lie(shape.long, p.claimed(), "<", length));
    }
    if !shape.zero_first {
        shape.not_zero(kind, stated, out)?;
    }
    if !body(kind, p.claiming(length), out)? {
        return Ok(false);
    }
    let padded = length.next_multiple_of(4);
    if p.claimed() < padded {
        return Err(out.lie(shape.long, p.claimed(), "<", padded));
    }
    p.pass(padded);
    Ok(true)
}

impl Shape {
    fn not_zero(&self, kind: u16, length: u16, out: &mut Out) -> Dissect {
        for (what, n) in self.zero.into_iter().zip([kind, length]) {
            if n == 0 {
                return Err(out.lie(what, n, "==", 0u8));
            }
        }
        Ok(())
    }
}

/// Bytes of a TLV that nobody explains, unless the whole advertisement is going to be dumped.
pub fn dump(cx: &Cx, p: Cursor, indent: &str, out: &mut Out) {
    if cx.verbose() <= 1 {
        out.dump_hex("data", p.sub(p.claimed()).rest(), indent);
    }
}

fn exactly(length: usize, p: Cursor, out: &mut Out) -> Dissect {
    if p.claimed() == length { Ok(()) } else { Err(out.lie("TLV length", p.claimed(), "!=", length)) }
}

/// The TLVs of a graceful restart.
pub fn grace(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    walk(&GRACE, p, out, |kind, mut p, out| {
        p.need(p.claimed())?;
        match kind {
            1 => {
                exactly(4, p, out)?;
                let period = p.be32()?;
                out.num("period_s", period).say("s");
            }
            2 => {
                exactly(1, p, out)?;
                let reason = p.u8()?;
                out.named("reason", reason, REASONS, "Unknown");
            }
            3 => {
                exactly(4, p, out)?;
                let address: [u8; 4] = p.array()?;
                out.ip4("address", address);
            }
            _ => dump(cx, p, "\n\t      ", out),
        }
        Ok(true)
    })
}

/// The TLVs of traffic engineering.
pub fn traffic_engineering(cx: &Cx, p: Cursor, out: &mut Out) -> Dissect<bool> {
    walk(&TE, p, out, |kind, mut p, out| {
        match kind {
            1 => {
                if p.claimed() < 4 {
                    return Err(out.lie("TLV length", p.claimed(), "<", 4u8));
                }
                let address: [u8; 4] = p.array()?;
                out.say(", ").ip4("address", address);
            }
            2 => return walk(&LINK, p, out, |kind, p, out| link(cx, kind, p, out).map(|()| true)),
            _ => dump(cx, p, "\n\t      ", out),
        }
        Ok(true)
    })
}

/// What must hold of the length of a value, in words if it does not.
fn holds(right: bool, words: &str, out: &mut Out) -> Dissect {
    if right {
        return Ok(());
    }
    out.say(words);
    Err(Stop::Invalid)
}

fn link(cx: &Cx, kind: u16, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(length)?;
    match kind {
        1 => {
            holds(length == 1, " != 1", out)?;
            let link_type = p.u8()?;
            out.say(", ").named("link_type", link_type, LINK_TYPES, "unknown");
        }
        2 | 11 => {
            holds(length == 4 || length == 8, " != 4 && != 8", out)?;
            identifier("id", &mut p, out)?;
            if length == 8 {
                identifier("remote_id", &mut p, out)?;
            }
        }
        3 | 4 => {
            holds(length == 4, " != 4", out)?;
            let address: [u8; 4] = p.array()?;
            out.say(", ").ip4("address", address);
        }
        5 => {
            holds(length == 4, " != 4", out)?;
            let metric = p.be32()?;
            out.say(", Metric ").num("metric", metric);
        }
        6 | 7 => {
            holds(length == 4, " != 4", out)?;
            gmpls::bandwidth("mbps", &mut p, out.say(", "))?;
        }
        8 => {
            holds(length == 32, " != 32", out)?;
            bandwidths("TE-Class ", 8, &mut p, out)?;
        }
        9 => {
            holds(length == 4, " != 4", out)?;
            let group = p.be32()?;
            out.say(", 0x").hex0("group", group, 8);
        }
        14 => {
            holds(length == 4, " != 4", out)?;
            let protection = p.u8()?;
            out.say(", ").flags("protection", protection, gmpls::PROTECTIONS, "none");
        }
        15 => switching(p, out)?,
        16 => risks(p, out)?,
        17 => constraints(p, out)?,
        _ => dump(cx, p, "\n\t\t", out),
    }
    Ok(())
}

fn identifier(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect {
    let id: [u8; 4] = p.array()?;
    out.say(", ").ip4(key, id);
    out.aloud(|out| _ = out.say(" (0x").bytes("", &id).say(")"));
    Ok(())
}

fn bandwidths(words: &str, count: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    out.list("mbps", |out| {
        for i in 0..count {
            write!(out, "\n\t\t{words}{i}: ");
            gmpls::bandwidth("", p, out)?;
        }
        Ok(())
    })
}

fn switching(mut p: Cursor, out: &mut Out) -> Dissect {
    holds(p.claimed() >= 36, " < 36", out)?;
    let ([switching, encoding], _) = (p.array()?, p.be16()?);
    out.say("\n\t\tInterface Switching Capability: ").name(
        "switching",
        switching,
        gmpls::SWITCHING,
        "Unknown",
    );
    out.say("\n\t\tLSP Encoding: ").name("encoding", encoding, gmpls::ENCODINGS, "Unknown");
    out.say("\n\t\tMax LSP Bandwidth:");
    bandwidths("  priority level ", 8, &mut p, out)
}

fn risks(mut p: Cursor, out: &mut Out) -> Dissect {
    holds(p.claimed() % 4 == 0, " != N x 4", out)?;
    out.say("\n\t\t  Shared risk group: ");
    out.list("groups", |out| {
        while p.claimed() > 0 {
            let group = p.be32()?;
            out.num("", group).say(if p.claimed() > 0 { ", " } else { "" });
        }
        Ok(())
    })
}

fn constraints(mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    holds(length >= 4, " < 4", out)?;
    let ([model], _) = (p.array()?, p.be24()?);
    out.say("\n\t\tBandwidth Constraints Model ID: ").named("model", model, gmpls::MODELS, "unknown");
    if length % 4 != 0 || length > 36 {
        let why = if length % 4 != 0 { "!= N x 4" } else { "> 36" };
        write!(out, "\n\t\tlength {length} {why}");
        return Err(Stop::Invalid);
    }
    bandwidths("  Bandwidth constraint CT", (length - 4) / 4, &mut p, out)
}
