//! Being built.
use crate::Outcome;
pub fn main(_: &[String]) -> Outcome {
    Err("not yet".into())
}
