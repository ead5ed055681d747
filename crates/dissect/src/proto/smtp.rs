//! SMTP, the Simple Mail Transfer Protocol (RFC 5321).
//!
//! ```text
//! command SP argument CR LF   |   code SP text CR LF
//! ```

use crate::parts::txtproto::{self, Text};
use crate::prelude::*;

/// SMTP.
pub static SMTP: Protocol = Protocol { name: "smtp", dissect };

const TEXT: Text = Text { name: "SMTP", requests: None };

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    txtproto::say(&TEXT, cx, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `QUIT`.
    const LINE: &str = "51554954 0d0a";

    #[test]
    fn lines() {
        check(&SMTP, LINE, "", "SMTP: QUIT");
        check(&SMTP, LINE, "-v", "SMTP, length: 6\n\tQUIT");
        check(&SMTP, "1603010a", "", "SMTP");
        check(&SMTP, "1603010a", "-v", "SMTP, length: 4");
        assert_eq!(values(&SMTP, LINE), r#"{"smtp":{"length":6,"lines":["QUIT"]}}"#);
    }
}
