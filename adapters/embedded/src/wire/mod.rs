//! HTTP/1.1 over any `embedded-io-async` stream, for stacks that bring no [`Transport`](crate::Transport)
//! of their own.
//!
//! [`HttpTransport`] is one: it owns the connection, the heads of responses, the framing of bodies and
//! their truth. What writes the heads of requests is a [`Codec`]: `larder-edge-http` and
//! `larder-reqwless` are codecs of those crates, [`PlainCodec`] needs none of them. The pieces are public for
//! transports of another shape.

mod body;
mod codec;
mod composed;
mod framing;
mod head;
mod plain;
mod read_ahead;
mod receive;
mod tcp;
mod transport;

pub use body::{BodyDecoder, Step};
pub use codec::{Codec, HeadWriter, Unwritable, WireError, is_condition};
pub use composed::Composed;
pub use framing::{Framing, FramingError, Persistence};
pub use head::{RawHead, Received};
pub use plain::PlainCodec;
pub use read_ahead::ReadAhead;
pub use receive::ParsedHead;
pub use tcp::{Endpoint, TcpError, TcpStream, is_silent};
pub use transport::HttpTransport;
