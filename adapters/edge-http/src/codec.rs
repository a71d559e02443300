//! Heads by edge-http.

use edge_http::io::Error;
use edge_http::{Method, RequestHeaders, ResponseHeaders};
use embedded_io_async::{Read, Write};
use larder::{Decimal, Headers, RequestHead, Target};
use larder_embedded::wire::{Codec, ParsedHead, WireError};

/// Room for a Host field that names a port, or for a path that has to be completed.
const COMPOSED: usize = 72;

/// Fields of a request, Host and Content-Length included: each costs every future 16 bytes.
const REQUEST_FIELDS: usize = 16;

/// edge-http's codec, for responses with up to `FIELDS` fields and requests with up to 14. Each of
/// `FIELDS` costs every future 16 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct EdgeCodec<const FIELDS: usize = 32>;

impl<const FIELDS: usize> Codec for EdgeCodec<FIELDS> {
    async fn write_head<W, H>(
        &mut self,
        stream: &mut W,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), WireError<W::Error>>
    where
        W: Write,
        H: Headers + ?Sized,
    {
        let length = Decimal::new(content_length);
        let mut composed = Composed::new();
        let mut head = RequestHeaders::<REQUEST_FIELDS>::new();
        head.method = method(request.method).ok_or(WireError::Request)?;
        let (path, host) = composed.compose(&request.target).ok_or(WireError::Request)?;
        head.path = path;
        // `set` takes the place of a field of the same name, and panics where there is no room.
        let mut room = REQUEST_FIELDS.saturating_sub(2);
        head.headers.set("Host", host);
        if content_length > 0 {
            head.headers.set_raw("Content-Length", length.as_bytes());
        }
        for line in request.headers.fields() {
            let name = line.name.as_str().ok_or(WireError::Request)?;
            room = room.checked_sub(1).ok_or(WireError::Request)?;
            if name.is_empty() || head.headers.get_raw(name).is_some() {
                return Err(WireError::Request);
            }
            head.headers.set_raw(name, line.value);
        }
        head.send(false, stream)
            .await
            .map(|_| ())
            .map_err(|error| match error {
                Error::Io(error) => WireError::Io(error),
                _ => WireError::Request,
            })
    }

    async fn read_head<R: Read>(
        &mut self,
        reader: R,
        buffer: &mut [u8],
    ) -> Result<ParsedHead, WireError<R::Error>> {
        let limit = buffer.len();
        let mut head = ResponseHeaders::<FIELDS>::new();
        // `exact`: byte by byte, from memory, up to the empty line. Parsing starts when it is there.
        let received = head.receive(buffer, reader, true).await;
        let (rest, _) = received.map_err(|error| match error {
            Error::Io(error) => WireError::Io(error),
            Error::ConnectionClosed => WireError::Closed,
            Error::TooLongHeaders => WireError::HeadTooLarge { limit },
            Error::TooManyHeaders => WireError::HeadTooLarge { limit: FIELDS },
            _ => WireError::Head,
        })?;
        Ok(ParsedHead {
            length: limit.saturating_sub(rest.len()),
            status: head.code,
            http11: head.http11,
        })
    }
}

/// A method that edge-http writes as it is. Methods are case-sensitive; edge-http is not.
fn method(name: &str) -> Option<Method> {
    let exact = name.bytes().all(|byte| byte.is_ascii_uppercase());
    exact.then(|| Method::new(name)).flatten()
}

/// A text made of two pieces.
struct Composed {
    bytes: [u8; COMPOSED],
}

impl Composed {
    const fn new() -> Self {
        Self { bytes: [0; COMPOSED] }
    }

    fn join(&mut self, pieces: [&str; 3]) -> Option<&str> {
        let mut length = 0usize;
        for piece in pieces {
            let room = self.bytes.get_mut(length..)?.get_mut(..piece.len())?;
            room.iter_mut()
                .zip(piece.bytes())
                .for_each(|(to, from)| *to = from);
            length = length.checked_add(piece.len())?;
        }
        core::str::from_utf8(self.bytes.get(..length)?).ok()
    }

    /// What the request line says, where a path starts with `/`, and the Host field. There is
    /// room to put one of them together.
    fn compose<'t>(&'t mut self, target: &Target<'t>) -> Option<(&'t str, &'t str)> {
        let path = target.path_and_query();
        let plain = target.port() == target.scheme().default_port();
        match (path, plain) {
            ("", true) => Some(("/", target.host())),
            (path, true) if path.starts_with('/') => Some((path, target.host())),
            (query, true) => Some((self.join(["/", query, ""])?, target.host())),
            (path, false) => {
                let path = if path.is_empty() { "/" } else { path };
                let port = Decimal::new(u64::from(target.port()));
                let port = core::str::from_utf8(port.as_bytes()).ok()?;
                let host = self.join([target.host(), ":", port])?;
                path.starts_with('/').then_some((path, host))
            }
        }
    }
}
