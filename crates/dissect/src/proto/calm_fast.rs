//! CALM FAST, networking of vehicles without IP (ISO 29281).
//!
//! ```text
//! | source's reference | destination's reference | payload ..
//! ```

use crate::prelude::*;

/// CALM FAST.
pub static CALM_FAST: Protocol = Protocol { name: "calm_fast", dissect };

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("CALM FAST");
    if let Some(src) = cx.link.src {
        out.say(" src:").aloud(|out| _ = out.mac("", src));
    }
    out.say("; ");
    let done = body(cx, &mut p, out);
    cx.close(done, &p, out)
}

fn body(cx: &Cx, p: &mut Cursor, out: &mut Out) -> Dissect {
    if p.claimed() < 2 {
        write!(out, " (length {} < 2)", p.claimed());
        return Err(Stop::Invalid);
    }
    let src = p.u8()?;
    out.say("SrcNwref:").num("src", src).say("; ");
    let dst = p.u8()?;
    out.say("DstNwref:").num("dst", dst).say("; ");
    if cx.verbose() > 0 {
        out.dump("data", p.rest());
        p.need(p.claimed())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn references() {
        let frame = "020000000001 020000000002 1111 05 07 6869";
        let said = "CALM FAST src:02:00:00:00:00:02; SrcNwref:5; DstNwref:7; ";
        check(&crate::proto::ether::ETHER, frame, "", said);
        let dump = "\n\t0x0000:  6869                                     hi";
        check(&crate::proto::ether::ETHER, frame, "-v", &format!("{said}{dump}"));
        assert_eq!(values(&CALM_FAST, "05 07 68"), r#"{"calm_fast":{"src":5,"dst":7,"data":"68"}}"#);
    }

    #[test]
    fn short() {
        check(&CALM_FAST, "05", "", "CALM FAST;  (length 1 < 2) (invalid)");
    }
}
