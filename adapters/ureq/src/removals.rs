//! What was removed while a response was on its way: it must not come back with that.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use larder::Key;

/// Keys fall into so many parts, which do not wait for one another.
const PARTS: usize = 16;

/// How many keys a part remembers. What it forgets counts for all its keys.
const KEYS: usize = 16;

/// The removals that the user has asked for, counted.
#[derive(Default)]
pub(crate) struct Removals {
    /// Rises with each: all that a request looks at.
    count: AtomicU64,
    parts: [Mutex<Recent>; PARTS],
}

#[derive(Default)]
pub(crate) struct Recent {
    keys: VecDeque<(Key, u64)>,
    /// The last one that was for every key.
    all: u64,
}

impl Removals {
    /// Where the count is.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Before everything under this key is removed, or with `None` everything.
    pub(crate) fn add(&self, key: Option<Key>) {
        // Counted under the lock, so that the numbers of a part rise.
        let number = || self.count.fetch_add(1, Ordering::Release) + 1;
        let Some(key) = key else {
            for part in &self.parts {
                let mut recent = lock(part);
                recent.keys.clear();
                recent.all = number();
            }
            return;
        };
        let mut recent = self.hold(key);
        recent.keys.retain(|(other, _)| *other != key);
        recent.keys.push_back((key, number()));
        if recent.keys.len() > KEYS
            && let Some((_, forgotten)) = recent.keys.pop_front()
        {
            recent.all = forgotten;
        }
    }

    /// While this is held nothing under the key is removed, so that what is stored meanwhile is found,
    /// and nobody else stores there, so that what came later is not replaced.
    pub(crate) fn hold(&self, key: Key) -> MutexGuard<'_, Recent> {
        let [first, ..] = &self.parts;
        lock(self.parts.get(part_of(key)).unwrap_or(first))
    }
}

fn part_of(key: Key) -> usize {
    (key.get() % PARTS as u64) as usize
}

fn lock(part: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Keys of one part.
    fn keys() -> impl Iterator<Item = Key> {
        let key = |number| Key::new(&Target::parse(&format!("http://host/{number}")).unwrap(), 0);
        (0..).map(key).filter(|key| part_of(*key) == 0)
    }

    fn covers(removals: &Removals, key: Key, since: u64) -> bool {
        removals.hold(key).cover(key, since)
    }

    #[test]
    fn what_was_asked_for_before_is_covered() {
        let removals = Removals::default();
        let before = removals.count();
        let (one, other) = (keys().next().unwrap(), keys().nth(1).unwrap());
        removals.add(Some(one));
        assert!(covers(&removals, one, before));
        assert!(!covers(&removals, other, before));
        assert!(!covers(&removals, one, removals.count()));
        removals.add(None);
        assert!(covers(&removals, other, before));
        assert!(!covers(&removals, other, removals.count()));
    }

    #[test]
    fn what_is_forgotten_counts_for_every_key_of_its_part() {
        let removals = Removals::default();
        let before = removals.count();
        let keys: Vec<_> = keys().take(KEYS + 2).collect();
        keys[..KEYS].iter().for_each(|key| removals.add(Some(*key)));
        assert!(!covers(&removals, keys[KEYS], before));
        removals.add(Some(keys[KEYS]));
        assert!(covers(&removals, keys[KEYS + 1], before));
        assert!(!covers(&removals, keys[KEYS + 1], before + 1));
        assert!(covers(&removals, keys[1], before + 1));
    }
}
