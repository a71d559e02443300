//! The origin and the clocks, as both caches see them.

use super::fields::{Lines, Tag, TagList, has, single, tag_list};
use super::reuse::Failure;
use super::step::World;
use super::{Moment, Reply, Request, Response, Times, dates};

/// The true time at the start of every history, in seconds: Tue, 14 Jul 2026 00:00:00 GMT.
pub const START: i128 = 1_783_987_200;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Fixdate,
    Rfc850,
    Asctime,
    LowerCase,
}

pub fn write(form: Form, seconds: i128) -> String {
    match form {
        Form::Fixdate => dates::fixdate(seconds),
        Form::Rfc850 => dates::rfc850(seconds),
        Form::Asctime => dates::asctime(seconds),
        Form::LowerCase => dates::fixdate(seconds).to_ascii_lowercase(),
    }
}

/// A field value that may have to wait for the moment it is sent at.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    /// So many seconds from the moment of sending.
    Now(Form, i128),
    /// So many seconds from the start of the history.
    Fixed(Form, i128),
}

/// What entity tag a 304 carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Echo {
    /// The last of those in If-None-Match: the cache's own.
    Last,
    First,
    /// The last one with its weakness turned around.
    Turned,
    None,
    Text(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    pub tag: Echo,
    /// Repeats the date of If-Modified-Since.
    pub modified: bool,
    pub lines: Vec<(String, Value)>,
    /// Goes on with 304 when it is asked again.
    pub stubborn: bool,
}

/// How the origin behaves for one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub status: u16,
    pub lines: Vec<(String, Value)>,
    /// Answers 304 to conditional requests.
    pub confirm: Option<Confirm>,
    pub failure: Option<Failure>,
    /// Milliseconds until the response comes.
    pub delay: i128,
}

/// The world during one request: clocks that run, a plan, a count of bodies.
#[derive(Clone, Debug)]
pub struct Origin<'p> {
    pub moment: Moment,
    /// True UTC in milliseconds.
    pub truth: i128,
    pub plan: &'p Plan,
    pub body: u64,
    pub asked: usize,
}

impl Origin<'_> {
    fn resolve(&self, lines: &[(String, Value)]) -> Lines {
        let now = self.truth.div_euclid(1000);
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::Now(form, offset) => write(*form, now + offset),
            Value::Fixed(form, offset) => write(*form, START + offset),
        };
        lines
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    fn not_modified(&self, confirm: &Confirm, lines: &Lines) -> Response {
        let tags = match tag_list(lines) {
            Some(TagList::Tags { tags, .. }) => tags,
            _ => Vec::new(),
        };
        let turned = |tag: &Tag| Tag {
            weak: !tag.weak,
            ..tag.clone()
        };
        let tag = match confirm.tag {
            Echo::Last => tags.last().map(Tag::text),
            Echo::First => tags.first().map(Tag::text),
            Echo::Turned => tags.last().map(|tag| turned(tag).text()),
            Echo::None => None,
            Echo::Text(text) => Some(text.to_string()),
        };
        let mut fields = self.resolve(&confirm.lines);
        fields.extend(tag.map(|tag| ("ETag".to_string(), tag)));
        let since = single(lines, "if-modified-since").filter(|_| confirm.modified);
        fields.extend(since.map(|since| ("Last-Modified".to_string(), since)));
        Response {
            status: 304,
            lines: fields,
            body: 0,
        }
    }
}

impl World for Origin<'_> {
    fn now(&self) -> Moment {
        self.moment
    }

    fn send(&mut self, _: &Request, lines: &Lines) -> (Reply, Times) {
        let asked = self.moment;
        self.moment = self.moment.after(self.plan.delay);
        self.truth += self.plan.delay;
        self.asked += 1;
        let times = Times {
            asked,
            got: self.moment,
        };
        if let Some(failure) = self.plan.failure {
            return (Reply::Failed(failure), times);
        }
        let conditional = has(lines, "if-none-match") || has(lines, "if-modified-since");
        let confirm = self
            .plan
            .confirm
            .as_ref()
            .filter(|c| conditional && (self.asked == 1 || c.stubborn));
        let response = match confirm {
            Some(confirm) => self.not_modified(confirm, lines),
            None => Response {
                status: self.plan.status,
                lines: self.resolve(&self.plan.lines),
                body: self.body + self.asked as u64,
            },
        };
        (Reply::Response(response), times)
    }
}
