//! The records of samples: what a packet was like, and what an interface has counted (source: sFlow version 5, section 5).

use super::{Phrase, phrase, size, unknown};
use crate::prelude::*;

const HEADER: usize = 8;
const RAW_PACKET: u32 = 1;
const FLOWS: NameTable = &[
    (RAW_PACKET, "Raw packet"),
    (2, "Ethernet frame"),
    (3, "IPv4 Data"),
    (4, "IPv6 Data"),
    (1001, "Extended Switch data"),
    (1002, "Extended Router data"),
    (1003, "Extended Gateway data"),
    (1004, "Extended User data"),
    (1005, "Extended URL data"),
    (1006, "Extended MPLS data"),
    (1007, "Extended NAT data"),
    (1008, "Extended MPLS tunnel"),
    (1009, "Extended MPLS VC"),
    (1010, "Extended MPLS FEC"),
    (1011, "Extended MPLS LVP FEC"),
    (1012, "Extended VLAN Tunnel"),
];
const GENERIC: u32 = 1;
const COUNTERS: NameTable = &[
    (GENERIC, "Generic counter"),
    (2, "Ethernet counter"),
    (3, "Token ring counter"),
    (4, "100 BaseVG counter"),
    (5, "Vlan counter"),
    (1001, "Processor counter"),
];
/// What a packet began with.
const PROTOCOLS: NameTable = &[(1, "Ethernet"), (11, "IPv4"), (12, "IPv6")];
const DIRECTIONS: NameTable =
    &[(0, "unknown"), (1, "full-duplex"), (2, "half-duplex"), (3, "in"), (4, "out")];

const RAW: usize = 16;
const ETHERNET_FRAME: usize = 24;
const SWITCH: Phrase = &[
    ("\n\t      src vlan ", "src_vlan", 4),
    (", src pri ", "src_priority", 4),
    (", dst vlan ", "dst_vlan", 4),
    (", dst pri ", "dst_priority", 4),
];

/// RFC 2233's counters; the direction's name follows the first line, and the second is [`status`].
const INTERFACE: Phrase = &[
    ("\n\t      ifindex ", "index", 4),
    (", iftype ", "type", 4),
    (", ifspeed ", "speed", 8),
    (", ifdirection ", "direction", 4),
];
const STATUS: usize = 4;
const INTERFACE_COUNTERS: &[Phrase] = &[
    &[
        ("\n\t      In octets ", "in_octets", 8),
        (", unicast pkts ", "in_unicast", 4),
        (", multicast pkts ", "in_multicast", 4),
        (", broadcast pkts ", "in_broadcast", 4),
        (", discards ", "in_discards", 4),
    ],
    &[("\n\t      In errors ", "in_errors", 4), (", unknown protos ", "in_unknown_protocols", 4)],
    &[
        ("\n\t      Out octets ", "out_octets", 8),
        (", unicast pkts ", "out_unicast", 4),
        (", multicast pkts ", "out_multicast", 4),
        (", broadcast pkts ", "out_broadcast", 4),
        (", discards ", "out_discards", 4),
    ],
    &[("\n\t      Out errors ", "out_errors", 4), (", promisc mode ", "promiscuous", 4)],
];
/// RFC 2358.
const ETHERNET: &[Phrase] = &[
    &[
        ("\n\t      align errors ", "alignment_errors", 4),
        (", fcs errors ", "fcs_errors", 4),
        (", single collision ", "single_collisions", 4),
        (", multiple collision ", "multiple_collisions", 4),
        (", test error ", "sqe_test_errors", 4),
    ],
    &[
        ("\n\t      deferred ", "deferred", 4),
        (", late collision ", "late_collisions", 4),
        (", excessive collision ", "excessive_collisions", 4),
        (", mac trans error ", "mac_transmit_errors", 4),
    ],
    &[
        ("\n\t      carrier error ", "carrier_sense_errors", 4),
        (", frames too long ", "frames_too_long", 4),
        (", mac receive errors ", "mac_receive_errors", 4),
        (", symbol errors ", "symbol_errors", 4),
    ],
];
/// RFC 2020.
const BASEVG: &[Phrase] = &[
    &[
        ("\n\t      in high prio frames ", "in_high_frames", 4),
        (", in high prio octets ", "in_high_octets", 8),
    ],
    &[
        ("\n\t      in norm prio frames ", "in_normal_frames", 4),
        (", in norm prio octets ", "in_normal_octets", 8),
    ],
    &[
        ("\n\t      in ipm errors ", "in_ipm_errors", 4),
        (", oversized ", "in_oversized", 4),
        (", in data errors ", "in_data_errors", 4),
        (", null addressed frames ", "in_null_addressed", 4),
    ],
    &[
        ("\n\t      out high prio frames ", "out_high_frames", 4),
        (", out high prio octets ", "out_high_octets", 8),
        (", trans into frames ", "transitions", 4),
    ],
    &[
        ("\n\t      in hc high prio octets ", "hc_in_high_octets", 8),
        (", in hc norm prio octets ", "hc_in_normal_octets", 8),
        (", out hc high prio octets ", "hc_out_high_octets", 8),
    ],
];
const VLAN: &[Phrase] = &[&[
    ("\n\t      vlan_id ", "vlan", 4),
    (", octets ", "octets", 8),
    (", unicast_pkt ", "unicast", 4),
    (", multicast_pkt ", "multicast", 4),
    (", broadcast_pkt ", "broadcast", 4),
    (", discards ", "discards", 4),
]];
/// The free memory has the words of the total.
const PROCESSOR: &[Phrase] = &[&[
    ("\n\t      5sec ", "load_5s", 4),
    (", 1min ", "load_1min", 4),
    (", 5min ", "load_5min", 4),
    (", total_mem ", "total_memory", 8),
    (", total_mem ", "free_memory", 8),
]];

/// The records of a flow.
pub(super) fn flows(cx: &Cx, count: u32, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("records", |out| {
        for _ in 0..count {
            out.item(|out| {
                let (format, length) = head(&mut p)?;
                let (enterprise, kind) = (format >> 12, format & 0xfff);
                out.say("\n\t    enterprise ").num("enterprise", enterprise).say(" ");
                title(enterprise, kind, FLOWS, length, out);
                body(
                    &mut p,
                    length,
                    |p| {
                        if enterprise == 0 { flow(cx, kind, length, p, out) } else { Ok(()) }
                    },
                )
            })?;
        }
        Ok(())
    })
}

/// The records of an interface.
pub(super) fn counters(cx: &Cx, count: u32, mut p: Cursor, out: &mut Out) -> Dissect {
    out.list("records", |out| {
        for _ in 0..count {
            out.item(|out| {
                let (format, length) = head(&mut p)?;
                let (enterprise, kind) = (format >> 20, format & 0xfff);
                out.say("\n\t    enterprise ").num("enterprise", enterprise).say(", ");
                title(enterprise, kind, COUNTERS, length, out);
                body(
                    &mut p,
                    length,
                    |p| {
                        if enterprise == 0 { counter(cx, kind, length, p, out) } else { Ok(()) }
                    },
                )
            })?;
        }
        Ok(())
    })
}

fn head(p: &mut Cursor) -> Dissect<(u32, usize)> {
    if p.claimed() < HEADER {
        return Err(Stop::Invalid);
    }
    Ok((p.be32()?, p.be32()? as usize))
}

fn title(enterprise: u32, kind: u32, names: NameTable, length: usize, out: &mut Out) {
    let names = if enterprise == 0 { names } else { &[] };
    out.named("format", kind, names, "Unknown").say(" length ").num("length", length);
}

/// What a record has behind its header. It is not held to its length, which says only where the next begins.
fn body(p: &mut Cursor, length: usize, say: impl FnOnce(Cursor) -> Dissect) -> Dissect {
    if p.claimed() < length {
        return Err(Stop::Invalid);
    }
    say(*p)?;
    p.pass(length);
    Ok(())
}

fn flow(cx: &Cx, kind: u32, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    match kind {
        RAW_PACKET => {
            enough(&p, RAW)?;
            let (protocol, frame, stripped, header) = (p.be32()?, p.be32()?, p.be32()?, p.be32()?);
            out.say("\n\t      protocol ").named("protocol", protocol, PROTOCOLS, "Unknown");
            out.say(", length ")
                .num("frame_length", frame)
                .say(", stripped bytes ")
                .num("stripped", stripped);
            out.say(", header_size ").num("header_size", header);
        }
        2 => {
            enough(&p, ETHERNET_FRAME)?;
            let (frame, src, dst) = (p.be32()?, p.array::<8>()?, p.array::<8>()?);
            let kind = p.be32()?;
            out.say("\n\t      frame len ").num("frame_length", frame).say(", type ").num("ethertype", kind);
            out.aside(|out| _ = out.octets("src", &src, b':').octets("dst", &dst, b':'));
        }
        1001 => {
            enough(&p, size(SWITCH))?;
            phrase(&mut p, SWITCH, out)?;
        }
        3 | 4 | 1002..=1012 => {}
        _ => unknown(cx, "\n\t\t", p.sub(length), out),
    }
    Ok(())
}

fn counter(cx: &Cx, kind: u32, length: usize, mut p: Cursor, out: &mut Out) -> Dissect {
    let phrases = match kind {
        GENERIC => {
            enough(
                &p,
                size(INTERFACE)
                    + STATUS
                    + INTERFACE_COUNTERS.iter().map(|fields| size(fields)).sum::<usize>(),
            )?;
            let direction = p.at(size(INTERFACE) - 4).be32()?;
            phrase(&mut p, INTERFACE, out)?;
            out.aloud(|out| _ = out.say(" (").name("", direction, DIRECTIONS, "Unknown").say(")"));
            status(&mut p, out)?;
            INTERFACE_COUNTERS
        }
        2 => ETHERNET,
        3 => return Ok(()),
        4 => BASEVG,
        5 => VLAN,
        1001 => PROCESSOR,
        _ => {
            unknown(cx, "\n\t\t", p.sub(length), out);
            return Ok(());
        }
    };
    enough(&p, phrases.iter().map(|fields| size(fields)).sum())?;
    phrases.iter().try_for_each(|fields| phrase(&mut p, fields, out))
}

fn status(p: &mut Cursor, out: &mut Out) -> Dissect {
    let status = p.be32()?;
    let word = |bit| if status & bit != 0 { "up" } else { "down" };
    out.say("\n\t      ifstatus ").num("status", status);
    out.say(", adminstatus: ").say(word(1)).say(", operstatus: ").say(word(2));
    Ok(())
}

fn enough(p: &Cursor, length: usize) -> Dissect {
    if p.claimed() < length { Err(Stop::Invalid) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::SFLOW;
    use crate::testing::check;

    /// A counter sample that has one record, all of whose numbers are counted up from 1.
    fn says(kind: u32, numbers: u32, extra: &str, args: &str, words: &str) {
        let record: String = (1..=numbers).map(|n| format!("{n:08x}")).collect::<String>() + extra;
        let length = record.len() / 2;
        let hex = format!(
            "00000005 00000001 0a000001 00000002 00000003 00000004 00000001
             00000002 {:08x} 00000001 00000002 00000001 {kind:08x} {length:08x} {record}",
            length + 20,
        );
        let total = 56 + length;
        let head = format!(
            "sFlowv5, IPv4 agent 10.0.0.1, agent-id 2, seqnum 3, uptime 4, samples 1, length {total}\
             \n\tcounter sample (2), length {}, seqnum 1, type 0, idx 2, records 1\n\t    enterprise 0, ",
            length + 20,
        );
        check(&SFLOW, &hex, args, &format!("{head}{words}"));
    }

    #[test]
    fn counters_of_interfaces() {
        says(
            1,
            22,
            "",
            "-vv",
            "Generic counter (1) length 88\
             \n\t      ifindex 1, iftype 2, ifspeed 12884901892, ifdirection 5 (Unknown)\
             \n\t      ifstatus 6, adminstatus: down, operstatus: up\
             \n\t      In octets 30064771080, unicast pkts 9, multicast pkts 10, broadcast pkts 11, discards 12\
             \n\t      In errors 13, unknown protos 14\
             \n\t      Out octets 64424509456, unicast pkts 17, multicast pkts 18, broadcast pkts 19, discards 20\
             \n\t      Out errors 21, promisc mode 22",
        );
        says(
            2,
            13,
            "",
            "-v",
            "Ethernet counter (2) length 52\
             \n\t      align errors 1, fcs errors 2, single collision 3, multiple collision 4, test error 5\
             \n\t      deferred 6, late collision 7, excessive collision 8, mac trans error 9\
             \n\t      carrier error 10, frames too long 11, mac receive errors 12, symbol errors 13",
        );
        says(
            5,
            7,
            "",
            "-v",
            "Vlan counter (5) length 28\n\t      vlan_id 1, octets 8589934595, unicast_pkt 4, multicast_pkt 5, \
             broadcast_pkt 6, discards 7",
        );
    }

    #[test]
    fn other_counters() {
        says(
            4,
            20,
            "",
            "-v",
            "100 BaseVG counter (4) length 80\
             \n\t      in high prio frames 1, in high prio octets 8589934595\
             \n\t      in norm prio frames 4, in norm prio octets 21474836486\
             \n\t      in ipm errors 7, oversized 8, in data errors 9, null addressed frames 10\
             \n\t      out high prio frames 11, out high prio octets 51539607565, trans into frames 14\
             \n\t      in hc high prio octets 64424509456, in hc norm prio octets 73014444050, \
             out hc high prio octets 81604378644",
        );
        says(
            1001,
            7,
            "",
            "-v",
            "Processor counter (1001) length 28\
             \n\t      5sec 1, 1min 2, 5min 3, total_mem 17179869189, total_mem 25769803783",
        );
        says(3, 1, "", "-v", "Token ring counter (3) length 4");
        says(9, 0, "abcd", "-v", "Unknown (9) length 2\n\t\t0x0000:  abcd");
        says(2, 12, "", "-v", "Ethernet counter (2) length 48 (invalid)");
    }
}
