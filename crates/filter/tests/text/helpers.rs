//! The names and addresses of libpcap's helper cases.

use crate::common::cases;
use gannet_filter::names::{decnet, ether_proto, mac8, mac48};

/// The answer in the words of the cases; `None` for a helper that is not ours (numbers are Rust's own, remote capture is not
/// offered).
fn answer(function: &str, arg: &str) -> Option<String> {
    let undefined = "OK: PROTO_UNDEF\n".to_owned();
    Some(match function {
        "pcap_nametoeproto" => match ether_proto(arg) {
            Some(number) if number > 1500 => format!("OK: {number:#06x}\n"),
            _ => undefined,
        },
        "pcap_nametollc" => match ether_proto(arg) {
            Some(number) if number <= 255 => format!("OK: {number:#04x}\n"),
            _ => undefined,
        },
        "pcapint_atodn" => match decnet(arg) {
            Some(address) => format!("OK: {}.{}\n", address >> 10, address & 0x3ff),
            None => "ERROR: 0".to_owned(),
        },
        "pcapint_atoan" => match mac8(arg) {
            Some(address) => format!("OK: ${address:02x}\n"),
            None => "ERROR: 0".to_owned(),
        },
        "pcap_ether_aton" => match mac48(arg) {
            Some([a, b, c, d, e, f]) => format!("OK: {a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}\n"),
            None => "ERROR: NULL".to_owned(),
        },
        _ => return None,
    })
}

#[test]
fn helpers_answer_as_libpcap_does() {
    let (mut right, mut other) = (0, 0);
    for case in cases("names.json") {
        let (function, arg) = (case["function"].as_str().unwrap_or(""), case["arg"].as_str().unwrap_or(""));
        match answer(function, arg) {
            Some(said) => {
                assert_eq!(Some(said.as_str()), case["expected"].as_str(), "{function}({arg:?})");
                right += 1;
            }
            None => other += 1,
        }
    }
    println!("{right} right, SKIPPED {other} of helpers that are not ours");
}
