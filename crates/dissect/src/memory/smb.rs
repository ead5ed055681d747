//! What replies of SMB do not say: what they reply to.

/// Of what a number is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// What the last transaction of the second kind was to do.
    Subcommand,
    /// The level of information on a volume that was asked for last.
    Level,
}
