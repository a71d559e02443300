//! A stored response serves now.

use super::context::Context;
use super::{NeedRevalidation, Served};
use crate::facts::{EntryId, StoredFacts, whole_seconds};
use crate::rules::freshness::Standing;
use crate::rules::{Candidate, Reason, validate};
use crate::syntax::{Headers, RequestHead};

/// Send the stored response [`id`](Self::id) with its current Age, or a 304 if
/// [`not_modified`](Self::not_modified) says so (RFC 9111 section 4, 4.3.2).
#[derive(Clone, Copy, Debug)]
#[must_use = "answer from the store"]
pub struct FromCache<'c> {
    context: Context<'c>,
    candidate: Candidate,
    standing: Standing,
    reason: Reason,
}

impl<'c> FromCache<'c> {
    pub(super) const fn new(
        context: Context<'c>,
        candidate: Candidate,
        standing: Standing,
        reason: Reason,
    ) -> Self {
        Self {
            context,
            candidate,
            standing,
            reason,
        }
    }

    /// The entry.
    pub const fn id(&self) -> EntryId {
        self.candidate.id
    }

    /// Its facts.
    pub const fn facts(&self) -> &StoredFacts {
        &self.candidate.facts
    }

    /// Why it serves.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The current age in whole seconds (RFC 9111 section 4.2.3); `None` when no clock tells.
    pub fn age(&self) -> Option<u64> {
        self.standing.age_seconds()
    }

    /// The remaining freshness lifetime in whole seconds; 0 when stale.
    pub fn remaining(&self) -> u64 {
        whole_seconds(self.standing.remaining_ms())
    }

    /// The remaining freshness lifetime in whole seconds, negative when stale: what
    /// [`CacheStatus::ttl`](crate::CacheStatus::ttl) tells. `None` when no clock tells.
    #[cfg(feature = "extensions")]
    pub fn ttl(&self) -> Option<i64> {
        self.standing.ttl_seconds()
    }

    /// Whether the client's own condition says that it has this response already: then answer
    /// 304 with [`Served::not_modified`].
    pub fn not_modified<Q, S>(&self, request: &RequestHead<'_, Q>, stored: &S) -> bool
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
    {
        let (request_facts, facts) = (&self.context.request, &self.candidate.facts);
        request_facts.is_conditional()
            && validate::client_is_current(&request.headers, request_facts, &stored, facts)
    }

    /// The fields to send.
    pub fn head<'a, S: Headers + ?Sized>(&self, stored: &'a S) -> Served<&'a S> {
        Served::new(stored, self.age())
    }

    /// The background validation that stale-while-revalidate wants (RFC 5861 section 3).
    pub fn revalidate(&self) -> Option<NeedRevalidation<'c>> {
        (self.reason == Reason::StaleWhileRevalidate)
            .then(|| NeedRevalidation::new(self.context, self.candidate, Reason::BackgroundValidation))
    }
}
