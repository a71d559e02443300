//! The cache: a store, the rules, and what one can ask of both.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use larder::store::Entry;
use larder::store::shared::{SharedStore, Usage};
use larder::{CacheStatus, Config, Key, Override, Target};

use crate::background::Background;
use crate::cache_status::Naming;
use crate::collapse::Flights;
use crate::error::RemoveError;
use crate::partition::Secret;
use crate::stats::{Counters, Stats};

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
    pub(crate) shared: Arc<Shared<S>>,
}

impl<S: SharedStore> Clone for Cache<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
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
pub(crate) struct Shared<S: SharedStore> {
    pub(crate) store: S,
    pub(crate) config: Config,
    /// The rules where nothing can validate in the background.
    pub(crate) foreground: Config,
    pub(crate) over: Override,
    pub(crate) max_entry_size: u64,
    pub(crate) unproven_framing: bool,
    pub(crate) share_credentials: bool,
    pub(crate) secret: Secret,
    pub(crate) stats: Counters,
    pub(crate) background: Background,
    /// `None`: everybody asks for himself.
    pub(crate) flights: Option<Arc<Flights>>,
    /// Answers carry Cache-Status.
    pub(crate) naming: Option<Naming>,
    offline: AtomicBool,
}

impl<S: SharedStore> Shared<S> {
    /// A store that fails costs a hit, never a request.
    pub(crate) fn store_failed(&self, what: &str, error: &dyn fmt::Display) {
        self.stats.store_errors.add();
        log::warn!("the store could not {what}: {error}");
    }

    /// The result, or `None` and a note that it failed.
    pub(crate) fn store_result<T>(&self, what: &str, result: Result<T, S::Error>) -> Option<T> {
        result.map_err(|error| self.store_failed(what, &error)).ok()
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
        &self.shared.store
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
        self.shared.store.usage()
    }

    /// Removes everything.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn clear(&self) -> Result<(), S::Error> {
        self.shared.store.clear()
    }

    /// Removes every response to this URI: all variants, whoever's credentials they were
    /// stored with. Returns how many.
    ///
    /// # Errors
    /// The text is no URI that could be stored, or the store cannot be read or written.
    pub fn remove(&self, uri: &str) -> Result<u64, RemoveError<S::Error>> {
        let store = &self.shared.store;
        let target = Target::parse(uri).map_err(RemoveError::Uri)?;
        let key = Key::new(&target, store.seed());
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
        }
        Ok(gone.len() as u64)
    }

    /// Stops asking the network, or asks it again. Offline, what is stored answers even when
    /// it is stale (unless the origin forbade that), and everything else gets 504.
    pub fn set_offline(&self, offline: bool) {
        self.shared.offline.store(offline, Ordering::Relaxed);
    }

    /// Waits until the validations that are going on in the background have ended; a program
    /// that ends before them has them to do again next time. `false` when they take longer.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.shared.background.wait(timeout)
    }
}

/// Makes a [`Cache`] with other rules or limits than the default ones.
///
/// ```no_run
/// use larder_ureq::{Cache, MemoryStore, larder::Config};
///
/// let cache = Cache::builder(MemoryStore::new(64 << 20))
///     .config(Config::private().with_heuristic(0, 0))
///     .max_entry_size(8 << 20)
///     .build();
/// ```
pub struct CacheBuilder<S: SharedStore> {
    store: S,
    config: Config,
    over: Override,
    max_entry_size: u64,
    unproven_framing: bool,
    share_credentials: bool,
    secret: Option<Secret>,
    threads: usize,
    collapse: bool,
    cache_status: Option<String>,
    cache_status_key: bool,
}

impl<S: SharedStore> fmt::Debug for CacheBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("config", &self.config)
            .field("over", &self.over)
            .field("max_entry_size", &self.max_entry_size)
            .finish_non_exhaustive()
    }
}

impl<S: SharedStore> CacheBuilder<S> {
    fn new(store: S) -> Self {
        Self {
            store,
            config: Config::private(),
            over: Override::NONE,
            max_entry_size: u64::MAX,
            unproven_framing: false,
            share_credentials: false,
            secret: None,
            threads: 4,
            collapse: true,
            cache_status: None,
            cache_status_key: false,
        }
    }

    /// The rules. Default: [`Config::private`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Decides against what origins say about storing and lifetimes. Default: nothing.
    #[must_use]
    pub fn force(mut self, over: Override) -> Self {
        self.over = over;
        self
    }

    /// The largest body to store, in bytes; larger ones pass through. Default: what the store
    /// takes.
    #[must_use]
    pub fn max_entry_size(mut self, bytes: u64) -> Self {
        self.max_entry_size = bytes;
        self
    }

    /// Whether HTTP/1.1 responses that show neither Content-Length nor Transfer-Encoding are
    /// stored. Default: no.
    ///
    /// With ureq's feature `gzip` or `brotli`, a decoded response that had a Content-Length
    /// arrives without it. So does one whose end is the end of the connection, and then ureq
    /// cannot tell half a body from a whole one. Servers announce the latter with
    /// `Connection: close`, and those are never stored; turn this on when the origins you talk
    /// to do so reliably.
    #[must_use]
    pub fn unproven_framing(mut self, on: bool) -> Self {
        self.unproven_framing = on;
        self
    }

    /// Whether a response to a request with credentials (Authorization, or userinfo in the
    /// URI) may answer requests with others, or with none. Default: no, they are kept apart.
    #[must_use]
    pub fn share_credentials(mut self, on: bool) -> Self {
        self.share_credentials = on;
        self
    }

    /// The key that credentials are hashed with. Default: a random one, so that what was
    /// stored with credentials is of no use to another process. Programs that share a store on
    /// disk, or want to find their own entries again, give the same secret key each time.
    #[must_use]
    pub fn credentials_key(mut self, key: &[u8; 16]) -> Self {
        self.secret = Some(Secret::new(key));
        self
    }

    /// How many threads at most validate in the background (stale-while-revalidate); with 0
    /// everything is validated before it is served. Default: 4.
    #[must_use]
    pub fn background_threads(mut self, count: usize) -> Self {
        self.threads = count;
        self
    }

    /// Whether threads that ask for the same at once (the same URI, fields and credentials)
    /// wait for one of them and are answered with what it stores. A thread goes to the origin
    /// by itself when the one that it waits for reads nothing for 100 ms, or when what that
    /// one got cannot answer it. Default: yes.
    #[must_use]
    pub fn collapse(mut self, on: bool) -> Self {
        self.collapse = on;
        self
    }

    /// Adds Cache-Status (RFC 9211) to responses: `larder; hit; ttl=30`, or why the origin was
    /// asked and what became of its response. Others read it as well: for debugging. `detail`
    /// has the names of [`Reason`](larder::Reason) and [`Stored`](crate::Stored). Default: no.
    ///
    /// # Panics
    /// The name is empty or has anything else than printable ASCII characters.
    #[must_use]
    pub fn cache_status(mut self, name: &str) -> Self {
        assert!(
            CacheStatus::new(name).is_some(),
            "the name of a cache is printable ASCII"
        );
        self.cache_status = Some(name.to_owned());
        self
    }

    /// Whether [Cache-Status](Self::cache_status) tells the URI that a response is stored
    /// under. Default: no.
    #[must_use]
    pub fn cache_status_key(mut self, on: bool) -> Self {
        self.cache_status_key = on;
        self
    }

    /// The cache.
    pub fn build(self) -> Cache<S> {
        let foreground = self.config.with_stale_while_revalidate(false);
        Cache {
            shared: Arc::new(Shared {
                store: self.store,
                config: if self.threads == 0 {
                    foreground
                } else {
                    self.config
                },
                foreground,
                over: self.over,
                max_entry_size: self.max_entry_size,
                unproven_framing: self.unproven_framing,
                share_credentials: self.share_credentials,
                secret: self.secret.unwrap_or_else(Secret::random),
                stats: Counters::default(),
                background: Background::new(self.threads),
                flights: self.collapse.then(Arc::default),
                naming: self.cache_status.map(|cache| Naming {
                    cache,
                    with_key: self.cache_status_key,
                }),
                offline: AtomicBool::new(false),
            }),
        }
    }
}
