//! How long the body of a response is (RFC 9112 section 6.3), and whether its connection may be
//! used again (section 9.3).

use core::fmt;

use larder::Headers;

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Framing {
    /// So many bytes; 0 for responses that have no body, whatever their fields say.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Until the connection closes.
    UntilClose,
}

/// Why the body of a response cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FramingError {
    /// Content-Length is no number, or several that differ.
    ContentLength,
    /// Transfer-Encoding is not `chunked` alone, comes with Content-Length, or with HTTP/1.0:
    /// whoever else reads this response may see another body.
    TransferEncoding,
    /// A chunk is malformed.
    Chunk,
    /// More bytes between the chunks, or behind them, than anything needs.
    Overhead,
    /// The body has ended before its end.
    CutOff,
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentLength => "Content-Length is no number, or several that differ",
            Self::TransferEncoding => "Transfer-Encoding is not chunked alone",
            Self::Chunk => "a chunk of the body is malformed",
            Self::Overhead => "endless bytes between the chunks of the body",
            Self::CutOff => "the body is cut off",
        })
    }
}

impl core::error::Error for FramingError {}

impl Framing {
    /// The framing of a final response to a request with this method; `http11` for HTTP/1.1.
    ///
    /// # Errors
    /// [`FramingError`]: the response is unusable and its connection must be closed.
    pub fn of<H: Headers + ?Sized>(
        method: &str,
        status: u16,
        http11: bool,
        headers: &H,
    ) -> Result<Self, FramingError> {
        // RFC 9112 section 6.3: these end with their head, present or not what they say of a body.
        if method == "HEAD" || matches!(status, 100..=199 | 204 | 304) {
            return Ok(Self::Length(0));
        }
        let length = content_length(headers)?;
        if headers.has("transfer-encoding") {
            let mut lines = headers.get_all("transfer-encoding");
            let chunked = lines
                .next()
                .is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(b"chunked"));
            return match chunked && lines.next().is_none() && length.is_none() && http11 {
                true => Ok(Self::Chunked),
                false => Err(FramingError::TransferEncoding),
            };
        }
        Ok(length.map_or(Self::UntilClose, Self::Length))
    }
}

/// Content-Length, where all of its values agree.
fn content_length<H: Headers + ?Sized>(headers: &H) -> Result<Option<u64>, FramingError> {
    let mut length = None;
    for value in headers.get_all("content-length") {
        for member in value.split(|byte| *byte == b',') {
            let number = digits(member.trim_ascii()).ok_or(FramingError::ContentLength)?;
            if length.is_some_and(|length| length != number) {
                return Err(FramingError::ContentLength);
            }
            length = Some(number);
        }
    }
    Ok(length)
}

fn digits(text: &[u8]) -> Option<u64> {
    let mut number = (!text.is_empty()).then_some(0u64)?;
    for byte in text {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(number)
}

/// Whether a connection outlives a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Persistence {
    /// It may be used again.
    Keep,
    /// It is closed after this response.
    Close,
}

impl Persistence {
    /// What the version and Connection say.
    pub fn of<H: Headers + ?Sized>(http11: bool, headers: &H) -> Self {
        let options = || {
            headers
                .get_all("connection")
                .flat_map(|value| value.split(|byte| *byte == b','))
                .map(<[u8]>::trim_ascii)
        };
        let says = |option: &[u8]| options().any(|found| found.eq_ignore_ascii_case(option));
        match (says(b"close"), http11 || says(b"keep-alive")) {
            (false, true) => Self::Keep,
            _ => Self::Close,
        }
    }
}
