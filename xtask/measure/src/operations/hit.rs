//! A fresh stored response serves. The store's own work, finding entries and copying heads, is not counted.

use std::hint::black_box;

use anyhow::{Result, ensure};
use larder::store::Entry;
use larder::{Action, Exchange, Header, IdleClient, IdleClientNext, Key, RequestHead, Target};

use crate::corpus::{self, Case, Head};
use crate::meter::Meter;
use crate::stored::{CONFIG, SEED, Stored, request, response, storing};

/// The decision by the states: request scan, key hash, one stored response without Vary.
pub fn states(case: &Case, meter: &mut Meter) -> Result<()> {
    let (request_lines, response_head) = (case.request.lines(), case.response.without("Vary"));
    let response_lines = response_head.lines();
    let request = request(Target::parse(&case.uri)?, &request_lines);
    let stored = Stored::new(1, &request, &response(200, &response_lines))?;
    let entry = stored.entry()?;
    let decide = || {
        let request = black_box(&request);
        let mut idle = IdleClient::new(&CONFIG, request, black_box(corpus::fresh()));
        let key = Key::new(&request.target, SEED);
        idle.consider(request, stored.id, black_box(&stored.facts), black_box(&entry));
        (key, idle.next())
    };
    ensure!(matches!(decide().1, IdleClientNext::FromCache(_)), "no hit");
    meter.repeat(decide);
    Ok(())
}

/// A hit with the facts of the stored response derived anew from both of its heads, its storing decided again,
/// and the nominated fields compared: what it costs to keep no facts. The packed head is there already.
pub fn slices(case: &Case, meter: &mut Meter) -> Result<()> {
    let (request_lines, response_lines) = (case.request.lines(), case.response.lines());
    let request = request(Target::parse(&case.uri)?, &request_lines);
    let response = response(200, &response_lines);
    let stored = Stored::new(1, &request, &response)?;
    let entry = stored.entry()?;
    let decide = || {
        let request = black_box(&request);
        let facts = storing(request, black_box(&response)).map(|store| *store.facts());
        let mut idle = IdleClient::new(&CONFIG, request, black_box(corpus::fresh()));
        if let Ok(facts) = facts {
            idle.consider(request, stored.id, &facts, black_box(&entry));
        }
        idle.next()
    };
    ensure!(matches!(decide(), IdleClientNext::FromCache(_)), "no hit");
    meter.repeat(decide);
    Ok(())
}

/// A hit without Vary by the driver, from the packed head.
pub fn exchange(case: &Case, meter: &mut Meter) -> Result<()> {
    driven(case, &[&case.request], &case.response.without("Vary"), meter)
}

/// The same, with the nominated fields compared byte for byte.
pub fn exchange_vary(case: &Case, meter: &mut Meter) -> Result<()> {
    driven(case, &[&case.request], &case.response, meter)
}

/// The same among four variants, of which the last one matches.
pub fn variants(case: &Case, meter: &mut Meter) -> Result<()> {
    let others = ["br", "zstd, br;q=0.5", "identity"];
    let others = others.map(|coding| case.request.with("Accept-Encoding", coding));
    let [first, second, third] = &others;
    driven(
        case,
        &[first, second, third, &case.request],
        &case.response,
        meter,
    )
}

/// A response is stored for each of the requests; the case's own request must be served by the last.
fn driven(case: &Case, stored_for: &[&Head], response_head: &Head, meter: &mut Meter) -> Result<()> {
    let target = Target::parse(&case.uri)?;
    let response_lines = response_head.lines();
    let response = response(200, &response_lines);
    let mut stored = Vec::new();
    for head in stored_for {
        let lines = head.lines();
        stored.push(Stored::new(
            stored.len() as u64,
            &request(target, &lines),
            &response,
        )?);
    }
    let request_lines = case.request.lines();
    let request = request(target, &request_lines);
    let expected = stored.last().map(|stored| Action::Serve(stored.id));
    ensure!(
        Some(serve(&request, &stored)) == expected,
        "no hit on the last entry"
    );
    meter.repeat(|| serve(black_box(&request), black_box(&stored)));
    Ok(())
}

/// What an adapter does for a hit, but for reading from the store and writing the answer.
fn serve(request: &RequestHead<'_, [Header<'_>]>, stored: &[Stored]) -> Action {
    let mut exchange = Exchange::new(&CONFIG, SEED);
    let mut action = exchange.start(request);
    for stored in stored {
        if let Ok(entry) = Entry::trusted(&stored.bytes) {
            action = exchange.offer(request, stored.id, &stored.facts, &entry);
        }
    }
    let _ = black_box(action);
    exchange.heads_done(corpus::fresh())
}
