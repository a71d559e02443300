//! Redirects above the cache, so that each hop is a response of its own.

use larder::{Target, resolve_reference};
use ureq::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use ureq::{Agent, Body, Error};

use crate::delivered::{UNREAD, pass};
use crate::errand::target;
use crate::partition::userinfo;
use crate::source::source;

const MAX_HOPS: usize = 10;

/// The redirects of this request are not followed below the cache.
#[derive(Clone, Copy)]
pub(crate) struct Unfollowed {
    /// It came with settings besides those of its agent.
    pub(crate) own_settings: bool,
}

/// Sends a request and follows its redirects, each hop through the cache of the agent.
///
/// ureq follows redirects below the cache: what it finds at the end is not stored, and the
/// redirects are never seen. Here each of them is stored and served under its own URI, as far
/// as it allows that (a 301 or 308 does), and so is the response at the end.
///
/// ```no_run
/// use ureq::http::Request;
///
/// let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(64 << 20), |builder| builder);
/// let request = Request::get("http://example.com/latest").body(())?;
/// let response = larder_ureq::follow(&agent, request)?;
/// println!("{}", larder_ureq::CacheInfo::of(&response).unwrap().uri());
/// # Ok::<(), ureq::Error>(())
/// ```
///
/// Authorization, userinfo and Host go no further than the origin they were meant for, Cookie no
/// further than the first hop. After 303 the method becomes GET, and after 301 and 302 as well
/// unless it is GET or HEAD. A redirect without a usable Location is the response.
///
/// # Errors
/// Those of [`Agent::run`], and [`Error::TooManyRedirects`] after 10 hops.
pub fn follow(agent: &Agent, request: Request<()>) -> Result<Response<Body>, Error> {
    let (mut parts, ()) = request.into_parts();
    for _ in 0..=MAX_HOPS {
        let hop = agent.configure_request(Request::from_parts(parts.clone(), ()));
        let mut hop = hop.max_redirects(0).max_redirects_will_error(false).build();
        let own_settings = hop.extensions().len() == parts.extensions.len();
        hop.extensions_mut().insert(Unfollowed { own_settings });
        let response = agent.run(hop)?;
        let Some(uri) = next(&parts.uri, &response) else {
            return Ok(response);
        };
        parts.method = method(response.status(), &parts.method);
        leave(&mut parts.headers, &parts.uri, &uri);
        parts.uri = uri;
        // Nobody else reads it: for the store, and for the connection. One that breaks off is not stored.
        let _ = pass(&mut *source(response.into_body()), UNREAD);
    }
    Err(Error::TooManyRedirects)
}

/// Where a redirect leads to.
fn next(from: &Uri, response: &Response<Body>) -> Option<Uri> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.as_bytes();
    let base = target(from)?;
    let mut path = vec![0; location.len() + base.path_and_query().len() + 2];
    let next: Target<'_> = resolve_reference(&base, location, &mut path).ok()?;
    // The authority as it was written keeps its userinfo, which a target does not have.
    match userinfo(from).filter(|_| next.same_origin(&base)) {
        None => next.to_string().parse().ok(),
        Some(userinfo) => {
            let uri: Uri = next.to_string().parse().ok()?;
            let mut parts = uri.into_parts();
            let authority = parts.authority.take()?;
            parts.authority = Some(format!("{userinfo}@{authority}").parse().ok()?);
            Uri::from_parts(parts).ok()
        }
    }
}

fn method(status: StatusCode, method: &Method) -> Method {
    match (status.as_u16(), method) {
        (_, &Method::HEAD) => Method::HEAD,
        (301..=303, _) => Method::GET,
        _ => method.clone(),
    }
}

/// Takes out what was meant for the hop before, or for its origin.
fn leave(headers: &mut HeaderMap, from: &Uri, to: &Uri) {
    headers.remove(header::COOKIE);
    let stays = target(from)
        .zip(target(to))
        .is_some_and(|(from, to)| from.same_origin(&to));
    if !stays {
        headers.remove(header::AUTHORIZATION);
        headers.remove(header::PROXY_AUTHORIZATION);
        headers.remove(header::HOST);
    }
    // They are about a representation of the URI before.
    for name in [
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_MATCH,
        header::IF_UNMODIFIED_SINCE,
    ] {
        headers.remove(name);
    }
}
