//! A request as core sees it: what goes to the origin, but for secrets.

use larder::{FieldName, Header, Headers};
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderMap, HeaderName, header};

use crate::partition::{Digest, Secret};

/// The fields of a request for core: values that are credentials replaced by keyed hashes,
/// plus what ureq adds below the middleware, plus the directives of a [`CacheMode`].
///
/// Core judges Vary by these fields and stores the nominated ones.
///
/// [`CacheMode`]: crate::CacheMode
pub(crate) struct View<'a> {
    headers: &'a HeaderMap,
    /// For each line that carries credentials, in order, what stands for its value.
    digests: Vec<Digest>,
    /// What ureq adds, where the request has no such field.
    added: [Option<Header<'a>>; 3],
    /// The cookie jar of ureq decides about Cookie, and nobody sees how.
    jar: bool,
    directives: &'static str,
}

impl<'a> View<'a> {
    pub(crate) fn new(
        headers: &'a HeaderMap,
        secret: &Secret,
        automatic: Option<&'a Automatic>,
        directives: &'static str,
    ) -> Self {
        let mut digests = Vec::new();
        if CREDENTIALS.iter().any(|name| headers.contains_key(name)) {
            let lines = headers.iter().filter(|(name, _)| is_credential(name));
            digests.extend(lines.map(|(name, value)| secret.digest(name.as_str(), value.as_bytes())));
        }
        let added = automatic.map_or([None; 3], |automatic| automatic.lines(headers));
        Self {
            headers,
            digests,
            added,
            jar: jar_is_possible(),
            directives,
        }
    }
}

impl Headers for View<'_> {
    fn fields(&self) -> impl Iterator<Item = Header<'_>> {
        let mut digests = self.digests.iter();
        let own = self
            .headers
            .iter()
            .filter(|(name, _)| !self.jar || *name != header::COOKIE);
        let own = own.map(move |(name, value)| {
            let hidden = if digests.len() > 0 && is_credential(name) {
                digests.next()
            } else {
                None
            };
            Header {
                name: FieldName::new(name.as_str().as_bytes()),
                value: hidden.map_or(value.as_bytes(), |digest| digest.as_slice()),
            }
        });
        // No stored response has this value: those that nominate Cookie are not stored.
        let jar = self.jar.then_some(Header::new("cookie", b"?"));
        let directives = Header::new("cache-control", self.directives.as_bytes());
        let directives = (!self.directives.is_empty()).then_some(directives);
        own.chain(self.added.iter().copied().flatten())
            .chain(jar)
            .chain(directives)
    }
}

const CREDENTIALS: [HeaderName; 3] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE];

fn is_credential(name: &HeaderName) -> bool {
    CREDENTIALS.contains(name)
}

/// The fields that ureq adds to requests without them. They are the same for every request
/// of an agent, but not for two agents, or two programs, that share a store.
#[derive(Debug)]
pub(crate) struct Automatic([(HeaderName, Option<String>); 3]);

impl Automatic {
    pub(crate) fn of(config: &Config) -> Self {
        Self([
            (header::ACCEPT, value(config.accept(), "*/*")),
            // ureq decodes what it asks for by itself, so it does not matter what that is.
            (header::ACCEPT_ENCODING, value(config.accept_encoding(), "(ureq)")),
            (header::USER_AGENT, value(config.user_agent(), "(ureq)")),
        ])
    }

    fn lines(&self, headers: &HeaderMap) -> [Option<Header<'_>>; 3] {
        self.0.each_ref().map(|(name, value)| {
            let value = value.as_deref().filter(|_| !headers.contains_key(name))?;
            Some(Header {
                name: FieldName::new(name.as_str().as_bytes()),
                value: value.as_bytes(),
            })
        })
    }
}

fn value(configured: &AutoHeaderValue, default: &str) -> Option<String> {
    let value = match configured {
        AutoHeaderValue::None => "",
        AutoHeaderValue::Default => default,
        AutoHeaderValue::Provided(value) => value.as_str(),
    };
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether ureq has a cookie jar, from which it adds Cookie below the middleware. Its feature
/// `cookies` may be on without ours; then only what an agent shows of itself tells.
pub(crate) fn jar_is_possible() -> bool {
    use std::sync::OnceLock;
    static SEEN: OnceLock<bool> = OnceLock::new();
    cfg!(feature = "cookies")
        || *SEEN.get_or_init(|| {
            let agent = Config::builder().proxy(None).build().new_agent();
            format!("{agent:?}").contains("jar: ")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn credentials_are_hashed_and_everything_else_is_as_it_is() {
        let secret = Secret::new(&[1; 16]);
        let headers = headers(&[
            ("authorization", "Bearer a"),
            ("accept", "text/html"),
            ("proxy-authorization", "Basic b"),
        ]);
        let view = View::new(&headers, &secret, None, "");
        assert_eq!(view.get_one("accept"), Some(&b"text/html"[..]));
        assert_eq!(
            view.get_one("authorization"),
            Some(&secret.digest("authorization", b"Bearer a")[..])
        );
        assert_eq!(
            view.get_one("proxy-authorization"),
            Some(&secret.digest("proxy-authorization", b"Basic b")[..])
        );
        assert!(!view.has("cache-control"));
    }

    #[test]
    fn cookies_are_hashed_or_out_of_sight() {
        let secret = Secret::new(&[1; 16]);
        let headers = headers(&[("cookie", "id=1"), ("authorization", "a")]);
        let view = View::new(&headers, &secret, None, "");
        let seen = if jar_is_possible() {
            b"?".to_vec()
        } else {
            secret.digest("cookie", b"id=1").to_vec()
        };
        assert_eq!(view.get_one("cookie"), Some(&seen[..]));
    }

    #[cfg(feature = "cookies")]
    #[test]
    fn the_jar_is_seen_without_the_feature() {
        // Should ureq change what it prints, `jar_is_possible` needs another way.
        let agent = Config::builder().proxy(None).build().new_agent();
        assert!(format!("{agent:?}").contains("jar: "));
    }

    #[test]
    fn what_ureq_adds_counts_where_the_request_says_nothing() {
        let secret = Secret::new(&[1; 16]);
        let automatic = Automatic::of(&Config::builder().user_agent("tool/1").accept("").build());
        let headers = headers(&[("accept-encoding", "br")]);
        let view = View::new(&headers, &secret, Some(&automatic), "max-stale");
        assert_eq!(view.get_one("user-agent"), Some(&b"tool/1"[..]));
        assert_eq!(view.get_one("accept-encoding"), Some(&b"br"[..]));
        assert_eq!(view.get_one("cache-control"), Some(&b"max-stale"[..]));
        assert!(!view.has("accept"));
    }
}
