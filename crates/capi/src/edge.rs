//! What passes between C and Rust.

use libc::{c_char, c_int, c_void, size_t};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Bytes of the buffers that callers give for words about errors (`PCAP_ERRBUF_SIZE`).
pub const ERRBUF_SIZE: usize = 256;

/// A `const char *`: a text that ends in a zero byte, or null.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text(*const c_char);

impl Text {
    /// The text; `None` for null.
    pub fn get(&self) -> Option<&CStr> {
        // SAFETY: the caller promises a text that stays as it is while the function that was given it runs.
        (!self.0.is_null()).then(|| unsafe { CStr::from_ptr(self.0) })
    }

    /// The text; empty for null. What is not UTF-8 is replaced.
    pub fn lossy(&self) -> String {
        self.get().map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// A caller's buffer for words about an error. What is in it before is not looked at.
#[repr(transparent)]
pub struct Errbuf([MaybeUninit<u8>; ERRBUF_SIZE]);

impl Errbuf {
    /// Writes the words, as many as fit.
    pub fn say(&mut self, words: &str) {
        let words = fitting(words, ERRBUF_SIZE - 1);
        for (to, from) in self.0.iter_mut().zip(words.bytes().chain([0])) {
            to.write(from);
        }
    }
}

/// Writes words about an error where the caller wants them.
pub fn say(errbuf: Option<&mut Errbuf>, words: &str) {
    if let Some(errbuf) = errbuf {
        errbuf.say(words);
    }
}

/// The first `size` bytes of a text, or fewer: no character is cut, and a zero byte ends it.
pub fn fitting(text: &str, size: usize) -> &str {
    let text = text.split('\0').next().unwrap_or_default();
    text.get(..text.floor_char_boundary(size)).unwrap_or_default()
}

/// A text in static memory that is written over by the next call, as C likes to return them.
pub struct Static<const N: usize>([AtomicU8; N]);

impl<const N: usize> Static<N> {
    /// An empty one.
    pub const fn new() -> Self {
        Self([const { AtomicU8::new(0) }; N])
    }

    /// Writes the text, as much as fits, and gives the place.
    pub fn say(&'static self, text: &str) -> *mut c_char {
        for (to, from) in self.0.iter().zip(fitting(text, N.saturating_sub(1)).bytes().chain([0])) {
            to.store(from, Ordering::Relaxed);
        }
        self.0.as_ptr().cast_mut().cast()
    }
}

/// The text as C reads it, for ever: for the few that never change.
pub fn for_ever(text: &str) -> *const c_char {
    static KNOWN: LazyLock<Mutex<BTreeMap<String, CString>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = known.entry(text.to_owned()).or_insert_with(|| c_string(text));
    entry.as_ptr()
}

/// The text up to its first zero byte.
pub fn c_string(text: &str) -> CString {
    CString::new(fitting(text, usize::MAX)).unwrap_or_default()
}

/// A copy in the C library's memory; null if there is none.
pub fn allocated<T: Copy>(value: T) -> *mut T {
    allocated_list(&[value])
}

/// A copy in the C library's memory; null if there is none. An empty list has an address too.
pub fn allocated_list<T: Copy>(list: &[T]) -> *mut T {
    let size: size_t = size_of_val(list);
    // SAFETY: any size can be asked for.
    let place: *mut T = unsafe { libc::malloc(size.max(1)) }.cast();
    if !place.is_null() {
        // SAFETY: the place is new, aligned for anything, and of the size of the list.
        unsafe { ptr::copy_nonoverlapping(list.as_ptr(), place, list.len()) };
    }
    place
}

/// A copy of the text in the C library's memory; null if there is none.
pub fn allocated_text(text: &str) -> *mut c_char {
    allocated_list(c_string(text).as_bytes_with_nul()).cast()
}

/// Gives memory back to the C library; null is nothing.
///
/// # Safety
/// The memory is the C library's, and nobody uses it any more.
pub unsafe fn free<T>(place: *mut T) {
    // SAFETY: promised by the caller.
    unsafe { libc::free(place.cast::<c_void>()) };
}

/// Hands out a list in the C library's memory. Gives its length, or `ERROR` if there was no memory.
pub fn hand_out(list: &[c_int], to: Option<&mut MaybeUninit<*mut c_int>>) -> c_int {
    let Some(to) = to else { return crate::status::ERROR };
    let place = allocated_list(list);
    to.write(place);
    if place.is_null() { crate::status::ERROR } else { c_int::try_from(list.len()).unwrap_or(c_int::MAX) }
}

/// What the system says of an error number.
pub fn system_words(error: c_int) -> String {
    // SAFETY: gives a text for any number.
    let words = unsafe { CStr::from_ptr(libc::strerror(error)) };
    words.to_string_lossy().into_owned()
}

/// What the system says of the error that the last call of this thread left.
pub fn last_words() -> String {
    system_words(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_between_characters_and_at_zero_bytes() {
        assert_eq!(fitting("caf\u{e9}s", 4), "caf");
        assert_eq!(fitting("caf\u{e9}s", 5), "caf\u{e9}");
        assert_eq!(fitting("a\0b", 9), "a");
    }

    #[test]
    fn an_error_buffer_is_never_left_without_an_end() {
        let mut errbuf = Errbuf([MaybeUninit::new(b'x'); ERRBUF_SIZE]);
        errbuf.say(&"y".repeat(1000));
        // SAFETY: all of it was written above.
        let bytes = errbuf.0.map(|byte| unsafe { byte.assume_init() });
        assert!(bytes.starts_with(b"yyy") && bytes[ERRBUF_SIZE - 2..] == *b"y\0");
    }
}
