//! Tests that do not pass for a reason: the tables of `conformance/README.md`.

use std::fs;

use anyhow::{Context, Result};

use super::score::Score;
use super::suite::Kind;
use crate::workspace::Workspace;

/// What the README says.
pub struct Exceptions(Vec<(String, String)>);

impl Exceptions {
    /// Reads the rows of its tables: tests in backticks, with `*` for any end, then the reason.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let file = "conformance/README.md";
        let text = fs::read_to_string(workspace.root.join(file)).context(file)?;
        Ok(Self(rows(&text)))
    }

    /// The reason for a test, if one is given.
    pub fn reason(&self, id: &str) -> Option<&str> {
        let covers = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => id.starts_with(start),
            None => id == pattern,
        };
        let row = self.0.iter().find(|(pattern, _)| covers(pattern));
        row.map(|(_, reason)| reason.as_str())
    }

    /// Tests that ought to pass, do not, and have no reason.
    pub fn unexplained<'s>(&self, score: &'s Score) -> impl Iterator<Item = &'s str> {
        let missed = score.missed().filter(|(_, test)| test.kind != Kind::Check);
        missed.map(|(id, _)| id).filter(|id| self.reason(id).is_none())
    }
}

fn rows(text: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').splitn(2, '|');
        let (Some(tests), Some(reason)) = (cells.next(), cells.next()) else {
            continue;
        };
        let patterns = tests.split('`').skip(1).step_by(2);
        rows.extend(patterns.map(|pattern| (pattern.to_owned(), reason.trim().to_owned())));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_tests_and_ends() {
        let text = "| test | reason |\n|---|---|\n| `one`, `two-*` | because |\nno `three` | here\n";
        let exceptions = Exceptions(rows(text));
        assert_eq!(exceptions.reason("one"), Some("because"));
        assert_eq!(exceptions.reason("two-and-a-half"), Some("because"));
        assert_eq!(exceptions.reason("one-more"), None);
        assert_eq!(exceptions.reason("three"), None);
    }
}
