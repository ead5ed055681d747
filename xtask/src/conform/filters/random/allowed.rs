//! Where the installed libpcap (1.10) may differ: what 1.11 changed, and where ours is meant to.

use super::Fault;

/// Why a difference is none of ours, if so.
pub fn reason(kind: Fault, link: &str, text: &str) -> Option<&'static str> {
    let row = ROWS.iter().find(|row| {
        row.fault == kind && link.starts_with(row.link) && row.words.iter().any(|word| has(text, word))
    });
    row.map(|row| row.reason).or_else(|| (kind == Fault::Meaning).then(|| unguarded(text)).flatten())
}

/// A way to differ that is known.
struct Row {
    fault: Fault,
    /// How the link type's name begins.
    link: &'static str,
    /// One of these is in the expression; the empty one always is.
    words: &'static [&'static str],
    reason: &'static str,
}

const fn row(fault: Fault, link: &'static str, words: &'static [&'static str], reason: &'static str) -> Row {
    Row { fault, link, words, reason }
}

const ROWS: &[Row] = &[
    row(Fault::OnlyTheyRefuse, "", &["vxlan"], "vxlan is new in 1.11"),
    row(Fault::OnlyTheyRefuse, "DSA_", &[""], "protocols behind DSA tags are new in 1.11"),
    row(Fault::OnlyWeRefuse, "", &["isis proto"], "1.11 refuses IS-IS PDU types above 31"),
    row(Fault::OnlyWeRefuse, "", &["byte"], "1.11 refuses bytes above 255"),
    row(Fault::Meaning, "", &["multicast"], "1.11 takes 224.0.0.0/4 alone for IPv4 groups"),
    row(
        Fault::Meaning,
        "",
        &["l1", "l2", "iih", "lsp", "snp", "csnp", "psnp", "isis proto"],
        "1.11 masks the IS-IS PDU type",
    ),
    row(Fault::Meaning, "", &["byte"], "1.10 forgets the load of byte with & and |"),
];

/// Whether a word, or several, stand in the text as such.
fn has(text: &str, word: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    word.is_empty()
        || text.match_indices(word).any(|(at, _)| {
            let (before, after) = (text.get(..at), text.get(at + word.len()..));
            !before.is_some_and(|s| s.ends_with(inner)) && !after.is_some_and(|s| s.starts_with(inner))
        })
}

/// Whether loads of a protocol stand behind an operator: there libpcap 1.10 does not ask for the protocol.
fn unguarded(text: &str) -> Option<&'static str> {
    let operators = ['+', '-', '*', '/', '%', '&', '|', '^', '<', '>', '['];
    let behind = text.split(operators).skip(1).any(|rest| rest.contains('['));
    let nested = text.split('[').count() > 2;
    (behind || nested).then_some("1.10 does not ask for the protocol of a load right of an operator")
}
