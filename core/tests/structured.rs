//! Structured fields (RFC 9651), feature `extensions`.
#![cfg(feature = "extensions")]

use larder::structured::{BareItem, Dictionary, Item, List, Member, StructuredError};

/// What is said of a field: `None` when it fails, else its members, printed.
fn list(lines: &[&str]) -> Option<Vec<String>> {
    let head: Vec<_> = lines.iter().map(|line| ("F", *line)).collect();
    let list = List::of(head.as_slice(), "f").ok()?;
    Some(list.iter().map(shown).collect())
}

fn dictionary(lines: &[&str]) -> Option<Vec<(String, String)>> {
    let head: Vec<_> = lines.iter().map(|line| ("F", *line)).collect();
    let dictionary = Dictionary::of(head.as_slice(), "f").ok()?;
    let member = |(key, member): (&str, Member<'_>)| (key.to_string(), shown(member));
    Some(dictionary.iter().map(member).collect())
}

fn shown(member: Member<'_>) -> String {
    let item = |item: Item<'_>| bare(item.value) + &parameters(Member::Item(item));
    match member {
        Member::Item(one) => item(one),
        Member::InnerList(list) => {
            let items: Vec<_> = list.iter().map(item).collect();
            format!("({}){}", items.join(" "), parameters(member))
        }
    }
}

fn parameters(of: Member<'_>) -> String {
    let parameter = |(key, value)| format!(";{key}={}", bare(value));
    of.parameters().iter().map(parameter).collect()
}

fn bare(value: BareItem<'_>) -> String {
    match value {
        BareItem::Integer(number) => number.to_string(),
        BareItem::Decimal(thousandths) => format!("{thousandths}m"),
        BareItem::String(text) => format!("{:?}", text.chars().collect::<String>()),
        BareItem::Token(text) => text.to_string(),
        BareItem::ByteSequence(bytes) => format!("{:?}", bytes.bytes().collect::<Vec<_>>()),
        BareItem::Boolean(yes) => yes.to_string(),
        BareItem::Date(seconds) => format!("@{seconds}"),
        BareItem::DisplayString(text) => format!("%{:?}", text.chars().collect::<String>()),
    }
}

#[test]
fn lists() {
    // req: 9651-1.2-01
    for (line, expected) in [
        ("sugar, tea, rum", vec!["sugar", "tea", "rum"]),
        ("  a\t ,\t b  ", vec!["a", "b"]),
        ("a,b", vec!["a", "b"]),
        (
            "(\"foo\" \"bar\"), (\"baz\"), ()",
            vec!["(\"foo\" \"bar\")", "(\"baz\")", "()"],
        ),
        ("(  a   b  )", vec!["(a b)"]),
        ("(a;x b);y=1;  y=2", vec!["(a;x=true b);y=1;y=2"]),
        ("1;a;b=?0", vec!["1;a=true;b=false"]),
        ("", vec![]),
        (" \t", vec![]),
    ] {
        let expected = expected.into_iter().map(String::from).collect();
        assert_eq!(list(&[line]), Some(expected), "{line}");
    }
    for bad in [
        "a,", ",a", "a,,b", "a, ,b", ",", "a b", "(a", "(a,b)", "(a\tb)", "(a b", "(a(b))", "a)", "(a);",
        "a;", "a ;b", "a;\tb", "a;B", "a;b=", "a; =1", "a;b =1", "a\0", "a\r", "\u{e4}", "a=1",
    ] {
        assert_eq!(list(&[bad]), None, "{bad:?}");
    }
}

#[test]
fn dictionaries() {
    // req: 9651-1.2-01
    let member = |key: &str, value: &str| (key.to_string(), value.to_string());
    for (line, expected) in [
        (
            "a=1, b;x, c=(1 2);y",
            vec![
                member("a", "1"),
                member("b", "true;x=true"),
                member("c", "(1 2);y=true"),
            ],
        ),
        ("*a_b-c.d*9=?0", vec![member("*a_b-c.d*9", "false")]),
        ("a, a=2", vec![member("a", "true"), member("a", "2")]),
        ("", vec![]),
    ] {
        assert_eq!(dictionary(&[line]), Some(expected), "{line}");
    }
    for bad in [
        "a=", "a=,b", "=1", "A=1", "a =1", "a= 1", "1=a", "a=1,", "a=1 b=2", "a==1", "-a=1", "a=1;",
        "\"a\"=1",
    ] {
        assert_eq!(dictionary(&[bad]), None, "{bad}");
    }
    let head = [("F", "a=1, b=2, a=(3)"), ("F", "b=4")];
    let found = Dictionary::of(&head, "f").unwrap();
    assert_eq!(found.get("b").and_then(|member| member.integer()), Some(4));
    let inner = found.get("a").unwrap();
    assert!(inner.value().is_none() && inner.integer().is_none() && inner.string().is_none());
    assert!(found.get("c").is_none());
}

#[test]
fn all_lines_are_one_field() {
    // req: 9651-4.2-01, 9651-4.2-02
    let pair = Some(vec!["a".to_string(), "b".to_string()]);
    assert_eq!(list(&["a", "b"]), pair);
    assert_eq!(list(&["a ", " b\t"]), pair);
    assert_eq!(list(&["a", "b,"]), None, "nothing of it is salvaged");
    assert_eq!(list(&["a", ""]), None, "it is a comma without a member");
    assert_eq!(list(&["", "a"]), None);
    assert_eq!(list(&["\"a", "b\""]), None, "each line must hold by itself");
    assert_eq!(list(&[]), Some(vec![]));
    assert_eq!(dictionary(&["a=1", "b", "c=,"]), None);
    assert_eq!(dictionary(&["a=1", "b"]).map(|found| found.len()), Some(2));
    let other = [("G", "!!"), ("F", "a")];
    assert_eq!(List::of(&other, "f").unwrap().iter().count(), 1);
    let text = StructuredError.to_string();
    assert!(text.contains("ignored"), "{text}");
}

#[test]
fn as_many_members_as_there_are() {
    // req: 9651-3.1-01, 9651-3.2-01
    let many = if cfg!(miri) { 64 } else { 2000 };
    let line = vec!["a"; many].join(", ");
    assert_eq!(list(&[&line]).map(|found| found.len()), Some(many));
    let key = |number| format!("{}{number}=1", "k".repeat(100));
    let line = (0..many).map(key).collect::<Vec<_>>().join(",") + ", max-age=60";
    let head = [("F", line.as_str())];
    let found = Dictionary::of(&head, "f").unwrap();
    assert_eq!(found.iter().count(), many + 1);
    assert_eq!(found.get("max-age").and_then(|member| member.integer()), Some(60));
}

fn value(text: &str) -> Option<BareItem<'_>> {
    Item::parse(text.as_bytes()).ok().map(|item| item.value)
}

fn fails(texts: &[&str]) {
    for text in texts {
        assert_eq!(value(text), None, "{text:?}");
    }
}

#[test]
fn numbers() {
    // req: 9651-4.2.4-01
    for (text, expected) in [
        ("42", 42),
        ("-42", -42),
        ("0042", 42),
        ("-0", 0),
        ("999999999999999", 999_999_999_999_999),
        ("-999999999999999", -999_999_999_999_999),
    ] {
        assert_eq!(value(text), Some(BareItem::Integer(expected)), "{text}");
    }
    for (text, expected) in [
        ("4.5", 4500),
        ("-4.05", -4050),
        ("0.001", 1),
        ("01.100", 1100),
        ("999999999999.999", 999_999_999_999_999),
    ] {
        assert_eq!(value(text), Some(BareItem::Decimal(expected)), "{text}");
    }
    fails(&[
        "",
        "-",
        "--1",
        "+1",
        "1000000000000000",
        "0000000000000001",
        "1.",
        ".1",
        "-.1",
        "1.2345",
        "1.2.3",
        "1e3",
        "1000000000000.1",
        "0x1",
        "1_000",
        "1 2",
        "99999999999999999999999",
        "1.99999999999999999999999",
    ]);
}

#[test]
fn dates() {
    assert_eq!(value("@1659578233"), Some(BareItem::Date(1_659_578_233)));
    assert_eq!(value("@-1"), Some(BareItem::Date(-1)));
    fails(&["@", "@1.5", "@@1", "@x", "@ 1", "@1000000000000000"]);
}

#[test]
fn strings() {
    // req: 9651-3.3.3-01
    for (text, expected) in [
        ("\"hello world\"", "hello world"),
        ("\"\"", ""),
        (r#""a \"b\" \\ c""#, r#"a "b" \ c"#),
        (r#""\\""#, "\\"),
    ] {
        let found = value(text).and_then(BareItem::string).unwrap();
        assert!(found == expected && found != "other", "{text}");
        assert_eq!(found.chars().collect::<String>(), expected);
    }
    fails(&[
        "\"",
        "\"a",
        r#""a\"#,
        r#""a\""#,
        r#""a\b""#,
        "\"a\tb\"",
        "\"\u{7f}\"",
        "\"\u{e4}\"",
        "\"a\" b",
        "'a'",
        "\"\n\"",
    ]);
    assert_eq!(value("a").and_then(BareItem::string), None);
    assert_eq!(value("\"1\"").and_then(BareItem::integer), None);
}

#[test]
fn tokens() {
    for text in ["a", "*", "foo123/456", "*x:y", "A!#$%&'*+-.^_`|~09:/"] {
        assert_eq!(value(text), Some(BareItem::Token(text)), "{text}");
    }
    fails(&["a b", "a,b", "a(b", "!a", ":/a", "a\"b", "a@b", "a\u{e4}", "/a"]);
}

#[test]
fn byte_sequences() {
    let bytes = |text: &str| match Item::parse(text.as_bytes()).ok()?.value {
        BareItem::ByteSequence(found) => Some(found.bytes().collect::<Vec<_>>()),
        other => panic!("{other:?}"),
    };
    for (text, expected) in [
        ("::", &b""[..]),
        (":aGVsbG8=:", b"hello"),
        (":aGVsbG8:", b"hello"), // without padding
        (":aGVsbA==:", b"hell"),
        (":aGVsbA=:", b"hell"),
        (":aGVsbB==:", b"hell"), // with pad bits
        (":/+Ah:", b"\xff\xe0\x21"),
        (":AAECAwQF:", b"\0\x01\x02\x03\x04\x05"),
    ] {
        assert_eq!(bytes(text).as_deref(), Some(expected), "{text}");
    }
    fails(&[
        ":",
        ":aGVsbG8=",
        ":a:",
        ":aGVsbG8==:",
        ":aGVs=:",
        ":aGVsb===:",
        ":aGV sbG8=:",
        ":aGV_:",
        ":=:",
        ":aG=VsbG8:",
        ":aGVsbG8=a:",
        ":aGVsbG8=:a",
    ]);
    assert_eq!(value(":aGVsbA==:"), value(":aGVsbB:"));
    assert_ne!(value(":aGVsbA==:"), value(":aGVsbG8:"));
}

#[test]
fn booleans() {
    assert_eq!(value("?1"), Some(BareItem::Boolean(true)));
    assert_eq!(value("?0"), Some(BareItem::Boolean(false)));
    fails(&["?", "?2", "?true", "??1", "? 1", "?01"]);
}

#[test]
fn display_strings() {
    let text = |text: &str| match Item::parse(text.as_bytes()).ok()?.value {
        BareItem::DisplayString(found) => Some(found.chars().collect::<String>()),
        other => panic!("{other:?}"),
    };
    for (written, expected) in [
        ("%\"\"", ""),
        ("%\"foo %22bar%22 \\ baz\"", "foo \"bar\" \\ baz"),
        ("%\"f%c3%bc%c3%bc\"", "f\u{fc}\u{fc}"),
        ("%\"%e2%82%ac%f0%9f%98%80%00\"", "\u{20ac}\u{1f600}\0"),
        ("%\"%ed%9f%bf%f4%8f%bf%bf\"", "\u{d7ff}\u{10ffff}"),
    ] {
        assert_eq!(text(written).as_deref(), Some(expected), "{written}");
    }
    fails(&[
        "%",
        "%\"",
        "%a",
        "%\"a",
        "%\"%",
        "%\"%a\"",
        "%\"%C3%BC\"",
        "%\"%c3\"",
        "%\"%c3a\"",
        "%\"%bc\"",
        "%\"%c0%80\"",
        "%\"%ed%a0%80\"",
        "%\"%f4%90%80%80\"",
        "%\"%ff%80%80%80\"",
        "%\"\u{fc}\"",
        "%\"\t\"",
        "%\"%e2%82\"",
        "%\"%zz\"",
    ]);
    assert_eq!(value("%\"%61\""), value("%\"a\""));
    assert_ne!(value("%\"b\""), value("%\"a\""));
}

#[test]
fn parameters_of_an_item() {
    let item = Item::parse(b" 1;a;*b=\"x\";  a=2 ").unwrap();
    assert_eq!(item.parameters.get("a"), Some(BareItem::Integer(2)));
    assert_eq!(item.parameters.get("c"), None);
    let keys: Vec<_> = item.parameters.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a", "*b", "a"]);
    fails(&["1;", "1;;a", "1;A", "1;a=(1)", "1; ;a", "1 ;a", "1;a,2", "(1)"]);
}
