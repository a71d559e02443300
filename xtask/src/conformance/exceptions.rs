//! Tests that do not pass for a reason: the tables of `conformance/README.md`.

use std::fs;

use anyhow::{Context, Result};

use super::score::Score;
use super::suite::Kind;
use crate::workspace::Workspace;

/// What the README says.
pub struct Exceptions(Vec<Exception>);

/// A row, for one test or those whose names begin so.
struct Exception {
    heading: String,
    pattern: String,
    reason: String,
}

impl Exception {
    fn covers(&self, id: &str) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(start) => id.starts_with(start),
            None => id == self.pattern,
        }
    }
}

/// Of the tests under it, no cache may pass one.
const IMPOSSIBLE: &str = "They cannot be passed";

impl Exceptions {
    /// Reads the rows of its tables: tests in backticks, with `*` for any end, then the reason.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let file = "conformance/README.md";
        let text = fs::read_to_string(workspace.root.join(file)).context(file)?;
        Ok(Self::of(&text))
    }

    /// What a text says.
    pub fn of(text: &str) -> Self {
        Self(rows(text))
    }

    /// The reason for a test, if one is given.
    pub fn reason(&self, id: &str) -> Option<&str> {
        let row = self.0.iter().find(|row| row.covers(id));
        row.map(|row| row.reason.as_str())
    }

    /// Whether it says that no cache can pass a test.
    pub fn impossible(&self, id: &str) -> bool {
        self.0
            .iter()
            .any(|row| row.heading == IMPOSSIBLE && row.covers(id))
    }

    /// Tests that ought to pass, do not, and have no reason.
    pub fn unexplained<'s>(&self, score: &'s Score) -> impl Iterator<Item = &'s str> {
        let missed = score.missed().filter(|(_, test)| test.kind != Kind::Check);
        missed.map(|(id, _)| id).filter(|id| self.reason(id).is_none())
    }
}

fn rows(text: &str) -> Vec<Exception> {
    let mut rows = Vec::new();
    let mut heading = "";
    for line in text.lines() {
        if let Some(text) = line.strip_prefix("### ") {
            heading = text;
        }
        if !line.starts_with("| `") {
            continue;
        }
        let mut cells = line.trim_matches('|').splitn(2, '|');
        let (Some(tests), Some(reason)) = (cells.next(), cells.next()) else {
            continue;
        };
        let patterns = tests.split('`').skip(1).step_by(2);
        rows.extend(patterns.map(|pattern| Exception {
            heading: heading.to_owned(),
            pattern: pattern.to_owned(),
            reason: reason.trim().to_owned(),
        }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_tests_and_ends() {
        let text = "| test | reason |\n|---|---|\n| `one`, `two-*` | because |\nno `three` | here\n\
                    ### They cannot be passed\n| `four` | as nobody can |\n### Later\n| `five` | not yet |\n";
        let exceptions = Exceptions::of(text);
        assert_eq!(exceptions.reason("one"), Some("because"));
        assert_eq!(exceptions.reason("two-and-a-half"), Some("because"));
        assert_eq!(exceptions.reason("one-more"), None);
        assert_eq!(exceptions.reason("three"), None);
        assert_eq!(exceptions.reason("four"), Some("as nobody can"));
        let impossible = ["one", "four", "five"].map(|id| exceptions.impossible(id));
        assert_eq!(impossible, [false, true, false]);
    }
}
