//! The filter's program, listed and not run (`-d`, `-dd`, `-ddd`).

use super::output::Output;
use super::{compile, note};
use crate::failure::Failure;
use crate::flags::Flags;
use gannet_pcap::bpf::listing;
use gannet_pcap::{LinkType, Names, Target};

/// Lists the program for the file of `-r`, the interface of `-i`, or the link type of `-y`.
pub fn program(flags: &Flags) -> Result<(), Failure> {
    let target = target(flags)?;
    let filter = compile(flags, &flags.filter()?, target, &Names::system())?;
    let list = filter.program().instructions();
    let mut text = String::new();
    let _ = match flags.dump_code {
        1 => listing::human(list, &mut text),
        2 => listing::c_array(list, &mut text),
        _ => listing::decimal(list, &mut text),
    };
    Output::new().say(&text)
}

fn target(flags: &Flags) -> Result<Target, Failure> {
    if let Some(path) = &flags.read {
        return Ok(super::file::open(path)?.filter_target());
    }
    if flags.interface.is_some() {
        return super::live::target(flags);
    }
    let link = flags.link_type.unwrap_or_else(|| {
        note("Warning: assuming Ethernet");
        LinkType::ETHERNET
    });
    let mut target = Target::new(link);
    if flags.snaplen > 0 {
        target.snaplen = flags.snaplen;
    }
    Ok(target)
}
