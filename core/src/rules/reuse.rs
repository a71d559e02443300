//! Constructing responses from caches: may this stored response serve this request now?
//! (RFC 9111 section 4, 4.2.4 and 5.2.1; RFC 5861.)

use super::Reason;
use super::freshness::Standing;
use crate::facts::{
    BACKGROUND, Config, MethodClass, Now, ORIGIN_CONDITION, RANGE, RequestFacts, SECURE, StoredFacts,
    UtcSource, stored_flag,
};
use crate::syntax::cache_control::Delta;

/// Why a forwarded request got no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Failure {
    /// The connection failed, timed out, or broke before the head was complete.
    Transport,
    /// The origin or a gateway answered with this status code, and its head is not at hand.
    Status(u16),
    /// There is no connection to try (radio off, offline mode).
    Disconnected,
}

/// What a request allows before anything stored is looked at.
pub(crate) enum Admission {
    /// Look for stored responses.
    Lookup,
    /// Forward; the response may be storable or invalidate.
    Forward(Reason),
    /// The cache takes no part.
    Bypass(Reason),
}

/// Whether stored responses may answer this request at all.
pub(crate) fn admit(request: &RequestFacts) -> Admission {
    match request.method {
        MethodClass::Connect => return Admission::Bypass(Reason::Tunnel),
        MethodClass::Safe => return Admission::Forward(Reason::UncacheableMethod),
        MethodClass::Post | MethodClass::Unsafe => return Admission::Forward(Reason::NotSafe),
        MethodClass::Head => {}
        MethodClass::Get if request.has_body => return Admission::Forward(Reason::RequestBody),
        MethodClass::Get if request.has(RANGE) => return Admission::Forward(Reason::RequestRange),
        MethodClass::Get => {}
    }
    if request.has(ORIGIN_CONDITION) {
        // req: 9111-4.3.2-02, 9110-13.2.1-03
        return Admission::Forward(Reason::OriginCondition);
    }
    Admission::Lookup
}

/// Whether a selected stored response serves without validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reuse {
    Serve(Reason),
    Validate(Reason),
}

fn within(staleness_ms: u64, permitted: Delta) -> bool {
    permitted
        .get()
        .is_some_and(|seconds| staleness_ms <= u64::from(seconds).saturating_mul(1000))
}

/// Whether an entry that was to answer for this reason still may, although its facts are these by
/// now (RFC 9111 section 4.4): one that was marked meanwhile has to be validated.
pub(crate) const fn still_may(reason: Reason, stored: &StoredFacts) -> bool {
    reason.is_validated() || !stored.is_invalidated()
}

/// The decision, with the prohibitions before the permissions.
pub(crate) fn decide(
    request: &RequestFacts,
    stored: &StoredFacts,
    standing: &Standing,
    now: &Now,
    config: &Config,
) -> Reuse {
    if request.has(BACKGROUND) {
        return Reuse::Validate(Reason::BackgroundValidation);
    }
    if stored.is_invalidated() {
        return Reuse::Validate(Reason::MarkedInvalid);
    }
    if stored.is(stored_flag::NO_CACHE) {
        return Reuse::Validate(Reason::NoCache);
    }
    if lacks_clock(now, config) {
        return Reuse::Validate(Reason::NoClock);
    }
    let Some(age_ms) = standing.age_ms else {
        return Reuse::Validate(Reason::AgeUnknown);
    };
    let asked = &request.directives;
    if asked.no_cache {
        return Reuse::Validate(Reason::RequestNoCache);
    }
    if is_too_old(request, stored, standing, age_ms) {
        return Reuse::Validate(Reason::RequestMaxAge);
    }
    let wanted = asked.min_fresh.get().unwrap_or(0);
    if standing.remaining_ms() < u64::from(wanted).saturating_mul(1000) {
        return Reuse::Validate(Reason::RequestMinFresh);
    }
    if standing.is_fresh() {
        return Reuse::Serve(Reason::Fresh);
    }
    serve_stale(request, stored, standing, config)
}

/// Whether the request's max-age refuses this age. 0 asks for validation even at age 0
/// (errata: "Request max-age=0"). It is what a reload sends, which immutable outlives
/// (req: 8246-2-01, 8246-3-01).
fn is_too_old(request: &RequestFacts, stored: &StoredFacts, standing: &Standing, age_ms: u64) -> bool {
    match request.directives.max_age.get() {
        None => false,
        Some(0) => !(stored.is(stored_flag::IMMUTABLE) && request.has(SECURE) && standing.is_fresh()),
        Some(limit) => age_ms > u64::from(limit).saturating_mul(1000),
    }
}

/// Whether every use has to be validated for want of a clock (req: 9111-4-14).
fn lacks_clock(now: &Now, config: &Config) -> bool {
    now.utc_source() == UtcSource::Unknown && !config.uptime_reuse()
}

/// Serving a stale response without an error (RFC 9111 section 4.2.4).
fn serve_stale(request: &RequestFacts, stored: &StoredFacts, standing: &Standing, config: &Config) -> Reuse {
    let stale = if stored.is(stored_flag::EXPIRY) {
        Reason::Stale
    } else {
        Reason::NoExpiry
    };
    let Some(staleness_ms) = standing.staleness_ms() else {
        return Reuse::Validate(Reason::AgeUnknown);
    };
    if stored.is(stored_flag::NEVER_STALE) {
        return Reuse::Validate(Reason::MustRevalidate);
    }
    let s_maxage = stored.is(stored_flag::S_MAXAGE);
    let asked = &request.directives;
    if !s_maxage && within(staleness_ms, asked.max_stale) {
        return Reuse::Serve(Reason::MaxStale);
    }
    // max-age and min-fresh refuse stale answers, unless max-stale accompanies them
    // (req: 9111-5.2.1.1-02).
    let refuses = asked.max_age.is_present() || asked.min_fresh.is_present();
    let extensions = !s_maxage || config.extensions_beat_s_maxage();
    if extensions && !refuses && within(staleness_ms, stored.stale_while_revalidate) {
        return Reuse::Serve(Reason::StaleWhileRevalidate);
    }
    Reuse::Validate(if s_maxage { Reason::MustRevalidate } else { stale })
}

/// Whether a stored response serves although the origin failed (RFC 5861 section 4; RFC 9111
/// section 4.2.4).
pub(crate) fn on_failure(
    request: &RequestFacts,
    stored: &StoredFacts,
    standing: &Standing,
    failure: Failure,
    now: &Now,
    config: &Config,
) -> Result<Reason, Reason> {
    let refused = Err(Reason::MayNotServeStale);
    if !is_error(failure)
        || lacks_clock(now, config)
        || stored.is_invalidated()
        || stored.is(stored_flag::NO_CACHE)
        || stored.is(stored_flag::NEVER_STALE)
    {
        return refused;
    }
    let (Some(age_ms), Some(staleness_ms)) = (standing.age_ms, standing.staleness_ms()) else {
        return refused;
    };
    let s_maxage = stored.is(stored_flag::S_MAXAGE);
    let extensions = !s_maxage || config.extensions_beat_s_maxage();
    let asked = &request.directives;
    if extensions && within(staleness_ms, asked.stale_if_error) {
        return Ok(Reason::StaleIfError);
    }
    // A request that refuses stored or stale answers is not overruled by the origin's word.
    let refuses = asked.no_cache
        || asked.min_fresh.is_present()
        || (asked.max_age.is_present() && asked.max_stale.get().is_none())
        || is_too_old(request, stored, standing, age_ms);
    if refuses {
        return refused;
    }
    if extensions && within(staleness_ms, stored.stale_if_error) {
        return Ok(Reason::StaleIfError);
    }
    let bounded = Delta::seconds(config.stale_when_disconnected());
    let allowed = config.stale_when_disconnected() > 0 && within(staleness_ms, bounded);
    // req: 9111-2-04: whatever keeps it from the origin; an error response is not that.
    let disconnected = !matches!(failure, Failure::Status(_));
    // No option lifts what s-maxage says of a cache that is merely disconnected.
    if disconnected && allowed && !s_maxage {
        return Ok(Reason::Disconnected);
    }
    refused
}

/// What counts as an error (RFC 5861 section 4).
fn is_error(failure: Failure) -> bool {
    match failure {
        Failure::Transport | Failure::Disconnected => true,
        Failure::Status(status) => matches!(status, 500 | 502 | 503 | 504),
    }
}
