//! Or-lists of everyday tests: every order of four out of twelve, 11,880 filters. libpcap's optimiser gets 44 such
//! lists wrong, and thousands on short packets.
//!
//! The meaning is the unoptimised program of the installed tcpdump where there is one (its libpcap must mean the
//! same by these tests, and does), else of our own compiler.

use super::judge::{self, Effort, Verdict};
use super::{FileNames, Options, Tally};
use crate::conform::two_at_a_time;
use gannet_bpf::{Program, Semantics};
use gannet_filter::Target;
use gannet_wire::LinkType;
use std::process::Command;

const TESTS: [&str; 12] = [
    "icmp",
    "ip6",
    "greater 1000",
    "ip",
    "tcp",
    "arp",
    "udp port 53",
    "multicast",
    "portrange 1000-1010",
    "len = 60",
    "host 10.0.0.1",
    "ether[0] = 1",
];

/// What else libpcap's optimiser is known to get wrong, or to choke on.
const KNOWN: [&str; 8] = [
    "1/2=1/3&&1>4/5&&1>6/7",
    "(1 = 0) || (2147483648 / 4294967295 = 0) and (0 & 4294967295 = 0)",
    "len <= 4294967295 & 2147483647 and len > 2147483647 + 0",
    "(ip[12:4]=0x0a0a0a0a or ip[16:4]=0x0a0a0a0a) and not (ip[12:4]=0x0a0a0a0b or ip[16:4]=0x0a0a0a0b)",
    "ip[0xffffffee:4] == 0",
    "vlan 2 or vlan 3",
    "(vlan and ip) or ip",
    "9 % 4 + 1 = 4",
];

pub fn run(options: &Options, names: &FileNames) {
    let installed = Command::new("tcpdump").arg("--version").output().is_ok();
    if !installed {
        println!(
            "SKIPPED lists against libpcap: no tcpdump here; against our own unoptimised programs instead"
        );
    }
    let filters: Vec<String> = lists().into_iter().chain(KNOWN.map(String::from)).collect();
    let fates = two_at_a_time(&filters, |filter| one(filter, names, installed, options.libpcap));
    let (mut equal, mut reasons) = (0, Tally::default());
    for (filter, fate) in filters.iter().zip(fates) {
        let Err(why) = fate else {
            equal += 1;
            continue;
        };
        if options.failing {
            println!("{filter}: {why}");
        }
        reasons.add(why.split(':').next().unwrap_or_default());
    }
    println!("lists:");
    reasons.print(12);
    println!("filters.lists = {equal}/{}", filters.len());
}

fn lists() -> Vec<String> {
    let mut lists = Vec::new();
    for a in TESTS {
        for b in TESTS {
            for c in TESTS {
                for d in TESTS {
                    let list = [a, b, c, d];
                    if list.iter().enumerate().all(|(n, test)| !list[..n].contains(test)) {
                        lists.push(list.join(" or "));
                    }
                }
            }
        }
    }
    lists
}

/// `judge_peer`: judge libpcap's optimised program instead of ours.
fn one(filter: &str, names: &FileNames, installed: bool, judge_peer: bool) -> Result<(), String> {
    let target = Target::new(LinkType::ETHERNET);
    let compile = |target: &Target| {
        let compiled = gannet_filter::compile(filter, target, names);
        compiled.map(|c| c.program).map_err(|e| format!("refused: {}", e.message()))
    };
    let plain = Target { optimise: false, ..target };
    let meaning = if installed { peer(filter, &["-O"])? } else { compile(&plain)? };
    // What no packet passes may be refused when optimising.
    let ours = match judge_peer {
        true => peer(filter, &[])?,
        false => compile(&target).or_else(|_| compile(&plain))?,
    };
    match judge::compare(&meaning, &ours, [Semantics::Libpcap; 2], Effort::default()).verdict {
        Verdict::Proved => Ok(()),
        Verdict::Tried(why) => Err(format!("not proved: {why}")),
        Verdict::Wrong(difference) => Err(format!("wrong: {}", judge::Fault(&difference))),
    }
}

/// libpcap's program, unoptimised with the option for that.
fn peer(filter: &str, options: &[&str]) -> Result<Program, String> {
    let run = Command::new("tcpdump").args(["-y", "EN10MB"]).args(options).args(["-ddd", filter]).output();
    let output = run.map_err(|e| format!("tcpdump: {e}"))?;
    judge::listing(&String::from_utf8_lossy(&output.stdout)).map_err(|e| format!("tcpdump refuses: {e}"))
}
