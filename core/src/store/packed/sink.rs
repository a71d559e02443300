//! Where a packed head goes.

use core::fmt;

/// Where a packed head is written to.
pub trait Sink {
    /// What can go wrong.
    type Error;

    /// Appends bytes.
    ///
    /// # Errors
    /// The sink takes no more.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// Writes to a slice; what does not fit is counted, so that the caller learns the size.
#[derive(Debug)]
pub struct SliceSink<'a> {
    out: &'a mut [u8],
    length: usize,
}

impl<'a> SliceSink<'a> {
    /// Starts at the front of the slice.
    pub fn new(out: &'a mut [u8]) -> Self {
        Self { out, length: 0 }
    }

    /// The bytes written, or the number of bytes needed.
    ///
    /// # Errors
    /// The slice was too small: the number of bytes needed.
    pub fn finish(self) -> Result<&'a mut [u8], usize> {
        self.out.get_mut(..self.length).ok_or(self.length)
    }
}

impl Sink for SliceSink<'_> {
    type Error = core::convert::Infallible;

    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        let room = self.out.get_mut(self.length..);
        if let Some(room) = room.and_then(|room| room.get_mut(..bytes.len())) {
            room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
        self.length = self.length.saturating_add(bytes.len());
        Ok(())
    }
}

/// What does not fit the format: a name over 255 bytes, a value, host, path or Vary over
/// 65,534. The response is not stored; never a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooLong {
    /// Bytes it has.
    pub length: usize,
    /// Bytes there can be.
    pub limit: usize,
}

/// Why a head was not packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PackError<E> {
    /// A piece is too long for the format.
    TooLong(TooLong),
    /// The sink takes no more.
    Sink(E),
}

impl<E: fmt::Display> fmt::Display for PackError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(TooLong { length, limit }) => {
                write!(f, "a field has {length} bytes, the format has room for {limit}")
            }
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for PackError<E> {}
