//! Sockets between virtual machines and their host, as Linux's vsockmon sees them (linux/vsockmon.h,
//! linux/virtio_vsock.h). Everything is little-endian.
//!
//! ```text
//! | source (8) | destination (8) | source port (4) | destination port (4) | op (2) | transport (2) | length (2) | 0 (2) |
//! virtio: | as above (24) | length (4) | type (2) | op (2) | flags (4) | space (4) | consumed (4) |
//! ```

use crate::prelude::*;

/// A packet of a socket between virtual machines.
pub static VSOCK: Protocol = Protocol { name: "vsock", dissect };

const HEADER: usize = 32;
const VIRTIO: u16 = 2;
const VIRTIO_HEADER: usize = 44;
const TRANSPORTS: NameTable = &[(0, "UNKNOWN"), (1, "NO_INFO"), (VIRTIO as u32, "VIRTIO")];
const PAYLOAD: u16 = 4;
const OPS: NameTable =
    &[(0, "UNKNOWN"), (1, "CONNECT"), (2, "DISCONNECT"), (3, "CONTROL"), (PAYLOAD as u32, "PAYLOAD")];
const VIRTIO_OPS: NameTable = &[
    (0, "INVALID"),
    (1, "REQUEST"),
    (2, "RESPONSE"),
    (3, "RST"),
    (4, "SHUTDOWN"),
    (5, "RW"),
    (6, "CREDIT UPDATE"),
    (7, "CREDIT REQUEST"),
];

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.captured();
    p.need(HEADER)?;
    cx.link_header_is(length);
    let (src, dst, src_port, dst_port) = (p.le64()?, p.le64()?, p.le32()?, p.le32()?);
    let (op, transport, _length, _reserved) = (p.le16()?, p.le16()?, p.le16()?, p.le16()?);
    out.name("transport", transport, TRANSPORTS, "Invalid transport (%u)");
    let size = if transport == VIRTIO { VIRTIO_HEADER } else { 0 };
    let whole = p.captured() >= size;
    if cx.verbose() == 0 {
        out.say(" ");
    } else if whole {
        if transport == VIRTIO {
            out.say(" (").nest("virtio", |out| virtio(p, out))?;
            out.say(")");
        }
        out.say("\n\t");
    }
    out.num("src", src).say(".").num("src_port", src_port).say(" > ");
    out.num("dst", dst).say(".").num("dst_port", dst_port).say(" ");
    out.name("op", op, OPS, " invalid op (%u)").say(", length ").num("length", length);
    if cx.verbose() > 0 && !whole {
        return Err(Stop::Truncated);
    }
    if cx.verbose() > 1 && op == PAYLOAD {
        p.pass(size);
        if p.is_empty() {
            return Err(Stop::Truncated);
        }
        out.say("\n").dump_hex("data", p.rest(), "\t");
    }
    Ok(())
}

fn virtio(mut p: Cursor, out: &mut Out) -> Dissect {
    // The ends of the connection once more.
    p.skip(24)?;
    let (length, kind, op) = (p.le32()?, p.le16()?, p.le16()?);
    let (flags, space, consumed) = (p.le32()?, p.le32()?, p.le32()?);
    out.say("len ").num("length", length).say(", type ").name(
        "type",
        kind,
        &[(1, "STREAM")],
        "Invalid type (%u)",
    );
    out.say(", op ").name("op", op, VIRTIO_OPS, "Invalid op (%u)").say(", flags ").hex("flags", flags);
    out.say(", buf_alloc ").num("buffer", space).say(", fwd_cnt ").num("consumed", consumed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ENDS: &str = "0300000000000000 0200000000000000 00040000 d2040000";

    #[test]
    fn a_payload() {
        let packet =
            format!("{ENDS} 0400 0200 2c00 0000 {ENDS} 02000000 0100 0500 00000000 00000400 01000000 6869");
        let said = "3.1024 > 2.1234 PAYLOAD, length 78";
        check(&VSOCK, &packet, "", &format!("VIRTIO {said}"));
        let header = "VIRTIO (len 2, type STREAM, op RW, flags 0, buf_alloc 262144, fwd_cnt 1)\n\t";
        check(&VSOCK, &packet, "-v", &format!("{header}{said}"));
        check(&VSOCK, &packet, "-vv", &format!("{header}{said}\n\t0x0000:  6869"));
        assert_eq!(
            values(&VSOCK, &packet),
            r#"{"vsock":{"transport":2,"virtio":{"length":2,"type":1,"op":5,"flags":0,"buffer":262144,"consumed":1},"src":3,"src_port":1024,"dst":2,"dst_port":1234,"op":4,"length":78,"data":"6869"}}"#
        );
    }

    #[test]
    fn without_a_transport() {
        check(
            &VSOCK,
            &format!("{ENDS} 0900 0100 0000 0000"),
            "-v",
            "NO_INFO\n\t3.1024 > 2.1234  invalid op (9), length 32",
        );
        check(
            &VSOCK,
            &format!("{ENDS} 0100 0200 2c00 0000"),
            "-v",
            "VIRTIO3.1024 > 2.1234 CONNECT, length 32 [|vsock]",
        );
        check(&VSOCK, ENDS, "", " [|vsock]");
    }
}
