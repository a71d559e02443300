//! Answers that do not come from the store.

use log::Level;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Body, Error, ResponseExt};

use crate::cache_status::CACHE_STATUS;
use crate::delivered::empty;
use crate::fields;
use crate::info::{CacheInfo, Outcome, Stored};
use crate::mode::CacheMode;
use crate::notes::note;
use crate::partition::without_userinfo;
use crate::request::{Received, Run};

impl Run<'_, '_, '_> {
    /// The response at hand, or the one that the origin gives without the cache.
    pub(crate) fn pass_through(&mut self) -> Result<Response<Body>, Error> {
        if self.received.is_some() {
            return Ok(self.answer(Stored::No));
        }
        if self.shared().is_offline() || self.mode == CacheMode::OnlyIfCached {
            return self.refuse();
        }
        let setup = self.errand.setup.get();
        let mut response = self
            .origin
            .send(self.parts, fields::copied(&self.parts.headers), setup, None)?;
        self.shared().stats.bypasses.add();
        self.forward_status = Some(response.status().as_u16());
        let length = response.body().content_length();
        self.add_info(&mut response, Outcome::Bypass, length, Stored::No);
        Ok(response)
    }

    /// The response at hand, as it is.
    pub(crate) fn answer(&mut self, stored: Stored) -> Response<Body> {
        let Some(Received { head, body, .. }) = self.received.take() else {
            return self.gateway_timeout();
        };
        let mut response = Response::from_parts(head, body);
        self.count_miss();
        if let Some(lead) = self.lead.take().filter(|_| stored != Stored::Yes) {
            lead.in_vain();
        }
        let length = response.body().content_length();
        self.add_info(&mut response, Outcome::Miss, length, stored);
        response
    }

    pub(crate) fn count_miss(&self) {
        if !self.background {
            self.shared().stats.misses.add();
        }
    }

    /// The origin must not be asked, or has not answered.
    #[inline(never)]
    pub(crate) fn refuse(&mut self) -> Result<Response<Body>, Error> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.gateway_timeout()),
        }
    }

    fn gateway_timeout(&self) -> Response<Body> {
        // req: 9111-5.2.1.7-01
        self.shared().stats.refusals.add();
        let mut response = Response::new(empty(&HeaderMap::new()));
        *response.status_mut() = StatusCode::GATEWAY_TIMEOUT;
        self.add_info(&mut response, Outcome::Refused, Some(0), Stored::No);
        response
    }

    pub(crate) fn add_info(
        &self,
        response: &mut Response<Body>,
        outcome: Outcome,
        content_length: Option<u64>,
        stored: Stored,
    ) {
        let reason = self.exchange.reason();
        note(
            Level::Debug,
            format_args!(
                "{} {}: {outcome:?}: {reason}",
                self.request.method, self.request.target
            ),
        );
        if let Some(line) = self.cache_status(outcome, stored) {
            // req: 9211-2-01, 9211-2-05: after those of the caches before.
            fields::append(response.headers_mut(), CACHE_STATUS, line);
        }
        let from_store = outcome.is_from_store();
        let collapsed = from_store && self.collapsed.is_some() && self.forwarded.is_none();
        if collapsed {
            self.shared().stats.collapsed.add();
        }
        let serving = self.exchange.serving();
        // What the cache makes has none.
        let end = response.get_redirect_history().and_then(<[_]>::last);
        let uri = without_userinfo(end.unwrap_or(&self.parts.uri));
        response.extensions_mut().insert(CacheInfo {
            outcome,
            reason,
            forwarded: self.forwarded,
            age: serving.age.filter(|_| from_store),
            remaining: if from_store { serving.remaining } else { 0 },
            uri,
            content_length,
            stored,
            invalidated: self.invalidated,
            collapsed,
        });
    }
}
