//! Every corpus file through its oracle, on stable Rust, and every seed changed a bounded number of
//! times: what a fuzzer does, in small.

use std::fs;
use std::path::{Path, PathBuf};

use larder_oracles::{TARGETS, Target};
use proptest::test_runner::{Config, TestError, TestRng, TestRunner};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(name)
}

/// The files of a corpus, by name.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| (path.display().to_string(), fs::read(path).unwrap());
    files.iter().map(read).collect()
}

/// The targets, or the one that `LARDER_ORACLE` names.
fn targets() -> impl Iterator<Item = &'static Target> {
    let only = std::env::var("LARDER_ORACLE").ok();
    let wanted = move |target: &&Target| only.as_ref().is_none_or(|only| only == target.name);
    TARGETS.iter().filter(wanted)
}

/// The corpus of each target is there, and nothing in it finds anything.
#[test]
fn every_corpus_file() {
    let mut found = Vec::new();
    for target in targets() {
        let files = corpus(target.name);
        assert!(!files.is_empty(), "no corpus for {}", target.name);
        for (path, bytes) in files {
            if std::panic::catch_unwind(|| (target.check)(&bytes)).is_err() {
                found.push(path);
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Each folder belongs to a target: a renamed target must not lose its corpus.
#[test]
fn every_folder_has_a_target() {
    for entry in fs::read_dir(folder("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(TARGETS.iter().any(|target| target.name == name), "{name}");
    }
}

/// What is only here would never be fuzzed.
#[test]
fn every_target_is_a_program() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    for target in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{}\"", target.name)),
            "{}",
            target.name
        );
    }
}

type Draw = (Vec<u8>, Vec<u8>, Vec<(proptest::sample::Index, u8, u8)>);

/// Changed seeds. `LARDER_ORACLE_CASES` is how many for each target (default 300).
#[test]
fn changed_seeds() {
    use proptest::prelude::*;
    let cases = std::env::var("LARDER_ORACLE_CASES").map_or(300, |text| text.parse().expect("a number"));
    for target in targets() {
        let seeds: Vec<Vec<u8>> = corpus(target.name).into_iter().map(|(_, bytes)| bytes).collect();
        let change = (any::<prop::sample::Index>(), any::<u8>(), 0u8..5);
        let input = (
            prop::sample::select(seeds.clone()),
            prop::sample::select(seeds),
            prop::collection::vec(change, 0..6),
        );
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let changed = |(mut bytes, other, changes): Draw| {
            for (place, value, kind) in changes {
                let place = place.index(bytes.len().max(1));
                change_one(&mut bytes, &other, place, value, kind);
            }
            bytes
        };
        let result = runner.run(&input, |drawn| {
            (target.check)(&changed(drawn));
            Ok(())
        });
        if let Err(TestError::Fail(reason, drawn)) = result {
            let input = changed(drawn);
            panic!("{}: {:?}\n{reason}", target.name, String::from_utf8_lossy(&input));
        }
    }
}

/// Bytes that mean something in a field.
const SPECIAL: &[u8] = b"\",=; \n\t0-W/:*";

fn change_one(bytes: &mut Vec<u8>, other: &[u8], place: usize, value: u8, kind: u8) {
    let place = place.min(bytes.len());
    let length = usize::from(value % 16).min(bytes.len() - place);
    match kind {
        0 if length > 0 => bytes[place] = value,
        1 => bytes.insert(place, SPECIAL[usize::from(value) % SPECIAL.len()]),
        2 => drop(bytes.drain(place..place + length)),
        3 => {
            let piece = bytes[place..place + length].to_vec();
            bytes.splice(place..place, piece);
        }
        _ => {
            bytes.truncate(place);
            bytes.extend(&other[place.min(other.len())..]);
        }
    }
}
