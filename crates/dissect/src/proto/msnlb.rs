//! Heartbeats of Microsoft's Network Load Balancing (source: their bytes on the wire; Microsoft documents none).
//!
//! ```text
//! | unknown (8) | host priority (4) | IP address of the cluster (4) | of the host (4) | unknown ..
//! ```
//! The priority stands least significant byte first.

use crate::prelude::*;

/// A heartbeat.
pub static MSNLB: Protocol = Protocol { name: "msnlb", dissect };

fn dissect(_cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("MS NLB heartbeat");
    p.pass(8);
    let priority = p.le32()?;
    out.say(", host priority: ").num("priority", priority).say(",");
    let cluster = p.array()?;
    out.say(" cluster IP: ").ip4("cluster", cluster).say(",");
    let host = p.array()?;
    out.say(" host IP: ").ip4("host", host);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    #[test]
    fn heartbeat() {
        let hex = "bf01dec0 06023400 02000000 0a000064 0a000001 00000000";
        let words = "MS NLB heartbeat, host priority: 2, cluster IP: 10.0.0.100, host IP: 10.0.0.1";
        check(&MSNLB, hex, "", words);
        check(&MSNLB, hex, "-v", words);
        check(&MSNLB, "bf01dec0 06023400 02", "", "MS NLB heartbeat [|msnlb]");
        assert_eq!(
            values(&MSNLB, hex),
            r#"{"msnlb":{"priority":2,"cluster":"10.0.0.100","host":"10.0.0.1"}}"#
        );
    }
}
