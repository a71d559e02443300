//! defmt's frames: what they say is in the image's symbols, not in the frames.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol};
use serde_json::Value;

/// The format strings of an image, by the number that frames name them with: the address of a symbol
/// whose name is the string.
pub struct Frames {
    strings: BTreeMap<u64, Format>,
}

/// A format string: of a log line, or of a type.
struct Format {
    tag: String,
    text: String,
}

impl Frames {
    /// Those of an image.
    pub fn of(image: &Path) -> Result<Self> {
        let bytes = fs::read(image)?;
        let file = object::File::parse(&*bytes)?;
        let section = file
            .section_by_name(".defmt")
            .context("the image has no section .defmt")?;
        let mut strings = BTreeMap::new();
        for symbol in file.symbols() {
            if symbol.section_index() != Some(section.index()) {
                continue;
            }
            let Ok(name) = serde_json::from_str::<Value>(symbol.name()?) else {
                continue; // the marks of levels
            };
            let part = |part: &str| name[part].as_str().unwrap_or_default().to_owned();
            let format = Format {
                tag: part("tag"),
                text: part("data"),
            };
            strings.insert(symbol.address(), format);
        }
        ensure!(!strings.is_empty(), "the image has no format strings");
        Ok(Self { strings })
    }

    /// The name of the type that a frame, in hexadecimal digits, has a value of: its log line is `Name {}`, and behind
    /// that is a value with a format string of its own.
    pub fn name(&self, digits: &str) -> Result<String> {
        let number = |at: usize| {
            let byte = |at: usize| {
                let digits = digits
                    .get(at..at.saturating_add(2))
                    .context("the frame is too short")?;
                u64::from_str_radix(digits, 16).context("no digits")
            };
            Ok::<_, anyhow::Error>(byte(at)? | byte(at.saturating_add(2))? << 8)
        };
        let line = self.strings.get(&number(0)?).context("no such log line")?;
        ensure!(line.tag == "defmt_println", "{} is no line", line.text);
        let value = self.strings.get(&number(4)?).context("no such type")?;
        ensure!(value.tag == "defmt_derived", "{} is no type's format", value.text);
        let name = line.text.strip_suffix(" {}").context("a line of another kind")?;
        Ok(name.to_owned())
    }
}
