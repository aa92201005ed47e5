//! What each filter writes and refuses, in whole texts.

use super::*;
use crate::units::render::environment;
use minijinja::context;

fn rendered(template: &str, value: &str) -> Result<String, String> {
    let result = environment()
        .unwrap()
        .render_str(template, context! { value });
    result.map_err(|error| error.detail().unwrap().to_owned())
}

#[test]
fn a_template_chooses_how_a_value_is_written() {
    let nasty = "a 'b' \"c\" \\ %d $e é";
    let rows = [
        ("{{ value | line }}", r#"a 'b' "c" \ %%d $$e é"#),
        ("{{ value | text }}", r#"a 'b' "c" \ %%d $$e é"#),
        ("{{ value | word }}", r#""a 'b' "'"c" \ %%d $$e é'"#),
        ("{{ value | arg }}", r#""a 'b' \"c\" \\ %%d $$e é""#),
        ("K={{ value | kv }}", r#"K="a 'b' \"c\" \\ %%d $$e é""#),
        ("{{ value | setting }}", r#"a 'b' "c" \ %%d $e é"#),
    ];
    for (template, expected) in rows {
        assert_eq!(rendered(template, nasty).unwrap(), expected, "{template}");
    }
    assert_eq!(
        rendered("{{ value | key }}", "io.kinc/a_b").unwrap(),
        "io.kinc/a_b"
    );
    // Whoever chooses none gets the strictest.
    let refused = "`a b` cannot be written into a unit";
    assert_eq!(rendered("{{ value }}", "a b").unwrap_err(), refused);
}

#[test]
fn an_unencodable_value_is_rejected_with_its_reason() {
    let rows = [
        ("line", "", "it is empty"),
        ("line", ";", "to systemd it separates commands"),
        ("line", "a\nExecStartPre=b", "it has a line break"),
        ("line", "a\u{2028}b", "it has a line break"),
        ("line", "a\u{7}b", "it has a control character"),
        ("line", "a ", "it begins or ends with a space"),
        ("line", "a\u{3000}", "it begins or ends with a space"),
        (
            "line",
            "a\\",
            "it ends with a backslash, which would join the next line",
        ),
        ("text", "\"a\" b", "it begins or ends with a quote"),
        ("text", "a\n[Service]", "it has a line break"),
        ("word", "a\nb", "it has a line break"),
        ("word", "a\tb", "it has a control character"),
        ("arg", "", "it is empty"),
        ("arg", "a\0", "it has a zero byte"),
        ("arg", "\u{80}", "it has the control character U+0080"),
        (
            "kv",
            "\u{ffff}",
            "it has a code point that is not a character",
        ),
        (
            "kv",
            "\u{fdd0}",
            "it has a code point that is not a character",
        ),
        ("key", "a=b", "it is not the name of a variable or a label"),
        ("key", "-a", "it is not the name of a variable or a label"),
        ("setting", "", "it is empty"),
        (
            "setting",
            "a\\",
            "it ends with a backslash, which would join the next line",
        ),
    ];
    for (filter, value, reason) in rows {
        let found = rendered(&format!("{{{{ value | {filter} }}}}"), value);
        let cited = value.escape_debug();
        let expected = format!("`{cited}` cannot be written into a unit: {reason}");
        assert_eq!(found, Err(expected), "{filter}");
    }
}

#[test]
fn a_long_value_is_rejected_and_quoted_in_part() {
    let long = "é".repeat(VALUE_MAX_BYTES);
    let cited = "é".repeat(CITED_CHARS);
    let expected = format!("`{cited}…` cannot be written into a unit: it has more than 32 KiB");
    assert_eq!(rendered("{{ value | kv }}", &long), Err(expected));
}

#[test]
fn an_encoder_for_units_is_rejected_in_other_documents() {
    let mut environment = environment().unwrap();
    environment
        .add_template("templates/x.yaml.j2", "a: {{ value | kv }}")
        .unwrap();
    let template = environment.get_template("templates/x.yaml.j2").unwrap();
    let error = template.render(context! { value => "b" }).unwrap_err();
    assert_eq!(error.detail(), Some("`kv` is for units"));
}

#[test]
fn only_a_text_is_encoded() {
    let error = environment()
        .unwrap()
        .render_str("{{ value | kv }}", context! { value => vec![1] })
        .unwrap_err();
    assert_eq!(error.detail(), Some("a value is sequence, not a text"));
}
