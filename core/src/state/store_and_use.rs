//! The response is stored and passed on.

use crate::facts::{Config, StoredFacts};
use crate::rules::{Reason, Storable};
use crate::syntax::Headers;

/// Store the response: [`pack`](crate::store::pack) [`head`](Self::head) into a store with
/// [`facts`](Self::facts), tee the body, commit when it is whole (RFC 9111 section 3).
#[derive(Clone, Copy, Debug)]
#[must_use = "store the response or drop this on purpose"]
pub struct StoreAndUse<'c> {
    config: &'c Config,
    facts: StoredFacts,
    reason: Reason,
}

impl<'c> StoreAndUse<'c> {
    pub(super) const fn new(config: &'c Config, facts: StoredFacts, reason: Reason) -> Self {
        Self {
            config,
            facts,
            reason,
        }
    }

    /// The facts to store beside the head, as of
    /// [`MethodClass::sent_at`](crate::MethodClass::sent_at).
    pub const fn facts(&self) -> &StoredFacts {
        &self.facts
    }

    /// Why it may be stored.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The fields to store: the response's without those that are never stored.
    pub fn head<'a, R: Headers + ?Sized>(&self, response: &'a R) -> Storable<'a, R> {
        Storable::new(response, &self.facts, self.config)
    }
}
