//! A graph for Graphviz (`dot -Tsvg`).

use super::{Graph, Node, NodeId, Relation};
use std::fmt::Write;

impl Graph {
    /// The graph as a `digraph`, root first; full arrows for yes, dashed ones for no.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph filter {\n    node [shape=box, fontname=monospace];\n");
        out.push_str("    accept [shape=oval, style=bold];\n    reject [shape=oval];\n");
        let _ = writeln!(out, "    start [shape=point];\n    start -> {};", self.root);
        let reachable = self.reachable();
        for id in (0..self.len()).rev().filter(|&id| reachable.get(id) == Some(&true)) {
            let id = NodeId(u32::try_from(id).unwrap_or(u32::MAX));
            let Node::Test(test) = self.node(id) else { continue };
            // A question holds digits, letters and signs of arithmetic: nothing that a label must escape.
            let _ = writeln!(out, "    {id} [label=\"{}\"];\n    {id} -> {};", self.question(test), test.yes);
            if !matches!(test.relation, Relation::Loaded | Relation::Point) {
                let _ = writeln!(out, "    {id} -> {} [style=dashed];", test.no);
            }
        }
        out.push_str("}\n");
        out
    }
}
