//! A second opinion: RFC 9111 once more, slowly, from the rows of `requirements.tsv` and from
//! `errata-and-pitfalls.md`, sharing no code with larder. Everything is read again from the
//! stored lines at every use, in wide integers, so that there is little to get wrong.

#![allow(dead_code)] // some of it says only what the rules are

pub mod answering;
pub mod asking;
pub mod compare;
pub mod confirming;
pub mod crowd;
pub mod dates;
pub mod draw;
pub mod drive;
pub mod driver;
pub mod fields;
pub mod freshness;
pub mod history;
pub mod invalidation;
pub mod origin;
pub mod reuse;
pub mod run;
pub mod said;
pub mod settle;
pub mod step;
pub mod storing;
pub mod tables;
pub mod uri;
pub mod validation;
pub mod vary;

use fields::Lines;
use uri::Uri;
use vary::Selecting;

/// Which of the permitted behaviours the cache has. The defaults are those of the errata notes.
#[derive(Clone, Debug)]
pub struct Options {
    pub shared: bool,
    /// Percent of the time since Last-Modified, and the most seconds.
    pub heuristic: (u8, u32),
    pub max_lifetime: i128,
    pub age_header_only: bool,
    pub first_duplicate: bool,
    pub refuse_set_cookie: bool,
    /// An explicit lifetime lifts that refusal.
    pub explicit_cookies: bool,
    pub strict_auth: bool,
    pub store_post: bool,
    pub store_head: bool,
    pub extensions_beat_s_maxage: bool,
    pub while_revalidate: bool,
    pub stale_when_disconnected: i128,
    pub pragma: bool,
    pub request_directives: bool,
    pub strict_304: bool,
    pub head_update: bool,
    pub invalidate_locations: bool,
    pub uptime_reuse: bool,
    pub vary_lists: bool,
    pub validate_others: bool,
}

/// UTC in milliseconds, of a clock or learned from responses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utc {
    pub ms: i128,
    pub learned: bool,
}

/// A moment: the time of some monotonic clock, and UTC if known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub domain: u32,
    pub ms: i128,
    pub utc: Option<Utc>,
}

impl Moment {
    /// Milliseconds since an earlier moment, if anything trustworthy tells (design, section 5).
    pub fn since(&self, earlier: &Self) -> Option<i128> {
        let passed = if self.domain == earlier.domain {
            self.ms - earlier.ms
        } else {
            self.clock()? - earlier.clock()?
        };
        (passed >= 0).then_some(passed) // 9111-4.2.3-09
    }

    pub fn clock(&self) -> Option<i128> {
        self.utc.filter(|utc| !utc.learned).map(|utc| utc.ms)
    }

    /// What a response without Date is dated with: by no learned time (design, section 5).
    pub fn clock_seconds(&self) -> Option<i128> {
        self.clock().map(|ms| ms.div_euclid(1000))
    }

    pub fn utc_seconds(&self) -> Option<i128> {
        self.utc.map(|utc| utc.ms.div_euclid(1000))
    }

    pub fn after(&self, ms: i128) -> Self {
        let utc = self.utc.map(|utc| Utc {
            ms: utc.ms + ms,
            ..utc
        });
        Self {
            ms: self.ms + ms,
            utc,
            ..*self
        }
    }
}

/// When a request was sent and when its response came (9111-4.2.3-04).
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    pub asked: Moment,
    pub got: Moment,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: String,
    pub uri: String,
    pub user: u64,
    pub lines: Lines,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub status: u16,
    pub lines: Lines,
    /// Which body it has: a number in the place of bytes.
    pub body: u64,
}

/// What a request to the origin comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Response(Response),
    Failed(reuse::Failure),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Answers GET and HEAD: what GET, and by an option POST and PATCH, got.
    Get,
    Head,
}

/// A stored response.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: u64,
    pub uri: Uri,
    pub user: u64,
    pub kind: Kind,
    pub status: u16,
    pub lines: Lines,
    pub date_is_ours: bool,
    pub selecting: Selecting,
    pub times: Times,
    pub body: u64,
    /// Only validation revives it (9111-4.4-05).
    pub marked: bool,
}

/// A request as it went out, and the entry whose validators it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    pub on: Option<u64>,
    pub lines: Lines,
}

/// What the client gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A stored response: its lines as they are sent, age and remaining lifetime in seconds.
    Stored {
        id: u64,
        status: u16,
        lines: Lines,
        body: u64,
        age: Option<i128>,
        left: i128,
        why: reuse::Why,
    },
    /// 304 made from a stored response.
    NotModified {
        id: u64,
        lines: Lines,
        age: Option<i128>,
        why: reuse::Why,
    },
    /// What the origin sent.
    Origin(Response),
    /// 504, or the error of the transport.
    Failed,
}

/// Everything that one request did; what it did to the store shows in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub forwards: Vec<Forward>,
    pub answer: Answer,
    pub stored: Option<u64>,
    pub background: bool,
}

/// The cache.
#[derive(Clone, Debug)]
pub struct ModelCache {
    pub options: Options,
    pub entries: Vec<Entry>,
    pub last_id: u64,
    /// The store has no room for an updated head.
    pub full: bool,
}

impl ModelCache {
    pub fn new(options: Options) -> Self {
        Self {
            options,
            entries: Vec::new(),
            last_id: 0,
            full: false,
        }
    }

    pub fn entry(&self, id: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub fn remove(&mut self, id: u64) {
        self.entries.retain(|entry| entry.id != id);
    }
}
