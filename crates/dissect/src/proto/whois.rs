//! WHOIS (RFC 3912): a question in a line, an answer in lines.
//!
//! ```text
//! question CR LF   |   answer CR LF ..
//! ```

use crate::parts::txtproto::{self, Text};
use crate::prelude::*;

/// WHOIS.
pub static WHOIS: Protocol = Protocol { name: "whois", dissect };

const TEXT: Text = Text { name: "WHOIS", requests: None };

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    txtproto::say(&TEXT, cx, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `example`.
    const LINE: &str = "6578616d706c65 0d0a";

    #[test]
    fn lines() {
        check(&WHOIS, LINE, "", "WHOIS: example");
        check(&WHOIS, LINE, "-v", "WHOIS, length: 9\n\texample");
        check(&WHOIS, "1603010a", "", "WHOIS");
        check(&WHOIS, "1603010a", "-v", "WHOIS, length: 4");
        assert_eq!(values(&WHOIS, LINE), r#"{"whois":{"length":9,"lines":["example"]}}"#);
    }
}
