//! What to say about a token that nothing can make sense of.

use super::Parser;
use crate::diag::Diagnostic;
use crate::lex::TokenKind;

impl Parser<'_> {
    /// The diagnostic for the next token, where it cannot stand.
    pub(super) fn unexpected(&self) -> Diagnostic {
        if let TokenKind::Bad(diagnostic) = self.peek() {
            return diagnostic.clone();
        }
        Diagnostic::syntax(self.span())
    }
}
