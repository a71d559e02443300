//! Random histories. A history is numbers, drawn by proptest; each number picks from a table
//! whose first rows are the plain cases, so that shrinking numbers makes a history plain.

use super::origin::{Confirm, Form, Plan, START, Value, write};
use super::reuse::Failure;
use super::tables::*;
use super::{Moment, Options, Request, Utc};
use proptest::prelude::*;

/// Numbers drawn for one request, and for the configuration.
const STEP: usize = 56;
const CONFIG: usize = 24;

/// Takes numbers one after the other.
struct Draw<'d>(&'d [u16]);

impl Draw<'_> {
    fn number(&mut self) -> usize {
        let (first, rest) = self.0.split_first().expect("enough numbers for one step");
        self.0 = rest;
        usize::from(*first)
    }

    /// True so many times in a hundred; a small number is false.
    fn chance(&mut self, percent: usize) -> bool {
        self.number() >= 65_536 * (100 - percent) / 100
    }

    /// One of a table of weights and values.
    fn pick<T: Clone>(&mut self, table: &[(usize, T)]) -> T {
        let sum: usize = table.iter().map(|(weight, _)| weight).sum();
        let mut at = self.number() * sum / 65_536;
        for (weight, value) in table {
            if at < *weight {
                return value.clone();
            }
            at -= weight;
        }
        table[0].1.clone()
    }

    /// A line with a text of the table; "" is none.
    fn line(&mut self, to: &mut Vec<(String, String)>, name: &str, table: &[(usize, &str)]) {
        let text = self.pick(table);
        if !text.is_empty() {
            to.extend(text.split('\n').map(|text| (name.to_string(), text.to_string())));
        }
    }

    fn value(&mut self, to: &mut Vec<(String, Value)>, name: &str, table: &[(usize, Value)]) {
        let value = self.pick(table);
        if value != Value::Text(String::new()) {
            to.push((name.to_string(), value));
        }
    }
}

/// What happens to the clocks before a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    Runs,
    /// Another boot; UTC is known afterwards, or not.
    Reboot {
        utc: bool,
    },
    /// UTC is lost, found again, learned with an error of so many milliseconds.
    Lost,
    Found,
    Learned(i128),
    /// UTC jumps by so much.
    Jump(i128),
    /// The monotonic clock runs backwards, which it must not.
    Back(i128),
}

#[derive(Clone, Debug)]
pub struct Step {
    pub wait: i128,
    pub clock: Clock,
    pub request: Request,
    pub plan: Plan,
    /// How a background validation fails, if it does.
    pub later: Option<Failure>,
    /// Writing updated heads fails.
    pub full: bool,
}

#[derive(Clone, Debug)]
pub struct History {
    pub options: Options,
    pub utc: Option<bool>,
    pub steps: Vec<Step>,
}

impl History {
    /// The moment at which a history starts.
    pub fn start(&self) -> Moment {
        let utc = self.utc.map(|learned| Utc {
            ms: START * 1000,
            learned,
        });
        Moment {
            domain: 1,
            ms: 1_000_000_000,
            utc,
        }
    }
}

pub fn histories() -> impl Strategy<Value = History> {
    let step = prop::collection::vec(any::<u16>(), STEP);
    let config = prop::collection::vec(any::<u16>(), CONFIG);
    (config, prop::collection::vec(step, 2..=12)).prop_map(|(config, steps)| {
        let mut draw = Draw(&config);
        let options = options(&mut draw);
        let utc = draw.pick(&[(80, Some(false)), (10, Some(true)), (10, None)]);
        let mut steps: Vec<Step> = steps
            .iter()
            .map(|numbers| one(&mut Draw(numbers), utc.is_some()))
            .collect();
        // Most histories are about one user and few variants, or nothing would ever match.
        if draw.chance(60) {
            steps.iter_mut().for_each(|step| step.request.user = 1);
        }
        History { options, utc, steps }
    })
}

fn options(draw: &mut Draw<'_>) -> Options {
    let shared = draw.chance(45);
    Options {
        shared,
        heuristic: draw.pick(&[
            (6, if shared { (0, 86_400) } else { (10, 86_400) }),
            (2, (10, 3600)),
            (1, (50, 20)),
        ]),
        max_lifetime: draw.pick(&[(9, 4_294_967_295), (1, 30)]),
        age_header_only: draw.chance(15),
        first_duplicate: draw.chance(25),
        refuse_set_cookie: if draw.chance(80) { shared } else { !shared },
        strict_auth: draw.chance(20),
        store_post: draw.chance(30),
        store_head: draw.chance(25),
        extensions_beat_s_maxage: draw.chance(25),
        while_revalidate: !draw.chance(15),
        stale_when_disconnected: draw.pick(&[(4, 0), (2, 10), (4, 1_000_000)]),
        pragma: !draw.chance(20),
        request_directives: !draw.chance(12),
        strict_304: draw.chance(25),
        head_update: !draw.chance(15),
        invalidate_locations: !draw.chance(20),
        uptime_reuse: draw.chance(10),
        vary_lists: draw.chance(20),
    }
}

fn one(draw: &mut Draw<'_>, utc: bool) -> Step {
    let clock = draw.pick(if utc { CLOCKS } else { CLOCKS_WITHOUT_UTC });
    let (wait, request) = (draw.pick(WAITS), request(draw));
    let plan = plan(draw);
    let failure = draw.pick(FAILURES);
    let later = draw.pick(&[(9, None), (1, Some(Failure::Transport))]);
    Step {
        wait,
        clock,
        request,
        plan: Plan { failure, ..plan },
        later,
        full: draw.chance(4),
    }
}

fn request(draw: &mut Draw<'_>) -> Request {
    let (method, uri) = (draw.pick(METHODS), draw.pick(URIS));
    let mut lines = Vec::new();
    draw.line(&mut lines, "Cache-Control", REQUEST_DIRECTIVES);
    draw.line(
        &mut lines,
        "pragma",
        &[(94, ""), (4, "no-cache"), (1, "No-Cache, x"), (1, "x")],
    );
    draw.line(&mut lines, "Accept", ACCEPT);
    draw.line(&mut lines, "accept-language", LANGUAGE);
    draw.line(&mut lines, "Authorization", &[(92, ""), (8, "Basic eA==")]);
    draw.line(&mut lines, "If-None-Match", NONE_MATCH);
    if draw.chance(8) {
        let value = draw.pick(SINCE);
        let text = match value {
            Value::Text(text) => text,
            Value::Now(form, offset) | Value::Fixed(form, offset) => write(form, START + offset),
        };
        lines.push(("if-modified-since".to_string(), text));
    } else {
        draw.number();
    }
    let other = draw.pick(OTHER_REQUEST_FIELDS);
    if !other.0.is_empty() {
        lines.push((other.0.to_string(), other.1.to_string()));
    }
    Request {
        method: method.to_string(),
        uri: uri.to_string(),
        user: draw.pick(&[(5, 1), (1, 2)]),
        lines,
    }
}

fn plan(draw: &mut Draw<'_>) -> Plan {
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
    draw.line(&mut texts, "Content-Length", &[(4, "10"), (4, ""), (1, "11")]);
    for _ in 0..2 {
        let (name, text) = draw.pick(OTHER_FIELDS);
        if !name.is_empty() {
            texts.push((name.to_string(), text.to_string()));
        }
    }
    draw.line(&mut texts, "Location", PLACES);
    draw.line(&mut texts, "Content-Location", PLACES);
    lines.extend(
        texts
            .into_iter()
            .map(|(name, text)| (name, Value::Text(text))),
    );
    let tame = draw.chance(40);
    if tame {
        let plain = ["date", "cache-control", "etag", "last-modified", "content-length", "vary"];
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

fn confirm(draw: &mut Draw<'_>) -> Option<Confirm> {
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

fn dates() -> Vec<(usize, Value)> {
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
