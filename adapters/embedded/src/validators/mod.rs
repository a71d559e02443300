//! Has it changed? Polling without storing bodies (feature `validators`).
//!
//! For images of firmware, certificate lists, anything that is written to its place once and
//! asked about often: a [`Poller`] keeps the validators of a response and a digest that the
//! caller has made of its body, 184 bytes for a URL in all, and never a body. It answers
//! [`Unchanged`](Check::Unchanged), without asking the origin while what it knows is fresh, or
//! hands out the whole response as [`Changed`](Check::Changed).
//!
//! # A device that updates itself
//!
//! ```
//! use larder_embedded::validators::{Check, Digest, Poller};
//! use larder_embedded::{Clock, Error, Request, Transport};
//! # struct Sha256; impl Sha256 { fn new() -> Self { Self } fn update(&mut self, _: &[u8]) {} fn finalize(self) -> Digest { [0; 32] } }
//!
//! /// The half of the flash that does not run now.
//! trait Slot { fn write(&mut self, bytes: &[u8]); fn is_signed(&mut self) -> bool; fn start_next(&mut self); }
//!
//! /// Called every quarter of an hour; whether to start again, from the other half.
//! async fn update<M, T, C>(
//!     poller: &mut Poller<'_, M, T, C>, running: &Digest, slot: &mut impl Slot,
//! ) -> Result<bool, Error<T::Error>>
//! where M: AsRef<[u8]> + AsMut<[u8]>, T: Transport, C: Clock {
//!     let request = Request::get("http://ota.example/board.bin")?;
//!     let mut image = match poller.check(&request).await? {
//!         Check::Unchanged(_) => return Ok(false), // still fresh, or the origin said 304
//!         Check::Changed(response) if response.status() == 200 => response,
//!         Check::Changed(_) => return Ok(false), // 404: there is none at the moment
//!     };
//!     let (mut sum, mut chunk) = (Sha256::new(), [0; 256]);
//!     loop {
//!         let count = image.read(&mut chunk).await?;
//!         if count == 0 { break }
//!         sum.update(&chunk[..count]);
//!         slot.write(&chunk[..count]);
//!     }
//!     if !slot.is_signed() {
//!         return Ok(false); // nothing is kept, so the next poll downloads it again
//!     }
//!     let digest = sum.finalize();
//!     slot.start_next(); // before it is kept: what is kept is not downloaded again
//!     image.keep(digest); // from here on, `Unchanged` means: these bytes
//!     Ok(digest != *running)
//! }
//! ```
//!
//! What was not [kept](Changed::keep) did not happen: power that fails half-way, a broken
//! signature or a body that was cut off lead to the same download again.
//!
//! # What it is not
//!
//! It stores no status but 200, no method but GET, no body, and one response for each URL and
//! variant. What Cache-Control says beyond max-age, stale-if-error, no-cache, must-revalidate and
//! immutable (`s-maxage` of a shared cache, say) makes it validate each time; an
//! entity tag and Vary that have more than 55 bytes together (in lower-case hexadecimal, a tag of 110)
//! are [not kept](NotKept::TooLong).

mod changed;
mod lines;
mod poller;
mod record;
mod table;

pub use changed::{Changed, Kept, NotKept};
pub use poller::{Check, Poller, Unchanged};
pub use table::Validators;

/// What the caller makes of a body to recognise it: a SHA-256, or any other name of its bytes.
pub type Digest = [u8; 32];
