//! One request on an errand: what it needs, and its view for core.

use std::sync::Arc;

use larder::{Exchange, Header, RequestHead, Scheme, Target};
use log::Level;
use ureq::http::request::Parts;
use ureq::http::{Response, Uri};
use ureq::{Body, Error};

use crate::delivered::pass;
use crate::fields;
use crate::follow::Unfollowed;
use crate::heads::Heads;
use crate::info::{CacheInfo, Stored};
use crate::mode::CacheMode;
use crate::notes::note;
use crate::origin::{has_own_settings, refuses_http};
use crate::partition::userinfo;
use crate::request::{Errand, Origin, Run};
use crate::source::source;
use crate::status::is_error;
use crate::view::{Automatic, digests, view};

impl Errand<'_> {
    /// From a request to its response.
    pub(crate) fn run(&self, parts: Parts, origin: Origin<'_, '_>) -> Result<Response<Body>, Error> {
        let response = self.exchange(parts, origin, false)?;
        if self.as_error && is_error(response.status()) {
            return Err(Error::StatusCode(response.status().as_u16()));
        }
        Ok(response)
    }

    /// Validates what is stored for a request that has been answered from it.
    pub(crate) fn validate(&self, parts: Parts) {
        // A new response is stored while it is read. Nobody wants one that is not stored.
        let validated = self.exchange(parts, Origin::of_nobody(), true);
        let read = validated.and_then(|response| {
            let stored = CacheInfo::of(&response).map(CacheInfo::stored);
            if !matches!(stored, Some(Stored::OnceRead | Stored::OnceProven)) {
                return Ok(());
            }
            let mut body = source(response.into_body());
            Ok(pass(&mut *body, u64::MAX)?)
        });
        if let Err(error) = read {
            note(
                Level::Debug,
                format_args!("a validation in the background failed: {error}"),
            );
        }
    }

    fn exchange(
        &self,
        parts: Parts,
        mut origin: Origin<'_, '_>,
        background: bool,
    ) -> Result<Response<Body>, Error> {
        let shared = self.shared;
        let setup = self.setup.get();
        let parts = Arc::new(parts);
        let mode = parts.extensions.get().copied().unwrap_or(CacheMode::Default);
        let own_settings = has_own_settings(&parts);
        // What such an agent, or request, would refuse, it gets refused by ureq.
        let refused = |target: &Target<'_>| {
            let own = own_settings.then_some(&*parts);
            target.scheme() == Scheme::Http && setup.is_some_and(|setup| refuses_http(setup, own))
        };
        let Some(target) = target(&parts.uri).filter(|target| !refused(target)) else {
            return origin.send(&parts, fields::copied(&parts.headers), setup, None);
        };
        let unseen;
        let automatic = match setup {
            Some(setup) if !own_settings => &setup.automatic,
            _ => {
                unseen = Automatic::unseen();
                &unseen
            }
        };
        let digests = digests(&parts.headers, &shared.secret);
        let directives = mode.directives(shared.is_offline());
        let userinfo = userinfo(&parts.uri).map(|userinfo| shared.secret.digest("", userinfo.as_bytes()));
        let mut view = view(&parts.headers, &digests, Some(automatic), directives);
        // ureq makes Authorization of it.
        view.extend(userinfo.iter().map(|digest| Header::new("authorization", digest)));
        let partition = shared
            .secret
            .partition(&parts.uri, &parts.headers, shared.share_credentials);
        let request = RequestHead {
            method: parts.method.as_str(),
            target,
            partition,
            headers: &view[..],
        };
        // Without a second agent, nothing validates in the background.
        let config = match setup.and_then(|setup| setup.inner.as_ref()) {
            Some(_) => &shared.config,
            None => &shared.foreground,
        };
        let follows = parts.extensions.get::<Unfollowed>().is_none()
            && (own_settings || setup.is_none_or(|setup| setup.follows));
        let run = Run {
            errand: self,
            follows,
            own_settings,
            parts: &parts,
            request: &request,
            mode,
            exchange: Exchange::new(config, shared.seed).with_override(shared.over),
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
            since: None,
            removals: 0,
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
