//! The edge to the manifests that declarations name: files and directories beside them, and the copies of
//! those that lie beside a recorded declaration.
//!
//! Only reads; a copy is written with all other files of its cluster.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::declaration;
use crate::edge::fs;
use crate::model::cluster::{Cluster, ClusterName, Manifest, NodeId, NodeName, Role};
use crate::model::field::Field;
use crate::model::problem::{Place, Problem};
use crate::units::unit_names;

/// How large a file may be. The API server takes no object of more than 3 MiB, and the files of the largest
/// operators have 5 MiB of them.
const FILE_MAX_BYTES: u64 = 16 << 20;

/// How much all files of a cluster may hold together, and how many there may be: each is mounted into the node.
const TOTAL_MAX_BYTES: usize = 64 << 20;
const FILES_MAX: usize = 500;

/// What the files of objects in a directory end in, as with `kubectl apply -f DIRECTORY`.
const EXTENSIONS: [&str; 3] = [".yaml", ".yml", ".json"];

/// Files that mark a directory as the input of a tool, and the command that renders it to objects.
const SOURCES: [(&str, &str, &str); 4] = [
    ("kustomization.yaml", "a kustomization", "kubectl kustomize"),
    ("kustomization.yml", "a kustomization", "kubectl kustomize"),
    ("Kustomization", "a kustomization", "kubectl kustomize"),
    ("Chart.yaml", "a Helm chart", "helm template"),
];

/// Reads every manifest that these clusters name, and puts what is read in the place of the name: of a
/// directory each of its files.
///
/// Returns what is wrong, at the place of the name.
pub fn read(clusters: &mut [Cluster]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for cluster in clusters {
        let mut manifests = Vec::new();
        for (index, manifest) in cluster.runtime.manifests.drain(..).enumerate() {
            let Manifest::Unread {
                path,
                sha256,
                place,
            } = manifest
            else {
                manifests.push(manifest);
                continue;
            };
            match found(&cluster.name, index, &path, sha256.as_deref(), &place) {
                Ok(found) => manifests.extend(found),
                Err(message) => problems.push(problem(place, message)),
            }
        }
        cluster.runtime.manifests = manifests;
        problems.extend(excess(cluster));
    }
    problems
}

/// Puts the copies that lie in the directory of a recorded declaration in the place of what they were made of.
/// What has no copy, or another one than was recorded, stays unread: only what needs it has to fail.
pub fn recall(cluster: &mut Cluster, directory: &Path) {
    let name = cluster.name.clone();
    for (index, manifest) in cluster.runtime.manifests.iter_mut().enumerate() {
        if let Manifest::Unread {
            path,
            sha256: Some(sha256),
            ..
        } = manifest
            && let Some(copy) = copy(&name, index, path, sha256, directory)
        {
            *manifest = copy;
        }
    }
}

fn problem(place: Place, message: String) -> Problem {
    Problem {
        place: Some(place),
        path: Field::Manifests.path().to_owned(),
        message,
    }
}

/// Returns what is too much about the manifests of a cluster.
fn excess(cluster: &Cluster) -> Option<Problem> {
    let manifests = &cluster.runtime.manifests;
    let bytes = |manifest: &Manifest| match manifest {
        Manifest::File { text, .. } => text.len(),
        Manifest::Text(_) | Manifest::Unread { .. } => 0,
    };
    let message = if manifests.len() > FILES_MAX {
        format!("there are more than {FILES_MAX} files")
    } else if manifests.iter().map(bytes).sum::<usize>() > TOTAL_MAX_BYTES {
        let limit = TOTAL_MAX_BYTES >> 20;
        format!("all files together are larger than {limit} MiB")
    } else {
        return None;
    };
    Some(cluster.problem(Field::Manifests, message))
}

/// Returns what is at a path that a declaration names.
fn found(
    cluster: &ClusterName,
    index: usize,
    path: &str,
    sha256: Option<&str>,
    place: &Place,
) -> Result<Vec<Manifest>, String> {
    // Standard input is nowhere; its name in messages begins with a bracket.
    let declaration = Path::new(&place.source);
    let directory = declaration
        .parent()
        .filter(|_| !place.source.starts_with('<'));
    let directory = directory.unwrap_or(Path::new(""));
    // A recorded declaration that is applied has its copies beside it, and its sources elsewhere.
    if let Some(sha256) = sha256
        && let Some(copy) = copy(cluster, index, path, sha256, directory)
    {
        return Ok(vec![copy]);
    }
    let at = directory.join(path);
    let is_directory = fs::is_directory(&at).map_err(|error| format!("{error:#}"))?;
    if is_directory {
        if sha256.is_some() {
            return Err(format!(
                "`{}` is a directory, which has no SHA-256",
                at.display()
            ));
        }
        return of_directory(path, &at);
    }
    let name = at.file_name().unwrap_or_default().to_string_lossy();
    if let Some(source) = source(&name, at.parent().unwrap_or(directory)) {
        return Err(source);
    }
    Ok(vec![of_file(path, &at, sha256)?])
}

/// Returns what to say of a directory that has a file of this name, when objects have to be made of it first.
fn source(name: &str, directory: &Path) -> Option<String> {
    let (_, what, command) = SOURCES.iter().find(|(file, ..)| *file == name)?;
    let shown = directory.display();
    Some(format!(
        "`{shown}` is {what}, which must be rendered first: {command} {shown} > FILE"
    ))
}

/// Returns the copy that was made of a manifest, when it is what was read then.
fn copy(
    cluster: &ClusterName,
    index: usize,
    path: &str,
    sha256: &str,
    directory: &Path,
) -> Option<Manifest> {
    // It applies them, so it has them all.
    let node = NodeName::new(cluster, NodeId::first(Role::ControlPlane));
    let name = unit_names::node_file(node.as_str(), &unit_names::manifest(index));
    let bytes = bytes(&directory.join(name)).ok()?;
    (digest(&bytes) == sha256).then_some(())?;
    Some(Manifest::File {
        path: path.to_owned(),
        sha256: sha256.to_owned(),
        text: String::from_utf8(bytes).ok()?,
    })
}

/// Reads every file of a directory, not of those in it.
fn of_directory(path: &str, directory: &Path) -> Result<Vec<Manifest>, String> {
    let shown = directory.display();
    let names = fs::files_and_links(directory).map_err(|error| format!("{error:#}"))?;
    if let Some(source) = names.iter().find_map(|name| source(name, directory)) {
        return Err(source);
    }
    let is_one =
        |name: &&String| !name.starts_with('.') && EXTENSIONS.iter().any(|end| name.ends_with(end));
    let names: Vec<&String> = names.iter().filter(is_one).collect();
    if names.is_empty() {
        return Err(format!(
            "there is no *.yaml, no *.yml and no *.json in `{shown}`"
        ));
    }
    if names.len() > FILES_MAX {
        return Err(format!(
            "there are more than {FILES_MAX} files in `{shown}`"
        ));
    }
    let base = path.trim_end_matches('/');
    let read = |name: &&String| of_file(&format!("{base}/{name}"), &directory.join(name), None);
    names.iter().map(read).collect()
}

fn of_file(path: &str, at: &Path, expected: Option<&str>) -> Result<Manifest, String> {
    let shown = at.display();
    let bytes = bytes(at)?;
    let sha256 = digest(&bytes);
    if expected.is_some_and(|expected| expected != sha256) {
        return Err(format!(
            "`{shown}` has the SHA-256 {sha256}, not the declared one"
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("`{shown}` is not UTF-8 text"))?;
    declaration::check_manifest(&text).map_err(|reason| format!("`{shown}`: {reason}"))?;
    Ok(Manifest::File {
        path: path.to_owned(),
        sha256,
        text,
    })
}

fn bytes(at: &Path) -> Result<Vec<u8>, String> {
    let shown = at.display();
    // A pipe would be waited for.
    let stat = fs::stat(at).map_err(|error| format!("{error:#}"))?;
    if stat.is_some_and(|stat| !stat.is_file) {
        return Err(format!("`{shown}` is not a regular file"));
    }
    let read = fs::read_up_to(at, FILE_MAX_BYTES + 1).map_err(|error| format!("{error:#}"))?;
    match read {
        None if fs::is_dangling(at) => Err(format!("the link `{shown}` leads nowhere")),
        None => Err(format!("there is no file and no directory `{shown}`")),
        Some(bytes) if bytes.len() as u64 > FILE_MAX_BYTES => {
            let limit = FILE_MAX_BYTES >> 20;
            Err(format!("`{shown}` is larger than {limit} MiB"))
        }
        Some(bytes) => Ok(bytes),
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests;
