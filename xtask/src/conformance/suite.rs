//! The suite: where it is, and what its tests are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command;
use crate::workspace::Workspace;

/// The published revision that scores are of.
const VERSION: &str = "0.4.5";

/// What a test that does not pass means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// It breaks a requirement.
    Required,
    /// It could have been reused.
    Optimal,
    /// Nothing: it only shows what a cache does.
    Check,
}

impl Kind {
    /// As the suite calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optimal => "optimal",
            Self::Check => "check",
        }
    }
}

/// One test of the suite.
pub struct Test {
    /// Its name in results.
    pub id: String,
    /// What it means.
    pub kind: Kind,
    /// Tests without which this one shows nothing.
    pub depends_on: Vec<String>,
    /// The suite leaves it out for browsers, which are private caches.
    pub browser_skip: bool,
}

/// A checkout of the suite, or its npm package.
pub struct Suite {
    folder: PathBuf,
    version: String,
    tests: Vec<Test>,
}

impl Suite {
    /// Installs the published package among the build results, unless it is there.
    pub fn install(workspace: &Workspace) -> Result<Self> {
        let prefix = workspace.target.join("conformance/suite");
        let folder = prefix.join("node_modules/http-cache-tests");
        if !folder.join("cli.mjs").is_file() {
            fs::create_dir_all(&prefix)?;
            let mut npm = Command::new("npm");
            npm.args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--omit=dev",
                "--prefix",
            ]);
            npm.arg(&prefix).arg(format!("http-cache-tests@{VERSION}"));
            command::read(&mut npm).context("npm (Node's package manager) has to install the suite")?;
        }
        Self::at(&folder)
    }

    /// The suite in a folder, or in its `test-engine`.
    pub fn at(folder: &Path) -> Result<Self> {
        let places = [folder.to_owned(), folder.join("test-engine")];
        let complete =
            |place: &&PathBuf| place.join("cli.mjs").is_file() && place.join("server/server.mjs").is_file();
        let place = places.iter().find(complete);
        let place = place
            .context("no suite there: neither it nor its test-engine has cli.mjs and server/server.mjs")?;
        // It runs there, whatever the working directory is.
        let place = fs::canonicalize(place)?;
        let version = [place.join("package.json"), folder.join("package.json")]
            .iter()
            .find_map(|file| fs::read(file).ok())
            .and_then(|json| serde_json::from_slice::<Value>(&json).ok())
            .and_then(|package| package["version"].as_str().map(str::to_owned));
        let tests = definitions(&place)?;
        Ok(Self {
            folder: place,
            version: version.unwrap_or_else(|| "of unknown version".into()),
            tests,
        })
    }

    /// A suite of these tests, which is nowhere.
    #[cfg(test)]
    pub fn of(tests: Vec<Test>) -> Self {
        Self {
            folder: PathBuf::new(),
            version: String::new(),
            tests,
        }
    }

    /// Where `cli.mjs` and `server/` are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The version that its package gives.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The tests that its command-line client runs.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        self.tests.iter()
    }

    /// How many of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.tests().filter(|test| test.kind == kind).count()
    }

    /// What a score is of, in one line.
    pub fn summary(&self) -> String {
        let counts = super::KINDS.map(|kind| format!("{} {}", self.count(kind), kind.name()));
        let (version, all) = (&self.version, self.tests.len());
        format!(
            "http-cache-tests {version}: {all} command-line tests, {}",
            counts.join(", ")
        )
    }

    /// A test by its id.
    pub fn test(&self, id: &str) -> Option<&Test> {
        self.tests().find(|test| test.id == id)
    }

    /// Adds a test and everything that it depends on.
    pub fn with_dependencies<'a>(&'a self, id: &str, to: &mut Vec<&'a str>) {
        let Some(test) = self.test(id) else { return };
        if to.contains(&test.id.as_str()) {
            return;
        }
        to.push(&test.id);
        for dependency in &test.depends_on {
            self.with_dependencies(dependency, to);
        }
    }
}

/// Asks Node for the lists of tests that the client imports.
fn definitions(folder: &Path) -> Result<Vec<Test>> {
    let client = fs::read_to_string(folder.join("cli.mjs"))?;
    let lists: Vec<_> = client
        .split(['\'', '"'])
        .filter(|path| path.contains("tests/") && path.ends_with(".mjs"))
        .collect();
    if lists.is_empty() {
        bail!("cli.mjs imports no tests");
    }
    let script = format!(
        "const suites = []; for (const path of {}) suites.push((await import('./' + path)).default); \
         console.log(JSON.stringify(suites.flat(2).flatMap(suite => suite.tests)))",
        serde_json::to_string(&lists)?
    );
    let mut node = Command::new("node");
    node.args(["--no-warnings", "--input-type=module", "--eval", &script]);
    let json = command::read(node.current_dir(folder)).context("Node has to list the tests")?;
    let tests: Vec<Value> = serde_json::from_str(&json)?;
    let on = |test: &Value, name: &str| test[name].as_bool() == Some(true);
    let tests = tests.iter().filter(|test| !on(test, "browser_only"));
    tests
        .map(|test| {
            let texts = |value: &Value| -> Vec<String> {
                let list = value.as_array().into_iter().flatten();
                list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
            };
            Ok(Test {
                id: test["id"].as_str().context("a test without an id")?.to_owned(),
                kind: match test["kind"].as_str() {
                    None | Some("required") => Kind::Required,
                    Some("optimal") => Kind::Optimal,
                    Some("check") => Kind::Check,
                    Some(other) => bail!("a test of the unknown kind {other}"),
                },
                depends_on: texts(&test["depends_on"]),
                browser_skip: on(test, "browser_skip"),
            })
        })
        .collect()
}
