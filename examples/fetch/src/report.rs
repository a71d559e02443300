//! What happened, for a person.

use std::io::{self, Write};

use larder_ureq::{CacheInfo, Outcome, Stored};

use crate::download::{Client, Fetched};

/// Fields that caching goes by, in the order in which a reader wants them.
const CACHING_FIELDS: [&str; 8] = [
    "cache-control",
    "expires",
    "age",
    "date",
    "etag",
    "last-modified",
    "vary",
    "content-length",
];

/// Prints one request: where its answer came from and why, its age and what is left of its
/// lifetime, bytes and time.
pub fn print(out: &mut dyn Write, fetched: &Fetched, explain: bool) -> io::Result<()> {
    let info = &fetched.info;
    writeln!(out, "   {} {}", fetched.method, fetched.url)?;
    if let Some(reason) = info.forwarded() {
        writeln!(out, "   asked the origin: {reason}")?;
    }
    writeln!(
        out,
        "   {}: {}{}",
        outcome(info.outcome()),
        info.reason(),
        stored(info.stored())
    )?;
    if let Some(reason) = info.invalidated() {
        writeln!(out, "   invalidated: {reason}")?;
    }
    writeln!(
        out,
        "   {}, {}, {} bytes, {:.1} ms",
        fetched.status,
        age(info),
        fetched.bytes,
        fetched.elapsed.as_secs_f64() * 1000.0
    )?;
    if explain {
        for name in CACHING_FIELDS {
            for value in fetched.fields.get_all(name) {
                writeln!(out, "   | {name}: {}", value.as_bytes().escape_ascii())?;
            }
        }
    }
    Ok(())
}

/// Prints what the cache did in all and what it holds.
pub fn totals(out: &mut dyn Write, client: &Client) -> Result<(), crate::Error> {
    let stats = client.cache.stats();
    let usage = client.cache.usage()?;
    writeln!(
        out,
        "{} hits, {} validations, {} misses; {} stored, {} bytes in the store",
        stats.hits + stats.stale_hits,
        stats.validations,
        stats.misses,
        usage.entries,
        usage.bytes
    )?;
    Ok(())
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Hit => "HIT",
        Outcome::Stale => "STALE HIT",
        Outcome::Validated => "VALIDATED",
        Outcome::Miss => "MISS",
        Outcome::Bypass => "BYPASS",
        Outcome::Refused => "REFUSED",
        _ => "OTHER",
    }
}

/// What else keeps a response out of the store, where the reason does not say it.
fn stored(stored: Stored) -> &'static str {
    match stored {
        Stored::OnceProven => "; stored if its end proves that it is whole",
        Stored::TooLarge => "; not stored: larger than an entry may be",
        Stored::Redirected => "; not stored: it is the response of another URI",
        Stored::CookieJar => "; not stored: it depends on the cookie jar",
        Stored::ErrorStatus => "; not stored: an error status",
        Stored::StoreFailed => "; not stored: the store refused it",
        _ => "",
    }
}

fn age(info: &CacheInfo) -> String {
    match (info.age(), info.outcome()) {
        (Some(age), Outcome::Stale) => format!("{age} s old, stale"),
        (Some(age), _) => format!("{age} s old, fresh for {} s", info.remaining()),
        (None, _) => "new".to_owned(),
    }
}
