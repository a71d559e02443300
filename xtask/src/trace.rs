//! `cargo xtask trace`: which requirement is proven by which test.
//!
//! Tests name the rows of `core/requirements.tsv` in comments, `// req: 9111-4.2-01, 9111-4.2-02`. Rows that no test can
//! prove, or not yet, stand in `core/requirements-untested.tsv` with their reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::workspace::Workspace;

const TABLE: &str = "core/requirements.tsv";
const UNTESTED: &str = "core/requirements-untested.tsv";
/// Where tests live. In `src` folders only what follows `#[cfg(test)]` counts.
const FOLDERS: &[&str] = &["core", "adapters", "examples"];
const HEADER: &str = "id\tsource\tlevel\twho\ttopic\trequirement\ttest-idea\tstatus\ttests";

/// What to do with the table.
#[derive(Args)]
pub struct Options {
    /// Fail on a row that lost its test, on a binding row with neither test nor reason, and on unknown ids.
    #[arg(long)]
    check: bool,
    /// Write the columns `status` and `tests` anew.
    #[arg(long)]
    write: bool,
}

impl Options {
    /// What CI runs.
    pub fn checked() -> Self {
        Self {
            check: true,
            write: false,
        }
    }
}

/// One requirement.
struct Row {
    /// The first seven columns: what the specification says.
    columns: Vec<String>,
    /// What the file said of it before.
    was_tested: bool,
}

impl Row {
    fn id(&self) -> &str {
        &self.columns[0]
    }

    fn level(&self) -> &str {
        &self.columns[2]
    }

    fn is_binding(&self) -> bool {
        matches!(self.level(), "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT")
    }
}

/// Prints rows without a test, tests with unknown ids and a summary by section.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let rows = read_rows(&workspace.root)?;
    let reasons = read_reasons(&workspace.root)?;
    let tests = find_tests(&workspace.root)?;
    let known: BTreeSet<&str> = rows.iter().map(Row::id).collect();
    let mut faults = Vec::new();
    for (id, places) in &tests {
        if !known.contains(id.as_str()) {
            faults.push(format!("{id} is no row, but {} names it", places.join(", ")));
        }
    }
    for id in reasons.keys() {
        if !known.contains(id.as_str()) {
            faults.push(format!("{id} is no row, but {UNTESTED} gives a reason for it"));
        } else if tests.contains_key(id) {
            faults.push(format!(
                "{id} has a test, so its reason in {UNTESTED} is out of date"
            ));
        }
    }
    for row in &rows {
        let (tested, excused) = (tests.contains_key(row.id()), reasons.contains_key(row.id()));
        if row.was_tested && !tested {
            faults.push(format!("{} lost its test", row.id()));
        } else if !tested && !excused {
            faults.push(format!(
                "{} ({}) has neither a test nor a reason",
                row.id(),
                row.level()
            ));
        }
    }
    print_summary(&rows, &tests, &reasons);
    for fault in &faults {
        println!("! {fault}");
    }
    if options.write {
        write_rows(&workspace.root, &rows, &tests, &reasons)?;
        println!("wrote {TABLE}");
    }
    if options.check && !faults.is_empty() {
        bail!("{} faults in the traceability of the requirements", faults.len());
    }
    Ok(())
}

fn read_rows(root: &Path) -> Result<Vec<Row>> {
    let text = fs::read_to_string(root.join(TABLE)).context(TABLE)?;
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        ensure!(
            columns.len() >= 7,
            "{TABLE}: a row with {} columns",
            columns.len()
        );
        let was_tested = columns.get(7).is_some_and(|status| status == "tested");
        rows.push(Row {
            columns: columns.into_iter().take(7).collect(),
            was_tested,
        });
    }
    Ok(rows)
}

fn read_reasons(root: &Path) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(root.join(UNTESTED)).context(UNTESTED)?;
    let mut reasons = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (id, reason) = line
            .split_once('\t')
            .with_context(|| format!("{UNTESTED}: `{line}` has no reason"))?;
        ensure!(!reason.trim().is_empty(), "{UNTESTED}: {id} has an empty reason");
        ensure!(
            reasons.insert(id.to_owned(), reason.to_owned()).is_none(),
            "{UNTESTED}: {id} stands twice"
        );
    }
    Ok(reasons)
}

/// Every id that a test names, with the places.
fn find_tests(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(root)?.display().to_string();
        let mut in_test = !name.contains("/src/");
        for line in text.lines() {
            in_test |= line.trim() == "#[cfg(test)]";
            if !in_test {
                continue;
            }
            for id in ids(line) {
                let places = tests.entry(id).or_default();
                if !places.contains(&name) {
                    places.push(name.clone());
                }
            }
        }
    }
    Ok(tests)
}

/// The ids that one line names, after `req:`.
fn ids(line: &str) -> impl Iterator<Item = String> + '_ {
    let list = line.split_once("// req:").map_or("", |(_, list)| list);
    list.split([',', ' '])
        .map(|word| word.trim_end_matches(['.', ':', ';']))
        .filter(|word| word.contains('-') && word.ends_with(|last: char| last.is_ascii_digit()))
        .map(str::to_owned)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn print_summary(rows: &[Row], tests: &BTreeMap<String, Vec<String>>, reasons: &BTreeMap<String, String>) {
    // source up to its section's first number: "RFC 9111 section 4"
    let mut sections: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for row in rows {
        let source = &row.columns[1];
        let section = source.split('.').next().unwrap_or(source).to_owned();
        let counts = sections.entry(section).or_default();
        counts[0] += 1;
        counts[1] += usize::from(row.is_binding());
        counts[2] += usize::from(tests.contains_key(row.id()));
        counts[3] += usize::from(reasons.contains_key(row.id()));
    }
    println!(
        "{:<36} {:>5} {:>8} {:>7} {:>9}",
        "section", "rows", "binding", "tested", "reasoned"
    );
    let mut total = [0; 4];
    for (section, counts) in &sections {
        println!(
            "{section:<36} {:>5} {:>8} {:>7} {:>9}",
            counts[0], counts[1], counts[2], counts[3]
        );
        total
            .iter_mut()
            .zip(counts)
            .for_each(|(sum, count)| *sum += count);
    }
    println!(
        "{:<36} {:>5} {:>8} {:>7} {:>9}",
        "all", total[0], total[1], total[2], total[3]
    );
}

fn write_rows(
    root: &Path,
    rows: &[Row],
    tests: &BTreeMap<String, Vec<String>>,
    reasons: &BTreeMap<String, String>,
) -> Result<()> {
    let mut text = String::from(HEADER);
    text.push('\n');
    for row in rows {
        let (status, places) = match (tests.get(row.id()), reasons.get(row.id())) {
            (Some(places), _) => ("tested", places.join(" ")),
            (None, Some(reason)) => ("reasoned", reason.clone()),
            (None, None) => ("open", String::new()),
        };
        text.push_str(&format!("{}\t{status}\t{places}\n", row.columns.join("\t")));
    }
    fs::write(root.join(TABLE), text).context(TABLE)
}
