//! A stale stored response is validated and its head updated.

use std::hint::black_box;

use anyhow::{Context, Result, bail, ensure};
use larder::store::Entry;
use larder::{
    Header, Headers, IdleClient, IdleClientNext, NeedRevalidation, NeedRevalidationNext, NeedToBeUpdated,
    RequestHead, ResponseHead, Target,
};

use crate::corpus::{self, Case};
use crate::meter::Meter;
use crate::stored::{CONFIG, Stored, request, response};

/// The conditional request, the decision about its 304, and the merged head iterated once.
pub fn merged(case: &Case, meter: &mut Meter) -> Result<()> {
    measured(case, meter, |validation| {
        let update = validation.confirmed()?;
        Some(length(
            update
                .merged(&validation.entry, validation.fresh.headers)
                .ok()?
                .fields(),
        ))
    })
}

/// The same, and the facts of the merged head.
pub fn merged_facts(case: &Case, meter: &mut Meter) -> Result<()> {
    measured(case, meter, |validation| {
        let stored = ResponseHead {
            status: validation.entry.status(),
            headers: &validation.entry,
        };
        let confirmed = validation.confirmed()?;
        let update = confirmed
            .update(&validation.request, &stored, &validation.fresh)
            .ok()?;
        Some((length(update.head.fields()), update.facts))
    })
}

fn measured<T>(case: &Case, meter: &mut Meter, work: impl Fn(&Validation<'_>) -> Option<T>) -> Result<()> {
    let (request_lines, response_lines) = (case.request.lines(), case.response.lines());
    let fresh_lines = case.not_modified.lines();
    let request = request(Target::parse(&case.uri)?, &request_lines);
    let stored = Stored::new(1, &request, &response(200, &response_lines))?;
    let entry = stored.entry()?;

    let mut idle = IdleClient::new(&CONFIG, &request, corpus::stale());
    idle.consider(&request, stored.id, &stored.facts, &entry);
    let IdleClientNext::NeedRevalidation(state) = idle.next() else {
        bail!("not to be validated")
    };
    let validation = Validation {
        state,
        request,
        entry,
        fresh: response(304, &fresh_lines),
    };

    let update = validation.confirmed().context("the 304 confirms nothing")?;
    let lines = update.merged(&entry, validation.fresh.headers)?.fields().count();
    ensure!(lines == entry.fields().count(), "{lines} merged lines");
    meter.repeat(|| work(black_box(&validation)));
    Ok(())
}

/// A stored response, the request that meets it stale, and the answer to its validation.
struct Validation<'a> {
    state: NeedRevalidation<'static>,
    request: RequestHead<'a, [Header<'a>]>,
    entry: Entry<'a>,
    fresh: ResponseHead<'a, [Header<'a>]>,
}

impl Validation<'_> {
    /// Makes the conditional request, then takes the 304.
    fn confirmed(&self) -> Option<NeedToBeUpdated<'static>> {
        let mut scratch = [0; 256];
        let conditional = self.state.conditional(&self.request, &self.entry, &mut scratch);
        black_box(length(conditional.set()));
        match self
            .state
            .next(&self.request, &self.entry, &self.fresh, corpus::validated_at())
        {
            NeedRevalidationNext::NeedToBeUpdated(update) => Some(update),
            _ => None,
        }
    }
}

/// Looks at every line, as writing them out does.
fn length<'a>(lines: impl Iterator<Item = Header<'a>>) -> usize {
    lines
        .map(|line| line.name.as_bytes().len() + line.value.len())
        .sum()
}
