//! Into the files of a list, as `kubectl config set-cluster`, `set-credentials` and `set-context` do it.
//!
//! An entry goes to the first file that has one of its name. A new one, and the current context, go to
//! the first file that is there, or to the last of the list when none is.

use std::fmt;

use crate::declaration::yaml::{Entry, Value};
use crate::kubeconfig::Kubeconfig;
use crate::kubeconfig::entry::{CLUSTERS, CONTEXTS, List, USERS};
use crate::kubeconfig::file::File;
use crate::kubeconfig::owner::{Claim, Owner};

/// A context that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    /// Its name.
    pub context: String,
    /// Which of the files it is in.
    pub file: usize,
    /// Whether something of its name was there of another cluster that had the name of this one.
    pub replaced_a_namesake: bool,
}

/// What has a name that is to be merged, and is somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotOurs {
    /// What it is: `context`.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// Which of the files it is in.
    pub file: usize,
}

/// The names of the three entries by which a cluster is in a list of files.
struct Names {
    context: String,
    cluster: String,
    user: String,
}

impl Names {
    fn all(name: &str) -> Self {
        Self {
            context: name.to_owned(),
            cluster: name.to_owned(),
            user: name.to_owned(),
        }
    }
}

/// Merges a cluster into files: under a name, or else under each that it has there, or else under its own.
///
/// Everything else in the files stays as it is. The current context changes only with `set_current`.
///
/// # Errors
/// When the name is somebody else's; nothing may be written then.
pub(crate) fn merge(
    files: &mut [File],
    new: &Kubeconfig,
    name: Option<&str>,
    set_current: bool,
) -> Result<Vec<Merged>, NotOurs> {
    let mut targets = match name {
        Some(name) => vec![target(files, &new.owner, name)],
        None => contexts(files, &new.owner)
            .iter()
            .map(|context| target(files, &new.owner, context))
            .collect(),
    };
    if targets.is_empty() {
        targets.push(Names::all(&new.owner.cluster.context()));
    }
    let merged: Result<Vec<Merged>, NotOurs> = targets
        .iter()
        .map(|names| merge_as(files, new, names))
        .collect();
    let merged = merged?;
    if let Some(first) = merged.first()
        && set_current
    {
        set_current_context(files, &first.context);
    }
    Ok(merged)
}

/// Returns the context that a cluster has in the files already; the first one of several.
#[must_use]
pub(crate) fn recorded(files: &[File], owner: &Owner) -> Option<String> {
    contexts(files, owner).into_iter().next()
}

fn contexts(files: &[File], owner: &Owner) -> Vec<String> {
    let mut contexts = Vec::new();
    for (index, file) in files.iter().enumerate() {
        for context in file.names(CONTEXTS) {
            // Another file's of that name is hidden by that of a file before it.
            let counts = first(files, CONTEXTS, context) == Some(index);
            if counts && owner.claim(file, CONTEXTS, context) == Claim::Ours {
                contexts.push(context.to_owned());
            }
        }
    }
    contexts
}

/// Returns the names of the entries for a context: those that it refers to when they are the cluster's, as
/// after `kubectl config rename-context`, and else its own.
fn target(files: &[File], owner: &Owner, context: &str) -> Names {
    let refers_to = |list: List| {
        let (_, file) = found(files, CONTEXTS, context)?;
        if owner.claim(file, CONTEXTS, context) != Claim::Ours {
            return None;
        }
        let name = file.body(CONTEXTS, context)?.get(list.entry)?.as_str()?;
        let (_, file) = found(files, list, name)?;
        (owner.claim(file, list, name) == Claim::Ours).then(|| name.to_owned())
    };
    Names {
        context: context.to_owned(),
        cluster: refers_to(CLUSTERS).unwrap_or_else(|| context.to_owned()),
        user: refers_to(USERS).unwrap_or_else(|| context.to_owned()),
    }
}

fn merge_as(files: &mut [File], new: &Kubeconfig, names: &Names) -> Result<Merged, NotOurs> {
    let context = Value::from([
        ("cluster", Value::from(names.cluster.as_str())),
        ("user", Value::from(names.user.as_str())),
    ]);
    let entries = [
        (CLUSTERS, &names.cluster, new.cluster.clone()),
        (CONTEXTS, &names.context, context),
        (USERS, &names.user, new.user.clone()),
    ];
    let mut claims = Vec::new();
    for (list, name, _) in &entries {
        let Some((index, file)) = found(files, *list, name) else {
            claims.push(Claim::Ours);
            continue;
        };
        let claim = new.owner.claim(file, *list, name);
        if claim == Claim::Others {
            return Err(NotOurs {
                kind: list.entry,
                name: (*name).clone(),
                file: index,
            });
        }
        claims.push(claim);
    }
    let fallback = default_file(files);
    let mut merged = Merged {
        context: names.context.clone(),
        file: fallback,
        replaced_a_namesake: claims.contains(&Claim::Namesake),
    };
    for ((list, name, body), claim) in entries.into_iter().zip(claims) {
        let index = first(files, list, name).unwrap_or(fallback);
        let Some(file) = files.get_mut(index) else {
            continue;
        };
        let before = file.body(list, name).filter(|_| claim == Claim::Ours);
        let body = match before {
            Some(before) => with_users(list, before, body),
            None => body,
        };
        let body = new.owner.marked(body, before);
        file.put(list, name, body);
        if list == CONTEXTS {
            merged.file = index;
        }
    }
    Ok(merged)
}

/// Returns what an entry is to hold, with what the user has set there, such as a proxy or a namespace.
fn with_users(list: List, before: &Value, new: Value) -> Value {
    let (Value::Mapping(before), Value::Mapping(new)) = (before, &new) else {
        return new;
    };
    let is_users = |entry: &&Entry| {
        let key = entry.key.as_str();
        !list.decided.contains(&key) || new.iter().any(|decided| decided.key == key)
    };
    let mut fields = Value::Mapping(before.iter().filter(is_users).cloned().collect());
    for entry in new {
        fields.set(&entry.key, entry.node.value.clone());
    }
    fields
}

/// The current context is that of the first file that has one.
fn set_current_context(files: &mut [File], context: &str) {
    let current = files.iter().map(File::current);
    let current = current.into_iter().find(|current| !current.is_empty());
    if current == Some(context) {
        return;
    }
    let index = default_file(files);
    if let Some(file) = files.get_mut(index) {
        file.set_current(context);
    }
}

/// Returns which file gets what is new.
fn default_file(files: &[File]) -> usize {
    let there = files.iter().position(File::is_there);
    there.unwrap_or_else(|| files.len().saturating_sub(1))
}

/// Returns which file has an entry of this name that counts.
fn first(files: &[File], list: List, name: &str) -> Option<usize> {
    files.iter().position(|file| file.has(list, name))
}

fn found<'a>(files: &'a [File], list: List, name: &str) -> Option<(usize, &'a File)> {
    let mut files = files.iter().enumerate();
    files.find(|(_, file)| file.has(list, name))
}

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name.escape_debug())
    }
}
