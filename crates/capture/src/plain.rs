//! Capture without a ring, where the kernel refuses one: each packet is copied by a system call.

use std::io;
use std::os::fd::AsFd;

use gannet_wire::Timestamp;

use crate::frame::{Frame, Seen, reported_tag};
use crate::sys::{receive, socket};

/// Room before the packet, for a tag and a made-up header.
const ROOM: usize = 64;

/// The buffer, and the packet that is in it, if one is.
#[derive(Debug)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
    packet: Option<Packet>,
}

/// What is known of the packet in the buffer.
#[derive(Clone, Copy, Debug)]
struct Packet {
    caplen: usize,
    network: usize,
    length: u32,
    time: Timestamp,
    tag: Option<gannet_wire::VlanTag>,
    seen: Seen,
}

impl Reader {
    /// Asks the kernel for what a ring would tell without being asked. `bytes` is how much it may hold for us.
    pub fn make(fd: impl AsFd, snaplen: u32, bytes: usize) -> io::Result<Self> {
        socket::set(&fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
        // Only the administrator may pass the limit; what is granted has to do.
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        socket::set(&fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes)
            .or_else(|_| socket::set(&fd, libc::SOL_SOCKET, libc::SO_RCVBUF, bytes))?;
        Ok(Self { buffer: vec![0; ROOM + snaplen as usize], packet: None })
    }

    /// Bytes of the buffer on our side.
    pub fn size(&self) -> usize {
        self.buffer.len()
    }

    /// Whether a packet is at hand; receives one if there is one. An error that was pending on the socket is told
    /// here, and is not pending any more.
    pub fn ready(&mut self, socket: impl AsFd) -> io::Result<bool> {
        if self.packet.is_some() {
            return Ok(true);
        }
        let Some(room) = self.buffer.get_mut(ROOM..) else { return Ok(false) };
        let received = match receive::receive(socket, room) {
            Ok(received) => received,
            Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EINTR)) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let from = received.from;
        let aux = received.aux;
        let time = received.time.map_or(Timestamp::default(), |t| Timestamp {
            seconds: t.tv_sec,
            nanos: u64::try_from(t.tv_nsec).unwrap_or(0),
        });
        self.packet = Some(Packet {
            caplen: received.size.min(room.len()),
            network: aux.map_or(0, |a| usize::from(a.tp_net)),
            length: aux.map_or_else(|| u32::try_from(received.size).unwrap_or(u32::MAX), |a| a.tp_len),
            time,
            tag: aux.and_then(|a| reported_tag(a.tp_status, a.tp_vlan_tci, a.tp_vlan_tpid)),
            seen: Seen {
                interface: u32::try_from(from.sll_ifindex).unwrap_or(0),
                protocol: u16::from_be(from.sll_protocol),
                hardware: from.sll_hatype,
                packet_type: from.sll_pkttype,
                address_length: from.sll_halen,
                address: from.sll_addr,
            },
        });
        Ok(true)
    }

    /// The packet at hand, once.
    pub fn take(&mut self) -> Option<Frame<'_>> {
        let Packet { caplen, network, length, time, tag, seen } = self.packet.take()?;
        let network = ROOM.saturating_add(network);
        Some(Frame { buffer: &mut self.buffer, start: ROOM, network, caplen, length, time, tag, seen })
    }
}
