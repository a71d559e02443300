//! What every state carries, and the verdicts that both the states and the driver act on.

use super::{CouldNotBeStored, StoreAndUse};
use crate::facts::{
    Config, EntryId, Exchanged, MethodClass, Now, Override, RequestFacts, ResponseFacts, StoredFacts,
    fingerprint, flag, stored_flag, vary,
};
use crate::rules::freshness::Standing;
use crate::rules::invalidate::content_location_is_target;
use crate::rules::merge::Plan;
use crate::rules::reuse::{Reuse, decide};
use crate::rules::storable::{directives_permit, permits_cookies, reusable, storable, understood};
use crate::rules::validate::{self, Answer};
use crate::rules::{Candidate, HeadMismatch, Reason};
use crate::syntax::cache_control::MUST_UNDERSTAND;
use crate::syntax::lines::{Lines, first_of};
use crate::syntax::name::Known;
use crate::syntax::{EntityTag, Target};

/// The request at hand and the rules that apply to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'c> {
    pub(crate) config: &'c Config,
    pub(crate) over: Override,
    pub(crate) request: RequestFacts,
}

/// What a finished lookup leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Miss(Reason),
    Serve(Reason),
    Validate(Reason),
    Refused(Reason),
}

/// What an update says of keeping the entries that it freshens (RFC 9111 section 3, 3.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdatePermit {
    /// Nothing in it forbids that.
    allowed: bool,
    /// It has a Cache-Control of its own, which takes the place of the stored one.
    stated: bool,
    sets_cookie: bool,
    /// That Cache-Control permits to store cookies.
    public: bool,
    /// It says must-understand.
    needs_understanding: bool,
}

impl UpdatePermit {
    pub(crate) const NONE: Self = Self {
        allowed: false,
        stated: false,
        sets_cookie: false,
        public: false,
        needs_understanding: false,
    };
}

/// What an update does to a stored response that it freshens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upkeep {
    /// It is written.
    Write,
    /// It is for the answer at hand alone: the request forbids to store it, which is no word
    /// against what is stored (req: 9111-5.2.1.5-01, 9111-5.2.1.5-04).
    Leave,
    /// It forbids to keep the stored response.
    Remove,
}

/// The entry that a full response has shown to be out of date, unless the response takes its
/// place: that it does only with the same selecting fields (req: 9111-4.3.3-03).
pub(crate) fn unreplaced(outdated: Option<Candidate>, new: Option<&StoredFacts>) -> Option<EntryId> {
    let old = outdated?;
    let replaced = new.is_some_and(|new| new.replaces(&old.facts));
    (!replaced).then_some(old.id)
}

impl<'c> Context<'c> {
    /// The end of a lookup; `miss` is the reason to give when nothing was selected.
    pub(crate) fn conclude(
        &self,
        best: Option<&Candidate>,
        miss: Reason,
        now: &Now,
    ) -> (Lookup, Option<Standing>) {
        let standing = best.map(|best| Standing::of(&best.facts, now));
        let verdict = match (best, &standing) {
            (Some(best), Some(standing)) => {
                match decide(&self.request, &best.facts, standing, now, self.config) {
                    Reuse::Serve(reason) => Lookup::Serve(reason),
                    Reuse::Validate(reason) => Lookup::Validate(reason),
                }
            }
            _ => Lookup::Miss(miss),
        };
        // req: 9111-5.2.1.7-01
        let forwards = !matches!(verdict, Lookup::Serve(_));
        if forwards && self.request.directives.only_if_cached {
            return (Lookup::Refused(Reason::OnlyIfCached), standing);
        }
        (verdict, standing)
    }

    /// Brings the facts of an entry under the rules at hand, from its head when it was stored under
    /// others; whether these let it be stored.
    pub(crate) fn bring_under_rules(
        &self,
        facts: &mut StoredFacts,
        status: u16,
        head: &dyn Lines<'_>,
    ) -> bool {
        facts.is_derived_under(self.config, &self.over)
            || facts.rederive(status, head, self.config, &self.over)
    }

    /// Whether a response is stored.
    pub(crate) fn storing(
        &self,
        (target, request): (&Target<'_>, &dyn Lines<'_>),
        response: &dyn Lines<'_>,
        scanned: &ResponseFacts,
        at: &Exchanged,
        scratch: &mut [u8],
    ) -> Result<StoreAndUse<'c>, CouldNotBeStored> {
        let same =
            self.request.method == MethodClass::Post && content_location_is_target(target, response, scratch);
        let reason = storable(&self.request, scanned, same, self.config, &self.over)
            .map_err(|reason| self.not_stored(reason))?;
        let prints = self.fingerprints(scanned, response, request);
        let facts = StoredFacts::derive(scanned, &self.request, at, self.config, &self.over, prints);
        match reusable(&facts, self.config) {
            Ok(()) => Ok(StoreAndUse::new(self.config, facts, reason)),
            Err(reason) => Err(CouldNotBeStored::new(reason)),
        }
    }

    /// See [`vary::fingerprints`].
    fn fingerprints(
        &self,
        scanned: &ResponseFacts,
        response: &dyn Lines<'_>,
        request: &dyn Lines<'_>,
    ) -> (u32, u32) {
        match scanned.is(flag::VARY_NAMES) {
            true => vary::fingerprints(response, request, self.config),
            false => (0, 0),
        }
    }

    fn not_stored(&self, reason: Reason) -> CouldNotBeStored {
        CouldNotBeStored::new(match reason {
            Reason::NotModified if self.request.is_conditional() => Reason::ClientNotModified,
            reason => reason,
        })
    }

    /// What an answer to the validation of an entry means; `several`: others were asked about.
    pub(crate) fn answer(
        &self,
        request: &dyn Lines<'_>,
        nominated: &StoredFacts,
        response: &dyn Lines<'_>,
        fresh: &ResponseFacts,
        several: bool,
    ) -> Answer {
        let strict = several || self.config.strict_304();
        match validate::answer(&self.request, nominated, fresh, strict) {
            // Asked about our own tag too, it must name one of the client's
            // (req: 9111-4.3.2-09).
            Answer::ForClient
                if nominated.is(stored_flag::ETAG) && !validate::client_lists(request, response) =>
            {
                Answer::Foreign
            }
            answer => answer,
        }
    }

    /// Whether a full response with this status shows that the entry is out of date. Server
    /// errors say nothing about it, and what GET got is not judged by the answer to HEAD
    /// (req: 9111-4.3.5-05).
    pub(crate) fn outdates(&self, entry: &StoredFacts, status: u16) -> bool {
        let comparable = self.request.method == MethodClass::Get || entry.is(stored_flag::HEAD);
        comparable && status < 500 && status != 304
    }

    /// Whether a response to HEAD freshens or marks stored responses to GET.
    pub(crate) fn is_head_update(&self, status: u16) -> bool {
        self.request.method == MethodClass::Head && status == 200 && self.config.head_update()
    }

    /// What an update says of keeping the entries that it freshens.
    pub(crate) fn update_permit(&self, fresh: &ResponseFacts) -> UpdatePermit {
        let stated = fresh.has_field(Known::CacheControl);
        let permitted = !stated
            || self.over.force_store
            || directives_permit(self.request.authorized, fresh, self.config).is_ok();
        UpdatePermit {
            allowed: permitted && !fresh.is(flag::VARY_ANY) && !fresh.is(flag::NOMINATES_READ_FIELD),
            stated,
            sets_cookie: fresh.has_field(Known::SetCookie),
            public: permits_cookies(fresh, self.config),
            needs_understanding: fresh.directives.has(MUST_UNDERSTAND) && !self.over.force_store,
        }
    }

    /// What an update does to the entry with this head.
    pub(crate) fn upkeep(&self, update: UpdatePermit, old: &StoredFacts, head: &dyn Lines<'_>) -> Upkeep {
        if !self.lets_stay(update, old, head) {
            Upkeep::Remove
        } else if self.request.directives.no_store {
            Upkeep::Leave
        } else {
            Upkeep::Write
        }
    }

    /// Whether an update lets the entry with this head stay: a 304 can forbid what a 200 could.
    fn lets_stay(&self, update: UpdatePermit, old: &StoredFacts, head: &dyn Lines<'_>) -> bool {
        let for_all = !self.config.is_shared() || !self.request.authorized;
        update.allowed
            // req: 9111-3-06: it is about the status that is stored.
            && (!update.needs_understanding || understood(old.status()))
            && (self.over.force_store
                || ((update.stated || for_all || old.is(stored_flag::ALLOWS_AUTHORIZED))
                    && self.cookies_may_stay(update, old, head)))
    }

    /// req: 9111-7.3-01: neither a new cookie without permission nor an old one without it.
    fn cookies_may_stay(&self, update: UpdatePermit, old: &StoredFacts, head: &dyn Lines<'_>) -> bool {
        if !self.config.refuses_set_cookie() {
            return true;
        }
        if !update.sets_cookie && first_of(head, Known::SetCookie).is_none() {
            return true;
        }
        if update.public {
            return true;
        }
        let stored = ResponseFacts::of(old.status(), head, self.config, &old.response);
        match update.stated {
            // Only its Cache-Control is replaced.
            true => self.config.explicit_expiry_permits_cookies() && stored.has_field(Known::Expires),
            false => permits_cookies(&stored, self.config),
        }
    }

    /// What an update makes of an entry: which lines its new head takes, and its new facts.
    pub(crate) fn update<'s>(
        &self,
        update: &Confirmation<'_>,
        request: &dyn Lines<'_>,
        (status, stored): (u16, &dyn Lines<'s>),
        fresh: &dyn Lines<'s>,
    ) -> Result<(Plan, StoredFacts), HeadMismatch> {
        let plan = self.merge(update, stored, fresh)?;
        let Confirmation {
            fresh: scanned, at, ..
        } = update;
        let overlay = scanned.overlay(status, stored, self.config, &at.response);
        let vary = if scanned.has_field(Known::Vary) {
            fresh
        } else {
            stored
        };
        let prints = self.fingerprints(&overlay, vary, request);
        let facts = StoredFacts::derive(&overlay, &self.request, at, self.config, &self.over, prints);
        Ok((plan, facts.keeping(update.flags)))
    }

    /// The first of both alone.
    pub(crate) fn merge(
        &self,
        update: &Confirmation<'_>,
        stored: &dyn Lines<'_>,
        fresh: &dyn Lines<'_>,
    ) -> Result<Plan, HeadMismatch> {
        if !update.is_of(stored, self.config) {
            return Err(HeadMismatch);
        }
        let transformed = update.flags & stored_flag::TRANSFORMED != 0;
        let received = &update.at.response;
        Ok(Plan::new(fresh, update.fresh, transformed, received, self.config))
    }
}

/// An entry, as much as an update of it needs, and the response that updates it.
pub(crate) struct Confirmation<'a> {
    /// Of the entry.
    pub(crate) etag: u32,
    pub(crate) flags: u16,
    pub(crate) fresh: &'a ResponseFacts,
    pub(crate) at: &'a Exchanged,
}

impl Confirmation<'_> {
    /// Whether the entry has this head, as far as the entity tag tells.
    fn is_of(&self, stored: &dyn Lines<'_>, config: &Config) -> bool {
        if self.flags & stored_flag::ETAG == 0 || config.lenient_etag() {
            return true;
        }
        let tag = first_of(stored, Known::ETag).and_then(EntityTag::parse);
        tag.map(|tag| fingerprint(tag.opaque)) == Some(self.etag)
    }
}
