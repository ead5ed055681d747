//! RX, the remote procedure calls of AFS (source: OpenAFS, rx/rx_packet.h and the services' .xg files).
//!
//! ```text
//! | epoch | connection | call | sequence | serial |                      (4 each)
//! | type | flags | user status | security | spare (2) | service (2) |
//! data, in the first packet of a call:  | operation (4) | arguments ..   of a reply:  | results ..
//! abort:  | error (4) |
//! ack:    | buffers (2) | skew (2) | first (4) | previous (4) | serial (4) | reason | packets | state of each ..
//! ```
//! A service ends in two ways. A number that was not captured ends the packet; a part that is not all there, or
//! that lies, is marked with the service's name, and RX goes on. Inside a service, [`Stop::Invalid`] is the second.

mod acl;
mod fields;
mod services;

use crate::memory::rx::Call;
use crate::prelude::*;
use fields::Field;
use services::Service;

/// RX.
pub static RX: Protocol = Protocol { name: "rx", dissect };

const HEADER: usize = 28;
const DATA: u8 = 1;
const ACK: u8 = 2;
const ABORT: u8 = 4;
const TYPES: NameTable = &[
    (DATA as u32, "data"),
    (ACK as u32, "ack"),
    (3, "busy"),
    (ABORT as u32, "abort"),
    (5, "ackall"),
    (6, "challenge"),
    (7, "response"),
    (8, "debug"),
    (9, "params"),
    (13, "version"),
];
const FROM_CLIENT: u8 = 1;
/// Flags, and the type in whose packets they have this name.
const FLAGS: &[(u8, Option<u8>, &str)] = &[
    (FROM_CLIENT, None, "client-init"),
    (2, None, "req-ack"),
    (4, None, "last-pckt"),
    (8, None, "more-pckts"),
    (16, None, "free-pckt"),
    (32, Some(ACK), "slow-start"),
    (32, Some(DATA), "jumbogram"),
];

const ACK_HEADER: usize = 18;
/// Between the states of the packets and what newer versions add.
const ACK_PADDING: usize = 3;
const REASONS: NameTable = &[
    (1, "ack requested"),
    (2, "duplicate packet"),
    (3, "out of sequence"),
    (4, "exceeds window"),
    (5, "no buffer space"),
    (6, "ping"),
    (7, "ping response"),
    (8, "delay"),
    (9, "idle"),
];

struct Header {
    call: u32,
    sequence: u32,
    kind: u8,
    flags: u8,
    service: u16,
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    if p.captured() < HEADER {
        cx.soft_cut(out)?;
    } else {
        // How long the datagram says it is, says nothing of what may be read.
        p = p.claiming(p.captured());
        let header = Header::read(cx.verbose(), &mut p, out)?;
        let first = header.sequence == 1;
        let from_client = header.flags & FROM_CLIENT != 0;
        match header.kind {
            DATA if first && from_client => call(cx, &header, length, p, out)?,
            DATA | ABORT if (first || header.kind == ABORT) && !from_client => {
                reply(cx, &header, length, p, out)?;
            }
            ACK if length >= HEADER => {
                let done = ack(cx.verbose(), p, out);
                mark("ack", done, out)?;
            }
            _ => {}
        }
    }
    out.say(" (").num("length", length).say(")");
    Ok(())
}

impl Header {
    fn read(verbose: u8, p: &mut Cursor, out: &mut Out) -> Dissect<Self> {
        let (epoch, connection, call) = (p.be32()?, p.be32()?, p.be32()?);
        let (sequence, serial) = (p.be32()?, p.be32()?);
        let [kind, flags, status, security] = p.array()?;
        let (_spare, service) = (p.be16()?, p.be16()?);
        out.say(" rx ").name("type", kind, TYPES, "type %u");
        out.note("epoch", epoch).note("flags", flags).note("user_status", status);
        if verbose > 1 {
            out.say(" cid ").hex0("connection", connection, 8).say(" call# ").num("call_number", call);
        }
        if verbose > 0 {
            out.say(" seq ").num("sequence", sequence).say(" ser ").num("serial", serial);
        }
        if verbose > 2 {
            out.say(" secindex ").num("security", security).say(" serviceid ").num("service_id", service);
        }
        if verbose > 1 {
            let mut between = " ";
            for (flag, of, name) in FLAGS {
                if flags & flag != 0 && of.is_none_or(|of| of == kind) {
                    out.say(std::mem::replace(&mut between, ",")).say("<").say(name).say(">");
                }
            }
        }
        Ok(Header { call, sequence, kind, flags, service })
    }
}

/// The first packet of a call, which is remembered for the sake of its reply.
fn call(cx: &mut Cx, header: &Header, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    let opcode = p.be32();
    let port = cx.ports.dst;
    if let Ok(opcode) = opcode {
        let (client, server) = (cx.ip.src, cx.ip.dst);
        let (number, service) = (header.call, header.service);
        cx.memory.rx.insert(Call { number, client, server, port, service, opcode });
    }
    let Some(service) = Service::at(port).filter(|_| length > HEADER) else { return Ok(()) };
    let opcode = opcode?;
    say_service(service, opcode, "call", p, out, |service| service.arguments(opcode))
}

/// The first packet of a reply, or its end by an error, if the call is remembered.
fn reply(cx: &mut Cx, header: &Header, length: usize, p: Cursor, out: &mut Out) -> Dissect {
    let port = cx.ports.src;
    let (client, server) = (cx.ip.dst, cx.ip.src);
    let is = |call: &Call| {
        (call.number, call.service, call.port) == (header.call, header.service, port)
            && call.client == client
            && call.server == server
    };
    let Some(Call { opcode, .. }) = cx.memory.rx.find(is) else { return Ok(()) };
    let Some(service) = Service::at(port) else { return Ok(()) };
    if length < HEADER || length == HEADER && !service.empty_replies {
        return Ok(());
    }
    say_service(service, opcode, "reply", p, out, |service| match header.kind {
        DATA => service.results(opcode),
        _ => service.error(opcode),
    })
}

/// What is asked of a service, or what it answers. Those that keep databases do so with the help of another.
fn say_service(
    at_port: &'static Service,
    opcode: u32,
    what: &str,
    mut p: Cursor,
    out: &mut Out,
    fields: impl FnOnce(&'static Service) -> &'static [Field],
) -> Dissect {
    out.say(" ").say(at_port.name);
    let service = match at_port.helper(opcode) {
        Some(helper) => {
            out.say(" ").say(helper.name);
            helper
        }
        None => at_port,
    };
    out.aside(|out| {
        out.chars("service", service.name.as_bytes());
    });
    out.say(" ").say(what).say(" ").name("operation", opcode, service.operations, "op#%u");
    let fields = fields(service);
    let done = out.nest(what, |out| fields::say_all(fields, &mut p, out));
    mark(service.name, done, out)
}

/// The end of a part that has a name.
fn mark(name: &str, done: Dissect, out: &mut Out) -> Dissect {
    match done {
        Err(Stop::Invalid) => {
            out.say(" [|").say(name).say("]").note_that("cut", true);
            Ok(())
        }
        done => done,
    }
}

/// What has arrived.
fn ack(verbose: u8, mut p: Cursor, out: &mut Out) -> Dissect {
    p.need(ACK_HEADER).map_err(|_| Stop::Invalid)?;
    let (buffers, skew, first, previous) = (p.be16()?, p.be16()?, p.be32()?, p.be32()?);
    let (serial, reason, count) = (p.be32()?, p.u8()?, p.u8()?);
    if verbose > 2 {
        out.say(" bufspace ").num("buffers", buffers).say(" maxskew ").num("skew", skew);
    }
    out.note("previous", previous).say(" first ").num("first", first);
    out.say(" serial ").num("acked_serial", serial).say(" reason ").name("reason", reason, REASONS, "#%u");
    let states = p.take(count.into()).map_err(|_| Stop::Invalid)?;
    for (state, words, key) in [(1, " acked ", "acked"), (0, " nacked ", "nacked")] {
        ranges(states, state, first, words, key, out)?;
    }
    p.pass(ACK_PADDING);
    if verbose < 2 {
        return Ok(());
    }
    for (words, key) in [
        (" ifmtu ", "interface_mtu"),
        (" maxmtu ", "mtu"),
        (" rwind ", "window"),
        (" maxpackets ", "packets_most"),
    ] {
        let Ok(value) = p.be32() else { break };
        out.say(words).num(key, value);
    }
    Ok(())
}

/// The numbers of the packets in a state: each alone, or the first and the last of a row of them.
fn ranges(states: &[u8], state: u8, first: u32, words: &str, key: &str, out: &mut Out) -> Dissect {
    if !states.contains(&state) {
        return Ok(());
    }
    out.say(words).phrase(key, |out| {
        let (mut number, mut more) = (first, false);
        for run in states.chunk_by(|a, b| (*a == state) == (*b == state)) {
            let next = number.wrapping_add(run.len() as u32);
            if run.first() == Some(&state) {
                out.say(if std::mem::replace(&mut more, true) { "," } else { "" }).num("", number);
                if run.len() > 1 {
                    out.say("-").num("", next.wrapping_sub(1));
                }
            }
            number = next;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, conversation, values};

    static UDP: &Protocol = &crate::proto::udp::UDP;
    const FID: &str = "00000001 00000002 00000003";

    /// A datagram with an RX header.
    fn datagram(ports: &str, kind: u8, flags: u8, body: &str) -> String {
        let length = 8 + HEADER + bytes(body).len();
        format!(
            "{ports} {length:04x} 0000 00000001 0000000c 00000004 00000001 00000006 {kind:02x} {flags:02x} 00 02
             0000 0001 {body}"
        )
    }

    fn call(port: u16, body: &str) -> String {
        datagram(&format!("1b59 {port:04x}"), DATA, FROM_CLIENT, body)
    }

    fn reply(port: u16, kind: u8, body: &str) -> String {
        datagram(&format!("{port:04x} 1b59"), kind, 0, body)
    }

    /// What a service says of a call.
    #[track_caller]
    fn calls(port: u16, body: &str, words: &str) {
        let length = HEADER + bytes(body).len();
        let expected = format!("0.0.0.0.7001 > 0.0.0.0.{port}:  rx data {words} ({length})");
        check(UDP, &call(port, body), "", &expected);
    }

    /// What a service says of the reply to an operation.
    #[track_caller]
    fn replies(port: u16, opcode: u32, kind: u8, body: &str, words: &str) {
        let packets = [call(port, &format!("{opcode:08x}")), reply(port, kind, body)];
        let length = HEADER + bytes(body).len();
        let name = if kind == DATA { "data" } else { "abort" };
        let expected = format!("0.0.0.0.{port} > 0.0.0.0.7001:  rx {name} {words} ({length})");
        assert_eq!(conversation(UDP, &packets, "")[1], expected);
    }

    #[test]
    fn headers() {
        let hex = datagram("1b59 1b62", 8, 0x27, "");
        let head = "0.0.0.0.7001 > 0.0.0.0.7010:  rx debug";
        check(UDP, &hex, "", &format!("{head} (28)"));
        check(UDP, &hex, "-v", &format!("{head} seq 1 ser 6 (28)"));
        check(
            UDP,
            &hex,
            "-vvvK",
            "0.0.0.0.7001 > 0.0.0.0.7010:  rx debug cid 0000000c call# 4 seq 1 ser 6 secindex 2 serviceid 1 \
                 <client-init>,<req-ack>,<last-pckt> (28)",
        );
        check(UDP, "1b59 1b62 000a 0000 0102", "", "0.0.0.0.7001 > 0.0.0.0.7010:  [|rx] (2)");
        assert_eq!(
            values(UDP, &call(7000, &format!("00000084 {FID}"))),
            "{\"udp\":{\"src_port\":7001,\"dst_port\":7000,\"length\":44,\"checksum\":0,\"rx\":{\"type\":1,\
             \"epoch\":1,\"flags\":1,\"user_status\":0,\"connection\":12,\"call_number\":4,\"sequence\":1,\
             \"serial\":6,\"security\":2,\"service_id\":1,\"service\":\"fs\",\"operation\":132,\
             \"call\":{\"fid\":\"1/2/3\"},\"length\":44}}}"
        );
    }

    #[test]
    fn files() {
        let name = "00000002 68690000";
        calls(7000, &format!("00000084 {FID}"), "fs call fetch-status fid 1/2/3");
        calls(
            7000,
            &format!("00000082 {FID} 00000005 00000006"),
            "fs call fetch-data fid 1/2/3 offset 5 length 6",
        );
        calls(
            7000,
            &format!("0000008a {FID} {name} {FID} {name}"),
            "fs call rename old fid 1/2/3 \"hi\" new fid 1/2/3 \"hi\"",
        );
        calls(
            7000,
            &format!("0000008d {FID} {name} 0000041f 00000000 00000001 00000002 000081a4 00000003"),
            "fs call makedir fid 1/2/3 \"hi\" StoreStatus date 1970-01-01 00:00:00 owner 1 group 2 mode 644 \
             segsize 3 fsync",
        );
        calls(7000, &format!("0000009b 00000002 {FID} {FID}"), "fs call bulk-stat fid 1/2/3, fid 1/2/3");
        calls(7000, "0000009b 00000000", "fs call bulk-stat <none!>");
        calls(
            7000,
            &format!("00010001 {FID} 0000000100000000 0000000000000001"),
            "fs call fetch-data-64 fid 1/2/3 offset 4294967296 length 1",
        );
        calls(7000, "00000063", "fs call op#99");
        replies(7000, 141, DATA, FID, "fs reply makedir new fid 1/2/3");
        replies(7000, 153, DATA, "7fffffff", "fs reply get-time 2038-01-19 03:14:07");
        replies(7000, 132, ABORT, "00000067", "fs reply fetch-status error no such volume");
        replies(7000, 132, ABORT, "ffffff9c", "fs reply fetch-status error restarting fileserver");
        replies(7000, 132, ABORT, "ffffffff", "fs reply fetch-status error #-1");
    }

    #[test]
    fn access_control_lists() {
        // "1\n1\nann 127\nbob 9\n"
        let list = "00000012 310a310a616e6e203132370a626f6220390a 0000";
        calls(
            7000,
            &format!("00000086 {FID} {list}"),
            "fs call store-acl fid 1/2/3 +{ann rlidwka} -{bob rl}",
        );
        replies(7000, 131, DATA, list, "fs reply fetch-acl +{ann rlidwka} -{bob rl}");
        // "2\n0\nann 1\nbob"
        replies(7000, 131, DATA, "0000000d 320a300a616e6e20310a626f62 000000", "fs reply fetch-acl +{ann r}");
        replies(7000, 131, DATA, "00000001 78000000", "fs reply fetch-acl");
    }

    #[test]
    fn callbacks() {
        calls(
            7001,
            &format!("000000cc 00000001 {FID} 00000001 ffffffff 00000000 00000003"),
            "cb call callback fid 1/2/3; ver -1 expires 1970-01-01 00:00:00",
        );
        let uuid = "00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008 00000009 0000000a 0000000b";
        calls(
            7001,
            &format!("000000d6 {uuid}"),
            "cb call probeuuid afsuuid 00000001000200030405060708090a0b",
        );
        replies(7001, 206, ABORT, "00000005", "cb reply probe errcode 5");
    }

    #[test]
    fn databases() {
        calls(7002, "000001f9 00000002 00000001 ffffffff", "pt call id-to-name ids: 1 -1");
        replies(7002, 504, DATA, "00000000", "pt reply name-to-id ids: <none!>");
        let name = format!("00000061 {}", "00000000 ".repeat(63));
        replies(7002, 505, DATA, &format!("00000001 {name}"), "pt reply id-to-name \"a\"");
        calls(7003, "000001f7 00000007 00000002", "vldb call get-entry-by-id volid 7 type backup");
        calls(7003, "000001f7 00000007 00000009", "vldb call get-entry-by-id volid 7");
        let zeros = |n| "00000000 ".repeat(n);
        replies(
            7003,
            503,
            DATA,
            &format!(
                "{name} {} 00000001 0a000001 {} 0000001b {} {} 00000001 00000002 00000003",
                zeros(2),
                zeros(7),
                zeros(7),
                zeros(8)
            ),
            "vldb reply get-entry-by-id \"a\" numservers 1 servers 10.0.0.1 partitions 27 rwvol 1 rovol 2 backup 3",
        );
        calls(
            7004,
            "00000017 00000001 00000001 61000000 00000002 0102 00000001 62000000 00000000",
            "kauth call get-ticket kvno 1 domain \"a\" principal \"b\" \"\"",
        );
        replies(7004, 21, ABORT, "00000001", "kauth reply authenticate errcode 1");
    }

    #[test]
    fn votes() {
        calls(
            7002,
            "00002710 00000001 00000000 00000001 00000002 00000003 00000004",
            "pt ubik call vote-beacon syncsite yes votestart 1970-01-01 00:00:00 dbversion 1.2 tid 3.4",
        );
        replies(7003, 10000, DATA, "00000000", "vldb ubik reply vote-beacon vote no");
        replies(
            7003,
            10000,
            ABORT,
            "00000001",
            "vldb ubik reply vote-beacon vote yes until 1970-01-01 00:00:01",
        );
        replies(7004, 20001, ABORT, "00000001", "kauth ubik reply disk-commit errcode 1");
    }

    #[test]
    fn volumes_and_processes() {
        calls(
            7005,
            "00000080 00000001 00000000 00000001 00000002 00000003 00000004",
            "vol call forward-multiple fromtrans 1 fromdate 1970-01-01 00:00:00 server 2:3:4",
        );
        replies(7005, 110, DATA, "00000001 00000002", "vol reply get-nth-volume volume 1 partition 2");
        calls(7007, "00000052 00000001 61000000 00000001", "bos call set-status \"a\" status 1");
        replies(7007, 82, ABORT, "00000001", "bos reply set-status errcode 1");
    }

    #[test]
    fn acknowledgements() {
        let ack = |states: &str| format!("0001 0000 00000002 00000000 00000009 08 {states}");
        let head = "0.0.0.0.7001 > 0.0.0.0.7000:  rx ack";
        let says = |states: &str, args: &str, words: &str| {
            let hex = datagram("1b59 1b58", ACK, 0, &ack(states));
            check(UDP, &hex, args, &format!("{head} {words} ({})", bytes(&hex).len() - 8));
        };
        says("00", "", "first 2 serial 9 reason delay");
        says("06 010100010000", "", "first 2 serial 9 reason delay acked 2-3,5 nacked 4,6-7");
        says(
            "01 01 000000 00000001 00000002",
            "-vvK",
            "cid 0000000c call# 4 seq 1 ser 6 first 2 serial 9 reason delay acked 2 ifmtu 1 maxmtu 2",
        );
        says("07 01", "", "first 2 serial 9 reason delay [|ack]");
    }

    #[test]
    fn cuts() {
        calls(7000, "00000084 00000001", "fs call fetch-status [|fs]");
        calls(7000, &format!("0000008d {FID} 00000101"), "fs call makedir fid 1/2/3 [|fs]");
        calls(7000, &format!("0000008d {FID} 00000004 6869"), "fs call makedir fid 1/2/3 \"hi [|fs]");
        check(
            UDP,
            &call(7000, &format!("00000082 {FID}")),
            "",
            "0.0.0.0.7001 > 0.0.0.0.7000:  rx data fs call fetch-data fid 1/2/3 offset [|rx]",
        );
    }
}
