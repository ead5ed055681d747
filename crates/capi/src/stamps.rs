//! Who takes time stamps, and how finely.

use crate::edge::{Text, for_ever, free, hand_out};
use crate::handle::Handle;
use crate::status::{ERROR, PRECISION_NOTSUP, STAMP_TYPE_NOTSUP};
use libc::{c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;

/// Names and descriptions, by number (`PCAP_TSTAMP_*`).
const TYPES: [(&str, &str); 6] = [
    ("host", "Host"),
    ("host_lowprec", "Host, low precision"),
    ("host_hiprec", "Host, high precision"),
    ("adapter", "Adapter"),
    ("adapter_unsynced", "Adapter, not synced with system time"),
    ("host_hiprec_unsynced", "Host, high precision, not synced with system time"),
];
/// The kernel takes the time: the one way that every interface has.
const HOST: c_int = 0;

/// The ways in which a device can take time stamps, in a list to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_list_tstamp_types(
    p: Option<&Handle>,
    to: Option<&mut MaybeUninit<*mut c_int>>,
) -> c_int {
    p.map_or(ERROR, |_| hand_out(&[HOST], to))
}

/// Frees the list.
///
/// # Safety
/// The list came from `pcap_list_tstamp_types`, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_free_tstamp_types(list: *mut c_int) {
    // SAFETY: promised by the caller.
    unsafe { free(list) };
}

/// Asks for a way to take time stamps; a warning if the device has not got it.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_tstamp_type(p: Option<&Handle>, kind: c_int) -> c_int {
    let Some(p) = p else { return ERROR };
    match p.changeable() {
        0 if kind == HOST => 0,
        0 => STAMP_TYPE_NOTSUP,
        status => status,
    }
}

/// The number of a way to take time stamps.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_tstamp_type_name_to_val(name: Text) -> c_int {
    let name = name.lossy();
    let found = (0..).zip(TYPES).find(|(_, (known, _))| known.eq_ignore_ascii_case(&name));
    found.map_or(ERROR, |(number, _)| number)
}

/// Its name; null if there is none of this number.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_tstamp_type_val_to_name(kind: c_int) -> *const c_char {
    row(kind).map_or(ptr::null(), |(name, _)| for_ever(name))
}

/// Its description; null if there is none of this number.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_tstamp_type_val_to_description(kind: c_int) -> *const c_char {
    row(kind).map_or(ptr::null(), |(_, description)| for_ever(description))
}

fn row(kind: c_int) -> Option<&'static (&'static str, &'static str)> {
    TYPES.get(usize::try_from(kind).ok()?)
}

/// Asks for microseconds (0) or nanoseconds (1).
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_tstamp_precision(p: Option<&Handle>, precision: c_int) -> c_int {
    let Some(p) = p else { return ERROR };
    match p.changeable() {
        0 if (0..=1).contains(&precision) => p.set(|settings| settings.nano = precision == 1),
        0 => PRECISION_NOTSUP,
        status => status,
    }
}

/// What the fractions of a second are counted in, 0 for microseconds and 1 for nanoseconds.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_get_tstamp_precision(p: Option<&Handle>) -> c_int {
    p.map_or(ERROR, |p| p.settings.get().nano.into())
}
