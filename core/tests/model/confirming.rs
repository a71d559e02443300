//! The 304 answers of a history.

use super::answering::dates;
use super::draw::Draw;
use super::origin::Value;
use super::origin::{Confirm, Echo};
use super::tables::DIRECTIVES;

pub fn confirm(draw: &mut Draw<'_>) -> Option<Confirm> {
    let wanted = !draw.chance(25);
    let tag = draw.pick(ECHO);
    let (mut lines, mut texts) = (Vec::new(), Vec::new());
    let modified = draw.chance(40);
    draw.value(&mut lines, "Date", &dates());
    let silent = draw.pick(&[(1, true), (1, false)]);
    let mut directives = Vec::new();
    draw.line(&mut directives, "Cache-Control", DIRECTIVES);
    texts.extend(directives.into_iter().filter(|_| !silent));
    draw.line(&mut texts, "Vary", VARY_UPDATES);
    for _ in 0..2 {
        let (name, text) = draw.pick(UPDATED_FIELDS);
        if !name.is_empty() {
            texts.push((name.to_string(), text.to_string()));
        }
    }
    lines.extend(texts.into_iter().map(|(name, text)| (name, Value::Text(text))));
    let stubborn = draw.chance(15);
    wanted.then_some(Confirm {
        tag,
        modified,
        lines,
        stubborn,
    })
}

const VARY_UPDATES: &[(usize, &str)] = &[
    (120, ""),
    (4, "Accept"),
    (4, "Accept-Language"),
    (3, "Accept, Accept-Language"),
    (2, "*"),
    (1, "a b"),
];

const UPDATED_FIELDS: &[(usize, (&str, &str))] = &[
    (40, ("", "")),
    (6, ("X-A", "2")),
    (3, ("X-New", "1")),
    (2, ("Content-Length", "0")),
    (2, ("Content-Foo", "B")),
    (2, ("Content-Type", "text/plain")),
    (1, ("Content-Range", "bytes 0-4/10")),
    (2, ("Set-Cookie", "u=3")),
    (2, ("Link", "<c>")),
    (2, ("Connection", "X-A")),
    (1, ("Connection", "cache-control")),
    (1, ("Age", "20")),
    (1, ("Age", "abc")),
    (1, ("Proxy-Authenticate", "Basic")),
    (1, ("Keep-Alive", "x")),
    (1, ("Expires", "0")),
    (1, ("Content-Encoding", "gzip")),
    (1, ("Warning", "110 - x")),
    (1, ("Pragma", "x")),
];

const ECHO: &[(usize, Echo)] = &[
    (60, Echo::Last),
    (16, Echo::None),
    (6, Echo::First),
    (4, Echo::Turned),
    (3, Echo::Text("\"a\"")),
    (4, Echo::Text("\"zz\"")),
    (2, Echo::Text("W/\"zz\"")),
    (2, Echo::Text("abc")),
    (2, Echo::Text("\"x\"")),
];
