//! Whether both caches did the same, and what is in their stores afterwards.

use super::driver::{Core, Item, now, texts};
use super::fields::Lines;
use super::freshness::lifetime;
use super::step::UNTOLD;
use super::{Answer, Entry, ModelCache, Outcome};
use larder::store::Entry as Packed;

/// Lines by name; those of one name stay in their order (9110-5.3-01), which is all that counts.
fn sorted(lines: &Lines) -> Lines {
    let lower = |line: &(String, String)| {
        (
            line.0.to_ascii_lowercase(),
            line.1.trim_matches([' ', '\t']).to_string(),
        )
    };
    let mut lines: Lines = lines.iter().map(lower).collect();
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    lines
}

fn plain(outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    for forward in &mut outcome.forwards {
        forward.lines = sorted(&forward.lines);
    }
    if let Answer::Stored { lines, .. } | Answer::NotModified { lines, .. } = &mut outcome.answer {
        *lines = sorted(lines);
    }
    outcome
}

/// An entry as both sides have it.
#[derive(Debug, PartialEq)]
struct Kept {
    id: u64,
    user: u64,
    status: u16,
    body: u64,
    marked: bool,
    lifetime: i128,
    got: larder::Now,
    lines: Lines,
}

fn of_model(model: &ModelCache, entry: &Entry) -> Kept {
    let seconds = lifetime(&model.options, entry.status, &entry.lines, &entry.times.got);
    Kept {
        id: entry.id,
        user: entry.user,
        status: entry.status,
        body: entry.body,
        marked: entry.marked,
        lifetime: seconds.unwrap_or(0),
        got: now(&entry.times.got),
        lines: sorted(&entry.lines),
    }
}

fn of_core(item: &Item) -> Kept {
    let entry = Packed::parse(&item.head).unwrap();
    Kept {
        id: item.id.0,
        user: u64::try_from(item.facts.partition().get()).unwrap(),
        status: entry.status(),
        body: item.body,
        marked: item.facts.is_invalidated(),
        lifetime: i128::from(item.facts.lifetime()),
        got: item.facts.response_time(),
        lines: sorted(&texts(&entry)),
    }
}

/// What differs, as text for a person.
pub fn difference(model: &ModelCache, expected: &Outcome, core: &Core, actual: &Outcome) -> Option<String> {
    let (expected, mut actual) = (plain(expected), plain(actual));
    if let (Answer::Stored { left: UNTOLD, .. }, Answer::Stored { left, .. }) =
        (&expected.answer, &mut actual.answer)
    {
        *left = UNTOLD;
    }
    if expected != actual {
        return Some(format!("outcomes:\n model {expected:?}\n core  {actual:?}"));
    }
    let mut left: Vec<Kept> = model.entries.iter().map(|entry| of_model(model, entry)).collect();
    let mut right: Vec<Kept> = core.items.iter().map(of_core).collect();
    left.sort_by_key(|entry| entry.id);
    right.sort_by_key(|entry| entry.id);
    let at = (0..left.len().max(right.len())).find(|at| left.get(*at) != right.get(*at))?;
    Some(format!(
        "entries:\n model {:?}\n core  {:?}",
        left.get(at),
        right.get(at)
    ))
}
