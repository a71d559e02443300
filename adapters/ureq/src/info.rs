//! What the cache has to say about a response.

use larder::Reason;
use ureq::Body;
use ureq::http::{Response, Uri};

/// How a response came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// From the store, fresh, without asking the origin.
    Hit,
    /// From the store although stale; [`CacheInfo::reason`] says what allows it.
    Stale,
    /// From the store after the origin confirmed it.
    Validated,
    /// From the origin.
    Miss,
    /// From the origin; the cache took no part.
    Bypass,
    /// Made by the cache: 504, because the origin must not be asked.
    Refused,
}

impl Outcome {
    pub(crate) const fn is_from_store(self) -> bool {
        matches!(self, Self::Hit | Self::Stale | Self::Validated)
    }
}

/// Whether a response is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stored {
    /// It is.
    Yes,
    /// It will be when its body has been read to the end, unless it is out of date or removed by then.
    OnceRead,
    /// It is not, by the rules: [`CacheInfo::reason`] says which.
    No,
    /// It will be when its body has been read to the end and was decoded by ureq: the coding
    /// tells that it is whole. Nothing else does, for want of Content-Length and
    /// Transfer-Encoding, see [`CacheBuilder::unproven_framing`](crate::CacheBuilder::unproven_framing).
    OnceProven,
    /// It is not: larger than an entry may be.
    TooLarge,
    /// It is not: the origin used a transfer coding besides `chunked`, which ureq does not take off.
    TransferCoded,
    /// It is not: ureq followed a redirect, it is the response of another URI.
    Redirected,
    /// It is not: it depends on Cookie, and ureq's cookie jar decides about that unseen.
    CookieJar,
    /// It is not: it varies by what `ureq` adds, and nothing tells what that is with settings of
    /// one request (`.config()`) or without an agent of the cache's own.
    Unseen,
    /// It is not: a [`CacheMiddleware`](crate::CacheMiddleware) stores no error responses.
    ErrorStatus,
    /// It is not: the store refused it, see [`Stats::store_errors`](crate::Stats::store_errors), or it
    /// was removed or another one stored while it came.
    StoreFailed,
}

impl Stored {
    /// Its name, as it is spelt here.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Yes => "Yes",
            Self::OnceRead => "OnceRead",
            Self::No => "No",
            Self::OnceProven => "OnceProven",
            Self::TooLarge => "TooLarge",
            Self::TransferCoded => "TransferCoded",
            Self::Redirected => "Redirected",
            Self::CookieJar => "CookieJar",
            Self::Unseen => "Unseen",
            Self::ErrorStatus => "ErrorStatus",
            Self::StoreFailed => "StoreFailed",
        }
    }
}

/// What the cache has to say about a response. It is in the extensions of every response
/// that came through the cache:
///
/// ```no_run
/// use larder_ureq::{CacheInfo, Outcome};
/// # let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(1 << 20), |builder| builder);
/// let response = agent.get("http://example.com/").call()?;
/// let info = CacheInfo::of(&response).unwrap();
/// if info.outcome() == Outcome::Hit {
///     println!("{} seconds old: {}", info.age().unwrap_or(0), info.reason());
/// }
/// # Ok::<(), ureq::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CacheInfo {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Reason,
    pub(crate) forwarded: Option<Reason>,
    pub(crate) age: Option<u64>,
    pub(crate) remaining: u64,
    pub(crate) uri: Uri,
    pub(crate) content_length: Option<u64>,
    pub(crate) stored: Stored,
    pub(crate) invalidated: Option<Reason>,
    pub(crate) collapsed: bool,
}

impl CacheInfo {
    /// What came with this response; `None` when it did not come through the cache.
    pub fn of(response: &Response<Body>) -> Option<&Self> {
        response.extensions().get()
    }

    /// How the response came about.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why, with the section of the RFC that says so.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Why the origin was asked; `None` when it was not.
    pub const fn forwarded(&self) -> Option<Reason> {
        self.forwarded
    }

    /// The age of a response from the store, in seconds (RFC 9111 section 4.2.3).
    pub const fn age(&self) -> Option<u64> {
        self.age
    }

    /// For how many seconds a response from the store stays fresh; 0 when it is stale.
    pub const fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Where the response comes from, without userinfo. [`ureq::ResponseExt::get_uri`] panics
    /// on responses from the store; this is always there.
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The length of the body in bytes, where it is known: that of a stored body always is.
    /// [`Body::content_length`] knows nothing of bodies that went through the cache.
    pub const fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// Whether the response is in the store.
    pub const fn stored(&self) -> Stored {
        self.stored
    }

    /// Whether another request for the same was waited for, and its response is this one. The
    /// body may still be on its way then.
    pub const fn collapsed(&self) -> bool {
        self.collapsed
    }

    /// Why what was stored for the URI is not trusted any more, or gone; `None` when nothing
    /// happened to it. A successful POST says [`Reason::UnsafeMethod`], for example.
    pub const fn invalidated(&self) -> Option<Reason> {
        self.invalidated
    }
}
