//! A cache in memory and its agent, and what such an agent gets.
#![allow(dead_code)] // every test file uses some of it

use larder_ureq::{Cache, CacheInfo, MemoryStore, Stored};
use ureq::{Agent, BodyReader};

pub fn cache() -> (Cache<MemoryStore>, Agent) {
    let cache = Cache::new(MemoryStore::new(64 << 20));
    let agent = cache.agent(|builder| builder.proxy(None));
    (cache, agent)
}

/// The body, not read yet.
pub fn body(agent: &Agent, url: &str) -> BodyReader<'static> {
    let response = agent.get(url).call().unwrap();
    response.into_body().into_reader()
}

/// The body as text.
pub fn text(agent: &Agent, url: &str) -> String {
    let mut response = agent.get(url).call().unwrap();
    response.body_mut().read_to_string().unwrap()
}

/// What is said of storing, once the body was read.
pub fn stored(agent: &Agent, url: &str) -> Stored {
    let response = agent.get(url).call().unwrap();
    let stored = CacheInfo::of(&response).unwrap().stored();
    let _ = response.into_body().read_to_vec();
    stored
}
