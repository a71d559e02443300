//! Reads and checks the heads of responses.

use embedded_io_async::Read;

use super::head::is_empty;
use super::{ReadAhead, WireError};

/// A head that was parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParsedHead {
    /// Its bytes at the front of the buffer, the empty line included.
    pub length: usize,
    /// The status code.
    pub status: u16,
    /// Whether the version is HTTP/1.1, else it is 1.0.
    pub http11: bool,
}

impl ParsedHead {
    /// Checks a head, from its status line to its empty line, by httparse; `None` when it is
    /// none. One line at a time: so the number of fields costs no memory and has no limit.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let mut lines = lines(head);
        let status_line = lines.by_ref().find(|line| !is_empty(line))?;
        let mut response = httparse::Response::new(&mut []);
        response.parse(status_line).ok()?;
        // Codes below 100 are no status codes (RFC 9110 section 15).
        let (status, version) = (response.code.filter(|code| *code >= 100)?, response.version?);
        loop {
            let mut field = [httparse::EMPTY_HEADER; 1];
            let line = lines.next()?;
            let ended = httparse::parse_headers(line, &mut field).ok()?.is_complete();
            if ended {
                break;
            }
        }
        lines.next().is_none().then_some(Self {
            length: head.len(),
            status,
            http11: version == 1,
        })
    }
}

/// The lines of a head with their ends; nothing in it can panic, unlike `split_inclusive`.
fn lines(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(rest.len(), |end| end.saturating_add(1));
        let (line, later) = rest.split_at_checked(length)?;
        rest = later;
        (!line.is_empty()).then_some(line)
    })
}

/// What was seen last of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Line,
    /// A LF.
    Lf,
    /// A LF and a CR.
    LfCr,
    Done,
}

impl End {
    const fn next(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Lf | Self::LfCr, b'\n') => Self::Done,
            (_, b'\n') => Self::Lf,
            (Self::Lf, b'\r') => Self::LfCr,
            _ => Self::Line,
        }
    }
}

/// Reads one head to the front of a buffer, and not a byte behind its empty line. `begun` turns
/// true with its first byte.
pub(crate) async fn read_head<S: Read>(
    stream: &mut S,
    ahead: &mut ReadAhead<'_>,
    buffer: &mut [u8],
    begun: &mut bool,
) -> Result<ParsedHead, WireError<S::Error>> {
    let (mut length, mut end) = (0usize, End::Line);
    loop {
        if ahead.fill(stream).await.map_err(WireError::Io)? == 0 {
            return Err(match length {
                0 => WireError::Closed,
                _ => WireError::Head,
            });
        }
        *begun = true;
        let limit = buffer.len();
        let room = buffer.get_mut(length..).unwrap_or_default();
        if room.is_empty() {
            return Err(WireError::HeadTooLarge { limit });
        }
        let mut count = 0usize;
        for (to, byte) in room.iter_mut().zip(ahead.bytes()) {
            *to = *byte;
            count = count.saturating_add(1);
            end = end.next(*byte);
            if end == End::Done {
                break;
            }
        }
        ahead.consume(count);
        length = length.saturating_add(count);
        if end == End::Done {
            return ParsedHead::parse(buffer.get(..length).unwrap_or_default()).ok_or(WireError::Head);
        }
    }
}
