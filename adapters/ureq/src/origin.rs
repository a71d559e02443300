//! The way to the origin.

use std::io;
use std::time::Instant;

use ureq::config::ConfigBuilder;
use ureq::http::request::Parts;
use ureq::http::{Extensions, HeaderMap, Request, Response, Uri};
use ureq::middleware::MiddlewareNext;
use ureq::typestate::HttpCrateScope;
use ureq::{Agent, Body, Error, RequestExt, ResponseExt, SendBody, Timeout};

use crate::agent::Setup;
use crate::error::AskAgain;
use crate::fields;
use crate::follow::Unfollowed;
use crate::mode::CacheMode;
use crate::request::Origin;
use crate::status::StatusAsError;

impl<'n, 'b> Origin<'n, 'b> {
    pub(crate) const fn new(next: MiddlewareNext<'n>, body: SendBody<'b>) -> Self {
        Self {
            first: Some((next, body)),
        }
    }

    /// Sends a request with other fields than it came with, which has what is left of the time of its
    /// agent `since` then.
    pub(crate) fn send(
        &mut self,
        parts: &Parts,
        headers: HeaderMap,
        setup: Option<&Setup>,
        since: Option<Instant>,
    ) -> Result<Response<Body>, Error> {
        let prepared = prepared(parts, setup, since);
        // Without the settings of its own agent, another one would send it with different ones.
        let inner = setup
            .and_then(|setup| setup.inner.as_ref())
            .filter(|_| prepared.is_some());
        let parts = fields::with_headers(
            parts,
            headers,
            prepared.unwrap_or_else(|| fields::extensions(parts)),
        );
        match (self.first.take(), inner) {
            (Some((next, body)), _) => next.handle(Request::from_parts(parts, body)),
            (None, Some(inner)) => run(inner, parts),
            (None, None) => Err(Error::Other(Box::new(AskAgain))),
        }
    }
}

impl Origin<'static, 'static> {
    /// For a request that nobody has made.
    pub(crate) const fn of_nobody() -> Self {
        Self { first: None }
    }
}

/// Compiled once.
#[inline(never)]
fn run(inner: &Agent, parts: Parts) -> Result<Response<Body>, Error> {
    inner.run(Request::from_parts(parts, ()))
}

/// Whether nothing is wanted that has not come by https: by the agent, or by a request with settings of
/// its `own`. ureq looks at those before it finds that there is nobody to ask.
#[cold]
#[inline(never)]
pub(crate) fn refuses_http(setup: &Setup, own: Option<&Parts>) -> bool {
    let Some((own, inner)) = own.zip(setup.inner.as_ref()) else {
        return setup.https_only;
    };
    let mut nobody = fields::with_headers(own, HeaderMap::new(), fields::extensions(own));
    nobody.uri = Uri::default();
    matches!(run(inner, nobody), Err(Error::RequireHttpsOnly(_)))
}

/// The extensions of a request, with the settings for the way below the cache; `None` when
/// they do not have the agent (a middleware has replaced the request as a whole).
fn prepared(parts: &Parts, setup: Option<&Setup>, since: Option<Instant>) -> Option<Extensions> {
    let in_all = since.zip(setup.and_then(|setup| setup.in_all));
    let left = in_all.map(|(since, in_all)| in_all.saturating_sub(since.elapsed()));
    configured(parts, &|config| {
        let mut config = config.save_redirect_history(true);
        if left.is_some() {
            config = config.timeout_global(left);
        }
        match setup {
            // Error responses are needed as responses.
            Some(_) => config.http_status_as_error(false),
            None => config,
        }
    })
}

type Settings = ConfigBuilder<HttpCrateScope<()>>;

#[inline(never)]
fn configured(parts: &Parts, change: &dyn Fn(Settings) -> Settings) -> Option<Extensions> {
    let mut request = Request::new(());
    *request.extensions_mut() = fields::extensions(parts);
    let config = request.middleware_config()?;
    Some(std::mem::take(change(config).build().extensions_mut()))
}

/// Whether the request has settings besides those of its agent, timeouts perhaps. Nothing reads
/// them, but ureq adds none where there are some.
pub(crate) fn has_own_settings(parts: &Parts) -> bool {
    let extensions = &parts.extensions;
    if extensions.len() < 2 {
        // the agent is always there
        return false;
    }
    if let Some(Unfollowed { own_settings }) = extensions.get() {
        return *own_settings;
    }
    let of_cache = usize::from(extensions.get::<CacheMode>().is_some())
        + usize::from(extensions.get::<StatusAsError>().is_some());
    let others = extensions.len().saturating_sub(of_cache + 1);
    let prepared = (others > 0)
        .then(|| configured(parts, &|config| config))
        .flatten();
    prepared.is_some_and(|prepared| prepared.len() == extensions.len())
}

/// The URI that a response comes from, after redirects; `None` when nothing tells.
pub(crate) fn final_uri<'r>(response: &'r Response<Body>, setup: Option<&Setup>) -> Option<&'r Uri> {
    match setup {
        // Nothing is below: the response is ureq's own.
        Some(_) => Some(response.get_uri()),
        // Another middleware may be, and `get_uri` panics on what that makes.
        None => response.get_redirect_history().and_then(|history| history.last()),
    }
}

/// How many redirects ureq has followed, back to the same URI perhaps.
pub(crate) fn redirects(response: &Response<Body>) -> usize {
    let history = response.get_redirect_history();
    history.map_or(0, |history| history.len().saturating_sub(1))
}

/// Whether a request with an unsafe method that ended so may have been done all the same: its
/// answer was a redirect, perhaps to where nobody may go, could not be taken, or got lost.
pub(crate) fn may_have_been_done(error: &Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, Interrupted, UnexpectedEof};
    match error {
        Error::TooManyRedirects
        | Error::RedirectFailed
        | Error::Protocol(_)
        | Error::BadUri(_)
        | Error::RequireHttpsOnly(_)
        | Error::LargeResponseHeader(..) => true,
        Error::Timeout(phase) => !matches!(phase, Timeout::Resolve | Timeout::Connect),
        Error::Io(error) => matches!(
            error.kind(),
            BrokenPipe | ConnectionAborted | ConnectionReset | Interrupted | UnexpectedEof
        ),
        _ => false,
    }
}

/// Whether an error says that the origin could not be reached or broke off: what
/// stale-if-error is for. Everything else is about the request or its configuration.
pub(crate) fn is_transport(error: &Error) -> bool {
    !matches!(
        error,
        Error::StatusCode(_)
            | Error::Http(_)
            | Error::BadUri(_)
            | Error::BodyExceedsLimit(_)
            | Error::RequireHttpsOnly(_)
            | Error::InvalidProxyUrl
            | Error::TooManyRedirects
            | Error::RedirectFailed
            | Error::LargeResponseHeader(..)
            | Error::Other(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use io::ErrorKind;

    #[test]
    fn what_was_sent_may_have_been_done() {
        // req: 9111-4.4-01
        let io = |kind: ErrorKind| Error::Io(kind.into());
        for error in [
            Error::TooManyRedirects,
            Error::RedirectFailed,
            Error::BadUri("ftp://host/".into()),
            Error::RequireHttpsOnly("http://host/".into()),
            Error::LargeResponseHeader(2, 1),
            Error::Timeout(Timeout::RecvResponse),
            Error::Timeout(Timeout::SendBody),
            io(ErrorKind::BrokenPipe),
            io(ErrorKind::ConnectionAborted),
            io(ErrorKind::ConnectionReset),
            io(ErrorKind::Interrupted),
            io(ErrorKind::UnexpectedEof),
        ] {
            assert!(may_have_been_done(&error), "{error}");
        }
        for error in [
            Error::HostNotFound,
            Error::ConnectionFailed,
            Error::Timeout(Timeout::Resolve),
            Error::Timeout(Timeout::Connect),
            io(ErrorKind::ConnectionRefused),
        ] {
            assert!(!may_have_been_done(&error), "{error}");
        }
    }
}
