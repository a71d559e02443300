//! UTC for devices without a real-time clock: what it is, and its persisted bytes.

use super::hash::{Checksum, fold};
use super::stored::{put, take};
use super::{FactsError, Now, UtcSource};

/// The version of [`LearnedUtc::to_bytes`].
const VERSION: u8 = 1;

/// UTC learned from the Date of responses received in this domain, for devices without a
/// real-time clock. It lets a device reuse stored responses by its monotonic clock; it never
/// enters an age, dates no response and does not survive its domain.
///
/// ```
/// use larder::{LearnedUtc, Now};
/// let mut clock = LearnedUtc::new();
/// let boot = Now::mono(1, 5_000);
/// assert_eq!(clock.stamp(boot).utc_ms(), None);
/// clock.observe(784_111_777, boot); // the Date of a response, in seconds
/// assert_eq!(clock.stamp(Now::mono(1, 6_000)).utc_ms(), Some(784_111_778_000));
/// assert_eq!(clock.stamp(Now::mono(2, 0)).utc_ms(), None); // rebooted
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LearnedUtc {
    /// UTC minus the monotonic clock, in milliseconds, and the domain it holds in.
    offset: Option<(i64, u32)>,
}

impl LearnedUtc {
    /// The length of [`to_bytes`](Self::to_bytes): four registers of 32 bits.
    pub const BYTES: usize = 16;

    /// Nothing learned yet.
    pub const fn new() -> Self {
        Self { offset: None }
    }

    /// Takes in the Date of a response (seconds since 1970) that arrived at this moment.
    pub fn observe(&mut self, date: i64, arrived: Now) {
        let utc_ms = date.saturating_mul(1000);
        let mono_ms = i64::try_from(arrived.mono_ms()).unwrap_or(i64::MAX);
        self.offset = Some((utc_ms.saturating_sub(mono_ms), arrived.domain()));
    }

    /// The moment with the learned UTC where it has none of a clock.
    #[must_use]
    pub fn stamp(&self, now: Now) -> Now {
        match self.offset {
            Some((offset, domain)) if domain == now.domain() && now.utc_source() != UtcSource::Clock => {
                let mono_ms = i64::try_from(now.mono_ms()).unwrap_or(i64::MAX);
                now.with_learned_utc(mono_ms.saturating_add(offset))
            }
            _ => now,
        }
    }

    /// Fixed little-endian bytes, for RAM or registers that stay on in a deep sleep: a version, 1
    /// where something was learned and else 0, 16 bits of a checksum over the other bytes, the domain
    /// (4 bytes), UTC minus the monotonic clock in milliseconds (8 bytes).
    ///
    /// ```
    /// use larder::{LearnedUtc, Now};
    /// let mut clock = LearnedUtc::new();
    /// clock.observe(784_111_777, Now::mono(7, 5_000));
    /// let retained: [u8; LearnedUtc::BYTES] = clock.to_bytes();
    ///
    /// // Awake again, the counter of domain 7 has run on. What no `to_bytes` made, after a power
    /// // cut for instance, is an error: then nothing is known.
    /// let clock = LearnedUtc::from_bytes(&retained).unwrap_or_default();
    /// assert_eq!(clock.stamp(Now::mono(7, 6_000)).utc_ms(), Some(784_111_778_000));
    /// assert!(LearnedUtc::from_bytes(&[0; LearnedUtc::BYTES]).is_err());
    /// ```
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let (offset, domain) = self.offset.unwrap_or_default();
        let learned = u8::from(self.offset.is_some());
        let mut out = [0u8; Self::BYTES];
        let mut rest = put(&mut out, [VERSION, learned]);
        rest = put(rest, sum(learned, domain, offset));
        rest = put(rest, domain.to_le_bytes());
        put(rest, offset.to_le_bytes());
        out
    }

    /// Reads [`to_bytes`](Self::to_bytes) back.
    ///
    /// # Errors
    /// [`FactsError`]: another version, or bytes that it does not make.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, FactsError> {
        let mut rest = bytes.as_slice();
        let [version, learned] = take(&mut rest)?;
        if version != VERSION {
            return Err(FactsError::UnknownVersion(version));
        }
        let expected = take(&mut rest)?;
        let domain = u32::from_le_bytes(take(&mut rest)?);
        let offset = i64::from_le_bytes(take(&mut rest)?);
        match (learned, offset, domain) {
            _ if sum(learned, domain, offset) != expected => Err(FactsError::Damaged),
            (0, 0, 0) => Ok(Self::new()),
            (1, ..) => Ok(Self {
                offset: Some((offset, domain)),
            }),
            _ => Err(FactsError::Damaged),
        }
    }
}

/// 16 bits of a checksum over everything else.
fn sum(learned: u8, domain: u32, offset: i64) -> [u8; 2] {
    let mut words = [0u8; 16];
    let mut rest = put(&mut words, offset.to_le_bytes());
    rest = put(rest, domain.to_le_bytes());
    put(rest, [VERSION, learned]);
    let [low, high, ..] = fold(Checksum::new().finish(&words)).to_le_bytes();
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned() -> LearnedUtc {
        let mut learned = LearnedUtc::new();
        learned.observe(784_111_777, Now::mono(7, 5_000));
        learned
    }

    #[test]
    fn bytes_have_this_layout() {
        let bytes = learned().to_bytes();
        assert_eq!(bytes[..2], [1, 1]);
        assert_eq!(bytes[4..8], 7u32.to_le_bytes());
        assert_eq!(bytes[8..], 784_111_772_000i64.to_le_bytes());
        assert_eq!(LearnedUtc::new().to_bytes()[4..], [0; 12]);
    }

    #[test]
    fn bytes_read_back() {
        let mut latest = LearnedUtc::new();
        latest.observe(i64::MAX, Now::mono(u32::MAX, 0));
        let mut earliest = LearnedUtc::new();
        earliest.observe(i64::MIN, Now::mono(0, u64::MAX));
        for utc in [LearnedUtc::new(), learned(), latest, earliest] {
            assert_eq!(LearnedUtc::from_bytes(&utc.to_bytes()), Ok(utc));
        }
    }

    #[test]
    fn damage_is_told() {
        for whole in [learned(), LearnedUtc::new()].map(|utc| utc.to_bytes()) {
            for bit in 0..LearnedUtc::BYTES * 8 {
                let mut bytes = whole;
                bytes[bit / 8] ^= 1 << (bit % 8);
                let expected = match bit {
                    0..8 => FactsError::UnknownVersion(bytes[0]),
                    _ => FactsError::Damaged,
                };
                assert_eq!(LearnedUtc::from_bytes(&bytes), Err(expected), "bit {bit}");
            }
        }
        // What power-on leaves in registers and RAM.
        for (byte, version) in [(0, 0), (0xFF, 0xFF)] {
            let error = FactsError::UnknownVersion(version);
            assert_eq!(LearnedUtc::from_bytes(&[byte; LearnedUtc::BYTES]), Err(error));
        }
    }

    #[test]
    fn only_what_it_makes_is_read() {
        // Sums that hold, over values that `to_bytes` does not write.
        for (learned, domain, offset) in [(0, 1, 0), (0, 0, 1), (2, 7, 5)] {
            let mut bytes = [0u8; LearnedUtc::BYTES];
            let mut rest = put(&mut bytes, [VERSION, learned]);
            rest = put(rest, sum(learned, domain, offset));
            rest = put(rest, domain.to_le_bytes());
            put(rest, offset.to_le_bytes());
            assert_eq!(LearnedUtc::from_bytes(&bytes), Err(FactsError::Damaged));
        }
    }
}
