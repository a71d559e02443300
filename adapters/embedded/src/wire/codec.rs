//! Who writes the heads of requests.

use core::convert::Infallible;
use core::fmt;

use embedded_io::ErrorType;
use embedded_io_async::Write;
use larder::{Header, Headers, RequestHead};

use super::FramingError;

/// Writes the heads of requests. Those of responses are [parsed](super::ParsedHead) by httparse,
/// as the HTTP stacks for devices do.
pub trait Codec {
    /// Writes request line and fields, with Host, and Content-Length where there is content. It
    /// is called again, for the same bytes, while the head is longer than the buffer.
    ///
    /// # Errors
    /// The request cannot be written.
    fn write_head<H: Headers + ?Sized>(
        &mut self,
        out: &mut HeadWriter<'_>,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), Unwritable>;
}

/// Whether a cache may have added a field, to validate what it has stored (RFC 9111 section 4.3.1). A
/// codec that has room for so many fields does not count these, so that what is stored is never
/// why a request cannot be written.
pub fn is_condition(line: &Header<'_>) -> bool {
    line.name == "if-none-match" || line.name == "if-modified-since"
}

/// A request that a codec has no room or no name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the HTTP stack cannot write this request")
    }
}

impl core::error::Error for Unwritable {}

/// Where a head is written to: the piece of it that goes out next is kept, what is before and
/// behind is only counted. So a head needs no buffer of its length, and nothing of it has to
/// outlive an await.
#[derive(Debug)]
pub struct HeadWriter<'b> {
    buffer: &'b mut [u8],
    /// Bytes that went out before.
    sent: usize,
    kept: usize,
    total: usize,
}

impl<'b> HeadWriter<'b> {
    /// For the piece behind so many bytes.
    pub const fn new(buffer: &'b mut [u8], sent: usize) -> Self {
        Self {
            buffer,
            sent,
            kept: 0,
            total: 0,
        }
    }

    /// Writes bytes of the head.
    pub fn put(&mut self, bytes: &[u8]) {
        let gone = self.sent.saturating_sub(self.total);
        self.total = self.total.saturating_add(bytes.len());
        let rest = bytes.get(gone..).unwrap_or_default();
        let room = self.buffer.get_mut(self.kept..).unwrap_or_default();
        self.kept = self.kept.saturating_add(rest.len().min(room.len()));
        room.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    }

    /// Bytes at the front of the buffer.
    pub const fn kept(&self) -> usize {
        self.kept
    }

    /// Bytes of the whole head.
    pub const fn total(&self) -> usize {
        self.total
    }
}

impl ErrorType for HeadWriter<'_> {
    type Error = Infallible;
}

/// For stacks whose codecs are async: it never waits.
impl Write for HeadWriter<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.put(bytes);
        Ok(bytes.len())
    }

    /// The provided one panics where nothing is taken, which the compiler need not see here.
    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.put(bytes);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Why a request has no response, or a response no more body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WireError<E> {
    /// The stream failed, or cannot be opened.
    Io(E),
    /// The connection was closed before the response.
    Closed,
    /// It is no response head, or it is cut off.
    Head,
    /// The response head does not fit the buffer.
    HeadTooLarge {
        /// Bytes there is room for.
        limit: usize,
    },
    /// More than a few interim responses (1xx), or a switch of protocols that nobody asked for.
    Interim,
    /// A 304 to a request without If-None-Match and If-Modified-Since (RFC 9110 section 15.4.5): there is nothing it
    /// could stand for, and no telling what follows it.
    Unconditional,
    /// The body cannot be read.
    Framing(FramingError),
    /// The request cannot be written: a byte in it would end a line, a field says what is the
    /// codec's to say (Host, Content-Length, Transfer-Encoding), or the codec has no room or no
    /// name for something in it.
    Request,
}

impl<E: fmt::Display> fmt::Display for WireError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Closed => f.write_str("the connection was closed before the response"),
            Self::Head => f.write_str("it is no response head, or it is cut off"),
            Self::HeadTooLarge { limit } => write!(f, "the response head exceeds {limit} bytes"),
            Self::Interim => f.write_str("too many interim responses, or another protocol"),
            Self::Unconditional => f.write_str("304 (Not Modified) to a request that set no condition"),
            Self::Framing(error) => error.fmt(f),
            Self::Request => Unwritable.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for WireError<E> {}
