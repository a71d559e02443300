//! URIs as five pieces of text: the cache key, origins, relative references.

/// Scheme, host and port as they are compared; path and query as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Uri {
    pub scheme: String,
    pub host: String,
    pub port: u32,
    pub path: String,
    pub query: Option<String>,
}

impl Uri {
    /// Scheme and host in lower case, the default port filled in, an empty path is `/`
    /// (9110-4.2.3-02, 9110-4.2.3-03), no fragment (9110-7.1-01), no userinfo (9110-4.2.4-01).
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split('#').next()?.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            return None;
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, "")) => (host, default),
            Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => (host, port.parse().ok()?),
            Some(_) => return None,
            None => (authority, default),
        };
        let (path, query) = split_query(tail);
        let path = if path.is_empty() { "/".to_string() } else { path };
        let host = host.to_ascii_lowercase();
        let good = !host.is_empty() && port <= 65_535;
        good.then_some(Self {
            scheme,
            host,
            port,
            path,
            query,
        })
    }

    /// 9110-4.3.1-01
    pub fn same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host == other.host && self.port == other.port
    }

    /// A reference found in a field of a response to a request for this URI
    /// (9110-8.7-01, 3986-5.2-01).
    pub fn resolve(&self, reference: &str) -> Option<Self> {
        let reference = reference.split('#').next()?;
        let colon = reference.find(':');
        let scheme_ends = reference.find(['/', '?']).unwrap_or(reference.len());
        if colon.is_some_and(|at| at < scheme_ends) {
            let mut uri = Self::parse(reference)?;
            uri.path = without_dots(&uri.path);
            return Some(uri);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            let mut uri = Self::parse(&format!("{}://{rest}", self.scheme))?;
            uri.path = without_dots(&uri.path);
            return Some(uri);
        }
        let (path, query) = split_query(reference);
        let mut uri = self.clone();
        if path.is_empty() {
            if query.is_some() {
                uri.query = query;
            }
            return Some(uri);
        }
        uri.query = query;
        uri.path = if path.starts_with('/') {
            without_dots(&path)
        } else {
            let folder = self.path.rfind('/').map_or("", |slash| &self.path[..=slash]);
            without_dots(&format!("{folder}{path}"))
        };
        Some(uri)
    }
}

fn split_query(text: &str) -> (String, Option<String>) {
    match text.split_once('?') {
        Some((path, query)) => (path.to_string(), Some(query.to_string())),
        None => (text.to_string(), None),
    }
}

/// `.` and `..` segments resolved, in a path that begins with `/`.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        match *segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

#[test]
fn references() {
    let base = Uri::parse("http://A.test:80/b/c/d?q").unwrap();
    let go = |reference: &str| base.resolve(reference).map(|u| (u.path, u.query));
    assert_eq!(go("g"), Some(("/b/c/g".into(), None)));
    assert_eq!(go("../g?x"), Some(("/b/g".into(), Some("x".into()))));
    assert_eq!(go("../../../g/.."), Some(("/".into(), None)));
    assert_eq!(go("?y"), Some(("/b/c/d".into(), Some("y".into()))));
    assert_eq!(go(""), Some(("/b/c/d".into(), Some("q".into()))));
    assert!(base.resolve("//a.test/").unwrap().same_origin(&base));
    assert!(!base.resolve("//b.test/").unwrap().same_origin(&base));
    assert_eq!(base.resolve("http://u@a.test/"), None);
}
