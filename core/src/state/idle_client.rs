//! Nothing is known yet but the request.

use super::context::{Context, Lookup};
use super::{CacheMiss, FromCache, GatewayTimeout, NeedRevalidation};
use crate::facts::{Config, EntryId, Now, Override, RequestFacts, StoredFacts};
use crate::rules::reuse::{Admission, admit};
use crate::rules::{Candidate, Reason, select};
use crate::store::Entry;
use crate::syntax::{Headers, RequestHead};

/// The start: a request, before anything stored was looked at. Fold the stored responses of
/// its key in with [`consider`](Self::consider), then call [`next`](Self::next).
#[derive(Clone, Copy, Debug)]
#[must_use = "call `next` to learn what to do"]
pub struct IdleClient<'c> {
    context: Context<'c>,
    now: Now,
    best: Option<Candidate>,
    miss: Reason,
    lookup: bool,
}

/// What follows [`IdleClient`].
#[derive(Clone, Copy, Debug)]
#[must_use = "every variant asks for something"]
#[non_exhaustive]
pub enum IdleClientNext<'c> {
    /// Nothing stored can serve.
    CacheMiss(CacheMiss<'c>),
    /// A stored response serves now.
    FromCache(FromCache<'c>),
    /// A stored response may serve after validation.
    NeedRevalidation(NeedRevalidation<'c>),
    /// `only-if-cached`, and nothing stored can serve.
    GatewayTimeout(GatewayTimeout),
}

impl<'c> IdleClient<'c> {
    /// Scans a request.
    pub fn new<H: Headers + ?Sized>(config: &'c Config, request: &RequestHead<'_, H>, now: Now) -> Self {
        let mut facts = RequestFacts::derive(request, config);
        let (miss, lookup) = match admit(&facts) {
            Admission::Lookup => (Reason::NothingStored, true),
            Admission::Forward(reason) => (reason, false),
            Admission::Bypass(reason) => {
                facts.directives.only_if_cached = false; // the cache has no part in it
                (reason, false)
            }
        };
        Self {
            context: Context {
                config,
                over: Override::NONE,
                request: facts,
            },
            now,
            best: None,
            miss,
            lookup,
        }
    }

    /// Decides against the origin's word when storing, see [`Override`].
    pub fn with_override(mut self, over: Override) -> Self {
        self.context.over = over;
        self
    }

    /// Whether stored responses can answer at all; if not, call [`next`](Self::next) at once.
    pub const fn wants_entries(&self) -> bool {
        self.lookup
    }

    /// Takes in one stored response of the key, in any order; keeps the best
    /// (RFC 9111 section 4). `request` is the same as before.
    pub fn consider<H: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, H>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) {
        if !self.lookup {
            return;
        }
        let request = (&request.target, &request.headers as _);
        match select::matches(&self.context.request, request, facts, entry, self.context.config) {
            Ok(()) => {
                let facts = *facts;
                let mut candidate = Candidate { id, facts };
                let context = &self.context;
                if !context.bring_under_rules(&mut candidate.facts, entry.status(), &entry) {
                    return;
                }
                if self.best.is_none_or(|best| candidate.is_better_than(&best)) {
                    self.best = Some(candidate);
                }
            }
            Err(Reason::NoVariant) => self.miss = Reason::NoVariant,
            Err(_) => {}
        }
    }

    /// The same for a cache that keeps no heads: the caller has compared URI, partition, method
    /// and nominated fields itself, and the facts are of these rules.
    pub fn consider_matched(&mut self, id: EntryId, facts: &StoredFacts) {
        let candidate = Candidate { id, facts: *facts };
        if self.lookup && self.best.is_none_or(|best| candidate.is_better_than(&best)) {
            self.best = Some(candidate);
        }
    }

    /// Decides.
    pub fn next(self) -> IdleClientNext<'c> {
        let context = self.context;
        let (verdict, standing) = context.conclude(self.best.as_ref(), self.miss, &self.now);
        match (verdict, self.best, standing) {
            (Lookup::Refused(reason), ..) => IdleClientNext::GatewayTimeout(GatewayTimeout::new(reason)),
            (Lookup::Serve(reason), Some(best), Some(standing)) => {
                IdleClientNext::FromCache(FromCache::new(context, best, standing, reason))
            }
            (Lookup::Validate(reason), Some(best), _) => {
                IdleClientNext::NeedRevalidation(NeedRevalidation::new(context, best, reason))
            }
            _ => IdleClientNext::CacheMiss(CacheMiss::new(context, self.miss, None)),
        }
    }
}
