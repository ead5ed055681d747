//! A filter as packets meet it: an expression, compiled once for each link type that turns up.

use crate::metadata::metadata;
use crate::names::Names;
use gannet_bpf::{Program, Semantics};
use gannet_filter::{Compiled, Diagnostic, Kernel, Target};
use gannet_jit::Compiled as Machine;
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::sync::Arc;

/// An expression and its programs.
///
/// A pcapng file may hold packets of several link types; the expression is compiled for each when its first
/// packet comes. A link type that the expression makes no sense for accepts nothing.
#[derive(Debug)]
pub struct Filter {
    text: String,
    target: Target,
    names: Arc<Names>,
    first: Stage,
    others: Vec<(LinkType, Option<Stage>)>,
}

/// One program, ready to run.
#[derive(Debug)]
struct Stage {
    compiled: Compiled,
    /// Machine code where there can be some, else the interpreter.
    machine: Machine,
}

impl Stage {
    fn new(text: &str, target: &Target, names: &Names) -> Result<Self, Diagnostic> {
        let compiled = gannet_filter::compile(text, target, names)?;
        // The meaning of a filter is libpcap's, also where a header length in the packet is beyond all bounds.
        let machine = Machine::for_mixed_traffic(&compiled.program, Semantics::Libpcap);
        Ok(Stage { compiled, machine })
    }
}

impl Filter {
    /// Compiles `text` for the link type of `target`.
    ///
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn new(text: &str, target: Target, names: Arc<Names>) -> Result<Self, Diagnostic> {
        let first = Stage::new(text, &target, &names)?;
        Ok(Filter { text: text.to_owned(), target, names, first, others: Vec::new() })
    }

    /// The text that was compiled.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The program for the link type that was asked for first.
    pub fn program(&self) -> &Program {
        &self.first.compiled.program
    }

    /// The program for the kernel, and whether it lets more through than the filter, so that the rest must be decided here.
    pub fn for_kernel(&self) -> (&Program, bool) {
        let compiled = &self.first.compiled;
        (compiled.kernel_program(), matches!(compiled.kernel, Kernel::Prefilter(_)))
    }

    /// What is legal in the text and probably not meant.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.first.compiled.warnings
    }

    /// Whether the packet is wanted.
    #[inline]
    pub fn accepts(&mut self, record: &Record<'_>) -> bool {
        let Some(stage) = self.stage(record.link) else { return false };
        stage.machine.run(record.bytes, record.length, &metadata(record)) != 0
    }

    /// What decides about many packets of one link type of which nothing is known but the bytes and the length on
    /// the wire: those of a pcap file.
    pub(crate) fn plain(&mut self, link: LinkType) -> impl Fn(&[u8], u32) -> bool + Sync {
        let known = metadata(&Record {
            bytes: &[],
            length: 0,
            time: Timestamp::default(),
            link,
            interface: 0,
            direction: Direction::Unknown,
            vlan: None,
        });
        let machine = self.stage(link).map(|stage| &stage.machine);
        move |bytes, length| machine.is_some_and(|machine| machine.run(bytes, length, &known) != 0)
    }

    /// As [`Filter::accepts`] for a packet of a live capture, whose filter is one for the kernel: it is shown the packet as
    /// the kernel would, without the VLAN tag that is back in its place in the record.
    pub(crate) fn accepts_live(&mut self, record: &Record<'_>) -> bool {
        as_in_kernel(record, |record| self.accepts(record))
    }

    #[inline]
    fn stage(&mut self, link: LinkType) -> Option<&Stage> {
        if link == self.target.link { Some(&self.first) } else { self.other(link) }
    }

    #[cold]
    fn other(&mut self, link: LinkType) -> Option<&Stage> {
        let at = match self.others.iter().position(|row| row.0 == link) {
            Some(at) => at,
            None => {
                let target = Target { link, ..self.target };
                self.others.push((link, Stage::new(&self.text, &target, &self.names).ok()));
                self.others.len() - 1
            }
        };
        self.others.get(at)?.1.as_ref()
    }
}

/// Shows a packet of a live capture as the kernel sees it, without the VLAN tag that is back in its place in the record.
pub(crate) fn as_in_kernel(record: &Record<'_>, look: impl FnOnce(&Record<'_>) -> bool) -> bool {
    /// The two addresses of an Ethernet frame, and a tag.
    const TAG: std::ops::Range<usize> = 12..16;
    let (true, Some(_)) = (record.link == LinkType::ETHERNET, record.vlan) else {
        return look(record);
    };
    let (Some(before), Some(after)) = (record.bytes.get(..TAG.start), record.bytes.get(TAG.end..)) else {
        return look(record);
    };
    let bytes = [before, after].concat();
    let length = record.length.saturating_sub(4);
    look(&Record { bytes: &bytes, length, ..*record })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_wire::Timestamp;

    /// Linux's machine would wrap around to byte 0, which says what the filter asks for.
    #[test]
    fn a_header_length_beyond_all_bounds_rejects() {
        let link = LinkType::IEEE802_11_AVS;
        let mut filter =
            Filter::new("wlan dir fromds", Target::new(link), Names::system()).expect("a filter");
        let mut accepts = |bytes: &[u8]| {
            let (length, time) = (bytes.len() as u32, Timestamp::default());
            let (interface, direction) = (0, Direction::Unknown);
            filter.accepts(&Record { bytes, length, time, link, interface, direction, vlan: None })
        };
        assert!(accepts(&[0, 0, 0, 0, 0, 0, 0, 8, 8, 2]));
        assert!(!accepts(&[0, 0, 0, 0, 0, 0, 0, 8, 8, 1]));
        assert!(!accepts(&[2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]));
    }
}
