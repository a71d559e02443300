//! Header lines, lists, directives, entity tags: read in the most naive way that is right.

/// Header lines in their order.
pub type Lines = Vec<(String, String)>;

/// A field line's value has no white space around it (9110-5.5-01).
pub fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The values of all lines of a field, names compared without case (9110-5.1-01).
pub fn all(lines: &Lines, name: &str) -> Vec<String> {
    let same = |line: &&(String, String)| line.0.eq_ignore_ascii_case(name);
    lines
        .iter()
        .filter(same)
        .map(|line| trim(&line.1).to_string())
        .collect()
}

pub fn has(lines: &Lines, name: &str) -> bool {
    !all(lines, name).is_empty()
}

/// Lines of one field are one value, joined in order with commas (9110-5.2-01).
pub fn joined(lines: &Lines, name: &str) -> Option<String> {
    has(lines, name).then(|| all(lines, name).join(", "))
}

/// What a field that holds one value says: nothing if lines differ, once if they repeat.
pub fn single(lines: &Lines, name: &str) -> Option<String> {
    let mut values = all(lines, name);
    values.dedup();
    (values.len() == 1).then(|| values.remove(0))
}

pub fn is_token(text: &str) -> bool {
    let other = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(other)
}

/// The members of a list, commas in quoted strings left alone, empty members skipped
/// (9111-5.2-04, 9110-5.6.1.2-01, 9110-5.6.4-01). The flag: a quoted string never ended.
pub fn members(text: &str) -> (Vec<String>, bool) {
    let (mut found, mut member, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        if c == ',' && !quoted {
            found.push(std::mem::take(&mut member));
            continue;
        }
        member.push(c);
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        }
    }
    found.push(member);
    let kept = found.iter().map(|member| trim(member).to_string());
    (kept.filter(|member| !member.is_empty()).collect(), quoted)
}

/// The text of a quoted-string, if it is exactly one (9110-5.6.4-01).
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?;
    let (mut value, mut chars) = (String::new(), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => return chars.next().is_none().then_some(value),
            '\\' => value.push(chars.next()?),
            _ => value.push(c),
        }
    }
    None
}

#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    None,
    Value(String),
    /// Neither a token nor a quoted-string, or white space next to `=` (9111-5.2-07).
    Malformed,
}

/// One Cache-Control member; the name in lower case (9111-5.2-02).
#[derive(Clone, Debug)]
pub struct Directive {
    pub name: String,
    pub argument: Argument,
}

/// All directives of a Cache-Control field, token and quoted form alike (9111-5.2-03); the
/// flag: an unterminated quoted string swallowed the rest.
pub fn directives(lines: &Lines) -> (Vec<Directive>, bool) {
    directives_of(&joined(lines, "cache-control").unwrap_or_default())
}

/// The same of a list at hand.
pub fn directives_of(text: &str) -> (Vec<Directive>, bool) {
    let (members, open) = members(text);
    let mut found = Vec::new();
    for member in members {
        let letters: usize = member.chars().take_while(|c| is_token(&c.to_string())).count();
        let (name, rest) = (member[..letters].to_ascii_lowercase(), &member[letters..]);
        let argument = match rest.strip_prefix('=') {
            None if rest.is_empty() => Argument::None,
            Some(value) if is_token(value) => Argument::Value(value.to_string()),
            Some(value) => unquoted(value).map_or(Argument::Malformed, Argument::Value),
            None => Argument::Malformed,
        };
        if !name.is_empty() {
            found.push(Directive { name, argument });
        }
    }
    (found, open)
}

/// The largest number of seconds that counts (9111-1.2.2-03).
pub const MOST_SECONDS: i128 = 2_147_483_648;

/// Digits and nothing else; too large a number is clamped (9111-1.2.2-01, -03).
pub fn delta_seconds(text: &str) -> Option<i128> {
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits = text.trim_start_matches('0');
    if digits.len() > 12 {
        return Some(MOST_SECONDS);
    }
    let value = if digits.is_empty() {
        0
    } else {
        digits.parse().ok()?
    };
    Some(MOST_SECONDS.min(value))
}

/// An entity tag: weak or not, and its opaque part with the quotes (9110-8.8.3-01).
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    pub weak: bool,
    pub opaque: String,
}

impl Tag {
    pub fn parse(text: &str) -> Option<Self> {
        let (weak, opaque) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let inner = opaque.strip_prefix('"')?.strip_suffix('"')?;
        let fine = |c: char| c == '!' || ('#'..='~').contains(&c) || !c.is_ascii();
        inner.chars().all(fine).then(|| Self {
            weak,
            opaque: opaque.to_string(),
        })
    }

    /// 9110-8.8.3.2-02
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// 9110-8.8.3.2-01
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    pub fn text(&self) -> String {
        format!("{}{}", if self.weak { "W/" } else { "" }, self.opaque)
    }
}

/// The one entity tag of a message; differing lines leave none (9110-8.8.3-03).
pub fn etag(lines: &Lines) -> Option<Tag> {
    Tag::parse(&single(lines, "etag")?)
}

/// What a client's If-None-Match holds (9110-8.8.3-02).
#[derive(Clone, Debug, PartialEq)]
pub enum TagList {
    Any,
    Tags { tags: Vec<Tag>, wellformed: bool },
}

/// Entity tags have no escapes, so that their lists are split by hand: tags, commas, white
/// space; at the first thing that is none of them the rest is ignored.
pub fn tag_list(lines: &Lines) -> Option<TagList> {
    let text = joined(lines, "if-none-match")?;
    if text == "*" {
        return Some(TagList::Any);
    }
    let (mut tags, mut rest) = (Vec::new(), text.as_str());
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let open = if rest.starts_with("W/\"") { 2 } else { 0 };
        let end = rest
            .get(open + 1..)
            .and_then(|tail| tail.find('"'))
            .map(|at| open + at + 2);
        let tag = end.and_then(|end| Tag::parse(&rest[..end]));
        let (Some(end), Some(tag)) = (end, tag) else { break };
        let after = rest[end..].trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            break;
        }
        tags.push(tag);
        rest = after;
    }
    Some(TagList::Tags {
        tags,
        wellformed: rest.is_empty(),
    })
}

/// The valid names of a list of field names, lower case; and whether every member was one.
pub fn names(lines: &Lines, field: &str) -> (Vec<String>, bool) {
    let text = joined(lines, field).unwrap_or_default();
    let parts: Vec<&str> = text
        .split(',')
        .map(trim)
        .filter(|part| !part.is_empty())
        .collect();
    let good = parts
        .iter()
        .filter(|part| is_token(part))
        .map(|part| part.to_ascii_lowercase());
    (good.collect(), parts.iter().all(|part| is_token(part)))
}
