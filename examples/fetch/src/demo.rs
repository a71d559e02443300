//! `fetch --demo`: what a cache does, step by step, against an origin on loopback.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::download::{Client, Sink};
use crate::{Error, origin, report};

/// One request of the walk.
struct Step {
    title: &'static str,
    method: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    /// Waited for before the request.
    pause: Duration,
}

const fn get(title: &'static str, path: &'static str) -> Step {
    Step {
        title,
        method: "GET",
        path,
        fields: &[],
        pause: Duration::ZERO,
    }
}

const STEPS: [Step; 11] = [
    get("A miss: nothing is stored, the response is", "/news"),
    get("A hit: the origin is not asked", "/news"),
    Step {
        fields: &[("Accept-Language", "en")],
        ..get("A first variant: the response varies by language", "/greeting")
    },
    Step {
        fields: &[("Accept-Language", "de")],
        ..get("A second variant beside it", "/greeting")
    },
    Step {
        fields: &[("Accept-Language", "en")],
        ..get("The first variant is still there", "/greeting")
    },
    get("A response that stays fresh for two seconds", "/weather"),
    Step {
        pause: Duration::from_millis(2100),
        ..get("Later it is stale: the origin confirms it with 304", "/weather")
    },
    get("A refused storage: the origin says no-store", "/account"),
    Step {
        method: "POST",
        ..get("An invalidation: a POST to what is stored succeeds", "/news")
    },
    get("What was stored there is not trusted any more", "/news"),
    Step {
        fields: &[("Cache-Control", "only-if-cached")],
        ..get("Only from the cache, and it has nothing", "/elsewhere")
    },
];

/// Walks through the steps.
pub fn run(out: &mut dyn Write) -> Result<(), Error> {
    let origin = origin::start()?;
    let client = Client::new();
    for (number, step) in STEPS.iter().enumerate() {
        thread::sleep(step.pause);
        let url = format!("http://{origin}{}", step.path);
        let fields: Vec<_> = step
            .fields
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        writeln!(out, "{}. {}", number + 1, step.title)?;
        for (name, value) in &fields {
            writeln!(out, "   {name}: {value}")?;
        }
        let fetched = client.request(step.method, &url, &fields, Sink::Nowhere)?;
        report::print(out, &fetched, false)?;
        writeln!(out)?;
    }
    report::totals(out, &client)
}
