//! Answers that do not come from the store.

use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Body, Error};

use crate::cache_status::CACHE_STATUS;
use crate::delivered::empty;
use crate::exchange::{Received, Run};
use crate::fields;
use crate::info::{CacheInfo, Outcome, Stored};
use crate::mode::CacheMode;
use crate::partition::without_userinfo;

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
        let response = self.origin.send(self.parts, fields::copied(self.parts), setup)?;
        self.shared().stats.bypasses.add();
        let (head, body) = response.into_parts();
        self.forward_status = Some(head.status.as_u16());
        let length = body.content_length();
        Ok(self.with_info(
            Response::from_parts(head, body),
            Outcome::Bypass,
            length,
            Stored::No,
        ))
    }

    /// The response at hand, as it is.
    pub(crate) fn answer(&mut self, stored: Stored) -> Response<Body> {
        let Some(Received { head, body, .. }) = self.received.take() else {
            return self.gateway_timeout();
        };
        self.count_miss();
        if let Some(lead) = self.lead.take().filter(|_| stored != Stored::Yes) {
            lead.in_vain();
        }
        let length = body.content_length();
        self.with_info(Response::from_parts(head, body), Outcome::Miss, length, stored)
    }

    pub(crate) fn count_miss(&self) {
        if !self.background {
            self.shared().stats.misses.add();
        }
    }

    /// The origin must not be asked, or has not answered.
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
        self.with_info(response, Outcome::Refused, Some(0), Stored::No)
    }

    pub(crate) fn with_info(
        &self,
        mut response: Response<Body>,
        outcome: Outcome,
        content_length: Option<u64>,
        stored: Stored,
    ) -> Response<Body> {
        let reason = self.exchange.reason();
        log::debug!(
            "{} {}: {outcome:?}: {reason}",
            self.request.method,
            self.request.target
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
        response.extensions_mut().insert(CacheInfo {
            outcome,
            reason,
            forwarded: self.forwarded,
            age: serving.age.filter(|_| from_store),
            remaining: if from_store { serving.remaining } else { 0 },
            uri: without_userinfo(&self.parts.uri),
            content_length,
            stored,
            invalidated: self.invalidated,
            collapsed,
        });
        response
    }
}
