//! Link types: which a handle has and could have, and what they are called.

use crate::edge::{Static, Text, for_ever, free, hand_out};
use crate::handle::{Handle, Source};
use crate::open::open;
use crate::savefile::of_file;
use crate::status::ERROR;
use gannet_pcap::LinkType;
use libc::{c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;

/// What packets begin with (`DLT_*`).
#[unsafe(no_mangle)]
pub extern "C" fn pcap_datalink(p: Option<&Handle>) -> c_int {
    open(p, |p| p.link.get())
}

/// What stands beside the link type in a savefile.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_datalink_ext(p: Option<&Handle>) -> c_int {
    open(p, |p| of_file(p, |file| file.link_extension().cast_signed()).unwrap_or(0))
}

/// All that packets could begin with, in a list to be freed: the present one first.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_list_datalinks(p: Option<&Handle>, to: Option<&mut MaybeUninit<*mut c_int>>) -> c_int {
    open(p, |p| hand_out(&choice(p), to))
}

fn choice(p: &Handle) -> Vec<c_int> {
    let mut all = vec![p.link.get()];
    if let Source::Live(capture) = &mut p.inner().source {
        let others = capture.live().link_types().iter().map(|link| link.dlt().cast_signed());
        all.extend(others.filter(|dlt| *dlt != p.link.get()));
    }
    all
}

/// Frees the list.
///
/// # Safety
/// The list came from `pcap_list_datalinks`, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pcap_free_datalinks(list: *mut c_int) {
    // SAFETY: promised by the caller.
    unsafe { free(list) };
}

/// Chooses one of them. A filter has to be set again, for it was compiled for the one before.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_set_datalink(p: Option<&Handle>, dlt: c_int) -> c_int {
    open(p, |p| {
        if dlt == p.link.get() {
            return 0;
        }
        let chosen = match (&mut p.inner().source, of_number(dlt)) {
            (Source::Live(capture), Some(link)) => capture.live().set_link_type(link).is_ok(),
            _ => false,
        };
        if chosen {
            p.link.set(dlt);
            return 0;
        }
        let name = of_number(dlt).and_then(LinkType::name);
        p.fail(match name {
            Some(name) => format!("{name} is not one of the DLTs supported by this device"),
            None => format!("DLT {dlt} is not one of the DLTs supported by this device"),
        })
    })
}

/// The link type of libpcap's number for it.
fn of_number(dlt: c_int) -> Option<LinkType> {
    let dlt = u32::try_from(dlt).ok()?;
    LinkType::from_dlt(dlt).filter(|link| link.dlt() == dlt)
}

/// The number of a name, without `DLT_`; -1 if nothing is called so.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_datalink_name_to_val(name: Text) -> c_int {
    LinkType::from_name(&name.lossy()).map_or(ERROR, |link| link.dlt().cast_signed())
}

/// The name of a number; null if it has none.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_datalink_val_to_name(dlt: c_int) -> *const c_char {
    of_number(dlt).and_then(LinkType::name).map_or(ptr::null(), for_ever)
}

/// What it is, in a few words; null if that is not known.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_datalink_val_to_description(dlt: c_int) -> *const c_char {
    of_number(dlt).and_then(LinkType::description).map_or(ptr::null(), for_ever)
}

/// The same, or else the number, in a text that stays until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn pcap_datalink_val_to_description_or_dlt(dlt: c_int) -> *const c_char {
    static UNKNOWN: Static<40> = Static::new();
    match of_number(dlt).and_then(LinkType::description) {
        Some(description) => for_ever(description),
        None => UNKNOWN.say(&format!("DLT {dlt}")),
    }
}
