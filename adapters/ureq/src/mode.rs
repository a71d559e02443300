//! What one request wants of the cache.

/// What one request wants of the cache. Give it as an extension of the request:
///
/// ```no_run
/// use larder_ureq::CacheMode;
/// # let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(1 << 20), |builder| builder);
/// let response = agent.get("http://example.com/").extension(CacheMode::Reload).call()?;
/// # Ok::<(), ureq::Error>(())
/// ```
///
/// Whatever Cache-Control the request itself carries is obeyed besides. Modes need rules that
/// honour request directives, as they do by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheMode {
    /// RFC 9111, nothing else.
    #[default]
    Default,
    /// Nothing stored answers: asks the origin without conditions and stores what it says.
    Reload,
    /// The store is neither read nor written.
    NoStore,
    /// The origin is never asked: what is stored and fresh, or 504 (an `Err` where ureq makes errors of
    /// statuses).
    OnlyIfCached,
    /// What is stored, however stale, as long as the origin did not forbid that
    /// (`must-revalidate`, `no-cache`); otherwise the origin.
    ForceCache,
}

impl CacheMode {
    /// What core reads as if the request's Cache-Control said it.
    pub(crate) const fn directives(self, offline: bool) -> &'static str {
        match self {
            Self::OnlyIfCached if offline => "only-if-cached, max-stale",
            Self::OnlyIfCached => "only-if-cached",
            Self::ForceCache => "max-stale",
            Self::Reload => "no-cache",
            _ if offline => "max-stale",
            Self::Default | Self::NoStore => "",
        }
    }
}
