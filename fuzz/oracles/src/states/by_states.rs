//! The typed states, as a caller who has one stored response uses them.

use super::{Case, End, ID, SEED, Seen, applied, explains, left, repacked, text};
use crate::spelling::Stored;
use larder::{
    CacheMiss, CacheMissNext, CouldNotBeStored, ErrorNext, FromCache, HeadMismatch, Headers, IdleClient,
    IdleClientNext, InvalidateEntries, InvalidateEntriesNext, NeedRevalidation, NeedRevalidationNext,
    NeedToBeUpdated, Outcome, ResponseHead, Served, StoreAndUse,
};

type Response<'a> = ResponseHead<'a, [(Vec<u8>, Vec<u8>)]>;

pub(super) fn run(case: &Case, stored: &Option<Stored>) -> Seen {
    let mut run = Run {
        case,
        stored,
        seen: Seen::default(),
    };
    run.seen.end = run.start();
    run.seen
}

struct Run<'a> {
    case: &'a Case,
    stored: &'a Option<Stored>,
    seen: Seen,
}

impl Run<'_> {
    fn start(&mut self) -> End {
        let case = self.case;
        let request = case.request(&case.asked);
        let mut idle = IdleClient::new(&case.config, &request, case.now(0)).with_override(case.over);
        if let (true, Some(stored)) = (idle.wants_entries(), self.stored) {
            idle.consider(&request, ID, &stored.facts, &stored.entry());
        }
        match idle.next() {
            IdleClientNext::FromCache(hit) => self.serve_stored(hit),
            IdleClientNext::NeedRevalidation(state) => self.validate(state),
            IdleClientNext::CacheMiss(miss) => {
                self.seen.sent.push(text(case.asked.as_slice()));
                match case.failure {
                    Some(_) => End::Timeout,
                    None => self.miss(miss, &case.response()),
                }
            }
            IdleClientNext::GatewayTimeout(_) => End::Timeout,
            _ => unreachable!("there are four"),
        }
    }

    fn entry(&self) -> &Stored {
        self.stored.as_ref().expect("only what is stored is selected")
    }

    fn validate(&mut self, state: NeedRevalidation<'_>) -> End {
        explains(state.reason(), Outcome::Validate);
        assert_eq!((state.id(), state.facts().status()), (ID, self.case.first_status));
        let (case, stored) = (self.case, self.entry().clone());
        let (request, entry) = (case.request(&case.asked), stored.entry());
        let mut scratch = [0; 1024];
        let fields = state.conditional(&request, &entry, &mut scratch);
        self.seen.sent.push(applied(case, &fields));
        let response = case.response();
        let next = match case.failure {
            None => state.next(&request, &entry, &response, case.at()),
            Some(failure) => {
                return match state.on_error(failure, case.at().response) {
                    ErrorNext::FromCache(hit) => self.serve_stored(hit),
                    _ => End::Timeout,
                };
            }
        };
        match next {
            NeedRevalidationNext::NeedToBeUpdated(state) => self.update(state),
            NeedRevalidationNext::CacheMiss(miss) => self.miss(miss, &response),
            NeedRevalidationNext::Retry(miss) => {
                self.seen.sent.push(text(case.asked.as_slice()));
                self.miss(miss, &case.again())
            }
            NeedRevalidationNext::FromCache(hit) => self.serve_stored(hit),
            NeedRevalidationNext::InvalidateEntries(state) => self.invalidate(state, &response),
            NeedRevalidationNext::CouldNotBeStored(end) => self.pass(end),
            _ => unreachable!("there are six"),
        }
    }

    fn miss(&mut self, miss: CacheMiss<'_>, response: &Response<'_>) -> End {
        let request = self.case.request(&self.case.asked);
        match miss.next(&request, response, self.case.at(), &mut [0; 512]) {
            CacheMissNext::StoreAndUse(state) => self.store(state, response),
            CacheMissNext::CouldNotBeStored(end) => self.pass(end),
            CacheMissNext::InvalidateEntries(state) => self.invalidate(state, response),
            _ => unreachable!("there are three"),
        }
    }

    fn invalidate(&mut self, state: InvalidateEntries<'_>, response: &Response<'_>) -> End {
        explains(state.reason(), Outcome::Invalidated);
        let request = self.case.request(&self.case.asked);
        let keys = state.keys(SEED, &request, response, &mut [0; 512]);
        assert_eq!(keys.is_none(), state.entry().is_some());
        self.seen.marked = keys.iter().flat_map(larder::Keys::iter).collect();
        self.seen.gone = state.entry().is_some();
        match state.next() {
            InvalidateEntriesNext::StoreAndUse(state) => self.store(state, response),
            InvalidateEntriesNext::CouldNotBeStored(end) => self.pass(end),
            _ => unreachable!("there are two"),
        }
    }

    fn store(&mut self, state: StoreAndUse<'_>, response: &Response<'_>) -> End {
        explains(state.reason(), Outcome::Stored);
        self.seen.stored = Some((*state.facts(), text(&state.head(response.headers))));
        End::Passed
    }

    fn pass(&mut self, end: CouldNotBeStored) -> End {
        explains(end.reason(), Outcome::NotStored);
        End::Passed
    }

    fn update(&mut self, state: NeedToBeUpdated<'_>) -> End {
        explains(state.reason(), Outcome::Updated);
        assert_eq!(state.id(), ID);
        let (case, stored) = (self.case, self.entry().clone());
        let entry = stored.entry();
        let old = ResponseHead {
            status: entry.status(),
            headers: &entry,
        };
        let fresh = case.response();
        let update = state.update(&case.request(&case.asked), &old, &fresh);
        let Ok(update) = update else {
            panic!("{HeadMismatch}: it is the one that was validated")
        };
        let alone = state.merged(&entry, fresh.headers).map(|head| text(&head));
        assert_eq!(alone, Ok(text(&update.head)));
        let strange = [("ETag", "\"no such tag\"")];
        if let Err(error) = state.merged(&strange, fresh.headers) {
            assert!(!error.to_string().is_empty());
        } else {
            let tag = entry.get_one("etag").and_then(larder::EntityTag::parse);
            assert!(
                tag.is_none() || case.lenient,
                "another head was taken for the one that was validated"
            );
        }
        let fits = repacked(case, &entry, &update.head).is_some();
        if state.may_be_written() && fits {
            self.seen.updated = Some((update.facts, text(&update.head)));
        }
        // What may be written and cannot be is not kept as it was, either.
        self.seen.gone = !state.may_stay() || (state.may_be_written() && !fits);
        let facts = update.facts;
        self.serve(state.serve(facts), &update.head)
    }

    fn serve_stored(&mut self, hit: FromCache<'_>) -> End {
        let stored = self.entry().clone();
        self.serve(hit, &stored.entry())
    }

    fn serve<H: Headers>(&mut self, hit: FromCache<'_>, head: &H) -> End {
        explains(hit.reason(), Outcome::Hit);
        left(hit.ttl(), hit.remaining());
        assert_eq!((hit.id(), hit.facts().status()), (ID, self.case.first_status));
        let request = self.case.request(&self.case.asked);
        if hit.not_modified(&request, head) {
            return End::NotModified(text(&Served::not_modified(head, hit.age())), hit.age());
        }
        let background = hit.revalidate().is_some();
        End::Served(text(&hit.head(head)), hit.age(), hit.remaining(), background)
    }
}
