//! Where no encoder is: every program goes to the interpreter.

use crate::plan::Plan;
use crate::{Facts, JitError};

/// No code: nothing makes one.
pub(crate) enum Code {}

impl Code {
    pub(crate) fn new(_: &Plan) -> Result<Self, JitError> {
        Err(JitError::Unsupported)
    }

    pub(crate) fn call(&self, _: &[u8], _: u32, _: &Facts) -> u32 {
        match *self {}
    }

    pub(crate) fn size(&self) -> usize {
        match *self {}
    }
}
