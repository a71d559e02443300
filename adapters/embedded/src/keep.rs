//! What goes into the store and comes out of it.

use larder::store::{AsyncStore, Entry, SliceSink, pack};
use larder::{
    EntryId, Exchange, Exchanged, HeadSource, Headers, Key, Reason, RequestHead, ResponseHead, StoredFacts,
};

use crate::client::add;
use crate::run::{Fields, Plan, PlanOf, Run, Source, Stored};
use crate::transport::BodyLength;
use crate::{Clock, StoreLock, Transport};

impl<L: StoreLock, T: Transport, C: Clock> Run<'_, L, T, C> {
    /// Starts to store the response at hand.
    pub(crate) async fn keep(&mut self) -> Source<<L::Store as AsyncStore>::Token> {
        let (token, entry) = match self.begin().await {
            Some(token) if self.client.is_complete() => (None, self.commit(token).await),
            token => (token, None),
        };
        Source::Network { token, entry }
    }

    async fn begin(&mut self) -> Option<<L::Store as AsyncStore>::Token> {
        let fits = match self.client.transport.body_length() {
            BodyLength::Exact(length) => length <= self.client.max_body,
            BodyLength::Framed => true,
            BodyLength::UntilClose => false,
        };
        let (at, facts) = (self.at?, *self.exchange.stored_facts()?);
        if !fits {
            return None;
        }
        let response = self.client.transport.head();
        let storable = self.exchange.storable(response.headers)?;
        let mut sink = SliceSink::new(self.buffer);
        let packed = pack(&mut sink, self.request, response.status, &storable);
        let head = match (packed, sink.finish()) {
            (Ok(()), Ok(head)) => head,
            (Ok(()), Err(needed)) => {
                debug!("not stored: the head needs a buffer of {} bytes", needed);
                return None;
            }
            (Err(_), _) => return None, // no format for it
        };
        let key = self.exchange.key();
        let mut store = self.client.store.lock().await;
        let key = key.unwrap_or_else(|| Key::new(&self.request.target, store.seed()));
        let mut begun = store.begin(key, &facts, at.request).await;
        if let Ok(token) = &mut begun
            && let Err(error) = store.append_head(token, head).await
        {
            begun = Err(error);
        }
        drop(store);
        self.client.report("start an entry", begun)
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
        let mut store = self.client.store.lock().await;
        let update = HeadUpdate {
            exchange: &mut self.exchange,
            request: self.request,
            fresh: self.client.transport.head(),
            at,
        };
        let written = update.write(&mut *store, id, self.buffer).await;
        drop(store);
        self.client.report("update a head", written) == Some(true)
    }

    /// Answers with an entry; `not_modified` is for callers that have it already. `None` when
    /// it is gone.
    pub(crate) async fn serve(&mut self, id: EntryId, not_modified: bool) -> Option<PlanOf<L>> {
        let serving = self.exchange.serving();
        let mut store = self.client.store.lock().await;
        let found = read_entry(&mut *store, id, self.buffer, serving.remove_after).await;
        drop(store);
        let (facts, length, body) = self.client.report("read an entry", found)??;
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
        let counters = &mut self.client.counters;
        match reason {
            Reason::Validated | Reason::UpdateForbids => add(&mut counters.validated),
            _ => add(&mut counters.hits),
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

/// The update of one entry.
struct HeadUpdate<'u, 'c, R: Headers + ?Sized> {
    exchange: &'u mut Exchange<'c>,
    request: &'u RequestHead<'u, Fields<'u>>,
    fresh: ResponseHead<'u, R>,
    at: Exchanged,
}

impl<R: Headers + ?Sized> HeadUpdate<'_, '_, R> {
    /// Writes it; the buffer has the old head in front and the new one behind it.
    async fn write<S: AsyncStore>(
        self,
        store: &mut S,
        id: EntryId,
        buffer: &mut [u8],
    ) -> Result<bool, S::Error> {
        let Some((facts, length)) = store.read_head(id, buffer).await? else {
            return Ok(false);
        };
        let (old, room) = buffer.split_at_mut_checked(length).unwrap_or_default();
        let Ok(entry) = Entry::parse(old) else {
            return Ok(false);
        };
        let stored = ResponseHead {
            status: entry.status(),
            headers: &entry,
        };
        let update = self
            .exchange
            .update(self.request, &facts, &stored, &self.fresh, self.at);
        let Ok(update) = update else { return Ok(false) };
        let mut sink = SliceSink::new(room);
        let packed = pack(&mut sink, self.request, entry.status(), &update.head);
        let (Ok(()), Ok(head)) = (packed, sink.finish()) else {
            return Ok(false);
        };
        let Some(mut token) = store.begin_head(id, &update.facts, self.at.request).await? else {
            return Ok(false);
        };
        store.append_head(&mut token, head).await?;
        store.commit(token).await?;
        Ok(true)
    }
}
