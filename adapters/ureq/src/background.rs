//! Validations that nobody waits for (RFC 5861 section 3).

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use larder::EntryId;
use log::Level;

use crate::notes::note;

/// A bounded number of threads, at most one for an entry.
pub(crate) struct Background {
    limit: usize,
    running: Arc<Running>,
}

#[derive(Default)]
struct Running {
    entries: Mutex<Vec<EntryId>>,
    changed: Condvar,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, Vec<EntryId>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the entry off the list, also when its thread panics.
struct Ticket {
    running: Arc<Running>,
    id: EntryId,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.running.lock().retain(|id| *id != self.id);
        self.running.changed.notify_all();
    }
}

impl Background {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            running: Arc::default(),
        }
    }

    /// Runs `job` for an entry, unless one is on its way already or all threads are busy: then
    /// a later request does it.
    pub(crate) fn start(&self, id: EntryId, job: Box<dyn FnOnce() + Send>) {
        let mut entries = self.running.lock();
        if entries.len() >= self.limit || entries.contains(&id) {
            return;
        }
        entries.push(id);
        drop(entries);
        let ticket = Ticket {
            running: Arc::clone(&self.running),
            id,
        };
        let thread = thread::Builder::new()
            .name("larder-validation".into())
            .spawn(move || {
                job();
                drop(ticket);
            });
        if let Err(error) = thread {
            note(
                Level::Warn,
                format_args!("no thread for a validation in the background: {error}"),
            );
        }
    }

    /// Whether everything that runs has ended in time.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut entries = self.running.lock();
        while !entries.is_empty() {
            let Some(left) = timeout.checked_sub(start.elapsed()) else {
                return false;
            };
            let waited = self.running.changed.wait_timeout(entries, left);
            (entries, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    #[test]
    fn one_for_an_entry_and_a_few_in_all() {
        let background = Background::new(2);
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let ran = Arc::new(AtomicUsize::new(0));
        for id in [1, 1, 2, 3] {
            let (held, ran) = (Arc::clone(&held), Arc::clone(&ran));
            let job = move || {
                let _ = held.lock().unwrap().recv();
                ran.fetch_add(1, Ordering::SeqCst);
            };
            background.start(EntryId(id), Box::new(job));
        }
        assert!(!background.wait(Duration::from_millis(1)));
        drop(release);
        assert!(background.wait(Duration::from_secs(10)));
        assert_eq!(ran.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_panic_frees_the_place() {
        let background = Background::new(1);
        background.start(EntryId(1), Box::new(|| panic!("planted")));
        assert!(background.wait(Duration::from_secs(10)));
    }
}
