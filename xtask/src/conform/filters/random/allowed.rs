//! Where the installed libpcap (1.10) may differ in what cannot be said in other words: what 1.11 refuses, and what it accepts.

use super::Fault;

/// Why a difference is none of ours, if so.
pub fn reason(kind: Fault, link: &str, text: &str, why: &str) -> Option<&'static str> {
    let known = |row: &&Row| {
        row.fault == kind
            && link.starts_with(row.link)
            && why.contains(row.why)
            && row.words.iter().any(|word| has(text, word))
    };
    ROWS.iter().find(known).map(|row| row.reason)
}

/// Why programs that differ are none of ours, if so. `unwritten`: libpcap's reads a register that nothing has written.
pub fn meaning(link: &str, text: &str, unwritten: bool) -> Option<&'static str> {
    let variable = VARIABLE.iter().any(|name| link.starts_with(name));
    let nowhere = NOWHERE.contains(&link) && (text.contains('[') || has(text, "decnet"));
    match (unwritten && variable, nowhere) {
        (true, _) => Some("libpcap never writes the registers of a variable header around a tunnel"),
        (_, true) => Some("1.11 asks for IPv4 alone before a load; other words cannot say where it is here"),
        _ => None,
    }
}

/// Links whose headers vary in length.
const VARIABLE: [&str; 4] = ["IEEE802_11", "PRISM_HEADER", "PPI", "PFLOG"];

/// Juniper's links that libpcap has no offsets for. What it adds to none wraps around, but in an index it does not: words for
/// what stands there have another meaning than the test itself.
const NOWHERE: [&str; 9] = [
    "JUNIPER_ES",
    "JUNIPER_SERVICES",
    "JUNIPER_VP",
    "JUNIPER_ST",
    "JUNIPER_ISM",
    "JUNIPER_VS",
    "JUNIPER_SRX_E2E",
    "JUNIPER_FIBRECHANNEL",
    "JUNIPER_ATM_CEMIC",
];

/// Another link type of 1.10 on which `text` is what 1.11 makes of it on `link`.
pub fn other_link(link: &str, text: &str) -> Option<(&'static str, &'static str)> {
    let looks_at_header = HEADER_WORDS.iter().any(|word| has(text, word));
    // Both have four bytes more than Ethernet before the type.
    (link.starts_with("DSA_") && !looks_at_header)
        .then_some(("NETANALYZER", "protocols behind DSA tags are new in 1.11"))
}

/// What depends on more of a header than where it ends.
const HEADER_WORDS: [&str; 16] = [
    "ether",
    "link",
    "wlan",
    "fddi",
    "tr",
    "ppp",
    "slip",
    "llc",
    "inbound",
    "outbound",
    "broadcast",
    "multicast",
    "byte",
    "gateway",
    "ifindex",
    "radio",
];

/// A way to differ that is known.
struct Row {
    fault: Fault,
    /// How the link type's name begins.
    link: &'static str,
    /// What is said by who refuses.
    why: &'static str,
    /// One of these is in the expression; the empty one always is.
    words: &'static [&'static str],
    reason: &'static str,
}

const ANY: &[&str] = &[""];

/// We refuse in these words.
const fn refused(link: &'static str, why: &'static str, reason: &'static str) -> Row {
    Row { fault: Fault::OnlyWeRefuse, link, why, words: ANY, reason }
}

/// They refuse in these words.
const fn newer(
    link: &'static str,
    why: &'static str,
    words: &'static [&'static str],
    reason: &'static str,
) -> Row {
    Row { fault: Fault::OnlyTheyRefuse, link, why, words, reason }
}

const ROWS: &[Row] = &[
    newer("", "", &["vxlan"], "vxlan is new in 1.11"),
    newer("", "range '0x", ANY, "1.11 reads ports of ranges in hexadecimal"),
    newer("", "-0x50'", ANY, "1.11 reads ports of ranges in hexadecimal"),
    newer("PPI", "802.11 link-layer types supported only on 802.11", ANY, "1.11 knows 802.11 behind PPI"),
    newer("", "unknown ether proto 'lldp'", ANY, "1.11 knows the names lldp and slow"),
    newer("", "unknown ether proto 'slow'", ANY, "1.11 knows the names lldp and slow"),
    newer("PPI", "frame direction supported only with 802.11 headers", ANY, "1.11 knows 802.11 behind PPI"),
    newer("DSA_", "", &HEADER_WORDS, "protocols behind DSA tags are new in 1.11"),
    newer("BACNET_MS_TP", "", &["broadcast"], "1.11 knows the broadcast address of MS/TP"),
    newer("BACNET_MS_TP", "aid supported only on ARCnet", ANY, "1.11 knows the addresses of MS/TP"),
    refused("BACNET_MS_TP", "not implemented for DLT_BACNET_MS_TP", "1.11 refuses to look inside MS/TP"),
    refused("", "not a live capture", "1.10 takes a handle without a source for a live capture"),
    refused("", "value 'isis'", "the system's list of protocols has another isis"),
    refused("", "contains more than one hyphen", "1.11 takes one hyphen in a range of ports"),
    refused("SUNATM", "supported only on SUNATM", "1.11 knows the words of ATM outside of tunnels only"),
    refused("", "greater than maximum", "1.11 has limits that 1.10 has not"),
    refused("", "'decnet' is not a valid qualifier", "1.11 knows no DECnet networks"),
    refused("", "invalid DECnet address", "1.11 reads DECnet addresses strictly"),
];

/// Whether a word stands in the text as such; a hyphen is a part of it behind a letter or a digit.
pub fn has(text: &str, word: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric();
    let ends_in_word =
        |s: &str| s.ends_with(letter) || s.strip_suffix('-').is_some_and(|s| s.ends_with(letter));
    word.is_empty()
        || text.match_indices(word).any(|(at, _)| {
            let (before, after) = (text.get(..at), text.get(at + word.len()..));
            !before.is_some_and(ends_in_word)
                && !after.is_some_and(|s| s.starts_with(|c| letter(c) || c == '-'))
        })
}
