//! Every state, taken through every transition with unknown inputs.

use larder::store::{Entry, SliceSink, pack};
use larder::{
    CacheMiss, CacheMissNext, CouldNotBeStored, EntryId, ErrorNext, FromCache, GatewayTimeout, Headers,
    IdleClient, IdleClientNext, InvalidateEntries, InvalidateEntriesNext, Key, LearnedUtc, NeedRevalidation,
    NeedRevalidationNext, NeedToBeUpdated, Now, Reason, RequestHead, ResponseHead, Served, StoreAndUse,
    StoredFacts, Target,
};

use crate::inputs::{Given, Inputs, Lines, give, give_bytes, word};

/// What goes over the network and what lies in the store.
struct World<'a> {
    request: RequestHead<'a, Lines<'a>>,
    response: ResponseHead<'a, Lines<'a>>,
    entry: Entry<'a>,
    given: &'a Given,
}

/// One request from start to end.
#[inline(never)]
pub fn exercise(inputs: &Inputs<'_>, given: &Given) {
    let Ok(target) = Target::parse(inputs.uri) else {
        return;
    };
    let (Ok(entry), Ok(facts)) = (Entry::parse(&given.packed), StoredFacts::from_bytes(&given.facts)) else {
        return;
    };
    let world = World {
        request: RequestHead {
            method: inputs.method,
            target,
            partition: given.partition,
            headers: &inputs.request,
        },
        response: ResponseHead {
            status: inputs.status,
            headers: &inputs.response,
        },
        entry,
        given,
    };
    give(Key::new(&target, seed()).get() as u32);

    let mut idle = IdleClient::new(&given.config, &world.request, world.now()).with_override(given.over);
    if idle.wants_entries() {
        while word() != 0 {
            idle.consider(&world.request, id(), &facts, &world.entry);
        }
    }
    match idle.next() {
        IdleClientNext::CacheMiss(state) => world.miss(state),
        IdleClientNext::FromCache(state) => world.serve(&state),
        IdleClientNext::NeedRevalidation(state) => world.validate(state),
        IdleClientNext::GatewayTimeout(state) => timeout(state),
        _ => {}
    }
}

impl World<'_> {
    fn miss(&self, state: CacheMiss<'_>) {
        reason(state.reason());
        match state.next(&self.request, &self.response, self.given.at, &mut [0; 128]) {
            CacheMissNext::StoreAndUse(state) => self.store(&state),
            CacheMissNext::CouldNotBeStored(state) => pass_on(state),
            CacheMissNext::InvalidateEntries(state) => self.invalidate(state),
            _ => {}
        }
    }

    fn serve(&self, state: &FromCache<'_>) {
        reason(state.reason());
        give(state.id().0 as u32);
        give(state.remaining() as u32);
        if state.not_modified(&self.request, &self.entry) {
            head(&Served::not_modified(&self.entry, state.age()));
        } else {
            head(&state.head(&self.entry));
        }
        if let Some(state) = state.revalidate() {
            self.validate(state);
        }
    }

    #[inline(never)]
    fn validate(&self, state: NeedRevalidation<'_>) {
        reason(state.reason());
        let mut scratch = [0; 128];
        head(
            &state
                .conditional(&self.request, &self.entry, &mut scratch)
                .apply(self.request.headers),
        );
        if word() == 0 {
            match state.on_error(self.given.failure, self.now()) {
                ErrorNext::FromCache(state) => self.serve_stale(&state),
                ErrorNext::GatewayTimeout(state) => timeout(state),
                _ => {}
            }
            return;
        }
        match state.next(&self.request, &self.entry, &self.response, self.given.at) {
            NeedRevalidationNext::NeedToBeUpdated(state) => self.update(&state),
            NeedRevalidationNext::CacheMiss(state) | NeedRevalidationNext::Retry(state) => self.miss(state),
            NeedRevalidationNext::FromCache(state) => self.serve_stale(&state),
            NeedRevalidationNext::InvalidateEntries(state) => self.invalidate(state),
            NeedRevalidationNext::CouldNotBeStored(state) => pass_on(state),
            _ => {}
        }
    }

    fn serve_stale(&self, state: &FromCache<'_>) {
        reason(state.reason());
        head(&state.head(&self.entry));
    }

    fn update(&self, state: &NeedToBeUpdated<'_>) {
        reason(state.reason());
        give(u32::from(state.may_stay()));
        give(u32::from(state.may_be_written()));
        let stored = ResponseHead {
            status: self.entry.status(),
            headers: &self.entry,
        };
        let Ok(new) = state.update(&self.request, &stored, &self.response) else {
            return;
        };
        give_bytes(&new.facts.to_bytes());
        self.pack(&new.head);
        self.serve_stale(&state.serve(new.facts));
    }

    fn store(&self, state: &StoreAndUse<'_>) {
        reason(state.reason());
        give_bytes(&state.facts().to_bytes());
        self.pack(&state.head(self.response.headers));
    }

    fn invalidate(&self, state: InvalidateEntries<'_>) {
        reason(state.reason());
        give(state.entry().map_or(0, |id| id.0 as u32));
        if let Some(keys) = state.keys(seed(), &self.request, &self.response, &mut [0; 128]) {
            keys.iter().for_each(|key| give(key.get() as u32));
        }
        match state.next() {
            InvalidateEntriesNext::StoreAndUse(state) => self.store(&state),
            InvalidateEntriesNext::CouldNotBeStored(state) => pass_on(state),
            _ => {}
        }
    }

    /// A device without a clock of its own learns the time.
    #[inline(never)]
    fn now(&self) -> Now {
        let mut clock = LearnedUtc::new();
        clock.observe(i64::from(word()), self.given.now);
        clock.stamp(self.given.at.request)
    }

    fn pack<H: Headers>(&self, lines: &H) {
        let mut room = [0; 512];
        let mut sink = SliceSink::new(&mut room);
        if pack(&mut sink, &self.request, self.response.status, lines).is_ok()
            && let Ok(bytes) = sink.finish()
        {
            give_bytes(bytes);
        }
    }
}

fn head<H: Headers>(lines: &H) {
    lines.fields().for_each(|line| {
        give_bytes(line.name.as_bytes());
        give_bytes(line.value);
    });
}

fn pass_on(state: CouldNotBeStored) {
    reason(state.reason());
}

fn timeout(state: GatewayTimeout) {
    reason(state.reason());
}

fn reason(reason: Reason) {
    give(reason as u32);
}

fn id() -> EntryId {
    EntryId(u64::from(word()))
}

fn seed() -> u64 {
    u64::from(word())
}
