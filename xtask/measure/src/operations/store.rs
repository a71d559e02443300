//! A response comes from the origin: may it be stored, and with which facts?

use std::hint::black_box;

use anyhow::Result;
use larder::Target;

use crate::corpus::Case;
use crate::meter::Meter;
use crate::stored::{request, response, storing};

/// The decision from both heads as slices; the target is made already.
pub fn decision(case: &Case, meter: &mut Meter) -> Result<()> {
    let (request_lines, response_lines) = (case.request.lines(), case.response.lines());
    let request = request(Target::parse(&case.uri)?, &request_lines);
    let response = response(200, &response_lines);
    let _ = storing(&request, &response)?;
    meter.repeat(|| {
        storing(black_box(&request), black_box(&response))
            .map(|store| *store.facts())
            .ok()
    });
    Ok(())
}
