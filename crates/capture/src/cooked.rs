//! Made-up link-layer headers, and filters that were compiled for them.

use gannet_bpf::{Instruction, ancillary, opcode::*};

use crate::frame::Seen;

/// Which made-up header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cooked {
    /// LINKTYPE_LINUX_SLL: 16 bytes.
    Sll,
    /// LINKTYPE_LINUX_SLL2: 20 bytes, with the interface.
    Sll2,
}

impl Cooked {
    /// Bytes of the header.
    pub const fn length(self) -> usize {
        match self {
            Self::Sll => 16,
            Self::Sll2 => 20,
        }
    }

    /// Writes the header into `to`, which has its length. All fields are in network byte order.
    pub(crate) fn write(self, to: &mut [u8], protocol: u16, seen: &Seen) -> Option<()> {
        let protocol = protocol.to_be_bytes();
        let hardware = seen.hardware.to_be_bytes();
        let size = seen.address_length;
        match self {
            Self::Sll => {
                let [kind, hatype, length, rest @ ..] = to.as_chunks_mut::<2>().0 else { return None };
                *kind = [0, seen.packet_type];
                *hatype = hardware;
                *length = [0, size];
                let [address @ .., last] = rest else { return None };
                address.as_flattened_mut().copy_from_slice(&seen.address);
                *last = protocol;
            }
            Self::Sll2 => {
                let (head, address) = to.split_first_chunk_mut::<12>()?;
                let [i, j, k, l] = seen.interface.to_be_bytes();
                let ([p, q], [h, t]) = (protocol, hardware);
                *head = [p, q, 0, 0, i, j, k, l, h, t, seen.packet_type, size];
                *address.first_chunk_mut()? = seen.address;
            }
        }
        Some(())
    }

    /// The kernel's own knowledge of the header field of `size` at `offset`, if it has it.
    fn fact(self, offset: u32, size: u16) -> Option<u32> {
        Some(match (self, offset, size) {
            (Self::Sll2, 0, H) | (Self::Sll, 14, H) => ancillary::PROTOCOL,
            (Self::Sll2, 4, W) => ancillary::IFINDEX,
            (Self::Sll2, 8, H) | (Self::Sll, 2, H) => ancillary::HATYPE,
            (Self::Sll2, 10, B) | (Self::Sll, 0, H) => ancillary::PKTTYPE,
            _ => return None,
        })
    }
}

/// Bytes of an Ethernet header without tags.
const ETHERNET: u32 = 14;

/// A filter for the records of a cooked capture, put as the kernel needs it, which does not have the made-up
/// header; `None` if it asks for something that the kernel cannot answer, and must run on the records instead.
///
/// The kernel sees whole frames, of all kinds of interface: so the filter stands twice in the result, once for
/// Ethernet, with offsets from its header, and once for all others, with offsets from the network layer.
pub fn for_kernel(filter: &[Instruction], header: Cooked) -> Option<Vec<Instruction>> {
    let length = header.length() as u32;
    let network = translate(filter, header, |k| k.wrapping_sub(length).wrapping_add(ancillary::NET_OFF))?;
    let ethernet = translate(filter, header, |k| k.wrapping_sub(length).wrapping_add(ETHERNET))?;
    let is = |hardware: u16, jt, jf| Instruction::jump(JMP | JEQ | K, u32::from(hardware), jt, jf);
    // Programs begin with zero in A.
    let clear = Instruction::stmt(LD | IMM, 0);
    let over = u32::try_from(network.len()).ok()?.checked_add(1)?;
    let mut whole = vec![
        Instruction::stmt(LD | W | ABS, ancillary::AD_OFF.wrapping_add(ancillary::HATYPE)),
        is(libc::ARPHRD_ETHER, 1, 0),
        is(libc::ARPHRD_LOOPBACK, 0, 1),
        Instruction::stmt(JMP | JA, over),
        clear,
    ];
    whole.extend(network);
    whole.push(clear);
    whole.extend(ethernet);
    Some(whole)
}

/// The filter with its loads moved: those in the made-up header become facts, those behind it go through `shift`.
fn translate(filter: &[Instruction], header: Cooked, shift: impl Fn(u32) -> u32) -> Option<Vec<Instruction>> {
    // With an offset from the network layer, a large X would carry an indexed load around to the frame's start
    // instead of past its end.
    let small_x = !filter.iter().any(|i| match i.class() {
        MISC => i.code & TXA == 0,
        LDX => matches!(i.code & 0xe0, MEM | LEN) || i.code & 0xe0 == IMM && i.k > 0xffff,
        _ => false,
    });
    let length = header.length() as u32;
    filter
        .iter()
        .map(|&i| {
            if !matches!(i.class(), LD | LDX) {
                return Some(i);
            }
            let k = match i.code & 0xe0 {
                ABS if i.k >= 1 << 31 => i.k,
                ABS if i.k < length => ancillary::AD_OFF.wrapping_add(header.fact(i.k, i.code & 0x18)?),
                ABS => shift(i.k),
                MSH if (length..1 << 31).contains(&i.k) => shift(i.k),
                IND if (length..1 << 31).contains(&i.k) && small_x => shift(i.k),
                // The length of a record is not that of the frame.
                MSH | IND | LEN => return None,
                _ => i.k,
            };
            Some(Instruction { k, ..i })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RET: Instruction = Instruction::stmt(opcode_ret(), 1);

    const fn opcode_ret() -> u16 {
        gannet_bpf::opcode::RET
    }

    #[test]
    fn header_fields_become_facts_and_the_payload_moves() {
        let filter = [Instruction::stmt(LD | H | ABS, 0), Instruction::stmt(LD | B | ABS, 29), RET];
        let whole = for_kernel(&filter, Cooked::Sll2).unwrap();
        assert_eq!(whole.len(), 5 + 3 + 1 + 3);
        let protocol = ancillary::AD_OFF + ancillary::PROTOCOL;
        let k: Vec<u32> = whole.iter().map(|i| i.k).collect();
        assert_eq!(k[5..8], [protocol, ancillary::NET_OFF + 9, 1]);
        assert_eq!(k[9..12], [protocol, 23, 1]);
        // The jump lands on the second copy's first instruction.
        assert_eq!(4 + k[3], 8);
    }

    #[test]
    fn what_the_kernel_cannot_answer_is_refused() {
        let load = |code, k| for_kernel(&[Instruction::stmt(code, k), RET], Cooked::Sll2);
        assert!(load(LD | W | ABS, 0).is_none(), "protocol and reserved field in one");
        assert!(load(LD | B | ABS, 12).is_none(), "the sender's address");
        assert!(load(LD | W | LEN, 0).is_none());
        assert!(load(LD | B | IND, 4).is_none());
        assert!(load(LD | B | IND, 20).is_some());
        let tax = Instruction::stmt(MISC | TAX, 0);
        assert!(for_kernel(&[tax, Instruction::stmt(LD | B | IND, 20), RET], Cooked::Sll2).is_none());
    }
}
