//! USB as Linux captures it (usbmon: Documentation/usb/usbmon.rst of Linux; LINKTYPE_USB_LINUX of the pcap format).
//!
//! ```text
//! | id (8) | event | transfer | endpoint | device | bus (2) | no setup | no data | time (8, 4) | status (4) |
//! | length (4) | captured (4) | setup (8) | mapped: interval (4) | frame (4) | flags (4) | descriptors (4) |
//! ```
//! Numbers are in the order of the machine that captured; whoever reads the file has put them into ours.

use crate::prelude::*;

/// Events with a header of 48 bytes.
pub static USB_LINUX: Protocol =
    Protocol { name: "usb_linux_48_byte", dissect: |cx, p, out| event(cx, 48, p, out) };
/// Events with a header of 64 bytes.
pub static USB_LINUX_MAPPED: Protocol =
    Protocol { name: "usb_linux_64_byte", dissect: |cx, p, out| event(cx, 64, p, out) };

const INTERRUPT: u8 = 1;
const TRANSFERS: NameTable =
    &[(0, "ISOCHRONOUS"), (INTERRUPT as u32, "INTERRUPT"), (2, "CONTROL"), (3, "BULK")];
const SUBMIT: u8 = b'S';
const EVENTS: NameTable = &[(SUBMIT as u32, "SUBMIT"), (b'C' as u32, "COMPLETE"), (b'E' as u32, "ERROR")];

fn event(cx: &mut Cx, header: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(header)?;
    cx.link_header_is(header);
    out.say("USB");
    if cx.options.quiet > 0 {
        return Ok(());
    }
    let id = p.array().map(u64::from_ne_bytes)?;
    let [event, transfer, endpoint, device] = p.array()?;
    let bus = p.array().map(u16::from_ne_bytes)?;
    out.note("id", id).say(" ").name("transfer", transfer, TRANSFERS, " ?");
    out.say(" ").name("event", event, EVENTS, "?");
    let known = crate::out::lookup(TRANSFERS, transfer.into()).and(crate::out::lookup(EVENTS, event.into()));
    out.say(match known {
        Some(_) if (event == SUBMIT) == (transfer == INTERRUPT) => " from",
        Some(_) => " to",
        None => "",
    });
    out.say(" ").num("bus", bus).say(":").num("device", device).say(":").num("endpoint", endpoint & 0x7f);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, values};

    fn header(kinds: &str, length: usize) -> String {
        let bus: String = 7u16.to_ne_bytes().iter().map(|b| format!("{b:02x}")).collect();
        let start = format!("0000000000000000 {kinds} 81 05 {bus}");
        let more = length - bytes(&start).len();
        start + &"00".repeat(more)
    }

    #[test]
    fn events() {
        for (kinds, said) in [
            ("53 02", "CONTROL SUBMIT to"),
            ("43 02", "CONTROL COMPLETE from"),
            ("53 01", "INTERRUPT SUBMIT from"),
            ("45 01", "INTERRUPT ERROR to"),
            ("43 00", "ISOCHRONOUS COMPLETE from"),
            ("00 03", "BULK ?"),
            ("53 04", " ? SUBMIT"),
        ] {
            check(&USB_LINUX, &header(kinds, 48), "-v", &format!("USB {said} 7:5:1"));
            check(&USB_LINUX_MAPPED, &header(kinds, 64), "", &format!("USB {said} 7:5:1"));
        }
        check(&USB_LINUX, &header("53 02", 48), "-q", "USB");
        check(&USB_LINUX, &header("53 02", 47), "", " [|usb_linux_48_byte]");
        check(&USB_LINUX_MAPPED, &header("53 02", 48), "", " [|usb_linux_64_byte]");
        assert_eq!(
            values(&USB_LINUX, &header("53 02", 48)),
            r#"{"usb_linux_48_byte":{"id":0,"transfer":2,"event":83,"bus":7,"device":5,"endpoint":1}}"#
        );
    }
}
