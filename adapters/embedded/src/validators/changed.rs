//! A response that is, or may be, something new.

use core::fmt;

use embedded_io::ErrorType;
use larder::{Header, Headers, Reason};

use super::record::Record;
use super::{Digest, Validators};
use crate::{Ended, Error, Transport};

/// A response from the network: its status, its [`Headers`], and its body, which is
/// [read](Self::read) once. [`keep`](Self::keep) makes the next polls ask whether it has changed.
///
/// Dropping it before the end leaves what was kept before, to be validated, and its connection is
/// not used again.
pub struct Changed<'p, M, T> {
    pub(super) transport: &'p mut T,
    pub(super) validators: &'p mut Validators<M>,
    pub(super) found: Found,
}

/// What a response means for what is kept.
pub(super) struct Found {
    /// What can be kept of it.
    pub(super) pending: Result<Record, NotKept>,
    /// The record that it is compared with, and takes the place of.
    pub(super) replaces: Option<usize>,
    pub(super) previous: Option<Digest>,
    pub(super) reason: Reason,
}

/// What [`Changed::keep`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Kept {
    /// The body has the digest that was kept before: the origin sent the same bytes again.
    pub same: bool,
    /// Whether its validators are kept; if not, the next poll downloads it again.
    pub kept: Result<(), NotKept>,
}

/// Why nothing is kept of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NotKept {
    /// The rules forbid it, or there is nothing that could answer a later poll.
    Reason(Reason),
    /// It is not the 200 to a GET.
    NotGet200,
    /// Its body was not read to the end, or its framing does not prove where that is.
    Incomplete,
    /// Its entity tag and Vary are too long for a record, or the record could never be used.
    TooLong,
    /// The memory has no room for a single URL.
    NoRoom,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reason(reason) => reason.text(),
            Self::NotGet200 => "it is not the 200 to a GET",
            Self::Incomplete => "the body was not read to a proven end",
            Self::TooLong => "entity tag and Vary are too long",
            Self::NoRoom => "the memory has no room for a URL",
        })
    }
}

impl core::error::Error for NotKept {}

impl<M, T> fmt::Debug for Changed<'_, M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changed")
            .field("reason", &self.found.reason)
            .finish_non_exhaustive()
    }
}

impl<M: AsRef<[u8]> + AsMut<[u8]>, T: Transport> Changed<'_, M, T> {
    /// The status code: errors of the origin come as they are.
    pub fn status(&self) -> u16 {
        self.transport.head().status
    }

    /// Why it may be kept or not, with the section of the RFC.
    pub const fn reason(&self) -> Reason {
        self.found.reason
    }

    /// The digest that was kept before, if there is any.
    pub const fn previous(&self) -> Option<&Digest> {
        self.found.previous.as_ref()
    }

    /// Reads body bytes; 0 at the end, or when the buffer is empty.
    ///
    /// # Errors
    /// [`Error::Transport`]: the body is cut off, or the connection failed.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error<T::Error>> {
        self.transport.read(buffer).await.map_err(Error::Transport)
    }

    /// Keeps the validators of this response, and the digest of its body, once the body is where
    /// it belongs: from now on [`Check::Unchanged`](super::Check::Unchanged) is about it.
    pub fn keep(self, digest: Digest) -> Kept {
        let same = self.found.previous == Some(digest);
        let whole = self.transport.ended() == Ended::Complete;
        let kept = match self.found.pending {
            Err(reason) => {
                if let Some(index) = self.found.replaces {
                    self.validators.forget(index);
                }
                Err(reason)
            }
            Ok(_) if !whole => Err(NotKept::Incomplete),
            Ok(mut record) => {
                record.digest = digest;
                let put = self.validators.put(self.found.replaces, &record);
                put.then_some(()).ok_or(NotKept::NoRoom)
            }
        };
        if let Err(reason) = kept {
            debug!("validators are not kept: {}", reason);
        }
        Kept { same, kept }
    }
}

impl<M, T: Transport> Headers for Changed<'_, M, T> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        self.transport.head().headers.fields()
    }
}

impl<M, T: Transport> ErrorType for Changed<'_, M, T> {
    type Error = Error<T::Error>;
}

impl<M: AsRef<[u8]> + AsMut<[u8]>, T: Transport> embedded_io_async::Read for Changed<'_, M, T> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        Changed::read(self, buffer).await
    }
}
