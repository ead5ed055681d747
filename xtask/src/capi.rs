//! `cargo xtask capi FOLDER`: the library for C programs, laid out as an installed libpcap is.

use crate::{Outcome, workspace};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// The name that programs are linked to, and its other names: what Debian calls it, and what the linker looks for.
const NAME: &str = "libpcap.so.1";
const OTHERS: [&str; 2] = ["libpcap.so.0.8", "libpcap.so"];

/// `cargo xtask capi`.
pub fn main(args: &[String]) -> Outcome {
    let [folder] = args else {
        return Err("capi: say into which folder: it gets lib and include".to_owned());
    };
    let mut build = Command::new("cargo");
    build.current_dir(workspace::root()).args(["build", "--release", "--quiet", "-p", "gannet-capi"]);
    let built = build.status().map_err(|e| format!("cargo: {e}"))?;
    if !built.success() {
        return Ok(false);
    }
    let folder = Path::new(folder);
    install(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let lib = fs::canonicalize(folder.join("lib")).map_err(|e| format!("{}: {e}", folder.display()))?;
    println!("installed; to try it: LD_LIBRARY_PATH={} tcpdump --version", lib.display());
    Ok(true)
}

fn install(folder: &Path) -> std::io::Result<()> {
    let lib = folder.join("lib");
    fs::create_dir_all(lib.join("pkgconfig"))?;
    // Into its place at once, since programs may be running on the one before.
    let fresh = lib.join("libpcap.new");
    fs::copy(workspace::target().join("release/libpcap.so"), &fresh)?;
    fs::rename(fresh, lib.join(NAME))?;
    for other in OTHERS {
        let _ = fs::remove_file(lib.join(other));
        symlink(NAME, lib.join(other))?;
    }
    let headers = workspace::root().join("crates/capi/include");
    for part in ["", "pcap"] {
        fs::create_dir_all(folder.join("include").join(part))?;
        for entry in fs::read_dir(headers.join(part))? {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                fs::copy(&path, folder.join("include").join(part).join(name))?;
            }
        }
    }
    fs::write(lib.join("pkgconfig/libpcap.pc"), package(&fs::canonicalize(folder)?))
}

/// What pkg-config is told.
fn package(prefix: &Path) -> String {
    format!(
        "prefix={}\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\n\
         Name: libpcap\nDescription: Packet capture: gannet in the place of libpcap\nVersion: 1.10.3\n\
         Libs: -L${{libdir}} -lpcap\nCflags: -I${{includedir}}\n",
        prefix.display()
    )
}
