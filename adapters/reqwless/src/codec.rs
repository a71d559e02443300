//! Heads by reqwless.

use embedded_io_async::{Error as _, ErrorKind, ErrorType, Read, Write};
use larder::{Decimal, Headers, RequestHead, Target};
use larder_embedded::wire::{Codec, ParsedHead, WireError};
use reqwless::Error;
use reqwless::request::{Method, Request, RequestBuilder};
use reqwless::response::Response;

/// Fields of a request, Content-Length included.
const FIELDS: usize = 15;

/// reqwless' codec.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReqwlessCodec;

impl Codec for ReqwlessCodec {
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
        let method = method(request.method).ok_or(WireError::Request)?;
        let length = Decimal::new(content_length);
        let mut composed = [0; 72];
        let host = host(&request.target, &mut composed).ok_or(WireError::Request)?;
        let mut fields = [("", ""); FIELDS];
        let fields = fill(&mut fields, request.headers, &length).ok_or(WireError::Request)?;
        let path = match request.target.path_and_query() {
            "" => "/",
            path if path.starts_with('/') => path,
            _ => return Err(WireError::Request), // a query without a path
        };
        let head = Request::new(method, path).host(host).headers(fields).build();
        let mut stream = Caught {
            stream,
            error: None,
            count: 0,
        };
        let written = head.write_header(&mut stream).await;
        written.map_err(|_| stream.error.map_or(WireError::Request, WireError::Io))
    }

    async fn read_head<R: Read>(
        &mut self,
        reader: R,
        buffer: &mut [u8],
    ) -> Result<ParsedHead, WireError<R::Error>> {
        let limit = buffer.len();
        let mut reader = Caught {
            stream: reader,
            error: None,
            count: 0,
        };
        let read = Response::read(&mut reader, Method::GET, buffer).await;
        let status = match read {
            Ok(response) => response.status.0,
            Err(error) => {
                return Err(match (reader.error, error) {
                    (Some(error), _) => WireError::Io(error),
                    (None, Error::ConnectionAborted) if reader.count == 0 => WireError::Closed,
                    (None, Error::BufferTooSmall) => WireError::HeadTooLarge { limit },
                    _ => WireError::Head,
                });
            }
        };
        let length = reader.count;
        let head = buffer.get(..length).unwrap_or_default().trim_ascii_start();
        Ok(ParsedHead {
            length,
            status,
            http11: head.starts_with(b"HTTP/1.1"),
        })
    }
}

/// The methods that reqwless knows.
fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "OPTIONS" => Method::OPTIONS,
        "TRACE" => Method::TRACE,
        _ => return None,
    })
}

/// The request's fields as text, behind Content-Length where there is content.
fn fill<'f, H: Headers + ?Sized>(
    fields: &'f mut [(&'f str, &'f str); FIELDS],
    headers: &'f H,
    length: &'f Decimal,
) -> Option<&'f [(&'f str, &'f str)]> {
    let mut count = 0usize;
    let mut put = |name, value| {
        *fields.get_mut(count)? = (name, value);
        count = count.checked_add(1)?;
        Some(())
    };
    if length.as_bytes() != b"0" {
        put("Content-Length", core::str::from_utf8(length.as_bytes()).ok()?)?;
    }
    for line in headers.fields() {
        match (line.name.as_str(), core::str::from_utf8(line.value)) {
            (Some(name), Ok(value)) => put(name, value)?,
            // Without it the origin answers in full.
            (Some(_), Err(_)) if line.name == "if-none-match" => {}
            _ => return None,
        }
    }
    fields.get(..count)
}

/// The Host field.
fn host<'t>(target: &Target<'t>, composed: &'t mut [u8]) -> Option<&'t str> {
    if target.port() == target.scheme().default_port() {
        return Some(target.host());
    }
    let port = Decimal::new(u64::from(target.port()));
    let mut length = 0usize;
    for piece in [target.host().as_bytes(), b":", port.as_bytes()] {
        let room = composed.get_mut(length..)?.get_mut(..piece.len())?;
        room.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
        length = length.checked_add(piece.len())?;
    }
    core::str::from_utf8(composed.get(..length)?).ok()
}

/// A stream whose bytes are counted, and whose error is kept: reqwless keeps its kind only.
struct Caught<S: ErrorType> {
    stream: S,
    error: Option<S::Error>,
    count: usize,
}

impl<S: ErrorType> ErrorType for Caught<S> {
    type Error = ErrorKind;
}

impl<S: ErrorType> Caught<S> {
    fn catch<V>(&mut self, result: Result<V, S::Error>) -> Result<V, ErrorKind> {
        result.map_err(|error| {
            let kind = error.kind();
            self.error = Some(error);
            kind
        })
    }
}

impl<S: Read> Read for Caught<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let read = self.stream.read(buffer).await;
        let count = self.catch(read)?;
        self.count = self.count.saturating_add(count);
        Ok(count)
    }
}

impl<S: Write> Write for Caught<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let written = self.stream.write(bytes).await;
        self.catch(written)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        let flushed = self.stream.flush().await;
        self.catch(flushed)
    }
}
