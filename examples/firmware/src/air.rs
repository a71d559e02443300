//! What goes over the air: every byte that a connection sends or receives, counted.

use core::cell::Cell;

use embedded_io_async::{ErrorType, Read, Write};
use larder::Target;
use larder_embedded::Connect;

/// Connections whose bytes are counted.
pub struct Air<'a, C> {
    connect: C,
    bytes: &'a Cell<u32>,
}

impl<'a, C> Air<'a, C> {
    pub fn new(connect: C, bytes: &'a Cell<u32>) -> Self {
        Self { connect, bytes }
    }
}

pub struct Counted<'a, S> {
    stream: S,
    bytes: &'a Cell<u32>,
}

impl<'a, C: Connect> Connect for Air<'a, C> {
    type Error = C::Error;
    type Stream = Counted<'a, C::Stream>;

    async fn connect(&mut self, target: &Target<'_>) -> Result<Self::Stream, C::Error> {
        Ok(Counted {
            stream: self.connect.connect(target).await?,
            bytes: self.bytes,
        })
    }

    fn is_idle(&mut self, stream: &mut Self::Stream) -> bool {
        self.connect.is_idle(&mut stream.stream)
    }
}

impl<S: ErrorType> ErrorType for Counted<'_, S> {
    type Error = S::Error;
}

impl<S: Read> Read for Counted<'_, S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, S::Error> {
        let count = self.stream.read(buffer).await?;
        self.bytes.set(self.bytes.get() + count as u32);
        Ok(count)
    }
}

impl<S: Write> Write for Counted<'_, S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, S::Error> {
        let count = self.stream.write(bytes).await?;
        self.bytes.set(self.bytes.get() + count as u32);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), S::Error> {
        self.stream.flush().await
    }
}
