//! Stored responses are no longer true (RFC 9111 section 4.4, 4.3.3, 4.3.5).

use super::{CouldNotBeStored, StoreAndUse};
use crate::facts::{Config, EntryId};
use crate::rules::{Keys, Reason, invalidate};
use crate::syntax::{Headers, RequestHead, ResponseHead};

/// Mark or remove what [`keys`](Self::keys) and [`entry`](Self::entry) name, then call
/// [`next`](Self::next).
#[derive(Clone, Copy, Debug)]
#[must_use = "invalidate, then call `next`"]
pub struct InvalidateEntries<'c> {
    config: &'c Config,
    entry: Option<EntryId>,
    reason: Reason,
    after: Result<StoreAndUse<'c>, CouldNotBeStored>,
}

/// What follows [`InvalidateEntries`].
#[derive(Clone, Copy, Debug)]
#[must_use = "every variant asks for something"]
#[non_exhaustive]
pub enum InvalidateEntriesNext<'c> {
    /// Store the response and pass it on.
    StoreAndUse(StoreAndUse<'c>),
    /// Pass the response on.
    CouldNotBeStored(CouldNotBeStored),
}

impl<'c> InvalidateEntries<'c> {
    pub(super) const fn of_method(
        config: &'c Config,
        after: Result<StoreAndUse<'c>, CouldNotBeStored>,
    ) -> Self {
        Self {
            config,
            entry: None,
            reason: Reason::UnsafeMethod,
            after,
        }
    }

    pub(super) const fn of_entry(
        config: &'c Config,
        id: EntryId,
        reason: Reason,
        after: Result<StoreAndUse<'c>, CouldNotBeStored>,
    ) -> Self {
        Self {
            config,
            entry: Some(id),
            reason,
            after,
        }
    }

    /// Why.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// One entry to mark invalid or remove.
    pub const fn entry(&self) -> Option<EntryId> {
        self.entry
    }

    /// Keys whose entries are all to be marked invalid or removed, in a store with this seed and
    /// as of the time of the response; `None` when it is about one entry. `scratch` holds one resolved Location at a time;
    /// what does not fit is left out, which RFC 9111 section 4.4 permits.
    pub fn keys<Q, R>(
        &self,
        seed: u64,
        request: &RequestHead<'_, Q>,
        response: &ResponseHead<'_, R>,
        scratch: &mut [u8],
    ) -> Option<Keys>
    where
        Q: Headers + ?Sized,
        R: Headers + ?Sized,
    {
        let target = &request.target;
        match self.entry {
            Some(_) => None,
            None => Some(invalidate::keys(
                target,
                &response.headers,
                seed,
                scratch,
                self.config,
            )),
        }
    }

    /// What to do with the response.
    pub fn next(self) -> InvalidateEntriesNext<'c> {
        match self.after {
            Ok(store) => InvalidateEntriesNext::StoreAndUse(store),
            Err(end) => InvalidateEntriesNext::CouldNotBeStored(end),
        }
    }
}
