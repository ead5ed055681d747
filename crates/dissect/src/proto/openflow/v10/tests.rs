//! Tests of OpenFlow 1.0 (source of the bytes: ours).

use super::super::OPENFLOW;
use crate::testing::{check, values};

fn hex(kind: u8, body: &str) -> String {
    let body: String = body.split_whitespace().collect();
    format!("01 {kind:02x} {:04x} 00000007 {body}", 8 + body.len() / 2)
}

fn says(kind: u8, body: &str, args: &str, words: &str) {
    let hex = hex(kind, body);
    let length = hex.chars().filter(|c| !c.is_whitespace()).count() / 2;
    let name = super::MESSAGES.get(usize::from(kind)).map_or("", |row| row.name);
    let head = format!(": OpenFlow\n\tversion 1.0, type {name}, length {length}, xid 0x00000007");
    check(&OPENFLOW, &hex, args, &format!("{head}{words}"));
}

const ANY: &str =
    "003fffff 0000 000000000000 000000000000 0000 00 00 0000 00 00 0000 00000000 00000000 0000 0000";
const ICMP: &str =
    "00000000 0003 020000000001 020000000002 0005 08 00 0800 10 01 0000 0a000000 0a010000 0008 0000";

#[test]
fn greetings_errors_and_echoes() {
    says(0, "", "-vv", "");
    says(2, "6162", "-vv", "\n\t data (2 octets)\n\t  0x0000:  6162                                     ab");
    says(2, "6162", "-v", "\n\t data (2 octets)");
    says(1, "0003 0005", "-v", "\n\t type FLOW_MOD_FAILED, code UNSUPPORTED");
    says(1, "0009 0005 01", "-v", "\n\t type invalid (0x0009), code invalid (0x0005)\n\t data (1 octets)");
    says(1, "0009", "-v", " (invalid)");
}

#[test]
fn features_and_ports() {
    let port = "0001 020000000001 65746830000000000000000000000000
                00008002 00000201 00000040 00000000 00000fff 00001000";
    let body = format!("0000000000000001 00000100 02 000000 00000017 00000fff {port} 00");
    let head = "\n\t dpid 0x0000000000000001, n_buffers 256, n_tables 2\
                \n\t capabilities 0x00000017 (FLOW_STATS, TABLE_STATS, PORT_STATS, RESERVED) (bogus)\
                \n\t actions 0x00000fff (OUTPUT, SET_VLAN_VID, SET_VLAN_PCP, STRIP_VLAN, SET_DL_SRC, SET_DL_DST, \
                SET_NW_SRC, SET_NW_DST, SET_NW_TOS, SET_TP_SRC, SET_TP_DST, ENQUEUE)\
                \n\t  port_no 1, hw_addr 02:00:00:00:00:01, name 'eth0'";
    says(6, &body, "-v", &format!("{head} [\n\t  port def. length 1 < 48] (invalid)"));
    says(
        6,
        &body,
        "-vv",
        &format!(
            "{head}\n\t   config 0x00008002 (NO_STP) (bogus)\n\t   state 0x00000201 (STP_FORWARD, LINK_DOWN)\
             \n\t   curr 0x00000040 (10GB_FD)\n\t   advertised 0x00000000\
             \n\t   supported 0x00000fff (10MB_HD, 10MB_FD, 100MB_HD, 100MB_FD, 1GB_HD, 1GB_FD, 10GB_FD, COPPER, \
             FIBER, AUTONEG, PAUSE, PAUSE_ASYM)\n\t   peer 0x00001000 (bogus)\
             [\n\t  port def. length 1 < 48] (invalid)"
        )
        .replace("(bogus)[", "(bogus) ["),
    );
    says(
        12,
        &format!("02 00000000000000 {port}"),
        "-v",
        "\n\t reason MODIFY\n\t  port_no 1, hw_addr 02:00:00:00:00:01, name 'eth0'",
    );
    says(
        15,
        "fffe 020000000001 00000001 00000001 00000000 00000000",
        "-v",
        "\n\t port_no LOCAL, hw_addr 02:00:00:00:00:01\n\t  config 0x00000001 (PORT_DOWN)\
         \n\t  mask 0x00000001 (PORT_DOWN)\n\t  advertise 0x00000000",
    );
    says(9, "0002 0080", "-v", "\n\t flags FRAG_REASM, miss_send_len 128");
}

#[test]
fn flows_and_what_they_match() {
    says(
        14,
        &format!("{ICMP} 0000000000000009 0000 000a 0000 0001 ffffffff ffff 0001 0000 0008 fffd 0040"),
        "-v",
        "\n\t match in_port 3\n\t match dl_src 02:00:00:00:00:01\n\t match dl_dst 02:00:00:00:00:02\
         \n\t match dl_vlan 5\n\t match dl_vlan_pcp 8 (bogus)\n\t match dl_type 0x0800\n\t match nw_tos 0x10\
         \n\t match nw_proto 1\n\t match nw_src 10.0.0.0/32\n\t match nw_dst 10.1.0.0/32\
         \n\t match icmp_type 8\n\t match icmp_code 0\
         \n\t cookie 0x0000000000000009, command ADD, idle_timeout 10, priority 1, buffer_id NONE, \
         flags 0x0001 (SEND_FLOW_REM)\n\t action type OUTPUT, len 8, port CONTROLLER, max_len 64",
    );
    says(
        14,
        &format!("{ANY} 0000000000000000 0003 0000 0000 0000 ffffffff ffff 0008"),
        "-v",
        "\n\t cookie 0x0000000000000000, command DELETE, out_port NONE, flags 0x0008 (bogus)",
    );
    let arp =
        "ff0c18cd 0000 000000000000 000000000000 0fff 00 00 0806 00 02 0000 0a000000 0a010000 0000 0000";
    says(
        11,
        &format!(
            "{arp} 0000000000000001 0000 02 00 00000005 00000006 0000 0000 0000000000000007 0000000000000008"
        ),
        "-v",
        "\n\t wildcards 0xff0c18cd (bogus)\n\t match dl_vlan 4095 (bogus)\n\t match dl_vlan_pcp 0\
         \n\t match dl_type 0x0806\n\t match nw_tos 0x00\n\t match arp_opcode 2\n\t match nw_src 10.0.0.0/8\
         \n\t cookie 0x0000000000000001, reason DELETE, duration_sec 5, duration_nsec 6, packet_count 7, byte_count 8",
    );
}

#[test]
fn actions() {
    let says = |actions: &str, words: &str| {
        let length = actions.chars().filter(|c| !c.is_whitespace()).count() / 2;
        let head = format!("\n\t buffer_id 0xffffffff, in_port NONE, actions_len {length}");
        says(13, &format!("ffffffff ffff {length:04x} {actions}"), "-vv", &format!("{head}{words}"));
    };
    says(
        "0001 0008 0000 0000  0002 0008 07 000000  0003 0008 00000000  0004 0010 020000000001 000000000000",
        "\n\t action type SET_VLAN_VID, len 8, vlan_vid 0 (bogus)\n\t action type SET_VLAN_PCP, len 8, vlan_pcp 7\
         \n\t action type STRIP_VLAN, len 8\n\t action type SET_DL_SRC, len 16, dl_addr 02:00:00:00:00:01",
    );
    says(
        "0007 0008 0a000001  0008 0008 20 000000  000a 0008 0050 0000  000b 0010 0002 000000000000 ffffffff",
        "\n\t action type SET_NW_DST, len 8, nw_addr 10.0.0.1\n\t action type SET_NW_TOS, len 8, nw_tos 0x20\
         \n\t action type SET_TP_DST, len 8, tp_port 80\n\t action type ENQUEUE, len 16, port 2, queue_id ALL",
    );
    says(
        "0000 0010 000000000000000000000000  0077 0008 00000000  ffff 0010 00002320 0000000000000001",
        "\n\t action type OUTPUT, len 16 (bogus)\n\t action type invalid (0x0077), len 8\
         \n\t action type VENDOR, len 16, vendor 0x00002320 (Nicira Networks)\n\t data (8 octets)\
         \n\t  0x0000:  0000 0000 0000 0001                      ........",
    );
    says("0000 0004 00000000", "\n\t action type OUTPUT, len 4 [alen 4 < 8] (invalid)");
    says("0000 0010 00000000", "\n\t action type OUTPUT, len 16 [alen 16 > 8] (invalid)");
    says("0000 0008", "\n\t action [remaining length 4 < 8] (invalid)");
}

#[test]
fn vendors() {
    let big = "005c16c7";
    let name = ", vendor 0x005c16c7 (Big Switch Networks)";
    says(
        4,
        &format!("{big} 00000000 01 000000 ffff0000"),
        "-v",
        &format!("{name}\n\t subtype SET_IP_MASK, index 1, mask 255.255.0.0"),
    );
    says(
        4,
        &format!("{big} 00000003 02 000000"),
        "-v",
        &format!("{name}\n\t subtype SET_MIRRORING, report_mirror_ports bogus (2)"),
    );
    says(
        4,
        &format!("{big} 00000006 00000000 6c73"),
        "-v",
        &format!("{name}\n\t subtype SHELL_COMMAND, service 0, data 'ls'"),
    );
    says(
        4,
        &format!("{big} 00000008 00"),
        "-v",
        &format!("{name}\n\t subtype SHELL_STATUS [len 1 != 4] (invalid)"),
    );
    says(4, &format!("{big} 00"), "-v", &format!("{name}\n\t [len 1 < 4] (invalid)"));
    says(4, "4f4e4600 00", "-v", ", vendor 0x4f4e4600 (ONF Extensions)\n\t data (1 octets)");
    let mirror = |tag: &str, words: &str| {
        let head = "\n\t buffer_id 0xffffffff, in_port NONE, actions_len 24\n\t action type VENDOR, len 24";
        let said =
            format!("{head}{name}\n\t  subtype MIRROR, dest_port 9, vlan_tag {words}, copy_stage EGRESS");
        says(
            13,
            &format!("ffffffff ffff 0018 ffff 0018 {big} 00000001 00000009 {tag} 01 000000"),
            "-v",
            &said,
        );
    };
    mirror("00000000", "none");
    mirror("81003005", "802.1Q (vlan 5, p 1, DEI)");
    mirror("88a80005", "unknown (0x88a8)");
}

#[test]
fn statistics() {
    says(16, "0000 0000", "-v", "\n\t type DESC, flags 0x0000");
    says(
        16,
        &format!("0001 0000 {ANY} ff 00 ffff"),
        "-v",
        "\n\t type FLOW, flags 0x0000\n\t table_id ALL, out_port NONE",
    );
    says(16, "0004 0001 ffff 000000000000", "-v", "\n\t type PORT, flags 0x0001 (bogus)\n\t port_no NONE");
    says(
        16,
        "0005 0000 0001 0000 ffffffff",
        "-v",
        "\n\t type QUEUE, flags 0x0000\n\t port_no 1, queue_id ALL",
    );
    says(16, "0005 0000 00", "-v", "\n\t type QUEUE, flags 0x0000 [len 1 != 8] (invalid)");
    says(
        17,
        "0002 0001 0000000000000001 0000000000000002 00000003 00000000",
        "-v",
        "\n\t type AGGREGATE, flags 0x0001 (MORE)\n\t packet_count 1, byte_count 2, flow_count 3",
    );
    says(17, "0000 0000 61", "-v", "\n\t type DESC, flags 0x0000\n\t  [len 1 != 1056] (invalid)");
    let padded = |text: &str, n: usize| {
        let hex: String = text.bytes().map(|c| format!("{c:02x}")).collect();
        format!("{hex:0<width$}", width = 2 * n)
    };
    let texts =
        [("A", 256), ("B", 256), ("C", 256), ("D", 32), ("E", 256)].map(|(text, n)| padded(text, n)).concat();
    says(
        17,
        &format!("0000 0000 {texts}"),
        "-v",
        "\n\t type DESC, flags 0x0000\n\t  mfr_desc 'A'\n\t  hw_desc 'B'\n\t  sw_desc 'C'\n\t  serial_num 'D'\n\t  dp_desc 'E'",
    );
    says(
        17,
        &format!(
            "0003 0000 fe 000000 {} 00000003 00000010 00000001 0000000000000002 0000000000000003",
            padded("t", 32)
        ),
        "-v",
        "\n\t type TABLE, flags 0x0000\n\t table_id EMERG, name 't'\n\t  wildcards 0x00000003 (IN_PORT, DL_VLAN)\
         \n\t  max_entries 16, active_count 1, lookup_count 2, matched_count 3",
    );
    let counts: String = (1..=12).map(|n| format!("{n:016x}")).collect();
    let ports = format!("0004 0000 0002 000000000000 {counts} 00");
    let short = "\n\t type PORT, flags 0x0000\n\t  port_no 2";
    says(17, &ports, "-v", &format!("{short}\n\t  [remaining length 1 < 104] (invalid)"));
    says(
        17,
        &ports,
        "-vv",
        &format!(
            "{short}, rx_packets 1, tx_packets 2, rx_bytes 3, tx_bytes 4, rx_dropped 5, tx_dropped 6, rx_errors 7, \
             tx_errors 8, rx_frame_err 9, rx_over_err 10, rx_crc_err 11, collisions 12\
             \n\t  [remaining length 1 < 104] (invalid)"
        ),
    );
    says(
        17,
        &format!("0005 0000 0002 0000 00000003 {}", &counts[..48]),
        "-v",
        "\n\t type QUEUE, flags 0x0000\n\t  port_no 2, queue_id 3, tx_bytes 1, tx_packets 2, tx_errors 3",
    );
}

#[test]
fn statistics_of_flows() {
    let flow = |length: usize, actions: &str| {
        format!(
            "{length:04x} 01 00 {ANY} 00000005 00000006 0007 0008 0009 000000000000 000000000000000a
             000000000000000b 000000000000000c {actions}"
        )
    };
    let head = "\n\t length 96, table_id 1\n\t  duration_sec 5, duration_nsec 6, priority 7, idle_timeout 8, \
                hard_timeout 9, cookie 0x000000000000000a, packet_count 11, byte_count 12";
    let good = flow(96, "0000 0008 0001 0000");
    let bad = flow(96, "0000 0009 0001 0000");
    says(
        17,
        &format!("0001 0000 {bad} {good}"),
        "-v",
        &format!(
            "\n\t type FLOW, flags 0x0000{head}\n\t  action type OUTPUT, len 9 [alen 9 > 8] (invalid)\
             {head}\n\t  action type OUTPUT, len 8, port 1"
        ),
    );
    says(
        17,
        &format!("0001 0000 {}", flow(87, "")),
        "-v",
        "\n\t type FLOW, flags 0x0000\n\t length 87 [entry_len 87 < 88] (invalid)",
    );
    says(
        17,
        &format!("0001 0000 {}", flow(89, "")),
        "-v",
        "\n\t type FLOW, flags 0x0000\n\t length 89 [entry_len 89 > 88] (invalid)",
    );
    let said = values(&OPENFLOW, &hex(17, &format!("0001 0000 {good}")));
    let actions = r#""packets":11,"bytes":12,"actions":[{"type":0,"length":8,"port":1}]}]}]}}"#;
    assert!(said.ends_with(actions), "{said}");
}

#[test]
fn queues() {
    let says = |body: &str, words: &str| {
        says(21, &format!("0001 000000000000 {body}"), "-vv", &format!("\n\t port 1{words}"))
    };
    says(
        "00000002 0028 0000  0000 0008 00000000  0001 0010 00000000 00fb 000000000000  0009 0008 00000000",
        "\n\t  queue_id 2, len 40\n\t   property NONE, len 8\n\t   property MIN_RATE, len 16, rate 25.1%\
         \n\t   property invalid (0x0009), len 8",
    );
    says(
        "00000002 0018 0000 0001 0010 00000000 03e9 000000000000",
        "\n\t  queue_id 2, len 24\n\t   property MIN_RATE, len 16, rate disabled",
    );
    says(
        "00000002 0010 0000 0001 0008 00000000  00000003 0007 0000",
        "\n\t  queue_id 2, len 16\n\t   property MIN_RATE, len 8 (bogus)\
         \n\t  queue_id 3, len 7 [prop. desc. length 7 < 8] (invalid)",
    );
    says(
        "00000002 0010 0000 0001 0009 00000000 00",
        "\n\t  queue_id 2, len 16\n\t   property MIN_RATE, len 9 [property length 9 > 8] (invalid)\
         \n\t  [remaining length 1 < 8] (invalid)",
    );
    super::tests::says(20, "fffc 0000", "-v", "\n\t port ALL");
}

#[test]
fn packets() {
    let arp =
        "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002";
    let body = format!("00000102 002a 0001 00 00 {arp}");
    let head = "\n\t buffer_id 0x00000102, total_len 42, in_port 1, reason NO_MATCH\n\t data (42 octets)";
    says(10, &body, "-v", head);
    let said = ", frame decoding below\nARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28";
    says(10, &body, "-vvv", &format!("{head}{said}"));
    says(
        10,
        "ffffffff 0000 0001 02 00",
        "-v",
        "\n\t buffer_id NONE, total_len 0, in_port 1, reason invalid (0x02)",
    );
    let behind = format!("{}  01 00 0009 00000008", hex(10, &body));
    let said = crate::testing::conversation(&OPENFLOW, &[behind], "-vvv").remove(0);
    assert!(
        said.ends_with("\n\tversion 1.0, type HELLO, length 9, xid 0x00000008\n\t data (1 octets) [|arp]"),
        "{said}"
    );
    says(
        13,
        "00000000 0001 0009 00",
        "-v",
        "\n\t buffer_id 0x00000000, in_port 1, actions_len 9 [actions_len 9 > 1] (invalid)",
    );
}
