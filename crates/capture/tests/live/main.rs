//! Live captures in a network namespace of their own: nothing lost, nothing twice, every byte and tag right.
#![deny(unsafe_code)]

mod attached;
mod filters;
mod packets;
mod places;
mod ring;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gannet_bpf::{Instruction, Limits, Program, ancillary, check, opcode::*};
use gannet_capture::testing::{self, Injector, add_veth, ethernet, in_namespace};
use gannet_capture::{Accept, CaptureError, Event, Live, OpenError, Options};
use gannet_wire::{Direction, LinkType, VlanTag};

/// An ethertype for local experiments, so that nothing answers.
const EXPERIMENT: u16 = 0x88b5;
const SECOND: Option<Duration> = Some(Duration::from_secs(1));

/// A record, kept.
#[derive(Clone, Debug)]
struct Kept {
    bytes: Vec<u8>,
    length: u32,
    time: (i64, u64),
    interface: u32,
    direction: Direction,
    vlan: Option<VlanTag>,
}

/// Everything until the capture, stopped now, has ended.
fn finish(live: &mut Live) -> Vec<Kept> {
    live.finish().unwrap();
    let mut kept = Vec::new();
    loop {
        match live.poll(SECOND).unwrap() {
            Event::Block(block) => kept.extend(block.map(|r| Kept {
                bytes: r.bytes.to_vec(),
                length: r.length,
                time: (r.time.seconds, r.time.nanos),
                interface: r.interface,
                direction: r.direction,
                vlan: r.vlan,
            })),
            Event::End => return kept,
            Event::Idle | Event::Stopped => {}
        }
    }
}

fn start(name: &str, options: Options) -> Live {
    Live::open(name, options).unwrap().start(None).unwrap()
}

fn small() -> Options {
    Options { buffer_bytes: 4 << 20, ..Options::default() }
}

/// With a ring and without one.
fn both() -> [Options; 2] {
    [small(), Options { plain: true, ..small() }]
}

fn numbered(n: u32) -> Vec<u8> {
    ethernet(&[], EXPERIMENT, &[&n.to_be_bytes()[..], &[0xab; 60]].concat())
}

fn program(list: &[Instruction]) -> Program {
    check(list.to_vec(), Limits::USER).unwrap()
}

/// Sends many frames, and not so many at once that the kernel's queue between the two ends overflows.
fn send_all(injector: &Injector, frames: impl Iterator<Item = Vec<u8>>) {
    for (n, frame) in frames.enumerate() {
        injector.send(&frame);
        if n % 50 == 49 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Does `body` while frames are sent out of `v0` without a pause.
fn under_load(body: impl FnOnce()) {
    /// Also when the body panics: else the thread would be waited for in vain.
    struct Stop<'r>(&'r AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(false, Ordering::Relaxed);
        }
    }
    let run = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            let injector = Injector::on("v0");
            while run.load(Ordering::Relaxed) {
                injector.send(&numbered(1));
            }
        });
        let _stop = Stop(&run);
        body();
    });
}

/// Accepts Ethernet frames whose payload begins with these four bytes.
fn begins_with(offset: u32, value: u32) -> Program {
    program(&[
        Instruction::stmt(LD | W | ABS, offset),
        Instruction::jump(JMP | JEQ | K, value, 0, 1),
        Instruction::stmt(RET, 262_144),
        Instruction::stmt(RET, 0),
    ])
}
