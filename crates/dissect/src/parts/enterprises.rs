//! What private enterprises are called on a line, by the number that IANA gave them (SMI network management).

use crate::out::NameTable;

/// The words for an enterprise.
pub const NAMES: NameTable = &[
    (5, "ACC"),
    (9, "Cisco"),
    (11, "Hewlett Packard"),
    (166, "Shiva"),
    (307, "Livingston"),
    (311, "Microsoft"),
    (429, "3Com"),
    (529, "Ascend"),
    (1584, "Bay Networks"),
    (1991, "Foundry"),
    (2180, "Versanet"),
    (2352, "Redback"),
    (2636, "Juniper Networks"),
    (2637, "Aptis"),
    (3085, "CoSine Communications"),
    (3199, "Shasta"),
    (3309, "Nomadix"),
    (4874, "Unisphere Networks"),
    (5948, "Issanni Communications"),
    (6618, "Quintum"),
    (8744, "Colubris"),
    (10415, "3GPP"),
    (11862, "Columbia University"),
];
