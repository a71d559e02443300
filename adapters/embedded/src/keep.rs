//! What goes into the store and comes out of it.

use larder::store::{AsyncStore, Entry, SliceSink, pack};
use larder::{EntryId, HeadSource, Key, Now, ResponseHead, StoredFacts};

use crate::client::add;
use crate::run::{Plan, PlanOf, Run, Source, Stored};
use crate::transport::BodyLength;
use crate::{Clock, StoreLock, Transport};

impl<L: StoreLock, T: Transport, C: Clock> Run<'_, L, T, C> {
    /// Starts to store the response at hand.
    pub(crate) async fn keep(&mut self) -> Source<<L::Store as AsyncStore>::Token> {
        let outdates = self.outdates();
        let (token, entry) = match self.begin().await {
            Some(token) if self.client.is_complete() => (None, self.commit(token).await),
            token => (token, None),
        };
        if token.is_none() && entry.is_none() {
            self.client.outdate(outdates).await;
        }
        Source::Network {
            token,
            entry,
            outdates,
        }
    }

    /// The key under which something is out of date unless the response at hand is stored.
    fn outdates(&self) -> Option<Key> {
        let outdates = self.outdates || self.outdates_unread();
        self.exchange.key().filter(|_| outdates)
    }

    async fn begin(&mut self) -> Option<<L::Store as AsyncStore>::Token> {
        let at = self.at?;
        let length = self.pack_response()?;
        let facts = self.exchange.stored_facts()?;
        let head = self.buffer.get(..length).unwrap_or_default();
        let key = self.exchange.key();
        let mut store = self.client.store.lock().await;
        let key = key.unwrap_or_else(|| Key::new(&self.request.target, store.seed()));
        let sent_at = self.exchange.request().method().sent_at(at);
        let mut begun = store.begin(key, facts, sent_at).await;
        if let Ok(token) = &mut begun
            && let Err(error) = store.append_head(token, head).await
        {
            begun = Err(error);
        }
        drop(store);
        self.client.report("start an entry", begun)
    }

    /// Packs the head of the response at hand to the front of the buffer; its length. `None` when
    /// it is not to be stored.
    fn pack_response(&mut self) -> Option<usize> {
        match self.client.transport.body_length() {
            BodyLength::Exact(length) if !self.client.is_within_limit(length) => return None,
            BodyLength::UntilClose => {
                debug!("not stored: only the end of the connection ends it");
                return None;
            }
            BodyLength::Exact(_) | BodyLength::Framed => {}
        }
        let response = self.client.transport.head();
        let storable = self.exchange.storable(response.headers)?;
        let mut sink = SliceSink::new(self.buffer);
        let packed = pack(&mut sink, self.request, response.status, &storable);
        match (packed, sink.finish()) {
            (Ok(()), Ok(head)) => Some(head.len()),
            (Ok(()), Err(needed)) => {
                add(&mut self.client.counters.too_large);
                debug!("not stored: the head needs a buffer of {} bytes", needed);
                None
            }
            (Err(_), _) => None, // no format for it
        }
    }

    async fn commit(&mut self, token: <L::Store as AsyncStore>::Token) -> Option<EntryId> {
        let committed = self.client.store.lock().await.commit(token).await;
        let entry = self.client.report("commit an entry", committed)?;
        add(&mut self.client.counters.stored);
        Some(entry)
    }

    /// Writes what a 304, or the response to HEAD, changes; whether it is written.
    pub(crate) async fn update(&mut self, id: EntryId) -> bool {
        let Some(at) = self.at else { return false };
        let (exchange, request) = (&mut self.exchange, self.request);
        let fresh = self.client.transport.head();
        let mut merge = |facts: &mut StoredFacts, old: &[u8], room: &mut [u8]| {
            let entry = Entry::parse(old).ok()?;
            let stored = ResponseHead {
                status: entry.status(),
                headers: &entry,
            };
            let update = exchange.update(request, facts, &stored, &fresh, at).ok()?;
            let mut sink = SliceSink::new(room);
            pack(&mut sink, request, entry.status(), &update.head).ok()?;
            *facts = update.facts;
            Some(sink.finish().ok()?.len())
        };
        let mut store = self.client.store.lock().await;
        let written = update_head(&mut *store, id, at.request, self.buffer, &mut merge).await;
        drop(store);
        self.client.report("update a head", written) == Some(true)
    }

    /// Answers with an entry; `not_modified` is for callers that have it already. `None` when
    /// it is gone, or may no longer answer.
    pub(crate) async fn serve(&mut self, id: EntryId, not_modified: bool) -> Option<PlanOf<L>> {
        let serving = self.exchange.serving();
        let mut store = self.client.store.lock().await;
        let found = read_entry(&mut *store, id, self.buffer, serving.remove_after).await;
        drop(store);
        let (facts, length, body) = self.client.report("read an entry", found)??;
        // Another client may have changed it since it was found.
        if !self.exchange.may_serve(&facts) {
            return None;
        }
        let (old, room) = self.buffer.split_at_mut_checked(length)?;
        let entry = Entry::parse(old).ok()?;
        let (mut start, mut end) = (0, length);
        if serving.head == HeadSource::Merged {
            let stored = ResponseHead {
                status: entry.status(),
                headers: &entry,
            };
            let fresh = self.client.transport.head();
            let update = self
                .exchange
                .update(self.request, &facts, &stored, &fresh, self.at?);
            let mut sink = SliceSink::new(room);
            pack(&mut sink, self.request, entry.status(), &update.ok()?.head).ok()?;
            let merged = sink.finish().ok()?.len();
            (start, end) = (length, length.saturating_add(merged));
        }
        let reason = self.exchange.reason();
        match reason.is_validated() {
            true => add(&mut self.client.counters.validated),
            false => add(&mut self.client.counters.hits),
        }
        let empty = not_modified || self.request.method == "HEAD";
        Some(Plan {
            reason,
            wants_validation: serving.background_validation,
            source: Source::Stored(Stored {
                id,
                start,
                end,
                age: self.exchange.serving().age,
                not_modified,
                length: if empty { 0 } else { body },
                remove_after: serving.remove_after,
            }),
        })
    }
}

/// Finds an entry: its facts, the length of its head, which goes to the front of the buffer, and
/// the length of its body. One that must go is marked first: its body may never be read to the
/// end, and nothing may find it fresh until then.
async fn read_entry<S: AsyncStore>(
    store: &mut S,
    id: EntryId,
    buffer: &mut [u8],
    must_go: bool,
) -> Result<Option<(StoredFacts, usize, u64)>, S::Error> {
    let Some((facts, length)) = store.read_head(id, buffer).await? else {
        return Ok(None);
    };
    let Some(body) = store.body_len(id).await? else {
        return Ok(None);
    };
    if must_go {
        store.mark_invalid(id).await?;
    }
    Ok(Some((facts, length, body)))
}

/// Replaces the head of an entry by what `merge` makes of its facts and of its old head, in the room
/// behind that; whether it did. All that outlives an await is the facts.
async fn update_head<S: AsyncStore>(
    store: &mut S,
    id: EntryId,
    sent_at: Now,
    buffer: &mut [u8],
    merge: &mut impl FnMut(&mut StoredFacts, &[u8], &mut [u8]) -> Option<usize>,
) -> Result<bool, S::Error> {
    let Some((mut facts, length)) = store.read_head(id, buffer).await? else {
        return Ok(false);
    };
    let (old, room) = buffer.split_at_mut_checked(length).unwrap_or_default();
    let Some(merged) = merge(&mut facts, old, room) else {
        return Ok(false);
    };
    let Some(mut token) = store.begin_head(id, &facts, sent_at).await? else {
        return Ok(false);
    };
    let head = room.get(..merged).unwrap_or_default();
    store.append_head(&mut token, head).await?;
    store.commit(token).await?;
    Ok(true)
}
