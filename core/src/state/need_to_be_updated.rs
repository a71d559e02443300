//! A stored response was confirmed and takes on the fields of the confirmation.

use super::context::{Context, Upkeep};
use super::{FromCache, Update};
use crate::facts::{Config, EntryId, Exchanged, ResponseFacts, StoredFacts, fingerprint, stored_flag};
use crate::rules::freshness::Standing;
use crate::rules::{Candidate, HeadMismatch, Merged, Reason};
use crate::syntax::name::{Known, values_of};
use crate::syntax::{EntityTag, Headers, RequestHead, ResponseHead};

/// Write what [`update`](Self::update) gives in the place of the stored head and facts, if it
/// [may be written](Self::may_be_written), then serve the entry: [`serve`](Self::serve) (RFC 9111 section 3.2, 4.3.4, 4.3.5).
#[derive(Clone, Copy, Debug)]
#[must_use = "update the entry and serve it"]
pub struct NeedToBeUpdated<'c> {
    context: Context<'c>,
    id: EntryId,
    confirmed: Confirmed,
    reason: Reason,
    upkeep: Upkeep,
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
        let upkeep = context.upkeep(context.update_permit(fresh), &candidate.facts, stored);
        Self {
            context,
            id: candidate.id,
            confirmed: Confirmed::new(&candidate.facts, fresh, at),
            reason,
            upkeep,
        }
    }

    /// The entry.
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// Why it is updated.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether the entry may stay after this; if not, serve it with the merged head and
    /// remove it ([`Reason::UpdateForbids`]).
    pub fn may_stay(&self) -> bool {
        self.upkeep != Upkeep::Remove
    }

    /// Whether the update may be written; if not, serve the entry with the merged head and,
    /// if it [may stay](Self::may_stay), leave it as it is: the request said no-store.
    pub fn may_be_written(&self) -> bool {
        self.upkeep == Upkeep::Write
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
        self.confirmed.merged(self.context.config, stored, fresh)
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
        self.confirmed.update(&self.context, request, stored, fresh)
    }

    /// The answer, with the updated facts.
    pub fn serve(self, updated: StoredFacts) -> FromCache<'c> {
        let standing = Standing::of(&updated, &self.confirmed.at.response);
        let candidate = Candidate {
            id: self.id,
            facts: updated,
        };
        FromCache::new(self.context, candidate, standing, Reason::Validated)
    }
}

/// An entry and the response that confirmed it: what the new head and facts are made of
/// besides both heads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Confirmed {
    fresh: ResponseFacts,
    at: Exchanged,
    /// Of the entry.
    etag: u32,
    flags: u16,
}

impl Confirmed {
    pub(super) const fn new(old: &StoredFacts, fresh: &ResponseFacts, at: Exchanged) -> Self {
        Self {
            fresh: *fresh,
            at,
            etag: old.etag,
            flags: old.flags,
        }
    }

    fn merged<'a, S, N>(
        &self,
        config: &Config,
        stored: &'a S,
        fresh: &'a N,
    ) -> Result<Merged<'a, S, N>, HeadMismatch>
    where
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        if !self.describes(stored, config) {
            return Err(HeadMismatch);
        }
        let transformed = self.flags & stored_flag::TRANSFORMED != 0;
        let received = self.at.response;
        Ok(Merged::new(
            (stored, transformed),
            (fresh, &self.fresh),
            received,
            config,
        ))
    }

    pub(super) fn update<'a, Q, S, N>(
        &self,
        context: &Context<'_>,
        request: &RequestHead<'_, Q>,
        stored: &ResponseHead<'a, S>,
        fresh: &ResponseHead<'a, N>,
    ) -> Result<Update<'a, S, N>, HeadMismatch>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        let head = self.merged(context.config, stored.headers, fresh.headers)?;
        let facts = context.updated(request, stored, &self.fresh, &head, &self.at);
        Ok(Update {
            head,
            facts: facts.keeping(self.flags),
        })
    }

    /// Whether the entry has this head, as far as the entity tag tells.
    fn describes<S: Headers + ?Sized>(&self, stored: &S, config: &Config) -> bool {
        if self.flags & stored_flag::ETAG == 0 || config.lenient_etag() {
            return true;
        }
        let tag = values_of(stored, Known::ETag).next().and_then(EntityTag::parse);
        tag.map(|tag| fingerprint(tag.opaque)) == Some(self.etag)
    }
}
