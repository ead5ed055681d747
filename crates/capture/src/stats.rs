//! Counters that do not wrap.

use std::io;
use std::os::fd::AsFd;

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
        let interface = interface.map(|name| Losses { name: name.to_owned(), before: losses(name) });
        Self { total: Stats::default(), interface }
    }

    /// Takes the kernel's counters off `socket` and gives the sums.
    pub fn read(&mut self, socket: impl AsFd) -> io::Result<Stats> {
        let new: libc::tpacket_stats_v3 = socket::get(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS)?;
        self.add(&new);
        if let Some(interface) = &mut self.interface {
            let now = losses(&interface.name);
            // The counters start again when a driver is reset.
            self.total.interface_dropped += now.saturating_sub(interface.before);
            interface.before = now;
        }
        Ok(self.total)
    }

    fn add(&mut self, new: &libc::tpacket_stats_v3) {
        self.total.received += u64::from(new.tp_packets);
        self.total.dropped += u64::from(new.tp_drops);
        self.total.freezes += u64::from(new.tp_freeze_q_cnt);
    }
}

#[derive(Debug)]
struct Losses {
    name: String,
    before: u64,
}

/// Packets that the interface has lost since it came up; 0 if it does not say.
fn losses(name: &str) -> u64 {
    ["rx_missed_errors", "rx_fifo_errors"].into_iter().fold(0, |sum: u64, counter| {
        let text = crate::devices::attribute(name, &format!("statistics/{counter}"));
        sum.saturating_add(text.and_then(|t| t.parse().ok()).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
