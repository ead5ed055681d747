//! Layers: who speaks next, and what is said when one falls silent.
//!
//! # Contract
//! Only the engine writes the two marks of a packet that ends early, ` [|name]` and ` (invalid)`. A cut ends
//! the whole packet, and bears the name of the layer that spoke last; where it ends a part only, the part says so
//! with [`Cx::soften`]. A lie ends the layer that found it, or a part with [`Cx::attempt`]; what is around goes on.
//!
//! All ears leave the same memory behind: what the text ear meets under the same options. See [`packet_from`].

use crate::cx::{Cx, Ip, Link, Options, Packet, PortPair, Register, Space};
use crate::memory::{Freeze, Memory};
use crate::out::{Ear, Out};
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

/// Explains one packet, with the protocols of [`crate::proto`]. Its values stand where the pen stands: whoever wants
/// an object of their own opens it with [`Out::item`].
pub fn packet(packet: Packet<'_>, options: Options, memory: &mut Memory, out: &mut Out<'_>) -> Outcome {
    packet_from(crate::proto::find, packet, options, memory, out)
}

/// Explains one packet, with the protocols of a register.
///
/// What is remembered is what the text ear leaves behind under these options. The structured ear hears more, so
/// it only borrows the memory, and a deaf pass follows it.
pub fn packet_from(
    register: Register,
    packet: Packet<'_>,
    options: Options,
    memory: &mut Memory,
    out: &mut Out<'_>,
) -> Outcome {
    if !out.hears_values() {
        return explain(register, packet, options, memory, out);
    }
    memory.freeze();
    let outcome = explain(register, packet, everything(options), memory, out);
    memory.thaw();
    explain(register, packet, options, memory, &mut Out::new(Ear::Deaf, &mut Vec::new(), None));
    outcome
}

pub(crate) fn explain(
    register: Register,
    packet: Packet<'_>,
    options: Options,
    memory: &mut Memory,
    out: &mut Out<'_>,
) -> Outcome {
    let mut cx = Cx {
        options,
        packet,
        link: Link::default(),
        llc_control: 0,
        ip: Ip::default(),
        ports: PortPair::default(),
        memory,
        speaking: "",
        spoke: "",
        register,
        depth: 0,
        link_header: 0,
        outermost: 1,
        link_header_before: 0,
    };
    let p = Cursor::new(packet.bytes, packet.length as usize);
    let cut = run(&mut cx, p, out);
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
        self.spoke = who.name;
        self.depth += 1;
        out.layer(who.name);
        let done = out.nest(who.name, |out| {
            let done = (who.dissect)(self, p, out);
            settle(done, out)
        });
        self.depth -= 1;
        done?;
        if self.spoke == who.name {
            self.spoke = self.speaking;
        }
        self.speaking = before;
        Ok(())
    }

    /// The end of a part of a protocol whose cut does not end the packet: a cut is marked with ` [|name]`, and
    /// what stands around the part goes on. tcpdump's older printers end so; a newer one gives
    /// [`Stop::Truncated`] to the engine. The mark is a value too: make it once in a nest, and not in a list.
    pub fn soften(&self, done: Dissect, out: &mut Out<'_>) -> Dissect {
        match done {
            Err(Stop::Truncated) => self.soft_cut(out),
            done => done,
        }
    }

    /// The cut of a part, see [`Cx::soften`].
    pub fn soft_cut(&self, out: &mut Out<'_>) -> Dissect {
        self.mark_cut(out);
        out.note_that("cut", true);
        Ok(())
    }

    /// The end of a protocol that wants all of what it was given: behind a lie, what is left in `rest` was not
    /// read, and still has to have been captured.
    pub fn close(&self, done: Dissect, rest: &Cursor<'_>, out: &mut Out<'_>) -> Dissect {
        if done != Err(Stop::Invalid) {
            return done;
        }
        settle(done, out)?;
        rest.need(rest.claimed())
    }

    fn mark_cut(&self, out: &mut Out<'_>) {
        out.say(" [|").say(self.speaking).say("]");
    }

    /// A part that may hold parts like itself: it counts as a layer, so parts nest no deeper than layers do.
    pub fn deeper<T>(&mut self, body: impl FnOnce(&mut Self) -> Dissect<T>) -> Dissect<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Stop::Invalid);
        }
        self.depth += 1;
        let done = body(self);
        self.depth -= 1;
        done
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Table;
    use crate::testing::{bytes, check, hear, values};

    /// Two parts of two bytes each behind their common length, and a last word.
    fn parts(cx: &mut Cx<'_>, mut p: Cursor<'_>, out: &mut Out<'_>) -> Dissect {
        out.say("parts");
        out.list("parts", |out| {
            for _ in 0..2 {
                out.item(|out| {
                    let done = p.be16().map(|n| _ = out.say(" ").num("n", n));
                    cx.soften(done, out)
                })?;
            }
            Ok(())
        })?;
        out.say(" done");
        Err(Stop::Truncated)
    }

    static PARTS: Protocol = Protocol { name: "parts", dissect: parts };

    #[test]
    fn a_soft_cut_ends_a_part_and_a_cut_the_packet() {
        check(&PARTS, "0001 02", "", "parts 1 [|parts] done [|parts]");
        let said = r#"{"parts":{"parts":[{"n":1},{"cut":true}]},"truncated":"parts"}"#;
        assert_eq!(values(&PARTS, "0001 02"), said);
    }

    /// Says as many words as there are bytes, each inside the one before.
    fn nested(cx: &mut Cx<'_>, mut p: Cursor<'_>, out: &mut Out<'_>) -> Dissect {
        if p.u8().is_err() {
            return Ok(());
        }
        out.say(".");
        cx.deeper(|cx| nested(cx, p, out))
    }

    static NESTED: Protocol = Protocol { name: "nested", dissect: nested };

    #[test]
    fn parts_nest_no_deeper_than_layers() {
        check(&NESTED, "00 00 00", "", "...");
        let deep = hear(&NESTED, &[0; 1000], 1000, Options::default(), Ear::Text).0;
        assert_eq!(deep, format!("{} (invalid)", ".".repeat(MAX_DEPTH)));
    }

    /// IPv4, ICMP time exceeded, and in it IPv4 and a segment of TCP: only the talkative go there.
    #[test]
    fn what_only_the_structured_ear_hears_is_not_remembered() {
        let packet = bytes(
            "4500 0044 0000 0000 4001 0000 0a000001 0a000002  0b00 0000 00000000
             4500 0028 0001 0000 0106 0000 0a000002 0a000003
             0400 0050 00000001 00000002 5010 0100 0000 0000",
        );
        let ip = crate::proto::find(Space::EtherType(0x0800), &[]).unwrap();
        for (verbose, quiet, remembered) in [(0, 0, false), (1, 0, true), (0, 1, false)] {
            let options = Options { verbose, quiet, numeric: true, ..Options::default() };
            let memory = |ear| hear(ip, &packet, packet.len(), options, ear).1;
            assert_eq!(memory(Ear::Text).tcp != Table::default(), remembered, "{options:?}");
            assert!(memory(Ear::Json) == memory(Ear::Text), "{options:?}");
            assert!(memory(Ear::Deaf) == memory(Ear::Text), "{options:?}");
        }
    }
}
