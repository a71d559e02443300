//! The driver over a store, as an adapter runs it, with unknown inputs.

use larder::store::{Entry, Store, TokenSink, pack};
use larder::{
    Action, EntryId, Exchange, HeadSource, Headers, Key, RequestHead, ResponseHead, Served, Target,
};

use crate::decision;
use crate::inputs::{Given, Inputs, Lines, give, give_bytes, word};

/// A request under way.
struct Fetch<'a, S> {
    exchange: Exchange<'a>,
    request: RequestHead<'a, Lines<'a>>,
    response: ResponseHead<'a, Lines<'a>>,
    store: &'a mut S,
    head: [u8; 512],
    scratch: [u8; 128],
    place: Option<EntryId>,
    given: &'a Given,
}

/// One request from start to end.
#[inline(never)]
pub fn exercise<S: Store>(inputs: &Inputs<'_>, given: &Given, store: &mut S) {
    let Ok(target) = Target::parse(inputs.uri) else {
        return;
    };
    let mut fetch = Fetch {
        exchange: Exchange::new(&given.config, store.seed()).with_override(given.over),
        request: RequestHead {
            method: inputs.method,
            target,
            partition: given.partition,
            headers: &inputs.request,
        },
        response: ResponseHead {
            status: inputs.status,
            headers: &inputs.response,
        },
        store,
        head: [0; 512],
        scratch: [0; 128],
        place: None,
        given,
    };
    let mut action = if word() == 0 {
        decision::start(&mut fetch.exchange, &fetch.request)
    } else {
        decision::start_background(&mut fetch.exchange, &fetch.request)
    };
    while let Some(next) = fetch.step(action) {
        action = next;
    }
    give(fetch.exchange.reason() as u32);
    #[cfg(feature = "everything")]
    crate::extras::tell(&fetch.exchange, &fetch.request.target);
}

impl<S: Store> Fetch<'_, S> {
    /// Does what the action says; `None` at the end.
    fn step(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::ReadHeads(key) => {
                self.place = None;
                return Some(self.next_head(key));
            }
            Action::NextHead => return self.exchange.key().map(|key| self.next_head(key)),
            Action::Forward { conditional_on } => return Some(self.forward(conditional_on)),
            Action::Retry => return Some(self.ask()),
            Action::Update(id) => {
                let done = self.update(id).is_some();
                return Some(self.exchange.done(done));
            }
            Action::Stale(id) => {
                let done = self.store.mark_invalid(id).is_ok();
                return Some(self.exchange.done(done));
            }
            Action::Remove(id) => {
                let done = self.store.remove(id).is_ok();
                return Some(self.exchange.done(done));
            }
            Action::Invalidate(keys) => {
                let done = keys
                    .iter()
                    .all(|key| self.store.invalidate(key, self.given.at.response).is_ok());
                return Some(self.exchange.done(done));
            }
            Action::Serve(id) => drop(self.serve(id, false)),
            Action::NotModified(id) => drop(self.serve(id, true)),
            Action::Store => drop(self.keep()),
            _ => {}
        }
        None
    }

    fn next_head(&mut self, key: Key) -> Action {
        match self.store.next_head(key, self.place, &mut self.head) {
            Ok(Some((id, facts, length))) => {
                self.place = Some(id);
                match self.head.get(..length).map(Entry::trusted) {
                    Some(Ok(entry)) => decision::offer(&mut self.exchange, &self.request, id, &facts, &entry),
                    _ => Action::NextHead,
                }
            }
            _ => decision::heads_done(&mut self.exchange, self.given.now),
        }
    }

    fn forward(&mut self, conditional_on: Option<EntryId>) -> Action {
        let Some(id) = conditional_on else {
            return self.ask();
        };
        let length = match self.store.read_head(id, &mut self.head) {
            Ok(Some((_, length))) => length,
            _ => return self.exchange.entry_gone(),
        };
        let Some(Ok(entry)) = self.head.get(..length).map(Entry::trusted) else {
            return self.exchange.entry_gone();
        };
        send(
            &self
                .exchange
                .conditional(&self.request, &entry, &mut self.scratch)
                .apply(self.request.headers),
        );
        self.ask()
    }

    fn ask(&mut self) -> Action {
        if word() == 0 {
            return decision::error(&mut self.exchange, self.given.failure, self.given.now);
        }
        decision::response(
            &mut self.exchange,
            &self.request,
            &self.response,
            self.given.at,
            &mut self.scratch,
        )
    }

    fn update(&mut self, id: EntryId) -> Option<()> {
        let (facts, length) = self.store.read_head(id, &mut self.head).ok()??;
        let entry = Entry::trusted(self.head.get(..length)?).ok()?;
        let stored = ResponseHead {
            status: entry.status(),
            headers: &entry,
        };
        let update = decision::update(
            &mut self.exchange,
            &self.request,
            &facts,
            &stored,
            &self.response,
            self.given.at,
        )
        .ok()?;
        let mut token = self
            .store
            .begin_head(id, &update.facts, self.given.at.request)
            .ok()??;
        let mut sink = TokenSink::new(self.store, &mut token);
        pack(&mut sink, &self.request, entry.status(), &update.head).ok()?;
        self.store.commit(token).ok().map(drop)
    }

    fn keep(&mut self) -> Option<()> {
        let key = self.exchange.key()?;
        let mut token = self
            .store
            .begin(
                key,
                self.exchange.stored_facts()?,
                self.exchange.request().method().sent_at(self.given.at),
            )
            .ok()?;
        let head = self.exchange.storable(self.response.headers)?;
        let mut sink = TokenSink::new(self.store, &mut token);
        pack(&mut sink, &self.request, self.response.status, &head).ok()?;
        while word() != 0 {
            crate::inputs::fill(&mut self.scratch);
            self.store.append(&mut token, &self.scratch).ok()?;
        }
        self.store.commit(token).ok().map(drop)
    }

    fn serve(&mut self, id: EntryId, not_modified: bool) -> Option<()> {
        let serving = self.exchange.serving();
        give(serving.remaining as u32);
        let (facts, length) = self.store.read_head(id, &mut self.head).ok()??;
        let entry = Entry::trusted(self.head.get(..length)?).ok()?;
        if serving.head == HeadSource::Merged {
            let stored = ResponseHead {
                status: entry.status(),
                headers: &entry,
            };
            let update = decision::update(
                &mut self.exchange,
                &self.request,
                &facts,
                &stored,
                &self.response,
                self.given.at,
            )
            .ok()?;
            send(&Served::new(&update.head, serving.age));
        } else if not_modified {
            send(&Served::not_modified(&entry, serving.age));
        } else {
            send(&Served::new(&entry, serving.age));
        }
        let mut offset = 0;
        while let Some(length) = self
            .store
            .read_at(id, offset, &mut self.scratch)
            .ok()?
            .filter(|length| *length > 0)
        {
            give_bytes(self.scratch.get(..length)?);
            offset = offset.wrapping_add(length as u64);
        }
        #[cfg(feature = "everything")]
        crate::extras::read(self.store, id, &mut self.scratch);
        if serving.remove_after {
            self.store.remove(id).ok()?;
        }
        Some(())
    }
}

fn send<H: Headers>(lines: &H) {
    lines.fields().for_each(|line| {
        give_bytes(line.name.as_bytes());
        give_bytes(line.value);
    });
}
