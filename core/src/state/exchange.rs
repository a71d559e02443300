//! The driver: one request from start to end, as a conversation about what to do next.

mod answer;
mod lookup;
mod outcome;

use super::action::{Action, HeadSource};
use super::context::{Confirmation, Context, UpdatePermit};
use crate::facts::{Config, Key, Override, RequestFacts, StoredFacts};
use crate::rules::freshness::Standing;
use crate::rules::reuse::{Admission, admit};
use crate::rules::validate::HeadValidators;
use crate::rules::{Candidate, ConditionalFields, HeadMismatch, Merged, Reason, TagList};
use crate::syntax::{Headers, RequestHead, ResponseHead, Target};

/// Where an exchange is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing started, or over.
    Idle,
    /// Stored heads come in.
    Lookup,
    /// The request is out.
    Forwarded,
    /// A 304 came: the heads of the key come in again, to be updated. The selected one, once
    /// it has come, is served for this reason.
    Selecting { served: Option<Reason> },
    /// A 304 came that does not name the nominated entry: another one is looked for.
    Reselecting { for_client: bool },
    /// The response to HEAD came: as after a 304; then it is stored or passed on.
    SelectingForHead { store: bool, reason: Reason },
    /// The same, once an outdated response to HEAD has been removed.
    SettlingForHead { store: bool, reason: Reason },
    /// Something is invalidated or removed; the response is passed on or stored after it.
    Settling { store: bool, reason: Reason },
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
    /// Whether entries that the response updates may stay.
    permit: UpdatePermit,
    standing: Standing,
    reason: Reason,
    phase: Phase,
    head: HeadSource,
    /// The client's own condition is false for the selected entry.
    client_current: bool,
    /// `best` is of a variant that the request does not select: it can only be validated.
    other: bool,
    /// More than one entry was asked about, or one that the request does not select.
    several: bool,
    /// The entry that is being updated is the selected one.
    updates_selected: bool,
    /// A 304 came that does not name `best`: it answers nothing any more, and a full response may show that
    /// it is out of date.
    foreign: bool,
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

impl<'a, S: Headers + ?Sized, N: Headers + ?Sized> Update<'a, S, N> {
    pub(super) fn new<Q: Headers + ?Sized>(
        context: &Context<'_>,
        update: &Confirmation<'_>,
        request: &RequestHead<'_, Q>,
        stored: &ResponseHead<'a, S>,
        fresh: &ResponseHead<'a, N>,
    ) -> Result<Self, HeadMismatch> {
        let old = (stored.status, &stored.headers as _);
        let (plan, facts) = context.update(update, &request.headers, old, &fresh.headers)?;
        let head = Merged::new(stored.headers, fresh.headers, plan);
        Ok(Self { head, facts })
    }
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
            permit: UpdatePermit::NONE,
            standing: Standing::UNKNOWN,
            reason: Reason::NothingStored,
            phase: Phase::Idle,
            head: HeadSource::Stored,
            client_current: false,
            other: false,
            several: false,
            updates_selected: false,
            foreign: false,
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
        self.begin(&request.target)
    }

    /// Starts the background validation that [`Serving::background_validation`](crate::Serving::background_validation) asks for: the
    /// stored response is validated whatever its age. `request` is the client's without the fields
    /// [`OF_THE_CLIENT`](crate::OF_THE_CLIENT): they are not read here, but must not go out,
    /// either. The actions that answer a client
    /// ([`Serve`](Action::Serve), [`PassThrough`](Action::PassThrough)) then mean the end.
    pub fn start_background<Q: Headers + ?Sized>(&mut self, request: &RequestHead<'_, Q>) -> Action {
        *self = Self::new(self.context.config, self.seed).with_override(self.context.over);
        self.context.request = RequestFacts::derive(request, self.context.config).for_background();
        self.begin(&request.target)
    }

    fn begin(&mut self, target: &Target<'_>) -> Action {
        match admit(&self.context.request) {
            Admission::Lookup => {
                let key = Key::new(target, self.seed);
                self.key = Some(key);
                self.phase = Phase::Lookup;
                Action::ReadHeads(key)
            }
            Admission::Bypass(reason) => self.end(reason, Action::PassThrough),
            Admission::Forward(reason) => self.forward(reason),
        }
    }

    /// The best of those that the request selects and that may still answer it.
    fn selected(&self) -> Option<Candidate> {
        self.best.filter(|_| !self.other && !self.foreign)
    }

    /// The best of those that the request selects, if a full response with this status shows that it is
    /// out of date.
    fn outdated(&self, status: u16) -> Option<Candidate> {
        let best = self.best.filter(|_| !self.other)?;
        self.context.outdates(&best.facts, status).then_some(best)
    }

    fn end(&mut self, reason: Reason, action: Action) -> Action {
        self.reason = reason;
        self.phase = Phase::Idle;
        action
    }

    fn forward(&mut self, reason: Reason) -> Action {
        if self.context.request.directives.only_if_cached {
            return self.end(Reason::OnlyIfCached, Action::GatewayTimeout); // req: 9111-5.2.1.7-01
        }
        self.reason = reason;
        self.phase = Phase::Forwarded;
        let best = self.best.filter(|best| best.facts.has_validator());
        Action::Forward {
            conditional_on: best.map(|best| best.id),
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
        self.conditional_among(request, stored, TagList::new(scratch))
    }

    /// [`conditional`](Self::conditional) with the tags of other entries as well, see
    /// [`also_nominate`](Self::also_nominate).
    pub fn conditional_among<'s, Q, S>(
        &self,
        request: &RequestHead<'_, Q>,
        stored: &'s S,
        tags: TagList<'s>,
    ) -> ConditionalFields<'s>
    where
        Q: Headers + ?Sized,
        S: Headers + ?Sized,
    {
        match &self.best {
            Some(best) => {
                let conditional = self.context.request.is_conditional();
                ConditionalFields::of(&request.headers, conditional, &best.facts, &stored, tags)
            }
            None => ConditionalFields::default(),
        }
    }

    /// The entry to validate, or to serve, has gone since it was offered: the request goes out
    /// as it is, unless it says only-if-cached.
    pub fn entry_gone(&mut self) -> Action {
        self.best = None;
        self.forward(Reason::UnusableEntry)
    }
}
