//! One request for many who ask for the same at once (RFC 9111 section 4).
//!
//! The first asks the origin, the others wait until its response is stored and then look
//! again: core decides about each of them, so that nobody gets what is not his. Nobody waits
//! twice, nor for himself, nor for a leader whose body stands still.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// A leader that gets or reads no byte for this long is not waited for.
const STANDSTILL: Duration = Duration::from_millis(100);

/// A body that is read slowly is waited for this long at most.
const BODY: Duration = Duration::from_secs(2);

/// How many responses are remembered that were of no use to those who waited, and how long.
const REMEMBERED: usize = 64;
const IN_VAIN: Duration = Duration::from_secs(10);

/// What identifies a request: a hash of its partition, URI and fields.
pub(crate) type Likeness = u128;

/// The requests that are on their way.
#[derive(Default)]
pub(crate) struct Flights {
    on_their_way: Mutex<HashMap<Likeness, Arc<Flight>>>,
    in_vain: Mutex<VecDeque<(Likeness, Instant)>>,
}

struct Flight {
    leader: ThreadId,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// When the head of the response came.
    head: Option<Instant>,
    /// When the body last grew.
    moved: Instant,
    over: bool,
}

/// What becomes of a request that would go to the origin.
pub(crate) enum Turn {
    /// It goes, and others wait for it.
    Lead(Lead),
    /// It has waited: what is stored may answer it now.
    Waited,
    /// It goes, and nobody waits for it.
    Alone,
}

/// Those who wait are woken when it is dropped.
pub(crate) struct Lead {
    flights: Arc<Flights>,
    likeness: Likeness,
    flight: Arc<Flight>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flights {
    /// Leads, or waits for the leader; `patience` is how long the head may take.
    pub(crate) fn join(self: &Arc<Self>, likeness: Likeness, patience: Option<Duration>) -> Turn {
        if self.was_in_vain(likeness) {
            return Turn::Alone;
        }
        let mut flights = lock(&self.on_their_way);
        let Some(flight) = flights.get(&likeness) else {
            let flight = Arc::new(Flight::new());
            flights.insert(likeness, Arc::clone(&flight));
            return Turn::Lead(Lead {
                flights: Arc::clone(self),
                likeness,
                flight,
            });
        };
        let flight = Arc::clone(flight);
        drop(flights);
        match flight.leader != thread::current().id() && flight.wait(patience) {
            true => Turn::Waited,
            false => Turn::Alone,
        }
    }

    fn was_in_vain(&self, likeness: Likeness) -> bool {
        let mut known = lock(&self.in_vain);
        while known.front().is_some_and(|(_, at)| at.elapsed() > IN_VAIN) {
            known.pop_front();
        }
        known.iter().any(|(other, _)| *other == likeness)
    }
}

impl Flight {
    fn new() -> Self {
        let state = State {
            head: None,
            moved: Instant::now(),
            over: false,
        };
        Self {
            leader: thread::current().id(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Whether the leader has arrived.
    fn wait(&self, patience: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut state = lock(&self.state);
        while !state.over {
            let left = match state.head {
                None => match patience {
                    None => Some(Duration::MAX),
                    Some(patience) => patience.checked_sub(start.elapsed()),
                },
                Some(head) => BODY
                    .checked_sub(head.elapsed())
                    .and_then(|left| Some(left.min(STANDSTILL.checked_sub(state.moved.elapsed())?))),
            };
            state = match left {
                None => return false,
                Some(Duration::MAX) => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let (state, _) = self
                        .changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner);
                    state
                }
            };
        }
        true
    }
}

impl Lead {
    /// The head has come, or more of the body.
    pub(crate) fn moved(&self) {
        let now = Instant::now();
        let mut state = lock(&self.flight.state);
        state.moved = now;
        if state.head.is_none() {
            state.head = Some(now);
            // From now on those who wait have to look at the clock.
            self.flight.changed.notify_all();
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

impl Drop for Lead {
    fn drop(&mut self) {
        lock(&self.flights.on_their_way).remove(&self.likeness);
        lock(&self.flight.state).over = true;
        self.flight.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_alone(turn: &Turn) -> bool {
        matches!(turn, Turn::Alone)
    }

    #[test]
    fn the_second_waits_for_the_first() {
        let flights = Arc::new(Flights::default());
        let Turn::Lead(lead) = flights.join(1, None) else {
            panic!()
        };
        assert!(matches!(flights.join(2, None), Turn::Lead(_)));
        let others = Arc::clone(&flights);
        let second = thread::spawn(move || matches!(others.join(1, None), Turn::Waited));
        thread::sleep(Duration::from_millis(10));
        lead.moved();
        drop(lead);
        assert!(second.join().unwrap());
        assert!(matches!(flights.join(1, None), Turn::Lead(_)));
        assert!(lock(&flights.on_their_way).is_empty());
    }

    #[test]
    fn nobody_waits_for_himself_nor_for_long() {
        let flights = Arc::new(Flights::default());
        let Turn::Lead(lead) = flights.join(1, None) else {
            panic!()
        };
        assert!(is_alone(&flights.join(1, None)));
        let others = Arc::clone(&flights);
        let impatient = thread::spawn(move || is_alone(&others.join(1, Some(Duration::from_millis(5)))));
        assert!(impatient.join().unwrap());
        lead.moved();
        let others = Arc::clone(&flights);
        // The head is there, and then nothing.
        let second = thread::spawn(move || is_alone(&others.join(1, None)));
        assert!(second.join().unwrap());
    }

    #[test]
    fn what_was_in_vain_is_remembered() {
        let flights = Arc::new(Flights::default());
        for likeness in 0..100 {
            let Turn::Lead(lead) = flights.join(likeness, None) else {
                panic!()
            };
            lead.in_vain();
        }
        assert!(is_alone(&flights.join(99, None)));
        assert!(matches!(flights.join(0, None), Turn::Lead(_)));
        assert_eq!(lock(&flights.in_vain).len(), REMEMBERED);
    }
}
