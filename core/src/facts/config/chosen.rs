//! What was chosen, as the rules ask for it.

use super::{Config, bit};

impl Config {
    /// Whether this is a shared cache.
    pub const fn is_shared(&self) -> bool {
        self.has(bit::SHARED)
    }

    pub(crate) const fn age_header_only(&self) -> bool {
        self.has(bit::AGE_HEADER_ONLY)
    }

    pub(crate) const fn first_duplicate_wins(&self) -> bool {
        self.has(bit::FIRST_DUPLICATE)
    }

    pub(crate) const fn strips_fields(&self) -> bool {
        self.has(bit::STRIP_FIELDS)
    }

    pub(crate) const fn refuses_set_cookie(&self) -> bool {
        self.has(bit::REFUSE_SET_COOKIE)
    }

    pub(crate) const fn explicit_expiry_permits_cookies(&self) -> bool {
        self.has(bit::EXPLICIT_COOKIES)
    }

    pub(crate) const fn strict_auth(&self) -> bool {
        self.has(bit::STRICT_AUTH)
    }

    pub(crate) const fn stores_post(&self) -> bool {
        self.has(bit::STORE_POST)
    }

    pub(crate) const fn extensions_beat_s_maxage(&self) -> bool {
        self.has(bit::EXTENSIONS_BEAT_S_MAXAGE)
    }

    pub(crate) const fn stale_while_revalidate(&self) -> bool {
        self.has(bit::SWR)
    }

    pub(crate) const fn obeys_pragma(&self) -> bool {
        self.has(bit::PRAGMA)
    }

    pub(crate) const fn honours_request_directives(&self) -> bool {
        self.has(bit::REQUEST_DIRECTIVES)
    }

    pub(crate) const fn strict_304(&self) -> bool {
        self.has(bit::STRICT_304)
    }

    pub(crate) const fn lenient_etag(&self) -> bool {
        self.has(bit::LENIENT_ETAG)
    }

    pub(crate) const fn head_update(&self) -> bool {
        self.has(bit::HEAD_UPDATE)
    }

    pub(crate) const fn stores_head(&self) -> bool {
        self.has(bit::STORE_HEAD)
    }

    pub(crate) const fn invalidates_locations(&self) -> bool {
        self.has(bit::INVALIDATE_LOCATIONS)
    }

    pub(crate) const fn uptime_reuse(&self) -> bool {
        self.has(bit::UPTIME_REUSE)
    }

    pub(crate) const fn normalises_lists(&self) -> bool {
        self.has(bit::NORMALISE_LISTS)
    }

    /// See [`with_validate_other_variants`](Self::with_validate_other_variants).
    pub const fn validates_other_variants(&self) -> bool {
        self.has(bit::VALIDATE_OTHERS)
    }

    pub(crate) const fn heuristic(&self) -> (u8, u32) {
        (self.heuristic_percent, self.heuristic_cap)
    }

    pub(crate) const fn max_lifetime(&self) -> u32 {
        self.max_lifetime
    }

    pub(crate) const fn stale_when_disconnected(&self) -> u32 {
        self.stale_when_disconnected
    }

    pub(crate) fn denies_status(&self, status: u16) -> bool {
        #[allow(clippy::manual_contains)] // which is unrolled, for a list of one or two
        self.deny_status.iter().any(|denied| *denied == status)
    }

    /// A fingerprint of everything that goes into stored facts: entries written under
    /// another one are derived again from their heads.
    pub(crate) const fn fingerprint(&self) -> u32 {
        let mut sum = self.options.wrapping_mul(0x9E37_79B1);
        sum = (sum ^ self.heuristic_cap).wrapping_mul(0x85EB_CA6B);
        sum = (sum ^ self.max_lifetime).wrapping_mul(0xC2B2_AE35);
        (sum ^ self.heuristic_percent as u32).wrapping_mul(0x27D4_EB2F)
    }
}
