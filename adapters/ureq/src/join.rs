//! Requests that are answered by a response which another one has asked for.

use std::sync::Arc;
use std::time::Instant;

use larder::store::Entry;
use larder::store::shared::StoredHead;
use larder::{Action, EntryId, HeadSource, Reason};
use ureq::http::{Method, Response};

use crate::clock;
use crate::collapse::Turn;
use crate::delivered::{Delivered, Pull, empty};
use crate::growing::Growing;
use crate::mode::CacheMode;
use crate::request::{Run, Step};

/// An entry that has no id yet.
const NOT_YET: EntryId = EntryId(u64::MAX);

impl Run<'_, '_, '_> {
    /// Before the origin is asked: whether another request does that already. `None`: it is
    /// asked.
    pub(crate) fn take_turn(&mut self, reason: Reason) -> Option<Step> {
        if !self.is_collapsible(reason) {
            return None;
        }
        let (Some(flights), Some(key)) = (&self.errand.shared.flights, self.exchange.key()) else {
            return None;
        };
        let setup = self.errand.setup;
        let patience = setup.get().and_then(|setup| setup.patience);
        let timeouts = match setup.get() {
            Some(setup) => setup.timeouts,
            // Those of an agent that is not known are not shared with another one.
            None => Arc::as_ptr(setup).addr() as u64,
        };
        let secret = &self.shared().secret;
        let likeness = secret.likeness(self.request, timeouts, self.follows);
        let landed = std::mem::replace(&mut self.landed, flights.landed());
        self.since = Some(Instant::now());
        match flights.join(likeness, key, patience, landed) {
            Turn::Lead(lead) => self.lead = Some(lead),
            Turn::Alone => {}
            Turn::Waited => {
                self.waited = true;
                self.collapsed = Some(reason);
                return Some(Step::Next(self.start()));
            }
            // Once: a busy cache has something land all the time.
            Turn::LookAgain if self.looked_again => {}
            Turn::LookAgain => {
                self.looked_again = true;
                return Some(Step::Next(self.start()));
            }
            Turn::Join(growing, body) => {
                self.waited = true;
                self.collapsed = Some(reason);
                let joined = self.join(&growing, body);
                return Some(joined.unwrap_or_else(|| Step::Next(self.start())));
            }
        }
        None
    }

    fn is_collapsible(&self, reason: Reason) -> bool {
        // What a stored response, or a validated one, could answer.
        let reusable = matches!(
            reason,
            Reason::NothingStored
                | Reason::NoVariant
                | Reason::UnusableEntry
                | Reason::Stale
                | Reason::MustRevalidate
                | Reason::MarkedInvalid
        );
        let asks_first = !self.waited && self.lead.is_none() && self.nominated.is_none();
        let plain = self.mode == CacheMode::Default && self.parts.method == Method::GET && !self.background;
        reusable && asks_first && plain && !self.own_settings
    }

    /// `None` when the response cannot answer this request.
    fn join(&mut self, growing: &Arc<Growing>, body: Box<dyn Pull>) -> Option<Step> {
        let entry = Entry::trusted(&growing.head).ok()?;
        if self.place(growing.facts).is_taken(self.shared()) {
            return None;
        }
        let Action::ReadHeads(_) = self.start() else {
            return None;
        };
        let action = self.exchange.offer(self.request, NOT_YET, &growing.facts, &entry);
        let action = match action {
            Action::NextHead => self.exchange.heads_done(clock::now()),
            action => action,
        };
        let not_modified = match action {
            Action::Serve(NOT_YET) => false,
            Action::NotModified(NOT_YET) => true,
            _ => return None,
        };
        if self.exchange.serving().background_validation {
            return None;
        }
        let head = StoredHead {
            id: NOT_YET,
            facts: growing.facts,
            bytes: growing.head.clone(),
        };
        let (status, headers) = self.served_head(head, HeadSource::Stored, not_modified)?;
        let mut response = Response::new(match not_modified {
            true => empty(&headers),
            false => Delivered(Some(body)).described_by(&headers),
        });
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        let outcome = self.count(self.exchange.reason());
        let length = growing.length.filter(|_| !not_modified);
        self.add_info(&mut response, outcome, length, growing.stored);
        Some(Step::End(Ok(response)))
    }
}
