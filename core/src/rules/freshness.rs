//! Freshness lifetime and age (RFC 9111 section 4.2).

use crate::facts::{
    Config, Exchanged, NO_DATE, Now, Override, ResponseFacts, StoredFacts, heuristically_cacheable,
    whole_seconds,
};
use crate::syntax::MAX_DELTA_SECONDS;
use crate::syntax::cache_control::{Delta, PRIVATE, PRIVATE_FIELDS, PUBLIC};
use crate::syntax::name::Known;

/// A freshness lifetime in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) seconds: u32,
    /// Whether there is any expiry information, stated or heuristic.
    pub(crate) known: bool,
}

impl Lifetime {
    const UNKNOWN: Self = Self {
        seconds: 0,
        known: false,
    };

    fn of(seconds: u32) -> Self {
        Self { seconds, known: true }
    }
}

/// Seconds of a difference of two dates: never negative, never wrapped (req: 9111-1.2.2-04).
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn seconds_between(earlier: i64, later: i64) -> u32 {
    let difference = later.saturating_sub(earlier).max(0);
    u32::try_from(difference).map_or(MAX_DELTA_SECONDS, |seconds| seconds.min(MAX_DELTA_SECONDS))
}

/// The freshness lifetime (RFC 9111 section 4.2.1); `date` is Date or the time of receipt.
pub(crate) fn lifetime(response: &ResponseFacts, date: i64, config: &Config, over: &Override) -> Lifetime {
    let found = match over.lifetime {
        Some(seconds) => Lifetime::of(seconds),
        None => stated(response, date, config).unwrap_or_else(|| heuristic(response, date, config)),
    };
    Lifetime {
        seconds: found.seconds.min(config.max_lifetime()).min(MAX_DELTA_SECONDS),
        ..found
    }
}

/// What the origin says: s-maxage (shared caches), max-age, Expires, in this order. An
/// unusable value is 0 and does not fall through to the next.
fn stated(response: &ResponseFacts, date: i64, config: &Config) -> Option<Lifetime> {
    let directives = &response.directives;
    let of = |delta: Delta| Lifetime::of(delta.get().unwrap_or(0));
    if config.is_shared() && directives.s_maxage.is_present() {
        return Some(of(directives.s_maxage));
    }
    if directives.max_age.is_present() {
        return Some(of(directives.max_age));
    }
    if !response.has_field(Known::Expires) {
        return None;
    }
    // req: 9111-5.3-01: what is no date has expired.
    let readable = date != NO_DATE && response.expires != NO_DATE;
    Some(Lifetime::of(if readable {
        seconds_between(date, response.expires)
    } else {
        0
    }))
}

/// A fraction of the time since Last-Modified (RFC 9111 section 4.2.2).
fn heuristic(response: &ResponseFacts, date: i64, config: &Config) -> Lifetime {
    let (percent, cap) = config.heuristic();
    // req: 9111-4.2.2-03, 9111-5.2.2.7-02: marked as cacheable for this cache.
    let marked = response.directives.has(PUBLIC)
        || (!config.is_shared() && response.directives.has(PRIVATE | PRIVATE_FIELDS));
    let allowed = heuristically_cacheable(response.status) || marked;
    let modified = response.last_modified;
    if percent == 0 || !allowed || modified == NO_DATE || date == NO_DATE || modified > date {
        return Lifetime::UNKNOWN;
    }
    let since = seconds_between(modified, date);
    let percent = u32::from(percent).min(100);
    // Split, so that 32 bits suffice.
    let hundredth = since / 100;
    let rest = since.wrapping_sub(hundredth.wrapping_mul(100));
    let share = hundredth
        .saturating_mul(percent)
        .saturating_add(rest.wrapping_mul(percent) / 100);
    Lifetime::of(share.min(cap))
}

/// The initial age in milliseconds (RFC 9111 section 4.2.3): the received Age counts from the
/// moment the request was sent; apparent_age needs a real clock.
pub(crate) fn initial_age_ms(response: &ResponseFacts, at: &Exchanged, config: &Config) -> u64 {
    let age_value = u64::from(response.age).saturating_mul(1000);
    let corrected = age_value.saturating_add(at.delay_ms());
    if config.age_header_only() {
        return corrected;
    }
    let apparent = match (at.response.clock_ms(), response.date()) {
        (Some(received), Some(date)) => received.saturating_sub(date.saturating_mul(1000)),
        _ => 0,
    };
    corrected.max(u64::try_from(apparent).unwrap_or(0))
}

/// How old a stored response is and how long it stays fresh, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// current_age; `None` when no clock tells.
    pub(crate) age_ms: Option<u64>,
    pub(crate) lifetime_ms: u64,
}

impl Standing {
    pub(crate) const UNKNOWN: Self = Self {
        age_ms: None,
        lifetime_ms: 0,
    };

    pub(crate) fn of(stored: &StoredFacts, now: &Now) -> Self {
        let resident = now.since(&stored.response);
        Self {
            age_ms: resident.map(|resident| stored.initial_age_ms.saturating_add(resident)),
            lifetime_ms: u64::from(stored.lifetime).saturating_mul(1000),
        }
    }

    /// The value of Age: whole seconds, saturating at 2^31 (req: 9111-1.2.2-04).
    pub(crate) fn age_seconds(&self) -> Option<u64> {
        let seconds = self.age_ms.map(whole_seconds)?;
        Some(seconds.min(u64::from(MAX_DELTA_SECONDS)))
    }

    /// Fresh exactly while the lifetime is greater than the age (req: 9111-4.2-01).
    pub(crate) fn is_fresh(&self) -> bool {
        self.age_ms.is_some_and(|age| self.lifetime_ms > age)
    }

    /// Milliseconds past the lifetime; 0 while fresh. Saturates where delta-seconds do, so
    /// that a max-stale without a value covers all of it (req: 9111-5.2.1.2-02).
    pub(crate) fn staleness_ms(&self) -> Option<u64> {
        const MOST: u64 = (MAX_DELTA_SECONDS as u64).saturating_mul(1000);
        self.age_ms
            .map(|age| age.saturating_sub(self.lifetime_ms).min(MOST))
    }

    /// Milliseconds of lifetime left; 0 when stale.
    pub(crate) fn remaining_ms(&self) -> u64 {
        self.age_ms.map_or(0, |age| self.lifetime_ms.saturating_sub(age))
    }

    /// Whole seconds of lifetime left, negative when it is over; `None` when no clock tells.
    #[cfg(feature = "extensions")]
    pub(crate) fn ttl_seconds(&self) -> Option<i64> {
        let over = whole_seconds(self.staleness_ms()?);
        let left = whole_seconds(self.remaining_ms());
        let seconds = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Some(seconds(left).saturating_sub(seconds(over)))
    }
}
