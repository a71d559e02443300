//! What the caller needs to carry out an action: the update, the head to store, the answer.

use super::{Action, Exchange, Phase, Update};
use crate::facts::{Exchanged, ResponseFacts, StoredFacts, whole_seconds};
use crate::rules::freshness::Standing;
use crate::rules::reuse::still_may;
use crate::rules::{HeadMismatch, Reason, Storable};
use crate::state::context::Confirmation;
use crate::state::{HeadSource, Serving};
use crate::syntax::{Headers, RequestHead, ResponseHead};

impl Exchange<'_> {
    /// The update of an entry, after [`Action::Update`] or when serving with
    /// [`HeadSource::Merged`]: `facts` and `stored` are the entry's, `fresh` is the response.
    ///
    /// # Errors
    /// [`HeadMismatch`]: `stored` is not the head that the facts describe.
    pub fn update<'a, Q, S, N>(
        &mut self,
        request: &RequestHead<'_, Q>,
        facts: &StoredFacts,
        stored: &ResponseHead<'a, S>,
        fresh: &ResponseHead<'a, N>,
        at: Exchanged,
    ) -> Result<Update<'a, S, N>, HeadMismatch>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        let scanned = ResponseFacts::derive(fresh, self.context.config, at.response);
        let confirmation = Confirmation {
            etag: facts.etag,
            flags: facts.flags,
            fresh: &scanned,
            at: &at,
        };
        let update = Update::new(&self.context, &confirmation, request, stored, fresh)?;
        if self.updates_selected {
            self.standing = Standing::of(&update.facts, &at.response);
        }
        Ok(update)
    }

    /// What the last action asked for has been done, or has failed. A failed update makes the
    /// entry serve with its merged head and go afterwards.
    pub fn done(&mut self, succeeded: bool) -> Action {
        match self.phase {
            Phase::Selecting { .. } | Phase::SelectingForHead { .. } => {
                if !succeeded && self.updates_selected {
                    self.head = HeadSource::Merged;
                    self.remove_after = true;
                }
                Action::NextHead
            }
            Phase::SettlingForHead { store, reason } => {
                self.phase = Phase::SelectingForHead { store, reason };
                match self.key {
                    Some(key) => Action::ReadHeads(key),
                    None => Action::NextHead,
                }
            }
            Phase::Settling { store: true, reason } => self.end(reason, Action::Store),
            Phase::Settling { store: false, reason } => self.end(reason, Action::PassThrough),
            _ => self.end(self.reason, Action::PassThrough),
        }
    }

    /// How to answer, after [`Action::Serve`] or [`Action::NotModified`].
    pub fn serving(&self) -> Serving {
        Serving {
            age: self.standing.age_seconds(),
            remaining: whole_seconds(self.standing.remaining_ms()),
            head: self.head,
            remove_after: self.remove_after,
            background_validation: self.reason == Reason::StaleWhileRevalidate,
        }
    }

    /// Whether the entry may still be served whose facts are these by now, after [`Action::Serve`] or
    /// [`Action::NotModified`]: while the origin was asked in vain, somebody else may have marked it
    /// (RFC 9111 section 4.4).
    pub const fn may_serve(&self, facts: &StoredFacts) -> bool {
        still_may(self.reason, facts)
    }

    /// The remaining freshness lifetime of what serves, in whole seconds and negative when
    /// stale: what [`CacheStatus::ttl`](crate::CacheStatus::ttl) tells, after
    /// [`Action::Serve`] or [`Action::NotModified`]. `None` when no clock tells.
    #[cfg(feature = "extensions")]
    pub fn ttl(&self) -> Option<i64> {
        self.standing.ttl_seconds()
    }

    /// The facts to store, after [`Action::Store`].
    pub fn stored_facts(&self) -> Option<&StoredFacts> {
        self.best.as_ref().map(|best| &best.facts)
    }

    /// The fields to store, after [`Action::Store`]; `None` at any other time.
    pub fn storable<'a, R: Headers + ?Sized>(&self, response: &'a R) -> Option<Storable<'a, R>> {
        let facts = self.stored_facts()?;
        Some(Storable::new(response, facts, self.context.config))
    }
}
