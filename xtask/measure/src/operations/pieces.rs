//! The parts of a decision alone.

use std::hint::black_box;

use anyhow::{Context, Result, ensure};
use larder::store::{Entry, SliceSink, pack};
use larder::{Key, StoredFacts, Target, parse_http_date};

use crate::corpus::Case;
use crate::meter::Meter;
use crate::stored::{SEED, Stored, request, response, storing};

/// Splitting and normalising a URI.
pub fn target(case: &Case, meter: &mut Meter) -> Result<()> {
    Target::parse(&case.uri)?;
    meter.repeat(|| Target::parse(black_box(&case.uri)));
    Ok(())
}

/// The key of a target.
pub fn key(case: &Case, meter: &mut Meter) -> Result<()> {
    let target = Target::parse(&case.uri)?;
    meter.repeat(|| Key::new(black_box(&target), black_box(SEED)));
    Ok(())
}

/// Parsing an IMF-fixdate.
pub fn date(case: &Case, meter: &mut Meter) -> Result<()> {
    let date = case.response.value("Date").context("no Date")?.as_bytes();
    ensure!(parse_http_date(date, None).is_some(), "no date");
    meter.repeat(|| parse_http_date(black_box(date), black_box(None)));
    Ok(())
}

/// The facts of an entry written out and read back.
pub fn facts_bytes(case: &Case, meter: &mut Meter) -> Result<()> {
    let stored = stored(case)?;
    ensure!(
        StoredFacts::from_bytes(&stored.facts.to_bytes()) == Ok(stored.facts),
        "other facts"
    );
    meter.repeat(|| StoredFacts::from_bytes(black_box(&black_box(&stored.facts).to_bytes())));
    Ok(())
}

/// Reading a packed head that may be damaged.
pub fn entry_parse(case: &Case, meter: &mut Meter) -> Result<()> {
    let stored = stored(case)?;
    Entry::parse(&stored.bytes)?;
    meter.repeat(|| Entry::parse(black_box(&stored.bytes)));
    Ok(())
}

/// Packing the head of a response that is stored.
pub fn entry_pack(case: &Case, meter: &mut Meter) -> Result<()> {
    let (request_lines, response_lines) = (case.request.lines(), case.response.lines());
    let request = request(Target::parse(&case.uri)?, &request_lines);
    let response = response(200, &response_lines);
    let store = storing(&request, &response)?;
    let mut room = [0; 8 * 1024];
    meter.repeat(|| {
        let mut sink = SliceSink::new(black_box(&mut room));
        let head = store.head(black_box(&response).headers);
        let packed = pack(&mut sink, black_box(&request), 200, &head).is_ok();
        (packed, sink.finish().map(|bytes| bytes.len()))
    });
    Ok(())
}

fn stored(case: &Case) -> Result<Stored> {
    let (request_lines, response_lines) = (case.request.lines(), case.response.lines());
    let request = request(Target::parse(&case.uri)?, &request_lines);
    Stored::new(1, &request, &response(200, &response_lines))
}
