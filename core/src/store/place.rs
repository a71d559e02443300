//! Where an entry is in a store that keeps its entries in numbered places, and how such a
//! store answers reads.

#[cfg(any(feature = "alloc", feature = "heapless", feature = "std"))]
use super::StoreError;
use crate::facts::EntryId;

/// A place and the generation of what is in it. Generations count the writes of the whole
/// store, so a larger one is younger, and a place that is used again has another id. They
/// start at 1 and wrap: an id would have to be kept for 2^32 writes to name another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl Place {
    pub(super) fn id(self) -> EntryId {
        EntryId(u64::from(self.generation).wrapping_shl(32) | u64::from(self.index))
    }

    pub(super) fn of(id: EntryId) -> Self {
        #[allow(clippy::cast_possible_truncation)] // both halves are used
        let (index, generation) = (id.0 as u32, id.0.wrapping_shr(32) as u32);
        Self { index, generation }
    }
}

/// Whether a generation was given before another one, as far as half of all generations tell.
pub(super) const fn is_before(generation: u32, other: u32) -> bool {
    generation.wrapping_sub(other) > u32::MAX >> 1
}

/// The generation after this one.
pub(super) const fn next_generation(generation: u32) -> u32 {
    match generation.wrapping_add(1) {
        0 => 1,
        next => next,
    }
}

#[cfg(any(feature = "alloc", feature = "heapless", feature = "std"))]
/// Copies a head to the front of the caller's buffer.
pub(super) fn copy_head(head: &[u8], buffer: &mut [u8]) -> Result<usize, StoreError> {
    if head.len() > buffer.len() {
        return Err(StoreError::BufferTooSmall { needed: head.len() });
    }
    copy(head, buffer);
    Ok(head.len())
}

#[cfg(any(feature = "alloc", feature = "heapless", feature = "std"))]
/// Copies what a body has from an offset on, as much as there is room for.
pub(super) fn copy_body(body: &[u8], offset: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|offset| body.get(offset..));
    let rest = rest.unwrap_or_default();
    copy(rest, buffer);
    rest.len().min(buffer.len())
}

#[cfg(any(feature = "alloc", feature = "heapless", feature = "std"))]
fn copy(from: &[u8], to: &mut [u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_both_halves() {
        for (index, generation) in [(0, 1), (u32::MAX, u32::MAX), (7, 1 << 31)] {
            let place = Place { index, generation };
            assert_eq!(Place::of(place.id()), place);
        }
    }

    #[test]
    fn generations_have_an_order() {
        for generation in [1, 2, 1 << 31, u32::MAX] {
            let next = next_generation(generation);
            assert!(is_before(generation, next) && !is_before(next, generation));
            assert!(!is_before(generation, generation));
        }
        assert!(!is_before(u32::MAX >> 1, 0) && is_before(1 << 31, 0));
    }

    #[test]
    fn no_generation_is_zero() {
        assert_eq!(next_generation(0), 1);
        assert_eq!(next_generation(u32::MAX), 1);
    }
}
