//! The memory: records, found by keyed hashes.

use core::fmt;
use core::hash::Hasher;

use larder::{Headers, Key, Keys, Partition, RequestHead, Target, TargetError};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::record::{BYTES, Record, SUM, USED, flag};

/// The validators of so many URLs as the memory has room for, 184 bytes each.
///
/// The memory is any bytes: an array, or a slice of RAM that stays on in deep sleep. There is
/// nothing to format. Every record has a checksum under the key, so what is no whole record of
/// this key is not there: after a cold start, after damage, with another key.
///
/// ```
/// use larder_embedded::validators::Validators;
///
/// // In a `static`, behind a mutex of the caller's choice; the key is random, and the device's.
/// const URLS: usize = 4;
/// let kept = Validators::new([0; Validators::bytes(URLS)], [7; 16]);
/// assert_eq!(kept.len(), 0);
///
/// // In retained RAM, here a slice of it. After the sleep, with the same key: the same records.
/// let mut retained = [0x55; Validators::bytes(URLS)];
/// let kept = Validators::new(&mut retained[..], [7; 16]);
/// assert_eq!(kept.len(), 0); // whatever it held before
/// ```
///
/// # What the hashes mean
///
/// The URI is kept as a 128-bit SipHash-2-4 alone, and so is whose response it is, with the
/// request fields that Vary nominates. Two that collide are taken for one: by chance in one of
/// 2^64 pairs of URLs, and on purpose by those alone who know the key. Derive it for this use, and
/// let nobody read it.
pub struct Validators<M = [u8; 0]> {
    key: [u8; 16],
    memory: M,
}

impl<M> fmt::Debug for Validators<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validators").finish_non_exhaustive()
    }
}

impl Validators {
    /// Bytes of memory for so many URLs.
    pub const fn bytes(urls: usize) -> usize {
        urls.saturating_mul(BYTES)
    }
}

impl<M> Validators<M> {
    /// What is in this memory under this key.
    pub const fn new(memory: M, key: [u8; 16]) -> Self {
        Self { key, memory }
    }

    /// The memory.
    pub fn into_memory(self) -> M {
        self.memory
    }

    pub(super) fn seed(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.key;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// The hash of a URI.
    pub(super) fn uri(&self, target: &Target<'_>) -> [u8; 16] {
        let path = target.path_and_query();
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut hash = SipHasher24::new_with_key(&self.key);
        hash.write(b"u");
        hash.write(&target.scheme().default_port().to_le_bytes());
        hash.write(&target.port().to_le_bytes());
        for byte in target.host().bytes() {
            hash.write(&[byte.to_ascii_lowercase()]);
        }
        hash.write(b"/"); // in no host
        hash.write(path.as_bytes());
        hash.finish128().as_bytes()
    }

    /// The hash of whose request it is and of the fields that Vary nominates in it, by names
    /// with commas. Credentials count unless the caller has named a partition.
    pub(super) fn selector<Q: Headers + ?Sized>(
        &self,
        request: &RequestHead<'_, Q>,
        vary: &[u8],
    ) -> [u8; 16] {
        let mut hash = SipHasher24::new_with_key(&self.key);
        hash.write(b"s");
        hash.write(&request.partition.get().to_le_bytes());
        if request.partition == Partition::COMMON {
            write_field(&mut hash, request, b"authorization");
        }
        for name in vary.split(|byte| *byte == b',').filter(|name| !name.is_empty()) {
            write_field(&mut hash, request, name);
        }
        hash.finish128().as_bytes()
    }
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Validators<M> {
    /// How many URLs it has something for.
    pub fn len(&self) -> usize {
        self.records().count()
    }

    /// Whether it has nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.memory.as_mut().fill(0);
    }

    /// Makes what is kept for a URI be validated before its next use: something else than a
    /// [`Poller`](super::Poller) has changed it (RFC 9111 section 4.4).
    ///
    /// # Errors
    /// It is no usable URI.
    pub fn invalidate(&mut self, uri: &str) -> Result<(), TargetError> {
        let uri = self.uri(&Target::parse(uri)?);
        self.mark(|record| record.uri == uri);
        Ok(())
    }

    /// Forgets what is kept for a URI: the next poll hands out the whole response.
    ///
    /// # Errors
    /// It is no usable URI.
    pub fn remove(&mut self, uri: &str) -> Result<(), TargetError> {
        let uri = self.uri(&Target::parse(uri)?);
        for index in 0..self.slots() {
            if self.get(index).is_some_and(|record| record.uri == uri) {
                self.forget(index);
            }
        }
        Ok(())
    }

    pub(super) fn mark_keys(&mut self, keys: Keys) {
        for key in keys.iter() {
            self.mark(|record| record.key == short(key));
        }
    }

    pub(super) fn mark(&mut self, concerned: impl Fn(&Record) -> bool) {
        for index in 0..self.slots() {
            if let Some(mut record) = self.get(index).filter(|record| concerned(record)) {
                record.flags |= flag::INVALID;
                self.write(index, &record);
            }
        }
    }

    pub(super) fn mark_one(&mut self, index: usize) {
        if let Some(mut record) = self.get(index) {
            record.flags |= flag::INVALID;
            self.write(index, &record);
        }
    }

    /// The records for a request, with their places.
    pub(super) fn matching<Q: Headers + ?Sized>(
        &self,
        request: &RequestHead<'_, Q>,
    ) -> impl Iterator<Item = (usize, Record)> {
        let uri = self.uri(&request.target);
        // The hash first: it is cheaper than the sum.
        let of_uri = (0..self.slots())
            .filter(move |index| self.slot(*index).is_some_and(|slot| slot.starts_with(&uri)));
        of_uri
            .filter_map(|index| Some((index, self.get(index)?)))
            .filter(|(_, record)| record.selector == self.selector(request, record.vary_names()))
    }

    /// Adds to a record by what it is found.
    pub(super) fn address<Q: Headers + ?Sized>(&self, record: &mut Record, request: &RequestHead<'_, Q>) {
        record.uri = self.uri(&request.target);
        record.selector = self.selector(request, record.vary_names());
        record.key = short(Key::new(&request.target, self.seed()));
    }

    /// Writes a record, in the place of another one, of one for the same requests, or where it
    /// harms least; whether there is any place.
    pub(super) fn put(&mut self, replaces: Option<usize>, record: &Record) -> bool {
        let same = |other: &Record| other.uri == record.uri && other.selector == record.selector;
        let own = || {
            self.records()
                .find(|(_, other)| same(other))
                .map(|(index, _)| index)
        };
        let free = || (0..self.slots()).find(|index| self.get(*index).is_none());
        let coldest = || (0..self.slots()).max_by_key(|index| self.used(*index));
        let Some(index) = replaces.or_else(own).or_else(free).or_else(coldest) else {
            return false;
        };
        self.write(index, record);
        self.touch(index);
        true
    }

    pub(super) fn forget(&mut self, index: usize) {
        if let Some(slot) = self.slot_mut(index) {
            slot.fill(0);
        }
    }

    /// Notes a use.
    pub(super) fn touch(&mut self, used: usize) {
        for index in 0..self.slots() {
            if let Some(count) = self.slot_mut(index).and_then(|slot| slot.get_mut(USED)) {
                *count = if index == used { 0 } else { count.saturating_add(1) };
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Record> {
        let slot = self.slot(index)?;
        let sum = slot.get(SUM..)?;
        (self.sum(slot) == sum).then(|| Record::from_bytes(slot))?
    }

    fn records(&self) -> impl Iterator<Item = (usize, Record)> {
        (0..self.slots()).filter_map(|index| Some((index, self.get(index)?)))
    }

    fn slots(&self) -> usize {
        self.memory.as_ref().len() / BYTES
    }

    fn used(&self, index: usize) -> u8 {
        self.slot(index)
            .and_then(|slot| slot.get(USED))
            .copied()
            .unwrap_or(0)
    }

    fn slot(&self, index: usize) -> Option<&[u8; BYTES]> {
        let (slots, _) = self.memory.as_ref().as_chunks::<BYTES>();
        slots.get(index)
    }

    fn write(&mut self, index: usize, record: &Record) {
        let mut bytes = record.to_bytes();
        let sum = self.sum(&bytes);
        let used = self.used(index);
        if let Some(to) = bytes.get_mut(SUM..).and_then(<[u8]>::first_chunk_mut) {
            *to = sum;
        }
        if let Some(to) = bytes.get_mut(USED) {
            *to = used;
        }
        if let Some(slot) = self.slot_mut(index) {
            *slot = bytes;
        }
    }

    fn slot_mut(&mut self, index: usize) -> Option<&mut [u8; BYTES]> {
        let (slots, _) = self.memory.as_mut().as_chunks_mut::<BYTES>();
        slots.get_mut(index)
    }

    fn sum(&self, slot: &[u8; BYTES]) -> [u8; 8] {
        let mut hash = SipHasher24::new_with_key(&self.key);
        hash.write(b"r\x01"); // the version
        hash.write(slot.get(..USED).unwrap_or_default());
        let [a, b, c, d, e, f, g, h, ..] = hash.finish128().as_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

/// A field's name and its lines, joined with ", " (RFC 9110 section 5.2); absent is not empty
/// (req: 9111-4.1-05).
fn write_field<Q: Headers + ?Sized>(hash: &mut SipHasher24, request: &RequestHead<'_, Q>, name: &[u8]) {
    hash.write(name);
    let (mut lines, mut length) = (0u32, 0usize);
    for line in request.headers.fields() {
        if !line.name.as_bytes().eq_ignore_ascii_case(name) {
            continue;
        }
        let value = line.value.trim_ascii();
        let comma: &[u8] = if lines == 0 { b"" } else { b", " };
        hash.write(comma);
        hash.write(value);
        lines = lines.saturating_add(1);
        length = length.saturating_add(comma.len()).saturating_add(value.len());
    }
    hash.write(&[u8::from(lines > 0)]);
    hash.write(&(length as u64).to_le_bytes());
}

fn short(key: Key) -> u32 {
    let [a, b, c, d, ..] = key.get().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
