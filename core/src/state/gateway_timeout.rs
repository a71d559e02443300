//! There is no answer: 504.

use crate::rules::Reason;

/// Answer 504 (RFC 9110 section 15.6.5), or with the error that kept the origin from
/// answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GatewayTimeout {
    reason: Reason,
}

impl GatewayTimeout {
    /// The status code to answer with.
    pub const STATUS: u16 = 504;

    pub(super) const fn new(reason: Reason) -> Self {
        Self { reason }
    }

    /// Why there is no answer.
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}
