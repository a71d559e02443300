//! What a cache is and which of the permitted behaviours it chooses.

mod choices;
mod chosen;

pub use choices::{AuthRequires, Duplicates, InitialAge, Qualified, SetCookiePolicy, VaryNormalise};

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
    /// validating; it then counts as weak. Default: off, it is no validator, as are `*` and what has a comma.
    #[must_use]
    pub const fn with_lenient_etag(self, on: bool) -> Self {
        self.with(bit::LENIENT_ETAG, on)
    }

    /// Whether the response to a HEAD request freshens stored GET responses
    /// (RFC 9111 section 4.3.5). One with an ETag or a Last-Modified is freshened only where the response has
    /// one of them, too; else it has to be validated. Default: on.
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
}
