//! The side towards the origin: an agent that changes nothing on the way.

use std::time::Duration;

use larder_ureq::larder::{Config, SetCookiePolicy, VaryNormalise};
use larder_ureq::{Cache, MemoryStore};
use ureq::Agent;
use ureq::config::{AutoHeaderValue, ConfigBuilder};
use ureq::typestate::AgentScope;

use crate::arguments::Arguments;

/// Requests that may be on their way to the origin at once; others wait for their turn.
pub const REQUESTS: usize = 512;
/// The longest that a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// A day, for heuristic freshness.
const HEURISTIC_CAP: u32 = 24 * 3600;

/// An agent, and its cache if it has one.
pub struct Client {
    pub agent: Agent,
    pub cache: Option<Cache<MemoryStore>>,
}

impl Client {
    /// As the arguments say.
    pub fn new(arguments: &Arguments) -> Self {
        if arguments.no_cache {
            return Self {
                agent: uncached(arguments),
                cache: None,
            };
        }
        let mut cache = Cache::builder(MemoryStore::new(arguments.store.bytes))
            .config(rules(arguments))
            // The rules for shared caches say whose responses answer whom.
            .share_credentials(!arguments.private)
            .background_threads(16);
        if let Some(name) = &arguments.cache_name {
            cache = cache.cache_status(name);
        }
        let cache = cache.build();
        Self {
            agent: cache.agent(|builder| transparent(builder, arguments)),
            cache: Some(cache),
        }
    }
}

/// What RFC 9111 permits, where larder by itself is more careful.
fn rules(arguments: &Arguments) -> Config {
    let profile = match arguments.private {
        true => Config::private(),
        // The origin's word that many may have a response is enough, a guess is not.
        false => Config::shared().with_set_cookie(SetCookiePolicy::RefuseUnlessExplicit),
    };
    profile
        .with_heuristic(arguments.heuristic, HEURISTIC_CAP)
        .with_stale_when_disconnected(arguments.stale_when_down)
        .with_vary_normalise(VaryNormalise::Lists)
        .with_store_post(true)
}

/// An agent without a cache.
pub fn uncached(arguments: &Arguments) -> Agent {
    transparent(Agent::config_builder(), arguments).build().into()
}

/// Nothing added, nothing followed, nothing judged.
fn transparent(builder: ConfigBuilder<AgentScope>, arguments: &Arguments) -> ConfigBuilder<AgentScope> {
    let patience = Duration::from_secs(arguments.timeout.into());
    builder
        .proxy(None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .user_agent(AutoHeaderValue::None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .max_idle_connections(REQUESTS)
        .max_idle_connections_per_host(REQUESTS)
        // For each connection, also idle ones; a head has to fit.
        .input_buffer_size(64 << 10)
        .output_buffer_size(16 << 10)
        // Origins close idle connections after five seconds and more.
        .max_idle_age(Duration::from_secs(4))
        .timeout_connect(Some(patience.min(CONNECT)))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
}
