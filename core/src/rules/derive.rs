//! What goes into stored facts: the one way from heads to them, when storing, after an
//! update and when an entry was written under other rules.

use super::freshness::{initial_age_ms, lifetime};
use super::storable::{allows_authorized, permission};
use crate::facts::{
    Config, Exchanged, MethodClass, NO_DATE, Now, Override, Partition, RequestFacts, ResponseFacts,
    StoredFacts, flag, stored_flag,
};
use crate::syntax::cache_control::{
    Delta, IMMUTABLE, MUST_REVALIDATE, NO_CACHE, NO_CACHE_FIELDS, PRIVATE, PRIVATE_FIELDS, PROXY_REVALIDATE,
};
use crate::syntax::lines::Lines;
use crate::syntax::name::Known;

/// What does not come from the head: kept when facts are derived again.
struct Origin<'a> {
    partition: &'a Partition,
    response: &'a Now,
    initial_age_ms: u64,
    vary: (u32, u32),
    /// Flags that a head does not tell.
    flags: u16,
}

impl StoredFacts {
    /// Facts of a response that is about to be stored or updated: `vary` are the fingerprints
    /// that [`Exchange`](crate::Exchange) and the states compute from both heads.
    pub(crate) fn derive(
        response: &ResponseFacts,
        request: &RequestFacts,
        at: &Exchanged,
        config: &Config,
        over: &Override,
        vary: (u32, u32),
    ) -> Self {
        let mut flags = if request.method == MethodClass::Head {
            stored_flag::HEAD
        } else {
            0
        };
        if request.authorized {
            flags |= stored_flag::AUTHORIZED;
        }
        let origin = Origin {
            partition: &request.partition,
            response: &at.response,
            initial_age_ms: initial_age_ms(response, at, config),
            vary,
            flags,
        };
        assemble(response, &origin, config, over)
    }

    /// Makes them the facts under other rules: old times, partition, method class and nominated
    /// fields, everything else from the stored head. False where these rules do not let it be
    /// stored: then it may not be used, either (req: 9111-5.2.2.7-01, 9111-3.5-01).
    #[inline(never)]
    pub(crate) fn rederive(
        &mut self,
        status: u16,
        head: &dyn Lines<'_>,
        config: &Config,
        over: &Override,
    ) -> bool {
        const KEPT: u16 =
            stored_flag::HEAD | stored_flag::AUTHORIZED | stored_flag::INVALIDATED | stored_flag::TRANSFORMED;
        let mut response = ResponseFacts::of(status, head, config, &self.response);
        let directives = &mut response.directives;
        // The stored head has the fields that a qualified directive would have left out.
        if directives.has(NO_CACHE_FIELDS) {
            directives.flags |= NO_CACHE;
        }
        if directives.has(PRIVATE_FIELDS) {
            directives.flags |= PRIVATE;
        }
        let authorized = self.is(stored_flag::AUTHORIZED);
        if !over.force_store && permission(authorized, &response, config).is_err() {
            return false;
        }
        let origin = Origin {
            partition: &self.partition,
            response: &self.response,
            initial_age_ms: self.initial_age_ms,
            vary: (self.vary_names, self.vary_values),
            flags: self.flags & KEPT,
        };
        *self = assemble(&response, &origin, config, over);
        true
    }

    /// Whether these facts were derived under these rules.
    pub(crate) fn is_derived_under(&self, config: &Config, over: &Override) -> bool {
        self.rules == rules_of(config, over)
    }
}

fn rules_of(config: &Config, over: &Override) -> u32 {
    config.fingerprint() ^ over.fingerprint()
}

fn assemble(response: &ResponseFacts, origin: &Origin<'_>, config: &Config, over: &Override) -> StoredFacts {
    let received = origin.response.clock_seconds().unwrap_or(NO_DATE);
    let date = response.date().unwrap_or(received);
    let lifetime = lifetime(response, date, config, over);
    let directives = &response.directives;
    let swr = if config.stale_while_revalidate() {
        directives.stale_while_revalidate
    } else {
        Delta::ABSENT
    };
    StoredFacts {
        partition: *origin.partition,
        response: *origin.response,
        date,
        last_modified: response.last_modified,
        initial_age_ms: origin.initial_age_ms,
        lifetime: lifetime.seconds,
        stale_while_revalidate: swr,
        stale_if_error: directives.stale_if_error,
        etag: response.etag,
        vary_names: origin.vary.0,
        vary_values: origin.vary.1,
        rules: rules_of(config, over),
        status: response.status,
        flags: origin.flags | flags(response, lifetime.known, config, over),
    }
}

fn flags(response: &ResponseFacts, expires: bool, config: &Config, over: &Override) -> u16 {
    let directives = &response.directives;
    let shared = config.is_shared();
    let no_cache = directives.has(NO_CACHE) || (directives.has(NO_CACHE_FIELDS) && !config.strips_fields());
    let proxy = shared && directives.has(PROXY_REVALIDATE);
    // req: 8246-3-03: where nothing says how long the body is, it may have been cut short.
    let sized = response.content_length().is_some() || response.has_field(Known::TransferEncoding);
    let mut flags = 0;
    let mut set = |flag: u16, on: bool| flags |= if on { flag } else { 0 };
    set(stored_flag::NO_CACHE, no_cache && !over.force_store);
    set(stored_flag::NEVER_STALE, directives.has(MUST_REVALIDATE) || proxy);
    set(stored_flag::S_MAXAGE, shared && directives.s_maxage.is_present());
    set(stored_flag::ETAG, response.has_etag());
    set(stored_flag::ETAG_STRONG, response.has_strong_etag());
    set(stored_flag::EXPIRY, expires);
    set(stored_flag::VARY, response.is(flag::VARY_NAMES));
    set(
        stored_flag::ALLOWS_AUTHORIZED,
        allows_authorized(response, config),
    );
    set(stored_flag::IMMUTABLE, directives.has(IMMUTABLE) && sized);
    set(stored_flag::ORIGIN_DATE, response.date().is_some());
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{AuthRequires, Duplicates, InitialAge, Qualified, SetCookiePolicy, VaryNormalise};

    #[test]
    fn every_change_of_the_rules_shows() {
        let plain = Config::private();
        let mut configs = vec![
            plain,
            Config::shared(),
            plain.with_initial_age(InitialAge::AgeHeaderOnly),
            plain.with_duplicates(Duplicates::First),
            plain.with_qualified(Qualified::StripFields),
            plain.with_set_cookie(SetCookiePolicy::RefuseUnlessPublic),
            plain.with_auth_requires(AuthRequires::PublicOrSMaxage),
            plain.with_store_post(true),
            plain.with_stale_extensions_beat_s_maxage(true),
            plain.with_stale_while_revalidate(false),
            plain.with_pragma(false),
            plain.with_request_directives(false),
            plain.with_strict_304(true),
            plain.with_lenient_etag(true),
            plain.with_head_update(false),
            plain.with_store_head(true),
            plain.with_invalidate_locations(false),
            plain.with_uptime_reuse(true),
            plain.with_vary_normalise(VaryNormalise::Lists),
        ];
        for number in 0..32 {
            configs.push(plain.with_max_lifetime(number));
            configs.push(plain.with_max_lifetime(u32::MAX - 1 - number));
            configs.push(plain.with_heuristic(10, number));
            configs.push(plain.with_heuristic(9, 1 << number));
            configs.push(plain.with_heuristic(50 + number as u8, 24 * 3600));
        }
        let mut overs = vec![];
        for lifetime in [None, Some(0), Some(1), Some(2), Some(60), Some(u32::MAX)] {
            overs.extend([false, true].map(|force_store| Override {
                lifetime,
                force_store,
            }));
        }
        let mut prints: Vec<u32> = configs
            .iter()
            .flat_map(|config| overs.iter().map(|over| rules_of(config, over)))
            .collect();
        let count = prints.len();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), count);
    }
}
