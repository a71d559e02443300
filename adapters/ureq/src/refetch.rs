//! The rest of a body that has gone: asked for again, and taken only if it is the rest of the same.

use std::io::{self, ErrorKind};
use std::time::Instant;

use larder::store::Entry;
use larder::{Header, Headers};
use ureq::http::{HeaderMap, HeaderName, header};

use crate::delivered::Pull;
use crate::fields;
use crate::origin::redirects;
use crate::partition::PrefixHash;
use crate::request::Origin;
use crate::request::Refetch;
use crate::source::source;

/// Where the rest of a body comes from, should it go.
pub(crate) trait Rest: Send + Sync {
    /// Whether there is an agent to ask with.
    fn is_possible(&self) -> bool;

    /// What comes after `skip` bytes, if those have this hash and belong to this head, for a request that
    /// was made at `since`.
    ///
    /// # Errors
    /// The origin cannot be asked, or has something else by now.
    fn rest(
        &self,
        head: &[u8],
        skip: u64,
        fresh: PrefixHash,
        expected: u128,
        since: Instant,
    ) -> io::Result<Box<dyn Pull>>;
}

impl Rest for Refetch {
    fn is_possible(&self) -> bool {
        self.setup.get().is_some_and(|setup| setup.inner.is_some())
    }

    fn rest(
        &self,
        head: &[u8],
        skip: u64,
        mut hash: PrefixHash,
        expected: u128,
        since: Instant,
    ) -> io::Result<Box<dyn Pull>> {
        let conditions = [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE];
        let mut headers = fields::copied(&self.parts.headers);
        fields::remove(&mut headers, &|name| conditions.contains(name));
        let response = Origin::of_nobody().send(&self.parts, headers, self.setup.get(), Some(since));
        let response = response.map_err(ureq::Error::into_io)?;
        if response.status() != self.status || redirects(&response) > 0 || !is_of(head, response.headers()) {
            return Err(changed());
        }
        let mut body = source(response.into_body());
        let (mut left, mut chunk) = (skip, vec![0; 32 * 1024]);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
            let count = match body.pull(chunk.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return Err(changed()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hash.add(chunk.get(..count).unwrap_or_default());
            left -= count as u64;
        }
        if hash.finish().as_u128() != expected {
            return Err(changed());
        }
        Ok(body)
    }
}

/// Whether a body with these fields may go with a head that was handed out: what has been read of
/// it may be nothing, which proves nothing.
fn is_of(head: &[u8], headers: &HeaderMap) -> bool {
    let Ok(entry) = Entry::trusted(head) else {
        return false;
    };
    let same = |name: &HeaderName| {
        let fresh = fields::values(headers, name);
        let lines = || entry.fields().filter(|line| line.name == name.as_str());
        // Framing is another matter, a length that was promised is not.
        let unpromised = *name == header::CONTENT_LENGTH && lines().next().is_none();
        unpromised || lines().map(|line| line.value).eq(fresh.iter().copied())
    };
    if entry.has("etag") || entry.has("last-modified") {
        return DESCRIBE.iter().all(same);
    }
    // Nothing tells versions apart: then it is the same only with everything that the head says.
    let repeated = |line: Header<'_>| {
        OF_THE_TIME.iter().any(|name| line.name == *name)
            || HeaderName::from_bytes(line.name.as_bytes())
                .is_ok_and(|name| fields::values(headers, &name).contains(&line.value))
    };
    DESCRIBE.iter().all(same) && entry.fields().all(repeated)
}

/// What tells one body from another.
const DESCRIBE: [HeaderName; 5] = [
    header::ETAG,
    header::LAST_MODIFIED,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
];

/// What differs between two responses that are the same.
const OF_THE_TIME: [&str; 3] = ["age", "date", "expires"];

fn changed() -> io::Error {
    let text = "the response has changed while it was read";
    io::Error::new(ErrorKind::InvalidData, text)
}
