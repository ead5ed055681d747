//! What is legal and probably not what was meant.

use crate::ast::{self, Tree};
use crate::diag::{Diagnostic, Kind, Span};
use crate::hir::{ArithKind, Base, Filter, LayerKind, Node, NodeId, Test, TestKind};
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

/// `vlan 2 or vlan 3`, `(vlan and ip) or ip`: the second one is looked for behind the first tag, which need not be there.
fn alternatives(filter: &Filter, warnings: &mut Vec<Diagnostic>) {
    let seen = Seen::new(filter);
    let mut warned = 0;
    for (id, node) in filter.nodes.iter().enumerate() {
        let Node::Test(test) = *node else { continue };
        let Some(test) = filter.test(test).filter(|test| looks_inside(filter, test)) else { continue };
        let around = seen.around.get(test.at.0 as usize).copied().unwrap_or(0);
        let missing = around & !seen.known.get(id).copied().unwrap_or(u64::MAX);
        if missing & !warned == 0 {
            continue;
        }
        warned |= missing;
        let tag = match filter.layer(test.at).map(|layer| layer.kind) {
            Some(LayerKind::Vlan | LayerKind::Mpls) => "tag",
            _ => "header",
        };
        warnings.push(warning(test.span, &format!("this is looked for behind the {tag} before it")).because(
            format!(
                "every test after a vlan, mpls or the like looks behind that {tag}, whatever stands between"
            ),
        ));
    }
}

/// Whether a test looks at what a layer holds.
fn looks_inside(filter: &Filter, test: &Test) -> bool {
    let loads = |id| {
        let kind = filter.arith(id).map(|arith| arith.kind);
        !matches!(kind, Some(ArithKind::Number(_) | ArithKind::Length))
    };
    match test.kind {
        TestKind::Length { .. } | TestKind::Direction { .. } | TestKind::IfIndex(_) => false,
        TestKind::Compare { left, right, .. } => loads(left) || loads(right),
        _ => true,
    }
}

/// Which layers have been seen for sure where a node is asked, one bit for each of the first 64.
struct Seen {
    /// For each node.
    known: Vec<u64>,
    /// For each layer, itself and those around it.
    around: Vec<u64>,
}

impl Seen {
    fn new(filter: &Filter) -> Self {
        let mut around: Vec<u64> = Vec::with_capacity(filter.layers.len());
        let mut opens = vec![0; filter.tests.len()];
        for (number, layer) in filter.layers.iter().enumerate() {
            let outer = layer.under.and_then(|under| around.get(under.0 as usize)).copied().unwrap_or(0);
            let own = layer.opened_by.map_or(0, |_| bit(number));
            around.push(outer | own);
            if let Some(slot) = layer.opened_by.and_then(|test| opens.get_mut(test.0 as usize)) {
                *slot = own;
            }
        }
        // What holds for sure once a node has said yes, and once it has said no.
        let mut sure: Vec<(u64, u64)> = Vec::with_capacity(filter.nodes.len());
        for node in &filter.nodes {
            let of = |id: NodeId| sure.get(id.0 as usize).copied().unwrap_or_default();
            sure.push(match *node {
                Node::And(left, right) => {
                    let (left, right) = (of(left), of(right));
                    (left.0 | right.0, left.1 & (left.0 | right.1))
                }
                Node::Or(left, right) => {
                    let (left, right) = (of(left), of(right));
                    (left.0 & (left.1 | right.0), left.1 | right.1)
                }
                Node::Not(inner) => (of(inner).1, of(inner).0),
                Node::Test(test) => (opens.get(test.0 as usize).copied().unwrap_or(0), 0),
                Node::True => (0, u64::MAX),
            });
        }
        let mut known = vec![0_u64; filter.nodes.len()];
        let tell = |id: NodeId, what: u64, known: &mut Vec<u64>| {
            if let Some(slot) = known.get_mut(id.0 as usize) {
                *slot = what;
            }
        };
        for (id, node) in filter.nodes.iter().enumerate().rev() {
            let here = known.get(id).copied().unwrap_or_default();
            let of = |id: NodeId| sure.get(id.0 as usize).copied().unwrap_or_default();
            match *node {
                Node::And(left, right) => {
                    tell(left, here, &mut known);
                    tell(right, here | of(left).0, &mut known);
                }
                Node::Or(left, right) => {
                    tell(left, here, &mut known);
                    tell(right, here | of(left).1, &mut known);
                }
                Node::Not(inner) => tell(inner, here, &mut known),
                Node::Test(_) | Node::True => {}
            }
        }
        Self { known, around }
    }
}

/// The bit of a layer; none for one too many.
fn bit(layer: usize) -> u64 {
    u32::try_from(layer).ok().and_then(|layer| 1_u64.checked_shl(layer)).unwrap_or(0)
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
