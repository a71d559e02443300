//! The full answers of a history.

use super::confirming::confirm;
use super::draw::Draw;
use super::history::DELAYS;
use super::origin::{Form, Plan, Value};
use super::tables::*;

/// What the origin does with a request; two answers in five are tame.
pub fn plan(draw: &mut Draw<'_>) -> Plan {
    let mut lines = Vec::new();
    let status = draw.pick(STATUS);
    draw.value(&mut lines, "Date", &dates());
    let mut texts = Vec::new();
    draw.line(&mut texts, "Cache-Control", DIRECTIVES);
    draw.line(&mut texts, "cache-control", MORE_DIRECTIVES);
    draw.value(&mut lines, "Expires", &expires());
    draw.line(&mut texts, "Age", AGES);
    draw.value(&mut lines, "Last-Modified", &modified());
    draw.line(&mut texts, "ETag", TAGS);
    draw.line(&mut texts, "Vary", VARY);
    draw.line(&mut texts, "Content-Length", LENGTHS);
    for _ in 0..2 {
        let (name, text) = draw.pick(OTHER_FIELDS);
        if !name.is_empty() {
            texts.push((name.to_string(), text.to_string()));
        }
    }
    draw.line(&mut texts, "Location", PLACES);
    draw.line(&mut texts, "Content-Location", PLACES);
    lines.extend(texts.into_iter().map(|(name, text)| (name, Value::Text(text))));
    let tame = draw.chance(40);
    if tame {
        let plain = [
            "date",
            "cache-control",
            "etag",
            "last-modified",
            "content-length",
            "vary",
        ];
        lines.retain(|line| plain.contains(&line.0.to_ascii_lowercase().as_str()));
    }
    let status = if tame && status / 100 != 5 { 200 } else { status };
    let confirm = confirm(draw);
    Plan {
        status,
        lines,
        confirm,
        failure: None,
        delay: draw.pick(DELAYS),
    }
}

pub fn dates() -> Vec<(usize, Value)> {
    let now = |offset| Value::Now(Form::Fixdate, offset);
    vec![
        (60, now(0)),
        (8, Value::Text(String::new())),
        (4, now(-1)),
        (4, now(-100)),
        (4, now(7)),
        (2, now(-100_000)),
        (2, now(4000)),
        (2, Value::Now(Form::Rfc850, 0)),
        (2, Value::Now(Form::Asctime, -3)),
        (1, Value::Now(Form::LowerCase, 0)),
        (2, Value::Text("foo".into())),
        (1, Value::Text("Thu, 18 Aug 2026 02:01:18 UTC".into())),
    ]
}

fn expires() -> Vec<(usize, Value)> {
    let text = |text: &str| Value::Text(text.into());
    let mut table = vec![(60, text(""))];
    for (weight, offset) in [(5, 60), (4, 5), (3, 3600), (2, 0), (3, -10), (1, 400_000_000)] {
        table.push((weight, Value::Now(Form::Fixdate, offset)));
    }
    for form in [Form::Rfc850, Form::Asctime, Form::LowerCase] {
        table.push((1, Value::Now(form, 30)));
    }
    for bad in BAD_DATES {
        table.push((1, text(bad)));
    }
    table
}

fn modified() -> Vec<(usize, Value)> {
    let fixed = |offset| Value::Fixed(Form::Fixdate, offset);
    vec![
        (40, Value::Text(String::new())),
        (20, fixed(-1000)),
        (12, fixed(-864_000)),
        (4, Value::Now(Form::Fixdate, 0)),
        (3, Value::Now(Form::Fixdate, 3600)),
        (2, Value::Fixed(Form::Rfc850, -1000)),
        (2, Value::Fixed(Form::Asctime, -864_000)),
        (3, Value::Text("yesterday".into())),
    ]
}
