//! `attached`: the packet sockets of this machine, whose they are, and the filters on them.

use super::Given;
use crate::failure::{Failure, reason};
use crate::run::{note, output::Output};
use gannet_pcap::attached::{Attached, Survey, survey};
use gannet_pcap::bpf::listing::Form;
use gannet_pcap::bpf::{Limits, check};
use gannet_pcap::capture::attached::Filter;

/// Prints each socket, and its filter if it has one.
pub fn attached(given: &Given) -> Result<(), Failure> {
    let Survey { sockets, untold } =
        survey().map_err(|error| Failure::new(format!("/proc/net/packet: {}", reason(&error))))?;
    if sockets.is_empty() {
        note("no packet socket is open in this network namespace");
    }
    let mut text = String::new();
    for socket in &sockets {
        describe(socket, given.form.unwrap_or(Form::Human), &mut text);
    }
    Output::new().say(&text)?;
    let hidden = sockets.iter().any(|socket| socket.filter == Filter::Hidden);
    match untold {
        _ if !hidden => Ok(()),
        None => Err(Failure::new(
            "the kernel shows filters only to those with CAP_NET_ADMIN: run it as root (sudo)",
        )),
        Some(error) => Err(Failure::new(format!(
            "the kernel tells nothing of filters: {} (its module for that is packet_diag)",
            reason(&error)
        ))),
    }
}

fn describe(socket: &Attached, form: Form, text: &mut String) {
    let facts = socket.socket;
    let place = match (&socket.interface, facts.interface) {
        (Some(name), _) => name.clone(),
        (None, 0) => "every interface".to_owned(),
        (None, number) => format!("interface {number}, which has gone"),
    };
    let hears = match facts.protocol {
        0 => "nothing".to_owned(),
        3 => "everything".to_owned(),
        ethertype => format!("ethertype {ethertype:#06x}"),
    };
    let kind = if facts.raw { "" } else { " without link-layer headers" };
    text.push_str(&format!("socket {} hears {hears} on {place}{kind}, user {}\n", facts.inode, facts.user));
    for process in &socket.processes {
        text.push_str(&format!(
            "  {} (process {}, descriptor {})\n",
            process.name, process.id, process.descriptor
        ));
    }
    if socket.processes.is_empty() {
        text.push_str("  a process that is hidden from us\n");
    }
    match &socket.filter {
        Filter::None => text.push_str("  no classic filter\n"),
        Filter::Hidden => text.push_str("  its filter is hidden from us\n"),
        Filter::Classic(list) => match check(list.clone(), Limits { nameless: true, ..Limits::USER }) {
            Ok(program) => text.push_str(&form.text(&program)),
            // The kernel has taken it, so this is a fault of our checker: show what there is.
            Err(error) => {
                text.push_str(&format!("  {error}\n"));
                text.push_str(&gannet_pcap::bpf::listing::text(list));
            }
        },
    }
}
