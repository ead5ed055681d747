//! How root becomes somebody who can do less (`-Z`).

use super::note;
use crate::failure::{Failure, reason};
use crate::flags::{Flags, shown};
use nix::unistd::{Uid, User, initgroups, setgid, setuid};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;

/// How much of a name that nobody has is shown.
const SHOWN: usize = 32;

/// Becomes the user of `-Z`, if that was given, and whoever runs this is root. Everything that only root may open
/// must be open by now. `-Z root` changes nothing, as where tcpdump was built to give privileges up by default.
pub fn give_up(flags: &Flags) -> Result<(), Failure> {
    let Some(name) = flags.saving.user.as_deref().filter(|name| *name != "root") else { return Ok(()) };
    if !Uid::current().is_root() && !Uid::effective().is_root() {
        return Ok(());
    }
    let cut: String = shown(name).chars().take(SHOWN).collect();
    let user = name.to_str().and_then(|name| User::from_name(name).ok().flatten());
    let Some(user) = user else { return Err(Failure::new(format!("Couldn't find user '{cut}'"))) };
    let known = CString::new(name.as_bytes()).unwrap_or_default();
    let became = initgroups(&known, user.gid).and_then(|()| setgid(user.gid)).and_then(|()| setuid(user.uid));
    became.map_err(|error| {
        let (uid, gid) = (user.uid, user.gid);
        Failure::new(format!("Couldn't change to '{cut}' uid={uid} gid={gid}: {}", reason(&error.into())))
    })?;
    note(format_args!("dropped privs to {}", shown(name)));
    Ok(())
}
