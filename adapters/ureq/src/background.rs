//! What nobody waits for: validations (RFC 5861 section 3), and bodies that the caller does not get.

use std::mem::discriminant;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use larder::EntryId;
use log::Level;

use crate::delivered::{Pull, UNREAD, pass};
use crate::notes::note;

/// A bounded number of threads for each kind of task, at most one for an entry.
pub(crate) struct Background {
    limit: usize,
    running: Arc<Running>,
    /// How many bodies there were.
    bodies: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The validation of an entry.
    Validation(EntryId),
    /// A body that is read for the store alone, and its number.
    Body(u64),
}

#[derive(Default)]
struct Running {
    tasks: Mutex<Vec<Task>>,
    changed: Condvar,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the task off the list, also when its thread panics.
struct Ticket {
    running: Arc<Running>,
    task: Task,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.running.lock().retain(|task| *task != self.task);
        self.running.changed.notify_all();
    }
}

/// How long an error waits for its body, which is there as a rule: who asks at once again finds it stored.
const AT_HAND: Duration = Duration::from_millis(50);

impl Background {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            running: Arc::default(),
            bodies: AtomicU64::new(0),
        }
    }

    /// Reads the beginning of a body for the store: nobody else will.
    pub(crate) fn read(&self, mut body: Box<dyn Pull>) {
        let mut read = move || {
            let read = pass(&mut *body, UNREAD);
            note(
                Level::Trace,
                format_args!("an error response was read for the store: {read:?}"),
            );
        };
        if self.limit == 0 {
            return read();
        }
        let task = Task::Body(self.bodies.fetch_add(1, Ordering::Relaxed));
        self.start(task, Box::new(read));
        self.wait_while(AT_HAND, &|tasks| tasks.contains(&task));
    }

    /// Runs `job`, unless one for the same is on its way already or all threads are busy: then
    /// a later request does it.
    pub(crate) fn start(&self, task: Task, job: Box<dyn FnOnce() + Send>) {
        let mut tasks = self.running.lock();
        // An origin that stops in its bodies keeps no validation from running.
        let alike = tasks
            .iter()
            .filter(|other| discriminant(*other) == discriminant(&task));
        if alike.count() >= self.limit || tasks.contains(&task) {
            return;
        }
        tasks.push(task);
        drop(tasks);
        let ticket = Ticket {
            running: Arc::clone(&self.running),
            task,
        };
        let thread = thread::Builder::new()
            .name("larder-background".into())
            .spawn(move || {
                job();
                drop(ticket);
            });
        if let Err(error) = thread {
            note(Level::Warn, format_args!("no thread for the background: {error}"));
        }
    }

    /// Whether everything that runs has ended in time.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        self.wait_while(timeout, &|tasks| !tasks.is_empty())
    }

    fn wait_while(&self, timeout: Duration, busy: &dyn Fn(&[Task]) -> bool) -> bool {
        let start = Instant::now();
        let mut tasks = self.running.lock();
        while busy(&tasks) {
            let Some(left) = timeout.checked_sub(start.elapsed()) else {
                return false;
            };
            let waited = self.running.changed.wait_timeout(tasks, left);
            (tasks, _) = waited.unwrap_or_else(PoisonError::into_inner);
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
        let [one, two, three] = [1, 2, 3].map(|id| Task::Validation(EntryId(id)));
        for task in [one, one, two, three, Task::Body(1)] {
            let (held, ran) = (Arc::clone(&held), Arc::clone(&ran));
            let job = move || {
                let _ = held.lock().unwrap().recv();
                ran.fetch_add(1, Ordering::SeqCst);
            };
            background.start(task, Box::new(job));
        }
        assert!(!background.wait(Duration::from_millis(1)));
        drop(release);
        assert!(background.wait(Duration::from_secs(10)));
        assert_eq!(ran.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_panic_frees_the_place() {
        let background = Background::new(1);
        background.start(Task::Body(0), Box::new(|| panic!("planted")));
        assert!(background.wait(Duration::from_secs(10)));
    }
}
