//! Responses to store.

use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use crate::store::{SliceSink, pack};
use crate::{
    CacheMissNext, Config, Exchanged, IdleClient, IdleClientNext, Key, Now, Partition, RequestHead,
    ResponseHead, StoredFacts, Target,
};

static CONFIG: Config = Config::private();

/// 2026-07-14T00:00:00Z, in milliseconds.
const DAY: i64 = 1_783_987_200_000;

/// A moment in the clock domain of all samples, in seconds.
pub fn at(seconds: u64) -> Now {
    let ms = i64::try_from(seconds).expect("a time near today") * 1000;
    Now::mono(1, seconds * 1000).with_utc(DAY + ms)
}

/// A response to store, with the request that it answers.
///
/// ```
/// use larder::store::{Entry, suite::Sample};
///
/// let sample = Sample::new("/a").of_language("de").of_version(2);
/// let head = sample.head();
/// let entry = Entry::parse(&head).unwrap();
/// assert!(sample.facts().has_vary());
/// assert_eq!(entry.target().path_and_query(), "/a");
/// ```
#[derive(Clone, Debug)]
pub struct Sample {
    uri: String,
    language: Option<String>,
    user: u128,
    version: u32,
    padding: usize,
    received: u64,
    body: Vec<u8>,
}

impl Sample {
    /// A response for a path, received at second 0.
    pub fn new(path: &str) -> Self {
        Self {
            uri: format!("https://example.test{path}"),
            language: None,
            user: 0,
            version: 1,
            padding: 0,
            received: 0,
            body: format!("the body of {path}").into_bytes(),
        }
    }

    /// A variant: Vary nominates Accept-Language, and the request has this one.
    #[must_use]
    pub fn of_language(mut self, language: &str) -> Self {
        self.language = Some(language.into());
        self.body.extend_from_slice(language.as_bytes());
        self
    }

    /// Of a partition of its own.
    #[must_use]
    pub fn of_user(mut self, user: u128) -> Self {
        self.user = user;
        self.body.extend_from_slice(&user.to_le_bytes());
        self
    }

    /// Another version of it: another ETag, another body.
    #[must_use]
    pub fn of_version(mut self, version: u32) -> Self {
        self.version = version;
        self.body.extend_from_slice(&version.to_le_bytes());
        self
    }

    /// With this body.
    #[must_use]
    pub fn with_body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// With a body of this many bytes.
    #[must_use]
    pub fn with_body_len(mut self, length: usize) -> Self {
        self.body = (0..length).map(|index| (index * 31 % 251) as u8).collect();
        self
    }

    /// With so many more bytes in its head.
    #[must_use]
    pub fn with_padding(mut self, padding: usize) -> Self {
        self.padding = padding;
        self
    }

    /// Received at this second.
    #[must_use]
    pub fn received(mut self, seconds: u64) -> Self {
        self.received = seconds;
        self
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The key in a store with this seed.
    pub fn key(&self, seed: u64) -> Key {
        Key::new(&self.target(), seed)
    }

    /// The facts to store.
    pub fn facts(&self) -> StoredFacts {
        self.of(|request, lines| {
            let at = at(self.received);
            let IdleClientNext::CacheMiss(miss) = IdleClient::new(&CONFIG, request, at).next() else {
                panic!("a sample is not a miss")
            };
            let response = ResponseHead {
                status: 200,
                headers: lines,
            };
            match miss.next(request, &response, Exchanged::new(at, at), &mut []) {
                CacheMissNext::StoreAndUse(store) => *store.facts(),
                other => panic!("a sample cannot be stored: {other:?}"),
            }
        })
    }

    /// The packed head.
    pub fn head(&self) -> Vec<u8> {
        self.of(|request, lines| {
            let mut head = vec![0; 1024 + self.padding];
            let mut sink = SliceSink::new(&mut head);
            pack(&mut sink, request, 200, lines).expect("a sample can be packed");
            sink.finish().expect("a sample has a small head").to_vec()
        })
    }

    fn target(&self) -> Target<'_> {
        Target::parse(&self.uri).expect("a sample has a target")
    }

    fn of<T>(&self, use_it: impl FnOnce(&RequestHead<'_, [Line]>, &[Line]) -> T) -> T {
        let fields: Vec<_> = self
            .language
            .iter()
            .map(|language| line("accept-language", language))
            .collect();
        let mut lines = vec![
            line("cache-control", "max-age=600"),
            line("etag", &format!("\"{}\"", self.version)),
        ];
        if self.language.is_some() {
            lines.push(line("vary", "accept-language"));
        }
        let mut padding = self.padding;
        while padding > 0 {
            let length = padding.min(32 * 1024);
            lines.push(line("content-language", &"x".repeat(length)));
            padding -= length;
        }
        let request = RequestHead {
            method: "GET",
            target: self.target(),
            partition: Partition::new(self.user),
            headers: &fields[..],
        };
        use_it(&request, &lines)
    }
}

type Line = (String, String);

fn line(name: &str, value: &str) -> Line {
    (name.into(), value.into())
}
