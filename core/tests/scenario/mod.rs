//! What the tests of caching rules share: requests and responses from header lines
//! (this file), one stored response and what later requests make of it ([`Scenario`],
//! [`Stored`]), and a cache in a vector that drives `Exchange` to the end ([`Cache`]).
#![allow(dead_code, unused_imports)] // every test file is a crate of its own and uses its part

mod cache;
mod stored;

pub use cache::{Answer, Cache, Item, Origin, fails, says};
pub use stored::{Scenario, Stored, Verdict, fresh, miss, refused, validate};

use larder::{Exchanged, Header, Headers, Now, Partition, RequestHead, ResponseHead, Target};
use std::time::{Duration, UNIX_EPOCH};

/// The moment 0 of every test: Sun, 15 Jun 2025 12:00:00 GMT.
pub const T0: i64 = 1_749_988_800;

/// The monotonic clock at moment 0, so that it can also run backwards.
const MONO: u64 = 1_000_000_000;

/// Seconds after moment 0, on a device that has both clocks.
pub fn at(seconds: u64) -> Now {
    at_ms(seconds * 1000)
}

/// Milliseconds after moment 0.
pub fn at_ms(ms: u64) -> Now {
    Now::mono(1, MONO + ms).with_utc(T0 * 1000 + i64::try_from(ms).unwrap())
}

/// Seconds after moment 0, by uptime alone.
pub fn uptime(seconds: u64) -> Now {
    Now::mono(1, MONO + seconds * 1000)
}

/// Both times of an exchange that takes no time.
pub fn exchanged(seconds: u64) -> Exchanged {
    Exchanged::new(at(seconds), at(seconds))
}

/// An IMF-fixdate so many seconds after moment 0, written by another crate.
pub fn date(offset: i64) -> String {
    let seconds = u64::try_from(T0 + offset).unwrap();
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// A head without fields.
pub const NOTHING: [&str; 0] = [];

/// Owned field lines.
pub type Lines = Vec<(String, Vec<u8>)>;
/// The same, borrowed: what the library sees.
pub type Fields = [(String, Vec<u8>)];

/// Field lines from "Name: value" texts; the value starts after one space.
pub fn lines<T: AsRef<str>>(texts: &[T]) -> Lines {
    texts.iter().map(|text| line(text.as_ref())).collect()
}

fn line(text: &str) -> (String, Vec<u8>) {
    let (name, value) = text
        .split_once(':')
        .unwrap_or_else(|| panic!("no field line: {text}"));
    let value = value.strip_prefix(' ').unwrap_or(value);
    (name.to_string(), value.as_bytes().to_vec())
}

/// So many random cases, two where Miri interprets them; nothing is written to disk.
pub fn cases(cases: u32) -> proptest::test_runner::Config {
    let default = proptest::test_runner::Config::default();
    proptest::test_runner::Config {
        cases: if cfg!(miri) { 2 } else { cases },
        failure_persistence: None,
        ..default
    }
}

/// Owned copies of all field lines of a head.
pub fn copied<H: Headers + ?Sized>(head: &H) -> Lines {
    let owned = |line: Header<'_>| {
        let name = line.name.as_str().expect("a name in UTF-8").to_string();
        (name, line.value.to_vec())
    };
    head.fields().map(owned).collect()
}

/// The values of all lines of a field, in order, as text.
pub fn values<H: Headers + ?Sized>(head: &H, name: &str) -> Vec<String> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    head.get_all(name).map(text).collect()
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub method: String,
    pub url: String,
    pub partition: Partition,
    pub lines: Lines,
}

/// A request with any method; `url` is absolute or a path on https://e.com.
pub fn ask(method: &str, url: &str) -> Ask {
    let url = if url.starts_with('/') {
        format!("https://e.com{url}")
    } else {
        url.to_string()
    };
    Ask {
        method: method.to_string(),
        url,
        partition: Partition::COMMON,
        lines: Vec::new(),
    }
}

/// A GET request.
pub fn get(url: &str) -> Ask {
    ask("GET", url)
}

impl Ask {
    /// The same with one more field line.
    pub fn with(mut self, text: &str) -> Self {
        self.lines.push(line(text));
        self
    }

    /// The same with more field lines.
    pub fn with_all<T: AsRef<str>>(mut self, texts: &[T]) -> Self {
        self.lines.extend(lines(texts));
        self
    }

    /// The same in a partition.
    pub fn partition(mut self, number: u128) -> Self {
        self.partition = Partition::new(number);
        self
    }

    pub fn target(&self) -> Target<'_> {
        Target::parse(&self.url).unwrap()
    }

    pub fn head(&self) -> RequestHead<'_, Fields> {
        let (target, headers) = (self.target(), &self.lines[..]);
        RequestHead {
            method: &self.method,
            target,
            partition: self.partition,
            headers,
        }
    }
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub lines: Lines,
    pub body: String,
    /// How long the origin takes for it.
    pub delay_ms: u64,
}

/// A response without body.
pub fn reply<T: AsRef<str>>(status: u16, texts: &[T]) -> Reply {
    Reply {
        status,
        lines: lines(texts),
        body: String::new(),
        delay_ms: 0,
    }
}

impl Reply {
    pub fn head(&self) -> ResponseHead<'_, Fields> {
        ResponseHead {
            status: self.status,
            headers: &self.lines[..],
        }
    }
}
