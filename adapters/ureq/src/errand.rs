//! One request on an errand: what it needs, and its view for core.

use std::sync::{Arc, OnceLock};

use larder::store::shared::SharedStore;
use larder::{Exchange, Partition, RequestHead, Scheme, Target};
use ureq::http::request::Parts;
use ureq::http::{Response, Uri};
use ureq::{Body, Error};

use crate::agent::Setup;
use crate::cache::Shared;
use crate::exchange::Run;
use crate::follow::Unfollowed;
use crate::heads::Heads;
use crate::mode::CacheMode;
use crate::origin::Origin;
use crate::view::View;

/// What a request needs of its middleware.
pub(crate) struct Errand<'e, S: SharedStore> {
    pub(crate) shared: &'e Arc<Shared<S>>,
    pub(crate) setup: &'e Arc<OnceLock<Setup>>,
    pub(crate) as_error: bool,
}

impl<S: SharedStore> Errand<'_, S> {
    /// From a request to its response, whatever its status.
    pub(crate) fn run(&self, parts: Parts, origin: Origin<'_, '_>) -> Result<Response<Body>, Error> {
        self.exchange(parts, origin, false)
    }

    /// Validates what is stored for a request that has been answered from it.
    pub(crate) fn validate(&self, parts: Parts, origin: Origin<'_, '_>) -> Result<Response<Body>, Error> {
        self.exchange(parts, origin, true)
    }

    fn exchange(
        &self,
        parts: Parts,
        origin: Origin<'_, '_>,
        background: bool,
    ) -> Result<Response<Body>, Error> {
        let shared = self.shared;
        let setup = self.setup.get();
        let mode = parts.extensions.get().copied().unwrap_or(CacheMode::Default);
        let Some(target) = target(&parts.uri) else {
            return origin.send_on(parts);
        };
        let automatic = setup.map(|setup| &setup.automatic);
        let view = View::new(
            &parts.headers,
            &shared.secret,
            automatic,
            mode.directives(shared.is_offline()),
        );
        let partition = match shared.share_credentials {
            true => Partition::COMMON,
            false => shared.secret.partition(&parts.uri, &parts.headers),
        };
        let request = RequestHead {
            method: parts.method.as_str(),
            target,
            partition,
            headers: &view,
        };
        // Without a second agent, nothing validates in the background.
        let config = match setup.and_then(|setup| setup.inner.as_ref()) {
            Some(_) => &shared.config,
            None => &shared.foreground,
        };
        let follows =
            parts.extensions.get::<Unfollowed>().is_none() && setup.is_none_or(|setup| setup.follows);
        let run = Run {
            errand: self,
            follows,
            parts: &parts,
            request: &request,
            mode,
            exchange: Exchange::new(config, shared.store.seed()).with_override(shared.over),
            origin,
            background,
            heads: Heads::default(),
            nominated: None,
            pin: None,
            received: None,
            error: None,
            forwarded: None,
            forward_status: None,
            collapsed: None,
            invalidated: None,
            restarts: 0,
            lead: None,
            waited: false,
            landed: shared.flights.as_ref().map_or(0, |flights| flights.landed()),
            looked_again: false,
        };
        run.complete()
    }
}

/// The target of a request; `None` for what larder does not cache and ureq may refuse.
pub(crate) fn target(uri: &Uri) -> Option<Target<'_>> {
    let scheme = match uri.scheme_str()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    Target::from_parts(scheme, uri.authority()?.as_str(), path).ok()
}
