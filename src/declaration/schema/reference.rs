//! The table as a page of the documentation.

use std::fmt::Write as _;

use crate::declaration::schema::explain::{NOT_SHOWN, form, yaml};
use crate::declaration::schema::fields::{FIELDS, GROUPS};
use crate::declaration::schema::{API_VERSION, Description, Form, KIND, LeftOut};

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
        for field in FIELDS.iter().filter(own) {
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
    let left_out = match field.left_out {
        LeftOut::Default => "the default",
        LeftOut::Kept => "the value of the existing cluster",
    };
    let mut rows = vec![
        ("form", form(field.form)),
        ("example", format!("`{}`", yaml(field))),
        ("default", default),
        ("if omitted later", left_out.to_owned()),
        ("a change", field.effect.meaning().to_owned()),
    ];
    if field.is_sensitive {
        rows.push(("in a plan", NOT_SHOWN.to_owned()));
    }
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    let (Form::Items(items) | Form::TextsOrItems(items)) = field.form else {
        return;
    };
    let _ = writeln!(text, "\n| of each item | form | meaning |\n|---|---|---|");
    for item in items {
        let required = if item.is_required { "; required" } else { "" };
        let form = form(item.form);
        let _ = writeln!(
            text,
            "| `{}` | {form}{required} | {} |",
            item.key, item.meaning
        );
    }
}
