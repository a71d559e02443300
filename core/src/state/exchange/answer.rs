//! The origin's answer, or its failure.

use super::{Action, Exchange, Phase};
use crate::facts::{EntryId, Exchanged, Key, Now, ResponseFacts};
use crate::rules::freshness::{Standing, initial_age_ms};
use crate::rules::validate::{Answer, HeadValidators};
use crate::rules::{Candidate, Failure, Reason, invalidate, reuse};
use crate::state::context::unreplaced;
use crate::syntax::lines::Lines;
use crate::syntax::{Headers, RequestHead, ResponseHead, Target};

impl Exchange<'_> {
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
        let request = (&request.target, &request.headers as _);
        self.answered(request, &response.headers, &fresh, &at, scratch)
    }

    fn answered(
        &mut self,
        (target, request): (&Target<'_>, &dyn Lines<'_>),
        response: &dyn Lines<'_>,
        fresh: &ResponseFacts,
        at: &Exchanged,
        scratch: &mut [u8],
    ) -> Action {
        self.validators = HeadValidators::of(fresh);
        self.permit = self.context.update_permit(fresh);
        if let Some(action) = self.answer_to_validation(request, response, fresh, at) {
            return action;
        }
        let outdated = self.outdated(fresh.status);
        // There may be some to compare unless the lookup found none.
        let may_be_stored = self.best.is_some() || self.key.is_none();
        let head_update = may_be_stored && self.context.is_head_update(fresh.status);
        let request = (target, request);
        let (store, reason) = match self.context.storing(request, response, fresh, at, scratch) {
            Ok(stored) => {
                self.best = Some(Candidate {
                    id: EntryId(0), // of nothing yet
                    facts: *stored.facts(),
                });
                (true, stored.reason())
            }
            Err(passed_on) => (false, passed_on.reason()),
        };
        let new = self.best.as_ref().filter(|_| store);
        let outdated = unreplaced(outdated, new.map(|new| &new.facts));
        self.phase = Phase::Settling { store, reason };
        if head_update {
            self.key = self.key.or_else(|| Some(Key::new(target, self.seed)));
            self.phase = Phase::SettlingForHead { store, reason };
        }
        if invalidate::invalidates(&self.context.request, fresh.status) {
            let keys = invalidate::keys(target, response, self.seed, scratch, self.context.config);
            self.reason = Reason::UnsafeMethod;
            return Action::Invalidate(keys);
        }
        match outdated {
            Some(id) => {
                self.reason = Reason::Unsuitable;
                Action::Remove(id)
            }
            None => self.done(true),
        }
    }

    /// What the response means for the entry that was validated; `None` when it is to be
    /// treated like any response.
    fn answer_to_validation(
        &mut self,
        request: &dyn Lines<'_>,
        response: &dyn Lines<'_>,
        fresh: &ResponseFacts,
        at: &Exchanged,
    ) -> Option<Action> {
        let best = self.best.filter(|_| !self.foreign)?; // not twice (req: 9110-9.2.2-02)
        match self
            .context
            .answer(request, &best.facts, response, fresh, self.several)
        {
            Answer::Confirms => Some(self.not_modified(Phase::Selecting { served: None }, fresh, at)),
            answer @ (Answer::ForClient | Answer::Foreign) => {
                self.foreign = true;
                let for_client = answer == Answer::ForClient;
                Some(self.not_modified(Phase::Reselecting { for_client }, fresh, at))
            }
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

    /// The heads of the key are read again, to be updated or for another one to be found.
    fn not_modified(&mut self, phase: Phase, fresh: &ResponseFacts, at: &Exchanged) -> Action {
        self.standing = Standing {
            age_ms: Some(initial_age_ms(fresh, at, self.context.config)),
            lifetime_ms: 0,
        };
        self.reason = Reason::Freshened;
        self.phase = phase;
        match self.key {
            Some(key) => Action::ReadHeads(key),
            None => self.retry(), // there was no lookup, so nothing was nominated
        }
    }

    /// The entry that a full response with this status shows to be out of date, after
    /// [`Action::Forward`] and in the place of [`response`](Self::response): for a response of another
    /// URI, or one whose head is not at hand (RFC 9111 section 4.3.3).
    pub fn outdated_by(&self, status: u16) -> Option<EntryId> {
        self.outdated(status).map(|best| best.id)
    }

    /// The origin could not be asked.
    pub fn error(&mut self, failure: Failure, now: Now) -> Action {
        match self.fail(failure, now) {
            Some(action) => action,
            None => self.end(Reason::MayNotServeStale, Action::GatewayTimeout),
        }
    }

    fn fail(&mut self, failure: Failure, now: Now) -> Option<Action> {
        let best = self.selected()?;
        let standing = Standing::of(&best.facts, &now);
        let context = &self.context;
        let verdict = reuse::on_failure(
            &context.request,
            &best.facts,
            &standing,
            failure,
            &now,
            context.config,
        );
        let reason = verdict.ok()?;
        self.standing = standing;
        Some(self.serve(reason))
    }

    pub(super) fn retry(&mut self) -> Action {
        self.foreign = true;
        self.phase = Phase::Forwarded;
        self.reason = Reason::ForeignValidator;
        Action::Retry
    }
}
