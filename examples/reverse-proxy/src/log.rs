//! The access log: one line on standard output for each request.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Instant;

use hyper::{Request, StatusCode};
use larder_ureq::{CacheInfo, Outcome, Stats, Stored};

/// What is known of a request so far.
pub struct Line {
    from: SocketAddr,
    asked: String,
    start: Instant,
    outcome: String,
}

impl Line {
    pub fn new<B>(from: SocketAddr, request: &Request<B>) -> Self {
        Self {
            from,
            asked: format!("{} {}", request.method(), request.uri()),
            start: Instant::now(),
            outcome: "no cache".into(),
        }
    }

    /// What the cache says about the answer.
    pub fn info(&mut self, info: Option<&CacheInfo>) {
        let Some(info) = info else { return };
        let outcome = match info.outcome() {
            Outcome::Hit => "hit",
            Outcome::Stale => "stale",
            Outcome::Validated => "validated",
            Outcome::Miss => "miss",
            Outcome::Bypass => "bypass",
            Outcome::Refused => "refused",
            _ => "other",
        };
        self.outcome = format!("{outcome}: {}", info.reason());
        // What kept a response out that the rules would let in.
        self.outcome.push_str(match info.stored() {
            Stored::OnceProven => ", and is not, as nothing tells whether it is whole",
            Stored::TooLarge => ", and is not, as it is too large",
            Stored::StoreFailed => ", and is not, as the store had no room",
            _ => "",
        });
        if let Some(forwarded) = info.forwarded() {
            self.outcome.push_str("; asked the origin: ");
            self.outcome.push_str(&forwarded.to_string());
        }
    }

    /// There is no response of the origin or the cache.
    pub fn error(&mut self) {
        self.outcome = "error".into();
    }

    /// Writes the line; `trouble` is what kept the answer from being whole.
    pub fn write(self, status: StatusCode, bytes: u64, trouble: Option<&str>) {
        let Self {
            from,
            asked,
            start,
            outcome,
        } = self;
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        let mut line = format!(
            "{from} \"{asked}\" {} {bytes} bytes {ms:.1} ms {outcome}",
            status.as_u16()
        );
        if let Some(trouble) = trouble {
            line.push_str("; ");
            line.push_str(trouble);
        }
        line.push('\n');
        // Nobody reads it: no reason to stop.
        let _ = std::io::stdout().write_all(line.as_bytes());
    }
}

/// What a cache has done, in a line.
pub fn totals(stats: &Stats) -> String {
    format!(
        "{} hits, {} stale, {} validated, {} misses, {} passed by, {} refused",
        stats.hits, stats.stale_hits, stats.validations, stats.misses, stats.bypasses, stats.refusals
    )
}
