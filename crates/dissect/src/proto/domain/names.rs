//! What the numbers of DNS are called (RFC 1035, RFC 6895; IANA, Domain Name System Parameters).

use crate::prelude::*;

/// Operation codes, with the blank in front of them.
pub(super) const OPCODES: NameTable = &[
    (0, ""),
    (1, " inv_q"),
    (2, " stat"),
    (3, " op3"),
    (4, " notify"),
    (5, " update"),
    (6, " op6"),
    (7, " op7"),
    (8, " op8"),
    (9, " updateA"),
    (10, " updateD"),
    (11, " updateDA"),
    (12, " updateM"),
    (13, " updateMA"),
    (14, " zoneInit"),
    (15, " zoneRef"),
];

/// Response codes, with the blank in front of them; two have lost theirs.
pub(super) const RCODES: NameTable = &[
    (0, ""),
    (1, " FormErr"),
    (2, " ServFail"),
    (3, " NXDomain"),
    (4, " NotImp"),
    (5, " Refused"),
    (6, " YXDomain"),
    (7, " YXRRSet"),
    (8, " NXRRSet"),
    (9, " NotAuth"),
    (10, " NotZone"),
    (15, " NoChange"),
    (16, " BadVers"),
    (17, "Resp17"),
    (21, "Resp21"),
    (23, " BadCookie"),
];

pub(super) use crate::parts::dns_types::{CLASSES, TYPES};

/// EDNS0 options.
pub(super) const OPTIONS: NameTable = &[
    (1, "LLQ"),
    (2, "UL"),
    (3, "NSID"),
    (5, "DAU"),
    (6, "DHU"),
    (7, "N3U"),
    (8, "ECS"),
    (9, "EXPIRE"),
    (10, "COOKIE"),
    (11, "KEEPALIVE"),
    (12, "PADDING"),
    (13, "CHAIN"),
    (14, "KEY-TAG"),
    (16, "CLIENT-TAG"),
    (17, "SERVER-TAG"),
];

/// DNSSEC algorithms.
pub(super) const ALGORITHMS: NameTable = &[
    (0, "DELETE"),
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DS"),
    (5, "RSASHA1"),
    (6, "DSA-NSEC3-SHA1"),
    (7, "RSASHA1-NSEC3-SHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECC-GOST"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];

/// Digests of DS records.
pub(super) const DIGESTS: NameTable = &[(1, "SHA-1"), (2, "SHA-256"), (3, "GOST_R_34.11-94"), (4, "SHA-384")];

/// Hashes of NSEC3 records.
pub(super) const HASHES: NameTable = &[(1, "SHA-1")];
