//! Where the panics of an image come from: the call chain back from the panic handler to the first line that is
//! not the standard library's.
//!
//! The image must have been linked with its relocations kept, which say who calls whom, and with line tables.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::calls::calls;

/// The functions of an image that can panic, but for the kind of panic whose function's name contains `permitted`:
/// each with the innermost line of its first place that is not the standard library's.
pub fn functions(image: &Path, handler: &str, permitted: &str) -> Result<BTreeMap<String, String>> {
    let data = std::fs::read(image).with_context(|| format!("no image {}", image.display()))?;
    let calls = calls(&object::File::parse(&*data)?);
    let lines = addr2line::Loader::new(image).map_err(|error| anyhow!("no line tables: {error}"))?;

    let mut functions = BTreeMap::new();
    let mut seen = HashSet::from([handler]);
    let mut to_visit = vec![handler];
    while let Some(function) = to_visit.pop() {
        for call in calls.iter().filter(|call| call.callee == function) {
            let caller = addr2line::demangle_auto(call.caller.as_str().into(), None);
            if caller.contains(permitted) {
                continue;
            }
            if ONLY_PANICS.iter().any(|name| caller.contains(name)) {
                if seen.insert(&call.caller) {
                    to_visit.push(&call.caller);
                }
                continue;
            }
            let line = first_own_line(&lines, call.at)?;
            functions.insert(caller.into_owned(), line.unwrap_or_default());
        }
    }
    Ok(functions)
}

/// Functions of the standard library that are there to panic.
const ONLY_PANICS: [&str; 4] = ["__rustc", "core::panicking", "_fail", "core::option::expect"];

/// The source lines that reach `handler`, each with the function that it was compiled into.
pub fn sources(image: &Path, handler: &str) -> Result<BTreeSet<String>> {
    let data = std::fs::read(image).with_context(|| format!("no image {}", image.display()))?;
    let calls = calls(&object::File::parse(&*data)?);
    let lines = addr2line::Loader::new(image).map_err(|error| anyhow!("no line tables: {error}"))?;

    let mut sources = BTreeSet::new();
    let mut seen = HashSet::from([handler]);
    let mut to_visit = vec![handler];
    while let Some(function) = to_visit.pop() {
        for call in calls.iter().filter(|call| call.callee == function) {
            let caller = addr2line::demangle_auto(call.caller.as_str().into(), None);
            // `#[panic_handler]` ends up inside the standard library's panic functions, its line with it
            let library = caller.starts_with("core::") || caller.starts_with("alloc::");
            let line = if library {
                None
            } else {
                first_own_line(&lines, call.at)?
            };
            match line {
                Some(line) => {
                    sources.insert(format!("{line} in {caller}"));
                }
                None if seen.insert(&call.caller) => to_visit.push(&call.caller),
                None => {}
            }
        }
    }
    Ok(sources)
}

/// The innermost line at an address that is not the standard library's, functions inlined there included.
fn first_own_line(lines: &addr2line::Loader, at: u64) -> Result<Option<String>> {
    let unreadable = |error| anyhow!("line tables at {at:#x}: {error}");
    let mut frames = lines
        .find_frames(at)
        .map_err(|error| unreadable(error.to_string()))?;
    while let Some(frame) = frames.next().map_err(|error| unreadable(error.to_string()))? {
        let Some(location) = frame.location else { continue };
        let (Some(file), Some(line)) = (location.file, location.line) else {
            continue;
        };
        if file.contains("/library/") {
            continue;
        }
        return Ok(Some(format!("{file}:{line}")));
    }
    Ok(None)
}
