//! What others need for a part of the work, on the same bytes.

use std::hint::black_box;

use anyhow::{Context, Result};

use crate::corpus::Case;
use crate::meter::Meter;

/// The floor of anything that reads a head once: memchr over all of its bytes.
pub fn line_ends(case: &Case, meter: &mut Meter) -> Result<()> {
    meter.repeat(|| memchr::memchr_iter(b'\n', black_box(&case.response_bytes)).count());
    Ok(())
}

/// What splitting the response head into lines costs the adapter before the core sees it.
pub fn httparse(case: &Case, meter: &mut Meter) -> Result<()> {
    meter.repeat(|| {
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut lines);
        let parsed = response.parse(black_box(&case.response_bytes)).is_ok();
        (parsed, response.code)
    });
    Ok(())
}

/// The peer of the core's IMF-fixdate parser.
pub fn httpdate(case: &Case, meter: &mut Meter) -> Result<()> {
    let date = case.response.value("Date").context("no Date")?;
    meter.repeat(|| httpdate::parse_http_date(black_box(date)).ok());
    Ok(())
}
