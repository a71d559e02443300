//! Choosing among stored responses (RFC 9111 section 4, 4.1) as a fold whose result does not
//! depend on the order of the entries. Freshness is no criterion.

use super::Reason;
use crate::facts::{Config, EntryId, MethodClass, RequestFacts, StoredFacts, stored_flag, vary};
use crate::store::Entry;
use crate::syntax::Target;
use crate::syntax::lines::Lines;

/// The best stored response so far: all that survives from its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Candidate {
    /// Which entry.
    pub id: EntryId,
    /// Its facts.
    pub facts: StoredFacts,
}

impl Candidate {
    /// A total order: an entry with Vary before one without (req: 9111-4.1-09), then the most
    /// recent Date (req: 9111-4-12), the most recent response, the larger id.
    fn rank(&self) -> (bool, i64, i64, u64, EntryId) {
        let facts = &self.facts;
        let received = facts.response.utc_ms().unwrap_or(i64::MIN);
        let mono_ms = facts.response.mono_ms();
        (facts.has_vary(), facts.date, received, mono_ms, self.id)
    }

    /// The better of both.
    pub(crate) fn is_better_than(&self, other: &Candidate) -> bool {
        self.rank() > other.rank()
    }
}

/// Whether an entry could be selected for a request, freshness aside (RFC 9111 section 4):
/// partition, method, URI byte for byte, and the nominated fields.
pub(crate) fn matches(
    request: &RequestFacts,
    (target, fields): (&Target<'_>, &dyn Lines<'_>),
    facts: &StoredFacts,
    entry: &Entry<'_>,
    config: &Config,
) -> Result<(), Reason> {
    if facts.partition() != request.partition || !entry.is_for(target) {
        return Err(Reason::NothingStored);
    }
    // req: 9110-9.3.2-01: a stored HEAD response answers HEAD only.
    if facts.is(stored_flag::HEAD) && request.method != MethodClass::Head {
        return Err(Reason::NothingStored);
    }
    let mut nominated = entry.nominated();
    if nominated.all(|(name, value)| vary::matches(fields, name, value, config)) {
        Ok(())
    } else {
        Err(Reason::NoVariant)
    }
}
