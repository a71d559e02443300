//! Who writes and parses heads.

use core::fmt;

use embedded_io::ErrorType;
use embedded_io_async::{Read, Write};
use larder::{Headers, RequestHead};

use super::{FramingError, ReadAhead};

/// Writes the heads of requests and parses those of responses.
pub trait Codec {
    /// Writes request line and fields, with Host, and Content-Length where there is content.
    ///
    /// # Errors
    /// The stream's, or the request cannot be written.
    async fn write_head<W, H>(
        &mut self,
        stream: &mut W,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), WireError<W::Error>>
    where
        W: Write,
        H: Headers + ?Sized;

    /// Reads one head to the front of the buffer. The reader gives the bytes of this head and
    /// then its end.
    ///
    /// # Errors
    /// The stream's, or it is no head, or the buffer is too small for it.
    async fn read_head<R: Read>(
        &mut self,
        reader: R,
        buffer: &mut [u8],
    ) -> Result<ParsedHead, WireError<R::Error>>;
}

/// A head that was parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsedHead {
    /// Its bytes at the front of the buffer, the empty line included.
    pub length: usize,
    /// The status code.
    pub status: u16,
    /// Whether the version is HTTP/1.1, else it is 1.0.
    pub http11: bool,
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
    /// The response head does not fit the buffer, or has more fields than the codec takes.
    HeadTooLarge {
        /// Bytes, or fields, there is room for.
        limit: usize,
    },
    /// More than a few interim responses (1xx), or a switch of protocols that nobody asked for.
    Interim,
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
            Self::HeadTooLarge { limit } => write!(f, "the response head exceeds {limit} bytes or fields"),
            Self::Interim => f.write_str("too many interim responses, or another protocol"),
            Self::Framing(error) => error.fmt(f),
            Self::Request => f.write_str("the HTTP stack cannot write this request"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for WireError<E> {}

/// Reads one head and not a byte behind it: up to and including its empty line.
#[derive(Debug)]
pub struct HeadReader<'r, 'b, S> {
    stream: &'r mut S,
    ahead: &'r mut ReadAhead<'b>,
    /// The head has begun.
    begun: &'r mut bool,
    /// Bytes of the end that were seen last.
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Line,
    /// Behind a LF.
    Lf,
    /// Behind a LF and a CR.
    LfCr,
    Done,
}

impl<'r, 'b, S: Read> HeadReader<'r, 'b, S> {
    pub(crate) fn new(stream: &'r mut S, ahead: &'r mut ReadAhead<'b>, begun: &'r mut bool) -> Self {
        Self {
            stream,
            ahead,
            begun,
            end: End::Line,
        }
    }
}

impl<S: ErrorType> ErrorType for HeadReader<'_, '_, S> {
    type Error = S::Error;
}

impl<S: Read> Read for HeadReader<'_, '_, S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, S::Error> {
        if self.end == End::Done || buffer.is_empty() {
            return Ok(0);
        }
        if self.ahead.fill(self.stream).await? == 0 {
            return Ok(0);
        }
        *self.begun = true;
        let mut count = 0usize;
        for (to, byte) in buffer.iter_mut().zip(self.ahead.bytes()) {
            *to = *byte;
            count = count.saturating_add(1);
            self.end = match (self.end, *byte) {
                (End::Lf | End::LfCr, b'\n') => End::Done,
                (_, b'\n') => End::Lf,
                (End::Lf, b'\r') => End::LfCr,
                _ => End::Line,
            };
            if self.end == End::Done {
                break;
            }
        }
        self.ahead.consume(count);
        Ok(count)
    }
}
