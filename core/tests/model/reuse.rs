//! Whether a stored response answers without asking the origin (RFC 9111 section 4, 5.2.1).

use super::fields::{Lines, MOST_SECONDS, has, single};
use super::freshness::{current_age, lifetime};
use super::said::{Asked, Delta, MaxStale, Said};
use super::{Entry, Moment, Options, Request};

/// Why a stored response serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    Fresh,
    MaxStale,
    WhileRevalidate,
    IfError,
    Disconnected,
    Validated,
}

/// What is known of an entry at a moment, in milliseconds.
pub struct View {
    pub age: Option<i128>,
    pub lifetime: i128,
    said: Said,
    marked: bool,
    clock: bool,
    immutable: bool,
}

/// What went wrong when the origin was asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    Transport,
    Disconnected,
    Status(u16),
}

impl View {
    pub fn new(options: &Options, entry: &Entry, now: &Moment) -> Self {
        let said = Said::new(options, &entry.lines);
        let seconds = lifetime(options, entry.status, &entry.lines, &entry.times.got).unwrap_or(0);
        Self {
            age: current_age(options, entry, now),
            lifetime: seconds * 1000,
            marked: entry.marked,
            // Without a clock every use is validated (9111-4-14).
            clock: now.utc.is_some() || options.uptime_reuse,
            immutable: said.immutable && entry.uri.scheme == "https" && sized(&entry.lines),
            said,
        }
    }

    /// The age, if the entry may answer anything at all without validation.
    fn usable(&self) -> Option<i128> {
        let bound = self.marked // 9111-4.4-05
            || self.said.no_cache // 9111-4-04, 9111-5.2.2.4-01
            || self.said.open
            || !self.clock;
        if bound { None } else { self.age }
    }

    /// Saturates like every number of seconds (9111-1.2.2-04).
    fn staleness(&self, age: i128) -> i128 {
        (age - self.lifetime).clamp(0, MOST_SECONDS * 1000)
    }

    /// A fresh immutable response over a channel that is authenticated outlives a reload
    /// (8246-2-01, 8246-2-02, 8246-3-01).
    fn reload_is_idle(&self, age: i128) -> bool {
        self.immutable && self.lifetime > age
    }

    /// 9111-4.2.4-02 to -05, 9111-5.2.2.2-02: nothing overrides these.
    fn never_stale(&self, options: &Options) -> bool {
        self.said.must_revalidate || (options.shared && self.said.proxy_revalidate)
    }

    /// s-maxage implies proxy-revalidate (9111-5.2.2.10-01, -02).
    fn s_maxage_binds(&self, options: &Options) -> bool {
        options.shared && self.said.s_maxage != Delta::Absent
    }

    /// Whether it serves at once, and on what ground; max-stale before the origin's own grant.
    pub fn reuse(&self, options: &Options, request: &Request) -> Option<Why> {
        let (age, asked) = (self.usable()?, Asked::new(options, &request.lines));
        if !within_request(&asked, age, self.lifetime, self.reload_is_idle(age)) {
            return None;
        }
        if self.lifetime > age {
            return Some(Why::Fresh); // 9111-4.2-01
        }
        let staleness = self.staleness(age);
        if self.never_stale(options) {
            return None;
        }
        // 9111-5.2.1.2-01, -02
        let accepted = match asked.max_stale {
            MaxStale::No => false,
            MaxStale::By(seconds) => staleness <= seconds * 1000,
            MaxStale::Any => true,
        };
        if accepted && !self.s_maxage_binds(options) {
            return Some(Why::MaxStale);
        }
        // 5861-3-01; a request with max-age or min-fresh refuses what is stale (9111-5.2.1.1-02).
        let granted = self
            .said
            .while_revalidate
            .is_some_and(|seconds| staleness <= seconds * 1000);
        let beaten = self.s_maxage_binds(options) && !options.extensions_beat_s_maxage;
        let refused = asked.max_age.is_some() || asked.min_fresh.is_some() || beaten;
        (options.while_revalidate && granted && !refused).then_some(Why::WhileRevalidate)
    }

    /// Whether it serves although the origin was asked and failed.
    pub fn on_failure(&self, options: &Options, request: &Request, failure: Failure) -> Option<Why> {
        let (age, asked) = (self.usable()?, Asked::new(options, &request.lines));
        if self.never_stale(options) {
            return None;
        }
        let staleness = self.staleness(age);
        let beaten = self.s_maxage_binds(options) && !options.extensions_beat_s_maxage;
        // 5861-4-04: transport failures and four status codes; N inclusive (5861-4-05).
        let counts = !matches!(failure, Failure::Status(status) if ![500, 502, 503, 504].contains(&status));
        let within = |seconds: Option<i128>| seconds.is_some_and(|seconds| staleness <= seconds * 1000);
        // The client's own word about failures goes before its other limits (5861-4-03).
        if counts && !beaten && within(asked.if_error) {
            return Some(Why::IfError);
        }
        let refused =
            asked.min_fresh.is_some() || (asked.max_age.is_some() && asked.max_stale == MaxStale::No);
        if refused || !within_request(&asked, age, self.lifetime, self.reload_is_idle(age)) {
            return None;
        }
        if counts && !beaten && within(self.said.if_error) {
            return Some(Why::IfError);
        }
        // 9111-4.2.4-06, under a bound of its own.
        let bound = (options.stale_when_disconnected > 0).then_some(options.stale_when_disconnected);
        // 9111-2-04: whatever keeps the cache from the origin, but no answer that came.
        let reached = matches!(failure, Failure::Status(_));
        let allowed = !reached && within(bound) && !self.s_maxage_binds(options);
        allowed.then_some(Why::Disconnected)
    }

    /// Age and remaining lifetime as they are sent, in whole seconds.
    pub fn seconds(&self) -> (Option<i128>, i128) {
        let left = self.age.map_or(0, |age| self.lifetime - age);
        // 9111-1.2.2-04
        (
            self.age.map(|age| (age / 1000).min(MOST_SECONDS)),
            left.max(0) / 1000,
        )
    }
}

/// Whether something says how long the body is (8246-3-03).
fn sized(lines: &Lines) -> bool {
    let length = single(lines, "content-length").and_then(|text| text.parse::<u64>().ok());
    length.is_some() || has(lines, "transfer-encoding")
}

/// The request's own limits: no-cache (9111-5.2.1.4-01), max-age, where 0 always means to
/// validate (9111-5.2.1.1-01) what is not `immutable`, min-fresh (9111-5.2.1.3-01).
fn within_request(asked: &Asked, age: i128, lifetime: i128, immutable: bool) -> bool {
    let reload = |seconds| seconds == 0 && !immutable;
    let young = asked.max_age.is_none_or(|seconds| {
        if seconds == 0 {
            !reload(seconds)
        } else {
            age <= seconds * 1000
        }
    });
    // How stale it is, is max-stale's business: min-fresh=0 asks for nothing.
    let lasting = asked
        .min_fresh
        .is_none_or(|seconds| (lifetime - age).max(0) >= seconds * 1000);
    !asked.no_cache && young && lasting
}
