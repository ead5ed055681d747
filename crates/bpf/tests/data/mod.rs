//! The programs of the conformance data, where it lies beside the checkout.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gannet_bpf::{Limits, Program, check, parse};

/// What libpcap has written may read slots that it has not written, and load from nowhere.
pub const LIMITS: Limits = Limits { unwritten: true, ..Limits::USER };

/// Every program of the accepted filters once, or nothing but words if there is no data.
pub fn programs() -> Vec<Program> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let root = std::env::var_os("GANNET_CONFORMANCE").map_or(beside, PathBuf::from);
    let Ok(text) = std::fs::read(root.join("libpcap/accept.json")) else {
        println!("SKIPPED: no conformance data (set GANNET_CONFORMANCE)");
        return Vec::new();
    };
    let blocks: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let mut seen = HashSet::new();
    let blocks = blocks.as_array().expect("a list of blocks");
    let listings =
        blocks.iter().flat_map(|block| ["optimized", "unoptimized"].map(|name| block[name].as_str()));
    let mut lists: Vec<_> = listings.flatten().map(|text| parse::human(text).expect("a listing")).collect();
    lists.retain(|list| seen.insert(list.clone()));
    let distinct = lists.len();
    let programs: Vec<_> = lists.into_iter().filter_map(|list| check(list, LIMITS).ok()).collect();
    // One block is every instruction there is, and no program.
    assert!(programs.len() + 1 >= distinct, "{} of {distinct} are sound", programs.len());
    assert!(programs.len() > 500, "only {} programs", programs.len());
    programs
}
