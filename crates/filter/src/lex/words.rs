//! The words of the language, and the names that stand for numbers.

/// Declares an enum with the words that each variant is typed as; the first is the one that messages use.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident: $first:literal $(, $other:literal)*;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $name { $($variant,)* }

        impl $name {
            /// The variant that `word` is, if any.
            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($first $(| $other)* => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// How it is called in messages.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $first,)* }
            }

            /// Every spelling of every variant.
            pub(crate) const ALL: &'static [&'static str] = &[$($first, $($other,)*)*];
        }
    };
}

words! {
    /// What can be said before `host`, `proto`, .., or alone, or before `[`.
    Proto {
        Link: "link", "ether", "ppp", "slip", "fddi", "tr", "wlan";
        Ip: "ip";
        Ip6: "ip6";
        Arp: "arp";
        Rarp: "rarp";
        Tcp: "tcp";
        Udp: "udp";
        Sctp: "sctp";
        Icmp: "icmp";
        Icmp6: "icmp6";
        Igmp: "igmp";
        Igrp: "igrp";
        Pim: "pim";
        Vrrp: "vrrp";
        Carp: "carp";
        Ah: "ah";
        Esp: "esp";
        Atalk: "atalk";
        Aarp: "aarp";
        Decnet: "decnet";
        Lat: "lat";
        Sca: "sca";
        Moprc: "moprc";
        Mopdl: "mopdl";
        Iso: "iso";
        Esis: "esis", "es-is";
        Isis: "isis", "is-is";
        Clnp: "clnp";
        L1: "l1";
        L2: "l2";
        Iih: "iih";
        Lsp: "lsp";
        Snp: "snp";
        Csnp: "csnp";
        Psnp: "psnp";
        Stp: "stp";
        Ipx: "ipx";
        Netbeui: "netbeui";
        Radio: "radio";
    }
}

words! {
    /// Every other word.
    Word {
        Src: "src";
        Dst: "dst";
        Host: "host";
        Net: "net";
        Mask: "mask";
        Port: "port";
        Portrange: "portrange";
        Proto: "proto";
        Protochain: "protochain";
        Gateway: "gateway";
        Addr1: "addr1", "address1";
        Addr2: "addr2", "address2";
        Addr3: "addr3", "address3";
        Addr4: "addr4", "address4";
        Ra: "ra";
        Ta: "ta";
        Less: "less";
        Greater: "greater";
        Byte: "byte";
        Broadcast: "broadcast";
        Multicast: "multicast";
        And: "and";
        Or: "or";
        Not: "not";
        Length: "len", "length";
        Inbound: "inbound";
        Outbound: "outbound";
        Ifindex: "ifindex";
        Vlan: "vlan";
        Mpls: "mpls";
        Pppoed: "pppoed";
        Pppoes: "pppoes";
        Geneve: "geneve";
        Vxlan: "vxlan";
        Type: "type";
        Subtype: "subtype";
        Dir: "dir", "direction";
        Llc: "llc";
        Lane: "lane";
        Metac: "metac";
        Bcc: "bcc";
        Oam: "oam";
        Oamf4: "oamf4";
        Oamf4ec: "oamf4ec";
        Oamf4sc: "oamf4sc";
        Sc: "sc";
        Ilmic: "ilmic";
        Connectmsg: "connectmsg";
        Metaconnect: "metaconnect";
        Vpi: "vpi";
        Vci: "vci";
        Ifname: "ifname", "on";
        Rset: "rset", "ruleset";
        Rnr: "rnr", "rulenum";
        Srnr: "srnr", "subrulenum";
        Reason: "reason";
        Action: "action";
        Fisu: "fisu";
        Lssu: "lssu", "lsu";
        Msu: "msu";
        Hfisu: "hfisu";
        Hlssu: "hlssu";
        Hmsu: "hmsu";
        Sio: "sio";
        Opc: "opc";
        Dpc: "dpc";
        Sls: "sls";
        Hsio: "hsio";
        Hopc: "hopc";
        Hdpc: "hdpc";
        Hsls: "hsls";
    }
}

/// The number that a name stands for wherever a number can stand.
pub(crate) fn number(word: &str) -> Option<u32> {
    Some(match word {
        "tcpflags" => 13,
        "tcp-fin" => 0x01,
        "tcp-syn" => 0x02,
        "tcp-rst" => 0x04,
        "tcp-push" => 0x08,
        "tcp-ack" => 0x10,
        "tcp-urg" => 0x20,
        "tcp-ece" => 0x40,
        "tcp-cwr" => 0x80,
        _ => return icmp(word).or_else(|| icmp6(word)),
    })
}

fn icmp(word: &str) -> Option<u32> {
    Some(match word {
        "icmptype" => 0,
        "icmpcode" => 1,
        "icmp-echoreply" => 0,
        "icmp-unreach" => 3,
        "icmp-sourcequench" => 4,
        "icmp-redirect" => 5,
        "icmp-echo" => 8,
        "icmp-routeradvert" => 9,
        "icmp-routersolicit" => 10,
        "icmp-timxceed" => 11,
        "icmp-paramprob" => 12,
        "icmp-tstamp" => 13,
        "icmp-tstampreply" => 14,
        "icmp-ireq" => 15,
        "icmp-ireqreply" => 16,
        "icmp-maskreq" => 17,
        "icmp-maskreply" => 18,
        _ => return None,
    })
}

fn icmp6(word: &str) -> Option<u32> {
    Some(match word {
        "icmp6type" => 0,
        "icmp6code" => 1,
        "icmp6-destinationunreach" => 1,
        "icmp6-packettoobig" => 2,
        "icmp6-timeexceeded" => 3,
        "icmp6-parameterproblem" => 4,
        "icmp6-echo" => 128,
        "icmp6-echoreply" => 129,
        "icmp6-multicastlistenerquery" => 130,
        "icmp6-multicastlistenerreportv1" => 131,
        "icmp6-multicastlistenerdone" => 132,
        "icmp6-routersolicit" => 133,
        "icmp6-routeradvert" => 134,
        "icmp6-neighborsolicit" => 135,
        "icmp6-neighboradvert" => 136,
        "icmp6-redirect" => 137,
        "icmp6-routerrenum" => 138,
        "icmp6-nodeinformationquery" => 139,
        "icmp6-nodeinformationresponse" => 140,
        "icmp6-ineighbordiscoverysolicit" => 141,
        "icmp6-ineighbordiscoveryadvert" => 142,
        "icmp6-multicastlistenerreportv2" => 143,
        "icmp6-homeagentdiscoveryrequest" => 144,
        "icmp6-homeagentdiscoveryreply" => 145,
        "icmp6-mobileprefixsolicit" => 146,
        "icmp6-mobileprefixadvert" => 147,
        "icmp6-certpathsolicit" => 148,
        "icmp6-certpathadvert" => 149,
        "icmp6-multicastrouteradvert" => 151,
        "icmp6-multicastroutersolicit" => 152,
        "icmp6-multicastrouterterm" => 153,
        _ => return None,
    })
}
