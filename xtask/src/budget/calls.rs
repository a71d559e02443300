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

/// A function in a table of functions, so that a call through a register may mean it.
pub struct InTable {
    /// Its name.
    pub function: String,
    /// How many bytes after the start of the table.
    pub slot: u64,
}

/// Every function in a table of a trait object: three words about the type, then the functions in a row.
pub fn in_tables(file: &object::File<'_>) -> Vec<InTable> {
    const FIRST: u64 = 12;
    let mut found = Vec::new();
    for section in file.sections() {
        if !section.name().is_ok_and(|name| name.starts_with(".rodata")) {
            continue;
        }
        let mut relocations: Vec<_> = section.relocations().collect();
        relocations.sort_unstable_by_key(|(at, _)| *at);
        let (mut next, mut slot) = (0, FIRST);
        for (at, relocation) in relocations {
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            slot = if at == next { slot + 4 } else { FIRST };
            next = at + 4;
            if let Ok(symbol) = file.symbol_by_index(index)
                && symbol.kind() == SymbolKind::Text
                && let Ok(function) = symbol.name()
            {
                let function = function.to_owned();
                found.push(InTable { function, slot });
            }
        }
    }
    found
}

/// The functions that call or jump through a register, each with the slot of the table that it takes the function
/// from, 0 if that was not found.
pub fn through_registers(file: &object::File<'_>) -> Vec<(String, u64)> {
    let mut callers = Vec::new();
    for section in file
        .sections()
        .filter(|section| section.kind() == SectionKind::Text)
    {
        for (start, size, name) in functions(file) {
            if let Ok(Some(code)) = section.data_range(start, size) {
                callers.extend(slots_called(code).into_iter().map(|slot| (name.to_owned(), slot)));
            }
        }
    }
    callers
}

/// The slots of all `blx` and `bx` through registers other than the one that returns, in Thumb code. Constants
/// between the instructions may look like one: then the bound is only too high.
fn slots_called(code: &[u8]) -> Vec<u64> {
    let mut halves = code
        .chunks_exact(2)
        .map(|half| u16::from_le_bytes([half[0], half[1]]));
    // where each register was loaded from last
    let mut loaded = [0_u64; 16];
    let mut slots = Vec::new();
    while let Some(half) = halves.next() {
        match half {
            // ldr rt, [rn, #offset]
            0x6800..=0x6fff => loaded[usize::from(half & 7)] = u64::from((half >> 6) & 31) * 4,
            // mov rd, rm
            0x4600..=0x46ff => {
                loaded[usize::from((half & 7) | ((half >> 4) & 8))] = loaded[usize::from((half >> 3) & 15)];
            }
            // the first half of four bytes; ldr.w rt, [rn, #offset] is f8dn
            0xe800.. => {
                let second = halves.next().unwrap_or(0);
                if half & 0xfff0 == 0xf8d0 {
                    loaded[usize::from(second >> 12)] = u64::from(second & 0xfff);
                }
            }
            0x4770 => {}
            0x4700..=0x47ff => slots.push(loaded[usize::from((half >> 3) & 15)]),
            _ => {}
        }
    }
    slots.sort_unstable();
    slots.dedup();
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_through_registers_have_slots() {
        let slots = |halves: &[u16]| {
            slots_called(
                &halves
                    .iter()
                    .flat_map(|half| half.to_le_bytes())
                    .collect::<Vec<u8>>(),
            )
        };
        assert_eq!(slots(&[0x68cb, 0x4798]), [12]); // ldr r3, [r1, #12]; blx r3
        assert_eq!(slots(&[0xf8d1, 0xc010, 0x47e0]), [16]); // ldr.w r12, [r1, #16]; blx r12
        assert_eq!(slots(&[0x4718]), [0]); // bx r3
        assert_eq!(slots(&[0x4770]), [0_u64; 0]); // bx lr
        assert_eq!(slots(&[0xf000, 0x4798]), [0_u64; 0]); // the second half of a call
    }
}
