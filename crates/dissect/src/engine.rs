//! Layers: who speaks next, and what is said when one falls silent.
//!
//! # Contract
//! Only the engine writes the two marks of a packet that ends early, ` [|name]` and ` (invalid)`. A cut ends
//! the whole packet, and bears the name of the layer that spoke last. A lie ends the layer that found it; the
//! layers around it go on.

use crate::cx::{Cx, Ip, Link, Options, Packet, PortPair, Register, Space};
use crate::memory::Memory;
use crate::out::Out;
use gannet_wire::{Cursor, Dissect, Stop};

/// How deep layers may nest; deeper ones are taken for a lie.
pub const MAX_DEPTH: usize = 200;

/// A protocol: its name, as tcpdump has it, and the one who explains it.
#[derive(Debug)]
pub struct Protocol {
    /// `[a-z0-9._-]+`; also the key of its values.
    pub name: &'static str,
    /// Reads what `p` begins with and says it.
    pub dissect: fn(&mut Cx<'_>, p: Cursor<'_>, &mut Out<'_>) -> Dissect,
}

/// How a packet came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Bytes of link-level header that the outermost layer read; 0 if it never came so far.
    pub link_header: usize,
    /// The capture ended before the packet did.
    pub truncated: bool,
}

/// Explains one packet, with the protocols of [`crate::proto`].
pub fn packet(packet: Packet<'_>, options: Options, memory: &mut Memory, out: &mut Out<'_>) -> Outcome {
    packet_from(crate::proto::find, packet, options, memory, out)
}

/// Explains one packet, with the protocols of a register.
pub fn packet_from(
    register: Register,
    packet: Packet<'_>,
    options: Options,
    memory: &mut Memory,
    out: &mut Out<'_>,
) -> Outcome {
    let mut cx = Cx {
        options: if out.hears_values() { everything(options) } else { options },
        packet,
        link: Link::default(),
        ip: Ip::default(),
        ports: PortPair::default(),
        memory,
        speaking: "",
        register,
        depth: 0,
        link_header: 0,
    };
    let p = Cursor::new(packet.bytes, packet.length as usize);
    let cut = out.item(|out| Ok(run(&mut cx, p, out))).unwrap_or(false);
    Outcome { link_header: if cut { 0 } else { cx.link_header }, truncated: cut }
}

/// The outermost layer, and the mark of a cut.
fn run(cx: &mut Cx<'_>, p: Cursor<'_>, out: &mut Out<'_>) -> bool {
    let done = cx.next(Space::Link(cx.packet.link), p, out);
    let cut = done == Err(Stop::Truncated);
    if cut {
        cx.mark_cut(out);
        out.aside(|out| {
            out.chars("truncated", cx.speaking.as_bytes());
        });
    }
    cut
}

/// The structured ear hears what text could have said at its most talkative.
fn everything(options: Options) -> Options {
    Options { verbose: u8::MAX, quiet: 0, link_header: true, no_default_dump: false, ..options }
}

impl Cx<'_> {
    /// Hands on to whoever the number belongs to; `false` if nobody knows it.
    pub fn next(&mut self, space: Space, p: Cursor<'_>, out: &mut Out<'_>) -> Dissect<bool> {
        match (self.register)(space, p.rest()) {
            Some(who) => self.hand_to(who, p, out).map(|()| true),
            None => Ok(false),
        }
    }

    /// Hands on to a protocol. A lie that it finds ends there; a cut goes on to the end of the packet.
    pub fn hand_to(&mut self, who: &'static Protocol, p: Cursor<'_>, out: &mut Out<'_>) -> Dissect {
        if self.depth >= MAX_DEPTH {
            return Err(Stop::Invalid);
        }
        let before = std::mem::replace(&mut self.speaking, who.name);
        self.depth += 1;
        let done = out.nest(who.name, |out| {
            let done = (who.dissect)(self, p, out);
            settle(done, out)
        });
        self.depth -= 1;
        done?;
        self.speaking = before;
        Ok(())
    }

    /// Marks a cut at which a protocol does not stop; one that stops gives [`Stop::Truncated`] instead.
    pub fn mark_cut(&self, out: &mut Out<'_>) {
        out.say(" [|").say(self.speaking).say("]");
    }

    /// A part of a protocol, in which a lie ends the part and not the protocol; `false` if it found one.
    pub fn attempt(
        &mut self,
        out: &mut Out<'_>,
        body: impl FnOnce(&mut Self, &mut Out<'_>) -> Dissect,
    ) -> Dissect<bool> {
        let done = body(self, out);
        let held = done != Err(Stop::Invalid);
        settle(done, out).map(|()| held)
    }
}

/// Words a lie, and forgets it.
fn settle(done: Dissect, out: &mut Out<'_>) -> Dissect {
    match done {
        Err(Stop::Invalid) => {
            out.say(" (invalid)").note_that("invalid", true);
            Ok(())
        }
        done => done,
    }
}
