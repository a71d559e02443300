//! Reading a response that is on its way, and going on elsewhere when others were faster.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Instant;

use crate::delivered::Pull;
use crate::growing::{Elsewhere, Growing};
use crate::partition::PrefixHash;

/// The body of one reader.
pub(crate) struct GrowingBody {
    place: Place,
    /// Somebody else has asked for it: had this one done so, it might have had more luck.
    follows: bool,
    /// When it was asked for.
    since: Instant,
    position: u64,
    /// What has been handed out: should the rest have to be asked for again, it must be the
    /// rest of the same. `None` as long as there has been no other reader.
    hash: Option<PrefixHash>,
}

enum Place {
    Growing(Arc<Growing>),
    /// Where it can be read alone.
    Other(Box<dyn Pull>),
    Failed(ErrorKind),
}

impl Place {
    fn read(
        &mut self,
        position: u64,
        buf: &mut [u8],
        hash: &mut Option<PrefixHash>,
    ) -> Result<io::Result<usize>, Elsewhere> {
        match self {
            Self::Growing(growing) => growing.read_at(position, buf, hash),
            Self::Other(body) => Ok(body.pull(buf)),
            Self::Failed(kind) => Ok(Err((*kind).into())),
        }
    }
}

impl GrowingBody {
    /// The body of the first reader, or with a fresh hash that of another one.
    pub(crate) const fn new(growing: Arc<Growing>, hash: Option<PrefixHash>, since: Instant) -> Self {
        Self {
            follows: hash.is_some(),
            since,
            hash,
            place: Place::Growing(growing),
            position: 0,
        }
    }

    /// Goes on elsewhere.
    fn go_elsewhere(&mut self, elsewhere: Elsewhere) -> io::Result<()> {
        let Place::Growing(growing) = &self.place else {
            return Ok(());
        };
        let growing = Arc::clone(growing);
        let stored = match elsewhere {
            Elsewhere::Failed(error) if !self.follows || !growing.refetch.is_possible() => {
                self.go_on(Place::Failed(error.kind()));
                return Err(error);
            }
            Elsewhere::Alone(tee) => {
                self.go_on(Place::Other(tee));
                return Ok(());
            }
            Elsewhere::Stored(id) => growing.shared.store.open(id).ok().flatten(),
            Elsewhere::Failed(_) | Elsewhere::Lost => None,
        };
        if let Some((mut body, _)) = stored
            && body.go_to(self.position).is_ok()
        {
            self.go_on(Place::Other(body));
            return Ok(());
        }
        match self.rest(&growing) {
            Ok(body) => self.go_on(Place::Other(body)),
            Err(error) => {
                self.go_on(Place::Failed(error.kind()));
                return Err(error);
            }
        }
        Ok(())
    }

    /// The rest, asked for again.
    fn rest(&self, growing: &Growing) -> io::Result<Box<dyn Pull>> {
        if growing.shared.is_offline() {
            return Err(ErrorKind::NotConnected.into());
        }
        let fresh = growing.shared.secret.prefix();
        let prefix = self.hash.unwrap_or(fresh).finish().as_u128();
        growing
            .refetch
            .rest(&growing.head, self.position, fresh, prefix, self.since)
    }

    fn go_on(&mut self, place: Place) {
        if let Place::Growing(growing) = std::mem::replace(&mut self.place, place) {
            growing.leave();
        }
    }
}

impl Pull for GrowingBody {
    fn pull(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        // No end: nothing was asked for.
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match self.place.read(self.position, buf, &mut self.hash) {
                Ok(Ok(count)) => {
                    if matches!(self.place, Place::Growing(_)) {
                        self.position += count as u64;
                        if let Some(hash) = &mut self.hash {
                            hash.add(buf.get(..count).unwrap_or_default());
                        }
                    }
                    return Ok(count);
                }
                Ok(Err(error)) => match self.place {
                    Place::Growing(_) if error.kind() != ErrorKind::Interrupted => {
                        self.go_elsewhere(Elsewhere::Failed(error))?;
                    }
                    _ => return Err(error),
                },
                Err(elsewhere) => self.go_elsewhere(elsewhere)?,
            }
        }
    }
}

impl Drop for GrowingBody {
    fn drop(&mut self) {
        self.go_on(Place::Failed(ErrorKind::Other));
    }
}
