//! The loop over core's driver: it says what to do next, here it is done.

use std::sync::Arc;

use larder::store::{Entry, EntryError};
use larder::{Action, EntryId, Header, Headers, Key, MethodClass, Reason, ResponseHead};
use ureq::http::{HeaderMap, Response};
use ureq::{Body, Error};

use log::Level;

use crate::cache::Shared;
use crate::clock;
use crate::delivered::empty;
use crate::fields;
use crate::info::Stored;
use crate::mode::CacheMode;
use crate::notes::note;
use crate::request::{Received, Run, Step};
use crate::store::Head;
use crate::view::lines;

impl Received {
    pub(crate) fn lines(&self) -> Vec<Header<'_>> {
        lines(&self.head.headers, &[])
    }

    /// The head with these lines.
    pub(crate) fn head<'h>(&self, lines: &'h [Header<'h>]) -> ResponseHead<'h, [Header<'h>]> {
        ResponseHead {
            status: self.head.status.as_u16(),
            headers: lines,
        }
    }
}

fn is_redirect(entry: &Entry<'_>) -> bool {
    matches!(entry.status(), 301 | 302 | 303 | 307 | 308) && entry.has("location")
}

impl Run<'_, '_, '_> {
    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        self.errand.shared
    }

    /// From the request to its response.
    pub(crate) fn complete(mut self) -> Result<Response<Body>, Error> {
        if self.mode == CacheMode::NoStore && !MethodClass::of(self.request.method).invalidates() {
            return self.pass_through();
        }
        let mut action = self.start();
        loop {
            let step = match action {
                Action::ReadHeads(key) => {
                    self.read_heads(key);
                    action = self.next_head();
                    continue;
                }
                Action::NextHead => {
                    action = self.next_head();
                    continue;
                }
                // Only with rules that ignore what requests say.
                Action::Serve(_) | Action::NotModified(_) if self.reloads() => {
                    action = self.exchange.entry_gone();
                    continue;
                }
                Action::Serve(id) | Action::NotModified(id) if self.background => {
                    // Nobody waits for it.
                    if self.exchange.serving().remove_after {
                        self.remove(id);
                    }
                    return Ok(Response::new(empty(&HeaderMap::new())));
                }
                Action::Update(_) | Action::Stale(_) | Action::Remove(_) | Action::Invalidate(_) => {
                    let done = self.change(action);
                    action = self.exchange.done(done);
                    continue;
                }
                Action::Forward { conditional_on } => self.forward(conditional_on),
                Action::Retry => {
                    self.received = None;
                    self.send(fields::copied(&self.parts.headers))
                }
                Action::Serve(id) => self.serve(id, false),
                Action::NotModified(id) => self.serve(id, true),
                Action::Store => return Ok(self.store()),
                Action::GatewayTimeout => return self.refuse(),
                _ => return self.pass_through(),
            };
            match step {
                Step::Next(next) => action = next,
                Step::End(result) => return result,
            }
        }
    }

    /// Changes what is stored; whether that is done.
    fn change(&mut self, action: Action) -> bool {
        match action {
            Action::Update(id) => return self.update(id),
            Action::Stale(id) => {
                self.invalidated = Some(Reason::HeadDiffers);
                let marked = self.shared().mark(id);
                if !marked {
                    self.distrust();
                }
                return marked;
            }
            Action::Remove(id) => {
                self.invalidated = Some(Reason::Unsuitable);
                self.remove(id);
            }
            Action::Invalidate(keys) => keys.iter().for_each(|key| self.invalidate(key)),
            _ => {}
        }
        true
    }

    /// Nothing stored may answer, unless the origin has said so.
    const fn reloads(&self) -> bool {
        matches!(self.mode, CacheMode::Reload) && self.forwarded.is_none() && !self.background
    }

    #[inline(never)]
    pub(crate) fn start(&mut self) -> Action {
        match self.background {
            true => self.exchange.start_background(self.request),
            false => self.exchange.start(self.request),
        }
    }

    /// What was to be served has gone in the meantime: looks again, and in the end asks. Where the
    /// origin was asked in vain, what came of that is the answer.
    pub(crate) fn gone(&mut self) -> Step {
        let failed = |received: &Received| received.head.status.is_server_error();
        if self.received.as_ref().is_some_and(failed) {
            let _ = self.exchange.entry_gone();
            return Step::End(Ok(self.answer(Stored::No)));
        }
        if self.error.is_some() {
            return Step::End(self.refuse());
        }
        self.restarts += 1;
        self.received = None;
        self.nominated = None;
        self.pin = None;
        Step::Next(if self.restarts < 3 {
            self.start()
        } else {
            self.exchange.entry_gone()
        })
    }

    fn read_heads(&mut self, key: Key) {
        // With a response at hand, entries will be updated while they are read.
        let all_at_once = self.received.is_some();
        let shared = self.errand.shared;
        let settled = shared.unmarked.is_settled(key, &*shared.store);
        // What is out of date without the store's knowing is as if it were not there.
        let key = settled.then_some(key);
        if let Some(error) = self.heads.rewind(key, &*shared.store, all_at_once) {
            shared.store_failed("read the heads of a key", error);
            self.distrust();
        }
        // The entry that is validated may have gone: what is pinned of it can still answer.
        if all_at_once && self.nominated.is_some_and(|id| !self.heads.is_ahead(id)) {
            let pinned = self.pin.as_mut().and_then(|pin| pin.head.take());
            pinned.into_iter().for_each(|head| self.heads.push_ahead(head));
        }
    }

    fn next_head(&mut self) -> Action {
        let shared = self.errand.shared;
        loop {
            let head = match self.heads.advance(&*shared.store) {
                Ok(Some(head)) => head,
                Ok(None) => break,
                Err(error) => {
                    shared.store_failed("read the next head", error);
                    self.distrust();
                    break;
                }
            };
            match Entry::trusted(head.bytes.as_ref()) {
                Ok(entry) if self.follows && is_redirect(&entry) => {}
                Ok(entry) => return self.exchange.offer(self.request, head.id, &head.facts, &entry),
                // Of another version: of use to others perhaps.
                Err(EntryError::UnknownVersion(_)) => {}
                Err(error @ EntryError::Damaged) => {
                    note(Level::Warn, format_args!("removed: {error}"));
                    shared.remove(head.id);
                }
            }
        }
        self.exchange.heads_done(clock::now())
    }

    /// The head of an entry: the one that was offered, or what is stored by now.
    #[inline(never)]
    pub(crate) fn head(&mut self, id: EntryId) -> Option<Head> {
        let kept = self.heads.take(id);
        let shared = self.errand.shared;
        kept.or_else(|| {
            let read = shared.store_result("read a head", shared.store.read_head(id));
            if read.is_none() {
                self.distrust();
            }
            read?
        })
    }

    /// The store has failed: whatever it has under this key has to be validated, since something newer may come
    /// that is not stored.
    #[cold]
    #[inline(never)]
    pub(crate) fn distrust(&self) {
        if let Some(key) = self.exchange.key() {
            self.shared().unmarked.add(key, clock::now());
        }
    }

    #[inline(never)]
    pub(crate) fn remove(&mut self, id: EntryId) {
        drop(self.heads.take(id));
        let removed = self.shared().remove(id);
        if !removed {
            self.distrust();
        }
    }

    #[inline(never)]
    pub(crate) fn invalidate(&mut self, key: Key) {
        self.invalidated = Some(Reason::UnsafeMethod);
        self.shared().forget(key);
        let received = self.received.as_ref();
        let at = received.map_or_else(clock::now, |received| received.at.response);
        let shared = self.shared();
        // Told first of it: a store may panic.
        shared.unmarked.add(key, at);
        let done = shared.store.invalidate(key, at);
        match shared.store_result("invalidate a key", done) {
            Some(()) => shared.unmarked.remove(key, at),
            None => shared.unmarked.add(key, at),
        }
    }
}
