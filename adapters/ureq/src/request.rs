//! What owns requests and responses on their way; the methods are in the modules of what they do.
//!
//! rustc compiles the methods of a type with the module that the type is in, and what it takes to
//! drop a value once more in each module that may have to: for these that is a lot, so they share one.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use larder::{Action, EntryId, Exchange, Exchanged, Header, Reason, RequestHead};
use ureq::http::request::Parts;
use ureq::http::{Response, StatusCode, response};
use ureq::middleware::MiddlewareNext;
use ureq::{Body, Error, SendBody};

use crate::agent::Setup;
use crate::cache::Shared;
use crate::collapse::Lead;
use crate::forward::Pin;
use crate::heads::Heads;
use crate::mode::CacheMode;

/// A cache as a middleware, see [`Cache::middleware`](crate::Cache::middleware).
pub struct CacheMiddleware {
    pub(crate) shared: Arc<Shared>,
    pub(crate) setup: Arc<OnceLock<Setup>>,
}

/// What a request needs of its middleware.
pub(crate) struct Errand<'e> {
    pub(crate) shared: &'e Arc<Shared>,
    pub(crate) setup: &'e Arc<OnceLock<Setup>>,
    pub(crate) as_error: bool,
}

/// One request on its way.
pub(crate) struct Run<'r, 'n, 'b> {
    pub(crate) errand: &'r Errand<'r>,
    /// The request as it came; a body that is on its way keeps it, to ask for its rest again.
    pub(crate) parts: &'r Arc<Parts>,
    pub(crate) request: &'r RequestHead<'r, [Header<'r>]>,
    pub(crate) mode: CacheMode,
    /// ureq follows redirects: a stored one is no answer, it would have to be followed.
    pub(crate) follows: bool,
    /// Nothing tells which settings ureq sends it with.
    pub(crate) own_settings: bool,
    pub(crate) exchange: Exchange<'r>,
    pub(crate) origin: Origin<'n, 'b>,
    pub(crate) background: bool,
    pub(crate) heads: Heads,
    /// The entry whose validators went out.
    pub(crate) nominated: Option<EntryId>,
    /// That entry as it was then.
    pub(crate) pin: Option<Pin>,
    pub(crate) received: Option<Received>,
    /// What kept the origin from answering.
    pub(crate) error: Option<Error>,
    /// Why the origin was asked.
    pub(crate) forwarded: Option<Reason>,
    /// The status code that the origin answered with.
    pub(crate) forward_status: Option<u16>,
    /// Why it would have been asked, had another request not been on its way.
    pub(crate) collapsed: Option<Reason>,
    /// Why stored responses were marked or removed.
    pub(crate) invalidated: Option<Reason>,
    pub(crate) restarts: u8,
    /// Others wait for this request.
    pub(crate) lead: Option<Lead>,
    /// It has waited for another one.
    pub(crate) waited: bool,
    /// When it began to wait, or went out: what its agent's global timeout counts from.
    pub(crate) since: Option<Instant>,
    /// How much had been removed when the request went out.
    pub(crate) removals: u64,
    /// How many others had landed when it looked into the store.
    pub(crate) landed: u64,
    pub(crate) looked_again: bool,
}

/// What follows: another action, or the end.
pub(crate) enum Step {
    Next(Action),
    End(Result<Response<Body>, Error>),
}

/// A response from the network.
pub(crate) struct Received {
    pub(crate) head: response::Parts,
    pub(crate) body: Body,
    pub(crate) at: Exchanged,
}

/// Sends requests: the first on the way it came, the others with the inner agent.
pub(crate) struct Origin<'n, 'b> {
    pub(crate) first: Option<(MiddlewareNext<'n>, SendBody<'b>)>,
}

/// How to ask again.
pub(crate) struct Refetch {
    pub(crate) parts: Arc<Parts>,
    pub(crate) status: StatusCode,
    pub(crate) setup: Arc<OnceLock<Setup>>,
}
