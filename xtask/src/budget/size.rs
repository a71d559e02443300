//! What of a linked image ends in flash.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionFlags, SymbolKind, elf};

/// Bytes of every section that is loaded: code, constants, and the initial values of variables.
pub fn flash_bytes(image: &Path) -> Result<u64> {
    let data = std::fs::read(image).with_context(|| format!("no image {}", image.display()))?;
    let file = object::File::parse(&*data).context("the image is no ELF file")?;
    let mut bytes = 0_u64;
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
            continue;
        };
        let loaded = sh_flags.0 & elf::SHF_ALLOC.0 != 0;
        if loaded && section.kind() != object::SectionKind::UninitializedData {
            bytes = bytes.saturating_add(section.size());
        }
    }
    Ok(bytes)
}

/// The functions that take most of an image, a line each.
pub fn largest_functions(image: &Path) -> Result<String> {
    let data = std::fs::read(image).with_context(|| format!("no image {}", image.display()))?;
    let file = object::File::parse(&*data).context("the image is no ELF file")?;
    let functions = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text);
    let mut functions: Vec<(u64, &str)> = functions
        .filter_map(|symbol| Some((symbol.size(), symbol.name().ok()?)))
        .collect();
    functions.sort_unstable_by(|one, other| other.cmp(one));
    let mut list = String::new();
    for (bytes, name) in functions.into_iter().take(SHOWN) {
        writeln!(list, "{bytes:>7} {}", addr2line::demangle_auto(name.into(), None))?;
    }
    Ok(list)
}

/// How many functions a person wants to see.
const SHOWN: usize = 40;
