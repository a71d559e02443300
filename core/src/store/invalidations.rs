//! The invalidation race: a response that was asked for before an invalidation may carry
//! what the invalidation made untrue.

use crate::facts::{Key, Now, StoredFacts};

/// The last `N` invalidations of a store. One that is forgotten moves a floor: whatever was
/// asked for before the floor counts as invalidated, so that forgetting costs a validation
/// and never truth.
#[derive(Clone, Debug)]
pub struct Invalidations<const N: usize> {
    stamps: [Option<(Key, Now)>; N],
    /// The slot that the next stamp takes.
    next: usize,
    floor: Option<Now>,
}

impl<const N: usize> Invalidations<N> {
    /// None yet.
    pub const fn new() -> Self {
        Self {
            stamps: [None; N],
            next: 0,
            floor: None,
        }
    }

    /// Remembers one.
    pub fn record(&mut self, key: Key, at: Now) {
        let known = self
            .stamps
            .iter_mut()
            .flatten()
            .find(|(stamped, _)| *stamped == key);
        if let Some((_, time)) = known {
            *time = at;
            return;
        }
        let Some(slot) = self.stamps.get_mut(self.next) else {
            self.floor = Some(at);
            return;
        };
        if let Some((_, forgotten)) = slot.replace((key, at)) {
            self.floor = Some(forgotten);
        }
        self.next = self.next.wrapping_add(1);
        if self.next >= N {
            self.next = 0;
        }
    }

    /// Whether a response to a request sent at `sent_at` may be older than an invalidation of
    /// its key. A time of another clock domain counts as before.
    pub fn covers(&self, key: Key, sent_at: Now) -> bool {
        let own = self
            .stamps
            .iter()
            .flatten()
            .filter(|(stamped, _)| *stamped == key)
            .map(|(_, at)| at);
        own.chain(self.floor.iter()).any(|at| !sent_at.is_after(at))
    }

    /// The facts to store for a response to a request sent at `sent_at`: marked, if an
    /// invalidation covers it.
    #[must_use]
    pub fn judge(&self, facts: &StoredFacts, key: Key, sent_at: Now) -> StoredFacts {
        if self.covers(key, sent_at) {
            facts.invalidated()
        } else {
            *facts
        }
    }
}

impl<const N: usize> Default for Invalidations<N> {
    fn default() -> Self {
        Self::new()
    }
}
