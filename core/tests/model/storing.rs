//! Whether a response is stored, and what of it (RFC 9111 section 3).

use super::fields::{Lines, all, etag, has, is_token, joined, names};
use super::freshness::{HEURISTIC, date_of, explicit, lifetime};
use super::said::{Asked, Delta, Said};
use super::uri::Uri;
use super::{Moment, Options, Request, Response, dates};

/// The final status codes whose caching rules are all implemented (9111-3-02): those of
/// RFC 9110 and 451, without 206, which needs range support, and 304.
const UNDERSTOOD: [u16; 41] = [
    200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407,
    408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 451, 500, 501, 502, 503, 504, 505,
];

/// 6585-3-01, and 425 as the default says (8470-5.2-01); 412 and 416 answer the conditions and
/// the range of one request.
const NEVER: [u16; 7] = [412, 416, 425, 428, 429, 431, 511];

/// A field that a cache rule reads: a Connection that nominates it hides what the origin
/// wants (9110-7.6.1-03; design, decision 2).
fn is_read_by_rules(name: &str) -> bool {
    [
        "cache-control",
        "expires",
        "date",
        "age",
        "pragma",
        "vary",
        "etag",
        "last-modified",
        "set-cookie",
        "content-encoding",
        "content-length",
        "content-location",
        "content-range",
        "content-type",
    ]
    .contains(&name)
}

pub fn connection_hides_rules(lines: &Lines) -> bool {
    names(lines, "connection")
        .0
        .iter()
        .any(|name| is_read_by_rules(name))
}

/// 9111-4.1-06, 9110-12.5.5-01
pub fn vary_never_matches(lines: &Lines) -> bool {
    let members = joined(lines, "vary").unwrap_or_default();
    let mut members = members
        .split(',')
        .map(super::fields::trim)
        .filter(|m| !m.is_empty());
    members.any(|member| member == "*" || !is_token(member))
}

/// What the response itself forbids, asked again after an update.
pub fn forbidden(options: &Options, status: u16, lines: &Lines) -> bool {
    let said = Said::new(options, lines);
    let understood = UNDERSTOOD.contains(&status);
    let overridden = said.must_understand_plain && understood; // 9111-5.2.2.3-03
    said.open // 9110-5.2-01: what it swallowed may have been no-store
        || (said.must_understand && !understood) // 9111-3-06
        || (said.no_store && !overridden) // 9111-3-07
        || (options.shared && said.private) // 9111-3-08, 9111-5.2.2.4-05
        || vary_never_matches(lines)
}

/// 9111-7.3-01
fn set_cookie_refused(options: &Options, lines: &Lines) -> bool {
    let said = Said::new(options, lines);
    options.refuse_set_cookie
        && has(lines, "set-cookie")
        && !said.public
        && !matches!(said.s_maxage, Delta::Seconds(_))
        && !(options.explicit_cookies && explicit_expiry(options, lines))
}

fn explicit_expiry(options: &Options, lines: &Lines) -> bool {
    let said = Said::new(options, lines);
    has(lines, "expires")
        || said.max_age != Delta::Absent
        || (options.shared && said.s_maxage != Delta::Absent)
}

/// 9111-3-09, 9111-3.5-02 to -05
fn authorization_refused(options: &Options, request: &Request, lines: &Lines) -> bool {
    let said = Said::new(options, lines);
    let allowed = said.public
        || matches!(said.s_maxage, Delta::Seconds(_))
        || (said.must_revalidate_plain && !options.strict_auth);
    options.shared && has(&request.lines, "authorization") && !allowed
}

/// 9110-9.3.1-02
pub fn has_content(request: &Request) -> bool {
    let length = all(&request.lines, "content-length")
        .iter()
        .any(|length| length != "0");
    request.method == "GET" && (length || has(&request.lines, "transfer-encoding"))
}

fn method_allows(options: &Options, request: &Request, response: &Response, got: &Moment) -> bool {
    match request.method.as_str() {
        "GET" => !has_content(request),
        "HEAD" => options.store_head,
        // 9110-9.3.3-01, 5789-2-02
        "POST" | "PATCH" => {
            let target = Uri::parse(&request.uri);
            let places = all(&response.lines, "content-location");
            let here = |place: &String| target.as_ref().and_then(|uri| uri.resolve(place)) == target;
            options.store_post
                && places.len() == 1
                && places.iter().all(here)
                && response.status / 100 == 2 // a representation of the target at all
                && explicit(options, &response.lines, got).is_some()
        }
        _ => false, // 9111-3-01, 9110-9.2.3-01
    }
}

/// 9111-3-10 to -17
fn enabled(options: &Options, status: u16, lines: &Lines) -> bool {
    let said = Said::new(options, lines);
    said.public
        || (said.private && !options.shared)
        || explicit_expiry(options, lines)
        || HEURISTIC.contains(&status)
}

/// A response that nothing could ever revive: no lifetime, not even one that is over, no
/// validator, no permission to serve it stale (9111-3-19).
pub fn useless(options: &Options, status: u16, lines: &Lines, got: &Moment) -> bool {
    let said = Said::new(options, lines);
    lifetime(options, status, lines, got).is_none()
        && etag(lines).is_none()
        && date_of(lines, "last-modified", got).is_none()
        && said.if_error.is_none()
        && (said.while_revalidate.is_none() || !options.while_revalidate)
        && options.stale_when_disconnected == 0
}

/// Differing lengths, and what is no length at all, leave the framing unclear (9110-8.6-02); a line
/// that says nothing is none either, whatever stands beside it.
fn length_unclear(lines: &Lines) -> bool {
    let length = |text: &String| {
        let digits = text.chars().all(|c| c.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits)
    };
    let members = super::fields::members(&joined(lines, "content-length").unwrap_or_default()).0;
    // One value is one value, however many zeros are before it.
    let mut lengths: Vec<Option<u64>> = members.iter().map(length).collect();
    lengths.dedup();
    let said = all(lines, "content-length");
    let empty = |line: &String| super::fields::members(line).0.is_empty();
    said.iter().any(empty) || !(said.is_empty() || matches!(lengths[..], [Some(_)]))
}

pub fn may_store(options: &Options, request: &Request, response: &Response, got: &Moment) -> bool {
    let (status, lines) = (response.status, &response.lines);
    let final_status = (200..=599).contains(&status) && status != 304 && status != 206;
    final_status // 9111-3-03, 9111-3-05, 9111-3.3-03, 9110-15-02
        && !NEVER.contains(&status)
        && method_allows(options, request, response, got)
        && !Asked::new(options, &request.lines).no_store // 9111-5.2.1.5-01
        && !forbidden(options, status, lines)
        && !authorization_refused(options, request, lines)
        && !set_cookie_refused(options, lines)
        && !connection_hides_rules(lines)
        && !length_unclear(lines)
        && enabled(options, status, lines)
        && !useless(options, status, lines, got)
}

/// What an update leaves must still be storable, also for the request that brought it.
pub fn may_keep(options: &Options, request: &Request, status: u16, lines: &Lines) -> bool {
    !forbidden(options, status, lines)
        && !set_cookie_refused(options, lines)
        && !authorization_refused(options, request, lines)
}

/// 9111-3.1-02, -03, -05
pub fn barred(name: &str, lines: &Lines) -> bool {
    const HOP: [&str; 9] = [
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
    ];
    let name = name.to_ascii_lowercase();
    HOP.contains(&name.as_str()) || names(lines, "connection").0.contains(&name)
}

/// The lines that are stored, every other one kept (9111-3.1-01), and whether the Date among
/// them is the time of receipt (9110-6.6.1-01, -02, -04).
pub fn stored_lines(lines: &Lines, got: &Moment) -> (Lines, bool) {
    let kept = lines.iter().filter(|line| !barred(&line.0, lines)).cloned();
    with_date(kept.collect(), got)
}

pub fn with_date(mut lines: Lines, got: &Moment) -> (Lines, bool) {
    if date_of(&lines, "date", got).is_some() {
        return (lines, false);
    }
    if let Some(seconds) = got.clock_seconds() {
        lines.retain(|line| !line.0.eq_ignore_ascii_case("date"));
        lines.push(("Date".to_string(), dates::fixdate(seconds)));
    }
    (lines, true)
}
