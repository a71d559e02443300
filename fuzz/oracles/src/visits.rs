//! Short histories: something is fetched, and fetched again, with larder and with the model of
//! RFC 9111; both must do the same.

use crate::input::options;
use crate::model::fields::Lines;
use crate::model::history::{Clock, History, Step};
use crate::model::origin::{Confirm, Echo, Form, Plan, Value};
use crate::model::run::run;
use crate::model::{Options, Request};

/// A resource.
pub const URI: &str = "http://e.test/a";

/// One request and the answer that the origin has for it.
pub struct Visit {
    /// The method.
    pub method: &'static str,
    /// Seconds since the visit before.
    pub wait: u16,
    /// Request fields.
    pub asked: Lines,
    /// The status of the answer.
    pub status: u16,
    /// The fields of the answer.
    pub answered: Lines,
    /// Whether a conditional request gets 304, with the last of its tags; and the fields of that.
    pub confirmed: Option<Lines>,
}

impl Visit {
    /// A GET answered with these fields.
    pub fn get(asked: Lines, answered: Lines) -> Self {
        Self {
            method: "GET",
            wait: 0,
            asked,
            status: 200,
            answered,
            confirmed: None,
        }
    }

    /// The same so many seconds after the one before.
    pub fn after(self, wait: u16) -> Self {
        Self { wait, ..self }
    }

    /// The same with a 304 for a conditional request.
    pub fn confirmed(self, lines: Lines) -> Self {
        Self {
            confirmed: Some(lines),
            ..self
        }
    }

    /// No packed head holds a name of more than 255 bytes, also where Vary nominates it; the model knows no limit.
    fn has_a_long_name(&self) -> bool {
        let nominates = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("vary") && value.split(',').any(|member| member.trim().len() > 255)
        };
        let mut lines = self.answered.iter().chain(self.confirmed.iter().flatten());
        lines.any(|line| line.0.len() > 255 || nominates(line))
    }

    fn step(self) -> Step {
        let texts = |lines: Lines| -> Vec<(String, Value)> {
            let text = |(name, value)| (name, Value::Text(value));
            lines.into_iter().map(text).collect()
        };
        let mut lines = texts(self.answered);
        if !lines.iter().any(|line| line.0.eq_ignore_ascii_case("date")) {
            lines.push(("Date".to_string(), Value::Now(Form::Fixdate, 0)));
        }
        let confirm = |lines| Confirm {
            tag: Echo::Last,
            modified: false,
            lines: texts(lines),
            stubborn: false,
        };
        Step {
            wait: i128::from(self.wait) * 1000,
            clock: Clock::Runs,
            request: Request {
                method: self.method.to_string(),
                uri: URI.to_string(),
                user: 1,
                lines: self.asked,
            },
            plan: Plan {
                status: self.status,
                lines,
                confirm: self.confirmed.map(confirm),
                failure: None,
                delay: 0,
            },
            later: None,
            full: false,
        }
    }
}

/// Panics where larder and the model part; the bits choose the options.
pub fn agree(bits: u16, visits: Vec<Visit>) {
    agree_with(options(bits), visits);
}

/// The same with these options.
pub fn agree_with(options: Options, visits: Vec<Visit>) {
    if visits.iter().any(Visit::has_a_long_name) {
        return;
    }
    let history = History {
        options,
        utc: Some(false),
        steps: visits.into_iter().map(Visit::step).collect(),
    };
    if let Err(text) = run(&history, |_, _| ()) {
        panic!("{:?}\n{text}", history.options);
    }
}

/// One field line.
pub fn line(name: &str, value: &str) -> (String, String) {
    (name.to_string(), value.to_string())
}
