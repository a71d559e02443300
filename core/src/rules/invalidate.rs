//! Invalidating stored responses (RFC 9111 section 4.4).

use crate::facts::{Config, Key, RequestFacts};
use crate::syntax::lines::{Lines, value_of};
use crate::syntax::name::Known;
use crate::syntax::{Target, resolve_reference};

/// The keys that a request with an unsafe method invalidates: the target's, and those of Location
/// and Content-Location where they lie on the same origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Keys([Option<Key>; 3]);

impl Keys {
    /// The keys, the target's first.
    pub fn iter(&self) -> impl Iterator<Item = Key> + use<> {
        self.0.into_iter().flatten()
    }
}

/// Whether this response makes stored responses invalid: a non-error answer to an unsafe
/// method (req: 9111-4.4-01, 9111-4.4-02, 9111-4.4-06, 9111-4.4-07).
pub(crate) fn invalidates(request: &RequestFacts, status: u16) -> bool {
    request.method.invalidates() && (200..400).contains(&status)
}

/// The keys to invalidate. `scratch` holds one resolved path at a time; what does not fit or
/// does not lie on the origin is left out (req: 9111-4.4-03, 9111-4.4-04).
pub(crate) fn keys(
    target: &Target<'_>,
    response: &dyn Lines<'_>,
    seed: u64,
    scratch: &mut [u8],
    config: &Config,
) -> Keys {
    let own = Key::new(target, seed);
    let mut keys = [Some(own), None, None];
    if config.invalidates_locations() {
        let [_, location, content_location] = &mut keys;
        *location = other(target, response, Known::Location, seed, scratch);
        *content_location = other(target, response, Known::ContentLocation, seed, scratch);
    }
    Keys(keys)
}

fn other(
    target: &Target<'_>,
    response: &dyn Lines<'_>,
    field: Known,
    seed: u64,
    scratch: &mut [u8],
) -> Option<Key> {
    let reference = value_of(response, field)?;
    let resolved = resolve_reference(target, reference, scratch).ok()?;
    (resolved.same_origin(target) && resolved != *target).then(|| Key::new(&resolved, seed))
}

/// Whether Content-Location names the target itself (RFC 9110 section 6.4.2).
pub(crate) fn content_location_is_target(
    target: &Target<'_>,
    response: &dyn Lines<'_>,
    scratch: &mut [u8],
) -> bool {
    let reference = value_of(response, Known::ContentLocation);
    reference.is_some_and(|reference| {
        resolve_reference(target, reference, scratch).is_ok_and(|found| found == *target)
    })
}
