//! A request as core sees it: what goes to the origin, but for secrets.

use larder::Header;
use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderMap, HeaderName, header};

use crate::fields;
use crate::partition::{Digest, Secret, random};

/// For each line that carries credentials, in order, what stands for its value.
pub(crate) fn digests(headers: &HeaderMap, secret: &Secret) -> Vec<Digest> {
    if !CREDENTIALS.iter().any(|name| fields::has(headers, name)) {
        return Vec::new();
    }
    let mut digests = Vec::new();
    for (name, value) in headers {
        if is_credential(name) {
            digests.push(secret.digest(name.as_str(), value.as_bytes()));
        }
    }
    digests
}

/// The fields of a request for core: values that are credentials replaced by their digests,
/// plus what ureq adds below the middleware, plus the directives of a [`CacheMode`].
///
/// Core judges Vary by these fields and stores the nominated ones.
///
/// [`CacheMode`]: crate::CacheMode
pub(crate) fn view<'a>(
    headers: &'a HeaderMap,
    digests: &'a [Digest],
    automatic: Option<&'a Automatic>,
    directives: &'static str,
) -> Vec<Header<'a>> {
    let mut view = lines(headers, digests);
    if jar_is_possible() {
        // The cookie jar of ureq decides about Cookie, and nobody sees how. No stored response
        // has this value: those that nominate Cookie are not stored.
        view.retain(|line| line.name != "cookie");
        view.push(Header::new("cookie", b"?"));
    }
    if let Some(Automatic(fields)) = automatic {
        for (name, value) in fields {
            if let Some(value) = value
                && !fields::has(headers, name)
            {
                view.push(Header::new(name.as_str(), value.as_bytes()));
            }
        }
    }
    if !directives.is_empty() {
        view.push(Header::new("cache-control", directives.as_bytes()));
    }
    view
}

/// The fields of a head for core: one type for all heads, so that core is compiled for one.
pub(crate) fn lines<'a>(headers: &'a HeaderMap, digests: &'a [Digest]) -> Vec<Header<'a>> {
    // room for what a view has besides
    let mut lines = Vec::with_capacity(headers.len() + 5);
    let mut digests = digests.iter();
    for (name, value) in headers {
        let hidden = match digests.len() > 0 && is_credential(name) {
            true => digests.next(),
            false => None,
        };
        lines.push(Header::new(
            name.as_str(),
            hidden.map_or(value.as_bytes(), |digest| digest.as_slice()),
        ));
    }
    lines
}

const CREDENTIALS: [HeaderName; 3] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE];

fn is_credential(name: &HeaderName) -> bool {
    CREDENTIALS.contains(name)
}

/// The fields that ureq adds to requests without them. They are the same for every request
/// of an agent, but not for two agents, or two programs, that share a store.
#[derive(Debug)]
pub(crate) struct Automatic([(HeaderName, Option<String>); 3]);

/// What ureq sends by itself.
const DEFAULT: &str = "(ureq)";

/// Whether this stands for what ureq adds and nothing tells: no value of a field begins so.
pub(crate) fn is_unseen(line: &Header<'_>) -> bool {
    line.value.first() == Some(&0)
}

impl Automatic {
    pub(crate) fn of(config: &Config) -> Self {
        Self([
            (header::ACCEPT, value(config.accept(), "*/*")),
            // ureq decodes what it asks for by itself, so it does not matter what that is.
            (header::ACCEPT_ENCODING, value(config.accept_encoding(), DEFAULT)),
            (header::USER_AGENT, value(config.user_agent(), DEFAULT)),
        ])
    }

    /// Of a request whose settings nothing tells: what it accepts and who it says it is no stored
    /// response has. What ureq decodes is the same whatever it has asked for.
    pub(crate) fn unseen() -> Self {
        let [nobody, _] = random();
        let nobody = format!("\0{nobody}");
        Self([
            (header::ACCEPT, Some(nobody.clone())),
            (header::ACCEPT_ENCODING, Some(DEFAULT.into())),
            (header::USER_AGENT, Some(nobody)),
        ])
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
/// `cookies` may be on without ours; then an agent has the method that gives its jar, which goes
/// before a method of the same name from a trait.
pub(crate) const fn jar_is_possible() -> bool {
    size_of_result(|agent| agent.cookie_jar_lock()) > 0
}

#[allow(dead_code)] // with a jar
trait WithoutJar {
    fn cookie_jar_lock(&self) {}
}

impl WithoutJar for Agent {}

const fn size_of_result<R>(_: fn(&'static Agent) -> R) -> usize {
    size_of::<R>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder::Headers as _;
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
        let digests = digests(&headers, &secret);
        let view = view(&headers, &digests, None, "");
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
        let digests = digests(&headers, &secret);
        let view = view(&headers, &digests, None, "");
        let seen = if jar_is_possible() {
            b"?".to_vec()
        } else {
            secret.digest("cookie", b"id=1").to_vec()
        };
        assert_eq!(view.get_one("cookie"), Some(&seen[..]));
    }

    #[test]
    fn the_jar_is_seen_without_the_feature() {
        let agent = Config::builder().proxy(None).build().new_agent();
        assert_eq!(format!("{agent:?}").contains("jar: "), jar_is_possible());
    }

    #[test]
    fn what_ureq_adds_counts_where_the_request_says_nothing() {
        let secret = Secret::new(&[1; 16]);
        let automatic = Automatic::of(&Config::builder().user_agent("tool/1").accept("").build());
        let headers = headers(&[("accept-encoding", "br")]);
        let digests = digests(&headers, &secret);
        let view = view(&headers, &digests, Some(&automatic), "max-stale");
        assert_eq!(view.get_one("user-agent"), Some(&b"tool/1"[..]));
        assert_eq!(view.get_one("accept-encoding"), Some(&b"br"[..]));
        assert_eq!(view.get_one("cache-control"), Some(&b"max-stale"[..]));
        assert!(!view.has("accept"));
    }
}
