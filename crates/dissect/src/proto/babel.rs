//! Babel, a distance vector routing protocol (RFC 8966), with its ancestors and relatives: RFC 6126, RFC 7298 (HMAC),
//! RFC 8967 (MAC), RFC 7557 (sub-TLVs), RFC 9616 (round-trip times), draft-boutier-babel-source-specific-01.
//!
//! ```text
//! | 42 | version | length of the body (2) | TLV .. | TLV of the trailer ..
//! | type | length | value .. | sub-TLV .. |
//! ```

use crate::prelude::*;

mod tlv;

/// Babel.
pub static BABEL: Protocol = Protocol { name: "babel", dissect };

const MAGIC: u8 = 42;
const HEADER: usize = 4;
/// Bytes of an address.
const ADDRESS: usize = 16;
/// What stands before an IPv4 address in IPv6.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/// The addresses that later ones leave the beginning of out, for IPv4 and for IPv6.
struct Defaults {
    v4: [u8; ADDRESS],
    v6: [u8; ADDRESS],
}

impl Defaults {
    fn none() -> Self {
        let mut v4 = [0; ADDRESS];
        v4.iter_mut().zip(MAPPED).for_each(|(to, from)| *to = from);
        Defaults { v4, v6: [0; ADDRESS] }
    }
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let claimed = p.claimed();
    out.say("babel");
    if p.captured() < HEADER {
        return cx.soft_cut(out);
    }
    let [magic, version] = p.array()?;
    if magic != MAGIC {
        out.say(" invalid header").note_that("invalid", true);
        return Ok(());
    }
    out.say(" ").num("version", version);
    if version != 2 {
        out.say(" unknown version");
        return Ok(());
    }
    let stated = p.be16()?;
    let length = usize::from(stated);
    if claimed < HEADER {
        return Err(Stop::Invalid);
    }
    out.say(" (").num("length", length).say(")");
    if p.claimed() < length {
        return Err(Stop::Invalid);
    }
    let body = p.claiming(length);
    out.list("tlvs", |out| tlvs(cx, body, out))?;
    p.pass(length);
    if p.claimed() > 0 {
        out.say(if cx.verbose() > 0 { "\n\t----" } else { " |" });
        out.list("trailer", |out| tlvs(cx, p, out))?;
    }
    Ok(())
}

fn tlvs(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let mut defaults = Defaults::none();
    while p.claimed() > 0 {
        out.item(|out| tlv::dissect(cx, &mut defaults, &mut p, out))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    fn packet(tlvs: &str) -> String {
        format!("2a 02 {:04x} {tlvs}", crate::testing::bytes(tlvs).len())
    }

    fn said(tlvs: &str, short: &str, long: &str) {
        let hex = packet(tlvs);
        let length = crate::testing::bytes(tlvs).len();
        check(&BABEL, &hex, "", &format!("babel 2 ({length}){short}"));
        check(&BABEL, &hex, "-v", &format!("babel 2 ({length}){long}"));
    }

    #[test]
    fn hellos() {
        said(
            "00 0102 0000 0406 8000 0001 0190 040c 0000 0002 0000 0304 000f4241",
            " pad1 padN hello hello",
            "\n\tPad 1\n\tPad 4\n\tHello (Unicast) seqno 1 interval 4.00s\n\tHello seqno 2 unscheduled sub-timestamp 1.000001s",
        );
        said(
            "0206 0000 0007 0000 0302 0007",
            " ack-req ack",
            "\n\tAcknowledgment Request 0007 0.0s (bogus)\n\tAcknowledgment 0007",
        );
        said("050e 03 00 0060 04b0 0000000000000001", " ihu", "\n\tIHU fe80::1 rxcost 96 interval 12.00s");
        said("0504 03 00 0060", " ihu", "\n\tIHU  (invalid)");
        said("0506 07 00 0060 04b0", " ihu", "\n\tIHU  [|babel]");
    }

    #[test]
    fn updates() {
        said(
            "080e 02 80 20 00 ffff 0001 0002 20010db8 0810 02 40 28 04 0064 0001 0002 01 0202 01ff 05",
            " update/prefix update/id",
            "\n\tUpdate/prefix 2001:db8::/32 metric 2 seqno 1 interval infinity\
             \n\tUpdate/id 2001:db8:100::/40 metric 2 seqno 1 interval 1.00s sub-diversity 1-all (invalid)",
        );
    }

    #[test]
    fn more_updates() {
        let update = "080d 01 00 08 00 0064 0001 0002 0a 02 01";
        said(update, " update", "\n\tUpdate 10.0.0.0/8 metric 2 seqno 1 interval 1.00s (invalid)");
    }

    #[test]
    fn requests_and_the_rest() {
        said(
            "0902 00 00 0903 01 08 0a",
            " route-request route-request",
            "\n\tRoute Request for any\n\tRoute Request for 10.0.0.0/8",
        );
        said(
            "0a0f 01 08 0003 05 00 0102030405060708 0a",
            " seqno-request",
            "\n\tSeqno Request (5 hops) for 10.0.0.0/8 seqno 3 id 01:02:03:04:05:06:07:08",
        );
        said("060a 0000 0102030405060708", " router-id", "\n\tRouter Id 01:02:03:04:05:06:07:08");
        said("0706 01 00 0a000001", " nh", "\n\tNext Hop 10.0.0.1");
        said("0b06 0002 00000003", " tspc", "\n\tTS/PC timestamp 3 packetcounter 2");
        said(
            "0c12 0001 000102030405060708090a0b0c0d0eff",
            " hmac",
            "\n\tHMAC key-id 1 digest-16 000102030405060708090A0B0C0D0EFF",
        );
        said("1002 abcd 1105 00000003 01", " mac pc", "\n\tMAC len 2\n\tPC value 3 index len 1");
        said(
            "1202 abcd 1302 abcd 6300",
            " challenge_request challenge_reply unknown",
            "\n\tChallenge Request len 2\n\tChallenge Reply len 2\n\tUnknown message type 99",
        );
    }

    #[test]
    fn source_specific() {
        said(
            "0d0c 01 08 08 00 0064 0001 0002 0a 0b 0e05 01 08 08 0a 0b",
            " ss-update ss-request",
            "\n\tSS-Update 10.0.0.0/8 from 11.0.0.0/8 metric 2 seqno 1 interval 1.00s\
             \n\tSS-Request for (10.0.0.0/8, 11.0.0.0/8)",
        );
        said(
            "0f10 01 08 0003 05 08 0102030405060708 0a 0b",
            " ss-mh-request",
            "\n\tSS-MH-Request (5 hops) for (10.0.0.0/8, 11.0.0.0/8) seqno 3 id 01:02:03:04:05:06:07:08",
        );
    }

    #[test]
    fn trailers_and_lies() {
        check(&BABEL, "2a 02 0001 00 1001 ab", "", "babel 2 (1) pad1 | mac");
        check(&BABEL, "2a 02 0001 00 1001 ab", "-v", "babel 2 (1)\n\tPad 1\n\t----\n\tMAC len 1");
        check(&BABEL, "2b 02 0000", "", "babel invalid header");
        check(&BABEL, "2a 03 0000", "", "babel 3 unknown version");
        check(&BABEL, "2a 02 0008", "", "babel 2 (8) (invalid)");
        check(&BABEL, "2a 02", "", "babel [|babel]");
        said("0406", " (invalid)", " (invalid)");
    }

    #[test]
    fn values_of_a_hello() {
        assert_eq!(
            values(&BABEL, &packet("040c 0000 0002 0190 0304 000f4241")),
            "{\"babel\":{\"version\":2,\"length\":14,\"tlvs\":[{\"type\":4,\"length\":12,\"seqno\":2,\"interval_cs\":400,\
             \"sub_tlvs\":[{\"type\":3,\"length\":4,\"timestamp_us\":1000001}]}]}}"
        );
    }
}
