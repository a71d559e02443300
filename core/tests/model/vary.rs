//! Which stored response belongs to a request (RFC 9111 section 4, 4.1).

use super::fields::{joined, names};
use super::freshness::date_of;
use super::uri::Uri;
use super::{Entry, Kind, Options, Request};

/// The request fields that a response nominates with what they said, or that they were absent.
pub type Selecting = Vec<(String, Option<String>)>;

/// Lines are joined with ", " and outer white space is gone (9111-4.1-02, -03); letter case and
/// white space count, but for three fields under an option (9111-4.1-04).
pub fn field(options: &Options, request: &Request, name: &str) -> Option<String> {
    let value = joined(&request.lines, name)?;
    let listed = ["accept", "accept-encoding", "accept-language"].contains(&name);
    if !(options.vary_lists && listed) {
        return Some(value);
    }
    let members = value
        .split(',')
        .map(|member| lowered(super::fields::trim(member)));
    Some(members.collect::<Vec<_>>().join(","))
}

/// Only the values of parameters may tell letters apart; there are no quotes in what is drawn.
fn lowered(member: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name, value)) => format!("{}={value}", name.to_ascii_lowercase()),
        None => part.to_ascii_lowercase(),
    };
    member.split(';').map(part).collect::<Vec<_>>().join(";")
}

pub fn selecting(options: &Options, request: &Request, lines: &super::fields::Lines) -> Selecting {
    let (names, _) = names(lines, "vary");
    names
        .into_iter()
        .map(|name| (name.clone(), field(options, request, &name)))
        .collect()
}

/// 9111-4.1-01, 9111-4.1-05, 9111-4.1-11
pub fn matches(options: &Options, entry: &Entry, request: &Request) -> bool {
    entry
        .selecting
        .iter()
        .all(|(name, was)| *was == field(options, request, name))
}

/// Whether the entry could have been selected, freshness aside (9111-2-01, 9111-4-01 to -03,
/// 9110-9.3.1-01, 9110-9.3.2-01, 9111-7.2-01).
pub fn suitable(options: &Options, entry: &Entry, request: &Request) -> bool {
    of_resource(entry, request) && matches(options, entry, request)
}

/// The same but for what Vary nominates.
pub fn of_resource(entry: &Entry, request: &Request) -> bool {
    let method = match request.method.as_str() {
        "GET" => entry.kind == Kind::Get,
        "HEAD" => true,
        _ => false,
    };
    method && Uri::parse(&request.uri) == Some(entry.uri.clone()) && entry.user == request.user
}

/// The one to use of all suitable: with a Vary before those without (9111-4.1-09), the most
/// recent Date (9111-4-12, 9111-4.1-08), the latest receipt (9111-4-13), the latest id.
pub fn preferred<'e>(entries: impl Iterator<Item = &'e Entry>) -> Option<&'e Entry> {
    entries.max_by_key(|entry| {
        let got = &entry.times.got;
        let varies = !names(&entry.lines, "vary").0.is_empty();
        let date = date_of(&entry.lines, "date", got).or(got.clock_seconds());
        (varies, date, got.utc.map(|utc| utc.ms), got.ms, entry.id)
    })
}
