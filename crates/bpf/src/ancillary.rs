//! Loads that read what the capture knows about a packet rather than its bytes.
//!
//! An absolute load (of any size) at `AD_OFF` plus one of the numbers below gives a fact about the packet; an
//! offset from `NET_OFF` counts from the network header, one from `LL_OFF` from the link header.
//! Source: `linux/filter.h` (`SKF_AD_*`, `SKF_NET_OFF`, `SKF_LL_OFF`).

/// Start of the facts: -0x1000.
pub const AD_OFF: u32 = 0xffff_f000;
/// Start of the offsets that count from the network header: -0x100000.
pub const NET_OFF: u32 = 0xfff0_0000;
/// Start of the offsets that count from the link header: -0x200000.
pub const LL_OFF: u32 = 0xffe0_0000;

/// The ethertype the kernel has given the packet (`SKF_AD_PROTOCOL`).
pub const PROTOCOL: u32 = 0;
/// To us, broadcast, multicast, to others or outgoing (`SKF_AD_PKTTYPE`).
pub const PKTTYPE: u32 = 4;
/// The number of the interface (`SKF_AD_IFINDEX`).
pub const IFINDEX: u32 = 8;
/// The offset of the netlink attribute of type X that follows offset A, or 0 (`SKF_AD_NLATTR`).
pub const NLATTR: u32 = 12;
/// The same, inside the netlink attribute at offset A (`SKF_AD_NLATTR_NEST`).
pub const NLATTR_NEST: u32 = 16;
/// The firewall mark (`SKF_AD_MARK`).
pub const MARK: u32 = 20;
/// The receive queue (`SKF_AD_QUEUE`).
pub const QUEUE: u32 = 24;
/// The hardware type of the interface, an `ARPHRD_*` number (`SKF_AD_HATYPE`).
pub const HATYPE: u32 = 28;
/// The flow hash (`SKF_AD_RXHASH`).
pub const RXHASH: u32 = 32;
/// The processor that runs the filter (`SKF_AD_CPU`).
pub const CPU: u32 = 36;
/// Not a fact: A becomes A xor X (`SKF_AD_ALU_XOR_X`).
pub const ALU_XOR_X: u32 = 40;
/// The VLAN tag's control information (`SKF_AD_VLAN_TAG`).
pub const VLAN_TAG: u32 = 44;
/// 1 if the kernel holds a VLAN tag beside the packet (`SKF_AD_VLAN_TAG_PRESENT`).
pub const VLAN_TAG_PRESENT: u32 = 48;
/// The offset of the transport payload (`SKF_AD_PAY_OFFSET`).
pub const PAY_OFFSET: u32 = 52;
/// A random number (`SKF_AD_RANDOM`).
pub const RANDOM: u32 = 56;
/// The VLAN tag's ethertype (`SKF_AD_VLAN_TPID`).
pub const VLAN_TPID: u32 = 60;

/// Whether `offset` lies in the area of facts but names none: the kernel refuses such a program.
#[must_use]
pub const fn is_unknown(offset: u32) -> bool {
    offset >= AD_OFF && (offset > AD_OFF + VLAN_TPID || !offset.is_multiple_of(4))
}
