//! The origin's answer, or its failure.

use super::{Action, Exchange, Phase};
use crate::facts::{EntryId, Exchanged, Key, MethodClass, Now, ResponseFacts, stored_flag};
use crate::rules::freshness::{Standing, initial_age_ms};
use crate::rules::validate::{Answer, HeadValidators};
use crate::rules::{Candidate, Failure, Reason, invalidate, reuse, validate};
use crate::syntax::{Headers, RequestHead, ResponseHead};

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
        self.validators = HeadValidators::of(&fresh);
        self.permit = self.context.update_permit(&fresh);
        if let Some(action) = self.answer_to_validation(request, response, &fresh, &at) {
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
        // Storing takes the place of the outdated entry only where it has the same selecting
        // fields (req: 9111-4.3.3-03).
        let outdated = match (outdated, self.best.filter(|_| stores)) {
            (Some(old), Some(new)) if new.facts.replaces(&old.facts) => None,
            (old, _) => old.map(|old| old.id),
        };
        if head_update {
            let key = self.key.unwrap_or_else(|| Key::new(&request.target, self.seed));
            self.key = Some(key);
            let (store, reason) = (stores, self.reason);
            self.phase = Phase::SelectingForHead { store, reason };
            return match outdated {
                Some(id) => {
                    self.phase = Phase::SettlingForHead { store, reason };
                    Action::Remove(id)
                }
                None => Action::ReadHeads(key),
            };
        }
        self.phase = Phase::Settling { store: stores };
        if invalidate::invalidates(&self.context.request, response.status) {
            let (target, config) = (&request.target, self.context.config);
            let keys = invalidate::keys(target, response, self.seed, scratch, config);
            return Action::Invalidate(keys);
        }
        match outdated {
            Some(id) => Action::Remove(id),
            None => self.done(true),
        }
    }

    /// What the response means for the entry that was validated; `None` when it is to be
    /// treated like any response.
    fn answer_to_validation<Q, R>(
        &mut self,
        request: &RequestHead<'_, Q>,
        response: &ResponseHead<'_, R>,
        fresh: &ResponseFacts,
        at: &Exchanged,
    ) -> Option<Action>
    where
        Q: Headers + ?Sized,
        R: Headers + ?Sized,
    {
        let best = self.best?;
        let context = &self.context;
        let strict = context.config.strict_304();
        match validate::answer(&context.request, &best.facts, fresh, strict) {
            Answer::Confirms => Some(self.not_modified(Phase::Selecting, fresh, at)),
            answer @ (Answer::ForClient | Answer::Foreign) => {
                // Asked about our own tag too, it must name one of the client's
                // (req: 9111-4.3.2-09).
                let for_client = answer == Answer::ForClient
                    && (!best.facts.is(stored_flag::ETAG)
                        || validate::client_lists(request.headers, response.headers));
                self.best = None;
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

    /// Whether the response to HEAD freshens or marks stored GET responses: there may be some
    /// unless the lookup found none.
    fn is_head_update(&self, status: u16) -> bool {
        let head = self.context.request.method == MethodClass::Head;
        let known = self.best.is_some() || self.retried || self.key.is_none();
        head && status == 200 && self.context.config.head_update() && known
    }

    /// The entry, if a full response with this status shows that it is out of date: server
    /// errors say nothing about it.
    fn outdated_by(&self, status: u16) -> Option<Candidate> {
        let get = self.context.request.method == MethodClass::Get;
        // What GET got is not judged by the answer to HEAD (req: 9111-4.3.5-05).
        let comparable = |best: &Candidate| get || best.facts.is(stored_flag::HEAD);
        self.best.filter(|best| comparable(best) && status < 500)
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
        // Without a nominated entry no answer leads here again (req: 9110-9.2.2-02).
        self.retried = true;
        self.best = None;
        self.phase = Phase::Forwarded;
        self.reason = Reason::ForeignValidator;
        Action::Retry
    }
}
