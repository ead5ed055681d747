//! What a packet costs on a machine in this process, measured as the [`Peer`](super::Peer) measures its own.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::time::Duration;

/// How long one measurement takes at least.
const LONG_ENOUGH: Duration = Duration::from_millis(5);

/// The processor time of this process so far, in nanoseconds.
pub fn processor_time() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own");
    usage.user_time().num_nanoseconds() + usage.system_time().num_nanoseconds()
}

/// Nanoseconds of processor time for one packet, and how many packets pass: those for which `run` gives no 0.
pub fn time(packets: &[Vec<u8>], mut run: impl FnMut(&[u8]) -> u32) -> (f64, usize) {
    let begin = processor_time();
    let mut rounds = 0;
    loop {
        let mut hits = 0;
        // As many as the other side, so that asking for the time costs neither anything.
        for _ in 0..16 {
            hits = packets.iter().filter(|packet| run(packet) != 0).count();
        }
        rounds += 16;
        let spent = processor_time() - begin;
        if spent >= LONG_ENOUGH.as_nanos() as i64 {
            return (spent as f64 / (rounds * packets.len()) as f64, hits);
        }
    }
}

/// The middle one; of none, no number.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
