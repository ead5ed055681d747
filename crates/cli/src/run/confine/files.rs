//! What can be opened, and where can be connected to: Landlock, as much of it as the kernel knows.

use super::{Layer, Needs};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus, NetPort,
    PathBeneath, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use nix::sys::stat::{SFlag, fstat};
use std::os::fd::OwnedFd;

/// The port of name servers.
const DNS: u16 = 53;

/// Leaves what is needed; all that was opened before stays open.
pub fn restrict(needs: &Needs) -> Layer {
    let status = rules(needs).map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => Err("it is switched off".to_owned()),
        (RulesetStatus::NotEnforced, _) => Err("this kernel has none".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => {
            Ok(format!("on, version {}", effective_abi as u32))
        }
        _ => Ok("on".to_owned()),
    }
}

fn rules(needs: &Needs) -> Result<landlock::RestrictionStatus, RulesetError> {
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
    let beneath = read.chain(write).map(|(there, access)| {
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
    fstat(there)
        .is_ok_and(|about| SFlag::from_bits_truncate(about.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFDIR)
}
