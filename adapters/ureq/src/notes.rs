//! What the log says (crate `log`).

use std::fmt;

use log::Level;

/// Compiled once: what `log` does for a line is compiled again wherever there is one.
#[cold]
#[inline(never)]
pub(crate) fn note(level: Level, line: fmt::Arguments<'_>) {
    log::log!(target: "larder_ureq", level, "{line}");
}
