//! Random histories through `larder::Exchange` and through a slow model of RFC 9111 that was
//! written from the requirements alone: both must do the same at every step.
//!
//! `LARDER_MODEL_HISTORIES` is how many histories (default 3,000), `LARDER_MODEL_SEED` another
//! seed, `LARDER_MODEL_SHRINK` how many steps a disagreement is shrunk by, `LARDER_MODEL_TABLE` prints how
//! often every reason came up.

#[path = "model/mod.rs"]
mod model;

use larder::Reason;
use model::driver::Core;
use model::history::histories;
use model::run::run;
use model::{Answer, Outcome};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How often what happened.
#[derive(Default)]
struct Tally {
    reasons: BTreeMap<String, u64>,
    outcomes: BTreeMap<String, u64>,
    actions: BTreeMap<&'static str, u64>,
    steps: u64,
}

impl Tally {
    fn add(&mut self, outcome: &Outcome, core: &Core) {
        self.steps += 1;
        let mut seen: Vec<String> = core.reasons.iter().map(|reason| format!("{reason:?}")).collect();
        seen.sort();
        seen.dedup();
        for name in seen {
            *self.reasons.entry(name).or_default() += 1;
        }
        if core.actions.iter().filter(|name| **name == "Update").count() > 1 {
            *self.outcomes.entry("several updated".to_string()).or_default() += 1;
        }
        let readings = core.actions.iter().filter(|name| **name == "ReadHeads");
        if readings.count() > 2 && !core.actions.contains(&"Retry") {
            *self.actions.entry(RESELECTED).or_default() += 1;
        }
        if core.reasons.contains(&Reason::NoVariant) && core.reasons.last() == Some(&Reason::Validated) {
            *self.actions.entry(OTHER_VARIANT).or_default() += 1;
        }
        for name in &core.actions {
            *self.actions.entry(name).or_default() += 1;
        }
        let name = match &outcome.answer {
            Answer::Stored { why, .. } => format!("served {why:?}"),
            Answer::NotModified { .. } => "served 304".to_string(),
            Answer::Origin(_) if outcome.stored.is_some() => "forwarded, stored".to_string(),
            Answer::Origin(_) => "forwarded, not stored".to_string(),
            Answer::Failed => "failed".to_string(),
        };
        *self.outcomes.entry(name).or_default() += 1;
    }

    fn print(&self) {
        println!("{} requests", self.steps);
        for (name, count) in &self.outcomes {
            println!("{count:>9}  {name}");
        }
        for (name, count) in &self.actions {
            println!("{count:>9}  Action::{name}");
        }
        for (name, count) in &self.reasons {
            println!("{count:>9}  Reason::{name}");
        }
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().expect("a number"))
}

/// What no history can bring about: it belongs to states that are used without the driver, to
/// framing, to damage, or to a caller's `Override`.
const ELSEWHERE: &[Reason] = &[
    Reason::ClientCurrent,
    Reason::UnusableEntry,
    Reason::FullResponse,
    Reason::Forced,
    Reason::NotFinal,
    Reason::ServerError,
];

/// How often what matters most must come up in 3,000 histories, or the test has become vacuous;
/// everything else that is not `ELSEWHERE` must come up at all.
const OFTEN: &[(Reason, u64)] = &[
    (Reason::Fresh, 800),
    (Reason::MaxStale, 50),
    (Reason::StaleWhileRevalidate, 60),
    (Reason::StaleIfError, 20),
    (Reason::Disconnected, 20),
    (Reason::Validated, 1_000),
    (Reason::BackgroundValidation, 60),
    (Reason::ForeignValidator, 200),
    (Reason::Stale, 1_000),
    (Reason::NoExpiry, 100),
    (Reason::NoVariant, 100),
    (Reason::NoCache, 100),
    (Reason::NoClock, 200),
    (Reason::MustRevalidate, 200),
    (Reason::MarkedInvalid, 300),
    (Reason::RequestNoCache, 100),
    (Reason::RequestMaxAge, 80),
    (Reason::RequestMinFresh, 20),
    (Reason::MayNotServeStale, 800),
    (Reason::OnlyIfCached, 100),
    (Reason::Storable, 2_000),
    (Reason::NotSafe, 800),
    (Reason::HeadDiffers, 50),
    (Reason::HeadFreshened, 15),
    (Reason::UpdateForbids, 100),
    (Reason::UnsafeMethod, 500),
    (Reason::Unsuitable, 100),
];

/// A 304 names another entry than the nominated one.
const RESELECTED: &str = "reselected";

/// A 304 lets another variant than that of the request answer.
const OTHER_VARIANT: &str = "other variant";

/// The same for actions.
const ACTIONS: &[(&str, u64)] = &[
    (RESELECTED, 100),
    (OTHER_VARIANT, 50),
    ("Forward, conditional", 2_000),
    ("Invalidate", 500),
    ("NotModified", 60),
    ("Remove", 250),
    ("Retry", 200),
    ("Stale", 60),
    ("Store", 2_000),
    ("Update", 800),
];

#[test]
fn exchange_does_what_the_model_does() {
    let count = number("LARDER_MODEL_HISTORIES", 3_000);
    let seed = number("LARDER_MODEL_SEED", 9111);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(count).unwrap(),
        failure_persistence: None,
        max_shrink_iters: u32::try_from(number("LARDER_MODEL_SHRINK", 20_000)).unwrap(),
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let tally = RefCell::new(Tally::default());
    let result = runner.run(&histories(), |history| {
        let watch = |outcome: &Outcome, core: &Core| tally.borrow_mut().add(outcome, core);
        run(&history, watch).map_err(proptest::test_runner::TestCaseError::fail)
    });
    if let Err(TestError::Fail(_, history)) = &result {
        let text = run(history, |_, _| ()).expect_err("it failed before");
        history.steps.iter().for_each(|step| println!("{step:?}"));
        panic!("{:?} utc {:?}\n{text}", history.options, history.utc);
    }
    assert!(result.is_ok(), "{result:?}");
    let tally = tally.into_inner();
    if std::env::var_os("LARDER_MODEL_TABLE").is_some() {
        tally.print();
    }
    if count < 3_000 {
        return; // too few to say what is missing
    }
    let given = |reason: &Reason| tally.reasons.get(&format!("{reason:?}")).copied().unwrap_or(0);
    for reason in Reason::ALL {
        assert_eq!(
            given(reason) == 0,
            ELSEWHERE.contains(reason),
            "{reason:?} comes up {}",
            given(reason)
        );
    }
    for (reason, least) in OFTEN {
        assert!(
            given(reason) * 3_000 >= least * count,
            "{reason:?} came up {} times",
            given(reason)
        );
    }
    for (name, least) in ACTIONS {
        let found = tally.actions.get(name).copied().unwrap_or(0);
        assert!(found * 3_000 >= least * count, "{name} came up {found} times");
    }
}
