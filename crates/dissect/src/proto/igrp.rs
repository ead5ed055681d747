//! IGRP, Cisco's Interior Gateway Routing Protocol (An Introduction to IGRP, Hedrick, 1991).
//!
//! ```text
//! | version, op code | edition | AS (2) | interior (2) | system (2) | exterior (2) | checksum |
//! | network (3) | delay (3) | bandwidth (3) | MTU (2) | reliability | load | hops | ..
//! ```

use crate::prelude::*;

/// IGRP.
pub static IGRP: Protocol = Protocol { name: "igrp", dissect };

const OP_CODES: NameTable = &[(1, "update"), (2, "request")];
/// Bytes of a route.
const ROUTE: usize = 14;
const INFINITY: u32 = 0x00ff_ffff;

fn dissect(cx: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    out.say("igrp:");
    p.need(10)?;
    let ([head, edition], system) = (p.array()?, p.be16()?);
    let counts = [p.be16()?, p.be16()?, p.be16()?];
    let [interior, inside, exterior] = counts;
    out.say(" ").name("op_code", head & 0x0f, OP_CODES, "op-#%u").say(" V").num("version", head >> 4);
    out.say(" edit=").num("edition", edition).say(" AS=").num("as", system).say(" (");
    out.num("interior", interior).say("/").num("system", inside).say("/").num("exterior", exterior).say(")");
    let checksum = p.be16()?;
    if cx.verbose() > 0 {
        out.say(" checksum=0x").hex0("checksum", checksum, 4);
    }
    if routes(counts, &mut p, out)? && p.claimed() == 0 { Ok(()) } else { Err(Stop::Invalid) }
}

/// Says the routes; whether there are as many as were counted.
fn routes(mut counts: [u16; 3], p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
    out.list("routes", |out| {
        while p.claimed() >= ROUTE {
            let Some(kind) = counts.iter().position(|count| *count > 0) else {
                out.aloud(|out| _ = out.say(" [extra bytes ").num("", p.claimed()).say("]"));
                return Ok(true);
            };
            counts.iter_mut().skip(kind).take(1).for_each(|count| *count -= 1);
            out.item(|out| route(kind, p, out))?;
        }
        Ok(counts == [0; 3])
    })
}

fn route(kind: usize, p: &mut Cursor, out: &mut Out) -> Dissect {
    let network: [u8; 3] = p.array()?;
    let [a, b, c] = network;
    out.note("kind", kind as u8).aside(|out| _ = out.octets("network", &network, b'.'));
    out.aloud(|out| {
        match kind {
            0 => write!(out, " *.{a}.{b}.{c}"),
            1 => write!(out, " {a}.{b}.{c}.0"),
            _ => write!(out, " X{a}.{b}.{c}.0"),
        };
    });
    let (delay, bandwidth, mtu, [reliability, load, hops]) = (p.be24()?, p.be24()?, p.be16()?, p.array()?);
    out.note("delay", delay).note("bandwidth", bandwidth);
    out.aloud(|out| {
        out.say(" d=")
            .num("", delay * 10)
            .say(" b=")
            .num("", 10_000_000u32.checked_div(bandwidth).unwrap_or(0));
    });
    out.say(" r=").num("reliability", reliability).say(" l=").num("load", load);
    out.say(" M=").num("metric", (bandwidth + delay).min(INFINITY));
    out.say(" mtu=").num("mtu", mtu).say(" in ").num("hops", hops).say(" hops");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    const ROUTES: &str = "0a0100 000064 0003e8 05dc ff 01 00  0a0200 000064 000000 05dc ff 01 02";

    #[test]
    fn updates() {
        check(
            &IGRP,
            &format!("11 05 0064 0001 0001 0000 1234 {ROUTES}"),
            "-v",
            "igrp: update V1 edit=5 AS=100 (1/1/0) checksum=0x1234 \
             *.10.1.0 d=1000 b=10000 r=255 l=1 M=1100 mtu=1500 in 0 hops \
             10.2.0.0 d=1000 b=0 r=255 l=1 M=100 mtu=1500 in 2 hops",
        );
        check(&IGRP, "12 00 0064 0000 0000 0000 1234", "", "igrp: request V1 edit=0 AS=100 (0/0/0)");
    }

    #[test]
    fn lies() {
        check(
            &IGRP,
            &format!("11 05 0064 0000 0000 0001 1234 {ROUTES}"),
            "",
            "igrp: update V1 edit=5 AS=100 (0/0/1) X10.1.0.0 d=1000 b=10000 r=255 l=1 M=1100 mtu=1500 in 0 hops \
             [extra bytes 14] (invalid)",
        );
        check(&IGRP, "13 00 0064 0001 0000 0000 1234", "", "igrp: op-#3 V1 edit=0 AS=100 (1/0/0) (invalid)");
        check(&IGRP, "11 00 00", "", "igrp: [|igrp]");
    }

    #[test]
    fn values_of_an_update() {
        assert_eq!(
            values(&IGRP, "11 05 0064 0001 0000 0000 1234 0a0100 000064 0003e8 05dc ff 01 00"),
            "{\"igrp\":{\"op_code\":1,\"version\":1,\"edition\":5,\"as\":100,\"interior\":1,\"system\":0,\"exterior\":0,\
             \"checksum\":4660,\"routes\":[{\"kind\":0,\"network\":\"0a.01.00\",\"delay\":100,\"bandwidth\":1000,\
             \"reliability\":255,\"load\":1,\"metric\":1100,\"mtu\":1500,\"hops\":0}]}}"
        );
    }
}
