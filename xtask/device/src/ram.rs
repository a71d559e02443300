//! Bytes of RAM that an entry costs in each store.

use larder::store::{Store, arena::ArenaStore, slots::SlotStore};
use larder::{Key, StoredFacts};
use larder_embedded::validators::Validators;

use crate::say;

/// A usual head, packed, and a small body.
const HEAD: usize = 256;
const BODY: usize = 1024;

pub fn measure() {
    let four = size_of::<SlotStore<4, HEAD, BODY>>();
    let eight = size_of::<SlotStore<8, HEAD, BODY>>();
    say("slots", (eight - four) / 4);
    say("slots-alone", four - (eight - four));
    let (two, six) = (arena(2), arena(6));
    say("arena", (six - two) / 4);
    say("validators", Validators::bytes(2) - Validators::bytes(1));
    say(
        "validators-alone",
        size_of::<Validators<[u8; Validators::bytes(1)]>>() - Validators::bytes(1),
    );
}

/// The fewest bytes in which so many entries stay.
fn arena(entries: usize) -> usize {
    let mut memory = [0; 12 * 1024];
    let fits = |length: &usize| {
        let Some(memory) = memory.get_mut(..*length) else {
            return true;
        };
        holds(memory, entries)
    };
    let mut fits = fits;
    let (mut low, mut high) = (0, 12 * 1024);
    while low < high {
        let middle = (low + high) / 2;
        if fits(&middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn holds(memory: &mut [u8], entries: usize) -> bool {
    let Ok(mut store) = ArenaStore::format(memory, 7, entries as u16) else {
        return false;
    };
    for number in 1..=entries as u64 {
        if fill(&mut store, number).is_none() {
            return false;
        }
    }
    store.entries() == entries
}

fn fill(store: &mut ArenaStore<'_>, number: u64) -> Option<()> {
    let facts = facts()?;
    let now = larder::Now::mono(1, number);
    let mut token = store.begin(Key::from_number(number)?, &facts, now).ok()?;
    store.append_head(&mut token, &[0; HEAD]).ok()?;
    store.append(&mut token, &[0; BODY]).ok()?;
    store.commit(token).ok().map(drop)
}

/// Facts of no response.
fn facts() -> Option<StoredFacts> {
    let mut bytes = [0; StoredFacts::BYTES];
    bytes[0] = 1;
    StoredFacts::from_bytes(&bytes).ok()
}
