//! A stored response was confirmed and takes on the fields of the confirmation.

use super::context::Context;
use super::{FromCache, Update};
use crate::facts::{EntryId, Exchanged, ResponseFacts, StoredFacts, fingerprint, stored_flag};
use crate::rules::freshness::Standing;
use crate::rules::{Candidate, HeadMismatch, Merged, Reason};
use crate::syntax::name::{Known, values_of};
use crate::syntax::{EntityTag, Headers, RequestHead, ResponseHead};

/// Write what [`update`](Self::update) gives in the place of the stored head and facts, then
/// serve the entry: [`serve`](Self::serve) (RFC 9111 section 3.2, 4.3.4, 4.3.5).
#[derive(Clone, Copy, Debug)]
#[must_use = "update the entry and serve it"]
pub struct NeedToBeUpdated<'c> {
    context: Context<'c>,
    candidate: Candidate,
    at: Exchanged,
    reason: Reason,
    may_stay: bool,
    /// What merging needs of the confirming response: its known fields, and its Date.
    seen: u64,
    dated: bool,
}

impl<'c> NeedToBeUpdated<'c> {
    pub(super) fn new(
        context: Context<'c>,
        candidate: Candidate,
        stored: &impl Headers,
        fresh: &ResponseFacts,
        at: Exchanged,
        reason: Reason,
    ) -> Self {
        let permitted = context.lets_stay(context.update_permit(fresh), &candidate.facts, stored);
        // req: 9111-5.2.1.5-01
        let may_stay = permitted && !context.request.directives.no_store;
        Self {
            context,
            candidate,
            at,
            reason,
            may_stay,
            seen: fresh.seen,
            dated: fresh.date().is_some(),
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
    pub const fn may_stay(&self) -> bool {
        self.may_stay
    }

    /// The new head alone, see [`update`](Self::update).
    ///
    /// # Errors
    /// [`HeadMismatch`]: `stored` is not the head that was validated.
    pub fn merged<'a, S, N>(&self, stored: &'a S, fresh: &'a N) -> Result<Merged<'a, S, N>, HeadMismatch>
    where
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        let (config, facts) = (self.context.config, &self.candidate.facts);
        if !is_described_by(stored, facts, config.lenient_etag()) {
            return Err(HeadMismatch);
        }
        let received = self.at.response;
        Ok(Merged::new(
            stored,
            facts,
            fresh,
            (self.seen, self.dated),
            received,
            config,
        ))
    }

    /// The new head and facts: `stored` is the head of the entry, `fresh` the response that
    /// confirmed it, with the fields that [`NeedRevalidation::next`](crate::NeedRevalidation::next)
    /// was given.
    ///
    /// # Errors
    /// [`HeadMismatch`]: `stored` is not the head that was validated.
    pub fn update<'a, Q, S, N>(
        &self,
        request: &RequestHead<'_, Q>,
        stored: &ResponseHead<'a, S>,
        fresh: &ResponseHead<'a, N>,
    ) -> Result<Update<'a, S, N>, HeadMismatch>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        update(
            &self.context,
            request,
            &self.candidate.facts,
            stored,
            fresh,
            &self.at,
        )
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

/// The new head and facts of an entry.
pub(super) fn update<'a, Q, S, N>(
    context: &Context<'_>,
    request: &RequestHead<'_, Q>,
    facts: &StoredFacts,
    stored: &ResponseHead<'a, S>,
    fresh: &ResponseHead<'a, N>,
    at: &Exchanged,
) -> Result<Update<'a, S, N>, HeadMismatch>
where
    Q: Headers + ?Sized,
    S: Headers + ?Sized,
    N: Headers + ?Sized,
{
    if !is_described_by(stored.headers, facts, context.config.lenient_etag()) {
        return Err(HeadMismatch);
    }
    let scanned = ResponseFacts::derive(fresh, context.config, at.response);
    let known = (scanned.seen, scanned.date().is_some());
    let head = Merged::new(
        stored.headers,
        facts,
        fresh.headers,
        known,
        at.response,
        context.config,
    );
    let facts = context.updated(request, facts, stored, &scanned, &head, at);
    Ok(Update { head, facts })
}

/// Whether the facts are those of this head, as far as the entity tag tells.
fn is_described_by<S: Headers + ?Sized>(stored: &S, facts: &StoredFacts, lenient: bool) -> bool {
    if !facts.is(stored_flag::ETAG) || lenient {
        return true;
    }
    let tag = values_of(stored, Known::ETag).next().and_then(EntityTag::parse);
    tag.map(|tag| fingerprint(tag.opaque)) == Some(facts.etag)
}
