//! One request for many who ask for the same at once (RFC 9111 section 4).
//!
//! The first asks the origin, the others wait for the head of its response: then core decides
//! about each of them, so that nobody gets what is not his, and those whom it answers read the
//! body while it comes. Nobody waits twice, nor for himself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use larder::Key;

use crate::delivered::Pull;
use crate::flight::{Flight, lock};
use crate::growing::Growing;

/// How many responses are remembered that were of no use to those who waited, and how long.
const REMEMBERED: usize = 64;
const IN_VAIN: Duration = Duration::from_secs(10);

/// What identifies a request: a hash of its partition, URI and fields.
pub(crate) type Likeness = u128;

/// The requests that are on their way.
pub(crate) struct Flights {
    /// As many as there are threads that ask at most: few enough to look through.
    on_their_way: Mutex<Vec<Arc<Flight>>>,
    in_vain: Mutex<Vec<(Likeness, Instant)>>,
    /// How many have landed.
    landed: AtomicU64,
}

/// What becomes of a request that would go to the origin.
pub(crate) enum Turn {
    /// It goes, and others wait for it.
    Lead(Lead),
    /// It has waited: this response may answer it.
    Join(Arc<Growing>, Box<dyn Pull>),
    /// It has waited: what is stored may answer it now.
    Waited,
    /// It need not wait: the same.
    LookAgain,
    /// It goes, and nobody waits for it.
    Alone,
}

/// Those who wait are woken when it is dropped.
pub(crate) struct Lead {
    flights: Arc<Flights>,
    flight: Arc<Flight>,
}

impl Default for Flights {
    fn default() -> Self {
        Self {
            on_their_way: Mutex::default(),
            in_vain: Mutex::default(),
            landed: AtomicU64::new(0),
        }
    }
}

impl Flights {
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
    ) -> Turn {
        if self.was_in_vain(likeness) {
            return Turn::Alone;
        }
        let mut flights = lock(&self.on_their_way);
        let same = flights.iter().find(|flight| flight.likeness == likeness);
        let Some(flight) = same.map(Arc::clone) else {
            if self.landed() != landed {
                return Turn::LookAgain;
            }
            let flight = Arc::new(Flight::new(likeness, key));
            flights.push(Arc::clone(&flight));
            return Turn::Lead(Lead {
                flights: Arc::clone(self),
                flight,
            });
        };
        drop(flights);
        flight.wait(patience)
    }

    /// Something has happened to this URI: who asks from now on must not be answered with what
    /// was asked for before.
    pub(crate) fn forget(&self, key: Key) {
        lock(&self.on_their_way).retain(|flight| flight.key != key);
    }

    /// The same for every URI.
    pub(crate) fn forget_all(&self) {
        lock(&self.on_their_way).clear();
    }

    fn was_in_vain(&self, likeness: Likeness) -> bool {
        let mut known = lock(&self.in_vain);
        known.retain(|(_, at)| at.elapsed() <= IN_VAIN);
        known.iter().any(|(other, _)| *other == likeness)
    }
}

impl Lead {
    /// What tells others of the response.
    pub(crate) fn flight(&self) -> Arc<Flight> {
        Arc::clone(&self.flight)
    }

    /// The response is of no use to others: next time they need not wait.
    pub(crate) fn in_vain(self) {
        let mut known = lock(&self.flights.in_vain);
        if known.len() >= REMEMBERED {
            known.remove(0);
        }
        known.push((self.flight.likeness, Instant::now()));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights.on_their_way);
        flights.retain(|flight| !Arc::ptr_eq(flight, &self.flight));
        // While they are locked, so that who finds it gone knows that something has landed.
        self.flights.landed.fetch_add(1, Ordering::Release);
        drop(flights);
        self.flight.land();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder::Target;
    use std::thread;

    fn key() -> Key {
        Key::new(&Target::parse("http://host/").unwrap(), 0)
    }

    fn flights() -> Arc<Flights> {
        Arc::default()
    }

    fn lead(flights: &Arc<Flights>, likeness: Likeness) -> Lead {
        match flights.join(likeness, key(), None, flights.landed()) {
            Turn::Lead(lead) => lead,
            _ => panic!("somebody else leads"),
        }
    }

    fn is_alone(turn: &Turn) -> bool {
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
