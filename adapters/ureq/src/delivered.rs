//! Bodies as ureq gets them: one type, so that what `Read` provides is compiled once.

use std::io::{self, Read};

use ureq::Body;
use ureq::http::{HeaderMap, header};

use crate::fields;
use crate::framing::is_utf8;
use crate::growing_body::GrowingBody;
use crate::store::StoredBody;
use crate::tee::Tee;

/// A body that comes through the cache.
pub(crate) enum Delivered {
    Nothing,
    /// One byte, again and again.
    Probe(u8),
    Stored(Box<dyn StoredBody>),
    /// On its way into the store.
    New(Box<Tee>),
    /// The same, and others may read it.
    Growing(Box<GrowingBody>),
}

impl Delivered {
    /// The body as ureq knows it.
    pub(crate) fn described_by(self, headers: &HeaderMap) -> Body {
        described(headers).reader(self)
    }
}

impl Read for Delivered {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Nothing => Ok(0),
            Self::Probe(byte) => {
                buf.fill(*byte);
                Ok(buf.len())
            }
            Self::Stored(body) => body.read(buf),
            Self::New(tee) => tee.read(buf),
            Self::Growing(body) => body.read(buf),
        }
    }
}

/// Reads this much, for whoever else gets it.
pub(crate) fn pass(body: &mut dyn Read, mut most: u64) -> io::Result<()> {
    let mut chunk = [0; 8 * 1024];
    while most > 0 {
        match body.read(&mut chunk) {
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
    Delivered::Nothing.described_by(headers)
}

/// What ureq reads in Content-Type. A charset other than UTF-8 has been decoded on the way
/// into the store, if ureq decodes at all: told of it, it would decode again.
fn described(headers: &HeaderMap) -> ureq::BodyBuilder {
    let Some(content_type) = fields::text(headers, &header::CONTENT_TYPE) else {
        return Body::builder();
    };
    let mut pieces = content_type.split(';');
    let mut builder = Body::builder().mime_type(pieces.next().unwrap_or(""));
    for label in pieces.filter_map(|piece| piece.trim().strip_prefix("charset=")) {
        if is_utf8(label) {
            builder = builder.charset(label);
        }
    }
    builder
}
