//! Runs http-cache-semantics on larder's header corpus; `cargo xtask bench` counts what it costs.
//!
//! - `semantics OP CASE N`: runs an operation N times.
//! - `semantics allocations`: every operation on every case, a line `OP CASE ALLOCATIONS` each.
//!
//! The heads begin as slices, as larder's do: what the peer needs to have made of them, header maps, counts.

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use http::{HeaderName, HeaderValue, Request, Response};
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use measure::corpus::{self, Case, Head};
use measure::meter::Meter;

/// Prepares its inputs from the case, then hands the work to the meter.
type Operation = fn(&Case, &mut Meter) -> Result<()>;

const OPERATIONS: &[(&str, Operation)] = &[
    ("hit", hit),
    ("store", store),
    ("conditional", conditional),
    ("after-304", after_304),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["allocations"] => {
            for (operation, _) in OPERATIONS {
                for case in corpus::NAMES {
                    const RUNS: u64 = 10;
                    let allocations = run(operation, case, RUNS)? / RUNS;
                    println!("{operation} {case} {allocations}");
                }
            }
            Ok(())
        }
        [operation, case, runs] => run(operation, case, runs.parse()?).map(drop),
        _ => bail!("usage: semantics OP CASE N | semantics allocations"),
    }
}

/// Runs one operation and hands back the heap allocations of all its runs.
fn run(operation: &str, case: &str, runs: u64) -> Result<u64> {
    let found = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let (name, run) = found.with_context(|| format!("no operation {operation}"))?;
    let mut meter = Meter::new(runs);
    run(&Case::load(case)?, &mut meter)?;
    meter
        .allocations()
        .with_context(|| format!("{name} measured nothing"))
}

/// A fresh stored response serves: the request's map is made, the stored response's policy is there.
fn hit(case: &Case, meter: &mut Meter) -> Result<()> {
    let policy = policy(&request(case)?, &response(&case.response, 200)?);
    let decide = || {
        let request = request(black_box(case)).ok()?;
        Some(policy.before_request(&request, at(corpus::FRESH)))
    };
    ensure!(matches!(decide(), Some(BeforeRequest::Fresh(_))), "no hit");
    meter.repeat(decide);
    Ok(())
}

/// May the response be stored? Both maps are made.
fn store(case: &Case, meter: &mut Meter) -> Result<()> {
    let decide = || {
        let case = black_box(case);
        let policy = policy(&request(case).ok()?, &response(&case.response, 200).ok()?);
        let storable = policy.is_storable();
        Some((policy, storable))
    };
    ensure!(decide().is_some_and(|(_, storable)| storable), "not stored");
    meter.repeat(decide);
    Ok(())
}

/// The conditional request for a stale stored response; all maps are there.
fn conditional(case: &Case, meter: &mut Meter) -> Result<()> {
    let request = request(case)?;
    let policy = policy(&request, &response(&case.response, 200)?);
    let decide = || policy.before_request(black_box(&request), at(corpus::STALE));
    ensure!(
        matches!(decide(), BeforeRequest::Stale { matches: true, .. }),
        "not stale"
    );
    meter.repeat(decide);
    Ok(())
}

/// The 304 that confirms it, and the head to serve; all maps are there.
fn after_304(case: &Case, meter: &mut Meter) -> Result<()> {
    let request = request(case)?;
    let policy = policy(&request, &response(&case.response, 200)?);
    let not_modified = response(&case.not_modified, 304)?;
    let now = at(corpus::STALE);
    let decide = || policy.after_response(black_box(&request), black_box(&not_modified), now);
    ensure!(
        matches!(decide(), AfterResponse::NotModified(..)),
        "not confirmed"
    );
    meter.repeat(decide);
    Ok(())
}

/// As a private cache.
fn policy(request: &Request<()>, response: &Response<()>) -> CachePolicy {
    let options = CacheOptions {
        shared: false,
        ..CacheOptions::default()
    };
    CachePolicy::new_options(request, response, at(corpus::DATE), options)
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn request(case: &Case) -> Result<Request<()>> {
    let mut request = Request::new(());
    *request.uri_mut() = case.uri.parse()?;
    fill(request.headers_mut(), &case.request)?;
    Ok(request)
}

fn response(head: &Head, status: u16) -> Result<Response<()>> {
    let mut response = Response::new(());
    *response.status_mut() = status.try_into()?;
    fill(response.headers_mut(), head)?;
    Ok(response)
}

fn fill(map: &mut http::HeaderMap, head: &Head) -> Result<()> {
    map.reserve(head.fields.len());
    for (name, value) in &head.fields {
        map.append(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_bytes(value)?,
        );
    }
    Ok(())
}
