//! What there is to do, one file each.
//!
//! - [`help`], [`list`], [`code`] say something and end;
//! - [`file`] and [`live`] bring packets, one after the other, to
//! - [`work`], which counts, skips, writes and prints them;
//! - [`pcapng`] what a savefile begins with, and in pcapng what [`machine`] knows;
//! - [`privileges`] how root becomes somebody else before that, and [`confine`] how anybody gives up all that is not needed;
//! - [`copy`] the short way from file to file, where nothing needs to be changed;
//! - [`savefile`] where packets are written, and what happens when there is no room;
//! - [`output`] standard output.

pub mod code;
pub mod confine;
pub mod copy;
pub mod damage;
pub mod file;
pub mod help;
pub mod list;
pub mod live;
pub mod machine;
pub mod output;
pub mod pcapng;
pub mod privileges;
pub mod savefile;
pub mod work;

use crate::failure::{Failure, say};
use crate::flags::Flags;
use gannet_pcap::{Diagnostic, Filter, LinkType, Names, Target};
use std::sync::Arc;

/// The filter that was typed, compiled; `None` if nothing was typed.
fn filter(flags: &Flags, target: Target, names: &Arc<Names>) -> Result<Option<Filter>, Failure> {
    let text = flags.filter()?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    compile(flags, &text, target, names).map(Some)
}

/// A filter, compiled; its warnings are said when the user wants to hear more.
fn compile(flags: &Flags, text: &str, target: Target, names: &Arc<Names>) -> Result<Filter, Failure> {
    let target = Target { optimise: !flags.plain_code, ..target };
    let filter =
        Filter::new(text, target, names.clone()).map_err(|wrong| Failure::new(explained(&wrong, text)))?;
    if flags.options.verbose > 0 {
        for warning in filter.warnings() {
            note(format_args!("{}: WARNING: {}", flags.name(), explained(warning, text)));
        }
    }
    Ok(filter)
}

/// A diagnostic with the place it is about, without the new line at its end.
pub fn explained(wrong: &Diagnostic, text: &str) -> String {
    wrong.render(text).trim_end().to_owned()
}

/// A line on standard error. Where that is closed, there is nobody to tell.
pub fn note(words: impl std::fmt::Display) {
    say(&format!("{words}\n"));
}

/// `link-type EN10MB (Ethernet)`.
fn link_words(link: LinkType) -> String {
    match (link.name(), link.description()) {
        (Some(name), Some(description)) => format!("link-type {name} ({description})"),
        (Some(name), None) => format!("link-type {name}"),
        _ => format!("link-type {}", link.dlt()),
    }
}

/// Whoever runs a set-UID copy reads files, and writes them, as himself.
pub fn give_up_set_ids() {
    use nix::unistd::{getgid, getuid, setgid, setuid};
    if setgid(getgid()).is_err() || setuid(getuid()).is_err() {
        note("Warning: setgid/setuid failed !");
    }
}
