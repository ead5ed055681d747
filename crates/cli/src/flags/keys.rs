//! Keys: what is typed behind `-E`, the files that it names, and the secret of `-M`.

use crate::failure::{Failure, reason, warn};
use crate::flags::shown;
use gannet_keys::{Keyring, entry};
use gannet_printer::dissect::keys::Keys;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

/// Files may name files, so far.
const DEEPEST: usize = 4;

/// All keys that were typed, or stand in files; nothing if none was. An entry that is no key is told of, and the others
/// are taken.
///
/// # Errors
/// A file that cannot be read.
pub fn ring(
    program: &str,
    typed: &[OsString],
    secret: Option<&OsStr>,
) -> Result<Option<&'static dyn Keys>, Failure> {
    if typed.is_empty() && secret.is_none() {
        return Ok(None);
    }
    let mut gathered = Gathered { program, ring: Keyring::default() };
    for typed in typed {
        let typed = typed.to_string_lossy();
        entry::entries(&typed).try_for_each(|entry| gathered.take(entry, "-E", DEEPEST))?;
    }
    if let Some(secret) = secret {
        gathered.ring.share(secret.as_bytes());
    }
    // There is one of it, and it is needed to the end.
    Ok(Some(Box::leak(Box::new(gathered.ring))))
}

struct Gathered<'p> {
    program: &'p str,
    ring: Keyring,
}

impl Gathered<'_> {
    fn take(&mut self, typed: &str, place: &str, deep: usize) -> Result<(), Failure> {
        let Some(path) = entry::file(typed) else {
            if let Err(error) = self.ring.learn(typed) {
                warn(self.program, format_args!("{place}: {error}"));
            }
            return Ok(());
        };
        let Some(deeper) = deep.checked_sub(1) else {
            return Err(Failure::new(format!(
                "{place}: files of keys name files that name files: put the keys into one"
            )));
        };
        let text = std::fs::read(path).map_err(|error| {
            Failure::new(format!("{place}: can't open {}: {}", shown(path.as_ref()), reason(&error)))
        })?;
        for (number, line) in entry::lines(&String::from_utf8_lossy(&text)) {
            self.take(line, &format!("{}:{number}", shown(path.as_ref())), deeper)?;
        }
        Ok(())
    }
}
