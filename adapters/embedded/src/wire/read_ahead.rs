//! Bytes that were read before they were wanted.

use embedded_io_async::Read;

/// A buffer between a stream and who reads it: what comes in one piece with a head is kept for
/// the body, and for the response after it.
#[derive(Debug)]
pub struct ReadAhead<'b> {
    buffer: &'b mut [u8],
    start: usize,
    end: usize,
}

impl<'b> ReadAhead<'b> {
    /// An empty one; 128 bytes are enough, more make fewer reads.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            start: 0,
            end: 0,
        }
    }

    /// What was read and not yet used.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Uses so many of the bytes.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Forgets all of them: they were of another connection.
    pub const fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Reads more, once everything is used; 0 at the end of the stream. Dropped, it has read
    /// nothing if the stream's own read has not.
    ///
    /// # Errors
    /// The stream's.
    pub async fn fill<S: Read>(&mut self, stream: &mut S) -> Result<usize, S::Error> {
        if self.start < self.end {
            return Ok(self.end.saturating_sub(self.start));
        }
        self.clear();
        self.end = stream.read(self.buffer).await?.min(self.buffer.len());
        Ok(self.end)
    }
}
