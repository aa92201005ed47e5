//! Round trips, places and quoting.

use super::*;
use proptest::prelude::*;

fn one(text: &str) -> Node {
    let mut documents = parse(text).unwrap();
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

#[test]
fn order_numbers_and_nesting_survive_a_round_trip() {
    let text = "\
zebra: 1
apple: 0x1F
list:
- name: a
  empty: []
  none: null
- - 1.10
  - true
map:
  deep:
    text: \"two words\"
    address: 10.200.0.2
  nothing: {}
last: \"012\"
";
    assert_eq!(to_string(&one(text).value), text);
}

#[test]
fn every_value_has_its_span() {
    let span = Span::new;
    let text = |text: &str| Value::String(text.into());
    let entry = |key: &str, span, node| Entry {
        key: key.into(),
        span,
        node,
    };
    let number = Node {
        value: Value::Number("1".into()),
        span: span(1, 4, 1),
    };
    let items = vec![
        Node {
            value: text("x"),
            span: span(3, 5, 1),
        },
        Node {
            value: text("y z"),
            span: span(4, 5, 5),
        },
    ];
    let list = Node {
        value: Value::Sequence(items),
        span: span(3, 3, 0),
    };
    let fields = vec![
        entry("a", span(1, 1, 1), number),
        entry("bc", span(2, 1, 4), list),
    ];
    let expected = Node {
        value: Value::Mapping(fields),
        span: span(1, 1, 0),
    };
    assert_eq!(one("a: 1\n'bc':\n  - x\n  - 'y z'\n"), expected);
}

#[test]
fn empty_documents_are_left_out() {
    assert_eq!(parse("# only a comment\n").unwrap(), vec![]);
    assert_eq!(parse("").unwrap(), vec![]);
    assert_eq!(parse("---\n---\na: 1\n---\n").unwrap().len(), 1);
}

#[test]
fn invalid_yaml_says_where() {
    let cases = [
        (
            "a: 1\n b: 2\n",
            "line 2, column 3: mapping values are not allowed in this context",
        ),
        (
            "a: 1\na: 2\n",
            "line 2, column 1: the key `a` is given twice",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(parse(text).unwrap_err().to_string(), message);
    }
}

/// A list of nine in a list of nine, and so on: n lines stand for about 9^n values.
fn billion_laughs(lines: usize) -> String {
    let first = "l0: &l0 [a, a, a, a, a, a, a, a, a]\n".to_owned();
    first
        + &many(1..lines, &|line| {
            let aliases = vec![format!("*l{}", line - 1); 9].join(", ");
            format!("l{line}: &l{line} [{aliases}]\n")
        })
}

fn many(numbers: std::ops::Range<usize>, line: &dyn Fn(usize) -> String) -> String {
    numbers.map(line).collect()
}

#[test]
fn a_yaml_bomb_is_rejected_and_the_limit_named() {
    let values = "there are more than 50000 values, with those that aliases stand for";
    let levels = "values are nested in more than 32 levels";
    let block = |depth| many(0..depth, &|level| " ".repeat(level) + "a:\n");
    let aliases = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a,".repeat(99));
    let cases = [
        (billion_laughs(10), values),
        ("- a\n".repeat(50_001), values),
        (many(0..25_001, &|n| format!("k{n}: 1\n")), values),
        (block(33) + &" ".repeat(33) + "b: 1\n", levels),
        (block(10_000), levels),
        ("[".repeat(100_000), levels),
        ("a: &a [*a]\n".into(), "an alias contains itself"),
        (
            "---\na: 1\n".repeat(501),
            "there are more than 500 documents",
        ),
        (
            "a: &a 1\nb: [".to_owned() + &"*a, ".repeat(101) + "]\n",
            "there are more than 100 aliases",
        ),
        (
            many(0..101, &|n| format!("- &a{n} x\n")),
            "there are more than 100 anchors",
        ),
        (
            aliases,
            "all values together, with those that aliases stand for, have more than 16 MiB",
        ),
    ];
    for (text, message) in cases {
        let start: String = text.chars().take(40).collect();
        assert_eq!(parse(&text).unwrap_err().message, message, "{start}");
    }
}

#[test]
fn quoted_scalars_are_strings_and_plain_ones_follow_yaml_1_1() {
    let text =
        "a: 0x6e\nb: '0x6e'\nc: no\nd: \"no\"\ne: &x 010\nf: *x\ng: |\n  no\nh: [yes, 'yes']\n";
    let nodes = parse_as_kubernetes(text).unwrap();
    let [node] = nodes.as_slice() else { panic!() };
    assert_eq!(
        on_one_line(&node.value),
        "{a: 110, b: \"0x6e\", c: false, d: \"no\", e: 8, f: 8, g: \"no\\n\", h: [true, \"yes\"]}"
    );
}

#[test]
fn a_moderate_number_of_anchors_and_aliases_is_read() {
    let node = one("a: &a {b: 1}\nc: *a\nd: {<<: *a, e: 2}\n");
    assert_eq!(
        to_string(&node.value),
        "a:\n  b: 1\nc:\n  b: 1\nd:\n  e: 2\n  b: 1\n"
    );
    assert_eq!(parse(&billion_laughs(4)).unwrap().len(), 1);
    assert_eq!(parse(&"---\na: 1\n".repeat(500)).unwrap().len(), 500);
}

#[test]
fn a_string_is_written_plain_only_if_every_parser_reads_it_as_a_string() {
    let bare = [
        "kinc-dev",
        "10.200.0.2:6443",
        "10.244.0.0/16",
        "a/b:v1",
        "LS0tCg==",
        "1.36.3",
    ];
    for text in bare {
        assert_eq!(quote(text), text);
    }
    let quoted = [
        "",
        "1",
        "1.5",
        "12:30",
        "1e3",
        "no",
        "Null",
        "~",
        "-",
        "a: b",
        "a:",
        "0x1",
        " a",
        "#a",
        "2026-01-01",
        "[",
        "é",
    ];
    for text in quoted {
        assert_eq!(quote(text), format!("\"{text}\""));
    }
    assert_eq!(
        quote("a\"\\\n\u{7}\u{2028}"),
        "\"a\\\"\\\\\\n\\U00000007\\U00002028\""
    );
}

/// Any text: printable ones, those of all characters, and those that mean something in YAML.
fn any_text() -> impl Strategy<Value = String> {
    let all = proptest::collection::vec(any::<char>(), 0..12);
    prop_oneof![
        any::<String>(),
        all.prop_map(|text| text.into_iter().collect()),
        "[ \n\r\t#:'\"\\\\\\-\\[\\]{}&*!|>%@`,?~=<.+_0-9a-fnoxy\u{85}\u{2028}\u{feff}]{0,8}",
    ]
}

/// Any tree of mappings, lists, texts, numbers, booleans and nulls.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| Value::Number(number.to_string())),
        any_text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let keys = proptest::collection::btree_map(any_text(), inner.clone(), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            keys.prop_map(|entries| {
                let entry = |(key, value): (String, Value)| Entry::from((key.as_str(), value));
                Value::Mapping(entries.into_iter().map(entry).collect())
            }),
        ]
    })
}

/// Returns the value without the places at which it was read.
fn without_places(value: Value) -> Value {
    match value {
        Value::Sequence(items) => Value::from(
            items
                .into_iter()
                .map(|item| without_places(item.value))
                .collect::<Vec<_>>(),
        ),
        Value::Mapping(entries) => Value::Mapping(
            entries
                .into_iter()
                .map(|entry| Entry::from((entry.key.as_str(), without_places(entry.node.value))))
                .collect(),
        ),
        scalar => scalar,
    }
}

proptest! {
    #[test]
    fn a_written_tree_is_read_back_unchanged(value in any_value()) {
        let document = to_string(&Value::from([("root", value.clone())]));
        let read = without_places(one(&document).value);
        prop_assert_eq!(read, Value::from([("root", value)]), "{}", document);
    }

    #[test]
    fn a_quoted_string_is_read_back_unchanged(text in any_text()) {
        let document = format!("key: {}\n", quote(&text));
        let Value::Mapping(entries) = one(&document).value else { panic!("{document}") };
        prop_assert_eq!(&entries[0].node.value, &Value::String(text.clone()));
        // The same holds for keys, in lists and on one line.
        let document = format!("[{{{}: 1}}]\n", quote(&text));
        let Value::Sequence(items) = one(&document).value else { panic!("{document}") };
        let Value::Mapping(entries) = &items[0].value else { panic!("{document}") };
        prop_assert_eq!(&entries[0].key, &text);
    }
}
