//! Who is asking: credentials as keyed hashes, never as themselves.

use std::hash::{BuildHasher, Hasher, RandomState};

use larder::{Header, Partition, RequestHead};
use siphasher::sip128::{Hash128, Hasher128, SipHasher24};
use ureq::http::{HeaderMap, Uri, header};

use crate::{fields, view};

/// The key of all hashes of credentials. What it hashes can be compared and not be read.
#[derive(Clone)]
pub(crate) struct Secret(SipHasher24);

/// The hash of a field value, as text.
pub(crate) type Digest = [u8; 32];

impl Secret {
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher24::new_with_key(key))
    }

    /// A key that nobody else has: what a process stores with it, only that process finds.
    pub(crate) fn random() -> Self {
        let [low, high] = random();
        Self(SipHasher24::new_with_keys(low, high))
    }

    /// For a body, of which nothing has been read.
    pub(crate) const fn prefix(&self) -> PrefixHash {
        PrefixHash(self.0)
    }

    #[inline(never)]
    fn hash(&self, pieces: &[u8]) -> Hash128 {
        let mut hash = self.prefix();
        hash.add(pieces);
        hash.finish()
    }

    /// The partition of a request: one for each set of Authorization lines and userinfo, unless
    /// those share, and for each Host that is not the one of the URI; those without any share one.
    pub(crate) fn partition(&self, uri: &Uri, headers: &HeaderMap, credentials_share: bool) -> Partition {
        let userinfo = userinfo(uri).filter(|_| !credentials_share);
        let mut credentials = fields::values(headers, &header::AUTHORIZATION);
        if credentials_share {
            credentials.clear();
        }
        let hosts = other_hosts(uri, headers);
        if userinfo.is_none() && credentials.is_empty() && hosts.is_empty() {
            return Partition::COMMON;
        }
        let mut pieces = Vec::with_capacity(256);
        piece(&mut pieces, b"partition");
        piece(&mut pieces, userinfo.unwrap_or("").as_bytes());
        for value in credentials {
            piece(&mut pieces, value);
        }
        if !hosts.is_empty() {
            // a list of its own, so that it is not taken for more credentials
            let others = self.hash(&pieces).as_bytes();
            pieces.clear();
            piece(&mut pieces, b"hosts");
            piece(&mut pieces, &others);
            for host in hosts {
                piece(&mut pieces, host);
            }
        }
        Partition::new(self.hash(&pieces).as_u128())
    }

    /// A hash of everything that two requests must share to be answered by one response.
    /// What answers one must not have been waited for longer than the other would, nor be what
    /// the other would have followed.
    pub(crate) fn likeness(
        &self,
        request: &RequestHead<'_, [Header<'_>]>,
        timeouts: u64,
        follows: bool,
    ) -> u128 {
        let mut pieces = Vec::with_capacity(1024);
        piece(&mut pieces, b"likeness");
        piece(&mut pieces, &timeouts.to_le_bytes());
        piece(&mut pieces, &[u8::from(follows)]);
        piece(&mut pieces, &request.partition.get().to_le_bytes());
        piece(&mut pieces, request.target.scheme().as_str().as_bytes());
        piece(&mut pieces, &request.target.port().to_le_bytes());
        piece(&mut pieces, request.target.host().as_bytes());
        piece(&mut pieces, request.target.path_and_query().as_bytes());
        // What nobody sees is the same for all requests of an agent.
        for line in request.headers.iter().filter(|line| !view::is_unseen(line)) {
            piece(&mut pieces, line.name.as_bytes());
            piece(&mut pieces, line.value);
        }
        self.hash(&pieces).as_u128()
    }

    /// What stands for the value of a field that carries credentials.
    #[inline(never)]
    pub(crate) fn digest(&self, name: &str, value: &[u8]) -> Digest {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut pieces = Vec::with_capacity(256);
        piece(&mut pieces, name.as_bytes());
        piece(&mut pieces, value);
        let mut text = [0; 32];
        let hash = self.hash(&pieces).as_bytes();
        for (at, digit) in text.iter_mut().enumerate() {
            let byte = hash[at / 2];
            *digit = DIGITS[usize::from(if at % 2 == 0 { byte >> 4 } else { byte & 15 })];
        }
        text
    }
}

/// The keys of `RandomState` come from the operating system; its hashes are a pseudo-random function of them.
#[inline(never)]
pub(crate) fn random() -> [u64; 2] {
    let random = RandomState::new();
    [0, 1].map(|number: u8| random.hash_one(number))
}

/// A hash of the bytes of a body so far.
#[derive(Clone, Copy)]
pub(crate) struct PrefixHash(SipHasher24);

impl PrefixHash {
    /// The next bytes. Hashing is compiled once.
    #[inline(never)]
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    #[inline(never)]
    pub(crate) fn finish(&self) -> Hash128 {
        self.0.finish128()
    }
}

/// Lengths go first, so that no two lists of pieces are alike.
#[inline(never)]
fn piece(pieces: &mut Vec<u8>, bytes: &[u8]) {
    pieces.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    pieces.extend_from_slice(bytes);
}

/// `alice:secret` of `http://alice:secret@host/`: ureq turns it into Authorization below us.
pub(crate) fn userinfo(uri: &Uri) -> Option<&str> {
    let (userinfo, _) = uri.authority()?.as_str().rsplit_once('@')?;
    Some(userinfo)
}

/// The values of Host where they are not what ureq would send by itself: one server may have many
/// hosts, and it is asked for that one instead of the one in the URI.
fn other_hosts<'h>(uri: &Uri, headers: &'h HeaderMap) -> Vec<&'h [u8]> {
    let mut hosts = fields::values(headers, &header::HOST);
    if hosts.is_empty() {
        return hosts;
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let [only] = hosts[..]
        && only.eq_ignore_ascii_case(host.as_bytes())
    {
        hosts.clear();
    }
    hosts
}

/// The URI as it may be stored, shown and logged.
pub(crate) fn without_userinfo(uri: &Uri) -> Uri {
    if userinfo(uri).is_none() {
        return fields::uri(uri);
    }
    let mut parts = fields::uri(uri).into_parts();
    let host = parts
        .authority
        .as_ref()
        .and_then(|authority| authority.as_str().rsplit_once('@'));
    parts.authority = host.and_then(|(_, host)| host.parse().ok());
    Uri::from_parts(parts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderValue;

    fn partition(secret: &Secret, uri: &'static str, authorization: &[&'static str]) -> Partition {
        let mut headers = HeaderMap::new();
        for value in authorization {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        secret.partition(&Uri::from_static(uri), &headers, false)
    }

    #[test]
    fn every_credential_has_a_partition_of_its_own() {
        let secret = Secret::new(&[7; 16]);
        let all = [
            partition(&secret, "http://host/", &[]),
            partition(&secret, "http://host/", &["Bearer a"]),
            partition(&secret, "http://host/", &["Bearer b"]),
            partition(&secret, "http://host/", &["Bearer a", "Bearer b"]),
            partition(&secret, "http://a@host/", &[]),
            partition(&secret, "http://a:b@host/", &[]),
            partition(&secret, "http://a:b@host/", &["Bearer a"]),
        ];
        for (number, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(number));
        }
        assert_eq!(all[0], Partition::COMMON);
        assert_eq!(all[1], partition(&secret, "http://other/", &["Bearer a"]));
        assert_ne!(
            all[1],
            partition(&Secret::random(), "http://host/", &["Bearer a"])
        );
    }

    #[test]
    fn digests_are_text_and_differ_by_name() {
        let secret = Secret::new(&[7; 16]);
        let digest = secret.digest("cookie", b"id=1");
        assert!(digest.iter().all(u8::is_ascii_hexdigit));
        assert_eq!(digest, secret.digest("cookie", b"id=1"));
        assert_ne!(digest, secret.digest("cookie", b"id=2"));
        assert_ne!(digest, secret.digest("authorization", b"id=1"));
    }

    #[test]
    fn userinfo_is_cut_off() {
        let uri = Uri::from_static("http://alice:s@cret@host:8080/a?b");
        assert_eq!(userinfo(&uri), Some("alice:s@cret"));
        assert_eq!(without_userinfo(&uri), Uri::from_static("http://host:8080/a?b"));
        let plain = Uri::from_static("http://host/?a@b");
        assert_eq!(userinfo(&plain), None);
        assert_eq!(without_userinfo(&plain), plain);
    }
}
