//! The chain of headers as a loop: the only jump backward there is.
//!
//! libpcap's loop, with its steps: in IPv6 the four kinds of extension headers that tell their length in units of eight bytes, in both
//! versions the authentication header. (The place behind the latter is counted from the start of the packet, as libpcap does it: its
//! chains are followed wrongly behind other headers, and may go round for ever, which the machine ends.)

use super::choice::Ways;
use super::code::{Code, Label};
use gannet_bpf::opcode as o;

/// Headers of IPv6 that are followed, RFC 8200: hop-by-hop options, destination options, routing, fragment.
const EXTENSIONS: [u32; 4] = [0, 60, 43, 44];
/// The authentication header, RFC 4302.
const AUTHENTICATION: u32 = 51;
/// Where the number of the next header is kept while X moves: the last slot, which values take last.
const SLOT: u32 = 15;

/// Whether `number` is in the chain of headers: A holds the first one's number, X where it is, counted from `network`.
pub(super) fn chain(code: &mut Code, six: bool, number: u32, network: u32, ways: Ways) -> Label {
    let Ways { yes, no, span } = ways;
    let mark = code.mark();
    let again = code.back(mark, span);
    let moved = [(o::MISC | o::TAX, 0), (o::LD | o::W | o::MEM, SLOT)];
    let moved = moved.into_iter().rev().fold(again, |next, step| code.step(step, next, span));
    let mut follow = |sums: &[(u16, u32)]| {
        let head = [
            (o::LD | o::B | o::IND, network),
            (o::ST, SLOT),
            (o::LD | o::B | o::IND, network.wrapping_add(1)),
        ];
        let steps = head.iter().chain(sums).rev();
        steps.fold(moved, |next, &step| code.step(step, next, span))
    };
    let authentication = follow(&[(o::ALU | o::ADD | o::K, 2), (o::ALU | o::MUL | o::K, 4)]);
    let extension = six.then(|| {
        follow(&[(o::ALU | o::ADD | o::K, 1), (o::ALU | o::MUL | o::K, 8), (o::ALU | o::ADD | o::X, 0)])
    });
    let equal = o::JMP | o::JEQ | o::K;
    let mut head = code.jump(equal, AUTHENTICATION, (authentication, no), span);
    for (header, extension) in EXTENSIONS.into_iter().rev().filter_map(|header| Some((header, extension?))) {
        head = code.jump(equal, header, (extension, head), span);
    }
    head = code.jump(equal, number, (yes, head), span);
    code.set_mark(mark, head);
    head
}
