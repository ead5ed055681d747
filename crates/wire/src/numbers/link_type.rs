//! Link types: what the first byte of a record begins (the LINKTYPE_ registry of the pcap format).
//!
//! Programs know them by other names, and a few by other numbers: the DLT_ values of libpcap, which differ
//! from system to system where the systems did. Here the DLT_ values are those of Linux.
//! Sources: <https://www.tcpdump.org/linktypes.html>, pcap/dlt.h, draft-ietf-opsawg-pcaplinktype.

/// A link type by the number that savefiles use. Any number is legal; few have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// Link types whose DLT_ value is not their number: number, DLT_ value.
const MOVED: [(u16, u32); 5] = [(100, 11), (101, 12), (102, 15), (103, 16), (106, 19)];

/// Older names that are still understood.
const ALIASES: [(&str, LinkType); 1] = [("IPMB_LINUX", LinkType::I2C_LINUX)];

impl LinkType {
    /// The name, as `-y` takes it and libpcap gives it: that of the DLT_ value, without `DLT_`.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|(_, name, _)| *name)
    }

    /// What it is, in a few words.
    pub fn description(self) -> Option<&'static str> {
        self.row().map(|(_, _, description)| *description)
    }

    /// The link type of a name, in upper or lower case, with or without `DLT_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("DLT_") => name.get(4..)?,
            _ => name,
        };
        let row = NAMES.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name));
        let alias =
            || ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, link)| *link);
        row.map(|(number, _, _)| Self(*number)).or_else(alias)
    }

    /// libpcap's number for it on Linux.
    pub fn dlt(self) -> u32 {
        let moved = MOVED.iter().find(|(number, _)| *number == self.0);
        moved.map_or(u32::from(self.0), |(_, dlt)| *dlt)
    }

    /// The link type of libpcap's number on Linux; `None` if no savefile could name it.
    pub fn from_dlt(dlt: u32) -> Option<Self> {
        let moved = MOVED.iter().find(|(_, moved)| *moved == dlt);
        moved.map_or_else(|| u16::try_from(dlt).ok(), |(number, _)| Some(*number)).map(Self)
    }

    /// The link type that a file means by a number: some programs wrote DLT_ values.
    pub fn from_file(number: u16) -> Self {
        let link = Self(number);
        Self::from_dlt(link.dlt()).unwrap_or(link)
    }

    fn row(self) -> Option<&'static (u16, &'static str, &'static str)> {
        let at = NAMES.binary_search_by_key(&self.0, |(number, _, _)| *number).ok()?;
        NAMES.get(at)
    }
}

/// Makes a constant and a row of names of each link type.
macro_rules! link_types {
    ($($constant:ident = $number:literal, $name:literal, $description:literal;)*) => {
        impl LinkType {
            $(#[doc = $description] pub const $constant: Self = Self($number);)*
        }

        /// All link types that have a name: number, name, description; ordered by number.
        static NAMES: &[(u16, &str, &str)] = &[$(($number, $name, $description)),*];
    };
}

link_types! {
    NULL = 0, "NULL", "BSD loopback";
    ETHERNET = 1, "EN10MB", "Ethernet";
    EXP_ETHERNET = 2, "EN3MB", "Experimental Ethernet (3 Mb/s)";
    AX25 = 3, "AX25", "AX.25 layer 2";
    PRONET = 4, "PRONET", "Proteon ProNET Token Ring";
    CHAOS = 5, "CHAOS", "MIT Chaosnet";
    IEEE802_5 = 6, "IEEE802", "Token ring";
    ARCNET_BSD = 7, "ARCNET", "BSD ARCNET";
    SLIP = 8, "SLIP", "SLIP";
    PPP = 9, "PPP", "PPP";
    FDDI = 10, "FDDI", "FDDI";
    REDBACK_SMARTEDGE = 32, "REDBACK_SMARTEDGE", "Redback SmartEdge";
    PPP_HDLC = 50, "PPP_SERIAL", "PPP over serial";
    PPP_ETHER = 51, "PPP_ETHER", "PPPoE";
    SYMANTEC_FIREWALL = 99, "SYMANTEC_FIREWALL", "Symantec Firewall";
    ATM_RFC1483 = 100, "ATM_RFC1483", "RFC 1483 LLC-encapsulated ATM";
    RAW = 101, "RAW", "Raw IP";
    SLIP_BSDOS = 102, "SLIP_BSDOS", "BSD/OS SLIP";
    PPP_BSDOS = 103, "PPP_BSDOS", "BSD/OS PPP";
    C_HDLC = 104, "C_HDLC", "Cisco HDLC";
    IEEE802_11 = 105, "IEEE802_11", "802.11";
    ATM_CLIP = 106, "ATM_CLIP", "Linux Classical IP over ATM";
    FRELAY = 107, "FRELAY", "Frame Relay";
    LOOP = 108, "LOOP", "OpenBSD loopback";
    ENC = 109, "ENC", "OpenBSD encapsulated IP";
    LINUX_SLL = 113, "LINUX_SLL", "Linux cooked v1";
    LTALK = 114, "LTALK", "Localtalk";
    PFLOG = 117, "PFLOG", "OpenBSD pflog file";
    IEEE802_11_PRISM = 119, "PRISM_HEADER", "802.11 plus Prism header";
    IP_OVER_FC = 122, "IP_OVER_FC", "RFC 2625 IP-over-Fibre Channel";
    SUNATM = 123, "SUNATM", "Sun raw ATM";
    IEEE802_11_RADIOTAP = 127, "IEEE802_11_RADIO", "802.11 plus radiotap header";
    ARCNET_LINUX = 129, "ARCNET_LINUX", "Linux ARCNET";
    JUNIPER_MLPPP = 130, "JUNIPER_MLPPP", "Juniper Multi-Link PPP";
    JUNIPER_MLFR = 131, "JUNIPER_MLFR", "Juniper Multi-Link Frame Relay";
    JUNIPER_ES = 132, "JUNIPER_ES", "Juniper Encryption Services PIC";
    JUNIPER_GGSN = 133, "JUNIPER_GGSN", "Juniper GGSN PIC";
    JUNIPER_MFR = 134, "JUNIPER_MFR", "Juniper FRF.16 Frame Relay";
    JUNIPER_ATM2 = 135, "JUNIPER_ATM2", "Juniper ATM2 PIC";
    JUNIPER_SERVICES = 136, "JUNIPER_SERVICES", "Juniper Advanced Services PIC";
    JUNIPER_ATM1 = 137, "JUNIPER_ATM1", "Juniper ATM1 PIC";
    APPLE_IP_OVER_IEEE1394 = 138, "APPLE_IP_OVER_IEEE1394", "Apple IP-over-IEEE 1394";
    MTP2_WITH_PHDR = 139, "MTP2_WITH_PHDR", "SS7 MTP2 with Pseudo-header";
    MTP2 = 140, "MTP2", "SS7 MTP2";
    MTP3 = 141, "MTP3", "SS7 MTP3";
    SCCP = 142, "SCCP", "SS7 SCCP";
    DOCSIS = 143, "DOCSIS", "DOCSIS";
    LINUX_IRDA = 144, "LINUX_IRDA", "Linux IrDA";
    IEEE802_11_AVS = 163, "IEEE802_11_RADIO_AVS", "802.11 plus AVS radio information header";
    JUNIPER_MONITOR = 164, "JUNIPER_MONITOR", "Juniper Passive Monitor PIC";
    BACNET_MS_TP = 165, "BACNET_MS_TP", "BACnet MS/TP";
    PPP_PPPD = 166, "PPP_PPPD", "PPP for pppd, with direction flag";
    JUNIPER_PPPOE = 167, "JUNIPER_PPPOE", "Juniper PPPoE";
    JUNIPER_PPPOE_ATM = 168, "JUNIPER_PPPOE_ATM", "Juniper PPPoE/ATM";
    GPRS_LLC = 169, "GPRS_LLC", "GPRS LLC";
    GPF_T = 170, "GPF_T", "GPF-T";
    GPF_F = 171, "GPF_F", "GPF-F";
    JUNIPER_PIC_PEER = 174, "JUNIPER_PIC_PEER", "Juniper PIC Peer";
    ERF_ETH = 175, "ERF_ETH", "Ethernet with Endace ERF header";
    ERF_POS = 176, "ERF_POS", "Packet-over-SONET with Endace ERF header";
    LINUX_LAPD = 177, "LINUX_LAPD", "Linux vISDN LAPD";
    JUNIPER_ETHER = 178, "JUNIPER_ETHER", "Juniper Ethernet";
    JUNIPER_PPP = 179, "JUNIPER_PPP", "Juniper PPP";
    JUNIPER_FRELAY = 180, "JUNIPER_FRELAY", "Juniper Frame Relay";
    JUNIPER_CHDLC = 181, "JUNIPER_CHDLC", "Juniper C-HDLC";
    MFR = 182, "MFR", "FRF.16 Frame Relay";
    JUNIPER_VP = 183, "JUNIPER_VP", "Juniper Voice PIC";
    A429 = 184, "A429", "Arinc 429";
    A653_ICM = 185, "A653_ICM", "Arinc 653 Interpartition Communication";
    USB_FREEBSD = 186, "USB_FREEBSD", "USB with FreeBSD header";
    BLUETOOTH_HCI_H4 = 187, "BLUETOOTH_HCI_H4", "Bluetooth HCI UART transport layer";
    IEEE802_16_MAC_CPS = 188, "IEEE802_16_MAC_CPS", "IEEE 802.16 MAC Common Part Sublayer";
    USB_LINUX = 189, "USB_LINUX", "USB with Linux header";
    CAN20B = 190, "CAN20B", "Controller Area Network (CAN) v. 2.0B";
    IEEE802_15_4_LINUX = 191, "IEEE802_15_4_LINUX", "IEEE 802.15.4 with Linux padding";
    PPI = 192, "PPI", "Per-Packet Information";
    IEEE802_16_MAC_CPS_RADIO = 193, "IEEE802_16_MAC_CPS_RADIO", "IEEE 802.16 MAC Common Part Sublayer plus radiotap header";
    JUNIPER_ISM = 194, "JUNIPER_ISM", "Juniper Integrated Service Module";
    IEEE802_15_4_WITHFCS = 195, "IEEE802_15_4", "IEEE 802.15.4 with FCS";
    SITA = 196, "SITA", "SITA pseudo-header";
    ERF = 197, "ERF", "Endace ERF header";
    RAIF1 = 198, "RAIF1", "Ethernet with u10 Networks pseudo-header";
    IPMB_KONTRON = 199, "IPMB_KONTRON", "IPMB with Kontron pseudo-header";
    JUNIPER_ST = 200, "JUNIPER_ST", "Juniper Secure Tunnel";
    BLUETOOTH_HCI_H4_WITH_PHDR = 201, "BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI UART transport layer plus pseudo-header";
    AX25_KISS = 202, "AX25_KISS", "AX.25 with KISS header";
    I2C_LINUX = 209, "I2C_LINUX", "I2C with Linux/Pigeon Point pseudo-header";
    IEEE802_15_4_NONASK_PHY = 215, "IEEE802_15_4_NONASK_PHY", "IEEE 802.15.4 with non-ASK PHY data";
    LINUX_EVDEV = 216, "LINUX_EVDEV", "Linux evdev events";
    MPLS = 219, "MPLS", "MPLS with label as link-layer header";
    USB_LINUX_MMAPPED = 220, "USB_LINUX_MMAPPED", "USB with padded Linux header";
    DECT = 221, "DECT", "DECT";
    AOS = 222, "AOS", "AOS Space Data Link protocol";
    WIHART = 223, "WIHART", "Wireless HART";
    FC_2 = 224, "FC_2", "Fibre Channel FC-2";
    FC_2_WITH_FRAME_DELIMS = 225, "FC_2_WITH_FRAME_DELIMS", "Fibre Channel FC-2 with frame delimiters";
    IPNET = 226, "IPNET", "Solaris ipnet";
    CAN_SOCKETCAN = 227, "CAN_SOCKETCAN", "CAN-bus with SocketCAN headers";
    IPV4 = 228, "IPV4", "Raw IPv4";
    IPV6 = 229, "IPV6", "Raw IPv6";
    IEEE802_15_4_NOFCS = 230, "IEEE802_15_4_NOFCS", "IEEE 802.15.4 without FCS";
    DBUS = 231, "DBUS", "D-Bus";
    JUNIPER_VS = 232, "JUNIPER_VS", "Juniper Virtual Server";
    JUNIPER_SRX_E2E = 233, "JUNIPER_SRX_E2E", "Juniper SRX E2E";
    JUNIPER_FIBRECHANNEL = 234, "JUNIPER_FIBRECHANNEL", "Juniper Fibre Channel";
    DVB_CI = 235, "DVB_CI", "DVB-CI";
    MUX27010 = 236, "MUX27010", "MUX27010";
    STANAG_5066_D_PDU = 237, "STANAG_5066_D_PDU", "STANAG 5066 D_PDUs";
    JUNIPER_ATM_CEMIC = 238, "JUNIPER_ATM_CEMIC", "Juniper ATM CEMIC";
    NFLOG = 239, "NFLOG", "Linux netfilter log messages";
    NETANALYZER = 240, "NETANALYZER", "Ethernet with Hilscher netANALYZER pseudo-header";
    NETANALYZER_TRANSPARENT = 241, "NETANALYZER_TRANSPARENT", "Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD";
    IPOIB = 242, "IPOIB", "RFC 4391 IP-over-Infiniband";
    MPEG_2_TS = 243, "MPEG_2_TS", "MPEG-2 transport stream";
    NG40 = 244, "NG40", "ng40 protocol tester Iub/Iur";
    NFC_LLCP = 245, "NFC_LLCP", "NFC LLCP PDUs with pseudo-header";
    PFSYNC = 246, "PFSYNC", "Packet filter state syncing";
    INFINIBAND = 247, "INFINIBAND", "InfiniBand";
    SCTP = 248, "SCTP", "SCTP";
    USBPCAP = 249, "USBPCAP", "USB with USBPcap header";
    RTAC_SERIAL = 250, "RTAC_SERIAL", "Schweitzer Engineering Laboratories RTAC packets";
    BLUETOOTH_LE_LL = 251, "BLUETOOTH_LE_LL", "Bluetooth Low Energy air interface";
    NETLINK = 253, "NETLINK", "Linux netlink";
    BLUETOOTH_LINUX_MONITOR = 254, "BLUETOOTH_LINUX_MONITOR", "Bluetooth Linux Monitor";
    BLUETOOTH_BREDR_BB = 255, "BLUETOOTH_BREDR_BB", "Bluetooth Basic Rate/Enhanced Data Rate baseband packets";
    BLUETOOTH_LE_LL_WITH_PHDR = 256, "BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth Low Energy air interface with pseudo-header";
    PROFIBUS_DL = 257, "PROFIBUS_DL", "PROFIBUS data link layer";
    PKTAP = 258, "PKTAP", "Apple DLT_PKTAP";
    EPON = 259, "EPON", "Ethernet with 802.3 Clause 65 EPON preamble";
    IPMI_HPM_2 = 260, "IPMI_HPM_2", "IPMI trace packets";
    ZWAVE_R1_R2 = 261, "ZWAVE_R1_R2", "Z-Wave RF profile R1 and R2 packets";
    ZWAVE_R3 = 262, "ZWAVE_R3", "Z-Wave RF profile R3 packets";
    WATTSTOPPER_DLM = 263, "WATTSTOPPER_DLM", "WattStopper Digital Lighting Management (DLM) and Legrand Nitoo Open protocol";
    ISO_14443 = 264, "ISO_14443", "ISO 14443 messages";
    RDS = 265, "RDS", "IEC 62106 Radio Data System groups";
    USB_DARWIN = 266, "USB_DARWIN", "USB with Darwin header";
    OPENFLOW = 267, "OPENFLOW", "OpenBSD DLT_OPENFLOW";
    SDLC = 268, "SDLC", "IBM SDLC frames";
    TI_LLN_SNIFFER = 269, "TI_LLN_SNIFFER", "TI LLN sniffer frames";
    VSOCK = 271, "VSOCK", "Linux vsock";
    NORDIC_BLE = 272, "NORDIC_BLE", "Nordic Semiconductor Bluetooth LE sniffer frames";
    DOCSIS31_XRA31 = 273, "DOCSIS31_XRA31", "Excentis XRA-31 DOCSIS 3.1 RF sniffer frames";
    ETHERNET_MPACKET = 274, "ETHERNET_MPACKET", "802.3br mPackets";
    DISPLAYPORT_AUX = 275, "DISPLAYPORT_AUX", "DisplayPort AUX channel monitoring data";
    LINUX_SLL2 = 276, "LINUX_SLL2", "Linux cooked v2";
    OPENVIZSLA = 278, "OPENVIZSLA", "OpenVizsla USB";
    EBHSCR = 279, "EBHSCR", "Elektrobit High Speed Capture and Replay (EBHSCR)";
    VPP_DISPATCH = 280, "VPP_DISPATCH", "VPP graph dispatch tracer";
    DSA_TAG_BRCM = 281, "DSA_TAG_BRCM", "Broadcom tag";
    DSA_TAG_BRCM_PREPEND = 282, "DSA_TAG_BRCM_PREPEND", "Broadcom tag (prepended)";
    IEEE802_15_4_TAP = 283, "IEEE802_15_4_TAP", "IEEE 802.15.4 with pseudo-header";
    DSA_TAG_DSA = 284, "DSA_TAG_DSA", "Marvell DSA";
    DSA_TAG_EDSA = 285, "DSA_TAG_EDSA", "Marvell EDSA";
    ELEE = 286, "ELEE", "ELEE lawful intercept packets";
    ZWAVE_SERIAL = 287, "Z_WAVE_SERIAL", "Z-Wave serial frames between host and chip";
    USB_2_0 = 288, "USB_2_0", "USB 2.0/1.1/1.0 as transmitted over the cable";
    ATSC_ALP = 289, "ATSC_ALP", "ATSC Link-Layer Protocol packets";
    ETW = 290, "ETW", "Event Tracing for Windows messages";
    NETANALYZER_NG = 291, "NETANALYZER_NG", "Hilscher netANALYZER NG";
    ZBOSS_NCP = 292, "ZBOSS_NCP", "ZBOSS NCP serial protocol with pseudo-header";
    USB_2_0_LOW_SPEED = 293, "USB_2_0_LOW_SPEED", "Low-speed USB 2.0/1.1/1.0 as transmitted over the cable";
    USB_2_0_FULL_SPEED = 294, "USB_2_0_FULL_SPEED", "Full-speed USB 2.0/1.1/1.0 as transmitted over the cable";
    USB_2_0_HIGH_SPEED = 295, "USB_2_0_HIGH_SPEED", "High-speed USB 2.0 as transmitted over the cable";
    AUERSWALD_LOG = 296, "AUERSWALD_LOG", "Auerswald Logger Protocol";
    ZWAVE_TAP = 297, "ZWAVE_TAP", "Z-Wave with TAP pseudo-header";
    SILABS_DEBUG_CHANNEL = 298, "SILABS_DEBUG_CHANNEL", "Silicon Labs debug channel";
    FIRA_UCI = 299, "FIRA_UCI", "FiRa ultra-wideband controller interface";
    MDB = 300, "MDB", "Multi-Drop Bus with pseudo-header";
    DECT_NR = 301, "DECT_NR", "DECT-2020 New Radio MAC layer";
}

/// Makes constants of link types that the registry knows and libpcap has no name for.
macro_rules! nameless {
    ($($constant:ident = $number:literal, $description:literal;)*) => {
        impl LinkType {
            $(#[doc = $description] pub const $constant: Self = Self($number);)*
        }
    };
}

nameless! {
    HDLC = 112, "NetBSD HDLC";
    ECONET = 115, "Acorn Econet";
    IPFILTER = 116, "OpenBSD ipfilter";
    CISCO_IOS = 118, "Cisco IOS internal";
    AIRONET_HEADER = 120, "802.11 plus Aironet header";
    RIO = 124, "RapidIO";
    PCI_EXP = 125, "PCI Express";
    AURORA = 126, "Xilinx Aurora";
    TZSP = 128, "Tazmen Sniffer Protocol";
    IBM_SP = 145, "IBM SP switch";
    IBM_SN = 146, "IBM Next Federation switch";
    USER0 = 147, "Private use 0";
    USER1 = 148, "Private use 1";
    USER2 = 149, "Private use 2";
    USER3 = 150, "Private use 3";
    USER4 = 151, "Private use 4";
    USER5 = 152, "Private use 5";
    USER6 = 153, "Private use 6";
    USER7 = 154, "Private use 7";
    USER8 = 155, "Private use 8";
    USER9 = 156, "Private use 9";
    USER10 = 157, "Private use 10";
    USER11 = 158, "Private use 11";
    USER12 = 159, "Private use 12";
    USER13 = 160, "Private use 13";
    USER14 = 161, "Private use 14";
    USER15 = 162, "Private use 15";
    GCOM_T1E1 = 172, "Gcom T1/E1 line monitoring";
    GCOM_SERIAL = 173, "Gcom serial";
    LAPD = 203, "ISDN LAPD";
    PPP_WITH_DIR = 204, "PPP, with direction flag";
    C_HDLC_WITH_DIR = 205, "Cisco HDLC, with direction flag";
    FRELAY_WITH_DIR = 206, "Frame Relay, with direction flag";
    LAPB_WITH_DIR = 207, "LAPB, with direction flag";
    FLEXRAY = 210, "FlexRay";
    MOST = 211, "Media Oriented Systems Transport";
    LIN = 212, "Local Interconnect Network";
    X2E_SERIAL = 213, "X2E serial line capture";
    X2E_XORAYA = 214, "X2E Xoraya";
    GSMTAP_UM = 217, "GSM Um with GSMTAP header";
    GSMTAP_ABIS = 218, "GSM Abis with GSMTAP header";
    WIRESHARK_UPPER_PDU = 252, "Wireshark exported upper-layer PDUs";
    LORATAP = 270, "LoRa with LoRaTap pseudo-header";
    SERCOS_MONITOR = 277, "SERCOS Monitor";
    EDK2_MM = 302, "EDK II management mode requests";
    DEBUG_ONLY = 303, "Frames of a form that only debugging can tell";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order_and_differ() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (number, name, _) in NAMES {
            assert_eq!(LinkType::from_name(name), Some(LinkType(*number)), "{name}");
        }
    }

    #[test]
    fn names_in_any_case_and_with_their_prefix() {
        assert_eq!(LinkType::from_name("en10mb"), Some(LinkType::ETHERNET));
        assert_eq!(LinkType::from_name("dlt_Raw"), Some(LinkType::RAW));
        assert_eq!(LinkType::from_name("ipmb_linux"), Some(LinkType::I2C_LINUX));
        assert_eq!(LinkType::from_name("ETHERNET"), None);
        assert_eq!(LinkType::from_name(""), None);
        assert_eq!(LinkType::from_name("\u{e4}\u{e4}\u{e4}"), None);
        assert_eq!(LinkType::LINUX_SLL2.name(), Some("LINUX_SLL2"));
        assert_eq!(LinkType::LINUX_SLL2.description(), Some("Linux cooked v2"));
        assert_eq!(LinkType(65535).name(), None);
        assert_eq!((LinkType::USER2, LinkType::USER2.name()), (LinkType(149), None));
    }

    #[test]
    fn numbers_of_libpcap_and_back() {
        assert_eq!((LinkType::RAW.dlt(), LinkType::from_dlt(12)), (12, Some(LinkType::RAW)));
        for number in 0..=u16::MAX {
            let link = LinkType::from_file(number);
            assert_eq!(LinkType::from_dlt(link.dlt()), Some(link));
        }
        assert_eq!(LinkType::from_dlt(1 << 16), None);
    }

    #[test]
    fn a_file_may_hold_either_number() {
        assert_eq!(LinkType::from_file(12), LinkType::RAW);
        assert_eq!(LinkType::from_file(101), LinkType::RAW);
        assert_eq!(LinkType::from_file(1), LinkType::ETHERNET);
    }
}
