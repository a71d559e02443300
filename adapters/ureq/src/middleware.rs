//! Where ureq hands requests over.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, OnceLock};

use ureq::http::request::Parts;
use ureq::http::{HeaderValue, Method, Request, Response, header};
use ureq::middleware::{Middleware, MiddlewareNext};
use ureq::{Body, Error, SendBody};

use crate::agent::Setup;
use crate::cache::Shared;
use crate::delivered::Plain;
use crate::fields;
use crate::request::{CacheMiddleware, Errand, Origin};
use crate::status::StatusAsError;

impl CacheMiddleware {
    pub(crate) const fn new(shared: Arc<Shared>, setup: Arc<OnceLock<Setup>>) -> Self {
        Self { shared, setup }
    }

    #[inline(never)]
    fn run(
        &self,
        parts: Parts,
        body: SendBody<'_>,
        next: MiddlewareNext<'_>,
    ) -> Result<Response<Body>, Error> {
        let asked = parts.extensions.get().map(|StatusAsError(on)| *on);
        let as_error = asked.unwrap_or_else(|| self.setup.get().is_none_or(|setup| setup.status_as_error));
        let origin = Origin::new(next, body);
        let errand = Errand {
            shared: &self.shared,
            setup: &self.setup,
            as_error,
        };
        errand.run(parts, origin)
    }
}

impl fmt::Debug for CacheMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheMiddleware").finish_non_exhaustive()
    }
}

impl Middleware for CacheMiddleware {
    fn handle(&self, request: Request<SendBody>, next: MiddlewareNext) -> Result<Response<Body>, Error> {
        let (mut parts, body) = request.into_parts();
        let framed = fields::has(&parts.headers, &header::CONTENT_LENGTH)
            || fields::has(&parts.headers, &header::TRANSFER_ENCODING);
        if framed || !matches!(parts.method, Method::GET | Method::HEAD) {
            return self.run(parts, body, next);
        }
        // Whether a GET has content changes everything, and only reading it tells.
        let (mut content, ends) = Content::of(body.into_reader())?;
        if content.ahead.is_empty() {
            return self.run(parts, SendBody::none(), next);
        }
        let (name, value) = match ends {
            true => (header::CONTENT_LENGTH, HeaderValue::from(content.ahead.len())),
            false => (header::TRANSFER_ENCODING, HeaderValue::from_static("chunked")),
        };
        fields::append(&mut parts.headers, name, value);
        let mut read = |buf: &mut [u8]| content.read(buf);
        self.run(parts, SendBody::from_reader(&mut Plain(&mut read)), next)
    }
}

/// Content of a request whose method has none as a rule.
struct Content<R> {
    ahead: Vec<u8>,
    taken: usize,
    rest: R,
}

impl<R: Read> Content<R> {
    /// What is read ahead to learn the length, which ureq knows and does not tell.
    const AHEAD: usize = 64 * 1024;

    /// The content, and whether it ends with what was read ahead.
    fn of(mut rest: R) -> io::Result<(Self, bool)> {
        let (mut ahead, mut length, mut ends) = (Vec::new(), 0, false);
        while length < Self::AHEAD && !ends {
            // one byte tells that there is none, as a rule
            ahead.resize(if length == 0 { 1 } else { Self::AHEAD }, 0);
            match rest.read(ahead.get_mut(length..).unwrap_or_default()) {
                Ok(0) => ends = true,
                Ok(count) => length += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        ahead.truncate(length);
        let taken = 0;
        Ok((Self { ahead, taken, rest }, ends))
    }

    /// The next bytes.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let ahead = self.ahead.get(self.taken..).unwrap_or_default();
        if ahead.is_empty() {
            return self.rest.read(buf);
        }
        let count = ahead.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), ahead.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}
