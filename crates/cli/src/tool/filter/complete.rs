//! `complete`: what a shell may offer for the last of some words.

use crate::failure::Failure;
use crate::flags::table;
use crate::run::output::Output;
use crate::tool::TOOLS;
use gannet_pcap::capture::devices;
use gannet_pcap::expression::keywords;
use gannet_pcap::{LinkType, Names};
use std::ffi::OsString;

/// Prints, one a line, what the last word can become; the words are those behind `gannet`.
pub fn complete(words: Vec<OsString>) -> Result<(), Failure> {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (last, before) = match words.split_last() {
        Some((last, before)) => (last.as_str(), before),
        None => ("", &[][..]),
    };
    let mut all = offered(last, before);
    all.retain(|word| word.starts_with(last));
    all.sort();
    all.dedup();
    Output::new().say(&all.into_iter().map(|word| word + "\n").collect::<String>())
}

fn offered(last: &str, before: &[String]) -> Vec<String> {
    match before.last().map(String::as_str) {
        Some("-i" | "--interface" | "ifname" | "on") => interfaces(),
        Some("-y" | "--linktype") => {
            (0..=u16::MAX).filter_map(|number| LinkType(number).name()).map(str::to_owned).collect()
        }
        Some("proto" | "protochain") => {
            let names = Names::system();
            names.protocol_names().map(|name| format!("\\{name}")).collect()
        }
        Some("port" | "portrange") => {
            let names = Names::system();
            names.service_names().map(str::to_owned).collect()
        }
        _ if last.starts_with('-') => {
            let options = table::ROWS.iter().flat_map(|row| {
                [row.shape.short.map(|c| format!("-{c}")), row.shape.long.map(|name| format!("--{name}"))]
            });
            options.flatten().collect()
        }
        before => {
            let tools = TOOLS.iter().filter(|_| before.is_none()).map(|tool| tool.word);
            keywords().chain(tools).map(str::to_owned).collect()
        }
    }
}

fn interfaces() -> Vec<String> {
    devices::devices().unwrap_or_default().into_iter().map(|device| device.name).collect()
}
