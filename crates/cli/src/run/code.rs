//! The filter's program, listed and not run (`-d`, `-dd`, `-ddd`, `--dump`).

use super::output::Output;
use super::{compile, note};
use crate::failure::Failure;
use crate::flags::Flags;
use gannet_pcap::bpf::listing::Form;
use gannet_pcap::{LinkType, Names, Target};

/// Lists the program for the file of `-r`, the interface of `-i`, or the link type of `-y`.
pub fn program(flags: &Flags) -> Result<(), Failure> {
    let target = target(flags)?;
    let filter = compile(flags, &flags.filter()?, target, &Names::system())?;
    let form = flags.dump.unwrap_or(match flags.dump_code {
        1 => Form::Human,
        2 => Form::Array,
        _ => Form::Decimal,
    });
    Output::new().say(&form.text(filter.program()))
}

fn target(flags: &Flags) -> Result<Target, Failure> {
    if let Some(path) = flags.read.first() {
        let file = super::file::open(path, None)?;
        super::file::banner(path, &file);
        return Ok(file.filter_target());
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
