//! Counters that do not wrap.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use crate::devices::attribute_file;
use crate::sys::socket;

/// What became of the packets since the capture was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets that passed the filter, whether there was room for them or not, and whether they were taken out of
    /// the ring yet or not.
    pub received: u64,
    /// Those of them for which there was no room in the ring.
    pub dropped: u64,
    /// Packets that the interface itself lost meanwhile, where it is known: a promiscuous capture on one interface
    /// (`rx_missed_errors` and `rx_fifo_errors` in sysfs).
    pub interface_dropped: u64,
    /// How often the ring was full.
    pub freezes: u64,
}

/// Adds up the kernel's counters, each reading of which sets them to zero.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    total: Stats,
    interface: Option<Losses>,
}

impl Counters {
    /// Counts from now; with the name of an interface, its own losses too.
    pub fn new(interface: Option<&str>) -> Self {
        let interface = interface.map(Losses::new);
        Self { total: Stats::default(), interface }
    }

    /// Takes the kernel's counters off `socket` and gives the sums.
    pub fn read(&mut self, socket: impl AsFd) -> io::Result<Stats> {
        let new: libc::tpacket_stats_v3 = socket::get(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS)?;
        self.add(&new);
        if let Some(interface) = &mut self.interface {
            self.total.interface_dropped += interface.since();
        }
        Ok(self.total)
    }

    fn add(&mut self, new: &libc::tpacket_stats_v3) {
        self.total.received += u64::from(new.tp_packets);
        self.total.dropped += u64::from(new.tp_drops);
        self.total.freezes += u64::from(new.tp_freeze_q_cnt);
    }
}

/// An interface's own counters. The files stay open, so that they can be read when no other can be opened any more.
#[derive(Debug)]
struct Losses {
    files: Vec<File>,
    before: u64,
}

impl Losses {
    fn new(interface: &str) -> Self {
        let counters = ["statistics/rx_missed_errors", "statistics/rx_fifo_errors"];
        let files = counters.into_iter().filter_map(|c| attribute_file(interface, c)).collect();
        let mut losses = Self { files, before: 0 };
        losses.before = losses.sum();
        losses
    }

    /// How many packets were lost since this was asked before.
    fn since(&mut self) -> u64 {
        let now = self.sum();
        // The counters start again when a driver is reset, and cannot be read when the interface has gone.
        let lost = now.saturating_sub(self.before);
        self.before = now;
        lost
    }

    fn sum(&self) -> u64 {
        self.files.iter().map(number).fold(0, u64::saturating_add)
    }
}

/// The number that a file of sysfs holds; 0 if it holds none.
fn number(file: &File) -> u64 {
    let mut text = [0; 32];
    let size = file.read_at(&mut text, 0).unwrap_or(0);
    let text = text.get(..size).and_then(|t| std::str::from_utf8(t).ok());
    text.and_then(|t| t.trim_end().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_of_the_loopback_can_be_read() {
        // Whether it has lost anything is not known; that there are two numbers is.
        let mut losses = Losses::new("lo");
        assert_eq!(losses.files.len(), 2);
        assert!(losses.files.iter().all(|f| f.read_at(&mut [0; 32], 0).is_ok_and(|n| n >= 2)));
        assert_eq!(losses.since(), 0);
        assert!(Losses::new("no/such").files.is_empty());
    }

    #[test]
    fn sums_pass_the_kernels_32_bits() {
        let mut counters = Counters::default();
        let full = libc::tpacket_stats_v3 { tp_packets: u32::MAX, tp_drops: 7, tp_freeze_q_cnt: 1 };
        counters.add(&full);
        counters.add(&full);
        let max = u64::from(u32::MAX);
        assert_eq!(
            counters.total,
            Stats { received: 2 * max, dropped: 14, interface_dropped: 0, freezes: 2 }
        );
    }
}
