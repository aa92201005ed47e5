//! The table as a page of the documentation.

use std::fmt::Write as _;

use crate::declaration::schema::explain::{NOT_SHOWN, field_type, yaml};
use crate::declaration::schema::fields::GROUPS;
use crate::declaration::schema::{
    API_VERSION, Description, FieldType, KIND, WhenOmitted, descriptions,
};

/// Returns `docs/declaration.md` from its first generated heading on.
#[must_use]
pub fn reference() -> String {
    let mut text =
        format!("Every document begins with `apiVersion: {API_VERSION}` and `kind: {KIND}`.\n");
    for group in GROUPS {
        let _ = writeln!(text, "\n## {}\n\n{}", group.path, group.meaning);
        let own = |field: &&Description| {
            field.path().rsplit_once('.').map(|(parent, _)| parent) == Some(group.path)
        };
        for field in descriptions().filter(own) {
            section(&mut text, field);
        }
    }
    text
}

fn section(text: &mut String, field: &Description) {
    let _ = writeln!(text, "\n### {}\n\n{}\n", field.path(), field.meaning);
    let _ = writeln!(text, "| | |\n|---|---|");
    let default = match field.default {
        "" => "none: required".to_owned(),
        words if words.contains(' ') => words.to_owned(),
        value => format!("`{value}`"),
    };
    let when_omitted = match field.when_omitted {
        WhenOmitted::Default => "the default",
        WhenOmitted::KeepCurrent => "the value of the existing cluster",
    };
    let mut rows = vec![
        ("form", field_type(field.field_type)),
        ("example", format!("`{}`", yaml(field))),
        ("default", default),
        ("if omitted later", when_omitted.to_owned()),
        ("a change", field.impact.meaning().to_owned()),
    ];
    if field.is_sensitive {
        rows.push(("in a plan", NOT_SHOWN.to_owned()));
    }
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    let (FieldType::ObjectList(items) | FieldType::TextsOrObjects(items)) = field.field_type else {
        return;
    };
    let _ = writeln!(text, "\n| of each item | form | meaning |\n|---|---|---|");
    for item in items {
        let required = if item.is_required { "; required" } else { "" };
        let field_type = field_type(item.field_type);
        let _ = writeln!(
            text,
            "| `{}` | {field_type}{required} | {} |",
            item.key, item.meaning
        );
    }
}
