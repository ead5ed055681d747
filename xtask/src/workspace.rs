//! Where things are: the workspace, its build, the conformance data.

use std::env;
use std::path::PathBuf;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    // Cargo says where xtask is when it runs it; else one is in the workspace.
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(xtask) => PathBuf::from(xtask).parent().map(PathBuf::from).unwrap_or_default(),
        None => PathBuf::from("."),
    }
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The conformance data, or a loud word that it is not there.
pub fn conformance(folder: &str) -> Option<PathBuf> {
    let all = env::var_os("GANNET_CONFORMANCE")
        .map_or_else(|| root().join("../shared/conformance"), PathBuf::from)
        .join(folder);
    let all = all.canonicalize().unwrap_or(all);
    if all.is_dir() {
        return Some(all);
    }
    println!("SKIPPED {folder}: no data at {} (set GANNET_CONFORMANCE)", all.display());
    None
}
