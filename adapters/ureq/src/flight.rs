//! A request that is on its way, and those who wait for the head of its response.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use larder::Key;

use crate::collapse::{Likeness, Turn};
use crate::growing::Growing;

/// A request that is on its way.
pub(crate) struct Flight {
    pub(crate) likeness: Likeness,
    leader: ThreadId,
    pub(crate) key: Key,
    state: Mutex<State>,
    /// Somebody waits or has waited, set under the lock: to wake nobody is a system call too.
    waited_for: AtomicBool,
    changed: Condvar,
}

enum State {
    Asking,
    /// The head has come.
    Growing(Weak<Growing>),
    /// The response is stored, or nothing has come of it.
    Over,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flight {
    pub(crate) fn new(likeness: Likeness, key: Key) -> Self {
        Self {
            likeness,
            leader: thread::current().id(),
            key,
            state: Mutex::new(State::Asking),
            waited_for: AtomicBool::new(false),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn wait(&self, patience: Option<Duration>) -> Turn {
        let start = Instant::now();
        let mut state = lock(&self.state);
        self.waited_for.store(true, Ordering::Relaxed);
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
        match growing.join(start) {
            Some(body) => Turn::Join(growing, body),
            None => Turn::Alone,
        }
    }

    /// The head has come.
    pub(crate) fn grows(&self, growing: &Arc<Growing>) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Asking) {
            *state = State::Growing(Arc::downgrade(growing));
        }
        drop(state);
        self.wake();
    }

    /// Nothing more comes of it.
    pub(crate) fn land(&self) {
        *lock(&self.state) = State::Over;
        self.wake();
    }

    /// After a change that was made under the lock.
    fn wake(&self) {
        if self.waited_for.load(Ordering::Relaxed) {
            self.changed.notify_all();
        }
    }
}
