//! What became of the mutants, and the table of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What became of a mutant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A test failed.
    Caught,
    /// The tests did not come to an end.
    TimedOut,
    /// It does not compile.
    Unviable,
    /// Every test passed.
    Survived,
}

impl Verdict {
    /// Each with the list that cargo-mutants writes.
    const LISTS: [(Self, &str); 4] = [
        (Self::Caught, "caught.txt"),
        (Self::TimedOut, "timeout.txt"),
        (Self::Unviable, "unviable.txt"),
        (Self::Survived, "missed.txt"),
    ];
}

/// What became of each mutant, by name with its place.
pub struct Outcomes(BTreeMap<String, Verdict>);

impl Outcomes {
    /// Reads the lists of a run.
    pub fn read(lists: &Path) -> Result<Self> {
        let mut outcomes = BTreeMap::new();
        for (verdict, file) in Verdict::LISTS {
            let path = lists.join(file);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            outcomes.extend(text.lines().map(|line| (line.to_owned(), verdict)));
        }
        Ok(Self(outcomes))
    }

    /// The mutants with this outcome.
    pub fn of(&self, verdict: Verdict) -> impl Iterator<Item = &str> {
        let names = self.0.iter().filter(move |(_, own)| **own == verdict);
        names.map(|(name, _)| name.as_str())
    }

    /// Takes over what a later run found of these mutants.
    pub fn replace(&mut self, later: &Self) {
        for (name, own) in &mut self.0 {
            *own = later.0.get(name).copied().unwrap_or(*own);
        }
    }

    /// Prints the table, then what `accepted` does not say or, if these are `all` mutants, says wrongly; how many.
    pub fn print(&self, accepted: &BTreeMap<String, usize>, all: bool) -> usize {
        let mut left = accepted.clone();
        let mut open = Vec::new();
        let mut table: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
        for (name, verdict) in &self.0 {
            let file = name.split(':').next().unwrap_or_default();
            let row = table.entry(file).or_default();
            let column = match verdict {
                Verdict::Caught => 0,
                Verdict::TimedOut => 1,
                Verdict::Unviable => 2,
                Verdict::Survived => match left.get_mut(&without_place(name)) {
                    Some(rows) if *rows > 0 => {
                        *rows -= 1;
                        3
                    }
                    _ => {
                        open.push(name);
                        4
                    }
                },
            };
            row[column] += 1;
        }
        println!(
            "\n{:<40} {:>7} {:>10} {:>12} {:>8} {:>9}",
            "", "", "ran into", "", "survived", ""
        );
        println!(
            "{:<40} {:>7} {:>10} {:>12} {:>8} {:>9}",
            "file", "caught", "time limit", "not compiled", "reasoned", "otherwise"
        );
        let mut sums = [0; 5];
        for (file, row) in &table {
            print_row(file, row);
            for (sum, count) in sums.iter_mut().zip(row) {
                *sum += count;
            }
        }
        print_row(&format!("all {}", self.0.len()), &sums);
        for name in &open {
            println!("! survived: {name}");
        }
        left.retain(|_, rows| all && *rows > 0);
        for (name, rows) in &left {
            println!("! has {rows} reasons too many: {name}");
        }
        open.len() + left.len()
    }
}

fn print_row(name: &str, [caught, timed_out, unviable, reasoned, open]: &[usize; 5]) {
    println!("{name:<40} {caught:>7} {timed_out:>10} {unviable:>12} {reasoned:>8} {open:>9}");
}

/// `file:line:column: what` becomes `file: what`.
pub fn without_place(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(what)) => format!("{file}:{what}"),
        _ => mutant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivors(names: &[&str]) -> Outcomes {
        Outcomes(
            names
                .iter()
                .map(|name| ((*name).to_owned(), Verdict::Survived))
                .collect(),
        )
    }

    #[test]
    fn each_survivor_needs_a_row_of_its_own() {
        let two = survivors(&["a.rs:1:2: x", "a.rs:3:4: x"]);
        let accepted = |rows: usize| BTreeMap::from([("a.rs: x".to_owned(), rows)]);
        assert_eq!(two.print(&BTreeMap::new(), true), 2);
        assert_eq!(two.print(&accepted(1), true), 1);
        assert_eq!(two.print(&accepted(2), true), 0);
        // Of a sample, nobody knows whether the others survive.
        assert_eq!(two.print(&accepted(3), true), 1);
        assert_eq!(two.print(&accepted(3), false), 0);
    }

    #[test]
    fn a_later_run_counts() {
        let mut outcomes = survivors(&["a.rs:1:2: x", "a.rs:3:4: x"]);
        let mut later = survivors(&["b.rs:1:2: another"]);
        later.0.insert("a.rs:1:2: x".to_owned(), Verdict::Caught);
        outcomes.replace(&later);
        assert_eq!(
            outcomes.of(Verdict::Survived).collect::<Vec<_>>(),
            ["a.rs:3:4: x"]
        );
    }
}
