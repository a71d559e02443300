//! The loop over core's driver: it says what to do next, here it is done.

use larder::store::{AsyncStore, Entry, EntryError};
use larder::{
    Action, ConditionalFields, Config, EntryId, Exchange, Exchanged, Failure, Key, MethodClass, Reason,
    RequestHead,
};

use crate::client::{Client, add};
use crate::outgoing::Outgoing;
use crate::{Clock, Error, StoreLock, Transport};

/// Field lines of a request.
pub(crate) type Fields<'a> = [(&'a str, &'a str)];

/// How a request is answered. Plain data, so that nothing is borrowed while it is found out.
pub(crate) struct Plan<K> {
    pub(crate) reason: Reason,
    pub(crate) wants_validation: bool,
    pub(crate) source: Source<K>,
}

/// The plan of a client with this lock.
pub(crate) type PlanOf<L> = Plan<<<L as StoreLock>::Store as AsyncStore>::Token>;

/// Where an answer comes from.
pub(crate) enum Source<K> {
    Stored(Stored),
    /// The response at hand, stored as it is read where there is a token.
    Network {
        token: Option<K>,
        /// Once it is stored.
        entry: Option<EntryId>,
        /// Under which something is out of date unless it is stored.
        outdates: Option<Key>,
    },
}

/// An answer from the store.
pub(crate) struct Stored {
    pub(crate) id: EntryId,
    /// Where its packed head is in the caller's buffer.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) age: Option<u64>,
    pub(crate) not_modified: bool,
    /// Bytes of body to give.
    pub(crate) length: u64,
    pub(crate) remove_after: bool,
}

impl<K> Plan<K> {
    pub(crate) const fn passed_on(reason: Reason) -> Self {
        Self {
            reason,
            wants_validation: false,
            source: Source::Network {
                token: None,
                entry: None,
                outdates: None,
            },
        }
    }
}

/// One request on its way.
pub(crate) struct Run<'r, L, T: Transport, C> {
    pub(crate) client: &'r mut Client<L, T, C>,
    pub(crate) exchange: Exchange<'r>,
    pub(crate) request: &'r RequestHead<'r, Fields<'r>>,
    content: &'r [u8],
    /// Heads from the store, and scratch.
    pub(crate) buffer: &'r mut [u8],
    seed: u64,
    background: bool,
    /// The entry whose head was read last.
    place: Option<EntryId>,
    /// The response at hand.
    pub(crate) at: Option<Exchanged>,
    /// What was selected is out of date even if that is not stored.
    pub(crate) outdates: bool,
    /// The store has failed to show what there is.
    unread: bool,
    /// What kept the origin from answering.
    error: Option<T::Error>,
    restarts: u8,
}

impl<'r, L: StoreLock, T: Transport, C: Clock> Run<'r, L, T, C> {
    pub(crate) fn new(
        client: &'r mut Client<L, T, C>,
        config: &'r Config,
        seed: u64,
        request: &'r RequestHead<'r, Fields<'r>>,
        content: &'r [u8],
        buffer: &'r mut [u8],
        background: bool,
    ) -> Self {
        Self {
            client,
            exchange: Exchange::new(config, seed),
            request,
            content,
            buffer,
            seed,
            background,
            place: None,
            at: None,
            outdates: false,
            unread: false,
            error: None,
            restarts: 0,
        }
    }

    pub(crate) async fn complete(&mut self) -> Result<PlanOf<L>, Error<T::Error>> {
        let mut action = self.start();
        loop {
            action = match action {
                Action::ReadHeads(_) => {
                    self.place = None;
                    self.next_head().await
                }
                Action::NextHead => self.next_head().await,
                Action::Forward { conditional_on } => match self.conditions(conditional_on).await {
                    Ok(stored) => self.ask(stored).await,
                    Err(action) => action,
                },
                Action::Retry => self.ask(None).await,
                Action::Update(id) => {
                    let updated = self.update(id).await;
                    self.exchange.done(updated)
                }
                Action::Stale(id) => {
                    let marked = self.client.store.lock().await.mark_invalid(id).await;
                    let marked = self.client.report("mark an entry", marked).is_some();
                    self.gone_or_outdated(marked).await
                }
                Action::Remove(id) => {
                    let removed = self.remove(id).await;
                    self.gone_or_outdated(removed).await
                }
                Action::Invalidate(_) => {
                    let settled = self.client.settle().await;
                    self.exchange.done(settled)
                }
                Action::Serve(id) => match self.serve(id, false).await {
                    Some(plan) => return Ok(plan),
                    None => self.gone(),
                },
                Action::NotModified(id) => match self.serve(id, true).await {
                    Some(plan) => return Ok(plan),
                    None => self.gone(),
                },
                Action::Store => {
                    if self.request.method == "HEAD" {
                        self.outdate_unread().await;
                    }
                    add(&mut self.client.counters.misses);
                    let source = self.keep().await;
                    return Ok(self.network(source));
                }
                Action::GatewayTimeout => {
                    return Err(match self.error.take() {
                        Some(error) => Error::Transport(error),
                        None => Error::GatewayTimeout(self.exchange.reason()),
                    });
                }
                // Pass through.
                _ => {
                    if self.at.is_none() {
                        if self.client.offline {
                            return Err(Error::GatewayTimeout(self.exchange.reason()));
                        }
                        self.transmit(None).await.map_err(Error::Transport)?;
                    }
                    self.outdate_unread().await;
                    add(&mut self.client.counters.misses);
                    return Ok(Plan::passed_on(self.exchange.reason()));
                }
            };
        }
    }

    fn network(&self, source: Source<<L::Store as AsyncStore>::Token>) -> PlanOf<L> {
        Plan {
            reason: self.exchange.reason(),
            wants_validation: false,
            source,
        }
    }

    fn start(&mut self) -> Action {
        match self.background {
            true => self.exchange.start_background(self.request),
            false => self.exchange.start(self.request),
        }
    }

    /// What was to be served has gone in the meantime, or fits no buffer: looks again, and in the end
    /// asks. What the origin has confirmed is not asked about again: it would end in the same way.
    fn gone(&mut self) -> Action {
        self.restarts = self.restarts.saturating_add(1);
        let asked = self.at.take().is_some();
        match self.restarts {
            0..3 if !asked => self.start(),
            _ => self.exchange.entry_gone(),
        }
    }

    async fn next_head(&mut self) -> Action {
        if let Some(key) = self.exchange.key() {
            loop {
                let next = self
                    .client
                    .store
                    .lock()
                    .await
                    .next_head(key, self.place, self.buffer)
                    .await;
                let next = self.client.report("read a head", next);
                self.unread |= next.is_none();
                let Some(Some((id, facts, length))) = next else {
                    break;
                };
                self.place = Some(id);
                match Entry::parse(self.buffer.get(..length).unwrap_or_default()) {
                    Ok(entry) => {
                        // The store could not be told.
                        let facts = match self.client.pending.concerns(key) {
                            true => facts.invalidated(),
                            false => facts,
                        };
                        return self.exchange.offer(self.request, id, &facts, &entry);
                    }
                    Err(EntryError::UnknownVersion(_)) => {} // of use to another image, perhaps
                    Err(EntryError::Damaged) => {
                        self.remove(id).await;
                    }
                }
            }
        }
        self.exchange.heads_done(self.client.now())
    }

    /// What cannot be removed or marked one by one is not used as it is, either.
    async fn gone_or_outdated(&mut self, done: bool) -> Action {
        if !done {
            self.client.outdate(self.exchange.key()).await;
        }
        self.exchange.done(done)
    }

    /// Whether the response at hand may outdate what the store failed to show.
    pub(crate) fn outdates_unread(&self) -> bool {
        self.unread && self.client.transport.head().status < 500
    }

    async fn outdate_unread(&mut self) {
        if self.outdates_unread() {
            self.client.outdate(self.exchange.key()).await;
        }
    }

    async fn remove(&mut self, id: EntryId) -> bool {
        let removed = self.client.store.lock().await.remove(id).await;
        self.client.report("remove an entry", removed).is_some()
    }

    /// Reads the head that the request is conditional on to the buffer; its length. Not part of
    /// [`ask`](Self::ask), whose future is the largest.
    async fn conditions(&mut self, conditional_on: Option<EntryId>) -> Result<Option<usize>, Action> {
        debug!("asks the origin: {}", self.exchange.reason());
        if self.client.offline {
            return Err(self.exchange.error(Failure::Disconnected, self.client.now()));
        }
        let Some(id) = conditional_on else {
            return Ok(None);
        };
        let head = self.client.store.lock().await.read_head(id, self.buffer).await;
        let head = self.client.report("read a head", head);
        self.unread |= head.is_none();
        match head {
            Some(Some((_, length))) => Ok(Some(length)),
            _ => Err(self.exchange.entry_gone()),
        }
    }

    /// Sends the request, with the conditions of the head in the buffer, and takes in what
    /// comes back.
    async fn ask(&mut self, stored: Option<usize>) -> Action {
        match self.transmit(stored).await {
            Ok(at) => {
                let response = self.client.transport.head();
                let old = self.exchange.stored_facts().copied();
                let action = self.exchange.response(self.request, &response, at, self.buffer);
                let new = self.exchange.stored_facts();
                self.outdates = old.zip(new).is_some_and(|(old, new)| new.outdates(&old));
                if MethodClass::of(self.request.method).invalidates() {
                    let keys = match action {
                        Action::Invalidate(keys) => Some((keys, at.response)),
                        _ => None,
                    };
                    self.client.pending = self.client.pending.answered(keys);
                }
                action
            }
            Err(error) => {
                self.error = Some(error);
                self.exchange.error(Failure::Transport, self.client.now())
            }
        }
    }

    async fn transmit(&mut self, stored: Option<usize>) -> Result<Exchanged, T::Error> {
        if MethodClass::of(self.request.method).invalidates() {
            let key = Key::new(&self.request.target, self.seed);
            self.client.pending = self.client.pending.and(key);
        }
        self.at = None;
        let sent = self.client.now();
        let (head, scratch) = self
            .buffer
            .split_at_mut_checked(stored.unwrap_or(0))
            .unwrap_or_default();
        let entry = stored.and_then(|_| Entry::parse(head).ok());
        let conditions = match &entry {
            Some(entry) => self.exchange.conditional(self.request, entry, scratch),
            None => ConditionalFields::default(),
        };
        let outgoing = Outgoing {
            fields: self.request.headers,
            background: self.background,
        };
        let request = RequestHead {
            method: self.request.method,
            target: self.request.target,
            partition: self.request.partition,
            headers: &conditions.apply(&outgoing),
        };
        self.client.transport.send(&request, self.content).await?;
        let at = Exchanged::new(sent, self.client.arrived());
        self.at = Some(at);
        Ok(at)
    }
}
