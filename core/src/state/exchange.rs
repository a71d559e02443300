//! The driver: one request from start to end, as a conversation about what to do next.

use super::action::{Action, HeadSource, Serving};
use super::context::{Context, Lookup};
use super::need_to_be_updated::merged;
use crate::facts::{
    Config, EntryId, Exchanged, Key, MethodClass, Now, Override, RequestFacts, ResponseFacts, StoredFacts,
    stored_flag, whole_seconds,
};
use crate::rules::freshness::{Standing, initial_age_ms};
use crate::rules::reuse::{Admission, admit};
use crate::rules::validate::{self, Answer, HeadValidators};
use crate::rules::{
    Candidate, ConditionalFields, Failure, HeadMismatch, Merged, Reason, Storable, invalidate, reuse, select,
};
use crate::store::Entry;
use crate::syntax::{Headers, RequestHead, ResponseHead};

/// Where an exchange is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing started, or over.
    Idle,
    /// Stored heads come in.
    Lookup,
    /// The request is out.
    Forwarded,
    /// A 304 came: the heads of the key come in again, to be updated.
    Selecting,
    /// The response to HEAD came: likewise; then it is stored or passed on.
    SelectingForHead { store: bool },
    /// Something is invalidated or removed; the response is passed on or stored after it.
    Settling { store: bool },
}

/// One request from start to end. It says what to do next ([`Action`]) and is told what
/// happened; it does no I/O, so that blocking and async adapters are short loops over it. It
/// borrows nothing but the configuration, so it may live across an `.await` or in a `static`.
///
/// The crate's documentation has the loop.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'c> {
    context: Context<'c>,
    seed: u64,
    key: Option<Key>,
    /// The selected entry; after [`Action::Store`] the facts to store.
    best: Option<Candidate>,
    validators: HeadValidators,
    standing: Standing,
    reason: Reason,
    phase: Phase,
    head: HeadSource,
    /// The client's own condition is false for the selected entry.
    client_current: bool,
    /// The selected entry was offered again after its 304.
    found_again: bool,
    /// The entry that is being updated is the selected one.
    updates_selected: bool,
    retried: bool,
    remove_after: bool,
}

/// An entry and the response that updates it.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a, S: ?Sized, N: ?Sized> {
    /// The new head.
    pub head: Merged<'a, S, N>,
    /// The facts to store beside it.
    pub facts: StoredFacts,
}

impl<'c> Exchange<'c> {
    /// An exchange with a store of this seed.
    pub const fn new(config: &'c Config, seed: u64) -> Self {
        Self {
            context: Context {
                config,
                over: Override::NONE,
                request: RequestFacts::EMPTY,
            },
            seed,
            key: None,
            best: None,
            validators: HeadValidators::NONE,
            standing: Standing::UNKNOWN,
            reason: Reason::NothingStored,
            phase: Phase::Idle,
            head: HeadSource::Stored,
            client_current: false,
            found_again: false,
            updates_selected: false,
            retried: false,
            remove_after: false,
        }
    }

    /// Decides against the origin's word when storing, see [`Override`].
    #[must_use]
    pub const fn with_override(mut self, over: Override) -> Self {
        self.context.over = over;
        self
    }

    /// Why the last action is what it is.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The key of the target, once a lookup was asked for.
    pub const fn key(&self) -> Option<Key> {
        self.key
    }

    /// The facts of the request.
    pub const fn request(&self) -> &RequestFacts {
        &self.context.request
    }

    /// Starts with a request. The same request is given to every later call.
    pub fn start<Q: Headers + ?Sized>(&mut self, request: &RequestHead<'_, Q>) -> Action {
        *self = Self::new(self.context.config, self.seed).with_override(self.context.over);
        self.context.request = RequestFacts::derive(request, self.context.config);
        self.begin(request)
    }

    /// Starts the background validation that [`Serving::background_validation`] asks for: the
    /// stored response is validated whatever its age; the actions that answer a client
    /// ([`Serve`](Action::Serve), [`PassThrough`](Action::PassThrough)) then mean the end.
    pub fn start_background<Q: Headers + ?Sized>(&mut self, request: &RequestHead<'_, Q>) -> Action {
        *self = Self::new(self.context.config, self.seed).with_override(self.context.over);
        self.context.request = RequestFacts::derive(request, self.context.config).for_background();
        self.begin(request)
    }

    fn begin<Q: Headers + ?Sized>(&mut self, request: &RequestHead<'_, Q>) -> Action {
        match admit(&self.context.request) {
            Admission::Lookup => {
                let key = Key::new(&request.target, self.seed);
                self.key = Some(key);
                self.phase = Phase::Lookup;
                Action::ReadHeads(key)
            }
            Admission::Bypass(reason) => self.end(reason, Action::PassThrough),
            Admission::Forward(_) if self.context.request.directives.only_if_cached => {
                self.end(Reason::OnlyIfCached, Action::GatewayTimeout)
            }
            Admission::Forward(reason) => self.forward(reason),
        }
    }

    fn end(&mut self, reason: Reason, action: Action) -> Action {
        self.reason = reason;
        self.phase = Phase::Idle;
        action
    }

    fn forward(&mut self, reason: Reason) -> Action {
        self.reason = reason;
        self.phase = Phase::Forwarded;
        let best = self.best.filter(|best| best.facts.has_validator());
        Action::Forward {
            conditional_on: best.map(|best| best.id),
        }
    }

    /// Takes in one stored head. Entries that cannot be read are simply not offered.
    pub fn offer<Q: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, Q>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) -> Action {
        let matches = select::matches(request, facts, entry, self.context.config);
        match (self.phase, matches) {
            (Phase::Lookup, Ok(())) => self.consider(request, id, facts, entry),
            (Phase::Lookup, Err(Reason::NoVariant)) => self.reason = Reason::NoVariant,
            (Phase::Selecting, Ok(())) => return self.select(request, id, facts, entry),
            (Phase::SelectingForHead { .. }, Ok(())) => return self.compare(id, facts, entry),
            _ => {}
        }
        Action::NextHead
    }

    fn consider<Q: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, Q>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) {
        let facts = self.context.current_facts(facts, entry.status(), entry);
        let candidate = Candidate { id, facts };
        if self.best.is_some_and(|best| !candidate.is_better_than(&best)) {
            return;
        }
        self.client_current = self.context.request.is_conditional()
            && validate::client_is_current(request.headers, &self.context.request, entry, &candidate.facts);
        self.best = Some(candidate);
    }

    /// Which entries a 304 updates (RFC 9111 section 4.3.4): the nominated one, and those that
    /// share its strong validator.
    fn select<Q: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, Q>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) -> Action {
        let nominated = self.best.is_some_and(|best| best.id == id);
        if nominated {
            self.found_again = true;
            if self.context.request.is_conditional() {
                let current = self.context.current_facts(facts, entry.status(), entry);
                let current = current.with_last_modified(self.validators.last_modified);
                let own = &self.context.request;
                self.client_current = validate::client_is_current(request.headers, own, entry, &current);
            }
        }
        self.updates_selected = nominated;
        if nominated || self.validators.confirms_strongly(facts) {
            self.reason = Reason::Freshened;
            return Action::Update(id);
        }
        Action::NextHead
    }

    /// What the response to HEAD says of a stored GET response (RFC 9111 section 4.3.5).
    fn compare(&mut self, id: EntryId, facts: &StoredFacts, entry: &Entry<'_>) -> Action {
        if facts.is(stored_flag::HEAD) {
            return Action::NextHead;
        }
        if validate::head_matches(entry, facts, &self.validators) {
            self.reason = Reason::HeadFreshened;
            Action::Update(id)
        } else {
            self.reason = Reason::HeadDiffers;
            Action::Stale(id)
        }
    }

    /// All heads of the key have come in.
    pub fn heads_done(&mut self, now: Now) -> Action {
        match self.phase {
            Phase::Lookup => self.conclude(now),
            Phase::Selecting if self.found_again => self.serve(Reason::Validated),
            // The confirmed entry has gone in the meantime: a bare 304 answers nobody.
            Phase::Selecting => self.retry(),
            Phase::SelectingForHead { store: true } => self.end(Reason::Storable, Action::Store),
            Phase::SelectingForHead { store: false } => self.end(Reason::HeadNotStored, Action::PassThrough),
            _ => self.end(self.reason, Action::PassThrough),
        }
    }

    fn conclude(&mut self, now: Now) -> Action {
        let (verdict, standing) = self.context.conclude(self.best.as_ref(), self.reason, &now);
        if let Some(standing) = standing {
            self.standing = standing;
        }
        match verdict {
            Lookup::Serve(reason) => self.serve(reason),
            Lookup::Validate(reason) => self.forward(reason),
            Lookup::Miss(reason) => self.forward(reason),
            Lookup::Refused(reason) => self.end(reason, Action::GatewayTimeout),
        }
    }

    fn serve(&mut self, reason: Reason) -> Action {
        let Some(best) = self.best else {
            return self.end(Reason::UnusableEntry, Action::GatewayTimeout);
        };
        self.phase = Phase::Idle;
        self.reason = reason;
        if self.client_current {
            Action::NotModified(best.id)
        } else {
            Action::Serve(best.id)
        }
    }

    fn retry(&mut self) -> Action {
        if self.retried {
            // req: 9110-9.2.2-02
            return self.end(Reason::UpdatesNothing, Action::PassThrough);
        }
        self.retried = true;
        self.best = None;
        self.phase = Phase::Forwarded;
        self.reason = Reason::ForeignValidator;
        Action::Retry
    }

    /// What turns the request into a validation request, after [`Action::Forward`] with an
    /// entry; `stored` is its head. `scratch` holds the client's If-None-Match list and the
    /// stored tag; with less room the stored tag goes alone.
    pub fn conditional<'s, Q, S>(
        &self,
        request: &RequestHead<'_, Q>,
        stored: &'s S,
        scratch: &'s mut [u8],
    ) -> ConditionalFields<'s>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
    {
        match &self.best {
            Some(best) => {
                let conditional = self.context.request.is_conditional();
                ConditionalFields::of(request.headers, conditional, &best.facts, stored, scratch)
            }
            None => ConditionalFields::default(),
        }
    }

    /// The entry to validate has gone since it was offered: the request goes out as it is.
    pub fn entry_gone(&mut self) -> Action {
        self.best = None;
        self.forward(Reason::UnusableEntry)
    }

    /// Takes the head of the response. `scratch` holds one resolved Location at a time.
    pub fn response<Q, R>(
        &mut self,
        request: &RequestHead<'_, Q>,
        response: &ResponseHead<'_, R>,
        at: Exchanged,
        scratch: &mut [u8],
    ) -> Action
    where
        Q: Headers + ?Sized,
        R: Headers + ?Sized,
    {
        let fresh = ResponseFacts::derive(response, self.context.config, at.response);
        if let Some(action) = self.answer_to_validation(&fresh, &at) {
            return action;
        }
        let outdated = self.outdated_by(response.status);
        let head_update = self.is_head_update(response.status);
        let stores = match self.context.storing(request, response, &fresh, &at, scratch) {
            Ok((facts, reason)) => {
                self.reason = reason;
                let id = EntryId(0); // of nothing yet
                self.best = Some(Candidate { id, facts });
                true
            }
            Err(reason) => {
                self.reason = reason;
                false
            }
        };
        if let (true, Some(key)) = (head_update, self.key) {
            self.phase = Phase::SelectingForHead { store: stores };
            return Action::ReadHeads(key);
        }
        self.phase = Phase::Settling { store: stores };
        if invalidate::invalidates(&self.context.request, response.status) {
            let (target, config) = (&request.target, self.context.config);
            let keys = invalidate::keys(target, response, self.seed, scratch, config);
            return Action::Invalidate(keys);
        }
        match outdated {
            Some(id) if !stores => Action::Remove(id),
            _ => self.done(true),
        }
    }

    /// What the response means for the entry that was validated; `None` when it is to be
    /// treated like any response.
    fn answer_to_validation(&mut self, fresh: &ResponseFacts, at: &Exchanged) -> Option<Action> {
        let best = self.best?;
        let context = &self.context;
        let strict = context.config.strict_304();
        let answer = validate::answer(&context.request, &best.facts, fresh, strict);
        self.validators = HeadValidators::of(fresh);
        match answer {
            Answer::Confirms => Some(self.confirmed(&best, fresh, at)),
            Answer::ForClient => Some(self.end(validate::passed_on(answer), Action::PassThrough)),
            Answer::Foreign => Some(self.retry()),
            Answer::Failure => {
                let served = self.fail(Failure::Status(fresh.status()), at.response);
                if served.is_none() {
                    self.best = None; // passed on; the entry stays
                }
                served
            }
            Answer::Full => None,
        }
    }

    fn confirmed(&mut self, best: &Candidate, fresh: &ResponseFacts, at: &Exchanged) -> Action {
        self.standing = Standing {
            age_ms: Some(initial_age_ms(fresh, at, self.context.config)),
            lifetime_ms: 0,
        };
        match self.key {
            Some(key) if self.context.update_keeps(&best.facts, fresh) => {
                self.reason = Reason::Freshened;
                self.phase = Phase::Selecting;
                Action::ReadHeads(key)
            }
            _ => {
                self.head = HeadSource::Merged;
                self.remove_after = true;
                self.updates_selected = true;
                self.client_current = false;
                self.best = Some(*best);
                self.serve(Reason::UpdateForbids)
            }
        }
    }

    /// Whether the response to HEAD freshens or marks stored GET responses: there was one to
    /// validate, so there may be more.
    fn is_head_update(&self, status: u16) -> bool {
        let head = self.context.request.method == MethodClass::Head;
        head && status == 200 && self.context.config.head_update() && self.best.is_some()
    }

    /// The entry, if a full response with this status shows that it is out of date: server
    /// errors say nothing about it.
    fn outdated_by(&self, status: u16) -> Option<EntryId> {
        let get = self.context.request.method == MethodClass::Get;
        let best = self.best.filter(|_| get && status < 500)?;
        Some(best.id)
    }

    /// The origin could not be asked.
    pub fn error(&mut self, failure: Failure, now: Now) -> Action {
        match self.fail(failure, now) {
            Some(action) => action,
            None => self.end(Reason::MayNotServeStale, Action::GatewayTimeout),
        }
    }

    fn fail(&mut self, failure: Failure, now: Now) -> Option<Action> {
        let best = self.best?;
        let standing = Standing::of(&best.facts, &now);
        let context = &self.context;
        let verdict = reuse::on_failure(&context.request, &best.facts, &standing, failure, context.config);
        let reason = verdict.ok()?;
        self.standing = standing;
        Some(self.serve(reason))
    }

    /// The update of an entry, after [`Action::Update`] or when serving with
    /// [`HeadSource::Merged`]: `facts` and `stored` are the entry's, `fresh` is the response.
    ///
    /// # Errors
    /// [`HeadMismatch`]: `stored` is not the head that the facts describe.
    pub fn update<'a, Q, S, N>(
        &mut self,
        request: &RequestHead<'_, Q>,
        facts: &StoredFacts,
        stored: &ResponseHead<'a, S>,
        fresh: &ResponseHead<'a, N>,
        at: Exchanged,
    ) -> Result<Update<'a, S, N>, HeadMismatch>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
        N: Headers + ?Sized,
    {
        let context = &self.context;
        let scanned = ResponseFacts::derive(fresh, context.config, at.response);
        let head = merged(context, facts, stored.headers, fresh.headers, &scanned, &at)?;
        let updated = context.updated(request, facts, stored, &scanned, &head, &at);
        if self.updates_selected {
            self.standing = Standing::of(&updated, &at.response);
        }
        Ok(Update { head, facts: updated })
    }

    /// What the last action asked for has been done, or has failed. A failed update makes the
    /// entry serve with its merged head and go afterwards.
    pub fn done(&mut self, succeeded: bool) -> Action {
        match self.phase {
            Phase::Selecting | Phase::SelectingForHead { .. } => {
                if !succeeded && self.updates_selected {
                    self.head = HeadSource::Merged;
                    self.remove_after = true;
                }
                Action::NextHead
            }
            Phase::Settling { store: true } => self.end(self.reason, Action::Store),
            _ => self.end(self.reason, Action::PassThrough),
        }
    }

    /// How to answer, after [`Action::Serve`] or [`Action::NotModified`].
    pub fn serving(&self) -> Serving {
        Serving {
            age: self.standing.age_ms.map(whole_seconds),
            remaining: whole_seconds(self.standing.remaining_ms()),
            head: self.head,
            remove_after: self.remove_after,
            background_validation: self.reason == Reason::StaleWhileRevalidate,
        }
    }

    /// The facts to store, after [`Action::Store`].
    pub fn stored_facts(&self) -> Option<&StoredFacts> {
        self.best.as_ref().map(|best| &best.facts)
    }

    /// The fields to store, after [`Action::Store`]; `None` at any other time.
    pub fn storable<'a, R: Headers + ?Sized>(&self, response: &'a R) -> Option<Storable<'a, R>> {
        let facts = self.stored_facts()?;
        Some(Storable::new(response, facts, self.context.config))
    }
}
