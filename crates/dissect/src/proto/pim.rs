//! PIM, Protocol Independent Multicast: version 2 in [`v2`], version 1 (inside IGMP) in [`v1`], and Cisco's Auto-RP
//! in [`autorp`] (RFC 7761; pim-autorp-spec01).
//!
//! ```text
//! | version, type | subtype, address length | checksum | message ..
//! ```

use crate::prelude::*;

mod autorp;
mod v1;
mod v2;

pub use autorp::AUTORP;
pub use v1::PIM_V1;

/// PIM.
pub static PIM: Protocol = Protocol { name: "pim", dissect };

const TYPES: NameTable = &[
    (0, "Hello"),
    (1, "Register"),
    (2, "Register Stop"),
    (3, "Join / Prune"),
    (4, "Bootstrap"),
    (5, "Assert"),
    (6, "Graft"),
    (7, "Graft Acknowledgement"),
    (8, "Candidate RP Advertisement"),
    (9, "Prune Refresh"),
    (10, "DF Election"),
    (11, "ECMP Redirect"),
];

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    let head = p.peek()?;
    let (version, kind) = (head >> 4, head & 0x0f);
    out.say("PIMv").num("version", version);
    if version != 2 {
        out.say(", length ").num("length", p.claimed());
        return Ok(());
    }
    if cx.verbose() == 0 {
        out.say(", ").name("type", kind, TYPES, "Unknown Type").say(", length ").num("length", p.claimed());
        return Ok(());
    }
    out.say(", length ").num("length", p.claimed()).say("\n\t").name("type", kind, TYPES, "Unknown Type");
    v2::message(cx, p, kind, out)
}

/// The end of a message whose fields ran out: where the message itself is too short and the capture is not, what
/// stands around it goes on.
fn soften(cx: &Cx, whole: bool, done: Dissect, out: &mut Out) -> Dissect {
    if whole { cx.soften(done, out) } else { done }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const HELLO: &str = "20 00 d9e5 0001 0002 0069 0013 0004 00000001 0014 0004 01020304";

    #[test]
    fn hellos() {
        check(&PIM, HELLO, "", "PIMv2, Hello, length 26");
        check(
            &PIM,
            HELLO,
            "-v",
            "PIMv2, length 26\n\tHello, cksum 0xd9e5 (incorrect)\n\t  Hold Time Option (1), length 2, Value: 1m45s\
             \n\t  DR Priority Option (19), length 4, Value: 1\n\t  Generation ID Option (20), length 4, Value: 0x01020304",
        );
        check(
            &PIM,
            "20 00 0000 0002 0004 81f4 09c4 0015 0004 01 3c 0000 fde9 0006 0100 0a000001 0063 0002 abcd",
            "-vv",
            "PIMv2, length 36\n\tHello, cksum 0x0000 (unverified)\n\t  LAN Prune Delay Option (2), length 4, Value: \
             \n\t    T-bit=1, LAN delay 500ms, Override interval 2500ms\n\t    0x0000:  81f4 09c4\
             \n\t  State Refresh Capability Option (21), length 4, Value: v1, interval 1m\n\t    0x0000:  013c 0000\
             \n\t  Address List (Old) Option (65001), length 6, Value: \n\t    10.0.0.1\n\t    0x0000:  0100 0a00 0001\
             \n\t  Unknown Option (99), length 2, Value: \n\t    0x0000:  abcd",
        );
        check(
            &PIM,
            "20 00 0000 0001 0003 006900",
            "-v",
            "PIMv2, length 11\n\tHello, cksum 0x0000 (unverified)\n\t  Hold Time Option (1), length 3, \
             Value: [option length 3 != 2] (invalid)",
        );
        check(&PIM, "10 00", "", "PIMv1, length 2");
        check(&PIM, "2c", "-v", "PIMv2, length 1\n\tUnknown Type[length 1 < 2] (invalid)");
    }

    #[test]
    fn joins_and_prunes() {
        let says = |hex: &str, words: &str| check(&PIM, hex, "-v", &format!("PIMv2, length {words}"));
        says(
            "23 00 0000 0100 0a000001 00 01 00d2 0100 00 20 e1000001 0001 0001 \
             0100 07 20 0a000002 0100 08 18 0a000000",
            "42\n\tJoin / Prune, cksum 0x0000 (unverified), upstream-neighbor: 10.0.0.1\n\t  1 group(s), holdtime: 3m30s\
             \n\t    group #1: 225.0.0.1, joined sources: 1, pruned sources: 1\
             \n\t      joined source #1: 10.0.0.2(SWR)\n\t      pruned source #1: 10.0.0.0/24(+0x08)",
        );
        says(
            "23 04 0000 0a000001 00 01 ffff",
            "12\n\tJoin / Prune, RFC2117-encoding, cksum 0x0000 (unverified), upstream-neighbor: 10.0.0.1\
             \n\t  1 group(s), holdtime: infinite\n\t    group #1:  [|pimv2]",
        );
        says(
            "22 00 0000 0100 80 20 e1000001 0100 0a000002",
            "18\n\tRegister Stop, cksum 0x0000 (unverified) group=225.0.0.1(0x80) source=10.0.0.2",
        );
        says(
            "25 00 0000 0100 00 20 e1000001 0100 0a000002 80000064 0000000a",
            "26\n\tAssert, cksum 0x0000 (unverified) group=225.0.0.1 src=10.0.0.2 RPT pref=100 metric=10",
        );
    }

    #[test]
    fn rendezvous_points() {
        let says = |hex: &str, words: &str| check(&PIM, hex, "-v", &format!("PIMv2, length {words}"));
        says(
            "24 00 0000 017c 1e 40 0100 0a000001 0100 00 08 e1000000 01 01 0000 0100 0a000002 0096 05 00",
            "36\n\tBootstrap, cksum 0x0000 (unverified) tag=17c hashmlen=30 BSRprio=64 BSR=10.0.0.1 \
             (group0: 225.0.0.0/8 RPcnt=1 FRPcnt=1 RP0=10.0.0.2,holdtime=2m30s,prio=5)",
        );
        says(
            "28 00 0000 01 05 0096 0100 0a000002 0100 01 08 e1000000",
            "22\n\tCandidate RP Advertisement, cksum 0x0000 (unverified) prefix-cnt=1 prio=5 holdtime=2m30s \
             RP=10.0.0.2 Group0=225.0.0.0/8(0x01)",
        );
        says(
            "2a 30 0000 0100 0a000001 00000001 00000002 0100 0a000002 00000003 00000004 000a",
            "34\n\tDF Election, cksum 0x0000 (unverified)\n\t  Backoff, rpa=10.0.0.1 sender pref=1 sender metric=2\
             \n\t  offer addr=10.0.0.2 offer pref=3 offer metric=4 interval 10ms",
        );
        says(
            "29 00 0000 0100 0a000001 0100 00 20 e1000001 0100 0a000002 000a",
            "26\n\tPrune Refresh, cksum 0x0000 (unverified) src=10.0.0.1 grp=225.0.0.1 forwarder=10.0.0.2 TUNR 10s",
        );
        says("2b 00 0000", "4\n\tECMP Redirect, cksum 0x0000 (unverified) [type 11]");
    }

    #[test]
    fn registers() {
        let says = |hex: &str, words: &str| {
            check(&PIM, hex, "-v", &format!("PIMv2, length {words}"));
        };
        says("21 00 0000 40000000", "8\n\tRegister, cksum 0x0000 (unverified), Flags [ Null ]\n\t [|pimv2]");
        says(
            "21 00 0000 80000000 00000000 00000000 00000000 0a000001 e1000001",
            "28\n\tRegister, cksum 0x0000 (unverified), Flags [ Border ]\n\tIP-Null-header 10.0.0.1 > 225.0.0.1",
        );
        says(
            "21 00 0000 00000000 50",
            "9\n\tRegister, cksum 0x0000 (unverified), Flags [ none ]\n\tIP ver 5",
        );
    }

    #[test]
    fn version_1_inside_igmp() {
        check(&PIM_V1, "14 00 0000 10000000 20 00 0069", "-v", " Query Sparse-Dense-mode (Hold-time 1m45s)");
        check(&PIM_V1, "14 09 0000 20000000", "", " [type 9] [v2]");
        check(
            &PIM_V1,
            "14 02 0000 10000000 e1000001 0a000001",
            "",
            " Register-Stop for 225.0.0.1 > 10.0.0.1",
        );
        check(
            &PIM_V1,
            "14 03 0000 10000000 0a000001 0000 00b4 00 20 04 01 e1000001 ffffffff 0001 0000 05 a0 0a000002",
            "-v",
            " Join/Prune RPF 10.0.0.1 Join (10.0.0.2/32, 225.0.0.1) Sparse WC SPT",
        );
        check(
            &PIM_V1,
            "14 03 0000 10000000 0a000001 0000 0014 00 20 04 01 e1000001 ffffff00 0001 0001 05 a0 0a000002",
            "-vv",
            " Join/Prune\n Upstream Nbr: 10.0.0.1\n Hold time: 20s\n\tGroup: 225.0.0.1/255.255.255.0 joined: 1 \
             pruned: 1\n\tJoin  Sparse WC SPT 10.0.0.2/32 [|pimv1]",
        );
        check(
            &PIM_V1,
            "14 05 0000 10000000 e1000001 ffffff00 0a000001 80000001 00000005",
            "",
            " Assert for 10.0.0.1 > 225.0.0.1/255.255.255.0 RP-tree pref 1 metric 5",
        );
    }

    #[test]
    fn auto_rp() {
        check(
            &AUTORP,
            "11 01 00b5 00000000 0a000001 03 02 00 04 e0000000 01 08 e1000000",
            "",
            " auto-rp candidate-advert Hold 3m1s RP 10.0.0.1 PIMv1+2 224.0.0.0/4,!225.0.0.0/8",
        );
        check(
            &AUTORP,
            "13 01 0000 00000000 0a000001 04 01 06 08 e1000000",
            "",
            " auto-rp type-0x13 Hold FOREVER RP 10.0.0.1 PIMv? [rsvd=0x04] 225.0.0.0/8 bidir[rsvd=0x04]",
        );
        check(&AUTORP, "12 01 0000", "", " [|cisco_autorp]");
    }

    #[test]
    fn values_of_a_hello() {
        assert_eq!(
            values(&PIM, "20 00 0000 0001 0002 0069"),
            "{\"pim\":{\"version\":2,\"length\":10,\"type\":0,\"checksum\":0,\
             \"options\":[{\"option\":1,\"length\":2,\"hold_time_s\":105}]}}"
        );
    }
}
