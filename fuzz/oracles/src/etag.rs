//! Entity tags and If-None-Match (RFC 9110 sections 8.8.3, 13.1.2), against the model and against
//! what a tag prints.
//!
//! First line: option bits, seconds between the visits. Then ETag lines of the response; after an empty
//! line the fields of the second request, If-None-Match where none is named.

use crate::input::Input;
use crate::visits::{Visit, agree, line};
use larder::EntityTag;

/// The target.
pub fn check(data: &[u8]) {
    let input = Input::new(data);
    for text in &input.lines {
        tag(text);
    }
    let [bits, wait, ..] = input.numbers;
    let (answer, again) = input.halves();
    let mut answered = answer.fields("ETag");
    answered.push(line("Cache-Control", "max-age=10"));
    let asked = again.fields("If-None-Match");
    agree(
        bits,
        vec![
            Visit::get(Vec::new(), answered.clone()),
            Visit::get(asked.clone(), answered.clone())
                .after(wait)
                .confirmed(Vec::new()),
            Visit::get(asked, answered).after(wait),
        ],
    );
}

/// What is parsed is what it was made of.
fn tag(text: &[u8]) {
    let Some(tag) = EntityTag::parse(text) else { return };
    let weak: &[u8] = if tag.weak { b"W/" } else { b"" };
    let printed = [weak, b"\"", tag.opaque, b"\""].concat();
    assert_eq!(trimmed(text), printed, "{tag:?}");
    assert_eq!(EntityTag::parse(&printed), Some(tag));
    let weak = EntityTag { weak: true, ..tag };
    assert!(tag.strong_eq(&tag) != tag.weak && !weak.strong_eq(&tag) && weak.weak_eq(&tag));
    let inside = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
    assert!(tag.opaque.iter().all(inside));
}

/// Without what counts as white space around a value (RFC 9110 section 5.5).
fn trimmed(text: &[u8]) -> &[u8] {
    let space = |byte: &u8| b" \t\r\n\0".contains(byte);
    let start = text.iter().position(|byte| !space(byte)).unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|byte| !space(byte))
        .map_or(start, |at| at + 1);
    &text[start..end]
}
