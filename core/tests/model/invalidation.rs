//! What an unsafe method makes untrue (RFC 9111 section 4.4).

use super::fields::all;
use super::uri::Uri;
use super::{Options, Request, Response};

/// 9110-9.2.1-01; methods of unknown safety count as unsafe (9111-4.4-02).
pub fn is_safe(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method)
}

/// The URIs whose stored responses are marked, all variants of all users.
pub fn targets(options: &Options, request: &Request, response: &Response) -> Vec<Uri> {
    // 9111-4.4-06, 9111-4.4-07
    if is_safe(&request.method) || !(200..400).contains(&response.status) {
        return Vec::new();
    }
    let Some(target) = Uri::parse(&request.uri) else {
        return Vec::new();
    };
    let mut found = vec![target.clone()]; // 9111-4.4-01
    if options.invalidate_locations {
        // 9111-4.4-03, -04
        for name in ["location", "content-location"] {
            for place in all(&response.lines, name) {
                found.extend(target.resolve(&place).filter(|uri| uri.same_origin(&target)));
            }
        }
    }
    found
}
