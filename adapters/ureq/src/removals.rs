//! What was removed while a response was on its way: it must not come back with that.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use larder::Key;

/// How many keys are remembered. What is forgotten counts for every key.
const KEYS: usize = 256;

/// The removals that the user has asked for, counted.
#[derive(Default)]
pub(crate) struct Removals {
    /// As many as there were: all that a request looks at.
    count: AtomicU64,
    recent: RwLock<Recent>,
}

#[derive(Default)]
pub(crate) struct Recent {
    keys: VecDeque<(Key, u64)>,
    /// The last one that was for every key.
    all: u64,
}

impl Removals {
    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Before everything under this key is removed, or with `None` everything.
    pub(crate) fn add(&self, key: Option<Key>) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        let number = self.count.fetch_add(1, Ordering::Release) + 1;
        let Some(key) = key else {
            recent.keys.clear();
            recent.all = number;
            return;
        };
        recent.keys.retain(|(other, _)| *other != key);
        recent.keys.push_back((key, number));
        if recent.keys.len() > KEYS
            && let Some((_, forgotten)) = recent.keys.pop_front()
        {
            recent.all = forgotten;
        }
    }

    /// While this is held nothing is removed, so that what is stored meanwhile is found.
    pub(crate) fn hold(&self) -> RwLockReadGuard<'_, Recent> {
        self.recent.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    /// Whether what was under this key has been removed since there were so many.
    pub(crate) fn cover(&self, key: Key, since: u64) -> bool {
        let of_key = |(other, number): &(Key, u64)| *other == key && *number > since;
        self.all > since || self.keys.iter().any(of_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder::Target;

    fn key(number: usize) -> Key {
        Key::new(&Target::parse(&format!("http://host/{number}")).unwrap(), 0)
    }

    #[test]
    fn what_was_asked_for_before_is_covered() {
        let removals = Removals::default();
        let before = removals.count();
        removals.add(Some(key(1)));
        assert!(removals.hold().cover(key(1), before));
        assert!(!removals.hold().cover(key(2), before));
        assert!(!removals.hold().cover(key(1), removals.count()));
        removals.add(None);
        assert!(removals.hold().cover(key(2), before));
        assert!(!removals.hold().cover(key(2), removals.count()));
    }

    #[test]
    fn what_is_forgotten_counts_for_every_key() {
        let removals = Removals::default();
        let before = removals.count();
        (0..KEYS).for_each(|number| removals.add(Some(key(number))));
        assert!(!removals.hold().cover(key(KEYS), before));
        removals.add(Some(key(KEYS)));
        assert!(removals.hold().cover(key(KEYS + 1), before));
        assert!(!removals.hold().cover(key(KEYS + 1), before + 1));
        assert!(removals.hold().cover(key(1), before + 1));
    }
}
