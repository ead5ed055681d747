//! What objects are called: those of MIB-II (RFC 1213) and of SNMP itself (RFC 3411, RFC 3412, RFC 3414), and the first
//! enterprises that were given numbers (IANA, Private Enterprise Numbers).

/// What stands above all names.
pub(super) const ROOT: &str = "";

/// What is well known and said short: the bytes that an identifier begins with, the words for them, and the name.
const SHORT: &[(&[u8], &str, &str)] = &[
    (&[0x2b, 6, 1, 2, 1], "", "mib-2"),
    (&[0x2b, 6, 1, 3], "X:", "experimental"),
    (&[0x2b, 6, 1, 4, 1], "E:", "enterprises"),
    (&[0x2b, 6, 1, 6, 3], "S:", "snmpModules"),
];

/// What is below a name: the names of the numbers from 1 on. A number at whose place `-` stands has none.
const BELOW: &[(&str, &str)] = &[
    (ROOT, "iso"),
    ("iso", "- - org"),
    ("org", "- - - - - dod"),
    ("dod", "internet"),
    ("internet", "directory mgmt experimental private security snmpV2"),
    ("mgmt", "mib-2"),
    ("mib-2", "system interfaces at ip icmp tcp udp egp - transmission snmp"),
    ("system", "sysDescr sysObjectID sysUpTime sysContact sysName sysLocation sysServices"),
    ("interfaces", "ifNumber ifTable"),
    ("ifTable", "ifEntry"),
    (
        "ifEntry",
        "ifIndex ifDescr ifType ifMtu ifSpeed ifPhysAddress ifAdminStatus ifOperStatus ifLastChange \
         ifInOctets ifInUcastPkts ifInNUcastPkts ifInDiscards ifInErrors ifInUnknownProtos ifOutOctets \
         ifOutUcastPkts ifOutNUcastPkts ifOutDiscards ifOutErrors ifOutQLen ifSpecific",
    ),
    ("at", "atTable"),
    ("atTable", "atEntry"),
    ("atEntry", "atIfIndex atPhysAddress atNetAddress"),
    (
        "ip",
        "ipForwarding ipDefaultTTL ipInReceives ipInHdrErrors ipInAddrErrors ipForwDatagrams \
         ipInUnknownProtos ipInDiscards ipInDelivers ipOutRequests ipOutDiscards ipOutNoRoutes \
         ipReasmTimeout ipReasmReqds ipReasmOKs ipReasmFails ipFragOKs ipFragFails ipFragCreates \
         ipAddrTable ipRoutingTable ipNetToMediaTable",
    ),
    ("ipAddrTable", "ipAddrEntry"),
    ("ipAddrEntry", "ipAdEntAddr ipAdEntIfIndex ipAdEntNetMask ipAdEntBcastAddr ipAdEntReasmMaxSize"),
    ("ipRoutingTable", "ipRouteEntry"),
    (
        "ipRouteEntry",
        "ipRouteDest ipRouteIfIndex ipRouteMetric1 ipRouteMetric2 ipRouteMetric3 ipRouteMetric4 \
         ipRouteNextHop ipRouteType ipRouteProto ipRouteAge ipRouteMask",
    ),
    ("ipNetToMediaTable", "ipNetToMediaEntry"),
    (
        "ipNetToMediaEntry",
        "ipNetToMediaIfIndex ipNetToMediaPhysAddress ipNetToMediaNetAddress ipNetToMediaType",
    ),
    (
        "icmp",
        "icmpInMsgs icmpInErrors icmpInDestUnreachs icmpInTimeExcds icmpInParmProbs icmpInSrcQuenchs \
         icmpInRedirects icmpInEchos icmpInEchoReps icmpInTimestamps icmpInTimestampReps icmpInAddrMasks \
         icmpInAddrMaskReps icmpOutMsgs icmpOutErrors icmpOutDestUnreachs icmpOutTimeExcds \
         icmpOutParmProbs icmpOutSrcQuenchs icmpOutRedirects icmpOutEchos icmpOutEchoReps \
         icmpOutTimestamps icmpOutTimestampReps icmpOutAddrMasks icmpOutAddrMaskReps",
    ),
    (
        "tcp",
        "tcpRtoAlgorithm tcpRtoMin tcpRtoMax tcpMaxConn tcpActiveOpens tcpPassiveOpens tcpAttemptFails \
         tcpEstabResets tcpCurrEstab tcpInSegs tcpOutSegs tcpRetransSegs tcpConnTable tcpInErrs \
         tcpOutRsts",
    ),
    ("tcpConnTable", "tcpConnEntry"),
    ("tcpConnEntry", "tcpConnState tcpConnLocalAddress tcpConnLocalPort tcpConnRemAddress tcpConnRemPort"),
    ("udp", "udpInDatagrams udpNoPorts udpInErrors udpOutDatagrams udpTable"),
    ("udpTable", "udpEntry"),
    ("udpEntry", "udpLocalAddress udpLocalPort"),
    ("egp", "egpInMsgs egpInErrors egpOutMsgs egpOutErrors egpNeighTable egpAs"),
    ("egpNeighTable", "egpNeighEntry"),
    (
        "egpNeighEntry",
        "egpNeighState egpNeighAddr egpNeighAs egpNeighInMsgs egpNeighInErrs egpNeighOutMsgs \
         egpNeighOutErrs egpNeighInErrMsgs egpNeighOutErrMsgs egpNeighStateUps egpNeighStateDowns \
         egpNeighIntervalHello egpNeighIntervalPoll egpNeighMode egpNeighEventTrigger",
    ),
    (
        "snmp",
        "snmpInPkts snmpOutPkts snmpInBadVersions snmpInBadCommunityNames snmpInBadCommunityUses \
         snmpInASNParseErrs snmpInBadTypes snmpInTooBigs snmpInNoSuchNames snmpInBadValues \
         snmpInReadOnlys snmpInGenErrs snmpInTotalReqVars snmpInTotalSetVars snmpInGetRequests \
         snmpInGetNexts snmpInSetRequests snmpInGetResponses snmpInTraps snmpOutTooBigs \
         snmpOutNoSuchNames snmpOutBadValues snmpOutReadOnlys snmpOutGenErrs snmpOutGetRequests \
         snmpOutGetNexts snmpOutSetRequests snmpOutGetResponses snmpOutTraps snmpEnableAuthTraps",
    ),
    ("private", "enterprises"),
    (
        "enterprises",
        "proteon ibm cmu unix acc twg cayman nysernet cisco nsc hp epilogue utennessee bbn xylogics \
         unisys canstar wellfleet trw mit eon spartacus excelan spider nsfnet sytek intergraph interlan \
         vitalink ulana nswc santacruzoperation xyplex cray bellnorthernresearch dec touch \
         networkresearchcorp baylor nmfeccllnl sri sun 3com cmc synoptics cheyenne prime mcnc chipcom \
         opticaldatasystems gated cabletron apollo desktalksystems ssds castlerock mips tgv \
         silicongraphics ubc merit fibercom apple gandalf dartmouth davidsystems reuter cornell tmac \
         locus nasa retix boeing att ungermannbass digitalanalysis hplanman netlabs icl auspex lannet ncd \
         raycom pirellifocom datability networkappltech link nyu rnd intercon learningtree \
         webstercomputer frontier nokia allenbradley cern sigma emergingtech snmpresearch ohiostate ultra \
         - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - ccur",
    ),
    ("snmpV2", "- - snmpModules"),
    ("snmpModules", "- - - - - - - - - snmpFrameworkMIB snmpMPDMIB - - - snmpUsmMIB"),
    ("snmpFrameworkMIB", "snmpFrameworkAdmin snmpFrameworkMIBObjects snmpFrameworkMIBConformance"),
    ("snmpFrameworkMIBObjects", "snmpEngine"),
    ("snmpEngine", "snmpEngineID snmpEngineBoots snmpEngineTime snmpEngineMaxMessageSize"),
    ("snmpMPDMIB", "snmpMPDAdmin snmpMPDMIBObjects snmpMPDMIBConformance"),
    ("snmpMPDMIBObjects", "snmpMPDStats"),
    ("snmpMPDStats", "snmpUnknownSecurityModels snmpInvalidMsgs snmpUnknownPDUHandlers"),
    ("snmpMPDMIBConformance", "snmpMPDMIBCompliances snmpMPDMIBGroups"),
    ("snmpUsmMIB", "usmMIBObjects usmMIBConformance"),
    ("usmMIBObjects", "usmStats usmUser"),
    (
        "usmStats",
        "usmStatsUnsupportedSecLevels usmStatsNotInTimeWindows usmStatsUnknownUserNames \
         usmStatsUnknownEngineIDs usmStatsWrongDigests usmStatsDecryptionErrors",
    ),
    ("usmUser", "usmUserSpinLock usmUserTable"),
    ("usmUserTable", "usmUserEntry"),
    (
        "usmUserEntry",
        "usmUserEngineID usmUserName usmUserSecurityName usmUserCloneFrom usmUserAuthProtocol \
         usmUserAuthKeyChange usmUserOwnAuthKeyChange usmUserPrivProtocol usmUserPrivKeyChange \
         usmUserOwnPrivKeyChange usmUserPublic usmUserStorageType usmUserStatus",
    ),
    ("usmMIBConformance", "usmMIBCompliances usmMIBGroups"),
];

/// What an identifier that is said short begins with, in words, the name of that, and the bytes behind it.
pub(super) fn shorten(id: &[u8]) -> Option<(&'static str, &'static str, &[u8])> {
    SHORT.iter().find_map(|(prefix, words, name)| Some((*words, *name, id.strip_prefix(*prefix)?)))
}

/// The name of a number below another name.
pub(super) fn below(name: &str, number: u32) -> Option<&'static str> {
    let at = usize::try_from(number.checked_sub(1)?).ok()?;
    let (_, names) = BELOW.iter().find(|(above, _)| *above == name)?;
    names.split(' ').nth(at).filter(|name| *name != "-")
}

#[cfg(test)]
mod tests {
    use super::super::ber::say_object_id;
    use super::*;
    use crate::out::{Ear, Names, Out, Transport};
    use std::net::IpAddr;

    /// Wants names, and knows none itself.
    struct Nobody;

    impl Names for Nobody {
        fn host(&self, _: IpAddr, _: &mut Vec<u8>) -> bool {
            false
        }
        fn port(&self, _: Transport, _: u16, _: &mut Vec<u8>) -> bool {
            false
        }
        fn protocol(&self, _: u8, _: &mut Vec<u8>) -> bool {
            false
        }
        fn rpc_program(&self, _: u32, _: &mut Vec<u8>) -> bool {
            false
        }
        fn mac(&self, _: [u8; 6], _: &mut Vec<u8>) -> bool {
            false
        }
    }

    fn said(id: &[u8], names: Option<&dyn Names>) -> String {
        let mut buf = Vec::new();
        say_object_id("id", id, &mut Out::new(Ear::Text, &mut buf, names));
        String::from_utf8(buf).unwrap()
    }

    #[test]
    fn objects_have_names_where_names_are_wanted() {
        for (id, words) in [
            (&[0x2b, 6, 1, 2, 1, 1, 5, 0][..], "system.sysName.0"),
            (&[0x2b, 6, 1, 2, 1, 2, 2, 1, 3, 7], "interfaces.ifTable.ifEntry.ifType.7"),
            (&[0x2b, 6, 1, 2, 1, 9, 1], "9.1"),
            (&[0x2b, 6, 1, 2, 1], ""),
            (&[0x2b, 6, 1, 4, 1, 9, 2, 1], "E:cisco.2.1"),
            (&[0x2b, 6, 1, 4, 1, 0x81, 8], "E:ccur"),
            (&[0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0], "S:1.1.4.1.0"),
            (&[0x2b, 6, 1, 3, 0], "X:0"),
            (&[0x2b, 6, 1], ".iso.org.dod.internet"),
            (&[0x2b], ".iso.org"),
            (&[0x2a, 3, 6], ".iso.2.3.6"),
            (&[0x55, 1], ".2.5.1"),
            (&[], ""),
        ] {
            assert_eq!(said(id, Some(&Nobody)), words, "{id:02x?}");
        }
        assert_eq!(said(&[0x2b, 6, 1, 2, 1, 1, 5, 0], None), ".1.3.6.1.2.1.1.5.0");
    }

    #[test]
    fn every_row_can_be_reached() {
        for (above, names) in BELOW {
            let known = |name: &str| BELOW.iter().any(|(_, names)| names.split(' ').any(|n| n == name));
            assert!(*above == ROOT || known(above), "{above}");
            assert!(names.split(' ').all(|name| !name.is_empty()), "{above}");
            assert_eq!(BELOW.iter().filter(|(other, _)| other == above).count(), 1, "{above}");
        }
        assert_eq!(below("snmpModules", 15), Some("snmpUsmMIB"));
        assert_eq!([0, 2, 4, u32::MAX].map(|number| below("snmpV2", number)), [None; 4]);
    }
}
