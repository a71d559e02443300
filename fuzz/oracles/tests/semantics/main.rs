//! larder beside the crate http-cache-semantics: the same answers, except where `fuzz/differences.md` says
//! otherwise. That list is held true: what it does not explain fails, and so does a difference of it that
//! explains nothing.

mod answers;
mod case;
mod differences;

use answers::{Question, of_larder, of_semantics};
use case::{Case, cases};
use differences::{Difference, Moves};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

const LIST: &str = include_str!("../../../differences.md");

/// How often a difference, alone and it alone, explained why the crates part on a question.
type Tally = BTreeMap<(Difference, Question), u32>;

fn parting(case: &Case) -> Option<Question> {
    of_larder(case).part(&of_semantics(case))
}

/// The case without this difference, if it has a part in it and if taking it away moves only the answer of the
/// crate that reads what is taken away.
fn without(one: Difference, case: &Case, question: Question) -> Option<(Difference, Case)> {
    let left = one.removed_from(case)?;
    let steady = match one.moves() {
        Moves::Larder => of_semantics(case).agree_on(question, &of_semantics(&left)),
        Moves::Semantics => of_larder(case).agree_on(question, &of_larder(&left)),
    };
    steady.then_some((one, left))
}

/// What explains the parting: each difference that does so alone, or else up to so many together. With the case
/// that is left when the first of these or all of those are taken away, on which the crates part later or not
/// at all.
fn explanation(case: &Case, question: Question, most: usize) -> Option<(Vec<Difference>, Case)> {
    let all = Difference::ALL.iter();
    let left: Vec<_> = all.filter_map(|one| without(*one, case, question)).collect();
    let settled = |(_, left): &&(Difference, Case)| parting(left).is_none_or(|later| later > question);
    let alone: Vec<_> = left.iter().filter(settled).collect();
    if let Some((_, settled)) = alone.first() {
        return Some((alone.iter().map(|(one, _)| *one).collect(), settled.clone()));
    }
    let deeper = |(one, left): &(Difference, Case)| {
        let (mut all, left) = explanation(left, question, most - 1)?;
        all.push(*one);
        Some((all, left))
    };
    left.iter().filter(|_| most > 1).find_map(deeper)
}

/// Explains all on which the crates part, question after question.
fn explain(case: &Case, tally: &RefCell<Tally>) -> Result<(), String> {
    let mut case = case.clone();
    while let Some(question) = parting(&case) {
        let Some((all, left)) = explanation(&case, question, 5) else {
            let (one, two) = (of_larder(&case), of_semantics(&case));
            return Err(format!(
                "{question:?} of {case:#?}\nlarder {one:?}\nsemantics {two:?}"
            ));
        };
        if let [one] = all[..] {
            *tally.borrow_mut().entry((one, question)).or_default() += 1;
        }
        case = left;
    }
    Ok(())
}

/// `LARDER_SEMANTICS_CASES` is how many (default 30000), `LARDER_SEMANTICS_SEED` which.
#[test]
fn the_same_answers_but_for_the_list() {
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let count = number("LARDER_SEMANTICS_CASES", 30_000);
    let config = Config {
        cases: count,
        failure_persistence: None,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("LARDER_SEMANTICS_SEED", 9111).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tally = RefCell::new(Tally::new());
    let result = runner.run(&cases(), |case| {
        explain(&case, &tally).map_err(TestCaseError::fail)
    });
    if let Err(TestError::Fail(_, case)) = &result {
        panic!("{}", explain(case, &tally).expect_err("it failed before"));
    }
    assert!(result.is_ok(), "{result:?}");
    for ((one, question), count) in tally.borrow().iter() {
        println!("{one:?}, {question:?}: {count}");
    }
    if count < 30_000 {
        return; // too few to say what is missing
    }
    for one in Difference::ALL {
        assert!(
            tally.borrow().keys().any(|(found, _)| *found == one),
            "{one:?} explains nothing"
        );
    }
}

/// The list names each difference, and no other.
#[test]
fn every_difference_is_written_down() {
    let listed = LIST
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let listed: Vec<&str> = listed.map(|(name, _)| name).collect();
    assert_eq!(listed, Difference::ALL.map(|one| format!("{one:?}")));
}
