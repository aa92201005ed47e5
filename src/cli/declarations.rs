//! The declarations that `-f` names: files, directories of files, and standard input.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result};

use crate::cli::invalid::{Input, Invalid};
use crate::cli::output;
use crate::declaration::Source;
use crate::declaration::convert::{self, Converted, Read, Refused};
use crate::declaration::{self};
use crate::edge::{fs, manifests};
use crate::model::cluster::Cluster;
use crate::model::problem::{Problem, Problems};

/// The name that stands for standard input.
const STDIN: &str = "-";

/// What the files of declarations in a directory end in.
const EXTENSIONS: [&str; 2] = [".yaml", ".yml"];

/// Clusters, and the texts that they were read from.
#[derive(Debug)]
pub(crate) struct Declarations {
    pub(crate) clusters: Vec<Cluster>,
    texts: Vec<Input>,
}

/// Reads and parses everything that is given; the problems of all of it at once.
///
/// `prune` says that what is gone from a directory is to be deleted, and so the last one may be gone.
///
/// # Errors
/// With [`Invalid`] when something is wrong with a declaration, else when a file cannot be read.
pub(crate) fn load(given: &[PathBuf], prune: bool) -> Result<Declarations> {
    let mut problems = Vec::new();
    let mut texts = Vec::new();
    for path in files(given, prune, &mut problems)? {
        match read(&path)? {
            Ok(text) => texts.push(Input {
                name: name(&path),
                text,
                directory: directory(&path),
            }),
            Err(message) => problems.push(whole(message)),
        }
    }
    let sources: Vec<Source> = texts.iter().map(Input::source).collect();
    let read = convert::read(&sources);
    let Read {
        mut clusters,
        warnings,
    } = read.unwrap_or_else(|refused| {
        problems.extend(refused.problems);
        Read {
            warnings: refused.warnings,
            ..Read::default()
        }
    });
    problems.extend(manifests::read(&mut clusters));
    warn(&warnings);
    match Problems::or(problems, clusters) {
        Ok(clusters) => Ok(Declarations { clusters, texts }),
        Err(problems) => Err(Error::new(Invalid { problems, texts })),
    }
}

/// Reads a file of another system, and returns what `convert` prints with the clusters that it declares.
///
/// # Errors
/// As of [`load`].
pub(crate) fn converted(path: &Path) -> Result<(Declarations, Converted)> {
    let text = Input {
        name: name(path),
        text: text(path)?,
        directory: directory(path),
    };
    let read = convert::convert(text.source()).and_then(|converted| {
        let mut clusters = converted.clusters.clone();
        match Problems::or(manifests::read(&mut clusters), ()) {
            Ok(()) => Ok((clusters, converted)),
            Err(problems) => Err(Refused {
                problems,
                warnings: converted.left_out,
            }),
        }
    });
    let texts = vec![text];
    match read {
        Ok((clusters, converted)) => Ok((Declarations { clusters, texts }, converted)),
        Err(Refused { problems, warnings }) => {
            warn(&warnings);
            Err(Error::new(Invalid { problems, texts }))
        }
    }
}

/// Prints what is not taken over of a file of another system.
pub(crate) fn warn(problems: &[Problem]) {
    for problem in problems {
        output::say(format!("warning: {problem}"));
    }
}

impl Declarations {
    /// Adds to problems that were found later where they are.
    ///
    /// # Errors
    /// With the error of `result`.
    pub(crate) fn explain<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| match error.downcast::<Problems>() {
            Ok(problems) => Error::new(Invalid {
                problems,
                texts: self.texts.clone(),
            }),
            Err(error) => error,
        })
    }
}

/// Returns each file that is given, or is in a directory that is given, once and in this order.
fn files(given: &[PathBuf], prune: bool, problems: &mut Vec<Problem>) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in given {
        if !fs::is_directory(path)? {
            found.push(path.clone());
            continue;
        }
        let is_declaration = |name: &&String| {
            !name.starts_with('.') && EXTENSIONS.iter().any(|end| name.ends_with(end))
        };
        let names = fs::files_and_links(path)?;
        let before = found.len();
        found.extend(
            names
                .iter()
                .filter(is_declaration)
                .map(|name| path.join(name)),
        );
        if found.len() == before && !prune {
            let path = path.display();
            problems.push(whole(format!(
                "there is no *.yaml and no *.yml in `{path}`"
            )));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(fs::resolve(path)));
    Ok(found)
}

/// Returns the text of one file, or of standard input.
///
/// # Errors
/// When there is none, or it cannot be read.
fn text(path: &Path) -> Result<String> {
    match read(path)? {
        Ok(text) => Ok(text),
        Err(message) => Err(Problems::from(whole(message)).into()),
    }
}

/// Reads a file, or says what is wrong with it as a whole.
fn read(path: &Path) -> Result<Result<String, String>> {
    let limit = declaration::TEXT_MAX_BYTES;
    let bytes = if path == Path::new(STDIN) {
        let mut bytes = Vec::new();
        let mut input = std::io::stdin().take(limit + 1);
        input
            .read_to_end(&mut bytes)
            .context("reading standard input")?;
        Some(bytes)
    } else {
        fs::read_up_to(path, limit + 1)?
    };
    let name = name(path);
    Ok(match bytes {
        None => Err(format!("there is no file `{name}`")),
        // What was cut off may have been in the middle of a character.
        Some(bytes) if bytes.len() as u64 > limit => {
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(bytes) => String::from_utf8(bytes).map_err(|_| format!("`{name}` is not UTF-8 text")),
    })
}

/// The name of a file in messages.
fn name(path: &Path) -> String {
    if path == Path::new(STDIN) {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Returns the directory that a file lies in; for standard input the working directory. Links are not
/// followed, since who puts one there may turn it to somewhere else.
fn directory(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    path.parent()?.to_str().map(str::to_owned)
}

/// A problem of no single line.
fn whole(message: String) -> Problem {
    Problem {
        place: None,
        path: String::new(),
        message,
    }
}
