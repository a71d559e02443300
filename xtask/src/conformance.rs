//! `cargo xtask conformance`: larder behind its reverse proxy against the public HTTP caching suite
//! (npm package `http-cache-tests`).

mod exceptions;
mod publish;
mod run;
mod score;
mod suite;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::workspace::Workspace;
use exceptions::Exceptions;
use publish::Published;
use run::{Bench, Peer, Through};
use score::{Raw, Score};
use suite::{Kind, Suite};

/// What to run, and what to do with the result.
#[derive(Args)]
pub struct Options {
    /// Another checkout of the suite, instead of the published package.
    #[arg(long, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// A mode to run; may be given several times. Default: all.
    #[arg(long, value_name = "MODE")]
    mode: Vec<Mode>,
    /// How often to run each mode: what most runs say counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Only prove that the proxy is transparent.
    #[arg(long)]
    no_cache: bool,
    /// Write `conformance/`: of all modes, with the published package.
    #[arg(long, conflicts_with_all = ["suite", "mode", "no_cache", "check"])]
    write: bool,
    /// Run once, and fail when a test does not pass that passed when `conformance/` was written.
    #[arg(long, conflicts_with_all = ["suite", "no_cache"])]
    check: bool,
}

impl Options {
    /// As in CI.
    pub fn checked() -> Self {
        Self {
            suite: None,
            mode: Vec::new(),
            runs: 1,
            no_cache: false,
            write: false,
            check: true,
        }
    }
}

/// What kind of cache the proxy is.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mode {
    /// A cache for many users.
    Shared,
    /// A cache of one user; tests that the suite itself leaves out for such caches do not count.
    Private,
}

impl Mode {
    const ALL: [Self; 2] = [Self::Shared, Self::Private];

    /// What tables and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Private => "private",
        }
    }

    fn through(self) -> Through {
        match self {
            Self::Shared => Through::Proxy("--shared"),
            Self::Private => Through::Proxy("--private"),
        }
    }

    /// Whether a test says anything about such a cache.
    fn covers(self, test: &suite::Test) -> bool {
        self == Self::Shared || !test.browser_skip
    }
}

/// How often a test that passed before is tried again.
const RETRIES: usize = 20;

/// Proves the proxy transparent, runs the modes and judges, or writes, what comes out.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let suite = match &options.suite {
        Some(folder) => Suite::at(folder)?,
        None => Suite::install(workspace)?,
    };
    println!("{}", suite.summary());
    let bench = Bench::new(workspace, &suite)?;
    let no_cache = prove_transparent(&suite, &bench)?;
    if options.no_cache {
        return Ok(());
    }
    let modes: &[Mode] = if options.mode.is_empty() {
        &Mode::ALL
    } else {
        &options.mode
    };
    let published = Published::read(workspace)?;
    let exceptions = Exceptions::read(workspace)?;
    // Other revisions of the suite may come without.
    let peers = match &options.suite {
        None => bench.peers()?,
        Some(_) => Vec::new(),
    };
    let mut scores = BTreeMap::new();
    let mut trouble = Vec::new();
    for &mode in modes {
        let runs = if options.check { 1 } else { options.runs.max(1) };
        let mut raw = Vec::new();
        for number in 1..=runs {
            println!("{} cache, run {number} of {runs}", mode.name());
            raw.push(bench.run(mode.through(), mode.name())?);
        }
        let mut raw = score::majority(&raw);
        if options.check {
            again(&suite, &bench, mode, &mut raw, &published)?;
        }
        let score = Score::of(&suite, &raw, |test| mode.covers(test));
        score.print(mode.name(), &exceptions, &peers);
        if options.suite.is_none() {
            let lost = published.lost(mode, &score);
            trouble.extend(lost.map(|id| format!("{}: {id} passed before", mode.name())));
            let unexplained = exceptions.unexplained(&score);
            trouble.extend(
                unexplained.map(|id| format!("{}: {id} does not pass, and no reason is given", mode.name())),
            );
        }
        scores.insert(mode, score);
    }
    trouble.extend(disproved(&suite, &exceptions, &peers));
    if options.write {
        publish::write(workspace, &suite, &no_cache, &scores, &peers)?;
    }
    for line in &trouble {
        println!("{line}");
    }
    if options.check && !trouble.is_empty() {
        bail!("{} tests need attention", trouble.len());
    }
    Ok(())
}

/// Tests of which the README says that nothing can pass them, and that something has passed.
fn disproved(suite: &Suite, exceptions: &Exceptions, peers: &[Peer]) -> Vec<String> {
    let tests = suite.tests().map(|test| test.id.as_str());
    let claimed = tests.filter(|id| exceptions.impossible(id));
    let by = claimed.flat_map(|id| Peer::passing(peers, id).0.into_iter().map(move |name| (id, name)));
    by.map(|(id, name)| format!("{id} cannot be passed, it is said, but {name} passes it"))
        .collect()
}

/// The suite's client must see the same of the origin through the proxy, with its cache off, as
/// without it. Returns the score of no cache at all.
fn prove_transparent(suite: &Suite, bench: &Bench<'_>) -> Result<Score> {
    println!("without a cache: directly, and through the proxy");
    let direct = bench.run(Through::Nothing, "direct")?;
    let proxied = bench.run(Through::Proxy("--no-cache"), "no-cache")?;
    let (direct, proxied) = (
        Score::of(suite, &direct, |_| true),
        Score::of(suite, &proxied, |_| true),
    );
    let differ: Vec<_> = suite
        .tests()
        .filter(|test| direct.passes(&test.id) != proxied.passes(&test.id))
        .map(|test| test.id.as_str())
        .collect();
    if !differ.is_empty() {
        bail!(
            "the proxy is not transparent: {} have another result through it",
            differ.join(", ")
        );
    }
    println!(
        "the proxy is transparent: the same {} tests pass\n",
        direct.passed()
    );
    Ok(proxied)
}

/// Tries tests that passed before once more: a busy machine can make one miss its moment.
fn again(
    suite: &Suite,
    bench: &Bench<'_>,
    mode: Mode,
    raw: &mut BTreeMap<String, Raw>,
    published: &Published,
) -> Result<()> {
    let score = Score::of(suite, raw, |test| mode.covers(test));
    let lost: Vec<_> = published.lost(mode, &score).collect();
    let mut ids: Vec<&str> = Vec::new();
    for id in &lost {
        suite.with_dependencies(id, &mut ids);
    }
    ids.retain(|id| raw.get(*id).is_some_and(|raw| !raw.passed()));
    if ids.is_empty() || ids.len() > RETRIES {
        return Ok(());
    }
    println!("once more: {}", ids.join(", "));
    for id in ids {
        if bench.passes(mode.through(), id)? {
            raw.insert(id.to_owned(), Raw::pass());
        }
    }
    Ok(())
}

/// The kinds in the order of tables.
const KINDS: [Kind; 3] = [Kind::Required, Kind::Optimal, Kind::Check];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_somebody_passes_is_not_impossible() {
        let test = |id: &str| suite::Test {
            id: id.into(),
            kind: Kind::Required,
            depends_on: Vec::new(),
            browser_skip: false,
        };
        let suite = Suite::of(vec![test("a"), test("b"), test("c")]);
        let exceptions = Exceptions::of("### They cannot be passed\n| `a`, `b` | as nobody can |\n");
        let raw = BTreeMap::from([
            ("a".to_owned(), Raw::of(&json!(["Assertion", "no"]))),
            ("b".to_owned(), Raw::pass()),
            ("c".to_owned(), Raw::pass()),
        ]);
        let score = Score::of(&suite, &raw, |_| true);
        let peers = [Peer {
            name: "Other 1.0".into(),
            raw,
            score,
        }];
        assert_eq!(
            disproved(&suite, &exceptions, &peers),
            ["b cannot be passed, it is said, but Other 1.0 passes it"]
        );
        assert_eq!(Peer::passing(&peers, "a"), (Vec::new(), 1));
        assert_eq!(Peer::passing(&peers, "b"), (vec!["Other 1.0"], 1));
        assert_eq!(Peer::passing(&peers, "not asked"), (Vec::new(), 0));
    }
}
