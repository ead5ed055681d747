//! What a run gives up when all is open: whatever a hostile packet might make of it, it can do no more than what is
//! left to do.
//!
//! - [`files`] what can be opened, and where can be connected to: Landlock;
//! - [`calls`] what the kernel can be asked for: seccomp, by a [`program`];
//!
//! and before these all capabilities, and the hope for more by starting other programs. What the kernel does not
//! have is left out without a word, for no capture is to fail for that; [`status`] tells.
//!
//! A layer is a thread's, and goes to the threads that it starts: this is done while there is only one.

#[cfg(all(feature = "sandbox", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls;
#[cfg(feature = "sandbox")]
mod files;
#[cfg(all(feature = "sandbox", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod program;
#[cfg(all(test, feature = "sandbox"))]
mod tests;
#[cfg(any(not(feature = "sandbox"), not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod without;
#[cfg(all(feature = "sandbox", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
use without as calls;
#[cfg(not(feature = "sandbox"))]
use without::{self as calls, self as files};

use super::output::Output;
use super::savefile::Target;
use super::savefile::place::Place;
use crate::failure::{Failure, reason};
use crate::flags::Flags;
use gannet_pcap::capture::Stamp;
use gannet_pcap::capture::privilege::{self, Capabilities};
use gannet_pcap::savefile::Format;
use gannet_pcap::{LinkType, Offline};
use gannet_printer::time::Zone;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::symlink_metadata;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is left to a run.
#[derive(Debug, Default)]
pub struct Needs {
    /// Files to be read, and directories whatever is below which is.
    read: Vec<OwnedFd>,
    /// The same to be written: files below them may be made, renamed and removed too.
    write: Vec<OwnedFd>,
    /// Names of hosts are asked for: files, libraries and servers, as this machine is set up.
    hosts: bool,
    /// The kernel is asked for the names of network interfaces, and for what they are.
    interfaces: bool,
    /// Packets are captured, by a socket that is open and not bound.
    captures: bool,
    /// Filters may have to be compiled to machine code yet.
    compiles: bool,
    /// Files are opened later that packets are read from.
    inputs: bool,
    /// The adapter's clock is asked to stamp packets when the capture starts.
    stamps: bool,
}

/// What came of a layer: what it is, or why it is not there.
type Layer = Result<String, String>;

/// The layers, from the outside.
struct Layers {
    gains: Layer,
    capabilities: Layer,
    files: Layer,
    calls: Layer,
}

/// Gives up what reading this file, and those that follow, does not need. Whoever runs commands on files (`-z`) is
/// started before.
pub fn file(flags: &Flags, file: &Offline, target: Option<&mut Target>) {
    let reader = file.reader();
    let (blocks, others) = (reader.format() == Format::Pcapng, flags.read.get(1..).unwrap_or_default());
    let many = blocks || !others.is_empty();
    let mut needs = Needs::of(flags, target.as_deref());
    needs.interfaces = flags.prints() && (many || reader.link() == LinkType::LINUX_SLL2);
    needs.compiles = many;
    needs.inputs(others.iter());
    needs.settle(flags, target);
}

/// The same for a capture on the interface of this name.
pub fn live(flags: &Flags, name: &str, link: LinkType, target: Option<&mut Target>) {
    let mut needs = Needs::of(flags, target.as_deref());
    needs.captures = true;
    needs.stamps = flags.stamp.is_some_and(|stamp| stamp != Stamp::Host);
    needs.interfaces = link == LinkType::LINUX_SLL2 || name == "any";
    let folder = Path::new("/sys/class/net");
    match needs.interfaces || flags.monitor {
        // Of those that will come, too; in monitor mode packets come from another.
        true => {
            ["/sys/class/net", "/sys/devices", "/proc/sys/kernel"].iter().for_each(|path| needs.reads(path))
        }
        // How many packets it has lost.
        false => needs.reads(folder.join(name).join("statistics")),
    }
    needs.settle(flags, target);
}

/// The same for a tool that reads these files and writes this one, or others beside it.
pub fn tool(inputs: &[OsString], output: Option<&OsStr>) {
    tool_with(inputs, output.as_slice(), None);
}

/// The same for one that changes these files.
pub fn edits(files: &[OsString]) {
    let files: Vec<_> = files.iter().map(OsString::as_os_str).collect();
    tool_with(&[], &files, None);
}

/// The same for one that writes these files, and has scratch files in a directory.
pub fn tool_with(inputs: &[OsString], outputs: &[&OsStr], scratch: Option<&Path>) {
    if OFF.load(Ordering::Relaxed) || off().is_some() {
        return;
    }
    let mut needs = Needs { compiles: true, ..Needs::default() };
    needs.inputs(inputs.iter().filter(|path| *path != "-"));
    for output in outputs.iter().filter(|path| **path != "-") {
        if let Ok((place, name)) = Place::of(output, false) {
            needs.output(&place, &name);
        }
    }
    needs.write.extend(scratch.and_then(opened));
    needs.seal();
}

/// Tools give up nothing (`--no-sandbox`).
pub fn switch_off() {
    OFF.store(true, Ordering::Relaxed);
}

static OFF: AtomicBool = AtomicBool::new(false);

/// Why nothing is given up though nobody has said so.
fn off() -> Option<&'static str> {
    if !cfg!(feature = "sandbox") {
        return Some("this build has none");
    }
    // What libraries need that others have put into this program is not known.
    std::env::var_os("LD_PRELOAD").filter(|list| !list.is_empty()).map(|_| "LD_PRELOAD is set")
}

/// Says which layers there are on this machine (`--sandbox-status`).
pub fn status() -> Result<(), Failure> {
    let layers = off().map_or_else(|| Needs::default().seal(), Layers::none);
    let Layers { gains, capabilities, files, calls } = layers;
    let rows = [
        ("no new privileges", gains),
        ("capabilities", capabilities),
        ("landlock", files),
        ("seccomp", calls),
    ];
    let lines = rows.map(|(name, layer)| match layer {
        Ok(words) => format!("{name}: {words}\n"),
        Err(why) => format!("{name}: off ({why})\n"),
    });
    Output::new().say(&lines.concat())
}

impl Needs {
    /// What is needed wherever packets come from.
    fn of(flags: &Flags, target: Option<&Target>) -> Self {
        let mut needs = Needs { hosts: flags.prints() && !flags.options.numeric, ..Needs::default() };
        if flags.prints() {
            // Of ports, protocols and stations.
            let names = ["/etc/services", "/etc/protocols", "/etc/rpc", "/etc/networks", "/etc/ethers"];
            names.iter().for_each(|path| needs.reads(path));
        }
        if needs.hosts {
            HOSTS.iter().for_each(|path| needs.reads(path));
        }
        if flags.threads == Some(0) {
            // How many processors this process may use.
            ["/proc/self", "/sys/fs/cgroup"].iter().for_each(|path| needs.reads(path));
        }
        if flags.write.as_deref() == Some(OsStr::new("-")) {
            // A file that cannot be finished is read again, to say what is in it.
            needs.reads("/proc/self/fd/1");
        }
        if let Some((place, name)) = target.and_then(Target::place) {
            needs.output(place, name);
            // Another directory may have to be taken when it is time for the next file.
            needs.write.extend(place.around().filter(|_| flags.saving.rotates()));
        }
        needs
    }

    fn reads(&mut self, path: impl AsRef<Path>) {
        self.read.extend(opened(path.as_ref()));
    }

    /// Files that are opened later, or others that stand in their places then.
    fn inputs<'p>(&mut self, paths: impl Iterator<Item = &'p OsString>) {
        let mut folders = HashSet::new();
        for path in paths.map(Path::new) {
            self.inputs = true;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            folders.insert(folder.unwrap_or(Path::new(".")));
            // What is not there itself is somewhere else.
            if !symlink_metadata(path).is_ok_and(|about| about.is_file()) {
                self.reads(path);
            }
        }
        folders.into_iter().for_each(|folder| self.reads(folder));
    }

    /// A file in that directory, and what stands beside it.
    fn output(&mut self, place: &Place, name: &[u8]) {
        self.write.extend(place.handle().try_clone());
        self.write.extend(place.there(name).filter(|_| !name.is_empty()));
    }

    /// Starts who runs commands on files, and gives up the rest.
    fn settle(self, flags: &Flags, target: Option<&mut Target>) {
        if flags.no_sandbox || off().is_some() {
            return;
        }
        // Commands are the user's, and may do all that he may.
        if target.is_none_or(|target| target.start_commands(flags)) {
            self.seal();
        }
    }

    /// Gives up the rest.
    fn seal(self) -> Layers {
        // It is in a file.
        let _ = Zone::local();
        let mut kept = Capabilities::NONE;
        // Root has always written, and read, what is another's.
        if !self.write.is_empty() {
            kept = kept.and(Capabilities::WRITE_ALL);
        }
        if self.inputs {
            kept = kept.and(Capabilities::READ_ALL);
        }
        if self.stamps {
            kept = kept.and(Capabilities::SET_UP);
        }
        let gains = privilege::no_new().map(|()| "on".to_owned()).map_err(|error| reason(&error));
        let capabilities = privilege::keep(kept).map(words_of).map_err(|error| reason(&error));
        // Where no more files can be open, some that are needed may be missing.
        let files = match opened(Path::new("/")) {
            Some(_) => files::restrict(&self),
            None => Err("too many files are open".to_owned()),
        };
        Layers { gains, capabilities, files, calls: calls::restrict(&self) }
    }
}

impl Layers {
    fn none(why: &str) -> Self {
        let none = || Err(why.to_owned());
        Layers { gains: none(), capabilities: none(), files: none(), calls: none() }
    }
}

fn words_of(kept: Capabilities) -> String {
    if kept == Capabilities::NONE { "none".to_owned() } else { format!("{:#x}", kept.0) }
}

/// A file or a directory, to be named by; `None` if there is none.
fn opened(path: &Path) -> Option<OwnedFd> {
    open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).ok()
}

/// Where C libraries look for names of hosts: what they are told, who tells them, and the libraries that ask.
const HOSTS: &[&str] = &[
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/hostname",
    "/etc/machine-id",
    "/etc/ld.so.cache",
    "/etc/libnss.conf",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/run/systemd",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    "/run/avahi-daemon",
    "/var/cache/nscd",
    "/var/lib/sss",
    "/var/lib/libvirt/dnsmasq",
    "/proc/sys/net",
];
