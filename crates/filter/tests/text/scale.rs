//! Filters of a size that nobody types: no stack overflows, and an answer while somebody waits. What takes time by the square of
//! the text does not come back from these; so there is no clock.

use gannet_filter::names::NoNames;
use gannet_filter::{LinkType, Target, compile, grammar, tests};

/// Reads `text` in every way, and says how many tests it has.
fn read(text: &str) -> Result<usize, String> {
    let filter = tests(text, &Target::new(LinkType::ETHERNET), &NoNames, &mut Vec::new());
    let read = filter.map(|filter| {
        assert!(filter.to_string().len() >= filter.tests.len());
        filter.tests.len()
    });
    let _ = grammar(text);
    read.map_err(|diagnostic| diagnostic.render(text))
}

#[test]
fn a_hundred_thousand_parentheses() {
    let n = 100_000;
    assert_eq!(read(&format!("{}tcp{}", "(".repeat(n), ")".repeat(n))), Ok(1));
    assert_eq!(read(&format!("{}(1)+(2)=3{}", "(".repeat(n), ")".repeat(n))), Ok(1));
    assert_eq!(read(&format!("port {}80{}", "(".repeat(n), ")".repeat(n))), Ok(1));
    assert!(read(&"(".repeat(n)).is_err());
    assert!(read(&")".repeat(n)).is_err());
    assert!(read(&format!("{}tcp", "(".repeat(n))).is_err());
}

#[test]
fn a_hundred_thousand_parentheses_compile() {
    let n = 100_000;
    let text = format!("{}tcp{}", "(".repeat(n), ")".repeat(n));
    let target = Target::new(LinkType::ETHERNET);
    let plain = compile("tcp", &target, &NoNames).expect("a program").program;
    assert_eq!(compile(&text, &target, &NoNames).expect("a program").program, plain);
}

#[test]
fn two_hundred_thousand_terms() {
    let n = 200_000;
    let terms = |term: &str, between: &str| vec![term; n].join(between);
    assert_eq!(read(&terms("host 1.2.3.4", " or ")), Ok(n));
}

#[test]
fn twenty_thousand_terms_of_every_shape() {
    let n = 20_000;
    let terms = |term: &str, between: &str| vec![term; n].join(between);
    assert_eq!(read(&terms("tcp", " and ")), Ok(n));
    assert_eq!(read(&format!("port {}", terms("80", " or "))), Ok(n));
    assert_eq!(read(&format!("host ({})", terms("1.2.3.4", " or "))), Ok(n));
    assert_eq!(read(&terms("vlan", " and ")), Ok(n));
}

#[test]
fn deep_nots_and_deep_values() {
    let n = 50_000;
    assert_eq!(read(&format!("{}tcp", "not ".repeat(n))), Ok(1));
    assert_eq!(read(&format!("port 1 or {}80", "!".repeat(n))), Ok(2));
    assert_eq!(read(&format!("{}0{} = 0", "tcp[".repeat(n), "]".repeat(n))), Ok(1));
    assert_eq!(read(&format!("{}1 = 0", "-".repeat(n))), Ok(1));
    assert_eq!(read(&format!("{}1 = 0", "1 + ".repeat(n))), Ok(1));
    assert_eq!(read(&format!("{}1 = 0", "1 % ".repeat(n))), Ok(1));
    assert_eq!(read(&format!("{}1{} = 0", "1 + (".repeat(n), ")".repeat(n))), Ok(1));
}

#[test]
fn long_words_of_every_kind() {
    // Whatever it is, it is read once: a scanner that looks ahead again and again shows here.
    let n = 50_000;
    for piece in
        ["a", "-", "1", ":", "1:", "::", ".", "1.", "a-", "\\", "$", "f", "0x", "=", "&", "\u{e9}", "\0"]
    {
        let _ = read(&piece.repeat(n / piece.len()));
        let _ = read(&format!("host {}", piece.repeat(n / piece.len())));
    }
}

/// What random filters are made of: words, literals, halves of both, and what no filter has.
const PIECES: &[&str] = &[
    "tcp",
    "ip",
    "ip6",
    "ether",
    "arp",
    "host",
    "net",
    "port",
    "portrange",
    "proto",
    "src",
    "dst",
    "gateway",
    "and",
    "or",
    "not",
    "!",
    "(",
    ")",
    "[",
    "]",
    ":",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<<",
    "=",
    "!=",
    "<",
    "len",
    "1.2.3.4",
    "10.0.0.0/8",
    "1.2 mask 255.255",
    "::1",
    "fe80::/10",
    "1:2:3:4:5:6",
    "$1f",
    "80",
    "0x",
    "08",
    "foo",
    "\\tcp",
    "\\",
    "vlan",
    "mpls",
    "pppoes",
    "geneve",
    "vxlan",
    "llc",
    "rnr",
    "less",
    "byte",
    "vpi",
    "type",
    "subtype",
    "reason",
    "broadcast",
    "multicast",
    "inbound",
    "ifindex",
    "tcp-syn",
    "1.2.3.4.5",
    "80-90",
    "1:2:",
    "#",
    ",",
    "\u{e9}",
    "\u{2019}",
    "\0",
    "4294967295",
    "99999999999",
    "tcp.port",
    "TCP",
    "len-14",
    "radio",
    "wlan",
    "decnet",
    "1.5",
];

#[test]
fn random_words_get_an_answer_that_points_into_them() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let links = [LinkType::ETHERNET, LinkType::RAW, LinkType::IEEE802_11, LinkType::PPP, LinkType(999)];
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..1 + random(9) {
            text.push_str(PIECES[random(PIECES.len())]);
            text.push_str(["", " ", " ", " "][random(4)]);
        }
        let target = Target { linux_extensions: random(2) == 0, ..Target::new(links[random(links.len())]) };
        match tests(&text, &target, &NoNames, &mut Vec::new()) {
            Ok(filter) => {
                accepted += 1;
                assert!(!filter.to_string().is_empty());
            }
            Err(diagnostic) => {
                refused += 1;
                let span = diagnostic.span();
                assert!(span.start <= span.end && span.end as usize <= text.len(), "{text:?}: {span:?}");
                assert!(
                    text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize)
                );
                let story = diagnostic.render(&text);
                assert!(
                    story.lines().count() >= 1 && !story.chars().any(|c| c.is_control() && c != '\n'),
                    "{story:?}"
                );
            }
        }
    }
    assert!(accepted > 100 && refused > 1000, "{accepted} accepted, {refused} refused");
}
