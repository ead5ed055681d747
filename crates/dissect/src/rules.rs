//! Port rules: ordered rows, of which the first that holds speaks, and the index derived from them.

use crate::engine::Protocol;

/// Which end of a datagram a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Either,
    Source,
    Destination,
}

/// One row: these ports, at this end, if the payload looks right, are this protocol's.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    end: End,
    low: u16,
    high: u16,
    looks: Option<fn(&[u8]) -> bool>,
    who: &'static Protocol,
}

/// Either end has this port.
pub const fn either(port: u16, who: &'static Protocol) -> Rule {
    within(port, port, who)
}

/// Either end has a port in this range, bounds included.
pub const fn within(low: u16, high: u16, who: &'static Protocol) -> Rule {
    Rule { end: End::Either, low, high, looks: None, who }
}

/// The datagram goes to this port.
pub const fn to(port: u16, who: &'static Protocol) -> Rule {
    Rule { end: End::Destination, low: port, high: port, looks: None, who }
}

/// The datagram comes from this port.
pub const fn from(port: u16, who: &'static Protocol) -> Rule {
    Rule { end: End::Source, low: port, high: port, looks: None, who }
}

impl Rule {
    /// The rule holds only if the payload looks like the protocol.
    pub const fn if_it(mut self, looks: fn(&[u8]) -> bool) -> Rule {
        self.looks = Some(looks);
        self
    }

    fn holds(&self, src: u16, dst: u16, payload: &[u8]) -> bool {
        let within = |port| (self.low..=self.high).contains(&port);
        let port = match self.end {
            End::Either => within(src) || within(dst),
            End::Source => within(src),
            End::Destination => within(dst),
        };
        port && self.looks.is_none_or(|looks| looks(payload))
    }
}

/// The rules of one transport, and for each port the rank of the first rule that could care.
pub struct Ports {
    rules: &'static [Rule],
    first: Vec<[u8; 2]>,
}

impl Ports {
    /// Derives the index. At most 255 rules.
    pub fn new(rules: &'static [Rule]) -> Self {
        let mut first = vec![[u8::MAX; 2]; 1 << 16];
        for (rank, rule) in rules.iter().enumerate().rev() {
            let rank = u8::try_from(rank).unwrap_or(u8::MAX);
            for port in rule.low..=rule.high {
                if let Some([src, dst]) = first.get_mut(usize::from(port)) {
                    if rule.end != End::Destination {
                        *src = rank;
                    }
                    if rule.end != End::Source {
                        *dst = rank;
                    }
                }
            }
        }
        Ports { rules, first }
    }

    /// Who speaks for a datagram between these ports.
    pub fn find(&self, src: u16, dst: u16, payload: &[u8]) -> Option<&'static Protocol> {
        let [by_src, _] = self.first.get(usize::from(src))?;
        let [_, by_dst] = self.first.get(usize::from(dst))?;
        let start = usize::from(*by_src.min(by_dst));
        self.rules.get(start..)?.iter().find(|rule| rule.holds(src, dst, payload)).map(|rule| rule.who)
    }
}

/// Rows that can never speak, because an earlier one always speaks first; there must be none.
pub fn shadowed(rules: &[Rule]) -> Vec<usize> {
    let covers = |a: &Rule, b: &Rule| {
        a.looks.is_none() && (a.end == End::Either || a.end == b.end) && a.low <= b.low && b.high <= a.high
    };
    let later = |i: &usize| rules.iter().take(*i).any(|a| rules.get(*i).is_some_and(|b| covers(a, b)));
    (0..rules.len()).filter(later).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static A: Protocol = Protocol { name: "a", dissect: |_, _, _| Ok(()) };
    static B: Protocol = Protocol { name: "b", dissect: |_, _, _| Ok(()) };
    static C: Protocol = Protocol { name: "c", dissect: |_, _, _| Ok(()) };
    static RULES: &[Rule] = &[
        either(53, &A),
        within(7000, 7009, &B),
        to(6081, &C),
        from(6082, &C),
        either(443, &A).if_it(|b| b == b"x"),
    ];

    #[test]
    fn the_first_rule_that_holds_speaks() {
        let ports = Ports::new(RULES);
        let who = |src, dst, payload: &[u8]| ports.find(src, dst, payload).map_or("-", |p| p.name);
        for (src, dst, payload, name) in [
            (53, 9, "", "a"),
            (9, 7009, "", "b"),
            (7000, 53, "", "a"),
            (6081, 9, "", "-"),
            (9, 6081, "", "c"),
            (6082, 9, "", "c"),
            (9, 6082, "", "-"),
            (443, 9, "x", "a"),
            (443, 9, "y", "-"),
            (443, 7005, "y", "b"),
            (9, 9, "", "-"),
        ] {
            assert_eq!(who(src, dst, payload.as_bytes()), name, "{src} > {dst} {payload}");
        }
    }

    #[test]
    fn a_shadowed_row_is_found() {
        assert!(shadowed(RULES).is_empty());
        assert_eq!(shadowed(&[within(1, 9, &A), to(5, &B), either(10, &C)]), [1]);
    }
}
