//! The response is passed on and not stored.

use crate::rules::Reason;

/// Pass the response on; [`reason`](Self::reason) says why it is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CouldNotBeStored {
    reason: Reason,
}

impl CouldNotBeStored {
    pub(super) const fn new(reason: Reason) -> Self {
        Self { reason }
    }

    /// Why it is not stored.
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}
