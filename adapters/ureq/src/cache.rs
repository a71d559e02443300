//! The cache: a store, the rules, and what one can ask of both.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use larder::store::Entry;
use larder::store::shared::{SharedStore, Usage};
use larder::{Config, EntryId, Key, Override, Target};
use log::Level;

use crate::background::Background;
use crate::builder::CacheBuilder;
use crate::cache_status::Naming;
use crate::collapse::Flights;
use crate::decoded::Decoded;
use crate::error::RemoveError;
use crate::notes::note;
use crate::partition::Secret;
use crate::removals::Removals;
use crate::stats::{Counters, Stats};
use crate::store::{AnyStore, Failed};
use crate::unmarked::Unmarked;

/// A cache for any number of agents. Clones are handles to the same cache.
///
/// ```no_run
/// use larder_ureq::{Cache, MemoryStore};
///
/// let cache = Cache::new(MemoryStore::new(64 << 20));
/// let agent = cache.agent(|builder| builder.user_agent("tool/1"));
/// agent.get("http://example.com/").call()?;
/// println!("{:?}", cache.stats());
/// # Ok::<(), ureq::Error>(())
/// ```
pub struct Cache<S: SharedStore> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) store: Arc<S>,
}

impl<S: SharedStore> Clone for Cache<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            store: Arc::clone(&self.store),
        }
    }
}

impl<S: SharedStore> fmt::Debug for Cache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// What all handles, middlewares and bodies of a cache share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn AnyStore>,
    /// What the keys of the store are made with.
    pub(crate) seed: u64,
    pub(crate) config: Config,
    /// The rules where nothing can validate in the background.
    pub(crate) foreground: Config,
    pub(crate) over: Override,
    pub(crate) max_entry_size: u64,
    pub(crate) unproven_framing: bool,
    pub(crate) share_credentials: bool,
    pub(crate) secret: Secret,
    pub(crate) decoded: Decoded,
    pub(crate) unmarked: Unmarked,
    pub(crate) removals: Removals,
    pub(crate) stats: Counters,
    pub(crate) background: Background,
    /// `None`: everybody asks for himself.
    pub(crate) flights: Option<Arc<Flights>>,
    /// Answers carry Cache-Status.
    pub(crate) naming: Option<Naming>,
    pub(crate) offline: AtomicBool,
}

impl Shared {
    /// A store that fails costs a hit, never a request.
    #[cold]
    #[inline(never)]
    pub(crate) fn store_failed(&self, what: &str, error: Failed) {
        self.stats.store_errors.add();
        note(Level::Warn, format_args!("the store could not {what}: {error}"));
    }

    /// The result, or `None` and a note that it failed.
    pub(crate) fn store_result<T>(&self, what: &str, result: Result<T, Failed>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.store_failed(what, error);
                None
            }
        }
    }

    /// Removes an entry; whether that is done.
    #[inline(never)]
    pub(crate) fn remove(&self, id: EntryId) -> bool {
        self.decoded.remove(id);
        let removed = self.store.remove(id);
        self.store_result("remove an entry", removed).is_some()
    }

    /// An entry answers only when the origin has confirmed it; whether that is done.
    pub(crate) fn mark(&self, id: EntryId) -> bool {
        let marked = self.store.mark_invalid(id);
        self.store_result("mark an entry", marked).is_some()
    }

    /// Nobody may be answered any more with what was asked for before.
    pub(crate) fn forget(&self, key: Key) {
        self.flights.iter().for_each(|flights| flights.forget(key));
    }

    pub(crate) fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Relaxed)
    }
}

impl<S: SharedStore> Cache<S> {
    /// A private cache (RFC 9111) in this store.
    pub fn new(store: S) -> Self {
        CacheBuilder::new(store).build()
    }

    /// A cache with other rules or limits.
    pub fn builder(store: S) -> CacheBuilder<S> {
        CacheBuilder::new(store)
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// What the cache has done since it was made.
    pub fn stats(&self) -> Stats {
        self.shared.stats.read()
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn usage(&self) -> Result<Usage, S::Error> {
        self.store.usage()
    }

    /// Removes everything.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn clear(&self) -> Result<(), S::Error> {
        self.shared
            .flights
            .iter()
            .for_each(|flights| flights.forget_all());
        self.shared.removals.add(None);
        self.shared.decoded.clear();
        self.store.clear()?;
        self.shared.unmarked.clear();
        Ok(())
    }

    /// Removes every response to this URI: all variants, whoever's credentials they were
    /// stored with. Returns how many.
    ///
    /// # Errors
    /// The text is no URI that could be stored, or the store cannot be read or written.
    pub fn remove(&self, uri: &str) -> Result<u64, RemoveError<S::Error>> {
        let store = &*self.store;
        let target = Target::parse(uri).map_err(RemoveError::Uri)?;
        let key = Key::new(&target, store.seed());
        self.shared.forget(key);
        self.shared.removals.add(Some(key));
        let (mut after, mut gone) = (None, Vec::new());
        while let Some(head) = store.next_head(key, after).map_err(RemoveError::Store)? {
            after = Some(head.id);
            // What cannot be read is of no use to anyone.
            if Entry::trusted(head.bytes.as_ref()).is_ok_and(|entry| !entry.is_for(&target)) {
                continue;
            }
            gone.push(head.id);
        }
        for id in &gone {
            store.remove(*id).map_err(RemoveError::Store)?;
            self.shared.decoded.remove(*id);
        }
        Ok(gone.len() as u64)
    }

    /// Stops asking the network, or asks it again. Offline, what is stored answers even when
    /// it is stale (unless the origin forbade that), and everything else gets 504: an `Err` unless the
    /// agent's `http_status_as_error` or a [`StatusAsError`](crate::StatusAsError) is off.
    pub fn set_offline(&self, offline: bool) {
        self.shared.offline.store(offline, Ordering::Relaxed);
    }

    /// Waits until what is going on in the background has ended: validations, and error responses that are
    /// read for the store. A program that ends before has it to do again next time. `false` when it takes longer.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.shared.background.wait(timeout)
    }
}
