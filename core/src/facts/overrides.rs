//! Decisions against the origin's word.

/// What a caller decides against the origin's word: "forced caching". It goes into the facts
/// when a response is stored, never into the rules, so that what is decided later follows
/// RFC 9111 again. [`Override::NONE`] changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Override {
    /// A freshness lifetime in seconds instead of the one that the response gives.
    pub lifetime: Option<u32>,
    /// Store although the response says `no-store`, `private` or `no-cache`, or has no
    /// permission to be stored. Final status codes only; `Vary: *` stays refused.
    pub force_store: bool,
}

impl Override {
    /// Changes nothing.
    pub const NONE: Self = Self {
        lifetime: None,
        force_store: false,
    };

    pub(crate) const fn fingerprint(&self) -> u32 {
        let lifetime = match self.lifetime {
            Some(seconds) => seconds ^ 0x5BD1_E995,
            None => 0,
        };
        lifetime.wrapping_mul(0x9E37_79B1) ^ self.force_store as u32
    }
}
