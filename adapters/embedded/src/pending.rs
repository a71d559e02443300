//! What is out of date, until the store knows: what requests with unsafe methods (RFC 9110 section 9.2.1)
//! have changed, and what a response would have replaced that could not be stored.

use larder::store::AsyncStore;
use larder::{Key, Keys, Now};

use crate::client::Client;
use crate::{Clock, StoreLock, Transport};

/// What may be out of date, until the store has been told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    Nothing,
    /// What the response to a request with an unsafe method says has not been seen.
    Target(Key),
    /// It has, at this time.
    Keys(Keys, Now),
    /// More than there is room to remember: the store has failed since the request before.
    Everything,
}

impl Pending {
    /// This, and what is stored under a key.
    pub(crate) const fn and(self, key: Key) -> Self {
        match self {
            Self::Nothing => Self::Target(key),
            _ => Self::Everything,
        }
    }

    /// What is left once the response to a request with an unsafe method is there: the keys that it
    /// invalidates, or none. What an earlier one has left stays.
    pub(crate) fn answered(self, invalidates: Option<(Keys, Now)>) -> Self {
        match (self, invalidates) {
            (Self::Target(_), Some((keys, at))) => Self::Keys(keys, at),
            (Self::Target(_), None) => Self::Nothing,
            (earlier, _) => earlier,
        }
    }

    /// Whether what is stored under a key must not be used as it is.
    pub(crate) fn concerns(&self, key: Key) -> bool {
        match self {
            Self::Nothing => false,
            Self::Target(target) => *target == key,
            Self::Keys(keys, _) => keys.iter().any(|pending| pending == key),
            Self::Everything => true,
        }
    }
}

impl<L: StoreLock, T: Transport, C: Clock> Client<L, T, C> {
    /// What is stored under a key, if any, must not be used as it is: the store is told now or later.
    pub(crate) async fn outdate(&mut self, key: Option<Key>) {
        let Some(key) = key else { return };
        if !self.pending.concerns(key) {
            self.pending = self.pending.and(key);
        }
        self.settle().await;
    }

    /// Tells the store what is left.
    pub(crate) async fn settle(&mut self) -> bool {
        let done = match self.pending {
            Pending::Nothing => return true,
            Pending::Target(key) => self.invalidate_key(key, self.now()).await,
            Pending::Keys(keys, at) => {
                let mut done = true;
                for key in keys.iter() {
                    done &= self.invalidate_key(key, at).await;
                }
                done
            }
            Pending::Everything => {
                let cleared = self.store.lock().await.clear().await;
                self.report("remove everything", cleared).is_some()
            }
        };
        if done {
            self.pending = Pending::Nothing;
        }
        done
    }

    async fn invalidate_key(&mut self, key: Key, at: Now) -> bool {
        let done = self.store.lock().await.invalidate(key, at).await;
        self.report("invalidate a key", done).is_some()
    }
}
