//! What the directives of a message come to (RFC 9111 section 5.2).

use super::Options;
use super::fields::{Argument, Directive, Lines, delta_seconds, directives, directives_of, has, joined};

/// A number of seconds in a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delta {
    Absent,
    /// Malformed, or repeated with another value: stale (9111-4.2.1-06, 9111-4.2.1-08).
    Bad,
    Seconds(i128),
}

/// The Cache-Control of a response (9111-5.2.2-01); unknown directives do not occur in it
/// (9111-5.2.3-01), nor do those that only requests have (9111-5.2-06).
#[derive(Clone, Debug)]
pub struct Said {
    pub no_store: bool,
    pub no_cache: bool,
    pub private: bool,
    pub public: bool,
    pub must_revalidate: bool,
    pub must_revalidate_plain: bool,
    pub proxy_revalidate: bool,
    /// Whatever its argument (8246-2-03).
    pub immutable: bool,
    pub must_understand: bool,
    pub must_understand_plain: bool,
    pub max_age: Delta,
    pub s_maxage: Delta,
    /// Absent and malformed are one: nothing is granted (5861-4-06).
    pub while_revalidate: Option<i128>,
    pub if_error: Option<i128>,
    /// A quoted string never ended: what it swallowed is unknown (9110-5.2-01).
    pub open: bool,
}

fn value(directive: &Directive) -> Delta {
    match &directive.argument {
        Argument::Value(text) => delta_seconds(text).map_or(Delta::Bad, Delta::Seconds),
        _ => Delta::Bad,
    }
}

impl Said {
    pub fn new(options: &Options, lines: &Lines) -> Self {
        let (found, open) = directives(lines);
        // A restriction holds whatever stands behind it, a grant only as it is defined, without
        // argument (9111-5.2-05).
        let any = |name: &str| found.iter().any(|d| d.name == name);
        let plain = |name: &str| {
            found
                .iter()
                .any(|d| d.name == name && d.argument == Argument::None)
        };
        let delta = |name: &str| {
            let mut values: Vec<Delta> = found.iter().filter(|d| d.name == name).map(value).collect();
            values.dedup();
            match values.as_slice() {
                [] => Delta::Absent,
                [one] => *one,
                [first, ..] if options.first_duplicate => *first,
                _ => Delta::Bad,
            }
        };
        let grant = |name: &str| match delta(name) {
            Delta::Seconds(seconds) => Some(seconds),
            _ => None,
        };
        Self {
            no_store: any("no-store"),
            no_cache: any("no-cache"),
            private: any("private"),
            public: plain("public"),
            must_revalidate: any("must-revalidate"),
            must_revalidate_plain: plain("must-revalidate"),
            proxy_revalidate: any("proxy-revalidate"),
            immutable: any("immutable"),
            must_understand: any("must-understand"),
            must_understand_plain: plain("must-understand"),
            max_age: delta("max-age"),
            s_maxage: delta("s-maxage"),
            while_revalidate: grant("stale-while-revalidate"),
            if_error: grant("stale-if-error"),
            open,
        }
    }
}

/// How much staleness a request accepts (9111-5.2.1.2-01, -02).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxStale {
    No,
    By(i128),
    Any,
}

/// What a request asks for; malformed and repeated values in the stricter reading
/// (9111-5.2.1-02).
#[derive(Clone, Debug)]
pub struct Asked {
    pub no_store: bool,
    pub no_cache: bool,
    pub max_age: Option<i128>,
    pub min_fresh: Option<i128>,
    pub max_stale: MaxStale,
    pub only_if_cached: bool,
    pub if_error: Option<i128>,
}

impl Asked {
    pub fn new(options: &Options, lines: &Lines) -> Self {
        let (found, open) = directives(lines);
        let of = |name: &str| -> Vec<Delta> { found.iter().filter(|d| d.name == name).map(value).collect() };
        let seconds = |deltas: &[Delta]| -> Option<Vec<i128>> {
            let one = |d: &Delta| match d {
                Delta::Seconds(s) => Some(*s),
                _ => None,
            };
            deltas.iter().map(one).collect()
        };
        let any = |name: &str| found.iter().any(|d| d.name == name);
        let mut asked = Self {
            // What an open quote swallowed may have been either (9110-5.2-01).
            no_store: any("no-store") || open,
            no_cache: any("no-cache") || open,
            max_age: None,
            min_fresh: None,
            max_stale: MaxStale::No,
            only_if_cached: any("only-if-cached"),
            if_error: seconds(&of("stale-if-error")).and_then(|all| all.into_iter().min()),
        };
        // A malformed max-age or min-fresh: validate.
        match seconds(&of("max-age")) {
            Some(all) => asked.max_age = all.into_iter().min(),
            None => asked.no_cache = true,
        }
        match seconds(&of("min-fresh")) {
            Some(all) => asked.min_fresh = all.into_iter().max(),
            None => asked.no_cache = true,
        }
        let stale: Vec<&Directive> = found.iter().filter(|d| d.name == "max-stale").collect();
        let bounded = stale
            .iter()
            .filter(|d| d.argument != Argument::None)
            .map(|d| value(d));
        let bounded: Vec<Delta> = bounded.collect();
        asked.max_stale = match seconds(&bounded) {
            Some(all) if !all.is_empty() => MaxStale::By(all.into_iter().min().unwrap_or(0)),
            Some(_) if !stale.is_empty() => MaxStale::Any,
            _ => MaxStale::No,
        };
        if !options.request_directives {
            asked = Self {
                no_store: asked.no_store,
                ..Self::nothing()
            };
        }
        // Pragma: only where there is no Cache-Control (9111-5.4-01).
        // Its no-cache has no argument; with one it means no less (9111-5.2-05).
        let pragma = joined(lines, "pragma").unwrap_or_default();
        let pragma = directives_of(&pragma)
            .0
            .iter()
            .any(|directive| directive.name == "no-cache");
        if options.request_directives && options.pragma && pragma && !has(lines, "cache-control") {
            asked.no_cache = true;
        }
        asked
    }

    fn nothing() -> Self {
        Self {
            no_store: false,
            no_cache: false,
            max_age: None,
            min_fresh: None,
            max_stale: MaxStale::No,
            only_if_cached: false,
            if_error: None,
        }
    }
}
