//! What a capture knows about a packet beside its bytes, for the ancillary loads.

use crate::ancillary;

/// Facts about one packet. A load of a fact that is absent (`None`) rejects the packet, as a load past its end
/// does. All values are in host byte order, widened as the kernel widens them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Metadata {
    /// Ethertype, [`ancillary::PROTOCOL`].
    pub protocol: Option<u16>,
    /// `PACKET_HOST`, `PACKET_BROADCAST`, .. of `linux/if_packet.h`, [`ancillary::PKTTYPE`].
    pub packet_type: Option<u8>,
    /// Interface number, [`ancillary::IFINDEX`].
    pub interface: Option<u32>,
    /// Firewall mark, [`ancillary::MARK`].
    pub mark: Option<u32>,
    /// Receive queue, [`ancillary::QUEUE`].
    pub queue: Option<u16>,
    /// `ARPHRD_*` number of the interface, [`ancillary::HATYPE`].
    pub hardware_type: Option<u16>,
    /// Flow hash, [`ancillary::RXHASH`].
    pub flow_hash: Option<u32>,
    /// Processor, [`ancillary::CPU`].
    pub cpu: Option<u32>,
    /// Whether a VLAN tag was held beside the packet, [`ancillary::VLAN_TAG_PRESENT`].
    pub vlan_present: Option<bool>,
    /// VLAN tag control information, [`ancillary::VLAN_TAG`].
    pub vlan_tag: Option<u16>,
    /// VLAN tag's ethertype, [`ancillary::VLAN_TPID`].
    pub vlan_tpid: Option<u16>,
    /// Offset of the transport payload in bytes, [`ancillary::PAY_OFFSET`].
    pub payload_offset: Option<u32>,
    /// A number drawn for this packet, [`ancillary::RANDOM`].
    pub random: Option<u32>,
    /// Offset of the network header in bytes, for loads from [`ancillary::NET_OFF`].
    pub network_offset: Option<u32>,
}

impl Metadata {
    /// The fact with the number `fact` (for example [`ancillary::MARK`]), if it is known and is a plain fact
    /// (the netlink searches and the xor are operations, not facts).
    #[must_use]
    pub fn fact(&self, fact: u32) -> Option<u32> {
        match fact {
            ancillary::PROTOCOL => self.protocol.map(u32::from),
            ancillary::PKTTYPE => self.packet_type.map(u32::from),
            ancillary::IFINDEX => self.interface,
            ancillary::MARK => self.mark,
            ancillary::QUEUE => self.queue.map(u32::from),
            ancillary::HATYPE => self.hardware_type.map(u32::from),
            ancillary::RXHASH => self.flow_hash,
            ancillary::CPU => self.cpu,
            ancillary::VLAN_TAG => self.vlan_tag.map(u32::from),
            ancillary::VLAN_TAG_PRESENT => self.vlan_present.map(u32::from),
            ancillary::PAY_OFFSET => self.payload_offset,
            ancillary::RANDOM => self.random,
            ancillary::VLAN_TPID => self.vlan_tpid.map(u32::from),
            _ => None,
        }
    }
}
