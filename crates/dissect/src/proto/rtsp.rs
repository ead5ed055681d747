//! RTSP, the Real Time Streaming Protocol (RFC 2326).
//!
//! ```text
//! method SP address SP RTSP/1.0 CR LF   |   RTSP/1.0 SP code SP reason CR LF
//! name: value CR LF ..
//! CR LF
//! body
//! ```

use crate::parts::txtproto::{self, Text};
use crate::prelude::*;

/// RTSP.
pub static RTSP: Protocol = Protocol { name: "rtsp", dissect };

const TEXT: Text = Text { name: "RTSP", requests: Some(REQUESTS) };

/// RFC 2326 section 10.
const REQUESTS: &[&str] = &[
    "OPTIONS",
    "DESCRIBE",
    "ANNOUNCE",
    "SETUP",
    "PLAY",
    "PAUSE",
    "TEARDOWN",
    "GET_PARAMETER",
    "SET_PARAMETER",
    "REDIRECT",
    "RECORD",
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    txtproto::say(&TEXT, cx, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `PLAY x`.
    const REQUEST: &str = "504c41592078 0d0a";
    /// `RTSP/2.0 200`.
    const REPLY: &str = "525453502f322e3020323030 0d0a";

    #[test]
    fn requests_and_replies() {
        check(&RTSP, REQUEST, "", "RTSP: PLAY x");
        check(&RTSP, REQUEST, "-v", "RTSP, length: 8\n\tPLAY x");
        check(&RTSP, REPLY, "", "RTSP: RTSP/2.0 200");
        check(&RTSP, "6869 0a", "-v", "RTSP");
        assert_eq!(values(&RTSP, REQUEST), r#"{"rtsp":{"length":8,"request":"PLAY","lines":["PLAY x"]}}"#);
    }
}
