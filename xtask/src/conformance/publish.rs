//! `conformance/`: what is published, and what CI holds larder to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::run::Peer;
use super::score::Score;
use super::suite::{Kind, Suite};
use super::{KINDS, Mode};
use crate::command;
use crate::workspace::Workspace;

/// The results that were written last.
pub struct Published(Value);

impl Published {
    /// Reads them; nothing when none were written.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        match fs::read(workspace.root.join(RESULTS)) {
            Ok(json) => Ok(Self(serde_json::from_slice(&json).context(RESULTS)?)),
            Err(_) => Ok(Self(Value::Null)),
        }
    }

    /// Tests that passed and do not any more.
    pub fn lost<'a>(&'a self, mode: Mode, score: &'a Score) -> impl Iterator<Item = &'a str> {
        let tests = self.0["modes"][mode.name()]["tests"].as_object();
        let passed = tests
            .into_iter()
            .flatten()
            .filter(|(_, verdict)| *verdict == "pass" || *verdict == "yes");
        passed
            .map(|(id, _)| id.as_str())
            .filter(|id| score.counts(id) && !score.passes(id))
    }
}

const RESULTS: &str = "conformance/results.json";

/// Writes the results of all modes, and the table for the README.
pub fn write(
    workspace: &Workspace,
    suite: &Suite,
    no_cache: &Score,
    scores: &BTreeMap<Mode, Score>,
    peers: &[Peer],
) -> Result<()> {
    let date =
        command::read(Command::new("node").args(["--print", "new Date().toISOString().slice(0, 10)"]))?;
    let date = date.trim();
    let mut modes: BTreeMap<_, _> = scores
        .iter()
        .map(|(mode, score)| (mode.name(), score.to_json()))
        .collect();
    modes.insert("no-cache", no_cache.to_json());
    // Those of the kind "check" have no right answer.
    let missed = scores
        .values()
        .flat_map(Score::missed)
        .filter(|(_, test)| test.kind != Kind::Check);
    let missed: BTreeSet<_> = missed.map(|(id, _)| id).collect();
    let others: BTreeMap<_, _> = missed
        .into_iter()
        .map(|id| {
            let (passing, asked) = Peer::passing(peers, id);
            (id, format!("{} of {asked}", passing.len()))
        })
        .collect();
    let results = json!({
        "suite": "http-cache-tests", "version": suite.version(), "date": date, "modes": modes,
        "others that pass where larder does not": others,
    });
    fs::create_dir_all(workspace.root.join("conformance"))?;
    let json = serde_json::to_string_pretty(&results)? + "\n";
    fs::write(workspace.root.join(RESULTS), json)?;
    let table = table(suite, date, no_cache, scores, peers)?;
    fs::write(workspace.root.join("conformance/table.md"), &table)?;
    println!("{table}");
    Ok(())
}

fn table(
    suite: &Suite,
    date: &str,
    no_cache: &Score,
    scores: &BTreeMap<Mode, Score>,
    peers: &[Peer],
) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "{}; measured {date}, most of three runs.\n",
        suite.summary()
    )?;
    writeln!(
        text,
        "| cache | required | optimal | check \"yes\" |\n|---|---|---|---|"
    )?;
    for (mode, score) in scores {
        row(&mut text, &format!("**larder**, {}", mode.name()), score)?;
    }
    let mut peers: Vec<_> = peers.iter().collect();
    peers.sort_by_key(|peer| std::cmp::Reverse(peer.score.of_kind(KINDS[0]).0));
    for peer in peers {
        row(&mut text, &peer.name, &peer.score)?;
    }
    row(&mut text, "*no cache at all*", no_cache)?;
    writeln!(
        text,
        "\nThe other caches' results came with this revision of the suite and are scored by the same rules, \
         dependencies honoured. Browsers and the private mode are not asked {} tests that the suite leaves out \
         for browsers.",
        suite.tests().filter(|test| test.browser_skip).count(),
    )?;
    Ok(text)
}

fn row(text: &mut String, name: &str, score: &Score) -> Result<()> {
    write!(text, "| {name} |")?;
    for kind in KINDS {
        let (passed, all) = score.of_kind(kind);
        write!(text, " {passed} of {all} |")?;
    }
    writeln!(text)?;
    Ok(())
}
