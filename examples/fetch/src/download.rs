//! One request through the caching agent: the body goes to a sink, with a progress bar where
//! that takes long.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use larder::Target;
use larder::store::memory::MemoryStore;
use larder_ureq::{Cache, CacheInfo};
use ureq::http::{HeaderMap, Request};

use crate::Error;

/// Bytes of memory for stored responses.
const STORE: usize = 256 << 20;
/// How long a body may take before a progress bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// A caching agent.
pub struct Client {
    pub cache: Cache<MemoryStore>,
    agent: ureq::Agent,
}

/// What came of a request.
pub struct Fetched {
    pub method: String,
    pub url: String,
    pub status: u16,
    pub fields: HeaderMap,
    pub info: CacheInfo,
    pub bytes: u64,
    pub elapsed: Duration,
}

/// Where bodies go.
pub enum Sink {
    Nowhere,
    Stdout,
    File(File),
}

impl Sink {
    /// Nowhere, standard output for `-`, or a file that is made anew.
    pub fn open(path: Option<&Path>) -> Result<Self, Error> {
        match path {
            None => Ok(Self::Nowhere),
            Some(path) if path.as_os_str() == "-" => Ok(Self::Stdout),
            Some(path) => match File::create(path) {
                Ok(file) => Ok(Self::File(file)),
                Err(error) => Err(format!("{}: {error}", path.display()).into()),
            },
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Stdout => io::stdout().write_all(bytes),
            Self::File(file) => file.write_all(bytes),
        }
    }
}

/// Reads a `Name: value` argument.
pub fn parse_field(argument: &str) -> Result<(String, String), String> {
    let (name, value) = argument.split_once(':').ok_or("a field is `Name: value`")?;
    Request::builder()
        .header(name.trim(), value.trim())
        .body(())
        .map_err(|error| error.to_string())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Says what is wrong with a URL before anything is asked for.
pub fn check_url(url: &str) -> Result<(), Error> {
    Target::parse(url)
        .map(drop)
        .map_err(|error| format!("{url}: {error}").into())
}

impl Client {
    /// With an empty store in memory.
    pub fn new() -> Self {
        let cache = Cache::new(MemoryStore::new(STORE));
        // Every status is an answer to show here.
        let agent = cache.agent(|builder| builder.http_status_as_error(false));
        Self { cache, agent }
    }

    /// Fetches with GET.
    pub fn get(&self, url: &str, fields: &[(String, String)], sink: Sink) -> Result<Fetched, Error> {
        self.request("GET", url, fields, sink)
    }

    /// Fetches with a method that sends no body, or an empty one.
    pub fn request(
        &self,
        method: &str,
        url: &str,
        fields: &[(String, String)],
        mut sink: Sink,
    ) -> Result<Fetched, Error> {
        let started = Instant::now();
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in fields {
            request = request.header(name, value);
        }
        let response = self.agent.run(request.body(())?)?;
        let info = CacheInfo::of(&response).cloned();
        let info = info.ok_or("the cache left no account of this request")?;
        let (parts, body) = response.into_parts();
        let length = info.content_length();
        let bytes = copy(body.into_reader(), &mut sink, length, started)?;
        Ok(Fetched {
            method: method.to_owned(),
            url: url.to_owned(),
            status: parts.status.as_u16(),
            fields: parts.headers,
            info,
            bytes,
            elapsed: started.elapsed(),
        })
    }
}

/// Copies a body and shows progress on a terminal once it takes longer than [`PATIENCE`].
fn copy(mut body: impl Read, sink: &mut Sink, length: Option<u64>, started: Instant) -> Result<u64, Error> {
    let terminal = io::stderr().is_terminal();
    let mut bar: Option<ProgressBar> = None;
    let mut buffer = vec![0; 64 << 10];
    let mut total = 0u64;
    loop {
        let count = body.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        sink.write_all(&buffer[..count])?;
        total += count as u64;
        if terminal && bar.is_none() && started.elapsed() > PATIENCE {
            bar = Some(progress_bar(length)?);
        }
        if let Some(bar) = &bar {
            bar.set_position(total);
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(total)
}

fn progress_bar(length: Option<u64>) -> Result<ProgressBar, Error> {
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length),
            "{bytes}/{total_bytes} [{bar:30}] {bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec}"),
    };
    Ok(bar.with_style(ProgressStyle::with_template(template)?))
}
