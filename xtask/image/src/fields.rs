//! The readers of fields that the core has for callers: Range, Content-Range and structured fields.

use larder::structured::{BareItem, Dictionary, Item, List, Member, Parameters};
use larder::{ContentRange, Headers, RangeSet};

use crate::inputs::{Inputs, give, give_bytes, word};

/// Reads every value of the response in every way.
#[inline(never)]
pub fn exercise(inputs: &Inputs<'_>) {
    for line in inputs.response.fields() {
        ranges(line.value);
        if let Ok(item) = Item::parse(line.value) {
            tell(item);
        }
    }
    if let Ok(list) = List::of(&inputs.response, inputs.method) {
        list.iter().for_each(tell_member);
    }
    if let Ok(dictionary) = Dictionary::of(&inputs.response, inputs.method) {
        for (key, member) in dictionary.iter() {
            give_bytes(key.as_bytes());
            tell_member(member);
        }
        dictionary.get(inputs.uri).into_iter().for_each(tell_member);
    }
}

fn ranges(value: &[u8]) {
    if let Ok(set) = RangeSet::parse(value, word() as usize) {
        let length = u64::from(word()) << 32 | u64::from(word());
        for part in set.within(length) {
            give_number(part.count());
        }
        give_number(set.count_within(length));
    }
    match ContentRange::parse(value) {
        Ok(ContentRange::Part {
            positions,
            complete_length,
        }) => {
            give_number(positions.count());
            complete_length.into_iter().for_each(give_number);
        }
        Ok(ContentRange::Unsatisfied { complete_length }) => give_number(complete_length),
        Err(error) => give(error as u32),
    }
}

fn tell_member(member: Member<'_>) {
    match member {
        Member::Item(item) => tell(item),
        Member::InnerList(list) => {
            list.iter().for_each(tell);
            tell_parameters(list.parameters);
        }
    }
}

fn tell(item: Item<'_>) {
    tell_value(item.value);
    tell_parameters(item.parameters);
}

fn tell_parameters(parameters: Parameters<'_>) {
    for (key, value) in parameters.iter() {
        give_bytes(key.as_bytes());
        tell_value(value);
    }
    parameters.get("q").into_iter().for_each(tell_value);
}

fn tell_value(value: BareItem<'_>) {
    match value {
        BareItem::Integer(number) | BareItem::Decimal(number) | BareItem::Date(number) => {
            give_number(number.unsigned_abs());
        }
        BareItem::String(text) => text.chars().for_each(|one| give(one.into())),
        BareItem::DisplayString(text) => text.chars().for_each(|one| give(one.into())),
        BareItem::Token(text) => give_bytes(text.as_bytes()),
        BareItem::ByteSequence(bytes) => bytes.bytes().for_each(|one| give(one.into())),
        BareItem::Boolean(yes) => give(yes.into()),
    }
}

fn give_number(number: u64) {
    give_bytes(&number.to_le_bytes());
}
