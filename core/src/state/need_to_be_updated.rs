//! A stored response was confirmed and takes on the fields of the confirmation.

use super::FromCache;
use super::context::Context;
use crate::facts::{EntryId, Exchanged, Fingerprint, ResponseFacts, StoredFacts, stored_flag};
use crate::rules::freshness::Standing;
use crate::rules::{Candidate, HeadMismatch, Merged, Reason};
use crate::syntax::{EntityTag, Headers, RequestHead, ResponseHead};

/// Write [`merged`](Self::merged) with [`updated_facts`](Self::updated_facts) in the place of
/// the stored head, then serve the entry: [`serve`](Self::serve) (RFC 9111 section 3.2,
/// 4.3.4, 4.3.5).
#[derive(Clone, Copy, Debug)]
#[must_use = "update the entry and serve it"]
pub struct NeedToBeUpdated<'c> {
    context: Context<'c>,
    candidate: Candidate,
    fresh: ResponseFacts,
    at: Exchanged,
    reason: Reason,
}

impl<'c> NeedToBeUpdated<'c> {
    pub(super) const fn new(
        context: Context<'c>,
        candidate: Candidate,
        fresh: ResponseFacts,
        at: Exchanged,
        reason: Reason,
    ) -> Self {
        Self {
            context,
            candidate,
            fresh,
            at,
            reason,
        }
    }

    /// The entry.
    pub const fn id(&self) -> EntryId {
        self.candidate.id
    }

    /// Why it is updated.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether the entry may stay after this; if not, serve it with the merged head and
    /// remove it ([`Reason::UpdateForbids`]).
    pub fn may_stay(&self) -> bool {
        self.context.update_keeps(&self.candidate.facts, &self.fresh)
    }

    /// The stored head with the fields of the confirming response.
    ///
    /// # Errors
    /// [`HeadMismatch`]: `stored` is not the head that was validated.
    pub fn merged<'a, S, N>(&self, stored: &'a S, fresh: &'a N) -> Result<Merged<'a, S, N>, HeadMismatch>
    where
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        merged(
            &self.context,
            &self.candidate.facts,
            stored,
            fresh,
            &self.fresh,
            &self.at,
        )
    }

    /// The facts of the updated entry; `merged` is its new head, `stored` the old one.
    pub fn updated_facts<Q, S, M>(
        &self,
        request: &RequestHead<'_, Q>,
        stored: &ResponseHead<'_, S>,
        merged: &M,
    ) -> StoredFacts
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
        M: Headers + ?Sized,
    {
        let old = &self.candidate.facts;
        self.context
            .updated(request, old, stored, &self.fresh, merged, &self.at)
    }

    /// The answer, with the updated facts.
    pub fn serve(self, updated: StoredFacts) -> FromCache<'c> {
        let standing = Standing::of(&updated, &self.at.response);
        let candidate = Candidate {
            id: self.candidate.id,
            facts: updated,
        };
        FromCache::new(self.context, candidate, standing, Reason::Validated)
    }
}

/// Merges after checking that the stored head is the one that the facts describe.
pub(super) fn merged<'a, S, N>(
    context: &Context<'_>,
    facts: &StoredFacts,
    stored: &'a S,
    fresh: &'a N,
    fresh_facts: &ResponseFacts,
    at: &Exchanged,
) -> Result<Merged<'a, S, N>, HeadMismatch>
where
    S: Headers + ?Sized,
    N: Headers + ?Sized,
{
    if facts.is(stored_flag::ETAG) && !context.config.lenient_etag() {
        let tag = stored.get_one("etag").and_then(EntityTag::parse);
        if tag.map(|tag| Fingerprint::of(tag.opaque)) != Some(facts.etag) {
            return Err(HeadMismatch);
        }
    }
    Ok(Merged::new(
        stored,
        facts,
        fresh,
        fresh_facts,
        at.response,
        context.config,
    ))
}
