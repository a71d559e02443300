//! Who calls whom in an image that was linked with its relocations kept.

use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, RelocationTarget, SectionKind,
    SymbolKind, elf,
};

/// A place in a function that names another function.
pub struct Call {
    /// Its address.
    pub at: u64,
    /// The function it is in.
    pub caller: String,
    /// The function it names.
    pub callee: String,
    /// Whether the caller goes on afterwards: a call, not a jump.
    pub returns: bool,
}

/// The functions of an image: address, bytes, name.
pub fn functions<'f>(file: &'f object::File<'_>) -> Vec<(u64, u64, &'f str)> {
    file.symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text)
        // the lowest bit of a Thumb function's address marks the instruction set
        .filter_map(|symbol| Some((symbol.address() & !1, symbol.size(), symbol.name().ok()?)))
        .collect()
}

/// Every call and jump from one function into another.
pub fn calls(file: &object::File<'_>) -> Vec<Call> {
    let functions = functions(file);
    let mut calls = Vec::new();
    for section in file
        .sections()
        .filter(|section| section.kind() == SectionKind::Text)
    {
        for (at, relocation) in section.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            let Ok(callee) = file.symbol_by_index(index).and_then(|symbol| symbol.name()) else {
                continue;
            };
            let caller = functions
                .iter()
                .find(|(start, size, _)| at.wrapping_sub(*start) < *size);
            let caller = caller.map_or("?", |(_, _, name)| name);
            let returns = matches!(relocation.flags(), RelocationFlags::Elf { r_type } if r_type == elf::R_ARM_THM_PC22);
            calls.push(Call {
                returns,
                at,
                caller: caller.to_owned(),
                callee: callee.to_owned(),
            });
        }
    }
    calls
}
