//! Asking the origin whether a stored response still holds, and what its answer changes
//! (RFC 9111 section 4.3, 3.2).

use super::fields::{Lines, Tag, TagList, all, etag, has, single, tag_list};
use super::freshness::{date, date_of};
use super::storing::{barred, with_date};
use super::vary::{preferred, selecting};
use super::{Entry, Moment, Options, Request, Times};

/// The request that is forwarded to validate an entry: its validators instead of the client's
/// own conditions (9111-4.3.1-02, -03), the client's tags kept beside the entry's
/// (9111-4.3.2-07). `among`: the tags of others that are asked about as well; `dated`: the date
/// of this one is asked about. `None`: the entry has no validator (9111-4.3.1-05).
pub fn conditional(request: &Request, entry: &Entry, among: &[Tag], dated: bool) -> Option<Lines> {
    let own = etag(&entry.lines);
    let modified = date_of(&entry.lines, "last-modified", &entry.times.got);
    if own.is_none() && modified.is_none() {
        return None;
    }
    if own.is_none() && has(&request.lines, "if-none-match") {
        // The origin would not look at a date beside the client's tags (9110-13.1.3-01).
        return Some(request.lines.clone());
    }
    let condition = |name: &str| ["if-none-match", "if-modified-since"].contains(&name);
    let mut lines = request.lines.clone();
    lines.retain(|line| !condition(line.0.to_ascii_lowercase().as_str()));
    if let Some(own) = &own {
        let mut tags = among.to_vec();
        if let Some(TagList::Tags {
            tags: clients,
            wellformed: true,
        }) = tag_list(&request.lines)
        {
            tags.extend(clients);
        }
        tags.push(own.clone());
        let tags = once_each(tags);
        let text: Vec<String> = tags.iter().map(Tag::text).collect();
        lines.push(("If-None-Match".to_string(), text.join(", ")));
    }
    // 9111-4.3.1-03: only where one alone is asked about.
    if modified.is_some() && dated && (own.is_none() || among.is_empty()) {
        let text = all(&entry.lines, "last-modified").remove(0);
        lines.push(("If-Modified-Since".to_string(), text)); // 9110-13.1.3-06
    }
    Some(lines)
}

/// Without repetitions, byte for byte.
fn once_each(tags: Vec<Tag>) -> Vec<Tag> {
    let mut kept: Vec<Tag> = Vec::new();
    for tag in tags {
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

/// Whether the client's own condition says that it has this response already
/// (9111-4.3.2-01, 9110-13.2.2-01). Only where the answer would be a success (9110-13.2.1-02).
pub fn client_has_it(request: &Request, entry: &Entry) -> bool {
    if entry.status / 100 != 2 {
        return false;
    }
    if has(&request.lines, "if-none-match") {
        // If-Modified-Since does not count beside it, well-formed or not (9110-13.1.3-01).
        let own = etag(&entry.lines);
        return match tag_list(&request.lines) {
            Some(TagList::Any) => true, // 9110-13.1.2-02
            // 9110-13.1.2-01; what is malformed matches nothing (9110-8.8.3-02).
            Some(TagList::Tags {
                wellformed: false, ..
            }) => false,
            Some(TagList::Tags { tags, .. }) => {
                own.is_some_and(|own| tags.iter().any(|tag| tag.weak_eq(&own)))
            }
            None => false,
        };
    }
    // One date or none at all (9110-13.1.3-02), read as any date (9110-13.1.3-05).
    let since = all(&request.lines, "if-modified-since");
    let [since] = since.as_slice() else { return false };
    let got = &entry.times.got;
    // Date or the time of receipt in the place of Last-Modified (9111-4.3.2-05).
    let modified = date_of(&entry.lines, "last-modified", got)
        .or(date_of(&entry.lines, "date", got))
        .or(got.clock_seconds());
    matches!((modified, date(since, got)), (Some(modified), Some(since)) if modified <= since)
}

/// What a 304 confirms.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmed {
    /// These entries are updated.
    Entries(Vec<u64>),
    /// Nothing that is stored.
    Nothing,
}

/// 9111-4.3.4-01 to -05. `suitable`: all that could have been selected for this request.
pub fn confirmed(
    options: &Options,
    suitable: &[&Entry],
    nominated: Option<u64>,
    fresh: &Lines,
    got: &Moment,
) -> Confirmed {
    let found = |ids: Vec<u64>| {
        if ids.is_empty() {
            Confirmed::Nothing
        } else {
            Confirmed::Entries(ids)
        }
    };
    let modified = date_of(fresh, "last-modified", got);
    match (etag(fresh), modified) {
        (Some(tag), _) if !tag.weak => {
            // All with the same strong tag (9111-4.3.4-02); none: nothing (-03).
            let same = |entry: &&&Entry| etag(&entry.lines).is_some_and(|own| own.strong_eq(&tag));
            found(suitable.iter().filter(same).map(|entry| entry.id).collect())
        }
        (Some(tag), _) => {
            // The most recent one (9111-4.3.4-04).
            let same = |entry: &&Entry| etag(&entry.lines).is_some_and(|own| own.weak_eq(&tag));
            let best = preferred(suitable.iter().copied().filter(same));
            found(best.iter().map(|entry| entry.id).collect())
        }
        (None, Some(modified)) => {
            let of = |entry: &Entry| date_of(&entry.lines, "last-modified", &entry.times.got);
            let best = preferred(
                suitable
                    .iter()
                    .copied()
                    .filter(|entry| of(entry) == Some(modified)),
            );
            found(best.iter().map(|entry| entry.id).collect())
        }
        (None, None) => {
            // 9111-4.3.4-05; strictly only an entry without validators, and it is not what was
            // asked about: the client's own date may be later than that entry.
            match nominated.filter(|_| !options.strict_304) {
                Some(id) => Confirmed::Entries(vec![id]),
                None => Confirmed::Nothing,
            }
        }
    }
}

/// The stored lines after an update (9111-3.2-01 to -08, 9111-4.2.3-08).
pub fn merged(stored: &Lines, fresh: &Lines, got: &Moment) -> (Lines, bool) {
    // Without a Date of its own the update counts from its receipt.
    let (fresh, date_is_ours) = with_date(fresh.clone(), got);
    let skipped = |name: &str| {
        barred(name, &fresh)
            || ["content-length", "content-range"].contains(&name.to_ascii_lowercase().as_str())
    };
    let mut lines = stored.clone();
    lines.retain(|(name, _)| {
        let restarted = ["age", "date"].contains(&name.to_ascii_lowercase().as_str());
        !restarted && (skipped(name) || !has(&fresh, name))
    });
    // A bad Date, without a clock to replace it, is no Date.
    let bad_date = |name: &str| date_is_ours && got.clock().is_none() && name.eq_ignore_ascii_case("date");
    lines.extend(
        fresh
            .iter()
            .filter(|line| !skipped(&line.0) && !bad_date(&line.0))
            .cloned(),
    );
    (lines, date_is_ours)
}

/// The entry takes on the fields and times of the update, and no mark survives it
/// (9111-4.3.4-06); what Vary nominates is taken from the validating request (9111-4.3.4-07).
pub fn updated(options: &Options, entry: &Entry, request: &Request, fresh: &Lines, times: &Times) -> Entry {
    let (lines, date_is_ours) = merged(&entry.lines, fresh, &times.got);
    let selecting = selecting(options, request, &lines);
    Entry {
        lines,
        date_is_ours,
        selecting,
        times: times.clone(),
        marked: false,
        ..entry.clone()
    }
}

/// Whether a 200 to HEAD confirms a stored GET response: the validators that it has, and that
/// are any, are compared (9111-4.3.5-02, 9110-2.2-01). What is marked needs some (9111-4.4-05).
pub fn head_agrees(entry: &Entry, fresh: &Lines, got: &Moment) -> bool {
    // To GET the status would be the same (9110-9.3.2-02).
    let status = entry.status == 200;
    let tag = etag(fresh).map_or(!has(fresh, "etag"), |tag| Some(tag) == etag(&entry.lines));
    let own = date_of(&entry.lines, "last-modified", &entry.times.got);
    let date = date_of(fresh, "last-modified", got);
    let modified = date.map_or(!has(fresh, "last-modified"), |date| Some(date) == own);
    let named = date.is_some() || etag(fresh).is_some();
    // What has a validator must be told by one.
    let validated = named || !(entry.marked || own.is_some() || etag(&entry.lines).is_some());
    let number = |lines: &Lines| single(lines, "content-length")?.parse::<u64>().ok();
    // How long a body without Content-Length was is not in its head: a validator has to tell.
    let length = match (number(fresh), number(&entry.lines)) {
        (Some(length), Some(own)) => length == own,
        (Some(_), None) => named,
        (None, _) => !has(fresh, "content-length"),
    };
    status && tag && modified && length && validated
}
