//! What there is to capture from, and how (`-D`, `-J`, `-L`).

use super::output::Output;
use crate::failure::{Failure, reason};
use crate::flags::Flags;
use gannet_pcap::capture::devices;
use gannet_pcap::capture::monitor::can_monitor;
use gannet_printer::dissect::proto;

/// Lists the interfaces.
pub fn interfaces() -> Result<(), Failure> {
    let all = devices::devices().map_err(|error| Failure::new(reason(&error)))?;
    let lines = all.iter().enumerate().map(|(i, device)| format!("{}.{device}\n", i + 1));
    Output::new().say(&lines.collect::<String>())
}

/// Lists whose clocks an interface offers.
pub fn stamps(flags: &Flags) -> Result<(), Failure> {
    let name = super::live::named(flags)?;
    let mut text = format!("Time stamp types for {name} (use option -j to set):\n");
    for stamp in super::live::stamps(&name)? {
        text.push_str(&format!("  {} ({})\n", stamp.name(), stamp.description()));
    }
    Output::new().say(&text)
}

/// Lists the link types of an interface.
pub fn link_types(flags: &Flags) -> Result<(), Failure> {
    let (name, opening) = super::live::open(flags)?;
    let mode = match (can_monitor(&name), flags.monitor) {
        (true, true) => " when in monitor mode",
        (true, false) => " when not in monitor mode",
        (false, _) => "",
    };
    let mut text = format!("Data link types for {name}{mode} (use option -y to set):\n");
    for link in opening.links() {
        let number = link.0.to_string();
        text.push_str(&format!("  {}", link.name().unwrap_or(&number)));
        if let Some(description) = link.description() {
            text.push_str(&format!(" ({description})"));
        }
        text.push_str(if proto::prints(*link) { "\n" } else { " (printing not supported)\n" });
    }
    Output::new().say(&text)
}
