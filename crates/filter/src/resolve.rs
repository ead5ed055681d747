//! The tree to typed tests: every word gets its number, every literal its qualifiers, every test its layer.
//!
//! Everything that a user can get wrong after the grammar is found here. The tree is walked from left to right, as the
//! text is read, because two things are carried along in that order: the qualifiers that a bare literal takes over
//! ([`qualify`]), and the layer that tests look inside ([`encap`]).

mod arith;
mod encap;
mod field;
mod legal;
mod link;
mod literal;
pub(crate) mod lookup;
mod primitive;
mod qualify;
mod warn;
mod wlan;

use crate::ast::{self, Tree};
use crate::diag::{Diagnostic, Span};
use crate::hir::{Filter, Node, NodeId, Test, TestId, TestKind};
use crate::{Names, Target};
use encap::Encap;
use qualify::Carried;

/// The typed tests of `tree`, which is that of `text`; what is legal and odd goes to `warnings`.
///
/// # Errors
/// A [`Diagnostic`] about the first thing without a meaning.
pub(crate) fn resolve(
    text: &str,
    tree: &Tree,
    target: &Target,
    names: &dyn Names,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Filter, Diagnostic> {
    let mut resolver = Resolver {
        text,
        tree,
        target,
        names,
        filter: Filter::default(),
        encap: Encap::new(target.link),
        carried: Carried::default(),
    };
    resolver.filter.layers.push(Encap::LINK_LAYER);
    resolver.filter.root = match tree.root {
        Some(root) => {
            resolver.encap.link().check_known(Span::new(0, text.len()))?;
            resolver.walk(root)?
        }
        None => resolver.node(Node::True),
    };
    warnings.extend(warn::warnings(tree, &resolver.filter));
    Ok(resolver.filter)
}

struct Resolver<'r> {
    text: &'r str,
    tree: &'r Tree,
    target: &'r Target,
    names: &'r dyn Names,
    filter: Filter,
    encap: Encap,
    carried: Carried,
}

/// What is left of the walk; a stack of these stands for recursion.
enum Todo {
    Visit(ast::NodeId),
    And,
    Or,
    Not,
    /// The end of a group, at which the qualifiers from before it hold again.
    Leave(Carried),
}

impl Resolver<'_> {
    fn walk(&mut self, root: ast::NodeId) -> Result<NodeId, Diagnostic> {
        let mut todo = vec![Todo::Visit(root)];
        let mut done: Vec<NodeId> = Vec::new();
        while let Some(next) = todo.pop() {
            match next {
                Todo::Visit(id) => {
                    if let Some(node) = self.tree.nodes.get(id.0 as usize) {
                        let node = *node;
                        self.visit(node, &mut todo, &mut done)?;
                    }
                }
                Todo::Leave(carried) => self.carried = carried,
                Todo::Not => {
                    let operand = done.pop().unwrap_or_default();
                    done.push(self.node(Node::Not(operand)));
                }
                join @ (Todo::And | Todo::Or) => {
                    let right = done.pop().unwrap_or_default();
                    let left = done.pop().unwrap_or_default();
                    let node = if matches!(join, Todo::And) {
                        Node::And(left, right)
                    } else {
                        Node::Or(left, right)
                    };
                    done.push(self.node(node));
                }
            }
        }
        Ok(done.pop().unwrap_or_default())
    }

    fn visit(
        &mut self,
        node: ast::Node,
        todo: &mut Vec<Todo>,
        done: &mut Vec<NodeId>,
    ) -> Result<(), Diagnostic> {
        match node {
            ast::Node::And(left, right) => {
                todo.extend([Todo::And, Todo::Visit(right), Todo::Visit(left)]);
            }
            ast::Node::Or(left, right) => {
                todo.extend([Todo::Or, Todo::Visit(right), Todo::Visit(left)]);
            }
            ast::Node::Not(operand) => todo.extend([Todo::Not, Todo::Visit(operand)]),
            ast::Node::Group(operand) => {
                todo.extend([Todo::Leave(self.carried), Todo::Visit(operand)]);
            }
            ast::Node::Qualified { qualifiers, operand } => {
                self.carried = Carried::new(self.tree.qualifiers.get(qualifiers as usize).copied());
                todo.push(Todo::Visit(operand));
            }
            ast::Node::Literal(position) => {
                if let Some(literal) = self.tree.literals.get(position as usize) {
                    let literal = *literal;
                    done.push(self.literal(literal)?);
                }
            }
            ast::Node::Primitive(position) => {
                if let Some(primitive) = self.tree.primitives.get(position as usize) {
                    let primitive = *primitive;
                    self.carried = Carried::default();
                    done.push(self.primitive(primitive)?);
                }
            }
        }
        Ok(())
    }

    fn node(&mut self, node: Node) -> NodeId {
        NodeId(ast::push(&mut self.filter.nodes, node))
    }

    /// Adds a test of the current layer.
    fn add_test(&mut self, kind: TestKind, span: Span) -> TestId {
        TestId(ast::push(&mut self.filter.tests, Test { kind, at: self.encap.layer(), span }))
    }

    /// Adds a test of the current layer and the node that asks it.
    fn test(&mut self, kind: TestKind, span: Span) -> NodeId {
        let test = self.add_test(kind, span);
        self.node(Node::Test(test))
    }

    /// Adds the node that asks for any of `kinds`, in this order; `None` if there are none.
    fn any(&mut self, kinds: impl IntoIterator<Item = TestKind>, span: Span) -> Option<NodeId> {
        let mut all = None;
        for kind in kinds {
            let test = self.test(kind, span);
            all = Some(match all {
                Some(left) => self.node(Node::Or(left, test)),
                None => test,
            });
        }
        all
    }
}
