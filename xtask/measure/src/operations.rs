//! The measured operations: one line in [`OPERATIONS`] and one function each.
//!
//! A function prepares its inputs, checks once that the operation does what its name says, and hands it to the
//! meter. Only what stands in the meter's closure is counted.

mod anchors;
mod hit;
mod pieces;
mod store;
mod validate;

use anyhow::Result;

use crate::corpus::Case;
use crate::meter::Meter;

/// Prepares its inputs from the case, then hands the work to the meter.
pub type Operation = fn(&Case, &mut Meter) -> Result<()>;

/// Every operation by the name that a row of the budget calls it.
pub const OPERATIONS: &[(&str, Operation)] = &[
    ("anchor-line-ends", anchors::line_ends),
    ("anchor-httparse", anchors::httparse),
    ("anchor-httpdate", anchors::httpdate),
    ("target", pieces::target),
    ("key", pieces::key),
    ("date", pieces::date),
    ("facts-bytes", pieces::facts_bytes),
    ("entry-parse", pieces::entry_parse),
    ("entry-pack", pieces::entry_pack),
    ("hit", hit::states),
    ("hit-slices", hit::slices),
    ("hit-exchange", hit::exchange),
    ("hit-exchange-vary", hit::exchange_vary),
    ("hit-variants", hit::variants),
    ("store", store::decision),
    ("validate", validate::merged),
    ("validate-facts", validate::merged_facts),
];
