//! One stored response and what later requests make of it, by the states. Every decision is
//! made by the states and by `Exchange`, and both have to agree.

use super::{Ask, Fields, Lines, Reply, at, copied, get, reply, values};
use larder::store::{Entry, SliceSink, pack};
use larder::{
    Action, CacheMissNext, Config, EntryId, Exchange, Exchanged, FromCache, Headers, IdleClient,
    IdleClientNext, InvalidateEntriesNext, NeedRevalidation, NeedRevalidationNext, NeedToBeUpdated, Now,
    Outcome, Override, Reason, ResponseHead, StoredFacts,
};

const ID: EntryId = EntryId(1);
const SEED: u64 = 7;

/// What a request comes to, given what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Served; the Age that is sent.
    Hit(Reason, Option<u64>),
    Validate(Reason),
    Miss(Reason),
    Refused(Reason),
    Bypass(Reason),
}

pub fn fresh(age: u64) -> Verdict {
    Verdict::Hit(Reason::Fresh, Some(age))
}

pub fn validate(reason: Reason) -> Verdict {
    Verdict::Validate(reason)
}

pub fn miss(reason: Reason) -> Verdict {
    Verdict::Miss(reason)
}

pub fn refused(reason: Reason) -> Verdict {
    Verdict::Refused(reason)
}

impl Verdict {
    pub fn is_hit(self) -> bool {
        matches!(self, Self::Hit(..))
    }
}

/// A first exchange: who caches, what was asked, and when. GET https://e.com/a at moment 0
/// unless told otherwise.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub config: Config,
    pub over: Override,
    pub ask: Ask,
    pub when: Exchanged,
}

impl Scenario {
    pub fn of(config: Config) -> Self {
        let when = Exchanged::new(at(0), at(0));
        Self {
            config,
            over: Override::NONE,
            ask: get("/a"),
            when,
        }
    }

    pub fn private() -> Self {
        Self::of(Config::private())
    }

    pub fn shared() -> Self {
        Self::of(Config::shared())
    }

    pub fn both() -> [Self; 2] {
        [Self::private(), Self::shared()]
    }

    pub fn ask(mut self, ask: Ask) -> Self {
        self.ask = ask;
        self
    }

    pub fn when(mut self, sent: Now, received: Now) -> Self {
        self.when = Exchanged::new(sent, received);
        self
    }

    pub fn over(mut self, over: Override) -> Self {
        self.over = over;
        self
    }

    /// What becomes of the response.
    pub fn outcome(&self, reply: &Reply) -> Result<Stored, Reason> {
        let (request, response) = (self.ask.head(), reply.head());
        let idle = IdleClient::new(&self.config, &request, self.when.request).with_override(self.over);
        let IdleClientNext::CacheMiss(miss) = idle.next() else {
            panic!("nothing is stored yet")
        };
        let store = match miss.next(&request, &response, self.when, &mut [0; 256]) {
            CacheMissNext::StoreAndUse(store) => Ok(store),
            CacheMissNext::CouldNotBeStored(end) => Err(end.reason()),
            CacheMissNext::InvalidateEntries(first) => match first.next() {
                InvalidateEntriesNext::StoreAndUse(store) => Ok(store),
                InvalidateEntriesNext::CouldNotBeStored(end) => Err(end.reason()),
                _ => panic!("a variant this test does not know"),
            },
            _ => panic!("a variant this test does not know"),
        };
        let facts = store
            .as_ref()
            .map(|store| *store.facts())
            .map_err(|reason| *reason);
        assert_eq!(
            facts,
            self.outcome_by_exchange(reply),
            "states and exchange: {reply:?}"
        );
        let store = store?;
        let head = store.head(response.headers);
        Ok(Stored::new(self, &self.ask, reply.status, *store.facts(), &head))
    }

    fn outcome_by_exchange(&self, reply: &Reply) -> Result<StoredFacts, Reason> {
        let (request, response) = (self.ask.head(), reply.head());
        let mut exchange = Exchange::new(&self.config, SEED).with_override(self.over);
        let mut action = exchange.start(&request);
        loop {
            action = match action {
                Action::ReadHeads(_) => exchange.heads_done(self.when.request),
                Action::Forward { conditional_on: None } => {
                    exchange.response(&request, &response, self.when, &mut [0; 256])
                }
                Action::Invalidate(_) => exchange.done(true),
                Action::Store => return Ok(*exchange.stored_facts().unwrap()),
                Action::PassThrough if exchange.reason() == Reason::Tunnel => {
                    return Err(Reason::MethodNotStored);
                }
                Action::PassThrough => return Err(exchange.reason()),
                other => panic!("nothing is stored yet, and still {other:?}"),
            }
        }
    }

    /// The stored response.
    pub fn stored<T: AsRef<str>>(&self, status: u16, texts: &[T]) -> Stored {
        let reply = reply(status, texts);
        self.outcome(&reply)
            .unwrap_or_else(|reason| panic!("not stored: {reason}: {reply:?}"))
    }

    /// Why the response is not stored.
    pub fn refusal<T: AsRef<str>>(&self, status: u16, texts: &[T]) -> Reason {
        let reply = reply(status, texts);
        self.outcome(&reply)
            .err()
            .unwrap_or_else(|| panic!("stored: {reply:?}"))
    }

    pub fn stores<T: AsRef<str>>(&self, status: u16, texts: &[T]) -> bool {
        self.outcome(&reply(status, texts)).is_ok()
    }
}

/// A stored response as a store keeps it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub config: Config,
    pub over: Override,
    /// The request that it answered.
    pub ask: Ask,
    pub facts: StoredFacts,
    pub bytes: Vec<u8>,
}

/// How the answer to a validation ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct End {
    /// Why the entry was written anew.
    written: Option<Reason>,
    /// The entry is marked or removed, and why.
    gone: Option<(EntryId, Reason)>,
    /// The entry answers.
    served: Option<Reason>,
    retried: bool,
    /// The response is passed on: the facts it is stored with, or why it is not.
    passed: Option<Result<StoredFacts, Reason>>,
}

fn end_by_states(next: NeedRevalidationNext<'_>, ask: &Ask, reply: &Reply, when: Exchanged) -> End {
    let mut end = End::default();
    let mut invalidated = None;
    let after = match next {
        NeedRevalidationNext::NeedToBeUpdated(state) => {
            end.written = state.may_be_written().then_some(state.reason());
            end.gone = (!state.may_stay()).then_some((state.id(), Reason::UpdateForbids));
            end.served = Some(Reason::Validated);
            return end;
        }
        NeedRevalidationNext::FromCache(state) => {
            end.served = Some(state.reason());
            return end;
        }
        NeedRevalidationNext::Retry(_) => return End { retried: true, ..end },
        NeedRevalidationNext::CouldNotBeStored(state) => Err(state.reason()),
        NeedRevalidationNext::InvalidateEntries(state) => {
            invalidated = Some(state);
            Ok(None)
        }
        NeedRevalidationNext::CacheMiss(state) => {
            match state.next(&ask.head(), &reply.head(), when, &mut [0; 256]) {
                CacheMissNext::StoreAndUse(state) => Ok(Some(*state.facts())),
                CacheMissNext::CouldNotBeStored(state) => Err(state.reason()),
                CacheMissNext::InvalidateEntries(state) => {
                    invalidated = Some(state);
                    Ok(None)
                }
                _ => panic!("a variant this test does not know"),
            }
        }
        _ => panic!("a variant this test does not know"),
    };
    let Some(state) = invalidated else {
        end.passed = Some(after.map(|facts| facts.unwrap()));
        return end;
    };
    end.gone = state.entry().map(|id| (id, state.reason()));
    end.passed = Some(match state.next() {
        InvalidateEntriesNext::StoreAndUse(state) => Ok(*state.facts()),
        InvalidateEntriesNext::CouldNotBeStored(state) => Err(state.reason()),
        _ => panic!("a variant this test does not know"),
    });
    end
}

impl Stored {
    fn new<H: Headers + ?Sized>(
        scenario: &Scenario,
        ask: &Ask,
        status: u16,
        facts: StoredFacts,
        head: &H,
    ) -> Self {
        let mut room = vec![0; 1 << 17];
        let mut sink = SliceSink::new(&mut room);
        pack(&mut sink, &ask.head(), status, head).expect("it fits the format");
        let bytes = sink.finish().expect("it fits the buffer").to_vec();
        let (config, over) = (scenario.config, scenario.over);
        Self {
            config,
            over,
            ask: ask.clone(),
            facts,
            bytes,
        }
    }

    pub fn entry(&self) -> Entry<'_> {
        Entry::parse(&self.bytes).expect("an intact entry")
    }

    /// The values of a stored field.
    pub fn values(&self, name: &str) -> Vec<String> {
        values(&self.entry(), name)
    }

    pub fn lifetime(&self) -> u32 {
        self.facts.lifetime()
    }

    /// The state after the lookup of a request.
    pub fn next(&self, now: Now, ask: &Ask) -> IdleClientNext<'_> {
        let request = ask.head();
        let mut idle = IdleClient::new(&self.config, &request, now).with_override(self.over);
        idle.consider(&request, ID, &self.facts, &self.entry());
        idle.next()
    }

    /// What a request comes to.
    pub fn verdict(&self, now: Now, ask: &Ask) -> Verdict {
        let by_states = match self.next(now, ask) {
            IdleClientNext::FromCache(state) => Verdict::Hit(state.reason(), state.age()),
            IdleClientNext::NeedRevalidation(state) => Verdict::Validate(state.reason()),
            IdleClientNext::GatewayTimeout(state) => Verdict::Refused(state.reason()),
            IdleClientNext::CacheMiss(state) => match state.reason() {
                Reason::Tunnel => Verdict::Bypass(state.reason()),
                reason => Verdict::Miss(reason),
            },
            _ => panic!("a variant this test does not know"),
        };
        assert_eq!(
            by_states,
            self.verdict_by_exchange(now, ask),
            "states and exchange: {ask:?}"
        );
        by_states
    }

    fn verdict_by_exchange(&self, now: Now, ask: &Ask) -> Verdict {
        let request = ask.head();
        let mut exchange = Exchange::new(&self.config, SEED).with_override(self.over);
        let mut action = exchange.start(&request);
        if let Action::ReadHeads(_) = action {
            let next = exchange.offer(&request, ID, &self.facts, &self.entry());
            assert_eq!(next, Action::NextHead);
            action = exchange.heads_done(now);
        }
        let reason = exchange.reason();
        match action {
            Action::Serve(_) | Action::NotModified(_) => Verdict::Hit(reason, exchange.serving().age),
            Action::GatewayTimeout => Verdict::Refused(reason),
            Action::PassThrough => Verdict::Bypass(reason),
            Action::Forward { .. } if reason.outcome() == Outcome::Validate => Verdict::Validate(reason),
            Action::Forward { conditional_on: None } => Verdict::Miss(reason),
            other => panic!("no end of a lookup: {other:?}"),
        }
    }

    /// What the same request comes to, so many seconds after moment 0.
    pub fn later(&self, seconds: u64) -> Verdict {
        self.verdict(at(seconds), &self.ask)
    }

    /// What the same request with more fields comes to.
    pub fn asked<T: AsRef<str>>(&self, seconds: u64, texts: &[T]) -> Verdict {
        self.verdict(at(seconds), &self.ask.clone().with_all(texts))
    }

    /// The hit that a request is.
    pub fn hit(&self, now: Now, ask: &Ask) -> FromCache<'_> {
        match self.next(now, ask) {
            IdleClientNext::FromCache(state) => state,
            other => panic!("no hit: {other:?}"),
        }
    }

    /// The validation that a request needs.
    pub fn stale(&self, now: Now, ask: &Ask) -> NeedRevalidation<'_> {
        match self.next(now, ask) {
            IdleClientNext::NeedRevalidation(state) => state,
            other => panic!("no validation: {other:?}"),
        }
    }

    /// The fields of the validation request that a request turns into.
    pub fn conditional(&self, now: Now, ask: &Ask) -> Lines {
        let mut scratch = [0; 256];
        let (request, entry) = (ask.head(), self.entry());
        let fields = self.stale(now, ask).conditional(&request, &entry, &mut scratch);
        copied(&fields.apply::<Fields>(&ask.lines))
    }

    /// What an answer to the validation comes to.
    pub fn answered(&self, seconds: u64, ask: &Ask, reply: &Reply) -> NeedRevalidationNext<'_> {
        let when = Exchanged::new(at(seconds), at(seconds));
        let state = self.stale(at(seconds), ask);
        let next = state.next(&ask.head(), &self.entry(), &reply.head(), when);
        assert_eq!(
            end_by_states(next, ask, reply, when),
            self.end_by_exchange(ask, reply, when),
            "states and exchange: {ask:?} {reply:?}"
        );
        next
    }

    fn end_by_exchange(&self, ask: &Ask, reply: &Reply, when: Exchanged) -> End {
        let (request, entry) = (ask.head(), self.entry());
        let mut exchange = Exchange::new(&self.config, SEED).with_override(self.over);
        let mut action = exchange.start(&request);
        let (mut unread, mut answered, mut end) = (true, false, End::default());
        loop {
            action = match action {
                Action::ReadHeads(_) | Action::NextHead => {
                    unread |= matches!(action, Action::ReadHeads(_));
                    match std::mem::take(&mut unread) && end.gone.is_none() {
                        true => exchange.offer(&request, ID, &self.facts, &entry),
                        false => exchange.heads_done(when.response),
                    }
                }
                Action::Forward { .. } => {
                    answered = true;
                    exchange.response(&request, &reply.head(), when, &mut [0; 256])
                }
                Action::Update(_) => {
                    end.written = Some(exchange.reason());
                    exchange.done(true)
                }
                Action::Stale(id) | Action::Remove(id) => {
                    end.gone = Some((id, exchange.reason()));
                    exchange.done(true)
                }
                Action::Serve(id) | Action::NotModified(id) => {
                    assert!(answered, "it was to be validated");
                    let serving = exchange.serving();
                    if serving.remove_after {
                        end.gone = Some((id, Reason::UpdateForbids));
                    }
                    let validated = [Reason::Validated, Reason::UpdateForbids].contains(&exchange.reason());
                    end.served = Some(if validated {
                        Reason::Validated
                    } else {
                        exchange.reason()
                    });
                    return end;
                }
                Action::Retry => return End { retried: true, ..end },
                Action::Store => {
                    let facts = *exchange.stored_facts().unwrap();
                    return End {
                        passed: Some(Ok(facts)),
                        ..end
                    };
                }
                // By the states, what a HEAD freshens answers it.
                Action::PassThrough
                    if end.written == Some(Reason::HeadFreshened)
                        || end.gone == Some((ID, Reason::UpdateForbids)) =>
                {
                    end.served = Some(Reason::Validated);
                    return end;
                }
                Action::PassThrough => {
                    return End {
                        passed: Some(Err(exchange.reason())),
                        ..end
                    };
                }
                other => panic!("no answer: {other:?}"),
            }
        }
    }

    /// The update that an answer to the validation is.
    pub fn update(&self, seconds: u64, ask: &Ask, reply: &Reply) -> NeedToBeUpdated<'_> {
        match self.answered(seconds, ask, reply) {
            NeedRevalidationNext::NeedToBeUpdated(state) => state,
            other => panic!("no update: {other:?}"),
        }
    }

    /// The stored response after a validation by the same request.
    pub fn updated(&self, seconds: u64, reply: &Reply) -> Stored {
        self.updated_by(seconds, &self.ask, reply)
    }

    /// The stored response after a validation.
    pub fn updated_by(&self, seconds: u64, ask: &Ask, reply: &Reply) -> Stored {
        let state = self.update(seconds, ask, reply);
        let entry = self.entry();
        let old = ResponseHead {
            status: entry.status(),
            headers: &entry,
        };
        let new = state
            .update(&ask.head(), &old, &reply.head())
            .expect("the same head");
        let scenario = Scenario {
            over: self.over,
            ..Scenario::of(self.config)
        };
        Stored::new(&scenario, ask, entry.status(), new.facts, &new.head)
    }
}
