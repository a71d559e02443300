//! How a cache is made.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use larder::store::shared::SharedStore;
use larder::{CacheStatus, Config, Override};

use crate::background::Background;
use crate::cache::{Cache, Shared};
use crate::cache_status::Naming;
use crate::decoded::Decoded;
use crate::partition::Secret;
use crate::removals::Removals;
use crate::stats::Counters;
use crate::store::AnyStore;
use crate::unmarked::Unmarked;

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
    settings: Settings,
}

struct Settings {
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
            .field("config", &self.settings.config)
            .field("over", &self.settings.over)
            .field("max_entry_size", &self.settings.max_entry_size)
            .finish_non_exhaustive()
    }
}

impl<S: SharedStore> CacheBuilder<S> {
    pub(crate) fn new(store: S) -> Self {
        let settings = Settings {
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
        };
        Self { store, settings }
    }

    /// The rules. Default: [`Config::private`]; [`Config::shared`] where one cache serves many users,
    /// [`with_stale_when_disconnected`](Config::with_stale_when_disconnected) for what is stale when the
    /// origin cannot be reached.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.settings.config = config;
        self
    }

    /// Decides against what origins say about storing and lifetimes. Default: nothing.
    #[must_use]
    pub fn force(mut self, over: Override) -> Self {
        self.settings.over = over;
        self
    }

    /// The largest body to store, in bytes; larger ones pass through. Default: what the store
    /// takes, of a [`MemoryStore`](crate::MemoryStore) a quarter.
    #[must_use]
    pub fn max_entry_size(mut self, bytes: u64) -> Self {
        self.settings.max_entry_size = bytes;
        self
    }

    /// Whether HTTP/1.1 responses that show neither Content-Length nor Transfer-Encoding are
    /// stored although nothing proves at their end that they are whole. Default: no.
    ///
    /// They end with the connection, and ureq cannot tell half a body from a whole one. Servers
    /// announce such an end with `Connection: close`, and those are never stored. Bodies that
    /// ureq decodes (gzip, brotli) need no permission: the coding tells that they are whole (all of it, unless
    /// gzip of several members is cut between two).
    #[must_use]
    pub fn unproven_framing(mut self, on: bool) -> Self {
        self.settings.unproven_framing = on;
        self
    }

    /// Whether a response to a request with credentials (Authorization, or userinfo in the
    /// URI) may answer requests with others, or with none. Default: no, they are kept apart.
    #[must_use]
    pub fn share_credentials(mut self, on: bool) -> Self {
        self.settings.share_credentials = on;
        self
    }

    /// The key that credentials are hashed with. Default: a random one, so that what was
    /// stored with credentials is of no use to another process. Programs that share a store on
    /// disk, or want to find their own entries again, give the same secret key each time.
    #[must_use]
    pub fn credentials_key(mut self, key: &[u8; 16]) -> Self {
        self.settings.secret = Some(Secret::new(key));
        self
    }

    /// How many threads at most validate in the background (stale-while-revalidate), and how many read
    /// error responses for the store that ureq makes errors of; with 0 everything is validated before it
    /// is served, and an error waits for its body. Default: 4.
    #[must_use]
    pub fn background_threads(mut self, count: usize) -> Self {
        self.settings.threads = count;
        self
    }

    /// Whether threads that ask for the same at once (the same URI, fields and credentials)
    /// share one request. The others wait for the head of its response; if that may answer
    /// them, they read its body while it comes, whoever reads it, and otherwise they ask for
    /// themselves. Such a body is bounded by the timeouts of the request that asked for it:
    /// agents with other timeouts do not share, nor do requests with settings of their own
    /// (ureq's `.config()`). Default: yes.
    #[must_use]
    pub fn collapse(mut self, on: bool) -> Self {
        self.settings.collapse = on;
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
        self.settings.cache_status = Some(name.to_owned());
        self
    }

    /// Whether [Cache-Status](Self::cache_status) tells the URI that a response is stored
    /// under. Default: no.
    #[must_use]
    pub fn cache_status_key(mut self, on: bool) -> Self {
        self.settings.cache_status_key = on;
        self
    }

    /// The cache.
    pub fn build(self) -> Cache<S> {
        let store = Arc::new(self.store);
        Cache {
            shared: self
                .settings
                .shared(Arc::clone(&store) as Arc<dyn AnyStore>, store.seed()),
            store,
        }
    }
}

impl Settings {
    fn shared(self, store: Arc<dyn AnyStore>, seed: u64) -> Arc<Shared> {
        let foreground = self.config.with_stale_while_revalidate(false);
        Arc::new(Shared {
            store,
            seed,
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
            decoded: Decoded::default(),
            unmarked: Unmarked::default(),
            removals: Removals::default(),
            stats: Counters::default(),
            background: Background::new(self.threads),
            flights: self.collapse.then(Arc::default),
            naming: self.cache_status.map(|cache| Naming {
                cache,
                with_key: self.cache_status_key,
            }),
            offline: AtomicBool::new(false),
        })
    }
}
