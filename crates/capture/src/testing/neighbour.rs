//! A second host for tests: a thread in a network namespace of its own, to which one end of a cable is given.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use super::{attribute, index, tell};
use crate::sys::namespace;

/// Starts a host that gets the interface `name` and then runs `body`; returns when it has the interface.
///
/// # Panics
/// If there can be no such host.
pub fn neighbour<T: Send + 'static>(
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let (here, there) = (mpsc::channel(), mpsc::channel());
    let host = thread::spawn(move || {
        here.0
            .send(namespace::leave().expect("a namespace for the neighbour"))
            .expect("who started us waits");
        there.1.recv().expect("who started us gives the interface");
        body()
    });
    give(name, here.1.recv().expect("the neighbour starts"));
    there.0.send(()).expect("the neighbour waits");
    host
}

/// Gives an interface to the network namespace of a thread.
fn give(name: &str, thread: u32) {
    const IFLA_NET_NS_PID: u16 = 19;
    // `ifinfomsg`: family, padding, type, index, flags, change.
    let mut message = vec![0; 4];
    message.extend(index(name).to_ne_bytes());
    message.resize(16, 0);
    message.extend(attribute(IFLA_NET_NS_PID, &thread.to_ne_bytes()));
    tell(libc::RTM_NEWLINK, 0, &message).expect("to give the interface away");
}
