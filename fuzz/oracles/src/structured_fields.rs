//! Structured fields (RFC 9651), against the crate sfv: each line as an Item, a List and a Dictionary, and
//! all lines together as one List and one Dictionary.
//!
//! The first line is left out; the others are values.

use std::collections::BTreeMap;

use crate::input::Input;
use larder::structured::{BareItem, Dictionary, Item, List, Member, Parameters};

/// The target.
pub fn check(data: &[u8]) {
    let lines = Input::new(data).lines;
    for line in &lines {
        let trimmed = trimmed(line);
        let found = Item::parse(line).ok().map(item);
        let theirs = sfv::Parser::new(trimmed).parse::<sfv::Item>().ok();
        assert_eq!(found, theirs.map(their_item), "{}", line.escape_ascii());
        assert_eq!(list(&[line]), their_list(trimmed), "{}", line.escape_ascii());
        assert_eq!(
            dictionary(&[line]),
            their_dictionary(trimmed),
            "{}",
            line.escape_ascii()
        );
    }
    // Joined, a String may go on in the next line; that is refused here (RFC 9651 section 4.2 permits it).
    let pieces: Vec<_> = lines.iter().map(|line| trimmed(line)).collect();
    let joined = pieces.join(&b", "[..]);
    let together = |found: bool, alone: fn(&[u8]) -> bool| found || pieces.iter().all(|piece| alone(piece));
    let (found, text) = (list(&lines), joined.escape_ascii());
    if together(found.is_some(), |piece| their_list(piece).is_some()) {
        assert_eq!(found, their_list(&joined), "{text}");
    }
    let found = dictionary(&lines);
    if together(found.is_some(), |piece| their_dictionary(piece).is_some()) {
        assert_eq!(found, their_dictionary(&joined), "{text}");
    }
}

/// White space around a value is none of it (RFC 9110 section 5.5).
fn trimmed(line: &[u8]) -> &[u8] {
    let space = |byte: &u8| b" \t".contains(byte);
    let start = line.iter().position(|byte| !space(byte)).unwrap_or(line.len());
    let end = line
        .iter()
        .rposition(|byte| !space(byte))
        .map_or(start, |at| at + 1);
    &line[start..end]
}

/// A value; numbers with a point in thousandths.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Integer(i64),
    Decimal(i64),
    String(String),
    Token(String),
    Bytes(Vec<u8>),
    Boolean(bool),
    Date(i64),
    Display(String),
}

/// Of keys that repeat the last one.
type Keyed<T> = BTreeMap<String, T>;
type Valued = (Value, Keyed<Value>);

/// One value or several.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    One(Valued),
    Several(Vec<Valued>, Keyed<Value>),
}

fn head<'a>(lines: &[&'a [u8]]) -> Vec<(&'static str, &'a [u8])> {
    lines.iter().map(|line| ("Field", *line)).collect()
}

fn list(lines: &[&[u8]]) -> Option<Vec<Entry>> {
    let head = head(lines);
    let list = List::of(head.as_slice(), "field").ok()?;
    Some(list.iter().map(entry).collect())
}

fn dictionary(lines: &[&[u8]]) -> Option<Keyed<Entry>> {
    let head = head(lines);
    let found = Dictionary::of(head.as_slice(), "field").ok()?;
    let members: Keyed<Entry> = found
        .iter()
        .map(|(key, member)| (key.into(), entry(member)))
        .collect();
    for (key, member) in &members {
        assert_eq!(found.get(key).map(entry).as_ref(), Some(member));
    }
    assert!(found.get("Not a key").is_none());
    Some(members)
}

fn entry(member: Member<'_>) -> Entry {
    match member {
        Member::Item(one) => Entry::One(item(one)),
        Member::InnerList(list) => {
            Entry::Several(list.iter().map(item).collect(), parameters(list.parameters))
        }
    }
}

fn item(item: Item<'_>) -> Valued {
    (value(item.value), parameters(item.parameters))
}

fn parameters(parameters: Parameters<'_>) -> Keyed<Value> {
    let found: Keyed<Value> = parameters
        .iter()
        .map(|(key, of)| (key.into(), value(of)))
        .collect();
    for (key, last) in &found {
        assert_eq!(parameters.get(key).map(value).as_ref(), Some(last));
    }
    found
}

fn value(bare: BareItem<'_>) -> Value {
    match bare {
        BareItem::Integer(number) => Value::Integer(number),
        BareItem::Decimal(thousandths) => Value::Decimal(thousandths),
        BareItem::String(text) => Value::String(text.chars().collect()),
        BareItem::Token(text) => Value::Token(text.into()),
        BareItem::ByteSequence(bytes) => Value::Bytes(bytes.bytes().collect()),
        BareItem::Boolean(yes) => Value::Boolean(yes),
        BareItem::Date(seconds) => Value::Date(seconds),
        BareItem::DisplayString(text) => Value::Display(text.chars().collect()),
    }
}

fn their_list(text: &[u8]) -> Option<Vec<Entry>> {
    let list: sfv::List = sfv::Parser::new(text).parse().ok()?;
    Some(list.into_iter().map(their_entry).collect())
}

fn their_dictionary(text: &[u8]) -> Option<Keyed<Entry>> {
    let found: sfv::Dictionary = sfv::Parser::new(text).parse().ok()?;
    let member = |(key, member): (sfv::Key, sfv::ListEntry)| (key.as_str().into(), their_entry(member));
    Some(found.into_iter().map(member).collect())
}

fn their_entry(entry: sfv::ListEntry) -> Entry {
    match entry {
        sfv::ListEntry::Item(one) => Entry::One(their_item(one)),
        sfv::ListEntry::InnerList(list) => Entry::Several(
            list.items.into_iter().map(their_item).collect(),
            their_parameters(list.params),
        ),
    }
}

fn their_item(item: sfv::Item) -> Valued {
    (their_value(item.bare_item), their_parameters(item.params))
}

fn their_parameters(parameters: sfv::Parameters) -> Keyed<Value> {
    let parameter = |(key, value): (sfv::Key, sfv::BareItem)| (key.as_str().into(), their_value(value));
    parameters.into_iter().map(parameter).collect()
}

fn their_value(bare: sfv::BareItem) -> Value {
    match bare {
        sfv::BareItem::Integer(number) => Value::Integer(number.into()),
        sfv::BareItem::Decimal(number) => Value::Decimal(number.as_integer_scaled_1000().into()),
        sfv::BareItem::String(text) => Value::String(text.as_str().into()),
        sfv::BareItem::Token(text) => Value::Token(text.as_str().into()),
        sfv::BareItem::ByteSequence(bytes) => Value::Bytes(bytes),
        sfv::BareItem::Boolean(yes) => Value::Boolean(yes),
        sfv::BareItem::Date(date) => Value::Date(date.unix_seconds().into()),
        sfv::BareItem::DisplayString(text) => Value::Display(text),
    }
}
