//! A response that is on its way, for all who ask for it meanwhile.
//!
//! The body belongs to nobody: whoever wants bytes that have not come yet reads them from the
//! origin, for the store and for the others. So nobody waits for a reader that has stopped,
//! not even for himself, and the body goes on when the one who asked for it first has gone.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use larder::store::shared::SharedStore;
use larder::{EntryId, StoredFacts};

use crate::cache::Shared;
use crate::framing::Completion;
use crate::growing_body::GrowingBody;
use crate::refetch::Refetch;
use crate::tee::Tee;

/// How far the readers of a body may be apart, and how far it may be when others still join.
const WINDOW: usize = 256 * 1024;

/// How far they may be apart when nobody can ask again: beyond that, and with a store that
/// refuses the body, those who are behind get an error.
const LAST_RESORT: usize = 4 << 20;

/// What is read at once for those who are behind.
const CHUNK: usize = 32 * 1024;

/// A response that is on its way.
pub(crate) struct Growing<S: SharedStore> {
    pub(crate) facts: StoredFacts,
    /// Packed, as the store gets it.
    pub(crate) head: Bytes,
    /// The length of the body, where it is known.
    pub(crate) length: Option<u64>,
    pub(crate) shared: Arc<Shared<S>>,
    pub(crate) refetch: Refetch,
    state: Mutex<State<S>>,
    changed: Condvar,
}

struct State<S: SharedStore> {
    /// `None` while somebody reads from the origin, and when nothing more comes.
    tee: Option<Box<Tee<S>>>,
    /// The last bytes that have come, and how many came before them.
    window: VecDeque<u8>,
    start: u64,
    end: Option<End>,
    entry: Option<EntryId>,
    readers: usize,
    /// Whether others may join.
    open: bool,
    /// The most that the window holds.
    kept: usize,
}

#[derive(Clone)]
enum End {
    Whole,
    Failed(ErrorKind, String),
}

impl End {
    fn result(&self) -> io::Result<usize> {
        match self {
            Self::Whole => Ok(0),
            Self::Failed(kind, text) => Err(io::Error::new(*kind, text.clone())),
        }
    }
}

/// Where a reader has to look for its next bytes.
pub(crate) enum Elsewhere<S: SharedStore> {
    /// There is no other reader any more.
    Alone(Box<Tee<S>>),
    /// Stored: here.
    Stored(EntryId),
    /// Neither here nor stored.
    Lost,
    Failed(io::Error),
}

impl<S: SharedStore> Growing<S> {
    /// The response, and the body of the one who asked for it.
    pub(crate) fn new(
        facts: StoredFacts,
        head: Bytes,
        tee: Tee<S>,
        shared: Arc<Shared<S>>,
        refetch: Refetch,
    ) -> (Arc<Self>, GrowingBody<S>) {
        let length = match tee.completion() {
            Completion::Exact(length) => Some(length),
            _ => None,
        };
        let growing = Arc::new(Self {
            facts,
            head,
            length,
            shared,
            state: Mutex::new(State {
                tee: Some(Box::new(tee)),
                window: VecDeque::new(),
                start: 0,
                end: None,
                entry: None,
                readers: 1,
                open: true,
                kept: match refetch.is_possible() {
                    true => WINDOW,
                    false => LAST_RESORT,
                },
            }),
            refetch,
            changed: Condvar::new(),
        });
        let body = GrowingBody::new(Arc::clone(&growing), false);
        (growing, body)
    }

    /// A body for one more; `None` when it is too late.
    pub(crate) fn join(self: &Arc<Self>) -> Option<Box<GrowingBody<S>>> {
        let mut state = self.lock();
        if !state.open {
            return None;
        }
        state.readers += 1;
        Some(Box::new(GrowingBody::new(Arc::clone(self), true)))
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State<S>>) -> MutexGuard<'s, State<S>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The next bytes at a position; the error says where else they may be.
    pub(crate) fn read_at(&self, position: u64, buf: &mut [u8]) -> Result<io::Result<usize>, Elsewhere<S>> {
        let mut state = self.lock();
        loop {
            let Some(at) = position.checked_sub(state.start) else {
                return Err(self.behind(state));
            };
            let count = state.copy(at, buf);
            if count > 0 {
                return Ok(Ok(count));
            }
            if let Some(end) = &state.end {
                return Ok(end.result());
            }
            state = match state.tee.take() {
                None => self.wait(state),
                Some(tee) if state.readers <= 1 && !state.open => return Err(Elsewhere::Alone(tee)),
                Some(tee) => {
                    drop(state);
                    return Ok(self.pull(tee, buf));
                }
            };
        }
    }

    /// Reads from the origin, for all.
    fn pull(&self, tee: Box<Tee<S>>, buf: &mut [u8]) -> io::Result<usize> {
        // Should reading panic, the others must not wait for ever.
        let mut turn = Turn {
            growing: self,
            tee: Some(tee),
            came: Came::Panic,
        };
        let Some(tee) = &mut turn.tee else { return Ok(0) };
        loop {
            match tee.read(buf) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    turn.came = Came::End(End::Failed(error.kind(), error.to_string()));
                    return Err(error);
                }
                Ok(0) => {
                    turn.came = Came::End(End::Whole);
                    return Ok(0);
                }
                Ok(count) => {
                    turn.came = Came::Bytes(buf.get(..count).unwrap_or_default());
                    return Ok(count);
                }
            }
        }
    }

    /// Others were faster: lets the body come to its end, so that it is stored.
    fn behind<'s>(&'s self, mut state: MutexGuard<'s, State<S>>) -> Elsewhere<S> {
        let mut scratch = Vec::new();
        loop {
            if let Some(id) = state.entry {
                return Elsewhere::Stored(id);
            }
            match &state.end {
                Some(End::Whole) => return Elsewhere::Lost,
                Some(End::Failed(kind, text)) => {
                    return Elsewhere::Failed(io::Error::new(*kind, text.clone()));
                }
                None => {}
            }
            state = match state.tee.take() {
                None => self.wait(state),
                Some(tee) if !tee.is_stored() => {
                    state.tee = Some(tee);
                    return Elsewhere::Lost;
                }
                Some(tee) => {
                    drop(state);
                    scratch.resize(CHUNK, 0);
                    // An error is everybody's, and found in the next round.
                    let _ = self.pull(tee, &mut scratch);
                    self.lock()
                }
            };
        }
    }

    pub(crate) fn leave(&self) {
        let mut state = self.lock();
        state.readers = state.readers.saturating_sub(1);
    }
}

impl<S: SharedStore> State<S> {
    /// Copies what the window has from there on.
    fn copy(&self, at: u64, buf: &mut [u8]) -> usize {
        let Ok(at) = usize::try_from(at) else { return 0 };
        let (first, second) = self.window.as_slices();
        let bytes = match first.get(at..) {
            Some(bytes) if !bytes.is_empty() => bytes,
            _ => second.get(at.saturating_sub(first.len())..).unwrap_or_default(),
        };
        let count = bytes.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        count
    }

    fn push(&mut self, bytes: &[u8]) {
        self.trim(bytes.len());
        let kept = bytes
            .get(bytes.len().saturating_sub(self.kept)..)
            .unwrap_or(bytes);
        self.start += (bytes.len() - kept.len()) as u64;
        self.window.extend(kept);
    }

    /// Makes room for that much.
    fn trim(&mut self, room: usize) {
        let wanted = self.window.len() + room;
        if wanted > WINDOW {
            self.open = false;
        }
        let gone = wanted.saturating_sub(self.kept).min(self.window.len());
        self.window.drain(..gone);
        self.start += gone as u64;
    }
}

/// What came of reading from the origin.
enum Came<'b> {
    Bytes(&'b [u8]),
    End(End),
    Panic,
}

/// The one who reads from the origin.
struct Turn<'g, 'b, S: SharedStore> {
    growing: &'g Growing<S>,
    tee: Option<Box<Tee<S>>>,
    came: Came<'b>,
}

impl<S: SharedStore> Drop for Turn<'_, '_, S> {
    fn drop(&mut self) {
        let mut state = self.growing.lock();
        state.entry = self.tee.as_ref().and_then(|tee| tee.entry());
        match std::mem::replace(&mut self.came, Came::Panic) {
            Came::Bytes(bytes) => {
                state.push(bytes);
                state.tee = self.tee.take();
            }
            Came::End(end) => state.end = Some(end),
            Came::Panic => {
                let text = "reading the body has panicked".to_owned();
                state.end = Some(End::Failed(ErrorKind::Other, text));
            }
        }
        // What is left of the tee goes without the lock: others hear of that.
        drop(state);
        self.growing.changed.notify_all();
    }
}
