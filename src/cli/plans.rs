//! Plans as text for people. Pure: no printing here; colours are for the caller to strip.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::declaration::schema::Impact;
use crate::model::duration;
use crate::model::field::Field;
use crate::ops::plan::Planned;
use crate::plan::{DRAIN_LIMIT, FieldLine, Leaving, Plan, Step, shown};
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
    // The first line names the nodes that come and go.
    let is_of_whole_node = |field: &&FieldLine| {
        field.path == Field::Role.path() && (field.old.is_none() || field.new.is_none())
    };
    for field in plan.fields.iter().filter(|field| !is_of_whole_node(field)) {
        let _ = writeln!(text, "  {}", change(field, plan.nodes.len() > 1));
    }
    for drift in &plan.drift {
        let _ = writeln!(text, "  drift: {}{}", drift.what, annotation(drift.repair));
    }
    for leaving in &plan.leaving {
        leave(text, leaving);
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

/// Says how a node goes, and what goes with it.
fn leave(text: &mut String, leaving: &Leaving) {
    let node = &leaving.node;
    let mut line = |words: String| {
        let _ = writeln!(text, "  {node}: {words}");
    };
    let pods = leaving.pods.join(", ");
    let limit = duration::shown(DRAIN_LIMIT);
    line(match (leaving.drained, pods.as_str()) {
        (true, "") => format!("cordon and drain, for at most {limit}"),
        (true, pods) => format!("cordon and drain, for at most {limit}: evict {pods}"),
        (false, "") => "not ready, so it is not drained".to_owned(),
        (false, pods) => format!("not ready, so it is not drained: delete {pods}"),
    });
    for budget in &leaving.hindered_by {
        line(format!(
            "PodDisruptionBudget {budget} allows no eviction now"
        ));
    }
    if !leaving.lost_pods.is_empty() {
        let lost = leaving.lost_pods.join(", ");
        line(format!("lose {lost}: without a controller"));
    }
    if !leaving.claims.is_empty() {
        line(format!("lose the data of {}", leaving.claim_names()));
    }
    if let Some(why) = &leaving.unknown {
        line(format!("could not ask what is on it: {why}"));
    }
}

fn heading(plan: &Plan) -> String {
    let units = plan.units().join(", ");
    match plan.step {
        Step::Nothing => "as declared".to_owned(),
        Step::Create => format!("create it and start {units}"),
        Step::Start => format!("start {units}"),
        Step::Change => of_nodes(plan).unwrap_or_else(|| "update it without a restart".to_owned()),
        Step::Restart => {
            let nodes = of_nodes(plan).map_or_else(String::new, |nodes| format!("{nodes}; "));
            format!("{nodes}restart {units}; its data stays")
        }
        Step::Delete => "delete it and its data: it is no longer declared".to_owned(),
    }
}

/// Returns which nodes come and go; nothing when none do.
fn of_nodes(plan: &Plan) -> Option<String> {
    let nodes = |step: Step| {
        let nodes = plan.nodes.iter().filter(|node| node.step == step);
        let names: Vec<&str> = nodes.map(|node| node.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let come = nodes(Step::Create).map(|nodes| format!("add {nodes}"));
    let go = nodes(Step::Delete).map(|nodes| format!("remove {nodes} with its data"));
    let parts: Vec<String> = come.into_iter().chain(go).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How much of a value is shown, such as a list of names; `diff` shows all of it.
const VALUE_CHARS: usize = 100;

fn change(field: &FieldLine, has_nodes: bool) -> String {
    let is_hidden = |value: &Option<String>| value.as_deref() == Some(CHANGED);
    // Of the only node it goes without saying.
    let of = match &field.node {
        Some(node) if has_nodes => format!(" of {node}"),
        _ => String::new(),
    };
    let path = format!("{}{of}", field.path);
    if is_hidden(&field.old) || is_hidden(&field.new) {
        return format!("{path}: {CHANGED}{}", annotation(field.impact));
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
    format!("{path}: {old} -> {new}{}", annotation(field.impact))
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
