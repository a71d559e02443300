//! One run: the suite's origin, the proxy in front of it, the suite's client in front of that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::score::{Raw, Score};
use super::suite::Suite;
use crate::command;
use crate::workspace::Workspace;

/// What the client talks through.
#[derive(Clone, Copy)]
pub enum Through {
    /// It talks to the origin itself.
    Nothing,
    /// The proxy, with this argument.
    Proxy(&'static str),
}

/// Another cache, as the suite's authors measured it.
pub struct Peer {
    /// What it is called, and its version.
    pub name: String,
    /// What became of each test that it was asked, whatever became of those it depends on.
    pub raw: BTreeMap<String, Raw>,
    /// By the rules for larder.
    pub score: Score,
}

impl Peer {
    /// Who passes a test, of how many that were asked.
    pub fn passing<'p>(peers: &'p [Self], id: &str) -> (Vec<&'p str>, usize) {
        let asked = || peers.iter().filter(|peer| peer.raw.contains_key(id));
        let passing = asked().filter(|peer| peer.raw.get(id).is_some_and(Raw::passed));
        (passing.map(|peer| peer.name.as_str()).collect(), asked().count())
    }
}

/// Everything that a run needs.
pub struct Bench<'s> {
    suite: &'s Suite,
    proxy: PathBuf,
    logs: PathBuf,
}

/// A program that ends with its handle.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl<'s> Bench<'s> {
    /// Builds the proxy.
    pub fn new(workspace: &Workspace, suite: &'s Suite) -> Result<Self> {
        command::run(
            workspace
                .cargo()
                .args(["build", "--release", "--package", "reverse-proxy"]),
        )?;
        let logs = workspace.target.join("conformance");
        fs::create_dir_all(&logs)?;
        Ok(Self {
            suite,
            proxy: workspace
                .target
                .join("release")
                .join(format!("reverse-proxy{}", std::env::consts::EXE_SUFFIX)),
            logs,
        })
    }

    /// What the client says of every test.
    pub fn run(&self, through: Through, name: &str) -> Result<BTreeMap<String, Raw>> {
        let (_running, base) = self.start(through, name)?;
        let finished = command::finish(&mut self.client(&base, ""))?;
        let printed = finished.stdout.find('{').and_then(|at| finished.stdout.get(at..));
        let results: Value = serde_json::from_str(printed.unwrap_or_default())
            .with_context(|| format!("the suite's client printed no results: {}", finished.stderr))?;
        let results = results.as_object().context("results are no table")?;
        Ok(results
            .iter()
            .map(|(id, value)| (id.clone(), Raw::of(value)))
            .collect())
    }

    /// Whether one test passes by itself.
    pub fn passes(&self, through: Through, id: &str) -> Result<bool> {
        let (_running, base) = self.start(through, "again")?;
        let printed = command::read(&mut self.client(&base, id))?;
        let last = printed.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
        Ok(["\u{2705}", "Y"].iter().any(|passed| last.starts_with(passed)))
    }

    /// What came with the suite of others.
    pub fn peers(&self) -> Result<Vec<Peer>> {
        let results = self.suite.folder().join("results");
        let script = "console.log(JSON.stringify((await import('./results/index.mjs')).default))";
        let mut node = Command::new("node");
        node.args(["--no-warnings", "--input-type=module", "--eval", script]);
        let index: Vec<Value> = serde_json::from_str(&command::read(node.current_dir(self.suite.folder()))?)?;
        let mut peers = Vec::new();
        for peer in &index {
            let text = |name: &str| peer[name].as_str().unwrap_or_default();
            let results: BTreeMap<String, Value> =
                serde_json::from_slice(&fs::read(results.join(text("file")))?)?;
            let raw = results
                .iter()
                .map(|(id, value)| (id.clone(), Raw::of(value)))
                .collect();
            // Browsers are not asked everything.
            let browser = text("type") == "browser";
            let score = Score::of(self.suite, &raw, |test| !browser || !test.browser_skip);
            let name = format!("{} {}", text("name"), text("version"));
            peers.push(Peer { name, raw, score });
        }
        Ok(peers)
    }

    fn client(&self, base: &str, id: &str) -> Command {
        let mut node = self.node("cli.mjs");
        for prefix in ["npm_config", "npm_package_config"] {
            node.env(format!("{prefix}_base"), base)
                .env(format!("{prefix}_id"), id);
        }
        node
    }

    fn node(&self, script: &str) -> Command {
        let mut node = Command::new("node");
        node.args(["--no-warnings", script])
            .current_dir(self.suite.folder());
        node
    }

    /// Starts the origin and what stands before it; the URL is the one to ask.
    fn start(&self, through: Through, name: &str) -> Result<(Vec<Running>, String)> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut origin = self.node("server/server.mjs");
        let pidfile = self.logs.join(format!("{name}.pid"));
        for prefix in ["npm_config", "npm_package_config"] {
            origin
                .env(format!("{prefix}_protocol"), "http")
                .env(format!("{prefix}_port"), port.to_string())
                .env(format!("{prefix}_pidfile"), &pidfile);
        }
        let (origin, _) = self.until_it_listens(&mut origin, &format!("{name}.origin"))?;
        let origin_url = format!("http://127.0.0.1:{port}");
        let Through::Proxy(argument) = through else {
            return Ok((vec![origin], origin_url));
        };
        let mut proxy = Command::new(&self.proxy);
        proxy.args(["--listen", "127.0.0.1:0", "--origin", &origin_url, argument]);
        let (proxy, line) = self.until_it_listens(&mut proxy, &format!("{name}.proxy"))?;
        let at = line
            .find("http://")
            .context("the proxy does not say where it listens")?;
        Ok((vec![proxy, origin], line[at..].trim().to_owned()))
    }

    /// Starts a program and waits for the line in which it says that it listens; everything that it
    /// prints goes to a log.
    fn until_it_listens(&self, program: &mut Command, name: &str) -> Result<(Running, String)> {
        let mut log = File::create(self.logs.join(format!("{name}.log")))?;
        let child = program
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?)
            .spawn()
            .with_context(|| format!("could not start `{}`", command::shown(program)))?;
        let mut running = Running(child);
        let output = running.0.stdout.take().context("it has no output")?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if line.to_lowercase().contains("listening") {
                thread::spawn(move || io::copy(&mut output, &mut log));
                return Ok((running, line));
            }
            line.clear();
        }
        bail!("`{}` ended before it listened", command::shown(program))
    }
}
