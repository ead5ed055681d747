//! What can be opened, and where can be connected to: Landlock, as much of it as the kernel knows.

use super::{Layer, Needs};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus, NetPort,
    PathBeneath, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use nix::sys::stat::{SFlag, fstat};
use nix::sys::statfs::{FsType, fstatfs};
use std::os::fd::OwnedFd;

/// The port of name servers.
const DNS: u16 = 53;

/// Leaves what is needed; all that was opened before stays open.
pub fn restrict(needs: &Needs) -> Layer {
    // Nothing is in force before the last step of all.
    let status = rules(needs, can_be_named).or_else(|_| rules(needs, is_directory));
    let status = status.map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => Err("it is switched off".to_owned()),
        (RulesetStatus::NotEnforced, _) => Err("this kernel has none".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => {
            Ok(format!("on, version {}", effective_abi as u32))
        }
        _ => Ok("on".to_owned()),
    }
}

/// Leaves of what is needed what `which` says can be named in a rule.
fn rules(
    needs: &Needs,
    which: impl Fn(&OwnedFd) -> bool,
) -> Result<landlock::RestrictionStatus, RulesetError> {
    // Who asks for names of hosts talks to daemons of this machine, over sockets that have paths.
    let known = if needs.hosts { ABI::V8 } else { ABI::V9 };
    let rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(known))?
        .handle_access(AccessNet::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?;
    let read = needs.read.iter().map(|there| (there, AccessFs::ReadFile | AccessFs::ReadDir));
    let write = needs.write.iter().map(|there| (there, written()));
    let beneath = read.chain(write).filter(|(there, _)| which(there)).map(|(there, access)| {
        let access = if is_directory(there) { access } else { access & AccessFs::from_file(known) };
        Ok::<_, RulesetError>(PathBeneath::new(there, access))
    });
    let ports = needs.hosts.then(|| Ok::<_, RulesetError>(NetPort::new(DNS, AccessNet::ConnectTcp)));
    rules.add_rules(beneath)?.add_rules(ports)?.restrict_self()
}

/// What is done below a directory that files are written to; some are read again to say what is in them.
fn written() -> BitFlags<AccessFs> {
    AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::RemoveFile
}

fn is_directory(there: &OwnedFd) -> bool {
    kind(there) == SFlag::S_IFDIR
}

/// Whether it has a place in a file system; pipes and sockets that are only descriptors have none, and can be opened by
/// these in any case.
fn can_be_named(there: &OwnedFd) -> bool {
    /// `PIPEFS_MAGIC` of `linux/magic.h`.
    const PIPES: FsType = FsType(0x5049_5045);
    match kind(there) {
        SFlag::S_IFSOCK => false,
        SFlag::S_IFIFO => fstatfs(there).is_ok_and(|about| about.filesystem_type() != PIPES),
        _ => true,
    }
}

fn kind(there: &OwnedFd) -> SFlag {
    let mode = fstat(there).map_or(0, |about| about.st_mode);
    SFlag::from_bits_truncate(mode & SFlag::S_IFMT.bits())
}
