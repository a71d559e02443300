//! The copy of the workspace that is mutated.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The test binary of the copy that consists of all test files of the core.
pub const EVERY: &str = "every_rule";

/// Makes the copy equal to the workspace. Files that are equal already are not touched, so that cargo need not build
/// them again.
pub fn refresh(root: &Path, tree: &Path) -> Result<()> {
    mirror(root, tree, true)?;
    let tests = root.join("core/tests");
    let mut text = "//! All test files of the core.\n".to_owned();
    for name in names(&tests)? {
        if let Some(name) = Path::new(&name).file_name().and_then(|name| name.to_str())
            && let Some(module) = name.strip_suffix(".rs")
        {
            text += &format!("#[path = \"{name}\"]\nmod {module};\n");
        }
    }
    write(&tree.join(format!("core/tests/{EVERY}.rs")), text.as_bytes())
}

/// Makes one folder equal to another. What is built stays out and, at the top, what is hidden.
pub fn mirror(from: &Path, to: &Path, top: bool) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    let wanted: BTreeSet<OsString> = names(from)?
        .into_iter()
        .filter(|name| {
            let name = name.to_string_lossy();
            name != "target" && !(top && (name.starts_with('.') || name.starts_with("target-")))
        })
        .collect();
    for name in names(to)?.difference(&wanted) {
        let path = to.join(name);
        // What a run that was stopped left behind, or what is gone.
        match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path.file_stem().is_some_and(|stem| stem == EVERY) => continue,
            false => fs::remove_file(&path),
        }
        .with_context(|| path.display().to_string())?;
    }
    for name in wanted {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            mirror(&source, &target, false)?;
        } else {
            let bytes = fs::read(&source).with_context(|| source.display().to_string())?;
            write(&target, &bytes)?;
        }
    }
    Ok(())
}

fn names(folder: &Path) -> Result<BTreeSet<OsString>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries
        .map(|entry| Ok(entry?.file_name()))
        .collect::<std::io::Result<_>>()
        .with_context(|| folder.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| path.display().to_string())
}
