//! Answers from the store.

use std::sync::Arc;

use bytes::Bytes;
use larder::store::shared::StoredHead;
use larder::store::{Entry, Sink, pack};
use larder::{EntryId, HeadSource, Headers, OF_THE_CLIENT, Reason, ResponseHead, Served, StoredFacts};
use ureq::http::{HeaderMap, Method, Response, StatusCode};

use crate::background::Task;
use crate::delivered::{Delivered, empty};
use crate::fields;
use crate::info::{Outcome, Stored};
use crate::mode::CacheMode;
use crate::request::{Errand, Run, Step};
use crate::store::Head;

impl Run<'_, '_, '_> {
    /// Answers with an entry; `not_modified` is for clients that have it already.
    #[inline(never)]
    pub(crate) fn serve(&mut self, id: EntryId, not_modified: bool) -> Step {
        let pin = self.pin.take().filter(|pin| pin.id == id);
        let (pinned, opened) = pin.map_or((None, None), |pin| (pin.head, pin.body));
        let mut source = self.exchange.serving().head;
        let confirmed = self.exchange.reason().is_validated();
        let head = self.head(id).or_else(|| {
            // It went after it was updated: what it was is still at hand.
            source = if confirmed { HeadSource::Merged } else { source };
            pinned.filter(|_| confirmed || !self.was_removed())
        });
        let Some(head) = head.filter(|head| self.exchange.may_serve(&head.facts)) else {
            return self.gone();
        };
        let (mut body, mut length) = (None, None);
        if !not_modified && self.parts.method != Method::HEAD {
            let Some((opened, bytes)) = opened.or_else(|| self.open(id)) else {
                return self.gone();
            };
            (body, length) = (Some(opened), Some(bytes));
        }
        let Some((status, headers)) = self.served_head(head, source, not_modified) else {
            return Step::Next(self.exchange.entry_gone());
        };
        if self.exchange.serving().remove_after {
            self.remove(id);
        }
        if self.exchange.serving().background_validation {
            self.validate_in_background(id);
        }
        let mut response = Response::new(match body {
            Some(body) => Delivered(Some(body)).described_by(&headers),
            None => empty(&headers),
        });
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        let outcome = self.count(self.exchange.reason());
        let kept = if self.exchange.serving().remove_after {
            Stored::No
        } else {
            Stored::Yes
        };
        self.add_info(&mut response, outcome, length, kept);
        Step::End(Ok(response))
    }

    /// Whether the user has removed what is stored since the request went out.
    fn was_removed(&self) -> bool {
        let covers = |key| self.shared().removals.hold(key).cover(key, self.removals);
        self.exchange.key().is_some_and(covers)
    }

    pub(crate) fn count(&self, reason: Reason) -> Outcome {
        let stats = &self.shared().stats;
        let (counter, outcome) = match reason {
            reason if reason.is_validated() => (&stats.validations, Outcome::Validated),
            Reason::MaxStale | Reason::StaleWhileRevalidate | Reason::StaleIfError | Reason::Disconnected => {
                (&stats.stale_hits, Outcome::Stale)
            }
            _ => (&stats.hits, Outcome::Hit),
        };
        counter.add();
        outcome
    }

    /// `None` when the head cannot be read, or is not the one that was validated.
    pub(crate) fn served_head(
        &mut self,
        head: Head,
        source: HeadSource,
        not_modified: bool,
    ) -> Option<(StatusCode, HeaderMap)> {
        let StoredHead { id, facts, bytes } = head;
        let age = self.exchange.serving().age;
        let decoded = &self.errand.shared.decoded;
        let whole = source == HeadSource::Stored && !not_modified;
        if whole
            && let Some(age) = age
            && let Some(fields) = decoded.get(id, bytes.as_ref(), age)
        {
            let status = Entry::trusted(bytes.as_ref()).ok()?.status();
            return Some((StatusCode::from_u16(status).ok()?, fields));
        }
        let bytes = match source {
            HeadSource::Stored => bytes,
            HeadSource::Merged => self.merged(&bytes, &facts)?.0.into(),
        };
        // The values of the fields stay where the store has them.
        let entry = Entry::trusted(&bytes).ok()?;
        let status = StatusCode::from_u16(if not_modified { 304 } else { entry.status() }).ok()?;
        // afresh: merging may have changed it
        let headers = decode(&entry, &bytes, self.exchange.serving().age, not_modified);
        if whole && age.is_some() {
            decoded.keep(id, &bytes, &headers);
        }
        Some((status, headers))
    }

    /// Writes what a 304, or the response to HEAD, changes; whether it is written.
    pub(crate) fn update(&mut self, id: EntryId) -> bool {
        let Some(head) = self.head(id) else {
            return false;
        };
        let written = self.write_update(&head).is_some();
        match &mut self.pin {
            Some(pin) if pin.id == id => pin.head = Some(head),
            _ if !written => drop(self.heads.keep(head)),
            _ => {}
        }
        written
    }

    /// What the response at hand makes of a head, packed, and its facts.
    fn merged(&mut self, bytes: &Bytes, facts: &StoredFacts) -> Option<(Vec<u8>, StoredFacts)> {
        let received = self.received.as_ref()?;
        let entry = Entry::trusted(bytes).ok()?;
        let stored = ResponseHead {
            status: entry.status(),
            headers: &entry,
        };
        let lines = received.lines();
        let fresh = received.head(&lines);
        let update = self
            .exchange
            .update(self.request, facts, &stored, &fresh, received.at)
            .ok()?;
        let mut packed = Packed(Vec::with_capacity(bytes.len() + 256));
        pack(&mut packed, self.request, entry.status(), &update.head).ok()?;
        Some((packed.0, update.facts))
    }

    fn write_update(&mut self, head: &Head) -> Option<()> {
        let (packed, facts) = self.merged(&head.bytes, &head.facts)?;
        let sent_at = self.received.as_ref()?.at.request;
        let shared = self.errand.shared;
        let token = Arc::clone(&shared.store).begin_head(head.id, &facts, sent_at);
        let mut token = shared.store_result("start a head", token)??;
        shared.store_result("write a head", token.append_head(&packed))?;
        shared.store_result("commit a head", token.commit())?;
        Some(())
    }

    fn validate_in_background(&self, id: EntryId) {
        if self.mode == CacheMode::OnlyIfCached || self.shared().is_offline() {
            return;
        }
        let shared = Arc::clone(self.errand.shared);
        let setup = Arc::clone(self.errand.setup);
        let mut headers = fields::copied(&self.parts.headers);
        fields::remove(&mut headers, &|name| OF_THE_CLIENT.contains(&name.as_str()));
        let mut extensions = fields::extensions(self.parts);
        // its mode is not that of the client
        extensions.insert(CacheMode::Default);
        let parts = fields::with_headers(self.parts, headers, extensions);
        let job = move || {
            shared.stats.background.add();
            let errand = Errand {
                shared: &shared,
                setup: &setup,
                as_error: false,
            };
            errand.validate(parts);
        };
        self.shared()
            .background
            .start(Task::Validation(id), Box::new(job));
    }
}

/// A packed head in memory.
pub(crate) struct Packed(pub(crate) Vec<u8>);

impl Sink for Packed {
    type Error = std::convert::Infallible;

    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// The fields of an answer. Values inside `bytes` are shared, others copied.
fn decode(head: &Entry<'_>, bytes: &Bytes, age: Option<u64>, not_modified: bool) -> HeaderMap {
    let served = match not_modified {
        true => Served::not_modified(head, age),
        false => Served::new(head, age),
    };
    let mut headers = HeaderMap::with_capacity(16);
    served
        .fields()
        .for_each(|line| _ = fields::add(&mut headers, &line, bytes));
    headers
}
