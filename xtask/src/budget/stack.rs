//! The deepest stack that a function of an image can need, from the frames that the compiler reports and the calls
//! that the linker saw. An upper bound: every path counts as possible.
//!
//! The memory functions come compiled and report no frame; they count as nothing.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use object::{Object as _, ObjectSection as _};

use super::calls::{calls, functions};

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
    let mut walk = Walk {
        frames,
        callees,
        done: HashMap::new(),
        under_way: Vec::new(),
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
    done: HashMap<String, Deepest>,
    under_way: Vec<String>,
}

impl Walk {
    /// The deepest path that starts with this function's own frame.
    fn below(&mut self, function: &str) -> Result<Deepest> {
        if let Some(done) = self.done.get(function) {
            return Ok(done.clone());
        }
        if self.under_way.iter().any(|caller| caller == function) {
            bail!("{function} calls itself: its stack has no bound");
        }
        self.under_way.push(function.to_owned());
        let mut deepest = Deepest::default();
        for callee in self.callees.get(function).cloned().unwrap_or_default() {
            let found = self.below(&callee)?;
            if found.bytes > deepest.bytes {
                deepest = found;
            }
        }
        self.under_way.pop();
        let own = self.frames.get(function).copied().unwrap_or(0);
        deepest.bytes += own;
        deepest.path.insert(
            0,
            (addr2line::demangle_auto(function.into(), None).into_owned(), own),
        );
        self.done.insert(function.to_owned(), deepest.clone());
        Ok(deepest)
    }
}
