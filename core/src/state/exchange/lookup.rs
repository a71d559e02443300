//! Stored heads come in: the lookup, and the second reading after a 304 or HEAD.

use super::{Action, Exchange, Phase};
use crate::facts::{EntryId, NO_DATE, Now, StoredFacts, stored_flag};
use crate::rules::{Candidate, Reason, TagList, select, validate};
use crate::state::HeadSource;
use crate::state::context::{Lookup, Upkeep};
use crate::store::Entry;
use crate::syntax::lines::{Lines, first_of};
use crate::syntax::list::trim;
use crate::syntax::name::Known;
use crate::syntax::{EntityTag, Headers, RequestHead, Target};

impl Exchange<'_> {
    /// Takes in one stored head. Entries that cannot be read are simply not offered.
    pub fn offer<Q: Headers + ?Sized>(
        &mut self,
        request: &RequestHead<'_, Q>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) -> Action {
        self.offered((&request.target, &request.headers), id, facts, entry)
    }

    fn offered(
        &mut self,
        (target, request): (&Target<'_>, &dyn Lines<'_>),
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) -> Action {
        let (own, config) = (&self.context.request, self.context.config);
        let matches = select::matches(own, (target, request), facts, entry, config);
        let variant = matches == Err(Reason::NoVariant);
        if variant && self.phase == Phase::Lookup {
            self.reason = Reason::NoVariant;
        }
        let other = variant && config.validates_other_variants();
        if matches.is_err() && !other {
            return Action::NextHead;
        }
        let mut facts = *facts;
        if !self.context.bring_under_rules(&mut facts, entry.status(), &entry) {
            return Action::NextHead;
        }
        let facts = &mut facts;
        match self.phase {
            Phase::Lookup => self.consider(request, id, facts, entry, other),
            // A date says nothing of another variant.
            Phase::Reselecting { .. }
                if self.validators.name(facts) && (self.validators.has_etag || !other) =>
            {
                self.consider(request, id, facts, entry, other);
            }
            Phase::Selecting { .. } => return self.select(request, id, facts, entry, other),
            Phase::SelectingForHead { .. } if !other => return self.compare(id, facts, entry),
            _ => {}
        }
        Action::NextHead
    }

    /// `other`: of a variant that the request does not select, so that it can only be validated.
    fn consider(
        &mut self,
        request: &dyn Lines<'_>,
        id: EntryId,
        facts: &mut StoredFacts,
        entry: &Entry<'_>,
        other: bool,
    ) {
        if other {
            facts.last_modified = NO_DATE;
            if !facts.has_validator() {
                return;
            }
        }
        let candidate = Candidate { id, facts: *facts };
        self.several |= other || (self.best.is_some() && self.context.config.validates_other_variants());
        let better = match self.best {
            Some(best) if self.other == other => candidate.is_better_than(&best),
            best => best.is_none() || self.other,
        };
        if !better && !self.foreign {
            return;
        }
        self.foreign = false;
        self.other = other;
        self.client_current = self.context.request.is_conditional()
            && validate::client_is_current(request, &self.context.request, &entry, &candidate.facts);
        self.best = Some(candidate);
    }

    /// Adds the entity tag of another stored response of the key to those that the validation
    /// asks about, before [`conditional_among`](Self::conditional_among), with
    /// [`Config::with_validate_other_variants`](crate::Config::with_validate_other_variants).
    /// What there is no room for is left out.
    pub fn also_nominate<Q: Headers + ?Sized>(
        &self,
        tags: &mut TagList<'_>,
        request: &RequestHead<'_, Q>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
    ) {
        let config = self.context.config;
        let wanted = config.validates_other_variants() && self.best.is_some_and(|best| best.id != id);
        let asked = (&request.target, &request.headers as _);
        let matches = select::matches(&self.context.request, asked, facts, entry, config);
        if wanted && matches!(matches, Ok(()) | Err(Reason::NoVariant)) && facts.is(stored_flag::ETAG) {
            let tag = first_of(&entry, Known::ETag).map(trim);
            let tag = tag.filter(|tag| EntityTag::parse(tag).is_some());
            let _ = tag.and_then(|tag| tags.add(tag));
        }
    }

    /// Which entries a 304 updates (RFC 9111 section 4.3.4): the best that it names, and those
    /// that share its strong validator.
    fn select(
        &mut self,
        request: &dyn Lines<'_>,
        id: EntryId,
        facts: &StoredFacts,
        entry: &Entry<'_>,
        other: bool,
    ) -> Action {
        let nominated = self.best.is_some_and(|best| best.id == id);
        if nominated {
            self.phase = Phase::Selecting {
                served: Some(Reason::Validated),
            };
            if self.context.request.is_conditional() {
                let current = facts.with_last_modified(self.validators.last_modified);
                let own = &self.context.request;
                self.client_current = validate::client_is_current(request, own, &entry, &current);
            }
        }
        self.updates_selected = nominated;
        if !nominated && (other || !self.validators.name_strongly(facts)) {
            return Action::NextHead;
        }
        // What the request does not select is no candidate for an update (req: 9111-4.3.4-01).
        let upkeep = match other {
            true => Upkeep::Leave,
            false => self.context.upkeep(self.permit, facts, &entry),
        };
        if upkeep == Upkeep::Write {
            self.reason = Reason::Freshened;
            return Action::Update(id);
        }
        if nominated {
            // Served as it is updated; then gone, if it must not stay.
            self.head = HeadSource::Merged;
            if upkeep == Upkeep::Remove {
                self.remove_after = true;
                self.phase = Phase::Selecting {
                    served: Some(Reason::UpdateForbids),
                };
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
        if !validate::head_matches(&entry, facts, &self.validators) {
            self.reason = Reason::HeadDiffers;
            return Action::Stale(id);
        }
        let (reason, action) = match self.context.upkeep(self.permit, facts, &entry) {
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
            Phase::Selecting { served: Some(reason) } => {
                self.updates_selected = true; // if it is served merged
                self.serve(reason)
            }
            Phase::Reselecting { for_client } => match self.key {
                // The nominated entry was not named, but this one is (req: 9111-4.3.4-02).
                Some(key) if !self.foreign => {
                    self.phase = Phase::Selecting { served: None };
                    Action::ReadHeads(key)
                }
                _ if for_client => self.end(Reason::ClientNotModified, Action::PassThrough),
                _ => self.retry(), // req: 9111-4.3.4-03
            },
            // The confirmed entry has gone in the meantime: a bare 304 answers nobody.
            Phase::Selecting { served: None } => self.retry(),
            Phase::SelectingForHead { store: true, reason } => self.end(reason, Action::Store),
            Phase::SelectingForHead { store: false, reason } => self.end(reason, Action::PassThrough),
            _ => self.end(self.reason, Action::PassThrough),
        }
    }

    fn conclude(&mut self, now: Now) -> Action {
        let (verdict, standing) = self.context.conclude(self.selected().as_ref(), self.reason, &now);
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
