//! ONC RPC (RFC 5531), which only `-T rpc` makes of a datagram: calls of the port mapper (RFC 1833), and replies, all
//! of which are taken for NFS's.
//!
//! ```text
//! | xid | 0 | RPC version | program | version | procedure | credentials: | flavor | length |
//! ```

use super::nfs;
use crate::prelude::*;

/// ONC RPC.
pub static SUNRPC: Protocol = Protocol { name: "sunrpc", dissect };

const CALL: u32 = 0;
const HEADER: usize = 32;
const VERSION: u32 = 2;
/// The port mapper's port.
const PORT: u16 = 111;
const PROCEDURES: NameTable =
    &[(0, "null"), (1, "set"), (2, "unset"), (3, "getport"), (4, "dump"), (CALLIT, "call")];
const CALLIT: u32 = 5;
const NFS_PORT: u16 = 2049;

fn dissect(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    cx.speaking = "udp";
    let direction = p.at(4).be32()?;
    if direction == CALL {
        cx.speaking = "sunrpc";
        return call(cx, p, out);
    }
    cx.speaking = "nfs";
    let xid = p.at(0).be32()?;
    address(cx.ip.src, out);
    port(cx, "nfs", NFS_PORT, out);
    out.say(" > ");
    address(cx.ip.dst, out);
    out.num("xid", xid).say(": ");
    nfs::reply(cx, p, out)
}

fn call(cx: &Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let length = p.claimed();
    p.need(HEADER)?;
    let (xid, _, rpc_version, program) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
    let (version, procedure) = (p.be32()?, p.be32()?);
    address(cx.ip.src, out);
    out.say("0x").hex("xid", xid).say(" > ");
    address(cx.ip.dst, out);
    if cx.options.numeric {
        out.say("0x").aloud(|out| _ = out.hex("", PORT));
    } else {
        out.say("sunrpc");
    }
    out.say(": ").num("length", length);
    out.say(" ").name("procedure", procedure, PROCEDURES, " proc #%u");
    out.note("rpc_version", rpc_version).note("program", program).note("version", version);
    out.aloud(|out| {
        if rpc_version != VERSION {
            out.say(" [rpcver ").num("", rpc_version).say("]");
        }
        if matches!(procedure, 1..=3 | CALLIT) {
            let otherwise = if cx.options.numeric { "%u" } else { "#%u" };
            out.say(" ").rpc_program("", program, otherwise).say(".").num("", version);
        }
    });
    Ok(())
}

fn address(addr: Addr, out: &mut Out) {
    out.aloud(|out| _ = out.ip("", addr).say("."));
}

/// A port that has a name of ours, if names are wanted.
fn port(cx: &Cx, name: &str, port: u16, out: &mut Out) {
    out.aloud(|out| _ = if cx.options.numeric { out.num("", port) } else { out.say(name) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const GETPORT: &str = "0000000a 00000000 00000002 000186a0 00000002 00000003 00000000 00000000";

    #[test]
    fn calls() {
        check(&SUNRPC, GETPORT, "", "0.0.0.0.0xa > 0.0.0.0.0x6f: 32 getport 100000.2");
        check(&SUNRPC, &GETPORT.replace("00000003", "00000000"), "-v", "0.0.0.0.0xa > 0.0.0.0.0x6f: 32 null");
        check(
            &SUNRPC,
            "0000000a 00000000 00000003 000186a0 00000002 00000009 00000000 00000000",
            "",
            "0.0.0.0.0xa > 0.0.0.0.0x6f: 32  proc #9 [rpcver 3]",
        );
        assert_eq!(
            values(&SUNRPC, GETPORT),
            r#"{"sunrpc":{"xid":10,"length":32,"procedure":3,"rpc_version":2,"program":100000,"version":2}}"#
        );
    }

    #[test]
    fn replies_are_taken_for_those_of_nfs() {
        check(&SUNRPC, "0000000a 00000001 00000000", "", "0.0.0.0.2049 > 0.0.0.0.10: reply ok 12");
        check(&SUNRPC, "0000000a 00000001 00", "", "0.0.0.0.2049 > 0.0.0.0.10:  [|nfs]");
        check(
            &SUNRPC,
            "0000000a 00000001 00000001 00000000 00000002 00000003",
            "",
            "0.0.0.0.2049 > 0.0.0.0.10: reply ERR 24: RPC Version mismatch (2-3)",
        );
    }

    #[test]
    fn cuts() {
        check(&SUNRPC, "0000000a 0000", "", " [|udp]");
        check(&SUNRPC, "0000000a 00000000 00000002", "", " [|sunrpc]");
    }
}
