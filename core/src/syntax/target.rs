//! The target URI, split and normalised once (RFC 9110 section 4.2.3, 7.1).

use core::fmt;

use super::ascii::{eq_ignore_case, find_below};
use super::class::{COLON, END, UNUSABLE, USERINFO, class};
use super::decimal::parse_u64;

/// `http` or `https`; larder caches no other scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scheme {
    /// `http`, default port 80.
    Http,
    /// `https`, default port 443.
    Https,
}

impl Scheme {
    /// The scheme's name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that an URI without one means.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Why a text is no usable target URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TargetError {
    /// The scheme is not `http` or `https`, or the URI is relative.
    Scheme,
    /// There is no host, or it contains bytes that no host can contain.
    Host,
    /// The port is not a number up to 65535.
    Port,
    /// The path or query contains white space or a control byte.
    Path,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the URI must start with http:// or https://",
            Self::Host => "the URI has no usable host",
            Self::Port => "the port is not a number up to 65535",
            Self::Path => "the path or query contains white space or a control byte",
        })
    }
}

impl core::error::Error for TargetError {}

/// A target URI in pieces: scheme and port are known, the host compares without regard to
/// case, an empty path counts as `/`, fragment and userinfo are gone (RFC 9110 section 4.2.3).
///
/// Percent-encoding and dot segments are left alone: origins disagree about them, and a cache
/// that rewrites them can be poisoned.
///
/// ```
/// use larder::Target;
/// let a = Target::parse("HTTP://Example.test:80?q#top").unwrap();
/// let b = Target::parse("http://example.test/?q").unwrap();
/// assert_eq!(a, b);
/// assert_ne!(a, Target::parse("http://example.test/?Q").unwrap());
/// ```
#[derive(Clone, Copy)]
pub struct Target<'a> {
    scheme: Scheme,
    userinfo: bool,
    port: u16,
    host: &'a str,
    /// As written: may be empty or start with `?`.
    path: &'a str,
}

impl<'a> Target<'a> {
    /// Splits an absolute URI.
    ///
    /// # Errors
    /// [`TargetError`] says which part is unusable.
    pub fn parse(uri: &'a str) -> Result<Self, TargetError> {
        let (scheme, rest) = split_scheme(uri).ok_or(TargetError::Scheme)?;
        Self::after_scheme(scheme, rest)
    }

    /// What follows `scheme://`.
    pub(super) fn after_scheme(scheme: Scheme, rest: &'a str) -> Result<Self, TargetError> {
        let marks = Marks::of(rest.as_bytes());
        let (authority, path) = rest.split_at_checked(marks.end).ok_or(TargetError::Host)?;
        Self::with_marks(scheme, authority, path, &marks)
    }

    /// A target from its parts, for callers that hold a Host field and a request line: no
    /// concatenation is needed. `authority` is `[userinfo@]host[:port]`.
    ///
    /// # Errors
    /// [`TargetError`] says which part is unusable.
    pub fn from_parts(
        scheme: Scheme,
        authority: &'a str,
        path_and_query: &'a str,
    ) -> Result<Self, TargetError> {
        let marks = Marks::of(authority.as_bytes());
        if marks.end != authority.len() {
            return Err(TargetError::Host);
        }
        Self::with_marks(scheme, authority, path_and_query, &marks)
    }

    fn with_marks(
        scheme: Scheme,
        authority: &'a str,
        path_and_query: &'a str,
        marks: &Marks,
    ) -> Result<Self, TargetError> {
        let path = cut_fragment(path_and_query)?;
        let (userinfo, host_and_port) = if marks.found & USERINFO != 0 {
            let (_, rest) = split_at_last(authority, b'@').ok_or(TargetError::Host)?;
            (true, rest)
        } else {
            (false, authority)
        };
        let (host, port) = if marks.has_colon() {
            split_port(host_and_port, scheme)?
        } else {
            (host_and_port, scheme.default_port())
        };
        if host.is_empty() || marks.found & UNUSABLE != 0 {
            return Err(TargetError::Host);
        }
        Ok(Self {
            scheme,
            userinfo,
            port,
            host,
            path,
        })
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host as written; it compares without regard to ASCII case.
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The port, the scheme's default where the URI names none.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as written; empty or starting with `?` where the path is empty.
    pub const fn path_and_query(&self) -> &'a str {
        self.path
    }

    /// Whether the URI carried userinfo. It is not part of the target, but a cache that serves
    /// several users must put it into the partition.
    pub const fn has_userinfo(&self) -> bool {
        self.userinfo
    }

    /// Whether both share an origin: scheme, host and port (RFC 9110 section 4.3.1).
    pub fn same_origin(&self, other: &Target<'_>) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && eq_ignore_case(self.host.as_bytes(), other.host.as_bytes())
    }

    /// What stands before [`path_and_query`](Self::path_and_query) to make it start with `/`.
    pub(crate) fn root(&self) -> &'static str {
        if self.path.as_bytes().first() == Some(&b'/') {
            ""
        } else {
            "/"
        }
    }

    /// The path as written when it starts with `/`, else what follows the implied `/`.
    pub(crate) fn after_root(&self) -> &'a [u8] {
        match self.path.as_bytes() {
            [b'/', rest @ ..] => rest,
            path => path,
        }
    }

    /// Rebuilds a target from pieces that were valid when they were stored.
    pub(crate) fn from_stored(scheme: Scheme, port: u16, host: &'a str, path: &'a str) -> Self {
        Self {
            scheme,
            userinfo: false,
            port,
            host,
            path,
        }
    }
}

impl PartialEq for Target<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.same_origin(other) && self.after_root() == other.after_root()
    }
}

impl Eq for Target<'_> {}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "{}{}", self.root(), self.path)
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn split_scheme(uri: &str) -> Option<(Scheme, &str)> {
    let (name, rest) = uri.as_bytes().split_first_chunk::<4>()?;
    // Only letters become these ones when the bit that tells their cases apart is set.
    if u32::from_le_bytes(*name) | 0x2020_2020 != u32::from_le_bytes(*b"http") {
        return None;
    }
    let (scheme, rest) = match rest {
        [b's' | b'S', rest @ ..] => (Scheme::Https, rest),
        rest => (Scheme::Http, rest),
    };
    let [b':', b'/', b'/', rest @ ..] = rest else {
        return None;
    };
    Some((scheme, uri.get(uri.len().wrapping_sub(rest.len())..)?))
}

/// What stands in an authority, found in one pass.
pub(super) struct Marks {
    end: usize,
    found: u8,
}

impl Marks {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut found = 0;
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            let class = class(*byte) & (END | USERINFO | COLON | UNUSABLE);
            if class != 0 {
                if class == END {
                    break;
                }
                found |= class;
            }
            rest = tail;
        }
        Self {
            end: text.len().wrapping_sub(rest.len()),
            found,
        }
    }

    /// Before what ends an authority; in a reference it then ends a scheme.
    pub(super) const fn has_colon(&self) -> bool {
        self.found & COLON != 0
    }
}

/// Cuts the fragment off (req: 9110-7.1-01) and refuses bytes that would split a message.
fn cut_fragment(path: &str) -> Result<&str, TargetError> {
    let mut at = 0usize;
    loop {
        let Some(tail) = path.as_bytes().get(at..) else {
            return Ok(path);
        };
        at = at.wrapping_add(find_below(tail, b'#' + 1, 0x7f));
        match path.as_bytes().get(at) {
            None => return Ok(path),
            Some(b'#') => return path.get(..at).ok_or(TargetError::Path),
            Some(b'!' | b'"') => at = at.wrapping_add(1),
            Some(_) => return Err(TargetError::Path),
        }
    }
}

/// The parts before and after the last occurrence of an ASCII byte.
pub(super) fn split_at_last(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
}

fn split_port(host_and_port: &str, scheme: Scheme) -> Result<(&str, u16), TargetError> {
    let default = scheme.default_port();
    let Some((host, digits)) = split_at_last(host_and_port, b':') else {
        return Ok((host_and_port, default));
    };
    let (host, digits) = match host_and_port.as_bytes() {
        [.., b']'] => (host_and_port, ""), // the colons of an IPv6 address
        _ => (host, digits),
    };
    let bracketed = matches!(host.as_bytes(), [b'[', .., b']']);
    if !bracketed && host.bytes().any(|byte| byte == b':') {
        return Err(TargetError::Host);
    }
    if digits.is_empty() {
        return Ok((host, default));
    }
    let port = parse_u64(digits.as_bytes()).and_then(|port| u16::try_from(port).ok());
    Ok((host, port.ok_or(TargetError::Port)?))
}
