//! What results mean: the classification that the suite itself makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::KINDS;
use super::exceptions::Exceptions;
use super::run::Peer;
use super::suite::{Kind, Suite, Test};

/// What the suite's client says of one test: `true`, or the name of an error and its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raw(Option<(String, String)>);

impl Raw {
    /// It passed.
    pub const fn pass() -> Self {
        Self(None)
    }

    /// From the client's JSON.
    pub fn of(value: &Value) -> Self {
        if *value == json!(true) {
            return Self(None);
        }
        let text = |at: usize| value[at].as_str().unwrap_or("unknown").to_owned();
        Self(Some((text(0), text(1))))
    }

    /// Whether it passed, dependencies aside.
    pub const fn passed(&self) -> bool {
        self.0.is_none()
    }
}

/// What most runs say of each test.
pub fn majority(runs: &[BTreeMap<String, Raw>]) -> BTreeMap<String, Raw> {
    let Some(first) = runs.first() else {
        return BTreeMap::new();
    };
    let vote = |id: &String| {
        let said: Vec<_> = runs.iter().filter_map(|run| run.get(id)).collect();
        let passed = said.iter().filter(|raw| raw.passed()).count() * 2 > said.len();
        said.into_iter().find(|raw| raw.passed() == passed).cloned()
    };
    first
        .keys()
        .filter_map(|id| Some((id.clone(), vote(id)?)))
        .collect()
}

/// Tests by what became of them.
pub struct Score {
    tests: BTreeMap<String, Judged>,
}

/// What became of a test.
pub struct Judged {
    /// What it means.
    pub kind: Kind,
    /// In the suite's words.
    pub verdict: &'static str,
    /// What the client said.
    pub message: String,
}

impl Judged {
    fn passes(&self) -> bool {
        matches!(self.verdict, "pass" | "yes")
    }
}

impl Score {
    /// Judges the tests that count.
    pub fn of(suite: &Suite, raw: &BTreeMap<String, Raw>, counts: impl Fn(&Test) -> bool) -> Self {
        let judge = |test: &Test| {
            let message = match raw.get(&test.id) {
                Some(Raw(Some((_, message)))) => message.clone(),
                _ => String::new(),
            };
            let judged = Judged {
                kind: test.kind,
                verdict: verdict(suite, test, raw),
                message,
            };
            (test.id.clone(), judged)
        };
        let tests = suite.tests().filter(|test| counts(test));
        Self {
            tests: tests.map(judge).collect(),
        }
    }

    /// Whether a test passes, its dependencies included.
    pub fn passes(&self, id: &str) -> bool {
        self.tests.get(id).is_some_and(Judged::passes)
    }

    /// Whether it counts at all.
    pub fn counts(&self, id: &str) -> bool {
        self.tests.contains_key(id)
    }

    /// How many pass.
    pub fn passed(&self) -> usize {
        self.tests.values().filter(|test| test.passes()).count()
    }

    /// How many of a kind pass, of how many.
    pub fn of_kind(&self, kind: Kind) -> (usize, usize) {
        let of_kind = || self.tests.values().filter(|test| test.kind == kind);
        (of_kind().filter(|test| test.passes()).count(), of_kind().count())
    }

    /// What does not pass, in the order of kinds and ids.
    pub fn missed(&self) -> impl Iterator<Item = (&str, &Judged)> {
        KINDS.into_iter().flat_map(|kind| {
            let missed = self
                .tests
                .iter()
                .filter(move |(_, test)| test.kind == kind && !test.passes());
            missed.map(|(id, test)| (id.as_str(), test))
        })
    }

    /// Everything, for the published file.
    pub fn to_json(&self) -> Value {
        let counts: BTreeMap<_, _> = KINDS.map(|kind| (kind.name(), self.of_kind(kind))).into();
        let verdicts: BTreeMap<_, _> = self.tests.iter().map(|(id, test)| (id, test.verdict)).collect();
        json!({ "passed": counts, "tests": verdicts })
    }

    /// Prints the counts, and every test that does not pass with the reason that is given for it
    /// and how many others pass it.
    pub fn print(&self, name: &str, exceptions: &Exceptions, peers: &[Peer]) {
        for kind in KINDS {
            let (passed, all) = self.of_kind(kind);
            println!("{name}: {} {passed} of {all}", kind.name());
        }
        for (id, test) in self.missed() {
            let reason = exceptions.reason(id).unwrap_or("");
            let (kind, verdict, message) = (test.kind.name(), test.verdict, &test.message);
            let (passing, asked) = Peer::passing(peers, id);
            println!(
                "  {kind} {verdict} {id} (passed by {} of {asked} others): {message}{}{reason}",
                passing.len(),
                if reason.is_empty() { "" } else { " -- " }
            );
        }
        println!();
    }
}

fn verdict(suite: &Suite, test: &Test, raw: &BTreeMap<String, Raw>) -> &'static str {
    let Some(Raw(result)) = raw.get(&test.id) else {
        return "untested";
    };
    let shown = |id: &String| {
        suite
            .test(id)
            .is_some_and(|test| matches!(verdict(suite, test, raw), "pass" | "yes"))
    };
    if !test.depends_on.iter().all(shown) {
        return "dependency_fail";
    }
    match (result, test.kind) {
        (Some((name, message)), _) if name == "Setup" && message == "retry" => "retry",
        (Some((name, _)), _) if name == "Setup" => "setup_fail",
        (Some((name, _)), _) if name == "AbortError" => "harness_fail",
        (None, Kind::Check) => "yes",
        (Some(_), Kind::Check) => "no",
        (None, _) => "pass",
        (Some(_), Kind::Required) => "fail",
        (Some(_), Kind::Optimal) => "optional_fail",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(passed: &[bool]) -> Vec<BTreeMap<String, Raw>> {
        let raw = |passed: &bool| match passed {
            true => Raw::pass(),
            false => Raw::of(&json!(["Assertion", "no"])),
        };
        passed
            .iter()
            .map(|passed| [("a".to_owned(), raw(passed))].into())
            .collect()
    }

    #[test]
    fn most_runs_decide() {
        for (runs, passes) in [
            (&[true, false, true][..], true),
            (&[false, false, true], false),
            (&[true, false], false),
            (&[true], true),
        ] {
            assert_eq!(majority(&results(runs))["a"].passed(), passes, "{runs:?}");
        }
    }

    fn test(id: &str, kind: Kind, depends_on: &[&str]) -> Test {
        Test {
            id: id.into(),
            kind,
            depends_on: depends_on.iter().map(|&id| id.into()).collect(),
            browser_skip: false,
        }
    }

    #[test]
    fn dependencies_are_honoured_and_errors_told_apart() {
        let suite = Suite::of(vec![
            test("base", Kind::Check, &[]),
            test("on-base", Kind::Required, &["base"]),
            test("on-that", Kind::Optimal, &["on-base"]),
            test("setup", Kind::Required, &[]),
            test("retry", Kind::Required, &[]),
            test("slow", Kind::Required, &[]),
            test("wrong", Kind::Required, &[]),
            test("missed", Kind::Optimal, &[]),
            test("gone", Kind::Required, &[]),
        ]);
        let raw = |value: Value| -> BTreeMap<String, Raw> {
            value
                .as_object()
                .unwrap()
                .iter()
                .map(|(id, value)| (id.clone(), Raw::of(value)))
                .collect()
        };
        let given = json!({
            "base": ["Assertion", "x"], "on-base": true, "on-that": true, "setup": ["Setup", "x"],
            "retry": ["Setup", "retry"], "slow": ["AbortError", "x"], "wrong": ["TypeError", "x"],
            "missed": ["Assertion", "x"],
        });
        let score = Score::of(&suite, &raw(given), |_| true);
        let verdicts: Vec<_> = suite.tests().map(|test| score.tests[&test.id].verdict).collect();
        assert_eq!(
            verdicts,
            [
                "no",
                "dependency_fail",
                "dependency_fail",
                "setup_fail",
                "retry",
                "harness_fail",
                "fail",
                "optional_fail",
                "untested"
            ]
        );
        let score = Score::of(
            &suite,
            &raw(json!({ "base": true, "on-base": true, "on-that": true })),
            |_| true,
        );
        assert_eq!(score.of_kind(Kind::Required), (1, 6));
        assert!(score.passes("on-that") && score.passes("base") && !score.passes("gone"));
    }
}
