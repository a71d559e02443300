//! The names of Cache-Control directives, found with one comparison.

use super::ascii::eq_lower;

/// A directive of either direction that some rule knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Immutable,
    MaxAge,
    MaxStale,
    MinFresh,
    MustRevalidate,
    MustUnderstand,
    NoCache,
    NoStore,
    OnlyIfCached,
    Private,
    ProxyRevalidate,
    Public,
    SMaxage,
    StaleIfError,
    StaleWhileRevalidate,
}

impl Known {
    /// The directive with this name, letter case ignored (req: 9111-5.2-02). Length and two
    /// letters leave one candidate.
    pub(crate) fn find(name: &[u8]) -> Option<Self> {
        let letter = |at: usize| name.get(at).map(|letter| letter | 0x20);
        let (known, spelled): (Self, &str) = match (name.len(), letter(0)?) {
            (6, b'p') => (Self::Public, "public"),
            (7, b'm') => (Self::MaxAge, "max-age"),
            (7, b'p') => (Self::Private, "private"),
            (8, b'n') => match letter(3)? {
                b'c' => (Self::NoCache, "no-cache"),
                _ => (Self::NoStore, "no-store"),
            },
            (8, b's') => (Self::SMaxage, "s-maxage"),
            (9, b'i') => (Self::Immutable, "immutable"),
            (9, b'm') => match letter(1)? {
                b'a' => (Self::MaxStale, "max-stale"),
                _ => (Self::MinFresh, "min-fresh"),
            },
            (14, b'o') => (Self::OnlyIfCached, "only-if-cached"),
            (14, b's') => (Self::StaleIfError, "stale-if-error"),
            (15, b'm') => match letter(5)? {
                b'r' => (Self::MustRevalidate, "must-revalidate"),
                _ => (Self::MustUnderstand, "must-understand"),
            },
            (16, b'p') => (Self::ProxyRevalidate, "proxy-revalidate"),
            (22, b's') => (Self::StaleWhileRevalidate, "stale-while-revalidate"),
            _ => return None,
        };
        eq_lower(name, spelled.as_bytes()).then_some(known)
    }
}
