//! NetBIOS over IPX, of which only the SMB message that it carries is explained (source: Novell, "NetBIOS over IPX").

use crate::parts::fields::{Layout, Message, words};
use crate::parts::smb_message;
use crate::prelude::*;

/// NetBIOS over IPX.
pub static IPX_NETBIOS: Protocol = Protocol { name: "ipx_netbios", dissect };

const BEFORE: Layout = Layout::of(&[words("\n>>> IPX transport ")]);
const UNKNOWN: Layout = Layout::of(&[words("\n>>> Unknown IPX ")]);

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let end = p.claimed().min(p.captured());
    let mut message = Message::new(p);
    if let Some(at) = smb_message::find(p.claiming(end)) {
        message.say(cx, "before", &BEFORE, 0, at, out)?;
        return cx.next(Space::NetBios, message.between(at, end), out).map(drop);
    }
    // A short frame may well have nothing of this.
    if end + 1 >= smb_message::FAR + smb_message::MAGIC.len() {
        message.say(cx, "unknown", &UNKNOWN, 0, end, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const SMB: &str = "ff534d42 71 00000000 00 0000 000000000000000000000000 0000 0100 0000 0000 00 0000";

    #[test]
    fn an_smb_message_is_looked_for() {
        let packet = format!("4142 {SMB}");
        check(
            &IPX_NETBIOS,
            &packet,
            "",
            "\n>>> IPX transport Data: (2 bytes)\n[000] 41 42                                             AB \n\
             SMB PACKET: SMBtdis (REQUEST)",
        );
        check(&IPX_NETBIOS, SMB, "", "\n>>> IPX transport SMB PACKET: SMBtdis (REQUEST)");
        assert!(
            values(&IPX_NETBIOS, &packet)
                .starts_with(r#"{"ipx_netbios":{"before":{"rest":"4142"},"smb":{"request":true"#)
        );
    }

    #[test]
    fn frames_without() {
        check(&IPX_NETBIOS, "00010203", "-v", "");
        let hex = "41".repeat(130);
        check(&IPX_NETBIOS, &hex, "", "");
        let said = "41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  AAAAAAAA AAAAAAAA\n";
        let lines: String = (0..8).map(|i| format!("[{:03X}] {said}", i * 16)).collect();
        let last = "[080] 41 41 41                                          AAA \n";
        check(
            &IPX_NETBIOS,
            &"41".repeat(131),
            "",
            &format!("\n>>> Unknown IPX Data: (131 bytes)\n{lines}{last}"),
        );
    }
}
