//! Plans as text for people. Pure: no printing here; colours are for the caller to strip.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::declaration::schema::Impact;
use crate::ops::plan::Planned;
use crate::plan::{FieldLine, Plan, Step, shown};
use crate::resolve::CHANGED;
use crate::units::file_set::Change;
use similar::TextDiff;

/// Returns what becomes of each cluster, and why, with a line that counts at the end.
pub(crate) fn text(plans: &[Plan]) -> String {
    let mut text = String::new();
    for plan in plans {
        one(&mut text, plan);
    }
    let _ = writeln!(text, "{}", summary(plans));
    text
}

/// Returns only those plans that a user must confirm.
pub(crate) fn disruptive(plans: &[Plan]) -> String {
    let disturbs = plans.iter().filter(|plan| plan.disturbs());
    let mut text = String::new();
    for plan in disturbs {
        one(&mut text, plan);
    }
    text
}

fn one(text: &mut String, plan: &Plan) {
    let style = style(plan.step);
    let _ = writeln!(text, "{style}{}: {}{style:#}", plan.cluster, heading(plan));
    for field in &plan.fields {
        let _ = writeln!(text, "  {}", change(field));
    }
    for drift in &plan.drift {
        let _ = writeln!(text, "  drift: {}{}", drift.what, annotation(drift.repair));
    }
    for (change, verb) in [
        ("create", "write"),
        ("update", "change"),
        ("remove", "remove"),
    ] {
        let of_kind = plan.files.iter().filter(|file| file.change == change);
        let paths: Vec<&str> = of_kind.map(|file| file.path.as_str()).collect();
        if !paths.is_empty() {
            let _ = writeln!(text, "  {verb}: {}", paths.join(", "));
        }
    }
    for path in &plan.drop_ins {
        let _ = writeln!(text, "  your drop-in applies: {path}");
    }
}

fn heading(plan: &Plan) -> String {
    let units = plan.units().join(", ");
    match plan.step {
        Step::Nothing => "as declared".to_owned(),
        Step::Create => format!("create it and start {units}"),
        Step::Start => format!("start {units}"),
        Step::Change => "update it without a restart".to_owned(),
        Step::Restart => format!("restart {units}; its data stays"),
        Step::Delete => "delete it and its data: it is no longer declared".to_owned(),
    }
}

/// How much of a value is shown, such as a list of names; `diff` shows all of it.
const VALUE_CHARS: usize = 100;

fn change(field: &FieldLine) -> String {
    let is_hidden = |value: &Option<String>| value.as_deref() == Some(CHANGED);
    if is_hidden(&field.old) || is_hidden(&field.new) {
        return format!("{}: {CHANGED}{}", field.path, annotation(field.impact));
    }
    let value = |value: &Option<String>| match value {
        Some(value) if value.chars().count() > VALUE_CHARS => {
            let start: String = value.chars().take(VALUE_CHARS - 1).collect();
            format!("{start}…")
        }
        Some(value) => value.clone(),
        None => "none".to_owned(),
    };
    let (old, new) = (value(&field.old), value(&field.new));
    format!("{}: {old} -> {new}{}", field.path, annotation(field.impact))
}

fn annotation(impact: Impact) -> &'static str {
    match impact {
        Impact::NoRestart => "",
        Impact::InPlace => " (in the running cluster)",
        Impact::Restart => " (restarts the node)",
        Impact::Immutable => " (cannot change)",
    }
}

/// Returns how many clusters become what, in words.
pub(crate) fn summary(plans: &[Plan]) -> String {
    let steps = [
        (Step::Create, "to create"),
        (Step::Start, "to start"),
        (Step::Change, "to change"),
        (Step::Restart, "to restart"),
        (Step::Delete, "to delete"),
        (Step::Nothing, "as declared"),
    ];
    let count = |step| plans.iter().filter(|p| p.step == step).count();
    let counts: Vec<String> = steps
        .into_iter()
        .map(|(step, words)| (count(step), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    if counts.is_empty() {
        return "there are no clusters".to_owned();
    }
    counts.join(", ")
}

/// Returns the changed text of a cluster's files, as diff(1) writes it; of a text that may hold secrets,
/// only that it changes.
pub(crate) fn diff(planned: &Planned) -> String {
    let directory = planned.directory.display();
    let mut text = String::new();
    for change in &planned.changes {
        let path = format!("{directory}/{}", change.path());
        let (old, new) = match change {
            Change::Create { .. } => ("/dev/null", path.as_str()),
            Change::Update { .. } => (path.as_str(), path.as_str()),
            Change::Remove { .. } => (path.as_str(), "/dev/null"),
        };
        if let Change::Update { old, file, .. } = change
            && old.mode != file.mode
        {
            let _ = writeln!(text, "mode of {path}: {:o} -> {:o}", old.mode, file.mode);
        }
        let Some((before, after)) = shown(change, planned.is_patched) else {
            let _ = writeln!(text, "--- {old}\n+++ {new}\n{CHANGED}");
            continue;
        };
        let lines = TextDiff::from_lines(&before, &after);
        for line in lines.unified_diff().header(old, new).to_string().lines() {
            let style = match line.chars().next() {
                Some('+') => AnsiColor::Green.on_default(),
                Some('-') => AnsiColor::Red.on_default(),
                Some('@') => AnsiColor::Cyan.on_default(),
                _ => Style::new(),
            };
            let _ = writeln!(text, "{style}{line}{style:#}");
        }
    }
    text
}

fn style(step: Step) -> Style {
    match step {
        Step::Nothing => Style::new(),
        Step::Create | Step::Start => AnsiColor::Green.on_default(),
        Step::Change => AnsiColor::Yellow.on_default(),
        Step::Restart | Step::Delete => AnsiColor::Red.on_default().bold(),
    }
}

#[cfg(test)]
mod tests;
