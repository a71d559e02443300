//! The clients that are measured.

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use larder_ureq::MemoryStore;
use ureq::http::{HeaderMap, Request, Response};
use ureq::middleware::{Middleware, MiddlewareNext};
use ureq::{Agent, Body, SendBody};

/// A client. Its calls are whole: to the last byte of the body.
pub trait Subject: Sync {
    /// The body.
    fn get(&self, uri: &str) -> Result<Vec<u8>>;
    /// How long it takes until the first byte of the body is there; the rest is read too, after a call of `then`.
    fn first_byte(&self, uri: &str, then: &dyn Fn() -> Result<()>) -> Result<Duration>;
    /// Whether that byte is handed out before the last one has come.
    fn streams(&self) -> bool {
        true
    }
    /// The length of the body, which is not collected where the client permits that.
    fn stream(&self, uri: &str) -> Result<u64>;
}

/// Makes a client that has nothing stored.
pub type Make = fn() -> Result<Box<dyn Subject>>;

/// The clients by name.
pub const SUBJECTS: &[(&str, Make)] = &[
    ("plain", || Ok(Box::new(Agent::new_with_defaults()))),
    ("stub", || {
        let config = Agent::config_builder().middleware(Stub::default()).build();
        Ok(Box::new(Agent::new_with_config(config)))
    }),
    ("larder", || {
        let store = MemoryStore::new(STORE);
        Ok(Box::new(larder_ureq::agent(store, |builder| builder)))
    }),
    #[cfg(feature = "peers")]
    ("moka", crate::peers::moka),
    #[cfg(feature = "peers")]
    ("redb", crate::peers::redb),
];

/// Bytes of larder's store, in memory.
pub const STORE: usize = 256 << 20;

/// Makes the client of that name.
pub fn make(name: &str) -> Result<Box<dyn Subject>> {
    let found = SUBJECTS.iter().find(|(found, _)| *found == name);
    let (_, make) = found.with_context(|| format!("no client {name} in this build"))?;
    make()
}

impl Subject for Agent {
    fn get(&self, uri: &str) -> Result<Vec<u8>> {
        let mut response = self.get(uri).call()?;
        Ok(response.body_mut().with_config().limit(u64::MAX).read_to_vec()?)
    }

    fn first_byte(&self, uri: &str, then: &dyn Fn() -> Result<()>) -> Result<Duration> {
        let start = Instant::now();
        let mut response = self.get(uri).call()?;
        let mut reader = response.body_mut().as_reader();
        let mut first = [0];
        reader.read_exact(&mut first)?;
        let elapsed = start.elapsed();
        then()?;
        drain(&mut reader)?;
        Ok(elapsed)
    }

    fn stream(&self, uri: &str) -> Result<u64> {
        drain(&mut self.get(uri).call()?.body_mut().as_reader())
    }
}

fn drain(reader: &mut impl Read) -> Result<u64> {
    let mut piece = [0; 16 * 1024];
    let mut length = 0;
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(length),
            read => length += read as u64,
        }
    }
}

/// The floor of any cache in a ureq middleware: answers at once with what the first request got, the fields cloned,
/// the body shared. It looks at nothing.
#[derive(Default)]
struct Stub(OnceLock<(HeaderMap, Shared)>);

/// A body that any number of readers share.
#[derive(Clone)]
struct Shared(Arc<[u8]>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Middleware for Stub {
    fn handle(
        &self,
        request: Request<SendBody>,
        next: MiddlewareNext,
    ) -> Result<Response<Body>, ureq::Error> {
        if self.0.get().is_none() {
            let mut response = next.handle(request)?;
            let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
            let _ = self.0.set((response.headers().clone(), Shared(body.into())));
        }
        let (fields, body) = self.0.get().ok_or(ureq::Error::BodyStalled)?;
        let reader = std::io::Cursor::new(body.clone());
        let mut response = Response::new(Body::builder().reader(reader));
        response.headers_mut().clone_from(fields);
        Ok(response)
    }
}

/// The address of a body: see [`crate::origin`].
pub fn uri(address: &str, kind: &str, bytes: u64, name: &str) -> String {
    format!("http://{address}/{kind}/{bytes}/{name}")
}

/// A name that no other process asks the origin for; always as long, so that it always costs as much.
pub fn unique(name: &str) -> String {
    format!("{name}-{:010}", std::process::id())
}

/// How often the origin was asked for it.
pub fn asked(address: &str, kind: &str, bytes: u64, name: &str) -> Result<u64> {
    let uri = format!("http://{address}/asked/{kind}/{bytes}/{name}");
    Ok(ureq::get(uri).call()?.body_mut().read_to_string()?.parse()?)
}

/// A client that has the body stored, unless it stores nothing: proven by the origin's count.
pub fn primed(address: &str, subject: &str, bytes: u64, name: &str) -> Result<(Box<dyn Subject>, String)> {
    let client = make(subject)?;
    let uri = uri(address, "fresh", bytes, name);
    let gets = 3;
    for _ in 0..gets {
        ensure!(
            client.get(&uri)?.len() as u64 == bytes,
            "{subject}: not the whole body"
        );
    }
    let expected = if subject == "plain" { gets } else { 1 };
    let count = asked(address, "fresh", bytes, name)?;
    ensure!(
        count == expected,
        "{subject} asked the origin {count} times, not {expected}"
    );
    Ok((client, uri))
}
