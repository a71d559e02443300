//! Requests by edge-http.

use edge_http::{Method, RequestHeaders};
use larder::{Decimal, Headers, RequestHead};
use larder_embedded::blocking::ready;
use larder_embedded::wire::{Codec, Composed, HeadWriter, Unwritable, is_condition};

/// Fields of a request at most.
const OWN: usize = 14;
/// With Host, Content-Length, and the two conditions of a cache.
const FIELDS: usize = OWN + 4;

/// edge-http's codec, for requests with up to 14 fields besides If-None-Match and If-Modified-Since.
#[derive(Clone, Copy, Debug, Default)]
pub struct EdgeCodec;

impl Codec for EdgeCodec {
    // What it needs of the stack must not be there while the network is polled.
    #[inline(never)]
    fn write_head<H: Headers + ?Sized>(
        &mut self,
        out: &mut HeadWriter<'_>,
        request: &RequestHead<'_, H>,
        content_length: u64,
    ) -> Result<(), Unwritable> {
        let length = Decimal::new(content_length);
        let (mut host, mut path) = (Composed::new(), Composed::new());
        let mut head = RequestHeaders::<FIELDS>::new();
        head.method = method(request.method).ok_or(Unwritable)?;
        head.path = path.path(&request.target).ok_or(Unwritable)?;
        // `set` takes the place of a field of the same name, and panics where there is no room.
        let mut room = OWN;
        let host = host.host(&request.target).ok_or(Unwritable)?;
        head.headers.set("Host", host);
        if content_length > 0 {
            head.headers.set_raw("Content-Length", length.as_bytes());
        }
        for line in request.headers.fields() {
            let name = line.name.as_str().ok_or(Unwritable)?;
            let own = !is_condition(&line);
            room = room.checked_sub(usize::from(own)).ok_or(Unwritable)?;
            if name.is_empty() || head.headers.get_raw(name).is_some() {
                return Err(Unwritable);
            }
            head.headers.set_raw(name, line.value);
        }
        // Into memory: it never waits.
        match ready(head.send(false, out)) {
            Some(Ok(_)) => Ok(()),
            _ => Err(Unwritable),
        }
    }
}

/// A method that edge-http writes as it is. Methods are case-sensitive; edge-http is not.
fn method(name: &str) -> Option<Method> {
    let exact = name.bytes().all(|byte| byte.is_ascii_uppercase());
    exact.then(|| Method::new(name)).flatten()
}
