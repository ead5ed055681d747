//! HTTP/1, the Hypertext Transfer Protocol (RFC 9112), with the methods of WebDAV (RFC 4918 and kin).
//!
//! ```text
//! method SP target SP HTTP/1.1 CR LF   |   HTTP/1.1 SP code SP reason CR LF
//! name: value CR LF ..
//! CR LF
//! body
//! ```

use crate::parts::txtproto::{self, Text};
use crate::prelude::*;

/// HTTP.
pub static HTTP: Protocol = Protocol { name: "http", dissect };

const TEXT: Text = Text { name: "HTTP", requests: Some(REQUESTS) };

/// RFC 9110; WebDAV with versions (RFC 3253), search (RFC 5323); what Exchange and its kin add.
const REQUESTS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "COPY",
    "LOCK",
    "MKCOL",
    "MOVE",
    "PROPFIND",
    "PROPPATCH",
    "UNLOCK",
    "BASELINE-CONTROL",
    "CHECKIN",
    "CHECKOUT",
    "LABEL",
    "MERGE",
    "MKACTIVITY",
    "MKWORKSPACE",
    "REPORT",
    "UNCHECKOUT",
    "UPDATE",
    "VERSION-CONTROL",
    "SEARCH",
    "BCOPY",
    "BDELETE",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "NOTIFY",
    "POLL",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "CCM_POST",
    "RPC_CONNECT",
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    txtproto::say(&TEXT, cx, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `GET / HTTP/1.1`, `Host: a`, and the empty line.
    const GET: &str = "474554202f20485454502f312e310d0a 486f73743a20610d0a 0d0a";
    /// `HTTP/1.1 404`.
    const REPLY: &str = "485454502f312e3120343034 0d0a";

    #[test]
    fn requests_and_replies() {
        check(&HTTP, GET, "", "HTTP: GET / HTTP/1.1");
        check(&HTTP, GET, "-v", "HTTP, length: 27\n\tGET / HTTP/1.1\n\tHost: a\n\t");
        check(&HTTP, REPLY, "", "HTTP: HTTP/1.1 404");
        assert_eq!(values(&HTTP, REPLY), r#"{"http":{"length":14,"status":404,"lines":["HTTP/1.1 404"]}}"#);
        let request =
            r#"{"http":{"length":27,"request":"GET","target":"/","lines":["GET / HTTP/1.1","Host: a",""]}}"#;
        assert_eq!(values(&HTTP, GET), request);
    }

    #[test]
    fn bodies_are_not_said() {
        check(&HTTP, "6869 0a", "-v", "HTTP");
        check(&HTTP, "474554 00", "", "HTTP");
        check(&HTTP, "474554 20 00", "", "HTTP");
    }
}
