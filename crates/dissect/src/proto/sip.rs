//! SIP, the Session Initiation Protocol (RFC 3261).
//!
//! ```text
//! method SP address SP SIP/2.0 CR LF   |   SIP/2.0 SP code SP reason CR LF
//! name: value CR LF ..
//! CR LF
//! body
//! ```

use crate::parts::txtproto::{self, Text};
use crate::prelude::*;

/// SIP.
pub static SIP: Protocol = Protocol { name: "sip", dissect };

const TEXT: Text = Text { name: "SIP", requests: Some(REQUESTS) };

/// RFC 3261, its extensions, and some that remained drafts.
const REQUESTS: &[&str] = &[
    "INVITE",
    "ACK",
    "OPTIONS",
    "BYE",
    "CANCEL",
    "REGISTER",
    "INFO",
    "PRACK",
    "SUBSCRIBE",
    "NOTIFY",
    "UPDATE",
    "MESSAGE",
    "REFER",
    "PUBLISH",
    "DO",
    "QAUTH",
    "SPRACK",
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    txtproto::say(&TEXT, cx, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `BYE x`.
    const REQUEST: &str = "4259452078 0d0a";
    /// `SIP/2.0 200`.
    const REPLY: &str = "5349502f322e3020323030 0d0a";

    #[test]
    fn requests_and_replies() {
        check(&SIP, REQUEST, "", "SIP: BYE x");
        check(&SIP, REQUEST, "-v", "SIP, length: 7\n\tBYE x");
        check(&SIP, REPLY, "", "SIP: SIP/2.0 200");
        check(&SIP, "6869 0a", "-v", "SIP");
        assert_eq!(values(&SIP, REQUEST), r#"{"sip":{"length":7,"request":"BYE","lines":["BYE x"]}}"#);
    }
}
