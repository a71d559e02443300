//! Nothing stored can serve: the request goes to the origin.

use super::context::{Context, unreplaced};
use super::{CouldNotBeStored, InvalidateEntries, StoreAndUse};
use crate::facts::{Exchanged, ResponseFacts};
use crate::rules::{Candidate, Reason, invalidate};
use crate::syntax::{Headers, RequestHead, ResponseHead};

/// Send the request, then give the response to [`next`](Self::next).
#[derive(Clone, Copy, Debug)]
#[must_use = "send the request and call `next`"]
pub struct CacheMiss<'c> {
    context: Context<'c>,
    reason: Reason,
    /// The entry whose validation led here; a full response may show it to be out of date.
    nominated: Option<Candidate>,
}

/// What follows [`CacheMiss`].
#[derive(Clone, Copy, Debug)]
#[must_use = "every variant asks for something"]
#[non_exhaustive]
pub enum CacheMissNext<'c> {
    /// Store the response and pass it on.
    StoreAndUse(StoreAndUse<'c>),
    /// Pass the response on.
    CouldNotBeStored(CouldNotBeStored),
    /// First invalidate what the request has made untrue.
    InvalidateEntries(InvalidateEntries<'c>),
}

impl<'c> CacheMiss<'c> {
    pub(super) const fn new(context: Context<'c>, reason: Reason, nominated: Option<Candidate>) -> Self {
        Self {
            context,
            reason,
            nominated,
        }
    }

    /// Why nothing stored can serve.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Takes the response head: `request` is the request again (Vary nominates its fields),
    /// `scratch` holds one resolved Content-Location (responses to POST only).
    pub fn next<Q, R>(
        self,
        request: &RequestHead<'_, Q>,
        response: &ResponseHead<'_, R>,
        at: Exchanged,
        scratch: &mut [u8],
    ) -> CacheMissNext<'c>
    where
        Q: Headers + ?Sized,
        R: Headers + ?Sized,
    {
        let context = self.context;
        let scanned = ResponseFacts::derive(response, context.config, at.response);
        let request = (&request.target, &request.headers as _);
        let after = context.storing(request, &response.headers, &scanned, &at, scratch);
        let outdates = |old: &Candidate| context.outdates(&old.facts, response.status);
        let outdated = self.nominated.filter(outdates);
        let outdated = unreplaced(outdated, after.as_ref().ok().map(StoreAndUse::facts));
        if invalidate::invalidates(&context.request, response.status) {
            return CacheMissNext::InvalidateEntries(InvalidateEntries::of_method(context.config, after));
        }
        match (outdated, after) {
            (Some(id), after) => CacheMissNext::InvalidateEntries(InvalidateEntries::of_entry(
                context.config,
                id,
                Reason::Unsuitable,
                after,
            )),
            (None, Ok(store)) => CacheMissNext::StoreAndUse(store),
            (None, Err(end)) => CacheMissNext::CouldNotBeStored(end),
        }
    }
}
