//! What finds an entry and what names it.

use core::num::NonZeroU64;

use super::hash::Pieces;
use crate::syntax::Target;

/// A seeded hash of a normalised target URI. It finds entries; the stored URI decides, so a
/// collision can evict but never confuse. Method, partition and variant are not part of it,
/// so that invalidating a key reaches all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key(NonZeroU64);

impl Key {
    /// The key of a target in a store with this seed.
    ///
    /// ```
    /// use larder::{Key, Target};
    /// let a = Target::parse("http://EXAMPLE.test:80").unwrap();
    /// let b = Target::parse("http://example.test/").unwrap();
    /// assert_eq!(Key::new(&a, 7), Key::new(&b, 7));
    /// ```
    pub fn new(target: &Target<'_>, seed: u64) -> Self {
        let mut pieces = Pieces::new(seed);
        let scheme = u64::from(target.scheme().default_port());
        pieces.number(scheme.wrapping_shl(16) | u64::from(target.port()));
        pieces.piece_lower(target.host().as_bytes());
        pieces.piece(target.after_root());
        Self(NonZeroU64::new(pieces.finish()).unwrap_or(NonZeroU64::MIN))
    }

    /// The key as a number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// A key from its number; `None` for 0.
    pub const fn from_number(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// The name that a store gives an entry. It carries a generation: the id of a gone entry is
/// never the id of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EntryId(pub u64);

/// Whose request it is: a number, or a keyed 128-bit hash of whatever tells users apart.
/// Stored responses are never shared between partitions.
///
/// A private cache that serves several credentials needs one partition for each
/// (Authorization is seldom in Vary). Make it with a real keyed hash such as SipHash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Partition([u64; 2]);

impl Partition {
    /// The partition of requests that need no telling apart.
    pub const COMMON: Self = Self([0, 0]);

    /// A partition with this 128-bit number.
    pub const fn new(number: u128) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = number.to_le_bytes();
        Self([
            u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            u64::from_le_bytes([i, j, k, l, m, n, o, p]),
        ])
    }

    /// The number of the partition.
    pub const fn get(self) -> u128 {
        let [low, high] = self.0;
        (high as u128) << 64 | low as u128
    }
}
