//! A filter taken apart: an outline of its decisions, and each of them as a filter of its own.

use super::{Filter, Node, NodeId, TestId};

/// A part of a filter: a line of its outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// How deep it stands: 0 for the whole.
    pub depth: usize,
    /// Whether it is asked for the opposite: a `not` stands before it.
    pub negated: bool,
    /// What it is.
    pub kind: PartKind,
    /// The decision that it is, `not` included.
    node: NodeId,
    /// What was decided before it is asked: each of these, and how.
    before: Vec<(NodeId, bool)>,
}

/// What a [`Part`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// All of the deeper ones that follow.
    All,
    /// Any of the deeper ones that follow.
    Any,
    /// One test.
    Test(TestId),
    /// Nothing is asked: the empty filter.
    True,
}

impl Filter {
    /// The outline, in the order of the text, at most `most` lines of it. Chains of `and`, and of `or`, are one part with
    /// many below it, however they were put in parentheses.
    pub fn parts(&self, most: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut todo = vec![(self.root, 0, Vec::new())];
        while let Some((node, depth, before)) = todo.pop() {
            if parts.len() >= most {
                break;
            }
            let (mut inner, mut negated) = (node, false);
            while let Node::Not(id) = self.node(inner) {
                (inner, negated) = (id, !negated);
            }
            let (kind, all) = match self.node(inner) {
                Node::And(..) => (PartKind::All, true),
                Node::Or(..) => (PartKind::Any, false),
                Node::Test(id) => (PartKind::Test(id), true),
                Node::Not(_) | Node::True => (PartKind::True, true),
            };
            if matches!(kind, PartKind::All | PartKind::Any) {
                let mut passed = before.clone();
                let mut below = Vec::new();
                for child in self.chain(inner, kind, most) {
                    below.push((child, depth + 1, passed.clone()));
                    passed.push((child, all));
                }
                todo.extend(below.into_iter().rev());
            }
            parts.push(Part { depth, negated, kind, node, before });
        }
        parts
    }

    /// The operands of a chain of one kind, in order, at most so many.
    fn chain(&self, node: NodeId, kind: PartKind, most: usize) -> Vec<NodeId> {
        let (mut operands, mut todo) = (Vec::new(), vec![node]);
        while let Some(id) = todo.pop() {
            match (self.node(id), kind) {
                (Node::And(left, right), PartKind::All) | (Node::Or(left, right), PartKind::Any) => {
                    todo.extend([right, left]);
                }
                _ if operands.len() >= most => break,
                _ => operands.push(id),
            }
        }
        operands
    }

    /// The filter that accepts what comes to be asked `part`: with `answer`, only if it says so. A packet that passes the
    /// first and neither of the others is cut off before the part can tell.
    pub fn reaching(&self, part: &Part, answer: Option<bool>) -> Self {
        let mut filter = self.clone();
        let mut add = |node: Node| {
            let id = NodeId(u32::try_from(filter.nodes.len()).unwrap_or(u32::MAX));
            filter.nodes.push(node);
            id
        };
        let mut root = None;
        for (node, wanted) in part.before.iter().copied().chain(answer.map(|answer| (part.node, answer))) {
            let step = if wanted { node } else { add(Node::Not(node)) };
            root = Some(match root {
                Some(before) => add(Node::And(before, step)),
                None => step,
            });
        }
        filter.root = match root {
            Some(root) => root,
            None => add(Node::True),
        };
        filter
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LinkType, Target, generate, tests};
    use gannet_bpf::{Metadata, Vm};

    fn filter(text: &str) -> Filter {
        let target = Target::new(LinkType::ETHERNET);
        tests(text, &target, &crate::names::NoNames, &mut Vec::new()).unwrap()
    }

    #[test]
    fn chains_are_flat() {
        let filter = filter("len > 1 and (len > 2 or not (len > 3 or len > 4)) and len > 5");
        let shape: Vec<_> = filter.parts(100).iter().map(|p| (p.depth, p.negated, p.kind)).collect();
        let test = |n| PartKind::Test(TestId(n));
        let expected = [
            (0, false, PartKind::All),
            (1, false, test(0)),
            (1, false, PartKind::Any),
            (2, false, test(1)),
            (2, true, PartKind::Any),
            (3, false, test(2)),
            (3, false, test(3)),
            (1, false, test(4)),
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn parts_are_asked_only_when_reached() {
        let filter = filter("len > 3 and (len = 5 or not len > 6)");
        let target = Target::new(LinkType::ETHERNET);
        let parts = filter.parts(100);
        let accepts = |part: usize, answer, length| {
            let program = generate(&filter.reaching(&parts[part], answer), &target).unwrap().program;
            Vm::new(&program).run(&[0; 9], length, &Metadata::default()) != 0
        };
        // The last one is asked of 4, 6, 7, .. and holds up to 6.
        let (asked, holds): (Vec<_>, Vec<_>) =
            (1..9).map(|n| (accepts(4, None, n), accepts(4, Some(true), n))).unzip();
        assert_eq!(asked, [false, false, false, true, false, true, true, true]);
        assert_eq!(holds, [false, false, false, true, false, true, false, false]);
        assert!(accepts(0, None, 1) && accepts(0, Some(false), 1) && !accepts(0, Some(true), 1));
    }

    #[test]
    fn a_part_of_a_large_filter_is_cut() {
        let list: Vec<_> = (1..500).map(|n| format!("len = {n}")).collect();
        assert_eq!(filter(&list.join(" or ")).parts(20).len(), 20);
    }
}
