//! Stored heads come in: the lookup, and the second reading after a 304 or HEAD.

use super::{Action, Exchange, Phase};
use crate::facts::{EntryId, Now, StoredFacts, stored_flag};
use crate::rules::{Candidate, Reason, select, validate};
use crate::state::HeadSource;
use crate::state::context::{Lookup, Upkeep};
use crate::store::Entry;
use crate::syntax::{Headers, RequestHead};

impl Exchange<'_> {
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
            (Phase::Reselecting { .. }, Ok(())) if self.validators.name(facts) => {
                self.consider(request, id, facts, entry);
            }
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

    /// Which entries a 304 updates (RFC 9111 section 4.3.4): the best that it names, and those
    /// that share its strong validator.
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
        if !nominated && !self.validators.name_strongly(facts) {
            return Action::NextHead;
        }
        let upkeep = self.context.upkeep(self.permit, facts, entry);
        if upkeep == Upkeep::Write {
            self.reason = Reason::Freshened;
            return Action::Update(id);
        }
        if nominated {
            // Served as it is updated; then gone, if it must not stay.
            self.head = HeadSource::Merged;
            if upkeep == Upkeep::Remove {
                self.remove_after = true;
                self.validated = Reason::UpdateForbids;
            }
        } else if upkeep == Upkeep::Remove {
            self.reason = Reason::UpdateForbids;
            return Action::Remove(id);
        }
        Action::NextHead
    }

    /// What the response to HEAD says of a stored GET response (RFC 9111 section 4.3.5).
    fn compare(&mut self, id: EntryId, facts: &StoredFacts, entry: &Entry<'_>) -> Action {
        if facts.is(stored_flag::HEAD) {
            return Action::NextHead;
        }
        if !validate::head_matches(entry, facts, &self.validators) {
            self.reason = Reason::HeadDiffers;
            return Action::Stale(id);
        }
        let (reason, action) = match self.context.upkeep(self.permit, facts, entry) {
            Upkeep::Write => (Reason::HeadFreshened, Action::Update(id)),
            Upkeep::Leave => return Action::NextHead,
            Upkeep::Remove => (Reason::UpdateForbids, Action::Remove(id)),
        };
        self.reason = reason;
        action
    }

    /// All heads of the key have come in.
    pub fn heads_done(&mut self, now: Now) -> Action {
        match self.phase {
            Phase::Lookup => self.conclude(now),
            Phase::Selecting if self.found_again => {
                self.updates_selected = true; // if it is served merged
                self.serve(self.validated)
            }
            Phase::Reselecting { for_client } => match (self.best, self.key) {
                // The nominated entry was not named, but this one is (req: 9111-4.3.4-02).
                (Some(_), Some(key)) => {
                    self.phase = Phase::Selecting;
                    Action::ReadHeads(key)
                }
                _ if for_client => self.end(Reason::ClientNotModified, Action::PassThrough),
                _ => self.retry(), // req: 9111-4.3.4-03
            },
            // The confirmed entry has gone in the meantime: a bare 304 answers nobody.
            Phase::Selecting => self.retry(),
            Phase::SelectingForHead { store: true, reason } => self.end(reason, Action::Store),
            Phase::SelectingForHead { store: false, reason } => self.end(reason, Action::PassThrough),
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
}
