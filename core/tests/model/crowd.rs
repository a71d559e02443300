//! Histories in which one resource has several stored responses that one request could get:
//! what Vary names changes, entity tags and dates repeat, and a 304 names any of them.

use super::draw::Draw;
use super::history::Step;
use super::origin::{Confirm, Echo, Form, Value};

/// Makes a step one of such a history.
pub fn crowded(draw: &mut Draw<'_>, step: &mut Step) {
    let text = |value: &str| Value::Text(value.to_string());
    step.wait = draw.pick(&[(6, 6_000), (2, 0), (1, 1_000)]);
    step.request.uri = "http://a.test/d/x".to_string();
    step.request.user = 1;
    if !["GET", "HEAD"].contains(&step.request.method.as_str()) && draw.chance(70) {
        step.request.method = "GET".to_string();
    }
    let lines = &mut step.request.lines;
    let clients = ["if-none-match", "cache-control"];
    if draw.chance(70) {
        lines.clear();
    } else {
        lines.retain(|line| clients.contains(&line.0.to_ascii_lowercase().as_str()));
    }
    draw.line(lines, "Accept", &[(3, "text/html"), (2, ""), (2, "a/b")]);
    draw.line(lines, "Accept-Language", &[(3, ""), (2, "en")]);
    let plan = &mut step.plan;
    plan.status = 200;
    plan.lines = vec![("Cache-Control".to_string(), text("max-age=5"))];
    draw.value(
        &mut plan.lines,
        "Date",
        &[-9, 0, -2, -30].map(|offset| (1, Value::Now(Form::Fixdate, offset))),
    );
    let tag = draw.pick(TAGS);
    if !tag.is_empty() {
        plan.lines.push(("ETag".to_string(), text(tag)));
    }
    draw.value(
        &mut plan.lines,
        "Last-Modified",
        &[
            (3, text("")),
            (2, Value::Fixed(Form::Fixdate, -1000)),
            (1, Value::Fixed(Form::Fixdate, -2000)),
        ],
    );
    let vary = draw.pick(VARY);
    if !vary.is_empty() {
        plan.lines.push(("Vary".to_string(), text(vary)));
    }
    let tag = draw.pick(TAGS);
    plan.confirm = plan.confirm.take().map(|confirm| Confirm {
        tag: if tag.is_empty() {
            Echo::None
        } else {
            Echo::Text(tag)
        },
        ..confirm
    });
}

const TAGS: &[(usize, &str)] = &[
    (4, "\"a\""),
    (4, "\"b\""),
    (2, "W/\"a\""),
    (1, "W/\"b\""),
    (1, ""),
];

const VARY: &[(usize, &str)] = &[
    (3, "Accept"),
    (3, "Accept-Language"),
    (2, "X-Foo"),
    (2, "X-Bar"),
    (2, ""),
    (1, "Accept, Accept-Language"),
];
