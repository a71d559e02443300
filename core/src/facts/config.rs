//! What a cache is and which of the permitted behaviours it chooses.

/// Bits of [`Config::options`].
mod bit {
    pub(super) const SHARED: u32 = 1;
    pub(super) const AGE_HEADER_ONLY: u32 = 1 << 1;
    pub(super) const FIRST_DUPLICATE: u32 = 1 << 2;
    pub(super) const STRIP_FIELDS: u32 = 1 << 3;
    pub(super) const REFUSE_SET_COOKIE: u32 = 1 << 4;
    pub(super) const STRICT_AUTH: u32 = 1 << 5;
    pub(super) const STORE_POST: u32 = 1 << 6;
    pub(super) const EXTENSIONS_BEAT_S_MAXAGE: u32 = 1 << 7;
    pub(super) const SWR: u32 = 1 << 8;
    pub(super) const PRAGMA: u32 = 1 << 9;
    pub(super) const REQUEST_DIRECTIVES: u32 = 1 << 10;
    pub(super) const STRICT_304: u32 = 1 << 11;
    pub(super) const LENIENT_ETAG: u32 = 1 << 12;
    pub(super) const HEAD_UPDATE: u32 = 1 << 13;
    pub(super) const STORE_HEAD: u32 = 1 << 14;
    pub(super) const INVALIDATE_LOCATIONS: u32 = 1 << 15;
    pub(super) const UPTIME_REUSE: u32 = 1 << 16;
    pub(super) const EXPLICIT_COOKIES: u32 = 1 << 18;
    pub(super) const NORMALISE_LISTS: u32 = 1 << 17;
    pub(super) const VALIDATE_OTHERS: u32 = 1 << 19;
}

/// How the initial age is computed (RFC 9111 section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum InitialAge {
    /// The larger of apparent_age and corrected_age_value. The default.
    Conservative,
    /// corrected_age_value alone, for devices whose clock is often wrong.
    AgeHeaderOnly,
}

/// What differing repetitions of one directive mean (RFC 9111 section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Duplicates {
    /// The response is stale. The default.
    Stale,
    /// The first occurrence counts.
    First,
}

/// What `no-cache="field"` and `private="field"` mean (RFC 9111 section 5.2.2.4, 5.2.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Qualified {
    /// The same as without the argument: always safe. The default.
    AsUnqualified,
    /// The listed fields are left out of what is stored.
    StripFields,
}

/// Whether a response with Set-Cookie is stored (RFC 9111 section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SetCookiePolicy {
    /// Stored as it is. The default of a private cache.
    Store,
    /// Refused unless `public` or `s-maxage` is present. The default of a shared cache.
    RefuseUnlessPublic,
    /// Refused unless the response says for how long it is fresh (`max-age`, `s-maxage`,
    /// Expires), or `public`: never kept by heuristics.
    RefuseUnlessExplicit,
}

/// What lets a shared cache store the response to a request with Authorization
/// (RFC 9111 section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AuthRequires {
    /// `public`, `s-maxage` or `must-revalidate`. The default.
    Rfc,
    /// `public` or `s-maxage`.
    PublicOrSMaxage,
}

/// How nominated request fields are compared (RFC 9111 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum VaryNormalise {
    /// Byte for byte, after lines are joined and outer white space is gone. The default.
    None,
    /// Letter case and white space around commas do not count in Accept, Accept-Encoding and
    /// Accept-Language.
    Lists,
}

/// What a cache is (private or shared) and which of the behaviours that RFC 9111 leaves open
/// it chooses. `const`-constructible.
///
/// ```
/// use larder::Config;
/// static CONFIG: Config = Config::private().with_heuristic(10, 3600);
/// assert!(!CONFIG.is_shared());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Config {
    options: u32,
    heuristic_percent: u8,
    heuristic_cap: u32,
    max_lifetime: u32,
    stale_when_disconnected: u32,
    deny_status: &'static [u16],
}

impl Config {
    /// A private cache: one user. Heuristic freshness is 10 percent of the time since
    /// Last-Modified, a day at most (RFC 9111 section 4.2.2).
    pub const fn private() -> Self {
        Self {
            options: bit::SWR
                | bit::PRAGMA
                | bit::REQUEST_DIRECTIVES
                | bit::HEAD_UPDATE
                | bit::INVALIDATE_LOCATIONS,
            heuristic_percent: 10,
            heuristic_cap: 24 * 3600,
            max_lifetime: u32::MAX,
            stale_when_disconnected: 0,
            deny_status: &[425],
        }
    }

    /// A shared cache: many users. No heuristic freshness; Set-Cookie needs `public` or
    /// `s-maxage`.
    pub const fn shared() -> Self {
        let private = Self::private();
        Self {
            options: private.options | bit::SHARED | bit::REFUSE_SET_COOKIE,
            heuristic_percent: 0,
            ..private
        }
    }

    const fn with(mut self, bit: u32, on: bool) -> Self {
        self.options = if on {
            self.options | bit
        } else {
            self.options & !bit
        };
        self
    }

    const fn has(&self, bit: u32) -> bool {
        self.options & bit != 0
    }

    /// Heuristic freshness: `percent` of the time between Last-Modified and Date, at most
    /// `cap_seconds`; 0 percent turns it off (RFC 9111 section 4.2.2).
    #[must_use]
    pub const fn with_heuristic(mut self, percent: u8, cap_seconds: u32) -> Self {
        self.heuristic_percent = percent;
        self.heuristic_cap = cap_seconds;
        self
    }

    /// A ceiling for every freshness lifetime, in seconds. Default: none.
    #[must_use]
    pub const fn with_max_lifetime(mut self, seconds: u32) -> Self {
        self.max_lifetime = seconds;
        self
    }

    /// How many seconds past its lifetime a response may serve while the cache is
    /// disconnected and nothing forbids it (RFC 9111 section 4.2.4). Default: 0. It counts as
    /// disconnected when it cannot reach the origin, whatever the reason (section 2), not when
    /// it gets an error response.
    #[must_use]
    pub const fn with_stale_when_disconnected(mut self, seconds: u32) -> Self {
        self.stale_when_disconnected = seconds;
        self
    }

    /// Status codes that are never stored, whatever their directives, besides those that
    /// RFC 6585 names. Default: 425 (RFC 8470 section 5.2).
    #[must_use]
    pub const fn with_deny_status(mut self, codes: &'static [u16]) -> Self {
        self.deny_status = codes;
        self
    }

    /// How the initial age is computed.
    #[must_use]
    pub const fn with_initial_age(self, initial_age: InitialAge) -> Self {
        self.with(
            bit::AGE_HEADER_ONLY,
            matches!(initial_age, InitialAge::AgeHeaderOnly),
        )
    }

    /// What differing repetitions of a directive mean.
    #[must_use]
    pub const fn with_duplicates(self, duplicates: Duplicates) -> Self {
        self.with(bit::FIRST_DUPLICATE, matches!(duplicates, Duplicates::First))
    }

    /// What `no-cache` and `private` with field names mean.
    #[must_use]
    pub const fn with_qualified(self, qualified: Qualified) -> Self {
        self.with(bit::STRIP_FIELDS, matches!(qualified, Qualified::StripFields))
    }

    /// Whether responses with Set-Cookie are stored.
    #[must_use]
    pub const fn with_set_cookie(self, policy: SetCookiePolicy) -> Self {
        self.with(bit::REFUSE_SET_COOKIE, !matches!(policy, SetCookiePolicy::Store))
            .with(
                bit::EXPLICIT_COOKIES,
                matches!(policy, SetCookiePolicy::RefuseUnlessExplicit),
            )
    }

    /// What lets a shared cache store a response to a request with Authorization.
    #[must_use]
    pub const fn with_auth_requires(self, requires: AuthRequires) -> Self {
        self.with(
            bit::STRICT_AUTH,
            matches!(requires, AuthRequires::PublicOrSMaxage),
        )
    }

    /// Whether responses to POST and PATCH with explicit freshness and a Content-Location
    /// equal to the target are stored (RFC 9110 section 9.3.3). Default: off.
    #[must_use]
    pub const fn with_store_post(self, on: bool) -> Self {
        self.with(bit::STORE_POST, on)
    }

    /// Whether stale-while-revalidate and stale-if-error win over the proxy-revalidate that
    /// s-maxage implies (RFC 9111 section 5.2.2.10). Default: off.
    #[must_use]
    pub const fn with_stale_extensions_beat_s_maxage(self, on: bool) -> Self {
        self.with(bit::EXTENSIONS_BEAT_S_MAXAGE, on)
    }

    /// Whether stale-while-revalidate is used (RFC 5861 section 3). Default: on.
    #[must_use]
    pub const fn with_stale_while_revalidate(self, on: bool) -> Self {
        self.with(bit::SWR, on)
    }

    /// Whether `Pragma: no-cache` of a request without Cache-Control is obeyed
    /// (RFC 9111 section 5.4). Default: on.
    #[must_use]
    pub const fn with_pragma(self, on: bool) -> Self {
        self.with(bit::PRAGMA, on)
    }

    /// Whether request directives are honoured (RFC 9111 section 5.2.1); `no-store` always
    /// is. Default: on.
    #[must_use]
    pub const fn with_request_directives(self, on: bool) -> Self {
        self.with(bit::REQUEST_DIRECTIVES, on)
    }

    /// Whether a 304 without validators updates only an entry without validators
    /// (RFC 9111 section 4.3.4). Default: off, it updates the one nominated entry.
    #[must_use]
    pub const fn with_strict_304(self, on: bool) -> Self {
        self.with(bit::STRICT_304, on)
    }

    /// Whether an ETag outside the grammar (unquoted, say) is echoed as it is when
    /// validating; it then counts as weak. Default: off, it is no validator.
    #[must_use]
    pub const fn with_lenient_etag(self, on: bool) -> Self {
        self.with(bit::LENIENT_ETAG, on)
    }

    /// Whether the response to a HEAD request freshens stored GET responses
    /// (RFC 9111 section 4.3.5). Default: on.
    #[must_use]
    pub const fn with_head_update(self, on: bool) -> Self {
        self.with(bit::HEAD_UPDATE, on)
    }

    /// Whether responses to HEAD are stored, for later HEAD requests. Default: off.
    #[must_use]
    pub const fn with_store_head(self, on: bool) -> Self {
        self.with(bit::STORE_HEAD, on)
    }

    /// Whether Location and Content-Location of a response to an unsafe method are
    /// invalidated too (RFC 9111 section 4.4). Default: on.
    #[must_use]
    pub const fn with_invalidate_locations(self, on: bool) -> Self {
        self.with(bit::INVALIDATE_LOCATIONS, on)
    }

    /// Whether a device without any UTC may reuse by its uptime alone. A deviation from
    /// RFC 9111 section 4, which wants a clock. Default: off.
    #[must_use]
    pub const fn with_uptime_reuse(self, on: bool) -> Self {
        self.with(bit::UPTIME_REUSE, on)
    }

    /// How nominated request fields are compared.
    #[must_use]
    pub const fn with_vary_normalise(self, normalise: VaryNormalise) -> Self {
        self.with(bit::NORMALISE_LISTS, matches!(normalise, VaryNormalise::Lists))
    }

    /// Whether a validation also asks about the entity tags of other stored responses of the
    /// URI, those of other variants included (RFC 9111 section 4.1, 4.3.1): a 304 that names
    /// one of a variant that the request does not select is answered with it, and updates
    /// nothing. For [`Exchange`](crate::Exchange), whose caller then gives it the other heads,
    /// see [`also_nominate`](crate::Exchange::also_nominate). Default: off.
    #[must_use]
    pub const fn with_validate_other_variants(self, on: bool) -> Self {
        self.with(bit::VALIDATE_OTHERS, on)
    }

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
