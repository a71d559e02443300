//! One request for many who ask for the same at once (RFC 9111 section 4).
//!
//! The first asks the origin, the others wait for the head of its response: then core decides
//! about each of them, so that nobody gets what is not his, and those whom it answers read the
//! body while it comes. Nobody waits twice, nor for himself.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use larder::Key;
use larder::store::shared::SharedStore;

use crate::growing::Growing;
use crate::growing_body::GrowingBody;

/// How many responses are remembered that were of no use to those who waited, and how long.
const REMEMBERED: usize = 64;
const IN_VAIN: Duration = Duration::from_secs(10);

/// What identifies a request: a hash of its partition, URI and fields.
pub(crate) type Likeness = u128;

/// The requests that are on their way.
pub(crate) struct Flights<S: SharedStore> {
    on_their_way: Mutex<HashMap<Likeness, Arc<Flight<S>>>>,
    in_vain: Mutex<VecDeque<(Likeness, Instant)>>,
    /// How many have landed.
    landed: AtomicU64,
}

struct Flight<S: SharedStore> {
    leader: ThreadId,
    key: Key,
    state: Mutex<State<S>>,
    changed: Condvar,
}

enum State<S: SharedStore> {
    Asking,
    /// The head has come.
    Growing(Weak<Growing<S>>),
    /// The response is stored, or nothing has come of it.
    Over,
}

/// What becomes of a request that would go to the origin.
pub(crate) enum Turn<S: SharedStore> {
    /// It goes, and others wait for it.
    Lead(Lead<S>),
    /// It has waited: this response may answer it.
    Join(Arc<Growing<S>>, Box<GrowingBody<S>>),
    /// It has waited: what is stored may answer it now.
    Waited,
    /// It need not wait: the same.
    LookAgain,
    /// It goes, and nobody waits for it.
    Alone,
}

/// Those who wait are woken when it is dropped.
pub(crate) struct Lead<S: SharedStore> {
    flights: Arc<Flights<S>>,
    likeness: Likeness,
    flight: Arc<Flight<S>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: SharedStore> Default for Flights<S> {
    fn default() -> Self {
        Self {
            on_their_way: Mutex::default(),
            in_vain: Mutex::default(),
            landed: AtomicU64::new(0),
        }
    }
}

impl<S: SharedStore> Flights<S> {
    /// How many have landed: what has since may be stored.
    pub(crate) fn landed(&self) -> u64 {
        self.landed.load(Ordering::Acquire)
    }

    /// Leads, or waits for the leader; `patience` is how long the head may take, `landed` what
    /// it was when the store was looked into.
    pub(crate) fn join(
        self: &Arc<Self>,
        likeness: Likeness,
        key: Key,
        patience: Option<Duration>,
        landed: u64,
    ) -> Turn<S> {
        if self.was_in_vain(likeness) {
            return Turn::Alone;
        }
        let mut flights = lock(&self.on_their_way);
        let Some(flight) = flights.get(&likeness).map(Arc::clone) else {
            if self.landed() != landed {
                return Turn::LookAgain;
            }
            let flight = Arc::new(Flight::new(key));
            flights.insert(likeness, Arc::clone(&flight));
            return Turn::Lead(Lead {
                flights: Arc::clone(self),
                likeness,
                flight,
            });
        };
        drop(flights);
        flight.wait(patience)
    }

    /// Something has happened to this URI: who asks from now on must not be answered with what
    /// was asked for before.
    pub(crate) fn forget(&self, key: Key) {
        lock(&self.on_their_way).retain(|_, flight| flight.key != key);
    }

    /// The same for every URI.
    pub(crate) fn forget_all(&self) {
        lock(&self.on_their_way).clear();
    }

    fn was_in_vain(&self, likeness: Likeness) -> bool {
        let mut known = lock(&self.in_vain);
        while known.front().is_some_and(|(_, at)| at.elapsed() > IN_VAIN) {
            known.pop_front();
        }
        known.iter().any(|(other, _)| *other == likeness)
    }
}

impl<S: SharedStore> Flight<S> {
    fn new(key: Key) -> Self {
        Self {
            leader: thread::current().id(),
            key,
            state: Mutex::new(State::Asking),
            changed: Condvar::new(),
        }
    }

    fn wait(&self, patience: Option<Duration>) -> Turn<S> {
        let start = Instant::now();
        let mut state = lock(&self.state);
        let growing = loop {
            match &*state {
                State::Over => return Turn::Waited,
                State::Growing(growing) => break growing.clone(),
                // It would wait for itself: a resolver may use the agent that it resolves for.
                State::Asking if self.leader == thread::current().id() => return Turn::Alone,
                State::Asking => {}
            }
            state = match patience {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let Some(left) = patience.checked_sub(start.elapsed()) else {
                        return Turn::Alone;
                    };
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        };
        drop(state);
        // Gone: read to its end, or by nobody any more.
        let Some(growing) = growing.upgrade() else {
            return Turn::Waited;
        };
        match growing.join() {
            Some(body) => Turn::Join(growing, body),
            None => Turn::Alone,
        }
    }

    fn set(&self, next: State<S>) {
        *lock(&self.state) = next;
        self.changed.notify_all();
    }
}

impl<S: SharedStore> Lead<S> {
    /// The head has come.
    pub(crate) fn grows(&self) -> impl FnOnce(&Arc<Growing<S>>) + use<S> {
        let flight = Arc::clone(&self.flight);
        move |growing| {
            let mut state = lock(&flight.state);
            if matches!(*state, State::Asking) {
                *state = State::Growing(Arc::downgrade(growing));
            }
            drop(state);
            flight.changed.notify_all();
        }
    }

    /// The response is of no use to others: next time they need not wait.
    pub(crate) fn in_vain(self) {
        let mut known = lock(&self.flights.in_vain);
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        known.push_back((self.likeness, Instant::now()));
    }
}

impl<S: SharedStore> Drop for Lead<S> {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights.on_their_way);
        if flights
            .get(&self.likeness)
            .is_some_and(|flight| Arc::ptr_eq(flight, &self.flight))
        {
            flights.remove(&self.likeness);
        }
        // While the map is locked, so that who finds it gone knows that something has landed.
        self.flights.landed.fetch_add(1, Ordering::Release);
        drop(flights);
        self.flight.set(State::Over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder::Target;
    use larder::store::memory::MemoryStore;

    fn key() -> Key {
        Key::new(&Target::parse("http://host/").unwrap(), 0)
    }

    fn flights() -> Arc<Flights<MemoryStore>> {
        Arc::default()
    }

    fn lead(flights: &Arc<Flights<MemoryStore>>, likeness: Likeness) -> Lead<MemoryStore> {
        match flights.join(likeness, key(), None, flights.landed()) {
            Turn::Lead(lead) => lead,
            _ => panic!("somebody else leads"),
        }
    }

    fn is_alone(turn: &Turn<MemoryStore>) -> bool {
        matches!(turn, Turn::Alone)
    }

    #[test]
    fn the_second_waits_for_the_first() {
        let flights = flights();
        let first = lead(&flights, 1);
        drop(lead(&flights, 2));
        let others = Arc::clone(&flights);
        let second = move || matches!(others.join(1, key(), None, 0), Turn::Waited | Turn::LookAgain);
        let second = thread::spawn(second);
        drop(first);
        assert!(second.join().unwrap());
        // Who looked into the store before that has to look again.
        assert!(matches!(flights.join(1, key(), None, 0), Turn::LookAgain));
        drop(lead(&flights, 1));
        assert!(lock(&flights.on_their_way).is_empty());
    }

    #[test]
    fn nobody_waits_for_himself_nor_longer_than_he_can() {
        let flights = flights();
        let _lead = lead(&flights, 1);
        assert!(is_alone(&flights.join(1, key(), None, 0)));
        let others = Arc::clone(&flights);
        let patience = Some(Duration::from_millis(5));
        let impatient = thread::spawn(move || is_alone(&others.join(1, key(), patience, 0)));
        assert!(impatient.join().unwrap());
    }

    #[test]
    fn what_was_in_vain_is_remembered() {
        let flights = flights();
        for likeness in 0..100 {
            lead(&flights, likeness).in_vain();
        }
        assert!(is_alone(&flights.join(99, key(), None, flights.landed())));
        drop(lead(&flights, 0));
        assert_eq!(lock(&flights.in_vain).len(), REMEMBERED);
    }

    #[test]
    fn a_forgotten_flight_has_a_successor() {
        let flights = flights();
        let old = lead(&flights, 1);
        flights.forget(key());
        let new = lead(&flights, 1);
        drop(old);
        // The old one has not taken the new one with it.
        assert_eq!(lock(&flights.on_their_way).len(), 1);
        flights.forget_all();
        drop(new);
        assert!(lock(&flights.on_their_way).is_empty());
    }
}
