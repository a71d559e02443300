//! A codec on httparse alone (feature `httparse`).

use embedded_io_async::{Read, Write};
use larder::{Decimal, Headers, RequestHead};

use super::{Codec, ParsedHead, WireError};

/// Heads by httparse: the smallest codec, for devices without an HTTP stack. It takes responses
/// with up to `FIELDS` field lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainCodec<const FIELDS: usize = 32>;

impl<const FIELDS: usize> Codec for PlainCodec<FIELDS> {
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
        let target = &request.target;
        let path = target.path_and_query();
        let root = if path.starts_with('/') { "" } else { "/" };
        let mut out = Out(stream);
        out.put(&[
            request.method,
            " ",
            root,
            path,
            " HTTP/1.1\r\nHost: ",
            target.host(),
        ])
        .await?;
        if target.port() != target.scheme().default_port() {
            let port = Decimal::new(u64::from(target.port()));
            out.bytes(b":").await?;
            out.bytes(port.as_bytes()).await?;
        }
        for line in request.headers.fields() {
            out.bytes(b"\r\n").await?;
            out.bytes(line.name.as_bytes()).await?;
            out.bytes(b": ").await?;
            out.bytes(line.value).await?;
        }
        if content_length > 0 || matches!(request.method, "POST" | "PUT" | "PATCH") {
            out.put(&["\r\nContent-Length: "]).await?;
            out.bytes(Decimal::new(content_length).as_bytes()).await?;
        }
        out.put(&["\r\n\r\n"]).await
    }

    async fn read_head<R: Read>(
        &mut self,
        mut reader: R,
        buffer: &mut [u8],
    ) -> Result<ParsedHead, WireError<R::Error>> {
        let mut length = 0usize;
        loop {
            let limit = buffer.len();
            let room = buffer.get_mut(length..).unwrap_or_default();
            if room.is_empty() {
                return Err(WireError::HeadTooLarge { limit });
            }
            let count = reader.read(room).await.map_err(WireError::Io)?;
            if count == 0 {
                return Err(if length == 0 {
                    WireError::Closed
                } else {
                    WireError::Head
                });
            }
            length = length.saturating_add(count);
            if ends(buffer.get(..length).unwrap_or_default()) {
                return parse::<FIELDS, _>(buffer.get(..length).unwrap_or_default());
            }
        }
    }
}

/// Whether these bytes end with an empty line.
fn ends(head: &[u8]) -> bool {
    head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n")
}

fn parse<const FIELDS: usize, E>(head: &[u8]) -> Result<ParsedHead, WireError<E>> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    match response.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => Ok(ParsedHead {
            length,
            status: response.code.ok_or(WireError::Head)?,
            http11: response.version == Some(1),
        }),
        Err(httparse::Error::TooManyHeaders) => Err(WireError::HeadTooLarge { limit: FIELDS }),
        _ => Err(WireError::Head),
    }
}

struct Out<'w, W>(&'w mut W);

impl<W: Write> Out<'_, W> {
    async fn bytes(&mut self, bytes: &[u8]) -> Result<(), WireError<W::Error>> {
        self.0.write_all(bytes).await.map_err(WireError::Io)
    }

    async fn put(&mut self, pieces: &[&str]) -> Result<(), WireError<W::Error>> {
        for piece in pieces {
            self.bytes(piece.as_bytes()).await?;
        }
        Ok(())
    }
}
