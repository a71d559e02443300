//! A connection whose other end replays bytes.

use core::cell::Cell;
use core::convert::Infallible;

use embedded_io_async::{ErrorType, Read, Write};
use larder::Target;
use larder_embedded::Connect;

/// Says these things to one request after the other, and closes behind what it could not say
/// whole.
pub struct Origin<'s> {
    says: &'s [&'s str],
    asked: Cell<usize>,
    /// Bytes that come at once.
    segment: usize,
}

impl<'s> Origin<'s> {
    pub const fn new(says: &'s [&'s str], segment: usize) -> Self {
        Self {
            says,
            asked: Cell::new(0),
            segment,
        }
    }

    /// Requests so far.
    pub fn asked(&self) -> usize {
        self.asked.get()
    }
}

pub struct Stream<'o, 's> {
    origin: &'o Origin<'s>,
    incoming: &'s [u8],
    /// The last bytes that were written.
    tail: [u8; 4],
}

impl<'o, 's> Connect for &'o Origin<'s> {
    type Error = Infallible;
    type Stream = Stream<'o, 's>;

    async fn connect(&mut self, _: &Target<'_>) -> Result<Self::Stream, Infallible> {
        Ok(Stream {
            origin: self,
            incoming: &[],
            tail: [0; 4],
        })
    }
}

impl ErrorType for Stream<'_, '_> {
    type Error = Infallible;
}

impl Read for Stream<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let count = buffer.len().min(self.origin.segment).min(self.incoming.len());
        let (now, later) = self.incoming.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.incoming = later;
        Ok(count)
    }
}

impl Write for Stream<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            self.tail.rotate_left(1);
            self.tail[3] = *byte;
            if self.tail == *b"\r\n\r\n" {
                let asked = self.origin.asked.get();
                self.origin.asked.set(asked + 1);
                self.incoming = self
                    .origin
                    .says
                    .get(asked)
                    .map_or(&[][..], |text| text.as_bytes());
            }
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
