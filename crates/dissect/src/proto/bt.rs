//! Bluetooth, as it goes over a serial line to the controller (LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR of the pcap format).
//!
//! ```text
//! | direction (4) | frame ..
//! ```

use crate::prelude::*;

/// Bluetooth with its direction.
pub static BLUETOOTH: Protocol = Protocol { name: "bluetooth", dissect };

const HEADER: usize = 4;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("bluetooth");
    let direction = p.be32()?;
    cx.link_header_is(HEADER);
    let received = direction & 1 != 0;
    out.note_that("received", received);
    if cx.options.link_header {
        out.say(", hci length ").num("length", p.claimed());
        out.say(if received { ", direction in" } else { ", direction out" });
    }
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
    fn frames() {
        let dump = "\n\t0x0000:  0403                                     ..";
        check(&BLUETOOTH, "00000001 0403", "", &format!("bluetooth{dump}"));
        check(&BLUETOOTH, "00000001 0403", "-e", &format!("bluetooth, hci length 2, direction in{dump}"));
        check(&BLUETOOTH, "00000000 0403", "-eq", "bluetooth, hci length 2, direction out");
        check(&BLUETOOTH, "000000", "-v", "bluetooth [|bluetooth]");
        assert_eq!(
            values(&BLUETOOTH, "00000001 04"),
            r#"{"bluetooth":{"received":true,"length":1,"data":"04"}}"#
        );
    }
}
