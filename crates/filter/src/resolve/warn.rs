//! What is legal and probably not what was meant.

use crate::ast::{self, Tree};
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::{ArithKind, Base, Filter, Node, NodeId, Test, TestKind};
use gannet_wire::numbers::ethertype;

/// All warnings about a filter, in the order of the text.
pub(super) fn warnings(tree: &Tree, filter: &Filter) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    mixed(tree, filter, &mut warnings);
    alternatives(filter, &mut warnings);
    ipv4_bytes(filter, &mut warnings);
    warnings.sort_by_key(|warning| warning.span().start);
    warnings
}

fn warning(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new(Kind::Warning, span, message)
}

/// `a or b and c`: read from left to right, where many expect `and` to bind closer. The first one is enough.
fn mixed(tree: &Tree, filter: &Filter, warnings: &mut Vec<Diagnostic>) {
    let is_or = |id: ast::NodeId| matches!(tree.nodes.get(id.0 as usize), Some(ast::Node::Or(..)));
    let mixed = tree.nodes.iter().any(|node| matches!(node, ast::Node::And(left, _) if is_or(*left)));
    if mixed && let Some(test) = filter.tests.first() {
        let span = filter.tests.iter().fold(test.span, |span, test| span.to(test.span));
        warnings.push(
            warning(span, "\"and\" and \"or\" bind equally, from left to right")
                .because("a or b and c means (a or b) and c; parentheses say what is meant"),
        );
    }
}

/// `vlan 2 or vlan 3`: the second one is looked for inside the first.
fn alternatives(filter: &Filter, warnings: &mut Vec<Diagnostic>) {
    let test = |id: NodeId| match filter.node(id) {
        Node::Test(test) => Some((test, filter.test(test)?)),
        _ => None,
    };
    let opens = |test: &Test| matches!(test.kind, TestKind::Vlan { .. } | TestKind::Mpls { .. });
    for node in &filter.nodes {
        let Node::Or(left, right) = *node else { continue };
        let (Some((left, _)), Some((_, right))) = (test(left), test(right)) else { continue };
        let inside = filter.layer(right.at).is_some_and(|layer| layer.opened_by == Some(left));
        if inside && opens(right) {
            warnings.push(
                warning(right.span, "this is looked for behind the tag before it").because(
                    "every test after a vlan or mpls looks behind that tag, whatever stands between",
                ),
            );
        }
    }
}

/// `ip6 and tcp[13] = 2`: the bytes of TCP are those behind IPv4.
fn ipv4_bytes(filter: &Filter, warnings: &mut Vec<Diagnostic>) {
    let ipv6 = |test: &Test| matches!(test.kind, TestKind::LinkProto(ethertype::IPV6));
    if !filter.tests.iter().any(ipv6) {
        return;
    }
    let load = filter
        .ariths
        .iter()
        .find(|arith| matches!(arith.kind, ArithKind::Load { base: Base::Transport4(_), .. }));
    if let Some(load) = load {
        warnings.push(warning(load.span, "these bytes are looked for in IPv4 packets only").because(
            "in IPv6 they can be reached from the IPv6 header: ip6[40 + n], if no other header comes between",
        ));
    }
}
