//! Where ureq hands requests over.

use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, OnceLock};

use larder::store::shared::SharedStore;
use ureq::http::request::Parts;
use ureq::http::{HeaderValue, Method, Request, Response, header};
use ureq::middleware::{Middleware, MiddlewareNext};
use ureq::{Body, Error, SendBody};

use crate::agent::Setup;
use crate::cache::Shared;
use crate::errand::Errand;
use crate::origin::Origin;
use crate::status::{StatusAsError, settle};

/// A cache as a middleware, see [`Cache::middleware`](crate::Cache::middleware).
pub struct CacheMiddleware<S: SharedStore> {
    shared: Arc<Shared<S>>,
    setup: Arc<OnceLock<Setup>>,
}

impl<S: SharedStore> CacheMiddleware<S> {
    pub(crate) const fn new(shared: Arc<Shared<S>>, setup: Arc<OnceLock<Setup>>) -> Self {
        Self { shared, setup }
    }

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
        settle(errand.run(parts, origin)?, as_error)
    }
}

impl<S: SharedStore> fmt::Debug for CacheMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheMiddleware").finish_non_exhaustive()
    }
}

impl<S: SharedStore> Middleware for CacheMiddleware<S> {
    fn handle(&self, request: Request<SendBody>, next: MiddlewareNext) -> Result<Response<Body>, Error> {
        let (mut parts, body) = request.into_parts();
        let framed = parts.headers.contains_key(header::CONTENT_LENGTH)
            || parts.headers.contains_key(header::TRANSFER_ENCODING);
        if framed || !matches!(parts.method, Method::GET | Method::HEAD) {
            return self.run(parts, body, next);
        }
        // Whether a GET has content changes everything, and only reading it tells.
        let mut content = Content::of(body.into_reader())?;
        match &mut content {
            Content::None => self.run(parts, SendBody::none(), next),
            Content::Whole(bytes) => {
                parts
                    .headers
                    .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                self.run(parts, SendBody::from_reader(&mut bytes.as_slice()), next)
            }
            Content::Long(reader) => {
                parts
                    .headers
                    .insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
                self.run(parts, SendBody::from_reader(reader), next)
            }
        }
    }
}

/// Content of a request whose method has none as a rule.
enum Content<R: Read> {
    None,
    Whole(Vec<u8>),
    Long(io::Chain<Cursor<Vec<u8>>, R>),
}

impl<R: Read> Content<R> {
    /// What is read ahead to learn the length, which ureq knows and does not tell.
    const AHEAD: u64 = 64 * 1024;

    fn of(mut reader: R) -> io::Result<Self> {
        let mut first = [0];
        if reader.read(&mut first)? == 0 {
            return Ok(Self::None);
        }
        let mut bytes = first.to_vec();
        let more = reader.by_ref().take(Self::AHEAD).read_to_end(&mut bytes)? as u64;
        if more < Self::AHEAD {
            return Ok(Self::Whole(bytes));
        }
        Ok(Self::Long(Cursor::new(bytes).chain(reader)))
    }
}
