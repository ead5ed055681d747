//! IPX, Novell's datagrams, with RIP and SAP (source: Novell, "IPX Router Specification", 107-000029-001).
//!
//! ```text
//! | checksum (2) | length (2) | hops | type |
//! | destination: network (4), node (6), socket (2) | source, likewise |
//! RIP:  | operation (2) | network (4) | hops (2) | ticks (2) | ..
//! SAP:  | operation (2) | type (2) | name (48) | network (4) | node (6) | socket (2) | hops (2) | ..
//! ```

use crate::prelude::*;

/// IPX.
pub static IPX: Protocol = Protocol { name: "ipx", dissect };
/// IPX in a frame that an ethertype announces, which Novell calls Ethernet II.
pub static ETHERNET_II: Protocol = Protocol { name: "ipx", dissect: ethernet_ii };

const HEADER: usize = 30;
/// Destination sockets.
const SAP: u16 = 0x0452;
const RIP: u16 = 0x0453;
const EIGRP: u16 = 0x85be;
/// What IP calls it.
const IP_EIGRP: u8 = 88;
const SOCKETS: NameTable =
    &[(0x0451, "ipx-ncp"), (0x0455, "ipx-netbios"), (0x0456, "ipx-diags"), (0x0553, "ipx-nwlink-dgm")];

const SAP_OPERATIONS: NameTable =
    &[(1, "ipx-sap-req"), (2, "ipx-sap-resp"), (3, "ipx-sap-nearest-req"), (4, "ipx-sap-nearest-resp")];
const SAP_MOST: usize = 8;
const SAP_NAME: usize = 48;
const RIP_OPERATIONS: NameTable = &[(1, "ipx-rip-req"), (2, "ipx-rip-resp")];
const RIP_MOST: usize = 50;
const ROUTE: usize = 8;

fn ethernet_ii(cx: &mut Cx, p: Cursor, out: &mut Out) -> Dissect {
    out.say("(NOV-ETHII) ");
    dissect(cx, p, out)
}

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    if !cx.options.link_header {
        out.say("IPX ");
    }
    let packet = p;
    // The source is said first, and read first.
    let mut source = packet.at(18);
    address("src", &mut source, out)?;
    out.say(" > ");
    p.pass(6);
    let socket = address("dst", &mut p, out)?;
    out.say(": ");
    let length = usize::from(packet.at(2).be16()?);
    out.aside(|out| {
        let byte = |at| packet.at(at).u8().unwrap_or(0);
        out.num("checksum", packet.at(0).be16().unwrap_or(0)).num("hops", byte(4)).num("type", byte(5));
    });
    if length < HEADER {
        out.say("[length ").num("length", length).say(" < ");
        out.aloud(|out| _ = out.num("", HEADER).say("]"));
        return Err(Stop::Invalid);
    }
    let length = length - HEADER;
    out.note("length", length);
    let payload = packet.at(HEADER).claiming(length);
    match socket {
        SAP => sap(payload, out),
        RIP => rip(payload, out),
        EIGRP => cx.next(Space::IpProto(IP_EIGRP), payload, out).map(drop),
        _ => {
            out.aloud(|out| _ = out.name("", socket, SOCKETS, "ipx-#%x").say(" ").num("", length));
            cx.next(Space::Ipx(socket), payload, out).map(drop)
        }
    }
}

/// Network, node and socket; gives the socket.
fn address(key: &str, p: &mut Cursor, out: &mut Out) -> Dissect<u16> {
    let (network, node, socket) = (p.be32()?, p.array()?, p.be16()?);
    out.phrase(key, |out| {
        host(network, &node, out);
        out.say(".").hex0("", socket, 4);
        Ok(())
    })?;
    Ok(socket)
}

fn host(network: u32, node: &[u8; 6], out: &mut Out) {
    out.hex0("", network, 8).say(".").octets("", node, b':');
}

/// Services, and where they are.
fn sap(mut p: Cursor, out: &mut Out) -> Dissect {
    let operation = p.at(0).be16()?;
    out.enough("length", &p, 2)?;
    p.skip(2)?;
    out.name("operation", operation, SAP_OPERATIONS, "ipx-sap-?%x");
    match operation {
        1 | 3 => {
            let service = p.be16()?;
            out.say(" ").hex0("service", service, 4);
            Ok(())
        }
        2 | 4 => out.list("services", |out| {
            for _ in 0..SAP_MOST {
                if p.claimed() == 0 {
                    break;
                }
                out.item(|out| service(&mut p, out))?;
            }
            Ok(())
        }),
        _ => Ok(()),
    }
}

fn service(p: &mut Cursor, out: &mut Out) -> Dissect {
    out.enough("length", p, 2)?;
    let kind = p.be16()?;
    out.say(" ").hex0("type", kind, 4).say(" '");
    if p.claimed() < SAP_NAME {
        out.say("'");
        return Err(Stop::Invalid);
    }
    out.padded_chars_of("name", p, SAP_NAME)?;
    out.say("'");
    out.enough("length", p, 10)?;
    let (network, node) = (p.be32()?, p.array()?);
    out.say(" addr ").phrase("address", |out| {
        host(network, &node, out);
        Ok(())
    })?;
    out.enough("length", p, 4)?;
    let (socket, hops) = (p.be16()?, p.be16()?);
    out.note("socket", socket).note("hops", hops);
    Ok(())
}

/// Networks, and how far they are.
fn rip(mut p: Cursor, out: &mut Out) -> Dissect {
    let operation = p.at(0).be16()?;
    out.enough("length", &p, 2)?;
    p.skip(2)?;
    out.name("operation", operation, RIP_OPERATIONS, "ipx-rip-?%x");
    let most = match operation {
        1 => 1,
        2 => RIP_MOST,
        _ => return Ok(()),
    };
    out.list("routes", |out| {
        for _ in 0..most {
            if p.claimed() == 0 {
                break;
            }
            out.item(|out| {
                out.enough("length", &p, ROUTE)?;
                let (network, hops, ticks) = (p.be32()?, p.be16()?, p.be16()?);
                out.say(" ").hex0("network", network, 8).say("/").num("hops", hops);
                out.say(".").num("ticks", ticks);
                Ok(())
            })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bytes, check, values};

    fn packet(socket: &str, payload: &str) -> String {
        let length = HEADER + bytes(payload).len();
        format!("ffff {length:04x} 00 04 00000001 ffffffffffff {socket} 00000002 020000000001 4003 {payload}")
    }

    const ENDS: &str = "00000002.02:00:00:00:00:01.4003 > 00000001.ff:ff:ff:ff:ff:ff";

    #[track_caller]
    fn says(socket: &str, payload: &str, words: &str) {
        check(&IPX, &packet(socket, payload), "", &format!("IPX {ENDS}.{socket}: {words}"));
    }

    #[test]
    fn sockets() {
        says("0451", "0102", "ipx-ncp 2");
        says("0456", "", "ipx-diags 0");
        says("4004", "01", "ipx-#4004 1");
        check(&ETHERNET_II, &packet("0456", ""), "", &format!("(NOV-ETHII) IPX {ENDS}.0456: ipx-diags 0"));
        check(&IPX, &packet("0451", "01"), "-e", &format!("{ENDS}.0451: ipx-ncp 1"));
        assert_eq!(
            values(&IPX, &packet("0451", "01")),
            "{\"ipx\":{\"src\":\"00000002.02:00:00:00:00:01.4003\",\"dst\":\"00000001.ff:ff:ff:ff:ff:ff.0451\",\
             \"checksum\":65535,\"hops\":0,\"type\":4,\"length\":1}}"
        );
    }

    #[test]
    fn routes() {
        says("0453", "0001", "ipx-rip-req");
        says("0453", "0001 ffffffff 0001 0002", "ipx-rip-req ffffffff/1.2");
        says("0453", "0002 00000001 0001 0002 00000002 0003 0004", "ipx-rip-resp 00000001/1.2 00000002/3.4");
        says("0453", "0009", "ipx-rip-?9");
        says("0453", "0002 00000001 0001", "ipx-rip-resp [length 6 < 8] (invalid)");
    }

    #[test]
    fn services() {
        let name = format!("6162{}", "00".repeat(46));
        says("0452", "0003 0004", "ipx-sap-nearest-req 0004");
        says(
            "0452",
            &format!("0002 0004 {name} 00000001 000000000001 0451 0001"),
            "ipx-sap-resp 0004 'ab' addr 00000001.00:00:00:00:00:01",
        );
        says("0452", "0004 0004 61", "ipx-sap-nearest-resp 0004 '' (invalid)");
        says("0452", "0005", "ipx-sap-?5");
    }

    #[test]
    fn lies() {
        let hex = packet("0451", "").replace("ffff 001e", "ffff 001d");
        check(&IPX, &hex, "", &format!("IPX {ENDS}.0451: [length 29 < 30] (invalid)"));
        check(&IPX, "ffff", "", "IPX  [|ipx]");
    }
}
