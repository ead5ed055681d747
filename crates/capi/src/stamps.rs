//! Whose clock stamps packets, and how finely.

use crate::edge::{Text, for_ever, free, hand_out};
use crate::handle::{Handle, Source};
use crate::status::{ERROR, PRECISION_NOTSUP, STAMP_TYPE_NOTSUP};
use gannet_pcap::capture::Stamp;
use gannet_pcap::capture::stamp::stamps;
use libc::{c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;

/// By number (`PCAP_TSTAMP_*`).
const ALL: [Stamp; 6] = [
    Stamp::Host,
    Stamp::HostLowPrecision,
    Stamp::HostHighPrecision,
    Stamp::Adapter,
    Stamp::AdapterUnsynced,
    Stamp::HostHighPrecisionUnsynced,
];

/// The ways in which a device can have packets stamped, in a list to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_list_tstamp_types(
    p: Option<&Handle>,
    to: Option<&mut MaybeUninit<*mut c_int>>,
) -> c_int {
    let Some(p) = p else { return ERROR };
    match offered(p) {
        Ok(list) => hand_out(&list.into_iter().map(|stamp| stamp as c_int).collect::<Vec<_>>(), to),
        Err(words) => p.fail(words),
    }
}

/// What the device of a handle offers; the time of files is that of some host.
fn offered(p: &Handle) -> Result<Vec<Stamp>, String> {
    match p.inner().source {
        Source::File(_) | Source::Dead => Ok(vec![Stamp::Host]),
        _ => stamps(&p.device).map_err(|error| format!("{}: {error}", p.device)),
    }
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

/// Asks for a way to have packets stamped; a warning if the device has not got it.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_tstamp_type(p: Option<&Handle>, kind: c_int) -> c_int {
    let Some(p) = p else { return ERROR };
    let status = p.changeable();
    if status != 0 {
        return status;
    }
    let list = offered(p).unwrap_or_default();
    match of_number(kind).filter(|stamp| *stamp == Stamp::Host || list.contains(stamp)) {
        Some(stamp) => p.set(|settings| settings.stamp = stamp),
        None => STAMP_TYPE_NOTSUP,
    }
}

fn of_number(kind: c_int) -> Option<Stamp> {
    ALL.get(usize::try_from(kind).ok()?).copied()
}

/// The number of a way to have packets stamped.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_tstamp_type_name_to_val(name: Text) -> c_int {
    Stamp::from_name(&name.lossy()).map_or(ERROR, |stamp| stamp as c_int)
}

/// Its name; null if there is none of this number.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_tstamp_type_val_to_name(kind: c_int) -> *const c_char {
    of_number(kind).map_or(ptr::null(), |stamp| for_ever(stamp.name()))
}

/// Its description; null if there is none of this number.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_tstamp_type_val_to_description(kind: c_int) -> *const c_char {
    of_number(kind).map_or(ptr::null(), |stamp| for_ever(stamp.description()))
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
