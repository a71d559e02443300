//! The deepest stack that a function of an image can need, from the frames that the compiler reports and the calls
//! that the linker saw. An upper bound: every path counts as possible, and a call through a register may mean any
//! function that stands at its place in a table, except one that is under way: heads are not nested without end.
//!
//! The memory functions come compiled and report no frame; they count as nothing.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use object::{Object as _, ObjectSection as _};

use super::calls::{InTable, calls, functions, in_tables, through_registers};

/// A path from a root down to where the stack is deepest.
#[derive(Clone, Default)]
pub struct Deepest {
    /// Bytes of all frames on it.
    pub bytes: u64,
    /// The functions with their frames, the root first.
    pub path: Vec<(String, u64)>,
}

/// The deepest path from any function whose name contains `root`.
pub fn deepest(image: &Path, root: &str) -> Result<Deepest> {
    let data = std::fs::read(image).with_context(|| format!("no image {}", image.display()))?;
    let file = object::File::parse(&*data).context("the image is no ELF file")?;
    let frames = frames(&file)?;
    let mut callees: HashMap<String, Vec<String>> = HashMap::new();
    for call in calls(&file) {
        // a jump into itself is a loop
        if call.caller == call.callee && !call.returns {
            continue;
        }
        callees.entry(call.caller).or_default().push(call.callee);
    }
    let tables = in_tables(&file);
    let mut through_tables: HashMap<String, Vec<String>> = HashMap::new();
    for (caller, slot) in through_registers(&file) {
        let may_be =
            |entry: &&InTable| (slot == 0 || entry.slot == slot) && may_call(&caller, &entry.function);
        let callees = tables.iter().filter(may_be).map(|entry| entry.function.clone());
        through_tables.entry(caller.clone()).or_default().extend(callees);
    }
    let mut walk = Walk {
        frames,
        callees,
        through_tables,
        done: HashMap::new(),
        under_way: Vec::new(),
        guesses: 0,
        skipped: false,
    };
    let mut deepest = Deepest::default();
    for (_, _, name) in functions(&file)
        .into_iter()
        .filter(|(_, _, name)| name.contains(root))
    {
        let found = walk.below(name)?;
        if found.bytes > deepest.bytes {
            deepest = found;
        }
    }
    if deepest.bytes == 0 {
        bail!("the image has no function named like {root}, or its frame is unknown");
    }
    Ok(deepest)
}

/// Whether a call through a register can be to this function, as far as core's own traits tell: rules call heads,
/// some for values or a scan alone; heads call visitors and closures; the writer of packed heads calls the closure
/// with the sink; no grammar calls anything so.
fn may_call(caller: &str, callee: &str) -> bool {
    const READ_VALUES: [&str; 6] = [
        "12fingerprints",
        "5Found",
        "6Joined",
        "6Values",
        "8first_of",
        "8value_of",
    ];
    const SCAN: [&str; 2] = ["12RequestFacts", "13ResponseFacts"];
    const GRAMMAR: [&str; 3] = ["6syntax4date", "6syntax9directive", "9AddedDate"];
    let caller_in = |names: &[&str]| names.iter().any(|name| caller.contains(name));
    let of_head = |name: &str| name.contains("5Lines") || name.contains("4Each");
    if callee.contains("5Visit") {
        of_head(caller) && caller.contains("4scan")
    } else if callee.contains("6packed4pack") {
        caller.contains("7put_out")
    } else if of_head(callee) {
        let others = caller_in(&READ_VALUES) && !callee.contains("5value")
            || caller_in(&SCAN) && !callee.contains("4scan");
        !of_head(caller) && !caller_in(&GRAMMAR) && !caller.contains("7put_out") && !others
    } else {
        of_head(caller)
    }
}

/// The frame of every function: `.stack_sizes` has an address and a LEB128 number for each.
fn frames(file: &object::File<'_>) -> Result<HashMap<String, u64>> {
    let section = file
        .section_by_name(".stack_sizes")
        .context("the image reports no stack sizes")?;
    let mut data = section.data()?;
    let mut by_address = HashMap::new();
    while let Some((address, rest)) = data.split_first_chunk::<4>() {
        let (mut size, mut shift) = (0_u64, 0_u32);
        data = rest;
        while let Some((byte, rest)) = data.split_first() {
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            data = rest;
            if byte & 0x80 == 0 {
                break;
            }
        }
        by_address.insert(u64::from(u32::from_le_bytes(*address)) & !1, size);
    }
    let functions = functions(file).into_iter();
    Ok(functions
        .filter_map(|(start, _, name)| Some((name.to_owned(), *by_address.get(&start)?)))
        .collect())
}

struct Walk {
    frames: HashMap<String, u64>,
    callees: HashMap<String, Vec<String>>,
    /// What calls through registers may mean.
    through_tables: HashMap<String, Vec<String>>,
    done: HashMap<String, Deepest>,
    under_way: Vec<String>,
    /// How many of the calls under way are through registers, so that they may be to others.
    guesses: u32,
    /// Whether one that is under way was left out, so that the depth holds for this path only.
    skipped: bool,
}

impl Walk {
    /// The deepest path that starts with this function's own frame.
    fn below(&mut self, function: &str) -> Result<Deepest> {
        if let Some(done) = self.done.get(function) {
            return Ok(done.clone());
        }
        if self.under_way.iter().any(|caller| caller == function) {
            if self.guesses > 0 {
                self.skipped = true;
                return Ok(Deepest::default());
            }
            bail!("{function} calls itself: its stack has no bound");
        }
        self.under_way.push(function.to_owned());
        let skipped_before = std::mem::take(&mut self.skipped);
        let mut deepest = Deepest::default();
        for callee in self.callees.get(function).cloned().unwrap_or_default() {
            let found = self.below(&callee)?;
            if found.bytes > deepest.bytes {
                deepest = found;
            }
        }
        self.guesses += 1;
        for callee in self.through_tables.get(function).cloned().unwrap_or_default() {
            let found = self.below(&callee)?;
            if found.bytes > deepest.bytes {
                deepest = found;
            }
        }
        self.guesses -= 1;
        self.under_way.pop();
        let own = self.frames.get(function).copied().unwrap_or(0);
        deepest.bytes += own;
        deepest.path.insert(
            0,
            (addr2line::demangle_auto(function.into(), None).into_owned(), own),
        );
        if !self.skipped {
            self.done.insert(function.to_owned(), deepest.clone());
        }
        self.skipped = !self.under_way.is_empty() && (self.skipped || skipped_before);
        Ok(deepest)
    }
}
