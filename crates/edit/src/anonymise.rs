//! One input through to one output, with other addresses and without payload.
//!
//! - [`prefix`] IP addresses, so that networks stay networks;
//! - `mac` hardware addresses.
//!
//! The same key changes the same address into the same, in every file. What is changed where is said in
//! [`headers`](crate::headers). Of a pcapng input nothing is taken over but packets, what is needed of interfaces to
//! understand them, and counters ([`Carrier::bare`]). Kept are times, lengths, ports, numbers of VLANs and the like:
//! who knows one conversation from elsewhere can find it by them.

mod mac;
pub mod prefix;

use crate::carry::Carrier;
use crate::error::Error;
use crate::headers::{Change, Payload, Walked, walk};
use crate::held::Held;
use crate::pass::each;
use crate::{Progress, Watch};
use gannet_savefile::Reader;
use gannet_wire::{LinkType, Record};
use mac::Macs;
use prefix::{Manner, Prefixes};
use std::io::{Read, Write};

/// How much is changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What becomes of what is behind the headers.
    pub payload: Payload,
    /// The first half of a hardware address that a vendor gave stays.
    pub keep_vendors: bool,
    /// What becomes of ordinary IP addresses.
    pub manner: Manner,
}

/// A key at work on frames.
pub struct Anonymiser {
    payload: Payload,
    changes: Changes,
}

/// The two ciphers, and what they have said last.
struct Changes {
    prefixes: Prefixes,
    macs: Macs,
    ipv4: Cache<[u8; 4]>,
    ipv6: Cache<[u8; 16]>,
    mac: Cache<[u8; 6]>,
}

impl Anonymiser {
    /// A key begins its work.
    pub fn new(key: &[u8; 32], rules: Rules) -> Self {
        let prefixes = Prefixes::new(key, rules.manner);
        let macs = Macs::new(&prefixes, rules.keep_vendors);
        let changes = Changes { prefixes, macs, ipv4: Cache::new(), ipv6: Cache::new(), mac: Cache::new() };
        Anonymiser { payload: rules.payload, changes }
    }

    /// Changes a frame that was `length` bytes long on the wire.
    pub fn frame(&mut self, bytes: &mut [u8], length: u32, link: LinkType) -> Walked {
        walk(bytes, length as usize, link, self.payload, &mut self.changes)
    }
}

impl Change for Anonymiser {
    fn ipv4(&mut self, address: [u8; 4]) -> [u8; 4] {
        self.changes.ipv4(address)
    }

    fn ipv6(&mut self, address: [u8; 16]) -> [u8; 16] {
        self.changes.ipv6(address)
    }

    fn mac(&mut self, address: [u8; 6]) -> [u8; 6] {
        self.changes.mac(address)
    }
}

impl Change for Changes {
    fn ipv4(&mut self, address: [u8; 4]) -> [u8; 4] {
        self.ipv4.find(address, |address| self.prefixes.ipv4(address))
    }

    fn ipv6(&mut self, address: [u8; 16]) -> [u8; 16] {
        self.ipv6.find(address, |address| self.prefixes.ipv6(address))
    }

    fn mac(&mut self, address: [u8; 6]) -> [u8; 6] {
        self.mac.find(address, |address| self.macs.change(&self.prefixes, address))
    }
}

/// Answers that were given, one for each of so many places: a new one takes the place of an old one.
struct Cache<A>(Vec<Option<(A, A)>>);

/// How many answers are remembered, as a power of two.
const REMEMBERED: u32 = 14;

impl<A: Copy + PartialEq + AsRef<[u8]>> Cache<A> {
    fn new() -> Self {
        Cache(vec![None; 1 << REMEMBERED])
    }

    fn find(&mut self, asked: A, answer: impl FnOnce(A) -> A) -> A {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = asked.as_ref().iter().fold(0, mix);
        let Some(place) = self.0.get_mut((hash >> (64 - REMEMBERED)) as usize) else { return answer(asked) };
        match place {
            Some((known, answer)) if *known == asked => *answer,
            _ => place.insert((asked, answer(asked))).1,
        }
    }
}

/// Packets that were emptied, for nothing is known of their link type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// How many.
    pub packets: u64,
    /// The first such link type.
    pub link: Option<LinkType>,
}

/// Takes over all packets, changed. What else the input says is kept if the output is not [bare](Carrier::bare).
/// The output is not flushed. `unknown` is right even after an error.
///
/// # Errors
/// As [`pass`](crate::pass::pass).
pub fn anonymise<R: Read, W: Write>(
    input: &mut Reader<R>,
    output: &mut Carrier<'_, W>,
    anonymiser: &mut Anonymiser,
    unknown: &mut Unknown,
    watch: Watch<'_>,
) -> Result<Progress, Error> {
    let mut held = Held::default();
    each(input, output, watch, |_, record, options, origin, output| {
        held.hold(&record, options);
        let walked = anonymiser.frame(held.bytes_mut(), record.length, record.link);
        if !walked.known {
            unknown.packets += 1;
            unknown.link.get_or_insert(record.link);
        }
        let record = held.record();
        let bytes = record.bytes.get(..walked.kept).unwrap_or(record.bytes);
        output.packet(origin, &Record { bytes, ..record }, options)?;
        Ok(Some(true))
    })
}
