//! What the store could not be told: keys whose entries are out of date and do not say so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use larder::{Key, Now};

use crate::store::AnyStore;

/// How many keys are remembered. With more of them nothing that is stored is trusted, until all of it
/// is removed.
const KEYS: usize = 16 * 1024;

/// Invalidations that failed (RFC 9111 section 4.4), and keys under which the store failed while they were
/// asked for, until it can be told. Other processes that share the store do not know of them.
#[derive(Default)]
pub(crate) struct Unmarked {
    /// Whether there is one: as a rule, all that a lookup looks at.
    any: AtomicBool,
    keys: Mutex<Vec<(Key, Now)>>,
}

impl Unmarked {
    /// The entries of a key could not be marked.
    pub(crate) fn add(&self, key: Key, at: Now) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() < KEYS {
            keys.retain(|(other, _)| *other != key);
            keys.push((key, at));
        }
        self.any.store(true, Ordering::Release);
    }

    /// They are marked, as of this time.
    pub(crate) fn remove(&self, key: Key, at: Now) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() < KEYS {
            keys.retain(|known| *known != (key, at));
        }
        self.any.store(!keys.is_empty(), Ordering::Release);
    }

    /// Whether the entries of this key are what they say, or have just been marked.
    pub(crate) fn is_settled(&self, key: Key, store: &dyn AnyStore) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return true;
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS {
            return false;
        }
        // Those that nobody asks for again must not be in everybody's way.
        while let Some((other, at)) = keys.last()
            && store.invalidate(*other, *at).is_ok()
        {
            keys.pop();
        }
        self.any.store(!keys.is_empty(), Ordering::Release);
        keys.iter().all(|(other, _)| *other != key)
    }

    /// Nothing is stored any more.
    pub(crate) fn clear(&self) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.clear();
        self.any.store(false, Ordering::Release);
    }
}
