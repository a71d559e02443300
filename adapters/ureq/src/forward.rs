//! Asking the origin, and what its answer means before core hears of it.

use std::time::Instant;

use bytes::Bytes;
use larder::store::Entry;
use larder::{Action, EntryId, Exchanged, Failure, Key, TagList};
use ureq::Error;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::clock;
use crate::errand::target;
use crate::error::AskAgain;
use crate::fields;
use crate::info::Stored;
use crate::mode::CacheMode;
use crate::origin;
use crate::request::{Received, Run, Step};
use crate::store::{Head, StoredBody};

/// An entry while it is validated: whatever becomes of it in the store meanwhile, it can
/// answer when the origin confirms it.
pub(crate) struct Pin {
    pub(crate) id: EntryId,
    pub(crate) head: Option<Head>,
    pub(crate) body: Option<(Box<dyn StoredBody>, u64)>,
}

impl Run<'_, '_, '_> {
    /// Asks the origin.
    #[inline(never)]
    pub(crate) fn forward(&mut self, conditional_on: Option<EntryId>) -> Step {
        let reason = self.exchange.reason();
        if self.shared().is_offline() {
            return Step::Next(self.exchange.error(Failure::Disconnected, clock::now()));
        }
        if self.mode == CacheMode::OnlyIfCached {
            return Step::End(self.refuse());
        }
        if let Some(step) = self.take_turn(reason) {
            return step;
        }
        self.forwarded.get_or_insert(reason);
        let mut headers = fields::copied(&self.parts.headers);
        if self.mode == CacheMode::Reload {
            if !fields::has(&headers, &header::CACHE_CONTROL) {
                fields::append(
                    &mut headers,
                    header::CACHE_CONTROL,
                    HeaderValue::from_static("no-cache"),
                );
            }
            return self.send(headers);
        }
        if let Some(id) = conditional_on {
            let Some(head) = self.head(id) else {
                return Step::Next(self.exchange.entry_gone());
            };
            let Ok(entry) = Entry::trusted(head.bytes.as_ref()) else {
                return Step::Next(self.exchange.entry_gone());
            };
            let body = match self.parts.method == Method::HEAD {
                true => None,
                false => match self.open(id) {
                    None => return Step::Next(self.exchange.entry_gone()),
                    opened => opened,
                },
            };
            let mut scratch = [0; 1024];
            let mut tags = TagList::new(&mut scratch);
            for other in self.heads.kept() {
                if let Ok(entry) = Entry::trusted(other.bytes.as_ref()) {
                    self.exchange
                        .also_nominate(&mut tags, self.request, other.id, &other.facts, &entry);
                }
            }
            let changes = self.exchange.conditional_among(self.request, &entry, tags);
            let replaced = |name: &HeaderName| changes.remove().any(|other| name == other);
            fields::remove(&mut headers, &replaced);
            for line in changes.set() {
                if fields::add(&mut headers, &line, &Bytes::new()) {
                    self.nominated = Some(id);
                }
            }
            self.pin = Some(Pin {
                id,
                head: Some(head),
                body,
            });
        }
        self.send(headers)
    }

    pub(crate) fn send(&mut self, headers: HeaderMap) -> Step {
        let sent = clock::now();
        self.removals = self.shared().removals.count();
        let setup = self.errand.setup.get();
        let since = *self.since.get_or_insert_with(Instant::now);
        let since = Some(since).filter(|_| !self.own_settings);
        match self.origin.send(self.parts, headers, setup, since) {
            Err(error) => self.failed(error),
            Ok(response) => {
                let uri = origin::final_uri(&response, setup);
                // taken apart only where it is another one at first sight
                let end = uri.and_then(target);
                // Back where it began, it is another request all the same: with other credentials, or
                // GET instead of POST.
                let elsewhere = uri != Some(&self.parts.uri) && end != Some(self.request.target);
                let redirected = elsewhere || origin::redirects(&response) > 0;
                let end = end.filter(|end| redirected && end.same_origin(&self.request.target));
                let end = end.map(|end| Key::new(&end, self.shared().seed));
                let (head, body) = response.into_parts();
                self.forward_status = Some(head.status.as_u16());
                if self.mode == CacheMode::Reload {
                    self.reloaded(head.status);
                }
                let at = Exchanged::new(sent, clock::now());
                let received = Received { head, body, at };
                if redirected {
                    self.received = Some(received);
                    return self.redirected(end);
                }
                let mut scratch = [0; 2048];
                let lines = received.lines();
                let head = received.head(&lines);
                let action = self.exchange.response(self.request, &head, at, &mut scratch);
                // while the lines are at hand
                let begun = (action == Action::Store).then(|| self.begin(&received, lines));
                self.received = Some(received);
                match begun {
                    Some(begun) => Step::End(Ok(self.keep(begun))),
                    None => Step::Next(action),
                }
            }
        }
    }

    /// Before core hears of the answer to a request that had no conditions of the cache's.
    fn reloaded(&mut self, status: StatusCode) {
        if let Some(key) = self.exchange.key() {
            // What is on its way has been asked for before.
            self.shared().forget(key);
        }
        if status == StatusCode::NOT_MODIFIED {
            // It says nothing of what is stored, and is for the caller's own conditions.
            let _ = self.exchange.entry_gone();
        }
    }

    fn failed(&mut self, error: Error) -> Step {
        if self.invalidates() && origin::may_have_been_done(&error) {
            self.invalidate(Key::new(&self.request.target, self.shared().seed));
        }
        let failure = match &error {
            Error::StatusCode(status) => {
                // A full response, but for ureq keeping it.
                self.remove_outdated(*status);
                self.forward_status = Some(*status);
                Failure::Status(*status)
            }
            Error::Other(other) if other.is::<AskAgain>() => {
                if let Some(id) = self.nominated.filter(|_| !self.background) {
                    self.remove(id);
                }
                return Step::End(Err(error));
            }
            error if origin::is_transport(error) => Failure::Transport,
            _ => return Step::End(Err(error)),
        };
        self.error = Some(error);
        Step::Next(self.exchange.error(failure, clock::now()))
    }

    const fn invalidates(&self) -> bool {
        self.exchange.request().method().invalidates()
    }

    /// What a full response with this status has shown to be out of date goes: nothing takes its place.
    fn remove_outdated(&mut self, status: u16) {
        if let Some(id) = self.exchange.outdated_by(status) {
            self.remove(id);
        }
    }

    /// ureq has followed a redirect: this is the response of another URI, which has the key `end`
    /// if it is of the same origin.
    fn redirected(&mut self, end: Option<Key>) -> Step {
        let status = self
            .received
            .as_ref()
            .map_or(0, |received| received.head.status.as_u16());
        match (status, self.nominated) {
            (304 | 206 | 412 | 416, Some(id)) => {
                // It answers our conditions, which were meant for the first URI.
                self.remove(id);
                self.received = None;
                self.nominated = None;
                self.pin = None;
                return Step::Next(self.exchange.entry_gone());
            }
            (304 | 206 | 412 | 416, None) => {}
            _ if self.exchange.stored_facts().is_none() => {}
            (500.., _) => {
                let action = self.exchange.error(Failure::Status(status), clock::now());
                if action != Action::GatewayTimeout {
                    return Step::Next(action);
                }
            }
            _ => self.remove_outdated(status),
        }
        if self.invalidates() {
            // Whatever there was at the end: the redirect itself was no error.
            let own = Key::new(&self.request.target, self.shared().seed);
            [Some(own), end]
                .into_iter()
                .flatten()
                .for_each(|key| self.invalidate(key));
        }
        Step::End(Ok(self.answer(Stored::Redirected)))
    }

    /// The body of an entry and its length; `None` when it is gone.
    #[inline(never)]
    pub(crate) fn open(&self, id: EntryId) -> Option<(Box<dyn StoredBody>, u64)> {
        let opened = self.shared().store.open(id);
        let opened = self.shared().store_result("open a body", opened);
        if opened.is_none() {
            self.distrust();
        }
        opened?
    }
}
