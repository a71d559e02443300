//! http-cache-ureq: it wraps an agent, is async, and hands out bodies whole.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use http_cache_ureq::{CachedAgent, MokaCache, MokaManager, RedbManager};

use crate::subjects::Subject;

/// With its store in memory.
pub fn moka() -> Result<Box<dyn Subject>> {
    let manager = MokaManager::new(MokaCache::new(10_000));
    Ok(Box::new(Moka(
        CachedAgent::builder().cache_manager(manager).build()?,
    )))
}

/// With its default store, a file.
pub fn redb() -> Result<Box<dyn Subject>> {
    let file = file();
    let _ = std::fs::remove_file(&file);
    let manager = RedbManager::new(&file).map_err(|error| anyhow!("{error}"))?;
    let agent = CachedAgent::builder().cache_manager(manager).build()?;
    Ok(Box::new(Redb { agent, file }))
}

fn file() -> PathBuf {
    std::env::temp_dir().join(format!("larder-bench-{}.redb", std::process::id()))
}

struct Moka(CachedAgent<MokaManager>);

struct Redb {
    agent: CachedAgent<RedbManager>,
    file: PathBuf,
}

impl Drop for Redb {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Both are used alike.
macro_rules! subject {
    ($type:ty, $agent:tt) => {
        impl Subject for $type {
            fn get(&self, uri: &str) -> Result<Vec<u8>> {
                Ok(smol::block_on(self.$agent.get(uri).call())?.into_bytes())
            }

            fn first_byte(&self, uri: &str, then: &dyn Fn() -> Result<()>) -> Result<Duration> {
                let start = Instant::now();
                let response = smol::block_on(self.$agent.get(uri).call())?;
                std::hint::black_box(response.as_bytes().first());
                let elapsed = start.elapsed();
                then()?;
                Ok(elapsed)
            }

            fn streams(&self) -> bool {
                false
            }

            fn stream(&self, uri: &str) -> Result<u64> {
                Ok(self.get(uri)?.len() as u64)
            }
        }
    };
}

subject!(Moka, 0);
subject!(Redb, agent);
