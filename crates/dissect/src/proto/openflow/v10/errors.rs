//! What went wrong, in OpenFlow 1.0 (source: OpenFlow Switch Specification 1.0.0, section 5.4.4).

use super::super::fields::Errors;
use crate::prelude::*;

/// The types of errors, and the codes of each.
pub(super) const ERRORS: Errors = Errors {
    types: &[
        (0, "HELLO_FAILED"),
        (1, "BAD_REQUEST"),
        (2, "BAD_ACTION"),
        (3, "FLOW_MOD_FAILED"),
        (4, "PORT_MOD_FAILED"),
        (5, "QUEUE_OP_FAILED"),
    ],
    codes: &[(0, HELLO), (1, REQUEST), (2, ACTION), (3, FLOW_MOD), (4, PORT_MOD), (5, QUEUE_OP)],
};

const HELLO: NameTable = &[(0, "INCOMPATIBLE"), (1, "EPERM")];
const REQUEST: NameTable = &[
    (0, "BAD_VERSION"),
    (1, "BAD_TYPE"),
    (2, "BAD_STAT"),
    (3, "BAD_VENDOR"),
    (4, "BAD_SUBTYPE"),
    (5, "EPERM"),
    (6, "BAD_LEN"),
    (7, "BUFFER_EMPTY"),
    (8, "BUFFER_UNKNOWN"),
];
const ACTION: NameTable = &[
    (0, "BAD_TYPE"),
    (1, "BAD_LEN"),
    (2, "BAD_VENDOR"),
    (3, "BAD_VENDOR_TYPE"),
    (4, "BAD_OUT_PORT"),
    (5, "BAD_ARGUMENT"),
    (6, "EPERM"),
    (7, "TOO_MANY"),
    (8, "BAD_QUEUE"),
];
const FLOW_MOD: NameTable = &[
    (0, "ALL_TABLES_FULL"),
    (1, "OVERLAP"),
    (2, "EPERM"),
    (3, "BAD_EMERG_TIMEOUT"),
    (4, "BAD_COMMAND"),
    (5, "UNSUPPORTED"),
];
const PORT_MOD: NameTable = &[(0, "BAD_PORT"), (1, "BAD_HW_ADDR")];
const QUEUE_OP: NameTable = &[(0, "BAD_PORT"), (1, "BAD_QUEUE"), (2, "EPERM")];
