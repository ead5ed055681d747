//! What the helpers of [`gannet_filter::names`] say, in the words of libpcap's cases of them.

use gannet_filter::names::{BadDecimal, decimal, decnet, ether_proto, hex_digit, mac8, mac48};
use serde_json::Value;

/// The answer to a case; `None` for a helper that nobody has heard of.
pub fn answer(case: &Value) -> Option<String> {
    let function = case.get("function")?.as_str()?;
    let arg = argument(case.get("arg")?);
    // Where C passes a null pointer, there is no text at all.
    let text = arg.as_deref().unwrap_or_default();
    let undefined = || "OK: PROTO_UNDEF\n".to_owned();
    Some(match function {
        "pcap_nametoeproto" => match ether_proto(text) {
            Some(number) if number > 1500 => format!("OK: {number:#06x}\n"),
            _ => undefined(),
        },
        "pcap_nametollc" => match ether_proto(text) {
            Some(number) if number <= 255 => format!("OK: {number:#04x}\n"),
            _ => undefined(),
        },
        "pcapint_atodn" => match decnet(text) {
            Some(address) => format!("OK: {}.{}\n", address >> 10, address & 0x3ff),
            None => "ERROR: 0".to_owned(),
        },
        "pcapint_atoan" => match mac8(text) {
            Some(address) => format!("OK: ${address:02x}\n"),
            None => "ERROR: 0".to_owned(),
        },
        "pcap_ether_aton" => match mac48(text) {
            Some([a, b, c, d, e, f]) => format!("OK: {a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}\n"),
            None => "ERROR: NULL".to_owned(),
        },
        "pcapint_get_decuint/noendp" => match decimal(text) {
            Ok((number, "")) => format!("OK: {number}\n"),
            Err(BadDecimal::TooGreat) => "ERROR: ERANGE".to_owned(),
            _ => "ERROR: EINVAL".to_owned(),
        },
        "pcapint_get_decuint/endp" => match decimal(text) {
            Ok((number, rest)) => format!("OK: {number} \"{rest}\"\n"),
            Err(_) => "ERROR: EINVAL".to_owned(),
        },
        "pcapint_xdtoi" => match text.bytes().next().and_then(hex_digit) {
            Some(digit) => format!("OK: {digit:#04x}\n"),
            None => "ERROR: -1".to_owned(),
        },
        // Capture from another host (`rpcap://`) is offered neither here nor by libpcap as the cases want it.
        "pcapint_parsesrcstr_ex" => "ERROR: pcapint_parsesrcstr_ex() is not supported".to_owned(),
        _ => return None,
    })
}

/// The argument of a case: a text with C's escapes, or the number of a character.
fn argument(arg: &Value) -> Option<String> {
    match arg.as_u64() {
        Some(code) => Some(char::from_u32(code as u32)?.to_string()),
        None => Some(arg.as_str()?.replace("\\t", "\t").replace("\\xEF", "\u{ef}")),
    }
}
