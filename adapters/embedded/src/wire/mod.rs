//! HTTP/1.1 over any `embedded-io-async` stream, for stacks that bring no [`Transport`](crate::Transport)
//! of their own.
//!
//! [`HttpTransport`] is one: it owns the connection, the framing of bodies and their truth. What
//! writes and parses heads is a [`Codec`], so that a device has one parser: `larder-edge-http`
//! and `larder-reqwless` are codecs of those crates, [`PlainCodec`] (feature `httparse`) needs
//! none of them. The pieces are public for transports of another shape.

mod body;
mod codec;
mod framing;
mod head;
#[cfg(feature = "httparse")]
mod plain;
mod read_ahead;
mod transport;

pub use body::{BodyDecoder, Step};
pub use codec::{Codec, HeadReader, ParsedHead, WireError};
pub use framing::{Framing, FramingError, Persistence};
pub use head::{RawHead, Received};
#[cfg(feature = "httparse")]
pub use plain::PlainCodec;
pub use read_ahead::ReadAhead;
pub use transport::HttpTransport;
