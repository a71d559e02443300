//! What a cache tells others about an answer (RFC 9211, feature `extensions`).

use core::fmt::{self, Write};

use crate::rules::{Outcome, Reason};
use crate::syntax::Target;

/// Why a request went forward (RFC 9211 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ForwardReason {
    /// The cache takes no part in such requests, or was told not to.
    Bypass,
    /// The semantics of the method.
    Method,
    /// Nothing is stored for the URI.
    UriMiss,
    /// What is stored for the URI does not match the request fields that Vary nominates.
    VaryMiss,
    /// Nothing usable is stored, for another reason.
    Miss,
    /// Something fresh is stored, and the request does not accept it.
    Request,
    /// What is stored has to be validated.
    Stale,
    /// What is stored is not all of what was asked for.
    Partial,
}

impl ForwardReason {
    /// What a reason says in RFC 9211's terms; `None` when it is not one for going forward.
    ///
    /// ```
    /// use larder::{ForwardReason, Reason};
    /// assert_eq!(ForwardReason::of(Reason::NoVariant), Some(ForwardReason::VaryMiss));
    /// assert_eq!(ForwardReason::of(Reason::Fresh), None);
    /// ```
    pub const fn of(reason: Reason) -> Option<Self> {
        // req: 9211-2.2-02: the most specific one.
        Some(match reason {
            Reason::Tunnel | Reason::UncacheableMethod | Reason::NotSafe => Self::Method,
            Reason::NothingStored => Self::UriMiss,
            Reason::NoVariant => Self::VaryMiss,
            Reason::RequestNoCache | Reason::RequestMaxAge | Reason::RequestMinFresh => Self::Request,
            // Something was stored, was asked about, and could not be confirmed.
            Reason::FullResponse | Reason::ForeignValidator => Self::Stale,
            _ => match reason.outcome() {
                Outcome::Miss => Self::Miss,
                Outcome::Validate => Self::Stale,
                Outcome::Bypass => Self::Bypass,
                _ => return None,
            },
        })
    }

    /// The value of `fwd`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Miss => "miss",
            Self::Request => "request",
            Self::Stale => "stale",
            Self::Partial => "partial",
        }
    }
}

/// One member of Cache-Status, the field in which a cache tells how it handled a request
/// (RFC 9211). [`Display`](fmt::Display) prints it; nothing is allocated.
///
/// It goes at the end of the field, after those of the caches before, in a line of its own if
/// that is easier; and only on answers that come from the origin or from the store, not on one
/// that the cache makes up, such as its 504. It tells strangers what is cached and
/// [the key](Self::key) how they might confuse it: for debugging, not for everyone (section 6).
///
/// ```
/// use larder::{CacheStatus, ForwardReason};
///
/// let status = CacheStatus::new("Example Cache").unwrap();
/// let hit = status.hit().ttl(545);
/// assert_eq!(hit.to_string(), r#""Example Cache"; hit; ttl=545"#);
/// let validated = status.forwarded(ForwardReason::Stale).forward_status(304);
/// assert_eq!(validated.to_string(), r#""Example Cache"; fwd=stale; fwd-status=304"#);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CacheStatus<'a> {
    cache: &'a str,
    handling: Handling,
    forward_status: Option<u16>,
    ttl: Option<i64>,
    stored: bool,
    collapsed: Option<bool>,
    key: Option<&'a Target<'a>>,
    detail: Option<&'a str>,
}

/// `hit` and `fwd` exclude each other (req: 9211-2.1-02).
#[derive(Clone, Copy, Debug)]
enum Handling {
    Unsaid,
    Hit,
    Forwarded(ForwardReason),
}

/// The largest number of a structured field (RFC 9651 section 3.3.1).
const MOST: i64 = 999_999_999_999_999;

impl<'a> CacheStatus<'a> {
    /// A member that says nothing but the name of the cache; `None` when the name is empty or
    /// has anything else than printable ASCII characters (req: 9211-2-06).
    pub fn new(cache: &'a str) -> Option<Self> {
        let usable = !cache.is_empty() && cache.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        usable.then_some(Self {
            cache,
            handling: Handling::Unsaid,
            forward_status: None,
            ttl: None,
            stored: false,
            collapsed: None,
            key: None,
            detail: None,
        })
    }

    /// `hit`: answered from the store without going forward, fresh or stale. In the place of
    /// [`forwarded`](Self::forwarded).
    #[must_use]
    pub const fn hit(mut self) -> Self {
        self.handling = Handling::Hit;
        self
    }

    /// `fwd`: the request went forward, also when the answer then came from the store. In the
    /// place of [`hit`](Self::hit).
    #[must_use]
    pub const fn forwarded(mut self, why: ForwardReason) -> Self {
        self.handling = Handling::Forwarded(why);
        self
    }

    /// `fwd-status`: the status code that came back. Not printed without
    /// [`forwarded`](Self::forwarded).
    #[must_use]
    pub const fn forward_status(mut self, status: u16) -> Self {
        self.forward_status = Some(status);
        self
    }

    /// `ttl`: the remaining freshness lifetime in seconds, negative when stale; see
    /// [`Exchange::ttl`](crate::Exchange::ttl).
    #[must_use]
    pub const fn ttl(mut self, seconds: i64) -> Self {
        self.ttl = Some(seconds);
        self
    }

    /// `stored`: whether what came back is stored, or being stored. Not printed without
    /// [`forwarded`](Self::forwarded).
    #[must_use]
    pub const fn stored(mut self, yes: bool) -> Self {
        self.stored = yes;
        self
    }

    /// `collapsed`: whether another request's answer served this one, or could not although it
    /// was waited for. Not printed without [`forwarded`](Self::forwarded).
    #[must_use]
    pub const fn collapsed(mut self, yes: bool) -> Self {
        self.collapsed = Some(yes);
        self
    }

    /// `key`: the normalised URI that the answer is stored under, userinfo left out.
    #[must_use]
    pub const fn key(mut self, target: &'a Target<'a>) -> Self {
        self.key = Some(target);
        self
    }

    /// `detail`: whatever else helps, such as [`Reason::name`].
    #[must_use]
    pub const fn detail(mut self, detail: &'a str) -> Self {
        self.detail = Some(detail);
        self
    }
}

impl fmt::Display for CacheStatus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        item(f, self.cache)?;
        match self.handling {
            Handling::Unsaid => {}
            Handling::Hit => f.write_str("; hit")?,
            Handling::Forwarded(why) => {
                write!(f, "; fwd={}", why.as_str())?;
                if let Some(status) = self.forward_status {
                    write!(f, "; fwd-status={status}")?;
                }
                if self.stored {
                    f.write_str("; stored")?;
                }
                match self.collapsed {
                    Some(true) => f.write_str("; collapsed")?,
                    Some(false) => f.write_str("; collapsed=?0")?,
                    None => {}
                }
            }
        }
        if let Some(ttl) = self.ttl {
            #[allow(clippy::manual_clamp)] // it can panic
            let ttl = ttl.min(MOST).max(-MOST);
            write!(f, "; ttl={ttl}")?;
        }
        if let Some(key) = self.key {
            f.write_str("; key=\"")?;
            write!(Quoted(f), "{key}")?;
            f.write_char('"')?;
        }
        if let Some(detail) = self.detail {
            f.write_str("; detail=")?;
            item(f, detail)?;
        }
        Ok(())
    }
}

/// A Token where the text is one, else a String (RFC 9651 sections 3.3.3, 3.3.4).
fn item(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let first = text.bytes().next();
    let token =
        first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'*') && text.bytes().all(in_token);
    if token {
        return f.write_str(text);
    }
    f.write_char('"')?;
    Quoted(f).write_str(text)?;
    f.write_char('"')
}

const fn in_token(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-'..=b':' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~')
}

/// The inside of a String: quotes and backslashes are escaped, what it cannot hold is
/// percent-encoded (req: 9211-2.7-01).
struct Quoted<'f, 'g>(&'f mut fmt::Formatter<'g>);

impl fmt::Write for Quoted<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => {
                    self.0.write_char('\\')?;
                    self.0.write_char(char::from(byte))?;
                }
                b' '..=b'~' => self.0.write_char(char::from(byte))?,
                _ => write!(self.0, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}
