//! What a response means for what is kept.

use larder::{
    CacheMiss, CacheMissNext, EntryId, Exchanged, IdleClient, IdleClientNext, InvalidateEntries,
    InvalidateEntriesNext, NeedRevalidation, NeedRevalidationNext, NeedToBeUpdated, Now, Reason,
    ResponseHead, StoreAndUse,
};

use super::{Head, Outcome, Poller, Unchanged, Way, place};
use crate::validators::changed::{Found, NotKept};
use crate::validators::lines::Lines;
use crate::validators::record::Record;
use crate::{Clock, Error, Request, Transport};

impl<M: AsRef<[u8]> + AsMut<[u8]>, T: Transport, C: Clock> Poller<'_, M, T, C> {
    /// The head of a response has come.
    pub(super) fn answered(
        &mut self,
        request: &Request<'_>,
        now: Now,
        sent: Now,
        way: Way,
    ) -> Result<Outcome, Error<T::Error>> {
        let (request, config, at) = (&request.head(), self.config, self.arrived(sent));
        let known = match way {
            Way::Bypass => {
                let reason = Reason::RequestBody;
                return Ok(Outcome::Changed(Found::nothing(NotKept::Reason(reason), reason)));
            }
            Way::Plain => None,
            Way::Conditional(index) | Way::Again(index) => {
                self.validators.get(index).map(|record| (index, record))
            }
        };
        let given = matches!(way, Way::Conditional(_));
        match (self.decide(&config, request, now, given), known) {
            (IdleClientNext::NeedRevalidation(state), Some(known)) => {
                self.validated(state, request, known, at)
            }
            (IdleClientNext::CacheMiss(state), known) => Ok(self.full(state, request, at, known)),
            _ => Err(Error::Gone),
        }
    }

    /// The answer to a validation.
    fn validated(
        &mut self,
        state: NeedRevalidation<'_>,
        request: &Head<'_>,
        known: (usize, Record),
        at: Exchanged,
    ) -> Result<Outcome, Error<T::Error>> {
        let next = state.next(request, &Lines::of(&known.1), &self.transport.head(), at);
        Ok(match next {
            NeedRevalidationNext::NeedToBeUpdated(state) => self.update(state, request, known, at),
            NeedRevalidationNext::CacheMiss(state) => self.full(state, request, at, Some(known)),
            NeedRevalidationNext::Retry(_) => Outcome::Send(Way::Again(known.0)),
            NeedRevalidationNext::FromCache(hit) => return self.unchanged(&hit),
            NeedRevalidationNext::InvalidateEntries(state) => {
                self.invalidate(&state, request, at, Some(known))
            }
            NeedRevalidationNext::CouldNotBeStored(end) => {
                let reason = end.reason();
                Outcome::Changed(Found::nothing(NotKept::Reason(reason), reason))
            }
            _ => return Err(Error::Gone),
        })
    }

    /// What is kept was confirmed: it takes on the fields of the confirmation.
    fn update(
        &mut self,
        state: NeedToBeUpdated<'_>,
        request: &Head<'_>,
        (index, record): (usize, Record),
        at: Exchanged,
    ) -> Outcome {
        let config = self.config;
        let lines = Lines::of(&record);
        let stored = ResponseHead {
            status: 200,
            headers: &lines,
        };
        let fresh = self.transport.head();
        let mut unchanged = Unchanged {
            digest: record.digest,
            reason: state.reason(),
            fresh_for: 0,
        };
        let update = state.update(request, &stored, &fresh);
        let new = match &update {
            Ok(update) => Record::of(&config, request, (fresh.headers, &update.head), &update.facts, at),
            Err(_) => None,
        };
        match new {
            Some(new) if state.may_be_written() => {
                let mut new = Record {
                    digest: record.digest,
                    ..new
                };
                self.validators.address(&mut new, request);
                self.validators.put(Some(index), &new);
            }
            // The request said no-store: what is kept stays as it is.
            _ if state.may_stay() && !state.may_be_written() => self.validators.touch(index),
            _ => self.validators.forget(index),
        }
        if let Ok(update) = update {
            let hit = state.serve(update.facts);
            (unchanged.reason, unchanged.fresh_for) = (hit.reason(), hit.remaining());
        }
        Outcome::Unchanged(unchanged)
    }

    /// A response that confirms nothing.
    fn full(
        &mut self,
        state: CacheMiss<'_>,
        request: &Head<'_>,
        at: Exchanged,
        known: Option<(usize, Record)>,
    ) -> Outcome {
        match state.next(request, &self.transport.head(), at, &mut []) {
            CacheMissNext::StoreAndUse(state) => self.storable(&state, request, at, known),
            CacheMissNext::InvalidateEntries(state) => self.invalidate(&state, request, at, known),
            CacheMissNext::CouldNotBeStored(end) => self.not_storable(request.method, end.reason(), known),
            _ => self.not_storable(request.method, Reason::NeverReusable, known),
        }
    }

    fn invalidate(
        &mut self,
        state: &InvalidateEntries<'_>,
        request: &Head<'_>,
        at: Exchanged,
        known: Option<(usize, Record)>,
    ) -> Outcome {
        let mut scratch = [0; 128];
        let seed = self.validators.seed();
        if let Some(keys) = state.keys(seed, request, &self.transport.head(), &mut scratch) {
            self.validators.mark_keys(keys);
        }
        if let Some(id) = state.entry() {
            self.validators.mark_one(place(id));
        }
        match state.next() {
            InvalidateEntriesNext::StoreAndUse(state) => self.storable(&state, request, at, known),
            InvalidateEntriesNext::CouldNotBeStored(end) => {
                self.not_storable(request.method, end.reason(), known)
            }
            _ => self.not_storable(request.method, Reason::NeverReusable, known),
        }
    }

    fn storable(
        &mut self,
        state: &StoreAndUse<'_>,
        request: &Head<'_>,
        at: Exchanged,
        known: Option<(usize, Record)>,
    ) -> Outcome {
        let response = self.transport.head();
        let mut pending = Err(NotKept::NotGet200);
        if request.method == "GET" && response.status == 200 {
            let heads = (response.headers, response.headers);
            let record = Record::of(&self.config, request, heads, state.facts(), at);
            pending = record.ok_or(NotKept::TooLong);
        }
        if let Ok(record) = &mut pending {
            self.validators.address(record, request);
        }
        // As if it were asked for again at once.
        let mut idle = IdleClient::new(&self.config, request, at.response);
        idle.consider_matched(EntryId(0), state.facts());
        let fresh_for = match idle.next() {
            IdleClientNext::FromCache(hit) => hit.remaining(),
            _ => 0,
        };
        self.compare(request.method, pending, (state.reason(), fresh_for), known)
    }

    fn not_storable(&mut self, method: &str, reason: Reason, known: Option<(usize, Record)>) -> Outcome {
        self.compare(method, Err(NotKept::Reason(reason)), (reason, 0), known)
    }

    /// A full response beside what is kept: the same bytes again where its strong entity tag
    /// says so, else to be read. Until then what is kept must not answer by itself.
    fn compare(
        &mut self,
        method: &str,
        pending: Result<Record, NotKept>,
        (reason, fresh_for): (Reason, u64),
        known: Option<(usize, Record)>,
    ) -> Outcome {
        let response = self.transport.head();
        // Errors of the server say nothing about what is kept.
        let known = known.filter(|_| response.status < 500);
        let same = |record: &Record| {
            method == "GET" && response.status == 200 && record.has_strong_tag_of(response.headers)
        };
        match known {
            Some((index, record)) if same(&record) => {
                let digest = record.digest;
                match pending {
                    Ok(new) => {
                        self.validators.put(Some(index), &Record { digest, ..new });
                    }
                    Err(NotKept::Reason(Reason::RequestNoStore)) => self.validators.mark_one(index),
                    Err(_) => self.validators.forget(index),
                }
                return Outcome::Unchanged(Unchanged {
                    digest,
                    reason,
                    fresh_for,
                });
            }
            Some((index, _)) => self.validators.mark_one(index),
            None => {}
        }
        Outcome::Changed(Found {
            pending,
            replaces: known.map(|(index, _)| index),
            previous: known.map(|(_, record)| record.digest),
            reason,
        })
    }
}

impl Found {
    /// Of a response that has nothing to do with what is kept.
    fn nothing(why: NotKept, reason: Reason) -> Self {
        Self {
            pending: Err(why),
            replaces: None,
            previous: None,
            reason,
        }
    }
}
