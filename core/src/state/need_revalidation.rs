//! A stored response may serve after the origin has confirmed it.

use super::context::Context;
use super::{CacheMiss, CouldNotBeStored, FromCache, GatewayTimeout, InvalidateEntries, NeedToBeUpdated};
use crate::facts::{EntryId, Exchanged, Now, ResponseFacts, StoredFacts, stored_flag};
use crate::rules::freshness::Standing;
use crate::rules::validate::{self, Answer, HeadValidators, TagList};
use crate::rules::{Candidate, ConditionalFields, Failure, Reason, reuse};
use crate::syntax::lines::Lines;
use crate::syntax::{Headers, RequestHead, ResponseHead};

/// Send the request with [`conditional`](Self::conditional), then give the response to
/// [`next`](Self::next) or the failure to [`on_error`](Self::on_error)
/// (RFC 9111 section 4.3).
#[derive(Clone, Copy, Debug)]
#[must_use = "send the conditional request and call `next` or `on_error`"]
pub struct NeedRevalidation<'c> {
    context: Context<'c>,
    candidate: Candidate,
    reason: Reason,
}

/// What follows [`NeedRevalidation`].
#[derive(Clone, Copy, Debug)]
#[must_use = "every variant asks for something"]
#[non_exhaustive]
pub enum NeedRevalidationNext<'c> {
    /// The stored response is confirmed: update it, then serve it.
    NeedToBeUpdated(NeedToBeUpdated<'c>),
    /// A full response: give it to [`CacheMiss::next`] as well.
    CacheMiss(CacheMiss<'c>),
    /// The 304 confirms something that is not stored: send the request once more without any
    /// condition of the cache's and go on with this.
    Retry(CacheMiss<'c>),
    /// The origin failed, and the stored response may serve stale.
    FromCache(FromCache<'c>),
    /// The response shows that the stored one is out of date.
    InvalidateEntries(InvalidateEntries<'c>),
    /// Pass the response on.
    CouldNotBeStored(CouldNotBeStored),
}

/// What follows a failure.
#[derive(Clone, Copy, Debug)]
#[must_use = "every variant asks for something"]
#[non_exhaustive]
pub enum ErrorNext<'c> {
    /// The stored response may serve stale.
    FromCache(FromCache<'c>),
    /// There is no answer.
    GatewayTimeout(GatewayTimeout),
}

impl<'c> NeedRevalidation<'c> {
    pub(super) const fn new(context: Context<'c>, candidate: Candidate, reason: Reason) -> Self {
        Self {
            context,
            candidate,
            reason,
        }
    }

    /// The entry to validate.
    pub const fn id(&self) -> EntryId {
        self.candidate.id
    }

    /// Its facts.
    pub const fn facts(&self) -> &StoredFacts {
        &self.candidate.facts
    }

    /// Why it cannot serve without validation.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// What turns the request into a validation request; `stored` is the head of the entry.
    /// `scratch` holds the client's If-None-Match list and the stored tag; with less room the
    /// stored tag goes alone.
    pub fn conditional<'s, Q, S>(
        &self,
        request: &RequestHead<'_, Q>,
        stored: &'s S,
        scratch: &'s mut [u8],
    ) -> ConditionalFields<'s>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
    {
        let conditional = self.context.request.is_conditional();
        let facts = &self.candidate.facts;
        ConditionalFields::of(
            &request.headers,
            conditional,
            facts,
            &stored,
            TagList::new(scratch),
        )
    }

    /// Takes the response head: `request` is the request as it came, `stored` the head of the
    /// entry. For a full response this is [`CacheMiss`], which takes the same response.
    pub fn next<Q: Headers + ?Sized, R: Headers + ?Sized>(
        self,
        request: &RequestHead<'_, Q>,
        stored: &impl Headers,
        response: &ResponseHead<'_, R>,
        at: Exchanged,
    ) -> NeedRevalidationNext<'c> {
        let context = self.context;
        let fresh = ResponseFacts::derive(response, context.config, at.response);
        let stored: &dyn Lines<'_> = &stored;
        let facts = &self.candidate.facts;
        let miss = |reason| CacheMiss::new(context, reason, Some(self.candidate));
        match context.answer(&request.headers, facts, &response.headers, &fresh, false) {
            Answer::Confirms => self.update(stored, &fresh, &at, Reason::Freshened),
            Answer::Foreign => NeedRevalidationNext::Retry(miss(Reason::ForeignValidator)),
            Answer::ForClient => {
                NeedRevalidationNext::CouldNotBeStored(CouldNotBeStored::new(Reason::ClientNotModified))
            }
            Answer::Failure => {
                match self.on_error(Failure::Status(response.status), at.response) {
                    ErrorNext::FromCache(from_cache) => NeedRevalidationNext::FromCache(from_cache),
                    // Passed on; the entry stays.
                    ErrorNext::GatewayTimeout(_) => {
                        NeedRevalidationNext::CacheMiss(miss(Reason::ServerError))
                    }
                }
            }
            // What HEAD got is replaced, not updated.
            Answer::Full if context.is_head_update(response.status) && !facts.is(stored_flag::HEAD) => {
                if validate::head_matches(stored, facts, &HeadValidators::of(&fresh)) {
                    return self.update(stored, &fresh, &at, Reason::HeadFreshened);
                }
                let request = (&request.target, &request.headers as _);
                let after = context.storing(request, &response.headers, &fresh, &at, &mut []);
                NeedRevalidationNext::InvalidateEntries(InvalidateEntries::of_entry(
                    context.config,
                    self.id(),
                    Reason::HeadDiffers,
                    after,
                ))
            }
            Answer::Full => NeedRevalidationNext::CacheMiss(miss(Reason::FullResponse)),
        }
    }

    fn update(
        self,
        stored: &dyn Lines<'_>,
        fresh: &ResponseFacts,
        at: &Exchanged,
        reason: Reason,
    ) -> NeedRevalidationNext<'c> {
        NeedRevalidationNext::NeedToBeUpdated(NeedToBeUpdated::new(
            self.context,
            &self.candidate,
            stored,
            fresh,
            at,
            reason,
        ))
    }

    /// The origin could not be asked or failed (RFC 9111 section 4.2.4; RFC 5861 section 4).
    pub fn on_error(self, failure: Failure, now: Now) -> ErrorNext<'c> {
        let standing = Standing::of(&self.candidate.facts, &now);
        let (context, facts) = (&self.context, &self.candidate.facts);
        match reuse::on_failure(&context.request, facts, &standing, failure, &now, context.config) {
            Ok(reason) => {
                ErrorNext::FromCache(FromCache::new(self.context, self.candidate, standing, reason))
            }
            Err(reason) => ErrorNext::GatewayTimeout(GatewayTimeout::new(reason)),
        }
    }
}
