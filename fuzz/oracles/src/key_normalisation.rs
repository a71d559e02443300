//! Targets, their normal form, keys and references (RFC 9110 section 4.2.3, RFC 3986 sections 5.2 and
//! 6.2): twice is once, equal URIs have equal keys, and references resolve as the model's do.
//!
//! Each line is a URI; the second and later ones are also references to the first.

use crate::input::plain;
use crate::model::uri::Uri;
use larder::{Key, Target, normalise_target, resolve_reference};

/// The target.
pub fn check(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let Some(first) = lines.next().and_then(|line| std::str::from_utf8(line).ok()) else {
        return;
    };
    let base = match Target::parse(first) {
        Ok(base) => base,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    parts(&base);
    normal(&base);
    for reference in lines {
        resolved(first, &base, reference);
    }
}

/// The parts that a target was split into make the same one.
fn parts(target: &Target<'_>) {
    let authority = match target.port() == target.scheme().default_port() {
        true => target.host().to_string(),
        false => format!("{}:{}", target.host(), target.port()),
    };
    let path = target.path_and_query();
    let again = Target::from_parts(target.scheme(), &authority, path);
    if !target.has_userinfo() {
        assert_eq!(again.as_ref(), Ok(target));
    }
    let beyond = format!("{authority}/");
    assert!(Target::from_parts(target.scheme(), &beyond, path).is_err());
}

fn normal(target: &Target<'_>) {
    let printed = target.to_string();
    assert_eq!(printed, format!("{target:?}"));
    assert_eq!(Target::parse(&printed).as_ref(), Ok(target), "{printed}");
    let (mut one, mut two) = ([0; 4096], [0; 4096]);
    if let Err(error) = normalise_target(target, &mut []) {
        assert!(!error.to_string().is_empty());
    }
    let Ok(normal) = normalise_target(target, &mut one) else {
        return;
    };
    let printed = normal.to_string();
    let parsed = Target::parse(&printed).expect("a normal form is a URI");
    assert_eq!(
        normalise_target(&parsed, &mut two).as_ref(),
        Ok(&normal),
        "{printed}"
    );
    assert_eq!(Key::new(&parsed, 1), Key::new(&normal, 1));
    let shouted = printed.replacen("http", "HTTP", 1);
    if let Ok(shouted) = Target::parse(&shouted) {
        assert_eq!(Key::new(&shouted, 1), Key::new(&normal, 1), "{printed}");
    }
}

fn resolved(first: &str, base: &Target<'_>, reference: &[u8]) {
    let mut buffer = [0; 4096];
    let found = resolve_reference(base, reference, &mut buffer);
    for room in 0..64 {
        let mut small = [0; 64];
        let short = resolve_reference(base, reference, &mut small[..room]);
        assert!(short.is_err() || short == found, "in {room} bytes");
    }
    let found = match found {
        Ok(found) => found,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let printed = found.to_string();
    assert!(!found.has_userinfo(), "{printed}");
    assert_eq!(Target::parse(&printed).as_ref(), Ok(&found), "{printed}");
    let simple = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"./?=&-:".contains(&byte))
    };
    let Some(text) = plain(reference) else { return };
    if !simple(first) || !simple(&text) {
        return; // what the model does not know: percent signs, brackets, userinfo
    }
    let theirs = Uri::parse(first).and_then(|base| base.resolve(&text));
    if let Some(theirs) = theirs {
        let found = Uri::parse(&printed).expect("a URI");
        assert_eq!(found, theirs, "{text:?} to {first:?}");
    }
}
