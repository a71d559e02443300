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

    /// Remembers one; one that is told late takes nothing back.
    pub fn record(&mut self, key: Key, at: Now) {
        let known = self
            .stamps
            .iter_mut()
            .flatten()
            .find(|(stamped, _)| *stamped == key);
        if let Some((_, time)) = known {
            put_off(time, &at);
            return;
        }
        let forgotten = match self.stamps.get_mut(self.next) {
            Some(slot) => slot.replace((key, at)).map(|(_, forgotten)| forgotten),
            None => Some(at),
        };
        if let Some(forgotten) = forgotten {
            put_off(self.floor.get_or_insert(forgotten), &forgotten);
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

/// Makes it the later of both; where that cannot be told, the one that was told last.
fn put_off(known: &mut Now, told: &Now) {
    if !known.is_after(told) {
        *known = *told;
    }
}

impl<const N: usize> Default for Invalidations<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Key::from_number(number).unwrap()
    }

    fn at(ms: u64) -> Now {
        Now::mono(1, ms)
    }

    #[test]
    fn what_is_told_late_takes_nothing_back() {
        // req: 9111-4.4-01
        let mut stamps = Invalidations::<2>::new();
        stamps.record(key(1), at(20));
        stamps.record(key(1), at(10)); // of a slower client, or told again
        assert!(stamps.covers(key(1), at(15)));
        assert!(!stamps.covers(key(1), at(21)));
        // A new clock domain is later, whatever its milliseconds say.
        stamps.record(key(1), Now::mono(2, 5));
        assert!(!stamps.covers(key(1), Now::mono(2, 6)));
    }

    #[test]
    fn forgetting_takes_nothing_back() {
        // req: 9111-4.4-01
        let mut stamps = Invalidations::<2>::new();
        stamps.record(key(1), at(10));
        stamps.record(key(2), at(20));
        stamps.record(key(1), at(30));
        stamps.record(key(3), at(40)); // forgets the first, of 30
        stamps.record(key(4), at(50)); // forgets the second, of 20
        assert!(stamps.covers(key(1), at(29)));
        assert!(!stamps.covers(key(1), at(31)));
        let mut none = Invalidations::<0>::new();
        none.record(key(1), at(20));
        none.record(key(2), at(10));
        assert!(none.covers(key(1), at(15)));
    }
}
