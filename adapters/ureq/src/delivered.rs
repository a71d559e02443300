//! Bodies as ureq gets them: one type, so that what `Read` provides is compiled once.

use std::io::{self, Read};

use ureq::Body;
use ureq::http::{HeaderMap, header};

use crate::fields;
use crate::framing::{is_utf8, transcodes};

/// A body, wherever it comes from.
pub(crate) trait Pull: Send + Sync {
    /// The next bytes, as `Read` gives them.
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize>;
}

/// A body that comes through the cache; `None` when it is empty.
pub(crate) struct Delivered(pub(crate) Option<Box<dyn Pull>>);

impl Delivered {
    /// The body as ureq knows it.
    pub(crate) fn described_by(self, headers: &HeaderMap) -> Body {
        described(headers).reader(self)
    }
}

impl Read for Delivered {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |body| body.pull(buf))
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        Plain(&mut |buf| self.read(buf)).read_to_end(bytes)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        Plain(&mut |buf| self.read(buf)).read_to_string(text)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        Plain(&mut |buf| self.read(buf)).read_exact(buf)
    }
}

/// What `Read` provides besides `read`, compiled once for all readers.
pub(crate) struct Plain<'r>(pub(crate) &'r mut dyn FnMut(&mut [u8]) -> io::Result<usize>);

impl Read for Plain<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (self.0)(buf)
    }
}

/// How much of a body is read for the store when nobody else will read it: as much, and its end.
pub(crate) const UNREAD: u64 = 64 * 1024 + 1;

/// Reads this much, for whoever else gets it.
pub(crate) fn pass(body: &mut dyn Pull, mut most: u64) -> io::Result<()> {
    let mut chunk = [0; 8 * 1024];
    while most > 0 {
        match body.pull(&mut chunk) {
            Ok(0) => break,
            Ok(count) => most = most.saturating_sub(count as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// No content.
pub(crate) fn empty(headers: &HeaderMap) -> Body {
    Delivered(None).described_by(headers)
}

/// What ureq reads in Content-Type. A charset other than UTF-8 has been decoded on the way
/// into the store, where ureq decodes: told of it, it would decode again.
fn described(headers: &HeaderMap) -> ureq::BodyBuilder {
    let Some(content_type) = fields::text(headers, &header::CONTENT_TYPE) else {
        return Body::builder();
    };
    let mut pieces = content_type.split(';');
    let mut builder = Body::builder().mime_type(pieces.next().unwrap_or(""));
    for label in pieces.filter_map(|piece| piece.trim_ascii().strip_prefix("charset=")) {
        if is_utf8(label) || !transcodes() {
            builder = builder.charset(label);
        }
    }
    builder
}
