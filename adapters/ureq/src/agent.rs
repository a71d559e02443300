//! Agents with a cache.

use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use larder::store::shared::SharedStore;
use ureq::Agent;
use ureq::config::{Config, ConfigBuilder};
use ureq::typestate::AgentScope;

use crate::cache::{Cache, Shared};
use crate::request::CacheMiddleware;
use crate::view::{Automatic, jar_is_possible};

/// An agent with a private cache in this store; [`Cache`] when you need a handle to it. Keep it:
/// each one has a cache of its own, that is empty at first.
///
/// ```no_run
/// let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(64 << 20), |builder| builder);
/// let body = agent.get("http://example.com/").call()?.body_mut().read_to_string()?;
/// # Ok::<(), ureq::Error>(())
/// ```
///
/// `configure` sees the builder of the agent, for everything else that ureq can be told.
pub fn agent<S: SharedStore>(
    store: S,
    configure: impl FnOnce(ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope>,
) -> Agent {
    Cache::new(store).agent(configure)
}

/// What a middleware knows of an agent that was made for it.
pub(crate) struct Setup {
    pub(crate) status_as_error: bool,
    /// Redirects are followed, below the cache.
    pub(crate) follows: bool,
    /// Nothing is wanted that has not come by https.
    pub(crate) https_only: bool,
    /// How long an answer may take.
    pub(crate) patience: Option<Duration>,
    /// And how long everything, its body included.
    pub(crate) in_all: Option<Duration>,
    /// A hash of all timeouts: they bound the body, too.
    pub(crate) timeouts: u64,
    pub(crate) automatic: Automatic,
    /// Sends what `ureq` does not let a middleware send: a second request, or one in the
    /// background. It has no middlewares: the requests it gets have been through them.
    pub(crate) inner: Option<Agent>,
}

impl Setup {
    fn of(config: &Config) -> Self {
        // A second request must carry the cookies of the first, and nothing gives them to us.
        let inner = (!jar_is_possible()).then(|| inner(config));
        Self {
            status_as_error: config.http_status_as_error(),
            follows: config.max_redirects() > 0,
            https_only: config.https_only(),
            patience: patience(config),
            in_all: config.timeouts().global,
            timeouts: timeouts(config),
            automatic: Automatic::of(config),
            inner,
        }
    }
}

fn patience(config: &Config) -> Option<Duration> {
    let timeouts = config.timeouts();
    [timeouts.global, timeouts.per_call, timeouts.recv_response]
        .into_iter()
        .flatten()
        .min()
}

/// ureq's timeouts cannot be hashed, but written.
fn timeouts(config: &Config) -> u64 {
    let mut hash = DefaultHasher::new();
    let each = (
        config.timeouts(),
        config.timeout_per_read(),
        config.timeout_per_write(),
    );
    hash.write(format!("{each:?}").as_bytes());
    hash.finish()
}

/// Every request that the inner agent gets carries the configuration of its own agent. This
/// one only has to agree with it in what `ureq` keeps connections apart by.
fn inner(config: &Config) -> Agent {
    Config::builder()
        .ip_family(config.ip_family())
        .no_delay(config.no_delay())
        .input_buffer_size(config.input_buffer_size())
        .output_buffer_size(config.output_buffer_size())
        .user_agent(config.user_agent().clone())
        .max_idle_connections(config.max_idle_connections())
        .max_idle_connections_per_host(config.max_idle_connections_per_host())
        .max_idle_age(config.max_idle_age())
        .build()
        .new_agent()
}

fn with_cache(builder: ConfigBuilder<AgentScope>, shared: Arc<Shared>) -> Agent {
    let setup = Arc::new(OnceLock::new());
    let middleware = CacheMiddleware::new(shared, Arc::clone(&setup));
    let config = builder.middleware(middleware).build();
    // It could only be set already if somebody else had it.
    let _ = setup.set(Setup::of(&config));
    config.into()
}

impl<S: SharedStore> Cache<S> {
    /// An agent that uses this cache.
    ///
    /// The cache is the innermost of its middlewares: it sees requests as those of `configure`
    /// have left them, credentials included, and they see every response. Agents of one cache
    /// share what it holds, whichever of them has fetched it: one that trusts other certificates,
    /// for example, has a cache of its own.
    pub fn agent(
        &self,
        configure: impl FnOnce(ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope>,
    ) -> Agent {
        with_cache(configure(Config::builder()), Arc::clone(&self.shared))
    }

    /// The cache as a middleware, for an agent that is made in another way (with a connector
    /// or resolver of its own, say). Prefer [`agent`](Self::agent): without an agent of its
    /// own the cache
    ///
    /// - returns [`AskAgain`](crate::AskAgain) where it would have to send a second request,
    /// - validates before it serves, never in the background,
    /// - does not store what varies by Accept or User-Agent, unless the request itself says them,
    /// - does not store error responses, since it cannot read whether they are errors, and
    ///   takes its own 504 for one unless [`StatusAsError`](crate::StatusAsError) says otherwise.
    ///
    /// Add it after all other middlewares.
    pub fn middleware(&self) -> CacheMiddleware {
        CacheMiddleware::new(Arc::clone(&self.shared), Arc::default())
    }
}
