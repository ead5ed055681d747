//! Where the installed libpcap (1.10) may differ: what 1.11 changed, and where ours is meant to.

use super::Fault;

/// Why a difference is none of ours, if so. `constant`: some part of the expression always holds, or never.
pub fn reason(kind: Fault, link: &str, text: &str, why: &str, constant: bool) -> Option<&'static str> {
    let known = |row: &&Row| {
        row.fault == kind
            && link.starts_with(row.link)
            && why.contains(row.why)
            && row.words.iter().any(|word| has(text, word))
    };
    let meaning = kind == Fault::Meaning;
    ROWS.iter()
        .find(known)
        .map(|row| row.reason)
        .or_else(|| if meaning { unguarded(text).or_else(|| stale(link, text)) } else { None })
        .or((meaning && constant).then_some("1.11 leaves out what a constant decides"))
}

/// A way to differ that is known.
struct Row {
    fault: Fault,
    /// How the link type's name begins.
    link: &'static str,
    /// What we say.
    why: &'static str,
    /// One of these is in the expression; the empty one always is.
    words: &'static [&'static str],
    reason: &'static str,
}

const ANY: &[&str] = &[""];

/// We refuse in these words.
const fn refused(why: &'static str, reason: &'static str) -> Row {
    Row { fault: Fault::OnlyWeRefuse, link: "", why, words: ANY, reason }
}

/// They refuse.
const fn newer(link: &'static str, words: &'static [&'static str], reason: &'static str) -> Row {
    Row { fault: Fault::OnlyTheyRefuse, link, why: "", words, reason }
}

/// Both compile, to programs that differ.
const fn meant(link: &'static str, words: &'static [&'static str], reason: &'static str) -> Row {
    Row { fault: Fault::Meaning, link, why: "", words, reason }
}

const ROWS: &[Row] = &[
    newer("", &["vxlan"], "vxlan is new in 1.11"),
    newer("PPI", &["type", "subtype", "dir"], "1.11 knows 802.11 behind PPI"),
    newer("DSA_", ANY, "protocols behind DSA tags are new in 1.11"),
    newer("BACNET_MS_TP", &["broadcast"], "1.11 knows the broadcast address of MS/TP"),
    refused("not implemented for DLT_BACNET_MS_TP", "1.11 refuses to look inside MS/TP"),
    refused("greater than maximum", "1.11 has limits that 1.10 has not"),
    refused("'decnet' is not a valid qualifier", "1.11 knows no DECnet networks"),
    refused("not a live capture", "tcpdump -d counts as a live capture"),
    refused("invalid DECnet address", "1.11 reads DECnet addresses strictly"),
    refused("netmask not known", "tcpdump -d takes the netmask for 0"),
    meant("", &["multicast"], "1.11 takes 224.0.0.0/4 alone for IPv4 groups"),
    meant(
        "",
        &["l1", "l2", "iih", "lsp", "snp", "csnp", "psnp", "isis proto"],
        "1.11 masks the IS-IS PDU type",
    ),
    meant("", &["decnet"], "1.11 loads DECnet's flags and address at once"),
    meant("", &["byte"], "1.10 forgets the load of byte with & and |"),
    meant(
        "ERF",
        &["opc", "dpc", "sls", "sio", "hopc", "hdpc", "hsls", "hsio"],
        "1.11 loads fewer bytes of MTP3",
    ),
    meant("ARCNET", ANY, "1.11 does not take ARCnet's type 240 for IPv4"),
    meant(
        "JUNIPER_",
        &["tcp", "udp", "sctp", "icmp", "igmp", "vrrp"],
        "1.11 asks for IPv4 alone before a load behind it",
    ),
    meant("", &["0.0.0.0/0"], "1.11 loads no address for an empty mask"),
    meant("", &["2001:db8::/32", "fe80::/10"], "1.11 loads only the words that a mask covers"),
];

/// Headers whose length libpcap keeps in registers.
const VARIABLE: [&str; 4] = ["IEEE802_11_RADIO", "PRISM_HEADER", "PPI", "PFLOG"];

/// Whether registers may hold something else than libpcap takes for granted: it gives them away to arithmetic, never clears
/// those of a tunnel that was not entered, and mixes up those of a variable header with those of what is inside.
fn stale(link: &str, text: &str) -> Option<&'static str> {
    let arithmetic = |text: &str| text.contains(['=', '<', '>']);
    if VARIABLE.iter().any(|name| link.starts_with(name)) || link == "IEEE802_11" {
        let inside = ["geneve", "vxlan", "pppoes", "vlan", "mpls"].iter().any(|word| has(text, word));
        return (arithmetic(text) || inside)
            .then_some("libpcap's registers of a variable header are overwritten or mixed up");
    }
    let tunnel = ["geneve", "vxlan"].iter().filter_map(|word| text.find(word)).min()?;
    arithmetic(text.get(..tunnel)?)
        .then_some("libpcap's registers of a tunnel not entered hold what arithmetic left")
}

/// Whether a word, or several, stand in the text as such.
fn has(text: &str, word: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    word.is_empty()
        || text.match_indices(word).any(|(at, _)| {
            let (before, after) = (text.get(..at), text.get(at + word.len()..));
            !before.is_some_and(|s| s.ends_with(inner)) && !after.is_some_and(|s| s.starts_with(inner))
        })
}

/// Whether loads stand behind an operator, or in an index: there libpcap 1.10 does not ask for the protocol.
fn unguarded(text: &str) -> Option<&'static str> {
    let behind = |(at, _): (usize, &str)| {
        let before = text.get(..at).unwrap_or_default();
        let before = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let before = before.trim_end_matches([' ', '(', '-']);
        let operators = ['+', '*', '/', '%', '&', '|', '^', '<', '>', '['];
        before.ends_with(operators) || text.get(before.len()..at).is_some_and(|name| name.contains('-'))
    };
    text.match_indices('[')
        .any(behind)
        .then_some("1.10 does not ask for the protocol of a load right of an operator")
}
