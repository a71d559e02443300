//! The suite finds what it is there to find: a store with one fault after the other.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use larder::store::heap::{HeapLimits, HeapStore, HeapToken};
use larder::store::suite::{self, Promises, Sample};
use larder::store::{Invalidations, Store, StoreError};
use larder::{EntryId, Key, Now, StoredFacts};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    LosesEmptyBodies,
    LosesShortPieces,
    ReadsShort,
    SaysAWrongSize,
    SaysFullWhenTooLarge,
    CommitsWhatIsTooLarge,
    ShowsEntriesEarly,
    LeaksWrites,
    AllowsOneWriter,
    KeepsWhatIsReplaced,
    KeepsWhatEndsLast,
    KeepsOneVariant,
    KeepsAllWhenCleared,
    WalksOneStep,
    WalksInTurns,
    StopsWalkingAtAGoneEntry,
    UsesIdsAgain,
    KeepsOldFacts,
    ChangesTheId,
    WritesThroughOnUpdate,
    UpdatesGoneEntries,
    IgnoresBodiesOfUpdates,
    LeaksUpdates,
    InvalidatesOneEntry,
    MarksTheKey,
    ForgetsWhenItWasSent,
    ForgetsWhenAnUpdateWasSent,
    ChecksAtBeginOnly,
    RevivesWhatWasMarkedSince,
    ForgetsInvalidations,
    IsTooLarge,
    EvictsInOrder,
}

/// A heap store with a fault.
struct Faulty {
    store: HeapStore,
    fault: Fault,
    writes: u64,
    turns: usize,
    ids: HashMap<u32, EntryId>,
    keys: HashMap<EntryId, Key>,
    replaced: HashMap<EntryId, EntryId>,
    queue: VecDeque<EntryId>,
    stamps: Invalidations<8>,
    last_stamp: Option<(Key, Now)>,
}

struct Token {
    /// `None` when the write is over.
    token: Option<HeapToken>,
    number: u64,
    facts: StoredFacts,
    of: Option<EntryId>,
    head: Vec<u8>,
    appended: bool,
}

fn later() -> Now {
    suite::at(1 << 30)
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        let limits = match fault {
            Fault::KeepsOneVariant => HeapLimits::new(1 << 16).with_max_variants(1),
            Fault::IsTooLarge => HeapLimits::new(1 << 17),
            _ => HeapLimits::new(1 << 16),
        };
        Self {
            store: HeapStore::with_limits(limits.with_max_entry_bytes(1 << 14), 7),
            fault,
            writes: 0,
            turns: 0,
            ids: HashMap::new(),
            keys: HashMap::new(),
            replaced: HashMap::new(),
            queue: VecDeque::new(),
            stamps: Invalidations::new(),
            last_stamp: None,
        }
    }

    /// The id inside for one outside.
    fn inner(&self, id: EntryId) -> EntryId {
        match self.fault {
            Fault::UsesIdsAgain => {
                let low = u32::try_from(id.0).unwrap_or(u32::MAX);
                self.ids.get(&low).copied().unwrap_or(EntryId(0))
            }
            Fault::KeepsWhatIsReplaced => self.replaced.get(&id).copied().unwrap_or(id),
            _ => id,
        }
    }

    fn outer(&mut self, id: EntryId) -> EntryId {
        if self.fault != Fault::UsesIdsAgain {
            return id;
        }
        let low = id.0 as u32;
        self.ids.insert(low, id);
        EntryId(u64::from(low))
    }

    fn sized(&self, error: StoreError) -> StoreError {
        match (self.fault, error) {
            (Fault::SaysAWrongSize, StoreError::BufferTooSmall { needed }) => {
                StoreError::BufferTooSmall { needed: needed - 1 }
            }
            (
                Fault::SaysFullWhenTooLarge,
                StoreError::HeadTooLarge { .. } | StoreError::BodyTooLarge { .. },
            ) => StoreError::Full,
            (_, error) => error,
        }
    }

    /// Replaces the whole head of an entry.
    fn update(&mut self, id: EntryId, facts: &StoredFacts, head: &[u8]) {
        if let Ok(Some(mut token)) = self.store.begin_head(id, facts, later()) {
            self.store.append_head(&mut token, head).unwrap();
            self.store.commit(token).unwrap();
        }
    }

    fn wrap(&mut self, token: HeapToken, facts: &StoredFacts, of: Option<EntryId>) -> Token {
        self.writes += 1;
        Token {
            token: Some(token),
            number: self.writes,
            facts: *facts,
            of,
            head: Vec::new(),
            appended: false,
        }
    }

    fn checked(&self, token: &mut Token) -> Result<(), StoreError> {
        if self.fault == Fault::AllowsOneWriter && token.number != self.writes {
            token.token = None;
        }
        token.token.as_ref().map(|_| ()).ok_or(StoreError::Gone)
    }
}

impl Store for Faulty {
    type Token = Token;
    type Error = StoreError;

    fn seed(&self) -> u64 {
        self.store.seed()
    }

    fn next_head(
        &mut self,
        key: Key,
        after: Option<EntryId>,
        head: &mut [u8],
    ) -> Result<Option<(EntryId, StoredFacts, usize)>, StoreError> {
        let mut after = after.map(|after| self.inner(after));
        if let Some(last) = after {
            let gone = self.store.body_len(last)?.is_none();
            if self.fault == Fault::WalksOneStep || gone && self.fault == Fault::StopsWalkingAtAGoneEntry {
                return Ok(None);
            }
        } else if self.fault == Fault::WalksInTurns {
            self.turns += 1;
            if self.turns.is_multiple_of(2) {
                after = self.store.next_entry(key, None).map(|(id, ..)| id);
            }
        }
        let next = self
            .store
            .next_head(key, after, head)
            .map_err(|error| self.sized(error))?;
        Ok(next.map(|(id, facts, length)| (self.outer(id), facts, length)))
    }

    fn read_head(
        &mut self,
        id: EntryId,
        head: &mut [u8],
    ) -> Result<Option<(StoredFacts, usize)>, StoreError> {
        let id = self.inner(id);
        self.store.read_head(id, head).map_err(|error| self.sized(error))
    }

    fn read_at(&mut self, id: EntryId, offset: u64, body: &mut [u8]) -> Result<Option<usize>, StoreError> {
        let length = match self.fault {
            Fault::ReadsShort => body.len().min(100),
            _ => body.len(),
        };
        self.store.read_at(self.inner(id), offset, &mut body[..length])
    }

    fn body_len(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        self.store.body_len(self.inner(id))
    }

    fn begin(&mut self, key: Key, facts: &StoredFacts, sent_at: Now) -> Result<Token, StoreError> {
        let covered = match self.fault {
            Fault::ChecksAtBeginOnly => Some(self.stamps.covers(key, sent_at)),
            Fault::ForgetsInvalidations => {
                let mut last = Invalidations::<1>::new();
                self.last_stamp
                    .into_iter()
                    .for_each(|(key, at)| last.record(key, at));
                Some(last.covers(key, sent_at))
            }
            Fault::ForgetsWhenItWasSent => Some(false),
            _ => None,
        };
        let (facts, sent_at) = match covered {
            Some(true) => (facts.invalidated(), later()),
            Some(false) => (*facts, later()),
            None => (*facts, sent_at),
        };
        let token = self.store.begin(key, &facts, sent_at)?;
        match self.fault {
            Fault::LeaksWrites => std::mem::forget(self.store.begin(key, &facts, sent_at)?),
            Fault::ShowsEntriesEarly => {
                let early = self.store.begin(key, &facts, sent_at)?;
                self.store.commit(early)?;
            }
            _ => {}
        }
        let mut token = self.wrap(token, &facts, None);
        token.head = key.get().to_le_bytes().to_vec();
        Ok(token)
    }

    fn begin_head(
        &mut self,
        id: EntryId,
        facts: &StoredFacts,
        sent_at: Now,
    ) -> Result<Option<Token>, StoreError> {
        let sent_at = match self.fault {
            Fault::ForgetsWhenAnUpdateWasSent => later(),
            _ => sent_at,
        };
        let id = self.inner(id);
        let facts = match (self.fault, self.store.head_bytes(id)) {
            (Fault::KeepsOldFacts, Some((old, _))) => old,
            _ => *facts,
        };
        let Some(token) = self.store.begin_head(id, &facts, sent_at)? else {
            return Ok(None);
        };
        match self.fault {
            Fault::WritesThroughOnUpdate => self.update(id, &facts, b""),
            Fault::LeaksUpdates => {
                let mut leaked = self.store.begin_head(id, &facts, sent_at)?;
                let leaked = leaked.as_mut().unwrap();
                self.store.append_head(leaked, &[0; 300])?;
                std::mem::forget(std::mem::replace(
                    leaked,
                    self.store.begin_head(id, &facts, sent_at)?.unwrap(),
                ));
            }
            _ => {}
        }
        Ok(Some(self.wrap(token, &facts, Some(id))))
    }

    fn append_head(&mut self, token: &mut Token, chunk: &[u8]) -> Result<(), StoreError> {
        self.checked(token)?;
        if self.fault == Fault::LosesShortPieces && chunk.len() < 2 {
            return Ok(());
        }
        if let Some(id) = token.of {
            token.head.extend_from_slice(chunk);
            if self.fault == Fault::WritesThroughOnUpdate {
                self.update(id, &token.facts, &token.head.clone());
            }
        }
        let inner = token.token.as_mut().unwrap();
        self.store
            .append_head(inner, chunk)
            .map_err(|error| self.sized(error))
    }

    fn append(&mut self, token: &mut Token, chunk: &[u8]) -> Result<(), StoreError> {
        self.checked(token)?;
        token.appended |= !chunk.is_empty();
        if token.of.is_some() && self.fault == Fault::IgnoresBodiesOfUpdates {
            return Ok(());
        }
        let inner = token.token.as_mut().unwrap();
        if self.fault == Fault::CommitsWhatIsTooLarge && token.head.len() > 15_000 {
            return Err(StoreError::BodyTooLarge { limit: 15_000 });
        }
        token.head.extend_from_slice(chunk); // only its length is of interest
        self.store.append(inner, chunk).map_err(|error| self.sized(error))
    }

    fn commit(&mut self, mut token: Token) -> Result<EntryId, StoreError> {
        self.checked(&mut token)?;
        let inner = token.token.take().unwrap();
        if let Some(id) = token.of {
            let committed = self.store.commit(inner);
            match self.fault {
                Fault::UpdatesGoneEntries => return Ok(id),
                Fault::RevivesWhatWasMarkedSince => self.update(id, &token.facts, &token.head),
                Fault::ChangesTheId => return committed.map(|id| EntryId(id.0 ^ 1 << 40)),
                _ => {}
            }
            return committed.map(|id| self.outer(id));
        }
        let key = Key::from_number(u64::from_le_bytes(*token.head.first_chunk().unwrap())).unwrap();
        let old: Vec<_> = std::iter::successors(self.store.next_entry(key, None), |(id, ..)| {
            self.store.next_entry(key, Some(*id))
        })
        .filter(|(_, facts, _)| token.facts.replaces(facts))
        .map(|(id, ..)| id)
        .collect();
        if self.fault == Fault::KeepsWhatEndsLast {
            old.iter().for_each(|old| self.store.remove(*old).unwrap());
        }
        let id = self.store.commit(inner)?;
        self.keys.insert(id, key);
        for old in old {
            self.replaced.insert(old, id);
        }
        if self.fault == Fault::LosesEmptyBodies && !token.appended {
            self.store.remove(id)?;
        }
        if self.fault == Fault::EvictsInOrder {
            self.queue.push_back(id);
            if self.queue.len() > 8 {
                let oldest = self.queue.pop_front().unwrap();
                self.store.remove(oldest)?;
            }
        }
        Ok(self.outer(id))
    }

    fn remove(&mut self, id: EntryId) -> Result<(), StoreError> {
        self.store.remove(self.inner(id))
    }

    fn mark_invalid(&mut self, id: EntryId) -> Result<(), StoreError> {
        let id = self.inner(id);
        self.store.mark_invalid(id)?;
        if let (Fault::MarksTheKey, Some(key)) = (self.fault, self.keys.get(&id)) {
            let mut next = self.store.next_entry(*key, None);
            while let Some((id, ..)) = next {
                self.store.mark_invalid(id)?;
                next = self.store.next_entry(*key, Some(id));
            }
        }
        Ok(())
    }

    fn invalidate(&mut self, key: Key, at: Now) -> Result<(), StoreError> {
        self.stamps.record(key, at);
        self.last_stamp = Some((key, at));
        if self.fault == Fault::InvalidatesOneEntry {
            let first = self.store.next_entry(key, None);
            return first.map_or(Ok(()), |(id, ..)| self.store.mark_invalid(id));
        }
        self.store.invalidate(key, at)
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        match self.fault {
            Fault::KeepsAllWhenCleared => Ok(()),
            _ => self.store.clear(),
        }
    }
}

const PROMISES: Promises = Promises::new()
    .with_max_bytes(1 << 16)
    .with_too_large((1 << 14) + 1)
    .with_hot_entries_kept();

type Check = fn(Faulty);

/// Each fault with the check that is there for it.
const CHECKS: [(Fault, Check); 32] = [
    (Fault::LosesEmptyBodies, suite::roundtrip),
    (Fault::LosesShortPieces, suite::many_pieces),
    (Fault::ReadsShort, suite::body_offsets),
    (Fault::SaysAWrongSize, suite::small_buffer),
    (Fault::SaysFullWhenTooLarge, |store| {
        suite::too_large(store, &PROMISES)
    }),
    (Fault::CommitsWhatIsTooLarge, |store| {
        suite::too_large(store, &PROMISES)
    }),
    (Fault::ShowsEntriesEarly, suite::invisible_until_committed),
    (Fault::LeaksWrites, |store| {
        suite::dropped_writers(store, &PROMISES)
    }),
    (Fault::AllowsOneWriter, suite::interleaved_writers),
    (Fault::KeepsWhatIsReplaced, suite::replaces),
    (Fault::KeepsWhatEndsLast, suite::later_responses_stay),
    (Fault::KeepsOneVariant, suite::variants_coexist),
    (Fault::KeepsAllWhenCleared, suite::clears),
    (Fault::WalksOneStep, suite::walk_is_complete),
    (Fault::WalksInTurns, suite::walk_is_complete),
    (
        Fault::StopsWalkingAtAGoneEntry,
        suite::walk_goes_on_after_gone_entries,
    ),
    (Fault::UsesIdsAgain, suite::gone_ids_miss),
    (Fault::KeepsOldFacts, suite::update_keeps_id_and_body),
    (Fault::ChangesTheId, suite::update_keeps_id_and_body),
    (Fault::WritesThroughOnUpdate, suite::dropped_update),
    (Fault::UpdatesGoneEntries, suite::update_of_a_gone_entry),
    (
        Fault::IgnoresBodiesOfUpdates,
        suite::update_that_appends_to_the_body,
    ),
    (Fault::LeaksUpdates, |store| {
        suite::updates_leave_nothing_behind(store, &PROMISES)
    }),
    (Fault::InvalidatesOneEntry, suite::invalidates_a_whole_key),
    (Fault::MarksTheKey, suite::marks_one_entry),
    (
        Fault::ForgetsWhenItWasSent,
        suite::invalidation_before_the_response,
    ),
    (
        Fault::ForgetsWhenAnUpdateWasSent,
        suite::invalidation_before_an_update,
    ),
    (Fault::ChecksAtBeginOnly, suite::invalidation_while_writing),
    (
        Fault::RevivesWhatWasMarkedSince,
        suite::invalidation_while_updating,
    ),
    (Fault::ForgetsInvalidations, suite::forgotten_invalidations),
    (Fault::IsTooLarge, |store| {
        suite::keeps_its_limits(store, &PROMISES)
    }),
    (Fault::EvictsInOrder, |store| {
        suite::keeps_hot_entries(store, &PROMISES)
    }),
];

#[test]
#[cfg_attr(miri, ignore = "its point is quantity; the models take the same operations")]
fn every_check_finds_its_fault() {
    suite::run_with(|| Faulty::new(Fault::None), &PROMISES);
    for (fault, check) in CHECKS {
        check(Faulty::new(Fault::None));
        let found = catch_unwind(AssertUnwindSafe(|| check(Faulty::new(fault))));
        let panic = found.expect_err(&format!("{fault:?} is not found"));
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
        println!("{fault:?}: {}", text.unwrap_or_default());
    }
}

#[test]
fn a_sample_is_a_response_that_can_be_stored() {
    let sample = Sample::new("/");
    assert_eq!(sample.facts().lifetime(), 600);
    assert!(sample.facts().has_validator() && !sample.facts().has_vary());
    assert!(sample.clone().of_language("de").facts().has_vary());
    assert!(!sample.facts().replaces(&sample.clone().of_language("de").facts()));
    assert!(!sample.facts().replaces(&sample.clone().of_user(1).facts()));
    assert!(sample.facts().replaces(&sample.of_version(2).facts()));
}
