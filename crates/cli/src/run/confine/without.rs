//! In the place of a layer that there is not for this processor, or not in this build.

use super::{Layer, Needs};

/// Does nothing.
pub fn restrict(_: &Needs) -> Layer {
    Err("not for this processor, or not in this build".to_owned())
}
