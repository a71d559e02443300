//! Structured fields (RFC 9651), against the crate sfv: each line as an Item, a List and a Dictionary, and
//! all lines together as one List and one Dictionary. Cache-Status (RFC 9211) is one that larder writes: it
//! must read back.
//!
//! First line: a lifetime, a status, a reason. The others are values; the first of them is also the name of a
//! cache, the second a URI and the third a detail.

use std::collections::BTreeMap;

use crate::input::Input;
use larder::structured::{BareItem, Dictionary, Item, List, Member, Parameters};
use larder::{CacheStatus, ForwardReason, Reason, Target};

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    cache_status(&input);
    let lines = input.lines;
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

/// What larder says of itself is an Item with these parameters.
fn cache_status(input: &Input<'_>) {
    let text = |at: usize| std::str::from_utf8(input.lines.get(at)?).ok();
    let [ttl, status, reason, turned] = input.numbers;
    let Some(said) = text(0).and_then(CacheStatus::new) else {
        return;
    };
    let bare = said.to_string();
    assert_eq!(
        Item::parse(bare.as_bytes()).map(|item| item.parameters.iter().count()),
        Ok(0)
    );
    let seconds = i64::from(ttl) - 1000;
    let mut said = said.ttl(seconds);
    if let Some(detail) = text(2) {
        said = said.detail(detail);
    }
    let why = match turned & 0b1000 {
        0 => ForwardReason::of(Reason::ALL[usize::from(reason) % Reason::ALL.len()]),
        _ => Some(ForwardReason::Partial),
    };
    said = match why {
        Some(why) if status == 0 => said.forwarded(why),
        Some(why) => said.forwarded(why).forward_status(status).stored(turned & 1 == 0),
        None => said.hit(),
    };
    if turned & 0b110 != 0 {
        said = said.collapsed(turned & 2 != 0);
    }
    let target = text(1).and_then(|uri| Target::parse(uri).ok());
    if let Some(target) = &target {
        said = said.key(target);
    }
    let printed = said.to_string();
    let (name, parameters) = Item::parse(printed.as_bytes()).map(item).expect("it is one");
    let theirs = sfv::Parser::new(&printed).parse::<sfv::Item>().ok();
    assert_eq!(theirs.map(their_item), Some((name.clone(), parameters.clone())));
    let expected = text(0).unwrap_or_default();
    assert!(matches!(&name, Value::String(name) | Value::Token(name) if name == expected));
    assert_eq!(parameters.get("ttl"), Some(&Value::Integer(seconds)));
    let forward = why.map(|why| Value::Token(why.as_str().into()));
    assert_eq!(parameters.get("fwd"), forward.as_ref());
    assert_eq!(parameters.contains_key("hit"), why.is_none());
    assert_eq!(parameters.contains_key("key"), target.is_some());
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
    let list = List::of(head.as_slice(), "field");
    if let Err(error) = &list {
        assert!(!error.to_string().is_empty());
    }
    let list = list.ok()?;
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
    if let Some(bare) = member.value() {
        assert_eq!(member.integer(), bare.integer());
        assert_eq!(member.string(), bare.string());
    }
    let own = match member {
        Member::Item(one) => one.parameters,
        Member::InnerList(list) => list.parameters,
    };
    assert!(member.parameters().iter().eq(own.iter()));
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
    let copy = bare;
    assert_eq!(bare, copy);
    assert_eq!(bare.string().is_some(), matches!(bare, BareItem::String(_)));
    match bare {
        BareItem::Integer(number) => Value::Integer(number),
        BareItem::Decimal(thousandths) => Value::Decimal(thousandths),
        BareItem::String(text) => {
            let characters: String = text.chars().collect();
            assert!(text == characters.as_str());
            Value::String(characters)
        }
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
