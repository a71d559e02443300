//! What is drawn: a stored response, a later request and the 304 that may answer it, as structures, in lower
//! case and within the grammar, so that what both crates are compared by is the rules and not the parsers.

use proptest::prelude::*;
use proptest::sample::select;
use std::time::{Duration, SystemTime};

/// Cache-Control, with numbers where a directive has one.
pub type Directives = Vec<(&'static str, Option<u32>)>;

/// When the response arrives, in seconds since 1970: what `larder_oracles::spelling::at(0)` says.
const RECEIVED: i64 = 1_783_987_200;

/// Field lines.
pub type Lines = Vec<(String, String)>;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: &'static str,
    pub directives: Directives,
    pub pragma: bool,
    pub authorization: bool,
    pub accept: Vec<&'static str>,
    pub language: Option<&'static str>,
}

/// All that happens. Dates are seconds from the arrival of the response.
#[derive(Clone, Debug)]
pub struct Case {
    pub shared: bool,
    pub first: Asked,
    pub status: u16,
    pub directives: Directives,
    pub pragma: bool,
    pub date: Option<i64>,
    /// `Some(None)` is the 0 that is no date.
    pub expires: Option<Option<i64>>,
    pub modified: Option<i64>,
    pub etag: Option<&'static str>,
    pub age: Option<u32>,
    pub vary: Vec<&'static str>,
    /// Seconds until the second request.
    pub wait: u64,
    pub second: Asked,
    /// What the 304 is about.
    pub confirmed_etag: Option<&'static str>,
    pub confirmed_modified: Option<i64>,
}

/// So many seconds after the arrival.
pub fn moment(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs((RECEIVED + seconds).try_into().expect("after 1970"))
}

fn date(seconds: i64) -> String {
    httpdate::fmt_http_date(moment(seconds))
}

/// The field, if it has a value.
fn push(lines: &mut Lines, name: &str, value: Option<impl ToString>) {
    lines.extend(value.map(|value| (name.to_string(), value.to_string())));
}

fn listed(directives: &Directives) -> Option<String> {
    let text = |(name, number): &(&str, Option<u32>)| match number {
        Some(number) => format!("{name}={number}"),
        None => (*name).to_string(),
    };
    let all: Vec<String> = directives.iter().map(text).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The number of the first directive of that name, if it is there.
pub fn number(directives: &Directives, name: &str) -> Option<u32> {
    directives.iter().find(|found| found.0 == name)?.1
}

/// Whether a directive is there.
pub fn has(directives: &Directives, name: &str) -> bool {
    directives.iter().any(|found| found.0 == name)
}

impl Asked {
    /// Its fields.
    pub fn lines(&self) -> Lines {
        let mut lines = Lines::new();
        push(&mut lines, "cache-control", listed(&self.directives));
        push(&mut lines, "pragma", self.pragma.then_some("no-cache"));
        push(
            &mut lines,
            "authorization",
            self.authorization.then_some("Basic YTpi"),
        );
        self.accept
            .iter()
            .for_each(|value| push(&mut lines, "accept", Some(value)));
        push(&mut lines, "accept-language", self.language);
        lines
    }
}

impl Case {
    /// The fields of the response.
    pub fn answered(&self) -> Lines {
        let mut lines = Lines::new();
        push(&mut lines, "cache-control", listed(&self.directives));
        push(&mut lines, "pragma", self.pragma.then_some("no-cache"));
        push(&mut lines, "date", self.date.map(date));
        let expires = self.expires.map(|at| at.map_or("0".to_string(), date));
        push(&mut lines, "expires", expires);
        push(&mut lines, "last-modified", self.modified.map(date));
        push(&mut lines, "etag", self.etag);
        push(&mut lines, "age", self.age);
        push(
            &mut lines,
            "vary",
            (!self.vary.is_empty()).then(|| self.vary.join(", ")),
        );
        lines
    }

    /// The fields of the 304.
    pub fn confirmed(&self) -> Lines {
        let mut lines = Lines::new();
        push(&mut lines, "etag", self.confirmed_etag);
        push(&mut lines, "last-modified", self.confirmed_modified.map(date));
        lines
    }
}

fn directives(
    names: &'static [&'static str],
    numbers: &'static [u32],
    most: usize,
) -> impl Strategy<Value = Directives> {
    let numbered = |name: &str| {
        matches!(
            name,
            "max-age" | "s-maxage" | "max-stale" | "min-fresh" | "stale-while-revalidate"
        )
    };
    let one = (select(names), select(numbers))
        .prop_map(move |(name, number)| (name, numbered(name).then_some(number)));
    prop::collection::vec(one, 0..=most)
}

const NUMBERS: &[u32] = &[0, 0, 5, 10, 20, 60, 100];
const OF_RESPONSES: &[&str] = &[
    "max-age",
    "max-age",
    "max-age",
    "max-age",
    "s-maxage",
    "s-maxage",
    "no-cache",
    "no-store",
    "private",
    "private",
    "public",
    "public",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "immutable",
    "stale-while-revalidate",
];
const OF_REQUESTS: &[&str] = &[
    "max-age",
    "max-age",
    "min-fresh",
    "max-stale",
    "max-stale",
    "no-cache",
    "only-if-cached",
    "no-store",
];
/// A request that is stored for is not to be refused before it is sent.
const OF_FIRST_REQUESTS: &[&str] = &["max-age", "no-cache", "no-store"];
const ETAGS: &[Option<&str>] = &[None, None, Some("\"a\""), Some("\"b\""), Some("W/\"a\"")];
const MODIFIED: &[Option<i64>] = &[None, None, Some(-200), Some(-1000), Some(-1_000_000)];

const VARY: &[&[&str]] = &[
    &[],
    &[],
    &[],
    &["accept"],
    &["accept", "accept-language"],
    &["accept-language"],
    &["*"],
];

fn asked(names: &'static [&'static str], methods: &'static [&'static str]) -> impl Strategy<Value = Asked> {
    let accept: &[&[&str]] = &[
        &[],
        &["text/html"],
        &["text/html"],
        &["image/png"],
        &["text/html", "image/png"],
    ];
    (
        select(methods),
        directives(names, NUMBERS, 2),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.3),
        select(accept),
        select(&[None, Some("en"), Some("en"), Some("fr")][..]),
    )
        .prop_map(
            |(method, mut directives, pragma, authorization, accept, language)| {
                // Directives of a request are drawn once each: repeated ones have no meaning to compare.
                directives.sort_unstable();
                directives.dedup_by_key(|directive| directive.0);
                Asked {
                    method,
                    directives,
                    pragma,
                    authorization,
                    accept: accept.to_vec(),
                    language,
                }
            },
        )
}

/// Cases.
pub fn cases() -> impl Strategy<Value = Case> {
    let response = (
        select(
            &[
                200, 200, 200, 200, 203, 204, 206, 301, 302, 307, 404, 410, 451, 500, 503,
            ][..],
        ),
        directives(OF_RESPONSES, NUMBERS, 3),
        prop::bool::weighted(0.1),
        select(&[None, Some(0), Some(0), Some(-10), Some(-50), Some(30)][..]),
        select(
            &[
                None,
                None,
                None,
                None,
                Some(None),
                Some(Some(-10)),
                Some(Some(20)),
                Some(Some(100)),
            ][..],
        ),
        select(MODIFIED),
        select(ETAGS),
        select(&[None, None, None, Some(0), Some(7), Some(30)][..]),
        select(VARY),
    );
    let visits = (
        any::<bool>(),
        asked(
            OF_FIRST_REQUESTS,
            &["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST"],
        ),
        select(&[0, 0, 0, 1, 5, 10, 11, 20, 40, 59, 60, 61, 100, 90_000][..]),
        asked(
            OF_REQUESTS,
            &["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST"],
        ),
        select(ETAGS),
        select(MODIFIED),
    );
    (visits, response).prop_map(|(visits, response)| {
        let (shared, first, wait, second, confirmed_etag, confirmed_modified) = visits;
        let (status, directives, pragma, date, expires, modified, etag, age, vary) = response;
        Case {
            shared,
            first,
            status,
            directives,
            pragma,
            date,
            expires,
            modified,
            etag,
            age,
            vary: vary.to_vec(),
            wait,
            second,
            confirmed_etag,
            confirmed_modified,
        }
    })
}
