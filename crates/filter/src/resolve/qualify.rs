//! Which qualifiers a bare literal takes over.
//!
//! `port 80 or 443`: a literal without qualifiers has those of the last literal before it. A test that takes no literal
//! (`tcp`, `len > 5`, `vlan`) ends that; so does a closing parenthesis, after which the qualifiers from before the opening one hold
//! again.

use crate::ast::Qualifiers;
use crate::diag::{Diagnostic, Kind, Span};

/// The qualifiers that the next bare literal has, if any.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    qualifiers: Option<Qualifiers>,
    /// The next literal is the one that they were typed for.
    fresh: bool,
}

impl Carried {
    /// Qualifiers just typed.
    pub(super) fn new(qualifiers: Option<Qualifiers>) -> Self {
        Self { qualifiers, fresh: true }
    }

    /// The qualifiers of a literal at `span`, and the words that the test is to be blamed on.
    ///
    /// # Errors
    /// libpcap's text if there are none.
    pub(super) fn take(&mut self, span: Span, text: &str) -> Result<(Qualifiers, Span), Diagnostic> {
        let Some(qualifiers) = self.qualifiers else {
            return Err(Diagnostic::new(Kind::Syntax, span, "syntax error in filter expression")
                .because("nothing before this says whether it is a host, a net, a port, ..")
                .suggest(format!("{} {}", super::literal::likely_kind(span.of(text)), span.of(text))));
        };
        let words = if self.fresh { qualifiers.span.to(span) } else { span };
        self.fresh = false;
        Ok((qualifiers, words))
    }
}
