//! A stored response was confirmed and takes on the fields of the confirmation.

use super::context::{Confirmation, Context, Upkeep};
use super::{FromCache, Update};
use crate::facts::{EntryId, Exchanged, ResponseFacts, StoredFacts};
use crate::rules::freshness::Standing;
use crate::rules::{Candidate, HeadMismatch, Merged, Reason};
use crate::syntax::lines::Lines;
use crate::syntax::{Headers, RequestHead, ResponseHead};

/// Write what [`update`](Self::update) gives in the place of the stored head and facts, if it
/// [may be written](Self::may_be_written), then serve the entry: [`serve`](Self::serve) (RFC 9111 section 3.2, 4.3.4, 4.3.5).
#[derive(Clone, Copy, Debug)]
#[must_use = "update the entry and serve it"]
pub struct NeedToBeUpdated<'c> {
    context: Context<'c>,
    id: EntryId,
    fresh: ResponseFacts,
    at: Exchanged,
    /// Of the entry.
    etag: u32,
    flags: u16,
    reason: Reason,
    upkeep: Upkeep,
}

impl<'c> NeedToBeUpdated<'c> {
    pub(super) fn new(
        context: Context<'c>,
        candidate: &Candidate,
        stored: &dyn Lines<'_>,
        fresh: &ResponseFacts,
        at: &Exchanged,
        reason: Reason,
    ) -> Self {
        let upkeep = context.upkeep(context.update_permit(fresh), &candidate.facts, stored);
        Self {
            context,
            id: candidate.id,
            fresh: *fresh,
            at: *at,
            etag: candidate.facts.etag,
            flags: candidate.facts.flags,
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
        let plan = self.context.merge(&self.confirmation(), &stored, &fresh)?;
        Ok(Merged::new(stored, fresh, plan))
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
        Update::new(&self.context, &self.confirmation(), request, stored, fresh)
    }

    const fn confirmation(&self) -> Confirmation<'_> {
        Confirmation {
            etag: self.etag,
            flags: self.flags,
            fresh: &self.fresh,
            at: &self.at,
        }
    }

    /// The answer, with the updated facts.
    pub fn serve(self, updated: StoredFacts) -> FromCache<'c> {
        let standing = Standing::of(&updated, &self.at.response);
        let candidate = Candidate {
            id: self.id,
            facts: updated,
        };
        FromCache::new(self.context, candidate, standing, Reason::Validated)
    }
}
