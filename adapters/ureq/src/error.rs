//! What can go wrong besides the network.

use std::fmt;

use larder::TargetError;

/// The origin's answer to a validation cannot be used, and a [`CacheMiddleware`] without an
/// agent of its own cannot ask again: `ureq` lets a middleware send one request.
///
/// What was stored is gone, so the same request succeeds when it is made again. It arrives as
/// [`ureq::Error::Other`]:
///
/// ```
/// # let error = ureq::Error::Other(Box::new(larder_ureq::AskAgain));
/// let again = matches!(&error, ureq::Error::Other(other) if other.is::<larder_ureq::AskAgain>());
/// assert!(again);
/// ```
///
/// Agents made by [`Cache::agent`] never return it, except with ureq's feature `cookies`.
///
/// [`CacheMiddleware`]: crate::CacheMiddleware
/// [`Cache::agent`]: crate::Cache::agent
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskAgain;

impl fmt::Display for AskAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the origin confirmed a response that is not stored: the stored one is removed, ask again",
        )
    }
}

impl std::error::Error for AskAgain {}

/// Why nothing was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveError<E> {
    /// The text is no usable URI.
    Uri(TargetError),
    /// The store cannot be read or written.
    Store(E),
}

impl<E: fmt::Display> fmt::Display for RemoveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for RemoveError<E> {}
