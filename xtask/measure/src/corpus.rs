//! The header corpus, parsed and with its dates filled in.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};
use larder::{Exchanged, Header, Now};

/// The cases of the corpus.
pub const NAMES: &[&str] = &["api", "asset", "cdn"];

/// When the stored response was made, in seconds since 1970: Tue, 07 Jul 2026 12:00:00 GMT.
pub const DATE: u64 = 1_783_425_600;
/// When its content last changed: 36 days earlier.
const LAST_MODIFIED: u64 = DATE - 36 * 86_400;
/// See [`fresh`], in seconds since 1970.
pub const FRESH: u64 = DATE + 20;
/// See [`stale`], in seconds since 1970; the 304 has this Date.
pub const STALE: u64 = DATE + 2 * 86_400;
/// `Expires - Date` of every case that has an Expires; all of them have a max-age too, which overrules it.
const EXPIRES_AFTER: u64 = 86_400;

/// A moment on a machine with a clock, that many seconds since 1970.
fn at(seconds: u64) -> Now {
    let ms = seconds * 1000;
    Now::mono(1, ms).with_utc(ms as i64)
}

/// When the stored response was asked for and received.
pub fn stored_at() -> Exchanged {
    Exchanged::new(at(DATE), at(DATE))
}

/// A time at which the stored response of every case is fresh.
pub fn fresh() -> Now {
    at(FRESH)
}

/// A time at which it is stale in every case.
pub fn stale() -> Now {
    at(STALE)
}

/// When its validation was sent and answered.
pub fn validated_at() -> Exchanged {
    Exchanged::new(at(STALE), at(STALE))
}

/// One file of a case.
macro_rules! file {
    ($name:literal, $kind:literal) => {
        include_str!(concat!("../../../corpus/", $name, $kind))
    };
}

/// The three files of a case.
macro_rules! files {
    ($name:literal) => {
        (file!($name, ".req"), file!($name, ".res"), file!($name, ".304"))
    };
}

/// The three heads of an exchange.
pub struct Case {
    /// The request's URI, whole.
    pub uri: String,
    /// The request's method and fields.
    pub request: Head,
    /// The 200 response's fields.
    pub response: Head,
    /// The 304 response's fields.
    pub not_modified: Head,
    /// The 200 response's head as it came from the network.
    pub response_bytes: Vec<u8>,
}

/// A head's fields in order; every request of the corpus is a GET.
pub struct Head {
    /// The field lines.
    pub fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// The lines as an adapter hands them to the core.
    pub fn lines(&self) -> Vec<Header<'_>> {
        self.fields
            .iter()
            .map(|(name, value)| Header::new(name, value))
            .collect()
    }

    /// The same head without a field.
    pub fn without(&self, name: &str) -> Self {
        let mut fields = self.fields.clone();
        fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
        Self { fields }
    }

    /// The same head with another value of a field.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut head = self.without(name);
        head.fields.push((name.to_owned(), value.into()));
        head
    }

    /// The first value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }
}

impl Case {
    /// Parses a case; the heads are compiled in, so that the program needs no file when it runs.
    pub fn load(name: &str) -> Result<Self> {
        let (request, response, not_modified) = match name {
            "api" => files!("api"),
            "asset" => files!("asset"),
            "cdn" => files!("cdn"),
            _ => anyhow::bail!("no case {name}"),
        };
        let (path, request) = parse_request(&with_dates(request))?;
        let response_bytes = with_dates(response);
        let host = request.value("Host").context("the request has no Host")?;
        let uri = format!("https://{host}{path}");
        Ok(Self {
            uri,
            request,
            response: parse_response(&response_bytes)?,
            not_modified: parse_response(&with_dates(not_modified))?,
            response_bytes,
        })
    }
}

/// Fills the dates in and gives the lines their CRLF and the head its end.
fn with_dates(text: &str) -> Vec<u8> {
    let date = |seconds: u64| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    let mut text = text.lines().collect::<Vec<_>>().join("\r\n");
    text.push_str("\r\n\r\n");
    text.replace("@DATE@", &date(DATE))
        .replace("@DATE2@", &date(STALE))
        .replace("@LASTMOD@", &date(LAST_MODIFIED))
        .replace("@EXPIRES@", &date(DATE + EXPIRES_AFTER))
        .replace("@EXPIRES2@", &date(STALE + EXPIRES_AFTER))
        .into_bytes()
}

/// Enough lines for the largest head of the corpus.
const MAX_LINES: usize = 64;

fn parse_request(bytes: &[u8]) -> Result<(String, Head)> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut request = httparse::Request::new(&mut lines);
    request.parse(bytes)?;
    let path = request.path.context("no request target")?.to_owned();
    Ok((path, owned(request.headers)))
}

fn parse_response(bytes: &[u8]) -> Result<Head> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut response = httparse::Response::new(&mut lines);
    response.parse(bytes)?;
    Ok(owned(response.headers))
}

fn owned(lines: &[httparse::Header<'_>]) -> Head {
    let fields = lines
        .iter()
        .map(|line| (line.name.to_owned(), line.value.to_vec()))
        .collect();
    Head { fields }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_lines_and_no_date_is_left_open() {
        let counts = NAMES.iter().map(|name| {
            let case = Case::load(name).expect("a case");
            let heads = [&case.request, &case.response, &case.not_modified];
            for head in heads {
                assert!(
                    head.fields.iter().all(|(_, value)| !value.contains(&b'@')),
                    "{name}"
                );
            }
            heads.map(|head| head.fields.len())
        });
        assert!(counts.eq([[5, 8, 5], [11, 15, 8], [15, 31, 12]]));
    }
}
