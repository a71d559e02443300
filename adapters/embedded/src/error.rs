//! What can go wrong.

use core::fmt;

use embedded_io::ErrorKind;
use larder::{Reason, TargetError};

/// Why there is no answer, or no more of it. The store is never the reason: a request whose
/// store fails is answered by the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error<E> {
    /// The transport failed, and nothing that is stored may be used instead.
    Transport(E),
    /// Nothing that is stored may be used and the origin must not be asked: the request says
    /// only-if-cached, or the client is offline. HTTP calls it 504 (Gateway Timeout).
    GatewayTimeout(Reason),
    /// The URI cannot be asked for.
    Target(TargetError),
    /// The stored response went while its body was read: another client of the store needed
    /// the room.
    Gone,
    /// An earlier read of this body was dropped half-way and took bytes with it.
    Interrupted,
    /// The body is longer than the caller's buffer.
    BodyTooLong {
        /// Bytes there are for it.
        limit: usize,
    },
    /// A future waits, where [`blocking`](crate::blocking) promises that none does.
    WouldWait,
}

impl<E> From<TargetError> for Error<E> {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::GatewayTimeout(reason) => f.write_str(reason.text()),
            Self::Target(error) => error.fmt(f),
            Self::Gone => f.write_str("the stored response went while its body was read"),
            Self::Interrupted => f.write_str("an earlier read of the body was dropped half-way"),
            Self::BodyTooLong { limit } => {
                write!(f, "the body is longer than the buffer of {limit} bytes")
            }
            Self::WouldWait => f.write_str("a future waits where none may"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for Error<E> {}

impl<E: core::error::Error> embedded_io::Error for Error<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Gone => ErrorKind::NotFound,
            Self::Interrupted => ErrorKind::BrokenPipe,
            Self::GatewayTimeout(_) => ErrorKind::NotConnected,
            Self::Target(_) => ErrorKind::InvalidInput,
            _ => ErrorKind::Other,
        }
    }
}
