//! The names and addresses of libpcap's helper cases.

use crate::common::cases;
use gannet_filter::names::{BadDecimal, decimal, decnet, ether_proto, hex_digit, mac8, mac48};

/// The answer in the words of the cases; `None` for a helper that is not ours: remote capture (`rpcap://`) is not offered.
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
        "pcapint_get_decuint/noendp" => match decimal(arg) {
            Ok((number, "")) => format!("OK: {number}\n"),
            Err(BadDecimal::TooGreat) => "ERROR: ERANGE".to_owned(),
            _ => "ERROR: EINVAL".to_owned(),
        },
        "pcapint_get_decuint/endp" => match decimal(arg) {
            Ok((number, rest)) => format!("OK: {number} \"{rest}\"\n"),
            Err(_) => "ERROR: EINVAL".to_owned(),
        },
        "pcapint_xdtoi" => match arg.bytes().next().and_then(hex_digit) {
            Some(digit) => format!("OK: {digit:#04x}\n"),
            None => "ERROR: -1".to_owned(),
        },
        _ => return None,
    })
}

/// The argument of a case: a text with C's escapes, the number of a character, or nothing, which Rust has no helper for.
fn argument(arg: &serde_json::Value) -> Option<String> {
    match arg.as_u64() {
        Some(code) => Some(char::from_u32(code as u32)?.to_string()),
        None => Some(arg.as_str()?.replace("\\t", "\t").replace("\\xEF", "\u{ef}")),
    }
}

#[test]
fn helpers_answer_as_libpcap_does() {
    let (mut right, mut other) = (0, 0);
    for case in cases("names.json") {
        let function = case["function"].as_str().unwrap_or("");
        let arg = argument(&case["arg"]);
        match arg.as_deref().and_then(|arg| answer(function, arg)) {
            Some(said) => {
                assert_eq!(Some(said.as_str()), case["expected"].as_str(), "{function}({arg:?})");
                right += 1;
            }
            None => other += 1,
        }
    }
    println!("{right} right, SKIPPED {other} of helpers that are not ours");
}
