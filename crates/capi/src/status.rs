//! What functions return when there is more to say than yes or no (`PCAP_ERROR_*`, `PCAP_WARNING_*` of pcap/pcap.h).

use libc::c_int;

/// It did not work; the handle has the words.
pub const ERROR: c_int = -1;
/// Somebody called `pcap_breakloop`.
pub const BREAK: c_int = -2;
/// The handle is not open yet.
pub const NOT_ACTIVATED: c_int = -3;
/// The handle is open already.
pub const ACTIVATED: c_int = -4;
/// There is no such device.
pub const NO_SUCH_DEVICE: c_int = -5;
/// The device has no monitor mode.
pub const RFMON_NOTSUP: c_int = -6;
/// One may not.
pub const PERM_DENIED: c_int = -8;
/// One may not have it promiscuous.
pub const PROMISC_PERM_DENIED: c_int = -11;
/// The device cannot count time so finely.
pub const PRECISION_NOTSUP: c_int = -12;
/// It worked, not quite as asked; the handle has the words.
pub const WARNING: c_int = 1;
/// The device cannot take time stamps in that way.
pub const STAMP_TYPE_NOTSUP: c_int = 3;

/// The words for a number, if it has any.
pub fn words(status: c_int) -> Option<&'static str> {
    Some(match status {
        WARNING => "Generic warning",
        2 => "That device doesn't support promiscuous mode",
        STAMP_TYPE_NOTSUP => "That type of time stamp is not supported by that device",
        ERROR => "Generic error",
        BREAK => "Loop terminated by pcap_breakloop",
        NOT_ACTIVATED => "The pcap_t has not been activated",
        ACTIVATED => "The setting can't be changed after the pcap_t is activated",
        NO_SUCH_DEVICE => "No such device exists",
        RFMON_NOTSUP => "That device doesn't support monitor mode",
        -7 => "That operation is supported only in monitor mode",
        PERM_DENIED => "You don't have permission to perform this capture on that device",
        -9 => "That device is not up",
        -10 => "That device doesn't support setting the time stamp type",
        PROMISC_PERM_DENIED => "You don't have permission to capture in promiscuous mode on that device",
        PRECISION_NOTSUP => "That device doesn't support that time stamp precision",
        -13 => "Packet capture is not supported on that device",
        _ => return None,
    })
}
