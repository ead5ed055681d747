//! Records of a link type that nobody explains (the LINKTYPE_ registry of the pcap format).

use crate::prelude::*;

/// A record that is only dumped.
pub static UNSUPPORTED: Protocol = Protocol { name: "unsupported", dissect };

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("UNSUPPORTED");
    if !cx.options.no_default_dump {
        out.dump("data", p.rest());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn all_of_it_is_dumped() {
        check(
            &UNSUPPORTED,
            "6869",
            "",
            "UNSUPPORTED\n\t0x0000:  6869                                     hi",
        );
        check(&UNSUPPORTED, "6869", "-q", "UNSUPPORTED");
        assert_eq!(values(&UNSUPPORTED, "6869"), r#"{"unsupported":{"data":"6869"}}"#);
    }
}
