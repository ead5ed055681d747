//! Opening a capture, in two steps, so that a filter can be compiled for the right link type in between and be in
//! force before the first packet.

use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use gannet_bpf::{Instruction, Program, ancillary, opcode};
use gannet_wire::LinkType;

use crate::cooked::{Cooked, for_kernel};
use crate::error::{FilterError, OpenError, reason};
use crate::frame::Shape;
use crate::link::{ANY, Link};
use crate::live::{Live, Parts};
use crate::monitor::Monitor;
use crate::stamp::{self, Stamp};
use crate::sys::{self, socket};

/// The most bytes of a packet that are ever captured.
pub const MAX_SNAPLEN: u32 = 262_144;
/// The most instructions that the kernel takes (`BPF_MAXINSNS`).
pub const MAX_FILTER: usize = 4096;
/// What one instruction of the kernel's needs, at least, to know the VLAN facts (`SKF_AD_VLAN_TAG_PRESENT`).
const VLAN_FACTS: i32 = 48;
/// Room that the kernel leaves before each packet, beyond its own: for a tag, and some.
const RESERVE: i32 = 16;

/// What to capture, and with how much memory.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most bytes of each packet to keep, its link-layer header included; 0 or more than 262,144 is 262,144.
    pub snaplen: u32,
    /// Hear packets for others too. Not on all interfaces together.
    pub promiscuous: bool,
    /// Size of the ring, in bytes.
    pub buffer_bytes: usize,
    /// How old a block may become before it is handed over though it is not full, in milliseconds: the longest
    /// time for which a packet is held back is twice that. 0 leaves it to the kernel.
    ///
    /// The shorter, the shorter too may the reader pause without loss: as many times this as there are blocks, which
    /// are of 256 KiB below 50 ms and of 1 MiB from there on.
    pub retire_ms: u32,
    /// Which packets to keep by where they go.
    pub accept: Accept,
    /// Put a made-up header in the place of the interface's own.
    pub cooked: bool,
    /// Do without a ring even where there could be one.
    pub plain: bool,
    /// The ethertype to capture; all of them by default (`ETH_P_ALL`).
    pub protocol: u16,
    /// Share the packets with other captures of the same group.
    pub fanout: Option<Fanout>,
    /// Whose clock to read their time off. An adapter's needs a ring, and goes on stamping when the capture is over.
    pub stamp: Stamp,
    /// Hear all that is in the air, through an interface of the kind monitor, which is made for this and taken away again.
    pub monitor: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            snaplen: MAX_SNAPLEN,
            promiscuous: false,
            buffer_bytes: 32 << 20,
            retire_ms: 50,
            accept: Accept::Both,
            cooked: false,
            plain: false,
            protocol: libc::ETH_P_ALL as u16,
            fanout: None,
            stamp: Stamp::Host,
            monitor: false,
        }
    }
}

/// Which packets to keep by where they go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accept {
    /// All.
    #[default]
    Both,
    /// Those that this host receives.
    In,
    /// Those that it sends.
    Out,
}

/// How packets are shared among the captures of a group (`PACKET_FANOUT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fanout {
    /// Number of the group, in this network namespace.
    pub group: u16,
    /// By what: 0 flow hash, 1 in turn, 2 processor, .. with the flags of `linux/if_packet.h`.
    pub mode: u16,
}

/// Something that is not as it was asked for, and does not stop the capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// All interfaces together cannot be made promiscuous.
    NotPromiscuous,
    /// The hardware type has no link type, so the headers are made up.
    UnknownHardware(u16),
    /// The packets are stamped by the host's clock, not by the one that was asked for.
    HostStamps,
    /// There is no ring, for this reason: each packet costs a system call.
    NoRing(String),
}

impl Warning {
    /// The number that libpcap's programs know the warning by (`PCAP_WARNING_*`).
    pub fn status(&self) -> i32 {
        match self {
            Self::NotPromiscuous => 2,
            Self::HostStamps => 3,
            Self::UnknownHardware(_) | Self::NoRing(_) => 1,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPromiscuous => f.write_str("Promiscuous mode not supported on the \"any\" device"),
            Self::UnknownHardware(arphrd) => {
                write!(f, "arptype {arphrd} not supported by libpcap - falling back to cooked socket")
            }
            Self::HostStamps => f.write_str("That type of time stamp is not supported by that device"),
            Self::NoRing(why) => write!(f, "no memory-mapped capture ({why}) - falling back to recvmsg"),
        }
    }
}

/// A socket that knows its interface and hears nothing yet.
#[derive(Debug)]
pub struct Opening {
    socket: OwnedFd,
    name: String,
    /// Number of the interface; 0 for all.
    index: u32,
    /// Number of the interface `lo`; 0 if there is none.
    loopback: u32,
    link: Link,
    /// What is captured from, if it was made for that.
    monitor: Option<Monitor>,
    options: Options,
    warnings: Vec<Warning>,
    vlan_extensions: bool,
    filtered: bool,
}

impl Live {
    /// Opens the interface `name`, or `any`, and learns what its packets begin with. Nothing is captured yet.
    ///
    /// # Errors
    /// See [`OpenError`]; most often [`OpenError::NotPermitted`].
    pub fn open(name: &str, options: Options) -> Result<Opening, OpenError> {
        Opening::new(name, options)
    }

    /// As [`Live::open`], in the network namespace that `namespace` is open on (`/run/netns/blue`,
    /// `/proc/1/ns/net`). The caller stays in its own.
    ///
    /// # Errors
    /// As [`Live::open`]; `CAP_SYS_ADMIN` is what entering a namespace needs.
    pub fn open_in(namespace: BorrowedFd<'_>, name: &str, options: Options) -> Result<Opening, OpenError> {
        let enter = || match sys::namespace::enter(namespace) {
            Ok(()) => Opening::new(name, options),
            Err(source) if source.raw_os_error() == Some(libc::EPERM) => {
                Err(OpenError::NotPermitted { call: "setns", capability: "CAP_SYS_ADMIN", source })
            }
            Err(source) => Err(OpenError::System { call: "setns", source }),
        };
        // A thread of its own is in a namespace of its own; what it opens stays there.
        let lost = |_| OpenError::System { call: "setns", source: io::Error::other("its thread ended") };
        std::thread::scope(|scope| scope.spawn(enter).join().map_err(lost)?)
    }
}

impl Opening {
    fn new(name: &str, mut options: Options) -> Result<Self, OpenError> {
        if name.is_empty() || name.len() >= libc::IFNAMSIZ {
            return Err(OpenError::NoSuchDevice);
        }
        let call = OpenError::from_call;
        let mut warnings = Vec::new();
        if options.snaplen == 0 || options.snaplen > MAX_SNAPLEN {
            options.snaplen = MAX_SNAPLEN;
        }
        let socket = socket::packet().map_err(|e| call("socket", e))?;
        let monitor = options.monitor.then(|| Monitor::beside(name, &socket)).transpose()?;
        let name = monitor.as_ref().map_or(name, Monitor::name);
        let (link, index) = if name == ANY {
            if std::mem::take(&mut options.promiscuous) {
                warnings.push(Warning::NotPromiscuous);
            }
            (Link::any(), 0)
        } else {
            let hardware = socket::hardware_type(&socket, name).map_err(|e| call("SIOCGIFHWADDR", e))?;
            let mut link = Link::of(name, hardware);
            if link.unknown {
                warnings.push(Warning::UnknownHardware(hardware));
            }
            if options.cooked {
                link = link.cooked();
            }
            (link, socket::index(&socket, name).map_err(|e| call("SIOCGIFINDEX", e))?)
        };
        if link.cooked {
            // Room for the longest made-up header and one byte.
            options.snaplen = options.snaplen.max(Cooked::Sll2.length() as u32 + 1);
        }
        // Now, and not when it starts: privileges may be given up in between.
        if !stamp::ask_adapter(&socket, name, options.stamp)? {
            warnings.push(Warning::HostStamps);
            options.stamp = Stamp::Host;
        }
        let facts: i32 = socket::get(&socket, libc::SOL_SOCKET, libc::SO_BPF_EXTENSIONS).unwrap_or(0);
        Ok(Self {
            loopback: socket::index(&socket, "lo").unwrap_or(0),
            socket,
            name: name.to_owned(),
            monitor,
            index,
            link,
            options,
            warnings,
            vlan_extensions: facts >= VLAN_FACTS,
            filtered: false,
        })
    }

    /// What the first byte of each record will begin.
    pub fn link_type(&self) -> LinkType {
        self.link.link
    }

    /// All link types that the records can have.
    pub fn link_types(&self) -> &[LinkType] {
        self.link.all()
    }

    /// Takes another of [`Opening::link_types`].
    ///
    /// # Errors
    /// [`OpenError::LinkType`] if it is not one of them.
    pub fn set_link_type(&mut self, link: LinkType) -> Result<(), OpenError> {
        self.link.choose(link)
    }

    /// The most bytes of a record, after what the options asked for was put into bounds.
    pub fn snaplen(&self) -> u32 {
        self.options.snaplen
    }

    /// The number of the interface; `None` for all of them.
    pub fn interface(&self) -> Option<u32> {
        (self.index != 0).then_some(self.index)
    }

    /// Whether a filter may ask the kernel for the VLAN tag that it has taken out of the frame: to a filter in the
    /// kernel, the tag is nowhere else.
    pub fn vlan_extensions(&self) -> bool {
        self.vlan_extensions
    }

    /// What is not as it was asked for.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Attaches a filter, which was compiled for [`Opening::link_type`], in place of one attached before. For made-up
    /// headers it is rewritten to what the kernel sees.
    ///
    /// # Errors
    /// When the kernel does not take it. What was attached before stays; the capture can still be started, and
    /// filter for itself.
    pub fn attach(&mut self, filter: &Program) -> Result<(), FilterError> {
        attach(&self.socket, &self.view().translate(filter)?)?;
        self.filtered = true;
        Ok(())
    }

    /// Starts the capture: attaches the filter if one is given, makes the ring, and binds the socket last.
    ///
    /// # Errors
    /// [`OpenError::Filter`] if the filter is not taken (to go on without, call [`Opening::attach`] first and start
    /// with `None`), [`OpenError::NotUp`], ..
    pub fn start(mut self, filter: Option<&Program>) -> Result<Live, OpenError> {
        match filter {
            Some(filter) => self.attach(filter)?,
            None if !self.filtered => self.attach_snaplen()?,
            None => {}
        }
        let source = self.make_source()?;
        // Only a ring has the adapter's stamps.
        if matches!(source, Source::Plain(_)) && self.options.stamp != Stamp::Host {
            self.warnings.push(Warning::HostStamps);
        }
        self.prepare()?;
        self.bind()?;
        let view = self.view();
        let Self { socket, name, index, loopback, link, monitor, options, warnings, .. } = self;
        let shape = Shape::new(&link, options.snaplen, options.accept, loopback);
        Ok(Live::new(Parts { socket, source, shape, view, link, monitor, name, index, options, warnings }))
    }

    /// Without a filter: one that accepts all, and cuts each packet where we would, so that the ring is not filled
    /// with bytes that nobody reads.
    fn attach_snaplen(&mut self) -> Result<(), OpenError> {
        Ok(attach(&self.socket, &self.view().all(self.options.snaplen))?)
    }

    fn view(&self) -> View {
        let (accept, loopback) = (self.options.accept, self.loopback);
        // The only interface of a capture that is not on all of them needs no test for itself.
        let loopback = if self.index == 0 { loopback } else { 0 };
        View { cooked: self.link.header(), accept, loopback }
    }

    fn make_source(&mut self) -> Result<Source, OpenError> {
        let Options { buffer_bytes, retire_ms, plain, snaplen, .. } = self.options;
        socket::set(&self.socket, libc::SOL_PACKET, libc::PACKET_AUXDATA, 1)
            .map_err(|e| OpenError::from_call("setsockopt (PACKET_AUXDATA)", e))?;
        let refused = if plain {
            None
        } else {
            match self.make_ring(buffer_bytes, retire_ms) {
                Ok(ring) => return Ok(Source::Ring(ring)),
                Err(error) => Some(error),
            }
        };
        if let Some(error) = refused {
            self.warnings.push(Warning::NoRing(reason(&error)));
        }
        // Records of a cooked capture hold less of what is received here, and their headers are longer.
        crate::plain::Reader::make(&self.socket, snaplen.saturating_add(256), buffer_bytes)
            .map(Source::Plain)
            .map_err(|e| OpenError::from_call("setsockopt (SO_TIMESTAMPNS)", e))
    }

    fn make_ring(&self, bytes: usize, retire_ms: u32) -> io::Result<crate::ring::Reader> {
        socket::set(&self.socket, libc::SOL_PACKET, libc::PACKET_RESERVE, RESERVE)?;
        crate::ring::Reader::make(&self.socket, bytes, retire_ms)
    }

    /// What the kernel can leave out, or must let in.
    fn prepare(&self) -> Result<(), OpenError> {
        // What is sent on `lo` is received there too. Old kernels do not know the option; then it is left out here.
        if self.options.accept == Accept::In || self.index != 0 && self.index == self.loopback {
            let _ = socket::set(&self.socket, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, 1);
        }
        if self.options.promiscuous {
            let member = libc::packet_mreq {
                mr_ifindex: i32::try_from(self.index).unwrap_or(0),
                mr_type: libc::PACKET_MR_PROMISC as u16,
                mr_alen: 0,
                mr_address: [0; 8],
            };
            socket::set(&self.socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, member)
                .map_err(|e| OpenError::from_call("setsockopt (PACKET_ADD_MEMBERSHIP)", e))?;
        }
        Ok(())
    }

    /// From here on, packets come.
    fn bind(&self) -> Result<(), OpenError> {
        let bound = socket::bind(&self.socket, self.index, self.options.protocol);
        let pending = bound.and_then(|()| socket::take_error(&self.socket));
        match pending {
            Ok(0) => {}
            Ok(error) => return Err(OpenError::from_call("bind", io::Error::from_raw_os_error(error))),
            Err(error) => return Err(OpenError::from_call("bind", error)),
        }
        if let Some(Fanout { group, mode }) = self.options.fanout {
            let value = u32::from(mode) << 16 | u32::from(group);
            socket::set(&self.socket, libc::SOL_PACKET, libc::PACKET_FANOUT, value.cast_signed())
                .map_err(|e| OpenError::from_call("setsockopt (PACKET_FANOUT)", e))?;
        }
        Ok(())
    }
}

/// Where the packets come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The ring.
    Ring(crate::ring::Reader),
    /// One system call for each.
    Plain(crate::plain::Reader),
}

/// Attaches a list as it is.
pub(crate) fn attach(socket: &OwnedFd, list: &[Instruction]) -> Result<(), FilterError> {
    if list.len() > MAX_FILTER {
        return Err(FilterError::TooLong { instructions: list.len() });
    }
    socket::attach(socket, list).map_err(|error| match error.kind() {
        io::ErrorKind::OutOfMemory => FilterError::NoMemory,
        _ => FilterError::Refused(error),
    })
}

/// How the kernel sees the packets of a capture: what a filter for its records has to become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// The header that the records have and the kernel's packets have not.
    cooked: Option<Cooked>,
    /// What not to let in, for its direction; what comes in is left out by a socket option, better.
    accept: Accept,
    /// Number of the interface on which what is sent would be seen twice; 0 if that cannot be.
    loopback: u32,
}

impl View {
    /// The same for another link.
    pub fn of(self, link: &Link) -> Self {
        Self { cooked: link.header(), ..self }
    }

    /// The filter as the kernel needs it.
    pub fn translate(&self, filter: &Program) -> Result<Vec<Instruction>, FilterError> {
        let mut list = self.prologue();
        match self.cooked {
            None => list.extend_from_slice(filter.instructions()),
            Some(header) => {
                list.extend(for_kernel(filter.instructions(), header).ok_or(FilterError::NotForKernel)?);
            }
        }
        Ok(list)
    }

    /// A filter that accepts all, and cuts where records of `snaplen` bytes need it.
    pub fn all(&self, snaplen: u32) -> Vec<Instruction> {
        let mut list = self.prologue();
        // The link-layer header that goes may be longer than the one that comes.
        let room = if self.cooked.is_some() { 256 } else { 0 };
        list.push(Instruction::stmt(opcode::RET, snaplen.saturating_add(room)));
        list
    }

    /// What rejects packets before the filter sees them.
    fn prologue(&self) -> Vec<Instruction> {
        use opcode::{ABS, IMM, JEQ, JMP, K, LD, RET, W};
        let load = |fact| Instruction::stmt(LD | W | ABS, ancillary::AD_OFF.wrapping_add(fact));
        let skip = |value, jt, jf| Instruction::jump(JMP | JEQ | K, value, jt, jf);
        let outgoing = u32::from(libc::PACKET_OUTGOING);
        let reject = Instruction::stmt(RET | K, 0);
        let mut list = Vec::new();
        if self.accept == Accept::Out {
            list.extend([load(ancillary::PKTTYPE), skip(outgoing, 1, 0), reject]);
        }
        if self.loopback != 0 {
            list.extend([load(ancillary::IFINDEX), skip(self.loopback, 0, 3)]);
            list.extend([load(ancillary::PKTTYPE), skip(outgoing, 0, 1), reject]);
        }
        if !list.is_empty() {
            // Programs begin with zero in A.
            list.push(Instruction::stmt(LD | IMM, 0));
        }
        list
    }
}
