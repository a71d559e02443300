//! Makes one request and prints the answer: with ureq alone, or with one of the caches.

#[cfg(not(any(feature = "larder", feature = "moka", feature = "redb")))]
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let agent = ureq::Agent::new_with_defaults();
    print!("{}", agent.get(&uri()?).call()?.body_mut().read_to_string()?);
    Ok(())
}

#[cfg(feature = "larder")]
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(64 << 20), |builder| builder);
    print!("{}", agent.get(&uri()?).call()?.body_mut().read_to_string()?);
    Ok(())
}

#[cfg(any(feature = "moka", feature = "redb"))]
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    #[cfg(feature = "moka")]
    let manager = http_cache_ureq::MokaManager::new(http_cache_ureq::MokaCache::new(1000));
    #[cfg(feature = "redb")]
    let manager = http_cache_ureq::RedbManager::new("cache.redb")?;
    let agent = http_cache_ureq::CachedAgent::builder()
        .cache_manager(manager)
        .build()?;
    let uri = uri()?;
    print!("{}", smol::block_on(agent.get(&uri).call())?.into_string()?);
    Ok(())
}

fn uri() -> Result<String, &'static str> {
    std::env::args().nth(1).ok_or("usage: added URI")
}
