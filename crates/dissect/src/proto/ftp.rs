//! FTP, the File Transfer Protocol (RFC 959): its control connection.
//!
//! ```text
//! command SP argument CR LF   |   code SP text CR LF
//! ```

use crate::parts::txtproto::{self, Text};
use crate::prelude::*;

/// FTP.
pub static FTP: Protocol = Protocol { name: "ftp", dissect };

const TEXT: Text = Text { name: "FTP", requests: None };

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    txtproto::say(&TEXT, cx, p, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    /// `PASV`.
    const LINE: &str = "50415356 0d0a";

    #[test]
    fn lines() {
        check(&FTP, LINE, "", "FTP: PASV");
        check(&FTP, LINE, "-v", "FTP, length: 6\n\tPASV");
        check(&FTP, "1603010a", "", "FTP");
        check(&FTP, "1603010a", "-v", "FTP, length: 4");
        assert_eq!(values(&FTP, LINE), r#"{"ftp":{"length":6,"lines":["PASV"]}}"#);
    }
}
