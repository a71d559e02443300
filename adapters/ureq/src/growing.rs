//! A response that is on its way, for all who ask for it meanwhile.
//!
//! The body belongs to nobody: whoever wants bytes that have not come yet reads them from the
//! origin, for the store and for the others. So nobody waits for a reader that has stopped,
//! not even for himself, and the body goes on when the one who asked for it first has gone.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use larder::{EntryId, StoredFacts};

use crate::cache::Shared;
use crate::delivered::Pull;
use crate::framing::Completion;
use crate::growing_body::GrowingBody;
use crate::info::Stored;
use crate::partition::PrefixHash;
use crate::refetch::Rest;
use crate::tee::Tee;
use crate::window::Window;

/// How far the readers of a body may be apart, and how far it may be when others still join.
const WINDOW: usize = 256 * 1024;

/// How far they may be apart when nobody can ask again: beyond that, and with a store that
/// refuses the body, those who are behind get an error.
const LAST_RESORT: usize = 4 << 20;

/// What is read at once for those who are behind.
const CHUNK: usize = 32 * 1024;

/// A response that is on its way.
pub(crate) struct Growing {
    pub(crate) facts: StoredFacts,
    /// Packed, as the store gets it.
    pub(crate) head: Bytes,
    /// When it will be stored.
    pub(crate) stored: Stored,
    /// The length of the body, where it is known.
    pub(crate) length: Option<u64>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) refetch: Box<dyn Rest>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// `None` while somebody reads from the origin, and when nothing more comes.
    tee: Option<Box<Tee>>,
    window: Window,
    end: Option<End>,
    entry: Option<EntryId>,
    readers: usize,
    /// The hash of what the first reader had read when the second came, until he fetches it. He
    /// need not hash what he reads alone, since he is never behind.
    prefix: Option<PrefixHash>,
    /// Whether there ever was a second one.
    joined: bool,
    /// How many of them wait: to wake nobody is a system call too.
    waiting: usize,
    /// Whether others may join.
    open: bool,
}

impl State {
    /// Only the first reader has no hash.
    fn hand_over(&mut self, hash: &mut Option<PrefixHash>) {
        if hash.is_none() {
            *hash = self.prefix.take();
        }
    }
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
pub(crate) enum Elsewhere {
    /// There is no other reader any more.
    Alone(Box<dyn Pull>),
    /// Stored: here.
    Stored(EntryId),
    /// Neither here nor stored.
    Lost,
    Failed(io::Error),
}

impl Growing {
    /// The response, and the body of the one who asked for it.
    pub(crate) fn new(
        facts: StoredFacts,
        head: Bytes,
        tee: Tee,
        stored: Stored,
        shared: Arc<Shared>,
        refetch: Box<dyn Rest>,
        since: Instant,
    ) -> (Arc<Self>, Box<dyn Pull>) {
        let length = match tee.completion() {
            Completion::Exact(length) => Some(length),
            _ => None,
        };
        let growing = Arc::new(Self {
            facts,
            head,
            stored,
            length,
            shared,
            state: Mutex::new(State {
                tee: Some(Box::new(tee)),
                window: Window::new(match refetch.is_possible() {
                    true => WINDOW,
                    false => LAST_RESORT,
                }),
                end: None,
                entry: None,
                readers: 1,
                prefix: None,
                joined: false,
                waiting: 0,
                open: true,
            }),
            refetch,
            changed: Condvar::new(),
        });
        let body = GrowingBody::new(Arc::clone(&growing), None, since);
        (growing, Box::new(body))
    }

    /// A body for one more, who has asked at `since`; `None` when it is too late.
    pub(crate) fn join(self: &Arc<Self>, since: Instant) -> Option<Box<dyn Pull>> {
        let mut state = self.lock();
        if !state.open {
            return None;
        }
        state.readers += 1;
        let fresh = self.shared.secret.prefix();
        if !state.joined {
            state.joined = true;
            let mut prefix = fresh;
            for piece in state.window.pieces() {
                prefix.add(piece);
            }
            state.prefix = Some(prefix);
        }
        drop(state);
        Some(Box::new(GrowingBody::new(Arc::clone(self), Some(fresh), since)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.waiting += 1;
        state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    /// The next bytes at a position, up to which `hash` has come; the error says where else
    /// they may be.
    pub(crate) fn read_at(
        &self,
        position: u64,
        buf: &mut [u8],
        hash: &mut Option<PrefixHash>,
    ) -> Result<io::Result<usize>, Elsewhere> {
        let mut state = self.lock();
        state.hand_over(hash);
        loop {
            let Some(count) = state.window.copy(position, buf) else {
                return Err(self.behind(state, hash));
            };
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
                    return Ok(self.pull(tee, buf, hash));
                }
            };
        }
    }

    /// Reads from the origin, for all.
    fn pull(&self, tee: Box<Tee>, buf: &mut [u8], hash: &mut Option<PrefixHash>) -> io::Result<usize> {
        // Should reading panic, the others must not wait for ever.
        let mut turn = Turn {
            growing: self,
            hash,
            tee: Some(tee),
            came: Came::Panic,
        };
        let Some(tee) = &mut turn.tee else { return Ok(0) };
        let pulled = tee.pull(buf);
        turn.came = match &pulled {
            // It goes on, whoever reads next.
            Err(error) if error.kind() == ErrorKind::Interrupted => Came::Bytes(&[]),
            Err(error) => Came::End(End::Failed(error.kind(), error.to_string())),
            Ok(0) => Came::End(End::Whole),
            Ok(count) => Came::Bytes(buf.get(..*count).unwrap_or_default()),
        };
        pulled
    }

    /// Others were faster: lets the body come to its end, so that it is stored.
    fn behind<'s>(&'s self, mut state: MutexGuard<'s, State>, hash: &mut Option<PrefixHash>) -> Elsewhere {
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
                    let _ = self.pull(tee, &mut scratch, hash);
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

/// What came of reading from the origin.
enum Came<'b> {
    Bytes(&'b [u8]),
    End(End),
    Panic,
}

/// The one who reads from the origin.
struct Turn<'g, 'b> {
    growing: &'g Growing,
    hash: &'b mut Option<PrefixHash>,
    tee: Option<Box<Tee>>,
    came: Came<'b>,
}

impl Drop for Turn<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.growing.lock();
        // before the bytes come in, which he hashes himself
        state.hand_over(self.hash);
        state.entry = self.tee.as_ref().and_then(|tee| tee.entry());
        match std::mem::replace(&mut self.came, Came::Panic) {
            Came::Bytes(bytes) => {
                state.window.push(bytes);
                state.open &= state.window.end() <= WINDOW as u64;
                state.tee = self.tee.take();
            }
            Came::End(end) => state.end = Some(end),
            Came::Panic => {
                let text = "reading the body has panicked".to_owned();
                state.end = Some(End::Failed(ErrorKind::Other, text));
            }
        }
        // What is left of the tee goes without the lock: others hear of that.
        let waited_for = state.waiting > 0;
        drop(state);
        if waited_for {
            self.growing.changed.notify_all();
        }
    }
}
