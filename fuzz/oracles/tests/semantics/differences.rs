//! The differences that are accepted, each as the smallest change of a case that takes away what the crates
//! read differently. A difference is explained when the crates agree on the changed case and only one of them
//! has changed its mind, so none of these excuses more than what it names. `fuzz/differences.md` says who does
//! what, and which section decides.

use crate::case::{Case, Directives, has, number};

/// A reason to part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    HeadResponseStored,
    PostResponseStored,
    ClosedStatusList,
    PrivatePermitsStoring,
    MustUnderstandLiftsNoStore,
    VaryAnyStored,
    NeverReusableStored,
    DirectiveRepeated,
    RepeatedSMaxageGrantsNothing,
    DateCountsForAge,
    ResponsePragma,
    RequestPragmaBesideCacheControl,
    ImmutableIsLifetime,
    ProxyRevalidateIsNoLifetime,
    SMaxageForbidsStale,
    NoCacheUnderMaxStale,
    MaxStaleToTheSecond,
    MaxAgeZero,
    StaleWhileRevalidate,
    OnlyIfCached,
    HeadFromStoredGet,
    VaryReadsOneLine,
    SilentNotModified,
    UnaskedNotModified,
    StrongTagForWeak,
    WeakTagForNone,
}

use Difference::*;

/// A crate whose answer changes; that of the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    Larder,
    Semantics,
}

/// What the other crate may store, and 206, which neither stores.
const CLOSED_LIST: [u16; 15] = [
    200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501,
];

impl Difference {
    /// All of them, each named in `fuzz/differences.md`.
    pub const ALL: [Self; 26] = [
        HeadResponseStored,
        PostResponseStored,
        ClosedStatusList,
        PrivatePermitsStoring,
        MustUnderstandLiftsNoStore,
        VaryAnyStored,
        NeverReusableStored,
        DirectiveRepeated,
        RepeatedSMaxageGrantsNothing,
        DateCountsForAge,
        ResponsePragma,
        RequestPragmaBesideCacheControl,
        ImmutableIsLifetime,
        ProxyRevalidateIsNoLifetime,
        SMaxageForbidsStale,
        NoCacheUnderMaxStale,
        MaxStaleToTheSecond,
        MaxAgeZero,
        StaleWhileRevalidate,
        OnlyIfCached,
        HeadFromStoredGet,
        VaryReadsOneLine,
        SilentNotModified,
        UnaskedNotModified,
        StrongTagForWeak,
        WeakTagForNone,
    ];

    /// Whose answer changes when this is taken away.
    pub fn moves(self) -> Moves {
        match self {
            HeadResponseStored
            | PostResponseStored
            | NeverReusableStored
            | RepeatedSMaxageGrantsNothing
            | StaleWhileRevalidate
            | OnlyIfCached
            | UnaskedNotModified
            | StrongTagForWeak
            | WeakTagForNone => Moves::Larder,
            _ => Moves::Semantics,
        }
    }

    /// The case without this, or `None` where it has no part in it.
    pub fn removed_from(self, case: &Case) -> Option<Case> {
        let mut other = case.clone();
        let said = &case.directives;
        let asked = &case.second.directives;
        let applies = match self {
            HeadResponseStored => replace(&mut other.first.method, "HEAD", "GET"),
            PostResponseStored => replace(&mut other.first.method, "POST", "GET"),
            ClosedStatusList => {
                other.status = 200;
                !CLOSED_LIST.contains(&case.status)
            }
            PrivatePermitsStoring => !case.shared && rename(&mut other.directives, "private", "public"),
            MustUnderstandLiftsNoStore => {
                has(said, "must-understand") && remove(&mut other.directives, "no-store")
            }
            // The other crate stores it and never serves it.
            VaryAnyStored => {
                other.directives.push(("no-store", None));
                case.vary.contains(&"*")
            }
            NeverReusableStored => {
                other.etag = Some("\"a\"");
                !revives(case)
            }
            DirectiveRepeated => unify(&mut other.directives),
            RepeatedSMaxageGrantsNothing => {
                let values = case
                    .directives
                    .iter()
                    .filter(|found| found.0 == "s-maxage")
                    .count();
                case.shared && case.first.authorization && values > 1 && unify(&mut other.directives)
            }
            DateCountsForAge => {
                let apparent = case.date.map_or(0, |date| u32::try_from(-date).unwrap_or(0));
                other.age = Some(apparent);
                apparent > case.age.unwrap_or(0)
            }
            ResponsePragma => said.is_empty() && std::mem::take(&mut other.pragma),
            RequestPragmaBesideCacheControl => !asked.is_empty() && std::mem::take(&mut other.second.pragma),
            ImmutableIsLifetime => remove(&mut other.directives, "immutable"),
            ProxyRevalidateIsNoLifetime => {
                case.shared && rename(&mut other.directives, "proxy-revalidate", "must-revalidate")
            }
            SMaxageForbidsStale => {
                other.directives.push(("must-revalidate", None));
                case.shared && has(said, "s-maxage") && has(asked, "max-stale")
            }
            NoCacheUnderMaxStale => {
                has(said, "no-cache") && remove(&mut other.second.directives, "max-stale")
            }
            MaxStaleToTheSecond => {
                let stale = other
                    .second
                    .directives
                    .iter_mut()
                    .find(|found| found.0 == "max-stale");
                let seconds = stale.and_then(|found| found.1.as_mut());
                seconds.map(|seconds| *seconds += 1).is_some()
            }
            MaxAgeZero => {
                number(asked, "max-age") == Some(0)
                    && rename(&mut other.second.directives, "max-age", "no-cache")
            }
            StaleWhileRevalidate => remove(&mut other.directives, "stale-while-revalidate"),
            OnlyIfCached => remove(&mut other.second.directives, "only-if-cached"),
            HeadFromStoredGet => replace(&mut other.second.method, "HEAD", "GET"),
            VaryReadsOneLine => {
                let several = case.first.accept.len() > 1 || case.second.accept.len() > 1;
                other.first.accept = one_line(&case.first.accept);
                other.second.accept = one_line(&case.second.accept);
                several && case.vary.contains(&"accept")
            }
            SilentNotModified => {
                (other.confirmed_etag, other.confirmed_modified) = (case.etag, case.modified);
                case.confirmed_etag.is_none() && case.confirmed_modified.is_none()
            }
            UnaskedNotModified => {
                (other.etag, other.confirmed_etag) = (Some("\"a\""), Some("\"a\""));
                let validators = case.etag.is_some() || case.modified.is_some();
                !validators && case.confirmed_etag.is_none() && case.confirmed_modified.is_none()
            }
            StrongTagForWeak => {
                case.etag == Some("W/\"a\"") && replace_tag(&mut other.confirmed_etag, "\"a\"", "W/\"a\"")
            }
            WeakTagForNone => {
                case.etag.is_none()
                    && other
                        .confirmed_etag
                        .take()
                        .is_some_and(|tag| tag.starts_with("W/"))
            }
        };
        applies.then_some(other)
    }
}

/// Whether anything could make the stored response usable after it was stored.
fn revives(case: &Case) -> bool {
    let directives = ["max-age", "stale-while-revalidate"];
    case.etag.is_some()
        || case.modified.is_some()
        || case.expires.is_some()
        || directives.iter().any(|name| has(&case.directives, name))
        || (case.shared && has(&case.directives, "s-maxage"))
}

fn replace(text: &mut &'static str, old: &str, new: &'static str) -> bool {
    let is_old = *text == old;
    *text = new;
    is_old
}

fn replace_tag(tag: &mut Option<&'static str>, old: &str, new: &'static str) -> bool {
    tag.as_mut().is_some_and(|tag| replace(tag, old, new))
}

/// Puts one that means nothing to either in its place, so that the field stays: Pragma depends on that.
fn remove(directives: &mut Directives, name: &str) -> bool {
    rename(directives, name, "no-transform")
}

/// The same directive under another name and without a number.
fn rename(directives: &mut Directives, old: &str, new: &'static str) -> bool {
    let before = directives.len();
    directives.retain(|found| found.0 != old);
    let had = directives.len() < before;
    directives.push((new, None));
    had
}

/// Gives a directive that is repeated with other numbers 0, once; whether there is one.
fn unify(directives: &mut Directives) -> bool {
    let all = directives.clone();
    let differing =
        |name: &str, number: Option<u32>| all.iter().any(|found| found.0 == name && found.1 != number);
    let mut any = false;
    for (name, number) in &mut *directives {
        if differing(name, *number) {
            *number = Some(0);
            any = true;
        }
    }
    any
}

/// The values in one line.
fn one_line(values: &[&'static str]) -> Vec<&'static str> {
    match values {
        ["text/html", "image/png"] => vec!["text/html, image/png"],
        values => values.to_vec(),
    }
}
