//! What the numbers of key exchanges are called (RFC 2407, RFC 2408, RFC 7296; IANA: ISAKMP and IKEv2 parameters).

use crate::out::{NameTable, Out};

pub const EXCHANGES: NameTable = &[
    (0, "none"),
    (1, "base"),
    (2, "ident"),
    (3, "auth"),
    (4, "agg"),
    (5, "inf"),
    (32, "oakley-quick"),
    (33, "oakley-newgroup"),
    (34, "ikev2_init"),
    (35, "ikev2_auth"),
    (36, "child_sa"),
    (37, "inf2"),
];

pub const SA: u8 = 1;
pub const PROPOSAL: u8 = 2;
pub const TRANSFORM: u8 = 3;
pub const KEY_EXCHANGE: u8 = 4;
pub const IDENTIFICATION: u8 = 5;
pub const CERTIFICATE: u8 = 6;
pub const CERTIFICATE_REQUEST: u8 = 7;
pub const NONCE: u8 = 10;
pub const NOTIFICATION: u8 = 11;
pub const DELETE: u8 = 12;
pub const SA_2: u8 = 33;
pub const KEY_EXCHANGE_2: u8 = 34;
pub const INITIATOR: u8 = 35;
pub const RESPONDER: u8 = 36;
pub const AUTHENTICATION: u8 = 39;
pub const NONCE_2: u8 = 40;
pub const NOTIFICATION_2: u8 = 41;
pub const VENDOR_2: u8 = 43;
pub const ENCRYPTED: u8 = 46;
pub const LAST: u8 = 48;

const PAYLOADS: NameTable = &[
    (0, "none"),
    (1, "sa"),
    (2, "p"),
    (3, "t"),
    (4, "ke"),
    (5, "id"),
    (6, "cert"),
    (7, "cr"),
    (8, "hash"),
    (9, "sig"),
    (10, "nonce"),
    (11, "n"),
    (12, "d"),
    (13, "vid"),
    (33, "v2sa"),
    (34, "v2ke"),
    (35, "v2IDi"),
    (36, "v2IDr"),
    (37, "v2cert"),
    (38, "v2cr"),
    (39, "v2auth"),
    (40, "v2nonce"),
    (41, "v2n"),
    (42, "v2d"),
    (43, "v2vid"),
    (44, "v2TSi"),
    (45, "v2TSr"),
    (46, "v2e"),
    (47, "v2cp"),
    (48, "v2eap"),
];

/// Says what a payload is called.
pub fn say_payload(kind: u8, out: &mut Out) {
    let otherwise = if (14..=32).contains(&kind) { "pay%u" } else { "#%u" };
    out.aloud(|out| _ = out.name("", kind, PAYLOADS, otherwise));
}

pub const PROTOCOLS: NameTable = &[(1, "isakmp"), (2, "ipsec-ah"), (3, "ipsec-esp"), (4, "ipcomp")];

/// Transforms of version 1, by the protocol they are for.
pub const IKE: NameTable = &[(1, "ike")];
pub const AH: NameTable = &[
    (1, "(reserved)"),
    (2, "md5"),
    (3, "sha"),
    (4, "1des"),
    (5, "sha2-256"),
    (6, "sha2-384"),
    (7, "sha2-512"),
];
pub const ESP: NameTable = &[
    (1, "1des-iv64"),
    (2, "1des"),
    (3, "3des"),
    (4, "rc5"),
    (5, "idea"),
    (6, "cast"),
    (7, "blowfish"),
    (8, "3idea"),
    (9, "1des-iv32"),
    (10, "rc4"),
    (11, "null"),
    (12, "aes"),
];
pub const IPCOMP: NameTable = &[(1, "oui"), (2, "deflate"), (3, "lzs")];

/// Transforms of version 2, by their kind.
pub const KINDS: NameTable = &[(1, "encr"), (2, "prf"), (3, "integ"), (4, "dh"), (5, "esn")];
pub const PSEUDO_RANDOM: NameTable =
    &[(1, "hmac-md5"), (2, "hmac-sha"), (3, "hmac-tiger"), (4, "aes128_xcbc")];
pub const INTEGRITY: NameTable =
    &[(1, "hmac-md5"), (2, "hmac-sha"), (3, "dec-mac"), (4, "kpdk-md5"), (5, "aes-xcbc")];
pub const GROUPS: NameTable = &[
    (1, "modp768"),
    (2, "modp1024"),
    (3, "EC2N 2^155"),
    (4, "EC2N 2^185"),
    (5, "modp1536"),
    (6, "iana-grp06"),
    (7, "iana-grp07"),
    (8, "iana-grp08"),
    (9, "iana-grp09"),
    (10, "iana-grp10"),
    (11, "iana-grp11"),
    (12, "iana-grp12"),
    (13, "iana-grp13"),
    (14, "modp2048"),
    (15, "modp3072"),
    (16, "modp4096"),
    (17, "modp6144"),
    (18, "modp8192"),
];
pub const SEQUENCE_NUMBERS: NameTable = &[(0, "no-esn"), (1, "esn")];

pub const IDENTITIES: NameTable = &[
    (1, "IPv4"),
    (2, "FQDN"),
    (3, "user FQDN"),
    (4, "IPv4net"),
    (5, "IPv6"),
    (6, "IPv6net"),
    (7, "IPv4range"),
    (8, "IPv6range"),
    (9, "ASN1 DN"),
    (10, "ASN1 GN"),
    (11, "keyid"),
];

pub const CERTIFICATES: NameTable = &[
    (0, "none"),
    (1, "pkcs7"),
    (2, "pgp"),
    (3, "dns"),
    (4, "x509sign"),
    (5, "x509ke"),
    (6, "kerberos"),
    (7, "crl"),
    (8, "arl"),
    (9, "spki"),
    (10, "x509attr"),
];

/// Notifications of version 1 that every domain of interpretation knows.
pub const NOTIFICATIONS: NameTable = &[
    (1, "INVALID-PAYLOAD-TYPE"),
    (2, "DOI-NOT-SUPPORTED"),
    (3, "SITUATION-NOT-SUPPORTED"),
    (4, "INVALID-COOKIE"),
    (5, "INVALID-MAJOR-VERSION"),
    (6, "INVALID-MINOR-VERSION"),
    (7, "INVALID-EXCHANGE-TYPE"),
    (8, "INVALID-FLAGS"),
    (9, "INVALID-MESSAGE-ID"),
    (10, "INVALID-PROTOCOL-ID"),
    (11, "INVALID-SPI"),
    (12, "INVALID-TRANSFORM-ID"),
    (13, "ATTRIBUTES-NOT-SUPPORTED"),
    (14, "NO-PROPOSAL-CHOSEN"),
    (15, "BAD-PROPOSAL-SYNTAX"),
    (16, "PAYLOAD-MALFORMED"),
    (17, "INVALID-KEY-INFORMATION"),
    (18, "INVALID-ID-INFORMATION"),
    (19, "INVALID-CERT-ENCODING"),
    (20, "INVALID-CERTIFICATE"),
    (21, "CERT-TYPE-UNSUPPORTED"),
    (22, "INVALID-CERT-AUTHORITY"),
    (23, "INVALID-HASH-INFORMATION"),
    (24, "AUTHENTICATION-FAILED"),
    (25, "INVALID-SIGNATURE"),
    (26, "ADDRESS-NOTIFICATION"),
    (27, "NOTIFY-SA-LIFETIME"),
    (28, "CERTIFICATE-UNAVAILABLE"),
    (29, "UNSUPPORTED-EXCHANGE-TYPE"),
    (30, "UNEQUAL-PAYLOAD-LENGTHS"),
    (16384, "CONNECTED"),
];
/// And those of IPsec.
pub const IPSEC_NOTIFICATIONS: NameTable = &[
    (8192, "RESERVED"),
    (24576, "RESPONDER-LIFETIME"),
    (24577, "REPLAY-STATUS"),
    (24578, "INITIAL-CONTACT"),
];

pub const AUTHENTICATIONS: NameTable = &[(0, "invalid"), (1, "rsasig"), (2, "shared-secret"), (3, "dsssig")];

/// Notifications of version 2.
pub const NOTIFICATIONS_2: NameTable = &[
    (1, "unsupported_critical_payload"),
    (4, "invalid_ike_spi"),
    (5, "invalid_major_version"),
    (7, "invalid_syntax"),
    (9, "invalid_message_id"),
    (11, "invalid_spi"),
    (14, "no_proposal_chosen"),
    (17, "invalid_ke_payload"),
    (24, "authentication_failed"),
    (34, "single_pair_required"),
    (35, "no_additional_sas"),
    (36, "internal_address_failure"),
    (37, "failed_cp_required"),
    (38, "ts_unnacceptable"),
    (39, "invalid_selectors"),
    (40, "unacceptable_addresses"),
    (41, "unexpected_nat_detected"),
    (42, "use_assigned_hoa"),
    (43, "temporary_failure"),
    (44, "child_sa_not_found"),
    (45, "invalid_group_id"),
    (46, "authorization_failed"),
    (47, "state_not_found"),
    (16384, "initial_contact"),
    (16385, "set_window_size"),
    (16386, "additional_ts_possible"),
    (16387, "ipcomp_supported"),
    (16388, "nat_detection_source_ip"),
    (16389, "nat_detection_destination_ip"),
    (16390, "cookie"),
    (16391, "use_transport_mode"),
    (16392, "http_cert_lookup_supported"),
    (16393, "rekey_sa"),
    (16394, "tfc_padding_not_supported"),
    (16395, "non_first_fragment_also"),
    (16396, "mobike_supported"),
    (16397, "additional_ip4_address"),
    (16398, "additional_ip6_address"),
    (16399, "no_additional_addresses"),
    (16400, "update_sa_addresses"),
    (16401, "cookie2"),
    (16402, "no_nats_allowed"),
    (16403, "auth_lifetime"),
    (16404, "multiple_auth_supported"),
    (16405, "another_auth_follows"),
    (16406, "redirect_supported"),
    (16407, "redirect"),
    (16408, "redirected_from"),
    (16409, "ticket_lt_opaque"),
    (16410, "ticket_request"),
    (16411, "ticket_ack"),
    (16412, "ticket_nack"),
    (16413, "ticket_opaque"),
    (16414, "link_id"),
    (16415, "use_wesp_mode"),
    (16416, "rohc_supported"),
    (16417, "eap_only_authentication"),
    (16418, "childless_ikev2_supported"),
    (16419, "quick_crash_detection"),
    (16420, "ikev2_message_id_sync_supported"),
    (16421, "ipsec_replay_counter_sync_supported"),
    (16422, "ikev2_message_id_sync"),
    (16423, "ipsec_replay_counter_sync"),
    (16424, "secure_password_methods"),
    (16425, "psk_persist"),
    (16426, "psk_confirm"),
    (16427, "erx_supported"),
    (16428, "ifom_capability"),
    (16429, "sender_request_id"),
    (16430, "ikev2_fragmentation_supported"),
    (16431, "signature_hash_algorithms"),
    (16432, "clone_ike_sa_supported"),
    (16433, "clone_ike_sa"),
    (16434, "puzzle"),
    (16435, "use_ppk"),
    (16436, "ppk_identity"),
    (16437, "no_ppk_auth"),
    (16438, "intermediate_exchange_supported"),
    (16439, "ip4_allowed"),
    (16440, "ip6_allowed"),
    (16441, "additional_key_exchange"),
    (16442, "use_aggfrag"),
];
/// Those of them whose SPI matters.
pub const ABOUT_SPI: &[u16] = &[4, 7, 9, 11, 14, 17, 24, 34, 16388, 16389, 16390, 16393];
